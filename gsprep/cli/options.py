"""Option groups and options that several commands share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_origin, get_type_hints

import typer

from gsprep.errors import InputError
from gsprep.values.percentage import share_of

INPUT, MATCHING, CHECKING, SENDING, LIMITS, OUTPUT = (
    "Input", "Matching", "Cleaning and checking", "Sending", "Limits", "Output",
)  # fmt: skip
_FORMATS = (
    "a CSV, TSV, XLSX, XLSB, ODS, XLS, Parquet or JSON file, - for standard input, or a database "
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
    Path | None,
    option(
        "--rules",
        "Rulebook: a file, or one of gsprep's own: default, strict, communities.",
        MATCHING,
    ),
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
Recipe = Annotated[
    Path | None,
    option("--recipe", "Saved recipe: apply its cleaning rules and no others.", CHECKING),
]
To = Annotated[str | None, option("--to", "Tenant: a subdomain, a host or its address.", SENDING)]
PerMinute = Annotated[
    int | None,
    option(
        "--sync-per-minute",
        "Most calls in a minute. Without it: the documented 100.",
        LIMITS,
        min=1,
    ),
]
PerDay = Annotated[
    int | None,
    option(
        "--sync-per-day",
        "Most calls in 24 hours. Without it: the documented 50,000.",
        LIMITS,
        min=1,
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
class Reading:
    """How a source is read.

    Attributes:
        sheet: Sheet of a workbook: its name, its number from 0, or all.
        query: SQL query to read from a database: SELECT …
        encoding: Encoding of a CSV file, such as cp1250.
        header: Line of the headers, counted from 1, if gsprep does not find it.
    """

    panel: ClassVar[str] = INPUT

    sheet: str | None = None
    query: str | None = None
    encoding: str | None = None
    header: Annotated[int | None, typer.Option(min=1)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Input(Reading):
    """How a source is read whose columns may have other names.

    Attributes:
        mapping: Column mapping that gsprep map wrote.
    """

    mapping: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """How people are matched to companies.

    Attributes:
        known: File of people who are linked already: Email, Company_ID, IsPrimaryCompany.
        companies_mapping: Column mapping of --companies that gsprep map --object Company wrote.
    """

    panel: ClassVar[str] = MATCHING

    rules: Rules = None
    known: Path | None = None
    region: Region = None
    companies_mapping: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InParts:
    """Whether a source is worked on part by part, and in how many processes.

    Attributes:
        format: parquet: read a CSV or Parquet file, or a folder of such files, in parts, and write
            Parquet. For files larger than memory; the same command resumes.
        workers: Number of processes with --format parquet. Without it: one for each processor.
    """

    panel: ClassVar[str] = OUTPUT

    format: Literal["csv", "parquet"] = "csv"
    workers: Annotated[int | None, typer.Option(min=1)] = None

    @property
    def wanted(self) -> bool:
        """Whether the source is worked on part by part."""
        return self.format == "parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectOptions:
    """The object whose rows a file holds.

    Attributes:
        of: Object in the file: Person, CompanyPerson, RelationshipPerson, Company or Relationship.
        described: Instead of --object, the object as the tenant defines it: an API name to ask the
            tenant, or a describe JSON file.
        name: API name of the object, if a describe file has several.
        to: Tenant that --describe asks: a subdomain, a host or its address.
        sandbox: Let --describe ask a local simulator, not a tenant.
    """

    panel: ClassVar[str] = "Object"

    of: Annotated[str, typer.Option("--object")] = "Person"
    described: Annotated[str | None, typer.Option("--describe")] = None
    name: str | None = None
    to: str | None = None
    sandbox: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What is sent, and where.

    Attributes:
        company_persons: File of your own company associations.
        relationship_persons: File of relationship associations.
        described: The fields of Person as the tenant defines them: Person to ask the tenant
            (Person,company_person for associations too), or a describe JSON file.
        sandbox: Send to a local simulator instead of a tenant.
        mode: sync: calls of 50 people; async: jobs of up to 80 MB; single: one person a call; auto:
            sync or async, whichever is faster.
        changed_only: Send only people whose data changed since they were last stored.
        force: Send rows again even if identical rows were already sent.
        dry_run: Do everything except send. Needs no tenant and no key; the plan is an estimate from
            the ledger on this computer.
    """

    panel: ClassVar[str] = SENDING

    company_persons: Path | None = None
    relationship_persons: Path | None = None
    described: Annotated[str | None, typer.Option("--describe")] = None
    to: To = None
    sandbox: bool = False
    mode: Literal["auto", "single", "sync", "async"] = "auto"
    changed_only: bool = False
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLimits:
    """How fast a tenant is called."""

    panel: ClassVar[str] = LIMITS

    sync_per_minute: PerMinute = None
    sync_per_day: PerDay = None
    max_wait: MaxWait = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingLimits(CallLimits):
    """How fast people are sent, and when sending stops.

    Attributes:
        async_per_hour: Most jobs in an hour. Without it: the documented 10.
        async_per_day: Most jobs in 24 hours. Without it: the documented 100.
        align_windows: Count calls per minute and hour of the clock, as the service documents it.
            Faster, but needs a correct clock on this computer.
        batch_counts: What counts towards 50 in a call: people, or people and associations.
        max_refused: Stop sending when the service refused more than this share of people, such as
            5%.
    """

    async_per_hour: Annotated[int | None, typer.Option(min=1)] = None
    async_per_day: Annotated[int | None, typer.Option(min=1)] = None
    align_windows: bool = False
    batch_counts: Literal["people", "rows"] = "people"
    max_refused: str | None = None


