"""A freeze plan: which layers train and how fast, stated as data before anything moves.

BatchNorm needs a decision of its own. In a layer that trains, Keras normalizes each
training batch by the statistics of that batch and moves the remembered ones along; with
few pictures both are poor. `trainable = False` on the layer means inference mode: the
remembered statistics are used and kept, whatever `training=` says. So BatchNorm layers
stay frozen, also in blocks that train, unless the plan says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

BLOCKS = ("block1", "block2", "block3", "block4", "block5")
# Convolutions of VGG16, from input to output.
_COUNTS = dict(zip(BLOCKS, (2, 2, 3, 3, 3), strict=True))
_VGG16 = tuple(f"{block}_conv{i + 1}" for block, n in _COUNTS.items() for i in range(n))


def convolutions_of(model: keras.Model) -> list[str]:
    """Return the names of a backbone's convolutions, from input to output."""
    return [layer.name for layer in model.layers if "_conv" in layer.name]


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
        batch_norm: "frozen" keeps BatchNorm layers in inference mode everywhere; "live"
            lets those of the trained blocks train: batch statistics in training, moving
            ones updated. VGG16 has none, so nothing changes there.

    Raises:
        CourseError: For an unknown block or an impossible decay.
    """

    from_block: str | None = "block5"
    decay: float = 1.0
    head_first: bool = True
    decay_per: str = "block"
    batch_norm: str = "frozen"

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
        if self.batch_norm not in ("frozen", "live"):
            raise CourseError(f"BatchNorm is '{self.batch_norm}'. Expected 'frozen' or 'live'.")

    @property
    def boundary(self) -> str | None:
        """Last frozen pooling layer, or None when everything trains."""
        if self.from_block is None:
            return "block5_pool"
        index = BLOCKS.index(self.from_block)
        return None if index == 0 else f"{BLOCKS[index - 1]}_pool"

    def trains(self, layer_name: str) -> bool:
        """Tell whether a layer of the backbone trains under this plan."""
        block, _, rest = layer_name.partition("_")
        if rest.startswith("bn") and self.batch_norm == "frozen":
            return False
        return self.from_block is not None and block in BLOCKS and block >= self.from_block

    def multiplier(self, layer_name: str, *, convolutions: Sequence[str] = _VGG16) -> float:
        """Return the factor on the learning rate for a layer of the backbone.

        Args:
            layer_name: A BatchNorm layer has the factor of the convolution before it.
            convolutions: All convolutions from input to output, see `convolutions_of`; they
                are what `decay_per="layer"` counts.
        """
        if not self.trains(layer_name):
            return 0.0
        counted = BLOCKS if self.decay_per == "block" else tuple(convolutions)
        name = layer_name.split("_")[0] if self.decay_per == "block" else layer_name
        name = name.replace("_bn", "_conv")
        return self.decay ** (len(counted) - counted.index(name)) if name in counted else 1.0

    def rows(self, model: keras.Model, *, learning_rate: float) -> list[PlanRow]:
        """Return the plan as lines of a table, for layers with weights."""
        names = convolutions_of(model)
        return [
            PlanRow(
                layer.name,
                self.trains(layer.name),
                int(sum(np.prod(w.shape) for w in layer.weights)),
                learning_rate * self.multiplier(layer.name, convolutions=names),
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
