"""Names of companies in one script, and stated employers in another."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.prepare import prepare
from gsprep.unification.unify import unify

LISTED = [
    ("早稲田大学", "waseda.jp"),
    ("トヨタ自動車株式会社", "toyota.co.jp"),
    ("清华大学", "tsinghua.edu.cn"),
    ("Газпром", "gazprom.ru"),
    ("Εθνική Τράπεζα", "nbg.gr"),
    ("أرامكو السعودية", "aramco.sa"),
    ("טבע תעשיות", "teva.co.il"),
    ("ธนาคารกรุงเทพ", "bangkokbank.co.th"),
    ("삼성SDS", "samsung.com"),
    ("삼성전자", "samsung.com"),
]
MIXED = [("東芝 Toshiba", "toshiba.co.jp"), ("Яндекс Yandex", "ya.ru"), ("Acme Bolts", "acme.com")]
STATED = [
    "Waseda University", "Toyota Motor Corporation", "Tsinghua University", "Gazprom PJSC",
    "National Bank of Greece", "Saudi Aramco", "Teva", "Bangkok Bank", "Samsung SDS", "Zumbador",
]  # fmt: skip
# A domain that is called like the employer says more than its script.
UNLIKE_DOMAINS = [
    one for one in STATED if one not in {"Gazprom PJSC", "Saudi Aramco", "Teva", "Bangkok Bank"}
]


def companies(listed: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame({
        "Gsid": [str(at) for at in range(len(listed))],
        "Name": [name for name, _ in listed],
        "Domain": [domain for _, domain in listed],
    })  # fmt: skip


INDEX = prepare(companies(LISTED))
ALL = prepare(companies(LISTED + MIXED))
EMAILS = [f"a@mail.{domain}" for _, domain in LISTED] + ["a@waseda-university.jp", "a@gmail.com"]


@given(
    st.lists(
        st.tuples(st.sampled_from(EMAILS), st.sampled_from(UNLIKE_DOMAINS)), min_size=1, max_size=8
    )
)
def test_an_employer_in_another_script_is_as_if_it_were_not_stated(
    people: list[tuple[str, str]],
) -> None:
    whole = pd.DataFrame(people, columns=["Email", "CompanyName"])
    columns = ["verdict", "company_name", "probability", "reason"]
    found = unify(whole, INDEX).decisions[columns]
    silent = unify(whole.assign(CompanyName=None).astype("str"), INDEX).decisions[columns]
    pd.testing.assert_frame_equal(found, silent)
    back = unify(whole[::-1], INDEX).decisions[columns]
    pd.testing.assert_frame_equal(found, back[::-1].reset_index(drop=True))


@pytest.mark.parametrize(
    ("email", "stated", "verdict"),
    [
        ("a@waseda.jp", "Waseda University", "match"),
        ("a@mails.tsinghua.edu.cn", "Tsinghua University", "match"),
        ("a@acme.com", "アクメ", "match"),
        ("a@samsung.com", "Samsung SDS", "review"),  # two companies list the domain
        ("a@samsung.com", "삼성SDS", "match"),
        # A name in both scripts is compared by what it has in the one of the employer.
        ("a@toshiba.co.jp", "Toshiba", "match"),
        ("a@toshiba.co.jp", "東芝", "match"),
        ("a@ya.ru", "Yandex", "match"),
        ("a@ya.ru", "Яндекс", "match"),
        ("a@toshiba.co.jp", "Hitachi", "review"),
        ("a@toshiba.co.jp", "日立製作所", "review"),
        ("a@toshiba.co.jp", "Хитачи", "match"),
        # The same script: another employer.
        ("a@waseda.jp", "慶應義塾大学", "review"),
        ("a@gazprom.ru", "Роснефть", "review"),
        ("a@acme.com", "Zumbador Steel", "review"),
        ("a@gmail.com", "早稲田大學", "match"),
        ("a@gmail.com", "早稲田工科大学", "review"),
        # Nothing but a name in another script.
        ("a@gmail.com", "Waseda University", "no_match"),
        # The same name in Latin letters.
        ("a@gmail.com", "Gazprom PJSC", "match"),
        ("a@gmail.com", "Роснефть", "no_match"),
    ],
)
def test_names_are_compared_in_a_script_that_both_have(
    email: str, stated: str, verdict: str
) -> None:
    people = pd.DataFrame({"Email": [email], "CompanyName": [stated]})
    assert unify(people, ALL).decisions["verdict"].tolist() == [verdict]


def test_an_employer_of_another_script_is_no_other_employer_of_the_domain() -> None:
    people = pd.DataFrame({"Email": ["a@waseda.jp"], "CompanyName": ["Waseda University"]})
    line = unify(people, INDEX).decisions.iloc[0]
    assert line["reason"] == "Only this company lists their e-mail domain."
