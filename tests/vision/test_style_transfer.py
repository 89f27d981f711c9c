"""Style transfer moves pixels only; the Gram matrix forgets places."""

import numpy as np
import pytest

from tlcourse.errors import CourseError, DataError
from tlcourse.vision import Painter, StyleWeights, gram


@pytest.fixture(scope="module")
def pair():
    y, x = np.mgrid[:32, :32]
    content = np.stack([8 * x, 8 * y, 255 - 8 * x], -1).astype(np.uint8)
    stripes = np.where(((x // 4) % 2 == 0)[..., None], (230, 40, 40), (250, 250, 210))
    return content, stripes.astype(np.uint8)


def test_the_loss_falls_and_the_network_stays(vgg, pair):
    before = vgg.fingerprint()
    painter = Painter(vgg)
    done = painter.paint(*pair, steps=25, weights=StyleWeights(content=0.1), keep=(3, 10))
    assert list(done.stages) == [3, 10]
    assert done.stages[3].shape == done.image.shape
    assert vgg.fingerprint() == before
    assert done.style_drop > 0.8
    assert done.image.dtype == np.uint8
    assert done.image.shape == (32, 32, 3)
    assert done.content_losses[0] == pytest.approx(0, abs=1e-5)
    assert len(done.style_losses) <= 26
    again = painter.losses(done.image, *pair)
    assert again["style"] == pytest.approx(done.style_losses[-1], rel=0.2, abs=0.01)


def test_it_stops_at_the_first_step_that_reaches_the_aim(vgg, pair):
    painter, weights = Painter(vgg), StyleWeights(content=0.1)
    whole = painter.paint(*pair, steps=25, weights=weights, keep=range(1, 26))
    gone = 1 - np.array(whole.style_losses) / whole.style_losses[0]
    first = int(np.flatnonzero(gone >= 0.7)[0])
    assert 0 < first < len(gone) - 1
    short = painter.paint(*pair, steps=25, until=0.7, weights=weights)
    assert len(short.style_losses) - 1 == first
    np.testing.assert_allclose(short.style_losses, whole.style_losses[: first + 1], rtol=1e-3)
    assert np.abs(short.image.astype(int) - whole.stages[first]).max() <= 1
    measured = painter.losses(short.image, *pair)
    assert measured["style"] == pytest.approx(short.style_losses[-1], rel=0.05)
    assert measured["content"] == pytest.approx(short.content_losses[-1], rel=0.05)


def test_an_aim_that_is_never_reached_takes_all_steps(vgg, pair):
    done = Painter(vgg).paint(*pair, steps=4, until=0.9999)
    assert len(done.style_losses) == 5
    with pytest.raises(DataError, match="share between 0 and 1"):
        Painter(vgg).paint(*pair, until=95)


def test_without_style_the_content_stays(vgg, pair):
    done = Painter(vgg).paint(
        *pair, steps=5, weights=StyleWeights(content=1.0, style=0.0, variation=0.0)
    )
    assert np.abs(done.image.astype(int) - pair[0]).max() <= 1


def test_the_gram_matrix_forgets_places(rng):
    features = rng.normal(size=(4, 5, 6))
    shuffled = rng.permutation(features.reshape(20, 6)).reshape(4, 5, 6)
    np.testing.assert_allclose(gram(shuffled), gram(features))
    np.testing.assert_allclose(gram(np.concatenate([features] * 2)), gram(features))
    assert (np.linalg.eigvalsh(gram(features)) > -1e-12).all()


def test_the_painter_measures_the_same_gram(vgg, pair):
    import keras

    layer = keras.Model(vgg.model.input, vgg.model.get_layer("block1_conv1").output)
    features = layer(vgg.preprocess(pair[0][None]))[0].numpy()
    np.testing.assert_allclose(Painter(vgg).grams(pair[0])[0], gram(features), rtol=1e-3, atol=1e-2)


def test_wrong_networks_and_sizes_are_refused(vgg, pair):
    with pytest.raises(DataError, match="Scale it first"):
        Painter(vgg).paint(pair[0][:16], pair[1])
    from dataclasses import replace

    with pytest.raises(CourseError, match="float32"):
        Painter(replace(vgg, precision="bfloat16"))
