"""Every way of the chapter on real recordings, measured here or read from a record.

`tools/record_chapter09.py` makes the record, so that a room without the recordings sees what
they would say, and sees that it was measured elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError
from tlcourse.recipes.chapter09_fsdd import linear, one_take_each, small_network, speaker_scores
from tlcourse.recipes.chapter09_voices import Difference, VoiceScores
from tlcourse.speech.network import features_of, speech_network
from tlcourse.speech.pictures import as_pictures
from tlcourse.speech.training import compiled
from tlcourse.speech.vgg_features import picture_features

if TYPE_CHECKING:
    import keras

FILE = Path(__file__).with_name("recorded_chapter09.json")
PLACES = (("block5_pool", "both"), ("block3_pool", "time"))
RAW, AVERAGED, KEPT = "raw log-mel", "VGG16 block 5, averaged", "VGG16 block 3, time forgotten"
SCRATCH = "small network from scratch"


@dataclass(frozen=True)
class RealRows:
    """What each way reached on the real recordings.

    Args:
        naive: Random split, all takes: name -> (estimate, low, high).
        honest: Speakers apart, all takes.
        few: Speakers apart, one take of each digit and speaker labeled.
        verdicts: Sentences of the comparisons, by the rows "all" and "few".
        by_speaker: Name -> speaker -> accuracy, all takes.
        made: How and where it was measured.
    """

    naive: dict[str, tuple[float, float, float]]
    honest: dict[str, tuple[float, float, float]]
    few: dict[str, tuple[float, float, float]]
    verdicts: dict[str, list[str]]
    by_speaker: dict[str, dict[str, float]]
    made: dict[str, Any]


def real_rows(
    data: Dataset,
    spectrograms: np.ndarray,
    network: Backbone,
    sources: Mapping[str, keras.Model],
    *,
    steps: int = 80,
    made: Mapping[str, Any] | None = None,
) -> RealRows:
    """Measure every way on real recordings, each speaker held out in turn.

    Args:
        data: The recordings.
        spectrograms: Theirs, float32 (n, 48, 96).
        network: VGG16 at 96 px.
        sources: Pretrained small networks, by name ("clean words").
        steps: Batches of 32 for whatever trains a whole network.
        made: Where and how this was run.

    Cost: 10 ms for each recording, and 4 s for each speaker, source and network trained.
    """
    seen = picture_features(network, as_pictures(spectrograms), PLACES)
    fixed = {RAW: spectrograms.reshape(len(data), -1), AVERAGED: seen[PLACES[0]]}
    fixed[KEPT] = seen[PLACES[1]]
    naive = {k: speaker_scores(k, data, linear(x, data.labels), grouped=False)
             for k, x in fixed.items()}  # fmt: skip
    for name, model in sources.items():
        fixed[f"{name}, probe"] = features_of(model, spectrograms)
    labeled = one_take_each(data)
    honest = {k: speaker_scores(k, data, linear(x, data.labels)) for k, x in fixed.items()}
    few = {
        k: speaker_scores(k, data, linear(x, data.labels), labeled=labeled)
        for k, x in fixed.items()
    }
    work = compiled(speech_network(10))
    trained = {f"{name}, fine-tuned": model for name, model in sources.items()}
    for name, source in {**trained, SCRATCH: None}.items():
        fit = small_network([spectrograms], data.labels, work, source=source, steps=steps)
        few[name] = speaker_scores(name, data, fit, labeled=labeled)
    verdicts = {"all": _against_raw(honest), "few": _against_raw(few)}
    best = max((s for k, s in few.items() if k != KEPT), key=lambda s: s.estimate)
    verdicts["few"].append(best.minus(few[KEPT]).verdict)
    return RealRows(
        *({k: _triple(s) for k, s in rows.items()} for rows in (naive, honest, few)),
        verdicts=verdicts,
        by_speaker={k: s.by_voice() for k, s in honest.items()},
        made=dict(made or {"where": "this computer, just now"}),
    )


def recorded_rows(path: Path | None = None) -> RealRows:
    """Read the record that ships with the course.

    Raises:
        DataError: If the file is missing or is not what the tool writes.
    """
    path = path or FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        triples = {
            part: {k: tuple(map(float, v)) for k, v in content[part].items()}
            for part in ("naive", "honest", "few")
        }
        rest = {part: content[part] for part in ("verdicts", "by_speaker", "made")}
        return RealRows(**triples, **rest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"The recorded results in {path} cannot be read ({type(error).__name__}). Restore the "
            f"file with git, or make it again with tools/record_chapter09.py."
        ) from error


def _against_raw(rows: Mapping[str, VoiceScores]) -> list[str]:
    found: list[Difference] = [s.minus(rows[RAW]) for k, s in rows.items() if k != RAW]
    return [difference.verdict for difference in found]


def _triple(scores: VoiceScores) -> tuple[float, float, float]:
    return scores.estimate, scores.low, scores.high
