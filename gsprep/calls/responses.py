"""Meaning of a response: success, repeat or refusal.

The People API replies ``data: {status: FAILURE, errors: […]}``. The object APIs and the gateway
reply a code and a message at the top, some with a list of lists of errors in ``data``.

The service's code decides before the HTTP status, because a 200 may have the code of any refusal.
Only the gateway's refusal of a key, or of a call that is too large, wins over the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.calls.endpoints import CODES, NO_PERSON, REQUEST_ID_HEADERS, asks, code_in, with_meaning
from gsprep.calls.json_types import as_message, as_text
from gsprep.errors import AccessKeyError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

    from gsprep.calls.endpoints import Asks

_FIELDS = re.compile(r"[A-Za-z]\w{0,99}(?: ?, ?[A-Za-z]\w{0,99}){0,9}", re.ASCII)
_CODES = ("errorCode", "code", "title")
_WORDS = (
    "errorMessage", "errorDesc", "message", "errorDescription", "description", "detail", "error",
)  # fmt: skip
_FIELD_NAMES = ("field", "fieldName")
_OF_ERRORS = frozenset({*_CODES, *_WORDS, *_FIELD_NAMES, "invalidValue"})
_ADDRESS = re.compile(r"\S*(?:@|%40)\S*")
_LONGEST = 500
_NOT_FOUND, _GONE = 404, 410
# Other things that may be missing: then the reply says nothing about the person.
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
class Refusal:
    """The refusal of a call; a missing part is "".

    Attributes:
        names: the fields it names, joined by commas.
        said: its message, without addresses.
        is_refusal: whether the body alone says that nothing was done.
        of_records: whether it has the format of refused records.
    """

    code: str = ""
    names: str = ""
    said: str = field(default="", repr=False)
    is_refusal: bool = False
    of_records: bool = False

    @property
    def asks(self) -> Asks | None:
        """What it asks the client to do; of words about a field or a record only its code tells."""
        told = asks(self.code, "" if self.names else self.said)
        return told if self.code in CODES or not self.of_records or told == "quota" else None


def refused_in(body: Mapping[str, Any], *, failed: bool) -> Refusal:
    """Return the refusal in a body; ``failed`` is whether the HTTP status is an error.

    >>> refused_in({"result": False, "errorCode": "GSOBJ_1002"}, failed=True).code
    'GSOBJ_1002'
    """
    data = body.get("data")
    inner = data if isinstance(data, dict) else _only(data)
    errors = [*_errors(inner.get("errors")), *_errors([body.get("errors"), body.get("error")])]
    if isinstance(data, list) and data and all(map(_is_error, data)):
        errors += data
    word = inner.get("status")
    of_records = isinstance(word, str) and word.upper() == "FAILURE"
    denied = body.get("result") in (False, "false", "False")
    is_refusal = (
        (of_records and (denied or bool(errors)))
        or (denied and not data)
        or (denied and bool(errors) and not inner.get("records"))
    )
    if not (failed or denied or is_refusal):
        return Refusal(code=_first(code_in, [body], ("errorCode", "title")))
    places = [body, *errors, inner]
    # Where records are replied to, the words above them are not about the call.
    said = "" if inner.get("records") else _first(_words, places, _WORDS)
    named = _first(_fields, errors, _FIELD_NAMES)
    return Refusal(_first(code_in, places, _CODES), named, said, is_refusal, of_records)


def _only(data: object) -> Mapping[str, Any]:
    """Return the only object of a list, an empty one for anything else."""
    alone = data[0] if isinstance(data, list) and len(data) == 1 else None
    return alone if isinstance(alone, dict) else {}


def _is_error(value: object) -> bool:
    """Return whether this is an error and nothing else, and no reply to a record."""
    return isinstance(value, dict) and "errorCode" in value and _OF_ERRORS.issuperset(value)


def _errors(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield errors, those of lists and of their members ``errors``."""
    if isinstance(value, dict):
        yield value
        value = value.get("errors")
    for one in value if isinstance(value, list) else ():
        yield from _errors(one)


