"""Workers of the tests, and the lines that examples in docstrings begin with."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from doctest import DocTestParser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

# As the command does, before numpy is imported: threads of linear algebra wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pandas as pd
import pytest

import gsprep

if TYPE_CHECKING:
    from collections.abc import Iterator

# Spark has an environment of its own, in which tests/test_spark_engines.py runs the tests of it.
_OF_SPARK = ["gsprep/spark.py", "gsprep/spark_plans.py", "gsprep/spark_workers.py", "tests/spark"]
collect_ignore = [] if find_spec("pyspark") else _OF_SPARK
PAGE = Path(__file__).parent / "docs" / "reference" / "python.md"
# Where Linux keeps files in memory. Every write of a ledger waits for the disk, which takes 20 ms
# and proves nothing here; the files of all tests have a few hundred megabytes.
MEMORY, ROOM = Path("/dev/shm"), 1 << 30  # noqa: S108  only folders with names of their own
# Of so many new objects, as in a command, the collector looks for garbage.
NEW_OBJECTS = 200_000
# What begins last is waited for at the end.
LONG = ("tests/browser/", "tests/test_doc_blocks.py", "tests/test_spark_engines.py")


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than processors: many tests wait for a server or a browser."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Keep files of tests in memory where there is room, unless a folder was chosen."""
    config.args = _from_another_place(config.args)
    # What is ignored in the background or under nohup, all commands of the tests would ignore.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    chosen = {"TMPDIR", "PYTEST_DEBUG_TEMPROOT", "PYTEST_XDIST_WORKER"} & set(os.environ)
    if chosen or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return
    # Processes of the tests inherit it.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _from_another_place(paths: list[str]) -> list[str]:
    """Return the paths in the order in which this process collects them.

    In a fresh clone, processes that begin at the same place compile the same files.
    """
    parts = [part for path in paths for part in _parts_of(Path(path))]
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    start = len(parts) * process // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return parts[start:] + parts[:start] if start else paths


def _parts_of(path: Path) -> list[str]:
    inside = [*path.glob("[a-z]*/"), *path.glob("test_*.py")] if path.name == "tests" else [path]
    return sorted({str(part) for part in inside}.difference(collect_ignore))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests first, then all in the order of their files, in every process the same.

    Tests with the mark ``thorough`` run with ``make test-thorough`` alone, and where they are
    asked for with ``-m``.
    """
    if os.environ.get("HYPOTHESIS_PROFILE") != "thorough" and not config.option.markexpr:
        later = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if item not in later]
        config.hook.pytest_deselected(items=later)
    items.sort(key=lambda item: (not item.nodeid.startswith(LONG), item.path))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the collector of garbage skip what stays: the modules and thousands of tests."""
    gc.set_threshold(NEW_OBJECTS)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Give an example ``gsprep``, ``pd`` and ``client``, and take back what it sets."""
    if not isinstance(item, pytest.DoctestItem):
        return (yield)
    source = "".join(example.source for example in item.dtest.examples)
    if "client." in source or "client=" in source:
        item.dtest.globs |= _setup()
    elif "pd." in source or "gsprep." in source:
        item.dtest.globs |= {"gsprep": gsprep, "pd": pd}
    before = dict(os.environ)
    try:
        return (yield)
    finally:
        os.environ.clear()
        os.environ.update(before)


def _setup() -> dict[str, object]:
    names: dict[str, object] = {}
    block = PAGE.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```")[0]
    for example in DocTestParser().get_examples(block):
        exec(example.source, names)  # noqa: S102  the page's own lines
    return names
