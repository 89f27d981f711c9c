"""Record the runs of chapter 03 that take longer than a lesson allows.

    python tools/record_chapter03.py            # about 15 minutes on two CPU cores

Three variants of the classic recipe with correct preprocessing, all of VGG16 trainable, on
the protocol of the chapter (Twemoji, 96 px, seed 0, the same holdouts):

    pooling   pooling and a linear head in place of Flatten and Dense 1024
    slow      a learning rate of 1e-5 in place of RMSprop's 1e-3
    long      nothing changed but the budget: 10 epochs
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

import tlcourse as tl
from tlcourse import datasets, preprocessing, recipes, runtime
from tlcourse.files import write_whole
from tlcourse.recipes.recorded import FILE, Recorded

STYLE, IMAGE_SIZE, SEED = "twemoji", 96, 0
SEEDS, STEPS, EPOCHS = (0, 1, 2), 12, 10


def build(n_classes: int, seed: int, *, pooled: bool, rate: float):
    """Return the compiled network of one variant."""
    import keras
    from keras import layers

    base = recipes.keras_vgg16(IMAGE_SIZE)
    keras.utils.set_random_seed(seed)
    head = [layers.Flatten(), layers.Dense(1024, activation="relu")]
    model = keras.Sequential(
        [
            base,
            *([layers.GlobalAveragePooling2D()] if pooled else head),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.RMSprop(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


def short_runs(name, inputs, targets, holdouts, *, pooled: bool, rate: float) -> Recorded:
    """Train one variant for a few steps with each seed."""
    runs = []
    for seed in SEEDS:
        model = build(targets.shape[1], seed, pooled=pooled, rate=rate)
        runs.append(recipes.train(model, inputs, targets, holdouts[seed], steps=STEPS, seed=seed))
        print(name, seed, round(runs[-1].accuracy, 3), flush=True)
        del model
        recipes.free_memory()
    return record(name, runs, STEPS)


def long_run(name, inputs, targets, holdouts) -> Recorded:
    """Train the unchanged recipe for ten epochs and measure after each."""
    model = build(targets.shape[1], SEED, pooled=False, rate=1e-3)
    steps = -(-len(holdouts[0][0]) // 16)
    runs = []
    for epoch in range(EPOCHS):
        runs.append(recipes.train(model, inputs, targets, holdouts[0], steps=steps, seed=epoch))
        print(name, epoch + 1, round(runs[-1].accuracy, 3), flush=True)
    seconds = sum(run.seconds for run in runs)
    curve = tuple(run.accuracy for run in runs)
    last = record(name, [runs[-1]], steps * EPOCHS)
    high = (max(max(run.losses) for run in runs),)
    return Recorded(
        **{**vars(last), "curve": curve, "seconds": seconds, "highest_losses": high, "seeds": (0,)}
    )


def record(name: str, runs: list, steps: int) -> Recorded:
    """Keep what the lesson quotes."""
    return Recorded(
        name=name,
        steps=steps,
        seeds=tuple(run.seed for run in runs),
        accuracies=tuple(run.accuracy for run in runs),
        classes_predicted=tuple(run.classes_predicted for run in runs),
        last_losses=tuple(run.losses[-1] for run in runs),
        highest_losses=tuple(max(run.losses) for run in runs),
        curve=(),
        seconds=round(sum(run.seconds for run in runs), 1),
    )


def main(out: Path = FILE) -> None:
    """Run everything and write the file."""
    data = tl.load("emoji", style=STYLE)
    split = tl.split(data, test=0.2, seed=SEED)
    holdouts = datasets.holdouts(data, split.development, n=10, test=0.2, seed=SEED)
    runtime.quiet_tensorflow()
    inputs = preprocessing.vgg16(data.images)
    targets = np.eye(data.n_classes, dtype=np.float32)[data.labels]
    short = {
        "pooling": ("pooling and a linear head", {"pooled": True, "rate": 1e-3}),
        "slow": ("learning rate 1e-5", {"pooled": False, "rate": 1e-5}),
    }
    runs = {
        key: short_runs(name, inputs, targets, holdouts, **options)
        for key, (name, options) in short.items()
    }
    runs["long"] = long_run("nothing but more epochs", inputs, targets, holdouts)
    made = {
        "script": "tools/record_chapter03.py",
        "data": f"emoji, style {STYLE}, {len(data)} pictures at {IMAGE_SIZE} px",
        "protocol": f"correct preprocessing, everything trainable, batches of 16, seed {SEED}, "
        f"{len(holdouts[0][0])} training and {len(holdouts[0][1])} held-out pictures",
        "majority": float(np.bincount(data.labels[split.development]).max())
        / len(split.development),
        "n_classes": data.n_classes,
        "precision": runtime.choose_precision("auto")[0],
        "machine": f"{runtime.cpu_count()} cores, {runtime.cpu_name()}",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("keras", "tensorflow", "numpy")},
        },
    }
    content = {"made": made, "runs": {key: vars(run) for key, run in runs.items()}}
    write_whole(out, (json.dumps(content, indent=1) + "\n").encode())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