def _first(read: Any, places: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    found = (read(place.get(name)) for place in places for name in names)
    return next(filter(None, found), "")


def _fields(value: object) -> str:
    text = as_text(value).strip()
    return ",".join(re.split(r" ?, ?", text)) if _FIELDS.fullmatch(text) else ""


def _words(value: object) -> str:
    return _ADDRESS.sub("***", as_message(value))[:_LONGEST]


def means_absence(status: int, refused: Refusal) -> bool:
    """Return whether a refusal means that the person does not exist, and nothing else.

    A known code decides. Without one, the status and the message decide; a message that may be
    about the call, the key or the address says nothing about the person.

    >>> means_absence(404, Refusal(said="Not Found"))
    True
    >>> means_absence(404, Refusal(said="no Route matched with those values"))
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


_ID = re.compile(r"[\w.:;,/+=|#-]{1,100}", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z]+")
_HEX = re.compile(r"[a-f]+|[A-F]+")
# A longer word of letters in an id may be a name.
_LONGEST_WORD = 4
_REDIRECTED = 300
# Words of a service that wants the body in another format: a list of one, a file.
_FORM_WORDS = re.compile(
    r"multipart|form-data|request part|media.?type|content.?type|start_object|"
    r"\b(?:arrays?|lists?|(?:json )?file|(?:request )?body|payload|malformed json)\b",
    re.IGNORECASE,
)
TOO_LARGE = 413
# A refusal with one of these is about the records of the call; those from 200 on are in the body of
# a reply. Any other would meet every call.
ABOUT_RECORDS = frozenset({200, 201, 202, 207, 400, 409, 422})
_OF_RECORDS = ABOUT_RECORDS | {TOO_LARGE}
_UNSUPPORTED = 415
# What firewalls answer to a body that they take for an attack.
_PAGES = frozenset({400, 403, 406, 409, 422, 451})


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """The facts of a reply; a missing one is "", None or empty.

    Attributes:
        refused: the refusal of the call, if it is one.
        is_json: whether the body is JSON; the page of a gateway is not.
        is_page: whether it is something else.
    """

    status: int
    code: str
    request_id: str
    retry_after: str | None
    date: str | None
    body: Mapping[str, Any] = field(repr=False)
    refused: Refusal = field(repr=False)
    is_json: bool
    is_page: bool

    @property
    def what(self) -> str:
        """The status, and the code with its meaning."""
        return ", ".join(filter(None, (f"HTTP {self.status}", with_meaning(self.code))))


def facts_of(response: httpx.Response, body: object, *, has_body: bool = False) -> ResponseFacts:
    """Return the facts of a reply whose parsed body is ``body``, None if it is not JSON."""
    said = body if isinstance(body, dict) else {}
    refused = refused_in(said, failed=response.status_code >= _REDIRECTED)
    ids = (said.get("requestId"), *map(response.headers.get, REQUEST_ID_HEADERS))
    return ResponseFacts(
        status=response.status_code,
        code=refused.code,
        request_id=next(filter(None, map(_id, ids)), ""),
        retry_after=response.headers.get("Retry-After"),
        date=response.headers.get("Date"),
        body=said,
        refused=refused,
        is_json=body is not None,
        is_page=body is None and has_body,
    )


def _id(value: object) -> str:
    """Return the service's id of a call; "" for text that may be personal data.

    Messages contain the id. An id has digits and short runs of letters, such as UUIDs and
    1-65f3ab12;Root=1; letters alone may be a name, digits alone a phone number.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        return ""
    words = _LETTERS.findall(value)
    short = all(len(word) <= _LONGEST_WORD or _HEX.fullmatch(word) for word in words)
    is_id = (words and short and any(map(str.isdigit, value))) or len(value) == 1
    return value if is_id else ""


def refusal_of(
    facts: ResponseFacts, *, of_one: bool = False
) -> AccessKeyError | RejectedError | None:
    """Return the error of a reply that refuses the whole call, None for any other.

    The refusal of the only record of a call (``of_one``) is not an error of the call, and neither
    are refusals of single records. The error is returned, not raised, so that no frame of its
    traceback holds the reply.
    """
    if facts.status in (401, 403) or facts.refused.asks == "key":
        # The service replies JSON; a page comes from a program in front of it.
        page = "" if facts.is_json else ". A firewall or a proxy may have refused the call instead"
        error = AccessKeyError(
            f"the service refused the access key ({facts.what}): "
            f"check that it is the key of this tenant, and make a new one if it was revoked{page}"
        )
        error.may_be_of_one = _status_of_one(facts)
        return error
    refused = facts.status >= _REDIRECTED or facts.refused.is_refusal
    return _rejected(facts) if refused and not _is_an_answer(facts, of_one=of_one) else None


def _status_of_one(facts: ResponseFacts) -> str:
    # A page comes from a program in front of the service, which may not like what a record has.
    return f"HTTP {facts.status}" if facts.is_page and facts.status in _PAGES else ""


def _is_an_answer(facts: ResponseFacts, *, of_one: bool) -> bool:
    data = facts.body.get("data")
    if isinstance(data, dict) and data.get("records"):
        return True
    of_form = not facts.refused.names and is_of_form(facts.refused.said)
    is_about_it = facts.status < _REDIRECTED or facts.status in _OF_RECORDS
    return is_about_it and of_one and facts.refused.of_records and not of_form


def is_about_records(refusal: RejectedError) -> bool:
    """Return whether a refusal is about the records of a call; any other would meet every call."""
    of_route = asks(refusal.code, refusal.said) == "route"
    return refusal.status in _OF_RECORDS and not of_route


def is_of_form(words: str) -> bool:
    """Return whether words of a refusal are about the form of a body.

    >>> is_of_form("Required request part 'file' is not present"), is_of_form("Email is invalid")
    (True, False)
    """
    return _FORM_WORDS.search(words) is not None


def _rejected(facts: ResponseFacts) -> RejectedError:
    error = RejectedError(
        _refusal(facts), status=facts.status, code=facts.code, request_id=facts.request_id
    )
    error.field, error.said = facts.refused.names, facts.refused.said
    error.may_be_of_one = _status_of_one(facts)
    error.absent = facts.is_json and means_absence(facts.status, facts.refused)
    return error


def _refusal(facts: ResponseFacts) -> str:
    known = facts.refused.asks
    of_rows = facts.status < _REDIRECTED or facts.status in _OF_RECORDS or known in ("rows", "none")
    if facts.status == _UNSUPPORTED:
        return f"the service accepts no format of this call that gsprep knows ({facts.what})"
    if of_rows and known != "route":
        cure = "fix what the code names" if facts.code else "it named no code"
        return f"the service refused the whole call ({facts.what}): {cure}"
    return f"the service does not know this call ({facts.what}): check the address of the tenant"
