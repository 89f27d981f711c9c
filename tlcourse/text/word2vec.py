"""Word2Vec, trained here with gensim (an optional package)."""

from __future__ import annotations

from collections.abc import Sequence

from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import CourseError


def has_gensim() -> bool:
    """Tell whether gensim can be imported."""
    try:
        import gensim  # noqa: F401
    except ImportError:
        return False
    return True


def word2vec_vectors(
    texts: Sequence[Sequence[str]],
    *,
    dimension: int = 50,
    window: int = 5,
    epochs: int = 10,
    min_count: int = 2,
    negative: int = 5,
    seed: int = 0,
) -> WordVectors:
    """Train skip-gram with negative sampling: a word learns to tell its neighbors from others.

    Mikolov et al. (2013). One thread is used, so the same seed gives the same numbers.

    Args:
        texts: Tokenized texts; texts that will be judged must not be among them.
        dimension: Numbers in one vector.
        window: Largest distance of neighbors, in words.
        epochs: Passes over the texts.
        min_count: Words that occur less often get no vector.
        negative: Random words for each neighbor.
        seed: Seed of the start and of the random words.

    Raises:
        CourseError: If gensim is not installed.

    Cost: about ten seconds for 16,000 short texts and 10 epochs.
    """
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise CourseError(
            "Training Word2Vec needs gensim, which is not installed. Install it with "
            "`pip install 'tlcourse[text]'` or `pip install gensim`, then run this again; "
            "`tlcourse.text.ppmi_vectors` needs no further package."
        ) from error
    model = Word2Vec(
        [list(text) for text in texts], vector_size=dimension, window=window, sg=1, workers=1,
        min_count=min_count, negative=negative, epochs=epochs, seed=seed, hashfxn=_stable_hash,
    )  # fmt: skip
    return WordVectors(tuple(model.wv.index_to_key), model.wv.vectors.copy())


def _stable_hash(word: str) -> int:
    """Python's own hash of a text differs from process to process."""
    from zlib import crc32

    return crc32(word.encode())
