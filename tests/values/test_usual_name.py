"""What lists of securities add to names of companies."""

from __future__ import annotations

import pytest

from gsprep.values.usual_name import without_ticker_suffix


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("ACME CORP.CL.A DL-,0001", "ACME CORP.", id="class and par value"),
        pytest.param("ZETA S.A.EO 2", "ZETA S.A.", id="a whole par value"),
        pytest.param("ZETA GRP HD -,01", "ZETA GRP", id="a par value in cents"),
        pytest.param("ACME AG NA O.N.", "ACME AG", id="registered, no par value"),
        pytest.param("ACME INH. EO 0,30", "ACME", id="bearer shares"),
        pytest.param("ZETA SP.ADR A 1 DL-00025", "ZETA", id="a depositary receipt"),
        pytest.param("ZETA ORD SHS", "ZETA", id="ordinary shares"),
        pytest.param("Zeta Corporation Class A", "Zeta Corporation", id="a class written out"),
        pytest.param("ACME OYJ-B SHARE", "ACME OYJ", id="the letter of a class"),
    ],
)
def test_what_a_list_of_securities_adds(text: str, name: str) -> None:
    assert without_ticker_suffix(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "Acme Corp.", "Studio EO", "EO 2", "Class A", "Arena Class Action Ltd", "DK 5 Solutions",
        "LS Labs 2", "Acme NA", "3M", "O.N.", "acme class a", "Ord Minnett", "ADR Legal", "Shs",
    ],
)  # fmt: skip
def test_what_is_a_name_stays(text: str) -> None:
    assert without_ticker_suffix(text) == text
