"""Fit every method, let label-free rules choose, and only then open the seal.

The order is the point. `compare_methods` first fits everything, then selects, and reads the
target labels last, so nothing that was fitted or chosen can depend on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tlcourse.adaptation.bootstrap import Resampler
from tlcourse.adaptation.comparison import Choice, Comparison, MethodRow
from tlcourse.adaptation.methods import Fit, Method, Predictor, find_method
from tlcourse.adaptation.problem import Adaptation, SealedTarget
from tlcourse.adaptation.selection import Evidence, select
from tlcourse.errors import CourseError, DataError


@dataclass(frozen=True, eq=False)
class Adapted:
    """A fitted method.

    Args:
        name: The method.
        predictor: What it returned.
        seed: Seed of this fit.
        seconds: Wall-clock time of the fit.
    """

    name: str
    predictor: Predictor
    seed: int
    seconds: float

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities (n, C) of target features (n, d)."""
        return self.predictor.predict_proba(features)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the most probable class of target features, int64 (n,)."""
        return self.predict_proba(features).argmax(axis=1)


def adapt(
    method: Method | str, problem: Adaptation, *, fit: Fit | None = None, seed: int = 0
) -> Adapted:
    """Fit one method to one problem.

    Args:
        method: A `Method` or a key of `METHODS`.
        problem: Labeled source and unlabeled target.
        fit: Classifier for a method given by key; default `tlcourse.heads.fit_head`.
        seed: Of the fit.

    Returns:
        The fitted method, with `predict` and `predict_proba` for target features.

    Example:
        >>> adapt("coral", problem).predict(sealed.test_features)
    """
    if not isinstance(problem, Adaptation):
        raise CourseError(
            f"adapt received a {type(problem).__name__}, but an Adaptation is expected: source "
            f"features, source labels and unlabeled target features. Make one with "
            f"adaptation_problem(...)."
        )
    method = find_method(method, fit)
    start = time.perf_counter()
    predictor = method.run(problem, seed=seed)
    seconds = time.perf_counter() - start
    if not hasattr(predictor, "predict_proba"):
        raise CourseError(
            f"The method '{method.name}' returned a {type(predictor).__name__} without "
            f"predict_proba. Return an object with predict_proba(features, domain=...)."
        )
    return Adapted(method.name, predictor, seed, seconds)


def compare_methods(
    methods: Iterable[Method | str],
    problem: Adaptation,
    sealed: SealedTarget,
    *,
    baseline: Method | str = "none",
    seeds: Iterable[int] = (0,),
    rules: Mapping[str, Callable[[Evidence], float]] | None = None,
    fit: Fit | None = None,
    metric: str = "accuracy",
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Fit all methods, choose among them without target labels, then score them all.

    Args:
        methods: `Method` objects or keys of `METHODS`.
        problem: What the methods see.
        sealed: What only the scorer sees.
        baseline: The row that gains are measured against; added if it is not in `methods`.
        seeds: Seeds for methods whose result depends on one; several show the spread.
        rules: Label-free selection rules; default `RULES`, {} for none.
        fit: Classifier of methods given by key, and of the ceiling.
        metric: "accuracy" or "balanced" (mean recall of the classes present).
        level: Of the intervals.
        draws: Bootstrap resamples.
        seed: Of the bootstrap and of the selection's held-out part.

    Returns:
        A table with accuracy, gain and share of the gap closed, each with an interval;
        negative transfer is flagged where the gain's interval lies below 0. Intervals hold for
        these fits: they do not include the luck of the training sample. Repeat over
        `domain_folds` for that.

    Example:
        >>> compare_methods(["standardize", "coral", "dann"], problem, sealed, seeds=range(5))
    """
    seeds = tuple(seeds)
    if not seeds or not 0 < level < 1 or draws < 1:
        raise DataError("At least one seed and one draw, and a level between 0 and 1, are needed.")
    candidates = _with_baseline(methods, baseline, fit)
    # 1. Fit. 2. Choose. Neither is given the seal.
    fits = [
        [adapt(m, problem, seed=s) for s in (seeds if m.seeded else seeds[:1])] for m in candidates
    ]
    choices = {}
    if rules is None or rules:
        choices = select(candidates, problem, rules=rules, seed=seed).choices
    predictions = [[run.predict(sealed.test_features) for run in runs] for runs in fits]
    # 3. Open the seal.
    right = [
        np.stack([sealed.correct(p, reason=f"score {m.name}") for p in runs])
        for m, runs in zip(candidates, predictions, strict=True)
    ]
    weights = sealed.item_weights(metric, reason="class counts")
    resampler = Resampler(sealed.groups, weights, draws=draws, level=level, seed=seed)
    ceiling = None
    if sealed.has_target_labels:
        guess = sealed.ceiling(problem.target_features, fit, seed=seeds[0])
        ceiling = sealed.correct(guess, reason="score ceiling")[None]
    seconds = [float(np.mean([run.seconds for run in runs])) for runs in fits]
    names = [m.name for m in candidates]
    rows = _rows(names, right, seconds, ceiling, resampler)
    return Comparison(
        problem=problem.name,
        metric=metric,
        level=level,
        n_test=len(sealed.test_features),
        rows=tuple(rows),
        choices=_judged_choices(choices, rows),
    )


def _with_baseline(
    methods: Iterable[Method | str], baseline: Method | str, fit: Fit | None
) -> list[Method]:
    first = find_method(baseline, fit)
    others = [find_method(method, fit) for method in methods]
    candidates = [first, *(m for m in others if m.name != first.name)]
    names = [m.name for m in candidates]
    if len(set(names)) < len(names):
        raise DataError(f"Two methods have the same name: {', '.join(names)}. Rename one.")
    return candidates


def _rows(
    names: list[str],
    right: list[np.ndarray],
    seconds: list[float],
    ceiling: np.ndarray | None,
    resampler: Resampler,
) -> list[MethodRow]:
    base = resampler.draws_of(right[0])
    top = None if ceiling is None else resampler.draws_of(ceiling)
    gap = None if top is None else top.minus(base)
    rows = []
    everything = list(zip(names, right, seconds, strict=True))
    if ceiling is not None:
        everything.append(("ceiling (trained on target labels)", ceiling, float("nan")))
    for index, (name, correct, time_spent) in enumerate(everything):
        own = base if index == 0 else resampler.draws_of(correct)
        gain = own.minus(base)
        share = None
        if gap is not None and resampler.interval(gap)[0] > 0:
            share = gain.share_of(gap)
        interval = resampler.interval(gain)
        rows.append(
            MethodRow(
                name=name,
                accuracy=own.value,
                interval=resampler.interval(own),
                seed_accuracies=tuple(resampler.value(run[None]) for run in correct),
                gain=gain.value,
                gain_interval=interval,
                gap_closed=None if share is None else share.value,
                gap_closed_interval=None if share is None else resampler.interval(share),
                negative_transfer=interval[1] < 0,
                needs_target_labels=index >= len(names),
                seconds=time_spent,
            )
        )
    return rows


def _judged_choices(choices: dict[str, str], rows: list[MethodRow]) -> tuple[Choice, ...]:
    accuracy = {row.name: row.accuracy for row in rows if not row.needs_target_labels}
    best = max(accuracy, key=accuracy.get)
    judged = [
        Choice(rule, name, accuracy[name], accuracy[best] - accuracy[name], False)
        for rule, name in choices.items()
    ]
    return (*judged, Choice("oracle (needs target labels)", best, accuracy[best], 0.0, True))
