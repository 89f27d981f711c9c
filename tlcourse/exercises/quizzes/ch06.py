"""Quiz of chapter 06, overfitting."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "All training pictures are right, and two thirds of the test pictures. What follows?",
        (
            Option(
                "The model must be regularized more",
                "Nearly every head of this chapter gets its training pictures right. The gap alone "
                "does not rank them.",
            ),
            Option(
                "Nothing yet about the best remedy",
                "Look at test accuracy, likelihood and calibration, and at the recipe.",
                right=True,
            ),
            Option("Training longer will fix it", "Training is finished: every picture is right."),
            Option("The test set is broken", "There is no sign of that."),
        ),
    ),
    Question(
        "A remedy has a clear effect on raw features, and none is shown once they are scaled. Best "
        "reading?",
        (
            Option("The remedy does nothing", "It did something, on one patient."),
            Option("The seeds were bad", "The runs are paired, draw by draw."),
            Option(
                "Its effect had to do with a fault of the recipe",
                "It vanished together with the fault.",
                right=True,
            ),
            Option(
                "Scaling is a regularizer",
                "All training pictures are still right. Scaling changes the optimization.",
            ),
        ),
    ),
    Question(
        "Block 5 is fine-tuned, and the strength of the pull grows without bound. What remains?",
        (
            Option("Chance with both anchors", "Only the pull to zero ends there."),
            Option(
                "Feature extraction with L2-SP, nothing with plain decay",
                "The anchor is the limit: pretrained weights, or zeros.",
                right=True,
            ),
            Option("The probe with both anchors", "Kernels of zeros are not a probe."),
            Option("L2-SP overfits", "The weights cannot leave their starting point."),
        ),
    ),
    Question(
        "You keep the best of 30 epochs by its accuracy on 16 validation pictures. On the test, "
        "expect",
        (
            Option("the accuracy it reports", "A maximum of noisy scores is too high on average."),
            Option("more, since stopping prevents overfitting", "Section 9 measures that."),
            Option(
                "less than it reports",
                "The best of many noisy scores owes part of its height to luck.",
                right=True,
            ),
            Option("that nothing can be said", "The size of the luck can be simulated."),
        ),
    ),
    Question(
        "Temperature scaling leaves accuracy alone and brings the calibration error down. So",
        (
            Option("it did nothing useful", "Decisions with costs need probabilities."),
            Option(
                "the overconfidence is cured, the errors are not",
                "The order of the classes is the same as before.",
                right=True,
            ),
            Option("overfitting is gone", "Every error is still there."),
            Option(
                "it should be fitted on the test",
                "Then the calibration error of the test would no longer be honest.",
            ),
        ),
    ),
)
