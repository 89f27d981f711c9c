"""Does the model that is saved say what was measured? Checked on a few pictures of every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

_PICTURES = 16
_LARGEST_MEAN = 0.05  # mean difference in probability between the saved and the measured model


def some_of(rows: np.ndarray) -> np.ndarray:
    """Return a few rows, spread over all of them."""
    return rows[:: max(1, len(rows) // _PICTURES)][:_PICTURES]


def check_agreement(model: keras.Model, pictures: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference in probability; refuse a model that says something else.

    Args:
        model: What will be saved; takes raw pixels.
        pictures: A few pictures, uint8 (n, S, S, 3).
        expected: The probabilities of the model that was measured, (n, C).

    Raises:
        CourseError: If the two differ by more than half precision can explain.
    """
    saved = model.predict_on_batch(np.asarray(pictures, np.float32))
    gaps = np.abs(saved - expected).max(axis=1)
    # Half precision may move a picture that lies between two classes; a wrong input moves most.
    if not gaps.mean() <= _LARGEST_MEAN:
        raise CourseError(
            f"The model to be saved differs from the measured one by {gaps.mean():.3f} in "
            f"probability, more than {_LARGEST_MEAN}. Clear the cache folder and fit again; if it "
            f"stays, report it."
        )
    return float(gaps.max())
