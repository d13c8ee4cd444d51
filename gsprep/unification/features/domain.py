"""E-mail domain: listed by the company, named after it, or of the same owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.features.country import COUNTRY
from gsprep.unification.features.domain_labels import (
    DomainLabels,
    LabelIndex,
    lengths,
    short_forms,
)
from gsprep.unification.features.name import NAME
from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_hosts, where
from gsprep.unification.pairs import EMPTY_INDEX, InvertedIndex, Lookup, invert, invert_column
from gsprep.unification.rules import FOR_RULES
from gsprep.unification.search.nearest import near_labels
from gsprep.unification.search.words import real_words
from gsprep.values.arrow import as_mask, as_objects
from gsprep.values.domain import domain_owners
from gsprep.values.host import country_of_ending
from gsprep.values.name_tokens import split_at_blanks
from gsprep.values.second_names import names_of_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, Hosts, PersonHosts
    from gsprep.unification.pairs import Bools, CodedColumn, Counts, Floats, Pairs

# Domains are named after some words of a name, of so many letters: the place of the first word, and
# the one behind the last.
_SHORTEST_WORDS, _SPANS = 3, ((0, 1), (0, 2), (0, 3), (1, 3), (1, 4), (2, 4), (2, 5))
# A word of the dictionary is as common as this, if nobody lists it: linear.com is not linear.app.
_REAL_WORD = 0.25
# A value that known people of several companies have is shared, however many list it.
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class DomainPairs:
    """Facts of an e-mail host and a company."""

    listed: Bools  # the company lists this host, or the longest listed host above it
    sharers: Counts  # how many companies list it; several if known people at it are in several
    related: Bools  # the company lists another host of the same registered domain
    labelled: Bools  # the domain's label is the company's name, or the label of a domain it lists
    begins: Bools  # the domain's label is some words of the company's name
    # how much of the domain's label some words of the company's name are, if it begins with them,
    # from 0 to 1
    begun: Floats
    # the domain's label, if it is named like the company, is longer than the name's first word
    words: Bools
    ending: Bools  # the domain's label is the label of a domain that the company lists
    part: Bools  # the label below a listed domain is the company's name, initials or a rare word
    # the domain's label is the company's initials, or such letters and a word of its name
    initials: Bools
    word: Bools  # the domain's label is a word of few companies' names, this one's among them
    abroad: Bools  # the domain's ending is of another country than the company
    # how common the domain's label is as a word of companies' names or at all, from 0 to 1
    common: Floats
    lists: Bools  # the company lists any domain
    # the domain's label and the only one that it lists are a letter apart, one is in the other, or
    # both begin with the same words of its name
    near: Bools
    own: Bools  # the domain belongs to an employer: not free, disposable or excluded mail
    yours: Bools  # the domain is the user's own
    provider: Bools  # the company lists it, and customers have mail there as well as staff


def same_domain(pairs: DomainPairs) -> Bools:
    """Only this company lists their e-mail domain."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & pairs.own & alone


def shared_domain(pairs: DomainPairs) -> Bools:
    """Shared e-mail domain: this company and others list it."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & pairs.own & shared


def related_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an unlisted subdomain of a domain that this company lists."""
    return pairs.related & pairs.own & _unlisted(pairs)


