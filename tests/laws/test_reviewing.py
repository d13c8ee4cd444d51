"""What the review page shows as answered is what the next run decides, for any answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.review.questions import Wording, questions_of
from gsprep.review.session import state_of
from gsprep.schemas.answers import NO_COMPANY
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOSTS = ["acme.com", "eu.acme.com", "mail.eu.acme.com", "acme.de", "gmail.com"]
NAMES = ["Acme", "ACME, Inc.", "Acme Inc", "Zeta Labs", "freelance"]
GSIDS = ["C1", "C2", "C3"]
COMPANIES = pd.DataFrame({"Gsid": GSIDS, "Name": ["Acme", "Zeta Labs", "Omega"]})
INDEX_BOOK = Rulebook(intercept=-4.0, model={"same_name": 8.0})
EMPTY = ("candidate_1_id", "candidate_1", "candidate_2_id", "candidate_2", "reason")


def maybe(values: list[str]) -> SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


ADDRESSES = [f"{who}@{host}" for host in HOSTS for who in ("ana", "Bo")]
PEOPLE = st.lists(st.tuples(maybe(ADDRESSES), maybe(NAMES)), min_size=1, max_size=6)
VALUES = {"email": ADDRESSES, "domain": HOSTS, "company_name": NAMES[:4]}
LINES = st.sampled_from(list(VALUES)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.sampled_from(VALUES[kind]),
        maybe(GSIDS),
        st.sampled_from(["match", "no_match"]),
        st.sampled_from([None, "2026-01-01", "2026-01-02T10:00:00Z"]),
    ).filter(lambda line: line[2] is not None or line[3] == "no_match")
)


@given(people=PEOPLE, lines=st.lists(LINES, max_size=8))
def test_a_person_is_answered_here_exactly_when_they_are_there(
    people: list[tuple], lines: list[tuple]
) -> None:
    frame = pd.DataFrame(people, columns=["Email", "CompanyName"], dtype="str")
    frame = frame.assign(row_id=[str(n) for n in range(1, len(frame) + 1)])
    answers = pd.DataFrame(
        lines,
        columns=["kind", "value", "Company_ID", "answer", "at"],
        dtype="str",
    ).assign(by=None, rulebook=None, note=None)
    decisions = unify(frame, prepare(COMPANIES, INDEX_BOOK, answers=answers)).decisions
    told = {
        int(row_id): NO_COMPANY if pd.isna(gsid) else gsid
        for row_id, gsid, rule in zip(
            decisions["row_id"], decisions["Company_ID"], decisions["rule"], strict=True
        )
        if rule == "answer"
    }
    questions = questions_of(frame.assign(**dict.fromkeys(EMPTY)), Wording({}, ()))
    state = state_of(answers, questions)
    assert {number: held.company for number, held in state.held.items()} == told
