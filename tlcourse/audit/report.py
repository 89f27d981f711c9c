"""What moved: rows, a table, and assertions that say what is wrong."""

from __future__ import annotations

import html
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tlcourse.audit.rates import shown_rate
from tlcourse.errors import CourseError

FROZEN, TRAINABLE, STATE = "frozen", "trainable", "state"
_STATISTICS = ("moving_mean", "moving_variance")


class AuditError(CourseError):
    """An invariant of transfer learning does not hold."""


@dataclass(frozen=True)
class Row:
    """What happened to one weight array.

    Args:
        layer: Name of its layer.
        weight: "kernel", "bias", "moving_mean" ...
        role: "frozen" (its layer does not train), "trainable", or "state" (kept by a layer
            that trains, such as the moving statistics of BatchNorm).
        changed: Whether any bit differs.
        relative_change: ||after - before|| / ||before||; infinite where it was zero before.
        size: Number of values.
        planned: Whether the plan wanted it to train; None without a plan.
        learning_rate: Its effective peak rate, 0 where the optimizer does not train it; None
            where the model is not compiled.
    """

    layer: str
    weight: str
    role: str
    changed: bool
    relative_change: float
    size: int
    planned: bool | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class AuditReport:
    """What moved between two moments, one row for each weight array."""

    rows: tuple[Row, ...]

    @property
    def trainable_weights(self) -> int:
        """Number of values that train."""
        return sum(row.size for row in self.rows if row.role == TRAINABLE)

    def assert_frozen(self, layers: Collection[str] | None = None) -> None:
        """Assert that frozen weights are bit-identical.

        Args:
            layers: Names of layers that must not have moved, whatever their role; without
                them, all arrays that are frozen now.

        Raises:
            AuditError: Naming the first array that moved, or if nothing was there to check.
        """
        rows = self._of(layers) if layers else [row for row in self.rows if row.role == FROZEN]
        if not rows:
            raise AuditError(
                "Nothing is frozen in this model. Expected layers with trainable = False; set "
                "base.trainable = False and compile again before fit."
            )
        moved = [row for row in rows if row.changed]
        if moved:
            raise AuditError(
                f"{len(moved)} of {len(rows)} frozen weight arrays moved, the first is "
                f"{moved[0].layer}/{moved[0].weight} by {moved[0].relative_change:.2%}. Expected "
                f"bit-identical values; set trainable = False before compile, then fit."
            )

    def assert_moved(self, layers: Collection[str] | None = None) -> None:
        """Assert that every trainable weight array changed.

        Args:
            layers: Names of layers that must have moved; without them, all that train now.

        Raises:
            AuditError: Naming the first array that did not move, or if nothing trains.
        """
        rows = [row for row in self._of(layers) if row.role == TRAINABLE]
        if not rows:
            raise AuditError(
                "Nothing is trainable here, so nothing can have moved. Set trainable = True on "
                "the layers that are to train, then compile and fit."
            )
        still = [row for row in rows if not row.changed]
        if still:
            raise AuditError(
                f"{len(still)} of {len(rows)} trainable weight arrays did not change, the first is "
                f"{still[0].layer}/{still[0].weight}. Expected training to move them; call compile "
                f"after setting trainable, and check that the learning rate is not 0."
            )

    def assert_planned(self) -> None:
        """Assert that exactly the planned layers train.

        Raises:
            AuditError: Naming the first layer that differs from the plan.
        """
        for row in self.rows:
            if row.planned is None or row.role == STATE:
                continue
            if row.planned != (row.role == TRAINABLE):
                wish = "train" if row.planned else "stay frozen"
                raise AuditError(
                    f"The plan wants {row.layer} to {wish}, but it is {row.role}. Set its "
                    f"trainable attribute to {row.planned}, compile again, and fit."
                )

    def assert_statistics(self, *, moved: bool, layers: Collection[str] | None = None) -> None:
        """Assert that the moving mean and variance of BatchNorm did, or did not, change.

        A frozen layer keeps them. A layer that trains updates them in each training step, which
        is no training: no gradient reaches them.

        Args:
            moved: Whether they were meant to change.
            layers: Names of BatchNorm layers; without them, all of the model.

        Raises:
            AuditError: Naming the first layer that differs, or if there is no BatchNorm.
        """
        rows = [row for row in self._of(layers) if row.weight in _STATISTICS]
        if not rows:
            raise AuditError(
                "There are no moving statistics here: the model has no BatchNorm (VGG16 has none). "
                "Use a model with BatchNorm, such as tl.backbone('minivgg').model."
            )
        wrong = [row for row in rows if row.changed != moved]
        if wrong and moved:
            raise AuditError(
                f"{len(wrong)} of {len(rows)} moving statistics stayed as they were, the first is "
                f"{wrong[0].layer}/{wrong[0].weight}. They follow the batches only in a layer with "
                f"trainable = True that is called with training=True."
            )
        if wrong:
            raise AuditError(
                f"{len(wrong)} of {len(rows)} moving statistics changed, the first is "
                f"{wrong[0].layer}/{wrong[0].weight} by {_percent(wrong[0])}. Set trainable = "
                f"False on the BatchNorm layers, compile again, and fit."
            )

    def _of(self, layers: Collection[str] | None) -> list[Row]:
        if layers is None:
            return list(self.rows)
        layers = [layers] if isinstance(layers, str) else list(layers)
        known = {row.layer for row in self.rows}
        unknown = [name for name in layers if name not in known]
        if unknown:
            raise AuditError(
                f"The model has no layer with weights called '{unknown[0]}'. It has: "
                f"{', '.join(dict.fromkeys(row.layer for row in self.rows))}."
            )
        return [row for row in self.rows if row.layer in layers]

    def __str__(self) -> str:
        lines = [f"{'layer':<24} {'weight':<18} {'role':<10} {'rate':<8} {'changed':<8} {'by':>10}"]
        for row in self.rows:
            lines.append(
                f"{row.layer:<24} {row.weight:<18} {row.role:<10} "
                f"{shown_rate(row.learning_rate):<8} {'yes' if row.changed else 'no':<8} "
                f"{_percent(row):>10}"
            )
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """Say in one sentence how many arrays of each role moved."""
        parts = []
        for role in (FROZEN, TRAINABLE, STATE):
            rows = [row for row in self.rows if row.role == role]
            if rows:
                parts.append(f"{role}: {sum(r.changed for r in rows)} of {len(rows)} moved")
        return f"Weight arrays, {'; '.join(parts)}."

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in ("layer", "weight", "role", "learning rate", "changed", "by", "values")
        )
        body = "".join(
            f"<tr><td>{html.escape(r.layer)}</td><td>{html.escape(r.weight)}</td><td>{r.role}</td>"
            f"<td>{shown_rate(r.learning_rate)}</td><td>{'yes' if r.changed else 'no'}</td>"
            f"<td>{_percent(r)}</td><td>{r.size:,}</td></tr>"
            for r in self.rows
        )
        return (
            f"<table><caption>{html.escape(self.summary())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def _percent(row: Row) -> str:
    if not row.changed:
        return "0"
    return "from zero" if np.isinf(row.relative_change) else f"{row.relative_change:.3%}"
