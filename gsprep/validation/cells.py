"""Findings on single cells."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from gsprep.schemas.data_types import checks_for, data_type, repair_for
from gsprep.schemas.objects import fields_of
from gsprep.shipped import shipped_lines
from gsprep.validation.findings import check_facts, finding_on_column, findings_on, id_prefixes
from gsprep.values.arrow import as_arrow, as_mask, has_byte, matches
from gsprep.values.distinct import as_cells, on_distinct, where_distinct
from gsprep.values.domain import typo_suggestion
from gsprep.values.email import APART, holds_several_emails, is_email
from gsprep.values.host import GUEST, where_ending_is_unknown
from gsprep.values.mailbox import is_role_mailbox
from gsprep.values.number import PERCENT, SHARE, decimal_sign, is_open_number
from gsprep.values.person_name import (
    MAY_BE_SEVERAL,
    MAY_HAVE_NOTE,
    TITLED,
    bare_name,
    names_several,
    whole_name,
    without_title,
)
from gsprep.values.placeholder import is_placeholder, is_placeholder_email, placeholder_suspects
from gsprep.values.text import (
    GARBLED_NAME_SUSPECT,
    GARBLED_SUSPECT,
    is_garbled,
    narrow,
    unscrambled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pandera.pandas import DataFrameSchema

    from gsprep.schemas.fields import Field, ObjectFields
    from gsprep.validation.findings import CheckFacts
    from gsprep.values.distinct import Cells


def cell_findings(
    text: pd.DataFrame, schema: DataFrameSchema, facts: CheckFacts | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the failed column checks; Pandera's exception is not passed on, as it quotes cells.

    ``facts`` are those of the whole frame; None takes those of ``text``.
    """
    try:
        schema.validate(text, lazy=True)
    except SchemaErrors as failure:
        failed = [(e.schema.name, e.check.name, e.check_output) for e in failure.schema_errors]
    else:
        return
    of = fields_of(schema)
    known = (check_facts(text, of) if facts is None else facts).proofs
    for name, code, good in failed:
        wrong = text.loc[good.index[~good]]
        suggested = _suggestions(wrong[name], known.get(name, frozenset()), of[name], code)
        found = findings_on(wrong, of, name, code, suggested)
        yield _of_addresses(found) if of[name].type == "EMAIL" else found


def _suggestions(
    cells: pd.Series[str], proofs: frozenset[str], field: Field, code: str
) -> pd.Series[str]:
    """Return what each cell probably means, or else its repair, where that passes every check."""
    checks = checks_for(field)
    failed = next((check for check in checks if check.code == code), None)
    if failed is None:
        return pd.Series(pd.NA, cells.index, dtype="str")
    is_first = failed.code == checks[0].code
    repair = repair_for(field, proofs) if is_first else failed.repair
    suggested = on_distinct(_narrowed(cells), failed.suggestion or repair)
    for check in checks:
        suggested = suggested.where(where_distinct(suggested, check.holds))
    return suggested


def _narrowed(cells: pd.Series[str]) -> pd.Series[str]:
    wide = ~as_mask(pc.string_is_ascii(as_arrow(cells)))
    return cells.mask(wide, on_distinct(cells[wide], narrow)) if wide.any() else cells


def _of_addresses(found: pd.DataFrame) -> pd.DataFrame:
    """Replace the message of several addresses, and the hint of an address inside Exchange."""
    several = pd.Series(matches(as_arrow(found["value"]), APART), index=found.index)
    several[several] = where_distinct(found.loc[several, "value"], holds_several_emails)
    message = found["column"] + " holds several addresses, but a person has one."
    hint = "Keep the person's own address, or make a row of each."
    inner = found["value"].str.match(r"(?i)/o=").to_numpy(dtype=bool)
    hints = found["hint"].mask(several, hint)
    return found.assign(
        message=found["message"].mask(several, message),
        hint=hints.mask(inner, "This is an address inside Exchange: export the SMTP address."),
    ).astype("str")


