"""A freeze plan: which layers train and how fast, stated as data before anything moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

BLOCKS = ("block1", "block2", "block3", "block4", "block5")
_CONVOLUTIONS = dict(zip(BLOCKS, (2, 2, 3, 3, 3), strict=True))
# From input to output.
_LAYERS = [f"{block}_conv{i + 1}" for block, n in _CONVOLUTIONS.items() for i in range(n)]


@dataclass(frozen=True)
class PlanRow:
    """One line of a plan.

    Args:
        layer: Name of the layer.
        trainable: Whether it trains.
        parameters: Number of its weights.
        learning_rate: Its effective rate; 0 when frozen.
    """

    layer: str
    trainable: bool
    parameters: int
    learning_rate: float


@dataclass(frozen=True)
class FreezePlan:
    """Train from one block on; everything before it stays as it was pretrained.

    With `decay` below 1 a block trains at learning_rate * decay**depth, where depth
    counts blocks back from the head, which has depth 0: late blocks, which are specific
    to the source task, move more than early, general ones (Howard & Ruder 2018,
    arXiv:1801.06146).

    Args:
        from_block: First block that trains, "block1" to "block5"; None trains only the
            head.
        decay: Factor between the rates of neighboring blocks, 0 < decay <= 1.
        head_first: Fit the head on frozen features before the network moves (LP-FT,
            Kumar et al. 2022, arXiv:2202.10054). Otherwise the head starts from zero.
        decay_per: "block", or "layer" to count convolutions instead of blocks.

    Raises:
        CourseError: For an unknown block or an impossible decay.
    """

    from_block: str | None = "block5"
    decay: float = 1.0
    head_first: bool = True
    decay_per: str = "block"

    def __post_init__(self) -> None:
        if self.from_block is not None and self.from_block not in BLOCKS:
            raise CourseError(
                f"Unknown block '{self.from_block}'. Expected one of {', '.join(BLOCKS)}, or None "
                f"to train the head alone."
            )
        if not 0 < self.decay <= 1:
            raise CourseError(
                f"The decay is {self.decay}, expected a factor above 0 and at most 1: 1 gives "
                f"every block the same rate."
            )
        if self.decay_per not in ("block", "layer"):
            raise CourseError(f"The decay is per '{self.decay_per}'. Expected 'block' or 'layer'.")

    @property
    def boundary(self) -> str | None:
        """Last frozen pooling layer, or None when everything trains."""
        if self.from_block is None:
            return "block5_pool"
        index = BLOCKS.index(self.from_block)
        return None if index == 0 else f"{BLOCKS[index - 1]}_pool"

    def trains(self, layer_name: str) -> bool:
        """Tell whether a layer of the backbone trains under this plan."""
        block = layer_name.split("_")[0]
        return self.from_block is not None and block in BLOCKS and block >= self.from_block

    def multiplier(self, layer_name: str) -> float:
        """Return the factor on the learning rate for a layer of the backbone."""
        if not self.trains(layer_name):
            return 0.0
        counted = BLOCKS if self.decay_per == "block" else _LAYERS
        name = layer_name.split("_")[0] if self.decay_per == "block" else layer_name
        return self.decay ** (len(counted) - counted.index(name)) if name in counted else 1.0

    def rows(self, model: keras.Model, *, learning_rate: float) -> list[PlanRow]:
        """Return the plan as lines of a table, for layers with weights."""
        return [
            PlanRow(
                layer.name,
                self.trains(layer.name),
                int(sum(np.prod(w.shape) for w in layer.weights)),
                learning_rate * self.multiplier(layer.name),
            )
            for layer in model.layers
            if layer.weights
        ]

    def table(self, model: keras.Model, *, learning_rate: float) -> str:
        """Return the plan as a Markdown table; print it before training."""
        lines = ["| layer | trains | weights | learning rate |", "|---|---|---|---|"]
        for row in self.rows(model, learning_rate=learning_rate):
            rate = f"{row.learning_rate:.1e}" if row.trainable else "-"
            trains = "yes" if row.trainable else "no"
            lines.append(f"| {row.layer} | {trains} | {row.parameters:,} | {rate} |")
        return "\n".join(lines)
