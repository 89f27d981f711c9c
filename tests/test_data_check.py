"""The data doctor on folders with planted faults: everything planted is found."""

import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from tests.conftest import picture
from tlcourse.data_check import KINDS, check_folder, page_html
from tlcourse.data_check.mislabeled import out_of_fold
from tlcourse.errors import DataError


@pytest.fixture
def sick_folder(color_folder, emoji):
    """Two classes of plain colors and one of each fault that needs no network."""
    drawings = [Image.fromarray(emoji.images[i]) for i in (10, 200, 330, 480)]
    red, blue = color_folder / "red", color_folder / "blue"
    (red / "broken.jpg").write_bytes(b"\xff\xd8 nothing")
    (red / "empty.png").write_bytes(b"")
    (color_folder / "stray.png").write_bytes((red / "red00.png").read_bytes())
    drawings[0].save(red / "a.png")
    drawings[0].save(red / "a again.jpg", quality=60)
    drawings[1].save(red / "b.png")
    shutil.copy(red / "b.png", red / "b copy.png")
    drawings[2].save(red / "c.png")
    shutil.copy(red / "c.png", blue / "c.png")
    drawings[3].save(red / "d.png")
    drawings[3].convert("L").save(blue / "d gray.png")
    drawings[1].resize((24, 24)).transpose(Image.Transpose.ROTATE_90).save(blue / "tiny.png")
    drawings[2].resize((400, 90)).save(blue / "wide <i>&.png")
    drawings[1].convert("CMYK").transpose(Image.Transpose.ROTATE_180).save(blue / "print.jpg")
    (color_folder / "rare").mkdir()
    picture(np.random.default_rng(7), (10, 200, 10)).save(color_folder / "rare" / "one.png")
    return color_folder


def test_everything_planted_is_found(sick_folder):
    report = check_folder(sick_folder, probe=False)
    found = {kind: {item for f in report.of(kind) for item in f.items} for kind in KINDS}
    assert found["unreadable"] == {"red/broken.jpg", "red/empty.png"}
    assert found["misplaced"] == {"stray.png"}
    assert found["two_labels"] == {"red/c.png", "blue/c.png"}
    assert found["near_two_labels"] == {"red/d.png", "blue/d gray.png"}
    assert found["near_duplicate"] == {"red/a.png", "red/a again.jpg"}
    assert found["duplicate"] == {"red/b.png", "red/b copy.png"}
    assert "blue/tiny.png" in found["tiny"]
    assert found["shape"] == {"blue/wide <i>&.png"}
    assert found["rare_class"] == {"rare"}
    assert found["imbalance"] == {"red", "rare"}
    assert {"blue/d gray.png", "blue/print.jpg"} == found["color"]
    assert found["leak"] == found["mislabeled"] == set()
    assert report.class_counts["rare"] == 1
    assert "1 set of near-duplicates" in report.summary
    assert report.n_problems == sum(
        n for kind, n in report.counts.items() if kind not in ("shape", "color")
    )
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_healthy_folder_has_no_findings(color_folder, rng):
    for file in color_folder.rglob("*.png"):
        color = (200, 50, 40) if "red" in file.name else (40, 60, 200)
        picture(rng, color, (64, 48)).save(file)
    report = check_folder(color_folder, probe=False)
    assert report.findings == ()
    assert report.summary == "colors: 24 pictures in 2 classes; found nothing to complain about."
    assert "Nothing was found" in page_html(report)


def test_leaks_between_delivered_parts(color_folder, tmp_path, emoji):
    root = tmp_path / "parts"
    for part in ("train", "test"):
        shutil.copytree(color_folder, root / part)
    for file in (root / "test").rglob("*.png"):
        picture(np.random.default_rng(len(file.name)), (90, 90, 90)).save(file)
    drawing = Image.fromarray(emoji.images[10])
    drawing.save(root / "train" / "red" / "x.png")
    drawing.save(root / "test" / "red" / "x.jpg", quality=50)
    report = check_folder(root, probe=False)
    assert {"train/red/x.png", "test/red/x.jpg"} in [set(f.items) for f in report.of("leak")]


