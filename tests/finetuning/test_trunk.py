from pathlib import Path

import numpy as np
import pytest

from tlcourse.backbones import CUTS, backbone
from tlcourse.errors import CacheError, CourseError
from tlcourse.finetuning import FreezePlan, cache_trunk, finetune
from tlcourse.finetuning import trunk as trunks
from tlcourse.finetuning.trunk import boundary_of, build_tail
from tlcourse.regularization import Augmentation


def test_vectors_are_the_features_of_the_backbone(vgg, few_emoji, trunk):
    from tlcourse.datasets.images import at_size

    pictures = np.asarray(at_size(few_emoji.images, vgg.image_size)[np.arange(len(few_emoji))])
    expected = vgg.pooled(pictures, at=CUTS)
    assert list(trunk.pooled) == ["block3_pool", "block4_pool"]
    for cut, values in trunk.pooled.items():
        np.testing.assert_allclose(values[0], expected[cut], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(
        trunk.maps[0].mean((1, 2)), expected["block4_pool"], rtol=1e-4, atol=1e-3
    )
    assert trunk.bytes == trunk.maps.nbytes + sum(a.nbytes for a in trunk.pooled.values())


def test_views_differ_and_the_first_is_the_picture_itself(vgg, few_emoji, trunk):
    options = {"augmentation": Augmentation(), "augment_views": 2, "rows": np.arange(6)}
    made = cache_trunk(vgg, few_emoji, **options)
    assert made.maps.shape[:2] == (3, 6)
    np.testing.assert_allclose(made.maps[0], trunk.maps[0, :6], rtol=1e-4, atol=1e-3)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (np.abs(made.maps[a] - made.maps[b]).max((1, 2, 3)) > 0.1).all()
    again = cache_trunk(vgg, few_emoji, **options)
    np.testing.assert_array_equal(again.maps, made.maps)
    other = cache_trunk(vgg, few_emoji, seed=1, **options)
    assert (other.maps[1] != made.maps[1]).any()


def test_a_large_cache_lies_in_a_file_that_vanishes(vgg, few_emoji, trunk, monkeypatch):
    monkeypatch.setattr(trunks, "_IN_MEMORY_BYTES", 0)
    made = cache_trunk(vgg, few_emoji, rows=np.arange(5))
    file = Path(made._file.name)
    assert file.stat().st_size == made.maps.nbytes
    np.testing.assert_allclose(made.maps[0], trunk.maps[0, :5], rtol=1e-4, atol=1e-3)
    del made
    import gc

    gc.collect()
    assert not file.exists()


def test_progress_counts_pictures_and_views(vgg, few_emoji):
    calls = []
    options = {"augmentation": Augmentation(), "augment_views": 1, "batch_size": 2}
    cache_trunk(
        vgg, few_emoji, rows=np.arange(3), progress=lambda *call: calls.append(call), **options
    )
    assert calls == [(2, 6), (3, 6), (5, 6), (6, 6)]


def test_when_only_the_head_trains_no_maps_are_kept(vgg, few_emoji):
    made = cache_trunk(vgg, few_emoji, plan=FreezePlan(None), rows=np.arange(3))
    assert made.maps is None
    assert (list(made.pooled), made.views, made.boundary) == (list(CUTS), 1, "block5_pool")


def test_when_nothing_is_frozen_the_pictures_are_kept(vgg, few_emoji):
    made = cache_trunk(vgg, few_emoji, plan=FreezePlan("block1"), rows=np.arange(3))
    assert (made.maps.dtype, made.maps.shape) == (np.uint8, (1, 3, 32, 32, 3))
    assert (made.pooled, made.boundary) == ({}, None)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_maps_take_half_the_room(precision, few_emoji, trunk):
    half = backbone(image_size=32, precision=precision, weights="embedded")
    made = cache_trunk(half, few_emoji, rows=np.arange(4))
    assert made.maps.dtype == precision
    assert made.maps.nbytes == trunk.maps[:, :4].nbytes // 2
    near = made.maps[0].astype(np.float32)
    assert np.abs(near - trunk.maps[0, :4]).max() < 0.05 * np.abs(near).max()


def test_where_the_trunk_ends():
    assert boundary_of(FreezePlan("block4"), CUTS) == "block3_pool"
    assert boundary_of(FreezePlan("block1"), CUTS) is None
    assert boundary_of(FreezePlan(None), ("block4_pool", "block3_pool")) == "block4_pool"
    with pytest.raises(CourseError, match="would never move"):
        boundary_of(FreezePlan("block5"), ("block4_pool",))


def test_the_tail_is_a_copy_with_the_plan_applied(vgg):
    tail = build_tail(vgg, "block3_pool", ("block4_pool", "block5_pool"), FreezePlan("block5"))
    trains = {layer.name: layer.trainable for layer in tail.layers if layer.weights}
    assert trains == {f"block{b}_conv{c}": b == 5 for b in (4, 5) for c in (1, 2, 3)}
    kernel = tail.get_layer("block5_conv1").kernel
    kernel.assign(kernel * 0)
    assert vgg.model.get_layer("block5_conv1").kernel.numpy().any()


def test_a_trunk_of_something_else_is_refused(vgg, small, trunk):
    other = backbone(image_size=32, precision="float32", weights="random")
    with pytest.raises(CacheError, match="another backbone"):
        finetune(other, small, trunk=trunk)
    with pytest.raises(CacheError, match="block3_pool"):
        finetune(vgg, small, trunk=trunk, plan=FreezePlan("block4"))
    with pytest.raises(CacheError, match="augmented views"):
        finetune(vgg, small, trunk=trunk, augmentation=Augmentation(), augment_views=1)
    with pytest.raises(CacheError, match="ends after"):
        finetune(vgg, small, trunk=trunk, augmentation=Augmentation())
    with pytest.raises(CourseError, match="no pictures"):
        cache_trunk(vgg, small.dataset, rows=np.array([], int))
