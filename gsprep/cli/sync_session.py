"""Ledger, tenants and databases of the syncs of one command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

import typer

from gsprep.calls.endpoints import ACTIVITIES, OBJECT_NAMES
from gsprep.cli import files
from gsprep.cli.options import OUTPUT, SENDING, CallLimits, To, listed, option, refuse_both
from gsprep.cli.tenant import Target, client_of, limits_of, opened_system, tenant_client
from gsprep.connections import KINDS_OF_SYSTEM, Connection, Connections, database_address
from gsprep.errors import InputError
from gsprep.ledger.ledger import Ledger, ledger_copy
from gsprep.sandbox.app import sandbox_here
from gsprep.sandbox.community import EMPLOYERS
from gsprep.sandbox.tenant import CUSTOM_TEXT, FIELDS, SYSTEM, Field, Tenant
from gsprep.schemas.fields import COMPANY, COMPANY_PERSON, PERSON, TIMELINE
from gsprep.schemas.objects import Company, fields_of
from gsprep.schemas.yaml_file import validated
from gsprep.settings import AccessKey, Settings
from gsprep.shipped import shipped
from gsprep.syncs.sources import Places
from gsprep.systems.registry import SYSTEMS, kind_that_writes, kind_with
from gsprep.unification.prepare import usable_companies
from gsprep.uploader.client import Client
from gsprep.uploader.interrupts import Interrupts, noted
from gsprep.uploader.object_keys import ASSOCIATION

if TYPE_CHECKING:
    from gsprep.syncs.definition import Sync
    from gsprep.syncs.writers import WritableSystem
    from gsprep.systems.system import System

READING = "Reading"
_GUARDS = ("rejected", "refused", "missing", "empty")

Definition = Annotated[
    str, typer.Argument(help="File of the definition, or the name of a sync that was run.")
]
SyncName = Annotated[str, typer.Argument(help="Name of a sync that was run or activated.")]
SyncOut = Annotated[
    Path | None,
    option(
        "--out",
        "Folder for the results; several syncs have a subfolder each. Without it: out/NAME.",
        OUTPUT,
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """The tenant, where a definition names no connection, and how fast it is called.

    Attributes:
        sandbox: Send to a local simulator with the objects and fields of the definition, and leave
            the ledger unchanged.
    """

    panel: ClassVar[str] = SENDING

    to: To = None
    sandbox: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reads:
    """Which rows of the source are read.

    Attributes:
        full: Read all rows, even if a cursor is known.
        since: Read rows from this cursor value on. The next run is not affected.
        only: failed: only rows that are not stored.
        first: Number of rows to read, for a test.
    """

    panel: ClassVar[str] = READING

    full: bool = False
    since: str | None = None
    only: Literal["failed"] | None = None
    first: Annotated[int | None, typer.Option(min=1)] = None

    @property
    def is_part(self) -> bool:
        """Whether only a part is read, so that the next run begins where it would have."""
        return self.since is not None or self.only is not None or self.first is not None


def guards_of(accept: str | None) -> frozenset[str]:
    """Return the guards of ``--accept``; InputError for another word."""
    words = listed(accept)
    if wrong := [word for word in words if word not in _GUARDS]:
        raise InputError(f"--accept {wrong[0]}: the guards are {', '.join(_GUARDS)}")
    return frozenset(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one run of a sync does.

    Attributes:
        reads: which rows are read.
        accept: guards that may be broken once.
        deletes: whether the user confirms that records are deleted.
        samples: how many changed cells a dry run shows.
        dry_run: whether nothing is sent and the ledger stays unchanged.
    """

    reads: Reads = Reads()
    accept: frozenset[str] = frozenset()
    deletes: bool = False
    samples: int = 20
    dry_run: bool = False


def folder_of(out: Path | None, name: str, names: Sequence[str]) -> Path:
    """Return the folder of the results of one sync."""
    if out is None:
        return Path("out") / name
    return out / name if len(names) > 1 else out


def exit_of(codes: Mapping[str, int]) -> int:
    """Return the exit code of several syncs: the highest of 4, 3, 1; 2 before anything began."""
    found = set(codes.values())
    if found == {2}:
        return 2
    return next((code for code in (70, 4, 3) if code in found), 3 if 2 in found else max(found))  # noqa: PLR2004  the exit codes


# A user of the sandbox.
_USER = {
    "Gsid": "1P01" + "S" * 32, "Name": "Sam Sample", "Email": "sam@albatross.example",
    "IsActiveUser": "true",
}  # fmt: skip


