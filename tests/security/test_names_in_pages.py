"""Classes and files may be called anything: pages show the names and never obey them."""

import re
from html.parser import HTMLParser

import pytest

from tests.datasets import hostile
from tlcourse.data_check import check_folder, page_html

NAMES = (
    "<script>alert(1)<",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "<!-- -->",
    "<style>*{display:none}",
    "<base href=http:evil.example>",
    "<meta http-equiv=refresh content=0>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp;",
    "{{7*191}} {%raw%} ${7*191}",
    "]]> --> %0a",
    "<iframe srcdoc=x>",
)  # fmt: skip
_DANGEROUS = {"script", "iframe", "object", "embed", "base", "form", "input", "link", "svg"}


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.wrong, self.styles = [], "", [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styles += tag == "style"
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "autofocus", "http-equiv", "formaction"):
                self.wrong.append((tag, name, value))
            if name in ("href", "src") and not re.match(r"data:image/|#", value):
                self.wrong.append((tag, name, value))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.wrong.append(("comment", data))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Classes and files with all of these names; every file twice, so that pages list it."""
    root = tmp_path_factory.mktemp("names") / NAMES[1]
    for i, name in enumerate(NAMES):
        hostile.fill(root / name, 6, seed=i + 1)
        data = hostile.encoded(hostile.noise(i * 1000 + 1000))
        for other in ("a", "b"):
            hostile.write(root / name, f"{other} {name}.png", data)
        hostile.write(root / name, f"broken {name}.jpg", b"no picture")
    return root


def assert_harmless(text, names=NAMES):
    page = Page(text)
    assert page.wrong == []
    assert not _DANGEROUS & set(page.tags)
    assert page.styles == 1
    assert "1337" not in page.text, "a template in a name was filled in"
    shown = " ".join(page.text.split())
    for name in names:
        assert name in shown, name


def test_the_check_of_a_folder(pictures):
    assert_harmless(page_html(check_folder(pictures, probe=False)))


def test_the_report_of_a_fit(nursery, pictures, tmp_path):
    args = ["fit", str(pictures), "--out", str(tmp_path / "run"), "--image-size", "32", "--json"]
    outcome = nursery.run("command", args=args, cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    text = (tmp_path / "run" / "report.html").read_text("utf-8")
    # The report ends with a program, whose text shows names as Python writes them.
    assert_harmless(text)
    card = (tmp_path / "run" / "model_card.md").read_text("utf-8")
    assert not re.search(r"<(script|img|svg|style|iframe|base|meta)", card)
    assert "1337" not in card
