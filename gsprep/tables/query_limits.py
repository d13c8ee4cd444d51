"""Read-only sessions of databases, and the time a query may take."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

# A query may take so long, in seconds.
LONGEST_QUERY = 600
# A database that ends the query itself says so within so many seconds more.
_GRACE = 15
_MILLISECONDS = 1000 * LONGEST_QUERY
# Statements that make the session read-only, whatever the query is. The pragma of SQLite holds
# for the connection, since a transaction of SQLite can write. SQL Server has no such statement.
_READ_ONLY: Mapping[str, Sequence[str]] = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": (
        "SET TRANSACTION READ ONLY",
        f"SET LOCAL statement_timeout = {_MILLISECONDS}",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"),
    "oracle": ("SET TRANSACTION READ ONLY",),
}
# Statements that limit the time of a query; an old server may not know them.
_LIMITS: Mapping[str, str] = {
    "mysql": f"SET SESSION max_execution_time = {_MILLISECONDS}",
    "mariadb": f"SET SESSION max_statement_time = {LONGEST_QUERY}",
    "mssql": f"SET LOCK_TIMEOUT {_MILLISECONDS}",
}
# Where it is the driver that limits each call: the attribute of its connection, and the value.
_OF_DRIVER: Mapping[str, tuple[str, int]] = {
    "oracledb": ("call_timeout", _MILLISECONDS),
    "cx_oracle": ("call_timeout", _MILLISECONDS),
    "pyodbc": ("timeout", LONGEST_QUERY),
}
# What ends a query from another thread, where a driver has it.
_CANCELS = ("cancel", "interrupt")


def connect_arguments(driver: str) -> dict[str, Any]:
    """Return what a driver limits queries by when it connects."""
    return {"timeout": LONGEST_QUERY} if driver == "pymssql" else {}


def guard(connection: Any) -> None:
    """Make a session read-only, and limit its queries, as far as the database can do either."""
    kind, driver = connection.dialect.name, connection.dialect.driver
    # An address of MySQL may lead to a MariaDB.
    kind = "mariadb" if getattr(connection.dialect, "is_mariadb", False) else kind
    if driver in _OF_DRIVER:
        with suppress(Exception):
            setattr(connection.connection.driver_connection, *_OF_DRIVER[driver])
    if kind in _LIMITS:
        with suppress(Exception):
            connection.exec_driver_sql(_LIMITS[kind])
    for statement in _READ_ONLY.get(kind, ()):
        connection.exec_driver_sql(statement)


class TooLateError(Exception):
    """A query is not over in the time that it may take."""


@dataclass(slots=True)
class Query(Generic[T]):
    """A query in a thread of its own, so that it can be left.

    Attributes:
        connection: of SQLAlchemy, once there is one.
    """

    read: Callable[[Query[T]], T]
    connection: Any = None
    _results: list[T] = field(default_factory=list)
    _failure: BaseException | None = None

    def result(self) -> T:
        """Return what ``read`` returns; raises what it raises, or TooLateError."""
        # A daemon: a driver that never comes back does not keep the process alive.
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            thread.join(LONGEST_QUERY + _GRACE)
        except BaseException:
            self._cancel()
            raise
        if self._failure is not None:
            raise self._failure
        if not self._results:
            self._cancel()
            raise TooLateError
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self.read(self))
        except BaseException as failure:  # noqa: BLE001  raised again in the thread that waits
            self._failure = failure

    def _cancel(self) -> None:
        """End the query where the driver can do so, so that the server does not go on."""
        with suppress(Exception):
            driver = self.connection.connection.driver_connection
            for name in _CANCELS:
                if hasattr(driver, name):
                    getattr(driver, name)()
