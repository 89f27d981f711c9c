"""The report in a real browser: a class called like a program is shown, and not run."""

import pytest

from tests.browser.accessibility import violations
from tests.jobs.conftest import (  # noqa: F401  (fixtures)
    finished_run,
    fitted,
    ready_backbone,
    session_cache,
    wild_folder,
)
from tlcourse.jobs.run_folder import REPORT

pytestmark = pytest.mark.browser


def opened(browser, address):
    """Open a page and note every dialog, every error and every request that it makes."""
    page, noted = browser.new_page(), []
    page.on("dialog", lambda dialog: (noted.append(f"said {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: noted.append(f"failed {error}"))
    page.on("request", lambda request: noted.append(f"asked for {request.url}"))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, [note for note in noted if not note.startswith("asked for data:")][1:]


def test_names_are_shown_and_never_run(browser, finished_run):  # noqa: F811
    page, noted = opened(browser, (finished_run / REPORT).as_uri())
    assert noted == []
    assert page.locator("script").count() == 0
    for name in ("<script>alert(1)<", "日本 'q' \"w\" $a$ 😀"):
        assert page.get_by_role("rowheader", name=name, exact=True).first.is_visible()
    assert page.get_by_role("cell", name="<img src=x onerror=alert(2)>.jpg").is_visible()
    assert page.locator("img").evaluate_all("images => images.every(i => i.naturalWidth > 0)")
    page.close()


def test_a_name_that_runs_would_be_noticed(browser, finished_run, tmp_path):  # noqa: F811
    text = (finished_run / REPORT).read_text("utf-8")
    text = text.replace("&lt;script&gt;alert(1)&lt;", "<script>alert(1)</script>")
    text = text.replace("&lt;img src=x onerror=alert(2)&gt;", "<img src=x onerror=alert(2)>")
    (tmp_path / "bad.html").write_text(text, "utf-8")
    page, noted = opened(browser, (tmp_path / "bad.html").as_uri())
    assert {"said 1", "said 2"} <= set(noted)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_on_light_and_dark_screens(browser, finished_run, scheme):  # noqa: F811
    from tests.browser.conftest import SCREENSHOTS

    page = browser.new_page(color_scheme=scheme)
    page.goto((finished_run / REPORT).as_uri())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"report-{scheme}.png", full_page=True)
    assert violations(page, include="body") == []
    page.close()
