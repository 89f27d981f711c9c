"""Cut trunks: what each block of a network weighs, and how long it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.architectures import POOLS
from tlcourse.backbones import conv_flops

if TYPE_CHECKING:
    from tlcourse.backbones import Backbone


@dataclass(frozen=True)
class Cut:
    """A network cut after one block.

    Args:
        name: The cut, "block1_pool" to "block5_pool".
        parameters: Weights up to there.
        multiply_adds: Of one picture.
        milliseconds: Measured for one picture, or NaN.
    """

    name: str
    parameters: int
    multiply_adds: int
    milliseconds: float = float("nan")


def cuts(network: Backbone) -> tuple[Cut, ...]:
    """Count parameters and multiply-adds up to each of the five blocks."""
    found, parameters, products = [], 0, 0
    for layer in network.model.layers:
        parameters += layer.count_params()
        products += conv_flops(layer) // 2
        if layer.name in POOLS:
            found.append(Cut(layer.name, parameters, products))
    return tuple(found)


def timed_cuts(network: Backbone, images: np.ndarray, *, repeats: int = 3) -> tuple[Cut, ...]:
    """Measure the time of each cut as well: the fastest of some repeats, after a warm-up.

    The layers run as they are; `tl.extract` has a faster path for late blocks
    (`tlcourse.forward`), which would hide what the layers cost.

    Args:
        network: The frozen network.
        images: RGB uint8 (n, S, S, 3), one batch; 16 to 64 give steady numbers.
        repeats: Timings of each cut.

    Cost: about five passes for each repeat.
    """
    batch = network.preprocess(images)
    found = []
    for cut in cuts(network):
        run = network._layers((cut.name,))
        run(batch)  # compiles
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            run(batch)
            seconds.append(time.perf_counter() - start)
        found.append(
            Cut(cut.name, cut.parameters, cut.multiply_adds, 1000 * min(seconds) / len(batch))
        )
    return tuple(found)
