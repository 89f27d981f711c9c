"""The main job on embedded pictures: no folder, no network, under a minute."""

from __future__ import annotations

from tlcourse.datasets.card import Card
from tlcourse.datasets.folder import load_folder
from tlcourse.jobs.fit import Fitted, Step, fit_folder
from tlcourse.paths import data_dir

_STYLE = "noto"
_CARD = Card(
    name="emoji",
    title="Emoji in the Noto style, 8 classes",
    license="Apache-2.0",
    citation="Noto Emoji, Copyright Google LLC, github.com/googlefonts/noto-emoji",
    source="npm emoji-datasource-google 16.0.0",
)


def fit_demo(*, image_size: int = 96, on_step: Step | None = None) -> Fitted:
    """Fit a classifier to the emoji of one drawing style, read as an ordinary folder.

    Args:
        image_size: Side of the square, pixels; the emoji are stored with 96.
        on_step: See `tlcourse.jobs.fit.fit_folder`.

    Cost: 534 pictures; about 20 s on two cores.
    """
    folder = data_dir() / "emoji" / _STYLE
    emoji = load_folder(folder, name="emoji", image_size=image_size, card=_CARD)
    return fit_folder(emoji, image_size=image_size, on_step=on_step)
