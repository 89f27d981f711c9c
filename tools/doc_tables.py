"""The tables of the README and of docs/: each one made from a file that a command writes.

Numbers come from `chapters/measured.json` (tools/notebook_measure.py), from `bench/*.json`
(`make bench`) and from the chapters themselves. `tools/fill_tables.py` puts the tables in place.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Chapter:
    """What the tables need of one chapter; `None` stands for what is not written or measured."""

    number: str
    stem: str
    title: str
    goal: str
    read: int
    teach: int | None
    late: str | None
    misconceptions: str | None
    normal: float | None
    fast: float | None
    peak_gb: float | None
    normal_mb: float | None
    fast_mb: float | None


def read_chapters(root: Path) -> list[Chapter]:
    """Return the numbered chapters in order, with their measured figures."""
    measured = _json(root, "chapters/measured.json")
    sources = sorted((root / "chapters").glob("[0-9][0-9]_*.py"))
    return [_chapter(path, measured.get(path.stem[:2], {})) for path in sources]


def _chapter(path: Path, measured: dict) -> Chapter:
    text = path.read_text(encoding="utf-8")
    front = text.split("# %%", 2)[1]
    notes = text.partition('id="instructor"')[2]
    teach = re.search(r"\*\*Minutes \((\d+)\)", notes)
    normal, fast = measured.get("normal", {}), measured.get("fast", {})
    return Chapter(
        number=path.stem[:2],
        stem=path.stem,
        title=_found(r"^# # \d\d (.+)$", front, path),
        goal=_found(r"You can afterwards \| (.+?) \|$", front, path),
        read=int(_found(r"Minutes to read \| (\d+)", front, path)),
        teach=int(teach.group(1)) if teach else None,
        late=_paragraph(notes, "Late?"),
        misconceptions=_paragraph(notes, "Misconceptions to listen for."),
        normal=normal.get("minutes"),
        fast=fast.get("minutes"),
        peak_gb=round(normal["peak_mb"] / 1024, 2) if normal else None,
        normal_mb=normal.get("peak_mb"),
        fast_mb=fast.get("peak_mb"),
    )


def _found(pattern: str, text: str, path: Path) -> str:
    match = re.search(pattern, text, flags=re.MULTILINE)
    if not match:
        raise ValueError(f"{path.name}: the first cell has nothing like '{pattern}'. Add the row.")
    return match.group(1)


def _paragraph(notes: str, heading: str) -> str | None:
    """Return the text after a bold heading of the instructor notes, up to the empty line."""
    start = notes.find(f"**{heading}**")
    if start < 0:
        return None
    paragraph = notes[start + len(heading) + 4 :].split("\n#\n")[0].split("\n\n")[0]
    paragraph = re.sub(r"<!--.*?-->", "", paragraph)
    return " ".join(re.sub(r"^#\s?", "", line).strip() for line in paragraph.splitlines()).strip()


def _json(root: Path, name: str) -> dict | list:
    return json.loads((root / name).read_text(encoding="utf-8"))


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None, digits: int) -> str:
    return "not measured yet" if value is None else f"{value:.{digits}f}"


def chapters_table(root: Path) -> str:
    """Return the README's list of chapters: what one can do afterwards, and what it costs."""
    rows = [
        [
            chapter.number,
            f"[{chapter.title.split(':')[0]}](notebooks/{chapter.stem}.ipynb)",
            chapter.goal,
            _number(chapter.normal, 1),
            _number(chapter.peak_gb, 2),
        ]
        for chapter in read_chapters(root)
    ]
    head = ["", "chapter", "you can afterwards", "minutes to run", "memory, GB"]
    return table(head, rows)


