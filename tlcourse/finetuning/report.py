"""What a fine-tuning run is reported as: measurement, cost, and what moved by how much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import runtime
from tlcourse.backbones import conv_flops
from tlcourse.datasets.images import at_size
from tlcourse.evaluation import Cost, Result, evaluate
from tlcourse.finetuning.model import HEAD, FinetunedModel, head_of, with_tail
from tlcourse.finetuning.prepare import Setup

if TYPE_CHECKING:
    import keras


_CHUNK = 256  # pictures decoded at once


class _OnTrunk:
    """The tuned model, reading rows of the trunk instead of pictures: the same answers, sooner."""

    def __init__(self, setup: Setup, tuned: FinetunedModel) -> None:
        self.setup, self.tuned = setup, tuned

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        trunk = self.setup.trunk_with(rows)
        if trunk is None:
            source = at_size(self.setup.split.dataset.images, self.setup.network.image_size)
            chunks = [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]
            return np.concatenate([self.tuned.predict_proba(source[chunk]) for chunk in chunks])
        return self.tuned.head.predict_proba(self.setup.features(rows, trunk))

    def fingerprint(self) -> str:
        return self.tuned.fingerprint()


def report(
    setup: Setup,
    model: keras.Model,
    history: tuple[dict[str, float], ...],
    *,
    part: str,
    rates: dict[str, float],
    settings: dict[str, Any],
) -> Result:
    """Measure one part and write down the cost and what moved.

    Args:
        setup: What training started from.
        model: What was trained.
        history: One dictionary for each epoch.
        part: "validation", "train", or once "test".
        rates: Peak learning rate of each trained layer.
        settings: How it was trained, for `Result.details`.
    """
    tuned = FinetunedModel(
        with_tail(setup.network, setup.tail), head_of(model, setup.head), setup.at
    )
    trained = int(sum(np.prod(w.shape) for w in model.trainable_weights))
    cost = Cost(
        flops=_flops(setup, len(history)),
        peak_memory_mb=runtime.peak_memory_mb(),
        trained_parameters=trained,
    )
    plan = setup.plan
    details = {
        "plan": {
            "from_block": plan.from_block,
            "decay": plan.decay,
            "decay_per": plan.decay_per,
            "head_first": plan.head_first,
            "batch_norm": plan.batch_norm,
        },
        "layers": _layers(setup, tuned, rates),
        "head_strength": setup.head.strength,
        "trunk": trunk_story(setup),
        "trunk_bytes": setup.trunk.bytes,
        "precision": setup.network.precision,
    }
    result = evaluate(
        _OnTrunk(setup, tuned),
        np.arange(len(setup.split.dataset)),
        split=setup.split,
        part=part,
        name=f"fine-tuned from {plan.from_block or 'the head'}",
        cost=cost,
        history=history,
        details=details | settings,
    )
    return replace(result, n_train=len(setup.train), model=tuned)


def trunk_story(setup: Setup) -> str:
    """Say in one sentence whether the frozen part was run once, and why not if not."""
    if setup.live is not None:
        return "not cached: augmentation draws new pictures in every epoch"
    if setup.trunk.boundary is None:
        return "nothing is frozen, so there is nothing to cache"
    many = f", {setup.views} views of each picture" if setup.views > 1 else ""
    return f"cached after {setup.trunk.boundary}{many}: the same arithmetic, run once"


def _layers(setup: Setup, tuned: FinetunedModel, rates: dict[str, float]) -> list[dict[str, Any]]:
    """Return one line for each trained layer: its peak rate, and how far it moved.

    The distance is ||w - w0|| / ||w0||, w being the kernel, or gamma of a BatchNorm layer.
    """
    lines = []
    for name, rate in rates.items():
        if name == HEAD:
            before, after = setup.head.weights, tuned.head.weights
        else:
            pair = (setup.network.model, tuned.backbone.model)
            # the first weight is the kernel, or gamma
            before, after = (m.get_layer(name).weights[0].numpy() for m in pair)
        moved = float(np.linalg.norm(after - before) / max(np.linalg.norm(before), 1e-12))
        if name == HEAD and not setup.plan.head_first:
            moved = None  # from zero: the share has no meaning
        lines.append({"layer": name, "learning_rate": rate, "moved": moved})
    return lines


def _flops(setup: Setup, epochs: int) -> float:
    """Count the frozen part once, or in every epoch, and three passes of the trained part."""
    layers = setup.tail.layers if setup.tail is not None else ()
    tail = float(sum(conv_flops(layer) for layer in layers))
    trained = float(sum(conv_flops(layer) for layer in layers if layer.trainable))
    frozen = setup.network.flops - tail
    n, m = len(setup.train), len(setup.split.validation)
    once = (n * setup.views + m) * frozen
    return once + epochs * (n * (tail + 2 * trained) + m * tail)
