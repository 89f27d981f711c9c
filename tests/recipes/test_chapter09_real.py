"""Real recordings: measured here, or read from the record that says so."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy.io import wavfile

import tlcourse as tl
from tlcourse.datasets.acoustics import RATE
from tlcourse.errors import DataError
from tlcourse.recipes.chapter09_fsdd import read_recordings
from tlcourse.recipes.chapter09_real import AVERAGED, KEPT, RAW, SCRATCH, real_rows, recorded_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    time = np.arange(4_000) / RATE
    for s, speaker in enumerate(("ann", "bob", "cy")):
        for digit in range(10):
            for take in range(2):
                tone = 9_000 * np.sin(2 * np.pi * (300 + 250 * digit + 20 * s + take) * time)
                wavfile.write(folder / f"{digit}_{speaker}_{take}.wav", RATE, tone.astype(np.int16))
    network = tl.backbone(image_size=96, weights="random", seed=0)
    return real_rows(*read_recordings(folder, 2), network, {}, steps=1)


def test_every_way_has_a_number_an_interval_and_speakers(found):
    assert set(found.naive) == set(found.honest) == {RAW, AVERAGED, KEPT}
    assert set(found.few) == {RAW, AVERAGED, KEPT, SCRATCH}
    for rows in (found.naive, found.honest, found.few):
        for estimate, low, high in rows.values():
            assert 0 <= low <= estimate <= high <= 1
    assert set(found.by_speaker[RAW]) == {"ann", "bob", "cy"}
    assert found.honest[RAW][0] > 0.5
    assert len(found.verdicts["all"]) == 2
    assert all(RAW in sentence for sentence in found.verdicts["all"])
    assert found.made["where"].startswith("this computer")


def test_a_record_comes_back_as_it_was_written(found, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    assert recorded_rows(path) == found
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"record_chapter09\.py"):
        recorded_rows(path)


def test_the_record_that_ships_says_where_it_comes_from():
    shipped = recorded_rows()
    assert "not measured on this computer" in shipped.made["where"]
    assert shipped.made["script"] == "tools/record_chapter09.py"
    assert "FSDD" in shipped.made["data"]
    assert len(shipped.by_speaker[RAW]) == 6
    # More than luck for every way, and the naive split never reports less.
    for name, (estimate, low, _) in shipped.honest.items():
        assert low > 0.1, name
        if name in shipped.naive:
            assert shipped.naive[name][0] >= estimate
