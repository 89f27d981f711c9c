# %% [markdown] id="front"
# # 01 Background: what is transferred, and when it pays
#
# | This chapter | |
# |---|---|
# | You can afterwards | tell traditional learning, training from scratch, multi-task learning and transfer apart; measure what pretrained weights add to the same network without them; say at which depth they help a near, a middle and a far target; use a CNN or an RNN as a feature extractor |
# | You need | Python, and an idea of what a convolution is; chapter 00 is a good start |
# | Minutes to read | 75 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# "Deep networks are better, and pretrained ones are better still." This chapter takes the sentence
# apart. One small set of labeled pictures meets eight ways to learn, all on the same draws and the
# same unseen pictures. Then the one difference that counts is measured block by block, on three
# targets: one near to what the network has seen, one in the middle, one far away.
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down first, on
# paper or in the gray box (double-click it). Where the result surprises you, you have learned something.

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# The package `tlcourse` holds the machinery: loading, caching, measuring. The lines that are the lesson
# stand in the cells.

# %% id="setup"
import numpy as np
import tlcourse as tl
from tlcourse import recipes
from tlcourse.backbones import POOLS as BLOCKS  # block1_pool to block5_pool
from tlcourse.datasets.acoustics import Condition
from tlcourse.plots.background import gain_by_depth, twins, when_it_pays
from tlcourse.plots.four_ways import four_ways
from tlcourse.plots.method_rows import sequence_rows, side_by_side
from tlcourse.recipes import (
    chapter01_networks,
    chapter01_pictures,
    chapter01_protocol,
    chapter01_sounds,
    chapter01_twins,
)

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import keras
import pandas as pd
from keras import layers
from scipy.stats import kendalltau

FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
IMAGE_SIZE = min(IMAGE_SIZE, 64) if FAST else IMAGE_SIZE
DRAWS = 2 if FAST else 5  # repetitions of everything, each with other labeled pictures
SHOTS = 5 if FAST else 10  # labels per class
POOL = 8 if FAST else 20  # pictures per class that labels are drawn from
STRENGTHS = (0.1,) if FAST else (0.01, 0.1, 1.0)  # candidates for C, the strength of a head

# %% [markdown] id="protocol-why"
# ## One protocol for everything
#
# - **A pool and the rest.** From every class some pictures go into a pool. Labels are drawn from the
#   pool; accuracy is measured on all other pictures.
# - **Draws.** Each draw takes a few pictures per class from the pool, as if no more had been labeled. Every
#   method learns from the *same* draws and answers the *same* unseen pictures, so differences are paired.
# - **No choice by the unseen pictures.** What a head needs to have chosen (its strength C) is chosen by
#   cross-validation inside the draw.
# - **Intervals.** With other draws and other unseen pictures the numbers would move. The intervals
#   resample both (a two-way bootstrap). Where the interval of a difference includes zero, the verdict
#   is *no difference shown*.

# %% id="protocol"
data = recipes.load_pictures(
    DATASET, image_size=IMAGE_SIZE, most=240 if FAST else 600, style="twemoji", seed=SEED
)
labels = data.labels
split = chapter01_protocol.deal(data, per_class=POOL, seed=SEED)
chosen = chapter01_protocol.draws(split, SHOTS, DRAWS)
pictures_before = hash(data.images.tobytes())

majority = chapter01_protocol.majority_answers(split, DRAWS)
print(data)
print(
    f"{DRAWS} draws of {len(chosen[0])} labeled pictures, {SHOTS} per class, seeds 0 to {DRAWS - 1}"
)
print(f"{len(split.validation)} other pictures to measure on")
print(
    f"guessing evenly: {1 / data.n_classes:.3f}; always the most frequent class: {majority.estimate:.3f}"
)
if FAST:
    print("Fast mode: two draws only, and short training. Do not read the numbers as results.")

# %% [markdown] id="step-01"
# ## 1. What does a network know before I show it one label?
#
# A **pretrained model** is an architecture together with weights that were learned elsewhere. Ours is
# VGG16, trained to name the objects in more than a million photographs. Its *random twin* has the same
# layers and the same number of weights, but the weights are the random numbers that training starts from.
#
# Here is a task without labels. Every emoji exists in a second drawing style (Noto). Take one drawing
# and ask: which of the drawings in the other style is most similar? Is it the same thing? Similarity
# is the cosine between averaged activations of one block.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** For which share of the emoji is the nearest drawing in the other style the same thing: by raw
# > pixels, by block 4 with random weights, by block 4 pretrained?
# >
# > Your answer:

# %% id="twin-networks"
pretrained = tl.backbone(image_size=IMAGE_SIZE)
twin = tl.backbone(image_size=IMAGE_SIZE, weights="random", seed=SEED)
weights_before = pretrained.fingerprint()
print(pretrained.describe())

assert [w.shape for w in twin.model.weights] == [w.shape for w in pretrained.model.weights]
for name in ("block1_conv1", "block5_conv3"):
    kernels = [np.asarray(n.model.get_layer(name).kernel) for n in (pretrained, twin)]
    assert not np.allclose(*kernels)
assert np.array_equal(pretrained.preprocess(data.images[:4]), twin.preprocess(data.images[:4]))
print(f"same layers, same input, {pretrained.model.count_params():,} weights each; other values")

# %% id="twin-features"
blocks = recipes.block_features(pretrained, data)
untrained = recipes.block_features(twin, data)
assert all(np.isfinite(x).all() and x.std() > 0 for x in untrained.values())
print({block: values.shape for block, values in blocks.items()})

# %% id="twin-other-style"
one_style = data
if DATASET != "emoji":  # only the emoji come in several styles
    one_style = recipes.load_pictures(
        "emoji", image_size=IMAGE_SIZE, most=240, style="twemoji", seed=SEED
    )
other_style = recipes.load_pictures(
    "emoji", image_size=IMAGE_SIZE, most=max(240, len(one_style)), style="noto", seed=SEED
)
other = {
    "VGG16, pretrained": recipes.block_features(pretrained, other_style),
    "VGG16, random": recipes.block_features(twin, other_style),
}
own = {
    "VGG16, pretrained": recipes.block_features(pretrained, one_style),
    "VGG16, random": recipes.block_features(twin, one_style),
}
print(f"{len(one_style)} emoji, each with {len(other_style)} candidates in the other style")
print(f"by chance the nearest one is the same thing once in {len(other_style)} times")

