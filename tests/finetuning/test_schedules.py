import keras
import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.finetuning import rate_at, schedule
from tlcourse.finetuning.layerwise import layerwise_adam

STEPS, PEAK = 50, 2e-3
CUT = 5  # a tenth of the steps


def warmup_cosine(t):
    if t < CUT:
        return PEAK * (t + 1) / CUT
    return PEAK * (1 + np.cos(np.pi * (t - CUT) / (STEPS - CUT))) / 2


def slanted_triangular(t):
    """Howard & Ruder 2018, equation 3, with ratio 32."""
    p = t / CUT if t < CUT else 1 - (t - CUT) / (CUT * (1 / 0.1 - 1))
    return PEAK * (1 + p * (32 - 1)) / 32


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("constant", lambda t: PEAK),
        ("warmup_cosine", warmup_cosine),
        ("slanted_triangular", slanted_triangular),
    ],
)
def test_the_optimizer_sees_the_formula_at_every_step(kind, formula):
    optimizer = layerwise_adam(schedule(kind, peak=PEAK, steps=STEPS), {})
    weight = keras.Variable(np.zeros((1,), "float32"))
    seen = []
    for _ in range(STEPS):
        seen.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.ones((1,))], [weight])
    np.testing.assert_allclose(seen, [formula(t) for t in range(STEPS)], rtol=1e-5)
    np.testing.assert_allclose(
        seen, [rate_at(t, kind=kind, peak=PEAK, steps=STEPS) for t in range(STEPS)], rtol=1e-6
    )


def test_it_rises_then_falls_and_peaks_where_it_says():
    for kind in ("warmup_cosine", "slanted_triangular"):
        rates = [rate_at(t, kind=kind, peak=PEAK, steps=STEPS) for t in range(STEPS + 1)]
        assert max(rates) == pytest.approx(PEAK)
        assert rates[0] < PEAK / 4
        assert rates[-1] < PEAK / 20
        assert schedule(kind, peak=PEAK, steps=STEPS).peak == pytest.approx(PEAK)


def test_one_step_is_enough():
    for kind in ("constant", "warmup_cosine", "slanted_triangular"):
        assert 0 <= rate_at(0, kind=kind, peak=PEAK, steps=1) <= PEAK
        schedule(kind, peak=PEAK, steps=1)


def test_a_schedule_comes_back_from_its_configuration():
    made = schedule("warmup_cosine", peak=PEAK, steps=STEPS)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(made))
    assert float(again(7)) == pytest.approx(float(made(7)))


def test_an_unknown_schedule_is_named():
    with pytest.raises(CourseError, match="warmup_cosine"):
        schedule("cosine", peak=PEAK, steps=STEPS)
