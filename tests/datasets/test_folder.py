"""Folders as learners have them: odd layouts, bad files, links, copies, strange names."""

import os
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from tests.datasets import hostile
from tlcourse.datasets import load, split
from tlcourse.datasets.folder import load_folder
from tlcourse.datasets.folder_tree import readable
from tlcourse.errors import DataError


def reasons(dataset) -> dict[str, str]:
    return {s.path: s.reason for s in dataset.skipped}


def refusal(folder, **options) -> str:
    with pytest.raises(DataError) as caught:
        load_folder(folder, image_size=32, **options)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.fixture
def pets(tmp_path) -> Path:
    return hostile.two_classes(tmp_path / "pets")


def test_a_good_folder(pets):
    seen = []
    dataset = load_folder(pets, image_size=32, progress=lambda *done: seen.append(done))
    assert dataset.class_names == ("cats", "dogs")
    assert dataset.class_counts == {"cats": 4, "dogs": 4}
    assert dataset.skipped == ()
    assert dataset.presplit is None
    assert dataset.ids[0] == "cats/p1_0.png"
    assert dataset.images[:].shape == (8, 32, 32, 3)
    assert seen == [(i, 8) for i in range(1, 9)]
    assert load(pets, image_size=48).images[0].shape == (48, 48, 3)


def test_order_and_content_do_not_depend_on_where_the_folder_lies(pets, tmp_path):
    moved = shutil.copytree(pets, tmp_path / "elsewhere" / "pets")
    first, second = load_folder(pets), load_folder(moved)
    assert (first.ids, first.hashes) == (second.ids, second.hashes)
    assert split(first, seed=3).fingerprint == split(second, seed=3).fingerprint


