"""French vectors, names and sentences."""

import hashlib

import numpy as np
import pytest

from tlcourse.datasets import french
from tlcourse.datasets.french import (
    CARD,
    load_emoji_names,
    load_french,
    load_french_sentences,
)
from tlcourse.datasets.glove import load_glove
from tlcourse.errors import DataError
from tlcourse.paths import data_dir


def test_vectors_are_whole_and_read_only():
    words = load_french()
    assert len(words) == CARD.n_items
    assert words.dimension == 50
    assert np.isfinite(words.matrix).all()
    assert words.words[:4] == ("de", "la", "et", "à")
    with pytest.raises(ValueError, match="read-only"):
        words.matrix[0, 0] = 1


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_related_words_are_near():
    cat, dog, tax = load_french().lookup(["chat", "chien", "impôt"])
    assert cosine(cat, dog) > 0.5 > cosine(cat, tax)


def test_names_have_vectors_on_both_sides_and_differ():
    pairs = load_emoji_names()
    words = [word for pair in pairs for word in pair]
    assert len(set(words)) == len(words) > 300
    assert ("dog", "chien") in pairs
    assert all(a in load_glove() and b in load_french() for a, b in pairs)


def test_sentences_are_balanced_and_distinct():
    sentences = load_french_sentences()
    assert len({s.text for s in sentences}) == 60
    assert sum(s.positive for s in sentences) == 30


@pytest.mark.parametrize("content", [None, b"PK\x03\x04broken", b"not an archive"])
def test_a_missing_or_damaged_file_says_what_to_do(content, tmp_path, monkeypatch):
    if content is not None:
        (tmp_path / "french_50d.npz").write_bytes(content)
    monkeypatch.setattr(french, "_folder", lambda: tmp_path)
    with pytest.raises(DataError, match="restore the file with git"):
        load_french.__wrapped__()
    with pytest.raises(DataError, match=r"sentences\.csv"):
        load_french_sentences()


def test_the_card_states_size_and_checksum_of_the_files():
    files = sorted(p for p in (data_dir() / "french").iterdir() if p.name != "README.md")
    lines = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)
    assert hashlib.sha256(lines.encode()).hexdigest() == CARD.sha256
    assert sum(p.stat().st_size for p in files) == CARD.n_bytes < 1_000_000
