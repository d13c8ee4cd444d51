"""Notation and numbering plans, for a column of telephone numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.values.arrow import as_mask, lengths_of, matches, only, with_chosen

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy_module("phonenumbers")

_JOINTS = r" ().\-/"
_LEAD = "[ -*,-/:<-~]*"
_EXTENSION_LABEL = r"[ ,]*(?i:extension|extn|ext|x|#)[:.]?[ ]*"
# Text that the library certainly reads as one number: words that are dropped, digits with the usual
# signs between them, an extension. ";" begins the parameters of a tel: address.
_PLAIN_NUMBER = (
    rf"^{_LEAD}\+?[{_JOINTS}]*[0-9][0-9{_JOINTS}]*(?:[0-9)]{_EXTENSION_LABEL}[0-9]{{1,9}})?$"
)
_EXTENDED = rf"([0-9)]){_EXTENSION_LABEL}([0-9]{{1,9}})$"
# Letters after three digits: on a keypad if there are three of them, else dropped.
_LETTERED = rf"^{_LEAD}\+?(?:[{_JOINTS}]*[0-9]){{3}}[0-9{_JOINTS}]*[A-Za-z][0-9A-Za-z{_JOINTS}]*$"
_LABELLED = "[0-9+].*(?i:x|int)"
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_LETTERS_OF_A_WORD = 3
_EXIT_CODE = r"^[ (]*00[ ().\-]*[1-9]"
_PRINTABLE = "^[ -~]*$"
# Signs that never occur between the first and the last digit of a number.
_NO_NUMBER = r"""^[ -:<-\[\]-~]*[0-9+][ -:<-\[\]-~]*[!"$%&'<=>?@^_`{|}][ -:<-\[\]-~]*[0-9A-Za-z]"""
_SECOND_NUMBER = r"[\\/] *x|;"
_LONGEST_CELL = 60


class Dialled(NamedTuple):
    """Parts of a cell: its digits, whether a country code leads them, an extension or null.

    ``plain`` says where they are certain; elsewhere they are undefined.
    """

    digits: pa.Array
    abroad: np.ndarray
    extension: pa.Array
    plain: np.ndarray


def from_e164(values: pa.Array) -> Dialled:
    """Split numbers of a plus and digits."""
    every = np.ones(len(values), dtype=bool)
    none = pa.nulls(len(values), pa.large_string())
    return Dialled(pc.utf8_slice_codeunits(values, 1), every, none, every)


def from_notation(values: pa.Array) -> Dialled:
    """Split numbers as people write them: ``(415) 555-0102 ext. 4``, ``0049 30 …``."""
    plain = matches(values, _PLAIN_NUMBER)
    lettered, spelled = _spelled(values, ~plain)
    plain = (lettered | plain) & (lengths_of(values) <= _LONGEST_CELL)
    bare, extension = _without_extension(spelled, plain & ~lettered)
    abroad = as_mask(pc.match_substring(bare, "+"))
    dialled_out = plain & ~abroad & matches(values, _EXIT_CODE)
    # "00" and two digits before a letter are fewer than the three digits a number begins with.
    plain &= ~(dialled_out & lettered)
    digits = only(bare, b"0123456789")
    if dialled_out.any():
        digits = with_chosen(digits, dialled_out, pc.utf8_slice_codeunits(digits, 2))
    return Dialled(digits, abroad | dialled_out, extension, plain)


def are_labelled(values: pa.Array) -> np.ndarray:
    """Return where words are only before a number, or the label of its extension."""
    return matches(values, _PLAIN_NUMBER)


def are_hopeless(values: pa.Array, at_home: np.ndarray) -> np.ndarray:
    """Return where there is certainly no number: no digit, no country, or signs of other text.

    ``at_home`` is 0 if the region is unknown.
    """
    nowhere = (at_home == 0) & ~as_mask(pc.match_substring(values, "+"))
    nowhere &= ~matches(values, _EXIT_CODE)
    other = matches(values, _NO_NUMBER) & ~matches(values, _SECOND_NUMBER)
    found: np.ndarray = nowhere | other | ~matches(values, "[0-9]")
    found &= matches(values, _PRINTABLE)
    return found


def _spelled(values: pa.Array, where: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Return where letters follow digits, and the values with these letters as digits."""
    lettered = where.copy()
    lettered[where] = matches(values.filter(pa.array(where)), _LETTERED)
    lettered[lettered] = ~matches(values.filter(pa.array(lettered)), _LABELLED)
    if not lettered.any():
        return lettered, values
    chosen = pa.array(lettered)
    bare = pc.replace_substring_regex(values.filter(chosen), "^[^0-9+]*", "")
    words = pa.array([_on_keypad(text) for text in bare.to_pylist()], type=values.type)
    return lettered, pc.replace_with_mask(values, chosen, words)


def _on_keypad(text: str) -> str:
    if sum(map(str.isalpha, text)) < _LETTERS_OF_A_WORD:
        return text
    return text.upper().translate(_KEYPAD)


def _without_extension(values: pa.Array, plain: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Return the values without their extension, and the extensions or null."""
    extended = plain & matches(values, _EXTENDED)
    none = pa.nulls(len(values), pa.large_string())
    if not extended.any():
        return values, none
    long = values.filter(pa.array(extended))
    found = pc.extract_regex(long, r"(?P<extension>[0-9]+)$")
    bare = pc.replace_substring_regex(long, _EXTENDED, r"\1")
    where = pa.array(extended)
    return (
        pc.replace_with_mask(values, where, bare),
        pc.replace_with_mask(none, where, pc.struct_field(found, "extension")),
    )


_SHORTEST, _LONGEST = 2, 17
_MEXICO = 52
# Every text of at most 60 characters has a place in the tables of lengths.
_PLACES = 64
_NONE = pa.scalar(None, pa.large_string())


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of a region, or of a country code.

    Attributes:
        country_code: what follows the plus.
        abroad: the pattern dialled before a country code, or "".
        prefix: the pattern that may precede a national number, or "".
        groups: the number of groups in the prefix.
        rewrites: whether one of them is written back.
        national: the pattern of a national number.
        assigned: the patterns of those that operators assign.
        possible: whether a number of that many digits is possible.
        local: whether it is possible within one town only.
        too_long: whether it is too long.
        has_lengths: whether national numbers have several lengths, of which one may be a town's.
        longest_local: up to how many digits even assigned ones are a town's without a trunk prefix.
    """

    country_code: int
    abroad: str
    prefix: str
    groups: int
    rewrites: bool
    national: str
    assigned: str
    possible: np.ndarray
    local: np.ndarray
    too_long: np.ndarray
    has_lengths: bool
    longest_local: int


class Numbers(NamedTuple):
    """Full national numbers, null if there is no number, and where they are doubtful."""

    digits: pa.Array
    doubtful: np.ndarray


@cache
def plan_of(country_code: int) -> Plan:
    """Return the plan of a country code, that of its main region."""
    region = phonenumbers.region_code_for_country_code(country_code)
    return _plan(
        phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    )


@cache
def plan_in(region: str) -> Plan:
    """Return the plan of a region (ISO alpha-2) that phonenumbers supports."""
    return _plan(phonenumbers.PhoneMetadata.metadata_for_region(region))


def _plan(metadata: Any) -> Plan:
    prefix = metadata.national_prefix_for_parsing or ""
    lengths = metadata.general_desc.possible_length
    return Plan(
        country_code=metadata.country_code,
        abroad=metadata.international_prefix or "",
        prefix=prefix,
        groups=prefix.count("(") - prefix.count("(?:"),
        rewrites=bool(metadata.national_prefix_transform_rule),
        national=metadata.general_desc.national_number_pattern or "",
        assigned="|".join(filter(None, (_pattern(metadata, kind) for kind in _KINDS))),
        possible=_places(lengths),
        local=_places(metadata.general_desc.possible_length_local_only),
        too_long=np.arange(_PLACES) > lengths[-1],
        has_lengths=len(lengths) > 1,
        longest_local=LONGEST_LOCAL.get(metadata.id, 0),
    )


# Digits of the longest numbers within a town, where most such digits are a number of another town.
LONGEST_LOCAL = {
    **dict.fromkeys(("AT", "BG", "CD", "CU", "IE", "KE", "PY", "RS", "SO", "YE"), 7),
    **dict.fromkeys(("AX", "DE", "EG", "FI", "ID", "IR", "MY", "SE", "TW"), 8),
}
_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip


def _pattern(metadata: Any, kind: str) -> str | None:
    described = getattr(metadata, kind)
    return described.national_number_pattern if described else None


def _places(lengths: Iterable[int]) -> np.ndarray:
    places = np.zeros(_PLACES, dtype=bool)
    places[[length for length in lengths if length >= 0]] = True
    return places


def from_abroad(digits: pa.Array, plan: Plan) -> Numbers:
    """Return the numbers that follow the plan's country code."""
    return _without_prefix(digits, plan)


def from_home(digits: pa.Array, plan: Plan) -> Numbers:
    """Return the numbers dialled within a region."""
    main = plan_of(plan.country_code)
    full, doubtful = _without_prefix(digits, plan)
    if plan.abroad:
        doubtful |= matches(digits, f"^(?:{plan.abroad})")
    coded = matches(digits, f"^{plan.country_code}")
    if coded.any():
        own = _perhaps_coded(digits.filter(pa.array(coded)), plan, main)
        taken = coded.copy()
        taken[coded] = np.asarray(pc.is_valid(own.digits))
        full = pc.replace_with_mask(full, pa.array(taken), own.digits.drop_null())
        doubtful[coded] |= own.doubtful
    return Numbers(full, doubtful)


def _perhaps_coded(digits: pa.Array, plan: Plan, main: Plan) -> Numbers:
    """Return the digits after the region's own country code; null if it is not read as one."""
    behind = _stripped(pc.utf8_slice_codeunits(digits, len(str(plan.country_code))), plan)
    better = ~_is_national(digits, plan) & _is_national(behind.digits, plan)
    taken = better | plan.too_long[lengths_of(digits)]
    full = _without_prefix(behind.digits, main)
    kept = with_chosen(full.digits, ~taken, _NONE)
    return Numbers(kept, behind.doubtful | (taken & full.doubtful))


def _without_prefix(digits: pa.Array, plan: Plan) -> Numbers:
    """Remove the national prefix if the rest is long enough for a number."""
    bare = _stripped(digits, plan)
    if bare.digits is digits:
        return bare
    lengths = lengths_of(bare.digits)
    return Numbers(
        with_chosen(digits, plan.possible[lengths] | plan.too_long[lengths], bare.digits),
        bare.doubtful,
    )


def _stripped(digits: pa.Array, plan: Plan) -> Numbers:
    doubtful = np.zeros(len(digits), dtype=bool)
    pattern = f"^(?:{plan.prefix})"
    prefixed = matches(digits, pattern) if plan.prefix else doubtful
    if not prefixed.any():
        return Numbers(digits, doubtful)
    before = digits.filter(pa.array(prefixed))
    # A group is written between brackets: only an empty one is simply removed.
    mark = f"<\\{plan.groups}>" if plan.rewrites else "<>"
    after = pc.replace_substring_regex(before, pattern, mark, max_replacements=1)
    doubtful[prefixed] = ~matches(after, "^<>")
    after = pc.utf8_slice_codeunits(after, 2)
    worse = _is_national(before, plan) & ~_is_national(after, plan)
    after = with_chosen(after, worse, before)
    return Numbers(pc.replace_with_mask(digits, pa.array(prefixed), after), doubtful)


def _is_national(digits: pa.Array, plan: Plan) -> np.ndarray:
    return matches(digits, f"^(?:{plan.national})$")


def where_possible(full: Numbers, plan: Plan) -> Numbers:
    """Keep the numbers of a possible length, even if only within one town."""
    fits = _fits(full.digits, plan.possible | plan.local)
    return Numbers(with_chosen(full.digits, ~fits, _NONE), full.doubtful)


def where_whole(full: Numbers, plan: Plan) -> Numbers:
    """Keep the numbers that can be dialled from anywhere and are the same when read again."""
    again = _without_prefix(full.digits, plan)
    fits = _fits(full.digits, plan.possible)
    changed = again.digits is not full.digits
    stays = fits & as_mask(pc.equal(again.digits, full.digits)) if changed else fits
    kept = with_chosen(full.digits, ~stays, _NONE)
    # Digits that may have been dialled with a prefix that the plan does not have (any longer).
    odd = fits & matches(full.digits, f"^(?:0|{plan.country_code})")
    if plan.country_code == _MEXICO:
        odd |= matches(full.digits, "^1[0-9]{10}$")
    if odd.any():
        odd[odd] = ~_is_national(full.digits.filter(pa.array(odd)), plan)
    return Numbers(kept, full.doubtful | odd | (fits & again.doubtful))


def without_local(kept: Numbers, full: Numbers, digits: pa.Array, plan: Plan) -> Numbers:
    """Drop numbers dialled without a trunk prefix that may lack their area code.

    ``digits`` are as they were dialled, ``full`` before only whole numbers were kept.
    """
    bare = as_mask(pc.equal(kept.digits, digits)) & plan.has_lengths
    if not bare.any():
        return kept
    short = bare & (lengths_of(digits) <= plan.longest_local)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[plan.country_code]
    assigned = "|".join(plan_in(region).assigned for region in regions)
    bare[bare] = ~matches(digits.filter(pa.array(bare)), f"^(?:{assigned})$")
    # Without its zero it may be a number.
    zero = matches(digits.filter(pa.array(bare)), f"^0(?:{assigned})$")
    kept.doubtful[bare] = full.doubtful[bare] | zero | plan.rewrites
    return Numbers(with_chosen(kept.digits, bare | short, _NONE), kept.doubtful)


def _fits(digits: pa.Array, good: np.ndarray) -> np.ndarray:
    lengths = lengths_of(digits)
    return good[lengths] & (lengths >= _SHORTEST) & (lengths <= _LONGEST)
