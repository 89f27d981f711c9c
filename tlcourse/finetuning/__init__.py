"""Fine-tuning: freeze plans, cached-trunk training, layer-wise rates, schedules."""

from tlcourse.finetuning.finetune import finetune
from tlcourse.finetuning.model import FinetunedModel
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.rate_finder import find_learning_rate

__all__ = ["FinetunedModel", "FreezePlan", "find_learning_rate", "finetune"]
