"""The command `tlcourse`: it parses, calls, and prints. The work is done elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tlcourse.errors import CourseError

app = typer.Typer(
    name="tlcourse",
    help="Transfer learning by running it: fit, measure and learn.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console()
_err = Console(stderr=True)
_BAD_INPUT, _FAILED, _INTERRUPTED = 2, 1, 130

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def doctor(
    as_json: AsJson = False,
    official: Annotated[
        bool, typer.Option("--official", help="First download the official weights (58 MB).")
    ] = False,
) -> None:
    """Tell what this machine can do, measured."""
    from tlcourse import preflight, weights

    if official:
        weights.download_official()
    with _status("measuring this machine", quiet=as_json):
        found = preflight.doctor()
    if as_json:
        _print_json(found)
        return
    table = _table("this machine", "", title=None)
    for row in found.rows():
        table.add_row(*map(escape, row))
    _out.print(table)
    _out.print(escape(found["verdict"]))


@app.command()
def fit(
    folder: Annotated[Path, typer.Argument(help="One folder of pictures for each class.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; must not exist.")],
    method: Annotated[str, typer.Option(help="probe or scratch.")] = "probe",
    image_size: Annotated[int, typer.Option(help="Side of the square, pixels.")] = 96,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    weights: Annotated[str | None, typer.Option(help="Weights file for VGG16.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unreadable files.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an old run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit a classifier to a folder of pictures and measure it once, honestly."""
    from tlcourse.jobs.run_folder import new_run

    _check_places(folder, out)
    with new_run(out, overwrite=overwrite) as scratch, _steps(quiet=as_json) as step:
        from tlcourse.jobs.fit import fit_folder
        from tlcourse.jobs.write import write_run

        fitted = fit_folder(
            folder,
            method=method,
            image_size=image_size,
            seed=seed,
            strict=strict,
            weights=weights,
            on_step=step,
        )
        step("writing the run", 0, 1)
        write_run(fitted, scratch)
        step("writing the run", 1, 1)
    from tlcourse.jobs.report import json_summary

    summary = json_summary(fitted.result, str(out))
    if as_json:
        _print_json(summary)
    else:
        _print_fit(summary, fitted.result)


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(help="A folder that `tlcourse fit` wrote.")],
    images: Annotated[list[str], typer.Argument(help="Picture files.")],
    as_json: AsJson = False,
) -> None:
    """Classify pictures with a finished run."""
    from dataclasses import asdict

    from tlcourse.jobs.predict import predict as predict_files

    with _status("loading the model", quiet=as_json):
        answers = predict_files(run, images)
    bad = [a for a in answers if a.error]
    if as_json:
        _print_json({"predictions": [asdict(a) for a in answers]})
    elif len(bad) < len(answers):
        table = _table("picture", "class", "probability", title=None)
        for a in answers:
            if a.label is not None:
                table.add_row(escape(a.path), escape(a.label), f"{a.probability:.3f}")
        _out.print(table)
    for a in bad:
        _complain(a.error)
    raise typer.Exit(_BAD_INPUT if bad else 0)


