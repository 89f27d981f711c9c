"""The build script of the emoji set: on a tiny made-up source, and on the real one."""

import csv
import hashlib
import importlib
import io
import json
import sys
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from rebuild import ROOT, differing, folder, need_source, run

RED = (255, 0, 0, 255)
SQUARE = '<path fill="currentColor" d="M8 8h16v16H8z"/>'


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("build_emoji")
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def rules(script):
    return sys.modules["emoji_concepts"]  # imported by the script


@pytest.fixture
def encoders():
    pytest.importorskip("oxipng", reason="pip install pyoxipng to build the emoji set")
    pytest.importorskip("resvg_py", reason="pip install resvg-py to build the emoji set")


def picture(color, size, kind):
    buffer = io.BytesIO()
    Image.new("RGBA", (size, size), color).save(buffer, kind, lossless=True)
    return buffer.getvalue()


def pack(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def entry(code, short, category, subcategory):
    unified = code.upper()
    return {
        "name": short.upper(),
        "unified": unified,
        "image": f"{code}.png",
        "short_name": short,
        "category": category,
        "subcategory": subcategory,
    }


@pytest.fixture
def archives(tmp_path):
    """Dog and airplane everywhere; the cat has no outline, the light is no vehicle."""
    catalog = [
        entry("1f415", "dog2", "Animals & Nature", "animal-mammal"),
        entry("1f408", "cat2", "Animals & Nature", "animal-mammal"),
        entry("1f408-200d-2b1b", "black_cat", "Animals & Nature", "animal-mammal"),
        entry("2708-fe0f", "airplane", "Travel & Places", "transport-air"),
        entry("1f6a5", "traffic_light", "Travel & Places", "transport-ground"),
        entry("1f6ae", "put_litter", "Symbols", "transport-sign"),
        entry("1f384", "christmas_tree", "Activities", "event"),
    ]
    codes = [e["image"].removesuffix(".png") for e in catalog]
    png, webp = picture(RED, 64, "PNG"), picture(RED, 256, "WEBP")
    named = {"1f415": "dog", "2708": "plane", "1f6a5": "light", "1f384": "tree"}
    icons = {"height": 32, "width": 32, "icons": {n: {"body": SQUARE} for n in named.values()}}
    files = {
        "twemoji": {f"img/twitter/64/{c}.png": png for c in codes},
        "noto": {f"img/google/64/{c}.png": png for c in codes}
        | {"emoji.json": json.dumps(catalog).encode()},
        "fluent": {f"assets/{c}.webp": webp for c in codes},
        "outline": {
            "icons.json": json.dumps(icons).encode(),
            "chars.json": json.dumps(named).encode(),
        },
    }
    return {style: pack(tmp_path / f"{style}.tgz", content) for style, content in files.items()}


def test_a_tiny_source_gives_the_concepts_that_every_style_draws(
    script, encoders, archives, tmp_path
):
    manifest = script.build(archives, tmp_path / "out")
    assert manifest["classes"] == {"animal": 1, "plant": 1, "vehicle": 1}
    rows = list(csv.reader((tmp_path / "out" / "concepts.csv").read_text().splitlines()))
    assert rows == [
        ["codepoint", "class", "name"],
        ["1f415", "animal", "dog2"],
        ["1f384", "plant", "christmas_tree"],
        ["2708", "vehicle", "airplane"],
    ]
    written = folder(tmp_path / "out")
    listed = dict(manifest["files"])
    for style in manifest["styles"].values():
        listed |= style["files"]
    assert len(listed) == 1 + 4 * 3
    assert written.keys() - {"manifest.json"} == listed.keys()
    assert all(hashlib.sha256(written[name]).hexdigest() == sha for name, sha in listed.items())


def test_pictures_keep_color_transparency_and_size(script, encoders, archives, tmp_path):
    script.build(archives, tmp_path / "out")
    for style in ("twemoji", "noto", "fluent"):
        with Image.open(tmp_path / "out" / style / "vehicle" / "2708.png") as image:
            assert (image.size, image.mode) == ((96, 96), "RGBA")
            assert (np.asarray(image) == RED).all()
    with Image.open(tmp_path / "out" / "outline" / "animal" / "1f415.png") as image:
        pixels = np.asarray(image)
    # The square covers 8..24 of 32 units, so pixels 24..72 of 96.
    expected = np.zeros((96, 96), dtype=np.uint8)
    expected[24:72, 24:72] = 255
    np.testing.assert_array_equal(pixels[..., 3], expected)
    assert (pixels[..., :3][expected == 255] == 0).all()


def test_two_builds_agree_and_an_old_picture_disappears(script, encoders, archives, tmp_path):
    script.build(archives, tmp_path / "1")
    stale = tmp_path / "2" / "noto" / "animal" / "0000.png"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"old")
    script.build(archives, tmp_path / "2")
    assert differing(folder(tmp_path / "1"), folder(tmp_path / "2")) == []


def test_an_archive_with_other_content_is_refused(script, tmp_path):
    source = script.SOURCES[0]
    (tmp_path / source.archive).write_bytes(b"something else")
    with pytest.raises(SystemExit, match="Delete it and run again"):
        script.fetch(source, tmp_path)
    known = replace(source, sha256=hashlib.sha256(b"something else").hexdigest())
    assert script.fetch(known, tmp_path).name == "emoji-datasource-twitter-16.0.0.tgz"


def test_scaling_does_not_bleed_color_from_transparent_pixels(script):
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)
    pixels[:, :32] = RED
    pixels[:, 32:] = (0, 255, 0, 0)  # invisible green
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    scaled = np.asarray(script.resize(buffer.getvalue()))
    visible = scaled[scaled[..., 3] > 0]
    assert (visible[:, 1] == 0).all()


def test_every_exclusion_concerns_a_subcategory_that_is_used(rules):
    """Names are unique: a name under two reasons would hide which one counts."""
    names = [name for names in rules.EXCLUDED.values() for name in names.split()]
    assert len(names) == len(set(names))
    assert not set(names) & set(rules.ADDED)
    assert set(rules.CLASS_OF.values()) == set(rules.CLASSES)


@pytest.mark.slow
def test_building_again_gives_the_committed_bytes(script, encoders, tmp_path):
    for source in script.SOURCES:
        need_source(source.archive)
    rebuilt = run("build_emoji.py", tmp_path / "emoji")
    by_hand = {"README.md", "LICENSE.txt", ".gitattributes"}
    committed = {k: v for k, v in folder(ROOT / "data/emoji").items() if k not in by_hand}
    assert differing(rebuilt, committed) == []
