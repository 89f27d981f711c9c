"""The rival from scratch: new weights each time, the draws of the learning curve, honest bills."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.evaluation.learning_curve import learning_curve
from tlcourse.recipes import chapter05_scratch as scratch


@pytest.fixture(scope="module")
def network():
    return scratch.FromScratch(2, side=16)


@pytest.fixture
def pictures(rng):
    """Two classes told apart by brightness, uint8 (60, 16, 16, 3)."""
    labels = np.arange(60) % 2
    images = rng.integers(0, 90, (60, 16, 16, 3)) + 120 * labels[:, None, None, None]
    return images.astype(np.uint8), labels


def test_it_learns_and_starts_again_from_the_same_weights(network, pictures):
    images, labels = pictures
    network.start_again(5)
    fresh = [w.copy() for w in network.model.get_weights()]
    network.train(images, labels, 40, seed=0)
    assert (network.predict(images) == labels).mean() > 0.9
    moved = [np.abs(a - b).max() for a, b in zip(fresh, network.model.get_weights(), strict=True)]
    assert min(m for m, w in zip(moved, fresh, strict=True) if w.size > 1) > 0
    network.start_again(5)
    for a, b in zip(fresh, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(network.optimizer.iterations) == 0


def test_hits_have_the_draws_of_the_learning_curve(network, pictures, monkeypatch):
    images, labels = pictures
    pool, test = np.arange(40), np.arange(40, 60)
    seen = []
    monkeypatch.setattr(
        network, "train", lambda x, y, steps, *, seed: seen.append((x.copy(), steps)) or 0.5
    )
    hits, seconds = scratch.scratch_hits(
        network, images, labels, pool, test, size=10, seeds=(0, 1), checkpoints=(2, 5)
    )
    assert hits.shape == (2, 2, 20)
    assert seconds == pytest.approx(4 * 0.5 / 10)
    assert [steps for _, steps in seen] == [2, 3, 2, 3]
    drawn = []

    class Remember:
        def __init__(self, x):
            drawn.append(x)

        def predict_proba(self, x):
            return np.full((len(x), 2), 0.5)

    learning_curve(images, labels, (10,), seeds=2, fit=lambda x, y, **_: Remember(x), test=test)
    for a, b in zip(drawn, (seen[0][0], seen[2][0]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_arithmetic_is_counted_by_hand(network):
    forward = 2 * 9 * (3 * 16 * 16**2 + 16 * 32 * 8**2 + 32 * 64 * 4**2) + 2 * 2 * 2 * 64 * 2
    assert network.flops_per_picture == 3 * forward
    assert network.trained_parameters == sum(w.size for w in network.model.get_weights()[-8:])


@pytest.mark.parametrize("checkpoints", [(), (5, 5), (5, 2), (0,)])
def test_checkpoints_must_rise(network, pictures, checkpoints):
    images, labels = pictures
    with pytest.raises(DataError, match="rising"):
        scratch.scratch_hits(
            network, images, labels, np.arange(40), np.arange(40, 60), size=10, seeds=(0,),
            checkpoints=checkpoints,
        )  # fmt: skip


def test_pictures_shrink_by_averaging(rng):
    images = rng.integers(0, 256, (2, 96, 96, 3)).astype(np.uint8)
    small = scratch.shrink(images)
    means = images.reshape(2, 32, 3, 32, 3, 3).mean(axis=(2, 4))
    assert np.abs(small - means).max() <= 1
