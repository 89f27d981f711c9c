import numpy as np
import pytest

from tlcourse.backbones import POOLS, backbone
from tlcourse.errors import CourseError
from tlcourse.preprocessing import CONTRACTS, contract


def pictures(rng, n=5, size=32):
    return rng.integers(0, 256, (n, size, size, 3)).astype(np.uint8)


def test_preprocessing_equals_keras_and_leaves_the_input_alone(vgg, rng):
    import keras

    x = pictures(rng)
    for images in (x, x.astype(np.float32)):
        before = images.copy()
        expected = keras.applications.vgg16.preprocess_input(images.astype(np.float32))
        np.testing.assert_array_equal(vgg.preprocess(images), expected)
        np.testing.assert_array_equal(images, before)


def test_pooled_features_equal_plain_keras(vgg, rng):
    import keras

    x = pictures(rng, 7)
    model = keras.Model(vgg.model.input, [vgg.model.get_layer(p).output for p in POOLS])
    expected = model.predict(
        keras.applications.vgg16.preprocess_input(x.astype(np.float32)), verbose=0
    )
    found = vgg.pooled(x, at=POOLS, batch_size=3)
    for cut, maps in zip(POOLS, expected, strict=True):
        wanted = maps.mean((1, 2))
        # Sums of large numbers leave an error of their size, also where the result is small.
        np.testing.assert_allclose(found[cut], wanted, rtol=1e-4, atol=1e-5 * wanted.max())
        assert found[cut].dtype == np.float32


def test_bfloat16_features_point_the_same_way(vgg, rng):
    """Arithmetic in bfloat16 is emulated where the CPU lacks it: slow, but the same."""
    x = pictures(rng, 4)
    half = backbone(image_size=32, precision="bfloat16", weights="embedded").pooled(x)
    exact = vgg.pooled(x)
    for cut in exact:
        cosine = (half[cut] * exact[cut]).sum(1) / (
            np.linalg.norm(half[cut], axis=1) * np.linalg.norm(exact[cut], axis=1)
        )
        assert cosine.min() > 0.9995


def test_building_leaves_the_global_policy_alone():
    import keras

    before = keras.config.dtype_policy().name
    backbone(image_size=32, precision="bfloat16", weights="random")
    assert keras.config.dtype_policy().name == before


def test_layer_names_and_frozen_weights(vgg):
    names = [layer.name for layer in vgg.model.layers]
    assert names[1] == "block1_conv1"
    assert names[-1] == "block5_pool"
    assert not vgg.model.trainable_weights
    assert len(vgg.model.weights) == 26


def test_flops_match_the_layer_arithmetic():
    at_96 = backbone(image_size=96, weights="random").flops
    assert at_96 == pytest.approx(5.64e9, rel=0.01)


def test_fingerprint_follows_the_weights():
    network = backbone(image_size=32, weights="random", seed=1)
    before = network.fingerprint()
    assert backbone(image_size=32, weights="random", seed=1).fingerprint() == before
    assert backbone(image_size=32, weights="random", seed=2).fingerprint() != before
    kernel = network.model.get_layer("block1_conv1").kernel
    kernel.assign(kernel + 1e-3)
    assert network.fingerprint() != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "resnet"}, "Unknown backbone"),
        ({"image_size": 16}, "image size"),
        ({"image_size": 96.5}, "image size"),
        ({"precision": "int8"}, "Unknown precision"),
        ({"preprocessing": "imagenet"}, "Unknown preprocessing"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(CourseError, match=message):
        backbone(**options)


def test_an_unknown_cut_is_named(vgg, rng):
    with pytest.raises(CourseError, match="block9_pool"):
        vgg.pooled(pictures(rng), at=("block9_pool",))


def test_empty_input_gives_empty_features(vgg):
    out = vgg.pooled(np.empty((0, 32, 32, 3), np.uint8))
    assert {cut: a.shape for cut, a in out.items()} == {
        "block3_pool": (0, 256),
        "block4_pool": (0, 512),
        "block5_pool": (0, 512),
    }


def test_every_contract_makes_a_new_array(rng):
    x = pictures(rng).astype(np.float32)
    before = x.copy()
    for name in CONTRACTS:
        out = contract(name)(x)
        assert out.dtype == np.float32
        assert not np.shares_memory(out, x)
        np.testing.assert_array_equal(x, before)
