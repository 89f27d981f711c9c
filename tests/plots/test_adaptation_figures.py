"""Figures of domain shift: what is drawn is what was measured, and the words say it too."""

from types import SimpleNamespace

import numpy as np
import pytest

from tlcourse.plots import adaptation, adaptation_tables, class_shares
from tlcourse.plots.display import to_png
from tlcourse.recipes.chapter07_mixes import Clouds
from tlcourse.recipes.scores import Scores

STYLES = ("one", "two", "three")


def drawn(found):
    figure, alt = found
    assert len(to_png(figure)) > 5000
    assert len(alt) > 40
    return figure, alt


def test_price_says_what_each_direction_loses():
    directions = {"a → b": ((0.5, 0.4, 0.6), (0.8, 0.7, 0.9)), "b → a": ((0.7,) * 3, (0.72,) * 3)}
    figure, alt = drawn(adaptation.price(directions))
    assert "a → b: 0.50 against 0.80, -30 points" in alt
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts == ["-30 points", "-2 points"]


def test_favorites_name_the_two_largest_and_the_absent():
    true, predicted = np.array([10, 10, 10]), np.array([4, 26, 0])
    figure, alt = drawn(adaptation.favorites(true, predicted, ("x", "y", "z"), title="t"))
    assert "y and x take 30 of 30 answers (true: 20)" in alt
    assert "Never answered: z" in alt
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["y", "x", "z"]


def test_rulers_draw_every_direction_in_every_panel():
    names = [f"{s} → {t}" for s in STYLES for t in STYLES if s != t]
    values = {n: 0.1 * i for i, n in enumerate(names)}
    measures = dict.fromkeys(("A", "B", "C", "D"), values)
    figure, alt = drawn(
        adaptation.rulers(
            measures, {n: 10 * v for n, v in values.items()}, dict.fromkeys("ABCD", 0.01)
        )
    )
    for ax in figure.axes:
        assert sum(len(c.get_offsets()) for c in ax.collections) == len(names)
    assert "losses run from 0 to 5 points" in alt
    assert "A from 0 to 0.5, same style 0.01" in alt


def test_looks_alike_has_a_strip_for_each_kind_with_pictures(rng):
    pictures = rng.integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    accuracy = {"color": (0.4, 0.3, 0.5), "edges": (0.3, 0.2, 0.4), "both": (0.5, 0.4, 0.6)}
    found = adaptation.looks_alike({"color": pictures, "edges": pictures}, accuracy, title="t")
    figure, alt = drawn(found)
    assert sum(len(ax.images) for ax in figure.axes) == 6
    assert "both: 0.50" in alt


def test_the_ladder_fills_only_what_is_decided():
    gains = {"far": {"m": (0.1, 0.02, 0.18), "n": (0.1, -0.02, 0.22)}, "near": {"m": (0, -0.1, 0.1),
             "n": (-0.2, -0.3, -0.1)}}  # fmt: skip
    figure, alt = drawn(adaptation.repair_ladder(gains))
    filled = [
        line.get_markerfacecolor() != "white"
        for ax in figure.axes
        for line in ax.lines
        if line.get_marker() in ("o", "s") and len(line.get_xdata()) == 1
    ]
    assert filled == [True, False, False, True]
    assert "far: 1 of 2 clear zero" in alt
    assert "near: 0 of 2 clear zero" in alt


def test_seeds_are_all_there():
    accuracy = {s: {"none": [0.3, 0.4], "DANN": [0.2, 0.5]} for s in ("source", "own")}
    loss = {s: {"DANN": 0.69} for s in ("source", "own")}
    figure, alt = drawn(adaptation.five_seeds(accuracy, loss))
    points = [len(line.get_xdata()) for line in figure.axes[0].lines]
    assert points == [2, 2]
    assert "own scaling, DANN: 0.20 to 0.50, domain loss 0.69" in alt


def test_matrices_mark_what_is_decided():
    pairs = [(s, t) for s in STYLES for t in STYLES]
    before = dict.fromkeys(pairs, 0.4)
    after = dict.fromkeys(pairs, 0.5)
    gains = dict.fromkeys(pairs, (0.1, -0.1, 0.3))
    gains["one", "two"] = (0.2, 0.1, 0.3)
    gains["two", "one"] = (-0.2, -0.3, -0.1)
    figure, alt = drawn(
        adaptation_tables.style_matrices(before, after, gains, names=STYLES, method="m")
    )
    texts = [t.get_text() for t in figure.axes[2].texts]
    assert texts.count("+20▲") == texts.count("-20▼") == 1
    assert texts.count("+10") == 7
    assert "Of 6 directions 1 gain for certain and 1 lose" in alt
    assert "one → two: 0.40 to 0.50 (+20▲)" in alt


