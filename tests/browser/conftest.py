"""One browser, one JupyterLab and one run of each chapter for all tests of this folder."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.browser.chapter_page import ChapterPage
from tests.browser.lab_server import running_lab
from tests.conftest import ROOT

SCREENSHOTS = ROOT / "build" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome")
WINDOW = {"width": 1280, "height": 1600}


@pytest.fixture(scope="session")
def browser():
    """A browser of this machine, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("TLCOURSE_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), ""
    )
    if not program:
        pytest.skip(f"no browser: none of {', '.join(NAMES)}; TLCOURSE_CHROMIUM may name one")
    with playwright.sync_playwright() as tool:
        options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        started = tool.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """`tlcourse lab` on copies of the notebooks, with nothing of the user's: address and folder."""
    with running_lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def lab_page(browser, lab):
    """One JupyterLab in the browser; chapters are opened in it one after the other."""
    page = browser.new_page(viewport=WINDOW)
    page.set_default_timeout(30_000)
    page.goto(lab.address)
    page.get_by_role("heading", name="Chapters").wait_for()
    yield page
    page.close()


@pytest.fixture(scope="module")
def chapter(request, lab, lab_page):
    """One chapter of the learner's edition, opened from the chapter list and run to its end."""
    opened = ChapterPage.open(lab_page, request.param, screenshots=SCREENSHOTS)
    opened.run_all()
    yield opened
    opened.close()
