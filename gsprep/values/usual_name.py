"""Names of companies as most people write them: without what lists and habits add."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_uppercase

from gsprep.shipped import shipped_pairs, shipped_words
from gsprep.values.country import country_code
from gsprep.values.legal_form import strip_legal_forms
from gsprep.values.name_tokens import name_tokens
from gsprep.values.text import searchable

# A longer text is no name: it is not rewritten, for which patterns need its length's square.
LONGEST_NAME = 500
# Words that acronyms leave out.
SMALL_WORDS = frozenset(shipped_words("small_word"))
# Currencies as securities lists shorten them: dollar, euro, sterling, francs, crowns, yen, yuan …
_SHORT_CURRENCY = "DL|EO|LS|SF|DK|NK|SK|HD|YN|YC|AD|CD|RL|RC|SD|ZY|RP|KI|UF|IR"
_CURRENCY = f"{_SHORT_CURRENCY}|USD|EUR|GBP|GBX|CHF|DKK|NOK|SEK|HKD|JPY|CNY|AUD|CAD"
_PAR_VALUE = (
    rf"(?:{_CURRENCY})\s?(?:-\s?[.,]?\d*|\d*[.,]\d+)|(?:DL|EO|LS|YC|RC|ZY)\s?\d+"
    rf"|(?:{_SHORT_CURRENCY})\s?\d+$"
)
_END_OF_KIND = r"(?=$|[\s/\d(])"
_KIND = (
    rf"(?:UN)?SP(?:ON|ONSORED)?\.?\s?[AG]D[RS]S?|[AG]D[RS]S?{_END_OF_KIND}|"
    r"O\.\s?N\b|NPV\b|VZO\b|VZ\."
    r"|INH\.|NAM\.|ORD(?:INARY)?\b|SHS\b|PREFERRED\b|PFD\b|REPR\b|[A-Z]\s(?:SHARES?|SHS)\b"
    r"|CL\.?\s?[A-Z]\b|(?:Class|CLASS|Series|SERIES)\s[A-Z]\b"
    # registered, free, non-voting and subordinate shares
    r"|(?:ACT\.?\s?)?NOM\.|REG\.?S\b|FRIA\b|FR\.\s?SK|\(?(?:N|SUB)\.\s?VTG?\b|\(DEMAT"
)
# What may precede either: bearer or registered shares, and the letter of their class.
_BEFORE_SUFFIX = r"(?:(?<=[\s.])(?:NA\.?|INH|[A-Z])\s?)?"
# Only in capitals, as such lists are written: people write names otherwise.
_TICKER_SUFFIX = re.compile(
    rf"(?<=[\w.)])[\s\-]*{_BEFORE_SUFFIX}(?<![A-Za-z])(?:{_PAR_VALUE}|{_KIND}).*$"
)
# The name once more behind the legal form, and cut: UNITEDHEALTH GROUP INC UNITEDHE
_AGAIN = r"\s(?:A/S|AB|AG|ASA|BV|CORP|INC|LTD|NV|OYJ|PLC|SA|SE|SPA)\.?\s"
_TWICE = rf"^([^a-z]*?{_AGAIN})([^a-z]{{3,}})$"
_NAMED_AGAIN = re.compile(_TWICE)
# Words for "company" that address it and are no part of its name: Fa. Müller, M/s. Krishna Traders.
_ADDRESSED = r"(?i:^\s*(?:(?:Fa\.|M/s\b\.?)\s*)+)"
_BEFORE_NAME = re.compile(rf"{_ADDRESSED}(?=\w)")
_DASH = "[-\u2013]"
# Whose the company is: Splunk, a Cisco company; Splunk (part of Cisco).
_PARENT = (
    rf"(?i:\s*(?:[,(]|\s{_DASH})\s*(?:an?\s[^,()]{{2,40}}\s(?:company|subsidiary|brand|business)"
    r"|(?:an?\s)?(?:part|division|subsidiary|member|unit)\sof\s[^,()]{2,60})\)?\s*$)"
)
# Between dots there are shortened words: PERIMETER MED.IMAG.AI
_WEB = (
    r"(?i:(^|\s)(?:https?://)?(?:www\.)?([^\s.,/@]{2,})\.(?:com|net|org|io|ai|app)(?:\.[a-z]{2})?"
    r"(?:/\S*)?(\s|,|$)|^\s*(?:https?://)?www\.)"
)
# Notion.so
_WEB_ALONE = (
    r"(?i:^\s*(?:https?://)?(?:www\.)?([^\s.,/@]{2,})\.(?:[a-z]{2}|"
    rf"{'|'.join(shipped_words('ending_of_name'))})(?:/\S*)?\s*$)"
)
# Moon, M.D., P.A. and Hansen I/S
_DOTTED = "|".join(r"[./]\s?".join(form) for form in shipped_words("dotted_form"))
_DOTTED_FORM = rf"(?i:(\w)\s*,?\s+(?:{_DOTTED}|est\.)\.?\s*$)"
_DEGREES = "|".join(r"\.?".join(degree) for degree in shipped_words("degree_of_practice"))
_DEGREE = rf"(?i:,\s*(?:{_DEGREES})\.?(,?\s*(?:P\.?A|P\.?C|P?LLC|INC|LTD)\.?\s*)$)"
# S.C. Dunav S.R.L. and Roma S.a.s. di Rossi Mario & C.
_COMMERCIAL = r"(?i:^\s*S\.?\s?C\.?\s+(\w.*\bS\.?\s?(?:R\.?\s?L|A)\.?\s*)$)"
_PARTNERS = r"(?i:(\s(?:s\.?\s?a\.?\s?s|s\.?\s?n\.?\s?c)\.?)\s(?:di|dei|del|della)\s.*$)"
# PGE Polska Grupa Energetyczna
_INITIALS = "|".join(f"{letter}[A-Z]{{1,5}}\\s(?i:{letter})" for letter in ascii_uppercase)
_SHORT_BEFORE = rf"^\s*(?:{_INITIALS})"
_SHORT_NAME = re.compile(_SHORT_BEFORE)
# Bank of America, N.A.
_NATIONAL_BANK = r"(?i:(\b(?:bank|trust)\b.*?)\s*,?\s+N\.?\s?A\.?\s*$)"
# Los Angeles, City of
_BACKWARDS = r"(?i:^([^,]+?)\s*,\s*((?:[^\W\d_]+\s){1,4}(?:of|de|di|da|do|van|von))\s*$)"
_COUNTY_OF = r"(?i:^\s*(?:the\s)?county\sof\s([^\W\d_]+(?:\s[^\W\d_]+){0,2})(\s*(?:$|[,(]|\s-\s)))"
_STATE = r"(?i:(\sof\s|,\s*|\(\s*)([a-z]{2})(?:\)?\s*)$)"
_ACRONYM = rf"(?:\(\s*|\s{_DASH}\s)([^\W\d_]{{2,8}})\s*\)?\s*$"
_SHORT_COUNTRY = r"(?i:\b(united\s(?:states(?:\sof\samerica)?|kingdom|arab\semirates))\b)"
# U. of Michigan and NYC Department of Education
_UNIVERSITY = r"(?i:^\s*U\.?\s+of\s)"
_NEW_YORK = r"^\s*NY([CS]?)\s+(\w)"
_STATES = shipped_pairs("state")
_PUBLIC_BODY = re.compile(rf"(?i:\b(?:{'|'.join(shipped_words('public_body'))})\b)")


def usual_name(text: str) -> str:
    """Return a name without a suffix of securities lists and words for "company" in front.

    What people add or turn round is as usual, too; never an empty name.

    >>> [usual_name(name) for name in ("Splunk, a Cisco company", "Drift.com", "Houston, City of")]
    ['Splunk', 'Drift', 'City of Houston']
    >>> [usual_name(name) for name in ("County of Orange, CA", "University College (UC)")]
    ['Orange County, california', 'University College ']
    """
    if len(text) > LONGEST_NAME:
        return text
    return _as_usual(without_ticker_suffix(_BEFORE_NAME.sub("", text)))


def _as_usual(text: str) -> str:
    if not _MAY_BE_REWRITTEN.search(text):
        return text
    name = text
    if _IS_SELDOM.search(text):
        name = _rewritten(_without_short(text), _SELDOM_REWRITES)
    name = _rewritten(name, _REWRITES)
    return name if any(map(str.isalnum, name)) else text


def _rewritten(name: str, rewrites: tuple[_Rewrite, ...]) -> str:
    for pattern, new in rewrites:
        name = pattern.sub(new, name)
    return name


def _with_state(found: re.Match[str]) -> str:
    between, code = found.groups()
    public = "of" in between.lower() or _PUBLIC_BODY.search(found.string, 0, found.start())
    state = _STATES.get(code.lower()) if public else None
    return found.group() if state is None else between + state.replace("_", " ")


def _without_form(found: re.Match[str]) -> str:
    """Return what is before a legal form; S.C. behind a public body is a state."""
    public = _PUBLIC_BODY.search(found.string, 0, found.start())
    return found.group() if public else found.group(1)


def _without_short(text: str) -> str:
    """Return a name without its initials before it."""
    if not _SHORT_NAME.match(text):
        return text
    short, _, name = text.strip().partition(" ")
    words = strip_legal_forms(name_tokens(name)).tokens
    initials = {"".join(word[0] for word in words), _initials(words)}
    return name if len(words) > 1 and short.lower() in initials else text


def _initials(words: list[str]) -> str:
    """Return the initials of the words that acronyms do not leave out."""
    return "".join(word[0] for word in words if word not in SMALL_WORDS)


def _without_acronym(found: re.Match[str]) -> str:
    """Return what is in brackets, "" if it is the initials of the name before."""
    # Most are places and departments; only those that may begin as the name does are looked at.
    begins = "".join(found.string[: found.start()].split(maxsplit=2)[:2]).lower()
    if begins.isascii() and found.group(1)[0].lower() not in begins:
        return found.group()
    short = searchable(found.group(1))
    words = strip_legal_forms(name_tokens(found.string[: found.start()])).tokens
    initials = {"".join(word[0] for word in words), _initials(words)}
    return "" if short in initials and not country_code(short) else found.group()


def _in_new_york(found: re.Match[str]) -> str:
    more = {"C": " City", "S": " State"}.get(found.group(1), "")
    return f"New York{more} {found.group(2)}"


def _as_initials(found: re.Match[str]) -> str:
    """Return a country as most people write it: US for United States of America."""
    words = found.group().split()
    return "US" if words[1].lower() == "states" else "".join(word[0] for word in words).upper()


_Rewrite = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_SELDOM_REWRITES: tuple[_Rewrite, ...] = (
    (re.compile(_WEB_ALONE), r"\1"),
    (re.compile(_DEGREE), r"\1"),
    (re.compile(_DOTTED_FORM), _without_form),
    (re.compile(_COMMERCIAL), r"\1"),
    (re.compile(_PARTNERS), r"\1"),
    (re.compile(_NATIONAL_BANK), r"\1"),
    (re.compile(_BACKWARDS), r"\2 \1"),
    (re.compile(_COUNTY_OF), r"\1 County\2"),
    (re.compile(_SHORT_COUNTRY), _as_initials),
    (re.compile(_UNIVERSITY), "University of "),
    (re.compile(_NEW_YORK), _in_new_york),
)
_REWRITES: tuple[_Rewrite, ...] = (
    (re.compile(_PARENT), ""),
    (re.compile(_WEB), r"\1\2\3"),
    (re.compile(_ACRONYM), _without_acronym),
    (re.compile(_STATE), _with_state),
)
_SELDOM = "|".join((_SHORT_BEFORE, *(pattern.pattern for pattern, _ in _SELDOM_REWRITES)))
_REWRITTEN = "|".join((_SELDOM, *(pattern.pattern for pattern, _ in _REWRITES)))
_MAY_BE_REWRITTEN, _IS_SELDOM = re.compile(_REWRITTEN), re.compile(_SELDOM)
# A test for RE2, which has no lookaround: a name without a match is written as usual.
MAY_BE_UNUSUAL = "|".join(
    (_PAR_VALUE, _KIND.replace(_END_OF_KIND, ""), _TWICE, _ADDRESSED, _REWRITTEN)
)


def without_ticker_suffix(text: str) -> str:
    """Return a name without the suffix of securities lists; never an empty name.

    >>> without_ticker_suffix("APPIAN CORP.CL.A DL-,0001"), without_ticker_suffix("ACME INC ACM")
    ('APPIAN CORP.', 'ACME INC')
    >>> without_ticker_suffix("Arena Class Action Ltd")
    'Arena Class Action Ltd'
    """
    name = _TICKER_SUFFIX.sub("", text).rstrip()
    twice = _NAMED_AGAIN.match(name)
    if twice and _letters(twice[1]).startswith(_letters(twice[2])):
        name = twice[1].rstrip()
    return name or text


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
