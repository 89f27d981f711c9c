"""The prose check: what it flags, on which line, and what it leaves alone."""

import check_prose
import pytest
from chapter_samples import SAMPLE


@pytest.fixture
def check(tmp_path, capsys):
    """Return a function that checks a text as `lesson.md` and returns (line, message) pairs."""

    def run(text, name="lesson.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        status = check_prose.main([str(path)])
        lines = capsys.readouterr().err.splitlines()
        assert status == (1 if lines else 0)
        assert all(line.startswith(f"{path}:") for line in lines)
        split = (line.removeprefix(f"{path}:").split(": ", 1) for line in lines)
        return [(int(number), message) for number, message in split]

    run.root = tmp_path
    return run


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Well done!", 1, "Exclamation mark"),
        ("# Title\n\nfirst\nsecond (yes!)", 4, "Exclamation mark"),
        ("The accuracy is 0.73 here.", 1, "'0.73' is a number typed by hand"),
        ("It rose by\n12 % at once.", 2, "'12 %' is a number typed by hand"),
        ("It rose by 12% at once.", 1, "'12%'"),
        ("It rose by 12 percent.", 1, "'12 percent'"),
        ("- item\n  - about 5.4 times", 2, "'5.4'"),
        ("| a | b |\n|---|---|\n| x | 0.5 |", 3, "'0.5'"),
        ("<details>\n<summary>Answer</summary>\nabout 0.4\n</details>", 3, "'0.4'"),
        ("**0.81** wins", 1, "'0.81'"),
        ("We practise colour theory.", 1, "British spelling 'practise'. American: 'practice'."),
        ("We practise colour theory.", 1, "British spelling 'colour'. American: 'color'."),
        ("Grey pictures", 1, "British spelling 'Grey'"),
        ("This is simply true.", 1, "Filler 'simply'"),
        ("Of course it is.", 1, "Filler 'Of course'"),
        ("![](https://example.org/x.png)", 1, "Image without alternative text"),
        ("text\n\n<img src='https://example.org/x.png'>", 3, "Image without alternative text"),
        ("see [this](missing.md)", 1, "The link 'missing.md' leads to no file"),
        ("![a map](missing.png)", 1, "The link 'missing.png' leads to no file"),
        ("level 0.05 <!-- fixed: -->", 1, "gives no reason"),
    ],
)
def test_flagged(check, text, line, message):
    found = check(text)
    assert [at for at, said in found if message in said] == [line], found


@pytest.mark.parametrize(
    "text",
    [
        "A plain sentence with 12 pictures and 3 classes.",
        "The value `0.73` and the test `x != 3`.",
        "```python\naccuracy = 0.73  # colour, simply!\n```",
        "    indented = 0.73",
        "The loss is $-0.5 \\log p$ and\n\n$$\nL = 0.5 x^2\n$$",
        "The interval covers 90 % of runs. <!-- fixed: the level we chose -->",
        "Python 3.11, Keras 3.15 and CC BY 4.0, CC-BY-SA-4.0, Apache 2.0",
        "### Exercise 12.3\n\nand 03.1 again",
        "arXiv:1409.1556, doi:10.1000/182, https://example.org/1.5, <https://example.org/0.5>",
        "Simonyan 2015, *Very Deep Networks: a Colour Atlas*.",
        "[mail](mailto:a@example.org), [web](https://example.org/x.md), [top](#top)",
        "![a curve that rises](https://example.org/x.png)",
        "Version 1.2.3 of a file",
    ],
)
def test_left_alone(check, text):
    assert check(text) == []


def test_a_reason_covers_its_own_line_only(check):
    found = check("90 % here <!-- fixed: chosen -->\nand 80 % there")
    assert [line for line, _ in found] == [2]


def test_links_to_files_beside_the_text(check):
    (check.root / "notes.md").write_text("")
    (check.root / "a folder").mkdir()
    assert check("[a](notes.md#part) [b](a%20folder) ![x](./notes.md)") == []


def test_chapters_are_checked_in_their_markdown_cells_with_file_lines(check):
    text = SAMPLE.replace("# Five minutes.", "# It gains 0.73 on the programme!")
    found = check(text, "chapters/03_sample.py")
    line = text[: text.index("# It gains")].count("\n") + 1
    assert [(at, message.split(" ")[0]) for at, message in found] == [
        (line, "'0.73'"),
        (line, "British"),
        (line, "Exclamation"),
    ]


def test_the_sample_chapter_is_clean(check):
    assert check(SAMPLE, "chapters/03_sample.py") == []


def test_chapter_links_are_seen_from_the_notebooks_folder(check):
    (check.root / "data").mkdir()
    (check.root / "data" / "map.png").write_text("")
    (check.root / "chapters").mkdir()
    (check.root / "chapters" / "04_next.py").write_text("")
    links = "[n](04_next.ipynb) [s](../solutions/04_next.ipynb) ![a map](../data/map.png)"
    assert check(f"# %% [markdown]\n# {links}\n", "chapters/03_a.py") == []
    found = check("# %% [markdown]\n# [n](05_no.ipynb) [d](data/map.png)\n", "chapters/03_a.py")
    assert [line for line, _ in found] == [2, 2]


def test_a_missing_file_is_named(tmp_path, capsys):
    assert check_prose.main([str(tmp_path / "none.md")]) == 2
    assert "No such file" in capsys.readouterr().err
