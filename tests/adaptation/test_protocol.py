import gc
import inspect
import json
import pickle
import types
from functools import partial

import numpy as np
import pytest

from tlcourse.adaptation import (
    METHODS,
    Adaptation,
    Method,
    adapt,
    adaptation_problem,
    aligned,
    chain,
    compare_methods,
    coral,
    domain_folds,
    joint_pca,
    network,
    optimal_transport,
    select,
    standard_methods,
    standardize,
    subspace_alignment,
)
from tlcourse.errors import CourseError, DataError, SealError

CLOSED_FORMS = ["standardize", "coral", "subspace_alignment", "optimal_transport"]


@pytest.fixture
def parts(shifted_classes):
    return shifted_classes()


@pytest.fixture
def posed(parts):
    xs, ys, xt, yt, xq, yq = parts
    return adaptation_problem(
        xs, ys, xt, target_labels=yt, test_features=xq, test_labels=yq, name="a → b"
    )


def reachable(start):
    """Return every object that can be reached from `start`, classes and modules aside."""
    seen, queue = {}, [start]
    skipped = (type, types.ModuleType, types.BuiltinFunctionType)
    while queue:
        item = queue.pop()
        if id(item) in seen or isinstance(item, skipped):
            continue
        seen[id(item)] = item
        if isinstance(item, types.FunctionType):  # not its globals: those are the test module
            queue.extend(cell.cell_contents for cell in item.__closure__ or ())
            continue
        queue.extend(gc.get_referents(item))
        if isinstance(item, np.ndarray) and item.base is not None:
            queue.append(item.base)
        queue.extend(
            getattr(item, name)
            for name in getattr(type(item), "__slots__", ())
            if isinstance(name, str) and hasattr(item, name)
        )
    return list(seen.values())


def holds(objects, labels):
    """Tell whether any array among `objects` contains the labels, as a part or in some shape."""
    wanted = np.asarray(labels).astype(np.int64).tobytes()
    arrays = [x for x in objects if isinstance(x, np.ndarray) and x.dtype != object]
    return any(wanted in x.astype(np.int64).tobytes() for x in arrays)


def test_target_labels_cannot_be_reached_from_the_problem(posed, parts):
    problem, sealed = posed
    *_, yt, _, yq = parts
    found = reachable(problem)
    assert holds(found, parts[1])  # the search does find labels that are there
    assert not holds(found, yt)
    assert not holds(found, yq)
    assert holds(reachable(sealed), yq)  # and the seal is where they are


def test_views_do_not_smuggle_labels_along(rng):
    """Features cut out of a table whose last column is the label carry it in `.base`."""
    table = np.column_stack([rng.normal(size=(40, 3)), np.arange(40) % 2 + 5])
    view = table[:, :3]
    assert view.base is table
    problem, _ = adaptation_problem(
        rng.normal(size=(30, 3)), np.arange(30) % 2, view, target_labels=np.arange(40) % 2
    )
    assert problem.target_features.base is None
    assert not any(x is table for x in reachable(problem))


def test_methods_are_called_with_the_problem_and_a_seed_alone(posed, fit):
    problem, sealed = posed
    received = []

    def run(*args, **kwargs):
        received.append((args, kwargs))
        assert sealed.openings == []  # nothing was opened before
        return standard_methods(fit)["none"].run(*args, **kwargs)

    compare_methods([Method("spy", run)], problem, sealed, fit=fit)
    for args, kwargs in received:
        assert [type(a) for a in args] == [Adaptation]
        assert set(kwargs) == {"seed"}
    assert received
    assert sealed.openings


@pytest.mark.parametrize(
    "function", [coral, standardize, subspace_alignment, optimal_transport, joint_pca, chain]
)
def test_no_fitting_function_has_room_for_target_labels(function):
    names = set(inspect.signature(function).parameters)
    assert not {n for n in names if "label" in n}


def test_networks_take_source_labels_only():
    from tlcourse.adaptation import DANN

    names = [n for n in inspect.signature(DANN.fit).parameters if "label" in n]
    assert names == ["source_labels"]


def test_seal_gives_scores_not_labels(posed, parts):
    _, sealed = posed
    for name in ("labels", "test_labels", "target_labels"):
        with pytest.raises(SealError, match="sealed"):
            getattr(sealed, name)
    assert not holds([v for v in vars(sealed).values() if isinstance(v, np.ndarray)], parts[5])
    with pytest.raises(SealError):
        pickle.dumps(sealed)
    assert "opened 0 times" in repr(sealed)
    sealed.score(np.zeros(len(sealed.test_features), int))
    assert len(sealed.openings) == 1


