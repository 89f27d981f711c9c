"""The table that `compare_methods` returns: plain data, no labels inside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tlcourse.errors import CourseError

Interval = tuple[float, float]


@dataclass(frozen=True)
class MethodRow:
    """One line of a comparison. Intervals are bootstrap percentiles over test groups and seeds.

    Args:
        name: The method.
        accuracy: Mean over seeds.
        interval: Of the accuracy.
        seed_accuracies: Accuracy of each seed; one entry if the method has no seed.
        gain: Accuracy minus the baseline's, on the same items.
        gain_interval: Of the gain.
        gap_closed: Gain as a share of (ceiling − baseline); None without a ceiling, or where
            the interval of that gap includes 0, because a share of nothing means nothing.
        gap_closed_interval: Of the share.
        negative_transfer: The gain's interval lies below 0: this method hurt.
        needs_target_labels: True for rows that no one could have had in practice.
        seconds: Of one fit, mean over seeds.
    """

    name: str
    accuracy: float
    interval: Interval
    seed_accuracies: tuple[float, ...]
    gain: float
    gain_interval: Interval
    gap_closed: float | None
    gap_closed_interval: Interval | None
    negative_transfer: bool
    needs_target_labels: bool
    seconds: float


@dataclass(frozen=True)
class Choice:
    """What one rule chose, and what that was worth.

    Args:
        rule: Name of the rule.
        method: The chosen method.
        accuracy: Its accuracy.
        regret: Accuracy of the best method minus this one.
        needs_target_labels: True for the oracle, which chooses by the test score.
    """

    rule: str
    method: str
    accuracy: float
    regret: float
    needs_target_labels: bool


@dataclass(frozen=True)
class Comparison:
    """Result of `compare_methods`: plain data.

    Args:
        problem: Name of the problem.
        metric: "accuracy" or "balanced".
        level: Of the intervals.
        n_test: Number of test items.
        rows: One for each method, the baseline first, the ceiling last.
        choices: One for each rule, the oracle last.
    """

    problem: str
    metric: str
    level: float
    n_test: int
    rows: tuple[MethodRow, ...]
    choices: tuple[Choice, ...]

    def __getitem__(self, name: str) -> MethodRow:
        for row in self.rows:
            if row.name == name:
                return row
        raise CourseError(
            f"There is no row {name!r}. The rows are {', '.join(r.name for r in self.rows)}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return asdict(self)

    def to_frame(self) -> Any:
        """Return a pandas table of the methods."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows]).set_index("name")

    def choices_frame(self) -> Any:
        """Return a pandas table of the rules."""
        import pandas as pd

        return pd.DataFrame([asdict(choice) for choice in self.choices]).set_index("rule")

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(float_format="{:.3f}".format)
