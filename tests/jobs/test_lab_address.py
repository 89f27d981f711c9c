"""The address that `tlcourse lab` prints must let the learner in."""

from tlcourse.jobs.lab import command


def test_the_first_page_leaves_room_for_the_token(tmp_path):
    (tmp_path / "README.md").write_text("# Chapters", "utf-8")
    pages = [o for o in command(tmp_path, extra=[]) if o.startswith("--LabApp.default_url=")]
    assert len(pages) == 1
    assert "?" not in pages[0]
