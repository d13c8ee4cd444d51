"""``clean`` and ``revert``: repair of cells, and its undo."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cleaning.clean import RulePreview, clean, preview, revert
from gsprep.cleaning.recipe import Recipe, read_recipe, recipe_of, recipe_text, replay
from gsprep.cli import options
from gsprep.cli.console import Counts, Shown, note, on_screen, tell
from gsprep.cli.describe import schema_of
from gsprep.cli.files import read_file, write_text
from gsprep.cli.guards import check_outputs
from gsprep.cli.options import listed
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.report.advice import contradiction_notes
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from gsprep.results import Cleaned

_USUAL = "Person"


@options.grouped
def clean_file(
    file: options.Source,
    reading: options.Input,
    object: options.ObjectOptions,  # noqa: A002  the group's name
    out: Annotated[
        Path, typer.Option("--out", help="The cleaned file.", rich_help_panel=options.OUTPUT)
    ] = Path("cleaned.csv"),
    changes: Annotated[
        Path | None,
        typer.Option(
            "--changes",
            help="Log file: every changed cell before and after.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    region: options.Region = None,
    key: options.Key = "",
    recipe: options.Recipe = None,
    save_recipe: Annotated[
        Path | None,
        typer.Option(
            "--save-recipe",
            help="YAML file to save this cleaning as a recipe.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show what each rule would change; write no file except --changes.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    reveal: options.Reveal = False,
    as_json: options.Json = False,
) -> None:
    """Fix the format of cells, never their meaning, and log every changed cell."""
    check_outputs(
        (out, changes, save_recipe), inputs=(file, recipe, reading.mapping, object.described)
    )
    saved = None if recipe is None else _alone(read_recipe(recipe), region, key)
    # A recipe names its object, so --object is not needed.
    if saved is not None and object.of == _USUAL and object.described is None:
        object = replace(object, of=saved.of)  # noqa: A001
    schema = schema_of(object)
    given = read_file(file, fields_of(schema), reading)
    # Cleaned rows have no codes, so contradictions are reported now.
    for sentence in contradiction_notes(given, given["row_id"]):
        note(sentence)
    frame = without_reasons(given)
    if saved is None:
        cleaned = clean(frame, schema, region=region, key=listed(key))
        saved = recipe_of(frame, cleaned, schema, region=region, key=listed(key))
    else:
        cleaned = replay(frame, saved, schema)
    if changes is not None:
        write_table(cleaned.changes, changes)
    if not dry_run:
        write_table(cleaned.frame, out)
        _save(saved, save_recipe)
    with on_screen(wanted=reveal, as_json=as_json):
        rules = preview(cleaned.changes)
    lines = _lines(cleaned, rules, None if dry_run else out)
    tell(_document(cleaned, rules, samples=dry_run), lines, as_json=as_json)


def _save(recipe: Recipe, path: Path | None) -> None:
    if path is not None:
        write_text(recipe_text(recipe), path)


def _document(cleaned: Cleaned, rules: tuple[RulePreview, ...], *, samples: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": "gsprep.clean/1",
        "rows": len(cleaned.frame),
        "changes": {rule.rule: rule.cells for rule in rules},
    }
    return document | ({"samples": {rule.rule: _drawn(rule) for rule in rules}} if samples else {})


def _lines(
    cleaned: Cleaned, rules: tuple[RulePreview, ...], out: Path | None
) -> tuple[str | Shown, ...]:
    rows, cells = len(cleaned.frame), len(cleaned.changes)
    head = f"{rows} {plural(rows, 'row', 'rows')}, {cells} {plural(cells, 'change', 'changes')}"
    if out is None:
        return (head, *_shown(rules))
    return (head, Counts({rule.rule: rule.cells for rule in rules}), f"cleaned: {out}")


def _alone(recipe: Recipe, region: str | None, key: str) -> Recipe:
    if region is not None or key:
        raise InputError("--recipe has its own region and key: remove --region and --key")
    return recipe


def _drawn(rule: RulePreview) -> list[dict[str, str]]:
    return [asdict(sample) for sample in rule.samples]


def _shown(rules: tuple[RulePreview, ...]) -> Iterator[str | Shown]:
    """Yield a line for each rule and a few samples of its changes."""
    for rule in rules:
        yield Counts({rule.rule: rule.cells})
        for sample in rule.samples:
            yield f"{'':>10}{sample.column}: [{sample.before}] becomes [{sample.after}]"


def revert_file(
    file: Annotated[Path, typer.Argument(help="The cleaned file.")],
    changes: Annotated[
        Path,
        typer.Option(
            "--changes", help="The log that gsprep clean wrote.", rich_help_panel=options.INPUT
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="File with the original cells.", rich_help_panel=options.OUTPUT),
    ] = Path("reverted.csv"),
    as_json: options.Json = False,
) -> None:
    """Restore cells to their state before cleaning; cells changed since then are kept."""
    check_outputs([out], inputs=(file, changes))
    cleaned, log = read_file(file), read_file(changes)
    before = revert(cleaned, log)
    back = _different(text_frame(cleaned), before)
    cells = len(log[["row_id", "column"]].drop_duplicates())
    if cells and not back:
        raise InputError(
            f"no cell of {file} has the value in {changes}. Check that the log belongs to this file"
        )
    write_table(before, out)
    document = {"schema": "gsprep.revert/1", "given_back": back, "left": cells - back}
    counts = Counts({"cells restored": back, "changed since and kept": cells - back})
    tell(document, (counts, f"reverted: {out}"), as_json=as_json)


def _different(cleaned: pd.DataFrame, before: pd.DataFrame) -> int:
    other = (cleaned != before) & ~(cleaned.isna() & before.isna())
    return int(other.to_numpy().sum())
