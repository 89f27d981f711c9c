"""Every embedded file has a card with its checksum, and all of them together stay small."""

import json
import re
import zipfile

import pytest

from tests.conftest import ROOT
from tlcourse.checksum import sha256_file

DATA = ROOT / "data"
FOLDERS = sorted(p for p in DATA.iterdir() if p.is_dir())
LIMIT = 60_000_000
PAPERWORK = {"README.md", "LICENSE.txt", ".gitattributes"}


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_file_has_a_checksum_in_its_card(folder):
    card = (folder / "README.md").read_text("utf-8")
    named = set(re.findall(r"\b[0-9a-f]{64}\b", card))
    manifest = folder / "manifest.json"
    if manifest.exists():
        assert sha256_file(manifest) in named
        named |= set(re.findall(r"\b[0-9a-f]{64}\b", manifest.read_text("utf-8")))
    for path in files(folder):
        if path.name not in PAPERWORK:
            assert sha256_file(path) in named, f"{path.relative_to(ROOT)} is in no card"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_card_says_source_license_and_build(folder):
    card = (folder / "README.md").read_text("utf-8").lower()
    for word in ("license", "source", "tools/build_"):
        assert word in card, f"{folder.name}: the card does not say '{word}'"
    script = re.search(r"tools/build_\w+\.py", card).group()
    assert (ROOT / script).is_file()
    assert folder.name in (DATA / "README.md").read_text("utf-8")
    assert folder.name in (ROOT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")


def test_the_data_stay_small():
    total = sum(p.stat().st_size for p in files(DATA))
    assert total < LIMIT, f"data/ has {total:,} bytes"


def test_nothing_embedded_is_pickled():
    for path in files(DATA):
        assert path.suffix not in (".pkl", ".pickle", ".joblib"), path
        if path.suffix == ".npz":
            import numpy as np

            with np.load(path, allow_pickle=False) as arrays:
                for name in arrays.files:
                    assert arrays[name].dtype != object
            assert zipfile.is_zipfile(path)
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
