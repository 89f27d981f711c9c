"""Spoken digits by draws of voices: who is learned from, who is tested, and honest intervals.

The unit is the voice. Clips of one voice succeed and fail together, so voices are never torn
apart by a split, and an interval draws whole voices anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.disjoint import assert_disjoint
from tlcourse.datasets.splits import folds
from tlcourse.errors import DataError
from tlcourse.evaluation import Interval, two_way_bootstrap
from tlcourse.heads import LinearHead, fit_head

STRENGTH = 0.02  # of every linear head: fixed beforehand, the same for all features


@dataclass(frozen=True)
class Difference:
    """One way minus another on the same draws and clips.

    Attributes:
        difference: Mean difference of accuracy.
        low: Lower end of its 95 % interval over draws and voices.
        high: Upper end.
        verdict: One sentence that says what was shown, and what was not.
    """

    difference: float
    low: float
    high: float
    verdict: str

    def __str__(self) -> str:
        return self.verdict


@dataclass(frozen=True, eq=False)
class VoiceScores:
    """What one way to learn got right.

    Args:
        name: The way, for tables and figures.
        hits: True where a clip was named right, (draws, clips).
        voices: Voice of each clip, (clips,).
        seconds: Training time of one draw, s.
    """

    name: str
    hits: np.ndarray
    voices: np.ndarray
    seconds: float = 0.0

    @cached_property
    def interval(self) -> Interval:
        """Accuracy with an interval over draws and voices (two-way bootstrap)."""
        return two_way_bootstrap(self.hits, groups=self.voices)

    @property
    def estimate(self) -> float:
        """Accuracy over all draws and clips."""
        return float(np.mean(self.hits))

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.interval.low

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.interval.high

    def minus(self, other: VoiceScores) -> Difference:
        """Compare on the same draws and clips.

        Raises:
            DataError: If the two were tested on other clips.
        """
        if self.hits.shape != other.hits.shape or not np.array_equal(self.voices, other.voices):
            raise DataError(
                f"'{self.name}' and '{other.name}' have hits of shape {self.hits.shape} and "
                f"{other.hits.shape}; expected the same draws and clips. Measure both alike."
            )
        table = self.hits.astype(float) - other.hits
        found = two_way_bootstrap(table, groups=self.voices)
        numbers = (
            f"{100 * found.estimate:+.1f} points, 95 % interval {100 * found.low:+.1f} to "
            f"{100 * found.high:+.1f}."
        )
        words = f"No difference shown between {self.name} and {other.name}"
        if found.low > 0 or found.high < 0:
            words = f"{self.name} is {'better' if found.low > 0 else 'worse'} than {other.name}"
        return Difference(found.estimate, found.low, found.high, f"{words}: {numbers}")

    def by_voice(self) -> dict[str, float]:
        """Return the accuracy on each voice."""
        return {v: float(self.hits[:, self.voices == v].mean()) for v in np.unique(self.voices)}

    def __str__(self) -> str:
        return f"{self.name}: {self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, eq=False)
class Study:
    """Held-out voices, and several draws of labeled clips of other voices.

    Args:
        labels: Digit of each clip, (n,).
        voices: Voice of each clip, (n,).
        test: Rows of the clips of the held-out voices.
        draws: For each draw, the rows that are learned from.
    """

    labels: np.ndarray
    voices: np.ndarray
    test: np.ndarray
    draws: tuple[np.ndarray, ...]

    def score(
        self, name: str, predictions: Sequence[np.ndarray], *, seconds: float = 0.0
    ) -> VoiceScores:
        """Compare predictions of each draw, for the test rows, with the digits."""
        hits = np.stack(predictions) == self.labels[self.test]
        return VoiceScores(name, hits, self.voices[self.test], seconds)


def voice_study(
    data: Dataset,
    *,
    learn_from: int,
    draws: int = 5,
    tested: int = 8,
    seed: int = 0,
) -> Study:
    """Hold out some voices for good; draw the voices to learn from among the others.

    Args:
        data: Clips with the voice as group.
        learn_from: Voices in each draw; all their clips are labeled.
        draws: Number of draws.
        tested: Voices held out; the same for every `learn_from` and every draw.
        seed: Decides which voices are held out, and the draws.

    Raises:
        DataError: If there are not enough voices.
    """
    voices = data.groups
    names = np.unique(voices)
    if learn_from + tested > len(names) or min(learn_from, tested) < 1:
        raise DataError(
            f"{tested} voices to test and {learn_from} to learn from make more than the "
            f"{len(names)} there are, or one of them is none. Ask for fewer."
        )
    held_out = np.random.default_rng(seed).choice(names, tested, replace=False)
    others = names[~np.isin(names, held_out)]
    test = np.flatnonzero(np.isin(voices, held_out))
    rows = []
    for draw in range(draws):
        chosen = np.random.default_rng([seed, draw]).choice(others, learn_from, replace=False)
        rows.append(np.flatnonzero(np.isin(voices, chosen)))
        assert_disjoint(data, {"learned from": rows[-1], "tested": test})
    return Study(data.labels, voices, test, tuple(rows))


def probe(features: np.ndarray, labels: np.ndarray) -> LinearHead:
    """Fit the linear head of this chapter: ten digits, one fixed strength."""
    return fit_head(features, labels, strengths=[STRENGTH], n_classes=10)


def probe_scores(
    name: str,
    features: np.ndarray,
    study: Study,
    *,
    tested_on: np.ndarray | None = None,
    also: Sequence[np.ndarray] = (),
) -> VoiceScores:
    """Fit a linear head on each draw and test it on the held-out voices.

    Args:
        name: Name of the features.
        features: float (n, d), what the head learns from.
        study: From `voice_study`.
        tested_on: The same clips under another condition; `features` when None.
        also: The same clips under further conditions, learned from besides.
    """
    tested_on = features if tested_on is None else tested_on
    predictions = []
    for rows in study.draws:
        seen = np.concatenate([f[rows] for f in (features, *also)])
        head = probe(seen, np.tile(study.labels[rows], 1 + len(also)))
        predictions.append(head.predict(tested_on[study.test]))
    return study.score(name, predictions)


def fold_scores(
    name: str,
    features: np.ndarray,
    labels: np.ndarray,
    voices: np.ndarray,
    *,
    grouped: bool,
    at_once: int | None = None,
    repeats: int = 5,
    n: int = 4,
) -> VoiceScores:
    """Cross-validate a linear head with random folds or with folds of whole voices.

    Args:
        name: Name of the features.
        features: float (clips, d).
        labels: Digit of each clip.
        voices: Voice of each clip.
        grouped: Keep each voice on one side; False deals clips at random.
        at_once: As if a data set had so many voices only: the voices are parted into sets
            of this size, and each set is cross-validated alone. None takes all together.
        repeats: How often everything is dealt anew.
        n: Number of folds.

    Returns:
        Hits of every clip, one row for each repeat.
    """
    hits = np.zeros((repeats, len(labels)), bool)
    names = np.unique(voices)
    sets = 1 if at_once is None else len(names) // at_once
    with threadpool_limits(1, user_api="blas"):
        for repeat in range(repeats):
            mixed = np.random.default_rng(repeat).permutation(names)
            for part in np.array_split(mixed, sets):
                rows = np.flatnonzero(np.isin(voices, part))
                for train, test in _folds(labels[rows], voices[rows], n, repeat, grouped=grouped):
                    head = probe(features[rows[train]], labels[rows[train]])
                    tested = rows[test]
                    hits[repeat, tested] = head.predict(features[tested]) == labels[tested]
    return VoiceScores(name, hits, voices)


def _folds(labels: np.ndarray, voices: np.ndarray, n: int, seed: int, *, grouped: bool):
    """Yield (train, test): clips dealt at random, or whole voices as evenly as they go."""
    if not grouped:
        yield from folds(labels, None, n=n, seed=seed)
        return
    for part in np.array_split(np.random.default_rng(seed).permutation(np.unique(voices)), n):
        aside = np.isin(voices, part)
        assert not set(voices[aside]) & set(voices[~aside])
        yield np.flatnonzero(~aside), np.flatnonzero(aside)
