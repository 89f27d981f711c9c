# %% [markdown] id="front"
# # 03 Feature extraction
#
# | This chapter | |
# |---|---|
# | You can afterwards | feed VGG16 the pictures it expects; freeze it and prove that it stayed frozen; compute each answer once; choose where to cut; train a small head that learns from few labels; save a model that others can use |
# | You need | chapter 00, Python, and an idea of what a convolution is |
# | Minutes to read | 75 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# There is a recipe for transfer learning that hundreds of tutorials share. It takes VGG16, puts two
# `Dense` layers on top, and trains. It is short, it looks right, and it gives no warning.
#
# This chapter runs that recipe, watches it fail, and repairs it line by line. Every repair is
# measured on its own. At the end you will have a small, fast, honest classifier, and you will know
# which line of the recipe did the damage.
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down before you
# run the cell, on paper or in the gray box (double-click it). A prediction that turns out wrong is worth more than a
# page of explanation.

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# The package `tlcourse` holds the machinery: loading, splitting, caching, measuring. The lines that
# are the lesson stand in the cells.

# %% id="setup"
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import tlcourse as tl
from tlcourse import datasets, preprocessing, recipes
from tlcourse.backbones import POOLS as BLOCKS  # block1_pool to block5_pool

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import keras
import pandas as pd
from keras import layers

pd.options.display.max_colwidth = None
FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
IMAGE_SIZE = min(IMAGE_SIZE, 64) if FAST else IMAGE_SIZE
SEEDS = 2 if FAST else 5  # runs of everything that trains a whole network
STEPS = 6 if FAST else 12  # training steps of such a run, 16 pictures each
EPOCHS = 3 if FAST else 10

# %% [markdown] id="protocol-why"
# ## One protocol for everything
#
# The pictures are emoji in one drawing style, with eight classes. Set `DATASET` to a folder with
# one folder of pictures for each class, and the chapter runs on your own pictures.
#
# - **A sealed test part.** One fifth of the pictures is put aside first. It answers one question, once, at the end.
# - **Holdouts.** The rest is cut ten times into a part to learn from and a part to measure on. Every
#   variant meets the *same* cuts, so two variants can be compared pair by pair.
# - **Intervals.** The cuts share pictures, so ten accuracies are less evidence than ten separate
#   experiments. The intervals allow for that (the corrected resampled t interval). Where the interval of a
#   difference includes zero, the verdict is *undecided*.
# - **Two numbers to compare with.** The *majority share* is the accuracy of always naming the most
#   frequent class. The *entropy of the labels*, H(Y), is the loss of a network that ignores the
#   picture and has learned only how frequent each class is.

# %% id="protocol"
data = recipes.load_pictures(
    DATASET, image_size=IMAGE_SIZE, most=240 if FAST else 600, style="twemoji", seed=SEED
)
labels = data.labels
split = tl.split(data, test=0.2, seed=SEED)
rows = split.development  # every row that may be looked at
holdouts = datasets.holdouts(data, rows, n=2 if FAST else 10, test=0.2, seed=SEED)
tl.audit.split_is_clean(split)

shares = np.bincount(labels[rows], minlength=data.n_classes) / len(rows)
majority = shares.max()
entropy = -(shares * np.log(np.maximum(shares, 1e-12))).sum()
pictures_before = hash(data.images.tobytes())

print(data)
print(f"{split.n_test} pictures sealed for the test, {len(rows)} to work with")
print(
    f"{len(holdouts)} holdouts: {len(holdouts[0][0])} to learn from, {len(holdouts[0][1])} to measure"
)
print(f"majority share {majority:.3f}, entropy of the labels {entropy:.3f} nats")
if FAST:
    print("Fast mode: two holdouts only. Intervals from two numbers are far too wide to read.")

# %% id="look"
shown = [i for c in range(data.n_classes) for i in rows[labels[rows] == c][:3]]
figure = tl.plots.gallery(
    data.images[shown],
    [data.class_names[c] for c in labels[shown]],
    columns=min(12, len(shown)),
    title="Three pictures of each class",
)
tl.show(figure, alt=f"Gallery with three pictures of each class: {', '.join(data.class_names)}.")

# %% [markdown] id="step-01"
# ## 1. What does the recipe from a hundred tutorials do to my pictures?
#
# Here it is, as it stands in many books and blogs. The numbers at the right are for later.
#
# ```python
# from keras.preprocessing.image import ImageDataGenerator                        # 1
# train_datagen = ImageDataGenerator(rescale=1. / 255, horizontal_flip=True)      # 2
# train_generator = train_datagen.flow_from_directory(                            # 3
#     train_dir, target_size=(224, 224), class_mode="categorical")
# validation_generator = train_datagen.flow_from_directory(                       # 4
#     validation_dir, target_size=(224, 224), class_mode="categorical")
# base = VGG16(weights="imagenet", include_top=False, input_shape=(224, 224, 3))  # 5
# model = Sequential([base,                                                       # 6 is missing
#     Flatten(),                                                                  # 7
#     Dense(1024, activation="relu"),                                             # 8
#     Dense(num_classes, activation="softmax")])                                  # 9
# model.compile(optimizer="rmsprop",                                              # 10
#     loss="categorical_crossentropy", metrics=["accuracy"])                      # 11
# model.fit_generator(train_generator,                                            # 12
#     steps_per_epoch=100, epochs=50,                                             # 13
#     validation_data=validation_generator, validation_steps=20)                  # 14
# ```
#
# In Keras 3 it does not start: the import on line 1 fails, and `fit_generator` is gone. The next
# cell translates it only as far as it must be to run: arrays in place of the generator, `fit` in
# place of `fit_generator`, smaller pictures, and a few steps in place of five thousand.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** After these few steps, what is the accuracy on held-out pictures: about 0.2, 0.4, 0.7 or 0.9? <!-- fixed: options to choose from, not results -->
# >
# > Your answer:


