"""Scenes: exact boxes, nothing shared between the parts, one seed one set."""

from dataclasses import replace

import numpy as np
import pytest

from tlcourse.datasets.photos import halves, read_photo
from tlcourse.errors import DataError
from tlcourse.vision import assert_apart, compose, iou, join, with_sticker


def test_boxes_are_exactly_where_the_picture_differs_from_its_background(objects):
    scenes = compose(objects, 8, size=64, sides=(20, 30), seed=3)
    for image, boxes, window in zip(scenes.images, scenes.boxes, scenes.windows, strict=True):
        photo = read_photo(window.photo)[0]
        under = photo[window.top : window.top + 64, window.left : window.left + 64]
        rows, columns = np.nonzero((image != under).any(axis=2))
        x1, y1, x2, y2 = boxes[0]
        assert x1 <= columns.min()
        assert columns.max() < x2
        assert y1 <= rows.min()
        assert rows.max() < y2
        # The faint rim of an outline may look like the background: two pixels at most.
        assert columns.min() - x1 <= 2
        assert y2 - 1 - rows.max() <= 2


def test_objects_lie_inside_and_apart(scenes):
    assert {len(found) for found in scenes.labels} == {1, 2, 3}
    for boxes in scenes.boxes:
        assert boxes.min() >= 0
        assert boxes.max() <= 64
        assert ((boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= 14).all()
        assert np.count_nonzero(iou(boxes, boxes)) == len(boxes)


def test_objects_are_dealt_like_cards(objects):
    scenes = compose(objects, len(objects), size=64, sides=(14, 20))
    _, labels, concepts = scenes.single()
    assert sorted(concepts) == sorted(objects.groups)
    by_group = dict(zip(objects.groups, objects.labels, strict=True))
    assert all(by_group[c] == k for c, k in zip(concepts, labels, strict=True))


def test_distinct_classes(objects):
    scenes = compose(objects, 10, size=64, count=(2, 2), sides=(14, 20), distinct=True)
    assert all(len(set(found)) == 2 for found in scenes.labels)


def test_one_seed_one_set(objects):
    first, again, other = (compose(objects, 5, size=64, sides=(14, 20), seed=s) for s in (1, 1, 2))
    assert first.hashes == again.hashes != other.hashes


def test_halves_share_no_pixel_and_concepts_are_watched(objects):
    train = compose(objects.subset(range(10)), 6, size=64, sides=(14, 20), half="first")
    test = compose(objects.subset(range(10, 20)), 6, size=64, sides=(14, 20), half="second")
    assert_apart(train, test)
    with pytest.raises(DataError, match="concepts are on both sides"):
        assert_apart(train, compose(objects.subset(range(10)), 6, size=64, sides=(14, 20)))
    beside = compose(objects.subset(range(10, 20)), 6, size=64, sides=(14, 20), half="first")
    with pytest.raises(DataError, match="share pixels"):
        assert_apart(train, replace(beside, windows=train.windows))


def test_windows_lie_in_their_half(objects):
    for half in ("first", "second"):
        scenes = compose(objects, 12, size=64, sides=(14, 20), half=half)
        for window in scenes.windows:
            top, left, region = halves(read_photo(window.photo)[0])[half == "second"]
            assert top <= window.top <= top + region.shape[0] - 64
            assert left <= window.left <= left + region.shape[1] - 64


def test_the_sticker_changes_its_square_only(scenes):
    stickered = with_sticker(scenes, side=10)
    changed = (stickered.images != scenes.images).any(axis=(0, 3))
    assert changed[-10:, -10:].all()
    changed[-10:, -10:] = False
    assert not changed.any()


def test_subset_and_join(scenes):
    rows = [3, 1]
    part = scenes.subset(rows)
    assert part.windows == (scenes.windows[3], scenes.windows[1])
    assert join(part, part).hashes == part.hashes * 2
    mask = np.zeros(len(scenes), bool)
    mask[rows] = True
    assert len(scenes.subset(mask)) == 2
    with pytest.raises(DataError, match="several objects"):
        scenes.single()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"half": "left"}, "half is"),
        ({"photos": ["cats"]}, "Unknown photograph"),
        ({"sides": (60, 20)}, "shortest"),
        ({"count": (9, 9), "sides": (40, 40)}, "do not fit"),
        ({"n": 0}, "at least one"),
    ],
)
def test_impossible_scenes_are_refused(objects, options, word):
    with pytest.raises(DataError, match=word):
        compose(objects, **{"n": 2, "size": 64, "sides": (14, 20), **options})


def test_pictures_without_outline_are_pasted_whole(objects):
    plain = replace(objects, images=objects.images[..., :3])
    scenes = compose(plain, 3, size=64, sides=(20, 20))
    for boxes in scenes.boxes:
        np.testing.assert_array_equal(boxes[0, 2:] - boxes[0, :2], [20, 20])
