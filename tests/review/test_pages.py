"""Content of the pages: facts with the marks of the evidence, and its bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml

from gsprep.report.files import review_rows
from gsprep.review.pages import compared, marked, waterfalls
from gsprep.review.questions import FACTS, Candidate, Term, Wording, mark_of, questions_of
from gsprep.review.session import companies_of
from gsprep.shipped import shipped
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import parse_rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.review.session import Session


TWO = pd.DataFrame(
    {
        "Gsid": ["C1", "C2"],
        "Name": ["Acme", "Acme GmbH"],
        "Domain": ["acme.com", "acme.com"],
        "Phone": ["+1 415 555 2671", "+1 415 555 2672"],
        "Country": ["US", "Germany"],
    }
)


def marks(cells: Mapping[str, str], **domains: object) -> dict[str, list[str]]:
    """Return the marks of both companies for a person matched by the default rulebook."""
    book = yaml.safe_load(shipped("rules", "default.yaml").read_text(encoding="utf-8"))
    person = pd.DataFrame({"row_id": ["1"], **{name: [cell] for name, cell in cells.items()}})
    careful = {"decide": book["decide"] | {"precision": 0.999999}}
    found = unify(
        person, TWO, parse_rulebook(book | {"domains": domains, "region": "US"} | careful)
    )
    assert found.decisions["verdict"].tolist() == ["review"]
    review = review_rows(person, found)
    (question,) = questions_of(review, Wording({}, ()), evidence=found.evidence)
    by_gsid = sorted(range(2), key=lambda at: question.candidates[at].gsid)
    return {
        row.label: [row.candidates[at].mark for at in by_gsid]
        for row in compared(question, companies_of(TWO))
    }


def test_a_domain_that_stands_for_another_is_the_same() -> None:
    cells = {"Email": "ann@acmealias.com", "CompanyName": "Acme"}
    assert marks(cells, aliases={"acmealias.com": "acme.com"})["Domain"] == ["same", "same"]


def test_a_part_of_a_listed_domain_is_the_same() -> None:
    assert marks({"Email": "ann@mail.acme.com"})["Domain"] == ["same", "same"]


def test_the_marks_are_what_was_compared() -> None:
    cells = {
        "Email": "ann@bolt.com", "CompanyName": "Acme", "Phone": "(212) 555-0199", "Country": "DE",
    }  # fmt: skip
    assert marks(cells) == {
        "Company": ["same", "same"],
        "Domain": ["differs", "differs"],
        "Phone": ["differs", "differs"],
        "Country": ["differs", "same"],
    }


def test_a_listed_number_is_the_same() -> None:
    cells = {"Email": "ann@gmail.com", "Phone": "(415) 555-2671"}
    assert marks(cells)["Phone"] == ["same", "differs"]


def test_free_mail_says_nothing_about_a_domain() -> None:
    assert marks({"Email": "ann@gmail.com", "CompanyName": "Acme"})["Domain"] == ["", ""]


def test_what_a_rulebook_does_not_compare_has_no_mark() -> None:
    assert all(mark_of(fact, {"intercept": -3.0}) == "" for fact in FACTS.values())


def test_facts_name_comparisons() -> None:
    named = {name for fact in FACTS.values() for name in (*fact.same, *fact.differs)}
    assert named <= comparisons().keys()


def test_without_evidence_words_alone_show_what_differs(session: Session) -> None:
    rows = compared(session.questions[0], session.companies)
    assert [row.label for row in rows] == ["Company", "Domain", "Phone", "Country"]
    assert not any(cell.mark for row in rows for cell in row.candidates)
    assert [(word.text, word.differs) for word in rows[0].candidates[1].words] == [
        ("Acme", False), ("GmbH", True),
    ]  # fmt: skip


def test_without_companies_only_names_are_known(make_session: Callable[..., Session]) -> None:
    session = make_session(whole=False)
    assert [row.label for row in compared(session.questions[0], session.companies)] == ["Company"]


def test_nothing_differs_from_nothing() -> None:
    assert not any(word.differs for word in marked("Acme - GmbH", []))
    assert [word.differs for word in marked("Acme - Bolt", ["acme"])] == [False, False, True]
    assert marked("", ["Acme"]) == ()


def candidate(*log_odds: float) -> Candidate:
    return Candidate("C", "Acme", None, tuple(Term("It says.", number) for number in log_odds))


def test_bars_follow_one_another() -> None:
    one, other = waterfalls([candidate(-3.0, 8.0, -1.0), candidate(-3.0, 1.0)])
    assert one is not None
    assert other is not None
    assert [(bar.start, bar.width) for bar in one.bars] == [(0, 37.5), (0, 100), (87.5, 12.5)]
    assert [(bar.start, bar.width) for bar in other.bars] == [(0, 37.5), (0, 12.5)]
    assert (one.total, one.zero, other.zero) == (pytest.approx(4.0), 37.5, 37.5)
    assert [bar.words for bar in one.bars] == [
        "strongly against", "very strongly for", "somewhat against",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("log_odds", "folded"),
    [
        pytest.param((-3.0, 6.9, 0.9, -0.4, 0.1), 3, id="several weak ones"),
        pytest.param((-3.0, 6.9, 0.9, -0.4), 0, id="too few"),
        pytest.param((-3.0, 0.9, 0.4, 0.2, -6.0), 0, id="before a strong one"),
        pytest.param((0.0, 0.4, 0.1), 3, id="nothing else"),
    ],
)
def test_weak_bars_at_the_end_are_folded(log_odds: tuple[float, ...], folded: int) -> None:
    (drawn,) = waterfalls([candidate(*log_odds)])
    assert drawn is not None
    assert drawn.folded == folded


def test_without_evidence_there_is_no_waterfall() -> None:
    assert waterfalls([candidate(), candidate(1.0)])[0] is None
    assert waterfalls([]) == ()


def test_free_mail_agrees_with_no_company_and_differs_from_none() -> None:
    """Whatever the evidence says of the domain."""
    review = pd.DataFrame([
        {"row_id": "1", "Email": "cy@gmail.com", "candidate_1_id": "C1", "candidate_1": "Acme",
         "candidate_2_id": None, "candidate_2": None, "reason": "A name."},
        {"row_id": "2", "Email": "cy@bolt.io", "candidate_1_id": "C1", "candidate_1": "Acme",
         "candidate_2_id": None, "candidate_2": None, "reason": "A name."},
    ])  # fmt: skip
    evidence = pd.DataFrame({
        "row_id": ["1", "2"], "Company_ID": "C1", "intercept": -3.0, "other_domain": -2.0,
    })  # fmt: skip
    companies = companies_of(
        pd.DataFrame({"Gsid": ["C1"], "Name": ["Acme"], "Domain": ["https://www.acme.com/de"]})
    )
    free, own = questions_of(review, Wording({}, ()), evidence=evidence)
    rows = {row.label: row for row in compared(free, companies)}
    assert (rows["Domain"].person.mark, rows["Domain"].candidates[0].mark) == ("free mail", "")
    rows = {row.label: row for row in compared(own, companies)}
    assert (rows["Domain"].person.mark, rows["Domain"].candidates[0].mark) == ("", "differs")
    # The address of a page is shown as a domain.
    assert [word.text for word in rows["Domain"].candidates[0].words] == ["acme.com"]
