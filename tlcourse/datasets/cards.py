"""Facts about the data sets that are downloaded on request, as plain typed data.

The others keep their card beside their loader; `tlcourse.datasets.registry` brings all
together.

Where a checksum was published by others (TensorFlow Datasets for the flowers, many
projects for GloVe) it stands here and every download must match it. Where none is known
the field stays empty: the contents are then counted, and the checksum of the first
download is recorded, so that a later change is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlcourse.datasets.card import Card

MB = 1_000_000


@dataclass(frozen=True)
class RemoteFile:
    """One archive that holds a data set.

    Args:
        name: File name, also the name looked for in a mirror.
        urls: Places to download it from, tried in turn; empty for an archive that only
            mirrors have.
        sha256: Published checksum (hex); empty where none is known.
        n_bytes: Size; 0 where it is not known.
    """

    name: str
    urls: tuple[str, ...] = ()
    sha256: str = ""
    n_bytes: int = 0


@dataclass(frozen=True)
class Download:
    """How to fetch a data set and how to tell that it is whole.

    Args:
        card: What the data set is.
        files: The archives that hold it, any one of them enough; the official one first.
        folder: Glob pattern of the folder inside the archive that `fetch` returns.
        contents: Glob pattern below that folder -> number of files that must match.
        alternative: Code that loads an embedded data set for the same lesson.
        max_bytes: Refuse archives that unpack to more, bytes.
        max_files: Refuse archives with more entries.
    """

    card: Card
    files: tuple[RemoteFile, ...]
    folder: str
    contents: tuple[tuple[str, int], ...]
    alternative: str
    max_bytes: int
    max_files: int

    @property
    def name(self) -> str:
        """The name that `fetch` takes."""
        return self.card.name


_FLOWER_FILES = (
    RemoteFile(
        name="flower_photos.tgz",
        urls=(
            "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz",
            "http://download.tensorflow.org/example_images/flower_photos.tgz",
        ),
        sha256="4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
        n_bytes=228_813_984,
    ),
    # The same photographs with the shorter side at 160 pixels: enough for every chapter.
    RemoteFile(
        name="flower_photos_160.tgz",
        sha256="ed416a306416e8b2cf06ee9e25f32d8bd428e9615e733621ee03572cb567153f",
        n_bytes=35_297_667,
    ),
)
FLOWERS = Download(
    card=Card(
        name="flowers",
        title="Flower photographs in five classes",
        task="image",
        license="CC BY 2.0 (photographers are listed in LICENSE.txt of the official archive)",
        citation="The TensorFlow Team (2019). Flowers.",
        source="photographs from Flickr, collected by the TensorFlow team",
        n_items=3670,
        classes=("daisy", "dandelion", "roses", "sunflowers", "tulips"),
        domains=("flowers",),
        groups="pictures with the same bytes",
        urls=_FLOWER_FILES[0].urls,
        sha256=_FLOWER_FILES[0].sha256,
        n_bytes=_FLOWER_FILES[0].n_bytes,
        notes=(
            "Linear probe on VGG16 at 96 pixels: accuracy 0.71 with 100 labels, 0.80 with 500, "
            "0.83 with 900. A mirror may hold flower_photos_160.tgz instead (35 MB). One picture "
            "lies under two labels, roses and tulips; loading leaves both files out."
        ),
    ),
    files=_FLOWER_FILES,
    folder="flower_photos",
    contents=(
        ("daisy/*.jpg", 633),
        ("dandelion/*.jpg", 898),
        ("roses/*.jpg", 641),
        ("sunflowers/*.jpg", 699),
        ("tulips/*.jpg", 799),
    ),
    alternative="tl.load('emoji')",
    max_bytes=400 * MB,
    max_files=5_000,
)

_CAT_FILES = (
    RemoteFile(
        name="cats_and_dogs_filtered.zip",
        urls=(
            "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip",
            "https://download.mlcc.google.com/mledu-datasets/cats_and_dogs_filtered.zip",
        ),
        n_bytes=68_606_236,
    ),
)
CATS_VS_DOGS = Download(
    card=Card(
        name="cats_vs_dogs",
        title="Photographs of cats and dogs, 3,000 of the 25,000 of a 2013 competition",
        task="image",
        license="not stated by the publisher: use it for study, ask before sharing",
        citation=(
            "Elson, J., Douceur, J.R., Howell, J. and Saul, J. (2007). Asirra: A CAPTCHA that "
            "Exploits Interest-Aligned Manual Image Categorization. ACM CCS."
        ),
        source="Google's machine-learning course, from Kaggle's Dogs vs. Cats competition",
        n_items=3000,
        classes=("cats", "dogs"),
        domains=("cats_vs_dogs",),
        groups="pictures with the same bytes",
        urls=_CAT_FILES[0].urls,
        n_bytes=_CAT_FILES[0].n_bytes,
        notes=(
            "Delivered in two parts, train (2,000) and validation (1,000). No checksum is "
            "published: the contents are counted, and the first download's checksum recorded."
        ),
    ),
    files=_CAT_FILES,
    folder="cats_and_dogs_filtered",
    contents=(
        ("train/cats/*.jpg", 1000),
        ("train/dogs/*.jpg", 1000),
        ("validation/cats/*.jpg", 500),
        ("validation/dogs/*.jpg", 500),
    ),
    alternative="tl.load('emoji', classes=['animal', 'food'])",
    max_bytes=200 * MB,
    max_files=5_000,
)

_FSDD_FILES = (
    # GitHub packs the archive of a tag when asked, so it has no lasting checksum or size.
    RemoteFile(
        name="free-spoken-digit-dataset-1.0.10.tar.gz",
        urls=(
            "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz",
            "https://codeload.github.com/Jakobovski/free-spoken-digit-dataset/tar.gz/refs/tags/v1.0.10",
        ),
    ),
    RemoteFile(
        name="fsdd.tgz",
        sha256="7fb1aa528d77098d4902c6476a510b34187eb51e76715e365ef4264e78c79008",
        n_bytes=15_567_842,
    ),
)
FSDD = Download(
    card=Card(
        name="fsdd",
        title="Free Spoken Digit Dataset: six people say ten digits, fifty times each",
        task="speech",
        license="CC BY-SA 4.0",
        citation="Jackson, Z. et al. (2018). Free Spoken Digit Dataset. 10.5281/zenodo.1342401",
        source="https://github.com/Jakobovski/free-spoken-digit-dataset",
        n_items=3000,
        classes=(
            *("zero", "one", "two", "three", "four"),
            *("five", "six", "seven", "eight", "nine"),
        ),
        domains=("george", "jackson", "lucas", "nicolas", "theo", "yweweler"),
        groups="speaker",
        urls=_FSDD_FILES[0].urls,
        n_bytes=_FSDD_FILES[1].n_bytes,
        notes=(
            "8 kHz wav files named digit_speaker_index.wav. The size is that of fsdd.tgz, which a "
            "mirror may hold; GitHub's archive has no lasting checksum, so its contents are "
            "counted and the first download's checksum recorded."
        ),
    ),
    files=_FSDD_FILES,
    folder="free-spoken-digit-dataset*/recordings",
    contents=(("*.wav", 3000), *((f"{digit}_*_*.wav", 300) for digit in range(10))),
    alternative="tlcourse.datasets.spoken.load_spoken()",
    max_bytes=200 * MB,
    max_files=5_000,
)

_GLOVE_FILES = (
    RemoteFile(
        name="glove.6B.zip",
        urls=(
            "https://nlp.stanford.edu/data/glove.6B.zip",
            "https://downloads.cs.stanford.edu/nlp/data/glove.6B.zip",
            "https://huggingface.co/stanfordnlp/glove/resolve/main/glove.6B.zip",
        ),
        sha256="617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
        n_bytes=862_182_613,
    ),
)
GLOVE_FULL = Download(
    card=Card(
        name="glove_full",
        title="GloVe 6B word vectors, 400,000 words with 50, 100, 200 and 300 numbers each",
        task="text",
        license="PDDL 1.0 (public domain)",
        citation=(
            "Pennington, J., Socher, R. and Manning, C.D. (2014). GloVe: Global Vectors for Word "
            "Representation. EMNLP 2014."
        ),
        source="https://nlp.stanford.edu/projects/glove/",
        n_items=400_000,
        groups="none",
        urls=_GLOVE_FILES[0].urls,
        sha256=_GLOVE_FILES[0].sha256,
        n_bytes=_GLOVE_FILES[0].n_bytes,
        notes="Four text files, 2.3 GB unpacked. The embedded 'glove' is enough for the course.",
    ),
    files=_GLOVE_FILES,
    folder=".",
    contents=(("glove.6B.*d.txt", 4),),
    alternative="tlcourse.datasets.glove.load_glove()",
    max_bytes=2_600 * MB,
    max_files=20,
)

_GERMAN_LOANS_FILES = (
    # UCI packs its archives anew from time to time, so there is no lasting checksum.
    RemoteFile(
        name="statlog+german+credit+data.zip",
        urls=(
            "https://archive.ics.uci.edu/static/public/144/statlog+german+credit+data.zip",
            "https://cdn.uci-ics-mlr-prod.aws.uci.edu/144/statlog%2Bgerman%2Bcredit%2Bdata.zip",
        ),
    ),
)
GERMAN_LOANS = Download(
    card=Card(
        name="german_loans",
        title="Statlog German credit: 1,000 loans of the 1970s, good or bad",
        task="tabular",
        license="CC BY 4.0",
        citation=(
            "Hofmann, H. (1994). Statlog (German Credit Data). UCI Machine Learning Repository. "
            "10.24432/C5NC77"
        ),
        source="https://archive.ics.uci.edu/dataset/144/statlog+german+credit+data",
        n_items=1000,
        classes=("good", "bad"),
        domains=("car", "household", "business", "education", "other"),
        groups="loan",
        urls=_GERMAN_LOANS_FILES[0].urls,
        notes=(
            "The domain is the purpose of the loan. 300 of the loans are bad, far more than "
            "in practice: they were sampled. Several codes are documented wrongly (Groemping "
            "2019). Columns include age, sex and foreign worker: for practice, not for lending. "
            "No checksum is published: the first download's checksum is recorded."
        ),
    ),
    files=_GERMAN_LOANS_FILES,
    folder=".",
    contents=(("german.data", 1),),
    alternative="tlcourse.field.load_portfolios()",
    max_bytes=5 * MB,
    max_files=20,
)

DOWNLOADS: tuple[Download, ...] = (FLOWERS, CATS_VS_DOGS, FSDD, GLOVE_FULL, GERMAN_LOANS)
