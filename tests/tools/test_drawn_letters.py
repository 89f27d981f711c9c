"""The source task of the small backbone: clean, repeatable, and nothing that a chapter tests on."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import drawn_letters  # noqa: E402
from drawn_letters import HELD_OUT_FONTS, LETTERS, TRAINING_FONTS, draw_letters  # noqa: E402


def test_no_letter_is_an_emoji_or_a_digit(emoji):
    points = {f"{ord(letter):x}" for letter in LETTERS}
    assert points.isdisjoint(emoji.groups)
    assert all(letter.isalpha() for letter in LETTERS)
    assert len(set(LETTERS)) == len(LETTERS)


def test_the_drawing_reads_no_data_set():
    tree = ast.parse(Path(drawn_letters.__file__).read_text("utf-8"))
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert {name.split(".")[0] for name in names} <= {
        "__future__", "colorsys", "dataclasses", "functools", "pathlib", "numpy", "PIL",
        "matplotlib",
    }  # fmt: skip


def test_fonts_of_the_test_are_not_those_of_training():
    assert set(HELD_OUT_FONTS).isdisjoint(TRAINING_FONTS)
    for font in (*TRAINING_FONTS, *HELD_OUT_FONTS):
        face = drawn_letters._font(font, 40)
        missing = face.getmask("\uffff").getbbox(), bytes(face.getmask("\uffff"))
        for letter in LETTERS:
            assert (face.getmask(letter).getbbox(), bytes(face.getmask(letter))) != missing, font


def test_the_same_seed_draws_the_same_and_no_picture_comes_twice():
    a, b = (draw_letters(40, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a.images, b.images)
    assert len({image.tobytes() for image in a.images}) == 40
    assert a.images.shape == (40, 64, 64, 3)
    labels = a.labels()
    assert labels.keys() == {"letter", "pattern", "color"}
    assert all(len(found) == 40 for found in labels.values())


def test_a_letter_stands_out_from_its_ground():
    drawn = draw_letters(60, np.random.default_rng(4))
    assert drawn.images.reshape(60, -1, 3).std(axis=1).max(axis=1).min() > 5


@pytest.mark.slow
def test_training_repeats_and_learns():
    import train_small_backbone as script

    import tlcourse as tl

    found = []
    for _ in range(2):
        network = tl.backbone("minivgg", weights="random", precision="float32")
        before = network.fingerprint()
        script.train(network, 3)
        found.append(network.fingerprint())
        assert found[-1] != before
    assert found[0] == found[1]
