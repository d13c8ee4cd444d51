"""Deciding: what the rules say of one person, one situation a line."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError, MissingColumnsError
from gsprep.results import DECISION_COLUMNS
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Domains, parse_rulebook, read_rulebook
from gsprep.unification.unify import unify

COMPANIES = pd.DataFrame(
    [
        ("C01", "Acme Corporation", "acme.com;acme.de", "+1 415 555 2671", "US"),
        ("C02", "Acme Eyewear", "eyewear.acme.com", None, "US"),
        ("C03", "Toshiba", "toshiba.co.jp", None, "JP"),
        ("C04", "Toshiba Tec", "toshibatec.co.jp", None, "JP"),
        ("C05", "Merck KGaA", "merckgroup.com", None, "DE"),
        ("C06", "Merck & Co., Inc.", "merck.com", None, "US"),
        ("C07", "International Business Machines", "ibm.com", None, "US"),
        ("C08", "Sequoia Mortgage Trust 2004", None, None, "US"),
        ("C09", "Sequoia Mortgage Trust 2005", None, None, "US"),
        ("C10", "Fresenius SE", "fresenius.com", "+49 6172 6080", "DE"),
        ("C11", "Fresenius Medical Care AG", "fresenius.com", "+49 6172 6080", "DE"),
        ("C12", "Hagenbeck und Partner GmbH", "hagenbeck-partner.de", None, "DE"),
        ("C13", "Müller Maschinenbau GmbH", "müller-maschinenbau.de", None, "DE"),
        ("C14", "Quixotic Widgets Ltd", None, None, "GB"),
        ("C15", "Zephyr Logistics BV", "zephyr-logistics.nl", "+31 20 123 4567", "NL"),
        ("C16", "Bluebird Foods Inc", "gmail.com", None, "US"),
        ("C17", "Kestrel Bank AG", "kestrel.ch", None, "CH"),
        ("C18", "Kestrel Bank SA", "kestrel.fr", None, "FR"),
        ("C19", "トヨタ自動車株式会社", "toyota.jp", None, "JP"),
    ],
    columns=["Gsid", "Name", "Domain", "Phone", "Country"],
)
INDEX = prepare(COMPANIES)


def decide(email=None, name=None, phone=None, country=None, index=INDEX) -> pd.Series:  # noqa: ANN001  four cells
    person = pd.DataFrame(
        {"Email": [email], "CompanyName": [name], "Phone": [phone], "Country": [country]}
    )
    return unify(person, index).decisions.iloc[0]


@pytest.mark.parametrize(
    ("person", "verdict", "company"),
    [
        pytest.param({"email": "ana@acme.com"}, "match", "C01", id="exact domain"),
        pytest.param({"email": "Ana@ACME.com"}, "match", "C01", id="exact domain in capitals"),
        pytest.param({"email": "ana@acme.de"}, "match", "C01", id="the second listed domain"),
        pytest.param(
            {"email": "ana@eyewear.acme.com"}, "match", "C02", id="a listed subdomain beats parent"
        ),
        pytest.param(
            {"email": "ana@mail.eyewear.acme.com"}, "match", "C02", id="below a listed subdomain"
        ),
        pytest.param({"email": "ana@uk.acme.com"}, "match", "C01", id="an unlisted subdomain"),
        pytest.param(
            {"email": "ana@fresenius.com"}, "review", "C10", id="a shared domain says not which"
        ),
        pytest.param(
            {"email": "ana@fresenius.com", "name": "Fresenius Medical Care"},
            "match",
            "C11",
            id="a shared domain, told apart by the name",
        ),
        pytest.param(
            {"email": "ana@fresenius.com", "name": "Fresenius SE"},
            "match",
            "C10",
            id="a shared domain, the parent's name",
        ),
        pytest.param(
            {"email": "ana@gmail.com", "name": "Quixotic Widgets"},
            "match",
            "C14",
            id="personal address, exact employer",
        ),
        pytest.param({"name": "Quixotic Widgets"}, "match", "C14", id="a company without domain"),
        pytest.param(
            {"name": "quixotic-widgets LIMITED"}, "match", "C14", id="case, hyphen, long form"
        ),
        pytest.param(
            {"name": "Quixotic Widgets GmbH"}, "review", "C14", id="a legal form that differs"
        ),
        pytest.param({"name": "Quixotc Widgets"}, "match", "C14", id="a misspelt name"),
        pytest.param(
            {"name": "Quixtc Widgts", "country": "Japan"},
            "review",
            "C14",
            id="misspelt twice, and another country",
        ),
        pytest.param({"name": "IBM"}, "review", "C07", id="an acronym alone"),
        pytest.param(
            {"name": "IBM", "email": "ana@ibm.com"}, "match", "C07", id="an acronym and the domain"
        ),
        pytest.param({"name": "Acme Berlin"}, "review", "C01", id="a branch by its town"),
        pytest.param(
            {"name": "Acme Berlin", "email": "ana@acme.de"}, "match", "C01", id="branch and domain"
        ),
        pytest.param({"name": "Toshiba"}, "match", "C03", id="the parent's own name"),
        pytest.param({"name": "Toshiba Tec"}, "match", "C04", id="the subsidiary's own name"),
        pytest.param(
            {"name": "Merck", "country": "Germany"}, "match", "C05", id="one name, country decides"
        ),
        pytest.param({"name": "Merck"}, "review", "C05", id="one name in two countries"),
        pytest.param(
            {"name": "Kestrel Bank", "country": "FR"}, "match", "C18", id="one name, French"
        ),
        pytest.param(
            {"name": "Merck", "email": "ana@merck.com"}, "match", "C06", id="the domain decides"
        ),
        pytest.param(
            {"name": "Sequoia Mortgage Trust 2005"}, "match", "C09", id="the number is the same"
        ),
        pytest.param(
            {"name": "Quixotic Widgets", "email": "ana@acme.com"},
            "review",
            None,
            id="the old employer beside a new address",
        ),
        pytest.param(
            {"email": "ana@hagenbeck-partner.de"}, "match", "C12", id="a hyphenated domain"
        ),
        pytest.param(
            {"email": "ana@müller-maschinenbau.de"}, "match", "C13", id="a domain with umlaut"
        ),
        pytest.param(
            {"email": "ana@xn--mller-maschinenbau-m6b.de"}, "match", "C13", id="the same in ASCII"
        ),
        pytest.param({"name": "トヨタ自動車"}, "match", "C19", id="a name in another script"),
        pytest.param({"phone": "+31201234567"}, "match", "C15", id="its telephone number"),
        pytest.param(
            {"phone": "020 1234567", "country": "NL"}, "match", "C15", id="dialled from there"
        ),
        pytest.param(
            {"phone": "+31201234567", "name": "Zephyr Logistics"}, "match", "C15", id="and the name"
        ),
        pytest.param(
            {"email": "not an address", "name": "Quixotic Widgets"},
            "match",
            "C14",
            id="no address, but a name",
        ),
        pytest.param({"email": "ana@gmail.com"}, "no_match", None, id="free mail alone"),
        pytest.param({"email": "ana@nowhere-at-all.com"}, "no_match", None, id="unknown domain"),
        pytest.param({"name": "Entirely Different"}, "no_match", None, id="unknown name"),
        pytest.param({"name": "!!!"}, "no_match", None, id="a name without letters"),
        pytest.param({"name": "GmbH"}, "no_match", None, id="a legal form alone"),
        pytest.param({"country": "US"}, "no_match", None, id="a country alone"),
        pytest.param({}, "no_match", None, id="nothing at all"),
    ],
)
def test_one_sentence_of_the_rules(person: dict, verdict: str, company: str | None) -> None:
    line = decide(**person)
    assert line["verdict"] == verdict
    if company is not None:
        assert line["Company_ID"] == company
    if verdict == "no_match":
        assert pd.isna(line["Company_ID"])


@pytest.mark.parametrize(
    ("person", "never"),
    [
        pytest.param({"name": "Toshiba Tec Europe"}, "C03", id="a subsidiary is not its parent"),
        pytest.param({"name": "Toshiba Medical"}, "C03", id="nor is an unlisted subsidiary"),
        pytest.param({"name": "Fresenius Kabi"}, "C10", id="nor one with another word"),
        pytest.param({"name": "Sequoia Mortgage Trust 2006"}, "C09", id="another year"),
        pytest.param({"name": "Sequoia Mortgage Trust 2006"}, "C08", id="another year, other line"),
        pytest.param({"name": "Sequoia Mortgage Trust"}, "C08", id="no year at all"),
        pytest.param({"email": "ana@acme-shop.com"}, "C01", id="a domain that only begins alike"),
        pytest.param({"email": "ana@notacme.com"}, "C01", id="a domain that only ends alike"),
        pytest.param({"email": "ana@acme.com.evil.org"}, "C01", id="a listed domain in front"),
        pytest.param({"email": "ana@gmail.com"}, "C16", id="free mail that a company lists"),
        pytest.param({"phone": "+4961726080"}, "C10", id="a switchboard of two companies"),
        pytest.param(
            {"phone": "+4961726080", "email": "ana@fresenius.com"}, "C10", id="both are shared"
        ),
        pytest.param({"name": "C&A"}, "C07", id="initials of nobody"),
    ],
)
def test_nobody_is_matched_without_a_reviewer(person: dict, never: str) -> None:
    line = decide(**person)
    assert (line["verdict"], line["Company_ID"]) != ("match", never)


@pytest.mark.parametrize("kind", ["own", "excluded"])
@pytest.mark.parametrize("email", ["ana@acme.com", "ana@mail.acme.com"])
def test_a_domain_of_the_rulebook_belongs_to_no_customer(kind: str, email: str) -> None:
    book = read_rulebook()
    domains = Domains(**{kind: ("acme.com",)})
    index = prepare(COMPANIES, book.model_copy(update={"domains": domains}))
    assert decide(email, index=index)["verdict"] == "no_match"
    assert decide("ana@kestrel.ch", index=index)["verdict"] == "match"


def test_equal_companies_tie_to_the_smaller_gsid() -> None:
    twins = pd.DataFrame({"Gsid": ["B", "A"], "Name": ["Acme", "Acme"]})
    line = decide(name="Acme", index=prepare(twins))
    assert (line["verdict"], line["Company_ID"], line["runner_up_id"]) == ("review", "A", "B")
    assert "fits as well" in line["reason"]
    assert line["margin"] == 0


def test_the_region_of_the_rulebook_reads_numbers_without_country() -> None:
    assert decide(phone="020 1234567")["verdict"] == "no_match"
    dutch = prepare(COMPANIES, read_rulebook().dialled_from("NL"))
    assert decide(phone="020 1234567", index=dutch)["Company_ID"] == "C15"


def test_columns_may_be_named_in_the_rulebook() -> None:
    book = read_rulebook()
    columns = book.columns.model_copy(update={"email": "Mail", "company_domain": "Site"})
    people = pd.DataFrame({"Mail": ["ana@acme.com"], "Email": ["ana@kestrel.ch"]})
    companies = COMPANIES.rename(columns={"Domain": "Site"})
    found = unify(people, companies, book.model_copy(update={"columns": columns}))
    assert found.decisions["Company_ID"].tolist() == ["C01"]


def test_no_persons_and_no_columns_are_no_error() -> None:
    for people in (pd.DataFrame(), pd.DataFrame({"Email": []}), COMPANIES.iloc[:0]):
        result = unify(people, INDEX)
        assert result.decisions.empty
        assert list(result.decisions.columns) == list(DECISION_COLUMNS)
        assert result.evidence.empty
    alone = unify(pd.DataFrame({"Shoe": ["42"]}), INDEX).decisions
    assert alone["verdict"].tolist() == ["no_match"]
    assert alone["probability"].tolist() == [0]


def test_no_companies_are_no_error() -> None:
    nobody = pd.DataFrame({"Gsid": [], "Name": []})
    people = pd.DataFrame(
        {"Email": ["ana@acme.com"], "CompanyName": ["Acme"], "Phone": ["+31201234567"]}
    )
    assert unify(people, nobody).decisions["verdict"].tolist() == ["no_match"]


def test_row_ids_are_kept_and_never_repeat() -> None:
    people = pd.DataFrame({"row_id": ["x", "y"], "Email": ["ana@acme.com", None]}, index=[7, 7])
    assert unify(people, INDEX).decisions["row_id"].tolist() == ["x", "y"]
    with pytest.raises(InputError, match="row_id"):
        unify(people.assign(row_id="x"), INDEX)


def test_an_index_brings_its_rulebook() -> None:
    people = pd.DataFrame({"Email": ["ana@acme.com"]})
    assert len(unify(people, INDEX, read_rulebook()).decisions) == 1
    with pytest.raises(InputError, match="prepare them again"):
        unify(people, INDEX, read_rulebook().dialled_from("NL"))


@pytest.mark.parametrize(
    ("companies", "says"),
    [
        pytest.param({"Gsid": ["A", "A"], "Name": ["x", "y"]}, "earlier row", id="Gsid twice"),
        pytest.param({"Gsid": ["A", None], "Name": ["x", "y"]}, "no Gsid", id="no Gsid"),
        pytest.param({"Gsid": ["A", "B"], "Name": ["x", " "]}, "no Name", id="blank Name"),
    ],
)
def test_companies_that_cannot_be_used(companies: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        unify(pd.DataFrame({"Email": ["a@b.com"]}), pd.DataFrame(companies))
    assert "row_id 2" in str(caught.value)


def test_companies_without_a_name_column() -> None:
    with pytest.raises(MissingColumnsError, match="Name"):
        unify(pd.DataFrame({"Email": ["a@b.com"]}), pd.DataFrame({"Gsid": ["A"]}))


@pytest.mark.parametrize(
    "part", [{"compare": {"Email": "email"}}, {"survive": {"default": "fill"}}]
)
def test_a_rulebook_about_duplicates_alone_is_refused_with_the_cure(
    part: dict[str, object],
) -> None:
    with pytest.raises(InputError, match="model: default"):
        unify(pd.DataFrame({"Email": ["ana@acme.com"]}), COMPANIES, parse_rulebook(part))
    both = parse_rulebook({**part, "model": "default"})
    assert len(unify(pd.DataFrame({"Email": ["ana@acme.com"]}), COMPANIES, both).decisions) == 1
