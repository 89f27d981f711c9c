"""Feature extraction: every picture goes through the frozen network once, ever.

A frozen network gives the same answer for the same picture, so the answer is kept on
disk. The key of an answer is everything that can change it: the bytes of the picture,
how it was decoded and preprocessed, the size, the cut, the weights and the precision.
Labels, order and splits are not in the key, because they cannot change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from tlcourse.backbones import CUTS, Backbone, check_cuts
from tlcourse.batch_memory import fitting_batch, pooled_that_fits
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import DECODING, at_size
from tlcourse.feature_store import FeatureStore

Progress = Callable[[int, int], None]
_ROWS_IN_A_SHARD = 1024


def extract(
    backbone: Backbone,
    dataset: Dataset | np.ndarray,
    *,
    at: Sequence[str] | str = CUTS,
    cache: bool = True,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> np.ndarray:
    """Return pooled features of every picture, from the cache where they are known.

    Args:
        backbone: The frozen network.
        dataset: A data set, or pictures as uint8 (n, height, width, 3). Pictures of
            another size than the backbone's are scaled and cut to its square.
        at: Cut points whose features are joined, in this order.
        cache: Read and write the cache on disk.
        batch_size: Pictures computed at once, fewer where memory is short. It changes the
            last digits only.
        progress: Called with (done, total); a bar appears after two seconds when None.

    Returns:
        float32 (n, d); d is 256 + 512 + 512 = 1280 for the default cuts.

    Raises:
        CourseError: If a cut is unknown, or not even one picture fits into memory.

    Cost: 5.6 GFLOP for each new picture at 96 px; known pictures cost a read of 5 KB.
    """
    at = check_cuts(at)
    images, hashes = _pictures(dataset, backbone.image_size)
    stores = feature_stores(backbone, at) if cache else {}
    # The one large array: a feature goes to its place as soon as it is known.
    features = np.empty((len(hashes), sum(backbone.widths(at))), np.float32)
    columns = dict(zip(at, np.split(features, np.cumsum(backbone.widths(at))[:-1], 1), strict=True))
    first = {digest: row for row, digest in reversed(list(enumerate(hashes)))}
    missing = _fill_known(columns, first, stores)
    _compute(backbone, images, hashes, missing, columns, batch_size, stores, progress)
    copies = [row for row, digest in enumerate(hashes) if first[digest] != row]
    features[copies] = features[[first[hashes[row]] for row in copies]]
    return features


def feature_key(backbone: Backbone, cut: str) -> dict[str, Any]:
    """Return everything, apart from the picture itself, that a cached feature depends on."""
    return {
        "backbone": backbone.name,
        "cut": cut,
        "image_size": backbone.image_size,
        "preprocessing": backbone.preprocessing,
        "decoding": DECODING,
        "precision": backbone.precision,
        "weights": backbone.fingerprint(),
    }


def feature_stores(backbone: Backbone, at: Sequence[str]) -> dict[str, FeatureStore]:
    """Return the cache folder of each cut point."""
    key = feature_key(backbone, "")
    return {cut: FeatureStore({**key, "cut": cut}) for cut in at}


def _pictures(dataset: Dataset | np.ndarray, image_size: int) -> tuple[Any, list[str]]:
    """Return pictures at the right size, and the content hash of each."""
    source = dataset.images if isinstance(dataset, Dataset) else dataset
    images = at_size(source, image_size)
    if isinstance(source, np.ndarray) or not isinstance(dataset, Dataset):
        return images, [hash_pixels(picture) for picture in np.asarray(source)]
    return images, list(dataset.hashes)


def _fill_known(
    columns: dict[str, np.ndarray], first: dict[str, int], stores: dict[str, FeatureStore]
) -> list[int]:
    """Copy what the cache has; return the rows that some cut has no answer for."""
    missing = set(first) if not stores else set()
    for cut, store in stores.items():
        known = store.read()
        found = [digest for digest in first if digest in known]
        if found:
            columns[cut][[first[d] for d in found]] = [known[d] for d in found]
        missing |= first.keys() - known.keys()
    return sorted(first[digest] for digest in missing)


def _compute(
    backbone: Backbone,
    images: Any,
    hashes: list[str],
    rows: list[int],
    columns: dict[str, np.ndarray],
    batch_size: int,
    stores: dict[str, FeatureStore],
    progress: Progress | None,
) -> None:
    """Run the missing rows, saving every thousand so that an interruption loses little."""
    fresh: list[int] = []
    done = 0
    at_once = fitting_batch(backbone, batch_size) if rows else batch_size
    # `delay` keeps the bar away from anything that takes less than two seconds.
    with tqdm(total=len(rows), unit="picture", delay=2, disable=progress is not None) as bar:
        for chunk, pictures in _prefetched(images, rows, batch_size):
            outputs, at_once = pooled_that_fits(backbone, pictures, tuple(columns), at_once)
            for cut, out in outputs.items():
                columns[cut][chunk] = out
            fresh += chunk
            done += len(chunk)
            bar.update(len(chunk))
            if progress is not None:
                progress(done, len(rows))
            if len(fresh) >= _ROWS_IN_A_SHARD:
                _save(stores, hashes, fresh, columns)
                fresh = []
    _save(stores, hashes, fresh, columns)


def _save(
    stores: dict[str, FeatureStore],
    hashes: list[str],
    rows: list[int],
    columns: dict[str, np.ndarray],
) -> None:
    for cut, store in stores.items():
        if rows:
            store.write({hashes[row]: columns[cut][row] for row in rows})


def _prefetched(
    images: Any, rows: list[int], batch_size: int
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Yield batches, decoding the next one while the network works on this one."""
    chunks = [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(lambda c: images[np.asarray(c)], chunks[0]) if chunks else None
        for i, chunk in enumerate(chunks):
            pictures = pending.result()
            if i + 1 < len(chunks):
                pending = pool.submit(lambda c: images[np.asarray(c)], chunks[i + 1])
            yield chunk, pictures