def test_scores_equal_scikit_learn(posed, parts, rng):
    from sklearn.metrics import accuracy_score, balanced_accuracy_score

    _, sealed = posed
    guess = rng.integers(0, 3, len(parts[5]))
    assert sealed.score(guess) == pytest.approx(accuracy_score(parts[5], guess))
    expected = balanced_accuracy_score(parts[5], guess)
    assert sealed.score(guess, metric="balanced") == pytest.approx(expected)
    with pytest.raises(DataError, match="test items"):
        sealed.score(guess[:-1])


def test_problem_arrays_are_read_only_copies(parts):
    xs, ys, xt, *_ = parts
    problem = Adaptation(xs, ys, xt, 3)
    with pytest.raises(ValueError, match="read-only"):
        problem.source_features[0, 0] = 1.0
    xs[0, 0] = 99.0
    assert problem.source_features[0, 0] != 99.0


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_methods_repair_a_stretched_and_moved_target(posed, fit, name):
    problem, sealed = posed
    before = sealed.score(adapt("none", problem, fit=fit).predict(sealed.test_features))
    after = sealed.score(adapt(name, problem, fit=fit).predict(sealed.test_features))
    assert before < 0.7
    assert after > before + 0.2


def test_default_head_is_the_course_one(posed):
    heads = pytest.importorskip("tlcourse.heads")
    problem, sealed = posed
    adapted = adapt("standardize", problem)
    assert isinstance(adapted.predictor.head.classifier, heads.LinearHead)
    assert adapted.predict_proba(sealed.test_features).shape == (120, 3)


def test_comparison_table(posed, fit):
    problem, sealed = posed
    table = compare_methods(CLOSED_FORMS, problem, sealed, fit=fit, draws=300)
    assert table.rows[0].name == "source only"
    assert [row.needs_target_labels for row in table.rows] == [False] * 5 + [True]
    base, ceiling = table.rows[0], table.rows[-1]
    assert base.gain == 0
    assert base.gap_closed == 0
    assert ceiling.gap_closed == pytest.approx(1)
    for row in table.rows:
        assert row.interval[0] <= row.accuracy <= row.interval[1]
        assert row.gain == pytest.approx(row.accuracy - base.accuracy)
        assert row.gap_closed == pytest.approx(row.gain / (ceiling.accuracy - base.accuracy))
        assert row.gap_closed_interval[0] <= row.gap_closed <= row.gap_closed_interval[1]
        assert not row.negative_transfer
    assert table["CORAL"].gain_interval[0] > 0
    oracle = table.choices[-1]
    assert oracle.needs_target_labels
    assert oracle.regret == 0
    assert not any(c.needs_target_labels for c in table.choices[:-1])
    for choice in table.choices:
        assert choice.accuracy == table[choice.method].accuracy
        assert choice.regret == pytest.approx(oracle.accuracy - choice.accuracy)
    assert "ceiling" not in oracle.method
    json.dumps(table.to_dict())
    assert len(table.to_frame()) == 6
    assert len(table.choices_frame()) == 5
    again = compare_methods(CLOSED_FORMS, problem, sealed, fit=fit, draws=300)
    assert [r.interval for r in again.rows] == [r.interval for r in table.rows]
    assert again.choices == table.choices


def test_negative_transfer_is_flagged(rng, fit):
    """The target has one class, the source two: matching means moves it onto the boundary."""
    centers = np.array([[-3.0, 0.0], [3.0, 0.0]])
    ys, yt = rng.integers(0, 2, 200), np.ones(200, int)
    xs, xt = (centers[y] + rng.normal(size=(200, 2)) for y in (ys, yt))
    # a ceiling cannot be trained on one class, so those labels are not sealed
    problem, sealed = adaptation_problem(xs, ys, xt, test_features=xt, test_labels=yt)
    table = compare_methods(["standardize", "coral"], problem, sealed, fit=fit, draws=300)
    assert table["source only"].accuracy > 0.98
    for name in ("own statistics", "CORAL"):
        assert table[name].negative_transfer
        assert table[name].gain_interval[1] < 0
        assert table[name].gap_closed is None
    assert not table["source only"].negative_transfer


