"""Chapter 08's lesson machinery: draws, intervals, supplements, the walk, the sealed part."""

import numpy as np
import pytest
import sklearn

from tlcourse.datasets.glove import load_glove
from tlcourse.errors import SealError
from tlcourse.recipes import chapter08_domains, chapter08_french, chapter08_pull
from tlcourse.recipes.chapter08_fits import averaged, tuned, word_counts
from tlcourse.recipes.chapter08_protocol import (
    balanced_bootstrap,
    hits,
    hits_of_many,
    load_domain,
    sealed_difference,
    unlabeled_texts,
    word,
)


@pytest.fixture(scope="module")
def tweets():
    return load_domain("tweets")


@pytest.fixture(scope="module")
def amazon():
    return load_domain("amazon")


def test_parts_share_no_group_and_draws_are_balanced_and_nested(amazon):
    groups = amazon.groups
    pool, evaluation = set(groups[amazon.pool]), set(groups[amazon.evaluation])
    assert not pool & evaluation
    small, large = amazon.draw(30, 4), amazon.draw(100, 4)
    assert set(small) <= set(large) <= set(amazon.pool)
    assert amazon.labels[large].mean() == 0.5
    with pytest.raises(SealError):
        amazon.split.test  # noqa: B018


def test_the_interval_is_that_of_balanced_accuracy():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 270])
    table = rng.random((6, 300)) < np.where(labels == 1, 0.9, 0.5)
    found = balanced_bootstrap(table, labels, np.arange(300))
    by_hand = (table[:, labels == 0].mean() + table[:, labels == 1].mean()) / 2
    assert found.estimate == pytest.approx(by_hand)
    assert found.low < by_hand < found.high
    assert 0.02 < found.high - found.low < 0.3
    wide = balanced_bootstrap(table, labels, np.arange(300) // 30)
    assert wide.n != found.n


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """Coverage of a known balanced accuracy over repeated experiments, at 95 percent."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], [40, 80])
    inside = 0
    for _ in range(100):
        skill = rng.normal(0, 0.5, size=(5, 1)) + rng.normal(0, 1, size=(1, 120))
        table = skill + rng.normal(size=(5, 120)) > 0  # true share one half in both classes
        found = balanced_bootstrap(table, labels, np.arange(120), draws=200)
        inside += found.low <= 0.5 <= found.high
    assert inside >= 85


def test_glove_beats_random_vectors_and_the_same_seed_gives_the_same_hits(tweets):
    from tlcourse.text import random_vectors

    glove = load_glove()
    known = hits("GloVe", averaged(glove), tweets, tweets, 100, range(3))
    noise = hits("random", averaged(random_vectors(glove)), tweets, tweets, 100, range(3))
    assert word(known.minus(noise)) == "better"
    again = hits("GloVe", averaged(glove), tweets, tweets, 100, range(3))
    np.testing.assert_array_equal(known.table, again.table)
    assert known.minus(again).estimate == 0


def test_fits_answer_for_other_domains(tweets, amazon):
    for fit in (word_counts, tuned(load_glove(), "fitted head")):
        found = hits_of_many("x", fit, tweets, [tweets, amazon], 200, range(1))
        assert found["tweets"].estimate > 0.6
        assert 0.5 < found["amazon"].estimate < 1
        assert found["amazon"].table.shape == (1, len(amazon.evaluation))


def test_a_supplement_measures_three_ways_on_the_same_texts(tweets, amazon):
    options = {"n_source": 200, "n_own": 50, "seeds": range(2)}
    found = chapter08_domains.supplement(amazon, tweets, load_glove(), weight=0.2, **options)
    assert found.own.table.shape == found.both.table.shape == found.source.table.shape
    nothing = chapter08_domains.supplement(amazon, tweets, load_glove(), weight=1e-9, **options)
    assert abs(nothing.both.estimate - nothing.own.estimate) < 0.05


def test_weighted_texts_fit_although_another_library_routes_metadata(tweets, amazon):
    options = {"n_source": 60, "n_own": 30, "seeds": range(1), "weight": 0.2}
    alone = chapter08_domains.supplement(amazon, tweets, load_glove(), **options)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = chapter08_domains.supplement(amazon, tweets, load_glove(), **options)
    assert routed.both.estimate == alone.both.estimate


def test_a_look_inside_counts_what_is_called_positive(tweets, amazon):
    found = chapter08_domains.look_inside(
        amazon, tweets, load_glove(), n_labels=200, seeds=range(1)
    )
    assert 0.5 < found.auc < 1
    assert 0 < found.called < 1
    assert found.truly == tweets.labels[tweets.evaluation].mean()
    assert set(found.repairs) == {"as it is", "own statistics", "CORAL"}


def test_unseen_share_is_zero_for_all_and_one_for_nothing(tweets):
    everything = np.arange(len(tweets.labels))
    assert chapter08_domains.unseen_share(tweets, everything, tweets) == pytest.approx(0, abs=1e-6)
    assert chapter08_domains.unseen_share(tweets, tweets.draw(100, 0), tweets) > 0.2


def test_the_walk_ends_where_tuning_ends(tweets, amazon):
    glove = load_glove()
    found = chapter08_pull.walk(
        tweets, [amazon], glove, sizes=(1000,), alphas=(0.0, 1.0), seeds=range(1)
    )
    direct = hits("LP-FT", tuned(glove, "fitted head"), tweets, tweets, 1000, range(1))
    assert found.accuracy[1000]["tweets"][0, 1] == pytest.approx(direct.estimate)
    assert found.accuracy[1000]["amazon"].shape == (1, 2)
    assert 0 < found.moved[1000].sum() < 6000


def test_the_sealed_part_opens_once_for_each_of_two(tweets):
    fresh = load_domain("tweets", seed=5)
    said = sealed_difference(fresh, averaged(load_glove()), word_counts, 100, seed=0)
    assert "sealed texts: balanced accuracy 0." in said
    assert fresh.split.times_opened == 2


@pytest.fixture(scope="module")
def both():
    return chapter08_french.two_languages()


def test_tests_are_no_anchors_and_not_spelled_alike(both):
    words = {w for pair in both.tests for w in pair}
    assert not words & set(both.anchors)
    assert len(both.anchors) > 1000
    np.testing.assert_allclose(np.linalg.norm(both.french.matrix, axis=1), 1, atol=1e-5)


def test_a_rotation_translates_and_no_rotation_does_not(both):
    R = chapter08_french.rotation_of(both)
    found = chapter08_french.retrieve(both, R)
    assert found.precision() > 0.2
    assert found.precision(5) > found.precision()
    assert found.hits == round(found.precision() * len(both.tests))
    assert chapter08_french.retrieve(both, np.eye(50)).precision() < 0.02


def test_an_english_head_judges_french_by_the_rotation(both, tweets):
    head = chapter08_french.english_head(tweets, tweets.draw(1000, 0), both)
    judged = chapter08_french.judge_french(head, both, chapter08_french.rotation_of(both))
    assert judged.right.mean() > 0.7
    assert judged.coverage > 0.9
    blind = chapter08_french.judge_french(head, both, np.eye(50))
    assert blind.right.mean() < judged.right.mean()


def test_the_plane_keeps_pairs_together(both):
    shown = both.tests[:12]
    before, after, french = chapter08_french.in_a_plane(
        both, chapter08_french.rotation_of(both), shown
    )
    assert before.shape == after.shape == french.shape == (12, 2)
    gap = [np.linalg.norm(x - french, axis=1).mean() for x in (before, after)]
    assert gap[1] < gap[0]


def test_pairs_far_apart_are_distinct_and_spread(both):
    some = chapter08_french.far_apart(both, both.tests[:40], 8)
    assert len(set(some)) == 8
    assert set(some) <= set(both.tests)
    assert len(chapter08_french.far_apart(both, both.tests[:3], 8)) == 3


def test_texts_to_pretrain_on_hold_nothing_that_will_be_judged(amazon):
    texts = {tuple(t) for t in unlabeled_texts([amazon])}
    assert len(texts) > len(amazon.pool)
    held = np.setdiff1d(np.arange(len(amazon.labels)), amazon.pool)
    shared = [t for t in amazon.tokens[held] if tuple(t) in texts]
    assert not [t for t in shared if len(t) > 6]  # two reviews may share "i love it"
