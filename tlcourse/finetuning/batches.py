"""Batches of cached activations: a new order and a random view each epoch, mixed if asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.finetuning.trunk import Trunk

Mix = Callable[[list[np.ndarray], np.ndarray, np.random.Generator], tuple[list[Any], np.ndarray]]
Live = Callable[[np.ndarray, int], np.ndarray]


@lru_cache(maxsize=1)
def _batches_class() -> type:
    """Define the class when Keras is there."""
    import keras
    import tensorflow as tf

    class TrunkBatches(keras.utils.PyDataset):
        """Maps, pooled features and one-hot labels, batch by batch."""

        def __init__(
            self,
            trunk: Trunk,
            targets: np.ndarray,
            *,
            batch_size: int,
            seed: int | None,
            mix: Mix | None = None,
            live: Live | None = None,
        ) -> None:
            super().__init__()
            self.trunk, self.targets, self.batch_size = trunk, targets, batch_size
            self.mix, self.live = mix, live
            self.rng = None if seed is None else np.random.default_rng(seed)
            self.order = np.arange(len(targets))
            self.on_epoch_end()

        def __len__(self) -> int:
            return -(-len(self.targets) // self.batch_size)

        def on_epoch_end(self) -> None:
            if self.rng is not None:
                self.order = self.rng.permutation(len(self.targets))
            n, views = len(self.targets), self.trunk.views
            self.view = (
                self.rng.integers(0, views, n) if self.rng is not None else np.zeros(n, np.int64)
            )

        def __getitem__(self, index: int) -> tuple[tuple[Any, ...], np.ndarray]:
            rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            view = self.view[rows]
            maps = np.asarray(self.trunk.maps[view, rows])
            if self.live is not None:
                maps = self.live(maps, int(self.rng.integers(2**31)))
            arrays = [maps, *(a[view, rows] for a in self.trunk.pooled.values())]
            targets = self.targets[rows]
            if self.mix is not None:
                arrays, targets = self.mix(arrays, targets, self.rng)
            # Keras' data adapters know bfloat16 tensors but not bfloat16 arrays.
            return tuple(tf.convert_to_tensor(a) for a in arrays), targets

    return TrunkBatches


def trunk_batches(trunk: Trunk, targets: np.ndarray, **options: Any) -> Any:
    """Return a Keras `PyDataset` over a trunk.

    Args:
        trunk: Cached activations, one row for each target.
        targets: One-hot or soft labels, float32 (n, C).
        **options: batch_size; seed (None keeps the order and the first view); mix
            (see `tlcourse.regularization`); live (augments pictures in every epoch,
            for a trunk that holds pictures).
    """
    return _batches_class()(trunk, targets, **options)
