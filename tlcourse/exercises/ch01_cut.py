"""Exercise 01.5: choose where to cut without looking at the test part."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)
from tlcourse.heads import fit_head

FOLDS, STRENGTHS = 3, (0.01, 0.1)
Features = Mapping[int, np.ndarray]
ChooseCut = Callable[[Features, np.ndarray, int], tuple[int, Mapping[int, float]]]


def fold_score(features: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Return the accuracy on held-out inner folds; scaler and head see the training folds only."""
    head = fit_head(features, labels, strengths=STRENGTHS, folds=FOLDS, seed=seed)
    return max(head.inner_scores.values())


def choose_by_folds(features_by_block: Features, labels: np.ndarray, seed: int) -> Any:
    """Return the block with the best inner cross-validation score, and all scores."""
    scores = {b: fold_score(x, labels, seed) for b, x in features_by_block.items()}
    return max(scores, key=scores.get), scores


def _judge_choice(
    answer: Any,
    exercise: Exercise,
    *,
    features: Features,
    labels: Any,
    draws: Sequence[np.ndarray],
    split: Any,
    openings: int,
) -> Verdict:
    """Judge `choose_cut` on some draws that hold training items only.

    Args:
        answer: The learner's function.
        exercise: This exercise.
        features: Block -> features of the whole data set, (n, d).
        labels: int (n,).
        draws: Training rows of each draw.
        split: The split whose test part must stay sealed.
        openings: How often the test part may have been opened before, by the lesson itself.
    """
    if not callable(answer):
        return exercise.unexpected(answer)
    labels, chosen, flawless = np.asarray(labels), [], []
    for seed, rows in enumerate(draws):
        train = {block: np.asarray(values)[rows] for block, values in features.items()}
        given = {block: values.copy() for block, values in train.items()}
        with _whole_scalings(answer, len(rows)) as leaks:
            outcome = call(answer, given, labels[rows].copy(), seed)
        if split.times_opened > openings:
            return exercise.wrong("test opened")
        if outcome is None or outcome is ...:
            return NOT_ATTEMPTED
        found = _read(outcome, features)
        if found is None:
            return other(
                f"choose_cut returned {describe(outcome)}. Expected a pair: a block from 1 to 5, "
                f"and a dict from each of the five blocks to its score, a fraction."
            )
        if leaks:
            return exercise.wrong("scaled before the folds")
        block, scores = found
        chosen.append(block)
        flawless.append(all(score >= 1 - 1e-9 for score in scores.values()))
        if len(set(scores.values())) == 1:
            continue  # nothing to choose by, judged below by another set of features
        if not _defensible(block, scores, train, labels[rows], seed):
            return other(
                f"In draw {seed} block {block} is more than one standard error behind the best "
                f"one by inner cross-validation. Which block has the highest of your scores?"
            )
    if all(flawless):
        return exercise.wrong("scored on its own pictures")
    return _judge_swapped(answer, exercise, features, labels, draws[0], chosen)


def _judge_swapped(
    answer: Any,
    exercise: Exercise,
    features: Features,
    labels: np.ndarray,
    rows: np.ndarray,
    chosen: Sequence[int],
) -> Verdict:
    """Hand over features in which only one block knows anything: a real choice must find it."""
    if len(set(chosen)) > 1:
        return right(f"Chosen for the three draws: blocks {', '.join(map(str, chosen))}.")
    own, rng = labels[rows], np.random.default_rng(0)
    for informed in (b for b in features if b != chosen[0]):
        made = {b: rng.normal(size=(len(rows), 24)).astype(np.float32) for b in features}
        made[informed][:, : own.max() + 1] += 8 * np.eye(own.max() + 1, dtype=np.float32)[own]
        outcome = _read(call(answer, made, own.copy(), 0), features)
        if outcome is None or outcome[0] != informed:
            name = "constant 5" if chosen[0] == max(features) else "constant"
            return exercise.wrong(name)
    return right(f"Block {chosen[0]} in each of the {len(chosen)} draws, chosen and not assumed.")


def _read(outcome: Any, features: Features) -> tuple[int, dict[int, float]] | None:
    """Read (block, scores) as plain numbers, or None."""
    if not isinstance(outcome, (tuple, list)) or len(outcome) != 2:
        return None
    block, scores = outcome
    if not isinstance(block, (numbers.Integral, np.integer)) or isinstance(block, bool):
        return None
    if not isinstance(scores, Mapping) or set(scores) != set(features) or block not in features:
        return None
    try:
        values = {int(b): float(np.mean(s)) for b, s in scores.items()}
    except (TypeError, ValueError):
        return None
    return (int(block), values) if all(0 <= v <= 1 for v in values.values()) else None