# %% id="twin-hunt"
things = one_style.groups, other_style.groups  # the Unicode code point says what is drawn
hunts = {
    (name, block): chapter01_twins.twin_hunt(name, own[name][block], other[name][block], *things)
    for name in own
    for block in BLOCKS
}
by_pixels = chapter01_twins.twin_hunt(
    "pixels",
    chapter01_pictures.raw_pixels(one_style.images),
    chapter01_pictures.raw_pixels(other_style.images),
    *things,
)
shown = {
    "pixels": by_pixels,
    "block 4,\nrandom": hunts["VGG16, random", "block4_pool"],
    "block 4,\npretrained": hunts["VGG16, pretrained", "block4_pool"],
}
by_block = {name: [hunts[name, block].share for block in BLOCKS] for name in own}
six = np.linspace(0, len(one_style) - 1, 6).astype(int)
figure, alt = twins(one_style.images, other_style.images, shown, six, by_block, by_pixels.share)
tl.show(figure, alt=alt)

# %% id="twin-numbers"
print("pixels:", by_pixels.share)
for name, shares in by_block.items():
    print(f"{name}, block 1 to 5:", "  ".join(str(share) for share in shares))
best = int(np.argmax([share.estimate for share in by_block["VGG16, pretrained"]])) + 1
print(f"the pretrained network finds most at block {best}")

# %% [markdown] id="step-01-end"
# **No label was used.** Both curves come from the same wiring, so what separates them sits in the
# weights. Pixels are a serious rival: a random network can be worse than no network at all, because
# it mixes what pixels keep apart.
#
# Look at block 5 of the pretrained network. If it lies below block 4, keep that as a riddle: section
# 10 comes back to it.

# %% [markdown] id="step-02"
# ## 2. What exactly do I want?
#
# Four words that are used loosely everywhere. Pan and Yang (2010) made them precise:
#
# | word | meaning | here |
# |---|---|---|
# | domain | the pictures, and how they are distributed | `data.images`: drawings on white |
# | task | the labels, and the rule from picture to label | `data.labels`: eight kinds of things |
# | source | domain and task where weights were learned | photographs, a thousand kinds of objects |
# | target | domain and task that you care about | the emoji, few labels per class, accuracy on unseen ones |
#
# There are four common ways to get there.

# %% id="four-ways"
figure, alt = four_ways()
tl.show(figure, alt=alt)

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** Sections 3 to 8 measure seven methods. Put their names in the list below, from the worst to the
# > best, and run the cell. Section 9 compares your order with the one that was found.

# %% id="guess"
METHODS = (
    "raw pixels",
    "hand-made features",
    "CNN from scratch",
    "CNN, multi-task",
    "VGG16 random",
    "VGG16 pretrained",
    "VGG16 fine-tuned",
)
my_order = []  # the seven names, from worst to best

# %% [markdown] id="step-03"
# ## 3. What did people do before?
#
# **Traditional machine learning**: people write the features down, and only the head is learned. Ours are
# histograms of edge directions in small cells (HOG) and a histogram of colors. Not one number in them was
# learned from data.
#
# The head is the same in all rows from here on: standardize, then logistic regression.


# %% id="traditional"
def head_on(name, features, family):
    return chapter01_protocol.linear_answers(
        name, features, split, chosen, family=family, strengths=STRENGTHS
    )


hand_made = chapter01_pictures.hand_made(data.images)
rows = {
    "raw pixels": head_on("raw pixels", chapter01_pictures.raw_pixels(data.images), "traditional"),
    "hand-made features": head_on("hand-made features", hand_made, "traditional"),
}
for row in rows.values():
    print(row)
print(rows["hand-made features"].minus(rows["raw pixels"]).verdict)

# %% [markdown] id="step-04"
# ## 4. Surely a deep network does better?
#
# **Training from scratch**: features and head are learned together, from the labeled pictures alone. The
# network is a small CNN of four blocks, with batch normalization, dropout and augmented pictures, and a
# learning rate that falls to zero. It is no straw man: of the settings that we tried for this
# chapter, this was among the best.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** Hand-made features minus CNN from scratch: is the difference positive or negative?
# >
# > Your answer:

# %% id="scratch"
from tlcourse.scratch import small_cnn

