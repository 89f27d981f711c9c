import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.datasets.test_splits import make
from tlcourse.datasets import split
from tlcourse.errors import DataError, SealError
from tlcourse.evaluation import Cost, Result, evaluate, measure


class Oracle:
    """Answers with fixed probabilities, chosen by the value of the first feature."""

    def __init__(self, table):
        self.table = np.asarray(table, float)

    def predict_proba(self, features):
        return self.table[np.asarray(features)[:, 0].astype(int)]


def test_numbers_by_hand():
    # Four items, three right: Wilson's interval for 3 of 4 is 0.3006 to 0.9544.
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    result = measure(p, np.array([0, 0, 1, 1]), class_names=("cat", "dog"))
    assert result.accuracy == 0.75
    assert result.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert result.confusion == ((2, 0), (1, 1))
    assert result.recall == {"cat": 1.0, "dog": 0.5}
    assert result.macro_f1 == pytest.approx(f1_score([0, 0, 1, 1], [0, 0, 1, 0], average="macro"))
    assert result.majority == 0.5
    assert list(result.mistakes) == [3]


def test_a_class_without_test_items_does_not_spoil_the_mean():
    result = measure(np.eye(3)[[0, 1]], np.array([0, 1]))
    assert result.macro_f1 == 1.0
    assert set(result.recall) == {"0", "1"}


def test_the_test_part_opens_once_and_the_same_predictions_may_return():
    data = make((40, 40))
    parts = split(data)
    features = data.labels[:, None].astype(float)
    right, wrong = Oracle(np.eye(2)), Oracle(np.eye(2)[::-1])
    assert evaluate(right, features, split=parts).part == "validation"
    assert parts.times_opened == 0
    result = evaluate(right, features, split=parts, part="test")
    assert result.accuracy == 1.0
    assert result.n == parts.n_test
    assert result.details["split"] == parts.fingerprint
    assert evaluate(right, features, split=parts, part="test").accuracy == 1.0
    with pytest.raises(SealError):
        evaluate(wrong, features, split=parts, part="test")
    second = evaluate(wrong, features, split=parts, part="test", again=True)
    assert second.accuracy == 0.0
    assert second.details["times_test_opened"] == 2


def test_rows_line_up_with_names():
    data = make((40, 40))
    parts = split(data)
    result = evaluate(
        Oracle(np.eye(2)), data.labels[:, None].astype(float), split=parts, part="train"
    )
    assert result.ids == tuple(data.ids[i] for i in parts.train)
    assert result.labels == tuple(data.labels[parts.train])
    assert result.class_names == data.class_names


def test_a_keras_model_without_softmax_is_named(rng):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(DataError, match="softmax"):
        evaluate(model, rng.normal(size=(4, 3)), np.array([0, 1, 0, 1]))


def test_what_does_not_fit_is_explained():
    features = np.array([[0.0], [1.0], [0.0], [1.0]])
    with pytest.raises(DataError, match="no labels"):
        evaluate(Oracle(np.eye(2)), features)
    with pytest.raises(DataError, match="4 predictions for 2 labels"):
        measure(np.eye(2)[[0, 1, 0, 1]], np.array([0, 1]))
    with pytest.raises(DataError, match="the model knows 2 classes"):
        evaluate(Oracle(np.eye(2)), features, np.array([0, 1, 2, 0]))


def test_parts_are_checked():
    parts = split(make((40, 40)), validation=0)
    features = np.zeros((80, 1))
    with pytest.raises(DataError, match="Unknown part"):
        evaluate(Oracle(np.eye(2)), features, split=parts, part="holdout")
    with pytest.raises(DataError, match="empty"):
        evaluate(Oracle(np.eye(2)), features, split=parts)


def test_a_result_survives_json(tmp_path):
    p = np.array([[0.9, 0.1], [0.6, 0.4]])
    result = measure(
        p, np.array([0, 1]), cost=Cost(1.5, 2e9, 300, 10), history=({"loss": 1.0},), name="é"
    )
    result.save(tmp_path / "r.json")
    again = Result.from_dict(json.loads((tmp_path / "r.json").read_text("utf-8")))
    assert again == result
    with pytest.raises(DataError, match="not a stored result"):
        Result.from_dict(result.to_dict() | {"unknown": 1})
    with pytest.raises(DataError, match="not a stored result"):
        Result.from_dict({"name": "x"})
    assert "accuracy 0.500" in str(result)
    assert "0.500" in result._repr_markdown_()
