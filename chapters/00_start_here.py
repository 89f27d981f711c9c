# %% [markdown] id="front"
# # 00 Start here
#
# | This chapter | |
# |---|---|
# | You can afterwards | say what your machine can do, measured; classify pictures from ten labels of each class; tell a fair comparison from an unfair one; use `check()` |
# | You need | Python, and nothing about neural networks yet |
# | Minutes to read | 45 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# *Deep learning needs a graphics card, thousands of pictures and an afternoon.* Many people believe
# that, and for a network that starts from nothing it is about right.
#
# This chapter does it with ten labeled pictures of each class, on whatever computer you have, in
# about two minutes. The trick has a name: **transfer learning**. A network that has already seen other
# pictures lends you what it learned from them. You will race it against a network that has only your
# pictures to learn from. Both get the same ones, and the race is run several times, because one
# race can be luck.
#
# **How to read it.** Run the cells from top to bottom (Shift and Enter). Before each experiment there is
# a prediction to make. Write it down first. A prediction that turns out wrong is worth more than a
# page of explanation.

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# The package `tlcourse` holds the machinery. The lines that are the lesson stand in the cells. If this
# cell fails, the package is not installed: the README says how.

# %% id="setup"
import time
from pathlib import Path

import numpy as np
import tlcourse as tl
from tlcourse import datasets, preflight, recipes
from tlcourse.datasets.images import at_size, read_image
from tlcourse.plots import first_win
from tlcourse.recipes.trials import hits_table, trial

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import keras
import pandas as pd
from keras import layers

pd.options.display.max_colwidth = None
FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
DRAWS = 2 if FAST else 5  # how often the race is run
EPOCHS = 15 if FAST else 40
PER_CLASS = 10

# %% [markdown] id="step-01"
# ## 1. What can anyone learn from ten pictures of each class?
#
# The pictures are emoji in eight classes. Set `DATASET` to a folder with one folder of pictures for each
# class, and the chapter runs on your own pictures.
#
# First, some pictures are put aside. They are the **unseen** ones: nobody learns from them, and both
# contestants are tested on them. From the rest, ten of each class are drawn and given their
# labels. That is the whole training set.

# %% id="data"
data = recipes.load_pictures(DATASET, image_size=IMAGE_SIZE, most=600, seed=SEED)
labels = data.labels
rows = np.arange(len(data))
pool, unseen = datasets.holdouts(data, rows, n=1, test=0.4, seed=SEED)[0]


def draw(seed, per_class=PER_CLASS):
    """Choose the pictures that get a label: a few of each class, others for every seed."""
    return datasets.few_labels(labels, pool, per_class, seed=seed)


first = draw(seed=0)
majority = np.bincount(labels[unseen]).max() / len(unseen)

print(data)
print(f"{len(unseen)} pictures unseen, {len(first)} of the other {len(pool)} with a label")
print(f"always naming the largest class would be right for {majority:.3f} of the unseen ones")
if FAST:
    print("Fast mode: two draws and few epochs. The numbers are rough; the steps are the same.")

# %% id="figure-1"
figure, alt = first_win.training_set(data.images[first], labels[first], data.class_names)
tl.show(figure, alt=alt)

# %% id="data-assert"
datasets.assert_disjoint(data, {"labeled": first, "unseen": unseen})
assert len(set(data.hashes)) == len(data)  # no picture is there twice
assert (np.bincount(labels[first]) == PER_CLASS).all()
assert set(draw(0, 5)) < set(draw(0, 10))  # more labels include the fewer ones
assert (draw(0) == draw(0)).all()
print("nothing is both labeled and unseen")

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** Which fraction of the unseen pictures will each contestant name correctly after looking at
# > these? Write your guesses into the next cell, as fractions between 0 and 1. They come back in section 7.

# %% id="guesses"
guess_scratch = None  # a network that starts from nothing
guess_transfer = None  # one that has seen photographs before

# %% [markdown] id="step-02"
# ## 2. Can my machine do this?
#
# The network that lends its knowledge is VGG16. It was trained on more than a million photographs, and
# its weights come with the course: no download, no network connection.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** How many seconds do 100 pictures take through VGG16 on your machine?
# >
# > Your answer:

