"""The report is whole in itself and harmless whatever the classes are called."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tlcourse.jobs.report import model_card, report_html
from tlcourse.jobs.run_folder import CARD, REPORT


class Reader(HTMLParser):
    """Collect tags, references and text as a browser would."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.text, self.images = [], [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        self.references += [attrs[n] for n in ("src", "href") if n in attrs]
        if tag == "img":
            self.images.append(attrs)

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def html(finished_run):
    return (finished_run / REPORT).read_text("utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Reader(html)


def test_names_are_shown_and_never_run(page, fitted):
    assert "script" not in page.tags
    assert "<script>alert(1)<" in page.text
    assert "<img src=x onerror=alert(2)>" in page.text
    assert "日本 'q' \"w\" $a$ 😀" in page.text
    assert len(page.images) == min(24, len(fitted.result.mistakes))


def test_nothing_is_fetched_from_anywhere(page, html):
    assert all(r.startswith("data:image/jpeg;base64,") for r in page.references)
    assert "@import" not in html
    assert "url(" not in html


def test_it_says_what_was_found(page, fitted):
    result = fitted.result
    text = " ".join(page.text.split())
    for share in (result.accuracy, *result.interval, result.majority):
        assert f"{100 * share:.1f} %" in text
    assert f"of {result.n} test pictures" in text
    for note in fitted.dataset.skipped:
        assert note.path in page.text
        assert note.reason in page.text
    counts = re.findall(r'<td style="background[^>]*>(\d+)</td>', report_html(fitted))
    assert sum(map(int, counts)) == result.n


def test_pictures_have_words_and_headings_have_order(page):
    assert all(len(image["alt"]) > 10 for image in page.images)
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_printed_program_really_runs(page, finished_run, photo, monkeypatch, capsys):
    """The report ends with a program; it must work as it stands."""
    code = page.text[page.text.index("import keras, numpy") :]
    monkeypatch.chdir(finished_run)
    exec(code.replace('"picture.jpg"', repr(str(photo))), {})
    assert capsys.readouterr().out.strip().splitlines()[-1] == "<script>alert(1)<"


def test_the_card_is_plain_markdown(finished_run, fitted):
    card = (finished_run / CARD).read_text("utf-8")
    assert card == model_card(fitted)
    assert "<script" not in card
    assert "![x](" not in card
    assert not re.search(r"(?<!\\)\[", card), "an unescaped bracket may become a link"
    assert "&lt;script&gt;alert(1)&lt;" in card
    rows = [line for line in card.splitlines() if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    assert set(cells) == {3, 4}, "a name must not add columns"
