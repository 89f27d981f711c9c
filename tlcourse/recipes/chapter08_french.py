"""Chapter 08: English and French word vectors, anchors spelled alike, and a head carried over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.datasets.french import load_emoji_names, load_french, load_french_sentences
from tlcourse.datasets.glove import WordVectors, load_glove
from tlcourse.recipes.chapter08_protocol import Domain
from tlcourse.text.counts import count_matrix, mean_vectors
from tlcourse.text.csls import cosines, csls, ranks
from tlcourse.text.heads import fit_text_head
from tlcourse.text.procrustes import orthogonal_map, unit_rows
from tlcourse.text.tokenize import tokenize

FREQUENT = 20_000  # English words that say where the middle is, and which words are hubs
SHORTEST = 4  # shorter words spelled alike are mostly accidents: "main", "pain" come in anyway


@dataclass(frozen=True, eq=False)
class TwoLanguages:
    """Vectors of both languages on the unit sphere, the anchors and the words to test.

    Attributes:
        english: Words and unit vectors (n, d).
        french: Words and unit vectors (m, d), on other axes.
        anchors: Words spelled alike in both, most frequent French word first.
        tests: Pairs (English, French) that name the same emoji; no word of theirs is an anchor.
    """

    english: WordVectors
    french: WordVectors
    anchors: tuple[str, ...]
    tests: tuple[tuple[str, str], ...]

    def anchor_vectors(self, anchors: Sequence[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return X and Y, the English and French vectors of the anchors, (k, d) each."""
        words = list(self.anchors if anchors is None else anchors)
        return self.english.lookup(words), self.french.lookup(words)

    def asked(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the English vectors of the test words and the French rows that are right."""
        queries = self.english.lookup([a for a, _ in self.tests])
        return queries, self.french.rows([b for _, b in self.tests])


def two_languages() -> TwoLanguages:
    """Load both languages, put them on the unit sphere, and find the anchors."""
    glove, french = load_glove(), load_french()
    tests = load_emoji_names()
    left_out = {word for pair in tests for word in pair}
    frequent = set(glove.words[:FREQUENT])
    anchors = [
        w for w in french.words if w in frequent and len(w) >= SHORTEST and w not in left_out
    ]
    lengths = np.linalg.norm(glove.matrix[:FREQUENT], axis=1, keepdims=True)
    center = (glove.matrix[:FREQUENT] / np.maximum(lengths, 1e-12)).mean(axis=0)
    english = WordVectors(
        glove.words, unit_rows(glove.matrix, center=center).astype(np.float32), glove.index
    )
    other = WordVectors(french.words, unit_rows(french.matrix).astype(np.float32), french.index)
    return TwoLanguages(english, other, tuple(anchors), tests)


@dataclass(frozen=True, eq=False)
class Retrieval:
    """How well test words were translated.

    Attributes:
        scores: Score of each test word with each French word, (q, m).
        rank: How many French words scored higher than the right one, (q,).
    """

    scores: np.ndarray
    rank: np.ndarray

    def precision(self, k: int = 1) -> float:
        """Return P@k: the share of words whose translation is among the k best."""
        return float(np.mean(self.rank < k))

    @property
    def hits(self) -> int:
        """Number of words translated right at first place."""
        return int(np.sum(self.rank == 0))


def retrieve(pair: TwoLanguages, mapping: np.ndarray, *, by: str = "cosine") -> Retrieval:
    """Look up the French word for each test word, among all French words.

    Args:
        pair: Both languages.
        mapping: Matrix (d, d) from English axes to French ones.
        by: "cosine" or "CSLS".
    """
    queries, right = pair.asked()
    targets, mapping = pair.french.matrix, mapping.astype(np.float32)
    if by == "CSLS":
        scores = csls(queries @ mapping, targets, pair.english.matrix[:FREQUENT] @ mapping)
    else:
        scores = cosines(queries @ mapping, targets)
    return Retrieval(scores, ranks(scores, right))


def precision_by_anchors(
    pair: TwoLanguages,
    fit: Callable[[np.ndarray, np.ndarray], np.ndarray],
    sizes: Sequence[int],
    seeds: Sequence[int],
) -> dict[int, tuple[float, ...]]:
    """Return P@1 for random sets of anchors: size → one value for each seed.

    Args:
        pair: Both languages.
        fit: Function (X, Y) → mapping.
        sizes: Numbers of anchors.
        seeds: One draw for each.
    """
    found: dict[int, tuple[float, ...]] = {}
    for size in sizes:
        values = []
        for seed in seeds:
            some = np.random.default_rng(seed).permutation(pair.anchors)[:size]
            values.append(retrieve(pair, fit(*pair.anchor_vectors(some))).precision())
        found[size] = tuple(values)
    return found


@dataclass(frozen=True, eq=False)
class CarriedHead:
    """An English head's opinion of French sentences.

    Attributes:
        texts: The sentences.
        labels: 1 praises, 0 complains.
        logits: What the head says, (n,).
        coverage: Share of the words with a vector.
    """

    texts: tuple[str, ...]
    labels: np.ndarray
    logits: np.ndarray
    coverage: float

    @property
    def right(self) -> np.ndarray:
        """Whether each sentence is on the right side, bool (n,)."""
        return (self.logits > 0) == (self.labels == 1)


def english_head(domain: Domain, rows: np.ndarray, pair: TwoLanguages, *, seed: int = 0):
    """Fit a head on averaged English unit vectors; no French word is involved.

    Features are standardized by the mean and standard deviation of the English training texts.
    """
    x = mean_vectors(domain.counts[rows], pair.english.matrix)
    return fit_text_head(x, domain.labels[rows], groups=domain.groups[rows], seed=seed)


def judge_french(
    head,
    pair: TwoLanguages,
    rotation: np.ndarray,
    *,
    sentences: Sequence[tuple[str, bool]] | None = None,
) -> CarriedHead:
    """Let an English head judge French sentences: Y Rᵀ, averaged, by their own statistics.

    Args:
        head: What `english_head` returned.
        pair: Both languages.
        rotation: From English axes to French ones; its transpose leads back.
        sentences: Pairs (text, positive); the course's sixty where None. Their mean and standard
            deviation are used, their labels are not.
    """
    found = load_french_sentences() if sentences is None else sentences
    tokens = [tokenize(text) for text, _ in found]
    counts = count_matrix(tokens, pair.french)
    x = mean_vectors(counts, pair.french.matrix @ rotation.T)
    own = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-6)
    logits = own @ head[-1].coef_[0] + head[-1].intercept_[0]
    labels = np.array([int(positive) for _, positive in found])
    words = [[t for t in text if t.isalpha()] for text in tokens]
    return CarriedHead(
        tuple(text for text, _ in found), labels, logits, pair.french.coverage(words)
    )


def rotation_of(pair: TwoLanguages, anchors: Sequence[str] | None = None) -> np.ndarray:
    """Return the rotation from English to French axes that the anchors ask for."""
    return orthogonal_map(*pair.anchor_vectors(anchors))


def in_a_plane(
    pair: TwoLanguages, rotation: np.ndarray, shown: Sequence[tuple[str, str]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Project word pairs to the two main axes of their French words.

    Returns:
        English before the rotation, English after it, French; (k, 2) each.
    """
    english = pair.english.lookup([a for a, _ in shown])
    french = pair.french.lookup([b for _, b in shown])
    center = french.mean(axis=0)
    axes = np.linalg.svd(french - center)[2][:2].T
    return (english - center) @ axes, (english @ rotation - center) @ axes, (french - center) @ axes


def far_apart(
    pair: TwoLanguages, pairs: Sequence[tuple[str, str]], n: int
) -> list[tuple[str, str]]:
    """Choose n pairs whose French words lie far from each other in the plane, to be readable.

    Each next pair is the one whose nearest chosen neighbor is farthest.
    """
    french = pair.french.lookup([b for _, b in pairs])
    plane = french - french.mean(axis=0)
    plane = plane @ np.linalg.svd(plane, full_matrices=False)[2][:2].T
    chosen = [0]
    while len(chosen) < min(n, len(pairs)):
        gaps = np.linalg.norm(plane[:, None] - plane[chosen][None], axis=2).min(axis=1)
        chosen.append(int(gaps.argmax()))
    return [pairs[i] for i in chosen]