SIDE, EPOCHS, BATCH = 48, 8 if FAST else 60, 16
small = chapter01_networks.pictures_at(data.images, SIDE)
steps = EPOCHS * -(-len(chosen[0]) // BATCH)
unseen = small[split.validation]

network = chapter01_networks.compiled(
    small_cnn(SIDE, data.n_classes), loss="sparse_categorical_crossentropy", steps=steps, rate=2e-3
)
on_own_pictures = []


def from_scratch(draw, seed):
    fresh = small_cnn(SIDE, data.n_classes, seed=seed)
    chapter01_networks.train_from(
        network, fresh, small, labels, draw, epochs=EPOCHS, batch_size=BATCH, seed=seed
    )
    own = chapter01_networks.answers_of(network, small[draw])
    on_own_pictures.append(float(np.mean(own == labels[draw])))
    return chapter01_networks.answers_of(network, unseen)


rows["CNN from scratch"] = chapter01_protocol.trained_answers(
    "CNN from scratch",
    from_scratch,
    split,
    chosen,
    family="scratch",
    weights=network.count_params(),
)
print(
    f"{network.count_params():,} weights, {EPOCHS} epochs; on its own pictures {np.mean(on_own_pictures):.2f}"
)
print(rows["CNN from scratch"])
against_scratch = rows["hand-made features"].minus(rows["CNN from scratch"])
print(against_scratch.verdict)

# %% id="scratch-words"
print(
    {
        "better": "Features learned from so few pictures are poorer than features made of good ideas.",
        "worse": "Here the network wins, even with so few pictures.",
        "undecided": "Depth alone bought nothing that could be shown over features of the 2000s.",
    }[recipes.decided(against_scratch)]
)

# %% [markdown] id="step-05"
# ## 5. Do two tasks teach more than one?
#
# **Multi-task learning**: one network, two heads, both trained at the same time. The second task is free: the main
# color of each picture is computed from its pixels. The loss is a weighted sum, and the shared layers have to
# serve both.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** How many points does the second task add?
# >
# > Your answer:

# %% id="multitask"
colors = chapter01_pictures.main_colors(data.images)
counts = np.bincount(colors, minlength=len(chapter01_pictures.COLOR_NAMES))
print("main colors:", dict(zip(chapter01_pictures.COLOR_NAMES, counts.tolist(), strict=True)))


def two_heads(seed):
    one = small_cnn(SIDE, data.n_classes, seed=seed)
    shared = one.layers[-1].input  # what the class head reads
    color = layers.Dense(len(chapter01_pictures.COLOR_NAMES), activation="softmax", name="color")
    return keras.Model(one.input, {"class": one.output, "color": color(shared)})


both = chapter01_networks.compiled(
    two_heads(0),
    loss={"class": "sparse_categorical_crossentropy", "color": "sparse_categorical_crossentropy"},
    loss_weights={"class": 1.0, "color": 0.5},
    steps=steps,
    rate=2e-3,
)
targets = {"class": labels, "color": colors}


def together(draw, seed):
    chapter01_networks.train_from(
        both, two_heads(seed), small, targets, draw, epochs=EPOCHS, batch_size=BATCH, seed=seed
    )
    return chapter01_networks.answers_of(both, unseen, output="class")


rows["CNN, multi-task"] = chapter01_protocol.trained_answers(
    "CNN, multi-task", together, split, chosen, family="scratch", weights=both.count_params()
)
print(rows["CNN, multi-task"])
second_task = rows["CNN, multi-task"].minus(rows["CNN from scratch"])
print(second_task.verdict)

# %% id="multitask-words"
print(
    {
        "better": "The second task helps here. Compare its gain with that of section 7.",
        "worse": "The second task costs accuracy here: the shared layers serve two masters.",
        "undecided": "No difference shown. A second task helps if it needs the same features and brings "
        "new information; these few pictures hold little that the classes do not say already.",
    }[recipes.decided(second_task)]
)
network = both = None
recipes.free_memory()

# %% [markdown] id="step-06"
# ## 6. Is it the architecture?
#
# VGG16 is a larger and better architecture than our small CNN. Perhaps that is all there is to it? So take VGG16
# with *random* weights, do not train it, and fit the same head to what its last three blocks say.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** The accuracy of a network that never saw a picture, with a trained head on top. Above or
# > below the CNN that was trained?
# >
# > Your answer:


# %% id="random"
def joined(features, cuts=BLOCKS[2:]):
    return np.concatenate([features[cut] for cut in cuts], axis=1)


rows["VGG16 random"] = head_on("VGG16 random", joined(untrained), "random")
print(rows["VGG16 random"])
print(rows["VGG16 random"].minus(rows["CNN from scratch"]).verdict)

# %% [markdown] id="step-06-end"
# Random weights do not mean random answers: the head is trained, and convolution with pooling is a
# sensible way to summarize a picture whatever the filters are (Saxe et al. 2011). Read the verdict: is
# a network that learned nothing shown to be behind the one that was trained?
#
# From here on the random twin is the **honest zero**. Whatever a pretrained network reaches beyond it, the
# *weights* have brought.

# %% [markdown] id="step-07"
# ## 7. And with the weights?
#
# **Knowledge transfer** is now a number: pretrained minus random, everything else equal.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** How many points do the weights bring? In how many of the draws?
# >
# > Your answer:

# %% id="pretrained"
rows["VGG16 pretrained"] = head_on("VGG16 pretrained", joined(blocks), "pretrained")
print(rows["VGG16 pretrained"])
for rival in ("VGG16 random", "hand-made features", "CNN from scratch"):
    print(rows["VGG16 pretrained"].minus(rows[rival]).verdict)
assert pretrained.fingerprint() == weights_before  # frozen: bit by bit

# %% [markdown] id="ex-01-1-text"
# ### Exercise 01.1 Name the four experiments
#
# - A) HOG features and logistic regression
# - B) a CNN trained on 80 pictures, with one loss
# - C) a CNN with a class head and a color head, trained together
# - D) VGG16, frozen, with a new head
#
# Give each one of the names `"traditional"`, `"scratch"`, `"multitask"`, `"transfer"`.

# %% tags=["exercise"] id="ex-01-1"
### BEGIN ANSWER
names = {"A": "traditional", "B": "scratch", "C": "multitask", "D": "transfer"}
### ELSE
names = {"A": None, "B": None, "C": None, "D": None}  # replace each None with a name
### END ANSWER
tl.check("01.1", names)

# %% [markdown] tags=["solution-only"] id="ex-01-1-answer"
# Ask who made the features (people, these pictures, other pictures) and how many losses are minimized at the
# same time.

# %% [markdown] id="step-08"
# ## 8. Should I not also train VGG16?
#
# **Fine-tuning**: the pretrained weights are a start, and some of them may move. Here block 5 trains, slowly, behind
# a head that was fitted first. Everything before it is frozen, so it is computed once and kept.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Fine-tuned block 5 minus frozen block 5: how many points? And by how many percent of its
# > length does a kernel move?
# >
# > Your answer:

# %% id="trunk"
plan = tl.FreezePlan("block5")
trunk = tl.finetuning.cache_trunk(pretrained, data, plan=plan, at=BLOCKS[-1])
print(f"kept after {trunk.boundary}: {trunk.maps.shape[1:]}, {trunk.bytes / 1e6:.0f} MB")

# %% id="finetune"
TUNING_EPOCHS = 3 if FAST else 12
hits = []
for seed, draw in enumerate(chosen):
    # In this split the unseen pictures are sealed; one model opens them, once.
    once = tl.Split(data, draw, np.empty(0, np.int64), seed, split.validation)
    result = tl.finetune(
        pretrained,
        once,
        plan=plan,
        at=BLOCKS[-1],
        epochs=TUNING_EPOCHS,
        learning_rate=3e-5,
        batch_size=16,
        trunk=trunk,
        part="test",
        seed=seed,
    )
    assert once.times_opened == 1
    hits.append(np.asarray(result.predictions) == np.asarray(result.labels))
    recipes.free_memory()

rows["VGG16 fine-tuned"] = chapter01_protocol.Answers(
    "VGG16 fine-tuned", np.stack(hits), "pretrained", result.cost.trained_parameters
)
rows["block 5, frozen"] = head_on("block 5, frozen", blocks["block5_pool"], "pretrained")
for name in ("block 5, frozen", "VGG16 fine-tuned"):
    print(rows[name])
print(rows["VGG16 fine-tuned"].minus(rows["block 5, frozen"]).verdict)

# %% id="finetune-audit"
tuned = result.model.backbone.model
changes = {}
for layer in pretrained.model.layers:
    if not layer.weights:
        continue
    before, after = (np.asarray(m.get_layer(layer.name).kernel) for m in (pretrained.model, tuned))
    changes[layer.name] = float(np.linalg.norm(after - before) / np.linalg.norm(before))
for name, change in changes.items():
    print(f"{name}: moved by {change:.2%}" if change else f"{name}: bit by bit the same")

assert all((change > 0) == name.startswith("block5") for name, change in changes.items())
assert (
    result.cost.trained_parameters
    == 3 * (9 * 512 * 512 + 512) + 512 * data.n_classes + data.n_classes
)
assert pretrained.fingerprint() == weights_before  # the original is untouched
trunk = tuned = None
recipes.free_memory()

# %% [markdown] id="step-08-end"
# **Fine-tuning is a step with a price, and not another word for transfer.** It trains millions of weights on a few
# dozen pictures, and the kernels move by a small part of their length. Whether it pays here, the verdict
# says. Chapter 04 is about doing it well.

# %% [markdown] id="ex-01-2-text"
# ### Exercise 01.2 Count what is trained
#
# A softmax head for 8 classes sits on pooled block 4 of a frozen VGG16: 512 channels, averaged over a grid of 6 × 6
# positions. How many numbers are trained?

# %% tags=["exercise"] id="ex-01-2"
### BEGIN ANSWER
channels, n_outputs = 512, 8
trained = (channels + 1) * n_outputs
### ELSE
trained = None  # replace None with a whole number
### END ANSWER
tl.check("01.2", trained)

# %% [markdown] tags=["solution-only"] id="ex-01-2-answer"
# One weight for each channel and class, and one bias for each class. Averaging over positions leaves one number for
# each channel, and the frozen network does not count.

# %% [markdown] id="step-09"
# ## 9. All side by side
#
# Every row: the same labels, the same unseen pictures. Right: the difference to the random twin, draw by draw and
# picture by picture.

# %% id="side-by-side"
rows["block 4, frozen"] = head_on("block 4, frozen", blocks["block4_pool"], "pretrained")
zero = rows["VGG16 random"]
to_zero = {name: row.minus(zero) for name, row in rows.items() if name != zero.name}
figure, alt = side_by_side(
    list(rows.values()),
    to_zero,
    rival=zero.name,
    references={"even guess": 1 / data.n_classes, "majority": majority.estimate},
)
tl.show(figure, alt=alt)

# %% id="side-by-side-order"
ordered = sorted(rows.values(), key=lambda row: row.estimate)
print(ordered[0].name, f"{ordered[0].estimate:.2f}")
for below, above in zip(ordered[:-1], ordered[1:], strict=True):
    sign = "<" if recipes.decided(above.minus(below)) == "better" else "≈"
    print(f"  {sign} {above.name} {above.estimate:.2f}")

found_order = [row.name for row in ordered if row.name in METHODS]
if sorted(my_order) == sorted(METHODS):
    tau = kendalltau([found_order.index(name) for name in my_order], range(len(METHODS))).statistic
    print(f"Your order and the found one: Kendall's tau {tau:+.2f} (1 the same, 0 unrelated)")
else:
    print("You have not guessed an order in section 2, or a name is missing.")

riddle = rows["block 4, frozen"].minus(rows["block 5, frozen"])
print("The riddle:", riddle.verdict)
print(
    "Moving, or cutting earlier:", rows["VGG16 fine-tuned"].minus(rows["block 4, frozen"]).verdict
)


# %% id="side-by-side-table"
def verdict_of(name):
    return recipes.decided(to_zero[name]) if name in to_zero else "the zero"


pd.DataFrame(
    {
        "method": row.name,
        "accuracy": f"{row.estimate:.3f} [{row.low:.3f}, {row.high:.3f}]",
        "trained weights": f"{row.weights:,}",
        "against the random twin": verdict_of(row.name),
    }
    for row in reversed(ordered)
).style.hide(axis="index")

# %% [markdown] id="step-09-end"
# Compare neighbors with care: `<` is printed only where the interval of the paired difference excludes
# zero. Look for the largest jump. What enters there, a better architecture, more training, or weights from
# elsewhere?

# %% [markdown] id="ex-01-3-text"
# ### Exercise 01.3 The gain of each draw
#
# Below are three arrays with one accuracy for each draw. Make the transfer gain of each draw: what the *weights alone*
# bring.

# %% id="ex-01-3-arrays"
acc_pretrained = rows["VGG16 pretrained"].per_draw
acc_random = rows["VGG16 random"].per_draw
acc_scratch = rows["CNN from scratch"].per_draw
print(acc_pretrained.round(3), acc_random.round(3), acc_scratch.round(3), sep="\n")

# %% tags=["exercise"] id="ex-01-3"
### BEGIN ANSWER
transfer_gains = acc_pretrained - acc_random
### ELSE
transfer_gains = None  # replace None with an array
### END ANSWER
tl.check("01.3", transfer_gains, pretrained=acc_pretrained, random=acc_random, scratch=acc_scratch)

# %% [markdown] tags=["solution-only"] id="ex-01-3-answer"
# Draw by draw, without sorting: the two accuracies of one draw share its luck, and the difference takes it out.

# %% [markdown] id="step-10"
# ## 10. Which layer carries it, and for which target?
#
# VGG16 learned from photographs. So how far is the target from photographs?
#
# - **near**: gray patches of photographs, *which photograph is this patch from?*
# - **middle**: the emoji;
# - **far**: handwritten digits of 8 × 8 pixels, enlarged.
#
# For each target and each block: pretrained minus random, with the same head and the same labels.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** Draw three curves: gain over the random twin, from block 1 to block 5, for photos, emoji and
# > digits. Where do they start? Where do they end?
# >
# > Your answer:

# %% id="near"
patches = chapter01_pictures.gray_patches(
    tl.load("photos", size=64, per_half=10 if FAST else 16, seed=SEED)
)
first_half = patches.presplit == "train"  # the halves of a photograph share no pixel
photos = chapter01_protocol.keep_parts(
    patches, np.flatnonzero(first_half), np.flatnonzero(~first_half), seed=SEED
)
features = {
    "photos": {
        "pretrained": recipes.block_features(pretrained, photos.dataset),
        "random": recipes.block_features(twin, photos.dataset),
    },
    "emoji": {"pretrained": blocks, "random": untrained},
}
print(
    f"{photos.dataset.n_classes} photographs, {len(photos.train)} patches to draw from, "
    f"{len(photos.validation)} of the other halves to measure on"
)

# %% id="far"
everything = tl.load("digits", size=IMAGE_SIZE)
some = recipes.stratified_rows(
    everything.labels, np.arange(len(everything)), 300 if FAST else 500, seed=SEED
)
# Whole writers go into each part; one part is sealed, for exercise 01.5.
digits = tl.split(everything.subset(some), test=0.2, validation=0.5, seed=SEED)
features["digits"] = {
    "pretrained": recipes.block_features(pretrained, digits.dataset),
    "random": recipes.block_features(twin, digits.dataset),
}
writers = [len(set(digits.dataset.groups[part])) for part in (digits.train, digits.validation)]
print(
    f"digits: {len(digits.train)} by {writers[0]} writers to draw from, {len(digits.validation)} by "
    f"{writers[1]} others to measure on, {digits.n_test} sealed"
)
everything = None

# %% id="gains"
parts = {"photos": photos, "emoji": split, "digits": digits}
answers, gain_table = {}, {}


def gain_at(target, block, k):
    picked = chapter01_protocol.draws(parts[target], k, DRAWS)
    for weights in ("pretrained", "random"):
        answers[target, weights, block, k] = chapter01_protocol.linear_answers(
            f"{target}, block {block}, {weights}",
            features[target][weights][BLOCKS[block - 1]],
            parts[target],
            picked,
            family=weights,
            strengths=STRENGTHS,
        )
    gain_table[target, block, k] = answers[target, "pretrained", block, k].minus(
        answers[target, "random", block, k]
    )


for target in parts:
    for block in range(1, 6):
        gain_at(target, block, SHOTS)

gains = {target: [gain_table[target, block, SHOTS] for block in range(1, 6)] for target in parts}
figure, alt = gain_by_depth(gains, labels_per_class=SHOTS)
tl.show(figure, alt=alt)

# %% id="gains-words"
for target, by_depth in gains.items():
    words = ["helps" if g.low > 0 else "hurts" if g.high < 0 else "cannot tell" for g in by_depth]
    peak = int(np.argmax([g.difference for g in by_depth])) + 1
    print(
        f"{target}: {', '.join(f'block {b} {w}' for b, w in enumerate(words, 1))}; largest at block {peak}"
    )
    last = by_depth[-1]
    print(
        f"   block 5: {answers[target, 'pretrained', 5, SHOTS].estimate:.3f} pretrained, "
        f"{answers[target, 'random', 5, SHOTS].estimate:.3f} random; "
        f"gain {100 * last.difference:+.1f} [{100 * last.low:+.1f}, {100 * last.high:+.1f}]"
    )
for target, by_weights in features.items():
    silent = np.mean(by_weights["pretrained"]["block5_pool"] == 0)
    print(f"{target}: {silent:.0%} of the pooled values of pretrained block 5 are exactly zero")

# %% [markdown] id="step-10-end"
# **General first, specific last.** At block 1 the three curves start close together: edges and blobs of color are of
# use everywhere, and random filters catch them nearly as well. The deeper the cut, the more the targets part ways.
# For photographs the last block is worth much. For a far target the same block has specialized in
# things that are not there.
#
# Where a curve falls below zero with its whole interval, that is **negative transfer**: the same network
# *without* the transferred weights does better. It is a statement about that cut. The lines above say
# whether an earlier block of the same network still helps.

# %% [markdown] id="careful"
# ### Careful: what this does and does not show
#
# Yosinski et al. (2014) cut a network in two, kept the lower part and retrained the upper part on half of ImageNet.
# They found two effects: upper layers are specific to their task, and neighboring layers that were trained
# together depend on each other. Even weights from a distant task beat *random* ones there.
#
# We do something else. We read frozen, averaged layers with a linear head and a few labels. So we see the first effect
# only, and a far target on which random weights win is no contradiction to their result.
#
# Random features are a strong rival, not a straw man. And blocks differ in width, from 64 to 512 channels.
# Comparing a block with its random twin removes that; comparing block 4 with block 5 does not.
#
# The claims are for these photographs and these writers: the intervals resample patches and digits, and not the
# choice of photographs.

# %% [markdown] id="ex-01-4-text"
# ### Exercise 01.4 Find negative transfer
#
# The next cell completes `gain_table`: its keys are `(target, block, labels per class)`, its values have
# `.difference`, `.low` and `.high`. Find a cell in which transfer is *negative*: the whole interval lies
# below zero. If there is none, answer `"none"`.

# %% id="gain-table"
SIZES = (1, SHOTS) if FAST else (1, 2, 5, SHOTS)
for target in ("emoji", "digits"):
    for k in SIZES[:-1]:
        for block in (4, 5):
            gain_at(target, block, k)

pixels = {
    "emoji": chapter01_pictures.raw_pixels(data.images),
    "digits": chapter01_pictures.raw_pixels(digits.dataset.images, side=8),
}
rivals = {}
for target, values in pixels.items():
    for k in SIZES:
        picked = chapter01_protocol.draws(parts[target], k, DRAWS)
        answers[target, "pixels", 0, k] = chapter01_protocol.linear_answers(
            "raw pixels", values, parts[target], picked, family="traditional", strengths=STRENGTHS
        )
        for block in (4, 5):
            rivals[target, block, k] = answers[target, "pretrained", block, k].minus(
                answers[target, "pixels", 0, k]
            )

pd.DataFrame(
    {
        "cell": str(cell),
        "gain over the random twin, points": f"{100 * gain.difference:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]",
    }
    for cell, gain in gain_table.items()
).style.hide(axis="index")

# %% tags=["exercise"] id="ex-01-4"
### BEGIN ANSWER
below = [key for key in gain_table if gain_table[key].high < 0]
negative_cell = below[0] if below else "none"
### ELSE
negative_cell = None  # replace None with (target, block, labels per class)
### END ANSWER
tl.check("01.4", negative_cell, gain_table=gain_table, rivals=rivals)

# %% [markdown] tags=["solution-only"] id="ex-01-4-answer"
# The upper end of the interval decides, and the rival is the random twin. Losing to raw pixels is another
# matter: it says that the network is not needed, not that its weights do harm.

# %% [markdown] id="step-11"
# ## 11. When does it pay?
#
# Labels cost money, and rivals grow with labels too. Here are the same contestants with one label per class and
# with more.

# %% [markdown] tags=["prediction"] id="predict-11"
# > **Predict.** On the digits: with how many labels per class do raw pixels catch up with the pretrained block 4? And
# > with block 5?
# >
# > Your answer:

# %% id="when"
contestants = {
    "pretrained, block 4": ("pretrained", 4),
    "pretrained, block 5": ("pretrained", 5),
    "random, block 4": ("random", 4),
    "raw pixels": ("pixels", 0),
}
panels = {
    target: (
        SIZES,
        {
            name: [answers[target, weights, block, k] for k in SIZES]
            for name, (weights, block) in contestants.items()
        },
    )
    for target in pixels
}
figure, alt = when_it_pays(panels)
tl.show(figure, alt=alt)

# %% id="when-words"
for target in pixels:
    for block in (4, 5):
        verdicts = {k: recipes.decided(rivals[target, block, k]) for k in SIZES}
        words = ", ".join(f"{k}: {word}" for k, word in verdicts.items())
        print(
            f"{target}, pretrained block {block} against raw pixels, by labels per class: {words}"
        )

# %% [markdown] id="step-11-end"
# Transfer pays **if labels are few, the source is near, and the cut is right**. Say the rival every time: raw pixels,
# hand-made features, the random twin. "Better" without a rival says nothing.

# %% [markdown] id="ex-01-5-text"
# ### Exercise 01.5 Choose the cut without looking
#
# Write `choose_cut(features_by_block, labels, seed)`. It gets a dict from block (1 to 5) to training features, five
# labels per class, and no test data. It returns the block to cut at, and a dict with a cross-validated score for each
# block. The check runs it on three draws.


# %% tags=["exercise"] id="ex-01-5"
def choose_cut(features_by_block, labels, seed):
    ### BEGIN ANSWER
    scores = {}
    for block, values in features_by_block.items():
        head = tl.fit_head(values, labels, strengths=(0.01, 0.1), folds=3, seed=seed)
        scores[block] = max(head.inner_scores.values())  # each item predicted while held out
    return max(scores, key=scores.get), scores
    ### ELSE
    return None  # replace None with (block, scores)
    ### END ANSWER


tl.check(
    "01.5",
    choose_cut,
    features={b: features["digits"]["pretrained"][BLOCKS[b - 1]] for b in range(1, 6)},
    labels=digits.dataset.labels,
    draws=chapter01_protocol.draws(digits, 5, 3),
    split=digits,
)

# %% [markdown] tags=["solution-only"] id="ex-01-5-answer"
# `fit_head` cuts the folds before it standardizes, and keeps the accuracy of held-out folds in `inner_scores`. With so few
# labels the scores of neighboring blocks differ by less than their error: a choice within one standard error of the best
# is as good.

# %% [markdown] id="seal-why"
# The digits have a sealed test part. The cut is now chosen from the labels of one draw, by inner cross-validation
# alone, and the seal is broken **once**.

# %% id="seal"
from tlcourse.exercises.ch01_cut import fold_score

draw = chapter01_protocol.draws(digits, SHOTS, 1)[0]
inner = {}
for block in range(1, 6):
    values = features["digits"]["pretrained"][BLOCKS[block - 1]]
    inner[block] = fold_score(values[draw], digits.dataset.labels[draw], SEED)
cut = max(inner, key=inner.get)
values = features["digits"]["pretrained"][BLOCKS[cut - 1]]
final_head = tl.fit_head(
    values[draw], digits.dataset.labels[draw], n_classes=10, folds=3, seed=SEED
)
assert digits.times_opened == 0
final = tl.evaluate(final_head, values, split=digits, part="test", name=f"digits, block {cut}")
assert digits.times_opened == 1
print("inner scores:", {block: round(score, 2) for block, score in inner.items()})
print(final)

# %% [markdown] id="step-12"
# ## 12. Only pictures, only CNNs?
#
# The recipe is: **train on the source, cut the head off, keep what the last state says, put a new head on it.** Nothing in
# it is about pictures. So take sound, and a network that reads step by step.
#
# The source task is to name 32 everyday words. The target is the ten digits, said by *other* voices in other accents, a few
# labeled recordings per digit. Both come in noise. A recording becomes a sequence of 25 spectra (log-mel).

# %% [markdown] tags=["prediction"] id="predict-12"
# > **Predict.** Accuracy on the digits: the last state of a *random*, frozen recurrent network (GRU)? The last state of the
# > *trained* one?
# >
# > Your answer:

# %% id="sounds"
noise = Condition(snr=10.0, noise="white")  # speech has ten times the power of the noise
source = tl.load("spoken", part="source", condition=noise, seed=SEED)
target_words = tl.load("spoken", part="target", condition=noise, seed=SEED)
assert not set(source.class_names) & set(target_words.class_names)  # no word in both
assert not set(source.groups) & set(target_words.groups)  # no voice in both

spectra = chapter01_sounds.log_mel(source.images)
source_x = chapter01_sounds.standardized(spectra, spectra)
voices = np.random.default_rng(SEED).permutation(np.unique(target_words.groups))[:5]
labeled = np.isin(target_words.groups, voices)
spoken = chapter01_protocol.keep_parts(
    target_words, np.flatnonzero(labeled), np.flatnonzero(~labeled), seed=SEED
)
digits_x = chapter01_sounds.standardized(chapter01_sounds.log_mel(spoken.dataset.images), spectra)
voice_draws = chapter01_protocol.draws(spoken, 6, DRAWS)
heard = spoken.dataset.groups[spoken.validation]
print(f"source: {len(source)} recordings of {source.n_classes} words")
print(
    f"target: draws of {len(voice_draws[0])} labeled recordings of {len(voices)} voices, measured on "
    f"{len(spoken.validation)} recordings of {len(set(heard))} other voices"
)


# %% id="sounds-helper"
def state_answers(name, states, family):
    """Fit a head for each draw on the states of that draw's network."""
    found = [
        chapter01_protocol.linear_answers(
            name, values, spoken, [draw], family=family, strengths=STRENGTHS, groups=heard
        ).hits[0]
        for values, draw in zip(states, voice_draws, strict=True)
    ]
    return chapter01_protocol.Answers(name, np.stack(found), family, groups=heard)


WORD_EPOCHS = 3 if FAST else 15


def networks(kind):
    """For each draw: the states of a random network, and of the same network after training."""
    model = chapter01_sounds.word_network(kind, source.n_classes)
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        jit_compile=False,
        steps_per_execution=8,
    )
    before, after = [], []
    for seed in range(DRAWS):
        fresh = chapter01_sounds.word_network(kind, source.n_classes, seed=seed)
        before.append(chapter01_sounds.states_of(fresh, digits_x))
        chapter01_sounds.learn_words(
            model, fresh, source_x, source.labels, epochs=WORD_EPOCHS, seed=seed
        )
        after.append(chapter01_sounds.states_of(model, digits_x))
    print(f"{kind}: {model.count_params():,} weights; states {after[0].shape}")
    return before, after


