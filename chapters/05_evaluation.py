# %% [markdown] id="front"
# # 05 Evaluation
#
# | This chapter | |
# |---|---|
# | You can afterwards | say what a number is worth: split, interval, pair; keep copies apart; find a leak without being told; measure the size of a lie; compare two models; check calibration; name transfer positive, negative or undecided |
# | You need | chapter 03, and an idea of what a standard deviation is |
# | Minutes to read | 90 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# "Our model has an accuracy of 82 %." It sounds like a property of the model, like a weight or a color. <!-- fixed: a quoted sentence, not a result -->
# Ask four questions and it falls apart: on *which* pictures, *how many*, *who* was in training, and what
# happens if you do it *again*?
#
# This chapter does it again, many times. It also cheats, on purpose, in the ways people cheat by accident, and
# measures each lie in points of accuracy. For every lie there is a small experiment that would have
# exposed it. That experiment is what you take home.
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down before you run the
# cell, on paper or in the gray box (double-click it).

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# The package `tlcourse` holds the machinery. The lines that are the lesson stand in the cells.

# %% id="setup"
import time
import warnings

import numpy as np
import pandas as pd
import tlcourse as tl
from scipy import stats
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from tlcourse import datasets, evaluation, recipes
from tlcourse.plots import evaluation_splits, evaluation_tests
from tlcourse.recipes import (
    chapter05_choice,
    chapter05_heads,
    chapter05_null,
    chapter05_scratch,
    chapter05_versions,
    chapter05_winner,
)

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

pd.options.display.max_colwidth = None
# Some channels of a network are silent for some pictures; scikit-learn reports each of them.
warnings.filterwarnings("ignore", message=r"Features \[|invalid value|divide by zero")
threadpool_limits(1, user_api="blas")  # problems so small that threads only wait for each other
FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
REPEATS = 2 if FAST else 20  # repetitions of every experiment with chance in it
DRAWS = 2 if FAST else 5  # training draws of a learning curve
C = 0.01  # regularization of the linear head, fixed: sections 1 to 8 choose nothing

# %% [markdown] id="data-why"
# ## The pictures, and what belongs together
#
# The emoji have a property that many data sets have in secret: **the same thing comes several times**.
# Here every concept is drawn by several artists. In a data set of photographs it is the frames of one
# video, five pictures of one dog, or the copies that augmentation made. With `DATASET` set to
# `"flowers"` or to a folder of your own, this chapter makes such copies itself, mirrored and zoomed.
#
# The *group* of a picture says which thing it shows. One version of every thing makes the smaller data
# set `one`; sections 1 to 4 use it, and there nothing comes twice.

# %% id="data"
data = chapter05_versions.load_versions(
    DATASET, image_size=IMAGE_SIZE, most=160 if FAST else 600, n=2 if FAST else 3, seed=SEED
)
versions = list(dict.fromkeys(data.domains))
network = tl.backbone(image_size=IMAGE_SIZE)
every = tl.extract(network, data)  # blocks 3, 4 and 5, averaged over positions

first = np.flatnonzero(data.domains == versions[0])
one, features = data.subset(first), every[first]
labels, names = one.labels, one.class_names
everything = np.arange(len(one))
rarest = int(np.bincount(labels).argmin())

print(one)
print(f"{len(data)} pictures of {len(np.unique(data.groups))} things in {len(versions)} versions:")
print(", ".join(versions), f"| features {every.shape}")
if FAST:
    print("Fast mode: few pictures, few repetitions. The intervals are far too wide to read.")

# %% id="look"
shown = [np.flatnonzero(labels == c)[0] for c in range(one.n_classes)]
rows_shown = [v * len(one) + i for v in range(len(versions)) for i in shown]
figure = tl.plots.gallery(
    data.images[rows_shown],
    [names[labels[i]] for i in shown] * len(versions),
    columns=len(shown),
    row_titles=versions,
    title="One thing of each class, in every version",
)
tl.show(
    figure,
    alt=f"Gallery: one thing of each of {len(shown)} classes, in the versions {', '.join(versions)}.",
)

# %% [markdown] id="step-01"
# ## 1. What is the accuracy of this model?
#
# The model is a linear head on the features of blocks 3, 4 and 5, as in chapter 03. The method is the
# usual one: put one fifth aside, train on the rest, count. The only thing that changes is the seed of the
# split.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** The same split with many different seeds: how many points lie between the best and the
# > worst accuracy?
# >
# > Your answer:

# %% id="many"
SPLITS = 6 if FAST else 30
FEW = 40 if FAST else 80
holdouts = datasets.holdouts(one, everything, n=SPLITS, test=0.2, seed=SEED)
few_labeled = [
    (recipes.stratified_rows(labels, train, FEW, seed=i), test)
    for i, (train, test) in enumerate(holdouts)
]
n_train, n_test = (len(part) for part in holdouts[0])
many = recipes.logistic_scores("", features, labels, holdouts, strengths=[C]).accuracies
few = recipes.logistic_scores("", features, labels, few_labeled, strengths=[C]).accuracies

print(f"{n_train} training labels: {min(many):.3f} to {max(many):.3f}")
print(f"{FEW} training labels: {min(few):.3f} to {max(few):.3f}")
print(f"best minus worst: {100 * np.ptp(many):.1f} and {100 * np.ptp(few):.1f} points")

