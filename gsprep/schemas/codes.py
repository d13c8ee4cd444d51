"""Codes of findings, each with its sentence and hint.

Codes that begin with GSOBJ_ and their meaning: the error tables of the Person API, and for other
objects those of the Company, Relationship and Custom Object APIs. Codes that begin with GSPREP_
are gsprep's own, for what the service does not check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.schemas.fields import Field, ObjectFields

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentence and hint of a code; ``{column}`` and ``{length}`` are filled in."""

    message: str
    hint: str


EXPLANATIONS: Mapping[str, Explanation] = {
    "GSOBJ_VDTEMAIL1001": Explanation(
        "{column} is not an e-mail address that the service accepts.",
        "Write one address: a name, one @, and a domain with a dot.",
    ),
    "GSOBJ_VDTGSID1001": Explanation(
        "{column} is not a GSID.",
        "Copy it again: a GSID has 36 characters, capital letters and digits; a UUID passes too.",
    ),
    "GSOBJ_VDTBOOL1001": Explanation("{column} is neither true nor false.", "Write true or false."),
    "GSOBJ_VDTNUM1001": Explanation(
        "{column} is not a number.", "Write digits, with a dot before decimals."
    ),
    "GSOBJ_VDTNUM1002": Explanation(
        "{column} is a number that is too large for the service.", "Check it for extra digits."
    ),
    "GSOBJ_VDTCURREN1001": Explanation(
        "{column} is not an amount.", "Write digits, with a dot before decimals and no sign."
    ),
    "GSOBJ_VDTCURREN1002": Explanation(
        "{column} has a misplaced thousands separator.",
        "Remove the commas, and write a dot before decimals.",
    ),
    "GSOBJ_VDTPERCENT1001": Explanation(
        "{column} is not a percentage.", "Write the number alone: 12.5, without a sign."
    ),
    "GSOBJ_VDTSFDCID1001": Explanation(
        "{column} is not a Salesforce id.", "Copy it again: it has 15 or 18 letters and digits."
    ),
    "GSOBJ_VDTPKLST1001": Explanation(
        "{column} has a list without entries, so the service accepts no value.",
        "Ask the administrator for the list, or remove the field.",
    ),
    "GSOBJ_VDTPKLST1002": Explanation(
        "{column} is not an entry of the list.",
        "Write a label exactly as in the list; separate several by semicolons.",
    ),
    "GSOBJ_VDTDATIME1001": Explanation(
        "{column} is not a date that the service accepts.", "Write it as 2026-11-20."
    ),
    "GSOBJ_VDTURL1001": Explanation(
        "{column} is not a web address.", "Begin with https:// and name a host."
    ),
    "GSOBJ_VDTBSTR1001": Explanation(
        "{column} is longer than the {length} characters that the service stores.", "Shorten it."
    ),
    "GSOBJ_VCUSTOM1012": Explanation(
        "{column} is missing, and without it the record cannot be identified.",
        "Fill it, or remove the row.",
    ),
    "GSOBJ_VCUSTOM1007": Explanation(
        "{column} is the same as in an earlier row, and the two rows disagree.",
        "Make the rows agree, or keep one of them.",
    ),
    "GSOBJ_PEOPLE1001": Explanation(
        "The person of this association is not among the valid persons.",
        "Add the person, or fix the row that was rejected.",
    ),
    "GSPREP_MAILSLIP": Explanation(
        "{column} has a domain that looks like a typing error.",
        "Use the suggestion if it is right; the cell is sent unchanged.",
    ),
    "GSPREP_PHONE": Explanation(
        "{column} is not a telephone number, so it is not used for matching.",
        "Write it with its country and area code (+1 415 555 0102), or clean the file with the "
        "default country of its numbers (--region US).",
    ),
    "GSPREP_COUNTRY": Explanation(
        "{column} is not a country, so it is not used for matching.",
        "Write the two-letter code or the English name.",
    ),
    "GSOBJ_VCRUDR1002": Explanation(
        "{column} is not a field of this object and is not sent.",
        "Rename it to a field's API name (a tenant's own field ends in __gc), or leave it.",
    ),
    "GSOBJ_1007": Explanation(
        "{column} is missing, and a new record needs it.", "Fill it, or only update records."
    ),
    "GSPREP_REQUIRED": Explanation(
        "{column} is missing, and a new record needs it.", "Fill it, or only update records."
    ),
    "GSPREP_ACCESS": Explanation("{column} is not written by the service.", "Remove the column."),
    "GSPREP_DECIMALS": Explanation(
        "{column} has more decimals than the service stores.",
        "Round it; otherwise the service does.",
    ),
    "GSPREP_DECIMALSIGN": Explanation(
        "{column} can be read in two ways: its dot may be before decimals or between thousands.",
        "Write it without a thousands separator (1234), or with four decimals (1.2340).",
    ),
    "GSPREP_SFDCSUM": Explanation(
        "{column} has the form of a Salesforce id, but its last three characters do not fit.",
        "Copy the id again: its case may be lost, or a character may be wrong.",
    ),
    "GSPREP_GSIDTYPE": Explanation(
        "{column} begins differently from the ids of its object.",
        "Check whether the id is of another object.",
    ),
    "GSPREP_GSIDTENANT": Explanation(
        "{column} begins differently from the other ids of this column.",
        "Ids of one object and tenant share 18 characters: check that no id is of another tenant.",
    ),
    "GSPREP_PLACEHOLDER": Explanation(
        "{column} is a placeholder for an address.",
        "Write the person's own address, or remove the row.",
    ),
    "GSPREP_GARBLED": Explanation(
        "{column} has letters that were lost or misread in the file.",
        "Use the suggestion if there is one, or export the file again as UTF-8.",
    ),
    "GSPREP_ROLEMAILBOX": Explanation(
        "{column} is a role mailbox, not a person's.",
        "Check whether the row is a person.",
    ),
    "GSPREP_SEVERALNAMES": Explanation(
        "{column} may name several people.", "If it does, make a row of each."
    ),
    "GSPREP_WHOLENAME": Explanation(
        "{column} may be the whole name.",
        "If it is, write its parts in FirstName and LastName; the cells are sent unchanged.",
    ),
    "GSPREP_SAMEROW": Explanation(
        "The row is the same as an earlier one.",
        "Keep one of the two; they are sent as one record.",
    ),
    "GSPREP_SAMEKEY": Explanation(
        "The row is about the same record as an earlier one, and they agree.",
        "Keep one of the two; they are sent as one record.",
    ),
    "GSPREP_SAMEMAILBOX": Explanation(
        "{column} is an earlier row's mailbox in another spelling.",
        "If it is one person, use one spelling.",
    ),
    "GSPREP_TWOPEOPLE": Explanation(
        "The row has identifiers of two existing people.",
        "Fix the identifier that is wrong, or decide in `gsprep review OUT --duplicates`.",
    ),
    "GSPREP_PRIMARY": Explanation(
        "The person has another primary company in an earlier row.",
        "Write true for one company only.",
    ),
}

# Codes of the other object APIs for codes of the Person API.
_OF_OTHER_OBJECTS: Mapping[str, str] = {
    "GSOBJ_VDTBSTR1001": "GSOBJ_1001",
    "GSOBJ_VDTDATIME1001": "GSOBJ_1005",
    "GSOBJ_VDTBOOL1001": "GSOBJ_1008",
    "GSOBJ_VDTPERCENT1001": "GSOBJ_1008",
    "GSPREP_REQUIRED": "GSOBJ_1007",
}
_ANOTHER_VALUE, _NO_DATE = "GSOBJ_1002", "GSOBJ_1006"


def service_code(code: str, of: ObjectFields, field: Field) -> str:
    """Return the code that the service of the object uses for a failure.

    The catalogue has the codes of the Person API; the APIs of the other objects have fewer.
    """
    if of.api == "people" or not (code in _OF_OTHER_OBJECTS or "_VDT" in code):
        return code
    if code == "GSOBJ_VDTDATIME1001" and field.type == "DATE":
        return _NO_DATE
    return _OF_OTHER_OBJECTS.get(code, _ANOTHER_VALUE)
