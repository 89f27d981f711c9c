"""Exercises 7.1 and 7.3: which gap is it, and which lines look at target labels?"""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

# 7.1 Name the gap

KINDS = ("pictures", "frequencies", "labels", "none")
SITUATIONS = {
    "a": "the same classes in the same shares, drawn in another style",
    "b": "the same style, but four of five pictures are faces",
    "c": "the same style, and two classes that the source never saw",
    "d": "the other half of the same style, drawn at random",
    "e": "the outline style, and only vehicles and buildings occur",
}
GAPS = {
    "a": frozenset({"pictures"}),
    "b": frozenset({"frequencies"}),
    "c": frozenset({"labels"}),
    "d": frozenset({"none"}),
    "e": frozenset({"pictures", "frequencies"}),
}


def _read_gaps(answer: Any) -> dict[str, frozenset[str]] | None:
    """Read a set of kinds for each situation; one word may stand for a set of one."""
    if not isinstance(answer, dict) or set(answer) != set(GAPS):
        return None
    found = {}
    for letter, kinds in answer.items():
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not isinstance(kinds, (set, frozenset, list, tuple)):
            return None
        words = [word.strip().lower() if isinstance(word, str) else word for word in kinds]
        if not words or any(word not in KINDS for word in words):
            return None
        found[letter] = frozenset(words)
    return found


def _judge_gaps(answer: Any, exercise: Exercise) -> Verdict:
    gaps = _read_gaps(answer)
    if gaps is None:
        return exercise.unexpected(answer)
    if gaps == GAPS:
        return right("Each of the four calls for another remedy, and one of them for none.")
    tests = (
        ("noise taken for shift", gaps["d"] != GAPS["d"]),
        ("labels in e", "labels" in gaps["e"]),
        ("only pictures in e", gaps["e"] == {"pictures"}),
        ("only frequencies in e", gaps["e"] == {"frequencies"}),
        ("pictures in b", "pictures" in gaps["b"]),
        ("new classes missed", "labels" not in gaps["c"]),
    )
    made = [name for name, is_made in tests if is_made]
    if made:
        return exercise.wrong(made[0])
    wrong = ", ".join(letter for letter in GAPS if gaps[letter] != GAPS[letter])
    return other(
        f"Look again at {wrong}. Ask three things: are the drawings different, are the shares of "
        f"the classes different, are there classes that the source head cannot name?"
    )


def _gaps(**changed: set[str]) -> dict[str, frozenset[str]]:
    return {**GAPS, **{letter: frozenset(kinds) for letter, kinds in changed.items()}}


NAME_THE_GAP = Exercise(
    id="07.1",
    question=(
        "For each situation a to e, what differs between source and target? Choose from pictures, "
        "frequencies, labels, none: "
        + "; ".join(f"{letter} {words}" for letter, words in SITUATIONS.items())
        + "."
    ),
    expects=(
        'a dictionary with a set of words for each letter, such as {"a": {"labels"}, "b": ...}, '
        "from pictures, frequencies, labels, none"
    ),
    judge=_judge_gaps,
    mistakes=(
        Mistake(
            "noise taken for shift",
            _gaps(d={"pictures"}),
            "Two halves of one style give an unbiased MMD² around zero: what differs in d is "
            "sampling noise.",
        ),
        Mistake(
            "only pictures in e",
            _gaps(e={"pictures"}),
            "The drawings differ in e, true. Now count how often each class occurs there.",
        ),
        Mistake(
            "only frequencies in e",
            _gaps(e={"frequencies"}),
            "The class counts differ in e, true. Are the drawings those of the source?",
        ),
        Mistake(
            "labels in e",
            _gaps(e={"pictures", "labels"}),
            "All classes of e exist in the source, so the head can name them. It can also name six "
            "that do not occur: what are their shares?",
        ),
        Mistake(
            "pictures in b",
            _gaps(b={"pictures"}),
            "No drawing changed in b. What did change is the mix of what is drawn.",
        ),
        Mistake(
            "new classes missed",
            _gaps(c={"frequencies"}),
            "The source head has no output for the two new classes of c, whatever their share.",
        ),
    ),
)

# 7.3 Who peeks?

LINES = {
    1: "scale the target by the mean and deviation of its unlabeled pictures",
    2: "keep the epoch with the best accuracy on the target",
    3: "choose the shrinkage by validation on the source",
    4: "draw the unlabeled target pictures with equal numbers from each class",
    5: "drop target pictures whose annotators disagreed",
    6: "stop when the domain loss reaches ln 2",
    7: "choose the method after coloring a t-SNE map by target class",
    8: "print the best method on the target in a row marked 'needs target labels'",
}
PEEKING = frozenset({2, 4, 5, 7})


def _read_lines(answer: Any) -> frozenset[int] | None:
    if isinstance(answer, str):
        answer = answer.replace(",", " ").split()
    if not isinstance(answer, (set, frozenset, list, tuple)):
        return None
    found = set()
    for item in answer:
        text = str(item).strip(" .)") if isinstance(item, (int, str)) else ""
        if isinstance(item, bool) or not text.isdecimal() or int(text) not in LINES:
            return None
        found.add(int(text))
    return frozenset(found)


def _judge_lines(answer: Any, exercise: Exercise) -> Verdict:
    lines = _read_lines(answer)
    if lines is None:
        return exercise.unexpected(answer)
    if lines == PEEKING:
        return right("Two of them never touch a label array, and peek all the same.")
    tests = (
        ("best epoch missed", 2 not in lines),
        ("stratified sample missed", 4 not in lines),
        ("disagreement missed", 5 not in lines),
        ("map missed", 7 not in lines),
        ("scaling accused", 1 in lines),
        ("source validation accused", 3 in lines),
        ("domain loss accused", 6 in lines),
        ("marked oracle accused", 8 in lines),
    )
    return exercise.wrong(next(name for name, made in tests if made))


WHO_PEEKS = Exercise(
    id="07.3",
    question=(
        "Which lines of the script use target labels? "
        + "; ".join(f"{number} {words}" for number, words in LINES.items())
        + "."
    ),
    expects="a set of line numbers from 1 to 8, such as {1, 8}",
    judge=_judge_lines,
    mistakes=(
        Mistake(
            "best epoch missed",
            PEEKING - {2},
            "One line computes an accuracy on the target and acts on it. An accuracy needs labels.",
        ),
        Mistake(
            "stratified sample missed",
            PEEKING - {4},
            "Equal numbers from each class: how does the script know the classes of unlabeled "
            "pictures? It also equalizes the frequencies.",
        ),
        Mistake(
            "disagreement missed",
            PEEKING - {5},
            "Disagreement between annotators is known only after somebody has labeled the target.",
        ),
        Mistake(
            "map missed",
            PEEKING - {7},
            "Your eyes are a selection rule too. What gave the points of the map their colors?",
        ),
        Mistake(
            "scaling accused",
            PEEKING | {1},
            "A mean and a deviation over pictures read no label. Using the target's pictures is "
            "allowed.",
        ),
        Mistake(
            "source validation accused",
            PEEKING | {3},
            "Validation on the source reads labels, but whose? Those of the source are given.",
        ),
        Mistake(
            "domain loss accused",
            PEEKING | {6},
            "The domain loss knows source from target, which everyone knows. It reads no class.",
        ),
        Mistake(
            "marked oracle accused",
            PEEKING | {8},
            "A row that is printed and marked, and chooses nothing, is a report. Which lines "
            "change what is trained or chosen?",
        ),
    ),
)