# %% id="figure-1"
right = round(many[0] * n_test)
one_split = evaluation.interval(right, n_test)
figure, alt = evaluation_splits.many_answers(
    {f"{n_train} labels": many, f"{FEW} labels": few}, one_split, n_test=n_test
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-01-end"
# **Nobody can have an accuracy.** The method did not change, the pictures did not change, and the number
# moves by many points. Whoever reports the luckiest seed reports a different model, for free.

# %% [markdown] id="step-02"
# ## 2. Could one split have warned me?
#
# Yes: the number of test pictures is known. If the model is right with probability p on each picture, the
# count of right answers is binomial, and an interval for p follows. Textbooks print p̂ ± z·√(p̂(1−p̂)/n), the
# *Wald* interval. Wilson's interval asks instead which values of p would not be surprised by this count.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** How many points does the interval of the first split reach to each side? And how many test
# > pictures would you need for two points?
# >
# > Your answer:

# %% id="wilson"
p = right / n_test
half = 1.96 * np.sqrt(p * (1 - p) / n_test)
needed = p * (1 - p) * (1.96 / 0.02) ** 2
print(f"{right} of {n_test} right")
print(f"Wald   {p:.3f} [{p - half:.3f}, {p + half:.3f}]")
print(f"Wilson {one_split}")
print(f"for two points to each side: about {needed:,.0f} test pictures")

# %% [markdown] id="coverage-why"
# An interval makes a promise: in 95 of 100 repetitions it holds the truth. A promise can be tested. Choose a
# true accuracy, draw thousands of test sets, and count. <!-- fixed: the level we chose -->

# %% id="coverage"
settings = [(0.95, 30), (0.98, 110), (0.80, 110), (0.80, 1000)]
rng = np.random.default_rng(SEED)
kept = {"Wald": [], "Wilson": []}
for truth, n in settings:
    counts = rng.binomial(n, truth, size=20_000)
    share = counts / n
    reach = 1.96 * np.sqrt(share * (1 - share) / n)
    low, high = evaluation.wilson(counts, n)
    kept["Wald"].append(np.mean(np.abs(share - truth) <= reach))
    kept["Wilson"].append(np.mean((low <= truth) & (truth <= high)))

figure, alt = evaluation_splits.coverage(settings, kept["Wald"], kept["Wilson"])
tl.show(figure, alt=alt)

# %% [markdown] id="step-02-end"
# **Use Wilson's, always.** It keeps its promise near the ends, where good models live, and agrees with the
# textbook elsewhere. The width shrinks with √n: half the width costs four times the pictures.
#
# And read it for what it is. It speaks of the draw of the *test* pictures. It does not know that
# training on other pictures would have given another model.

# %% [markdown] id="ex-05-1-text"
# ### Exercise 05.1 Read a result
#
# *86 of 110 test pictures are right.* Give the 95 % Wilson interval as a pair of fractions. <!-- fixed: the level we chose -->

# %% tags=["exercise"] id="ex-05-1"
### BEGIN ANSWER
found = evaluation.interval(86, 110)
answer = (found.low, found.high)
### ELSE
answer = None  # replace None with (low, high)
### END ANSWER
tl.check("05.1", answer)

# %% [markdown] tags=["solution-only"] id="ex-05-1-answer"
# A count and a total give Wilson's interval. Its middle is not 86/110: near the ends the interval leans toward
# one half, which is why it keeps its promise there.

# %% [markdown] id="step-03"
# ## 3. Is it the split, or the random seed?
#
# A linear head has one best answer. A network does not: it starts from random weights. So there are two
# sources of luck. Papers say "five seeds"; seeds of what?

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Predict.** A head with one hidden layer, several splits, several starts on each. Which moves the accuracy
# > more: another split, or another start?
# >
# > Your answer:

# %% id="split-seed"
SIDE = 2 if FAST else 6
table = chapter05_heads.network_accuracies(features, labels, holdouts[:SIDE], range(SIDE))
figure, alt = evaluation_splits.split_and_seed(table)
tl.show(figure, alt=alt)

between = table.mean(axis=1).std(ddof=1)
within = np.sqrt(table.var(axis=1, ddof=1).mean())
larger = "splits" if between > within else "seeds"
print(f"sd between splits {between:.3f}, between seeds {within:.3f}: here {larger} vary more")

# %% [markdown] id="step-03-end"
# **Vary both, and say which you varied.** Five starts on one split show only the spread *along* a row of this
# table. What the split does to all of them at once stays hidden.

# %% [markdown] id="step-04"
# ## 4. Does one number describe every class?
#
# Cross-validation tests every picture once, by a model that has not seen it. The classes of this data set
# have different sizes, so the folds are *stratified*: each gets its share of every class.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** What is the recall of the rarest class: the share of its pictures that are found?
# >
# > Your answer:

# %% id="classes"
fixed_head = chapter05_heads.linear(C)
cv = evaluation.cross_validate(features, labels, folds=5, fit=fixed_head, seed=SEED)
result = evaluation.measure(cv.probabilities[0], labels, class_names=names, name="linear head")

counted = np.array(result.confusion)
recalls = {
    f"{name} (n = {counted[c].sum()})": evaluation.interval(
        int(counted[c, c]), int(counted[c].sum())
    )
    for c, name in enumerate(names)
}
figure = tl.plots.dots_with_intervals(
    recalls,
    xlabel="recall: share of the class that is found, Wilson interval",
    title=f"Accuracy {result.accuracy:.2f}, macro-F1 {result.macro_f1:.2f}",
    reference=result.accuracy,
    reference_label="accuracy",
    digits=2,
)
words = ", ".join(f"{name} {value.estimate:.2f}" for name, value in recalls.items())
tl.show(figure, alt=f"Recall of each class with Wilson intervals: {words}.")

is_rare = labels == rarest
plain = [
    np.bincount(rng.permutation(len(labels)) % 5, weights=is_rare) for _ in range(200)
]  # folds dealt without looking at the class
stratified = np.bincount(cv.folds[0], weights=is_rare)
print(f"{names[rarest]}: {is_rare.sum()} pictures, recall {result.recall[names[rarest]]:.2f}")
print(
    f"in a plain fold {np.min(plain):.0f} to {np.max(plain):.0f} of them, "
    f"in a stratified one {stratified.min():.0f} to {stratified.max():.0f}"
)
for c in range(one.n_classes):
    assert np.ptp(np.bincount(cv.folds[0], weights=labels == c)) <= 1

# %% [markdown] id="step-04-end"
# **One number hides the class that nobody looks at.** Macro-F1 gives every class the same weight, and the
# recalls with their n say where to look. Stratifying keeps the folds alike. It does not make rare classes
# less rare.

# %% [markdown] id="step-05"
# ## 5. More pictures, better number?
#
# Now all versions come in. The number of pictures multiplies, the model stays the same. Two ways to deal the folds:
#
# - **random folds**, stratified, as in section 4;
# - **grouped folds**, where all versions of one thing land in the same fold.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** What happens to the cross-validated accuracy with random folds? With grouped folds? And for a
# > nearest-neighbor classifier, which is memory and nothing else?
# >
# > Your answer:

# %% id="copies"
models = {"linear head": fixed_head, "nearest neighbor": chapter05_heads.nearest_neighbor}
random_folds, grouped_folds, copies_lie = {}, {}, {}
for name, fit in models.items():
    random_folds[name] = evaluation.cross_validate(every, data.labels, fit=fit, seed=SEED)
    grouped_folds[name] = evaluation.cross_validate(
        every, data.labels, groups=data.groups, fit=fit, seed=SEED
    )
    # The same picture, answered under both: the lie, with whole things drawn for the interval.
    change = random_folds[name].hits[0].astype(float) - grouped_folds[name].hits[0]
    copies_lie[name] = evaluation.interval(change, groups=data.groups)
    print(
        f"{name}: random folds {random_folds[name].hits.mean():.3f}, "
        f"grouped folds {grouped_folds[name].hits.mean():.3f}"
    )
    print(f"    the lie: {copies_lie[name]}")

# %% [markdown] id="refused-why"
# The package refuses such a split where it can see it. The groups must be known for that.

# %% id="refused"
fold = random_folds["linear head"].folds[0]
parts = {"train": np.flatnonzero(fold != 0), "test": np.flatnonzero(fold == 0)}
try:
    datasets.assert_disjoint(data, parts)
    print("nothing is shared")
except tl.errors.DataError as error:
    print("refused:", error)

fold = grouped_folds["linear head"].folds[0]
for i in range(5):
    datasets.assert_disjoint(
        data, {"train": np.flatnonzero(fold != i), "test": np.flatnonzero(fold == i)}
    )
print("grouped folds share no group and no content")

# %% [markdown] id="step-05-end"
# **Recognition was sold as generalization.** With random folds, the model has seen the same thing in another
# version. Compare the two lies: the nearest neighbor has no knowledge, only memory, and memory is what random folds
# reward.

# %% [markdown] id="uses-why"
# ### So which split is right?
#
# The one that keeps apart what will be *new* when the model is used. The same pictures and the same model, asked four
# different questions: the thing may be known or new, and so may the version.

# %% id="uses"
if DATASET != "emoji":
    print(f"'{one.name}' has no styles of its own: a new version is an altered copy here.")


def answered(cuts):
    hits = np.zeros(len(data), dtype=bool)
    for train, test in cuts:
        head = fixed_head(every[train], data.labels[train])
        hits[test] = head.predict(every[test]) == data.labels[test]
    return evaluation.interval(hits, groups=data.groups)  # whole things are drawn again


new_version = [
    (np.flatnonzero(data.domains != version), np.flatnonzero(data.domains == version))
    for version in versions
]
both_new = [cut[1:] for cut in datasets.leave_one_out(data, by="domain", n_folds=5, seed=SEED)]
uses = {
    "known thing, known version": evaluation.interval(
        random_folds["linear head"].hits[0], groups=data.groups
    ),
    "known thing, new version": answered(new_version),
    "new thing, known version": evaluation.interval(
        grouped_folds["linear head"].hits[0], groups=data.groups
    ),
    "new thing, new version": answered(both_new),
}
figure = tl.plots.dots_with_intervals(uses, title="Four questions, four accuracies")
words = ", ".join(f"{use}: {value}" for use, value in uses.items())
tl.show(figure, alt=f"Accuracy of the same model with intervals. {words}.")

# %% [markdown] id="uses-end"
# None of the four is wrong. New concepts: group by concept. A new style: leave the style out. New pictures of known
# things in known styles: then random folds are honest. A number without its question says nothing.

# %% [markdown] id="ex-05-2-text"
# ### Exercise 05.2 Who must stay together?
#
# For each use, name the key that must never be on both sides of the split:
#
# - **A** one drawing of each concept; used on new concepts
# - **B** three drawings of each concept; used on new concepts
# - **C** several styles; used on known concepts, in a style never seen
# - **D** spoken digits, several recordings by each speaker; used by new speakers
#
# Choose from `None`, `"picture"`, `"concept"`, `"style"`, `"speaker"`, `"recording"`.

# %% tags=["exercise"] id="ex-05-2"
### BEGIN ANSWER
answer = {"A": None, "B": "concept", "C": "style", "D": "speaker"}
### ELSE
answer = {"A": ..., "B": ..., "C": ..., "D": ...}  # replace each ...
### END ANSWER
tl.check("05.2", answer)

# %% [markdown] tags=["solution-only"] id="ex-05-2-answer"
# In A every picture is its own thing, so there is nothing to hold together. B and C use the same pictures
# and need different splits, because different things are new.

# %% [markdown] id="step-06"
# ## 6. How could I have found that leak without being told?
#
# Nobody tells you the groups. Tools that look for near-copies help with near-copies. There is a test that needs neither:
#
# > **Give the pipeline labels that mean nothing. If it still does well, something leaks.**
#
# How to shuffle matters. If you fear that things come several times, give each *thing* a wrong label: all its
# versions get the same one.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** Labels are meaningless. What does the nearest neighbor score with random folds, what with grouped
# > folds? And if every *picture* gets its own random label?
# >
# > Your answer:


# %% id="shuffle"
def shuffled(labels, keep_together, seed):
    """Deal the labels anew; items that belong together get the same one."""
    _, position, member = np.unique(keep_together, return_index=True, return_inverse=True)
    return np.random.default_rng(seed).permutation(labels[position])[member]


def nonsense_scores(keep_together, groups):
    return np.array([
        evaluation.cross_validate(
            every, shuffled(data.labels, keep_together, seed), groups=groups,
            fit=chapter05_heads.nearest_neighbor, seed=seed,
        ).hits.mean()
        for seed in range(2 if FAST else 5)
    ])  # fmt: skip


each_picture = np.arange(len(data))
chance = float(np.sum((np.bincount(data.labels) / len(data)) ** 2))
nonsense = {
    ("per thing", "random"): nonsense_scores(data.groups, None),
    ("per thing", "grouped"): nonsense_scores(data.groups, data.groups),
    ("per picture", "random"): nonsense_scores(each_picture, None),
    ("per picture", "grouped"): nonsense_scores(each_picture, data.groups),
}
print(f"chance, Σp² = {chance:.3f}")
for (shuffle, kind), scores in nonsense.items():
    print(f"shuffled {shuffle}, {kind} folds: {evaluation.interval(scores)}")

# %% id="figure-4"
panels = {"random": {}, "grouped": {}}
for kind, found in (("random", random_folds), ("grouped", grouped_folds)):
    real = {name: evaluation.interval(found[name].hits[0], groups=data.groups) for name in models}
    panels[kind] = {
        "linear head": {"real labels": real["linear head"]},
        "nearest neighbor": {
            "real labels": real["nearest neighbor"],
            "shuffled per thing": evaluation.interval(nonsense["per thing", kind]),
            "shuffled per picture": evaluation.interval(nonsense["per picture", kind]),
        },
    }
figure, alt = evaluation_splits.leak_and_test(panels["random"], panels["grouped"], chance=chance)
tl.show(figure, alt=alt)

# %% [markdown] id="band-why"
# How far from chance may nonsense score by luck? Keep the predictions, and deal the true labels anew, thing by
# thing, many times. That gives the band that a clean pipeline stays in.

# %% id="band"
answers = grouped_folds["nearest neighbor"].predictions[0]
lucky = [np.mean(shuffled(data.labels, data.groups, 100 + i) == answers) for i in range(500)]
low, high = np.percentile(lucky, [0.5, 99.5])
print(f"a clean pipeline scores {low:.3f} to {high:.3f} on nonsense")
for kind in ("random", "grouped"):
    score = nonsense["per thing", kind].mean()
    verdict = "LEAKS" if score > high else "no leak shown"
    print(f"{kind} folds: {score:.3f}, {verdict}")

# %% [markdown] id="step-06-end"
# **A pipeline that learns nonsense is leaking.** And the shuffle must fit the fear: dealt picture by picture,
# the labels of one thing disagree, and the leak turns invisible.
#
# The test has limits. It finds leaks through copies and through selection. It does not find wrong preprocessing, or a
# test set that differs from the world.

# %% [markdown] id="step-07"
# ## 7. Are all these answers as many pieces of evidence?
#
# Take the honest, grouped cross-validation. Every version of every thing was answered once. If the model fails
# on the apple in one style, it is likely to fail on the apple in another.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** The interval from drawing whole *things* again, against the one that takes every *picture* as
# > independent: how many times wider?
# >
# > Your answer:

# %% id="design"
hits = grouped_folds["linear head"].hits[0]
by_picture = evaluation.interval(hits)
by_thing = evaluation.interval(hits, groups=data.groups)

m = len(versions)
correlation = np.corrcoef(hits.reshape(m, -1))  # is version a right where version b is?
rho = correlation[np.triu_indices(m, 1)].mean()
ratio = (by_thing.high - by_thing.low) / (by_picture.high - by_picture.low)
print(f"pictures as independent: {by_picture}, n = {by_picture.n}")
print(f"whole things:            {by_thing}, n = {by_thing.n}")
print(
    f"{ratio:.2f} times as wide; design effect {ratio**2:.2f}, formula 1 + (m - 1)ρ = "
    f"{1 + (m - 1) * rho:.2f} with ρ = {rho:.2f}"
)
print(f"{len(hits)} answers are worth about {len(hits) / ratio**2:.0f}")

# %% [markdown] id="step-07-end"
# **Draw what is independent: things, never their pictures.** The formula says when it matters: the design
# effect 1 + (m − 1)ρ grows with the number m of versions and with their correlation ρ.

# %% [markdown] id="step-08"
# ## 8. Can preparation leak?
#
# A classic from genetics: thousands of measurements, few patients. First keep the features that go best with the
# diagnosis, then cross-validate a classifier on them. To see what that does, let a *coin* throw the labels. There
# is nothing to find, and honest is one half.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Keep the 20 features with the best F statistic, once before the folds are dealt, once inside each fold.
# > What do the two score on coin-flip labels?
# >
# > Your answer:


# %% id="coin"
def coin_experiment(seed):
    rng = np.random.default_rng(seed)
    x = features[rng.permutation(len(features))[:100]]
    y = rng.permutation(np.arange(len(x)) % 2)  # thrown by a coin
    deal = StratifiedKFold(5, shuffle=True, random_state=seed)

    best = SelectKBest(f_classif, k=20).fit_transform(x, y)  # has seen every label
    classify = make_pipeline(StandardScaler(), LogisticRegression())
    before = cross_val_score(classify, best, y, cv=deal).mean()

    whole = make_pipeline(SelectKBest(f_classif, k=20), *[step for _, step in classify.steps])
    inside = cross_val_score(whole, x, y, cv=deal).mean()
    return before, inside


before, inside = np.array([coin_experiment(seed) for seed in range(REPEATS)]).T
selection_lie = evaluation.interval(before - inside)
print(f"chosen before the folds: {evaluation.interval(before)}")
print(f"chosen inside each fold: {evaluation.interval(inside)}")
print(f"the lie: {selection_lie}")

# %% [markdown] id="scaling-why"
# And standardizing before the folds, which many do? It sees the test pictures, but not their labels. The same
# experiment says what that is worth, with real labels this time.


# %% id="scaling"
def scaling_experiment(seed):
    some = recipes.stratified_rows(labels, everything, 100, least=3, seed=seed)
    x, y = features[some], labels[some]
    deal = StratifiedKFold(3, shuffle=True, random_state=seed)
    head = LogisticRegression(C=C)
    outside = cross_val_score(head, StandardScaler().fit_transform(x), y, cv=deal).mean()
    inside = cross_val_score(make_pipeline(StandardScaler(), head), x, y, cv=deal).mean()
    return outside, inside


outside, inside = np.array([scaling_experiment(seed) for seed in range(REPEATS)]).T
scaling_lie = evaluation.interval(outside - inside)
print(f"scaled before the folds minus inside: {scaling_lie}")

# %% [markdown] id="step-08-end"
# **Every step that has seen the labels belongs inside the fold.** scikit-learn's `Pipeline` is made for that: the
# fold refits all of it.
#
# Keep the scaler inside too. Where the interval includes zero, its leak was not shown *here*; "harmless" is a claim that has to be measured
# each time, and inside costs nothing.

# %% [markdown] id="ex-05-3-text"
# ### Exercise 05.3 Repair the pipeline
#
# This cell reports a fine accuracy on labels thrown by a coin:
#
# ```python
# x = SelectKBest(f_classif, k=20).fit_transform(x, y)
# x = StandardScaler().fit_transform(x)
# cross_val_score(LogisticRegression(), x, y, cv=5).mean()
# ```
#
# Hand in an **unfitted estimator** that does the same steps honestly. The check tries a clone of it on coin-flip
# labels it keeps hidden, and on the two largest classes of your data.

# %% tags=["exercise"] id="ex-05-3"
### BEGIN ANSWER
answer = make_pipeline(SelectKBest(k=20), StandardScaler(), LogisticRegression(max_iter=1000))
### ELSE
answer = None  # replace None with an estimator
### END ANSWER
tl.check("05.3", answer, features=features, labels=labels)

# %% [markdown] tags=["solution-only"] id="ex-05-3-answer"
# Three steps, none of them fitted. `cross_val_score` clones the whole pipeline for each fold, so the selection
# sees the training part and nothing else.

# %% [markdown] id="step-09"
# ## 9. May I look at the test set twice?
#
# From here on there is something to choose, so a part is sealed. `split.development` may be looked at; the
# sealed part answers once.

# %% id="seal"
careless = tl.split(one, test=0.2, validation=0, seed=SEED)
print("look-alikes across the parts:", datasets.leaks(careless))

merged = datasets.group_near_duplicates(one)  # look-alikes now belong together
split = tl.split(merged, test=0.2, validation=0, seed=SEED)
rows = split.development
tl.audit.split_is_clean(split)
print("after grouping them:         ", datasets.leaks(split))
development, x, y = merged.subset(rows), features[rows], labels[rows]
print(split)

# %% [markdown] id="seal-end"
# `datasets.leaks` compares the pictures themselves and reports pairs that look nearly the same. It finds what a search
# for near-copies can find; the same apple in another style it would not.

# %% [markdown] id="winner-why"
# Two hundred models, all equally good: the same classifier on different random subsets of the features. Each is
# measured on the same test pictures, and the best one goes into the report.

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** The best of 200 equally good models: how many points above its true accuracy does it report?
# >
# > Your answer:

# %% id="winner"
N_TRAIN, N_TEST = len(y) // 3, len(y) // 4
TRIED = (1, 20, 200)


def contest(seed):
    order = np.random.default_rng(seed).permutation(len(y))
    train, rest = order[:N_TRAIN], order[N_TRAIN:]
    hits = chapter05_choice.candidate_hits(x, y, train, rest, n=max(TRIED), seed=seed)
    scores, truths = hits[:, :N_TEST].mean(axis=1), hits[:, N_TEST:].mean(axis=1)
    best = [scores[:k].argmax() for k in TRIED]
    return scores[best], truths[best]


reported, true = (np.array(part) for part in zip(*map(contest, range(REPEATS)), strict=True))
lucky_lie = evaluation.interval(reported[:, -1] - true[:, -1])
for k, a, b in zip(TRIED, reported.mean(axis=0), true.mean(axis=0), strict=True):
    print(f"best of {k:>3}: reports {a:.3f}, is worth {b:.3f}, luck {100 * (a - b):+.1f} points")
print(f"{N_TRAIN} pictures to train, {N_TEST} to choose, {len(y) - N_TRAIN - N_TEST} for the truth")
print(f"the lie of the best of {TRIED[-1]}: {lucky_lie}")

# %% [markdown] id="winner-end"
# Nobody cheated. Each of the models was measured correctly, and one of them was lucky. Its report is the maximum of
# many noisy numbers, and a maximum collects the noise. Every contest draws its pictures anew, so the luck is made
# anew too, and the plain interval of the contests may be used here.

# %% [markdown] id="nested-why"
# The honest way has a name: **nested cross-validation**. Inner folds choose, outer folds measure, and what is measured is
# the whole procedure, choice included. Next to it stands the flat way: the best cross-validated score of all
# candidates.

# %% id="nested"
blocks = dict(zip("345", np.split(x, [256, 768], axis=1), strict=True))
sets = {"+".join(key): np.hstack([blocks[b] for b in key]) for key in ("3", "4", "5", "45", "345")}
PER_CLASS = max(3, min(10, np.bincount(y).min() // 2))
chosen = []
for seed in range(REPEATS):
    some = datasets.few_labels(y, np.arange(len(y)), PER_CLASS, seed=seed)
    rest = np.setdiff1d(np.arange(len(y)), some)
    chosen.append(
        chapter05_choice.flat_and_nested(
            sets, y, some, rest, n_folds=min(5, PER_CLASS), n_inner=min(3, PER_CLASS - 1), seed=seed
        )
    )

flat, nested, truth = (
    np.array([getattr(c, kind) for c in chosen]) for kind in ("flat", "nested", "truth")
)
flat_lie = evaluation.interval(flat - truth)
print(f"{len(sets) * len(chapter05_choice.PENALTIES)} candidates, {len(some)} labels")
for name, values in (("flat, the best score", flat), ("nested", nested), ("truth", truth)):
    print(f"{name:21} {values.mean():.3f}")
print(f"flat minus truth: {flat_lie}")
print(f"nested minus truth: {evaluation.interval(nested - truth)}")

# %% [markdown] id="nested-end"
# Look at the intervals before you believe either. Twenty candidates that are much alike cheat little; hundreds cheat
# much. You do not know beforehand which case is yours, and nesting costs only time.
#
# Now the choice is made inside, once, on the development part, and the seal is broken.

# %% id="open"
final = tl.fit_head(x, y, groups=development.groups, n_classes=one.n_classes)
print(
    f"chosen inside: C = {final.strength:g}, inner accuracy {max(final.inner_scores.values()):.3f}"
)
print(tl.evaluate(final, features, split=split, part="test", name="final head"))
assert split.times_opened == 1

other = tl.fit_head(x, y, strengths=[1.0], n_classes=one.n_classes)
try:
    tl.evaluate(other, features, split=split, part="test")
except tl.errors.SealError as error:
    print("\nrefused:", error)
assert split.times_opened == 1

# %% [markdown] id="step-09-end"
# **Choose inside, report outside.** The test part may be opened for one model. The second look turns it into a
# validation part, and nobody can turn it back.

# %% [markdown] id="widget-why"
# ## The lucky winner, to play with
#
# First the figure, then sliders. Drag the number of *models tried* and watch the report climb while the truth stays.
# Drag the number of *test pictures* and watch the gap shrink.

# %% tags=["widget"] id="widget"
from tlcourse.widgets.winner import lucky_winner

order = np.random.default_rng(SEED).permutation(len(y))
hit_table = chapter05_choice.candidate_hits(x, y, order[:N_TRAIN], order[N_TRAIN:], seed=SEED)
played = chapter05_winner.contests(
    hit_table,
    models=(1, 5, 20, 100, 200),
    items=[n for n in (10, 20, 50, 110, 200) if n < 0.75 * hit_table.shape[1]],
    repeats=300,
    seed=SEED,
)
lucky_winner(played)

# %% [markdown] id="lies-why"
# ## The size of each lie
#
# All leaks of this chapter on one scale: reported minus true, in points of accuracy, with the experiment that exposes
# it. An open circle means that its interval includes zero: no lie was shown.

# %% id="lies"
told = {
    "features chosen before the folds": (selection_lie, "labels thrown by a coin"),
    "copies on both sides, nearest neighbor": (
        copies_lie["nearest neighbor"],
        "labels shuffled per thing",
    ),
    "copies on both sides, linear head": (copies_lie["linear head"], "labels shuffled per thing"),
    f"best of {TRIED[-1]} on the test part": (lucky_lie, "pictures nobody chose with"),
    "best score of the folds that chose": (flat_lie, "nested cross-validation"),
    "scaled before the folds": (scaling_lie, "the same inside the folds"),
}
told = dict(sorted(told.items(), key=lambda row: -row[1][0].estimate))
figure, alt = evaluation_splits.lies(told)
tl.show(figure, alt=alt)

shown_lies = sum(lie.low > 0 for lie, _ in told.values())
print(f"{shown_lies} of {len(told)} have an interval above zero")

# %% [markdown] id="lies-end"
# All of these numbers came from correct code without a warning. What was wrong was *who had seen what*. Each of the
# experiments on the right needs a few lines, and no suspicion beforehand.

# %% [markdown] id="step-10"
# ## 10. Which of six one-line changes helped?
#
# Six questions of the kind that fills a week: other blocks ("3-5" joins blocks 3, 4 and 5), another C. Each is answered by five times five-fold
# cross-validation, on the same folds for every variant, so that the differences are *paired*. Three ways to judge a
# difference:
#
# - **naive**: the plain paired t test over all folds;
# - **corrected**: the same, allowing for the pictures that the folds share (section 11 says why);
# - **McNemar**: on one repeat, of the pictures where the two disagree, who wins?
#
# And one way to count: **Holm** raises the p-values because six questions were asked, not one.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** How many of the six will the naive test call real? How many the corrected one? How many remain after
# > Holm?
# >
# > Your answer:

# %% id="six-run"
variants = {
    "3-5": (np.hstack([blocks[b] for b in "345"]), C),
    "5": (blocks["5"], C),
    "4": (blocks["4"], C),
    "4-5": (np.hstack([blocks[b] for b in "45"]), C),
    "3-4": (np.hstack([blocks[b] for b in "34"]), C),
    "3-5, C = 1": (np.hstack([blocks[b] for b in "345"]), 1.0),
}
scored = {
    name: evaluation.cross_validate(
        inputs,
        y,
        groups=development.groups,
        folds=5,
        repeats=1 if FAST else 5,
        seed=SEED,
        fit=chapter05_heads.linear(strength),
    )
    for name, (inputs, strength) in variants.items()
}
assert len({found.fold_hash for found in scored.values()}) == 1  # identical folds for all
for name, found in scored.items():
    print(f"blocks {name:11} {found.interval}")

# %% id="six"
asked = [("3-5", "5"), ("3-5", "4"), ("4-5", "4"), ("3-5", "3-4"), ("3-5", "4-5"),
         ("3-5", "3-5, C = 1")]  # fmt: skip
corrected, naive, table = {}, {}, []
for a, b in asked:
    question = f"{a} over {b}"
    differences = scored[a].accuracy - scored[b].accuracy
    corrected[question] = evaluation.compare(scored[a], scored[b], names=(a, b))
    naive[question] = evaluation.interval(differences)
    one_set = evaluation.mcnemar(scored[a].hits[0], scored[b].hits[0])
    table.append(
        {
            "question": question,
            "points": f"{100 * differences.mean():+.1f}",
            "better in": f"{(differences > 0).sum()} of {len(differences)} folds",
            "p, naive": stats.ttest_1samp(differences, 0).pvalue,
            "p, corrected": corrected[question].p,
            "p, McNemar": one_set.p,
        }
    )
table = pd.DataFrame(table)
table["p, corrected and Holm"] = evaluation.holm(table["p, corrected"])
table["verdict"] = [
    recipes.decided(corrected[question]) if adjusted < 0.05 else "undecided"
    for question, adjusted in zip(table["question"], table["p, corrected and Holm"], strict=True)
]
table.style.hide(axis="index").format(precision=3)

# %% id="figure-5"
kept = dict(zip(table["question"], table["p, corrected and Holm"] < 0.05, strict=True))
figure, alt = evaluation_tests.questions(corrected, naive, kept)
tl.show(figure, alt=alt)

# %% [markdown] id="step-10-end"
# **Quote the interval, count the questions, show all of them.** Picking the one that came out well and
# reporting it alone is section 9 again.
#
# And "undecided" is not "equal". A wide interval around zero says that these pictures cannot tell.

# %% [markdown] id="step-11"
# ## 11. Why did the naive test lie?
#
# Build a world where nothing is to be found. Labels are a fair coin. There are forty features, all of the same kind;
# one model sees twenty of them, the other model the other twenty. By symmetry neither is better. Now compare them on
# random splits of 200 items, and count how often the test says p < 0.05. <!-- fixed: the level we chose -->

# %% [markdown] tags=["prediction"] id="predict-11"
# > **Predict.** How often does the naive test raise a false alarm with 5, 15, 25 and 100 splits?
# >
# > Your answer:

# %% id="alarms"
found = chapter05_null.false_alarms((5, 15, 25, 100), worlds=200 if FAST else 2000, seed=SEED)
figure, alt = evaluation_tests.alarms(found)
tl.show(figure, alt=alt)

# %% [markdown] id="step-11-end"
# **More repeats of the same pictures buy false confidence, not evidence.** The splits share most of their training
# pictures, so their differences are alike, and their spread is too small. Nadeau and Bengio add what is shared:
#
# $$t = \frac{\bar d}{\sqrt{\left(\frac{1}{J} + \frac{n_\text{test}}{n_\text{train}}\right) s^2}},\qquad J - 1 \text{ degrees of freedom}$$
#
# However many splits you make, the second term stays. It is an approximation, for training parts that overlap and
# test parts smaller than they are. `tl.evaluation.compare` uses it.

# %% [markdown] id="ex-05-4-text"
# ### Exercise 05.4 The corrected interval
#
# Write `corrected_interval(differences, n_train, n_test)`: the mean of paired differences and the ends of its
# 95 % interval, as `(mean, low, high)`. `stats.t.ppf` gives quantiles of t. <!-- fixed: the level we chose -->


# %% tags=["exercise"] id="ex-05-4"
def corrected_interval(differences, n_train, n_test):
    ### BEGIN ANSWER
    J, mean = len(differences), differences.mean()
    error = differences.std(ddof=1) * np.sqrt(1 / J + n_test / n_train)
    half = stats.t.ppf(0.975, J - 1) * error
    return mean, mean - half, mean + half
    ### ELSE
    return None  # replace None with (mean, low, high)
    ### END ANSWER


tl.check("05.4", corrected_interval)

# %% [markdown] tags=["solution-only"] id="ex-05-4-answer"
# Three places to slip: `ddof=1`, the degrees of freedom, and which size goes on top. A larger *test* part means a
# smaller training part that other splits share less of, and each difference is less settled.

# %% [markdown] id="step-12"
# ## 12. When it says 92 %, is it right 92 % of the time? <!-- fixed: a quoted confidence, not a result -->
#
# A probability is a promise too. Collect all answers given with about the same confidence, and count how many are
# right. The mean distance between the two is the *expected calibration error*, ECE. Two heads: one hardly
# regularized, one strongly.

# %% [markdown] tags=["prediction"] id="predict-12"
# > **Predict.** Where the hardly regularized head says more than 0.9, how often is it right? <!-- fixed: the bin asked about -->
# >
# > Your answer:

# %% id="calibration"
parts = []
for rest, test in datasets.folds(y, development.groups, n=5, seed=SEED):
    fitted, validation = datasets.holdouts(development, rest, n=1, test=0.25, seed=SEED)[0]
    parts.append((fitted, validation, test))

measured = {}
for strength in (1000.0, 0.001):
    runs = []
    for fitted, validation, test in parts:
        head = tl.fit_head(x[fitted], y[fitted], strengths=[strength], n_classes=one.n_classes)
        raw = head.predict_proba(x[test])
        cooling = evaluation.temperature(head.predict_proba(x[validation]), y[validation])
        cooled = cooling.apply(raw)
        assert cooling.value > 0
        assert (cooled.argmax(axis=1) == raw.argmax(axis=1)).all()  # no answer changes
        runs.append(
            (cooling.value, evaluation.calibration(raw, y[test]),
             evaluation.calibration(cooled, y[test]), raw, cooled)
        )  # fmt: skip
    measured[strength] = runs

# %% id="calibration-table"
sizes = {"n_train": len(fitted), "n_test": len(test)}
lines = []
for strength, runs in measured.items():
    raw, cooled = [r[1] for r in runs], [r[2] for r in runs]
    repair = evaluation.compare([c.nll for c in cooled], [r.nll for r in raw], **sizes)
    for name, found in (("as it is", raw), ("after temperature", cooled)):
        lines.append(
            {
                "head": f"C = {strength:g}, {name}",
                "accuracy": np.mean([f.accuracy for f in found]),
                "confidence": np.mean([f.confidence for f in found]),
                "ECE": np.mean([f.ece for f in found]),
                "a perfect model's ECE": np.mean([f.null_mean for f in found]),
                "its 95th percentile": np.mean([f.null_95 for f in found]),
                "NLL": np.mean([f.nll for f in found]),
            }
        )
    T = np.mean([r[0] for r in runs])
    kind = "overconfident" if T > 1 else "underconfident"
    word = "lower" if repair.high < 0 else "higher" if repair.low > 0 else "undecided"
    print(
        f"C = {strength:g}: T = {T:.2f} ({kind}); NLL changes by {repair.difference:+.3f} "
        f"[{repair.low:+.3f}, {repair.high:+.3f}]: {word}"
    )
print(f"means of {len(parts)} folds, {len(test)} test pictures each")
pd.DataFrame(lines).style.hide(axis="index").format(precision=3)

# %% id="figure-7"
asked = np.concatenate([test for _, _, test in parts])  # every picture once
raw, cooled = (np.concatenate([run[i] for run in measured[1000.0]]) for i in (3, 4))
figure, alt = evaluation_tests.reliability(
    evaluation.calibration(raw, y[asked]),
    evaluation.calibration(cooled, y[asked]),
    names=("as it is", "after temperature"),
    title=f"C = 1000, {len(asked)} pictures, each answered once",
)
tl.show(figure, alt=alt)

# %% [markdown] id="ece-n-why"
# Is an ECE above zero bad? Ask a model that is perfect by construction: draw the labels from its own probabilities.
# What ECE does it show, for different numbers of test pictures?

# %% id="ece-n"
rng = np.random.default_rng(SEED)
for n in (50, 110, 500, 5000):
    P = cooled[rng.integers(len(cooled), size=n)]
    perfect = evaluation.calibration(
        P, P.argmax(axis=1), draws=200
    )  # its null draws its own labels
    print(
        f"n = {n:>5}: a perfect model shows ECE {perfect.null_mean:.3f} on average, "
        f"up to {perfect.null_95:.3f}"
    )

# %% [markdown] id="step-12-end"
# **ECE is never zero, so compare it with its own null.** With few pictures a perfect model looks miscalibrated. So the
# verdict is "miscalibrated" or "cannot tell", never "calibrated".
#
# Temperature scaling changes no answer, only how loudly it is given. It is fitted on validation pictures. Judge the
# repair by the negative log likelihood, which has no bins and no bias.

# %% [markdown] id="ex-05-5-text"
# ### Exercise 05.5 Is it miscalibrated?
#
# `stored` holds the test probabilities of a head with C = 1, and `stored_labels` the true classes. Report the
# ECE (15 bins), the 95th percentile of ECE in a calibrated world, and your verdict: `"miscalibrated"` or
# `"cannot tell"`.

# %% id="stored"
fitted, _, test = parts[1]
stored_head = tl.fit_head(x[fitted], y[fitted], strengths=[1.0], n_classes=one.n_classes)
stored, stored_labels = stored_head.predict_proba(x[test]), y[test]

# %% tags=["exercise"] id="ex-05-5"
### BEGIN ANSWER
judged = evaluation.calibration(stored, stored_labels)
answer = {"ece": judged.ece, "null_95": judged.null_95, "verdict": judged.verdict}
### ELSE
answer = {"ece": ..., "null_95": ..., "verdict": ...}  # replace each ...
### END ANSWER
tl.check("05.5", answer, probabilities=stored, labels=stored_labels)

# %% [markdown] tags=["solution-only"] id="ex-05-5-answer"
# One call gives all three. The yardstick comes from labels drawn with each picture's own probabilities; shuffled
# labels would describe a model that knows nothing.

# %% [markdown] id="step-13"
# ## 13. What did transfer buy?
#
# *Transfer gain* = the target metric with transfer − without it. Without is no straw man: a small convolutional
# network, trained from scratch on the same labels, with dropout and flips, tested on the same pictures, draw by draw.
#
# One number is not enough, because the two sides spend different things. Three accounts: equal **labels**, equal
# **seconds**, equal **arithmetic**.

# %% [markdown] tags=["prediction"] id="predict-13"
# > **Predict.** How many points does transfer gain with few labels? With four times as many?
# >
# > Your answer:

# %% id="transfer-curve"
SIZES = (16, 40, 80) if FAST else (16, 40, 80, 160, 320)
pool, tested = datasets.holdouts(development, np.arange(len(y)), n=1, test=0.2, seed=SEED)[0]
SIZES = tuple(s for s in SIZES if one.n_classes <= s <= len(pool))
with_transfer = evaluation.learning_curve(x, y, SIZES, seeds=DRAWS, fit=fixed_head, test=tested)

sample = development.images[:64]
network.pooled(sample[:32])
start = time.perf_counter()
network.pooled(sample)
forward = (time.perf_counter() - start) / len(sample)  # seconds for each picture
print(f"{len(tested)} test pictures; VGG16 takes {1000 * forward:.1f} ms for each picture")
with_transfer.to_frame().style.hide(axis="index").format(precision=3)

# %% id="scratch"
COMPARED = SIZES[-1:] if FAST else tuple(s for s in (80, 320) if s in SIZES)
CHECKPOINTS = (20, 60) if FAST else (300, 900)
small = chapter05_scratch.shrink(development.images)
rival = chapter05_scratch.FromScratch(one.n_classes)
print(f"{rival.trained_parameters:,} weights, pictures of {small.shape[1]} px")


def from_scratch(size):
    return chapter05_scratch.scratch_hits(
        rival, small, y, pool, tested, size=size, seeds=range(DRAWS), checkpoints=CHECKPOINTS
    )


scratch = {COMPARED[0]: from_scratch(COMPARED[0])}
print(f"{1000 * scratch[COMPARED[0]][1]:.1f} ms for each training step of 32 pictures")

# %% id="scratch-more"
for size in COMPARED[1:]:
    scratch[size] = from_scratch(size)

lines, emoji_gains = [], []
for size, (hits, step) in scratch.items():
    i = SIZES.index(size)
    seconds = size * forward + with_transfer.seconds[i].mean()
    flops = size * network.flops
    for steps, without in zip(CHECKPOINTS, hits, strict=True):
        gain = evaluation.transfer_gain(with_transfer.hits[i], without, labels=size)
        lines.append(
            {
                "labels": size,
                "steps from scratch": steps,
                "with transfer": gain.with_transfer,
                "from scratch": gain.without,
                "gain, points": f"{100 * gain.gain:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]",
                "verdict": gain.word,
                "seconds, scratch / transfer": steps * step / seconds,
                "arithmetic, scratch / transfer": steps * 32 * rival.flops_per_picture / flops,
            }
        )
    emoji_gains.append(gain)  # the longest training is the fairest rival
pd.DataFrame(lines).style.hide(axis="index").format(precision=2)

# %% [markdown] id="step-13-end"
# Read the last two columns as exchange rates. Above 1, the network from scratch had more seconds, or more arithmetic,
# than the frozen VGG16 and its head. Where that is so and the gain is still positive, compute did not
# replace labels.
#
# One bill is missing from all accounts: the pretraining itself. It was paid once, by somebody else, and is spread over
# everyone who downloads the weights. Say so when you compare.

# %% [markdown] id="step-14"
# ## 14. Can the gain be negative?
#
# Handwritten digits: no color, no texture, no background, eight by eight pixels. The side without transfer is a linear
# head on the 64 raw pixels. Both sides choose their own C inside the training part. Test and training have
# different writers, for the reason of section 5.

# %% [markdown] tags=["prediction"] id="predict-14"
# > **Predict.** Block 5 of VGG16 against raw pixels, with 40 labels and with 320: who wins? And block 4?
# >
# > Your answer:

# %% id="digits"
digits = tl.load("digits", size=IMAGE_SIZE)
some = np.arange(len(digits))
if FAST:
    some = recipes.stratified_rows(digits.labels, some, 240)
digits = digits.subset(some)
late = tl.extract(network, digits, at=("block4_pool", "block5_pool"))
from sklearn.datasets import load_digits

inputs = {
    "raw pixels": load_digits().data[some],
    "block 5": late[:, 512:],
    "block 4": late[:, :512],
}

# %% id="digits-curves"
writers = np.unique(digits.groups, return_inverse=True)[1]
asked = np.isin(writers, np.unique(writers)[1::2])  # every second writer is tested
choose = chapter05_heads.chosen((0.01, 0.1, 1.0), folds=3)
curves = {
    name: evaluation.learning_curve(
        features_of, digits.labels, (40, 80) if FAST else (40, 80, 160, 320),
        seeds=2 if FAST else 10, fit=choose, groups=writers, test=asked,
    )
    for name, features_of in inputs.items()
}  # fmt: skip
gains = {
    f"digits, {cut} − pixels": evaluation.gain_curve(curves[cut], curves["raw pixels"])
    for cut in ("block 5", "block 4")
}
print(f"{asked.sum()} test digits of {len(np.unique(writers[asked]))} writers")
for name, found in gains.items():
    print(name)
    for gain in found:
        print("   ", gain)

# %% id="figure-8"
figure, alt = evaluation_tests.curves_and_gains(
    sorted({*SIZES, *curves["raw pixels"].sizes}),
    {
        f"{one.name}, VGG16 features": dict(zip(SIZES, with_transfer.intervals, strict=True)),
        f"{one.name}, from scratch": {
            size: evaluation.two_way_bootstrap(hits[-1]) for size, (hits, _) in scratch.items()
        },
    },
    {f"{one.name}, VGG16 − scratch": emoji_gains, **gains},
    title="Transfer gain, by task and by cut",
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-14-end"
# **Transfer is *negative* when the whole interval of the gain lies below zero**, and only then. Look at the two lines of
# digits: the same network, cut one block earlier, tells another story. "Does transfer help?" is not a question about a
# network alone. It is a question about a network, a cut, a task, and a number of labels.

# %% [markdown] id="ex-05-6-text"
# ### Exercise 05.6 Name the transfer
#
# Write `transfer_verdict(with_, without)`. It gets two tables of hits, `True` where the model was right: one row for
# each training draw, one column for each test item, the same draws and items on both sides. Return
# `(gain, low, high, word)`: the gain, its 95 % interval, and `"positive"`, `"negative"` or `"undecided"`. Doing <!-- fixed: the level we chose -->
# the experiment again would change both the draws and the items.


# %% tags=["exercise"] id="ex-05-6"
def transfer_verdict(with_, without):
    ### BEGIN ANSWER
    difference = with_.astype(float) - without
    J, n = difference.shape
    again = np.random.default_rng(0)
    means = [
        difference[again.integers(J, size=J)][:, again.integers(n, size=n)].mean()
        for _ in range(2000)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    word = "positive" if low > 0 else "negative" if high < 0 else "undecided"
    return difference.mean(), low, high, word
    ### ELSE
    return None  # replace None with (gain, low, high, word)
    ### END ANSWER


tl.check("05.6", transfer_verdict)

# %% [markdown] tags=["solution-only"] id="ex-05-6-answer"
# Pair first: subtract item by item and draw by draw. Then draw rows and columns again, together for both sides. The
# word follows from the interval, never from the mean. `tl.evaluation.transfer_gain` does the same.

# %% [markdown] id="checklist"
# ## The checklist
#
# Before you believe a number, your own included:
#
# 1. **Unit.** What is counted: pictures, things, people?
# 2. **Group.** What must be new in the test, and was it?
# 3. **Seal.** Who has looked at the test part, and how often?
# 4. **Interval.** How far would it move if it were done again?
# 5. **Pair.** Were both sides tested on the same items, and how many questions were asked?
# 6. **Calibration.** Are its probabilities worth anything?
# 7. **Gain.** Against what, at equal what?

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("05")

# %% id="last-checks"
tl.audit.split_is_clean(split)
assert split.times_opened == 1
again = chapter05_choice.candidate_hits(x, y, order[:N_TRAIN], order[N_TRAIN:], n=20, seed=SEED)
assert (again == hit_table[:20]).all()  # same seed, same hits
print("split clean, test opened once, same seed same hits")

# %% [markdown] id="end"
# ## What you can now do
#
# *A number is worth its test set, its split and its interval. I can say who was kept apart from whom, how far the
# number would move if I did it again, and which experiment would have exposed me if I had cheated.*
#
# ### References
#
# - Nadeau & Bengio 2003, *Inference for the Generalization Error* (Machine Learning): why the spread over splits is too small, and the correction used here.
# - Dietterich 1998, *Approximate Statistical Tests for Comparing Supervised Classification Learning Algorithms* (Neural Computation): false alarms of resampled t tests; when McNemar is enough.
# - Ambroise & McLachlan 2002, *Selection bias in gene extraction on the basis of microarray gene-expression data* (PNAS): selection outside the folds makes noise look predictive.
# - Guo et al. 2017, *On Calibration of Modern Neural Networks* (ICML): overconfidence and temperature scaling. Kumar, Liang & Ma 2019, *Verified Uncertainty Calibration* (NeurIPS): binned estimates are biased.
# - Wang et al. 2019, *Characterizing and Avoiding Negative Transfer* (CVPR): the definition against the same learner without source data.
#
# ### Where next
#
# Chapter 06 uses this protocol to compare six remedies against overfitting. Chapter 07 asks what happens when the
# new style of section 5 has no labels at all.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (90).** Sections 1 and 2: 12. Sections 3 and 4: 8. Sections 5 to 7: 18. Sections 8 and 9 with the widget and
# the lies: 17. Sections 10 and 11: 15. Section 12: 8. Sections 13 and 14: 12.
#
# **Misconceptions to listen for.** "The interval holds 95 of 100 models." "More repeats of cross-validation are more
# data." "p above 0.05 means equal." "Stratified means no leak." "ECE can be zero." "McNemar compares algorithms" (it <!-- fixed: the usual level -->
# compares two trained models; the corrected t compares procedures).
#
# **Discuss.**
#
# 1. Your best model won a public leaderboard with 900 entries. What do you tell your manager?
# 2. A colleague groups by style instead of concept and gets a lower number. Who is right? (Both: name the use.)
#
# **Do.** Let pairs write their predictions for sections 5 and 6 on the board before running.
#
# **Late?** Skip sections 3 and 7 and nested cross-validation. Never skip sections 5, 6, 9 and 11.
