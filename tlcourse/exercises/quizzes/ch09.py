"""Quiz of chapter 09, speech."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Clips are clean. Raw log-mel values name centered digits of unseen voices well, and the "
        "same digits at random positions badly. Why?",
        (
            Option("The noise covers the word.", "There is none: these clips are clean."),
            Option(
                "A shifted word has other values at every place.",
                "Place is all that a raw value has. A convolution looks everywhere.",
                right=True,
            ),
            Option("There are fewer labels.", "The number of labels is the same."),
            Option("The voices are new.", "They were new before the shift, too."),
        ),
    ),
    Question(
        "Global average pooling, harmless on photographs, loses on spectrograms mainly …",
        (
            Option("how loud it was", "The picture is relative to the clip's own maximum."),
            Option("when it was said", "That was worth losing: one word later is the same word."),
            Option(
                "at which frequency something happened",
                "One row higher is another vowel. So forget time and keep frequency.",
                right=True,
            ),
            Option("the channels", "They are what is left."),
        ),
    ),
    Question(
        "480 clips of 16 voices. An honest interval for new speakers draws anew …",
        (
            Option("clips", "Clips of one voice succeed and fail together; this is too narrow."),
            Option("voices", "The voice is what will be new in use.", right=True),
            Option("seeds only", "That covers the luck of training, not that of the speakers."),
            Option("folds", "Folds share their training clips and are no new speakers."),
        ),
    ),
    Question(
        "A head trained on clean clips fails at 20 dB. The cheapest honest repair?",
        (
            Option("Unfreeze block 5", "The input has moved; the concept has not."),
            Option("Keep only test clips that sound clean", "That changes the test."),
            Option(
                "Train with noisy copies, or raise the floor",
                "Both act where the trouble is: in what the picture shows of the noise.",
                right=True,
            ),
            Option("Report the clean accuracy", "That is the accident, not its repair."),
        ),
    ),
    Question(
        "A small network pretrained on noisy words beats VGG16 in noise. The report says 'because "
        "speech is nearer'. What is missing?",
        (
            Option("Nothing", "Two things differ: the words, and the noise they came with."),
            Option(
                "The same network pretrained on clean words",
                "It has the nearness without the noise, so it parts the two causes.",
                right=True,
            ),
            Option("A larger network", "That would add a third difference."),
            Option("A smaller p-value", "It would make sure that the two differ, not why."),
        ),
    ),
)
