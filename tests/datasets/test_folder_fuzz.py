"""Thousands of damaged pictures: each is read or skipped, and nothing else ever happens."""

from __future__ import annotations

import io
import os
import warnings

import numpy as np
import pytest
from PIL import Image

from tests.datasets import hostile
from tlcourse.datasets.folder import load_folder

KINDS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")


def seeds() -> list[bytes]:
    """Small whole pictures of every kind and mode."""
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = hostile.noise(1, (23, 17))
    pictures = [hostile.encoded(plain, kind) for kind in KINDS]
    pictures += [
        hostile.encoded(plain, "JPEG", exif=exif, progressive=True),
        hostile.encoded(plain.convert("CMYK"), "JPEG"),
        hostile.encoded(plain.convert("RGBA"), "PNG"),
        hostile.encoded(plain.quantize(8), "PNG", transparency=0),
        hostile.encoded(plain.convert("LA"), "PNG"),
        hostile.gray16(np.arange(300).reshape(15, 20) * 200),
        hostile.encoded(plain.convert("RGBA"), "WEBP", lossless=True),
        hostile.encoded(plain, "TIFF", compression="tiff_lzw"),
        hostile.encoded(plain.convert("I;16"), "TIFF"),
        hostile.encoded(plain, "GIF", save_all=True, append_images=[plain.rotate(90)]),
        hostile.encoded(plain, "AVIF") if "AVIF" in Image.registered_extensions().values() else b"",
    ]
    return [p for p in pictures if p]


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage one picture: flipped bytes, cut ends, lost, doubled or zeroed pieces."""
    raw = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        a, b = sorted(rng.integers(0, len(raw) + 1, 2)) if raw else (0, 0)
        match int(rng.integers(0, 7)):
            case 0:  # flip a few bytes, mostly in the head, where sizes and types are
                end = len(raw) if rng.random() < 0.4 else min(len(raw), 64)
                for at in rng.integers(0, max(end, 1), 4):
                    raw[at : at + 1] = bytes([int(rng.integers(0, 256))])
            case 1:
                del raw[a:]
            case 2:
                del raw[a : min(b, a + 40)]
            case 3:
                raw[a:a] = raw[a : min(b, a + 40)]
            case 4:
                raw[a : min(b, a + 8)] = bytes(min(b, a + 8) - a)
            case 5:
                raw[a : min(b, a + 4)] = b"\xff" * (min(b, a + 4) - a)
            case 6:
                raw[a:a] = rng.bytes(int(rng.integers(1, 20)))
    return bytes(raw)


def check_mutations(root, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    hostile.two_classes(root)
    originals = seeds()
    for i in range(n):
        hostile.write(root, f"cats/m{i}.jpg", mutated(originals[i % len(originals)], rng))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would reach the learner's screen
        dataset = load_folder(root, image_size=32)
    two_labels = sum("two labels" in s.reason for s in dataset.skipped)
    assert len(dataset) + len(dataset.skipped) == n + 8
    assert two_labels == 0
    skipped = len(dataset.skipped)
    assert 0.1 * n < skipped < 0.98 * n, "the mutations should spoil many, and not all"
    for note in dataset.skipped:
        assert note.reason
        assert "\n" not in note.reason
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert dataset.images[:].shape == (len(dataset), 32, 32, 3), "accepted, then unreadable"


def test_two_thousand_damaged_pictures(tmp_path):
    check_mutations(tmp_path / "pets", 2_000, seed=0)


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("TLCOURSE_TEST_MODE") != "normal", reason="set TLCOURSE_TEST_MODE=normal"
)
@pytest.mark.parametrize("seed", range(1, 6))
def test_ten_thousand_damaged_pictures(tmp_path, seed):
    check_mutations(tmp_path / "pets", 2_000, seed=seed)


def test_the_seeds_are_whole(tmp_path):
    for data in seeds():
        Image.open(io.BytesIO(data)).load()
    assert len(seeds()) >= 16
