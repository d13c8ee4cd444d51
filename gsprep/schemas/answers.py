"""Answers about companies and pairs: checks, and those in force."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from gsprep.errors import DocumentError, Problem
from gsprep.schemas.frames import ROW_ID, as_pandas, require, text_frame
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct
from gsprep.values.email import email_key
from gsprep.values.host import host_of

ANSWER_COLUMNS = ("kind", "value", "Company_ID", "answer", "by", "at", "rulebook", "note")
# The required columns.
ANSWERED_BY = ANSWER_COLUMNS[:4]
# In place of a Gsid: no company is right.
NO_COMPANY = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of answer: the form in which values are compared, and the message for bad values."""

    of_value: Callable[[str], str | None]
    needs: str


# The kinds, the strongest first.
KINDS: Mapping[str, _Kind] = {
    "email": _Kind(email_key, "value must be an e-mail address"),
    "domain": _Kind(host_of, "value must be a domain, such as acme.com"),
    "company_name": _Kind(employer_key, "value must be the name of a company"),
}


class Said(NamedTuple):
    """The result of all lines about a value.

    company:   the Gsid of its company, NO_COMPANY for no company, or None if undecided.
    ruled_out: the Gsids of companies that are not its own.
    line:      the newest line about it, by its label in the frame of lines.
    """

    company: str | None = None
    ruled_out: frozenset[str] = frozenset()
    line: int = -1


