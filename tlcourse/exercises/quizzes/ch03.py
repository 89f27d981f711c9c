"""Quiz of chapter 03, feature extraction."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "The training loss falls to 1.95 and stays. There are 8 classes, and the entropy of their "
        "labels is 1.95 nats. The network …",
        (
            Option("has converged well", "It does no better than knowing the shares of classes."),
            Option(
                "ignores the picture",
                "Predicting the shares of the classes for every picture costs exactly H(Y), the "
                "entropy of the labels.",
                right=True,
            ),
            Option("overfits", "Then the training loss would go on falling."),
            Option(
                "needs its inputs divided by 255",
                "The scale of the loss says nothing about the scale of the inputs.",
            ),
        ),
    ),
    Question(
        "The base is frozen, there is no augmentation, and the head trains for 50 epochs. How many "
        "forward passes through the base does each training picture need?",
        (
            Option("50", "That is what the recipe does, not what is needed."),
            Option("1", "A frozen base gives the same answer every time: keep it.", right=True),
            Option("0", "The features must be computed once before they can be kept."),
            Option(
                "100",
                "Backward passes through a frozen base are not needed at all, and more than one "
                "forward pass neither.",
            ),
        ),
    ),
    Question(
        "A model was trained on pictures that went through preprocess_input. It is served pictures "
        "divided by 255. Expect …",
        (
            Option(
                "a few points less",
                "That is the cost when training and serving make the same mistake.",
            ),
            Option(
                "accuracy near the majority share",
                "The inputs are about 100 times too small for the fitted head.",
                right=True,
            ),
            Option("an error", "Shapes and types fit, so nothing complains."),
            Option("better accuracy", "Nothing in the network could turn this into a gain."),
        ),
    ),
    Question(
        "A linear softmax head learns from 80 pictures with 512 features each. Starting its "
        "weights from zero …",
        (
            Option(
                "means it never learns, because of symmetry",
                "That is true of hidden layers. The classes of a softmax layer get different "
                "gradients from the first step on.",
            ),
            Option("only saves time", "The gain that was measured is in accuracy."),
            Option(
                "removes random weights that the data can never correct",
                "In directions in which no training picture varies, the random start stays, and "
                "test pictures do vary there.",
                right=True,
            ),
            Option(
                "equals a Glorot start after enough epochs",
                "Not in directions without data: there the start is never corrected.",
            ),
        ),
    ),
    Question(
        "After one fit, you set base.trainable = True and call fit again. Keras 3 …",
        (
            Option("trains the base", "Only after a new compile."),
            Option(
                "goes on with the old plan, silently",
                "What trains is fixed when the training step is built, at the first fit after "
                "compile.",
                right=True,
            ),
            Option("raises an error", "It does not, which is what makes this a trap."),
            Option("resets the weights", "Neither trainable nor compile ever changes a weight."),
        ),
    ),
)
