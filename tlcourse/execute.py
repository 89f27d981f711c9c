"""Run notebooks from the command line and from tests, and measure what a run costs.

Papermill executes the notebook in a kernel of this very Python (see `kernels`).
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    from tlcourse.kernels import Kernel

CELL_TIMEOUT = 600
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CHAPTER = re.compile(r"^(\d\d)_[a-z0-9_]+$")

logging.getLogger("papermill").addHandler(logging.NullHandler())  # failures are in ChapterRun

OnCell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RunError:
    """Why a run stopped.

    Args:
        name: Name of the exception, such as "ValueError", "CellTimeoutError" or "DeadKernelError".
        message: Its message, without colors.
        cell_id: Id of the cell that was running; "" if none had started.
    """

    name: str
    message: str
    cell_id: str

    def __str__(self) -> str:
        where = f" in cell '{self.cell_id}'" if self.cell_id else " before the first cell"
        return f"{self.name}{where}: {self.message}"


@dataclass(frozen=True)
class ChapterRun:
    """What one run of a notebook gave.

    Args:
        name: File name without suffix.
        seconds: Wall-clock time, kernel start included.
        peak_mb: Largest resident memory of the kernel and its children together, MiB.
            Sampled ten times a second: a shorter peak can be missed.
        ok: True if every cell ran.
        error: Why it stopped, or None.
        executed: The notebook with its outputs, up to the cell that failed.
    """

    name: str
    seconds: float
    peak_mb: float
    ok: bool
    error: RunError | None
    executed: Path


@dataclass(frozen=True)
class Chapter:
    """A chapter as a learner finds it.

    Args:
        number: Two digits, such as "03".
        title: Its first heading without the number.
        path: The learner's notebook.
        solution: The worked copy, or None when it is not there.
    """

    number: str
    title: str
    path: Path
    solution: Path | None


def find_chapters(root: Path | str) -> list[Chapter]:
    """List the chapters in reading order.

    Args:
        root: The folder that holds `notebooks/` and, beside it, `solutions/`.

    Raises:
        CourseError: If there is no `notebooks` folder or no chapter in it.
    """
    root = Path(root)
    chapters = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        match = _CHAPTER.match(path.stem)
        if not match:
            continue
        solution = root / "solutions" / path.name
        title = _title(path, match.group(1))
        chapters.append(
            Chapter(match.group(1), title, path, solution if solution.exists() else None)
        )
    if not chapters:
        raise CourseError(
            f"No chapter was found in {root / 'notebooks'}. Expected files such as "
            f"03_feature_extraction.ipynb: run 'make notebooks', or give another folder."
        )
    return chapters


def run_notebook(
    path: Path | str,
    *,
    out_dir: Path | str,
    fast: bool,
    parameters: Mapping[str, Any] | None = None,
    timeout: float = CELL_TIMEOUT,
    on_cell: OnCell | None = None,
) -> ChapterRun:
    """Execute a notebook from top to bottom in a fresh kernel of this Python.

    The notebook runs in its own folder, as it does in JupyterLab. The executed copy
    is moved into place in one step, so a killed run leaves no half-written file.

    Args:
        path: The notebook.
        out_dir: Folder for the executed copy; created if missing.
        fast: Set `TLCOURSE_FAST` for the kernel: smaller experiments, fewer seeds.
        parameters: New values for names of the cell tagged `parameters`.
        timeout: Seconds that one cell may take.
        on_cell: Called as `on_cell(index, total, cell_id)` when a code cell starts,
            `index` counting from 0, and once as `on_cell(total, total, "")` at the end.

    Returns:
        The run. An error inside the notebook is reported in it, not raised.

    Raises:
        CourseError: If the notebook cannot be read, a parameter does not exist, or
            `out_dir` is the notebook's own folder.
    """
    from tlcourse.kernels import MemoryWatch, kernel_manager

    path, out_dir = Path(path).resolve(), Path(out_dir).resolve()
    notebook = _read(path)
    if out_dir == path.parent:
        raise CourseError(
            f"The executed copy would overwrite {path}. Choose another output folder."
        )
    _check_parameters(path, parameters or {})
    total = sum(cell.cell_type == "code" for cell in notebook.cells) + bool(parameters)
    watch = _CellWatch(total, on_cell)
    out_dir.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tlcourse-run-") as scratch:
        produced = Path(scratch) / path.name
        manager = kernel_manager(Path(scratch), fast=fast)
        with MemoryWatch(manager) as memory:
            error = _execute(path, produced, manager, parameters, timeout, watch)
        executed = _put(produced, out_dir / path.name)
    if error is None and on_cell:
        on_cell(total, total, "")
    seconds = time.perf_counter() - started
    return ChapterRun(path.stem, seconds, memory.peak_mb, error is None, error, executed)


def _read(path: Path):
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(
            f"There is no notebook {path}. Check the name, or run 'make notebooks' first."
        ) from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise CourseError(
            f"{path} is not a readable notebook ({type(error).__name__}). "
            f"Fetch it again, or run 'make notebooks'."
        ) from None


def _title(path: Path, number: str) -> str:
    for cell in _read(path).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            heading = cell.source.splitlines()[0][2:].strip()
            return heading.removeprefix(number).strip()
    return path.stem


def _check_parameters(path: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse unknown names; papermill itself only warns and runs with the old values."""
    if not parameters:
        return
    import papermill

    try:
        known = papermill.inspect_notebook(str(path))
    except ValueError as error:
        raise CourseError(
            f"The parameters of {path.name} cannot be read: {error} "
            f"Open it in JupyterLab, choose the Python 3 kernel and save it."
        ) from None
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        valid = ", ".join(known) or "none"
        raise CourseError(
            f"{path.name} has no parameter named {', '.join(unknown)}. "
            f"It has: {valid}. Names are case-sensitive."
        )


