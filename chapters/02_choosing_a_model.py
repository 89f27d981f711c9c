# %% [markdown] id="front"
# # 02 Choosing a model
#
# | This chapter | |
# |---|---|
# | You can afterwards | rank candidate models, layers and source tasks on your own labeled pictures; put a cheap score beside plain baselines and beside the truth; say how far a ranking may be trusted |
# | You need | chapters 00 and 01; some NumPy |
# | Minutes to read | 70 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# There are thousands of pretrained models, and each can be cut at a dozen places. Which one do you
# take? Most people take the largest, or the one that was best last time.
#
# Researchers have proposed formulas that look at a model and your labeled pictures and say, within
# a second, how well the two will get along. Do these formulas work? Are they better than counting
# nearest neighbors? Better than habit?
#
# In this chapter you bet first. Then you compute the truth, then the formulas, and then you find
# out who was right, and on what kind of target.
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down before you
# run the cell (double-click the gray box). A prediction that turns out wrong is worth more than a
# page of explanation.

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# The package `tlcourse` holds the machinery. The lines that are the lesson stand in the cells.

# %% id="setup"
import time

import numpy as np
import tlcourse as tl
from tlcourse import datasets, recipes
from tlcourse.backbones import POOLS as BLOCKS  # block1_pool to block5_pool
from tlcourse.recipes import chapter02_copies as copies
from tlcourse.recipes import chapter02_pictures as pictures
from tlcourse.recipes import chapter02_ranking as ranking
from tlcourse.recipes import chapter02_sources as sources
from tlcourse.recipes.chapter02_shortcut import iterated_logme

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import pandas as pd
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # the matrices are small: more threads only wait

FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
IMAGE_SIZE = min(IMAGE_SIZE, 64) if FAST else IMAGE_SIZE
HALVES = 2 if FAST else 5
SEEDS = 2 if FAST else 5
MOST = 240 if FAST else 550  # pictures of each target
DRAWS = 200 if FAST else 1000  # repetitions of a bootstrap

# %% [markdown] id="targets-why"
# ## Three targets, and one protocol
#
# VGG16 learned from photographs of ImageNet. We ask what it is worth on three targets:
#
# - **near**: patches of thirteen photographs; the class is the photograph;
# - **middle**: emoji in one drawing style. Set `DATASET` to `"flowers"` or to a folder of pictures
#   of your own, and this becomes your own target;
# - **far**: handwritten digits, without color, texture or background.
#
# **The protocol.** Each target is cut in two halves, several times, by group: what belongs together
# (a concept, a writer, one half of a photograph) stays on one side. *Scores* see the first half
# only. *The truth* is the accuracy, on the second half, of a linear head that was fitted on the
# first. All candidates meet the same halves.

# %% id="targets"
named = {"near": "photos", "middle": DATASET, "far": "digits"}
targets = {
    target: recipes.load_pictures(
        name, image_size=IMAGE_SIZE, most=MOST, style="twemoji", seed=SEED
    )
    for target, name in named.items()
}
labels = {target: data.labels for target, data in targets.items()}
halves = {
    target: datasets.holdouts(data, np.arange(len(data)), n=HALVES, test=0.5, seed=SEED)
    for target, data in targets.items()
}
chance = {target: np.bincount(y).max() / len(y) for target, y in labels.items()}

for target, data in targets.items():
    for scoring, held_out in halves[target]:
        datasets.assert_disjoint(data, {"scoring half": scoring, "truth half": held_out})
    print(f"{target:7} {data}")
print(f"{HALVES} pairs of halves each; no group and no picture is on both sides")
if FAST:
    print("Fast mode: two halves only. Intervals from two numbers are far too wide to read.")

# %% [markdown] id="step-01"
# ## 1. Which of these would you bet on?
#
# Six pictures of each target:

# %% id="look"
shown = {target: np.linspace(0, len(data) - 1, 6).astype(int) for target, data in targets.items()}
figure = tl.plots.gallery(
    np.concatenate([targets[target].images[rows] for target, rows in shown.items()]),
    [targets[t].class_names[c] for t, rows in shown.items() for c in labels[t][rows]],
    columns=6,
    row_titles=[f"{target}: {named[target]}" for target in targets],
    title="Near, middle and far from photographs",
)
words = "; ".join(
    f"{target}: {', '.join(targets[target].class_names[c] for c in labels[target][rows])}"
    for target, rows in shown.items()
)
tl.show(figure, alt=f"Gallery with six pictures of each target. {words}.")

# %% [markdown] id="bets-text"
# And these are the candidates, by name only. Each turns a picture into a row of numbers.
#
# | kind | candidates |
# |---|---|
# | made by hand | `pixels` (a gray thumbnail, 24 by 24), `color histogram`, `HOG` (directions of edges) |
# | VGG16, pretrained | `VGG16 block 1` to `VGG16 block 5`, each averaged over positions; `VGG16 blocks 3+4+5` joined; `VGG16 block 5, flat`, with all positions |
# | MiniVGG, pretrained on drawn letters: thirty times fewer weights, and its own source task | `MiniVGG block 5`, `MiniVGG blocks 3+4+5` |
# | VGG16, random weights | `untrained block 1`, `untrained block 3`, `untrained block 5` |
# | placebo | `noise`: numbers that never saw the picture |
#
# Write one name for each target. Your bets are scored at the end. If you leave a bet out, the
# course bets for you on what most tutorials use: the last block of VGG16.

# %% id="bets"
bets = {"near": None, "middle": None, "far": None}  # replace each None with a name, in quotes

bets = {target: bet or "VGG16 block 5" for target, bet in bets.items()}
print(bets)

# %% [markdown] id="bets-end"
# Right now you rank by reputation. There is nothing else to go by.

# %% [markdown] id="step-02"
# ## 2. What is true?

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** Does the last block of VGG16 beat (a) HOG, (b) an *untrained* VGG16, on all three
# > targets?
# >
# > Your answer:

# %% id="networks"
network = tl.backbone(image_size=IMAGE_SIZE)
untrained = tl.backbone(image_size=IMAGE_SIZE, weights="random", seed=SEED)
before = network.fingerprint()

learned = {}
for target, data in targets.items():
    flat = recipes.flat_features(network, data)  # this pass stores all five blocks too
    learned[target] = {**recipes.block_features(network, data), "flat": flat}
    print(f"{target:7} {len(data)} pictures through VGG16 in {network.precision}")

# %% id="networks-others"
letters = tl.backbone("minivgg")  # small, with BatchNorm, trained on drawn letters
drawn = {target: recipes.block_features(untrained, data) for target, data in targets.items()}
spelled = {target: recipes.block_features(letters, data) for target, data in targets.items()}
recipes.free_memory()


