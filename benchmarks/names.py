"""Quality of matching by name or domain alone, on published data.

    python benchmarks/names.py DATA_FOLDER

DATA_FOLDER holds company_names/fd_master.csv and fd_queries.csv, company_names/
os_name_bench_cases.csv and domains/datenanfragen_companies.csv; benchmarks/README.md names their
sources. The shipped weights were fitted on those names and on half of those domains. So names are
scored with weights that were fitted without them, and domains on the other half. It prints the best
F1 over all thresholds, the share of the answerable decided correctly while 98 and 99 % are right,
and the expected calibration error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scoring import (
    Guessed,
    best_candidates,
    best_f1,
    calibration_error,
    coverage_at,
    held_against,
    precision_from,
)
from train import cases, fitted, mail_domains, stated_names

from gsprep import prepare, read_rulebook, unify
from gsprep.schemas.frames import text_frame
from gsprep.unification.keys import People
from gsprep.unification.registry import look_up
from gsprep.unification.score import pairs_of_people, propose

if TYPE_CHECKING:
    from train import Fitted

    from gsprep.unification.rulebook import Rulebook

_FOLDS, _SEED = 5, 1
_ORGANISATIONS = ("Company", "LegalEntity", "Organization")


def main(folder: Path) -> None:
    """Print one line for each set of data."""
    print(f"{'':<44}{'F1':>8}{'R@P98':>8}{'R@P99':>8}{'ECE':>8}")
    queries = _read(folder / "company_names" / "fd_queries.csv")
    master = _read(folder / "company_names" / "fd_master.csv")
    print(f"right company among the candidates of fund names: {_recall(queries, master):.4f}")
    unseen = _without_names()
    _report("fund names, weights of invented people", _by_rulebook(queries, master, unseen))
    _report("fund names, fitted on the other folds", _cross_validated(folder, queries, unseen))
    pairs = _read(folder / "company_names" / "os_name_bench_cases.csv")
    guessed = _name_bench(pairs)
    _report("name bench, organisations", guessed)
    precision, recall = precision_from(guessed, 0.5)
    even = 2 * precision * recall / (precision + recall)
    print(
        f"    from probability .5 on: precision {precision:.3f}, recall {recall:.3f}, F1 {even:.3f}"
    )
    _report("domain to organisation, all", _domains(folder, shared=True))
    _report("domain to organisation, domains of one", _domains(folder, shared=False))


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])


def _report(name: str, guessed: Guessed) -> None:
    figures = (
        best_f1(guessed),
        coverage_at(guessed, 0.98),
        coverage_at(guessed, 0.99),
        calibration_error(guessed),
    )
    print(f"{name:<44}" + "".join(f"{figure:8.4f}" for figure in figures), flush=True)


def _people_of(queries: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    row_id = pd.Series(np.arange(len(queries)).astype(str), dtype="str")
    people = pd.DataFrame({"row_id": row_id, "CompanyName": queries["query_name"]})
    return people, pd.DataFrame({"row_id": row_id, "Company_ID": queries["expected_company_id"]})


def _names_of(master: pd.DataFrame) -> pd.DataFrame:
    return master.rename(columns={"company_id": "Gsid", "name": "Name"})[["Gsid", "Name"]]


def _recall(queries: pd.DataFrame, master: pd.DataFrame) -> float:
    """Return the share of queries with a company whose candidates include it."""
    index = prepare(_names_of(master))
    people, truth = _people_of(queries)
    values = look_up(People(text_frame(people), index.rulebook), index)
    pairs = pairs_of_people(values, propose(values, index), index)
    right = truth["Company_ID"].map({gsid: at for at, gsid in enumerate(index.gsids)})
    found = pd.Series(pairs.company == right.to_numpy()[pairs.left]).groupby(pairs.left).any()
    share: float = found.reindex(right.index[right.notna()], fill_value=False).mean()
    return share


def _without_names() -> Rulebook:
    """Return the shipped rulebook with weights fitted on invented people only."""
    shipped = read_rulebook()
    return with_weights(shipped, fitted(list(cases(None)), shipped))


def with_weights(book: Rulebook, found: Fitted) -> Rulebook:
    """Return the rulebook with other weights and interactions."""
    model = {name: found.weights[name] for name in book.model}
    weighed: Rulebook = book.model_copy(
        update={
            "intercept": found.weights["intercept"],
            "model": model,
            "interactions": found.interactions,
        }
    )
    return weighed


def _by_rulebook(queries: pd.DataFrame, master: pd.DataFrame, book: Rulebook) -> Guessed:
    """Score every query, names only."""
    people, truth = _people_of(queries)
    return held_against(best_candidates(unify(people, prepare(_names_of(master), book))), truth)


def _cross_validated(folder: Path, queries: pd.DataFrame, book: Rulebook) -> Guessed:
    """Score each fold with weights fitted on the others; a company is in one fold only."""
    case = stated_names(folder)
    people, truth = _people_of(queries)
    # As `gsprep fit` writes it: nothing is taken from weights that were fitted to answers.
    learned = book.decide.model_copy(update={"like_strangers": False})
    entities, _ = queries["company_id"].factorize()
    draw = np.random.default_rng(_SEED).permutation(entities.max() + 1) % _FOLDS
    fold = draw[entities]
    guesses = []
    for one in range(_FOLDS):
        others = case._replace(
            persons=case.persons[fold != one], truth=case.truth[fold != one], counts=1.0
        )
        own = with_weights(book, fitted([others], book))
        index = prepare(case.companies, own.model_copy(update={"decide": learned}))
        guesses.append(best_candidates(unify(people[fold == one], index)))
    return held_against(pd.concat(guesses, ignore_index=True), truth)


def _name_bench(pairs: pd.DataFrame) -> Guessed:
    """Score each pair alone: one person who states name1, and a list with name2 only.

    The question is whether both names are the same company, without a list: other names would
    compete with them and show which words are rare. A pair that is not a candidate is no match.
    Precision and recall count pairs.
    """
    asked = pairs[pairs["schema"].isin(_ORGANISATIONS)].reset_index(drop=True)
    people = pd.DataFrame(
        {"row_id": asked.index.astype("str"), "CompanyName": asked["name1"].astype("str")}
    )
    parts = []
    for name, lines in asked.groupby("name2").groups.items():
        index = prepare(pd.DataFrame({"Gsid": ["it"], "Name": [name]}))
        parts.append(best_candidates(unify(people.loc[lines], index)))
    same = asked["is_match"].eq("true")
    truth = pd.DataFrame(
        {"row_id": people["row_id"], "Company_ID": pd.Series("it", asked.index).where(same)}
    )
    return held_against(pd.concat(parts, ignore_index=True), truth)


def _domains(folder: Path, *, shared: bool) -> Guessed:
    """Find the organisation of each address by the domain alone, in the half not fitted on.

    The list has the name and the web domain of every organisation; the address has its mail domain.
    Without ``shared``, addresses at which several of the organisations receive mail are left out:
    17 schools get theirs from one town, 120 parishes from one church, so an address cannot
    distinguish them.
    """
    case = mail_domains(folder, used=False)
    if not shared:
        listed = _read(folder / "domains" / "datenanfragen_companies.csv")["email_domain"]
        of_one = ~case.persons["Email"].str.partition("@")[2].isin(listed[listed.duplicated()])
        case = case._replace(persons=case.persons[of_one], truth=case.truth[of_one])
    row_id = pd.Series(np.arange(len(case.persons)).astype(str), dtype="str")
    truth = pd.DataFrame({"row_id": row_id, "Company_ID": case.truth.to_numpy()})
    people = case.persons.reset_index(drop=True).assign(row_id=row_id)
    return held_against(best_candidates(unify(people, prepare(case.companies))), truth)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
