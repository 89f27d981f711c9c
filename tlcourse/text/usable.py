"""Which texts can be used: the others are listed with the reason, never dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import DataError
from tlcourse.text.tokenize import tokenize

LONGEST = 20_000


@dataclass(frozen=True)
class UsableTexts:
    """What is left of a list of texts, and what is not.

    Attributes:
        texts: The usable texts, in order.
        kept: Position of each in the original list.
        skipped: (position, reason) of every other text.
    """

    texts: tuple[str, ...]
    kept: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        lines = [f"{len(self.texts)} texts usable, {len(self.skipped)} skipped"]
        lines += [f"  text {i}: {reason}" for i, reason in self.skipped[:20]]
        more = len(self.skipped) - 20
        return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def usable_texts(
    items: Iterable[Any], *, vectors: WordVectors | None = None, longest: int = LONGEST
) -> UsableTexts:
    """Sort out what cannot be judged: no text, broken bytes, empty, too long, another script.

    Args:
        items: Texts (str), or bytes that hold UTF-8.
        vectors: Word vectors; a text of which they know no word is skipped.
        longest: Most characters of one text.

    Raises:
        DataError: If one string is passed in place of a list of texts.
    """
    if isinstance(items, (str, bytes)):
        raise DataError(
            "One text was passed where a list of texts was expected: every letter would be taken "
            "as a text. Pass a list such as ['A good film.']."
        )
    texts, kept, skipped = [], [], []
    for i, item in enumerate(items):
        text, reason = _decoded(item)
        reason = reason or _unusable(text, vectors, longest)
        if reason:
            skipped.append((i, reason))
        else:
            texts.append(text)
            kept.append(i)
    return UsableTexts(tuple(texts), tuple(kept), tuple(skipped))


def read_lines(
    path: str | Path, *, vectors: WordVectors | None = None, longest: int = LONGEST
) -> UsableTexts:
    """Read a file with one text a line, and sort out the lines that cannot be used.

    Lines are read as bytes, so one broken line does not spoil the others.

    Raises:
        DataError: If the file cannot be read, or no line is usable.
    """
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise DataError(
            f"The file {path} cannot be read ({error.strerror}). Expected a text file with one "
            f"text a line, UTF-8."
        ) from error
    found = usable_texts(lines, vectors=vectors, longest=longest)
    if not found.texts:
        raise DataError(f"No line of {path} can be used. {found}. Expected one text a line, UTF-8.")
    return found


def _decoded(item: Any) -> tuple[str, str]:
    if isinstance(item, str):
        return item, ""
    if not isinstance(item, (bytes, bytearray)):
        return "", f"not a text but {type(item).__name__}"
    try:
        return bytes(item).decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        return "", f"not UTF-8 (byte {error.start}); save the file as UTF-8"


def _unusable(text: str, vectors: WordVectors | None, longest: int) -> str:
    """Return why a text cannot be used, or ""."""
    if not text.strip():
        return "empty"
    if len(text) > longest:
        return f"{len(text):,} characters, more than {longest:,}; cut it into texts"
    tokens = tokenize(text)
    if vectors is not None and not any(token in vectors for token in tokens):
        script = "no word with a vector"
        if not re.search("[a-z]", text.lower()):
            script += "; is it in another script?"
        return script
    return ""
