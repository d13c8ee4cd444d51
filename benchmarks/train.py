"""Weights of rules/default.yaml and rules/interactions.yaml, fitted from a seed.

    python benchmarks/train.py [DATA] [--write] [--held-out FILE]

The same data gives the same weights. interactions.py chooses which comparisons count more or less
together. People of invented companies are always used: those of one long list with harsh noise, and
of short and long lists whose noise differs from list to list; each of the latter also with the
columns of one kind of evidence only. No list of second_generator.py is used. DATA is a folder with
more; each part is used if it exists: company_names/fd_master.csv (a quarter of its companies, with
invented people), company_names/fd_queries.csv (names as exchanges write them) and
domains/datenanfragen_companies.csv (half of the organisations, by their e-mail domain). The
companies that are not used for fitting can be written to FILE, for measuring. Without --write the
weights are only printed.

A weight keeps the sign that it has in the rulebook: evidence for a company never becomes evidence
against it. Weights for which there is no data here (your own domain, known people) do not change.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from interactions import Weighed, fit_with_interactions
from workload import Workload, made

from gsprep.schemas.frames import text_frame
from gsprep.unification.keys import People
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import SIMILAR_NAMES, look_up
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.score import pairs_of_people, propose, score
from gsprep.unification.tuning.logit import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RULES = Path(__file__).parents[1] / "rules" / "default.yaml"
TOGETHER = RULES.with_name("interactions.yaml")
# Weights that stay as they are: whoever has nothing in common with a company is not to be reviewed,
# and likely relatives, and parts of a company at its domain, are to be. No data shows how often
# numbers of neighbours, and numbers, countries and public bodies in names, collide, or has parts of
# domains, domains of parts of companies, customers at a provider's domain, owners of several
# domains, countries spelled alike, or enough second addresses at unlisted domains.
HELD = frozenset({
    "intercept", "domain_of_employer", "related_domain", "provider_domain", "same_owner",
    "other_word", "other_number", "same_switchboard", "other_email_like_name", "domain_of_part",
    "other_country_in_name", "other_public_body", "employer_beyond_domain",
})  # fmt: skip
_SAME = "same_name"
# Real names and domains are few compared with invented people, so they count this much more.
# Domains are even fewer, and no invented people have nothing else.
REAL, REAL_DOMAINS = 20.0, 40.0
STRENGTH, HELD_STRENGTH = 0.3, 1e9
_LEAST = 0.01
PEOPLE, COMPANIES = 10_000, 8_000
# Lists whose noise is drawn for each, how many people they have, and how many companies.
LISTS, PEOPLE_OF_LIST, SHORTEST, LONGEST = 16, 2_500, 300, 30_000


# What people and companies have in lists without other kinds of evidence.
KINDS = {
    "names": (("CompanyName",), ()),
    "names and countries": (("CompanyName", "Country"), ("Country",)),
    "domains": (("Email",), ("Domain",)),
    "names and numbers": (("CompanyName", "Phone"), ("Phone",)),
    "names and domains": (("CompanyName", "Email"), ("Domain",)),
}

# Of these, the ones that weights are fitted on. Who has nothing but a domain is learned from the
# e-mail domains of organisations: guests cannot be told there, and invented lists have many.
LEARNT = [kind for kind in KINDS if kind != "domains"]


class Case(NamedTuple):
    """People with their true companies, and the weight of each person."""

    persons: pd.DataFrame
    companies: pd.DataFrame
    truth: pd.Series[str]
    counts: float

    def only(self, kind: str) -> Case:
        """Return the case with only the columns of ``KINDS``."""
        of_people, of_companies = KINDS[kind]
        return self._replace(
            persons=self.persons[list(of_people)],
            companies=self.companies[["Gsid", "Name", *of_companies]],
        )


class Fitted(NamedTuple):
    """Weights of the intercept and the comparisons, and of two comparisons together."""

    weights: dict[str, float]
    interactions: dict[str, dict[str, float]]


def main(argv: Sequence[str] | None = None) -> None:
    """Fit and print the weights, and write them with --write."""
    parser = argparse.ArgumentParser(description="Fit the weights of rules/default.yaml.")
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true", help="write them to rules/")
    parser.add_argument("--held-out", type=Path, help="write the companies not fitted on here")
    options = parser.parse_args(argv)
    book = read_rulebook(RULES)
    weights, interactions = fitted(list(cases(options.data)), book)
    for name, weight in weights.items():
        print(f"{name:<24}{weight:8.2f}")
    together = together_text(interactions)
    print(together)
    if options.write:
        RULES.write_text(rewritten(RULES.read_text(encoding="utf-8"), weights), encoding="utf-8")
        TOGETHER.write_text(together, encoding="utf-8")
    if options.held_out:
        _companies(options.data, used=False).to_csv(options.held_out, index=False)


def cases(data: Path | None) -> Iterator[Case]:
    """Yield the data to fit on."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _invented(Path(folder) / "invented", None)
        if data and (data / "company_names" / "fd_master.csv").exists():
            used = Path(folder) / "companies.csv"
            _companies(data, used=True).to_csv(used, index=False)
            yield from _invented(Path(folder) / "listed", used)
    if data and (data / "company_names" / "fd_queries.csv").exists():
        yield stated_names(data)
    if data and (data / "domains" / "datenanfragen_companies.csv").exists():
        yield mail_domains(data, used=True)


