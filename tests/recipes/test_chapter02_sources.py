"""Source models: they learn their task, answer with probabilities, and controls learn nothing."""

from dataclasses import replace

import numpy as np
import pytest

from tlcourse.recipes.chapter02_sources import (
    KINDS,
    Task,
    emoji_tasks,
    permutation_null,
    source_model,
)
from tlcourse.transferability import leep, nce


@pytest.fixture
def task(rng):
    labels = np.arange(120) % 3
    values = 2 * np.eye(3)[labels].repeat(4, axis=1) + rng.normal(size=(120, 12))
    return Task(values, labels, np.arange(120).astype(str))


def test_a_source_model_learns_its_task_and_gives_probabilities(task):
    model = source_model(task)
    assert model.accuracy > 0.9
    theta = model.probabilities(task.features)
    assert theta.shape == (120, 3)
    assert np.allclose(theta.sum(axis=1), 1)
    assert np.mean(theta.argmax(axis=1) == task.labels) > 0.9
    numbers = model.bottleneck(task.features)
    assert numbers.shape == (120, 32)
    assert numbers.min() == 0


def test_two_classes_give_two_probabilities_that_agree_with_the_task(task):
    binary = Task(task.features, (task.labels == 0).astype(int), task.groups)
    model = source_model(binary)
    theta = model.probabilities(task.features)
    assert theta.shape == (120, 2)
    assert np.mean(theta.argmax(axis=1) == binary.labels) > 0.9


def test_controls_learn_nothing_about_the_task(task, rng):
    assert (
        source_model(Task(task.features, rng.permutation(task.labels), task.groups)).accuracy < 0.7
    )
    untrained = source_model(task, train=False)
    assert np.isnan(untrained.accuracy)
    assert untrained.probabilities(task.features).shape == (120, 3)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(task):
    first, second, third = (source_model(task, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.layers[0][0], second.layers[0][0])
    assert not np.array_equal(first.layers[0][0], third.layers[0][0])


def test_seven_questions_and_two_controls_about_the_same_concepts(emoji):
    rows = np.flatnonzero(np.arange(len(emoji)) % 12 == 0)
    styles = {
        style: replace(emoji.subset(rows), domains=np.full(len(rows), style))
        for style in ("twemoji", "noto", "fluent")
    }
    tasks = emoji_tasks(styles, {style: np.zeros((len(rows), 4)) for style in styles})
    assert set(tasks) == set(KINDS) - {"digits", "photo patches"}
    n = len(rows)
    assert np.bincount(tasks["drawing style"].labels).tolist() == [n, n, n]
    animal = emoji.class_names.index("animal")
    assert np.array_equal(tasks["animal or not"].labels, emoji.labels[rows] == animal)
    shuffled = tasks["random labels"].labels
    assert np.array_equal(np.sort(shuffled), np.sort(emoji.labels[rows]))
    assert not np.array_equal(shuffled, emoji.labels[rows])
    for one in tasks.values():
        assert len(one.features) == len(one.labels) == len(one.groups)


def test_the_null_grows_with_the_number_of_source_classes(rng):
    labels = np.arange(100) % 4
    entropy = np.log(4)
    few, many = (permutation_null(nce, rng.integers(0, z, 100), labels, draws=30) for z in (2, 20))
    assert -entropy <= few < many < 0
    said_nothing = np.full((100, 5), 0.2)
    assert permutation_null(leep, said_nothing, labels, draws=3) == pytest.approx(-entropy)
