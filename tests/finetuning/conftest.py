"""A split small enough to fine-tune in a second, and its trunk."""

import numpy as np
import pytest

from tlcourse.datasets import split
from tlcourse.finetuning import cache_trunk


@pytest.fixture(scope="session")
def few_emoji(emoji):
    """Ten pictures of each of the eight classes."""
    rows = [np.flatnonzero(emoji.labels == c)[:10] for c in range(emoji.n_classes)]
    return emoji.subset(np.concatenate(rows))


@pytest.fixture
def small(few_emoji):
    """A fresh split, its test part sealed."""
    return split(few_emoji)


@pytest.fixture(scope="session")
def trunk(vgg, few_emoji):
    """Activations before block 5 of all pictures."""
    return cache_trunk(vgg, few_emoji)
