"""A server on loopback that speaks bytes, with TLS if it is given a certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    # What is done with a connection of which the first bytes were read.
    Answer = Callable[[socket.socket, bytes], None]


@contextmanager
def listening(answer: Answer, pem: Path | None = None) -> Iterator[int]:
    """Serve each connection in a thread of its own until the end; give the port."""
    wire = _Wire(answer, pem)
    threading.Thread(target=wire.accept, daemon=True).start()
    try:
        yield wire.listener.getsockname()[1]
    finally:
        wire.close()


class _Wire:
    def __init__(self, answer: Answer, pem: Path | None) -> None:
        self._answer = answer
        self._context = None
        if pem is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(pem)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that gives up, or refuses the certificate, is what the tests are about.
        with connection, suppress(OSError):
            if self._context is None:
                self._speak(connection)
            else:
                with self._context.wrap_socket(connection, server_side=True) as spoken:
                    self._speak(spoken)

    def _speak(self, connection: socket.socket) -> None:
        self._answer(connection, connection.recv(65_536))
        # To close before everything was read would reset the connection, and the reply with it.
        while connection.recv(65_536):
            pass

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for one in (self.listener, *self._open):
            with suppress(OSError):
                one.close()


def reply(content: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return the bytes of a reply."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(lines).encode() + content
