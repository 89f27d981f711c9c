"""Figures of chapter 11, rare findings: ROC, reliability, people behind an alarm, abstention.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.field.prevalence import counts_of, ppv
from tlcourse.plots.style import COLORS, GRAY, INK, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]

# What an icon is: sign, color, and the size that makes the four equally heavy.
ICONS = {
    "true alarm": ("o", COLORS[2], "full"),
    "false alarm": ("o", COLORS[1], "none"),
    "missed": ("x", INK, "full"),
    "correct no": (".", "#c8c8c8", "full"),
}


def gallery(images: np.ndarray, titles: Sequence[str], *, title: str) -> Any:
    """Draw patches enlarged, one row."""
    with style():
        fig = new_figure(1.35 * len(images), 2.0)
        axes = np.atleast_1d(fig.subplots(1, len(images)))
        for ax, image, words in zip(axes, images, titles, strict=True):
            ax.imshow(image, cmap="gray" if image.ndim == 2 else None)
            ax.set_title(words, fontsize=9, weight="normal", loc="center")
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
            ax.spines[:].set_visible(False)
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    return fig


def roc(
    curves: Mapping[str, np.ndarray],
    labels: np.ndarray,
    *,
    specificity: float,
    crossing: tuple[float, float, float, float],
) -> Drawn:
    """Draw ROC curves with a logarithmic false-positive axis.

    Args:
        curves: Name → scores, (n,).
        labels: 0 or 1, (n,).
        specificity: The one asked for; its complement is drawn as a line.
        crossing: What the frozen threshold reached with the first method: false-positive
            rate, sensitivity, lower and upper end of its interval.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    low = 0.005
    with style():
        fig = new_figure(7.6, 4.4)
        ax = fig.subplots()
        words = []
        for i, (name, scores) in enumerate(curves.items()):
            false, true, _ = roc_curve(labels, scores)
            area = roc_auc_score(labels, scores)
            ax.step(
                np.maximum(false, low), true, where="post", color=COLORS[i], linestyle=LINES[i],
                label=f"{name}, AUC {area:.2f}",
            )  # fmt: skip
            words.append(f"{name} AUC {area:.2f}")
        grid = np.geomspace(low, 1, 60)
        ax.plot(grid, grid, color=GRAY, linestyle=":", label="chance")
        ax.axvline(1 - specificity, color=GRAY, linewidth=1.2)
        ax.annotate(
            f"specificity {specificity:.2f}", (1 - specificity, 0.02), xytext=(4, 0), fontsize=9,
            textcoords="offset points",
        )  # fmt: skip
        x, y, bottom, top = crossing
        ax.errorbar(
            max(x, low), y, yerr=[[max(y - bottom, 0)], [max(top - y, 0)]], fmt="D",
            color=COLORS[2], capsize=4, label="frozen threshold, on the test half",
        )  # fmt: skip
        ax.set_xscale("log")
        ax.set_xticks([0.01, 0.05, 0.1, 0.5, 1], ["0.01", "0.05", "0.1", "0.5", "1"])
        ax.minorticks_off()
        ax.set(xlabel="1 − specificity (log)", ylabel="sensitivity", ylim=(0, 1.02), xlim=(low, 1))
        ax.set_title("The corner that counts: few false alarms")
        ax.legend(loc="center left", fontsize=9)
    alt = (
        f"ROC curves: {'; '.join(words)}. The threshold frozen on the training half reaches "
        f"sensitivity {y:.2f} ({bottom:.2f} to {top:.2f}) at specificity {1 - x:.2f}."
    )
    return fig, alt


