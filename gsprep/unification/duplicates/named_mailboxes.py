"""Mailboxes that are built from the names of their people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler

from gsprep.unification.duplicates.columns import alone
from gsprep.unification.duplicates.levels import MISSING, are_two, level_of, nicknames
from gsprep.values.mailbox import PATTERNS, mailbox_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.unification.duplicates.columns import Column

# Pairs that are looked at together.
_AT_ONCE = 1 << 18
_SAMPLE = 5_000
# By pattern, whether it is one, and whether the whole first name is in it; no pattern is the last.
_ANY = np.append(np.ones(len(PATTERNS), dtype=bool), False)
_WITH_FIRST = np.array([*("first" in pattern for pattern in PATTERNS), False])
_OF_COLLEAGUES = level_of("email", "colleague"), level_of("email", "like colleague")
# What of several names a mailbox may have, of the given name or of the surname.
_SHORTENED = (
    (False, (" .*", "")), (False, (".* ", "")), (True, (" ", "")), (True, (r"(\w)\w* ?", r"\1")),
)  # fmt: skip
# Levels of names that are, or may be, one name.
_NEARLY = tuple(level_of("given", name) for name in ("alike", "typo", "same"))
_OTHER = tuple(level_of("given", name) for name in ("differ", "alike"))
_INNER_INITIAL = re.compile(r"(?<=[a-z]{2})[._-][a-z](?=[._-][a-z]{2})")
_JOINTS = re.compile("[._-]")
_GENERATION = re.compile(r"(?<=[a-z]{3})[._-]?(?:jr|sr|junior|senior|iii?|iv|ext|extern|external)$")
# First names of fewer letters say little, and those as unlike as that are no slips of one another.
_SHORTEST, _UNLIKE = 3, 0.6


@dataclass(frozen=True, slots=True)
class NamedMailboxes:
    """The addresses of people, and the names from which their mailboxes are built."""

    email: int  # the place of the column
    names: tuple[int, int]  # the places of the given name and the surname
    columns: tuple[Column, Column, Column]  # address, given name, surname

    def patterns(self, records: np.ndarray) -> np.ndarray:
        """Return the pattern by which each record's mailbox is built of its names, -1 for none.

        It may have one word of the surname, or all given names or their initials: ana.perez of Ana
        Pérez Gil, jihoon.kim, jp.martin.
        """
        address, given, surname = (column.text(records) for column in self.columns)
        found = mailbox_patterns(address, given, surname)
        for of_given, (pattern, kept) in _SHORTENED:
            names = given if of_given else surname
            at = np.flatnonzero((found < 0) & names.str.contains(" ", regex=False, na=False))
            if len(at):
                short = names.iloc[at].str.replace(pattern, kept, regex=True)
                both = (short, surname.iloc[at]) if of_given else (given.iloc[at], short)
                found[at] = mailbox_patterns(address.iloc[at], *both)
        return found

    def chance(self) -> float:
        """Return the chance that two people of one name have the same mailbox name."""
        known = np.flatnonzero(np.all([column.codes >= 0 for column in self.columns], axis=0))
        if not len(known):
            return 0.1
        step = max(len(known) // _SAMPLE, 1)
        found = self.patterns(known[::step])
        shares = np.bincount(found[found >= 0], minlength=1) / len(found)
        return float(max((shares**2).sum(), 1e-3))

    def mark(self, levels: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
        """Mark in ``levels`` the mailboxes that say no more than the names of their people.

        Equal ones at two domains, and those that are different because the names are: jack.ma and
        jack.li are not a typing error apart. A mailbox of two people without a name in common says
        nothing.
        """
        addresses = levels[:, self.email]
        others = (levels[:, list(self.names)] == level_of("given", "differ")).all(axis=1)
        addresses[others & (addresses == level_of("email", "same"))] = MISSING
        same = np.flatnonzero(addresses == level_of("email", "same local"))
        built = self._built(same, left, right)
        addresses[same[built]] = level_of("email", "name at another domain")
        others = (levels[:, list(self.names)] < level_of("given", "typo")).any(axis=1)
        near = np.flatnonzero((addresses == level_of("email", "typo")) & others)
        near = near[
            self._built(near, left, right)
            | np.isin(near, self._where(near, left, right, lambda _, *both: _differ_so(*both)))
        ]
        of_value, corporate, _ = self.columns[0].domains
        one, two = (of_value[self.columns[0].codes[side[near]]] for side in (left, right))
        colleagues = (one == two) & corporate[one]
        places = level_of("email", "differ"), level_of("email", "like colleague")
        addresses[near] = np.where(colleagues, *reversed(places))

    def of_two(self, levels: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the pairs that are two people: each has a mailbox of their own first name.

        Jane and John Smith with jane.smith and john.smith at one employer, or with j.smith and
        jo.smith, as places of pairs.
        """
        two = np.isin(levels[:, self.email], _OF_COLLEAGUES)
        two &= levels[:, self.names[0]] == level_of("given", "differ")
        at: np.ndarray = np.flatnonzero(two)
        built = at[self._built(at, left, right, _WITH_FIRST)]
        records, of = np.unique(np.concatenate([left[at], right[at]]), return_inverse=True)
        begun = np.array([_is_begun(one) for one in self._named(records)], dtype=bool)[of]
        return np.union1d(built, at[begun.reshape(2, -1).all(axis=0)])

    def like_two(
        self, levels: np.ndarray, left: np.ndarray, right: np.ndarray, unlike: np.ndarray
    ) -> np.ndarray:
        """Return the pairs that are two people although their names are much alike, as places.

        Their mailboxes differ as the names do (jon.berg and jonas.berg), or they have other first
        names and share a mailbox that is named after neither. ``unlike`` is whether their telephone
        numbers differ: then the names are no slips of one another (marco.rossi and mario.rossi).
        """
        email, names = levels[:, self.email], levels[:, list(self.names)]
        near = self._of_colleagues(levels) & np.isin(names, _NEARLY).all(axis=1)
        shared = email == level_of("email", "same")
        shared &= names[:, 0] == level_of("given", "differ")
        at = np.flatnonzero(near | shared)
        slips = {*at[~unlike[at]].tolist()}

        domain, corporate, _ = self.columns[0].domains
        home = {*at[~corporate[domain[self.columns[0].codes[left[at]]]]].tolist()}

        def two(place: int, *both: _Named) -> bool:
            if both[0][0] == both[1][0]:
                return _share(*both, home=place in home)
            return _own(*both, slips=place in slips)

        return self._where(at, left, right, two)

    def told_apart(self, levels: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the pairs of like names whose mailboxes at one domain tell two people apart.

        Their numbers differ (wei.zhang and wei.zhang3; of free mail nothing else does), one has an
        initial or a second name more (lars.berg and lars.g.berg), or that of Sam is samuel.reyes
        and the other one is Samantha, as places.
        """
        near = (levels[:, list(self.names)] > level_of("given", "differ")).all(axis=1)
        free = levels[:, self.email] == level_of("email", "differ")
        at = np.flatnonzero(near & (self._of_colleagues(levels) | free))
        of_free = {*at[free[at]].tolist()}
        return self._where(
            at, left, right, lambda place, *both: _tell_apart(*both, free=place in of_free)
        )

    def _of_colleagues(self, levels: np.ndarray) -> np.ndarray:
        """Return which pairs have two mailboxes, perhaps at one employer."""
        near = (*_OF_COLLEAGUES, level_of("email", "typo"))
        return np.isin(levels[:, self.email], near)

    def no_name_in_common(
        self, levels: np.ndarray, left: np.ndarray, right: np.ndarray, longer: np.ndarray
    ) -> np.ndarray:
        """Return which pairs have two mailboxes of one employer, and not one name in common.

        One name differs, or is alike at best while each mailbox is built of its own names, or only
        one has a generation mark, as ``longer`` says.
        """
        names = levels[:, list(self.names)]
        others = (names < level_of("given", "same")).all(axis=1)
        two = longer | (others & (names == level_of("given", "differ")).any(axis=1))
        at_home = np.isin(levels[:, self.email], _OF_COLLEAGUES)
        alike = np.flatnonzero(others & ~two & at_home & np.isin(names, _OTHER).any(axis=1))
        two[alike[self._built(alike, left, right)]] = True
        return two & at_home

    def _named(self, records: np.ndarray) -> Iterator[_Named]:
        """Return address, given name and surname of some records, blank for none."""
        return zip(*(column.text(records).fillna("") for column in self.columns), strict=True)

    def _built(
        self, at: np.ndarray, left: np.ndarray, right: np.ndarray, of: np.ndarray = _ANY
    ) -> np.ndarray:
        """Return at which of the places the mailboxes of both people are built of their names.

        ``of`` says by pattern whether it counts.
        """
        found = np.zeros(len(at), dtype=bool)
        for begin in range(0, len(at), _AT_ONCE):
            part = at[begin : begin + _AT_ONCE]
            built = of[self.patterns(left[part])]
            built[built] = of[self.patterns(right[part[built]])]
            found[begin : begin + _AT_ONCE] = built
        return found

    def _where(
        self, at: np.ndarray, left: np.ndarray, right: np.ndarray, test: Callable[..., bool]
    ) -> np.ndarray:
        """Return the places that pass a test of the place, and the address and names of both."""
        both = zip(at.tolist(), self._named(left[at]), self._named(right[at]), strict=True)
        return at[np.array([test(*one) for one in both], dtype=bool)]


# Address, given name and surname of a person.
_Named = tuple[str, str, str]


def _is_begun(one: _Named) -> bool:
    """Return whether a mailbox is the first letters of the given name and the surname."""
    # Mueller is Müller.
    address, given, surname = (re.sub("([aou])e", r"\1", part) for part in one)
    letters = "".join(filter(str.isalpha, address.partition("@")[0]))
    first = letters.removesuffix(surname.replace(" ", ""))
    return bool(first) and first != letters and given.startswith(first)


def _differ_so(one: _Named, two: _Named) -> bool:
    """Return whether two mailboxes are begun by the first names, or differ as known ones do.

    Of two double names that begin alike (Min-jun, Min-ji) none is a slip of the other.
    """
    for words, others in zip(map(str.split, one[1:]), map(str.split, two[1:]), strict=True):
        if min(len(words), len(others)) > 1 and words[0] == others[0] and words != others:
            return True
    first, second = (side[1].partition(" ")[0] for side in (one, two))
    changed = are_two(first, second) and two[0] in _changed(one[0], first, second)
    return changed or (_is_begun(one) and _is_begun(two))


def _share(one: _Named, two: _Named, *, home: bool) -> bool:
    """Return whether a mailbox is shared by two people, whose first names are known to differ.

    The first names are no slips of one another, and the mailbox is named after neither of them, or
    after both: m.stanton of Mark and Melissa; that of free mail, which is ``home``, may be named
    after one. An assistant also has another surname.
    """
    box = one[0].partition("@")[0]
    (_, given, surname), (_, other, other_surname) = one, two
    known = are_two(given, other)
    if min(len(surname), len(other_surname)) == 0 or (
        not known and min(len(given), len(other)) < _SHORTEST
    ):
        return False
    if surname != other_surname:
        return known and JaroWinkler.normalized_similarity(surname, other_surname) < _UNLIKE
    letters = "".join(filter(str.isalpha, box))
    for words in (given.split(), other.split()):
        initials = "".join(word[0] for word in words)
        short = not known and any(f"{of}{surname}" in letters for of in (words[0][0], initials))
        if (words[0] in box or short) and not home:
            return False
    return known or JaroWinkler.normalized_similarity(given, other) < _UNLIKE


def _own(one: _Named, two: _Named, *, slips: bool) -> bool:
    """Return whether two mailboxes at one domain differ as the names of their people do.

    ``slips`` is whether the names may be slips of one another.
    """
    (box, _, domain), (other_box, _, other_domain) = (side[0].partition("@") for side in (one, two))
    mine, theirs = ({*f"{given} {surname}".split()} for _, given, surname in (one, two))
    if domain != other_domain or len(mine - theirs) != 1 or len(theirs - mine) != 1:
        return False
    [word], [other] = mine - theirs, theirs - mine
    if word[0] != other[0] and other_box in _changed(box, word[0], other[0]):
        return True
    # to.berg is of Tobias Berg and not of Thomas.
    crossed = (one[0], *two[1:]), (two[0], *one[1:])
    begun = all(map(_is_begun, (one, two))) and not all(map(_is_begun, crossed))
    slip = slips and _is_slip(word, other)
    return not slip and (begun or other_box in _changed(box, word, other))


def _tell_apart(one: _Named, two: _Named, *, free: bool) -> bool:
    """Return whether two mailboxes at one domain differ by a number, an initial or a name."""
    (box, _, domain), (other, _, other_domain) = (side[0].partition("@") for side in (one, two))
    if domain != other_domain:
        return False
    letters, more = ("".join(filter(str.isalpha, side)) for side in (box, other))
    mine, theirs = ("".join(filter(str.isdigit, side)) for side in (box, other))
    # Longer numbers may be one number mistyped.
    slip = mine and theirs and OSA.distance(mine, theirs) <= 1 < max(len(mine), len(theirs))
    numbered = mine != theirs and not slip and (letters == more or not free)
    longer = other in _shorter(one) or box in _shorter(two)
    return numbered or longer or _other_first(one, two) or _other_first(two, one)


def _other_first(one: _Named, two: _Named) -> bool:
    """Return whether a mailbox has a first name that is not the other person's."""
    lines, (first, _, _) = nicknames(), two[1].partition(" ")
    known = lines.get(first)
    if known is None:
        return False
    words = set(_JOINTS.split(one[0].partition("@")[0])) & lines.keys()
    named = words - {first, *one[2].split(), *two[2].split()}
    return any(lines[word].isdisjoint(known) and OSA.distance(word, first) > 1 for word in named)


def _shorter(one: _Named) -> set[str]:
    """Return a mailbox without an initial inside, lars.g.berg, a mark or the second name."""
    box = one[0].partition("@")[0]
    second = one[1].partition(" ")[2]
    found = {f"{box[: at.start()]}{box[at.end() :]}" for at in _INNER_INITIAL.finditer(box)}
    found.add(_GENERATION.sub("", box))
    found |= {re.sub(rf"[._-]?{re.escape(second)}", "", box)} if second else set()
    return found - {box}


def _changed(box: str, one: str, two: str) -> set[str]:
    """Return a mailbox with a part of it in each place changed into another."""
    places = [at for at in range(len(box)) if box.startswith(one, at)]
    return {f"{box[:at]}{two}{box[at + len(one) :]}" for at in places}


def _is_slip(one: str, two: str) -> bool:
    """Return whether two words may be one word mistyped: long ones that are one edit apart.

    Two given names are none: Marco and Mario.
    """
    near = one[0] == two[0] and min(len(one), len(two)) > _SHORTEST + 1
    return near and OSA.distance(one, two) <= 1 and not are_two(one, two)


def named_mailboxes(columns: list[Column]) -> NamedMailboxes | None:
    """Return the addresses with the names they may be built of, if there is one column of each."""
    places = alone(columns, "email", "given", "surname")
    if places is None:
        return None
    email, given, surname = places
    return NamedMailboxes(
        email, (given, surname), (columns[email], columns[given], columns[surname])
    )
