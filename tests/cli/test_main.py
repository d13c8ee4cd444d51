"""The group of commands: help, unknown words, errors of our own, and how fast help comes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import gsprep as package
from gsprep.cli import COMMANDS, GROUPS
from gsprep.cli.exit_codes import code_of, code_of_unwritten
from gsprep.cli.main import load
from gsprep.errors import (
    AccessKeyError,
    GsprepError,
    InputError,
    QuotaError,
    RejectedError,
    ReplyError,
    TableError,
    UnavailableError,
)
from gsprep.results import Uploaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_home(name: str) -> None:
    module, _, function = COMMANDS[name].target.partition(":")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("name", package.__all__)
def test_each_public_name_has_a_home(name: str) -> None:
    assert getattr(package, name) is not None
    assert name in dir(package)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="upload_everything"):
        _ = package.upload_everything


def test_the_module_is_the_command() -> None:
    """``python -m gsprep`` ends the process with the exit code of the command."""
    words = [sys.executable, "-m", "gsprep", "clean", "nowhere.csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own interpreter
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("gsprep: ")
    assert "Traceback" not in done.stderr


def test_the_version_is_said(gsprep: Callable[..., Said]) -> None:
    assert gsprep("--version").out == f"gsprep {package.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["nothing", "help"])
def test_help_names_every_command(gsprep: Callable[..., Said], arguments: list[str]) -> None:
    said = gsprep(*arguments)
    assert said.code == 0
    listed = {name: one.help for name, one in COMMANDS.items()} | dict(GROUPS)
    for name, help_ in ((name, help_) for name, help_ in listed.items() if " " not in name):
        # A long help goes on in the next line.
        words = r"\s+".join(map(re.escape, help_.split()))
        assert re.search(rf"^ +{name} +{words}", said.out, re.MULTILINE)


@pytest.mark.parametrize("group", GROUPS)
def test_the_help_of_a_group_names_its_commands(gsprep: Callable[..., Said], group: str) -> None:
    said = gsprep(*group.split(), "--help")
    assert said.code == 0
    names = [name.removeprefix(f"{group} ") for name in COMMANDS if name.startswith(f"{group} ")]
    assert names
    for name in names:
        assert re.search(rf"^ +{name.split()[0]} ", said.out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_names_its_options(gsprep: Callable[..., Said], name: str) -> None:
    """Every option has a sentence; nothing sends a key by argument."""
    said = gsprep(*name.split(), "--help")
    assert said.code == 0
    for parameter in load(name).params:
        assert parameter.opts[0] in said.out or parameter.metavar in said.out
        assert parameter.help, f"{parameter.name} has no help"
    assert "access-key" not in said.out
    assert "token" not in said.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("run", "Missing argument 'PEOPLE'. See `gsprep run --help`"),
        ("match people.csv", "Missing option '--companies'. See `gsprep match --help`"),
        ("runn", "No such command 'runn'. Did you mean 'run'? See `gsprep --help`"),
        ("sync state", "Missing command: export, import, forget. See `gsprep sync state --help`"),
        ("run a.csv --mode asyn", "'asyn' is not one of 'auto', 'single', 'sync', 'async'. See"),
    ],
)
def test_a_wrong_command_line_is_told_what_is_right(
    gsprep: Callable[..., Said], words: str, told: str
) -> None:
    said = gsprep(*words.split())
    assert said.code == 2
    assert told in said.err
    assert "Value error" not in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("run there.csv --companies no.csv --dry-run", "no.csv: there is no such file"),
        (
            "run there.csv --companies there.csv --known no.csv --dry-run",
            "no.csv: there is no such file",
        ),
        ("run there.csv --dry-run --hold reveiw", "unknown verdict to hold back: reveiw"),
        ("match there.csv --companies no.csv", "no.csv: there is no such file"),
        ("clean there.csv --out no/cleaned.csv", "its folder does not exist"),
        ("clean there.csv --changes changes.log", "changes.log: the ending is not supported"),
        ("delete there.csv --to acme --out no/deleted.csv", "its folder does not exist"),
    ],
)
def test_a_wrong_path_or_word_is_told_before_anything_is_read(
    gsprep: Callable[..., Said],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    told: str,
) -> None:
    """The people cannot be read: a message about them would show that they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "key")
    Path("there.csv").write_bytes(b"")
    said = gsprep(*words.split())
    assert said.code == 2
    assert told in said.err
    assert "there.csv:" not in said.err


