"""Companies that share a domain, domains on no list, and endings that are no public suffix."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import parse_rulebook
from gsprep.unification.unify import unify
from gsprep.values.host import owned_domain, owned_domains

FAMILY = prepare(
    pd.DataFrame(
        [
            ("P", "Daeyu Co Ltd", "daeyu.com", "KR", "+82212345678"),
            ("S", "Daeyu Plus Co Ltd", "daeyu.com", "KR", "+82212345999"),
            ("E", "Daeyu Europe GmbH", "daeyu.com", "DE", None),
        ],
        columns=["Gsid", "Name", "Domain", "Country", "Phone"],
    )
)


@pytest.mark.parametrize(
    ("name", "country", "phone", "verdict", "company"),
    [
        pytest.param(None, None, None, "review", None, id="the domain alone"),
        pytest.param(None, "KR", None, "review", None, id="the country of two of them"),
        pytest.param("Daeyu", "KR", None, "match", "P", id="the parent's name and country"),
        pytest.param("Daeyu", "DE", None, "review", "P", id="the country of a subsidiary"),
        pytest.param("Daeyu", "KR", "+82212345999", "review", None, id="a subsidiary's number"),
        pytest.param("Daeyu", "KR", "+82212345678", "match", "P", id="the parent's number"),
        pytest.param("Daeyu Plus", None, None, "match", "S", id="a subsidiary's name"),
        pytest.param("Daeyu Europe", "DE", None, "match", "E", id="its name and country"),
        pytest.param(None, None, "+82212345999", "match", "S", id="its number"),
    ],
)
def test_a_shared_domain_is_the_parent_s_only_if_the_rest_says_so(
    name: str | None, country: str | None, phone: str | None, verdict: str, company: str | None
) -> None:
    people = pd.DataFrame(
        {"Email": ["a@daeyu.com"], "CompanyName": [name], "Country": [country], "Phone": [phone]},
        dtype="str",
    )
    line = unify(people, FAMILY).decisions.iloc[0]
    assert line["verdict"] == verdict
    assert company in {None, line["Company_ID"]}
    if verdict == "review" and name and line["probability"] > 0.95:
        ends = (
            "A related company at their e-mail domain fits better",
            "Another company fits as well",
        )
        assert any(end in line["reason"] for end in ends)


GROUP = prepare(
    pd.DataFrame(
        [
            ("A", "Zumbador AG", "zumbador.com;zumbador-torvald.de", "DE", "+49301234567"),
            ("B", "Costear", "costear.se", "SE", None),
            ("C", "Costear Paper AB", "costear-paper.se", "SE", None),
            ("D", "Daeyu Steel Works", "daeyu.com", "KR", None),
        ],
        columns=["Gsid", "Name", "Domain", "Country", "Phone"],
    )
)


@pytest.mark.parametrize(
    ("domain", "stated", "verdict"),
    [
        pytest.param("zumbador.com", "Zumbador", "match", id="its name"),
        pytest.param("zumbador.com", "Zumbador Electric", "review", id="a common word"),
        pytest.param("zumbador.com", "Zumbador Quirinal GmbH", "review", id="a rare word"),
        pytest.param("zumbador.com", "Zumbador Torvald GmbH", "match", id="another domain of it"),
        pytest.param("zumbador.com", "Zumbador Energy Sales Germany", "review", id="several words"),
        pytest.param("zumbador.com", "Zumbador Germany", "match", id="a country"),
        pytest.param("zumbador.com", "Zumbador Deutschland", "match", id="its own name for it"),
        pytest.param("zumbador.com", "Zumbador München", "match", id="a town"),
        pytest.param("zumbador.com", "Zumbador Europe", "match", id="a continent"),
        pytest.param("zumbador.com", "Zumbador - HR", "match", id="a department"),
        pytest.param("zumbador.com", "Zumbador Vertrieb", "match", id="one in another language"),
        pytest.param("zumbador.com", "Zumbador AG Berlin", "match", id="a form and a town"),
        pytest.param("zumbador.com", "Zumbador Plant 2", "match", id="a number"),
        pytest.param("zumbador.com", "Zumbador GmhbH", "match", id="a misspelt form"),
        pytest.param("zumbador.com", "Zumbador Holding", "match", id="its holding"),
        pytest.param("zumbador-torvald.de", "Zumbador Torvald", "match", id="a domain of the part"),
        pytest.param("costear.se", "Costear Paper", "review", id="a listed relative"),
        pytest.param("costear-paper.se", "Costear Paper", "match", id="at its own domain"),
        pytest.param("daeyu.com", "Daeyu Steel Works Torvald", "match", id="a long name goes on"),
    ],
)
def test_a_name_that_goes_on_may_be_a_relative_s(domain: str, stated: str, verdict: str) -> None:
    people = pd.DataFrame({"Email": [f"a@{domain}"], "CompanyName": [stated]})
    line = unify(people, GROUP).decisions.iloc[0]
    assert line["verdict"] == verdict
    if line["Company_ID"] == "A" and verdict == "review" and line["probability"] > 0.95:
        assert "another company of its group: a person has to decide" in line["reason"]


def test_the_company_s_number_shows_that_it_is_a_part() -> None:
    people = pd.DataFrame(
        {
            "CompanyName": ["Zumbador Electric"],
            "Phone": ["+49301234567"],
            "Email": ["a@zumbador.com"],
        }
    )
    assert unify(people, GROUP).decisions["verdict"].item() == "match"


SPELLED = prepare(
    pd.DataFrame({
        "Gsid": [*"ABCDE"],
        "Name": ["Müller Maschinenbau GmbH", "Jo\u0308rgensen A/S", "Baby-Walz GmbH", "Böll & Co",
                 "Lufthansa Airplus GmbH"],
        "Country": ["DE", "DK", "DE", "DE", "DE"],
    }).astype("str")
)  # fmt: skip


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        pytest.param("muellermaschinenbau.de", "A", id="ue"),
        pytest.param("muller-maschinenbau.de", "A", id="u"),
        pytest.param("mueller.com", "A", id="the first word"),
        pytest.param("joergensen.dk", "B", id="oe of a letter and its accent"),
        pytest.param("walz.de", "C", id="a later word"),
        pytest.param("airplus.com", "E", id="a later word under another ending"),
        pytest.param("moeller.de", None, id="another name"),
    ],
)
def test_a_domain_may_spell_letters_out_and_be_a_later_word(
    domain: str, company: str | None
) -> None:
    people = pd.DataFrame({"Email": [f"a@{domain}"]})
    evidence = unify(people, SPELLED).evidence
    assert evidence["Company_ID"].tolist()[:1] == ([company] if company else [])


def test_a_stated_employer_may_spell_letters_out() -> None:
    people = pd.DataFrame({"CompanyName": ["Mueller Maschinenbau", "Muller Maschinenbau GmbH"]})
    assert (unify(people, SPELLED).evidence["same_name"] > 0).all()


@pytest.mark.parametrize(
    ("stated", "other"),
    [
        pytest.param("Banco Zumbador México", True, id="another country"),
        pytest.param("Banco Zumbador Chile", False, id="the same"),
        pytest.param("Chile Zumbador", False, id="the same elsewhere"),
        pytest.param("Banco Zumbador", False, id="none"),
        pytest.param("Banco Zumbador Chilean", False, id="what is of it"),
    ],
)
def test_two_names_may_have_different_countries(stated: str, other: bool) -> None:  # noqa: FBT001  a table
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Banco Zumbador de Chile"]})
    evidence = unify(pd.DataFrame({"CompanyName": [stated]}), companies).evidence
    assert (evidence["other_country_in_name"].item() < 0) == other


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        pytest.param("Müller Bau", "Mueller Bau GmbH", id="ü"),
        pytest.param("Mueller Bau", "Müller Bau GmbH", id="ue"),
        pytest.param("Muller Bau", "Müller Bau GmbH", id="u"),
        pytest.param("Jørgensen", "Joergensen A/S", id="ø"),
        pytest.param("Joergensen", "Jørgensen A/S", id="oe"),
        pytest.param("Ålborg Bygg", "Aalborg Bygg", id="å"),
        pytest.param("Aalborg Bygg", "Ålborg Bygg", id="aa"),
        pytest.param("Großmann", "Grossmann KG", id="ß"),
        pytest.param("Grossmann", "Großmann KG", id="ss"),
    ],
)
def test_letters_spelled_out_are_the_same_name_both_ways(stated: str, listed: str) -> None:
    companies = pd.DataFrame({"Gsid": ["A", "B"], "Name": [listed, "Bauer"]})
    people = pd.DataFrame({"CompanyName": [stated, "Baur", "Müller Torvald"]})
    lines = unify(people, companies).evidence
    same = lines.loc[(lines["same_name"] > 0), ["row_id", "Company_ID"]]
    assert same.to_numpy().tolist() == [["1", "A"]]


def test_many_of_both_spellings_are_no_two_words() -> None:
    trades = ("Bau", "Technik", "Elektro", "Druck", "Metall")
    names = [f"{name} {trade}" for name in ("Müller", "Mueller") for trade in trades]
    companies = pd.DataFrame({"Name": [*names, "Mueller Dental Nord"]})
    companies["Gsid"] = [f"G{at}" for at in range(len(companies))]
    line = unify(pd.DataFrame({"CompanyName": ["Müller Dental"]}), companies).evidence.iloc[0]
    assert (line["Company_ID"], line["other_word"]) == ("G10", 0)


@pytest.mark.parametrize(
    ("domain", "country", "abroad"),
    [
        pytest.param("nielsen.dk", "US", True, id="of another country"),
        pytest.param("nielsen.dk", "DK", False, id="of its country"),
        pytest.param("nielsen.io", "US", False, id="used everywhere"),
        pytest.param("nielsen.dk", None, False, id="no country"),
    ],
)
def test_a_domain_named_like_a_company_may_end_in_another_country(
    domain: str,
    country: str | None,
    abroad: bool,  # noqa: FBT001  a table
) -> None:
    companies = pd.DataFrame(
        {"Gsid": ["A"], "Name": ["Nielsen"], "Country": [country]}, dtype="str"
    )
    evidence = unify(pd.DataFrame({"Email": [f"a@{domain}"]}), companies).evidence
    assert (evidence["domain_abroad"].item() < 0) == abroad


MEMBERS = st.lists(
    st.sampled_from(["", "Plus", "Europe GmbH", "Holdings", "A-Tech", "Japan KK", "Retail"]),
    min_size=2,
    max_size=5,
    unique=True,
)


@given(MEMBERS, st.sampled_from([None, "Zumbador Steel"]))
def test_no_member_of_a_family_is_matched_by_the_domain_alone(
    members: list[str], stated: str | None
) -> None:
    companies = pd.DataFrame({"Name": [f"Daeyu {name}".strip() for name in members]}, dtype="str")
    companies = companies.assign(
        Gsid=[f"G{at}" for at in range(len(members))], Domain="daeyu.com", Country="KR"
    )
    people = pd.DataFrame(
        {"Email": "a@daeyu.com", "CompanyName": stated, "Country": ["KR", None, "DE"]}, dtype="str"
    )
    assert "match" not in set(unify(people, companies).decisions["verdict"])


LABELLED = prepare(
    pd.DataFrame(
        [
            ("A", "Zork Labs", None, "DE"),
            ("B", "Quux", None, "DE"),
            ("C", "Quux Nord", None, "DE"),
            ("D", "Boltik Industries", "boltik.io", "DE"),
            ("H", "Linear Orbit", "linear.app", "DE"),
            ("E", "Zorkisch GmbH", None, "DE"),
            ("F", "Quorum Authority (QRA)", "quorum.gov", "DE"),
            ("G", "Tumbler Office", "quorum.gov", "DE"),
        ],
        columns=["Gsid", "Name", "Domain", "Country"],
    ),
    parse_rulebook({"model": "default", "decide": {"match_from": 0.7}}),
)


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        pytest.param({"Email": "a@zorklabs.com", "Country": "DE"}, "match", id="and the country"),
        pytest.param({"Email": "a@zorklabs.com"}, "match", id="several words and no country"),
        pytest.param({"Email": "a@zorkisch.com"}, "review", id="one word and no country"),
        pytest.param({"Email": "a@boltik.eu"}, "match", id="another ending of its domain"),
        pytest.param({"Email": "a@linear.com"}, "review", id="a word, with another ending"),
        pytest.param({"Email": "a@zorklabs.com", "Country": "FR"}, "review", id="another country"),
        pytest.param({"Email": "a@quux.com", "Country": "DE"}, "review", id="a second candidate"),
        pytest.param(
            {"Email": "a@zorklabs.com", "Country": "DE", "CompanyName": "Zork Labyrinth Works"},
            "review",
            id="a name that speaks against it",
        ),
        pytest.param(
            {"Email": "a@boltikindustries.com", "Country": "DE"},
            "match",
            id="another listed domain",
        ),
    ],
)
def test_a_domain_like_the_name_decides_with_the_country_alone(
    cells: dict[str, str], verdict: str
) -> None:
    people = pd.DataFrame([cells], dtype="str")
    assert unify(people, LABELLED).decisions["verdict"].iloc[0] == verdict


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        pytest.param("qra.quorum.gov", "F", id="a short name"),
        pytest.param("tumbler.quorum.gov", "G", id="a rare word"),
        pytest.param("mail.quorum.gov", None, id="a word"),
        pytest.param("quorum.gov", None, id="no part"),
    ],
)
def test_a_part_of_a_shared_domain_may_be_named_like_a_company(
    domain: str, company: str | None
) -> None:
    evidence = unify(pd.DataFrame({"Email": [f"a@{domain}"]}), LABELLED).evidence
    named = evidence.loc[evidence["subdomain_like_name"] > 0, "Company_ID"]
    assert named.tolist() == ([company] if company else [])
    assert company in {None, evidence["Company_ID"].iloc[0]}


def test_what_is_enough_together_is_the_rulebook_s() -> None:
    people = pd.DataFrame({"Email": ["a@zorklabs.com"], "Country": ["DE"]})
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Zork Labs"], "Country": ["DE"]})
    book = parse_rulebook({"model": "default", "enough_together": []})
    assert unify(people, companies, book).decisions["verdict"].iloc[0] == "review"


ACRONYM = pd.DataFrame(
    [("A", "Torvald & Quirinal Systems", "tq.com", "DE"), ("B", "T Sunrise Q", "tsq.net", "US")],
    columns=["Gsid", "Name", "Domain", "Country"],
)


@pytest.mark.parametrize(
    ("country", "verdict"), [("DE", "match"), (None, "review"), ("US", "review")]
)
def test_an_employer_called_like_a_listed_domain_is_enough_in_its_country(
    country: str | None, verdict: str
) -> None:
    people = pd.DataFrame({"CompanyName": ["T&Q"], "Country": [country]}, dtype="str")
    unified = unify(people, ACRONYM)
    assert unified.decisions["verdict"].iloc[0] == verdict
    assert unified.decisions["Company_ID"].iloc[0] == "A"


def test_a_part_of_a_company_at_its_domain_is_not_lost() -> None:
    people = pd.DataFrame(
        {
            "Email": ["a@zumbador.com", "a@torvald.com", "a@torvald.com"],
            "CompanyName": ["Zumbador Corporation of America", "Torvald Line", "Torvald Sales"],
            "Country": ["US", None, None],
        },
        dtype="str",
    )
    companies = pd.DataFrame(
        [
            ("A", "Zumbador Group Corporation", "zumbador.com", "JP"),
            ("B", "Q.X. Quirinal - Torvald A/S", "torvald.com", "DK"),
        ],
        columns=["Gsid", "Name", "Domain", "Country"],
    )
    lines = unify(people, companies).decisions
    assert lines["Company_ID"].tolist() == ["A", "B", "B"]
    assert lines["probability"].iloc[1] < lines["probability"].iloc[2]


def test_an_ending_that_is_no_public_suffix_names_no_company() -> None:
    companies = pd.DataFrame(
        {
            "Gsid": ["A", "B"],
            "Name": ["Acme", "Bolt"],
            "Domain": ["acme.example", "intra.bolt.internal"],
        }
    )
    hosts = ["acme.example", "mail.acme.example", "zork.example", "bolt.internal", "zork.internal"]
    people = pd.DataFrame({"Email": [f"a@{host}" for host in hosts]})
    lines = unify(people, companies).decisions
    assert lines["verdict"].tolist() == ["match", "match", "no_match", "review", "no_match"]


ENDINGS = [
    "example", "corp", "internal", "local", "lan", "home.arpa", "test", "intranet", "private",
    "localdomain", "home", "invalid", "onion", "zz", "co.example", "com.zz", "onmicrosoft.com",
    "mail.onmicrosoft.com", "sharepoint.com", "zendesk.com", "github.io", "co.uk", "gov.uk",
    "k12.ca.us",
]  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "listed"),
    [
        *((ending, "acme.{}") for ending in ENDINGS),
        *(
            (ending, listed)
            for ending in ENDINGS[::4]
            for listed in ("intra.acme.{}", "acme.{}; {}")
        ),
    ],
)
def test_nobody_is_drawn_to_a_company_under_the_same_ending(ending: str, listed: str) -> None:
    domain = listed.format(ending, ending)
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Acme"], "Domain": [domain]})
    hosts = [f"{before}{ending}" for before in ("zork.", "mail.zork.", "zork-acme.", "x.y.z.")]
    people = pd.DataFrame({"Email": [f"a@{host}" for host in hosts]})
    lines = unify(people, companies).decisions
    assert set(lines["verdict"]) <= {"no_match"}


LABELS = st.lists(
    st.sampled_from(["a", "acme", "co", "uk", "com", "corp", "internal", "xn--bcher-kva"]),
    min_size=1,
    max_size=4,
)


@given(st.lists(LABELS, max_size=5))
def test_owned_domains_of_a_column(several: list[list[str]]) -> None:
    hosts = [".".join(labels) for labels in several]
    owned, label = owned_domains(pa.array(hosts, pa.large_string()))
    assert owned.to_pylist() == list(map(owned_domain, hosts))
    for host, one, first in zip(hosts, owned.to_pylist(), label.to_pylist(), strict=True):
        assert host == one or host.endswith(f".{one}")
        assert first is None or one.split(".")[0] == first
        assert first is None or not host.endswith((".corp", ".internal"))


def test_what_follows_a_company_s_only_word_does_not_depend_on_other_people() -> None:
    """A longer word of somebody else once made every shorter one a misspelt legal form."""
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Zorkish"], "Domain": ["zorkish.com"]})
    people = pd.DataFrame(
        {
            "Email": ["a@zorkish.com", "b@quux.org"],
            "CompanyName": ["Zorkish Caledis", "Quux Incomprehensibilities"],
        }
    )
    both, alone = (unify(people.head(count), companies).evidence for count in (2, 1))
    assert both["more_than_its_name"].iloc[0] == alone["more_than_its_name"].iloc[0] < 0


@pytest.mark.parametrize(
    ("host", "other"),
    [
        pytest.param("quillorin.com", False, id="a word before it"),
        pytest.param("orinlabs.com", False, id="a word behind it"),
        pytest.param("tormaxone.com", True, id="another one"),
        pytest.param("tormarin.com", False, id="a letter is missing"),
    ],
)
def test_a_domain_near_the_listed_one_is_no_other_employer_s(
    host: str,
    other: bool,  # noqa: FBT001  a table
) -> None:
    domain = "tormarina.com" if host.startswith("tor") else "orin.com"
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Velquist Freight"], "Domain": [domain]})
    people = pd.DataFrame({"Email": [f"a@{host}"], "CompanyName": ["Velquist Freight"]})
    evidence = unify(people, prepare(companies)).evidence.iloc[0]
    assert (evidence["other_domain"] < 0) == other


@pytest.mark.parametrize(("host", "begun"), [("apollinmicro.com", False), ("apollin-us.com", True)])
def test_domains_that_begin_alike_and_go_on_are_two_companies(
    host: str,
    begun: bool,  # noqa: FBT001  a table
) -> None:
    listed = "apollinendo.com" if not begun else "apollin.com"
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Apollin Endoscopy"], "Domain": [listed]})
    people = pd.DataFrame({"Email": [f"a@{host}"], "CompanyName": ["Apollin"]})
    evidence = unify(people, prepare(companies)).evidence.iloc[0]
    assert (evidence["domain_begun_by_name"] > 0) == begun
    assert (evidence["other_domain"] < 0) != begun


def test_a_name_that_every_place_has_needs_more_than_itself() -> None:
    names = ["Third Presbyterian Church of Velor", "Marigold Presbyterian Church of Velor"]
    names.append("First Baptist Church")
    companies = pd.DataFrame({"Gsid": list("ABC"), "Name": names, "Country": "US"})
    stated = ["Third Presbyterian Church", "Marigold Presbyterian Church", "First Baptist Church"]
    people = pd.DataFrame({"Email": "a@gmail.com", "CompanyName": stated, "Country": "US"})
    book = parse_rulebook({"model": "default", "decide": {"match_from": 0.8}})
    decisions = unify(people, prepare(companies, book)).decisions
    assert decisions["verdict"].tolist() == ["review", "match", "review"]


@pytest.mark.parametrize("host", ["lincoln.or.us", "lincoln.k12.or.us", "lincoln.vic.gov.au"])
def test_a_public_body_of_a_state_is_not_that_of_another_one(host: str) -> None:
    other = host.replace("or.us", "wa.us").replace("vic", "nsw")
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Lincoln"], "Domain": [other]})
    people = pd.DataFrame({"Email": [f"a@{host}", f"a@{other}"]})
    assert unify(people, prepare(companies)).decisions["verdict"].tolist() == ["no_match", "match"]
