"""Quiz of chapter 04, fine-tuning."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Fine-tuning from a random head ends with every training picture right, and with the same "
        "test accuracy as the untouched features. What does the re-probe add?",
        (
            Option(
                "Nothing: equal accuracy means equal features",
                "A tuned head can hide what happened below it.",
            ),
            Option(
                "Whether the features or only the head changed for the worse",
                "A fresh head on the tuned features isolates the features.",
                right=True,
            ),
            Option(
                "A better test score to report",
                "It is a diagnosis. Choosing by it on the test is selection.",
            ),
            Option("The best learning rate", "It says that damage happened, not at which rate."),
        ),
    ),
    Question(
        "With Adam you multiply the gradients of early layers by 0.1. How far do they move?",
        (
            Option("A tenth as far", "That would be plain gradient descent."),
            Option(
                "About as far as before",
                "Adam divides each gradient by its own running size, while that is well above "
                "epsilon.",
                right=True,
            ),
            Option("Not at all", "Only a gradient of zero gives that."),
            Option("Ten times as far", "Nothing amplifies here."),
        ),
    ),
    Question(
        "You freeze layers after a first fit, and go on without compiling. What happens?",
        (
            Option("They are frozen", "They go on moving: section 1 shows it."),
            Option("An error is raised", "Not with the same batch shapes."),
            Option(
                "The training step stays as it was",
                "It was built with the old list of weights.",
                right=True,
            ),
            Option("The optimizer is reset", "Only compiling makes a new one."),
        ),
    ),
    Question(
        "Two runs moved the weights equally far. The features of one got better, those of the "
        "other worse. Why can that be?",
        (
            Option("It had a smaller rate", "The rates were equal."),
            Option("It had fewer updates", "They had equally many."),
            Option(
                "Its first gradients did not pass through a random head",
                "A fitted head, or a zero one, sends useful directions into the network. A random "
                "one sends its own noise.",
                right=True,
            ),
            Option("It had weight decay", "There was none."),
        ),
    ),
    Question(
        "On digits, letting the features change freely did no harm. What is the likeliest reason?",
        (
            Option("A bug in LP-FT", "The same code, on other data."),
            Option(
                "The last block fits digits badly, so there was little to preserve",
                "An earlier block, frozen, fits them far better.",
                right=True,
            ),
            Option("Digits have more labels here", "They have few."),
            Option(
                "Simple pictures cannot be overfitted",
                "Every training picture is right there too.",
            ),
        ),
    ),
)
