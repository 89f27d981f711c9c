"""The static site: outputs, alternative texts, folds, contents, and what it refuses."""

import base64
import io
import re

import nbformat
import numpy as np
import pytest
from build_site import build_site
from PIL import Image
from site_math import to_svg
from site_page import make_page

from tests.test_quiz import Balance
from tlcourse.execute import ChapterRun, run_notebook

QUIZ = "import tlcourse as tl\n\ntl.quiz('03')"
FIGURE = """import matplotlib.pyplot as plt
import tlcourse as tl

fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([1, 2, 3])
tl.show(fig, alt="Line chart: a line that rises from 1 to 3 <really>.")"""
CELLS = [
    ("markdown", "# 03 Tiny chapter\n\nThe mean is $\\frac12\\sum_i x_i$ and costs \\$5.", []),
    ("markdown", "## A figure\n\nSee [chapter 04](04_more.ipynb#part) and `code $x$`.", []),
    ("code", FIGURE, []),
    ("markdown", "### Exercise 03.1", []),
    ("code", "answer = 6 * 7\nprint('answer', answer)", ["exercise"]),
    ("code", QUIZ, ["quiz"]),
    ("markdown", "## Instructor notes", ["instructor"]),
]


def notebook(cells):
    made = nbformat.v4.new_notebook()
    for i, (kind, source, tags) in enumerate(cells):
        new = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}[kind]
        cell = new(source, id=f"cell-{i}")
        cell.metadata["tags"] = tags
        made.cells.append(cell)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata["kernelspec"] = spec
    return made


def write(root, name, cells):
    for folder in ("notebooks", "solutions"):
        (root / folder).mkdir(exist_ok=True)
        nbformat.write(notebook(cells), root / folder / f"{name}.ipynb")


def executed(*outputs):
    """Return a notebook of one executed cell with these outputs."""
    made = notebook([("code", "x", [])])
    made.cells[0].outputs, made.cells[0].execution_count = list(outputs), 1
    return made


def shown(data, **more):
    return nbformat.v4.new_output("display_data", data, **more)


