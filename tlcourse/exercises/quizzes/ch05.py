"""Quiz of chapter 05, evaluation."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Accuracy 0.80 on 110 test pictures has a half-width of 7.5 points. For a half-width of 2 "
        "points you need about …",
        (
            Option("220 pictures", "Twice as many shrink the interval by √2 only."),
            Option("410 pictures", "That scales in a straight line; the width goes with √n."),
            Option(
                "1,540 pictures", "(7.5/2)² is about 14, so 14 times as many pictures.", right=True
            ),
            Option("the same 110 pictures and 50 seeds", "Seeds add no test pictures."),
        ),
    ),
    Question(
        "There are three drawings of each concept. Which shuffle of labels exposes a leak by "
        "concept?",
        (
            Option(
                "one wrong label for each concept, random folds",
                "Copies carry the nonsense across the split, and the score lies above chance.",
                right=True,
            ),
            Option(
                "a new label for each picture, random folds",
                "Then the copies of one concept disagree, and the leak hides.",
            ),
            Option("shuffled predictions", "That says nothing about what training has seen."),
            Option(
                "each column of the features shuffled",
                "That destroys the copies too, so there is nothing left to recognize.",
            ),
        ),
    ),
    Question(
        "Two models are compared on 100 random 80/20 splits of one data set. The plain paired t "
        "test gives p = 0.001. This is …",
        (
            Option(
                "strong evidence", "The 100 splits share their pictures; they are no 100 trials."
            ),
            Option(
                "little evidence",
                "Where two models were equal, this test raised an alarm most of the time.",
                right=True,
            ),
            Option("evidence once you take 1,000 splits", "More splits make the test worse."),
            Option(
                "evidence after an unpaired t test",
                "That throws away the pairing and keeps the fault.",
            ),
        ),
    ),
    Question(
        "After temperature scaling, ECE is 0.10 on 110 test pictures. So …",
        (
            Option("10 % of the predictions are wrong", "ECE is not an error rate."),
            Option("the scaling failed", "Not shown: compare with what a perfect model shows."),
            Option(
                "undecided",
                "A perfectly calibrated model would show about 0.08 with so few pictures.",
                right=True,
            ),
            Option(
                "accuracy must have dropped",
                "Dividing by a temperature keeps the order of the classes.",
            ),
        ),
    ),
    Question(
        "Features of VGG16's block 5 lose to raw pixels on 40 labeled digits, and the interval of "
        "the gain lies below zero. The right conclusion is …",
        (
            Option(
                "VGG16 does not transfer to digits",
                "Another cut of the same network may win: the chapter measures one.",
            ),
            Option(
                "the head needs longer training",
                "The head is a convex problem that is solved already.",
            ),
            Option("chance", "The interval excludes zero."),
            Option(
                "negative transfer, for this cut at this number of labels",
                "That is what was measured, and all that was measured.",
                right=True,
            ),
        ),
    ),
)
