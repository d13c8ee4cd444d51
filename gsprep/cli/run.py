"""``run`` and ``demo``: clean, check, match and upload."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cleaning.recipe import agreed_key, read_recipe
from gsprep.cli import options
from gsprep.cli.console import Summary, note, print_document, print_lines, stages, tell
from gsprep.cli.describe import schemas_of
from gsprep.cli.exit_codes import DONE, SOME_ROWS, code_of_unwritten, exit_code, sentence_of
from gsprep.cli.files import (
    RUN_FILES,
    make_folder,
    place_of,
    read_companies,
    read_file,
    read_known_file,
    read_optional,
    read_source,
    tried,
    write_run,
)
from gsprep.cli.guards import (
    check_columns,
    check_outputs,
    refuse_dry_run_over_outcomes,
    refuse_existing,
)
from gsprep.cli.options import listed, share
from gsprep.cli.record import Record, recorded
from gsprep.cli.tenant import (
    Target,
    connected,
    limits_of,
    target_of,
    tenant_companies,
    tenant_describes,
)
from gsprep.display import heading, plural
from gsprep.errors import InputError, MissingColumnsError
from gsprep.mapping.aliases import understood
from gsprep.pipeline import RunOptions, run
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.schemas.frames import named_by
from gsprep.schemas.objects import fields_of
from gsprep.shipped import shipped
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import RunResult
    from gsprep.tables.read import TableWithNotes
    from gsprep.uploader.client import Client

_SAMPLE_FILES = ("people.csv", "companies.csv", "truth.csv")
_ANSWERS = "answers.csv"


@options.grouped
def run_people(
    ctx: typer.Context,
    people: options.People,
    reading: options.Input,
    matching: options.Matching,
    sending: options.Sending,
    limits: options.SendingLimits,
    id: Annotated[  # noqa: A002  the option's name
        str | None,
        typer.Option(
            "--id",
            metavar="COLUMN",
            help="Column that identifies each row in files and messages.",
            rich_help_panel=options.INPUT,
        ),
    ] = None,
    first: Annotated[
        int | None,
        typer.Option(
            "--first", min=1, help="Number of rows to use.", rich_help_panel=options.INPUT
        ),
    ] = None,
    companies: options.Companies = None,
    answers: options.Answers = None,
    key: options.Key = "Email",
    recipe: options.Recipe = None,
    max_rejected: Annotated[
        str | None,
        typer.Option(
            "--max-rejected",
            help="Send nothing if more than this share of rows is rejected, such as 2%.",
            rich_help_panel=options.CHECKING,
        ),
    ] = None,
    hold: Annotated[
        str | None,
        typer.Option(
            "--hold",
            help="Verdicts whose people are not sent: review,no_match.",
            rich_help_panel=options.SENDING,
        ),
    ] = None,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Clean, check, match and upload a file of people; every row is returned with its outcome."""
    saved = None if recipe is None else read_recipe(recipe)
    names = agreed_key(saved, listed(key))
    target = target_of(sending, limits, names)
    _check_companies(companies, matching, sending)
    given = (
        people, companies, matching.companies_mapping, matching.known, answers,
        sending.company_persons, sending.relationship_persons, sending.described,
    )  # fmt: skip
    replaceable = ["people.csv"] if first is None else []
    check_outputs(_paths(out), inputs=given, answers=answers, replaceable=replaceable)
    if sending.dry_run:
        refuse_dry_run_over_outcomes(out)
    with recorded(ctx, target) as record:
        record.note_files(answers=answers or out / _ANSWERS)
        book = read_rulebook(matching.rules)
        settings = RunOptions(
            rulebook=book,
            known=read_known_file(matching.known, book),
            answers=_answers(answers, out),
            region=matching.region,
            key=names,
            schemas=schemas_of(sending.described, partial(tenant_describes, target)),
            recipe=saved,
            hold=listed(hold),
            mode=sending.mode,
            limits=limits_of(target),
            tenant=target.tenant,
            most_rejected=share(max_rejected),
            keep=record.keep(),
        )
        schemas = settings.schemas
        source = read_source(people, fields_of(schemas.persons), reading)
        record.note_frame("people", people, source.frame)
        check_columns(source.frame, people, schemas.persons, names)
        rows = source.frame if id is None else _named(source, id, people)
        job = _Job(
            rows if first is None else rows.head(first),
            None if companies is None else read_companies(companies, matching.companies_mapping),
            read_optional(sending.company_persons, fields_of(schemas.company_persons)),
            read_optional(sending.relationship_persons, fields_of(schemas.relationship_persons)),
            record,
        )
        raise typer.Exit(_finish(_run(job, settings, target), out, as_json=as_json))


def _check_companies(
    companies: Path | None, matching: options.Matching, sending: options.Sending
) -> None:
    """Raise InputError if the companies come from nowhere, or only their mapping is given."""
    if companies is None and (sending.dry_run or sending.sandbox):
        raise InputError("--companies is missing: without it only a tenant can list the companies")
    if companies is None and matching.companies_mapping is not None:
        raise InputError("--companies-mapping needs --companies: name the file of companies")


