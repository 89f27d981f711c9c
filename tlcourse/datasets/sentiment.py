"""Sentiment of short texts in three domains: product reviews, film reviews, tweets.

People rated every text from -4 (most negative) to +4 (most positive); the mean rating is
its valence. The three files are small, real, and differ as domains do: the same word
("cheap", "sick") can praise in one and blame in another.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError

DOMAINS = ("amazon", "films", "tweets")
CLASSES = ("negative", "positive")

CARD = Card(
    name="sentiment",
    title="Sentiment of short texts in three domains",
    task="text",
    license="MIT",
    citation=(
        "Hutto, C.J. and Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for "
        "Sentiment Analysis of Social Media Text. ICWSM-14."
    ),
    source="hutto_ICWSM_2014 ground truth inside vaderSentiment 0.5 on PyPI",
    n_items=16_061,
    classes=CLASSES,
    domains=DOMAINS,
    groups="review (amazon); single text (films, tweets)",
    sha256="9fb823f761c2703548e35cf619b423de58693bf0595c2e436cb7369d3f1c45a6",
    n_bytes=2_175_306,
    notes=(
        "Binary label: the sign of the mean human rating. Texts within 0.5 of zero are left out "
        "unless another band is asked for; a wider band makes the task easier, so report it. "
        "Copies, wordless snippets and strong profanity were removed; real opinions may be rude."
    ),
)


class Rated(NamedTuple):
    """One text and its mean human rating, -4 to +4."""

    key: str
    group: str
    valence: float
    text: str


def read_rated(domain: str) -> list[Rated]:
    """Return every text of one domain with its valence, neutral ones included.

    Args:
        domain: "amazon", "films" or "tweets".

    Raises:
        DataError: If the domain is unknown or its file is missing.
    """
    (domain,) = _domains(domain)
    path = _folder() / f"{domain}.csv"
    if not path.is_file():
        raise DataError(
            f"The embedded file {path} is missing. It comes with the course: "
            f"restore it with git, or reinstall the package."
        )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Rated(f"{domain}/{key}", f"{domain}/{group}", float(valence), text)
        for key, group, valence, text in rows
    ]


def load_sentiment(*, domain: str | Sequence[str] = "all", neutral_band: float = 0.5) -> Dataset:
    """Load texts labeled by the sign of their valence.

    Args:
        domain: "all", one of "amazon", "films", "tweets", or several of them.
        neutral_band: Texts whose valence lies within this distance of zero are left
            out, the border included. In rating points, 0 to below 4.

    Returns:
        A `Dataset` whose `images` field is an object array of str (n,). Labels: 0
        negative, 1 positive. Groups: the review for amazon, the text itself elsewhere.
        Domains: as above. Ids: `domain/key`. Hashes: SHA-256 of the UTF-8 bytes. The
        valence of each text is available from `read_rated`.

    Raises:
        DataError: If a domain is unknown or the band leaves no text.

    Example:
        >>> data = load_sentiment(domain=["amazon", "tweets"])
    """
    if not 0 <= neutral_band < 4:
        raise DataError(
            f"neutral_band is {neutral_band}; expected a number from 0 to below 4, because "
            f"ratings run from -4 to +4. The usual value is 0.5."
        )
    rated = [row for name in _domains(domain) for row in read_rated(name)]
    kept = [row for row in rated if abs(row.valence) > neutral_band]
    if not kept:
        raise DataError(
            f"No text has a valence beyond ±{neutral_band}. Pass a smaller neutral_band."
        )
    texts = np.empty(len(kept), dtype=object)
    texts[:] = [row.text for row in kept]
    return Dataset(
        name="sentiment",
        images=texts,
        labels=np.array([row.valence > 0 for row in kept], dtype=np.int64),
        class_names=CLASSES,
        groups=np.array([row.group for row in kept]),
        domains=np.array([row.key.split("/")[0] for row in kept]),
        ids=tuple(row.key for row in kept),
        hashes=tuple(hashlib.sha256(row.text.encode()).hexdigest() for row in kept),
        card=CARD,
    )


def _domains(domain: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names asked for, in the order of `DOMAINS`."""
    names = (domain,) if isinstance(domain, str) else tuple(domain)
    if names == ("all",):
        return DOMAINS
    unknown = [name for name in names if name not in DOMAINS]
    if unknown or not names:
        raise DataError(
            f"Unknown sentiment domain: {unknown[0] if unknown else 'none given'}. "
            f"Choose from {', '.join(DOMAINS)}, or 'all'."
        )
    return tuple(name for name in DOMAINS if name in names)


def _folder() -> Path:
    from tlcourse.paths import data_dir

    return data_dir() / "sentiment"
