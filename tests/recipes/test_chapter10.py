"""Machinery of chapter 10: folds of scenes, maps that know nothing, the rival, the judges."""

import numpy as np
import pytest

from tlcourse.heads import fit_head
from tlcourse.recipes import (
    chapter10_detect,
    chapter10_places,
    chapter10_scenes,
    chapter10_scratch,
    chapter10_style,
)
from tlcourse.vision import (
    Candidates,
    assert_apart,
    average_precision,
    averaged,
    compose,
    feature_maps,
)


@pytest.fixture(scope="module")
def objects():
    return chapter10_scenes.load_objects("emoji", most=80)


def test_objects_have_an_outline_and_folders_are_pasted_whole(objects, color_folder):
    assert objects.images.shape[1:] == (96, 96, 4)
    assert 60 <= len(objects) <= 100
    own = chapter10_scenes.load_objects(color_folder, most=100)
    assert own.images.shape[1:] == (96, 96, 3)


def test_folds_share_no_concept_and_no_background(objects):
    fold = chapter10_scenes.concept_folds(objects, n=4)
    assert sorted(np.unique(fold)) == [0, 1, 2, 3]
    options = {"size": 64, "count": (1, 2), "sides": (14, 22)}
    train = chapter10_scenes.deal(objects, fold, 6, half="first", **options)
    test = chapter10_scenes.deal(objects, fold, 4, half="second", **options)
    assert len(train.scenes) == 24
    for f in range(4):
        assert len(test.of(f)) == 4
        assert len(train.without(f)) == 18
        assert len(train.without(f, (f + 1) % 4)) == 12
        assert_apart(train.scenes.subset(train.without(f)), test.scenes.subset(test.of(f)))
    single = chapter10_scenes.deal(objects, fold, size=64, sides=(14, 22))
    assert sorted(single.scenes.single()[2]) == sorted(objects.groups)


def test_maps_that_cannot_know(rng):
    maps = rng.gamma(1.0, size=(30, 4, 4, 8)).astype(np.float32)
    labels = rng.integers(3, size=30)
    rows, columns = rng.integers(4, size=(2, 30))
    maps[np.arange(30), rows, columns, labels] += 30
    images = rng.integers(0, 256, (30, 64, 64, 3), dtype=np.uint8)
    boxes = np.stack([16 * columns, 16 * rows, 16 * columns + 16, 16 * rows + 16], axis=1)
    head = fit_head(averaged(maps), labels, strengths=[1.0])
    found = chapter10_places.controls(
        head, (averaged(maps), labels), maps, images, boxes, labels, n_random=5
    )
    assert found["its class (CAM)"].mean() > 0.9
    assert found["activation norm"].mean() > 0.9  # a strong place is found without any class
    assert found["always the center"].mean() < 0.5
    assert len(found["random heads"]) == 5
    assert all(hits.shape == (30,) for name, hits in found.items() if name != "random heads")


def test_saturation_sees_color():
    image = np.full((1, 64, 64, 3), 128, np.uint8)
    image[0, 40:60, 8:24] = (250, 20, 20)
    box = np.array([[8, 40, 24, 60]])
    assert chapter10_places.pointing(chapter10_places.saturation(image), box, 64).all()


def test_the_rival_learns_where_things_are(objects):
    scenes = compose(objects.subset(range(12)), 32, size=64, sides=(24, 30), photos=["brick"])
    model, steps = chapter10_scratch.train(scenes, seconds=60, most_steps=60, seed=1)
    assert steps == 60
    found = chapter10_scratch.candidates(model, scenes.images)
    blank = chapter10_scratch.candidates(
        chapter10_scratch.build(64, scenes.n_classes, seed=1), scenes.images
    )
    ap, before = (average_precision(c.places(), scenes, nameless=True).mean for c in (found, blank))
    assert ap > before + 0.1


def test_mirroring_changes_the_side_of_the_offset(objects):
    from tlcourse.vision import assign

    scenes = compose(objects, 3, size=64, sides=(20, 24))
    answers = assign(scenes, stride=16)
    rows = np.arange(3)
    pixels = scenes.images.astype(np.float32)
    flipped = chapter10_scratch._batch(pixels, answers, rows, mirror=True)
    again = assign(mirrored(scenes), stride=16)
    np.testing.assert_array_equal(flipped[0], pixels[:, :, ::-1])
    np.testing.assert_array_equal(flipped[1], again[0])
    here = again[0] == 1
    np.testing.assert_allclose(flipped[2][here], again[1][here], atol=1e-5)


def mirrored(scenes):
    from dataclasses import replace

    boxes = tuple(
        np.stack([64 - b[:, 2], b[:, 1], 64 - b[:, 0], b[:, 3]], axis=1) for b in scenes.boxes
    )
    return replace(scenes, images=scenes.images[:, :, ::-1], boxes=boxes)


