"""Average precision: by hand where it can be done by hand, and edge cases."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.vision import Detections, average_precision

EMPTY = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int))


def perfect(scenes, score=0.9):
    return [
        Detections(b, np.full(len(b), score), k)
        for b, k in zip(scenes.boxes, scenes.labels, strict=True)
    ]


def test_perfect_and_empty(scenes):
    assert average_precision(perfect(scenes), scenes).mean == pytest.approx(1)
    assert average_precision([EMPTY] * len(scenes), scenes).mean == pytest.approx(0)


def test_the_ranked_list_of_the_exercise(scenes):
    """T F T T F F with four true objects: 0.625 with the precision envelope."""
    truth = [(i, box) for i, boxes in enumerate(scenes.boxes) for box in boxes][:4]
    part = scenes.subset(sorted({i for i, _ in truth}))
    n = sum(map(len, part.boxes))
    right = iter([box for boxes in part.boxes for box in boxes])
    places = [i for i, boxes in enumerate(part.boxes) for _ in boxes]
    rows = {i: [] for i in range(len(part))}
    where = iter(places)
    for rank, hit in enumerate([1, 0, 1, 1, 0, 0]):
        if hit:
            rows[next(where)].append((next(right), 1 - 0.1 * rank))
        else:
            rows[0].append((np.array([60.0, 60, 61, 61]), 1 - 0.1 * rank))
    found = []
    for i in range(len(part)):
        boxes = np.array([box for box, _ in rows[i]]).reshape(-1, 4)
        scores = np.array([score for _, score in rows[i]])
        found.append(Detections(boxes, scores, np.zeros(len(boxes), int)))
    result = average_precision(found, part, nameless=True)
    by_hand = (1 + 0.75 + 0.75) / n
    assert result.mean == pytest.approx(by_hand, abs=0.01)
    assert result.curve.shape == (101,)


def test_a_second_box_on_one_object_is_wrong(scenes):
    twice = []
    for d in perfect(scenes):
        boxes, labels = np.repeat(d.boxes, 2, 0), np.repeat(d.labels, 2)
        twice.append(Detections(boxes, np.linspace(0.9, 0.1, len(boxes)), labels))
    assert average_precision(twice, scenes, nameless=True).mean < 0.9


def test_classes_and_limits_matter(scenes):
    wrong = [Detections(d.boxes, d.scores, (d.labels + 1) % 8) for d in perfect(scenes)]
    assert average_precision(wrong, scenes).mean < 0.5
    assert average_precision(wrong, scenes, nameless=True).mean == pytest.approx(1)
    moved = [Detections(d.boxes + 3, d.scores, d.labels) for d in perfect(scenes)]
    loose, strict = (
        average_precision(moved, scenes, iou=t, nameless=True).mean for t in (0.4, 0.9)
    )
    assert loose == pytest.approx(1)
    assert strict == pytest.approx(0)


def test_it_is_silent_and_checks_its_input(scenes, capsys):
    average_precision(perfect(scenes), scenes)
    assert not capsys.readouterr().out
    with pytest.raises(DataError, match="Expected one for each"):
        average_precision([EMPTY], scenes)