def png(color=(200, 30, 30)):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two chapters, really executed."""
    root = tmp_path_factory.mktemp("course")
    write(root, "03_tiny", CELLS)
    write(root, "04_more", [("markdown", "# 04 More\n\n## Part", []), ("code", "1 + 1", [])])
    assert build_site(root, root / "build" / "site", fast=True) == []
    return root / "build" / "site"


def test_the_site_is_whole(site):
    names = {p.name for p in site.iterdir()}
    assert names == {"index.html", "style.css", "03_tiny.html", "04_more.html", "pictures"}
    assert [p.name for p in site.parent.iterdir() if p.name.startswith(".")] == []
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"<script|<iframe|https?://(?!www\.w3\.org)", text)
        for target in re.findall(r'(?:src|href)="([^"#:]+)[#"]', text):
            assert (site / target).is_file(), target


def test_the_figure_is_a_file_with_its_words(site):
    text = (site / "03_tiny.html").read_text("utf-8")
    (image,) = re.findall(r"<img[^>]*pictures/[^>]*>", text)
    assert "a line that rises from 1 to 3 &lt;really&gt;" in image
    path = re.search(r'src="([^"]+)"', image)[1]
    picture = Image.open(site / path)
    assert picture.width > 100
    assert f'width="{picture.width}"' in image
    assert text.count("data:image/png") == 0


def test_the_quiz_is_readable_without_a_kernel(site):
    text = (site / "03_tiny.html").read_text("utf-8")
    assert text.count("<summary>Answer to question") == 5
    assert "Predicting the shares of the classes" in text
    assert "With a running kernel, question 1" in text or "widget" not in text


def test_answers_and_notes_are_folded(site):
    text = (site / "03_tiny.html").read_text("utf-8")
    before, _, after = text.partition("<summary>Worked answer</summary>")
    assert "answer 42" not in before
    assert "answer 42" in after
    assert "<summary>Instructor notes</summary>" in text


def test_contents_lead_to_every_heading(site):
    text = (site / "03_tiny.html").read_text("utf-8")
    nav = text.split("<main")[0]
    for anchor in re.findall(r'href="#([^"]+)"', nav):
        assert f'id="{anchor}"' in text, anchor
    assert ">A figure<" in nav
    assert ">04 More<" in nav
    index = (site / "index.html").read_text("utf-8")
    assert 'href="03_tiny.html#' in index
    assert "in the short form" in index
    assert 'href="04_more.html#part"' in text


def test_formulas_are_pictures_with_their_source_as_words(site):
    text = (site / "03_tiny.html").read_text("utf-8")
    assert r'alt="\frac12\sum_i x_i"' in text
    assert "<code>code $x$</code>" in text
    svg, below = to_svg(r"\tfrac12\lVert x \rVert")
    assert svg.startswith(b"<?xml")
    assert below > 0
    with pytest.raises(ValueError, match="unknown"):
        to_svg(r"\unknown{x}")


def test_the_style_serves_light_and_dark(site):
    style = (site / "style.css").read_text("utf-8")
    assert "prefers-color-scheme: dark" in style
    assert ".highlight" in style


def test_unchanged_chapters_do_not_run_again(site, capsys):
    root, ran = site.parent.parent, []

    def runner(path, *, out_dir, fast):
        ran.append(path.name)
        return run_notebook(path, out_dir=out_dir, fast=fast)

    assert build_site(root, site, fast=True, runner=runner) == []
    assert ran == []
    assert build_site(root, site, fast=True, numbers=["04"], again=True, runner=runner) == []
    assert ran == ["04_more.ipynb"]
    assert not (site / "03_tiny.html").exists()
    capsys.readouterr()
    assert build_site(root, site, fast=True, runner=runner) == []
    assert capsys.readouterr().out.startswith("2 chapters")


def fake_runner(made):
    def runner(path, *, out_dir, fast):
        out_dir.mkdir(parents=True, exist_ok=True)
        nbformat.write(made, out_dir / path.name)
        return ChapterRun(path.stem, 1.0, 1.0, True, None, out_dir / path.name)

    return runner


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (executed(shown({"image/png": png()})), "no alternative text"),
        (executed(shown({"text/html": f'<img src="data:image/png;base64,{png()}">'})), "no altern"),
        (executed(nbformat.v4.new_output("error", ename="ValueError")), "failed with ValueError"),
        (notebook([("code", "x", [])]), "did not run"),
        (notebook([("markdown", "# 03 x\n\n$\\nonsense{x}$", [])]), "could not be set"),
    ],
)
def test_what_is_wrong_with_a_chapter_stops_the_site(tmp_path, made, words):
    write(tmp_path, "03_tiny", CELLS)
    out = tmp_path / "build" / "site"
    out.mkdir(parents=True)
    (out / "index.html").write_text("the old site")
    (problem,) = build_site(tmp_path, out, runner=fake_runner(made))
    assert problem.startswith("03_tiny: ")
    assert words in problem
    assert (out / "index.html").read_text() == "the old site"


def test_a_site_that_is_too_large_is_refused(tmp_path, monkeypatch):
    import build_site as module

    monkeypatch.setattr(module, "LARGEST_MB", 0.001)
    write(tmp_path, "03_tiny", CELLS)
    (problem,) = build_site(tmp_path, tmp_path / "site", runner=fake_runner(executed()))
    assert "more than 0.001" in problem
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notebooks", "site-runs", "solutions"]


def test_unknown_chapters(tmp_path):
    write(tmp_path, "03_tiny", CELLS)
    assert "no chapter 99" in build_site(tmp_path, tmp_path / "site", numbers=["99"])[0]


def test_of_many_kinds_of_output_the_best_is_shown():
    plain = {"text/plain": "<Figure size>"}
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    bar = "  0%|          | 0/9 [00:00<?, ?it/s]"
    page = make_page(
        executed(
            shown({"image/png": png(), **plain}, metadata={"image/png": {"alt": "Red, only red."}}),
            shown({**view, "text/plain": "In place of a widget."}),
            shown({**view, "text/plain": bar}),
            shown({"application/javascript": "alert(1)"}),
            nbformat.v4.new_output("stream", name="stderr", text=f"{bar}\r 50%|█"),
            nbformat.v4.new_output("stream", name="stdout", text="kept <b>"),
        ),
        "03_x",
    )
    assert page.problems == ()
    assert 'alt="Red, only red."' in page.body
    assert "In place of a widget." in page.body
    assert "kept &lt;b&gt;" in page.body
    assert "%|" not in page.body
    assert "alert" not in page.body
    (content,) = page.files.values()
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert (pixels == (200, 30, 30)).all()
    Balance(re.sub(r"<(?:img|meta|link|hr)[^>]*>", "", page.body))


def test_the_notebook_itself_stays_as_it_was():
    made = executed(shown({"image/png": png(), "text/html": "<p>x</p>"}))
    before = nbformat.writes(made)
    make_page(made, "03_x")
    assert nbformat.writes(made) == before
