# %% [markdown] id="front"
# # 09 Speech
#
# | This chapter | |
# |---|---|
# | You can afterwards | turn sound into a picture whose axes mean something; pool the axis that may be forgotten; split by speaker and put the speaker into the interval; test in noise before you believe; say which source was near enough, and why |
# | You need | chapters 03 and 05 |
# | Minutes to read | 75 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% [markdown] id="story"
# Somebody says a digit. A microphone turns it into eight thousand numbers a second, and a program has to write down which digit it was.
# There is no large data set of these speakers, so you look for something pretrained.
#
# The textbook answer: *turn the sound into an image, and an image network treats it like any other image.* It nearly works. The
# chapter shows where "nearly" ends: at an axis that was averaged away, at a voice on both sides of a split, and at a little noise.
#
# Then two sources compete. One is large and far: a million photographs. One is small and near: a few words from a speech synthesizer.
# The last experiment asks real people.
#
# **How to read it.** Before each experiment there is a prediction to make. Write it down first. Headphones help; check
# the volume before you play a clip with noise.

# %% tags=["parameters"] id="parameters"
DATASET = "spoken"
IMAGE_SIZE = 96
SEED = 0

# %% id="setup"
from dataclasses import replace

import numpy as np
import tlcourse as tl
from tlcourse import recipes
from tlcourse.plots import speech as draw
from tlcourse.recipes import chapter09_networks as networks
from tlcourse.recipes.chapter09_fsdd import HOW_TO_GET, recordings
from tlcourse.recipes.chapter09_noise import IN_NOISE, IN_QUIET, sink
from tlcourse.recipes.chapter09_real import RAW, real_rows, recorded_rows
from tlcourse.recipes.chapter09_vgg import tuned_scores
from tlcourse.recipes.chapter09_voices import fold_scores, probe_scores, voice_study
from tlcourse.speech.log_mel import FFT, HOP, WINDOW
from tlcourse.speech.noise import CENTERED, LADDER, hear, hear_one
from tlcourse.speech.training import compiled
from tlcourse.widgets.sinking import sink_the_word

tl.seed_everything(SEED)  # starts Keras too, which takes a few seconds

FAST = tl.fast_mode()  # a shorter version of every experiment, for tests
DRAWS = 2 if FAST else 5  # draws of voices to learn from, in every comparison
TESTED = 2 if FAST else 8  # voices held out
MANY, FEW = (4, 2) if FAST else (6, 2)  # voices learned from, plenty and few

# %% [markdown] id="data-why"
# ## The words
#
# The clips come from a speech synthesizer and are stored clean. **Target:** ten digits, sixteen voices in seven accents, three rates.
# **Source:** 32 everyday words, eight other voices. They share no word and no voice. Position, room and noise are added in
# code, from a seed of each clip, so the level of the noise is a knob and not a file.
#
# The chapter is about sound, so its data is fixed: `DATASET` has one value here.

# %% id="data"
if DATASET != "spoken":
    print(f"'{DATASET}' has no sound. This chapter uses 'spoken'; pictures belong to 02 to 07.")


def digits(condition):
    """Load the digits as heard in a condition: data set and spectrograms."""
    data, spectrograms = hear("target", condition, seed=SEED)
    if FAST:  # six of the voices
        rows = np.flatnonzero(np.isin(data.groups, np.unique(data.groups)[::3]))
        return data.subset(rows), spectrograms[rows]
    return data, spectrograms


everyone = hear("target", LADDER["clean"], seed=SEED)[0]  # all voices, in fast mode too
data, clean = digits(LADDER["clean"])
_, hard = digits(LADDER["10 dB"])
labels, voices = data.labels, data.groups
print(f"{len(data)} clips, {len(np.unique(voices))} voices: {', '.join(np.unique(data.domains))}")
print(f"one clip: {data.images.shape[1]:,} samples, {data.images.shape[1] / 8_000:.2f} s at 8 kHz")
words = hear("source", LADDER["clean"])[0]
assert not set(words.groups) & set(voices)
assert not set(words.class_names) & set(data.class_names)
if FAST:
    print("Fast mode: few voices, few draws. The intervals are far too wide to read.")

# %% [markdown] id="step-01"
# ## 1. Which picture is "seven"?
#
# A **log-mel spectrogram**: cut the sound into windows of 32 ms, one every 10 ms; take the power at each frequency; sum it in 48 bands
# spaced as the ear spaces them (the mel scale); take the logarithm. Columns are time, rows are frequency, and gray is the level in
# decibels below the clip's own loudest point, down to a floor of −60 dB.
#
# Play the four clips. The first is the word; the others change one thing each.