# %% id="preflight"
report = tl.doctor()
pd.DataFrame(preflight.requirements(report)).style.hide(axis="index")

# %% id="preflight-speed"
print(report["verdict"])
print(f"measured here: {report['seconds_per_100']:.2f} s for 100 pictures at 96 px")
print(f"first batch of 32: {report['first_batch_seconds']:.2f} s")
print(f"the next ones, median: {np.median(report['batch_seconds']):.2f} s")

# %% [markdown] id="step-02-end"
# **Never time the first call.** It also builds the computation. And a number about speed
# belongs to one machine: this one was measured here, now, with whatever else is running.
#
# If a row of the table is not *ok*, its last column says what to do. The usual reason for little free
# memory is another notebook that is still open.

# %% [markdown] id="step-03"
# ## 3. How will I know that I am right?
#
# This course has exercises, and `tl.check` looks at your answers. It gives one of three replies: *not
# attempted*, *not yet* with a hint, or *right*.
#
# - Try as often as you like. Nothing is counted against you, and nothing leaves this computer.
# - A wrong answer never stops the notebook. It gets a hint that names the mistake, as far as the mistake is known.
# - The answer itself is never shown.
#
# The next cell hands in three answers to exercise 00.1, so that you see the first two replies. `...` is
# what stands where you have not written anything yet.

# %% tags=["learner-only"] id="check-demo"
tl.check("00.1", ...)
tl.check("00.1", "a quarter")
tl.check("00.1", 8)

# %% tags=["solution-only"] id="check-demo-solution"
from tlcourse.exercises import find, judge

for answer in (..., "a quarter", 8):
    print(f"{answer!r}: {judge(find('00.1'), answer).message}")

# %% [markdown] id="ex-00-1-text"
# ### Exercise 00.1 What guessing scores
#
# You answer one of the classes at random for every picture, each class equally likely. Which fraction is
# right on average? It is the yardstick for everything below.

# %% tags=["exercise"] id="ex-00-1"
### BEGIN ANSWER
by_chance = 1 / data.n_classes
### ELSE
by_chance = None  # replace None with a number between 0 and 1
### END ANSWER
tl.check("00.1", by_chance, n_classes=data.n_classes, majority=majority)

# %% [markdown] tags=["solution-only"] id="ex-00-1-answer"
# Whatever the picture shows, one of your equally likely answers is the right one. How large the classes are
# does not matter here. It matters to somebody who always names the largest one.

# %% [markdown] id="step-04"
# ## 4. What can a network learn from these pictures alone?
#
# Here is the first contestant: a small convolutional network with random weights. It is no straw
# man. Small networks do best with so few pictures; every picture is shown flipped and shifted; and
# dropout keeps it from leaning on single pixels.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** How accurate is it in the end on its own training pictures? And on the unseen ones?
# >
# > Your answer:

# %% id="scratch"
small = at_size(data.images, 48)[rows]  # smaller pictures suit a small network, and take less time


