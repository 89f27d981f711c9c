"""Figures of chapter 10: they draw, and their words come from the numbers."""

import numpy as np
import pytest

from tlcourse.evaluation import interval
from tlcourse.plots import detection, evidence, painting, to_png


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


def test_boxes_with_their_overlap(images):
    truth = np.tile([4.0, 4, 20, 20], (4, 1))
    figure, alt = detection.boxed(
        images, truth, truth + 2, [0.1, 0.2, 0.3, 0.4], what="mean box", title="t"
    )
    assert len(figure.axes) == 4
    assert all(len(ax.patches) == 2 for ax in figure.axes)
    assert "IoU from 0.10 to 0.40, mean 0.25" in alt
    assert to_png(figure).startswith(b"\x89PNG")


def test_from_candidates_to_the_truth(images):
    boxes = np.array([[2.0, 2, 12, 12], [16, 16, 30, 30]])
    figure, alt = detection.from_candidates(
        images[0],
        np.array([[0.9, 0.0], [0.05, 0.7]]),
        (np.repeat(boxes, 2, axis=0), np.array([0.9, 0.4, 0.7, 0.3])),
        (boxes, np.array([0.9, 0.7]), ["cat", "car"]),
        (boxes, ["cat", "bus"]),
    )
    assert [len(ax.patches) for ax in figure.axes] == [0, 4, 2, 2]
    assert "cat 0.90, car 0.70" in alt
    assert "2 true boxes (cat, bus)" in alt
    assert to_png(figure)


def test_precision_recall():
    curve = np.linspace(1, 0, 101)
    figure, alt = detection.precision_recall({"a": (0.9, curve), "b": (0.5, curve / 2)}, title="t")
    assert len(figure.axes[0].lines) == 2
    assert len({line.get_linestyle() for line in figure.axes[0].lines}) == 2
    assert "a: AP 0.90, precision 0.50 at recall 0.5" in alt


def test_whose_evidence(images, rng):
    maps = [rng.random((4, 32, 32)), np.zeros((4, 32, 32))]
    figure, alt = evidence.whose_evidence(images, maps, [("cat", "car")] * 4, title="t")
    assert len(figure.axes) == 12
    assert "cat and car" in alt
    assert to_png(figure)


def test_pointing_shows_random_heads_as_ticks():
    rows = {"CAM": interval(8, 10), "center": interval(5, 10)}
    figure, alt = evidence.pointing(rows, [0.1, 0.5, 0.3], n=10, title="t")
    assert figure.axes[0].lines[-2].get_xdata().tolist() == [0.1, 0.5, 0.3]
    assert "random heads from 0.10 to 0.50, mean 0.30" in alt


def test_shortcut(images, rng):
    figure, alt = evidence.shortcut(
        {"clean": (interval(6, 10), interval(7, 10)), "stickered": (interval(10, 10), 0.1)},
        {"hand": (0.1, 0.7), "plant": (0.3, 0.9)},
        images[0],
        rng.random((32, 32)),
        name="food",
        corner=(28, 28, 5),
    )
    assert "trained on stickered: 1.00 with, 0.10 without" in alt
    assert "0.20 as they are, 0.80 with sticker" in alt
    assert to_png(figure)


def test_finding_and_naming():
    rows = {"same": (0.9, 0.7, 0.6), "new": ((0.8, 0.7, 0.9), 0.6, 0.5)}
    figure, alt = evidence.finding_and_naming(rows, title="t")
    assert "new: found 0.80, named 0.60, mAP 0.50" in alt
    assert to_png(figure)


def test_paintings_and_losses(images):
    figure, alt = painting.rows_of_pictures(
        [list(images[:2]), list(images[2:])], ["a", "b"], notes=[["", "x"], ["y", ""]],
        title="t", alt="Four pictures.",
    )  # fmt: skip
    assert alt == "Four pictures."
    assert len(figure.axes) == 4
    figure, alt = painting.losses({"cat": ([1.0, 0.1, 0.04], [0.0, 0.2, 0.5])}, title="t")
    assert "96.0 % of the style loss gone after 2 steps, content loss 0.50" in alt
    pictures = ["cat as brick", "cat as grass"]
    figure, alt = painting.judges({"texture": ([0.1, 0.2], [0.3, 0.1])}, pictures, title="t")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == pictures
    assert "pretrained nearer in 1 of 2" in alt
    assert to_png(figure)
