import gc
import json
import sys
import weakref

import numpy as np
import pytest

from tlcourse.datasets import split
from tlcourse.datasets.images import at_size
from tlcourse.errors import CourseError, DataError, SealError
from tlcourse.finetuning import FreezePlan, cache_trunk, finetune
from tlcourse.heads import fit_head
from tlcourse.regularization import L2SP, Augmentation, EarlyStopping

HEAD_ONLY = FreezePlan(None)


def kernels(network):
    return {x.name: x.kernel.numpy() for x in network.model.layers if x.weights}


def moved_layers(before, after):
    old, new = kernels(before), kernels(after)
    return {name for name in old if not np.array_equal(old[name], new[name])}


@pytest.fixture(scope="module")
def tuned(vgg, few_emoji, trunk):
    """One ordinary run: its split, its result, and the calls it made."""
    parts, calls = split(few_emoji), []
    result = finetune(
        vgg, parts, trunk=trunk, epochs=2, on_epoch=lambda done, of: calls.append((done, of))
    )
    return parts, result, calls


def test_a_run_reports_what_it_did(vgg, tuned):
    parts, result, calls = tuned
    assert calls == [(1, 2), (2, 2)]
    assert [set(h) for h in result.history] == [
        {"loss", "accuracy", "val_loss", "val_accuracy"}
    ] * 2
    assert result.history[-1]["val_accuracy"] == pytest.approx(result.accuracy)
    assert result.n_train == len(parts.train)
    assert result.cost.trained_parameters == 7_079_424 + 1280 * 8 + 8
    assert result.cost.seconds > 0
    lines = {line["layer"]: line for line in result.details["layers"]}
    assert set(lines) == {f"block5_conv{i}" for i in (1, 2, 3)} | {"class_probabilities"}
    assert all(line["moved"] > 0 for line in lines.values())
    assert moved_layers(vgg, result.model.backbone) == {f"block5_conv{i}" for i in (1, 2, 3)}
    json.loads(result.to_json())


def test_the_model_answers_for_pictures_as_it_did_for_the_trunk(tuned):
    parts, result, _ = tuned
    rows = parts.validation
    answers = result.model.predict_proba(parts.dataset.images[rows])
    assert tuple(answers.argmax(1)) == result.predictions
    np.testing.assert_allclose(answers.max(1), result.confidence, atol=1e-4)
    labels = parts.dataset.labels[rows]
    surprise = -np.log(answers[np.arange(len(rows)), labels]).mean()
    assert result.history[-1]["val_loss"] == pytest.approx(surprise, rel=1e-3)
    assert result.model.features(parts.dataset.images[rows[:3]]).shape == (3, 1280)


def test_without_a_step_the_network_is_the_probe(vgg, small, trunk):
    """A rate of nearly zero: the answers are those of a head fitted on the frozen features."""
    result = finetune(vgg, small, trunk=trunk, epochs=1, learning_rate=1e-12)
    pictures = np.asarray(at_size(small.dataset.images, vgg.image_size))
    pooled = vgg.pooled(pictures, at=result.model.at)
    features = np.concatenate([pooled[cut] for cut in result.model.at], axis=1)
    labels, groups = (a[small.train] for a in (small.dataset.labels, small.dataset.groups))
    probe = fit_head(features[small.train], labels, groups=groups)
    answers = probe.predict_proba(features[small.validation])
    np.testing.assert_allclose(answers.max(1), result.confidence, atol=2e-3)


def test_a_head_that_starts_from_zero_learns(vgg, small, trunk):
    plan = FreezePlan(None, head_first=False)
    options = {"learning_rate": 1e-2, "epochs": 6, "part": "train", "at": "block5_pool"}
    result = finetune(vgg, small, plan=plan, **options)
    assert result.accuracy > 0.9
    assert result.details["layers"][-1]["moved"] is None


def test_only_the_head_trains_when_the_plan_says_so(vgg, small):
    result = finetune(vgg, small, plan=HEAD_ONLY, epochs=1, at=("block3_pool", "block4_pool"))
    assert moved_layers(vgg, result.model.backbone) == set()
    assert result.cost.trained_parameters == (256 + 512) * 8 + 8
    with pytest.raises(CourseError, match="CutMix"):
        finetune(vgg, small, plan=HEAD_ONLY, epochs=1, cutmix=1.0)


def test_everything_trains_from_the_first_block_with_smaller_steps_below(vgg, small):
    plan = FreezePlan("block1", decay=0.1)
    result = finetune(vgg, small, plan=plan, epochs=1, batch_size=16, at="block5_pool")
    moved = {line["layer"]: line["moved"] for line in result.details["layers"]}
    assert len(moved_layers(vgg, result.model.backbone)) == 13
    assert moved["block5_conv1"] > 10 * moved["block3_conv1"] > 0
    assert result.details["trunk"] == "nothing is frozen, so there is nothing to cache"


def test_live_augmentation_trains_only_what_the_plan_says(vgg, small, monkeypatch):
    seen = []
    original = Augmentation.apply
    monkeypatch.setattr(
        Augmentation,
        "apply",
        lambda self, pictures, seed: seen.append(len(pictures)) or original(self, pictures, seed),
    )
    result = finetune(vgg, small, epochs=1, augmentation=Augmentation(), at="block5_pool")
    assert moved_layers(vgg, result.model.backbone) == {f"block5_conv{i}" for i in (1, 2, 3)}
    assert result.details["trunk"].startswith("not cached")
    # Validation is never changed: only batches of the training part were.
    assert max(seen) <= 32
    plain = result.model.predict_proba(small.dataset.images[small.validation])
    assert tuple(plain.argmax(1)) == result.predictions


