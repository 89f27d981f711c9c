"""`tlcourse data`: what data sets there are, fetching and verifying them, checking one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tlcourse.cli import console
from tlcourse.errors import CourseError

data_app = typer.Typer(
    name="data",
    help="Data sets: list, fetch, verify, clean; check a folder of your own.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
_FAILED = 1
_WHERE = {"embedded": "embedded", "package": "package", "download": "download"}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
MaybeName = Annotated[str | None, typer.Argument(help="A data set; all of them if none.")]


@data_app.callback(invoke_without_command=True)
def table(context: typer.Context, as_json: AsJson = False) -> None:
    """Data sets: list, fetch, verify, clean; check a folder of your own."""
    if context.invoked_subcommand is not None:
        return
    from tlcourse.datasets import registry

    cards = registry.cards()
    if as_json:
        rows = [{**card.to_dict(), "kind": registry.kind(name)} for name, card in cards.items()]
        console.print_json({"datasets": rows})
        return
    head = ("name", "task", "items", "classes", "MB", "where", "license")
    console.print_table(head, [_row(card, registry.kind(name)) for name, card in cards.items()])
    console.tell('In Python: tl.load("emoji"). A card in full: tlcourse data --json')


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A data set, such as flowers.")],
    as_json: AsJson = False,
) -> None:
    """Download a data set, with checksum, resume and mirror."""
    from tlcourse.datasets.download import fetch as fetch_one

    folder = fetch_one(name, progress=not as_json)
    if as_json:
        console.print_json({"name": name, "folder": str(folder)})
    else:
        console.tell(f"{name} is in {folder}")


@data_app.command()
def verify(name: MaybeName = None, as_json: AsJson = False) -> None:
    """Compare data sets with their checksums; exit status 1 if one is damaged."""
    from tlcourse.datasets import registry

    with console.status("comparing with checksums", quiet=as_json):
        reports = [registry.verify(n) for n in ([name] if name else registry.names())]
    damaged = [r for r in reports if r["state"] == "damaged"]
    if as_json:
        console.print_json({"datasets": reports})
    else:
        rows = [(r["name"], r["state"], r["n_files"] or "", r["trust"]) for r in reports]
        console.print_table(("name", "state", "files", "checksum"), rows)
        for report in damaged:
            console.say(f"{report['name']}: {'; '.join(report['problems'][:3])}.")
    raise typer.Exit(_FAILED if damaged else 0)


@data_app.command()
def clean(
    name: MaybeName = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove downloaded data sets, and without a name what was unpacked from your own zips."""
    from tlcourse.datasets import registry
    from tlcourse.datasets.zipped import remove_unpacked

    if name:
        registry.download(name)  # an unknown or embedded one is refused before asking
    if not yes:
        what = name or "all downloaded data sets and everything unpacked"
        console.ask(f"Remove {what}?", quiet=as_json)
    freed = registry.clean(name)
    if not name and (unpacked := remove_unpacked()):
        freed["your own archives"] = unpacked
    if as_json:
        console.print_json({"freed": freed})
    elif not freed:
        console.tell("There was nothing to remove.")
    else:
        console.print_table(("removed", "size"), [(n, _size(b)) for n, b in freed.items()])


@data_app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="One folder for each class, or a zip.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a report with thumbnails (HTML).")
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe/--no-probe", help="Check labels with VGG16; the slow part.")
    ] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 if a problem is found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find bad files, copies, labels that look wrong and rare classes."""
    if out is not None:
        _check_out(out)
    from tlcourse.data_check import KINDS, check_folder, page_html

    with console.steps(quiet=as_json) as step:
        report = check_folder(folder, probe=probe, on_step=step)
    if out is not None:
        from tlcourse.files import write_whole

        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, page_html(report).encode("utf-8"))
    if as_json:
        console.print_json(report.to_dict() | {"report": str(out) if out else None})
    else:
        rows = [(KINDS[kind].title, n, _example(report, kind)) for kind, n in report.counts.items()]
        if rows:
            console.print_table(("found", "number", "for example"), rows)
        if "skipped" in report.probe:
            console.say(f"Labels were not checked: {report.probe['skipped']}.")
        console.tell(report.summary)
        console.tell(f"Report: {out}" if out else "Pictures of all this: add --out report.html")
    raise typer.Exit(_FAILED if strict and report.n_problems else 0)


def _row(card: Any, kind: str) -> tuple[Any, ...]:
    classes = len(card.classes) or ""
    size = f"{card.n_bytes / 1e6:,.1f}" if card.n_bytes else ""
    items = f"{card.n_items:,}" if card.n_items else ""
    # Where every item has a license of its own, the card lists them; a table cannot.
    license_ = card.license if len(card.license) <= 25 else "see --json"
    where = _WHERE[kind]
    return card.name, card.task, items, classes, size, where, license_


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:,.1f} GB"


def _example(report: Any, kind: str) -> str:
    first = report.of(kind)[0]
    return f"{', '.join(first.items[:2])}: {first.text}"


def _check_out(out: Path) -> None:
    if out.is_dir():
        raise CourseError(f"{out} is a folder. Name a file for the report, such as report.html.")
    if out.suffix.lower() not in (".html", ".htm"):
        raise CourseError(f"The report is HTML: --out {out} should end in .html.")
