"""Read picture files into the one form the course uses: uint8 RGB squares.

Real folders hold CMYK scans, 16-bit microscopy, transparent logos, rotated phone
photographs and half-copied files. Each is either turned into RGB correctly or
refused with a reason; nothing is guessed in silence.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from tlcourse import runtime
from tlcourse.errors import DataError

# Bump when the way from file to pixels changes: cached features then no longer match.
DECODING = "fit-bicubic-v1"
MAX_PIXELS = 89_000_000  # about 9,400 x 9,400; decoded, 268 MB
_BACKGROUND = (255, 255, 255)
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def read_image(path: str | Path, image_size: int | None = None) -> np.ndarray:
    """Read one picture file as RGB.

    Rotation by EXIF is applied, transparency is laid on white, 16 bits are scaled to
    8, and of an animation the first frame is taken.

    Args:
        path: The file.
        image_size: Side S of the square to return, pixels: the picture is scaled until
            it covers the square, and its middle is kept. None keeps the size.

    Returns:
        uint8 (S, S, 3), or (height, width, 3).

    Raises:
        DataError: If the file is missing or is not a whole, readable picture.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(
            f"The picture {path} cannot be read ({error.strerror}). Check its name and permissions."
        ) from error
    return decode_image(data, path, image_size)


def decode_image(data: bytes, path: str | Path, image_size: int | None = None) -> np.ndarray:
    """Decode the bytes of one picture file; see `read_image`."""
    reason = "it is empty (0 bytes)" if not data else ""
    try:
        if not reason:
            with Image.open(io.BytesIO(data)) as image:
                reason = _refusal(image)
                if not reason:
                    return np.asarray(_square(_to_rgb(image, image_size), image_size))
    except MemoryError:
        reason = "there is not enough memory to decode it"
    except Exception as error:  # Pillow's decoders raise nearly every kind for damaged files
        reason = _reason(error)
    raise DataError(
        f"The picture {path} cannot be used: {reason}. Expected a whole JPEG, PNG, GIF, BMP, TIFF "
        f"or WebP file; replace it or move it out of the folder."
    )


def _refusal(image: Image.Image) -> str:
    width, height = image.size
    if width * height > MAX_PIXELS:
        return f"it has {width:,} x {height:,} pixels, more than {MAX_PIXELS:,} in all"
    if image.mode == "F":
        return "its pixels are floating-point numbers without a known range"
    return ""


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MAX_PIXELS:,} pixels"
    if isinstance(error, Image.UnidentifiedImageError):
        return "its content is not a picture"
    text = str(error).split("\n")[0] or type(error).__name__
    if "truncated" in text or "broken data stream" in text or "EOF" in text:
        return "it is cut off or damaged"
    return f"it is damaged ({text})"


def _to_rgb(image: Image.Image, image_size: int | None) -> Image.Image:
    if image_size is not None and image.format == "JPEG":
        # JPEG decodes at 1/2, 1/4 or 1/8 directly; keep at least twice the target.
        image.draft("RGB" if image.mode != "CMYK" else "CMYK", (2 * image_size, 2 * image_size))
    image = ImageOps.exif_transpose(image)
    if image.mode in _SIXTEEN_BIT:
        values = np.asarray(image).astype(np.int64)
        if values.max(initial=0) > 255:
            values = values >> 8
        image = Image.fromarray(values.clip(0, 255).astype(np.uint8), mode="L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        pixels = image.convert("RGBA")
        paper = Image.new("RGBA", pixels.size, (*_BACKGROUND, 255))
        image = Image.alpha_composite(paper, pixels)
    return image.convert("RGB")


def _square(image: Image.Image, image_size: int | None) -> Image.Image:
    if image_size is None or image.size == (image_size, image_size):
        return image
    return ImageOps.fit(image, (image_size, image_size), Image.Resampling.BICUBIC)


class ImageFiles:
    """Picture files that are decoded when asked for: memory stays flat however many there are.

    Indexing with an int gives uint8 (S, S, 3); with a slice or an index array, uint8
    (k, S, S, 3), decoded on all cores.

    Args:
        paths: The files.
        image_size: Side S of the squares, pixels.
    """

    def __init__(self, paths: Sequence[Path], image_size: int) -> None:
        self.paths = tuple(Path(p) for p in paths)
        self.image_size = image_size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, (int, np.integer)):
            return read_image(self.paths[index], self.image_size)
        return self._take(np.arange(len(self))[index])

    def _take(self, rows: np.ndarray) -> np.ndarray:
        chosen = [self.paths[i] for i in rows]
        out = np.empty((len(chosen), self.image_size, self.image_size, 3), np.uint8)
        with ThreadPoolExecutor(runtime.cpu_count()) as pool:
            decoded = pool.map(lambda path: read_image(path, self.image_size), chosen)
            for row, picture in enumerate(decoded):
                out[row] = picture
        return out

    def subset(self, rows: np.ndarray) -> ImageFiles:
        """Return the files at `rows` without decoding them."""
        return ImageFiles([self.paths[i] for i in rows], self.image_size)

    def at_size(self, image_size: int) -> ImageFiles:
        """Return the same files decoded at another size."""
        return ImageFiles(self.paths, image_size)


class ResizedImages:
    """An array of pictures, handed out at another size without a second copy in memory."""

    def __init__(self, images: np.ndarray, image_size: int) -> None:
        self.images = images
        self.image_size = image_size

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, (int, np.integer)):
            return np.asarray(_square(Image.fromarray(self.images[index]), self.image_size))
        rows = np.arange(len(self))[index]
        empty = np.empty((0, self.image_size, self.image_size, 3), np.uint8)
        return np.stack([self[int(i)] for i in rows]) if len(rows) else empty


def at_size(images: Any, image_size: int) -> Any:
    """Return pictures as an `ImageSource` of squares of `image_size` pixels.

    Raises:
        DataError: If an array is not uint8 (n, height, width, 3).
    """
    if isinstance(images, (ImageFiles, ResizedImages)):
        source = images.images if isinstance(images, ResizedImages) else images
        return at_size(source, image_size) if source is not images else images.at_size(image_size)
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[-1] != 3 or array.dtype != np.uint8:
        raise DataError(
            f"Expected pictures as uint8 of shape (n, height, width, 3) in RGB, 0 to 255, but got "
            f"{array.dtype} of shape {array.shape}. Keep pictures as uint8 until the model; load "
            f"them with tl.load."
        )
    if array.shape[1:3] == (image_size, image_size):
        return array
    return ResizedImages(array, image_size)
