"""Findings counted by their reason; people without a company, counted by domain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import heading
from gsprep.lazy import length_of, part_of
from gsprep.report.summary import Part, Whole
from gsprep.schemas.fields import EXPLANATIONS
from gsprep.schemas.frames import LINE, ROW_ID, line_columns
from gsprep.values.arrow import among, as_arrow, place_finder, places_among
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct, where_distinct
from gsprep.values.domain import employers_domain
from gsprep.values.host import email_host
from gsprep.values.placeholder import is_placeholder, placeholder_suspects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    # Finds rows by their row_ids.
    _Rows = Callable[[pd.Series[str]], np.ndarray]

    from gsprep.results import Checked, Cleaned, Unified

# The sentence of a code has this word where a message names the other row.
_ANOTHER_ROW = "earlier"
# Messages that name another row, and the same for every row.
_NAMED_ROW = {
    r"^Row .+? has the same": "An earlier row has the same",
    r"(the same as|the same record as|another primary company in) row .+\.$": r"\1 an earlier row.",
    r"is row .+? of the persons": "is a row of the persons",
}
# Columns that no object has are one note, not a reason for each.
UNKNOWN_FIELD = "GSOBJ_VCRUDR1002"
_FIRST = 4
# Changes that are looked up at a time.
_CHANGES = 1 << 19


@dataclass(frozen=True, slots=True)
class FindingCount:
    """The number of findings with one reason: a code on a column, and a sentence.

    column: "" for a finding on no column.
    rows:   the number of findings.
    first:  the first row_ids, none for a finding on a whole column.
    """

    severity: str
    code: str
    column: str
    rows: int
    message: str
    hint: str
    first: tuple[str, ...] = field(default=(), compare=False)


def findings_of(findings: pd.DataFrame) -> tuple[FindingCount, ...]:
    """Count the findings by reason: errors before warnings, the most frequent first.

    Rows whose messages differ only in the other row that they name have the same reason.
    """
    by = ["severity", "code", "column", "message", "hint"]
    lines = findings[[*by, ROW_ID]].reset_index(drop=True)
    filled = lines[["column", "hint"]].fillna("")
    lines = lines.assign(column=filled["column"], hint=filled["hint"])
    groups = lines.assign(message=_general(lines)).groupby(by, sort=False, observed=True)[ROW_ID]
    return _sorted(_counted(reason, row_ids) for reason, row_ids in groups)


def named_as_in_file(
    counts: Iterable[FindingCount], headers: Mapping[str, str]
) -> tuple[FindingCount, ...]:
    """Return the counts; a message about a column names its header in the file, if it is another.

    >>> one = FindingCount("error", "GSOBJ_VDTBOOL1001", "EmailOptOut", 1, "EmailOptOut is …", "")
    >>> named_as_in_file([one], {"EmailOptOut": "Opt-out?"})[0].message
    'EmailOptOut ("Opt-out?" in the file) is …'
    """
    return tuple(
        _named_as(one, headers[one.column]) if one.column in headers else one for one in counts
    )


def _named_as(one: FindingCount, header: str) -> FindingCount:
    both = f'{one.column} ("{heading(header)}" in the file)'
    return replace(one, message=one.message.replace(one.column, both, 1))


def _general(lines: pd.DataFrame) -> pd.Series[str]:
    """Return the messages without the rows that they name."""
    message = lines["message"].astype("str")
    for code in lines["code"].drop_duplicates():
        of_code = lines["code"] == code
        plain = message[of_code]
        for named, said in _NAMED_ROW.items():
            plain = plain.str.replace(named, said, regex=True)
        explanation = EXPLANATIONS.get(str(code))
        if explanation is not None and _ANOTHER_ROW in explanation.message:
            # In another wording it may name a row.
            told = lines.loc[of_code, "column"].map(heading).replace("", "It")
            general = told.map(lambda column, of=explanation: of.message.format(column=column))
            plain = plain.where(plain.str.contains(_ANOTHER_ROW, regex=False), general)
        message = message.mask(of_code, plain)
    return message


def _counted(reason: object, row_ids: pd.Series[str]) -> FindingCount:
    severity, code, column, message, hint = map(str, reason)  # type: ignore[call-overload]
    shown = message.replace(column, heading(column)) if column else message
    first = tuple(row_ids.dropna().head(_FIRST))
    return FindingCount(severity, code, heading(column), len(row_ids), shown, hint, first)


def unknown_fields(counts: tuple[FindingCount, ...]) -> tuple[str, ...]:
    """Return the columns that are not sent, since the object has no such field."""
    return tuple(one.column for one in counts if one.code == UNKNOWN_FIELD)


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """The numbers of a check.

    Attributes:
        valid, rejected: the numbers of rows.
        reasons: the findings by reason, as ``findings_of``.
        codes: the number of findings by severity, code and column.
        lines: the line of the file of the first rows of each reason by row_id, where it is known.
    """

    valid: int
    rejected: int
    reasons: tuple[FindingCount, ...]
    codes: Mapping[tuple[str, str, str], int]
    lines: Mapping[str, str]

    @classmethod
    def of(
        cls, rows: int, rejected: int, findings: pd.DataFrame, lines: pd.Series[str]
    ) -> CheckCounts:
        """Count the ``findings`` on a number of ``rows``; ``lines`` are known by row_id."""
        reasons = findings_of(findings)
        first = lines[lines.index.isin([row_id for one in reasons for row_id in one.first])]
        codes = findings[["severity", "code", "column"]].value_counts()
        return cls(
            rows - rejected,
            rejected,
            reasons,
            dict(zip(codes.index.tolist(), codes.tolist(), strict=True)),
            {str(row_id): str(line) for row_id, line in first.dropna().items()},
        )

    @classmethod
    def together(cls, parts: Sequence[CheckCounts]) -> CheckCounts:
        """Return the numbers of a frame from those of its parts, in their order."""
        codes: Counter[tuple[str, str, str]] = Counter()
        for part in parts:
            codes.update(part.codes)
        return cls(
            sum(part.valid for part in parts),
            sum(part.rejected for part in parts),
            together([one for part in parts for one in part.reasons]),
            codes,
            {row_id: line for part in parts for row_id, line in part.lines.items()},
        )


def together(counts: Iterable[FindingCount]) -> tuple[FindingCount, ...]:
    """Return the counts of a frame from those of its parts, in their order."""
    by_reason: dict[FindingCount, FindingCount] = {}
    for one in counts:
        reason = replace(one, rows=0)
        so_far = by_reason.get(reason, reason)
        first = (so_far.first if reason in by_reason else ()) + one.first
        by_reason[reason] = replace(one, rows=so_far.rows + one.rows, first=first[:_FIRST])
    return _sorted(by_reason.values())


def _sorted(counts: Iterable[FindingCount]) -> tuple[FindingCount, ...]:
    return tuple(
        sorted(counts, key=lambda one: (one.severity, -one.rows, one.code, one.column, one.message))
    )


# The states of a cell by number; where two hold, the higher one counts.
STATES = ("empty", "unchanged", "cleaned", "warning", "error")
_EMPTY, _UNCHANGED, _CLEANED, _WARNED, _WRONG = range(len(STATES))
# No one looked at the cells of a column that the object has no field for.
_UNCHECKED = ("empty", "not checked", *STATES[2:])
_SHOWN = (_UNCHANGED, _CLEANED, _WARNED, _WRONG, _EMPTY)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column: how many cells had a value when they were read, and the state of each cell.

    checked: whether the object has this field; other columns are not sent.
    """

    name: str
    filled: int
    cells: Whole
    checked: bool = True


