"""E-mail domain and stated employer together: who is at another company's domain."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.unify import unify

NAMES = ("domain_of_employer", "domain_is_employer", "employer_beyond_domain", "domain_of_part")
OF_EMPLOYER = {"domain_of_employer", "domain_is_employer"}
LOOKED_AT = (
    "same_domain", "shared_domain", "words_added", "words_missing", "first_word", "spelled_alike",
    "initials",
)  # fmt: skip
LISTED = pd.DataFrame({
    "Gsid": ["A", "B", "C"],
    "Name": ["Costear AB", "Alphabet Inc", "Costear Marine Ltd"],
    "Domain": ["costear.se;costear-paper.se", "google.com", None],
}).astype("str")  # fmt: skip
# Everybody is a candidate of every company, whatever they have in common.
UNIT = Rulebook(intercept=0.0, model=dict.fromkeys((*LOOKED_AT, *NAMES), 1.0))
INDEX = prepare(LISTED, UNIT)


def held(email: str | None, employer: str | None, company: str) -> set[str]:
    people = pd.DataFrame({"Email": [email], "CompanyName": [employer]}, dtype="str")
    lines = unify(people, INDEX).evidence.set_index("Company_ID")
    if company not in lines.index:
        return set()
    return {name for name in NAMES if lines.loc[company, name] > 0}


@pytest.mark.parametrize(
    ("email", "employer", "company", "holds"),
    [
        pytest.param("a@costearsteel.com", "Costear Steel AB", "A", OF_EMPLOYER, id="another name"),
        pytest.param("a@costearpaper.com", "Costear Paper AB", "A", set(), id="another ending"),
        pytest.param("a@costearpaper.com", "Costear Paper", "C", OF_EMPLOYER, id="a relative"),
        pytest.param(
            "a@torvald.se", "Costear Torvald", "A", {"domain_of_employer"}, id="a later word"
        ),
        pytest.param(
            "a@nytorvald.no", "Costear Ny Torvald", "A", {"domain_of_employer"}, id="later words"
        ),
        pytest.param("a@torvalds.se", "Costear Torvald", "A", set(), id="no whole word"),
        pytest.param("a@marine.com", "Costear Marine", "C", set(), id="a word of its name"),
        pytest.param("a@costearmarine.com", "Costear Marine", "C", set(), id="its own name"),
        pytest.param("a@gmail.com", "Costear Paper", "A", set(), id="a private address"),
        pytest.param("a@costear.se", "Zumbador Steel", "A", set(), id="a guest"),
        pytest.param(
            "a@costear.se", "Costear Zumbador", "A", {"employer_beyond_domain"}, id="its relative"
        ),
        pytest.param(
            "a@eu.costear.se", "Nova Costear", "A", {"employer_beyond_domain"}, id="words before"
        ),
        pytest.param("a@costear.se", "Costear of Germany, Sales", "A", set(), id="its part"),
        pytest.param("a@costear.se", "Costears Zumbador", "A", set(), id="another beginning"),
        pytest.param("a@costear.se", "Costear Marine", "A", set(), id="a listed relative"),
        pytest.param("a@costear.se", "Costear Marine Nord", "C", set(), id="not its domain"),
        pytest.param("a@costear.se", None, "A", set(), id="no employer stated"),
        pytest.param("a@costear.se", "Costear", "A", set(), id="its people"),
        pytest.param("a@costear-paper.se", "Costear Paper", "A", {"domain_of_part"}, id="its part"),
        pytest.param(
            "a@costear-paper.se", "Costear Paper Mill", "A", {"employer_beyond_domain"}, id="more"
        ),
        pytest.param("a@costear-paper.se", "Costear Paper", "C", set(), id="a part of another"),
        pytest.param("a@google.com", "Google", "B", {"domain_of_part"}, id="a brand"),
        pytest.param("a@google.com", "Zumbador Steel", "B", set(), id="no brand"),
        pytest.param(None, "Costear Paper", "A", set(), id="no address"),
    ],
)
def test_domain_and_employer(
    email: str | None, employer: str | None, company: str, holds: set[str]
) -> None:
    assert held(email, employer, company) == holds


@pytest.mark.parametrize("filling", ["(", " ", "x", "1 a", ". ", "- ", "GmbH ", "株"])
def test_a_cell_as_long_as_a_book_is_decided_like_any_other(filling: str) -> None:
    """What takes time with the square of a cell's length would take hours here."""
    cell = "Acme " + filling * (200_000 // len(filling)) + " ("
    people = pd.DataFrame({"Email": ["ana@acme.com", "bo@zeta.io"], "CompanyName": [cell, "Zeta"]})
    companies = pd.DataFrame({"Gsid": ["A", "Z"], "Name": ["Acme Inc", "Zeta"]})
    both = unify(people, companies).decisions
    assert both["verdict"].tolist()[1] == "match"
    alone = unify(people[:1].assign(row_id="1"), companies).decisions
    pd.testing.assert_frame_equal(alone, both[:1])