def results_list(root: Path) -> str:
    """Return the README's measured claims, each with its file."""
    job, speed = _json(root, "bench/main_job.json"), _json(root, "bench/results.json")
    probe, scratch, gain = job["probe"], job["scratch"], job["gain"]
    lines = [
        f"- Emoji, {job['data'].split(', ', 1)[1]}, {job['folds']} folds: a linear head on frozen "
        f"VGG16 reaches {_with_interval(probe)} in {probe['seconds']:.0f} s; the same labels "
        f"without pretraining give {_with_interval(scratch)} in {scratch['seconds']:.0f} s. Gain "
        f"{100 * gain['difference']:+.1f} points, 95 % interval {100 * gain['interval'][0]:+.1f} "
        f"to {100 * gain['interval'][1]:+.1f} (`bench/main_job.json`)."
    ]
    lines += [
        f"- {row['work'][0].upper()}{row['work'][1:]}: {row['value']:.1f} times as fast as "
        f"{row['against']} (`bench/results.json`)."
        for row in speed["rows"][:2]
        if row["unit"] == "x"
    ]
    return "\n".join([*lines, speech_line(root), detection_line(root), style_line(root)])


def speech_line(root: Path) -> str:
    """Return what the chapter on speech claims about people the model never heard."""
    speech = _json(root, "bench/speech.json")
    rows = {row["way"]: row for row in speech["real"]["rows"]}
    best, raw = rows[speech["best"]["real"]], rows["raw log-mel"]
    return (
        f"- Spoken digits of people never heard, {speech['real']['recordings']} recordings, one "
        f"speaker left out at a time: {_with_interval(best)} after transfer, "
        f"{_with_interval(raw)} from the spectrogram alone (`bench/speech.json`)."
    )


def detection_line(root: Path) -> str:
    """Return what the chapter on detection claims, against the same seconds from scratch."""
    vision = _json(root, "bench/vision.json")
    ours, scratch = (vision["detection"]["detectors"][n] for n in ("transferred", "from scratch"))
    gain, (low, high) = scratch["gain_of_transfer_map50"], scratch["gain_interval"]
    return (
        f"- Detection, mAP at IoU one half over {vision['seeds']} seeds: {ours['map50']:.2f} on a "
        f"frozen VGG16, {scratch['map50']:.2f} from scratch in the same seconds. Gain "
        f"{100 * gain:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f} "
        f"(`bench/vision.json`)."
    )


def style_line(root: Path) -> str:
    """Return what the chapter on style transfer claims, with its control."""
    style = _json(root, "bench/vision.json")["style_transfer"]
    named, control = (style["rates"][name] for name in ("recognized", "shuffled"))
    low, high = (100 * edge for edge in named["interval"])
    earned = style["of_these_recognized"] - style["successes"]
    seconds = math.ceil(style["slowest_seconds"])
    return (
        f"- Style transfer at {style['pixels']} px, from the content picture: the style loss falls "
        f"by at least 95 % in {style['loss_down_by_95_percent']} of {style['asked']} paintings, in "
        f"at most {seconds} s each. A classifier that never saw the contents "
        f"still names {style['of_these_recognized']} right ({100 * named['rate']:.0f} %, 95 % "
        f"interval {low:.0f} to {high:.0f}; for {earned} of them the style picture alone gets that "
        f"name), and {100 * control['rate']:.0f} % of the same paintings shuffled "
        f"(`bench/vision.json`, `bench/painted.jpg`)."
    )


def _with_interval(entry: dict) -> str:
    low, high = entry["interval"]
    return f"{entry['accuracy']:.3f} [{low:.3f}, {high:.3f}]"


def machine_table(root: Path) -> str:
    """Return what the whole course needs on the machine it was measured on, and what else runs."""
    chapters = [c for c in read_chapters(root) if c.normal is not None]
    machine = _json(root, "bench/results.json")["machine"]
    total, fast = sum(c.normal for c in chapters), sum(c.fast for c in chapters)
    longest, largest = max(c.normal for c in chapters), max(c.peak_gb for c in chapters)
    longest_fast = max(c.fast for c in chapters)
    name = f"{machine['cores']} cores ({machine['cpu']}), no GPU"
    rows = [
        [name, f"{total:.0f}", f"{longest:.1f}", f"{largest:.2f}", "measured, every figure here"],
        ["the same, fast mode (`TLCOURSE_FAST=1`)", f"{fast:.0f}", f"{longest_fast:.1f}", "",
         "measured; shorter experiments, wider intervals"],
        ["more cores", "", "", "", "fewer minutes; the same numbers up to rounding"],
        ["NVIDIA GPU", "", "", "", "found and used; tested by simulation only, so no figures"],
    ]  # fmt: skip
    head = ["machine", "whole course, minutes", "longest chapter", "most memory, GB", ""]
    return table(head, rows)


