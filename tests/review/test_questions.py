"""Who is asked about, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.errors import MissingColumnsError
from gsprep.review.questions import OPEN_WITHOUT_ENDING, Wording, questions_of

if TYPE_CHECKING:
    from gsprep.review.desk import Desk

EVIDENCE = pd.DataFrame(
    {
        "row_id": ["1", "1", "9"],
        "Company_ID": ["C1", "C2", "C1"],
        "intercept": ["-3", "-3", "-3"],
        "same_name": ["6.9", "0", "1"],
        "own": ["-7.5", "0.5", "1"],
    }
)


def test_each_line_of_a_review_is_a_question(desk: Desk) -> None:
    first, free_mail, _, below, nameless = desk.questions
    assert (first.number, first.row_id, first.name) == (1, "1", "Ana Ruiz")
    assert first.keys[:3] == ("ana@acme.de", "acme.de", "acme.de")
    assert (free_mail.keys.host, free_mail.keys.domain) == ("gmail.com", None)
    assert (below.keys.host, below.keys.domain) == ("mail.acme.de", "acme.de")
    assert (below.keys.company_name, nameless.keys.email) == (None, None)
    assert free_mail.keys.company_name == nameless.keys.company_name


def test_candidates_share_the_probability(desk: Desk) -> None:
    one, other = desk.questions[0].candidates
    assert (one.gsid, one.name, one.probability) == ("C1", "Acme Inc", 0.9)
    assert other.probability == pytest.approx(0.8)
    assert len(desk.questions[1].candidates) == 1


def test_why_it_is_not_sure_is_how_the_reason_ends(desk: Desk) -> None:
    whys = [question.why for question in desk.questions]
    assert whys[0] == "Another company fits as well."
    assert whys[3] == OPEN_WITHOUT_ENDING


def test_evidence_is_told_loudest_first_and_only_where_it_is(review: pd.DataFrame) -> None:
    wording = Wording({"same_name": "The same name."}, ())
    first, second, *_ = questions_of(review, wording, evidence=EVIDENCE)
    terms = [(term.sentence, term.log_odds) for term in first.candidates[0].terms]
    assert terms == [
        ("Before anything was compared.", -3.0),
        ("own, as the rulebook says.", -7.5),
        ("The same name.", 6.9),
    ]
    assert second.candidates[0].terms == ()


def test_more_is_known_from_the_people_of_the_run(review: pd.DataFrame) -> None:
    people = pd.DataFrame({"row_id": ["1", "8"], "Team": ["North", "South"]})
    first, second, *_ = questions_of(review, Wording({}, ()), people=people)
    assert first.person["Team"] == "North"
    assert "Team" not in second.person


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        pytest.param(
            {"Name": None, "FirstName": "Ana", "LastName": "Ruiz"}, "Ana Ruiz", id="parts"
        ),
        pytest.param({"Name": None}, "ana@acme.de", id="an address"),
        pytest.param({"Name": None, "Email": None}, "A person without a name", id="nothing"),
    ],
)
def test_a_person_is_called_by_what_is_there(
    review: pd.DataFrame, cells: dict[str, str], name: str
) -> None:
    rows = review.head(1).assign(**cells).astype("str")
    assert questions_of(rows, Wording({}, ()))[0].name == name


def test_numbers_that_are_none_are_left_out(review: pd.DataFrame) -> None:
    rows = review.head(1).assign(probability="likely", margin=None).astype("str")
    assert questions_of(rows, Wording({}, ()))[0].candidates[0].probability is None


def test_a_review_needs_its_columns(review: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="candidate_2"):
        questions_of(review.drop(columns="candidate_2"), Wording({}, ()))
