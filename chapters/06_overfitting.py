# %% [markdown] id="front"
# # 06 Overfitting
#
# | This chapter | |
# |---|---|
# | You can afterwards | judge a remedy by gap, accuracy, likelihood and calibration together; tell a broken recipe from overfitting; keep fine-tuning on a leash; know when early stopping lies |
# | You need | chapters 03 and 05; for sections 7 and 8 also 04 |
# | Minutes to read | 85 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# *A gap of 40 points between training and test is the disease. A remedy that closes the gap has cured it, more regularization is safer, and early stopping is free.* That is what most
# people have been taught.
#
# In this chapter you have ten labeled pictures of each class and a head with more than a million weights. You will meet six famous remedies, each alone and all combined, under one protocol.
# You will see that a recipe that was broken before training began can pass for overfitting, and can turn a harmless remedy into a harmful one.
# One rule runs through everything: **repair the recipe before you regularize it, and judge by more than the gap.**
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down before you run the cell.

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% [markdown] id="setup-why"
# Nearly everything here trains on answers that the frozen part of VGG16 gave once. They are computed in one cell and shared by all remedies and all seeds.

# %% id="setup"
from dataclasses import replace

import numpy as np
import tlcourse as tl
from tlcourse import datasets, recipes
from tlcourse.evaluation import interval
from tlcourse.finetuning import FreezePlan, cache_trunk
from tlcourse.plots import overfitting
from tlcourse.recipes import chapter04_arms as arms
from tlcourse.recipes import chapter04_tail as tails
from tlcourse.recipes import chapter06_chart as charts
from tlcourse.recipes.chapter06_heads import AT, HeadLab, Treatment, grids
from tlcourse.recipes.chapter06_leash import LeashedTail, leash_run

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

import pandas as pd

FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
IMAGE_SIZE = min(IMAGE_SIZE, 64) if FAST else IMAGE_SIZE
SEEDS = 2 if FAST else 5  # draws of each experiment
EPOCHS = 10 if FAST else 30

# %% [markdown] id="protocol-why"
# ## The protocol
#
# - **A test apart.** Two fifths of the pictures are put aside. No temperature, strength or epoch is fitted on them.
# - **Five draws.** From the rest, ten labels of each class are drawn, and about as many pictures to validate with. Every treatment meets the same draws, starts from the same random weights
#   and sees the same order of pictures.
# - **The same row for every treatment.** Training and test accuracy, their gap, mean confidence, likelihood (NLL) and calibration error (ECE), the last two also after one temperature.
# - **Intervals.** A difference is reported with the wider of two intervals: a t interval over the draws, and a bootstrap over draws and test pictures. Where it includes zero, the verdict is
#   *undecided*. All of it speaks of this collection of pictures, from which all draws come.

# %% id="protocol"
data = recipes.load_pictures(
    DATASET, image_size=IMAGE_SIZE, most=240 if FAST else 600, style="twemoji", seed=SEED
)
labels, C = data.labels, data.n_classes
development, test = datasets.holdouts(data, np.arange(len(data)), n=1, test=0.4, seed=SEED)[0]
rarest = int(np.bincount(labels[development], minlength=C).min())
PER_CLASS = min(10, rarest - 1)
draws = charts.draws_of(data, development, test, n=SEEDS, per_class=PER_CLASS)
majority = np.bincount(labels[test]).max() / len(test)
for draw in draws:  # by content and by group
    datasets.assert_disjoint(
        data, {"train": draw.train, "validation": draw.validation, "test": draw.test}
    )

print(data)
print(
    f"{len(draws)} draws: {PER_CLASS} labels of each class = {len(draws[0].train)} pictures to "
    f"train on, {len(draws[0].validation)} to validate"
)
print(f"{len(test)} test pictures; majority share {majority:.3f}")
if FAST:
    print("Fast mode: two draws only. Intervals from two numbers are far too wide to read.")

# %% id="look"
own = draws[0].train[np.argsort(labels[draws[0].train], kind="stable")]
figure = tl.plots.gallery(
    data.images[own],
    columns=PER_CLASS,
    row_titles=list(data.class_names),
    title="Everything that the first model will ever learn from",
)
tl.show(
    figure,
    alt=f"Gallery of {len(own)} training pictures, {PER_CLASS} in each of {C} rows: "
    f"{', '.join(data.class_names)}.",
)

# %% id="trunks"
vgg16 = tl.backbone(image_size=IMAGE_SIZE)
print(vgg16.describe())
untouched = vgg16.fingerprint()
trunk = cache_trunk(vgg16, data, at=AT)  # up to block 4, for every picture
trained_on = np.unique(np.concatenate([draw.train for draw in draws]))
policy = tl.regularization.Augmentation()
changed = cache_trunk(  # augmented views, for training pictures only
    vgg16,
    data,
    at=AT,
    rows=trained_on,
    augmentation=policy,
    augment_views=1 if FAST else 3,
    seed=SEED,
)
print(policy)

# %% id="lab"
originals = grids(vgg16, trunk)[0]
views = grids(vgg16, changed)[1:]
lab = HeadLab(originals, labels, C, views=views, view_rows=trained_on)
VIEWS = len(views)
print(f"{len(originals)} pictures as grids of {originals.shape[1:]}, {VIEWS} augmented views")


