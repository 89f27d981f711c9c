"""VGG16 up to block 5 in three libraries, each as its own users would run it fast.

Every contender gets the same uint8 pictures and the same weights, preprocesses, and gives
the output of block 5 or more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from workers import Turn

from tlcourse.runtime import Device

WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)  # 0: pool
MEANS = np.array((103.939, 116.779, 123.68), np.float32)
BATCH = 32
CPU = Device("cpu", "", 1, 0)  # rivals and the matrix product run on it


def prepare(path: Path, *, n: int, image_size: int) -> None:
    """Write the first n emoji, repeated where there are fewer, and the weights to one file.

    The contenders read it, so that none of them needs a second library.
    """
    import tlcourse as tl
    from tlcourse.datasets.images import at_size

    images = at_size(tl.load("emoji", style="noto").images, image_size)
    values = tl.backbone(image_size=image_size, precision="float32").model.get_weights()
    arrays = {f"weight{i:02d}": value for i, value in enumerate(values)}
    np.savez(path, images=images[np.arange(n) % len(images)], **arrays)


def read(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return pictures, uint8 (n, S, S, 3), and kernel, bias, kernel, bias ..., float32."""
    with np.load(path, allow_pickle=False) as arrays:
        names = sorted(name for name in arrays.files if name != "images")
        return arrays["images"], [arrays[name] for name in names]


def best(candidates: dict[str, Callable[[], Any]]) -> str:
    """Return the fastest of several ways, by its second run."""
    seconds = {}
    for name, run in candidates.items():
        run()
        start = time.perf_counter()
        run()
        seconds[name] = time.perf_counter() - start
    return min(seconds, key=seconds.get)


def ours(turn: Turn, *, path: Path, precision: str = "auto") -> None:
    """Pool blocks 3, 4 and 5 with `Backbone.pooled`."""
    import tlcourse as tl

    images, _ = read(path)
    network = tl.backbone(image_size=images.shape[1], precision=precision)
    mean = network.pooled(images[-BATCH:])["block5_pool"].mean()
    turn(precision=network.precision, flops=network.flops * len(images), mean=float(mean))
    while True:
        network.pooled(images, batch_size=BATCH)
        turn()


def keras_predict(turn: Turn, *, path: Path) -> None:
    """Predict as every tutorial does: `preprocess_input`, then `VGG16().predict`, float32."""
    from keras.applications import vgg16

    images, values = read(path)
    model = vgg16.VGG16(weights=None, include_top=False, input_shape=images.shape[1:])
    model.set_weights(values)
    pixels = vgg16.preprocess_input(images[-BATCH:].astype(np.float32))
    mean = model.predict(pixels, verbose=0).mean()
    turn(precision="float32", mean=float(mean))
    while True:
        pixels = vgg16.preprocess_input(images.astype(np.float32))
        model.predict(pixels, batch_size=BATCH, verbose=0)
        turn()


def pytorch(turn: Turn, *, path: Path) -> None:
    """Run in PyTorch, channels last, in whichever of its number formats is fastest here."""
    import torch

    images, values = read(path)
    torch.set_num_threads(_cores())
    runs = {}
    for dtype in (torch.float32, torch.bfloat16):
        model = _torch_vgg16(values).eval().to(dtype).to(memory_format=torch.channels_last)
        runs[str(dtype).removeprefix("torch.")] = _torch_run(model, images, dtype)
    chosen = best(runs)
    turn(precision=chosen, mean=float(runs[chosen]()))
    while True:
        runs[chosen]()
        turn()


def _torch_vgg16(values: list[np.ndarray]) -> Any:
    import torch
    from torch import nn

    layers, channels, remaining = [], 3, iter(values)
    for width in WIDTHS:
        if not width:
            layers.append(nn.MaxPool2d(2))
            continue
        layer = nn.Conv2d(channels, width, 3, padding=1)
        kernel = np.ascontiguousarray(next(remaining).transpose(3, 2, 0, 1))
        layer.weight.data = torch.from_numpy(kernel)
        layer.bias.data = torch.from_numpy(next(remaining))
        layers += [layer, nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers)


def _torch_run(model: Any, images: np.ndarray, dtype: Any) -> Callable[[], float]:
    import torch

    means = torch.from_numpy(MEANS)

    def run() -> float:
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                batch = torch.from_numpy(images[start : start + BATCH]).flip(3) - means
                # A permuted NHWC tensor is already in channels-last order: nothing is copied.
                out = model(batch.to(dtype).permute(0, 3, 1, 2))
        return float(out.float().mean())

    return run


def openvino(turn: Turn, *, path: Path) -> None:
    """Run in OpenVINO, in whichever number format and scheduling is fastest here."""
    import openvino as ov

    images, values = read(path)
    core, runs, ways = ov.Core(), {}, {}
    for precision in ("f32", "bf16"):
        for mode in ("LATENCY", "THROUGHPUT"):
            options = {
                "INFERENCE_PRECISION_HINT": precision,
                "PERFORMANCE_HINT": mode,
                "INFERENCE_NUM_THREADS": _cores(),
            }
            compiled = core.compile_model(_openvino_vgg16(values, images.shape[1]), "CPU", options)
            name = f"{precision}, {mode.lower()} mode"
            runs[name], ways[name] = _openvino_run(ov, compiled, images), compiled
    chosen = best(runs)
    mean = ways.pop(chosen)(images[-BATCH:])[0].mean()
    turn(precision=chosen, mean=float(mean))
    while True:
        runs[chosen]()
        turn()


def _openvino_vgg16(values: list[np.ndarray], image_size: int) -> Any:
    """Build the graph from uint8 RGB to block 5, preprocessing included."""
    import openvino as ov
    from openvino import opset13 as ops

    pixels = ops.parameter([-1, image_size, image_size, 3], np.uint8)
    x = ops.convert(pixels, "f32")
    x = ops.gather(x, np.array([2, 1, 0]), np.array(3))
    x = ops.transpose(ops.subtract(x, MEANS), np.array([0, 3, 1, 2]))
    remaining = iter(values)
    for width in WIDTHS:
        if width:
            kernel = np.ascontiguousarray(next(remaining).transpose(3, 2, 0, 1))
            x = ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
            x = ops.relu(ops.add(x, next(remaining).reshape(1, -1, 1, 1)))
        else:
            x = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    return ov.Model([x], [pixels])


def _openvino_run(ov: Any, compiled: Any, images: np.ndarray) -> Callable[[], None]:
    queue = ov.AsyncInferQueue(compiled)

    def run() -> None:
        for start in range(0, len(images), BATCH):
            queue.start_async({0: images[start : start + BATCH]})
        queue.wait_all()

    return run


def matrix_product(turn: Turn, *, library: str, precision: str, side: int) -> None:
    """Multiply two square matrices: the speed of the arithmetic when nothing is in its way.

    Args:
        turn: See `workers`.
        library: "tensorflow" or "torch".
        precision: As for a backbone; "auto" is the format that features are computed in.
        side: Rows and columns.
    """
    from tlcourse import runtime

    precision, _ = runtime.choose_precision(precision, on=CPU)
    if library == "torch":
        import torch

        torch.set_num_threads(_cores())
        matrix = torch.randn(side, side).to(getattr(torch, precision))
    else:
        import tensorflow as tf

        matrix = tf.cast(tf.random.normal((side, side)), precision)
    turn(flops=2 * side**3, precision=precision)
    while True:
        float((matrix @ matrix)[0, 0])
        turn()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
