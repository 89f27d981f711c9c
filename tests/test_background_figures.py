"""Figures and widget of the background chapter: marks match the data, words match the marks."""

from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.test_quiz import Balance
from tlcourse.errors import CourseError
from tlcourse.plots.background import gain_by_depth, twins, when_it_pays
from tlcourse.plots.four_ways import four_ways
from tlcourse.plots.method_rows import FAMILIES, sequence_rows, side_by_side
from tlcourse.widgets import neighbor_table, slide_the_cut
from tlcourse.widgets.depth import curve_svg, depth_sliders, depth_view, sentence, static_rows

GAINS = {
    "photos": [(0.03, -0.01, 0.07), (0.2, 0.1, 0.3), (0.4, 0.35, 0.46)],
    "digits": [(0.01, -0.02, 0.04), (0.04, 0.01, 0.07), (-0.08, -0.13, -0.03)],
}


def row(name, family, *per_draw):
    values = np.array(per_draw)
    return SimpleNamespace(
        name=name, family=family, per_draw=values, estimate=values.mean(),
        low=values.min() - 0.02, high=values.max() + 0.02,
    )  # fmt: skip


ROWS = [
    row("random", "random", 0.45, 0.5),
    row("pretrained", "pretrained", 0.65, 0.7),
    row("hand-made", "traditional", 0.5, 0.54),
]


def test_gain_by_depth_draws_a_line_a_band_and_a_zero():
    figure, alt = gain_by_depth(GAINS, labels_per_class=10)
    (ax,) = figure.axes
    lines = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 3]
    assert np.allclose(lines, [[3, 20, 40], [1, 4, -8]])
    assert len(ax.collections) == 2
    assert len({line.get_linestyle() for line in ax.lines if len(line.get_ydata()) == 3}) == 2
    assert "digits: +1 (-2 to +4), +4 (+1 to +7), -8 (-13 to -3), highest at block 2" in alt


def test_labels_at_the_end_do_not_overlap():
    close = {name: [(0.1, 0, 0.2)] * 3 for name in ("one", "two", "three")}
    figure, _ = gain_by_depth(close, labels_per_class=5)
    heights = sorted(t.xyann[1] for t in figure.axes[0].texts if "  " in t.get_text())
    assert len(heights) == 3
    assert min(np.diff(heights)) >= 5


def test_side_by_side_sorts_rows_and_draws_every_draw():
    differences = {"pretrained": (0.2, 0.1, 0.3), "hand-made": (0.04, -0.02, 0.1)}
    references = {"majority": 0.22}
    figure, alt = side_by_side(ROWS, differences, rival="random", references=references)
    left, right = figure.axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["random", "hand-made", "pretrained"]
    draws = [line for line in left.lines if len(line.get_xdata()) == 2 and line.get_alpha()]
    assert len(draws) == 3
    assert len(right.containers) == 2
    assert alt.index("random 0.47") < alt.index("hand-made 0.52") < alt.index("pretrained 0.68")
    assert "majority 0.22" in alt
    assert "pretrained +20" in alt


def test_families_differ_by_color_and_by_marker():
    assert len({color for color, _ in FAMILIES.values()}) == len(FAMILIES)
    assert len({marker for _, marker in FAMILIES.values()}) == len(FAMILIES)


def test_sequence_rows_keep_their_order_from_the_top():
    figure, alt = sequence_rows(ROWS, chance=0.1)
    names = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert names[::-1] == [r.name for r in ROWS]
    assert alt.endswith("Chance 0.10.")


def test_when_it_pays_draws_the_range_of_draws():
    methods = {"pretrained": ROWS[:2], "pixels": [ROWS[0], ROWS[2]]}
    figure, alt = when_it_pays({"emoji": ((1, 10), methods), "digits": ((1, 10), methods)})
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["emoji", "digits"]
    assert len(figure.axes[0].containers) == 2
    assert "emoji, 1 to 10 labels per class: pretrained 0.47 to 0.68" in alt


def test_twins_mark_hits_and_misses(rng):
    images = rng.integers(0, 256, (9, 8, 8, 3)).astype(np.uint8)
    found = np.arange(9) % 2 == 0
    hunt = SimpleNamespace(nearest=np.arange(9)[::-1], found=found)
    shares = {"pretrained": [(0.5, 0.4, 0.6)] * 5, "random": [(0.2, 0.1, 0.3)] * 5}
    figure, alt = twins(
        images, images, {"pixels": hunt, "block 4": hunt}, [0, 1, 2], shares, (0.35, 0.3, 0.4)
    )
    signs = [ax.get_ylabel() for ax in figure.axes if ax.get_ylabel() in "✓✗" and ax.get_ylabel()]
    assert signs.count("✓") == 4
    assert signs.count("✗") == 2
    assert "pixels: 2 of 3; block 4: 2 of 3" in alt


