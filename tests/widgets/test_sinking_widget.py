"""Sink the word: static form first, a pure view, controls that only look up."""

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import plots
from tlcourse.recipes.chapter09_noise import IN_NOISE, IN_QUIET, Sinking
from tlcourse.recipes.chapter09_voices import VoiceScores
from tlcourse.widgets.sinking import controls, sink_the_word, table_of_pictures, view_html

RUNGS, FLOORS = ("clean", "10 dB"), (-60.0, -30.0)


@pytest.fixture(scope="module")
def sinking():
    rng = np.random.default_rng(0)
    voices = np.repeat(["a", "b", "c"], 10)
    keys = [(IN_QUIET, f, r) for f in FLOORS for r in RUNGS]
    keys += [(IN_NOISE, FLOORS[0], r) for r in RUNGS]
    probabilities = {k: rng.dirichlet(np.ones(10), size=3) for k in keys}
    return Sinking(
        rungs=RUNGS,
        floors=FLOORS,
        scores={k: VoiceScores(k[0], rng.random((2, 30)) < 0.7, voices) for k in keys},
        names=("one, a", "seven, <b>", "two, c"),
        digits=np.array([1, 7, 2]),
        sounds=rng.normal(size=(2, 3, 800)).astype(np.float32),
        spectrograms=rng.random((2, 3, 48, 96)).astype(np.float32),
        probabilities=probabilities,
    )


def test_a_floor_is_a_rescaled_picture(sinking):
    deep, shallow = (sinking.picture("10 dB", 1, f) for f in FLOORS)
    np.testing.assert_allclose(shallow, np.maximum(0, 2 * deep - 1), atol=1e-6)


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("floor", FLOORS)
def test_the_view_is_whole_and_says_its_numbers(sinking, rung, floor):
    view = view_html(sinking, rung, floor, 1)
    Balance(view)
    assert view.count("<svg") == 2
    assert view.count("<audio") == 1
    assert view.count("★") == 2
    assert "&lt;b&gt;" in view
    for kind, f in ((IN_QUIET, floor), (IN_NOISE, -60.0)):
        score = sinking.scores[kind, f, rung].estimate
        assert f"{kind}, floor {f:g} dB: {score:.2f} of all" in view
        assert f"{sinking.probabilities[kind, f, rung][1, 7]:.2f}</text>" in view


def test_the_static_form_says_each_answer(sinking):
    figure, alt = table_of_pictures(sinking, 1)
    assert plots.to_png(figure)[:4] == b"\x89PNG"
    assert alt.count("right") + alt.count("wrong") == 4
    assert "10 dB at floor -30 dB" in alt


def test_controls_change_the_view(sinking):
    rung, floor, clip, view = controls(sinking).children
    rung.value, floor.value, clip.value = "10 dB", -30.0, 2
    assert view.value == view_html(sinking, "10 dB", -30.0, 2)


def test_without_a_kernel_the_static_form_stands_alone(sinking):
    assert sink_the_word(sinking) is None