# %% id="gru"
gru_before, gru_after = networks("gru")
sequence = {
    "mean spectrum": state_answers("mean spectrum", [digits_x.mean(axis=1)] * DRAWS, "traditional"),
    "GRU random, last state": state_answers(
        "GRU random, last state", [s[:, -1] for s in gru_before], "random"
    ),
    "GRU random, mean state": state_answers(
        "GRU random, mean state", [s.mean(axis=1) for s in gru_before], "random"
    ),
    "GRU trained, last state": state_answers(
        "GRU trained, last state", [s[:, -1] for s in gru_after], "pretrained"
    ),
}
for row in sequence.values():
    print(row)

# %% id="cnn"
cnn_before, cnn_after = networks("cnn")
for name, states, family in (
    ("CNN random, maximum", cnn_before, "random"),
    ("CNN trained, maximum", cnn_after, "pretrained"),
):
    sequence[name] = state_answers(name, [s.max(axis=1) for s in states], family)

figure, alt = sequence_rows(list(sequence.values()), chance=1 / spoken.dataset.n_classes)
tl.show(figure, alt=alt)

# %% id="sequence-words"
for a, b in (
    ("GRU trained, last state", "GRU random, last state"),
    ("GRU random, mean state", "GRU random, last state"),
    ("GRU trained, last state", "mean spectrum"),
    ("CNN trained, maximum", "CNN random, maximum"),
    ("CNN trained, maximum", "mean spectrum"),
):
    print(sequence[a].minus(sequence[b]).verdict)

