"""Quiz of chapter 02, choosing a model."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "A score has a weighted τ of 0.9 with the truth, and its first choice gives up 6 points "
        "of accuracy. Is that possible?",
        (
            Option(
                "no: near 1 the best candidate must come first",
                "Only τ = 1 promises that. Near 1 there is room for a swap.",
            ),
            Option(
                "yes: one swap at the top can cost much",
                "τ counts pairs in the wrong order, not the accuracy between them.",
                right=True,
            ),
            Option("only if there are ties", "A swap needs no tie."),
            Option(
                "only if the score is negative",
                "Ranks do not know the sign of a score, only its order.",
            ),
        ),
    ),
    Question(
        "How can a network without any training give features for digits that are as good as those "
        "of the last block of a network trained on ImageNet?",
        (
            Option(
                "the pretrained weights are damaged",
                "Earlier blocks of the same file do well on the same digits.",
            ),
            Option(
                "late blocks discard what photographs do not need",
                "They were trained to ignore much of what tells digits apart; random filters keep "
                "it.",
                right=True,
            ),
            Option(
                "luck of one seed",
                "The weights were drawn again and measured on every pair of halves, and the result "
                "was the same.",
            ),
            Option(
                "digits need no features at all",
                "Then a histogram of colors, or noise, would do as well.",
            ),
        ),
    ),
    Question(
        "There are 274 labeled pictures and 2,048 features. The plain H-score is C − 1. It says …",
        (
            Option("the features are perfect", "Pure noise of that width gets the same score."),
            Option(
                "nothing",
                "With as many features as pictures any labels are separated perfectly, so the "
                "score is C − 1 whatever the labels are.",
                right=True,
            ),
            Option(
                "there is a bug in the pseudo-inverse",
                "The arithmetic is exact. The estimate of the covariance is not.",
            ),
            Option("there are too many classes", "The same happens with two classes."),
        ),
    ),
    Question(
        "The LEEP of a source equals −H(Y), minus the entropy of the target labels. The source …",
        (
            Option(
                "tells nothing about the labels beyond their shares",
                "Knowing its answer leaves the label as uncertain as before.",
                right=True,
            ),
            Option("determines the label", "Then LEEP would be 0, its ceiling."),
            Option(
                "has too few classes",
                "A source with any number of classes can sit on the floor.",
            ),
            Option(
                "is overconfident",
                "P̂(y|z) is counted on the same pictures, so no source falls below the floor, "
                "however confident.",
            ),
        ),
    ),
    Question(
        "You will deploy a linear head on stored features, and there are 20 candidates. How do you "
        "choose?",
        (
            Option(
                "by LogME, which is cheaper",
                "It saves seconds and puts a stand-in where the real thing is affordable.",
            ),
            Option(
                "by size: the largest pretrained model",
                "That is a static list. It may work near its home and fail far away.",
            ),
            Option(
                "cross-validate the head itself on development data",
                "That is the truth you need, and it takes seconds.",
                right=True,
            ),
            Option(
                "by the test accuracy of all 20",
                "That selects on the test set, and the winner's number is then too good.",
            ),
        ),
    ),
)
