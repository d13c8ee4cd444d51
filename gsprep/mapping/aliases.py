"""Headers as keys and words, and their meanings: API names and ``rules/headers.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gsprep.schemas.fields import COMPANY, OBJECTS, PERSON, ObjectFields
from gsprep.schemas.yaml_file import shipped_document
from gsprep.shipped import shipped_pairs, shipped_words
from gsprep.values.text import nearest_name, searchable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_APART = re.compile(r"[\W_]+")
# FirstName, HTMLText: a word begins at a capital after a small letter, or before one.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OWN = "__gc"
# The known headers of an object; those of another object are mostly the same.
_KNOWN = 4_096

_MARKED = re.compile(
    r"[*\u2020\u2021\u2731]+|[\[(]\s*(?:required|mandatory|optional|req\.?|pflichtfeld|pflicht"
    r"|optionnel|facultatif|obligatoire|obligatorio|obligat[o\u00f3]rio|requerido|verplicht"
    r"|obbligatorio)\s*[\])]",
    re.IGNORECASE,
)
# 1. Email, Q2: Company, 3) Phone; the first e-mail of several is numbered without such a sign.
_NUMBERED = re.compile(r"\A\s*(?:q(?:uestion)?\s*)?\d{1,3}\s*[.):](?!\d)\s*", re.IGNORECASE)
# Custom fields of Salesforce.
_SUFFIX = re.compile(r"__p?c\Z", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
_EITHER = re.compile(r"\s*[/|;\u2022\u00b7]\s*|\s+(?:or|oder|ou|o)\s+", re.IGNORECASE)
_PREFIXED = re.compile(r"\s*(?::|>|\u00bb|::)\s*|\s+[-\u2013\u2014]\s+|(?<=\w)\.(?=[A-Za-z])")


@lru_cache(maxsize=_KNOWN)
def header_key(header: str) -> str:
    """Return a header for comparing: without case, blanks and punctuation."""
    return _APART.sub("", searchable(header))


@lru_cache(maxsize=_KNOWN)
def header_words(header: str) -> tuple[str, ...]:
    """Return the words of a header, in its order.

    >>> header_words("Participant's E-mail"), header_words("Company_ID"), header_words("FirstName")
    (('participant', 's', 'e', 'mail'), ('company', 'id'), ('first', 'name'))
    """
    words = _APART.sub(" ", searchable(_CAMEL.sub(" ", header.removesuffix(OWN))))
    return tuple(words.split())


def without_marks(header: str) -> str:
    """Return a header without marks of required questions, numbers in front and API suffixes.

    >>> without_marks("2. E-mail *"), without_marks("Company (required)"), without_marks("Role__c")
    ('E-mail', 'Company', 'Role')
    """
    return _SUFFIX.sub("", _NUMBERED.sub("", _MARKED.sub(" ", header)).strip(" :?"))


def without_brackets(header: str) -> tuple[str, str]:
    """Return what is outside the brackets of a header, and what is inside.

    >>> without_brackets("Phone (mobile)")
    ('Phone', 'mobile')
    """
    inside = " ".join(_BRACKETS.findall(header))
    return _BRACKETS.sub(" ", header).strip(), inside.strip()


def either_or(header: str) -> tuple[str, ...]:
    """Return the texts between the signs that offer one or the other.

    >>> either_or("Company / Organisation"), either_or("Phone")
    (('Company', 'Organisation'), ('Phone',))
    """
    return tuple(filter(None, map(str.strip, _EITHER.split(header))))


def after_prefix(header: str) -> tuple[str, str]:
    """Return what is before and after the last sign that separates a group from its field.

    >>> after_prefix("Contact: Email"), after_prefix("Email")
    (('Contact', 'Email'), ('', 'Email'))
    """
    signs = list(_PREFIXED.finditer(header))
    if not signs or not header[signs[-1].end() :].strip():
        return "", header
    return header[: signs[-1].start()].strip(), header[signs[-1].end() :].strip()


# How sure a meaning is; the surest header of a name gets it.
EXACT, LOOSE, ALIAS, SECOND, WORDS, LIKELY = range(6)
# A longer text is a sentence about its column, or no header at all.
_LONGEST = 120
# A word in front of a compound (Teilnehmervorname), and what follows it.
_SHORTEST = 4
# Longer texts for the whole name tell the order of its parts.
_SHORT_NAME = 2
LAST_FIRST = ("LastName", "FirstName")
# "Attendee #" is a number of the attendee; "Phone #" is the phone.
_NOT_NUMBERED = frozenset({"Name", "CompanyName"})
# An id of the contact is not that of its account.
_IDS = frozenset({"Gsid", "Company_ID", "SfdcAccountId"})
# E-mail 3, Phone 4: read as the second one.
_LATER = re.compile(r"(?<!\d)(?:[3-9]|1\d)(?!\d)")
_LAST_DIGIT = re.compile(r"(?<=[a-z])0?1\Z")
# In a list of people, "Account: Account Name" is about the company all the same.
OF_THE_COMPANY = frozenset({"CompanyName", "Company_ID", "SfdcAccountId", "Domain"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """The API name that a header means, and how sure that is (0 is the surest).

    ``parts`` are the fields that the cells hold together, as in "Last name, first name".
    """

    name: str
    doubt: int
    parts: tuple[str, ...] = field(default=(), repr=False)


def meaning(header: str, of: ObjectFields | None = None) -> Meaning | None:
    """Return what a header means in a file of the object, or None when it is the user's own.

    A file of no said object is read as people, with the names of the other objects after theirs.

    >>> meaning("e-mail address")
    Meaning(name='Email', doubt=2)
    >>> meaning("first_name").name, meaning("Nps__gc"), meaning("Shoe size")
    ('FirstName', None, None)
    >>> meaning("Primary contact's e-mail (work)").name, meaning("Manager e-mail")
    ('Email', None)
    """
    if header.endswith(OWN) or not header:
        return None
    known = of or PERSON
    return _shipped_meaning(header, known.name) if known in OBJECTS else _book(known).read(header)


@lru_cache(maxsize=32_768)  # the lines of a file are read as headers until they are found
def _shipped_meaning(header: str, of: str) -> Meaning | None:
    return _shipped_book(of).read(header)


def understood(header: str, of: ObjectFields | None = None) -> str:
    """Return the API name a header means, or the header itself."""
    means = meaning(header, of)
    return means.name if means else header


def meant_field(header: str, of: ObjectFields, there: Iterable[str] = ()) -> str | None:
    """Return the field that a header most likely means, or None.

    A usual header (``Company``) comes before a similar spelling; fields in ``there`` are taken.
    """
    taken = frozenset(there)
    names = [one.name for one in of.fields if one.name not in taken]
    means = meaning(header, of)
    if means is not None and means.name in names:
        return means.name
    return nearest_name(header, names)


def spellings(of: ObjectFields) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Return every field of the object with the texts that mean it, each with its doubt.

    The field's own name stands first. Unlike ``meaning``, names of other objects are left out.
    """
    taken = {header_key(one.name) for one in of.fields}
    texts: dict[str, list[tuple[str, int]]] = {f.name: [(f.name, LOOSE)] for f in of.fields}
    for names, doubt in _alias_lists(of):
        fresh = {a: m for a, m in names.items() if header_key(a) not in taken and m in texts}
        for alias, name in fresh.items():
            texts[name].append((alias, doubt))
        taken |= {header_key(alias) for alias in fresh}
    return {name: tuple(found) for name, found in texts.items()}