# An option in the section of a docstring that has its panel's name: ``dry_run: Send nothing.``
_ENTRY = re.compile(r" {4}(\w+): (.*)")


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a signature that typer can read.

    A group of options becomes one parameter for each, and an option gets the help of the docstring,
    else its own: the section of the docstring is the panel of the help.
    """
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

    texts = _documented(command)
    parameters = [
        single
        for name, given in signature.parameters.items()
        for single in (
            _singles(groups[name]) if name in groups else [_described(given, *texts.get(name, ()))]
        )
    ]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {single.name: single.annotation for single in parameters}
    return call


def _documented(holder: Any) -> dict[str, tuple[str, str]]:
    """Return the section and the text of each entry of a docstring."""
    found: dict[str, tuple[str, str]] = {}
    section = name = ""
    for line in (inspect.getdoc(holder) or "").splitlines():
        if entry := _ENTRY.fullmatch(line):
            name, text = entry.groups()
            found[name] = section, text
        elif line.startswith("        "):
            found[name] = section, f"{found[name][1]} {line.strip()}"
        else:
            section = line.removesuffix(":")
    return found


def _singles(group: Any) -> Iterator[inspect.Parameter]:
    """Yield the options of a group as parameters; each is listed in the panel of the group."""
    hints = get_type_hints(group, include_extras=True)
    # A group may extend another one.
    entries = [one for part in group.__mro__[:-1] for one in _documented(part).items()]
    texts = {name: text for name, (_, text) in entries}
    for field in fields(group):
        single = inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY)
        single = single.replace(default=field.default, annotation=hints[field.name])
        yield _described(single, group.panel, texts.get(field.name))


def _described(
    given: inspect.Parameter, panel: str | None = None, text: str | None = None
) -> inspect.Parameter:
    """Return a parameter as an option of a panel, with a text that is its help."""
    annotation = given.annotation
    if panel is not None:
        is_option = get_origin(annotation) is Annotated
        kind = annotation.__origin__ if is_option else annotation
        made = copy(annotation.__metadata__[0]) if is_option else typer.Option()
        made.rich_help_panel, made.help = panel, text or made.help
        if made.default is ...:
            made.default = f"--{given.name.replace('_', '-')}"
        annotation = Annotated[kind, made]
    return given.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def share(text: str | None, option: str = "--max-rejected") -> float | None:
    """Return the percentage of an option (``2%``) as a share of one; InputError for others."""
    return None if text is None else share_of(text, option)


def refuse_both(to: str | None, *, sandbox: bool) -> None:
    """Raise InputError if a command has both ``--to`` and ``--sandbox``."""
    if sandbox and to is not None:
        raise InputError("--to and --sandbox exclude each other. Use one of them")


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list separated by commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))
