"""Chapter 03: the numbers people really write, honest and dishonest functions and heads."""

import numpy as np
import pytest
from answers_ch03 import joined_features

from tlcourse.exercises import exercise_ids, find, judge
from tlcourse.exercises.ch03_features import solution
from tlcourse.exercises.ch03_head import linear_head
from tlcourse.exercises.ch03_numbers import BASE_WEIGHTS, COUNTS, SEEN
from tlcourse.exercises.ch03_words import OPTIONS, STALE
from tlcourse.features import feature_key

IDS = ("03.1", "03.2", "03.3", "03.4", "03.5", "03.6")


@pytest.fixture
def materials():
    return joined_features()


def test_all_six_exercises_are_there():
    assert tuple(i for i in exercise_ids() if i.startswith("03.")) == IDS


def test_the_worked_head_passes_and_reports_its_gain(materials):
    verdict = judge(find("03.6"), linear_head()(**materials), **materials)
    assert verdict.right, verdict
    assert "95 % interval +" in verdict.message
    assert "5 holdouts" in verdict.message


@pytest.mark.parametrize(
    ("exercise", "answer", "hint"),
    [
        ("03.1", (0.039, 0.078, 0.118), "another network's contract"),
        ("03.1", (-0.92, -0.84, -0.76), "[−1, 1]"),
        ("03.1", (-113.68, -96.779, -73.939), "wants blue first"),
        ("03.1", (-93.939, -96.779, -93.68), "channels not"),
        ("03.1", (-217.619, -213.558, -197.619), "twice"),
        ("03.1", (-177.878, -213.558, -237.36), "twice"),
        ("03.1", (-96.779, -73.939, -113.68), "their order is not"),
        ("03.2", (25_698_304, 4_104), "Biases"),
        ("03.2", (25_699_336, 4_096), "Biases"),
        ("03.2", (4_727_816, 4_104), "96 px"),
        ("03.2", (40_414_024, 4_104), "frozen base"),
        ("03.2", (154_149_896, 4_104), "7×7×512"),
        ("03.2", (154_000_000, 4_104), "7×7×512"),
        ("03.2", (25_699_336, 4_105), "second count"),
        ("03.5", (2, {"freeze", "lower rate"}), "still collapsed"),
        ("03.5", (8, {"freeze", "lower rate"}), "pooling alone"),
        ("03.5", (10, {"lower rate"}), "a second"),
        ("03.5", (6, {"freeze", "higher rate"}), "One of the repairs"),
    ],
)
def test_the_numbers_people_really_write(exercise, answer, hint):
    verdict = judge(find(exercise), answer)
    assert not verdict.right
    assert hint in verdict.message


# The right answers come from the networks themselves, not from a table.


def test_what_vgg_sees_equals_keras():
    import keras

    pixel = np.array([[[[10, 20, 30]]]], np.uint8)
    np.testing.assert_allclose(
        keras.applications.vgg16.preprocess_input(pixel).ravel(), SEEN, rtol=1e-6
    )


def test_counts_equal_those_of_keras_models():
    import keras

    base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    features = keras.Input(base.output_shape[1:])
    flat = keras.layers.Dense(1024, activation="relu")(keras.layers.Flatten()(features))
    classic = keras.Model(features, keras.layers.Dense(8)(flat))
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    small = keras.Model(features, keras.layers.Dense(8)(pooled))
    assert (classic.count_params(), small.count_params()) == COUNTS
    assert base.count_params() == BASE_WEIGHTS


def test_the_stale_letters_are_what_the_cache_key_holds(vgg):
    key = feature_key(vgg, "block5_pool")
    named = {letter for letter, name in OPTIONS.items() if name.replace(" ", "_") in key}
    assert named | {"a"} == STALE  # "a": each picture's own hash, beside the key


# 3.4 and 3.6 in detail.


def test_a_function_that_throws_is_told_where(vgg):
    def features_at(images):
        return images.no_such_thing

    verdict = judge(find("03.4"), features_at, backbone=vgg)
    assert "AttributeError in line" in verdict.message


@pytest.mark.parametrize("stub", [lambda images: None, lambda images: ...])
def test_stub_functions_are_not_attempted(vgg, materials, stub):
    assert not judge(find("03.4"), stub, backbone=vgg).attempted
    assert not judge(find("03.6"), stub, **materials).attempted


