"""What else a company is called: its domain, and second names in the cell of its name."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.unification.prepare import prepare
from gsprep.unification.unify import unify

COMPANIES = prepare(
    pd.DataFrame(
        [
            ("A", "Zumbador Costear Motors Company", "zcm.com", "US"),
            ("B", "Torvald & Quist Global Limited", "tq.com;torvald.se", "SE"),
            ("C", "Adolf Brückmann GmbH & Co. KG", "brueckmann.de", "DE"),
            ("D", "株式会社山川", "daeyu.com", "JP"),
            ("E", "Velora Steel Works", "velora.com", "US"),
            ("F", "Velora Marine", "velora-marine.com", "US"),
            ("G", "Ketterly Faucets", "ketterlyfaucets.com", "US"),
            ("H", "Ketterly", None, "US"),
            ("I", "Institute of Costs", "costs.example.edu", "US"),
            ("J", "Petrolina Nordeste S.A. (Petronor)", None, "BR"),
            ("K", "Ostrava Holding - Berlin", None, "DE"),
            ("L", "Quiver Data LLC d/b/a Arrowhead", None, "US"),
            ("M", "Arrowsmith (Ketterly)", None, "US"),
            ("N", "Gantrix Works AG", "gtx.com", "DE"),
            ("O", "KalvoCorp, Inc.", None, "US"),
            ("P", "Polska Grupa Zarkowa S.A.", None, "PL"),
            ("Q", "LinkedIn Corporation", "linkedin.com", "US"),
            ("R", "City of Festwick", "festwickmo.gov", "US"),
        ],
        columns=["Gsid", "Name", "Domain", "Country"],
    )
)


@pytest.mark.parametrize(
    ("stated", "country", "verdict", "company"),
    [
        pytest.param("ZCM", "US", "match", "A", id="the label of its domain"),
        pytest.param("ZCM", None, "review", "A", id="without the country"),
        pytest.param("T&Q", "SE", "match", "B", id="without and"),
        pytest.param("Torvald", "SE", "match", "B", id="its second domain"),
        pytest.param("Brueckmann", "DE", "match", "C", id="spelled out"),
        pytest.param("Brückmann", "DE", "match", "C", id="as it is spelled"),
        pytest.param("Daeyu", "JP", "match", "D", id="a name in another script"),
        pytest.param("Velora", "US", "review", None, id="a relative begins alike"),
        pytest.param("Ketterly", "US", "match", "H", id="the name of another company"),
        pytest.param("Petronor", "BR", "match", "J", id="a name in brackets"),
        pytest.param("Petrolina Nordeste", "BR", "match", "J", id="the name before brackets"),
        pytest.param("Ketterly (formerly Zander)", "US", "match", "H", id="its name of today"),
        pytest.param("Zander (formerly Arrowhead)", "US", "match", "L", id="its name of before"),
        pytest.param("ООО Велора Марине", "US", "match", "F", id="in Cyrillic letters"),
        pytest.param("Velora Marine, a Ketterly company", "US", "match", "F", id="whose it is"),
        pytest.param("Berlin", "DE", "no_match", None, id="a place is no name"),
        pytest.param("Arrowhead", "US", "match", "L", id="behind doing business as"),
        pytest.param("GTX Germany", "DE", "match", "N", id="the label and a country"),
        pytest.param("Gantrix Works AG Werk Ulm", "DE", "match", "N", id="a plant behind the form"),
        pytest.param("Gantrix Works (Vevey)", "DE", "match", "N", id="a place in brackets"),
        pytest.param("Gantrix Works - Plant 3", "DE", "match", "N", id="a plant behind a dash"),
        pytest.param("Gantrix Works #412", "DE", "match", "N", id="the number of a store"),
        pytest.param("Gantrix Works, Filiale Ulm", "DE", "match", "N", id="a branch"),
        pytest.param("Gantrix Works — HQ", "DE", "match", "N", id="an office behind a long dash"),
        pytest.param("10234 - Gantrix Works", "DE", "match", "N", id="a number before"),
        pytest.param("[10234] Gantrix Works AG", "DE", "match", "N", id="one in brackets"),
        pytest.param("Gantrix Works™", "DE", "match", "N", id="a trademark"),
        pytest.param("T&amp;Q", "SE", "match", "B", id="an entity"),
        pytest.param("BrÃ¼ckmann", "DE", "match", "C", id="the wrong encoding"),
        pytest.param("IT Dept, Gantrix Works", "DE", "match", "N", id="a department before"),
        pytest.param("Sales - Gantrix Works", "DE", "match", "N", id="an office before"),
        pytest.param("Consultant bei Gantrix Works", "DE", "match", "N", id="a job before"),
        pytest.param("Stagiaire chez Gantrix Works", "DE", "match", "N", id="a job in French"),
        pytest.param("Engineer at Gantrix Works", "DE", "match", "N", id="a job before"),
        pytest.param("Gantrix Works, 12 Main St", "DE", "match", "N", id="an address behind"),
        pytest.param("https://gtx.com/about", "DE", "match", "N", id="a page of its site"),
        pytest.param("gtx.com", None, "match", "N", id="its site without the country"),
        pytest.param("Student at Gantrix Works", "DE", "review", "N", id="no job there"),
        pytest.param("Gruppe Gantrix Works", "DE", "match", "N", id="a word for group before"),
        pytest.param("PGZ Polska Grupa Zarkowa SA", "PL", "match", "P", id="initials before"),
        pytest.param("KZ (Kalvozander)", "US", "no_match", None, id="initials of no company"),
        pytest.param("Kalvo Corp", "US", "match", "O", id="a form that is part of the name"),
        pytest.param("ex-Ketterly", "US", "no_match", None, id="a former employer"),
        pytest.param("formerly at Ketterly", "US", "no_match", None, id="one of before"),
        pytest.param("former Ketterly employee", "US", "no_match", None, id="a former employee"),
    ],
)
def test_a_company_is_known_by_its_domain_and_by_a_second_name(
    stated: str, country: str | None, verdict: str, company: str | None
) -> None:
    people = pd.DataFrame(
        {"Email": ["a@gmail.com"], "CompanyName": [stated], "Country": [country]}, dtype="str"
    )
    line = unify(people, COMPANIES).decisions.iloc[0]
    assert (line["verdict"], line["Company_ID"] if company else None) == (verdict, company)


@pytest.mark.parametrize(
    ("email", "stated", "company"),
    [
        pytest.param("a@festwickmo.gov", "http://festwickmo.gov", "R", id="the address's own"),
        pytest.param("a@festwickmo.gov", "FestwickMO.gov", "R", id="its own, as a name"),
        pytest.param("a@gmail.com", "www.festwickmo.gov", "R", id="the employer's"),
        pytest.param("a@gtx.com", "linkedin.com/company/gantrix", "N", id="a page elsewhere"),
        pytest.param("a@gmail.com", "https://www.linkedin.com/in/ana", None, id="a profile"),
        pytest.param("a@gmail.com", "linkedin.com", "Q", id="the employer whose pages they are"),
    ],
)
def test_a_site_in_place_of_an_employer_is_called_as_its_owner(
    email: str, stated: str, company: str | None
) -> None:
    people = pd.DataFrame({"Email": [email], "CompanyName": [stated]}, dtype="str")
    line = unify(people, COMPANIES).decisions.iloc[0]
    assert line["verdict"] == ("match" if company else "no_match")
    assert line["Company_ID"] == company or not company


def test_the_label_of_a_part_of_a_domain_is_no_name_of_the_company() -> None:
    people = pd.DataFrame({"Email": ["a@gmail.com"], "CompanyName": ["Example"]}, dtype="str")
    assert (unify(people, COMPANIES).evidence["name_as_domain"] == 0).all()
