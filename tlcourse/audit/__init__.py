"""Transfer invariants: what was meant to stay did stay, what was meant to move did move.

A freeze that does not freeze and a fine-tuning that does not tune look the same from
outside: a curve. So the weights themselves are compared, byte by byte, before and after.
"""

from tlcourse.audit.compiled import assert_compiled
from tlcourse.audit.data import constant_channels, mean_cosine, split_is_clean
from tlcourse.audit.plan import CheckedPlan, checked_plan
from tlcourse.audit.rates import effective_rates
from tlcourse.audit.report import AuditError, AuditReport, Row
from tlcourse.audit.weights import Snapshot, compare, snapshot, watch

__all__ = [
    "snapshot",
    "compare",
    "watch",
    "assert_compiled",
    "checked_plan",
    "effective_rates",
    "split_is_clean",
    "constant_channels",
    "mean_cosine",
    "AuditError",
    "AuditReport",
    "CheckedPlan",
    "Row",
    "Snapshot",
]
