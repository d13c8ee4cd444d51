"""Names of companies in one script, and stated employers in another."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.prepare import prepare
from gsprep.unification.unify import unify

LISTED = [
    ("慶應義塾", "keio.jp"),
    ("花王株式会社", "kao.co.jp"),
    ("海尔集团", "haier.cn"),
    ("Газпром", "gazprom.ru"),
    ("Εθνική Τράπεζα", "nbg.gr"),
    ("أرامكو السعودية", "aramco.sa"),
    ("טבע תעשיות", "teva.co.il"),
    ("ธนาคารกรุงเทพ", "bangkokbank.co.th"),
    ("아모레SDS", "amore.com"),
    ("아모레전자", "amore.com"),
]
MIXED = [
    ("森永 Morinaga", "morinaga.co.jp"), ("Яндекс Yandex", "ya.ru"), ("Acme Bolts", "acme.com"),
    ("京都大学", "kyoto-u.ac.jp"), ("삼성전자", "samsung.com"),
]  # fmt: skip
STATED = [
    "Keio Gijuku", "Kao Soap", "Haier Smart Home", "Gazprom PJSC",
    "National Bank of Greece", "Saudi Aramco", "Teva", "Bangkok Bank", "Amore SDS", "Zumbador",
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
EMAILS = [f"a@mail.{domain}" for _, domain in LISTED] + ["a@keio-gijuku.jp", "a@gmail.com"]


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
        ("a@keio.jp", "Keio Gijuku", "match"),
        ("a@mails.haier.cn", "Haier", "match"),
        ("a@acme.com", "アクメ", "match"),
        ("a@amore.com", "Amore SDS", "review"),  # two companies list the domain
        ("a@amore.com", "아모레SDS", "match"),
        # A name in both scripts is compared by what it has in the one of the employer.
        ("a@morinaga.co.jp", "Morinaga", "match"),
        ("a@morinaga.co.jp", "森永", "match"),
        ("a@ya.ru", "Yandex", "match"),
        ("a@ya.ru", "Яндекс", "match"),
        ("a@morinaga.co.jp", "Hitachi", "review"),
        ("a@morinaga.co.jp", "日立製作所", "review"),
        ("a@morinaga.co.jp", "Хитачи", "match"),
        # The same script: another employer.
        ("a@keio.jp", "早稲田大学", "review"),
        ("a@gazprom.ru", "Роснефть", "review"),
        ("a@acme.com", "Zumbador Steel", "review"),
        ("a@gmail.com", "慶応義塾", "match"),
        # Words, places and groups that are known in both scripts.
        ("a@gmail.com", "University of Kyoto", "match"),
        ("a@gmail.com", "京都師範大学", "review"),
        ("a@gmail.com", "Kyoto Normal University", "review"),
        ("a@gmail.com", "Samsung Electronics", "match"),
        # Nothing but a name in another script.
        ("a@gmail.com", "Keio Gijuku", "no_match"),
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
    people = pd.DataFrame({"Email": ["a@keio.jp"], "CompanyName": ["Keio Gijuku"]})
    line = unify(people, INDEX).decisions.iloc[0]
    assert line["reason"] == "Only this company lists their e-mail domain."
