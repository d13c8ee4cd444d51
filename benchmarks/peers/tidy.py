"""People and companies in the plain form that every peer compares.

A careful user does this first: lower case without accents and punctuation, no legal forms, the
registered domain of an address unless it is free mail, the last eight digits of a phone number, the
country's code. The peers use gsprep's own lists of legal forms, free mail and countries: lists are
data, and without them a peer would have a disadvantage that says nothing about its method.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tldextract import TLDExtract

if TYPE_CHECKING:
    from collections.abc import Callable

_LISTS = Path(__file__).resolve().parent.parent.parent / "rules" / "lists"
_WORD = re.compile(r"[^\W_]+")
_MAIL_HOST = re.compile(r"@\s*([\w-]+(?:\.[\w-]+)+)")
_WEB_HOST = re.compile(r"(?:@|//|^)(?:www\.)?([\w-]+(?:\.[\w-]+)+)")
_EXTENSION = re.compile(r"(?:x|ext\.?|durchwahl)\s*\d{1,5}\s*$", re.IGNORECASE)
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_VANITY = re.compile(r"\d-[A-Z]{4}$")
_DIGITS = 8
_LONGEST_FORM = 5


def tidy_people(people: pd.DataFrame) -> pd.DataFrame:
    """Return row_id, core, domain, phone and country of each person; missing is None."""
    free = frozenset(_lines("free_mail.txt"))
    return pd.DataFrame(
        {
            "row_id": people["row_id"],
            "core": _each(people["CompanyName"], _core_of(_legal_forms())),
            "domain": _each(_host(people["Email"], _MAIL_HOST), _registrable(free)),
            "phone": _each(people["Phone"], _last_digits),
            "country": _each(people["Country"], _countries().get, _fold),
        }
    )


def tidy_companies(companies: pd.DataFrame) -> pd.DataFrame:
    """Return Gsid, core, domain, phone and country; one line per company and listed domain."""
    domains = companies["Domain"].str.split(";")
    lines = companies.assign(Domain=domains).explode("Domain", ignore_index=True)
    tidied = pd.DataFrame(
        {
            "Gsid": lines["Gsid"],
            "core": _each(lines["Name"], _core_of(_legal_forms())),
            "domain": _each(_host(lines["Domain"], _WEB_HOST), _registrable(frozenset())),
            "phone": _each(lines["Phone"], _last_digits),
            "country": _each(lines["Country"], _countries().get, _fold),
        }
    )
    return tidied.drop_duplicates(ignore_index=True)


def _each(
    column: pd.Series[str],
    function: Callable[[str], str | None],
    before: Callable[[str], str] = str,
) -> pd.Series[str]:
    """Apply ``function`` to the distinct values of a column."""
    known = {value: function(before(value)) for value in column.dropna().unique()}
    mapped = column.map(known, na_action="ignore")
    # pandas 2 makes a word of what is missing.
    return mapped.astype("str").where(mapped.notna())


def _host(column: pd.Series[str], where: re.Pattern[str]) -> pd.Series[str]:
    # Soft hyphens and other invisible characters are often pasted with addresses.
    seen = column.str.replace("[\u00ad\u200b\u00a0]", "", regex=True).str.strip().str.lower()
    return seen.str.extract(where, expand=False)


def _registrable(shared: frozenset[str]) -> Callable[[str], str | None]:
    suffixes = frozenset(TLDExtract(suffix_list_urls=(), cache_dir=None).tlds)

    def domain(host: str) -> str | None:
        labels = host.split(".")
        ends = (".".join(labels[at:]) for at in range(1, len(labels)))
        at = next((at for at, end in enumerate(ends) if end in suffixes), len(labels) - 2)
        name = ".".join(labels[at:])
        return None if name in shared or host in shared else name

    return domain


def _last_digits(number: str) -> str | None:
    spelt = number.upper()
    if _VANITY.search(spelt):
        spelt = spelt.translate(_KEYPAD)
    digits = "".join(re.findall(r"\d", _EXTENSION.sub("", spelt)))
    return digits[-_DIGITS:] if len(digits) >= _DIGITS else None


def _core_of(forms: frozenset[str]) -> Callable[[str], str | None]:
    def core(name: str) -> str | None:
        words = _fold(name).split()
        length = min(_LONGEST_FORM, len(words) - 1)
        while length > 0:
            if " ".join(words[-length:]) in forms:
                words = words[:-length]
                length = min(_LONGEST_FORM, len(words) - 1)
            else:
                length -= 1
        return " ".join(words) or None

    return core


def _fold(text: str) -> str:
    """Return words in lower case without accents and signs; dotted letters are one word."""
    plain = text.casefold().replace("&", " and ").replace(".", "")
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(plain))


def _legal_forms() -> frozenset[str]:
    lines = (line.split("\t") for line in _lines("legal_forms.txt"))
    spellings = (all_ for _, places, all_ in lines if places.startswith("end"))
    return frozenset(_fold(one) for spelling in spellings for one in spelling.split(";"))


def _countries() -> dict[str, str]:
    names = dict(line.split("\t") for line in _lines("countries.txt"))
    codes = {code.lower(): code for code in names.values()}
    return {_fold(name): code for name, code in names.items()} | codes


def _lines(name: str) -> list[str]:
    text = (_LISTS / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