@dataclass(slots=True)
class Session:
    """What the syncs of one command share.

    Attributes:
        ledger: the ledger, a copy of it for a dry run, or an empty one for the sandbox.
        interrupts: the signals that came.
        where, limits: the options.
    """

    ledger: Ledger
    interrupts: Interrupts
    where: Where
    limits: CallLimits
    _stack: ExitStack = field(default_factory=ExitStack)
    _clients: dict[str | None, Client] = field(default_factory=dict)
    _systems: dict[str, System] = field(default_factory=dict)
    _sandbox: tuple[str, AccessKey] | None = field(default=None, repr=False)

    def stopped(self) -> bool:
        """Return whether the run is to end."""
        return self.interrupts.asked

    def destination(self, sync: Sync) -> Client | WritableSystem:
        """Return the tenant or the system of a sync; AccessKeyError if its connection is revoked.

        Raises InputError for a system that is not written.
        """
        system = self._written(sync)
        if system is not None:
            return system
        if self.where.sandbox:
            return self._clients["sandbox"]
        if sync.destination.connection is not None and self.where.to is not None:
            raise InputError(
                f"the sync {sync.name} names the connection {sync.destination.connection}, so --to "
                "has no meaning. Leave it out, or change the connection in the definition"
            )
        return self._client(sync.destination.connection)

    def _written(self, sync: Sync) -> WritableSystem | None:
        """Return the system that a sync writes to; None if that is a tenant."""
        name, of = sync.destination.connection, sync.destination.object
        connection = None if name is None else self._known(name, kind_that_writes(of))
        if connection is None or connection.kind not in SYSTEMS:
            return None
        if not SYSTEMS[connection.kind].writes:
            raise InputError(
                f"the connection {name} is of kind {connection.kind}, which is no destination"
            )
        return cast("WritableSystem", self._system(connection.usable()))

    def places(self, sync: Sync, folder: Path) -> Places:
        """Return where the source of a sync is."""
        name = sync.source.connection
        if name is None:
            return Places(folder=folder)
        connection = self._known(name, kind_with(sync.source.object or ""))
        if connection is None and self._sandbox is not None and sync.source.object is not None:
            return Places(folder=folder, client=self._clients["sandbox"])
        found = connection or Connections.from_environment().find(name)
        return self._place(found.usable(), sync, folder)

    def _place(self, connection: Connection, sync: Sync, folder: Path) -> Places:
        reads = KINDS_OF_SYSTEM[connection.kind].reads
        if not any(getattr(sync.source, one) is not None for one in reads):
            raise InputError(
                f"the connection {connection.name} is of kind {connection.kind}, so the source "
                f"needs {' or '.join(reads)}"
            )
        if connection.kind == "sql":
            return Places(folder=folder, address=database_address(connection))
        if connection.kind == "gainsight":
            return Places(folder=folder, client=self._client(connection.name))
        if connection.kind in SYSTEMS:
            return Places(folder=folder, system=self._system(connection))
        return Places(folder=Path(connection.address))

    def _known(self, name: str, kind: str | None) -> Connection | None:
        """Return a connection, None if it is not saved.

        The sandbox stands in for each system; one that is not saved is of this ``kind``.
        """
        saved = Connections.from_environment().all()
        found = next((one for one in saved if one.name == name), None)
        kind = kind if found is None else found.kind
        if self._sandbox is None or kind not in SYSTEMS:
            return found
        given = {"name": name, "kind": kind, "address": f"{self._sandbox[0]}/{kind}/{name}"}
        return validated(Connection, given, f"the connection {name}")

    def _system(self, connection: Connection) -> System:
        """Return a system, which keeps what it read until the command ends."""
        if connection.name not in self._systems:
            key = None if self._sandbox is None else self._sandbox[1]
            if key is not None and SYSTEMS[connection.kind].has_client_id:
                key = AccessKey(f"sandbox:{key.reveal()}")
            target = Target(**asdict(self.limits), sandbox=self._sandbox is not None)
            opened = opened_system(connection, target, self.ledger, key)
            self._systems[connection.name] = self._stack.enter_context(opened)
        return self._systems[connection.name]

    def _client(self, name: str | None) -> Client:
        if name not in self._clients:
            self._clients[name] = self._stack.enter_context(self._opened(name))
        return self._clients[name]

    @contextmanager
    def _opened(self, name: str | None) -> Iterator[Client]:
        if name is None:
            target = Target(**asdict(self.limits), to=self.where.to).checked()
            with client_of(target, ledger=self.ledger) as client:
                yield client
            return
        connection = Connections.from_environment().find(name)
        with tenant_client(connection, Target(**asdict(self.limits)), self.ledger) as client:
            yield client

    @contextmanager
    def ringing(self) -> Iterator[None]:
        """End the waits of all tenants at a signal."""
        with self.interrupts.ringing(self._interrupt):
            yield

    def _interrupt(self) -> None:
        for client in self._clients.values():
            client.pace.stop()
        for system in self._systems.values():
            system.calls.pace.stop()

    @contextmanager
    def sandbox(self, syncs: Sequence[Sync]) -> Iterator[None]:
        """Serve a sandbox with the objects and fields of the definitions, if one is asked for."""
        if not self.where.sandbox:
            yield
            return
        refuse_both(self.where.to, sandbox=True)
        key = AccessKey(secrets.token_urlsafe())
        target = Target(**asdict(self.limits), sandbox=True)
        with (
            sandbox_here(Tenant(fields=_fields(syncs)), key.reveal()) as (url, store),
            Client(url, key, limits=limits_of(target)) as client,
        ):
            self._clients["sandbox"] = client
            if any(kind_with(sync.source.object or "") == "community" for sync in syncs):
                store.add_companies(EMPLOYERS)
            if any(_reads_a_tenant(sync) for sync in syncs):
                usable, _ = usable_companies(
                    files.read_file(shipped("samples", "companies.csv"), COMPANY)
                )
                own = usable[[name for name in usable.columns if fields_of(Company).knows(name)]]
                store.add_companies(own.to_dict("records"))  # type: ignore[arg-type]  # names are text
                store.add_records("gsuser", [_USER])
            # Any client id is right there, as long as the secret is that of the sandbox.
            self._sandbox = url, key
            yield