# %% [markdown] tags=["prediction"] id="predict-01"
# > **Predict.** Which of the three changes do you hear least? Which changes the picture most, pixel by pixel?
# >
# > Your answer:

# %% id="four"
names = np.unique(voices)
takes = np.array([i.rsplit("_", 1)[-1] for i in data.ids])
seven = np.flatnonzero((labels == 7) & (voices == names[0]) & (takes == takes[0]))[0]
sister = np.flatnonzero((labels == 7) & (voices == names[-1]) & (takes == takes[0]))[0]
centered_data, centered = digits(CENTERED)
later = np.roll(centered_data.images[seven], 1_600)  # 0.2 s
four_sounds = {
    "the word": centered_data.images[seven],
    "0.2 s later": later,
    "another voice": centered_data.images[sister],
    "room and noise, 10 dB": hear_one(data.ids[seven], replace(LADDER["10 dB"], shift=False)),
}
four = {name: tl.speech.log_mel(sound[None])[0] for name, sound in four_sounds.items()}
draw.play(four_sounds)
figure, alt = draw.spectrograms(four, title="Four changes of one word: seven")
tl.show(figure, alt=alt)
for name, picture in four.items():
    print(f"{name}: mean change of a pixel {np.abs(picture - four['the word']).mean():.3f}")

# %% [markdown] id="step-01-end"
# Later is a shift to the right. Another voice is a stretch along the rows. Noise is a new floor under everything. The ear gets over all
# three. A pixel does not: compare the three numbers with what you heard. **Both axes are positions, and they mean different things.**

# %% [markdown] id="ex-09-1-text"
# ### Exercise 09.1 Count the picture
#
# A clip has 7,856 samples at 8 kHz. A window has 256 samples and the next begins 80 samples later; none hangs over the end.
# How many frames does the picture have, and which is the highest frequency in Hz that any picture of this sound can show?

# %% tags=["exercise"] id="ex-09-1"
### BEGIN ANSWER
frames = 1 + (7_856 - 256) // 80
hertz = 8_000 // 2
### ELSE
frames = None  # replace None with a whole number
hertz = None  # replace None with a whole number
### END ANSWER
tl.check("09.1", (frames, hertz))

# %% id="front-end"
assert clean.shape[1:] == (tl.speech.BANDS, tl.speech.FRAMES)
quieter = tl.speech.log_mel(0.18 * data.images[:20])  # 15 dB less
print(
    f"largest change of a pixel when the clip is 15 dB softer: {np.abs(quieter - clean[:20]).max():.1e}"
)
print(f"window {WINDOW} samples, hop {HOP}, transform {FFT}, {tl.speech.BANDS} bands")
assert np.abs(quieter - clean[:20]).max() < 1e-3

# %% [markdown] id="step-02"
# ## 2. Is this task hard?
#
# Before models are compared, the task itself is. Three sets of features under the same linear head:
#
# - **raw**: the 48 × 96 levels themselves;
# - **block 5**: VGG16, last block, averaged over all positions, as chapter 03 did;
# - **block 3**: VGG16, third block, and of each row of its map the maximum over time. Section 3 says why.
#
# First the easy way: the word in the middle of the window, and folds dealt at random. Then one difficulty after the other.

# %% [markdown] tags=["prediction"] id="predict-02"
# > **Predict.** Raw levels against VGG16, word in the middle, random folds: who wins? Then the word moves, then room and noise come. Who suffers most?
# >
# > Your answer:

# %% id="vgg"
network = tl.backbone(image_size=IMAGE_SIZE)
print(network.describe())
before = network.fingerprint()
BLOCK5, BLOCK3 = ("block5_pool", "both"), ("block3_pool", "time")
AXES = [("block3_pool", forget) for forget in tl.speech.FORGET]
DEPTHS = [(f"block{i}_pool", "both") for i in (2, 3, 4, 5)]


def vgg(spectrograms, places):
    """Return VGG16's features of spectrograms, from the cache where they are known."""
    return tl.speech.picture_features(network, tl.speech.as_pictures(spectrograms), places)


seen = {
    "centered": vgg(centered, [BLOCK5, BLOCK3]),
    "moved": vgg(clean, [*AXES, *DEPTHS]),
    "room and noise": vgg(hard, [*AXES, *DEPTHS]),
}

