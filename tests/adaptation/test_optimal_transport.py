import os
import subprocess
import sys

import numpy as np
import ot
import pytest

from tlcourse.adaptation import optimal_transport
from tlcourse.errors import DataError


@pytest.mark.parametrize("shape", [(30, 20, 5), (15, 20, 40)])
def test_agrees_with_ot_da(two_domains, shape):
    source, target = two_domains(*shape)
    expected = ot.da.EMDTransport().fit(Xs=source, Xt=target)
    fitted = optimal_transport(source, target)
    np.testing.assert_allclose(fitted.map_source(source), expected.transform(Xs=source))
    new = source[:4] + 0.1
    np.testing.assert_allclose(fitted.map_source(new), expected.transform(Xs=new))
    np.testing.assert_array_equal(fitted.map_target(target), target)


def test_plan_is_the_optimum_of_the_linear_program(two_domains):
    from scipy.optimize import linprog

    source, target = two_domains(4, 3, 2)
    cost = ((source[:, None] - target[None]) ** 2).sum(axis=2)
    rows = np.kron(np.eye(4), np.ones(3))
    columns = np.kron(np.ones(4), np.eye(3))
    solved = linprog(
        cost.ravel(),
        A_eq=np.vstack([rows, columns]),
        b_eq=np.r_[np.full(4, 1 / 4), np.full(3, 1 / 3)],
    )
    plan = optimal_transport(source, target).plan
    assert (plan * cost).sum() == pytest.approx(solved.fun, rel=1e-9)
    np.testing.assert_allclose(plan.sum(axis=1), 1 / 4)
    np.testing.assert_allclose(plan.sum(axis=0), 1 / 3)


def test_barycentric_map_written_out(two_domains):
    source, target = two_domains(6, 8, 3)
    fitted = optimal_transport(source, target, regularization=0.1)
    np.testing.assert_allclose(fitted.map_source(source), 6 * fitted.plan @ target, rtol=1e-5)


def test_memory_bound_is_enforced(two_domains):
    with pytest.raises(DataError, match="pairs"):
        optimal_transport(*two_domains(30, 20, 5), max_pairs=599)


def test_regularization_must_be_positive(two_domains):
    with pytest.raises(DataError, match="positive"):
        optimal_transport(*two_domains(5, 5, 2), regularization=0.0)


def test_does_not_load_tensorflow_and_leaves_the_environment_alone():
    code = (
        "import os, sys, numpy as np\n"
        "from tlcourse.adaptation import optimal_transport, shift\n"
        "before = dict(os.environ)\n"
        "optimal_transport(np.eye(4), np.eye(4) + 1)\n"
        "assert dict(os.environ) == before\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
