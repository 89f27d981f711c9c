"""Sound for the ear: a player that works in any notebook, offline."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
from scipy.io import wavfile

from tlcourse.datasets.acoustics import RATE
from tlcourse.errors import DataError

_PEAK = 0.5  # of full scale: noise at full scale is a nuisance in headphones


def wav_bytes(sound: np.ndarray) -> bytes:
    """Return one clip as a 16-bit wav file at 8 kHz, its peak brought to half of full scale.

    Args:
        sound: float (samples,).

    Raises:
        DataError: If it is not one row of finite numbers.
    """
    sound = np.asarray(sound, dtype=np.float64)
    if sound.ndim != 1 or len(sound) == 0 or not np.isfinite(sound).all():
        raise DataError(
            f"A clip to hear is one row of finite numbers; received shape {sound.shape}. Pass one "
            f"row of data.images."
        )
    peak = np.abs(sound).max()
    samples = np.rint(sound * (_PEAK * 32_767 / peak if peak > 0 else 0)).astype(np.int16)
    memory = io.BytesIO()
    wavfile.write(memory, RATE, samples)
    return memory.getvalue()


def player(sound: np.ndarray, label: str) -> str:
    """Return HTML: a play button with a label. Nothing sounds until it is pressed.

    Cost: 21 KB for each second of sound.
    """
    data = base64.b64encode(wav_bytes(sound)).decode()
    words = html.escape(label, quote=True)
    return (
        f'<figure style="display:inline-block;margin:4px 12px 4px 0"><figcaption>{words}'
        f'</figcaption><audio controls preload="none" aria-label="{words}" style="width:210px" '
        f'src="data:audio/wav;base64,{data}"></audio></figure>'
    )


def players(sounds: dict[str, np.ndarray]) -> str:
    """Return HTML with one player for each named clip."""
    return "".join(player(sound, label) for label, sound in sounds.items())