def _invented(folder: Path, companies_from: Path | None) -> Iterator[Case]:
    """Yield people of one list with harsh noise, and of lists with noise of their own."""
    harsh = Workload(people=PEOPLE, companies=COMPANIES, seed=303, companies_from=companies_from)
    yield _case(harsh, folder / "harsh")
    for at, companies in enumerate(np.geomspace(SHORTEST, LONGEST, LISTS).astype(int).tolist()):
        varied = replace(
            harsh, people=PEOPLE_OF_LIST, companies=companies, seed=304 + at, varied=True
        )
        case = _case(varied, folder / str(at))
        yield case
        yield case.only(LEARNT[at % len(LEARNT)])


def _case(work: Workload, folder: Path) -> Case:
    made(work, folder)
    persons = pd.read_parquet(folder / "people.parquet")
    truth = pd.read_csv(folder / "truth.csv", dtype="str").set_index("row_id")["Company_ID"]
    companies = pd.read_parquet(folder / "companies.parquet")
    return Case(persons, companies, truth.loc[persons["row_id"]], 1.0)


def used_to_fit(name: str, share: int) -> bool:
    """Return whether a company is one of those fitted on: one in ``share``, by its name."""
    return zlib.crc32(name.encode()) % share == 0


def _companies(data: Path, *, used: bool) -> pd.DataFrame:
    listed = _table(data / "company_names" / "fd_master.csv")
    return listed[[used_to_fit(name, 4) is used for name in listed["name"]]]


def stated_names(data: Path) -> Case:
    """Return names as exchanges write them, each with its company."""
    companies = _table(data / "company_names" / "fd_master.csv")
    names = _table(data / "company_names" / "fd_queries.csv")
    return Case(
        pd.DataFrame({"CompanyName": names["query_name"]}),
        pd.DataFrame({"Gsid": companies["company_id"], "Name": companies["name"]}),
        names["expected_company_id"].replace("", None),
        REAL,
    )


def mail_domains(data: Path, *, used: bool) -> Case:
    """Return the e-mail domains of half of the organisations, each with its organisation."""
    listed = _table(data / "domains" / "datenanfragen_companies.csv")
    mine = listed[listed["email_domain"] != ""]
    mine = mine[[used_to_fit(slug, 2) is used for slug in mine["slug"]]]
    return Case(
        pd.DataFrame({"Email": "someone@" + mine["email_domain"]}),
        pd.DataFrame(
            {"Gsid": listed["slug"], "Name": listed["name"], "Domain": listed["web_domain"]}
        ),
        mine["slug"],
        REAL_DOMAINS,
    )


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def fitted(learnt_from: Sequence[Case], book: Rulebook) -> Fitted:
    """Return the intercept, the weights and the interactions, fitted together on every case."""
    names = list(book.model)
    labelled = nested(joined([labelled_pairs(case, names) for case in learnt_from]), names)
    spoken = np.append(True, labelled.features[1:].any(axis=1))
    prior = np.array([book.intercept, *book.model.values()])
    held = np.array([name in HELD for name in ["intercept", *names]]) | ~spoken
    # One step away from zero, with the sign of the weight in the rulebook.
    start = np.where(held, prior, np.sign(prior))
    strength = np.where(held, HELD_STRENGTH, STRENGTH)
    found = fit_with_interactions(labelled, start, strength, held)
    # Never 0: the next fit takes the sign from the rulebook, and an interaction the degree.
    rounded = np.copysign(np.maximum(np.round(np.abs(found.weights), 2), _LEAST), start)
    products = {pair: round(weight, 2) for pair, weight in found.products.items()}
    weights, products = apart(Weighed(rounded, products), names)
    interactions: dict[str, dict[str, float]] = {}
    for (first, second), weight in sorted(products.items()):
        if round(weight, 2):
            interactions.setdefault(names[first - 1], {})[names[second - 1]] = round(weight, 2)
    return Fitted(
        dict(zip(["intercept", *names], np.round(weights, 2).tolist(), strict=True)), interactions
    )


