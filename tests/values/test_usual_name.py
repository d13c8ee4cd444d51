"""What lists of securities add to names of companies."""

from __future__ import annotations

import pytest
from each_row import each_row

from gsprep.values.second_names import names_in
from gsprep.values.usual_name import usual_name, without_ticker_suffix


@each_row(
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
        pytest.param("ACME ACT.NOM. EO 1,25", "ACME", id="registered, in French"),
        pytest.param("ACME AB B FRIA SK 8", "ACME AB", id="free shares, in Swedish"),
        pytest.param("ZETA A SUB.VTG", "ZETA", id="subordinate votes"),
        pytest.param("ZETA INC. N.VTG", "ZETA INC.", id="no votes"),
        pytest.param("PT ZETA TBK RP 50", "PT ZETA TBK", id="a whole par value at the end"),
        pytest.param("ZETA NV (DEMAT.) EO-12", "ZETA NV", id="without a certificate"),
        pytest.param("ZETAFOODS GROUP INC ZETAFO", "ZETAFOODS GROUP INC", id="the name again"),
        pytest.param("ZETA-QUUX A/S ZETAQUUX ORD SHS", "ZETA-QUUX A/S", id="in other signs"),
    ],
)
def test_what_a_list_of_securities_adds(text: str, name: str) -> None:
    assert without_ticker_suffix(text) == name


@each_row(
    "text",
    [
        "Acme Corp.", "Studio EO", "EO 2", "Class A", "Arena Class Action Ltd", "DK 5 Solutions",
        "LS Labs 2", "Acme NA", "3M", "O.N.", "acme class a", "Ord Minnett", "ADR Legal", "Shs",
        "ACME AG ZENITH", "DURAN DURAN", "Acme AG Acme", "Nom. Ltd", "NORDIC LTD NO",
    ],
)  # fmt: skip
def test_what_is_a_name_stays(text: str) -> None:
    assert without_ticker_suffix(text) == text


@each_row(
    ("text", "name"),
    [
        ("U.S. Department of Quux", "U.S. Department of Quux"),
        ("United States Department of Quux", "US Department of Quux"),
        ("Quux of the United States of America", "Quux of the US"),
        ("UNITED KINGDOM QUUX", "UK QUUX"),
        ("Bank of United Arab Emirates", "Bank of UAE"),
        ("United Quux", "United Quux"),
    ],
)
def test_countries_of_several_words_are_written_short(text: str, name: str) -> None:
    assert usual_name(text) == name


@each_row("text", ["QUUX A/S ZETA", "QUUX LTD. ADR/1 IR5", "QUUX FOODS (ZORK)", "S A/B Quux"])
def test_what_is_no_second_name(text: str) -> None:
    assert names_in(text) == ()
