"""The examples for cron, containers, Airflow and Dagster, run as far as they go here."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from forked import forked_gsprep

from gsprep.cli.main import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[1] / "docs" / "how-to" / "pipelines"
ACME = "1P02" + "A" * 32
GOOD, BAD = "ana@acme.com,Ana\n", "broken@,Bo\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forked_gsprep(tmp_path_factory.mktemp("programs") / "bin") as folder:
        yield folder


@pytest.fixture
def folder(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a load, with gsprep on the PATH and a ledger of its own."""
    (tmp_path / "companies.csv").write_text(f"Gsid,Name,Domain\n{ACME},Acme Inc.,acme.com\n")
    installed = str(Path(sys.executable).parent)
    path = os.pathsep.join([str(programs), installed, os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "home"))
    return tmp_path


def lay(folder: Path, good: int, bad: int) -> None:
    """Write the file of a night."""
    good_lines = "".join(GOOD.replace("ana", f"p{n}") for n in range(good))
    (folder / "export.csv").write_text(f"Email,Name\n{good_lines}{BAD * bad}")


NIGHTS = [
    pytest.param(19, 1, 0, "all stored", id="what is tolerated"),
    pytest.param(9, 1, 1, "some rows to fix", id="rows to fix"),
    pytest.param(1, 1, 5, "too many rows are wrong", id="a bad night"),
]


@pytest.mark.parametrize(("good", "bad", "code", "says"), NIGHTS)
def test_a_night_by_cron(folder: Path, good: int, bad: int, code: int, says: str) -> None:
    lay(folder, good, bad)
    script = EXAMPLES / "nightly.sh"
    done = subprocess.run(["sh", script], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607  our own
    assert (done.returncode, says in done.stdout) == (code, True), done.stderr


def test_a_night_without_its_file_is_for_the_engineer(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603  our own
        ["sh", EXAMPLES / "nightly.sh"],  # noqa: S607
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "is at fault" in done.stdout) == (2, True)
    assert stat.S_IXUSR & (EXAMPLES / "nightly.sh").stat().st_mode


def test_the_container_starts_a_command_that_is_there() -> None:
    text = (EXAMPLES / "Dockerfile").read_text(encoding="utf-8")
    (entry,), (words,) = (
        re.findall(rf"^{name} \[(.*)\]$", text, re.MULTILINE) for name in ("ENTRYPOINT", "CMD")
    )
    command, *options = [word.strip('"') for word in words.split(", ")]
    assert entry == '"gsprep"'
    load(command).make_context(command, options)


class Retried(Exception):  # noqa: N818  what the scheduler tries again
    """The task is tried again."""


class Failed(Exception):  # noqa: N818  what the scheduler gives up
    """The task is given up."""


def stand_in(name: str, monkeypatch: pytest.MonkeyPatch, **content: object) -> None:
    """Put a module with the names that an example takes from a scheduler where it is imported."""
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


def imported(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def decorator(**_: object) -> Callable[[Any], Any]:
    return lambda function: function


def airflow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Return the task of the DAG, with the two decorators and errors that it uses."""
    tasks: list[Any] = []

    def task(**_: object) -> Callable[[Any], Any]:
        return lambda function: (tasks.append(function), lambda _: None)[1]

    stand_in("airflow", monkeypatch)
    stand_in(
        "airflow.exceptions", monkeypatch, AirflowException=Retried, AirflowFailException=Failed
    )
    stand_in("airflow.sdk", monkeypatch, dag=decorator, task=task)
    imported("airflow_people")
    return lambda: tasks[0](str(folder))


def dagster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Return the asset, with the names that it uses."""

    def failure(description: str, *, allow_retries: bool) -> Exception:
        return (Retried if allow_retries else Failed)(description)

    names = ("RetryPolicy", "define_asset_job", "Definitions", "ScheduleDefinition")
    stand_in(
        "dagster", monkeypatch, asset=decorator, Failure=failure,
        MaterializeResult=lambda metadata: metadata,
        **dict.fromkeys(names, lambda *_, **more: SimpleNamespace(**more)),
    )  # fmt: skip
    monkeypatch.setenv("GSPREP_FOLDER", str(folder))
    return imported("dagster_people").gainsight_people


@pytest.mark.parametrize("made", [airflow, dagster])
def test_a_scheduled_night(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[..., Callable[[], Any]]
) -> None:
    """Rows to fix are a success, wrong data and a wrong command are given up at once."""
    run = made(folder, monkeypatch)
    with pytest.raises(Failed, match=r"exit code 2: .*export.csv"):
        run()
    lay(folder, 19, 1)
    assert run()["stored"] == 19
    lay(folder, 1, 1)
    with pytest.raises(Failed, match="exit code 5"):
        run()


@pytest.mark.parametrize("made", [airflow, dagster])
def test_a_night_that_was_not_finished_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[..., Callable[[], Any]]
) -> None:
    """The quota of the day is spent after one call."""
    lay(folder, 120, 0)
    target = "--sandbox --mode sync --sync-per-day 1 --max-wait 0"
    monkeypatch.setenv("GSPREP_TARGET", target)
    assert shlex.split(target)[0] == "--sandbox"
    with pytest.raises(Retried):
        made(folder, monkeypatch)()
