"""Quiz of chapter 10, beyond classification."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Features that are averaged over places tell little about where a thing is, because …",
        (
            Option(
                "the last block is too deep",
                "Deeper maps are coarser, and still the flattened map of that block did better "
                "than its average.",
            ),
            Option(
                "averaging throws away where each vector came from",
                "The full map with its places shuffled does no better, though it has all numbers.",
                right=True,
            ),
            Option(
                "512 numbers are too few",
                "The shuffled map has many times as many and gains nothing.",
            ),
            Option("the trunk was frozen", "So it was for the flattened map."),
        ),
    ),
    Question(
        "An activation map peaks on the object in most pictures. What does that show?",
        (
            Option(
                "the network uses the object's shape",
                "It may be the color. The map tells where, not what.",
            ),
            Option(
                "little, until maps that cannot know the class score clearly lower",
                "A map of plain color saturation peaks on many of these objects too.",
                right=True,
            ),
            Option("there is no shortcut", "A shortcut can lie on the object itself."),
            Option("the probabilities are calibrated", "These are unrelated questions."),
        ),
    ),
    Question(
        "Accuracy rose after new pictures came in; the test pictures were drawn from them at "
        "random. What is the best next check?",
        (
            Option("train for longer", "The score is already too good to be trusted."),
            Option(
                "a larger test set, drawn the same way", "It carries the same cue as the first one."
            ),
            Option(
                "the same test pictures without the suspected cue",
                "Only the cue differs, so what changes is due to it.",
                right=True,
            ),
            Option("a smaller head", "A linear head is small enough to read a sticker."),
        ),
    ),
    Question(
        "What does non-maximum suppression remove?",
        (
            Option("boxes with low scores", "That is the work of the score threshold."),
            Option("boxes of the wrong class", "It never sees the truth."),
            Option(
                "boxes that overlap a better one too much",
                "Duplicates go. With a low limit, true neighbors go as well.",
                right=True,
            ),
            Option("boxes far from any true object", "That would need the truth, too."),
        ),
    ),
    Question(
        "The style loss, a distance of Gram matrices, is zero for …",
        (
            Option("the style picture only", "Many pictures share one Gram matrix."),
            Option(
                "any feature map with the same vectors at other places",
                "The order of the places does not enter a mean over places.",
                right=True,
            ),
            Option(
                "any picture with the same colors",
                "Deeper layers see texture, so colors are not enough.",
            ),
            Option("the content picture", "Only if it happens to have that style."),
        ),
    ),
)
