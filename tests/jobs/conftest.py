"""One finished fit at 32 pixels, shared by the tests that only read it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.datasets import hostile


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCOURSE_CACHE", str(tmp_path_factory.mktemp("session_cache")))
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("session_keras")))
        patch.delenv("TLCOURSE_WEIGHTS", raising=False)
        yield


@pytest.fixture(scope="session")
def wild_folder(tmp_path_factory):
    """Three classes with names that attack HTML, Markdown and the terminal, and bad files."""
    root = tmp_path_factory.mktemp("wild") / "wild"
    names = ("<script>alert(1)<", "![x](http:x.invalid)`|", "日本 'q' \"w\" $a$ 😀")
    colors = ((220, 60, 50), (60, 200, 60), (70, 60, 210))
    for i, (name, color) in enumerate(zip(names, colors, strict=True)):
        hostile.fill(root / name, 12, seed=i + 1, color=color)
    # Labels that cannot be right, so that there are mistakes to show.
    hostile.fill(root / names[0], 12, seed=9, color=colors[1])
    hostile.write(root, "<img src=x onerror=alert(2)>.jpg", b"")
    hostile.write(root / names[0], "a..\\x <b>bad.jpg", b"no picture")
    return root


@pytest.fixture(scope="session")
def ready_backbone(session_cache):
    """Build the network once, in float32, and hand it to every fit at 32 pixels."""
    from tlcourse import backbones
    from tlcourse.jobs import fit

    network = backbones.backbone(image_size=32, precision="float32", weights="embedded")

    def backbone(*, image_size, weights=None):
        if image_size == 32 and weights is None:
            return network
        return backbones.backbone(image_size=image_size, weights=weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "backbone", backbone)
        yield network


@pytest.fixture(scope="session")
def fitted(ready_backbone, wild_folder):
    from tlcourse.jobs.fit import fit_folder

    return fit_folder(wild_folder, image_size=32)


@pytest.fixture(scope="session")
def finished_run(fitted, tmp_path_factory):
    from tlcourse.jobs.run_folder import new_run
    from tlcourse.jobs.write import write_run

    out = tmp_path_factory.mktemp("runs") / "run"
    with new_run(out) as scratch:
        write_run(fitted, scratch)
    return out


@pytest.fixture
def photo(tmp_path):
    """A red picture file, much larger than the model's square."""
    image = hostile.noise(5, (300, 200), color=(220, 60, 50))
    assert np.asarray(image).mean((0, 1)).argmax() == 0
    return hostile.write(tmp_path, "red.jpg", hostile.encoded(image, "JPEG", quality=95))
