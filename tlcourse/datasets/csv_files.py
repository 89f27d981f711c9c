"""Read a CSV file as people write them: any common separator, any common encoding."""

from __future__ import annotations

import codecs
import difflib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlcourse.datasets.folder_tree import readable
from tlcourse.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = (",", ";", "\t", "|")
_MARKS = (  # byte-order marks; UTF-32 first, because its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Columns:
    """Which columns of a table say what."""

    path: str
    label: str
    group: str | None
    domain: str | None

    def names(self) -> list[str]:
        """Return the names of the columns that are asked for."""
        return [c for c in (self.path, self.label, self.group, self.domain) if c is not None]


def read_csv(path: Path, columns: Columns) -> pd.DataFrame:
    """Read a CSV file as text, finding out its encoding and separator.

    Raises:
        DataError: If it cannot be read, is not text, or lacks a column.
    """
    import pandas as pd

    text = _decode(path)
    tried: list[list[str]] = []
    for separator in _SEPARATORS:
        header = _first_line(text, separator)
        tried.append(header)
        if set(columns.names()) <= set(header):
            break
    else:
        check_columns(readable(str(path)), max(tried, key=len), columns)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=str,
            keep_default_na=False,  # "NA" and "None" are possible class names
            skipinitialspace=True,
            index_col=False,
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise DataError(
            f"{readable(str(path))} cannot be read as a table ({str(error).strip()}). Every row "
            f"needs as many fields as the first; put quotes around text with '{separator}' in it."
        ) from error
    return frame.rename(columns=lambda c: str(c).strip())


def _first_line(text: str, separator: str) -> list[str]:
    import pandas as pd

    try:
        header = pd.read_csv(io.StringIO(text), sep=separator, nrows=0, index_col=False)
    except (ValueError, pd.errors.ParserError):
        return []
    return [str(c).strip() for c in header.columns]


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"The table {path} cannot be read ({error.strerror}). Check its name and permissions."
        ) from error
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    for name in (encoding, "cp1252"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.strip():
            return text
    raise DataError(
        f"{path} is empty or not text. Expected a CSV file with one line for each picture; in a "
        f"spreadsheet program choose 'Save as', 'CSV UTF-8'."
    )


def check_columns(where: str, found: list[str], columns: Columns) -> None:
    """Refuse a table without the columns that are asked for.

    Raises:
        DataError: Naming the first missing column, the likely one, and those there are.
    """
    for wanted in columns.names():
        if wanted in found:
            continue
        close = difflib.get_close_matches(wanted.lower(), [c.lower() for c in found], n=1)
        match = next((c for c in found if close and c.lower() == close[0]), None)
        guess = f" Did you mean '{match}'?" if match else ""
        raise DataError(
            f"There is no column '{wanted}' in {where}.{guess} Its columns: "
            f"{', '.join(found) or 'none'}. Name the columns with path_column= and label_column=."
        )
