"""Draw colored letters: the source task of the small backbone, made of nothing but fonts.

A picture shows one letter of three alphabets in one of eight colors and one of six fill
patterns, turned, squeezed and shifted, on a plain, shaded or noisy ground. The fonts come
with Matplotlib. No photograph, no emoji and no digit is in it, so every data set of the
course stays new to the network that learns from it.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Letters that look different in every font; of look-alikes (A in all three alphabets, Cyrillic
# ze and the digit 3) at most one is here.
LETTERS = tuple(
    "ABCDEFGHJKLMNPQRSTUVWXYZ" + "abdefghmqrt" + "ΓΔΘΛΞΠΣΦΨΩαγδεζηλμξπφψω" + "БДЖИЛЦШЫЭЮЯ"
)
PATTERNS = ("plain", "shaded", "striped", "checked", "dotted", "noisy")
COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "pink")
_HUES = (0.0, 0.08, 0.16, 0.33, 0.5, 0.63, 0.76, 0.9)
TRAINING_FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono",
    "DejaVuSansMono-BoldOblique", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic",
    "STIXGeneral", "STIXGeneralBolIta", "STIXGeneralItalic",
)  # fmt: skip
HELD_OUT_FONTS = ("DejaVuSansMono-Bold", "DejaVuSerif-BoldItalic", "STIXGeneralBol")
_CONTRAST = 90.0  # smallest mean distance of a fill from its ground, 0 to 441


@dataclass(frozen=True)
class Drawings:
    """Pictures and what they show.

    Args:
        images: uint8 (n, side, side, 3), RGB.
        letters: Index into `LETTERS`, int64 (n,).
        patterns: Index into `PATTERNS`, int64 (n,).
        colors: Index into `COLORS`, int64 (n,).
    """

    images: np.ndarray
    letters: np.ndarray
    patterns: np.ndarray
    colors: np.ndarray

    def labels(self) -> dict[str, np.ndarray]:
        """Return the right answers by the name of the task."""
        return {"letter": self.letters, "pattern": self.patterns, "color": self.colors}


def draw_letters(
    n: int, rng: np.random.Generator, *, fonts: tuple[str, ...] = TRAINING_FONTS, side: int = 64
) -> Drawings:
    """Draw `n` pictures; about 0.5 ms each."""
    letters = rng.integers(len(LETTERS), size=n)
    patterns = rng.integers(len(PATTERNS), size=n)
    colors = rng.integers(len(COLORS), size=n)
    images = np.empty((n, side, side, 3), np.uint8)
    for i in range(n):
        font = fonts[rng.integers(len(fonts))]
        mask = _mask(LETTERS[letters[i]], font, rng, side)
        if rng.random() < 0.25:
            mask = _outline(mask, rng)
        images[i] = _color(mask, PATTERNS[patterns[i]], _HUES[colors[i]], rng)
    return Drawings(images, letters, patterns, colors)


@lru_cache(maxsize=512)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{name}.ttf"), size, layout_engine=0)


def _mask(letter: str, font: str, rng: np.random.Generator, side: int) -> Image.Image:
    """Return how much of each pixel the letter covers, 0 to 255."""
    size = int(side * rng.uniform(0.6, 1.2))
    face = _font(font, size)
    left, top, right, bottom = face.getbbox(letter)
    canvas = Image.new("L", (2 * side, 2 * side))
    place = (side - (left + right) / 2, side - (top + bottom) / 2)
    ImageDraw.Draw(canvas).text(place, letter, fill=255, font=face)
    angle, (wide, high) = np.deg2rad(rng.uniform(-20, 20)), rng.uniform(0.75, 1.15, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = turn @ np.diag([1 / wide, 1 / high])  # from a pixel of the result to the canvas
    shift = side - back @ (side / 2 + rng.uniform(-0.1, 0.1, 2) * side)
    terms = (*back[0], shift[0], *back[1], shift[1])
    return canvas.transform((side, side), Image.Transform.AFFINE, terms, Image.Resampling.BILINEAR)


def _outline(mask: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Keep the rim of a letter, 2 or 3 pixels wide."""
    inside = mask.filter(ImageFilter.MinFilter(3 + 2 * int(rng.integers(2))))
    rim = np.asarray(mask, np.int16) - np.asarray(inside, np.int16)
    return Image.fromarray(rim.clip(0, 255).astype(np.uint8))


def _color(mask: Image.Image, pattern: str, hue: float, rng: np.random.Generator) -> np.ndarray:
    """Put a filled letter on a ground that it stands out from."""
    side = mask.size[0]
    while True:
        fill = _fill(pattern, hue, rng, side)
        ground = _ground(rng, side)
        if np.linalg.norm((fill - ground).mean((0, 1))) > _CONTRAST:
            break
    share = np.asarray(mask, np.float32)[..., None] / 255
    mixed = ground + share * (fill - ground)
    if rng.random() < 0.5:
        mixed += rng.normal(0, rng.uniform(2, 10), mixed.shape)
    return mixed.clip(0, 255).astype(np.uint8)


def _shade(hue: float, saturation: float, value: float) -> np.ndarray:
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), np.float32)


def _fill(pattern: str, hue: float, rng: np.random.Generator, side: int) -> np.ndarray:
    """Return float32 (side, side, 3): two tones of one hue, mixed by the pattern."""
    hue = hue + rng.uniform(-0.02, 0.02)
    light = _shade(hue, rng.uniform(0.5, 1.0), rng.uniform(0.8, 1.0))
    dark = _shade(hue, rng.uniform(0.7, 1.0), rng.uniform(0.3, 0.55))
    if rng.random() < 0.5:
        light, dark = dark, light
    share = _pattern(pattern, rng, side)[..., None]
    return light + share * (dark - light)


def _pattern(pattern: str, rng: np.random.Generator, side: int) -> np.ndarray:
    """Return the share of the second tone, float32 (side, side), 0 to 1."""
    angle, period = rng.uniform(0, np.pi), rng.uniform(5, 10)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    if pattern == "plain":
        return np.zeros((side, side), np.float32)
    if pattern == "shaded":
        return (along - along.min()) / np.ptp(along)
    if pattern == "striped":
        return (np.sin(2 * np.pi * along / period) > 0).astype(np.float32)
    waves = np.sin(np.pi * along / period * 2) * np.sin(np.pi * across / period * 2)
    if pattern == "checked":
        return (waves > 0).astype(np.float32)
    if pattern == "dotted":
        return (waves > 0.5).astype(np.float32)
    return rng.random((side, side), np.float32)


def _ground(rng: np.random.Generator, side: int) -> np.ndarray:
    """Return float32 (side, side, 3): white, plain, shaded or noisy."""
    kind = rng.random()
    if kind < 0.4:
        return np.full((side, side, 3), 255, np.float32)
    first = _shade(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.1, 1))
    if kind < 0.6:
        return np.broadcast_to(first, (side, side, 3))
    second = _shade(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.1, 1))
    share = _pattern("shaded" if kind < 0.85 else "noisy", rng, side)[..., None]
    return first + share * (second - first)
