"""Build the embedded emoji pictures: the same concepts drawn in four styles.

    python tools/build_emoji.py --out data/emoji [--source-dir DIR]

Needs, beyond the course's own packages (nothing at run time uses them):

    pip install "resvg-py==0.5.0" "pyoxipng==9.1.1"

and `npm`, which downloads four pinned packages (about 150 MB) into `build/sources` unless
they are there already. Every archive is checked against the SHA-256 written below. The same
archives with the same library versions give the same bytes. Takes about one minute.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emoji_concepts import Concept, list_concepts
from PIL import Image

SIZE = 96
CATALOG = "package/emoji.json"  # Unicode names and categories, in the Noto package


@dataclass(frozen=True)
class Source:
    """One drawing style: the npm package it comes from and what its license asks for."""

    style: str
    package: str
    version: str
    sha256: str
    license: str
    credit: str

    @property
    def archive(self) -> str:
        """File name that `npm pack` gives the package."""
        return f"{self.package.lstrip('@').replace('/', '-')}-{self.version}.tgz"


SOURCES = (
    Source(
        style="twemoji",
        package="emoji-datasource-twitter",
        version="16.0.0",
        sha256="f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
        license="CC-BY-4.0",
        credit="Twemoji 16.0.1, Copyright Twitter, Inc and other contributors, "
        "https://github.com/jdecked/twemoji",
    ),
    Source(
        style="noto",
        package="emoji-datasource-google",
        version="16.0.0",
        sha256="fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
        license="Apache-2.0",
        credit="Noto Emoji 2.048, Copyright Google LLC, https://github.com/googlefonts/noto-emoji",
    ),
    Source(
        style="fluent",
        package="@lobehub/fluent-emoji-3d",
        version="1.1.0",
        sha256="c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        license="MIT",
        credit="Fluent Emoji (3D), Copyright Microsoft Corporation, "
        "https://github.com/microsoft/fluentui-emoji; packaged by LobeHub",
    ),
    Source(
        style="outline",
        package="@iconify-json/fluent-emoji-high-contrast",
        version="1.2.6",
        sha256="0b92d48c90d2200bd499e3cdd09a127ca6a8c8ddefd34c35eb5a1e4994012ae0",
        license="MIT",
        credit="Fluent Emoji (high contrast), Copyright Microsoft Corporation, "
        "https://github.com/microsoft/fluentui-emoji; packaged by Iconify",
    ),
)


def fetch(source: Source, folder: Path) -> Path:
    """Return the archive of `source` in `folder`, downloading it with npm where it is missing."""
    path = folder / source.archive
    if not path.is_file():
        spec = f"{source.package}@{source.version}"
        subprocess.run(
            ["npm", "pack", spec, "--silent", "--pack-destination", str(folder)],
            check=True,
            capture_output=True,
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != source.sha256:
        raise SystemExit(
            f"{path} has SHA-256 {found}, expected {source.sha256}. Delete it and run again."
        )
    return path


def read_members(archive: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return name -> bytes of the wanted files of a .tgz, in one pass."""
    with tarfile.open(archive, "r|gz") as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile() and wanted(m.name)}


def resize(data: bytes) -> Image.Image:
    """Decode a picture and scale it to SIZE with Lanczos.

    Pillow multiplies color by alpha before it filters RGBA, so edges pick up no color
    from transparent pixels.
    """
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    return image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def render_datasource(archive: Path, concepts: list[Concept]) -> dict[str, Image.Image]:
    """Read the 64 px PNGs of an emoji-datasource package: code point -> picture."""
    members = read_members(archive, lambda name: "/64/" in name and name.endswith(".png"))
    by_file = {name.rsplit("/", 1)[1]: data for name, data in members.items()}
    return {c.codepoint: resize(by_file[c.image]) for c in concepts if c.image in by_file}


def render_fluent(archive: Path, concepts: list[Concept]) -> dict[str, Image.Image]:
    """Read the 256 px WebP pictures of Fluent 3D; some file names keep "-fe0f"."""
    members = read_members(archive, lambda name: name.endswith(".webp"))
    by_code = {Path(n).stem.removesuffix("-fe0f"): data for n, data in sorted(members.items())}
    return {c.codepoint: resize(by_code[c.codepoint]) for c in concepts if c.codepoint in by_code}


