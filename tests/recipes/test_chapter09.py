"""Speech lessons: draws of voices, honest intervals, networks in three roles, noise."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse import recipes
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.spoken import CARD, DIGITS
from tlcourse.errors import DataError
from tlcourse.recipes import chapter09_networks, chapter09_noise, chapter09_vgg
from tlcourse.recipes.chapter09_networks import Pretrained, network_scores, pretrain
from tlcourse.recipes.chapter09_noise import IN_NOISE, IN_QUIET, sink
from tlcourse.recipes.chapter09_voices import (
    VoiceScores,
    fold_scores,
    probe_scores,
    voice_study,
)
from tlcourse.speech import speech_network
from tlcourse.speech.noise import LADDER, hear, many_views
from tlcourse.speech.training import compiled

VOICES = np.repeat([f"v{i:02d}" for i in range(12)], 20)
LABELS = np.tile(np.arange(20) % 10, 12)


def clips(rng):
    return Dataset(
        name="made up",
        images=rng.normal(size=(240, 8)).astype(np.float32),
        labels=LABELS,
        class_names=DIGITS,
        groups=VOICES,
        domains=VOICES,
        ids=tuple(map(str, range(240))),
        hashes=tuple(f"{i:064x}" for i in range(240)),
        card=CARD,
    )


@pytest.fixture
def study(rng):
    return voice_study(clips(rng), learn_from=3, draws=4, tested=5, seed=1)


def test_tested_voices_are_fixed_and_never_learned_from(study, rng):
    tested = set(VOICES[study.test])
    assert len(tested) == 5
    for rows in study.draws:
        learned = set(VOICES[rows])
        assert len(learned) == 3
        assert not learned & tested
        assert len(rows) == 60
    assert len({tuple(rows) for rows in study.draws}) > 1
    other = voice_study(clips(rng), learn_from=2, draws=1, tested=5, seed=1)
    assert set(VOICES[other.test]) == tested
    with pytest.raises(DataError, match="more than the"):
        voice_study(clips(rng), learn_from=8, tested=5)


def test_informative_features_score_high_and_noise_scores_chance(study, rng):
    good = np.eye(10)[LABELS] + 0.1 * rng.normal(size=(240, 10))
    bad = rng.normal(size=(240, 10))
    high, low = probe_scores("good", good, study), probe_scores("bad", bad, study)
    assert high.estimate > 0.95
    assert low.estimate < 0.3
    found = high.minus(low)
    assert recipes.decided(found) == "better"
    assert found.verdict.startswith("good is better than bad: +")
    assert recipes.decided(low.minus(high)) == "worse"
    assert "No difference shown" in high.minus(high).verdict


def test_views_learned_from_besides_help_in_their_condition(study, rng):
    clean = np.eye(10)[LABELS] + 0.05 * rng.normal(size=(240, 10))
    shuffled = clean[:, rng.permutation(10)]
    without = probe_scores("clean", clean, study, tested_on=shuffled)
    both = probe_scores("both", clean, study, tested_on=shuffled, also=[shuffled])
    assert both.estimate > without.estimate + 0.2


def test_the_interval_is_over_voices_not_clips():
    voices = np.repeat(list("abcdef"), 50)
    hits = np.isin(voices, list("abc"))[None]  # three voices always right, three never
    scores = VoiceScores("x", hits, voices)
    assert scores.high - scores.low > 0.5
    assert scores.by_voice()["a"] == 1
    assert scores.by_voice()["f"] == 0
    with pytest.raises(DataError, match="same draws"):
        scores.minus(VoiceScores("y", hits[:, :10], voices[:10]))


def test_random_folds_let_voices_leak_and_grouped_folds_do_not(rng):
    # Each voice has its own code for the digits: only memory of the voice can help.
    features = np.zeros((240, 120))
    for row in range(240):
        voice = int(VOICES[row][1:])
        features[row, 10 * voice + (LABELS[row] + voice) % 10] = 1
    naive = fold_scores("x", features, LABELS, VOICES, grouped=False, repeats=2)
    honest = fold_scores("x", features, LABELS, VOICES, grouped=True, repeats=2)
    assert naive.hits.shape == (2, 240)
    assert naive.estimate > 0.7
    assert honest.estimate < 0.2
    few = fold_scores("x", features, LABELS, VOICES, grouped=True, at_once=4, repeats=2)
    assert few.hits.shape == (2, 240)
    assert few.estimate < 0.2


@pytest.fixture(scope="module")
def heard():
    data, spectrograms = hear("target", LADDER["clean"])
    few = np.flatnonzero(np.isin(data.groups, np.unique(data.groups)[:4]))
    return data.subset(few), spectrograms[few]


def test_a_network_learns_words_and_is_carried_over_unharmed(heard, monkeypatch):
    every = many_views("source", [LADDER["clean"]])
    fewer = tuple(part[::4] for part in every)  # the odd rates of every other word
    monkeypatch.setattr(chapter09_networks, "many_views", lambda *_, **__: fewer)
    taught = pretrain("clean words", steps=3)
    assert isinstance(taught, Pretrained)
    assert taught.n_words == len(set(fewer[1]))
    data, spectrograms = heard
    study = voice_study(data, learn_from=1, draws=2, tested=2)
    work, before = compiled(speech_network(10)), taught.model.get_weights()
    tuned = network_scores("tuned", spectrograms, study, work, source=taught.model, steps=2)
    scratch = network_scores("scratch", spectrograms, study, work, steps=2)
    again = network_scores("scratch", spectrograms, study, work, steps=2)
    assert tuned.hits.shape == scratch.hits.shape == (2, 60)
    np.testing.assert_array_equal(scratch.hits, again.hits)
    for a, b in zip(before, taught.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_noise_and_floors_keep_their_places(heard):
    network = tl.backbone(image_size=96, weights="random", seed=0)
    data, _ = heard
    study = voice_study(data, learn_from=1, draws=2, tested=1)
    small = sink(
        network, data.groups, study, rungs=("clean", "0 dB"), floors=(-60.0, -30.0),
        learn_in=("clean", "0 dB"), shown=3,
    )  # fmt: skip
    assert set(small.scores) == {
        *((IN_QUIET, f, r) for f in (-60.0, -30.0) for r in ("clean", "0 dB")),
        *((IN_NOISE, -60.0, r) for r in ("clean", "0 dB")),
    }
    assert small.sounds.shape[:2] == small.spectrograms.shape[:2] == (2, 3)
    assert len(set(small.digits)) == 3
    for values in small.probabilities.values():
        np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-4)
    loud, quiet = (small.spectrograms[i].mean() for i in (1, 0))
    assert loud > quiet


def test_tuning_starts_at_the_probe_and_leaves_the_network(heard):
    network = tl.backbone(image_size=96, weights="random", seed=0)
    data, spectrograms = heard
    pictures = tl.speech.as_pictures(spectrograms)
    place = chapter09_noise.PLACE
    features = tl.speech.picture_features(network, pictures, [place])[place]
    study = voice_study(data, learn_from=1, draws=1, tested=1)
    still = chapter09_vgg.tuned_scores(
        "tuned", network, pictures, features, study, steps=1, rate=0.0
    )
    assert np.mean(still.hits == probe_scores("probe", features, study).hits) > 0.9
