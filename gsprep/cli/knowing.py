"""What is already known, on the command line: the file, and what a second pass learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.cli.console import note, read_file
from gsprep.schemas.fields import COMPANY_PERSON
from gsprep.unification.known import usable_known
from gsprep.unification.learn import decide_again
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gsprep.progress_bars import Progress
    from gsprep.results import Unified
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.learn import Learned
    from gsprep.unification.rulebook import Rulebook


def read_known_file(path: Path | None, book: Rulebook) -> pd.DataFrame | None:
    """Read the file of known people; lines that cannot be used are left out aloud."""
    if path is None:
        return None
    usable, unusable = usable_known(read_file(path, COMPANY_PERSON), book)
    if len(unusable):
        note(
            f"{path.name}: {len(unusable)} of {len(usable) + len(unusable)} lines are left out, "
            f"the first in row_id {unusable['row_id'].iloc[0]}: {unusable['reason'].iloc[0]}"
        )
    return usable


def matched(
    frame: pd.DataFrame,
    index: CompanyIndex,
    known: pd.DataFrame | None,
    passes: int,
    show: Progress | None = None,
) -> tuple[Unified, Learned | None]:
    """Decide in one pass or in two; a second one tells what it learned."""
    unified = unify(frame, index, progress=show)
    return decide_again(frame, index, unified, known) if passes > 1 else (unified, None)


def learned_lines(learned: Learned) -> tuple[str, ...]:
    """Return what the second pass learned and changed, in sentences."""
    return (
        f"pass 2 learned whose {learned.domains} domains and {learned.phones} numbers are:",
        f"{learned.matched:>8}  people more have a match",
        f"{learned.withdrawn:>8}  have none any more",
        f"{learned.moved:>8}  have another one",
    )
