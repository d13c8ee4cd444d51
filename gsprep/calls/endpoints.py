"""Paths, header names, page size and error codes of the documented APIs.

Read 2026-11 on support.gainsight.com, "People API Documentation" (People APIs - Bulk) and
"Company API Documentation"; error codes on "Error Codes for Person API" and "Error Codes for
Company, Relationship, and Custom Object APIs", and in the table of the User Management API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast

from gsprep.shipped import shipped_lines

# People API Documentation, "Header"; header names have no case.
KEY_HEADER = "Accesskey"
# Seen on live replies of the gateway; the body's requestId repeats it.
REQUEST_ID_HEADERS = ("x-gs-request-id", "x-request-id")

# People API Documentation, "Endpoint URL" of each call.
PEOPLE = "/v1/peoplemgmt/v1.0/people"
PEOPLE_ASYNC = "/v1/peoplemgmt/v1.0/people/async"
PEOPLE_ASYNC_STATUS = "/v1/peoplemgmt/v1.0/people/async/status/{}"
DELETE_STATUS = "/v1/peoplemgmt/v1.0/people/delete/status/{}"
BULK_PEOPLE = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"
BULK_ASYNC = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people"
BULK_STATUS = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status/{}"
# {} is an id (the job's, or another that its status names), then the number of the chunk.
BULK_CHUNK = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/{}/chunk/{}/results"
# Company API Documentation, "Read API".
QUERY = "/v1/data/objects/query/"

# Company API Documentation, "Insert API", "Update API" and "Delete API"; the same paths serve every
# object that the tenant has.
OBJECT = "/v1/data/objects/{}"
OBJECT_ROW = "/v1/data/objects/{}/{}"
# Company API Documentation, "Update API": fields that a record is found by.
KEYS_PER_UPDATE = 3
# Data Management APIs, "Get Object List".
OBJECT_LIST = "/v1/meta/services/objects/list"
OBJECT_LIST_FLAGS = {"po": "company", "em": "false"}
# Data Management APIs, "Get Delete Log": the object that lists deleted records for 15 days.
DELETION_LOG = "record_delete_log"

# Data Management APIs, "Get Describe OMD"; {} is the object. The page does not say what the flags
# mean: public clients set idd for the entries of drop-down lists, and leave children (ic) out.
DESCRIBE = "/v1/meta/services/objects/{}/describe"
DESCRIBE_FLAGS = {"ic": "false", "cl": "0", "idd": "true", "ihc": "false", "piec": "false"}
# Objects that have another name in the API than in gsprep.
OBJECT_NAMES = {"CompanyPerson": "company_person", "RelationshipPerson": "relationship_person"}

# Timeline APIs, "Single Activity Save API", and the update of one activity.
ACTIVITY = "/v1/ant/es/activity"
# Timeline APIs: the object that queries read activities from.
ACTIVITIES = "activity_timeline"

# Company API Documentation, "Read API": rows of one reply.
ROWS_PER_PAGE = 5_000

DUPLICATE_KEY = "GSOBJ_VCUSTOM1007"
EMPTY_KEY = "GSOBJ_VCUSTOM1012"
# "People entities do not exist": a possible reply for a person who does not exist.
NO_PERSON = "GSOBJ_PEOPLE1001"
# Data Management APIs: the title of the reply to a describe of an object that does not exist.
NO_OBJECT = "OBJECT_NOT_FOUND"
# Error Codes for Person API: "Fields do not exist in object".
NO_SUCH_FIELD = "GSOBJ_VCRUDR1002"


# In place of text that may be personal data or a key.
CUT = "***"
# key: nothing more is sent; quota, fault: repeated; route: the address is wrong; none: nothing
# was found; rows: the data sent is wrong.
Asks = Literal["key", "quota", "fault", "route", "none", "rows"]

CODES: Mapping[str, tuple[Asks, str]] = {
    code: (cast("Asks", what), meaning)
    for code, what, meaning in (
        line.split("\t") for line in shipped_lines("rules", "lists", "service_codes.txt")
    )
}
# What gateways and other services say in place of a code. Each is about the call: the message about
# a value, or about a field that is called Quota or Maintenance, must not fit.
_WORDS: Mapping[Asks, re.Pattern[str]] = {
    "quota": re.compile(
        r"\btoo many (?:api )?(?:request|call)s?\b|\brate limit|\bthrottl|"
        r"\b(?:api|calls?|requests?) (?:quota|limit)\b|"
        r"\bquota (?:\w+ )?(?:exceeded|exhausted|reached)\b"
    ),
    "key": re.compile(
        r"\b(?:access|api|auth\w*) ?(?:key|token) .*\b(?:invalid|missing|expired|revoked|valid)\b|"
        r"\b(?:invalid|missing|expired|revoked|valid) (?:access|api|auth\w*) ?(?:key|token)\b|"
        r"\bunauthori[sz]ed\b|\bnot authori[sz]ed\b|\bauthentication (?:failed|required)\b|"
        r"\bsession .*\bexpired\b|\baccess (?:is )?denied\b|^ ?forbidden ?$"
    ),
    "fault": re.compile(
        r"\b(?:service|server|system|temporarily) (?:\w+ ){0,2}(?:unavailable|overloaded)\b|"
        r"\b(?:under|for|in|scheduled) maintenance\b|\b(?:try again|retry) (?:later|in|after)\b|"
        r"\btime(?:d )?out\b|\bbad gateway\b|\binternal (?:server )?error\b|"
        r"\bread only mode\b|\bdeadlock\b|\bobtain (?:a )?lock\b|"
        r"\b(?:request|call) (?:\w+ ){0,6}(?:already|still|currently|being) (?:being )?process|"
        r"\bduplicate (?:api )?(?:request|call)\b|\b(?:request|call) is (?:a )?duplicate\b"
    ),
    "route": re.compile(
        r"\bno route\b|\bmethod not allowed\b|\b(?:route|endpoint|tenant) (?:\w+ ){0,2}"
        r"(?:not (?:be )?found|not exist|inactive|disabled)\b"
    ),
}


def asks(code: str, words: str = "") -> Asks | None:
    """Return what a refusal asks the client to do, None if neither its code nor its words tell.

    >>> asks("GU_2400"), asks("GSOBJ_9999"), asks("RATE_LIMIT"), asks("", "Too many requests")
    ('quota', None, 'quota', 'quota')
    """
    if code in CODES:
        return CODES[code][0]
    text = re.sub(r"[\W_]+", " ", f"{code} {words}".lower())
    return next((what for what, pattern in _WORDS.items() if pattern.search(text)), None)


def with_meaning(code: str) -> str:
    """Return a code with its meaning, an unknown code alone.

    >>> with_meaning("GSOBJ_1011"), with_meaning("GSOBJ_9999")
    ('GSOBJ_1011: nothing found', 'GSOBJ_9999')
    """
    return f"{code}: {CODES[code][1]}" if code in CODES else code


# GSOBJ_1001, OBJECT_NOT_FOUND: capitals with an underscore or a digit, unlike any name.
_CODE = re.compile(r"(?=.*[0-9_])[A-Z][A-Z0-9_]{1,63}")


def code_in(value: object) -> str:
    """Return a code of the service; "" for anything else, because it may be a name or a key.

    >>> code_in("GSOBJ_9999"), code_in("Kolibrina"), code_in(None)
    ('GSOBJ_9999', '', '')
    """
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def only_code(text: str) -> str:
    """Return a code of the service, and ``***`` for any other text.

    >>> only_code("GSOBJ_9999"), only_code("Kolibrina"), only_code("")
    ('GSOBJ_9999', '***', '')
    """
    return code_in(text) or (CUT if text else "")
