"""Chapter 08: labels of another domain, alone and as a supplement to a few labels of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from tlcourse.adaptation.coral import coral
from tlcourse.adaptation.standardize import standardize
from tlcourse.datasets.glove import WordVectors
from tlcourse.recipes.chapter08_protocol import Domain, Fit, Hits, hits_of_many
from tlcourse.text.counts import mean_vectors
from tlcourse.text.heads import fit_text_head


@dataclass(frozen=True, eq=False)
class Supplement:
    """Three ways to a classifier of the target, on the same draws and the same texts.

    Attributes:
        own: From a few target labels alone.
        source: From many source labels alone.
        both: From both, source labels at a lower weight.
    """

    own: Hits
    source: Hits
    both: Hits


def supplement(
    source: Domain,
    target: Domain,
    vectors: WordVectors,
    *,
    n_source: int,
    n_own: int,
    weight: float,
    seeds: Sequence[int],
) -> Supplement:
    """Compare few target labels, many source labels, and both.

    Args:
        source: Where the many labels come from.
        target: What is asked about.
        vectors: Frozen word vectors.
        n_source: Source labels.
        n_own: Target labels.
        weight: Weight of a source label, that of a target label being 1.
        seeds: One draw for each.
    """
    xs, xt = (mean_vectors(d.counts, vectors.matrix) for d in (source, target))
    asked = target.evaluation
    tables: dict[str, list[np.ndarray]] = {"own": [], "source": [], "both": []}
    for seed in seeds:
        theirs, mine = source.draw(n_source, seed), target.draw(n_own, seed)
        y = np.concatenate([source.labels[theirs], target.labels[mine]])
        x = np.concatenate([xs[theirs], xt[mine]])
        w = np.concatenate([np.full(len(theirs), weight), np.ones(len(mine))])
        both = np.concatenate([source.groups[theirs], target.groups[mine]])
        heads = {
            "own": fit_text_head(
                xt[mine], target.labels[mine], groups=target.groups[mine], seed=seed
            ),
            "source": fit_text_head(
                xs[theirs], source.labels[theirs], groups=source.groups[theirs], seed=seed
            ),
            "both": fit_text_head(x, y, groups=both, weights=w, seed=seed),
        }
        for name, head in heads.items():
            tables[name].append(head.predict(xt[asked]) == target.labels[asked])
    made = {
        name: Hits(name, np.array(rows), target.labels[asked], target.groups[asked])
        for name, rows in tables.items()
    }
    return Supplement(**made)


@dataclass(frozen=True, eq=False)
class Inside:
    """What a source head does on the target: ranking, threshold, and repairs without labels.

    Attributes:
        auc: Area under the ROC curve, mean over draws: the ranking.
        called: Share of target texts called positive, mean over draws.
        truly: Share that is positive.
        repairs: Name → hits: as it is, own standardization, CORAL.
    """

    auc: float
    called: float
    truly: float
    repairs: dict[str, Hits]


def look_inside(
    source: Domain, target: Domain, vectors: WordVectors, *, n_labels: int, seeds: Sequence[int]
) -> Inside:
    """Take a source head apart on the target. The repairs see unlabeled target texts of the pool.

    Args:
        source: Where labels come from.
        target: What is asked about.
        vectors: Frozen word vectors.
        n_labels: Source labels of a draw.
        seeds: One draw for each.
    """
    xs, xt = (mean_vectors(d.counts, vectors.matrix) for d in (source, target))
    asked, y = target.evaluation, target.labels[target.evaluation]
    tables: dict[str, list[np.ndarray]] = {"as it is": [], "own statistics": [], "CORAL": []}
    aucs, called = [], []
    for seed in seeds:
        rows = source.draw(n_labels, seed)
        options = {"groups": source.groups[rows], "seed": seed}
        plain = fit_text_head(xs[rows], source.labels[rows], **options)
        logits = plain.decision_function(xt[asked])
        aucs.append(roc_auc_score(y, logits))
        called.append(np.mean(logits > 0))
        tables["as it is"].append((logits > 0) == (y == 1))
        for name, method in (("own statistics", standardize), ("CORAL", coral)):
            # The whole unlabeled source pool says what the source looks like, not one draw.
            maps = method(xs[source.pool], xt[target.pool])
            head = fit_text_head(maps.map_source(xs[rows]), source.labels[rows], **options)
            tables[name].append(head.predict(maps.map_target(xt[asked])) == y)
    repairs = {
        name: Hits(name, np.array(rows), y, target.groups[asked]) for name, rows in tables.items()
    }
    return Inside(float(np.mean(aucs)), float(np.mean(called)), float(y.mean()), repairs)


def unseen_share(domain: Domain, rows: np.ndarray, asked: Domain) -> float:
    """Return the share of known evaluation tokens whose word does not occur in the training rows.

    Args:
        domain: Where the training rows are.
        rows: Training rows.
        asked: Whose evaluation part is counted.
    """
    seen = np.zeros(domain.counts.shape[1], dtype=bool)
    seen[np.unique(domain.counts[rows].indices)] = True
    return float(1 - _share(asked.counts[asked.evaluation], seen))


def _share(counts: csr_matrix, chosen: np.ndarray) -> float:
    """Return the mean over texts of the share of tokens among the chosen words."""
    filled = np.asarray(counts.sum(axis=1)).ravel() > 0
    return float((counts @ chosen.astype(np.float32))[filled].mean())


def in_order_and_shuffled(
    fit: Fit, domain: Domain, n_labels: int, seeds: Sequence[int]
) -> dict[str, Hits]:
    """Fit an encoder on texts in order; ask about evaluation texts in order and shuffled.

    Args:
        fit: As `hits` takes it; what it returns reads `domain.tokens`.
        domain: Where labels come from and what is asked about.
        n_labels: Labels of a draw.
        seeds: One draw for each.
    """
    rng = np.random.default_rng(0)
    mixed = np.empty(len(domain.tokens), dtype=object)
    mixed[:] = [list(rng.permutation(text)) if text else [] for text in domain.tokens]
    shuffled = replace(domain, name="shuffled", tokens=mixed)
    found = hits_of_many("GRU", fit, domain, [domain, shuffled], n_labels, seeds)
    return {"GRU": found[domain.name], "GRU, words shuffled": found["shuffled"]}