# %% id="breaking"
heard = {"centered": centered, "moved": clean, "room and noise": hard}
stops = {
    "centered,\nrandom folds": ("centered", False),
    "centered,\nunseen voices": ("centered", True),
    "moved,\nunseen voices": ("moved", True),
    "room and noise,\nunseen voices": ("room and noise", True),
}
lines = {"raw": [], "block 5": [], "block 3": []}
for condition, grouped in stops.values():
    found = {
        "raw": heard[condition].reshape(len(data), -1),
        "block 5": seen[condition][BLOCK5],
        "block 3": seen[condition][BLOCK3],
    }
    for name, x in found.items():
        lines[name].append(
            fold_scores(name, x, labels, voices, grouped=grouped, repeats=2 if FAST else 5, n=3)
        )
figure = tl.plots.lines_with_intervals(
    list(stops),
    lines,
    xlabel="the benchmark, from easy to hard",
    title="Breaking the benchmark",
    reference=0.1,
    reference_label="chance",
)
text = draw.lines_alt("Accuracy, easy to hard.", [s.replace("\n", " ") for s in stops], lines)
tl.show(figure, alt=text)

# %% id="breaking-verdicts"
for i, stop in enumerate(stops):
    print(f"{stop.replace(chr(10), ' ')}: {lines['block 3'][i].minus(lines['raw'][i])}")
hard_raw = lines["raw"][-1]
print(f"raw levels on the hard target: {hard_raw}")
assert hard_raw.estimate < 0.80  # the target is hard for a linear model on raw levels

# %% [markdown] id="step-02-end"
# A benchmark on which raw levels do nearly as well as the best model cannot rank models. Broken, it can: read where each line falls. **Raw levels know
# the word by its place.** A convolution does not care about the place; to find the same thing anywhere is the first thing that photographs
# teach a network. From here on the words move, and voices are never on two sides.

# %% [markdown] id="step-03"
# ## 3. Which depth, and which axis may be averaged?
#
# Two choices. The depth: far from photographs, which block? And the pooling: block 3 leaves a map of 12 frequencies × 12 times × 256
# channels. Chapter 03 averaged over both axes. Other choices: forget time only (maximum over time, at each frequency), forget frequency only, or
# forget neither (means in a grid of 3 × 3).
#
# The protocol of the rest of the chapter: some voices are held out for good. The others lend their clips: a **draw** picks some of the voices
# to learn from. Intervals draw both anew, voices and draws (two-way bootstrap, chapter 05).

# %% [markdown] tags=["prediction"] id="predict-03"
# > **Predict.** Which block is best, when averaged over both axes? And order the four poolings.
# >
# > Your answer:

# %% id="axes"
study = voice_study(data, learn_from=MANY, draws=DRAWS, tested=TESTED, seed=SEED)
learned = len(study.draws[0])
print(f"{len(study.draws)} draws of {MANY} voices ({learned} labels), {TESTED} voices held out")
pooled = {}
for condition in ("moved", "room and noise"):
    for cut, forget in dict.fromkeys([*DEPTHS, *AXES]):
        name = f"{cut.removesuffix('_pool').replace('block', 'block ')}, forget {forget}"
        x = seen[condition][cut, forget]
        pooled.setdefault(name, {})[condition] = probe_scores(name, x, study)
quiet, loud = ({n: s[c] for n, s in pooled.items()} for c in ("moved", "room and noise"))
figure = tl.plots.dumbbell(
    quiet,
    loud,
    labels=("clean", "room and noise, 10 dB"),
    title="What pooling may forget",
    reference=0.1,
    reference_label="chance",
)
tl.show(figure, alt=draw.rows_alt("Accuracy on unseen voices.", quiet, loud, ("clean", "10 dB")))

# %% id="axes-verdicts"
for name, condition in (("clean", quiet), ("10 dB", loud)):
    kept, averaged = condition["block 3, forget time"], condition["block 3, forget both"]
    print(f"{name}: {kept.minus(averaged)}")
    print(f"{name}: {kept.minus(condition['block 3, forget frequency'])}")
    print(f"{name}: {averaged.minus(condition['block 5, forget both'])}")

# %% [markdown] id="step-03-end"
# "One word later" is the same word; "one octave higher" is another vowel. Global pooling, harmless on photographs, **threw away the
# axis that carries the meaning**. Read from the verdicts how much that was worth, in quiet and in noise.

# %% [markdown] id="untrained-why"
# And how much of it is ImageNet? The control is the same network with random weights, pooled the same way.

