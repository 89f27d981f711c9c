"""`tlcourse lab`: the address lets its owner in, and the chapter list is a page with links."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser):
    opened = browser.new_context().new_page()  # without the cookies of other tests
    yield opened
    opened.context.close()


def test_the_chapter_list_is_a_page_and_asks_nothing(page, lab):
    page.goto(lab.address)
    page.get_by_role("heading", name="Chapters").wait_for()
    source = (lab.folder / "notebooks" / "README.md").read_text("utf-8")
    rows = page.locator(".jp-MarkdownViewer table tbody tr")
    assert rows.count() == source.count("\n| [") >= 8
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0  # no question about news


@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
def test_both_links_of_a_chapter_open_it(page, lab, folder):
    page.goto(lab.address)
    chapter = f"{folder}/00_start_here.ipynb"
    page.locator(f'.jp-MarkdownViewer a[href*="{chapter}"]').click()
    page.wait_for_function(
        "path => jupyterapp.shell.currentWidget?.context?.path === path", arg=chapter
    )
    page.locator(".jp-NotebookPanel").get_by_role("heading", name="00 Start here").wait_for()
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def test_nobody_gets_in_without_the_token(page, lab):
    page.goto(lab.address.partition("?")[0])
    assert "/login" in page.url
    assert page.get_by_role("heading", name="Chapters").count() == 0
