"""``prepare``: the companies, made ready once to be compared with any number of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.display import counts_html, look_html
from gsprep.errors import InputError
from gsprep.schemas.frames import require, text_frame
from gsprep.unification.answering.answer_lines import read_answers
from gsprep.unification.answering.answers import NO_ANSWERS, Answers
from gsprep.unification.comparisons import FOR_RULES
from gsprep.unification.kinds.owner import owner_of, owners_in
from gsprep.unification.kinds.phone import switchboards
from gsprep.unification.kinds.title import NO_TITLES, Titles, titles_of
from gsprep.unification.knowing.known import NOTHING_KNOWN, Known, read_known
from gsprep.unification.linked import Links, link_column
from gsprep.unification.names.ngrams import NameSearch, name_search
from gsprep.unification.names.word_search import WordSearch, word_search
from gsprep.unification.names.words import Words, learn_words
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.values.arrow import as_arrow, as_mask, as_objects, with_chosen
from gsprep.values.company_name_column import NameColumns, split_names
from gsprep.values.company_word_column import all_digits, all_initials, first_words, plain_names
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs
from gsprep.values.domain import host_of
from gsprep.values.host_column import taken_apart
from gsprep.values.phone import phone_key
from gsprep.values.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

# Domains are named after the first words of a name.
_MOST_FIRST_WORDS = 3
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class CompanyIndex:
    """The companies by everything they can be found by; stands in for ``companies``.

    Companies stand in the order of their Gsid, so that a tie goes to the smaller one.

    gsids, names: by position.
    hosts:        each listed domain as given.      domains: the registered domain of each.
    labels:       what a company chose as its domain, and its name without blanks.
    beginnings:   the first word of its name, and the first two and three without blanks.
    keys:         its name without legal form and blanks, by position.
    name_keys:    the same.      acronyms: its initials.
    digits:       the digits in its name, by position.
    phones:       its numbers.      switchboards: its numbers without their last two digits.
    countries:    alpha-2 code by position, "" where not known.
    forms:        its legal form by position.       lists_domain: whether it lists any domain.
    owners:       the owners of its domains.        owner_names: those the rulebook names.
    known:        people already linked, and where those who share a domain or number sit.
    answers:      what reviewers said.              titles: its name in one word, for rules.
    """

    rulebook: Rulebook
    gsids: np.ndarray
    names: np.ndarray
    cores: pa.Array
    hosts: Links
    domains: Links
    labels: Links
    beginnings: Links
    keys: np.ndarray
    name_keys: Links
    acronyms: Links
    digits: np.ndarray
    phones: Links
    switchboards: Links
    countries: np.ndarray
    forms: np.ndarray
    lists_domain: np.ndarray
    search: NameSearch
    words: Words
    alike: WordSearch
    owners: Links
    owner_names: Mapping[str, str]
    titles: Titles = NO_TITLES
    known: Known = NOTHING_KNOWN
    answers: Answers = NO_ANSWERS
    look_at: ClassVar[Mapping[str, str]] = {"notes": "what was left out"}

    def __len__(self) -> int:
        return len(self.gsids)

    def __repr__(self) -> str:
        return f"CompanyIndex(companies={len(self)}, domains={len(self.hosts.values)})"

    def _repr_html_(self) -> str:
        counts = {
            "companies": len(self),
            "that list a domain": int(self.lists_domain.sum()),
            "with a country": int((self.countries != "").sum()),
        }
        return counts_html("CompanyIndex", counts, of=len(self)) + look_html(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences: answers, known people, values of too many companies."""
        strangers, largest = self.known.left_out, self.rulebook.largest_block
        shared = {
            "domains": self.domains,
            "telephone numbers": self.phones,
            "names": self.name_keys,
        }
        capped = [
            f"{count} {kind}" for kind, links in shared.items() if (count := links.over(largest))
        ]
        notes = {
            f"{strangers} known {plural(strangers, 'line names', 'lines name')} a company that is "
            "not in the list: left out": strangers,
            f"more than {largest} companies share {', '.join(capped)}: these alone propose none of "
            "them (largest_block in the rulebook)": capped,
        }
        told = (note for note, applies in notes.items() if applies)
        return (*told, *self.answers.notes)


def prepare(
    companies: pd.DataFrame,
    rulebook: Rulebook | None = None,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
) -> CompanyIndex:
    """Return the index of a company frame.

    ``companies`` needs Gsid (unique) and Name; Domain and Phone (several by ``;``) and Country
    are used when there; the rulebook can name other columns. ``known`` are people already linked
    (Email, Company_ID, IsPrimaryCompany) or what ``propose_known`` wrote: evidence beside the rest.
    ``answers`` are what reviewers said (see ``read_answers``) and win over any rule or score;
    those about companies that are not in the frame are left out, which ``notes`` says.

    Raises InputError for a company without Gsid or Name and for a repeated Gsid: a run sets
    such rows aside with ``usable_companies`` first; and for known lines and answers that
    cannot be used.
    """
    book = rulebook if rulebook is not None else read_rulebook()
    frame, unusable = usable_companies(companies)
    if len(unusable):
        first = unusable.iloc[0]
        raise InputError(
            f"{len(unusable)} of {len(companies)} companies cannot be used, the first in row_id "
            f"{first['row_id']}: {first['reason']}. Mend or drop these rows"
        )
    index = _index(frame.sort_values("Gsid", kind="stable", ignore_index=True), book)
    said = NO_ANSWERS if answers is None else read_answers(answers, index.gsids.tolist())
    return knowing(replace(index, answers=said), known)


