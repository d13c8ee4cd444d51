"""Preparation of companies: missing Gsids, frame to index, and the indexes that commands keep."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gsprep import __version__
from gsprep.display import few, heading, plural
from gsprep.errors import InputError, MissingColumnsError
from gsprep.mapping.columns import advice_on, advise
from gsprep.schemas.fields import COMPANY
from gsprep.schemas.frames import LINE, ROW_ID, text_frame
from gsprep.shipped import shipped
from gsprep.unification.answers import NO_ANSWERS, read_answers
from gsprep.unification.features.country import COUNTRY
from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.name import NAME
from gsprep.unification.features.phone import PHONE
from gsprep.unification.index import CompanyIndex, hash_of_frame
from gsprep.unification.keys import Companies, Hosts
from gsprep.unification.known import read_known
from gsprep.unification.pairs import MISSING
from gsprep.unification.promise import columns_compared, promising
from gsprep.unification.registry import index_parts
from gsprep.unification.rulebook import Rulebook, given_rulebook
from gsprep.values.arrow import as_arrow, as_column, joined
from gsprep.values.company_name import SEPARATOR
from gsprep.values.distinct import on_distinct
from gsprep.values.ids import are_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from gsprep.schemas.frames import Frame

_LIST = "the list of companies"
_GET_GSIDS = (
    "`gsprep companies --to TENANT` downloads the companies with their Gsids; `gsprep run` with "
    "--to and without --dry-run finds the Gsids of this list in the tenant, by identifier, domain "
    "or name."
)


def prepare(
    companies: Frame,
    rulebook: Rulebook | None = None,
    *,
    known: Frame | None = None,
    answers: pd.DataFrame | None = None,
) -> CompanyIndex:
    """Return the index of a company frame, to match several lists of people with one preparation.

    Args:
        companies: needs Gsid (unique) and Name; Domain and Phone (several by ``;``) and Country are
            used if there. The rulebook can name other columns.
        rulebook: how companies are matched; None is the shipped default.
        known: people already linked (Email, Company_ID, IsPrimaryCompany) or the result of
            ``propose_known``: further evidence.
        answers: the answers of reviewers, which win over any rule or score: columns kind, value,
            Company_ID, answer. Those about companies that are not in the frame are left out and
            counted in ``notes``.

    Returns:
        The index; it can be given in place of ``companies`` everywhere.

    Raises:
        InputError: for a company without Gsid or Name and for a repeated Gsid (a run removes such
            rows with ``usable_companies`` first), and for known lines and answers that cannot be
            used.

    Examples:
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> gsprep.prepare(companies)
        CompanyIndex(companies=1, domains=1)
    """
    usable, unusable = usable_companies(companies)
    if len(unusable):
        first, given = unusable.iloc[0], len(usable) + len(unusable)
        raise InputError(
            f"{len(unusable)} of {given} companies cannot be used, the first in row_id "
            f"{first['row_id']}: {first['reason']}. Fix or drop these rows"
        )
    book = given_rulebook(rulebook)
    advise_on_companies(usable, book)
    lines = None if known is None else text_frame(known, of="the known frame")
    return prepare_text(usable, book, known=lines, answers=answers)


def usable_companies(companies: Frame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a company frame into those that can be matched, and the others with a ``reason``.

    A company needs a Gsid that no other row has, and a Name. Raises MissingColumnsError.
    """
    return usable_of(text_frame(companies, of=_LIST))


