"""``map``: the Gainsight field of each column of a file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import files, guards, options
from gsprep.cli.console import note, tell
from gsprep.cli.files import schema_of
from gsprep.display import legible, mask
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.mapping.columns import ColumnMapping, MappedColumn, field_lines, field_text
from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import Proposal, mapping_text, samples_of
from gsprep.schemas.fields import OBJECTS
from gsprep.schemas.objects import fields_of
from gsprep.tables.read import read_as_written
from gsprep.values.text import nearest_name

if TYPE_CHECKING:
    from gsprep.cli import review
    from gsprep.review import app

    Ask = Callable[[str], str]
    Say = Callable[[str], object]
else:
    # Only the page needs them, and they load a library for HTTP.
    app = lazy_module("gsprep.review.app")
    review = lazy_module("gsprep.cli.review")

_WIDEST, _SAMPLE = 34, 24
_WHICH = "Number of a column to change, or Enter to save:"
_FIELD = "Field of {}, empty to leave it out, ? for the list:"


def proposal_lines(proposal: Proposal, mapping: ColumnMapping, *, reveal: bool) -> list[str]:
    """Return a line for each column: number, header, field, score, and samples of its cells."""
    headers = [legible(column.header, _WIDEST) for column in mapping.columns]
    fields = [_field(column) for column in mapping.columns]
    wide, wide_field = (max(map(len, texts), default=0) for texts in (headers, fields))
    show = legible if reveal else lambda cell, longest: legible(mask(cell), longest)
    return [
        f"{at:>3}  {header:<{wide}}  {field:<{wide_field}}  "
        + ", ".join(show(cell, _SAMPLE) for cell in proposal.samples.get(column.header, ()))
        for at, (header, field, column) in enumerate(
            zip(headers, fields, mapping.columns, strict=True), 1
        )
    ]


def _field(column: MappedColumn) -> str:
    if column.is_mapped:
        return f"{field_text(column)} {column.score:.2f}"
    return f"- ({column.nearest}?)" if column.nearest else "-"


def corrected(proposal: Proposal, *, ask: Ask, say: Say) -> ColumnMapping:
    """Return the mapping after the corrections that a person typed.

    What cannot be used is said, with the nearest field, and asked again.
    """
    mapping, whole = proposal.guess, len(proposal.guess.columns)
    while answer := ask(_WHICH).strip():
        if not (answer.isascii() and answer.isdigit() and 0 < int(answer) <= whole):
            say(f"write a number from 1 to {whole}")
            continue
        at = int(answer) - 1
        try:
            text = _asked_field(proposal, at, ask, say)
            chosen: Sequence[tuple[str, ...]] = proposal.chosen(mapping)
            fields = proposal.read_choice(text)
            mapping = proposal.mapping([*chosen[:at], fields, *chosen[at + 1 :]])
        except InputError as failure:
            say(str(failure))
            continue
        say(f"{legible(mapping.columns[at].header, _WIDEST)}: {_field(mapping.columns[at])}")
    return mapping


def _asked_field(proposal: Proposal, at: int, ask: Ask, say: Say) -> str:
    header = legible(proposal.guess.columns[at].header, _WIDEST)
    while (text := ask(_FIELD.format(header)).strip()) == "?":
        say(", ".join(proposal.choices()))
    return text


_USUAL_OUT = Path("mapping.yaml")


def map_file(
    file: options.Source,
    object: options.ObjectOptions,
    given: options.Reading,
    page: bool = False,
    no_browser: bool = False,
    reveal: bool = False,
    no_prompts: bool = False,
    out: Path | None = None,
    as_json: options.Json = False,
) -> None:
    """Guess the field of each column, with a score; on a terminal you can correct the guess.

    Correcting:
        page: Choose the fields on a page in the browser.
        no_browser: With --page: only print the address of the page.
        reveal: Show the samples unmasked on this terminal.
        no_prompts: Ask nothing on a terminal: only print the guess.

    Output:
        out: YAML file to save the mapping. Default after a correction: mapping.yaml.
    """
    asks = page or (not (as_json or no_prompts) and (sys.stdin.isatty() and sys.stdout.isatty()))
    out = out or (_USUAL_OUT if asks else None)
    guards.check_outputs([out], inputs=(file, object.described))
    schema = schema_of(object)
    reading = read_as_written(file, **asdict(given))
    files.note_reading(file, reading.notes)
    guess = map_columns(reading.frame, schema)
    proposal = Proposal(guess, fields_of(schema), samples_of(reading.frame))
    mapping = _asked(proposal, out, page=page, browser=not no_browser, reveal=reveal, asks=asks)
    if out is not None:
        files.write_text(mapping_text(mapping), out)
    absent = proposal.absent(mapping)
    tell(_document(mapping, absent), _lines(mapping, out), as_json=as_json)
    for names in absent:
        note(f"no column holds {names}, which every {mapping.object} needs")
    if out is not None and asks:
        note(f"next: {next_command(file, given, mapping, out)}")


def _asked(
    proposal: Proposal, out: Path | None, *, page: bool, browser: bool, reveal: bool, asks: bool
) -> ColumnMapping:
    """Return the mapping that a person made of the guess, on the page or by prompts."""
    if page:
        choices = app.Choices(proposal, str(out))
        make, announce = partial(app.make_mapping_app, choices), partial(typer.echo, err=True)
        review.show_page(make, announce, "ends without saving", browser=browser)
        if choices.mapping is None:
            raise InputError("the page was closed and nothing was saved. Run the command again")
        return choices.mapping
    if not asks:
        return proposal.guess
    for line in proposal_lines(proposal, proposal.guess, reveal=reveal):
        typer.echo(line)
    ask = partial(typer.prompt, default="", show_default=False, prompt_suffix=" ")
    return corrected(proposal, ask=ask, say=typer.echo)


def next_command(file: str, given: options.Reading, mapping: ColumnMapping, out: Path) -> str:
    """Return the command that uses a saved mapping of a file that was read with these options."""
    read = [(f"--{name}", str(value)) for name, value in asdict(given).items() if value is not None]
    if mapping.object == "Company":
        words = ["run", "people.csv", "--companies", file, "--companies-mapping", str(out)]
        return shlex.join(["gsprep", *words, "--dry-run"])
    own = [file, *chain(*read), "--mapping", str(out)]
    if mapping.object == "Person":
        return shlex.join(["gsprep", "run", *own, "--companies", "companies.csv", "--dry-run"])
    return shlex.join(["gsprep", "check", *own, "--object", mapping.object])


def _document(mapping: ColumnMapping, absent: list[str]) -> dict[str, Any]:
    return {
        "schema": "gsprep.mapping/1",
        "object": mapping.object,
        "columns": [
            {
                "header": column.header,
                "field": list(column.split) or column.field,
                "score": column.score,
                "how": column.how,
                "nearest": column.nearest,
            }
            for column in mapping.columns
        ],
        "unmapped": list(mapping.unmapped),
        "needed": absent,
    }


def _lines(mapping: ColumnMapping, out: Path | None) -> tuple[str, ...]:
    width = max((len(column.header) for column in mapping.columns), default=0)
    lines = [f"{column.header:<{width}}  {meant(column)}" for column in mapping.columns]
    mapped = len(mapping.columns) - len(mapping.unmapped)
    count = f"{mapped} of {len(mapping.columns)} columns are mapped to {mapping.object}"
    return (*lines, count, *([] if out is None else [f"mapping: {out}"]))


def meant(column: MappedColumn) -> str:
    """Return the guess of a column in words."""
    if column.is_mapped:
        return f"{column.score:.2f}  {field_text(column)} ({column.how})"
    near = f": closest field is {column.nearest}, {column.score:.2f}" if column.nearest else ""
    return f"   -  not mapped{near}"


# So many headers fit on a line; --json lists all.
_MOST_HEADERS = 4


def list_fields(
    object: Annotated[
        str, typer.Argument(metavar="OBJECT", help=f"{', '.join(one.name for one in OBJECTS)}.")
    ] = "Person",
    as_json: options.Json = False,
) -> None:
    """List name, type and meaning of each field, and usual headers of files for it."""
    names = [one.name for one in OBJECTS]
    found = (one for one in OBJECTS if one.name.casefold() == object.strip().casefold())
    if (of := next(found, None)) is None:
        near = nearest_name(object, names)
        hint = "" if near is None else f". Do you mean {near}?"
        raise InputError(f"there is no object {object}. Choose one of {', '.join(names)}{hint}")
    lines = field_lines(of)
    fields = [line._asdict() | {"headers": list(line.headers)} for line in lines]
    wide = max(len(line.name) for line in lines)
    kind = max(len(line.type) for line in lines)
    shown = [
        f"{line.name:<{wide}}  {line.type:<{kind}}  {line.meaning}"
        + (f" Headers: {', '.join(line.headers[:_MOST_HEADERS])} …" if line.headers else "")
        for line in lines
    ]
    document = {"schema": "gsprep.fields/1", "object": of.name, "fields": fields}
    tell(document, shown, as_json=as_json)
