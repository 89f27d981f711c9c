"""Cutting, sorting out, neighbors, counts and heads."""

import numpy as np
import pytest

from tlcourse import text
from tlcourse.datasets.glove import WordVectors, load_glove
from tlcourse.errors import DataError


@pytest.fixture
def tiny():
    matrix = np.array([[1, 0], [0.9, 0.1], [-1, 0.2], [0, 3]], dtype=np.float32)
    return WordVectors(("good", "fine", "bad", "film"), matrix)


def test_tokens_follow_the_cut_of_the_corpus():
    assert text.tokenize("I don’t LIKE it :) 3.5 <3 well-made...") == [
        *["i", "do", "n't", "like", "it", ":)", "3.5", "<3", "well-made", "..."],
    ]
    assert text.tokenize("") == text.tokenize(" \n") == []


def test_tokens_are_the_ones_the_vectors_were_chosen_by():
    import importlib
    import sys

    from tests.conftest import ROOT

    sys.path.insert(0, str(ROOT / "tools"))
    try:
        build = importlib.import_module("build_glove")
    finally:
        sys.path.pop(0)
    for line in ("I can't, won't :-D U.S.A. 1,000", "it's -- so... 'bad' =/", "été 😀 好"):
        assert text.tokenize(line) == build.tokens(line)


def test_a_very_long_line_is_cut_in_linear_time():
    assert len(text.tokenize("a" * 1_000_000)) == 1
    assert len(text.tokenize("good " * 200_000)) == 200_000


@pytest.mark.parametrize("wrong", [None, b"bytes", 3, ["a"]])
def test_what_is_no_text_is_refused(wrong):
    with pytest.raises(DataError, match="expected one text"):
        text.tokenize(wrong)


def test_unusable_texts_are_listed_with_a_reason():
    items = [
        *["A good film.", "", "  \n", None, b"caf\xe9", "x" * 30_000, "好电影", "zzzq", 7],
        b"Bad!",
    ]
    found = text.usable_texts(items, vectors=load_glove())
    assert found.texts == ("A good film.", "Bad!")
    assert found.kept == (0, 9)
    reasons = dict(found.skipped)
    assert reasons[1] == reasons[2] == "empty"
    assert "NoneType" in reasons[3]
    assert "not UTF-8 (byte 3)" in reasons[4]
    assert "30,000 characters" in reasons[5]
    assert "another script" in reasons[6]
    assert reasons[7] == "no word with a vector"
    assert "int" in reasons[8]
    assert "8 skipped" in str(found)
    with pytest.raises(DataError, match="every letter"):
        text.usable_texts("A good film.")


def test_a_file_with_broken_lines_gives_the_others(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_bytes(b"good film\n\xff\xfe\n\nbad film\n" + b"x" * 1_000_000)
    found = text.read_lines(path, vectors=load_glove())
    assert found.texts == ("good film", "bad film")
    assert [i for i, _ in found.skipped] == [1, 2, 4]
    path.write_bytes(b"\xff\n")
    with pytest.raises(DataError, match="No line of"):
        text.read_lines(path)
    with pytest.raises(DataError, match="cannot be read"):
        text.read_lines(tmp_path / "absent.txt")


def test_neighbors_are_ordered_and_leave_the_word_out(tiny):
    assert [w for w, _ in text.neighbors(tiny, "good", n=3)] == ["fine", "film", "bad"]
    assert text.cosine(tiny, "good", "fine") == pytest.approx(0.9 / np.hypot(0.9, 0.1))
    with pytest.raises(DataError, match="'great' has no vector"):
        text.neighbors(tiny, "great")


def test_shares_times_vectors_are_the_averages(tiny):
    texts = [["good", "good", "meh", "film"], ["meh"], []]
    counts = text.count_matrix(texts, tiny)
    np.testing.assert_allclose(counts.sum(axis=1).ravel(), [[1, 0, 0]], atol=1e-6)
    averages = text.mean_vectors(counts, tiny.matrix)
    np.testing.assert_allclose(averages[0], tiny.lookup(texts[0]).mean(axis=0), atol=1e-6)
    assert not averages[1:].any()


def test_the_mean_does_not_know_the_order(tiny):
    pair = [["good", "bad", "film"], ["film", "bad", "good"]]
    a, b = text.mean_vectors(text.count_matrix(pair, tiny), tiny.matrix)
    np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.slow
def test_shares_times_vectors_equal_a_masked_embedding_layer(tiny):
    import keras
    from keras import layers

    table = np.concatenate([np.zeros((1, 2), np.float32), tiny.matrix])
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(5, 2, mask_zero=True),
            layers.GlobalAveragePooling1D(),
        ]
    )
    model.layers[0].set_weights([table])
    texts = [["good", "film"], ["bad"]]
    ids = np.zeros((2, 5), np.int32)
    for i, words in enumerate(texts):
        ids[i, : len(words)] = tiny.rows(words) + 1
    expected = text.mean_vectors(text.count_matrix(texts, tiny), tiny.matrix)
    np.testing.assert_allclose(model(ids), expected, atol=1e-5)


def test_random_vectors_have_the_size_and_none_of_the_knowledge():
    glove = load_glove()
    noise = text.random_vectors(glove, seed=1)
    assert noise.words == glove.words
    np.testing.assert_allclose(noise.matrix.std(axis=0), glove.matrix.std(axis=0), rtol=0.05)
    assert abs(text.cosine(noise, "good", "great")) < 0.9
    np.testing.assert_array_equal(noise.matrix, text.random_vectors(glove, seed=1).matrix)
    assert not np.array_equal(noise.matrix, text.random_vectors(glove, seed=2).matrix)


def separable(n=60, d=4):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    return rng.normal(size=(n, d)) + 2 * np.eye(d)[y], y


def test_a_text_head_separates_and_folds_its_scaler_in():
    x, y = separable()
    head = text.fit_text_head(x, y, groups=np.arange(60) // 2 * 2 + y)
    assert (head.predict(x) == y).mean() > 0.9
    w, b = text.head_weights(head)
    np.testing.assert_allclose(x @ w + b, head.decision_function(x), atol=1e-8)


def test_weight_zero_leaves_texts_out():
    x, y = separable()
    wrong = np.concatenate([y, 1 - y])
    weights = np.concatenate([np.ones(60), np.zeros(60)])
    kept = text.fit_text_head(x, y, strengths=(0.1,))
    head = text.fit_text_head(np.tile(x, (2, 1)), wrong, weights=weights, strengths=(0.1,))
    np.testing.assert_allclose(
        head.decision_function(x), kept.decision_function(x), rtol=1e-2, atol=1e-2
    )


def test_word_counts_learn_from_labeled_words_only():
    texts = np.empty(40, dtype=object)
    texts[:] = [["good", f"w{i}"] if i % 2 else ["bad", f"w{i}"] for i in range(40)]
    head = text.fit_word_counts(texts, np.arange(40) % 2)
    assert list(head.predict([["good"], ["bad"]])) == [1, 0]
    assert head[0].transform([["never", "labeled"]]).nnz == 0


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 1], [0, 1, 2]])
def test_heads_need_two_texts_of_each_class(labels):
    with pytest.raises(DataError, match="classes 0 and 1"):
        text.fit_text_head(np.eye(3), np.array(labels))
