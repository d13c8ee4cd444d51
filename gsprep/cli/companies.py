"""``companies``: those of a tenant, as a file that ``match`` and ``run`` take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from gsprep.cli import options
from gsprep.cli.console import note, tell
from gsprep.cli.files import check_file
from gsprep.cli.tenant import Target, client_of, tenant_companies
from gsprep.tables.write import write_table
from gsprep.unification.rulebook import read_rulebook


def fetch_companies(
    out: Annotated[
        Path, Option("--out", help="The file to write: .csv, .tsv, .xlsx, .parquet or .jsonl.")
    ] = Path("companies.csv"),
    rules: options.Rules = None,
    to: options.To = None,
    sync_per_minute: options.PerMinute = None,
    sync_per_day: options.PerDay = None,
    max_wait: options.MaxWait = 60.0,
    as_json: options.Json = False,
) -> None:
    """Fetch Gsid, Name and the columns that the rulebook names of every company of a tenant."""
    book = read_rulebook(rules)
    limits: dict[str, Any] = {"per_minute": sync_per_minute, "per_day": sync_per_day}
    target = Target(to=to, max_wait=max_wait, **limits).checked()
    check_file(out, inputs=[rules])
    with client_of(target) as client:
        frame = tenant_companies(client, book)
    if frame.empty:
        note("the tenant has no companies: the file has headers only")
    write_table(frame, out)
    document = {
        "schema": "gsprep.companies/1",
        "companies": len(frame),
        "columns": list(frame.columns),
        "file": str(out),
    }
    tell(document, (f"{len(frame):>8}  companies: {out}",), as_json=as_json)
