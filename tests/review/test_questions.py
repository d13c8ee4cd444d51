"""Questions of a review: what is known, groups and order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.errors import InputError, MissingColumnsError
from gsprep.review.filters import Filter, chosen, filter_of, whys_of
from gsprep.review.questions import (
    OPEN_WITHOUT_ENDING,
    Question,
    Wording,
    further_columns_of,
    questions_of,
)

if TYPE_CHECKING:
    from gsprep.review.session import Session


EVIDENCE = pd.DataFrame(
    {
        "row_id": ["1", "1", "9"],
        "Company_ID": ["C1", "C2", "C1"],
        "intercept": ["-3", "-3", "-3"],
        "same_name": ["6.9", "0", "1"],
        "own": ["-7.5", "0.5", "1"],
    }
)


def test_each_line_of_a_review_is_a_question(session: Session) -> None:
    first, free_mail, _, below, nameless = session.questions
    assert (first.number, first.row_id, first.name) == (1, "1", "Ana Ruiz")
    assert first.keys[:3] == ("ana@acme.de", "acme.de", "acme.de")
    assert (free_mail.keys.host, free_mail.keys.domain) == ("gmail.com", None)
    assert (below.keys.host, below.keys.domain) == ("mail.acme.de", "acme.de")
    assert (below.keys.company_name, nameless.keys.email) == (None, None)
    assert free_mail.keys.company_name == nameless.keys.company_name


def test_candidates_share_the_probability(session: Session) -> None:
    one, other = session.questions[0].candidates
    assert (one.gsid, one.name, one.probability) == ("C1", "Acme Inc", 0.9)
    assert other.probability == pytest.approx(0.8)
    assert len(session.questions[1].candidates) == 1


def test_why_it_is_not_sure_is_how_the_reason_ends(session: Session) -> None:
    whys = [question.why for question in session.questions]
    assert whys[0] == "Another company fits as well."
    assert whys[3] == OPEN_WITHOUT_ENDING


def test_evidence_is_told_loudest_first_and_only_where_it_is(review: pd.DataFrame) -> None:
    wording = Wording({"same_name": "The same name."}, ())
    first, second, *_ = questions_of(review, wording, evidence=EVIDENCE)
    terms = [(term.sentence, term.log_odds) for term in first.candidates[0].terms]
    assert terms == [
        ("Start value before any comparison.", -3.0),
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


def test_the_line_of_the_file_is_named_and_is_no_data_of_the_person(review: pd.DataFrame) -> None:
    lines = ["4", "Jan:6", "7", "9", "12"]
    first, second, *_ = questions_of(review.assign(line=lines), Wording({}, ()))
    assert (first.line, second.line) == ("4", "Jan:6")
    assert "line" not in first.person
    own = questions_of(review.assign(line="Pro"), Wording({}, ()))[0]
    assert (own.line, own.person["line"]) == ("", "Pro")


def test_numbers_that_are_none_are_left_out(review: pd.DataFrame) -> None:
    rows = review.head(1).assign(probability="likely", margin=None).astype("str")
    assert questions_of(rows, Wording({}, ()))[0].candidates[0].probability is None


def test_a_review_needs_its_columns(review: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="candidate_2"):
        questions_of(review.drop(columns="candidate_2"), Wording({}, ()))


def test_people_of_one_domain_or_employer_are_gathered(session: Session) -> None:
    first, free_mail = session.questions[0].keys, session.questions[1].keys
    assert session.groups.with_key("domain", first) == (1, 3, 4)
    assert session.groups.with_key("domain", free_mail) == ()
    assert session.groups.with_key("company_name", free_mail) == (2, 5)
    assert [session.groups.gain(question.keys) for question in session.questions] == [3, 2, 3, 3, 2]


def test_what_settles_most_is_asked_first_and_stands_together(session: Session) -> None:
    assert session.groups.order == (1, 3, 4, 2, 5)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        pytest.param({}, Filter(), id="nothing"),
        pytest.param({"why": "2", "least": "5", "show": "all"}, Filter(2, 5, show="all"), id="all"),
        pytest.param({"why": "x", "least": "-1", "show": "me"}, Filter(), id="nonsense"),
        pytest.param({"why": "9" * 40, "least": "٣"}, Filter(), id="numbers that are none of ours"),
        pytest.param({"least": "0"}, Filter(), id="less than one"),
    ],
)
def test_an_address_says_what_is_wanted(asked: dict[str, str], meant: Filter) -> None:
    assert filter_of(asked) == meant
    assert filter_of(meant.query) == meant


@pytest.mark.parametrize(
    ("of", "numbers"),
    [
        pytest.param(Filter(), (1, 3, 4, 2, 5), id="all"),
        pytest.param(Filter(why=1), (1, 3), id="the most frequent reason"),
        pytest.param(Filter(why=99), (1, 3, 4, 2, 5), id="a reason that is not there"),
        pytest.param(Filter(least=3), (1, 3, 4), id="a large gain"),
        pytest.param(Filter(why=2, least=3), (), id="both"),
    ],
)
def test_a_filter_leaves_questions_in_their_order(
    session: Session, of: Filter, numbers: tuple[int, ...]
) -> None:
    assert chosen(session.questions, session.groups, of) == numbers


def test_reasons_are_counted(session: Session) -> None:
    assert [count for _, count in whys_of(session.questions)] == [2, 2, 1]


REVIEW = pd.DataFrame({
    "row_id": ["1", "2"], "Email": ["a@gmail.com", "b@gmail.com"], "Title": "Boss",
    "candidate_1_id": "C1", "candidate_1": "Acme", "candidate_2_id": None, "candidate_2": None,
    "reason": "A name.",
})  # fmt: skip
PEOPLE = pd.DataFrame({
    "row_id": ["1", "2"], "Email": ["a@gmail.com", "b@gmail.com"],
    "Alt. E-mail": [None, "b@acme.com"], "Page": ["see www.acme.com/team", None],
    "Version": ["1.2.3", "ok."], "Comments": ["met in May.Then left", "e.g. soon"], "Hat": "38",
})  # fmt: skip


@pytest.fixture
def questions() -> tuple[Question, ...]:
    return questions_of(REVIEW, Wording({}, ()), people=PEOPLE)


def test_columns_that_may_tell_the_employer_are_shown(questions: tuple[Question, ...]) -> None:
    assert further_columns_of(questions) == ("Page", "Alt. E-mail")


def test_other_columns_are_shown_to_who_asks_for_them(questions: tuple[Question, ...]) -> None:
    assert further_columns_of(questions, ["Hat", "Comments"]) == ("Hat", "Comments")
    with pytest.raises(InputError, match=r"--show Shoe: .* They have Page, Version"):
        further_columns_of(questions, ["Shoe"])
