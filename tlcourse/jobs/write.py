"""Put a finished fit on disk: model, numbers, report and card."""

from __future__ import annotations

import json
from pathlib import Path

from tlcourse.checksum import sha256_file
from tlcourse.jobs.fit import Fitted
from tlcourse.jobs.report import model_card, report_html
from tlcourse.jobs.run_folder import CARD, MODEL, REPORT, RESULT


def write_run(fitted: Fitted, folder: Path) -> None:
    """Write the four files of a run into an existing folder.

    Args:
        fitted: What was fitted and measured.
        folder: Usually the scratch folder of `tlcourse.jobs.run_folder.new_run`.
    """
    fitted.model.save(folder / MODEL)
    facts = fitted.result.to_dict() | {"model_sha256": sha256_file(folder / MODEL)}
    text = json.dumps(facts, indent=1, allow_nan=False, ensure_ascii=False)
    (folder / RESULT).write_text(text, "utf-8")
    (folder / REPORT).write_text(report_html(fitted), "utf-8")
    (folder / CARD).write_text(model_card(fitted), "utf-8")
