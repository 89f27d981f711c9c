"""How `tlcourse fit --method finetune` fine-tunes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.finetuning import FreezePlan

_MOST_EPOCHS, _MOST_VIEWS, _HIGHEST_RATE = 1000, 50, 0.1


@dataclass(frozen=True)
class Tuning:
    """How to fine-tune.

    Args:
        from_block: First block that trains, "block1" to "block5".
        epochs: At most this many passes; validation stops earlier.
        learning_rate: Peak rate (Adam) of the head and the trained blocks.
        augment_views: Augmented views of each training picture to learn from; 0 for none.

    Raises:
        CourseError: For an impossible value, before anything is read.
    """

    from_block: str = "block5"
    epochs: int = 20
    learning_rate: float = 1e-4
    augment_views: int = 0

    def __post_init__(self) -> None:
        FreezePlan(self.from_block)
        if not 1 <= self.epochs <= _MOST_EPOCHS:
            raise CourseError(
                f"The number of epochs is {self.epochs}. Expected 1 to {_MOST_EPOCHS}; 20 is "
                f"plenty, because validation stops earlier."
            )
        if not 0 < self.learning_rate <= _HIGHEST_RATE:
            raise CourseError(
                f"The learning rate is {self.learning_rate}. Expected above 0 and at most "
                f"{_HIGHEST_RATE}; 0.0001 is a good start for a pretrained network."
            )
        if not 0 <= self.augment_views <= _MOST_VIEWS:
            raise CourseError(
                f"The number of augmented views is {self.augment_views}. Expected 0 to "
                f"{_MOST_VIEWS}; each costs one more pass through the frozen part."
            )


def tuning_of(options: Mapping[str, Any]) -> Tuning | None:
    """Return how to fine-tune from options of which None means the default; None if all are."""
    given = {name: value for name, value in options.items() if value is not None}
    return Tuning(**given) if given else None
