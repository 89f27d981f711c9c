"""Every kind of picture file becomes the right RGB pixels, or is refused with a reason."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from tests.datasets import hostile
from tlcourse import runtime
from tlcourse.datasets.images import (
    MAX_PIXELS,
    ImageFiles,
    ResizedImages,
    UnusablePictureError,
    at_size,
    decode_image,
    read_file,
    read_image,
)
from tlcourse.errors import DataError

RAMP = np.linspace(0, 255, 16, dtype=np.uint8).reshape(4, 4)


def refused(data: bytes) -> str:
    with pytest.raises(UnusablePictureError) as caught:
        decode_image(data, "x.png", 32)
    assert str(caught.value).startswith("The picture x.png cannot be used: ")
    assert "Expected" in str(caught.value)
    return caught.value.reason


def test_plain_rgb_is_unchanged():
    picture = hostile.noise()
    assert np.array_equal(decode_image(hostile.encoded(picture), "x"), np.asarray(picture))


def test_sixteen_bit_gray_is_scaled_not_clipped():
    values = np.array([[0, 256, 32768], [40000, 65280, 65535]])
    pixels = decode_image(hostile.gray16(values), "x")
    assert np.array_equal(pixels[..., 0], [[0, 1, 128], [156, 255, 255]])
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_sixteen_bit_storage_of_eight_bit_values_is_kept():
    assert np.array_equal(decode_image(hostile.gray16(RAMP.astype(int)), "x")[..., 1], RAMP)


def test_sixteen_bit_tiff_and_big_endian():
    values = (RAMP.astype(np.uint16) << 8) + 7
    for mode in ("I;16", "I;16B"):
        raw = values.astype("<u2" if mode == "I;16" else ">u2").tobytes()
        image = Image.frombytes(mode, (4, 4), raw)
        assert np.array_equal(decode_image(hostile.encoded(image, "TIFF"), "x")[..., 0], RAMP)


def test_numbers_without_a_range_are_refused():
    wide = Image.fromarray(np.array([[0, 70_000]], np.int32))
    assert "32-bit" in refused(hostile.encoded(wide, "TIFF"))
    negative = Image.fromarray(np.array([[-5, 100]], np.int32))
    assert "32-bit" in refused(hostile.encoded(negative, "TIFF"))
    real = Image.fromarray(np.array([[0.5, 1.0]], np.float32))
    assert "floating-point" in refused(hostile.encoded(real, "TIFF"))


def test_cmyk_jpeg_shows_its_colors():
    red = Image.new("RGB", (40, 40), (200, 30, 40)).convert("CMYK")
    for size in (None, 32):
        pixels = decode_image(hostile.encoded(red, "JPEG", quality=95), "x", size)
        assert np.abs(pixels.mean((0, 1)) - (200, 30, 40)).max() < 4


def test_transparency_lies_on_white():
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2] = (250, 0, 0, 255)  # below, black but wholly transparent
    pixels = decode_image(hostile.encoded(Image.fromarray(rgba)), "x")
    assert np.array_equal(pixels[0, 0], (250, 0, 0))
    assert np.array_equal(pixels[3, 3], (255, 255, 255))
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert abs(int(decode_image(hostile.encoded(half), "x")[0, 0, 0]) - 127) <= 1
    gray = Image.new("LA", (4, 4), (0, 0))
    assert decode_image(hostile.encoded(gray), "x").min() == 255


def test_hidden_color_does_not_bleed_when_scaled():
    """Invisible pixels are black; a careless scaling would draw a dark rim."""
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[16:48, 16:48] = (255, 255, 255, 255)
    assert decode_image(hostile.encoded(Image.fromarray(rgba)), "x", 32).min() >= 250


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_palette_with_transparency(kind):
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((20, 180, 60, 255), (0, 0, 8, 4))
    image = image.quantize(4) if kind == "PNG" else image
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = decode_image(hostile.encoded(image, kind, **options), "x").astype(int)
    assert np.abs(pixels[0, 0] - (20, 180, 60)).max() < 12
    assert np.array_equal(pixels[7, 7], (255, 255, 255))


def test_palette_with_a_transparent_index():
    image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), mode="P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    pixels = decode_image(hostile.encoded(image, "PNG", transparency=0), "x")
    assert np.array_equal(pixels[0, 0], (255, 255, 255))
    assert np.array_equal(pixels[0, 1], (200, 100, 50))


def test_one_bit_and_gray():
    bits = Image.fromarray(RAMP > 100)
    assert set(np.unique(decode_image(hostile.encoded(bits), "x"))) == {0, 255}
    assert np.array_equal(decode_image(hostile.encoded(Image.fromarray(RAMP)), "x")[..., 0], RAMP)


def test_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (8, 8), c) for c in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = hostile.encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert np.array_equal(decode_image(data, "x")[4, 4], (250, 0, 0)), kind


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [None, 32])
def test_exif_orientation_is_applied(orientation, size):
    """A picture stored turned comes out upright, for all eight orientations."""
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:32, :32] = (255, 0, 0)  # top left
    upright[:32, 32:] = (0, 255, 0)  # top right
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    pixels = decode_image(hostile.encoded(image, "JPEG", quality=95, exif=exif), "x", size)
    q = len(pixels) // 4
    assert np.abs(pixels[q, q].astype(int) - (255, 0, 0)).max() < 40
    assert np.abs(pixels[q, 3 * q].astype(int) - (0, 255, 0)).max() < 40
    assert pixels[3 * q].max() < 40


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_picture():
    whole = hostile.encoded(hostile.noise(), "JPEG", exif=b"Exif\0\0" + b"II*\0\xff\xff\xff\xff")
    assert decode_image(whole, "x", 32).shape == (32, 32, 3)


def test_damaged_content_is_refused_with_its_reason(tmp_path):
    jpeg = hostile.encoded(hostile.noise(size=(200, 200)), "JPEG")
    assert refused(b"") == "it is empty (0 bytes)"
    assert refused(b"hello, this is a text\n" * 20) == "its content is not a picture"
    assert refused(b"<svg xmlns='http://www.w3.org/2000/svg'/>") == "its content is not a picture"
    assert "cut off" in refused(jpeg[: len(jpeg) // 2])
    png = hostile.encoded(hostile.noise(size=(200, 200)))
    assert "cut off" in refused(png[: len(png) // 2])
    assert "cut off" in refused(jpeg[:15])
    for kind in ("GIF", "WEBP", "TIFF", "BMP"):
        data = hostile.encoded(hostile.noise(size=(200, 200)), kind)
        assert refused(data[: len(data) // 2]), kind


def test_programs_disguised_as_pictures_never_reach_a_decoder_that_runs_them():
    assert refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n") == (
        "its content is not a picture"
    )


def test_nine_hundred_megapixels_are_refused_at_once():
    data = hostile.huge_png()
    assert len(data) < 1_000_000
    before, start = runtime.peak_memory_mb(), time.perf_counter()
    assert refused(data) == "it has more than 89,000,000 pixels"
    assert time.perf_counter() - start < 1
    assert runtime.peak_memory_mb() - before < 60


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_limit_is_on_pixels_not_on_bytes():
    side = int(MAX_PIXELS**0.5) // 100 * 100 + 100
    assert "9,500 x 9,500 pixels, more than 89,000,000" in refused(hostile.huge_png(side))


def test_a_very_long_strip_keeps_its_middle():
    strip = np.zeros((3, 3000, 3), np.uint8)
    strip[:, 1400:1600] = 255
    assert decode_image(hostile.encoded(Image.fromarray(strip)), "x", 32).min() == 255


def test_files_that_cannot_be_opened(tmp_path, monkeypatch):
    def reason(path):
        with pytest.raises(UnusablePictureError) as caught:
            read_image(path, 32)
        return caught.value.reason

    assert reason(tmp_path / "no.png") == "it cannot be opened (No such file or directory)"
    assert reason(tmp_path) == "it is a folder, not a file"
    assert "cannot be opened" in reason("a\0b.png")
    assert "cannot be opened" in reason("x" * 5000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        assert "pipe" in reason(tmp_path / "pipe.png"), "a pipe would be waited for, forever"
        assert "device" in reason("/dev/zero")
    path = hostile.write(tmp_path, "a.png", hostile.encoded(hostile.noise()))
    monkeypatch.setattr("tlcourse.datasets.images._MAX_BYTES", 10)
    assert "bytes, more than 10" in reason(path)

    def forbidden(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.undo()
    monkeypatch.setattr("pathlib.Path.read_bytes", forbidden)
    assert reason(path) == "it cannot be opened (Permission denied)"
    assert isinstance(UnusablePictureError("a", "b"), DataError)


def test_sources_give_the_same_pictures_however_asked(tmp_path):
    paths = hostile.fill(tmp_path, 5)
    source = ImageFiles(paths, 16)
    everything = source[:]
    assert everything.shape == (5, 16, 16, 3)
    assert everything.dtype == np.uint8
    assert np.array_equal(source[3], everything[3])
    assert np.array_equal(source[np.array([4, 0])], everything[[4, 0]])
    assert np.array_equal(source.subset(np.array([2]))[0], everything[2])
    assert at_size(source, 8)[0].shape == (8, 8, 3)
    assert source[np.array([], int)].shape == (0, 16, 16, 3)


def test_a_file_that_changes_after_it_was_checked_is_noticed(tmp_path):
    from hashlib import sha256

    paths = hostile.fill(tmp_path, 2)
    hashes = [sha256(read_file(p)).hexdigest() for p in paths]
    source = at_size(ImageFiles(paths, 16, hashes), 24)
    assert source[:].shape == (2, 24, 24, 3)
    paths[1].write_bytes(hostile.encoded(hostile.noise(99)))
    with pytest.raises(DataError, match="was changed while it was in use"):
        source.subset(np.array([1]))[0]


def test_arrays_are_resized_on_the_fly_and_wrong_ones_refused(rng):
    images = rng.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    small = at_size(images, 10)
    assert isinstance(small, ResizedImages)
    assert small[:].shape == (3, 10, 10, 3)
    assert at_size(small, 20)[1].shape == (20, 20, 3)
    assert at_size(images[:, :20, :20], 20) is not None
    for wrong in (images.astype(float), images[..., :1], images[0]):
        with pytest.raises(DataError, match="Expected pictures as uint8"):
            at_size(wrong, 10)


def test_warnings_of_the_decoder_are_not_errors():
    buffer = io.BytesIO()
    hostile.noise().save(buffer, "TIFF")
    assert decode_image(buffer.getvalue() + b"tail", "x", 16).shape == (16, 16, 3)
