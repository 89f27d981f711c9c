"""Quiz of chapter 08, text."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Averaged GloVe vectors beat averaged random vectors by many points. What follows?",
        (
            Option("the vectors hold usable information", "That, and only that.", right=True),
            Option(
                "pretraining is worth using here",
                "Word counts were not asked. A control that cannot work proves nothing.",
            ),
            Option("more labels will widen the lead", "Section 4 shows where the lead ends."),
            Option("the head is good", "Both had the same head."),
        ),
    ),
    Question(
        "With few labels, plain tuning loses against frozen vectors. The main reason is …",
        (
            Option("too few epochs", "It stops early, by its own validation loss."),
            Option(
                "a random head sends arbitrary gradients into good features",
                "From a fitted head, with the same freedom, the loss is gone.",
                right=True,
            ),
            Option("GloVe is noisy", "The frozen vectors are the ones that win."),
            Option("balanced accuracy is unfair", "Both sides are measured by it."),
        ),
    ),
    Question(
        "After tuning on a few labels, the vector of a word that occurred in no training text …",
        (
            Option(
                "moved together with its neighbors",
                "The rows of the table are independent of each other.",
            ),
            Option("became zero", "Only a penalty on all rows would shrink it."),
            Option(
                "is unchanged, bit for bit",
                "No gradient reached it. The audit in section 7 proves it.",
                right=True,
            ),
            Option("was dropped", "It is still looked up, and now lives in an older space."),
        ),
    ),
    Question(
        "A head from another domain ranks your texts well and calls far too few of them positive. "
        "What do you try first?",
        (
            Option("a bigger model", "The ranking is there already."),
            Option(
                "re-center on the target, or set the threshold with a few labels",
                "The ranking came along and the threshold did not.",
                right=True,
            ),
            Option("more labels of the other domain", "They give the same threshold."),
            Option(
                "drop the source",
                "As a supplement to a few labels of your own it can still help.",
            ),
        ),
    ),
    Question(
        "Why does a rotation need fewer anchors than least squares?",
        (
            Option("it is exact", "Two languages are never exactly rotations of each other."),
            Option("it uses CSLS", "That is how words are looked up, not how R is found."),
            Option("it needs no centering", "It does, or the common mean decides the rotation."),
            Option(
                "orthogonality removes half of the free numbers and all stretching",
                "The constraint is the regularizer.",
                right=True,
            ),
        ),
    ),
)
