"""The package's layers: lower never imports higher, and importing it loads no TensorFlow."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

LAYERS = [
    {
        "errors", "checksum", "files", "memory", "model_file", "paths", "preprocessing", "runtime",
        "weights",
    },
    {"datasets", "architectures", "backbones", "feature_store", "forward"},
    {"batch_memory", "features", "heads"},
    {
        "finetuning", "regularization", "evaluation", "transferability", "adaptation", "scratch",
        "export", "text", "speech", "vision", "field", "recipes",
    },
    {
        "audit", "plots", "widgets", "exercises", "quiz", "preflight", "execute", "kernels", "jobs",
        "data_check", "learner", "places", "progress",
    },
    {"cli"},
]  # fmt: skip
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FILES = sorted((ROOT / "tlcourse").rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (n.split(".")[1] for n in names if n.startswith("tlcourse."))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_lower_layer_never_imports_a_higher_one(path):
    own = path.relative_to(ROOT / "tlcourse").parts[0].removesuffix(".py")
    if own in ("__init__", "_assets"):
        return
    assert own in RANK, f"{own} has no layer: add it to LAYERS in this test"
    higher = [name for name in imported(path) if RANK.get(name, -1) > RANK[own]]
    assert not higher, f"{path.name} imports {higher} from a higher layer"


def test_import_loads_no_tensorflow_and_is_quick():
    # A hundred imports of the heavy kind would not fit into this list of modules.
    code = (
        "import sys, time; start = time.process_time(); import tlcourse;"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', 'numpy'} & set(sys.modules);"
        "print(sorted(heavy), len(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.startswith("[]"), out


def test_public_names_resolve():
    import tlcourse as tl

    for name in tl.__all__:
        assert getattr(tl, name) is not None
    with pytest.raises(AttributeError, match="It offers"):
        tl.no_such_name  # noqa: B018
