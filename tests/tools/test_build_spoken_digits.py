"""The build script of the spoken words."""

import importlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from rebuild import ROOT, differing, folder, run


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("build_spoken_digits")
    finally:
        sys.path.pop(0)


def need_espeak():
    """Skip unless the synthesizer of the card is installed."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("the program espeak-ng is not installed")
    done = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True)
    if " 1.51 " not in done.stdout:
        pytest.skip(f"the clips were made with espeak-ng 1.51, here is {done.stdout.strip()}")


@pytest.mark.slow
def test_building_again_gives_the_committed_bytes(tmp_path):
    need_espeak()
    assert (
        differing(folder(ROOT / "data" / "spoken"), run("build_spoken_digits.py", tmp_path)) == []
    )


def test_the_same_word_is_said_the_same_way_twice(script):
    need_espeak()
    for voice in ("en-us+whisper", "en-029+grandma"):
        one, two = (script.record("target", "zero", voice, 160) for _ in range(2))
        np.testing.assert_array_equal(one.samples, two.samples)
        assert np.abs(one.samples).max() == round(0.8 * 32_767)


def test_a_voice_that_falls_back_to_another_is_refused(script):
    sound = np.arange(9, dtype=np.int16)
    clips = [script.Clip("target", "one", voice, 160, sound) for voice in ("en-gb", "en-gb+f2")]
    with pytest.raises(SystemExit, match=r"en-gb\+f2 at 160 equals en-gb at 160"):
        script.check_distinct(clips)


def test_packing_loses_nothing_even_where_differences_wrap(script):
    wild = np.array([32_767, -32_768, 0, 5, -32_768, 32_767], dtype=np.int16)
    clips = [script.Clip("target", "one", "v", 1, s) for s in (wild, wild[::-1], wild[:1])]
    packed = script.pack(clips)
    steps = np.stack([packed["low"], packed["high"]], axis=1).view("<i2")[:, 0]
    joined = np.cumsum(steps, dtype=np.int16)
    for clip, part in zip(clips, np.split(joined, np.cumsum(packed["lengths"])[:-1]), strict=True):
        np.testing.assert_array_equal(part, clip.samples)


def test_silence_is_cut_but_for_a_margin(script):
    sound = np.zeros(4_000)
    sound[1_000:2_000] = 0.5
    assert len(script.trim(sound)) == 1_000 + 2 * script.MARGIN - 1
