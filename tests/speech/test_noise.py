"""The ladder of conditions: paired, and at the level it says."""

import numpy as np
import pytest

from tlcourse.datasets.acoustics import Condition, active
from tlcourse.errors import DataError
from tlcourse.speech.log_mel import N_SAMPLES
from tlcourse.speech.noise import LADDER, hear, hear_one, many_views, noisy


@pytest.fixture(scope="module")
def quiet():
    return hear("target", Condition(reverb=0.3))


@pytest.mark.parametrize("snr", [20, 5])
def test_a_rung_differs_from_the_quiet_room_by_noise_of_its_level_only(quiet, snr):
    data, _ = quiet
    heard, _ = hear("target", noisy(float(snr)))
    unscaled = np.flatnonzero(np.abs(heard.images).max(axis=1) < 0.999)  # no sum was too loud
    assert len(unscaled) > 100
    for row in unscaled[::40]:
        clean, mixed = data.images[row].astype(float), heard.images[row].astype(float)
        on = active(clean)
        found = 10 * np.log10(np.mean(clean[on] ** 2) / np.mean((mixed - clean)[on] ** 2))
        assert found == pytest.approx(snr, abs=0.2)


def test_hearing_gives_spectrograms_of_the_whole_window(quiet):
    data, spectrograms = quiet
    assert data.images.shape == (480, N_SAMPLES)
    assert spectrograms.shape == (480, 48, 96)
    assert len(np.unique(data.groups)) == 16


def test_views_repeat_labels_and_move_the_words():
    spectrograms, labels, voices = many_views("source", [LADDER["clean"]] * 2)
    assert spectrograms.shape == (1024, 48, 96)
    np.testing.assert_array_equal(labels[:512], labels[512:])
    np.testing.assert_array_equal(voices[:512], voices[512:])
    assert (spectrograms[:512] != spectrograms[512:]).any(axis=(1, 2)).mean() > 0.9
    with pytest.raises(DataError, match="at least one"):
        many_views("source", [])


def test_the_ladder_goes_from_clean_to_loud():
    levels = [c.snr for c in LADDER.values()]
    assert levels == [None, 20.0, 10.0, 5.0, 0.0]


def test_one_clip_sounds_as_it_does_among_all(quiet):
    data, _ = quiet
    one = hear_one(data.ids[123], Condition(reverb=0.3))
    np.testing.assert_array_equal(one, data.images[123])
    with pytest.raises(DataError, match="no clip"):
        hear_one("target/nobody/one_130", LADDER["clean"])
