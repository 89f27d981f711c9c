"""The small network: shapes, what it keeps, training, and carrying its weights over."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.errors import DataError
from tlcourse.speech import features_of, speech_network
from tlcourse.speech.training import compiled, predict, start_from, train

RNG = np.random.default_rng(0)
LABELS = np.arange(48) % 3
# Three classes: where in frequency a bar lies. When it comes is chance.
PICTURES = np.zeros((48, 48, 96), np.float32)
for i, c in enumerate(LABELS):
    at = RNG.integers(5, 80)
    PICTURES[i, 14 * c + 3 : 14 * c + 9, at : at + 12] = 1


@pytest.fixture(scope="module")
def trained():
    model = compiled(speech_network(3, seed=1))
    losses = train(model, PICTURES, LABELS, steps=30, batch_size=16)
    return model, losses


def test_training_fits_in_inference_mode_too(trained):
    model, losses = trained
    assert losses[0] > 3 * np.mean(losses[-5:])
    assert np.mean(predict(model, PICTURES).argmax(axis=1) == LABELS) > 0.95


def test_the_same_seed_trains_the_same_network(trained):
    model, losses = trained
    again = compiled(speech_network(3, seed=1))
    assert train(again, PICTURES, LABELS, steps=3, batch_size=16)[:1] == losses[:1]
    probabilities = predict(model, PICTURES[:5])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_features_are_192_numbers_that_ignore_when(trained):
    model, _ = trained
    features = features_of(model, PICTURES)
    assert features.shape == (48, 192)
    later = features_of(model, np.roll(PICTURES[:1, :, :], 16, axis=2))
    assert np.abs(later - features[:1]).mean() < 0.2 * np.abs(features).mean()


def test_carrying_over_copies_the_trunk_and_sets_the_head_of_the_probe(trained):
    source, _ = trained
    before = source.get_weights()
    features = features_of(source, PICTURES)
    head = tl.fit_head(features, LABELS, strengths=[0.1])
    other = compiled(speech_network(3, seed=9))
    start_from(other, source, head)
    np.testing.assert_allclose(predict(other, PICTURES), head.predict_proba(features), atol=1e-4)
    train(other, PICTURES, LABELS, steps=2, batch_size=16)
    for a, b in zip(before, source.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(other.get_weights()[0], before[0])


def test_nothing_to_train_on_is_said():
    model = compiled(speech_network(3))
    with pytest.raises(DataError, match="equally many"):
        train(model, PICTURES[:3], LABELS[:2], steps=1)
