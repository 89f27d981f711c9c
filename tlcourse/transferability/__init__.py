"""Choosing a model before training: scores, null baselines and how far to trust a ranking."""

from tlcourse.transferability.h_score import h_score
from tlcourse.transferability.knn import knn
from tlcourse.transferability.leep import leep
from tlcourse.transferability.logme import Evidence, evidence, logme
from tlcourse.transferability.nce import nce

__all__ = ["logme", "leep", "nce", "h_score", "knn", "evidence", "Evidence"]
