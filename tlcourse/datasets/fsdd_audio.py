"""Real spoken digits: the recordings of the Free Spoken Digit Dataset, read from a folder.

Six people said each digit fifty times, at 8 kHz. File names read
`digit_speaker_index.wav`, so the speaker, the group of an honest split, is in the name.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from tlcourse.datasets.acoustics import RATE, Condition, degrade
from tlcourse.datasets.cards import FSDD
from tlcourse.datasets.dataset import Dataset, Skipped
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.spoken import DIGITS, source_clips
from tlcourse.errors import DataError

_NAME = re.compile(r"(\d)_([^_]+)_(\d+)\.wav", re.IGNORECASE)

CARD = FSDD.card
_CLIPPED = 0.01  # share of samples at full scale; the loudest recording of FSDD has 0.0002


def load_fsdd(
    path: str | os.PathLike[str],
    *,
    takes: Iterable[int] | None = None,
    condition: Condition | None = None,
    n_samples: int = RATE,
    seed: int = 0,
) -> Dataset:
    """Load recordings named `digit_speaker_index.wav` from an unpacked folder.

    Args:
        path: The folder; subfolders are searched as well.
        takes: Which recordings of each digit and speaker to read, by index (0 to 49).
            All by default; `range(12)` gives 720 clips.
        condition: Position, room and noise to add, as for the embedded words; babble is
            mixed from those too. None adds nothing and centers the word.
        n_samples: Length of the window at 8 kHz. Of a longer recording the loudest
            stretch is kept.
        seed: Decides positions, rooms and noises.

    Returns:
        A `Dataset` whose `images` field is float32 (n, n_samples) in [-1, 1]. Groups and
        domains: the speaker. Ids: the path inside the folder. Files that are not 8 kHz
        mono recordings are listed in `skipped`, each with its reason.

    Raises:
        DataError: If the folder does not exist or holds no usable recording.
    """
    clips, skipped = _read_folder(Path(path), None if takes is None else set(takes))
    heard = condition or Condition(shift=False)
    babble = source_clips() if heard.snr is not None else ()
    sounds = np.stack(
        [
            degrade(c, heard, key=k, n_samples=n_samples, babble=babble, seed=seed)
            for k, *_, c in clips
        ]
    )
    speakers = np.array([speaker for _, _, speaker, _ in clips])
    return Dataset(
        name="fsdd",
        images=sounds,
        labels=np.array([digit for _, digit, _, _ in clips], dtype=np.int64),
        class_names=DIGITS,
        groups=speakers,
        domains=speakers.copy(),
        ids=tuple(key for key, *_ in clips),
        hashes=tuple(hash_pixels(sound) for sound in sounds),
        card=CARD,
        skipped=tuple(skipped),
    )


def _read_folder(
    root: Path, takes: set[int] | None
) -> tuple[list[tuple[str, int, str, np.ndarray]], list[Skipped]]:
    """Return (id, digit, speaker, sound) of every usable recording, and the others."""
    if not root.is_dir():
        raise DataError(
            f"{root} is not a folder. Pass the folder of the unpacked recordings, or fetch them "
            f"with: tlcourse data fetch fsdd"
        )
    named = [(f, m) for f in sorted(root.rglob("*.wav")) if (m := _NAME.fullmatch(f.name))]
    clips: list[tuple[str, int, str, np.ndarray]] = []
    skipped: list[Skipped] = []
    for file, match in named:
        if takes is not None and int(match[3]) not in takes:
            continue
        key = file.relative_to(root).as_posix()
        try:
            clips.append((key, int(match[1]), match[2], read_wav(file)))
        except DataError as error:
            skipped.append(Skipped(key, str(error)))
    if not clips:
        raise DataError(
            f"{root} holds no usable recording ({len(named)} named digit_speaker_index.wav, "
            f"{len(skipped)} of them unusable). Expected names such as 7_jackson_32.wav."
        )
    return clips, skipped


def read_wav(file: Path) -> np.ndarray:
    """Read one 8 kHz mono recording, float32 (m,) in [-1, 1].

    Raises:
        DataError: If the file is not sound, empty, silent, stereo, of another rate, clipped,
            or not a number somewhere.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, raw = wavfile.read(file)
    except Exception as error:  # SciPy raises half a dozen kinds for damaged files
        raise DataError(f"not a readable wav file ({error})") from error
    if rate != RATE:
        raise DataError(f"recorded at {rate} Hz, expected {RATE}: resample it first")
    if raw.ndim != 1:
        raise DataError(f"has {raw.shape[1]} channels, expected one: mix them down first")
    if raw.dtype == np.uint8:  # 8-bit wav is unsigned, silence is 128
        sound = (raw.astype(np.float32) - 128) / 128
    elif np.issubdtype(raw.dtype, np.integer):
        sound = raw.astype(np.float32) / -float(np.iinfo(raw.dtype).min)
    else:
        sound = raw.astype(np.float32)
    if not np.isfinite(sound).all():
        raise DataError("contains values that are not numbers")
    if not sound.any():
        raise DataError("is empty or silent")
    clipped = float(np.mean(np.abs(sound) >= 32_767 / 32_768))
    if clipped > _CLIPPED:
        raise DataError(f"is clipped: {clipped:.0%} of it at full scale; record it at lower volume")
    return np.clip(sound, -1, 1)
