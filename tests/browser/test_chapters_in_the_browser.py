"""Chapters as a learner sees them: run in JupyterLab, in a real browser, in both themes."""

from __future__ import annotations

import pytest

from tests.browser.accessibility import violations
from tlcourse.exercises.quizzes import load_quiz

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXERCISES = {
    "00_start_here": "ex-00-1",
    "03_feature_extraction": "ex-03-3",
    "07_domain_adaptation": "ex-07-2",
}
every_chapter = pytest.mark.parametrize("chapter", EXERCISES, indirect=True)
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])
GREEN = "rgb(27, 120, 55)"


@every_chapter
def test_it_runs_to_its_end(chapter):
    assert chapter.outcome == "done"
    assert chapter.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0


@every_chapter
def test_figures_are_there_and_say_what_they_show(chapter):
    images = chapter.page.locator(".jp-OutputArea-output figure img")
    assert images.count() >= 5
    for image in images.all():
        assert len(image.get_attribute("alt")) > 30
        assert image.evaluate("image => image.naturalWidth") > 100


@every_chapter
def test_dragging_changes_the_figure(chapter):
    chapter.drag_every_slider("widget")


@every_chapter
def test_a_quiz_question_is_answered_at_once(chapter, lab):
    quiz = chapter.cell("quiz")
    assert quiz.locator(".widget-radio-box").count() == 5
    question = load_quiz(chapter.stem[:2]).questions[0]
    radios = quiz.locator(".widget-radio-box").first.get_by_role("radio")
    for number, option in enumerate(question.options):
        radios.nth(number).check()
        verdict = "✓ Right." if option.right else "→ Not this one."
        quiz.get_by_role("status").get_by_text(f"{verdict} {option.why}").wait_for()
    assert chapter.stem[:2] in lab.progress()["quiz"]


@every_chapter
def test_a_check_turns_green(chapter, lab):
    exercise = EXERCISES[chapter.stem]
    line = chapter.cell(exercise).get_by_role("status")
    assert line.inner_text().startswith("○")
    line = chapter.answer(exercise)
    assert line.inner_text().startswith("✓")
    assert "Right." in line.inner_text()
    assert line.evaluate("line => getComputedStyle(line).borderLeftColor") == GREEN
    assert exercise.removeprefix("ex-").replace("-", ".") in lab.progress()["exercises"]


@both_themes
@every_chapter
def test_what_we_show_is_accessible(chapter, theme):
    chapter.use_theme(theme)
    assert violations(chapter.page) == []
    assert chapter.photograph() >= 3
