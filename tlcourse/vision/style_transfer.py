"""Style transfer (Gatys, Ecker & Bethge 2016): paint one picture with the texture of another.

Nothing is trained. The network stays as it is, and the *pixels* are moved until the picture
says the same as the content picture at a deep layer, and the same as the style picture in its
Gram matrices. With F (M, C), one row for each place of a layer,

    G = FᵀF / M                                  which channels fire together, wherever
    style   = mean over layers of ‖G − G_style‖² / ‖G_style‖²
    content = ‖F − F_content‖² / ‖F_content‖²    at one layer, place by place
    total variation = mean |difference of neighboring pixels|, smoothed at zero

    loss = content_weight · content + style_weight · style + variation_weight · variation.

Dividing by the target's energy makes the weights mean the same for every pair of pictures. The
minimum is sought by L-BFGS-B of SciPy, with the range of pixels as bounds.

The way matters as much as the end. A heavy style weight destroys the content in the first steps
and gets little of it back; a light one approaches the style along pictures that keep the content.
So: take a light style weight, and stop at the first step that has reached the aim (`until`).

Source: Gatys, Ecker, Bethge, CVPR 2016, "Image Style Transfer Using Convolutional Neural
Networks"; total variation: Mahendran and Vedaldi, CVPR 2015.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from tlcourse.backbones import Backbone
from tlcourse.errors import CourseError, DataError

if TYPE_CHECKING:
    import keras

STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")
CONTENT_LAYER = "block4_conv2"
_MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # blue, green, red, of ImageNet


@dataclass(frozen=True)
class StyleWeights:
    """What the three parts of the loss count.

    Args:
        content: Weight of the content loss.
        style: Weight of the style loss.
        variation: Weight of the total variation: more means smoother.
    """

    content: float = 1.0
    style: float = 30.0
    variation: float = 0.3


@dataclass(frozen=True, eq=False)
class Styled:
    """A painted picture, and how it came about.

    Args:
        image: uint8 (S, S, 3).
        style_losses: Style loss before the first step and after each.
        content_losses: Content loss, likewise.
        seconds: Wall-clock time.
        evaluations: How often loss and gradient were computed.
        stages: Number of steps -> the picture after so many, where asked for.
    """

    image: np.ndarray
    style_losses: tuple[float, ...]
    content_losses: tuple[float, ...]
    seconds: float
    evaluations: int
    stages: dict[int, np.ndarray]

    @property
    def style_drop(self) -> float:
        """Share of the style loss that is gone at the end, compared with the start."""
        return 1 - self.style_losses[-1] / self.style_losses[0]


class Painter:
    """Holds the network for pictures of one size, so that many pairs share one compilation.

    Args:
        backbone: VGG16 in float32; its weights are never changed.

    Raises:
        CourseError: If the backbone is another network or computes in half precision: the
            gradient of a pixel would drown in rounding.
    """

    def __init__(self, backbone: Backbone) -> None:
        if backbone.name != "vgg16" or backbone.precision != "float32":
            raise CourseError(
                f"Style transfer received {backbone.name} in {backbone.precision}, expected VGG16 "
                f"in float32: tl.backbone(image_size=..., precision='float32')."
            )
        self.size = backbone.image_size
        self._model = _outputs(backbone.model)
        self._measure, self._step = _compiled(self._model, self.size)

    def paint(
        self,
        content: np.ndarray,
        style: np.ndarray,
        *,
        steps: int = 100,
        until: float | None = None,
        weights: StyleWeights | None = None,
        start: np.ndarray | None = None,
        keep: Sequence[int] = (),
    ) -> Styled:
        """Move the pixels of the content picture toward the style.

        Args:
            content: uint8 (S, S, 3); what should still be seen.
            style: uint8 (S, S, 3); whose texture and colors to take.
            steps: Most iterations of L-BFGS.
            until: Stop after the first step with this share of the style loss gone, if ever.
            weights: What content, style and smoothness count.
            start: Where to begin; the content picture when None.
            keep: Numbers of steps after which to keep the picture.

        Raises:
            DataError: If a picture has another size than the network, or `until` is no share.

        Cost: one step is about one forward and one backward pass up to `block4_conv2`, 0.2 s
        at 128 px on two cores.
        """
        if until is not None and not 0 < until < 1:
            raise DataError(
                f"until is {until}, expected a share between 0 and 1: 0.95 stops when 95 % of the "
                f"style loss are gone."
            )
        weights = weights or StyleWeights()
        pixels = self._pixels(content if start is None else start)
        grams = self.grams(style)
        target = self._measure(self._pixels(content))[-1]
        counts = np.array([weights.content, weights.style, weights.variation], np.float32)
        track = _Track(until, frozenset(keep))

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            picture = flat.reshape(1, self.size, self.size, 3).astype(np.float32)
            total, gradient, parts = self._step(picture, grams, target, counts)
            track.evaluated(float(parts[1]), float(parts[0]))
            return float(total), gradient.numpy().astype(np.float64).ravel()

        begun = time.perf_counter()
        found = minimize(
            loss,
            pixels.ravel().astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * pixels.size,
            callback=track.after_step,
            options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 20},
        )
        seconds = time.perf_counter() - begun
        stages = {step: flat.reshape(content.shape) for step, flat in track.kept.items()}
        lost = (tuple(track.style), tuple(track.content))
        return Styled(self._image(found.x), *lost, seconds, int(found.nfev), stages)

    def grams(self, picture: np.ndarray) -> list[Any]:
        """Return the Gram matrix of each style layer, (C, C)."""
        return list(self._measure(self._pixels(picture))[:-1])

    def losses(
        self, picture: np.ndarray, content: np.ndarray, style: np.ndarray
    ) -> dict[str, float]:
        """Return content and style loss of a finished picture, without changing it."""
        target = self._measure(self._pixels(content))[-1]
        ones = np.ones(3, np.float32)
        _, _, parts = self._step(self._pixels(picture), self.grams(style), target, ones)
        return {"content": float(parts[0]), "style": float(parts[1])}

    def _image(self, flat: np.ndarray) -> np.ndarray:
        return _rounded(flat).reshape(self.size, self.size, 3)

    def _pixels(self, picture: np.ndarray) -> np.ndarray:
        picture = np.asarray(picture)
        if picture.shape != (self.size, self.size, 3):
            raise DataError(
                f"The picture has shape {picture.shape}, expected ({self.size}, {self.size}, 3), "
                f"the size of the network. Scale it first."
            )
        return picture[None].astype(np.float32) / 255


class _Track:
    """What became of the losses, step by step, and whether the aim is reached."""

    def __init__(self, until: float | None, keep: frozenset[int]) -> None:
        self.style: list[float] = []
        self.content: list[float] = []
        self.kept: dict[int, np.ndarray] = {}
        self._until, self._keep = until, keep
        self._latest = (0.0, 0.0)

    def evaluated(self, style: float, content: float) -> None:
        """Remember one evaluation; the first is the picture before any step."""
        self._latest = (style, content)
        if not self.style:
            self._add()

    def after_step(self, flat: np.ndarray) -> None:
        """Note the accepted step, and end the search at the first that reaches the aim."""
        self._add()
        step = len(self.style) - 1
        if step in self._keep:
            self.kept[step] = _rounded(flat)
        if self._until is not None and self.style[-1] <= (1 - self._until) * self.style[0]:
            raise StopIteration  # SciPy's way to end with this step as the result

    def _add(self) -> None:
        style, content = self._latest
        self.style.append(style)
        self.content.append(content)


def _rounded(pixels: np.ndarray) -> np.ndarray:
    return np.round(255 * pixels).astype(np.uint8)


def gram(features: np.ndarray) -> np.ndarray:
    """Return the Gram matrix of one picture's features.

    Entry (a, b) is the mean over places of channel a times channel b: how often the two fire
    together. Where they fire does not enter, so any shuffle of the places gives the same matrix.

    Args:
        features: (rows, columns, C).

    Returns:
        (C, C), symmetric, divided by the number of places.
    """
    flat = np.asarray(features, dtype=np.float64).reshape(-1, np.shape(features)[-1])
    return flat.T @ flat / len(flat)


def _outputs(model: keras.Model) -> keras.Model:
    import keras

    names = (*STYLE_LAYERS, CONTENT_LAYER)
    return keras.Model(model.input, [model.get_layer(name).output for name in names])


def _compiled(model: keras.Model, size: int) -> tuple[Any, Any]:
    """Return two compiled functions: Grams and content of a picture, and one step's gradient."""
    import tensorflow as tf

    picture = tf.TensorSpec((1, size, size, 3), tf.float32)

    def layers(pixels: Any) -> list[Any]:
        return model(255 * pixels[..., ::-1] - _MEANS, training=False)

    def gram_of(x: Any) -> Any:
        flat = tf.reshape(x, (-1, x.shape[-1]))
        return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)

    @tf.function(input_signature=[picture])
    def measure(pixels: Any) -> list[Any]:
        *style, content = layers(pixels)
        return [*map(gram_of, style), content]

    @tf.function
    def step(pixels: Any, grams: Any, target: Any, weights: Any) -> Any:
        pixels = tf.convert_to_tensor(pixels)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            *style, content = layers(pixels)
            content_loss = _relative(content, target)
            pairs = zip(style, grams, strict=True)
            style_loss = tf.add_n([_relative(gram_of(x), g) for x, g in pairs]) / len(grams)
            parts = tf.stack([content_loss, style_loss, _variation(pixels)])
            total = tf.reduce_sum(weights * parts)
        return total, tape.gradient(total, pixels), parts

    return measure, step


def _relative(x: Any, target: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum((x - target) ** 2) / (tf.reduce_sum(target**2) + 1e-8)


def _variation(pixels: Any) -> Any:
    """Return the mean length of the difference to the right and lower neighbor, smoothed at 0."""
    import tensorflow as tf

    down = pixels[:, 1:, :-1] - pixels[:, :-1, :-1]
    right = pixels[:, :-1, 1:] - pixels[:, :-1, :-1]
    return tf.reduce_mean(tf.sqrt(down**2 + right**2 + 1e-4))
