"""A key that opens once, and a page that ends when nobody is there."""

from __future__ import annotations

import pytest

from gsprep.review.door import Door, Presence


def test_the_key_opens_once() -> None:
    door = Door(5000)
    key = door.address.rpartition("/")[2]
    assert door.exchange(key + "x") is None
    assert door.exchange("ключ") is None
    value = door.exchange(key)
    assert door.knows(value)
    assert door.exchange(key) is None
    assert not door.knows(None)
    assert not door.knows("")


def test_keys_and_cookies_are_of_one_page_alone() -> None:
    one, other = Door(5000), Door(5001)
    assert one.address != Door(5000).address
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
