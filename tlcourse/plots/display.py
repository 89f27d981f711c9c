"""Show a figure together with words that say what is in it."""

from __future__ import annotations

import base64
import html
import io
import os
import re
import sys
from pathlib import Path
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.files import write_whole

FOLDER_VARIABLE = "TLCOURSE_FIGURES"
_SHORTEST_ALT = 10
_CAPTION_STYLE = "font-size:0.9em;margin-top:0.3em;max-width:60em"


def show(fig: Any, *, alt: str) -> None:
    """Show a matplotlib figure with a text that replaces it for those who cannot see it.

    In a notebook the output holds an HTML figure (an image with an `alt` attribute and the
    same words as a visible caption), and beside it a plain PNG with the text in its
    metadata and as plain text, for programs that do not show HTML. JupyterLab's own image
    output has no `alt`, which is why HTML comes first. Outside a notebook nothing is shown.
    Where the environment variable `TLCOURSE_FIGURES` names a folder, the figure is also
    saved there as a PNG, named after the first words of the text. The figure is closed.

    Args:
        fig: A matplotlib figure, or axes in one.
        alt: What the figure shows: kind of chart, series, the values that matter. It is
            read aloud in place of the picture.

    Raises:
        CourseError: If there is no such text, no figure, or the folder cannot be written.
    """
    figure = _figure(fig)
    text = _alt(alt)
    try:
        in_notebook, folder = _shell() is not None, os.environ.get(FOLDER_VARIABLE)
        if in_notebook or folder:
            png = to_png(figure)
            if folder:
                _save(Path(folder), png, text)
            if in_notebook:
                _display(png, text)
    finally:
        _close(figure)


def to_png(figure: Any, *, dpi: float = 110) -> bytes:
    """Return a figure as PNG bytes on a white background."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", dpi=dpi, facecolor="white", bbox_inches="tight")
    return memory.getvalue()


def figure_html(png: bytes, alt: str) -> str:
    """Return an HTML figure: the image with its alternative text, and the text as a caption."""
    words, data = html.escape(alt, quote=True), base64.b64encode(png).decode()
    return (
        '<figure style="margin:0">'
        f'<img alt="{words}" src="data:image/png;base64,{data}" '
        'style="max-width:100%;height:auto;background:#fff">'
        f'<figcaption style="{_CAPTION_STYLE}">{words}</figcaption></figure>'
    )


def publish(page: str, text: str) -> None:
    """Show words: as HTML in a notebook, as plain text where there is none."""
    if _shell() is None:
        sys.stdout.write(text + "\n")
        return
    from IPython.display import publish_display_data

    publish_display_data({"text/html": page, "text/plain": text})


def is_live() -> bool:
    """Tell whether a notebook kernel runs this and ipywidgets is installed."""
    if getattr(_shell(), "kernel", None) is None:
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def display_widget(widget: Any, *, instead: str) -> None:
    """Show an ipywidget (7.7 or later), with words for where no kernel can draw it.

    The widget's own plain text would be the names of its classes.
    """
    from IPython.display import publish_display_data

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    publish_display_data({"application/vnd.jupyter.widget-view+json": view, "text/plain": instead})


def _display(png: bytes, alt: str) -> None:
    from IPython.display import publish_display_data

    bundle = {
        "text/html": figure_html(png, alt),
        "image/png": base64.b64encode(png).decode(),
        "text/plain": alt,
    }
    publish_display_data(bundle, metadata={"image/png": {"alt": alt}, "alt": alt})


def _shell() -> Any:
    """Return the IPython shell this runs in, or None; never starts one."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def _figure(fig: Any) -> Any:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    figure = fig.get_figure(root=True) if isinstance(fig, (Axes, FigureBase)) else None
    if figure is None:
        raise CourseError(
            f"tl.show received {type(fig).__name__}, expected a matplotlib figure. Pass what "
            f"plt.subplots or a function of tl.plots returned: tl.show(fig, alt='...')."
        )
    return figure


def _alt(alt: Any) -> str:
    text = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(text) < _SHORTEST_ALT:
        raise CourseError(
            f"The figure has no usable text: alt={alt!r}. Expected a sentence that says what the "
            f"figure shows, for those who cannot see it, such as alt='Line chart: accuracy rises "
            f"from 0.5 to 0.8 with depth.'"
        )
    return text


def _save(folder: Path, png: bytes, alt: str) -> None:
    name = re.sub(r"[^a-z0-9]+", "-", alt.lower()).strip("-")[:60].strip("-") or "figure"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{name}.png", png)
    except OSError as error:
        raise CourseError(
            f"The figure could not be saved in {folder}: {error.strerror}. Expected a folder that "
            f"can be written; set {FOLDER_VARIABLE} to another one, or unset it."
        ) from error


def _close(figure: Any) -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
