"""Build data/spoken: single spoken words, synthesized with espeak-ng.

    python tools/build_spoken_digits.py [--out data/spoken]

Needs the program `espeak-ng` (Debian: `apt-get install espeak-ng`). With the version
named on the card, running the script again gives the same bytes. The clips are clean:
position, room and noise are added when they are loaded (`tlcourse/datasets/acoustics.py`).
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _build import file_table, report, write_npz, write_text
from scipy.signal import resample_poly

RATE = 8_000
LONGEST = 7_600  # samples: every clip leaves room to move within a window of 0.98 s
SILENCE_DB = -45.0
MARGIN = 160  # samples (20 ms) kept before and after the sound
PEAK = 0.8

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# No digit and no word that sounds like one (to, for, ate, won).
WORDS = (
    *("yes", "no", "go", "stop", "up", "down", "left", "right", "on", "off", "house"),
    *("dog", "cat", "bird", "happy", "water", "apple", "table", "music", "green", "blue"),
    *("red", "open", "close", "morning", "paper", "window", "garden", "mother", "father"),
    *("coffee", "school"),
)
# Accent + variant = one voice. `en` is the British default: espeak-ng 1.51 ignores
# the variant in `en-gb+variant` without a word, so that name must not be used.
TARGET_VOICES = (
    *("en-gb-scotland+m2", "en-gb-scotland+f1", "en-gb-scotland+croak"),
    *("en-gb-x-gbclan+m4", "en-gb-x-gbclan+f5", "en-gb-x-gbclan+aunty"),
    *("en-gb-x-gbcwmd+m6", "en-gb-x-gbcwmd+f2"),
    *("en-029+m1", "en-029+f3", "en-029+grandma"),
    *("en-us-nyc+m8", "en-us-nyc+f4"),
    *("en-us+klatt2", "en-us+whisper", "en+klatt4"),
)
SOURCE_VOICES = (
    *("en+Annie", "en+adam", "en+m7", "en-us+Andrea", "en-us+max", "en-us+m3"),
    *("en-gb-x-rp+linda", "en-gb-x-rp+steph"),
)
ACCENTS = {
    "en": "British",
    "en-us": "American",
    "en-us-nyc": "New York",
    "en-gb-x-rp": "Received Pronunciation",
    "en-gb-scotland": "Scotland",
    "en-gb-x-gbclan": "Lancaster",
    "en-gb-x-gbcwmd": "West Midlands",
    "en-029": "Caribbean",
}
PARTS = {
    "source": (WORDS, SOURCE_VOICES, (145, 175)),
    "target": (DIGITS, TARGET_VOICES, (130, 160, 195)),
}


class Clip(NamedTuple):
    """One utterance: where it belongs and its samples, int16."""

    part: str
    word: str
    voice: str
    rate: int
    samples: np.ndarray


def synthesize(word: str, voice: str, rate: int) -> np.ndarray:
    """Return what espeak-ng says, float64 in [-1, 1] at 22,050 Hz."""
    command = ["espeak-ng", "-v", voice, "-s", str(rate), "--stdout", word]
    done = subprocess.run(command, capture_output=True, check=True)
    # The length in the header is wrong (the program streams), so cut the header by hand.
    start = done.stdout.index(b"data") + 8
    raw = done.stdout[start : start + (len(done.stdout) - start) // 2 * 2]
    return np.frombuffer(raw, dtype="<i2").astype(np.float64) / 32_768


def trim(sound: np.ndarray) -> np.ndarray:
    """Cut silence at both ends, keeping a margin of 20 ms."""
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() * 10 ** (SILENCE_DB / 20))
    return sound[max(loud[0] - MARGIN, 0) : loud[-1] + MARGIN]


def record(part: str, word: str, voice: str, rate: int) -> Clip:
    """Return one clip: 8 kHz, trimmed, peak at 0.8 of full scale."""
    sound = trim(resample_poly(synthesize(word, voice, rate), 160, 441))
    if len(sound) > LONGEST:
        raise SystemExit(f"'{word}' by {voice} at {rate} lasts {len(sound)} samples: too long.")
    scaled = sound * (PEAK / np.abs(sound).max())
    return Clip(part, word, voice, rate, np.round(scaled * 32_767).astype(np.int16))


def clips() -> Iterator[Clip]:
    """Say every word of both parts with every voice at every rate."""
    for part, (words, voices, rates) in PARTS.items():
        for voice in voices:
            for word in words:
                yield from (record(part, word, voice, rate) for rate in rates)


def check_distinct(everything: list[Clip]) -> None:
    """Refuse voices that are copies of each other: espeak-ng falls back silently."""
    first: dict[tuple[str, str, bytes], str] = {}
    for clip in everything:
        key = (clip.part, clip.word, clip.samples.tobytes())
        other = first.setdefault(key, f"{clip.voice} at {clip.rate}")
        if other != f"{clip.voice} at {clip.rate}":
            raise SystemExit(f"'{clip.word}': {clip.voice} at {clip.rate} equals {other}.")


def pack(everything: list[Clip]) -> dict[str, np.ndarray]:
    """Return the clips end to end as first differences, split into high and low bytes.

    Neighboring samples resemble each other, so differences are small numbers; with all
    high bytes in a row a general compressor does nearly as well as an audio codec.
    Differences wrap around in 16 bits, which makes the step lossless: undo it with a
    cumulative sum in int16.
    """
    joined = np.concatenate([clip.samples for clip in everything])
    steps = np.diff(joined, prepend=np.int16(0)).astype("<i2")
    planes = steps.view(np.uint8).reshape(-1, 2).T
    lengths = np.array([len(clip.samples) for clip in everything], dtype=np.int32)
    return {"low": planes[0], "high": planes[1], "lengths": lengths}


def index(everything: list[Clip]) -> str:
    """Return the table of clips as CSV, in the order of the samples."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("id", "part", "word", "voice", "accent", "rate", "samples"))
    for clip in everything:
        key = f"{clip.part}/{clip.voice}/{clip.word}_{clip.rate}"
        accent = ACCENTS[clip.voice.split("+")[0]]
        writer.writerow(
            (key, clip.part, clip.word, clip.voice, accent, clip.rate, len(clip.samples))
        )
    return buffer.getvalue()


