"""``clean`` and ``revert``: repair of cells, and its undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cleaning.clean import CleaningOptions, RulePreview, clean, preview, region_code, revert
from gsprep.cleaning.recipe import (
    Recipe,
    data_columns,
    options_of,
    read_recipe,
    recipe_of,
    recipe_text,
    recipe_with,
    replay,
)
from gsprep.cli import files, guards, options
from gsprep.cli.console import Counts, Shown, note, note_all, on_screen, tell
from gsprep.cli.files import schema_of
from gsprep.cli.options import listed
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.mapping.columns import advise
from gsprep.report.sentences import contradicted_ids, contradiction_note, contradiction_notes
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from gsprep.cli import part_by_part
    from gsprep.parts import clean as parts_clean
    from gsprep.results import Cleaned
    from gsprep.schemas.fields import ObjectFields
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")
    parts_clean = lazy_module("gsprep.parts.clean")

_USUAL = "Person"
_FILE, _FOLDER = Path("cleaned.csv"), Path("out")


def clean_file(
    file: options.Source,
    reading: options.Input,
    object: options.ObjectOptions,
    in_parts: options.InParts,
    out: Path = _FILE,
    changes: Path | None = None,
    region: options.Region = None,
    key: options.Key = "",
    recipe: options.Recipe = None,
    save_recipe: Path | None = None,
    dry_run: bool = False,
    reveal: options.Reveal = False,
    as_json: options.Json = False,
) -> None:
    """Fix the format of cells, never their meaning, and log every changed cell.

    Output:
        out: The cleaned file. With --format parquet: a folder, in which gsprep makes the folders
            cleaned and changes.
        changes: Log file: every changed cell before and after.
        save_recipe: YAML file to save this cleaning as a recipe.
        dry_run: Show what each rule would change; write no file except --changes.
    """
    guards.check_tables(
        () if in_parts.wanted else (out, changes),
        others=[save_recipe],
        inputs=(file, recipe, reading.mapping, object.described),
    )
    if recipe is not None and (region is not None or key):
        raise InputError("--recipe has its own region and key: remove --region and --key")
    saved = None if recipe is None else read_recipe(recipe)
    # A recipe names its object, so --object is not needed.
    if saved is not None and object.of == _USUAL and object.described is None:
        object = replace(object, of=saved.of)  # noqa: A001
    job = _Job(file, reading, schema_of(object), saved, region, listed(key))
    if in_parts.wanted:
        part_by_part.refuse_of_parts({"--changes": changes, "--dry-run": dry_run})
        place = _FOLDER if out == _FILE else out
        guards.check_folder(place)
        tell(*job.cleaned_in_parts(place, in_parts, save_recipe), as_json=as_json)
        return
    cleaned, saved = job.cleaned()
    if changes is not None:
        write_table(cleaned.changes, changes)
    if not dry_run:
        write_table(cleaned.frame, out)
        _save(saved, save_recipe)
    with on_screen(wanted=reveal, as_json=as_json):
        rules = preview(cleaned.changes)
    _tell(cleaned, rules, None if dry_run else out, as_json=as_json)


def _tell(
    cleaned: Cleaned, rules: tuple[RulePreview, ...], out: Path | None, *, as_json: bool
) -> None:
    """Print the number of changes by rule, and samples of them if no file was written."""
    counts, rows = {rule.rule: rule.cells for rule in rules}, len(cleaned.frame)
    document: dict[str, Any] = {"schema": "gsprep.clean/1", "rows": rows, "changes": counts}
    if out is None:
        document["samples"] = {one.rule: [asdict(s) for s in one.samples] for one in rules}
    shown = _samples(rules) if out is None else (Counts(counts), f"cleaned: {out}")
    tell(document, (_head(rows, len(cleaned.changes)), *shown), as_json=as_json)


def _samples(rules: tuple[RulePreview, ...]) -> Iterator[str | Shown]:
    """Yield a line for each rule and a few samples of its changes."""
    for rule in rules:
        yield Counts({rule.rule: rule.cells})
        for sample in rule.samples:
            yield f"{'':>10}{sample.column}: [{sample.before}] becomes [{sample.after}]"


@dataclass(frozen=True, slots=True)
class _Job:
    """The source, the object, and how it is cleaned: by a recipe, or with region and key."""

    file: str
    reading: options.Input
    schema: pa.DataFrameSchema
    recipe: Recipe | None
    region: str | None
    key: tuple[str, ...]

    def cleaned(self) -> tuple[Cleaned, Recipe]:
        """Clean the whole source, with notes; return it and the recipe for the next one."""
        given = files.read_file(self.file, fields_of(self.schema), self.reading)
        # Cleaned rows have no codes, so contradictions are reported now.
        note_all(contradiction_notes(contradicted_ids(given), given["row_id"]))
        frame = without_reasons(given)
        _note_no_field(frame, fields_of(self.schema))
        if self.recipe is not None:
            return replay(frame, self.recipe, self.schema), self.recipe
        cleaned = clean(frame, self.schema, region=self.region, key=self.key)
        made = recipe_of(frame, cleaned, self.schema, region=self.region, key=self.key)
        return cleaned, made

    def cleaned_in_parts(
        self, out: Path, in_parts: options.InParts, save: Path | None
    ) -> tuple[dict[str, Any], tuple[str | Shown, ...]]:
        """Clean every part, with notes; return the numbers as a document and as lines."""
        parts = part_by_part.open_parts(self.file, fields_of(self.schema), self.reading)
        header = without_reasons(text_frame(parts.read_none()))
        how = self._options(header)
        _note_no_field(header, fields_of(self.schema))
        with part_by_part.pace_of(in_parts) as pace:
            done = parts_clean.clean_parts(parts, self.schema, out, how, pace)
        files.note_reading(self.file, done.notes)
        note_all(contradiction_note(done.contradicted))
        made = recipe_with(
            data_columns(header), done.changed, self.schema, region=how.region, key=how.key
        )
        _save(self.recipe or made, save)
        by_rule: Counter[str] = Counter()
        for (_, rule), cells in sorted(done.changed.items()):
            by_rule[rule] += cells
        counts = dict(sorted(sorted(by_rule.items()), key=lambda one: -one[1]))
        document = {"schema": "gsprep.clean/1", "rows": done.rows, "changes": counts}
        document |= {"parts": done.parts, "resumed": done.resumed}
        head = _head(done.rows, sum(counts.values()))
        return document, (head, Counts(counts), f"cleaned: {out / 'cleaned'}")

    def _options(self, header: pd.DataFrame) -> CleaningOptions:
        if self.recipe is not None:
            return options_of(self.recipe, data_columns(header), self.schema)
        advise(list(header.columns), fields_of(self.schema), step="clean")
        return CleaningOptions(region=region_code(self.region), key=self.key)


def _note_no_field(frame: pd.DataFrame, of: ObjectFields) -> None:
    """Print on standard error that no column has the name of a field, so nothing is cleaned."""
    if not of.among(frame.columns):
        note(
            f"no column is a field of {of.name}, so nothing is cleaned: rename the columns, or "
            "choose their fields with `gsprep map`"
        )


def _save(recipe: Recipe, path: Path | None) -> None:
    if path is not None:
        files.write_text(recipe_text(recipe), path)


def _head(rows: int, cells: int) -> str:
    return f"{rows} {plural(rows, 'row', 'rows')}, {cells} {plural(cells, 'change', 'changes')}"


def revert_file(
    file: Annotated[Path, typer.Argument(help="The cleaned file.")],
    changes: Path,
    out: Path = Path("reverted.csv"),
    as_json: options.Json = False,
) -> None:
    """Restore cells to their state before cleaning; cells changed since then are kept.

    Input:
        changes: The log that gsprep clean wrote.

    Output:
        out: File with the original cells.
    """
    guards.check_tables([out], inputs=(file, changes))
    cleaned, log = files.read_file(file), files.read_file(changes)
    before = revert(cleaned, log)
    text = text_frame(cleaned)
    back = int(((text != before) & ~(text.isna() & before.isna())).to_numpy().sum())
    cells = len(log[["row_id", "column"]].drop_duplicates())
    if cells and not back:
        raise InputError(
            f"no cell of {file} has the value in {changes}. Check that the log belongs to this file"
        )
    write_table(before, out)
    document = {"schema": "gsprep.revert/1", "given_back": back, "left": cells - back}
    counts = Counts({"cells restored": back, "changed since and kept": cells - back})
    tell(document, (counts, f"reverted: {out}"), as_json=as_json)
