"""Target of a command: a tenant, or a local sandbox; ``companies``, which downloads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsprep.calls.limits import (
    CALLS_PER_DAY,
    CALLS_PER_MINUTE,
    DELETE_WINDOWS,
    JOBS_PER_DAY,
    JOBS_PER_HOUR,
    TIMELINE_WINDOWS,
    Limits,
    Window,
)
from gsprep.cli import guards, options
from gsprep.cli.console import note, tell, waiting
from gsprep.cli.options import refuse_both
from gsprep.errors import InputError, RejectedError
from gsprep.lazy import lazy_module
from gsprep.ledger.ledger import Ledger
from gsprep.report.summary import DRY_RUN, SANDBOX
from gsprep.settings import AccessKey, Settings, tenant_url
from gsprep.tables.write import write_table
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    import pandas as pd

    from gsprep import connections
    from gsprep.cli import sandbox
    from gsprep.cli.options import Sending, SendingLimits
    from gsprep.connections import Connection
    from gsprep.systems import registry
    from gsprep.systems import system as systems
    from gsprep.systems.system import System
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader import client as uploader
    from gsprep.uploader.client import Client
else:
    # A dry run needs none of these, and they load a library for HTTP.
    connections = lazy_module("gsprep.connections")
    sandbox = lazy_module("gsprep.cli.sandbox")
    registry = lazy_module("gsprep.systems.registry")
    systems = lazy_module("gsprep.systems.system")
    uploader = lazy_module("gsprep.uploader.client")

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Target(options.SendingLimits):
    """Where to send and how fast.

    A ``dry_run`` sends nothing and needs neither tenant nor access key. ``key`` is the resolution
    key of the tenant, which the sandbox uses too.
    """

    to: str | None = None
    sandbox: bool = False
    dry_run: bool = False
    key: tuple[str, ...] = ("Email",)

    @property
    def tenant(self) -> str | None:
        """The origin of the tenant; None for a sandbox, and for a dry run without a tenant."""
        if self.sandbox:
            return None
        return Settings.from_environ().url if self.to is None else tenant_url(self.to)

    def checked(self) -> Target:
        """Return the target; raise InputError before any work if nothing can be sent to it."""
        refuse_both(self.to, sandbox=self.sandbox)
        if self.to is not None:
            tenant_url(self.to)
        if not self.sandbox and not self.dry_run:
            settings = Settings.from_environ()
            if self.to is None:
                settings.need_url()
            settings.need_access_key()
        return self


def target_of(sending: Sending, limits: SendingLimits, key: tuple[str, ...]) -> Target:
    """Return the target of a command with these options, checked before any work."""
    return Target(
        **asdict(limits),
        to=sending.to,
        sandbox=sending.sandbox,
        dry_run=sending.dry_run,
        key=key,
    ).checked()


def target_in_words(target: Target) -> str:
    """Return where people are sent, for the summary and the report."""
    if target.sandbox:
        return SANDBOX
    return DRY_RUN if target.dry_run else target.tenant or ""


@contextmanager
def connected(
    target: Target,
    companies: pd.DataFrame | None,
    ledger: Ledger | None = None,
    people: pd.DataFrame | None = None,
    rows: int = 0,
) -> Iterator[Client | None]:
    """Give a client for the target, None for a dry run; its calls are counted in the ``ledger``.

    The sandbox holds ``companies`` and ``people``, counts its calls itself and ends with the
    command. ``rows`` is how many people may be sent.
    """
    if target.dry_run:
        yield None
        return
    with client_of(target, companies, ledger, people, rows) as client:
        yield client


@contextmanager
def client_of(
    target: Target,
    companies: pd.DataFrame | None = None,
    ledger: Ledger | None = None,
    people: pd.DataFrame | None = None,
    rows: int = 0,
) -> Iterator[Client]:
    """Give a client for the target, also for reading.

    Calls to a tenant are counted in the ``ledger``, or without one in that of the environment.
    """
    if target.sandbox:
        with (
            sandbox.rehearsal(companies, people, target.key, rows) as (url, key),
            uploader.Client(url, key, limits=limits_of(target)) as client,
        ):
            yield client
        return
    settings = Settings.from_environ()
    url = settings.need_url() if target.to is None else tenant_url(target.to)
    key, limits = settings.need_access_key(), limits_of(target)
    with (
        nullcontext(ledger) if ledger is not None else Ledger.from_environment() as counting,
        uploader.Client(url, key, limits=limits, ledger=counting) as client,
    ):
        yield client


def limits_of(target: Target) -> Limits:
    """Return the limits of the target: those of the options, or the documented ones.

    The sandbox counts calls itself, so only the limits of the options hold for it.
    """

    def windows(*limits: tuple[int | None, int, float]) -> tuple[Window, ...]:
        given = [(asked or (0 if target.sandbox else usual), s) for asked, usual, s in limits]
        return tuple(Window(calls, seconds) for calls, seconds in given if calls)

    return Limits(
        async_windows=windows(
            (target.async_per_hour, JOBS_PER_HOUR, _HOUR),
            (target.async_per_day, JOBS_PER_DAY, _DAY),
        ),
        aligned=target.align_windows,
        counted=target.batch_counts,
        delete_windows=() if target.sandbox else DELETE_WINDOWS,
        timeline_windows=() if target.sandbox else TIMELINE_WINDOWS,
        windows=windows(
            (target.sync_per_minute, CALLS_PER_MINUTE, _MINUTE),
            (target.sync_per_day, CALLS_PER_DAY, _DAY),
        ),
        max_wait=target.max_wait * 60,
        waiting=waiting,
    )


def tenant_describes(target: Target, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Read the definitions of objects from the tenant, also in a dry run.

    Raises InputError if the tenant has no such object, or the address is not a tenant.
    """
    asked = replace(target, dry_run=False).checked()
    try:
        with client_of(asked) as client:
            return [client.objects.describe(name) for name in names]
    except RejectedError as refusal:
        raise InputError(f"--describe {','.join(names)}: {refusal}") from refusal


