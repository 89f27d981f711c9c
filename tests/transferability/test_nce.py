import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcourse.errors import DataError
from tlcourse.transferability import nce


def test_hand_calculation():
    # Pairs (y, z): (0,0) once, (0,1) once, (1,1) twice; n = 4.
    # P(y|z): y=0,z=0: 1; y=0,z=1: 1/3; y=1,z=1: 2/3.
    # NCE = 1/4 ln 1 + 1/4 ln 1/3 + 2/4 ln 2/3 = -0.27465 - 0.20273 = -0.47739.
    assert nce([0, 1, 1, 1], [0, 0, 1, 1]) == pytest.approx(-0.477386, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3)), min_size=4, max_size=40))
def test_lies_between_minus_entropy_and_zero_for_any_source_classes(pairs):
    sources, labels = np.array(pairs).T
    labels[:2] = [0, 1]
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    assert (share * np.log(share)).sum() - 1e-9 <= nce(sources, labels) <= 0


def test_floor_and_ceiling():
    assert nce([5, 5, 5, 5], [0, 0, 1, 1]) == pytest.approx(-np.log(2))
    assert nce([7, 7, 900, 900], [0, 0, 1, 1]) == 0


def test_names_of_classes_do_not_matter():
    assert nce(["a", "b", "b"], [0, 0, 1]) == nce([12, 3, 3], ["x", "x", "y"])


def test_refuses_impossible_input():
    with pytest.raises(DataError, match="3 source labels and 2 target labels"):
        nce([0, 1, 1], [0, 1])
    with pytest.raises(DataError, match="source labels have shape"):
        nce([[0.5, 0.5]] * 2, [0, 1])
    with pytest.raises(DataError, match="at least 2"):
        nce([0, 1], [3, 3])