# %% [markdown] id="step-12-end"
# The same recipe, another kind of network. Read two comparisons together: the *last* state of the random GRU, and
# the *mean* of its states. It is the same network and the same recordings. Untrained gates forget within a few steps,
# and a recording ends in noise. The mean still contains the word. **Training taught the network to keep it.**
#
# And name the rival: the mean spectrum has no network in it at all. The last verdicts say which of the trained
# networks is shown to beat it.

# %% [markdown] id="ex-01-6-text"
# ### Exercise 01.6 A joint loss with gaps (hard)
#
# Back to section 5. In practice the second label is often missing. Four pictures have class losses (0.2, 1.1, 0.4, 2.3) and color losses (0.9, nan, 0.3, nan). <!-- fixed: the exercise's own numbers -->
# Two pictures have no color label, which is written as `nan`. The weight of the second task is a half.
#
# Write `joint(cls, aux, weight)`, the loss of such a batch. It gets two arrays and a number. A picture without a color label still teaches its
# class, and a batch without any color label has only class losses.


# %% tags=["exercise"] id="ex-01-6"
def joint(cls, aux, weight):
    ### BEGIN ANSWER
    known = aux[~np.isnan(aux)]
    return cls.mean() + (weight * known.mean() if len(known) else 0.0)
    ### ELSE
    return None  # replace None with one number
    ### END ANSWER


