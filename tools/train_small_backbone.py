"""Train MiniVGG, the small backbone with BatchNorm, on drawn letters, and measure it.

    python tools/train_small_backbone.py [--out data/weights] [--steps 1600]

The source task: which letter, which fill pattern, which color? Pictures are drawn as
training goes on, none twice, see `drawn_letters.py`. Accuracy is measured on fonts that
training never saw. Then a linear head on its features is compared with the same head on
the same network untrained, on data sets of the course.

The same seed gives the same weights on the same machine with the same versions. Writes the
weights in float16 and the second half of the card, `README.md`. Takes about four minutes
of training and two of measuring on two cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from build_weights import write_float16
from drawn_letters import (
    COLORS,
    HELD_OUT_FONTS,
    LETTERS,
    PATTERNS,
    TRAINING_FONTS,
    draw_letters,
)

import tlcourse as tl
from tlcourse.backbones import Backbone
from tlcourse.checksum import sha256_file
from tlcourse.evaluation import compare, cross_validate, interval
from tlcourse.weights import MINIVGG_NAME

if TYPE_CHECKING:
    import keras

SIDE, BATCH, STEPS = 64, 64, 1600
PEAK_RATE, WEIGHT_DECAY = 3e-3, 1e-3
SEED, TEST_SEED = 0, 1_000_003
N_TEST, REPEATS = 3000, 2
TASKS = {"letter": LETTERS, "pattern": PATTERNS, "color": COLORS}
SHARES = {"letter": 1.0, "pattern": 0.5, "color": 0.5}  # of the loss
HEADING = "# MiniVGG"
_PROSE = """\
`tl.backbone("minivgg")` builds and reads it. Input contract: RGB pictures from 0 to 255, divided by
127.5, minus 1. Trained at {side} px; 32 to 96 px work.

**What it has seen.** Letters, and no picture of any data set of the course: no emoji, no
photograph, no digit. So each of them is an honest target. Digits look most like what it has seen: a
5 is much like an S, and an 8 like a B.

**What it is good for.** Showing BatchNorm (VGG16 has none), training runs of seconds, and a small
candidate beside a large one.

Accuracy of a linear head on the pooled blocks 3, 4 and 5, five grouped folds dealt {repeats} times.
There are two untrained rivals, because fresh BatchNorm statistics (mean 0, variance 1) fit no
activations: the second has the statistics of drawn letters. The gain is over the better of them,
in points, with a 95 % interval; where it crosses zero, no gain is shown.

| target | trained | untrained | untrained, fitting statistics | gain |
|---|---|---|---|---|
{lines}
"""


def with_heads(network: Backbone) -> keras.Model:
    """Put three heads on the network; patterns are fine, so theirs reads an earlier block."""
    import keras
    from keras import layers

    base = network.model
    base.trainable = True
    last = layers.GlobalAveragePooling2D()(base.output)
    third = layers.GlobalAveragePooling2D()(base.get_layer("block3_pool").output)
    read = {"letter": layers.Dropout(0.1)(last), "pattern": third, "color": last}
    logits = {name: layers.Dense(len(TASKS[name]), name=name)(x) for name, x in read.items()}
    return keras.Model(base.input, logits)


def batches(network: Backbone, seed: int) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Draw batches without end."""
    rng = np.random.default_rng(seed)
    while True:
        drawn = draw_letters(BATCH, rng, side=SIDE)
        yield network.preprocess(drawn.images), drawn.labels()


