"""The page on a port of this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from flask import Flask

from gsprep.errors import SettingsError
from gsprep.review.app import make_app
from gsprep.review.serve import Access, Presence, Server, serve_page

if TYPE_CHECKING:
    from gsprep.review.session import Session


def test_it_serves_this_machine_alone_and_its_last_page_arrives(session: Session) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    access, presence = Access(port), Presence(60)
    with (
        Server(make_app(session, access, presence), listener) as server,
        httpx.Client(
            base_url=access.origin, headers={"Origin": access.origin}, timeout=300
        ) as client,
    ):
        assert client.get(access.address).status_code == 200
        assert "Ana Ruiz" in client.get("/people/1").text
        assert "Closed" in client.post("/end").text
        presence.wait()
        server.close()
    with pytest.raises(OSError, match="file descriptor"):
        listener.getsockname()


def test_connections_that_say_nothing_keep_no_one_out(session: Session) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with ExitStack() as silent, Server(make_app(session, access, Presence(60)), listener):
        for _ in range(250):
            silent.enter_context(socket.create_connection(listener.getsockname()))
        assert httpx.get(access.address, timeout=300).status_code == 200


def test_a_port_in_use_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} cannot be used: .*in use"):
            serve_page(lambda _, __: Flask("none"), print, port=port, idle=1)
