"""Options that several commands have, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

_WHAT = "CSV, TSV, XLSX, Parquet, JSON lines, or a database's address"
Source = Annotated[str, typer.Argument(help=f"The file: {_WHAT}.")]
People = Annotated[str, typer.Argument(help=f"The people: {_WHAT}.")]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="The sheet of a workbook: its name, 0, 1, … or all.")
]
Query = Annotated[
    str | None, typer.Option("--query", help="What to read from a database: SELECT …")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="The encoding of a CSV file, such as cp1250.")
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", help="Which column is which field: from gsprep map.")
]
Out = Annotated[Path, typer.Option("--out", help="The folder for the results.")]
Companies = Annotated[
    Path | None, typer.Option("--companies", help="The companies: Gsid, Name, Domain, Phone …")
]
Known = Annotated[
    Path | None,
    typer.Option("--known", help="People already linked: Email, Company_ID, IsPrimaryCompany."),
]
Rules = Annotated[
    Path | None,
    typer.Option("--rules", help="A rulebook: a file, or default, strict or communities."),
]
Answers = Annotated[
    Path | None,
    typer.Option("--answers", help="What reviewers said: answers.csv, or review.csv filled in."),
]
Region = Annotated[
    str | None,
    typer.Option("--region", help="Country that numbers without country code are dialled from."),
]
Id = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="COLUMN",
        help="The column of your own that names each row in every file and message.",
    ),
]
Key = Annotated[
    str, typer.Option("--key", help="The tenant's resolution key: columns joined by commas.")
]
Recipe = Annotated[
    Path | None, typer.Option("--recipe", help="Do what a saved recipe says, and no more.")
]
To = Annotated[
    str | None, typer.Option("--to", help="The tenant: a sub-domain, a host or its address.")
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Send to a stand-in inside this process, not to a tenant.")
]
Describe = Annotated[
    str | None,
    typer.Option(
        "--describe",
        help="The object as the tenant has it, in place of --object: its name, to ask the tenant, "
        "or a describe JSON file.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", help="Which object, where the file of --describe holds several."),
]
AskedOf = Annotated[
    str | None,
    typer.Option("--to", help="The tenant that --describe asks: a sub-domain, host or address."),
]
AskedOfSandbox = Annotated[
    bool, typer.Option("--sandbox", help="Let --describe ask a stand-in, not a tenant.")
]
DescribePeople = Annotated[
    str | None,
    typer.Option(
        "--describe",
        help="People as the tenant has them: Person, to ask the tenant (associations as well: "
        "Person,company_person), or a describe JSON file.",
    ),
]
CompanyPersons = Annotated[
    Path | None, typer.Option("--company-persons", help="Company associations of your own.")
]
RelationshipPersons = Annotated[
    Path | None, typer.Option("--relationship-persons", help="Relationship associations.")
]
PerMinute = Annotated[
    int | None, typer.Option("--sync-per-minute", min=1, help="Calls a minute at most (100).")
]
PerDay = Annotated[
    int | None, typer.Option("--sync-per-day", min=1, help="Calls in 24 hours at most (50,000).")
]
JobsPerHour = Annotated[
    int | None, typer.Option("--async-per-hour", min=1, help="Jobs an hour at most (10).")
]
JobsPerDay = Annotated[
    int | None, typer.Option("--async-per-day", min=1, help="Jobs in 24 hours at most (100).")
]
Mode = Annotated[
    Literal["auto", "single", "sync", "async"],
    typer.Option(
        "--mode",
        help="sync: calls of 50 people; async: jobs of up to 80 MB; auto: what is done sooner; "
        "single: one person a call.",
    ),
]
Align = Annotated[
    bool,
    typer.Option(
        "--align-windows",
        help="Count calls by the minute and hour of the clock, as the service says it does: "
        "faster, and right when this computer's clock is.",
    ),
]
BatchCounts = Annotated[
    Literal["people", "rows"],
    typer.Option(
        "--batch-counts", help="What the 50 of a call are: people, or people and associations."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Send again what was sent just so before.")]
ChangedOnly = Annotated[
    bool,
    typer.Option("--changed-only", help="Send people only who were not last stored just so."),
]
MaxRefused = Annotated[
    str | None,
    typer.Option("--max-refused", help="Send no more above this share of refused people, as 5%."),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Do everything but send; needs no tenant and no key, and foretells by what the "
        "ledger on this computer knows.",
    ),
]
MaxWait = Annotated[
    float, typer.Option("--max-wait", min=0, help="Minutes to wait for quota before giving up.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document in place of text.")]
