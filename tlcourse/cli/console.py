"""What the commands print: tables on standard output, progress and complaints on standard error.

Names come from files that anybody may have made, so control characters are shown and
never sent to the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tlcourse.datasets.folder_tree import readable
from tlcourse.errors import CourseError
from tlcourse.jobs import interrupts

# typer keeps the class of all usage errors to itself; this one derives from it.
_USAGE_ERROR = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
_SHOWN_SKIPS = 5

Step = Callable[[str, int, int], None]


def _out() -> Console:
    return Console()


def _err() -> Console:
    return Console(stderr=True)


def complain(message: str) -> None:
    """Print an error for a person, on standard error."""
    _err().print(f"[red]Error:[/red] {shown(message)}", soft_wrap=True, highlight=False)


def say(message: str) -> None:
    """Print a remark on standard error."""
    _err().print(shown(message), soft_wrap=True, highlight=False)


def tell(message: str) -> None:
    """Print a finding on standard output."""
    _out().print(shown(message), soft_wrap=True, highlight=False)


def shown(text: Any) -> str:
    """Return text with neither control characters nor markup of its own."""
    return escape(readable(str(text)))


def print_json(data: Any) -> None:
    """Print one JSON object, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def print_table(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print rows; the first column is text, the others are numbers where they look like it."""
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(shown, row))
    _out().print(table)


def usage_problem(error: Exception) -> str | None:
    """Return what is wrong with the command line in one sentence; None for other errors."""
    if not isinstance(error, _USAGE_ERROR):
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tlcourse"
    text = error.format_message().split("\n")[0].rstrip(". ")
    return f"{text}. See `{command} --help`."


def print_fit(summary: dict[str, Any]) -> None:
    """Print what a fit found and where it is."""
    low, high = summary["interval"]
    rows = [
        ("accuracy", f"{summary['test_accuracy']:.3f}"),
        ("95 % interval", f"{low:.3f} to {high:.3f}"),
        ("always the most frequent class", f"{summary['majority']:.3f}"),
        ("learned from / tested on", f"{summary['n_train']} / {summary['n_test']} pictures"),
        ("classes", ", ".join(summary["classes"])),
        ("time", f"{summary['seconds']:.1f} s"),
        ("skipped files", len(summary["skipped"])),
    ]
    print_table(("measured on the sealed test part", "value"), rows)
    skipped = summary["skipped"]
    for item in skipped[:_SHOWN_SKIPS]:
        say(f"skipped {item['path']}: {item['reason']}")
    if len(skipped) > _SHOWN_SKIPS:
        say(f"... and {len(skipped) - _SHOWN_SKIPS} more, listed in the report.")
    tell(f"Report: {summary['run']}/report.html")


def print_ranking(found: dict[str, Any]) -> None:
    """Print the scores of all candidates, how far they can be trusted, and what was left out."""
    keys = ("dimension", "knn", "logme", "h_score", "leep", "nce")
    keys = tuple(key for key in keys if any(key in row["scores"] for row in found["rows"]))
    with_truth = bool(found["agreement"])
    rows = [
        (row["name"], *(_score(row["scores"].get(key), key) for key in keys))
        + ((_estimate(row["truth"]),) if with_truth else ())
        for row in found["rows"]
    ]
    print_table(("candidate", *keys, *(("truth, 95 % interval",) if with_truth else ())), rows)
    if with_truth:
        head = ("score", "weighted tau, 95 % interval", "its first choice", "costs")
        rows = [
            (a["score"], _estimate(a["tau"]), a["first_choice"], f"{100 * a['regret']:.1f} points")
            for a in found["agreement"]
        ]
        print_table(head, rows)
    for name, reason in found["missing"].items():
        say(f"{name} is left out: {reason}")
    n, sealed = found["n"], found["n_sealed"]
    tell(f"Scored on {n} pictures; {sealed} test pictures of seed {found['seed']} stay sealed.")
    best = found["rows"][0]["name"]
    if with_truth:
        tell(f"Best measured: {best}. knn and dimension are the baselines a score has to beat.")
    else:
        tell(f"First by the knn baseline: {best}. Scores only rank; --truth measures.")


def _score(value: float | None, key: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if key == "dimension" else f"{value:.3f}"


def _estimate(interval: dict[str, Any]) -> str:
    if interval["estimate"] is None:
        return "not defined"
    return f"{interval['estimate']:.2f} ({interval['low']:.2f} to {interval['high']:.2f})"


def ask(question: str, *, quiet: bool) -> None:
    """Ask whether to go on; leave with status 0 after a no.

    Raises:
        CourseError: If nobody can be asked.
    """
    if quiet or not sys.stdin.isatty():
        raise CourseError(f"{question} Nobody can be asked here; add --yes to do it.")
    if not typer.confirm(question):
        raise typer.Exit(0)


@contextmanager
def steps(*, quiet: bool) -> Iterator[Step]:
    """Show a progress bar for each kind of step, where somebody is looking.

    Every step also heeds an interruption that was lost.
    """
    console = _err()
    if quiet or not console.is_terminal:
        yield lambda what, done, total: interrupts.check()
        return
    columns = (TextColumn("{task.description}"), BarColumn(24), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        tasks: dict[str, Any] = {}

        def step(what: str, done: int, total: int) -> None:
            interrupts.check()
            if what not in tasks:
                tasks[what] = progress.add_task(shown(what), total=max(total, 1))
            progress.update(tasks[what], completed=done if total else 1, total=max(total, 1))

        yield step


@contextmanager
def status(what: str, *, quiet: bool) -> Iterator[None]:
    """Show that something is going on, where somebody is looking."""
    console = _err()
    if quiet or not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
