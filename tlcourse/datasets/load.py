"""One function that loads any data set: one of the course by name, or a learner's own."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# Name -> (module, function). Loaded only when asked for.
_LOADERS = {
    "emoji": ("tlcourse.datasets.emoji", "load_emoji"),
    "photos": ("tlcourse.datasets.photos", "load_photo_patches"),
    "digits": ("tlcourse.datasets.digits", "load_digits_images"),
    "sentiment": ("tlcourse.datasets.sentiment", "load_sentiment"),
    "spoken": ("tlcourse.datasets.spoken", "load_spoken"),
    "flowers": ("tlcourse.datasets.flowers", "load_flowers"),
    "cats_vs_dogs": ("tlcourse.datasets.cats_vs_dogs", "load_cats_vs_dogs"),
    "fsdd": ("tlcourse.datasets.load", "load_fsdd_on_request"),
    "german_loans": ("tlcourse.datasets.german_loans", "load_german_loans"),
}
_ALIASES = {"photo_patches": "photos", "spoken_digits": "spoken"}
# Word vectors are no set of labeled items.
_OTHERS = {
    "glove": "tlcourse.datasets.glove.load_glove()",
    "french": "tlcourse.datasets.french.load_french()",
    "glove_full": "tlcourse.datasets.download.fetch('glove_full')",
}
_TABLES = (".csv", ".tsv", ".txt")
_ARCHIVES = (".zip", ".tar.gz", ".tgz")


def load(source: str | Path | pd.DataFrame, **options: Any) -> Dataset:
    """Load a data set by name, or a learner's own pictures.

    A learner's own pictures may be a folder with one folder for each class, a zip or
    tar.gz of such a folder, a CSV file of paths and labels, or a pandas frame of the same.
    A name without a path separator that is not a known data set is taken as a file or
    folder if there is one.

    Args:
        source: For example "emoji", "pictures/flowers", "pictures.zip", "labels.csv", or a
            frame.
        **options: Passed on, for example `style="noto"` for emoji, `image_size=160` and
            `strict=True` for a folder, `label_column="species"` for a table.

    Raises:
        DataError: If there is no such data set, file or folder, or an option is unknown.

    Example:
        >>> tl.load("labels.csv", path_column="file", label_column="species")
    """
    if hasattr(source, "iloc") and hasattr(source, "columns"):
        return _own("table", "a frame", source, options)
    name = _ALIASES.get(str(source), source)
    if isinstance(name, str) and name in _LOADERS:
        module, function = _LOADERS[name]
        return _call(getattr(import_module(module), function), name, options)
    path = _path(source)
    if not path.exists() and path.name == str(source):
        raise _unknown(str(source))
    return _own(_kind(path), path, path, options)


def load_fsdd_on_request(*, progress: bool = True, **options: Any) -> Dataset:
    """Download the spoken digits of six people if needed, and load them.

    Args:
        progress: Show a progress bar and messages while they are downloaded.
        **options: As for `tlcourse.datasets.fsdd_audio.load_fsdd`.

    Raises:
        DataError: If they are not here and cannot be downloaded.
    """
    from tlcourse.datasets.fsdd import fsdd_folder
    from tlcourse.datasets.fsdd_audio import load_fsdd

    _check_options(load_fsdd, "fsdd", options)  # before anything is downloaded
    return load_fsdd(fsdd_folder(progress=progress), **options)


def _own(kind: str, shown: Any, source: Any, options: dict[str, Any]) -> Dataset:
    """Load a learner's own pictures."""
    from tlcourse.datasets.folder import load_folder
    from tlcourse.datasets.tables import load_table
    from tlcourse.datasets.zipped import load_zip

    if kind == "archive":
        _check_options(load_folder, shown, options)
        return load_zip(source, **options)
    return _call({"table": load_table, "folder": load_folder}[kind], shown, options, source)


def _kind(path: Path) -> str:
    if path.is_dir():
        return "folder"
    name = path.name.lower()
    if name.endswith(_ARCHIVES):
        return "archive"
    return "table" if name.endswith(_TABLES) else "folder"


def _path(source: Any) -> Path:
    try:
        path = Path(source).expanduser()
        path.exists()
    except (TypeError, OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"{source!r} is neither a data set's name nor a path ({error}). Expected a name such "
            f"as 'emoji', a folder, a zip, a CSV file, or a pandas frame."
        ) from error
    return path


def _unknown(name: str) -> DataError:
    if name in _OTHERS:
        return DataError(
            f"'{name}' holds word vectors, not labeled items. Load them with {_OTHERS[name]}."
        )
    close = difflib.get_close_matches(name, _LOADERS, n=1)
    guess = f" Did you mean '{close[0]}'?" if close else ""
    return DataError(
        f"There is no data set, no folder and no file called '{name}'.{guess} Known data sets: "
        f"{', '.join(_LOADERS)}; a folder needs one folder of pictures for each class."
    )


def _call(
    function: Callable[..., Dataset], name: Any, options: dict[str, Any], *args: Any
) -> Dataset:
    _check_options(function, name, options)
    return function(*args, **options)


def _check_options(function: Callable[..., Any], name: Any, options: dict[str, Any]) -> None:
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return  # the function checks its options itself
    known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    unknown = [o for o in options if o not in known]
    if unknown:
        raise DataError(
            f"'{unknown[0]}' is not an option of '{name}'. Its options: {', '.join(known)}."
        )