@app.command()
def run(
    chapters: Annotated[list[str] | None, typer.Argument(help="Such as 03; all if none.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Short experiments.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Executed copies.")] = Path("build/run"),
    learner: Annotated[bool, typer.Option("--learner", help="The unsolved notebooks.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every chapter.")] = False,
    as_json: AsJson = False,
) -> None:
    """Execute chapters from top to bottom and measure time and memory."""
    from tlcourse.execute import find_chapters, run_notebook
    from tlcourse.paths import asset_dir

    known = {c.number: c for c in find_chapters(asset_dir("notebooks").parent)}
    wanted = _chosen([] if every else chapters or [], list(known))
    runs = []
    with _steps(quiet=as_json) as step:
        for number in wanted:
            chapter = known[number]
            path = chapter.path if learner or chapter.solution is None else chapter.solution
            runs.append(
                run_notebook(path, out_dir=out, fast=fast, on_cell=_cell_step(step, number))
            )
    if as_json:
        _print_json({"fast": fast, "chapters": [_run_row(r) for r in runs]})
    else:
        _print_runs(runs)
    raise typer.Exit(0 if all(r.ok for r in runs) else _FAILED)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open JupyterLab on the chapter list; more options go to JupyterLab."""
    from tlcourse.jobs.lab import command, notebook_folder

    folder = notebook_folder()
    program = command(folder, extra=context.args)
    _err.print(f"Chapters are in {escape(str(folder))}. Stop JupyterLab with Ctrl-C, twice.")
    os.chdir(folder)
    os.execv(program[0], program)  # noqa: S606  (JupyterLab takes over this process)


def _check_places(folder: Path, out: Path) -> None:
    """Refuse a run inside the pictures: the next fit would take it for a class."""
    inside = out.expanduser().absolute()
    if folder.expanduser().absolute() in (inside, *inside.parents):
        raise CourseError(
            f"The run {out} would lie inside the pictures in {folder}, where it would look like a "
            f"class. Choose a place outside with --out."
        )


def _chosen(chapters: list[str], known: list[str]) -> list[str]:
    numbers = [c.zfill(2) for c in chapters] or known
    for given, number in zip(chapters, numbers, strict=False):
        if number not in known:
            raise CourseError(
                f"There is no chapter '{given}'. Chapters: {', '.join(known)}; for example "
                f"`tlcourse run {known[0]}`."
            )
    return numbers


def _cell_step(step: Callable[[str, int, int], None], number: str) -> Callable[..., None]:
    return lambda index, total, cell_id: step(f"chapter {number}", index, total)


def _run_row(run: Any) -> dict[str, Any]:
    return {
        "chapter": run.name,
        "ok": run.ok,
        "seconds": round(run.seconds, 1),
        "peak_mb": round(run.peak_mb),
        "error": str(run.error) if run.error else None,
        "executed": str(run.executed),
    }


def _print_runs(runs: list[Any]) -> None:
    table = _table("chapter", "seconds", "peak MiB", "result", title=None)
    for r in runs:
        outcome = "[green]ran[/green]" if r.ok else f"[red]failed[/red] {escape(str(r.error))}"
        table.add_row(r.name, f"{r.seconds:.1f}", f"{r.peak_mb:,.0f}", outcome)
    _out.print(table)


def _print_fit(summary: dict[str, Any], result: Any) -> None:
    low, high = summary["interval"]
    table = _table("measured on the sealed test part", "", title=None)
    table.add_row("accuracy", f"{summary['test_accuracy']:.3f}")
    table.add_row("95 % interval", f"{low:.3f} to {high:.3f}")
    table.add_row("always the most frequent class", f"{summary['majority']:.3f}")
    table.add_row("learned from / tested on", f"{summary['n_train']} / {summary['n_test']}")
    table.add_row("classes", escape(", ".join(summary["classes"])))
    table.add_row("time", f"{summary['seconds']:.1f} s")
    table.add_row("skipped files", str(len(summary["skipped"])))
    _out.print(table)
    for item in summary["skipped"][:5]:
        _err.print(f"skipped {escape(item['path'])}: {escape(item['reason'])}", soft_wrap=True)
    if len(summary["skipped"]) > 5:
        _err.print(f"... and {len(summary['skipped']) - 5} more, all listed in the report.")
    _out.print(f"Report: {escape(summary['run'])}/report.html", soft_wrap=True)


def _table(*columns: str, title: str | None) -> Table:
    table = Table(title=title)
    for i, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="left" if i == 0 else "default")
    return table


@contextmanager
def _steps(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show one progress bar for each kind of step, on standard error."""
    if quiet:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=False) as progress:
        tasks: dict[str, Any] = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=max(total, 1))
            progress.update(tasks[what], completed=done if total else 1, total=max(total, 1))

        yield step


@contextmanager
def _status(what: str, *, quiet: bool) -> Iterator[None]:
    if quiet or not _err.is_terminal:
        yield
        return
    with _err.status(what):
        yield


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def _complain(message: str) -> None:
    _err.print(f"[red]Error:[/red] {escape(message)}", soft_wrap=True, highlight=False)


def main() -> None:
    """Run the command; turn every expected failure into one sentence and a status."""
    try:
        app(standalone_mode=True)
    except CourseError as error:
        _complain(str(error))
        sys.exit(_BAD_INPUT)
    except KeyboardInterrupt:
        _complain("Interrupted. Nothing half-written was left behind.")
        sys.exit(_INTERRUPTED)
    except MemoryError:
        _complain(
            "There is not enough memory. Close other programs, or use a smaller --image-size."
        )
        sys.exit(_FAILED)
    except OSError as error:
        if os.environ.get("TLCOURSE_DEBUG"):
            raise
        free = shutil.disk_usage(Path.cwd()).free // 2**20
        _complain(
            f"The system refused a file operation: {error.strerror or error} "
            f"({error.filename or 'no file named'}; {free:,} MiB are free here). Check space and "
            f"permissions; TLCOURSE_DEBUG=1 shows details."
        )
        sys.exit(_FAILED)
    except Exception as error:
        if os.environ.get("TLCOURSE_DEBUG"):
            raise
        _complain(
            f"Something unexpected happened ({type(error).__name__}: {error}). This is a fault of "
            f"the course: please report it with what TLCOURSE_DEBUG=1 shows."
        )
        sys.exit(_FAILED)


if __name__ == "__main__":
    main()