# %% id="untrained"
random_weights = tl.backbone(image_size=IMAGE_SIZE, weights="random", seed=SEED)
pictures = tl.speech.as_pictures(hard)
blind = tl.speech.picture_features(random_weights, pictures, [BLOCK3])[BLOCK3]
untrained = probe_scores("untrained VGG16, block 3, forget time", blind, study)
print(f"10 dB: {untrained}")
print(loud["block 3, forget time"].minus(untrained))
print(untrained.minus(probe_scores("raw levels", hard.reshape(len(hard), -1), study)))

# %% [markdown] id="untrained-end"
# The first verdict is what the weights added, the second what architecture and pooling gave without having seen a single photograph. Quote both.

# %% [markdown] id="ex-09-2-text"
# ### Exercise 09.2 Which augmentations keep the label?
#
# The axes also decide which changes are fair copies. For each of eight changes of a clip or its picture: True where the digit stays what it is.

# %% tags=["exercise"] id="ex-09-2"
### BEGIN ANSWER
keeps = {
    "shift by 0.1 s": True,
    "softer by 6 dB": True,
    "a masked band": True,
    "noise at 15 dB": True,
    "left-right flip": False,
    "upside down": False,
    "rotation by 90 degrees": False,
    "10 % faster": True,
}
### ELSE
keeps = {  # replace each None with True or False
    "shift by 0.1 s": None,
    "softer by 6 dB": None,
    "a masked band": None,
    "noise at 15 dB": None,
    "left-right flip": None,
    "upside down": None,
    "rotation by 90 degrees": None,
    "10 % faster": None,
}
### END ANSWER
tl.check("09.2", keeps)

# %% [markdown] id="ex-09-3-text"
# ### Exercise 09.3 Pool the right axis
#
# Write `pool_maps(A)` for an array of shape (clips, frequency, time, channels): forget when, keep at which pitch. The result has one row for each clip.


# %% tags=["exercise"] id="ex-09-3"
def pool_maps(A):
    ### BEGIN ANSWER
    return A.max(axis=2).reshape(len(A), -1)
    ### ELSE
    return None  # replace None with an array (clips, features)
    ### END ANSWER


tl.check("09.3", pool_maps)

# %% [markdown] id="step-04"
# ## 4. How many voices are enough?
#
# Suppose there are four voices only, each saying every digit three times. Somebody deals the clips into folds at random; somebody else keeps each voice in one fold.

# %% [markdown] tags=["prediction"] id="predict-04"
# > **Predict.** How many points does the random split report too much, for raw levels, for block 5 and for block 3?
# >
# > Your answer:

# %% id="leak"
naive, honest = {}, {}
for name, x in {
    "raw": clean.reshape(len(data), -1),
    "block 5": seen["moved"][BLOCK5],
    "block 3, forget time": seen["moved"][BLOCK3],
}.items():
    for table, grouped in ((naive, False), (honest, True)):
        table[name] = fold_scores(
            name, x, labels, voices, grouped=grouped, at_once=4, repeats=2 if FAST else 5
        )
figure = tl.plots.dumbbell(
    naive,
    honest,
    labels=("random folds", "folds of whole voices"),
    title="Four voices: what the split reports",
)
text = draw.rows_alt("Four voices at a time, clean.", naive, honest, ("random", "grouped"))
tl.show(figure, alt=text)

# %% id="leak-size"
for name in naive:
    leak = naive[name].minus(honest[name])
    print(
        f"{name}: random folds report {100 * leak.difference:+.1f} points "
        f"[{100 * leak.low:+.1f}, {100 * leak.high:+.1f}], {recipes.decided(leak)}"
    )
scores = pooled["block 3, forget time"]["room and noise"]
clips_only = tl.evaluation.interval(scores.hits[0])
voices_too = tl.evaluation.interval(scores.hits[0], groups=scores.voices)
print(f"one draw, at 10 dB: as if clips were independent {clips_only}")
print(f"                    voices drawn anew            {voices_too}")
weakest = min(scores.by_voice().items(), key=lambda item: item[1])
print(f"hardest voice: {weakest[0]}, {weakest[1]:.2f}")

# %% [markdown] id="step-04-end"
# The unit is the voice, **in the split and in the interval**. A random split tests whether a voice is remembered. And
# clips of one voice succeed and fail together: compare the two intervals of the same hits.

