"""The search for another company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.review.session import companies_named, companies_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.review.session import Session

GSID = "1P02" + "A" * 32


@pytest.mark.parametrize(
    ("text", "gsids"),
    [
        pytest.param("zeta", ["C4"], id="the beginning of a name"),
        pytest.param("LABORATORIES", ["C4"], id="a part in another case"),
        pytest.param("acme", ["C1", "C2"], id="the shorter name first"),
        pytest.param("Zeta Labratories", ["C4"], id="a slip"),
        pytest.param("https://www.acme.at/x", ["C2"], id="a domain"),
        pytest.param("c3", ["C3"], id="a Gsid"),
        pytest.param("qqqq", [], id="nothing alike"),
        pytest.param("  ", [], id="blanks"),
        pytest.param("x" * 100_000, [], id="a very long text"),
    ],
)
def test_a_company_is_found(session: Session, text: str, gsids: list[str]) -> None:
    assert [company.gsid for company in session.companies.find(text)] == gsids


def test_no_more_are_found_than_one_can_read() -> None:
    names = [f"Acme {n}" for n in range(100)]
    listed = companies_of(pd.DataFrame({"Gsid": names, "Name": names}))
    assert len(listed.find("acme")) == 12


def test_the_folder_names_companies_itself(make_session: Callable[..., Session]) -> None:
    session = make_session(whole=False)
    assert set(session.companies.by_gsid) == {"C1", "C2", "C3"}
    decisions = pd.DataFrame(
        {"Company_ID": ["C8", None], "company_name": ["Omega", None], "verdict": ["match", "x"]}
    )
    named = companies_named(session.questions, decisions)
    assert named.by_gsid["C8"].name == "Omega"
    assert not named.whole


def test_rows_that_are_no_company_are_left_out() -> None:
    frame = pd.DataFrame({"Gsid": [f" {GSID} ", None, "C2"], "Name": ["Acme", "Bolt", None]})
    assert list(companies_of(frame).by_gsid) == [GSID]