def test_who_helps_whom_stars_what_is_decided():
    helping = SimpleNamespace(
        gain=np.array([[0.2, 0.0], [0.1, -0.3]]),
        low=np.array([[0.1, -0.1], [-0.1, -0.4]]),
        high=np.array([[0.3, 0.1], [0.3, -0.2]]),
    )
    shares = np.array([[0.9, 0.1], [0.4, 0.6]])
    figure, alt = drawn(
        adaptation_tables.who_helps_whom(
            shares, helping, source_names=("a", "b"), target_names=("x", "y"), title="t"
        )
    )
    assert "x is called a (0.90), y is called b (0.60)" in alt
    assert "a for x +20, b for y -30" in alt
    texts = [t.get_text() for t in figure.axes[1].texts]
    assert texts == ["+20*", "+0", "+10", "-30*"]


def test_the_regret_table_rules_off_the_oracle():
    chosen = [
        SimpleNamespace(rule=r, situation=s, accuracy=0.6 - g, regret=g, needs_target_labels=not g)
        for r, g in (("entropy", 0.2), ("oracle", 0.0))
        for s in ("one", "two")
    ]
    figure, alt = drawn(adaptation_tables.regret_table(chosen))
    assert len(figure.axes[0].lines) == 1
    assert "Largest loss: entropy on one, 20 points" in alt
    assert figure.axes[0].texts[0].get_text() == "0.40\nlost 20"


def test_the_crossing_draws_lines_and_gains():
    lines = {m: [(0.5, 0.4, 0.6), (0.6, 0.5, 0.7)] for m in ("source only", "CORAL")}
    restricted = {"x + y": {"CORAL": (-0.4, -0.5, -0.3)}, "z": {"CORAL": (0.2, 0.1, 0.3)}}
    figure, alt = drawn(class_shares.crossing((0.2, 1.0), lines, restricted))
    assert "x + y: CORAL -40" in alt
    assert "from share 0.2 to 1" in alt
    assert len(figure.axes) == 2


@pytest.fixture
def clouds(rng):
    keys = [(share, alpha) for share in (0.2, 1.0) for alpha in (0.0, 0.5, 1.0)]
    return Clouds(
        strengths=(0.0, 0.5, 1.0),
        shares=(0.2, 1.0),
        of="ants and bees",
        accuracy={k: Scores("x", (0.5 + 0.1 * k[1], 0.6 - 0.2 * k[0]), 80, 20) for k in keys},
        mmd={k: 0.3 * (1 - k[1]) for k in keys},
        source={k: rng.normal(size=(6, 2)).astype(np.float16) for k in keys},
        target={k: rng.normal(size=(4, 2)).astype(np.float16) for k in keys},
        source_labels=np.arange(6) % 3,
        target_labels={0.2: np.array([0, 1, 2, 0]), 1.0: np.array([0, 1, 0, 1])},
        class_names=("ants", "bees", "axes"),
    )


def test_the_four_corners_of_the_clouds(clouds):
    figure, alt = drawn(class_shares.cloud_panels(clouds))
    assert len(figure.axes) == 4
    for share in (0.2, 1.0):
        for alpha in (0.0, 1.0):
            assert f"share {share:g}, strength {alpha:g}: accuracy" in alt


# The widget is a thin shell around a pure view.


def test_the_view_shows_letters_of_the_target_only_when_asked(clouds):
    from tlcourse.widgets.clouds import cloud_view, letters

    assert letters(clouds.class_names) == {"a": "ants", "b": "bees", "x": "axes"}
    hidden = cloud_view(clouds, 0.2, 0.5)
    assert hidden.count("<circle") == 4
    assert hidden.count("<text") == 6
    peek = cloud_view(clouds, 0.2, 0.5, peek=True)
    assert peek.count("<circle") == 0
    assert peek.count("<text") == 10
    assert "needs target labels" in peek
    assert hidden.count("▶") == 1
    assert "MMD² 0.150" in hidden


def test_sliders_change_the_view_in_this_thread(clouds):
    from tlcourse.widgets.clouds import cloud_view, sliders

    strength, share, peek, view = sliders(clouds).children
    assert view.value == cloud_view(clouds, 0.2, 0.0)
    strength.value = 1.0
    share.value = 1.0
    peek.value = True
    assert view.value == cloud_view(clouds, 1.0, 1.0, peek=True)


def test_unknown_positions_are_named(clouds):
    from tlcourse.errors import CourseError
    from tlcourse.widgets.clouds import cloud_view

    with pytest.raises(CourseError, match="no position"):
        cloud_view(clouds, 0.3, 0.5)


def test_the_static_form_comes_first(clouds, monkeypatch):
    from tlcourse.widgets import clouds as module

    order = []
    monkeypatch.setattr(module, "show", lambda figure, alt: order.append("static"))
    monkeypatch.setattr(module, "display_widget", lambda widget, instead: order.append(instead))
    module.pull_the_clouds(clouds, interactive=True)
    assert order[0] == "static"
    assert "ants and bees" in order[1]
    order.clear()
    module.pull_the_clouds(clouds, interactive=False)
    assert order == ["static"]
