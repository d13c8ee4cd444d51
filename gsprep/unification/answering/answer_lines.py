"""answers.csv, line by line: what each says, what is wrong with it, and which one holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import DocumentError, Problem
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.answering.answers import NOBODY, OPEN, Answer, Answers
from gsprep.unification.keys import name_key
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import host_of
from gsprep.values.email import email_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ANSWER_COLUMNS = ("kind", "value", "Company_ID", "answer", "by", "at", "rulebook", "note")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an answer speaks of: how its value is compared, and what it must be."""

    of_value: Callable[[str], str | None]
    needs: str


# The kinds in the order in which they win.
_KINDS: Mapping[str, _Kind] = {
    "email": _Kind(email_key, "value must be an e-mail address"),
    "domain": _Kind(host_of, "value must be a domain, as acme.com"),
    "company_name": _Kind(name_key, "value must be the name of a company"),
}
# A company that is not in the list.
_ELSEWHERE = -3


def read_answers(frame: pd.DataFrame, gsids: Iterable[str]) -> Answers:
    """Return the answers of a frame; ``gsids`` are those of the companies, by position.

    Columns: kind (email, domain, company_name), value, Company_ID, answer (match, no_match), and
    at (ISO; when it was answered). Values are compared as those of persons are, raw or not. For
    one value the newest line wins, without ``at`` the oldest, then the later in the frame;
    ``no_match`` with a company rules out that one alone.

    Raises MissingColumnsError, and one DocumentError that names every mistake by its row_id.
    """
    require(frame, ("kind", "value", "Company_ID", "answer"), of="the answers")
    text = text_frame(frame, of="the answers").reindex(columns=[ROW_ID, *ANSWER_COLUMNS])
    lines = text.assign(
        kind=text["kind"].str.strip().str.lower(),
        answer=text["answer"].str.strip().str.lower(),
        Company_ID=text["Company_ID"].str.strip(),
        at=pd.to_datetime(text["at"], errors="coerce", utc=True, format="ISO8601"),
    )
    lines["value"] = _compared(lines)
    _refuse(lines, text)
    position = {gsid: at for at, gsid in enumerate(gsids)}
    known = lines["Company_ID"].isna() | lines["Company_ID"].isin(list(position))
    ordered = lines.sort_values("at", kind="stable", na_position="first")
    return Answers(_in_force(ordered, position), int((~known).sum()))


def _compared(lines: pd.DataFrame) -> pd.Series[str]:
    """Return each value as it is compared, missing where it is none of its kind."""
    values = pd.Series(pd.NA, index=lines.index, dtype="str")
    for name, kind in _KINDS.items():
        of_kind = lines["kind"] == name
        values[of_kind] = on_distinct(lines.loc[of_kind, "value"], kind.of_value)
    return values


def _refuse(lines: pd.DataFrame, text: pd.DataFrame) -> None:
    is_match = lines["answer"] == "match"
    wrong = {
        "kind must be email, domain or company_name": ~lines["kind"].isin(list(_KINDS)),
        **{
            kind.needs: (lines["kind"] == name) & lines["value"].isna()
            for name, kind in _KINDS.items()
        },
        "answer must be match or no_match": ~is_match & (lines["answer"] != "no_match"),
        "match needs a Company_ID": is_match & lines["Company_ID"].isna(),
        "at must be a moment as 2026-11-20 or 2026-11-20T15:30:00Z": (
            lines["at"].isna() & text["at"].notna()
        ),
    }
    refuse(text[ROW_ID], "the file of answers", wrong)


def refuse(row_ids: pd.Series[str], source: str, wrong: Mapping[str, pd.Series[bool]]) -> None:
    """Raise one DocumentError that names every row where something is wrong, by its row_id."""
    masks = np.column_stack([where.to_numpy(dtype=bool) for where in wrong.values()])
    says, names = list(wrong), row_ids.tolist()
    problems = [
        Problem(f"row_id {names[row]}", says[mistake])
        for row, mistake in np.argwhere(masks).tolist()
    ]
    if problems:
        raise DocumentError(source, problems)


def _in_force(
    ordered: pd.DataFrame, position: Mapping[str, int]
) -> Mapping[str, Mapping[str, Answer]]:
    kinds: dict[str, dict[str, Answer]] = defaultdict(dict)
    columns = (ordered[name] for name in ("kind", "value", "Company_ID", "answer"))
    for kind, value, gsid, answer in zip(*columns, strict=True):
        before = kinds[kind].get(value, Answer())
        company = NOBODY if pd.isna(gsid) else position.get(gsid, _ELSEWHERE)
        kinds[kind][value] = _after(before, company, is_match=answer == "match")
    return dict(kinds)


def _after(before: Answer, company: int, *, is_match: bool) -> Answer:
    """Return what holds after another line; NOBODY stands for a line without company.

    Who was said to belong to a company that is not in the list is open: nothing older holds.
    """
    if company == _ELSEWHERE:
        return Answer(OPEN, before.ruled_out) if is_match else before
    if is_match:
        return Answer(company, before.ruled_out - {company})
    if company == NOBODY:
        return Answer(NOBODY, before.ruled_out)
    belongs = OPEN if before.company == company else before.company
    return Answer(belongs, before.ruled_out | {company})
