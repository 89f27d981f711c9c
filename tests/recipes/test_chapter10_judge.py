"""The judge of content: sealed from what it judges, and taught by shapes."""

import numpy as np
import pytest

from tlcourse.datasets.photos import read_photo
from tlcourse.errors import DataError
from tlcourse.recipes import chapter10_judge, chapter10_scenes
from tlcourse.recipes.chapter10_style import on_ground


@pytest.fixture(scope="module")
def dealt():
    objects = chapter10_scenes.load_objects("emoji", most=80)
    return objects, chapter10_scenes.concept_folds(objects, n=4)


@pytest.fixture(scope="module")
def learned(dealt):
    objects, fold = dealt
    known = chapter10_judge.drawings(objects.subset(np.flatnonzero(fold != 0)))
    return chapter10_judge.lesson(known, 160, size=32, seed=3)


def test_each_known_concept_comes_in_four_drawings_and_no_other(dealt):
    objects, fold = dealt
    known = chapter10_judge.drawings(objects.subset(np.flatnonzero(fold != 0)))
    assert len(known) == 4 * np.sum(fold != 0)
    assert set(known.groups) == set(objects.groups[fold != 0])
    assert known.class_names == objects.class_names


def test_the_judge_never_saw_the_contents_in_any_form(vgg, dealt, learned):
    objects, fold = dealt
    judge = chapter10_judge.fit_judge(vgg, learned)
    assert judge.concepts == set(objects.groups[fold != 0])
    assert not judge.concepts & set(objects.groups[fold == 0])
    probabilities = judge(on_ground(objects.images[0], 64))
    assert probabilities.shape == (objects.n_classes,)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert judge.n_pictures == len(learned.images)
    known = np.flatnonzero(fold != 0)
    white = np.stack([on_ground(objects.images[i], 32) for i in known])
    assert np.mean(judge.many(white).argmax(axis=1) == objects.labels[known]) > 0.8


def test_the_grid_knows_places_and_the_average_of_its_parts_is_that_of_the_map(vgg, dealt):
    from tlcourse.backbones import backbone
    from tlcourse.vision import averaged, feature_maps

    network = backbone(image_size=96, precision="float32")
    pictures = np.stack([on_ground(dealt[0].images[i], 96) for i in range(2)])
    features = chapter10_judge.grid(network, pictures)
    assert features.shape == (2, 9 * 512)
    whole = averaged(feature_maps(network, pictures, at="block4_pool"))
    np.testing.assert_allclose(features.reshape(2, 9, 512).mean(1), whole, rtol=1e-2, atol=1e-2)
    assert np.abs(features - chapter10_judge.grid(network, pictures[:, ::-1])).mean() > 0.1
    assert chapter10_judge.grid(vgg, pictures[:, :32, :32]).shape == (2, 4 * 512)


def test_in_other_textures_the_classes_come_equally_often(dealt, learned):
    n_known = 4 * np.sum(dealt[1] != 0)
    drawn = np.bincount(learned.labels[n_known:], minlength=8)
    assert len(learned.labels) == n_known + 160
    assert drawn.min() >= 8
    assert drawn.max() <= 36
    again = chapter10_judge.lesson(dealt[0], 5, size=32, seed=3)
    assert (again.images == chapter10_judge.lesson(dealt[0], 5, size=32, seed=3).images).all()


def test_a_recolored_picture_has_the_colors_of_the_other(rng):
    one, other = (
        rng.normal(m, s, (20, 20, 3)) @ rng.normal(size=(3, 3)) for m, s in ((9, 60), (3, 9))
    )
    made = chapter10_judge.recolored(one, other)
    np.testing.assert_allclose(made.mean((0, 1)), other.mean((0, 1)))
    covariances = [np.cov(x.reshape(-1, 3).T) for x in (made, other)]
    np.testing.assert_allclose(*covariances, atol=0.1 * np.trace(covariances[1]))


def test_textures_differ_and_pictures_without_outline_do_too(dealt, rng):
    photo = read_photo("coffee")[0]
    for picture in (dealt[0].images[0], on_ground(dealt[0].images[0], 96)):
        made = [chapter10_judge.retextured(picture, photo, size=48, rng=rng) for _ in range(2)]
        assert made[0].shape == (48, 48, 3)
        assert made[0].dtype == np.uint8
        assert np.abs(made[0].astype(int) - made[1]).mean() > 3


def test_no_texture_of_the_lesson_is_painted_with():
    assert not {"tissue", "flower", "china"} & set(chapter10_judge.TEXTURES)


def test_without_a_drawing_there_is_no_lesson(dealt):
    with pytest.raises(DataError, match="no drawing"):
        chapter10_judge.lesson(dealt[0].subset([]), 5, size=32)