def _defensible(
    block: int, own: Mapping[int, float], train: Features, labels: np.ndarray, seed: int
) -> bool:
    """Tell whether a block is about as good as the best one, by folds of our own.

    One standard error of a share of the items is allowed, and two where the block is the best
    by the learner's own scores: other folds, heads and strengths move a score by so much.
    """
    scores = {b: fold_score(x, labels, seed) for b, x in train.items()}
    best = max(scores.values())
    error = np.sqrt(max(best * (1 - best), 1 / len(labels)) / len(labels))
    allowed = error * (2 if own[block] == max(own.values()) else 1)
    return bool(scores[block] >= best - allowed - 1e-9)


@contextmanager
def _whole_scalings(function: Callable[..., Any], n: int) -> Iterator[list[int]]:
    """Note when the learner's own lines fit a StandardScaler to all n items at once.

    A pipeline inside a cross-validation, or the course's own heads, call it from their own
    files and are not meant.
    """
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    noted: list[int] = []
    before = {name: StandardScaler.__dict__.get(name) for name in ("fit", "fit_transform")}

    def watched(name: str) -> Callable[..., Any]:
        inherited = getattr(StandardScaler, name)

        def method(self: StandardScaler, x: Any, *args: Any, **options: Any) -> Any:
            if own is not None and sys._getframe(1).f_code.co_filename == own and len(x) == n:
                noted.append(n)
            return inherited(self, x, *args, **options)

        return method

    for name, method in {name: watched(name) for name in before}.items():
        setattr(StandardScaler, name, method)
    try:
        yield noted
    finally:
        for name, method in before.items():
            if method is None:
                delattr(StandardScaler, name)
            else:
                setattr(StandardScaler, name, method)


# Typical answers. Each takes the materials and returns a choose_cut.


def _always(block: int) -> Callable[..., ChooseCut]:
    def with_materials(**materials: Any) -> ChooseCut:
        return lambda features_by_block, labels, seed: (
            block,
            dict.fromkeys(features_by_block, 0.5),
        )

    return with_materials


def _on_own_pictures(**materials: Any) -> ChooseCut:
    def choose_cut(features_by_block: Features, labels: np.ndarray, seed: int) -> Any:
        scores = {}
        for block, x in features_by_block.items():
            head = fit_head(x, labels, strengths=(100.0,))
            scores[block] = float(np.mean(head.predict(x) == labels))
        return max(scores, key=scores.get), scores

    return choose_cut


def _peeking(**materials: Any) -> ChooseCut:
    def choose_cut(features_by_block: Features, labels: np.ndarray, seed: int) -> Any:
        materials["split"].open_test("a look at the test part while choosing")
        return choose_by_folds(features_by_block, labels, seed)

    return choose_cut


def _scaled_before(**materials: Any) -> ChooseCut:
    def choose_cut(features_by_block: Features, labels: np.ndarray, seed: int) -> Any:
        scaled = {b: StandardScaler().fit_transform(x) for b, x in features_by_block.items()}
        return choose_by_folds(scaled, labels, seed)

    return choose_cut


CHOOSE_CUT = Exercise(
    id="01.5",
    question=(
        "Write choose_cut(features_by_block, labels, seed): from training data alone, pick the "
        "block to cut at; return (block, scores), with a cross-validated score for each block."
    ),
    expects="a function of features_by_block, labels and seed that returns (block, scores)",
    judge=_judge_choice,
    materials=("features", "labels", "draws", "split"),
    optional={"openings": 0},
    mistakes=(
        Mistake(
            "constant 5",
            _always(5),
            "Always the deepest block, by habit. What did section 10 show for a far target?",
        ),
        Mistake(
            "constant",
            _always(4),
            "Nothing was chosen: with features of another target the answer stays the same block.",
        ),
        Mistake(
            "scored on its own pictures",
            _on_own_pictures,
            "Every score is 1.0: scored on the pictures it was fitted to. Hold some of them out.",
        ),
        Mistake(
            "scaled before the folds",
            _scaled_before,
            "Standardized before the folds were cut: the scaler has seen the held-out fold.",
        ),
        Mistake(
            "test opened",
            _peeking,
            "The test part was opened: from then on its accuracy is no longer a test.",
        ),
    ),
)
