"""Which axis of a feature map may be forgotten?

Global average pooling, the default for photographs, forgets both. A spectrogram's axes
differ in meaning: one word later is the same word, one octave up is another vowel.
"""

from __future__ import annotations

from typing import Any

from tlcourse.errors import CourseError

FORGET = ("both", "time", "frequency", "neither")
GRID = 3  # "neither" keeps a coarse grid of 3 x 3


def pool(maps: Any, forget: str = "time") -> Any:
    """Pool feature maps over one axis, both, or neither.

    Args:
        maps: Array or tensor (n, frequency, time, channels).
        forget: "both": the mean over all positions. "time": the maximum over time, at each
            frequency: a detector counts wherever in the word it fires. "frequency": the
            maximum over frequency, at each time. "neither": means in a 3 x 3 grid.

    Returns:
        (n, d) of the same kind as `maps`. For (n, 12, 12, 256): d is 256, 3,072, 3,072
        and 2,304.

    Raises:
        CourseError: If `forget` or the shape is none of these.
    """
    if forget not in FORGET:
        raise CourseError(f"forget={forget!r}, expected one of {', '.join(FORGET)}.")
    if len(maps.shape) != 4:
        raise CourseError(
            f"The maps have shape {tuple(maps.shape)}, expected (n, frequency, time, channels)."
        )
    from keras import ops

    _, frequency, time, channels = maps.shape
    if forget == "both":
        return ops.mean(maps, axis=(1, 2))
    if forget == "time":
        return ops.reshape(ops.max(maps, axis=2), (-1, frequency * channels))
    if forget == "frequency":
        return ops.reshape(ops.max(maps, axis=1), (-1, time * channels))
    if frequency % GRID or time % GRID:
        raise CourseError(
            f"A map of {frequency} x {time} positions cannot be cut into {GRID} x {GRID} equal "
            f"cells. Choose a cut whose sides are multiples of {GRID}."
        )
    cells = ops.reshape(maps, (-1, GRID, frequency // GRID, GRID, time // GRID, channels))
    return ops.reshape(ops.mean(cells, axis=(2, 4)), (-1, GRID * GRID * channels))
