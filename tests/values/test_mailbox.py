from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.mailbox import mailbox_keys


@pytest.mark.parametrize(
    ("address", "key"),
    [
        pytest.param("ana.ruiz@gmail.com", "anaruiz@gmail.com", id="dots"),
        pytest.param("anaruiz+x@googlemail.com", "anaruiz@gmail.com", id="plus, other domain"),
        pytest.param("ana.ruiz+x@outlook.com", "ana.ruiz@outlook.com", id="dots count"),
        pytest.param("ana+x+y@proton.me", "ana@proton.me", id="two plus"),
        pytest.param("ana+x@acme.com", "ana+x@acme.com", id="a company's own rules"),
        pytest.param("ana.b@gmail.com.co", "ana.b@gmail.com.co", id="another domain"),
        pytest.param("+x@gmail.com", "+x@gmail.com", id="nothing before the plus"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_mailbox(address: str | None, key: str | None) -> None:
    assert mailbox_keys(pa.array([address], pa.large_string())).to_pylist() == [key]


@given(st.lists(st.emails().map(str.lower)))
def test_the_key_is_its_own_key(addresses: list[str]) -> None:
    keys = mailbox_keys(pa.array(addresses, pa.large_string()))
    assert mailbox_keys(keys).equals(keys)
