"""The framework of exercises: one line, never an exception, stubs, unknown ids."""

import itertools
import threading

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tlcourse import exercises
from tlcourse.errors import CourseError
from tlcourse.exercises import check, exercise_ids, find, judge
from tlcourse.exercises.exercise import (
    AnswerFailedError,
    Exercise,
    Mistake,
    as_numbers,
    call,
    describe,
    right,
    untouched,
)


class Hostile:
    """Raises whatever is done with it."""

    def __getattr__(self, name):
        raise RuntimeError(f"no {name}")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("no repr")

    __str__ = __len__ = __iter__ = __array__ = __float__ = __bool__ = __repr__


ODD = [
    Hostile(),
    (Hostile(), Hostile()),
    {1: Hostile()},
    [Hostile()] * 3,
    np.array([object(), 1, 2], dtype=object),
    np.zeros((3, 4)),
    np.array(3),
    np.array([np.nan, 1, 2]),
    np.array(["a", "b", "c"]),
    itertools.count(),
    range(10**12),
    10**400,
    (10**400, 1),
    float("nan"),
    "x" * 10**6,
    b"bytes",
    True,
    (True, False, True),
    3 + 4j,
    threading.Lock(),
    sorted,
    type,
    Exception("not raised"),
    lambda: None,
    {"a": 1},
    object(),
    (6, Hostile()),
    ("6", {"freeze"}),
]


def number_exercise(judge):
    return Exercise("99.1", "?", "a number", judge, (Mistake("m", 1, "Hint."),))


@pytest.mark.parametrize("exercise", exercise_ids())
@pytest.mark.parametrize("answer", ODD, ids=lambda a: type(a).__name__)
def test_no_answer_raises_and_none_of_these_passes(exercise, answer):
    found = find(exercise)
    materials = dict.fromkeys(found.materials)
    verdict = judge(found, answer, **materials)
    assert not verdict.right
    assert verdict.attempted
    assert len(verdict.message) > 20
    assert len(verdict.message) < 600


@pytest.mark.parametrize("exercise", exercise_ids())
@pytest.mark.parametrize("answer", [None, ..., (), [], set(), {}, (None, None), "", " ... ", "?"])
def test_stubs_are_not_attempted(exercise, answer):
    found = find(exercise)
    verdict = judge(found, answer, **dict.fromkeys(found.materials))
    assert not verdict.attempted
    assert not verdict.right


@pytest.mark.parametrize("answer", [0, False, "a", (0,), np.zeros(2), print])
def test_real_answers_are_attempts(answer):
    assert not untouched(answer)


@pytest.mark.parametrize("name", ["3.2", "03.22", "ex 03.2", 3.2, None, ("03.2",), "", "zzz"])
def test_an_unknown_id_names_the_closest(name):
    with pytest.raises(CourseError, match=r"There is no exercise .* '\d\d\.\d'"):
        check(name, None)
    if name in ("3.2", 3.2, "03.22", "ex 03.2"):
        with pytest.raises(CourseError, match=r"'03\.2'"):
            check(name, None)


def test_wrong_materials_are_the_authors_mistake():
    with pytest.raises(CourseError, match=r"lacks features=.*labels=\.\.\."):
        check("03.6", None)
    with pytest.raises(CourseError, match=r"does not take color="):
        check("03.1", None, color=1)


def test_one_line_in_a_terminal(capsys):
    outcome = check("03.1", (10, 20, 30))
    (line,) = capsys.readouterr().out.splitlines()
    assert line == outcome.line
    assert line.startswith("→ 03.1 Not yet.")
    assert check("03.1", None).status == "not attempted"
    assert capsys.readouterr().out.startswith("○ 03.1 Not attempted yet")


def test_one_output_in_a_notebook_even_as_the_last_line_of_a_cell():
    shell = InteractiveShell.instance()
    try:
        with capture_output() as captured:
            shell.run_cell("import tlcourse as tl\ntl.check('03.1', '<b>bold</b>')")
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert captured.stdout in ("", "Out[0]: ")  # a terminal prints its prompt, a notebook nothing
    assert "&lt;b&gt;bold" in output.data["text/html"]
    assert 'role="status"' in output.data["text/html"]
    assert output.data["text/plain"].count("\n") == 0


def test_a_failing_function_is_named_with_its_line():
    def answer(x):
        y = x + 1
        return y / 0

    with pytest.raises(AnswerFailedError, match="ZeroDivisionError in line") as caught:
        call(answer, 1)
    assert f"line {answer.__code__.co_firstlineno + 2}" in str(caught.value)
    assert "division by zero" in str(caught.value)


def test_functions_that_leave_or_are_stubs():
    def leave(x):
        raise SystemExit(3)

    def todo(x):
        raise NotImplementedError

    with pytest.raises(AnswerFailedError, match="SystemExit"):
        call(leave, 1)
    assert call(todo, 1) is None


def test_an_interruption_by_the_learner_is_let_through():
    def interrupted(answer, exercise):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(number_exercise(interrupted), 1)


def test_a_check_that_fails_says_what_was_expected():
    def broken(answer, exercise):
        raise TypeError("odd thing")

    verdict = judge(number_exercise(broken), 1)
    assert not verdict.right
    assert "TypeError" in verdict.message
    assert "Expected a number" in verdict.message


def test_a_message_with_line_breaks_becomes_one_line(capsys, monkeypatch):
    odd = number_exercise(lambda answer, exercise: right("two\nlines"))
    monkeypatch.setattr(exercises, "find", lambda name: odd)
    check("99.1", 1)
    assert capsys.readouterr().out == "✓ 99.1 Right. two lines\n"


def test_numbers_are_read_from_what_people_write():
    import keras

    expected = [1.0, 2.0]
    for answer in ((1, 2), [1.0, 2], np.array([[1, 2]]), keras.ops.array([1.0, 2.0])):
        assert as_numbers(answer, 2).tolist() == expected
    for answer in ((1,), (1, 2, 3), "12", {1, 2}, (1, "2"), (1, np.inf), (1, None), np.zeros(9)):
        assert as_numbers(answer, 2) is None


def test_descriptions_are_short_and_never_fail():
    for answer in ODD:
        assert 3 < len(describe(answer)) < 90


def test_strict_checks_raise_for_a_refused_answer(monkeypatch):
    monkeypatch.setenv("TLCOURSE_STRICT_CHECKS", "1")
    for answer in (None, (1, 2, 3)):
        with pytest.raises(CourseError, match=r"03\.1 was refused"):
            check("03.1", answer)
