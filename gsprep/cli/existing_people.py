"""``--against``: existing people, from a file or the tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from gsprep.cli import files
from gsprep.cli.console import note, note_all
from gsprep.cli.options import MATCHING, SENDING, listed
from gsprep.cli.tenant import Target, client_of
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import require
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.cli import duplicates
    from gsprep.cli.record import Record
    from gsprep.run_options import RunOptions
    from gsprep.uploader import compare
    from gsprep.uploader.client import Client
    from gsprep.uploader.compare import CompareOptions, Comparison
else:
    duplicates = lazy_module("gsprep.cli.duplicates")
    compare = lazy_module("gsprep.uploader.compare")

_TENANT, _GSID = "tenant", "Gsid"
# Columns that identify a person, in addition to those of the file and the key.
_TELLING = ("Name", "FirstName", "LastName", "Email")
_COMPANY, _TITLE = "CompanyName", "Title"


@dataclass(frozen=True, kw_only=True, slots=True)
class Existing:
    """The people who exist already, and how rows are compared with them.

    Attributes:
        against: Existing people: a file with their Gsid, or the word tenant to read them from
            there. A row that matches one updates that person; unclear rows wait for a review.
        people_rules: Rulebook for --against: a file, or people, which comes with gsprep. Without
            it, headers say how columns are compared, and the values of the rows are sent.
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
        pair_answers=duplicates.kept_answers(record.chosen["out"], answers),
        kept=record.kept,
    )


def _existing(
    against: Path, target: Target, people: pd.DataFrame, settings: RunOptions
) -> pd.DataFrame:
    """Read the people who exist already; the tenant is asked for the columns of the file."""
    if not _is_tenant(against):
        found = files.read_file(against, fields_of(settings.schemas.persons))
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
    others = links["IsPrimaryCompany"].str.lower() != "true"
    first = links.loc[others.sort_values(kind="stable").index]
    first = first.drop_duplicates("Person_ID").set_index("Person_ID")
    names = client.objects.companies().drop_duplicates("Gsid").set_index("Gsid")["Name"]
    told = {_COMPANY: first["Company_ID"].map(names), _TITLE: first["Title"]}
    return people.assign(
        **{name: people["Gsid"].map(told[name]).astype("str") for name in of_company}
    )


COMPARED = "compared.csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparing:
    """How people are compared with the tenant.

    Attributes:
        compare: Read the people from the tenant first, and show who is new, changed (by field) and
            unchanged. With --changed-only, unchanged people are not sent.
        fill_only: Fields, separated by commas, that are sent only where the tenant has no value.
    """

    panel: ClassVar[str] = SENDING

    compare: bool = False
    fill_only: Annotated[str | None, typer.Option(metavar="FIELDS")] = None

    def given(self) -> dict[str, object]:
        """Return the options by their names."""
        return {"--compare": self.compare, "--fill-only": self.fill_only}


@contextmanager
def compare_options(
    given: Comparing, target: Target, record: Record, out: Path
) -> Iterator[CompareOptions | None]:
    """Give how people are compared, None if they are not; a dry run reads the tenant, too."""
    if not given.compare and given.fill_only is None:
        yield None
        return
    how = compare.CompareOptions(
        fill_only=listed(given.fill_only),
        only_changed=given.compare and bool(record.chosen.get("changed_only")),
        told=partial(_tell, out=out) if given.compare else lambda _: None,
        kept=partial(record.kept, "compared"),
    )
    if not target.dry_run:
        yield how
        return
    asked = replace(target, dry_run=False).checked()
    with client_of(asked, ledger=record.ledger) as client:
        yield replace(how, client=client)


def _tell(found: Comparison, out: Path) -> None:
    """Print numbers by state and field with masked samples, and write who is what."""
    files.make_folder(out)
    write_table(found.rows, out / COMPARED)
    counts = ", ".join(f"{count:,} {state}" for state, count in found.counts().items())
    note(f"compared with the tenant: {counts}: {out / COMPARED}")
    note_all(compare.cell_lines(found.cells, str))