# %% [markdown] id="step-01"
# ## 1. What happens with ten labels of each class and a million weights?
#
# The patient is the head of the classic recipe: flatten the last grid, 256 hidden units, a softmax, Adam at its default rate.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** Accuracy in training, accuracy in validation, and how confident the model is on average.
# >
# > Your answer:


# %% id="patient"
def treat(treatment, on=draws, **options):
    """Train one head for each draw, and fill in its chart."""
    runs = [lab.train(treatment, d.train, seed=d.seed, epochs=EPOCHS, **options) for d in on]
    return [charts.chart(run.logits, labels, d) for run, d in zip(runs, on, strict=True)]


curves, patient = [], []
for draw in draws:
    run = lab.train(Treatment(), draw.train, seed=draw.seed, epochs=EPOCHS, watch=True)
    right = run.epochs.argmax(2) == labels
    loss = charts.losses(run.epochs, np.broadcast_to(labels, right.shape))
    curves.append(
        [
            values[:, rows].mean(1)
            for values in (right, loss)
            for rows in (draw.train, draw.validation)
        ]
    )
    patient.append(charts.chart(run.logits, labels, draw))
train_accuracy, held_out, train_loss, held_out_loss = np.mean(curves, axis=0)
figure, alt = overfitting.patient(train_accuracy, held_out, train_loss, held_out_loss)
tl.show(figure, alt=alt)
print(f"{run.weights:,} weights for {len(draws[0].train)} pictures")

# %% id="patient-chart"
found = {"raw": {"untreated": patient}}
print(
    f"test accuracy {charts.mean(patient, 'accuracy'):.3f}, mean confidence "
    f"{charts.mean(patient, 'confidence'):.3f}, NLL {charts.mean(patient, 'nll'):.1f}, ECE "
    f"{charts.mean(patient, 'ece'):.2f}; guessing evenly has NLL {np.log(C):.1f}"
)

# %% [markdown] id="step-01-end"
# **Two complaints, not one.** It errs, and it does not know that it errs. Keep them apart: they have different remedies.

# %% [markdown] id="step-02"
# ## 2. Which medicine?
#
# Six remedies, each alone:
#
# - **dropout**: half of the hidden units are silent at each step;
# - **weight decay**: kernels shrink a little at each step, decoupled from Adam;
# - **label smoothing**: a tenth of the target is spread over all classes;
# - **mixup**: blends of two grids with blended labels (on activations it is called manifold mixup);
# - **smaller head**: average the grid first, so the head reads 512 numbers;
# - **augmentation**: flipped, turned, shifted and zoomed views of each picture, another one in each epoch.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** Vote for the best, and for one that does harm.
# >
# > Your answer:

# %% id="remedies"
REMEDIES = {
    "dropout": Treatment(dropout=0.5),
    "weight decay": Treatment(decay=10.0),
    "label smoothing": Treatment(smoothing=0.1),
    "mixup": Treatment(mixup=0.2),
    "smaller head": Treatment(pooled=True),
    "augmentation": Treatment(views=VIEWS),
}
for name, remedy in REMEDIES.items():
    assert len(remedy.differs_from(Treatment())) == 1  # one thing at a time
    found["raw"][name] = treat(remedy)


def effects(patient):
    """Difference in test accuracy to the same patient untreated, draw by draw."""
    base = charts.hits(found[patient]["untreated"])
    treated = {name: charts.hits(own) for name, own in found[patient].items()}
    return {n: arms.difference(own, base) for n, own in treated.items() if n != "untreated"}


def tell(gains):
    width = max(map(len, gains))
    for name, gain in gains.items():
        print(
            f"{name:{width}s} {gain.gain:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] "
            f"{recipes.decided(gain)}"
        )


on_raw = effects("raw")
tell(on_raw)

# %% id="remedies-gap"
pd.DataFrame(charts.table(found["raw"])).style.hide(axis="index")

# %% [markdown] id="step-02-end"
# Look at the column *training*. Where it is full, the gap is only another name for the test accuracy, and closing it is no merit of its own. Do not explain the winners yet.

# %% [markdown] id="step-03"
# ## 3. One more treatment: divide by one number
#
# Activations of block 5 are far from unit size. Divide all of them by **one number**: the standard deviation of all entries of the training grids. Nothing else changes.

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Predict.** How many points does one division change?
# >
# > Your answer:

# %% id="scale"
found["scaled"] = {"untreated": treat(Treatment(scaled=True))}
division = arms.difference(
    charts.hits(found["scaled"]["untreated"]), charts.hits(found["raw"]["untreated"])
)
tell({"accuracy": division})
nll = {n: np.array([c.nll for c in found[n]["untreated"]]) for n in ("raw", "scaled")}
change = interval(nll["scaled"] - nll["raw"])
print(
    f"NLL      {change.estimate:+.2f} [{change.low:+.2f}, {change.high:+.2f}] nats, lower is better"
)
for name in ("raw", "scaled"):
    own = found[name]["untreated"]
    print(
        f"{name}: NLL {charts.mean(own, 'nll'):.2f}, ECE {charts.mean(own, 'ece'):.2f}, training "
        f"{charts.mean(own, 'train_accuracy'):.2f}"
    )