@pytest.mark.parametrize(
    "name", ["run", "upload", "check", "companies", "delete", "review", "resume", "purge"]
)
def test_the_help_stands_as_it_was_read(gsprep: Callable[..., Said], name: str) -> None:
    """A changed option is a decision: read the new text, then write it down."""
    said = gsprep(*name.split(), "--help").out
    assert said.split() == (GOLDEN / f"help_{name}.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["runn"], "Did you mean", id="a command misspelt"),
        pytest.param(["run"], "PEOPLE", id="no file"),
        pytest.param(["run", "p.csv", "--nope"], "--nope", id="an unknown option"),
        pytest.param(["run", "p.csv", "--first", "0"], "--first", id="too small a number"),
        pytest.param(["run", "p.csv", "--first", "x"], "--first", id="no number"),
        pytest.param(["match", "p.csv"], "--companies", id="a needed option"),
        pytest.param(["sandbox", "--port", "70000"], "--port", id="no such port"),
        pytest.param(["--nope"], "--nope", id="an unknown option before the command"),
    ],
)
def test_a_wrong_command_line_is_said_in_a_sentence(
    gsprep: Callable[..., Said], arguments: list[str], says: str
) -> None:
    said = gsprep(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert says in said.err
    assert said.err.startswith("gsprep: ")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (InputError("x"), 2),
        (TableError("p.csv", "x", "y"), 2),
        (AccessKeyError("x"), 4),
        (RejectedError("x", status=400), 3),
        (UnavailableError("x", may_be_stored=True), 3),
        (QuotaError(60.0), 3),
        (ReplyError("x"), 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GsprepError) else str(value),
)
def test_every_branch_of_the_errors_has_its_exit_code(failure: GsprepError, code: int) -> None:
    assert code_of(failure) == code


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        pytest.param(ValueError("ana@acme.com"), 70, "ValueError", id="a fault of our own"),
        pytest.param(KeyboardInterrupt(), 3, "interrupted", id="Ctrl-C"),
        pytest.param(InputError("mend it"), 2, "mend it", id="an error of the tree"),
    ],
)
def test_what_a_command_raises_ends_in_one_line(
    gsprep: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    code: int,
    says: str,
) -> None:
    """A fault of our own says where it happened and keeps its message, which may hold a cell."""

    def faulty() -> None:
        raise raised

    monkeypatch.setattr("gsprep.cli.run.demo", faulty)
    said = gsprep("demo")
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "ana@acme.com" not in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(("outcome", "code"), [("stored", 3), ("unknown", 3), ("unsent", 2)])
def test_exit_2_promises_that_nothing_was_sent(outcome: str, code: int) -> None:
    """A file that cannot be written after sending leaves the job unfinished, not unsent."""
    rows = pd.DataFrame({"outcome": [outcome, "rejected"]})
    assert code_of_unwritten(Uploaded(rows, rows.head(0), rows.head(0))) == code


# Ctrl-C at the moment when a module begins to be loaded.
INTERRUPTED_AT = """
import os, runpy, signal, sys
class Hook:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Hook())
sys.argv = ["gsprep", "doctor"]
runpy.run_module("gsprep", run_name="__main__")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
@pytest.mark.parametrize(
    ("module", "code", "says"),
    [
        pytest.param("gsprep.cli.main", -signal.SIGINT, "", id="the program"),
        pytest.param("gsprep.cli.doctor", 3, "gsprep: interrupted", id="a command"),
    ],
)
def test_ctrl_c_while_loading_shows_no_traceback(module: str, code: int, says: str) -> None:
    program = INTERRUPTED_AT.format(module=module)
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own interpreter
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(says)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
def test_a_full_standard_output_is_a_sentence() -> None:
    words = [sys.executable, "-m", "gsprep", "doctor", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603  our own interpreter
    assert done.returncode == 3
    assert done.stderr.startswith("gsprep: standard output cannot be written (No space left")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
