"""What an experiment found: plain numbers that can be stored, compared and plotted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.files import write_whole


@dataclass(frozen=True)
class Cost:
    """What an experiment took.

    Args:
        seconds: Wall-clock time, s.
        flops: Floating-point operations of the forward and backward passes; 0 if not counted.
        peak_memory_mb: Largest resident size of the process, MiB.
        trained_parameters: Number of weights that were fitted.
    """

    seconds: float = 0.0
    flops: float = 0.0
    peak_memory_mb: int = 0
    trained_parameters: int = 0


@dataclass(frozen=True)
class Result:
    """One measurement of one model on one set of items.

    Args:
        name: What was measured, for tables.
        part: "train", "validation", "test" or "all".
        accuracy: Share of right predictions.
        interval: 95 % Wilson interval of the accuracy, (low, high).
        macro_f1: Mean over classes of the harmonic mean of precision and recall.
        recall: Share of right predictions for each class that has items.
        confusion: Counts, row = true class, column = predicted class, C x C.
        n: Number of items measured.
        n_train: Number of items learned from; 0 if unknown.
        majority: Accuracy of always answering the most frequent class.
        class_names: In label order.
        ids: Names of the items.
        labels: True classes.
        predictions: Predicted classes.
        confidence: Probability of the predicted class.
        cost: What it took.
        history: One dictionary for each epoch, where something was trained in epochs.
        details: Anything else worth keeping (settings, split fingerprint, versions).
        model: What was fitted, where it comes with the result; never stored.
    """

    name: str
    part: str
    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    recall: dict[str, float]
    confusion: tuple[tuple[int, ...], ...]
    n: int
    n_train: int
    majority: float
    class_names: tuple[str, ...]
    ids: tuple[str, ...]
    labels: tuple[int, ...]
    predictions: tuple[int, ...]
    confidence: tuple[float, ...]
    cost: Cost = field(default_factory=Cost)
    history: tuple[dict[str, float], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    model: Any = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; the model is left out."""
        data = asdict(replace(self, model=None))
        del data["model"]
        return data

    def to_json(self) -> str:
        """Return the result as JSON text; non-finite numbers are refused."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)

    def save(self, path: str | Path) -> None:
        """Write the result as a JSON file, whole or not at all."""
        write_whole(Path(path), self.to_json().encode())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """Build a result from plain data; unknown keys fail.

        Raises:
            DataError: If keys are unknown or missing.
        """
        fields = dict(data)
        try:
            fields["cost"] = Cost(**fields.get("cost", {}))
            fields["confusion"] = tuple(tuple(row) for row in fields["confusion"])
            for name in ("interval", "class_names", "ids", "labels", "predictions"):
                fields[name] = tuple(fields[name])
            for name in ("confidence", "history"):
                fields[name] = tuple(fields.get(name, ()))
            return cls(**fields)
        except (KeyError, TypeError) as error:
            raise DataError(
                f"This is not a stored result: {error}. Expected the JSON that Result.save writes."
            ) from error

    @property
    def mistakes(self) -> np.ndarray:
        """Rows predicted wrongly, the most confident first."""
        wrong = np.flatnonzero(np.asarray(self.labels) != np.asarray(self.predictions))
        return wrong[np.argsort(-np.asarray(self.confidence)[wrong], kind="stable")]

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.name}: accuracy {self.accuracy:.3f} [{low:.3f}, {high:.3f}] on {self.n} "
            f"{self.part} items (majority {self.majority:.3f})"
        )

    def _repr_markdown_(self) -> str:
        low, high = self.interval
        return (
            "| measured | part | items | accuracy | 95 % interval | macro F1 | majority |\n"
            "|---|---|---|---|---|---|---|\n"
            f"| {self.name} | {self.part} | {self.n} | {self.accuracy:.3f} | "
            f"{low:.3f} to {high:.3f} | {self.macro_f1:.3f} | {self.majority:.3f} |"
        )
