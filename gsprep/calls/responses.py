"""Meaning of a response: success, repeat, or refusal with its codes.

Sources: pages "Error Codes for Person API" and "Error Codes for Company, Relationship, and Custom
Object APIs", the error table of the User Management API, and replies of the gateway, read 2026-11.

The People API replies ``data: {status: FAILURE, errors: […]}``. The object APIs and the gateway
reply a code and a message at the top, some with a list of lists of errors in ``data``.

The service's code decides before the HTTP status, because a 200 may have the code of any refusal.
Only the gateway's refusal of a key, or of a call that is too large, wins over the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from gsprep.calls.endpoints import NO_PERSON, REQUEST_ID_HEADERS
from gsprep.calls.json_types import as_text
from gsprep.calls.retry import Failure, asked_wait
from gsprep.errors import AccessKeyError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

# key: nothing more is sent; quota, fault: repeated; route: the address is wrong; none: nothing
# was found; rows: the data sent is wrong.
Asks = Literal["key", "quota", "fault", "route", "none", "rows"]

MEANINGS: Mapping[Asks, Mapping[str, str]] = {
    "key": {
        "GS_APIG_2401": "the access key is missing or invalid",
        "GS_2402": "the key lacks the permission",
        "GSOBJ_1024": "invalid authorization headers",
    },
    "quota": {"GU_2400": "too many calls"},
    "fault": {"GU_1101": "an unexpected error of the service", "GSOBJ_1003": "deleting failed"},
    "route": {"GS_APIG_1000": "no such path", "GSOBJ_1023": "no such path"},
    "none": {
        "GSOBJ_1011": "nothing found",
        # The sample of the Read API has this in place of a code.
        "GSOBJ_1XXX": "nothing found",
        "OBJECT_NOT_FOUND": "no such object",
    },
    "rows": {
        "GSOBJ_PEOPLE1001": "the person or the associated record does not exist",
        "GSOBJ_VQP1001": "no value to search by",
        "GSOBJ_VDTBOOL1001": "invalid boolean value",
        "GSOBJ_VDTNUM1001": "invalid number value",
        "GSOBJ_VDTNUM1002": "a number out of range",
        "GSOBJ_VDTBSTR1001": "invalid string value",
        "GSOBJ_VDTDATIME1001": "invalid datetime value",
        "GSOBJ_VDTCURREN1001": "invalid currency value",
        "GSOBJ_VDTCURREN1002": "a comma in the wrong place",
        "GSOBJ_VDTEMAIL1001": "invalid email value",
        "GSOBJ_VDTGSID1001": "invalid gsid value",
        "GSOBJ_VDTPERCENT1001": "invalid percentage value",
        "GSOBJ_VDTSFDCID1001": "invalid Salesforce id",
        "GSOBJ_VDTPKLST1001": "drop-down list not found",
        "GSOBJ_VDTPKLST1002": "entry of a drop-down list not found",
        "GSOBJ_VDTURL1001": "invalid URL value",
        "GSOBJ_VCRUDR1001": "an empty record",
        "GSOBJ_VCRUDR1002": "a field that the object does not have",
        "GSOBJ_VCRUDR1003": "a field without a value",
        "GSOBJ_VCUSTOM1007": "another row has the same key",
        "GSOBJ_VCUSTOM1012": "the key is empty",
        "GSOBJ_RLS012": "a lookup found nothing",
        "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED": "a lookup found nothing",
        "GSOBJ_1001": "a text longer than its field",
        "GSOBJ_1002": "a value of another type than its field",
        "GSOBJ_1004": "a missing or invalid GSID",
        "GSOBJ_1005": "invalid datetime value",
        "GSOBJ_1006": "invalid date value",
        "GSOBJ_1007": "a required field without a value",
        "GSOBJ_1008": "a value that does not fit its field",
        "GU_2401": "creating failed",
        "GU_2402": "updating failed",
        "GU_2403": "an invalid lookup",
        "GU_2409": "a key that is not supported",
        "GU_2410": "a person who is their own manager",
        "GU_2411": "rows that contradict each other",
    },
}
CODES: Mapping[str, tuple[Asks, str]] = {
    code: (asks, meaning)
    for asks, meanings in MEANINGS.items()
    for code, meaning in meanings.items()
}


# GSOBJ_1001, OBJECT_NOT_FOUND: capitals with an underscore or a digit; no name is written so.
_CODE = re.compile(r"(?=.*[0-9_])[A-Z][A-Z0-9_]{1,63}")


def code_in(value: object) -> str:
    """Return a code of the service; "" for anything else, because it may be a name or a key.

    >>> code_in("GSOBJ_9999"), code_in("Kolibrina"), code_in(None)
    ('GSOBJ_9999', '', '')
    """
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def asks(code: str) -> Asks | None:
    """Return what a code asks the client to do, None for an unknown code.

    >>> asks("GU_2400"), asks("GSOBJ_9999")
    ('quota', None)
    """
    known = CODES.get(code)
    return known and known[0]


def with_meaning(code: str) -> str:
    """Return a code with its meaning, an unknown code alone.

    >>> with_meaning("GSOBJ_1011"), with_meaning("GSOBJ_9999")
    ('GSOBJ_1011: nothing found', 'GSOBJ_9999')
    """
    return f"{code}: {CODES[code][1]}" if code in CODES else code


_FIELDS = re.compile(r"[A-Za-z]\w{0,99}(?: ?, ?[A-Za-z]\w{0,99}){0,9}", re.ASCII)
_CODES = ("errorCode", "code", "title")
_WORDS = ("errorMessage", "errorDesc", "message", "errorDescription", "description", "error")
_FIELD_NAMES = ("field", "fieldName")
_FAILURES = frozenset({"FAILURE", "FAILED", "ERROR"})
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


def refused_in(body: Mapping[str, Any], *, failed: bool) -> Refusal:
    """Return the refusal in a body; ``failed`` is whether the HTTP status is an error.

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
        return Refusal(code=_first(code_in, [body], ("errorCode", "title")))
    places = [body, *errors, inner]
    said = _first(_words, places, _WORDS)
    named = _first(_fields, errors, _FIELD_NAMES)
    return Refusal(_first(code_in, places, _CODES), named, said, is_refusal, of_records)


