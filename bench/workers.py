"""Contenders, each in a process of its own, released in turn: A B A B.

Two libraries in one process would share threads and memory, and the second would pay for
the first. Here every contender waits in its own process, and one at a time is released
for one piece of work. A contender is a function `contender(turn, **options)`; it calls
`turn()` when it is ready and after every piece. The first piece is a warm-up and is not
counted.
"""

from __future__ import annotations

import importlib
import multiprocessing as mp
import os
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

Turn = Callable[..., None]


class _Stop(BaseException):
    """No more pieces are wanted."""


@dataclass
class Worker:
    """One contender.

    Args:
        name: How it is called in tables.
        contender: "module:function".
        options: Keyword arguments of that function.

    Attributes:
        seconds: Wall clock of each counted piece, s.
        cpu_seconds: The same on all cores together, s.
        facts: What the contender said about itself and its last piece.
        missing: Why it could not run, or None.
    """

    name: str
    contender: str
    options: dict[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    missing: str | None = None

    def start(self) -> Worker:
        """Start the process, wait until it is ready, and run the warm-up."""
        context = mp.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, self.contender, self.options)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        if self._receive() is not None:
            self._release()
        return self

    def run(self) -> None:
        """Release the contender for one counted piece."""
        if self.missing is None and (piece := self._release()) is not None:
            self.seconds.append(piece["seconds"])
            self.cpu_seconds.append(piece["cpu_seconds"])

    def _release(self) -> dict[str, Any] | None:
        self._connection.send("go")
        return self._receive()

    def _receive(self) -> dict[str, Any] | None:
        try:
            answer = self._connection.recv()
        except EOFError as error:
            raise RuntimeError(
                f"{self.name} ended without an answer; see its error above"
            ) from error
        if "missing" in answer:
            self.missing = answer["missing"]
            return None
        self.facts |= answer.pop("facts")
        return answer

    def stop(self) -> None:
        """End the process."""
        with suppress(BrokenPipeError):  # it ended by itself
            self._connection.send("stop")
        self._process.join()

    @property
    def median(self) -> float | None:
        """Median seconds of a piece, or None where it could not run."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def cpu_median(self) -> float | None:
        """Median seconds of all cores of a piece, or None where it could not run."""
        return statistics.median(self.cpu_seconds) if self.cpu_seconds else None

    def record(self) -> dict[str, Any]:
        """Return everything measured, as plain data."""
        return {
            "name": self.name,
            "median_seconds": self.median,
            "median_cpu_seconds": self.cpu_median,
            "seconds": [round(s, 4) for s in self.seconds],
            "cpu_seconds": [round(s, 4) for s in self.cpu_seconds],
            "missing": self.missing,
            **self.facts,
        }


def race(workers: list[Worker], repeats: int) -> list[Worker]:
    """Start all, run them in turn `repeats` times, stop all."""
    try:
        for worker in workers:
            worker.start()
        for _ in range(repeats):
            for worker in workers:
                worker.run()
    finally:
        for worker in workers:
            if hasattr(worker, "_process"):
                worker.stop()
    return workers


def _serve(connection: Any, contender: str, options: dict[str, Any]) -> None:
    """Run in the contender's process: answer each release with what the piece took."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    clocks = [time.perf_counter(), time.process_time()]

    def turn(**facts: Any) -> None:
        now = [time.perf_counter(), time.process_time()]
        seconds, cpu_seconds = (b - a for a, b in zip(clocks, now, strict=True))
        connection.send({"seconds": seconds, "cpu_seconds": cpu_seconds, "facts": facts})
        if connection.recv() == "stop":
            raise _Stop
        clocks[:] = [time.perf_counter(), time.process_time()]

    module, function = contender.split(":")
    try:
        getattr(importlib.import_module(module), function)(turn, **options)
    except ImportError as error:
        connection.send({"missing": f"{error.name} is not installed"})
    except _Stop:
        pass
