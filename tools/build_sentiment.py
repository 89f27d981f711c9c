"""Build data/sentiment: rated snippets from three places where people state opinions.

    python tools/build_sentiment.py [--out data/sentiment]

The source is the ground truth that Hutto and Gilbert published with VADER, inside the
source distribution of `vaderSentiment` 0.5 on PyPI. Running the script again gives the
same bytes.
"""

from __future__ import annotations

import argparse
import codecs
import csv
import html
import io
import re
import tarfile
import zipfile
from pathlib import Path

from _build import file_table, from_pypi, report, write_text

ARCHIVE = "vaderSentiment-0.5.zip"
SHA256 = "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a"
FILES = {
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "films": "movieReviewSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}

# Stems of strong profanity, in ROT13 so that a search in class does not show them.
_STEMS = r"shpx|fuvg|ovgpu|phag|avttre|avttn|snttbg|juber|fyhg|chffl|nffubyr|zbgursh|\bsntf?\b"
PROFANE = re.compile(codecs.decode(_STEMS.replace(r"\b", "#"), "rot13").replace("#", r"\b"), re.I)

Row = tuple[str, str, str, str]  # id, group, valence, text


def read_source(archive: Path) -> dict[str, str]:
    """Return the text of the three rating files and of the license."""
    with zipfile.ZipFile(archive) as outer:
        inner = outer.read("vaderSentiment-0.5/additional_resources/hutto_ICWSM_2014.tar.gz")
        texts = {"license": outer.read("vaderSentiment-0.5/LICENSE.txt").decode("utf-8")}
    with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
        for domain, name in FILES.items():
            member = tar.extractfile(f"hutto_ICWSM_2014/{name}")
            if member is None:
                raise SystemExit(f"{archive} has no {name}.")
            texts[domain] = member.read().decode("utf-8")
    return texts


def clean(text: str) -> str:
    """Undo HTML entities and LaTeX-style quotes; squeeze runs of blanks to one."""
    return " ".join(html.unescape(text).replace("''", '"').split())


def normalized(text: str) -> str:
    """Return what two copies of a text share: lower-case letters and digits.

    Texts without a word beside mentions (":)" and ":(" differ) keep all their characters.
    """
    words = re.sub(r"[\W_]+", " ", re.sub(r"@\w+", " ", text.lower())).strip()
    return words or text.lower()


def select(raw: str) -> tuple[list[Row], dict[str, int]]:
    """Clean one file and leave out copies, wordless snippets and strong profanity.

    Returns:
        The rows kept, and how many were left out for each reason.
    """
    rows: list[Row] = []
    seen: set[str] = set()
    out = {"copies": 0, "no words": 0, "profanity": 0}
    for line in raw.split("\n"):
        if not line.strip():
            continue
        key, valence, text = line.rstrip("\r").split("\t")
        text = clean(text)
        if not re.search(r"\w", text):
            out["no words"] += 1
        elif normalized(text) in seen:
            out["copies"] += 1
        elif PROFANE.search(text):
            out["profanity"] += 1
        else:
            rows.append((key, key.split("_")[0], f"{float(valence):.4f}", text))
        seen.add(normalized(text))
    return rows, out


def to_csv(rows: list[Row]) -> str:
    """Return the rows as CSV with a header and LF line ends."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("id", "group", "valence", "text"))
    writer.writerows(rows)
    return buffer.getvalue()


CARD = """# Sentiment in three domains

Short texts with the mean of at least 15 human ratings of their sentiment, from -4 (most
negative) to +4 (most positive). One file for each domain; columns `id`, `group`,
`valence`, `text`. UTF-8, LF line ends.

{table}

- **Source**: `hutto_ICWSM_2014` ground truth inside `vaderSentiment` 0.5, source distribution on
  PyPI, {archive}, sha256 `{sha256}`.
- **License**: MIT, copyright (c) 2014 C.J. Hutto; the text is in `LICENSE.txt`. The license covers
  the collection and its ratings. The snippets are short quotations of what reviewers and users
  wrote in public; user names in tweets were replaced by `@anonymous` at the source.
- **Citation**: Hutto, C.J. and Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for
  Sentiment Analysis of Social Media Text. Eighth International Conference on Weblogs and Social
  Media (ICWSM-14). The film sentences go back to Pang and Lee (2005), the Amazon reviews to Hu
  and Liu (2004).
- **Built by**: `python tools/build_sentiment.py`. The newspaper editorials of the source are not
  used.

| domain | kept | copies left out | no words | strong profanity | groups |
|---|---|---|---|---|---|
{counts}

**Cleaning.** HTML entities undone, `''` turned into `"`, runs of blanks squeezed, valence rounded
to four decimals. Of texts that agree after removing case, punctuation and mentions, the first is
kept: the source repeats 30 tweets six times each, with other punctuation and capitals. Snippets
without a letter or digit and snippets with strong profanity are left out.

**Groups.** Amazon ids read `review_sentence`, and the group is the review: sentences of one review
must not be separated by a split. Tweets and film sentences carry a running number only, so each is
its own group. Several film sentences may speak of the same film; the source does not say which.

**Content note.** Real opinions of real people: the wording may be rude.
"""


def build(archive: Path, out: Path) -> list[Path]:
    """Write the CSV files, the license and the card into `out`; return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    source = read_source(archive)
    counts = []
    for domain in FILES:
        rows, left = select(source[domain])
        write_text(out / f"{domain}.csv", to_csv(rows))
        cells = (domain, len(rows), *left.values(), len({group for _, group, _, _ in rows}))
        counts.append("| " + " | ".join(map(str, cells)) + " |")
    write_text(out / "LICENSE.txt", source["license"].replace("\r\n", "\n"))
    files = [out / f"{domain}.csv" for domain in FILES] + [out / "LICENSE.txt"]
    card = CARD.format(
        table=file_table(files), archive=ARCHIVE, sha256=SHA256, counts="\n".join(counts)
    )
    write_text(out / "README.md", card)
    return files


def main() -> None:
    """Build the files and print their sizes and checksums."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/sentiment"))
    args = parser.parse_args()
    archive = from_pypi("vaderSentiment==0.5", ARCHIVE, SHA256, binary=False)
    report(build(archive, args.out))


if __name__ == "__main__":
    main()