# %% id="classic"
def classic_recipe(seed):
    base = recipes.keras_vgg16(IMAGE_SIZE)  # VGG16(weights="imagenet", include_top=False, ...)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            base,
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dense(data.n_classes, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


inputs = data.images.astype("float32") / 255  # line 2: rescale=1./255
targets = keras.utils.to_categorical(labels, data.n_classes)

model = classic_recipe(seed=0)
classic = [recipes.train(model, inputs, targets, holdouts[0], steps=STEPS, seed=0)]

print(f"trained weights: {classic[0].weights:,}")
print("loss of each step:", *(f"{loss:,.3g}" for loss in classic[0].losses))
print(f"held-out accuracy {classic[0].accuracy:.3f}, majority share {majority:.3f}")

# %% [markdown] id="classic-luck"
# Bad luck with the seed? Run it again with other seeds, each on its own holdout. `start_again` puts
# the weights of a newly built network into the one that is compiled already; that saves time and
# memory. `tl.audit.watch` compares the weights before and after.

# %% id="classic-seeds"
for seed in range(1, SEEDS):
    recipes.start_again(model, classic_recipe(seed))
    with tl.audit.watch(model) as moved:
        classic.append(
            recipes.train(model, inputs, targets, holdouts[seed], steps=STEPS, seed=seed)
        )

moved.assert_moved()  # every weight array of VGG16 has changed
classic_scores = recipes.scores(
    "classic recipe",
    [run.accuracy for run in classic],
    holdouts,
    weights=classic[0].weights,
    seconds=np.mean([run.seconds for run in classic]),
)
print(classic_scores)
print("classes ever named:", [run.classes_predicted for run in classic], "of", data.n_classes)
print(f"loss of the last step: {[round(run.losses[-1], 2) for run in classic]}, H(Y) {entropy:.2f}")

# %% id="figure-1"
from tlcourse.plots.extraction import collapse

figure, alt = collapse(classic, entropy=entropy, class_names=data.class_names)
tl.show(figure, alt=alt)

# %% id="classic-assert"
collapsed = [run.accuracy <= majority + 0.10 for run in classic]
if np.mean(collapsed) <= 0.5:
    print(
        "On this machine most runs did not collapse. Compare the seeds: the spread is the lesson."
    )

# %% [markdown] id="step-01-end"
# **It never learned.** The first steps send the loss to enormous values. Then it comes back down
# and settles near the entropy of the labels. That number is the giveaway: H(Y) is what a network
# pays that ignores the picture and names classes by how frequent they are. The accuracy says the
# same thing: it stays near the majority share.
#
# Nothing complained. There was no error and no warning, and the falling loss looks like learning.

# %% [markdown] id="step-02"
# ## 2. Did it forget, or did it never use VGG16?
#
# More than a million photographs went into these weights. Where did that knowledge go? The last network
# is still in memory, and the audit has written down how far each of its kernels moved.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** By how many percent of its length has a kernel of VGG16 moved: less than one, a
# > few, a few dozen, or more than a hundred?
# >
# > Your answer:

# %% id="damage"
from tlcourse.plots.extraction import moved as draw_moved

change = {
    row.layer: row.relative_change
    for row in moved.rows
    if row.weight == "kernel" and row.layer.startswith("block")
}
looked_at = holdouts[SEEDS - 1][1][:64]
after = recipes.pooled_blocks(model.layers[0], inputs[looked_at])
constant = {block: tl.audit.constant_channels(values) for block, values in after.items()}

figure, alt = draw_moved(change, constant)
tl.show(figure, alt=alt)

# %% [markdown] id="step-02-end"
# Left: how far each kernel moved, ‖w − w⁰‖ / ‖w⁰‖. Right: the share of units in each block that give
# *one constant value* for 64 different pictures.
#
# The kernels are still mostly VGG16. Even so, the late blocks are dead: they answer the same
# whatever they are shown. **Knowledge sits in small differences between weights**, and a fraction of
# a kernel's length is enough to lose it.
#
# It is hard to come back from there. A ReLU unit that is zero for every picture passes no gradient,
# so training has no handle to wake it up. Section 3 shows what happened in a long run.

# %% [markdown] id="step-03"
# ## 3. So which line did it?
#
# Four suspects, each with a defender in every forum: the **preprocessing** (line 2 divides by 255, but
# VGG16 was trained on something else), the **learning rate** hidden in `"rmsprop"` (line 10), the
# **Flatten** layer (line 7), and the missing **freeze** (line 6).

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Vote.** Which *single* repair rescues the recipe: correct preprocessing, a learning rate a
# > hundred times lower, pooling in place of Flatten, or freezing?
# >
# > Your answer:

# %% id="preprocessing-only"
inputs = preprocessing.vgg16(data.images)  # blue first, channel means subtracted, no division

prepared = []
for seed in range(SEEDS):
    recipes.start_again(model, classic_recipe(seed))
    prepared.append(recipes.train(model, inputs, targets, holdouts[seed], steps=STEPS, seed=seed))

model = None
recipes.free_memory()
prepared_scores = recipes.scores(
    "+ correct preprocessing",
    [run.accuracy for run in prepared],
    holdouts,
    weights=prepared[0].weights,
    seconds=np.mean([run.seconds for run in prepared]),
)
print(prepared_scores, f"(majority share {majority:.3f})")
print("classes ever named:", [run.classes_predicted for run in prepared])
print("largest loss:", [f"{max(run.losses):,.0f}" for run in prepared])

# %% [markdown] id="recorded-why"
# Correct preprocessing alone does not rescue it. The inputs are about a hundred times larger now, and
# the first losses are larger too.
#
# The other two single repairs train the whole network as well, and there is no time for all of them
# here. They were recorded beforehand, on top of correct preprocessing, by a script that you can run
# yourself. The last row is the unrepaired recipe with many more steps: *more epochs will fix it* is
# the most frequent advice.

# %% id="recorded"
recorded, made = recipes.recorded_runs()
table = pd.DataFrame(
    {
        "changed": run.name,
        "steps": run.steps,
        "accuracy of each seed": ", ".join(f"{a:.2f}" for a in run.accuracies),
        "classes named": ", ".join(map(str, run.classes_predicted)),
        "largest loss": f"{max(run.highest_losses):,.0f}",
    }
    for run in recorded.values()
)
print(f"recorded by {made['script']}: {made['data']}; majority share {made['majority']:.3f}")
print(f"after each epoch of the long run: {[round(a, 2) for a in recorded['long'].curve]}")
table.style.hide(axis="index")

# %% [markdown] id="step-03-end"
# Pooling alone changes nothing: everything still trains at the same rate. The low rate is different:
# nearly all classes are named again, and accuracy is on its way up, though far from done. And more
# epochs? The long run wanders: something comes back in one epoch and is gone in the next. Remember
# its accuracy, and the number of its steps, when you see section 4.
#
# The killer is a pair: **everything trainable × a learning rate of 1e-3**. The new head starts with
# random weights, its errors are huge, and they flow backward through all of VGG16 before the head
# has learned anything. So there are two ways out. Freeze VGG16, which is this chapter. Or go
# slowly, which is chapter 04.

# %% [markdown] id="step-04"
# ## 4. What if VGG16 may not move at all?
#
# One line, *before* `compile`. Everything else stays as bad as it was: Flatten, `Dense(1024)`,
# RMSprop at its default rate.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** The same number of steps as before, with VGG16 frozen: what is the accuracy now?
# >
# > Your answer:

# %% id="freeze"
base = recipes.keras_vgg16(IMAGE_SIZE)
base.trainable = False  # the missing line
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        base,
        layers.Flatten(),
        layers.Dense(1024, activation="relu"),
        layers.Dense(data.n_classes, activation="softmax"),
    ]
)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])

