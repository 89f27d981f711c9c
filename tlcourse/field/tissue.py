"""A stained tissue slide in patches: what would the brown stain show, seen from shape alone?

The slide comes with scikit-image: colon tissue in which one protein is stained brown (DAB)
and everything else blue (hematoxylin). The label of a patch is *computed from the brown*:
more than a quarter of its pixels are brown. It is a stand-in for an expensive measurement,
not a diagnosis, and one slide is one patient: nothing here is a medical result.

The slide is cut into 4 × 4 blocks that share no pixel. Patches overlap inside a block and
never cross its border, so the block is the group.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError
from tlcourse.field.patches import enlarge, grid

BLOCK, SIDE, STRIDE, SIZE = 128, 32, 16, 64  # pixels: block, patch, step, network input
BROWN_SHARE = 0.25
CLASSES = ("little brown", "brown")
STAINS = ("blue", "rgb")

CARD = Card(
    name="tissue",
    title="Patches of one stained tissue slide; the label is computed from the brown stain",
    license="no known restrictions (CMMI, shipped with scikit-image)",
    citation="van der Walt, S. et al. (2014). scikit-image. PeerJ 2:e453.",
    source="skimage.data.immunohistochemistry(), installed package; nothing is downloaded",
    n_items=784,
    classes=CLASSES,
    domains=STAINS,
    groups="one of 16 blocks of 128 × 128 pixels that share no pixel",
    notes=(
        "One slide of one patient: no statement about other patients is possible. "
        "The label is a threshold on the brown channel, not a diagnosis."
    ),
)


class Slide(NamedTuple):
    """The slide, its stains taken apart, and the pixels that count as brown.

    Args:
        rgb: uint8 (512, 512, 3).
        blue: Amount of hematoxylin, float (512, 512).
        brown: Amount of DAB, float (512, 512).
        mask: Where brown exceeds Otsu's threshold, bool (512, 512).
    """

    rgb: np.ndarray
    blue: np.ndarray
    brown: np.ndarray
    mask: np.ndarray


@lru_cache(maxsize=1)
def read_slide() -> Slide:
    """Return the slide with its two stains separated (Ruifrok & Johnston 2001).

    Each stain absorbs red, green and blue in fixed proportions, so the logarithm of a pixel
    is a sum of stains, and a 3 × 3 matrix takes it apart. Arrays are read-only.

    Cost: 0.1 s, once.
    """
    from skimage.color import rgb2hed
    from skimage.data import immunohistochemistry
    from skimage.filters import threshold_otsu

    rgb = np.asarray(immunohistochemistry())
    stains = rgb2hed(rgb)
    brown = stains[..., 2]
    slide = Slide(rgb, stains[..., 0], brown, brown > threshold_otsu(brown))
    for array in slide:
        array.setflags(write=False)
    return slide


def render(*, stain: str = "blue", gain: float = 1.0, blur: float = 0.0) -> np.ndarray:
    """Return the slide as another lab would have scanned it, uint8 (512, 512, 3).

    Args:
        stain: "blue" for hematoxylin alone, "rgb" for the slide as it is.
        gain: Factor on the blue stain; 0.5 is a weak staining.
        blur: Standard deviation of a Gaussian blur, pixels: a scanner out of focus. Each
            block is blurred by itself, so that no pixel crosses its border.

    Raises:
        DataError: For an unknown stain, a negative number, or a gain on the color slide.
    """
    if stain not in STAINS or gain < 0 or blur < 0 or (stain == "rgb" and gain != 1):
        raise DataError(
            f"The slide was asked for with stain={stain!r}, gain={gain}, blur={blur}. Expected "
            f"stain 'blue' or 'rgb', numbers of 0 or more, and a gain for 'blue' only."
        )
    slide = read_slide()
    picture = slide.rgb if stain == "rgb" else _blue_only(slide, gain)
    return picture if blur == 0 else _blurred(picture, blur)


def _blue_only(slide: Slide, gain: float) -> np.ndarray:
    from skimage.color import hed2rgb

    nothing = np.zeros_like(slide.blue)
    rgb = hed2rgb(np.stack([gain * slide.blue, nothing, nothing], axis=-1))
    return np.round(255 * np.clip(rgb, 0, 1)).astype(np.uint8)


def _blurred(picture: np.ndarray, blur: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    out = np.empty_like(picture)
    for row in range(0, len(picture), BLOCK):
        for column in range(0, picture.shape[1], BLOCK):
            place = np.s_[row : row + BLOCK, column : column + BLOCK]
            sharp = picture[place].astype(float)
            out[place] = np.round(gaussian_filter(sharp, (blur, blur, 0), mode="nearest"))
    return out


def load_tissue(
    *, stain: str = "blue", gain: float = 1.0, blur: float = 0.0, stride: int = STRIDE
) -> Dataset:
    """Load patches of 32 pixels, enlarged to 64, with the label that the brown stain gives.

    Args:
        stain: "blue" hides the stain that the label was made from; "rgb" shows it.
        gain: Factor on the blue stain, see `render`. The label stays as it is.
        blur: Blur in pixels, see `render`.
        stride: Distance between patches; 16 gives 784, 32 gives 256.

    Returns:
        A `Dataset` with images uint8 (n, 64, 64, 3). Groups are blocks ("block 0,3"),
        presplit is a checkerboard: "train" on even blocks, "test" on odd ones. Ids are the
        upper left corner in the slide, "row_column". Items keep their order across stains,
        gains and blurs.

    Raises:
        DataError: For options that `render` refuses.

    Cost: 0.3 s.
    """
    picture, mask = render(stain=stain, gain=gain, blur=blur), read_slide().mask
    places = [
        (top, left, row, column)
        for top in range(0, len(picture), BLOCK)
        for left in range(0, picture.shape[1], BLOCK)
        for row, column in grid(BLOCK, BLOCK, side=SIDE, stride=stride)
    ]
    corners = [(top + row, left + column) for top, left, row, column in places]
    blocks = [(top // BLOCK, left // BLOCK) for top, left, *_ in places]
    images = np.stack([enlarge(picture[_window(corner)], SIZE) for corner in corners])
    shares = np.array([mask[_window(corner)].mean() for corner in corners])
    return Dataset(
        name="tissue",
        images=images,
        labels=(shares > BROWN_SHARE).astype(np.int64),
        class_names=CLASSES,
        groups=np.array([f"block {row},{column}" for row, column in blocks]),
        domains=np.full(len(corners), stain),
        ids=tuple(f"{row}_{column}" for row, column in corners),
        hashes=tuple(map(hash_pixels, images)),
        card=CARD,
        presplit=np.array(["test" if (row + column) % 2 else "train" for row, column in blocks]),
    )


def mean_stains(data: Dataset) -> dict[str, np.ndarray]:
    """Return the mean amount of each stain in every patch: the one-number baselines.

    Args:
        data: From `load_tissue`; the places of its patches are what counts.

    Returns:
        "brown" and "blue", float (n,) each.
    """
    slide = read_slide()
    corners = [tuple(map(int, key.split("_"))) for key in data.ids]
    return {
        name: np.array([stain[_window(corner)].mean() for corner in corners])
        for name, stain in (("brown", slide.brown), ("blue", slide.blue))
    }


def _window(corner: tuple[int, int]) -> tuple[slice, slice]:
    row, column = corner
    return np.s_[row : row + SIDE, column : column + SIDE]
