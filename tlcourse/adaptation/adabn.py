"""AdaBN: give a network's BatchNorm layers the statistics of the target (Li et al., 2016)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError, DataError

if TYPE_CHECKING:
    import keras


def adabn(model: Any, target: np.ndarray, *, batch_size: int = 64) -> Any:
    """Return a copy of `model` whose BatchNorm statistics are those of the target.

    At inference BatchNorm computes γ (x − μ) / √(σ² + ε) + β, with μ and σ² remembered from
    the source pictures. When another style shifts or stretches the activations, these are
    the wrong numbers. AdaBN replaces μ and σ² with the mean and variance over the unlabeled
    target and leaves γ, β and every other weight as they are: no training, no labels.

    The layers are treated in the order in which they run, so the statistics of a later layer
    are taken behind the repaired earlier ones. Each is the exact population mean and variance
    (divisor: number of values) over all target items, not a moving average.

    Args:
        model: Any Keras model with BatchNormalization layers, nested or not; or a
            `tl.backbone("minivgg")`; or the model that `tl.finetune` made of it. Not changed.
        target: Unlabeled target inputs (n, ...), prepared exactly as for `model.predict`. For
            a backbone or a fine-tuned model: RGB pictures 0 to 255, of any size.
        batch_size: Items in one forward pass; changes memory and speed, not the result
            (up to rounding).

    Returns:
        The adapted copy, of the same kind, not compiled. Its accuracy on the source may fall:
        keep both.

    Raises:
        CourseError: If the model has no BatchNormalization layer (VGG16 has none) or cannot
            be copied.
        DataError: If there are fewer than two target items.

    Cost: one forward pass over the target for each BatchNorm layer.

    Example:
        >>> adapted = adabn(model, outline_images)
        >>> adapted.predict(outline_images)
    """
    # These bring scikit-learn along, which importing the package must not.
    from tlcourse.backbones import Backbone
    from tlcourse.datasets.images import at_size
    from tlcourse.finetuning.model import FinetunedModel

    if isinstance(model, FinetunedModel):
        return replace(model, backbone=adabn(model.backbone, target, batch_size=batch_size))
    if isinstance(model, Backbone):
        side = model.image_size
        pictures = np.asarray(at_size(target, side)[np.arange(len(target))])
        adapted = adabn(model.model, model.preprocess(pictures), batch_size=batch_size)
        return model.around(adapted, origin="adapted")
    if len(target) < 2:
        raise DataError(
            f"target has {len(target)} items, but statistics need at least 2. Pass more items."
        )
    adapted = _copy(model)
    layers = _layers_in_order(adapted, target[:1])
    for layer in layers:
        mean, variance = _statistics(adapted, layer, target, batch_size)
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(variance)
    return adapted


def _copy(model: keras.Model) -> keras.Model:
    import keras

    try:
        twin = keras.models.clone_model(model)
        twin.set_weights(model.get_weights())
        # clone_model forgets that a nested model is frozen
        for layer, copy in zip(model._flatten_layers(), twin._flatten_layers(), strict=True):
            copy.trainable = layer.trainable
        return twin
    except (ValueError, NotImplementedError):
        pass  # a subclassed model has no graph to clone: write and read it instead
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise CourseError(
            f"The model '{model.name}' cannot be copied ({str(error).splitlines()[0]}). "
            f"Build it, give its own classes a get_config method and register them with "
            f"keras.saving.register_keras_serializable."
        ) from error


@contextmanager
def _watched(layers: list[Any], watcher: Callable[[Any, Any], None]) -> Iterator[None]:
    """Call `watcher(layer, inputs)` whenever one of `layers` runs, also inside nested models."""

    def watch(layer: Any) -> None:
        plain = layer.call

        def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
            watcher(layer, inputs)
            return plain(inputs, *args, **kwargs)

        layer.call = call

    try:
        for layer in layers:
            watch(layer)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)  # the method of the class shows again


def _layers_in_order(model: keras.Model, one_item: np.ndarray) -> list[Any]:
    """Return the BatchNorm layers in the order in which a forward pass reaches them."""
    import keras

    every = model._flatten_layers()  # the public `layers` does not look into nested models
    candidates = [x for x in every if isinstance(x, keras.layers.BatchNormalization)]
    order: list[Any] = []
    with _watched(candidates, lambda layer, _: order.append(layer)):
        model(keras.ops.convert_to_tensor(one_item), training=False)
    if not order:
        raise CourseError(
            f"The model '{model.name}' has no BatchNormalization layer, so AdaBN has nothing to "
            f"replace (VGG16 is such a model). Use tl.backbone('minivgg'), or standardize."
        )
    return list(dict.fromkeys(order))


def _statistics(
    model: keras.Model, layer: Any, target: np.ndarray, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance (channels,) of what reaches `layer`, over all target items.

    Batches are merged by the formula of Chan, Golub and LeVeque (1983), in float64: adding up
    squares instead would lose digits where the mean is large.
    """
    import keras

    count, mean, squares = 0, 0.0, 0.0

    def add(_: Any, inputs: Any) -> None:
        nonlocal count, mean, squares
        values = np.asarray(keras.ops.convert_to_numpy(inputs), dtype=np.float64)
        values = np.moveaxis(values, layer.axis, -1).reshape(-1, values.shape[layer.axis])
        total, difference = count + len(values), values.mean(axis=0) - mean
        squares = squares + len(values) * values.var(axis=0)
        squares = squares + difference**2 * count * len(values) / total
        mean = mean + difference * len(values) / total
        count = total

    with _watched([layer], add):
        for start in range(0, len(target), batch_size):
            batch = keras.ops.convert_to_tensor(target[start : start + batch_size])
            model(batch, training=False)
    return mean, squares / count
