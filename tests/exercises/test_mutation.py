"""Every exercise of every chapter: worked answers pass, mistakes get their hints, chance never.

For chapter NN, `answers_chNN.py` beside this file holds

- `WORKED`: exercise id -> answers that must pass. A function with the attribute
  `needs_materials = True` is called with the materials and returns the answer.
- `materials(exercise)`: keyword arguments for the check, small and new at every call; {} where
  none are needed. With materials, a mistake's example that is a function is called with them.
- `acceptable(exercise, answer)`, optional: whether a random answer may pass because it happens
  to be right, where an exercise leaves so much room to chance.
"""

import re
import types
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tlcourse.exercises import exercise_ids, find, judge

IDS = exercise_ids()
CHAPTERS = sorted({name[:2] for name in IDS})
HERE = Path(__file__).parent


def answers_of(chapter):
    """Return the module with a chapter's worked answers, or None."""
    name = f"answers_ch{chapter}"
    return import_module(name) if (HERE / f"{name}.py").is_file() else None


def module_for(exercise):
    module = answers_of(exercise[:2])
    if module is None:
        pytest.fail(f"There is no {HERE.name}/answers_ch{exercise[:2]}.py for exercise {exercise}")
    return module


def materials_for(exercise):
    return module_for(exercise).materials(exercise)


@cache
def kept_materials(exercise):
    """Return one set of materials for many answers that cannot change it."""
    return materials_for(exercise)


def worked(exercise, which):
    """Return one worked answer and new materials for its check."""
    answer, materials = module_for(exercise).WORKED[exercise][which], materials_for(exercise)
    return (answer(**materials) if getattr(answer, "needs_materials", False) else answer), materials


