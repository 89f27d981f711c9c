"""Exercise 11.6: a kernel in few bits, one scale for each output channel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    other,
    right,
)
from tlcourse.field.quantization import quantize as worked


@lru_cache(maxsize=1)
def kernels() -> tuple[tuple[np.ndarray, int], ...]:
    """Return small kernels whose channels differ in size, the last with a dead channel."""
    rng = np.random.default_rng(8)
    sizes = np.array([1.0, 0.1, 0.01, 3.0])
    plain = (rng.normal(size=(3, 3, 5, 4)) * sizes).astype(np.float32)
    dead = plain.copy()
    dead[..., 1] = 0
    return ((plain, 8), (plain, 4), (dead, 8))


def _largest(kernel: np.ndarray, axes: Any) -> np.ndarray:
    return np.abs(kernel).max(axis=axes, keepdims=True)


def _per_tensor(kernel: np.ndarray, bits: int) -> Any:
    return worked(kernel, bits, per_channel=False)


def _channels_in(kernel: np.ndarray, bits: int) -> Any:
    levels = 2 ** (bits - 1) - 1
    scale = np.maximum(_largest(kernel, (0, 1, 3)), 1e-9) / levels
    return np.round(kernel / scale).astype(np.int8), scale


def _wraps(kernel: np.ndarray, bits: int) -> Any:
    levels = 2**bits - 1
    scale = np.maximum(_largest(kernel, (0, 1, 2)), 1e-9) / levels
    return np.round(kernel / scale).astype(int).astype(np.int8), scale


def _truncates(kernel: np.ndarray, bits: int) -> Any:
    _, scale = worked(kernel, bits)
    return (kernel / scale).astype(np.int8), scale


def _divides_by_zero(kernel: np.ndarray, bits: int) -> Any:
    scale = _largest(kernel, (0, 1, 2)) / (2 ** (bits - 1) - 1)
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.round(kernel / scale)).astype(np.int8), scale


def _read(raw: Any, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    try:
        codes, scale = (np.asarray(part) for part in raw)
        if codes.shape != kernel.shape or codes.dtype != np.int8 or scale.dtype.kind != "f":
            return None
        np.broadcast_shapes(scale.shape, kernel.shape)
    except (TypeError, ValueError):
        return None
    return codes, scale


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    with np.errstate(all="ignore"):
        raw = [call(answer, kernel.copy(), bits) for kernel, bits in kernels()]
    if all(r is None or r is ... for r in raw):
        return NOT_ATTEMPTED
    read = [_read(r, kernel) for r, (kernel, _) in zip(raw, kernels(), strict=True)]
    if any(r is None for r in read):
        return other("Return codes (int8, shape of the kernel) and a scale of floats.")
    found = [
        _problem(codes, scale, kernel, bits)
        for (codes, scale), (kernel, bits) in zip(read, kernels(), strict=True)
    ]
    named = next((problem for problem in found if problem), "")
    if named:
        known = {mistake.name for mistake in exercise.mistakes}
        return exercise.wrong(named) if named in known else other(named)
    return right("Four times smaller than float32, and no weight moved by more than half a step.")


def _problem(codes: np.ndarray, scale: np.ndarray, kernel: np.ndarray, bits: int) -> str:
    """Return the name of a mistake, a sentence, or an empty string."""
    levels = 2 ** (bits - 1) - 1
    if scale.size == 1:
        return "per tensor"
    if scale.shape == (1, 1, kernel.shape[2], 1):
        return "channels in"
    if scale.size != kernel.shape[-1] or scale.shape[-1] != kernel.shape[-1]:
        return "Expected one scale for each output channel, shape (1, 1, 1, C)."
    if not np.isfinite(scale).all() or (scale <= 0).any():
        return "dead channel"
    back = codes.astype(np.float64) * scale
    error = np.abs(back - kernel) / scale
    if np.any(codes * np.sign(kernel) < 0) or np.abs(codes.astype(int)).max() > levels:
        return "wraps"
    if error.max() > 0.51:
        return "truncates" if error.max() < 1.01 else "codes × scale does not give the kernel back."
    if np.abs(codes).max(axis=(0, 1, 2))[np.abs(kernel).max(axis=(0, 1, 2)) > 0].min() < levels:
        return "The largest weight of a channel must get the largest code: the range is not used."
    return ""


QUANTIZE = Exercise(
    id="11.6",
    question=(
        "Write quantize(kernel, bits): codes (int8) and one scale for each output channel, so that "
        "codes × scale is as close to the kernel as it can be."
    ),
    expects="a function of (kernel, bits) that returns (codes, scale)",
    judge=_judge,
    mistakes=(
        Mistake(
            "per tensor",
            _per_tensor,
            "One scale for the whole kernel: harmless at 8 bits, a cliff at 4. Take one for each "
            "output channel.",
        ),
        Mistake(
            "channels in",
            _channels_in,
            "These scales belong to the input channels. Output channels are the last axis.",
        ),
        Mistake(
            "wraps",
            _wraps,
            "Some codes have the wrong sign or are too large: int8 has a sign, which "
            "leaves half as many levels.",
        ),
        Mistake(
            "truncates",
            _truncates,
            "Errors reach a whole step. `astype` cuts off; round to the nearest code first.",
        ),
        Mistake(
            "dead channel",
            _divides_by_zero,
            "A channel of zeros has scale 0, and dividing by it gives NaN. Give it any positive "
            "scale.",
        ),
    ),
)