tl.check("01.6", joint)

# %% [markdown] tags=["solution-only"] id="ex-01-6-answer"
# Mask first, then average over what is there. Multiplying a missing loss by zero does not remove it: zero times nan is nan.

# %% [markdown] id="step-13"
# ## 13. So, in one table?


# %% id="in-one-table"
def word(difference):
    return {"better": "helps", "worse": "hurts", "undecided": "cannot tell"}[
        recipes.decided(difference)
    ]


comparisons = {
    "traditional ML": ("hand-made features, not a CNN from scratch", against_scratch),
    "multi-task learning": ("a second head for color", second_task),
    "architecture alone": (
        "VGG16 random, not a small CNN trained from scratch",
        zero.minus(rows["CNN from scratch"]),
    ),
    "knowledge transfer": ("pretrained weights, not random ones", to_zero["VGG16 pretrained"]),
    "fine-tuning": (
        "block 5 trained, not frozen",
        rows["VGG16 fine-tuned"].minus(rows["block 5, frozen"]),
    ),
    "near target": ("block 5, photographs", gains["photos"][-1]),
    "middle target": ("block 5, emoji", gains["emoji"][-1]),
    "far target": ("block 5, digits", gains["digits"][-1]),
    "far target, earlier cut": ("block 4, digits", gains["digits"][3]),
    "RNN as feature extractor": (
        "GRU trained, not random",
        sequence["GRU trained, last state"].minus(sequence["GRU random, last state"]),
    ),
    "CNN as feature extractor": (
        "CNN on sound, trained, not random",
        sequence["CNN trained, maximum"].minus(sequence["CNN random, maximum"]),
    ),
}
pd.DataFrame(
    {
        "term": term,
        "what we ran": what,
        "points, 95 % interval": f"{100 * d.difference:+.1f} [{100 * d.low:+.1f}, {100 * d.high:+.1f}]",
        "verdict": word(d),
    }
    for term, (what, d) in comparisons.items()
).style.hide(axis="index")