def render_outline(archive: Path, concepts: list[Concept]) -> dict[str, Image.Image]:
    """Rasterize the SVG paths of an Iconify set, black on transparent."""
    import resvg_py

    files = read_members(archive, lambda name: name.endswith(("icons.json", "chars.json")))
    icons = json.loads(files["package/icons.json"])
    chars = json.loads(files["package/chars.json"])
    names = {code.removesuffix("-fe0f"): name for code, name in sorted(chars.items())}
    width, height = icons.get("width", 16), icons.get("height", 16)
    pictures = {}
    for concept in concepts:
        icon = icons["icons"].get(names.get(concept.codepoint, ""))
        if icon is None:
            continue
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" color="black" '
            f'viewBox="0 0 {icon.get("width", width)} {icon.get("height", height)}">'
            f"{icon['body']}</svg>"
        )
        png = resvg_py.svg_to_bytes(svg_string=svg, width=SIZE, height=SIZE)
        pictures[concept.codepoint] = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    return pictures


RENDER = {
    "twemoji": render_datasource,
    "noto": render_datasource,
    "fluent": render_fluent,
    "outline": render_outline,
}


def encode(image: Image.Image) -> bytes:
    """Return a small PNG that holds exactly these pixels and stays RGBA."""
    import oxipng

    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return oxipng.optimize_from_memory(
        buffer.getvalue(),
        level=3,
        strip=oxipng.StripChunks.all(),
        bit_depth_reduction=False,
        color_type_reduction=False,
        palette_reduction=False,
        grayscale_reduction=False,
    )


def write(path: Path, data: bytes) -> str:
    """Write `data` and return its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def concepts_csv(concepts: list[Concept]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["codepoint", "class", "name"])
    writer.writerows([c.codepoint, c.label, c.name] for c in concepts)
    return text.getvalue().encode()


def build(archives: dict[str, Path], out: Path) -> dict:
    """Write pictures, `concepts.csv` and `manifest.json` to `out`; return the manifest.

    Args:
        archives: Style name -> .tgz of its npm package, for all of SOURCES.
        out: Target folder. Pictures of an earlier build are removed first.
    """
    catalog = json.loads(read_members(archives["noto"], lambda name: name == CATALOG)[CATALOG])
    candidates = list_concepts(catalog)
    pictures = {s.style: RENDER[s.style](archives[s.style], candidates) for s in SOURCES}
    concepts = [c for c in candidates if all(c.codepoint in p for p in pictures.values())]
    for old in sorted(out.glob("*/*/*.png")):
        old.unlink()
    manifest: dict = {"size": SIZE, "n_bytes": 0, "classes": {}, "files": {}, "styles": {}}
    manifest["classes"] = dict(sorted(Counter(c.label for c in concepts).items()))
    manifest["files"]["concepts.csv"] = write(out / "concepts.csv", concepts_csv(concepts))
    for source in SOURCES:
        files = {}
        for c in concepts:
            name = f"{source.style}/{c.label}/{c.codepoint}.png"
            data = encode(pictures[source.style][c.codepoint])
            files[name] = write(out / name, data)
            manifest["n_bytes"] += len(data)
        manifest["styles"][source.style] = {
            "package": source.package,
            "version": source.version,
            "archive_sha256": source.sha256,
            "license": source.license,
            "credit": source.credit,
            "files": files,
        }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("data/emoji"))
    parser.add_argument("--source-dir", type=Path, default=Path("build/sources"))
    args = parser.parse_args()
    args.source_dir.mkdir(parents=True, exist_ok=True)
    manifest = build({s.style: fetch(s, args.source_dir) for s in SOURCES}, args.out)
    sha256 = hashlib.sha256((args.out / "manifest.json").read_bytes()).hexdigest()
    print(f"classes: {manifest['classes']}, {sum(manifest['classes'].values())} concepts")
    print(f"bytes of pictures: {manifest['n_bytes']:,}; manifest sha256: {sha256}")


if __name__ == "__main__":
    main()