def columns_of(cleaned: Cleaned, checked: Checked) -> tuple[ColumnFacts, ...]:
    """Return the facts of every column but ``row_id`` and ``line``, in the order of the frame.

    ``checked`` are the valid and the rejected rows of the cleaned frame.
    """
    parts = [part for part in (checked.valid, checked.rejected) if len(part)] or [checked.valid]
    # The order of rows does not matter to their number.
    rows = place_finder(pd.concat([part[ROW_ID] for part in parts], ignore_index=True))
    names = parts[0].columns.drop([ROW_ID, *_line_columns(parts)])
    state, before = _cleaned_cells(cleaned, parts, rows, names)
    at, severity = _cells(checked.findings, rows, names), checked.findings["severity"].to_numpy()
    for word, number in (("warning", _WARNED), ("error", _WRONG)):
        found = severity[at.line] == word
        state[at.row[found], at.column[found]] = number
    unknown = set(checked.findings.loc[checked.findings["code"] == UNKNOWN_FIELD, "column"])
    facts = []
    for place, column in enumerate(names):
        counts = np.bincount(state[:, place], minlength=len(STATES))
        words = _UNCHECKED if column in unknown else STATES
        shown = tuple(Part(words[number], int(counts[number])) for number in _SHOWN)
        whole = Whole(heading(column), shown)
        is_checked = column not in unknown
        facts.append(ColumnFacts(whole.name, int(before[:, place].sum()), whole, is_checked))
    return tuple(facts)


