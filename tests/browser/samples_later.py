"""The widgets of chapters 08 to 11 on made-up numbers: quick to run in a kernel."""

from __future__ import annotations

import numpy as np

import tlcourse as tl
from tlcourse.datasets.glove import WordVectors
from tlcourse.recipes.chapter08_pull import Walk
from tlcourse.recipes.chapter09_noise import IN_NOISE, IN_QUIET, Sinking
from tlcourse.recipes.chapter09_voices import VoiceScores
from tlcourse.vision import Styled
from tlcourse.widgets.elsewhere import Elsewhere, same_model_other_place
from tlcourse.widgets.sinking import sink_the_word

RNG = np.random.default_rng(0)


def words() -> None:
    """Chapter 08."""
    vectors = WordVectors(("good", "bad", "film", ","), np.eye(4, dtype=np.float32))
    start, end = np.array([1.0, -1.0, 0.2, 0.0]), np.array([3.0, -2.0, 0.2, 0.0])
    table = {name: RNG.uniform(0.5, 0.8, (2, 3)) for name in ("tweets", "amazon", "films")}
    weights, moved = (
        {100: (start, end), 300: (start, 2 * end)},
        np.array([True, True, False, False]),
    )
    walk = Walk(
        vectors,
        (0.0, 1.0, 2.0),
        weights,
        dict.fromkeys(weights, moved),
        {100: 0.5, 300: 0.0},
        dict.fromkeys(weights, table),
    )
    tl.widgets.pull_the_words(walk, ("A good film, zzz.", "bad film"), size=100)


def sinking() -> None:
    """Chapter 09."""
    rungs, floors = ("clean", "10 dB"), (-60.0, -30.0)
    keys = [(IN_QUIET, floor, rung) for floor in floors for rung in rungs]
    keys += [(IN_NOISE, floors[0], rung) for rung in rungs]
    voices = np.repeat(["a", "b", "c"], 10)
    found = Sinking(
        rungs=rungs,
        floors=floors,
        scores={k: VoiceScores(k[0], RNG.random((2, 30)) < 0.7, voices) for k in keys},
        names=("one, a", "seven, b", "two, c"),
        digits=np.array([1, 7, 2]),
        sounds=RNG.normal(size=(2, 3, 800)).astype(np.float32),
        spectrograms=RNG.random((2, 3, 48, 96)).astype(np.float32),
        probabilities={k: RNG.dirichlet(np.ones(10), size=3) for k in keys},
    )
    sink_the_word(found)


def painter() -> None:
    """Chapter 10."""

    def picture() -> np.ndarray:
        return np.kron(RNG.integers(0, 256, (8, 8, 3)), np.ones((16, 16, 1))).astype(np.uint8)

    styles = {name: picture() for name in ("brick", "grass")}
    painted = {
        ("cat", name): Styled(
            picture(), (1.0, 0.5, 0.2, 0.05), (0.0, 0.1, 0.2, 0.3), 1.0, 4, {1: picture()}
        )
        for name in styles
    }
    notes = {("cat", "brick"): "Still a cat."}
    tl.widgets.choose_the_style(tl.widgets.Paintings({"cat": picture()}, styles, painted, notes))


def elsewhere() -> None:
    """Chapter 11."""
    sick = (RNG.random(600) < 0.15).astype(int)
    plain = RNG.normal(2 * sick - 2)
    same_model_other_place(Elsewhere({"plain": plain, "balanced": plain + 1.8}, sick))


WIDGETS = {f.__name__: f for f in (words, sinking, painter, elsewhere)}