def usable_of(text: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a text frame of companies as ``usable_companies`` does."""
    missing = [name for name in ("Gsid", "Name") if name not in text]
    if missing:
        found = [heading(name) for name in text if name not in {ROW_ID, LINE}]
        failure = MissingColumnsError(missing, of=_LIST, found=found, cure=_GET_GSIDS)
        advice = advice_on(list(text.columns), COMPANY, {*missing, "Domain", "Phone", "Country"})
        raise failure if advice is None else failure.with_advice(advice)
    reasons = np.select(
        [text["Gsid"].isna(), text["Name"].isna(), text["Gsid"].duplicated(keep="first")],
        ["it has no Gsid", "it has no Name", "its Gsid is in an earlier row"],
        default="",
    )
    bad = reasons != ""
    return text[~bad], text[bad].assign(reason=reasons[bad])


def advise_on_companies(companies: pd.DataFrame, book: Rulebook) -> None:
    """Log a warning of columns of companies that would be compared under another name."""
    advise(list(companies.columns), COMPANY, step=_LIST, used={"Name", *book.company_columns})


def prepare_text(
    companies: pd.DataFrame,
    book: Rulebook,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
    columns: Iterable[str] | None = None,
) -> CompanyIndex:
    """Return the index of usable companies; they and ``known`` are text frames.

    ``columns`` are those of the people who will be matched; None if they are not known yet.

    Raises InputError if the rulebook has nothing by which companies are found.
    """
    if not (book.model or book.deciding_rules):
        raise InputError(
            "this rulebook compares people with one another and finds no company: give it to "
            "find_duplicates or `gsprep duplicates`, or add `model: default` to it"
        )
    frame = companies.sort_values("Gsid", kind="stable", ignore_index=True)
    listed = Companies(frame, book)
    index = CompanyIndex(
        rulebook=book,
        gsids=frame["Gsid"].to_numpy(dtype=object),
        names=frame["Name"].to_numpy(dtype=object),
        parts=index_parts(listed),
        unread=_unread(listed),
        source=hash_of_frame(companies),
    )
    said = NO_ANSWERS if answers is None else read_answers(answers, index.gsids.tolist())
    described = replace(index, counts=_counts(index), capped=_capped(index), answers=said)
    return with_known(promising(described, listed, columns), known)


def with_known(index: CompanyIndex, known: pd.DataFrame | None) -> CompanyIndex:
    """Return the index with other known people, a text frame; InputError for unusable lines."""
    return replace(index, known=read_known(known, index.gsids, index.rulebook))


def _counts(index: CompanyIndex) -> dict[str, int]:
    domains = index.part(DOMAIN)
    return {
        "companies": len(index),
        "domains": len(domains.hosts.places),
        "that list a domain": int(domains.lists.sum()),
        "with a country": int((index.part(COUNTRY).codes != MISSING).sum()),
    }


def _unread(companies: Companies) -> tuple[str, ...]:
    """Return a sentence about the cells of each column that could not be read."""
    columns = companies.rulebook.columns
    cells = {
        (columns.company_domain, "write domains as acme.com"): companies.domain_cells,
        (
            columns.company_phone,
            "a number needs its country code, or the company's country, or region in the rulebook",
        ): companies.phone_cells,
    }
    unread = {
        (f"a {heading(name)} that could not be read, or not all of it", cure): found.unread
        for (name, cure), found in cells.items()
    }
    cure = "associations with it are rejected; a GSID has 36 capital letters and digits"
    unread["a Gsid that is no GSID", cure] = np.flatnonzero(
        ~are_ids(as_arrow(companies.text["Gsid"]))
    )
    rows = companies.text[ROW_ID]

    def places(unread: np.ndarray) -> str:
        # Companies are in the order of their Gsids; these are in that of the file.
        texts: list[str] = sorted(map(str, rows.take(unread)))
        in_order: list[str] = sorted(texts, key=len)
        return few("row_id", in_order)

    return tuple(
        f"{count} {plural(count, 'company has', 'companies have')} {what} ({places(at)}): {cure}"
        for (what, cure), at in unread.items()
        if (count := len(at))
    )


def _capped(index: CompanyIndex) -> tuple[str, ...]:
    """Return a sentence about values that too many companies share to propose any of them."""
    largest = index.rulebook.largest_block
    shared = {
        "domains": index.part(DOMAIN).registered,
        "telephone numbers": index.part(PHONE).numbers,
        "names": index.part(NAME).names,
    }
    capped = [
        f"{count} {kind}"
        for kind, values in shared.items()
        if (count := values.count_over(largest))
    ]
    if not capped:
        return ()
    sentence = (
        f"more than {largest} companies share {', '.join(capped)}: these alone make none of "
        "them a candidate (largest_block in the rulebook)"
    )
    return (sentence,)


_ENDING = ".index"
# A shorter list is prepared before its file is found: no line is simulated from it.
_SHORTEST = 30
# What is kept is of use for the lists that someone works with at present.
_MOST_FILES, _MOST_BYTES = 20, 1_000_000_000


def kept_index(  # noqa: PLR0913  each of them says what is in the index
    companies: pd.DataFrame,
    book: Rulebook,
    folder: Path | None,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
    columns: Iterable[str] | None = None,
) -> CompanyIndex:
    """Return the index as ``prepare_text`` does, from a file in ``folder`` if it is there.

    The folder has the indexes that were used last, named by hashes of the list and the rulebook.
    They hold companies only: no known people, no answers. ``columns`` are those of the people who
    will be matched. None keeps none, nor does a folder that
    cannot be written to. Raises InputError as ``prepare_text`` does.
    """
    if folder is None or len(companies) < _SHORTEST:
        return prepare_text(companies, book, known=known, answers=answers, columns=columns)
    path = folder / f"{_name_of(companies, book, columns)}{_ENDING}"
    index = _loaded(path, book)
    if index is None:
        index = prepare_text(companies, book, columns=columns)
        with suppress(OSError, InputError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            index.save(path)
            index = replace(index, kept=path)
            _remove_oldest(folder)
    if answers is not None:
        index = replace(index, answers=read_answers(answers, index.gsids.tolist()))
    return with_known(index, known)


def _loaded(path: Path, book: Rulebook) -> CompanyIndex | None:
    with suppress(OSError, InputError):
        index = CompanyIndex.load(path, book)
        os.utime(path)
        return replace(index, kept=path)
    return None


def remove_kept(folder: Path, before: float | None = None) -> int:
    """Remove the indexes of a folder, or those last used before a moment; return how many."""
    removed = 0
    for path in list(folder.glob(f"*{_ENDING}")):
        with suppress(OSError):
            if before is None or path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _name_of(companies: pd.DataFrame, book: Rulebook, columns: Iterable[str] | None) -> str:
    whole = blake2b(hash_of_frame(companies).encode(), digest_size=16)
    whole.update(repr(book.model_dump()).encode())
    whole.update(repr(columns_compared(book, columns)).encode())
    whole.update(_this_gsprep().encode())
    return whole.hexdigest()


@cache
def _this_gsprep() -> str:
    """Return what tells this gsprep from one that may prepare companies in another way."""
    package = Path(__file__).resolve().parent.parent
    files = (*package.rglob("*.py"), *shipped("rules").rglob("*"))
    told = ((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(files))
    return f"{__version__} {list(told)}"


def _remove_oldest(folder: Path) -> None:
    """Remove the files that were used longest ago, beyond a number and a size of all."""
    sizes = {path: path.stat() for path in folder.glob(f"*{_ENDING}")}
    newest = sorted(sizes, key=lambda path: sizes[path].st_mtime, reverse=True)
    whole = 0
    for number, path in enumerate(newest, 1):
        whole += sizes[path].st_size
        if number > 1 and (number > _MOST_FILES or whole > _MOST_BYTES):
            path.unlink(missing_ok=True)


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