def _cleaned_cells(
    cleaned: Cleaned, parts: Sequence[pd.DataFrame], rows: _Rows, names: pd.Index
) -> tuple[np.ndarray, np.ndarray]:
    """Return the state of each cell after cleaning, and whether it had a value before.

    ``parts`` are the cleaned rows, ``rows`` finds them by their row_ids.
    """
    filled = np.concatenate([part[names].notna().to_numpy() for part in parts])
    state = np.where(filled, _UNCHANGED, _EMPTY).astype(np.int8)
    # A cell may have been changed several times: its value before the first change counts.
    for start in range(0, length_of(cleaned, "changes"), _CHANGES)[::-1]:
        part = slice(start, start + _CHANGES)
        changes = part_of(cleaned, "changes", [ROW_ID, "column", "before"], part)
        changed = _cells(changes, rows, names)
        state[changed.row, changed.column] = _CLEANED
        _, first = np.unique(changed.row * len(names) + changed.column, return_index=True)
        had_value = changes["before"].notna().to_numpy()[changed.line]
        filled[changed.row[first], changed.column[first]] = had_value[first]
    return state, filled


def _line_columns(parts: Sequence[pd.DataFrame]) -> list[str]:
    lines = [part[[LINE]] for part in parts if LINE in part]
    return line_columns(pd.concat(lines)) if lines else []


def columns_together(parts: Sequence[tuple[ColumnFacts, ...]]) -> tuple[ColumnFacts, ...]:
    """Return the facts of columns from those of parts; one of them knows what is not checked."""
    return tuple(_column_together(same) for same in zip(*parts, strict=True))


