"""The rows of the speed table: who races whom over what, and what must come out.

Every row gives one number and the least (or most) it must be. A row whose library is not
installed says so and judges nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from extraction import write_pictures
from networks import prepare
from workers import Worker, race


@dataclass(frozen=True)
class Size:
    """How much work a run is."""

    image_size: int = 96
    repeats: int = 5
    pictures: int = 128
    emoji: int = 534
    matrix: int = 4096
    finetune: int = 320
    recipe: int = 400
    epochs: int = 10
    disk: tuple[int, ...] = (1000, 5000, 20_000)
    disk_image_size: int = 64
    logme: tuple[int, int, int] = (5000, 1024, 100)


QUICK = Size(
    image_size=32,
    repeats=1,
    pictures=32,
    emoji=16,
    matrix=128,
    finetune=32,
    recipe=80,
    epochs=2,
    disk=(16, 32, 48),
    disk_image_size=32,
    logme=(300, 32, 5),
)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        work: What was done.
        against: What it is compared with.
        value: The number, or None where it could not be measured.
        unit: "x" for times as fast, "of it", "s", "%" or "MiB".
        target: What the number must reach.
        at_most: Whether smaller is better.
        note: What one must know to read the number.
        runs: Every contender with every measurement.
    """

    work: str
    against: str
    value: float | None
    unit: str
    target: float
    at_most: bool = False
    note: str = ""
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def holds(self) -> bool | None:
        """Whether the target is reached; None where nothing was measured."""
        if self.value is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def record(self) -> dict[str, Any]:
        """Return the row as plain data."""
        value = None if self.value is None else round(self.value, 3)
        return asdict(self) | {"value": value, "holds": self.holds}


def times(rival: Worker, ours: Worker) -> float | None:
    """Return how many times as fast we are, by medians."""
    return rival.median / ours.median if rival.median and ours.median else None


def cpu_note(rival: Worker, ours: Worker) -> str:
    """Say the same ratio in seconds of all cores, which other programs disturb less."""
    if not (rival.cpu_median and ours.cpu_median):
        return ""
    return f"{rival.cpu_median / ours.cpu_median:.2f} x by time of all cores."


def parts(size: Size) -> dict[str, Callable[[], list[Row]]]:
    """Return the parts of the table by name; calling one measures its rows."""
    return {
        "forward": lambda: forward_rows(size),
        "cache": lambda: [cache_row(size)],
        "finetune": lambda: finetune_rows(size),
        "recipe": lambda: [recipe_row(size)],
        "disk": lambda: disk_rows(size),
        "logme": lambda: [logme_row(size)],
    }