def demo(
    out: options.Out = Path("out"),
    sample: Annotated[
        Path | None,
        typer.Option(
            "--sample",
            help="Only copy the sample files into this folder; run nothing.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run the whole job on the sample data, against the sandbox."""
    if sample is not None:
        copied = _copy_sample(sample)
        document = {"schema": "gsprep.sample/1", "files": [str(place) for place in copied]}
        tell(document, tuple(f"sample: {place}" for place in copied), as_json=as_json)
        raise typer.Exit(DONE)
    check_outputs(_paths(out))
    job = _Job(
        read_file(shipped("samples", "people.csv"), PERSON),
        read_file(shipped("samples", "companies.csv"), COMPANY),
    )
    result = _run(job, RunOptions(), Target(sandbox=True))
    code = _finish(result, out, as_json=as_json)
    went_through = code == SOME_ROWS and result.summary["status"] == "done"
    raise typer.Exit(DONE if went_through else code)


def _paths(out: Path) -> list[Path]:
    return [out / name for name in RUN_FILES]


def _copy_sample(folder: Path) -> tuple[Path, ...]:
    """Copy the sample files into a folder and return their paths."""
    make_folder(folder)
    places = tuple(folder / name for name in _SAMPLE_FILES)
    refuse_existing(places, "--sample")
    for place in places:
        shutil.copyfile(shipped("samples", place.name), place)
    return places


def _answers(path: Path | None, out: Path) -> pd.DataFrame | None:
    """Read the given answers, or the ``answers.csv`` of the results folder if it exists."""
    if path is not None:
        return read_file(path)
    usual = out / _ANSWERS
    if not usual.is_file():
        return None
    frame = read_file(usual)
    note(f"{usual}: using {len(frame)} {plural(len(frame), 'answer', 'answers')}")
    return frame


def _named(reading: TableWithNotes, column: str, people: str) -> pd.DataFrame:
    """Return the rows with the row_id of a column, which is a header of the file or a field.

    Messages show the row_id, so it must not identify a person.
    """
    taken = reading.columns.get(column, column)
    if any(map(_personal, (column, taken, understood(column, PERSON)))):
        raise InputError(
            f"--id {column} would show personal data in messages. Name another column, such as a "
            "row number or the id of the person in the source system"
        )
    if taken not in reading.frame.columns:
        own = [heading(header) for header in reading.columns]
        raise MissingColumnsError([column], of=place_of(people), found=own)
    return named_by(reading.frame, taken, of=place_of(people))


def _personal(column: str) -> bool:
    return PERSON.knows(column) and column != "Gsid" and not column.endswith("__gc")


@dataclass(frozen=True, slots=True)
class _Job:
    """The frames of a run as they were read; without companies the tenant is asked."""

    people: pd.DataFrame
    companies: pd.DataFrame | None
    company_persons: pd.DataFrame | None = None
    relationship_persons: pd.DataFrame | None = None
    record: Record = field(default_factory=Record)

    def run(self, settings: RunOptions, client: Client | None) -> RunResult:
        """Run the job with a client, or without one to send nothing."""
        companies = self.companies
        if client is not None and settings.rulebook is not None:
            read = partial(tenant_companies, client, settings.rulebook)
            ask = partial(self.record.kept, "companies", read)
            settings = replace(settings, tenant_companies=ask)
            companies = ask() if companies is None else companies
        if companies is None:
            raise InputError("--companies is missing: name the file of companies")
        return run(
            self.people,
            companies,
            company_persons=self.company_persons,
            relationship_persons=self.relationship_persons,
            client=client,
            options=settings,
        )


def _run(job: _Job, settings: RunOptions, target: Target) -> RunResult:
    with stages() as show, connected(target, job.companies, job.record.ledger) as client:
        return job.run(replace(settings, progress=show), client)


def _finish(result: RunResult, out: Path, *, as_json: bool) -> int:
    """Write the files, print the numbers and return the exit code."""
    files = _files(result, out)
    code = exit_code(result)
    failure = tried(partial(write_run, result), out)
    for sentence in result.notes:
        note(sentence)
    if failure is not None:
        # People may have been sent, so the numbers are printed all the same.
        note(f"gsprep: {sentence_of(failure)}")
        files, code = (), code_of_unwritten(result, failure)
    if unknown := result.summary["persons"]["unknown"]:
        people = plural(unknown, "person", "people")
        note(f"the outcome of {unknown} {people} is unknown. Run `gsprep resume` to ask again")
    if result.stopped is not None:
        note(f"stopped: {result.stopped}")
    if as_json:
        print_document(result.summary)
    else:
        print_lines((Summary(result.summary), *files))
    return code


def _files(result: RunResult, out: Path) -> tuple[str, ...]:
    """Return lines that name the main files; those that need a person come last."""
    return (
        f"report: {out / 'report.html'}",
        f"outcome of each row: {out / 'people.csv'}",
        *([f"to review: {out / 'review.csv'}"] if len(result.review) else []),
        *([f"to fix: {out / 'rejects.csv'}"] if len(result.rejects) else []),
    )
