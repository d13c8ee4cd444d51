"""Classes and owners of e-mail domains, and typing errors in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.shipped import shipped_lines, shipped_pairs, shipped_words
from gsprep.values.arrow import ColumnResult, as_mask, matches, with_chosen
from gsprep.values.email import emails_in, normal_email, normal_emails, repair_email
from gsprep.values.host import GUEST, SIGN_IN_NAME, owned_domain, owned_domains

if TYPE_CHECKING:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA
else:
    process = lazy_module("rapidfuzz.process")
    OSA = lazy_module("rapidfuzz.distance.OSA")

DomainClass = Literal[
    "company", "free-mail", "disposable", "education", "internal", "provider", "bulk"
]
# People with an address there work or study there.
EMPLOYERS = frozenset({"company", "education"})
# People share few domains: each is looked up once, in bounded memory.
_REMEMBERED = 1 << 17
# A host of ASCII whose labels are not empty.
_PLAIN = r"^(?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9-]*[a-z]$"
EDUCATION = re.compile(r"(?:^|\.)(?:edu|(?:edu|ac)\.[a-z]{2})$")


def meant_by(host: str, aliases: Mapping[str, str]) -> str:
    """Return the domain that a host, or its nearest parent, is an alias of; else the host.

    >>> [meant_by(h, {"acme.de": "acme.com"}) for h in ("mail.acme.de", "acme.com", "notacme.de")]
    ['acme.com', 'acme.com', 'notacme.de']
    """
    above = host
    while above and above not in aliases:
        above = above.partition(".")[2]
    return aliases.get(above, host)


@lru_cache(maxsize=_REMEMBERED)
def domain_class(host: str, internal: frozenset[str] = frozenset()) -> DomainClass:
    """Return the class of a host's domain; ``internal`` holds the user's own domains.

    A ``provider`` has customers and staff at one domain; ``bulk`` mail is sent for others.

    >>> domain_class("gmail.com"), domain_class("mail.acme.com"), domain_class("mit.edu")
    ('free-mail', 'company', 'education')
    """
    domain = owned_domain(host)
    both = {host, domain}
    if both & internal:
        return "internal"
    for kind, name in LISTS.items():
        if both & listed_domains(name):
            return kind
    return "education" if EDUCATION.search(domain) else "company"


# A domain on several lists is of the first class: disposable says more than free.
LISTS: Mapping[DomainClass, str] = {
    "disposable": "disposable_mail.txt",
    "bulk": "bulk_senders.txt",
    "provider": "providers.txt",
    "free-mail": "free_mail.txt",
}


def names_employer(host: str, shared: frozenset[str] = frozenset()) -> bool:
    """Return whether an address at a host identifies the employer.

    ``shared`` holds further domains that do not.

    >>> [names_employer(host) for host in ("acme.com", "mit.edu", "gmail.com", "sky.com")]
    [True, True, False, False]
    """
    return domain_class(host, shared) in EMPLOYERS


def employers_domain(host: str) -> str | None:
    """Return the registered domain of a host, None if anyone can have an address there.

    >>> employers_domain("mail.acme.com"), employers_domain("gmail.com")
    ('acme.com', None)
    """
    return owned_domain(host) if names_employer(host) else None


def employers_domains(hosts: pa.Array) -> ColumnResult:
    """Return the ``employers_domain`` of each host."""
    owned = owned_domains(hosts).registered
    classes = host_classes(hosts, owned, frozenset())
    known = with_chosen(owned, ~np.isin(classes, list(EMPLOYERS)), pa.scalar(None, owned.type))
    return ColumnResult(known, matches(hosts, _PLAIN))


def domain_owners(domains: pa.Array) -> pa.Array:
    """Return one name for all registered domains of an owner, null for an unknown owner."""
    known, owners = _owner_columns()
    return owners.take(pc.index_in(domains, value_set=known, skip_nulls=True))


@cache
def _owner_columns() -> tuple[pa.Array, pa.Array]:
    columns = (_owners().keys(), _owners().values())
    known, owners = (pa.array(list(texts), pa.large_string()) for texts in columns)
    return known, owners


@cache
def _owners() -> Mapping[str, str]:
    lines = (line.split() for line in shipped_lines("rules", "lists", "owners.txt"))
    return {domain: line[0] for line in lines for domain in line}


@cache
def listed_domains(name: str) -> frozenset[str]:
    """Return the domains of a shipped list."""
    return frozenset(shipped_lines("rules", "lists", name))


def host_classes(hosts: pa.Array, registered: pa.Array, internal: frozenset[str]) -> np.ndarray:
    """Return the class of each host as ``domain_class`` gives it, for its registered domain."""
    lists = [internal, *map(listed_domains, LISTS.values())]
    listed = [_among(hosts, domains) | _among(registered, domains) for domains in lists]
    education = matches(registered, EDUCATION.pattern)
    return np.select([*listed, education], ["internal", *LISTS, "education"], default="company")


def _among(hosts: pa.Array, domains: frozenset[str]) -> np.ndarray:
    if len(hosts) < len(domains):  # Arrow would hash every domain again
        return np.array([host in domains for host in hosts.to_pylist()], dtype=bool)
    return as_mask(pc.is_in(hosts, value_set=pa.array(domains, pa.large_string())))


COMMON = shipped_words("common_provider")
# One letter away from those, and a company's own.
_REAL = frozenset({"cloud.com"})
# Classes of domains with many users: never a typing error.
_NOT_MISSPELT = frozenset({"free-mail", "provider"})
ENDINGS = shipped_pairs("wrong_ending")


# Cyrillic and Greek letters that no one tells from Latin ones, and what programs write for a
# hyphen and an apostrophe.
_LOOK_ALIKE = (
    str.maketrans(
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u04cf\u03bf\u03bd\u03b1\u03c1\u03b9"
        "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405",
        "aceopxyijsdhqwlovapiABEKMHOPCTXIJS",
    )
    | dict.fromkeys(range(0x2010, 0x2016), "-")
    | {0x2018: "'", 0x2019: "'"}
)


def typo_suggestion(address: str) -> str | None:
    """Return the address as it was probably meant, or None if it has no likely typing error.

    The sign-in name of a guest means the guest's own address; an apostrophe in front is dropped.

    >>> typo_suggestion("ana@gmial.com"), typo_suggestion("ana@acme.con")
    ('ana@gmail.com', 'ana@acme.com')
    >>> typo_suggestion("ana@acme.com") is None, typo_suggestion("ana@\u0430cme.com")
    (True, 'ana@acme.com')
    >>> typo_suggestion("ana_acme.com#EXT#@tenant.onmicrosoft.com")
    'ana@acme.com'
    """
    normal = normal_email(address)
    if normal is None:
        return None
    if guest := SIGN_IN_NAME.fullmatch(normal):
        return normal_email(f"{guest[1]}@{guest[2]}")
    # A spreadsheet marks a text with an apostrophe.
    if normal.startswith("'") and (bare := normal_email(normal.lstrip("'"))) is not None:
        return typo_suggestion(bare) or bare
    if not normal.isascii():
        latin = normal.translate(_LOOK_ALIKE)
        return latin if latin.isascii() else None
    mailbox, _, domain = normal.rpartition("@")
    meant = _meant(domain)
    return None if meant == domain else f"{mailbox}@{meant}"


@lru_cache(maxsize=1 << 16)
def _meant(domain: str) -> str:
    # Misspelt names of big providers are registered by others and listed as disposable mail.
    if domain in _REAL or domain_class(domain) in _NOT_MISSPELT:
        return domain
    stem, _, ending = domain.rpartition(".")
    corrected = f"{stem}.{ENDINGS.get(ending, ending)}"
    return next((c for c in COMMON if OSA.distance(corrected, c, score_cutoff=1) <= 1), corrected)


# An address that hides its @ from machines, and its dots.
_HIDDEN_AT = re.compile(
    r"\s*[(\[{<]\s*(?:at|ät|a|@)\s*[)\]}>]\s*|\s+at\s+|[_-]at[_-]", re.IGNORECASE
)
_HIDDEN_DOT = re.compile(
    r"\s*[(\[{<]\s*(?:dot|punkt|point|\.)\s*[)\]}>]\s*|\s+dot\s+", re.IGNORECASE
)
_AROUND_AT = re.compile(r"\s*@[\s@]*(?:https?://)?")
_DOTS = re.compile(r"\s*[.,][\s.,]*")
# Nothing, a sign or several words.
_LEADS_TO_ONE = re.compile(r"^$|[^\w.]$|\w\W+\w")
_LONGEST_CELL = 320


def meant_email(text: str) -> str | None:
    """Return the address that a cell without a valid one probably means, or None.

    It is the only address among other words, or one with a hidden @ or dot, a comma for a dot,
    a sign twice, or blanks inside.

    >>> meant_email("ana (at) acme.com"), meant_email("ana@acme,com"), meant_email("Mail: a@b.com")
    ('ana@acme.com', 'ana@acme.com', 'a@b.com')
    >>> meant_email("a@acme.com, b@acme.com") is None, meant_email("ana") is None
    (True, True)
    """
    if len(text) > _LONGEST_CELL:
        return None
    text = text.translate(_LOOK_ALIKE) if "@" in text else unquote(text)
    found = emails_in(text)
    if found and (len(found) > 1 or _stands_apart(found[0], text)):
        return found[0] if len(found) == 1 else None
    plain = text if "@" in text else _HIDDEN_AT.sub("@", text)
    mailbox, at, domain = _AROUND_AT.sub("@", _HIDDEN_DOT.sub(".", plain)).strip().partition("@")
    mailbox, domain = _DOTS.sub(".", mailbox), _DOTS.sub(".", domain)
    # A blank in a domain is one too many, or is there for a dot.
    tried = (domain.replace(" ", blank) for blank in ("", "."))
    repaired = (normal_email(repair_email(f"{mailbox}{at}{one}") or "") for one in tried)
    return next((address for address in repaired if address is not None), None)


def _stands_apart(address: str, text: str) -> bool:
    """Return whether the words around an address are no part of it, as in ``jean luc@acme.com``."""
    at = text.lower().find(address.lower())
    before, after = text[:at].rstrip(), text[at + len(address) :].lstrip()
    return at >= 0 and _LEADS_TO_ONE.search(before) is not None and not after[:1].isalpha()


def _near(domain: str) -> str:
    """Return a pattern that finds every domain with one wrong letter.

    Such a domain has one correct half, or the two letters in the middle are swapped.
    """
    joint = len(domain) // 2 - 1
    left, right = domain[:joint], domain[joint:]
    turned = f"{left[:-1]}{right[0]}{left[-1]}{right[1:]}"
    return "|".join((f"@{re.escape(left)}", f"{re.escape(right)}$", f"@{re.escape(turned)}$"))


_BAD_ENDING = rf"\.(?:{'|'.join(ENDINGS)})$"
_SUSPECT = f"(?i){_BAD_ENDING}|{'|'.join(map(_near, COMMON))}"


def suggested_emails(values: pa.Array) -> ColumnResult:
    """Return null for each address; sure where ``typo_suggestion`` gives None."""
    sure = as_mask(pc.string_is_ascii(values)) & ~matches(values, f"^'|{GUEST}")
    suspect = sure & matches(values, _SUSPECT)
    if suspect.any():
        sure[suspect] = _are_right(values.filter(pa.array(suspect)))
    return ColumnResult(pa.nulls(len(values), values.type), sure)


def _are_right(values: pa.Array) -> np.ndarray:
    normal = normal_emails(values)
    domains = pc.replace_substring_regex(normal.results, "^.*@", "").dictionary_encode()
    odd = np.append(_is_odd(domains.dictionary), False)
    places = pc.fill_null(domains.indices, len(odd) - 1).to_numpy()
    return normal.sure & ~odd[places]


def _is_odd(domains: pa.Array) -> np.ndarray:
    """Return where a domain has a misspelt ending, or is one letter off a common domain."""
    odd = matches(domains, _BAD_ENDING)
    lengths = pc.utf8_length(domains).to_numpy()
    near = np.flatnonzero(
        (lengths >= min(map(len, COMMON)) - 1) & (lengths <= max(map(len, COMMON)) + 1)
    )
    names = domains.take(pa.array(near)).to_pylist()
    if names:
        apart = process.cdist(names, COMMON, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        odd[near] |= (apart == 1).any(axis=1)
    return odd