def test_what_could_not_be_loaded_can_still_be_checked(tmp_path):
    (tmp_path / "only").mkdir()
    assert check_folder(tmp_path).findings == (
        *check_folder(tmp_path, probe=False).of("misplaced"),
    )
    picture(np.random.default_rng(0), (9, 9, 9)).save(tmp_path / "only" / "a.png")
    report = check_folder(tmp_path)
    assert "two classes" in report.probe["skipped"]
    assert [f.kind for f in report.findings] == ["tiny", "rare_class"]
    with pytest.raises(DataError, match="There is no folder"):
        check_folder(tmp_path / "none")


def test_a_zip_is_checked_too(color_folder, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "mine"), "zip", color_folder.parent, "colors")
    report = check_folder(archive, probe=False)
    assert report.name == "mine.zip"
    assert report.class_counts == {"blue": 12, "red": 12}


class Reader(HTMLParser):
    """Collect pictures, ids and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.pictures, self.ids, self.links, self.open = [], [], [], []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if tag == "img":
            self.pictures.append(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"].removeprefix("#"))
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_escapes_names(sick_folder):
    report = check_folder(sick_folder, probe=False)
    page = page_html(report)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.links == reader.ids
    assert len(set(reader.ids)) == len(reader.ids)
    assert "i" not in reader.tags
    assert "wide &lt;i&gt;&amp;.png" in page
    assert "http" not in page
    assert "prefers-color-scheme: dark" in page
    assert len(reader.pictures) >= 10
    for image in reader.pictures:
        assert image["src"].startswith("data:image/jpeg;base64,")
        assert image["alt"]
    levels = [int(n) for n in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_a_file_that_goes_away_leaves_a_gap_in_the_page(sick_folder):
    report = check_folder(sick_folder, probe=False)
    (sick_folder / "blue" / "tiny.png").unlink()
    assert ">gone<" in page_html(report)


@pytest.fixture
def swapped(emoji, tmp_path):
    """Three classes of emoji as files, ten of them in a wrong class."""
    rng = np.random.default_rng(30)
    names = ("face", "food", "vehicle")
    rows = np.flatnonzero(np.isin(emoji.labels, [emoji.class_names.index(n) for n in names]))
    wrong = set(rng.choice(rows, 10, replace=False).tolist())
    planted = set()
    for row in rows:
        name = emoji.class_names[emoji.labels[row]]
        if row in wrong:
            name = rng.choice([n for n in names if n != name])
            planted.add(f"{name}/{row}.png")
        (tmp_path / name).mkdir(exist_ok=True)
        Image.fromarray(emoji.images[row]).save(tmp_path / name / f"{row}.png")
    return tmp_path, planted


def test_swapped_labels_are_found(swapped):
    folder, planted = swapped
    report = check_folder(folder)
    listed = {f.items[0] for f in report.of("mislabeled")}
    assert len(listed & planted) >= 8  # recall
    assert len(listed & planted) >= 0.5 * len(listed)  # precision; chance would be 0.04
    first = [f.items[0] for f in report.of("mislabeled")][:5]
    assert len(set(first) & planted) >= 3  # the surest come first
    assert 0.7 < report.probe["accuracy"] < 1
    assert "looks like" in report.of("mislabeled")[0].text


def test_a_lookalike_cannot_confirm_a_wrong_label(rng):
    """Two copies with one wrong label confirm each other, unless they share a fold."""
    features = np.concatenate([rng.normal(-1, 1, (40, 30)), rng.normal(1, 1, (40, 30))])
    labels = np.repeat([0, 1], 40)
    features = np.concatenate([features, np.repeat(features[:1], 6, axis=0)]).astype(np.float32)
    labels = np.concatenate([labels, np.ones(6, np.int64)])  # six copies of item 0, as class 1
    alone, together = np.arange(86), np.concatenate([np.arange(80), np.zeros(6, np.int64)])
    naive = out_of_fold(features, labels, alone)[0][80:, 1].mean()
    grouped = out_of_fold(features, labels, together)[0][80:, 1].mean()
    assert grouped < naive
    assert grouped < 0.2
