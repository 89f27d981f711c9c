# %% [markdown] id="front"
# # 03 Sample chapter
#
# | This chapter | |
# |---|---|
# | You can afterwards | name the markers of a chapter |
# | You need | chapter 00 |
# | Minutes to read | 5 |
# | Minutes to run | {{minutes_normal}} on two CPU cores, {{minutes_fast}} in fast mode |
# | Peak memory | {{peak_gb}} GB |

# %% tags=["parameters"] id="parameters"
DATASET = "emoji"
IMAGE_SIZE = 96
SEED = 0

# %% id="recorder"
checked = {}


class tl:
    """Stands in for the course package and records what is handed to check."""

    @staticmethod
    def check(number, answer):
        checked[number] = answer


# %% [markdown] id="why-frozen"
# ## Why a frozen base answers the same
#
# The size is `IMAGE_SIZE`, and the next cell prints it.

# %%
print(f"{IMAGE_SIZE} px")

# %% [markdown] id="ex-03-1-text"
# ### Exercise 03.1
#
# How many pixels has one picture?

# %% tags=["exercise"] id="ex-03-1"
### BEGIN ANSWER
pixels = IMAGE_SIZE * IMAGE_SIZE
### ELSE
pixels = None  # replace None with your answer
### END ANSWER
tl.check("03.1", pixels)

# %% [markdown] id="ex-03-2-text"
# ### Exercise 03.2
#
# Write `flat(side)`, the length of a flattened color picture.


# %% tags=["exercise"] id="ex-03-2"
def flat(side):
    ### BEGIN ANSWER
    channels = 3
    return side * side * channels
    ### ELSE
    return None  # your code here
    ### END ANSWER


tl.check("03.2", flat)

# %% [markdown] tags=["solution-only"] id="ex-03-2-why"
# A color picture has three channels, so the length is three times the pixel count.

# %% [markdown] tags=["learner-only"] id="later"
# Skip an exercise if you like: the notebook runs on.

# %% [markdown] tags=["quiz"] id="quiz"
# ## Quiz
#
# 1. Which cells do learners not see?

# %% [markdown] tags=["instructor"] id="notes"
# ## Instructor notes
#
# Five minutes.

# %% tags=["instructor"] id="notes-check"
assert checked["03.1"] == IMAGE_SIZE * IMAGE_SIZE
assert checked["03.2"](2) == 12