def test_a_plan_whose_layers_would_never_move_is_refused(vgg, small):
    for augmentation in (None, Augmentation()):
        with pytest.raises(CourseError, match="would never move"):
            finetune(vgg, small, at="block4_pool", augmentation=augmentation)


def test_views_are_for_training_alone(vgg, small):
    options = {"augmentation": Augmentation(), "augment_views": 1, "at": "block5_pool"}
    result = finetune(vgg, small, epochs=1, **options)
    assert "2 views of each picture" in result.details["trunk"]
    answers = result.model.predict_proba(small.dataset.images[small.validation])
    assert tuple(answers.argmax(1)) == result.predictions


def test_every_remedy_at_once(vgg, small, trunk):
    result = finetune(
        vgg,
        small,
        trunk=trunk,
        epochs=2,
        batch_size=16,
        mixup=0.2,
        cutmix=1.0,
        label_smoothing=0.1,
        dropout=0.3,
        weight_decay=0.01,
        l2_sp=L2SP(),
        early_stopping=EarlyStopping(patience=1),
        head_learning_rate=1e-3,
        schedule="slanted_triangular",
    )
    assert np.isfinite([h["loss"] for h in result.history]).all()
    assert result.details["l2_sp"] == {"alpha": 0.1, "beta": 0.01}
    assert result.details["layers"][-1]["learning_rate"] == 1e-3


def test_the_test_part_is_opened_once(vgg, small):
    options = {"plan": HEAD_ONLY, "epochs": 1, "at": "block4_pool", "part": "test"}
    first = finetune(vgg, small, **options)
    assert (first.part, first.n, small.times_opened) == ("test", small.n_test, 1)
    with pytest.raises(SealError):
        finetune(vgg, small, seed=1, **options)


def test_test_pictures_outside_the_trunk_are_run_then(vgg, small, few_emoji):
    options = {"plan": HEAD_ONLY, "at": "block4_pool", "epochs": 1, "part": "test"}
    result = finetune(vgg, small, **options)  # its trunk holds train and validation alone
    everything = cache_trunk(vgg, few_emoji, plan=HEAD_ONLY, at="block4_pool")
    whole = finetune(vgg, split(few_emoji), trunk=everything, **options)
    assert result.predictions == whole.predictions


def test_few_labels_must_be_training_rows(vgg, small):
    with pytest.raises(DataError, match="not a training row"):
        finetune(vgg, small, train=small.validation)
    with pytest.raises(DataError, match="no rows"):
        finetune(vgg, small, train=np.array([], int))


def test_two_pictures_are_enough(vgg, small, trunk):
    labels = small.dataset.labels[small.train]
    two = [small.train[np.flatnonzero(labels == c)[0]] for c in (0, 1)]
    result = finetune(vgg, small, trunk=trunk, epochs=1, train=two)
    assert result.n_train == 2
    assert np.isfinite(result.confidence).all()


def test_a_split_without_validation(vgg, few_emoji):
    parts = split(few_emoji, validation=0)
    result = finetune(vgg, parts, plan=HEAD_ONLY, epochs=1, part="train")
    assert set(result.history[0]) == {"loss", "accuracy"}
    with pytest.raises(DataError, match="Measuring validation"):
        finetune(vgg, parts)
    with pytest.raises(DataError, match="Early stopping"):
        finetune(vgg, parts, part="train", early_stopping=EarlyStopping())


def test_a_rate_that_is_too_high_is_named(vgg, small, trunk):
    with pytest.raises(CourseError, match="no longer finite"):
        finetune(vgg, small, trunk=trunk, epochs=3, learning_rate=1e12, schedule="constant")


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"dropout": 1.0},
        {"label_smoothing": -0.1},
        {"batch_size": 0},
        {"weight_decay": -1.0},
        {"augment_views": 2},
        {"schedule": "none"},
        {"mixup": -1.0},
        {"at": "block6_pool"},
        {"part": "all"},
    ],
)
def test_impossible_options_are_refused_before_any_work(vgg, small, wrong, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("work was done")

    monkeypatch.setattr(sys.modules["tlcourse.finetuning.finetune"], "prepare", never)
    with pytest.raises(CourseError):
        finetune(vgg, small, **wrong)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_trains_float32_weights(few_emoji, precision):
    from tlcourse.backbones import backbone

    half = backbone(image_size=32, precision=precision, weights="embedded")
    parts = split(few_emoji)
    result = finetune(half, parts, epochs=2, part="train", batch_size=16)
    assert result.accuracy > 0.9
    assert all(line["moved"] > 1e-4 for line in result.details["layers"])
    assert half.model.get_layer("block5_conv1").kernel.dtype == "float32"


def test_many_runs_in_one_process_leave_nothing_behind(vgg, small):
    import keras

    options = {"plan": HEAD_ONLY, "at": "block4_pool", "epochs": 1}
    alive = []
    for i in range(3):
        result = finetune(vgg, small, seed=i, **options)
        alive.append(weakref.ref(result.model.backbone.model))
    del result
    keras.backend.clear_session()  # must not hurt what comes next
    finetune(vgg, small, **options)
    gc.collect()
    assert [ref() for ref in alive] == [None] * 3
