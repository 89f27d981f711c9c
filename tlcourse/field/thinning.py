"""A thin copy of a network, made layer by layer from the original's responses.

Each 3 x 3 convolution becomes three cheap ones (`tlcourse.field.low_rank`). Layers are thinned
in order, and each is fitted on what the *copy* sees, with the original's answer as the target:
so a layer mends what the ones before it lost. No label and no gradient step is needed.

Sources: Zhang, Zou, He & Sun 2016, arXiv:1505.06798; Kim et al. 2016, arXiv:1511.06530.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import DataError
from tlcourse.field.low_rank import Ranks, input_directions, reduced_rank, roots, spend

if TYPE_CHECKING:
    import keras

    from tlcourse.backbones import Backbone

KEPT = "block1"  # few weights at many places: kept as they are
_BATCH = 32

Triple = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # down, across, out, bias


@dataclass(frozen=True, eq=False)
class ThinCopy:
    """A thin copy of a network.

    Args:
        model: Keras model, frozen; the last layer of each triple bears the original's name.
        ranks: Thinned layer → (a, b).
        lost: Thinned layer → share of the variance of its output, after the ReLU, that
            differs from the teacher's, on the pictures it was made from.
    """

    model: keras.Model
    ranks: Ranks
    lost: dict[str, float]

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(self.model.count_params())


def thin_copy(
    network: Backbone,
    images: np.ndarray,
    *,
    parameters: int,
    positions: int = 40,
    seed: int = 0,
) -> ThinCopy:
    """Make a thin copy of VGG16 that answers as the original does on pictures like these.

    Args:
        network: The frozen backbone.
        images: RGB uint8 (n, S, S, 3) of the network's size; no label is needed. Give
            pictures of training things only: the copy has seen them.
        parameters: Weights that the copy may have, block 1 included, which is kept.
        positions: Places of each picture and layer that enter the regression, drawn.
        seed: Seed of the places.

    Raises:
        DataError: If there is no picture.
        CourseError: If the parameters do not suffice; see `spend`.

    Cost: 160 pictures of 96 pixels take 80 s of one busy core and 1 GB; a quarter of both at
    48 pixels.
    """
    if len(images) == 0:
        raise DataError("There is no picture to measure responses on. Expected some hundred.")
    layers = network.model.layers[1:]
    stem = [layer for layer in layers if layer.name.startswith(KEPT)]
    rest = layers[len(stem) :]
    maps = _batched(lambda x: _pass(stem, network.preprocess(x)), images)
    spent = sum(layer.count_params() for layer in stem)
    ranks = spend(_spectra(rest, maps), parameters - spent)
    triples: dict[str, Triple] = {}
    lost: dict[str, float] = {}
    teacher = student = maps
    rng = np.random.default_rng(seed)
    for layer in rest:
        if layer.name not in ranks:
            teacher, student = (_batched(_pool, m) for m in (teacher, student))
            continue
        triple, teacher = _fit(layer, ranks[layer.name], (teacher, student), positions, rng)
        student = _batched(lambda x, t=triple: _thin_conv(x, t), student)
        triples[layer.name], lost[layer.name] = triple, _share_lost(teacher, student)
    return ThinCopy(_assemble(network, triples), ranks, lost)


def _fit(
    layer: keras.Layer,
    ranks: tuple[int, int],
    maps: tuple[np.ndarray, np.ndarray],
    positions: int,
    rng: np.random.Generator,
) -> tuple[Triple, np.ndarray]:
    """Fit one layer's triple on (teacher's, student's) input; also return the teacher's output."""
    teacher, student = maps
    kernel, bias = layer.get_weights()
    (c, d), (a, b) = kernel.shape[2:], ranks
    down, up = input_directions(_moment(student), kernel, a)
    outputs, sums = [], _Sums(9 * a, d)
    for start in range(0, len(teacher), _BATCH):
        rows = slice(start, start + _BATCH)
        answers = _conv(teacher[rows], kernel) + bias
        outputs.append(np.maximum(answers, 0))
        squeezed = _conv(student[rows], down.reshape(1, 1, c, a))
        sums.add(*_sampled(squeezed, answers, positions, rng))
    prior = (up @ kernel.reshape(9, c, d)).reshape(9 * a, d)
    left, right = reduced_rank(sums.gram, sums.cross, b, prior=prior)
    offset = sums.mean_answer - sums.mean_input @ left @ right
    shapes = ((1, 1, c, a), (3, 3, a, b), (1, 1, b, d), (d,))
    parts = (p.reshape(s) for p, s in zip((down, left, right, offset), shapes, strict=True))
    return tuple(p.astype(np.float32) for p in parts), np.concatenate(outputs)


class _Sums:
    """Running covariances of inputs and answers."""

    def __init__(self, k: int, d: int) -> None:
        self.n, self.inputs, self.answers = 0, np.zeros(k), np.zeros(d)
        self.products, self.crossed = np.zeros((k, k)), np.zeros((k, d))

    def add(self, x: np.ndarray, y: np.ndarray) -> None:
        self.n += len(x)
        self.inputs += x.sum(0)
        self.answers += y.sum(0)
        self.products += x.T @ x
        self.crossed += x.T @ y

    @property
    def mean_input(self) -> np.ndarray:
        return self.inputs / self.n

    @property
    def mean_answer(self) -> np.ndarray:
        return self.answers / self.n

    @property
    def gram(self) -> np.ndarray:
        return self.products / self.n - np.outer(self.mean_input, self.mean_input)

    @property
    def cross(self) -> np.ndarray:
        return self.crossed / self.n - np.outer(self.mean_input, self.mean_answer)


def _sampled(
    maps: np.ndarray, answers: np.ndarray, positions: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw places of each picture: the 3 x 3 neighborhood of a map, and the answer there."""
    n, height, width, channels = maps.shape
    count = min(positions, height * width)
    drawn = np.stack([rng.choice(height * width, count, replace=False) for _ in range(n)])
    each, row, column = np.arange(n)[:, None], drawn // width, drawn % width
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))  # zeros, as the convolution pads
    places = [padded[each, row + i, column + j] for i in range(3) for j in range(3)]
    x = np.stack(places, axis=2).reshape(n * count, 9 * channels)
    return x, answers[each, row, column].reshape(n * count, -1)


