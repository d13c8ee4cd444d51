"""What one stage hands the next: frozen values that can only show themselves.

The frames inside are new ones; a stage that takes a result never changes them. Shown values
are masked; ``result.frame`` and its like hold the data.
"""

from __future__ import annotations

from gsprep.results.columns import (
    CHANGE_COLUMNS,
    CONFUSION_COLUMNS,
    DECISION_COLUMNS,
    FINDING_COLUMNS,
    OUTCOME_COLUMNS,
    REJECT_COLUMNS,
)
from gsprep.results.decided import Checked, Cleaned, Evaluation, Unified
from gsprep.results.sent import Plan, QuotaLeft, RunResult, Uploaded

__all__ = [
    "CHANGE_COLUMNS",
    "CONFUSION_COLUMNS",
    "DECISION_COLUMNS",
    "FINDING_COLUMNS",
    "OUTCOME_COLUMNS",
    "REJECT_COLUMNS",
    "Checked",
    "Cleaned",
    "Evaluation",
    "Plan",
    "QuotaLeft",
    "RunResult",
    "Unified",
    "Uploaded",
]
