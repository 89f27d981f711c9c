"""The learner's record and map: counted right, kept whole, never in the way of a lesson."""

import json
import threading
import warnings

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import tlcourse as tl
from tests.test_quiz import Balance
from tlcourse.exercises import exercise_ids
from tlcourse.exercises.quizzes import load_quiz
from tlcourse.exercises.quizzes import shown as quiz_shown
from tlcourse.learner import progress, progress_file, record, reset
from tlcourse.learner.course_map import ChapterProgress, CourseMap

PIXEL = (-73.939, -96.779, -113.68)


@pytest.fixture
def file():
    return progress_file()


def chapter_03():
    return next(c for c in progress(show=False).chapters if c.number == "03")


def test_a_right_answer_is_noted_and_others_are_not(file):
    tl.check("03.2", (1, 2))
    tl.check("03.3", None)
    assert not file.exists()
    tl.check("03.1", PIXEL)
    tl.check("03.1", (1, 2, 3))  # a later slip takes nothing away
    assert list(json.loads(file.read_text())["exercises"]) == ["03.1"]
    found = chapter_03()
    assert found.exercises == {name: name == "03.1" for name in exercise_ids() if name[:2] == "03"}
    assert found.done == 1


def test_answers_to_the_quiz_are_noted_first_and_last(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz_shown, "display_widget", lambda widget, instead: shown.append(widget))
    InteractiveShell.instance()
    try:
        with capture_output():
            tl.quiz("03", interactive=True)
    finally:
        InteractiveShell.clear_instance()
    questions = load_quiz("03").questions
    right = [next(i for i, o in enumerate(q.options) if o.right) for q in questions]
    assert chapter_03().quiz_words == "0 of 5 answered, 0 right"
    first, second = (box.children[0] for box in shown[:2])
    first.value = right[0]
    second.value = (right[1] + 1) % 4
    found = chapter_03()
    assert (found.answered, found.right, found.right_at_once) == (2, 1, 1)
    second.value = right[1]
    second.value = None
    found = chapter_03()
    assert (found.answered, found.right, found.right_at_once) == (2, 2, 1)


def test_a_reworded_question_counts_as_not_answered():
    record.record_answer("03", load_quiz("03").questions[0].text, right=True)
    record.record_answer("03", "A question of an older edition?", right=True)
    assert chapter_03().answered == 1


def test_the_public_name_draws_the_map_in_a_terminal(capsys, file):
    tl.check("03.1", PIXEL)
    capsys.readouterr()
    found = tl.progress()
    out = capsys.readouterr().out
    assert out == f"{found}\n"
    line = next(x for x in out.splitlines() if x.startswith("03 "))
    count = sum(name.startswith("03.") for name in exercise_ids())
    assert "✓" + "○" * (count - 1) in line
    assert f"1 of {count}" in line
    assert f"Kept in {file}, on this computer only." in out


def test_one_output_in_a_notebook():
    shell = InteractiveShell.instance()
    try:
        with capture_output() as captured:
            shell.run_cell("import tlcourse as tl\ntl.progress()")
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    page = Balance(output.data["text/html"])
    assert {"caption", "th", "table"} <= set(page.tags)
    assert "script" not in page.tags
    assert "○ 03.1" in page.text
    assert output.data["text/html"].count('scope="row"') == len(tl.progress(show=False).chapters)


def test_titles_are_escaped_and_numbers_add_up():
    one = ChapterProgress("01", "<b>x</b>", {"01.1": True, "01.2": False}, 5, 4, 3, 2)
    two = ChapterProgress("02", "y", {}, 0, 0, 0, 0)
    found = CourseMap((one, two), "f")
    assert "<b>x" not in found.html
    Balance(found.html)
    assert found.summary == "1 of 2 exercises done, 4 of 5 quiz questions."
    assert found.next_step == "Next: exercise 01.2."
    assert found.rows()[1] == ("02 y", "0 of 0", "no quiz")
    assert CourseMap((two,), "f").next_step == "Every exercise is done."


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"format": 1}', b'{"exercises": {}, "quiz": {}}',
        b'{"format": 1, "exercises": {"03.1": 5}, "quiz": {}}',
        b'{"format": 1, "exercises": [], "quiz": {}}',
        b'{"format": 1, "exercises": {}, "quiz": {"03": {"k": {"tries": "x"}}}}',
        b'{"format": "1", "exercises": {}, "quiz": {}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_file_is_kept_aside_and_a_new_one_begins(file, content):
    file.write_bytes(content)
    with pytest.warns(UserWarning, match=r"progress\.json could not be read.*kept as"):
        assert tl.check("03.1", PIXEL).status == "right"
    (backup,) = file.parent.glob("progress-damaged-*.json")
    assert backup.read_bytes() == content
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert chapter_03().done == 1
    file.write_bytes(content)
    with pytest.warns(UserWarning, match="damaged"):
        progress(show=False)
    assert len(list(file.parent.glob("progress-damaged-*.json"))) == 2


def test_a_file_of_a_newer_version_is_left_alone(file):
    content = '{"format": 2, "pupils": []}'
    file.write_text(content)
    tl.check("03.1", PIXEL)
    assert "newer version" in progress(show=False).where
    assert file.read_text() == content


def test_a_place_that_cannot_be_written_is_no_reason_to_stop(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TLCOURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert tl.check("03.1", PIXEL).status == "right"
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("✓ 03.1")
    found = progress(show=False)
    assert "Not recorded: " in found.where
    assert "cannot be written" in str(found)
    assert sum(c.done for c in found.chapters) == 0


def test_a_full_disk_leaves_the_old_record(file, monkeypatch):
    tl.check("03.1", PIXEL)
    before = file.read_bytes()

    def full(target, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record, "write_whole", full)
    assert tl.check("03.2", (25_699_336, 4_104)).status == "right"
    assert file.read_bytes() == before
    found = progress(show=False)
    assert "No space left on device" in found.where
    assert sum(c.done for c in found.chapters) == 1


def test_a_lock_that_another_program_holds_costs_two_seconds_at_most(file, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(record, "_PATIENCE", 0.1)
    with FileLock(f"{file}.lock"):
        assert tl.check("03.1", PIXEL).status == "right"
        assert "locked by another program" in progress(show=False).where
    assert not file.exists()


def test_many_kernels_at_once_lose_nothing(file):
    names = [f"99.{i}" for i in range(24)]
    threads = [threading.Thread(target=record.record_exercise, args=(n,)) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(file.read_text())["exercises"]) == sorted(names)
    assert {p.name for p in file.parent.iterdir()} <= {file.name, f"{file.name}.lock"}


def test_worked_copies_and_machines_are_not_recorded(file, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/course/solutions/03_feature_extraction.ipynb")
    tl.check("03.1", PIXEL)
    assert not file.exists()
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/course/notebooks/03_feature_extraction.ipynb")
    monkeypatch.setenv("TLCOURSE_PROGRESS", "off")
    tl.check("03.1", PIXEL)
    assert "set to 'off'" in progress(show=False).where
    assert list(file.parent.iterdir()) == []


def test_the_default_is_one_file_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("TLCOURSE_PROGRESS")
    monkeypatch.setattr(record, "user_data_dir", lambda name: f"/somewhere/{name}")
    assert progress_file().as_posix() == "/somewhere/tlcourse/progress.json"


def test_reset_forgets(file):
    assert reset() is None
    tl.check("03.1", PIXEL)
    assert reset() == file
    assert chapter_03().done == 0
