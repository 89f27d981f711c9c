"""Vectors from one's own texts: PPMI by hand, Word2Vec twice."""

import builtins

import numpy as np
import pytest

from tlcourse import text
from tlcourse.errors import CourseError, DataError
from tlcourse.text.ppmi import cooccurrences, ppmi


def test_pairs_within_the_window_are_counted_and_never_cross_texts():
    words, counts = cooccurrences([["a", "b", "c", "d"], ["a", "b"]], window=2, min_count=1)
    assert words == ("a", "b", "c", "d")
    expected = [[0, 2, 1, 0], [2, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 0]]
    np.testing.assert_array_equal(counts.toarray(), expected)


def test_ppmi_agrees_with_the_formula_written_out():
    _, counts = cooccurrences([["a", "b", "c", "d"], ["a", "b"]], window=2, min_count=1)
    C = counts.toarray()
    context = C.sum(axis=0) ** 0.75
    context /= context.sum()
    expected = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            if C[i, j]:
                p = C[i, j] / C.sum()
                expected[i, j] = max(0, np.log(p / (C[i].sum() / C.sum() * context[j])))
    np.testing.assert_allclose(ppmi(counts).toarray(), expected, atol=1e-12)


def corpus():
    rng = np.random.default_rng(0)
    topics = [[f"a{i}" for i in range(20)], [f"b{i}" for i in range(20)]]
    return [list(rng.choice(topics[i % 2], 8)) for i in range(400)]


def test_words_of_one_topic_become_neighbors():
    vectors = text.ppmi_vectors(corpus(), dimension=10)
    assert all(w.startswith("a") for w, _ in text.neighbors(vectors, "a3", n=10))
    again = text.ppmi_vectors(corpus(), dimension=10)
    np.testing.assert_allclose(vectors.matrix, again.matrix, atol=1e-5)


def test_too_few_words_are_refused():
    with pytest.raises(DataError, match="too few"):
        text.ppmi_vectors([["a", "b", "a", "b"]])


def test_word2vec_twice_gives_the_same_numbers():
    pytest.importorskip("gensim")
    first, again = (
        text.word2vec_vectors(corpus(), dimension=10, epochs=8, seed=1) for _ in range(2)
    )
    assert first.words == again.words
    np.testing.assert_array_equal(first.matrix, again.matrix)
    near = [w for w, _ in text.neighbors(first, "a3", n=10)]
    assert sum(w.startswith("a") for w in near) >= 8


def test_without_gensim_the_message_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def no_gensim(name, *args, **kwargs):
        if name.startswith("gensim"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_gensim)
    assert not text.has_gensim()
    with pytest.raises(CourseError, match=r"tlcourse\[text\]"):
        text.word2vec_vectors(corpus())