flat_width = (IMAGE_SIZE // 32) ** 2 * 512  # five poolings halve the side five times
plan = (flat_width * 1024 + 1024) + (1024 * data.n_classes + data.n_classes)
print(f"planned to train: {plan:,} weights, all in the head")

with tl.audit.watch(model) as report:
    frozen = recipes.train(model, inputs, targets, holdouts[0], steps=STEPS, seed=0)

report.assert_frozen()  # bit by bit, not "about the same"
report.assert_moved()
assert report.trainable_weights == frozen.weights == plan
assert sum(row.role == "frozen" for row in report.rows) == 26
print(report.summary())
print(
    f"held-out accuracy {frozen.accuracy:.3f}; the same seed without the freeze {prepared[0].accuracy:.3f}"
)

# %% id="release-2"
model = base = inputs = None
recipes.free_memory()

# %% [markdown] id="freeze-holdouts-why"
# The same for the other holdouts, and then some epochs more. This cell does not ask VGG16 again for
# every step. It computes the flattened output of every picture once and trains the head on that.
# Section 5 says why this is allowed; for now, compare its first accuracy with the one above.


# %% id="freeze-holdouts"
def classic_head(train_features):
    head = keras.Sequential(
        [
            keras.Input(train_features.shape[1:]),
            layers.Dense(1024, activation="relu"),
            layers.Dense(data.n_classes, activation="softmax"),
        ]
    )
    head.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    return head


network = tl.backbone(image_size=IMAGE_SIZE)  # frozen, with VGG16's own preprocessing
flat = recipes.flat_features(network, data)
same_steps, more_epochs = recipes.stepwise_scores(
    ("+ frozen, same steps", "+ more epochs"),
    classic_head,
    flat,
    labels,
    holdouts[:SEEDS],
    steps=STEPS,
    epochs=EPOCHS,
    batch_size=16,
)
print(
    f"first holdout: whole network {frozen.accuracy:.3f}, from stored features {same_steps.accuracies[0]:.3f}"
)
for result in (prepared_scores, same_steps, more_epochs):
    print(result)
print(same_steps.minus(prepared_scores).verdict)
assert same_steps.estimate > prepared_scores.estimate + 0.2 or not np.mean(collapsed) > 0.5

# %% id="freeze-255"
divided = tl.backbone(image_size=IMAGE_SIZE, preprocessing="divide_255")
same_steps_255, more_epochs_255 = recipes.stepwise_scores(
    ("frozen, divided by 255, same steps", "frozen, divided by 255, more epochs"),
    classic_head,
    recipes.flat_features(divided, data),
    labels,
    holdouts[:3],
    steps=STEPS,
    epochs=EPOCHS,
    batch_size=16,
)
divided = None
for result in (same_steps_255, more_epochs_255):
    print(result)
print("Same steps:", same_steps.minus(same_steps_255).verdict)
print("At the end:", more_epochs.minus(more_epochs_255).verdict)

# %% [markdown] id="step-04-end"
# **The missing line is worth more than all others together.** The head is still oversized, the
# optimizer is still the default, and the recipe works.
#
# The last cell repeats it with pictures divided by 255. With few steps it lags behind; after more
# epochs the two meet. Read the intervals before you call either a difference. Section 6 asks what the
# wrong preprocessing costs, with a better instrument.

# %% [markdown] id="trap-why"
# ### A trap: when does Keras read `trainable`?
#
# When the first `fit` after a `compile` builds its training step. A toy network shows it in a second.

# %% id="trap"
x, y = np.random.default_rng(0).normal(size=(32, 4)), np.zeros(32)
frozen_layer = layers.Dense(4, trainable=False)
toy = keras.Sequential([keras.Input((4,)), frozen_layer, layers.Dense(1)])


def kernel_moves():
    before = frozen_layer.kernel.numpy().copy()
    toy.fit(x, y, verbose=0)
    return bool(np.any(before != frozen_layer.kernel.numpy()))


toy.compile("adam", "mse")
frozen_layer.trainable = True
print("unfrozen after compile, before the first fit: moves?", kernel_moves())
frozen_layer.trainable = False
print("frozen after a fit, without a new compile:    moves?", kernel_moves())
try:
    tl.audit.assert_compiled(toy)
except tl.audit.AuditError as error:
    print("audit:", error)
toy.compile("adam", "mse")
print("frozen, and compiled again:                   moves?", kernel_moves())

# %% [markdown] id="trap-end"
# After the first `fit`, a change of `trainable` is **silently ignored** until `compile` is called
# again, in both directions. So freeze before `compile`, compile again after every change, and audit the
# weights in place of trusting the attribute.

# %% [markdown] id="step-05"
# ## 5. A frozen network answers the same for the same picture. How often did we ask?

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** The recipe runs 100 steps of 32 pictures in each of 50 epochs, and validates on 20
# > batches after each. How many times does it send a picture through VGG16? How many times are
# > needed? <!-- fixed: the recipe's own settings -->
# >
# > Your answer:

# %% id="rate"
sample = data.images[rows[:64]]
network.pooled(sample[:32], at=BLOCKS)  # the first call also builds the graph
start = time.perf_counter()
network.pooled(sample, at=BLOCKS)
rate = len(sample) / (time.perf_counter() - start)
print(f"{rate:.0f} pictures per second at {IMAGE_SIZE} px, in {network.precision}")

shown_in_training = 100 * 50 * 32
shown_in_validation = 20 * 50 * 32
pixels = (224 / IMAGE_SIZE) ** 2  # cost grows with the number of pixels
backward = 3  # forward and backward together cost about three forward passes
asked = pixels * (backward * shown_in_training + shown_in_validation)

pd.DataFrame(
    {
        "": ["the recipe", "needed"],
        "pictures through VGG16": [
            f"{shown_in_training:,} to train, {shown_in_validation:,} to validate, at 224 px",
            f"{len(data)}, once each, at {IMAGE_SIZE} px",
        ],
        "time at this rate": [
            f"{asked / rate / 3600:.1f} hours",
            f"{len(data) / rate:.0f} seconds",
        ],
    }
).style.hide(axis="index")

# %% [markdown] id="cache-why"
# Without augmentation, a frozen network gives the same answer for the same picture, every time. So
# ask once and keep the answer. That is not an approximation: training the head on stored answers is
# the same arithmetic as training it behind the frozen network. It is why section 4 could do without
# VGG16.

# %% id="cache"
for attempt in ("with the answers that section 4 stored", "and again"):
    start = time.perf_counter()
    blocks = recipes.block_features(network, data)
    print(f"{attempt}: {1000 * (time.perf_counter() - start):.0f} ms for {len(data)} pictures")

print({block: values.shape for block, values in blocks.items()})

some = np.random.default_rng(SEED).choice(rows, 8, replace=False)
fresh = network.pooled(data.images[some], at=BLOCKS)
for block in BLOCKS:
    a, b = fresh[block], blocks[block][some]
    cosine = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    assert cosine.min() >= 0.999
    assert network.precision != "float32" or np.abs(a - b).max() <= 1e-3 * np.abs(b).max()
print("stored answers equal fresh ones for", len(some), "random pictures")

# %% [markdown] id="key-why"
# A store is only as good as its key. Everything that can change an answer must be in it, and nothing
# else. Each picture is known by a hash of its pixels; the rest of the key is below, shortened to six
# characters.

# %% id="key"
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.feature_store import FeatureStore
from tlcourse.features import feature_key


def key_of(changed_network=network, cut="block5_pool"):
    return FeatureStore(feature_key(changed_network, cut)).id[:6]


other_precision = "bfloat16" if network.precision == "float32" else "float32"
keys = {"as it is": key_of(), "another cut": key_of(cut="block4_pool")}
for name, options in {
    "another preprocessing": {"preprocessing": "divide_255"},
    "another size": {"image_size": IMAGE_SIZE + 32},
    "other weights": {"weights": "random"},
    "another precision": {"precision": other_precision},
}.items():
    keys[name] = key_of(tl.backbone(**{"image_size": IMAGE_SIZE, **options}))
touched = data.images[0].copy()
touched[0, 0, 0] ^= 1  # one pixel, by one step
keys["one pixel"] = (
    "other picture" if hash_pixels(touched) != hash_pixels(data.images[0]) else "same"
)
keys["labels, split, head"] = key_of()  # none of them is asked for
recipes.free_memory()

for name, key in keys.items():
    print(f"{name:22} {key}")
assert len(set(keys.values())) == len(keys) - 1

# %% [markdown] id="step-06"
# ## 6. Does the preprocessing matter, then?
#
# VGG16 was trained on pictures with blue first, red last, and the mean of each channel subtracted.
# Tutorials feed it all sorts of things. Two situations are worth telling apart:
#
# - **wrong on both sides**: the head is trained *and* used with the wrong input;
# - **wrong when serving**: the head is trained on the correct input, and somebody else writes the program that
#   feeds it.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** Rank these inputs from best to worst: correct; red first; no preprocessing; scaled to
# > [−1, 1]; divided by 255; divided by 255 *and then* preprocessed. Does the order change when only
# > the serving side is wrong?
# >
# > Your answer:

# %% id="contracts"
contracts = {
    "correct": "vgg16",
    "red first": "rgb_order",
    "no preprocessing": "none",
    "scaled to [−1, 1]": "minus_one_to_one",
    "divided by 255": "divide_255",
    "divided, then preprocessed": "divide_then_subtract",
}
if FAST:
    contracts = {name: contracts[name] for name in list(contracts)[:1] + list(contracts)[-2:]}

as_fed = {
    name: recipes.block_features(tl.backbone(image_size=IMAGE_SIZE, preprocessing=contract), data)
    for name, contract in contracts.items()
}
recipes.free_memory()

# %% id="contracts-scores"
correct = as_fed["correct"]["block5_pool"]
heads = recipes.logistic_heads(correct, labels, holdouts)
both_sides, serving = {}, {}
for name, features in as_fed.items():
    block5 = features["block5_pool"]
    both_sides[name] = recipes.logistic_scores(name, block5, labels, holdouts)
    if name != "correct":
        serving[name] = recipes.served_scores(name, heads, block5, labels, holdouts)

figure = tl.plots.dumbbell(
    both_sides,
    serving,
    labels=("wrong on both sides", "wrong when serving"),
    xlabel="held-out accuracy, 95 % interval",
    title="A mismatch kills; consistency hides",
    reference=majority,
    reference_label="majority",
)
words = "; ".join(
    f"{name}: {both_sides[name].estimate:.2f} on both sides, {serving[name].estimate:.2f} when serving"
    for name in serving
)
tl.show(figure, alt=f"Dumbbell chart. Correct input {both_sides['correct'].estimate:.2f}. {words}.")

# %% id="contracts-table"
pd.DataFrame(
    {
        "input": name,
        "both sides": f"{both.difference:+.3f} [{both.low:+.3f}, {both.high:+.3f}]",
        "verdict": recipes.decided(both),
        "serving only": f"{served.difference:+.3f} [{served.low:+.3f}, {served.high:+.3f}]",
        "verdict ": recipes.decided(served),
        "constant units": f"{tl.audit.constant_channels(as_fed[name]['block5_pool'][rows]):.1%}",
        "mean cosine": f"{tl.audit.mean_cosine(as_fed[name]['block5_pool'][rows]):.3f}",
    }
    for name in serving
    for both in [both_sides[name].minus(both_sides["correct"])]
    for served in [serving[name].minus(both_sides["correct"])]
).style.hide(axis="index").set_caption("Difference from the correct input, block 5")

# %% id="contracts-assert"
fed = network.preprocess(data.images[some])
assert fed.min() >= -124
assert fed.max() <= 152
assert np.allclose(fed[..., 0] + 103.939, data.images[some][..., 2], atol=1e-3)  # blue first
assert np.isfinite(correct).all()
assert tl.audit.constant_channels(correct[rows]) < 0.05
assert tl.audit.mean_cosine(as_fed["divided, then preprocessed"]["block5_pool"][rows]) > 0.99
print(
    "mean cosine between two pictures, correct input:",
    round(tl.audit.mean_cosine(correct[rows]), 3),
)

# %% [markdown] id="step-06-end"
# Three conclusions, in this order.
#
# 1. **Accuracy does not reveal a consistent mistake.** With the same wrong input on both sides the
#    head adapts, and the loss of a few points looks like a hard data set. Read the verdicts: how many of these
#    differences would you have noticed without the correct row above them?
# 2. **The same mistake on one side only is a disaster.** Nobody changed the model; somebody wrote the
#    serving program.
# 3. **Dividing *and* subtracting makes every picture look alike.** Look at the last two columns: the
#    cosine between two different pictures is almost one. All that is left of a picture is a faint
#    shadow on a dark square.
#
# Hence a rule: preprocessing lives *inside* the model and is asserted. It is not judged by accuracy.

# %% [markdown] id="step-07"
# ## 7. I ran the cell twice. So?

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** `x` is a float array filled with the color RGB (10, 20, 30). You call
# > `preprocess_input(x)` and throw the result away. What does `x[0, 0, 0]` hold now?
# >
# > Your answer:

# %% id="in-place"
from keras.applications.vgg16 import preprocess_input

for kind in ("float32", "uint8"):
    x = np.full((1, 2, 2, 3), (10, 20, 30), dtype=kind)
    result = preprocess_input(x)
    print(f"{kind:8} x[0, 0, 0] is now {x[0, 0, 0]}, shares memory: {np.shares_memory(x, result)}")

# %% [markdown] id="step-07-end"
# A float array is **changed in place**; a `uint8` array is copied. So a notebook cell that holds
# `preprocess_input(x)` preprocesses again each time you run it, with no sign of it but worse results.
#
# Keep pictures as `uint8` for as long as possible, and preprocess in one place. In this course
# that place is the backbone.

# %% [markdown] id="ex-03-1-text"
# ### Exercise 03.1 What VGG16 sees
#
# One pixel is RGB (10, 20, 30). Which three numbers enter `block1_conv1`, in the order the network reads
# them? The channel means are below.

# %% id="ex-03-1-means"
print("means of blue, green, red:", preprocessing.CHANNEL_MEANS_BGR)

# %% tags=["exercise"] id="ex-03-1"
### BEGIN ANSWER
pixel = np.array([10, 20, 30])
seen = pixel[::-1] - np.array(preprocessing.CHANNEL_MEANS_BGR)
### ELSE
seen = None  # replace None with three numbers, such as (1.5, 2.5, 3.5)
### END ANSWER
tl.check("03.1", seen)

# %% [markdown] tags=["solution-only"] id="ex-03-1-answer"
# Turn the channels round first, then subtract the mean that belongs to each channel in its new place.

# %% [markdown] id="step-08"
# ## 8. Where should I cut?
#
# VGG16 has five blocks, and each ends in a pooling layer where it can be cut. The
# usual choice is the end. Averaging a block over positions gives one number for each channel; flattening
# keeps all positions.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Which block gives the best features: 1, 2, 3, 4 or 5? Does the flattened last block beat
# > the averaged one, which is much shorter? And what would an *untrained* VGG16 reach?
# >
# > Your answer:

# %% id="cuts"
untrained = tl.backbone(image_size=IMAGE_SIZE, weights="random", seed=SEED)
scratch = recipes.block_features(untrained, data)


def joined(features, cuts=BLOCKS[2:]):
    return np.concatenate([features[cut] for cut in cuts], axis=1)


def cut_scores(features):
    cuts = {f"block {i}": features[cut] for i, cut in enumerate(BLOCKS, 1)}
    cuts |= {"blocks 3+4+5": joined(features), "all five": joined(features, BLOCKS)}
    return {
        name: recipes.logistic_scores(name, values, labels, holdouts)
        for name, values in cuts.items()
    }


by_cut = cut_scores(blocks)
by_cut["block 5, flattened"] = recipes.logistic_scores("block 5, flattened", flat, labels, holdouts)
by_cut_untrained = cut_scores(scratch)
untrained = None
recipes.free_memory()

# %% id="figure-4"
names = list(by_cut)
figure = tl.plots.lines_with_intervals(
    [name.replace("block 5, ", "").replace("blocks ", "").replace("block ", "") for name in names],
    {
        "VGG16, pretrained": [by_cut[name] for name in names],
        "VGG16, untrained": [by_cut_untrained.get(name) for name in names],
    },
    xlabel="block where VGG16 is cut",
    ylabel="held-out accuracy, 95 % interval",
    title="Where to cut",
    reference=majority,
    reference_label="majority",
)
words = "; ".join(
    f"{name}: {by_cut[name].estimate:.2f}"
    + (f" against {by_cut_untrained[name].estimate:.2f}" if name in by_cut_untrained else "")
    for name in names
)
tl.show(figure, alt=f"Line chart of accuracy by cut, pretrained against untrained. {words}.")

# %% id="cuts-compared"
for cut in ("block 1", "block 3", "block 5", "blocks 3+4+5"):
    gain = by_cut[cut].minus(by_cut_untrained[cut])
    print(f"{cut}, pretrained minus untrained: {gain.difference:+.3f}, {recipes.decided(gain)}")
for a, b in (
    ("block 4", "block 5"),
    ("blocks 3+4+5", "block 5"),
    ("block 5, flattened", "block 5"),
):
    print(by_cut[a].minus(by_cut[b]).verdict)

divided_join = recipes.logistic_scores(
    "blocks 3+4+5 divided by 255", joined(as_fed["divided by 255"]), labels, holdouts
)
print("The mistake of section 6, on the joined blocks:")
print(divided_join.minus(by_cut["blocks 3+4+5"]).verdict)

# %% [markdown] id="step-08-end"
# **Pretraining pays from the middle on.** In block 1 a random network is nearly as good: colors and
# edges do not need a million photographs. Deeper blocks are worth their training.
#
# **Deeper is not always better.** The last block was trained to tell apart the classes of ImageNet,
# photographs all of them; drawings are something else. Whether block 4 or block 5 wins here, the
# interval above decides, and *undecided* is an answer too.
#
# **More numbers are not more knowledge.** Flattening keeps where things are, at many times the width.

# %% [markdown] id="ex-03-2-text"
# ### Exercise 03.2 Count the head
#
# VGG16 at 224 px, 8 classes. How many weights, biases included, are in the head `Flatten` + `Dense(1024)` + `Dense(8)`?
# And in the head average pooling + `Dense(8)`? Answer with a pair of whole numbers.

# %% tags=["exercise"] id="ex-03-2"
### BEGIN ANSWER
grid = 224 // 2**5
large_head = (grid * grid * 512 + 1) * 1024 + (1024 + 1) * 8
small_head = (512 + 1) * 8
counts = (large_head, small_head)
### ELSE
counts = None  # replace None with (weights of the first head, weights of the second)
### END ANSWER
tl.check("03.2", counts)

# %% [markdown] tags=["solution-only"] id="ex-03-2-answer"
# Five poolings turn 224 into a grid of 7 by 7. Each output of a `Dense` layer has one weight for
# each input, and one bias.

# %% [markdown] id="ex-03-3-text"
# ### Exercise 03.3 When is a stored answer stale?
#
# Choose everything that *must* change the key of a stored feature. Answer with a set of letters, such
# as `{"a", "b"}`.
#
# | | | | |
# |---|---|---|---|
# | a | picture bytes | g | weights |
# | b | picture order | h | precision |
# | c | class names | i | split seed |
# | d | cut | j | batch size |
# | e | preprocessing | k | C, the strength of the head |
# | f | image size | | |

# %% tags=["exercise"] id="ex-03-3"
### BEGIN ANSWER
must_change = {"a", "d", "e", "f", "g", "h"}
### ELSE
must_change = None  # replace None with a set of letters
### END ANSWER
tl.check("03.3", must_change)

# %% [markdown] tags=["solution-only"] id="ex-03-3-answer"
# Whatever reaches the network counts: the pixels, how they are prepared and scaled, the weights, where the
# network is cut, and the number format. Labels, splits and heads come later and cannot change it. The
# batch size changes the last digits only.

# %% [markdown] id="step-09"
# ## 9. What do these numbers mean?
#
# A feature is a coordinate. Pictures that are close together look alike *to this block*. So ask each
# block for the nearest neighbors of one picture. The test pictures stay out of it.

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** A yellow taxi: what are its nearest neighbors for block 1, and what for block 5?
# > (Where there is no taxi among the pictures, ask the same about the first one below.)
# >
# > Your answer:

# %% id="neighbors"
item_names = [recipes.item_names(data)[i] for i in rows]
wanted = ["taxi", "oncoming taxi", "nauseated face", "tomato", "clapping hands sign"]
queries = recipes.find_items(item_names, wanted, 16)

table = tl.widgets.neighbor_table(
    {("correct", f"block {i}"): blocks[cut][rows] for i, cut in enumerate(BLOCKS, 1)},
    data.images[rows],
    labels[rows],
    class_names=data.class_names,
    names=item_names,
    queries=queries,
    k=5,
)
query = queries[0]
found = [i for cut in table.cuts for i in (query, *table.nearest["correct", cut][query])]
kinds = [data.class_names[c] for c in labels[rows][found]]
figure = tl.plots.gallery(
    data.images[rows][found],
    [f"{kind}: {item_names[i]}" for kind, i in zip(kinds, found, strict=True)],
    [
        "query" if i == query else "same" if kind == kinds[0] else "other"
        for kind, i in zip(kinds, found, strict=True)
    ],
    columns=6,
    row_titles=table.cuts,
    title=f"Nearest to '{item_names[query]}': solid frame same class, dashed frame another",
)
words = ". ".join(table.describe(query, cut, "correct") for cut in table.cuts)
tl.show(figure, alt=f"Gallery of five nearest neighbors for each block. {words}.")

# %% id="neighbors-numbers"
chance = (shares**2).sum()
pd.DataFrame(
    {
        "cut": cut,
        "same class among 5 neighbors": f"{table.same_class['correct', cut].mean():.2f}",
        "color distance, random pairs = 1": f"{table.color_ratio['correct', cut]:.2f}",
    }
    for cut in table.cuts
).style.hide(axis="index").set_caption(
    f"All pictures; by chance {chance:.2f} would be of the same class"
)

# %% [markdown] id="step-09-end"
# **Early blocks sort by color, late blocks by kind.** From block to block, the neighbors share their color
# less and their class more. Each block forgets some color to make room for something else. This is why
# a middle block can beat the last one when color tells your classes apart.

# %% [markdown] id="ex-03-4-text"
# ### Exercise 03.4 Extract them yourself
#
# Write `features_at(images)`: it takes pictures with values 0 to 255, shape (n, S, S, 3), and returns
# the averaged features of `block4_pool`, shape (n, 512). Use `network.model`, the Keras model of VGG16.
# The array that you are given must stay as it was.


# %% tags=["exercise"] id="ex-03-4"
def features_at(images):
    ### BEGIN ANSWER
    prepared = preprocess_input(np.array(images, dtype="float32"))  # np.array makes a copy
    middle = keras.Model(network.model.input, network.model.get_layer("block4_pool").output)
    maps = keras.ops.convert_to_numpy(keras.ops.cast(middle(prepared), "float32"))
    return maps.mean(axis=(1, 2))
    ### ELSE
    return None  # replace None with the features
    ### END ANSWER


tl.check("03.4", features_at, backbone=network)

# %% [markdown] tags=["solution-only"] id="ex-03-4-answer"
# The copy matters: `preprocess_input` would write into a float array, and the caller would find other
# pictures than the ones he handed over.

# %% [markdown] id="step-10"
# ## 10. Can I see it on a map?
#
# t-SNE places every picture on a plane so that near neighbors stay near. It makes beautiful figures,
# and they are easy to misread.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** If the map shows no clear islands, is the classifier bad?
# >
# > Your answer:

# %% id="maps"
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler
from tlcourse.plots.extraction import maps

to_draw = {
    "untrained, block 5": (scratch["block5_pool"], by_cut_untrained["block 5"]),
    "block 5": (blocks["block5_pool"], by_cut["block 5"]),
    "blocks 3+4+5": (joined(blocks), by_cut["blocks 3+4+5"]),
}
if FAST:
    to_draw = {"blocks 3+4+5": to_draw["blocks 3+4+5"]}

points = {}
for name, (features, score) in to_draw.items():
    tsne = TSNE(
        perplexity=30,
        metric="cosine",
        init="pca",
        max_iter=300 if FAST else 1000,
        random_state=SEED,
    )
    points[name] = tsne.fit_transform(StandardScaler().fit_transform(features[rows]))
    islands = silhouette_score(points[name], labels[rows])
    print(
        f"{name}: silhouette of the classes on the map {islands:+.3f}, accuracy of a head {score.estimate:.2f}"
    )

# %% id="maps-shown"
figure, alt = maps(points, labels[rows], data.class_names)
tl.show(figure, alt=alt)

# %% [markdown] id="step-10-end"
# A silhouette near zero says that the classes hardly form islands on the map. The heads tell a different
# story. The map has two dimensions, the head has hundreds, and a plane through hundreds of dimensions can
# separate what no picture on paper can.
#
# A map shows **neighbors, not separability**. The distance between groups, their size and the gaps between them
# are not evidence. Use maps to find odd pictures and wrong labels; never quote one as a result. (UMAP makes
# another such map, with the same caveats.)

# %% [markdown] id="step-11"
# ## 11. Dense(1024) has half a million weights for a few hundred pictures. Away with it?
#
# Back to the recipe. Averaging takes the place of Flatten, so the head sees 512 numbers. What remains of
# its size is `Dense(1024)`. Each rung below is one change:
#
# 1. average pooling in place of Flatten, `Dense(1024)` kept;
# 2. a single linear layer;
# 3. features standardized (on the training part only), Adam with a written rate;
# 4. weights that start from zero.

# %% [markdown] tags=["prediction"] id="predict-11"
# > **Predict.** For each of the last three changes: up, down or equal?
# >
# > Your answer:


# %% id="heads"
def compiled(parts, optimizer):
    head = keras.Sequential(parts)
    head.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return head


def softmax(**options):
    return layers.Dense(data.n_classes, activation="softmax", **options)


def standardize(train_features):
    layer = layers.Normalization()
    layer.adapt(train_features)  # the training part, nothing else
    return layer


def dense_1024(train_features):
    shape = keras.Input(train_features.shape[1:])
    return compiled([shape, layers.Dense(1024, activation="relu"), softmax()], "rmsprop")


def linear_raw(train_features):
    return compiled([keras.Input(train_features.shape[1:]), softmax()], "rmsprop")


def linear_random(train_features):
    shape = keras.Input(train_features.shape[1:])
    return compiled([shape, standardize(train_features), softmax()], keras.optimizers.Adam(1e-3))


def linear_zeros(train_features):
    return compiled(
        [
            keras.Input(train_features.shape[1:]),
            standardize(train_features),
            softmax(kernel_initializer="zeros"),
        ],
        keras.optimizers.Adam(1e-3),
    )


rungs = {
    name: recipes.keras_scores(name, head, blocks["block5_pool"], labels, holdouts)
    for name, head in {
        "+ average pooling": dense_1024,
        "+ linear, raw features": linear_raw,
        "+ standardized, Adam": linear_random,
        "+ start from zero": linear_zeros,
    }.items()
}
for score in rungs.values():
    print(f"{score}, {score.weights:,} weights")
ladder = list(rungs.values())
for before, after in pairwise(ladder):
    print(after.minus(before).verdict)
assert ladder[0].weights == 512 * 1024 + 1024 + 1024 * data.n_classes + data.n_classes
assert ladder[-1].weights == 512 * data.n_classes + data.n_classes

# %% [markdown] id="heads-why"
# **The smaller head is worse at first**, and the next repair does not help either. (Read the verdicts: is
# either step down more than luck?) Then a change that costs nothing, zeros in place of random numbers,
# repays it all. Why would a start matter for a problem that has one best answer?
#
# There are fewer pictures than features. So there are directions in feature space in which no training
# picture differs from another. Training never corrects the weights along them: whatever random
# numbers stood there at the start stand there at the end. (Adam rescales each weight, which blurs
# this but does not mend it.) Along directions in which pictures differ only a little, the correction is
# slow. New pictures *do* differ in both, and there the random numbers speak.
#
# If that is the reason, then the fewer labels, the larger the damage. That can be tested.

# %% id="few-labels"
everything = len(holdouts[0][0])
sizes = [n for n in (80, 160) if n < everything] + [everything]
zeros, random_start = [], []
for n in sizes:
    fewer = [
        (recipes.stratified_rows(labels, train, n, seed=i), test)
        for i, (train, test) in enumerate(holdouts)
    ]
    for head, results in ((linear_zeros, zeros), (linear_random, random_start)):
        name = f"{head.__name__}, {n} labels"
        results.append(recipes.keras_scores(name, head, blocks["block5_pool"], labels, fewer))

gains = [a.minus(b) for a, b in zip(zeros, random_start, strict=True)]
for n, gain in zip(sizes, gains, strict=True):
    print(f"{n} labels: gain of zeros {gain.difference:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")

# %% id="figure-5"
from tlcourse.plots.extraction import few_labels

figure, alt = few_labels(sizes, zeros, random_start, gains)
tl.show(figure, alt=alt)

# %% [markdown] id="step-11-end"
# The fewer labels, the more a random start costs, as predicted. A softmax layer on fixed features is a
# convex problem: it needs no random start.
#
# **Careful:** this holds for a single linear layer only. If a *hidden* layer starts from zero, all its
# units compute the same and receive the same gradient. They stay equal for ever, and the layer is as good
# as one unit. That is the symmetry that random starts are for.

# %% [markdown] id="ex-03-5-text"
# ### Exercise 03.5 Diagnose
#
# A colleague sends this log and asks what to do.
#
# ```
# loss of each step: 2.6, 14800, 41.7, 1.9, ... 2.0
# classes predicted: 1 of 8
# base layers:       all moved
# ```
#
# Which line of the recipe (the numbers in section 1) is to blame, and which two *different* repairs
# would each help? Answer with the line and a set of two words or short phrases.

# %% tags=["exercise"] id="ex-03-5"
### BEGIN ANSWER
diagnosis = (6, {"freeze", "lower rate"})
### ELSE
diagnosis = None  # replace None with (line, {"one repair", "another repair"})
### END ANSWER
tl.check("03.5", diagnosis)

# %% [markdown] tags=["solution-only"] id="ex-03-5-answer"
# Line 6 (nothing is frozen) or line 10 (the rate that the string hides) are both right: it takes the two
# together to do the damage, so mending either one helps.

# %% [markdown] id="step-12"
# ## 12. More blocks, same head?
#
# Section 8 found that blocks 3, 4 and 5 together are at least as good as the last one alone. Does that work with the
# small Keras head?

# %% [markdown] tags=["prediction"] id="predict-12"
# > **Predict.** Join the three blocks as they are, without standardizing. Better or worse than block 5
# > alone?
# >
# > Your answer:


# %% id="join"
def linear_zeros_raw(train_features):
    head = [keras.Input(train_features.shape[1:]), softmax(kernel_initializer="zeros")]
    return compiled(head, keras.optimizers.Adam(1e-3))


for cut in BLOCKS[2:]:
    print(
        f"{cut}: mean spread of a feature over pictures {blocks[cut][rows].std(axis=0).mean():.1f}"
    )

features = joined(blocks)
raw_join = recipes.keras_scores("3+4+5, raw", linear_zeros_raw, features, labels, holdouts)
rungs["+ blocks 3+4+5"] = recipes.keras_scores(
    "+ blocks 3+4+5", linear_zeros, features, labels, holdouts
)
for score in (rungs["+ start from zero"], raw_join, rungs["+ blocks 3+4+5"]):
    print(score)
print(rungs["+ blocks 3+4+5"].minus(raw_join).verdict)
print(rungs["+ blocks 3+4+5"].minus(rungs["+ start from zero"]).verdict)
assert rungs["+ blocks 3+4+5"].weights == features.shape[1] * data.n_classes + data.n_classes

# %% id="strengths"
for strength in (0.01, 0.1, 1.0, 10.0):
    score = recipes.logistic_scores(
        f"logistic head, C = {strength:g}", features, labels, holdouts, strengths=[strength]
    )
    print(score)

# %% id="join-assert"
train, test = holdouts[0]
normalization = standardize(features[train])
on_train = np.asarray(normalization(features[train])).mean(axis=0)
assert np.abs(on_train).max() < 1e-3
assert not np.allclose(np.ravel(normalization.mean), features.mean(axis=0), rtol=1e-4)
print("statistics come from the training part alone")

# %% [markdown] id="step-12-end"
# **Standardize before you join.** The blocks live on different scales. Unscaled, the loudest block
# drowns the others, and three blocks do no better than one.
#
# Standardized, the joined blocks do at least as well as block 5 alone; the interval says how sure that is.
# The strength C of the regularization hardly matters over a wide range, so the inner cross-validation
# of a logistic head confirms a choice more than it improves one.

# %% [markdown] id="ex-03-6-text"
# ### Exercise 03.6 An honest head
#
# Write `make_head(train_features)`. It receives the joined features of a training part and returns an *untrained*
# Keras head for them that beats block 5 alone on the holdouts. The check compiles and trains it. It
# allows 20,000 weights, and it looks at how you standardize, how you start, and whether the test part is still sealed.


# %% tags=["exercise"] id="ex-03-6"
def make_head(train_features):
    ### BEGIN ANSWER
    scale = layers.Normalization()
    scale.adapt(train_features)
    last = layers.Dense(data.n_classes, activation="softmax", kernel_initializer="zeros")
    return keras.Sequential([keras.Input((train_features.shape[1],)), scale, last])
    ### ELSE
    return None  # replace None with a Keras model
    ### END ANSWER


tl.check("03.6", make_head, features=features, labels=labels, holdouts=holdouts, split=split)

# %% [markdown] tags=["solution-only"] id="ex-03-6-answer"
# The same three parts as in section 11: standardize on what you are given, one softmax layer, zeros. The
# check reports the gain with its interval; if it includes zero, so must your report.

# %% [markdown] id="step-13"
# ## 13. Before and after
#
# Now the whole recipe, line by line. The numbers are those in section 1; 15 and 16 are lines that the recipe does not have.
#
# | # | classic line | what goes wrong, and how it shows | repaired line |
# |---|---|---|---|
# | 1 | `import ImageDataGenerator` | `ImportError` in Keras 3; the class survives only in a private legacy module | `keras.utils.image_dataset_from_directory`, or a data set of arrays |
# | 2 | `rescale=1./255, horizontal_flip=True` | VGG16 expects blue first and means subtracted; random augmentation also forbids storing answers | `uint8` all the way, preprocessing inside the model; augmentation in chapter 04 |
# | 3 | `flow_from_directory(train_dir, target_size=(224, 224))` | resizes by picking the nearest pixel; 224 px cost more than five times 96 px | antialiased resize to `IMAGE_SIZE`, integer labels |
# | 4 | the same for `validation_dir` | shuffles by default, so predictions do not line up with labels; often it is the test folder | a split into train, validation and a sealed test, groups kept together |
# | 5 | `VGG16(weights="imagenet", include_top=False)` | the right call, but it needs the internet | a backbone with verified weights on disk |
# | 6 | *(missing)* | every weight trains | `base.trainable = False`, then `compile`, then an audit |
# | 7 | `Flatten()` | 25,088 numbers for each picture at 224 px | `GlobalAveragePooling2D()` |
# | 8 | `Dense(1024, activation="relu")` | 525,312 weights after pooling, 25,691,136 after Flatten at 224 px | delete |
# | 9 | `Dense(num_classes, activation="softmax")` | random start on unscaled features | `Normalization` adapted on the training part, then `Dense(..., kernel_initializer="zeros")` |
# | 10 | `optimizer="rmsprop"` | the string hides a rate of 1e-3, fatal for a whole pretrained network | `Adam(1e-3)` for a head; the rate is always written |
# | 11 | `loss="categorical_crossentropy"` | correct, but wants one-hot labels | the sparse version with integer labels |
# | 12 | `model.fit_generator(...)` | `AttributeError`: no attribute `fit_generator` | `fit` |
# | 13 | `steps_per_epoch=100, epochs=50` | not epochs: 160,000 pictures shown from a set of a few hundred; in Keras 3 a generator that runs dry only warns | drop it; early stopping: chapter 06 |
# | 14 | `validation_steps=20` | hundreds of draws with repeats from a few dozen pictures: noise | measure each picture once, with an interval |
# | 15 | *(missing)* seeds, intervals, audit | one lucky run | seeds, holdouts, audit |
# | 16 | *(new)* one cut | | blocks 3+4+5, standardized |

# %% [markdown] tags=["prediction"] id="predict-13"
# > **Predict.** From the first rung to the last: how many points of accuracy, and how many times fewer
# > trained weights?
# >
# > Your answer:

# %% [markdown] id="seal-why"
# The last rung is the model to ship: the same joined features, and a logistic head fitted on all pictures but the test part. Everything is
# chosen now, so the seal may be broken. This happens **once**; `tl.evaluate` refuses a second model.

# %% id="seal"
assert split.times_opened == 0
start = time.perf_counter()
final_head = tl.fit_head(
    features[rows], labels[rows], groups=data.groups[rows], n_classes=data.n_classes
)
final_seconds = time.perf_counter() - start
final = tl.evaluate(final_head, features, split=split, part="test", name="final model, sealed test")
assert split.times_opened == 1
final

# %% id="ledger"
once = len(holdouts[0][0]) / rate  # seconds to send a training part through VGG16
few_steps = STEPS * 16 / rate
ledger = [
    tl.plots.Rung(score.name, score, score.weights, score.seconds + extra, note)
    for score, extra, note in (
        (classic_scores, 0, ""),
        (prepared_scores, 0, ""),
        (same_steps, few_steps, "this line did it"),
        (more_epochs, once, ""),
        (ladder[0], once, ""),
        *(
            (b, once, "goes down" if b.estimate < a.estimate else "")
            for a, b in pairwise(rungs.values())
        ),
    )
]
ledger.append(
    tl.plots.Rung(
        "final model, sealed test",
        final,
        final_head.trained_parameters,
        final_seconds + len(rows) / rate,
    )
)
figure = tl.plots.ledger(ledger, title="What each repair gave, and what it cost")
tl.show(figure, alt=tl.plots.ledger_alt(ledger))


# %% id="ledger-effects"
def step(after, before):
    return f"{before.estimate:.3f} → {after.estimate:.3f} ({recipes.decided(after.minus(before))})"


effects = {
    "2": f"everything trains: {step(prepared_scores, classic_scores)}; "
    f"frozen: {step(more_epochs, more_epochs_255)}",
    "3": f"time ÷ {pixels:.1f}",
    "6": step(same_steps, prepared_scores),
    "7": f"{step(rungs['+ average pooling'], more_epochs)}, "
    f"{more_epochs.weights:,} → {rungs['+ average pooling'].weights:,} weights",
    "8": step(rungs["+ linear, raw features"], rungs["+ average pooling"]),
    "9 and 10": step(rungs["+ start from zero"], rungs["+ linear, raw features"]),
    "13": f"{asked / rate / 3600:.1f} hours → {len(data) / rate:.0f} seconds",
    "16": step(rungs["+ blocks 3+4+5"], rungs["+ start from zero"]),
}
print(
    f"From first to last: {100 * (final.accuracy - classic_scores.estimate):+.0f} points, "
    f"{classic_scores.weights / final_head.trained_parameters:,.0f} times fewer trained weights."
)
pd.DataFrame({"line": effects.keys(), "effect, measured here": effects.values()}).style.hide(
    axis="index"
)

# %% [markdown] id="step-13-end"
# **One line gave the accuracy; the others gave the cost and the trust.** Freezing lifts the recipe from nothing
# to something useful. Most of the repairs after it move the accuracy little, and several intervals include zero. What they do is
# make the head thousands of times smaller and the wait thousands of times shorter, and make the
# number at the end believable.
#
# And some rungs go *down*. Repairs are not a staircase: a change can be right and lose, until the
# next one completes it.

# %% [markdown] id="step-14"
# ## 14. Can someone else use it?
#
# A head that expects features is of no use to anyone who has pictures. So put everything into one model:
# `uint8` pixels in, probabilities out. Flipping the channels and subtracting the means are ordinary Keras operations,
# so the file holds no code of ours, and `safe_mode=True` will load it.

# %% id="ship"
vgg = tl.backbone(image_size=IMAGE_SIZE, precision="float32").model  # float32 runs well anywhere
cuts = BLOCKS[2:]

pixels_in = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), dtype="uint8", name="rgb_pixels")
blue_first = keras.ops.flip(pixels_in, axis=-1)
centered = layers.Rescaling(1.0, offset=[-m for m in preprocessing.CHANNEL_MEANS_BGR])(blue_first)
trunk = keras.Model(vgg.input, [vgg.get_layer(cut).output for cut in cuts], name="vgg16")
trunk.trainable = False
averaged = [layers.GlobalAveragePooling2D()(block) for block in trunk(centered)]
together = layers.Concatenate()(averaged)
scaled = layers.Normalization(mean=final_head.mean, variance=final_head.scale**2)(together)
output = layers.Dense(data.n_classes, activation="softmax", kernel_initializer="zeros", name="head")
probabilities = output(scaled)
output.set_weights([final_head.weights, final_head.bias])
shipped = keras.Model(pixels_in, probabilities)

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "emoji.keras"
    shipped.save(file)
    print(f"saved: {file.stat().st_size / 1e6:.0f} MB")
    reloaded = keras.saving.load_model(file, safe_mode=True)

