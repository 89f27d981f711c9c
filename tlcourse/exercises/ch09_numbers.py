"""Exercise 9.1: how large is the picture, and how high does it reach?"""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

SAMPLES, RATE, WINDOW, HOP = 7_856, 8_000, 256, 80
ANSWER = (1 + (SAMPLES - WINDOW) // HOP, RATE // 2)


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers(answer, 2)
    if values is None:
        return exercise.unexpected(answer)
    if tuple(values) == ANSWER:
        return right("The first window, and one more for each whole hop; half the sampling rate.")
    if tuple(values) == ANSWER[::-1]:
        return exercise.wrong("swapped")
    for i in (0, 1):
        for mistake in exercise.mistakes:
            if values[i] != ANSWER[i] and abs(values[i] - mistake.example[i]) < 0.5:
                return exercise.wrong(mistake.name)
    which = "first" if values[0] != ANSWER[0] else "second"
    return other(
        f"The {which} number is not right. Draw the first two windows on a line of samples."
    )


COUNT_THE_PICTURE = Exercise(
    id="09.1",
    question=(
        "7,856 samples at 8 kHz, windows of 256 samples that advance by 80, none hanging over the "
        "end: how many frames, and which is the highest frequency in Hz that any picture of this "
        "sound can show?"
    ),
    expects="a pair of whole numbers, (frames, hertz)",
    judge=_judge,
    mistakes=(
        Mistake(
            "samples over hop",
            (SAMPLES // HOP, ANSWER[1]),
            "That is samples divided by hop: the last windows would hang over the end.",
        ),
        Mistake(
            "no overlap",
            (SAMPLES // WINDOW, ANSWER[1]),
            "That is without overlap. Windows advance by the hop, not by their own length.",
        ),
        Mistake(
            "first window",
            (ANSWER[0] - 1, ANSWER[1]),
            "Those are the steps between windows. Is there a window before the first step?",
        ),
        Mistake(
            "sampling rate",
            (ANSWER[0], RATE),
            "That is the sampling rate. A wave needs two samples for each period (Nyquist).",
        ),
        Mistake("swapped", ANSWER[::-1], "Both are right, in the other order: frames come first."),
    ),
)
