"""The audit: bit-exact freezing, moved weights, stale compiles, leaks, dead channels."""

import numpy as np
import pytest

from tlcourse import audit
from tlcourse.datasets import split
from tlcourse.errors import CourseError, DataError


@pytest.fixture
def data(rng):
    return rng.normal(size=(32, 4)).astype("float32"), rng.integers(0, 2, 32)


@pytest.fixture
def model():
    import keras

    keras.utils.set_random_seed(0)
    base = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, name="one"), keras.layers.Dense(5, name="two")],
        name="base",
    )
    return keras.Sequential(
        [
            keras.Input((4,)),
            base,
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dense(2, activation="softmax", name="head"),
        ]
    )


def train(model, data, *, compile=True, rate=1e-2):
    import keras

    if compile:
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(*data, verbose=0)


def test_a_frozen_base_stays_and_the_rest_moves(model, data):
    model.get_layer("base").trainable = False
    with audit.watch(model, plan=["norm", "head"]) as report:
        train(model, data)
    report.assert_frozen()
    report.assert_moved()
    report.assert_planned()
    roles = {(row.layer, row.weight): row.role for row in report.rows}
    assert roles["one", "kernel"] == "frozen"  # inside the nested base
    assert roles["norm", "moving_mean"] == "state"
    assert roles["head", "bias"] == "trainable"
    assert len(report.rows) == len(model.weights)
    assert report.trainable_weights == sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def test_changes_are_measured(model):
    before = audit.snapshot(model)
    kernel = model.get_layer("head").kernel
    kernel.assign(kernel * 1.25)
    moved = {(r.layer, r.weight): r for r in audit.compare(before, model).rows}
    assert moved["head", "kernel"].relative_change == pytest.approx(0.25, rel=1e-5)
    assert moved["head", "kernel"].changed
    assert not moved["one", "kernel"].changed
    assert moved["one", "kernel"].relative_change == 0


def test_one_bit_in_one_frozen_array_is_found(model):
    model.get_layer("base").trainable = False
    before = audit.snapshot(model)
    kernel = model.get_layer("base").get_layer("two").kernel
    values = np.array(kernel)
    values[0, 0] = np.nextafter(values[0, 0], np.float32(9), dtype=np.float32)
    kernel.assign(values)
    report = audit.compare(before, model)
    with pytest.raises(audit.AuditError, match=r"1 of 4 frozen weight arrays moved.*two/kernel"):
        report.assert_frozen()


def test_a_silent_no_op_is_found(model, data):
    with audit.watch(model) as report:
        train(model, data, rate=0.0)
    with pytest.raises(audit.AuditError, match="did not change"):
        report.assert_moved()
    with pytest.raises(audit.AuditError, match="Nothing is frozen"):
        report.assert_frozen()
    report.assert_frozen(["one", "head"])  # by name, whatever the role


def test_batchnorm_in_a_frozen_layer_keeps_its_statistics(model, data):
    model.get_layer("norm").trainable = False
    with audit.watch(model) as report:
        train(model, data)
    report.assert_frozen(["norm"])
    report.assert_moved(["one", "two", "head"])


@pytest.mark.parametrize("first", [True, False])
def test_trainable_changed_after_fit_is_ignored_by_keras_and_caught_here(model, data, first):
    base = model.get_layer("base")
    base.trainable = first
    train(model, data)
    base.trainable = not first
    before = np.array(base.get_layer("one").kernel)
    with pytest.raises(audit.AuditError, match=r"Call model\.compile"), audit.watch(model):
        train(model, data, compile=False)
    # Keras went on with the old plan, which is what the error says.
    moved = not np.array_equal(before, np.array(base.get_layer("one").kernel))
    assert moved == first
    train(model, data)  # compiled again
    audit.assert_compiled(model)


def test_trainable_changed_between_compile_and_first_fit_is_safe(model, data):
    model.compile("adam", "sparse_categorical_crossentropy")
    model.get_layer("base").trainable = False
    with audit.watch(model) as report:
        train(model, data, compile=False)
    report.assert_frozen()
    report.assert_moved()


