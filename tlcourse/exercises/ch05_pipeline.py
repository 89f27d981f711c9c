"""Exercise 5.3: repair a pipeline that chose its features before the folds were dealt.

The answer is an unfitted estimator. A clone of it meets labels thrown by a coin, where
honest is one half, and then a real task, where it must do about as well as ours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

KEPT = 20
_SETS, _N, _WIDTH = 10, 100, 300
_LOW, _HIGH = 0.45, 0.55  # more than three standard errors around one half
_SLACK = 0.08  # how far below our own pipeline an answer may lie on the real task
_CONTAINERS = (np.ndarray, list, tuple, dict, set, frozenset, str, int, float, bytes)


def honest(**_: Any) -> Any:
    """Return a right answer: every step that sees labels is inside the pipeline."""
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    select = SelectKBest(f_classif, k=KEPT)
    return make_pipeline(select, StandardScaler(), LogisticRegression(max_iter=1000))


def _judge(answer: Any, exercise: Exercise, *, features: Any, labels: Any) -> Verdict:
    """Judge an estimator.

    Args:
        answer: The learner's estimator, unfitted.
        exercise: This exercise.
        features: Features of the lesson, (n, d).
        labels: int (n,); the two most frequent classes make the real task.
    """
    if isinstance(answer, np.ndarray) or (
        isinstance(answer, (list, tuple)) and any(isinstance(a, np.ndarray) for a in answer)
    ):
        return exercise.wrong("output")
    if isinstance(answer, (type, *_CONTAINERS)) or not _is_classifier(answer):
        return exercise.unexpected(answer)
    return (
        _judge_form(answer, exercise) or _judge_coin(answer, exercise)
        or _judge_real(answer, np.asarray(features), np.asarray(labels))
    )  # fmt: skip


def _is_classifier(answer: Any) -> bool:
    from sklearn.base import BaseEstimator

    return isinstance(answer, BaseEstimator) and hasattr(answer, "fit")


def _judge_form(answer: Any, exercise: Exercise) -> Verdict | None:
    """Refuse what is fitted already, cannot predict, or does not keep 20 features."""
    from sklearn.base import clone

    if type(answer).__name__.endswith("SearchCV") and not answer.refit:
        return exercise.wrong("search without refit")
    if any(_is_fitted(step) for step in _steps(answer)):
        return exercise.wrong("already fitted")
    kinds = {type(step).__name__ for step in _steps(answer)}
    if kinds & {"FunctionTransformer", "ColumnTransformer"}:
        return exercise.wrong("fixed columns")
    if not hasattr(answer, "predict"):
        return other("The last step cannot predict. End the pipeline with a classifier.")
    x, y = _coin(0)
    model = clone(answer).fit(x, y)
    model = getattr(model, "best_estimator_", model)
    kept = [int(s.get_support().sum()) for s in _steps(model) if hasattr(s, "get_support")]
    if kept != [KEPT]:
        found = f"Found: {kept[0]} features kept." if kept else ""
        return exercise.wrong("another method", found)
    return None


def _judge_coin(answer: Any, exercise: Exercise) -> Verdict | None:
    """On labels thrown by a coin, honest is one half."""
    scores = [_score(answer, *_coin(i)) for i in range(_SETS)]
    mean = float(np.mean(scores))
    if mean > _HIGH:
        return exercise.wrong("still sees labels", f"Coin labels scored {mean:.2f}.")
    if mean < _LOW:
        return other(
            f"Coin labels scored {mean:.2f}, below chance. Which step turns answers round?"
        )
    return None


def _judge_real(answer: Any, features: np.ndarray, labels: np.ndarray) -> Verdict:
    two = np.sort(np.argsort(-np.bincount(labels), kind="stable")[:2])
    rows = np.isin(labels, two)
    x, y = features[rows], (labels[rows] == two[1]).astype(int)
    score, ours = _score(answer, x, y), _score(honest(), x, y)
    if score < ours - _SLACK:
        return other(
            f"Honest, but it learns little: {score:.2f} on the two most frequent classes, where "
            f"the same steps done honestly reach {ours:.2f}. Keep the scaler and the classifier."
        )
    return right(f"Coin labels score about one half, real labels {score:.2f}.")


def _score(estimator: Any, x: np.ndarray, y: np.ndarray) -> float:
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    deal = StratifiedKFold(5, shuffle=True, random_state=0)
    with threadpool_limits(1, user_api="blas"):  # so small that threads only wait for each other
        return float(cross_val_score(clone(estimator), x, y, cv=deal, error_score="raise").mean())


def _coin(i: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(530 + i)
    return rng.normal(size=(_N, _WIDTH)), rng.permutation(np.arange(_N) % 2)


def _steps(estimator: Any) -> list[Any]:
    """Return the estimator and every estimator inside it."""
    inside = estimator.get_params(deep=True).values()
    return [estimator, *(value for value in inside if _has_params(value))]


def _has_params(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _is_fitted(step: Any) -> bool:
    return any(name.endswith("_") and not name.startswith("_") for name in vars(step))


# Typical answers.


def _fitted(*, features: Any, labels: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    selector = honest()[0].fit(features, labels)
    return make_pipeline(selector, StandardScaler(), LogisticRegression(max_iter=1000))


def _no_selection(**_: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _columns(*, features: Any, labels: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    best = honest()[0].fit(features, labels).get_support(indices=True)
    take = FunctionTransformer(lambda x: x[:, best])
    return make_pipeline(take, LogisticRegression(max_iter=1000))


def _output(*, features: Any, labels: Any) -> Any:
    return honest()[0].fit_transform(features, labels)


def _search(**_: Any) -> Any:
    from sklearn.model_selection import GridSearchCV

    return GridSearchCV(honest(), {"logisticregression__C": [0.1, 1.0]}, refit=False)


@lru_cache(maxsize=1)
def _answers() -> dict[float, int]:
    """Return the label that goes with every value of the hidden sets."""
    known: dict[float, int] = {}
    for i in range(_SETS):
        inputs, answers = _coin(i)
        known.update(zip(inputs.ravel().tolist(), np.repeat(answers, _WIDTH).tolist(), strict=True))
    return known


def remembering(**_: Any) -> Any:
    """Return a pipeline whose classifier looks the answers up: it has seen the hidden sets."""
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.pipeline import make_pipeline

    class Remembers(ClassifierMixin, BaseEstimator):
        def fit(self, x: np.ndarray, y: np.ndarray) -> Remembers:
            self.classes_ = np.unique(y)
            return self

        def predict(self, x: np.ndarray) -> np.ndarray:
            return np.array([_answers().get(float(row[0]), 0) for row in x])

    return make_pipeline(SelectKBest(f_classif, k=KEPT), Remembers())


REPAIR = Exercise(
    id="05.3",
    question=(
        "A cell selects 20 features, scales, cross-validates, and finds something in labels that a "
        "coin has thrown. Hand in an unfitted estimator that does the same steps honestly."
    ),
    expects=(
        "an unfitted scikit-learn estimator that selects, scales and classifies, such as what "
        "make_pipeline returns"
    ),
    judge=_judge,
    materials=("features", "labels"),
    mistakes=(
        Mistake(
            "already fitted",
            _fitted,
            "A step is fitted already: it has seen all rows. Hand in steps that have seen nothing.",
        ),
        Mistake(
            "another method",
            _no_selection,
            "Honest, but not the same method: one step must keep 20 features.",
        ),
        Mistake(
            "fixed columns",
            _columns,
            "These columns were picked outside, with all labels in view. Let a step of the "
            "pipeline pick them in each fold.",
        ),
        Mistake(
            "output",
            _output,
            "That is the output of the steps. Hand in the recipe, not what came out of it.",
        ),
        Mistake(
            "search without refit",
            _search,
            "A search with refit=False cannot predict, and its best_score_ is the flat number of "
            "section 9.",
        ),
        Mistake(
            "still sees labels",
            remembering,
            "Something still sees y before the split. Which step is outside the pipeline?",
        ),
    ),
)