# %% [markdown] id="widget-why"
# ## Slide the cut
#
# The neighbors of section 1 and the curves of section 10, to play with. First figures, then sliders. Drag the cut
# from pixels to block 5, change the target, and swap the weights for random ones. What do neighbors share at an early
# cut, and what at a late one? The figures show the query that loses most neighbors of its class from block 4 to block 5: an
# example, and not the rule. The pictures of the sealed part stay out of it.

# %% tags=["widget"] id="widget"
shown_rows = {
    "photos": np.arange(len(photos.dataset)),
    "emoji": np.arange(len(data)),
    "digits": digits.development,
}
small_pictures = {
    "photos": chapter01_pictures.raw_pixels(photos.dataset.images),
    **pixels,
}
tables = {}
for target, rows_of in shown_rows.items():
    owner = parts[target].dataset
    names_of = (
        recipes.item_names(owner)
        if target == "emoji"
        else [owner.class_names[c] for c in owner.labels]
    )
    cuts = {
        (weights, f"block {b}"): features[target][weights][BLOCKS[b - 1]][rows_of]
        for weights in ("pretrained", "random")
        for b in range(1, 6)
    }
    cuts = {
        key: value
        for weights in ("pretrained", "random")
        for key, value in {
            (weights, "pixels"): small_pictures[target][rows_of],
            **{k: v for k, v in cuts.items() if k[0] == weights},
        }.items()
    }
    tables[target] = tl.widgets.neighbor_table(
        cuts,
        owner.images[rows_of],
        owner.labels[rows_of],
        class_names=owner.class_names,
        names=[names_of[i] for i in rows_of],
        queries=np.linspace(0, len(rows_of) - 1, 12).astype(int),
    )


