"""Where the recordings of the Free Spoken Digit Dataset lie, downloaded on request (16 MB)."""

from __future__ import annotations

from pathlib import Path

from tlcourse.datasets.download import fetch


def fsdd_folder(*, progress: bool = True) -> Path:
    """Return the folder of the 3,000 wav files, downloading it the first time.

    Raises:
        DataError: If it is not here and cannot be downloaded; the message says what to do.
    """
    return fetch("fsdd", progress=progress)


def fsdd_files(*, progress: bool = True) -> list[Path]:
    """Return the wav files, `digit_speaker_index.wav`, sorted by name."""
    return sorted(fsdd_folder(progress=progress).glob("*.wav"))
