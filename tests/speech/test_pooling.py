"""What each kind of pooling forgets."""

import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.speech import FORGET, pool

MAPS = np.random.default_rng(0).random((2, 12, 12, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("forget", "width"), [("both", 5), ("time", 60), ("frequency", 60), ("neither", 45)]
)
def test_width(forget, width):
    assert np.asarray(pool(MAPS, forget)).shape == (2, width)


@pytest.mark.parametrize(
    ("forget", "time", "frequency"),
    [("both", True, True), ("time", True, False), ("frequency", False, True)],
)
def test_what_is_forgotten_may_move(forget, time, frequency):
    base = np.asarray(pool(MAPS, forget))
    for axis, free in ((2, time), (1, frequency)):
        moved = np.asarray(pool(np.roll(MAPS, 5, axis=axis), forget))
        assert np.allclose(moved, base, atol=1e-5) == free


def test_time_keeps_the_maximum_at_each_frequency():
    expected = MAPS.max(axis=2).reshape(2, -1)
    np.testing.assert_array_equal(np.asarray(pool(MAPS)), expected)


def test_the_grid_holds_means_of_its_cells():
    first = np.asarray(pool(MAPS, "neither"))[0, :5]
    np.testing.assert_allclose(first, MAPS[0, :4, :4].mean(axis=(0, 1)), rtol=1e-5)


def test_mistakes_are_named():
    with pytest.raises(CourseError, match=FORGET[0]):
        pool(MAPS, "channels")
    with pytest.raises(CourseError, match="frequency, time, channels"):
        pool(MAPS[0])
    with pytest.raises(CourseError, match="multiples of 3"):
        pool(MAPS[:, :10], "neither")
