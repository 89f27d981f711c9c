"""The style-shift benchmark runs to the end and judges every method by its own numbers."""

import json

import pytest

from tests.test_bench import run


@pytest.mark.slow
def test_the_style_shift_in_short(tmp_path):
    printed = run("style_shift.py", "--out", tmp_path / "shift.json")
    result = json.loads((tmp_path / "shift.json").read_text("utf-8"))
    assert result["quick"] is True
    gaps = [row["ceiling"] - row["source_only"] for row in result["choice_of_pairs"]]
    assert len(gaps) == 12, "every ordered pair of four styles"
    assert gaps == sorted(gaps, reverse=True)
    assert len(result["pairs"]) in (2, 3), "two hardest, and the main shift if it is not one"
    assert ("twemoji", "outline") in [(p["source"], p["target"]) for p in result["pairs"]]
    for pair, chosen in zip(result["pairs"][:2], result["choice_of_pairs"][:2], strict=True):
        assert (pair["source"], pair["target"]) == (chosen["source"], chosen["target"])
    for pair in result["pairs"]:
        every_method_is_judged(pair)
        assert pair["small_network"]["own_verdict"] in ("helps", "hurts", "undecided")
        assert f"{pair['source']} → {pair['target']}" in printed


def every_method_is_judged(pair):
    rows = {row["method"]: row for row in pair["rows"]}
    expected = ["CORAL", "optimal transport", "AdaBN", "own statistics", "subspace alignment"]
    networks = ["MMD, own scaling", "network, own scaling", "DANN, source scaling"]
    assert {"source only", *expected, *networks} <= set(rows)
    assert [n for n, row in rows.items() if row["needs_target_labels"]] == [
        "trained on target labels"
    ]
    base, top = rows["source only"]["accuracy"], rows["trained on target labels"]["accuracy"]
    assert pair["gap"] == pytest.approx(top - base, abs=2e-4)
    for name, row in rows.items():
        assert row["interval"][0] <= row["accuracy"] <= row["interval"][1]
        if "gain" not in row:
            assert name in ("source only", "trained on target labels")
            continue
        low, high = row["gain_interval"]
        assert row["gain"] == pytest.approx(row["accuracy"] - base, abs=2e-4)
        assert row["verdict"] == ("helps" if low > 0 else "hurts" if high < 0 else "undecided")
        if not row["adapts"]:
            continue
        assert (name in pair["hurt"]) == (row["verdict"] == "hurts")
        assert (name in pair["close_a_quarter"]) == row["closes_a_quarter"]
        if row["closes_a_quarter"]:
            assert row["gap_closed_interval"][0] >= 0.25
    assert set(pair["close_a_quarter_holm"]) <= set(pair["close_a_quarter"])