def reliability(series: Mapping[str, np.ndarray], labels: np.ndarray, *, bins: int = 8) -> Drawn:
    """Draw predicted probability against what happened, in bins with equal counts.

    Args:
        series: Name → probability of being sick, (n,).
        labels: 0 or 1, (n,).
        bins: Number of bins.
    """
    words = []
    with style():
        fig = new_figure(6.4, 4.6)
        ax = fig.subplots()
        ax.plot((0, 1), (0, 1), color=GRAY, linestyle=":", label="honest")
        for i, (name, p) in enumerate(series.items()):
            parts = np.array_split(np.argsort(p, kind="stable"), bins)
            x = [p[part].mean() for part in parts]
            y = [labels[part].mean() for part in parts]
            ax.plot(x, y, color=COLORS[i], marker=MARKERS[i], linestyle=LINES[i], label=name)
            words.append(f"{name}: mean {p.mean():.2f}")
        ax.set(xlabel="predicted probability of a lesion", ylabel="share with a lesion")
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.set_title("What class weights do to probabilities")
        ax.legend(loc="upper left", fontsize=9)
        ax.grid(visible=True, axis="both")
    return fig, f"Reliability diagram; true share {labels.mean():.2f}. {'; '.join(words)}."


def people(
    sensitivity: float,
    specificities: Sequence[float],
    prevalences: Sequence[float],
    *,
    of: int = 1000,
) -> Drawn:
    """Draw people as icons: true alarms, false alarms, missed, correct answers of no.

    Args:
        sensitivity: One for all panels, or one for each specificity.
        specificities: One column of panels for each.
        prevalences: One row of panels for each.
        of: People in each panel.
    """
    sensitivities = np.broadcast_to(sensitivity, (len(specificities),))
    words = []
    with style():
        fig = new_figure(5.4 * len(specificities), 2.6 * len(prevalences) + 0.7)
        axes = np.atleast_2d(fig.subplots(len(prevalences), len(specificities), squeeze=False))
        for row, prevalence in zip(axes, prevalences, strict=True):
            for ax, specificity, found in zip(row, specificities, sensitivities, strict=True):
                counts = counts_of(float(found), specificity, prevalence, of=of)
                _icons(ax, counts)
                value = float(ppv(float(found), specificity, prevalence))
                ax.set_title(
                    f"{100 * prevalence:g} % sick, specificity {specificity:g}: "
                    f"{value:.0%} of alarms true", fontsize=10,
                )  # fmt: skip
                words.append(
                    f"{100 * prevalence:g} percent sick at specificity {specificity:g}: "
                    f"{counts['true alarm']} true and {counts['false alarm']} false alarms, "
                    f"{counts['missed']} missed"
                )
        handles, names = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=4)
    return fig, f"Icon arrays of {of:,} people. {'; '.join(words)}."


def _icons(ax: Any, counts: Mapping[str, int], columns: int = 50) -> None:
    at = 0
    for name, (marker, color, fill) in ICONS.items():
        places = np.arange(at, at + counts[name])
        at += counts[name]
        ax.plot(
            places % columns, places // columns, linestyle="none", marker=marker, color=color,
            fillstyle=fill, markersize=4.5 if marker != "." else 3, label=name,
        )  # fmt: skip
    rows = -(-at // columns)
    ax.set(xlim=(-1, columns), ylim=(rows - 0.4, -1), xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def handed_over(curves: Mapping[str, Any]) -> Drawn:
    """Draw the error of the cases that the model keeps, against the share it keeps.

    Args:
        curves: Name → `RiskCoverage`.
    """
    words = []
    with style():
        fig = new_figure(7.0, 3.8)
        ax = fig.subplots()
        for i, (name, curve) in enumerate(curves.items()):
            kept = curve.coverage >= 0.1
            ax.plot(
                curve.coverage[kept], curve.risk[kept], color=COLORS[i], linestyle=LINES[i],
                label=name,
            )  # fmt: skip
            words.append(f"{name}: {curve.at(1.0):.3f} at all cases, {curve.at(0.7):.3f} at 70 %")
        ax.set(xlabel="share of cases that the model answers", ylabel="share wrong among them")
        ax.set_ylim(bottom=0)
        ax.set_title("Hand the unsure cases to a person")
        ax.legend(loc="upper left", fontsize=9)
    return fig, f"Risk against coverage. {'; '.join(words)}."
