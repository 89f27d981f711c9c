"""Cut a text into words the way the corpus of GloVe was cut.

A word vector is found by its exact spelling, so the input must be prepared as in pretraining:
the same rule as VGG16's color order. GloVe 6B knows lower case only, has punctuation apart,
"don't" as `do` and `n't`, and faces such as `:)` as words.
"""

from __future__ import annotations

import re

from tlcourse.errors import DataError

_TOKEN = re.compile(
    r"""[<>]?[:;=8xX][-o*']?[)\](\[dDpP/\\|@3}{]+   # faces such as :) ;-D =/
      | <3 | \.{2,} | --+
      | \d+(?:[.,:]\d+)*
      | \w+(?=n't\b) | n't\b | '(?:s|re|ve|ll|d|m)\b
      | \w+(?:[-.]\w+)*
      | [^\w\s]""",
    re.VERBOSE,
)


def tokenize(text: str) -> list[str]:
    """Return the words of a text, in order.

    Args:
        text: One text. Curly apostrophes are read as straight ones.

    Returns:
        Words, punctuation marks and faces. An empty text gives an empty list.

    Raises:
        DataError: If it is not a string; bytes must be decoded first.

    Cost:
        Linear in the length of the text, about a second for ten million characters.

    Example:
        >>> tokenize("I don't like it :)")
        ['i', 'do', "n't", 'like', 'it', ':)']
    """
    if not isinstance(text, str):
        raise DataError(
            f"tokenize received {type(text).__name__}, expected one text (str). Decode bytes with "
            f".decode('utf-8'), and call it once for each text of a list."
        )
    return _TOKEN.findall(text.lower().replace("’", "'"))
