"""Figures of speech say their numbers."""

import numpy as np

from tlcourse import plots
from tlcourse.plots import speech as draw


def test_spectrograms_have_axes_with_units_and_words(rng):
    pictures = {"quiet": np.zeros((48, 96)), "loud": np.full((48, 96), 0.5)}
    pictures["quiet"][10, 30] = 1
    figure, alt = draw.spectrograms(pictures, title="Two")
    assert plots.to_png(figure)[:4] == b"\x89PNG"
    assert "quiet: mean level 0.00 of full scale, loudest around 0.30 s" in alt
    assert "loud: mean level 0.50" in alt
    labels = {ax.get_xlabel() for ax in figure.axes} | {ax.get_ylabel() for ax in figure.axes}
    assert {"time, s", "frequency, Hz"} <= labels


def test_cells_name_every_number():
    cells = {"clean words": {"clean": (0.9, 0.8, 0.95), "10 dB": (0.4, 0.3, 0.5)}}
    rest = {"VGG16": {"clean": (0.95, 0.9, 0.99), "10 dB": (0.6, 0.5, 0.7)}}
    figure, alt = draw.source_cells(cells, rest, title="Cells")
    assert plots.to_png(figure)[:4] == b"\x89PNG"
    assert "clean words: clean 0.90, 10 dB 0.40; VGG16: clean 0.95, 10 dB 0.60" in alt


def test_words_for_lines_and_rows():
    alt = draw.lines_alt("Lines.", ["clean", "0 dB"], {"a": [0.9, None], "b": [0.8, 0.5]})
    assert "a: clean 0.90; b: clean 0.80, 0 dB 0.50" in alt
    alt = draw.rows_alt("Rows.", {"x": 0.9, "y": 0.5}, {"x": 0.7}, ("naive", "grouped"))
    assert alt == "Rows. x: naive 0.90, grouped 0.70; y: naive 0.50."


def test_sounds_have_a_plain_form(capsys, rng):
    draw.play({"one": rng.normal(size=300)})
    draw.note("a < b")
    out = capsys.readouterr().out
    assert "Sounds to play in a notebook: one" in out
    assert "a < b" in out
