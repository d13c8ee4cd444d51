"""Company names: the part that names, the legal form, and keys to find a name by."""

from __future__ import annotations

import re
from typing import NamedTuple

from gsprep.values.legal_form import joined_tags
from gsprep.values.name_tokens import name_tokens

# Words that acronyms leave out.
_SMALL_WORDS = frozenset({
    "a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with",
    "d", "da", "das", "de", "del", "der", "des", "di", "die", "do", "dos", "du", "e", "el", "en",
    "et", "fur", "la", "las", "le", "les", "los", "och", "og", "und", "van", "von", "y", "zu",
})  # fmt: skip
_SHORTEST_ACRONYM = 3
_CUT_OFF = re.compile(r"[,;()\[\]{}\u3001\u3010\u3014\u060c\u2768-\u2775\uff00-\uffef]")
_IN_BRACKETS = {
    "株": "株式会社", "有": "有限会社", "合": "合同会社", "資": "合資会社", "名": "合名会社",
    "財": "財団法人", "社": "社団法人", "주": "주식회사", "유": "유한회사", "합": "합자회사",
    "재": "재단법인", "사": "사단법인",
}  # fmt: skip
_OTHER_NAME = re.compile(
    r"[\s,;(\[]+(?:d\s?[/.]\s?b\s?[/.]\s?a\.?|dba|[tf]\s?/\s?[ak](?:\s?/\s?a)?|a/k/a|f\.k\.a\.?"
    r"|a\.k\.a\.?|aka|fka|(?:also|now|formerly|previously|earlier) known as|formerly|previously"
    r"|trading as|doing business as|operating as)(?=[\s:.,\"'(])[\s:.,\"'(]*",
    re.IGNORECASE,
)


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
    are one word. Legal forms go from the end, and from the beginning where that is usual; one in
    the middle stays unless a comma or bracket follows it. What stands in brackets stays, since
    "Acme (UK) Ltd" is another company than "Acme Ltd". A name made of legal forms alone stays
    whole. The core of a core is itself.

    >>> split_company_name("The Ācme & Söhne GmbH & Co. KG")
    CompanyName(core='acme and sohne', legal_form='gmbhcokg')
    >>> split_company_name("Acme, Inc. (USA)")
    CompanyName(core='acme usa', legal_form='inc')
    >>> split_company_name("Limited")
    CompanyName(core='limited', legal_form='')
    """
    if not text.isascii():
        text = _with_marks_spelled(text)
    core, tags = _once(text)
    if not core:
        return None
    # What was taken out of the middle brings words together that may be a form in turn.
    while _CUTS.search(text):
        text = " ".join(core)
        core, more = _once(text)
        tags += more
    return CompanyName(" ".join(core), joined_tags(tags))


def _once(text: str) -> Stripped:
    tokens = name_tokens(text)
    return strip_legal_forms(tokens)


def company_key(text: str) -> str | None:
    """Return the core without blanks, for finding equal names; None as in the split.

    >>> company_key("Data Dog, Inc.") == company_key("DATADOG")
    True
    """
    name = split_company_name(text)
    return name and name.core.replace(" ", "")