better = [name for name, gain in on_raw.items() if gain.gain > division.gain]
print(f"remedies of section 2 with a larger gain: {', '.join(better) or 'none'}")

# %% [markdown] id="step-03-end"
# Where the training accuracy is what it was, this is no regularizer: with inputs far from unit size, the default rate and the default start do not fit together, and the head never trained
# sensibly. **Whatever one division repairs was never overfitting. It was a broken recipe.** Look at the likelihood first, and at the accuracy with its interval.
#
# One number, on purpose. With so few labels, a scale for each channel blows up channels that are nearly silent in training. (The fitted heads of chapter 03 bear it, because they are strongly regularized.)

# %% [markdown] id="ex-06-1-text"
# ### Exercise 06.1 Name the disease
#
# Four made-up patients. You get their numbers, and what one change did. Give a dictionary from their letters to `"recipe"` (broken before training), `"overconfident"`, `"damaged"` (features
# destroyed) or `"leak"`.

# %% id="ex-06-1-patients"
from tlcourse.exercises.ch06_diagnosis import PATIENTS

pd.DataFrame(PATIENTS).style.format(precision=2).hide(axis="index")

# %% tags=["exercise"] id="ex-06-1"
### BEGIN ANSWER
diagnosis = {"A": "recipe", "B": "damaged", "C": "leak", "D": "overconfident"}
### ELSE
diagnosis = {"A": None, "B": None, "C": None, "D": None}  # replace each None
### END ANSWER
tl.check("06.1", diagnosis)

# %% [markdown] tags=["solution-only"] id="ex-06-1-answer"
# Ask in this order. Is the training accuracy low, too? Do validation and test disagree? Does a change before training move the accuracy? If none of these, the errors are what they are, and the confidence is what can be had cheaply.

# %% [markdown] id="ex-06-2-text"
# ### Exercise 06.2 One number
#
# Compute the number for the first draw: from `originals` (pictures, height, width, channels) and the training rows `draws[0].train`.

# %% tags=["exercise"] id="ex-06-2"
### BEGIN ANSWER
my_number = originals[draws[0].train].std()
### ELSE
my_number = None  # replace None with one number
### END ANSWER
tl.check("06.2", my_number, grids=originals, rows=draws[0].train)

# %% [markdown] tags=["solution-only"] id="ex-06-2-answer"
# Training rows only. The same number divides validation and test, and goes into the product with the model.

# %% [markdown] id="step-04"
# ## 4. Do the medicines still work on the repaired patient?
#
# The same six, and all of them combined. The only change: every input is divided by its number first.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** What is the winner of section 2 worth now?
# >
# > Your answer:

# %% id="scaled-remedies"
for name, remedy in REMEDIES.items():
    treatment = replace(remedy, scaled=True)
    assert len(treatment.differs_from(Treatment(scaled=True))) == 1
    found["scaled"][name] = treat(treatment)

# %% id="combined"
EVERYTHING = {k: v for r in REMEDIES.values() for k, v in vars(r).items() if v}
found["raw"]["all six"] = treat(Treatment(**EVERYTHING))
found["scaled"]["all six"] = treat(Treatment(**EVERYTHING, scaled=True))
on_raw, on_scaled = effects("raw"), effects("scaled")

# %% id="figure-2"
figure, alt = overfitting.remedies({"Raw features": on_raw, "Scaled features": on_scaled})
tl.show(figure, alt=alt)
print("on scaled features:")
tell(on_scaled)

# %% id="verdicts"
for name in on_raw:
    pair = recipes.decided(on_raw[name]), recipes.decided(on_scaled[name])
    print(f"{name:16s} raw: {pair[0]:10s} scaled: {pair[1]}")
alike = sum(recipes.decided(on_raw[n]) == recipes.decided(on_scaled[n]) for n in on_raw)
print(f"{alike} of {len(on_raw)} verdicts are the same on both patients")

# %% [markdown] id="step-04-end"
# **A remedy's effect belongs to a patient, not to the remedy.** Where a verdict changed between the two columns, it was about the fault of the recipe, not about overfitting. Filled markers are
# differences that the interval supports; a hollow one is no evidence of anything, in either direction. And see whether all six together beat the best one alone.

# %% [markdown] id="step-05"
# ## 5. If not accuracy, what did they change?
#
# Here is everything in one table: six remedies, alone and combined, by gap, accuracy and calibration. The last columns are after dividing the logits by one temperature T, fitted on the
# validation pictures (chapter 05). It cannot change a single answer.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** Which columns differ most between treatments: accuracy, or NLL and ECE? And what is left of it after the temperature?
# >
# > Your answer:

# %% id="one-table"
pd.DataFrame(charts.table(found["scaled"])).style.hide(axis="index")

# %% id="figure-3"
figure, alt = overfitting.honesty(
    {
        name: tuple(charts.mean(own, k) for k in ("nll", "nll_after", "accuracy"))
        for name, own in found["scaled"].items()
    }
)
tl.show(figure, alt=alt)


