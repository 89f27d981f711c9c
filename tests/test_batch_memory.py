"""Little memory makes batches smaller, and says so; none at all is one clear sentence."""

import numpy as np
import pytest

from tlcourse import batch_memory
from tlcourse import memory as machine_memory
from tlcourse.batch_memory import batch_memory_mb, fitting_batch
from tlcourse.errors import CourseError
from tlcourse.features import extract


@pytest.fixture
def memory(monkeypatch):
    """Set the memory that is free, MiB, and whether the limit is a hard one."""

    def memory(free, *, hard=False):
        monkeypatch.setattr(batch_memory, "free_memory_mb", lambda: free)
        monkeypatch.setattr(batch_memory, "address_room_mb", lambda: free if hard else None)

    return memory


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (16, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def warm(vgg, pictures):
    extract(vgg, pictures[:1], cache=False)
    return vgg


def test_the_need_grows_with_batch_and_size(vgg):
    assert batch_memory_mb(vgg, 32) == 4 * 4 * 64 * 32 * 32 * 32 // 2**20
    assert batch_memory_mb(vgg, 64) == 2 * batch_memory_mb(vgg, 32)
    assert batch_memory_mb(vgg, 1) == 1


def test_batches_are_halved_until_they_fit(warm, memory, caplog):
    memory(10_000)
    assert fitting_batch(warm, 256) == 256
    assert caplog.text == ""
    memory(64 + 70)
    assert fitting_batch(warm, 256) == 64
    assert "There is little memory (134 MiB are free): 64 pictures at once instead of 256" in (
        caplog.text
    )


def test_one_picture_is_always_tried_unless_the_limit_is_hard(warm, memory, caplog):
    memory(10)
    assert fitting_batch(warm, 32) == 1
    assert "one picture at once" in caplog.text
    memory(10, hard=True)
    with pytest.raises(CourseError, match="not enough memory for one picture of 32 px: 65 MiB"):
        fitting_batch(warm, 32)


def test_memory_that_runs_out_on_the_way(warm, pictures, monkeypatch, caplog):
    """As a GPU does it: an error of TensorFlow for every batch that is too large."""
    import tensorflow as tf

    pooled, tried = warm.pooled, []

    def small_only(images, *, at, batch_size):
        tried.append(batch_size)
        if batch_size > 4:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return pooled(images, at=at, batch_size=batch_size)

    expected = extract(warm, pictures, cache=False)
    monkeypatch.setattr(warm, "pooled", small_only, raising=False)
    found = extract(warm, pictures, cache=False, batch_size=8)
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-3)
    assert tried == [8, 4, 4], "what did not fit is not tried again"
    assert caplog.text.count("Memory ran out: trying again with 4 at once") == 1


def test_memory_for_nothing(warm, pictures, monkeypatch):
    def never(images, **options):
        raise MemoryError

    monkeypatch.setattr(warm, "pooled", never, raising=False)
    with pytest.raises(CourseError, match="Close other notebooks"):
        extract(warm, pictures, cache=False)


def test_other_failures_are_not_taken_for_it(warm, pictures, monkeypatch):
    def broken(images, **options):
        raise ValueError("a bug")

    monkeypatch.setattr(warm, "pooled", broken, raising=False)
    with pytest.raises(ValueError, match="a bug"):
        extract(warm, pictures, cache=False)


def test_a_container_counts_and_its_cached_files_are_free(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_memory, "_CGROUP", tmp_path)
    free = machine_memory.free_memory_mb()
    (tmp_path / "memory.max").write_text(f"{500 * 2**20}\n")
    (tmp_path / "memory.current").write_text(f"{480 * 2**20}\n")
    assert machine_memory.free_memory_mb() == min(free, 20)
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {100 * 2**20}\nactive_file 7\n")
    assert machine_memory.free_memory_mb() == min(free, 120)
    (tmp_path / "memory.max").write_text("max\n")
    assert machine_memory.free_memory_mb() > min(free, 120) or free < 120
