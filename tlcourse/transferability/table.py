"""The table that `rank` returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import Interval
from tlcourse.transferability.agreement import Agreement, tau_difference

if TYPE_CHECKING:
    import pandas as pd

BASELINES = ("knn", "source_accuracy", "dimension")
FORMULAS = ("logme", "h_score", "leep", "nce")
AGREEMENT_COLUMNS = ("score", "kind", "tau", "low", "high", "candidates", "first choice", "regret")


@dataclass
class RankRow:
    """One candidate: its scores, the seconds each took, and its truth.

    Attributes:
        name: Name of the candidate.
        scores: Score → value; a score that the candidate does not allow is absent.
        seconds: Score → time to compute it, s; "truth" for the truth.
        truth: Accuracy with its interval, or None where it was not asked for.
    """

    name: str
    scores: dict[str, float]
    seconds: dict[str, float] = field(default_factory=dict)
    truth: Interval | None = None

    def value(self, key: str) -> float:
        """Return one score, or the estimate of the truth for the key "truth"."""
        return self.truth.estimate if key == "truth" else self.scores[key]


@dataclass(frozen=True)
class RankTable:
    """Candidates with their scores, and how well each score ranked them.

    Attributes:
        rows: One row for each candidate, best first (by the truth, else by k-NN).
        agreement: One entry for each score, where the truth is known; else empty.
        n: Number of labeled items that the scores saw.
        n_classes: Number of classes C.
        seed: Seed of folds and bootstraps.
    """

    rows: tuple[RankRow, ...]
    agreement: tuple[Agreement, ...]
    n: int
    n_classes: int
    seed: int = 0

    def best(self, score: str = "knn") -> str:
        """Return the name of the candidate with the highest value of a score, or of "truth"."""
        return max(self._having(score), key=lambda row: row.value(score)).name

    def difference(self, a: str, b: str, *, draws: int = 1000) -> Interval:
        """Return how much better score `a` ranks than score `b`: τ of a − τ of b.

        Only candidates that have both scores are compared. If the interval holds zero, neither is
        shown to rank better.

        Raises:
            DataError: If the truth was not asked for, or fewer than 3 candidates have both.
        """
        names = {row.name for row in self._having(b)}
        rows = [row for row in self._having(a) if row.name in names]
        if not self.agreement:
            raise DataError(
                "This table has no truth to compare rankings with; expected rank(..., truth=True). "
                "Rank again with the truth."
            )
        columns = ([row.value(key) for row in rows] for key in (a, b, "truth"))
        return tau_difference(*columns, draws=draws, seed=self.seed)

    def to_frame(self, *, seconds: bool = False) -> pd.DataFrame:
        """Return one row for each candidate; columns that nobody has are left out.

        Args:
            seconds: Give the time each score took, s, in place of its value.
        """
        import pandas as pd

        records = [self._record(row, seconds) for row in self.rows]
        frame = pd.DataFrame(records).set_index("candidate")
        return frame.dropna(axis=1, how="all")

    def agreement_frame(self) -> pd.DataFrame:
        """Return one row for each score: kind, τ, low, high, first choice and regret."""
        import pandas as pd

        records = [
            {
                "score": found.score,
                "kind": "baseline" if found.score in BASELINES else "formula",
                "tau": found.tau.estimate,
                "low": found.tau.low,
                "high": found.tau.high,
                "candidates": found.tau.n,
                "first choice": found.first_choice,
                "regret": found.regret,
            }
            for found in self.agreement
        ]
        return pd.DataFrame(records, columns=AGREEMENT_COLUMNS).set_index("score")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; a number that is not known becomes None."""
        return _without_nan(asdict(self))

    def _having(self, key: str) -> list[RankRow]:
        if key == "truth":
            found = [row for row in self.rows if row.truth is not None]
        else:
            found = [row for row in self.rows if key in row.scores]
        if not found:
            raise DataError(
                f"No candidate has the score '{key}'; expected one of "
                f"{', '.join((*BASELINES, *FORMULAS))} or truth. LEEP and NCE need "
                f"source_probabilities."
            )
        return found

    def _record(self, row: RankRow, seconds: bool) -> dict[str, Any]:
        if seconds:
            return {"candidate": row.name, **row.seconds}
        record: dict[str, Any] = {"candidate": row.name}
        for key in ("dimension", "knn", "source_accuracy", *FORMULAS):
            record[key] = row.scores.get(key, float("nan"))
        record["dimension"] = int(record["dimension"])
        if row.truth is not None:
            record |= {"truth": row.truth.estimate, "low": row.truth.low, "high": row.truth.high}
        return record

    def _repr_html_(self) -> str:
        def html(frame: pd.DataFrame) -> str:
            return frame.to_html(float_format="{:.3f}".format, na_rep="", border=0)

        caption = f"<p>{len(self.rows)} candidates, {self.n} items, {self.n_classes} classes.</p>"
        parts = [caption, html(self.to_frame())]
        if self.agreement:
            parts += [
                "<p>Agreement with the truth: weighted Kendall's &tau; with its 95 % interval, and "
                "the accuracy given up by taking the score's first choice (regret).</p>",
                html(self.agreement_frame()),
            ]
        return "".join(parts)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and value != value else value
