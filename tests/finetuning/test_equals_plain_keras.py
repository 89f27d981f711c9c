"""The trick must not change the result: cached trunk against the whole graph in plain Keras."""

import numpy as np
import pytest

from tlcourse.backbones import CUTS
from tlcourse.datasets.images import at_size
from tlcourse.finetuning import FreezePlan, finetune
from tlcourse.finetuning.batches import _batches_class
from tlcourse.finetuning.prepare import prepare

STEPS, BATCH = 20, 8


@pytest.fixture
def drawn(monkeypatch):
    """Record which positions each training batch holds, in order."""
    seen, original = [], _batches_class().__getitem__

    def spy(self, index):
        if self.seed is not None:
            rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
            seen.append((self.epoch, index, rows))
        return original(self, index)

    monkeypatch.setattr(_batches_class(), "__getitem__", spy)
    return seen


def plain_keras(vgg, head, from_block):
    """The whole network with a head, frozen below, as anybody would write it."""
    import keras

    base = keras.models.clone_model(vgg.model)
    base.set_weights(vgg.model.get_weights())
    for layer in base.layers:
        layer.trainable = layer.name >= from_block and layer.name.startswith("block")
    pool = keras.layers.GlobalAveragePooling2D
    pooled = [pool()(base.get_layer(cut).output) for cut in CUTS]
    x = keras.layers.Concatenate()(pooled)
    x = keras.layers.Rescaling(1 / head.scale, -head.mean / head.scale)(x)
    x = keras.layers.Dense(head.n_classes, "softmax", name="head")(x)
    model = keras.Model(base.input, x)
    model.get_layer("head").set_weights([head.weights, head.bias])
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    return model


def test_weights_after_twenty_steps_equal_those_of_the_whole_graph(vgg, small, drawn):
    from_block = "block5"
    plan = FreezePlan(from_block)
    rows = small.train[: BATCH * 4]
    before = vgg.fingerprint()
    head = prepare(vgg, small, plan, at=CUTS, train=rows).head
    options = {"epochs": STEPS // 4, "batch_size": BATCH, "schedule": "constant"}
    result = finetune(vgg, small, plan=plan, train=rows, **options)
    used = list({(epoch, i): r for epoch, i, r in drawn}.values())[-STEPS:]

    model = plain_keras(vgg, head, from_block)
    pictures = np.asarray(at_size(small.dataset.images, vgg.image_size)[rows])
    images, labels = vgg.preprocess(pictures), small.dataset.labels[rows]
    for some in used:
        model.train_on_batch(images[some], labels[some])

    tuned = result.model
    assert vgg.fingerprint() == before
    for layer in vgg.model.layers:
        if not layer.weights:
            continue
        start = layer.kernel.numpy()
        cached = tuned.backbone.model.get_layer(layer.name).kernel.numpy()
        whole = model.get_layer(layer.name).kernel.numpy()
        if layer.name >= from_block:
            moved = np.linalg.norm(whole - start)
            assert moved > 1e-3 * np.linalg.norm(start)
            assert np.linalg.norm(cached - whole) <= 1e-4 * np.linalg.norm(whole)
            assert np.linalg.norm(cached - whole) <= 0.02 * moved
        else:
            np.testing.assert_array_equal(cached, start)
    weights, bias = model.get_layer("head").get_weights()
    assert np.linalg.norm(tuned.head.weights - weights) <= 1e-4 * np.linalg.norm(weights)
    np.testing.assert_allclose(tuned.head.bias, bias, atol=1e-4)
    assert result.details["trunk"].startswith("cached")
