"""Hand-made features, colors, gray patches, twins, and words as sequences."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import chirp

from tlcourse.recipes import chapter01_networks, chapter01_sounds
from tlcourse.recipes.chapter01_pictures import (
    COLOR_NAMES,
    color_histograms,
    edge_histograms,
    gray_patches,
    hand_made,
    main_colors,
    raw_pixels,
)
from tlcourse.recipes.chapter01_twins import twin_hunt

PAINT = {
    "red": (200, 30, 30), "yellow": (220, 210, 20), "green": (30, 160, 40),
    "cyan": (20, 190, 190), "blue": (40, 40, 200), "magenta": (200, 30, 190),
    "gray": (120, 122, 121),
}  # fmt: skip


def square(color, size=48):
    image = np.full((size, size, 3), 255, np.uint8)
    image[10:38, 10:38] = color
    return image


def test_widths_are_those_of_the_lesson(emoji):
    assert edge_histograms(emoji.images[:2]).shape == (2, 1764)
    assert color_histograms(emoji.images[:2]).shape == (2, 72)
    assert hand_made(emoji.images[:2]).shape == (2, 1836)
    assert raw_pixels(emoji.images[:2]).shape == (2, 24 * 24 * 3)


def test_edges_ignore_brightness_and_notice_direction():
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[:, ::16] = stripes[:, 1::16] = 200
    dark, turned = stripes // 2, stripes.transpose(1, 0, 2)
    same, darker, other = edge_histograms(np.stack([stripes, dark, turned]))
    assert np.abs(same - darker).max() < 0.05
    assert np.abs(same - other).max() > 0.3


def test_color_histograms_ignore_the_white_ground_and_the_place():
    moved = np.roll(square(PAINT["red"]), 7, axis=0)
    found = color_histograms(np.stack([square(PAINT["red"]), moved, square(PAINT["blue"])]))
    assert np.allclose(found.sum(axis=1), 1)
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


@pytest.mark.parametrize("name", COLOR_NAMES)
def test_main_colors_are_named(name):
    assert COLOR_NAMES[main_colors(square(PAINT[name])[None])[0]] == name


def test_a_white_picture_has_no_color_and_no_error():
    white = np.full((1, 16, 16, 3), 255, np.uint8)
    assert COLOR_NAMES[main_colors(white)[0]] == "gray"
    assert color_histograms(white).sum() == 0


def test_gray_patches_lose_tint_and_contrast(emoji):
    few = emoji.subset(np.arange(6))
    tinted = replace(few, images=(few.images * [0.5, 1.0, 0.7]).astype(np.uint8))
    found = gray_patches(tinted)
    assert np.array_equal(found.images[..., 0], found.images[..., 1])
    assert found.images.dtype == np.uint8
    assert len(set(found.hashes)) == 6
    assert found.hashes != few.hashes


def test_twins_are_found_by_what_the_features_say(rng):
    things = np.array([f"thing {i}" for i in range(30)])
    features = rng.normal(size=(30, 40))
    shift = 5 + 3 * features + 0.1 * rng.normal(size=(30, 40))  # the style as a whole
    order = rng.permutation(30)
    found = twin_hunt("close", features, shift[order], things, things[order])
    assert found.share.estimate == 1
    assert np.array_equal(order[found.nearest], np.arange(30))
    noise = twin_hunt("noise", features, rng.normal(size=(30, 40)), things, things)
    assert noise.share.estimate < 0.3


def test_a_constant_feature_does_not_decide(rng):
    things, features = np.arange(20), rng.normal(size=(20, 10))
    constant = np.hstack([features, np.full((20, 5), 7.0)])
    found = twin_hunt("constant", constant, constant, things, things)
    assert found.found.all()
    alive = np.hstack([features, rng.normal(size=(20, 5))])  # constant in one style only
    assert twin_hunt("half", constant, alive, things, things).found.mean() > 0.5


def test_log_mel_follows_pitch_and_time():
    time = np.arange(8000) / 8000
    low, high = np.sin(2 * np.pi * 300 * time), np.sin(2 * np.pi * 3000 * time)
    rising = chirp(time, 200, 1, 3500)
    found = chapter01_sounds.log_mel(np.stack([low, high, rising]))
    assert found.shape == (3, 25, 64)
    assert found[0].mean(axis=0).argmax() < found[1].mean(axis=0).argmax()
    peaks = found[2, :23].argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()
    assert peaks[-1] > peaks[0] + 30
    assert (chapter01_sounds.mel_bands().sum(axis=1) > 0).all()


def test_standardizing_uses_the_statistics_of_the_source(rng):
    source = 3 + 2 * rng.normal(size=(40, 25, 64))
    assert abs(chapter01_sounds.standardized(source, source).mean()) < 1e-5
    assert chapter01_sounds.standardized(source + 2, source).mean() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("kind", ["gru", "cnn"])
def test_word_networks_learn_and_start_again(kind, rng):
    words = np.arange(40) % 4
    x = rng.normal(size=(40, 25, 64)).astype(np.float32)
    x[np.arange(40), -3:, words * 5] += 6
    model = chapter01_sounds.word_network(kind, 4)
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    fresh = chapter01_sounds.word_network(kind, 4, seed=3)
    before = chapter01_sounds.states_of(fresh, x)
    options = {"epochs": 12, "seed": 1}
    states = []
    for _ in range(2):
        chapter01_sounds.learn_words(model, fresh, x, words, **options)
        states.append(chapter01_sounds.states_of(model, x))
    assert states[0].shape == before.shape == (40, 25, 64)
    assert np.allclose(*states, atol=1e-4)  # the second run starts from the same weights
    assert not np.allclose(states[0], before, atol=1e-2)
    assert (np.asarray(model(x)).argmax(axis=1) == words).mean() > 0.8


def test_two_heads_train_together_from_one_order():
    import keras

    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (24, 8, 8, 3)).astype(np.uint8)
    bright = (np.arange(24) % 2).astype(int)
    pictures[bright == 1] //= 4

    def build(seed):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((8, 8, 3))
        shared = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
        heads = {n: keras.layers.Dense(2, "softmax", name=n)(shared) for n in ("class", "color")}
        return keras.Model(inputs, heads)

    loss = "sparse_categorical_crossentropy"
    model = chapter01_networks.compiled(
        build(0), loss={"class": loss, "color": loss}, steps=200, rate=1e-2,
        loss_weights={"class": 1.0, "color": 0.5},
    )  # fmt: skip
    targets = {"class": bright, "color": 1 - bright}
    chapter01_networks.train_from(
        model, build(1), pictures, targets, np.arange(24), epochs=80, batch_size=8, seed=0
    )
    assert (chapter01_networks.answers_of(model, pictures, output="class") == bright).mean() > 0.9
    assert (chapter01_networks.answers_of(model, pictures, output="color") == bright).mean() < 0.1
