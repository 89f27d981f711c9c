"""Put measured tables into the README and into docs/*.md.

    python tools/fill_tables.py            write
    python tools/fill_tables.py --check    say what is stale, exit status 1

A table stands between two comments and is replaced as a whole::

    <!-- table: chapters -->
    <!-- end of table -->
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from doc_tables import TABLES  # noqa: E402

BLOCK = re.compile(
    r"(<!-- table: (?P<name>[a-z0-9-]+) -->\n)(?P<body>.*?)(<!-- end of table -->)", re.DOTALL
)
OPENING = re.compile(r"<!-- table: ")


def documents(root: Path) -> list[Path]:
    """Return the files that may hold tables."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def filled(text: str, root: Path) -> str:
    """Return the text with every table made anew.

    Raises:
        ValueError: If a table is unknown or has no end.
    """
    if len(OPENING.findall(text)) != len(BLOCK.findall(text)):
        raise ValueError("A '<!-- table: NAME -->' has no '<!-- end of table -->'. Add it.")

    def replace(match: re.Match) -> str:
        name = match["name"]
        if name not in TABLES:
            raise ValueError(f"There is no table '{name}'. Known: {', '.join(TABLES)}.")
        return f"{match[1]}\n{TABLES[name](root)}\n\n{match[4]}"

    return BLOCK.sub(replace, text)


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    check = parser.parse_args(arguments).check
    stale = []
    for path in documents(root):
        before = path.read_text(encoding="utf-8")
        after = filled(before, root)
        if after == before:
            continue
        stale.append(path.relative_to(root))
        if not check:
            path.write_text(after, encoding="utf-8")
    for path in stale:
        print(f"{path}: tables are stale, run 'make tables'" if check else f"{path}: written")
    return int(check and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
