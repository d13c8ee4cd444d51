"""Keys of people and companies: hosts, phone numbers, countries, names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.pairs import Encoded, encode
from gsprep.values.arrow import (
    TEXT,
    as_arrow,
    as_column,
    as_mask,
    as_objects,
    as_texts,
    joined,
    matches,
    with_chosen,
)
from gsprep.values.company_name import (
    SEPARATOR,
    SPELLED_OUT,
    NameColumns,
    are_former_employers,
    are_no_employers,
    plain_names,
    split_names,
)
from gsprep.values.country import country_code
from gsprep.values.distinct import distinct_values, on_distinct, on_distinct_pairs
from gsprep.values.domain import EMPLOYERS, host_classes
from gsprep.values.host import email_host, host_of, owned_domains
from gsprep.values.multi_value import MAY_BE_HOSTS, MAY_BE_PHONES, Several, hosts_in, phones_in
from gsprep.values.name_tokens import WordLists, all_with_numbers
from gsprep.values.person_name import in_latin
from gsprep.values.phone import phone_key
from gsprep.values.placeholder import is_placeholder_phone
from gsprep.values.second_names import all_names_in, all_without_more
from gsprep.values.text import ENTITY_SUSPECT, SUSPECT, unscrambled, without_entities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.unification.known import Known
    from gsprep.unification.pairs import InvertedIndex
    from gsprep.unification.rulebook import Domains, Rulebook


class CellEntries(NamedTuple):
    """The entries of a column's cells."""

    texts: pa.Array
    row: np.ndarray  # the position of the cell of each
    unread: np.ndarray  # the positions of cells that could not be read, wholly or in part


def hosts_of_cells(column: pd.Series[str]) -> CellEntries:
    """Return the hosts in each cell of a column with positions as its index."""
    there = column.dropna()
    several = matches(as_arrow(there), MAY_BE_HOSTS)
    codes, cells = distinct_values(there[several])
    read = [hosts_in(cell) for cell in cells]
    return _entries(there, on_distinct(there[~several], host_of), (read, codes, several))


def phones_of_cells(column: pd.Series[str], regions: pd.Series[str]) -> CellEntries:
    """Return the telephone numbers in each cell; ``regions`` are the countries of the rows."""
    there = column.dropna()
    several = matches(as_arrow(there), MAY_BE_PHONES)
    regions = regions.loc[there.index]
    both = there[several], regions[several]
    codes, pairs = pd.factorize(pd.MultiIndex.from_arrays([*both]))
    read = [phones_in(cell, None if pd.isna(region) else region) for cell, region in pairs]
    alone = on_distinct_pairs(there[~several], regions[~several], phone_key)
    return _entries(there, alone, (read, codes, several))


def _entries(
    there: pd.Series[str],
    alone: pd.Series[str],
    others: tuple[list[Several], np.ndarray, np.ndarray],
) -> CellEntries:
    """Return the entries of cells with one entry each and of the others, in their order."""
    read, codes, several = others
    found, rows = alone.dropna(), there.index.to_numpy()[several]
    counts = np.array([len(one.entries) for one in read], dtype=np.int64)[codes]
    texts = [text for code in codes for text in read[code].entries]
    row = np.concatenate([found.index.to_numpy(), np.repeat(rows, counts)])
    order = np.argsort(row, kind="stable")
    both = pa.concat_arrays([as_arrow(found), pa.array(texts, pa.large_string())])
    lost = np.array([one.unread for one in read], dtype=bool)[codes]
    unread = np.concatenate([_unread(there, alone), rows[lost]])
    return CellEntries(both.take(pa.array(order)), row[order], np.sort(unread))


def _unread(there: pd.Series[str], alone: pd.Series[str]) -> np.ndarray:
    """Return the rows whose only entry could not be read; a placeholder is no entry."""
    lost = there.loc[alone.index[alone.isna()]]
    placeholder = lost.map(is_placeholder_phone).to_numpy(dtype=bool)
    return lost.index.to_numpy()[~placeholder]


_NOTHING = pa.scalar(None, pa.large_string())
_WEB = r"^\s*(?i:https?://)?[\w-]+(?:[.][\w-]+)*[.][A-Za-z]{2,}(?:/\S*)?\s*$"


