"""The words that what the service says is made of: any other may be a person's.

Messages embed values of records, whole, cut short or in another form, and not only those of the
record they are about. So it is not looked for what must not be kept: kept are the words of the
documented messages, of usual ones and of gsprep's own, names of fields, codes, ids and short
numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.calls.responses import MEANINGS
from gsprep.schemas.codes import EXPLANATIONS
from gsprep.schemas.fields import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable

_USUAL = """
a accept accepted access account accounts active address after again all allowed already also an
and another any api are array as asked associated association associations at attribute attributes
away be because been before begin being below between blank body boolean bulk but by bytes call
calls can cannot character characters check code column columns combination comma companies company
config configuration conflict constraint contact contain contains correct could count create
created criteria currency custom data date datetime day decimal default delete deleted denied digit
digits do does down drop duplicate each either email empty entities entity error errors exceed
exceeded exceeds exist existing exists expected fail failed failure field fields fill fit fits for
forbidden format found from gainsight given gives go greater gsid gsids has have held here hour how
http id identifier ids if in incorrect insert inserted internal into invalid is it its job json key
keys lacks large least length less limit limits list long longer lookup lookups make mandatory many
match matched matches matching max maximum may mend message min minimum minute missing more most
multiple must name named names no nor not null number numeric object of on once one only operation
or other out outside over package parameter parameters parent part partial path pattern payload
people percent percentage perhaps permission permitted person persons picklist place please
position present provided query range reached read reason record records reference referenced
refuse refused rejected related relationship relationships remove repeated reply request required
resolution resolve resolved resolvelookupservice result results rich row rows rule same save second
see send sent server service shorter should size some source speak specified status stored string
success such supported system table take target tenant text than that the their them then there
this time times to together too total trim true try turned type unable under unexpected unique
unknown unsupported until up update updated upsert url used user valid validation value values
violated violates wait was were what when where which whole with within without word write written
wrong you your zero
"""
_WORD = re.compile(r"\w+")
# GSOBJ_VCUSTOM1007; 1P02…, 1C01…; up to three digits are a length, a status, a number of rows.
_NO_VALUE = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*_[A-Z]*\d{3,}|1[A-Z]0[0-9A-Z]{1,33}|\d{1,3}")
# An address may be written with words of this list alone.
_ADDRESS = re.compile(r"[^\s\"'<>,;=]+(?:@|%40)[^\s\"'<>,;=]+")
_CODE = re.compile(r"(?=.*[0-9_])[A-Z][A-Z0-9_]*")
_CUT = "***"


def _words(texts: Iterable[str]) -> set[str]:
    return {word.casefold() for text in texts for word in _WORD.findall(text)}


_KNOWN = (
    _words([_USUAL])
    | _words(text for one in EXPLANATIONS.values() for text in (one.message, one.hint))
    | _words(meaning for by_code in MEANINGS.values() for meaning in by_code.values())
    | _words(field.name for of in OBJECTS for field in of.fields)
    | _words(of.name for of in OBJECTS)
)


def without_values(message: str) -> str:
    """Return a message with every word cut out that may be a person's.

    >>> without_values("Invalid value 'Beeblebr…' of LastName, too long: 255 characters at most")
    "Invalid value '***…' of LastName, too long: 255 characters at most"
    """
    return _WORD.sub(_kept, _ADDRESS.sub(_CUT, message))


def _kept(found: re.Match[str]) -> str:
    word = found[0]
    return word if _NO_VALUE.fullmatch(word) or word.casefold() in _KNOWN else _CUT


def only_code(text: str) -> str:
    """Return a code of the service; anything else in its place is cut out."""
    return text if not text or _CODE.fullmatch(text) else _CUT


def only_names(text: str) -> str:
    """Return names of fields as they are joined by commas, all else cut out.

    >>> only_names("Company_ID,Shoe__gc,ana@acme.com")
    'Company_ID,Shoe__gc,***'
    """
    return ",".join(name if not name or _is_name(name) else _CUT for name in text.split(","))


def _is_name(text: str) -> bool:
    return bool(_WORD.fullmatch(text)) and (text.endswith("__gc") or text.casefold() in _KNOWN)
