"""``run`` and ``demo``: the whole job."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cleaning.recipe import agreed_key, read_recipe
from gsprep.cli import options
from gsprep.cli.answering import answers_of_folder, refuse_to_lose, usual_answers
from gsprep.cli.console import (
    Part,
    listed,
    note,
    place_of,
    print_document,
    read_file,
    read_optional,
    read_source,
    share,
    stages,
    tell,
)
from gsprep.cli.described import schemas_asked
from gsprep.cli.empty import look_at_columns
from gsprep.cli.ends import DONE, SOME_ROWS, code_of_unwritten, exit_code, sentence_of
from gsprep.cli.files import RUN_FILES, check_folder, tried, write_run
from gsprep.cli.knowing import read_known_file
from gsprep.cli.outcomes import refuse_to_forget
from gsprep.cli.record import Record, recorded
from gsprep.cli.sample import lay_sample
from gsprep.cli.shown import Summary, print_lines
from gsprep.cli.tenant import Target, connected, limits_of, target_of, tenant_companies
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


def run_people(
    ctx: typer.Context,
    people: options.People,
    companies: options.Companies = None,
    rules: options.Rules = None,
    known: options.Known = None,
    answers: options.Answers = None,
    out: options.Out = Path("out"),
    company_persons: options.CompanyPersons = None,
    relationship_persons: options.RelationshipPersons = None,
    region: options.Region = None,
    id: options.Id = None,  # noqa: A002  the option's name
    key: options.Key = "Email",
    recipe: options.Recipe = None,
    described: options.DescribePeople = None,
    to: options.To = None,
    sandbox: options.Sandbox = False,
    mode: options.Mode = "auto",
    sync_per_minute: options.PerMinute = None,
    sync_per_day: options.PerDay = None,
    async_per_hour: options.JobsPerHour = None,
    async_per_day: options.JobsPerDay = None,
    align_windows: options.Align = False,
    batch_counts: options.BatchCounts = "people",
    max_wait: options.MaxWait = 60.0,
    max_refused: options.MaxRefused = None,
    changed_only: options.ChangedOnly = False,
    force: options.Force = False,
    hold: Annotated[
        str | None, typer.Option("--hold", help="Verdicts not to send: review,no_match.")
    ] = None,
    first: Annotated[int | None, typer.Option("--first", min=1, help="Only so many rows.")] = None,
    max_rejected: Annotated[
        str | None, typer.Option("--max-rejected", help="Send nothing above this share, as 2%.")
    ] = None,
    dry_run: options.DryRun = False,
    sheet: options.Sheet = None,
    query: options.Query = None,
    mapping: options.Mapping = None,
    as_json: options.Json = False,
) -> None:
    """Clean, check, match and upload a file of people; every row comes back with its outcome."""
    saved = None if recipe is None else read_recipe(recipe)
    names = agreed_key(saved, listed(key))
    target = target_of(ctx.params, names)
    if companies is None and (dry_run or sandbox):
        raise InputError("name the companies with --companies: only a tenant could list them")
    given = (
        people, companies, company_persons, relationship_persons, known, answers, described
    )  # fmt: skip
    refuse_to_lose(answers, out, RUN_FILES)
    check_folder(out, RUN_FILES, inputs=given, again=["people.csv"] if first is None else [])
    if dry_run:
        refuse_to_forget(out)
    with recorded(ctx, target) as record:
        record.note_files(answers=usual_answers(answers, out))
        book = read_rulebook(rules)
        how = RunOptions(
            rulebook=book,
            known=read_known_file(known, book),
            answers=answers_of_folder(answers, out),
            region=region,
            key=names,
            schemas=schemas_asked(described, target),
            recipe=saved,
            hold=listed(hold),
            mode=mode,
            limits=limits_of(target),
            tenant=target.tenant,
            most_rejected=share(max_rejected),
            keep=record.keep(),
        )
        of = how.schemas
        reading = read_source(people, fields_of(of.persons), Part(sheet, query, mapping))
        record.note_frame("people", people, reading.frame)
        look_at_columns(reading.frame, people, of.persons, names)
        rows = reading.frame if id is None else _named(reading, id, people)
        job = _Job(
            rows if first is None else rows.head(first),
            read_optional(companies, COMPANY),
            read_optional(company_persons, fields_of(of.company_persons)),
            read_optional(relationship_persons, fields_of(of.relationship_persons)),
            record,
        )
        result = _do(job, how, target)
        raise typer.Exit(_finish(result, out, as_json=as_json))


def demo(
    out: options.Out = Path("out"),
    sample: Annotated[
        Path | None,
        typer.Option("--sample", help="Send nothing: only lay the sample's files into a folder."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Do the whole job on the sample that travels with gsprep, against the sandbox."""
    if sample is not None:
        laid = lay_sample(sample)
        document = {"schema": "gsprep.sample/1", "files": [str(place) for place in laid]}
        tell(document, tuple(f"sample: {place}" for place in laid), as_json=as_json)
        raise typer.Exit(DONE)
    check_folder(out, RUN_FILES)
    job = _Job(
        read_file(shipped("samples", "people.csv"), PERSON),
        read_file(shipped("samples", "companies.csv"), COMPANY),
    )
    result = _do(job, RunOptions(), Target(sandbox=True))
    code = _finish(result, out, as_json=as_json)
    went_through = code == SOME_ROWS and result.summary["status"] == "done"
    raise typer.Exit(DONE if went_through else code)


