"""The pages of the site around their articles: contents beside each, and the first page."""

from __future__ import annotations

import html
from pathlib import Path

from pygments.formatters import HtmlFormatter
from site_page import Page

STYLE = Path(__file__).with_name("site.css")
_TITLE = "Transfer learning, by running it"


def style() -> str:
    """Return the one style sheet of the site, colors of code included."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    own = STYLE.read_text("utf-8")
    return (
        f"{own}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
        ".highlight { background: none; }\n"
    )


def page_html(page: Page, pages: list[Page]) -> str:
    """Return a whole page with the contents of the site and of the page beside it."""
    chapters = []
    for other in pages:
        link = f'<a href="{other.name}.html">{html.escape(other.title)}</a>'
        if other is page:
            inner = "".join(
                f'<li style="margin-left:{level - 2}rem"><a href="#{html.escape(anchor)}">'
                f"{html.escape(words)}</a></li>"
                for level, anchor, words in page.contents
            )
            link = f'<strong aria-current="page">{html.escape(page.title)}</strong><ul>{inner}</ul>'
        chapters.append(f"<li>{link}</li>")
    body = (
        f"{_previous_next(page, pages)}<article>{page.body}</article>{_previous_next(page, pages)}"
    )
    return _document(page.title, f"<ul>{''.join(chapters)}</ul>", body)


def index_html(pages: list[Page], introduction: str) -> str:
    """Return the first page: the table of contents of the whole course."""
    items = "".join(
        f'<li><a href="{page.name}.html">{html.escape(page.title)}</a><ul>'
        + "".join(
            f'<li><a href="{page.name}.html#{html.escape(anchor)}">{html.escape(words)}</a></li>'
            for level, anchor, words in page.contents
            if level == 2
        )
        + "</ul></li>"
        for page in pages
    )
    links = "".join(f'<li><a href="{p.name}.html">{html.escape(p.title)}</a></li>' for p in pages)
    body = f"<h1>{_TITLE}</h1>{introduction}<h2>Contents</h2><ul>{items}</ul>"
    return _document(_TITLE, f"<ul>{links}</ul>", body)


def _previous_next(page: Page, pages: list[Page]) -> str:
    i = pages.index(page)
    links = []
    if i:
        links.append(f'<a href="{pages[i - 1].name}.html">← {html.escape(pages[i - 1].title)}</a>')
    if i + 1 < len(pages):
        links.append(f'<a href="{pages[i + 1].name}.html">{html.escape(pages[i + 1].title)} →</a>')
    return f"<p>{' &nbsp; '.join(links)}</p>" if links else ""


def _document(title: str, contents: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(title)}</title><link rel="stylesheet" href="style.css"></head><body>'
        '<a class="skip" href="#main">Skip to the text</a><div class="layout">'
        f'<nav aria-label="Contents"><a href="index.html">All chapters</a>{contents}</nav>'
        f'<main id="main">{body}</main></div></body></html>\n'
    )


def write_pages(pages: list[Page], introduction: str, out: Path) -> int:
    """Write all pages below `out`, which must exist; return the bytes written."""
    files = {"index.html": index_html(pages, introduction).encode(), "style.css": style().encode()}
    for page in pages:
        files[f"{page.name}.html"] = page_html(page, pages).encode()
        files |= page.files
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return sum(map(len, files.values()))
