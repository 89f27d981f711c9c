# ruff: noqa: T201, S603
"""Install the course from this folder, without network.

    python3 install.py                     into the folder "transfer-learning" here
    python3 install.py ~/course            into another folder
    python3 install.py --use-installed     use the packages that this Python has already

Checks every file first. If it is interrupted, call it again: it goes on. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


class RefusalError(Exception):
    """Something is not as it should be; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", type=Path, default=Path("transfer-learning"))
    parser.add_argument(
        "--use-installed", action="store_true", help="see the packages this Python has already"
    )
    options = parser.parse_args(arguments)
    try:
        about = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
        check_machine(about, use_installed=options.use_installed)
        check_files()
        target = options.target.expanduser().absolute()
        install(target, use_installed=options.use_installed)
    except RefusalError as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Error: the system refused a file operation ({error}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on from here.", file=sys.stderr)
        return 130
    there, start = quoted(target), quoted(programs(target) / "tlcourse")
    print(f"Installed. Open the chapters:\n\n    cd {there}\n    {start} lab\n")
    return 0


def check_machine(about: dict, *, use_installed: bool) -> None:
    """Refuse a machine that the packages do not fit, before anything is written."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if about["packages"]:
        made = (about["system"], about["machine"], about["python"])
        found = (platform.system(), platform.machine(), here)
        least = about["python_at_least"]
        if made != found or sys.version_info[:3] < tuple(map(int, least.split("."))):
            raise RefusalError(
                f"this folder is for {' '.join(made[:2])} with Python {made[2]}, {least} or later, "
                f"and this is {' '.join(found[:2])} with Python {platform.python_version()}. Start "
                f"the script with such a Python, or make a folder on a machine like this one."
            )
    elif not use_installed:
        raise RefusalError(
            "this folder holds the course alone, for machines that have TensorFlow and the other "
            "packages already. Call it with --use-installed and the Python that has them."
        )


def check_files() -> None:
    """Compare every file with its checksum."""
    print("Comparing files with their checksums ...", flush=True)
    lines = (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    for line in lines:
        known, name = line.split("  ", 1)
        path = HERE / name
        if not path.is_file():
            raise RefusalError(f"{name} is missing. Copy the whole folder again.")
        if digest(path) != known:
            raise RefusalError(f"{name} is damaged. Copy the whole folder again.")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def install(target: Path, *, use_installed: bool) -> None:
    """Make the environment and install into it from the wheels here."""
    folder = target / ".venv"
    python = programs(target) / ("python.exe" if os.name == "nt" else "python")
    if not python.exists():
        print(f"Making {folder} ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        try:
            venv.create(folder, with_pip=True, system_site_packages=use_installed)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RefusalError(
                "this Python cannot make environments with pip (on Debian and Ubuntu the package "
                "python3-venv is missing). Install it, or use another Python."
            ) from error
    print("Installing (a minute or two) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-index", "--find-links", str(HERE / "wheels"), "tlcourse"]
    if subprocess.run(pip, check=False).returncode:
        raise RefusalError("pip could not install the packages; its own message stands above.")


def programs(target: Path) -> Path:
    """Return the folder of the environment's programs."""
    return target / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def quoted(path: Path) -> str:
    """Return a path as one types it in a terminal, also where it has spaces."""
    return f'"{path}"' if os.name == "nt" else shlex.quote(str(path))


if __name__ == "__main__":
    sys.exit(main())
