"""The builder: both editions of the sample chapter, stable bytes and ids, stale files."""

import json

import nbformat
from chapter_samples import SAMPLE, swap


def editions(root, name="03_sample"):
    folders = ("notebooks", "solutions")
    return [nbformat.read(root / folder / f"{name}.ipynb", as_version=4) for folder in folders]


def ids(notebook):
    return [cell.id for cell in notebook.cells]


def source(notebook, cell_id):
    return next(cell.source for cell in notebook.cells if cell.id == cell_id)


def test_learners_get_stubs_and_teachers_get_answers(course):
    assert course(SAMPLE) == 0
    learner, solution = editions(course.root)
    assert source(learner, "ex-03-1") == (
        'pixels = None  # replace None with your answer\ntl.check("03.1", pixels)'
    )
    assert source(solution, "ex-03-1") == (
        'pixels = IMAGE_SIZE * IMAGE_SIZE\ntl.check("03.1", pixels)'
    )
    assert source(learner, "ex-03-2") == (
        'def flat(side):\n    return None  # your code here\n\n\ntl.check("03.2", flat)'
    )
    assert "channels = 3\n    return side * side * channels" in source(solution, "ex-03-2")


def test_cells_for_one_edition_only(course):
    course(SAMPLE)
    learner, solution = map(ids, editions(course.root))
    assert set(learner) - set(solution) == {"later"}
    assert set(solution) - set(learner) == {"ex-03-2-why", "notes", "notes-check"}
    assert [name for name in learner if name in solution] == [
        name for name in solution if name in learner
    ]


def test_nothing_of_the_answers_or_markers_is_in_the_learner_file(course):
    course(SAMPLE)
    text = (course.root / "notebooks" / "03_sample.ipynb").read_text()
    for hidden in ("ANSWER", "### ELSE", "channels = 3", "Instructor", "three channels"):
        assert hidden not in text
    assert "ANSWER" not in (course.root / "solutions" / "03_sample.ipynb").read_text()


def test_both_editions_run_and_the_solution_passes_its_checks(course):
    course(SAMPLE)
    for notebook in editions(course.root):
        names = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
    assert names["checked"]["03.2"](2) == 12
    assert "notes-check" in ids(notebook)


def test_the_file_format(course):
    course(SAMPLE)
    for folder in ("notebooks", "solutions"):
        raw = (course.root / folder / "03_sample.ipynb").read_bytes()
        assert raw.endswith(b"}\n")
        assert not raw.endswith(b"\n\n")
        assert b"source_line" not in raw
        notebook = json.loads(raw)
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
        assert notebook["metadata"]["language_info"] == {"name": "python"}
        for cell in notebook["cells"]:
            assert set(cell["metadata"]) <= {"tags"}
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []
                assert cell["execution_count"] is None
        tagged = [
            cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ())
        ]
        assert [cell["id"] for cell in tagged] == ["parameters"]


def test_building_twice_gives_the_same_bytes_and_touches_nothing(course):
    course(SAMPLE)
    paths = sorted(course.root.glob("*s/*.ipynb"))
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    course(SAMPLE)
    assert len(paths) == 2
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths] == before


def test_automatic_ids_depend_on_their_own_cell_only(course):
    course(SAMPLE)
    before = ids(editions(course.root)[0])
    automatic = [name for name in before if name.startswith("auto-")]
    assert len(automatic) == 1
    extra = '# %%\nprint("another cell")\n\n# %% [markdown] id="why-frozen"'
    course(swap('# %% [markdown] id="why-frozen"', extra))
    after = ids(editions(course.root)[0])
    assert [name for name in after if name in before] == before
    course(swap('print(f"{IMAGE_SIZE} px")', 'print(f"{IMAGE_SIZE} pixels")'))
    changed = ids(editions(course.root)[0])
    assert sum(a != b for a, b in zip(changed, before, strict=True)) == 1


def test_measured_figures_are_filled_in(course):
    course(SAMPLE)
    front = editions(course.root)[0].cells[0].source
    assert "| Minutes to run | 3.9 on two CPU cores, 0.8 in fast mode |" in front
    assert "| Peak memory | 1.50 GB |" in front


