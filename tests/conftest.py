"""What all tests share: laws are about results, never about the time of a busy machine."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_ANY_MACHINE = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# The keyring of this machine is none of the tests' business.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
# `make test` draws few examples of each law, the same each time: a commit passes always or
# never. `make test-thorough` draws many, and others each time. A law that is slow to check draws a
# part of them: settings(max_examples=settings().max_examples // 3).
settings.register_profile("gsprep", _ANY_MACHINE, max_examples=9, derandomize=True)
settings.register_profile("thorough", _ANY_MACHINE, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gsprep"))


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect the tests of a file once: docstrings of tests have no examples to look for."""
    found = yield
    return [one for one in found if type(one) is pytest.Module]


_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(autouse=True)
def gsprep_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the ledger, one for each test; the first ledger makes it."""
    home = tmp_path_factory.getbasetemp() / f"home{next(_NUMBERS)}"
    monkeypatch.setenv("GSPREP_HOME", str(home))
    return home
