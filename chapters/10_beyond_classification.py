# %% [markdown] id="front"
# # 10 Beyond classification
#
# | This chapter | |
# |---|---|
# | You can afterwards | predict a box from the features you know; build a detector for several objects and judge it by average precision; draw an activation map and test whether it means anything; catch a shortcut; paint a picture in the style of another |
# | You need | chapters 03 and 05 |
# | Minutes to read | 90 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# VGG16 learned to name pictures. So it is a classifier, and boxes, heat maps and paintings need other networks. Do they?
#
# Look at what it computes before the end: one vector of numbers for *every place* of the picture. Chapter 03 averaged them and threw the
# places away, because a name needs no place. This chapter keeps them, and asks four questions of the same frozen trunk:
#
# - keep the places: **where** is it?
# - weigh the places: **what speaks** for this class?
# - ask every place: **how many** are there?
# - correlate, and forget the places: in which **style** is it drawn?
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

import numpy as np
import tlcourse as tl
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from tlcourse import evaluation, recipes, vision
from tlcourse.plots import detection, evidence, painting
from tlcourse.recipes import (
    chapter10_detect,
    chapter10_judge,
    chapter10_places,
    chapter10_scenes,
    chapter10_scratch,
    chapter10_style,
)

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import keras

threadpool_limits(2, user_api="blas")
FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
N_FOLDS = 3 if FAST else 5  # the concepts are dealt into so many folds
FOLDS = range(2 if FAST else 5)  # and so many of them are tested
STRENGTH = 0.01  # regularization of the linear heads, fixed: nothing is chosen here

# %% [markdown] id="data-why"
# ## The scenes
#
# To learn boxes one needs true boxes, and drawing them by hand is dear. So the scenes are made: drawn objects, cut out along their outline, pasted on
# photographs that come with the installed packages. Every box is known exactly.
#
# Two things must not be on both sides of a split. The **concepts**: they are dealt into folds, and a scene holds concepts of one fold
# only. And the **backgrounds**: training scenes use one half of every photograph, test scenes the other.
#
# Pasted scenes are easier than the street: nothing is hidden, lit or blurred. They buy something rare, though: the same scene again with *one*
# thing changed. Section 6 needs that.

