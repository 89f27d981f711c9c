"""Find, verify and read pretrained weights, and say which file was used.

Order of search for VGG16:

1. the path that the caller gives,
2. the path in the environment variable `TLCOURSE_WEIGHTS`,
3. the official Keras file in the Keras cache, if its checksum is right,
4. the embedded file in `data/weights`, which needs no network.

For MiniVGG there are only the first and the last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlcourse.checksum import md5_file, sha256_file
from tlcourse.errors import WeightsError
from tlcourse.paths import data_dir

if TYPE_CHECKING:
    import keras

EMBEDDED_NAME = "vgg16_imagenet_notop_float16.weights.h5"
EMBEDDED_SHA256 = "5fb267d6227ba539e3b3301d257cf8a94ef4f3f50ab73b3369707c4ecdef11cd"
MINIVGG_NAME = "minivgg_letters_float16.weights.h5"
MINIVGG_SHA256 = "33a8d2b0d951e95c7afa7930bdfa35e4c38910cddcbfac72aa1d417615e19fd8"
OFFICIAL_NAME = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
OFFICIAL_MD5 = "6d6bbae143d832006294945121d1f1fc"
OFFICIAL_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{OFFICIAL_NAME}"
VARIABLE = "TLCOURSE_WEIGHTS"


@dataclass(frozen=True)
class Weights:
    """One weights file, found and verified.

    Args:
        path: The file, or None for random weights.
        origin: "explicit", "environment", "official", "embedded", "random", "finetuned" or
            "adapted".
        sha256: Checksum of the file.
        network: Whose weights, "VGG16" or "MiniVGG".
    """

    path: Path | None
    origin: str
    sha256: str
    network: str = "VGG16"

    def describe(self) -> str:
        """Say in one line which weights these are."""
        stories = {
            "explicit": "the file you named",
            "environment": f"the file named by {VARIABLE}",
            "official": "the official Keras file, checksum verified",
            "embedded": "the embedded float16 copy of the official weights, checksum verified",
            "random": "random weights, nothing learned",
            "finetuned": "fine-tuned from pretrained weights",
            "adapted": "with the BatchNorm statistics of other pictures",
        }
        if self.network != "VGG16":
            stories["embedded"] = "the embedded file, trained on drawn letters, checksum verified"
        where = f" ({self.path})" if self.path else ""
        return f"{self.network} weights: {stories[self.origin]}{where}"


def find(weights: str | Path | None = None, *, network: str = "VGG16") -> Weights:
    """Find the weights file by the order given at the top of this module.

    Args:
        weights: A path; "random" for none; "embedded" or "official" for just that file;
            None for the search.
        network: "VGG16" or "MiniVGG".

    Raises:
        WeightsError: If a named file is missing or a known file has the wrong checksum.
    """
    if weights == "random":
        return Weights(None, "random", "random", network)
    if weights == "embedded":
        return _embedded(network)
    if weights == "official" and network != "VGG16":
        raise WeightsError(
            f"There are no official weights of {network}: it exists in this course only. Expected "
            f"'embedded', 'random' or a file; leave the setting out to use the embedded weights."
        )
    if weights == "official":
        return _official(required=True)
    if weights is not None:
        return _named(Path(weights).expanduser(), "explicit", network)
    if network != "VGG16":
        return _embedded(network)
    if os.environ.get(VARIABLE):
        return _named(Path(os.environ[VARIABLE]).expanduser(), "environment")
    return _official(required=False) or _embedded(network)


def _named(path: Path, origin: str, network: str = "VGG16") -> Weights:
    if not path.is_file():
        named_by = f"by {VARIABLE}" if origin == "environment" else "as weights"
        raise WeightsError(
            f"The weights file {path}, named {named_by}, does not exist. Expected a Keras weights "
            f"file of {network} without its top; leave the setting out to use the embedded weights."
        )
    return Weights(path, origin, sha256_file(path), network)


def official_path() -> Path:
    """Return where Keras keeps its downloaded VGG16 base (`KERAS_HOME` or ~/.keras)."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models" / OFFICIAL_NAME


def _official(*, required: bool) -> Weights | None:
    path = official_path()
    if path.is_file() and md5_file(path) == OFFICIAL_MD5:
        return Weights(path, "official", sha256_file(path))
    if not required:
        return None  # missing or damaged: the embedded file takes over
    raise WeightsError(
        f"The official weights file is not at {path}, or its checksum is wrong. Download it with "
        f"`tlcourse doctor --official`, or leave the setting out to use the embedded weights."
    )


def _embedded(network: str) -> Weights:
    name, expected = EMBEDDED_NAME, EMBEDDED_SHA256
    if network == "MiniVGG":
        name, expected = MINIVGG_NAME, MINIVGG_SHA256
    path = data_dir() / "weights" / name
    if not path.is_file():
        raise WeightsError(
            f"The embedded weights file {path} is missing. Restore it with "
            f"`git checkout -- data/weights`, or reinstall the package."
        )
    found = sha256_file(path)
    if found != expected:
        raise WeightsError(
            f"The embedded weights file {path} is damaged: its SHA-256 starts with {found[:12]}, "
            f"expected {expected[:12]}. Restore it with `git checkout -- data/weights`, or "
            f"reinstall the package."
        )
    return Weights(path, "embedded", found, network)


def download_official() -> Weights:
    """Download the official Keras file (58 MB) into the Keras cache and verify it.

    Raises:
        WeightsError: If it cannot be downloaded.
    """
    import pooch

    path = official_path()
    try:
        pooch.retrieve(
            OFFICIAL_URL,
            known_hash=f"md5:{OFFICIAL_MD5}",
            fname=path.name,
            path=path.parent,
            progressbar=True,
        )
    except Exception as error:  # requests, urllib3 and pooch each raise their own kinds
        raise WeightsError(
            f"The official weights could not be downloaded ({type(error).__name__}). Check the "
            f"network or proxy; the embedded weights work without network. To do it by hand, put "
            f"{OFFICIAL_NAME} at {path}."
        ) from error
    return _official(required=True)


def load_into(model: keras.Model, weights: Weights) -> None:
    """Read the weights into a network without its top, in place.

    Raises:
        WeightsError: If the file does not fit the model or cannot be read.
    """
    if weights.path is None:
        return
    try:
        model.load_weights(weights.path)
    except Exception as error:  # h5py and Keras raise many kinds for a damaged file
        raise WeightsError(
            f"The weights file {weights.path} cannot be read into {weights.network} without its "
            f"top ({type(error).__name__}). Expected a Keras file ending in .weights.h5 or .h5 "
            f"for the same layers; leave the setting out to use the embedded weights."
        ) from error
