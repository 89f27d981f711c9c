"""CSV files and frames of paths and labels: as people really write them."""

import codecs

import numpy as np
import pandas as pd
import pytest

from tests.conftest import picture
from tlcourse.datasets import load, split
from tlcourse.errors import DataError


@pytest.fixture
def rows(color_folder):
    """(path, label) of the 24 pictures, relative to the folder above them."""
    files = sorted(color_folder.rglob("*.png"))
    return [(f.relative_to(color_folder.parent).as_posix(), f.parent.name) for f in files]


def write(folder, rows, *, separator=",", header=("path", "label"), encoding="utf-8", end="\n"):
    lines = [separator.join(header), *(separator.join(map(str, r)) for r in rows)]
    file = folder / "labels.csv"
    file.write_bytes((end.join(lines) + end).encode(encoding))
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ", "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_separators_and_encodings(color_folder, rows, separator, encoding):
    file = write(color_folder.parent, rows, separator=separator, encoding=encoding, end="\r\n")
    data = load(file)
    assert data.class_counts == {"blue": 12, "red": 12}
    assert data.skipped == ()
    assert data.name == "labels"
    assert data.ids == tuple(path for path, _ in rows)
    assert data.images[0].shape == (96, 96, 3)
    assert data.card.n_items == 24
    split(data).audit()


def test_same_as_the_folder(color_folder, rows):
    table, folder = load(write(color_folder.parent, rows)), load(color_folder)
    assert table.hashes == folder.hashes
    np.testing.assert_array_equal(table.labels, folder.labels)
    np.testing.assert_array_equal(table.groups, folder.groups)


def test_names_outside_ascii_in_the_encoding_of_an_old_spreadsheet(color_folder, rng):
    picture(rng, (10, 200, 10)).save(color_folder / "grün.png")
    picture(rng, (10, 210, 10)).save(color_folder / "grün2.png")
    lines = (
        "path;label\ngrün.png;Grün\ngrün2.png;Grün\nblue/blue00.png;Blau\nblue/blue01.png;Blau\n"
    )
    (color_folder / "alt.csv").write_bytes(lines.encode("cp1252"))
    assert load(color_folder / "alt.csv").class_names == ("Blau", "Grün")


def test_what_cannot_be_used_is_listed_with_its_reason(color_folder, rows):
    root = color_folder.parent
    (root / "broken.png").write_bytes(b"not a picture")
    twin = root / "twin.png"
    twin.write_bytes((root / rows[0][0]).read_bytes())
    file = write(
        root,
        [
            *rows,
            ("gone.png", "red"),
            ("", "red"),
            (rows[3][0], ""),
            ("broken.png", "red"),
            ("https://example.org/a.png", "red"),
            ("colors", "red"),
            (rows[1][0], "blue"),
            (rows[2][0], "red"),
            ("twin.png", "red"),
            ("x" * 300 + ".png", "red"),
        ],
    )
    data = load(file)
    reasons = {}
    for item in data.skipped:
        reasons.setdefault(item.path, []).append(item.reason)
    assert reasons["gone.png"] == ["there is no such file"]
    assert reasons["row 27"] == ["it has no path"]
    assert reasons[rows[3][0]] == ["it has no label"]
    assert reasons["broken.png"] == ["its content is not a picture"]
    assert "download the pictures first" in reasons["https://example.org/a.png"][0]
    assert reasons["colors"] == ["it is a folder"]
    assert reasons[rows[1][0]] == ["it is listed twice"]
    assert all("two labels" in r for r in reasons[rows[2][0]])
    assert len(reasons[rows[2][0]]) == 2
    assert "same bytes" in reasons["twin.png"][0]
    assert rows[2][0] not in data.ids
    assert "twin.png" not in data.ids
    assert rows[0][0] not in data.ids
    assert len(data) == 24 - 2  # the two with two labels are gone, the rest stays
    with pytest.raises(DataError, match="cannot be used, the first is"):
        load(file, strict=True)