def answer_lines(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the checked lines of a frame, the oldest first, with values in comparable form.

    Columns: kind (email, domain, company_name), value, Company_ID, answer (match, no_match), and
    at (ISO; when it was answered); the index is the position in ``frame``. Lines without ``at``
    come first; lines of one moment stay in their order.

    Raises MissingColumnsError, and one DocumentError that names every mistake by its row_id.
    """
    require(frame, ANSWERED_BY, of="the file of answers")
    text = text_frame(frame, of="the file of answers").reindex(columns=[ROW_ID, *ANSWER_COLUMNS])
    lines = text.assign(
        kind=text["kind"].str.strip().str.lower(),
        answer=text["answer"].str.strip().str.lower(),
        Company_ID=text["Company_ID"].str.strip(),
        at=pd.to_datetime(text["at"], errors="coerce", utc=True, format="ISO8601"),
    )
    lines["value"] = _compared(lines)
    _refuse(lines, text)
    return lines.sort_values("at", kind="stable", na_position="first")


def _compared(lines: pd.DataFrame) -> pd.Series[str]:
    """Return each value in comparable form, missing if it does not fit its kind."""
    values = pd.Series(pd.NA, index=lines.index, dtype="str")
    for name, kind in KINDS.items():
        of_kind = lines["kind"] == name
        values[of_kind] = on_distinct(lines.loc[of_kind, "value"], kind.of_value)
    return values


def _refuse(lines: pd.DataFrame, text: pd.DataFrame) -> None:
    is_match = lines["answer"] == "match"
    wrong = {
        "kind must be email, domain or company_name": ~lines["kind"].isin(list(KINDS)),
        **{
            kind.needs: (lines["kind"] == name) & lines["value"].isna()
            for name, kind in KINDS.items()
        },
        "answer must be match or no_match": ~is_match & (lines["answer"] != "no_match"),
        "match needs a Company_ID": is_match & lines["Company_ID"].isna(),
        "at must be a date or time such as 2026-11-20 or 2026-11-20T15:30:00Z": (
            lines["at"].isna() & text["at"].notna()
        ),
    }
    problems = problems_of(text[ROW_ID], wrong)
    if problems:
        raise DocumentError("the file of answers", problems)


def problems_of(
    row_ids: pd.Series[str], wrong: Mapping[str, pd.Series[bool]]
) -> tuple[Problem, ...]:
    """Return a problem for each row and mistake where a mask of ``wrong`` is true."""
    masks = np.column_stack([where.to_numpy(dtype=bool) for where in wrong.values()])
    says, names = list(wrong), row_ids.tolist()
    return tuple(
        Problem(f"row_id {names[row]}", says[mistake])
        for row, mistake in np.argwhere(masks).tolist()
    )


def contradicting(lines: pd.DataFrame) -> tuple[str, ...]:
    """Return the row_ids of lines that contradict another with the same value and ``at``.

    ``lines`` come from ``answer_lines``. Lines without ``at`` count as equally old; lines that a
    newer one overrules are ignored.
    """
    is_match, named = lines["answer"] == "match", lines["Company_ID"].notna()
    settles = is_match | ~named
    value, moment = [lines["kind"], lines["value"]], lines["at"].rank(method="dense").fillna(0)
    settled = moment.where(settles).groupby(value).transform("max")
    together = [*value, moment]
    companies = lines["Company_ID"].where(is_match).groupby(together).transform("nunique")
    no_company = (~is_match & ~named).groupby(together).transform("any")
    several = settles & ((companies > 1) | ((companies > 0) & no_company))
    of_company = [*together, lines["Company_ID"]]
    both = lines["answer"].groupby(of_company, dropna=False).transform("nunique") > 1
    found = lines.loc[(several | both) & ~(moment < settled), ROW_ID]
    return tuple(found.sort_index())


def in_force(lines: pd.DataFrame) -> Mapping[str, Mapping[str, Said]]:
    """Return the result for each kind and value after all ``lines``, the oldest first.

    For one value the newest line wins; ``no_match`` with a company rules out that company only.
    """
    kinds: dict[str, dict[str, Said]] = {kind: {} for kind in KINDS}
    columns = (lines[name].tolist() for name in ("kind", "value", "Company_ID", "answer"))
    for line, kind, value, gsid, answer in zip(lines.index.tolist(), *columns, strict=True):
        before = kinds[kind].get(value, Said())
        company = NO_COMPANY if pd.isna(gsid) else gsid
        kinds[kind][value] = _after(before, company, is_match=answer == "match")._replace(line=line)
    return kinds


def _after(before: Said, company: str, *, is_match: bool) -> Said:
    """Return the result after another line; NO_COMPANY is the company of a line without one."""
    if is_match:
        return Said(company, before.ruled_out - {company})
    if company == NO_COMPANY:
        return Said(NO_COMPANY, before.ruled_out)
    belongs = None if before.company == company else before.company
    return Said(belongs, before.ruled_out | {company})


PAIR_ANSWERS = "pair_answers.csv"
PAIR_ANSWER_COLUMNS = (
    "kind", "left_id", "right_id", "answer", "by", "at", "together", "left", "right",
)  # fmt: skip
# The required columns.
PAIR_ANSWERED_BY = ("left_id", "right_id", "answer")
# The kind of answers whose ids are the content of records: those of a file change with its order.
OF_RECORDS = "record"
MATCH, NO_MATCH = "match", "no_match"


def record_keys(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    """Return a word for the content of each record in some columns of a text frame.

    It does not show the content. Missing cells and the case of letters do not count.

    >>> frame = pd.DataFrame({"Name": ["Ana", "ANA"], "Phone": [None, None]})
    >>> record_keys(frame, ["Phone", "Name"]).nunique()
    1
    """
    named = sorted(name for name in columns if name in frame.columns)
    cells = [frame[name].astype(object).tolist() for name in named]
    rows = zip(*cells, strict=True) if cells else iter([()] * len(frame))
    return pd.Series([_key(named, row) for row in rows], index=frame.index, dtype="str")


def _key(names: Sequence[str], row: Sequence[object]) -> str:
    said = [
        (name, " ".join(cell.casefold().split()))
        for name, cell in zip(names, row, strict=True)
        if isinstance(cell, str)
    ]
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=9).hexdigest()


def answers_by_row(
    answers: pd.DataFrame, persons: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Return answers with the row_ids of the records that they are about.

    ``columns`` are those that are compared. Answers of other kinds, ids of existing people and
    answers about records that are not among ``persons`` stay unchanged; the order stays, too.
    """
    answers = as_pandas(answers, of="the frame of answers")
    if "kind" not in answers.columns or not (answers["kind"] == OF_RECORDS).any():
        return answers
    text = text_frame(answers.drop(columns=ROW_ID, errors="ignore"), of="the file of answers")
    asked = text.assign(place=range(len(text)))
    of_records = asked["kind"] == OF_RECORDS
    rows = pd.DataFrame({"key": record_keys(persons, columns), "found": persons[ROW_ID]})
    named = asked[of_records]
    for side in ("left_id", "right_id"):
        joined = named.merge(rows, left_on=side, right_on="key", how="left")
        joined[side] = joined["found"].fillna(joined[side])
        named = joined.drop(columns=["key", "found"])
    named = named[named["left_id"] != named["right_id"]]
    both = pd.concat([asked[~of_records], named], ignore_index=True)
    ordered = both.sort_values("place", kind="stable", ignore_index=True)
    return ordered.drop(columns=[ROW_ID, "place"])
