"""Several addresses in one cell are found, and never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.email import emails_in, holds_several_emails, repair_email

A, B = "ana@acme.com", "bo@acme.com"


@pytest.mark.parametrize(
    "text",
    [
        f"{A};{B}", f"{A}, {B}", f"{A} / {B}", f"{A} {B}", f"{A}\n{B}", f"{A} and {B}", f"{A}|{B}",
        f"Ana <{A}>, Bo <{B}>", f"{A}; Bo Berg <{B}>", f"mailto:{A};mailto:{B}", f"({A}) & ({B})",
        f"{A}; {B}; ANA@ACME.com", f"{A} oder {B}", f"{A};{B};",
    ],
)  # fmt: skip
def test_two(text: str) -> None:
    """And cleaning leaves such a cell to a person."""
    assert emails_in(text) == (A, B)
    assert holds_several_emails(text)
    assert "@" in (repair_email(text) or "").replace(A, "", 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(A, (A,), id="one"),
        pytest.param(f'"Ruiz, Ana" <{A}>', (A,), id="a name with a comma"),
        pytest.param(f"{A} <{A}>", (A,), id="an address for a name"),
        pytest.param('"a,b"@acme.com', (), id="a quoted part, which is refused"),
        pytest.param(f"{A};", (A,), id="a separator at the end"),
        pytest.param(f"{A}, {A.upper()}", (A,), id="twice the same"),
        pytest.param(f"{A}; n/a", (A,), id="one and nothing"),
        pytest.param("ana@@acme.com", (), id="broken"),
        pytest.param("none", (), id="no address"),
        pytest.param("", (), id="empty"),
    ],
)
def test_one_or_none(text: str, found: tuple[str, ...]) -> None:
    assert emails_in(text) == found
    assert not holds_several_emails(text)


@given(st.lists(st.sampled_from("abcdefg"), unique=True, max_size=5), st.sampled_from(";,| /"))
def test_each_is_found_in_its_order(names: list[str], sign: str) -> None:
    addresses = tuple(f"{name}@acme.com" for name in names)
    assert emails_in(sign.join(addresses)) == addresses