def test_other_shapes_and_values_are_described(vgg):
    exercise = find("03.4")
    for returned, words_ in (
        (np.zeros((4, 256), np.float32), "(4, 256), expected (4, 512)"),
        (np.full((4, 512), np.nan, np.float32), "not numbers"),
        (np.ones((4, 512), np.float32), "none of the usual mistakes"),
        ("text", "returned a str"),
    ):
        verdict = judge(exercise, lambda images, value=returned: value, backbone=vgg)
        assert words_ in verdict.message
        assert not verdict.right


def test_a_small_error_passes_and_a_large_one_does_not(vgg):
    answer = solution(vgg)
    assert judge(find("03.4"), lambda x: answer(x) * 1.0005, backbone=vgg).right
    assert not judge(find("03.4"), lambda x: answer(x) * 1.002, backbone=vgg).right


def test_bfloat16_is_judged_by_cosine():
    from tlcourse.backbones import backbone

    network = backbone(image_size=32, precision="bfloat16", weights="embedded")
    assert judge(find("03.4"), solution(network), backbone=network).right
    for mistake in find("03.4").mistakes:
        verdict = judge(find("03.4"), mistake.example(network), backbone=network)
        assert verdict.mistake == mistake.name


def heads():
    import keras

    def too_large(x):
        return keras.Sequential(
            [keras.Input(x.shape[1:]), keras.layers.Dense(64), keras.layers.Dense(4, "softmax")]
        )

    def logits(x):
        return keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(4)])

    def classes(x):
        return keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(3, "softmax")])

    def frozen(x):
        model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(4, "softmax")])
        model.trainable = False
        return model

    def symmetric(x):
        norm = keras.layers.Normalization()
        norm.adapt(x)
        hidden = keras.layers.Dense(16, "relu", kernel_initializer="zeros")
        return keras.Sequential(
            [keras.Input(x.shape[1:]), norm, hidden, keras.layers.Dense(4, "softmax")]
        )

    return [
        (too_large, "trains 37,"),
        (logits, "not probabilities"),
        (classes, "(8, 4)"),
        (frozen, "Nothing in the head is trainable"),
        (symmetric, "symmetry"),
        (lambda x: keras.layers.Dense(4), "Expected a Keras model"),
    ]


@pytest.mark.parametrize("which", range(6))
def test_heads_that_cannot_be_judged(materials, which):
    make_head, words_ = heads()[which]
    verdict = judge(find("03.6"), make_head, **materials)
    assert not verdict.right
    assert words_ in verdict.message


def test_other_honest_heads_pass(materials):
    import keras

    def sequential_with_a_hidden_layer(x):
        norm = keras.layers.Normalization()
        norm.adapt(x)
        hidden = keras.layers.Dense(24, "relu")
        return keras.Sequential(
            [keras.Input(x.shape[1:]), norm, hidden, keras.layers.Dense(4, "softmax")]
        )

    def one_norm_for_each_block(x):
        inputs = keras.Input(x.shape[1:])
        parts = []
        for first, last in ((0, 64), (64, 576)):
            norm = keras.layers.Normalization()
            norm.adapt(x[:, first:last])
            parts.append(norm(inputs[:, first:last]))
        joined = keras.layers.Concatenate()(parts)
        dense = keras.layers.Dense(4, activation="softmax", kernel_initializer="zeros")
        return keras.Model(inputs, dense(joined))

    for make_head in (sequential_with_a_hidden_layer, one_norm_for_each_block):
        verdict = judge(find("03.6"), make_head, **materials)
        assert verdict.right, verdict


def test_an_undecided_gain_passes_with_the_word_undecided(materials):
    two = {**materials, "holdouts": materials["holdouts"][:2]}
    verdict = judge(find("03.6"), linear_head()(**two), **two)
    assert verdict.right
    assert "95 % interval" in verdict.message


def test_a_test_part_that_the_lesson_opened_itself_may_be_declared(materials):
    materials["split"].open_test("the lesson's one measurement")
    answer = linear_head()(**materials)
    assert judge(find("03.6"), answer, **materials).mistake == "test opened"
    assert judge(find("03.6"), answer, **materials, openings=1).right


def test_the_trial_gives_the_same_numbers_twice(materials):
    answer = linear_head()(**materials)
    first, second = (judge(find("03.6"), answer, **materials) for _ in range(2))
    assert first.message == second.message
