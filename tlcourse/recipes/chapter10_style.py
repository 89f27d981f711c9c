"""Pictures to paint with, and judges that the painting did not try to please."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image
from skimage import color
from skimage.feature import local_binary_pattern

from tlcourse.datasets.photos import read_photo
from tlcourse.vision.style_transfer import Painter, Styled, StyleWeights


def square(name: str, size: int) -> np.ndarray:
    """Return the middle of a photograph as a square picture, uint8 (size, size, 3)."""
    photo = read_photo(name)[0]
    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    return scaled(photo[top : top + side, left : left + side], size)


def scaled(picture: np.ndarray, size: int) -> np.ndarray:
    """Scale a square picture, uint8 (size, size, 3)."""
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))


def paint_gently(
    painter: Painter,
    content: np.ndarray,
    style: np.ndarray,
    *,
    weight: float,
    aim: float = 0.95,
    round_steps: int = 60,
    rounds: int = 4,
    keep: Sequence[int] = (),
) -> Styled:
    """Paint with a light style weight, and a heavier one only where the aim is not reached.

    Each round goes on from the picture of the last one with twice the style weight. What weight
    a picture needs differs several-fold between pictures, and the lightest one that reaches the
    aim costs the content least.

    Args:
        painter: Holds the network.
        content: uint8 (S, S, 3).
        style: uint8 (S, S, 3).
        weight: Style weight of the first round; the content counts 1.
        aim: Share of the style loss that shall be gone.
        round_steps: Most steps of one round.
        rounds: Most rounds.
        keep: Numbers of steps, over all rounds, after which to keep the picture.

    Returns:
        The painting; its losses run over all rounds.
    """
    allowed = 1 - aim - 0.004  # the finished picture is rounded
    done: Styled | None = None
    for k in range(rounds):
        before = 0 if done is None else len(done.style_losses) - 1
        left = 1.0 if done is None else done.style_losses[-1] / done.style_losses[0]
        if left <= allowed:
            break
        more = painter.paint(
            content,
            style,
            steps=round_steps,
            until=1 - allowed / left,
            weights=StyleWeights(1.0, style=weight * 2**k, variation=0.03),
            start=None if done is None else done.image,
            keep=[step - before for step in keep],
        )
        done = more if done is None else _followed(done, more)
    assert done is not None
    return done


def _followed(first: Styled, then: Styled) -> Styled:
    """Join two rounds into one painting."""
    before = len(first.style_losses) - 1
    return Styled(
        then.image,
        (*first.style_losses, *then.style_losses[1:]),
        (*first.content_losses, *then.content_losses[1:]),
        first.seconds + then.seconds,
        first.evaluations + then.evaluations,
        {**first.stages, **{before + step: frame for step, frame in then.stages.items()}},
    )


def on_the_way(done: Styled, n: int = 3) -> Styled:
    """Return a painting with at most n of its stages, early ones denser than late ones.

    Args:
        done: Painted with every step kept.
        n: How many stages to keep; fewer where there were fewer steps.
    """
    last = len(done.style_losses) - 1
    wanted = np.geomspace(1, max(last, 1), n + 2)[1:-1].round().astype(int)
    return replace(done, stages={s: done.stages[s] for s in sorted({*wanted.tolist()} - {0, last})})


def texture_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Compare textures without any network: histograms of local binary patterns.

    Each pixel is described by which of 8 neighbors at a distance of 1 are brighter (Ojala,
    Pietikäinen & Mäenpää 2002). The distance is half the sum of absolute differences of the two
    histograms: 0 equal, 1 without anything in common.
    """
    return _half_difference(_patterns(a), _patterns(b))


def color_distance(a: np.ndarray, b: np.ndarray, *, bins: int = 6) -> float:
    """Compare colors: histograms of CIELAB values, half the sum of absolute differences."""
    return _half_difference(_colors(a, bins), _colors(b, bins))


def _patterns(picture: np.ndarray) -> np.ndarray:
    gray = np.round(255 * color.rgb2gray(picture)).astype(np.uint8)
    patterns = local_binary_pattern(gray, P=8, R=1, method="uniform")
    return np.bincount(patterns.astype(np.int64).ravel(), minlength=10) / patterns.size


def _colors(picture: np.ndarray, bins: int) -> np.ndarray:
    lab = color.rgb2lab(picture).reshape(-1, 3)
    ranges = [(0, 100), (-100, 100), (-100, 100)]
    counts, _ = np.histogramdd(lab, bins=(bins, 2 * bins, 2 * bins), range=ranges)
    return counts.ravel() / len(lab)


def _half_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).sum() / 2)


def on_ground(
    picture: np.ndarray, size: int, *, ground: tuple[int, int, int] = (255, 255, 255)
) -> np.ndarray:
    """Put a picture with an outline on a plain ground and scale it, uint8 (size, size, 3)."""
    if picture.shape[-1] == 3:
        return scaled(picture, size)
    opacity = picture[..., 3:].astype(np.float32) / 255
    flat = picture[..., :3] * opacity + np.array(ground, np.float32) * (1 - opacity)
    return scaled(np.round(flat).astype(np.uint8), size)