def worked_cases():
    modules = {chapter: answers_of(chapter) for chapter in CHAPTERS}
    return [
        (exercise, which)
        for exercise in IDS
        for which in range(len(getattr(modules[exercise[:2]], "WORKED", {}).get(exercise, ())))
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_of_the_chapter_has_a_worked_answer(chapter):
    ids = [name for name in IDS if name.startswith(chapter)]
    given_ = module_for(ids[0]).WORKED
    missing, unknown = set(ids) - {i for i in given_ if given_[i]}, set(given_) - set(ids)
    assert not missing, f"answers_ch{chapter}.WORKED has no answer for {sorted(missing)}"
    assert not unknown, f"answers_ch{chapter}.WORKED answers {sorted(unknown)}: no such exercise"


@pytest.mark.parametrize(("exercise", "which"), worked_cases())
def test_worked_answers_pass(exercise, which):
    answer, materials = worked(exercise, which)
    verdict = judge(find(exercise), answer, **materials)
    assert verdict.right, verdict
    assert verdict.message


@pytest.mark.parametrize(
    ("exercise", "name"), [(i, mistake.name) for i in IDS for mistake in find(i).mistakes]
)
def test_each_mistake_is_rejected_with_its_own_hint(exercise, name):
    found, materials = find(exercise), materials_for(exercise)
    mistake = next(m for m in found.mistakes if m.name == name)
    made_from_materials = materials and isinstance(mistake.example, types.FunctionType)
    answer = mistake.example(**materials) if made_from_materials else mistake.example
    verdict = judge(found, answer, **materials)
    assert not verdict.right
    assert verdict.mistake == name, verdict
    assert verdict.message.startswith(mistake.hint)


@pytest.mark.parametrize("exercise", IDS)
def test_hints_are_distinct_sentences(exercise):
    mistakes = find(exercise).mistakes
    hints = [m.hint for m in mistakes]
    assert len(hints) >= 3, "an exercise knows at least three typical mistakes"
    assert len(set(hints)) == len(hints) == len({m.name for m in mistakes})
    for hint in hints:
        assert 20 < len(hint) < 200, (len(hint), hint)
        assert hint.rstrip("`)\"'").endswith((".", "?")), hint


# What is not an answer yet.


@pytest.mark.parametrize("exercise", IDS)
@pytest.mark.parametrize("stub", [None, ..., (None, None), ""])
def test_stubs_are_not_attempted(exercise, stub):
    verdict = judge(find(exercise), stub, **kept_materials(exercise))
    assert not verdict.attempted
    assert not verdict.right


def wants_a_function(exercise):
    return isinstance(worked(exercise, 0)[0], types.FunctionType)


def todo(*args, **kwargs):
    raise NotImplementedError


@pytest.mark.parametrize("stub", [lambda *a, **k: None, lambda *a, **k: ..., todo])
@pytest.mark.parametrize("exercise", IDS)
def test_stubs_of_functions_are_not_attempted(exercise, stub):
    if wants_a_function(exercise):
        verdict = judge(find(exercise), stub, **materials_for(exercise))
        assert not verdict.attempted, verdict


@pytest.mark.parametrize("exercise", IDS)
def test_a_wrong_type_is_told_what_is_expected(exercise):
    found = find(exercise)
    verdict = judge(found, object(), **kept_materials(exercise))
    assert verdict.attempted
    assert f"Expected {found.expects}" in verdict.message


# Random answers never pass.

WORDS = sorted(
    {
        word
        for i in IDS
        for word in re.findall(r"[\w-]+", f"{find(i).question} {find(i).expects}")
        if len(word) < 16
    }
)
numbers = st.one_of(st.integers(), st.floats(), st.integers(-20, 300), st.floats(-2, 2))
words = st.one_of(st.text(max_size=12), st.sampled_from([*"abcdefghijk", *WORDS]))
scalars = st.one_of(numbers, words, st.none(), st.booleans(), st.binary(max_size=4))
arrays = hnp.arrays(
    st.sampled_from(["f4", "i8", "U3", "?"]), hnp.array_shapes(max_dims=3, max_side=3)
)
plain = st.one_of(
    scalars,
    st.lists(numbers, min_size=1, max_size=5).map(tuple),
    st.tuples(numbers, st.sets(words, max_size=3)),
    st.lists(scalars, max_size=4),
    st.sets(words, max_size=6),
    st.dictionaries(words, scalars, max_size=3),
    arrays,
)


def shapes_in(materials):
    """Return the shapes that an answer to an exercise with these materials could have."""
    shapes = {(4, 512)}
    for value in materials.values():
        shape = tuple(getattr(value, "shape", ()))
        shapes |= {shape, shape[:1], (*shape[:1], 2), shape[1:]}
    return sorted(s for s in shapes if 8 <= np.prod(s) <= 10**6)


@st.composite
def noise(draw, shapes):
    """Noise in the shape of what is asked for: real numbers, whole numbers or probabilities."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    shape, kind = draw(st.sampled_from(shapes)), draw(st.sampled_from("nip"))
    if kind == "n":
        return rng.normal(size=shape).astype(np.float32)
    return rng.integers(0, 9, shape) if kind == "i" else rng.random(shape)


def random_answers(materials):
    shaped = noise(shapes_in(materials))
    returns = st.one_of(plain, shaped)
    functions = st.functions(like=lambda *args, **kwargs: None, returns=returns)
    return st.one_of(plain, plain, plain, shaped, functions)


def spelled(answer):
    """Return an answer made of letters or words in one spelling."""
    if isinstance(answer, str):
        parts = re.findall(r"\w+", answer)
        answer = parts[0] if len(parts) == 1 and len(parts[0]) < 12 else parts
    return frozenset(str(part).strip().lower() for part in answer)


def same(answer, right):
    """Tell whether a random answer is a worked one, written another way."""
    try:
        if np.allclose(np.asarray(answer, float), np.asarray(right, float), rtol=0.01):
            return True
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return spelled(answer) == spelled(right)
    except TypeError:
        return False


def may_pass(exercise, answer):
    module = module_for(exercise)
    if getattr(module, "acceptable", lambda *_: False)(exercise, answer):
        return True
    return any(same(answer, right) for right in module.WORKED[exercise])


@pytest.mark.parametrize("exercise", IDS)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_random_answers_never_pass(exercise, data):
    materials = kept_materials(exercise)
    answer = data.draw(random_answers(materials))
    verdict = judge(find(exercise), answer, **materials)
    assert not verdict.right or may_pass(exercise, answer), (answer, verdict)
    assert verdict.message
