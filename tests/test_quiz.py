"""Quizzes: complete, escaped, readable without a kernel, answered by radio buttons with one."""

import html.parser

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tlcourse.errors import CourseError
from tlcourse.exercises.quizzes import Option, Question, load_quiz, quiz
from tlcourse.exercises.quizzes.shown import radio_buttons

CHAPTERS = ["03"]
NASTY = Question(
    "Is <b>x</b> & 'y' < \"z\"?",
    (Option("<script>alert(1)</script>", "<i>no</i>"), Option("yes", "a < b & c", right=True)),
)


VOID = {"br", "img", "input"}  # tags that have no end


class Balance(html.parser.HTMLParser):
    """Fails on tags that are not closed in order; collects tags and text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_five_questions_one_right_option_each_and_a_reason_for_all(chapter):
    found = load_quiz(chapter)
    assert len(found.questions) == 5
    for question in found.questions:
        assert sum(option.right for option in question.options) == 1
        assert 3 <= len(question.options) <= 5
        assert len({option.text for option in question.options}) == len(question.options)
        assert len({option.why for option in question.options}) == len(question.options)
        assert all(len(option.why) > 15 and option.why.endswith(".") for option in question.options)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_static_form_holds_everything_without_scripts(chapter):
    page = Balance(load_quiz(chapter)._repr_html_())
    assert page.tags.count("details") == page.tags.count("summary") == 10
    assert "script" not in page.tags
    for question in load_quiz(chapter).questions:
        assert question.text in page.text
        for option in question.options:
            assert option.text in page.text
            assert option.verdict in page.text
        assert f"d) {question.options[3].text}" in page.text


def test_texts_are_escaped():
    page = Balance(NASTY.to_html(1))
    assert not {"script", "b", "i"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert NASTY.text in page.text
    assert "<i>" not in NASTY.feedback_html(0)


def test_the_answer_is_not_given_away_before_it_is_unfolded():
    text = NASTY.to_html(1)
    before_answer = text.split("<summary>Answer")[0]
    assert "Right." not in before_answer
    assert "Right" not in NASTY.to_text(1)


def test_shown_in_a_notebook_one_output_for_each_question(shell):
    with capture_output() as captured:
        assert quiz("03", interactive=False) is None
    assert len(captured.outputs) == 5
    for number, output in enumerate(captured.outputs, 1):
        assert f"Question {number}." in output.data["text/html"]
        assert {"text/markdown", "text/plain"} <= set(output.data)


def test_with_a_kernel_radio_buttons_stand_below_each_question(shell):
    with capture_output() as captured:
        quiz("03", interactive=True)
    widgets = ["widget-view" in " ".join(output.data) for output in captured.outputs]
    assert widgets == [False, True] * 5


def test_radio_buttons_answer_at_once_and_start_empty():
    question = load_quiz("03").questions[1]
    buttons, feedback = radio_buttons(question, 2).children
    assert buttons.value is None
    assert feedback.value == ""
    assert "Question 2" in buttons.description
    for i, option in enumerate(question.options):
        buttons.value = i
        assert Balance(feedback.value).text.endswith(option.why)
        assert ("Right." in feedback.value) == option.right


@pytest.mark.parametrize("chapter", ["3", "99", 3, None])
def test_an_unknown_chapter_is_explained(chapter):
    with pytest.raises(CourseError, match=r"no quiz .*'03'"):
        quiz(chapter)
