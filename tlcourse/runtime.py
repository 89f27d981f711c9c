"""What this machine is, and how the course uses it: device, precision, seeds, fast mode.

GPU branches follow TensorFlow's documented API and are tested by simulation only.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.memory import free_memory_mb, peak_memory_mb

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "PRECISIONS",
    "Device",
    "choose_precision",
    "cpu_count",
    "cpu_flags",
    "cpu_name",
    "device",
    "fast_mode",
    "free_memory_mb",
    "peak_memory_mb",
    "quiet_tensorflow",
    "seed_everything",
    "strategy",
]

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16")
_TENSOR_CORES = (7, 0)  # compute capability from which float16 convolutions are fast


@dataclass(frozen=True)
class Device:
    """The device that TensorFlow computes on.

    Args:
        kind: "gpu" or "cpu".
        name: Product name.
        count: Number of such devices.
        memory_mb: Memory of the first device (GPU) or of the machine (CPU), MiB.
        compute_capability: (major, minor) for a GPU, else None.
    """

    kind: str
    name: str
    count: int
    memory_mb: int
    compute_capability: tuple[int, int] | None = None


def fast_mode() -> bool:
    """Tell whether `TLCOURSE_FAST` asks for the short version of every experiment."""
    return os.environ.get("TLCOURSE_FAST", "0").lower() in {"1", "true", "yes", "on"}


def quiet_tensorflow() -> None:
    """Import Keras and TensorFlow without their start-up messages.

    A beginner cannot tell "could not find cuda drivers" from an error. A level that
    the learner has set in `TF_CPP_MIN_LOG_LEVEL` stays as it is, and then nothing is
    hidden. Costs about four seconds, once.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if "tensorflow" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        import keras

        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with _standard_error_hidden():
        import keras  # noqa: F401
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")
        # Each lesson builds many small models; TensorFlow takes that for a retracing bug.
        tf.get_logger().setLevel("ERROR")


@contextmanager
def _standard_error_hidden() -> Iterator[None]:
    """Send file descriptor 2 to a file, for TensorFlow's C++ code; shown if the block fails."""
    with tempfile.TemporaryFile() as hidden:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(saved, 2)
            hidden.seek(0)
            os.write(2, hidden.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


@lru_cache(maxsize=1)
def cpu_flags() -> frozenset[str]:
    """Return the CPU's instruction-set flags in lower case (Linux: from /proc, else py-cpuinfo)."""
    proc = Path("/proc/cpuinfo")
    if proc.exists():
        for line in proc.read_text(errors="replace").splitlines():
            if line.startswith("flags"):
                return frozenset(line.split(":", 1)[1].split())
    import cpuinfo  # about a second: it starts a process to ask the CPU

    return frozenset(cpuinfo.get_cpu_info().get("flags", ()))


@lru_cache(maxsize=1)
def cpu_name() -> str:
    """Return the CPU's product name."""
    proc = Path("/proc/cpuinfo")
    if proc.exists():
        for line in proc.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    import platform

    return platform.processor() or platform.machine()


def cpu_count() -> int:
    """Return the number of CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def device() -> Device:
    """Find the device TensorFlow will use, and let GPU memory grow instead of taking it all.

    Memory growth matters in a course: two notebooks open at once would otherwise
    leave nothing for the second.
    """
    quiet_tensorflow()
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        import psutil

        total = psutil.virtual_memory().total // 2**20
        return Device("cpu", cpu_name(), cpu_count(), total)
    for gpu in gpus:
        # Raises once the GPU is already running; growth was then decided earlier.
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except (RuntimeError, ValueError):
            break
    details = tf.config.experimental.get_device_details(gpus[0])
    return Device(
        "gpu",
        details.get("device_name", "GPU"),
        len(gpus),
        _gpu_memory_mb(),
        details.get("compute_capability"),
    )


def _gpu_memory_mb() -> int:
    """Ask nvidia-smi for the memory of the first GPU, MiB; 0 where it cannot tell."""
    import shutil
    import subprocess

    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    query = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        out = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
        return int(out.stdout.splitlines()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0


def choose_precision(
    precision: str = "auto", *, on: Device | None = None, flags: frozenset[str] | None = None
) -> tuple[str, str]:
    """Choose the number format for forward passes, and say why.

    bfloat16 halves the bytes and doubles the arithmetic rate, but only where the CPU
    has instructions for it; elsewhere it is emulated and many times slower. GPUs with
    tensor cores do the same for float16.

    Args:
        precision: "auto", or a format that is taken as it is.
        on: The device; found when None.
        flags: CPU flags; found when None.

    Returns:
        (format, reason in one sentence).

    Raises:
        CourseError: If `precision` is not one of `PRECISIONS`.
    """
    if precision not in PRECISIONS:
        raise CourseError(
            f"Unknown precision '{precision}'. Expected one of {', '.join(PRECISIONS)}; "
            f"'auto' picks the fastest that this machine computes well."
        )
    if precision != "auto":
        return precision, "asked for by the caller"
    on = on or device()
    if on.kind == "gpu":
        if on.compute_capability and tuple(on.compute_capability) >= _TENSOR_CORES:
            return "float16", f"{on.name} has tensor cores, which are fastest in float16"
        return "float32", f"{on.name} has no tensor cores, so float16 would not be faster"
    flags = cpu_flags() if flags is None else flags
    found = [f for f in _BFLOAT16_FLAGS if f in flags]
    if found:
        return "bfloat16", f"this CPU has {found[0]}, which computes in bfloat16 directly"
    return "float32", "this CPU has no bfloat16 instructions, where float32 is the fastest format"


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and, where it is loaded already, Keras and TensorFlow.

    Library functions take a `seed` of their own; this is for code that does not,
    such as a plain `model.fit` in a lesson.

    Args:
        seed: Whole number from 0 to 2**32 - 1.

    Raises:
        CourseError: If `seed` is not such a number.
    """
    is_integer = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not is_integer or not 0 <= seed < 2**32:
        raise CourseError(
            f"The seed must be a whole number from 0 to {2**32 - 1}, but it is {seed!r}."
        )
    quiet_tensorflow()
    import keras

    random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002  (lesson code may use the global generator)
    keras.utils.set_random_seed(int(seed))
    with suppress(ImportError):  # Keras 3.10 seeds its own generator only the first time
        from keras.src.backend.common import global_state

        global_state.set_global_attribute("global_seed_generator", None)


def strategy() -> tf.distribute.Strategy:
    """Return how training is spread: over all GPUs, over hosts, or not at all.

    A strategy that is already in scope is kept. `TF_CONFIG`, TensorFlow's description of a
    cluster, gives `MultiWorkerMirroredStrategy`; several GPUs give `MirroredStrategy`.
    Every replica holds all weights, takes its share of each batch, and adds its gradients
    to the others'. On several hosts, run the same program on each and call this before
    anything that computes; it waits until all hosts have come.

    Raises:
        CourseError: If `TF_CONFIG` is set and TensorFlow has computed something already.
    """
    quiet_tensorflow()
    import tensorflow as tf

    if tf.distribute.has_strategy():
        return tf.distribute.get_strategy()
    return _spread(os.environ.get("TF_CONFIG", ""))


@lru_cache(maxsize=1)
def _spread(cluster: str) -> tf.distribute.Strategy:
    import tensorflow as tf

    if cluster:
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except RuntimeError as error:
            raise CourseError(
                "TF_CONFIG names a cluster, but TensorFlow has computed something already. Call "
                "tlcourse.runtime.strategy() first, before loading data or a backbone."
            ) from error
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