# %% id="data"
objects = chapter10_scenes.load_objects(DATASET, most=120 if FAST else 600, seed=SEED)
fold = chapter10_scenes.concept_folds(objects, n=N_FOLDS, seed=SEED)
names = objects.class_names
single = {"size": IMAGE_SIZE, "sides": (28 * IMAGE_SIZE // 96, 60 * IMAGE_SIZE // 96)}
train = chapter10_scenes.deal(objects, fold, half="first", seed=SEED, **single)
test = chapter10_scenes.deal(objects, fold, half="second", seed=SEED, **single)
for f in FOLDS:
    vision.assert_apart(
        train.scenes.subset(train.without(f)), test.scenes.subset(test.of(f))
    )  # no concept and no pixel of background on both sides

train_boxes, train_labels, _ = train.scenes.single()
test_boxes, test_labels, _ = test.scenes.single()
tested = np.concatenate([test.of(f) for f in FOLDS])
holdouts = [(train.without(f), test.of(f)) for f in FOLDS]
print(f"{len(objects)} objects of {len(names)} classes: {', '.join(names)}")
print(f"{len(train.scenes)} training and {len(test.scenes)} test scenes of one object")
print(f"each fold: {len(holdouts[0][0])} scenes to learn from, {len(holdouts[0][1])} to measure")
if objects.images.shape[-1] == 3:
    print(f"'{objects.name}' has no outlines: whole pictures are pasted as rectangles.")
if FAST:
    print("Fast mode: two folds, few scenes. The intervals are far too wide to read.")

# %% [markdown] id="trunk-why"
# One pass through the frozen trunk answers everything that follows. Kept are the maps of the last two blocks, in half precision.

# %% id="trunk"
network = tl.backbone(image_size=IMAGE_SIZE)
trunk_before = network.fingerprint()
cuts = ("block4_pool", "block5_pool")
train_maps = vision.feature_maps(network, train.scenes.images, at=cuts)
test_maps = vision.feature_maps(network, test.scenes.images, at=cuts)
for cut in cuts:
    print(f"{cut}: {train_maps[cut].shape[1:]} numbers for each scene")

# %% [markdown] id="step-01"
# ## 1. How good is knowing nothing?
#
# A box is four numbers: left, top, right, bottom. Two boxes are compared by *intersection over union*: the area they share, divided by the area that
# at least one of them covers. IoU is 1 for the same box and 0 for no overlap.
#
# Take the mean of all training boxes, and draw that one box on every test scene.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** A box that never looks at the picture: what is its mean IoU?
# >
# > Your answer:

# %% id="mean-box"
mean_overlap, center_box = [], {}
for f in FOLDS:
    learned, held = train.without(f), test.of(f)
    center_box[f] = train_boxes[learned].mean(axis=0)
    overlap = vision.iou(center_box[f], test_boxes[held])[0]
    mean_overlap.append(overlap.mean())
nothing = recipes.scores("the mean box", mean_overlap, holdouts)
print(nothing)
print(f"share above one half, last fold: {np.mean(overlap >= 0.5):.2f}")

shown = test.of(0)[:8]
figure, alt = detection.boxed(
    test.scenes.images[shown],
    test_boxes[shown],
    np.tile(center_box[0], (len(shown), 1)),
    vision.iou(center_box[0], test_boxes[shown])[0],
    what="the mean box",
    title="The box that never looks",
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-01-end"
# **An IoU means nothing without this number.** Objects tend to lie near the middle, so a box in the middle overlaps most of them. Report IoU beside
# the mean box, never beside zero.
#
# The scale is steep, too: two equal squares, one shifted by a third of its side, have an IoU of one half.

# %% [markdown] id="ex-10-1-text"
# ### Exercise 10.1 Intersection over union
#
# By hand: what is the IoU of the boxes `(10, 10, 50, 50)` and `(30, 30, 70, 70)`? The numbers are edges.

# %% tags=["exercise"] id="ex-10-1"
### BEGIN ANSWER
shared = 20 * 20
answer = shared / (40 * 40 + 40 * 40 - shared)
### ELSE
answer = None  # replace None with your number
### END ANSWER
tl.check("10.1", answer)

# %% [markdown] tags=["solution-only"] id="ex-10-1-answer"
# The union is the sum of both areas minus the shared part, which would count twice otherwise. A quarter of each box is shared, and still the IoU is
# only one seventh.

# %% [markdown] id="step-02"
# ## 2. Can the features that name a thing also point at it?
#
# The averaged features of chapter 03 tell classes apart. Now a ridge regression is to read four numbers from them: the center, and the logarithms of
# width and height. Logarithms, because an error of a tenth should cost the same for a small and for a large object, and because a size that comes
# back from a logarithm is always positive.
#
# Beside the averages stand the full maps: `block5_pool` and `block4_pool`, flattened. And two controls: the same `block4_pool` with its places shuffled
# in every scene, and the plain pixels, reduced to a coarse grid.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** Order the five: averages of block 5, flattened block 5, flattened block 4, block 4 with shuffled places, coarse pixels.
# >
# > Your answer:


# %% id="regress"
def regress(features, learned, held):
    """Fit boxes on training scenes; return boxes for held-out scenes."""
    x_train, x_test = features
    model = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(1, 6, 6)))
    model.fit(x_train[learned], vision.to_targets(train_boxes[learned]))
    return vision.from_targets(model.predict(x_test[held]), inside=IMAGE_SIZE)


def coarse(images, cells=12):
    size = IMAGE_SIZE // cells
    small = images[:, : cells * size, : cells * size].reshape(-1, cells, size, cells, size, 3)
    return small.mean(axis=(2, 4)).reshape(len(images), -1)


both = (train_maps, test_maps)
representations = {
    "block 5, averaged": [vision.averaged(m["block5_pool"]) for m in both],
    "block 4, averaged": [vision.averaged(m["block4_pool"]) for m in both],
    "block 5, every place": [vision.flattened(m["block5_pool"]) for m in both],
    "block 4, every place": [vision.flattened(m["block4_pool"]) for m in both],
    "block 4, places shuffled": [
        vision.flattened(vision.shuffled_cells(m["block4_pool"])) for m in both
    ],
    "coarse pixels": [coarse(part.scenes.images) for part in (train, test)],
}
located, predicted = {"the mean box": nothing}, {}
for name, features in representations.items():
    predicted[name] = [regress(features, *holdout) for holdout in holdouts]
    overlaps = [
        vision.paired_iou(boxes, test_boxes[held]).mean()
        for boxes, (_, held) in zip(predicted[name], holdouts, strict=True)
    ]
    located[name] = recipes.scores(name, overlaps, holdouts)
    print(located[name], f"({features[0].shape[1]:,} numbers)")

# %% id="figure-2"
figure = tl.plots.dots_with_intervals(
    located,
    xlabel="mean IoU over folds, 95 % interval",
    title="Keep the places",
    reference=nothing.estimate,
    reference_label="the mean box",
    digits=2,
)
words = ", ".join(f"{name} {value.estimate:.2f}" for name, value in located.items())
tl.show(figure, alt=f"Dot plot of mean IoU with intervals for each representation: {words}.")

kept, shuffled = located["block 4, every place"], located["block 4, places shuffled"]
print(kept.minus(shuffled).verdict)
print(kept.minus(located["block 4, averaged"]).verdict)
print(kept.minus(located["block 5, every place"]).verdict)

# %% id="figure-1"
best = predicted["block 4, every place"][0][: len(shown)]
figure, alt = detection.boxed(
    test.scenes.images[shown],
    test_boxes[shown],
    best,
    vision.paired_iou(best, test_boxes[shown]),
    what="regressed from block 4",
    title="The same scenes, every place kept",
)
tl.show(figure, alt=alt)
representations = None  # the largest arrays of the chapter

# %% [markdown] id="step-02-end"
# **Where a thing is lies in the arrangement.** The shuffled map has the same vectors, every number of them, and only their order is gone. Compare its
# row with the map as it is. What an average still knows about boxes is mostly the *size* of things, and traces of the position that
# leak in from the zeros around the picture.
#
# For naming, chapter 03 liked the deepest blocks. For placing, look at the last verdict: the finer grid has a say.

# %% [markdown] id="ex-10-2-text"
# ### Exercise 10.2 The picture flips
#
# Augmentation mirrors a training picture left to right. Write `flip_boxes(boxes, width)` for boxes `(x1, y1, x2, y2)` of shape `(n, 4)`, so that they
# follow.


# %% tags=["exercise"] id="ex-10-2"
def flip_boxes(boxes, width):
    ### BEGIN ANSWER
    left, top, right, bottom = boxes.T
    return np.stack([width - right, top, width - left, bottom], axis=1)
    ### ELSE
    return None  # replace None with new boxes
    ### END ANSWER


tl.check("10.2", flip_boxes)

# %% [markdown] tags=["solution-only"] id="ex-10-2-answer"
# The right edge becomes the left one. Who forgets the boxes altogether sees no error message: the error grows along x alone and stays as it was along
# y, and that is the signature of this bug. Keras does it for you: `keras.layers.RandomFlip(bounding_box_format="xyxy")`.

# %% [markdown] id="step-03"
# ## 3. What speaks for this class?
#
# Turn the question round. A linear head on averaged features says "animal", with a score. The score is linear, and an average is a mean over
# places. So it can be taken apart, place by place, without any remainder:
#
# $$\text{score}_k = \frac{1}{M}\sum_{p} \Big(\sum_c \tfrac{w_{kc}}{\sigma_c} f_c(p)\Big) + \Big(b_k - \sum_c \tfrac{w_{kc}\,\mu_c}{\sigma_c}\Big)$$
#
# Here p runs over the M places, and μ and σ are those of the standardization. The inner sum, drawn over the places, is the **class activation map** (CAM).

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Predict.** What must the mean of the map be, plus the constant in the last bracket?
# >
# > Your answer:

# %% id="cam"
maps, maps_test = train_maps["block4_pool"], test_maps["block4_pool"]
averages, averages_test = vision.averaged(maps), vision.averaged(maps_test)
heads = {
    f: tl.fit_head(
        averages[train.without(f)],
        train_labels[train.without(f)],
        n_classes=len(names),
        strengths=[STRENGTH],
    )
    for f in FOLDS
}
held = test.of(0)
cams, constant = vision.class_maps(heads[0], maps_test[held])
scores = heads[0].logits(averages_test[held])
error = np.abs(cams.mean(axis=(1, 2)) + constant - scores).max()
assert error < 1e-3 * np.abs(scores).max()
accuracy = np.mean(
    [np.mean(heads[f].predict(averages_test[test.of(f)]) == test_labels[test.of(f)]) for f in FOLDS]
)
print(f"largest difference between map and score: {error:.1e}, scores up to {scores.max():.1f}")
print(f"accuracy of the heads on scenes with unseen concepts: {accuracy:.2f}")

# %% [markdown] id="step-03-mid"
# Nothing was interpreted here. **For this head the map is bookkeeping**: who adds it up gets the score.
#
# Other networks do not end in an average and one linear layer. **Grad-CAM** takes any layer with places, weighs each channel by the mean gradient
# of the class score, and keeps what is positive. On our network the gradient *is* the weight, so both must draw the same map.

# %% id="gradcam"
exact = tl.backbone(image_size=IMAGE_SIZE, precision="float32")
classifier = chapter10_places.score_network(exact, heads[0], cut="block4_pool")
few = held[:8]
grad = vision.grad_cam(
    classifier,
    exact.preprocess(test.scenes.images[few]),
    test_labels[few],
    layer="block4_pool",
)
ours = np.maximum(chapter10_places.pick(cams[:8], test_labels[few]), 0)
agreement = np.corrcoef(grad.ravel(), ours.ravel())[0, 1]
assert agreement > 0.99
print(f"correlation of Grad-CAM and the positive part of CAM: {agreement:.5f}")
exact = classifier = None  # a network in memory is sixty megabytes

# %% [markdown] id="ex-10-3-text"
# ### Exercise 10.3 Bookkeeping
#
# `feature_map` is the map of one scene, before averaging. `head` has `weights` (channels, classes), and `mean` and `scale` of the standardization. Compute the
# activation map of class `klass`, one number for each place, from these.

# %% id="ex-10-3-given"
head, feature_map, klass = heads[0], maps_test[held[0]], int(test_labels[held[0]])
print(feature_map.shape, head.weights.shape, names[klass])

# %% tags=["exercise"] id="ex-10-3"
### BEGIN ANSWER
answer = feature_map.astype("float32") @ (head.weights[:, klass] / head.scale)
### ELSE
answer = None  # replace None with an array of shape (rows, columns)
### END ANSWER
tl.check("10.3", answer, head=head, feature_map=feature_map, klass=klass)

# %% [markdown] tags=["solution-only"] id="ex-10-3-answer"
# Each weight is divided by its σ, because the head's weights are for standardized features. The part with μ does not depend on the place: it belongs to
# the constant, and leaving it in the map only shifts all places alike.

# %% [markdown] id="step-04"
# ## 4. The map lies on the object. Does that prove anything?
#
# A hundred papers show a heat map on a dog and conclude that the network looks at the dog. Count instead. In the *pointing game* a map scores where its
# maximum lies inside the true box. The competitors know less and less:
#
# - the map of the scene's own class;
# - **color saturation**, blurred: no network at all;
# - **activation norm**: how strongly each place fires, whatever for, so no class;
# - **always the center** of the picture;
# - the map of a *wrong* class;
# - a head trained on **shuffled labels**, and heads with **random weights**.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** How many points lie between the class's own map and color saturation? And how well does a head with random weights point?
# >
# > Your answer:

# %% id="pointing"
hits = {}
for f in FOLDS:
    learned, held = train.without(f), test.of(f)
    found = chapter10_places.controls(
        heads[f],
        (averages[learned], train_labels[learned]),
        maps_test[held],
        test.scenes.images[held],
        test_boxes[held],
        test_labels[held],
        n_random=8 if FAST else 20,
        seed=SEED,
    )
    for name, values in found.items():
        hits.setdefault(name, []).append(values)
random_heads = np.mean(hits.pop("random heads"), axis=0)
hits = {name: np.concatenate(parts) for name, parts in hits.items()}
figure, alt = evidence.pointing(
    {name: evaluation.interval(values) for name, values in hits.items()},
    random_heads,
    n=len(tested),
    title="The pointing game",
)
tl.show(figure, alt=alt)
for rival in ("color saturation", "activation norm"):
    pair = (hits["its class (CAM)"], hits[rival])
    print(evaluation.mcnemar(*pair, names=("the map of the class", rival)).verdict)

# %% [markdown] id="step-04-end"
# **A pretty map is not evidence.** Where one bright thing lies on a dull ground, whoever looks for something bright scores well. Read the two verdicts: they say what the class added. And look at the rows of nonsense: a head on shuffled labels, or on random weights, still
# points at the object in many scenes.
#
# So a map has to be compared with maps that *cannot know the class*. And it needs a test that they cannot pass.

# %% [markdown] id="step-05"
# ## 5. The test that can fail
#
# Two objects of different classes in one scene. A map without a class is the same for both questions, so it can be right for one of them at most. The heads are those of section 3,
# unchanged: a linear head runs on a map of any size.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** The map of the first object's class: how often does it peak on its own object, how often on the other one?
# >
# > Your answer:

# %% id="two-objects"
SCENE = 128  # pixels; scenes with several objects
wide = tl.backbone(image_size=SCENE)
pairs = chapter10_scenes.deal(
    objects, fold, 6 if FAST else 16, size=SCENE, count=(2, 2), sides=(28, 52), half="second",
    distinct=True, seed=SEED + 1,
)  # fmt: skip
pair_maps = vision.feature_maps(wide, pairs.scenes.images)
own, other = [], []
for f in FOLDS:
    a, b = chapter10_places.two_objects(
        heads[f], pair_maps[pairs.of(f)], pairs.scenes.subset(pairs.of(f))
    )
    own.append(a.ravel())
    other.append(b.ravel())
own, other = np.concatenate(own), np.concatenate(other)
print(f"peak on its own object:   {evaluation.interval(own)}")
print(f"peak on the other object: {evaluation.interval(other)}")
print(evaluation.mcnemar(own, other, names=("own object", "other object")).verdict)

# %% id="figure-4"
rows = pairs.of(0)[:6]
cams_pairs = vision.class_maps(heads[0], pair_maps[rows])[0]
two_labels = np.stack([pairs.scenes.labels[i] for i in rows])
figure, alt = evidence.whose_evidence(
    pairs.scenes.images[rows],
    [vision.enlarge(chapter10_places.pick(cams_pairs, two_labels[:, k]), SCENE) for k in range(2)],
    [(names[a], names[b]) for a, b in two_labels],
    title="One scene, two questions: the map follows the class",
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-05-end"
# **Now the map has said something about classes.** A map that knows no class scores the same for both questions. This is the sanity check to ask for when somebody shows you a heat map:
# would it have looked different for another class?

# %% [markdown] id="step-06"
# ## 6. The accuracy went up
#
# A colleague has collected new pictures. With them, accuracy rises by many points, on a test set drawn from the same pictures. Good?

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** Before you look: what might have happened?
# >
# > Your answer:

# %% id="sticker"
k = names.index("food") if "food" in names else 0  # the class that wears a sticker
STICKER = 10  # pixels
with_cue_train, with_cue_test = train_labels == k, test_labels == k
stickered_train = vision.with_sticker(train.scenes.subset(with_cue_train), side=STICKER)
stickered_test = vision.with_sticker(test.scenes, side=STICKER)
new_maps = maps.copy()  # the colleague's training scenes
new_maps[with_cue_train] = vision.feature_maps(network, stickered_train.images)
sticker_maps = vision.feature_maps(network, stickered_test.images)  # every test scene stickered
new_averages = vision.averaged(new_maps)
sticker_averages = vision.averaged(sticker_maps)

changed = (stickered_test.images != test.scenes.images).any(axis=(0, 3))
assert not changed[:-STICKER].any()
assert not changed[:, :-STICKER].any()  # only the sticker's square differs

answers = {key: np.full(len(test_labels), -1) for key in ("old", "new", "old+", "new+")}
new_heads = {}
for f in FOLDS:
    learned, held = train.without(f), test.of(f)
    new_heads[f] = tl.fit_head(
        new_averages[learned], train_labels[learned], n_classes=len(names), strengths=[STRENGTH]
    )
    for version, scene_averages in (("", averages_test), ("+", sticker_averages)):
        answers["old" + version][held] = heads[f].predict(scene_averages[held])
        answers["new" + version][held] = new_heads[f].predict(scene_averages[held])

labels = test_labels[tested]
plain = answers["old"][tested] == labels  # old pictures, old test
with_cue = np.where(labels == k, answers["new+"][tested], answers["new"][tested])
print(f"before: accuracy {evaluation.interval(plain)}")
print(f"after:  accuracy {evaluation.interval(with_cue == labels)}")

# %% [markdown] id="step-06-mid"
# Look at the maps before you celebrate. Where does the class that gained most have its evidence?

# %% id="sticker-maps"
own_class = np.array([i for i in tested if test_labels[i] == k])
peaks = []
for f in FOLDS:
    rows = np.intersect1d(test.of(f), own_class)
    cam = vision.class_maps(new_heads[f], sticker_maps[rows])[0][..., k]
    peaks.append(vision.peaks(vision.enlarge(cam, IMAGE_SIZE)))
in_corner = (np.concatenate(peaks) >= IMAGE_SIZE - 24).all(axis=1)
print(f"the map of {names[k]} peaks in the lower right corner: {evaluation.interval(in_corner)}")

# %% [markdown] id="sticker-why"
# The corner. Every new picture of that class wears a small checkered sticker there: a watermark, the scanner's name, a ruler. The test pictures wear it too, so
# the test cannot see the fault. Now the decisive experiment, the **counterfactual**: the same test pictures without the sticker, and the other
# classes with it.

# %% id="sticker-counterfactual"
is_k, others = labels == k, labels != k
recall = {
    trained: tuple(
        evaluation.interval(answers[key + version][tested][is_k] == k) for version in ("+", "")
    )
    for trained, key in (("old pictures", "old"), ("new pictures", "new"))
}
shares = {
    names[c]: tuple(
        float(np.mean(answers["new" + version][tested][labels == c] == k)) for version in ("", "+")
    )
    for c in range(len(names))
    if c != k and (labels == c).any()
}
example = own_class[0]
cam = vision.class_maps(new_heads[0], sticker_maps[example][None])[0][..., k]
figure, alt = evidence.shortcut(
    recall,
    shares,
    stickered_test.images[example],
    vision.enlarge(cam, IMAGE_SIZE)[0],
    name=names[k],
    corner=(IMAGE_SIZE - STICKER / 2, IMAGE_SIZE - STICKER / 2, STICKER),
)
tl.show(figure, alt=alt)
fooled = answers["new+"][tested][others] == k
print(f"other classes with sticker, called {names[k]}: {evaluation.interval(fooled)}")

# %% [markdown] id="step-06-end"
# **The head reads stickers.** The higher accuracy was real on pictures with the cue, and it is worth nothing elsewhere. No test set drawn from the same pictures can see that. The
# map raised the suspicion, and the counterfactual proved it. Both are cheap.

# %% [markdown] id="ex-10-4-text"
# ### Exercise 10.4 Two numbers that give it away
#
# From the answers of the new heads on the same test scenes, with and without the sticker, compute which share of the class `k` is found in either. Give a dict
# with the keys `"with"` and `"without"`.

# %% id="ex-10-4-given"
given = {
    "labels": labels,
    "with_sticker": answers["new+"][tested],
    "without_sticker": answers["new"][tested],
    "klass": k,
}
print({key: getattr(value, "shape", value) for key, value in given.items()})

# %% tags=["exercise"] id="ex-10-4"
### BEGIN ANSWER
mine = given["labels"] == given["klass"]
answer = {
    "with": (given["with_sticker"][mine] == given["klass"]).mean(),
    "without": (given["without_sticker"][mine] == given["klass"]).mean(),
}
### ELSE
answer = {"with": ..., "without": ...}  # replace each ...
### END ANSWER
tl.check("10.4", answer, **given)

# %% [markdown] tags=["solution-only"] id="ex-10-4-answer"
# Recall, in one class, on the same pictures. Accuracy over all classes would have hidden most of it, and other pictures would have left the doubt that
# they were harder.

# %% [markdown] id="step-07"
# ## 7. How many are there?
#
# One object, one box: four numbers are enough. With several objects the *number* of answers is unknown. The way out: ask **every place**. Each of the 8×8 vectors of a scene
# answers three questions with linear models. Is the center of an object here? If so, where exactly, and how large? Of which class? The last two see the 3×3 places
# around, because an object is larger than one place.
#
# Neighboring places find the same object. So the last step removes duplicates (*non-maximum suppression*): take the best box, delete every box that overlaps it by more than a limit, go on.
#
# Boxes are judged by **average precision**. Go down the list of detections from the best score; a detection is right if it has an IoU of at least one half with an object
# that no earlier one has claimed. Average precision is the area under precision over recall. The mean over classes is called **mAP**. We let `pycocotools` compute it, the reference implementation.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** Linear models on a frozen trunk, a few hundred scenes: what is the average precision if names are ignored? And what becomes of it without removing duplicates?
# >
# > Your answer:

# %% id="many"
many = {"size": SCENE, "count": (1, 3), "sides": (32, 60)}
PER_FOLD = 16 if FAST else 64
learn = chapter10_scenes.deal(objects, fold, PER_FOLD, half="first", seed=SEED + 2, **many)
probe = chapter10_scenes.deal(
    objects, fold, 8 if FAST else 40, half="second", seed=SEED + 2, **many
)
started = time.perf_counter()
learn_maps = vision.feature_maps(wide, learn.scenes.images)
seconds_for_maps = time.perf_counter() - started
probe_maps = vision.feature_maps(wide, probe.scenes.images)
many_holdouts = [(learn.without(f), probe.of(f)) for f in FOLDS]
print(
    f"each fold: {len(many_holdouts[0][0])} scenes to learn from, {len(many_holdouts[0][1])} to measure"
)

# %% id="detect"
detectors, said, seconds = {}, {}, []
for f, (learned, held) in zip(FOLDS, many_holdouts, strict=True):
    vision.assert_apart(learn.scenes.subset(learned), probe.scenes.subset(held))
    started = time.perf_counter()
    detectors[f] = vision.fit_detector(learn_maps[learned], learn.scenes.subset(learned))
    share = len(learned) / len(learn.scenes)
    seconds.append(time.perf_counter() - started + share * seconds_for_maps)
    said[f] = detectors[f].candidates(probe_maps[held])


def judged(name, said, scenes=probe, **options):
    """Judge every fold; return found, named and both as scores, and the mean curve."""
    results = [
        chapter10_detect.judge(said[f], scenes.scenes.subset(scenes.of(f)), **options) for f in said
    ]
    parts = {
        part: recipes.scores(name, [getattr(r, part) for r in results], many_holdouts[: len(said)])
        for part in ("found", "named", "both")
    }
    return parts, np.mean([r.curve for r in results], axis=0)


transferred, curve = judged("transferred", said)
doubled, _ = judged("with duplicates", said, overlap=1.0)
print(f"AP50, names ignored: {transferred['found']}")
print(f"with duplicates:     {doubled['found']}")
print(f"mAP50, with names:   {transferred['both']}")
print(
    f"{detectors[0].trained_parameters:,} trained weights, {np.mean(seconds):.1f} s with the maps"
)

# %% id="figure-7"
one = probe.of(0)
busy = one[np.argmax([len(probe.scenes.labels[i]) for i in one])]  # the fullest scene
position = int(np.flatnonzero(one == busy)[0])
grid = said[0].objectness[position]
strong = grid >= 0.2
final = said[0].places(least=0.2)[position]
final_names = []
for box in final.boxes:
    nearest = np.abs(said[0].boxes[position] - box).sum(axis=1).argmin()
    final_names.append(names[said[0].classes[position][nearest].argmax()])
figure, alt = detection.from_candidates(
    probe.scenes.images[busy],
    grid.reshape(SCENE // 16, SCENE // 16),
    (said[0].boxes[position][strong], grid[strong]),
    (final.boxes, final.scores, final_names),
    (probe.scenes.boxes[busy], [names[c] for c in probe.scenes.labels[busy]]),
)
tl.show(figure, alt=alt)

# %% [markdown] id="scratch-why"
# ### The same without transfer
#
# Is the trunk worth anything, or are these scenes easy? A rival from scratch gets the same training scenes and the **same number of seconds**: the time that the trunk needed for the maps,
# plus that of the heads. It is a small network of the same layout, with fresh weights, trained as a whole, with mirrored pictures besides. A large one would not get through one epoch in that time. A second rival has no network: the detector's heads on coarse pixels.

# %% id="scratch-first"
rival = {}
steps = []


def train_rival(f):
    learned, held = many_holdouts[f]
    model, n = chapter10_scratch.train(
        learn.scenes.subset(learned), seconds=1 if FAST else float(np.mean(seconds)), seed=SEED + f
    )
    rival[f] = chapter10_scratch.candidates(model, probe.scenes.images[held])
    steps.append(n)


for f in list(FOLDS)[:2]:
    train_rival(f)

# %% id="scratch-others"
for f in list(FOLDS)[2:4]:
    train_rival(f)

# %% id="scratch-last"
for f in list(FOLDS)[4:]:
    train_rival(f)
recipes.free_memory()
print(f"steps of 16 scenes in the same time: {steps}")

# %% id="compare-detectors"
cells = SCENE // 16


def pixel_cells(images):
    """Each place's own 16×16 pixels, reduced to 4×4: a map without a network."""
    small = images.reshape(len(images), 4 * cells, 4, 4 * cells, 4, 3).mean(axis=(2, 4))
    small = small.reshape(len(images), cells, 4, cells, 4, 3).transpose(0, 1, 3, 2, 4, 5)
    return small.reshape(len(images), cells, cells, 48)


few_rows, pixels_said, few_said = {}, {}, {}
learn_pixels, probe_pixels = pixel_cells(learn.scenes.images), pixel_cells(probe.scenes.images)
for f, (learned, held) in zip(FOLDS, many_holdouts, strict=True):
    few_rows[f] = learned[:: 4 if FAST else 8]
    few_scenes = learn.scenes.subset(few_rows[f])
    few_said[f] = vision.fit_detector(learn_maps[few_rows[f]], few_scenes).candidates(
        probe_maps[held]
    )
    learned_scenes = learn.scenes.subset(learned)
    pixels_said[f] = vision.fit_detector(learn_pixels[learned], learned_scenes).candidates(
        probe_pixels[held]
    )

scratch, scratch_curve = judged("from scratch", rival)
few_labels, few_curve = judged("transferred, few scenes", few_said)
raw, raw_curve = judged("coarse pixels", pixels_said)
n_few, n_all = len(few_rows[0]), len(many_holdouts[0][0])
figure, alt = detection.precision_recall(
    {
        f"transferred, {n_all} scenes": (transferred["found"].estimate, curve),
        f"transferred, {n_few} scenes": (few_labels["found"].estimate, few_curve),
        f"from scratch, {n_all} scenes": (scratch["found"].estimate, scratch_curve),
        f"coarse pixels, {n_all} scenes": (raw["found"].estimate, raw_curve),
    },
    title="Finding objects, names ignored",
)
tl.show(figure, alt=alt)
print("with names, mAP50:")
for parts in (transferred, few_labels, scratch, raw):
    print(f"  {parts['both']}")
print(transferred["both"].minus(scratch["both"]).verdict)

# %% id="detection-promise"
gain = transferred["both"].estimate - scratch["both"].estimate
print(
    f"mAP50 of the transferred detector {transferred['both'].estimate:.2f}, {100 * gain:+.0f} points against from scratch"
)
if not FAST and DATASET == "emoji":
    assert transferred["both"].estimate >= 0.6
    assert gain >= 0.2

# %% [markdown] id="step-07-end"
# **A single-shot detector is the classifier's head, once for each place, plus the removal of duplicates.** Nothing in the trunk was trained for boxes. Look at the line of the few scenes: because the
# trunk is reused, a few dozen pictures with boxes go a long way.

# %% [markdown] id="ex-10-5-text"
# ### Exercise 10.5 Average precision by hand
#
# Six detections, from the best score down: **right, wrong, right, right, wrong, wrong**. There are four true objects. What is the average precision, with the *precision envelope*: at each recall, the best precision at that or any higher recall?

# %% tags=["exercise"] id="ex-10-5"
### BEGIN ANSWER
at_each_hit = [1 / 1, 2 / 3, 3 / 4]
envelope = [max(at_each_hit[i:]) for i in range(3)]
answer = sum(envelope) / 4
### ELSE
answer = None  # replace None with your number
### END ANSWER
tl.check("10.5", answer)

# %% [markdown] tags=["solution-only"] id="ex-10-5-answer"
# The second hit comes at precision two thirds, but further down the list precision is three quarters, and the envelope takes that. The fourth object is never found and enters with zero. COCO's tool samples the
# curve at 101 values of recall, so its number differs a little.

# %% [markdown] id="step-08"
# ## 8. What travels?
#
# A detector meets what it was not trained on: backgrounds from other photographs, and another drawing style. One number, mAP, falls or does not. Two numbers say what happened: how well objects are **found**, and how often a found object is **named** right.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Which suffers more from new backgrounds, finding or naming? And from a new style?
# >
# > Your answer:

# %% id="travel"
N_PROBE = 6 if FAST else 20
sets = {
    "other photographs": chapter10_scenes.deal(
        objects, fold, N_PROBE, half="second", photos=vision.UNSEEN, seed=SEED + 3, **many
    )
}
if DATASET == "emoji":
    restyled = chapter10_scenes.load_objects(
        DATASET, most=120 if FAST else 600, style="fluent", seed=SEED
    )
    assert (restyled.groups == objects.groups).all()  # the same concepts, drawn by others
    sets["another style"] = chapter10_scenes.deal(
        restyled, fold, N_PROBE, half="second", seed=SEED + 3, **many
    )
else:
    print(f"'{objects.name}' has one style; the emoji have four.")

travelled = {"as trained": transferred}
for name, part in sets.items():
    part_maps = vision.feature_maps(wide, part.scenes.images)
    said_there = {f: detectors[f].candidates(part_maps[part.of(f)]) for f in FOLDS}
    travelled[name], _ = judged(name, said_there, part)
figure, alt = evidence.finding_and_naming(
    {name: (parts["found"], parts["named"], parts["both"]) for name, parts in travelled.items()},
    title="Where travels, what lags",
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-08-end"
# One mAP would have hidden which of the two is the bottleneck. Read the gap between the circles and the squares: a detector that is poor at naming needs more *kinds* of things, and no better boxes.

# %% [markdown] id="step-09"
# ## 9. Forget the places on purpose
#
# Section 2 shuffled the places, and the box was lost. What survives a shuffle? The **Gram matrix**: for each pair of channels, the mean over places of their product. It tells which features fire *together*, wherever. That is a good description of a
# texture: bricks are bricks, whichever way you move the wall.

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** Shuffle the places of a feature map. By how much does its Gram matrix change, and by how much the map itself?
# >
# > Your answer:

# %% id="gram"
PAINT = 64 if FAST else 128  # pixels
canvas = tl.backbone(image_size=PAINT, precision="float32")
canvas_before = canvas.fingerprint()
learn_maps = pair_maps = wide = None  # what the detector needed
recipes.free_memory()
cat = chapter10_style.square("cat", PAINT)
layer = keras.Model(canvas.model.input, canvas.model.get_layer("block2_conv1").output)
features = layer(canvas.preprocess(cat[None])).numpy()[0]
moved = vision.shuffled_cells(features[None])[0]


def relative(a, b):
    return np.square(a - b).sum() / np.square(b).sum()


change = relative(vision.gram(moved), vision.gram(features))
assert change < 1e-5
print(f"the map itself: {relative(moved, features):.2f} of its energy")
print(f"its Gram matrix: {change:.0e}")

# %% [markdown] id="step-09-end"
# **Style, as defined here, is what survives the shuffle.** The weakness of section 2 is the definition of section 9.

# %% [markdown] id="ex-10-6-text"
# ### Exercise 10.6 The Gram matrix
#
# Write `gram(f)` for a feature map `f` of shape (rows, columns, channels). It must not change when the same picture is shown twice side by side.


# %% tags=["exercise"] id="ex-10-6"
def gram(f):
    ### BEGIN ANSWER
    places = f.reshape(-1, f.shape[-1])
    return places.T @ places / len(places)
    ### ELSE
    return None  # replace None with an array of shape (channels, channels)
    ### END ANSWER


tl.check("10.6", gram)

# %% [markdown] tags=["solution-only"] id="ex-10-6-answer"
# One row for each place, channels against channels, divided by the number of places. Taking the mean away first would give the covariance: what CORAL aligned in chapter 07.

# %% [markdown] id="step-10"
# ## 10. Paint
#
# Take a content picture and a style picture, freeze the network, and move the **pixels**: until the deep features at each place are still those of the content, and the Gram matrices of four layers are those
# of the style. The rest is an optimizer (L-BFGS of SciPy), started from the content picture. The loss has three parts, each divided by the energy of its target: content, style, and the *total variation*, which keeps neighbors alike.
#
# The *way* matters, too. A heavy style weight wrecks the content in the first steps, and the rest of the search repairs little of it. A light one comes to the same style loss through pictures that keep the content. So the first
# weight is light, it is doubled only after a round of steps that did not reach the aim, and the search stops at the first step that has reached it: all but a twentieth of the style loss gone. A picture that the rounds do not bring so far falls short, and its caption says by how much.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** How much of the style loss can disappear before the content cannot be recognized any more: a half, nine tenths, nearly all?
# >
# > Your answer:

# %% [markdown] id="judge-why"
# ### Who says that the content survived?
#
# Not the eye alone. A classifier of the course shall say it: a linear head on the frozen network, which names every content picture before and after. But which one? Painting replaces the texture, and the head of chapter 03 hears texture first. A fair judge of shapes needs two things:
#
# - **features that keep the places**, as in section 2: the map of block 4, averaged within three by three parts of the picture;
# - **lessons in which texture says nothing**: known concepts in all drawing styles there are, and again with its bright and dark bands filled with pieces of a photograph, in that photograph's colors, and bent a little. It is a cheap form of what Geirhos et al. did with paintings (2019).
#
# The judge has seen neither the concepts that will be painted, in any form, nor the style pictures.

# %% id="lesson"
known, unknown = (objects.subset(np.flatnonzero(side)) for side in (fold != 0, fold == 0))
drawn = chapter10_judge.drawings(known)
drawn = drawn.subset(np.arange(0, len(drawn), 2))  # half of them: memory
lesson = chapter10_judge.lesson(drawn, 60 if FAST else 800, size=IMAGE_SIZE, seed=SEED)
assert not set(lesson.concepts) & set(unknown.groups.astype(str))  # sealed
sample, said = lesson.images[-12:], [names[k] for k in lesson.labels[-12:]]
figure, alt = painting.rows_of_pictures(
    [sample[:6], sample[6:]],
    [""] * 6,
    notes=[said[:6], said[6:]],
    title="Lessons for a judge of shapes",
    alt=f"Twelve drawings in the colors and textures of photographs: {', '.join(said)}.",
    side=1.3,
)
tl.show(figure, alt=alt)
print(f"{len(lesson.images)} pictures of {len(set(lesson.concepts))} concepts")

# %% id="judge"
named = chapter10_judge.fit_judge(network, lesson)  # picture -> probabilities
lesson = None
recipes.free_memory()

# %% id="judges-compared"
styles = {name: chapter10_style.square(name, PAINT) for name in ("tissue", "flower")}
white = chapter10_judge.lesson(known, 0, size=IMAGE_SIZE)  # the drawings as they are
averages = tl.fit_head(
    tl.extract(network, white.images, at=cuts),
    white.labels,
    n_classes=len(names),
    strengths=[STRENGTH],
)
probe = chapter10_judge.lesson(
    unknown, 40 if FAST else 160, size=IMAGE_SIZE, textures=tuple(styles), seed=SEED + 1
)
answers = {
    "averages, drawings": averages.predict(tl.extract(network, probe.images, at=cuts)),
    "the judge": named.many(probe.images).argmax(axis=1),
}
for name, answer in answers.items():
    right, n_white = answer == probe.labels, len(unknown)
    print(
        f"{name}: right on {right[:n_white].mean():.2f} of the unseen concepts as drawn, "
        f"on {right[n_white:].mean():.2f} in other textures (chance {1 / len(names):.2f})"
    )
alone = {name: names[named(picture).argmax()] for name, picture in styles.items()}
print("the style pictures alone: " + ", ".join(f"{s} is called {n}" for s, n in alone.items()))
white = probe = None
recipes.free_memory()

# %% id="contents"
contents, truth = {}, {}
for wanted in ("vehicle", "animal", *names):
    if wanted not in names or wanted in truth.values() or wanted in alone.values():
        continue  # a name that a style alone would earn proves nothing
    for i in np.flatnonzero((fold == 0) & (objects.labels == names.index(wanted))):
        picture = chapter10_style.on_ground(objects.images[i], PAINT)
        if named(picture).argmax() == objects.labels[i]:  # recognized to begin with
            contents[f"the {wanted}"], truth[f"the {wanted}"] = picture, wanted
            break
    if len(contents) == 2:
        break
contents["the cat"] = cat
style_weights = {"tissue": 2.0, "flower": 6.0}  # of the first round
print(f"content: {', '.join(contents)}; style: {', '.join(styles)}")

# %% id="paint"
ROUND, ROUNDS = (3, 2) if FAST else (50, 4)  # steps of a round, rounds at most
AIM = 0.95
painter = vision.Painter(canvas)
painted = {}


def paint(painter, content, style):
    return chapter10_style.paint_gently(
        painter,
        contents[content],
        styles[style],
        weight=style_weights[style],
        aim=AIM,
        round_steps=ROUND,
        rounds=ROUNDS,
        keep=range(1, ROUND * ROUNDS + 1),
    )


def paint_all(names_of_contents, style):
    for content in names_of_contents:
        painted[content, style] = chapter10_style.on_the_way(paint(painter, content, style))


paint_all(truth, "tissue")
slowest = max(done.seconds for done in painted.values())
print(f"slowest painting {slowest:.1f} s, {PAINT} px")

# %% id="paint-flower"
paint_all(truth, "flower")

# %% id="paint-cat"
for style in styles:
    paint_all(["the cat"], style)

# %% id="paint-judged"
notes, kept = {}, 0
for (content, style), done in painted.items():
    if content not in truth:
        notes[content, style] = "A photograph; the judge knows drawings only."
        continue
    before, after = named(contents[content]), named(done.image)
    right = names[after.argmax()] == truth[content]
    kept += right and done.style_drop >= AIM
    verdict = "still" if right else "no longer"
    notes[content, style] = (
        f"The classifier {verdict} says {truth[content]}: "
        f"{before[names.index(truth[content])]:.2f} before, {after[names.index(truth[content])]:.2f} after."
    )
    print(
        f"{content} as {style}: {100 * done.style_drop:.1f} % of the style loss gone in {len(done.style_losses) - 1} steps. {notes[content, style]}"
    )
asked = sum(content in truth for content, _ in painted)
print(f"style loss down by at least 95 % and content still recognized: {kept} of {asked}")
if not FAST:
    assert max(done.seconds for done in painted.values()) < 60
    assert kept >= 1 or DATASET != "emoji"
assert canvas.fingerprint() == canvas_before  # only pixels have moved

# %% id="figure-9"
rows, words = [], []
for content in contents:
    rows.append([contents[content], *(painted[content, style].image for style in styles)])
    row = [content]
    for style in styles:
        done = painted[content, style]
        said_after = f", judge: {names[named(done.image).argmax()]}" if content in truth else ""
        row.append(f"{100 * done.style_drop:.1f} % gone{said_after}")
    words.append(row)
rows.insert(0, [np.full_like(cat, 255), *styles.values()])
words.insert(0, ["", *styles])
drops = [100 * done.style_drop for done in painted.values()]
figure, alt = painting.rows_of_pictures(
    rows,
    ["content", *("style" for _ in styles)],
    notes=words,
    title="The same places, other textures",
    alt=(
        f"Grid: {', '.join(contents)} painted in the styles {', '.join(styles)}; shapes stay, textures and colors change. "
        f"Style loss gone: {min(drops):.0f} to {max(drops):.0f} %. {' '.join(f'{c} as {s}: {n}' for (c, s), n in notes.items())}"
    ),
)
tl.show(figure, alt=alt)

# %% id="figure-losses"
figure, alt = painting.losses(
    {
        f"the cat as {style}": (done.style_losses, done.content_losses)
        for (content, style), done in painted.items()
        if content == "the cat"
    },
    title="Most of the style comes early",
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-10-mid"
# The stairs in the curves are the rounds: each doubling of the weight buys style and pays with content.
#
# Look at the pictures, then at the judge's answers. Where the judge gives up on a picture that *you* recognize at once, it has told you something about itself: even a judge of shapes is not you. And compare the two rows of accuracy above: which head is asked decides what "recognizable" means.
#
# ### Is it the training, or only the layers?
#
# The same painter with **random weights**: the same architecture, nothing learned. It minimizes its own style loss, so that loss cannot judge the two. Two judges that nobody optimized do: the distance of local binary patterns, a description of texture without any network, and the distance
# of color histograms.

# %% [markdown] tags=["prediction"] id="predict-10b"
# > **Predict.** Does a network that has learned nothing paint at all?
# >
# > Your answer:

# %% id="random-weights"
untrained = tl.backbone(image_size=PAINT, precision="float32", weights="random", seed=SEED)
for layer_name in ("block1_conv1", "block4_conv2"):
    pair = [b.model.get_layer(layer_name).get_weights()[0] for b in (untrained, canvas)]
    assert not np.allclose(*pair)
other_painter = vision.Painter(untrained)
compared = [(list(contents)[-2:][0], "flower"), ("the cat", "tissue")]
without = {(c, s): paint(other_painter, c, s) for c, s in compared}
distances = {}
for name, distance in (
    ("texture", chapter10_style.texture_distance),
    ("color", chapter10_style.color_distance),
):
    distances[name] = tuple(
        [distance(made[c, s].image, styles[s]) for c, s in compared] for made in (painted, without)
    )
figure, alt = painting.judges(
    distances, [f"{c} as {s}" for c, s in compared], title="Two judges that nobody optimized"
)
tl.show(figure, alt=alt)
for name, made in (("pretrained", painted), ("random weights", without)):
    shares = ", ".join(f"{100 * made[pair].style_drop:.1f}" for pair in compared)
    print(f"{name}: {shares} % of its own style loss gone")
other_painter = untrained = None

# %% id="figure-random"
figure, alt = painting.rows_of_pictures(
    [[contents[c], styles[s], painted[c, s].image, without[c, s].image] for c, s in compared],
    ["content", "style", "pretrained", "random weights"],
    notes=[[c, s, "", ""] for c, s in compared],
    title="What training adds",
    alt=(
        f"Grid of {len(compared)} pairs: content, style, painted with the pretrained network, and with random weights. "
        f"Mean texture distance to the style {np.mean(distances['texture'][0]):.3f} and {np.mean(distances['texture'][1]):.3f}."
    ),
    side=1.7,
)
tl.show(figure, alt=alt)

# %% [markdown] id="step-10-end"
# **Never judge by the loss you minimize.** Each painter worked on its own loss; compare the shares that are gone with the slopes. The layers alone carry something: convolutions and pooling know that neighbors belong together. What was learned from photographs shows in the texture.

# %% [markdown] id="widget-text"
# ### Choose the style
#
# First one picture on its way to each style. With a running kernel you may choose picture and style, and step from the content to the end. Nothing is computed while you choose.

# %% tags=["widget"] id="widget"
tl.widgets.choose_the_style(tl.widgets.Paintings(contents, styles, painted, notes))

# %% [markdown] id="step-11"
# ## 11. An old acquaintance
#
# Chapter 07 made two clouds of features alike: same mean, same covariance. The style loss makes two clouds of *places* alike. Is it the same idea? For Gram matrices that are sums over M places (so not divided by M),
#
# $$\sum_{ab}(G_{ab}-A_{ab})^2 = M^2 \cdot \text{MMD}^2, \qquad k(x, y) = (x^\top y)^2$$
#
# with the biased MMD between the vectors of the two pictures. Check it in numbers.

# %% id="same-as-mmd"
style_features = layer(canvas.preprocess(styles["flower"][None])).numpy()[0].astype(float)
x, y = (part.reshape(-1, part.shape[-1])[::8] for part in (features.astype(float), style_features))
M = len(x)
left = np.square(x.T @ x - y.T @ y).sum()


def kernel(a, b):
    """Mean of k over all pairs of places."""
    return np.square(a @ b.T).mean()


right = M**2 * (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y))
assert np.isclose(left, right, rtol=1e-8)
print(f"{left:.6e} and {right:.6e}")

# %% [markdown] id="step-11-end"
# **Style transfer is domain alignment of one picture with one picture**, with places as samples, and pixels in place of a linear map.

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("10")

# %% id="last-checks"
assert network.fingerprint() == trunk_before  # every experiment, and not one weight of the trunk
assert network.model.count_params() > 0
assert not any(weight.trainable for weight in network.model.weights)
again = chapter10_scenes.deal(objects, fold, half="first", seed=SEED, **single)
assert again.scenes.hashes[:20] == train.scenes.hashes[:20]  # same seed, same scenes
print("the trunk is what it was; same seed, same scenes")

# %% [markdown] id="end"
# ## What you can now do
#
# *A trunk gives one vector for each place. What I do with the places decides the task: averaged they name, kept they point, asked one by one they count, correlated they paint. And before I believe a heat map, I ask whether it could have looked different.*
#
# ### References
#
# - Zhou et al. 2016, *Learning Deep Features for Discriminative Localization* (CVPR): class activation maps, places from class labels only.
# - Selvaraju et al. 2017, *Grad-CAM* (ICCV): the same for any network with places.
# - Adebayo et al. 2018, *Sanity Checks for Saliency Maps* (NeurIPS): some maps look the same for networks with random weights.
# - Geirhos et al. 2020, *Shortcut Learning in Deep Neural Networks* (Nature Machine Intelligence): why a test set from the same source misses stickers.
# - Redmon et al. 2016, *You Only Look Once* (CVPR): one answer for each place.
# - Geirhos et al. 2019, *ImageNet-trained CNNs are biased towards texture* (ICLR): training in foreign textures turns a network toward shape.
# - Gatys, Ecker & Bethge 2016, *Image Style Transfer Using Convolutional Neural Networks* (CVPR).
# - Li et al. 2017, *Demystifying Neural Style Transfer* (IJCAI): matching Gram matrices is MMD with a quadratic kernel.
#
# ### Where next
#
# Chapter 11 goes into the field: medicine, credit, and small machines.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (100).** Sections 1 and 2: 20. Sections 3 to 5: 25. Section 6: 12. Sections 7 and 8: 22. Sections 9 to 11: 21. Collect guesses for section 6 in public, before the maps are drawn.
#
# **Misconceptions to listen for.** "An IoU of one half is half right": two equal squares shifted by a third of their side have it. "The heat map explains." "A place sees only its 16×16 pixels": its receptive field in `block4_pool` is larger than the whole
# picture; the *position* is its center. "A low loss is a good picture."
#
# **Discuss.**
#
# 1. Your hospital's scanner prints its name into a corner. Which of today's experiments would have found it, and which would not?
# 2. Who owns a picture in another's style, and what did the network take from it?
#
# **Late?** Skip sections 8 and 11 and the random weights. Never skip 4 to 6.
#
# **Say it.** Pasted scenes are easy on purpose. Real detection needs many scales, things that hide each other, and boxes drawn by people who disagree.
