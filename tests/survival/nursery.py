"""Processes that start in milliseconds: this one imports everything, the others fork from it.

Run as a program, it reads jobs from standard input, one JSON object in a line, and answers
in the same way. A forked process is like a fresh one that has imported TensorFlow and not
used it yet. The process of the tests itself cannot fork: its TensorFlow has threads.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

WARM = (
    "keras",
    "tensorflow",
    "h5py",
    "PIL.Image",
    "sklearn.linear_model",
    "tlcourse.cli.commands",
    "tlcourse.features",
    "tlcourse.jobs.fit",
    "tlcourse.jobs.write",
    "tests.survival.work",
)


@dataclass
class Outcome:
    """How a process ended: its status (minus the signal that killed it) and what it printed."""

    status: int
    out: str
    err: str


@dataclass
class Child:
    """A running process that was forked from the nursery."""

    nursery: Nursery
    pid: int
    folder: Path

    def signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def is_running(self) -> bool:
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"

    def wait_for(self, condition, seconds: float = 60) -> None:
        """Wait until something is so; fail if the process ends before."""
        end = time.monotonic() + seconds
        while not condition():
            assert self.is_running(), f"it ended too early: {self._printed('err')}"
            assert time.monotonic() < end, "it never came so far"
            time.sleep(0.002)

    def finish(self, seconds: float = 120) -> Outcome:
        answer = self.nursery.ask({"wait": self.pid, "seconds": seconds})
        # A bar of progress appears on slow machines only: it is not a message.
        lines = [x for x in re.split(r"[\r\n]", self._printed("err")) if "picture/s]" not in x]
        err = "\n".join(line for line in lines if line)
        return Outcome(answer["status"], self._printed("out"), err and err + "\n")

    def _printed(self, stream: str) -> str:
        return (self.folder / stream).read_text("utf-8", errors="surrogateescape")


@dataclass
class Nursery:
    """The process that forks the others; one for all tests of a session."""

    folder: Path
    program: subprocess.Popen = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        with (self.folder / "err").open("w") as messages:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "tests.survival.nursery"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
            )
        ready = self.program.stdout.readline()
        assert ready, (self.folder / "err").read_text()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.program.stdin.write(json.dumps(question) + "\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline())

    def start(self, job: str, *, env: dict[str, str] | None = None, **options) -> Child:
        """Run the function `job` of `tests.survival.work` in a process of its own."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        options = {k: str(v) if isinstance(v, Path) else v for k, v in options.items()}
        names = ("TLCOURSE_CACHE", "TLCOURSE_PROGRESS", "KERAS_HOME")
        env = {k: v for k, v in os.environ.items() if k in names} | (env or {})
        answer = self.ask({"job": job, "options": options, "env": env, "folder": str(folder)})
        return Child(self, answer["pid"], folder)

    def run(self, job: str, *, env: dict[str, str] | None = None, **options) -> Outcome:
        return self.start(job, env=env, **options).finish()

    def close(self) -> None:
        self.program.stdin.close()
        self.program.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def shared_nursery() -> Nursery:
    """Return the one nursery of this process; it ends when the tests do."""
    nursery = Nursery(Path(tempfile.mkdtemp(prefix="nursery-")))
    atexit.register(nursery.close)
    return nursery


def main() -> None:
    for name in WARM:
        importlib.import_module(name)
    children: set[int] = set()
    _answer({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            _answer({"status": _wait(question["wait"], question["seconds"])})
            children.discard(question["wait"])
            continue
        pid = os.fork()
        if pid == 0:
            _live(question)
        children.add(pid)
        _answer({"pid": pid})
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _wait(pid: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)


def _live(question: dict[str, Any]) -> None:
    """Be the new process: own streams, own environment, one function, and the end."""
    status = 1
    try:
        for handle, name in ((1, "out"), (2, "err")):
            target = os.open(f"{question['folder']}/{name}", os.O_WRONLY | os.O_CREAT, 0o666)
            os.dup2(target, handle)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.environ.update(question["env"])
        from tests.survival import work

        getattr(work, question["job"])(**question["options"])
        status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
