"""The commands: each parses, calls, and prints. The work is done elsewhere."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tlcourse.cli import console, places
from tlcourse.cli.data import data_app
from tlcourse.errors import CourseError

app = typer.Typer(
    name="tlcourse",
    help="Transfer learning by running it: fit, measure and learn.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")
_FAILED, _BAD_INPUT = 1, 2

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an old run.")]


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Transfer learning by running it: fit, measure and learn."""
    # What Pillow warns about is either read well or skipped with a reason in plain words.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


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
    with console.status("measuring this machine", quiet=as_json):
        found = preflight.doctor()
    if as_json:
        console.print_json(found)
        return
    console.print_table(("this machine", "found"), found.rows())
    console.tell(found["verdict"])


@app.command()
def fit(
    folder: Annotated[Path, typer.Argument(help="One folder of pictures for each class.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; must not exist.")],
    method: Annotated[str, typer.Option(help="probe, finetune or scratch.")] = "probe",
    image_size: Annotated[int, typer.Option(help="Side of the square, pixels.")] = 96,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    weights: Annotated[str | None, typer.Option(help="Weights file for VGG16.")] = None,
    from_block: Annotated[
        str | None, typer.Option(help="finetune: first block that trains; block5.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="finetune: at most this many; 20.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="finetune: peak rate; 0.0001.")
    ] = None,
    augment_views: Annotated[
        int | None, typer.Option(help="finetune: augmented views of each picture; 0.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse bad files and copies instead of skipping.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Fit a classifier to a folder of pictures and measure it once, honestly."""
    from tlcourse.jobs.run_folder import check_outside, new_run

    check_outside(folder, out)
    tuning = {
        "from_block": from_block,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "augment_views": augment_views,
    }
    with new_run(out, overwrite=overwrite) as scratch, console.steps(quiet=as_json) as step:
        from tlcourse.jobs.fit import fit_folder
        from tlcourse.jobs.tuning import tuning_of
        from tlcourse.jobs.write import write_run

        fitted = fit_folder(
            folder,
            method=method,
            image_size=image_size,
            seed=seed,
            strict=strict,
            weights=weights,
            tuning=tuning_of(tuning),
            on_step=step,
        )
        step("writing the run", 0, 1)
        write_run(fitted, scratch)
        step("writing the run", 1, 1)
    _report_fit(fitted, out, as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the run; must not exist.")],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Do the main job on the embedded emoji and draw what the model answered."""
    from tlcourse.jobs.run_folder import PICTURE, new_run

    with new_run(out, overwrite=overwrite) as scratch, console.steps(quiet=as_json) as step:
        from tlcourse.jobs.demo import fit_demo
        from tlcourse.jobs.picture import save_picture
        from tlcourse.jobs.write import write_run

        fitted = fit_demo(on_step=step)
        step("writing the run", 0, 2)
        write_run(fitted, scratch)
        step("writing the run", 1, 2)
        save_picture(fitted, scratch / PICTURE)
        step("writing the run", 2, 2)
    _report_fit(fitted, out, as_json)
    if not as_json:
        console.tell(f"Picture: {out / PICTURE}")


def _report_fit(fitted: Any, out: Path, as_json: bool) -> None:
    from tlcourse.jobs.report import json_summary

    summary = json_summary(fitted.result, str(out))
    (console.print_json if as_json else console.print_fit)(summary)


@app.command()
def rank(
    source: Annotated[str, typer.Argument(help="A folder of pictures, or a data set's name.")],
    truth: Annotated[
        bool, typer.Option("--truth", help="Also measure a linear head on each candidate.")
    ] = False,
    image_size: Annotated[int, typer.Option(help="Side of the square, pixels.")] = 96,
    seed: Annotated[int, typer.Option(help="Seed of the split and the folds.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Score networks and cut points for your pictures, beside the baselines."""
    with console.steps(quiet=as_json) as step:
        from tlcourse.jobs.rank import rank_pictures

        found = rank_pictures(source, truth=truth, image_size=image_size, seed=seed, on_step=step)
    (console.print_json if as_json else console.print_ranking)(found.to_dict())


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(help="A folder that `tlcourse fit` wrote.")],
    images: Annotated[list[str], typer.Argument(help="Picture files.")],
    as_json: AsJson = False,
) -> None:
    """Classify pictures with a finished run."""
    from dataclasses import asdict

    from tlcourse.jobs.predict import predict as predict_files

    with console.status("loading the model", quiet=as_json):
        answers = predict_files(run, images)
    bad = [a for a in answers if a.error]
    if as_json:
        console.print_json({"predictions": [asdict(a) for a in answers]})
    elif len(bad) < len(answers):
        good = [(a.path, a.label, f"{a.probability:.3f}") for a in answers if not a.error]
        console.print_table(("picture", "class", "probability"), good)
    for a in bad:
        console.complain(a.error)
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
    _check_writable(out)
    runs = []
    with console.steps(quiet=as_json) as step:
        for number in wanted:
            chapter = known[number]
            path = chapter.path if learner or chapter.solution is None else chapter.solution
            runs.append(
                run_notebook(path, out_dir=out, fast=fast, on_cell=_cell_step(step, number))
            )
    if as_json:
        console.print_json({"fast": fast, "chapters": [_run_row(r) for r in runs]})
    else:
        rows = [(r.name, f"{r.seconds:.1f}", f"{r.peak_mb:,.0f}", r.error or "ran") for r in runs]
        console.print_table(("chapter", "seconds", "peak MiB", "result"), rows)
    raise typer.Exit(0 if all(r.ok for r in runs) else _FAILED)


@app.command()
def progress(
    reset: Annotated[bool, typer.Option("--reset", help="Forget everything; asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show your map of the course: exercises done, quiz answers."""
    from tlcourse import learner

    if reset:
        if not yes:
            console.ask("Forget all exercises done and all quiz answers?", quiet=as_json)
        learner.reset()
    found = learner.progress(show=False)
    if as_json:
        console.print_json(found.to_dict())
        return
    console.print_table(("chapter", "exercises done", "quiz"), found.rows())
    for line in (found.summary, found.next_step, found.where):
        console.tell(line)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open JupyterLab on the chapter list; more options go to JupyterLab."""
    from tlcourse.jobs.lab import command, notebook_folder

    folder = notebook_folder()
    program = command(folder, extra=context.args)
    console.say(f"Chapters are in {folder}. Stop JupyterLab with Ctrl-C, twice.")
    os.chdir(folder)
    os.execv(program[0], program)  # noqa: S606  (JupyterLab takes over this process)


app.command()(places.bundle)
app.command()(places.mirror)


def _chosen(chapters: list[str], known: list[str]) -> list[str]:
    """Return chapter numbers, whether given as 3, 03 or 03_feature_extraction."""
    numbers = [c.split("_")[0].zfill(2) for c in chapters] or known
    for given, number in zip(chapters, numbers, strict=False):
        if number not in known:
            raise CourseError(
                f"There is no chapter '{given}'. Chapters: {', '.join(known)}; for example "
                f"`tlcourse run {known[0]}`."
            )
    return numbers


def _check_writable(out: Path) -> None:
    """Refuse a place for executed copies before the first chapter runs."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(out, os.W_OK | os.X_OK)
    except OSError as error:
        raise CourseError(
            f"Executed copies cannot be written to {out} ({error.strerror}). Choose a folder that "
            f"you may write to with --out."
        ) from error
    if not is_writable:
        raise CourseError(f"The folder {out} may not be written to. Choose another one with --out.")


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