def loses_most(table):
    """The query that loses most neighbors of its own class from block 4 to block 5."""
    own_class = [table.same_class["pretrained", f"block {b}"] for b in (4, 5)]
    return max(table.queries, key=lambda query: own_class[0][query] - own_class[1][query])


examples = {target: loses_most(tables[target]) for target in ("emoji", "digits")}
tl.widgets.slide_the_cut(tables, gains, static_queries=examples)

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("01")

# %% id="last-checks"
assert hash(data.images.tobytes()) == pictures_before  # nobody wrote into the pictures
assert pretrained.fingerprint() == weights_before
for part in parts.values():
    part.audit()
assert digits.times_opened == 1
print("pictures unchanged, VGG16 unchanged, parts disjoint, sealed part opened once")

# %% [markdown] id="end"
# ## What you can now do
#
# *What is transferred is a set of weights. It is worth as much as it adds over the same network with random weights: much
# for near targets, less for middle ones, and at the deepest layers of a far target possibly less than nothing.*
#
# You can measure each part of that sentence, and you know which rivals to name.
#
# ### References
#
# - Yosinski, Clune, Bengio & Lipson 2014, *How transferable are features in deep neural networks?* (NeurIPS): layers from general to specific, co-adaptation, the effect of distance.
# - Pan & Yang 2010, *A survey on transfer learning* (IEEE TKDE 22): domain, task, source, target; names negative transfer.
# - Caruana 1997, *Multitask learning* (Machine Learning 28): when related tasks that are learned together help.
# - Saxe et al. 2011, *On random weights and unsupervised feature learning* (ICML): why random convolutions do well, and why they must be the baseline.
# - Alain & Bengio 2016, *Understanding intermediate layers using linear classifier probes* (arXiv:1610.01644): the linear reading of layers that we use.
#
# ### Where next
#
# Chapter 02 ranks models and layers *before* training. Chapter 03 extracts features correctly and cheaply, chapter 04 lets the
# weights move, and chapter 07 measures how far apart two domains are.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (75).** Section 1: 8. Section 2: 7. Sections 3 to 6: 15. Sections 7 to 9: 10. Section 10: 15. Section 11: 5. Section 12: 7.
# Exercises and quiz: 8, the rest as homework. Collect the guessed order of rows on the board in section 2.
#
# **Misconceptions to listen for.** "Deeper is better." "Random weights mean random answers" (the head is trained). "Fine-tuning *is* transfer
# learning." "Multi-task is a kind of augmentation." "Negative transfer means accuracy below chance."
#
# **The least robust row** is scratch against hand-made features: another small network, or other draws, can turn it round. Of the
# networks that we tried, a plainer one (three convolutions, no batch normalization, constant rate) fell behind the hand-made
# features; the one here has every help, and larger pictures did not improve it. We chose it with the unseen pictures in view, which
# flatters it if anything. Show whatever comes. Both results teach. The jump from random to pretrained is robust.
#
# **Discuss.**
#
# 1. Your target is X-ray pictures, or scanned handwriting. Is it near, middle or far, and by which measurement?
# 2. Yosinski et al. found even distant transfer better than random. What is different here: what is frozen, what is retrained, how much data, which head?
#
# **Late?** Skip sections 5 and 8 (chapter 04 returns to it), the CNN half of section 12, and exercise 01.6. Never skip sections 6 and 10.
