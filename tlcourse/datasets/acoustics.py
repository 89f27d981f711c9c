"""What a room and a microphone do to a clean word: position, reverberation, noise.

The embedded clips are clean. Everything that makes them hard happens here, when they are
loaded, from a seed for each clip, so that the level of the noise is a knob and not a file.
Position, room and noise come from three separate random streams: the same clip at 20 dB
and at 5 dB has the same position, the same room and the same noise, only louder.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from tlcourse.errors import DataError

RATE = 8_000
NOISES = ("white", "pink", "babble")
_FRAME = 80  # samples (10 ms) of one frame of the activity measure
_ACTIVE_DB = -30.0  # frames this far below the loudest one count as silence
_DIRECT_TO_ROOM_DB = 3.0


@dataclass(frozen=True)
class Condition:
    """How a clip is heard.

    Args:
        snr: Power of the speech over power of the noise in dB, measured where somebody
            speaks. None means no noise. At 20 dB speech has 100 times the power.
        reverb: Reverberation time RT60 in seconds: how long the room takes to fade by
            60 dB. 0 means no room; a living room has about 0.3.
        shift: Put the word at a random position in the window; False centers it.
        noise: "white", "pink", "babble" (six voices at once), or "mixed": one of the
            three for each clip.
    """

    snr: float | None = None
    reverb: float = 0.0
    shift: bool = True
    noise: str = "mixed"

    def __post_init__(self) -> None:
        if self.noise not in (*NOISES, "mixed"):
            raise DataError(
                f"Unknown noise {self.noise!r}. Choose from {', '.join(NOISES)}, or 'mixed'."
            )
        if not 0 <= self.reverb <= 2:
            raise DataError(
                f"reverb is {self.reverb} seconds; expected 0 (no room) to 2 (a church)."
            )
        if self.snr is not None and not -30 <= self.snr <= 100:
            raise DataError(
                f"snr is {self.snr} dB; expected -30 to 100, or None for no noise at all."
            )


CLEAN = Condition()
HARD = Condition(snr=10.0, reverb=0.3)


def degrade(
    clip: np.ndarray,
    condition: Condition,
    *,
    key: str,
    n_samples: int = RATE,
    babble: Sequence[np.ndarray] = (),
    seed: int = 0,
) -> np.ndarray:
    """Place a clip in a window, add a room and noise.

    Args:
        clip: The clean word at 8 kHz, float (m,), values in [-1, 1]. A clip longer than
            the window keeps its loudest stretch.
        condition: Position, room and noise.
        key: Name of the clip; with `seed` it decides every random number, so no two
            clips share a noise sample and the same clip always sounds the same.
        n_samples: Length of the window.
        babble: Clips that babble is mixed from; needed for "babble" and "mixed".
        seed: Another seed gives other positions, rooms and noises.

    Returns:
        float32 (n_samples,) in [-1, 1]. Louder sums are scaled down as a whole.

    Raises:
        DataError: If babble is asked for and there are no clips to mix it from.
    """
    place, room, hiss = (
        np.random.default_rng([seed, zlib.crc32(key.encode()), i]) for i in (1, 2, 3)
    )
    sound = _window(
        np.asarray(clip, dtype=np.float64), n_samples, place if condition.shift else None
    )
    if condition.reverb > 0:
        sound = fftconvolve(sound, impulse_response(condition.reverb, room))[:n_samples]
    if condition.snr is not None:
        kind = NOISES[hiss.integers(len(NOISES))] if condition.noise == "mixed" else condition.noise
        sound = sound + scaled_noise(
            sound, make_noise(kind, n_samples, hiss, babble), condition.snr
        )
    return (sound / max(1.0, float(np.abs(sound).max(initial=0)))).astype(np.float32)


def impulse_response(rt60: float, rng: np.random.Generator) -> np.ndarray:
    """Return what a room answers to a click: the click, then noise that fades exponentially.

    Polack's model: white noise times exp(-6.9 t / RT60), which is 60 dB down at RT60. The
    direct sound carries twice (3 dB) the energy of the tail.
    """
    time = np.arange(1, int(rt60 * RATE) + 1) / RATE
    tail = rng.standard_normal(len(time)) * np.exp(-np.log(1_000) * time / rt60)
    tail *= np.sqrt(10 ** (-_DIRECT_TO_ROOM_DB / 10) / np.sum(tail**2))
    return np.concatenate([[1.0], tail])


def make_noise(
    kind: str, n_samples: int, rng: np.random.Generator, babble: Sequence[np.ndarray] = ()
) -> np.ndarray:
    """Return noise of any level, float64 (n_samples,).

    White noise has equal power in every hertz, pink noise in every octave (its spectrum
    falls as 1/f), babble is six words of six clips, each repeated from a random start.
    """
    if kind == "babble":
        if len(babble) == 0:
            raise DataError("Babble is mixed from other clips: pass them as babble=[...].")
        picks = rng.choice(len(babble), size=6, replace=len(babble) < 6)
        starts = rng.integers(n_samples, size=6)
        voices = [
            np.roll(np.resize(babble[i], n_samples), s) for i, s in zip(picks, starts, strict=True)
        ]
        return np.sum(voices, axis=0, dtype=np.float64)
    white = rng.standard_normal(n_samples)
    if kind == "white":
        return white
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, n_samples)


def scaled_noise(sound: np.ndarray, noise: np.ndarray, snr: float) -> np.ndarray:
    """Scale noise to `snr` dB below the sound, both measured where somebody speaks.

    Silence around a word would count as quiet speech and make every noise look too loud,
    so only active samples enter. A silent clip gets no noise: there is no ratio to keep.
    """
    on = active(sound)
    if not on.any():
        return np.zeros_like(noise)
    wanted = np.mean(sound[on] ** 2) / 10 ** (snr / 10)
    return noise * np.sqrt(wanted / np.mean(noise[on] ** 2))


def active(sound: np.ndarray) -> np.ndarray:
    """Mark the samples in which somebody speaks, bool (n,).

    A frame of 10 ms is active when its power is within 30 dB of the loudest frame's.
    """
    frames = -(-len(sound) // _FRAME)
    padded = np.zeros(frames * _FRAME)
    padded[: len(sound)] = sound
    power = np.mean(padded.reshape(frames, _FRAME) ** 2, axis=1)
    on = (power > 0) & (power >= power.max(initial=0) * 10 ** (_ACTIVE_DB / 10))
    return np.repeat(on, _FRAME)[: len(sound)]


def _window(clip: np.ndarray, n_samples: int, rng: np.random.Generator | None) -> np.ndarray:
    """Put the clip into n_samples of silence: at random, or centered without `rng`."""
    spare = n_samples - len(clip)
    if spare < 0:
        energy = np.concatenate([[0.0], np.cumsum(clip**2)])
        start = int(np.argmax(energy[n_samples:] - energy[:-n_samples]))
        return clip[start : start + n_samples]
    start = spare // 2 if rng is None else int(rng.integers(spare + 1))
    out = np.zeros(n_samples)
    out[start : start + len(clip)] = clip
    return out
