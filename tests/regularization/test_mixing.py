import ml_dtypes
import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.regularization import cutmix, mixing, mixup

N, C = 8, 5


@pytest.fixture
def batch(rng):
    """Maps, vectors and labels that all say which item they are."""
    value = np.arange(N, dtype=np.float32)
    maps = np.broadcast_to(value[:, None, None, None], (N, 6, 6, 3)).copy()
    targets = np.eye(N, dtype=np.float32)
    return [maps, np.eye(N, dtype=np.float32)], targets


def test_mixup_blends_inputs_and_labels_by_the_same_share(batch, rng):
    arrays, targets = batch
    (maps, vectors), soft = mixup(arrays, targets, rng, alpha=1.0)
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors, soft, atol=1e-6)  # vectors were one-hot as the labels
    np.testing.assert_allclose(maps[:, 0, 0, 0], soft @ np.arange(N), atol=1e-5)
    assert (maps == maps[:, :1, :1, :1]).all()
    assert ((soft > 0).sum(1) <= 2).all()


def test_cutmix_label_share_is_the_area_that_stayed(batch):
    arrays, targets = batch
    shares = set()
    for seed in range(40):
        (maps, vectors), soft = cutmix(arrays, targets, np.random.default_rng(seed), alpha=1.0)
        np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(vectors, soft, atol=1e-6)
        for item in range(N):
            stayed = np.mean(maps[item, :, :, 0] == item)
            assert stayed == pytest.approx(soft[item, item], abs=1e-6)
        shares.add(round(float(soft.max(1)[0]), 4))
    assert len(shares) >= 5  # the area is drawn anew each time
    np.testing.assert_array_equal(arrays[0][:, 0, 0, 0], np.arange(N))  # inputs are untouched


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("function", [mixup, cutmix])
def test_the_format_is_kept(function, dtype, batch, rng):
    (maps, vectors), targets = batch
    mixed, soft = function([maps.astype(dtype), vectors], targets, rng, alpha=0.4)
    assert mixed[0].dtype == dtype
    assert mixed[1].dtype == np.float32
    assert soft.dtype == np.float32


def test_the_seed_decides(batch):
    arrays, targets = batch
    for function in (mixup, cutmix):
        one, two, three = (
            function(arrays, targets, np.random.default_rng(s), alpha=1.0)[1] for s in (1, 1, 2)
        )
        np.testing.assert_array_equal(one, two)
        assert (one != three).any()


def test_mixing_chooses(batch, rng):
    arrays, targets = batch
    assert mixing() is None
    both = mixing(mixup=1.0, cutmix=1.0)
    pasted = []
    for _ in range(30):
        (maps, _), _ = both(arrays, targets, rng)
        pasted.append(bool(np.isin(maps, np.arange(N)).all()))
    assert 5 < sum(pasted) < 25
    with pytest.raises(CourseError, match="0 \\(off\\)"):
        mixing(mixup=-0.1)


def test_cutmix_needs_positions(batch, rng):
    arrays, targets = batch
    with pytest.raises(CourseError, match="CutMix"):
        cutmix(arrays[1:], targets, rng, alpha=1.0)