def spread(column):
    values = [charts.mean(own, column) for own in found["scaled"].values()]
    return max(values) - min(values)


print(f"range over treatments: NLL {spread('nll'):.2f}, after T {spread('nll_after'):.2f}")
print(f"                       ECE {spread('ece'):.2f}, after T {spread('ece_after'):.2f}")
print(f"                       accuracy {spread('accuracy'):.3f}, before and after")

# %% [markdown] id="step-05-end"
# **Overconfidence is the cheap disease, error the expensive one.** One number from the validation pictures does what a remedy does to the likelihood, without training anything again. Before you
# praise a remedy for its calibration, give the untreated patient a temperature and compare again. (A small ECE is partly chance: with this many test pictures even a perfect model shows some.)

# %% [markdown] id="ex-06-3-text"
# ### Exercise 06.3 Soft targets
#
# Label smoothing of 0.1 with 8 classes, as Keras does it. <!-- fixed: the setting of the exercise -->
# Give three numbers: the target of the right class, the target of each other class, and the lowest
# cross-entropy (in nats) that any model can reach on such targets.

# %% tags=["exercise"] id="ex-06-3"
### BEGIN ANSWER
smooth = 0.1 / 8 + 0.9 * np.eye(8)[0]
soft = (smooth[0], smooth[1], -np.sum(smooth * np.log(smooth)))
### ELSE
soft = (None, None, None)  # replace each None with a number
### END ANSWER
tl.check("06.3", soft)

# %% [markdown] tags=["solution-only"] id="ex-06-3-answer"
# The floor is the entropy of the target. It is why losses with and without smoothing must never be compared.

# %% [markdown] id="step-06"
# ## 6. So when does regularization raise accuracy?
#
# Wrong labels. A convex head this time (logistic regression on pooled features), which has one best answer and no epochs: only the strength C changes. A share of the **training** labels is
# made wrong; validation and test stay true.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** The best C for accuracy, with true labels and with a fifth of them wrong.
# >
# > Your answer:

# %% id="noise"
from tlcourse.recipes.chapter06_noise import STRENGTHS, noise_grid

pooled = originals.mean(axis=(1, 2))
SIZES = tuple(k for k in (3, 5, 10, 15) if k < rarest)
by_size = {
    k: charts.draws_of(data, development, test, n=SEEDS, per_class=k)
    for k in (SIZES[-2:] if FAST else SIZES[-3:])
}
SHARES = (0.0, 0.2) if FAST else (0.0, 0.2, 0.4)
grid = noise_grid(
    pooled,
    labels,
    by_size,
    n_classes=C,
    shares=SHARES,
    strengths=STRENGTHS[1::2] if FAST else STRENGTHS,
)
for share in SHARES:
    changed_labels = charts.wrong_labels(labels, draws[0].train, share, C, seed=0)
    assert (changed_labels != labels).sum() == int(share * len(draws[0].train) + 1e-9)
    assert (changed_labels == labels)[test].all()

# %% tags=["widget"] id="widget"
from tlcourse.widgets.dial import turn_the_dial

SIZE = max(k for k in by_size if k <= PER_CLASS)
turn_the_dial(grid, size=SIZE, share=SHARES[1])

# %% id="noise-words"
strong, weak = grid.strengths[1], grid.strengths[-1]
for share in SHARES:
    tight, loose = grid.cell(strong, share, SIZE), grid.cell(weak, share, SIZE)
    gain = arms.difference(tight.hits, loose.hits)
    print(
        f"{share:.0%} wrong: C = {strong:g} − C = {weak:g}: {gain.gain:+.3f} [{gain.low:+.3f}, "
        f"{gain.high:+.3f}] {recipes.decided(gain)}; training {tight.train.mean():.2f} and "
        f"{loose.train.mean():.2f}, NLL {tight.nll.mean():.2f} and {loose.nll.mean():.2f}"
    )

# %% [markdown] id="step-06-end"
# Compare the lines. **With true labels there is little accuracy to win: memorizing them costs nearly nothing. The more labels are wrong, the more a strong setting is worth**, and the likelihood gains in
# every line. Where labels are wrong, a model that does not get all its "training answers" right is doing well: there, a gap that closes because *training* accuracy falls is good news.

# %% [markdown] id="step-07"
# ## 7. Train more layers on ten labels: what is the price?
#
# Back to true labels, and to chapter 04. Four arms at a rate of 1e-4: the probe (a fitted head, nothing else moves), block 5 from a random and from a fitted head, and blocks 4 and 5.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** Order the four by accuracy, and say how many times longer the last one trains than the second.
# >
# > Your answer:

# %% id="tails"
import time

RATE, TUNING_EPOCHS = 1e-4, 2 if FAST else 3
accuracy_of, tuned = {}, {}


def fitted_head(draw):
    return tails.probe(pooled[draw.train], labels[draw.train], C)


def random_head(draw):
    return tails.random_head(pooled.shape[1], C, seed=draw.seed)


def tune(tail, head_for, strength=0.0, anchor="zero"):
    tail.leash(strength, anchor)
    options = {"rate": RATE, "epochs": TUNING_EPOCHS}
    return [leash_run(tail, labels, draw, head_for(draw), **options) for draw in draws]


