"""Bridging a gap between domains: measure it, align it without target labels, judge the result.

One file for each concept. What needs TensorFlow (`DANN`, `DAN`, `GradientReversal`) is loaded
when it is first used; the rest is NumPy and scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tlcourse.adaptation.adabn import adabn
from tlcourse.adaptation.alignment import Affine, Alignment, Chain, chain, identity, joint_pca
from tlcourse.adaptation.comparison import Choice, Comparison, MethodRow
from tlcourse.adaptation.coral import coral, coral_distance
from tlcourse.adaptation.folds import DomainFold, domain_folds
from tlcourse.adaptation.gap import GapClosed, gap_closed
from tlcourse.adaptation.methods import (
    METHODS,
    Method,
    aligned,
    network,
    standard_methods,
    unscaled_head,
)
from tlcourse.adaptation.mmd import median_bandwidth, mmd
from tlcourse.adaptation.optimal_transport import Transport, optimal_transport
from tlcourse.adaptation.problem import Adaptation, SealedTarget, adaptation_problem
from tlcourse.adaptation.protocol import Adapted, adapt, compare_methods
from tlcourse.adaptation.selection import RULES, Evidence, Selection, importance_weights, select
from tlcourse.adaptation.shift import Measure, Shift, frechet_distance, proxy_a_distance, shift
from tlcourse.adaptation.standardize import joint_scale, standardize
from tlcourse.adaptation.subspace_alignment import subspace_alignment

if TYPE_CHECKING:
    from tlcourse.adaptation.dan import DAN
    from tlcourse.adaptation.dann import DANN
    from tlcourse.adaptation.reversal import GradientReversal, reversal_schedule

__all__ = [
    # measure
    "shift", "Shift", "Measure", "mmd", "median_bandwidth", "coral_distance",
    "frechet_distance", "proxy_a_distance",
    # align features
    "identity", "standardize", "coral", "subspace_alignment", "optimal_transport", "joint_pca",
    "joint_scale", "chain", "Alignment", "Affine", "Chain", "Transport",
    # align inside a network
    "adabn", "DANN", "DAN", "GradientReversal", "reversal_schedule",
    # judge without target labels
    "Adaptation", "SealedTarget", "adaptation_problem", "DomainFold", "domain_folds",
    "Method", "METHODS", "standard_methods", "aligned", "network", "unscaled_head",
    "adapt", "Adapted",
    "compare_methods", "Comparison", "MethodRow", "Choice", "gap_closed", "GapClosed",
    "select", "Selection", "RULES", "Evidence", "importance_weights",
]  # fmt: skip

_NEED_TENSORFLOW = {
    "DANN": "dann",
    "DAN": "dan",
    "GradientReversal": "reversal",
    "reversal_schedule": "reversal",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_TENSORFLOW:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tlcourse.runtime import quiet_tensorflow

    quiet_tensorflow()
    value = getattr(import_module(f"{__name__}.{_NEED_TENSORFLOW[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
