import pytest

from tlcourse.errors import CourseError
from tlcourse.finetuning import FreezePlan


def test_the_table_says_what_trains_how_fast_and_how_much(vgg):
    rows = {r.layer: r for r in FreezePlan("block4", decay=0.5).rows(vgg.model, learning_rate=1e-3)}
    assert len(rows) == 13
    assert sum(r.parameters for r in rows.values()) == 14_714_688
    assert sum(r.parameters for r in rows.values() if r.trainable) == 5_899_776 + 7_079_424
    assert rows["block5_conv2"].learning_rate == pytest.approx(5e-4)
    assert rows["block4_conv1"].learning_rate == pytest.approx(2.5e-4)
    assert rows["block3_conv3"].learning_rate == 0
    table = FreezePlan("block4", decay=0.5).table(vgg.model, learning_rate=1e-3)
    assert "| block5_conv3 | yes | 2,359,808 | 5.0e-04 |" in table
    assert "| block1_conv1 | no | 1,792 | - |" in table


def test_decay_per_layer_counts_convolutions():
    """The first convolution before the head has depth 1."""
    plan = FreezePlan("block4", decay=0.3, decay_per="layer")
    found = [plan.multiplier(f"block{b}_conv{c}") for b, c in ((5, 3), (5, 2), (5, 1), (4, 3))]
    assert found == pytest.approx([0.3, 0.09, 0.027, 0.0081])
    assert plan.multiplier("block3_conv3") == 0


def test_only_blocks_train():
    assert not FreezePlan("block1").trains("input_layer")
    assert FreezePlan("block1").trains("block1_conv1")
    assert not FreezePlan(None).trains("block5_conv1")


@pytest.mark.parametrize(
    "wrong", [{"from_block": "block6"}, {"decay": 0.0}, {"decay": 2}, {"decay_per": "weight"}]
)
def test_an_impossible_plan_is_refused(wrong):
    with pytest.raises(CourseError, match=r"[Ee]xpected"):
        FreezePlan(**wrong)
