"""Fixtures that every test may use: seeds, a private cache, small pictures on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"  # present on the authors' machines only


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory, monkeypatch):
    """No test reads or fills the learner's cache, or writes into the learner's record."""
    monkeypatch.setenv("TLCOURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("TLCOURSE_PROGRESS", str(tmp_path_factory.mktemp("home") / "progress.json"))
    for name in ("TLCOURSE_WEIGHTS", "TLCOURSE_MIRROR", "TLCOURSE_FAST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))


def picture(rng: np.random.Generator, color: tuple[int, int, int], size=(40, 30)) -> Image.Image:
    """A noisy picture of one color: easy to classify, different every time."""
    noise = rng.integers(-20, 21, (size[1], size[0], 3))
    return Image.fromarray((np.array(color) + noise).clip(0, 255).astype(np.uint8))


@pytest.fixture
def color_folder(tmp_path, rng) -> Path:
    """Two classes of twelve pictures each, red and blue."""
    for name, color in (("blue", (40, 60, 200)), ("red", (200, 50, 40))):
        (tmp_path / "colors" / name).mkdir(parents=True)
        for i in range(12):
            picture(rng, color).save(tmp_path / "colors" / name / f"{name}{i:02d}.png")
    return tmp_path / "colors"


@pytest.fixture(scope="session")
def vgg():
    """VGG16 at the smallest size, in float32: quick and exact."""
    from tlcourse.backbones import backbone

    return backbone(image_size=32, precision="float32", weights="embedded")


@pytest.fixture(scope="session")
def emoji():
    """One style of the embedded emoji."""
    from tlcourse.datasets import load

    return load("emoji", style="noto")
