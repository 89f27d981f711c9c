"""A domain-adaptation problem whose target labels cannot reach the code that fits.

The problem and its answers are two objects that share nothing. `Adaptation` holds what a
method may see; `SealedTarget` holds the labels, gives out scores only, and counts how often
it was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from tlcourse.adaptation._arrays import feature_matrix, feature_pair, label_vector
from tlcourse.errors import DataError, SealError


def _frozen(array: Any, dtype: Any = None) -> np.ndarray:
    """Return a read-only copy: a view would carry its parent, labels and all, in `.base`."""
    copy = np.array(array, dtype=dtype, copy=True, order="C")
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What a method may see: labeled source, unlabeled target. Nothing else.

    Args:
        source_features: (n_s, d).
        source_labels: Classes, int64 (n_s,).
        target_features: Unlabeled target items, (n_t, d).
        n_classes: C.
        source_groups: Which source items belong together (concept, speaker), (n_s,), so that
            a validation part can be split off honestly. None: every item for itself.
        name: For tables, for example "Twemoji → outline".

    All arrays are copied and read-only.
    """

    source_features: np.ndarray
    source_labels: np.ndarray
    target_features: np.ndarray
    n_classes: int
    source_groups: np.ndarray | None = None
    name: str = "source → target"

    def __post_init__(self) -> None:
        feature_pair(self.source_features, self.target_features)
        n = len(self.source_features)
        labels = label_vector(self.source_labels, n, "source_labels")
        if labels.max() >= self.n_classes:
            raise DataError(
                f"source_labels reach {labels.max()}, but n_classes is {self.n_classes}. "
                f"Pass the number of classes, one more than the largest label."
            )
        if self.source_groups is not None and len(self.source_groups) != n:
            raise DataError(
                f"source_groups has {len(self.source_groups)} entries for {n} source items. "
                f"Pass one for each item."
            )
        for field in ("source_features", "target_features"):
            object.__setattr__(self, field, _frozen(getattr(self, field)))
        object.__setattr__(self, "source_labels", _frozen(labels))
        if self.source_groups is not None:
            object.__setattr__(self, "source_groups", _frozen(self.source_groups))

    def with_source(self, items: np.ndarray) -> Adaptation:
        """Return the problem with only the source items at `items` (numbers or a mask)."""
        groups = None if self.source_groups is None else self.source_groups[items]
        return Adaptation(
            self.source_features[items],
            self.source_labels[items],
            self.target_features,
            self.n_classes,
            groups,
            self.name,
        )

    def with_classes(self, classes: Any) -> Adaptation:
        """Return the problem with only these source classes: the repair for a smaller label set."""
        keep = np.isin(self.source_labels, list(classes))
        if not keep.any():
            raise DataError(f"No source item belongs to the classes {list(classes)}.")
        return self.with_source(keep)


