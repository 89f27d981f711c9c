"""Figures of fine-tuning: arms over styles, movement, a walk between weights, rates.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.style import COLORS, GRAY, INK, LINES, MARKERS, look, new_figure, style

Drawn = tuple[Any, str]
Points = Mapping[str, Sequence[tuple[float, float]]]


def distance_and_direction(points: Points, notes: Mapping[str, float]) -> Drawn:
    """Draw how far the weights moved against how far the features turned, a point for each seed.

    Args:
        points: Arm -> (relative movement, cosine) for each seed.
        notes: Arm -> accuracy of a fresh head on the tuned features.
    """
    words = []
    with style():
        fig = new_figure(7.4, 4.4)
        ax = fig.subplots()
        for i, (name, own) in enumerate(points.items()):
            x, y = 100 * np.array(own)[:, 0], np.array(own)[:, 1]
            looks = {"color": COLORS[i], "marker": MARKERS[i]}
            ax.scatter(x, y, s=52, label=name, **looks)
            ax.annotate(
                f"{name}: re-probe {notes[name]:.2f}", (x.max(), y.mean()), xytext=(10, 0),
                textcoords="offset points", va="center",
            )  # fmt: skip
            words.append(
                f"{name}: moved {x.mean():.1f} percent, cosine {y.mean():.2f}, re-probe "
                f"{notes[name]:.2f}"
            )
        ax.set(xlabel="mean movement of block-5 kernels (%)", ylim=(0, 1))
        ax.set(ylabel="cosine of features, before and after")
        low, high = ax.get_xlim()
        ax.set_xlim(low, high + 0.55 * (high - low))
        ax.set_title("How far, and in which direction")
    return fig, f"Scatter chart, one point for each seed. {'; '.join(words)}."


def walks(
    alphas: Sequence[float],
    paths: Mapping[str, Mapping[str, np.ndarray]],
    *,
    mark: float | None = None,
) -> Drawn:
    """Draw accuracy along the line between two sets of weights, one panel for each path.

    Args:
        alphas: Stops; 0 is the start and 1 the tuned network.
        paths: Path -> style -> accuracy at each stop.
        mark: A stop to mark with a vertical line.
    """
    words = []
    with style():
        fig = new_figure(10.2, 4.2)
        axes = np.atleast_1d(fig.subplots(1, len(paths), sharey=True))
        for ax, (path, styles) in zip(axes, paths.items(), strict=True):
            ax.axvspan(0, 1, color="#eef2f6", zorder=0)
            for i, (name, values) in enumerate(styles.items()):
                ax.plot(alphas, values, label=name, **look(i))
            if mark is not None:
                ax.axvline(mark, color=INK, linewidth=1.2)
            ax.set(xlabel="α (0 start, 1 tuned)", title=path)
            first = next(iter(styles.values()))
            at = {a: float(v) for a, v in zip(alphas, first, strict=True)}
            words.append(f"{path}: " + ", ".join(f"{v:.2f} at {a:g}" for a, v in at.items()))
        axes[0].set_ylabel("accuracy")
        handles, names = axes[0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=len(names))
    home = next(iter(next(iter(paths.values()))))
    return fig, f"Line charts along the path between weights; {home}. {'. '.join(words)}."


def rate_curves(searches: Mapping[str, Any]) -> Drawn:
    """Draw what the learning-rate finder saw, with the minimum and a tenth of it marked.

    Args:
        searches: Start -> `RateSearch`.
    """
    words = []
    with style():
        fig = new_figure(7.6, 4.2)
        ax = fig.subplots()
        for i, (name, found) in enumerate(searches.items()):
            smoothed = np.asarray(found.smoothed)
            at = int(np.nanargmin(smoothed))
            line = {"color": COLORS[2 * i], "linestyle": LINES[i]}
            ax.plot(found.rates, smoothed, label=name, **line)
            ax.plot(found.rates[at], smoothed[at], marker=MARKERS[i], color=COLORS[2 * i])
            ax.annotate(
                f"minimum {found.rates[at]:.1e}", (found.rates[at], smoothed[at]), xytext=(0, -14),
                textcoords="offset points", ha="right", fontsize=9,
            )  # fmt: skip
            ax.axvline(found.suggestion, color=COLORS[2 * i], linestyle=":", linewidth=1.4)
            words.append(
                f"{name}: lowest at {found.rates[at]:.1e}, a tenth of it {found.suggestion:.1e}"
            )
        ax.set(xscale="log", yscale="log", xlabel="learning rate (log)")
        ax.set(ylabel="smoothed loss, nats (log)", title="The finder shows a ceiling")
        ax.margins(y=0.15)
        ax.legend(loc="center left")
    alt = f"Loss against learning rate for {len(searches)} starts. {'; '.join(words)}."
    return fig, f"{alt} Dotted lines: a tenth of the rate at the minimum."


def movement(schemes: Mapping[str, Mapping[str, float]]) -> Drawn:
    """Draw how far each layer moved under several schemes of rates.

    Args:
        schemes: Scheme -> layer -> relative movement.
    """
    layers = list(next(iter(schemes.values())))
    y = np.arange(len(layers))
    words = []
    with style():
        fig = new_figure(7.6, 1.6 + 0.45 * len(layers))
        ax = fig.subplots()
        for i, (name, values) in enumerate(schemes.items()):
            moved = 100 * np.array([values[layer] for layer in layers])
            shift = 0.12 * (i - (len(schemes) - 1) / 2)
            looks = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": LINES[i]}
            ax.plot(np.maximum(moved, 1e-4), y + shift, label=name, **looks)
            words.append(f"{name}: {moved[0]:.3g} to {moved[-1]:.3g} percent")
        ax.set_yticks(y, layers)
        ax.set_ylim(len(layers) - 0.5, -0.5)
        ax.set(xscale="log", xlabel="relative movement of the kernel (%, log)")
        ax.grid(visible=True, axis="x")
        ax.set_title("Scale the update, not the gradient")
        fig.legend(loc="outside lower center", ncols=len(schemes))
    alt = f"Movement of each layer from {layers[0]} to {layers[-1]}. {'; '.join(words)}."
    return fig, alt


def paired_dots(left: Sequence[float], right: Sequence[float], *, names: tuple[str, str]) -> Drawn:
    """Draw two accuracies of the same weights for each seed, joined by a line.

    Args:
        left: Accuracy for each seed.
        right: The same weights, measured the other way.
        names: What the two are.
    """
    with style():
        fig = new_figure(6.0, 3.8)
        ax = fig.subplots()
        for a, b in zip(left, right, strict=True):
            ax.plot((0, 1), (a, b), color="#b0b0b0", linewidth=1.4, zorder=1)
        for x, values, marker, color in ((0, left, "o", 2), (1, right, "^", 0)):
            ax.scatter(
                [x] * len(values), values, marker=marker, color=COLORS[color], s=56, zorder=2
            )
        ax.set_xticks((0, 1), names)
        ax.set(xlim=(-0.5, 1.5), ylabel="accuracy", title="The same weights, two normalizations")
        ax.tick_params(axis="x", colors=GRAY)
    up = sum(b > a for a, b in zip(left, right, strict=True))
    alt = (
        f"Paired dots for {len(left)} seeds: {names[0]} {np.mean(left):.2f} on average, {names[1]} "
        f"{np.mean(right):.2f}; the second is higher in {up} of {len(left)}."
    )
    return fig, alt