def test_judges_of_style():
    brick, grass = (chapter10_style.square(name, 64) for name in ("brick", "grass"))
    cat = chapter10_style.square("cat", 64)
    assert brick.shape == (64, 64, 3)
    assert chapter10_style.texture_distance(brick, brick) == 0
    assert chapter10_style.texture_distance(brick, grass) > 0.02
    assert chapter10_style.color_distance(brick, grass) < chapter10_style.color_distance(cat, grass)


def test_finding_and_naming_are_judged_apart(objects):
    scenes = compose(objects, 8, size=64, count=(1, 2), sides=(14, 22))
    most = max(map(len, scenes.boxes))
    boxes = np.zeros((8, most, 4))
    objectness = np.zeros((8, most))
    classes = np.zeros((8, most, scenes.n_classes))
    for i, (truth, labels) in enumerate(zip(scenes.boxes, scenes.labels, strict=True)):
        boxes[i, : len(truth)], objectness[i, : len(truth)] = truth, 0.9
        classes[i, np.arange(len(truth)), (labels + i % 2) % scenes.n_classes] = 1
    found = chapter10_detect.judge(Candidates(boxes, objectness, classes), scenes)
    assert found.found == pytest.approx(1)
    odd = sum(len(scenes.boxes[i]) for i in (1, 3, 5, 7)) / sum(map(len, scenes.boxes))
    assert found.named == pytest.approx(1 - odd)
    assert 0 < found.both < 1
    nothing = Candidates(boxes, np.zeros_like(objectness), classes)
    assert len(chapter10_detect.names_of_found(nothing, scenes)) == 0


def test_the_score_network_gives_the_heads_scores(vgg, rng):
    pictures = rng.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    maps = feature_maps(vgg, pictures, at="block3_pool")
    head = fit_head(averaged(maps), np.array([0, 1, 2, 0, 1, 2]), strengths=[0.1])
    network = chapter10_places.score_network(vgg, head, cut="block3_pool")
    scores = np.asarray(network(vgg.preprocess(pictures)))
    np.testing.assert_allclose(scores, head.logits(averaged(maps)), atol=0.02)


def test_an_outline_is_put_on_a_ground(objects):
    flat = chapter10_style.on_ground(objects.images[0], 48, ground=(0, 0, 255))
    assert flat.shape == (48, 48, 3)
    clear = np.zeros((10, 10, 4), np.uint8)
    assert (chapter10_style.on_ground(clear, 10, ground=(1, 2, 3)) == (1, 2, 3)).all()
    plain = np.full((10, 10, 3), 7, np.uint8)
    assert (chapter10_style.on_ground(plain, 10) == 7).all()


def test_stages_on_the_way_are_early_steps_and_never_the_ends():
    from tlcourse.recipes.chapter10_style import on_the_way
    from tlcourse.vision import Styled

    def done(steps):
        frames = {s: np.full((2, 2, 3), s, np.uint8) for s in range(1, steps + 1)}
        losses = tuple(1 / (s + 1) for s in range(steps + 1))
        return Styled(frames[steps], losses, losses, 1.0, steps, frames)

    thin = on_the_way(done(100))
    assert list(thin.stages) == [3, 10, 32]
    assert all((frame == step).all() for step, frame in thin.stages.items())
    assert len(on_the_way(done(3)).stages) <= 2
    assert on_the_way(done(1)).stages == {}


def test_the_style_weight_grows_only_where_the_aim_is_not_reached(vgg):
    from tlcourse.recipes.chapter10_style import paint_gently
    from tlcourse.vision import Painter

    y, x = np.mgrid[:32, :32]
    content = np.stack([8 * x, 8 * y, 255 - 8 * x], -1).astype(np.uint8)
    stripes = np.where(((x // 4) % 2 == 0)[..., None], (230, 40, 40), (250, 250, 210))
    pair, painter = (content, stripes.astype(np.uint8)), Painter(vgg)
    done = paint_gently(painter, *pair, weight=0.5, aim=0.8, round_steps=5, rounds=9, keep=(2, 7))
    n = len(done.style_losses) - 1
    assert 5 < n < 45  # more than one round, and then the aim
    assert set(done.stages) == {2, 7}
    assert done.style_losses[-2] > 0.2 * done.style_losses[0]
    measured = [painter.losses(p, *pair)["style"] for p in (content, done.image)]
    assert 1 - measured[1] / measured[0] >= 0.8
    short = paint_gently(painter, *pair, weight=0.5, aim=0.8, round_steps=5, rounds=2)
    np.testing.assert_allclose(short.style_losses, done.style_losses[:11], rtol=1e-2)
