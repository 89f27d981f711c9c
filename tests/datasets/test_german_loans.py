"""The public table: read, standardized, fetched from a mirror; damaged lines are named."""

import zipfile

import numpy as np
import pytest

from tlcourse.datasets import load
from tlcourse.datasets.german_loans import FIELDS, NUMERIC, PURPOSES, load_german_loans
from tlcourse.errors import DataError


def line(i):
    """A made-up loan in the layout of the table."""
    rng = np.random.default_rng(i)
    purpose = ("A40", "A42", "A46", "A49", "A410", "A41")[i % 6]
    fields = [
        str(rng.integers(1, 70)) if j in NUMERIC else f"A{j + 1}{rng.integers(1, 4)}"
        for j in range(len(FIELDS))
    ]
    fields[FIELDS.index("purpose")] = purpose
    return " ".join([*fields, "2" if i % 3 == 0 else "1"])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "german.data").write_text("\n".join(map(line, range(60))) + "\n")
    return tmp_path


def test_numbers_are_standardized_and_the_purpose_is_the_domain(folder):
    data = load_german_loans(folder=folder)
    assert len(data) == 60
    assert data.images.dtype == np.float32
    assert data.labels.mean() == pytest.approx(1 / 3)
    assert set(data.domains) == set(PURPOSES.values())
    first = data.images[:, [0, 1, 2, 3]]
    assert set(np.unique(first)) != {0.0}
    standard = [i for i in range(data.images.shape[1]) if len(np.unique(data.images[:, i])) > 2]
    assert len(standard) == len(NUMERIC)
    assert np.allclose(data.images[:, standard].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(data.images[:, standard].std(axis=0), 1, atol=1e-4)
    # Whatever the purpose, the columns do not say it: 0/1 columns are those of 12 other fields.
    codes = {j for j in range(len(FIELDS)) if j not in NUMERIC} - {FIELDS.index("purpose")}
    assert data.images.shape[1] <= len(NUMERIC) + 3 * len(codes)


def test_it_comes_from_a_mirror(folder, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    with zipfile.ZipFile(mirror / "statlog+german+credit+data.zip", "w") as out:
        out.write(folder / "german.data", "german.data")
        out.writestr("Index", "a list")
    monkeypatch.setenv("TLCOURSE_MIRROR", str(mirror))
    data = load("german_loans", progress=False)
    assert len(data) == 60
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path / "nowhere"))
    assert load("german_loans", progress=False).hashes == data.hashes  # from the cache


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("A11 6 A34\n", "Line 1"),
        (line(0) + "\n" + line(1).replace(" 1", " x", 1)[:-1] + "3\n", "Line 2"),
        ("", "no loan"),
    ],
)
def test_what_is_no_loan_is_named(tmp_path, text, match):
    (tmp_path / "german.data").write_text(text)
    with pytest.raises(DataError, match=match):
        load_german_loans(folder=tmp_path)


def test_a_missing_file_says_how_to_get_it(tmp_path):
    with pytest.raises(DataError, match="tlcourse data fetch german_loans"):
        load_german_loans(folder=tmp_path)
