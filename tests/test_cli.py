"""The command line in this process: what it prints, refuses and returns."""

import json
import shutil

import pytest

from tests.datasets import hostile
from tlcourse.cli import main
from tlcourse.jobs.run_folder import PICTURE, REPORT, RESULT


@pytest.fixture
def call(capsys):
    """Run a command; give back (exit status, standard output, standard error)."""

    def call(*args):
        with pytest.raises(SystemExit) as caught:
            main([str(a) for a in args])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return caught.value.code, out, err

    return call


@pytest.fixture
def refused(call):
    """Run a command that must be refused with one sentence on standard error."""

    def refused(*args):
        code, out, err = call(*args)
        assert code == 2, (code, err)
        assert out == ""
        lines = err.strip().splitlines()
        assert len(lines) == 1, err
        assert lines[0].startswith("Error: ")
        assert lines[0].endswith((".", "`."))
        return lines[0]

    return refused


@pytest.fixture(scope="module")
def quick_vgg(vgg):
    """Build the network once for every fit at 32 pixels in this file."""
    from tlcourse import backbones
    from tlcourse.jobs import fit

    def backbone(*, image_size, weights=None):
        if image_size == 32 and weights is None:
            return vgg
        return backbones.backbone(image_size=image_size, weights=weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "backbone", backbone)
        yield


@pytest.fixture
def pets(tmp_path):
    return hostile.two_classes(tmp_path / "pets", 6)


def fit_args(folder, out, *more):
    return ("fit", folder, "--out", out, "--image-size", 32, *more)


class TestUsage:
    def test_help(self, call):
        for args in ((), ("--help",)):
            code, out, _ = call(*args)
            assert code == 0
            for command in ("doctor", "fit", "rank", "demo", "predict", "run", "progress", "lab"):
                assert command in out
        for command in ("doctor", "fit", "rank", "demo", "predict", "run", "progress"):
            code, out, _ = call(command, "--help")
            assert code == 0
            assert max(map(len, out.splitlines())) <= 80

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("bogus",), "No such command 'bogus'"),
            (("fit",), "Missing argument"),
            (("fit", "a"), "Missing option '--out'"),
            (("fit", "a", "--out", "b", "--image-size", "big"), "Invalid value for '--image-size'"),
            (("fit", "a", "--out", "b", "--seed", "1.5"), "Invalid value for '--seed'"),
            (("fit", "a", "--out", "b", "--bogus"), "No such option: --bogus"),
            (("predict", "a"), "Missing argument"),
        ],
    )
    def test_a_wrong_command_line(self, refused, args, words):
        line = refused(*args)
        assert words in line
        assert "--help`" in line


class TestFitRefuses:
    @pytest.mark.parametrize("as_json", [(), ("--json",)])
    def test_a_missing_folder(self, refused, tmp_path, as_json):
        assert "does not exist" in refused(*fit_args(tmp_path / "no", tmp_path / "run", *as_json))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--method", "magic"), "Unknown method 'magic'"),
            (("--image-size", "0"), "The image size is 0"),
            (("--image-size", "-1"), "The image size is -1"),
            (("--image-size", "5000"), "The image size is 5000"),
            (("--seed", "-1"), "The seed is -1"),
            (("--weights", "none.h5"), "The weights file none.h5"),
        ],
    )
    def test_impossible_options(self, refused, pets, tmp_path, options, words):
        assert words in refused(*fit_args(pets, tmp_path / "run"), *options)
        assert not (tmp_path / "run").exists()

    def test_damaged_weights(self, refused, pets, tmp_path):
        bad = hostile.write(tmp_path, "bad.weights.h5", b"not HDF5")
        assert "cannot be read" in refused(*fit_args(pets, tmp_path / "run", "--weights", bad))

    def test_damaged_embedded_weights(self, refused, pets, tmp_path, monkeypatch):
        from tlcourse import weights

        monkeypatch.setattr(weights, "EMBEDDED_SHA256", "0" * 64)
        assert "is damaged" in refused(*fit_args(pets, tmp_path / "run"))

    def test_a_run_inside_the_pictures(self, refused, pets):
        assert "would lie inside" in refused(*fit_args(pets, pets / "run"))
        assert not (pets / "run").exists()

    def test_a_run_that_is_taken(self, refused, pets, tmp_path):
        mine = hostile.write(tmp_path, "run/thesis.txt", b"mine")
        for more in ((), ("--overwrite",)):
            assert "thesis.txt" in refused(*fit_args(pets, tmp_path / "run", *more))
        assert mine.read_bytes() == b"mine"

    def test_a_run_that_cannot_be_written(self, refused, pets, tmp_path):
        (tmp_path / "file").write_text("mine")
        assert "cannot be written" in refused(*fit_args(pets, tmp_path / "file" / "run"))

    def test_strict(self, refused, pets, tmp_path):
        hostile.write(pets, "cats/a.txt", b"x")
        assert "cats/a.txt" in refused(*fit_args(pets, tmp_path / "run", "--strict"))

    def test_too_few_for_a_split(self, refused, pets, tmp_path):
        for name in ("a.png", "b.png"):
            hostile.write(pets, f"owls/{name}", hostile.encoded(hostile.noise(33)))
        assert "one distinct item" in refused(*fit_args(pets, tmp_path / "run"))

    def test_names_cannot_reach_the_terminal(self, refused, tmp_path):
        line = refused(*fit_args(tmp_path / "\x1b[31mred[bold]x", tmp_path / "run"))
        assert r"\x1b[31mred[bold]x" in line


