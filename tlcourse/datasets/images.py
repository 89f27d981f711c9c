"""Read picture files into the one form the course uses: uint8 RGB squares.

Real folders hold CMYK scans, 16-bit microscopy, transparent logos, rotated phone
photographs and half-copied files. Each is either turned into RGB correctly or
refused with a reason; nothing is guessed in silence.
"""

from __future__ import annotations

import hashlib
import io
import stat
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from tlcourse import runtime
from tlcourse.errors import DataError

# Bump when the way from file to pixels changes: cached features then no longer match.
DECODING = "fit-bicubic-v2"
MAX_PIXELS = 89_000_000  # about 9,400 x 9,400; decoded, 268 MB
_MAX_BYTES = 500_000_000  # a larger file is a film or a disk image, whatever its name says
_BACKGROUND = (255, 255, 255)
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
# Only these decoders ever see a file: others start programs (EPS) or are seldom looked after.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF")
# Large pictures take turns, so that memory holds one of them and not one for each core.
_LARGE_PIXELS = 16_000_000
_LARGE_TURN = threading.Lock()


class UnusablePictureError(DataError):
    """A file that is not a whole, readable picture.

    Args:
        path: The file, as it should be named to the user.
        reason: Why, such as "it is empty (0 bytes)".
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The picture {path} cannot be used: {reason}. Expected a whole JPEG, PNG, GIF, BMP, "
            f"TIFF or WebP file; replace it, or check its name and place."
        )


def read_image(path: str | Path, image_size: int | None = None) -> np.ndarray:
    """Read one picture file as RGB.

    Rotation by EXIF is applied, transparency is laid on white, and of an animation the
    first frame is taken. Of 16 bits the upper 8 are kept; a picture without any value
    above 255 holds 8-bit values in 16-bit storage, and these are kept as they are.

    Args:
        path: The file.
        image_size: Side S of the square to return, pixels: the picture is scaled until
            it covers the square, and its middle is kept. None keeps the size.

    Returns:
        uint8 (S, S, 3), or (height, width, 3).

    Raises:
        UnusablePictureError: If the file is missing or is not a whole, readable picture.
    """
    return decode_image(read_file(path), path, image_size)


def read_file(path: str | Path) -> bytes:
    """Return the bytes of an ordinary file; never wait on a pipe or read a device.

    Raises:
        UnusablePictureError: If it cannot be opened, is no ordinary file, or is huge.
    """
    try:
        facts = Path(path).stat()
        if not stat.S_ISREG(facts.st_mode):
            kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "a pipe, socket or device"
            raise UnusablePictureError(path, f"it is {kind}, not a file")
        if facts.st_size > _MAX_BYTES:
            raise UnusablePictureError(
                path, f"it has {facts.st_size:,} bytes, more than {_MAX_BYTES:,}"
            )
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        why = getattr(error, "strerror", None) or "not a possible file name"
        raise UnusablePictureError(path, f"it cannot be opened ({why})") from error


def decode_image(data: bytes, path: str | Path, image_size: int | None = None) -> np.ndarray:
    """Decode the bytes of one picture file; see `read_image`."""
    reason = "it is empty (0 bytes)" if not data else ""
    try:
        if not reason:
            with Image.open(io.BytesIO(data), formats=_known_formats()) as image:
                reason = _refusal(image)
                if not reason:
                    is_large = image.width * image.height > _LARGE_PIXELS
                    with _LARGE_TURN if is_large else nullcontext():
                        return np.asarray(_to_square(image, image_size))
    except MemoryError:
        reason = "there is not enough memory to decode it"
    except Exception as error:  # Pillow's decoders raise nearly every kind for damaged files
        reason = _reason(error)
    raise UnusablePictureError(path, reason)


def _known_formats() -> list[str]:
    """Return the formats that this build of Pillow can read; AVIF came late."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


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
    if isinstance(error, UnusablePictureError):
        return error.reason
    text = str(error).split("\n")[0] or type(error).__name__
    if any(sign in text.lower() for sign in ("truncated", "broken data stream", "eof")):
        return "it is cut off or damaged"
    return f"it is damaged ({text})"


def _to_square(image: Image.Image, image_size: int | None) -> Image.Image:
    """Scale first and convert then: a transparent scan of 80 megapixels stays in memory once."""
    if image_size is not None and image.format in ("JPEG", "MPO"):
        # JPEG decodes at 1/2, 1/4 or 1/8 directly; keep at least twice the target.
        image.draft("RGB" if image.mode != "CMYK" else "CMYK", (2 * image_size, 2 * image_size))
    image.load()
    image = _upright(image)
    if image.mode in _SIXTEEN_BIT:
        image = _to_eight_bits(image)
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        image = _square(image.convert("RGBA"), image_size)
        paper = Image.new("RGBA", image.size, (*_BACKGROUND, 255))
        return Image.alpha_composite(paper, image).convert("RGB")
    return _square(image.convert("RGB"), image_size)


def _upright(image: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF says; damaged EXIF is left aside, as every viewer does."""
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:  # EXIF readers raise nearly every kind for damaged blocks
        return image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if low < 0 or high > 65535:
        raise UnusablePictureError("", "its pixels are 32-bit whole numbers without a known range")
    if high > 255:
        values = values >> 8
    return Image.fromarray(values.astype(np.uint8))


def _square(image: Image.Image, image_size: int | None) -> Image.Image:
    if image_size is None or image.size == (image_size, image_size):
        return image
    return ImageOps.fit(image, (image_size, image_size), Image.Resampling.BICUBIC)


@contextmanager
def worker_threads() -> Iterator[ThreadPoolExecutor]:
    """Give one thread for each core; on an interruption, drop what has not begun."""
    pool = ThreadPoolExecutor(runtime.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class ImageFiles:
    """Picture files that are decoded when asked for: memory stays flat however many there are.

    Indexing with an int gives uint8 (S, S, 3); with a slice or an index array, uint8
    (k, S, S, 3), decoded on all cores.

    Args:
        paths: The files.
        image_size: Side S of the squares, pixels.
        hashes: SHA-256 (hex) that each file must still have when it is read: what is
            computed from it is kept under that name. None reads whatever is there.
    """

    def __init__(
        self, paths: Sequence[Path], image_size: int, hashes: Sequence[str] | None = None
    ) -> None:
        self.paths = tuple(Path(p) for p in paths)
        self.image_size = image_size
        self.hashes = None if hashes is None else tuple(hashes)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, (int, np.integer)):
            return self._read(int(index))
        return self._take(np.arange(len(self))[index])

    def _read(self, row: int) -> np.ndarray:
        data = read_file(self.paths[row])
        if self.hashes is not None and hashlib.sha256(data).hexdigest() != self.hashes[row]:
            raise DataError(
                f"The picture {self.paths[row]} was changed while it was in use. Start again when "
                f"nothing writes to the folder any more."
            )
        return decode_image(data, self.paths[row], self.image_size)

    def _take(self, rows: np.ndarray) -> np.ndarray:
        out = np.empty((len(rows), self.image_size, self.image_size, 3), np.uint8)
        with worker_threads() as pool:
            for i, picture in enumerate(pool.map(self._read, map(int, rows))):
                out[i] = picture
        return out

    def subset(self, rows: np.ndarray) -> ImageFiles:
        """Return the files at `rows` without decoding them."""
        hashes = None if self.hashes is None else [self.hashes[i] for i in rows]
        return ImageFiles([self.paths[i] for i in rows], self.image_size, hashes)

    def at_size(self, image_size: int) -> ImageFiles:
        """Return the same files decoded at another size."""
        return ImageFiles(self.paths, image_size, self.hashes)


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
