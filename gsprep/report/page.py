"""A run's numbers as one self-contained page: no script, no outside resource, no cell of data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gsprep.report.summary import OUTCOMES, VERDICTS
from gsprep.schemas.codes import EXPLANATIONS

if TYPE_CHECKING:
    from gsprep.results import RunResult

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(result: RunResult) -> str:
    """Return the page as HTML; every value is escaped and none is a person's."""
    return _TEMPLATES.get_template("report.html.jinja").render(
        summary=result.summary,
        verdicts=VERDICTS,
        outcomes=OUTCOMES,
        changes=_counted(result, "changes"),
        findings=_counted(result, "findings"),
        reasons=_reasons(result),
        notes=result.notes,
        stopped=result.stopped,
    )


def _counted(result: RunResult, what: str) -> list[dict[str, object]]:
    if what == "changes":
        frame, by = result.cleaned.changes, ["column", "rule"]
    else:
        frame, by = result.checked.findings, ["severity", "column", "code"]
    counts = frame.groupby(by, sort=True, dropna=False).size().sort_values(ascending=False)
    lines = counts.reset_index(name="rows").to_dict("records")
    return [
        {str(k): v for k, v in line.items()} | {"hint": _hint(line.get("code"))} for line in lines
    ]


def _hint(code: object) -> str:
    return EXPLANATIONS[code].hint if isinstance(code, str) and code in EXPLANATIONS else ""


def _reasons(result: RunResult) -> list[dict[str, object]]:
    counts = result.unified.decisions.groupby(["verdict", "reason"]).size()
    lines = counts.sort_values(ascending=False).head(20).reset_index(name="rows")
    return [{str(k): v for k, v in line.items()} for line in lines.to_dict("records")]
