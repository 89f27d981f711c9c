"""Check the prose of chapters and Markdown files.

    python tools/check_prose.py chapters/*.py README.md

Finds exclamation marks, result numbers typed by hand, British spellings, filler
words, images without alternative text and relative links that lead nowhere. Code,
math and the titles of cited works (in emphasis) are left alone. Exit status 1 if
anything was found.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote

from notebook_source import Problem
from prose_text import Document, Text, read_document

ROOT = Path(__file__).resolve().parent.parent

EXCLAMATION = re.compile(r"(?<=[A-Za-z\"')\]])!(?!=)")
NUMBER = re.compile(
    r"(?<![\w.,])[-−+]?\d+(?:\.\d+)?\s?(?:%|percent\b)|(?<![\w.])\d+\.\d+(?![\w.]*\d)"
)
# Decimals that are names: versions, licences, exercise numbers, papers, addresses.
NAMES = re.compile(
    r"""
      https?://\S+ | \bdoi:\s?\S+ | \b10\.\d{4,}/\S+ | \barXiv:\s?\d{4}\.\d{4,5}
    | \b(?:Python|Keras|TensorFlow|scikit-learn|NumPy|JupyterLab|Colab|CUDA|ipywidgets|version)
      \s\d+(?:\.\d+)+
    | \b(?:CC[ -]BY(?:[ -][A-Z]{2})*|CC0|Apache|BSD|MPL|L?GPL)[ -](?:version\s)?v?\d\.\d
    | \b[Ee]xercises?\s\d\d\.\d | \b0\d\.\d\b
    """,
    flags=re.VERBOSE,
)
FILLERS = (
    "actually", "as you can see", "at the end of the day", "basically", "clearly", "crucial",
    "cutting-edge", "deep dive", "delve", "dive into", "easily", "effortlessly", "essentially",
    "game changer", "hopefully", "in order to", "it is important to note", "it is worth noting",
    "it should be noted", "just", "let's", "let us", "leverage", "literally", "needless to say",
    "of course", "obviously", "powerful", "quite", "really", "seamless", "seamlessly", "simply",
    "state-of-the-art", "trivially", "unleash", "very",
)  # fmt: skip
FILLER = re.compile(rf"\b(?:{'|'.join(map(re.escape, FILLERS))})\b", flags=re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]+")
BOTH_SIDES = frozenset({"dialogue", "dialogues"})  # American too, in the sense we use


@cache
def british() -> dict[str, str]:
    """Return codespell's list of British spellings with their American forms."""
    source = files("codespell_lib").joinpath("data/dictionary_en-GB_to_en-US.txt")
    pairs = (line.split("->") for line in source.read_text(encoding="utf-8").split())
    return {word: american.strip(",") for word, american in pairs if word not in BOTH_SIDES}


def text_messages(text: Text, fixed: dict[int, str]) -> list[str]:
    """Return what is wrong with one piece of prose."""
    found = []
    if EXCLAMATION.search(text.text):
        found.append("Exclamation mark. End the sentence with a period.")
    if text.line not in fixed:
        bare = NAMES.sub("", text.text)
        found += [
            f"'{match.group().strip()}' is a number typed by hand. Let a code cell print it, or "
            f"add <!-- fixed: reason --> to the line if it is true by definition."
            for match in NUMBER.finditer(bare)
        ]
    if text.title:
        return found
    found += [
        f"Filler '{match.group()}'. Leave it out or say what is meant."
        for match in FILLER.finditer(text.text)
    ]
    for word in WORD.findall(text.text):
        american = british().get(word.lower())
        if american:
            found.append(f"British spelling '{word}'. American: '{american}'.")
    return found


def broken_link(target: str, path: Path) -> bool:
    """Tell whether a relative link leads nowhere.

    Chapters are read from `notebooks/`, so their links start there; a notebook whose
    chapter file exists counts as there, built or not.
    """
    if re.match(r"[a-z][a-z0-9+.-]*:|//|#", target, flags=re.IGNORECASE):
        return False
    relative = unquote(re.split(r"[#?]", target)[0])
    is_chapter = path.suffix == ".py"
    root = path.resolve().parent.parent
    base = root / "notebooks" if is_chapter else path.parent
    place = Path(os.path.normpath(base / relative))  # the folders need not exist yet
    if is_chapter and place.suffix == ".ipynb":
        return not (place.exists() or (root / "chapters" / f"{place.stem}.py").exists())
    return not place.exists()


def check_document(document: Document, path: Path) -> list[Problem]:
    """Return every problem of a document, in the order of its lines."""
    found = [
        (text.line, message)
        for text in document.texts
        for message in text_messages(text, document.fixed)
    ]
    found += [
        (line, "The comment 'fixed:' gives no reason. Say why the number is true by definition.")
        for line, reason in document.fixed.items()
        if not reason
    ]
    found += [
        (line, "Image without alternative text. Write what it shows: ![text](file).")
        for line, alternative in document.images
        if not alternative.strip()
    ]
    found += [
        (line, f"The link '{target}' leads to no file, seen from the folder it is read in.")
        for line, target in document.links
        if broken_link(target, path)
    ]
    return sorted(Problem(path, line, message) for line, message in found)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: all chapters, root *.md")
    options = parser.parse_args(arguments)
    paths = options.files or [*sorted(ROOT.glob("chapters/*.py")), *sorted(ROOT.glob("*.md"))]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        print(f"No such file: {', '.join(missing)}.", file=sys.stderr)
        return 2
    problems = [problem for path in paths for problem in check_document(read_document(path), path)]
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
