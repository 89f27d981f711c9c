"""Students on thin copies: nobody peeks, labels are not read, every number is counted."""

import numpy as np
import pytest

from tlcourse import field
from tlcourse.recipes import chapter11_small as small
from tlcourse.recipes import chapter11_thin as thin


@pytest.fixture(scope="module")
def things():
    return small.load_small("emoji", image_size=32, things=100)


def test_a_head_is_counted_with_its_scaling():
    rng = np.random.default_rng(0)
    x, p = rng.normal(size=(60, 7)), rng.dirichlet(np.ones(3), 60)
    head = field.fit_soft_head(x, p, groups=np.arange(60), penalties=(0.1,))
    parts = (head.weights, head.bias, head.mean, head.scale)
    assert thin.head_parameters(3, 7) == sum(a.size for a in parts)


def test_the_copy_is_made_from_training_things(vgg, things, monkeypatch):
    split = small.thing_splits(things, n=1, per_class=3)[0]
    seen = []

    def spy(network, images, **options):
        seen.append(images)
        return real(network, images, **options)

    real = thin.thin_copy
    monkeypatch.setattr(thin, "thin_copy", spy)
    copy, trunk = thin.thinned(vgg, things, split, parameters=1_400_000, pictures=8)
    assert trunk.parameters == copy.parameters <= 1_400_000
    assert trunk.features(things.images[:2]).shape == (2, 1280)
    training = {p.tobytes() for p in things.images[split.unlabeled]}
    assert [len(images) for images in seen] == [8]
    assert all(picture.tobytes() in training for picture in seen[0])
    spoiled = small.ThingSplit(split.labeled, np.arange(len(things)), split.test)
    with pytest.raises(AssertionError, match="seen in training"):
        thin.thinned(vgg, things, spoiled, parameters=1_400_000)


def test_the_taught_head_reads_no_label(things):
    rng = np.random.default_rng(0)
    codes = np.eye(8)[things.labels]
    teacher = (3 * np.repeat(codes, 4, axis=1) + rng.normal(size=(len(things), 32))).astype("f4")
    view = (2 * np.repeat(codes, 3, axis=1) + rng.normal(size=(len(things), 24))).astype("f4")
    splits = small.thing_splits(things, n=2, per_class=3)
    pictures = [small.Pictures(teacher, (view, view), 100, 10)] * 2
    found = thin.compare_thin(pictures, things, splits)
    assert set(found) == {thin.LABELS, thin.ANSWERS}
    assert all(len(v) == 2 and np.mean(v) > 0.4 for v in found.values())
    head = small.fit_teacher(pictures[0], things, splits[0])
    from dataclasses import replace

    blind = replace(things, labels=np.zeros_like(things.labels))
    one, two = (thin.teach_linear(pictures[0], d, splits[0], head) for d in (things, blind))
    assert np.array_equal(one.weights, two.weights)