# %% id="candidates"
def candidates(target):
    """Return every candidate's numbers: name -> one row for each picture."""
    images, blocks = targets[target].images, learned[target]
    return {
        "pixels": pictures.gray_thumbnails(images),
        "color histogram": pictures.color_histograms(images),
        "HOG": pictures.edge_histograms(images),
        **{f"VGG16 block {i}": blocks[cut] for i, cut in enumerate(BLOCKS, 1)},
        "VGG16 blocks 3+4+5": np.concatenate([blocks[cut] for cut in BLOCKS[2:]], axis=1),
        "VGG16 block 5, flat": blocks["flat"],
        "MiniVGG block 5": spelled[target]["block5_pool"],
        "MiniVGG blocks 3+4+5": np.concatenate([spelled[target][c] for c in BLOCKS[2:]], axis=1),
        **{f"untrained block {i}": drawn[target][BLOCKS[i - 1]] for i in (1, 3, 5)},
        "noise": pictures.gaussian_noise(images, seed=SEED),
    }


features = {target: candidates(target) for target in targets}
names = list(features["near"])
kinds = {
    name: "pretrained" if name.startswith("VGG16")
    else "other network" if name.startswith("MiniVGG")
    else "untrained" if name.startswith("untrained")
    else "placebo" if name == "noise"
    else "made by hand"
    for name in names
}  # fmt: skip
widths = {name: features["near"][name].shape[1] for name in names}
print(f"{len(names)} candidates and their widths:", widths)

# %% [markdown] id="truth-why"
# Now the truth: a linear head for each candidate, each target and each pair of halves.

# %% id="truth"
start = time.perf_counter()
truth = {
    target: {
        name: recipes.logistic_scores(
            name, values, labels[target], halves[target], strengths=(0.01, 0.1)
        )
        for name, values in features[target].items()
    }
    for target in targets
}
truth_seconds = time.perf_counter() - start
truths = {  # the same as arrays: one row for each pair of halves, one column for each candidate
    target: np.array([truth[target][name].accuracies for name in names]).T for target in targets
}
print(f"{len(names) * len(targets) * HALVES} heads in {truth_seconds:.0f} s")

# %% id="figure-1"
from tlcourse.plots.choosing import truth_panels

figure, alt = truth_panels(
    {f"{target}: {named[target]}": truth[target] for target in targets},
    kinds,
    chance={f"{target}: {named[target]}": chance[target] for target in targets},
    title="Accuracy of every candidate on three targets",
)
tl.show(figure, alt=alt)

# %% id="truth-compared"
for target in targets:
    best = max(names, key=lambda name: truth[target][name].estimate)
    print(f"{target}: best is {best} with {truth[target][best]}")
    last = truth[target]["VGG16 block 5"]
    for rival in ("HOG", "untrained block 5", "VGG16 block 4", "MiniVGG block 5"):
        print("  ", last.minus(truth[target][rival]).verdict)

# %% [markdown] id="untrained-why"
# Is the untrained network on the far target a stroke of luck? Draw its weights again.

# %% id="untrained-seeds"
again = {SEED: truth["far"]["untrained block 5"]}
for seed in range(SEED + 1, SEED + (2 if FAST else 3)):
    other = tl.backbone(image_size=IMAGE_SIZE, weights="random", seed=seed)
    assert other.fingerprint() != untrained.fingerprint()  # other weights indeed
    values = recipes.block_features(other, targets["far"])["block5_pool"]
    again[seed] = recipes.logistic_scores(
        f"untrained, seed {seed}", values, labels["far"], halves["far"], strengths=(0.01, 0.1)
    )
other = None
recipes.free_memory()

drawn_again = np.array([result.accuracies for result in again.values()])
ahead = drawn_again > np.array(truth["far"]["VGG16 block 5"].accuracies)
print(f"untrained ahead in {ahead.sum()} of {ahead.size} comparisons on the far target")

average = recipes.scores("untrained, averaged", drawn_again.mean(axis=0), halves["far"])
for cut in ("VGG16 block 5", "VGG16 block 4"):
    print(average.minus(truth["far"][cut]).verdict)
print(truth["far"]["VGG16 block 4"].minus(truth["far"]["VGG16 block 5"]).verdict)
assert network.fingerprint() == before  # nothing was trained: VGG16 is bit-identical

# %% [markdown] id="step-02-end"
# On photographs and drawings the pretrained network leads. On digits something odd happens:
# training on a million photographs has not made the last block any better than **random weights**.
# Count the comparisons, and read the interval. Where the interval of such a loss lies below zero,
# it is called *negative transfer*; where it includes zero, nothing was shown but that the training
# was no help.
#
# The knowledge is not useless: look at block 4 of the same network. The last block was trained to
# ignore what does not matter in photographs, and for digits some of that matters. The knowledge was
# good, the cut was wrong. And look at MiniVGG, whose source task, letters, is poor but close to
# digits: compare it with the last block of the much larger network, on each target.

# %% [markdown] id="step-03"
# ## 3. The truth took seconds. What if it took three days?
#
# Then you would want a *score*: something that takes a second and ranks the candidates as the truth
# would.

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Predict.** What does a cheap score need: labels? training? the truth half?
# >
# > Your answer:

# %% [markdown] id="knn-why"
# Here is the plainest score there is. For each picture of the scoring half, do its five nearest
# neighbors in this half name its class?


# %% id="knn"
def nearest_neighbors(values, classes, k=5):
    z = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12)
    z /= np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    similarity = z @ z.T
    np.fill_diagonal(similarity, -np.inf)  # nobody is a neighbor of himself
    near = np.argsort(-similarity, axis=1)[:, :k]
    votes = np.stack([np.bincount(row, minlength=classes.max() + 1) for row in classes[near]])
    return np.mean(votes.argmax(axis=1) == classes)


def scored(score, target):
    """Return a score for each pair of halves (rows) and each candidate (columns)."""
    return np.array(
        [
            [score(values, target, scoring) for values in features[target].values()]
            for scoring, _ in halves[target]
        ]
    )


plain_knn = {
    target: scored(lambda f, t, rows: nearest_neighbors(f[rows], labels[t][rows]), target)
    for target in targets
}
for target in targets:
    print(ranking.ranking("k-NN", target, plain_knn[target], truths[target], names, draws=DRAWS))

rows = halves["middle"][0][0]
values, classes = features["middle"]["HOG"][rows], labels["middle"][rows]
ours = nearest_neighbors(values, classes, k=1)  # one neighbor: no vote can be tied
package = tl.transferability.knn(values, classes, k=1)
assert np.isclose(ours, package)
print(f"with one neighbor: ten lines {ours:.3f}, the package {package:.3f}")

# %% [markdown] id="step-03-end"
# Two numbers tell how good a ranking is.
#
# - **Weighted τ** (Kendall's, weighted) goes through all pairs of candidates: 1 if the score puts
#   every pair in the right order, −1 if in the wrong one, about 0 if it knows nothing. Pairs near
#   the top count more. The interval draws *candidates* again, because a dozen of them are a small
#   sample too.
# - **Regret** is the accuracy you give up by taking the score's first choice.
#
# So a **null baseline** is on the table before the first formula. It has no training in it, no
# formula, and ten lines. Whatever comes now has to beat it.

