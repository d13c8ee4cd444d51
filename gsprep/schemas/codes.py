"""What a finding says: the service's own codes, and in gsprep's words what is wrong and what to do.

Codes that begin with GSOBJ_ and their meaning: the error tables of the Person API. Codes that
begin with GSPREP_ are ours, for what the service does not look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        "{column} is not a GSID.", "A GSID has 36 characters, capital letters and digits."
    ),
    "GSOBJ_VDTBOOL1001": Explanation("{column} is neither true nor false.", "Write true or false."),
    "GSOBJ_VDTNUM1001": Explanation(
        "{column} is not a number.", "Write digits, with a dot before decimals."
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
        "Add the country code, fill Country, or state a region.",
    ),
    "GSPREP_COUNTRY": Explanation(
        "{column} is not a country, so it does not help matching.",
        "Write the two-letter code or the English name.",
    ),
    "GSPREP_UNKNOWNFIELD": Explanation(
        "{column} is not a field of this object and is not sent.",
        "Rename it to a field's API name (a tenant's own ends in __gc), or leave it.",
    ),
}
