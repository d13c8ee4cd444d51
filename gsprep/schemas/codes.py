"""What a finding says: the service's own codes, and in gsprep's words what is wrong and what to do.

Codes that begin with GSOBJ_ and their meaning: the error tables of the Person API, and for other
objects those of the Company, Relationship and Custom Object APIs. Codes that begin with GSPREP_
are ours, for what the service does not look at.
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
    """The sentence and the hint of a code; ``{column}`` and ``{length}`` are filled in."""

    message: str
    hint: str


EXPLANATIONS: Mapping[str, Explanation] = {
    "GSOBJ_VDTEMAIL1001": Explanation(
        "{column} is not an e-mail address the service takes.",
        "Write one address: a name, one @, and a domain with a dot.",
    ),
    "GSOBJ_VDTGSID1001": Explanation(
        "{column} is not a GSID.",
        "Copy it again: a GSID has 36 characters, capital letters and digits.",
    ),
    "GSOBJ_VDTBOOL1001": Explanation("{column} is neither true nor false.", "Write true or false."),
    "GSOBJ_VDTNUM1001": Explanation(
        "{column} is not a number.", "Write digits, with a dot before decimals."
    ),
    "GSOBJ_VDTNUM1002": Explanation(
        "{column} is a number beyond what the service stores.", "Look for digits too many."
    ),
    "GSOBJ_VDTCURREN1001": Explanation(
        "{column} is not an amount.", "Write digits, with a dot before decimals and no sign."
    ),
    "GSOBJ_VDTCURREN1002": Explanation(
        "{column} has a comma where none stands between thousands.",
        "Leave commas out, and write a dot before decimals.",
    ),
    "GSOBJ_VDTPERCENT1001": Explanation(
        "{column} is not a percentage.", "Write the number alone: 12.5, without a sign."
    ),
    "GSOBJ_VDTSFDCID1001": Explanation(
        "{column} is not a Salesforce id.", "Copy it again: it has 15 or 18 letters and digits."
    ),
    "GSOBJ_VDTPKLST1001": Explanation(
        "{column} has a list without entries, so the service takes no value.",
        "Ask the administrator for the list, or leave the field out.",
    ),
    "GSOBJ_VDTPKLST1002": Explanation(
        "{column} is not an entry of the list.",
        "Write a label of the list as it stands there; several are parted by semicolons.",
    ),
    "GSOBJ_VDTDATIME1001": Explanation(
        "{column} is not a date the service takes.", "Write it as 2026-11-20."
    ),
    "GSOBJ_VDTURL1001": Explanation(
        "{column} is not a web address.", "Begin with https:// and name a host."
    ),
    "GSOBJ_VDTBSTR1001": Explanation(
        "{column} is longer than the {length} characters the service stores.", "Shorten it."
    ),
    "GSOBJ_VCUSTOM1012": Explanation(
        "{column} is missing, and without it the record cannot be told from others.",
        "Fill it, or take the row out.",
    ),
    "GSOBJ_VCUSTOM1007": Explanation(
        "{column} is the same as in an earlier row, and the two rows disagree.",
        "Make the rows agree, or keep one of them.",
    ),
    "GSOBJ_PEOPLE1001": Explanation(
        "The person of this association is not among the valid persons.",
        "Add the person, or mend the row that was rejected.",
    ),
    "GSPREP_MAILSLIP": Explanation(
        "{column} looks like a typing slip in the domain.",
        "Take the suggestion if it is what was meant; the cell is sent as it stands.",
    ),
    "GSPREP_PHONE": Explanation(
        "{column} cannot be read as a telephone number, so it does not help matching.",
        "Write it whole, with its country and area code: +1 415 555 0102.",
    ),
    "GSPREP_COUNTRY": Explanation(
        "{column} is not a country, so it does not help matching.",
        "Write the two-letter code or the English name.",
    ),
    "GSOBJ_VCRUDR1002": Explanation(
        "{column} is not a field of this object and is not sent.",
        "Rename it to a field's API name (a tenant's own ends in __gc), or leave it.",
    ),
    "GSOBJ_1007": Explanation(
        "{column} is missing, and a new record needs it.", "Fill it, or only update records."
    ),
    "GSPREP_REQUIRED": Explanation(
        "{column} is missing, and a new record needs it.", "Fill it, or only update records."
    ),
    "GSPREP_ACCESS": Explanation(
        "{column} is not written by the service as given.", "Leave the column out."
    ),
    "GSPREP_DECIMALS": Explanation(
        "{column} has more decimals than the service keeps.", "Round it, or let the service do so."
    ),
    "GSPREP_SFDCSUM": Explanation(
        "{column} has the form of a Salesforce id, and its last three characters do not fit.",
        "Copy the id again: its case may be lost, or a character wrong.",
    ),
    "GSPREP_GSIDTYPE": Explanation(
        "{column} begins unlike the ids of the object it points at.",
        "Look whether the id is of another object.",
    ),
    "GSPREP_GSIDTENANT": Explanation(
        "{column} begins unlike the other ids of this column.",
        "Ids of one object and tenant share 18 characters: look whether it is of another tenant.",
    ),
    "GSPREP_PLACEHOLDER": Explanation(
        "{column} stands for an address that was not given.",
        "Write the person's own address, or take the row out.",
    ),
    "GSPREP_GARBLED": Explanation(
        "{column} has letters that were lost or misread on the way into the file.",
        "Take the suggestion if there is one, or export the file again as UTF-8.",
    ),
    "GSPREP_ROLEMAILBOX": Explanation(
        "{column} is the mailbox of a task, not of a person.",
        "Look whether the row means a person.",
    ),
    "GSPREP_SAMEROW": Explanation(
        "The row says the same as an earlier one.", "Keep one of the two; they go as one record."
    ),
    "GSPREP_SAMEKEY": Explanation(
        "The row means the same record as an earlier one, and they agree.",
        "Keep one of the two; they go as one record.",
    ),
    "GSPREP_SAMEMAILBOX": Explanation(
        "{column} is an earlier row's mailbox, spelt another way.",
        "If it is one person, write one spelling.",
    ),
    "GSPREP_PRIMARY": Explanation(
        "The person has another primary company in an earlier row.",
        "Say true for one company only.",
    ),
}

# What the other object APIs call the failures that the Person API tells apart.
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

    Codes stand in the explanations as the Person API has them; the APIs of the other objects
    have fewer, whose sentence depends on the type.
    """
    if of.speaks == "people" or not (code in _OF_OTHER_OBJECTS or "_VDT" in code):
        return code
    if code == "GSOBJ_VDTDATIME1001" and field.type == "DATE":
        return _NO_DATE
    return _OF_OTHER_OBJECTS.get(code, _ANOTHER_VALUE)
