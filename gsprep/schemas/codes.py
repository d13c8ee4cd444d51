"""Codes of findings, each with its sentence and hint.

Codes that begin with GSOBJ_ and their meaning: the error tables of the Person API, and for other
objects those of the Company, Relationship and Custom Object APIs. Codes that begin with GSPREP_
are gsprep's own, for what the service does not check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.shipped import shipped_lines

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
    code: Explanation(message, hint)
    for code, message, hint in (
        line.split("\t") for line in shipped_lines("rules", "lists", "codes.txt")
    )
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
