"""Style transfer, started from the content picture: does the content survive?

For every class, the first drawings of fold 0 that the judge names right on white are painted in
every style: with a light style weight, doubled every 50 steps, until 95 % of the style loss are
gone. The judge is a linear head on a coarse grid of features of the frozen VGG16, fitted on the
concepts of the other folds only, in all drawing styles and in colors and textures of photographs
that nothing is painted with.

A painting counts as a success if

- at least 95 % of the style loss are gone, measured again on the finished picture,
- the judge still names the content right, and
- it does not say that name to the style picture alone.

`painted.jpg` shows every painting. The control is the same painting with its patches shuffled: all
the texture, no shape. Style weights and judge were chosen on concepts of fold 1, with heads that
had seen neither fold 0 nor fold 1.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

STYLE_WEIGHTS = {"tissue": 2.0, "flower": 6.0, "china": 4.0}
AIM = 0.95
STRENGTH = 0.001
PATCHES = 8  # along a side, for the control


def style(objects: Any, fold: np.ndarray, size: Any, sheet: Path) -> dict[str, Any]:
    """Paint, ask the judge, count, and draw every painting into the file `sheet`."""
    import tlcourse as tl
    from tlcourse import vision
    from tlcourse.recipes import chapter10_judge, chapter10_style

    started = time.perf_counter()
    side = 96 if size.paint >= 96 else 32
    known = objects.subset(np.flatnonzero(fold != 0))
    learned = chapter10_judge.lesson(
        chapter10_judge.drawings(known), size.retextured, size=side, seed=0
    )
    judge = chapter10_judge.fit_judge(tl.backbone(image_size=side), learned, strength=STRENGTH)
    assert not set(judge.concepts) & set(objects.subset(np.flatnonzero(fold == 0)).groups)
    names = objects.class_names
    painter = vision.Painter(tl.backbone(image_size=size.paint, precision="float32"))
    styles = {name: chapter10_style.square(name, size.paint) for name in STYLE_WEIGHTS}
    said = judge.many(np.stack(list(styles.values()))).argmax(axis=1)
    alone = {name: names[i] for name, i in zip(styles, said, strict=True)}
    print(f"the judge calls the style pictures {alone}")
    rows, pictures = [], []
    for row, picture, before in contents(objects, fold, judge, size):
        for name, weight in STYLE_WEIGHTS.items():
            done = chapter10_style.paint_gently(
                painter,
                picture,
                styles[name],
                weight=weight,
                aim=AIM,
                round_steps=size.steps,
                rounds=size.rounds,
            )
            first = painter.losses(picture, picture, styles[name])["style"]
            last = painter.losses(done.image, picture, styles[name])["style"]
            asked = np.stack([done.image, shuffled(done.image, seed=row)])
            after, control = judge.many(asked)
            label = int(objects.labels[row])
            rows.append(
                {
                    "content": objects.ids[row],
                    "class": names[label],
                    "style": name,
                    "style_loss_gone": round(1 - last / first, 4),
                    "content_loss": round(done.content_losses[-1], 4),
                    "steps": len(done.style_losses) - 1,
                    "seconds": round(done.seconds, 1),
                    "recognized_before": bool(before.argmax() == label),
                    "recognized_after": bool(after.argmax() == label),
                    "named_after": names[int(after.argmax())],
                    "shuffled_is_named": names[int(control.argmax())],
                    "style_alone_is_named": alone[name],
                    "probability_before": round(float(before[label]), 3),
                    "probability_after": round(float(after[label]), 3),
                }
            )
            pictures.append((picture, done.image))
            print(rows[-1], flush=True)
    draw(rows, pictures, sheet)
    return {
        "pixels": size.paint,
        "steps_of_a_round": size.steps,
        "style_weights": STYLE_WEIGHTS,
        "judge": described(judge, objects, fold),
        "rows": rows,
        **counted(rows),
        "seconds": round(time.perf_counter() - started, 1),
    }


def contents(
    objects: Any, fold: np.ndarray, judge: Any, size: Any
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return the first drawings of each class in fold 0 that the judge names right on white.

    Row of the object, picture, and what the judge says.
    """
    from tlcourse.recipes import chapter10_style

    chosen = []
    for label in range(objects.n_classes):
        own = np.flatnonzero((fold == 0) & (objects.labels == label))
        pictures = [chapter10_style.on_ground(objects.images[i], size.paint) for i in own]
        said = judge.many(np.stack(pictures))
        found = zip(own.tolist(), pictures, said, strict=True)
        right = [one for one in found if one[2].argmax() == label]
        chosen += right[: size.contents_of_a_class]
    return chosen