def _only(data: object) -> Mapping[str, Any]:
    """Return the only object of a list, an empty one for anything else."""
    alone = data[0] if isinstance(data, list) and len(data) == 1 else None
    return alone if isinstance(alone, dict) else {}


def _errors(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the errors of a list, of nested lists and of their members ``errors``."""
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
_TOO_MANY = (
    "Other programs may use the tenant's limit of calls: try again later, or ask Gainsight "
    "for a higher limit"
)
_FAULTY = "The service has an error or is being updated: see its status page, or try again later"
_REDIRECTED, _FAULT = 300, 500
# Words of a service that wants the body in another format, such as a list of one.
_BODY_WORDS = re.compile(r"\b(?:array|list|request body|payload|malformed json)|start_object")
_FINAL = frozenset({401, 403, 413})
_OF_THE_ROWS = frozenset({400, 409, 413, 422})
_UNSUPPORTED = 415


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """The facts of a reply; a missing one is "", None or empty.

    Attributes:
        refused: the refusal of the call, if it is one.
        is_json: whether the body is JSON; the page of a gateway is not.
    """

    status: int
    code: str
    request_id: str
    retry_after: str | None
    body: Mapping[str, Any] = field(repr=False)
    refused: Refusal = field(repr=False)
    is_json: bool

    @property
    def what(self) -> str:
        """The status, and the code with its meaning."""
        return ", ".join(filter(None, (f"HTTP {self.status}", with_meaning(self.code))))


def facts_of(response: httpx.Response, body: object) -> ResponseFacts:
    """Return the facts of a reply whose parsed body is ``body``."""
    said = body if isinstance(body, dict) else {}
    refused = refused_in(said, failed=response.status_code >= _REDIRECTED)
    return ResponseFacts(
        status=response.status_code,
        code=refused.code,
        request_id=_id(said.get("requestId")) or _header_id(response),
        retry_after=response.headers.get("Retry-After"),
        body=said,
        refused=refused,
        is_json=body is not None,
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


def _header_id(response: httpx.Response) -> str:
    ids = (_id(response.headers.get(name)) for name in REQUEST_ID_HEADERS)
    return next(filter(None, ids), "")


def failure_of(facts: ResponseFacts, now: float) -> Failure | None:
    """Return why the call should be repeated, None if it should not; ``now`` is epoch time."""
    if facts.status in _FINAL:
        return None
    too_many = facts.status == HTTPStatus.TOO_MANY_REQUESTS or asks(facts.code) == "quota"
    fault = facts.status >= _FAULT or asks(facts.code) == "fault"
    if not too_many and not fault and facts.status != HTTPStatus.REQUEST_TIMEOUT:
        return None
    asked = asked_wait(facts.retry_after, now)
    cure = _TOO_MANY if too_many else _FAULTY
    return Failure(facts.what, may_be_stored=fault, quota=too_many, asked=asked, cure=cure)


def refusal_of(
    facts: ResponseFacts, *, of_one: bool = False
) -> AccessKeyError | RejectedError | None:
    """Return the error of a reply that refuses the whole call, None for any other.

    The refusal of the only record of a call (``of_one``) is not an error of the call, and neither
    are refusals of single records. The error is returned, not raised, so that no frame of its
    traceback holds the reply.
    """
    if facts.status in (401, 403) or asks(facts.code) == "key":
        return AccessKeyError(
            f"the service refused the access key ({facts.what}): "
            "check that it is the key of this tenant, and make a new one if it was revoked"
        )
    refused = facts.status >= _REDIRECTED or facts.refused.is_refusal
    return _rejected(facts) if refused and not _is_an_answer(facts, of_one=of_one) else None


def _is_an_answer(facts: ResponseFacts, *, of_one: bool) -> bool:
    if facts.status >= _REDIRECTED and facts.status not in _OF_THE_ROWS:
        return False
    data = facts.body.get("data")
    several = isinstance(data, dict) and bool(data.get("records"))
    return several or (of_one and facts.refused.of_records and not _is_of_the_body(facts.refused))


def _is_of_the_body(refused: Refusal) -> bool:
    return not refused.names and bool(_BODY_WORDS.search(refused.said.lower()))


def _rejected(facts: ResponseFacts) -> RejectedError:
    error = RejectedError(
        _refusal(facts), status=facts.status, code=facts.code, request_id=facts.request_id
    )
    error.field, error.said = facts.refused.names, facts.refused.said
    error.of_records = facts.refused.of_records
    error.absent = facts.is_json and means_absence(facts.status, facts.refused)
    return error


def _refusal(facts: ResponseFacts) -> str:
    known = asks(facts.code)
    of_rows = (
        facts.status < _REDIRECTED or facts.status in _OF_THE_ROWS or known in ("rows", "none")
    )
    if facts.status == _UNSUPPORTED:
        return f"the service accepts no format of this call that gsprep knows ({facts.what})"
    if of_rows and known != "route":
        return f"the service refused the whole call ({facts.what}): fix what the code names"
    return f"the service does not know this call ({facts.what}): check the address of the tenant"