def nested(labelled: Labelled, names: Sequence[str]) -> Labelled:
    """Return candidates for which whatever holds for a similar name holds for the same one, too.

    So the same name never counts less than a similar one: it adds to what that counts.
    """
    features = labelled.features.copy()
    same = features[1 + names.index(_SAME)] > 0
    for name in SIMILAR_NAMES:
        features[1 + names.index(name), same] = 1
    return replace(labelled, features=features)


def apart(nested: Weighed, names: Sequence[str]) -> Weighed:
    """Return weights for candidates that are not nested: the same name has all of its own."""
    same, similar = 1 + names.index(_SAME), {1 + names.index(name) for name in SIMILAR_NAMES}
    weights, products = nested.weights.copy(), dict[tuple[int, int], float]()
    weights[same] += sum(weights[at] for at in similar)
    for (first, second), weight in nested.products.items():
        both = {first, second}
        if both <= similar | {same}:
            weights[same] += weight
        if same not in both or not both & similar:
            products[first, second] = products.get((first, second), 0.0) + weight
        if len(both & similar) == 1 and same not in both:
            (other,) = both - similar
            pair = (min(same, other), max(same, other))
            products[pair] = products.get(pair, 0.0) + weight
    return Weighed(weights, products)


def labelled_pairs(case: Case, names: Sequence[str]) -> Labelled:
    """Return how far each comparison holds for each candidate, the intercept first."""
    unit = Rulebook(intercept=0.0, model=dict.fromkeys(names, 1.0))
    index = prepare(case.companies, unit)
    values = look_up(People(text_frame(case.persons), unit), index)
    scored = score(pairs_of_people(values, propose(values, index), index), values, index)
    features = np.empty((len(names) + 1, len(scored.person)), dtype=np.float32)
    features[0] = 1
    for at, name in enumerate(names, start=1):
        features[at] = scored.weights[name]
    right = case.truth.to_numpy(dtype=object)[scored.person] == index.gsids[scored.company]
    return Labelled(
        features, scored.person, right, np.full(len(scored.person), case.counts, np.float32)
    )


def joined(parts: Sequence[Labelled]) -> Labelled:
    """Return the people of all parts as one list."""
    begins = np.cumsum([0, *(part.person.max(initial=-1) + 1 for part in parts[:-1])])
    return Labelled(
        np.concatenate([part.features for part in parts], axis=1),
        np.concatenate([part.person + at for part, at in zip(parts, begins, strict=True)]),
        np.concatenate([part.chosen for part in parts]),
        np.concatenate([part.people for part in parts if part.people is not None]),
    )


def rewritten(text: str, weights: dict[str, float]) -> str:
    """Return the rulebook's text with other numbers and unchanged comments and columns."""

    def in_place(found: re.Match[str]) -> str:
        number = f"{weights[found['name']]:.2f}"
        width = len(found["number"]) + len(found["blanks"]) - 1
        return found["before"] + (f"{number:<{width}} " if found["blanks"] else number)

    names = "|".join(map(re.escape, weights))
    line = rf"^(?P<before> *(?P<name>{names}): )(?P<number>-?[0-9.]+)(?P<blanks> *)"
    return re.sub(line, in_place, text, flags=re.MULTILINE)


_PROVENANCE = """\
# Log-odds that two comparisons add, or take away, when both hold fully; less if they hold in part.
# They are part of a rulebook with `interactions: default`. Without that line each comparison counts
# for itself alone. The weights of default.yaml were fitted together with them.
#
# Chosen and fitted by benchmarks/train.py on {today} (seeded; numpy {numpy}), on the data that
# default.yaml names.
"""


def together_text(interactions: dict[str, dict[str, float]]) -> str:
    """Return interactions.yaml: its provenance and the interactions."""
    today = datetime.now(UTC).date().isoformat()
    lines = [_PROVENANCE.format(today=today, numpy=np.__version__)]
    for first, others in interactions.items():
        lines.append(f"{first}:\n")
        lines += [f"  {second}: {weight:.2f}\n" for second, weight in others.items()]
    return "".join(lines)


if __name__ == "__main__":
    main()
