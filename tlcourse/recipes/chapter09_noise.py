"""How heads trained in quiet and in noise fare in quiet and in noise, for several floors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.recipes.chapter09_voices import Study, VoiceScores, probe
from tlcourse.speech.log_mel import FLOOR, log_mel
from tlcourse.speech.noise import LADDER, hear
from tlcourse.speech.pictures import as_pictures
from tlcourse.speech.vgg_features import picture_features

PLACE = ("block3_pool", "time")
IN_QUIET, IN_NOISE = "trained in quiet", "trained in noise too"


@dataclass(frozen=True, eq=False)
class Sinking:
    """Held-out clips on every rung of the ladder of noise, and what two kinds of head say.

    Args:
        rungs: Names of the conditions, from clean to loud.
        floors: Floors of the spectrogram, dB.
        scores: (kind of head, floor, rung) -> scores. Heads trained in noise too exist for
            the lowest floor only.
        names: A few clips for display, "seven, en-us+whisper".
        digits: Their digits.
        sounds: float32 (rungs, clips, samples).
        spectrograms: float32 (rungs, clips, 48, 96), at the lowest floor.
        probabilities: Keys as in `scores`; float (clips, 10), of the first draw.
    """

    rungs: tuple[str, ...]
    floors: tuple[float, ...]
    scores: dict[tuple[str, float, str], VoiceScores]
    names: tuple[str, ...]
    digits: np.ndarray
    sounds: np.ndarray
    spectrograms: np.ndarray
    probabilities: dict[tuple[str, float, str], np.ndarray]

    def picture(self, rung: str, clip: int, floor: float) -> np.ndarray:
        """Return one spectrogram at another floor, float (48, 96) in [0, 1]."""
        deep = self.spectrograms[self.rungs.index(rung), clip]
        return np.maximum(0, 1 + (deep - 1) * self.floors[0] / floor)


def sink(
    network: Backbone,
    voices: Sequence[str],
    study: Study,
    *,
    rungs: Sequence[str],
    floors: Sequence[float],
    learn_in: Sequence[str],
    shown: int = 10,
    seed: int = 0,
) -> Sinking:
    """Train heads on clean clips at each floor, and on all of `learn_in` at the lowest floor.

    Args:
        network: VGG16 at 96 px.
        voices: Voices of the study, in the order of the data set it was made from.
        study: Who is learned from, and who is tested.
        rungs: Names from `LADDER` to test on.
        floors: Floors in dB; the first is the lowest.
        learn_in: Rungs whose clips the second head learns from.
        shown: Clips kept for display, one of each digit first.
        seed: Seed of the conditions.

    Cost: 9 ms for each clip that the network has not seen before.
    """
    heard = {rung: _of_voices(hear("target", LADDER[rung], seed=seed)[0], voices)
             for rung in dict.fromkeys([*rungs, *learn_in])}  # fmt: skip
    learned = np.unique(np.concatenate(study.draws))

    def features(rung: str, floor: float, rows: np.ndarray) -> np.ndarray:
        pictures = as_pictures(log_mel(heard[rung].images[rows], floor=floor))
        full = np.zeros((len(study.labels), 12 * 256), np.float32)
        full[rows] = picture_features(network, pictures, [PLACE])[PLACE]
        return full

    lowest = floors[0]
    clean = {floor: [features("clean", floor, learned)] for floor in floors}
    noisy = [clean[lowest][0] if r == "clean" else features(r, lowest, learned) for r in learn_in]
    tests = {(f, r): features(r, f, study.test) for f in floors for r in rungs}
    heads = {(IN_QUIET, floor): _heads(seen, study) for floor, seen in clean.items()}
    heads[IN_NOISE, lowest] = _heads(noisy, study)
    picked = _one_of_each(study, shown, seed)
    scores, probabilities = {}, {}
    for (kind, floor), fitted in heads.items():
        for rung in rungs:
            test = tests[floor, rung]
            answers = [head.predict(test[study.test]) for head in fitted]
            scores[kind, floor, rung] = study.score(f"{kind} (floor {floor:g} dB)", answers)
            probabilities[kind, floor, rung] = fitted[0].predict_proba(test[picked])
    first = heard[rungs[0]]
    return Sinking(
        rungs=tuple(rungs),
        floors=tuple(floors),
        scores=scores,
        names=tuple(f"{first.class_names[study.labels[i]]}, {study.voices[i]}" for i in picked),
        digits=study.labels[picked],
        sounds=np.stack([heard[r].images[picked] for r in rungs]),
        spectrograms=np.stack([log_mel(heard[r].images[picked], floor=lowest) for r in rungs]),
        probabilities=probabilities,
    )


def _of_voices(data: Dataset, voices: Sequence[str]) -> Dataset:
    return data.subset(np.flatnonzero(np.isin(data.groups, np.unique(voices))))


def _heads(seen: Sequence[np.ndarray], study: Study) -> list:
    """Fit a head on each draw, with every view of its clips."""
    return [
        probe(np.concatenate([f[rows] for f in seen]), np.tile(study.labels[rows], len(seen)))
        for rows in study.draws
    ]


def _one_of_each(study: Study, shown: int, seed: int) -> np.ndarray:
    """Pick test clips for display, going round the digits."""
    rows = np.random.default_rng(seed).permutation(study.test)
    turn = np.array([np.sum(study.labels[rows[:i]] == study.labels[r]) for i, r in enumerate(rows)])
    order = np.lexsort((study.labels[rows], turn))
    return rows[order[:shown]]


__all__ = ["FLOOR", "IN_NOISE", "IN_QUIET", "PLACE", "Sinking", "sink"]