@pytest.mark.usefixtures("quick_vgg")
class TestFit:
    def test_json_is_one_object_and_nothing_else(self, call, pets, tmp_path):
        hostile.write(pets, "cats/a.txt", b"x")
        code, out, err = call(*fit_args(pets, tmp_path / "run", "--json"))
        assert code == 0
        assert err == ""
        summary = json.loads(out)
        assert out.count("\n") == 1
        assert summary["skipped"] == [
            {"path": "cats/a.txt", "reason": "its content is not a picture"}
        ]
        assert summary["classes"] == ["cats", "dogs"]
        assert summary["n_train"] + summary["n_test"] == 12
        stored = json.loads((tmp_path / "run" / RESULT).read_text("utf-8"))
        assert summary["test_accuracy"] == round(stored["accuracy"], 4)

    def test_progress_is_shown_on_a_terminal(self, call, pets, tmp_path, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "80")
        _, _, err = call(*fit_args(pets, tmp_path / "run"))
        for step in ("reading pictures", "extracting features", "fitting the head", "writing"):
            assert step in err

    def test_the_table_fits_eighty_columns(self, call, pets, tmp_path):
        for i in range(7):
            hostile.write(pets, f"cats/[red]note{i}.txt", b"x")
        code, out, err = call(*fit_args(pets, tmp_path / "run"))
        assert code == 0
        table = [line for line in out.splitlines() if not line.startswith("Report: ")]
        assert max(map(len, table)) <= 80
        assert "95 % interval" in out
        assert str(tmp_path / "run" / REPORT) in out
        assert "skipped cats/[red]note0.txt: its content is not a picture" in err
        assert "... and 2 more" in err

    def test_an_earlier_run_is_replaced_only_when_asked(self, call, refused, pets, tmp_path):
        assert call(*fit_args(pets, tmp_path / "run", "--json"))[0] == 0
        first = (tmp_path / "run" / RESULT).read_bytes()
        assert "--overwrite" in refused(*fit_args(pets, tmp_path / "run"))
        assert (tmp_path / "run" / RESULT).read_bytes() == first
        assert call(*fit_args(pets, tmp_path / "run", "--overwrite", "--seed", 3))[0] == 0
        assert (tmp_path / "run" / RESULT).read_bytes() != first
        assert sorted(p.name for p in tmp_path.iterdir()) == ["pets", "run"]

    def test_then_predict(self, call, pets, tmp_path):
        assert call(*fit_args(pets, tmp_path / "run", "--json"))[0] == 0
        good, bad = pets / "cats" / "p1_0.png", hostile.write(tmp_path, "bad.png", b"")
        code, out, err = call("predict", tmp_path / "run", good, good)
        assert (code, err) == (0, "")
        assert out.count("p1_0.png") == 2
        code, out, err = call("predict", tmp_path / "run", good, bad, tmp_path / "no.png", "--json")
        assert code == 2
        answers = json.loads(out)["predictions"]
        assert [a["label"] in ("cats", "dogs") for a in answers] == [True, False, False]
        assert err.count("Error: ") == 2
        assert "it is empty (0 bytes)" in err

    def test_a_corrupted_cache_is_computed_again(self, call, pets, tmp_path, caplog):
        from tlcourse.paths import cache_dir

        code, clean, _ = call(*fit_args(pets, tmp_path / "run1", "--json"))
        shards = sorted(cache_dir().rglob("*.npz"))
        assert len(shards) == 3
        for shard in shards:
            data = bytearray(shard.read_bytes())
            data[len(data) // 3] ^= 0x40
            shard.write_bytes(data)
        code, again, _ = call(*fit_args(pets, tmp_path / "run2", "--json"))
        assert code == 0
        assert caplog.text.count("is damaged") == 3
        drop = ("seconds", "run")
        first, second = (
            {k: v for k, v in json.loads(text).items() if k not in drop} for text in (clean, again)
        )
        assert first == second

    def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
        self, call, pets, tmp_path, monkeypatch
    ):
        blocked = hostile.write(tmp_path, "blocked", b"a file, not a folder")
        monkeypatch.setenv("TLCOURSE_CACHE", str(blocked))
        assert call(*fit_args(pets, tmp_path / "run", "--json"))[0] == 0

    def test_a_full_disk_while_writing(self, call, pets, tmp_path, monkeypatch):
        from tlcourse.jobs import write

        def full(fitted, folder):
            (folder / "model.keras").write_bytes(b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(write, "write_run", full)
        code, _, err = call(*fit_args(pets, tmp_path / "run"))
        assert code == 1
        assert "No space left on device" in err
        assert "MiB are free" in err
        assert [p.name for p in tmp_path.iterdir()] == ["pets"]

    @pytest.mark.parametrize(
        ("failure", "code", "words"),
        [
            (MemoryError(), 1, "not enough memory"),
            (RuntimeError("odd"), 1, "fault of the course"),
            (KeyboardInterrupt(), 130, "Interrupted."),
        ],
    )
    def test_failures_on_the_way(self, call, pets, tmp_path, monkeypatch, failure, code, words):
        from tlcourse.jobs import fit

        def fail(*args, **options):
            raise failure

        monkeypatch.setattr(fit, "extract", fail)
        found, out, err = call(*fit_args(pets, tmp_path / "run"))
        assert (found, out) == (code, "")
        assert words in err
        assert [p.name for p in tmp_path.iterdir()] == ["pets"]

    def test_an_import_that_an_interruption_broke(self, call, pets, tmp_path, monkeypatch):
        """NumPy and others turn an interruption of their import into an ImportError."""
        import signal

        from tlcourse.jobs import fit

        def fail(*args, **options):
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt:
                raise ImportError("C extension failed") from None

        monkeypatch.setattr(fit, "extract", fail)
        code, _, err = call(*fit_args(pets, tmp_path / "run"))
        assert code == 143
        assert err.strip().endswith("Interrupted. Nothing half-written was left behind.")

    def test_demo(self, call, tmp_path, monkeypatch):
        from tlcourse.jobs import demo

        real = demo.fit_demo
        monkeypatch.setattr(demo, "fit_demo", lambda on_step: real(image_size=32, on_step=on_step))
        code, out, _ = call("demo", "--out", tmp_path / "run")
        assert code == 0
        assert str(tmp_path / "run" / PICTURE) in out
        assert (tmp_path / "run" / PICTURE).stat().st_size > 10_000
        assert "534" not in out.split("learned from")[0]
        code, _, err = call("demo", "--out", tmp_path / "run")
        assert code == 2
        assert "--overwrite" in err


class TestPredictRefuses:
    def test_what_is_no_run(self, refused, tmp_path):
        assert "is not a run" in refused("predict", tmp_path, "x.png")
        assert "is not a run" in refused("predict", tmp_path / "no", "x.png", "--json")

    def test_a_damaged_run(self, refused, tmp_path):
        hostile.write(tmp_path, "model.keras", b"x")
        hostile.write(tmp_path, RESULT, b"{")
        assert "is damaged" in refused("predict", tmp_path, "x.png")


class TestRun:
    @pytest.fixture(autouse=True)
    def chapters(self, tmp_path, monkeypatch):
        """Two tiny chapters in place of the real ones."""
        import nbformat

        from tlcourse import paths

        for name, code in (("03_good", "1 + 1"), ("04_bad", "raise ValueError('[red]no')")):
            notebook = nbformat.v4.new_notebook()
            notebook.cells = [
                nbformat.v4.new_markdown_cell(f"# {name}"), nbformat.v4.new_code_cell(code)
            ]  # fmt: skip
            notebook.metadata["kernelspec"] = {
                "name": "python3", "language": "python", "display_name": "Python 3",
            }  # fmt: skip
            (tmp_path / "notebooks").mkdir(exist_ok=True)
            nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
        monkeypatch.setattr(paths, "asset_dir", lambda name: tmp_path / name)

    def test_unknown_chapters(self, refused, tmp_path):
        for chapter in ("99", "x", "../03"):
            line = refused("run", chapter, "--out", tmp_path / "out")
            assert f"There is no chapter '{chapter}'. Chapters: 03, 04" in line
        assert not (tmp_path / "out").exists()

    def test_a_place_that_cannot_be_written(self, refused, tmp_path):
        (tmp_path / "file").write_text("mine")
        assert "cannot be written" in refused("run", "3", "--out", tmp_path / "file" / "out")

    def test_good_and_bad_chapters(self, call, tmp_path):
        code, out, _ = call("run", "03_good", "--out", tmp_path / "out", "--json")
        assert code == 0
        assert [c["ok"] for c in json.loads(out)["chapters"]] == [True]
        code, out, _ = call("run", "--out", tmp_path / "out")
        assert code == 1
        assert "ran" in out
        assert "ValueError" in out
        shutil.rmtree(tmp_path / "out")
