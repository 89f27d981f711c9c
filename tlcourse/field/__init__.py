"""In the field: rare findings, thresholds and costs, a second portfolio, small machines."""

from tlcourse.field.abstention import abstain, risk_coverage
from tlcourse.field.anchored import (
    Scorecard,
    choose_strength,
    fit_toward,
    log_loss,
    recalibrate,
)
from tlcourse.field.block_extremes import block_extremes
from tlcourse.field.costs import break_even, cost_per_thousand
from tlcourse.field.credit import load_portfolios
from tlcourse.field.distillation import Student, distill, soften
from tlcourse.field.prevalence import correct_prior, counts_of, npv, ppv
from tlcourse.field.quantization import dequantize, quantize, quantized, weight_bytes
from tlcourse.field.retina import load_retina
from tlcourse.field.small_trunk import SmallTrunk, small_trunk
from tlcourse.field.soft_head import fit_soft_head
from tlcourse.field.stability import stability_index
from tlcourse.field.thinning import ThinCopy, thin_copy
from tlcourse.field.thresholds import Decision, decide, threshold_at_specificity
from tlcourse.field.tissue import load_tissue, mean_stains
from tlcourse.field.trunks import Cut, cuts, timed_cuts

__all__ = [
    "Cut",
    "Decision",
    "Scorecard",
    "SmallTrunk",
    "Student",
    "ThinCopy",
    "abstain",
    "block_extremes",
    "break_even",
    "choose_strength",
    "correct_prior",
    "cost_per_thousand",
    "counts_of",
    "cuts",
    "decide",
    "dequantize",
    "distill",
    "fit_soft_head",
    "fit_toward",
    "load_portfolios",
    "load_retina",
    "load_tissue",
    "log_loss",
    "mean_stains",
    "npv",
    "ppv",
    "quantize",
    "quantized",
    "recalibrate",
    "risk_coverage",
    "small_trunk",
    "soften",
    "stability_index",
    "thin_copy",
    "threshold_at_specificity",
    "timed_cuts",
    "weight_bytes",
]
