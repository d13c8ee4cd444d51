"""``duplicates``: the records of one person in a file, and against existing people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from gsprep.cli import options
from gsprep.cli.console import Counts, note, stages, tell
from gsprep.cli.files import make_folder, note_if_empty, read_file
from gsprep.cli.guards import check_outputs
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.tables.write import write_table
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.fitting import fit_duplicates
from gsprep.unification.duplicates.records import GSID, names_of
from gsprep.unification.duplicates.survivors import merge_duplicates
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    from gsprep.unification.duplicates.results import Duplicates, Merged
    from gsprep.unification.rulebook import Rulebook

FILES = ("duplicates.csv", "pairs.csv", "merged.csv", "losses.csv")
_VERDICTS = ("single", "match", "review")


@options.grouped
def duplicates_file(
    people: options.People,
    reading: options.Input,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help="File of the people who exist already, with their Gsid.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            help="Rulebook: a file, or people. Without it columns are compared by their headers.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            help="A pairs.csv of an earlier run with match or no_match in its column answer.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            "--groups",
            help="The duplicates.csv of an earlier run, whose person_ids are kept.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            help="A model of --save-model: nothing is learned, each record is decided by itself.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    save_model: Annotated[
        Path | None,
        typer.Option(
            "--save-model",
            help="File for what was learned from the list and the answers, for later lists.",
            rich_help_panel=options.MATCHING,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option("--seed", help="Seed of the random pairs.", rich_help_panel=options.MATCHING),
    ] = 0,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Find the same person twice; writes groups, pairs, surviving records and lost values."""
    check_outputs(
        [*(out / name for name in FILES), *([save_model] if save_model else [])],
        inputs=(people, against, rules, groups, model, reading.mapping),
        answers=answers,
    )
    book = None if rules is None else read_rulebook(rules)
    given = read_file(people, None if reading.mapping is None else PERSON, reading)
    note_if_empty(people, given)
    frame = text_frame(given)
    others = None if against is None else text_frame(read_file(against, PERSON))
    said = None if answers is None else read_file(answers)
    with stages() as show:
        show("compare", 0, 0)
        found = find_duplicates(
            frame,
            book,
            against=others,
            answers=said,
            groups=None if groups is None else read_file(groups),
            model=model,
            seed=seed,
        )
        show("merge", 0, 0)
        merged = _merged(frame, others, found, book)
    if save_model is not None:
        _save(found, said, save_model)
    for sentence in found.notes:
        note(sentence)
    _write(frame, found, merged, out)
    _tell(found, merged, out, as_json=as_json)


def _save(found: Duplicates, answers: pd.DataFrame | None, path: Path) -> None:
    """Save what was learned, fitted to the answers if there are any."""
    if answers is None:
        found.model.save(path)
        return
    fitted = fit_duplicates(found, answers)
    for sentence in fitted.notes:
        note(sentence)
    fitted.model.save(path)


def _merged(
    frame: pd.DataFrame, others: pd.DataFrame | None, found: Duplicates, book: Rulebook | None
) -> Merged:
    """Merge the records, with the existing people to whom they are linked."""
    if others is None:
        return merge_duplicates(frame, found, book)
    mine = found.groups[found.groups["source"] == "persons"]
    linked = others.assign(**{ROW_ID: names_of(others)})
    linked = linked[linked[ROW_ID].isin(mine[GSID].dropna())]
    if linked[ROW_ID].isin(frame[ROW_ID]).any():
        note("existing people have the row_ids of other records: their values do not survive")
        return merge_duplicates(frame, found, book)
    return merge_duplicates(pd.concat([frame, linked], ignore_index=True), found, book)


def _write(frame: pd.DataFrame, found: Duplicates, merged: Merged, out: Path) -> None:
    make_folder(out)
    groups = found.groups
    if "source" in groups.columns:
        groups = groups[groups["source"] == "persons"].drop(columns="source")
    clash = [name for name in groups.columns if name in frame.columns and name != ROW_ID]
    lines = groups.merge(frame.drop(columns=clash), on=ROW_ID, validate="one_to_one")
    blank = pd.Series(pd.NA, found.pairs.index, dtype="str")
    survivors = merged.persons
    if GSID in groups.columns:
        by_person = groups.dropna(subset=[GSID]).drop_duplicates("person_id")
        ids = survivors["person_id"].map(by_person.set_index("person_id")[GSID])
        survivors = survivors.assign(**{GSID: ids.astype("str")})
    tables = (
        lines.sort_values(["person_id", ROW_ID], key=_as_numbers, kind="stable"),
        found.pairs.assign(answer=blank),
        survivors,
        merged.changes,
    )
    for name, table in zip(FILES, tables, strict=True):
        write_table(table, out / name)


def _as_numbers(column: pd.Series[str]) -> pd.Series:
    """Return a key by which "9" is before "10"."""
    return column.str.len() * 1_000_000 + column.rank(method="dense")


def _tell(found: Duplicates, merged: Merged, out: Path, *, as_json: bool) -> None:
    groups = found.groups
    if "source" in groups.columns:
        groups = groups[groups["source"] == "persons"]
    verdicts = groups["verdict"].value_counts()
    counts = {verdict: int(verdicts.get(verdict, 0)) for verdict in _VERDICTS}
    linked = {"linked": int(groups[GSID].notna().sum())} if GSID in groups.columns else {}
    open_ = int((found.pairs["verdict"] == "review").sum())
    document = {
        "schema": "gsprep.duplicates/1",
        "records": len(groups),
        "persons": len(merged.persons),
        **counts,
        **linked,
        "pairs": {"match": len(found.pairs) - open_, "review": open_},
        "expected_pairs": round(found.model.expected),
        "lost_values": int((merged.changes["rule"] == "not kept").sum()),
    }
    lines = (
        Counts({"records": len(groups), "persons": len(merged.persons), **counts, **linked}),
        f"groups: {out / FILES[0]}",
        f"pairs, to answer: {out / FILES[1]}",
        f"surviving records: {out / FILES[2]}",
        f"values that are not kept: {out / FILES[3]}",
    )
    tell(document, lines, as_json=as_json)