# %% [markdown] id="ex-09-4-text"
# ### Exercise 09.4 A split you could defend
#
# The claim will be about *new speakers*. Return the rows of a training part and of a test part. `everyone.groups` holds the voice of each clip,
# `everyone.labels` the digit, and `everyone.ids` ends in the take (words per minute). A quarter to a half of the clips, and at least four voices, belong in the test.

# %% tags=["exercise"] id="ex-09-4"
### BEGIN ANSWER
kept_back = np.isin(everyone.groups, sorted(set(everyone.groups))[:4])
train_rows, test_rows = np.flatnonzero(~kept_back), np.flatnonzero(kept_back)
### ELSE
train_rows = None  # replace None with row numbers
test_rows = None  # replace None with row numbers
### END ANSWER
tl.check("09.4", (train_rows, test_rows), data=everyone)

# %% [markdown] id="step-05"
# ## 5. Will it survive the real world?
#
# The head has learned from clean clips. Now the same held-out clips come from a living room with noise:
# white, pink, or six people talking. At 20 dB the speech has a hundred times the power of the noise, and every listener understands each word. Listen first.

# %% [markdown] tags=["prediction"] id="predict-05"
# > **Predict.** Clean accuracy is in the figure of section 3. What is left at 20 dB?
# >
# > Your answer:

# %% id="ladder-sounds"
ladder = {rung: hear_one(data.ids[seven], condition) for rung, condition in LADDER.items()}
draw.play(ladder)

# %% id="cliff"
RUNGS = ("clean", "10 dB", "0 dB") if FAST else ("clean", "20 dB", "10 dB", "0 dB")
FLOORS = (-60.0, -25.0) if FAST else (-60.0, -40.0, -25.0)
sunk = sink(
    network,
    voices,
    study,
    rungs=RUNGS,
    floors=FLOORS,
    learn_in=("clean", "10 dB") if FAST else ("clean", "20 dB", "10 dB"),
    seed=SEED,
)
lines = {
    f"{IN_QUIET}, floor {floor:g} dB": [sunk.scores[IN_QUIET, floor, rung] for rung in RUNGS]
    for floor in FLOORS
}
lines[f"{IN_NOISE}, floor {FLOORS[0]:g} dB"] = [
    sunk.scores[IN_NOISE, FLOORS[0], rung] for rung in RUNGS
]
figure = tl.plots.lines_with_intervals(
    list(RUNGS),
    lines,
    xlabel="level of the speech above the noise",
    title="The cliff, and two repairs (dotted: chance)",
    reference=0.1,
)
tl.show(figure, alt=draw.lines_alt("Accuracy on unseen voices over noise.", RUNGS, lines))

# %% [markdown] id="cliff-why"
# The solid line falls off a cliff. What did so little noise do to the picture? The logarithm makes a floor far below the vowels as visible as a
# consonant. Two repairs are in the same figure. Raise the **floor** of the picture from −60 dB, so that quiet noise is cut off. Or let the head **see noise**:
# train it on noisy copies of the same clips.

# %% id="cliff-verdicts"
loudest, first_noise = RUNGS[-1], RUNGS[1]
for rung, pictures in zip(RUNGS[:2], sunk.spectrograms[:2], strict=True):
    print(f"mean gray level, {rung}: {pictures.mean():.2f} of full scale")
start, high = sunk.scores[IN_QUIET, FLOORS[0], first_noise], FLOORS[-1]
print(f"at {first_noise}, floor raised: {sunk.scores[IN_QUIET, high, first_noise].minus(start)}")
print(
    f"at {first_noise}, noise seen:   {sunk.scores[IN_NOISE, FLOORS[0], first_noise].minus(start)}"
)
clean_start = sunk.scores[IN_QUIET, FLOORS[0], "clean"]
print(f"clean, floor raised: {sunk.scores[IN_QUIET, high, 'clean'].minus(clean_start)}")
print(f"clean, noise seen:   {sunk.scores[IN_NOISE, FLOORS[0], 'clean'].minus(clean_start)}")
unseen = sunk.scores[IN_NOISE, FLOORS[0], loudest]
print(
    f"{loudest}, which no head has seen: {unseen.minus(sunk.scores[IN_QUIET, FLOORS[0], loudest])}"
)

# %% [markdown] id="step-05-end"
# A single constant of the preprocessing, and noisy copies in training: compare what they moved with section 2, where only the model was chosen. Read the
# price of each on clean clips in the verdicts. **Test in the condition of use before you believe a clean number.**

