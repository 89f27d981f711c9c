"""Quiz of chapter 11, in the field."""

from tlcourse.exercises.quizzes.question import Option, Question

QUESTIONS = (
    Question(
        "At a new lab the AUC is unchanged. Is it safe to keep the old threshold?",
        (
            Option("yes, ranking is what decides", "A decision needs a threshold as well."),
            Option(
                "no, all scores may have shifted together",
                "AUC does not see a shift of all scores; sensitivity at a fixed threshold does.",
                right=True,
            ),
            Option("yes, if the interval is narrow", "Narrow about a number that cannot see it."),
            Option(
                "only if accuracy at the old lab is equal too",
                "Data of the old lab cannot tell what happens at the new one.",
            ),
        ),
    ),
    Question(
        "Class weights for a rare class mainly …",
        (
            Option("raise the AUC", "Compare the two AUCs of section 7: hardly anything."),
            Option("add information about rare cases", "No case was added."),
            Option(
                "shift the intercept",
                "By up to ln(n_healthy/n_sick): the threshold moved, the knowledge did not.",
                right=True,
            ),
            Option("make probabilities honest", "The opposite: they overstate the rare class."),
        ),
    ),
    Question(
        "A study has 1,000 patches of one slide, cut into disjoint blocks. What does it say about "
        "other patients?",
        (
            Option("a lot, n is 1,000", "Neighbors on a slide share everything that differs."),
            Option("something, n is the number of blocks", "That is true of this slide alone."),
            Option(
                "nothing without slides of other patients",
                "The sample size of a medical study is people.",
                right=True,
            ),
            Option("enough, because the blocks are disjoint", "Needed, but not enough."),
        ),
    ),
    Question(
        "Two scorecards have exactly the same AUC, and one is cheaper by an interval clear of "
        "zero. Why?",
        (
            Option("luck", "The interval over portfolios excludes zero."),
            Option(
                "its probabilities fit the cost threshold",
                "A new intercept changes no rank, and so no AUC; it changes who lies below the "
                "threshold.",
                right=True,
            ),
            Option("it has better features", "The weights are the same."),
            Option(
                "it finds more defaults at every threshold",
                "Then its ROC curve would differ, and the AUC with it.",
            ),
        ),
    ),
    Question(
        "Cutting nearly all parameters of VGG16 leaves a large part of its time. Why?",
        (
            Option("Python is slow", "One call for a batch; its share is tiny."),
            Option("pooling is slow", "It does hardly any arithmetic."),
            Option("results were cached", "The times were measured without a cache."),
            Option(
                "early layers have few weights, but use each of them at every pixel",
                "Size lives late, time lives early.",
                right=True,
            ),
        ),
    ),
)
