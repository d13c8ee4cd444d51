"""``clean`` and ``revert``: the form of a file's cells mended, logged, and given back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cleaning.clean import RulePreview, clean, preview, revert
from gsprep.cleaning.recipe import Recipe, read_recipe, recipe_of, recipe_text, replay
from gsprep.cli import options
from gsprep.cli.asked import Asked
from gsprep.cli.console import Part, listed, note, read_file, tell
from gsprep.cli.files import check_outputs, write_text
from gsprep.cli.objects import Object
from gsprep.cli.shown import Counts, Shown
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


def clean_file(
    file: options.Source,
    out: Annotated[Path, typer.Option("--out", help="The cleaned file.")] = Path("cleaned.csv"),
    changes: Annotated[
        Path | None, typer.Option("--changes", help="Where every cell before and after is logged.")
    ] = None,
    of: Object = _USUAL,
    described: options.Describe = None,
    name: options.Name = None,
    to: options.AskedOf = None,
    sandbox: options.AskedOfSandbox = False,
    region: options.Region = None,
    key: options.Key = "",
    recipe: options.Recipe = None,
    save_recipe: Annotated[
        Path | None, typer.Option("--save-recipe", help="Where to save what was done, as YAML.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show what each rule would do.")
    ] = False,
    sheet: options.Sheet = None,
    query: options.Query = None,
    mapping: options.Mapping = None,
    as_json: options.Json = False,
) -> None:
    """Mend the form of cells, never what they mean, and log every cell that was touched."""
    check_outputs(out, changes, save_recipe, inputs=(file, recipe, mapping, described))
    saved = None if recipe is None else _alone(read_recipe(recipe), region, key)
    # A recipe names its object; --object need not say it again.
    usual = saved.of if saved is not None and of == _USUAL and described is None else of
    schema = Asked(described, name, to, sandbox).schema(usual)
    given = read_file(file, fields_of(schema), Part(sheet, query, mapping))
    # Cleaned, rows have no codes any more: this is the last time it can be told.
    for sentence in contradiction_notes(given, given["row_id"]):
        note(sentence)
    frame = without_reasons(given)
    if saved is None:
        cleaned = clean(frame, schema, region=region, key=listed(key))
        saved = recipe_of(frame, cleaned, schema, region=region, key=listed(key))
    else:
        cleaned = replay(frame, saved, schema)
    if not dry_run:
        _write(cleaned, out, changes)
        if save_recipe is not None:
            write_text(recipe_text(saved), save_recipe)
    rules = preview(cleaned.changes)
    counts = {rule.rule: rule.cells for rule in rules}
    document = {
        "schema": "gsprep.clean/1",
        "rows": len(cleaned.frame),
        "changes": counts,
        **({"samples": {rule.rule: _drawn(rule) for rule in rules}} if dry_run else {}),
    }
    rows, cells = len(cleaned.frame), len(cleaned.changes)
    head = f"{rows} {plural(rows, 'row', 'rows')}, {cells} {plural(cells, 'change', 'changes')}"
    lines = _shown(rules) if dry_run else (Counts(counts), f"cleaned: {out}")
    tell(document, (head, *lines), as_json=as_json)


def _write(cleaned: Cleaned, out: Path, changes: Path | None) -> None:
    write_table(cleaned.frame, out)
    if changes is not None:
        write_table(cleaned.changes, changes)


def _alone(recipe: Recipe, region: str | None, key: str) -> Recipe:
    if region is not None or key:
        raise InputError("--recipe says region and key itself: leave --region and --key out")
    return recipe


def _drawn(rule: RulePreview) -> list[dict[str, str]]:
    return [asdict(sample) for sample in rule.samples]


def _shown(rules: tuple[RulePreview, ...]) -> Iterator[str | Shown]:
    """Yield a line for each rule, and below it a few of its cells in outline."""
    for rule in rules:
        yield Counts({rule.rule: rule.cells})
        for sample in rule.samples:
            yield f"{'':>10}{sample.column}: [{sample.before}] becomes [{sample.after}]"


def revert_file(
    file: Annotated[Path, typer.Argument(help="The cleaned file.")],
    changes: Annotated[Path, typer.Option("--changes", help="The log that clean has written.")],
    out: Annotated[Path, typer.Option("--out", help="The file as it was.")] = Path("reverted.csv"),
    as_json: options.Json = False,
) -> None:
    """Give cells back as they were before they were cleaned; what was changed since stays."""
    check_outputs(out, inputs=(file, changes))
    cleaned, log = read_file(file), read_file(changes)
    before = revert(cleaned, log)
    back = _different(text_frame(cleaned), before)
    cells = len(log[["row_id", "column"]].drop_duplicates())
    if cells and not back:
        raise InputError(f"no cell of {file} is as {changes} left it: is it another file's log?")
    write_table(before, out)
    document = {"schema": "gsprep.revert/1", "given_back": back, "left": cells - back}
    counts = Counts({"cells given back": back, "changed since, and left": cells - back})
    tell(document, (counts, f"reverted: {out}"), as_json=as_json)


def _different(cleaned: pd.DataFrame, before: pd.DataFrame) -> int:
    other = (cleaned != before) & ~(cleaned.isna() & before.isna())
    return int(other.to_numpy().sum())
