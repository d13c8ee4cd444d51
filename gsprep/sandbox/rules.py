"""Rules for calls, values and rows, with error codes.

Codes and texts: the pages "Error Codes for Person API", "Error Codes for Company, Relationship,
and Custom Object APIs" and "User Management APIs", read 2026-11. The page on what each data type
accepts ("Supported Data Types") could not be read: where the samples do not show it, the checks
here are generous.

A detail is one entry of ``error.details`` of a bulk reply: ``fieldName``, ``values`` and
``errors`` with ``message`` and ``code``. Shapes: the samples of "People APIs - Bulk", page
"People API Documentation", read 2026-11.
"""

from __future__ import annotations

import math
import re
import string
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from gsprep.sandbox.tenant import DATES, NUMBERS, Field, Tenant, field_of, is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


# The page names the code, but no range.
_LARGEST: Final = 10.0**18
_LABEL_LENGTH: Final = 63
# Whole numbers that SQLite keeps as such.
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMERAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_DIGITS_KEPT: Final = 15
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Most addresses; the others are looked at part by part.
_PLAIN_EMAIL = re.compile(
    r"[\w+-]+(?:\.[\w+-]+)*@(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+[A-Za-z]{1,63}", re.ASCII
)
_HALF = re.compile("[\ud800-\udfff]")
_NOT_IN_MAILBOX = frozenset(' ()<>,;:\\"[]@')
_IN_LABEL = frozenset(string.ascii_letters + string.digits + "-")
Detail = dict[str, Any]
COMPANY_PERSON_KEY: Final = ("Company_ID", "Person_ID")
RELATIONSHIP_PERSON_KEY: Final = (*COMPANY_PERSON_KEY, "Relationship_ID")


class StoreError(Exception):
    """The database file cannot be used; the message says why and what to do."""


class RefusalError(Exception):
    """The service refuses a call as a whole.

    Attributes:
        code: the service's error code.
        text: the service's message; it never holds a value of the request.
    """

    def __init__(self, code: str, text: str) -> None:
        """Keep the code and the text."""
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


class MissingPersonError(RefusalError):
    """The requested person does not exist.

    Attributes:
        field: the field of the search, Email or Gsid.
        value: the value of the search; it is part of a reply and never of a message.
    """

    def __init__(self, field: str, value: str) -> None:
        """Keep the search; of the documented codes this one is the nearest."""
        self.field = field
        self.value = value
        super().__init__("GSOBJ_PEOPLE1001", "People entities do not exist")


def malformed(text: str) -> RefusalError:
    """Return the refusal of a request that cannot be read.

    The pages name no code for invalid JSON or too many records; 1008 is their general code.
    """
    return RefusalError("GSOBJ_1008", text)


def no_rows() -> RefusalError:
    """Return the refusal of a request without records."""
    return RefusalError("GSOBJ_VCRUDR1001", "Row Info cannot be null")


def no_such_object() -> RefusalError:
    """Return the refusal to describe an unknown object.

    The page "Data Management APIs" shows the code in ``title``, and no HTTP status.
    """
    return RefusalError("OBJECT_NOT_FOUND", "Object not found")


def no_such_job() -> RefusalError:
    """Return the refusal to show an unknown job or result file.

    The pages do not say what happens; this code means that nothing was found.
    """
    return RefusalError("GSOBJ_1011", "No entity matches the given criteria")


def bad_lookup(text: str) -> RefusalError:
    """Return the refusal of a lookup configuration."""
    return RefusalError("GU_2403", f"lookup configuration invalid: {text}")


class Invalid(NamedTuple):
    """The service's code and text for a bad value."""

    code: str
    message: str


_STRING = Invalid("GSOBJ_VDTBSTR1001", "Invalid string value")
_EMAIL = Invalid("GSOBJ_VDTEMAIL1001", "Invalid email value")
_GSID = Invalid("GSOBJ_VDTGSID1001", "Invalid gsid value")
_BOOLEAN = Invalid("GSOBJ_VDTBOOL1001", "Invalid boolean value")
_NUMBER = Invalid("GSOBJ_VDTNUM1001", "Invalid number value")
_RANGE = Invalid("GSOBJ_VDTNUM1002", "Number is out of range")
_DATETIME = Invalid("GSOBJ_VDTDATIME1001", "Invalid datetime value")
_URL = Invalid("GSOBJ_VDTURL1001", "Invalid URL value")
_NO_LIST = Invalid("GSOBJ_VDTPKLST1001", "Dropdownlist category not found")
_NO_ITEM = Invalid("GSOBJ_VDTPKLST1002", "Dropdownlist item not found")