def column_of(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return a column of a text frame; one of missing values if the frame does not have it."""
    if name in frame.columns:
        return frame[name]
    return as_column(pa.nulls(len(frame), TEXT)).set_axis(frame.index)


def where(texts: pa.Array, mask: np.ndarray) -> pa.Array:
    """Return the texts where the mask is true, null elsewhere."""
    return with_chosen(texts, ~mask, _NOTHING)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Distinct hosts of e-mail addresses, one line each."""

    texts: pa.Array  # the hosts
    registered: pa.Array  # the registered domain of each; the host itself if it is a public suffix
    labels: pa.Array  # the label of that domain without hyphens, null if it has none
    employ: np.ndarray  # whether an address there belongs to an employer
    provide: np.ndarray  # whether customers have mail there as well as staff
    # what was found of them in which index, by what was asked: several kinds of evidence ask for
    # the same
    found: dict[tuple[str, int], tuple[InvertedIndex, np.ndarray]] = field(
        default_factory=dict, compare=False
    )

    @classmethod
    def of(cls, hosts: Sequence[str] | pa.Array, domains: Domains) -> Hosts:
        """Return the parts and classes of hosts; ``domains`` are those of the rulebook."""
        texts = as_texts(hosts)
        whole, label = owned_domains(texts)
        classes = host_classes(texts, whole, domains.ignored)
        labels = pc.replace_substring(label, "-", "")
        employ = np.isin(classes, list(EMPLOYERS))
        return cls(texts, whole, labels, employ, classes == "provider")

    def among(self, domains: frozenset[str]) -> np.ndarray:
        """Return which hosts, or their registered domains, are among some domains."""
        if not domains:
            return np.zeros(len(self.texts), dtype=bool)
        some = pa.array(sorted(domains), pa.large_string())
        return as_mask(pc.is_in(self.texts, value_set=some)) | as_mask(
            pc.is_in(self.registered, value_set=some)
        )

    def registered_in(self, index: InvertedIndex) -> np.ndarray:
        """Return the position of the registered domain of each host in an index; -1 for none."""
        return self._once("registered", index, lambda: index.positions(self.registered))

    def longest(self, index: InvertedIndex) -> np.ndarray:
        """Return the position of each host, or of the longest indexed one above it; -1 for none."""
        return self._once("longest", index, lambda: self._longest(index))

    def _once(self, asked: str, index: InvertedIndex, find: Callable[[], np.ndarray]) -> np.ndarray:
        """Return what is found in an index."""
        key = (asked, id(index))
        if key not in self.found:
            # The index is kept, so that no other one gets its id.
            self.found[key] = index, find()
        return self.found[key][1]

    def _longest(self, index: InvertedIndex) -> np.ndarray:
        found = index.positions(self.texts)
        open_, above = np.arange(len(found)), self.texts
        while len(open_):
            below = as_mask(pc.not_equal(above, self.registered.take(pa.array(open_))))
            below &= (found[open_] < 0) & as_mask(pc.match_substring(above, "."))
            open_ = open_[below]
            above = pc.replace_substring_regex(above.filter(pa.array(below)), r"^[^.]*\.", "")
            found[open_] = index.positions(above)
        return found


class PersonHosts(NamedTuple):
    """The host of each person's e-mail address: its code, and the distinct hosts."""

    codes: np.ndarray
    hosts: Hosts


@dataclass(frozen=True)
class StatedEmployers:
    """The distinct employers that people state."""

    codes: np.ndarray  # the position of each person's, -1 if it is missing
    keys: pa.Array  # ``name_key`` of each

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The keys as Python's texts."""
        return tuple(self.keys.to_pylist())

    @cached_property
    def words(self) -> WordLists:
        """The words of each without legal form, short forms of common words written out."""
        return plain_names(self.names)

    @cached_property
    def names(self) -> pa.Array:
        """The names without legal form, Roman numerals as numbers."""
        return all_with_numbers(pc.replace_substring_regex(self.keys, f"{SEPARATOR}.*$", ""))

    @cached_property
    def bare(self) -> pa.Array:
        """The names without blanks, words as they are written."""
        return pc.replace_substring(self.names, " ", "")

    @cached_property
    def cores(self) -> pa.Array:
        """The words of each without blanks."""
        return self.words.joined("")


class _StatedNames(NamedTuple):
    """Stated employers: the names that each distinct text has."""

    codes: np.ndarray  # the text of each row, -1 for none
    texts: pa.Array
    core: pa.Array  # of the first name, null if it is no employer
    legal_form: pa.Array
    of_two: np.ndarray  # the positions of texts with a second name
    second: pa.Array  # these second names, without legal form
    of_more: np.ndarray  # the positions of texts with more than a name
    without: pa.Array  # these names without it and without legal form
    hosts: pa.Array  # of texts that are sites; see ``_sites_in``


@dataclass(frozen=True)
class People:
    """People to be compared, as a text frame with positions as its index."""

    text: pd.DataFrame
    rulebook: Rulebook
    known: Known | None = None

    def column(self, name: str) -> pd.Series[str]:
        """Return a column; one of missing values if the frame does not have it."""
        return column_of(self.text, name)

    @property
    def email(self) -> pd.Series[str]:
        """The e-mail addresses as given."""
        return self.column(self.rulebook.columns.email)

    @cached_property
    def country(self) -> pd.Series[str]:
        """The countries as alpha-2 codes."""
        return on_distinct(self.column(self.rulebook.columns.country), country_code)

    @cached_property
    def hosts(self) -> PersonHosts:
        """The hosts of the e-mail addresses, aliases as the domain they mean."""
        domains = self.rulebook.domains
        host = encode(domains.main(on_distinct(self.email, email_host)))
        return PersonHosts(host.codes, Hosts.of(host.texts, domains))

    @cached_property
    def _stated(self) -> _StatedNames:
        """The stated employers as they are named in each distinct text."""
        column = self.column(self.rulebook.columns.company_name)
        codes, distinct = pd.factorize(column, use_na_sentinel=True)
        texts = _as_meant(as_arrow(pd.Series(distinct, dtype="str")))
        hosts = _sites_in(texts)
        of_two, two = all_names_in(texts)
        of_more, without = all_without_more(texts)
        # A site is called as its owner is: festusmo.gov is festusmo.
        sites = np.flatnonzero(as_mask(pc.is_valid(hosts)))
        called = owned_domains(hosts.take(sites)).label
        named = _replaced(texts, of_two[::2], two[::2])
        named = _replaced(named, sites, pc.coalesce(called, named.take(sites)))
        # Many names at once are split in a fraction of the calls.
        split = split_names(pa.concat_arrays([named, without.cast(named.type)]))
        core, legal_form = (column.slice(0, len(texts)) for column in split)
        bare = split.core.slice(len(texts))
        core = where(
            core,
            ~(are_no_employers(core) | are_former_employers(texts) | as_mask(pc.equal(hosts, ""))),
        )
        second = split_names(two[1::2]).core
        return _StatedNames(
            codes, texts, core, legal_form, of_two[1::2], second, of_more, bare, hosts
        )

    @cached_property
    def stated_hosts(self) -> np.ndarray:
        """The host that each person states in place of an employer, None for a name."""
        stated = self._stated
        return np.append(as_objects(stated.hosts), [None])[stated.codes]

    @cached_property
    def employers(self) -> StatedEmployers:
        """The stated employers, computed for all distinct ones at once."""
        stated = self._stated
        return _encoded(joined(stated.core, SEPARATOR, stated.legal_form), stated.codes)

    @cached_property
    def spelled_employers(self) -> StatedEmployers:
        """The same, with a second name or spelling in between: muller, mueller and gmbh."""
        codes, texts, core, legal_form, of_two, second, of_more, without, _ = self._stated
        others = _replaced(pa.nulls(len(texts), texts.type), *_in_other_letters(core))
        others = _replaced(others, *_spelled_out(texts))
        others = _replaced(others, of_more, without)
        others = _replaced(others, of_two, second)
        at = np.flatnonzero(as_mask(pc.is_valid(others)))
        if not len(at):
            return self.employers
        both = joined(core.take(pa.array(at)), SEPARATOR, others.take(pa.array(at)))
        return _encoded(joined(_replaced(core, at, both), SEPARATOR, legal_form), codes)

    def __len__(self) -> int:
        return len(self.text)


def _encoded(keys: pa.Array, codes: np.ndarray) -> StatedEmployers:
    """Return the keys of distinct texts as a column; ``codes`` has the text of each row."""
    encoded = pc.dictionary_encode(keys)
    places = np.append(pc.fill_null(encoded.indices, -1).to_numpy(), -1)
    return StatedEmployers(places[codes].astype(np.int64), encoded.dictionary)


def _as_meant(names: pa.Array) -> pa.Array:
    """Return names with HTML entities and letters in the wrong encoding as they were meant."""
    at = np.flatnonzero(matches(names, f"{ENTITY_SUSPECT}|{SUSPECT}"))
    plain = map(without_entities, names.take(at).to_pylist())
    return _replaced(names, at, pa.array([unscrambled(name) or name for name in plain], TEXT))


def _sites_in(texts: pa.Array) -> pa.Array:
    """Return the host of each text that is a site; "" for a page on someone else's, or null."""
    found, at = np.full(len(texts), None, dtype=object), matches(texts, _WEB)
    found[at] = [
        next(iter(hosts_in(text).entries), "") for text in texts.filter(pa.array(at)).to_pylist()
    ]
    return pa.array(found, pa.large_string())


def _replaced(texts: pa.Array, at: np.ndarray, others: pa.Array) -> pa.Array:
    """Return the texts with others at some places."""
    place = np.arange(len(texts))
    place[at] = len(texts) + np.arange(len(at))
    return pa.concat_arrays([texts, others.cast(texts.type)]).take(pa.array(place))


def _in_other_letters(cores: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return which cores have Cyrillic or Greek letters, and these cores in Latin ones."""
    latin = in_latin(cores)
    other = np.flatnonzero(as_mask(pc.not_equal(latin, cores)))
    return other, latin.take(pa.array(other))


def _spelled_out(names: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return which names have letters that others spell as two, and these names without form."""
    names = pc.utf8_normalize(names, "NFC")
    several = np.flatnonzero(matches(names, f"[{''.join(SPELLED_OUT)}]"))
    names = names.take(pa.array(several))
    for letter, letters in SPELLED_OUT.items():
        names = pc.replace_substring(names, letter, letters)
    return several, split_names(names)[0]


def person_hosts(people: People) -> PersonHosts:
    """Return the hosts of people's e-mail addresses, aliases as the domain they mean."""
    return people.hosts


def person_phones(people: People) -> Encoded:
    """Return people's telephone numbers in E.164."""
    numbers = people.column(people.rulebook.columns.phone)
    return encode(on_distinct_pairs(numbers, people.rulebook.dialled(people.country), phone_key))


class CompanyHosts(NamedTuple):
    """The hosts that companies list, one line for each host of a company."""

    texts: pa.Array  # the hosts
    company: np.ndarray  # the position of the company
    registered: pa.Array  # the registered domain of each
    labels: pa.Array  # the label of that domain without hyphens, or null


class NameSpellings(NamedTuple):
    """Names of companies, some in two spellings: muller and mueller for Müller."""

    company: np.ndarray  # the position of the company
    cores: pa.Array  # the name without legal form


@dataclass(frozen=True)
class Companies:
    """Companies to be indexed, as a text frame sorted by Gsid with positions as its index."""

    text: pd.DataFrame
    rulebook: Rulebook

    def column(self, name: str) -> pd.Series[str]:
        """Return a column; one of missing values if the frame does not have it."""
        return column_of(self.text, name)

    def entries(self, name: str) -> pd.Series[str]:
        """Return all entries of a column's cells, separated by ``;``, with their rows as index."""
        there = self.column(name).dropna()
        lists = pc.split_pattern(as_arrow(there), ";")
        rows = there.index.to_numpy()[pc.list_parent_indices(lists).to_numpy()]
        return pd.Series(pc.list_flatten(lists).to_pylist(), index=rows, dtype="str")

    @cached_property
    def _names(self) -> pa.Array:
        return _as_meant(as_arrow(self.text["Name"]))

    @cached_property
    def names(self) -> NameColumns:
        """The names without legal form, and the legal forms; a name of signs alone is kept."""
        names = self._names
        core, legal_form = split_names(names)
        return NameColumns(pc.coalesce(core, names), pc.fill_null(legal_form, ""))

    @cached_property
    def bare_names(self) -> pa.Array:
        """The names without legal form and blanks."""
        return pc.replace_substring(self.names.core, " ", "")

    @cached_property
    def name_spellings(self) -> NameSpellings:
        """The names without legal form, also as others spell them, and both names in a cell."""
        texts, core = self._names, self.names.core
        several, spelled = _spelled_out(texts)
        of_two, two = all_names_in(texts)
        other, latin = _in_other_letters(core)
        at = np.concatenate([np.arange(len(self)), several, of_two, other])
        return NameSpellings(at, pa.concat_arrays([core, spelled, split_names(two)[0], latin]))

    @cached_property
    def country(self) -> pd.Series[str]:
        """The countries as alpha-2 codes."""
        return on_distinct(self.column(self.rulebook.columns.company_country), country_code)

    @cached_property
    def hosts(self) -> CompanyHosts:
        """The hosts of the listed domains."""
        hosts, row, _ = self.domain_cells
        owned, label = owned_domains(hosts)
        return CompanyHosts(hosts, row, owned, pc.replace_substring(label, "-", ""))

    @cached_property
    def domain_cells(self) -> CellEntries:
        """The domains as they were read."""
        return hosts_of_cells(self.column(self.rulebook.columns.company_domain))

    @cached_property
    def phone_cells(self) -> CellEntries:
        """The telephone numbers as they were read."""
        numbers = self.column(self.rulebook.columns.company_phone)
        return phones_of_cells(numbers, self.rulebook.dialled(self.country))

    def __len__(self) -> int:
        return len(self.text)
