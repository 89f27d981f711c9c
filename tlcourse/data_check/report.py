"""What a data check found, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """One kind of finding.

    Args:
        title: Heading in the report.
        singular: For the summary, with one.
        plural: For the summary, with several.
        advice: What it does to a model, and what to do.
        is_problem: Whether it counts as a problem, or is only worth knowing.
    """

    title: str
    singular: str
    plural: str
    advice: str
    is_problem: bool = True


KINDS: dict[str, Kind] = {
    "unreadable": Kind(
        "Files that cannot be used",
        "unusable file",
        "unusable files",
        "They would be left out of training. Replace them, or move them out of the folder.",
    ),
    "misplaced": Kind(
        "Files in the wrong place",
        "misplaced file",
        "misplaced files",
        "They belong to no class and would be ignored. Move them into a class folder.",
    ),
    "two_labels": Kind(
        "One picture, two classes",
        "picture with two labels",
        "pictures with two labels",
        "The same bytes lie in two classes, so at least one of the labels is wrong. Loading leaves "
        "all of them out until you have kept the right one.",
    ),
    "near_two_labels": Kind(
        "Near-duplicates in two classes",
        "set of near-duplicates in two classes",
        "sets of near-duplicates in two classes",
        "They look the same and are labeled differently. Either a label is wrong, or the classes "
        "differ in something small.",
    ),
    "mislabeled": Kind(
        "Labels that look wrong",
        "label that looks wrong",
        "labels that look wrong",
        "A classifier that never saw these pictures is sure of another class. Some labels will be "
        "wrong, some pictures are just hard: look at each, and change only what you see is wrong.",
    ),
    "leak": Kind(
        "Look-alikes in two parts",
        "look-alike in two parts",
        "look-alikes in two parts",
        "A picture that lies in training and in test is answered from memory. Keep it in one part.",
    ),
    "duplicate": Kind(
        "Exact copies",
        "picture with exact copies",
        "pictures with exact copies",
        "They count several times. Splits keep them together; removing all but one is cleaner.",
    ),
    "near_duplicate": Kind(
        "Near-duplicates",
        "set of near-duplicates",
        "sets of near-duplicates",
        "The same picture saved again, edited, or shot twice. If they are, give them one group "
        "(tlcourse.datasets.group_near_duplicates), so that no split tears them apart.",
    ),
    "tiny": Kind(
        "Tiny pictures",
        "tiny picture",
        "tiny pictures",
        "Enlarged to the size of the network, they are blur: it may learn that blur means a class.",
    ),
    "rare_class": Kind(
        "Classes with few pictures",
        "class with few pictures",
        "classes with few pictures",
        "Little can be learned about them, and less can be measured. Collect more.",
    ),
    "imbalance": Kind(
        "Unequal classes",
        "unequal pair of classes",
        "unequal pairs of classes",
        "Accuracy favors the large classes: look at the recall of each class and the macro F1.",
    ),
    "shape": Kind(
        "Long and narrow pictures",
        "long and narrow picture",
        "long and narrow pictures",
        "The network sees the middle square only, less than a third of each. Crop them yourself.",
        is_problem=False,
    ),
    "color": Kind(
        "Unusual kinds of color",
        "picture of an unusual kind of color",
        "pictures of an unusual kind of color",
        "They are turned into ordinary RGB. If one class has more of them than the others, a "
        "network may learn the kind instead of the content.",
        is_problem=False,
    ),
}


@dataclass(frozen=True)
class Finding:
    """One finding.

    Args:
        kind: A key of `KINDS`.
        items: The files, or classes, that it is about.
        text: What is the matter, one sentence part.
        score: For ordering: how sure, or how serious.
    """

    kind: str
    items: tuple[str, ...]
    text: str
    score: float = 0.0


@dataclass(frozen=True, eq=False)
class Report:
    """Everything a data check found.

    Args:
        name: Name of the folder.
        n_files: Files looked at.
        class_counts: Usable pictures of each class.
        findings: Findings, in the order of `KINDS`, worst first within a kind.
        labels: Class of each usable picture, by its id.
        paths: File of each usable picture, by its id.
        probe: How the labels were checked: "accuracy", "n", "seconds", or "skipped" with
            the reason.
        seconds: Time taken, s.
    """

    name: str
    n_files: int
    class_counts: dict[str, int]
    findings: tuple[Finding, ...]
    labels: dict[str, str]
    paths: dict[str, Path] = field(repr=False)
    probe: dict[str, Any]
    seconds: float

    def of(self, kind: str) -> list[Finding]:
        """Return the findings of one kind."""
        return [f for f in self.findings if f.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of each kind that occurs."""
        return {kind: n for kind in KINDS if (n := len(self.of(kind)))}

    @property
    def n_problems(self) -> int:
        """Number of findings that count as problems."""
        return sum(n for kind, n in self.counts.items() if KINDS[kind].is_problem)

    @property
    def summary(self) -> str:
        """One sentence for the terminal."""
        parts = [
            f"{n:,} {KINDS[kind].singular if n == 1 else KINDS[kind].plural}"
            for kind, n in self.counts.items()
        ]
        found = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
        pictures = f"{sum(self.class_counts.values()):,} pictures in {len(self.class_counts)}"
        return f"{self.name}: {pictures} classes; found {found or 'nothing to complain about'}."

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "name": self.name,
            "n_files": self.n_files,
            "class_counts": self.class_counts,
            "n_problems": self.n_problems,
            "counts": self.counts,
            "summary": self.summary,
            "findings": [
                {"kind": f.kind, "items": list(f.items), "text": f.text, "score": round(f.score, 4)}
                for f in self.findings
            ],
            "probe": self.probe,
            "seconds": round(self.seconds, 2),
        }
