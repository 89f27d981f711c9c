"""The sample chapter as text, for tests that change a passage of it."""

from pathlib import Path

SAMPLE = (Path(__file__).parent / "sample_chapter.py").read_text(encoding="utf-8")
MEASURED = {
    "03": {
        "normal": {"minutes": 3.94, "peak_mb": 1536},
        "fast": {"minutes": 0.75, "peak_mb": 1024},
        "machine": "two cores",
    }
}


def swap(old, new):
    """Return the sample chapter with one passage replaced; the passage must be there once."""
    assert SAMPLE.count(old) == 1, old
    return SAMPLE.replace(old, new)
