"""The classic VGG16 recipe and its repairs, as small functions that return plain records."""

from tlcourse.recipes.blocks import block_features, pooled_blocks
from tlcourse.recipes.flat import flat_features
from tlcourse.recipes.heads import (
    keras_scores,
    logistic_heads,
    logistic_scores,
    served_scores,
    stepwise_scores,
)
from tlcourse.recipes.items import at_most, find_items, item_names, load_pictures, stratified_rows
from tlcourse.recipes.recorded import Recorded, recorded_runs
from tlcourse.recipes.scores import Scores, decided, scores
from tlcourse.recipes.training import (
    Run,
    count_weights,
    free_memory,
    keras_vgg16,
    start_again,
    train,
)

__all__ = [
    "Recorded",
    "Run",
    "Scores",
    "at_most",
    "block_features",
    "count_weights",
    "decided",
    "find_items",
    "flat_features",
    "free_memory",
    "item_names",
    "keras_scores",
    "keras_vgg16",
    "load_pictures",
    "logistic_heads",
    "logistic_scores",
    "pooled_blocks",
    "recorded_runs",
    "scores",
    "served_scores",
    "start_again",
    "stepwise_scores",
    "stratified_rows",
    "train",
]
