"""Keeping a model from overfitting: each remedy is one argument of `tl.finetune`.

Label smoothing, dropout and decoupled weight decay are numbers there; the remedies with
settings of their own are here.
"""

from tlcourse.regularization.augmentation import Augmentation
from tlcourse.regularization.early_stopping import EarlyStopping
from tlcourse.regularization.l2sp import L2SP
from tlcourse.regularization.mixing import cutmix, mixing, mixup

__all__ = ["Augmentation", "EarlyStopping", "L2SP", "cutmix", "mixing", "mixup"]