def test_no_flag_and_no_share_where_nothing_differs(rng, fit):
    centers = 3 * rng.normal(size=(3, 5))
    y = rng.integers(0, 3, (3, 150))
    xs, xt, xq = (centers[k] + rng.normal(size=(150, 5)) for k in y)
    problem, sealed = adaptation_problem(
        xs, y[0], xt, target_labels=y[1], test_features=xq, test_labels=y[2]
    )
    table = compare_methods(["standardize"], problem, sealed, fit=fit, draws=300, rules={})
    row = table["own statistics"]
    assert not row.negative_transfer
    assert row.gap_closed is None  # a share of a gap that is not established means nothing
    assert [c.rule for c in table.choices] == ["oracle (needs target labels)"]


def test_interval_agrees_with_the_binomial_one(posed, fit):
    problem, sealed = posed
    row = compare_methods([], problem, sealed, fit=fit, rules={}, draws=4000).rows[0]
    half = 1.96 * np.sqrt(row.accuracy * (1 - row.accuracy) / 120)
    assert (row.interval[1] - row.interval[0]) / 2 == pytest.approx(half, rel=0.15)


def test_groups_widen_the_interval(parts, fit):
    """Ten copies of each test item, grouped, carry the information of one."""
    xs, ys, xt, _, xq, yq = parts
    widths = []
    for repeat in (1, 10):
        problem, sealed = adaptation_problem(
            xs, ys, xt,
            test_features=np.repeat(xq, repeat, axis=0),
            test_labels=np.repeat(yq, repeat),
            test_groups=np.repeat(np.arange(len(yq)), repeat),
        )  # fmt: skip
        row = compare_methods([], problem, sealed, fit=fit, rules={}).rows[0]
        widths.append(row.interval[1] - row.interval[0])
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_seeds_are_reported_for_seeded_methods_only(posed, fit):
    problem, sealed = posed
    dann = network("DANN", hidden=8, steps=10, batch_size=16)
    table = compare_methods(["coral", dann], problem, sealed, fit=fit, seeds=(0, 1, 2), rules={})
    assert len(table["DANN"].seed_accuracies) == 3
    assert len(table["CORAL"].seed_accuracies) == 1
    assert table["DANN"].accuracy == pytest.approx(np.mean(table["DANN"].seed_accuracies))


