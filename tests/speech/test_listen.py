"""Players: readable wav files at a bearable level."""

import base64
import io
import re

import numpy as np
import pytest
from scipy.io import wavfile

from tlcourse.errors import DataError
from tlcourse.speech.listen import player, players, wav_bytes


def test_a_clip_comes_back_at_half_of_full_scale(rng):
    sound = 0.01 * rng.normal(size=800)
    rate, samples = wavfile.read(io.BytesIO(wav_bytes(sound)))
    assert rate == 8_000
    assert np.abs(samples).max() == pytest.approx(16_384, abs=2)
    assert np.corrcoef(samples, sound)[0, 1] > 0.999
    assert not wavfile.read(io.BytesIO(wav_bytes(np.zeros(9))))[1].any()


def test_players_hold_the_sound_and_an_escaped_label(rng):
    text = players({"a < b": rng.normal(size=300), "c": rng.normal(size=300)})
    assert text.count("<audio") == 2
    assert "a &lt; b" in text
    assert "autoplay" not in text
    data = base64.b64decode(re.search(r"base64,([^\"]+)", player(np.ones(300), "x"))[1])
    assert wavfile.read(io.BytesIO(data))[1].shape == (300,)


@pytest.mark.parametrize("wrong", [np.zeros((2, 9)), np.zeros(0), np.array([np.nan])])
def test_what_is_not_a_clip_is_refused(wrong):
    with pytest.raises(DataError, match="one row"):
        wav_bytes(wrong)