# %% [markdown] id="step-04"
# ## 4. Why is the color histogram so good at finding neighbors of photo patches?

# %% id="copies"
scoring, held_out = halves["near"][0]
near_ids = [targets["near"].ids[i] for i in scoring]
rows = []
for name in ("color histogram", "HOG", "VGG16 block 5"):
    values = features["near"][name]
    rows.append(
        {
            "candidate": name,
            "k-NN, leave one out": nearest_neighbors(values[scoring], labels["near"][scoring]),
            "neighbors that share pixels": copies.overlapping_neighbors(values[scoring], near_ids),
            "k-NN, other half": copies.accuracy_across(values, labels["near"], scoring, held_out),
            "truth": truth["near"][name].accuracies[0],
        }
    )
pd.DataFrame(rows).set_index("candidate").style.format("{:.2f}").set_caption(
    "Near target, first pair of halves"
)

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Explain** the first row before you read on. Why does the histogram promise so much more than it
# > keeps?
# >
# > Your answer:

# %% [markdown] id="step-04-end"
# Patches of one half of a photograph overlap. The nearest neighbor of a patch is often a near copy
# that shows some of the same pixels, and a near copy has the same class. The truth crosses over to
# the *other* half of the photograph, where there are no near copies.
#
# **A score needs the same groups as the evaluation.** Here each class has one group in the scoring
# half, so no neighbor from another group could vote, and the flattery stays: the values are wrong,
# and we can only hope that the ranks are right. A score that is 1 for several candidates cannot
# even rank them. Digits have several writers in each half. From here on, a neighbor by the same
# writer does not vote.


# %% id="knn-groups"
def k_nn(values, target, rows):
    """Score by leave-one-out neighbors; those of the same group do not vote, where possible."""
    groups = ranking.may_vote(labels[target][rows], targets[target].groups[rows])
    return tl.transferability.knn(values[rows], labels[target][rows], groups=groups)


scores = {"k-NN": {target: scored(k_nn, target) for target in targets}}
everybody = scored(lambda f, t, rows: tl.transferability.knn(f[rows], labels[t][rows]), "far")
change = (scores["k-NN"]["far"] - everybody).mean()
print(f"far: without a writer's own digits, k-NN changes by {100 * change:+.1f} points on average")

# %% [markdown] id="step-05"
# ## 5. Can we do better than counting neighbors?
#
# **LogME** asks a Bayesian question. Suppose the labels came from a linear function of the
# features, with weights drawn from a Gaussian, plus Gaussian noise. Choose the size of weights and
# noise as favorably as possible. *How probable are the labels that we have?* No weights are ever
# fitted: the answer averages over all of them, so features that could produce anything get no
# credit for producing this.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** On which targets will the τ of LogME be higher than that of k-NN?
# >
# > Your answer:


# %% id="logme"
def log_me(values, target, rows):
    return tl.transferability.logme(values[rows], labels[target][rows])


start = time.perf_counter()
scores["LogME"] = {target: scored(log_me, target) for target in targets}
print(f"{1000 * (time.perf_counter() - start) / (3 * HALVES * len(names)):.0f} ms for each score")
for target in targets:
    for score in ("k-NN", "LogME"):
        print(
            ranking.ranking(
                score, target, scores[score][target], truths[target], names, draws=DRAWS
            )
        )

# %% id="logme-raw"
raw = scored(
    lambda f, t, rows: tl.transferability.logme(f[rows], labels[t][rows], standardize=False),
    "middle",
)
print(ranking.ranking("LogME, raw", "middle", raw, truths["middle"], names, draws=DRAWS))
gain = ranking.better_ranking(scores["LogME"]["middle"], raw, truths["middle"], draws=DRAWS)
print(
    f"τ of LogME on standardized features minus τ on raw ones: {gain.estimate:+.2f} "
    f"[{gain.low:+.2f}, {gain.high:+.2f}], {ranking.verdict(gain)}"
)

# %% [markdown] id="step-05-end"
# The last lines score features as they come, not standardized. The head is trained on standardized
# features, so a score should see the same: in joined blocks, the block with the largest numbers
# would speak for all. Whether that changes the ranking here, the interval decides.
#
# Note the scale. LogME is a log density. It may be negative, it may be above one, and it is never
# an accuracy. Only the order on one and the same set of labels means something.

# %% [markdown] id="ex-02-1-text"
# ### Exercise 02.1 The price of a first choice
#
# Below are the tables of all three targets: two scores, the width as a third, and the truth,
# averaged over halves. How much accuracy do you give up by trusting each score's first choice?
# `tables[target]` is a frame with one row for each candidate.

# %% id="ex-02-1-tables"
tables = {
    target: pd.DataFrame(
        {
            "k-NN": scores["k-NN"][target].mean(axis=0),
            "LogME": scores["LogME"][target].mean(axis=0),
            "width": [features[target][name].shape[1] for name in names],
            "truth": truths[target].mean(axis=0),
        },
        index=names,
    )
    for target in targets
}
pd.concat(tables, axis=1).style.format(
    {(t, c): "{:.0f}" if c == "width" else "{:.3f}" for t in targets for c in tables[t].columns}
)

# %% tags=["exercise"] id="ex-02-1"
### BEGIN ANSWER
regrets = {}
for column in ("k-NN", "LogME", "width"):
    regrets[column] = {}
    for target, table in tables.items():
        chosen = table[column].idxmax()
        regrets[column][target] = table["truth"].max() - table["truth"][chosen]
### ELSE
regrets = None  # replace None with {"k-NN": {"near": ..., "middle": ..., "far": ...}, ...}
### END ANSWER
tl.check("02.1", regrets, tables=tables)

# %% [markdown] tags=["solution-only"] id="ex-02-1-answer"
# Choose by the score, then look the choice up in the truth. The scale of the score drops out.

# %% [markdown] id="step-06"
# ## 6. Could a score fall for noise?
#
# Here is what LogME computes for each class, with D features, n pictures, prior precision α and
# noise precision β:
#
# $$ \ln p(y) = \tfrac{D}{2}\ln\alpha + \tfrac{n}{2}\ln\beta - \tfrac12\sum_i \ln(\alpha+\beta\sigma_i) - \tfrac{\beta}{2}\lVert Fm-y\rVert^2 - \tfrac{\alpha}{2}\lVert m\rVert^2 - \tfrac{n}{2}\ln 2\pi $$
#
# The σ are the squared singular values of the features. Software returns the nonzero ones. A common
# shortcut sums over those and stops there.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** With this shortcut, which rank does the placebo get among the candidates?
# >
# > Your answer:


# %% id="placebo"
def eleven_rounds(forget):
    """Return LogME as it is often computed, averaged over halves."""
    return scored(
        lambda f, t, rows: iterated_logme(f[rows], labels[t][rows], forget=forget), "middle"
    ).mean(axis=0)


