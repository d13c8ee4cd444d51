"""The table of commands, each imported when it is called.

So ``gsprep --help`` imports no pandas, and commands that need no tenant import no httpx and no
Flask. A command reads its arguments, calls the library once, writes and prints the result, and
returns its exit code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(NamedTuple):
    """Where a command is (``module:function``), its help in one sentence, and an example."""

    target: str
    help: str
    example: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command(
        "gsprep.cli.run:demo",
        "Run the whole job on the sample data, without a tenant.",
        "gsprep demo --out out",
    ),
    "run": Command(
        "gsprep.cli.run:run_people",
        "Clean, check, match and upload a file of people.",
        "gsprep run people.csv --companies companies.csv --dry-run",
    ),
    "map": Command(
        "gsprep.cli.map:map_file",
        "Guess which Gainsight field each column holds.",
        "gsprep map people.csv --out mapping.yaml",
    ),
    "fields": Command(
        "gsprep.cli.fields:list_fields",
        "List the fields of an object, with the headers that mean them.",
        "gsprep fields Person",
    ),
    "clean": Command(
        "gsprep.cli.clean:clean_file",
        "Fix the format of cells and log every change.",
        "gsprep clean people.csv --out cleaned.csv --changes changes.csv",
    ),
    "revert": Command(
        "gsprep.cli.clean:revert_file",
        "Undo the changes of a cleaning.",
        "gsprep revert cleaned.csv --changes changes.csv",
    ),
    "check": Command(
        "gsprep.cli.check:check_file",
        "List the rows that the service would refuse, with reasons.",
        "gsprep check people.csv --out checked",
    ),
    "companies": Command(
        "gsprep.cli.companies:fetch_companies",
        "Download the companies of a tenant for matching.",
        "gsprep companies --to acme --out companies.csv",
    ),
    "match": Command(
        "gsprep.cli.match:match_file",
        "Find the company of each person.",
        "gsprep match people.csv --companies companies.csv",
    ),
    "review": Command(
        "gsprep.cli.review:review_folder",
        "Decide unclear matches in a browser or a workbook.",
        "gsprep review out --companies companies.csv",
    ),
    "evaluate": Command(
        "gsprep.cli.tuning:evaluate_file",
        "Compare decisions with known correct companies.",
        "gsprep evaluate out/decisions.csv --truth truth.csv",
    ),
    "fit": Command(
        "gsprep.cli.tuning:fit_file",
        "Learn a rulebook from answers.",
        "gsprep fit people.csv --companies companies.csv --answers answers.csv --out rules.yaml",
    ),
    "upload": Command(
        "gsprep.cli.upload:upload_files",
        "Send people and their associations.",
        "gsprep upload people.csv --company-persons company_persons.csv --to acme",
    ),
    "resume": Command(
        "gsprep.cli.resume:resume_run", "Continue an unfinished run.", "gsprep resume"
    ),
    "delete": Command(
        "gsprep.cli.delete:delete_file",
        "Delete the people in a file (asks for confirmation).",
        "gsprep delete people.csv --to acme --dry-run",
    ),
    "purge": Command(
        "gsprep.cli.resume:purge",
        "Remove people or runs from the ledger.",
        "gsprep purge --older-than 90d",
    ),
    "doctor": Command(
        "gsprep.cli.doctor:examine",
        "Check the installation, the folders and access to the tenant.",
        "gsprep doctor --to acme",
    ),
    "sandbox": Command(
        "gsprep.cli.sandbox:serve_sandbox",
        "Serve a simulator of the service.",
        "gsprep sandbox --companies companies.csv",
    ),
}
# Commands that have commands of their own, which are named with both words.
GROUPS: Mapping[str, str] = {}
# Functions that only some calls need: they ask a tenant.
SELDOM: Mapping[str, str] = {
    "describe": "gsprep.cli.tenant:describe_objects",
    "map_page": "gsprep.cli.map_page:serve_mapping",
    "tenant_points": "gsprep.cli.doctor_tenant:tenant_points",
}


def imported(target: str) -> Any:
    """Import a function that one of the tables names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