tail = LeashedTail(vgg16, trunk, C)
tail.steps(labels, draws[0].train[:8], rate=RATE, epochs=1, seed=0)  # builds the step, untimed
begun = time.perf_counter()
probes = [fitted_head(draw) for draw in draws]
probe_seconds = (time.perf_counter() - begun) / len(draws)
probe_hits = np.stack([h.predict(pooled[test]) == labels[test] for h in probes])
tuned["block 5, random head"] = tune(tail, random_head)

# %% id="block-5"
tuned["block 5, fitted head"] = tune(tail, fitted_head)

# %% id="blocks-4-5"
plan = FreezePlan(from_block="block4")
needed = np.union1d(trained_on, test)
deeper = LeashedTail(vgg16, cache_trunk(vgg16, data, plan=plan, at=AT, rows=needed), C, plan=plan)
deeper.steps(labels, draws[0].train[:8], rate=RATE, epochs=1, seed=0)
tuned["blocks 4–5, random head"] = tune(deeper, random_head)
deeper = None
recipes.free_memory()

# %% id="figure-5"
probe_train = np.mean(
    [
        np.mean(h.predict(pooled[d.train]) == labels[d.train])
        for h, d in zip(probes, draws, strict=True)
    ]
)
cost = {"probe": (probe_seconds, arms.mean_interval(probe_hits), probe_train)} | {
    name: (
        np.mean([run.seconds for run in own]),
        arms.mean_interval(np.stack([run.hits for run in own])),
        np.mean([run.train_accuracy for run in own]),
    )
    for name, own in tuned.items()
}
assert all(run.moved > 0 for own in tuned.values() for run in own)  # what should train, trained
figure, alt = overfitting.double_cost(cost, majority)
tl.show(figure, alt=alt)
against_probe = {
    name: arms.difference(np.stack([run.hits for run in own]), probe_hits)
    for name, own in tuned.items()
}
tell(against_probe)
for name, (seconds, _, training) in cost.items():
    print(f"{name}: {seconds / probe_seconds:.0f} times the probe's time, training {training:.2f}")

# %% [markdown] id="step-07-end"
# **The double cost.** You always pay in seconds. Whether you also pay in accuracy depends on the start: a random head sends noise into the layers, and the more layers train, the more there is to
# spoil. Read the training column before you say *overfitting*: where training accuracy is low as well, the loss is damage and too few updates, not memory. A fitted head (chapter 04) buys
# insurance against the second cost.

# %% [markdown] id="step-08"
# ## 8. A leash or a slope?
#
# Weight decay pulls kernels toward zero. **L2-SP** pulls them toward where they came from. Here both are the same update after each step, w ← w − ηλ(w − anchor), with the anchor 0 or the
# pretrained weights. (As a term of the loss, which is the usual form, Adam would rescale it weight by weight, and the two would not be comparable.)

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** The pull gets stronger and stronger. Where does each of the two end?
# >
# > Your answer:

# %% id="leash"
LAMBDAS = (0, 3000) if FAST else (0, 300, 3000)
anchors = {"plain decay": "zero", "L2-SP": "pretrained"}
pulled = {name: [tuned["block 5, fitted head"]] for name in anchors}  # strength 0 is no pull
for strength in LAMBDAS[1:]:
    pulled["plain decay"].append(tune(tail, fitted_head, strength, "zero"))

# %% id="leash-2"
for strength in LAMBDAS[1:]:
    pulled["L2-SP"].append(tune(tail, fitted_head, strength, "pretrained"))
tail = None
recipes.free_memory()

# %% id="figure-6"
moved = {n: [np.mean([r.moved for r in own]) for own in runs] for n, runs in pulled.items()}
stacked = {n: [np.stack([r.hits for r in own]) for own in runs] for n, runs in pulled.items()}
figure, alt = overfitting.leashes(
    LAMBDAS,
    {name: [arms.mean_interval(own) for own in runs] for name, runs in stacked.items()},
    moved,
    probe=probe_hits.mean(),
    majority=majority,
)
tl.show(figure, alt=alt)
for strength, a, b in zip(
    LAMBDAS[1:], stacked["L2-SP"][1:], stacked["plain decay"][1:], strict=True
):
    tell({f"λ = {strength}, SP − 0": arms.difference(a, b)})
tell({"L2-SP, strong − probe": arms.difference(stacked["L2-SP"][-1], probe_hits)})
tell({"L2-SP, best − none": max(
    (arms.difference(own, stacked["L2-SP"][0]) for own in stacked["L2-SP"][1:]),
    key=lambda gain: gain.gain,
)})  # fmt: skip
assert moved["L2-SP"][-1] < moved["plain decay"][-1]

# %% [markdown] id="step-08-end"
# **Infinite L2-SP is feature extraction. Infinite decay is nothing at all.** The worth of L2-SP is less that a moderate pull helps (read the verdict) than that *too much of it is harmless*. Plain decay
# can shrink pretrained kernels a great deal and look innocent, because a ReLU network keeps its answers when all its weights shrink alike, biases aside. Then, at some strength, it does not.

