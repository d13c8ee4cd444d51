"""What the service turns a call down with: code, fields and words, in each form it has for them.

The People API shows ``data: {status: FAILURE, errors: […]}``, the object APIs and the gateway a
code and words at the top, some with a list of lists of errors in ``data``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.uploader.codes import asks, code_in
from gsprep.uploader.reading import as_text
from gsprep.uploader.wire import NO_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FIELDS = re.compile(r"[A-Za-z]\w{0,99}(?: ?, ?[A-Za-z]\w{0,99}){0,9}", re.ASCII)
_CODES = ("errorCode", "code", "title")
_WORDS = ("errorMessage", "errorDesc", "message", "errorDescription", "description", "error")
_FIELD_NAMES = ("field", "fieldName")
_FAILURES = frozenset({"FAILURE", "FAILED", "ERROR"})
_ADDRESS = re.compile(r"\S*(?:@|%40)\S*")
_LONGEST = 500
_NOT_FOUND, _GONE = 404, 410
# What may be missing besides a person: then nothing is said of the person.
_SOMETHING_ELSE = re.compile(
    r"\b(?:routes?|paths?|urls?|uris?|endpoints?|apis?|methods?|tenants?|domains?|hosts?|keys?|"
    r"tokens?|permissions?|headers?|param(?:eter)?s?|fields?|columns?|attributes?|versions?|"
    r"services?|servers?|pages?)\b"
)
_MALFORMED = re.compile(r"\b(?:malformed|invalid|missing|required|null or empty|bad request)\b")
_NOT_THERE = re.compile(
    r"\bnot? (?:be )?(?:found|exist)|n't exist|\bno (?:such |matching )?"
    r"(?:person|people|record|contact|data|entit|match|result|row)|"
    r"\bunknown (?:person|people|contact|record|gsid|email)"
)


@dataclass(frozen=True, slots=True)
class Refused:
    """What a call was turned down with; what is not said is "".

    Attributes:
        names: the fields named, joined by commas.
        said: the words, without addresses.
        is_refusal: whether the body says by itself that nothing was done.
        of_records: whether it is in the form in which records are refused.
    """

    code: str = ""
    names: str = ""
    said: str = field(default="", repr=False)
    is_refusal: bool = False
    of_records: bool = False


def refused_in(body: Mapping[str, Any], *, failed: bool) -> Refused:
    """Return what a body turns its call down with; ``failed`` is what the HTTP status says.

    >>> refused_in({"result": False, "errorCode": "GSOBJ_1002"}, failed=True).code
    'GSOBJ_1002'
    """
    data = body.get("data")
    inner = data if isinstance(data, dict) else _only(data)
    errors = list(_errors(inner.get("errors")))
    word = inner.get("status")
    of_records = isinstance(word, str) and word.upper() == "FAILURE"
    denied = body.get("result") is False
    is_refusal = (
        (of_records and (denied or bool(errors)))
        or (denied and not data)
        or (denied and bool(errors) and not inner.get("records"))
    )
    if not (failed or denied or is_refusal):
        return Refused(code=_first(code_in, [body], ("errorCode", "title")))
    places = [body, *errors, inner]
    said = _first(_words, places, _WORDS)
    named = _first(_fields, errors, _FIELD_NAMES)
    return Refused(_first(code_in, places, _CODES), named, said, is_refusal, of_records)


def _only(data: object) -> Mapping[str, Any]:
    """Return the one object of a list, an empty one for anything else."""
    alone = data[0] if isinstance(data, list) and len(data) == 1 else None
    return alone if isinstance(alone, dict) else {}


def _errors(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the errors of a list, those of lists within it and of their members ``errors``."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, list):
            yield from _errors(one)
        elif isinstance(one, dict):
            yield one
            yield from _errors(one.get("errors"))


def _first(read: Any, places: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    found = (read(place.get(name)) for place in places for name in names)
    return next(filter(None, found), "")


def _fields(value: object) -> str:
    text = as_text(value).strip()
    return ",".join(re.split(r" ?, ?", text)) if _FIELDS.fullmatch(text) else ""


def _words(value: object) -> str:
    return _ADDRESS.sub("***", " ".join(as_text(value).split()))[:_LONGEST]


def tells_absence(status: int, refused: Refused) -> bool:
    """Tell whether a refusal says that there is no such person, and nothing else.

    A code that is known decides. An unknown one, and none, leave it to the status and the words;
    what may be about the call, the key or the address says nothing of the person.

    >>> tells_absence(404, Refused(said="Not Found"))
    True
    >>> tells_absence(404, Refused(said="no Route matched with those values"))
    False
    """
    known = asks(refused.code)
    if known is not None:
        return known == "none" or refused.code == NO_PERSON
    words = f"{refused.code.replace('_', ' ')} {refused.said}".lower()
    if _SOMETHING_ELSE.search(words):
        return False
    if status in (_NOT_FOUND, _GONE):
        return True
    return bool(_NOT_THERE.search(words)) and not _MALFORMED.search(words)
