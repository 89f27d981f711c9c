"""What a data set is, where it comes from and what may be done with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Card:
    """The facts a teacher needs before using a data set.

    Args:
        name: The name that `tl.load` takes.
        title: One line that says what it is.
        task: "image", "text", "speech" or "tabular".
        license: SPDX name, or a short sentence where there is none.
        citation: Who to credit.
        source: Where the items come from.
        n_items: Number of items in the default configuration.
        classes: Class names in label order.
        domains: Domain names; more than one where the data set shows a shift.
        groups: What a group is ("concept", "speaker", "half of a photograph").
        urls: Places to download from, tried in turn; empty for embedded data.
        sha256: Checksum of the download, or of the manifest of embedded files.
        n_bytes: Size of the download or of the embedded files, bytes.
        notes: Anything a teacher should know, such as measured reference accuracies.
    """

    name: str
    title: str
    task: str = "image"
    license: str = "unknown: check before sharing"
    citation: str = ""
    source: str = ""
    n_items: int = 0
    classes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    groups: str = "one group for each item"
    urls: tuple[str, ...] = ()
    sha256: str = ""
    n_bytes: int = 0
    notes: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self)

    def _repr_markdown_(self) -> str:
        rows = [(k.replace("_", " "), v) for k, v in self.to_dict().items() if v]
        body = "\n".join(f"| {k} | {_cell(v)} |" for k, v in rows)
        return f"| {self.title} | |\n|---|---|\n{body}"


def _cell(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
