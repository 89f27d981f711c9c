"""Exercise 3.4: write the feature extractor yourself.

The learner's function meets four small pictures. Its answer is compared with the right
features and with those of each typical mistake, computed by the same network; the nearest
one decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tlcourse import preprocessing
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

CUT = "block4_pool"
_RELATIVE_ERROR, _COSINE, _NEAR = 1e-3, 0.999, 0.03

Function = Callable[[np.ndarray], np.ndarray]


def pictures(size: int) -> np.ndarray:
    """Return four colored pictures with structure, uint8 (4, size, size, 3), always the same."""
    rng = np.random.default_rng(34)
    coarse = rng.integers(0, 256, (4, 8, 8, 3))
    steps = np.arange(size) * 8 // size
    smooth = coarse[:, steps][:, :, steps] + rng.integers(-25, 26, (4, size, size, 3))
    warm = smooth + np.array([60, 0, -60])  # unequal channels, so that their order shows
    return warm.clip(0, 255).astype(np.uint8)


def forward(
    backbone: Any, *, layer: str = CUT, prepare: Function = preprocessing.vgg16
) -> Function:
    """Return a function from pictures to the activations of a layer, (n, h, w, channels)."""

    def activations(images: np.ndarray) -> np.ndarray:
        import keras

        trunk = keras.Model(backbone.model.input, backbone.model.get_layer(layer).output)
        output = trunk(prepare(np.asarray(images)), training=False)
        return keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))

    return activations


def _average(activations: Function) -> Function:
    return lambda images: activations(images).mean(axis=(1, 2))


def solution(backbone: Any) -> Function:
    """Return a right answer."""
    return _average(forward(backbone))


def _unprepared(backbone: Any) -> Function:
    return _average(forward(backbone, prepare=preprocessing.none))


def _rgb(backbone: Any) -> Function:
    return _average(forward(backbone, prepare=preprocessing.rgb_order))


def _divided(backbone: Any) -> Function:
    return _average(forward(backbone, prepare=preprocessing.divide_255))


def _twice(backbone: Any) -> Function:
    twice = lambda images: preprocessing.vgg16(preprocessing.vgg16(images))  # noqa: E731
    return _average(forward(backbone, prepare=twice))


def _maximum(backbone: Any) -> Function:
    activations = forward(backbone)
    return lambda images: activations(images).max(axis=(1, 2))


def _before_pooling(backbone: Any) -> Function:
    return _average(forward(backbone, layer="block4_conv3"))


def _next_block(backbone: Any) -> Function:
    return _average(forward(backbone, layer="block5_pool"))


def _flattened(backbone: Any) -> Function:
    activations = forward(backbone)
    return lambda images: activations(images).reshape(len(images), -1)


def _not_pooled(backbone: Any) -> Function:
    return forward(backbone)


def _mutating(backbone: Any) -> Function:
    answer = solution(backbone)

    def features_at(images: np.ndarray) -> np.ndarray:
        import keras

        prepared = keras.applications.vgg16.preprocess_input(images)
        if prepared is images:  # a float array was changed in place
            return _average(forward(backbone, prepare=lambda x: x))(prepared)
        return answer(images)

    return features_at


# Mistakes that give an array of the right shape with other numbers in it.
_BY_VALUE = {
    "not preprocessed": _unprepared,
    "rgb order": _rgb,
    "divided by 255": _divided,
    "preprocessed twice": _twice,
    "maximum": _maximum,
    "before pooling": _before_pooling,
    "next block": _next_block,
}


def _judge(answer: Any, exercise: Exercise, *, backbone: Any) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    backbone = backbone or _default_backbone()
    images = pictures(backbone.image_size)
    given = images.copy()
    returned = call(answer, given)
    if returned is None or returned is ...:
        return NOT_ATTEMPTED
    features = _as_array(returned)
    if features is None:
        return other(f"Your function returned {describe(returned)}. Expected an array (4, 512).")
    shape = _judge_shape(features, exercise, backbone, images)
    if shape is not None:
        return shape
    if not np.array_equal(given, images):
        return exercise.wrong("input changed")
    verdict = _judge_values(features, exercise, backbone, images)
    if not verdict.right:
        return verdict
    floats = images.astype(np.float32)
    call(answer, floats)
    return verdict if np.array_equal(floats, images) else exercise.wrong("input changed")


def _judge_shape(
    features: np.ndarray, exercise: Exercise, backbone: Any, images: np.ndarray
) -> Verdict | None:
    reference = forward(backbone)(images[:1]).shape[1:]
    if features.shape == (len(images), reference[-1]):
        return None if np.isfinite(features).all() else other("Some features are not numbers.")
    shape = f"Yours has shape {features.shape}, expected (4, {reference[-1]})."
    if features.shape == (len(images), int(np.prod(reference))):
        return exercise.wrong("flattened", shape)
    if features.ndim == 4:
        return exercise.wrong("not pooled", shape)
    return other(f"{shape} One row for each picture, one number for each channel.")


def _judge_values(
    features: np.ndarray, exercise: Exercise, backbone: Any, images: np.ndarray
) -> Verdict:
    """Accept the right numbers; otherwise name the mistake whose numbers are nearest."""
    reference = solution(backbone)(images)
    error = _error(features, reference)
    errors = {name: _error(features, make(backbone)(images)) for name, make in _BY_VALUE.items()}
    nearest = min(errors, key=errors.get)
    close = error < _RELATIVE_ERROR
    if backbone.precision != "float32":
        close = _cosine(features, reference) >= _COSINE
    if close and error < errors[nearest]:
        return right("The same numbers as the course's own extractor.")
    if errors[nearest] < _NEAR and errors[nearest] < error:
        return exercise.wrong(nearest)
    return other(
        f"The shape is right, the numbers are off by {error:.1%} and fit none of the usual "
        f"mistakes. Check the layer's name, then print the input's smallest and largest value."
    )


def _error(values: np.ndarray, reference: np.ndarray) -> float:
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))


def _cosine(values: np.ndarray, reference: np.ndarray) -> float:
    """Return the smallest cosine between a row of values and the row it should be."""
    lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(reference, axis=1)
    return float(((values * reference).sum(axis=1) / np.maximum(lengths, 1e-12)).min())


def _as_array(value: Any) -> np.ndarray | None:
    if hasattr(value, "numpy") and callable(value.numpy):
        value = value.numpy()
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if not isinstance(value, (np.ndarray, list, tuple)):
        return None
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind in "fiuV" else None


def _default_backbone() -> Any:
    from tlcourse.backbones import backbone

    return backbone(precision="float32")


FEATURES = Exercise(
    id="03.4",
    question=(
        "Write features_at(images): pooled block4_pool features of pictures with values 0 to 255, "
        "leaving the array it is given as it was."
    ),
    expects="a function that takes pictures (n, S, S, 3) and returns features (n, 512)",
    judge=_judge,
    optional={"backbone": None},
    mistakes=(
        Mistake(
            "not preprocessed",
            _unprepared,
            "The pictures went in as they are, without VGG16's preprocessing.",
        ),
        Mistake("rgb order", _rgb, "The means were subtracted, but red comes first: turn to BGR."),
        Mistake(
            "divided by 255",
            _divided,
            "The pictures were divided by 255. VGG16 expects numbers about a hundred times larger.",
        ),
        Mistake(
            "preprocessed twice",
            _twice,
            "The pictures were preprocessed twice. Does the backbone, or a function you call, do "
            "it already?",
        ),
        Mistake(
            "maximum",
            _maximum,
            "That is the largest value of each channel. Pooled means averaged over positions here.",
        ),
        Mistake(
            "before pooling",
            _before_pooling,
            "Those are block4_conv3's features, one layer before the cut that was asked for.",
        ),
        Mistake(
            "next block",
            _next_block,
            "Those are block 5's features. The task asks for the end of block 4.",
        ),
        Mistake(
            "flattened",
            _flattened,
            "The grid was flattened. Average over its positions, so one number is left for each "
            "channel.",
        ),
        Mistake(
            "not pooled",
            _not_pooled,
            "The grid of positions is still there. Average over height and width.",
        ),
        Mistake(
            "input changed",
            _mutating,
            "The numbers are right, but the caller's array was changed: `preprocess_input` wrote "
            "into it. It does so with float arrays. Give it a copy.",
        ),
    ),
)
