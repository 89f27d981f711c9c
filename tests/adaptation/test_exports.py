import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import tlcourse.adaptation as adaptation


def test_every_export_exists_and_no_submodule_hides_one():
    pytest.importorskip("keras")
    for info in iter_modules(adaptation.__path__):
        import_module(f"tlcourse.adaptation.{info.name}")
    for name in adaptation.__all__:
        value = getattr(adaptation, name)
        assert type(value).__name__ != "module", name
    assert set(adaptation.__all__) <= set(dir(adaptation))


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'dragon'"):
        _ = adaptation.dragon


def test_import_is_light():
    heavy = ("tensorflow", "keras", "sklearn", "ot", "pandas")
    code = (
        "import sys, tlcourse.adaptation\n"
        f"found = [m for m in {heavy!r} if m in sys.modules]\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
