"""What the download tests share: small archives, their description, and child processes."""

import dataclasses
import hashlib
import io
import random
import tarfile

from tlcourse.datasets.card import Card
from tlcourse.datasets.cards import Download, RemoteFile
from tlcourse.datasets.download import fetch
from tlcourse.datasets.store import Store, file_sha256
from tlcourse.errors import CourseError

FILE = "pictures.tgz"


def make_files(seed=0, *, n=6, size=30_000):
    rng = random.Random(seed)
    return {f"{'cats' if i % 2 else 'dogs'}/{i:03d}.jpg": rng.randbytes(size) for i in range(n)}


def make_archive(files):
    """Return the bytes of a tar.gz, the same for the same files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as out:
        for name, data in files.items():
            info = tarfile.TarInfo(f"pictures/{name}")
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def describe(archive, *urls, known=True, sized=True, n=6, name="pictures"):
    """Return the `Download` of an archive; with or without a known checksum and size."""
    file = RemoteFile(
        name=FILE,
        urls=urls,
        sha256=hashlib.sha256(archive).hexdigest() if known else "",
        n_bytes=len(archive) if sized else 0,
    )
    return Download(
        card=Card(name=name, title="Pictures"),
        files=(file,),
        folder="pictures",
        contents=(("cats/*.jpg", n // 2), ("dogs/*.jpg", n // 2)),
        alternative="tl.load('emoji')",
        max_bytes=50_000_000,
        max_files=1_000,
    )


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.jpg")}


def nothing_counts(download, cache):
    """Assert that no rest of a failed download is taken for the data set.

    Only marked parts may stay, pooch's temporary files, and an archive that is whole but
    could not be unpacked.
    """
    store = Store(download.name, cache)
    assert store.ready() is None
    assert not store.files.exists()
    assert not (store.root / FILE).exists()
    assert not list(store.root.glob("*.part"))
    if store.incoming.exists():
        rest = [p for p in store.incoming.iterdir() if ".part" not in p.name]
        rest = [p for p in rest if not p.name.startswith("tmp")]
        assert all(file_sha256(p) == download.files[0].sha256 for p in rest)


def fetch_in_child(download, cache, results=None):
    """Run in another process: fetch, and report the folder or the message."""
    try:
        result = str(fetch(download, progress=False, cache_dir=cache))
    except CourseError as error:
        result = f"CourseError: {error}"
    if results is not None:
        results.put(result)


def with_urls(download, *urls):
    file = dataclasses.replace(download.files[0], urls=urls)
    return dataclasses.replace(download, files=(file,))
