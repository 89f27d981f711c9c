"""Low rank: a convolution squeezed through fewer channels, by algebra.

A 3 x 3 convolution from c to d channels becomes three: 1 x 1 from c to a, 3 x 3 from a to b,
1 x 1 from b to d. That is c·a + 9·a·b + b·d weights in place of 9·c·d. It loses little where
the c channels that come in, and the d answers that go out, vary together; how far they do is
measured on pictures, without labels. No gradient step is taken:

1. a directions of the input are kept, those through which the kernel lets most variance.
2. From them the original's answers before the ReLU are predicted by reduced-rank regression
   of rank b.

`tlcourse.field.thinning` does this to a network, layer by layer. How many channels each
layer keeps is decided by the spectra, see `spend`.

Sources: Izenman 1975 (reduced-rank regression); Kim et al. 2016, arXiv:1511.06530 (the three
convolutions); Zhang, Zou, He & Sun 2016, arXiv:1505.06798 (responses, the copy's own input,
the product of energies).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from tlcourse.errors import CourseError

_STEP = 4  # ranks grow in steps of this
_START = 16
_FLOOR = 1e-7  # directions with less than this share of the largest variance carry nothing
_RIDGE = 1e-3  # pull toward the teacher's own weights, in units of the mean variance

Ranks = dict[str, tuple[int, int]]


def input_directions(
    moment: np.ndarray, kernel: np.ndarray, rank: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of the input that matter most to a kernel, and the way back.

    With x = R·z, R the root of the moment, the kernel sees R·W; its strongest left singular
    directions are kept. Best of all choices of this rank where the nine places of the
    kernel vary alike and independently.

    Args:
        moment: E[x xᵀ] of the input's channels, (c, c).
        kernel: (3, 3, c, d).
        rank: a.

    Returns:
        down (c, a) and up (a, c): x is about x @ down @ up, exactly so at full rank.
    """
    root, inverse = roots(moment)
    seen = root @ np.moveaxis(kernel, 2, 0).reshape(len(moment), -1).astype(float)
    _, vectors = np.linalg.eigh(seen @ seen.T)
    kept = vectors[:, ::-1][:, :rank]
    return inverse @ kept, kept.T @ root


def reduced_rank(
    gram: np.ndarray, cross: np.ndarray, rank: int, *, prior: np.ndarray, ridge: float = _RIDGE
) -> tuple[np.ndarray, np.ndarray]:
    """Regress answers on inputs with coefficients of a given rank.

    The coefficients without a bound on the rank come first, B = argmin E|y - xB|² + λ|B - B₀|²;
    then the fitted answers are projected on their own first principal directions V, which is
    the best that rank b allows: B·V·Vᵀ.

    Args:
        gram: Covariance of the inputs, (k, k).
        cross: Covariance of inputs and answers, (k, d).
        rank: b.
        prior: B₀, (k, d): where the coefficients stay if the pictures say nothing.
        ridge: λ in units of the mean input variance.

    Returns:
        left (k, b) and right (b, d), whose product is the coefficients.
    """
    strength = ridge * np.trace(gram) / len(gram)
    penalized = gram + strength * np.eye(len(gram))
    full = prior + np.linalg.solve(penalized, cross - gram @ prior)
    _, vectors = np.linalg.eigh(full.T @ gram @ full)
    kept = vectors[:, ::-1][:, :rank]
    return full @ kept, kept.T


def triple_parameters(c: int, d: int, a: int, b: int) -> int:
    """Return the weights of 1 x 1 to a, 3 x 3 to b, 1 x 1 to d, and d biases."""
    return c * a + 9 * a * b + b * d + d


def spend(spectra: Mapping[str, tuple[np.ndarray, np.ndarray]], parameters: int) -> Ranks:
    """Choose the ranks of all layers for a number of weights.

    Step by step the rank grows that raises the product of all kept shares of variance most
    for its price.

    Args:
        spectra: Layer → variances of its input directions (c,) and of its answers' (d,),
            largest first.
        parameters: What all thinned layers together may weigh.

    Raises:
        CourseError: If the smallest ranks weigh more.
    """
    kept = {n: [np.cumsum(v) / np.sum(v) for v in both] for n, both in spectra.items()}
    sizes = {n: (len(c), len(d)) for n, (c, d) in spectra.items()}
    ranks = {n: tuple(min(_START, s) for s in sizes[n]) for n in spectra}
    left = parameters - sum(triple_parameters(*sizes[n], *r) for n, r in ranks.items())
    if left < 0:
        raise CourseError(
            f"{parameters:,} parameters are too few: ranks of {_START} take {-left:,} more. "
            f"Allow more parameters."
        )
    while True:
        offers = []
        for name, side in product(ranks, (0, 1)):
            old = ranks[name]
            new = tuple(min(r + _STEP * (i == side), sizes[name][i]) for i, r in enumerate(old))
            price = triple_parameters(*sizes[name], *new) - triple_parameters(*sizes[name], *old)
            if 0 < price <= left:
                share = kept[name][side]
                gain = np.log(share[new[side] - 1] / share[old[side] - 1])
                offers.append((gain / price, name, new, price))
        if not offers:
            return ranks
        _, name, new, price = max(offers)
        ranks[name], left = new, left - price


def roots(moment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the symmetric square root of a moment and its inverse."""
    values, vectors = np.linalg.eigh(moment)
    values = np.maximum(values, values[-1] * _FLOOR)
    return (vectors * values**0.5) @ vectors.T, (vectors * values**-0.5) @ vectors.T
