"""A learner's own pictures: a table of paths and labels, as a CSV file or a pandas frame."""

from __future__ import annotations

import math
import numbers
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.datasets.copies import drop_contradictions
from tlcourse.datasets.csv_files import Columns, check_columns, read_csv
from tlcourse.datasets.dataset import Dataset, Skipped
from tlcourse.datasets.folder import check_files
from tlcourse.datasets.folder_tree import Item, readable
from tlcourse.datasets.grouping import merge_groups
from tlcourse.datasets.images import ImageFiles
from tlcourse.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_MINIMUM = 2  # pictures in a class: one to learn from, one to be tested on


def load_table(
    table: str | Path | pd.DataFrame,
    *,
    image_root: str | Path | None = None,
    path_column: str = "path",
    label_column: str = "label",
    group_column: str | None = None,
    domain_column: str | None = None,
    name: str | None = None,
    image_size: int = 96,
    card: Card | None = None,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Load pictures from a table with one row for each.

    A CSV file may be separated by comma, semicolon, tab or "|", and written as UTF-8,
    UTF-16 or, as older spreadsheets do, Windows-1252. Rows without a path or a label,
    files that are missing or unreadable, and pictures with two labels are skipped and
    listed in `Dataset.skipped`. Pictures with the same bytes share a group.

    Args:
        table: A CSV file, or a pandas frame.
        image_root: Folder that paths start from. Default: the folder of the CSV file,
            for a frame the working folder.
        path_column: Column with the path of each picture.
        label_column: Column with its class, as text or whole number. Numbers are sorted
            as numbers, so class "10" follows class "9".
        group_column: Column that says which pictures belong together (patient, place).
        domain_column: Column that says where a picture comes from (camera, site).
        name: Name of the data set; the file's name when None.
        image_size: Side of the squares that `Dataset.images` gives, pixels.
        card: Source and license, where known.
        strict: Refuse the table if any row would be skipped.
        progress: Called with (files done, files in all).

    Raises:
        DataError: If the table cannot be read, a column is missing, or there are fewer
            than two classes with two readable pictures each.
    """
    columns = Columns(path_column, label_column, group_column, domain_column)
    if isinstance(table, (str, Path)):
        path = Path(table).expanduser()
        frame = read_csv(path, columns)
        root, where, title = path.parent, readable(str(path)), readable(path.stem)
    else:
        frame, root, where, title = table, Path(), "the frame", "frame"
        check_columns(where, [str(c) for c in frame.columns], columns)
    root = root if image_root is None else Path(image_root).expanduser()
    if image_root is not None and not root.is_dir():
        raise DataError(f"image_root is {root}, which is not a folder. Paths start from there.")
    is_file = isinstance(table, (str, Path))
    # The first line of a file names the columns, and people count lines from one.
    lines = np.arange(len(frame)) + 2 if is_file else frame.index
    items, extra, skipped = _rows(frame, columns, root, [f"row {line}" for line in lines])
    items, unreadable = check_files(items, image_size, progress)
    skipped = [*skipped, *unreadable]
    if strict and skipped:
        raise DataError(
            f"{len(skipped)} row(s) of {where} cannot be used, the first is {skipped[0].path}: "
            f"{skipped[0].reason}. Repair them, or leave strict mode off to skip and list them."
        )
    items, contradictions = drop_contradictions(items, strict=strict)
    skipped = [*skipped, *contradictions]
    _check_classes(where, items, skipped)
    return _dataset(items, extra, name or title, where, image_size, card, skipped)


def _rows(
    frame: pd.DataFrame, columns: Columns, root: Path, lines: list[str]
) -> tuple[list[Item], dict[str, tuple[str, str]], list[Skipped]]:
    """Return the rows with an existing file, their (group, domain) by id, and the others."""
    values = {c: frame[c].tolist() for c in columns.names()}
    chosen: dict[str, Item] = {}
    extra: dict[str, tuple[str, str]] = {}
    skipped: list[Skipped] = []
    for i in range(len(frame)):
        shown, label = _text(values[columns.path][i]), _text(values[columns.label][i])
        path = root / _below(root, shown)
        key = readable(shown)
        reason = _problem(shown, label, path)
        if not reason and key in chosen:
            first = chosen[key].class_name
            other = readable(label)
            reason = "it is listed twice" if other == first else f"two labels: {first} and {other}"
        if reason:
            skipped.append(Skipped(key or lines[i], reason))
        else:
            chosen[key] = Item(path, readable(label), "", key)
            extra[key] = tuple(
                "" if c is None else readable(_text(values[c][i]))
                for c in (columns.group, columns.domain)
            )
    doubtful = {s.path for s in skipped if s.reason.startswith("two labels")}
    skipped += [Skipped(k, "two labels: it is listed again with another") for k in sorted(doubtful)]
    return [item for key, item in chosen.items() if key not in doubtful], extra, skipped


def _problem(shown: str, label: str, path: Path) -> str:
    if not shown:
        return "it has no path"
    if not label:
        return "it has no label"
    if "://" in shown:
        return "it is an address on the web; download the pictures first"
    try:
        if path.is_file():
            return ""
        return "it is a folder" if path.is_dir() else "there is no such file"
    except (OSError, ValueError):  # name too long, zero byte
        return "it is not a possible file name"


def _below(root: Path, shown: str) -> str:
    """Return the path as this system writes it; tables from Windows have backslashes."""
    if "\\" not in shown:
        return shown
    try:
        return shown if (root / shown).is_file() else shown.replace("\\", "/")
    except (OSError, ValueError):
        return shown


def _text(value: Any) -> str:
    """Return a cell as text; whole numbers lose the ".0" that a column with gaps gives them."""
    if value is None:
        return ""
    if isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else str(value)
    text = str(value).strip()
    return "" if text in ("<NA>", "NaT") else text


def _check_classes(where: str, items: list[Item], skipped: list[Skipped]) -> None:
    counts = Counter(item.class_name for item in items)
    lost = f" ({len(skipped)} row(s) skipped, the first: {skipped[0].path}: " if skipped else ""
    lost += f"{skipped[0].reason})" if skipped else ""
    if len(counts) < 2:
        raise DataError(
            f"{where} has usable pictures of {len(counts)} class(es){lost}. A classifier needs at "
            f"least two; check the label column, and the folder that paths start from (image_root)."
        )
    rare, count = min(counts.items(), key=lambda pair: (pair[1], pair[0]))
    if count < _MINIMUM:
        raise DataError(
            f"Class '{rare}' in {where} has {count} usable picture{lost}. At least {_MINIMUM} are "
            f"needed, and 10 or more make sense: add pictures, or remove the row."
        )


def _class_names(items: list[Item]) -> tuple[str, ...]:
    names = {item.class_name for item in items}
    if all(name.removeprefix("-").isdecimal() for name in names):
        return tuple(sorted(names, key=lambda n: (int(n), n)))
    return tuple(sorted(names))


def _dataset(
    items: list[Item],
    extra: dict[str, tuple[str, str]],
    name: str,
    where: str,
    image_size: int,
    card: Card | None,
    skipped: list[Skipped],
) -> Dataset:
    names = _class_names(items)
    content = np.array([item.hash[:16] for item in items])
    own = np.array([extra[item.id][0] for item in items])
    # A picture without a group stands alone; the same bytes are never torn apart.
    groups = merge_groups(np.where(own == "", content, own), content)
    domains = np.array([extra[item.id][1] or name for item in items])
    base = card or Card(name=name, title=f"Pictures listed in {name}", source=where)
    return Dataset(
        name=name,
        images=ImageFiles([i.path for i in items], image_size, [i.hash for i in items]),
        labels=np.array([names.index(item.class_name) for item in items], np.int64),
        class_names=names,
        groups=groups,
        domains=domains,
        ids=tuple(item.id for item in items),
        hashes=tuple(item.hash for item in items),
        card=replace(
            base,
            n_items=len(items),
            classes=names,
            n_bytes=base.n_bytes or sum(item.path.stat().st_size for item in items),
            domains=tuple(np.unique(domains).tolist()),
            groups="pictures with the same bytes or the same entry in the group column",
        ),
        skipped=tuple(skipped),
    )
