"""What every chapter must have: the rules of form that a machine can check.

Code rules hold for every chapter file; `structure_problems` holds for numbered ones.
"""

from __future__ import annotations

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt
from notebook_source import ChapterSource, Problem, SourceCell

PARAMETERS = ("DATASET", "IMAGE_SIZE", "SEED")
FRONT_ROWS = {
    "You can afterwards": (),
    "You need": (),
    "Minutes to read": (),
    "Minutes to run": ("{{minutes_normal}}", "{{minutes_fast}}"),
    "Peak memory": ("{{peak_gb}}",),
}


def parse_code(text: str) -> ast.Module:
    """Parse a cell as IPython would, magics included.

    Raises:
        SyntaxError: If the cell is not valid Python after its magics are replaced.
    """
    return ast.parse(TransformerManager().transform_cell(text + "\n"))


def code_problems(chapter: ChapterSource, cell: SourceCell, text: str, which: str) -> list[Problem]:
    """Report a cell that does not parse; `which` names the edition in the message."""
    try:
        parse_code(text)
    except SyntaxError as error:
        message = (
            f"The {which} copy of cell '{cell.id}' does not parse: {error.msg} "
            f"(its line {error.lineno}). Every copy must run as it is."
        )
        return [Problem(chapter.path, cell.line, message)]
    return []


def check_numbers(text: str) -> list[str]:
    """Return the exercise numbers that a cell hands to `check`, such as ["03.1"]."""
    try:
        tree = parse_code(text)
    except SyntaxError:
        return []
    numbers = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        first = node.args[0]
        if name == "check" and isinstance(first, ast.Constant) and isinstance(first.value, str):
            numbers.append(first.value)
    return numbers


def exercise_problems(
    chapter: ChapterSource, texts: list[tuple[SourceCell, str, str]]
) -> list[Problem]:
    """Check that every exercise calls `check` in both editions and that numbers run 1, 2, 3.

    Args:
        chapter: The chapter.
        texts: (cell, learner text, solution text) of the exercise cells, in order.
    """
    problems = []
    expected = 1
    for cell, learner, solution in texts:
        numbers = check_numbers(learner)
        prefix = chapter.number or "NN"
        if not numbers or numbers != check_numbers(solution):
            problems.append(
                Problem(
                    chapter.path,
                    cell.line,
                    f"Exercise cell '{cell.id}' has no check call that both editions share. "
                    f'End it with tl.check("{prefix}.{expected}", answer) after the answer block.',
                )
            )
            continue
        for number in numbers:
            wanted = f"{prefix}.{expected}"
            if chapter.number and number != wanted:
                problems.append(
                    Problem(
                        chapter.path,
                        cell.line,
                        f"The exercise is numbered '{number}', expected '{wanted}': two-digit "
                        f"chapter, then 1, 2, 3 in order.",
                    )
                )
            expected += 1
    return problems


def headings(text: str) -> list[tuple[int, int]]:
    """Return (offset of the line, level) of every markdown heading in a text."""
    tokens = MarkdownIt("commonmark").parse(text)
    return [(token.map[0], int(token.tag[1])) for token in tokens if token.type == "heading_open"]


def heading_problems(
    chapter: ChapterSource, cells: list[SourceCell], edition: str
) -> list[Problem]:
    """Report a second H1 and skipped levels among the markdown cells of one edition."""
    problems = []
    previous = 0
    for cell in cells:
        for offset, level in headings(cell.text) if cell.kind == "markdown" else ():
            line = cell.line + offset
            if level == 1 and previous:
                message = "A second H1 ('# '). A notebook has one, its title; use '## ' here."
                problems.append(Problem(chapter.path, line, message))
            if level > previous + 1:
                message = (
                    f"The heading jumps from level {previous} to level {level} in the {edition} "
                    f"copy. Use level {previous + 1}, so that screen readers find their way."
                )
                problems.append(Problem(chapter.path, line, message))
            previous = level
    if not previous:
        problems.append(Problem(chapter.path, 1, "No heading. Begin with '# NN Title'."))
    return problems


def structure_problems(chapter: ChapterSource) -> list[Problem]:
    """Report what a numbered chapter lacks: front matter, parameters, quiz, instructor notes."""
    found = _front_problems(chapter) + _parameter_problems(chapter)
    if not any(cell.has("exercise") for cell in chapter.cells):
        found.append((1, 'No exercise. Tag one code cell per exercise with tags=["exercise"].'))
    if not any(cell.has("quiz") for cell in chapter.cells):
        found.append((1, 'No quiz. Tag its cell or cells with tags=["quiz"].'))
    if not any(cell.has("instructor") and cell.kind == "markdown" for cell in chapter.cells):
        found.append(
            (1, 'No instructor notes. Write them in markdown cells with tags=["instructor"].')
        )
    for cell in chapter.cells:
        if cell.has("nbval-skip") != cell.has("skip-execution"):
            found.append(
                (cell.line, "A skipped cell needs both tags, nbval-skip and skip-execution.")
            )
    return [Problem(chapter.path, line, message) for line, message in found]


def _front_problems(chapter: ChapterSource) -> list[tuple[int, str]]:
    first = chapter.cells[0] if chapter.cells else None
    title = re.compile(rf"# {chapter.number} \S")
    if first is None or first.kind != "markdown" or first.tags or not title.match(first.text):
        line = first.line if first else 1
        return [(line, f"The first cell must be markdown, untagged: '# {chapter.number} Title'.")]
    rows = front_rows(first.text)
    found = []
    for label, placeholders in FRONT_ROWS.items():
        if not rows.get(label):
            found.append((first.line, f"The first cell's table has no row '| {label} | ... |'."))
            continue
        for name in placeholders:
            if name not in rows[label]:
                found.append((first.line, f"The row '{label}' must quote {name}."))
    if rows.get("Minutes to read") and not rows["Minutes to read"].isdigit():
        found.append((first.line, "The row 'Minutes to read' must hold one whole number."))
    return found


def front_rows(text: str) -> dict[str, str]:
    """Return the rows of a first cell's two-column table as {label: value}."""
    rows = re.findall(r"^\|\s*([^|]+?)\s*\|\s*(.*?)\s*\|\s*$", text, flags=re.MULTILINE)
    return dict(rows)


def _parameter_problems(chapter: ChapterSource) -> list[tuple[int, str]]:
    cells = [cell for cell in chapter.cells if cell.has("parameters")]
    wanted = ", ".join(PARAMETERS)
    if len(cells) != 1 or cells[0].kind != "code":
        return [
            (
                cells[1].line if len(cells) > 1 else 1,
                f"{len(cells)} parameters cells. Tag exactly one code cell with "
                f'tags=["parameters"] and assign {wanted} there.',
            )
        ]
    try:
        body = parse_code(cells[0].text).body
    except SyntaxError:
        return []  # reported by code_problems
    names = []
    for node in body:
        plain = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if not plain or not isinstance(node.targets[0], ast.Name):
            message = f"The parameters cell may only assign plain values to {wanted}."
            return [(cells[0].line + node.lineno - 1, message)]
        names.append(node.targets[0].id)
    if sorted(names) != sorted(PARAMETERS):
        return [(cells[0].line, f"The parameters cell assigns {names}, expected {wanted}.")]
    return []
