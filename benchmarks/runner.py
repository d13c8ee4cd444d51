"""Commands of gsprep in forks of a process that imported it.

A run needs no start-up time, and no thread of a server is forked with it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from failpoints import Points, move_time, pass_time, watch

if TYPE_CHECKING:
    from collections.abc import Mapping

# A process that is still running after this many seconds hangs.
PATIENCE = 240.0
HUNG = 999


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command line of gsprep: its folder, and the actions at its points.

    A point is its number, or its name and how often it was reached, as in "before a file 2".
    ``before`` is a line of Python that runs first: it may close a stream or set a limit.
    """

    words: tuple[str, ...]
    folder: str
    environment: dict[str, str] = field(default_factory=dict)
    points: Mapping[int, str] | Mapping[str, str] = field(default_factory=dict)
    before: str = ""


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code, negative for a signal.
        points: the number of points that it reached.
        met: the actions at its points, as words.
    """

    code: int
    points: int
    met: tuple[str, ...] = ()

    @property
    def actions(self) -> set[str]:
        """What happened to it."""
        return {words.split(" at ")[0] for words in self.met}


class Runner:
    """The process that is forked; use it in ``with``, from one thread."""

    def __init__(self) -> None:
        """Start the process, which imports gsprep once."""
        read, self._asks = _pipe()
        self._answers, write = _pipe()
        self._process = subprocess.Popen([sys.executable, __file__], stdin=read, stdout=write)  # noqa: S603  our own
        for end in (read, write):
            end.close()

    def run(self, command: Command) -> Ended:
        """Run a command to its end."""
        self.start(command)
        return self.wait()

    def start(self, command: Command) -> int:
        """Start a command and return the id of its process; ``wait`` comes before the next."""
        self._asks.write(json.dumps(asdict(command)) + "\n")
        self._asks.flush()
        return int(self._answers.readline())

    def wait(self) -> Ended:
        """Return how the command ended, when it has."""
        reported = json.loads(self._answers.readline())
        return Ended(reported["code"], reported["points"], tuple(reported["met"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asks.close()
        self._process.wait()
        self._answers.close()


def _pipe() -> tuple[IO[str], IO[str]]:
    reading, writing = os.pipe()
    return os.fdopen(reading), os.fdopen(writing, "w")


def _run_here(command: dict[str, Any], count: int, main: Any) -> int:
    """Run a command in this process, which is a fork, and return its exit code."""
    os.chdir(command["folder"])
    os.environ.update(command["environment"])
    said = os.open("said.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["gsprep", *command["words"]]
    exec(command["before"])  # noqa: S102  a line of the caller's own
    pass_time()
    # JSON has no keys but text.
    points = {int(at) if at.isdigit() else at: does for at, does in command["points"].items()}
    watch(Points(points, count))
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _fork(command: dict[str, Any], main: Any, answers: IO[str]) -> Ended:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 70
        try:
            code = _run_here(command, writing, main)
        finally:
            os._exit(code)
    os.close(writing)
    answers.write(f"{child}\n")
    answers.flush()
    return _wait(child, reading)


def _wait(child: int, reading: int) -> Ended:
    """Wait for a process that counts its points into a pipe."""
    timer = threading.Timer(PATIENCE, os.kill, (child, signal.SIGKILL))
    timer.start()
    reported = b""
    while part := os.read(reading, 65_536):
        reported += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    hung = not timer.is_alive()
    timer.cancel()
    timer.join()
    met = tuple(line for line in reported.decode().splitlines() if line.strip("."))
    return Ended(HUNG if hung else os.waitstatus_to_exitcode(status), reported.count(b"."), met)


def warm_up(run_command: Any) -> None:
    """Import and compute what first commands do, so that no fork has to."""
    with tempfile.TemporaryDirectory() as folder:
        people, companies = Path(folder) / "people.csv", Path(folder) / "companies.csv"
        people.write_text("Email,CompanyName\nana@acme.com,Acme\nbad,\n", encoding="utf-8")
        companies.write_text(f"Gsid,Name\n1P02{'A' * 32},Acme\n", encoding="utf-8")
        os.environ["GSPREP_HOME"] = folder
        given = ["--companies", str(companies)]
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for words in (["upload", str(people)], ["run", str(people), *given]):
                run_command([*words, "--dry-run", "--out", str(Path(folder) / words[0])])
    os.environ.pop("GSPREP_HOME")


def _serve() -> None:
    """Run the commands that arrive, one a line."""
    # As from a terminal: the caller's pipes get no output of the command.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    move_time()
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from gsprep.cli.main import load, main, run_command  # noqa: PLC0415  after the clock was changed

    for name in ("upload", "resume", "delete", "sync run"):
        load(name)
    warm_up(run_command)
    for line in sys.stdin:
        ended = _fork(json.loads(line), main, answers)
        answers.write(json.dumps(asdict(ended)) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
