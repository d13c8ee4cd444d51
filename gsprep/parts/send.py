"""Sending of the people that a run part by part prepared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gsprep.errors import InputError
from gsprep.parts.work import PartFolder
from gsprep.report.files import FOLDERS, OURS, UPLOAD_FILES
from gsprep.report.summary import all_counts, rows_to_fix
from gsprep.results import OUTCOME_COLUMNS
from gsprep.uploader.interrupts import noted
from gsprep.uploader.row_outcomes import NOT_ASKED
from gsprep.uploader.upload import PlanContext, send_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from gsprep.errors import GsprepError
    from gsprep.results import Uploaded
    from gsprep.uploader.client import Client
    from gsprep.uploader.upload import Texts, UploadOptions

# The folders of records, people first.
SENT = tuple(FOLDERS[name] for name in UPLOAD_FILES)
_DECIDED = [name for name in OURS if name not in OUTCOME_COLUMNS]


@dataclass(slots=True)
class SentParts:
    """What became of the people of a run and of their associations.

    Attributes:
        counts: the rows of each folder by outcome, as ``all_counts``.
        to_fix: the rows of each folder that need attention.
        stopped: why not everything was sent, None if everything was.
        calls: the requests made.
        notes: what was learned while sending, in sentences.
    """

    counts: Mapping[str, Counter[str]]
    to_fix: Counter[str]
    stopped: GsprepError | None = None
    calls: int = 0
    mode: str = ""
    notes: tuple[str, ...] = ()


class _Prepared(NamedTuple):
    """The tables of a run part by part that have records."""

    folder: PartFolder
    numbers: Sequence[int]

    @classmethod
    def of(cls, run: Path) -> _Prepared:
        """Return the tables of a folder; InputError if it is none of such a run."""
        found = sorted((run / SENT[0]).glob("part-*.parquet"))
        if not found or not all((run / name).is_dir() for name in SENT):
            raise InputError(
                f"{run} was not written by `gsprep run --dry-run --format parquet`. Name the --out "
                "folder of such a run, or omit --format parquet"
            )
        return cls(PartFolder(run, SENT), range(len(found)))

    def open_rows(self, number: int) -> int:
        """Return the number of people of a part that wait to be sent."""
        people = self.folder.read(SENT[0], number, ["outcome", "error_message"])
        return int(_waits(people).sum())

    def tables(self, number: int) -> Texts:
        """Return people, associations with companies and those with relationships of a part."""
        people, companies, relationships = (self.folder.read(name, number) for name in SENT)
        return people, companies, relationships


def send_parts(
    run: Path,
    out: Path,
    how: UploadOptions,
    client: Client,
    progress: Callable[[int, int], None] | None = None,
) -> SentParts:
    """Send the people that a run part by part prepared, one part after the other.

    ``run`` is the folder of that run. Sent are the rows that it would have sent: no rejected ones,
    and none that were held back. ``out`` gets its folders of records with the outcomes. With a
    ledger, a part that was sent is not sent again. After an error that ends the sending the rows
    that are left are ``unsent``. ``progress`` is called with people and their number.

    Raises InputError for a folder that no such run wrote, and if nothing waits to be sent.
    """
    prepared, results = _Prepared.of(run), PartFolder(out, SENT)
    if run.resolve() == out.resolve():
        raise InputError("the results would replace the input. Choose another folder with --out")
    waiting = [prepared.open_rows(number) for number in prepared.numbers]
    if not any(waiting):
        raise InputError(
            f"no one in {run} is to be sent: too many rows were rejected, or all were held back"
        )
    results.begin({"schema": "gsprep.upload-parts/1", "run": (run / "parts.json").read_text()})
    done, sent = 0, SentParts({name: Counter() for name in SENT}, Counter())
    with noted():
        for number, people in zip(prepared.numbers, waiting, strict=True):
            shown = _shown(progress, done, people, sum(waiting))
            tables = _with_outcomes(prepared.tables(number), sent, (how, client, shown))
            results.write(number, tables)
            for name, table in zip(SENT, tables, strict=True):
                sent.counts[name].update(all_counts(table))
                sent.to_fix[name] += rows_to_fix(table)
            done += people
    return sent


def _shown(
    progress: Callable[[int, int], None] | None, before: int, people: int, whole: int
) -> Callable[[int, int], None]:
    """Return the progress of a part, in people of all parts."""

    def show(done: int, calls: int) -> None:
        if progress is not None:
            progress(before + people * done // max(calls, 1), whole)

    return show


def _waits(rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows a run would have sent."""
    return (rows["outcome"] == "unsent") & (rows["error_message"] == PlanContext().reason)


def _with_outcomes(
    tables: Texts, sent: SentParts, to: tuple[UploadOptions, Client, Callable[[int, int], None]]
) -> Texts:
    """Send the rows of a part that wait for it; return all of them with their outcomes."""
    how, client, progress = to
    waits = [_waits(table).to_numpy(dtype=bool) for table in tables]
    if not waits[0].any():
        return tables
    if sent.stopped is not None:
        reason = NOT_ASKED.faults[0].message
        people, companies, relationships = (
            table.assign(error_message=table["error_message"].mask(wait, reason).astype("str"))
            for table, wait in zip(tables, waits, strict=True)
        )
        return people, companies, relationships
    people, companies, relationships = (
        _as_given(table[wait], position)
        for position, (table, wait) in enumerate(zip(tables, waits, strict=True))
    )
    told = send_text((people, companies, relationships), how, client, progress)
    _note(sent, told)
    found = (told.persons, told.company_persons, told.relationship_persons)
    people, companies, relationships = (
        _merged(table, wait, outcomes)
        for table, wait, outcomes in zip(tables, waits, found, strict=True)
    )
    return people, companies, relationships


def _as_given(rows: pd.DataFrame, position: int) -> pd.DataFrame:
    """Return rows without what the run added; a person's own Gsid is in the row."""
    added = [*_DECIDED, *OUTCOME_COLUMNS[1:]] if position == 0 else list(OUTCOME_COLUMNS)
    return rows.drop(columns=added).reset_index(drop=True)


def _note(sent: SentParts, told: Uploaded) -> None:
    sent.stopped = told.stopped
    sent.calls += told.calls
    plan = told.plan
    sent.mode = sent.mode if plan is None else plan.mode
    left_out = () if plan is None or not plan.unchanged else (plan.left_out(),)
    sent.notes = tuple(dict.fromkeys([*sent.notes, *left_out, *told.notes]))


def _merged(table: pd.DataFrame, sent: np.ndarray, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the outcomes of the rows that were sent."""
    names = [name for name in (*OUTCOME_COLUMNS, "Person_ID") if name in table]
    own = {name: outcomes[name].array for name in names}
    return pd.concat([table[~sent], table[sent].assign(**own)]).sort_index()
