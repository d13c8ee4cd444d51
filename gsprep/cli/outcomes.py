"""The outcomes of an earlier run, which no dry run may take the place of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli.record import written
from gsprep.errors import InputError
from gsprep.ledger.database import FILE
from gsprep.ledger.ledger import Ledger
from gsprep.report.summary import ASKED
from gsprep.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def refuse_to_forget(out: Path) -> None:
    """Raise InputError for a dry run into the folder of a run that a tenant was sent.

    What it writes would say that nothing was. A sandbox's answers may go.
    """
    home = Settings.from_environ().home
    if not (home / FILE).is_file() or not _holds_outcomes(out):
        return
    place = written("out", out)
    with Ledger(home) as ledger:
        here = (run for run in ledger.runs.all() if run.options.get("out") == place)
        newest = next(here, None)
    if newest is not None and not newest.options.get("sandbox"):
        raise InputError(
            f"{out} holds what became of people who were sent, and a dry run would replace it: "
            "name another folder with --out"
        )


def _holds_outcomes(folder: Path) -> bool:
    try:
        outcomes = pd.read_csv(folder / "people.csv", usecols=["outcome"], dtype="str")["outcome"]
    except (OSError, ValueError):
        return False
    return bool(outcomes.isin(ASKED).any())