def described(judge: Any, objects: Any, fold: np.ndarray) -> dict[str, Any]:
    """Return how good the judge is on the drawings of fold 0 as they are, by class."""
    from tlcourse.recipes import chapter10_style

    held = np.flatnonzero(fold == 0)
    pictures = np.stack([chapter10_style.on_ground(objects.images[i], judge.size) for i in held])
    said, truth = judge.many(pictures).argmax(axis=1), objects.labels[held]
    by_class = {
        name: round(float(np.mean(said[truth == label] == label)), 3)
        for label, name in enumerate(objects.class_names)
        if (truth == label).any()
    }
    return {
        "learned_from": judge.n_pictures,
        "accuracy_on_white": float(np.mean(said == truth)).__round__(3),
        "by_class": by_class,
    }


def counted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts, with an interval over contents: paintings of one content are kin."""
    from tlcourse.evaluation import interval

    strong = [r["style_loss_gone"] >= AIM for r in rows]
    right = [r["recognized_after"] for r in rows]
    clean = [r["style_alone_is_named"] != r["class"] for r in rows]
    success = np.array([all(three) for three in zip(strong, right, clean, strict=True)])
    control = np.array([r["shuffled_is_named"] == r["class"] for r in rows])
    groups = [r["content"] for r in rows]
    rates = {}
    named = np.array(right)
    for name, hits in (("success", success), ("recognized", named), ("shuffled", control)):
        found = interval(hits, groups=groups)
        rates[name] = {
            "rate": round(found.estimate, 3),
            "interval": [round(found.low, 3), round(found.high, 3)],
        }
    by_style = {}
    for row, hit in zip(rows, success, strict=True):
        if row["style_alone_is_named"] != row["class"]:
            by_style.setdefault(row["style"], []).append(bool(hit))
    return {
        "slowest_seconds": max(r["seconds"] for r in rows),
        "asked": len(rows),
        "loss_down_by_95_percent": sum(strong),
        "of_these_recognized": sum(s and r for s, r in zip(strong, right, strict=True)),
        "could_count": sum(clean),
        "successes": int(success.sum()),
        "of_these_not_named_so_when_shuffled": int(np.sum(success & ~control)),
        "successes_by_style": {name: f"{sum(h)} of {len(h)}" for name, h in by_style.items()},
        "rates": rates,
        "answers_to_paintings": dict(Counter(r["named_after"] for r in rows)),
        "answers_to_shuffled": dict(Counter(r["shuffled_is_named"] for r in rows)),
    }


def draw(rows: list[dict[str, Any]], pictures: list[tuple[Any, Any]], sheet: Path) -> None:
    """Draw one line for each content: the content, and what became of it in each style."""
    from tlcourse.plots.painting import rows_of_pictures

    lines: dict[str, tuple[list[Any], list[str]]] = {}
    for row, (content, painted) in zip(rows, pictures, strict=True):
        line, notes = lines.setdefault(row["content"], ([content], [row["class"]]))
        line.append(painted)
        mark = "" if row["recognized_after"] else "not "
        notes.append(f"{mark}{row['class']}, {100 * row['style_loss_gone']:.1f} %")
    half = -(-len(lines) // 2)  # two contents beside each other
    both = list(lines.values())
    blank = [np.full_like(pictures[0][0], 255)] * len(both[0][0]), [""] * len(both[0][0])
    pairs = [(both[i], both[half + i] if half + i < len(both) else blank) for i in range(half)]
    figure, _ = rows_of_pictures(
        [a[0] + b[0] for a, b in pairs],
        2 * ["content", *STYLE_WEIGHTS],
        notes=[a[1] + b[1] for a, b in pairs],
        title="What the judge says to each painting, and the share of the style loss that is gone",
        alt="",
        side=1.5,
    )
    figure.savefig(sheet, dpi=100, pil_kwargs={"quality": 85})


def shuffled(picture: np.ndarray, *, seed: int) -> np.ndarray:
    """Cut a picture into PATCHES × PATCHES squares and lay them anew."""
    side = len(picture) // PATCHES
    cut = picture.reshape(PATCHES, side, PATCHES, side, 3).transpose(0, 2, 1, 3, 4)
    laid = np.random.default_rng(seed).permutation(cut.reshape(-1, side, side, 3))
    laid = laid.reshape(PATCHES, PATCHES, side, side, 3).transpose(0, 2, 1, 3, 4)
    return laid.reshape(picture.shape)