def test_restricting_the_source_classes_keeps_all_columns(posed, fit):
    problem, sealed = posed
    p = adapt("coral", problem.with_classes([0, 2]), fit=fit).predict_proba(sealed.test_features)
    assert p.shape == (120, 3)
    assert (p[:, 1] == 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_selection_scores(posed, fit):
    from tlcourse.adaptation import Evidence
    from tlcourse.adaptation.selection import (
        importance_weighted,
        mutual_information,
        negative_entropy,
        source_validation,
    )

    evidence = Evidence(
        np.array([[1.0, 0.0], [0.5, 0.5]]),
        np.array([[0.9, 0.1], [0.9, 0.1]]),
        np.array([0, 1]),
        np.array([3.0, 1.0]),
    )
    assert source_validation(evidence) == 0.5
    assert importance_weighted(evidence) == 0.75
    assert negative_entropy(evidence) == pytest.approx(-np.log(2) / 2)
    mean = np.array([0.75, 0.25])
    expected = -(mean * np.log(mean)).sum() - np.log(2) / 2
    assert mutual_information(evidence) == pytest.approx(expected)


def test_importance_weights_approach_the_true_ratio(rng):
    """For N(0, 1) and N(1, 1) the ratio is exp(x − 1/2)."""
    from tlcourse.adaptation import importance_weights

    source, target = rng.normal(size=(4000, 1)), rng.normal(size=(4000, 1)) + 1
    x = rng.normal(size=(500, 1))
    ours = importance_weights(source, target, x)
    true = np.exp(x[:, 0] - 0.5)
    assert ours.mean() == pytest.approx(1)
    assert np.corrcoef(np.log(ours), np.log(true))[0, 1] > 0.999
    slope = np.polyfit(np.log(true), np.log(ours), 1)[0]
    assert slope == pytest.approx(1, abs=0.1)


def test_selection_holds_out_whole_groups(parts, fit):
    xs, ys, xt, yt, *_ = parts
    groups = np.arange(len(ys)) // 4
    problem, _ = adaptation_problem(xs, ys, xt, target_labels=yt, source_groups=groups)
    kept = []

    def run(problem, *, seed):
        kept.append(problem.source_groups)
        return standard_methods(fit)["none"].run(problem, seed=seed)

    selection = select([Method("spy", run)], problem, fit=fit)
    inside = np.unique(kept[0])
    assert 0 < len(inside) < 30
    assert len(kept[0]) == 4 * len(inside)
    assert set(selection.choices.values()) == {"spy"}
    assert 1 <= selection.effective_items <= len(ys)


def test_domain_folds_never_share_a_group():
    groups = np.tile(np.arange(60), 2)
    labels, domains = groups % 3, np.repeat(["a", "b"], 60)
    folds = list(domain_folds(labels, groups, domains, source="a", target="b", folds=5, repeats=2))
    assert len(folds) == 10
    for fold in folds:
        sets = [set(groups[i]) for i in (fold.source, fold.target, fold.test)]
        assert not (sets[0] & sets[1] | sets[0] & sets[2] | sets[1] & sets[2])
        assert set.union(*sets) == set(range(60))
        assert set(domains[fold.source]) == {"a"}
        assert set(domains[np.r_[fold.target, fold.test]]) == {"b"}
        assert [len(s) for s in sets] == [24, 24, 12]
    for repeat in (0, 1):
        tests = np.concatenate([f.test for f in folds if f.repeat == repeat])
        assert sorted(groups[tests]) == list(range(60))


def test_domain_folds_without_shared_groups_do_not_halve():
    groups = np.arange(80)
    labels, domains = groups % 2, np.repeat(["a", "b"], 40)
    fold = next(domain_folds(labels, groups, domains, source="a", target="b", folds=4))
    assert len(fold.target) + len(fold.test) == 40
    assert len(fold.source) + len(fold.target) + len(fold.test) >= 60
    with pytest.raises(DataError, match="domain 'c'"):
        next(domain_folds(labels, groups, domains, source="a", target="c"))


def test_user_errors(posed, parts, fit):
    problem, sealed = posed
    with pytest.raises(CourseError, match="no method called"):
        adapt("magic", problem)
    with pytest.raises(CourseError, match="Adaptation is expected"):
        adapt("coral", parts)
    with pytest.raises(CourseError, match="predict_proba"):
        adapt(Method("none at all", lambda problem, *, seed: 3), problem)
    double = aligned(coral, name="x", fit=fit)
    with pytest.raises(DataError, match="same name"):
        compare_methods([double, double], problem, sealed, fit=fit)
    with pytest.raises(DataError, match="no labels to judge"):
        adaptation_problem(parts[0], parts[1], parts[2])
    with pytest.raises(DataError, match="whole numbers"):
        Adaptation(parts[0], parts[1] + 0.5, parts[2], 3)
    with pytest.raises(CourseError, match="nothing to tell"):
        adapt("none", problem.with_classes([1]), fit=fit)
    bare = adaptation_problem(*parts[:3], test_features=parts[4], test_labels=parts[5])[1]
    with pytest.raises(SealError, match="ceiling"):
        bare.ceiling(problem.target_features, fit)


def test_methods_by_key_and_composition(posed, fit):
    problem, sealed = posed
    assert {"none", "standardize", "coral", "subspace_alignment", "optimal_transport"} <= set(
        METHODS
    )
    method = aligned(partial(joint_pca, components=4), coral, name="CORAL, 4 axes", fit=fit)
    assert adapt(method, problem).predict(sealed.test_features).shape == (120,)


def test_unscaled_head_ignores_quiet_columns_and_a_scaling_head_does_not(rng, fit):
    """One loud column carries the class; 40 quiet ones carry another answer, by chance."""
    from tlcourse.adaptation import unscaled_head

    y = np.arange(60) % 2
    x = np.column_stack([(2 * y - 1) * 3.0, 1e-3 * rng.normal(size=(60, 40))])
    weights = unscaled_head(x, y).coef_[0]
    assert np.abs(weights[1:]).max() < 1e-3 * abs(weights[0])
    scaled = fit(x, y)[-1].coef_[0]
    assert np.abs(scaled[1:]).max() > 0.05 * abs(scaled[0])


def test_a_feature_that_is_silent_in_one_domain_stops_no_method(parts, fit):
    xs, ys, xt, _, xq, yq = parts
    xs = np.column_stack([xs, np.zeros(len(xs)), 1e5 * xs[:, 0]])  # silent, and loud
    xt, xq = (np.column_stack([x, np.abs(x[:, 0]), x[:, 1]]) for x in (xt, xq))
    problem, sealed = adaptation_problem(xs, ys, xt, test_features=xq, test_labels=yq)
    for key in ("none", *CLOSED_FORMS):
        predictor = adapt(key, problem, fit=fit)
        assert np.isfinite(predictor.predict_proba(sealed.test_features)).all(), key
