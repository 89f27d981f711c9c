"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import io
from importlib import resources
from typing import Any

import jinja2
from PIL import Image

from tlcourse.data_check.report import KINDS, Finding, Report
from tlcourse.datasets.images import UnusablePictureError, read_image

_THUMBNAIL = 112  # pixels
_FINDINGS = 60  # shown of each kind; all are in the JSON
_PICTURES = 6  # shown of each finding
_WITHOUT_PICTURES = ("unreadable", "misplaced", "rare_class", "imbalance")


def page_html(report: Report) -> str:
    """Return the report as HTML with thumbnails; every name from the data is escaped.

    Cost: a few milliseconds and about 4 KB for each picture shown.
    """
    folder = resources.files("tlcourse.data_check") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections = [_section(report, kind) for kind in KINDS if report.of(kind)]
    largest = max([*report.class_counts.values(), 1])
    return environment.get_template("data_check.html.jinja").render(
        report=report, sections=sections, largest=largest, kinds=KINDS
    )


def _section(report: Report, kind: str) -> dict[str, Any]:
    findings = report.of(kind)
    shown = [_shown(report, kind, f) for f in findings[:_FINDINGS]]
    return {
        "kind": kind,
        "about": KINDS[kind],
        "findings": shown,
        "n": len(findings),
        "has_pictures": kind not in _WITHOUT_PICTURES,
    }


def _shown(report: Report, kind: str, finding: Finding) -> dict[str, Any]:
    pictures = []
    if kind not in _WITHOUT_PICTURES:
        for name in finding.items[:_PICTURES]:
            label = report.labels[name]
            alt = f"{label}: {name}, {finding.text}"
            pictures.append({"id": name, "uri": _thumbnail(report, name), "alt": alt})
    hidden = len(finding.items) - len(pictures)
    return {"items": finding.items, "text": finding.text, "pictures": pictures, "hidden": hidden}


def _thumbnail(report: Report, name: str) -> str:
    """Return the whole picture, small, as a data address; "" if it has gone since."""
    try:
        pixels = read_image(report.paths[name])
    except UnusablePictureError:
        return ""
    image = Image.fromarray(pixels)
    image.thumbnail((_THUMBNAIL, _THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