def means_nothing(header: str) -> bool:
    """Return whether a header is listed as one that means no field."""
    return header_key(without_marks(header)) in vocabulary()["nothing"]


def is_of_others(words: Iterable[str]) -> bool:
    """Return whether a word says that a header is about someone else than the row."""
    return not vocabulary()["other"].isdisjoint(words)


class _Book:
    """The meanings of headers in files of one object."""

    def __init__(self, of: ObjectFields) -> None:
        own = {header_key(f.name): Meaning(f.name, LOOSE) for f in of.fields}
        usual: dict[str, Meaning] = {}
        for names, doubt in _alias_lists(of):
            usual = {header_key(a): Meaning(n, doubt) for a, n in names.items()} | usual
        others = (f for thing in OBJECTS if thing is not of for f in thing.fields)
        # What stands first is not overwritten by what follows.
        foreign = {header_key(f.name): Meaning(f.name, LOOSE) for f in others}
        any_object = {
            header_key(alias): Meaning(n, ALIAS) for alias, n in _aliases()["any"].items()
        }
        self._own = usual | own
        self._exact = any_object | foreign | self._own
        by_words = {
            header_words(alias): Meaning(name, WORDS)
            for names in (
                *(names for names, _ in reversed(_alias_lists(of))),
                {f.name: f.name for f in of.fields},
            )
            for alias, name in names.items()
        }
        # The order of first and last name tells how the cells are written.
        self._by_words = {
            tuple(sorted(words)): means
            for words, means in by_words.items()
            if 1 < len(words) <= (_SHORT_NAME if means.name == "Name" else _LONGEST)
            and not self._both_names(_without(words, vocabulary()["neutral"]))
        }
        is_company = of.name == COMPANY.name
        self._is_person = not is_company
        words = vocabulary()
        self._subject = words["company"] if is_company else words["person"]
        self._foreign_subject = words["person" if is_company else "company"]
        self._strange = words["other"] | words["about"] | self._foreign_subject

    def read(self, header: str) -> Meaning | None:
        """Return the meaning of a header, the surest first."""
        plain = without_marks(header)
        if means_nothing(header):
            return None
        keys = map(header_key, (header, plain, _LATER.sub("2", plain)))
        found = next(filter(None, map(self._exact.get, keys)), None)
        if header.rstrip().endswith("#") and (found is None or found.name in _NOT_NUMBERED):
            return None
        if found is not None or len(header) > _LONGEST:
            return found
        return next(filter(None, (way(plain) for way in self._ways())), None)

    def _ways(self) -> Sequence[Any]:
        return (self._in_words, self._bracketed, self._either, self._prefixed, self._written_out)

    def _in_words(self, text: str) -> Meaning | None:
        """Read a text by its words, without those that say nothing about the field."""
        words = header_words(text)
        if words[:1] and words[0] in vocabulary()["asks"]:
            return None
        for kept in _shortened(words, vocabulary()["neutral"], self._subject):
            found = self._of_words(kept, whole=kept == words)
            is_first = words[-1:] == ("1",) and self._subject.isdisjoint(words)
            if found and found.name == "Name" and self._is_person and is_first:
                return None  # the first line of an address
            if found and found.name == "OtherEmails" and self._of_second(words, kept):
                return None
            if found is not None and not (found.name in _IDS and self._of_the_row(words, kept)):
                return found
        return self._compound(header_key(text))

    def _of_second(self, words: Sequence[str], kept: Sequence[str]) -> bool:
        """Return whether a header is about a second person: "Secondary contact email"."""
        beside = {one for one, word in pairwise(words) if word in self._subject}
        beside |= {n for word, n in pairwise(words) if word in self._subject and n.isdigit()}
        rests = ("".join(one for one in kept if one != which) for which in beside & {*kept})
        return any(rest in self._own and self._own[rest].name == "Email" for rest in rests)

    def _of_the_row(self, words: Sequence[str], kept: Sequence[str]) -> bool:
        """Return whether a word was left out that says that an id is the one of the row."""
        return self._is_person and not self._subject.isdisjoint(set(words).difference(kept))

    def _written_out(self, text: str) -> Meaning | None:
        """Read the short words of technical headers, such as ACCT_NM, CNTRY_CD and CITY1."""
        words = header_words(text)
        bare = [_LAST_DIGIT.sub("", word) for word in words]
        short = shipped_pairs("header_short")
        # Alone, "co" and "dt" may be anything.
        longer = [short.get(word, word) for word in bare] if len(bare) > 1 else bare
        found = self.plain(" ".join(longer)) if tuple(longer) != words else None
        return None if found is None or found.name == "Name" else found

    def _of_words(self, words: Sequence[str], *, whole: bool) -> Meaning | None:
        if (found := self._own.get("".join(words)) or self._both_names(words)) is not None:
            return replace(found, doubt=LIKELY)
        other_order = self._by_words.get(tuple(sorted(words)))
        return other_order if whole or not other_order else replace(other_order, doubt=LIKELY)

    def _both_names(self, words: Sequence[str]) -> Meaning | None:
        """Read "First and last name", and "Last name, first name", which is split."""
        for at in range(1, len(words)):
            left, right = (self._own.get("".join(part)) for part in (words[:at], words[at:]))
            names = (left and left.name, right and right.name)
            if set(names) == set(LAST_FIRST):
                return Meaning("Name", LIKELY, LAST_FIRST if names == LAST_FIRST else ())
        return None

    def _compound(self, key: str) -> Meaning | None:
        for at in range(_SHORTEST, len(key) - _SHORTEST + 1):
            found = self._own.get(key[at:]) if key[:at] in self._subject else None
            if found and not (self._is_person and found.name in _IDS):
                return Meaning(found.name, LIKELY)
        return None

    def _bracketed(self, text: str) -> Meaning | None:
        """Read "Phone (mobile)" and "Kürzel (e-mail)"; what is about others is not read."""
        outside, inside = without_brackets(text)
        outer, inner = self.plain(outside), self.plain(inside)
        words = header_words(inside)
        is_hint = words[:1] and words[0] in vocabulary()["hint"]
        if outer is not None and (
            is_hint or (inner and inner.name == outer.name and not inner.parts)
        ):
            return outer
        if outer and outer.name in OF_THE_COMPANY and self._foreign_subject.issuperset(words):
            return outer  # Company Name (Account) (Account)
        if not inside or not self._strange.isdisjoint(words):
            return None
        if outer is None or (inner is not None and inner.parts):
            return inner if self._strange.isdisjoint(header_words(outside)) else None
        return outer if inner is None or inner.name == outer.name else None

    def _either(self, text: str) -> Meaning | None:
        """Read "Company / Organisation": all texts that mean a field mean the same one."""
        texts = either_or(without_brackets(text)[0])
        if len(texts) < 2:  # noqa: PLR2004  no choice
            return None
        read = [(one, self.plain(one)) for one in texts]
        found = [means for _, means in read if means is not None]
        unknown = (header_words(one) for one, means in read if means is None)
        if not found or any(not self._strange.isdisjoint(words) for words in unknown):
            return None
        if [means.name for means in found] == ["FirstName", "LastName"]:
            return Meaning("Name", LIKELY)
        if [means.name for means in found] == list(LAST_FIRST):
            return Meaning("Name", LIKELY, LAST_FIRST)
        same = all(means.name == found[0].name for means in found)
        return Meaning(found[0].name, LIKELY) if same else None

    def _prefixed(self, text: str) -> Meaning | None:
        """Read "Contact: Email" and "Guest details - First name"."""
        group, last = after_prefix(text)
        found = (self.plain(last) or self._either(last)) if group else None
        # Search engines put their records into _source.
        is_plain = group.startswith("_") or self._strange.isdisjoint(header_words(group))
        if found is None or is_plain:
            return found
        words = header_words(group)
        elsewhere = (vocabulary()["other"] | vocabulary()["about"]) - self._foreign_subject
        if not elsewhere.isdisjoint(words):
            return None
        if self._is_person and found.name == "Name" and words[-1] in self._foreign_subject:
            return Meaning("CompanyName", LIKELY)  # organization.name
        return found if found.name in OF_THE_COMPANY else None

    def plain(self, text: str) -> Meaning | None:
        """Return the meaning of a text without signs, as ``LIKELY`` at best."""
        if means_nothing(text):
            return None
        found = self._own.get(header_key(text))
        return Meaning(found.name, LIKELY) if found else self._in_words(text)


