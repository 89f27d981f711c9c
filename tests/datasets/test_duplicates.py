"""Near-duplicates: altered copies are found, different pictures are not, groups follow."""

import io
import time
from dataclasses import replace

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tests.conftest import picture
from tlcourse.datasets import load, split
from tlcourse.datasets.duplicates import (
    HASH_SIDE,
    MAX_DISTANCE,
    NearDuplicates,
    _compare,
    describe,
    group_near_duplicates,
    near_duplicates,
)
from tlcourse.datasets.grouping import connected, merge_groups
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.leaks import leaks
from tlcourse.datasets.photos import load_photo_patches
from tlcourse.datasets.sentiment import load_sentiment
from tlcourse.errors import DataError


def join(dataset, pictures, of):
    """Append altered copies of the rows `of`, each with a group of its own."""
    more = np.stack([np.asarray(p.convert("RGB")) for p in pictures])
    extra = dataset.subset(of)
    return replace(
        dataset,
        images=np.concatenate([dataset.images, more]),
        labels=np.concatenate([dataset.labels, extra.labels]),
        groups=np.concatenate([dataset.groups, [f"copy{i}" for i in range(len(of))]]),
        domains=np.concatenate([dataset.domains, extra.domains]),
        ids=(*dataset.ids, *(f"copy of {name}" for name in extra.ids)),
        hashes=(*dataset.hashes, *map(hash_pixels, more)),
    )


def jpeg(image, quality=40):
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


ALTERED = {
    "jpeg": jpeg,
    "resized": lambda image: image.resize((48, 48)).resize((96, 96)),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "gray": lambda image: image.convert("L"),
    "cropped": lambda image: image.crop((1, 1, 95, 95)).resize((96, 96)),
}


@pytest.mark.parametrize("how", list(ALTERED))
def test_altered_copies_are_found(emoji, how):
    of = np.arange(5, len(emoji), 40)
    data = join(emoji, [ALTERED[how](Image.fromarray(emoji.images[i])) for i in of], of)
    found = {(p.first, p.second) for p in near_duplicates(data)}
    planted = {(int(row), len(emoji) + i) for i, row in enumerate(of)}
    assert len(planted & found) >= 0.85 * len(planted)
    # A copy of a face may also look like that face's own look-alike; nothing else is named.
    assert len(found - planted) <= 5


def test_different_drawings_and_overlapping_patches_are_told_apart(emoji):
    found = near_duplicates(emoji)
    assert len(found) <= 5
    assert all(emoji.class_names[emoji.labels[p.first]] == "face" for p in found)
    patches = load_photo_patches(per_half=12, photos=["cat", "coffee", "rocket", "moon"])
    for pair in near_duplicates(patches):
        assert patches.groups[pair.first] == patches.groups[pair.second]


def test_the_hash_is_that_of_the_library(emoji):
    bits, thumbnails = describe(emoji.subset(np.arange(8)))
    assert thumbnails.dtype == np.uint8
    for own, pixels in zip(bits, emoji.images[:8], strict=True):
        theirs = imagehash.phash(Image.fromarray(pixels), hash_size=HASH_SIDE)
        np.testing.assert_array_equal(own, theirs.hash.ravel())


def test_blocks_compare_every_pair_as_the_library_does(rng):
    bits = rng.random((4500, 144)) < 0.5
    bits[4400] = bits[7]
    bits[4400, :5] ^= True
    bits[2100] = bits[7]
    bits[2100, 100:116] ^= True
    same = np.tile(rng.integers(0, 255, 1027).astype(np.uint8), (4500, 1))
    first, second, distance, agreement = _compare(bits, same, MAX_DISTANCE, 0.9)
    pairs = dict(zip(zip(first.tolist(), second.tolist(), strict=True), distance, strict=True))
    assert pairs == {(7, 4400): 5, (7, 2100): 16}
    library = [imagehash.ImageHash(bits[i]) for i in (7, 4400, 2100)]
    assert [library[0] - library[1], library[0] - library[2]] == [5, 16]
    np.testing.assert_allclose(agreement, 1, atol=1e-5)


def test_identical_items_are_chained_not_squared(emoji):
    data = emoji.subset(np.repeat([3, 100], [200, 2]))
    found = near_duplicates(data)
    assert len(found) == 199 + 1
    assert all(p.exact for p in found)
    assert [len(rows) for rows in found.clusters] == [200, 2]
    assert "200 of them identical" in repr(found)


