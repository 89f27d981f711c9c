"""Rank candidates: every score, the null baselines beside them, and the truth where asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_features, check_labels, check_probabilities
from tlcourse.evaluation.intervals import Interval
from tlcourse.transferability.agreement import FEWEST, Agreement, regret, weighted_tau
from tlcourse.transferability.h_score import h_score
from tlcourse.transferability.knn import knn
from tlcourse.transferability.leep import leep
from tlcourse.transferability.logme import logme
from tlcourse.transferability.nce import nce
from tlcourse.transferability.table import BASELINES, FORMULAS, RankRow, RankTable


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to represent the target items: a backbone, a cut point, a source model.

    Attributes:
        features: Features of the labeled target items, shape (n, d).
        source_probabilities: The source model's own class probabilities on the same items,
            (n, Z), for LEEP and NCE; None where it has no classes.
        source_accuracy: Accuracy of the source model on its own task, for the baseline; or None.
    """

    features: Any
    source_probabilities: Any = None
    source_accuracy: float | None = None


def rank(
    candidates: Mapping[str, Any],
    labels: Any,
    *,
    groups: Any = None,
    truth: bool | Mapping[str, float] = False,
    folds: int = 5,
    fit: Callable[..., Any] | None = None,
    draws: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> RankTable:
    """Score every candidate, beside the baselines that the scores have to beat.

    Scores rank; they are not accuracies, and each has its own scale. All are computed on
    standardized features, which is what a linear head sees. With the truth, the table also says
    how well each score ranked (weighted Kendall's τ with a bootstrap interval over candidates)
    and what its first choice would have cost (regret).

    With cached features the truth of a frozen linear head takes about a second for each candidate:
    if that head is what will be used, ask for the truth. Scores pay when the alternative is
    fine-tuning, or a thousand candidates.

    Args:
        candidates: Name → features (n, d), or name → `Candidate` (or a mapping with its fields)
            with source probabilities and source accuracy where there are any.
        labels: Target classes (n,), or a `Dataset`, which brings its groups along.
        groups: Which items belong together, shape (n,): used by k-NN and by the truth alike.
        truth: False; True for the cross-validated accuracy of a linear head; or name → accuracy
            measured elsewhere, on items that no score has seen.
        folds: Folds of the cross-validation.
        fit: The head for the truth, see `cross_validate`; default `tlcourse.heads.fit_head`.
        draws: Bootstrap repetitions for τ.
        seed: Seed of the folds and of the bootstrap.
        progress: Called with (candidates done, candidates); a bar appears after two seconds when
            None.

    Returns:
        A `RankTable`, sorted by the truth where there is one and else by k-NN.

    Raises:
        DataError: If a candidate cannot be scored; the message names it.

    Source:
        Agostinelli et al. 2022, "How Stable are Transferability Metrics Evaluations?", ECCV;
        Sorkhei et al. 2025, arXiv 2503.18528.
    """
    if hasattr(labels, "labels"):
        groups = labels.groups if groups is None else groups
        labels = labels.labels
    _, codes = check_labels(labels)
    if not isinstance(candidates, Mapping) or not candidates:
        raise DataError(
            "There are no candidates to rank; expected a dictionary of name to features. "
            'Pass {"block5_pool": features}, for instance.'
        )
    if isinstance(truth, Mapping):
        _check_truth(truth, candidates)
    measure = None
    if truth is True:
        from tlcourse.evaluation.crossval import cross_validate

        measure = partial(
            cross_validate, labels=codes, groups=groups, folds=folds, seed=seed, fit=fit
        )
    rows = []
    bar = tqdm(candidates.items(), unit="candidate", delay=2, disable=progress is not None)
    for done, (name, value) in enumerate(bar, 1):
        try:
            row = _row(str(name), _candidate(value), codes, groups, measure)
        except DataError as error:
            raise DataError(f"Candidate '{name}': {error}") from error
        if isinstance(truth, Mapping):
            row.truth = _given(truth[name])
        rows.append(row)
        if progress is not None:
            progress(done, len(candidates))
    key = "knn" if truth is False else "truth"
    rows.sort(key=lambda row: -row.value(key))
    return RankTable(
        rows=tuple(rows),
        agreement=_agreement(rows, draws, seed) if key == "truth" else (),
        n=len(codes),
        n_classes=int(codes.max()) + 1,
        seed=seed,
    )


def _row(
    name: str,
    candidate: Candidate,
    codes: np.ndarray,
    groups: Any,
    measure: Callable[..., Any] | None,
) -> RankRow:
    """Compute every score that this candidate allows, and time each."""
    features = check_features(candidate.features, rows=len(codes))
    steps: dict[str, Callable[[], float]] = {
        "knn": lambda: knn(features, codes, groups=groups),
        "logme": lambda: logme(features, codes),
        "h_score": lambda: h_score(features, codes),
    }
    if candidate.source_probabilities is not None:
        theta = check_probabilities(candidate.source_probabilities, rows=len(codes))
        steps["leep"] = lambda: leep(theta, codes)
        steps["nce"] = lambda: nce(theta.argmax(axis=1), codes)
    scores, seconds = {}, {}
    for score, compute in steps.items():
        start = time.perf_counter()
        scores[score] = compute()
        seconds[score] = time.perf_counter() - start
    scores["dimension"] = float(features.shape[1])
    if candidate.source_accuracy is not None:
        scores["source_accuracy"] = float(candidate.source_accuracy)
    row = RankRow(name=name, scores=scores, seconds=seconds)
    if measure is not None:
        start = time.perf_counter()
        row.truth = measure(np.asarray(candidate.features)).interval
        seconds["truth"] = time.perf_counter() - start
    return row


def _candidate(value: Any) -> Candidate:
    if isinstance(value, Candidate):
        return value
    if not isinstance(value, Mapping):
        return Candidate(value)
    known = {field.name for field in fields(Candidate)}
    unknown = sorted(set(value) - known)
    if unknown or "features" not in value:
        raise DataError(
            f"The record has the fields {sorted(value)}; expected features and, where known, "
            f"source_probabilities and source_accuracy. Rename or remove {unknown or 'none'}."
        )
    return Candidate(**value)


def _check_truth(truth: Mapping[str, Any], candidates: Mapping[str, Any]) -> None:
    missing = [str(name) for name in candidates if name not in truth]
    if missing:
        raise DataError(
            f"The truth of {', '.join(missing)} is missing; expected an accuracy for each "
            f"candidate. Add it, or pass truth=True to measure it."
        )


def _given(value: Any) -> Interval:
    """Return a truth that was measured elsewhere; without an interval its ends are unknown."""
    if isinstance(value, Interval):
        return value
    nothing = float("nan")
    return Interval(float(value), nothing, nothing, 0.95, "given", 0)


def _agreement(rows: list[RankRow], draws: int, seed: int) -> tuple[Agreement, ...]:
    """Compare every score that at least three candidates have, and the baselines, with truth."""
    found = []
    for score in (*BASELINES, *FORMULAS):
        having = [row for row in rows if score in row.scores]
        if len(having) < FEWEST:
            continue
        scores = [row.scores[score] for row in having]
        truths = [row.value("truth") for row in having]
        found.append(
            Agreement(
                score=score,
                tau=weighted_tau(scores, truths, draws=draws, seed=seed),
                first_choice=having[int(np.argmax(scores))].name,
                regret=regret(scores, truths),
            )
        )
    return tuple(found)