class SealedTarget:
    """Target labels behind a seal: scores come out, labels do not.

    Python cannot keep a secret from code that is determined to find it. What the seal does is
    keep honest code honest: nothing that a method is given leads here, and asking for the
    labels by name is an error.

    Args:
        test_features: Target items to be judged on, (n, d). Not secret.
        test_labels: Their classes, int (n,). Secret.
        n_classes: C.
        groups: Which test items belong together; intervals resample whole groups.
        target_labels: Classes of the *unlabeled* target items, secret as well. Needed only for
            the ceiling, a classifier trained on the target itself.
    """

    def __init__(
        self,
        test_features: np.ndarray,
        test_labels: np.ndarray,
        *,
        n_classes: int,
        groups: np.ndarray | None = None,
        target_labels: np.ndarray | None = None,
    ) -> None:
        self.test_features = _frozen(test_features)
        feature_matrix(self.test_features, "test_features")
        n = len(self.test_features)
        self.n_classes = n_classes
        self.groups = np.arange(n) if groups is None else _frozen(groups)
        if len(self.groups) != n:
            raise DataError(f"groups has {len(self.groups)} entries for {n} test items.")
        self.openings: list[str] = []
        hidden = _frozen(label_vector(test_labels, n, "test_labels"))
        if n and hidden.max() >= n_classes:
            raise DataError(f"test_labels reach {hidden.max()}, but n_classes is {n_classes}.")
        self.has_target_labels = target_labels is not None
        fit_labels = None if target_labels is None else _frozen(target_labels, np.int64)
        # The labels live in these two closures, not in attributes that a stray vars() prints.
        self._compare = lambda predictions: (hidden == predictions, hidden)
        self._with_target_labels = lambda use: use(fit_labels)

    def correct(self, predictions: np.ndarray, *, reason: str) -> np.ndarray:
        """Open the seal once: tell which predictions (n,) are right, bool (n,)."""
        predictions = self._checked(predictions)
        self.openings.append(reason)
        return self._compare(predictions)[0]

    def item_weights(self, metric: str, *, reason: str) -> np.ndarray:
        """Return what a correct item counts for, (n,), mean 1.

        1 for "accuracy"; for "balanced", n / (C' n_c) with n_c test items of its class, so
        that every one of the C' classes present counts the same.
        """
        n = len(self.test_features)
        if metric == "accuracy":
            return np.ones(n)
        if metric != "balanced":
            raise DataError(f"metric={metric!r}, but 'accuracy' or 'balanced' is needed.")
        self.openings.append(reason)
        labels = self._compare(np.zeros(n))[1]
        counts = np.bincount(labels, minlength=self.n_classes)
        return n / ((counts > 0).sum() * counts[labels])

    def score(self, predictions: np.ndarray, *, metric: str = "accuracy") -> float:
        """Open the seal once: the share of correct predictions, "accuracy" or "balanced"."""
        right = self.correct(predictions, reason=f"score ({metric})")
        return float(np.mean(right * self.item_weights(metric, reason="class counts")))

    def ceiling(self, target_features: np.ndarray, fit: Any, *, seed: int = 0) -> np.ndarray:
        """Open the seal: predictions (n,) of a classifier trained on the labeled target.

        No method may reach this: it is the upper bound of the table, marked as such.
        """
        if not self.has_target_labels:
            raise SealError(
                "There is no ceiling, because the labels of the unlabeled target items were not "
                "sealed. Pass target_labels=... to adaptation_problem."
            )
        self.openings.append("ceiling")
        from tlcourse.adaptation.methods import fit_on

        def use(labels: np.ndarray) -> np.ndarray:
            head = fit_on(target_features, labels, self.n_classes, fit=fit, seed=seed)
            return head.predict_proba(self.test_features).argmax(axis=1)

        return self._with_target_labels(use)

    def _checked(self, predictions: np.ndarray) -> np.ndarray:
        predictions = np.asarray(predictions)
        if predictions.shape != (len(self.test_features),):
            raise DataError(
                f"predictions have shape {predictions.shape}, but one class for each of the "
                f"{len(self.test_features)} test items was expected. Predict test_features."
            )
        return predictions

    @property
    def labels(self) -> NoReturn:
        """The labels stay inside."""
        raise SealError(
            "Target labels are sealed: a method that sees them is not adapting but training. "
            "Use score(predictions) after everything is chosen."
        )

    test_labels = target_labels = labels

    def __reduce__(self) -> NoReturn:
        raise SealError("A sealed target cannot be copied or written to disk.")

    def __repr__(self) -> str:
        return f"SealedTarget({len(self.test_features)} items, opened {len(self.openings)} times)"


def adaptation_problem(
    source_features: np.ndarray,
    source_labels: np.ndarray,
    target_features: np.ndarray,
    *,
    target_labels: np.ndarray | None = None,
    test_features: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    n_classes: int | None = None,
    source_groups: np.ndarray | None = None,
    test_groups: np.ndarray | None = None,
    name: str = "source → target",
) -> tuple[Adaptation, SealedTarget]:
    """Part what may be seen from what may not, once, before anything is fitted.

    Args:
        source_features: (n_s, d).
        source_labels: (n_s,).
        target_features: Target items the methods may look at, (n_t, d).
        target_labels: Their labels. They go straight into the seal, for the ceiling and, when
            no test part is given, for the score.
        test_features: Target items to be judged on; default: the same items as above.
        test_labels: Their labels.
        n_classes: C; default: one more than the largest label anywhere.
        source_groups: See `Adaptation`.
        test_groups: See `SealedTarget`.
        name: For tables.

    Returns:
        The problem for the methods, and the seal for the scorer.

    Example:
        >>> problem, sealed = adaptation_problem(xs, ys, xt, test_features=xq, test_labels=yq)
        >>> adapted = adapt("coral", problem)
        >>> sealed.score(adapted.predict(sealed.test_features))
    """
    if (test_features is None) != (test_labels is None):
        raise DataError("test_features and test_labels belong together: pass both or neither.")
    if test_features is None:
        test_features, test_labels = target_features, target_labels
    if test_labels is None:
        raise DataError(
            "There are no labels to judge by. Pass target_labels, or test_features and "
            "test_labels; they are sealed and reach no method."
        )
    if target_labels is not None:
        label_vector(target_labels, len(target_features), "target_labels")
    if n_classes is None:
        known = [x for x in (source_labels, target_labels, test_labels) if x is not None]
        n_classes = 1 + max(int(np.max(x)) for x in known)
    problem = Adaptation(
        source_features, source_labels, target_features, n_classes, source_groups, name
    )
    sealed = SealedTarget(
        test_features,
        test_labels,
        n_classes=n_classes,
        groups=test_groups,
        target_labels=target_labels,
    )
    return problem, sealed
