"""The builder refuses every malformed chapter and names file, line and fix."""

import pytest
from chapter_samples import SAMPLE, swap

BEGIN = "### BEGIN ANSWER\npixels"
REFUSED = {
    "unclosed block": (
        ("pixels = None  # replace None with your answer\n### END ANSWER", "pixels = None"),
        "is not closed",
        "### BEGIN ANSWER\npixels",
    ),
    "no else": (
        ("### ELSE\npixels = None  # replace None with your answer\n", ""),
        "The block has no '### ELSE'",
        '### END ANSWER\ntl.check("03.1"',
    ),
    "nested": (
        (BEGIN, "### BEGIN ANSWER\n### BEGIN ANSWER\npixels"),
        "cannot be nested: one was opened 1 lines above",
        BEGIN,
    ),
    "end without begin": ((BEGIN, "pixels"), "stands outside an answer block", "### ELSE\npixels"),
    "two elses": (
        ("### ELSE\npixels", "### ELSE\n### ELSE\npixels"),
        "A second '### ELSE'",
        "### ELSE\npixels",
    ),
    "misspelled marker": (
        (BEGIN, "## begin answer\npixels"),
        "'## begin answer' is not a marker",
        "## begin answer",
    ),
    "empty stub": (
        ("pixels = None  # replace None with your answer", "# your answer"),
        "The stub is empty",
        BEGIN,
    ),
    "empty answer": (
        ("pixels = IMAGE_SIZE * IMAGE_SIZE", "# look it up"),
        "The answer part is empty",
        "### BEGIN ANSWER\n# look",
    ),
    "stub gives the answer": (
        ("pixels = None  #", "pixels = IMAGE_SIZE * IMAGE_SIZE  #"),
        "The stub equals the answer",
        BEGIN,
    ),
    "no check call": (
        ('tl.check("03.1", pixels)', "pixels"),
        "Exercise cell 'ex-03-1' has no check call",
        BEGIN,
    ),
    "check call only in the answer": (
        (
            "pixels = IMAGE_SIZE * IMAGE_SIZE\n### ELSE\npixels = None  # replace None with "
            'your answer\n### END ANSWER\ntl.check("03.1", pixels)',
            'tl.check("03.1", 1)\n### ELSE\npixels = None\n### END ANSWER',
        ),
        "has no check call that both editions share",
        "### BEGIN ANSWER\ntl",
    ),
    "wrong exercise number": (
        ('tl.check("03.2", flat)', 'tl.check("3.2", flat)'),
        "numbered '3.2', expected '03.2'",
        "def flat",
    ),
    "block without the tag": (
        ('# %% tags=["exercise"] id="ex-03-1"', '# %% id="ex-03-1"'),
        "not tagged",
        BEGIN,
    ),
    "exercise without a block": (
        (
            "### BEGIN ANSWER\npixels = IMAGE_SIZE * IMAGE_SIZE\n### ELSE\npixels = None  "
            "# replace None with your answer\n### END ANSWER",
            "pixels = 4",
        ),
        "no answer block",
        "pixels = 4",
    ),
    "stub does not parse": (
        ("pixels = None  # replace", "pixels =  # replace"),
        "The learner copy of cell 'ex-03-1' does not parse",
        BEGIN,
    ),
    "answer does not parse": (
        ("    return side * side * channels", "    return side *"),
        "The solution copy of cell 'ex-03-2' does not parse",
        "def flat",
    ),
    "leak into code": (
        ('print(f"{IMAGE_SIZE} px")', "\npixels = IMAGE_SIZE * IMAGE_SIZE  # for later\n"),
        "The answer of 'ex-03-1' (line 45) can be read here",
        "pixels = IMAGE_SIZE * IMAGE_SIZE  # for",
    ),
    "leak into text": (
        (
            "# Skip an exercise",
            "# ```\n# channels = 3\n# return side * side * channels\n# ```\n# Skip an exercise",
        ),
        "The answer of 'ex-03-2'",
        "# ```",
    ),
    "repeated id": (
        ('tags=["quiz"] id="quiz"', 'tags=["quiz"] id="later"'),
        "'later' is already used",
        "# ## Quiz",
    ),
    "equal cells without id": (
        ('print(f"{IMAGE_SIZE} px")', "1\n\n# %%\n1"),
        "is already used",
        "1\n\n# %% [markdown]",
    ),
    "forbidden id": (('id="later"', 'id="not now"'), "'not now' is not allowed", "# Skip"),
    "second H1": (("# ## Quiz", "# # Quiz"), "A second H1", "# # Quiz"),
    "skipped heading level": (
        ("# ## Why a frozen base", "# ### Why a frozen base"),
        "jumps from level 1 to level 3 in the learner copy",
        "# ### Why",
    ),
    "no parameters cell": (('tags=["parameters"] ', ""), "0 parameters cells", SAMPLE[:10]),
    "two parameters cells": (
        ('# %% id="recorder"', '# %% tags=["parameters"] id="recorder"'),
        "2 parameters cells",
        "checked = {}",
    ),
    "other parameters": (("SEED = 0", "RUNS = 0"), "['DATASET', 'IMAGE_SIZE', 'RUNS']", "DATASET"),
    "computed parameters": (("SEED = 0", "SEED = int(0)"), "only assign plain values", "SEED"),
    "no quiz": (('tags=["quiz"] ', ""), "No quiz", SAMPLE[:10]),
    "no notes": (
        ('[markdown] tags=["instructor"]', '[markdown] tags=["solution-only"]'),
        "No instructor notes",
        SAMPLE[:10],
    ),
    "wrong number in the title": (
        ("# # 03 Sample", "# # 3 Sample"),
        "'# 03 Title'",
        "# # 3 Sample",
    ),
    "missing row": (("# | You need | chapter 00 |\n", ""), "no row '| You need", "# # 03"),
    "hand-typed memory": (("{{peak_gb}}", "1.5"), "must quote {{peak_gb}}", "# # 03"),
    "unknown placeholder": (("Five minutes.", "{{hours}}"), "'{{hours}}' is not", "# ## Instr"),
    "unknown tag": (
        ('[markdown] tags=["instructor"]', '[markdown] tags=["teacher"]'),
        "Unknown tags ['teacher']",
        '# %% [markdown] tags=["teacher"]',
    ),
    "two editions": (
        ('tags=["learner-only"]', 'tags=["learner-only", "instructor"]'),
        "exclude each other",
        '# %% [markdown] tags=["learner-only',
    ),
    "half-skipped cell": (
        ('id="recorder"', 'tags=["nbval-skip"] id="recorder"'),
        "both tags",
        "checked",
    ),
    "cell title": (
        ('# %% id="recorder"', "# %% Helpers"),
        "has the title 'Helpers'",
        "# %% Helpers",
    ),
    "unknown option": (
        ('id="recorder"', 'id="recorder" name="x"'),
        "unknown options ['name']",
        '# %% id="rec',
    ),
    "text before the first cell": (
        ('# %% [markdown] id="front"', 'x = 1\n# %% [markdown] id="front"'),
        "before the first",
        "x = 1",
    ),
    "empty cell": (('print(f"{IMAGE_SIZE} px")', ""), "The cell is empty", "# %%\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_file_line_and_fix(course, capsys, case):
    (old, new), message, place = REFUSED[case]
    text = swap(old, new)
    assert course(text) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if message in line]
    assert lines, message
    number = text[: text.index(place)].count("\n") + 1
    path = course.root / "chapters" / "03_sample.py"
    starts = [line.split(": ", 1)[0] for line in lines]
    cell_start = text.rfind("# %%", 0, text.index(place))
    first = text[: max(cell_start, 0)].count("\n") + 1
    allowed = {f"{path}:{at}" for at in range(first, number + 1)}
    assert set(starts) & allowed, (starts, number)
    assert not list(course.root.glob("*s/03_sample.ipynb"))


def test_skipped_levels_are_seen_in_each_edition(course, capsys):
    """A heading that only one edition has must not hide a jump in the other."""
    text = (
        swap("# ## Instructor notes", "# ### Instructor notes")
        .replace("# ## Quiz", "# Quiz")
        .replace("# ### Exercise", "# Exercise")
        .replace("# ## Why", "# Why")
    )
    assert course(text) == 1
    error = capsys.readouterr().err
    assert "in the solution copy" in error
    assert "in the learner copy" not in error
