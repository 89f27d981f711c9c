"""Look into a `.keras` file before Keras does, and refuse what is more than layers and numbers.

A model file is a zip: `config.json` names classes to build, and the rest are weights. Keras'
own `safe_mode` refuses Lambda layers, but older versions that the course supports could be
led to call functions that a file names, to read other files, or to load old HDF5 models with
code in them (CVE-2025-1550, CVE-2025-8747, CVE-2025-9905, CVE-2025-9906, CVE-2025-12058).
So only what is on a list gets through.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tlcourse.errors import DataError

# Where building blocks live: public names, and the two kinds that Keras files under its own.
_MODULES = re.compile(
    r"keras(\.(layers|models|initializers|regularizers|constraints|activations|optimizers|losses"
    r"|metrics|dtype_policies|src\.models\.(functional|sequential)|src\.ops\.\w+))?"
    r"|tlcourse\.[\w.]+"
)
# Marks of plain values, which belong to no module.
_VALUES = {
    "__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__typespec__", "__bytes__",
    "__ellipsis__", "__complex__", "__nested_object__",
}  # fmt: skip
_CODE = {"Lambda", "__lambda__", "function"}
_READERS = {
    "StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup",  # vocabulary files
    "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer",  # foreign programs
}  # fmt: skip
_LARGEST_CONFIG = 50_000_000  # bytes; a VGG16 has 30 KB


def refuse_code(path: Path) -> None:
    """Let a model file pass that holds layers of Keras or this course, and nothing else.

    Args:
        path: A `.keras` file. A damaged one passes: loading it fails by itself.

    Raises:
        DataError: If the file is of another kind, carries code, or names something to run.
    """
    if path.suffix != ".keras":
        raise DataError(
            f"The model {path} was refused: only files that end in .keras are known to hold no "
            f"code. Load it where you trust it, and save it again with model.save('name.keras')."
        )
    for block in _blocks(_config(path)):
        if (reason := _refusal(block)) is not None:
            raise DataError(
                f"The model {path} carries code ({reason}) and was refused: loading it could run "
                f"anything. Rebuild it from ordinary layers."
            )


def _config(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo("config.json").file_size
            if size > _LARGEST_CONFIG:
                raise DataError(
                    f"The model {path} was refused: its description alone takes {size:,} bytes, "
                    f"expected at most {_LARGEST_CONFIG:,}. Fit it again or copy it again."
                )
            return json.loads(archive.read("config.json"))
    except (OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile):
        return None


def _blocks(config: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in a configuration that names a class, at any depth."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _refusal(block: dict[str, Any]) -> str | None:
    """Return what is wrong with a part of the model, in a few words; None for an ordinary one."""
    name, module = block["class_name"], block.get("module")
    if not isinstance(name, str):
        return f"a class called {name!r:.60}"
    if name in _CODE:
        return (
            f"a {name} layer" if name == "Lambda" else f"the function {block.get('config')!r:.60}"
        )
    if name in _READERS:
        return f"a {name} layer, which reads other files"
    if module is None and name in _VALUES:
        return None
    if not isinstance(module, str) or not _MODULES.fullmatch(module):
        return f"{name!r:.60} of {module!r:.60}"
    return None