def test_plain_pictures_are_compared_by_color(emoji):
    colors = [(250, 250, 250), (251, 250, 250), (0, 0, 0), (200, 0, 0)]
    flat = [Image.new("RGB", (96, 96), c) for c in colors]
    data = join(emoji.subset([0]), flat, [0, 0, 0, 0])
    assert [(p.first, p.second) for p in near_duplicates(data)] == [(1, 2)]


def test_files_and_transparent_pictures_are_read(color_folder, emoji):
    original = Image.fromarray(emoji.images[300]).resize((200, 200))
    original.save(color_folder / "red" / "one.png")
    original.resize((80, 80)).save(color_folder / "blue" / "two.jpg", quality=60)
    data = load(color_folder)
    (pair,) = near_duplicates(data)
    assert {data.ids[pair.first], data.ids[pair.second]} == {"red/one.png", "blue/two.jpg"}
    clear = load("emoji", style="noto", background="transparent", classes=["hand"])
    assert len(near_duplicates(clear)) <= 2


def test_other_items_and_empty_sets_are_answered(emoji):
    with pytest.raises(DataError, match="'sentiment' holds object"):
        near_duplicates(load_sentiment(domain="films").subset(np.arange(5)))
    nothing = near_duplicates(emoji.subset([]))
    assert len(nothing) == 0
    assert nothing.clusters == []
    assert NearDuplicates((), 3).cluster_of.tolist() == [0, 1, 2]


def test_a_leak_is_reported_and_grouping_closes_it(emoji):
    of = np.arange(0, len(emoji), 10)
    data = join(emoji, [jpeg(Image.fromarray(emoji.images[i])) for i in of], of)
    naive = split(data)
    report = leaks(naive)
    part = np.full(len(data), "")
    part = {r: n for n in ("train", "validation") for r in getattr(naive, n).tolist()}
    crossing = sum(
        part.get(int(r), "test") != part.get(len(emoji) + i, "test") for i, r in enumerate(of)
    )
    assert crossing > 10
    assert len(report.pairs) >= crossing - 1
    assert not report.ok
    assert 0 < report.n_test_leaked <= report.n_test
    assert set(report.counts) <= {
        f"{a} and {b}"
        for a in ("train", "validation", "test")
        for b in ("train", "validation", "test")
        if a != b
    }
    assert "copy of" in report._repr_markdown_()
    assert report.to_dict()["n_test_leaked"] == report.n_test_leaked
    assert naive.times_opened == 0

    closed = leaks(split(group_near_duplicates(data)))
    assert closed.ok
    assert closed.n_pairs_inside >= len(of) - 1
    assert "none" in repr(closed)
    assert closed._repr_markdown_().startswith("No look-alikes")


def test_rows_that_are_not_used_leak_nothing(emoji):
    of = np.arange(0, len(emoji), 5)
    data = join(emoji, [jpeg(Image.fromarray(emoji.images[i])) for i in of], of)
    few = split(data).few(2)
    used = {*few.train.tolist(), *few.validation.tolist(), *few._test.tolist()}
    report = leaks(few)
    assert 0 < len(report.pairs) < len(leaks(split(data)).pairs)
    for pair in report.pairs:
        assert {pair.first, pair.second} <= used


def test_groups_merge_through_others():
    groups = np.array(["d", "a", "b", "c", "e", "d"])
    content = np.array([1, 2, 1, 3, 4, 5])
    looks = np.array([0, 1, 2, 3, 2, 4])
    assert merge_groups(groups, content, looks).tolist() == ["b", "a", "b", "c", "b", "b"]
    assert merge_groups(groups).tolist() == groups.tolist()
    assert len(merge_groups(np.array([], str))) == 0
    assert connected(4, np.array([3]), np.array([1])).tolist() == [0, 1, 2, 1]


def test_four_thousand_pictures_take_seconds(emoji, rng):
    noise = rng.integers(0, 256, (200, 96, 96, 3), dtype=np.uint8)
    data = replace(
        emoji.subset(np.arange(4000) % len(emoji)),
        images=np.tile(noise, (20, 1, 1, 1)),
        hashes=tuple(map(str, range(4000))),
    )
    start = time.process_time()
    found = near_duplicates(data)
    assert time.process_time() - start < 20  # about 4 s of computing on an idle core
    assert len(found) == 200 * 20 * 19 // 2
    assert [len(c) for c in found.clusters] == [20] * 200


def test_noise_of_one_color_is_not_a_copy(emoji, rng):
    pictures = [picture(rng, (200, 50, 40), (96, 96)) for _ in range(6)]
    assert len(near_duplicates(join(emoji.subset([0]), pictures, [0] * 6))) == 0