@contextmanager
def session_of(
    where: Where, limits: CallLimits | None = None, *, dry_run: bool = False
) -> Iterator[Session]:
    """Open what the syncs of a command share; a dry run and a sandbox keep the ledger as is."""
    home = Settings.from_environ().home
    with (
        noted() as interrupts,
        ledger_copy(home, empty=where.sandbox)
        if where.sandbox or dry_run
        else Ledger(home) as ledger,
        ExitStack() as stack,
    ):
        session = Session(ledger, interrupts, where, limits or CallLimits(), stack)
        with session.ringing():
            yield session


def _reads_a_tenant(sync: Sync) -> bool:
    """Return whether the source is an object of a tenant: not a list of another system."""
    name = sync.source.object
    return sync.source.connection is not None and name is not None and not kind_with(name)


def _fields(syncs: Sequence[Sync]) -> dict[str, tuple[Field, ...]]:
    """Return the fields that a sandbox lacks for these definitions, by object."""
    found: dict[str, dict[str, Field]] = {}
    for sync in syncs:
        if _reads_a_tenant(sync):
            source = str(sync.source.object)
            for column in (name for name in sync.columns if "." not in name):
                _note(found, OBJECT_NAMES.get(source, source), Field(column, "STRING", CUSTOM_TEXT))
        if not (sync.destination.connection and kind_that_writes(sync.destination.object)):
            _note_written(found, sync)
    return {kind: tuple(fields.values()) for kind, fields in found.items()}


def _note_written(found: dict[str, dict[str, Field]], sync: Sync) -> None:
    """Add the fields that a sync writes, and those of its lookups."""
    for name, rule in sync.fields.items():
        is_id = rule.lookup is not None or rule.from_unify is not None
        kind = "GSID" if is_id else rule.type or "STRING"
        of, field_name = _place_of(sync.destination.object, name)
        _note(found, of, Field(field_name, kind, CUSTOM_TEXT))
        if rule.lookup is not None:
            _note(found, rule.lookup.object, Field(rule.lookup.by, "STRING", CUSTOM_TEXT))


def _place_of(of: str, name: str) -> tuple[str, str]:
    """Return the object and the field that a name means: with a person goes its association."""
    linked = {field.name for field in COMPANY_PERSON.fields}
    if of == TIMELINE.name:
        return ACTIVITIES, name
    if of == PERSON.name and (name.startswith(ASSOCIATION) or name in linked - {"Email"}):
        return OBJECT_NAMES[COMPANY_PERSON.name], name.removeprefix(ASSOCIATION)
    return OBJECT_NAMES.get(of, of), name


def _note(found: dict[str, dict[str, Field]], of: str, field: Field) -> None:
    kind = of.casefold()
    fields = found.setdefault(kind, {})
    if field.name.casefold() not in FIELDS.get(kind, SYSTEM):
        fields.setdefault(field.name, field)