CARD = """# Spoken words, synthesized

Single words at 8 kHz, 16 bit, one channel, without noise. Two parts that share no word and no voice
(British and American accents occur in both, in other voices):

| part | classes | voices | rates (words/min) | clips |
|---|---|---|---|---|
| source | 32 everyday words | 8 | 145, 175 | {n_source} |
| target | the ten digits | 16 in 7 accents | 130, 160, 195 | {n_target} |

{table}

`spoken.csv` lists the clips (id, part, word, voice, accent, rate, samples). `spoken.npz` holds
their samples in the same order, end to end ({seconds:.0f} s): `low` and `high` are the bytes of the
first differences (16 bit, wrapping), `lengths` the samples of each clip. The archive is compressed
with LZMA and lossless.

- **Source**: our own output of `{version}` (Debian package `espeak-ng`).
- **License**: CC0 1.0. The program itself is under GPL 3 or later, which does not extend to what it
  says.
- **Citation**: espeak-ng, https://github.com/espeak-ng/espeak-ng.
- **Built by**: `python tools/build_spoken_digits.py`: resampled to 8 kHz, silence below
  {silence:.0f} dB cut at both ends but for 20 ms, peak at {peak} of full scale.

**Difficulty is added by the loader**, from a seed for each clip, and is not in these files: a
random position in the window, a room (reverberation time 0.3 s), and noise (white, pink, or babble
of source words) at a stated signal-to-noise ratio.

**Measured**: accuracy of standardized logistic regression (after PCA to 150) on the pixels of a
log-mel picture (48 bands x 96 frames), ten digits, eight folds, chance 0.10.

| position | room | noise | folds | accuracy |
|---|---|---|---|---|
| centered | no | no | random | 0.96 |
| centered | no | no | unseen voices | 0.92 |
| random | no | no | unseen voices | 0.64 |
| random | 0.3 s | no | unseen voices | 0.74 |
| random | 0.3 s | 20 dB | unseen voices | 0.58 |
| random | 0.3 s | 10 dB (the default) | unseen voices | 0.52 |
| random | 0.3 s | 5 dB | unseen voices | 0.45 |
| random | 0.3 s | 0 dB | unseen voices | 0.38 |

At the default, single voices range from 0.20 to 0.73.

**Limits.** Synthetic voices of one program resemble each other more than people do; `whisper` and
`croak` are the odd ones. What wins here need not win on recordings of people.
"""


def build(out: Path) -> list[Path]:
    """Write audio, table and card into `out`; return the paths of audio and table."""
    if shutil.which("espeak-ng") is None:
        raise SystemExit("The program espeak-ng was not found: apt-get install espeak-ng.")
    version = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True)
    out.mkdir(parents=True, exist_ok=True)
    everything = list(clips())
    check_distinct(everything)
    write_npz(out / "spoken.npz", pack(everything), method=zipfile.ZIP_LZMA)
    write_text(out / "spoken.csv", index(everything))
    files = [out / "spoken.csv", out / "spoken.npz"]
    card = CARD.format(
        table=file_table(files),
        n_source=sum(c.part == "source" for c in everything),
        n_target=sum(c.part == "target" for c in everything),
        seconds=sum(len(c.samples) for c in everything) / RATE,
        version=version.stdout.split("  Data at")[0].strip().replace("text-to-speech: ", ""),
        silence=SILENCE_DB, peak=PEAK,
    )  # fmt: skip
    write_text(out / "README.md", card)
    return files


def main() -> None:
    """Build the files and print their sizes and checksums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/spoken"))
    report(build(parser.parse_args().out))


if __name__ == "__main__":
    main()
