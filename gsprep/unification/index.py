"""``prepare``: the companies, made ready once to be compared with any number of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gsprep.errors import InputError
from gsprep.schemas.frames import require, text_frame
from gsprep.unification.answer_lines import read_answers
from gsprep.unification.answers import NO_ANSWERS, Answers
from gsprep.unification.comparisons import FOR_RULES
from gsprep.unification.kinds.owner import owner_of, owners_in
from gsprep.unification.kinds.title import NO_TITLES, Titles, titles_of
from gsprep.unification.known import NOTHING_KNOWN, Known, read_known
from gsprep.unification.linked import Links, link
from gsprep.unification.ngrams import NameSearch, name_search
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.words import Words, digits, learn_words
from gsprep.values.company_name import CompanyName, initials, plain_words, split_company_name
from gsprep.values.country import country_code
from gsprep.values.domain import domain_label, host_of, registrable_domain
from gsprep.values.phone import phone_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

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
    phones:       its numbers.      countries: alpha-2 code by position, "" where not known.
    forms:        its legal form by position.       lists_domain: whether it lists any domain.
    owners:       the owners of its domains.        owner_names: those the rulebook names.
    known:        people already linked, and where those who share a domain or number sit.
    answers:      what reviewers said.              titles: its name in one word, for rules.
    """

    rulebook: Rulebook
    gsids: np.ndarray
    names: np.ndarray
    cores: tuple[str, ...]
    hosts: Links
    domains: Links
    labels: Links
    beginnings: Links
    keys: np.ndarray
    name_keys: Links
    acronyms: Links
    digits: np.ndarray
    phones: Links
    countries: np.ndarray
    forms: np.ndarray
    lists_domain: np.ndarray
    search: NameSearch
    words: Words
    owners: Links
    owner_names: Mapping[str, str]
    titles: Titles = NO_TITLES
    known: Known = NOTHING_KNOWN
    answers: Answers = NO_ANSWERS

    def __len__(self) -> int:
        return len(self.gsids)

    def __repr__(self) -> str:
        return f"CompanyIndex(companies={len(self)}, domains={len(self.hosts.values)})"


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
    those about companies that are not in the frame are left out, which ``answers.note`` says.

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
    names = [split_company_name(name) or CompanyName(name, "") for name in frame["Name"]]
    cores = tuple(name.core for name in names)
    keys = ["".join(plain_words(core)) for core in cores]
    countries = [country_code(text) or "" for text in _cells(frame, columns.company_country)]
    owners = owners_in(book.domains)
    hosts = list(_several(frame, columns.company_domain, lambda text, _: host_of(text)))
    dialled = [country or book.region for country in countries]
    phones = _several(frame, columns.company_phone, lambda text, at: phone_key(text, dialled[at]))
    return CompanyIndex(
        rulebook=book,
        gsids=frame["Gsid"].to_numpy(dtype=object),
        names=frame["Name"].to_numpy(dtype=object),
        cores=cores,
        hosts=link(hosts),
        domains=link((registrable_domain(host) or host, at) for host, at in hosts),
        labels=link(
            [*_labels(hosts), *((core.replace(" ", ""), at) for at, core in enumerate(cores))]
        ),
        beginnings=link(_beginnings(cores)),
        keys=np.array(keys, dtype=object),
        name_keys=link((key, at) for at, key in enumerate(keys)),
        acronyms=link((short, at) for at, core in enumerate(cores) if (short := initials(core))),
        digits=digits(cores),
        phones=link(phones),
        countries=np.array(countries, dtype=object),
        forms=np.array([name.legal_form for name in names], dtype=object),
        lists_domain=np.isin(np.arange(len(frame)), [at for _, at in hosts]),
        search=name_search(cores),
        words=learn_words(cores),
        owners=link((owner, at) for host, at in hosts if (owner := owner_of(host, owners))),
        owner_names=owners,
        titles=titles_of((name.core, name.legal_form) for name in names)
        if book.compares(FOR_RULES)
        else NO_TITLES,
    )


def _labels(hosts: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for host, at in hosts:
        label = domain_label(host)
        if label:
            yield label.replace("-", ""), at


def _beginnings(cores: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for at, core in enumerate(cores):
        words = core.split()
        for count in range(1, min(len(words), _MOST_FIRST_WORDS) + 1):
            beginning = "".join(words[:count])
            if len(beginning) >= _SHORTEST_BEGINNING:
                yield beginning, at


def _cells(frame: pd.DataFrame, column: str) -> list[str]:
    return frame[column].fillna("").tolist() if column in frame.columns else [""] * len(frame)


def _several(
    frame: pd.DataFrame, column: str, of_one: Callable[[str, int], str | None]
) -> Iterator[tuple[str, int]]:
    """Yield what each part of a cell holds (parts stand between ``;``), with its company."""
    for at, cell in enumerate(_cells(frame, column)):
        for part in cell.split(";"):
            value = of_one(part, at) if part else None
            if value:
                yield value, at