def knowing(index: CompanyIndex, known: pd.DataFrame | None) -> CompanyIndex:
    """Return the index with other known people; InputError for lines that cannot be used."""
    return replace(index, known=read_known(known, index.gsids, index.rulebook))


def usable_companies(companies: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a company frame into those that can be matched, and the others with a ``reason``.

    A company needs a Gsid that no other row has, and a Name. Raises MissingColumnsError.
    """
    text = text_frame(companies, of="the company frame")
    require(text, ("Gsid", "Name"), of="the company frame")
    reasons = np.select(
        [text["Gsid"].isna(), text["Name"].isna(), text["Gsid"].duplicated(keep="first")],
        ["it has no Gsid", "it has no Name", "its Gsid stands in an earlier row"],
        default="",
    )
    bad = reasons != ""
    return text[~bad], text[bad].assign(reason=reasons[bad])


def _index(frame: pd.DataFrame, book: Rulebook) -> CompanyIndex:
    columns = book.columns
    core, legal_form = _names(as_arrow(frame["Name"]))
    words = learn_words(core)
    keys = plain_names(core).joined("")
    bare, at = pc.replace_substring(core, " ", ""), np.arange(len(frame))
    country = on_distinct(_column(frame, columns.company_country), country_code)
    hosts = _hosts(_column(frame, columns.company_domain))
    owners = owners_in(book.domains)
    phones = _phones(frame, country, book)
    return CompanyIndex(
        rulebook=book,
        gsids=frame["Gsid"].to_numpy(dtype=object),
        names=frame["Name"].to_numpy(dtype=object),
        cores=core,
        hosts=link_column(hosts.values, hosts.company),
        domains=link_column(hosts.registered, hosts.company),
        labels=link_column(
            pa.concat_arrays([hosts.label, bare]), np.concatenate([hosts.company, at])
        ),
        beginnings=_beginnings(core),
        keys=as_objects(keys),
        name_keys=link_column(keys, at),
        acronyms=link_column(all_initials(core), at),
        digits=as_objects(all_digits(core)),
        phones=link_column(phones.values, phones.company),
        switchboards=link_column(switchboards(phones.values), phones.company),
        countries=country.fillna("").to_numpy(dtype=object),
        forms=as_objects(legal_form),
        lists_domain=np.isin(at, hosts.company),
        search=name_search(core),
        words=words,
        alike=word_search(words.companies),
        owners=_owners(hosts, owners),
        owner_names=owners,
        titles=titles_of(zip(core.to_pylist(), legal_form.to_pylist(), strict=True))
        if book.compares(FOR_RULES)
        else NO_TITLES,
    )


def _names(names: pa.Array) -> NameColumns:
    """Take the names apart; one without a letter or digit is all there is of it."""
    core, legal_form = split_names(names)
    return NameColumns(pc.coalesce(core, names), pc.fill_null(legal_form, ""))


class _Hosts(NamedTuple):
    """The hosts that companies list, one line for each and its company.

    registered: the registered domain of each.      label: its label without hyphens, or null.
    """

    values: pa.Array
    company: np.ndarray
    registered: pa.Array
    label: pa.Array


def _hosts(column: pd.Series[str]) -> _Hosts:
    parts = _several(column)
    named = on_distinct(parts, host_of).dropna()
    hosts = as_arrow(named)
    registered, label = taken_apart(hosts)
    whole = pc.coalesce(registered, hosts)
    return _Hosts(hosts, named.index.to_numpy(), whole, pc.replace_substring(label, "-", ""))


class _Phones(NamedTuple):
    """The numbers that companies list, one line for each and its company."""

    values: pa.Array
    company: np.ndarray


def _phones(frame: pd.DataFrame, country: pd.Series[str], book: Rulebook) -> _Phones:
    dialled = country if book.region is None else country.fillna(book.region)
    parts = _several(_column(frame, book.columns.company_phone))
    keys = on_distinct_pairs(parts, dialled.loc[parts.index], phone_key)
    return _Phones(as_arrow(keys), keys.index.to_numpy())


def _owners(hosts: _Hosts, owners: Mapping[str, str]) -> Links:
    known = pd.Series(hosts.registered.to_pylist(), dtype="str")
    of_hosts = on_distinct(known, lambda domain: owner_of(domain, owners))
    return link_column(as_arrow(of_hosts), hosts.company)


def _beginnings(core: pa.Array) -> Links:
    several = [first_words(core, count) for count in range(1, _MOST_FIRST_WORDS + 1)]
    words = pa.concat_arrays(several)
    short = as_mask(pc.less(pc.utf8_length(words), _SHORTEST_BEGINNING))
    company = np.tile(np.arange(len(core)), _MOST_FIRST_WORDS)
    return link_column(with_chosen(words, short, pa.scalar(None, words.type)), company)


def _column(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    missing = pd.Series(pd.NA, index=frame.index, dtype="str")
    column: pd.Series[str] = frame[name] if name in frame.columns else missing
    return column


def _several(column: pd.Series[str]) -> pd.Series[str]:
    """Return the parts of all cells (they stand between ``;``), each with its row as index."""
    there = column.dropna()
    lists = pc.split_pattern(as_arrow(there), ";")
    rows = there.index.to_numpy()[pc.list_parent_indices(lists).to_numpy()]
    return pd.Series(pc.list_flatten(lists).to_pylist(), index=rows, dtype="str")
