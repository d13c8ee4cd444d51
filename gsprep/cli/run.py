"""``run`` and ``demo``: clean, check, match and upload."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cleaning.recipe import agreed_key, read_recipe
from gsprep.cli import existing_people, exit_codes, files, guards, options
from gsprep.cli.console import Summary, note, note_all, stages, tell
from gsprep.cli.files import schemas_of
from gsprep.cli.options import listed, share
from gsprep.cli.record import Record, recorded, typed
from gsprep.cli.review_folder import ANSWERS, keep_answers, run_places
from gsprep.cli.tenant import (
    Target,
    connected,
    limits_of,
    target_in_words,
    target_of,
    tenant_companies,
    tenant_describes,
)
from gsprep.display import heading, plural
from gsprep.errors import InputError, MissingColumnsError
from gsprep.lazy import lazy_module, part_of
from gsprep.mapping.aliases import understood
from gsprep.pipeline import run
from gsprep.report.files import FOLDERS, RUN_FILES
from gsprep.report.summary import SCHEMA, Origin, Read
from gsprep.run_options import RunOptions, held
from gsprep.schemas.answers import PAIR_ANSWERS
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.schemas.frames import ROW_ID, named_by
from gsprep.schemas.objects import fields_of
from gsprep.shipped import shipped
from gsprep.unification.rulebook import read_rulebook
from gsprep.values.arrow import among

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager

    import pandas as pd

    from gsprep.cli import part_by_part
    from gsprep.results import RunResult
    from gsprep.tables.read import TableWithNotes
    from gsprep.unification.duplicates import output_tables
    from gsprep.uploader.compare import CompareOptions
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")
    output_tables = lazy_module("gsprep.unification.duplicates.output_tables")

_SAMPLE_FILES = ("people.csv", "companies.csv", "truth.csv")


def run_people(
    ctx: typer.Context,
    people: options.People,
    reading: options.Input,
    companies: options.Companies = None,
    answers: options.Answers = None,
    *,
    matching: options.Matching,
    sending: options.Sending,
    limits: options.SendingLimits,
    comparing: existing_people.Comparing,
    in_parts: options.InParts,
    id: Annotated[str | None, typer.Option(metavar="COLUMN")] = None,
    first: Annotated[int | None, typer.Option(min=1)] = None,
    existing: existing_people.Existing,
    key: options.Key = "Email",
    recipe: options.Recipe = None,
    max_rejected: str | None = None,
    tolerate: options.Tolerate = None,
    whole: bool = False,
    hold: str | None = None,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Clean, check, match and upload a file of people; every row is returned with its outcome.

    Input:
        id: Column that identifies each row in files and messages.
        first: Use only this number of rows, the first ones.

    Matching:
        answers: Decisions of reviewers: answers.csv, or a filled-in review.csv. Without it:
            answers.csv in the folder of --out.

    Cleaning and checking:
        max_rejected: Send nothing and exit with code 5 if more than this share of rows is rejected,
            such as 2%.

    Sending:
        hold: Verdicts whose people are not sent, such as review,no_match.

    Output:
        whole: With --format parquet, hold all rows in memory instead of a part at a time. Takes
            less processor time, and can send and use every other option.
    """
    tolerated = share(tolerate, "--tolerate") or 0.0
    saved = None if recipe is None else read_recipe(recipe)
    asked = RunOptions(
        key=agreed_key(saved, listed(key)),
        recipe=saved,
        hold=held(listed(hold)),
        most_rejected=share(max_rejected),
    )
    if by_part := in_parts.wanted and not whole:
        part_by_part.refuse_sending(
            sending, {"--id": id, "--first": first} | existing.given() | comparing.given()
        )
    target = existing_people.check_against(existing, target_of(sending, limits, tuple(asked.key)))
    _check_companies(companies, matching, sending)
    given = (
        people, companies, *existing.files(), matching.companies_mapping, matching.known, answers,
        sending.company_persons, sending.relationship_persons, sending.described,
    )  # fmt: skip
    _check_results(out, existing, given, answers, parquet=in_parts.wanted, whole=first is None)
    guards.refuse_dry_run_over_outcomes(out, dry_run=sending.dry_run)
    keep_answers(out, answers, companies)
    with recorded(ctx, target) as record:
        record.note_files(
            answers=answers or out / ANSWERS,
            pair_answers=existing.pair_answers or out / PAIR_ANSWERS,
        )
        settings = _settings(
            replace(asked, answers=_answers(answers, out)), matching, sending, target, record
        )
        listed_in = (companies, matching.companies_mapping)
        if by_part:
            settings = replace(
                settings, origin=Origin(target=target_in_words(target), command=typed(ctx))
            )
            done = part_by_part.run_in_parts(people, listed_in, reading, settings, in_parts, out)
            raise typer.Exit(part_by_part.finish(done, out, tolerated, as_json=as_json))
        job = _read((people, id, first), listed_in, reading, sending, settings, record)
        settings = existing_people.with_existing(settings, existing, target, job.people[0], record)
        compare = existing_people.compare_options(comparing, target, record, out)
        result = job.run(replace(settings, origin=job.origin(ctx, target)), target, compare)
        raise typer.Exit(
            finish(
                result, out, tolerated, parquet=in_parts.wanted, as_json=as_json, printed=job.notes
            )
        )