# %% [markdown] id="ex-06-4-text"
# ### Exercise 06.4 The penalty of L2-SP
#
# Write `l2sp(w, w0, w_new, alpha, beta)`: α/2 times the sum of all (w − w⁰)², plus β/2 times the sum of all w_new². The first three arguments are lists of arrays; `w_new` may be empty. The check tries three
# small cases.


# %% tags=["exercise"] id="ex-06-4"
def l2sp(w, w0, w_new, alpha, beta):
    ### BEGIN ANSWER
    away = sum(((a - b) ** 2).sum() for a, b in zip(w, w0, strict=True))
    new = sum((a**2).sum() for a in w_new)
    return alpha / 2 * away + beta / 2 * new
    ### ELSE
    return None  # replace None with one number
    ### END ANSWER


tl.check("06.4", l2sp)

# %% [markdown] tags=["solution-only"] id="ex-06-4-answer"
# The head is new, so it has no w⁰ and is pulled toward zero with a strength of its own. `tl.regularization.L2SP` does the same.

# %% [markdown] id="in-practice"
# **In practice** every remedy of this chapter is one argument of `tl.finetune`, and they combine. The kept trunk is the one from above. One draw, so this shows how, not how well.

# %% id="in-practice-code"
first = draws[0]
result = tl.finetune(
    vgg16,
    datasets.Split(data, first.train, first.validation, SEED, test),
    at=AT,
    trunk=trunk,
    epochs=2 if FAST else 4,
    batch_size=8,
    l2_sp=tl.regularization.L2SP(alpha=0.1, beta=0.01),
    dropout=0.2,
    label_smoothing=0.05,
    early_stopping=tl.regularization.EarlyStopping(patience=2),
    seed=SEED,
)
print(result)
result = None
recipes.free_memory()

# %% [markdown] id="step-09"
# ## 9. Early stopping is free, isn't it?
#
# The scaled patient again, at a third of the rate, and its answers after every epoch. Then, without training anything, the held-out pictures are dealt into validation and test again and again: which epoch
# would have been chosen, and what would it have been worth?

# %% [markdown] tags=["prediction"] id="predict-09"
# > **Predict.** With 16 validation pictures: by how many points does the accuracy at the best epoch exceed the true accuracy of that same epoch?
# >
# > Your answer:

# %% id="watched"
from tlcourse.recipes.chapter06_stopping import joined, stopping_lottery

CALM = Treatment(scaled=True)
noisy = {d.seed: charts.wrong_labels(labels, d.train, 0.25, C, seed=d.seed) for d in draws}
watched = {"true labels": [], "a quarter wrong": []}
for d in draws:
    copies = views[0, np.searchsorted(trained_on, d.train)]  # for section 10
    options = {"seed": d.seed, "epochs": EPOCHS, "rate": 3e-4, "watch": True}
    watched["true labels"].append(lab.train(CALM, d.train, others=copies, **options))
    watched["a quarter wrong"].append(lab.train(CALM, d.train, labels=noisy[d.seed], **options))

