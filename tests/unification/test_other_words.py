"""Names that are spelled alike and mean different companies: numbers, countries, real words."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.unification.unify import unify
from gsprep.values.company_name import split_company_name
from gsprep.values.name_tokens import roman_number, with_numbers


def verdict(stated: str, listed: str, **more: str) -> str:
    people = pd.DataFrame({"CompanyName": [stated], "Country": ["US"], **more})
    companies = pd.DataFrame({"Gsid": ["A"], "Name": [listed], "Country": ["US"]})
    return str(unify(people, companies).decisions["verdict"].iloc[0])


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Zenith Fund II LP", "Zenith Fund III LP"),
        ("Quorra Dental Care III", "Quorra Dental Care II"),
        ("Umbral Income Trust VII", "Umbral Income Trust VIII"),
        ("Umbral Income Trust V", "Umbral Income Trust X"),
        ("Umbral Income Trust", "Umbral Income Trust II"),
        ("Zenith Partners II Cayman", "Zenith Partners III Cayman"),
        ("Acme Fund 2", "Acme Fund 3"),
        ("Austria Telecom", "Australia Telecom"),
        ("Austrian Airlines", "Australian Airlines"),
        ("Niger Mining", "Nigeria Mining"),
        ("Slovakia Telekom", "Slovenia Telekom"),
        ("Mali Cotton", "Malta Cotton"),
        ("Iran Oil", "Iraq Oil"),
        ("Blue Ocean Trading", "Blue Ocean Training"),
        ("Golden House", "Golden Horse"),
        ("Eastern Union", "Western Union"),
        ("Global Services", "Global Devices"),
    ],
)
def test_another_number_country_or_word_is_never_a_match_by_name(stated: str, listed: str) -> None:
    assert verdict(stated, listed) != "match"
    assert verdict(listed, stated) != "match"


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Blockbuster", "Block, Inc."),
        ("Carson Group", "Cars.com Inc."),
        ("Stripes Group", "Stripe, Inc."),
        ("Planet Fit", "Planet Fitness"),
    ],
)
def test_a_name_that_is_another_cut_within_a_word_is_looked_at(stated: str, listed: str) -> None:
    assert {verdict(stated, listed), verdict(listed, stated)} <= {"review", "no_match"}


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Quorra Catholic District Schools", "Quorra District Schools"),
        ("First Bank", "First Zorkish Bank"),
        ("Department of Quuxation", "Zork Department of Quuxation"),
        ("Banco Central do Zork", "Banco do Zork S.A."),
        ("Zorkische Bundesbank", "Zorkische Bank AG"),
        ("Crédit Zorkais Assurances", "Crédit Zorkais S.A."),
        ("Zork Quux Real Estate", "Zork Quux"),
        ("Quorra & Smith", "Quorra & Quorra"),
    ],
)
def test_a_word_more_or_less_is_looked_at(stated: str, listed: str) -> None:
    assert verdict(stated, listed) != "match"


@pytest.mark.parametrize(
    ("stated", "names", "is_match"),
    [
        ("Quorra", ["Quorra Rexroth AG", "Robert Quorra GmbH"], False),
        ("Quorra", ["Quorra Group", "Quorra Zorkish Music"], False),
        ("Quorra", ["Quorra & Quorra", "Quorra Controls"], False),
        ("Royal Quux", ["Royal Quux of Zork", "The Royal Quux of Zembla"], False),
        ("Quorra", ["Quorra Group", "Zembla Group"], True),
    ],
)
def test_words_of_several_companies_are_looked_at(
    stated: str,
    names: list[str],
    is_match: bool,  # noqa: FBT001  a table
) -> None:
    companies = pd.DataFrame({"Gsid": list("AB"), "Name": names, "Country": "US"}, dtype="str")
    people = pd.DataFrame({"CompanyName": [stated], "Country": ["US"]})
    assert (unify(people, companies).decisions["verdict"].iloc[0] == "match") is is_match


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Quorra, Inc.", "Quorra County"),
        ("Quorra", "City of Quorra"),
        ("City of Quorra", "Quorra County"),
        ("Quorra GmbH", "Landkreis Quorra"),
        ("Quorra Zork", "Ministère de Quorra-Zork"),
        ("Quorra Village", "Township of Quorra"),
    ],
)
def test_a_public_body_is_another_organisation_than_one_of_its_name(
    stated: str, listed: str
) -> None:
    assert {verdict(stated, listed), verdict(listed, stated)} <= {"review", "no_match"}


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Quorra University", "University of Quorra"),
        ("Universität Quorra", "Quorra University"),
        ("Zork Ministry", "Ministerio de Zork"),
        ("Quorra County", "County of Quorra"),
        ("Technical University of Quorra", "Quorra Technical University"),
        ("Zorkish Quorra Village", "Village of Zorkish Quorra"),
    ],
)
def test_a_name_turned_round_is_the_same(stated: str, listed: str) -> None:
    assert verdict(stated, listed) == "match"
    assert verdict(listed, stated) == "match"


@pytest.mark.parametrize(
    ("stated", "names", "company"),
    [
        ("Quorra University", ["University of Quorra", "Quorra University"], "B"),
        ("University of Quorra", ["University of Quorra", "Quorra University"], "A"),
        ("Oregon University", ["University of Oregon", "Zork"], None),
        ("Baroda Bank", ["Bank of Baroda", "Zork"], None),
        ("Carson City", ["City of Carson", "Zork"], None),
    ],
)
def test_names_that_are_not_turned_round(
    stated: str, names: list[str], company: str | None
) -> None:
    companies = pd.DataFrame({"Gsid": list("AB"), "Name": names, "Country": "US"}, dtype="str")
    people = pd.DataFrame({"CompanyName": [stated], "Country": ["US"]})
    line = unify(people, companies).decisions.iloc[0]
    assert (line["Company_ID"] if line["verdict"] == "match" else None) == company


@given(
    st.lists(st.sampled_from(["zorkish", "bank", "quux", "foods", "of", "2"]), min_size=1,
             max_size=4).map(" ".join),
    st.sampled_from([{}, {"Country": "US"}, {"Country": "FR"}, {"Email": "a@zorkish.io"},
                     {"Email": "a@listed.com"}, {"Email": "a@else.com"}]),
    st.data(),
)  # fmt: skip
def test_a_similar_name_never_counts_more_than_the_same(
    name: str, cells: dict[str, str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    similar = data.draw(
        st.sampled_from([
            name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], f"{name} holding",
            f"{name} qu", name[: at + 1], " ".join(reversed(name.split())),
        ])
    )  # fmt: skip
    companies = pd.DataFrame(
        {"Gsid": ["A"], "Name": [name], "Domain": ["listed.com"], "Country": ["US"]}
    )
    people = pd.DataFrame({"CompanyName": [name, similar], **cells}).astype("str")
    found = unify(people, companies)
    odds = found.evidence.set_index("row_id").drop(columns="Company_ID").astype(float).sum(axis=1)
    assert odds.get("2", -99) <= odds.get("1", -99) + 0.01


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Zenith Fund II LP", "Zenith Fund 2"),
        ("Umbral Income Trust VIII, Inc.", "UMBRAL INCOME TRUST 8"),
        ("Zenith Growth Fund V", "Zenith Growth Fund 5 LP"),
        ("Zenith Fund II", "Zenith Fund II"),
        ("Space X", "SpaceX"),
        ("1st Harbor Bank", "First Harbor Bank"),
        ("Seventh Street Foods", "7th Street Foods"),
        ("Acme Pharmaceuticls", "Acme Pharmaceuticals"),
        ("Microsft Systems", "Microsoft Systems"),
        ("Acme Consultants", "Acme Consulting"),
    ],
)
def test_the_same_number_and_a_slip_still_match(stated: str, listed: str) -> None:
    assert verdict(stated, listed) == "match"


def test_a_word_of_many_companies_is_no_slip_of_another() -> None:
    """The list itself says which words are real: five companies are called Quorra, five Quorva."""
    many = [
        f"{word} {thing}"
        for word in ("Quorra", "Quorva")
        for thing in ["Air", "Sea", "Land", "Sky", "Sun"]
    ]
    people = pd.DataFrame({"CompanyName": ["Quorva Dental"], "Country": ["US"]})
    for names, is_match in ((["Quorra Dental"], True), (["Quorra Dental", *many], False)):
        companies = pd.DataFrame({"Gsid": range(len(names)), "Name": names, "Country": "US"})
        companies = companies.astype("str")
        line = unify(people, companies).decisions.iloc[0]
        assert (line["verdict"] == "match") == is_match


@pytest.mark.parametrize(
    ("core", "written"),
    [
        ("acme fund ii", "acme fund 2"),
        ("acme fund i", "acme fund 1"),
        ("acme fund xxxix", "acme fund 39"),
        ("acme fund iii feeder", "acme fund 3 feeder"),
        ("zenith growth fund v", "zenith growth fund 5"),
        ("zenith growth fund x", "zenith growth fund 10"),
        ("space x", "space x"),
        ("team v", "team v"),
        ("xi labs", "xi labs"),
        ("vitamin c", "vitamin c"),
        ("acme i tech", "acme i tech"),
        ("acme mix", "acme mix"),
        ("acme iiii", "acme iiii"),
        ("acme fund 2", "acme fund 2"),
    ],
)
def test_roman_numerals(core: str, written: str) -> None:
    assert with_numbers(core) == written


@given(st.integers(1, 39))
def test_every_number_has_one_numeral(number: int) -> None:
    tens, ones = divmod(number, 10)
    word = "x" * tens + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]
    assert roman_number(word) == number


@given(st.text(alphabet="ivx mcab", max_size=20))
def test_numbers_are_written_once(text: str) -> None:
    name = split_company_name(text)
    if name is not None:
        assert with_numbers(with_numbers(name.core)) == with_numbers(name.core)


def test_the_real_words_are_words() -> None:
    words = shipped_lines("rules", "lists", "real_words.txt")
    assert {"house", "horse", "eastern", "western"} <= set(words)
    assert all(word.isalpha() and word.islower() and len(word) > 3 for word in words)
    assert list(words) == sorted(set(words))


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("AMER. EL. PWR", "American Electric Power Company, Inc."),
        ("IMP. OIL", "Imperial Oil Limited"),
        ("NATL AUSTR. BK", "National Australia Bank Limited"),
        ("ZI Quuxburg", "Zorkish Institute of Quuxburg"),
        ("L&T", "Larsen & Toubro"),
    ],
)
def test_shortened_words_find_the_company(stated: str, listed: str) -> None:
    names = [listed, "Amherst Power", "Impala Oils", "Nation Bank", "Bolt Industries"]
    companies = pd.DataFrame({"Gsid": list("ABCDE"), "Name": names})
    evidence = unify(pd.DataFrame({"CompanyName": [stated]}), companies).evidence
    assert "A" in evidence["Company_ID"].tolist()
