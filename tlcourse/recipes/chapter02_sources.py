"""Nine small source models on the same frozen features, each trained on another task."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.recipes.chapter02_pictures import color_names

WIDTH = 32  # numbers that a source model keeps of a picture
EPOCHS = 60

KINDS = {
    "Noto, 8 kinds": "same classes",
    "Fluent, 8 kinds": "same classes",
    "animal or not": "related",
    "face, food, other": "related",
    "main color": "unrelated",
    "drawing style": "unrelated",
    "digits": "unrelated",
    "photo patches": "unrelated",
    "random labels": "null",
    "untrained": "null",
}


@dataclass(frozen=True, eq=False)
class Task:
    """A source task: features, labels, and what must stay together.

    Args:
        features: Frozen features of the source pictures, (n, d).
        labels: Their source classes, int (n,), 0 to Z−1.
        groups: Concept, writer or half of a photograph, (n,).
    """

    features: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    def take(self, rows: np.ndarray) -> Task:
        """Return some of the pictures."""
        return Task(self.features[rows], self.labels[rows], self.groups[rows])


@dataclass(frozen=True, eq=False)
class SourceModel:
    """Features → 32 numbers → softmax over the source classes.

    Attributes:
        accuracy: Accuracy on held-out groups of its own task; NaN where it has none.
        mean: Mean of each feature over the source pictures, (d,).
        scale: Standard deviation, (d,).
        layers: Kernel and bias of both layers.
    """

    accuracy: float
    mean: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

    def bottleneck(self, features: np.ndarray) -> np.ndarray:
        """Return the 32 numbers of each picture, (n, 32)."""
        kernel, bias = self.layers[0]
        return np.maximum((features - self.mean) / self.scale @ kernel + bias, 0)

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return what the source model says in its own classes, (n, Z)."""
        from scipy.special import softmax

        kernel, bias = self.layers[1]
        return softmax(self.bottleneck(features) @ kernel + bias, axis=1)


def emoji_tasks(
    styles: Mapping[str, Dataset], features: Mapping[str, np.ndarray], *, seed: int = 0
) -> dict[str, Task]:
    """Ask seven questions about the same concepts in three drawing styles.

    Args:
        styles: "twemoji", "noto" and "fluent": the same concepts in the same order.
        features: Frozen features of each style, (n, d).
        seed: Seed of the random labels.
    """
    noto = styles["noto"]
    animal, face, food = (noto.class_names.index(name) for name in ("animal", "face", "food"))
    questions = {
        "Noto, 8 kinds": noto.labels,
        "animal or not": (noto.labels == animal).astype(int),
        "face, food, other": np.select([noto.labels == face, noto.labels == food], [0, 1], 2),
        "main color": _renumbered(color_names(noto.images)),
        "random labels": np.random.default_rng(seed).permutation(noto.labels),
        "untrained": noto.labels,
    }
    tasks = {name: Task(features["noto"], y, noto.groups) for name, y in questions.items()}
    tasks["Fluent, 8 kinds"] = Task(features["fluent"], noto.labels, noto.groups)
    tasks["drawing style"] = Task(
        np.concatenate([features[style] for style in styles]),
        np.repeat(np.arange(len(styles)), len(noto)),
        np.concatenate([data.groups for data in styles.values()]),
    )
    return tasks


def source_model(task: Task, *, train: bool = True, most: int = 400, seed: int = 0) -> SourceModel:
    """Train a source model on three quarters of the groups of a task; measure it on the rest.

    Args:
        task: The source task.
        train: Without it the weights stay as they were drawn: an untrained bottleneck.
        most: Most pictures to learn from, so that every source had as many.
        seed: Seed of the division, of the weights and of the order.

    Cost: about 0.2 s on one core.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(seed)
    task = task.take(np.sort(rng.permutation(len(task.labels))[:most]))
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=seed)
    learned, held_out = next(folds.split(task.labels, task.labels, task.groups))
    mean = task.features[learned].mean(axis=0)
    scale = np.maximum(task.features[learned].std(axis=0), 1e-6)
    standard = (task.features - mean) / scale
    if not train:
        n_classes = int(task.labels.max()) + 1
        layers = (_drawn(rng, standard.shape[1], WIDTH), _drawn(rng, WIDTH, n_classes))
        return SourceModel(float("nan"), mean, scale, layers)
    network = _fit(standard[learned], task.labels[learned], seed)
    accuracy = float(network.score(standard[held_out], task.labels[held_out]))
    layers = tuple(zip(network.coefs_, network.intercepts_, strict=True))
    if layers[1][0].shape[1] == 1:  # two classes share one logistic output
        kernel, bias = layers[1]
        layers = (layers[0], (np.hstack([-kernel, kernel]) / 2, np.concatenate([-bias, bias]) / 2))
    return SourceModel(accuracy, mean, scale, layers)


def _fit(features: np.ndarray, labels: np.ndarray, seed: int):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    network = MLPClassifier((WIDTH,), alpha=0.1, batch_size=32, max_iter=EPOCHS, random_state=seed)
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs is meant
        return network.fit(features.astype(np.float32), labels)


def _drawn(rng: np.random.Generator, inputs: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a layer as Glorot and Bengio do; biases are zero."""
    bound = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-bound, bound, (inputs, outputs)), np.zeros(outputs)


def _renumbered(labels: np.ndarray) -> np.ndarray:
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def permutation_null(
    score: Callable[[np.ndarray, np.ndarray], float],
    source: np.ndarray,
    labels: np.ndarray,
    *,
    draws: int = 200,
    seed: int = 0,
) -> float:
    """Return what a score gives on average when the target labels are shuffled.

    A score that is counted on the same pictures finds some order in any labels, the more the
    more source classes there are. That much of it is worth nothing.

    Args:
        score: `leep` or `nce`.
        source: What the score reads of the source: probabilities (n, Z) or classes (n,).
        labels: Target classes, (n,).
        draws: Number of shuffles.
        seed: Seed of the shuffles.
    """
    rng = np.random.default_rng(seed)
    return float(np.mean([score(source, rng.permutation(labels)) for _ in range(draws)]))
