"""Real speakers: each is tested by models that never heard them."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from tlcourse.datasets.acoustics import RATE
from tlcourse.recipes.chapter09_fsdd import (
    at_other_speeds,
    linear,
    one_take_each,
    read_recordings,
    recordings,
    speaker_scores,
)

MIRROR = Path(__file__).resolve().parents[3] / "shared" / "mirror"


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    time = np.arange(4_000) / RATE
    for s, speaker in enumerate(("ann", "bob", "cy")):
        for digit in range(10):
            for take in range(3):
                pitch = 300 + 250 * digit + 20 * s + 5 * take
                tone = (9_000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16)
                wavfile.write(folder / f"{digit}_{speaker}_{take}.wav", RATE, tone)
    return read_recordings(folder, 3)


def test_a_speaker_is_tested_by_models_of_the_others(few):
    data, spectrograms = few
    asked = []

    def fit(learn, test):
        asked.append((set(data.groups[learn]), set(data.groups[test])))
        return linear(spectrograms.mean(axis=2), data.labels)(learn, test)

    scores = speaker_scores("tones", data, fit)
    assert len(asked) == 3
    assert all(not learned & tested and len(tested) == 1 for learned, tested in asked)
    assert scores.hits.shape == (1, 90)
    assert scores.estimate > 0.8


def test_the_naive_split_mixes_speakers_and_every_clip_is_tested_once(few):
    data, _ = few
    tested = []

    def fit(learn, test):
        assert not set(learn) & set(test)
        assert set(data.groups[learn]) & set(data.groups[test])
        tested.extend(test)
        return data.labels[test]

    assert speaker_scores("oracle", data, fit, grouped=False).estimate == 1
    assert sorted(tested) == list(range(90))


def test_only_labeled_takes_are_learned_from(few):
    data, _ = few
    labeled = one_take_each(data)
    assert labeled.sum() == 30
    assert one_take_each(data, 2).sum() == 60

    def fit(learn, test):
        assert len(learn) == 20
        assert labeled[learn].all()
        return np.zeros(len(test), int)

    assert speaker_scores("zero", data, fit, labeled=labeled).estimate == pytest.approx(0.1)


def test_faster_recordings_are_higher(few):
    data, spectrograms = few
    slow, fast = at_other_speeds(data, (0.85, 1.2))
    low, own, high = (s[40].mean(axis=1).argmax() for s in (slow, spectrograms, fast))
    assert low < own < high


def test_without_a_mirror_there_are_none_and_nothing_is_fetched(monkeypatch):
    monkeypatch.delenv("TLCOURSE_MIRROR", raising=False)
    assert recordings(1) is None


def test_a_mirror_brings_them(monkeypatch):
    if not (MIRROR / "fsdd.tgz").is_file():
        pytest.skip("the recordings are not on this machine")
    monkeypatch.setenv("TLCOURSE_MIRROR", str(MIRROR))
    data, spectrograms = recordings(1)
    assert spectrograms.shape == (60, 48, 96)
    assert len(np.unique(data.groups)) == 6
