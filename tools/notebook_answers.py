"""Split an exercise cell into the stub that learners get and the worked answer.

The markers stand on lines of their own, at any indentation::

    ### BEGIN ANSWER
    answer = base.count_params()
    ### ELSE
    answer = None  # replace None with your answer
    ### END ANSWER
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN, ELSE, END = "BEGIN ANSWER", "ELSE", "END ANSWER"
EXACT = re.compile(r"^\s*### (BEGIN ANSWER|ELSE|END ANSWER)\s*$")
NEARLY = re.compile(
    r"^\s*#+\s*((BEGIN|END)[\s_-]*(ANSWER|SOLUTION)S?|ELSE)\b\W*$", flags=re.IGNORECASE
)
_EXPECTED = {None: {BEGIN}, BEGIN: {ELSE}, ELSE: {END}}


@dataclass(frozen=True)
class Split:
    """Both versions of a cell.

    Args:
        learner: Text with the stubs.
        solution: Text with the answers.
        answers: The answer part of every block, for the leak check.
        problems: (offset of the line within the cell, message) pairs.
    """

    learner: str
    solution: str
    answers: tuple[str, ...]
    problems: tuple[tuple[int, str], ...]


def split_answers(text: str) -> Split:
    """Separate stub and answer of every block in a code cell.

    Args:
        text: Source of the cell.

    Returns:
        Both versions. After a marker problem the versions are not to be used.
    """
    learner: list[str] = []
    solution: list[str] = []
    answer: list[str] = []
    stub: list[str] = []
    answers: list[str] = []
    problems: list[tuple[int, str]] = []
    state: str | None = None
    opened = 0
    for offset, line in enumerate(text.splitlines()):
        marker = EXACT.match(line)
        if not marker:
            if NEARLY.match(line):
                problems.append((offset, f"'{line.strip()}' is not a marker. {_HOW}"))
            if state is None:
                learner.append(line)
                solution.append(line)
            else:
                (answer if state == BEGIN else stub).append(line)
            continue
        word = marker.group(1)
        if word not in _EXPECTED[state]:
            problems.append((offset, _misplaced(word, state, opened - offset)))
            return Split(text, text, tuple(answers), tuple(problems))
        if word == BEGIN:
            state, opened, answer, stub = BEGIN, offset, [], []
        elif word == ELSE:
            state = ELSE
        else:
            state = None
            problems += [(opened, message) for message in _part_problems(answer, stub)]
            answers.append("\n".join(answer))
            learner += _trim(stub)
            solution += _trim(answer)
    if state is not None:
        problems.append((opened, f"This answer block is not closed. {_HOW}"))
    return Split("\n".join(learner), "\n".join(solution), tuple(answers), tuple(problems))


_HOW = (
    "Write '### BEGIN ANSWER', the answer, '### ELSE', the stub, '### END ANSWER', "
    "each marker on a line of its own."
)


def _misplaced(word: str, state: str | None, distance: int) -> str:
    if word == BEGIN:
        return f"Answer blocks cannot be nested: one was opened {-distance} lines above. {_HOW}"
    if word == END and state == BEGIN:
        return f"The block has no '### ELSE', so learners would get nothing to edit. {_HOW}"
    if state is None:
        return f"'### {word}' stands outside an answer block. {_HOW}"
    return f"A second '### {word}' in one block. {_HOW}"


def _part_problems(answer: list[str], stub: list[str]) -> list[str]:
    found = []
    if not code_lines("\n".join(answer)):
        found.append("The answer part is empty. Write the worked answer above '### ELSE'.")
    if not code_lines("\n".join(stub)):
        found.append(
            "The stub is empty. Write at least one line that runs, such as "
            "'answer = None  # replace None with your answer'."
        )
    elif code_lines("\n".join(stub)) == code_lines("\n".join(answer)):
        found.append("The stub equals the answer, so nothing is left to do. Empty the stub.")
    return found


def _trim(lines: list[str]) -> list[str]:
    """Drop blank lines at both ends, which formatters put around markers."""
    return "\n".join(lines).strip("\n").splitlines()


def code_lines(text: str) -> list[str]:
    """Return the lines that do something: no blank lines, no comments, no indentation."""
    bare = (line.split("  # ")[0].strip() for line in text.splitlines())
    return [line for line in bare if line and not line.startswith("#")]


def leaks(answer: str, text: str) -> bool:
    """Tell whether all code lines of an answer stand together, in order, in `text`."""
    wanted, found = code_lines(answer), code_lines(text)
    span = len(wanted)
    return span > 0 and any(
        found[start : start + span] == wanted for start in range(len(found) - span + 1)
    )