# %% [markdown] id="widget-text"
# ### Sink the word
#
# Pictures of one word under several noises and floors, with what the head trained in quiet says. With a running kernel, move noise and floor: the bars are the answers of both kinds of head.

# %% tags=["widget"] id="widget"
sink_the_word(sunk)

# %% [markdown] id="step-06"
# ## 6. Near and small, or far and large?
#
# A small network (four 3 × 3 blocks, frequency kept, maximum over time: 192 features) is pretrained on the 32 source words, which it hears clean and in noise
# at 20, 10 and 5 dB. A minute ago it knew nothing; VGG16 saw a million photographs. Both now meet a hard target with **few labels**: the digits at
# 10 dB in a room, two voices to learn from.
#
# Each is *probed* (a linear head on frozen features) and *fine-tuned* (all of the small network; the last convolution of VGG16's block 3). Controls: raw levels, and the same small network from scratch.

# %% [markdown] tags=["prediction"] id="predict-06"
# > **Predict.** Order the six ways on the hard target. Then the same on clean clips.
# >
# > Your answer:

# %% id="pretrain"
PRETRAIN = 60 if FAST else networks.PRETRAIN_STEPS
STEPS = 20 if FAST else 80
VIEWS = 2 if FAST else 4  # how often each word is heard, in the first of the conditions
noisy_words = networks.pretrain("noisy words", steps=PRETRAIN, views=VIEWS, seed=SEED)
print(
    f"{noisy_words.model.count_params():,} weights, {noisy_words.n_words} words, "
    f"{noisy_words.seconds:.0f} s: {noisy_words.held_out:.2f} on two held-out voices, "
    f"{noisy_words.fitted:.2f} on what it learned from, in inference mode"
)
assert noisy_words.fitted > (0.1 if FAST else 0.8)  # the moving statistics of BatchNorm arrived

# %% id="few-labels"
few = voice_study(data, learn_from=FEW, draws=DRAWS, tested=TESTED, seed=SEED)
assert set(few.test) == set(study.test)
print(f"{len(few.draws[0])} labels from {FEW} voices, {DRAWS} draws, {TESTED} voices held out")
inputs = {"clean": clean, "10 dB": hard}
vgg_seen = {"clean": seen["moved"][BLOCK3], "10 dB": seen["room and noise"][BLOCK3]}
rows = {}


def enter(name, condition, scores):
    """Keep the scores of one way in one condition."""
    rows.setdefault(name, {})[condition] = scores
    print(f"{condition}: {scores}")


for condition, x in inputs.items():
    enter("raw log-mel", condition, probe_scores("raw log-mel", x.reshape(len(x), -1), few))
    enter("VGG16, probe", condition, probe_scores("VGG16, probe", vgg_seen[condition], few))
    own = tl.speech.features_of(noisy_words.model, x)
    enter("noisy words, probe", condition, probe_scores("noisy words, probe", own, few))

# %% id="tuned"
work = compiled(tl.speech.speech_network(10))
for condition, x in inputs.items():
    name = "noisy words, fine-tuned"
    enter(
        name,
        condition,
        networks.network_scores(name, x, few, work, source=noisy_words.model, steps=STEPS),
    )
    name = "from scratch"
    enter(name, condition, networks.network_scores(name, x, few, work, steps=STEPS))

# %% id="tuned-vgg"
enter(
    "VGG16, fine-tuned",
    "10 dB",
    tuned_scores(
        "VGG16, fine-tuned",
        network,
        tl.speech.as_pictures(hard),
        vgg_seen["10 dB"],
        few,
        steps=5 if FAST else 20,
    ),
)

# %% id="few-verdicts"
on_hard = {name: found["10 dB"] for name, found in rows.items()}
best = max(on_hard, key=lambda name: on_hard[name].estimate)
print(f"best on the hard target: {on_hard[best]}")
for name in ("raw log-mel", "from scratch", "VGG16, probe"):
    if name != best:
        print(on_hard[best].minus(on_hard[name]))
print("fine-tuning VGG16:", on_hard["VGG16, fine-tuned"].minus(on_hard["VGG16, probe"]))
print("fine-tuning words:", on_hard["noisy words, fine-tuned"].minus(on_hard["noisy words, probe"]))
print("clean:", rows["noisy words, probe"]["clean"].minus(rows["VGG16, probe"]["clean"]))
if not FAST:
    assert on_hard[best].minus(on_hard["raw log-mel"]).low > 0

# %% [markdown] id="step-06-end"
# Write down the sentence you would put in a report, with its "because". Most people write: *because speech is nearer.* Keep it for the next section.

