"""Cards: complete, typed and true; names that help when they are wrong."""

import dataclasses
import json
import re
import shutil
import subprocess
import sys

import pytest

from tlcourse import paths
from tlcourse.datasets import registry
from tlcourse.datasets.card import Card
from tlcourse.datasets.cards import DOWNLOADS, Download, RemoteFile
from tlcourse.datasets.download import fetch
from tlcourse.errors import DataError

NAMES = ("emoji", "photos", "digits", "sentiment", "glove", "french", "spoken")
ON_REQUEST = ("flowers", "cats_vs_dogs", "fsdd", "glove_full", "german_loans")


def test_every_data_set_has_a_card_under_its_own_name():
    cards = registry.cards()
    assert set(cards) == {*NAMES, *ON_REQUEST} == set(registry.names())
    for name, card in cards.items():
        assert card.name == name
        for needed in ("title", "license", "citation", "source", "groups"):
            assert getattr(card, needed), f"{name}: {needed}"
        assert card.n_items > 0
        assert card.task in {"image", "text", "speech", "tabular"}
        json.dumps(card.to_dict())


def test_unknown_card_fields_fail():
    for kind in (Card, RemoteFile, Download):
        with pytest.raises(TypeError, match="unexpected keyword"):
            kind(name="x", licence="MIT")
    with pytest.raises(dataclasses.FrozenInstanceError):
        registry.card("flowers").license = "mine"


@pytest.mark.parametrize("download", DOWNLOADS, ids=lambda d: d.name)
def test_downloads_say_how_to_tell_a_whole_one(download):
    assert registry.kind(download.name) == "download"
    assert download.files[0].urls
    assert len(download.files[0].urls) > 1  # one address dies, the course goes on
    assert download.card.urls == download.files[0].urls
    for file in download.files:
        assert file.sha256 == "" or re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert all(url.startswith(("https://", "http://")) for url in file.urls)
        # A plain http address is safe only where the checksum is known.
        assert file.sha256 or all(url.startswith("https://") for url in file.urls)
        assert file.n_bytes < download.max_bytes
    assert max(n for _, n in download.contents) <= download.max_files
    assert "load" in download.alternative


def test_alternatives_run():
    import tlcourse.datasets as tl
    import tlcourse.datasets.glove
    import tlcourse.datasets.spoken

    scope = {"tl": tl, "tlcourse": tlcourse}
    for download in DOWNLOADS:
        assert eval(download.alternative, scope) is not None  # our own text, from cards.py


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("flower", r"no data set called 'flower'\. Did you mean 'flowers'"),
        ("emoji", "comes with the course, there is nothing to download"),
        ("digits", "comes with an installed package"),
    ],
)
def test_a_name_that_cannot_be_fetched_says_why(name, match):
    with pytest.raises(DataError, match=match):
        fetch(name, progress=False)
    with pytest.raises(DataError, match=match):
        registry.clean(name)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("photos", "digits")])
def test_embedded_files_have_the_checksum_of_their_card(name):
    report = registry.verify(name)
    assert report["state"] == "whole", report["problems"]
    assert report["n_files"] > 0
    assert report["sha256"] == registry.card(name).sha256
    json.dumps(report)


def test_a_changed_embedded_file_is_found(tmp_path, monkeypatch):
    for name in ("sentiment", "emoji"):
        shutil.copytree(paths.data_dir() / name, tmp_path / name)
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    with (tmp_path / "sentiment" / "films.csv").open("ab") as file:
        file.write(b" ")
    picture = next((tmp_path / "emoji" / "noto").rglob("*.png"))
    picture.write_bytes(picture.read_bytes()[:-1])
    assert registry.verify("sentiment")["state"] == "damaged"
    report = registry.verify("emoji")
    assert report["state"] == "damaged"
    assert picture.name in report["problems"][0]


def test_what_was_never_fetched_is_absent():
    for name in ON_REQUEST:
        report = registry.verify(name)
        assert report["state"] == "absent"
        assert report["problems"] == []
    assert registry.clean() == {}
    assert registry.verify("digits")["state"] == "package"


def test_cards_do_not_import_tensorflow():
    code = "import sys; from tlcourse.datasets import registry; registry.cards()\n"
    code += "assert not {'tensorflow', 'keras', 'requests', 'pooch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
