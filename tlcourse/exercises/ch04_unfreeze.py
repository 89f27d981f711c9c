"""Exercise 4.2: unfreeze block 5 of a model that has been fitted already.

The check builds a network of VGG16's layer names with few channels, fits it once with its
layers frozen one by one, hands it to the learner's function, fits it again, and compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

if TYPE_CHECKING:
    import keras

_BLOCKS = {"block1": 1, "block2": 1, "block3": 2, "block4": 2, "block5": 3}
_LOSS = "sparse_categorical_crossentropy"
_spare: list[Any] = []


def fitted_model() -> keras.Model:
    """Return a small network like VGG16 with a head, fitted once with a frozen base."""
    import keras
    from keras import layers

    x = inputs = keras.Input((8, 8, 3))
    for block, n in _BLOCKS.items():
        for i in range(n):
            name = f"{block}_conv{i + 1}"
            # No ReLU: with so few channels one could be dead, and then nothing would move.
            x = layers.Conv2D(4, 3, padding="same", activation="tanh", name=name)(x)
    base = keras.Model(inputs, x, name="base")
    for layer in base.layers:
        layer.trainable = False  # one by one; the base's own flag stays True
    head = layers.Dense(2, activation="softmax", name="head")
    model = keras.Sequential([base, layers.GlobalAveragePooling2D(), head])
    model.compile(keras.optimizers.Adam(1e-2), _LOSS)
    model.train_on_batch(*_batch())
    return model


def _batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(42)
    return rng.normal(size=(8, 8, 8, 3)).astype(np.float32), np.arange(8) % 2


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    import keras

    model = _spare.pop() if _spare else fitted_model()
    before_call = _state(model)
    returned = call(answer, model)
    if not isinstance(returned, keras.Model) and _state(model) == before_call:
        _spare.append(model)  # untouched: it serves the next attempt, which saves a second
    if returned is None or returned is ...:
        return NOT_ATTEMPTED
    if not isinstance(returned, keras.Model) or len(returned.layers) < 3:
        return other(f"unfreeze returned {describe(returned)}. Return the model itself.")
    base, head = returned.layers[0], returned.layers[-1]
    flags = {layer.name: layer.trainable for layer in base.layers if layer.weights}
    before = {name: base.get_layer(name).get_weights()[0] for name in flags}
    old_head = head.get_weights()[0]
    if getattr(returned, "optimizer", None) is None:
        return exercise.wrong("not compiled")
    returned.train_on_batch(*_batch())
    moved = {n for n in flags if np.any(before[n] != base.get_layer(n).get_weights()[0])}
    return _verdict(exercise, flags, moved, bool(np.any(old_head != head.get_weights()[0])))


def _state(model: keras.Model) -> tuple[Any, ...]:
    """Return what a learner's function may change: flags, the optimizer, the weights."""
    flags = [layer.trainable for layer in (*model.layers, *model.layers[0].layers)]
    return (*flags, id(model.optimizer), *(w.tobytes() for w in model.get_weights()))


def _verdict(
    exercise: Exercise, flags: dict[str, bool], moved: set[str], head_moved: bool
) -> Verdict:
    wanted = {name for name in flags if name.startswith("block5")}
    if moved == wanted and head_moved:
        return right("Block 5 and the head moved, blocks 1 to 4 did not, by a single bit.")
    if not moved and {name for name, flag in flags.items() if flag} >= wanted:
        return exercise.wrong("not compiled")
    if moved == wanted:
        return exercise.wrong("head stopped")
    if not moved:
        return exercise.wrong("nothing opened")
    if moved > wanted:
        return exercise.wrong("too much")
    return exercise.wrong("another block")


def _open(model: keras.Model, start: str) -> None:
    base = model.layers[0]
    base.trainable = True
    for layer in base.layers:
        layer.trainable = layer.name.startswith(start)


def _compiled(model: keras.Model) -> keras.Model:
    import keras

    model.compile(keras.optimizers.Adam(1e-3), _LOSS)
    return model


def unfreeze(model: keras.Model) -> keras.Model:
    """Return a right answer: every layer set, then a new compile."""
    _open(model, "block5")
    return _compiled(model)


def _without_compile(model: keras.Model) -> keras.Model:
    _open(model, "block5")
    return model


def _everything(model: keras.Model) -> keras.Model:
    _open(model, "block")
    return _compiled(model)


def _skipped(model: keras.Model) -> keras.Model:
    model.layers[0].trainable = True
    return _compiled(model)


def _stopped_head(model: keras.Model) -> keras.Model:
    _open(model, "block5")
    model.layers[-1].trainable = False
    return _compiled(model)


def _fourth(model: keras.Model) -> keras.Model:
    _open(model, "block4")
    return _compiled(model)


Function = Callable[[Any], Any]

UNFREEZE = Exercise(
    id="04.2",
    question=(
        "Write unfreeze(model): block 5 and the head train, blocks 1 to 4 stay frozen, in a model "
        "that has been fitted already. model.layers[0] is the base; return the model."
    ),
    expects="a function that takes a fitted model and returns it, ready to train",
    judge=_judge,
    mistakes=(
        Mistake(
            "not compiled",
            _without_compile,
            "The flags are right, and nothing moved: compile again after changing them.",
        ),
        Mistake(
            "nothing opened",
            _skipped,
            "No layer of the base moved. Its own flag was True already, so setting it did nothing: "
            "set the layers one by one. Names look like `block5_conv1`.",
        ),
        Mistake(
            "too much",
            _everything,
            "Layers before block 5 moved as well. Freeze them after opening the base.",
        ),
        Mistake("head stopped", _stopped_head, "Block 5 moved, but the head stood still."),
        Mistake(
            "another block",
            _fourth,
            "Another part of the base moved than block 5. Print the names that your condition "
            "matches.",
        ),
    ),
)
