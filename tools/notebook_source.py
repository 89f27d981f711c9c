"""Read a chapter: one py:percent file becomes a list of cells with ids, tags and line numbers.

Jupytext parses the file. Two things are added to what it gives: the line number
of every cell, so that a message can name the place to edit, and a cell id that
stays the same from build to build.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

MARKER = re.compile(r"^#\s*%%")
NUMBERED = re.compile(r"^(\d\d)_[a-z0-9_]+$")
CELL_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
NOQA = re.compile(r"[ \t]+# noqa(: ?[A-Z0-9, ]+)?[ \t]*$", re.MULTILINE)

EDITION_TAGS = frozenset({"instructor", "solution-only", "learner-only"})
TAGS = EDITION_TAGS | {
    "exercise",
    "parameters",
    "prediction",
    "quiz",
    "widget",
    "nbval-skip",
    "skip-execution",
}


@dataclass(frozen=True, order=True)
class Problem:
    """Something the author has to mend: where it is and what to do."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class SourceCell:
    """One cell of a chapter.

    Args:
        kind: "markdown" or "code".
        id: Cell id, the same in both editions.
        tags: Tags of the cell marker.
        text: Content, without the comment signs of a markdown cell.
        line: Line of the chapter file on which `text` begins.
    """

    kind: str
    id: str
    tags: tuple[str, ...]
    text: str
    line: int

    def has(self, tag: str) -> bool:
        """Tell whether the cell carries a tag."""
        return tag in self.tags


@dataclass(frozen=True)
class ChapterSource:
    """A parsed chapter file; `number` is None for a file without a two-digit prefix."""

    path: Path
    number: str | None
    cells: tuple[SourceCell, ...]

    @property
    def name(self) -> str:
        """File name without suffix, shared by both notebooks."""
        return self.path.stem


def read_chapter(path: Path) -> tuple[ChapterSource, list[Problem]]:
    """Parse a chapter file.

    Args:
        path: A py:percent file such as `chapters/03_feature_extraction.py`.

    Returns:
        The chapter and the problems of its cell markers (unknown tags, bad or repeated ids).
    """
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    numbered = [
        f"{line} source_line={number}" if MARKER.match(line) else line
        for number, line in enumerate(lines, start=1)
    ]
    parsed = jupytext.reads("\n".join(numbered) + "\n", fmt="py:percent")
    problems: list[Problem] = []
    match = NUMBERED.match(path.stem)
    number = match.group(1) if match else None
    cells = []
    for cell in parsed.cells:
        marker = cell.metadata.get("source_line")
        if marker is None:
            problems.append(
                Problem(path, 1, "Text stands before the first '# %%' line. Put it into a cell.")
            )
            continue
        problems += _marker_problems(path, marker, cell)
        cells.append(_source_cell(cell, marker, lines, number or path.stem))
    problems += _id_problems(path, cells)
    return ChapterSource(path, number, tuple(cells)), problems


def _source_cell(cell, marker: int, lines: list[str], chapter: str) -> SourceCell:
    text = NOQA.sub("", cell.source) if cell.cell_type == "code" else cell.source
    declared = cell.metadata.get("id")
    cell_id = str(declared) if declared is not None else automatic_id(chapter, cell)
    first = marker
    while first < len(lines) and not lines[first].strip():
        first += 1
    tags = tuple(cell.metadata.get("tags", ()))
    return SourceCell(cell.cell_type, cell_id, tags, text.rstrip(), first + 1)


def automatic_id(chapter: str, cell) -> str:
    """Return the id of a cell that declares none: a hash of chapter, kind and its own content.

    Editing, moving, adding or deleting *other* cells leaves it as it is. Editing
    the cell itself changes it, so cells that people link to should declare an id.
    """
    content = f"{chapter}\n{cell.cell_type}\n{cell.source.strip()}"
    return "auto-" + hashlib.sha256(content.encode()).hexdigest()[:12]


def _marker_problems(path: Path, line: int, cell) -> list[Problem]:
    found = []
    metadata = cell.metadata
    if "title" in metadata:
        found.append(
            f"The cell marker has the title '{metadata['title']}'. Titles are not shown in a "
            f'notebook: write "# %% [markdown]" or options only, such as id="why-frozen".'
        )
    unknown = sorted(
        set(metadata) - {"id", "tags", "source_line", "title", "lines_to_next_cell"}
        - {key for key in metadata if key.startswith("jupyter")}
    )  # fmt: skip
    if unknown:
        found.append(f"The cell marker has unknown options {unknown}. Known are id and tags.")
    bad_tags = sorted(set(metadata.get("tags", ())) - TAGS)
    if bad_tags:
        found.append(f"Unknown tags {bad_tags}. Known tags: {', '.join(sorted(TAGS))}.")
    editions = sorted(set(metadata.get("tags", ())) & EDITION_TAGS)
    if len(editions) > 1:
        found.append(f"The tags {editions} exclude each other. Keep one.")
    if cell.cell_type not in ("markdown", "code"):
        found.append(f"'{cell.cell_type}' cells are not used. Write a markdown or a code cell.")
    if cell.cell_type == "code" and not cell.source.strip():
        found.append("The cell is empty. Delete its marker or fill it.")
    return [Problem(path, line, message) for message in found]


def _id_problems(path: Path, cells: list[SourceCell]) -> list[Problem]:
    problems = []
    seen: dict[str, int] = {}
    for cell in cells:
        if not CELL_ID.match(cell.id):
            problems.append(
                Problem(
                    path,
                    cell.line,
                    f"The id '{cell.id}' is not allowed. Use up to 64 letters, digits, "
                    f"'-' and '_'.",
                )
            )
        if cell.id in seen:
            problems.append(
                Problem(
                    path,
                    cell.line,
                    f"The id '{cell.id}' is already used by the cell on line {seen[cell.id]}. "
                    f"Give each cell its own id (cells with equal text need a declared one).",
                )
            )
        seen.setdefault(cell.id, cell.line)
    return problems
