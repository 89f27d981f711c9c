"""Position, room and noise: what is added to a clean clip, and how exactly."""

import numpy as np
import pytest

from tlcourse.datasets.acoustics import (
    CLEAN,
    NOISES,
    Condition,
    active,
    degrade,
    impulse_response,
    make_noise,
    scaled_noise,
)
from tlcourse.errors import DataError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def word(rng):
    """Half a second of something loud with a quiet end."""
    envelope = np.concatenate([np.hanning(2_000), 0.3 * np.hanning(2_000)])
    return 0.5 * envelope * rng.standard_normal(4_000) / 4


@pytest.fixture
def babble(rng):
    return [rng.standard_normal(n) * 0.1 for n in (900, 3_000, 9_000)]


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("snr", [-5, 0, 10, 20])
def test_the_realized_ratio_is_the_one_asked_for(kind, snr, word, babble, rng):
    sound = np.concatenate([np.zeros(2_000), word, np.zeros(2_000)])
    noise = scaled_noise(sound, make_noise(kind, len(sound), rng, babble), snr)
    on = active(sound)
    realized = 10 * np.log10(np.mean(sound[on] ** 2) / np.mean(noise[on] ** 2))
    assert realized == pytest.approx(snr, abs=0.01)


def test_conditions_are_paired_by_clip(word, babble):
    def heard(snr):
        return degrade(word, Condition(snr=snr, reverb=0.3), key="a", babble=babble)

    room = degrade(word, Condition(reverb=0.3), key="a")
    loud, soft = heard(0) - room, heard(20) - room
    correlation = np.corrcoef(loud, soft)[0, 1]
    assert correlation > 0.999  # the same noise, at another level
    assert np.std(loud) / np.std(soft) == pytest.approx(10, rel=0.02)


def test_clips_share_no_position_and_no_noise(word):
    condition = Condition(snr=0, noise="white")
    a, b = (degrade(word, condition, key=key) - degrade(word, CLEAN, key=key) for key in "ab")
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.05
    starts = {int(np.flatnonzero(degrade(word, CLEAN, key=str(i)))[0]) for i in range(20)}
    assert len(starts) > 15


def test_the_seed_decides_everything(word, babble):
    def hear(seed):
        return degrade(word, Condition(snr=5, reverb=0.2), key="a", babble=babble, seed=seed)

    np.testing.assert_array_equal(hear(1), hear(1))
    assert not np.array_equal(hear(1), hear(2))


def test_a_clean_clip_is_only_moved(word):
    out = degrade(word, CLEAN, key="a", n_samples=6_000)
    start = int(np.flatnonzero(np.abs(out) > 0)[0]) - int(np.flatnonzero(word)[0])
    np.testing.assert_array_equal(out[start : start + len(word)], word.astype(np.float32))
    assert np.count_nonzero(out) == np.count_nonzero(word.astype(np.float32))
    centered = degrade(word, Condition(shift=False), key="a", n_samples=6_000)
    np.testing.assert_array_equal(centered[1_000:5_000], word.astype(np.float32))


def test_a_long_clip_keeps_its_loudest_stretch():
    clip = np.zeros(10_000)
    clip[7_000:8_000] = 0.5
    out = degrade(clip, CLEAN, key="a", n_samples=2_000)
    assert np.count_nonzero(out) == 1_000


def test_the_room_fades_by_sixty_decibels(rng):
    energy = np.mean([impulse_response(0.4, rng) ** 2 for _ in range(200)], axis=0)
    early, late = energy[1:81].mean(), energy[-80:].mean()
    expected = 60 * (1 - 80 / 3_200)
    assert 10 * np.log10(early / late) == pytest.approx(expected, abs=1)
    assert 1 / energy[1:].sum() == pytest.approx(10**0.3, rel=1e-6)


def test_pink_noise_has_equal_power_in_each_octave(rng):
    power = np.mean(
        [np.abs(np.fft.rfft(make_noise("pink", 8_000, rng))) ** 2 for _ in range(50)], 0
    )
    octaves = [power[low : 2 * low].sum() for low in (250, 500, 1_000, 2_000)]
    assert max(octaves) / min(octaves) < 1.1


@pytest.mark.parametrize("snr", [None, -20])
def test_the_result_is_float32_within_one(snr, word, babble):
    out = degrade(word * 40, Condition(snr=snr, reverb=0.3), key="a", babble=babble)
    assert out.dtype == np.float32
    assert np.abs(out).max() <= 1


def test_silence_and_nothing_stay_silent(babble):
    for clip in (np.zeros(100), np.zeros(0)):
        out = degrade(clip, Condition(snr=0, reverb=0.3), key="a", babble=babble)
        assert out.shape == (8_000,)
        assert not out.any()


def test_babble_needs_voices(word):
    with pytest.raises(DataError, match="babble="):
        degrade(word, Condition(snr=0, noise="babble"), key="a")


@pytest.mark.parametrize("wrong", [{"noise": "brown"}, {"reverb": -1}, {"snr": float("nan")}])
def test_impossible_conditions_are_refused(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        Condition(**wrong)
