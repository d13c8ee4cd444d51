"""Several domains and telephone numbers in one cell."""

from __future__ import annotations

import re

from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.host import host_of
from gsprep.values.multi_value import MAY_BE_HOSTS, MAY_BE_PHONES, hosts_in, phones_in
from gsprep.values.phone import phone_key


@each_row(
    ("cell", "hosts", "unread"),
    [
        ("acme.com, acme.de", ("acme.com", "acme.de"), False),
        ("acme.com|acme.de", ("acme.com", "acme.de"), False),
        ("acme.com\nacme.de\r\nacme.fr", ("acme.com", "acme.de", "acme.fr"), False),
        ("acme.com / acme.de", ("acme.com", "acme.de"), False),
        ("acme.com/acme.de", ("acme.com", "acme.de"), False),
        ("acme.com;acme.com", ("acme.com",), False),
        ("https://acme.com/about, acme.de", ("acme.com", "acme.de"), False),
        ("https://acme.com/acme.de", ("acme.com",), False),
        ("acme.com/index.html", ("acme.com",), False),
        ("acme.com/de/about", ("acme.com",), False),
        ("www.acme.com (main), info@acme.de", ("acme.com", "acme.de"), False),
        ("acme.internal", ("acme.internal",), False),
        ("https://www.LinkedIn.com/company/acme", (), True),
        ("facebook.com/acme", (), True),
        ("https://acme.com; https://sites.google.com/view/acme", ("acme.com",), True),
        ("https://www.linkedin.com/", ("linkedin.com",), False),
        ("netflix.com/browse", ("netflix.com",), False),
        ("acme.com, n/a", ("acme.com",), False),
        ("n/a", (), False),
        ("see website", (), True),
        ("acme dot com", (), True),
        ("acme.com, acme dot de", ("acme.com",), True),
    ],
)
def test_hosts(cell: str, hosts: tuple[str, ...], unread: bool) -> None:  # noqa: FBT001  a table
    assert hosts_in(cell) == (hosts, unread)


@each_row(
    ("cell", "phones", "unread"),
    [
        ("+1 415 555 0102 / +1 415 555 0199", ("+14155550102", "+14155550199"), False),
        ("+14155550102/+14155550199", ("+14155550102", "+14155550199"), False),
        ("+14155550102, +14155550199", ("+14155550102", "+14155550199"), False),
        ("+14155550102|+14155550199", ("+14155550102", "+14155550199"), False),
        ("+14155550102\n+14155550199", ("+14155550102", "+14155550199"), False),
        ("030/1234567", ("+49301234567",), False),
        ("030 / 1234567", ("+49301234567",), False),
        ("030/1234567 / 030/7654321", ("+49301234567", "+49307654321"), False),
        ("02202/123456/02202/654321", ("+492202123456", "+492202654321"), False),
        ("030/1234567, 0170/7654321", ("+49301234567", "+491707654321"), False),
        ("Tel: 030 1234567 oder 030 7654321", ("+49301234567", "+49307654321"), False),
        ("+1 415 555 0102, ext. 5", ("+14155550102",), False),
        ("+1 415 555 0102 / 0199", ("+14155550102",), False),
        ("+14155550102; unknown number 12345678901234567890", ("+14155550102",), True),
        ("see website", (), True),
        ("n/a", (), False),
        ("000-000-0000", (), False),
    ],
)  # fmt: skip
def test_phones(cell: str, phones: tuple[str, ...], unread: bool) -> None:  # noqa: FBT001  a table
    assert phones_in(cell, "DE") == (phones, unread)


@given(st.text(alphabet="acme.de/:;,| \nwhtps", max_size=30))
def test_a_cell_without_a_sign_between_holds_at_most_one_host(cell: str) -> None:
    if re.search(MAY_BE_HOSTS, cell) is None:
        found = host_of(cell)
        assert hosts_in(cell).entries == ((found,) if found else ())


@given(st.text(alphabet="0123456789+-() ", max_size=30))
def test_a_cell_without_a_sign_between_holds_at_most_one_number(cell: str) -> None:
    assert re.search(MAY_BE_PHONES, cell) is None
    found = phone_key(cell, "DE")
    assert phones_in(cell, "DE").entries == ((found,) if found else ())
