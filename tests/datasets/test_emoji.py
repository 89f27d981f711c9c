"""The embedded emoji set: what is on disk and what the loader makes of it."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlcourse.datasets import emoji
from tlcourse.datasets.emoji import CLASSES, STYLES, emoji_card, load_emoji, verify_emoji
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

DATA = Path(__file__).resolve().parents[2] / "data" / "emoji"
COUNTS = {
    **{"animal": 117, "building": 28, "clothing": 43, "face": 106},
    **{"food": 119, "hand": 40, "plant": 26, "vehicle": 55},
}


@pytest.fixture(scope="module")
def everything():
    return load_emoji(style="all")


@pytest.fixture
def tiny(tmp_path):
    """A copy with two concepts in each class and one style, to damage at will."""
    with (DATA / "concepts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [r for c in CLASSES for r in [r for r in rows if r["class"] == c][:2]]
    for row in kept:
        name = f"noto/{row['class']}/{row['codepoint']}.png"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / name, tmp_path / name)
    shutil.copy(DATA / "manifest.json", tmp_path)
    with (tmp_path / "concepts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return tmp_path


def manifest_files():
    manifest = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
    listed = dict(manifest["files"])
    for style in manifest["styles"].values():
        listed |= style["files"]
    return listed


def test_default_is_one_style_on_white():
    data = load_emoji()
    assert data.class_counts == COUNTS
    assert data.images.shape == (534, 96, 96, 3)
    assert data.images.dtype == np.uint8
    assert data.labels.dtype == np.int64
    assert set(data.domains) == {"noto"}
    assert (data.images[:, 0, 0] == 255).all()  # Noto leaves the corners empty
    assert len(set(data.groups)) == len(data)


def test_every_concept_is_drawn_once_in_every_style_in_the_same_order(everything):
    n = sum(COUNTS.values())
    assert len(everything) == 4 * n
    assert list(dict.fromkeys(everything.domains)) == list(STYLES)
    for i, style in enumerate(STYLES):
        part = slice(i * n, (i + 1) * n)
        assert (everything.domains[part] == style).all()
        np.testing.assert_array_equal(everything.groups[part], everything.groups[:n])
        np.testing.assert_array_equal(everything.labels[part], everything.labels[:n])


def test_ids_name_the_file_and_agree_with_the_other_fields(everything):
    for i in range(0, len(everything), 97):
        label = everything.class_names[everything.labels[i]]
        expected = f"{everything.domains[i]}/{label}/{everything.groups[i]}"
        assert everything.ids[i] == expected
        assert (DATA / f"{expected}.png").is_file()
    assert "noto/animal/1f436" in everything.ids


def test_no_two_pictures_of_a_style_are_the_same(everything):
    """Equal pictures under two groups would leak from training into the test."""
    assert len(set(everything.hashes)) == len(everything)


def test_hashes_are_those_of_the_pixels(everything):
    for i in (0, 1000, 2135):
        assert everything.hashes[i] == hash_pixels(everything.images[i])
        assert everything.hashes[i] != hash_pixels(255 - everything.images[i])


def test_hash_depends_on_values_shape_and_type_but_not_on_memory_layout():
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    same = np.asfortranarray(array)
    assert hash_pixels(array) == hash_pixels(same) == hash_pixels(array.copy())
    others = [array.reshape(4, 3), array.T, array.astype(np.int8), array + 1]
    assert len({hash_pixels(array), *map(hash_pixels, others)}) == 5
    digest = hashlib.sha256(b"|u1(3, 4)" + bytes(range(12))).hexdigest()
    assert hash_pixels(array) == digest


def test_all_files_are_rgba_of_96_pixels_with_content():
    for name in manifest_files():
        if name.endswith(".png"):
            with Image.open(DATA / name) as image:
                assert (image.size, image.mode) == ((96, 96), "RGBA"), name
                low, high = image.getchannel("A").getextrema()
            assert low == 0, name
            assert high > 200, name


def test_outline_is_black_on_transparent():
    pixels = load_emoji(style="outline", background="transparent").images
    assert pixels.shape[1:] == (96, 96, 4)
    assert (pixels[..., :3][pixels[..., 3] > 0] == 0).all()


def test_background_is_composited_by_alpha(tiny):
    name = next((tiny / "noto" / "animal").glob("*.png"))
    pixels = np.zeros((96, 96, 4), dtype=np.uint8)
    pixels[0, 0] = (200, 100, 0, 255)
    pixels[0, 1] = (200, 100, 0, 51)  # one fifth
    Image.fromarray(pixels).save(name)

    def first_row(background):
        data = load_emoji(classes=["animal"], background=background, data_dir=tiny)
        return data.images[data.ids.index(f"noto/animal/{name.stem}")][0, :3].tolist()

    # 200/5 + 255·4/5 = 244, 100/5 + 204 = 224, 0 + 204 = 204
    assert first_row("white") == [[200, 100, 0], [244, 224, 204], [255, 255, 255]]
    # 40 + 10·4/5 = 48, 20 + 20·4/5 = 36, 0 + 30·4/5 = 24
    assert first_row((10, 20, 30)) == [[200, 100, 0], [48, 36, 24], [10, 20, 30]]
    assert first_row("#0a141e") == first_row((10, 20, 30))
    assert first_row("transparent")[1] == [200, 100, 0, 51]


def test_styles_and_classes_come_in_the_order_asked_for():
    data = load_emoji(style=["outline", "noto", "outline"], classes=["vehicle", "hand"])
    assert data.class_names == ("vehicle", "hand")
    assert data.class_counts == {"vehicle": 110, "hand": 80}
    assert list(dict.fromkeys(data.domains)) == ["outline", "noto"]
    label_names = [data.class_names[label] for label in data.labels]
    assert label_names == [item.split("/")[1] for item in data.ids]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style": "notto"}, ["'notto'", "Did you mean 'noto'?", "'outline'"]),
        ({"style": "Twemoji"}, ["'Twemoji'", "Did you mean 'twemoji'?"]),
        ({"style": ["noto", "qqq"]}, ["'qqq'", "'twemoji', 'noto', 'fluent', 'outline'"]),
        ({"classes": ["animals"]}, ["'animals'", "Did you mean 'animal'?", "'vehicle'"]),
        ({"classes": []}, ["No emoji class"]),
        ({"background": "wite"}, ["'wite'", "'transparent'"]),
        ({"background": (1, 2, 300)}, ["(1, 2, 300)", "0 to 255"]),
        ({"background": 7}, ["7", "0 to 255"]),
    ],
)
def test_a_wrong_option_is_explained(options, words):
    with pytest.raises(DataError) as caught:
        load_emoji(**options)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_missing_or_damaged_picture_is_named_with_the_way_out(tiny):
    name = sorted((tiny / "noto" / "food").glob("*.png"))[0]
    whole = name.read_bytes()
    broken = [whole[: len(whole) // 2], b"", whole[:60] + b"\0\0\0\0" + whole[64:]]
    for content in broken:
        name.write_bytes(content)
        with pytest.raises(DataError, match="damaged") as caught:
            load_emoji(data_dir=tiny)
        assert str(name) in str(caught.value)
        assert "git checkout data/emoji" in str(caught.value)
    Image.new("RGBA", (64, 64)).save(name)
    with pytest.raises(DataError, match="64×64 pixels, not 96×96"):
        load_emoji(data_dir=tiny)
    name.unlink()
    with pytest.raises(DataError, match="missing") as caught:
        load_emoji(data_dir=tiny)
    assert str(name) in str(caught.value)


def test_a_missing_folder_or_broken_manifest_is_named(tiny, tmp_path_factory):
    with pytest.raises(DataError, match=r"concepts\.csv is missing"):
        load_emoji(data_dir=tmp_path_factory.mktemp("empty"))
    (tiny / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="not readable JSON"):
        load_emoji(data_dir=tiny)


def test_every_file_matches_the_manifest():
    assert verify_emoji() == 1 + 4 * 534


def test_verification_names_a_changed_file(tiny, monkeypatch):
    (tiny / "concepts.csv").write_text("codepoint,class,name\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"concepts\.csv differs"):
        verify_emoji(data_dir=tiny)


def test_nothing_lies_beside_the_manifest():
    found = {p.relative_to(DATA).as_posix() for p in DATA.rglob("*") if p.is_file()}
    extra = {"README.md", "LICENSE.txt", "manifest.json", ".gitattributes"}
    assert found == manifest_files().keys() | extra


def test_card_is_filled_from_the_files(everything):
    card = emoji_card()
    assert everything.card == card
    assert card.n_items == 534
    assert card.classes == CLASSES
    assert card.domains == STYLES
    for name in ("CC-BY-4.0", "Apache-2.0", "MIT"):
        assert name in card.license
    assert card.n_bytes == sum(p.stat().st_size for p in DATA.glob("*/*/*.png")) < 16e6
    assert card.sha256 == hashlib.sha256((DATA / "manifest.json").read_bytes()).hexdigest()


def test_readme_states_the_numbers_of_the_manifest():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    card = emoji_card()
    assert card.sha256 in text
    assert f"{card.n_bytes:,} bytes" in text
    assert f"| concepts | {' | '.join(map(str, COUNTS.values()))} | 534 |" in text
    for style in json.loads((DATA / "manifest.json").read_text())["styles"].values():
        assert f"{style['package']} {style['version']}" in text


def test_constants_agree_with_the_files():
    with (DATA / "concepts.csv").open(encoding="utf-8") as file:
        rows = [(r["class"], r["codepoint"]) for r in csv.DictReader(file)]
    assert rows == sorted(rows)
    assert tuple(sorted({label for label, _ in rows})) == CLASSES
    assert json.loads((DATA / "manifest.json").read_text())["size"] == emoji.SIZE
