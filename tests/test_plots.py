"""Figures: words beside every picture, sizes and marks that match the data."""

import html.parser
import io

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.colors import to_hex
from nbconvert import HTMLExporter
from PIL import Image

from tlcourse import plots
from tlcourse.errors import CourseError
from tlcourse.evaluation.intervals import Interval
from tlcourse.plots.intervals import bounds

ALT = 'Line chart: accuracy rises from 0.5 to 0.8, "deeper" <is> better & costs more.'


@pytest.fixture
def shell():
    """An IPython shell, as in a notebook; gone afterwards."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def figure():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0.5, 0.8])
    yield fig
    plt.close(fig)


class Images(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.alts, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))

    def handle_data(self, data):
        self.text += data


def parsed(text):
    parser = Images()
    parser.feed(text)
    return parser


def shown(figure):
    with capture_output() as captured:
        assert plots.show(figure, alt=ALT) is None
    (output,) = captured.outputs
    return output


def test_show_gives_html_with_alt_and_caption_and_a_png_with_alt(shell, figure):
    output = shown(figure)
    page = parsed(output.data["text/html"])
    assert page.alts == [ALT]
    assert ALT in page.text  # the visible caption
    assert output.data["text/plain"] == ALT
    assert output.metadata["image/png"]["alt"] == ALT
    assert not plt.fignum_exists(figure.number)


# With a PNG alone nbconvert's "lab" template drops the text: that is why there is HTML too.
@pytest.mark.parametrize(
    ("template", "only_png"), [("lab", False), ("classic", False), ("classic", True)]
)
def test_alt_survives_in_a_rendered_notebook(shell, figure, template, only_png):
    output = shown(figure)
    data = {k: v for k, v in output.data.items() if not (only_png and k == "text/html")}
    cell = nbformat.v4.new_code_cell("show()")
    cell.outputs = [nbformat.v4.new_output("display_data", data, metadata=output.metadata)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    body, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    assert ALT in parsed(body).alts


def test_outside_a_notebook_nothing_is_shown_and_the_figure_is_closed(figure, capsys):
    plots.show(figure, alt=ALT)
    assert capsys.readouterr().out == ""
    assert not plt.fignum_exists(figure.number)


def test_a_folder_in_the_environment_gets_the_picture(figure, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCOURSE_FIGURES", str(tmp_path / "new" / "folder"))
    plots.show(figure.axes[0], alt=ALT)  # axes will do
    (saved,) = (tmp_path / "new" / "folder").iterdir()
    assert saved.name.startswith("line-chart-accuracy-rises")
    assert Image.open(saved).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_folder_that_cannot_be_made_is_one_sentence(figure, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TLCOURSE_FIGURES", str(tmp_path / "file"))
    with pytest.raises(CourseError, match="could not be saved"):
        plots.show(figure, alt=ALT)


@pytest.mark.parametrize("alt", ["", "   ", "figure", None, 3])
def test_a_figure_without_words_is_refused(figure, alt):
    with pytest.raises(CourseError, match="no usable text"):
        plots.show(figure, alt=alt)


@pytest.mark.parametrize("thing", [None, plt, "figure", np.zeros(3)])
def test_only_figures_are_shown(thing):
    with pytest.raises(CourseError, match="expected a matplotlib figure"):
        plots.show(thing, alt=ALT)


def test_the_style_ends_with_its_block_and_keeps_colors_of_petroff():
    before = dict(plt.rcParams)
    with plots.style():
        assert plt.rcParams["axes.facecolor"] == "white"
    assert dict(plt.rcParams) == before
    cycle = plt.style.library["petroff10"]["axes.prop_cycle"].by_key()["color"]
    assert list(plots.COLORS) == [to_hex(color) for color in cycle]


def test_series_never_differ_by_color_alone():
    looks = [plots.look(i) for i in range(5)]
    for sign in ("color", "marker", "linestyle"):
        assert len({str(look[sign]) for look in looks}) == 5


def test_bounds_reads_what_the_course_measures():
    assert bounds(Interval(0.5, 0.4, 0.6, 0.95, "wilson", 10)) == (0.5, 0.4, 0.6)
    assert bounds(0.5) == (0.5, 0.5, 0.5)
    assert bounds((0.5, 0.4, 0.6)) == (0.5, 0.4, 0.6)
    for wrong in ("x", (1, 2), None, [[1, 2, 3]] * 2):
        with pytest.raises(CourseError, match="number with an interval"):
            bounds(wrong)


def error_bars(ax):
    """Ends of horizontal or vertical error bars, in data units."""
    return np.array(ax.containers[0].lines[2][0].get_segments())


def test_dots_stand_where_the_numbers_say():
    fig = plots.dots_with_intervals({"a": (0.5, 0.4, 0.7), "b": 0.25}, reference=0.1)
    ax = fig.axes[0]
    assert ax.lines[0].get_xdata().tolist() == [0.5, 0.25]
    assert error_bars(ax)[0, :, 0].tolist() == [0.4, 0.7]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert ax.yaxis_inverted()
    assert {"0.500", "0.250"} <= {t.get_text() for t in ax.texts}


def test_lines_skip_missing_points_and_name_series():
    series = {"one": [0.1, (0.2, 0.1, 0.3), 0.3], "two": [0.1, None, 0.2]}
    fig = plots.lines_with_intervals(["x", "y", "z"], series, xlabel="cut")
    ax = fig.axes[0]
    assert [len(c.lines[0].get_xdata()) for c in ax.containers] == [3, 2]
    assert [t.get_text() for t in fig.legends[0].get_texts()] == ["one", "two"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]
    with pytest.raises(CourseError, match="'two' has 1 values for 3"):
        plots.lines_with_intervals([1, 2, 3], {"two": [1]}, xlabel="n")


def test_a_log_axis_shows_the_numbers_given():
    fig = plots.lines_with_intervals([80, 160, 439], {"a": [1, 2, 3]}, xlabel="n", log_x=True)
    assert fig.axes[0].get_xscale() == "log"
    assert [t.get_text() for t in fig.axes[0].get_xticklabels()] == ["80", "160", "439"]


def test_dumbbell_joins_pairs_and_refuses_a_square_without_circle():
    fig = plots.dumbbell({"a": 0.7, "b": 0.6}, {"b": 0.2}, labels=("both", "serving"))
    ax = fig.axes[0]
    marks = {c.get_label(): c.lines[0] for c in ax.containers}
    assert marks["both"].get_marker() == "o"
    assert marks["serving"].get_marker() == "s"
    assert marks["serving"].get_markerfacecolor() == "white"
    assert marks["serving"].get_xdata().tolist() == [0.2]
    assert [t.get_text() for t in fig.legends[0].get_texts()] == ["both", "serving"]
    with pytest.raises(CourseError, match="'c' has a square"):
        plots.dumbbell({"a": 1}, {"c": 1}, labels=("x", "y"))


def test_confusion_shades_shares_of_rows():
    fig = plots.confusion(np.array([[9, 1], [0, 2]]), class_names=("a", "b"))
    image = fig.axes[0].images[0].get_array()
    np.testing.assert_allclose(image, [[0.9, 0.1], [0, 1]])
    assert sorted(t.get_text() for t in fig.axes[0].texts) == ["1", "2", "9"]
    with pytest.raises(CourseError, match="one row and one column"):
        plots.confusion(np.zeros((2, 3)))


def test_gallery_frames_and_names():
    images = np.zeros((3, 8, 8, 3), np.uint8)
    fig = plots.gallery(images, ["a", "b", "c"], ["query", "same", "other"], columns=2)
    assert [ax.get_xlabel() for ax in fig.axes] == ["a", "b", "c", ""]
    styles = [ax.spines["top"].get_linestyle() for ax in fig.axes[:3]]
    assert styles[1] == "-"
    assert styles[2] != "-"
    with pytest.raises(CourseError, match="3 pictures, 1 names"):
        plots.gallery(images, ["a"])
    with pytest.raises(CourseError, match="Unknown frame"):
        plots.gallery(images, frames=["same", "same", "odd"])


RUNGS = [
    ("classic", (0.2, 0.15, 0.25), 19_442_504, 50.0),
    ("freeze", (0.6, 0.55, 0.65), 4_727_816, 30.0),
    ("pool", (0.59, 0.54, 0.64), 533_512, 3.0),
    ("no hidden", (0.5, 0.45, 0.55), 4_104, 0.0, "random start"),
]


def test_ledger_marks_only_the_rung_that_falls_below_the_interval_before():
    fig = plots.ledger(RUNGS)
    left, middle, right = fig.axes
    labels = [t.get_text() for t in left.texts]
    assert labels == ["0.200", "0.600", "0.590", "0.500 (down) random start"]
    assert middle.get_xscale() == right.get_xscale() == "log"
    assert [t.get_text() for t in middle.texts] == ["19,442,504", "4,727,816", "533,512", "4,104"]
    widths = [patch.get_width() for patch in middle.patches]
    assert widths == [19_442_504, 4_727_816, 533_512, 4_104]


def test_ledger_in_words_holds_every_number():
    words = plots.ledger_alt([plots.Rung(*rung) for rung in RUNGS])
    assert "Ledger of 4 rungs" in words
    for piece in ("classic: accuracy 0.200 (0.150 to 0.250), 19,442,504", "no hidden", "4,104"):
        assert piece in words


def test_every_kind_of_figure_becomes_a_picture():
    images = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    for fig in (
        plots.dots_with_intervals({"a": 0.5}, title="t", reference=0.2, reference_label="majority"),
        plots.lines_with_intervals([1, 2], {"a": [0.1, 0.2]}, xlabel="x", reference=0.1),
        plots.dumbbell({"a": 0.5}, {}, labels=("x", "y")),
        plots.confusion(np.eye(3)),
        plots.gallery(images),
        plots.ledger(RUNGS),
    ):
        picture = Image.open(io.BytesIO(plots.to_png(fig)))
        assert picture.width > 150
        assert len(picture.convert("L").getcolors(256)) > 2