def _column_together(parts: Sequence[ColumnFacts]) -> ColumnFacts:
    first = next((part for part in parts if not part.checked), parts[0])
    cells = Whole.together([first.cells, *(p.cells for p in parts if p is not first)])
    return replace(first, filled=sum(part.filled for part in parts), cells=cells)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Positions in a frame of the cells in a log; ``line`` is the line of each in the log."""

    line: np.ndarray
    row: np.ndarray
    column: np.ndarray


def _cells(log: pd.DataFrame, rows: _Rows, names: pd.Index) -> _Cells:
    """Return the cells in a log of changes or findings; findings on whole columns are left out."""
    row = rows(log[ROW_ID])
    column = places_among(log["column"], names)
    line = np.flatnonzero((row >= 0) & (column >= 0))
    return _Cells(line, row[line], column[line])


# A page that is passed on names a domain or an employer only if so many people share it.
_FEWEST = 3
_BY = ["domain", "employer"]
_STATED = ["domain", "stated"]
UNMATCHED_COLUMNS = ("row_id", "people", "employer_domain", "stated_employer")


@dataclass(frozen=True, slots=True)
class Employer:
    """People without a company who share a domain, or else a stated employer."""

    name: str
    people: int


def employers_of(unmatched: pd.DataFrame) -> tuple[Employer, ...]:
    """Return the employers of at least three people without a company, the largest first."""
    named = unmatched[unmatched["people"] >= _FEWEST]
    names = named["employer_domain"].fillna(named["stated_employer"])
    pairs = zip(names[names.notna()], named.loc[names.notna(), "people"], strict=True)
    return tuple(Employer(heading(name), int(people)) for name, people in pairs)


def unmatched_rows(persons: pd.DataFrame, unified: Unified) -> pd.DataFrame:
    """Return one line per group of people of the verdict no_match, the largest first.

    A group has the domain of an employer; people at free mail are grouped by the employer that
    they state. ``stated_employer`` is the spelling that most of them state, and ``row_id`` is that
    of the first person. People without either are one group. ``persons`` are the valid people.
    """
    return Unmatched.of(persons, unified).rows()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """People of the verdict no_match, counted; the counts of parts make those of the whole.

    Attributes:
        people: one line per employer's domain and stated employer, by their first person; columns
            domain, stated ("" is missing), row_id (the first), people.
    """

    people: pd.DataFrame

    @classmethod
    def of(cls, persons: pd.DataFrame, unified: Unified) -> Unmatched:
        """Count the valid ``persons`` without a company."""
        decisions = part_of(unified, "decisions", [ROW_ID, "verdict"])
        alone = among(persons[ROW_ID], decisions.loc[decisions["verdict"] == "no_match", ROW_ID])
        row_ids, emails, stated = (
            _column(persons, name)[alone] for name in (ROW_ID, "Email", "CompanyName")
        )
        domain = on_distinct(on_distinct(emails, email_host), employers_domain)
        lines = {"domain": domain.fillna(""), "stated": stated.fillna(""), ROW_ID: row_ids}
        return cls.together([cls(pd.DataFrame(lines).assign(people=1))])

    @classmethod
    def none(cls) -> Unmatched:
        """Count no one."""
        text = pd.Series(dtype="str")
        return cls(pd.DataFrame(dict.fromkeys([*_STATED, ROW_ID], text)).assign(people=0))

    @classmethod
    def together(cls, parts: Sequence[Unmatched]) -> Unmatched:
        """Return the counts of all people from those of parts, in their order."""
        lines = pd.concat([part.people for part in parts])
        counted = lines.groupby(_STATED, sort=False).agg({ROW_ID: "first", "people": "sum"})
        return cls(counted.reset_index())

    def rows(self) -> pd.DataFrame:
        """Return the lines of ``unmatched_rows``."""
        lines = self._named()
        groups = lines.groupby(_BY, sort=True).agg({ROW_ID: "first", "people": "sum"})
        spellings = lines[lines["stated"] != ""].groupby([*_BY, "stated"], sort=True)["people"]
        # Of equally frequent spellings the first in the alphabet stays.
        frequent = spellings.sum().sort_values(ascending=False, kind="stable").reset_index()
        stated = frequent.drop_duplicates(_BY)[[*_BY, "stated"]]
        whole = groups.reset_index().merge(stated, on=_BY, how="left", validate="one_to_one")
        ordered = whole.sort_values("people", ascending=False, kind="stable", ignore_index=True)
        named = ordered.rename(columns={"domain": "employer_domain", "stated": "stated_employer"})
        text = [name for name in UNMATCHED_COLUMNS if name != "people"]
        named[text] = named[text].replace("", pd.NA)
        kinds = {"people": "int64", **dict.fromkeys(text, "str")}
        return named[list(UNMATCHED_COLUMNS)].astype(kinds)

    def _named(self) -> pd.DataFrame:
        """Return the lines with the employer that people without a domain are grouped by."""
        stated = self.people["stated"].replace("", pd.NA).astype("str")
        # N.N. and the like are no employer, as freelance is not.
        suspect = pd.Series(placeholder_suspects(as_arrow(stated)), index=stated.index)
        suspect[suspect] = where_distinct(stated[suspect], is_placeholder)
        employer = on_distinct(stated.mask(suspect), employer_key)
        return self.people.assign(
            stated=stated.where(employer.notna()).fillna(""),
            employer=employer.where(self.people["domain"] == "").fillna(""),
        )


def _column(people: pd.DataFrame, name: str) -> pd.Series[str]:
    if name in people.columns:
        return people[name]
    return pd.Series(pd.NA, people.index, dtype="str")