def small_network():
    return keras.Sequential(
        [
            keras.Input((48, 48, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal"),
            layers.RandomTranslation(0.1, 0.1),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(64, activation="relu"),
            layers.Dense(data.n_classes, activation="softmax"),
        ]
    )


network = small_network()
network.compile(
    keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)


def from_scratch(chosen, seed, batch_size=16, **options):
    """Train from new random weights on the chosen rows; return the trial and the curves."""
    keras.utils.set_random_seed(seed)
    recipes.start_again(network, small_network())  # new weights in the network that is compiled
    start = time.perf_counter()
    history = network.fit(
        small[chosen], labels[chosen], batch_size=batch_size, epochs=EPOCHS, verbose=0, **options
    ).history
    seconds = time.perf_counter() - start
    answers = np.asarray(network(small[unseen], training=False))
    done = trial("scratch", answers, data, train=chosen, test=unseen, seed=seed, seconds=seconds)
    return done, history


watched = (small[unseen], labels[unseen])  # for the figure only; nothing is chosen by it
scratch_trial, curves = from_scratch(
    first, seed=0, validation_data=watched, validation_batch_size=128
)
seen_before = np.mean(np.asarray(network(small[first], training=False)).argmax(1) == labels[first])
print(f"{network.count_params():,} weights, trained in {scratch_trial.result.cost.seconds:.1f} s")
print(f"on its training pictures: {seen_before:.3f}")
print(scratch_trial)

# %% id="figure-2"
figure, alt = first_win.learning(
    curves["accuracy"],
    curves["val_accuracy"],
    {"guessing": 1 / data.n_classes, "always the largest class": majority},
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-04-end"
# The solid line is what a training log shows, and it looks like success. The dashed line is the truth.
# **The network learned these pictures rather than the classes.** (The solid line is measured
# while flips, shifts and dropout are on, so it understates what the network knows by heart; the number
# printed above does not.)
#
# The dashed line is for your eyes only. No epoch is chosen by it: whoever picks the best one has used the
# unseen pictures to learn from. Chapter 05 measures what such a look costs.

# %% [markdown] id="step-05"
# ## 5. What does a network that has seen photographs make of emoji?
#
# The second contestant has VGG16 in front. VGG16 stays as it is. It turns each picture into a row of numbers, its
# **features**: how much there is of this kind of edge, this texture, this round thing. Three of its blocks are asked, and each
# answer is averaged over the picture.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** How long will the same extraction take when it is asked for again?
# >
# > Your answer:

# %% id="features"
vgg16 = tl.backbone(image_size=IMAGE_SIZE)
print(vgg16.describe())
weights_before = vgg16.fingerprint()

for attempt in ("first time", "again"):
    start = time.perf_counter()
    features = tl.extract(vgg16, data)
    print(f"{attempt}: {time.perf_counter() - start:.2f} s for {len(data)} pictures")

print("shape:", features.shape)

# %% id="features-assert"
from tlcourse.feature_store import FeatureStore
from tlcourse.features import feature_key

assert (features == tl.extract(vgg16, data)).all()  # stored answers, bit for bit
assert vgg16.fingerprint() == weights_before  # VGG16 has not moved
assert vgg16.model.count_params() == 14_714_688
assert not vgg16.model.trainable_weights
if vgg16.weights.origin in ("embedded", "official"):
    kernel, bias = vgg16.model.get_layer("block1_conv1").get_weights()  # two published values
    assert abs(kernel[0, 0, 0, 0] - 0.42947) < 1e-3
    assert abs(bias[0] - 0.73430) < 1e-3
other_size = tl.backbone(image_size=IMAGE_SIZE + 32)
assert (
    FeatureStore(feature_key(vgg16, "block5_pool")).id
    != FeatureStore(feature_key(other_size, "block5_pool")).id
)
other_size = None
print("VGG16 is the published one, unchanged, and nothing in it trains")

# %% [markdown] id="step-05-end"
# A frozen network answers the same for the same picture. So each answer is stored, under a
# key made of the picture, the weights and the settings. (If you have run this cell before, the first time is
# quick too.) **This is why the course runs on a laptop.**

# %% [markdown] id="ex-00-2-text"
# ### Exercise 00.2 What the head sees
#
# What comes after the features is called the *head*. How many numbers does it see for one picture?

# %% tags=["exercise"] id="ex-00-2"
### BEGIN ANSWER
numbers_per_picture = features.shape[1]
### ELSE
numbers_per_picture = None  # replace None with a whole number
### END ANSWER
tl.check("00.2", numbers_per_picture, n_pictures=len(data), image_size=IMAGE_SIZE)

# %% [markdown] tags=["solution-only"] id="ex-00-2-answer"
# One row for each picture, one column for each channel of the three blocks.

# %% [markdown] id="ex-00-3-text"
# ### Exercise 00.3 Ten thousand pictures
#
# How many seconds will 10,000 pictures take *on this machine*? `report["seconds_per_100"]` holds what the
# preflight measured.

# %% tags=["exercise"] id="ex-00-3"
### BEGIN ANSWER
waiting = report["seconds_per_100"] * 10_000 / 100
### ELSE
waiting = None  # replace None with a number of seconds
### END ANSWER
tl.check("00.3", waiting, report=report)

# %% [markdown] tags=["solution-only"] id="ex-00-3-answer"
# There are a hundred hundreds in ten thousand. The answer differs from machine to machine, which is the point.

# %% [markdown] id="step-06"
# ## 6. Is that worth anything?
#
# Now the head: logistic regression on the features, with the same labeled pictures that the first contestant
# had. Nothing else is trained.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** Better or worse than the network of section 4? And how long does the training take?
# >
# > Your answer:


# %% id="transfer"
def transfer(chosen, seed):
    """Fit a head on the features of the chosen rows, and ask it about the unseen ones."""
    start = time.perf_counter()
    head = tl.fit_head(features[chosen], labels[chosen], n_classes=data.n_classes, folds=3)
    seconds = time.perf_counter() - start
    answers = head.predict_proba(features[unseen])
    return trial("transfer", answers, data, train=chosen, test=unseen, seed=seed, seconds=seconds)


transfer_trial = transfer(first, seed=0)
print(transfer_trial)
print(scratch_trial)
print(
    f"trained in {transfer_trial.result.cost.seconds:.2f} s; "
    f"the other one took {scratch_trial.result.cost.seconds:.1f} s"
)

# %% id="figure-first-win"
figure = tl.plots.dots_with_intervals(
    {"transfer": transfer_trial, "from scratch": scratch_trial},
    xlabel="accuracy on unseen pictures, 95 % interval",
    title="One draw",
    reference=majority,
    reference_label="majority",
)
tl.show(
    figure,
    alt=f"Two dots with intervals: transfer {transfer_trial.accuracy:.2f}, "
    f"from scratch {scratch_trial.accuracy:.2f}, majority {majority:.2f}.",
)

# %% [markdown] id="step-06-end"
# If the dot of transfer is on the right, this is your **first win**. The head knows nothing but numbers, and it was fitted
# in a moment. The knowledge came with the weights.
#
# The bars say how far each number could move with *other test pictures* (Wilson intervals). They say nothing
# about the luck of having labeled these pictures and no others. That needs more draws.

# %% [markdown] id="step-07"
# ## 7. Was it luck?
#
# Run the race again with other labeled pictures. In each draw both contestants get the same ones, and both
# are tested on the same unseen ones. So draws can be compared pair by pair.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** In how many of the draws does transfer win?
# >
# > Your answer:

# %% id="race"
scratch_trials, transfer_trials = [scratch_trial], [transfer_trial]
for seed in range(1, DRAWS):
    scratch_trials.append(from_scratch(draw(seed), seed)[0])
    transfer_trials.append(transfer(draw(seed), seed))

for a, b in zip(scratch_trials, transfer_trials, strict=True):
    assert a.trained_on == b.trained_on  # same pictures to learn from
    assert a.tested_on == b.tested_on  # same pictures to be tested on
    assert not set(a.trained_on) & set(a.tested_on)

gain = tl.evaluation.transfer_gain(
    hits_table(transfer_trials), hits_table(scratch_trials), labels=len(first)
)
print(f"from scratch {gain.without:.3f}, transfer {gain.with_transfer:.3f}")
print(
    "difference in each draw:",
    *(
        f"{b.accuracy - a.accuracy:+.2f}"
        for a, b in zip(scratch_trials, transfer_trials, strict=True)
    ),
)

# %% id="figure-3"
figure, alt = first_win.race(
    [t.accuracy for t in scratch_trials],
    [t.accuracy for t in transfer_trials],
    gain,
    {"scratch": guess_scratch, "transfer": guess_transfer},
)
tl.show(figure, alt=alt)


# %% id="verdict"
def verdict(found, other):
    """Let the interval speak: no win is claimed where it includes zero."""
    if found.low > 0:
        words = f"Transfer wins against {other}"
    elif found.high < 0:
        words = f"Transfer loses against {other}"
    else:
        words = f"Cannot tell transfer and {other} apart"
    numbers = [f"{100 * value:+.1f}" for value in (found.gain, found.low, found.high)]
    return f"{words}: {numbers[0]} points, 95 % interval {numbers[1]} to {numbers[2]}."


print(verdict(gain, "the network from scratch"))

# %% [markdown] id="step-07-end"
# The sentence above is composed from the interval, which covers both kinds of luck: the draw of labeled pictures and the choice of
# unseen ones. Where an interval includes zero, the sentence says *cannot tell*. You will meet this
# rule in every chapter: **a win is a win when its whole interval lies above zero.**

# %% [markdown] id="step-08"
# ## 8. Would more labels not fix it?
#
# The network from scratch has one obvious excuse: too few pictures. So give it *all* the pictures that are not set
# aside, several times as many. Transfer keeps its ten of each class.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** How many labels of each class does the network from scratch need to catch up with transfer at ten?
# >
# > Your answer:

# %% id="more-labels"
# The same pictures each time, but new random weights. Larger batches save time here.
all_scratch = [from_scratch(pool, seed, batch_size=32)[0] for seed in range(DRAWS)]
all_transfer = transfer(pool, seed=0)  # nothing in it is random

hits_all = hits_table(all_scratch)
catch_up = tl.evaluation.transfer_gain(hits_table(transfer_trials), hits_all)
both_all = tl.evaluation.transfer_gain(np.repeat([all_transfer.hits], DRAWS, axis=0), hits_all)

table = {
    f"from scratch, {len(first)} labels": gain.without,
    f"transfer, {len(first)} labels": gain.with_transfer,
    f"from scratch, {len(pool)} labels": hits_all.mean(),
    f"transfer, {len(pool)} labels": all_transfer.accuracy,
}
print(*(f"{name:28} {value:.3f}" for name, value in table.items()), sep="\n")
ratio = len(pool) / len(first)
print(verdict(catch_up, f"a network from scratch with {ratio:.0f} times the labels"))
print("With all labels on both sides:", verdict(both_all, "the network from scratch"))

# %% [markdown] id="step-08-end"
# Read the first verdict. If transfer wins, several times the labels do not make up for the missing experience. If the two
# cannot be told apart, remember that one of them had several times the labels: the lesson is the same. And if the network from
# scratch wins, you know what its labels would have cost.
#
# The second verdict asks the fairer question, with all labels on both sides.

# %% [markdown] id="ex-00-4-text"
# ### Exercise 00.4 Fifteen labels
#
# Train the transferred classifier with **15** pictures of each class, draw 0, and hand in the whole trial. The functions
# `draw` and `transfer` above do the work.

# %% tags=["exercise"] id="ex-00-4"
### BEGIN ANSWER
my_trial = transfer(draw(seed=0, per_class=15), seed=0)
### ELSE
my_trial = None  # replace None with a trial
### END ANSWER
tl.check("00.4", my_trial, data=data, pool=pool, unseen=unseen)

# %% [markdown] tags=["solution-only"] id="ex-00-4-answer"
# Only the number of labels changes. The draw is the same, so its pictures include the earlier ones; and the
# unseen pictures are the same. Two changes at once could not be told apart.

# %% [markdown] id="step-09"
# ## 9. What does it still get wrong?

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** Which class is most often taken for which other one?
# >
# > Your answer:

# %% id="figure-4"
result = transfer_trial.result
figure = tl.plots.confusion(result, title="Rows: what it is. Columns: what it was called.")
worst = first_win.confusions(result)
words = "; ".join(f"{true} called {called}, {n} times" for true, called, n in worst)
tl.show(
    figure, alt=f"Confusion matrix of {result.n} unseen pictures. Most frequent mistakes: {words}."
)

# %% id="figure-mistakes"
confident = result.mistakes[:12]
titles = [
    f"{data.class_names[result.labels[i]]}, called {data.class_names[result.predictions[i]]}"
    for i in confident
]
figure = tl.plots.gallery(
    data.images[unseen[confident]], titles, columns=6, title="Its most confident mistakes"
)
tl.show(figure, alt=f"Gallery of the most confident mistakes: {'; '.join(titles)}.")

# %% [markdown] id="step-09-end"
# Look at the shapes and colors of the mistakes: many are easy to forgive. There is a lot left to gain, and chapters 02 to
# 06 work on it.
#
# Mind the difference between a *count* and a *share*. The class with the most mistakes may be the one with the most pictures.

# %% [markdown] id="ex-00-5-text"
# ### Exercise 00.5 The hardest class
#
# Which class is *hardest* for the transferred classifier: the one with the smallest share of its own
# pictures right? `np.array(result.confusion)` holds the counts.

# %% tags=["exercise"] id="ex-00-5"
### BEGIN ANSWER
counts = np.array(result.confusion)
found_share = counts.diagonal() / counts.sum(axis=1)
hardest = data.class_names[found_share.argmin()]
### ELSE
hardest = None  # replace None with the name of a class, in quotes
### END ANSWER
tl.check("00.5", hardest, result=result)

# %% [markdown] tags=["solution-only"] id="ex-00-5-answer"
# A row holds all pictures of one true class, so the diagonal divided by the row sum is the share that was found. It is called *recall*.

# %% [markdown] id="step-10"
# ## 10. And with one picture of each class?
#
# Fewer labels, many draws. First the figure, then a slider: choose a number of labels and press *Another draw* a few
# times. Watch the dots fall.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** With one labeled picture of each class: how far is the best draw from the worst?
# >
# > Your answer:

# %% tags=["widget"] id="widget"
luck = tl.widgets.luck_table(
    features,
    data.images,
    labels,
    pool,
    unseen,
    class_names=data.class_names,
    draws=5 if FAST else 20,
    reference=gain.without,
)
tl.widgets.labels_and_luck(luck)

# %% id="luck-numbers"
spread = np.ptp(luck.accuracies, axis=1)
for size, values, width in zip(luck.sizes, luck.accuracies, spread, strict=True):
    print(f"{size:2} labels: mean {values.mean():.2f}, best minus worst {width:.2f}")

# %% [markdown] id="step-10-end"
# **Fewer labels cost accuracy, and they cost certainty.** With one picture of each class it matters a lot *which* one it
# is. The best draw on the left is luck, not skill: nobody knew beforehand that its pictures were good ones.
#
# (Part of the narrowing on the right has another reason: small classes have few pictures left to choose from, so large draws resemble each other.)

# %% [markdown] id="step-11"
# ## 11. Does it work on a picture of mine?
#
# Put a picture beside this notebook, write its name into the cell, and run it. Without a file, the cell takes a
# handwritten three, which belongs to none of the classes.

# %% id="own-picture"
PICTURE = "my_picture.png"

if Path(PICTURE).is_file():
    picture = read_image(PICTURE, IMAGE_SIZE)  # turned upright, on white, cut to a square
else:
    digits = tl.load("digits", size=IMAGE_SIZE).subset(range(10))
    picture = 255 - digits.images[list(digits.labels).index(3)]

head = tl.fit_head(features[pool], labels[pool], n_classes=data.n_classes, folds=3)
chances = head.predict_proba(tl.extract(vgg16, picture[None]))[0]
figure, alt = first_win.answer(picture, data.class_names, chances)
tl.show(figure, alt=alt)

# %% [markdown] id="step-11-end"
# The classifier must choose one of its classes, whatever it is shown: the chances of all classes always add up to
# one. A senseless question gets an answer too, and sometimes a confident one. Chapter 05 asks how far such a number can be believed.

# %% [markdown] id="ex-00-6-text"
# ### Exercise 00.6 A fair pair
#
# Sections 4 and 6 were two trials. Write `fair(a, b)`: True only if two trials may be compared as a pair. A trial has `trained_on`
# and `tested_on`, the content hashes of its pictures, and `accuracy`. The check tries it on six pairs.


# %% tags=["exercise"] id="ex-00-6"
def fair(a, b):
    ### BEGIN ANSWER
    same_training = set(a.trained_on) == set(b.trained_on)
    same_test = set(a.tested_on) == set(b.tested_on)
    leaked = set(a.trained_on) & set(a.tested_on)
    return same_training and same_test and not leaked
    ### ELSE
    return None  # replace None with your condition
    ### END ANSWER


tl.check("00.6", fair)

# %% [markdown] tags=["solution-only"] id="ex-00-6-answer"
# Three conditions: the same pictures to learn from, the same pictures to be tested on, and no picture in both. Sets, because
# order does not matter. Accuracy does not appear: a fair race may have any winner.

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("00")

# %% id="last-checks"
again = transfer(first, seed=0)
assert again.accuracy == transfer_trial.accuracy  # the same draw gives the same head
assert again.trained_on == scratch_trial.trained_on
assert vgg16.fingerprint() == weights_before
datasets.assert_disjoint(data, {"pool": pool, "unseen": unseen})
print("same draw, same head; VGG16 unchanged; unseen pictures unseen")

# %% [markdown] id="step-12"
# ## 12. What comes next, and how long will it take here?
#
# The minutes of each chapter were measured on one machine. Here they are scaled by the speed of yours. It is a rough guide:
# chapters do more than send pictures through VGG16.

# %% id="next"
from tlcourse.recipes.chapter00_minutes import chapter_minutes

plan = pd.DataFrame(chapter_minutes(report["seconds_per_100"]))
plan.style.hide(axis="index")

# %% [markdown] id="progress-why"
# And this is your map. It is kept in one file on this computer, and sent nowhere.

# %% id="progress"
tl.progress()

# %% [markdown] id="end"
# ## What you can now do
#
# *Ten labeled pictures of each class and a network that has already seen other pictures beat a network that must learn
# everything from my pictures, and I know how fast and how surely on this machine.*
#
# The verdicts of sections 7 and 8 say whether that sentence holds on your data. You know where to look.
#
# ### References
#
# - Simonyan & Zisserman 2014, *Very deep convolutional networks for large-scale image recognition* (arXiv:1409.1556): the network whose weights are used here.
# - Donahue et al. 2014, *DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition* (ICML): features of a network trained on photographs beat hand-made ones on other tasks.
# - Sharif Razavian et al. 2014, *CNN Features off-the-shelf: an Astounding Baseline for Recognition* (CVPR workshops): the same over many tasks, with a linear classifier.
# - Brigato & Iocchi 2020, *A Close Look at Deep Learning with Small Data* (ICPR): with few pictures small networks from scratch match or beat large ones; hence the small contestant.
# - Brown, Cai & DasGupta 2001, *Interval Estimation for a Binomial Proportion* (Statistical Science): why Wilson and not the textbook interval.
#
# ### Where next
#
# Chapter 01 says what is transferred, and when it pays. If you want to build at once, chapter 03 is the one.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (45).** Gallery and guesses 5, preflight 7, check 3, the race of sections 4 to 6 nine, draws 6, more labels 5, mistakes 4, widget
# and exercises 6. Let people say their guesses aloud *before* section 4: most rooms put scratch too high.
#
# **Preflight.** Do it with everyone on one screen first. Then collect seconds per 100 pictures on the board. The slowest machine sets fast
# or normal mode for the day. Another open notebook is the usual reason for little memory.
#
# **Misconceptions to listen for.** "All right on training means done." "VGG16 knows emoji" (ImageNet has no such classes). "It won because it
# is bigger" (chapter 01: the same network with random weights). "The interval tells about my next picture."
#
# **Is the contestant fair?** Variants without a hidden layer, with zoom, with more epochs were tried while writing. On two draws some looked better; on
# five the difference was gone. Tell that story: it is section 7 in small. The solid curve of section 4 is measured with dropout on, which puzzles good observers.
#
# **Discuss.**
#
# 1. Transfer used more than a million foreign pictures. Is the race fair, and what would *fair* mean?
# 2. When would you still train from scratch?
#
# **Late?** Skip section 8 (say its result), section 11 and exercise 00.6. Never skip sections 3 and 7.
