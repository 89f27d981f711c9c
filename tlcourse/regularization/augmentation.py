"""Augmentation the modern way: Keras layers, applied to pictures, in training only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Augmentation:
    """How to change training pictures without changing their meaning.

    Args:
        flip: Mirror left and right at random. Wrong for text and for hands.
        rotation: Largest turn, as a share of a full circle; 0.03 is about 11 degrees.
        translation: Largest shift, as a share of the side.
        zoom: Largest change of scale; 0.1 is 10 %.
        contrast: Largest change of contrast; 0.2 is 20 %.
        brightness: Largest change of brightness; 0.1 is 10 % of the range.

    Raises:
        CourseError: If a size is negative or not below 1.
    """

    flip: bool = True
    rotation: float = 0.03
    translation: float = 0.08
    zoom: float = 0.1
    contrast: float = 0.0
    brightness: float = 0.0

    def __post_init__(self) -> None:
        for name in ("rotation", "translation", "zoom", "contrast", "brightness"):
            if not 0 <= getattr(self, name) < 1:
                raise CourseError(
                    f"Augmentation {name}={getattr(self, name)}: expected a share from 0 (off) to "
                    f"below 1."
                )

    def layers(self, *, seed: int = 0) -> list[keras.layers.Layer]:
        """Return the policy as Keras layers for pictures from 0 to 255."""
        from keras import layers

        edge = {"fill_mode": "nearest"}
        chosen = [
            (self.flip, lambda: layers.RandomFlip("horizontal", seed=seed)),
            (self.rotation, lambda: layers.RandomRotation(self.rotation, seed=seed + 1, **edge)),
            (
                self.translation,
                lambda: layers.RandomTranslation(
                    self.translation, self.translation, seed=seed + 2, **edge
                ),
            ),
            (self.zoom, lambda: layers.RandomZoom(self.zoom, seed=seed + 3, **edge)),
            (self.contrast, lambda: layers.RandomContrast(self.contrast, seed=seed + 4)),
            (self.brightness, lambda: layers.RandomBrightness(self.brightness, seed=seed + 5)),
        ]
        return [make() for wanted, make in chosen if wanted]

    def apply(self, pictures: np.ndarray, seed: int) -> np.ndarray:
        """Return changed copies of uint8 pictures (n, S, S, 3); the same seed, the same change."""
        changed = pictures.astype(np.float32)
        for i, layer in enumerate(_made(self)):
            # Setting the generator's state is a hundred times cheaper than new layers.
            layer.generator.state.assign(np.asarray([seed % 2**32, i], np.uint32))
            changed = layer(changed, training=True)
        return np.asarray(changed).round().clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=8)
def _made(policy: Augmentation) -> list[keras.layers.Layer]:
    """Return the layers of a policy, built once."""
    return policy.layers()
