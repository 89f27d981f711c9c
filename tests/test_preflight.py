import json

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
