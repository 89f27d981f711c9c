"""Look up known vulnerabilities of the packages in requirements.lock; without network, say so.

    python tools/audit_packages.py

Exit status: 0 if none is known or nobody could be asked, 1 if one is known. A vulnerability that
cannot be avoided yet is named in `ACCEPTED`, with the reason.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
# The service that pip-audit asks, with a package that has had a vulnerability.
QUESTION = "https://pypi.org/pypi/pillow/10.2.0/json"
SECONDS = 5
ACCEPTED: dict[str, str] = {}  # identifier -> why it does no harm here


def why_not(question: str = QUESTION) -> str | None:
    """Return why the service cannot be asked; None where it answers as it should."""
    try:
        answer = requests.get(question, timeout=SECONDS)
        if answer.status_code != requests.codes.ok:
            return f"{question} answers with status {answer.status_code}"
        if not answer.json().get("vulnerabilities"):
            return f"{question} knows of no vulnerability, although there is one"
    except ValueError:
        return f"{question} does not answer in JSON"
    except requests.RequestException as error:
        return f"{question} cannot be reached ({type(error).__name__})"
    return None


def command(lock: Path = LOCK) -> list[str]:
    """Return the command line of pip-audit: exactly the locked versions, nothing installed."""
    ignored = [word for name in ACCEPTED for word in ("--ignore-vuln", name)]
    program = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", *ignored]
    return [*program, "--no-deps", "--disable-pip", "--requirement", str(lock)]


def main() -> int:
    """Ask, or say that nobody could be asked."""
    if (reason := why_not()) is not None:
        print(f"Packages were not checked for known vulnerabilities: {reason}.")
        return 0
    return subprocess.run(command(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
