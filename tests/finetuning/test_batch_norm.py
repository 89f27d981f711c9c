"""BatchNorm in fine-tuning: frozen by default, live when the plan says so, and exact in both."""

import numpy as np
import pytest

from tlcourse.audit import compare, snapshot
from tlcourse.backbones import CUTS, backbone
from tlcourse.datasets.images import at_size
from tlcourse.errors import CourseError
from tlcourse.finetuning import FreezePlan, finetune
from tlcourse.finetuning.batches import _batches_class
from tlcourse.finetuning.plan import convolutions_of
from tlcourse.finetuning.prepare import prepare
from tlcourse.regularization import Augmentation

EPOCHS, BATCH = 5, 8
STATISTICS = ("moving_mean", "moving_variance")


@pytest.fixture(scope="module")
def mini():
    return backbone("minivgg", image_size=32, precision="float32")


@pytest.fixture
def drawn(monkeypatch):
    """Record which positions each training batch holds."""
    seen, original = {}, _batches_class().__getitem__

    def spy(self, index):
        if self.seed is not None:
            rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            seen[self.epoch, index] = rows
        return original(self, index)

    monkeypatch.setattr(_batches_class(), "__getitem__", spy)
    return seen


def plain_keras(network, head, plan):
    """The whole network with a head, layer by layer frozen or not, as anybody would write it."""
    import keras

    base = keras.models.clone_model(network.model)
    base.set_weights(network.model.get_weights())
    for layer in base.layers:
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        in_block = layer.name.startswith("block") and layer.name >= plan.from_block
        layer.trainable = in_block and (not is_norm or plan.batch_norm == "live")
    pool = keras.layers.GlobalAveragePooling2D
    x = keras.layers.Concatenate()([pool()(base.get_layer(cut).output) for cut in CUTS])
    x = keras.layers.Rescaling(1 / head.scale, -head.mean / head.scale)(x)
    x = keras.layers.Dense(head.n_classes, "softmax", name="head")(x)
    model = keras.Model(base.input, x)
    model.get_layer("head").set_weights([head.weights, head.bias])
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    return model


def changes(network, tuned):
    """Which weights differ, as {"block5_bn1/gamma", ...}."""
    report = compare(snapshot(network.model), tuned.backbone.model)
    return {f"{row.layer}/{row.weight}" for row in report.rows if row.changed}


@pytest.mark.parametrize("batch_norm", ["frozen", "live"])
@pytest.mark.parametrize("from_block", ["block5", "block4"])
def test_twenty_steps_equal_those_of_the_whole_graph(mini, small, drawn, from_block, batch_norm):
    plan = FreezePlan(from_block, batch_norm=batch_norm)
    rows = small.train[: BATCH * 4]
    before = mini.fingerprint()
    head = prepare(mini, small, plan, at=CUTS, train=rows).head
    drawn.clear()
    result = finetune(
        mini, small, plan=plan, train=rows, epochs=EPOCHS, batch_size=BATCH, schedule="constant"
    )
    assert len(drawn) == EPOCHS * 4
    model = plain_keras(mini, head, plan)
    images = mini.preprocess(np.asarray(at_size(small.dataset.images, 32)[rows]))
    labels = small.dataset.labels[rows]
    for key in sorted(drawn):
        model.train_on_batch(images[drawn[key]], labels[drawn[key]])

    tuned = result.model
    assert mini.fingerprint() == before
    for layer in mini.model.layers:
        for start, cached, whole in zip(
            layer.get_weights(),
            tuned.backbone.model.get_layer(layer.name).get_weights(),
            model.get_layer(layer.name).get_weights(),
            strict=True,
        ):
            if plan.trains(layer.name):
                moved = np.linalg.norm(whole - start)
                assert moved > 0, layer.name
                assert np.linalg.norm(cached - whole) <= 1e-4 * np.linalg.norm(whole), layer.name
                assert np.linalg.norm(cached - whole) <= 0.05 * moved, layer.name
            else:
                np.testing.assert_array_equal(cached, start)
    assert result.details["trunk"].startswith("cached")
    assert result.details["plan"]["batch_norm"] == batch_norm


def test_frozen_statistics_stay_bit_identical_and_live_ones_move(mini, small):
    options = {"epochs": 2, "batch_size": BATCH, "train": small.train[:16]}
    frozen = changes(mini, finetune(mini, small, **options).model)
    assert frozen == {"block5_conv1/kernel", "block5_conv2/kernel"}
    plan = FreezePlan("block5", batch_norm="live")
    live = changes(mini, finetune(mini, small, plan=plan, **options).model)
    norms = {f"block5_bn{i}/{w}" for i in (1, 2) for w in ("gamma", "beta", *STATISTICS)}
    assert live == frozen | norms


def test_augmentation_drawn_anew_leaves_frozen_statistics_alone(mini, small):
    result = finetune(
        mini,
        small,
        epochs=1,
        batch_size=BATCH,
        train=small.train[:16],
        augmentation=Augmentation(),
    )
    assert result.details["trunk"].startswith("not cached")
    assert changes(mini, result.model) == {"block5_conv1/kernel", "block5_conv2/kernel"}


def test_half_precision_trains(small):
    half = backbone("minivgg", image_size=32, precision="bfloat16")
    plan = FreezePlan("block5", batch_norm="live")
    result = finetune(half, small, plan=plan, epochs=1, train=small.train[:16])
    assert np.isfinite(result.history[-1]["loss"])
    assert {"block5_bn1/moving_mean", "block5_conv1/kernel"} <= changes(half, result.model)


def test_the_report_names_layers_that_train(mini, small):
    plan = FreezePlan("block5", batch_norm="live", decay=0.5, decay_per="layer")
    result = finetune(mini, small, plan=plan, epochs=1, train=small.train[:16], learning_rate=1e-3)
    lines = {line["layer"]: line for line in result.details["layers"]}
    assert lines["block5_bn2"]["learning_rate"] == pytest.approx(5e-4)
    assert lines["block5_conv2"]["learning_rate"] == pytest.approx(5e-4)
    assert lines["block5_conv1"]["learning_rate"] == pytest.approx(2.5e-4)
    assert all(line["moved"] > 0 for line in lines.values())


def test_the_plan_counts_the_convolutions_of_the_network(mini, vgg):
    assert len(convolutions_of(mini.model)) == 8
    assert len(convolutions_of(vgg.model)) == 13
    plan = FreezePlan("block3", decay=0.5, decay_per="layer", batch_norm="live")
    rates = {r.layer: r.learning_rate for r in plan.rows(mini.model, learning_rate=1.0)}
    assert rates["block5_conv2"] == 0.5
    assert rates["block4_bn2"] == rates["block4_conv2"] == 0.5**3
    assert rates["block2_bn1"] == 0
    frozen = {r.layer: r for r in FreezePlan("block3").rows(mini.model, learning_rate=1.0)}
    assert frozen["block5_conv2"].trainable
    assert not frozen["block5_bn2"].trainable
    assert "| block5_bn2 | no |" in FreezePlan("block3").table(mini.model, learning_rate=1.0)


def test_an_unknown_wish_is_refused():
    with pytest.raises(CourseError, match="'frozen' or 'live'"):
        FreezePlan(batch_norm="off")