def train(network: Backbone, steps: int) -> keras.Model:
    """Train network and heads together: AdamW, warm-up, then half a cosine down to zero."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(SEED)
    model = with_heads(network)
    rate = keras.optimizers.schedules.CosineDecay(
        PEAK_RATE / 10, steps, warmup_target=PEAK_RATE, warmup_steps=max(1, steps // 10)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        loss=dict.fromkeys(TASKS, loss),
        loss_weights=SHARES,
        metrics={name: ["accuracy"] for name in TASKS},
    )
    picture = tf.TensorSpec((BATCH, SIDE, SIDE, 3), tf.float32)
    answers = {name: tf.TensorSpec((BATCH,), tf.int64) for name in TASKS}
    data = tf.data.Dataset.from_generator(
        lambda: batches(network, SEED), output_signature=(picture, answers)
    )
    epochs = min(8, steps)
    model.fit(data.prefetch(4), epochs=epochs, steps_per_epoch=steps // epochs, verbose=2)
    return model


def accuracies(model: keras.Model, network: Backbone) -> dict[str, str]:
    """Return the accuracy of each task on fonts that training never saw, with interval."""
    rng = np.random.default_rng(TEST_SEED)
    drawn = draw_letters(N_TEST, rng, fonts=HELD_OUT_FONTS, side=SIDE)
    logits = model.predict(network.preprocess(drawn.images), batch_size=100, verbose=0)
    hits = {name: logits[name].argmax(1) == drawn.labels()[name] for name in TASKS}
    return {name: str(interval(found)) for name, found in hits.items()}


def untrained(kind: str) -> Backbone:
    """Return MiniVGG as it was before training, with fresh or with fitting statistics."""
    network = tl.backbone("minivgg", weights="random", precision="float32", seed=SEED)
    if kind == "fresh":
        return network
    drawn = draw_letters(1000, np.random.default_rng(SEED), side=SIDE)
    return tl.adaptation.adabn(network, drawn.images)


def transfer(trained: Backbone) -> list[str]:
    """Return one line for each target: accuracy of a linear head, trained and untrained."""
    rivals = {"trained": trained} | {kind: untrained(kind) for kind in ("fresh", "fitting")}
    targets = {
        "emoji in four styles": tl.load("emoji", style="all"),
        "handwritten digits": tl.load("digits"),
        "photo patches": tl.load("photos"),
    }
    lines = []
    for name, data in targets.items():
        found: dict[str, Any] = {}
        for rival, network in rivals.items():
            features = tl.extract(network, data, cache=False)
            found[rival] = cross_validate(
                features, data.labels, groups=data.groups, repeats=REPEATS
            )
        best = max(("fresh", "fitting"), key=lambda kind: found[kind].interval.estimate)
        gain = compare(found["trained"], found[best])
        shares = " | ".join(f"{found[rival].interval.estimate:.3f}" for rival in rivals)
        lines.append(
            f"| {name} | {shares} | {100 * gain.difference:+.1f} "
            f"[{100 * gain.low:+.1f}, {100 * gain.high:+.1f}] |"
        )
        print(lines[-1], flush=True)
    return lines


def card(path: Path, held_out: dict[str, str], lines: list[str], steps: int, seconds: float) -> str:
    """Return the second half of the card."""
    import keras
    import tensorflow as tf

    facts = {
        "file": f"`{path.name}`",
        "bytes": f"{path.stat().st_size:,}",
        "sha256": f"`{sha256_file(path)}`",
        "weights": "459,120 in 8 convolutions of 3x3 without bias and 8 BatchNorm layers; 16, 32, "
        "64, 64, 96, 96, 128, 128 channels in five blocks",
        "license": "CC0 1.0: trained here from nothing but fonts",
        "source": f"{len(LETTERS)} letters of the Latin, Greek and Cyrillic alphabets in "
        f"{len(TRAINING_FONTS)} fonts that come with Matplotlib (DejaVu, STIX), drawn by "
        f"`tools/drawn_letters.py`; nothing is downloaded",
        "source task": f"which letter ({len(LETTERS)}), which fill pattern ({len(PATTERNS)}), "
        f"which color ({len(COLORS)}); {steps * BATCH:,} pictures of {SIDE} px, none twice",
        "accuracy": f"on {N_TEST:,} pictures in {len(HELD_OUT_FONTS)} other fonts, 95 % interval: "
        + ", ".join(f"{name} {held_out[name]}" for name in TASKS),
        "built by": f"`python tools/train_small_backbone.py`; {seconds / 60:.1f} minutes of "
        f"training on two cores, Keras {keras.__version__}, TensorFlow {tf.__version__}, "
        f"seed {SEED}",
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    return f"{HEADING}, trained on drawn letters, float16\n\n| | |\n|---|---|\n{table}\n\n" + (
        _PROSE.format(side=SIDE, repeats=REPEATS, lines="\n".join(lines))
    )


def main() -> None:
    """Train, measure, write weights and card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/weights"))
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    network = tl.backbone("minivgg", image_size=SIDE, weights="random", precision="float32")
    start = time.perf_counter()
    model = train(network, args.steps)
    seconds = time.perf_counter() - start
    args.out.mkdir(parents=True, exist_ok=True)
    target = args.out / MINIVGG_NAME
    with tempfile.TemporaryDirectory() as folder:
        network.model.save_weights(Path(folder) / "full.weights.h5")
        write_float16(Path(folder) / "full.weights.h5", target)
    network.model.load_weights(target)  # measure what is shipped
    held_out = accuracies(model, network)
    print(f"{seconds:.0f} s of training; held-out fonts: {held_out}", flush=True)
    text = card(target, held_out, transfer(network), args.steps, seconds)
    readme = args.out / "README.md"
    before = readme.read_text("utf-8") if readme.exists() else ""
    kept = before.split(f"\n{HEADING}")[0].rstrip()
    readme.write_text(f"{kept}\n\n{text}" if kept else text, encoding="utf-8")
    print(f"{target}\nMINIVGG_SHA256 = {sha256_file(target)}")


if __name__ == "__main__":
    main()
