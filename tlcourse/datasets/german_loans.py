"""The Statlog German credit table: 1,000 real loans, downloaded on request (about 50 KB).

Each loan has 20 columns and an outcome, good or bad. The purpose of the loan is the domain,
so a scorecard for one purpose can be carried to another. The table is old (1973 to 1975),
bad loans were sampled more often than they occur, and some of its codes were documented
wrongly (Grömping 2019): use it to practice, not to conclude.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tlcourse.datasets.cards import GERMAN_LOANS
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.download import fetch
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

FILE = "german.data"
FIELDS = (
    *("checking account", "months", "history", "purpose", "amount", "savings", "employment"),
    *("installment rate", "sex and status", "guarantors", "years at address", "property"),
    *("age", "other plans", "housing", "loans here", "job", "dependents", "telephone"),
    "foreign worker",
)
NUMERIC = (1, 4, 7, 10, 12, 15, 17)  # positions in FIELDS; all others are codes like A34
PURPOSES = {
    **{"A40": "car", "A41": "car"},
    **{"A42": "household", "A43": "household", "A44": "household", "A45": "household"},
    **{"A46": "education", "A47": "other", "A48": "education", "A49": "business", "A410": "other"},
}
_PURPOSE = FIELDS.index("purpose")


def load_german_loans(*, folder: str | Path | None = None, progress: bool = True) -> Dataset:
    """Load the table: numbers standardized, codes as columns of 0 and 1.

    The purpose is the domain and no column, so that a scorecard cannot read the domain.

    Args:
        folder: Where `german.data` lies. Default: downloaded the first time.
        progress: Show messages while it is downloaded.

    Returns:
        A `Dataset` whose `images` are float32 (n, d): one row of numbers for each loan.
        Labels: 0 good, 1 bad. Domains: "car", "household", "business", "education", "other".
        Each loan is a group of its own.

    Raises:
        DataError: If it is not here and cannot be downloaded, or a line cannot be read.
    """
    root = fetch("german_loans", progress=progress) if folder is None else Path(folder)
    rows = _read(root / FILE)
    purposes = [row[_PURPOSE] for row in rows]
    table = _columns(rows)
    return Dataset(
        name="german_loans",
        images=table,
        labels=np.array([int(row[-1]) - 1 for row in rows], np.int64),
        class_names=("good", "bad"),
        groups=np.array([f"loan {i}" for i in range(len(rows))]),
        domains=np.array([PURPOSES.get(p, "other") for p in purposes]),
        ids=tuple(f"loan {i}" for i in range(len(rows))),
        hashes=tuple(map(hash_pixels, table)),
        card=GERMAN_LOANS.card,
    )


def _read(path: Path) -> list[list[str]]:
    """Return the fields of each loan, refusing what does not look like the table."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read ({error}). Expected the text file {FILE} of the Statlog "
            f"German credit data; fetch it with `tlcourse data fetch german_loans`."
        ) from error
    rows = [line.split() for line in lines if line.strip()]
    for number, row in enumerate(rows, 1):
        numbers = [row[i] for i in NUMERIC] if len(row) == len(FIELDS) + 1 else [""]
        if not all(value.lstrip("-").isdecimal() for value in numbers) or row[-1] not in "12":
            raise DataError(
                f"Line {number} of {path} is not a loan: {' '.join(row)[:60]!r}. Expected "
                f"{len(FIELDS)} fields and an outcome of 1 or 2, separated by spaces."
            )
    if not rows:
        raise DataError(f"{path} holds no loan. Fetch the table again.")
    return rows


def _columns(rows: list[list[str]]) -> np.ndarray:
    """Return numbers with mean 0 and deviation 1, and one 0/1 column for each code."""
    columns = []
    for i in range(len(FIELDS)):
        values = np.array([row[i] for row in rows])
        if i in NUMERIC:
            number = values.astype(float)
            columns.append((number - number.mean()) / (number.std() or 1.0))
        elif i != _PURPOSE:
            columns += [(values == code).astype(float) for code in np.unique(values)]
    return np.stack(columns, axis=1).astype(np.float32)
