"""Both tools report broken notebooks; a tool that lets one pass would make the suite vacuous."""

import nbformat
import psutil
import pytest
from runners import with_nbval, with_papermill

PYTHON3 = {"name": "python3", "display_name": "Python 3", "language": "python"}
BROKEN = {
    "error": ("1 / 0", "ZeroDivisionError"),
    "assertion": ("total = 3\nassert total == 4, 'total must be four'", "total must be four"),
    "dead kernel": ("import os\nos._exit(1)", ""),
    "endless loop": ("while True:\n    pass", ""),
    "download": (
        "import urllib.request\nurllib.request.urlopen('http://example.org/x', timeout=100)",
        "URLError",
    ),
}
TOOLS = [with_papermill, with_nbval]
LIMIT = 8  # seconds per cell


def write(path, *sources):
    cells = [
        nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": PYTHON3}), path)
    return path


@pytest.mark.notebook
@pytest.mark.parametrize("run", TOOLS)
class TestTools:
    @pytest.mark.parametrize("case", BROKEN)
    def test_a_broken_notebook_fails(self, tmp_path, run, case):
        source, expected = BROKEN[case]
        path = write(tmp_path / "broken.ipynb", "x = 1", source, "x + 1")
        outcome = run(path, tmp_path / "out", cell_seconds=LIMIT)
        assert not outcome.ok
        assert expected in outcome.report
        assert outcome.seconds < 60
        left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
        assert not [command for command in left if "ipykernel_launcher" in command]

    def test_a_good_notebook_passes_in_fast_mode(self, tmp_path, run):
        source = "import os, tlcourse\nassert os.environ['TLCOURSE_FAST'] == '1'"
        path = write(tmp_path / "good.ipynb", source, "print(tlcourse.__version__)")
        before = path.read_bytes()
        outcome = run(path, tmp_path / "out", cell_seconds=LIMIT)
        assert outcome.ok, outcome.report
        assert path.read_bytes() == before
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["good.ipynb", "out"]
