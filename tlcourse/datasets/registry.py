"""Every data set of the course by name: its card, and whether it is there and whole."""

from __future__ import annotations

import difflib
import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

from tlcourse.datasets.card import Card
from tlcourse.datasets.cards import DOWNLOADS, Download
from tlcourse.errors import DataError

# What is here already: name -> (kind, module, its card or the function that makes it).
_HERE = {
    "emoji": ("embedded", "tlcourse.datasets.emoji", "emoji_card"),
    "photos": ("package", "tlcourse.datasets.photos", "CARD"),
    "digits": ("package", "tlcourse.datasets.digits", "CARD"),
    "sentiment": ("embedded", "tlcourse.datasets.sentiment", "CARD"),
    "glove": ("embedded", "tlcourse.datasets.glove", "CARD"),
    "french": ("embedded", "tlcourse.datasets.french", "CARD"),
    "spoken": ("embedded", "tlcourse.datasets.spoken", "CARD"),
}


def cards() -> dict[str, Card]:
    """Return the card of every data set: embedded, from installed packages, on request."""
    return {name: card(name) for name in names()}


def names() -> tuple[str, ...]:
    """Return the name of every data set, without loading any card."""
    return (*_HERE, *(d.name for d in DOWNLOADS))


def card(name: str) -> Card:
    """Return one card.

    Raises:
        DataError: If there is no such data set.
    """
    if kind(name) == "download":
        return download(name).card
    _, module, attribute = _HERE[name]
    found = getattr(import_module(module), attribute)
    return found if isinstance(found, Card) else found()


def kind(name: str) -> str:
    """Return where a data set comes from: "embedded", "package" or "download".

    Raises:
        DataError: If there is no such data set.
    """
    if name in _HERE:
        return _HERE[name][0]
    if name in {d.name for d in DOWNLOADS}:
        return "download"
    raise _unknown(name)


def download(name: str) -> Download:
    """Return how to fetch a data set.

    Raises:
        DataError: If there is no such data set, or nothing to download.
    """
    for candidate in DOWNLOADS:
        if candidate.name == name:
            return candidate
    where = {"embedded": "comes with the course", "package": "comes with an installed package"}
    raise DataError(
        f"'{name}' {where[kind(name)]}, there is nothing to download. Load it straight away. "
        f"Data sets to download: {', '.join(d.name for d in DOWNLOADS)}."
    )


def verify(name: str, *, cache_dir: str | Path | None = None) -> dict[str, Any]:
    """Compare a data set on disk with its checksums.

    Args:
        name: The data set.
        cache_dir: Where downloads are kept. Default: `datasets` in the course's cache.

    Returns:
        Plain data: "name", "kind", "state" ("whole", "damaged", "absent" or, from an
        installed package, "package"), "path", "n_files", "sha256", "trust" ("known",
        "first use" or "embedded") and "problems", one sentence part for each.

    Raises:
        DataError: If there is no such data set.

    Cost:
        Reads every byte: about a second for 300 MB.
    """
    report: dict[str, Any] = {"name": name, "kind": kind(name), "state": "package", "path": ""}
    report |= {"n_files": 0, "sha256": "", "trust": "", "problems": []}
    if report["kind"] == "embedded":
        return report | _verify_embedded(name)
    if report["kind"] == "download":
        return report | _verify_download(name, cache_dir)
    return report


def clean(name: str | None = None, *, cache_dir: str | Path | None = None) -> dict[str, int]:
    """Remove downloaded data sets, and whatever downloads have begun.

    Recorded checksums of first downloads stay, so that a later change is still noticed.

    Args:
        name: The data set; all that can be downloaded when None.
        cache_dir: Where downloads are kept. Default: `datasets` in the course's cache.

    Returns:
        Name -> bytes freed, for every data set that was there.

    Raises:
        DataError: If there is no such data set, it is embedded, or it is in use.
    """
    from tlcourse.datasets.store import NOTICE_AFTER, Store

    names = [download(name).name] if name else [d.name for d in DOWNLOADS]
    freed = {}
    for each in names:
        store = Store(each, cache_dir)
        if store.root.exists():
            with store.lock(lambda text: None, timeout=NOTICE_AFTER):
                freed[each] = store.remove()
    return freed


def _verify_download(name: str, cache_dir: str | Path | None) -> dict[str, Any]:
    from tlcourse.datasets.store import Store

    store = Store(name, cache_dir)
    receipt, problems = store.receipt(), store.problems()
    if receipt is None:
        state = "damaged" if problems else "absent"
        return {"state": state, "path": str(store.root), "problems": problems}
    return {
        "state": "damaged" if problems else "whole",
        "path": str(store.files / receipt.folder),
        "n_files": len(receipt.files),
        "sha256": receipt.sha256,
        "trust": receipt.trust,
        "problems": problems,
    }


def _verify_embedded(name: str) -> dict[str, Any]:
    from tlcourse import paths

    folder = paths.data_dir() / name
    found: dict[str, Any] = {"path": str(folder), "trust": "embedded"}
    try:
        known = card(name).sha256
        n_files, sha256 = _verify_emoji(known) if name == "emoji" else _manifest(folder)
    except (DataError, OSError) as error:
        return found | {"state": "damaged", "problems": [str(error)]}
    problems = [] if sha256 == known else [f"the files in {folder} differ from the card"]
    state = "damaged" if problems else "whole"
    return found | {"state": state, "n_files": n_files, "sha256": sha256, "problems": problems}


def _verify_emoji(known: str) -> tuple[int, str]:
    from tlcourse.datasets.emoji import verify_emoji

    return verify_emoji(), known


def _manifest(folder: Path) -> tuple[int, str]:
    """Return (number of files, SHA-256 of the lines `sha256  name`), as the builders do."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != "README.md")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files]
    return len(files), hashlib.sha256("".join(lines).encode()).hexdigest()


def _unknown(name: str) -> DataError:
    close = difflib.get_close_matches(name, names(), n=1)
    guess = f" Did you mean '{close[0]}'?" if close else ""
    return DataError(
        f"There is no data set called '{name}'.{guess} Known data sets: {', '.join(names())}."
    )
