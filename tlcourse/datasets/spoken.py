"""Spoken words from a synthesizer: an easy source task and a hard target task.

The source is 32 everyday words said clearly by eight voices; the target is the ten digits
said by sixteen other voices in seven accents and at three rates, in a noisy room. Between
them lies the question of the speech chapter: is a small network that heard these words a
better start than a large one that saw a million photographs?
"""

from __future__ import annotations

import csv
import lzma
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from tlcourse.datasets.acoustics import CLEAN, HARD, RATE, Condition, degrade
from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PARTS = ("source", "target")

CARD = Card(
    name="spoken",
    title="Spoken words, synthesized: 32 words (source) and ten digits (target)",
    task="speech",
    license="CC0 1.0",
    citation="espeak-ng, https://github.com/espeak-ng/espeak-ng",
    source="synthesized for this course with espeak-ng 1.51",
    n_items=480,
    classes=DIGITS,
    domains=(
        *("American", "British", "Caribbean", "Lancaster", "New York", "Scotland"),
        "West Midlands",
    ),
    groups="voice (speaker)",
    sha256="851f8771bf10922fd00874c4f8479279efab4108cf19dc5397ce3b5a6b420454",
    n_bytes=5_096_624,
    notes=(
        "Stored clean; position, room and noise are added on loading. A linear model on log-mel "
        "pixels, unseen voices: 0.92 clean and centered, 0.64 at random positions, 0.52 in the "
        "default condition (10 dB, room of 0.3 s); chance 0.10."
    ),
)


def load_spoken(
    *,
    part: str = "target",
    condition: Condition | None = None,
    n_samples: int = RATE,
    seed: int = 0,
) -> Dataset:
    """Load one part of the spoken words, 8 kHz.

    Args:
        part: "source" (32 words, 8 voices, 2 rates: 512 clips) or "target" (ten digits,
            16 voices, 3 rates: 480 clips). They share no word and no voice.
        condition: Position, room and noise, as in `tlcourse.datasets.acoustics`. Left
            out, the source is clean (`CLEAN`) and the target hard (`HARD`: 10 dB, a
            room of 0.3 s). Both put the word at a random position.
        n_samples: Length of the window; 8,000 samples are one second.
        seed: Decides positions, rooms and noises. The words themselves never change.

    Returns:
        A `Dataset` whose `images` field is float32 (n, n_samples) in [-1, 1]. Groups:
        the voice. Domains: the accent. Ids: `part/voice/word_rate`. Hashes: of the
        samples as heard, so that each condition has its own cache entries.

    Raises:
        DataError: If the part is unknown or the embedded file is missing or damaged.

    Example:
        >>> load_spoken(part="source").images.shape
        (512, 8000)
    """
    if part not in PARTS:
        raise DataError(f"Unknown part of the spoken words: {part!r}. Choose 'source' or 'target'.")
    if condition is None:
        condition = CLEAN if part == "source" else HARD
    rows, clips = read_clips()
    babble = source_clips()
    chosen = [(row, clip) for row, clip in zip(rows, clips, strict=True) if row["part"] == part]
    rows = [row for row, _ in chosen]
    sounds = np.stack(
        [
            degrade(clip, condition, key=row["id"], n_samples=n_samples, babble=babble, seed=seed)
            for row, clip in chosen
        ]
    )
    names = DIGITS if part == "target" else tuple(sorted({row["word"] for row in rows}))
    return Dataset(
        name=f"spoken_{part}",
        images=sounds,
        labels=np.array([names.index(row["word"]) for row in rows], dtype=np.int64),
        class_names=names,
        groups=np.array([row["voice"] for row in rows]),
        domains=np.array([row["accent"] for row in rows]),
        ids=tuple(row["id"] for row in rows),
        hashes=tuple(hash_pixels(sound) for sound in sounds),
        card=CARD,
    )


def source_clips() -> list[np.ndarray]:
    """Return the clean source words; babble is mixed from them, never from the digits."""
    rows, clips = read_clips()
    return [clip for row, clip in zip(rows, clips, strict=True) if row["part"] == "source"]


@lru_cache(maxsize=1)
def read_clips() -> tuple[list[dict[str, str]], list[np.ndarray]]:
    """Return the table and the clean clips of both parts (read once per process).

    Returns:
        One dict for each clip (id, part, word, voice, accent, rate, samples), and the
        samples, float32 (m,) in [-1, 1], of differing lengths m.

    Raises:
        DataError: If the embedded files are missing or damaged.
    """
    folder = _folder()
    try:
        with (folder / "spoken.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with np.load(folder / "spoken.npz", allow_pickle=False) as stored:
            steps = np.stack([stored["low"], stored["high"]], axis=1).view("<i2")[:, 0]
            ends = np.cumsum(stored["lengths"])[:-1]
    except (OSError, ValueError, KeyError, BadZipFile, lzma.LZMAError) as error:
        raise DataError(
            f"The embedded recordings in {folder} cannot be read ({error}). They come with the "
            f"course: restore the files with git, or reinstall the package."
        ) from error
    samples = np.cumsum(steps, dtype=np.int16).astype(np.float32) / 32_768
    samples.flags.writeable = False
    return rows, np.split(samples, ends)


def _folder() -> Path:
    from tlcourse.paths import data_dir

    return data_dir() / "spoken"
