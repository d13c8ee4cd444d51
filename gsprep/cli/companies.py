"""``companies``: download of a tenant's companies."""

from __future__ import annotations

from pathlib import Path

from gsprep.cli import guards, options
from gsprep.cli.console import note, tell
from gsprep.cli.tenant import client_of, target_within, tenant_companies
from gsprep.tables.write import write_table
from gsprep.unification.rulebook import read_rulebook


def fetch_companies(
    limits: options.CallLimits,
    out: Path = Path("companies.csv"),
    rules: options.Rules = None,
    to: options.To = None,
    as_json: options.Json = False,
) -> None:
    """Download Gsid, Name and the columns of the rulebook for every company of a tenant.

    Output:
        out: File to write: .csv, .tsv, .xlsx, .parquet or .jsonl.
    """
    book = read_rulebook(rules)
    target = target_within(limits, to=to).checked()
    guards.check_tables([out], inputs=[rules])
    with client_of(target) as client:
        frame = tenant_companies(client, book)
    if frame.empty:
        note("the tenant has no companies: the file has only headers")
    write_table(frame, out)
    document = {
        "schema": "gsprep.companies/1",
        "companies": len(frame),
        "columns": list(frame.columns),
        "file": str(out),
    }
    tell(document, (f"{len(frame):>8}  companies: {out}",), as_json=as_json)
