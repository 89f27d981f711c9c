"""Take the pictures of the README from the executed chapters.

    python tools/build_site.py 01 05 07      run the chapters, if that was not done before
    python tools/readme_pictures.py          write docs/pictures/

A picture in the README is a figure of a chapter as it came out of a run: nothing is drawn
for show.
"""

from __future__ import annotations

import argparse
import io
import sys
from base64 import b64decode
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
# File name -> chapter and cell whose first figure it is.
PICTURES = {
    "gain_by_block.png": ("01", "gains"),
    "size_of_each_lie.png": ("05", "lies"),
    "every_style_to_every_style.png": ("07", "matrix"),
}
_WIDTH = 900  # pixels, twice what a README shows


def figure(notebook: nbformat.NotebookNode, cell_id: str) -> bytes:
    """Return the first PNG among the outputs of a cell.

    Raises:
        ValueError: If there is no such cell, or it shows no figure.
    """
    cell = next((c for c in notebook.cells if c.id == cell_id), None)
    if cell is None:
        raise ValueError(f"There is no cell '{cell_id}'. Correct PICTURES in this file.")
    for output in cell.get("outputs", ()):
        png = output.get("data", {}).get("image/png")
        if png:
            return b64decode(png)
    raise ValueError(f"The cell '{cell_id}' shows no figure. Run the chapter first.")


def small(png: bytes) -> bytes:
    """Return a picture at most 900 pixels wide, in 64 colors: a fifth of the bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > _WIDTH:
        image = image.resize((_WIDTH, round(image.height * _WIDTH / image.width)), Image.LANCZOS)
    memory = io.BytesIO()
    image.quantize(64).save(memory, "PNG", optimize=True)
    return memory.getvalue()


def write_pictures(runs: Path, out: Path) -> list[Path]:
    """Write every picture from the executed notebooks in `runs` into `out`.

    Raises:
        ValueError: If a chapter has not been run, or a figure is missing.
    """
    written = []
    for name, (chapter, cell_id) in PICTURES.items():
        path = next(iter(sorted(runs.glob(f"{chapter}_*.ipynb"))), None)
        if path is None:
            raise ValueError(
                f"Chapter {chapter} has not been run: there is no {runs}/{chapter}_*.ipynb. Call "
                f"python tools/build_site.py {chapter}"
            )
        out.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(small(figure(nbformat.read(path, as_version=4), cell_id)))
        written.append(out / name)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=ROOT / "build" / "site-runs" / "normal")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args(arguments)
    try:
        for path in write_pictures(options.runs, options.out):
            print(f"{path} ({path.stat().st_size / 1024:.0f} KB)")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