def test_a_missing_figure_stops_the_build_unless_it_is_a_draft(course, capsys):
    (course.root / "chapters" / "measured.json").unlink()
    assert course(SAMPLE) == 1
    message = capsys.readouterr().err
    assert "'{{peak_gb}}' has no measured value" in message
    assert "notebook_measure.py" in message
    assert not list(course.root.glob("notebooks/*.ipynb"))
    assert course(SAMPLE, "--draft") == 0
    assert "(not measured yet)" in editions(course.root)[0].cells[0].source


def test_damaged_figures_are_named(course, capsys):
    (course.root / "chapters" / "measured.json").write_text('{"03": }')
    assert course(SAMPLE) == 2
    assert "measured.json:1: not valid JSON" in capsys.readouterr().err


def test_noqa_comments_and_blank_lines_around_markers_are_dropped(course):
    text = swap(
        "pixels = None  # replace None with your answer\n",
        "\n\npixels = None  # noqa: F811\n\n",
    )
    course(text)
    assert source(editions(course.root)[0], "ex-03-1").startswith("pixels = None\ntl.check")


def test_the_index_lists_numbered_chapters(course):
    course(SAMPLE)
    index = (course.root / "notebooks" / "README.md").read_text()
    assert "| [03 Sample chapter](03_sample.ipynb) | 5 | 3.9 | " in index
    assert "[answers to 03](../solutions/03_sample.ipynb)" in index


def test_check_names_stale_missing_and_orphaned_files(course, capsys):
    assert course(SAMPLE, "--check") == 1
    error = capsys.readouterr().err
    for name in ("notebooks/03_sample.ipynb", "solutions/03_sample.ipynb", "notebooks/README.md"):
        assert f"{name} is stale" in error
    assert not (course.root / "notebooks").exists()
    course(SAMPLE)
    assert course(SAMPLE, "--check") == 0
    assert capsys.readouterr().err == ""
    solution = course.root / "solutions" / "03_sample.ipynb"
    solution.write_text(solution.read_text().replace("channels = 3", "channels = 4"))
    assert course(SAMPLE, "--check") == 1
    assert capsys.readouterr().err == (
        "solutions/03_sample.ipynb is stale. Run 'make notebooks'.\n"
    )
    course(SAMPLE)
    (course.root / "notebooks" / "07_gone.ipynb").write_text("{}")
    (course.root / "notebooks" / "my own.ipynb").write_text("{}")
    assert course(SAMPLE, "--check") == 1
    assert capsys.readouterr().err == "notebooks/07_gone.ipynb has no chapter file. Delete it.\n"


def test_one_chapter_can_be_built_while_another_is_broken(course, capsys):
    broken = SAMPLE.replace("### ELSE\n", "").replace("03.", "04.")
    (course.root / "chapters" / "04_broken.py").write_text(broken)
    assert course(SAMPLE, "03") == 0
    assert capsys.readouterr().err == ""
    assert not (course.root / "notebooks" / "README.md").exists()
    assert course(SAMPLE) == 1
    assert "03_sample" not in capsys.readouterr().err
    assert not (course.root / "notebooks" / "04_broken.ipynb").exists()
    assert course(SAMPLE, "09") == 2
    assert "No chapter matches '09'. Chapters: 03_sample, 04_broken." in capsys.readouterr().err


def test_files_without_a_number_are_built_by_fewer_rules(course):
    text = '# %% [markdown] id="t"\n# # Appendix\n\n# %% id="one"\n1 + 1\n'
    assert course(text, name="appendix.py") == 0
    assert ids(editions(course.root, "appendix")[0]) == ["t", "one"]
    assert course("not a chapter\n", name="_scratch.py") == 0


def test_headings_inside_code_fences_do_not_count(course):
    assert course(swap("# Skip an exercise", "# ```\n# # a comment\n# ```\n# Skip an")) == 0


def test_magics_and_await_are_accepted(course):
    text = swap('print(f"{IMAGE_SIZE} px")', "# %matplotlib inline\n# !ls\nawait None")
    assert course(text) == 0
    assert "%matplotlib inline\n!ls" in (
        course.root / "notebooks/03_sample.ipynb"
    ).read_text().replace('\\n",\n    "', "\n")
