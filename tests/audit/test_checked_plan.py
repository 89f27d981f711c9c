"""The freeze plan as a table, checked after training: rates, movement, and lies found out."""

from dataclasses import replace

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import audit
from tlcourse.backbones import backbone
from tlcourse.datasets import split
from tlcourse.finetuning import FreezePlan, finetune

PLAN = FreezePlan("block4", decay=0.5)


@pytest.fixture(scope="module")
def tuned(vgg, emoji):
    """Two steps on a few pictures, blocks 4 and 5, the early one at half the rate of the late."""
    rows = [np.flatnonzero(emoji.labels == c)[:8] for c in range(emoji.n_classes)]
    parts = split(emoji.subset(np.concatenate(rows)))
    options = {"schedule": "constant", "epochs": 1, "learning_rate": 2e-4, "part": "validation"}
    return finetune(vgg, parts, plan=PLAN, head_learning_rate=1e-3, **options)


@pytest.fixture
def checked(vgg, tuned):
    return audit.checked_plan(vgg, tuned)


def test_every_layer_has_a_line_with_its_rate(checked, vgg):
    rows = {row.layer: row for row in checked.rows}
    assert list(rows)[:2] == ["block1_conv1", "block1_conv2"]
    assert list(rows)[-1] == "class_probabilities"
    assert len(rows) == 14
    assert rows["block3_conv3"].learning_rate == 0
    assert rows["block4_conv1"].learning_rate == pytest.approx(2e-4 * 0.25)
    assert rows["block5_conv3"].learning_rate == pytest.approx(2e-4 * 0.5)
    assert rows["class_probabilities"].learning_rate == pytest.approx(1e-3)
    planned = {row.layer: row for row in PLAN.rows(vgg.model, learning_rate=2e-4)}
    for name, row in planned.items():
        assert rows[name].learning_rate == pytest.approx(row.learning_rate)
        assert rows[name].trains == row.trainable
        assert rows[name].parameters == row.parameters
        assert (rows[name].moved > 0) == row.trainable


def test_the_plan_was_kept(checked):
    checked.assert_kept()
    assert checked.is_kept
    assert checked.summary().startswith("7 of 14 layers trained")
    assert "the plan was kept" in checked.summary()


def test_a_frozen_layer_that_moved_is_found(vgg, tuned):
    network = tuned.model.backbone
    layer = network.model.get_layer("block2_conv2")
    before = layer.get_weights()
    changed = [w.copy() for w in before]
    changed[1][3] = np.nextafter(changed[1][3], np.float32(9), dtype=np.float32)
    layer.set_weights(changed)
    try:
        checked = audit.checked_plan(vgg, tuned)
    finally:
        layer.set_weights(before)
    assert [row.layer for row in checked.rows if not row.as_planned] == ["block2_conv2"]
    assert "NOT kept" in checked.summary()
    with pytest.raises(audit.AuditError, match="block2_conv2 to stay bit-identical"):
        checked.assert_kept()


def test_a_layer_that_did_not_train_is_found(vgg, tuned):
    layer = tuned.model.backbone.model.get_layer("block5_conv1")
    before = layer.get_weights()
    layer.set_weights(vgg.model.get_layer("block5_conv1").get_weights())
    try:
        checked = audit.checked_plan(vgg, tuned)
    finally:
        layer.set_weights(before)
    with pytest.raises(audit.AuditError, match="block5_conv1 to train"):
        checked.assert_kept()


def test_another_plan_than_the_one_that_ran_is_found(vgg, tuned):
    told = {**tuned.details, "plan": {**tuned.details["plan"], "from_block": "block3"}}
    checked = audit.checked_plan(vgg, replace(tuned, details=told))
    wrong = [row.layer for row in checked.rows if not row.as_planned]
    assert wrong == ["block3_conv1", "block3_conv2", "block3_conv3"]


def test_it_reads_as_text_markdown_and_html(checked):
    text = str(checked).splitlines()
    assert len(text) == 16
    assert len({len(line) for line in text[:-1]}) == 1
    assert checked.to_markdown().count("\n") == 15
    page = Balance(checked._repr_html_())
    assert page.tags.count("tr") == 15
    assert "5.0e-05" in page.text
    assert checked.to_list()[0]["layer"] == "block1_conv1"


def test_a_head_from_zero_says_so(vgg, tuned):
    lines = [dict(line) for line in tuned.details["layers"]]
    lines[-1]["moved"] = None
    checked = audit.checked_plan(vgg, replace(tuned, details={**tuned.details, "layers": lines}))
    assert "from zero" in str(checked).splitlines()[-2]


def test_other_results_are_refused(vgg, tuned):
    with pytest.raises(audit.AuditError, match="no fine-tuned model"):
        audit.checked_plan(vgg, replace(tuned, model=None))


@pytest.mark.parametrize(("batch_norm", "train"), [("frozen", False), ("live", True)])
def test_batch_norm_stays_or_trains_as_the_plan_says(emoji, batch_norm, train):
    rows = [np.flatnonzero(emoji.labels == c)[:6] for c in range(3)]
    small = emoji.subset(np.concatenate(rows))
    network = backbone("minivgg", image_size=32, precision="float32", weights="random")
    plan = FreezePlan("block5", batch_norm=batch_norm)
    result = finetune(network, split(small), plan=plan, epochs=2, learning_rate=1e-3)
    checked = audit.checked_plan(network, result)
    checked.assert_kept()
    norms = [row for row in checked.rows if row.layer.startswith("block5_bn")]
    assert [row.trains for row in norms] == [train, train]
    assert all((row.moved > 0) == train for row in norms)
