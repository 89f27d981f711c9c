"""Quiz of chapter 00, start here."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "The network trained from scratch is right on almost all of its training pictures, and on "
        "about half of the others. What follows?",
        (
            Option("It needs more epochs", "Its training loss has little left to teach."),
            Option(
                "Training accuracy says little about new pictures",
                "It learned these pictures rather than the classes. Only unseen pictures tell.",
                right=True,
            ),
            Option(
                "The test labels are wrong", "Another model scores far higher on the same ones."
            ),
            Option(
                "It is too small",
                "A network that is too small fails on the training pictures already.",
            ),
        ),
    ),
    Question(
        "Feature extraction took seconds the first time and almost nothing the second time. Why?",
        (
            Option("The processor was warm", "That gains a few percent, not a factor of hundreds."),
            Option(
                "The features were read from a cache",
                "Its key is a hash of pictures, weights and settings. The same question has the "
                "same answer.",
                right=True,
            ),
            Option("The graph was already built", "That saves a second or so, once."),
            Option(
                "VGG16 skips pictures it is sure about",
                "A network does the same work for every picture.",
            ),
        ),
    ),
    Question(
        "What did the transferred classifier use that the network from scratch did not?",
        (
            Option("More emoji labels", "Both had the same pictures with the same labels."),
            Option("The test pictures", "Neither has learned from them."),
            Option(
                "About 1.28 million labeled photographs",
                "They shaped the weights of VGG16, long before this notebook.",
                right=True,
            ),
            Option("More training here", "Its head was fitted in a fraction of a second."),
        ),
    ),
    Question(
        "One draw: accuracy 0.70, Wilson interval 0.65 to 0.74. What does the interval cover?",
        (
            Option(
                "The luck of which test pictures happened to be there",
                "For this one trained classifier, and for nothing else.",
                right=True,
            ),
            Option(
                "The luck of which training pictures were labeled",
                "That needs several draws, as in section 7.",
            ),
            Option(
                "The accuracy of 95 percent of the pictures",
                "An interval for a mean says nothing about single pictures.",
            ),
            Option("Every way to build an emoji classifier", "It is about one trained classifier."),
        ),
    ),
    Question(
        "On one machine the preflight chose float32, on another bfloat16. Why not bfloat16 on "
        "both?",
        (
            Option("bfloat16 spoils the features", "The features point almost the same way."),
            Option(
                "Not every CPU has bfloat16 instructions",
                "Where they are missing the format is emulated, and many times slower.",
                right=True,
            ),
            Option("The weights are stored in float16", "They convert to either format."),
            Option(
                "Pictures have 8 bits for each color",
                "The depth of the input does not fix the precision of the arithmetic.",
            ),
        ),
    ),
)
