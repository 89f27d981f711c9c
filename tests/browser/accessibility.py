"""What axe-core finds in our part of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OURS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
SCROLLED = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# ipywidgets gives the handle of a slider no name of its own; the label stands beside it.
NOT_OURS = (".noUi-handle",)
_ATTEMPTS = 10  # pictures that still load make a page grow


def violations(page: Any, include: str = OURS, exclude: tuple[str, ...] = NOT_OURS) -> list[str]:
    """Return what breaks a WCAG 2.1 rule (A or AA) in some part of a page, one line each.

    Args:
        page: The browser's page.
        include: Selector of the part to look at; there must be something.
        exclude: Selectors of what is not ours in it.
    """
    from axe_playwright_python.sync_playwright import Axe

    assert page.locator(include).count() > 0, f"nothing to look at: {include}"
    context = {"include": [[include]], "exclude": [[name] for name in exclude]}
    with everything_in_sight(page):
        found = Axe().run(page, context=context, options={"runOnly": RULES}).response
    contrast = [rule for rule in found["passes"] if rule["id"] == "color-contrast"]
    assert contrast, "no words were looked at"
    return [
        f"{rule['id']}: {' '.join(node['failureSummary'].split())} {node['html'][:300]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@contextmanager
def everything_in_sight(page: Any) -> Iterator[None]:
    """Make the window as tall as the notebook: axe skips what is scrolled out of sight.

    It also skips all that lies in a body without height, which JupyterLab's is.
    """
    page.add_style_tag(content="body { width: 100vw; height: 100vh; }")
    area, window = page.locator(SCROLLED), page.viewport_size
    if area.count() == 0:
        yield
        return
    try:
        _grow(page, area)
        yield
    finally:
        page.set_viewport_size(window)
        settled(page)


def _grow(page: Any, area: Any) -> None:
    """Make the window taller until nothing is hidden."""
    followed = "([area, least]) => area.clientHeight >= least"
    for _ in range(_ATTEMPTS):
        here, whole = area.evaluate("area => [area.clientHeight, area.scrollHeight]")
        if here >= whole:
            return
        size = page.viewport_size
        page.set_viewport_size({**size, "height": size["height"] + int(whole - here) + 50})
        page.wait_for_function(followed, arg=[area.element_handle(), whole])
    raise AssertionError(f"the notebook still grows, past {whole} pixels")


def settled(page: Any) -> None:
    """Wait until the notebook's area has the height that the window gives it."""
    area = page.locator(SCROLLED)
    if area.count():
        fits = "([area, most]) => area.clientHeight > 100 && area.clientHeight < most"
        page.wait_for_function(fits, arg=[area.element_handle(), page.viewport_size["height"]])
