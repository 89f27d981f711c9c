"""The recurrent encoder: order matters to it, padding does not, and a fit starts anew."""

import numpy as np
import pytest

from tlcourse.datasets.glove import WordVectors
from tlcourse.text import GruClassifier

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(0)
    words = ("not", "good", "bad", *(f"w{i}" for i in range(9)))
    vectors = WordVectors(words, rng.normal(size=(12, 6)).astype(np.float32))
    texts, labels = [], []
    for i in range(160):
        filler = [f"w{k}" for k in rng.integers(0, 9, 2)]
        texts.append(["good", "bad", *filler] if i % 2 else ["bad", "good", *filler])
        labels.append(i % 2)
    return texts, np.array(labels), vectors


@pytest.fixture(scope="module")
def fitted(task):
    texts, labels, vectors = task
    network = GruClassifier(6, units=8, length=6)
    return network.fit(texts, labels, vectors, epochs=12, rate=0.02)


def test_it_learns_from_order_alone(task, fitted):
    texts, labels, vectors = task
    assert ((fitted.logits(texts, vectors) > 0) == labels).mean() > 0.9


def test_padding_changes_nothing(task, fitted):
    texts, _, vectors = task
    longer = GruClassifier(6, units=8, length=9)
    longer._model = longer._build()
    longer._model.set_weights(fitted._model.get_weights())
    np.testing.assert_allclose(
        longer.logits(texts[:5], vectors), fitted.logits(texts[:5], vectors), atol=1e-3
    )


def test_a_second_fit_starts_anew(task, fitted):
    texts, labels, vectors = task
    again = GruClassifier(6, units=8, length=6)
    options = {"epochs": 2, "rate": 0.02, "seed": 5}
    first = again.fit(texts, labels, vectors, **options).logits(texts[:8], vectors)
    second = again.fit(texts, labels, vectors, **options).logits(texts[:8], vectors)
    np.testing.assert_allclose(first, second, atol=1e-4)
