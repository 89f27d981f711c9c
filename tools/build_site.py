"""Build the course as static pages that can be read without running anything.

    python tools/build_site.py               all chapters into build/site
    python tools/build_site.py 03 04         these chapters
    python tools/build_site.py --fast        with short experiments
    python tools/build_site.py --again       run every chapter again

Runs the worked edition of each chapter, as a learner would, and keeps the executed copy in
`build/site-runs`; a chapter runs again when its notebook has changed. After a change of the
package alone, use --again. The pages need no server, no script and no network.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]  # the package need not be installed

from site_layout import write_pages  # noqa: E402
from site_page import Page, make_page  # noqa: E402

from tlcourse.execute import Chapter, ChapterRun, find_chapters, run_notebook  # noqa: E402

LARGEST_MB = 25
_INTRODUCTION = (
    "<p>Each page is a chapter of the course as it ran from top to bottom, with its numbers and "
    "figures{how}. Worked answers, quiz answers and instructor notes unfold on a click. To run the "
    "chapters yourself, clone the repository and call <code>make lab</code>.</p>"
)


def build_site(
    root: Path,
    out: Path,
    *,
    numbers: list[str] | None = None,
    fast: bool = False,
    again: bool = False,
    runner: Callable[..., ChapterRun] = run_notebook,
) -> list[str]:
    """Execute what is stale, and write the site.

    Args:
        root: The repository, or a folder with `notebooks/` and `solutions/`.
        out: Folder of the site; replaced as a whole when everything went well.
        numbers: Two-digit chapters; all when None.
        fast: Short experiments.
        again: Run chapters whose executed copy is up to date too.
        runner: Executes a notebook; see `tlcourse.execute.run_notebook`.

    Returns:
        What is wrong, in words; then nothing was written.
    """
    chapters = [c for c in find_chapters(root) if not numbers or c.number in numbers]
    unknown = sorted(set(numbers or ()) - {c.number for c in chapters})
    if unknown:
        return [f"There is no chapter {', '.join(unknown)} in {root / 'notebooks'}."]
    runs = out.parent / "site-runs" / ("fast" if fast else "normal")
    pages, problems = [], []
    for chapter in chapters:
        executed = _executed(chapter, runs, fast=fast, again=again, runner=runner)
        page = make_page(nbformat.read(executed, as_version=4), chapter.path.stem)
        pages.append(page)
        problems += [f"{page.name}: {problem}" for problem in page.problems]
    return problems or _write(pages, out, fast=fast)


def _executed(
    chapter: Chapter, runs: Path, *, fast: bool, again: bool, runner: Callable[..., ChapterRun]
) -> Path:
    """Return an executed copy of the worked edition, running it where there is none."""
    source = chapter.solution or chapter.path
    kept = runs / source.name
    if again or not _is_current(kept, source):
        print(f"running {source.relative_to(source.parents[1])} ...", flush=True)
        kept = runner(source, out_dir=runs, fast=fast).executed
    return kept


def _is_current(executed: Path, source: Path) -> bool:
    """Tell whether an executed copy has the cells of the notebook, and none that failed."""
    if not executed.is_file():
        return False
    copy, notebook = (nbformat.read(path, as_version=4) for path in (executed, source))
    cells = [(cell.id, cell.source) for cell in notebook.cells]
    outputs = [o for cell in copy.cells if cell.cell_type == "code" for o in cell.outputs]
    failed = any(o.output_type == "error" for o in outputs)
    return [(cell.id, cell.source) for cell in copy.cells] == cells and not failed


def _write(pages: list[Page], out: Path, *, fast: bool) -> list[str]:
    """Write beside the old site, then exchange the two."""
    scratch = out.with_name(f".{out.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    how = ", here in the short form of its experiments" if fast else ""
    size = write_pages(pages, _INTRODUCTION.format(how=how), scratch)
    if size > LARGEST_MB * 1e6:
        shutil.rmtree(scratch)
        return [f"The site would take {size / 1e6:.1f} MB, more than {LARGEST_MB}. Use less ink."]
    shutil.rmtree(out, ignore_errors=True)
    scratch.rename(out)
    print(f"{len(pages)} chapters, {size / 1e6:.1f} MB: open {out / 'index.html'}")
    return []


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="two-digit numbers; all if none")
    parser.add_argument("--fast", action="store_true", help="short experiments")
    parser.add_argument("--again", action="store_true", help="run every chapter again")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site")
    options = parser.parse_args(arguments)
    problems = build_site(
        ROOT,
        options.out.resolve(),
        numbers=options.chapters,
        fast=options.fast,
        again=options.again,
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
