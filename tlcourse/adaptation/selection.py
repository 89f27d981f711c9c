"""Choosing among adapted classifiers without a single target label.

No rule here is safe everywhere. Source validation is blind to the target; entropy prefers the
classifier that is surest, which may be the broken one; mutual information assumes balanced
classes. Fix the rule beforehand, and report the oracle choice beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tlcourse.adaptation._arrays import feature_pair
from tlcourse.adaptation.alignment import joint_pca
from tlcourse.adaptation.methods import Fit, Method, find_method
from tlcourse.adaptation.problem import Adaptation
from tlcourse.errors import DataError


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything a rule may look at. There is no field for target labels.

    Args:
        target_probabilities: On the unlabeled target items, (n_t, C).
        validation_probabilities: On held-out source items, (n_v, C).
        validation_labels: Their classes, (n_v,).
        validation_weights: Their importance weights, (n_v,); see `importance_weights`.
    """

    target_probabilities: np.ndarray
    validation_probabilities: np.ndarray
    validation_labels: np.ndarray
    validation_weights: np.ndarray


def source_validation(evidence: Evidence) -> float:
    """Return the accuracy on held-out source items."""
    predicted = evidence.validation_probabilities.argmax(axis=1)
    return float(np.mean(predicted == evidence.validation_labels))


def importance_weighted(evidence: Evidence) -> float:
    """Return the accuracy on held-out source items, each weighted by p_target(x) / p_source(x).

    Right if only the inputs' distribution changed and the source covers the target (Sugiyama,
    Krauledat and Müller, JMLR 2007). The weights are normalized to sum 1.
    """
    right = evidence.validation_probabilities.argmax(axis=1) == evidence.validation_labels
    return float(np.average(right, weights=evidence.validation_weights))


def negative_entropy(evidence: Evidence) -> float:
    """Return minus the mean entropy of the target predictions, in nats: 0 is entirely sure."""
    return -float(_entropy(evidence.target_probabilities).mean())


def mutual_information(evidence: Evidence) -> float:
    """Return H(mean p) − mean H(p) on the target, in nats: sure, and of many opinions."""
    p = evidence.target_probabilities
    return float(_entropy(p.mean(axis=0)) - _entropy(p).mean())


RULES: dict[str, Callable[[Evidence], float]] = {
    "source validation": source_validation,
    "importance weighted": importance_weighted,
    "entropy": negative_entropy,
    "mutual information": mutual_information,
}


@dataclass(frozen=True)
class Selection:
    """What each rule measured and chose.

    Args:
        scores: Rule → method → score, higher is better.
        choices: Rule → name of the method; of equal scores the first listed wins.
        effective_items: Kish's effective number of validation items behind the importance
            weights, (Σw)² / Σw². When it is a handful, the weighted rule is noise.
    """

    scores: dict[str, dict[str, float]]
    choices: dict[str, str]
    effective_items: float


def select(
    methods: Iterable[Method | str],
    problem: Adaptation,
    *,
    rules: Mapping[str, Callable[[Evidence], float]] | None = None,
    validation: float = 0.25,
    fit: Fit | None = None,
    seed: int = 0,
) -> Selection:
    """Let each rule choose a method, from source labels and unlabeled target items.

    A part of the source is held out, by groups; each method is fitted once on the rest, and
    all rules judge that fit. The chosen method is then to be fitted on the whole source.

    Args:
        methods: Candidates: methods or keys of `METHODS`.
        problem: The problem; it contains no target labels, so neither can a rule.
        rules: Name → function of `Evidence`; default: `RULES`.
        validation: Share of the source to hold out, above 0 and at most 0.5.
        fit: Classifier for methods given by key.
        seed: Of the held-out part and of the methods.

    Returns:
        Scores and choices. Cost: one fit for each method.
    """
    rules = RULES if rules is None else rules
    kept, held_out = _hold_out(problem, validation, seed)
    train = problem.with_source(kept)
    held_features = problem.source_features[held_out]
    weights = importance_weights(
        train.source_features, problem.target_features, held_features, seed=seed
    )
    candidates = [find_method(method, fit) for method in methods]
    if not candidates:
        raise DataError("There is no method to choose from. Pass at least one.")
    scores: dict[str, dict[str, float]] = {name: {} for name in rules}
    for method in candidates:
        predictor = method.run(train, seed=seed)
        evidence = Evidence(
            predictor.predict_proba(problem.target_features, domain="target"),
            predictor.predict_proba(held_features, domain="source"),
            problem.source_labels[held_out],
            weights,
        )
        for name, rule in rules.items():
            scores[name][method.name] = float(rule(evidence))
    choices = {name: max(by_method, key=by_method.get) for name, by_method in scores.items()}
    return Selection(scores, choices, float(weights.sum() ** 2 / (weights**2).sum()))


def importance_weights(
    source: np.ndarray, target: np.ndarray, items: np.ndarray, *, seed: int = 0
) -> np.ndarray:
    """Estimate p_target(x) / p_source(x) for source `items`, mean 1.

    A logistic regression tells source from target on 50 standardized joint principal
    components; by Bayes' rule the ratio is (n_s / n_t) · p / (1 − p) (Bickel et al. 2007). Pass
    items that are not in `source`: a classifier is overconfident on what it was trained on.

    Args:
        source: Source features to learn from, (n_s, d).
        target: Unlabeled target features, (n_t, d).
        items: Source items to weight, (n, d).
        seed: Unused by the closed forms; of the solver's random choices.

    Returns:
        Weights (n,), above 0.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    source, target = feature_pair(source, target)
    most = min(50, source.shape[1], len(source) + len(target) - 1)
    projection = joint_pca(source, target, components=most)
    pooled = np.concatenate([projection.map_source(source), projection.map_target(target)])
    is_target = np.repeat([0, 1], [len(source), len(target)])
    judge = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, random_state=seed)
    )
    judge.fit(pooled, is_target)
    log_ratio = judge.decision_function(projection.map_source(items))
    log_ratio = log_ratio - log_ratio.max()  # a constant factor, removed below as well
    weights = np.exp(np.maximum(log_ratio, -50.0))
    return weights / weights.mean()


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    from scipy.special import xlogy

    return -xlogy(probabilities, probabilities).sum(axis=-1)


def _hold_out(problem: Adaptation, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return item numbers (kept, held out) of a stratified split that keeps groups together."""
    from sklearn.model_selection import StratifiedGroupKFold

    if not 0 < share <= 0.5:
        raise DataError(f"validation={share}, but a share above 0 and at most 0.5 is needed.")
    labels, groups = problem.source_labels, problem.source_groups
    parts = min(round(1 / share), int(np.bincount(labels).max()))
    if parts < 2:
        raise DataError("No class has two source items, so none can be held out for validation.")
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    groups = np.arange(len(labels)) if groups is None else groups
    return next(iter(splitter.split(labels, labels, groups)))
