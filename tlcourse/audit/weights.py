"""Compare the weights of a model before and after, byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.audit.compiled import assert_compiled
from tlcourse.audit.rates import effective_rates
from tlcourse.audit.report import FROZEN, STATE, TRAINABLE, AuditError, AuditReport, Row

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Saved:
    """One weight array as it was."""

    layer: str
    weight: str
    role: str
    digest: str
    value: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """All weights of a model at one moment, by path. Costs a copy of the weights in memory."""

    weights: dict[str, Saved]

    def __len__(self) -> int:
        return len(self.weights)


def snapshot(model: keras.Model) -> Snapshot:
    """Remember all weights of a model, those of models inside it included.

    Args:
        model: A built Keras model.

    Raises:
        AuditError: If the model has no weights yet.
    """
    saved = {path: _saved(layer, variable) for path, layer, variable in _variables(model)}
    if not saved:
        raise AuditError(
            "The model has no weights yet. Expected a built model; give it an Input, or call it "
            "on a batch first."
        )
    return Snapshot(saved)


def compare(
    before: Snapshot, model: keras.Model, plan: Collection[str] | None = None
) -> AuditReport:
    """Compare a model with an earlier snapshot of it.

    Args:
        before: What `snapshot` returned.
        model: The same model, later.
        plan: Names of the layers that were meant to train.

    Raises:
        AuditError: If it is another model, or it was trained under an outdated plan (see
            `assert_compiled`).
    """
    assert_compiled(model)
    after = {path: (layer, variable) for path, layer, variable in _variables(model)}
    if after.keys() != before.weights.keys():
        odd = sorted(after.keys() ^ before.weights.keys())[0]
        raise AuditError(
            f"The snapshot is of another model: '{odd}' is in one of the two only. Take the "
            f"snapshot of the model that you train."
        )
    rates = effective_rates(model)
    return AuditReport(
        tuple(  # one array after the other: a second copy of all weights would cost its memory
            _row(
                before.weights[path],
                _saved(layer, variable),
                plan,
                rates and rates.get(id(variable), 0.0),
            )
            for path, (layer, variable) in after.items()
        )
    )


@contextmanager
def watch(model: keras.Model, plan: Collection[str] | None = None) -> Iterator[Watched]:
    """Compare a model before and after a `with` block.

    Example:
        >>> with tl.audit.watch(model) as report:
        ...     model.fit(x, y)
        >>> report.assert_frozen()

    Args:
        model: A built Keras model.
        plan: Names of the layers that were meant to train.

    Raises:
        AuditError: At the end of the block, if `trainable` was changed without `compile`.
    """
    before, watched = snapshot(model), Watched()
    yield watched
    watched.report = compare(before, model, plan)


class Watched:
    """The report of a `with watch(...)` block; complete when the block has ended."""

    report: AuditReport | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.report is None:
            raise AuditError(
                "The report is empty until the with block has ended. Use it below the block."
            )
        return getattr(self.report, name)

    def _repr_html_(self) -> str | None:
        return self.report._repr_html_() if self.report else None

    def __str__(self) -> str:
        return str(self.report) if self.report else "Watching: the block has not ended yet."


def _saved(layer: Any, variable: Any) -> Saved:
    value = np.array(variable)
    digest = hashlib.sha256(value.tobytes()).hexdigest()
    return Saved(layer.name, variable.name, _role(layer, variable), digest, value)


def _variables(model: keras.Model) -> Iterator[tuple[str, Any, Any]]:
    """Yield (unique path, layer, variable), each variable once."""
    seen: set[int] = set()
    used: dict[str, int] = {}
    for layer in _leaves(model):
        for variable in layer.weights:
            if id(variable) in seen:
                continue
            seen.add(id(variable))
            path = variable.path
            used[path] = used.get(path, 0) + 1
            yield f"{path}#{used[path]}" if used[path] > 1 else path, layer, variable


def _leaves(layer: Any) -> Iterator[Any]:
    """Yield the innermost layers first, then the owner itself for weights of its own."""
    for inner in getattr(layer, "layers", ()):
        yield from _leaves(inner)
    yield layer


def _role(layer: Any, variable: Any) -> str:
    if any(variable is own for own in layer.trainable_variables):
        return TRAINABLE
    return STATE if layer.trainable and not variable.trainable else FROZEN


def _row(before: Saved, now: Saved, plan: Collection[str] | None, rate: float | None) -> Row:
    old, new = before.value.astype(np.float64), now.value.astype(np.float64)
    distance, length = np.linalg.norm(new - old), np.linalg.norm(old)
    changed = before.digest != now.digest
    relative = float(distance / length) if length else (np.inf if changed else 0.0)
    planned = None if plan is None else now.layer in plan
    return Row(now.layer, now.weight, now.role, changed, relative, now.value.size, planned, rate)
