"""Speech with unseen speakers: which start is worth what, on real and on hard synthetic digits.

Two targets. Real: FSDD, the first 12 recordings of each digit and speaker, six folds that each
leave one speaker out. Hard: the embedded digits in a room at 10 dB, eight voices held out, five
draws of six voices to learn from. Two sources: VGG16 (ImageNet), and a small network pretrained
here on 32 synthetic words, in quiet or in quiet and noise. What is trained on real recordings
also hears them at four other speeds. Nothing is tuned on tested speakers: steps, rates and
strengths are the course's, fixed beforehand.

Intervals are two-way bootstraps over draws and speakers: the speaker is the unit.

    TLCOURSE_MIRROR=folder python bench/speech.py     writes bench/speech.json, about 6 minutes
    python bench/speech.py --quick                    a minute, for the test; no meaning
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine

RAW = "raw log-mel"
VGG = "VGG16 block 3, time forgotten, probe"
PLACE = ("block3_pool", "time")
SOURCES = ("noisy words", "clean words")


@dataclass(frozen=True)
class Size:
    """How much work a run is."""

    takes: int = 12
    pretraining_steps: int = 500
    real_steps: int = 200
    hard_steps: int = 80
    draws: int = 5
    sources: tuple[str, ...] = SOURCES


QUICK = Size(
    takes=1, pretraining_steps=3, real_steps=2, hard_steps=2, draws=2, sources=("noisy words",)
)


def rows_of(scores: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row for each way: accuracy, interval, by speaker, and against raw log-mel."""
    rows = []
    for name, found in scores.items():
        row = {
            "way": name,
            "accuracy": round(found.estimate, 4),
            "interval": [round(found.low, 4), round(found.high, 4)],
            "by_speaker": {k: round(v, 4) for k, v in found.by_voice().items()},
        }
        if name != RAW:
            gain = found.minus(scores[RAW])
            row["gain_over_raw"] = round(gain.difference, 4)
            row["gain_interval"] = [round(gain.low, 4), round(gain.high, 4)]
        rows.append(row)
        words = f"{gain.difference:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]" if name != RAW else ""
        print(f"  {name:40s} {found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}] {words}")
    return rows


def real(size: Size, network: Any, words: dict[str, Any]) -> dict[str, Any] | None:
    """Measure on real recordings, or return None where there are none."""
    from tlcourse import speech
    from tlcourse.recipes import chapter09_fsdd as fsdd
    from tlcourse.speech.training import compiled

    found = fsdd.recordings(size.takes)
    if found is None:
        print(fsdd.HOW_TO_GET)
        return None
    data, own = found
    views = [own, *fsdd.at_other_speeds(data)]
    vgg = speech.picture_features(network, speech.as_pictures(own), [PLACE])[PLACE]
    fits = {RAW: fsdd.linear(own.reshape(len(own), -1), data.labels)}
    fits[VGG] = fsdd.linear(vgg, data.labels)
    work = compiled(speech.speech_network(10))
    for name, source in words.items():
        read = speech.features_of(source.model, own)
        fits[f"{name}, probe"] = fsdd.linear(read, data.labels)
        fits[f"{name}, fine-tuned"] = fsdd.small_network(
            views, data.labels, work, source=source.model, steps=size.real_steps
        )
    fits["from scratch"] = fsdd.small_network(views, data.labels, work, steps=size.real_steps)
    print(f"FSDD, {len(data)} recordings, one speaker left out")
    scores = {name: fsdd.speaker_scores(name, data, fit) for name, fit in fits.items()}
    naive = fsdd.speaker_scores(RAW, data, fits[RAW], grouped=False)
    gains = {
        name: scores[name].minus(scores["from scratch"]).verdict
        for name in scores
        if name.endswith("fine-tuned")
    }
    print(*gains.values(), sep="\n")
    return {
        "recordings": len(data),
        "rows": rows_of(scores),
        "raw_with_random_folds": round(naive.estimate, 4),
        "pretraining_against_scratch": gains,
    }


def hard(size: Size, network: Any, words: dict[str, Any]) -> dict[str, Any]:
    """Measure on the embedded digits in a room at 10 dB."""
    from tlcourse import speech
    from tlcourse.recipes.chapter09_networks import network_scores
    from tlcourse.recipes.chapter09_voices import probe_scores, voice_study
    from tlcourse.speech.noise import LADDER, hear
    from tlcourse.speech.training import compiled

    data, heard = hear("target", LADDER["10 dB"])
    study = voice_study(data, learn_from=6, draws=size.draws)
    vgg = speech.picture_features(network, speech.as_pictures(heard), [PLACE])[PLACE]
    scores = {
        RAW: probe_scores(RAW, heard.reshape(len(heard), -1), study),
        VGG: probe_scores(VGG, vgg, study),
    }
    work = compiled(speech.speech_network(10))
    for name, source in words.items():
        read = speech.features_of(source.model, heard)
        scores[f"{name}, probe"] = probe_scores(f"{name}, probe", read, study)
        scores[f"{name}, fine-tuned"] = network_scores(
            f"{name}, fine-tuned", heard, study, work, source=source.model, steps=size.hard_steps
        )
    scores["from scratch"] = network_scores(
        "from scratch", heard, study, work, steps=size.hard_steps
    )
    print(f"hard target, {len(study.draws[0])} labels, {size.draws} draws")
    return {"labels": len(study.draws[0]), "rows": rows_of(scores)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few recordings, draws and steps")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "speech.json")
    options = parser.parse_args()

    import tlcourse as tl
    from tlcourse.recipes.chapter09_networks import pretrain

    tl.seed_everything(0)
    size = QUICK if options.quick else Size()
    started = time.perf_counter()
    words = {name: pretrain(name, steps=size.pretraining_steps) for name in size.sources}
    network = tl.backbone(image_size=96)
    result = {
        "quick": options.quick,
        **asdict(size),
        "intervals": "95 %, two-way bootstrap over draws and speakers",
        "pretraining": {
            name: {"held_out_voices": round(w.held_out, 4), "seconds": round(w.seconds, 1)}
            for name, w in words.items()
        },
        "hard": hard(size, network, words),
        "real": real(size, network, words),
    }
    result["best"] = {
        target: max(result[target]["rows"], key=lambda row: row["accuracy"])["way"]
        for target in ("hard", "real")
        if result[target]
    }
    result["seconds"] = round(time.perf_counter() - started, 1)
    result["machine"] = machine()
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"best: {result['best']}; {np.round(result['seconds'] / 60, 1)} minutes")


if __name__ == "__main__":
    main()