def test_mixed_precision_optimizers_are_looked_into(model, data):
    import keras

    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1e-2))
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.fit(*data, verbose=0)
    audit.assert_compiled(model)
    model.get_layer("base").trainable = False
    with pytest.raises(audit.AuditError, match="0 weight arrays are trainable and do not train, 4"):
        audit.assert_compiled(model)


def test_an_error_inside_the_block_is_not_hidden(model):
    with pytest.raises(ZeroDivisionError), audit.watch(model):
        _ = 1 / 0


def test_a_plan_that_is_not_followed_is_named(model):
    report = audit.compare(audit.snapshot(model), model, plan=["head"])
    with pytest.raises(audit.AuditError, match="wants one to stay frozen, but it is trainable"):
        report.assert_planned()


def test_mistakes_in_use_are_explained(model):
    import keras

    with pytest.raises(audit.AuditError, match="no weights yet"):
        audit.snapshot(keras.Sequential([keras.layers.Dense(2)]))
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="elsewhere")])
    with pytest.raises(audit.AuditError, match="another model"):
        audit.compare(audit.snapshot(other), model)
    with pytest.raises(audit.AuditError, match="no layer with weights called 'hed'"):
        audit.compare(audit.snapshot(model), model).assert_moved(["hed"])
    with audit.watch(model) as report, pytest.raises(audit.AuditError, match="with block"):
        report.assert_frozen()
    assert issubclass(audit.AuditError, CourseError)


def test_the_table_reads_as_text_and_html(model):
    report = audit.compare(audit.snapshot(model), model)
    assert "head" in str(report)
    assert str(report).endswith("trainable: 0 of 8 moved; state: 0 of 2 moved.")
    assert report._repr_html_().count("<tr>") == len(report.rows) + 1


def test_splits_are_audited(emoji):
    clean = split(emoji)
    assert audit.split_is_clean(clean) is True
    clean.validation = np.append(clean.validation, clean.train[0])
    with pytest.raises(DataError, match="Leakage: train and validation"):
        audit.split_is_clean(clean)


def test_constant_channels_are_counted(rng):
    features = rng.random((10, 8))
    features[:, 0] = 0
    features[:, 1] = 0.7
    features[:, 2] = 0.7 + 1e-8 * rng.random(10)
    assert audit.constant_channels(features) == 3 / 8
    assert audit.constant_channels(np.zeros((3, 4))) == 1
    with pytest.raises(audit.AuditError, match="at least two pictures"):
        audit.constant_channels(features[:1])


def test_mean_cosine_equals_the_loop(rng):
    features = rng.normal(size=(7, 5))
    pairs = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for i, a in enumerate(features)
        for j, b in enumerate(features)
        if i != j
    ]
    assert audit.mean_cosine(features) == pytest.approx(np.mean(pairs))
    assert audit.mean_cosine(np.ones((4, 3))) == pytest.approx(1)


def test_statistics_are_asserted_either_way(model, data):
    """Called with training=True, a BatchNorm layer that trains follows the batches."""
    images = np.asarray(data[0])
    with audit.watch(model) as untouched:
        model(images)
    untouched.assert_statistics(moved=False)
    with pytest.raises(audit.AuditError, match="stayed as they were"):
        untouched.assert_statistics(moved=True)
    for layer in model._flatten_layers():
        layer.trainable = True
    with audit.watch(model) as live:
        model(images, training=True)
    live.assert_statistics(moved=True, layers=["norm"])
    with pytest.raises(audit.AuditError, match="norm/moving_mean"):
        live.assert_statistics(moved=False)


def test_statistics_of_a_model_without_batchnorm(vgg):
    with audit.watch(vgg.model) as report:
        pass
    with pytest.raises(audit.AuditError, match="no BatchNorm"):
        report.assert_statistics(moved=False)