full_sum, short_sum = eleven_rounds(forget=False), eleven_rounds(forget=True)
exact = scores["LogME"]["middle"].mean(axis=0)
pd.DataFrame(
    {
        "width": [features["middle"][name].shape[1] for name in names],
        "exact": exact,
        "eleven rounds": full_sum,
        "eleven rounds, zeros forgotten": short_sum,
        "truth": truths["middle"].mean(axis=0),
    },
    index=names,
).style.format("{:.3f}").format("{:.0f}", subset="width")

# %% id="figure-3"
from tlcourse.plots.choosing import rank_slopes, ranks

figure, alt = rank_slopes(
    names,
    exact,
    short_sum,
    labels=("LogME", "zeros forgotten"),
    highlight=("noise", "VGG16 blocks 3+4+5", "VGG16 block 4"),
    title="A placebo climbs when zeros are forgotten",
)
tl.show(figure, alt=alt)
place = {
    way: int(ranks(values)[names.index("noise")])
    for way, values in (("exact", exact), ("zeros forgotten", short_sum))
}
print(f"rank of the placebo among {len(names)}: {place}")

# %% [markdown] id="exact-why"
# Who is right? LogME has an exact meaning: it is the log density of the labels under $N(0,\
# \beta^{-1}I + \alpha^{-1}FF^\top)$. SciPy can compute that for small matrices, wide and tall.

# %% id="exact"
from scipy.stats import multivariate_normal

rng = np.random.default_rng(SEED)
for n, D in ((40, 60), (60, 40)):
    F, y = rng.normal(size=(n, D)), np.arange(n) % 2
    found = tl.transferability.evidence(F, y, standardize=False)
    for c in (0, 1):
        covariance = np.eye(n) / found.beta[c] + F @ F.T / found.alpha[c]
        density = multivariate_normal(cov=covariance).logpdf((y == c).astype(float)) / n
        assert np.isclose(found.log_evidence[c], density, rtol=1e-8, atol=1e-8)
    print(f"{n} pictures, {D} features: LogME equals the exact log density")

# %% [markdown] id="step-06-end"
# With fewer pictures than features there are directions that the data never touch. Each of them has
# a σ of zero, and each has its term in the sum. Forget those terms, and the evidence gains
# something for every feature that the data cannot reach: **the widest candidate wins, whatever it
# knows**.
#
# This is not a made-up mistake. So give every score a *placebo* to rank, and check every formula
# against something exact, on toy numbers.

# %% [markdown] id="ex-02-2-text"
# ### Exercise 02.2 Repair the evidence
#
# Complete `log_det`: the sum of ln(α + βσ) over **all D** directions. You are given the k nonzero σ
# as an array. The check tries it with k < D and with k = D, and puts it into LogME.


# %% tags=["exercise"] id="ex-02-2"
def log_det(alpha, beta, sigma, D):
    ### BEGIN ANSWER
    touched = np.log(alpha + beta * sigma).sum()
    untouched = (D - len(sigma)) * np.log(alpha)
    return touched + untouched
    ### ELSE
    return None  # replace None with the sum over all D directions
    ### END ANSWER


tl.check("02.2", log_det)

# %% [markdown] tags=["solution-only"] id="ex-02-2-answer"
# Where σ is zero, α + βσ is α, and there are D − k such directions.

# %% [markdown] id="step-07"
# ## 7. And class separation?
#
# The **H-score** divides the spread *between* classes by the whole spread of the features. It lies
# between 0 and C − 1.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** What is the plain H-score of the placebo, which has more columns than there are
# > pictures?
# >
# > Your answer:


# %% id="h-score"
def plain_h(values, target, rows):
    return tl.transferability.h_score(values[rows], labels[target][rows], shrinkage=0)


def shrunk_h(values, target, rows):
    return tl.transferability.h_score(values[rows], labels[target][rows])


plain = scored(plain_h, "middle")
scores["H-score"] = {target: scored(shrunk_h, target) for target in targets}

top = targets["middle"].n_classes - 1
assert (plain <= top + 1e-6).all()
assert (scores["H-score"]["middle"] <= top + 1e-9).all()
print(f"largest possible value, C - 1: {top}")
pd.DataFrame(
    {
        "plain": plain.mean(axis=0),
        "shrunk": scores["H-score"]["middle"].mean(axis=0),
        "truth": truths["middle"].mean(axis=0),
    },
    index=names,
).style.format("{:.3f}")

# %% [markdown] id="step-07-end"
# With as many columns as pictures, *any* labels can be separated perfectly, so the plain score is C
# − 1 for good features and for the placebo alike. The formula was sound. The estimate of the
# covariance inside it was not.
#
# The repair replaces that estimate by Ledoit and Wolf's: a mixture of the measured covariance and a
# round one, mixed as the data advise. Look at the placebo in the second column. Look at `untrained
# block 5`, too: a repaired score is not a perfect one.

# %% id="placebo-assert"
placebo, useful = names.index("noise"), names.index("VGG16 block 4")
for score in scores:
    mean = scores[score]["middle"].mean(axis=0)
    print(f"{score}: the placebo has rank {ranks(mean)[placebo]} of {len(names)}")
    assert mean[placebo] < mean[useful]

# %% [markdown] id="step-08"
# ## 8. Who ranks best, then?
#
# Two more contestants, and neither looks at a single feature:
#
# - **width**: the more numbers, the better;
# - **habit**: the order of yesterday. On the near and the far target, habit uses the true order of
#   the middle one; on the middle target, that of the near one.
#
# The placebo stays out of this contest, because it is an easy point for everybody.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Who wins on which target? Where does habit fail?
# >
# > Your answer:

# %% id="contest"
yesterday = {"near": "middle", "middle": "near", "far": "middle"}
scores["width"] = {
    target: np.tile([features[target][name].shape[1] for name in names], (HALVES, 1))
    for target in targets
}
scores["habit"] = {
    target: np.tile(truths[yesterday[target]].mean(axis=0), (HALVES, 1)) for target in targets
}

keep = [i for i, name in enumerate(names) if name != "noise"]
kept_names = [names[i] for i in keep]
contest = [
    ranking.ranking(
        score, target, scores[score][target][:, keep], truths[target][:, keep], kept_names,
        draws=DRAWS, seed=SEED,
    )
    for target in targets
    for score in ("k-NN", "LogME", "H-score", "habit", "width")
]  # fmt: skip

# %% id="figure-2"
from tlcourse.plots.choosing import agreement

figure, alt = agreement(contest, title="How well does each score rank the candidates?")
tl.show(figure, alt=alt)

# %% id="contest-differences"
found = {}
for target in targets:
    for rival in ("LogME", "H-score", "habit", "width"):
        found[rival, target] = ranking.better_ranking(
            scores["k-NN"][target][:, keep], scores[rival][target][:, keep],
            truths[target][:, keep], draws=DRAWS, seed=SEED,
        )  # fmt: skip
