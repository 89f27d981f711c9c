"""Embedded word vectors and what happens to words without one."""

import hashlib

import numpy as np
import pytest

from tlcourse.datasets import glove
from tlcourse.datasets.glove import CARD, WordVectors, load_glove
from tlcourse.errors import DataError
from tlcourse.paths import data_dir


@pytest.fixture
def tiny():
    return WordVectors(("good", "bad"), np.array([[1, 2, 3], [3, 4, 8]], dtype=np.float32))


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_vectors_are_the_official_ones():
    words = load_glove()
    assert words.words[:5] == ("the", ",", ".", "of", "to")
    official = [0.418, 0.24968, -0.41242, 0.1217, 0.34527]
    np.testing.assert_allclose(words.lookup(["the"])[0, :5], official, atol=1e-3)
    assert len(words) == CARD.n_items
    assert words.matrix.dtype == np.float32
    assert words.dimension == 50
    assert np.isfinite(words.matrix).all()


def test_neighbors_share_contexts_not_opinions():
    good, excellent, bad = load_glove().lookup(["good", "excellent", "bad"])
    assert cosine(good, excellent) == pytest.approx(0.81, abs=0.01)
    assert cosine(good, bad) == pytest.approx(0.80, abs=0.01)


def test_opinion_words_of_the_texts_are_there():
    words = load_glove()
    for word in (":)", "lol", "yay", "haha", "unfunny", "engrossing", "n't", "pretentious"):
        assert word in words
    assert "Good" not in words


def test_skip_leaves_unknown_words_out(tiny):
    np.testing.assert_array_equal(tiny.lookup(["bad", "meh", "good"]), tiny.matrix[[1, 0]])
    assert tiny.lookup(["meh"]).shape == (0, 3)
    assert tiny.lookup([]).shape == (0, 3)


def test_zero_and_mean_keep_the_positions(tiny):
    zero = tiny.lookup(["meh", "bad"], unknown="zero")
    np.testing.assert_array_equal(zero, [[0, 0, 0], [3, 4, 8]])
    mean = tiny.lookup(["meh", "bad"], unknown="mean")
    np.testing.assert_array_equal(mean, [[2, 3, 5.5], [3, 4, 8]])
    assert zero.dtype == mean.dtype == np.float32
    assert tiny.lookup([], unknown="zero").shape == (0, 3)


def test_coverage_counts_tokens_of_all_texts(tiny):
    assert tiny.coverage([["good", "meh"], ["bad", "bad"]]) == 0.75
    assert tiny.coverage([]) == 0.0


def test_a_text_in_place_of_words_is_refused(tiny):
    with pytest.raises(DataError, match="every letter"):
        tiny.lookup("good")


def test_an_unknown_policy_is_refused(tiny):
    with pytest.raises(DataError, match="'skip', 'zero' or 'mean'"):
        tiny.lookup(["good"], unknown="drop")


def test_words_and_rows_must_fit():
    with pytest.raises(DataError, match="one row for each word"):
        WordVectors(("a", "a"), np.zeros((2, 3), np.float32))
    with pytest.raises(DataError, match="one row for each word"):
        WordVectors(("a", "b"), np.zeros((3, 3), np.float32))


def test_the_shared_matrix_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        load_glove().matrix[0, 0] = 1


@pytest.mark.parametrize("content", [None, b"PK\x03\x04broken", b"not an archive"])
def test_a_missing_or_damaged_file_says_what_to_do(content, tmp_path, monkeypatch):
    if content is not None:
        (tmp_path / "glove_6b_50d.npz").write_bytes(content)
    monkeypatch.setattr(glove, "_folder", lambda: tmp_path)
    with pytest.raises(DataError, match="restore the file with git"):
        load_glove.__wrapped__()


def test_the_card_states_size_and_checksum_of_the_files():
    files = sorted(p for p in (data_dir() / "glove").iterdir() if p.name != "README.md")
    lines = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)
    assert hashlib.sha256(lines.encode()).hexdigest() == CARD.sha256
    assert sum(p.stat().st_size for p in files) == CARD.n_bytes < 4_000_000
