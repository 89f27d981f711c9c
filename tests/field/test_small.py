"""Cut trunks, fewer bits, distillation: counts, bounds, and what may not be touched."""

import numpy as np
import pytest

from tlcourse import field as F
from tlcourse.errors import CourseError, DataError
from tlcourse.field.small_trunk import TAPS


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3)).astype(np.uint8)


def test_parameters_of_the_cuts(vgg):
    found = F.cuts(vgg)
    assert [c.parameters for c in found] == [38_720, 260_160, 1_735_488, 7_635_264, 14_714_688]
    assert found[-1].parameters == vgg.model.count_params()
    assert 2 * found[-1].multiply_adds == vgg.flops
    assert np.isnan(found[0].milliseconds)


def test_timed_cuts_rise(vgg, pictures):
    found = F.timed_cuts(vgg, pictures, repeats=2)
    times = [c.milliseconds for c in found]
    assert 0 < times[0] < times[-1]


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("per_channel", [True, False])
def test_no_weight_moves_by_more_than_half_a_step(bits, per_channel):
    kernel = np.random.default_rng(bits).normal(size=(3, 3, 6, 5)) * [1, 0.1, 0.01, 2, 0]
    codes, scale = F.quantize(kernel, bits, per_channel=per_channel)
    assert codes.dtype == np.int8
    assert scale.shape == ((1, 1, 1, 5) if per_channel else (1, 1, 1, 1))
    assert np.abs(codes).max() == 2 ** (bits - 1) - 1
    assert (np.abs(F.dequantize(codes, scale) - kernel) <= scale * 0.5001).all()
    assert (codes[..., 4] == 0).all()
    assert np.isfinite(scale).all()
    assert (scale > 0).all()


def test_quantizing_again_changes_nothing():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
    once = F.dequantize(*F.quantize(kernel, 5))
    assert np.allclose(F.dequantize(*F.quantize(once, 5)), once, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 9, 32])
def test_other_bits_are_refused(bits):
    with pytest.raises(DataError, match="2 to 8 bits"):
        F.quantize(np.ones((3, 3)), bits)


def test_a_quantized_network_is_a_copy(vgg, pictures):
    before = vgg.fingerprint()
    full = vgg.pooled(pictures)["block5_pool"]
    sizes = {}
    for bits in (16, 8, 3):
        found = F.quantized(vgg, bits)
        sizes[bits] = found.megabytes
        away = np.abs(found.network.pooled(pictures)["block5_pool"] - full).mean()
        assert (away == 0) == (bits == 16)  # the embedded file is float16 already
        if bits == 8:
            close = away
        for layer, copy in zip(vgg.model.layers, found.network.model.layers, strict=True):
            if layer.weights:
                assert np.array_equal(layer.get_weights()[1], copy.get_weights()[1])  # biases
    assert away > 3 * close
    assert vgg.fingerprint() == before
    assert sizes[16] == pytest.approx(14.714688 * 2, rel=0.01)
    assert sizes[8] == pytest.approx(14.714688, rel=0.01)
    codes, scale = F.quantize(vgg.model.get_layer("block3_conv1").get_weights()[0], 3)
    kept = found.network.model.get_layer("block3_conv1").get_weights()[0]
    assert np.array_equal(kept, F.dequantize(codes, scale))


def test_weight_bytes(vgg):
    assert F.weight_bytes(vgg.model) == {"float32": 4 * 14_714_688}


def test_small_trunk_agrees_with_the_backbone(vgg, pictures):
    trunk = F.small_trunk(vgg, taps=("block1_pool", "block2_pool"))
    assert trunk.parameters == 260_160
    found = trunk.features(pictures)
    assert found.shape == (6, 3 * (64 + 128))
    pooled = vgg.pooled(pictures, at=("block1_pool", "block2_pool"))
    assert np.allclose(found[:, :64], pooled["block1_pool"], rtol=1e-3, atol=1e-2)
    assert np.allclose(found[:, 192:320], pooled["block2_pool"], rtol=1e-3, atol=1e-2)
    assert (found[:, 64:128] >= found[:, :64]).all()  # the maximum is above the mean


def test_the_default_trunk_is_a_thirteenth_of_vgg16(vgg):
    trunk = F.small_trunk(vgg)
    assert trunk.taps == TAPS
    assert trunk.parameters == 260_160 + 295_168 + 590_080
    with pytest.raises(CourseError, match="Expected some of"):
        F.small_trunk(vgg, taps=("block9",))


def test_soften():
    p = np.array([[0.9, 0.1], [0.5, 0.5], [1.0, 0.0]])
    assert np.allclose(F.soften(p, 1), p, atol=1e-9)
    assert np.allclose(F.soften(p[:1], 2)[0, 0], 3 / 4)  # sqrt(9) to 1
    soft = F.soften(p, 4)
    assert np.allclose(soft.sum(axis=1), 1)
    assert soft[0, 0] < p[0, 0]
    with pytest.raises(DataError, match="sum to 1"):
        F.soften(2 * p, 1)
    with pytest.raises(DataError, match="above 0"):
        F.soften(p, 0)


@pytest.fixture(scope="module")
def world():
    """Three classes in 12 dimensions, and a teacher that knows the rule."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 12)).astype(np.float32)
    scores = 2 * x[:, :3]
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return x, p


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_student_learns_the_answers_without_labels(world, temperature):
    x, p = world
    student = F.distill(
        [x[:300], x[:300] + 0.05], p[:300], hidden=(16,), dropout=0.0, epochs=30,
        temperature=temperature, rate=5e-3,
    )  # fmt: skip
    assert np.mean(student.predict(x[300:]) == p[300:].argmax(axis=1)) > 0.85
    assert student.trained_parameters == 12 * 16 + 16 + 16 * 3 + 3


def test_same_seed_same_student(world):
    x, p = world
    one, two, other = (
        F.distill(x, p, hidden=(), epochs=1, seed=s).logits(x[:5]) for s in (0, 0, 1)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_what_does_not_pair_is_refused(world):
    x, p = world
    with pytest.raises(DataError, match="one answer"):
        F.distill(x, p[:10])
    with pytest.raises(DataError, match="alike"):
        F.distill([x, x[:, :3]], p)


def test_maxima_keep_a_small_thing(vgg):
    flat = np.full((2, 32, 32, 3), 128, np.uint8)
    flat[1, 4:8, 4:8] = 0
    found = F.block_extremes(vgg, flat, at=("block1_pool", "block2_pool"))
    assert set(found) == {(c, h) for c in ("block1_pool", "block2_pool") for h in ("mean", "max")}
    mean, high = (np.abs(np.diff(found["block1_pool", h], axis=0)).max() for h in ("mean", "max"))
    assert high > 3 * mean
    pooled = vgg.pooled(flat, at=("block2_pool",))["block2_pool"]
    assert np.allclose(found["block2_pool", "mean"], pooled, rtol=1e-3, atol=1e-2)
