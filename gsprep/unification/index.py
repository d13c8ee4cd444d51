"""``prepare``: the companies, made ready once to be compared with any number of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.schemas.frames import require, text_frame
from gsprep.unification.linked import Links, link
from gsprep.unification.ngrams import NameSearch, name_search
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.words import Words, learn_words
from gsprep.values.company_name import CompanyName, initials, plain_words, split_company_name
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct_pairs
from gsprep.values.domain import domain_label, host_of, registrable_domain
from gsprep.values.phone import phone_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class CompanyIndex:
    """The companies by everything they can be found by; stands in for ``companies``.

    Companies stand in the order of their Gsid, so that a tie goes to the smaller one.

    gsids, names: by position.
    hosts:        each listed domain as given.      domains: the registered domain of each.
    labels:       what a company chose as its domain, and its name without blanks.
    keys:         its name without legal form and blanks, by position.
    name_keys:    the same.      acronyms: its initials.
    digits:       the digits in its name, by position.
    phones:       its numbers.      countries: alpha-2 code by position, "" where not known.
    forms:        its legal form by position.       lists_domain: whether it lists any domain.
    """

    rulebook: Rulebook
    gsids: np.ndarray
    names: np.ndarray
    cores: tuple[str, ...]
    hosts: Links
    domains: Links
    labels: Links
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

    def __len__(self) -> int:
        return len(self.gsids)

    def __repr__(self) -> str:
        return f"CompanyIndex(companies={len(self)}, domains={len(self.hosts.values)})"


def prepare(companies: pd.DataFrame, rulebook: Rulebook | None = None) -> CompanyIndex:
    """Return the index of a company frame.

    ``companies`` needs Gsid (unique) and Name; Domain and Phone (several by ``;``) and Country
    are used when there; the rulebook can name other columns.

    Raises InputError for a company without Gsid or Name and for a repeated Gsid: a run sets
    such rows aside with ``usable_companies`` first.
    """
    book = rulebook if rulebook is not None else read_rulebook()
    frame, unusable = usable_companies(companies)
    if len(unusable):
        first = unusable.iloc[0]
        raise InputError(
            f"{len(unusable)} of {len(companies)} companies cannot be used, the first in row_id "
            f"{first['row_id']}: {first['reason']}. Mend or drop these rows"
        )
    return _index(frame.sort_values("Gsid", kind="stable", ignore_index=True), book)


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
    listed = _parts(frame, columns.company_domain)
    hosts = [(host, at) for text, at in listed if (host := host_of(text))]
    dialled = [country or book.region for country in countries]
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
        keys=np.array(keys, dtype=object),
        name_keys=link((key, at) for at, key in enumerate(keys)),
        acronyms=link((short, at) for at, core in enumerate(cores) if (short := initials(core))),
        digits=digits(cores),
        phones=link(_phones(_parts(frame, columns.company_phone), dialled)),
        countries=np.array(countries, dtype=object),
        forms=np.array([name.legal_form for name in names], dtype=object),
        lists_domain=np.isin(np.arange(len(frame)), [at for _, at in hosts]),
        search=name_search(cores),
        words=learn_words(cores),
    )


def digits(names: Iterable[str]) -> np.ndarray:
    """Return the digits in each name: names whose numbers differ are different names."""
    return np.array(["".join(filter(str.isdigit, name)) for name in names], dtype=object)


def _labels(hosts: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for host, at in hosts:
        label = domain_label(host)
        if label:
            yield label.replace("-", ""), at


def _cells(frame: pd.DataFrame, column: str) -> list[str]:
    return frame[column].fillna("").tolist() if column in frame.columns else [""] * len(frame)


def _parts(frame: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """Return each part of a cell (parts stand between ``;``), with its company."""
    cells = enumerate(_cells(frame, column))
    return [(part, at) for at, cell in cells for part in cell.split(";") if part]


def _phones(parts: list[tuple[str, int]], dialled: list[str | None]) -> list[tuple[str, int]]:
    """Return the keys of numbers, with their companies; ``dialled`` is from where, by company."""
    texts = pd.Series([text for text, _ in parts], dtype="str")
    regions = pd.Series([dialled[at] for _, at in parts], dtype="str")
    keys = on_distinct_pairs(texts, regions, phone_key)
    owners = zip(keys, keys.notna(), parts, strict=True)
    return [(key, at) for key, found, (_, at) in owners if found]
