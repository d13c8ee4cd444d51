"""The page on a port of this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from gsprep.review.app import make_app
from gsprep.review.door import Door, Presence
from gsprep.review.serve import Server, listening

if TYPE_CHECKING:
    from gsprep.review.desk import Desk


def test_it_serves_this_machine_alone_and_its_last_page_arrives(desk: Desk) -> None:
    listener = listening(0)
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    door, presence = Door(port), Presence(60)
    with (
        Server(make_app(desk, door, presence), listener) as server,
        httpx.Client(base_url=door.origin, headers={"Origin": door.origin}) as client,
    ):
        assert client.get(door.address).status_code == 200
        assert "Ana Ruiz" in client.get("/people/1").text
        assert "Closed" in client.post("/end").text
        presence.wait()
        server.close()
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0


def test_connections_that_say_nothing_keep_no_one_out(desk: Desk) -> None:
    listener = listening(0)
    door = Door(listener.getsockname()[1])
    with ExitStack() as silent, Server(make_app(desk, door, Presence(60)), listener):
        for _ in range(250):
            silent.enter_context(socket.create_connection(listener.getsockname()))
        assert httpx.get(door.address, timeout=30).status_code == 200


def test_a_port_in_use_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            listening(taken.getsockname()[1])
