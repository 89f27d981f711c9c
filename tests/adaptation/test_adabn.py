import numpy as np
import pytest

from tlcourse.adaptation import adabn
from tlcourse.errors import CourseError, DataError

keras = pytest.importorskip("keras")
layers = keras.layers


@pytest.fixture
def images(rng):
    return rng.normal(2.0, 3.0, size=(50, 8, 8, 3)).astype("float32")


@pytest.fixture
def model(rng):
    """Two BatchNorm layers, the second inside a nested model; no statistic at its default."""
    keras.utils.set_random_seed(0)
    inner = keras.Sequential(
        [layers.Input((8, 8, 4)), layers.Conv2D(5, 3), layers.BatchNormalization(name="second")],
        name="inner",
    )
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="first_conv")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="first")(x))
    x = layers.GlobalAveragePooling2D()(inner(x))
    model = keras.Model(inputs, layers.Dense(2)(x))
    for variable in model.weights:
        start = rng.uniform(0.5, 1.5, variable.shape)
        variable.assign(start if len(variable.shape) == 1 else variable.numpy())
    inner.trainable = False
    return model


def named(model):
    return {v.path: v.numpy() for v in model.variables}


def population(values):
    flat = np.asarray(values, np.float64).reshape(-1, values.shape[-1])
    return flat.mean(axis=0), flat.var(axis=0)


@pytest.mark.parametrize("batch_size", [7, 64])
def test_statistics_are_those_of_the_target_layer_by_layer(model, images, batch_size):
    adapted = adabn(model, images, batch_size=batch_size)

    mean, variance = population(model.get_layer("first_conv")(images).numpy())
    first = adapted.get_layer("first")
    np.testing.assert_allclose(first.moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(first.moving_variance.numpy(), variance, rtol=1e-5)

    # the second layer sees what the *repaired* first one hands on
    x = keras.ops.relu(first(model.get_layer("first_conv")(images), training=False))
    mean, variance = population(model.get_layer("inner").layers[0](x).numpy())
    second = adapted.get_layer("inner").get_layer("second")
    np.testing.assert_allclose(second.moving_mean.numpy(), mean, rtol=1e-4)
    np.testing.assert_allclose(second.moving_variance.numpy(), variance, rtol=1e-4)


def test_equals_batchnorm_in_training_mode_on_the_whole_target(model, images):
    """On one batch that is the whole target, training mode uses the same statistics."""
    adapted = adabn(model, images)
    model.get_layer("inner").trainable = True
    expected = model(images, training=True).numpy()
    np.testing.assert_allclose(adapted(images, training=False).numpy(), expected, atol=1e-4)


def test_everything_else_is_bit_identical_and_the_original_untouched(model, images):
    before, plain = named(model), model(images, training=False).numpy()
    adapted = adabn(model, images)
    after = named(model)
    assert all(np.array_equal(before[k], after[k]) for k in before)
    np.testing.assert_array_equal(model(images, training=False).numpy(), plain)

    assert len(adapted.weights) == len(model.weights)
    changed = []
    for old, new in zip(model.weights, adapted.weights, strict=True):
        if old.numpy().tobytes() != new.numpy().tobytes():
            changed.append(old.path.split("/")[-1])
    assert sorted(changed) == ["moving_mean"] * 2 + ["moving_variance"] * 2
    assert [x.trainable for x in adapted.layers] == [x.trainable for x in model.layers]

    adapted.set_weights(model.get_weights())  # restoring the statistics restores predictions
    np.testing.assert_array_equal(adapted(images, training=False).numpy(), plain)


def test_calling_the_copy_leaves_no_hook_behind(model, images):
    adapted = adabn(model, images)
    assert "call" not in vars(adapted.get_layer("first"))
    np.testing.assert_allclose(
        adapted.predict(images, verbose=0), adapted(images, training=False).numpy(), atol=1e-5
    )


def test_channels_first_axis(rng):
    model = keras.Sequential([layers.Input((3, 5)), layers.BatchNormalization(axis=1)])
    x = rng.normal(1, 2, size=(20, 3, 5)).astype("float32")
    bn = adabn(model, x, batch_size=6).layers[0]
    np.testing.assert_allclose(bn.moving_mean.numpy(), x.mean(axis=(0, 2)), rtol=1e-5)
    np.testing.assert_allclose(bn.moving_variance.numpy(), x.var(axis=(0, 2)), rtol=1e-5)


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm, self.out = layers.BatchNormalization(), layers.Dense(2)

    def call(self, x, training=None):
        return self.out(self.norm(x, training=training))


def test_subclassed_model(rng):
    x = rng.normal(3, 2, size=(30, 4)).astype("float32")
    model = Subclassed()
    model(x)
    adapted = adabn(model, x)
    np.testing.assert_allclose(adapted.norm.moving_mean.numpy(), x.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(model.norm.moving_mean.numpy(), 0)


def test_errors(rng):
    x = rng.normal(size=(10, 4)).astype("float32")
    plain = keras.Sequential([layers.Input((4,)), layers.Dense(2)])
    with pytest.raises(CourseError, match="no BatchNormalization"):
        adabn(plain, x)
    model = keras.Sequential([layers.Input((4,)), layers.BatchNormalization()])
    with pytest.raises(DataError, match="at least 2"):
        adabn(model, x[:1])


class TestBackbones:
    @pytest.fixture(scope="class")
    def network(self):
        from tlcourse.backbones import backbone

        return backbone("minivgg", image_size=32, precision="float32")

    @pytest.fixture
    def outlines(self, rng):
        return rng.integers(0, 256, size=(30, 40, 40, 3)).astype(np.uint8)

    def test_a_backbone_in_gives_a_backbone_back(self, network, outlines):
        from tlcourse.audit import compare, snapshot

        before = network.fingerprint()
        adapted = adabn(network, outlines)
        assert network.fingerprint() == before
        assert adapted.fingerprint() != before
        assert "statistics of other pictures" in adapted.describe()
        report = compare(snapshot(network.model), adapted.model)
        report.assert_statistics(moved=True)
        kept = [row for row in report.rows if not row.weight.startswith("moving")]
        assert kept
        assert not any(row.changed for row in kept)
        layer = adapted.model.get_layer("block1_bn1")
        small = adapted.preprocess(np.asarray(_at_32(outlines)))
        mean, variance = population(adapted.model.get_layer("block1_conv1")(small).numpy())
        np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-4)

    def test_features_are_never_mixed_up(self, network, outlines):
        from tlcourse.features import extract

        before, adapted = extract(network, outlines), adabn(network, outlines)
        assert not np.allclose(before, extract(adapted, outlines))
        np.testing.assert_array_equal(before, extract(network, outlines))

    def test_a_tuned_model_keeps_its_head(self, network, outlines):
        from tlcourse.finetuning.model import FinetunedModel, zero_head

        features = FinetunedModel(network, None, ("block5_pool",)).features(outlines)
        head = zero_head(features, 3)
        tuned = FinetunedModel(network, head, ("block5_pool",))
        adapted = adabn(tuned, outlines)
        assert adapted.head is head
        assert adapted.at == tuned.at
        assert adapted.backbone.fingerprint() == adabn(network, outlines).fingerprint()
        assert not np.allclose(adapted.features(outlines), features)

    def test_vgg16_has_nothing_to_adapt(self, vgg, outlines):
        with pytest.raises(CourseError, match="no BatchNormalization"):
            adabn(vgg, outlines)


def _at_32(images):
    from tlcourse.datasets.images import at_size

    return at_size(images, 32)[np.arange(len(images))]
