"""Early stopping: the number of epochs is chosen by validation, and the best weights return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when validation no longer improves.

    Args:
        patience: Epochs without improvement before stopping.
        monitor: "val_loss" or "val_accuracy"; the loss is less noisy.
        min_delta: Smallest change that counts.

    Raises:
        CourseError: For a patience below 1 or an unknown monitor.
    """

    patience: int = 3
    monitor: str = "val_loss"
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1 or self.monitor not in ("val_loss", "val_accuracy"):
            raise CourseError(
                f"Early stopping with patience={self.patience} and monitor='{self.monitor}'. "
                f"Expected a patience of 1 or more, and 'val_loss' or 'val_accuracy'."
            )

    def callback(self) -> keras.callbacks.Callback:
        """Return the Keras callback; it restores the best weights, also after the last epoch."""
        import keras

        return keras.callbacks.EarlyStopping(
            self.monitor,
            patience=self.patience,
            min_delta=self.min_delta,
            mode="min" if self.monitor == "val_loss" else "max",
            restore_best_weights=True,
            verbose=0,
        )
