"""Record ids of Gainsight and Salesforce."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, matches
from gsprep.values.text import tidy

if TYPE_CHECKING:
    import numpy as np

# 36 characters, A to Z and 0 to 9; the first 18 name the object and the tenant (object describes).
_GSID = re.compile(r"[0-9A-Z]{36}")
# The documents' own samples name companies and relationships by UUIDs.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
PREFIX_LENGTH = 18


def is_gsid(text: str) -> bool:
    """Return whether the text is a GSID.

    >>> is_gsid("1P02" + "A" * 32), is_gsid("1p02")
    (True, False)
    """
    return _GSID.fullmatch(text) is not None


def gsid_prefixes(values: pa.Array) -> pa.Array:
    """Return the first 18 characters of each GSID, which name the object and the tenant.

    They are null for all else.

    >>> gsid_prefixes(pa.array(["1P02" + "A" * 32, "1p02"], TEXT)).to_pylist()
    ['1P02AAAAAAAAAAAAAA', None]
    """
    is_one = pa.array(matches(values, rf"\A{_GSID.pattern}\z"))
    return pc.if_else(
        is_one, pc.utf8_slice_codeunits(values, 0, PREFIX_LENGTH), pa.scalar(None, TEXT)
    )


def is_id(text: str) -> bool:
    """Return whether the unchanged text is the id of a record: a GSID or a UUID.

    >>> is_id("7581e498-c37e-4057-8fc9-c8d4d543de1a"), is_id("7581e498")
    (True, False)
    """
    return is_gsid(text) or _UUID.fullmatch(text) is not None


def are_ids(values: pa.Array) -> np.ndarray:
    """Return where ``is_id`` holds."""
    return matches(values, rf"\A(?:{_GSID.pattern}|{_UUID.pattern})\z")


def normal_id(text: str) -> str | None:
    """Return the id, a GSID in upper case and a UUID as it is, or None if the text is not an id.

    >>> normal_id(" 7581E498-c37e-4057-8fc9-c8d4d543de1a ")
    '7581E498-c37e-4057-8fc9-c8d4d543de1a'
    """
    seen = tidy(text) or ""
    return seen if _UUID.fullmatch(seen) else normal_gsid(text)


def normal_gsid(text: str) -> str | None:
    """Return the GSID in upper case, or None if the text is not a GSID.

    >>> normal_gsid(" 1p02" + "a" * 32) == "1P02" + "A" * 32
    True
    """
    seen = tidy(text) or ""
    # Beyond ASCII, other letters have A to Z as capitals: a dotless i is not an I.
    return seen.upper() if seen.isascii() and is_gsid(seen.upper()) else None


_ID = re.compile(r"(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})", re.ASCII)
_SHORT, _FIVE = 15, 5
# Each of the last three characters encodes which of five are capitals: 0 to 31, in this order.
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def is_sfdc_id(text: str) -> bool:
    """Return whether the text has the form of an id: 15 or 18 letters and digits.

    >>> is_sfdc_id("0015000000Gv7qJ"), is_sfdc_id("0015000000Gv7qJAA")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def has_good_checksum(text: str) -> bool:
    """Return whether the last three of 18 characters fit the others; 15 have no checksum.

    >>> has_good_checksum("0015000000Gv7qJAAR"), has_good_checksum("0015000000GV7QJAAR")
    (True, False)
    """
    return not is_sfdc_id(text) or len(text) == _SHORT or text[_SHORT:] == _checksum(text)


def normal_sfdc_id(text: str) -> str | None:
    """Return the id without outer blanks, or None if the text is not an id."""
    seen = tidy(text) or ""
    return seen if is_sfdc_id(seen) else None


def with_case_restored(text: str) -> str | None:
    """Return an id of 18 characters with its lost case restored, or None if that is impossible.

    >>> with_case_restored("0015000000GV7QJAAR")
    '0015000000Gv7qJAAR'
    """
    if not is_sfdc_id(text) or len(text) == _SHORT or text not in {text.upper(), text.lower()}:
        return None
    capitals = [_MARKS.find(mark) for mark in text[_SHORT:].upper()]
    if min(capitals) < 0:
        return None
    letters = (
        character.upper() if capitals[at // _FIVE] >> at % _FIVE & 1 else character.lower()
        for at, character in enumerate(text[:_SHORT])
    )
    whole = "".join(letters) + text[_SHORT:].upper()
    # A digit that is marked as a capital was not a digit: more than the case was lost.
    return whole if has_good_checksum(whole) else None


def sfdc_key(text: str) -> str | None:
    """Return the 15 characters that identify a record, or None if the text is not an id.

    The case counts. Of 18 characters the last three have to fit the others; where the case was
    lost, they restore it.

    >>> sfdc_key("0015000000Gv7qJAAR"), sfdc_key("0015000000gv7qjaar"), sfdc_key("0015000000Gv7qJ")
    ('0015000000Gv7qJ', '0015000000Gv7qJ', '0015000000Gv7qJ')
    >>> sfdc_key("0015000000Gv7qJAAA") is None
    True
    """
    seen = normal_sfdc_id(text)
    if seen is None:
        return None
    if len(seen) > _SHORT and seen[_SHORT:].upper() != _checksum(seen[:_SHORT]):
        seen = with_case_restored(seen) or ""
    return seen[:_SHORT] or None


def _checksum(text: str) -> str:
    fives = (text[at : at + _FIVE] for at in range(0, _SHORT, _FIVE))
    return "".join(_MARKS[sum(c.isupper() << at for at, c in enumerate(five))] for five in fives)
