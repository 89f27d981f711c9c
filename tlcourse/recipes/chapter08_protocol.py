"""Chapter 08: three domains, one split each, class-balanced draws, intervals over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.glove import WordVectors, load_glove
from tlcourse.datasets.load import load
from tlcourse.datasets.sealed import Split
from tlcourse.datasets.sentiment import read_rated
from tlcourse.datasets.splits import few_labels, split
from tlcourse.evaluation.evaluate import evaluate
from tlcourse.evaluation.intervals import Interval, percentiles
from tlcourse.text.counts import count_matrix, mean_vectors
from tlcourse.text.heads import fit_text_head
from tlcourse.text.tokenize import tokenize

Fit = Callable[["Domain", np.ndarray, int], Callable[["Domain", np.ndarray], np.ndarray]]


@dataclass(frozen=True, eq=False)
class Domain:
    """Texts of one domain, cut, counted and split once.

    Attributes:
        name: "amazon", "films" or "tweets".
        data: The data set.
        split: Pool (train), evaluation (validation) and the sealed part.
        tokens: Each text, cut into words, object array (n,).
        counts: Shares of the words of GloVe in each text, (n, |V|).
    """

    name: str
    data: Dataset
    split: Split
    tokens: np.ndarray
    counts: csr_matrix

    @property
    def labels(self) -> np.ndarray:
        """0 negative, 1 positive."""
        return self.data.labels

    @property
    def groups(self) -> np.ndarray:
        """What a split may not separate: the review."""
        return self.data.groups

    @property
    def pool(self) -> np.ndarray:
        """Rows that training draws come from."""
        return self.split.train

    @property
    def evaluation(self) -> np.ndarray:
        """Rows that all curves are measured on."""
        return self.split.validation

    def draw(self, n_labels: int, seed: int) -> np.ndarray:
        """Return `n_labels` rows of the pool, half of them positive; nested in one seed."""
        return few_labels(self.labels, self.pool, n_labels // 2, seed=seed)


def load_domain(name: str, *, seed: int = 0, vectors: WordVectors | None = None) -> Domain:
    """Load one domain and split it by group: pool 60 %, evaluation 25 %, sealed 15 %."""
    data = load("sentiment", domain=name)
    tokens = np.empty(len(data), dtype=object)
    tokens[:] = [tokenize(text) for text in data.images]
    counts = count_matrix(tokens, vectors or load_glove())
    parts = split(data, test=0.15, validation=0.25, seed=seed)
    return Domain(name, data, parts, tokens, counts)


@dataclass(frozen=True, eq=False)
class Hits:
    """Which evaluation texts each draw's classifier got right.

    Attributes:
        name: What was fitted.
        table: True/False, (J draws, n texts).
        labels: Class of each text, (n,).
        groups: Group of each text, (n,).
    """

    name: str
    table: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    @property
    def per_draw(self) -> np.ndarray:
        """Balanced accuracy of each draw, (J,)."""
        return np.mean([self.table[:, self.labels == c].mean(axis=1) for c in (0, 1)], axis=0)

    @property
    def estimate(self) -> float:
        """Mean balanced accuracy."""
        return float(self.per_draw.mean())

    @property
    def interval(self) -> Interval:
        """Balanced accuracy with its interval over draws and texts."""
        return balanced_bootstrap(self.table, self.labels, self.groups)

    def minus(self, other: Hits) -> Interval:
        """Return the paired difference of balanced accuracy, with its interval."""
        table = self.table.astype(float) - other.table
        return balanced_bootstrap(table, self.labels, self.groups)


def balanced_bootstrap(
    table: np.ndarray, labels: np.ndarray, groups: np.ndarray, *, draws: int = 1000, seed: int = 0
) -> Interval:
    """Return the mean over both classes, with an interval over training draws and test groups.

    Rows of the table (training draws) and groups of columns (test texts of one review) are drawn
    with replacement, independently; each class counts one half.

    Args:
        table: Hits, or differences of hits, (J, n).
        labels: Class of each column, 0 or 1.
        groups: Group of each column.
        draws: Bootstrap repetitions.
        seed: Seed of the bootstrap.
    """
    values = np.asarray(table, dtype=float)
    J = len(values)
    codes = np.unique(groups, return_inverse=True)[1]
    n_groups = codes.max() + 1
    rows, columns = _times(J, draws, seed), _times(int(n_groups), draws, seed + 1)
    estimate, repeats = 0.0, np.zeros(draws)
    for c in (0, 1):
        own = labels == c
        member = csr_matrix(
            (np.ones(own.sum()), (np.arange(own.sum()), codes[own])), (own.sum(), n_groups)
        )
        sums, sizes = values[:, own] @ member, np.asarray(member.sum(axis=0)).ravel()
        with np.errstate(invalid="ignore"):  # a repetition without a text of this class: NaN
            repeats += ((rows @ sums) * columns).sum(axis=1) / (J * (columns @ sizes)) / 2
        estimate += values[:, own].mean() / 2
    low, high = percentiles(repeats, 0.95)
    return Interval(float(estimate), low, high, 0.95, "two-way bootstrap", n_groups)


@lru_cache(maxsize=12)
def _times(n: int, draws: int, seed: int) -> np.ndarray:
    """Return how often each of n things comes up in each repetition, (draws, n); kept."""
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float32)
    times.flags.writeable = False
    return times


def hits(
    name: str,
    fit: Fit,
    source: Domain,
    target: Domain,
    n_labels: int,
    seeds: Sequence[int],
) -> Hits:
    """Fit on draws of the source's pool, and ask about the target's evaluation part.

    Args:
        name: What is fitted.
        fit: Function (domain, rows, seed) that returns a function (domain, rows) → logits.
        source: Where labels come from.
        target: What is asked about.
        n_labels: Labels of a draw, half of them positive.
        seeds: One draw for each.
    """
    return hits_of_many(name, fit, source, [target], n_labels, seeds)[target.name]


def hits_of_many(
    name: str,
    fit: Fit,
    source: Domain,
    targets: Sequence[Domain],
    n_labels: int,
    seeds: Sequence[int],
) -> dict[str, Hits]:
    """As `hits`, with several targets for each fit."""
    tables: dict[str, list[np.ndarray]] = {t.name: [] for t in targets}
    for seed in seeds:
        ask = fit(source, source.draw(n_labels, seed), seed)
        for target in targets:
            rows = target.evaluation
            tables[target.name].append((ask(target, rows) > 0) == (target.labels[rows] == 1))
    return {
        t.name: Hits(name, np.array(tables[t.name]), t.labels[t.evaluation], t.groups[t.evaluation])
        for t in targets
    }


def points(found: Interval) -> str:
    """Write a difference in points, with its interval."""
    return f"{100 * found.estimate:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def word(found: Interval) -> str:
    """Say "better", "worse" or "undecided": the last where the interval includes zero."""
    return "better" if found.low > 0 else "worse" if found.high < 0 else "undecided"


def unlabeled_texts(domains: Iterable[Domain]) -> list[list[str]]:
    """Return the texts that may be pretrained on: the pools, and neutral ones, labels aside.

    No text of an evaluation or sealed part is among them, nor a neutral sentence of a review
    that has a sentence there.
    """
    found: list[list[str]] = []
    for domain in domains:
        held = np.ones(len(domain.labels), dtype=bool)
        held[domain.pool] = False
        left_out = set(domain.groups[held])
        found += [list(domain.tokens[row]) for row in domain.pool]
        labeled = set(domain.data.ids)
        found += [
            tokenize(row.text)
            for row in read_rated(domain.name)
            if row.key not in labeled and row.group not in left_out
        ]
    return found


def one_measure(
    domain: Domain,
    cut: Callable[[str], list[str]],
    vectors: WordVectors,
    n_labels: int,
    seeds: Sequence[int],
) -> Hits:
    """Measure a head on averaged vectors when the texts are cut in another way.

    Args:
        domain: Its texts, labels and split.
        cut: Function from a text to its words.
        vectors: Word vectors.
        n_labels: Labels of a draw.
        seeds: One draw for each.
    """
    counts = count_matrix([cut(text) for text in domain.data.images], vectors)
    x = mean_vectors(counts, vectors.matrix)

    def fit(there: Domain, rows: np.ndarray, seed: int):
        head = fit_text_head(x[rows], there.labels[rows], groups=there.groups[rows], seed=seed)
        return lambda _, asked: head.decision_function(x[asked])

    return hits("averaged", fit, domain, domain, n_labels, seeds)


class _Asked:
    """A fitted classifier that answers row numbers with class probabilities."""

    def __init__(self, domain: Domain, ask: Callable) -> None:
        self._domain, self._ask = domain, ask

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        positive = 1 / (1 + np.exp(-self._ask(self._domain, rows)))
        return np.stack([1 - positive, positive], axis=1)


def sealed_difference(domain: Domain, first: Fit, second: Fit, n_labels: int, *, seed: int) -> str:
    """Open the sealed part for two classifiers, and say which is better.

    Args:
        domain: Whose sealed part is opened, once for each classifier.
        first: One classifier.
        second: The other.
        n_labels: Labels of the one draw.
        seed: Its seed.

    Returns:
        A sentence with both balanced accuracies and the interval of the difference.
    """
    found = []
    for again, fit in enumerate((first, second)):
        asked = _Asked(domain, fit(domain, domain.draw(n_labels, seed), seed))
        rows = np.arange(len(domain.labels))
        result = evaluate(asked, rows, split=domain.split, part="test", again=bool(again))
        found.append(np.asarray(result.labels) == np.asarray(result.predictions))
    rows = [domain.data.ids.index(i) for i in result.ids]
    labels, groups = np.asarray(result.labels), domain.groups[rows]
    gap = balanced_bootstrap(found[0][None] * 1.0 - found[1][None], labels, groups)
    scores = [np.mean([h[labels == c].mean() for c in (0, 1)]) for h in found]
    return (
        f"{len(labels)} sealed texts: balanced accuracy {scores[0]:.3f} and {scores[1]:.3f}, "
        f"difference {points(gap)} points, {word(gap)} (one draw of labels)"
    )
