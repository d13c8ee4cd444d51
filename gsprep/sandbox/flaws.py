"""What is wrong with a value for a data type.

Codes and texts: the page "Error Codes for Person API", read 2026-11. What each type accepts
stands on a page that could not be read ("Supported Data Types"); where the samples do not tell,
the checks here are kept generous.
"""

from __future__ import annotations

import math
import re
import string
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from gsprep.sandbox.fields import DATES, NUMBERS
from gsprep.sandbox.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gsprep.sandbox.fields import Field


class Flaw(NamedTuple):
    """The service's code and text for a bad value."""

    code: str
    message: str


_STRING = Flaw("GSOBJ_VDTBSTR1001", "Invalid string value")
_EMAIL = Flaw("GSOBJ_VDTEMAIL1001", "Invalid email value")
_GSID = Flaw("GSOBJ_VDTGSID1001", "Invalid gsid value")
_BOOLEAN = Flaw("GSOBJ_VDTBOOL1001", "Invalid boolean value")
_NUMBER = Flaw("GSOBJ_VDTNUM1001", "Invalid number value")
_RANGE = Flaw("GSOBJ_VDTNUM1002", "Number is out of range")
_DATETIME = Flaw("GSOBJ_VDTDATIME1001", "Invalid datetime value")
_URL = Flaw("GSOBJ_VDTURL1001", "Invalid URL value")
_NO_LIST = Flaw("GSOBJ_VDTPKLST1001", "Dropdownlist category not found")
_NO_ITEM = Flaw("GSOBJ_VDTPKLST1002", "Dropdownlist item not found")

# The page names the code and no range.
_LARGEST: Final = 10.0**18
_LABEL_LENGTH: Final = 63
# Whole numbers that SQLite keeps as such.
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMERAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_DIGITS_KEPT: Final = 15
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_IN_MAILBOX = frozenset('()<>,;:\\"[]@')
_IN_LABEL = frozenset(string.ascii_letters + string.digits + "-")


def as_text(value: Any) -> str:
    """Return a JSON scalar as the service echoes it: text.

    >>> as_text("True"), as_text(True), as_text(7)
    ('True', 'true', '7')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_blank(value: Any) -> bool:
    """Return whether a value says nothing: null, or text of blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def flaw(field: Field, value: Any) -> Flaw | None:
    """Return what is wrong with a value that is not blank, or None."""
    judge, verdict = _JUDGES.get(field.type, (is_text, _STRING))
    if isinstance(value, dict | list) or not is_text(as_text(value)):
        return verdict
    text = as_text(value)
    if not judge(text):
        return verdict
    if field.type == "NUMBER" and abs(float(text)) >= _LARGEST:
        return _RANGE
    if len(text) > field.length:
        return verdict
    return _unlisted(field, text)


def _unlisted(field: Field, text: str) -> Flaw | None:
    """Return what is wrong with a value of a drop-down list; semicolons part several labels."""
    if field.options is None:
        return None
    labels = [text] if field.type == "PICKLIST" else text.split(";")
    if set(labels) <= set(field.options):
        return None
    return _NO_ITEM if field.options else _NO_LIST


def is_text(text: str) -> bool:
    """Return whether a text can be stored: half a surrogate pair can be written in JSON only."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def is_email(text: str) -> bool:
    """Return whether a text is a plain address: mailbox, one @, a domain with a dot.

    The sample calls ``johnsmith@`` invalid and says no more, so a mailbox of more than the 64
    characters that mail servers agree on is taken: only the field's length ends it. Quoted
    mailboxes and addresses of hosts in brackets are not taken; letters of any script are.

    >>> is_email("john.smith+news@gs.com"), is_email("johnsmith@"), is_email("a@b")
    (True, False, False)
    """
    mailbox, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        all(map(_is_atom, mailbox.split(".")))
        and len(labels) > 1
        and all(map(_is_label, labels))
        and not labels[-1].isdigit()
    )


def _is_atom(atom: str) -> bool:
    return bool(atom) and " " not in atom and atom.isprintable() and not _NOT_IN_MAILBOX & set(atom)


def _is_label(label: str) -> bool:
    return (
        0 < len(label) <= _LABEL_LENGTH
        and label[0] != "-" != label[-1]
        and label.isprintable()
        and all(not character.isascii() or character in _IN_LABEL for character in label)
    )


def _is_boolean(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _is_number(text: str) -> bool:
    try:
        return "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def _is_datetime(text: str) -> bool:
    # Milliseconds since 1970 in inserts of companies; ISO 8601 on the Timeline page.
    try:
        if text.lstrip("-").isdecimal():
            datetime.fromtimestamp(int(text) / 1000, UTC)
        else:
            datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return False
    return True


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        parts.scheme.lower() in {"http", "https"}
        and "." in host.strip(".")
        and text.isprintable()
        and " " not in text
    )


def comparable(type_: str, value: str) -> int | float | str | None:
    """Return what a value of a data type is compared by; None when it does not fit the type.

    A time without a zone is UTC, as in replies; all times are compared in milliseconds.

    >>> comparable("NUMBER", "900") < comparable("NUMBER", "1000")
    True
    >>> comparable("DATE", "1970-01-02"), comparable("BOOLEAN", "True"), comparable("STRING", "a")
    (86400000, 1, 'a')
    """
    if type_ in NUMBERS:
        return _as_number(value) if _is_number(value) else None
    if type_ in DATES:
        return _milliseconds(value) if _is_datetime(value) else None
    if type_ == "BOOLEAN":
        return int(value.lower() == "true") if _is_boolean(value) else None
    return value


def _as_number(text: str) -> int | float:
    # A float would make large whole numbers equal that differ.
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def _milliseconds(text: str) -> int:
    if text.lstrip("-").isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def type_of(values: Iterable[str]) -> str:
    """Return the data type that fits all values of a column; text when no other does.

    Digits with a zero in front, or more than a number keeps, are names of something: text.

    >>> type_of(["900", "1000"]), type_of(["007"]), type_of(["2026-11-20"]), type_of(["7", "a"])
    ('NUMBER', 'STRING', 'DATE', 'STRING')
    """
    each = set(values)
    fitting = (name for name, looks in _LOOKS.items() if each and all(map(looks, each)))
    return next(fitting, "STRING")


def _looks_like_number(text: str) -> bool:
    digits = sum(map(str.isdecimal, text))
    return _NUMERAL.fullmatch(text) is not None and digits <= _DIGITS_KEPT


def _looks_like_datetime(text: str) -> bool:
    return _ISO.match(text) is not None and _is_datetime(text)


# The narrowest first.
_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "BOOLEAN": _is_boolean,
    "NUMBER": _looks_like_number,
    "DATE": lambda text: _ISO.fullmatch(text) is not None and _is_datetime(text),
    "DATETIME": _looks_like_datetime,
}
_JUDGES: Mapping[str, tuple[Callable[[str], bool], Flaw]] = {
    "EMAIL": (is_email, _EMAIL),
    "GSID": (is_id, _GSID),
    "BOOLEAN": (_is_boolean, _BOOLEAN),
    "NUMBER": (_is_number, _NUMBER),
    "DATE": (_is_datetime, _DATETIME),
    "DATETIME": (_is_datetime, _DATETIME),
    "URL": (_is_url, _URL),
}
