"""Option groups and options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

import typer

from gsprep.values.percentage import share_of

INPUT, MATCHING, CHECKING, SENDING, LIMITS, OUTPUT = (
    "Input", "Matching", "Cleaning and checking", "Sending", "Limits", "Output",
)  # fmt: skip
_FORMATS = (
    "a CSV, TSV, XLSX, ODS, XLS, Parquet or JSON lines file, - for standard input, or a database "
    "address"
)


def option(flag: str, text: str, panel: str | None = None, **more: Any) -> Any:
    """Return an option with its help and the panel of the help that lists it."""
    return typer.Option(flag, help=text, rich_help_panel=panel, **more)


Source = Annotated[str, typer.Argument(help=f"Input: {_FORMATS}.")]
People = Annotated[str, typer.Argument(help=f"The people: {_FORMATS}.")]
Companies = Annotated[
    Path | None, option("--companies", "File of companies: Gsid, Name, Domain, Phone …", MATCHING)
]
NeededCompanies = Annotated[
    Path, option("--companies", "File of companies: Gsid, Name, Domain, Phone …", MATCHING)
]
Rules = Annotated[
    Path | None, option("--rules", "Rulebook: a file, or default, strict or communities.", MATCHING)
]
Answers = Annotated[
    Path | None,
    option(
        "--answers", "Decisions of reviewers: answers.csv, or a filled-in review.csv.", MATCHING
    ),
]
Key = Annotated[
    str, option("--key", "Columns of the tenant's resolution key, separated by commas.", CHECKING)
]
Region = Annotated[
    str | None,
    option(
        "--region",
        "Default country for phone numbers without a country code, such as DE.",
        CHECKING,
    ),
]
Sheet = Annotated[
    str | None,
    option("--sheet", "Sheet of a workbook: its name, its number from 0, or all.", INPUT),
]
Encoding = Annotated[
    str | None, option("--encoding", "Encoding of a CSV file, such as cp1250.", INPUT)
]
Header = Annotated[
    int | None,
    option("--header", "Line of the headers, counted from 1, if it is not found.", INPUT, min=1),
]
Query = Annotated[
    str | None, option("--query", "SQL query to read from a database: SELECT …", INPUT)
]
Recipe = Annotated[
    Path | None,
    option("--recipe", "Saved recipe: apply its cleaning rules and no others.", CHECKING),
]
To = Annotated[str | None, option("--to", "Tenant: a subdomain, a host or its address.", SENDING)]
PerMinute = Annotated[
    int | None,
    option(
        "--sync-per-minute", "Most calls in a minute, if not the documented 100.", LIMITS, min=1
    ),
]
PerDay = Annotated[
    int | None,
    option(
        "--sync-per-day", "Most calls in 24 hours, if not the documented 50,000.", LIMITS, min=1
    ),
]
MaxWait = Annotated[
    float,
    option(
        "--max-wait", "Longest wait for quota, in minutes, before the command stops.", LIMITS, min=0
    ),
]
Tolerate = Annotated[
    str | None,
    option(
        "--tolerate",
        "Exit with code 0, not 1, if at most this share of rows is rejected or refused, such "
        "as 2%.",
        CHECKING,
    ),
]
Reveal = Annotated[
    bool,
    option(
        "--reveal", "Show e-mail addresses, names and other personal data on this screen.", OUTPUT
    ),
]
Out = Annotated[Path, option("--out", "Folder for the results.", OUTPUT)]
Json = Annotated[bool, option("--json", "Print one JSON document instead of text.", OUTPUT)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """How a source is read."""

    panel: ClassVar[str] = INPUT

    sheet: Sheet = None
    query: Query = None
    encoding: Encoding = None
    header: Header = None
    mapping: Annotated[
        Path | None, option("--mapping", "File of the column mapping that gsprep map wrote.")
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """How people are matched to companies."""

    panel: ClassVar[str] = MATCHING

    rules: Rules = None
    known: Annotated[
        Path | None,
        option("--known", "People already linked: Email, Company_ID, IsPrimaryCompany."),
    ] = None
    region: Region = None
    companies_mapping: Annotated[
        Path | None,
        option(
            "--companies-mapping",
            "File of the column mapping of --companies: gsprep map --object Company wrote it.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InParts:
    """Whether a source is worked on part by part, and in how many processes."""

    panel: ClassVar[str] = OUTPUT

    format: Annotated[
        Literal["csv", "parquet"],
        option(
            "--format",
            "parquet: work part by part on a CSV or Parquet file or a folder of such files, and "
            "write Parquet. They may be larger than memory; the same command resumes.",
        ),
    ] = "csv"
    workers: Annotated[
        int | None,
        option(
            "--workers",
            "Number of processes with --format parquet. Without it: one for each processor.",
            min=1,
        ),
    ] = None

    @property
    def wanted(self) -> bool:
        """Whether the source is worked on part by part."""
        return self.format == "parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectOptions:
    """The object whose rows a file holds."""

    panel: ClassVar[str] = "Object"

    of: Annotated[
        str,
        option(
            "--object",
            "Object in the file: Person, CompanyPerson, RelationshipPerson, Company or "
            "Relationship.",
        ),
    ] = "Person"
    described: Annotated[
        str | None,
        option(
            "--describe",
            "Instead of --object, the object as the tenant defines it: an API name to ask the "
            "tenant, or a describe JSON file.",
        ),
    ] = None
    name: Annotated[
        str | None, option("--name", "API name of the object, if a describe file has several.")
    ] = None
    to: Annotated[
        str | None,
        option("--to", "Tenant that --describe asks: a subdomain, a host or its address."),
    ] = None
    sandbox: Annotated[
        bool, option("--sandbox", "Let --describe ask a local simulator, not a tenant.")
    ] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What is sent, and where."""

    panel: ClassVar[str] = SENDING

    company_persons: Annotated[
        Path | None, option("--company-persons", "File of your own company associations.")
    ] = None
    relationship_persons: Annotated[
        Path | None, option("--relationship-persons", "File of relationship associations.")
    ] = None
    described: Annotated[
        str | None,
        option(
            "--describe",
            "The fields of Person as the tenant defines them: Person to ask the tenant "
            "(Person,company_person for associations too), or a describe JSON file.",
        ),
    ] = None
    to: To = None
    sandbox: Annotated[
        bool, option("--sandbox", "Send to a local simulator instead of a tenant.")
    ] = False
    mode: Annotated[
        Literal["auto", "single", "sync", "async"],
        option(
            "--mode",
            "sync: calls of 50 people; async: jobs of up to 80 MB; single: one person a call; "
            "auto: sync or async, whichever is faster.",
        ),
    ] = "auto"
    changed_only: Annotated[
        bool,
        option(
            "--changed-only", "Send only people whose data changed since they were last stored."
        ),
    ] = False
    force: Annotated[
        bool, option("--force", "Send rows again even if identical rows were already sent.")
    ] = False
    dry_run: Annotated[
        bool,
        option(
            "--dry-run",
            "Do everything except send. Needs no tenant and no key; the plan is an estimate from "
            "the ledger on this computer.",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingLimits:
    """How fast people are sent, and when sending stops."""

    panel: ClassVar[str] = LIMITS

    sync_per_minute: PerMinute = None
    sync_per_day: PerDay = None
    async_per_hour: Annotated[
        int | None,
        option("--async-per-hour", "Most jobs in an hour, if not the documented 10.", min=1),
    ] = None
    async_per_day: Annotated[
        int | None,
        option("--async-per-day", "Most jobs in 24 hours, if not the documented 100.", min=1),
    ] = None
    align_windows: Annotated[
        bool,
        option(
            "--align-windows",
            "Count calls per minute and hour of the clock, as the service documents it. Faster, "
            "but needs a correct clock on this computer.",
        ),
    ] = False
    batch_counts: Annotated[
        Literal["people", "rows"],
        option(
            "--batch-counts",
            "What counts towards 50 in a call: people, or people and associations.",
        ),
    ] = "people"
    max_wait: MaxWait = 60.0
    max_refused: Annotated[
        str | None,
        option(
            "--max-refused",
            "Stop sending when the service refused more than this share of people, such as 5%.",
        ),
    ] = None


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a signature that typer can read: one parameter for each option of a group."""
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if is_dataclass(parameter.annotation)
    }

    @wraps(command)
    def call(**values: Any) -> None:
        for name, group in groups.items():
            own = {field.name: values.pop(field.name) for field in fields(group)}
            values[name] = group(**own)
        command(**values)

    parameters = [
        single.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, given in signature.parameters.items()
        for single in (_singles(groups[name]) if name in groups else [given])
    ]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {single.name: single.annotation for single in parameters}
    return call


def _singles(group: Any) -> Iterator[inspect.Parameter]:
    """Yield the options of a group as parameters; each is listed in the panel of the group."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        kind, option = hints[field.name].__origin__, copy(hints[field.name].__metadata__[0])
        option.rich_help_panel = group.panel
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[kind, option],
        )


def share(text: str | None, option: str = "--max-rejected") -> float | None:
    """Return the percentage of an option (``2%``) as a share of one; InputError for others."""
    return None if text is None else share_of(text, option)


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list separated by commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