def email_typos(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield addresses whose domain looks like a typing error, or has an ending that is none."""
    for name in of.among(text.columns):
        if of[name].type == "EMAIL":
            suggestion = on_distinct(text[name], typo_suggestion)
            slips = suggestion.notna()
            if slips.any():
                found = findings_on(text[slips], of, name, "GSPREP_MAILSLIP", suggestion[slips])
                message = found["message"]
                for pattern, what in (
                    (r"[^\x00-\x7f]", "has letters or signs that only look like the usual ones"),
                    (GUEST, "is the sign-in name of a guest, which receives no mail"),
                    ("^'", "begins with an apostrophe, as spreadsheets mark a text"),
                ):
                    odd = matches(as_arrow(found["value"]), pattern)
                    message = message.mask(odd, f"{name} {what}.")
                yield found.assign(message=message)
            unknown = where_ending_is_unknown(as_arrow(text[name])) & ~slips.to_numpy()
            if unknown.any():
                yield findings_on(text[unknown], of, name, "GSPREP_MAILSLIP").assign(
                    message=f"{name} ends in a domain that does not exist.",
                    hint="Correct it, or ask for the address; the cell is sent unchanged.",
                )


def number_findings(
    text: pd.DataFrame, of: ObjectFields, facts: CheckFacts
) -> Iterator[pd.DataFrame]:
    """Yield numbers such as ``1.234`` where the column does not prove that a dot is decimal."""
    for name in of.among(text.columns):
        field = of[name]
        # Where the service keeps fewer decimals, the check of these reports it.
        if not data_type(field).has_decimals or field.decimals is not None:
            continue
        proofs = facts.proofs.get(name, frozenset())
        sign = decimal_sign(proofs)
        found = text[where_distinct(text[name], is_open_number)] if sign != "." else text[:0]
        if len(found):
            repaired = on_distinct(found[name], repair_for(field, proofs))
            suggested = repaired.where(repaired != found[name]) if sign == "," else None
            yield findings_on(found, of, name, "GSPREP_DECIMALSIGN", suggested)


def shares(of: ObjectFields, facts: CheckFacts) -> Iterator[pd.DataFrame]:
    """Yield a finding on each column of percentages of which none is above one."""
    for name, proofs in facts.proofs.items():
        if of[name].type == "PERCENTAGE" and SHARE in proofs and PERCENT not in proofs:
            yield finding_on_column(of, name, "GSPREP_SHARES")


_NAMES = ("FirstName", "Name", "LastName")
# An e-mail address, a link, no letter, or nothing but a note.
_NO_NAME = (
    r"^\s*[^\s@]+@[^\s@]+[.][^\s@]+\s*$|^\s*(?i:https?://|www[.])|^\P{L}+$"
    r"|^\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*$"
)


def word_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield cells with lost or misread letters, placeholders, and names that are none.

    Lists whose entries are known have checks of their own. An address with misread letters is
    reported although the service may accept it.
    """
    for name in of.among(text.columns):
        field = of[name]
        words = data_type(field).is_text and not checks_for(field)
        names = of.name == "Person" and name in _NAMES
        if not words and field.type != "EMAIL":
            continue
        cells = as_cells(text[name])
        if (garbled := _on_rows(cells, _garbled(cells.entries, field))).any():
            suggested = on_distinct(text.loc[garbled, name], unscrambled)
            yield findings_on(text[garbled], of, name, "GSPREP_GARBLED", suggested)
        nothing = _placeholders(cells.entries, field) if words else garbled[:0]
        strange = matches(as_arrow(cells.entries), _NO_NAME) & ~nothing if names else nothing[:0]
        for found, what in (
            (nothing, "looks like a placeholder"),
            (strange, "is an address, a number or a note, not a name"),
        ):
            if found.any():
                yield findings_on(
                    text[_on_rows(cells, found)], of, name, "GSPREP_PLACEHOLDER"
                ).assign(message=f"{name} {what}.", hint="Write the value, or empty the cell.")


# A formula that joins texts leaves it among words: Ana #N/A.
_SPREADSHEET_ERROR = r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)"


def _on_rows(cells: Cells, found: np.ndarray) -> np.ndarray:
    """Return the result for each row from the results for the distinct values."""
    # A missing value has the code -1, which picks the last, added, entry.
    return found if cells.codes is None else np.append(found, False)[cells.codes]


def _garbled(values: pd.Series[str], field: Field) -> np.ndarray:
    names = field.name.endswith("Name")
    near = _garbled_suspects(as_arrow(values), names=names)
    found = _where_near(values, near, partial(is_garbled, names=names))
    return _where_near(values, found, is_email) if field.type == "EMAIL" else found


def _garbled_suspects(values: pa.Array, *, names: bool) -> np.ndarray:
    near: np.ndarray = ~as_mask(pc.string_is_ascii(values)) & as_mask(pc.is_valid(values))
    if names and has_byte(values, b"?"):
        near |= as_mask(pc.match_substring(values, "?"))
    if near.any():
        pattern = GARBLED_NAME_SUSPECT if names else GARBLED_SUSPECT
        near[near] = matches(values.filter(pa.array(near)), pattern)
    return near


def _placeholders(values: pd.Series[str], field: Field) -> np.ndarray:
    # "None" may be a choice, and the meaning of a tenant's own field is unknown.
    chosen = data_type(field).label_check is not None or field.name.endswith("__gc")
    cells = as_arrow(values)
    found = _where_near(values, placeholder_suspects(cells), partial(is_placeholder, names=chosen))
    found |= matches(cells, _SPREADSHEET_ERROR)
    return found


def _where_near(
    values: pd.Series[str], near: np.ndarray, holds: Callable[[str], bool]
) -> np.ndarray:
    """Return where ``holds`` is true; it is called only where ``near`` is."""
    found = near.copy()
    if near.any():
        found[near] = where_distinct(values[near], holds).to_numpy()
    return found