# %% [markdown] id="step-07"
# ## 7. Why did it win?
#
# Two things differed between the small network and VGG16: the *words* and the *noise* they came with. The missing run: the same small network, pretrained on
# the same words **without noise**.

# %% [markdown] tags=["prediction"] id="predict-07"
# > **Predict.** Pretrained on clean words: its accuracy on clean digits, and at 10 dB?
# >
# > Your answer:

# %% id="clean-words"
clean_words = networks.pretrain("clean words", steps=PRETRAIN, views=VIEWS, seed=SEED)
print(f"clean words: {clean_words.held_out:.2f} on two held-out voices")
for condition, x in inputs.items():
    own = tl.speech.features_of(clean_words.model, x)
    enter("clean words, probe", condition, probe_scores("clean words, probe", own, few))

# %% id="cells"
pick = ("clean words, probe", "noisy words, probe")
cells = {name.removesuffix(", probe"): rows[name] for name in pick}
rest = {n: rows[n] for n in ("VGG16, probe", "from scratch", "raw log-mel")}
figure, alt = draw.source_cells(cells, rest, title=f"Two sources, {len(few.draws[0])} labels")
tl.show(figure, alt=alt)

# %% id="cells-verdicts"
nearness = {c: rows["clean words, probe"][c].minus(rows["VGG16, probe"][c]) for c in inputs}
exposure = {c: rows["noisy words, probe"][c].minus(rows["clean words, probe"][c]) for c in inputs}
for condition in inputs:
    print(f"{condition}, nearness without noise: {nearness[condition]}")
    print(f"{condition}, noise on top:           {exposure[condition]}")
worse = [c for c in inputs if recipes.decided(exposure[c]) == "worse"]
if worse:
    print(f"negative transfer: pretraining in noise costs accuracy on {', '.join(worse)} clips")
else:
    print("no condition in which noise in pretraining is shown to cost accuracy")

# %% [markdown] id="step-07-end"
# Read the table along its rows and columns. The two effects come apart: what nearness brought, and what noise in pretraining brought, each in each
# condition. **Not the name of the source transfers, but the invariances it taught.** A source that met your condition of use has taught the one you need, and
# teaching it may cost something elsewhere.

# %% [markdown] id="ex-09-5-text"
# ### Exercise 09.5 The missing cell
#
# A report says: *in noise, the speech network pretrained on noisy words is a better start than VGG16, because words are nearer to digits than photographs.* Which run tests the "because"?
#
# - A: the same comparison with more seeds
# - B: the speech network pretrained on noisy digits in place of noisy words
# - C: the speech network pretrained on the same words without noise
# - D: a larger head on both
# - E: VGG16 on larger pictures
#
# And does your run of it, at 10 dB, say `"supported"`, `"not supported"` or `"undecided"`? Answer with a pair such as `("A", "undecided")`. The verdict must agree with the interval that you measured.

# %% tags=["exercise"] id="ex-09-5"
### BEGIN ANSWER
meaning = {"better": "supported", "worse": "not supported", "undecided": "undecided"}
cause = ("C", meaning[recipes.decided(nearness["10 dB"])])
### ELSE
cause = None  # replace None with a pair
### END ANSWER
tl.check("09.5", cause, difference=nearness["10 dB"])

# %% [markdown] tags=["solution-only"] id="ex-09-5-answer"
# The clean-pretrained network has the nearness and not the noise. Its interval against VGG16 in noise is what the "because" has to stand on.

# %% [markdown] id="step-08"
# ## 8. Is it real?
#
# A synthesizer is not a person. The Free Spoken Digit Dataset has six people who said each digit many times. Every speaker is tested by models that learned from the other
# five: once from all their recordings, once from one recording of each digit and speaker.
#
# The recordings are fetched on request. Where they are missing, the cell says so and shows what a script of the course recorded elsewhere.

# %% [markdown] tags=["prediction"] id="predict-08"
# > **Predict.** Raw levels, VGG16 and the word networks, on real people with few labels: which order? And how much does a random split report too much?
# >
# > Your answer:

# %% id="real"
real = recordings(2 if FAST else 12)
if real is None:
    print(HOW_TO_GET)
    found = recorded_rows()
else:
    sources = {"clean words": clean_words.model, "noisy words": noisy_words.model}
    found = real_rows(*real, network, sources, steps=STEPS)
print("source of these numbers:", "; ".join(f"{k}: {v}" for k, v in found.made.items()))

