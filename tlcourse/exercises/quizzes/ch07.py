"""Quiz of chapter 07, different tasks and different domains."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "The proxy A-distance between two styles is 2.0, its largest value. The loss of accuracy "
        "from one to the other will be …",
        (
            Option("total", "In many dimensions nearly all pairs of styles come close to 2."),
            Option(
                "unknown",
                "It says that the domains can be told apart, not that pictures cross the border "
                "between classes.",
                right=True,
            ),
            Option("zero after scaling", "Scaling may help; nothing about that number implies it."),
            Option(
                "the same in both directions",
                "The measure is symmetric. The loss is not.",
            ),
        ),
    ),
    Question(
        "AdaBN replaces …",
        (
            Option("γ and β", "They stay as training left them."),
            Option(
                "the moving mean and variance, by the target's",
                "Statistics need no labels, so the target can supply them.",
                right=True,
            ),
            Option("all weights", "That would be fine-tuning, which needs labels."),
            Option(
                "nothing, if the model is called with training=False",
                "That flag chooses which statistics are used. AdaBN changes what they are.",
            ),
        ),
    ),
    Question(
        "The domain classifier of a DANN is at chance. You know that …",
        (
            Option("the classes are aligned", "It never looked at classes."),
            Option("the target accuracy rose", "A rise and a fall both go with it."),
            Option(
                "this classifier cannot tell the features apart; classes may be swapped",
                "Two clouds can cover each other with the labels in the wrong places.",
                right=True,
            ),
            Option("the gap was small", "It says nothing about the gap before training."),
        ),
    ),
    Question(
        "The target has other class frequencies than the source. Aligning the two clouds …",
        (
            Option("is safe", "Section 9 goes looking for a target that suffers from it."),
            Option(
                "needs more data",
                "It goes wrong with endless data too: the clouds should not look the same.",
            ),
            Option(
                "can move one class onto another",
                "If the clouds must match and the shares do not, some items end up under foreign "
                "labels.",
                right=True,
            ),
            Option("only slows training", "The closed forms have no training to slow."),
        ),
    ),
    Question(
        "You have no target labels and nine candidates. Honest practice is to …",
        (
            Option("take the best target accuracy", "That needs the labels you do not have."),
            Option(
                "take the lowest entropy",
                "It rewards being sure, and a broken model can be surest of all.",
            ),
            Option(
                "take the method of the newest paper",
                "Differences between methods lay inside the intervals.",
            ),
            Option(
                "fix a label-free rule beforehand, report its choice, and print the oracle too",
                "Then the reader sees what choosing without labels costs.",
                right=True,
            ),
        ),
    ),
)
