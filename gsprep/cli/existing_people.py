"""``--against``: existing people, from a file or the tenant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from gsprep.cli.console import note
from gsprep.cli.files import read_file
from gsprep.cli.options import MATCHING
from gsprep.cli.tenant import client_of
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.schemas.answers import PAIR_ANSWERS
from gsprep.schemas.frames import require
from gsprep.schemas.objects import fields_of
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gsprep.cli import review_pairs
    from gsprep.cli.record import Record
    from gsprep.cli.tenant import Target
    from gsprep.run_options import RunOptions
    from gsprep.uploader.client import Client
else:
    review_pairs = lazy_module("gsprep.cli.review_pairs")

_TENANT, _GSID = "tenant", "Gsid"
# Columns that identify a person, in addition to those of the file and the key.
_TELLING = ("Name", "FirstName", "LastName", "Email")
_COMPANY, _TITLE = "CompanyName", "Title"


@dataclass(frozen=True, kw_only=True, slots=True)
class Existing:
    """The people who exist already, and how rows are compared with them.

    Attributes:
        against: Existing people: a file with their Gsid, or tenant to read them from the tenant. A
            row that matches one updates that person; unclear rows wait for a review.
        people_rules: Rulebook for --against: a file, or people. Without it, columns are compared by
            their headers, and the values of the rows are sent.
        pair_answers: Answers of a review about pairs of people, for --against. Without it:
            pair_answers.csv in the folder of --out.
    """

    panel: ClassVar[str] = MATCHING

    against: Annotated[Path | None, typer.Option(metavar="FILE|tenant")] = None
    people_rules: Path | None = None
    pair_answers: Path | None = None

    def given(self) -> dict[str, object]:
        """Return the option that the others need, by its name."""
        return {"--against": self.against}

    def files(self) -> tuple[Path | None, ...]:
        """Return the files that are read."""
        return self.against, self.people_rules, self.pair_answers

    def answers_in(self, out: Path) -> Path:
        """Return the file of the answers about pairs, which need not exist in the folder."""
        return self.pair_answers or out / PAIR_ANSWERS


def check_against(given: Existing, target: Target) -> Target:
    """Return the target; raise InputError if a tenant is to be read and it names none."""
    against = given.against
    others = {"--people-rules": given.people_rules, "--pair-answers": given.pair_answers}
    for flag, file in others.items():
        if against is None and file is not None:
            raise InputError(f"{flag} needs --against: name the people who exist already")
    if against is not None and _is_tenant(against) and (target.sandbox or target.tenant is None):
        raise InputError(
            "--against tenant reads the people of a tenant. Name it with --to, or name a file"
        )
    return target


def _is_tenant(against: Path) -> bool:
    return against.name == _TENANT and not against.exists()


def with_existing(
    settings: RunOptions, given: Existing, target: Target, people: pd.DataFrame, record: Record
) -> RunOptions:
    """Return the options with the people who exist already, and the answers about pairs."""
    against, rules, answers = given.files()
    if against is None:
        return settings
    return replace(
        settings,
        people_rulebook=None if rules is None else read_rulebook(rules),
        against=_existing(against, target, people, settings),
        against_all=_is_tenant(against),
        pair_answers=review_pairs.kept_answers(record.chosen["out"], answers),
        kept=record.kept,
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
