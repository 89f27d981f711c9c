"""The small speech network in three roles: pretrained on words, fine-tuned, from scratch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.recipes.chapter09_voices import Study, VoiceScores, probe
from tlcourse.speech.augmentation import mask, shift_in_time
from tlcourse.speech.network import features_of, speech_network
from tlcourse.speech.noise import CLEAN, many_views, noisy
from tlcourse.speech.training import compiled, predict, start_from, train

if TYPE_CHECKING:
    import keras

VIEWS = {
    "clean words": (CLEAN,) * 4,
    "noisy words": (CLEAN, noisy(20.0), noisy(10.0), noisy(5.0)),
}
PRETRAIN_STEPS = 500
_MOST_SHIFT, _MASKED_BANDS, _MASKED_FRAMES = 8, 6, 12


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A speech network that has learned words.

    Args:
        model: The network, 32 words wide.
        held_out: Accuracy on the words of two voices it has not heard, in its own conditions.
        fitted: Accuracy on clips it was trained on, in inference mode.
        n_words: Number of words.
        seconds: Training time, s.
    """

    model: keras.Model
    held_out: float
    fitted: float
    n_words: int
    seconds: float


def vary(batch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift by up to 80 ms and mask a strip of bands and one of frames."""
    moved = shift_in_time(batch, _MOST_SHIFT, rng)
    return mask(moved, bands=_MASKED_BANDS, frames=_MASKED_FRAMES, rng=rng)


def pretrain(
    source: str, *, steps: int = PRETRAIN_STEPS, views: int = 4, seed: int = 0
) -> Pretrained:
    """Teach the network the 32 source words, with two of the eight voices held out.

    Args:
        source: "clean words", or "noisy words": clean, 20, 10 and 5 dB.
        views: How many of the source's views of each clip it hears, 1 to 4.
        steps: Batches of 32.
        seed: Seed of weights, order and views.

    Cost: about 20 s for 500 steps on two cores.
    """
    spectrograms, labels, voices = many_views("source", VIEWS[source][:views], seed=seed)
    names = np.unique(voices)
    aside = np.isin(voices, np.random.default_rng(seed).choice(names, 2, replace=False))
    model = compiled(speech_network(int(labels.max()) + 1, seed=seed))
    start = time.perf_counter()
    train(model, spectrograms[~aside], labels[~aside], steps=steps, augment=vary, seed=seed)
    seconds = time.perf_counter() - start
    right = predict(model, spectrograms).argmax(axis=1) == labels
    return Pretrained(
        model, float(right[aside].mean()), float(right[~aside].mean()), len(set(labels)), seconds
    )


def network_scores(
    name: str,
    spectrograms: np.ndarray,
    study: Study,
    work: keras.Model,
    *,
    source: keras.Model | None = None,
    steps: int = 80,
) -> VoiceScores:
    """Train the small network on each draw: from a source's weights, or from scratch.

    Args:
        name: Name of the way.
        spectrograms: float32 (n, 48, 96) of all clips.
        study: From `voice_study`.
        work: A compiled network for ten digits that is overwritten by every run; building
            one takes seconds, so all runs share it.
        source: Whose convolutions to start from, under a head fitted on its features; None
            starts from random weights.
        steps: Batches of 32, the same for both.
    """
    features = None if source is None else features_of(source, spectrograms)
    predictions, seconds = [], []
    for draw, rows in enumerate(study.draws):
        labels = study.labels[rows]
        if source is None:
            work.set_weights(speech_network(10, seed=draw).get_weights())
        else:
            start_from(work, source, probe(features[rows], labels))
        rate = 3e-3 if source is None else 1e-3  # what is good already is moved less
        start = time.perf_counter()
        train(work, spectrograms[rows], labels, steps=steps, rate=rate, augment=vary, seed=draw)
        seconds.append(time.perf_counter() - start)
        predictions.append(predict(work, spectrograms[study.test]).argmax(axis=1))
    return study.score(name, predictions, seconds=float(np.mean(seconds)))