pd.DataFrame(
    {
        "target": target,
        "τ of k-NN minus τ of": rival,
        "difference": f"{d.estimate:+.2f} [{d.low:+.2f}, {d.high:+.2f}]",
        "k-NN ranks": ranking.verdict(d),
    }
    for (rival, target), d in sorted(found.items(), key=lambda item: item[0][1])
).style.hide(axis="index")

# %% id="contest-verdict"
formulas = [d for (rival, _), d in found.items() if rival in ("LogME", "H-score")]
beaten = sum(d.high < 0 for d in formulas)
won = sum(d.low > 0 for d in formulas)
print(
    f"Of {len(formulas)} comparisons of k-NN with a formula, k-NN ranks better in {won}, "
    f"worse in {beaten}, and {len(formulas) - won - beaten} are undecided."
)
print(
    "No formula is shown to rank better than k-NN here."
    if beaten == 0
    else "Here a formula ranks better than k-NN somewhere: see the table."
)
for target in targets:
    by = {r.score: r for r in contest if r.target == target}
    print(
        f"{target}: habit τ {by['habit'].tau.estimate:.2f}, k-NN τ {by['k-NN'].tau.estimate:.2f}; "
        f"habit gives up {100 * by['habit'].regret:.1f} points, k-NN {100 * by['k-NN'].regret:.1f}"
    )

# %% [markdown] id="step-08-end"
# Three things to take home.
#
# 1. **The intervals are wide.** A dozen candidates say little about who ranks better, and papers
#    often compare scores on no more. Where the table says *undecided*, nothing was shown.
# 2. **The null baseline is hard to beat.** Large re-evaluations with tens of thousands of
#    experiments found the same. A formula is not better because it holds evidence, information or
#    covariance.
# 3. **Habit is rational near its home.** Where the new target resembles the old one, yesterday's
#    order costs nothing and ranks as well as anything here. Then look at its τ on the far target.

# %% [markdown] id="ex-02-3-text"
# ### Exercise 02.3 What may we say?
#
# Six sentences, each with the interval of the difference that it claims to be positive, where it
# has one. Which ones does *your* run support? Answer with a set of letters, such as `{"a", "b"}`,
# or with `{"none"}`.

# %% id="ex-02-3-statements"
far, middle = truth["far"], truth["middle"]
statements = {
    "a": ranking.Statement(
        "On the middle target, the joined blocks give better features than noise.",
        middle["VGG16 blocks 3+4+5"].minus(middle["noise"]),
    ),
    "b": ranking.Statement(
        "On the far target, the last block of VGG16 gives better features than block 4.",
        far["VGG16 block 5"].minus(far["VGG16 block 4"]),
    ),
    "c": ranking.Statement("On the far target, k-NN ranks better than LogME.", found["LogME", "far"]),
    "d": ranking.Statement("On the far target, k-NN ranks better than width.", found["width", "far"]),
    "e": ranking.Statement(
        f"A candidate with a k-NN score of {scores['k-NN']['near'][:, 1].mean():.2f} on the near "
        f"target will have that accuracy."
    ),
    "f": ranking.Statement("On the far target, k-NN ranks better than habit.", found["habit", "far"]),
}  # fmt: skip
for letter, statement in statements.items():
    print(letter, statement)

# %% tags=["exercise"] id="ex-02-3"
### BEGIN ANSWER
may_say = {
    letter
    for letter, statement in statements.items()
    if statement.difference is not None and statement.difference.low > 0
} or {"none"}
### ELSE
may_say = None  # replace None with a set of letters
### END ANSWER
tl.check("02.3", may_say, statements=statements)

# %% [markdown] tags=["solution-only"] id="ex-02-3-answer"
# A sentence is supported when the whole interval lies above zero. Sentence e compares a score with
# an accuracy, and section 4 showed why that fails.

# %% [markdown] id="step-09"
# ## 9. Which *source task* should I learn from?
#
# So far all knowledge came from ImageNet. Now the other question: given one kind of network, what
# should it have been trained *on*?
#
# Ten small source models read the same frozen features, block 4 of VGG16. Each squeezes them into
# 32 numbers to solve a task of its own: kinds of emoji in two other drawing styles, animal or not,
# the main color, the drawing style, digits, photo patches. Two are controls: one learned *random
# labels*, one learned nothing.
#
# The target is the middle one. If it is emoji, no concept of the target was in any source. The
# truth is a linear head on the 32 numbers.

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** Which source is best and which is worst? Does a source that solves its own task
# > almost perfectly transfer well?
# >
# > Your answer:

# %% id="source-features"
styles = {
    style: recipes.load_pictures("emoji", image_size=IMAGE_SIZE, most=MOST, style=style, seed=SEED)
    for style in ("twemoji", "noto", "fluent")
}
block4 = {s: recipes.block_features(network, d)["block4_pool"] for s, d in styles.items()}
of_target = learned["middle"]["block4_pool"]
others = {
    name: sources.Task(learned[t]["block4_pool"], labels[t], targets[t].groups)
    for name, t in (("photo patches", "near"), ("digits", "far"))
}
print({style: len(data) for style, data in styles.items()}, "drawings, the same concepts in each")


# %% id="sources"
def divide(seed):
    """Return concepts for the sources, and four pairs of halves of the target."""
    mine = np.arange(len(targets["middle"]))
    of_sources = np.arange(len(styles["noto"]))
    if DATASET == "emoji":  # the same concepts are in the sources: none may be on both sides
        of_sources, mine = datasets.holdouts(targets["middle"], mine, n=1, test=0.5, seed=seed)[0]
    twice = datasets.holdouts(targets["middle"], mine, n=2, test=0.5, seed=seed)
    return of_sources, [pair for a, b in twice for pair in ((a, b), (b, a))]


models, pairs, reached = [], [], []
for seed in range(SEEDS):
    of_sources, four_pairs = divide(seed)
    ours = targets["middle"].groups[np.concatenate(four_pairs[0])]
    assert not np.intersect1d(styles["noto"].groups[of_sources], ours).size
    tasks = others | sources.emoji_tasks(
        {style: data.subset(of_sources) for style, data in styles.items()},
        {style: values[of_sources] for style, values in block4.items()},
        seed=seed,
    )
    trained_here = {
        name: sources.source_model(
            tasks[name], train=name != "untrained", most=len(of_sources), seed=seed
        )
        for name in sources.KINDS
    }
    accuracies = {
        name: recipes.logistic_scores(
            name, model.bottleneck(of_target), labels["middle"], four_pairs, strengths=(0.1,)
        ).accuracies
        for name, model in trained_here.items()
    }
    models.append(trained_here)
    pairs.append(four_pairs)
    reached.append({name: np.mean(values) for name, values in accuracies.items()})

