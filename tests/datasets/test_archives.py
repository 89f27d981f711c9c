"""Archives that lie, lead elsewhere or never end are refused; whole ones unpack whole."""

import gzip
import io
import os
import random
import resource
import signal
import stat
import struct
import tarfile
import time
import zipfile

import pytest

from tlcourse.datasets.archives import unpack
from tlcourse.errors import DataError

PICTURES = {"set/cats/a.jpg": b"a" * 3000, "set/dogs/b.jpg": os.urandom(5000), "set/empty": b""}


def make_tar(path, files, *, links=()):
    with tarfile.open(path, "w:gz", compresslevel=1) as out:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
        for info in links:
            out.addfile(info)
    return path


def make_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files:
            out.writestr(name, data)
    return path


MAKE = {"tgz": make_tar, "zip": make_zip}


def refused(archive, tmp_path, match, **limits):
    """Assert a clear refusal that leaves nothing behind, inside or outside the target."""
    before = set(tmp_path.rglob("*"))
    with pytest.raises(DataError, match=match) as caught:
        unpack(archive, tmp_path / "out" / "target", **limits)
    left = set(tmp_path.rglob("*")) - before - {tmp_path / "out"}
    assert not left
    return str(caught.value)


@pytest.mark.parametrize("kind", MAKE)
def test_whole_archive_comes_out_as_it_went_in(kind, tmp_path):
    archive = MAKE[kind](tmp_path / "a", PICTURES.items())
    members = unpack(archive, tmp_path / "target")
    found = {
        p.relative_to(tmp_path / "target").as_posix(): p.read_bytes()
        for p in (tmp_path / "target").rglob("*")
        if p.is_file()
    }
    assert found == PICTURES
    assert {m.path: m.n_bytes for m in members} == {n: len(d) for n, d in PICTURES.items()}
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("../evil", "leads out"),
        ("a/../../evil", "leads out"),
        ("..\\evil", "leads out"),
        ("/etc/evil", "absolute"),
        ("\\\\host\\share\\evil", "absolute"),
        ("C:\\evil", "absolute"),
        ("c:evil", "absolute"),
        ("a/con.jpg", "not a usable"),
        ("a/x\n.jpg", "not a usable"),
        ("a/" + "x" * 300, "not a usable"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(kind, name, match, tmp_path):
    archive = MAKE[kind](tmp_path / "a", [("good", b"x"), (name, b"evil")])
    refused(archive, tmp_path, match)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    ("names", "match"),
    [
        (("a/cat.jpg", "a/Cat.JPG"), "one name on some systems"),
        (("cats/1.jpg", "Cats/2.jpg"), "one name on some systems"),
        (("\u00e9.jpg", "e\u0301.jpg"), "one name on some systems"),
        (("a", "a/b"), "occurs twice"),
        (("a/b", "a"), "occurs twice"),
        (("a", "./a"), "occurs twice"),
    ],
)
def test_names_that_collide_are_refused(kind, names, match, tmp_path):
    archive = MAKE[kind](tmp_path / "a", [(n, b"x") for n in names])
    refused(archive, tmp_path, match)


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a device"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(kind, match, tmp_path):
    info = tarfile.TarInfo("pictures")
    info.type, info.linkname = kind, "/etc"
    archive = make_tar(tmp_path / "a", [("good", b"x")], links=[info])
    refused(archive, tmp_path, match)


@pytest.mark.parametrize(
    ("kind", "match"),
    [(stat.S_IFLNK, "a link"), (stat.S_IFCHR, "a device"), (stat.S_IFIFO, "special file")],
)
def test_links_and_devices_in_a_zip_are_refused(kind, match, tmp_path):
    info = zipfile.ZipInfo("pictures")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as out:
        out.writestr(info, "/etc")
    refused(tmp_path / "a", tmp_path, match)


@pytest.mark.parametrize("kind", MAKE)
def test_a_bomb_is_stopped_by_what_it_writes(kind, tmp_path):
    archive = MAKE[kind](tmp_path / "a", [("zeros", bytes(30_000_000))])
    assert archive.stat().st_size < 200_000
    refused(archive, tmp_path, "as a bomb does", max_ratio=100)
    refused(archive, tmp_path, "more than 1,000,000 bytes", max_bytes=1_000_000, max_ratio=1e9)
    assert unpack(archive, tmp_path / "fine", max_ratio=1e9)[0].n_bytes == 30_000_000


def test_a_zip_whose_header_lies_about_size_is_refused(tmp_path):
    archive = make_zip(tmp_path / "a", [("zeros", bytes(20_000_000))])
    data = bytearray(archive.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 10)  # claims 10 bytes
    archive.write_bytes(data)
    refused(archive, tmp_path, "damaged|as a bomb does")


def million_zip(path):
    """Write a zip of 10^6 empty entries straight from its format, in about a second."""
    n = 1_000_000
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 7, 0) + b"0000000"
    entry = struct.Struct("<4s6H3I5H2I7s")
    rows = b"".join(
        entry.pack(
            b"PK\x01\x02", *(20, 20, 0, 0, 0, 0), 0, 0, 0, *(7, 0, 0, 0, 0), 0, 0, b"%07d" % i
        )
        for i in range(n)
    )
    start = len(local)
    big = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, n, n, len(rows), start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, start + len(rows), 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(local + rows + big + locator + end)
    return path


