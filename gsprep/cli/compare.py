"""Options to compare people with the tenant before sending."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from gsprep.cli.console import note
from gsprep.cli.files import make_folder
from gsprep.cli.options import SENDING, listed
from gsprep.cli.tenant import client_of
from gsprep.lazy import lazy_module
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.cli.record import Record
    from gsprep.cli.tenant import Target
    from gsprep.uploader import compare
    from gsprep.uploader.compare import CompareOptions, Comparison
else:
    compare = lazy_module("gsprep.uploader.compare")

COMPARED = "compared.csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparing:
    """How people are compared with the tenant.

    Attributes:
        compare: Read the people from the tenant first, and show who is new, changed (by field) and
            unchanged; with --changed-only those unchanged there are not sent.
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
    make_folder(out)
    write_table(found.rows, out / COMPARED)
    counts = ", ".join(f"{count:,} {state}" for state, count in found.counts().items())
    note(f"compared with the tenant: {counts}: {out / COMPARED}")
    for name, cells in found.cells.counts().items():
        note(
            f"{sum(cells.values()):>8,}  cells of {name}: {cells['changed']:,} changed, "
            f"{cells['filled']:,} filled, {cells['cleared']:,} cleared"
        )
    for one in found.cells.samples:
        note(f"          {one.field} of {one.gsid}: {one.before} → {one.after}")
