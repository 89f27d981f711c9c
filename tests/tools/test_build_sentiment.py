"""The build script of the sentiment texts."""

import importlib.util
import sys

import pytest
from rebuild import ROOT, differing, folder, need_source, run


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        spec = importlib.util.spec_from_file_location(
            "build_sentiment", ROOT / "tools" / "build_sentiment.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)


def test_building_again_gives_the_committed_bytes(tmp_path):
    need_source("vaderSentiment-0.5.zip")
    first, second = (
        run("build_sentiment.py", tmp_path / "1"),
        run("build_sentiment.py", tmp_path / "2"),
    )
    assert len(first) == 5
    assert differing(first, second) == []
    assert differing(folder(ROOT / "data" / "sentiment"), first) == []


def test_copies_profanity_and_wordless_rows_are_left_out(script):
    raw = (
        "1\t1.25\tGreat &amp; ''fun''  @anonymous\r\n2\t2\tGREAT & fun!!!\r\n3\t-2\t...\r\n"
        "4\t-3\tthis is b" + "ullshit\r\n5_2\t-0.33333\tA naïve \x85 clich\u00e9.\r\n\r\n"
    )
    rows, out = script.select(raw)
    assert rows == [
        ("1", "1", "1.2500", 'Great & "fun" @anonymous'),
        ("5_2", "5", "-0.3333", "A naïve cliché."),
    ]
    assert out == {"copies": 1, "no words": 1, "profanity": 1}


def test_faces_without_words_are_not_copies_of_each_other(script):
    assert script.normalized("@anonymous :)") != script.normalized("@anonymous :(")
    assert script.normalized("Yay. Good!") == script.normalized("YAY, good")


@pytest.mark.parametrize("text", ["a niggling doubt", "who are you", "Fagin", "Philip K. Dick"])
def test_harmless_words_are_kept(script, text):
    assert not script.PROFANE.search(text)


def test_csv_quotes_commas_and_quotes(script):
    text = script.to_csv([("1", "1", "1.0000", 'a, "b"')])
    assert text == 'id,group,valence,text\n1,1,1.0000,"a, ""b"""\n'
