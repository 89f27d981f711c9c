"""A freeze plan checked after training: what was meant to move did, and nothing else."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.audit.rates import shown_rate
from tlcourse.audit.report import AuditError
from tlcourse.finetuning import FreezePlan
from tlcourse.finetuning.model import HEAD

if TYPE_CHECKING:
    import keras

    from tlcourse.backbones import Backbone
    from tlcourse.evaluation import Result

_HEADINGS = ("layer", "trains", "weights", "learning rate", "moved by", "as planned")
_STATISTICS = ("moving_mean", "moving_variance")


@dataclass(frozen=True)
class PlanCheck:
    """One layer of a plan, and what became of it.

    Args:
        layer: Name of the layer.
        trains: Whether the plan lets it train.
        parameters: Number of its weights.
        learning_rate: Its effective peak rate; 0 where it is frozen.
        moved: ||after - before|| / ||before|| of its first array, the kernel or gamma; None
            for a head that started from zero.
        as_planned: Frozen and bit-identical, or meant to train, with a rate, and every
            array changed.
    """

    layer: str
    trains: bool
    parameters: int
    learning_rate: float
    moved: float | None
    as_planned: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in words."""
        moved = "from zero" if self.moved is None else f"{self.moved:.2%}"
        return (
            self.layer,
            "yes" if self.trains else "no",
            f"{self.parameters:,}",
            shown_rate(self.learning_rate),
            moved if self.trains or self.moved else "0",
            "yes" if self.as_planned else "NO",
        )


@dataclass(frozen=True)
class CheckedPlan:
    """A freeze plan as a table, checked after training: one line for each layer with weights."""

    rows: tuple[PlanCheck, ...]

    @property
    def is_kept(self) -> bool:
        """Whether every layer did what the plan says."""
        return all(row.as_planned for row in self.rows)

    def assert_kept(self) -> None:
        """Assert that every layer did what the plan says.

        Raises:
            AuditError: Naming the first layer that did not.
        """
        for row in self.rows:
            if not row.as_planned:
                wish = "train" if row.trains else "stay bit-identical"
                raise AuditError(
                    f"The plan wants {row.layer} to {wish}, but its rate was "
                    f"{shown_rate(row.learning_rate)} and it moved by {row.cells[4]}. Check the "
                    f"plan, the learning rate, and what else changed this model."
                )

    def summary(self) -> str:
        """Say in one sentence what trained and whether the plan was kept."""
        trained = [row for row in self.rows if row.trains]
        weights = sum(row.parameters for row in trained)
        kept = "the plan was kept" if self.is_kept else "the plan was NOT kept"
        return (
            f"{len(trained)} of {len(self.rows)} layers trained, {weights:,} weights; "
            f"{len(self.rows) - len(trained)} stayed frozen; {kept}."
        )

    def to_list(self) -> list[dict[str, Any]]:
        """Return the lines as plain data."""
        return [asdict(row) for row in self.rows]

    def to_markdown(self) -> str:
        """Return the table as Markdown."""
        lines = [_HEADINGS, ("---",) * len(_HEADINGS), *(row.cells for row in self.rows)]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def __str__(self) -> str:
        lines = [_HEADINGS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            for cells in lines
        ]
        return "\n".join([*text, self.summary()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in _HEADINGS)
        body = "".join(
            f'<tr><th scope="row">{html.escape(row.cells[0])}</th>'
            + "".join(f"<td>{cell}</td>" for cell in row.cells[1:])
            + "</tr>"
            for row in self.rows
        )
        return (
            f"<table><caption>{html.escape(self.summary())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def checked_plan(network: Backbone, result: Result) -> CheckedPlan:
    """Return the freeze plan of a `tl.finetune` run as a table, checked against the weights.

    Example:
        >>> result = tl.finetune(vgg16, split, plan=tl.FreezePlan("block4", decay=0.5))
        >>> print(tl.audit.checked_plan(vgg16, result))

    Args:
        network: The backbone that was passed to `tl.finetune`, which left it as it was.
        result: What `tl.finetune` returned, its model included.

    Raises:
        AuditError: If the result is not one of fine-tuning, or was loaded from a file.
    """
    tuned, details = result.model, result.details
    if not hasattr(tuned, "backbone") or "plan" not in details:
        raise AuditError(
            "This result has no fine-tuned model. Expected what tl.finetune returned; a result "
            "that was read from a file has no weights to compare."
        )
    plan = FreezePlan(**details["plan"])
    rates = {line["layer"]: line["learning_rate"] for line in details["layers"]}
    deepest = max(cut.split("_")[0] for cut in tuned.at)  # nothing after it is read
    rows = []
    for before in network.model.layers:
        if before.weights:
            after = tuned.backbone.model.get_layer(before.name)
            wanted = plan.trains(before.name) and before.name.split("_")[0] <= deepest
            rows.append(_check(before, after, wanted, rates.get(before.name, 0.0)))
    head = next(line for line in details["layers"] if line["layer"] == HEAD)
    has_moved = head["moved"] is None or head["moved"] > 0
    size = tuned.head.weights.size + tuned.head.bias.size
    rows.append(PlanCheck(HEAD, True, size, rates[HEAD], head["moved"], has_moved))
    return CheckedPlan(tuple(rows))


def _check(
    before: keras.layers.Layer, after: keras.layers.Layer, wanted: bool, rate: float
) -> PlanCheck:
    """Compare one layer with what the plan wants of it."""
    pairs = [
        (old.name, np.array(old), np.array(new))
        for old, new in zip(before.weights, after.weights, strict=True)
    ]
    changed = {name: old.tobytes() != new.tobytes() for name, old, new in pairs}
    trained = [name for name in changed if name not in _STATISTICS]
    if wanted:
        as_planned = rate > 0 and all(changed[name] for name in trained)
    else:
        as_planned = rate == 0 and not any(changed.values())
    _, old, new = pairs[0]
    moved = float(np.linalg.norm(new - old) / max(np.linalg.norm(old), 1e-12))
    size = sum(old.size for _, old, _ in pairs)
    return PlanCheck(before.name, wanted, size, rate, moved, as_planned)
