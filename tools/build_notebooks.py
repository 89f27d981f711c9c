"""Build the notebooks from the chapters.

Every `chapters/NN_name.py` becomes `notebooks/NN_name.ipynb` (learner copy:
stubs instead of answers, no instructor notes) and `solutions/NN_name.ipynb`
(worked answers and notes). `chapters/README.md` explains the markers.

    python tools/build_notebooks.py             build all chapters and the index
    python tools/build_notebooks.py 03          build one chapter
    python tools/build_notebooks.py --check     change nothing; exit 1 if a file is stale
    python tools/build_notebooks.py --draft 03  accept figures that are not measured yet

The same sources give the same bytes, so a diff of a notebook shows what changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from notebook_answers import leaks, split_answers
from notebook_figures import figures, fill, read_measured
from notebook_rules import (
    code_problems,
    exercise_problems,
    front_rows,
    heading_problems,
    structure_problems,
)
from notebook_source import NUMBERED, ChapterSource, Problem, SourceCell, read_chapter
from notebook_start import colab_badge, repository, with_start

ROOT = Path(__file__).resolve().parent.parent
LEARNER, SOLUTION = "learner", "solution"
FOLDERS = {LEARNER: "notebooks", SOLUTION: "solutions"}
ABSENT = {LEARNER: {"instructor", "solution-only"}, SOLUTION: {"learner-only"}}
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Build:
    """What building one chapter gave: the text of each edition, or problems."""

    chapter: ChapterSource
    editions: dict[str, str]
    problems: list[Problem]


def build_chapter(path: Path, measured: dict, *, address: str = "", draft: bool = False) -> Build:
    """Build both editions of a chapter in memory.

    Args:
        path: The chapter file.
        measured: Content of `measured.json`.
        address: Address of the public repository, for the first cell and the Colab badge.
        draft: Accept missing measured figures.

    Returns:
        Notebook texts by edition. They are empty when there are problems.
    """
    chapter, problems = read_chapter(path)
    texts = figures(measured.get(chapter.number))
    cells: dict[str, list[SourceCell]] = {LEARNER: [], SOLUTION: []}
    exercises, answers = [], []
    for cell in chapter.cells:
        versions, found, hidden = _versions(chapter, cell, texts, draft=draft)
        problems += found
        answers += [(cell, answer) for answer in hidden]
        if cell.has("exercise"):
            exercises.append((cell, versions[LEARNER], versions[SOLUTION]))
        for edition, kept in cells.items():
            if not ABSENT[edition] & set(cell.tags):
                kept.append(replace(cell, text=versions[edition]))
    problems += exercise_problems(chapter, exercises)
    problems += _leak_problems(chapter, answers, cells[LEARNER])
    for edition, kept in cells.items():
        problems += heading_problems(chapter, kept, edition)
    if chapter.number:
        problems += structure_problems(chapter)
    problems = sorted(set(problems))
    if chapter.number and not problems:
        badge = colab_badge(address, f"{FOLDERS[LEARNER]}/{chapter.name}.ipynb")
        cells[LEARNER] = with_start(cells[LEARNER], address, badge)
        cells[SOLUTION] = with_start(cells[SOLUTION], address)
    editions = {} if problems else {key: _notebook(kept) for key, kept in cells.items()}
    return Build(chapter, editions, problems)


def _versions(
    chapter: ChapterSource, cell: SourceCell, texts: dict[str, str], *, draft: bool
) -> tuple[dict[str, str], list[Problem], tuple[str, ...]]:
    """Return the cell's text by edition, its problems, and the answers it hides."""
    if cell.kind != "code":
        text, messages = fill(cell.text, texts, draft=draft)
        found = [Problem(chapter.path, cell.line, message) for message in messages]
        if cell.has("exercise") or cell.has("parameters"):
            message = "The tags exercise and parameters belong on code cells."
            found.append(Problem(chapter.path, cell.line, message))
        return dict.fromkeys(FOLDERS, text), found, ()
    split = split_answers(cell.text)
    found = [Problem(chapter.path, cell.line + at, message) for at, message in split.problems]
    versions = {LEARNER: split.learner, SOLUTION: split.solution}
    if found:
        return versions, found, ()
    if split.answers and not cell.has("exercise"):
        message = 'The cell has an answer block but is not tagged tags=["exercise"].'
        found.append(Problem(chapter.path, cell.line, message))
    if cell.has("exercise") and not split.answers:
        message = "The exercise has no answer block, so learners would see the answer."
        found.append(Problem(chapter.path, cell.line, message))
    for edition, text in versions.items():
        found += code_problems(chapter, cell, text, edition)
    return versions, found, split.answers


def _leak_problems(
    chapter: ChapterSource, answers: list[tuple[SourceCell, str]], learner: list[SourceCell]
) -> list[Problem]:
    """Report answers that can be read in the learner copy, in whichever cell."""
    problems = []
    for exercise, answer in answers:
        for cell in learner:
            if leaks(answer, cell.text):
                message = (
                    f"The answer of '{exercise.id}' (line {exercise.line}) can be read here by "
                    f"learners. Tag this cell solution-only or write it differently."
                )
                problems.append(Problem(chapter.path, cell.line, message))
    return problems