def _spectra(
    layers: list[keras.Layer], maps: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the variances of each convolution's input directions and answers, as in `spend`."""
    found = {}
    for layer in layers:
        if not layer.weights:
            maps = _batched(_pool, maps)
            continue
        kernel, bias = layer.get_weights()
        root, _ = roots(_moment(maps))
        seen = root @ np.moveaxis(kernel, 2, 0).reshape(len(root), -1)
        answers = _batched(lambda x, k=kernel, b=bias: _conv(x, k) + b, maps)
        flat = answers.reshape(-1, answers.shape[-1])
        mean = flat.mean(0, dtype=float)
        spread = _moment(answers) - np.outer(mean, mean)
        both = (np.linalg.eigvalsh(m)[::-1] for m in (seen @ seen.T, spread))
        found[layer.name] = tuple(np.maximum(values, 0) for values in both)
        maps = np.maximum(answers, 0)
    return found


def _moment(maps: np.ndarray) -> np.ndarray:
    """Return E[x xᵀ] over pictures and places, (channels, channels)."""
    flat = maps.reshape(len(maps), -1, maps.shape[-1])
    return sum((x.T @ x).astype(float) for x in flat) / (flat.shape[0] * flat.shape[1])


def _share_lost(teacher: np.ndarray, student: np.ndarray) -> float:
    spread = teacher.var(axis=(0, 1, 2), dtype=float).sum()
    wrong = sum(float(np.sum((s - t) ** 2)) for s, t in zip(student, teacher, strict=True))
    return float(wrong / (spread * teacher[..., 0].size))


def _batched(step: Callable[[np.ndarray], np.ndarray], maps: np.ndarray) -> np.ndarray:
    parts = (step(maps[start : start + _BATCH]) for start in range(0, len(maps), _BATCH))
    return np.concatenate([np.asarray(part) for part in parts])


def _conv(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    return tf.nn.conv2d(x, np.asarray(kernel, np.float32), 1, "SAME").numpy()


def _pool(x: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    return tf.nn.max_pool2d(x, 2, 2, "VALID").numpy()


def _pass(layers: list[keras.Layer], x: np.ndarray) -> np.ndarray:
    for layer in layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            x = np.maximum(_conv(x, kernel) + bias, 0)
        else:
            x = _pool(x)
    return x


def _thin_conv(x: np.ndarray, triple: Triple) -> np.ndarray:
    down, across, out, bias = triple
    return np.maximum(_conv(_conv(_conv(x, down), across), out) + bias, 0)


def _assemble(network: Backbone, triples: Mapping[str, Triple]) -> keras.Model:
    """Build the Keras model: the network's own layers, and triples in place of the thinned."""
    import keras
    from keras import layers

    x = inputs = keras.Input(network.model.input.shape[1:])
    for layer in network.model.layers[1:]:
        if layer.name not in triples:
            twin = type(layer).from_config(layer.get_config())
            x = twin(x)
            twin.set_weights(layer.get_weights())
            continue
        down, across, out, bias = triples[layer.name]
        options = {"padding": "same", "dtype": layer.dtype_policy}
        for suffix, kernel in (("_down", down), ("_across", across)):
            thin = layers.Conv2D(
                kernel.shape[3], kernel.shape[0], use_bias=False, name=layer.name + suffix,
                **options,
            )  # fmt: skip
            x = thin(x)
            thin.set_weights([kernel])
        last = layers.Conv2D(out.shape[3], 1, activation="relu", name=layer.name, **options)
        x = last(x)
        last.set_weights([out, bias])
    model = keras.Model(inputs, x)
    model.trainable = False
    return model
