"""The small network on feature vectors that DAN and DANN train, and its training loop."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from tlcourse.adaptation._arrays import feature_pair, label_vector
from tlcourse.adaptation.alignment import Affine, Alignment
from tlcourse.adaptation.standardize import standardize
from tlcourse.adaptation.trainer import trainer_for
from tlcourse.errors import CourseError, DataError
from tlcourse.model_file import refuse_code


class FeatureNetwork:
    """Features → Dense(hidden, relu) → classes, trained with an extra loss that aligns domains.

    A subclass states the extra part of the network (`build_model`) and its loss
    (`forward`). The rest is here: scaling, batches, the loop, saving.

    Args:
        hidden: Width of the shared layer in which the domains are aligned.
        steps: Training steps. The last step is what you get: stopping at the step with the
            best target accuracy would need target labels.
        batch_size: Source items in a batch, and as many target items.
        learning_rate: Of Adam.
        strength: Weight of the alignment. At 0 the features never hear of the target: the
            same network without adaptation, the baseline to compare with.
        scale: "own" standardizes each domain by its own statistics; "source" standardizes both
            by the source's. The choice matters more than the method.
        seed: Of initial weights and batches.

    Attributes:
        model: The trained Keras model, after `fit`.
        history: Loss at each step, arrays of shape (steps,): "class" and "alignment".
    """

    kind: ClassVar[str] = ""

    def __init__(
        self,
        *,
        hidden: int = 64,
        steps: int = 300,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        strength: float = 1.0,
        scale: str = "own",
        seed: int = 0,
    ) -> None:
        if scale not in ("own", "source"):
            raise CourseError(f"scale={scale!r}, but 'own' or 'source' is needed.")
        if min(hidden, steps, batch_size) < 1 or learning_rate <= 0 or strength < 0:
            raise CourseError(
                "hidden, steps and batch_size must be at least 1, learning_rate above 0 and "
                f"strength at least 0. Received {hidden}, {steps}, {batch_size}, "
                f"{learning_rate} and {strength}."
            )
        self.settings = {
            "hidden": hidden,
            "steps": steps,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "strength": strength,
            "scale": scale,
            "seed": seed,
        }
        self.model: keras.Model | None = None
        self.scaling: Alignment | None = None
        self.history: dict[str, np.ndarray] = {}

    @staticmethod
    def build_model(n_features: int, n_classes: int, hidden: int) -> keras.Model:
        """Return a model whose outputs start with class logits (n, C) and features (n, hidden)."""
        raise NotImplementedError

    @staticmethod
    def forward(model: keras.Model, inputs: Any, n_source: Any, strength: Any) -> tuple:
        """Run a batch whose first `n_source` rows are source, the others target.

        Returns:
            Class logits (n, C); the alignment loss to record; the term to add to the loss.
        """
        raise NotImplementedError

    @staticmethod
    def schedule(steps: int) -> np.ndarray:
        """Return the share of `strength` in force at each step, (steps,)."""
        return np.ones(steps)

    def fit(
        self,
        source: np.ndarray,
        source_labels: np.ndarray,
        target: np.ndarray,
        *,
        n_classes: int | None = None,
    ) -> FeatureNetwork:
        """Train on labeled source and unlabeled target features.

        Args:
            source: Source features (n_s, d).
            source_labels: Classes of the source items, int (n_s,).
            target: Target features (n_t, d). There is no place for target labels.
            n_classes: C; by default one more than the largest source label.

        Returns:
            The network itself. Cost: about 0.5 s to compile once for each shape, then about
            1 ms a step for d = 1,280 and 64 + 64 items.
        """
        source, target = feature_pair(source, target)
        labels = label_vector(source_labels, len(source), "source_labels")
        n_classes = int(labels.max()) + 1 if n_classes is None else n_classes
        if labels.max() >= n_classes:
            raise DataError(
                f"source_labels reach {labels.max()}, but n_classes is {n_classes}. "
                f"Pass the number of classes, one more than the largest label."
            )
        self.scaling = _scaling(source, target, self.settings["scale"])
        trainer = trainer_for(type(self), source.shape[1], n_classes, self.settings["hidden"])
        self.model, self.history = trainer.train(
            self.scaling.map_source(source),
            labels,
            self.scaling.map_target(target),
            settings=self.settings,
        )
        return self

    def fit_seeds(
        self,
        source: np.ndarray,
        source_labels: np.ndarray,
        target: np.ndarray,
        *,
        seeds: Iterable[int] = range(5),
        n_classes: int | None = None,
    ) -> list[Any]:
        """Fit once for each seed and return all networks: one run of DANN shows nothing."""
        runs = [type(self)(**{**self.settings, "seed": seed}) for seed in seeds]
        return [run.fit(source, source_labels, target, n_classes=n_classes) for run in runs]

    def predict_proba(self, features: np.ndarray, *, domain: str = "target") -> np.ndarray:
        """Return class probabilities (n, C) of features (n, d) of the named domain."""
        logits = self._outputs(features, domain)[0].astype(np.float64)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def predict(self, features: np.ndarray, *, domain: str = "target") -> np.ndarray:
        """Return the most probable class of each item, int64 (n,)."""
        return self._outputs(features, domain)[0].argmax(axis=1)

    def hidden(self, features: np.ndarray, *, domain: str = "target") -> np.ndarray:
        """Return the shared layer's activations (n, hidden), in which the domains are aligned."""
        return self._outputs(features, domain)[1]

    def _outputs(self, features: np.ndarray, domain: str) -> list[np.ndarray]:
        if self.model is None or self.scaling is None:
            raise CourseError(f"This {self.kind} is not trained yet. Call fit(...) first.")
        if domain not in ("source", "target"):
            raise CourseError(f"domain={domain!r}, but 'source' or 'target' is needed.")
        affine = self.scaling.source if domain == "source" else self.scaling.target
        scaled = affine(features, domain).astype(np.float32)
        return [output.numpy() for output in self.model(scaled, training=False)]

    def save(self, folder: str | Path) -> Path:
        """Write network.keras, scaling.npz and settings.json into `folder`, which is returned."""
        if self.model is None or self.scaling is None:
            raise CourseError(f"This {self.kind} is not trained yet. Call fit(...) first.")
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(folder / "network.keras")
        source, target = self.scaling.source, self.scaling.target
        np.savez(
            folder / "scaling.npz",
            source_mean=source.mean,
            source_scale=source.matrix,
            target_mean=target.mean,
            target_scale=target.matrix,
        )
        text = json.dumps({"kind": self.kind, **self.settings}, indent=2)
        (folder / "settings.json").write_text(text + "\n", encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> FeatureNetwork:
        """Read what `save` wrote. No code from the files is run: both are refused if they hold any.

        Raises:
            CourseError: If the folder holds something else, or a file that carries code.
        """
        folder = Path(folder)
        path = folder / "settings.json"
        if not path.is_file():
            raise CourseError(
                f"{folder} holds no settings.json, so no network was saved there. "
                f"Pass the folder that was given to save(...)."
            )
        settings = json.loads(path.read_text(encoding="utf-8"))
        kind = settings.pop("kind", None)
        if kind != cls.kind:
            raise CourseError(f"{folder} holds a {kind}, not a {cls.kind}. Use {kind}.load(...).")
        network = cls(**settings)
        refuse_code(folder / "network.keras")
        network.model = keras.saving.load_model(folder / "network.keras", safe_mode=True)
        names = ("source_mean", "source_scale", "target_mean", "target_scale")
        try:
            with np.load(folder / "scaling.npz", allow_pickle=False) as arrays:
                means = [arrays[name] for name in names]
        except (OSError, ValueError, KeyError) as error:
            raise CourseError(
                f"{folder / 'scaling.npz'} cannot be read ({error}). It is damaged or not what "
                f"save(...) wrote, and was refused: save the network again."
            ) from error
        network.scaling = Alignment(
            f"{settings['scale']} statistics", Affine(*means[:2]), Affine(*means[2:])
        )
        return network


def _scaling(source: np.ndarray, target: np.ndarray, scale: str) -> Alignment:
    own = standardize(source, target)
    return own if scale == "own" else Alignment("source statistics", own.source, own.source)