def domain_like_name(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is named like this company."""
    return pairs.labelled & _apart(pairs)


def domain_other_ending(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is one that this company lists, but with another ending."""
    return pairs.ending & _apart(pairs)


def domain_several_words(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is several words of this company's name."""
    return (pairs.labelled | pairs.begins) & pairs.words & ~pairs.ending & _apart(pairs)


def subdomain_like_name(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a part of a listed domain, and that part is named like this company."""
    return pairs.part & pairs.own & (pairs.listed | (pairs.sharers > 1))


def domain_begins_name(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is a part of this company's name."""
    return pairs.begins & ~pairs.labelled & _apart(pairs)


def domain_begun_by_name(pairs: DomainPairs) -> Floats:
    """Their e-mail domain begins with a part of this company's name."""
    return np.where(~pairs.begins & ~pairs.labelled & _apart(pairs), pairs.begun, 0)


def domain_initials(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is short for this company's name."""
    return pairs.initials & ~pairs.begins & ~pairs.labelled & _apart(pairs)


def domain_rare_word(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is a rare word of this company's name."""
    begun: Bools = pairs.begun > 0
    named = pairs.labelled | pairs.begins | begun | pairs.initials
    return pairs.word & ~named & _apart(pairs)


def domain_abroad(pairs: DomainPairs) -> Bools:
    """Their e-mail domain is named like this company, but ends in another country."""
    return pairs.abroad & _named(pairs) & _apart(pairs)


def common_domain(pairs: DomainPairs) -> Floats:
    """Their e-mail domain is a word in the names of many companies."""
    return np.where(pairs.own & (pairs.listed | _named(pairs)), pairs.common, 0)


def other_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an employer's domain, and this company lists a different one."""
    other = pairs.lists & ~pairs.related & ~_named(pairs) & ~pairs.near
    return pairs.own & _unlisted(pairs) & other


def unlike_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an employer's domain that is not named like this company."""
    return pairs.own & ~pairs.lists & _unlisted(pairs) & ~_named(pairs)


def others_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that another company lists."""
    elsewhere: Bools = pairs.sharers > 0
    return pairs.own & elsewhere & ~pairs.listed


def your_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at your own domain: your staff belong to no customer."""
    return pairs.yours


def provider_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that this company and its customers use."""
    return pairs.provider


def _named(pairs: DomainPairs) -> Bools:
    begun: Bools = pairs.begun > 0
    return pairs.labelled | pairs.begins | begun | pairs.initials | pairs.word


def _apart(pairs: DomainPairs) -> Bools:
    """Return where only the label shows whose the domain is."""
    return ~pairs.related & pairs.own & _unlisted(pairs)


def _unlisted(pairs: DomainPairs) -> Bools:
    return pairs.sharers == 0


class DomainIndex(NamedTuple):
    """The companies by their domains and what domains are named after."""

    hosts: InvertedIndex  # each listed host as given
    registered: InvertedIndex  # the registered domain of each
    labels: InvertedIndex  # the label of each, and the name without legal form and blanks
    # some words of the name without blanks: the first ones, and two or three behind them
    beginnings: InvertedIndex
    short_forms: InvertedIndex  # what else its domain may be short for
    listed_labels: InvertedIndex  # the label of each listed host
    only_label: np.ndarray  # the label of the listed hosts of each company, "" for none or several
    first_lengths: np.ndarray  # the number of letters of the first word of each name
    lists: np.ndarray  # whether each company lists any domain


def _look_up(key: PersonHosts, index: CompanyIndex) -> Values:
    hosts, part = key.hosts, index.part(DOMAIN)
    longest, registered = hosts.longest(part.hosts), hosts.registered_in(part.registered)
    at_known = index.known.hosts.index.positions(hosts.texts)
    own = _employing(hosts, longest, index.known.hosts.scattered(at_known))
    names = LabelIndex(part.labels, part.beginnings, part.short_forms, index.part(NAME))
    labels = DomainLabels.of(hosts, own, longest >= 0, names)
    listed = Lookup(part.hosts, np.where(own, longest, -1))
    related = Lookup(part.registered, np.where(own, registered, -1))
    provided = Lookup(part.registered, np.where(hosts.provide, registered, -1))
    ending, share = part.listed_labels.look_up(labels.texts), labels.begun_share()
    country, common = index.part(COUNTRY), _commonness(labels.texts, listed, index)
    yours = hosts.among(frozenset(index.rulebook.domains.own))
    abroad, sharers = _countries(hosts.texts, country), _sharers(hosts, listed, at_known, index)

    def facts(pairs: Pairs) -> DomainPairs:
        at, company = pairs
        only = part.only_label[company]
        unlisted = np.where(own[at] & (sharers[at] == 0), only, "")
        near = near_labels(labels.texts, at, unlisted) | labels.has_same_words(pairs, unlisted)
        return DomainPairs(
            listed=listed.has(pairs),
            sharers=sharers[at],
            related=related.has(pairs),
            labelled=labels.whole.has(pairs),
            begins=labels.begins.has(pairs),
            begun=np.where(labels.begun.has(pairs) & (near | (only == "")), share[at], 0),
            words=labels.lengths[at] > part.first_lengths[company],
            ending=ending.has(pairs),
            part=np.logical_or.reduce([one.has(pairs) for one in labels.below]),
            initials=labels.are_short(pairs),
            word=labels.word.has(pairs),
            abroad=country.differ(abroad[at], company),
            common=common[at],
            lists=part.lists[company],
            near=near,
            own=own[at],
            yours=yours[at],
            provider=provided.has(pairs),
        )

    proposed = index.proposed_by(listed, related, *labels.proposals())
    return Values(key.codes, proposed, facts)


def _employing(hosts: Hosts, listed: np.ndarray, scattered: np.ndarray) -> Bools:
    """Return which hosts belong to employers.

    An unlisted one that customers use for mail, too, does not. One whose known people are scattered
    over many companies is free mail that no list has, or a typing error of one.
    """
    return hosts.employ & ((listed >= 0) | ~(scattered | hosts.provide))


def _sharers(hosts: Hosts, listed: Lookup, at_known: np.ndarray, index: CompanyIndex) -> Counts:
    """Return how many companies list each host; several if known people at it are in several."""
    divided = index.known.hosts.divided(at_known) | hosts.among(index.answers.shared_hosts)
    return np.where(divided & (listed.counts() == 1), _SEVERAL, listed.counts())


def _commonness(labels: pa.Array, listed: Lookup, index: CompanyIndex) -> np.ndarray:
    """Return how common labels are as words, from 0 to 1; unlisted real words are so at least."""
    found: np.ndarray = index.part(NAME).words.commonness(labels)
    real = (listed.at < 0) & real_words().has(labels)
    return np.where(real, np.maximum(found, _REAL_WORD), found)


def _countries(hosts: pa.Array, listed: CodedColumn) -> np.ndarray:
    """Return the code of the country of each host's ending, none if it is used everywhere."""
    endings = pc.dictionary_encode(pc.replace_substring_regex(hosts, r"^.*\.", ""))
    countries = [country_of_ending(ending) for ending in endings.dictionary.to_pylist()]
    return listed.look_up(countries)[endings.indices.to_numpy()]


def _index(companies: Companies) -> DomainIndex:
    hosts, company = companies.hosts, np.arange(len(companies))
    at, cores = companies.name_spellings
    labels = pa.concat_arrays([hosts.labels, pc.replace_substring(cores, " ", "")])
    of_body, bodies = names_of_bodies(cores)
    named = split_at_blanks(pa.concat_arrays([cores, bodies]))
    words = pa.concat_arrays([named.some(*span) for span in _SPANS])
    long = as_mask(pc.greater_equal(pc.utf8_length(words), _SHORTEST_WORDS))
    return DomainIndex(
        hosts=invert_column(hosts.texts, hosts.company),
        registered=invert_column(hosts.registered, hosts.company),
        labels=invert_column(labels, np.concatenate([hosts.company, at])),
        beginnings=invert_column(
            where(words, long), np.tile(np.concatenate([at, at[of_body]]), len(_SPANS))
        ),
        short_forms=short_forms(companies.names.core),
        listed_labels=invert_column(hosts.labels, hosts.company),
        only_label=_only(hosts.labels, hosts.company, len(company)),
        first_lengths=lengths(pc.replace_substring_regex(companies.names.core, " .*", "")),
        lists=np.isin(company, hosts.company),
    )


def _only(labels: pa.Array, company: np.ndarray, count: int) -> np.ndarray:
    """Return the label of each company that has only one, "" for others."""
    listed = pd.DataFrame({"company": company, "label": as_objects(labels)}).dropna()
    listed = listed.drop_duplicates().drop_duplicates("company", keep=False)
    only = np.full(count, "", dtype=object)
    only[listed["company"]] = listed["label"]
    return only


DOMAIN = Feature(
    "domain",
    (
        same_domain, shared_domain, related_domain, subdomain_like_name, domain_like_name,
        domain_other_ending, domain_several_words, domain_begins_name, domain_begun_by_name,
        domain_initials, domain_rare_word, domain_abroad, common_domain, other_domain,
        unlike_domain, others_domain, your_domain, provider_domain,
    ),
    person_hosts,
    _look_up,
    _index,
)  # fmt: skip


def same_owner(owned: Bools) -> Bools:
    """Their e-mail domain has the same owner as a domain that this company lists."""
    return owned


class OwnerIndex(NamedTuple):
    """The owners of listed domains, and the owner of each domain in the rulebook."""

    owners: InvertedIndex
    named: Mapping[str, str]


def _owners(domains: pa.Array, named: Mapping[str, str]) -> pa.Array:
    """Return one name for the owner of each registered domain, by rulebook or shipped list."""
    owners = domain_owners(domains)
    if not named:
        return owners
    ours = [named.get(domain) for domain in domains.to_pylist()]
    return pc.coalesce(pa.array(ours, pa.large_string()), owners)


def _owned(key: PersonHosts, index: CompanyIndex) -> Values:
    """Look up the owners of employers' unlisted domains; a listed one is other evidence."""
    part = index.part(OWNER)
    encoded = pc.dictionary_encode(key.hosts.registered)
    names = _owners(encoded.dictionary, part.named)
    others = key.hosts.registered_in(index.part(DOMAIN).registered) >= 0
    others |= key.hosts.provide | ~key.hosts.employ
    at = np.where(others, -1, part.owners.positions(names)[encoded.indices.to_numpy()])
    owned = Lookup(part.owners, at)
    codes = np.where(np.append(at, -1)[key.codes] >= 0, key.codes, -1)
    return Values(codes, index.proposed_by(owned), owned.has)


def _index_of_owners(companies: Companies) -> OwnerIndex:
    owners = companies.rulebook.domains.owners
    named = {domain: owned[0] for owned in owners for domain in owned}
    owner = _owners(companies.hosts.registered, named)
    return OwnerIndex(invert_column(owner, companies.hosts.company), named)


OWNER = Feature("owner", (same_owner,), person_hosts, _owned, _index_of_owners)


@dataclass(frozen=True, slots=True)
class TitlePairs:
    """Facts of an employer's e-mail host and a company."""

    whole: Bools  # the label of the domain is the company's name with its legal form
    bare: Bools  # it is the name without its legal form


def domain_is_name(pairs: TitlePairs) -> Bools:
    """Their e-mail domain is this company's full name."""
    return pairs.whole


def domain_is_bare_name(pairs: TitlePairs) -> Bools:
    """Their e-mail domain is this company's name without its legal form."""
    return pairs.bare


def _titled(key: PersonHosts, index: CompanyIndex) -> Values:
    """Look up each label; without a rule that compares titles all codes are missing."""
    labels = where(key.hosts.labels, key.hosts.employ)
    whole, bare = (names.look_up(labels) for names in index.part(TITLE))
    used = index.rulebook.compares(FOR_RULES)
    return Values(
        key.codes if used else np.full(len(key.codes), -1),
        index.proposed_by(whole, bare),
        lambda pairs: TitlePairs(whole.has(pairs), bare.has(pairs)),
    )


def _index_of_titles(companies: Companies) -> tuple[InvertedIndex, InvertedIndex]:
    """Index the names in one word: in full, and without a legal form they have."""
    if not companies.rulebook.compares(FOR_RULES):
        return EMPTY_INDEX, EMPTY_INDEX
    cores, forms = companies.bare_names.to_pylist(), companies.names.legal_form.to_pylist()
    names = list(zip(cores, forms, range(len(companies)), strict=True))
    bare = invert((core, at) for core, form, at in names if form)
    return invert((core + form, at) for core, form, at in names), bare


TITLE = Feature(
    "title", (domain_is_name, domain_is_bare_name), person_hosts, _titled, _index_of_titles
)