def _shortened(
    words: tuple[str, ...], neutral: frozenset[str], subject: frozenset[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the words, without neutral ones, without the subject, and without both."""
    plain = _without(words, neutral)
    yield words
    for kept in (plain, _without(words, subject), _without(plain, subject)):
        if kept and kept != words:
            yield kept


def _without(words: tuple[str, ...], others: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in others)


def _alias_lists(of: ObjectFields) -> tuple[tuple[Mapping[str, str], int], ...]:
    """Return the usual names in files of the object, those that are read first in front."""
    book = _aliases()
    lists = [(book["any"], ALIAS), (book["second"], SECOND)]
    if "Email" in {one.name for one in of.fields}:
        lists.insert(0, (book[PERSON.name], ALIAS))
    if of.name in book and of.name != PERSON.name:
        lists.insert(0, (book[of.name], ALIAS))
    return tuple(lists)


@cache
def _shipped_book(of: str) -> _Book:
    return _Book(next(thing for thing in OBJECTS if thing.name == of))


@lru_cache(maxsize=8)
def _book(of: ObjectFields) -> _Book:
    """Return the book of a described object, which the headers of a whole file are read with."""
    return _Book(of)


@cache
def vocabulary() -> Mapping[str, frozenset[str]]:
    """Return the words of headers by what they say (``rules/header_words.yaml``)."""
    book = shipped_document("rules", "header_words.yaml")
    return {
        kind: frozenset(map(header_key, words if isinstance(words, list) else words.split()))
        for kind, words in book.items()
    }


@cache
def _aliases() -> Mapping[str, Mapping[str, str]]:
    """Return, by object and for any, the API name that each usual header means."""
    book = shipped_document("rules", "headers.yaml")
    return {
        of: {alias: name for name in names for alias in names[name]} for of, names in book.items()
    }


# So many names of LDAP tell that a file is an export of a directory.
_FEWEST_OF_LDAP = 3
_FIRST, _LAST, _WHOLE = "FirstName", "LastName", "Name"


def meanings(headers: Collection[str], of: ObjectFields | None = None) -> dict[str, Meaning]:
    """Return what each header of a file means; headers that mean no field are left out.

    >>> {h: m.name for h, m in meanings(["Nom", "Prénom"]).items()}
    {'Nom': 'LastName', 'Prénom': 'FirstName'}
    >>> {h: m.name for h, m in meanings(["Nom", "Ville"]).items()}
    {'Nom': 'Name', 'Ville': 'Location'}
    """
    found = {header: means for header in headers if (means := meaning(header, of))}
    if not (of is None or of.name == PERSON.name):
        return found
    found |= _of_a_directory(headers, found)
    found = _without_payers(found)
    keys = _keys_of(found)
    found = {header: found[header] for header in keys}
    sure = {m.name for h, m in found.items() if keys[h] not in vocabulary()["alone"]}
    for header in found:
        if keys[header] in vocabulary()["alone"]:
            found[header] = replace(found[header], name=_lone(found[header].name, sure))
    if sure >= {_FIRST, _LAST}:  # Contact, User: a name of its own is not needed
        whole = {h for h, m in found.items() if m.name == _WHOLE and m.doubt}
        found = {h: found[h] for h in found if h not in whole or not _is_subject(h)}
    if _LAST not in sure and not set(keys.values()).isdisjoint(vocabulary()["vorname"]):
        found |= {h: replace(found[h], name=_LAST, doubt=ALIAS) for h in found if keys[h] == "name"}
    return found


def _keys_of(headers: Iterable[str]) -> dict[str, str]:
    """Return the key of each header; Ad is a name in Turkish lists only."""
    keys = {header: header_key(without_marks(header)) for header in headers}
    is_turkish = not vocabulary()["soyad"].isdisjoint(keys.values())
    return {header: key for header, key in keys.items() if is_turkish or key != "ad"}


def _of_a_directory(
    headers: Collection[str], found: Mapping[str, Meaning]
) -> Mapping[str, Meaning]:
    """Return the meanings of the short names of LDAP (cn, sn, o, c), if others are of it, too."""
    keys = {header: header.casefold() for header in headers}
    short, marks = shipped_pairs("ldap"), shipped_words("ldap_mark")
    if len({*short, *marks}.intersection(keys.values())) < _FEWEST_OF_LDAP:
        return {}
    return {h: Meaning(short[k], SECOND) for h, k in keys.items() if k in short and h not in found}


def _is_subject(header: str) -> bool:
    return vocabulary()["person"].issuperset(header_words(without_brackets(header)[0]))


def _without_payers(found: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Return the meanings without those of a person who paid, if the rows are about others.

    The row is about whom its e-mail address is of.
    """
    words = vocabulary()["payer"]
    paid = {header for header in found if not words.isdisjoint(header_words(header))}
    others = {m.name for header, m in found.items() if header not in paid}
    payers = {found[header].name for header in paid}
    if "Email" in others:
        return {header: m for header, m in found.items() if header not in paid}
    if "Email" not in payers:
        return dict(found)
    return {h: m for h, m in found.items() if h in paid or m.name not in payers}


def _lone(usual: str, others: set[str]) -> str:
    """Return which name a header is that means a part of the name or the whole."""
    if _FIRST in others:
        return _WHOLE if _LAST in others else _LAST
    return _FIRST if _LAST in others else (usual if _WHOLE in others else _WHOLE)