def _settings(
    asked: RunOptions,
    matching: options.Matching,
    sending: options.Sending,
    target: Target,
    record: Record,
) -> RunOptions:
    """Return the options of a run with what is read for them."""
    book = read_rulebook(matching.rules)
    return replace(
        asked,
        rulebook=book,
        known=files.read_known_file(matching.known, book),
        region=matching.region,
        schemas=schemas_of(sending.described, partial(tenant_describes, target)),
        mode=sending.mode,
        limits=limits_of(target),
        tenant=target.tenant,
        keep=record.keep(),
        indexes=files.kept_indexes(),
        evidence=frozenset({"review"}),
    )


def _read(
    people: tuple[str, str | None, int | None],
    companies: tuple[Path | None, Path | None],
    reading: options.Input,
    sending: options.Sending,
    settings: RunOptions,
    record: Record,
) -> Job:
    """Read the people, the associations, and the file of companies if there is one.

    ``people`` are the source, the column that identifies its rows, and how many rows are used.
    """
    name, column, first = people
    source = files.read_source(name, fields_of(settings.schemas.persons), reading)
    record.note_frame("people", name, source.frame)
    guards.check_columns(source.frame, name, settings.schemas.persons, settings.key)
    path, mapping = companies
    listed_in, listed_ones = Read("the tenant"), None
    if path is not None:
        found = files.read_source(path, COMPANY, options.Input(mapping=mapping))
        listed_in, listed_ones = Read(files.place_of(path), found.sheet), found.frame
    read = Read(files.place_of(name), source.sheet, source.other_headers())
    notes = tuple(f"{read.file}: {sentence}" for sentence in source.notes)
    rows = [_chosen(source, name, column, first)]
    links = files.read_associations(sending, settings.schemas)
    return Job(rows, listed_ones, (read, listed_in), notes, record, links)


def _check_companies(
    companies: Path | None, matching: options.Matching, sending: options.Sending
) -> None:
    """Raise InputError if there are no companies, or only their mapping is given."""
    if companies is None and (sending.dry_run or sending.sandbox):
        raise InputError(
            "--companies is missing, and only a tenant can list the companies. Name a file of "
            "companies, or a tenant with --to"
        )
    if companies is None and matching.companies_mapping is not None:
        raise InputError("--companies-mapping needs --companies: name the file of companies")


def demo(
    ctx: typer.Context,
    out: options.Out = Path("out"),
    sample: Path | None = None,
    as_json: options.Json = False,
) -> None:
    """Run the whole job on the sample data, against the sandbox.

    Output:
        sample: Only copy the sample files into this folder; run nothing.
    """
    if sample is not None:
        copied = _copy_sample(sample)
        document = {"schema": "gsprep.sample/1", "files": [str(place) for place in copied]}
        tell(document, tuple(f"sample: {place}" for place in copied), as_json=as_json)
        raise typer.Exit(exit_codes.DONE)
    _check_results(out)
    people, companies = _SAMPLE_FILES[:2]
    keep_answers(out, None, shipped("samples", companies))
    target = Target(sandbox=True)
    job = Job(
        [files.read_file(shipped("samples", people), PERSON)],
        files.read_file(shipped("samples", companies), COMPANY),
        (Read(people), Read(companies)),
    )
    settings = RunOptions(answers=_answers(None, out), origin=job.origin(ctx, target))
    result = job.run(settings, target)
    code = finish(result, out, as_json=as_json)
    went_through = code == exit_codes.SOME_ROWS and result.summary["status"] == "done"
    raise typer.Exit(exit_codes.DONE if went_through else code)


def _check_results(
    out: Path,
    existing: existing_people.Existing | None = None,
    inputs: Sequence[Path | str | None] = (),
    answers: Path | None = None,
    *,
    parquet: bool = False,
    whole: bool = False,
) -> None:
    """Raise InputError as ``guards.check_outputs`` does, for the results of a run.

    A run of the ``whole`` file may replace an earlier people.csv that it reads.
    """
    more = () if existing is None or existing.against is None else output_tables.TABLES
    names = [name for name in RUN_FILES if not (parquet and name in FOLDERS)]
    paths = [out / name for name in (*names, existing_people.COMPARED, *more)]
    replaceable = ["people.csv"] if whole else []
    guards.check_outputs(paths, inputs=inputs, answers=answers, replaceable=replaceable)
    guards.refuse_other_report(out, SCHEMA)
    if parquet:
        guards.refuse_in_folders([out / name for name in FOLDERS.values()], inputs)


