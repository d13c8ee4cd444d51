"""``--against``: existing people, from a file or the tenant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli.console import note
from gsprep.cli.files import read_file
from gsprep.cli.review_pairs import kept_answers
from gsprep.cli.tenant import client_of
from gsprep.errors import InputError
from gsprep.schemas.frames import require
from gsprep.schemas.objects import fields_of
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gsprep.cli.tenant import Target
    from gsprep.pipeline import RunOptions
    from gsprep.uploader.client import Client

_TENANT, _GSID = "tenant", "Gsid"
# Columns that identify a person, in addition to those of the file and the key.
_TELLING = ("Name", "FirstName", "LastName", "Email")
_COMPANY, _TITLE = "CompanyName", "Title"


# The file of the people who exist already, and the rulebook that compares them.
Against = tuple[Path | None, Path | None]


def check_against(given: Against, target: Target) -> Target:
    """Return the target; raise InputError if a tenant is to be read and it names none."""
    against, rules = given
    if against is None and rules is not None:
        raise InputError("--people-rules needs --against: name the people who exist already")
    if against is not None and _is_tenant(against) and (target.sandbox or target.tenant is None):
        raise InputError(
            "--against tenant reads the people of a tenant. Name it with --to, or name a file"
        )
    return target


def _is_tenant(against: Path) -> bool:
    return against.name == _TENANT and not against.exists()


def with_existing(
    settings: RunOptions, given: Against, target: Target, people: pd.DataFrame, out: Path
) -> RunOptions:
    """Return the options with the people who exist already, and the answers about pairs."""
    against, rules = given
    if against is None:
        return settings
    return replace(
        settings,
        people_rulebook=None if rules is None else read_rulebook(rules),
        against=_existing(against, target, people, settings),
        pair_answers=kept_answers(out, None),
    )


def _existing(
    against: Path, target: Target, people: pd.DataFrame, settings: RunOptions
) -> pd.DataFrame:
    """Read the people who exist already; the tenant is asked for the columns of the file."""
    if not _is_tenant(against):
        found = read_file(against, fields_of(settings.schemas.persons))
        require(found, [_GSID], of=str(against))
        return found
    asked = replace(target, dry_run=False).checked()
    with client_of(asked) as client:
        found = _people_of_tenant(client, [*settings.key, *_TELLING, *people.columns])
    note(f"the tenant has {len(found):,} people")
    return found


def _people_of_tenant(client: Client, columns: Sequence[str]) -> pd.DataFrame:
    """Return the people of the tenant with those of the columns that it has.

    The employer and the title are in the association with a company, the primary one first.
    """
    described = client.objects.describe("Person")
    has = {entry.get("fieldName", entry.get("name")) for entry in described["fields"]}
    wanted = [name for name in dict.fromkeys(columns) if name in has]
    people = client.objects.query("Person", select=wanted)
    of_company = [name for name in (_COMPANY, _TITLE) if name in columns and name not in has]
    if not of_company:
        return people
    links = client.objects.query(
        "company_person", select=["Person_ID", "Company_ID", "Title", "IsPrimaryCompany"]
    )
    first = links.sort_values("IsPrimaryCompany", key=_true_first, kind="stable")
    first = first.drop_duplicates("Person_ID").set_index("Person_ID")
    names = client.objects.companies().drop_duplicates("Gsid").set_index("Gsid")["Name"]
    told = {_COMPANY: first["Company_ID"].map(names), _TITLE: first["Title"]}
    return people.assign(
        **{name: people["Gsid"].map(told[name]).astype("str") for name in of_company}
    )


def _true_first(column: pd.Series[str]) -> pd.Series[bool]:
    return column.str.lower() != "true"