def test_no_folder_and_no_pictures(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nope")
    (tmp_path / "empty").mkdir()
    assert "holds no usable pictures" in refusal(tmp_path / "empty")
    file = hostile.write(tmp_path, "pets.zip", b"PK")
    assert "is a file, not a folder" in refusal(file)
    assert "cannot be opened" in refusal("x" * 5000)
    assert "cannot be opened" in refusal("~no_such_user_here/pets")
    only_loose = tmp_path / "loose"
    hostile.fill(only_loose, 3)
    text = refusal(only_loose)
    assert "3 file(s) or folder(s) were skipped" in text
    assert "outside every class folder" in text


def test_too_few_classes_or_pictures(pets):
    shutil.rmtree(pets / "dogs")
    assert "holds one class only, 'cats'" in refusal(pets)
    hostile.fill(pets / "owls", 1, seed=3)
    text = refusal(pets)
    assert "Class 'owls'" in text
    assert "has 1 usable picture(s)" in text


def test_a_class_of_which_nothing_can_be_read_is_not_dropped_in_silence(pets):
    hostile.write(pets, "owls/a.jpg", b"no picture")
    text = refusal(pets)
    assert "Class 'owls'" in text
    assert "0 usable picture(s)" in text
    assert "owls/a.jpg: its content is not a picture" in text


def test_bad_files_are_skipped_and_listed(pets):
    jpeg = hostile.encoded(hostile.noise(5, (120, 90)), "JPEG")
    hostile.write(pets, "cats/empty.jpg", b"")
    hostile.write(pets, "cats/half.jpg", jpeg[: len(jpeg) // 2])
    hostile.write(pets, "cats/notes.txt", b"feed the cat")
    hostile.write(pets, "cats/text.jpg", b"feed the cat")
    hostile.write(pets, "dogs/huge.png", hostile.huge_png())
    hostile.write(pets, "readme.md", b"# pets")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._p1_0.png"):
        hostile.write(pets, f"cats/{name}", b"x")
        hostile.write(pets, name, b"x")
    hostile.write(pets, "__MACOSX/cats/._a.png", b"x")
    hostile.write(pets, ".ipynb_checkpoints/a.png", jpeg)
    dataset = load_folder(pets, image_size=32)
    assert len(dataset) == 8
    assert reasons(dataset) == {
        "readme.md": "it lies outside every class folder",
        "cats/empty.jpg": "it is empty (0 bytes)",
        "cats/half.jpg": "it is cut off or damaged",
        "cats/notes.txt": "its content is not a picture",
        "cats/text.jpg": "its content is not a picture",
        "dogs/huge.png": "it has more than 89,000,000 pixels",
    }
    assert "6 file(s)" in refusal(pets, strict=True)


def test_pictures_without_a_telling_name_count(pets):
    hostile.write(pets, "cats/no_suffix", hostile.encoded(hostile.noise(70)))
    hostile.write(pets, "cats/lies.txt", hostile.encoded(hostile.noise(71), "JPEG"))
    hostile.write(pets, "cats/deep/down/here.webp", hostile.encoded(hostile.noise(72), "WEBP"))
    assert load_folder(pets).class_counts == {"cats": 7, "dogs": 4}


def test_pipes_and_devices_are_not_waited_for(pets):
    os.mkfifo(pets / "cats" / "pipe.jpg")
    (pets / "cats" / "zero.jpg").symlink_to("/dev/zero")
    found = reasons(load_folder(pets))
    assert set(found) == {"cats/pipe.jpg", "cats/zero.jpg"}
    assert all("pipe, socket or device" in reason for reason in found.values())


def test_files_and_folders_without_permission(pets, monkeypatch):
    """The superuser may read everything, so the refusal is simulated."""
    hostile.write(pets, "cats/private/a.png", hostile.encoded(hostile.noise(80)))
    listed, read = Path.iterdir, Path.read_bytes

    def iterdir(self):
        if self.name == "private":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    def read_bytes(self):
        if self.name == "p1_0.png":
            raise PermissionError(13, "Permission denied")
        return read(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert reasons(load_folder(pets)) == {
        "cats/private": "the folder cannot be read (Permission denied)",
        "cats/p1_0.png": "it cannot be opened (Permission denied)",
    }

    def closed(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", closed)
    assert "cannot be read (Permission denied)" in refusal(pets)


class TestLinks:
    def test_loops_end_and_never_mix_classes(self, pets):
        (pets / "cats" / "up").symlink_to("..")
        (pets / "cats" / "self").symlink_to(".")
        (pets / "cats" / "knot").symlink_to("knot")
        (pets / "cats" / "other").symlink_to("../dogs")
        (pets / "alias").symlink_to("dogs")
        (pets / "round").symlink_to(".")
        dataset = load_folder(pets)
        assert dataset.class_counts == {"cats": 4, "dogs": 4}
        found = reasons(dataset)
        back = {"alias", "round", "cats/up", "cats/self", "cats/other"}
        assert {p for p, r in found.items() if "leads back" in r} == back
        assert "cannot be opened" in found["cats/knot"]

    def test_a_link_above_the_folder_is_not_followed(self, pets):
        (pets / "cats" / "above").symlink_to(pets.parent)
        hostile.fill(pets.parent / "holiday", 3, seed=9)
        assert load_folder(pets).class_counts["cats"] == 4

    def test_a_loop_outside_the_folder_ends(self, pets, tmp_path):
        hostile.fill(tmp_path / "far" / "in", 2, seed=7)
        (tmp_path / "far" / "in" / "out").symlink_to(tmp_path / "far")
        (pets / "dogs" / "more").symlink_to(tmp_path / "far" / "in")
        assert load_folder(pets).class_counts == {"cats": 4, "dogs": 6}

    def test_links_to_pictures_elsewhere_are_welcome(self, pets, tmp_path):
        (pets / "owls").symlink_to(hostile.fill(tmp_path / "birds", 3, seed=5)[0].parent)
        (pets / "cats" / "linked.png").symlink_to(hostile.fill(tmp_path / "c", 1, seed=6)[0])
        assert load_folder(pets).class_counts == {"cats": 5, "dogs": 4, "owls": 3}

    def test_broken_links_are_skipped(self, pets):
        (pets / "cats" / "gone.png").symlink_to("nowhere.png")
        assert "No such file" in reasons(load_folder(pets))["cats/gone.png"]

    def test_the_folder_itself_may_be_a_link(self, pets, tmp_path):
        (tmp_path / "link").symlink_to(pets)
        assert len(load_folder(tmp_path / "link")) == 8

    def test_very_deep_folders(self, pets):
        deep = pets / "cats"
        for _ in range(400):
            deep = deep / "d"
        deep.mkdir(parents=True)
        hostile.fill(deep, 1, seed=8)
        assert load_folder(pets).class_counts["cats"] == 5


class TestNames:
    def test_unicode_names_are_kept(self, tmp_path):
        names = ("crème", "猫 と 犬", "😀🐈‍⬛", 'it\'s "quoted"', "-rf *", "a&b;c$d", "50 %")
        for i, name in enumerate(names):
            hostile.fill(tmp_path / "n" / name, 2, seed=i + 1)
        dataset = load_folder(tmp_path / "n")
        assert set(dataset.class_names) == {unicodedata.normalize("NFC", n) for n in names}

    def test_composed_and_decomposed_names_are_one_class(self, tmp_path):
        composed, decomposed = (unicodedata.normalize(f, "café") for f in ("NFC", "NFD"))
        assert composed != decomposed
        root = tmp_path / "n"
        hostile.fill(root / "train" / composed, 3, seed=1)
        hostile.fill(root / "train" / "tea", 3, seed=2)
        hostile.fill(root / "test" / decomposed, 2, seed=3)
        hostile.fill(root / "test" / "tea", 2, seed=4)
        assert load_folder(root).class_names == (composed, "tea")

    def test_names_that_attack_the_terminal_or_the_storage_are_disarmed(self, pets):
        wild = [
            b"\xff\xfe.jpg",
            b"esc\x1b[2Jape.jpg",
            b"two\nlines.jpg",
            "flip\u202egpj.exe".encode(),
        ]
        for raw in wild:
            Path(os.fsdecode(os.path.join(os.fsencode(pets / "cats"), raw))).write_bytes(b"x")
        hostile.fill(Path(os.fsdecode(os.fsencode(pets) + b"/caf\xe9")), 2, seed=4)
        dataset = load_folder(pets)
        assert set(reasons(dataset)) == {
            r"cats/\xff\xfe.jpg",
            r"cats/esc\x1b[2Jape.jpg",
            r"cats/two\nlines.jpg",
            r"cats/flip\u202egpj.exe",
        }
        assert r"caf\xe9" in dataset.class_names
        for text in (*dataset.ids, *dataset.class_names, *reasons(dataset)):
            text.encode("utf-8")

    def test_readable_leaves_every_script_alone(self):
        fine = "naïve 日本語 العربية हिन्दी 👩‍👩‍👧 می‌خواهم\u202f\u00a0x"
        assert readable(fine) == fine


class TestCopies:
    def test_copies_in_one_class_stay_together(self, pets):
        for i in range(6):
            shutil.copy(pets / "cats" / "p1_0.png", pets / "cats" / f"copy{i}.png")
        dataset = load_folder(pets)
        assert dataset.skipped == ()
        for seed in range(5):
            parts = split(dataset, seed=seed)
            parts.audit()

    def test_one_picture_in_two_classes_is_left_out_and_reported(self, pets):
        shutil.copy(pets / "cats" / "p1_0.png", pets / "dogs" / "same.png")
        dataset = load_folder(pets)
        assert dataset.class_counts == {"cats": 3, "dogs": 4}
        assert reasons(dataset) == {
            "cats/p1_0.png": "two labels: the same bytes as dogs/same.png, so both are left out",
            "dogs/same.png": "two labels: the same bytes as cats/p1_0.png, so both are left out",
        }
        assert "same bytes in two classes" in refusal(pets, strict=True)

    def test_a_class_that_is_a_copy_of_another_is_refused(self, pets):
        shutil.rmtree(pets / "dogs")
        shutil.copytree(pets / "cats", pets / "dogs")
        assert "two labels" in refusal(pets)

    def test_the_same_bytes_in_train_and_test_are_leakage(self, tmp_path):
        root = tmp_path / "s"
        for part in ("train", "val", "test"):
            hostile.two_classes(root / part)  # the same pictures in every part
        hostile.fill(root / "train" / "cats", 3, seed=11)
        hostile.fill(root / "train" / "dogs", 3, seed=12)
        dataset = load_folder(root)
        leaks = [r for r in reasons(dataset).values() if r.startswith("leakage: the same bytes")]
        assert len(leaks) == 16, "8 dropped from train and 8 from validation; test stays"
        assert np.array_equal(np.unique(dataset.presplit), ["test", "train"])
        split(dataset).audit()
        assert "Leakage: 16 picture(s)" in refusal(root, strict=True)


class TestParts:
    def build(self, root: Path, parts: dict[str, tuple[str, ...]]) -> Path:
        for i, (part, classes) in enumerate(parts.items()):
            for j, name in enumerate(classes):
                hostile.fill(root / part / name, 4, seed=10 * i + j + 1)
        return root

    @pytest.mark.parametrize(
        ("others", "expected"),
        [
            (("val",), {"train", "validation"}),
            (("test",), {"train", "test"}),
            (("val", "test"), {"train", "validation", "test"}),
            (("valid", "testing"), {"train", "validation", "test"}),
            (("validation",), {"train", "validation"}),
            (("TEST",), {"train", "test"}),
        ],
    )
    @pytest.mark.parametrize("train", ["train", "Train", "training"])
    def test_all_layouts(self, tmp_path, train, others, expected):
        root = self.build(tmp_path / "s", dict.fromkeys((train, *others), ("a", "b")))
        dataset = load_folder(root)
        assert set(dataset.presplit) == expected
        parts = split(dataset)
        assert len(parts.train) == 8
        assert parts.n_test == 8
        assert len(parts.validation) == (8 if len(expected) == 3 else 0)
        parts.audit()

    def test_other_folders_and_loose_files_are_reported(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b"), "test": ("a", "b"), "raw": ("a",)})
        hostile.write(root, "labels.csv", b"a,b")
        hostile.write(root, "train/loose.png", hostile.encoded(hostile.noise(77)))
        assert reasons(load_folder(root)) == {
            "raw": "it is neither train, val nor test",
            "labels.csv": "it lies outside every class folder",
            "train/loose.png": "it lies outside every class folder",
        }

    def test_a_class_missing_in_test_is_allowed(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b", "c"), "test": ("a", "b")})
        assert load_folder(root).class_names == ("a", "b", "c")

    def test_a_class_that_only_test_knows_is_refused(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b"), "test": ("a", "b", "c")})
        text = refusal(root)
        assert "Class 'c' in" in text
        assert "train has 0 usable picture(s)" in text

    def test_train_alone_is_explained(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b")})
        assert "beside it, val/ or test/" in refusal(root)
        assert load_folder(root / "train").class_names == ("a", "b")

    def test_train_may_be_a_class(self, tmp_path):
        for i, name in enumerate(("bus", "train", "tram")):
            hostile.fill(tmp_path / "s" / name, 3, seed=i + 1)
        dataset = load_folder(tmp_path / "s")
        assert dataset.class_names == ("bus", "train", "tram")
        assert dataset.presplit is None

    def test_an_empty_part_is_refused(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b")})
        (root / "test").mkdir()
        with pytest.raises(DataError, match="train or test is empty"):
            split(load_folder(root))

    def test_an_empty_class_folder_is_reported(self, tmp_path):
        root = self.build(tmp_path / "s", {"train": ("a", "b"), "test": ("a", "b")})
        (root / "test" / "c").mkdir()
        assert reasons(load_folder(root)) == {"test/c": "the class folder is empty"}
