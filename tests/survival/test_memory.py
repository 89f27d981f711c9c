"""Under a limit on memory (`ulimit -v`) extraction takes smaller batches, or says why it cannot."""

import numpy as np
import pytest

N = 32


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    return {"seed": 7, "n": N, "size": 64, "batch_size": N, "cache": False, "folder": folder}


@pytest.fixture(scope="module")
def expected(nursery, job):
    assert nursery.run("extract", **job).status == 0
    return np.load(job["folder"] / "features.npy")


# Room on top of what the process has, MiB, and how many pictures at once must do.
@pytest.mark.parametrize(("room", "words"), [(400, ""), (82, "16 pictures"), (68, "4 pictures")])
def test_less_memory_means_smaller_batches(nursery, job, expected, room, words):
    outcome = nursery.run("extract", room_mb=room, warm=True, **job)
    assert outcome.status == 0, outcome.err
    assert np.allclose(np.load(job["folder"] / "features.npy"), expected, rtol=1e-3, atol=1e-3)
    if words:
        assert f"{words} at once instead of {N}" in outcome.err
    else:
        assert outcome.err == ""


def test_too_little_memory_is_said_before_anything_crashes(nursery, job):
    outcome = nursery.run("extract", room_mb=40, warm=True, **job)
    assert outcome.status == 1
    assert (
        outcome.err.strip()
        .splitlines()[-1]
        .startswith(
            "tlcourse.errors.CourseError: There is not enough memory for one picture of 64 px: "
        )
    )
    assert "ulimit -v" in outcome.err


def test_the_first_pass_of_a_large_network(nursery, job, thorough):
    """Its weights are brought into another form first, which needs room too."""
    rooms = (100, 180, 300, 410, 500, 570, 600, 800) if thorough else (410, 700)
    for room in rooms:
        outcome = nursery.run("extract", backbone="vgg16", room_mb=room, **job)
        is_clear = "There is not enough memory for one picture" in outcome.err
        assert outcome.status == 0 or (outcome.status == 1 and is_clear), (room, outcome)