# %% id="real-figure"
figure = tl.plots.dumbbell(
    found.few,
    {name: value for name, value in found.honest.items() if name in found.few},
    labels=("one recording of each digit and speaker", "all recordings"),
    title="Real people, each new to the model: " + found.made["where"],
    reference=0.1,
    reference_label="chance",
)
text = draw.rows_alt(
    f"Real digits, six speakers, {found.made['where']}.", found.few, found.honest, ("few", "all")
)
tl.show(figure, alt=text)

# %% id="real-verdicts"
for name, (estimate, _, _) in found.naive.items():
    true = found.honest[name][0]
    print(
        f"{name}: random split {estimate:.2f}, speakers apart {true:.2f}, "
        f"{100 * (estimate - true):.0f} points too much"
    )
print("all recordings:", *found.verdicts["all"], sep="\n  ")
print("few labels:", *found.verdicts["few"], sep="\n  ")
negative = [v.split(" is worse")[0] for v in found.verdicts["all"] if " is worse than " in v]
print(f"negative transfer, below {RAW} on all recordings: {', '.join(negative) or 'none shown'}")
spread = found.by_speaker[RAW]
print(f"{RAW} by speaker: " + ", ".join(f"{s} {a:.2f}" for s, a in spread.items()))

# %% [markdown] id="step-08-end"
# Six speakers are six pieces of evidence. What stands on them: the random split lies, by the points printed above. What does not
# stand where the interval includes zero: the order of the sources. **Synthetic success is a hypothesis about real success.**

# %% [markdown] id="quiz-text"
# ## Quiz
#
# Five questions. Each option has a reason; read those of the wrong ones too.

# %% tags=["quiz"] id="quiz"
tl.quiz("09")

# %% id="last-checks"
assert network.fingerprint() == before  # every step left VGG16 as it was
for rows_learned in (*study.draws, *few.draws):
    assert not set(voices[rows_learned]) & set(voices[study.test])
again = probe_scores("again", vgg_seen["10 dB"], few)
assert np.array_equal(again.hits, rows["VGG16, probe"]["10 dB"].hits)
print("VGG16 unchanged; no voice on two sides; same seed, same numbers")

# %% [markdown] id="end"
# ## What you can now do
#
# *A spectrogram is a picture whose axes mean something: I may average over time, not over frequency; I split by speaker; and I test in noise before I
# believe a clean number.*
#
# ### References
#
# - Davis & Mermelstein 1980 (IEEE Transactions on ASSP): mel-scaled features compared.
# - Palanisamy, Singhania & Yao 2020, *Rethinking CNN Models for Audio Classification* (arXiv 2007.11154): ImageNet networks as strong baselines on spectrograms. <!-- fixed: an arXiv number -->
# - Park et al. 2019, *SpecAugment* (Interspeech): masks in time and frequency that keep the label.
# - Ko et al. 2015, *Audio augmentation for speech recognition* (Interspeech): playing faster and slower.
# - Seltzer, Yu & Wang 2013 (ICASSP): noise robustness by multi-condition training.
# - Warden 2018, *Speech Commands* (arXiv 1804.03209): a larger real set, split by speaker. Where to go next. <!-- fixed: an arXiv number -->
#
# ### Where next
#
# Chapter 10 goes back to pictures and asks for more than one word: where things are, what the network looks at, and how to paint with it.

# %% [markdown] tags=["instructor"] id="instructor"
# ## Instructor notes
#
# **Minutes (75).** Sections 1 and 2: 15. Section 3: 12. Section 4: 10. Section 5: 15. Sections 6 and 7: 15. Section 8: 8. Headphones, or one loudspeaker; check the volume before the noise.
#
# **Misconceptions to listen for.** "An image network sees pitch." "A flip is harmless, it was for cats." "20 dB is loud": the speech has a hundred times the power.
# "More clips of the same voices replace voices." "'Nearer source' is an explanation." "Synthetic success predicts real success."
#
# **Discuss.**
#
# 1. Which other pictures have axes that mean something (charts, gene arrays, radar), and which axis may be averaged?
# 2. Your product must work in cars. What would you buy first: more voices, recorded noise, or a speech model? Which section is your evidence?
#
# **Late?** Skip the depth rows of section 3 and the widget. Never skip the axis (3), the voices (4), the cliff (5) and the missing run (7).
#
# **Without the recordings** section 8 shows what was recorded elsewhere, and says so in the title of its figure.
