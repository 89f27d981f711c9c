"""Files that real folders hold: whole, odd, damaged and dangerous."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(seed: int = 0, size: tuple[int, int] = (24, 18), color=(90, 140, 190)) -> Image.Image:
    rng = np.random.default_rng(seed)
    pixels = np.array(color) + rng.integers(-30, 31, (size[1], size[0], 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def fill(folder: Path, n: int = 3, *, seed: int = 0, color=(90, 140, 190)) -> list[Path]:
    """Write n different small pictures."""
    return [
        write(folder, f"p{seed}_{i}.png", encoded(noise(seed * 1000 + i, color=color)))
        for i in range(n)
    ]


def two_classes(root: Path, n: int = 4) -> Path:
    fill(root / "cats", n, seed=1)
    fill(root / "dogs", n, seed=2)
    return root


def png(header: bytes, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    parts = chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def huge_png(side: int = 30_000) -> bytes:
    """A valid PNG of side x side pixels, one bit each: 112 MB of pixels in 110 KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + -(-side // 8))
    body = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    return png(struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0), body)


def gray16(values: np.ndarray) -> bytes:
    """A 16-bit gray PNG, written by hand so that no library can scale it on the way."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0), zlib.compress(rows))