def forward_rows(size: Size) -> list[Row]:
    """Race our forward pass against three libraries and against a matrix product."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures_and_weights.npz"
        prepare(path, n=size.pictures, image_size=size.image_size)
        ours = Worker("tlcourse", "networks:ours", {"path": path})
        keras = Worker("Keras predict, float32", "networks:keras_predict", {"path": path})
        torch = Worker("PyTorch", "networks:pytorch", {"path": path})
        openvino = Worker("OpenVINO", "networks:openvino", {"path": path})
        products = [product(library, "auto", size) for library in ("tensorflow", "torch")]
        race([ours, keras, torch, openvino, *products], size.repeats)
    work = f"features, VGG16 at {size.image_size} px, batch 32"
    everyone = [w.record() for w in (ours, keras, torch, openvino, *products)]
    is_half = ours.facts["precision"] != "float32"
    plain = Row(
        work,
        "plain Keras VGG16().predict in float32",
        times(keras, ours),
        "x",
        1.8 if is_half else 1.0,
        note=cpu_note(keras, ours),
        runs=everyone,
    )
    return [plain, rivals_row(work, ours, [torch, openvino]), product_row(work, ours, products)]


def product(library: str, precision: str, size: Size) -> Worker:
    """Return a contender that multiplies matrices in the number format of the features."""
    options = {"library": library, "precision": precision, "side": size.matrix}
    return Worker(f"matrix product, {library}", "networks:matrix_product", options)


def rivals_row(work: str, ours: Worker, rivals: list[Worker]) -> Row:
    """Compare with the faster of PyTorch and OpenVINO."""
    present = [w for w in rivals if w.median]
    absent = " ".join(f"{w.name}: {w.missing}." for w in rivals if not w.median)
    fastest = min(present, key=lambda w: w.median, default=None)
    value, note = None, absent
    if fastest is not None:
        value = times(fastest, ours)
        others = ", ".join(f"{w.name} {times(w, ours):.2f} x" for w in present)
        note = f"{others}. {cpu_note(fastest, ours)} {absent}".strip()
    return Row(work, "the faster of PyTorch and OpenVINO", value, "x", 1.1, note=note)


def product_row(work: str, ours: Worker, products: list[Worker]) -> Row:
    """Compare floating-point operations per second with those of the best matrix product."""
    rates = [w.facts["flops"] / w.median for w in products if w.median]
    rate = ours.facts["flops"] / ours.median
    return Row(
        work,
        "a large matrix product, operations per second",
        rate / max(rates),
        "of it",
        0.85,
        note=(
            f"{rate / 1e9:.0f} against {max(rates) / 1e9:.0f} GFLOP/s. The features count by the "
            f"definition of convolution; from block 3 on a third to a half of it is never computed."
        ),
    )


def cache_row(size: Size) -> Row:
    """Compare the second extraction with the first."""
    options = {"n": size.emoji, "image_size": size.image_size}
    first = Worker("first time", "extraction:cached", {"again": False, **options})
    again = Worker("from the cache", "extraction:cached", {"again": True, **options})
    race([first, again], size.repeats)
    return Row(
        f"features of {first.facts['pictures']} pictures again",
        "the first time",
        times(first, again),
        "x",
        50,
        note=f"{again.median * 1e3:.0f} ms against {first.median:.1f} s.",
        runs=[first.record(), again.record()],
    )


def finetune_rows(size: Size) -> list[Row]:
    """Compare an epoch from the cached trunk with one of the whole network."""
    options = {"n": size.finetune, "image_size": size.image_size}
    ours = [
        Worker(f"tlcourse, {p}", "training:finetune_ours", {"precision": p, **options})
        for p in ("float32", "auto")
    ]
    keras = Worker("Keras fit, float32", "training:finetune_keras", options)
    race([keras, *ours], size.repeats)
    everyone = [w.record() for w in (keras, *ours)]
    is_half = ours[1].facts["precision"] != "float32"
    names = ("float32", "automatic precision")
    targets = (3.5, 5.0 if is_half else 3.5)
    return [
        Row(
            f"one epoch of block 5, {name}",
            "plain Keras fit of it, float32",
            times(keras, worker),
            "x",
            target,
            note=f"{cpu_note(keras, worker)} The trunk is run once before, and not counted.",
            runs=everyone,
        )
        for name, worker, target in zip(names, ours, targets, strict=True)
    ]


def recipe_row(size: Size) -> Row:
    """Compare the way to the best validation accuracy of the classic recipe.

    One run of the recipe gives as many measurements as it has epochs; between two epochs
    we go our whole way once. The value is 0 where we do not reach that accuracy.
    """
    options = {"n": size.recipe, "image_size": size.image_size}
    rival = Worker("classic recipe, one epoch", "training:recipe_classic", options)
    ours = Worker("frozen features, linear head, all of it", "training:recipe_ours", options)
    race([rival, ours], size.epochs - 1)  # the warm-up is the first epoch
    reached, best = ours.facts["best_accuracy"], rival.facts["best_accuracy"]
    return Row(
        "best validation accuracy of the classic recipe",
        f"that recipe in plain Keras, base frozen, {size.epochs} epochs",
        size.epochs * times(rival, ours) if reached >= best else 0.0,
        "x",
        15,
        note=(
            f"Accuracy {reached:.3f} against {best:.3f}, which is the best of its epochs. "
            f"{size.epochs * rival.median:.0f} s against {ours.median:.1f} s; by time of all "
            f"cores {size.epochs * rival.cpu_median / ours.cpu_median:.1f} x."
        ),
        runs=[rival.record(), ours.record()],
    )


def disk_rows(size: Size) -> list[Row]:
    """Measure whether time and memory stay in proportion as pictures grow in number."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "pictures"
        write_pictures(pictures, max(size.disk))
        workers = []
        for n in size.disk:
            options = {"folder": pictures, "n": n, "image_size": size.disk_image_size}
            worker = Worker(f"{n:,} pictures", "extraction:from_disk", options)
            # One pass over the largest set is long; the smallest varies most.
            workers += race([worker], size.repeats if n == min(size.disk) else 1)
    rates = [1e3 * w.median / n for w, n in zip(workers, size.disk, strict=True)]
    memory = [w.facts["peak_memory_mb"] for w in workers]
    work = "features of " + ", ".join(f"{n:,}" for n in size.disk) + " pictures from disk"
    each = ", ".join(f"{rate:.2f}" for rate in rates)
    runs = [w.record() for w in workers]
    spread = 100 * (max(rates) / min(rates) - 1)
    note = (
        f"{each} ms for each picture at {size.disk_image_size} px; the smallest set is a median of "
        f"{size.repeats}, the others one pass."
    )
    peaks = ", ".join(f"{m:,}" for m in memory)
    return [
        Row(work, "spread of the time for each picture", spread, "%", 15, True, note, runs),
        Row(
            work,
            "spread of the peak memory",
            float(max(memory) - min(memory)),
            "MiB",
            150,
            True,
            f"{peaks} MiB, of which the features themselves are 5 KiB for each picture.",
        ),
    ]


def logme_row(size: Size) -> Row:
    """Time LogME."""
    n, d, classes = size.logme
    options = {"n": n, "d": d, "classes": classes}
    worker = Worker("LogME", "extraction:logme", options)
    race([worker], size.repeats)
    work = f"LogME, n={n:,}, D={d:,}, C={classes}"
    return Row(work, "seconds", worker.median, "s", 2, True, runs=[worker.record()])
