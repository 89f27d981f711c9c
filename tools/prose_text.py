"""Take the prose out of a chapter or a Markdown file, with line numbers.

Prose is what a reader reads as text: no code, no math, no HTML tags, no link targets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from notebook_source import read_chapter

MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", flags=re.DOTALL)
HTML_TAG = re.compile(r"<!--.*?-->|<[^>]+>", flags=re.DOTALL)
HTML_IMAGE = re.compile(r"<img\b[^>]*>", flags=re.IGNORECASE)
HTML_ALT = re.compile(r"\balt\s*=\s*([\"'])(.*?)\1", flags=re.IGNORECASE)
FIXED = re.compile(r"<!--\s*fixed:\s*(.*?)\s*-->")
# Tables that tools/fill_tables.py makes from measured files, and checks.
TABLE = re.compile(r"<!-- table: [a-z0-9-]+ -->.*?<!-- end of table -->", flags=re.DOTALL)


@dataclass(frozen=True)
class Text:
    """A piece of prose on one line; `title` is True inside emphasis, where works are cited."""

    line: int
    text: str
    title: bool = False


@dataclass
class Document:
    """What a file says, by kind; every entry starts with its line.

    Args:
        texts: Pieces of prose.
        images: (line, alternative text).
        links: (line, target), image sources included.
        fixed: Lines on which a number is allowed, with the reason given there.
    """

    texts: list[Text] = field(default_factory=list)
    images: list[tuple[int, str]] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    fixed: dict[int, str] = field(default_factory=dict)


def read_document(path: Path) -> Document:
    """Read the markdown cells of a `.py` chapter, or a whole Markdown file."""
    document = Document()
    if path.suffix == ".py":
        chapter, _ = read_chapter(path)
        for cell in chapter.cells:
            if cell.kind == "markdown":
                add_markdown(document, cell.text, cell.line)
    else:
        add_markdown(document, path.read_text(encoding="utf-8"), 1)
    return document


def add_markdown(document: Document, text: str, first: int) -> None:
    """Add a Markdown text whose first line is line `first` of its file."""
    for offset, line in enumerate(text.splitlines()):
        for reason in FIXED.findall(line):
            document.fixed[first + offset] = reason
    for match in TABLE.finditer(text):
        start = first + text[: match.start()].count("\n")
        lines = range(start, start + match.group().count("\n"))
        document.fixed |= dict.fromkeys(lines, "computed by a tool")
    text = MATH.sub(lambda match: re.sub(r"[^\n]", "m", match.group()), text)
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "html_block":
            _add_html(document, token.content, first + token.map[0])
        elif token.type == "inline":
            _add_inline(document, token.children, first + token.map[0])


def _add_inline(document: Document, tokens: list, line: int) -> None:
    emphasis, autolink = 0, False
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type in ("em_open", "em_close"):
            emphasis += token.nesting
        elif token.type == "link_open":
            autolink = token.info == "auto"
            document.links.append((line, str(token.attrs["href"])))
        elif token.type == "link_close":
            autolink = False
        elif token.type == "image":
            document.images.append((line, token.content))
            document.links.append((line, str(token.attrs["src"])))
            document.texts.append(Text(line, token.content))
        elif token.type == "html_inline":
            _add_html(document, token.content, line)
        elif token.type == "text" and not autolink:
            document.texts.append(Text(line, token.content, title=emphasis > 0))


def _add_html(document: Document, html: str, line: int) -> None:
    for image in HTML_IMAGE.finditer(html):
        alt = HTML_ALT.search(image.group())
        at = line + html[: image.start()].count("\n")
        document.images.append((at, alt.group(2) if alt else ""))
    bare = HTML_TAG.sub(lambda match: "\n" * match.group().count("\n"), html)
    for offset, text in enumerate(bare.split("\n")):
        if text.strip():
            document.texts.append(Text(line + offset, text))
