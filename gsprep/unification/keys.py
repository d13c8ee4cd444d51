"""What is known of the people that a company could be found by: distinct values and codes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.unification.hosts import Hosts
from gsprep.unification.linked import Coded, coded
from gsprep.values.arrow import as_arrow, as_mask, joined, with_chosen
from gsprep.values.company_name import SEPARATOR, no_employers, split_names
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs, where_distinct
from gsprep.values.domain import meant_by, names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host
from gsprep.values.mailbox import PATTERNS, mailbox_patterns
from gsprep.values.phone import phone_key

if TYPE_CHECKING:
    from gsprep.unification.knowing.known import Known
    from gsprep.unification.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """Four columns of people as codes of their distinct values.

    host:    the host of the e-mail address.      hosts:   what is known of each.
    phone:   the number in E.164.
    name:    the stated employer, ``core␟legal form``; missing where it says there is none.
    country: the alpha-2 code.
    address: the e-mail address, of those that somebody known has.
    pattern: how the mailbox is built from the name, where known people tell their company's way.
    """

    host: Coded
    hosts: Hosts
    phone: Coded
    name: Coded
    country: Coded
    address: Coded
    pattern: Coded


def person_keys(
    persons: pd.DataFrame, rulebook: Rulebook, known: Known | None = None
) -> PersonKeys:
    """Return the keys of a text frame of persons, the same for raw and for cleaned columns."""
    columns = rulebook.columns
    country = on_distinct(column_of(persons, columns.country), country_code)
    region = country if rulebook.region is None else country.fillna(rulebook.region)
    # Each column is read for itself, so as many at once as there are processors.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        name = threads.submit(_names, column_of(persons, columns.company_name))
        phone = threads.submit(
            on_distinct_pairs, column_of(persons, columns.phone), region, phone_key
        )
        host = coded(_hosts(persons, rulebook))
        return PersonKeys(
            host=host,
            hosts=Hosts.of(host.values, rulebook.domains),
            phone=coded(phone.result()),
            name=name.result(),
            country=coded(country),
            address=_addresses(persons, rulebook, known),
            pattern=_patterns(persons, rulebook, known),
        )


def _hosts(persons: pd.DataFrame, rulebook: Rulebook) -> pd.Series[str]:
    hosts = on_distinct(column_of(persons, rulebook.columns.email), email_host)
    aliases = rulebook.domains.aliases
    return on_distinct(hosts, lambda host: meant_by(host, aliases)) if aliases else hosts


def _addresses(persons: pd.DataFrame, rulebook: Rulebook, known: Known | None) -> Coded:
    if known is None or not len(known.addresses.company):
        return Coded(np.full(len(persons), -1), ())
    addresses = on_distinct(column_of(persons, rulebook.columns.email), email_key)
    return coded(addresses.where(addresses.isin(list(known.addresses.values))))


def _patterns(persons: pd.DataFrame, rulebook: Rulebook, known: Known | None) -> Coded:
    codes = np.full(len(persons), -1)
    if known is None or known.patterns is None:
        return Coded(codes, PATTERNS)
    columns = rulebook.columns
    nobody = frozenset((*rulebook.domains.own, *rulebook.domains.excluded))
    addresses = on_distinct(column_of(persons, columns.email), email_key)
    hosts = on_distinct(addresses, email_host)
    at = np.flatnonzero(where_distinct(hosts, lambda host: names_employer(host, nobody)))
    first, last = (column_of(persons, name) for name in (columns.first_name, columns.last_name))
    codes[at] = mailbox_patterns(addresses.iloc[at], first.iloc[at], last.iloc[at])
    return Coded(codes, PATTERNS)


def _names(column: pd.Series[str]) -> Coded:
    """Return the column with ``name_key`` of every value, taken apart all at once."""
    codes, texts = pd.factorize(column, use_na_sentinel=True)
    core, legal_form = split_names(as_arrow(pd.Series(texts, dtype="str")))
    nobody = pc.is_in(
        pc.replace_substring(core, " ", ""), value_set=pa.array(no_employers(), pa.large_string())
    )
    employed = with_chosen(core, as_mask(nobody), pa.scalar(None, core.type))
    keys = pc.dictionary_encode(joined(employed, SEPARATOR, legal_form))
    places = pc.fill_null(keys.indices, -1).to_numpy()
    return Coded(np.append(places, -1)[codes].astype(np.int64), tuple(keys.dictionary.to_pylist()))


def column_of(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return a column of text; where there is none, one of missing values."""
    if name in frame.columns:
        return frame[name]
    return pd.Series(pd.NA, index=frame.index, dtype="str")
