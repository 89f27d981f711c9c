"""The speed table as a picture: one bar for each row, its target as a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw how far each row is past its target, on a logarithmic axis, and save it."""
    from tlcourse.plots.style import COLORS, GRAY, HATCHES, INK, new_figure, style

    rows = result["rows"]
    with style():
        figure = new_figure(10.5, 0.62 * len(rows) + 1.5)
        axes = figure.subplots()
        for place, row in enumerate(reversed(rows)):
            margin, is_good = _margin(row), row["holds"]
            if margin is not None:
                axes.barh(
                    place,
                    margin - 1,
                    left=1,
                    height=0.55,
                    color=COLORS[0] if is_good else COLORS[1],
                    hatch=HATCHES[0] if is_good else HATCHES[1],
                    edgecolor="white" if is_good else INK,
                )
            text = "not measured" if margin is None else _text(row)
            beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
            axes.annotate(text, (max(margin or 1, 1), place), fontsize=9, **beside)
        axes.axvline(1, color=INK, linewidth=1.2)
        axes.set_xscale("log")
        low = min([0.8, *(m / 1.2 for m in map(_margin, rows) if m)])
        axes.set_xlim(low, 20 * max([1, *(m for m in map(_margin, rows) if m)]))
        axes.set_yticks(range(len(rows)), [_label(row) for row in reversed(rows)], fontsize=9)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel("how far past its target (the line at 1); hatched bars miss it")
        figure.suptitle("Speed of the engine", x=0.01, ha="left", fontweight="bold")
        machine = result["machine"]
        versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v)
        flags = " ".join(machine["flags"])
        figure.supxlabel(
            f"{machine['cpu']}, {machine['cores']} cores ({flags}); {machine['date']}\n{versions}",
            fontsize=8,
            color=GRAY,
        )
        figure.savefig(path, metadata={"Description": describe(rows)})


def describe(rows: list[dict[str, Any]]) -> str:
    """Return the alt text: every row in words."""
    return " ".join(
        f"{row['work']} against {row['against']}: "
        + ("not measured." if row["value"] is None else f"{_text(row)}.")
        for row in rows
    )


def _margin(row: dict[str, Any]) -> float | None:
    if row["value"] is None:
        return None
    value = max(row["value"], 1e-3)
    return row["target"] / value if row["at_most"] else value / row["target"]


def _text(row: dict[str, Any]) -> str:
    bound = "at most" if row["at_most"] else "at least"
    unit = {"x": "×", "of it": "× its rate"}.get(row["unit"], f" {row['unit']}")
    return f"{_number(row['value'])}{unit} ({bound} {_number(row['target'])})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 30 else f"{value:.3g}"


def _label(row: dict[str, Any]) -> str:
    link = "" if row["at_most"] else "against "
    return f"{row['work']}\n{link}{row['against']}"
