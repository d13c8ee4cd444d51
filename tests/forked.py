"""A ``gsprep`` on the PATH that is a fork of a process which imported it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Hands its words, folder, environment and streams over, and ends as the fork did.
_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n"
    socket.send_fds(server, [asked[:1]], [0, 1, 2])
    server.sendall(asked[1:])
    code = server.makefile().read()
sys.exit(int(code))
"""
_COMMANDS = ("run", "resume")


@contextmanager
def forked_gsprep(folder: Path) -> Iterator[Path]:
    """Yield a new folder with the program ``gsprep``, which works until the end."""
    folder.mkdir()
    address, program = str(folder / "socket"), folder / "gsprep"
    program.write_text(_CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
    program.chmod(0o700)
    with subprocess.Popen(  # noqa: S603  our own
        [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdout.readline()
        yield folder
        server.terminate()


def _serve(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        root = Path(__file__).parents[1]
        sys.path[:0] = [str(root), str(root / "benchmarks")]
        from runner import warm_up  # noqa: PLC0415  once the path is set

        from gsprep.cli.main import load, main, run_command  # noqa: PLC0415  once it is asked for

        for name in _COMMANDS:
            load(name)
        warm_up(run_command)
        print(flush=True)  # noqa: T201  the caller waits for a line
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(str(_forked(connection, main)).encode())


def _forked(connection: socket.socket, main: Callable[[], None]) -> int:
    asked, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as rest:
        words, folder, environment = json.loads(asked + rest.readline())
    child = os.fork()
    if child == 0:
        code = 70
        try:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = ["gsprep", *words]
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stdout.flush()
            os._exit(code)
    for stream in streams:
        os.close(stream)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    _serve(sys.argv[1])
