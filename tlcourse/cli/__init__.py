"""The command `tlcourse`: start, and end well whatever happens.

This module loads nothing heavy, so that Ctrl-C in the first second is already heeded.
The commands are in `tlcourse.cli.commands`.
"""

from __future__ import annotations

import os
import sys

from tlcourse.errors import CourseError
from tlcourse.jobs.interrupts import watched

_FAILED, _BAD_INPUT = 1, 2
_DEBUG = "TLCOURSE_DEBUG"


def main(argv: list[str] | None = None) -> None:
    """Run the command; turn every failure into one sentence and an exit status.

    Args:
        argv: Arguments without the program's name; those of this process when None.

    Raises:
        SystemExit: Always. 0 after success; 2 for input that cannot be used; 1 for a
            failure of the machine or the course; 128 + the signal after an interruption.
    """
    _print_anything()
    with watched() as watch:
        try:
            status = _run(argv)
            is_over = status != 128 + 2  # typer turns Ctrl-C into this status
        except KeyboardInterrupt:
            is_over = False
        except Exception as error:
            # An import that is interrupted fails with any exception at all.
            is_over = not watch.signum
            status = _explain(error) if is_over else 0
        if not is_over:
            sys.stderr.write("Interrupted. Nothing half-written was left behind.\n")
            status = watch.status
            if argv is None:
                # Leave at once: Python's own way out waits for threads, and where C code met
                # the interruption it replaces the status by a death from SIGINT.
                sys.stderr.flush()
                os._exit(status)
        sys.exit(status)


def _print_anything() -> None:
    """Write letters that the terminal's encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if "utf" not in (getattr(stream, "encoding", None) or "utf").lower():
            stream.reconfigure(errors="backslashreplace")


def _run(argv: list[str] | None) -> int:
    from tlcourse.cli.commands import app  # a third of a second: typer and rich

    status = app(args=argv, prog_name="tlcourse", standalone_mode=False)
    return status if isinstance(status, int) else 0


def _explain(error: Exception) -> int:
    """Print one sentence for a failure and return the exit status."""
    from tlcourse.cli.console import complain, usage_problem

    if isinstance(error, CourseError):
        complain(str(error))
        return _BAD_INPUT
    if (problem := usage_problem(error)) is not None:
        complain(problem)
        return _BAD_INPUT
    if os.environ.get(_DEBUG):
        raise error
    if isinstance(error, MemoryError):
        complain("There is not enough memory. Close other programs, or use a smaller --image-size.")
    elif isinstance(error, ValueError) and "before 1980" in str(error):
        complain(
            f"The clock of this machine says {_year()}, and model files cannot be dated before "
            f"1980. Set the clock and start again."
        )
    elif isinstance(error, OSError):
        complain(
            f"The system refused a file operation: {error.strerror or error} "
            f"({error.filename or 'no file named'}; {_free_space()}). Check space and "
            f"permissions; {_DEBUG}=1 shows details."
        )
    else:
        complain(
            f"Something unexpected happened ({type(error).__name__}: {error}). This is a fault of "
            f"the course: please report it with what {_DEBUG}=1 shows."
        )
    return _FAILED


def _year() -> str:
    import time

    return time.strftime("%Y", time.localtime())


def _free_space() -> str:
    import shutil

    try:
        return f"{shutil.disk_usage('.').free // 2**20:,} MiB are free here"
    except OSError:
        return "the current folder is gone"
