"""Spoken words as sequences, and what a network that reads them carries over to other words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.datasets.acoustics import RATE
from tlcourse.recipes.training import draw_rows, start_again

if TYPE_CHECKING:
    import keras

STEPS, BANDS = 25, 64
_WINDOW, _LOWEST, _HIGHEST = 512, 60.0, 3_800.0
_FLOOR = 1e-6
UNITS = 64


def log_mel(sounds: np.ndarray) -> np.ndarray:
    """Turn one second of sound into a sequence of 25 spectra, float32 (n, 25, 64).

    Every 40 ms a window of 64 ms is taken, its power is summed in 64 bands that are even on
    the mel scale (as the ear spaces them), and the logarithm follows.

    Args:
        sounds: float (n, 8000) at 8 kHz.
    """
    places = np.arange(STEPS)[:, None] * (RATE // STEPS) + np.arange(_WINDOW)
    window = np.hanning(_WINDOW).astype(np.float32)
    parts = []
    for start in range(0, len(sounds), 64):  # the windows overlap: all at once would be large
        padded = np.pad(np.asarray(sounds[start : start + 64], np.float32), ((0, 0), (0, _WINDOW)))
        power = np.abs(np.fft.rfft(padded[:, places] * window, axis=-1)) ** 2
        parts.append(np.log(power @ mel_bands().T + _FLOOR).astype(np.float32))
    return np.concatenate(parts)


@lru_cache(maxsize=1)
def mel_bands() -> np.ndarray:
    """Return triangular filters, each peaking where its neighbors end, (64, 257)."""
    ends = 2595 * np.log10(1 + np.array([_LOWEST, _HIGHEST]) / 700)
    corners = 700 * (10 ** (np.linspace(*ends, BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    left, peak, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (hertz - left) / (peak - left), (right - hertz) / (right - peak)
    return np.maximum(0, np.minimum(rising, falling))


def standardized(sequences: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Give each band the mean and spread that it has in the sequences `by`."""
    mean, spread = by.mean(axis=(0, 1)), by.std(axis=(0, 1))
    return ((sequences - mean) / np.maximum(spread, 1e-6)).astype(np.float32)


def word_network(kind: str, n_words: int, *, seed: int = 0) -> keras.Model:
    """Build a small network that names words: sequence -> state of 64 numbers -> word.

    Args:
        kind: "gru" reads step by step and keeps its last state; "cnn" slides two filters of
            width 3 along time and keeps the maximum of each channel.
        n_words: Number of words.
        seed: Seed of the weights.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((STEPS, BANDS), name="log_mel")
    if kind == "gru":
        states = layers.GRU(UNITS, return_sequences=True, name="states")(inputs)
        state = states[:, -1]
    else:
        states = layers.Conv1D(UNITS, 3, activation="relu", padding="same")(inputs)
        states = layers.Conv1D(UNITS, 3, activation="relu", padding="same", name="states")(states)
        state = layers.GlobalMaxPooling1D()(states)
    return keras.Model(inputs, layers.Dense(n_words, activation="softmax", name="word")(state))


def states_of(model: keras.Model, sequences: np.ndarray) -> np.ndarray:
    """Cut the head off and return the state after each step, float32 (n, 25, 64)."""
    import keras

    inner = keras.Model(model.input, model.get_layer("states").output)
    return np.asarray(inner(sequences, training=False))


def learn_words(
    model: keras.Model,
    fresh: keras.Model,
    sequences: np.ndarray,
    words: np.ndarray,
    *,
    epochs: int,
    batch_size: int = 16,
    seed: int = 0,
) -> None:
    """Put a compiled network back to the weights of a fresh one and train it.

    One compiled network serves all seeds, which saves building its training step again.
    """
    start_again(model, fresh)
    order = draw_rows(np.arange(len(words)), epochs * len(words), seed=seed)
    model.fit(sequences[order], words[order], batch_size=batch_size, shuffle=False, verbose=0)
