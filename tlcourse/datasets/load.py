"""One function that loads any data set: an embedded one by name, or a learner's folder."""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path
from typing import Any

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError

# Name -> (module, function). Loaded only when asked for.
_LOADERS = {
    "emoji": ("tlcourse.datasets.emoji", "load_emoji"),
}


def load(name_or_folder: str | Path, **options: Any) -> Dataset:
    """Load a data set by name, or a folder of pictures with one folder for each class.

    A name without a path separator that is not a known data set is taken as a folder if
    there is one.

    Args:
        name_or_folder: For example "emoji", or "pictures/flowers".
        **options: Passed on, for example `style="noto"` for emoji, or `image_size=160`
            and `strict=True` for a folder.

    Raises:
        DataError: If there is no such data set or folder, or an option is unknown.
    """
    if isinstance(name_or_folder, str) and name_or_folder in _LOADERS:
        module, function = _LOADERS[name_or_folder]
        return _call(getattr(import_module(module), function), name_or_folder, options)
    from tlcourse.datasets.folder import load_folder

    path = Path(name_or_folder).expanduser()
    if not path.exists() and path.name == str(name_or_folder):
        close = difflib.get_close_matches(str(name_or_folder), _LOADERS, n=1)
        guess = f" Did you mean '{close[0]}'?" if close else ""
        raise DataError(
            f"There is no data set and no folder called '{name_or_folder}'.{guess} Known data "
            f"sets: {', '.join(_LOADERS)}; a folder needs one folder of pictures for each class."
        )
    return _call(load_folder, path, options, path)


def _call(function: Any, name: Any, options: dict[str, Any], *args: Any) -> Dataset:
    import inspect

    known = [p for p in inspect.signature(function).parameters if p != "folder"]
    unknown = [o for o in options if o not in known]
    if unknown:
        raise DataError(
            f"'{unknown[0]}' is not an option of '{name}'. Its options: {', '.join(known)}."
        )
    return function(*args, **options)
