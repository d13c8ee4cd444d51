from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the folder of the ledger."""
    return tmp_path / "home"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    """Return an empty ledger."""
    with Ledger(home) as ledger:
        yield ledger