def million_tar(path):
    """Write a tar.gz of 10^6 empty files: one header repeated, which compresses well."""
    block = tarfile.TarInfo("x").tobuf() * 1000
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(1000):
            out.write(block)
    return path


@pytest.mark.parametrize("make", [million_zip, million_tar])
def test_a_million_entries_are_refused_fast_and_small(make, tmp_path):
    archive = make(tmp_path / "a")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    refused(archive, tmp_path, "more than 10,000 entries|occurs twice", max_files=10_000)
    assert time.process_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_million_different_tar_entries_stop_at_the_limit(tmp_path):
    # Only as many as the limit asks for are ever read, so 3,000 show it as well.
    archive = make_tar(tmp_path / "a", ((f"{i}", b"") for i in range(3_000)))
    refused(archive, tmp_path, "more than 1,000 entries", max_files=1_000)


def test_a_tar_with_an_endless_name_is_refused_without_reading_it(tmp_path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 50_000_000
    with gzip.open(tmp_path / "a", "wb", compresslevel=1) as out:
        out.write(info.tobuf())
        out.write(b"x" * info.size)
    refused(tmp_path / "a", tmp_path, "file name of more than")


def test_nested_headers_without_end_are_refused(tmp_path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 3
    with gzip.open(tmp_path / "a", "wb", compresslevel=1) as out:
        out.write((info.tobuf() + b"ab\0".ljust(512, b"\0")) * 5000)
    refused(tmp_path / "a", tmp_path, "nested without end|damaged")


def test_names_from_before_utf8_stay_readable(tmp_path):
    info = tarfile.TarInfo("fleur")
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[:9] = b"\xe9t\xe9.jpg\0\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with gzip.open(tmp_path / "a", "wb") as out:
        out.write(bytes(header) + bytes(1024))
    assert unpack(tmp_path / "a", tmp_path / "target")[0].path == "été.jpg"


@pytest.mark.parametrize("data", [b"", b"hello", b"PK", b"\x1f\x8b", b"<html></html>"])
def test_what_is_no_archive_is_named(data, tmp_path):
    (tmp_path / "a").write_bytes(data)
    refused(tmp_path / "a", tmp_path, "damaged or not an archive")


@pytest.mark.parametrize("kind", MAKE)
def test_every_truncation_is_refused(kind, tmp_path):
    data = MAKE[kind](tmp_path / "whole", PICTURES.items()).read_bytes()
    cut = tmp_path / "cut"
    for length in range(0, len(data) - 1, 97):
        cut.write_bytes(data[:length])
        refused(cut, tmp_path, "damaged")


@pytest.mark.parametrize("kind", MAKE)
def test_mutated_archives_never_raise_anything_else(kind, tmp_path):
    """250 archives with random bytes changed: unpacked within bounds, or a DataError."""
    rng = random.Random(7)
    raw = MAKE[kind](tmp_path / "whole", list(PICTURES.items())).read_bytes()
    plain = gzip.decompress(raw) if kind == "tgz" else raw
    outcomes = set()
    for trial in range(250):
        data = bytearray(plain)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        # Mutate the tar inside the gzip too: its own checksum hides most damage.
        (tmp_path / "a").write_bytes(gzip.compress(data, 1) if kind == "tgz" else data)
        try:
            unpack(tmp_path / "a", tmp_path / "deep" / f"t{trial}")
            outcomes.add("unpacked")
        except DataError:
            outcomes.add("refused")
    assert outcomes == {"unpacked", "refused"}
    assert {p.name for p in tmp_path.iterdir()} == {"whole", "a", "deep"}
    assert not list((tmp_path / "deep").glob("*.part"))


def test_an_encrypted_zip_is_refused(tmp_path):
    archive = make_zip(tmp_path / "a", [("x", b"secret")])
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    refused(archive, tmp_path, "'x' is encrypted")


def test_an_existing_folder_is_not_overwritten(tmp_path):
    archive = make_zip(tmp_path / "a", [("x", b"new")])
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "x").write_bytes(b"mine")
    with pytest.raises(DataError, match="exists already"):
        unpack(archive, tmp_path / "target")
    assert (tmp_path / "target" / "x").read_bytes() == b"mine"


def test_a_kill_in_between_leaves_no_target(tmp_path):
    """Kill the unpacking process at many points: the target is whole or not there."""
    make_tar(tmp_path / "a", ((f"set/{i:04d}.bin", bytes(20_000)) for i in range(300)))
    whole = 0
    for trial, delay in enumerate([0.0, 0.005, 0.01, 0.02, 0.04, 0.08]):
        target = tmp_path / f"t{trial}"
        child = os.fork()
        if child == 0:
            unpack(tmp_path / "a", target)
            os._exit(0)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if target.exists():
            whole += 1
            assert len(list(target.rglob("*.bin"))) == 300
    assert whole < 6


def test_a_kill_at_the_moment_the_target_appears_finds_it_whole(tmp_path):
    make_tar(tmp_path / "a", ((f"set/{i:04d}.bin", bytes(2_000)) for i in range(300)))
    child = os.fork()
    if child == 0:
        unpack(tmp_path / "a", tmp_path / "target")
        os._exit(0)
    deadline = time.monotonic() + 30
    while not (tmp_path / "target").exists() and time.monotonic() < deadline:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list((tmp_path / "target").rglob("*.bin"))) == 300
