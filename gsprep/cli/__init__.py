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
        "gsprep.cli.run:demo", "Run the whole job on the sample data, without a tenant.",
        "gsprep demo --out out",
    ),
    "run": Command(
        "gsprep.cli.run:run_people", "Clean, check, match and upload a file of people.",
        "gsprep run people.csv --companies companies.csv --dry-run",
    ),
    "map": Command(
        "gsprep.cli.map:map_file", "Guess which Gainsight field each column holds.",
        "gsprep map people.csv --out mapping.yaml",
    ),
    "fields": Command(
        "gsprep.cli.map:list_fields",
        "List the fields of an object and the headers that mean them.",
        "gsprep fields Person",
    ),
    "clean": Command(
        "gsprep.cli.clean:clean_file", "Fix the format of cells and log every change.",
        "gsprep clean people.csv --out cleaned.csv --changes changes.csv",
    ),
    "revert": Command(
        "gsprep.cli.clean:revert_file", "Undo the changes of a cleaning.",
        "gsprep revert cleaned.csv --changes changes.csv",
    ),
    "check": Command(
        "gsprep.cli.check:check_file", "List the rows that the service would refuse, with reasons.",
        "gsprep check people.csv --out checked",
    ),
    "companies": Command(
        "gsprep.cli.tenant:fetch_companies", "Download the companies of a tenant for matching.",
        "gsprep companies --to acme --out companies.csv",
    ),
    "match": Command(
        "gsprep.cli.match:match_file", "Find the company of each person.",
        "gsprep match people.csv --companies companies.csv",
    ),
    "duplicates": Command(
        "gsprep.cli.duplicates:duplicates_file",
        "Find duplicate people and propose surviving records.",
        "gsprep duplicates people.csv --against existing.csv --out merged",
    ),
    "review": Command(
        "gsprep.cli.review:review_folder", "Decide unclear matches in a browser or a workbook.",
        "gsprep review out --companies companies.csv",
    ),
    "evaluate": Command(
        "gsprep.cli.evaluate_and_fit:evaluate_file",
        "Compare decisions with known correct companies.",
        "gsprep evaluate out/decisions.csv --truth truth.csv",
    ),
    "fit": Command(
        "gsprep.cli.evaluate_and_fit:fit_file", "Learn a rulebook from answers.",
        "gsprep fit people.csv --companies companies.csv --answers answers.csv --out rules.yaml",
    ),
    "upload": Command(
        "gsprep.cli.upload:upload_files", "Send people and their associations.",
        "gsprep upload people.csv --company-persons company_persons.csv --to acme",
    ),
    "resume": Command(
        "gsprep.cli.resume_and_purge:resume_run", "Continue an unfinished run.",
        "gsprep resume",
    ),
    "delete": Command(
        "gsprep.cli.delete:delete_file", "Delete the people in a file (asks for confirmation).",
        "gsprep delete people.csv --to acme --dry-run",
    ),
    "purge": Command(
        "gsprep.cli.resume_and_purge:purge", "Remove people or runs from the ledger.",
        "gsprep purge --older-than 90d",
    ),
    "doctor": Command(
        "gsprep.cli.doctor:examine",
        "Check the installation, the folders and access to the tenant.",
        "gsprep doctor --to acme",
    ),
    "sandbox": Command(
        "gsprep.cli.sandbox:serve_sandbox", "Serve a simulator of the service.",
        "gsprep sandbox --companies companies.csv",
    ),
    "connections add": Command(
        "gsprep.cli.connections:add_connection", "Save a connection to a system.",
        "gsprep connections add acme --kind gainsight --to acme",
    ),
    "connections list": Command(
        "gsprep.cli.connections:list_connections", "List the connections.",
        "gsprep connections list --search acme",
    ),
    "connections test": Command(
        "gsprep.cli.connections:check_connection", "Test a connection with one reading call.",
        "gsprep connections test acme",
    ),
    "connections edit": Command(
        "gsprep.cli.connections:edit_connection", "Change a connection.",
        "gsprep connections edit acme --role none",
    ),
    "connections authorize": Command(
        "gsprep.cli.connections:authorize_connection", "Set the secret and test it.",
        "gsprep connections authorize acme --secret-from env:ACME_KEY",
    ),
    "connections revoke": Command(
        "gsprep.cli.connections:revoke_connection", "Block a connection for all commands.",
        "gsprep connections revoke acme --why 'the key leaked'",
    ),
    "connections reauthorize": Command(
        "gsprep.cli.connections:reauthorize_connection",
        "Use a connection again with another secret.",
        "gsprep connections reauthorize acme --secret-from file:acme.key",
    ),
    "connections remove": Command(
        "gsprep.cli.connections:remove_connection", "Remove a connection that no sync uses.",
        "gsprep connections remove acme",
    ),
    "connections jobs": Command(
        "gsprep.cli.connections:connection_jobs", "List the syncs that use a connection.",
        "gsprep connections jobs acme",
    ),
    "connections activities": Command(
        "gsprep.cli.connections:connection_activities",
        "List executions of syncs and changes of a connection.",
        "gsprep connections activities acme",
    ),
    "sync init": Command(
        "gsprep.cli.sync_init:init_sync",
        "Write a definition from a file, an object and a mapping.",
        "gsprep sync init people.csv --to acme --object Person",
    ),
    "sync check": Command(
        "gsprep.cli.sync:check_definitions", "Compare a definition with its source and its object.",
        "gsprep sync check plans.yaml --to acme",
    ),
    "sync diff": Command(
        "gsprep.cli.sync:diff_syncs", "Show what a run would send and change.",
        "gsprep sync diff plans.yaml --to acme",
    ),
    "sync run": Command(
        "gsprep.cli.sync:run_syncs", "Send the rows that changed.",
        "gsprep sync run plans.yaml --to acme",
    ),
    "sync serve": Command(
        "gsprep.cli.sync:serve_syncs", "Run the syncs of a folder by their schedules.",
        "gsprep sync serve syncs --to acme",
    ),
    "sync failed": Command(
        "gsprep.cli.sync_status:list_failed",
        "List every row that is not stored, with its last reason.",
        "gsprep sync failed plans --to acme --out failed.csv",
    ),
    "sync status": Command(
        "gsprep.cli.sync_status:show_status", "List the saved syncs and their rows.",
        "gsprep sync status",
    ),
    "sync activate": Command(
        "gsprep.cli.sync_status:activate_sync", "Let sync serve run a sync.",
        "gsprep sync activate plans.yaml",
    ),
    "sync deactivate": Command(
        "gsprep.cli.sync_status:deactivate_sync", "Stop sync serve from running a sync.",
        "gsprep sync deactivate plans",
    ),
    "sync state export": Command(
        "gsprep.cli.sync_status:export_state", "Write the state of a sync.",
        "gsprep sync state export plans --out plans.state",
    ),
    "sync state import": Command(
        "gsprep.cli.sync_status:import_state", "Replace the state of a sync.",
        "gsprep sync state import plans plans.state",
    ),
    "sync state forget": Command(
        "gsprep.cli.sync_status:forget_state", "Remove a sync and its state.",
        "gsprep sync state forget plans",
    ),
    "sync schema": Command(
        "gsprep.cli.sync:show_schema", "Print the JSON schema of a definition.",
        "gsprep sync schema > sync.schema.json",
    ),
    "activity": Command(
        "gsprep.cli.activity:show_activity",
        "List runs of syncs and changes, with counts and reasons.",
        "gsprep activity --sync plans --since 24h",
    ),
}  # fmt: skip
# Commands that have commands of their own, which are named with both words.
GROUPS: Mapping[str, str] = {
    "connections": "Save and test connections to tenants, databases and folders.",
    "sync": "Keep an object up to date with a source.",
    "sync state": "Write, replace and remove the state of a sync.",
}


def imported(target: str) -> Any:
    """Import a function that the table names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
