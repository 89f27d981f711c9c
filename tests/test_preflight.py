import json

import numpy as np
import pytest

from tlcourse import preflight


def test_findings_are_plain_and_complete():
    found = preflight.doctor(seconds=0.1)
    assert json.loads(json.dumps(found)) == found
    assert found["images_per_second"] > 0
    assert found["precision"] in ("float32", "bfloat16", "float16")
    assert "weights" in found["weights"]
    table = found._repr_markdown_()
    for label, value in found.rows():
        assert label in table
        assert str(value) in table


@pytest.mark.parametrize(
    ("rate", "memory", "words"),
    [(500, 8000, "fast"), (70, 8000, "ready"), (5, 8000, "slow"), (70, 900, "Memory is short")],
)
def test_the_verdict_is_in_plain_words(rate, memory, words):
    text = preflight.verdict({"images_per_second": rate, "free_memory_mb": memory})
    assert words in text


@pytest.fixture(scope="module")
def found():
    return preflight.doctor(seconds=0.1)


def test_speed_comes_from_batches_after_the_first(found):
    timed = found["batch_seconds"]
    assert len(timed) >= 3
    assert found["seconds_per_100"] == pytest.approx(np.median(timed) / 0.32, rel=0.01)
    assert found["first_batch_seconds"] > 0


def test_the_table_of_requirements_is_all_right_here(found):
    rows = preflight.requirements(found)
    assert {"Python", "tensorflow", "Keras backend", "free memory", "cache folder", "speed"} <= {
        row["thing"] for row in rows
    }
    assert all(set(row) == {"thing", "found", "needed", "verdict"} for row in rows)
    assert "checksums right" in found["data"]


@pytest.mark.parametrize(
    ("change", "thing", "words"),
    [
        ({"free_memory_mb": 700}, "free memory", "shut down other notebooks"),
        ({"images_per_second": 3.0}, "speed", "TLCOURSE_FAST=1"),
        ({"backend": "torch"}, "Keras backend", "README"),
        ({"python": "3.9.1"}, "Python", "install Python"),
        ({"data": "The file x differs from the shipped one."}, "pictures", "README"),
    ],
)
def test_what_is_missing_gets_advice(found, change, thing, words):
    rows = {row["thing"]: row["verdict"] for row in preflight.requirements({**found, **change})}
    assert words in rows[thing]
    assert rows["GPU"] == "ok"


def test_a_full_or_closed_cache_folder_is_named(found):
    cache = {**found["cache"], "free_mb": 3}
    rows = {row["thing"]: row for row in preflight.requirements({**found, "cache": cache})}
    assert rows["cache folder"]["verdict"] == "set TLCOURSE_CACHE"


def test_a_missing_package_is_named(found):
    versions = {**found["versions"], "keras": "missing"}
    rows = {row["thing"]: row for row in preflight.requirements({**found, "versions": versions})}
    assert rows["keras"]["verdict"] == "install keras"
