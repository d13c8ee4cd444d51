"""What all tests share: laws are about results, never about the time of a busy machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path

settings.register_profile(
    "gsprep", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("gsprep")


@pytest.fixture(autouse=True)
def gsprep_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the ledger: every test has its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GSPREP_HOME", str(home))
    return home
