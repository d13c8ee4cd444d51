"""The answers that hold, by the positions of the companies they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.schemas.answers import NOBODY as NO_COMPANY
from gsprep.schemas.answers import answer_lines, contradicting, in_force
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.answering.answers import NOBODY, OPEN, Answer, Answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from gsprep.schemas.answers import Said


def read_answers(frame: pd.DataFrame, gsids: Iterable[str]) -> Answers:
    """Return the answers of a frame; ``gsids`` are those of the companies, by position.

    Columns: see ``answer_lines``. Values are compared as those of persons are, raw or not. For
    one value the newest line wins, without ``at`` the oldest, then the later in the frame;
    ``no_match`` with a company rules out that one alone.

    Raises MissingColumnsError, and one DocumentError that names every mistake by its row_id.
    """
    lines = answer_lines(frame)
    position = {gsid: at for at, gsid in enumerate(gsids)}
    known = lines["Company_ID"].isna() | lines["Company_ID"].isin(list(position))
    kinds = {
        kind: {value: _placed(said, position) for value, said in values.items()}
        for kind, values in in_force(lines).items()
    }
    # In the order of the file: the lines stand the oldest first.
    unknown = tuple(lines.loc[~known, ROW_ID].sort_index())
    return Answers(kinds, unknown, contradicting(lines))


def _placed(said: Said, position: Mapping[str, int]) -> Answer:
    """Return what holds by positions; who belongs to a company that is not in the list is open."""
    ruled_out = frozenset(position[gsid] for gsid in said.ruled_out if gsid in position)
    if said.company is None:
        return Answer(OPEN, ruled_out)
    company = NOBODY if said.company == NO_COMPANY else position.get(said.company, OPEN)
    return Answer(company, ruled_out)