def _notebook(cells: list[SourceCell]) -> str:
    """Return the text of a notebook without outputs: format 4.5, sorted keys, one final newline."""
    built = []
    for cell in cells:
        metadata = {"tags": list(cell.tags)} if cell.tags else {}
        new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
        built.append(new(cell.text, id=cell.id, metadata=metadata))
    notebook = nbformat.v4.new_notebook(cells=built, metadata=METADATA)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def chapter_files(folder: Path) -> list[Path]:
    """Return the chapter files in reading order; names that begin with "_" are skipped."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def index_text(chapters: list[ChapterSource], measured: dict, address: str = "") -> str:
    """Return the chapter list, `notebooks/README.md`; with badges where there is an address."""
    with_badges = bool(colab_badge(address, ""))
    lines = [
        "# Chapters",
        "",
        "Open a chapter, run it from top to bottom, and do its exercises where they stand. "
        "The worked answers are for afterwards.",
        "",
        "| Chapter | Minutes to read | Minutes to run | Worked answers |"
        + (" Colab |" if with_badges else ""),
        "|---|---|---|---|" + ("---|" if with_badges else ""),
    ]
    for chapter in chapters:
        first = chapter.cells[0].text if chapter.cells else ""
        title = first.splitlines()[0].lstrip("# ").strip() if first else chapter.name
        read = front_rows(first).get("Minutes to read", "–")
        run = figures(measured.get(chapter.number)).get("minutes_normal", "–")
        lines.append(
            f"| [{title}]({chapter.name}.ipynb) | {read} | {run} "
            f"| [answers to {chapter.number}](../solutions/{chapter.name}.ipynb) |"
            + (f" {colab_badge(address, f'notebooks/{chapter.name}.ipynb')} |" * with_badges)
        )
    lines += ["", "Minutes to run: measured on two CPU cores without a GPU.", ""]
    return "\n".join(lines)


def write_text(path: Path, text: str) -> None:
    """Write a file so that no reader ever sees half of it; leave an equal file alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def stale_files(root: Path, generated: dict[Path, str], *, everything: bool) -> list[str]:
    """Name the files that differ from what a build would write.

    Args:
        root: The repository.
        generated: Text by path, as `build_all` returned it.
        everything: Also name numbered notebooks that have no chapter file any more.
    """
    stale = [
        f"{path.relative_to(root)} is stale. Run 'make notebooks'."
        for path, text in generated.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not everything:
        return stale
    names = {path.stem for path in chapter_files(root / "chapters")}
    for folder in FOLDERS.values():
        for path in sorted((root / folder).glob("*.ipynb")):
            if NUMBERED.match(path.stem) and path.stem not in names:
                stale.append(f"{path.relative_to(root)} has no chapter file. Delete it.")
    return stale


def build_all(
    root: Path, selected: list[str], *, draft: bool = False
) -> tuple[dict[Path, str], list[Problem]]:
    """Build the selected chapters, or all of them and the index.

    Args:
        root: The repository.
        selected: Chapter numbers, names or paths; empty for all.
        draft: Accept missing measured figures.

    Returns:
        The text of every generated file by path, and all problems.

    Raises:
        ValueError: If a selected chapter does not exist, `measured.json` is not JSON, or
            pyproject.toml names a repository that is no address.
    """
    folder = root / "chapters"
    address = repository(root)
    files = chapter_files(folder)
    measured = read_measured(folder)
    if selected:
        files = [_select(word, files) for word in selected]
    builds = [build_chapter(path, measured, address=address, draft=draft) for path in files]
    problems = [problem for build in builds for problem in build.problems]
    generated = {
        root / FOLDERS[edition] / f"{build.chapter.name}.ipynb": text
        for build in builds
        for edition, text in build.editions.items()
    }
    if not selected:
        numbered = [build.chapter for build in builds if build.chapter.number]
        generated[root / "notebooks" / "README.md"] = index_text(numbered, measured, address)
    return generated, problems


def _select(word: str, files: list[Path]) -> Path:
    stem = Path(word).stem
    matches = [path for path in files if path.stem == stem or path.stem.startswith(stem + "_")]
    if len(matches) != 1:
        names = ", ".join(path.stem for path in files) or "none yet"
        raise ValueError(f"No chapter matches '{word}'. Chapters: {names}.")
    return matches[0]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="numbers, names or paths (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing, name stale files")
    parser.add_argument("--draft", action="store_true", help="accept figures not measured yet")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        generated, problems = build_all(root, options.chapters, draft=options.draft)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.check:
        stale = stale_files(root, generated, everything=not options.chapters)
        print("".join(f"{message}\n" for message in stale), end="", file=sys.stderr)
        return 1 if problems or stale else 0
    for path, text in generated.items():
        write_text(path, text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
