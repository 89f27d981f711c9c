"""Turn an executed notebook into one static page: contents, folds, pictures as files.

nbconvert makes the HTML of the cells. Its own page templates fetch scripts from elsewhere
and drop the alternative text of plain pictures; this page needs nothing but itself.
"""

from __future__ import annotations

import hashlib
import io
import re
from base64 import b64decode
from dataclasses import dataclass

import nbformat
from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter
from PIL import Image
from site_math import set_formulas

# Kinds of output that a page can show, the best first. Widgets need a kernel: they have words
# in their place.
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
_BAR = re.compile(r"^\s*(?:HBox\(|[\w ,:]*\d+%\|)")  # what is left of a progress bar
_NOTHING_SAID = "No description has been provided for this image"  # nbconvert's own words
_FOLDS = {"exercise": "Worked answer", "instructor": "Instructor notes"}
_TEMPLATE = """{% extends 'basic/index.html.j2' %}
{% block any_cell %}{% set fold = cell.metadata.get('fold') %}
{% if fold %}<details class="fold"><summary>{{ fold }}</summary>{{ super() }}</details>
{% else %}{{ super() }}{% endif %}{% endblock any_cell %}"""


@dataclass(frozen=True)
class Page:
    """One chapter of the site.

    Args:
        name: File name without suffix.
        title: Its first heading.
        body: HTML of the article.
        contents: (level, anchor, text) of each heading of level 2 and 3.
        files: Path below the site -> content, the pictures of this page.
        problems: What is wrong with it, in words.
    """

    name: str
    title: str
    body: str
    contents: tuple[tuple[int, str, str], ...]
    files: dict[str, bytes]
    problems: tuple[str, ...]


def make_page(notebook: nbformat.NotebookNode, name: str) -> Page:
    """Return the page of an executed notebook.

    Args:
        notebook: With its outputs; not changed.
        name: File name of the page without suffix.
    """
    problems = _failures(notebook)
    exporter = HTMLExporter(raw_template=_TEMPLATE)
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    text, _ = exporter.from_notebook_node(_prepared(notebook))
    soup = BeautifulSoup(text, "html.parser")
    files: dict[str, bytes] = {}
    for part in soup.select(".text_cell_render"):
        problems += [f"the formula {tex} could not be set" for tex in set_formulas(soup, part)]
    for image in soup.find_all("img"):
        problems += _check_alt(image)
        _move_picture(image, name, files)
    for link in soup.find_all("a", href=True):
        link["href"] = re.sub(r"^(?:\.\./(?:notebooks|solutions)/)?(\d\d_\w+)\.ipynb",
                              r"\1.html", link["href"])  # fmt: skip
    for script in soup.find_all(["script", "iframe"]):
        script.decompose()
    for table in soup.find_all("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "scroll", "tabindex": "0"}))
    title, contents = _headings(soup)
    return Page(name, title or name, str(soup), contents, files, tuple(problems))


def _failures(notebook: nbformat.NotebookNode) -> list[str]:
    """Name cells that failed, or that never ran."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        errors = [o.ename for o in cell.outputs if o.output_type == "error"]
        found += [f"cell '{cell.id}' failed with {name}" for name in errors]
        if cell.execution_count is None:
            found.append(f"cell '{cell.id}' did not run")
    return found


def _prepared(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy with folds marked, and of each output only what a page can show."""
    copy = nbformat.from_dict(notebook)
    copy = nbformat.reads(nbformat.writes(copy), as_version=4)
    copy.metadata.pop("widgets", None)
    for cell in copy.cells:
        tags = cell.metadata.get("tags", ())
        folds = [fold for tag, fold in _FOLDS.items() if tag in tags]
        if folds:
            cell.metadata["fold"] = folds[0]
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if _keep(o)]
    return copy


def _keep(output: nbformat.NotebookNode) -> bool:
    """Leave one kind of data in an output; drop progress bars and what cannot be shown."""
    if output.output_type == "stream":
        return not (output.name == "stderr" and _BAR.match(output.text.split("\r")[-1]))
    if output.output_type == "error":
        return True
    kind = next((kind for kind in _SHOWN if kind in output.data), None)
    if kind is None or (kind == "text/plain" and _BAR.match(output.data[kind])):
        return False
    output.data = nbformat.from_dict({kind: output.data[kind]})
    return True


def _check_alt(image: Tag) -> list[str]:
    if image.get("alt", "").strip() not in ("", _NOTHING_SAID):
        return []
    return [f"a picture has no alternative text ({str(image)[:60]}...)"]


def _move_picture(image: Tag, name: str, files: dict[str, bytes]) -> None:
    """Put an embedded PNG into a file of its own, smaller and with the same pixels."""
    match = re.match(r"data:image/(?:png|jpeg);base64,(.+)", image.get("src", ""), re.DOTALL)
    if not match:
        return
    picture = Image.open(io.BytesIO(b64decode(match[1])))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=True, quality=60, method=4)
    content = buffer.getvalue()
    path = f"pictures/{name[:2]}_{hashlib.sha256(content).hexdigest()[:12]}.webp"
    files[path] = content
    image["src"], image["loading"] = path, "lazy"
    if not image.has_attr("width"):
        image["width"], image["height"] = map(str, picture.size)


def _headings(soup: BeautifulSoup) -> tuple[str, tuple[tuple[int, str, str], ...]]:
    """Return the title and the headings below it; anchors become unique."""
    title, found, used = "", [], set()
    for heading in soup.find_all(["h1", "h2", "h3"]):
        for sign in heading.select("a.anchor-link"):
            sign.decompose()
        words = heading.get_text(" ", strip=True)
        if heading.name == "h1":
            title = title or words
            continue
        anchor = heading.get("id") or re.sub(r"\W+", "-", words.lower()).strip("-")
        while anchor in used:
            anchor += "-"
        used.add(anchor)
        heading["id"] = anchor
        found.append((int(heading.name[1]), anchor, words))
    return title, tuple(found)