# %% id="ship-check"
from tlcourse.export import check_pixels

stored = final_head.predict_proba(features[some])
served = reloaded.predict(data.images[some], verbose=0)
tolerance = 1e-4 if network.precision == "float32" else 0.05  # the store may hold 16-bit arithmetic
assert np.allclose(served, stored, atol=tolerance)
print(f"largest difference from the path of this chapter: {np.abs(served - stored).max():.5f}")

for wrong in (data.images[some] / 255, data.images[some].astype("float32") - 128):
    try:
        check_pixels(wrong)
    except tl.errors.DataError as error:
        print("refused:", error)

# %% [markdown] id="ship-end"
# The model itself cannot refuse a wrong input: numbers are numbers, as section 6 showed. `check_pixels` stands in
# front of it and knows the usual mistakes. `tlcourse predict` on the command line uses it too.

# %% [markdown] id="widget-why"
# ## Drag the cut
#
# The neighbors of section 9, to play with. First the figure, then sliders. Drag the cut from block 1 to the
# joined blocks and watch color give way to kind. Then choose the input *divided, then preprocessed* and
# change the query: the neighbors hardly depend on the picture any more.

# %% tags=["widget"] id="widget"
inputs_to_show = {
    "correct": "correct",
    "÷255": "divided by 255",
    "both": "divided, then preprocessed",
}
widget_table = tl.widgets.neighbor_table(
    {
        (short, cut): (
            joined(as_fed[name]) if cut == "3+4+5" else as_fed[name][f"block{cut}_pool"]
        )[rows]
        for short, name in inputs_to_show.items()
        for cut in ("1", "2", "3", "4", "5", "3+4+5")
    },
    data.images[rows],
    labels[rows],
    class_names=data.class_names,
    names=item_names,
    queries=queries,
)
tl.widgets.drag_the_cut(widget_table, static_cuts=("1", "3", "5"))

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("03")

