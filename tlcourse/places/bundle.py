"""One folder with everything for a room without network.

The folder holds the installation packages, the notebooks, the weights and data, a list of
checksums, a page that says what to do, and the script that does it. It fits machines like the one
that made it: the same system and the same version of Python.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tlcourse.checksum import sha256_file
from tlcourse.datasets import registry
from tlcourse.datasets.keep_archive import keep_archive
from tlcourse.errors import CourseError
from tlcourse.jobs.run_folder import new_run
from tlcourse.paths import asset_dir, is_clone
from tlcourse.places.wheels import collect_packages, course_wheel, least_python

OnStep = Callable[[str, int, int], None]

ABOUT, SUMS, HOWTO, SCRIPT = "bundle.json", "SHA256SUMS", "HOWTO.html", "install.py"
WHEELS, ARCHIVES = "wheels", "archives"
_FOLDERS = ("notebooks", "solutions", "data")
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.part")
_HERE = Path(__file__).parent
_ROOM_NEEDED = 3_000_000_000  # bytes: packages, and as much again while they arrive


def make_bundle(
    out: str | Path,
    *,
    packages: bool = True,
    datasets: tuple[str, ...] = (),
    on_step: OnStep = lambda what, done, total: None,
) -> dict[str, Any]:
    """Write the folder; it appears whole or not at all.

    Args:
        out: The folder; it must not exist, or be empty.
        packages: Gather all packages of the lock file (needs network or pip's cache). Without
            them the bundle is for machines that have TensorFlow and the others already.
        datasets: Names of data sets whose archives go along for `tlcourse mirror`.
        on_step: Called as `on_step(what, done, total)`.

    Returns:
        Plain data: what bundle.json says, and "folder".

    Raises:
        CourseError: If this is no clone, `out` is taken, a data set cannot be had, the disk is too
            small, or pip fails.
    """
    out = Path(out).expanduser().absolute()
    _check(out, packages=packages, datasets=datasets)
    root = asset_dir("notebooks").parent
    with new_run(out) as folder:
        for i, name in enumerate(_FOLDERS):
            on_step("copying the course", i, len(_FOLDERS) + 1)
            shutil.copytree(asset_dir(name), folder / name, ignore=_NOT_COPIED)
        (folder / WHEELS).mkdir()
        own = course_wheel(root, folder / WHEELS)
        on_step("copying the course", len(_FOLDERS) + 1, len(_FOLDERS) + 1)
        if packages:
            lock = root / "requirements.lock"
            collect_packages(own, lock, folder / WHEELS, on_step=on_step)
        for i, name in enumerate(datasets):
            on_step("fetching data sets", i, len(datasets))
            (folder / ARCHIVES).mkdir(exist_ok=True)
            keep_archive(name, folder / ARCHIVES, progress=False)
        about = _about(folder, packages=packages)
        _write_pages(folder, about)
        _write_sums(folder, on_step)
    return about | {"folder": str(out)}


def _check(out: Path, *, packages: bool, datasets: tuple[str, ...]) -> None:
    """Refuse what cannot work before anything is fetched."""
    if not is_clone():
        raise CourseError(
            "A bundle is made from a clone of the repository, which has the list of exact "
            "versions. Clone the repository, run `make setup` there, and call it again."
        )
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise CourseError(f"{out} is taken. Name a folder that does not exist yet, or is empty.")
    for name in datasets:
        registry.download(name)  # an unknown or embedded one is refused
    existing = next(p for p in (out, *out.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    if packages and free < _ROOM_NEEDED:
        raise CourseError(
            f"The disk that holds {existing} has {free / 1e9:.1f} GB left, and the packages need "
            f"about {_ROOM_NEEDED / 1e9:.0f} GB while they arrive. Choose a folder on another disk."
        )


def _about(folder: Path, *, packages: bool) -> dict[str, Any]:
    from tlcourse import __version__

    wheels = sorted(p.name for p in (folder / WHEELS).iterdir())
    files = [p for p in folder.rglob("*") if p.is_file()]
    archives = folder / ARCHIVES
    return {
        "course": __version__,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "python_at_least": least_python(folder / WHEELS),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": packages,
        "wheels": len(wheels),
        "archives": sorted(p.name for p in archives.iterdir()) if archives.is_dir() else [],
        "megabytes": round(sum(p.stat().st_size for p in files) / 1e6),
    }


def _write_pages(folder: Path, about: dict[str, Any]) -> None:
    import jinja2

    text = json.dumps(about, indent=1, sort_keys=True) + "\n"
    (folder / ABOUT).write_text(text, encoding="utf-8")
    shutil.copyfile(_HERE / "room" / SCRIPT, folder / SCRIPT)
    loader = jinja2.FileSystemLoader(_HERE / "room")
    page = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = page.get_template(f"{HOWTO}.jinja").render(**about)
    (folder / HOWTO).write_text(html, encoding="utf-8")


def _write_sums(folder: Path, on_step: OnStep) -> None:
    """Write the checksums of all files in the form of the program sha256sum."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    lines = []
    for i, path in enumerate(files):
        on_step("adding up checksums", i, len(files))
        lines.append(f"{sha256_file(path)}  {path.relative_to(folder).as_posix()}\n")
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")
    on_step("adding up checksums", len(files), len(files))