# %% id="lottery"
held = [np.union1d(d.validation, d.test) for d in draws]
PICTURES = tuple(n for n in (16, 40, 80) if n < len(held[0]) // 2)


def lottery(condition, n, by_loss=False):
    """Deal the held-out pictures anew, in every draw, and join what comes out."""
    found = []
    for run, rows in zip(watched[condition], held, strict=True):
        right = run.epochs[:, rows].argmax(2) == labels[rows]
        losses = charts.losses(run.epochs[:, rows], np.broadcast_to(labels[rows], right.shape))
        found.append(stopping_lottery(right, n, losses=losses if by_loss else None, redraws=400))
    return joined(found)


rows = []
for condition in watched:
    for by_loss in (False, True):
        for n in PICTURES:
            own = lottery(condition, n, by_loss)
            low, high = np.percentile(own.chosen, (10, 90))
            rows.append(
                {
                    "training labels": condition,
                    "chosen by": "loss" if by_loss else "accuracy",
                    "pictures": n,
                    "reported − true (points)": f"{100 * own.optimism:+.1f}",
                    "epochs chosen (10 to 90 %)": f"{low:.0f} to {high:.0f} of {EPOCHS}",
                    "stopped − last epoch (points)": f"{100 * own.gain:+.1f}",
                }
            )
pd.DataFrame(rows).style.hide(axis="index")

# %% [markdown] id="step-09-end"
# Two columns to read. *Reported − true* is what you would put into your paper and never see again. *Stopped − last epoch* is what stopping bought: where it is negative, training to the end would have been better.
# Then compare true labels with wrong ones. Wrong labels are learned late, so stopping early can leave some of them out; with true labels there is nothing to leave out. Choosing by loss is calmer than choosing by accuracy.

# %% [markdown] id="step-10"
# ## 10. When early stopping lies
#
# Two more costs. First, the validation pictures themselves are labels that do not train: here is the scaled patient with part of its labels held back. Second, a leak: somebody augmented the pictures *first* and
# split afterwards, so the validation part holds flipped and turned copies of training pictures.

# %% [markdown] tags=["prediction"] id="predict-10"
# > **Predict.** What do the held-back labels cost? And when does a leaking validation curve turn down?
# >
# > Your answer:

# %% id="held-back"
from tlcourse.datasets import few_labels

FEWER = max(1, int(0.8 * PER_CLASS))
shorter = [
    replace(d, train=np.sort(few_labels(labels, d.train, FEWER, seed=d.seed))) for d in draws
]
base = charts.hits(found["scaled"]["untreated"])
print(f"{FEWER} labels of each class in place of {PER_CLASS}:")
tell({"held back": arms.difference(charts.hits(treat(Treatment(scaled=True), shorter)), base)})

# %% id="leak"
copied = draws[0].train[:5]  # a copy has the group of its original
try:
    datasets.assert_disjoint(data, {"train": draws[0].train, "copies": copied})
    caught = False
except tl.errors.DataError as error:
    caught = True
    print("The check of the parts refuses copies of training pictures:", error)
assert caught

leaking, honest, true = [], [], []
for run, d in zip(watched["true labels"], draws, strict=True):
    right = run.epochs.argmax(2) == labels
    leaking.append((run.others.argmax(2) == labels[d.train]).mean(1))
    honest.append(right[:, d.validation].mean(1))
    true.append(right[:, d.test].mean(1))
by_epoch = {
    "leaking validation": np.mean(leaking, 0),
    "honest validation": np.mean(honest, 0),
    "test": np.mean(true, 0),
}
figure, alt = overfitting.three_lies(
    [lottery("true labels", n) for n in PICTURES], by_epoch, EPOCHS
)
tl.show(figure, alt=alt)
print({name: f"{values[-1]:.2f}" for name, values in by_epoch.items()})

# %% [markdown] id="step-10-end"
# **Three ways to lie.** It reports a maximum, which is too high. It picks by luck when few pictures vote. And it believes a leaking split, whatever that says. The remedy is not to avoid it, but to report the test and never the
# score that chose, to choose by loss, and to check the parts.

# %% [markdown] id="ex-06-5-text"
# ### Exercise 06.5 The luck of the best
#
# Ten *independent* checkpoints, all of them truly right in 65 of 100 cases, are scored on 40 validation pictures. By how much does the best score exceed 0.65 on average? <!-- fixed: the setting of the exercise -->

# %% tags=["exercise"] id="ex-06-5"
### BEGIN ANSWER
scores = np.random.default_rng(0).binomial(40, 0.65, size=(100_000, 10)) / 40
luck_of_the_best = scores.max(axis=1).mean() - 0.65
### ELSE
luck_of_the_best = None  # replace None with a number
### END ANSWER
tl.check("06.5", luck_of_the_best)

# %% [markdown] tags=["solution-only"] id="ex-06-5-answer"
# Compare it with the rows of 40 pictures in section 9. The epochs of one run are much alike, so there are fewer independent tickets in that lottery.

# %% [markdown] id="step-11"
# ## 11. And more labels?

# %% [markdown] tags=["prediction"] id="predict-11"
# > **Predict.** Doubling the labels from 5 to 10, against the best remedy on the scaled patient: which gives more?
# >
# > Your answer:

# %% id="more-labels"
heads = {"large head": Treatment(scaled=True), "smaller head": Treatment(scaled=True, pooled=True)}
by_labels = {name: [] for name in heads}
for k in SIZES:
    own_draws = charts.draws_of(data, development, test, n=SEEDS, per_class=k)
    for name, treatment in heads.items():
        by_labels[name].append(charts.hits(treat(treatment, own_draws)))
figure = tl.plots.lines_with_intervals(
    SIZES,
    {name: [arms.mean_interval(own) for own in runs] for name, runs in by_labels.items()},
    xlabel="labels of each class (log)",
    ylabel="test accuracy, 95 % interval",
    title="More labels, two heads",
    log_x=True,
)
words = "; ".join(
    f"{name}: "
    + ", ".join(f"{own.mean():.2f} with {k}" for k, own in zip(SIZES, runs, strict=True))
    for name, runs in by_labels.items()
)
tl.show(figure, alt=f"Learning curves of two heads. {words}.")

# %% id="more-labels-words"
for a, b in zip(range(len(SIZES) - 1), range(1, len(SIZES)), strict=True):
    tell(
        {
            f"{SIZES[a]} to {SIZES[b]}": arms.difference(
                by_labels["large head"][b], by_labels["large head"][a]
            )
        }
    )
best = max(on_scaled, key=lambda name: on_scaled[name].gain)
tell({f"best: {best}": on_scaled[best]})
for k, large, small in zip(SIZES, by_labels["large head"], by_labels["smaller head"], strict=True):
    tell({f"smaller, {k:2d} labels": arms.difference(small, large)})

# %% [markdown] id="step-11-end"
# Compare the lines. An afternoon of labeling is a remedy, too, and the only one that does not depend on the patient. The last lines say where the choice of the head matters most.

# %% [markdown] id="step-12"
# ## 12. My prescription
#
# So far the test was looked at to learn about remedies, and nothing was chosen by it. Now something is to be chosen. Five combinations, none of them measured yet, all on scaled features. Validation decides, and the test is sealed.

# %% [markdown] tags=["prediction"] id="predict-12"
# > **Predict.** Does a combination beat the scaled patient? Beyond the interval?
# >
# > Your answer:

# %% id="plans"
from tlcourse.recipes.chapter06_plans import SealedPlans

small = Treatment(scaled=True, pooled=True)
PLANS = {
    "small + decay": replace(small, decay=10.0),
    "small + dropout": replace(small, dropout=0.5),
    "small + views": replace(small, views=VIEWS),
    "small + decay + views": replace(small, decay=10.0, views=VIEWS),
    "dropout + views": Treatment(scaled=True, dropout=0.5, views=VIEWS),
}
validation_losses, train_losses, sealed_hits = {}, {}, {}
for name, treatment in PLANS.items():
    runs = [lab.train(treatment, d.train, seed=d.seed, epochs=EPOCHS) for d in draws]
    after = [charts.losses(run.logits, labels) for run in runs]
    validation_losses[name] = np.array(
        [x[d.validation].mean() for x, d in zip(after, draws, strict=True)]
    )
    train_losses[name] = np.array([x[d.train].mean() for x, d in zip(after, draws, strict=True)])
    sealed_hits[name] = charts.hits(
        [charts.chart(run.logits, labels, d) for run, d in zip(runs, draws, strict=True)]
    )
sealed = SealedPlans(sealed_hits, charts.hits(found["scaled"]["untreated"]))
pd.DataFrame({name: np.round(own, 2) for name, own in validation_losses.items()}).rename_axis(
    "draw"
)

# %% [markdown] id="ex-06-6-text"
# ### Exercise 06.6 Prescribe
#
# Choose the plan with the lowest **mean** loss over the draws in `validation_losses` (the losses in training are in `train_losses`). Then open the test, once: `sealed.open(plan)` returns (difference, low, high) against the scaled, untreated patient.
# Answer with the plan and one word: `"better"`, `"worse"` or `"not shown"`.

# %% tags=["exercise"] id="ex-06-6"
### BEGIN ANSWER
my_plan = min(validation_losses, key=lambda name: validation_losses[name].mean())
difference, lower, upper = sealed.open(my_plan)
prescription = (my_plan, "better" if lower > 0 else "worse" if upper < 0 else "not shown")
print(f"{my_plan}: {difference:+.3f} [{lower:+.3f}, {upper:+.3f}]")
### ELSE
prescription = (None, None)  # replace with a plan, and the word for its interval
### END ANSWER
tl.check("06.6", prescription, validation=validation_losses, train=train_losses, sealed=sealed)

# %% [markdown] tags=["solution-only"] id="ex-06-6-answer"
# The comparison is with the *scaled* patient. Against the raw one, most of any gain would be the division.

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("06")

# %% id="last-checks"
assert vgg16.fingerprint() == untouched  # everything above trained copies
assert len(sealed.opened) <= 1
for draw in draws:
    datasets.assert_disjoint(
        data, {"train": draw.train, "validation": draw.validation, "test": draw.test}
    )
print("the pretrained network is as it was; the parts share nothing")

# %% [markdown] id="end"
# ## What you can now do
#
# *I judge a remedy by held-out accuracy, likelihood and calibration together, on the same draws, and I repair the recipe before I regularize it.*
#
# ### References
#
# - Zhang, Bengio, Hardt, Recht & Vinyals 2017, *Understanding deep learning requires rethinking generalization* (ICLR): networks fit random labels; explicit regularization is neither necessary nor sufficient.
# - Li, Grandvalet & Davoine 2018, *Explicit Inductive Bias for Transfer Learning with Convolutional Networks* (ICML): L2-SP.
# - Guo, Pleiss, Sun & Weinberger 2017, *On Calibration of Modern Neural Networks* (ICML): likelihood overfits while accuracy does not; temperature scaling.
# - Loshchilov & Hutter 2019, *Decoupled Weight Decay Regularization* (ICLR): under Adam, an L2 term in the loss is not weight decay.
# - Cawley & Talbot 2010, *On Over-fitting in Model Selection and Subsequent Selection Bias in Performance Evaluation* (JMLR): choosing by a maximum is biased.
#
# ### Where next
#
# Chapter 07 asks what to do when the pictures in use differ from those in training.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (125).** Sections 1 to 3: 20. Sections 4 and 5: 20. Section 6: 10. Sections 7 and 8: 20. Sections 9 and 10: 15. Sections 11 and 12: 10. Exercises and quiz: 30. Let people vote before section 2, and vote again
# before section 4.
#
# **Misconceptions to listen for.** "The gap is the harm." "Dropout is always safe." "Weight decay and an L2 term in the loss are the same under Adam." "Early stopping is free." "A small calibration error differs from zero."
#
# **Discuss.**
#
# 1. A colleague shows a remedy that halves the gap. Which two numbers do you ask for?
# 2. With 80 labels, would you hold out 16 for stopping, or train to the end and use a temperature from cross-validation?
#
# **Late?** Skip section 8, then 11. Keep 3 to 5, and 9. Run the cell of blocks 4 and 5 during the break.
#
# **Uncertain by design:** mixup and augmentation on scaled features, a moderate leash, the combinations. It is one network and one collection of pictures: do not turn a verdict into a law.
