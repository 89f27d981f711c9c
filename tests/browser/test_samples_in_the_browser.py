"""Every widget, check, quiz and map in JupyterLab, on made-up numbers, in both themes."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.accessibility import OURS, violations
from tests.browser.chapter_page import ChapterPage
from tests.browser.conftest import SCREENSHOTS
from tests.browser.samples import WIDGETS as FIRST
from tests.browser.samples_later import WIDGETS as LATER

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEM = "samples"
WIDGETS = [*FIRST, *LATER]
SHOWN = {
    "begin": "import tlcourse as tl\nfrom tests.browser import samples, samples_later",
    **{name: f"samples.{name}()" for name in FIRST},
    **{name: f"samples_later.{name}()" for name in LATER},
    "checks": "samples.checks()",
    "quiz": "tl.quiz('05')",
    "map": "tl.progress()",
}
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture(scope="module")
def shown(lab, lab_page):
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in SHOWN.items()]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.folder / "notebooks" / f"{STEM}.ipynb")
    opened = ChapterPage.open_file(lab_page, STEM, screenshots=SCREENSHOTS)
    opened.run_all()
    assert opened.outcome == "done"
    yield opened
    opened.close()


@pytest.mark.parametrize("name", WIDGETS)
def test_every_slider_changes_the_view(shown, name):
    shown.drag_every_slider(name)


def test_no_part_of_a_widget_lies_on_another(shown):
    overlaps = shown.page.evaluate(
        """() => [...document.querySelectorAll(".widget-vbox")].flatMap(box => {
          const parts = [...box.children].map(part => part.getBoundingClientRect());
          return parts.slice(1).filter((part, i) => part.top < parts[i].bottom - 1)
            .map(part => box.textContent.slice(0, 60)); })"""
    )
    assert overlaps == []


def test_no_view_is_cut_off(shown):
    cut = shown.page.evaluate(
        """() => [...document.querySelectorAll(".jp-OutputArea-output .widget-html-content > div,"
            + ".jp-OutputArea-output :is([role=img], .widget-label, .widget-readout)")]
          .filter(part => part.scrollWidth > part.clientWidth + 1)
          .map(part => part.outerHTML.slice(0, 200))"""
    )
    assert cut == []


def test_a_closed_quiz_shows_options_and_answers_on_two_clicks(shown):
    box = shown.cell("quiz").locator("details").first
    options, answers = box.locator("ul").first, box.locator("details ul")
    assert not options.is_visible()
    box.locator("summary").first.click()
    assert options.is_visible()
    assert not answers.is_visible()
    box.locator("details summary").click()
    assert answers.is_visible()


@both_themes
def test_what_we_show_is_accessible(shown, theme):
    shown.use_theme(theme)
    assert shown.page.locator(OURS).count() > len(WIDGETS)
    shown.photograph()
    assert violations(shown.page) == []


def test_a_picture_without_words_would_be_noticed(shown):
    image = shown.cell("luck").locator("figure img").first
    words = image.get_attribute("alt")
    image.evaluate("image => image.removeAttribute('alt')")
    found = violations(shown.page)
    image.evaluate("(image, words) => image.setAttribute('alt', words)", words)
    assert [line.split(":")[0] for line in found] == ["image-alt"]


def test_pale_words_would_be_noticed(shown):
    words = shown.cell("luck").get_by_role("status")
    words.evaluate("words => { words.style.color = '#bbb'; }")
    found = violations(shown.page)
    words.evaluate("words => { words.style.color = ''; }")
    assert [line.split(":")[0] for line in found] == ["color-contrast"]