def mailbox_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield placeholder addresses (``none@none.com``) and role mailboxes (``info@``)."""
    if of.name != "Person" or "Email" not in text.columns:
        return
    emails = text["Email"]
    values = as_arrow(emails)
    empty = _where_near(emails, matches(values, _placeholder_domains()), is_placeholder_email)
    if empty.any():
        yield findings_on(text[empty], of, "Email", "GSPREP_PLACEHOLDER")
    roles = _where_near(emails, matches(values, _roles()), is_role_mailbox) & ~empty
    if roles.any():
        yield findings_on(text[roles], of, "Email", "GSPREP_ROLEMAILBOX")


def name_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield names of several people, and whole names and titles in FirstName or LastName.

    A name of several people is reported in one column of a row.
    """
    if of.name != "Person":
        return
    told = np.zeros(len(text), dtype=bool)
    for name in (name for name in _NAMES if name in text.columns):
        near = matches(as_arrow(text[name]), MAY_BE_SEVERAL) & ~told
        several = partial(names_several, first=name == "FirstName")
        found = _where_near(text[name], near, several)
        if found.any():
            yield findings_on(text[found], of, name, "GSPREP_SEVERALNAMES")
        told |= found
        if name != "Name":
            yield from _titled(text[~told], of, name)
    yield from _noted(text[~told], of)
    if {"FirstName", "LastName"} <= set(text.columns):
        yield from _whole_names(text[~told], of)


def _titled(text: pd.DataFrame, of: ObjectFields, name: str) -> Iterator[pd.DataFrame]:
    """Yield names behind a title."""
    titled = matches(as_arrow(text[name]), TITLED)
    behind = on_distinct(text.loc[titled, name], without_title).dropna()
    if len(behind):
        yield findings_on(text.loc[behind.index], of, name, "GSPREP_NAMETITLE", behind)


def _noted(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield names with a note, a sign or a degree."""
    for name in (name for name in _NAMES if name in text.columns):
        near = matches(as_arrow(text[name]), MAY_HAVE_NOTE)
        found = on_distinct(text.loc[near, name], partial(bare_name, last=name == "LastName"))
        if len(bare := found.dropna()):
            yield findings_on(text.loc[bare.index], of, name, "GSPREP_NAMENOTE", bare)


def _whole_names(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield FirstName or LastName of several words where the other part is missing or the same."""
    first, last = text["FirstName"], text["LastName"]
    for name, other in (("FirstName", last), ("LastName", first)):
        alone = other.isna() if name == "LastName" else other.isna() | (first == last)
        cells = text.loc[alone & text[name].notna(), name]
        whole = on_distinct(cells, whole_name).dropna()
        if len(whole):
            # Of three words, the second may be of either part.
            two = (cells.str.count(r"\S+") == 2) & (name == "FirstName")  # noqa: PLR2004
            sure = (two | cells.str.contains(",", regex=False))[whole.index]
            found = text.loc[whole.index]
            yield findings_on(found, of, name, "GSPREP_WHOLENAME", whole.where(sure))


@cache
def _roles() -> str:
    """Return a pattern (RE2) of addresses that may be role mailboxes, with signs and digits."""
    names = shipped_lines("rules", "lists", "role_mailboxes.txt")
    spelt = "|".join("[._-]*".join(map(re.escape, name)) for name in names)
    return rf"(?i)^[\s._-]*(?:{spelt})[\s._\-0-9]*[+@]"


@cache
def _placeholder_domains() -> str:
    lines = shipped_lines("rules", "lists", "placeholder_mail.txt")
    return rf"(?i)@(?:{'|'.join(re.escape(line.split(chr(9))[0]) for line in lines)})\s*$"


def id_findings(text: pd.DataFrame, of: ObjectFields, facts: CheckFacts) -> Iterator[pd.DataFrame]:
    """Yield ids of another object, and ids of another tenant than most in their column.

    Both are warnings: samples in Gainsight's documents break the first rule, and a file of two
    tenants the second. If no prefix is the most frequent, ``mixed_ids`` reports the column.
    """
    for name, own in facts.prefixes.items():
        prefix = id_prefixes(text[name])
        other = ~prefix.str.startswith(of[name].prefix)
        if other.any():
            yield findings_on(text.loc[prefix.index[other]], of, name, "GSPREP_GSIDTYPE")
        elsewhere = prefix.index[~other & (prefix != own.most)]
        if own.most is not None and len(elsewhere):
            yield findings_on(text.loc[elsewhere], of, name, "GSPREP_GSIDTENANT")


def mixed_ids(of: ObjectFields, facts: CheckFacts) -> Iterator[pd.DataFrame]:
    """Yield a finding on each column of ids with several prefixes and none the most frequent."""
    for name, own in facts.prefixes.items():
        if own.most is None and own.prefixes:
            yield finding_on_column(of, name, "GSPREP_GSIDTENANT").assign(
                message=f"{name} holds ids with several prefixes, and none is the most frequent."
            )
