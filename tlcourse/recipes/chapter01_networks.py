"""Train a small network on pictures from the first weight on, with one task or with several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.datasets.images import at_size
from tlcourse.recipes.training import draw_rows, start_again

if TYPE_CHECKING:
    import keras

_STEPS_AT_ONCE = 5  # fewer trips between Python and TensorFlow; the arithmetic is the same


def pictures_at(images: Any, side: int) -> np.ndarray:
    """Return all pictures at another size, uint8 (n, side, side, 3)."""
    source = at_size(images, side)
    return np.stack([source[i] for i in range(len(source))])


def compiled(
    model: keras.Model, *, loss: Any, steps: int, rate: float, loss_weights: Any = None
) -> keras.Model:
    """Compile with Adam whose rate falls to zero along a cosine over `steps` steps."""
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(
        keras.optimizers.Adam(schedule),
        loss,
        loss_weights=loss_weights,
        jit_compile=False,
        steps_per_execution=_STEPS_AT_ONCE,
    )
    return model


def train_from(
    model: keras.Model,
    fresh: keras.Model,
    pictures: np.ndarray,
    targets: Any,
    rows: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
) -> None:
    """Put a compiled network back to the weights of a fresh one and train it on some rows.

    One compiled network serves all draws, which saves building its training step again.

    Args:
        model: Compiled; loses what it has learned.
        fresh: A new network of the same form.
        pictures: uint8 (n, S, S, 3).
        targets: Classes (n,), or a dict from the name of each output to its classes.
        rows: Rows to learn from.
        epochs: Passes through these rows.
        batch_size: Pictures in a step.
        seed: Seed of the order.
    """
    start_again(model, fresh)
    order = draw_rows(rows, epochs * len(rows), seed=seed)
    chosen = (
        {name: values[order] for name, values in targets.items()}
        if isinstance(targets, dict)
        else targets[order]
    )
    model.fit(pictures[order], chosen, batch_size=batch_size, shuffle=False, verbose=0)


def answers_of(
    model: keras.Model, pictures: np.ndarray, *, output: str | None = None
) -> np.ndarray:
    """Return the most probable class of each picture, int (n,), of one output or the named one."""
    found = model.predict_on_batch(pictures)
    return np.asarray(found[output] if output else found).argmax(axis=1)
