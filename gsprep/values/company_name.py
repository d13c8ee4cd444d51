"""Company names: the part that names, the legal form, and keys to find a name by."""

from __future__ import annotations

from functools import cache
from itertools import accumulate, chain
from typing import NamedTuple

from gsprep.shipped import shipped_lines
from gsprep.values.legal_form import Stripped, joined_tags, strip_legal_forms
from gsprep.values.name_tokens import name_parts
from gsprep.values.share_notation import without_share_notation

# Words that acronyms leave out.
SMALL_WORDS = frozenset({
    "a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with",
    "d", "da", "das", "de", "del", "der", "des", "di", "die", "do", "dos", "du", "e", "el", "en",
    "et", "fur", "la", "las", "le", "les", "los", "och", "og", "und", "van", "von", "y", "zu",
})  # fmt: skip
# One word in several spellings; the key takes them for one, the core keeps what was written.
SAME_WORD = {
    "assoc": "associates", "bros": "brothers", "centre": "center", "ctr": "center",
    "finl": "financial", "grp": "group", "hldg": "holdings", "hldgs": "holdings",
    "holding": "holdings", "inds": "industries", "industry": "industries",
    "intl": "international", "labs": "laboratories", "mfg": "manufacturing",
    "mgmt": "management", "mgt": "management", "natl": "national", "pharm": "pharmaceuticals",
    "pharma": "pharmaceuticals", "pharmaceutical": "pharmaceuticals", "pwr": "power",
    "svc": "services", "svcs": "services", "service": "services", "sys": "systems",
    "system": "systems", "tech": "technologies", "technology": "technologies",
    "techs": "technologies", "univ": "university",
}  # fmt: skip
SHORTEST_ACRONYM = 3


class CompanyName(NamedTuple):
    """A company name taken apart.

    Attributes:
        core: the words that name, folded, joined by one blank; never empty.
        legal_form: the tag of the legal form ("gmbh"), several joined by ``+``; "" when none.
    """

    core: str
    legal_form: str


def split_company_name(text: str) -> CompanyName | None:
    """Take a company name apart, or return None when it has no letter or digit.

    Case, accents, width and punctuation are folded away; ``&`` and ``+`` are "and"; initials
    are one word; the class and par value of a share go. Legal forms go from the end, and from the
    beginning where that is usual; one in the middle stays unless a comma or bracket follows it.
    What stands in brackets stays, since "Acme (UK) Ltd" is another company than "Acme Ltd". A name
    made of legal forms alone stays whole. The core of a core is itself, but where two letters
    begin a brand that has a form behind: "AB Foods plc" keeps them, and "ab foods" would lose them.

    >>> split_company_name("The Ācme & Söhne GmbH & Co. KG")
    CompanyName(core='acme and sohne', legal_form='gmbhcokg')
    >>> split_company_name("Acme, Inc. (USA)")
    CompanyName(core='acme usa', legal_form='inc')
    >>> split_company_name("Limited")
    CompanyName(core='limited', legal_form='')
    """
    parts = name_parts(without_share_notation(text))
    if not parts:
        return None
    core, tags = _core(parts, [])
    # What is taken out of the middle or the front brings words together that may change again,
    # or brings another "the" to the front.
    while core != parts[0][: len(core)] or (core[0] == "the" and len(core) > 1):
        parts = name_parts(" ".join(core))
        core, more = _core(parts, tags)
        tags = tags + more
    return CompanyName(" ".join(core), joined_tags(tags))


def _core(parts: list[list[str]], known: list[str]) -> Stripped:
    tokens = parts[0]
    cuts: list[int] = []
    if len(parts) > 1:
        tokens = list(chain.from_iterable(parts))
        cuts = list(accumulate(map(len, parts[:-1])))
        if parts[-1] == ["the"] and len(tokens) > 1:
            del tokens[-1]
    while tokens[0] == "the" and len(tokens) > 1:
        tokens = tokens[1:]
        cuts = [cut - 1 for cut in cuts]
    return strip_legal_forms(tokens, cuts, known)


def plain_words(core: str) -> list[str]:
    """Return the words of a core, short forms of common words written out.

    >>> plain_words("acme intl svcs")
    ['acme', 'international', 'services']
    """
    return [SAME_WORD.get(word, word) for word in core.split()]


def names_nobody(core: str) -> bool:
    """Return whether a stated employer says that there is none: freelance, retired, n/a.

    >>> names_nobody("self employed"), names_nobody("acme")
    (True, False)
    """
    return core.replace(" ", "") in no_employers()


@cache
def no_employers() -> frozenset[str]:
    """Return the cores, without blanks, of stated employers that say that there is none."""
    lines = shipped_lines("rules", "lists", "no_employer.txt")
    names = filter(None, map(split_company_name, lines))
    return frozenset(name.core.replace(" ", "") for name in names)


def initials(core: str) -> str | None:
    """Return the initials of a core of three words or more, small words left out, or None.

    >>> initials("international business machines")
    'ibm'
    >>> initials("bank of america") is None
    True
    """
    letters = "".join(word[0] for word in core.split() if word not in SMALL_WORDS)
    return letters if len(letters) >= SHORTEST_ACRONYM else None