def _copy_sample(folder: Path) -> tuple[Path, ...]:
    """Copy the sample files into a folder and return their paths."""
    files.make_folder(folder, "--sample")
    places = tuple(folder / name for name in _SAMPLE_FILES)
    guards.refuse_existing(places, "--sample")
    for place in places:
        shutil.copyfile(shipped("samples", place.name), place)
    return places


def _answers(path: Path | None, out: Path) -> pd.DataFrame | None:
    """Read the given answers, or the ``answers.csv`` of the results folder if it exists."""
    if path is not None:
        return files.read_file(path)
    usual = out / ANSWERS
    if not usual.is_file():
        return None
    frame = files.read_file(usual)
    note(f"{usual}: using {len(frame)} {plural(len(frame), 'answer', 'answers')}")
    return frame


def _chosen(
    reading: TableWithNotes, people: str, column: str | None, first: int | None
) -> pd.DataFrame:
    """Return the rows, with the row_id of a column if one is named; a note tells of others."""
    rows = reading.frame if column is None else _named(reading, column, people)
    if first is None or first >= len(rows):
        return rows
    note(f"{files.place_of(people)}: the first {first:,} of {len(rows):,} rows are used (--first)")
    return rows.head(first)


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
        raise MissingColumnsError([column], of=files.place_of(people), found=own)
    return named_by(reading.frame, taken, of=files.place_of(people))


def _personal(column: str) -> bool:
    return PERSON.knows(column) and column != "Gsid" and not column.endswith("__gc")


@dataclass(frozen=True, slots=True)
class Job:
    """The frames of a run as they were read; without companies the tenant is asked.

    Attributes:
        people: one frame, which is taken when the job is run: then its memory can be freed.
        companies: the frame of the companies.
        sources: where people and companies are from.
        notes: what was assumed when the people were read.
        record: the command in the ledger.
        associations: the given company_persons and relationship_persons.
    """

    people: list[pd.DataFrame]
    companies: pd.DataFrame | None
    sources: tuple[Read, Read]
    notes: tuple[str, ...] = ()
    record: Record = field(default_factory=Record)
    associations: tuple[pd.DataFrame | None, pd.DataFrame | None] = (None, None)

    def origin(self, ctx: typer.Context, target: Target) -> Origin:
        """Return what is reported about the run."""
        return Origin(*self.sources, target_in_words(target), typed(ctx), self.notes)

    def run(
        self,
        settings: RunOptions,
        target: Target,
        comparing: AbstractContextManager[CompareOptions | None] | None = None,
    ) -> RunResult:
        """Run the job against its target and show its stages.

        ``comparing`` says how the people are compared with the tenant first; None does not.
        """
        companies, links = self.companies, self.associations
        with (
            comparing or nullcontext() as compare,
            stages() as show,
            connected(
                target, companies, self.record.ledger, settings.against, len(self.people[0])
            ) as client,
        ):
            settings = replace(settings, progress=show, compare=compare)
            if client is not None and settings.rulebook is not None:
                alone = companies is None
                read = partial(tenant_companies, client, settings.rulebook, note_absent=alone)
                ask = partial(self.record.kept, "companies", read)
                settings = replace(settings, tenant_companies=ask)
                companies = ask() if companies is None else companies
            if companies is None:
                raise InputError("--companies is missing: name the file of companies")
            return run(
                self.people.pop(),
                companies,
                company_persons=links[0],
                relationship_persons=links[1],
                client=client,
                options=settings,
            )


def finish(
    result: RunResult,
    out: Path,
    tolerated: float = 0.0,
    *,
    parquet: bool = False,
    as_json: bool,
    printed: Collection[str] = (),
) -> int:
    """Write the files, print the numbers and return the exit code.

    ``printed`` are notes of the result that were printed when the file was read.
    """
    places = run_places(result.summary, out, _associations_to_fix(result), folders=parquet)
    code = exit_codes.exit_code(result, tolerated)
    failure = files.tried(partial(files.write_run, result, parquet=parquet), out)
    note_all(one for one in result.notes if one not in printed)
    if failure is not None:
        # People may have been sent, so the numbers are printed all the same.
        note(f"gsprep: {exit_codes.sentence_of(failure)}")
        places, code = (), exit_codes.code_of_unwritten(result, failure)
    if unknown := result.summary["persons"]["unknown"]:
        people = plural(unknown, "person", "people")
        note(f"the outcome of {unknown} {people} is unknown. Run `gsprep resume` to ask again")
    if result.stopped is not None:
        note(f"stopped: {result.stopped}")
    tell(result.summary, (Summary(result.summary), *places), as_json=as_json)
    return code


def _associations_to_fix(result: RunResult) -> dict[str, int]:
    """Return the number of associations with errors of their own by the name of their table."""
    counts = {}
    for name in ("company_persons", "relationship_persons"):
        links = part_of(result, name, [ROW_ID, "outcome"])
        # Those of a rejected person have its error: it is in rejects.csv.
        own = links[links["outcome"] == "rejected"]
        counts[name] = int((~among(own[ROW_ID], result.rejects[ROW_ID])).sum())
    return counts
