"""A port for a server that cannot say which one it took."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port of this machine that no one listens to.

    It is below those that a system gives to whoever asks for any, so it is still free afterwards.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
