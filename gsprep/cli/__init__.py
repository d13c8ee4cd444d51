"""The commands: each named with its home, and imported when it is called.

``gsprep --help`` thus imports no pandas, and what can do without a tenant no httpx and no Flask.
A command reads its arguments, makes one call of the library, writes and prints what came of it,
and returns its exit code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(NamedTuple):
    """Where a command stands (``module:function``) and what it does, in one sentence."""

    target: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command("gsprep.cli.run:demo", "Do the whole job on the sample, against the sandbox."),
    "run": Command("gsprep.cli.run:run_people", "Clean, check, match and upload a file of people."),
    "map": Command("gsprep.cli.mapping:map_file", "Guess which field each column of a file is."),
    "clean": Command("gsprep.cli.cleaning:clean_file", "Mend the form of cells; log every change."),
    "revert": Command("gsprep.cli.cleaning:revert_file", "Take back what cleaning changed."),
    "check": Command(
        "gsprep.cli.checking:check_file", "Tell what the service would refuse, and why."
    ),
    "companies": Command(
        "gsprep.cli.companies:fetch_companies", "Fetch a tenant's companies to match with."
    ),
    "match": Command("gsprep.cli.stages:match_file", "Find the company each person belongs to."),
    "review": Command(
        "gsprep.cli.review:review_folder", "Decide in a browser, or a workbook, who belongs where."
    ),
    "evaluate": Command(
        "gsprep.cli.tuning:evaluate_file", "Tell how right decisions are where the truth is known."
    ),
    "fit": Command("gsprep.cli.tuning:fit_file", "Learn a rulebook from answers."),
    "upload": Command("gsprep.cli.upload:upload_files", "Send people and their associations."),
    "resume": Command("gsprep.cli.resume:resume_run", "Go on with a run that was not finished."),
    "delete": Command("gsprep.cli.delete:delete_file", "Delete the people of a file, once asked."),
    "purge": Command("gsprep.cli.resume:purge", "Forget persons or runs in the ledger."),
    "doctor": Command("gsprep.cli.doctor:examine", "Tell what keeps gsprep from working here."),
    "sandbox": Command("gsprep.cli.sandbox:serve_sandbox", "Serve a stand-in for the service."),
}
# What a command seldom needs, and imports when it does: it asks a tenant.
SELDOM: Mapping[str, str] = {
    "describe": "gsprep.cli.described:told_by_tenant",
    "tenant_points": "gsprep.cli.health.reaching:tenant_points",
}


def imported(target: str) -> Any:
    """Import what one of the tables names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
