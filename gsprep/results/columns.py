"""The columns of the frames that results hold, in their order."""

from __future__ import annotations

CHANGE_COLUMNS = ("row_id", "column", "before", "after", "rule")
FINDING_COLUMNS = (
    "row_id", "column", "value", "code", "message", "hint", "suggestion", "severity",
)  # fmt: skip
DECISION_COLUMNS = (
    "row_id", "verdict", "Company_ID", "company_name", "probability", "rule", "reason",
    "runner_up_id", "runner_up_name", "margin",
)  # fmt: skip
CONFUSION_COLUMNS = (
    "row_id", "verdict", "Company_ID", "company_name", "true_Company_ID", "probability", "mistake",
)  # fmt: skip
REJECT_COLUMNS = ("codes", "messages", "hints", "suggestions")
OUTCOME_COLUMNS = (
    "Gsid", "outcome", "error_code", "error_field", "error_message", "batch", "request_id",
)  # fmt: skip
