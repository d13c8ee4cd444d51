"""Missing Gsids of companies, looked up among the tenant's companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow.compute as pc

from gsprep.display import plural
from gsprep.unification.keys import Companies, Hosts
from gsprep.values.arrow import as_column, joined
from gsprep.values.company_name import SEPARATOR
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from gsprep.unification.rulebook import Rulebook


def lacks_gsids(companies: pd.DataFrame) -> bool:
    """Return whether no company of a text frame has a Gsid."""
    return "Gsid" not in companies or bool(companies["Gsid"].isna().all())


def with_gsids(
    companies: pd.DataFrame, listed: pd.DataFrame, book: Rulebook
) -> tuple[pd.DataFrame, str]:
    """Return the companies with the Gsids of the tenant's companies, and a sentence about them.

    Both are text frames with a Name; ``listed`` has the Gsids. A company is joined by an
    identifier of the rulebook; else by its domains and by its exact name, if one company of the
    tenant has it and the two do not lead to different ones. Others have no Gsid.
    """
    own = Companies(companies.reset_index(drop=True), book)
    theirs = Companies(listed[listed["Gsid"].notna() & listed["Name"].notna()].reset_index(), book)
    gsids = theirs.text["Gsid"]
    found = pd.Series(pd.NA, index=own.text.index, dtype="str")
    for company in _by_identifiers(own, theirs):
        found = found.fillna(_taken(gsids, company))
    domain, name = (_taken(gsids, by(own, theirs)) for by in (_by_domain, _by_name))
    agree = domain.isna() | name.isna() | (domain == name)
    found = found.fillna(domain.fillna(name).where(agree)).astype("str")
    count = int(found.notna().sum())
    sentence = (
        f"{count} of {len(found)} {plural(len(found), 'company', 'companies')} without Gsid "
        f"{plural(count, 'was', 'were')} found in the tenant by identifier, domain or exact name"
    )
    return companies.assign(Gsid=found.to_numpy()), sentence


def _taken(values: pd.Series[str], at: pd.Series[float]) -> pd.Series[str]:
    """Return the values at some positions, missing where there is none."""
    return pd.Series(values.reindex(at).to_numpy(), index=at.index, dtype="str")


class _Keyed(NamedTuple):
    """Values by which companies are found, and the position of the company of each."""

    keys: pd.Series[str]
    at: pd.Series[int]


def _found(own: _Keyed, theirs: _Keyed, count: int) -> pd.Series[float]:
    """Return for each of ``count`` companies the one company that has one of its values."""
    of_key = theirs.at.groupby(theirs.keys).agg(["min", "max"])
    alone = of_key.loc[of_key["min"] == of_key["max"], "min"]
    found = pd.Series(alone.reindex(own.keys).to_numpy(), dtype="float64")
    of_own = found.groupby(own.at).agg(["min", "max"])
    return of_own["min"].where(of_own["min"] == of_own["max"]).reindex(range(count))


def _by_identifiers(own: Companies, theirs: Companies) -> Iterator[pd.Series[float]]:
    for entry in own.rulebook.identifiers:
        both = []
        for side in (own, theirs):
            keys = on_distinct(side.entries(entry.company), entry.key).dropna()
            both.append(_keyed(keys.reset_index(drop=True), keys.index))
        yield _found(both[0], both[1], len(own))


def _by_domain(own: Companies, theirs: Companies) -> pd.Series[float]:
    return _found(_domains(own), _domains(theirs), len(own))


def _domains(companies: Companies) -> _Keyed:
    """Return the registered domains that name an employer."""
    texts, row, *_ = companies.hosts
    hosts = Hosts.of(texts, companies.rulebook.domains)
    return _keyed(as_column(hosts.registered)[hosts.employ], row[hosts.employ])


def _by_name(own: Companies, theirs: Companies) -> pd.Series[float]:
    """Return companies with the same name and legal form, else where one of them states none."""
    whole = _found(_names(own, forms=True), _names(theirs, forms=True), len(own))
    bare = _found(_names(own, forms=False), _names(theirs, forms=False), len(own))
    mine, form = (as_column(side.names.legal_form) for side in (own, theirs))
    other = _taken(form, bare)
    return whole.fillna(bare.where((mine == "") | (other == "") | (mine == other)))


def _names(companies: Companies, *, forms: bool) -> _Keyed:
    names: pa.Array = companies.bare_names
    if forms:
        names = joined(names, SEPARATOR, companies.names.legal_form)
    keys = as_column(names)
    there = pc.is_valid(names).to_numpy(zero_copy_only=False)
    return _keyed(keys[there], keys.index[there])


def _keyed(keys: pd.Series[str], at: object) -> _Keyed:
    return _Keyed(keys.reset_index(drop=True), pd.Series(at, dtype="int64").reset_index(drop=True))
