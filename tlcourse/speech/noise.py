"""The same words in a quiet room and in a loud one: a ladder of conditions.

Two rules keep comparisons over the ladder fair. A clip has one position, one room and one
noise on every rung: only the level of the noise changes. And babble is mixed from words of
the source task, never from the digits that are to be recognized.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tlcourse.datasets.acoustics import Condition, degrade
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.spoken import load_spoken, read_clips, source_clips
from tlcourse.errors import DataError
from tlcourse.speech.log_mel import FLOOR, N_SAMPLES, log_mel

REVERB = 0.3  # s, an ordinary living room
CENTERED = Condition(shift=False)
CLEAN = Condition()


def noisy(snr: float) -> Condition:
    """Return a room of 0.3 s with noise `snr` dB below the speech, at a random position."""
    return Condition(snr=snr, reverb=REVERB)


LADDER = {"clean": CLEAN, **{f"{snr} dB": noisy(float(snr)) for snr in (20, 10, 5, 0)}}


@lru_cache(maxsize=8)
def hear(
    part: str, condition: Condition, *, seed: int = 0, floor: float = FLOOR
) -> tuple[Dataset, np.ndarray]:
    """Load one part of the spoken words as heard in a condition, with its spectrograms.

    Args:
        part: "source" (words) or "target" (digits).
        condition: Position, room and noise, for instance one of `LADDER`.
        seed: Another seed gives other positions, rooms and noises.
        floor: Floor of the spectrograms, dB.

    Returns:
        The data set (0.98 s for each clip), and float32 (n, 48, 96) from `log_mel`. Both are
        kept for the next call and must not be changed.

    Cost: about 1 s the first time.
    """
    data = load_spoken(part=part, condition=condition, n_samples=N_SAMPLES, seed=seed)
    spectrograms = log_mel(data.images, floor=floor)
    data.images.flags.writeable = spectrograms.flags.writeable = False
    return data, spectrograms


def hear_one(name: str, condition: Condition, *, seed: int = 0) -> np.ndarray:
    """Return one clip as `hear` would, float32 (7,856,).

    Args:
        name: Its id, such as "target/en-us+whisper/seven_160".
        condition: Position, room and noise.
        seed: As for `hear`.

    Raises:
        DataError: If there is no such clip.
    """
    rows, clips = read_clips()
    found = [clip for row, clip in zip(rows, clips, strict=True) if row["id"] == name]
    if not found:
        raise DataError(f"There is no clip {name!r}. Pass one of data.ids of the spoken words.")
    babble = source_clips()
    return degrade(found[0], condition, key=name, n_samples=N_SAMPLES, babble=babble, seed=seed)


def many_views(
    part: str, conditions: Sequence[Condition], *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hear every clip once in each condition, for multi-condition training.

    Each view has a seed of its own: other positions, other rooms, other noises.

    Args:
        part: "source" or "target".
        conditions: One view for each.
        seed: Start of the seeds.

    Returns:
        Spectrograms float32 (views * n, 48, 96), labels int64, voices str.

    Raises:
        DataError: If there is no condition.
    """
    if not conditions:
        raise DataError("No condition was passed, so there is nothing to hear. Pass at least one.")
    heard = [hear(part, c, seed=seed + i) for i, c in enumerate(conditions)]
    return (
        np.concatenate([spectrograms for _, spectrograms in heard]),
        np.concatenate([data.labels for data, _ in heard]),
        np.concatenate([data.groups for data, _ in heard]),
    )