home = {name: [m[name].accuracy for m in models] for name in sources.KINDS}
away = {name: [found_here[name] for found_here in reached] for name in sources.KINDS}

# %% id="figure-4"
from tlcourse.plots.sources import home_and_away

figure, alt = home_and_away(
    home, away, sources.KINDS, nothing="untrained", title="Good at home does not mean useful here"
)
tl.show(figure, alt=alt)

# %% id="sources-table"
n_known, n_judged = (len(part) for part in pairs[0][0])


def against(name, control):
    """Return the verdict on a source and a control, on the same seeds."""
    d = tl.evaluation.compare(away[name], away[control], n_train=n_known, n_test=n_judged)
    return f"{d.difference:+.3f} [{d.low:+.3f}, {d.high:+.3f}], {recipes.decided(d)}"


trained = [name for name in sources.KINDS if name != "untrained"]
home_tau = tl.transferability.weighted_tau(
    [np.mean(home[name]) for name in trained],
    [np.mean(away[name]) for name in trained],
    draws=DRAWS,
)
print(f"τ between accuracy at home and on the target, {len(trained)} sources: "
      f"{home_tau.estimate:+.2f} [{home_tau.low:+.2f}, {home_tau.high:+.2f}]")  # fmt: skip
pd.DataFrame(
    {
        "source": name,
        "at home": f"{np.mean(home[name]):.2f}",
        "on the target": f"{np.mean(away[name]):.3f}",
        "minus untrained": against(name, "untrained"),
        "minus random labels": "" if name == "random labels" else against(name, "random labels"),
    }
    for name in sorted(trained, key=lambda name: -np.mean(away[name]))
).style.hide(axis="index")

# %% [markdown] id="step-09-end"
# Some sources on the right of the figure are excellent at home and no better here than a control.
# **Between tasks of different kinds, a source's own accuracy was no guide here**: read its τ and the
# interval. The order of the sources suggests what counts instead: shared meaning. How much of that is
# shown, the last two columns say. The second control has been trained, too, only on labels that mean
# nothing. What a source has over *it* is what its task taught, and that is harder to show than a gain
# over no training.
#
# Be careful with the sentence about accuracy. Among models trained on *one* source task (say, fifty networks
# trained on ImageNet), accuracy on that task is known to be a good guide. That is a different
# question.

# %% [markdown] id="step-10"
# ## 10. Can I see it without any target training?
#
# A source model can be asked for its own opinion about target pictures. Show it a fire engine, and
# a model of animals may say: not an animal, surely. How much do these answers tell about the
# target's labels?
#
# - **NCE** keeps the source's first choice z and computes how uncertain the label remains: −H(Y|Z).
# - **LEEP** does the same with the source's probabilities.
#
# Both lie between −H(Y), a source that tells nothing, and 0, a source that tells everything.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** What does a source earn whose answer is the same for every picture? And one with
# > sixteen classes that answers at random: is it exactly on the floor?
# >
# > Your answer:

# %% id="leep"
from tlcourse.transferability import h_score, knn, leep, logme, nce


def read(score, of_model):
    """Return a score on the scoring halves, one row for each seed, one column for each source."""
    return np.array(
        [
            [
                np.mean(
                    [
                        score(of_model(m[name], of_target[scoring]), labels["middle"][scoring])
                        for scoring, _ in four_pairs
                    ]
                )
                for name in sources.KINDS
            ]
            for m, four_pairs in zip(models, pairs, strict=True)
        ]
    )


def said(model, values):  # class probabilities of the source
    return model.probabilities(values)


def first_choice(model, values):  # its most probable class
    return model.probabilities(values).argmax(axis=1)


def numbers(model, values):  # its 32 numbers
    return model.bottleneck(values)


def shuffled(score):
    """Return a function that gives what the score gives on shuffled labels."""
    draws = 10 if FAST else 50
    return lambda read_here, y: sources.permutation_null(score, read_here, y, draws=draws)


readings = {
    "LEEP": read(leep, said),
    "NCE": read(nce, first_choice),
    "k-NN": read(knn, numbers),
    "LogME": read(logme, numbers),
    "H-score": read(h_score, numbers),
}
nulls = {"LEEP": read(shuffled(leep), said), "NCE": read(shuffled(nce), first_choice)}


def constant(model, values):  # a source that says the same about every picture
    return np.full((len(values), 4), 0.25)


floor = read(leep, constant)  # minus the entropy of the labels, for each seed
for name in ("LEEP", "NCE"):
    assert (readings[name] <= 0).all()
    assert (readings[name] >= floor - 1e-9).all()
    assert (nulls[name] >= floor - 1e-9).all()

# %% id="leep-table"
pd.DataFrame(
    {
        "classes": [models[0][name].layers[1][0].shape[1] for name in sources.KINDS],
        "LEEP": readings["LEEP"].mean(axis=0),
        "LEEP, shuffled labels": nulls["LEEP"].mean(axis=0),
        "NCE": readings["NCE"].mean(axis=0),
        "NCE, shuffled labels": nulls["NCE"].mean(axis=0),
        "on the target": [np.mean(away[name]) for name in sources.KINDS],
    },
    index=list(sources.KINDS),
).style.format("{:.2f}").format("{:.0f}", subset="classes").set_caption(
    f"The floor, -H(Y), is {floor.mean():.2f} nats"
)

# %% id="leep-agreement"
on_target = np.array([away[name] for name in sources.KINDS]).T
own = np.array([home[name] for name in sources.KINDS]).T
readings["LEEP minus null"] = readings["LEEP"] - nulls["LEEP"]
readings["NCE minus null"] = readings["NCE"] - nulls["NCE"]
for name, values in readings.items():
    found_tau = ranking.ranking(name, "middle", values, on_target, list(sources.KINDS), draws=DRAWS)
    low, high = min(found_tau.single), max(found_tau.single)
    print(
        f"{name:16} τ {found_tau.tau.estimate:+.2f} [{found_tau.tau.low:+.2f}, "
        f"{found_tau.tau.high:+.2f}]   single seeds from {low:+.2f} to {high:+.2f}"
    )

# %% [markdown] id="step-10-end"
# **Shuffled labels are the placebo of a counting score.** Both scores count on the pictures that
# they judge, so they find some order in any labels, the more the more classes a source has. Compare
# the columns: what lies above the shuffled value was found, the rest was counted up by chance.
# Subtract the null before you compare sources with different numbers of classes.
#
# **One run of a ranking is an anecdote.** Look at how far single seeds lie apart. Average scores
# over seeds first, and rank then.

# %% [markdown] id="ex-02-4-text"
# ### Exercise 02.4 LEEP by hand
#
# A source with two classes looks at four pictures and says
#
# | picture | θ, first class | θ, second class | label |
# |---|---|---|---|
# | 1 | `.95` | `.05` | 0 |
# | 2 | `.40` | `.60` | 0 |
# | 3 | `.10` | `.90` | 1 |
# | 4 | `.20` | `.80` | 1 |
#
# What is LEEP, in nats? Paper, or NumPy. The formula: count $\hat
# P(y,z)=\frac1n\sum_i\theta(x_i)_z[y_i=y]$, divide by $\hat P(z)$, and average $\ln\sum_z \hat
# P(y_i|z)\,\theta(x_i)_z$ over the pictures.

