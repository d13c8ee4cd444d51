"""Findings as a frame, and what the check learns from whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.results import FINDING_COLUMNS
from gsprep.schemas.data_types import data_type, explanation_of, proofs_of
from gsprep.schemas.fields import Severity, service_code
from gsprep.schemas.frames import ROW_ID, has_lines
from gsprep.values.arrow import as_arrow, as_column
from gsprep.values.distinct import distinct_hashes, united
from gsprep.values.ids import gsid_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.schemas.fields import Field, ObjectFields

# The service stores such a row if the record exists, or ignores the field.
_ONLY_WARN = frozenset({"GSOBJ_VCRUDR1002"})


def findings_on(
    lines: pd.DataFrame,
    of: ObjectFields,
    column: str,
    code: str,
    suggestion: pd.Series[str] | None = None,
) -> pd.DataFrame:
    """Return one finding for each line; the index stays the record's position."""
    explanation = explanation_of(code)
    field = of[column]
    missing = pd.Series(pd.NA, lines.index, dtype="str")
    found = pd.DataFrame(
        {
            ROW_ID: lines[ROW_ID],
            "column": column,
            "value": lines[column] if column in lines.columns else missing,
            "code": service_code(code, of, field),
            "message": explanation.message.format(column=column, length=field.length),
            "hint": explanation.hint,
            "suggestion": missing if suggestion is None else suggestion,
            "severity": _severity(of, column, code),
        },
        index=lines.index,
    )
    return found.astype("str")


def finding_on_column(of: ObjectFields, column: str, code: str) -> pd.DataFrame:
    """Return one finding on a whole column; its row_id is missing."""
    return findings_on(pd.DataFrame({ROW_ID: [None]}, dtype="str"), of, column, code)


def _severity(of: ObjectFields, column: str, code: str) -> Severity:
    """Return "error" only for what the service would refuse."""
    needed = {name for names in of.needed for name in names}
    is_ours = code.startswith("GSPREP_") or code in _ONLY_WARN
    sent = of.sends(column) or column in needed
    return "error" if sent and not is_ours else "warning"


def error_positions(found: Iterable[pd.DataFrame]) -> pd.Index:
    """Return the positions of the records that have an error."""
    wrong = [lines.index[lines["severity"] == "error"] for lines in found]
    return pd.Index(np.unique(np.concatenate(wrong)) if wrong else [], dtype="int64")


def together(found: list[pd.DataFrame], of: ObjectFields) -> pd.DataFrame:
    """Return all findings by record and field; those on whole columns come last, by name."""
    return by_position(found, of).reset_index(drop=True)


def by_position(found: list[pd.DataFrame], of: ObjectFields) -> pd.DataFrame:
    """Return the findings as ``together`` does, with the record's position as index."""
    if not found:
        return pd.DataFrame(
            {name: pd.Series(dtype="str") for name in FINDING_COLUMNS},
            index=pd.Index([], dtype="int64"),
        )
    lines = pd.concat(found)
    names = lines["column"].unique().tolist()
    known = of.among(names)
    places = {name: at for at, name in enumerate([*known, *sorted(set(names) - set(known))])}
    order = np.lexsort(
        (lines["column"].map(places), lines.index.to_numpy(), lines[ROW_ID].isna().to_numpy())
    )
    return lines.iloc[order][list(FINDING_COLUMNS)].astype("str")


@dataclass(frozen=True, slots=True)
class CheckPartFacts:
    """What the cells of a part of a frame show, with all that the whole is concluded from.

    Attributes:
        proofs, has_lines, has_new: as in ``CheckFacts``.
        prefixes: by column of ids, the distinct ids of the right object by prefix, as hashes.
    """

    proofs: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, Mapping[str, np.ndarray]]
    has_lines: bool
    has_new: bool


class OwnPrefix(NamedTuple):
    """The prefix that most ids of a column have, None if no one is ahead, and the number of all.

    An id in many rows counts once.
    """

    most: str | None
    prefixes: int


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the cells of whole columns show.

    Attributes:
        proofs: by column of dates or numbers, what its cells prove about their form.
        prefixes: by column of ids, the prefix of the ids of the right object.
        has_lines: whether the column ``line`` says where each record is in its file.
        has_new: whether a row has no Gsid, so that it may be a new record.
        judged: columns whose cells were valid in another frame: they are not judged again.
    """

    proofs: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, OwnPrefix]
    has_lines: bool
    has_new: bool
    judged: tuple[str, ...] = ()

    @classmethod
    def together(cls, parts: Sequence[CheckPartFacts]) -> CheckFacts:
        """Return the facts of a frame from those of its parts, which have the same columns."""
        first = parts[0]
        return cls(
            {n: frozenset().union(*(part.proofs[n] for part in parts)) for n in first.proofs},
            {n: _own_prefix([part.prefixes[n] for part in parts]) for n in first.prefixes},
            all(part.has_lines for part in parts),
            any(part.has_new for part in parts),
        )


def _own_prefix(parts: Sequence[Mapping[str, np.ndarray]]) -> OwnPrefix:
    prefixes = dict.fromkeys(prefix for part in parts for prefix in part)
    counts = {one: len(united(part[one] for part in parts if one in part)) for one in prefixes}
    most = max(counts.values(), default=0)
    first = [prefix for prefix, count in counts.items() if count == most]
    return OwnPrefix(first[0] if len(first) == 1 else None, len(counts))


def check_facts(text: pd.DataFrame, of: ObjectFields) -> CheckFacts:
    """Return the facts of a text frame that is to be checked."""
    return CheckFacts.together([check_part_facts(text, of)])


def check_part_facts(text: pd.DataFrame, of: ObjectFields) -> CheckPartFacts:
    """Return the facts of a part of a text frame that is to be checked."""
    names = of.among(text.columns)
    return CheckPartFacts(
        {n: proofs_of(of[n], text[n]) for n in names if data_type(of[n]).column_form is not None},
        {n: _by_prefix(text[n], of[n]) for n in names if data_type(of[n]).is_record_id},
        has_lines(text),
        bool(text["Gsid"].isna().any()) if "Gsid" in text.columns else len(text) > 0,
    )


def id_prefixes(column: pd.Series[str]) -> pd.Series[str]:
    """Return the prefix of each cell that is a Gsid, which names the object and the tenant."""
    return as_column(gsid_prefixes(as_arrow(column)), column).dropna()


def _by_prefix(column: pd.Series[str], field: Field) -> Mapping[str, np.ndarray]:
    distinct = pd.Series(column.unique(), dtype="str")
    prefix = id_prefixes(distinct)
    own = prefix[prefix.str.startswith(field.prefix)]
    return {
        str(one): distinct_hashes(distinct[rows.index])
        for one, rows in own.groupby(own, sort=False)
    }
