"""What reviewers answered, on the command line: an answers.csv, or a review.csv filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.cli.console import note, read_file
from gsprep.display import plural
from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

_USUAL = "answers.csv"


def refuse_to_lose(answers: Path | None, out: Path, files: Iterable[str]) -> None:
    """Raise InputError when the answers stand where a result will: they would be gone."""
    for name in files:
        place = out / name
        if answers is not None and place.exists() and answers.exists() and answers.samefile(place):
            raise InputError(
                f"{answers} would be replaced by the new {name}, and its answers lost: "
                f"copy it to {out / _USUAL} and give that"
            )


def usual_answers(path: Path | None, out: Path) -> Path:
    """Return where the answers of a run stand: where it is said, else in its folder."""
    return out / _USUAL if path is None else path


def answers_of_folder(path: Path | None, out: Path) -> pd.DataFrame | None:
    """Read the answers that are named, else the ``answers.csv`` of the folder when it has one."""
    usual = usual_answers(path, out)
    if path is not None:
        return read_file(path)
    if not usual.is_file():
        return None
    frame = read_file(usual)
    lines = len(frame)
    told = plural(lines, "its 1 answer is", f"its {lines} answers are")
    note(f"{usual}: {told} replayed")
    return frame
