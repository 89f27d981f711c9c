"""Use a finished run: classify picture files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.checksum import sha256_file
from tlcourse.datasets.images import read_image
from tlcourse.errors import CourseError, DataError
from tlcourse.export import load_model
from tlcourse.jobs.run_folder import MODEL, RESULT


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    Args:
        path: The file.
        label: Most probable class; None if the file could not be used.
        probability: Its probability.
        probabilities: Probability of each class.
        error: Why the file could not be used, or "".
    """

    path: str
    label: str | None
    probability: float
    probabilities: dict[str, float]
    error: str = ""


def predict(run: str | Path, paths: list[str]) -> list[Prediction]:
    """Classify picture files with the model of a run.

    Args:
        run: A folder that `tlcourse fit` wrote.
        paths: Picture files; unusable ones give a prediction with an error.

    Raises:
        CourseError: If the folder is not a run, or its model is damaged.
    """
    run = Path(run)
    facts = read_run(run)
    names, size = facts["class_names"], facts["details"]["image_size"]
    model = load_model(run / MODEL)
    if model.output_shape != (None, len(names)):
        raise CourseError(
            f"The model {run / MODEL} does not give one number for each of the {len(names)} "
            f"classes in {RESULT}. The files belong to different runs: fit again."
        )
    return [_predict_one(model, names, size, path) for path in paths]


def read_run(run: Path) -> dict[str, Any]:
    """Return the stored result of a run after checking that its model is whole.

    Raises:
        CourseError: If the folder is not a run or a file in it was changed.
    """
    result, model = run / RESULT, run / MODEL
    try:
        is_run = result.is_file() and model.is_file()
    except OSError as error:
        raise CourseError(f"{run} cannot be opened ({error.strerror}). Check the name.") from error
    if not is_run:
        raise CourseError(
            f"{run} is not a run: it has no {RESULT if not result.is_file() else MODEL}. Expected "
            f"a folder that `tlcourse fit FOLDER --out RUN` wrote."
        )
    try:
        facts = json.loads(result.read_text("utf-8"))
        names, size = facts["class_names"], facts["details"]["image_size"]
        wanted = facts["model_sha256"]
        is_whole = all(isinstance(n, str) for n in names) and len(names) > 1 and size in range(2048)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CourseError(f"The file {result} is damaged. Fit the model again.") from error
    if not is_whole:
        raise CourseError(f"The file {result} is damaged. Fit the model again.")
    if sha256_file(model) != wanted:
        raise CourseError(
            f"The model {model} is damaged or was exchanged: its checksum is not the one in "
            f"{RESULT}. Copy it again or fit again."
        )
    return facts


def _predict_one(model: Any, names: list[str], size: int, path: str) -> Prediction:
    try:
        picture = read_image(path, size)
    except DataError as error:
        return Prediction(path, None, 0.0, {}, str(error))
    scores = np.asarray(model.predict_on_batch(picture[None].astype(np.float32)))[0]
    best = int(scores.argmax())
    shares = {name: round(float(p), 6) for name, p in zip(names, scores, strict=True)}
    return Prediction(path, names[best], float(scores[best]), shares)
