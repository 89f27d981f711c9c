"""How many pictures fit into memory at once, counted before and noticed after.

TensorFlow takes memory without asking what there is. On a GPU it then raises an error; under
a limit of the system (`ulimit -v`) its C++ code may crash and take the notebook with it. So
the need is estimated first, and what still fails is tried again with fewer pictures.
"""

from __future__ import annotations

import logging

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.errors import CourseError
from tlcourse.memory import address_room_mb, free_memory_mb

_COPIES = 4  # of the widest layer's output: what goes in, what comes out, two for sums
_SPARE_MB = 64  # threads, buffers, and all that is not counted
_FIRST_MB = 320  # the same for the first pass, which starts the threads
_OUT_OF_MEMORY = ("ResourceExhaustedError", "AbortedError", "MemoryError")
_LOG = logging.getLogger("tlcourse")


def batch_memory_mb(backbone: Backbone, batch_size: int) -> int:
    """Estimate the memory that one forward pass adds, MiB.

    Args:
        backbone: Its widest layer decides: 64 channels at full size for VGG16.
        batch_size: Pictures at once.

    Returns:
        MiB, rather too much than too little; 288 for 32 pictures in VGG16 at 96 px.
    """
    layers = (layer.output.shape[1:] for layer in backbone.model.layers)
    widest = max(int(np.prod(shape)) for shape in layers)
    return -(-_COPIES * 4 * widest * batch_size // 2**20)


def fitting_batch(backbone: Backbone, batch_size: int) -> int:
    """Return the batch size, halved until the batch fits into the memory that is free.

    Raises:
        CourseError: If a limit of the system leaves no room for a single picture.
    """
    spare = _SPARE_MB
    if not backbone._functions:  # the first pass also brings the weights into another form
        weights = sum(int(np.prod(w.shape)) for w in backbone.model.weights)
        spare = _FIRST_MB + _COPIES * 4 * weights // 2**20
    free, fitting = free_memory_mb() - spare, batch_size
    while fitting > 1 and batch_memory_mb(backbone, fitting) > free:
        fitting //= 2
    if batch_memory_mb(backbone, fitting) > free and address_room_mb() is not None:
        raise _too_little(backbone, batch_memory_mb(backbone, 1) + spare)
    if fitting < batch_size:
        _LOG.warning(
            "There is little memory (%d MiB are free): %s at once instead of %d. It takes "
            "longer; the features are the same.",
            free_memory_mb(),
            "one picture" if fitting == 1 else f"{fitting} pictures",
            batch_size,
        )
    return fitting


def pooled_that_fits(
    backbone: Backbone, images: np.ndarray, at: tuple[str, ...], batch_size: int
) -> tuple[dict[str, np.ndarray], int]:
    """Run pictures through the network; when memory runs out, try again with half as many.

    Returns:
        The features, as `Backbone.pooled` gives them, and the batch size that worked.

    Raises:
        CourseError: If there is no room for a single picture.
    """
    while True:
        try:
            return backbone.pooled(images, at=at, batch_size=batch_size), batch_size
        except Exception as error:  # TensorFlow's classes; it is not imported here
            if type(error).__name__ not in _OUT_OF_MEMORY:
                raise
            if batch_size == 1:
                raise _too_little(backbone, batch_memory_mb(backbone, 1)) from error
            batch_size //= 2
            _LOG.warning(
                "Memory ran out: trying again with %d at once. It takes longer; the features "
                "are the same.",
                batch_size,
            )


def _too_little(backbone: Backbone, needed: int) -> CourseError:
    return CourseError(
        f"There is not enough memory for one picture of {backbone.image_size} px: {needed} MiB are "
        f"needed, {free_memory_mb()} MiB are free. Close other notebooks and programs, raise the "
        f"limit (ulimit -v), or use a smaller image_size."
    )