def _named(reading: TableWithNotes, column: str, people: str) -> pd.DataFrame:
    """Return the rows named by a column, which is given by the header in the file or by its field.

    Messages show the names of rows, so none may tell who somebody is.
    """
    taken = reading.columns.get(column, column)
    if any(map(_personal, (column, taken, understood(column, PERSON)))):
        raise InputError(
            f"--id {column} would show it in messages: name a column of your own, as a number of "
            "the row or of the person in the system it comes from"
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

    def run(self, how: RunOptions, client: Client | None) -> RunResult:
        """Run the job with a client, or without to send nothing."""
        companies = self.companies
        if companies is None and client is not None and how.rulebook is not None:
            ask = partial(tenant_companies, client, how.rulebook)
            companies = self.record.kept("companies", ask)
        if companies is None:
            raise InputError("name the companies with --companies")
        return run(
            self.people,
            companies,
            company_persons=self.company_persons,
            relationship_persons=self.relationship_persons,
            client=client,
            options=how,
        )


def _do(job: _Job, how: RunOptions, target: Target) -> RunResult:
    with stages() as show, connected(target, job.companies, job.record.ledger) as client:
        return job.run(replace(how, progress=show), client)


def _finish(result: RunResult, out: Path, *, as_json: bool) -> int:
    """Write the files, tell the numbers and return the exit code."""
    where = _where(result, out)
    code = exit_code(result)
    failure = tried(partial(write_run, result), out)
    for sentence in result.notes:
        note(sentence)
    if failure is not None:
        # What was sent is sent: its numbers are told all the same.
        note(f"gsprep: {sentence_of(failure)}")
        where, code = (), code_of_unwritten(result, failure)
    if unknown := result.summary["persons"]["unknown"]:
        whom = plural(unknown, "person", "people")
        note(f"what became of {unknown} {whom} is unknown: `gsprep resume` asks again")
    if result.stopped is not None:
        note(f"stopped: {result.stopped}")
    if as_json:
        print_document(result.summary)
    else:
        print_lines((Summary(result.summary), *where))
    return code


def _where(result: RunResult, out: Path) -> tuple[str, ...]:
    """Say where every row stands, and where somebody is awaited: that comes last."""
    return (
        f"the run as a page: {out / 'report.html'}",
        f"every row's answer: {out / 'people.csv'}",
        *([f"to be decided: {out / 'review.csv'}"] if len(result.review) else []),
        *(
            [f"to be mended, with the reasons: {out / 'rejects.csv'}"]
            if len(result.rejects)
            else []
        ),
    )
