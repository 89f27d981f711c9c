"""The embedded sentiment texts, as the loader hands them out."""

import hashlib
import re

import numpy as np
import pytest

from tlcourse.datasets.sentiment import CARD, DOMAINS, load_sentiment, read_rated
from tlcourse.errors import DataError
from tlcourse.paths import data_dir


@pytest.fixture(scope="module")
def everything():
    return load_sentiment()


def test_sizes_and_shares_are_those_of_the_card(everything):
    assert len(everything) == CARD.n_items
    shares = {d: everything.labels[everything.domains == d].mean() for d in DOMAINS}
    assert shares["amazon"] == pytest.approx(0.585, abs=0.01)
    assert shares["films"] == pytest.approx(0.496, abs=0.01)
    assert shares["tweets"] == pytest.approx(0.711, abs=0.01)


def test_labels_are_signs_outside_the_band(everything):
    valence = {row.key: row.valence for d in DOMAINS for row in read_rated(d)}
    values = np.array([valence[key] for key in everything.ids])
    assert np.abs(values).min() > 0.5
    np.testing.assert_array_equal(everything.labels, values > 0)
    assert np.abs(values).max() <= 4


def test_a_wider_band_leaves_fewer_texts(everything):
    none, wide = load_sentiment(neutral_band=0), load_sentiment(neutral_band=1.5)
    assert len(none) > len(everything) > len(wide) > 0
    assert set(wide.ids) < set(everything.ids) < set(none.ids)


def test_no_text_stands_on_two_sides_of_a_grouped_split(everything):
    def normalized(text):
        return re.sub(r"[\W_]+", " ", re.sub(r"@\w+", " ", text.lower())).strip() or text.lower()

    for domain in DOMAINS:
        texts = [normalized(t) for t in everything.images[everything.domains == domain]]
        assert len(set(texts)) == len(texts)


def test_amazon_groups_are_reviews():
    data = load_sentiment(domain="amazon")
    assert len(np.unique(data.groups)) == 298
    by_id = [key.rsplit("_", 1)[0] for key in data.ids]
    assert by_id == data.groups.tolist()


def test_texts_are_str_and_hashed_by_their_bytes(everything):
    assert everything.images.dtype == object
    assert all(type(t) is str and t == t.strip() and t for t in everything.images)
    assert everything.hashes[7] == hashlib.sha256(everything.images[7].encode()).hexdigest()
    assert not any("&amp;" in t for t in everything.images)
    assert any("é" in t for t in everything.images)  # read as UTF-8, not latin-1
    assert not any("Ã" in t for t in everything.images)


def test_domains_can_be_chosen_in_any_order(everything):
    two = load_sentiment(domain=["tweets", "amazon"])
    assert two.ids == everything.subset(everything.domains != "films").ids
    assert set(load_sentiment(domain="films").domains) == {"films"}


@pytest.mark.parametrize("domain", ["film", [], ["amazon", "press"]])
def test_an_unknown_domain_is_named_with_the_choice(domain):
    with pytest.raises(DataError, match="amazon, films, tweets"):
        load_sentiment(domain=domain)


@pytest.mark.parametrize("band", [-0.1, 4, float("nan")])
def test_an_impossible_band_is_refused(band):
    with pytest.raises(DataError, match="neutral_band"):
        load_sentiment(neutral_band=band)


def test_a_missing_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("tlcourse.datasets.sentiment._folder", lambda: tmp_path)
    with pytest.raises(DataError, match="restore it with git"):
        load_sentiment()


def test_the_card_states_size_and_checksum_of_the_files():
    files = sorted(p for p in (data_dir() / "sentiment").iterdir() if p.name != "README.md")
    lines = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)
    assert hashlib.sha256(lines.encode()).hexdigest() == CARD.sha256
    assert sum(p.stat().st_size for p in files) == CARD.n_bytes
