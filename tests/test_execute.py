"""Runs of small notebooks: results, every way of failing, the kernel, the output file."""

import json
import sys

import nbformat
import psutil
import pytest

from tlcourse.errors import CourseError
from tlcourse.execute import find_chapters, run_notebook

PYTHON3 = {"name": "python3", "display_name": "Python 3", "language": "python"}
ALLOCATED_MB = 300


def write_notebook(path, *sources, title=None):
    """Write a notebook: a parameters cell, then the sources as cells c1, c2, ..."""
    new = nbformat.v4.new_code_cell
    cells = [new("SEED = 0\nIMAGE_SIZE = 96", id="c0", metadata={"tags": ["parameters"]})]
    cells += [new(text, id=f"c{number}") for number, text in enumerate(sources, start=1)]
    if title:
        cells.insert(0, nbformat.v4.new_markdown_cell(f"# {title}", id="front"))
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": PYTHON3})
    nbformat.write(notebook, path)
    return path


def printed(path):
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def running_kernels():
    """Kernels that this process started and that still run (a zombie has no command line)."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "ipykernel_launcher" in " ".join(child.cmdline())]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.mark.parametrize(("fast", "flag"), [(True, "1"), (False, "0")])
def test_a_good_notebook_runs_in_this_python(tmp_path, out, monkeypatch, fast, flag):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("TLCOURSE_FAST", "1")  # must not leak into a normal run
    source = (
        "import os, sys, tlcourse\n"
        "print(sys.executable, os.environ['TLCOURSE_FAST'], os.environ['MPLBACKEND'], os.getcwd())"
    )
    path = write_notebook(tmp_path / "01_good.ipynb", source)
    run = run_notebook(path, out_dir=out, fast=fast)
    assert run.ok
    assert run.error is None
    assert run.name == "01_good"
    assert run.executed == out / "01_good.ipynb"
    backend = "module://matplotlib_inline.backend_inline"
    assert printed(run.executed).split() == [sys.executable, flag, backend, str(tmp_path)]
    assert list(out.iterdir()) == [run.executed]
    assert run.seconds > 0


def test_other_kernelspecs_are_not_used(tmp_path, out, monkeypatch):
    """Another environment's kernel named python3 stands first in Jupyter's path."""
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = ["/nonexistent/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "conda", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    path = write_notebook(tmp_path / "shadow.ipynb", "import sys; print(sys.executable)")
    run = run_notebook(path, out_dir=out, fast=True)
    assert run.ok, run.error
    assert printed(run.executed).strip() == sys.executable


@pytest.mark.parametrize(
    ("source", "name", "message", "cell"),
    [
        ("1 / 0", "ZeroDivisionError", "division by zero", "c1"),
        ("x = 1\nassert x == 2, 'x must be two'", "AssertionError", "x must be two", "c1"),
        ("import os; os._exit(3)", "DeadKernelError", "died", "c1"),
        ("while True: pass", "CellTimeoutError", "longer than 5 seconds", "c1"),
        ("import sys; sys.exit(0)", "SystemExit", "stopped", "c1"),
        ("print(1", "SyntaxError", "line 1)", "c1"),
    ],
)
def test_every_failure_is_reported(tmp_path, out, source, name, message, cell):
    path = write_notebook(tmp_path / "bad.ipynb", source, "print('not reached')")
    run = run_notebook(path, out_dir=out, fast=True, timeout=5)
    assert not run.ok
    assert run.error.name == name
    assert message in run.error.message
    assert "\x1b" not in run.error.message
    assert run.error.cell_id == cell
    assert str(run.error).startswith(f"{name} in cell 'c1': ")
    assert "not reached" not in printed(run.executed)
    assert not running_kernels()


def test_exit_in_the_last_cell_is_a_failure_too(tmp_path, out):
    path = write_notebook(tmp_path / "exit.ipynb", "raise SystemExit(0)")
    assert run_notebook(path, out_dir=out, fast=True).error.name == "SystemExit"


def test_a_dead_kernel_is_noticed_long_before_the_timeout(tmp_path, out):
    path = write_notebook(tmp_path / "dead.ipynb", "import os; os._exit(1)")
    assert run_notebook(path, out_dir=out, fast=True, timeout=600).seconds < 60


def test_peak_memory_counts_the_kernel_and_its_children(tmp_path, out):
    hold = f"import time; block = b'x' * ({ALLOCATED_MB} * 2**20); time.sleep(1)"
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {hold!r}], check=True)"
    small = run_notebook(
        write_notebook(tmp_path / "small.ipynb", "import time; time.sleep(1)"),
        out_dir=out,
        fast=True,
    )
    large = run_notebook(write_notebook(tmp_path / "large.ipynb", source), out_dir=out, fast=True)
    assert small.ok
    assert large.ok
    assert 20 < small.peak_mb < ALLOCATED_MB
    assert small.peak_mb + 0.9 * ALLOCATED_MB < large.peak_mb < small.peak_mb + 2 * ALLOCATED_MB


def test_parameters_replace_the_values(tmp_path, out):
    path = write_notebook(tmp_path / "p.ipynb", "print(SEED, IMAGE_SIZE)")
    run = run_notebook(path, out_dir=out, fast=True, parameters={"SEED": 7})
    assert printed(run.executed) == "7 96\n"


def test_unknown_parameters_are_refused_with_the_valid_names(tmp_path, out):
    path = write_notebook(tmp_path / "p.ipynb", "print(SEED)")
    with pytest.raises(CourseError, match=r"named seed.*SEED, IMAGE_SIZE"):
        run_notebook(path, out_dir=out, fast=True, parameters={"seed": 7})
    assert not out.exists()


def test_on_cell_hears_of_every_code_cell(tmp_path, out):
    calls = []
    path = write_notebook(tmp_path / "n.ipynb", "1", "2", title="Title")
    run_notebook(path, out_dir=out, fast=True, on_cell=lambda *call: calls.append(call))
    assert calls == [(0, 3, "c0"), (1, 3, "c1"), (2, 3, "c2"), (3, 3, "")]


def test_the_executed_copy_replaces_an_older_one(tmp_path, out):
    path = write_notebook(tmp_path / "n.ipynb", "print('new')")
    out.mkdir()
    (out / "n.ipynb").write_text("old")
    run = run_notebook(path, out_dir=out, fast=True)
    assert printed(run.executed) == "new\n"
    assert [entry.name for entry in out.iterdir()] == ["n.ipynb"]


def test_an_interrupted_run_leaves_nothing_behind(tmp_path, out):
    def interrupt(index, _total, _cell):
        if index == 1:
            assert running_kernels()
            raise KeyboardInterrupt

    path = write_notebook(tmp_path / "n.ipynb", "1")
    with pytest.raises(KeyboardInterrupt):
        run_notebook(path, out_dir=out, fast=True, on_cell=interrupt)
    assert list(out.iterdir()) == []
    assert not running_kernels()


def test_the_notebook_itself_is_never_written(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", "1")
    with pytest.raises(CourseError, match="another output folder"):
        run_notebook(path, out_dir=tmp_path, fast=True)


def test_unreadable_notebooks_are_named(tmp_path, out):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    with pytest.raises(CourseError, match="not a readable notebook"):
        run_notebook(broken, out_dir=out, fast=True)
    with pytest.raises(CourseError, match="There is no notebook"):
        run_notebook(tmp_path / "missing.ipynb", out_dir=out, fast=True)


def test_find_chapters_lists_numbered_notebooks_in_order(tmp_path):
    write_notebook(tmp_path / "notebooks" / "03_features.ipynb", title="03 Features at work")
    write_notebook(tmp_path / "notebooks" / "00_start_here.ipynb", title="00 Start here")
    write_notebook(tmp_path / "notebooks" / "mine.ipynb", title="Mine")
    write_notebook(tmp_path / "notebooks" / "03_features-Copy1.ipynb", title="03 Copy")
    solution = write_notebook(tmp_path / "solutions" / "03_features.ipynb", title="03 Features")
    start, features = find_chapters(tmp_path)
    assert (start.number, start.title, start.solution) == ("00", "Start here", None)
    assert (features.number, features.title) == ("03", "Features at work")
    assert features.path == tmp_path / "notebooks" / "03_features.ipynb"
    assert features.solution == solution


def test_find_chapters_says_where_it_looked(tmp_path):
    with pytest.raises(CourseError, match=r"No chapter was found in .*notebooks"):
        find_chapters(tmp_path)