# %% tags=["exercise"] id="ex-02-4"
### BEGIN ANSWER
theta = np.array([[0.95, 0.05], [0.40, 0.60], [0.10, 0.90], [0.20, 0.80]])
true = np.array([0, 0, 1, 1])
together = np.stack([theta[true == label].sum(axis=0) / 4 for label in (0, 1)])
given = together / together.sum(axis=0)
by_hand = np.log((given[true] * theta).sum(axis=1)).mean()
### ELSE
by_hand = None  # replace None with one number
### END ANSWER
tl.check("02.4", by_hand)

# %% [markdown] tags=["solution-only"] id="ex-02-4-answer"
# Each column of the joint table is divided by its sum; each picture then asks for its own label.

# %% [markdown] id="ex-02-5-text"
# ### Exercise 02.5 The floor
#
# What LEEP does a source earn whose output is the same for every picture? Compute it for the labels
# of the middle target, `labels["middle"]`.

# %% tags=["exercise"] id="ex-02-5"
### BEGIN ANSWER
counts = np.unique(labels["middle"], return_counts=True)[1]
portions = counts / counts.sum()
lowest = float(np.sum(portions * np.log(portions)))
### ELSE
lowest = None  # replace None with one number
### END ANSWER
tl.check("02.5", lowest, labels=labels["middle"])

# %% [markdown] tags=["solution-only"] id="ex-02-5-answer"
# If θ never changes, P̂(y|z) is the share of class y, and the mean log share is minus the entropy.

# %% [markdown] id="step-11"
# ## 11. How few labels are enough to choose?

# %% [markdown] tags=["prediction"] id="predict-11"
# > **Predict.** With three labeled pictures for each class, which score still ranks the candidates?
# >
# > Your answer:

# %% id="few-labels"
sizes = (24, 96) if FAST else (24, 48, 96, 192)
draws = 2 if FAST else 5
few = {"k-NN": k_nn, "LogME": log_me, "H-score": shrunk_h}
values_of = {(t, score): [] for t in targets for score in few}  # (sizes, draws, candidates)
for target in targets:
    for n in sizes:
        subsets = [
            recipes.stratified_rows(labels[target], scoring, n, least=2, seed=SEED + i)
            for i, (scoring, _) in enumerate(halves[target][:draws])
        ]
        for score, function in few.items():
            values_of[target, score].append(
                [[function(f, target, rows) for f in features[target].values()] for rows in subsets]
            )
values_of = {key: np.array(values) for key, values in values_of.items()}


def taus(values, target):
    """Return weighted τ for each size (rows) and draw (columns), without the placebo."""
    truth_of = truths[target][:draws, keep]
    return np.array(
        [
            ranking.ranking("", target, v[:, keep], truth_of, kept_names, draws=2).single
            for v in values
        ]
    )


by_size = {
    target: {score: taus(values_of[target, score], target) for score in few}
    for target in ("middle", "far")
}

# %% id="figure-5"
from tlcourse.plots.sources import labels_needed

figure, alt = labels_needed(sizes, by_size, title="How many labels does a score need?")
tl.show(figure, alt=alt)

# %% id="few-labels-table"
for target, table in by_size.items():
    for score in ("LogME", "H-score"):
        difference = table["k-NN"][0] - table[score][0]
        n_known, n_judged = (len(part) for part in halves[target][0])
        d = tl.evaluation.interval(difference, n_train=n_known, n_test=n_judged)
        print(
            f"{target}, {sizes[0]} labels: τ of k-NN minus τ of {score} {d.estimate:+.2f} "
            f"[{d.low:+.2f}, {d.high:+.2f}]: {ranking.verdict(d)}"
        )

# %% [markdown] id="step-11-end"
# A score is estimated from the same few labels as a head would be. With a handful of them the ranks
# of any score shake; the lines above say for which score a difference was shown at the smallest
# size. Evidence needs data, too.

# %% [markdown] id="step-12"
# ## 12. Was it worth it?

# %% [markdown] tags=["prediction"] id="predict-12"
# > **Predict.** Seconds for each candidate: k-NN, LogME, the linear head itself, fine-tuning the
# > last block for ten epochs.
# >
# > Your answer:

# %% id="cost"
rows = halves["middle"][0][0]
costs = {}
for score, function in few.items():
    start = time.perf_counter()
    for values in features["middle"].values():
        function(values, "middle", rows)
    costs[score] = (time.perf_counter() - start) / len(names)
costs["the linear head: the truth"] = float(
    np.mean([result.seconds for result in truth["middle"].values()])
)
split = tl.split(targets["middle"], test=0.2, seed=SEED)
start = time.perf_counter()
tuned = tl.finetune(network, split, epochs=1, seed=SEED)
costs["fine-tuning block 5, one epoch"] = time.perf_counter() - start
assert network.fingerprint() == before  # finetune worked on a copy

slowest = max(costs.values())
for name, seconds in costs.items():
    print(f"{name:32} {seconds:8.3f} s for each candidate, {slowest / seconds:8,.0f} times less")

# %% [markdown] id="step-12-end"
# Compare the line of the head with those of the scores. With stored features, the linear head
# *itself* costs so little that there is no need for a stand-in: **if a frozen head is what you will
# deploy, compute the truth**.
#
# Scores pay when the alternative is fine-tuning, or when there are a thousand candidates. Then the
# truth is another one, and the ranking may change with it. Everything above says how well scores
# rank *frozen linear heads*.

# %% [markdown] id="step-13"
# ## 13. Score your bets

# %% id="bets-scored"
rows = []
for target in targets:
    mean = truths[target].mean(axis=0)
    chosen = {
        "your bet": bets[target],
        "k-NN": names[int(scores["k-NN"][target].mean(axis=0).argmax())],
        "LogME": names[int(scores["LogME"][target].mean(axis=0).argmax())],
        "habit": names[int(scores["habit"][target].mean(axis=0).argmax())],
        "width": names[int(scores["width"][target].mean(axis=0).argmax())],
    }
    unknown = [name for name in chosen.values() if name not in names]
    if unknown:
        raise tl.errors.CourseError(
            f"There is no candidate '{unknown[0]}'. Expected one of {', '.join(names)}. Correct "
            f"your bet in section 1 and run that cell again."
        )
    given_up = {who: mean.max() - mean[names.index(name)] for who, name in chosen.items()}
    given_up["a random pick"] = mean.max() - mean[keep].mean()
    rows.append({"target": target, "best": names[int(mean.argmax())], **given_up})