def test_paths_start_at_image_root_and_may_be_windows_paths(color_folder, rows, tmp_path):
    elsewhere = tmp_path / "tables"
    elsewhere.mkdir()
    file = write(elsewhere, [(path.replace("/", "\\"), label) for path, label in rows])
    assert len(load(file, image_root=color_folder.parent)) == 24
    with pytest.raises(DataError, match="0 class"):
        load(file)
    with pytest.raises(DataError, match="not a folder"):
        load(file, image_root=tmp_path / "none")
    absolute = write(elsewhere, [(color_folder.parent / path, label) for path, label in rows])
    assert len(load(absolute)) == 24


def test_numbers_are_classes_and_sort_as_numbers(color_folder, rows):
    labels = [9 if label == "red" else 10 for _, label in rows]
    data = load(
        write(color_folder.parent, [(p, n) for (p, _), n in zip(rows, labels, strict=True)])
    )
    assert data.class_names == ("9", "10")
    frame = pd.DataFrame({"path": [p for p, _ in rows], "label": labels})
    frame.loc[0, "label"] = None  # pandas turns the column into 10.0, 9.0
    data = load(frame, image_root=color_folder.parent)
    assert data.class_names == ("9", "10")
    assert [s.reason for s in data.skipped] == ["it has no label"]


def test_words_that_pandas_takes_for_gaps_stay_labels(color_folder, rows):
    names = {"red": "NA", "blue": "None"}
    data = load(write(color_folder.parent, [(p, names[label]) for p, label in rows]))
    assert data.class_names == ("NA", "None")


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_a_frame_with_groups_and_domains(color_folder, rows, kind):
    frame = pd.DataFrame(rows, columns=["file", "species"])
    frame["patient"] = np.arange(24) // 4
    frame["camera"] = np.where(np.arange(24) % 2, "old", "new")
    frame["species"] = frame["species"].astype(kind)
    data = load(
        frame,
        image_root=color_folder.parent,
        path_column="file",
        label_column="species",
        group_column="patient",
        domain_column="camera",
    )
    assert data.class_names == ("blue", "red")
    assert data.groups.tolist() == [str(i // 4) for i in range(24)]
    assert set(data.domains) == {"old", "new"}
    assert data.card.domains == ("new", "old")
    split(data, test=0.4, validation=0).audit()


def test_copies_join_the_groups_they_lie_in(color_folder, rows):
    root = color_folder.parent
    (root / rows[5][0]).write_bytes((root / rows[0][0]).read_bytes())
    frame = pd.DataFrame(rows, columns=["path", "label"])
    frame["patient"] = [f"p{i // 4}" if i != 10 else "" for i in range(24)]
    data = load(frame, image_root=root, group_column="patient")
    assert len(set(data.groups[[0, 5]])) == 1
    assert set(data.groups[:8]) == {"p0"}
    assert data.groups[10] == data.hashes[10][:16]


def test_a_wrong_column_is_named_with_a_guess(color_folder, rows):
    file = write(color_folder.parent, rows, header=("Path", "Species"), separator=";")
    with pytest.raises(DataError, match="Did you mean 'Path'"):
        load(file)
    with pytest.raises(DataError, match=r"no column 'label'.*Path, Species"):
        load(file, path_column="Path")
    with pytest.raises(DataError, match="in the frame"):
        load(pd.DataFrame({"path": []}))
    with pytest.raises(DataError, match="'labels' is not an option"):
        load(file, labels="Species")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        codecs.BOM_UTF8,
        b"\x00\x01\x02" * 50,
        b'path,label\n"a.png,red\n',
        b"path,label\n",
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError):
        load(tmp_path / "t.csv")


def test_random_bytes_never_escape_as_another_error(tmp_path, rng):
    for i in range(150):
        head = b"path,label\n" if i % 2 else b""
        (tmp_path / "t.csv").write_bytes(head + rng.bytes(int(rng.integers(1, 400))))
        with pytest.raises(DataError):
            load(tmp_path / "t.csv")


def test_a_rare_class_is_explained(color_folder, rows):
    file = write(color_folder.parent, [*rows[:12], rows[12]])
    with pytest.raises(DataError, match=r"Class 'red' in .* has 1 usable picture"):
        load(file)
