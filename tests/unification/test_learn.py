"""Learning: what matched people share, and a second pass with it."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gsprep.errors import MissingColumnsError
from gsprep.unification.learn import Learned, decide_again, propose_known
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Domains, read_rulebook
from gsprep.unification.unify import unify

BOOK = read_rulebook().model_copy(update={"domains": Domains(own=("ours.com",))})


def lines(*people: tuple[str | None, str | None, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people (e-mail, phone, company) and their decisions; "?C" is in review for C."""
    names = [f"r{n}" for n in range(len(people))]
    persons = pd.DataFrame(
        {"row_id": names, "Email": [p[0] for p in people], "Phone": [p[1] for p in people]}
    )
    verdicts = ["no_match" if not p[2] else "review" if p[2][0] == "?" else "match" for p in people]
    companies = [p[2].removeprefix("?") or None for p in people]
    decisions = pd.DataFrame({"row_id": names, "verdict": verdicts, "Company_ID": companies})
    return persons, decisions


def at(host: str, company: str, count: int) -> list[tuple[str, None, str]]:
    return [(f"{company}{n}@{host}", None, company) for n in range(count)]


@pytest.mark.parametrize(
    ("people", "proposed"),
    [
        pytest.param(at("x.com", "A", 2), [("x.com", "A", 2)], id="two people"),
        pytest.param(at("x.com", "A", 1), [], id="one person"),
        pytest.param([*at("x.com", "A", 1)] * 3, [], id="one person three times"),
        pytest.param(
            [("a@x.com", None, "A"), ("A@X.com", None, "A"), ("b@x.com", None, "A")],
            [("x.com", "A", 2)],
            id="an address in another case is the same person",
        ),
        pytest.param(at("x.com", "?A", 5), [], id="nobody was matched"),
        pytest.param(at("x.com", "", 5), [], id="nobody has a company"),
        pytest.param(at("gmail.com", "A", 5), [], id="free mail"),
        pytest.param(at("ours.com", "A", 5), [], id="your own domain"),
        pytest.param([*at("x.com", "A", 3), *at("x.com", "B", 2)], [], id="of two companies"),
        pytest.param(
            [*at("x.com", "A", 38), *at("x.com", "B", 2)], [("x.com", "A", 38)], id="nearly all"
        ),
        pytest.param(
            [*at("x.com", "A", 3), *at("x.com", "?B", 2)], [], id="others are in review elsewhere"
        ),
        pytest.param(
            [*at("x.com", "A", 3), *at("x.com", "?A", 2)],
            [("x.com", "A", 3)],
            id="others are in review for the same",
        ),
        pytest.param(
            [*at("y.com", "B", 2), *at("x.com", "A", 2)],
            [("x.com", "A", 2), ("y.com", "B", 2)],
            id="sorted",
        ),
    ],
)
def test_domains(people: list[tuple], proposed: list[tuple[str, str, int]]) -> None:
    known = propose_known(*lines(*people), BOOK)
    assert known["Phone"].isna().all()
    told = known[["Domain", "Company_ID", "support"]]
    assert list(told.itertuples(index=False, name=None)) == proposed


def test_numbers() -> None:
    known = propose_known(
        *lines(
            ("a@gmail.com", "+1 415 555 2671", "A"),
            ("b@gmail.com", "001 415-555-2671", "A"),
            (None, "+1 415 555 2671", "A"),
            ("c@gmail.com", "+49 6172 6080", "A"),
            ("d@gmail.com", "+49 6172 6080", "B"),
        )
    )
    assert known["Domain"].isna().all()
    assert known.drop(columns="Domain").to_dict("list") == {
        "Phone": ["+14155552671"], "Company_ID": ["A"], "support": [2],
    }  # fmt: skip


def test_nobody_leaves_the_columns() -> None:
    known = propose_known(*lines())
    assert list(known.columns) == ["Domain", "Phone", "Company_ID", "support"]
    assert known.empty


def test_the_order_of_rows_means_nothing() -> None:
    persons, decisions = lines(*at("x.com", "A", 3), *at("y.com", "B", 2), *at("z.com", "C", 2))
    known = propose_known(persons, decisions)
    assert len(known) == 3
    shuffled = propose_known(persons[::-1].set_axis([7] * 7), decisions.sample(7, random_state=1))
    assert_frame_equal(known, shuffled)


def test_both_frames_need_row_ids() -> None:
    persons, decisions = lines(*at("x.com", "A", 2))
    with pytest.raises(MissingColumnsError, match="row_id"):
        propose_known(persons.drop(columns="row_id"), decisions)
    with pytest.raises(MissingColumnsError, match="verdict"):
        propose_known(persons, decisions.drop(columns="verdict"))


INDEX = prepare(
    pd.DataFrame({"Gsid": ["A", "B"], "Name": ["Acme Turbines", "Bolt"], "Country": ["US", "US"]})
)
COLLEAGUES = pd.DataFrame(
    {
        "Email": [f"{name}@at-group.net" for name in "abcdefghijklmnopqrst"],
        "CompanyName": "Acme Turbines",
        "Country": "US",
    }
)
NEW = pd.DataFrame({"Email": ["new@at-group.net"], "Country": ["US"]})


def test_colleagues_show_whose_a_domain_is() -> None:
    people = pd.concat([COLLEAGUES, NEW], ignore_index=True)
    first = unify(people, INDEX)
    assert first.decisions["verdict"].iloc[-1] == "no_match"
    second, learned = decide_again(people, INDEX, first)
    assert second.decisions["Company_ID"].iloc[-1] == "A"
    assert learned.domains == 1
    assert "Known people with their e-mail domain" in second.decisions["reason"].iloc[-1]


def test_nobody_speaks_for_themselves_alone() -> None:
    people = pd.concat([COLLEAGUES.head(1), NEW], ignore_index=True)
    first = unify(people, INDEX)
    second, learned = decide_again(people, INDEX, first)
    assert learned == Learned(domains=0, phones=0, matched=0, withdrawn=0, moved=0)
    assert second.decisions["verdict"].tolist() == ["match", "no_match"]


def test_what_was_known_before_stays_known() -> None:
    known = pd.DataFrame({"row_id": ["1"], "Email": ["x@gmail.com"], "Company_ID": ["B"]})
    people = pd.concat([COLLEAGUES, pd.DataFrame({"Email": ["x@gmail.com"]})], ignore_index=True)
    index = prepare(
        pd.DataFrame({"Gsid": ["A", "B"], "Name": ["Acme Turbines", "Bolt"]}), known=known
    )
    second, _ = decide_again(people, index, unify(people, index), known)
    assert second.decisions["Company_ID"].iloc[-1] == "B"
