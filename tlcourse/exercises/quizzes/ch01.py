"""Quiz of chapter 01, background."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "Which difference isolates what the pretrained weights bring?",
        (
            Option(
                "pretrained minus a small CNN from scratch",
                "This also changes the architecture and how it was trained.",
            ),
            Option(
                "pretrained minus random: the same network, the same head",
                "Everything is equal but the weights.",
                right=True,
            ),
            Option(
                "pretrained minus the majority class",
                "This shows that something was learned, and not where it came from.",
            ),
            Option(
                "pretrained minus hand-made features",
                "A fair rival, and another question: which features are better?",
            ),
        ),
    ),
    Question(
        "Cut after block 1, pretrained and random weights do about equally well. Why?",
        (
            Option("Block 1 is not trained in VGG16", "It is, like all the others."),
            Option(
                "The pictures are too small",
                "The same pictures show large gains at later blocks.",
            ),
            Option(
                "Averages of simple local filters carry about the same, learned or random",
                "Little of what an early block computes is specific to the source.",
                right=True,
            ),
            Option(
                "The head did not converge",
                "It is the same head with the same solver at every block.",
            ),
        ),
    ),
    Question(
        "On a far target the random block 5 beats the pretrained block 5. The best reading is …",
        (
            Option(
                "pretraining is useless for gray pictures",
                "Then earlier blocks would not gain either.",
            ),
            Option(
                "random networks are better",
                "On a near target they lose by a wide margin.",
            ),
            Option(
                "the last block keeps what tells photographs apart and drops other things: cut "
                "earlier",
                "Negative transfer at one cut says nothing against the cut before it.",
                right=True,
            ),
            Option("the head overfits", "The same head is fitted to both."),
        ),
    ),
    Question(
        "Multi-task learning and transfer differ in …",
        (
            Option("the number of layers", "That is free in both."),
            Option(
                "time: tasks are learned together, or one after the other",
                "Multi-task shares weights while both tasks train; transfer takes over weights "
                "that were trained before.",
                right=True,
            ),
            Option("sharing", "Both share weights between tasks."),
            Option(
                "labels: transfer needs none of the target",
                "It needs target labels too, unless stated otherwise.",
            ),
        ),
    ),
    Question(
        "The last state of a random, frozen GRU tells words apart hardly better than chance, the "
        "mean of its states does far better. Why?",
        (
            Option("The mean has more numbers", "Both have 64."),
            Option(
                "Untrained gates forget within a few steps, and the clip ends in noise",
                "The mean still contains the word, which was said earlier.",
                right=True,
            ),
            Option("The GRU was trained on the mean", "It was not trained at all."),
            Option("Chance", "All draws agree."),
        ),
    ),
)
