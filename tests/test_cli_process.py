"""The installed command as a process of its own: statuses, streams, and signals at any moment."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from tests.datasets import hostile
from tlcourse.paths import data_dir

EMOJI = data_dir() / "emoji" / "noto"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TLCOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    return tmp_path / "cache"


def start(*args, program=("-m", "tlcourse.cli")):
    def default_signals():  # pytest itself may run with Ctrl-C ignored
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, *program, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err, err
    return process.returncode, out, err


def wait_for(condition, process, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "it never came so far"
        time.sleep(0.005)


def is_watching(process) -> bool:
    """Tell whether the command has begun: it then catches SIGTERM."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def has_loaded(process, library) -> bool:
    return library in Path(f"/proc/{process.pid}/maps").read_text()


def assert_nothing_half(folder: Path, cache: Path) -> None:
    left = [p.name for p in folder.iterdir() if p != cache]
    assert left == [], left
    for path in cache.rglob("*"):
        assert not path.name.endswith(".part"), path
        if path.suffix == ".npz":
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


def test_statuses_and_streams(tmp_path, cache):
    pets = hostile.two_classes(tmp_path / "pets", 6)
    code, out, err = finish(start("fit", tmp_path / "no", "--out", tmp_path / "run", "--json"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    fit = start("fit", pets, "--out", tmp_path / "run", "--image-size", "32", "--json")
    code, out, err = finish(fit)
    assert (code, err) == (0, "")
    summary = json.loads(out)
    assert out.count("\n") == 1
    assert summary["n_train"] + summary["n_test"] == 12
    code, out, err = finish(start("predict", tmp_path / "run", pets / "cats" / "p1_0.png"))
    assert (code, err) == (0, "")
    assert "cats" in out or "dogs" in out


@pytest.mark.parametrize(
    ("signum", "moment", "delay"),
    [
        (signal.SIGINT, None, 0.0),
        (signal.SIGTERM, None, 0.4),
        (signal.SIGINT, "libtensorflow", 0.0),
        (signal.SIGTERM, "libtensorflow", 0.7),
        (signal.SIGINT, "features", 0.0),
    ],
)
def test_an_interrupted_fit_leaves_nothing(tmp_path, cache, signum, moment, delay):
    fit = start("fit", EMOJI, "--out", tmp_path / "a" / "run")
    if moment is None:
        wait_for(lambda: is_watching(fit), fit)
    elif moment == "features":
        wait_for(lambda: has_loaded(fit, "libtensorflow"), fit)
        # By now it works on the pictures: TensorFlow's threads have burned some seconds.
        begin = sum(psutil.Process(fit.pid).cpu_times()[:2])
        wait_for(lambda: sum(psutil.Process(fit.pid).cpu_times()[:2]) > begin + 6, fit)
    else:
        wait_for(lambda: has_loaded(fit, moment), fit)
    time.sleep(delay)
    fit.send_signal(signum)
    code, out, err = finish(fit)
    assert code == 128 + signum, (code, err)
    assert out == ""
    assert err.strip().endswith("Interrupted. Nothing half-written was left behind.")
    assert_nothing_half(tmp_path, cache)


def test_a_killed_fit_is_not_taken_for_a_run_and_the_next_one_cleans_up(tmp_path, cache):
    pets, out = hostile.two_classes(tmp_path / "pets", 6), tmp_path / "run"
    fit = start("fit", pets, "--out", out, "--image-size", "32")
    wait_for(lambda: list(tmp_path.glob(".run.part-*")), fit)
    fit.kill()
    fit.communicate()
    assert not out.exists()
    assert len(list(tmp_path.glob(".run.part-*"))) == 1
    code, _, err = finish(start("predict", out, "x.png"))
    assert code == 2
    assert "is not a run" in err
    code, _, err = finish(start("fit", pets, "--out", out, "--image-size", "32", "--json"))
    assert (code, err) == (0, "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "pets", "run"]


@pytest.mark.parametrize("args", [("doctor",), ("predict",)])
def test_interrupting_while_tensorflow_loads(tmp_path, cache, args):
    if args == ("predict",):
        hostile.write(tmp_path, "run/model.keras", b"x")
        facts = {
            "class_names": ["a", "b"],
            "details": {"image_size": 32},
            "model_sha256": hashlib.sha256(b"x").hexdigest(),
        }
        hostile.write(tmp_path, "run/result.json", json.dumps(facts).encode())
        args = ("predict", tmp_path / "run", "x.png")
    process = start(*args)
    wait_for(lambda: has_loaded(process, "libtensorflow"), process)
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert (code, out) == (130, "")
    assert err.strip().endswith("Interrupted. Nothing half-written was left behind.")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_a_chapter_ends_its_kernel(tmp_path, cache, signum):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell("import time\ntime.sleep(60)")]
    notebook.metadata["kernelspec"] = {
        "name": "python3", "language": "python", "display_name": "Python 3",
    }  # fmt: skip
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "03_slow.ipynb")
    code = (
        "import sys; from pathlib import Path; from tlcourse import paths\n"
        "place = Path(sys.argv.pop(1)); paths.asset_dir = lambda name: place / name\n"
        "from tlcourse.cli import main; main()"
    )
    process = start(tmp_path, "run", "--out", tmp_path / "out", program=("-c", code))
    # Not any child will do: looking at the machine starts some before the kernel.
    wait_for((tmp_path / "out").is_dir, process)
    wait_for(lambda: psutil.Process(process.pid).children(recursive=True), process)
    kernels = psutil.Process(process.pid).children(recursive=True)
    time.sleep(1.5)
    process.send_signal(signum)
    code, _, err = finish(process)
    assert code == 128 + signum, (code, err)
    assert list((tmp_path / "out").iterdir()) == []
    _, alive = psutil.wait_procs(kernels, timeout=15)
    assert alive == [], "a kernel was left running"


def test_a_closed_pipe_is_no_disaster(tmp_path, cache):
    process = start("--help")
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    assert process.wait(timeout=60) in (0, 1)


def test_where_the_current_folder_is_gone(tmp_path, cache):
    gone = tmp_path / "gone"
    gone.mkdir()
    before = Path.cwd()
    try:
        os.chdir(gone)
        gone.rmdir()
        code, _, err = finish(start("fit", "pets", "--out", "run"))
    finally:
        os.chdir(before)
    assert code == 2
    assert err.startswith("Error: ")
