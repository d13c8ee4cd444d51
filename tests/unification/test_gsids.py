"""Gsids of companies that have none, from the companies of the tenant."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import text_frame
from gsprep.unification.prepare import lacks_gsids, prepare, with_gsids
from gsprep.unification.rulebook import read_rulebook

ID = "0015000000Gv7qJ"
TENANT = text_frame(
    pd.DataFrame(
        [
            ("A", "Acme, Inc.", "acme.com", f"{ID}AAR"),
            ("B", "Bolt Industries", "bolt.io, bolt.de", None),
            ("C", "Carrot Group", "carrot.com", None),
            ("D", "Carrot Labs", "carrot.com", None),
            ("E", "Twin", None, None),
            ("F", "Twin", None, None),
            ("G", "Quux GmbH", "gmail.com", None),
        ],
        columns=["Gsid", "Name", "Domain", "SfdcAccountId"],
    )
)

DOMAINS = "(row_id 1, 2): write domains as acme.com"
NUMBERS = "a number needs its country code, or the company's country, or region in the rulebook"


@pytest.mark.parametrize(
    ("company", "gsid"),
    [
        pytest.param({"Name": "Acme Renamed", "SfdcAccountId": ID}, "A", id="an identifier"),
        pytest.param(
            {"Name": "Bolt Industries", "SfdcAccountId": ID}, "A", id="an identifier goes before"
        ),
        pytest.param({"Name": "Unknown", "Domain": "https://www.bolt.de/"}, "B", id="a domain"),
        pytest.param({"Name": "ACME"}, "A", id="the name"),
        pytest.param({"Name": "Carrot Labs", "Domain": "carrot.com"}, "D", id="a shared domain"),
        pytest.param({"Name": "Acme", "Domain": "bolt.io"}, None, id="domain and name differ"),
        pytest.param({"Name": "X", "Domain": "acme.com;bolt.io"}, None, id="domains differ"),
        pytest.param({"Name": "Twin"}, None, id="a name of two"),
        pytest.param({"Name": "Quux GmbH"}, "G", id="the name with its legal form"),
        pytest.param({"Name": "Quux Ltd"}, None, id="another legal form"),
        pytest.param({"Name": "Xyz", "Domain": "gmail.com"}, None, id="free mail"),
        pytest.param({"Name": "Acmee"}, None, id="a name spelled alike"),
        pytest.param({"Domain": "acme.com"}, "A", id="no name"),
    ],
)
def test_by_what_a_company_is_found(company: dict[str, str], gsid: str | None) -> None:
    own = text_frame(pd.DataFrame([{"Name": None, "Domain": None, **company}], dtype="str"))
    found, note = with_gsids(own, TENANT, read_rulebook())
    assert found["Gsid"].where(found["Gsid"].notna(), None).tolist() == [gsid]
    assert found.drop(columns="Gsid").equals(own)
    assert note.startswith(f"{int(gsid is not None)} of 1 company without Gsid")


def test_a_list_lacks_gsids_if_no_company_has_one() -> None:
    assert lacks_gsids(text_frame(pd.DataFrame({"Name": ["A"]})))
    assert lacks_gsids(text_frame(pd.DataFrame({"Name": ["A"], "Gsid": [None]})))
    assert not lacks_gsids(text_frame(pd.DataFrame({"Name": ["A", "B"], "Gsid": [None, "X"]})))


def test_a_list_without_gsids_is_told_how_to_get_them() -> None:
    with pytest.raises(MissingColumnsError, match="gsprep companies --to TENANT"):
        prepare(pd.DataFrame({"Name": ["Acme"], "Domain": ["acme.com"]}))


@pytest.mark.parametrize(
    ("domain", "phone", "notes"),
    [
        pytest.param(["acme.com, acme.de", "n/a"], ["+1 415 555 0102/0199", None], [], id="none"),
        pytest.param(
            ["see website", "acme dot com"],
            [None, "415 555 0102"],
            [
                f"2 companies have a Domain that could not be read, or not all of it {DOMAINS}",
                "1 company has a Phone that could not be read, or not all of it (row_id 2): "
                + NUMBERS,
            ],
            id="both",
        ),
    ],
)
def test_cells_that_cannot_be_read_are_counted(
    domain: list[str], phone: list[str | None], notes: list[str]
) -> None:
    gsids = ["1P02" + letter * 32 for letter in "ZA"]
    companies = pd.DataFrame(
        {"Gsid": gsids, "Name": ["Quux", "Zork"], "Domain": domain, "Phone": phone}
    )
    assert list(prepare(companies).notes) == notes
    (short,) = prepare(
        companies.assign(Gsid=[gsids[0], "1P02A"]).drop(columns=["Domain", "Phone"])
    ).notes
    assert short.startswith("1 company has a Gsid that is no GSID (row_id 2): ")
