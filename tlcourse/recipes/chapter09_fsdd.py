"""Real recordings: six speakers, each tested by models that never heard them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.datasets.acoustics import Condition, degrade
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.download import MIRROR, fetch
from tlcourse.datasets.fsdd_audio import load_fsdd
from tlcourse.errors import DataError
from tlcourse.recipes.chapter09_networks import vary
from tlcourse.recipes.chapter09_voices import VoiceScores, probe
from tlcourse.speech.augmentation import at_speed
from tlcourse.speech.log_mel import N_SAMPLES, log_mel
from tlcourse.speech.network import features_of, speech_network
from tlcourse.speech.training import predict, start_from, train

if TYPE_CHECKING:
    import keras

HOW_TO_GET = (
    "The real recordings (FSDD, 16 MB) are not on this computer. Fetch them with the command "
    "'tlcourse data fetch fsdd', or set TLCOURSE_MIRROR to a folder that holds them, and run this "
    "section again."
)
SPEEDS = (0.85, 0.92, 1.1, 1.2)
Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (rows to learn, rows to test) -> digits


def recordings(takes: int) -> tuple[Dataset, np.ndarray] | None:
    """Return the real digits and their spectrograms, or None where they are not at hand.

    Nothing is downloaded from the internet here: only a mirror or an earlier download counts.

    Args:
        takes: Recordings of each digit and speaker, at most 50.
    """
    try:
        folder = fetch("fsdd", progress=False, offline=not os.environ.get(MIRROR, "").strip())
    except DataError:
        return None
    return read_recordings(folder, takes)


def read_recordings(folder: Path, takes: int) -> tuple[Dataset, np.ndarray]:
    """Read recordings from an unpacked folder, with their spectrograms."""
    data = load_fsdd(folder, takes=range(takes), n_samples=N_SAMPLES)
    return data, log_mel(data.images)


def at_other_speeds(data: Dataset, speeds: Sequence[float] = SPEEDS) -> list[np.ndarray]:
    """Return spectrograms of the same recordings, played slower and faster.

    A speed changes pitch and resonances along with the tempo: as if other people had spoken.
    """
    centered, heard = Condition(shift=False), []
    for speed in speeds:
        sounds = [
            degrade(at_speed(_trimmed(sound), speed), centered, key=name, n_samples=N_SAMPLES)
            for sound, name in zip(data.images, data.ids, strict=True)
        ]
        heard.append(log_mel(np.stack(sounds)))
    return heard


def _trimmed(sound: np.ndarray) -> np.ndarray:
    """Cut off the silence that the window added on both sides."""
    on = np.flatnonzero(sound)
    return sound[on[0] : on[-1] + 1] if len(on) else sound


def speaker_scores(
    name: str, data: Dataset, fit: Fit, *, labeled: np.ndarray | None = None, grouped: bool = True
) -> VoiceScores:
    """Test each speaker with a model that learned from the other five.

    Args:
        name: The way, for tables.
        data: The recordings; groups are speakers.
        fit: Function that learns from some rows and names the digits of others.
        labeled: Rows that may be learned from, bool (n,); all when None.
        grouped: False deals clips into six parts at random instead: the naive split.

    Returns:
        Hits of every recording, (1, n).
    """
    parts = data.groups if grouped else _dealt(data)
    may = np.ones(len(data), bool) if labeled is None else labeled
    hits = np.zeros((1, len(data)), bool)
    for part in np.unique(parts):
        test = np.flatnonzero(parts == part)
        learn = np.flatnonzero((parts != part) & may)
        assert not grouped or not set(data.groups[learn]) & set(data.groups[test])
        hits[0, test] = fit(learn, test) == data.labels[test]
    return VoiceScores(name, hits, data.groups)


def _dealt(data: Dataset) -> np.ndarray:
    """Deal recordings into as many parts as there are speakers, digit by digit, at random."""
    rng, n = np.random.default_rng(0), len(np.unique(data.groups))
    parts = np.empty(len(data), np.int64)
    for digit in range(data.n_classes):
        rows = rng.permutation(np.flatnonzero(data.labels == digit))
        parts[rows] = np.arange(len(rows)) % n
    return parts


def one_take_each(data: Dataset, takes: int = 1) -> np.ndarray:
    """Mark the first takes of each digit and speaker as labeled, bool (n,)."""
    numbers = np.array([int(name.rsplit("_", 1)[-1].split(".")[0]) for name in data.ids])
    return numbers < takes


def linear(features: np.ndarray, labels: np.ndarray) -> Fit:
    """Return a fit of a linear head on fixed features."""
    return lambda learn, test: probe(features[learn], labels[learn]).predict(features[test])


def small_network(
    views: Sequence[np.ndarray],
    labels: np.ndarray,
    work: keras.Model,
    *,
    source: keras.Model | None = None,
    steps: int = 100,
    seed: int = 0,
) -> Fit:
    """Return a fit of the small network, from a source's weights or from scratch.

    Args:
        views: Spectrograms of all recordings; the first as recorded, others at other speeds.
        labels: Digits.
        work: A compiled network for ten digits, overwritten by each fit.
        source: Whose convolutions to start from, under a head fitted on its features.
        steps: Batches of 32.
        seed: Seed of new weights and of the order.
    """
    features = None if source is None else features_of(source, views[0])

    def fit(learn: np.ndarray, test: np.ndarray) -> np.ndarray:
        if source is None:
            work.set_weights(speech_network(10, seed=seed).get_weights())
        else:
            start_from(work, source, probe(features[learn], labels[learn]))
        seen = np.concatenate([view[learn] for view in views])
        digits = np.tile(labels[learn], len(views))
        rate = 3e-3 if source is None else 1e-3
        train(work, seen, digits, steps=steps, rate=rate, augment=vary, seed=seed)
        return predict(work, views[0][test]).argmax(axis=1)

    return fit
