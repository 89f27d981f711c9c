"""Fine-tuning: freeze plans, cached-trunk training, layer-wise rates, schedules."""

from tlcourse.finetuning.finetune import finetune
from tlcourse.finetuning.model import FinetunedModel
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.rate_finder import RateSearch, find_learning_rate, search_learning_rate
from tlcourse.finetuning.schedules import rate_at, schedule
from tlcourse.finetuning.trunk import Trunk, cache_trunk

__all__ = [
    "FinetunedModel",
    "FreezePlan",
    "RateSearch",
    "Trunk",
    "cache_trunk",
    "find_learning_rate",
    "finetune",
    "rate_at",
    "schedule",
    "search_learning_rate",
]
