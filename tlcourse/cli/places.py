"""`tlcourse bundle` and `tlcourse mirror`: the course for a room without network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tlcourse.cli import console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def bundle(
    out: Annotated[Path, typer.Argument(help="Folder to write; must not exist.")],
    dataset: Annotated[
        list[str] | None,
        typer.Option(help="Also the archive of a data set, such as flowers; may be repeated."),
    ] = None,
    course_only: Annotated[
        bool, typer.Option("--course-only", help="Leave out TensorFlow and all other packages.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write one folder from which the course installs without network."""
    from tlcourse.places.bundle import HOWTO, make_bundle

    with console.steps(quiet=as_json) as step:
        made = make_bundle(
            out, packages=not course_only, datasets=tuple(dataset or ()), on_step=step
        )
    if as_json:
        console.print_json(made)
        return
    if course_only:
        fits = "It is for machines that have the packages already."
    else:
        fits = f"It fits {made['system']} ({made['machine']}) with Python {made['python']}."
    console.tell(f"{made['folder']}: {made['megabytes']:,} MB, {made['wheels']} wheels. {fits}")
    console.tell(f"Read {HOWTO} there first.")


def mirror(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with archives; `mirror` in the cache if none.")
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(help="First fetch the archive of a data set; may be repeated."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 for any free one.", min=0, max=65535)] = 8765,
) -> None:
    """Serve data set archives read-only for TLCOURSE_MIRROR, until Ctrl-C."""
    from tlcourse.paths import cache_dir
    from tlcourse.places import mirror as places

    folder = (folder or cache_dir() / "mirror").expanduser().absolute()
    places.add(folder, tuple(add or ()))
    with places.server(folder, host=host, port=port, on_request=_report) as server:
        files = places.offered(folder)
        rows = [(name, f"{size / 1e6:,.1f}") for name, size in files.items()]
        console.print_table((f"served from {folder}", "MB"), rows)
        where = places.addresses(host, server.server_address[1])
        console.tell(f"On each computer, before starting: TLCOURSE_MIRROR={where[0]}")
        if places.is_loopback(host):
            console.say("Only this machine can reach it. For a room: --host 0.0.0.0")
        else:
            console.say(
                f"Everyone who can reach this machine can read these files, without a password. "
                f"Listening on {host}. Stop with Ctrl-C."
            )
        server.serve_forever(poll_interval=0.2)


def _report(client: str, status: int, name: str) -> None:
    console.say(f"{client} {status} {name}")
