"""A chapter in JupyterLab: run it, find its cells, answer, drag, look."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.accessibility import SCROLLED, settled
from tests.conftest import ROOT

RUN_SECONDS = 300  # a loaded machine; two idle cores take about a minute
ANSWER_SECONDS = 60
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

_NOTEBOOK = "const panel = jupyterapp.shell.currentWidget, cells = panel.content.widgets;"
# Mark each cell in the page with its id, so that tests find it by name.
_MARK = f"""() => {{ {_NOTEBOOK}
  cells.forEach(cell => cell.node.dataset.cellId = cell.model.id); return cells.length; }}"""
_READY = f"""name => {{ {_NOTEBOOK}
  return panel.context?.path?.endsWith(name) && panel.context.isReady && cells.length > 0
    && panel.sessionContext.session?.kernel?.status === "idle"; }}"""
# "" while it runs; then what happened: errors end a run, and leave later cells without a number.
_STATE = f"""() => {{ {_NOTEBOOK}
  const code = cells.filter(cell => cell.model.type === "code"
    && cell.model.sharedModel.source.trim());
  const failed = code.filter(cell => cell.model.outputs.toJSON()
    .some(output => output.output_type === "error"));
  const open = code.filter(cell => cell.model.executionCount === null
    || cell.model.executionState === "running");
  if (panel.sessionContext.session.kernel.status !== "idle") return "";
  if (failed.length) return "error in " + failed.map(cell => cell.model.id).join(", ");
  return open.length ? "" : "done"; }}"""
_RENDERED = """() => [...document.querySelectorAll(".jp-OutputArea-output img")]
    .every(image => image.complete && image.naturalWidth > 0)
  && !document.querySelector(".jp-OutputArea-output")?.textContent.includes("Loading widget")"""
_COUNT = f"""id => {{ {_NOTEBOOK}
  return cells.find(cell => cell.model.id === id).model.executionCount; }}"""
_ANSWERED = f"""([id, before]) => {{ {_NOTEBOOK}
  const cell = cells.find(cell => cell.model.id === id);
  return panel.sessionContext.session.kernel.status === "idle"
    && cell.model.executionCount > (before ?? 0) && cell.model.executionState !== "running"; }}"""
_VIEW = """name => document.querySelector(`[data-cell-id="${name}"] .widget-html-content`)
  .innerHTML"""
_CLOSE = """async () => { const panel = jupyterapp.shell.currentWidget;
  await panel.context.save();
  await panel.sessionContext.shutdown(); panel.close(); }"""


@dataclass
class ChapterPage:
    """The notebook that stands in front in JupyterLab.

    Args:
        page: The browser's page.
        stem: Name of the notebook without its ending.
        screenshots: Folder for pictures of it.
        outcome: How its run ended: "done", or what failed.
    """

    page: Any
    stem: str
    screenshots: Path
    outcome: str = ""
    theme: str = field(default="light")

    @classmethod
    def open_file(cls, page: Any, stem: str, *, screenshots: Path) -> ChapterPage:
        """Open any notebook of the folder of chapters."""
        command = "path => { jupyterapp.commands.execute('docmanager:open', {path}); }"
        page.evaluate(command, f"notebooks/{stem}.ipynb")
        return cls._opened(page, stem, screenshots)

    @classmethod
    def open(cls, page: Any, stem: str, *, screenshots: Path) -> ChapterPage:
        """Open a chapter by its link in the chapter list, and wait for its kernel."""
        page.locator(f'.jp-MarkdownViewer a[href*="notebooks/{stem}.ipynb"]').click()
        return cls._opened(page, stem, screenshots)

    @classmethod
    def _opened(cls, page: Any, stem: str, screenshots: Path) -> ChapterPage:
        page.wait_for_function(_READY, arg=f"{stem}.ipynb")
        page.evaluate(_MARK)
        return cls(page, stem, screenshots)

    def run_all(self) -> None:
        """Choose "Run All Cells" in the menu and wait until the last one has run."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        state = self.page.wait_for_function(_STATE, timeout=1000 * RUN_SECONDS)
        self.outcome = state.json_value()
        self.page.wait_for_function(_RENDERED)

    def cell(self, name: str) -> Any:
        """Return the place of a cell in the page, by its id."""
        return self.page.locator(f'[data-cell-id="{name}"]')

    def answer(self, name: str) -> Any:
        """Type the worked answer into an exercise and run it; return the line of its check."""
        before = self.page.evaluate(_COUNT, name)
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(worked_answer(self.stem, name))
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(_ANSWERED, arg=[name, before], timeout=1000 * ANSWER_SECONDS)
        return self.cell(name).get_by_role("status")

    def drag(self, slider: Any) -> None:
        """Drag the handle of a slider with the mouse, to the end that is farther away."""
        slider.evaluate("slider => slider.scrollIntoView({block: 'center'})")
        readout = slider.locator(".widget-readout")
        before = readout.inner_text()
        handle = slider.locator(".noUi-handle").bounding_box()
        rail = slider.locator(".noUi-base").bounding_box()
        x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
        left, right = rail["x"], rail["x"] + rail["width"]
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, y, steps=4)
        self.page.mouse.move(right - 1 if right - x > x - left else left + 1, y, steps=4)
        self.page.mouse.up()
        assert readout.inner_text() != before, "the slider did not move"

    def drag_every_slider(self, name: str) -> None:
        """Drag each slider of a cell's widget; its view must change each time."""
        sliders = self.cell(name).locator(".widget-hslider").all()
        assert sliders, f"no slider in {name}"
        for slider in sliders:
            before = self.page.evaluate(_VIEW, name)
            self.drag(slider)
            changed = f"([name, before]) => ({_VIEW})(name) !== before"
            self.page.wait_for_function(changed, arg=[name, before])

    def use_theme(self, name: str) -> None:
        """Switch JupyterLab to its light or its dark theme."""
        if name != self.theme:
            command = "theme => { jupyterapp.commands.execute('apputils:change-theme', {theme}); }"
            self.page.evaluate(command, THEMES[name])
            body = self.page.locator(f'body[data-jp-theme-name="{THEMES[name]}"]')
            body.wait_for(state="attached")
            self.theme = name

    def photograph(self) -> int:
        """Save the whole notebook as pictures, one for each window full; return their number."""
        folder = self.screenshots / self.stem
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{self.theme}-*.png"):
            old.unlink()
        settled(self.page)
        area = self.page.locator(SCROLLED)
        step = int(area.evaluate("area => area.clientHeight * 0.95"))
        height = int(area.evaluate("area => area.scrollHeight"))
        for number, top in enumerate(range(0, height, step), 1):
            area.evaluate("(area, top) => { area.scrollTop = top; }", top)
            area.screenshot(path=folder / f"{self.theme}-{number:02}.png")
        return number

    def close(self) -> None:
        """Save the notebook, end its kernel and close it, so that the next one has the machine."""
        self.use_theme("light")
        self.page.evaluate(_CLOSE)
        self.page.get_by_role("heading", name="Chapters").wait_for()


def worked_answer(stem: str, name: str) -> str:
    """Return the source of an exercise's cell in the edition with worked answers."""
    notebook = json.loads((ROOT / "solutions" / f"{stem}.ipynb").read_text("utf-8"))
    return "".join(next(cell for cell in notebook["cells"] if cell["id"] == name)["source"])