def test_four_ways_names_every_row_and_where_parts_come_from():
    figure, alt = four_ways()
    assert len(figure.axes[0].patches) == 4 * 3 + 3
    for name in ("traditional ML", "from scratch", "multi-task", "transfer"):
        assert f"{name}: pictures" in alt
    assert "features (learned elsewhere, kept)" in alt


@pytest.fixture
def tables(rng):
    images = rng.integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
    labels = np.arange(20) % 2
    features = {
        (weights, cut): rng.normal(size=(20, 6))
        for weights in ("pretrained", "random")
        for cut in ("pixels", "block 1", "block 2", "block 3")
    }
    options = {"class_names": ("cat", "dog <b>"), "queries": (3, 7), "k": 4}
    return {name: neighbor_table(features, images, labels, **options) for name in GAINS}


def test_every_setting_has_a_view_with_neighbors_curve_and_sentence(tables):
    for cut in tables["photos"].cuts:
        for weights in ("pretrained", "random"):
            setting = {"target": "digits", "number": 1, "cut": cut, "weights": weights}
            view = depth_view(tables, GAINS, **setting)
            closed = view.replace("<img ", "<br ").replace("/>", ">")
            Balance(closed.replace("<line", "<br").replace("<polyline", "<br"))
            assert view.count("<img") == 5
            assert "dog <b>" not in view
            assert view.count("<polyline") == 2


def test_the_sentence_says_helps_hurts_or_cannot_tell():
    assert sentence(GAINS, "digits", "block 3").endswith("to -3.0: hurts.")
    assert sentence(GAINS, "photos", "block 3").endswith("to +46.0: helps.")
    assert sentence(GAINS, "photos", "block 1").endswith("to +7.0: cannot tell.")
    assert "no network" in sentence(GAINS, "photos", "pixels")


def test_the_curve_has_words_and_a_cursor_only_at_blocks():
    assert 'aria-label="Gain in points by block for digits: +1, +4, -8"' in curve_svg(
        GAINS, "digits", "block 2"
    )
    assert 'stroke="#bbb"' in curve_svg(GAINS, "digits", "block 2")
    assert 'stroke="#bbb"' not in curve_svg(GAINS, "digits", "pixels")


def test_the_static_form_has_a_row_for_each_cut(tables):
    figure, alt = static_rows(tables["photos"], 3, ("pixels", "block 3"), "photos")
    assert sum(bool(ax.images) for ax in figure.axes) == 10
    assert "of 4 share the class" in alt


def test_sliders_look_up_and_redraw(tables):
    box = depth_sliders(tables, GAINS)
    cut, number, target, weights, view = box.children
    first = view.value
    cut.value, target.value, weights.value, number.value = "block 3", "digits", "random", 2
    assert view.value == depth_view(
        tables, GAINS, target="digits", number=1, cut="block 3", weights="random"
    )
    assert view.value != first


def test_slide_the_cut_shows_static_figures_first(tables, capsys):
    shell = InteractiveShell.instance()
    try:
        from IPython.utils.capture import capture_output

        with capture_output() as out:
            slide_the_cut(tables, GAINS, static_cuts=("pixels", "block 1"), interactive=True)
        with capture_output() as one:
            chosen = {"digits": 7}
            slide_the_cut(
                tables, GAINS, static_cuts=("pixels",), static_queries=chosen, interactive=False
            )
        assert len(one.outputs) == 1
        assert one.outputs[0].data["text/plain"].startswith("Gallery of the nearest digits to")
        kinds = [set(o.data) for o in out.outputs]
        assert ["image/png" in k for k in kinds] == [True, True, False]
        assert "application/vnd.jupyter.widget-view+json" in kinds[-1]
    finally:
        shell.clear_instance()


def test_tables_and_gains_must_fit(tables):
    with pytest.raises(CourseError, match="the same targets"):
        slide_the_cut({"photos": tables["photos"]}, GAINS)
    features = {("correct", "block 1"): np.random.default_rng(0).normal(size=(20, 3))}
    other = neighbor_table(
        features, np.zeros((20, 4, 4, 3), np.uint8), np.arange(20) % 2, class_names=("a", "b"), k=2
    )
    with pytest.raises(CourseError, match="Expected the weights pretrained and random"):
        slide_the_cut({"photos": other}, {"photos": GAINS["photos"]})
