"""Companies to choose from, with a search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process

from gsprep.schemas.frames import require, text_frame
from gsprep.values.distinct import on_distinct
from gsprep.values.host import host_of, owned_domain
from gsprep.values.multi_value import hosts_in
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from gsprep.review.questions import Question

MOST_FOUND = 12
# Names below this similarity are other names, not typing errors.
_ALIKE_FROM = 75
_LONGEST_QUERY = 200


class Company(NamedTuple):
    """A company of the file; missing cells are empty."""

    gsid: str
    name: str
    domain: str = ""
    phone: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Companies:
    """Companies by Gsid, with their names for searching; ``whole``: the list is complete."""

    by_gsid: Mapping[str, Company]
    whole: bool
    names: Sequence[str] = field(repr=False)
    gsids: Sequence[str] = field(repr=False)
    by_domain: Mapping[str, tuple[str, ...]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.gsids)

    def find(self, text: str, most: int = MOST_FOUND) -> tuple[Company, ...]:
        """Return the companies for a Gsid, a domain, a name or a part of a name.

        Names that contain the text come first, the shorter before the longer, then similar names.
        """
        asked = (tidy(text) or "")[:_LONGEST_QUERY]
        if not asked:
            return ()
        found = dict.fromkeys(self._found(asked, most))
        return tuple(self.by_gsid[gsid] for gsid in list(found)[:most])

    def _found(self, asked: str, most: int) -> Iterator[str]:
        if asked.upper() in self.by_gsid:
            yield asked.upper()
        if asked in self.by_gsid:
            yield asked
        host = host_of(asked)
        if host is not None:
            yield from self.by_domain.get(owned_domain(host), ())
        name = searchable(asked)
        holding = [at for at, other in enumerate(self.names) if name in other]
        yield from (self.gsids[at] for at in sorted(holding, key=lambda at: self._rank(at, name)))
        if len(holding) < most:
            alike = process.extract(
                name, self.names, scorer=fuzz.WRatio, limit=most, score_cutoff=_ALIKE_FROM
            )
            yield from (self.gsids[at] for _, _, at in alike)

    def _rank(self, at: int, name: str) -> tuple[bool, int, str]:
        other = self.names[at]
        return not other.startswith(name), len(other), other


def companies_of(frame: pd.DataFrame) -> Companies:
    """Return the companies of a file: Gsid and Name; Domain, Phone and Country if present.

    Those without Gsid or Name are left out. Raises MissingColumnsError.
    """
    require(frame, ("Gsid", "Name"), of="the list of companies")
    text = text_frame(frame, of="the list of companies").dropna(subset=["Gsid", "Name"])
    columns = [_filled(text, name) for name in ("Gsid", "Name", "Domain", "Phone", "Country")]
    return _gathered([Company(*cells) for cells in zip(*columns, strict=True)], whole=True)


def companies_named(questions: Sequence[Question], decisions: pd.DataFrame | None) -> Companies:
    """Return the companies named in the questions and the decisions of a folder."""
    named = {c.gsid: c.name for question in questions for c in question.candidates}
    if decisions is not None:
        for id_, name in (("Company_ID", "company_name"), ("runner_up_id", "runner_up_name")):
            if {id_, name} <= set(decisions.columns):
                pairs = decisions[[id_, name]].dropna().drop_duplicates()
                named |= dict(zip(pairs[id_].tolist(), pairs[name].tolist(), strict=True))
    return _gathered([Company(*pair) for pair in named.items()], whole=False)


def _gathered(listed: list[Company], *, whole: bool) -> Companies:
    by_gsid = {company.gsid: company for company in listed}
    by_domain: dict[str, list[str]] = {}
    for company in by_gsid.values():
        for domain in domains_of(company):
            by_domain.setdefault(domain, []).append(company.gsid)
    return Companies(
        by_gsid,
        whole,
        [searchable(company.name) for company in by_gsid.values()],
        list(by_gsid),
        {domain: tuple(gsids) for domain, gsids in by_domain.items()},
    )


def domains_of(company: Company) -> tuple[str, ...]:
    """Return the registered domains that a company lists.

    >>> domains_of(Company("1", "Acme", "www.acme.com; shop.acme.de"))
    ('acme.com', 'acme.de')
    """
    return tuple(dict.fromkeys(map(owned_domain, hosts_in(company.domain).entries)))


def _filled(text: pd.DataFrame, name: str) -> list[str]:
    if name not in text.columns:
        return [""] * len(text)
    shown = on_distinct(text[name], tidy) if name == "Gsid" else text[name]
    return [cell if isinstance(cell, str) else "" for cell in shown.tolist()]
