"""Objects that a sync writes to, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gsprep.systems.system import System
from gsprep.uploader.object_keys import RecordCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.syncs.records import Records, Resolve
    from gsprep.uploader.object_keys import ObjectTarget
    from gsprep.uploader.object_rows import Row, RowOutcome


class WritableSystem(System, RecordCalls, Protocol):
    """A system some of whose lists are destinations of syncs.

    Attributes:
        exclusive: the field of a list whose entries belong to one record each.
    """

    exclusive: Mapping[str, str]

    def fields(self, name: str, named: Sequence[str] = ()) -> ObjectFields | None:
        """Return the fields of a list, with those among ``named`` that a tenant may add.

        None if there is no such list, or if it is only read.
        """


class Writer(Protocol):
    """Writes rows to an object of a tenant."""

    @property
    def target(self) -> ObjectTarget:
        """The object, and how rows are told apart."""

    def write(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield the position and the outcome of each row as soon as it is known."""

    def foretell(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield what ``write`` would do with each row; nothing is sent."""

    def delete(self, gsids: Sequence[str]) -> Iterator[tuple[int, RowOutcome]]:
        """Delete records and yield the position and the outcome of each."""

    def current(
        self, rows: Mapping[str, Row], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None]]:
        """Return the fields of records as they are, by the Gsid of their rows."""


def _as_mapped(mapped: Records, _read: pd.DataFrame) -> Records:
    return mapped


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """The object of a sync: how its rows are checked, looked up and written.

    Attributes:
        finish: adds what is found out about all rows together, such as the company of each person;
            it gets the records and the rows that were read.
        evidence: a hash of what ``finish`` goes by; when it changes, the next read has to be whole.
        deleted: returns the Gsids of records that were deleted in the tenant, as far as it says.
        person: the field with the e-mail address of a person, None for other objects.
    """

    writer: Writer
    schema: pa.DataFrameSchema
    resolve: Resolve
    finish: Callable[[Records, pd.DataFrame], Records] = _as_mapped
    evidence: bytes = b""
    deleted: Callable[[], frozenset[str]] = frozenset
    person: str | None = None