def tenant_companies(
    client: Client, rulebook: Rulebook, *, note_absent: bool = True
) -> pd.DataFrame:
    """Read the companies of the tenant: Gsid, Name and the columns of the rulebook.

    A note reports columns that the tenant does not have, unless a file of companies has its own.
    """
    columns = rulebook.columns
    named = (columns.company_domain, columns.company_phone, columns.company_country)
    companies = client.objects.companies(rulebook.company_columns)
    lacking = [name for name in named if note_absent and name not in companies]
    if len(lacking) == len(named):
        note(
            f"Company has none of the fields {', '.join(named)} in this tenant, so people are "
            "matched by name only. Set the right fields under columns: in a rulebook"
        )
    elif lacking:
        note(
            f"Company has no field {', '.join(lacking)} in this tenant, so people are matched "
            "without it. Set the right fields under columns: in a rulebook"
        )
    return companies


def tenant_client(connection: Connection, target: Target, ledger: Ledger | None) -> Client:
    """Return a client of the tenant of a connection, with the limits of the target, or its own.

    Raises InputError for a connection to another system, AccessKeyError if it is revoked, and
    SettingsError if it has no secret.
    """
    key = connections.access_key(connection)
    if connection.kind != "gainsight":
        raise InputError(
            f"the connection {connection.name} is of kind {connection.kind}, not a tenant: name a "
            "connection of kind gainsight"
        )
    limited = replace(
        target,
        sync_per_minute=target.sync_per_minute or connection.per_minute,
        sync_per_day=target.sync_per_day or connection.per_day,
    )
    return uploader.Client(connection.address, key, limits=limits_of(limited), ledger=ledger)


@contextmanager
def opened_system(
    connection: Connection, target: Target, ledger: Ledger | None, key: AccessKey | None = None
) -> Iterator[System]:
    """Give the system of a connection; its calls keep to the limits of the target, or its own.

    ``key`` replaces the secret of the connection. Raises AccessKeyError if it is revoked, and
    SettingsError if it has no secret.
    """
    kind = registry.SYSTEMS[connection.kind]
    calls = {window.seconds: window.calls for window in kind.windows if not target.sandbox}
    asked = {
        _MINUTE: target.sync_per_minute or connection.per_minute,
        _DAY: target.sync_per_day or connection.per_day,
    }
    calls |= {seconds: count for seconds, count in asked.items() if count}
    limits = Limits(
        windows=tuple(Window(count, seconds) for seconds, count in calls.items()),
        max_wait=target.max_wait * 60,
        waiting=waiting,
    )
    secret = connections.access_key(connection) if key is None else key
    made = systems.SystemCalls(connection.address, secret, kind.keyed, limits=limits, ledger=ledger)
    with closing(made):
        yield kind.make(made)


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
    target = Target(**asdict(limits), to=to).checked()
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
