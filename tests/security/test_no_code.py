"""Nothing that the course reads from disk is run: no pickles, no code in models, no `eval`."""

import ast
import hashlib
import os

import numpy as np
import pytest

from tests.conftest import ROOT
from tlcourse.feature_store import FeatureStore

FILES = [*sorted((ROOT / "tlcourse").rglob("*.py")), *sorted((ROOT / "chapters").glob("*.py"))]
# Modules and functions that run what they read.
RUNNING = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "eval", "exec"}


class Payload:
    """What runs when its pickle is opened."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("name", ["hashes", "features"])
def test_a_cache_file_with_a_pickle_is_refused(tmp_path, caplog, name):
    store = FeatureStore({"cut": "x"})
    store.folder.mkdir(parents=True)
    arrays = {"hashes": np.zeros((1, 32), np.uint8), "features": np.ones((1, 4), np.float32)}
    arrays[name] = np.array([Payload(tmp_path / "hit")], object)
    path = store.folder / "x.npz"
    np.savez(path, **arrays)
    target = path.rename(path.with_name(f"{hashlib.sha256(path.read_bytes()).hexdigest()}.npz"))
    assert store.read() == {}
    assert "it holds a pickle, which could run code: refused" in caplog.text
    assert str(target) in caplog.text
    assert not target.exists()
    assert not (tmp_path / "hit").exists()
    with np.load(_pickled(tmp_path), allow_pickle=True) as loaded:  # the payload is a real one
        loaded["x"]
    assert (tmp_path / "hit").exists()


def _pickled(folder):
    np.savez(folder / "p.npz", x=np.array([Payload(folder / "hit")], object))
    return folder / "p.npz"


def _name(node):
    """Return "a.b.c" for what is called, or as much of its end as has names."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return getattr(node, "id", "")


def _faults(node):
    """Say what is wrong with a statement or a call."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {alias.name.split(".")[0] for alias in node.names}
        names.add((getattr(node, "module", "") or "").split(".")[0])
        yield from (f"imports {name}" for name in names & RUNNING)
    if not isinstance(node, ast.Call):
        return
    name = _name(node.func)
    last = name.rpartition(".")[2]
    options = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
    if name in RUNNING or last in ("enable_unsafe_deserialization", "extractall"):
        yield f"calls {name}"
    if name == "np.load" and options.get("allow_pickle") is not False:
        yield "np.load without allow_pickle=False"
    if last == "load_model" and name.startswith("keras") and options.get("safe_mode") is not True:
        yield "load_model without safe_mode=True"
    if last in ("run", "Popen", "check_output", "call") and options.get("shell"):
        yield "a shell"


def faults(text):
    return [f for node in ast.walk(ast.parse(text)) for f in _faults(node)]


def test_readers_are_told_not_to_run_code():
    found = {str(p.relative_to(ROOT)): faults(p.read_text("utf-8")) for p in FILES}
    assert len(found) > 100
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "eval(x)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "keras.saving.load_model(path)",
        "keras.saving.load_model(path, safe_mode=False)",
        "keras.config.enable_unsafe_deserialization()",
        "archive.extractall(folder)",
        "subprocess.run(text, shell=True)",
    ],
)
def test_the_test_itself_finds_faults(text):
    assert faults(text)
