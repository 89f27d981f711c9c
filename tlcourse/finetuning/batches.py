"""Batches of cached activations: a new order and a random view each epoch, mixed if asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.finetuning.trunk import Trunk

Mix = Callable[[list[np.ndarray], np.ndarray, np.random.Generator], tuple[list[Any], np.ndarray]]
Pictures = Callable[[np.ndarray, int | None], np.ndarray]


@lru_cache(maxsize=1)
def _batches_class() -> type:
    """Define the class when Keras is there."""
    import keras
    import tensorflow as tf

    class TrunkBatches(keras.utils.PyDataset):
        """Maps, pooled features and one-hot labels, batch by batch.

        A batch depends on seed, epoch and index alone, so it does not matter how often
        or in which order Keras asks for it.
        """

        def __init__(
            self,
            trunk: Trunk,
            rows: np.ndarray,
            targets: np.ndarray,
            *,
            batch_size: int,
            seed: int | None = None,
            views: int = 1,
            mix: Mix | None = None,
            pictures: Pictures | None = None,
        ) -> None:
            super().__init__()
            self.trunk, self.positions, self.targets = trunk, trunk.positions(rows), targets
            self.batch_size, self.seed, self.views = batch_size, seed, views
            self.mix, self.pictures = mix, pictures
            self.start_epoch(0)

        def __len__(self) -> int:
            return -(-len(self.targets) // self.batch_size)

        def start_epoch(self, epoch: int) -> None:
            """Draw the order and the views of one epoch, counted from 0."""
            self.epoch = epoch
            n = len(self.targets)
            self.order, self.view = np.arange(n), np.zeros(n, np.int64)
            if self.seed is not None:
                rng = np.random.default_rng((self.seed, self.epoch))
                self.order = rng.permutation(n)
                self.view = rng.integers(0, self.views, n)

        def __getitem__(self, index: int) -> tuple[tuple[Any, ...], np.ndarray]:
            rng = None
            if self.seed is not None:
                rng = np.random.default_rng((self.seed, self.epoch, index))
            some = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            place = (self.view[some], self.positions[some])
            arrays = [a[place] for a in self.trunk.pooled.values()]
            if self.trunk.maps is not None:
                arrays.insert(0, np.asarray(self.trunk.maps[place]))
            if self.pictures is not None:
                arrays[0] = self.pictures(arrays[0], rng and int(rng.integers(2**31)))
            targets = self.targets[some]
            if self.mix is not None:
                arrays, targets = self.mix(arrays, targets, rng)
            # Keras' data adapters know bfloat16 tensors but not bfloat16 arrays.
            return tuple(tf.convert_to_tensor(a) for a in arrays), targets

    return TrunkBatches


def trunk_batches(trunk: Trunk, rows: np.ndarray, targets: np.ndarray, **options: Any) -> Any:
    """Return a Keras `PyDataset` over rows of a trunk.

    Args:
        trunk: Cached activations.
        rows: Rows of the data set, int (n,).
        targets: One-hot or soft labels of these rows, float32 (n, C).
        **options: batch_size; seed (None keeps the order and the first view); views (how
            many to draw from); mix (see `tlcourse.regularization`); pictures (called with
            (uint8 pictures, seed or None) for a trunk that holds pictures, gives what the
            network takes).
    """
    return _batches_class()(trunk, rows, targets, **options)
