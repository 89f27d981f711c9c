"""Reading a folder of real recordings."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from tlcourse.datasets.acoustics import Condition
from tlcourse.datasets.fsdd_audio import CARD, load_fsdd, read_wav
from tlcourse.errors import DataError

MIRROR = Path(__file__).resolve().parents[3] / "shared" / "mirror" / "fsdd.tgz"


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "deep").mkdir()
    for speaker in ("ann", "bob"):
        for digit in range(10):
            for take in range(2):
                sound = (rng.uniform(-1, 1, 3_000 + 4_000 * take) * 9_000).astype(np.int16)
                wavfile.write(tmp_path / "deep" / f"{digit}_{speaker}_{take}.wav", 8_000, sound)
    return tmp_path


def test_names_give_digit_and_speaker(folder):
    data = load_fsdd(folder)
    assert len(data) == 40
    assert data.images.shape == (40, 8_000)
    assert data.ids[0] == "deep/0_ann_0.wav"
    assert data.class_counts == dict.fromkeys(CARD.classes, 4)
    assert set(data.groups) == set(data.domains) == {"ann", "bob"}
    assert data.skipped == ()


def test_a_recording_is_centered_and_unchanged(folder):
    data = load_fsdd(folder, takes=[0])
    _, raw = wavfile.read(folder / data.ids[5])
    np.testing.assert_allclose(data.images[5, 2_500:5_500], raw / 32_768, atol=1e-6)
    assert not data.images[5, :2_500].any()


def test_takes_and_conditions(folder):
    assert len(load_fsdd(folder, takes=range(1))) == 20
    noisy = load_fsdd(folder, condition=Condition(snr=10, reverb=0.3))
    assert (noisy.images == 0).mean() < 0.01
    assert noisy.hashes != load_fsdd(folder).hashes


def test_unusable_files_are_listed_with_a_reason(folder):
    tone = np.full(800, 900, dtype=np.int16)
    wavfile.write(folder / "1_cat_0.wav", 16_000, tone)
    wavfile.write(folder / "2_cat_0.wav", 8_000, np.stack([tone, tone], axis=1))
    wavfile.write(folder / "3_cat_0.wav", 8_000, tone[:0])
    wavfile.write(folder / "4_cat_0.wav", 8_000, tone * 0)
    wavfile.write(folder / "5_cat_0.wav", 8_000, np.full(9, np.nan, dtype=np.float32))
    (folder / "6_cat_0.wav").write_bytes(b"not a sound")
    (folder / "7_cat_0.wav").write_bytes(b"")
    loud = np.clip(90_000 * np.sin(np.arange(800) / 5), -32_768, 32_767).astype(np.int16)
    wavfile.write(folder / "8_cat_0.wav", 8_000, loud)
    (folder / "notes.wav").write_bytes(b"another name is not our business")
    data = load_fsdd(folder)
    assert len(data) == 40
    reasons = {s.path[0]: s.reason for s in data.skipped}
    assert sorted(reasons) == list("12345678")
    expected = (
        *("16000 Hz", "2 channels", "empty", "silent"),
        *("not numbers", "readable", "readable", "is clipped: 7"),
    )
    for key, words in zip("12345678", expected, strict=True):
        assert words in reasons[key]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_every_sample_format_gives_the_same_sound(dtype, tmp_path):
    wave = 0.5 * np.sin(np.arange(400) / 5)
    scale = {np.uint8: 127, np.int16: 32_767, np.int32: 2**31 - 1, np.float32: 1}[dtype]
    offset = 128 if dtype is np.uint8 else 0
    wavfile.write(tmp_path / "a.wav", 8_000, (wave * scale + offset).astype(dtype))
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav"), wave, atol=0.02)


def test_a_wrong_folder_says_what_to_pass(tmp_path):
    with pytest.raises(DataError, match="tlcourse data fetch fsdd"):
        load_fsdd(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"7_jackson_32\.wav"):
        load_fsdd(tmp_path)


def test_the_real_recordings(tmp_path):
    if not MIRROR.is_file():
        pytest.skip(f"{MIRROR.name} is not in ../shared/mirror")
    with tarfile.open(MIRROR) as archive:
        archive.extractall(tmp_path, filter="data")
    data = load_fsdd(tmp_path)
    assert len(data) == CARD.n_items
    assert data.skipped == ()
    assert sorted(set(data.groups)) == sorted(CARD.domains)
    assert set(data.class_counts.values()) == {300}
    assert len(set(data.hashes)) >= 2_990
