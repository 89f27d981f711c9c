"""The report of a run: one HTML file that needs nothing else, and a model card."""

from __future__ import annotations

import base64
import html
import io
import re
from importlib import resources
from typing import Any

import jinja2
import numpy as np
from PIL import Image

from tlcourse.datasets.images import at_size
from tlcourse.evaluation import Result
from tlcourse.jobs.fit import Fitted

_MISTAKES = 24
_SKIPPED = 200
_THUMBNAIL = 112


def report_html(fitted: Fitted) -> str:
    """Return the report as HTML; every name from the data is escaped."""
    return _environment(autoescape=True).get_template("report.html.jinja").render(_facts(fitted))


def model_card(fitted: Fitted) -> str:
    """Return the model card as Markdown (Mitchell et al. 2019, arXiv:1810.03993)."""
    facts = _facts(fitted, thumbnails=False)
    return _environment(autoescape=False).get_template("model_card.md.jinja").render(facts)


def _environment(*, autoescape: bool) -> jinja2.Environment:
    folder = resources.files("tlcourse.jobs") / "templates"
    loader = jinja2.FunctionLoader(lambda name: (folder / name).read_text("utf-8"))
    environment = jinja2.Environment(
        loader=loader,
        autoescape=autoescape,  # noqa: S701  (off for Markdown only, which is not HTML)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f} %"
    environment.filters["plain"] = _plain
    environment.filters["python"] = repr  # escaped as HTML after that, like everything
    return environment


def _plain(text: Any) -> str:
    """Keep a name from meaning anything in Markdown or HTML: no link, no picture, no script."""
    cleaned = html.escape(str(text).replace("\n", " "), quote=False)
    return re.sub(r"([\\`*\[\]|])", r"\\\1", cleaned)


def _facts(fitted: Fitted, *, thumbnails: bool = True) -> dict[str, Any]:
    result, dataset = fitted.result, fitted.dataset
    skipped = result.details["skipped"]
    return {
        "result": result,
        "card": dataset.card,
        "counts": dataset.class_counts,
        "skipped": skipped[:_SKIPPED],
        "n_skipped": len(skipped),
        "mistakes": _mistakes(fitted) if thumbnails else [],
        "n_mistakes": len(result.mistakes),
        "largest": max(max(row) for row in result.confusion),
        "seconds": result.cost.seconds,
    }


def _mistakes(fitted: Fitted) -> list[dict[str, Any]]:
    """Return the most confident mistakes with a small picture of each."""
    result, dataset = fitted.result, fitted.dataset
    row_of = {name: row for row, name in enumerate(dataset.ids)}
    images = at_size(dataset.images, _THUMBNAIL)
    shown = []
    for i in result.mistakes[:_MISTAKES]:
        shown.append(
            {
                "id": result.ids[i],
                "true": result.class_names[result.labels[i]],
                "predicted": result.class_names[result.predictions[i]],
                "confidence": result.confidence[i],
                "picture": _data_uri(images[row_of[result.ids[i]]]),
            }
        )
    return shown


def _data_uri(picture: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def json_summary(result: Result, run: str) -> dict[str, Any]:
    """Return the few numbers that a program wants."""
    return {
        "test_accuracy": round(result.accuracy, 4),
        "interval": [round(bound, 4) for bound in result.interval],
        "n_train": result.n_train,
        "n_test": result.n,
        "classes": list(result.class_names),
        "method": result.details["method"],
        "seconds": round(result.cost.seconds, 2),
        "skipped": result.details["skipped"],
        "macro_f1": round(result.macro_f1, 4),
        "majority": round(result.majority, 4),
        "run": run,
    }