BINDER_MB = 2048  # what a free Binder gives one person, MiB


def binder_table(root: Path) -> str:
    """Return each chapter's peak memory in both modes against what a free Binder gives."""
    rows = [
        [
            chapter.number,
            chapter.title.split(":")[0],
            *_binder_cells(chapter.normal_mb, chapter.fast_mb),
        ]
        for chapter in read_chapters(root)
    ]
    head = ["", "chapter", "normal mode, GB", "fast mode, GB", "on a free Binder"]
    return table(head, rows)


def _binder_cells(normal: float | None, fast: float | None) -> list[str]:
    cells = [_number(mb and mb / 1024, 2) for mb in (normal, fast)]
    if normal is None or fast is None:
        return [*cells, "not measured yet"]
    if normal <= BINDER_MB:
        return [*cells, "fits"]
    return [*cells, "fits in fast mode" if fast <= BINDER_MB else "does not fit"]


def teaching_table(root: Path) -> str:
    """Return minutes for a class, for reading alone and for the machine, a line a chapter."""
    rows = [
        [
            c.number,
            c.title.split(":")[0],
            str(c.teach or "-"),
            str(c.read),
            f"{_number(c.normal, 1)} / {_number(c.fast, 1)}",
            c.late or "-",
        ]
        for c in read_chapters(root)
    ]
    head = ["", "chapter", "in class", "alone", "machine, normal / fast", "when late"]
    return table(head, rows)


def misconceptions_list(root: Path) -> str:
    """Return the misconceptions of every chapter's notes."""
    found = [c for c in read_chapters(root) if c.misconceptions]
    return "\n".join(f"- **{c.number} {c.title.split(':')[0]}.** {c.misconceptions}" for c in found)


def plan_table(root: Path, name: str) -> str:
    """Return a run-of-show: when a part starts, how long it is, and how long the machine computes.

    Raises:
        ValueError: If the parts are longer than the plan, or a part is shorter than its machine
            time twice over; then people would wait instead of think.
    """
    plan = next(plan for plan in _json(root, "docs/plans.json") if plan["name"] == name)
    chapters = {chapter.number: chapter for chapter in read_chapters(root)}
    at, rows = 0, []
    for part in plan["rows"]:
        chapter = chapters[part["chapter"]]
        machine = chapter.fast if plan["mode"] == "fast" else chapter.normal
        if machine is not None and part["minutes"] < 2 * machine:
            raise ValueError(f"{name}: chapter {chapter.number} gets {part['minutes']} minutes, "
                             f"its cells alone need {machine}. Give it more.")  # fmt: skip
        title = f"{chapter.number} {chapter.title.split(':')[0]}"
        rows.append([_clock(at), str(part["minutes"]), title, part["what"], _number(machine, 1)])
        at += part["minutes"]
    if at > plan["limit"]:
        raise ValueError(f"{name}: the parts take {at} minutes. Leave something out.")
    if plan["limit"] - at:
        rows.append(
            [_clock(at), str(plan["limit"] - at), "reserve", "questions, breaks, slips", ""]
        )
    head = ["starts at", "minutes", "chapter", "what", f"machine minutes ({plan['mode']})"]
    return table(head, rows)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


TABLES = {
    "chapters": chapters_table,
    "results": results_list,
    "machines": machine_table,
    "binder": binder_table,
    "teaching": teaching_table,
    "misconceptions": misconceptions_list,
    "plan-90-minutes": lambda root: plan_table(root, "90 minutes"),
    "plan-one-day": lambda root: plan_table(root, "one day"),
    "plan-two-days-first": lambda root: plan_table(root, "two days, first"),
    "plan-two-days-second": lambda root: plan_table(root, "two days, second"),
}
