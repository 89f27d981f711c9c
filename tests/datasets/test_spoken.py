"""The embedded spoken words."""

import hashlib

import numpy as np
import pytest

from tlcourse.datasets import spoken
from tlcourse.datasets.acoustics import CLEAN, Condition
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.spoken import CARD, DIGITS, load_spoken, read_clips
from tlcourse.errors import DataError
from tlcourse.paths import data_dir


@pytest.fixture(scope="module")
def target():
    return load_spoken()


@pytest.fixture(scope="module")
def source():
    return load_spoken(part="source")


def test_every_voice_says_every_word_equally_often(source, target):
    for data, voices, classes, rates in ((source, 8, 32, 2), (target, 16, 10, 3)):
        assert len(data) == voices * classes * rates
        assert len(np.unique(data.groups)) == voices
        pairs = np.unique(
            np.stack([data.groups, data.labels.astype(str)]), axis=1, return_counts=True
        )
        assert set(pairs[1].tolist()) == {rates}
    assert len(target) == CARD.n_items
    assert target.class_names == DIGITS
    assert sorted(set(target.domains)) == sorted(CARD.domains)


def test_parts_share_no_word_no_voice_and_no_variant(source, target):
    assert not set(source.class_names) & set(target.class_names)
    variants = [{voice.split("+")[1] for voice in data.groups} for data in (source, target)]
    assert not variants[0] & variants[1]
    assert not any("en-gb+" in voice for voice in [*source.groups, *target.groups])


def test_a_voice_has_one_accent(target):
    for voice in np.unique(target.groups):
        assert len(set(target.domains[target.groups == voice])) == 1


def test_labels_agree_with_the_ids(source, target):
    for data in (source, target):
        words = [key.split("/")[2].rsplit("_", 1)[0] for key in data.ids]
        assert words == [data.class_names[label] for label in data.labels]


def test_clips_are_distinct_trimmed_and_at_one_level():
    rows, clips = read_clips()
    assert len({clip.tobytes() for clip in clips}) == len(clips) == 992
    assert [len(clip) for clip in clips] == [int(row["samples"]) for row in rows]
    peaks = np.array([np.abs(clip).max() for clip in clips])
    np.testing.assert_allclose(peaks, 0.8, atol=1e-3)
    assert max(map(len, clips)) <= 7_600
    assert min(map(len, clips)) > 800
    assert max(abs(float(clip.mean())) for clip in clips) < 0.05


def test_sounds_are_seconds_of_float32(source, target):
    for data in (source, target):
        assert data.images.shape == (len(data), 8_000)
        assert data.images.dtype == np.float32
        assert np.abs(data.images).max() <= 1
    assert load_spoken(part="source", n_samples=7_856).images.shape == (512, 7_856)


def test_the_source_is_clean_and_the_target_is_not(source, target):
    silence = [(data.images == 0).mean() for data in (source, target)]
    assert silence[0] > 0.4
    assert silence[1] < 0.01
    clean = load_spoken(condition=CLEAN)
    assert (clean.images == 0).mean() > 0.4
    assert clean.ids == target.ids


def test_hashes_name_what_is_heard(target):
    assert target.hashes[3] == hash_pixels(target.images[3])
    assert len(set(target.hashes)) == len(target)
    other = load_spoken(condition=Condition(snr=5, reverb=0.3))
    assert not set(target.hashes) & set(other.hashes)
    assert load_spoken().hashes == target.hashes


def test_the_target_is_too_hard_for_an_average_spectrum_but_not_hopeless(target):
    """A quick stand-in for the calibration on the card: mean log spectrum, unseen voices."""
    from sklearn.linear_model import RidgeClassifier
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frames = target.images[:, : 31 * 256].reshape(len(target), 31, 256)
    bands = np.abs(np.fft.rfft(frames * np.hanning(256), axis=2))[:, :, 1:121].reshape(
        len(target), 31, 24, 5
    )
    features = np.log(bands.mean(axis=3) + 1e-3).reshape(len(target), -1)
    model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=1_000))
    # Folds as a list: another test may have switched on scikit-learn's metadata routing.
    unseen = list(GroupKFold(4).split(features, target.labels, target.groups))
    scores = cross_val_score(model, features, target.labels, cv=unseen)
    assert 0.25 < scores.mean() < 0.80


def test_an_unknown_part_is_refused():
    with pytest.raises(DataError, match="'source' or 'target'"):
        load_spoken(part="test")


@pytest.mark.parametrize("content", [None, b"PK\x03\x04broken", "flipped"])
def test_missing_or_damaged_files_say_what_to_do(content, tmp_path, monkeypatch):
    if content is not None:
        (tmp_path / "spoken.csv").write_bytes((data_dir() / "spoken" / "spoken.csv").read_bytes())
        whole = (data_dir() / "spoken" / "spoken.npz").read_bytes()
        damaged = whole[:900_000] + b"\0" * 100 + whole[900_100:]
        (tmp_path / "spoken.npz").write_bytes(damaged if content == "flipped" else content)
    monkeypatch.setattr(spoken, "_folder", lambda: tmp_path)
    with pytest.raises(DataError, match="restore the files with git"):
        read_clips.__wrapped__()


def test_the_card_states_size_and_checksum_of_the_files():
    files = sorted(p for p in (data_dir() / "spoken").iterdir() if p.name != "README.md")
    lines = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files)
    assert hashlib.sha256(lines.encode()).hexdigest() == CARD.sha256
    assert sum(p.stat().st_size for p in files) == CARD.n_bytes < 6_000_000
