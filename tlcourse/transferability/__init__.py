"""Choosing a model before training: scores, null baselines and how far to trust a ranking."""

from tlcourse.transferability.agreement import Agreement, regret, tau_difference, weighted_tau
from tlcourse.transferability.h_score import h_score
from tlcourse.transferability.knn import knn
from tlcourse.transferability.leep import leep
from tlcourse.transferability.logme import Evidence, evidence, logme
from tlcourse.transferability.nce import nce
from tlcourse.transferability.rank import Candidate, rank
from tlcourse.transferability.table import RankRow, RankTable

__all__ = [
    "logme", "leep", "nce", "h_score", "knn",
    "rank", "Candidate", "RankTable", "RankRow",
    "evidence", "Evidence",
    "weighted_tau", "tau_difference", "regret", "Agreement",
]  # fmt: skip
