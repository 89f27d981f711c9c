import numpy as np
import pytest

from tlcourse.errors import CacheError
from tlcourse.finetuning.batches import trunk_batches
from tlcourse.finetuning.trunk import Trunk

N, VIEWS = 10, 3
ROWS = np.arange(0, 2 * N, 2)  # even rows of some data set


@pytest.fixture
def made():
    """Maps whose values say which row and view they are: 100 * view + row."""
    import ml_dtypes

    value = 100 * np.arange(VIEWS)[:, None] + ROWS[None]
    maps = np.broadcast_to(value[..., None, None, None], (VIEWS, N, 2, 2, 1))
    pooled = {"block4_pool": value[..., None].astype(np.float32)}
    return Trunk("block4_pool", ROWS, maps.astype(ml_dtypes.bfloat16), pooled, "")


def targets(n=N):
    return np.eye(n, dtype=np.float32)


def values(batches):
    """Row and view of every item, as the maps, the vectors and the labels tell it."""
    out = []
    for i in range(len(batches)):
        (maps, vectors), y = batches[i]
        assert maps.dtype.name == "bfloat16"
        np.testing.assert_array_equal(np.asarray(maps)[:, 0, 0, 0], vectors.numpy()[:, 0])
        np.testing.assert_array_equal(vectors.numpy()[:, 0] % 100, ROWS[y.argmax(1)])
        out.extend(vectors.numpy()[:, 0])
    return np.array(out)


def test_an_epoch_holds_every_row_once_and_the_next_has_another_order(made):
    batches = trunk_batches(made, ROWS, targets(), batch_size=4, seed=0, views=VIEWS)
    first = values(batches)
    batches.start_epoch(1)
    second = values(batches)
    assert len(batches) == 3
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch % 100), ROWS)
    assert (first != second).any()
    assert len({int(v // 100) for v in np.concatenate([first, second])}) == VIEWS


def test_asking_twice_or_in_another_order_changes_nothing(made):
    def mix(arrays, y, rng):
        return [a + np.asarray(rng.normal(), a.dtype) for a in arrays], y

    options = {"batch_size": 4, "seed": 3, "views": VIEWS, "mix": mix}
    one, two = (trunk_batches(made, ROWS, targets(), **options) for _ in range(2))
    backwards = [two[i] for i in (2, 1, 0, 2)]
    for i in range(3):
        for a, b in zip(one[i][0], backwards[2 - i][0], strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_without_a_seed_it_is_the_first_view_in_order(made):
    batches = trunk_batches(made, ROWS, targets(), batch_size=4, views=VIEWS)
    batches.start_epoch(1)
    np.testing.assert_array_equal(values(batches), ROWS)


def test_some_rows_of_a_trunk(made):
    some = ROWS[[7, 2]]
    batches = trunk_batches(made, some, targets()[[7, 2]], batch_size=4)
    np.testing.assert_array_equal(values(batches), some)


def test_a_row_that_is_not_there_is_named(made):
    with pytest.raises(CacheError, match="row 3 "):
        trunk_batches(made, np.array([2, 3]), targets(2), batch_size=2)
    with pytest.raises(CacheError, match="row 99 "):
        trunk_batches(made, np.array([99]), targets(1), batch_size=2)