def _execute(
    path: Path,
    produced: Path,
    manager: Kernel,
    parameters: Mapping[str, Any] | None,
    timeout: float,
    watch: _CellWatch,
) -> RunError | None:
    """Run the notebook with papermill; returns why it stopped, or None."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    try:
        done = papermill.execute_notebook(
            path,
            produced,
            parameters=dict(parameters or {}),
            kernel_name="python3",
            language="python",
            cwd=path.parent,
            progress_bar=False,
            execution_timeout=timeout,
            km=manager,
            on_cell_start=watch,
        )
    except papermill.PapermillExecutionError as error:
        return RunError(error.ename, _ANSI.sub("", error.evalue), watch.cell_id)
    except CellTimeoutError:
        message = f"the cell took longer than {timeout:g} seconds"
        return RunError("CellTimeoutError", message, watch.cell_id)
    except (DeadKernelError, RuntimeError) as error:
        return RunError(type(error).__name__, str(error), watch.cell_id)
    finally:
        manager.close()
    if done.metadata.papermill.exception:  # papermill lets sys.exit(0) pass as success
        message = f"stopped after {watch.started} of {watch.total} code cells"
        return RunError("SystemExit", message, watch.cell_id)
    return None


class _CellWatch:
    """Remember which cell runs and tell the caller; nbclient calls it at every cell."""

    def __init__(self, total: int, on_cell: OnCell | None) -> None:
        self.total, self.started, self.cell_id = total, 0, ""
        self._on_cell = on_cell

    def __call__(self, cell: Any, cell_index: int) -> None:
        if cell.cell_type != "code":
            return
        self.cell_id = cell.get("id", str(cell_index))
        if self._on_cell:
            self._on_cell(self.started, self.total, self.cell_id)
        self.started += 1


def _put(produced: Path, target: Path) -> Path:
    """Move the executed notebook to its place in one step."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(produced.read_bytes())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
