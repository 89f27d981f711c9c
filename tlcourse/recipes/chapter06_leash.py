"""Late blocks on a leash: after each step, kernels are pulled toward an anchor.

Both pulls are the same update, w <- w - rate * strength * (w - anchor), decoupled from Adam
(Loshchilov & Hutter 2019). The anchor is what differs: zero in plain weight decay, the
pretrained weights in L2-SP (Li, Grandvalet & Davoine 2018). In `tlcourse.regularization.L2SP`
the same leash is a term of the loss, which Adam rescales weight by weight.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.errors import CourseError
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.trunk import Trunk
from tlcourse.heads import LinearHead
from tlcourse.recipes.chapter04_tail import Tail
from tlcourse.recipes.chapter06_chart import Draw

BATCH = 8
ANCHORS = ("zero", "pretrained")


@dataclass(frozen=True, eq=False)
class LeashRun:
    """What one run of fine-tuning gave.

    Args:
        hits: Whether each test picture is answered right, bool (n,).
        train_accuracy: Accuracy on the training pictures.
        moved: Mean relative movement of the kernels.
        seconds: Time of the training steps, s; kept activations were computed before.
    """

    hits: np.ndarray
    train_accuracy: float
    moved: float
    seconds: float


class LeashedTail(Tail):
    """The tail of chapter 04 with a pull on its convolution kernels; the head stays free.

    Args:
        network: The pretrained backbone; only read.
        trunk: Kept activations before the first block that trains.
        n_classes: Number of classes C.
        plan: What trains; block 5 by default.
    """

    def __init__(
        self, network: Backbone, trunk: Trunk, n_classes: int, *, plan: FreezePlan | None = None
    ) -> None:
        import tensorflow as tf

        self._strength = tf.Variable(0.0, trainable=False)
        self._keep = tf.Variable(0.0, trainable=False)
        super().__init__(network, trunk, n_classes, plan=plan)
        pairs = zip(self.body.trainable_variables, self._pretrained, strict=True)
        self._pulled = [(v, tf.constant(start)) for v, start in pairs if v.ndim == 4]

    def leash(self, strength: float, anchor: str) -> None:
        """Set the pull from now on.

        Args:
            strength: Lambda; at rate 1e-4, 3000 removes 30 % of the distance at each step.
            anchor: "zero" (plain decay) or "pretrained" (L2-SP).
        """
        if anchor not in ANCHORS or strength < 0:
            raise CourseError(
                f"A leash of strength {strength} to '{anchor}'. Expected 0 or more, and one of "
                f"{', '.join(ANCHORS)}."
            )
        self._strength.assign(strength)
        self._keep.assign(float(anchor == "pretrained"))

    def _one_step(self, maps: Any, targets: Any) -> Any:
        import tensorflow as tf

        loss = super()._one_step(maps, targets)
        share = self.optimizer.learning_rate * self._strength

        def pull() -> Any:
            for kernel, start in self._pulled:
                kernel.assign(kernel - share * (kernel - self._keep * start))
            return tf.constant(0)

        # Without a leash nothing is written, so that strength 0 is exactly no penalty.
        tf.cond(share > 0, pull, lambda: tf.constant(0))
        return loss

    def steps(
        self, labels: np.ndarray, rows: np.ndarray, *, rate: float, epochs: int, seed: int
    ) -> None:
        """Train in batches of 8; the same seed gives the same batches in the same order.

        Args:
            labels: int, of the whole data set.
            rows: Rows to learn from.
            rate: Learning rate (Adam).
            epochs: Passes over the rows.
            seed: Seed of the order.
        """
        rng = np.random.default_rng(seed)
        targets = np.eye(self.n_classes, dtype=np.float32)
        self.optimizer.learning_rate.assign(rate)
        for _ in range(epochs):
            order = rng.permutation(rows)
            for start in range(0, len(order), BATCH):
                some = order[start : start + BATCH]
                self._step(self._maps(self.trunk, some), targets[labels[some]])


def leash_run(
    tail: LeashedTail,
    labels: np.ndarray,
    draw: Draw,
    head: LinearHead,
    *,
    rate: float,
    epochs: int,
) -> LeashRun:
    """Start from pretrained weights and a head, train on one draw, and measure.

    Args:
        tail: The network, its leash already set.
        labels: int, of the whole data set.
        draw: Rows to learn from and to test; its seed orders the batches.
        head: What the head starts from.
        rate: Learning rate (Adam).
        epochs: Passes over the training rows.
    """
    tail.start(head)
    begun = time.perf_counter()
    tail.steps(labels, draw.train, rate=rate, epochs=epochs, seed=draw.seed)
    seconds = time.perf_counter() - begun

    def right(rows: np.ndarray) -> np.ndarray:
        return tail.logits(tail.features(rows)).argmax(axis=1) == labels[rows]

    return LeashRun(
        hits=right(draw.test),
        train_accuracy=float(right(draw.train).mean()),
        moved=float(np.mean(list(tail.moved_by().values()))),
        seconds=seconds,
    )