# %% id="last-checks"
assert hash(data.images.tobytes()) == pictures_before  # nobody wrote into the pictures
tl.audit.split_is_clean(split)
assert split.times_opened == 1
print("pictures unchanged, split clean, test opened once")

# %% [markdown] id="end"
# ## What you can now do
#
# *I freeze VGG16, feed it exactly what it was trained on, send every picture through it once, and
# train only a small standardized head that starts from zero.*
#
# You can say for each part of that sentence what happens without it, because you have seen it.
#
# ### References
#
# - Simonyan & Zisserman 2015, *Very Deep Convolutional Networks for Large-Scale Image Recognition* (ICLR): the network, and its mean-subtracted input.
# - Razavian et al. 2014, *CNN Features off-the-shelf: an Astounding Baseline for Recognition* (CVPR workshops): frozen features plus a linear classifier beat tuned systems of their day.
# - Yosinski et al. 2014, *How transferable are features in deep neural networks?* (NeurIPS): from general to specific, layer by layer; why the cut matters.
# - Kornblith, Shlens & Le 2019, *Do Better ImageNet Models Transfer Better?* (CVPR): logistic regression on frozen features as the standard protocol, over twelve data sets.
# - van der Maaten & Hinton 2008, *Visualizing Data using t-SNE* (JMLR): what the map preserves, neighborhoods, and hence what it does not.
#
# ### Where next
#
# Chapter 04 takes the other way out of section 3: let VGG16 move, but slowly. Chapter 05 is about trusting
# a number, chapter 06 about the gap between training and test.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (75).** Sections 1 to 3: 20. Sections 4 and 5: 12. Sections 6 and 7: 10. Sections 8 to 10: 13. Sections 11 and 12: 10.
# Sections 13 and 14: 10. Run the cell of section 3 during its vote: it trains five networks.
#
# **Misconceptions to listen for.** "More epochs will fix it." "Frozen means it cannot classify new
# classes." "t-SNE proves it." "÷255 is always right." "Fewer weights always help at once" (the rungs that go down).
#
# **Discuss.**
#
# 1. Preprocessing that is wrong on both sides costs little here. Would you ship it?
# 2. The ledger has one big rung of accuracy and many rungs of cost. Which would you tell your manager about?
#
# **Late?** Skip section 7, section 10 and the recorded table in section 3. Never skip sections 4, 6 and 13. Ask fast
# groups for exercise 03.6 with 80 labels.
#
# **If section 1 does not collapse somewhere**, praise the luck and compare the other seeds: the spread is the
# lesson. On pictures of your own the collapse comes too, but the order of cuts and the cost of a wrong
# input may differ: the text speaks of the emoji.
