"""The training loop: Keras' own step, on one device, several, or several hosts alike.

`keras.Model.fit` would do, but for two things: Keras 3 cannot `fit` under
`MultiWorkerMirroredStrategy`, and `fit` compiles the step twice and validation once
more, which is most of the time of a short run. The step itself is Keras' `train_step`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Logs = dict[str, float]


def train(
    model: keras.Model,
    batches: Any,
    *,
    epochs: int,
    validate: Callable[[], Logs],
    callbacks: list[keras.callbacks.Callback],
) -> tuple[Logs, ...]:
    """Train a compiled model under the strategy in scope.

    Args:
        model: Compiled, its optimizer built.
        batches: From `trunk_batches`.
        epochs: At most this many; a callback may set `model.stop_training`.
        validate: Called after each epoch; what it returns goes into the history.
        callbacks: Their train and epoch hooks are called.

    Returns:
        One dictionary for each epoch.
    """
    import keras
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    _build_metrics(model, batches[0])
    data = strategy.experimental_distribute_dataset(_dataset(batches))
    step = tf.function(
        lambda batch: strategy.run(model.train_step, args=(batch,)),
        input_signature=[data.element_spec],
        autograph=False,
    )
    hooks = keras.callbacks.CallbackList(callbacks, model=model)
    model.stop_training = False
    history: list[Logs] = []
    hooks.on_train_begin()
    for epoch in range(epochs):
        batches.start_epoch(epoch)
        model.reset_metrics()
        for batch in data:
            step(batch)
        logs = {name: float(value) for name, value in model.get_metrics_result().items()}
        history.append(logs | validate())
        hooks.on_epoch_end(epoch, history[-1])
        if model.stop_training:
            break
    hooks.on_train_end()
    return tuple(history)


def _dataset(batches: Any) -> tf.data.Dataset:
    """Wrap batches so that the next ones are made while a step runs."""
    import tensorflow as tf

    def spec(array: Any) -> tf.TensorSpec:
        tensor = tf.convert_to_tensor(array)
        return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)

    def epoch() -> Iterator[Any]:
        for i in range(len(batches)):
            yield batches[i]

    signature = tf.nest.map_structure(spec, batches[0])
    return tf.data.Dataset.from_generator(epoch, output_signature=signature).prefetch(2)


def _build_metrics(model: keras.Model, batch: Any) -> None:
    """Create the variables of loss and metrics now, from the shapes of one batch.

    Otherwise they are created while the first step is traced, and TensorFlow traces it
    twice. Keras has no public way.
    """
    if hasattr(model, "_symbolic_build"):
        model._symbolic_build(data_batch=batch)