pd.DataFrame(rows).set_index("target").style.format(dict.fromkeys(given_up, "{:.3f}")).set_caption(
    "Accuracy given up (regret)"
)

# %% [markdown] id="recipe"
# And this is how you choose next time, in one call: your candidates, your labels with their groups,
# every score beside the baselines, and the truth where you can afford it.

# %% id="recipe-run"
scoring = halves["middle"][0][0]
table = tl.transferability.rank(
    {name: features["middle"][name][scoring] for name in names},
    labels["middle"][scoring],
    groups=ranking.may_vote(labels["middle"][scoring], targets["middle"].groups[scoring]),
    truth={name: truths["middle"][0][i] for i, name in enumerate(names)},  # on the other half
    draws=DRAWS,
    seed=SEED,
)
table

# %% [markdown] id="recipe-end"
# 1. Cut your labeled pictures into halves, by group.
# 2. Standardize, as the head will.
# 3. k-NN and a linear head first. Formulas after.
# 4. Put a placebo among the candidates.
# 5. Draw the interval, and say *undecided* where it is.

# %% [markdown] id="ex-02-6-text"
# ### Exercise 02.6 Enter a candidate
#
# Add a representation of your own on the far target. Write `represent(data)`: it gets a `Dataset`
# and returns one row of numbers for each of `data.images`, uint8 of shape (n, S, S, 3). Then
# predict its rank among all candidates and yours. The check measures it on the truth halves. Can
# you beat HOG?


# %% tags=["exercise"] id="ex-02-6"
def represent(data):
    ### BEGIN ANSWER
    thumbnails = data.images[:, ::8, ::8].mean(axis=3) / 255
    return thumbnails.reshape(len(thumbnails), -1)
    ### ELSE
    return None  # replace None with an array, one row for each picture
    ### END ANSWER


my_candidate = ("mine", represent, 1)  # a name, the function, the rank that you predict
tl.check(
    "02.6",
    my_candidate,
    data=targets["far"],
    halves=halves["far"],
    features=features["far"],
    truth=truth["far"],
)

# %% [markdown] tags=["solution-only"] id="ex-02-6-answer"
# The digits were drawn on 8 by 8 pixels and enlarged. A small thumbnail undoes most of that.

# %% [markdown] id="widget-why"
# ## Choose before you train
#
# First the figure, then controls. Drag the number of labels and watch the first choice (the ring)
# move. Find a setting with a decent τ and a poor first choice. Then choose *zeros forgotten*.

# %% tags=["widget"] id="widget"
from tlcourse.widgets.choices import choice_table
from tlcourse.widgets.choosing import choose_before_you_train

settings = {}
for target in targets:
    for i, n in enumerate(sizes):
        scoring = halves[target][0][0]
        rows = recipes.stratified_rows(labels[target], scoring, n, least=2, seed=SEED)
        for score in few:
            settings[target, n, score] = values_of[target, score][i, 0]
        settings[target, n, "habit"] = scores["habit"][target][0]
        settings[target, n, "LogME, zeros forgotten"] = np.array(
            [
                iterated_logme(values[rows], labels[target][rows], forget=True)
                for values in features[target].values()
            ]
        )
choices = choice_table(
    settings,
    {target: truths[target].mean(axis=0) for target in targets},
    names=tuple(names),
    kinds=kinds,
)
choose_before_you_train(choices)

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("02")

# %% id="last-checks"
# Shuffled labels bring a score down to what it gives for nothing.
rng = np.random.default_rng(SEED)
rows = halves["middle"][0][0]
y = labels["middle"][rows]
best = features["middle"]["VGG16 blocks 3+4+5"][rows]
shuffled = np.mean([tl.transferability.knn(best, rng.permutation(y)) for _ in range(10)])
by_shares = ((np.bincount(y) / len(y)) ** 2).sum()
print(
    f"k-NN {tl.transferability.knn(best, y):.3f}, with shuffled labels {shuffled:.3f}, "
    f"sum of squared shares {by_shares:.3f}"
)
assert abs(shuffled - by_shares) < max(0.1, 1.5 / np.sqrt(len(y)))
for target, data in targets.items():
    for scoring, held_out in halves[target]:
        datasets.assert_disjoint(data, {"scoring half": scoring, "truth half": held_out})
assert network.fingerprint() == before
print("halves disjoint, backbone unchanged")

# %% [markdown] id="end"
# ## What you can now do
#
# *I rank candidate models, layers and source tasks on my own labeled pictures with a cheap score,
# next to plain baselines and with an interval, and I trust the winner only as far as the ranking
# was right on tasks where I know the truth.*
#
# ### References
#
# - You et al. 2021, *LogME: Practical Assessment of Pre-trained Models for Transfer Learning*
#   (ICML): evidence maximized for each class, with a fast fixed point.
# - Nguyen et al. 2020, *LEEP: A New Measure to Evaluate Transferability of Learned Representations*
#   (ICML), with its forerunner NCE by Tran et al. 2019 (ICCV): what the source's own answers tell.
# - Ibrahim, Ponomareva & Mazumder 2021, *Newer is not always better: Rethinking Transferability
#   Metrics, Their Peculiarities, Stability and Performance* (arXiv:2110.06893): the trouble of the
#   H-score is the covariance; shrinkage repairs much of it.
# - Agostinelli et al. 2022, *How Stable are Transferability Metrics Evaluations?* (ECCV): small
#   changes of the setup reverse which score wins.
# - Sorkhei et al. 2025, *k-NN as a Simple and Effective Estimator of Transferability*
#   (arXiv:2503.18528): tens of thousands of experiments, 23 scores, k-NN ahead.
#
# ### Where next
#
# Chapter 03 uses the model you chose: feature extraction, done right. Chapter 05 says more about
# intervals, and chapter 07 about targets that lie far away.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (70).** Bets and truth, sections 1 and 2: 18. Sections 3 and 4: 10. Sections 5 and 6:
# 14. Sections 7 and 8: 10. Sections 9 and 10: 12. Sections 12 and 13: 6. Collect the bets on a wall
# before section 2 runs, and start its cells while people bet.
#
# **Misconceptions to listen for.** "A higher score means a higher accuracy" (scales differ from
# score to score). "A significant τ means a good first choice." "Own accuracy is transferability."
# "Negative transfer means that the model is useless" (one block earlier it leads).
#
# **Discuss.**
#
# 1. Your team always takes the same backbone. On which kind of target is that rational, and what
#    would tell you that it stopped being so?
# 2. A paper reports a τ that is a sixth higher than its rival's, on ten models. What would you ask
#    for?
#
# **Late?** Skip sections 4, 7 and 11. Never skip 2, 6 and 9. Those who finish early: exercise 02.6
# with a representation that beats HOG on digits. Say plainly that *truth* here means a frozen
# linear head.
#
# **On pictures of one's own** the near and the far target stay as they are, and the text about them
# holds. What the text says of the middle target was written for emoji: read the verdicts.
