"""Job of ``run`` or ``demo``: frames, execution and end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli.console import Summary, note, print_document, print_lines, stages
from gsprep.cli.exit_codes import code_of_unwritten, exit_code, sentence_of
from gsprep.cli.files import tried, write_run
from gsprep.cli.record import Record
from gsprep.cli.review_folder import review_line
from gsprep.cli.tenant import Target, connected, tenant_companies
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.lazy import part_of
from gsprep.pipeline import run
from gsprep.run_options import RunOptions
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pandas as pd

    from gsprep.results import RunResult
    from gsprep.uploader.client import Client


@dataclass(frozen=True, slots=True)
class Job:
    """The frames of a run as they were read; without companies the tenant is asked.

    ``people`` is one frame, which is taken when the job is run: then their memory can be freed.
    """

    people: list[pd.DataFrame]
    companies: pd.DataFrame | None
    record: Record = field(default_factory=Record)
    company_persons: pd.DataFrame | None = None
    relationship_persons: pd.DataFrame | None = None

    def run(self, settings: RunOptions, client: Client | None) -> RunResult:
        """Run the job with a client, or without one to send nothing."""
        companies = self.companies
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
            company_persons=self.company_persons,
            relationship_persons=self.relationship_persons,
            client=client,
            options=settings,
        )


def run_job(job: Job, settings: RunOptions, target: Target) -> RunResult:
    """Run a job against its target and show its stages."""
    people = settings.against
    with stages() as show, connected(target, job.companies, job.record.ledger, people) as client:
        return job.run(replace(settings, progress=show), client)


def finish(
    result: RunResult,
    out: Path,
    tolerated: float = 0.0,
    *,
    as_json: bool,
    printed: Collection[str] = (),
) -> int:
    """Write the files, print the numbers and return the exit code.

    ``printed`` are notes of the result that were printed when the file was read.
    """
    files = _files(result, out)
    code = exit_code(result, tolerated)
    failure = tried(partial(write_run, result), out)
    for sentence in (one for one in result.notes if one not in printed):
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
    same = result.summary.get("existing", {}).get("to_decide")
    return (
        f"report: {out / 'report.html'}",
        f"outcome of each row: {out / 'people.csv'}",
        *review_line(len(result.review), out),
        *([f"perhaps the same person: gsprep review {out} --duplicates"] if same else []),
        *([f"to fix: {out / 'rejects.csv'}"] if len(result.rejects) else []),
        *_associations_to_fix(result, out),
    )


def _associations_to_fix(result: RunResult, out: Path) -> Iterator[str]:
    """Yield a line for each file of associations with errors of their own."""
    for name in ("company_persons", "relationship_persons"):
        links = part_of(result, name, [ROW_ID, "outcome"])
        # Those of a rejected person have its error: it is in rejects.csv.
        own = links[links["outcome"] == "rejected"]
        if count := int((~own[ROW_ID].isin(result.rejects[ROW_ID])).sum()):
            yield links_to_fix(out / f"{name}.csv", count)


def links_to_fix(path: Path, count: int) -> str:
    """Return the line that names a file with rejected associations."""
    return f"to fix: {path} ({count:,} rejected: see error_message)"