def as_text(value: Any) -> str:
    """Return a JSON scalar as the service echoes it: text.

    >>> as_text("True"), as_text(True), as_text(7)
    ('True', 'true', '7')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_blank(value: Any) -> bool:
    """Return whether a value is null or blank text."""
    return not value.strip() if isinstance(value, str) else value is None


def invalid(field: Field, value: Any) -> Invalid | None:
    """Return why a value that is not blank is invalid, or None if it is valid."""
    judge, verdict = _JUDGES.get(field.type, (None, _STRING))
    if isinstance(value, dict | list):
        return verdict
    text = as_text(value)
    if not is_text(text) or (judge is not None and not judge(text)):
        return verdict
    if field.type == "NUMBER" and abs(float(text)) >= _LARGEST:
        return _RANGE
    if len(text) > field.length:
        return verdict
    return _unlisted(field, text)


def _unlisted(field: Field, text: str) -> Invalid | None:
    """Return why a value of a drop-down list is invalid; semicolons separate labels."""
    if field.options is None:
        return None
    labels = [text] if field.type == "PICKLIST" else text.split(";")
    if set(labels) <= set(field.options):
        return None
    return _NO_ITEM if field.options else _NO_LIST


def is_text(text: str) -> bool:
    """Return whether a text can be stored: JSON can hold half a surrogate pair, UTF-8 cannot."""
    return text.isascii() or not _HALF.search(text)


def is_email(text: str) -> bool:
    """Return whether a text is a plain address: mailbox, one @, a domain with a dot.

    The only sample of an invalid address is ``johnsmith@``. So the mailbox may be longer than the
    64 characters of mail servers, up to the length of the field, and have letters of any script.
    Quoted mailboxes and hosts in brackets are invalid.

    >>> is_email("john.smith+news@gs.com"), is_email("johnsmith@"), is_email("a@b")
    (True, False, False)
    """
    if _PLAIN_EMAIL.fullmatch(text):
        return True
    mailbox, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        all(mailbox.split("."))
        and mailbox.isprintable()
        and not _NOT_IN_MAILBOX & set(mailbox)
        and len(labels) > 1
        and all(map(_is_label, labels))
        and not labels[-1].isdigit()
    )


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
    """Return the sort key of a value for its data type; None if it does not fit the type.

    A time without a zone is UTC, as in replies; all times are compared in milliseconds.

    >>> comparable("NUMBER", "900") < comparable("NUMBER", "1000")
    True
    >>> comparable("DATE", "1970-01-02"), comparable("BOOLEAN", "True"), comparable("STRING", "a")
    (86400000, 1, 'a')
    """
    if type_ in NUMBERS:
        # As floats, different large whole numbers would be equal.
        number = int if _WHOLE.fullmatch(value) else float
        return number(value) if _is_number(value) else None
    if type_ in DATES:
        return _milliseconds(value) if _is_datetime(value) else None
    if type_ == "BOOLEAN":
        return int(value.lower() == "true") if _is_boolean(value) else None
    return value


def _milliseconds(text: str) -> int:
    if text.lstrip("-").isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def type_of(values: Iterable[str]) -> str:
    """Return the data type that all values of a column fit; STRING if there is no other.

    Digits that begin with zero, or more digits than a float keeps, are ids: text.

    >>> type_of(["900", "1000"]), type_of(["007"]), type_of(["2026-11-20"]), type_of(["7", "a"])
    ('NUMBER', 'STRING', 'DATE', 'STRING')
    """
    each = set(values)
    fitting = (name for name, looks in _LOOKS.items() if each and all(map(looks, each)))
    return next(fitting, "STRING")


def _looks_like_number(text: str) -> bool:
    digits = sum(map(str.isdecimal, text))
    return _NUMERAL.fullmatch(text) is not None and digits <= _DIGITS_KEPT


# The narrowest first.
_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "BOOLEAN": _is_boolean,
    "NUMBER": _looks_like_number,
    "DATE": lambda text: _ISO.fullmatch(text) is not None and _is_datetime(text),
    "DATETIME": lambda text: _ISO.match(text) is not None and _is_datetime(text),
}
_JUDGES: Mapping[str, tuple[Callable[[str], bool], Invalid]] = {
    "EMAIL": (is_email, _EMAIL),
    "GSID": (is_id, _GSID),
    "BOOLEAN": (_is_boolean, _BOOLEAN),
    "NUMBER": (_is_number, _NUMBER),
    "DATE": (_is_datetime, _DATETIME),
    "DATETIME": (_is_datetime, _DATETIME),
    "URL": (_is_url, _URL),
}


# Quick tests that most valid texts of a type pass; the others are looked at more closely. A type
# that is judged and has none is always looked at.
_QUICK: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(_JUDGES, lambda _: False),
    "EMAIL": _PLAIN_EMAIL.fullmatch,
    "GSID": is_id,
    "BOOLEAN": {"true", "false"}.__contains__,
}


class KnownField(NamedTuple):
    """A field by its name in requests.

    Attributes:
        field: the field; None if the object has no such field.
        writable: whether it exists and requests write it.
        fits: whether a text is surely valid.
    """

    field: Field | None
    writable: bool
    fits: Callable[[str], object]

    @classmethod
    def of(cls, field: Field | None) -> KnownField:
        """Return what is known of a field."""
        if field is None or field.options is not None:
            return cls(field, field is not None and field.writable, lambda _: False)
        quick, most = _QUICK.get(field.type, str.isascii), field.length
        return cls(field, field.writable, lambda text: len(text) <= most and quick(text))


class Known(dict[str, KnownField]):
    """Fields of an object in one tenant by their names in requests; each name is looked up once.

    Attributes:
        kind: the object.
        defaults: the default values of an inserted row.
    """

    def __init__(self, kind: str, tenant: Tenant) -> None:
        """Start without names."""
        super().__init__()
        self.kind = kind
        self.defaults = tenant.defaults_of(kind)
        self._own = tenant.own_fields(kind)

    def __missing__(self, name: str) -> KnownField:
        """Look a name up."""
        self[name] = found = KnownField.of(field_of(self.kind, name, self._own))
        return found


def field_details(known: Known, row: Mapping[str, Any]) -> list[Detail]:
    """Return a detail for each field that does not exist or whose value does not fit its type.

    known: the fields of the object.
    A blank value leaves the field unchanged and is valid, but its field must exist.

    >>> from gsprep.sandbox.tenant import Tenant
    >>> person = Known("person", Tenant())
    >>> [entry["fieldName"] for entry in field_details(person, {"Emial": "", "Name": "A"})]
    ['Emial']
    """
    return [
        entry
        for name, value in row.items()
        if not (value.__class__ is str and known[name].fits(value))
        and (entry := _field_detail(known[name].field, name, value))
    ]


def _field_detail(known: Field | None, name: str, value: Any) -> Detail | None:
    if known is None:
        return _detail(name, value, "GSOBJ_VCRUDR1002", "Fields do not exist in object")
    found = None if is_blank(value) else invalid(known, value)
    return _detail(known.name, value, found.code, found.message) if found else None


def key_detail(key: Sequence[str], row: Mapping[str, Any]) -> Detail | None:
    """Return the detail of a row whose resolution key is incomplete, or None.

    In all samples the message names only Person_ID when that is missing, else the whole key, and
    ``values`` holds the parts that are not blank.
    """
    missing = [part for part in key if is_blank(row.get(part))]
    if not missing:
        return None
    named = "Person_ID" if "Person_ID" in missing else ",".join(key)
    return _detail(
        ",".join(key),
        {part: row[part] for part in key if part not in missing},
        "GSOBJ_VCUSTOM1012",
        f"Resolution key value is null or empty : {named}",
    )


def repeated_detail(key: Sequence[str], row: Mapping[str, Any]) -> Detail:
    """Return the detail of a row whose key another row has; it names no field."""
    parts = (f"{part}={'null' if is_blank(row.get(part)) else as_text(row[part])}" for part in key)
    message = f"Row with the given resolution key already exists : {{{', '.join(parts)}}}"
    return {"errors": [{"message": message, "code": "GSOBJ_VCUSTOM1007"}]}


def unresolved_detail(name: str, value: Any) -> Detail:
    """Return the detail of a well-formed id that no record has.

    The pages show this code for lookups without a match, and say nothing about ids.
    """
    return _detail(name, value, "GSOBJ_VDTGSID1001", "Invalid gsid value")


def no_row_detail(name: str | None = None) -> Detail:
    """Return the detail of a row that is null, empty or not a JSON object."""
    error = {"message": "Row Info cannot be null", "code": "GSOBJ_VCRUDR1001"}
    return {"fieldName": name, "values": None, "errors": [error]}


def no_parent_detail() -> Detail:
    """Return the detail of a relationship row whose company row was not stored.

    No sample shows it; the code means that an entity of the association is missing.
    """
    return _detail("Company_Person_ID", None, "GSOBJ_PEOPLE1001", "People entities do not exist")


def _detail(name: str, value: Any, code: str, message: str) -> Detail:
    return {
        "fieldName": name,
        "values": {name: value},
        "errors": [{"message": message, "code": code}],
    }
