"""A key that opens once, and a page that ends when nobody is there."""

from __future__ import annotations

import pytest

from gsprep.review.serve import Access, Presence


def test_the_key_opens_once() -> None:
    access = Access(5000)
    key = access.address.rpartition("/")[2]
    assert access.exchange(key + "x") is None
    assert access.exchange("ключ") is None
    value = access.exchange(key)
    assert access.knows(value)
    assert access.exchange(key) is None
    assert not access.knows(None)
    assert not access.knows("")


def test_keys_and_cookies_are_of_one_page_alone() -> None:
    one, other = Access(5000), Access(5001)
    assert one.address != Access(5000).address
    assert one.cookie != other.cookie
    assert len(one.address.rpartition("/")[2]) >= 32


def test_the_page_waits_from_its_last_use() -> None:
    now = [100.0]
    presence = Presence(60, clock=lambda: now[0])
    assert presence.left() == 60
    now[0] = 150
    presence.used()
    now[0] = 200
    assert presence.left() == pytest.approx(10)
    now[0] = 211
    assert presence.left() == 0
    presence.wait()


def test_the_page_can_be_ended() -> None:
    presence = Presence(3600)
    presence.end()
    assert presence.left() == 0
    presence.wait()
