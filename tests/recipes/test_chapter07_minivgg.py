"""AdaBN in a whole network: its statistics change, its own weights stay as they are."""

from functools import partial

import numpy as np
import pytest

from tlcourse.adaptation import adabn
from tlcourse.backbones import CUTS, backbone
from tlcourse.heads import fit_head
from tlcourse.recipes.chapter07_domains import load_domains
from tlcourse.recipes.chapter07_folds import style_folds
from tlcourse.recipes.chapter07_minivgg import ADAPTED, NOT_ADAPTED, minivgg_hits, minivgg_scores


def test_each_variant_uses_the_statistics_it_should():
    data = load_domains("emoji", image_size=32, most=110)
    folds = style_folds(data, "twemoji", "outline", folds=2, repeats=1)[:1]
    network = backbone("minivgg", image_size=32, precision="float32", weights="random")
    before = [w.copy() for w in network.model.get_weights()]
    fit = partial(fit_head, strengths=[0.1])
    hits = minivgg_hits(network, data, folds, fit=fit)
    for old, new in zip(before, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)

    fold = folds[0]

    def features(statistics, pictures):
        found = adabn(network, data.images[statistics]).pooled(data.images[pictures], at=CUTS)
        return np.concatenate([found[cut] for cut in CUTS], axis=1)

    head = fit(features(fold.source, fold.source), data.labels[fold.source])
    for name, statistics in ((NOT_ADAPTED, fold.source), (ADAPTED, fold.target)):
        right = head.predict(features(statistics, fold.test)) == data.labels[fold.test]
        np.testing.assert_array_equal(hits[name][0], right)
    scores = minivgg_scores(network, data, folds, fit=fit)
    assert scores[ADAPTED].accuracies[0] == pytest.approx(hits[ADAPTED][0].mean())
