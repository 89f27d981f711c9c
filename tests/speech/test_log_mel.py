"""The front end: frames, bands, levels, and what is refused."""

import numpy as np
import pytest

from tlcourse.datasets.acoustics import RATE
from tlcourse.errors import DataError
from tlcourse.speech import BANDS, FRAMES, N_SAMPLES, band_centers, count_frames, log_mel
from tlcourse.speech.log_mel import mel_filters, to_hertz, to_mel


def tone(hertz, samples=N_SAMPLES):
    return np.sin(2 * np.pi * hertz * np.arange(samples) / RATE).astype(np.float32)[None]


def test_the_window_gives_96_frames_and_48_bands(rng):
    assert count_frames(N_SAMPLES) == FRAMES == 96
    assert log_mel(rng.normal(size=(3, N_SAMPLES))).shape == (3, BANDS, FRAMES)
    assert count_frames(N_SAMPLES - 1) == 95
    assert count_frames(256) == 1


@pytest.mark.parametrize("hertz", [200, 700, 1_500, 3_000])
def test_a_tone_lights_up_its_own_band(hertz):
    loudest = log_mel(tone(hertz))[0].mean(axis=1).argmax()
    assert abs(int(loudest) - int(np.abs(band_centers() - hertz).argmin())) <= 1


def test_every_band_hears_something_and_too_many_bands_are_refused():
    assert (mel_filters().sum(axis=1) > 0).all()
    with pytest.raises(DataError, match="hold no frequency"):
        mel_filters(256)


def test_loudness_changes_nothing(rng):
    sound = rng.normal(size=(1, N_SAMPLES)) * np.linspace(0.01, 1, N_SAMPLES)
    np.testing.assert_allclose(log_mel(sound), log_mel(0.2 * sound), atol=1e-5)


def test_values_are_levels_between_the_floor_and_the_maximum(rng):
    sound = rng.normal(size=(2, N_SAMPLES)) * np.geomspace(1e-4, 1, N_SAMPLES)
    deep, shallow = log_mel(sound, floor=-60), log_mel(sound, floor=-30)
    assert deep.min() == 0
    assert deep.max() == shallow.max() == 1
    # The same decibels on another scale, cut at the higher floor.
    np.testing.assert_allclose(shallow, np.maximum(0, 2 * deep - 1), atol=1e-5)


def test_half_the_amplitude_is_six_decibels_lower():
    sound = np.concatenate([tone(1_000, 3_928), 0.5 * tone(1_000, 3_928)], axis=1)
    picture = log_mel(sound)[0]
    band = picture.mean(axis=1).argmax()
    drop = 60 * (picture[band, 20] - picture[band, 76])
    assert drop == pytest.approx(6.02, abs=0.1)


def test_silence_is_black_and_no_clips_are_no_pictures():
    assert not log_mel(np.zeros((1, N_SAMPLES), np.float32)).any()
    assert log_mel(np.zeros((0, N_SAMPLES), np.float32)).shape == (0, BANDS, FRAMES)


def test_mel_and_hertz_are_inverse():
    np.testing.assert_allclose(to_hertz(to_mel(np.array([60.0, 1_000, 3_900]))), [60, 1_000, 3_900])


@pytest.mark.parametrize(
    ("sounds", "floor", "words"),
    [
        (np.zeros(N_SAMPLES, np.float32), -60, "shape"),
        (np.zeros((1, N_SAMPLES), np.int16), -60, "int16"),
        (np.zeros((1, 100), np.float32), -60, "window needs"),
        (np.full((1, N_SAMPLES), np.nan), -60, "not numbers"),
        (np.zeros((1, N_SAMPLES)), 3, "-120 to -1"),
    ],
)
def test_what_is_not_a_table_of_clips_is_refused(sounds, floor, words):
    with pytest.raises(DataError, match=words):
        log_mel(sounds, floor=floor)
