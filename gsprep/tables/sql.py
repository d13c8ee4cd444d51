"""Query results of a database, read only."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import unquote

import pyarrow as pa

from gsprep.errors import NO_FILE, InputError, NoAnswerError, TableError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import cell_text
from gsprep.tables.raw_table import RawTable, numbered_columns, refuse_wide
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


if TYPE_CHECKING:
    import sqlalchemy as sa
else:
    sa = lazy_module("sqlalchemy")

# SQLAlchemy logs queries and whole rows to whoever asks for everything: not those read here.
_LOG = "gsprep"
logging.getLogger(f"sqlalchemy.engine.Engine.{_LOG}").setLevel(logging.WARNING)

# SQLite asks after so many steps, a few milliseconds, whether to go on.
_STEPS = 100_000
# So much is taken from a query: one may have no end.
_MOST_BYTES = 2_000_000_000
_MOST_ROWS = 20_000_000
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9_+]*://")
_OF_FILES = frozenset({"sqlite", "duckdb"})
_ROWS = 50_000
_now = time.monotonic


def is_database_url(source: object) -> bool:
    """Return whether a source is the address of a database, and not a file.

    >>> is_database_url("postgresql+psycopg://db/crm"), is_database_url("people.csv")
    (True, False)
    """
    return isinstance(source, str) and _ADDRESS.match(source) is not None


def read_query(address: str, query: str) -> RawTable:
    """Return what a query of a database gives; nothing is written and nothing committed.

    Raises InputError without the extra ``sql``, TableError when the address is none, the driver is
    not installed, the query could change something, or the database refuses it. No
    message shows the user, the password or what the database answered.
    """
    if find_spec("sqlalchemy") is None:
        raise InputError("reading a database needs SQLAlchemy: pip install 'gsprep[sql]'")
    url = _url(address)
    shown = safe_url(address)
    if (wrong := query_problem(query, url.get_backend_name())) is not None:
        raise TableError(shown, *wrong)
    url = _existing(url, shown)
    engine = _engine(url, shown)
    try:
        names, columns = Query(partial(_fetched, engine, query)).result()
    except sa.exc.SQLAlchemyError as failure:
        # A driver's message quotes the address, the query and cells: show its kind only.
        raise NoAnswerError(
            shown, f"the database did not answer the query ({type(failure).__name__})",
            "Check the address, the names in the query, and your right to read them. A query may "
            f"take {LONGEST_QUERY // 60} minutes.",
        ) from None  # fmt: skip
    except TooLateError:
        raise TableError(
            shown, f"the query took more than {LONGEST_QUERY // 60} minutes and was given up",
            "Check its joins, or add a condition. The database may still run it: end it there.",
        ) from None  # fmt: skip
    except _EndlessError as failure:
        raise TableError(
            shown, f"the query gives more than {int(str(failure)):,} rows, which is too much",
            "Check its joins, or add a condition or a LIMIT.",
        ) from None  # fmt: skip
    refuse_wide(shown, len(names))
    return RawTable(shown, names, numbered_columns(columns))


def _engine(url: Any, shown: str) -> Any:
    try:
        return sa.create_engine(
            url,
            poolclass=sa.NullPool,
            hide_parameters=True,
            logging_name=_LOG,
            connect_args=connect_arguments(url.get_driver_name()),
        )
    except (ImportError, sa.exc.SQLAlchemyError):
        raise TableError(
            shown, "there is no driver for this kind of database",
            "Check the beginning of the address, and install the driver it names.",
        ) from None  # fmt: skip


def safe_url(address: str) -> str:
    """Return an address as messages show it: without user, password and options.

    >>> safe_url("postgresql://ana:secret@db.acme.com:5432/crm?sslkey=x")
    'postgresql://db.acme.com:5432/crm'
    """
    kind, _, rest = address.partition("://")
    place = re.split(r"[?#]", rest, maxsplit=1)[0]
    return f"{kind}://{place.rpartition('@')[2]}"


def backend_of(address: str) -> str:
    """Return the kind of a database, such as ``postgresql``; "" for an address that is none."""
    found = _ADDRESS.match(address)
    return found[0].partition("://")[0].partition("+")[0].lower() if found else ""


def _url(address: str) -> Any:
    try:
        return sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise TableError(
            safe_url(address), "this is not the address of a database",
            "Write it as postgresql://host/database or sqlite:///people.db.",
        ) from None  # fmt: skip


def _existing(url: Any, shown: str) -> Any:
    """Return the address of a file that is not created; TableError if it does not exist."""
    name = url.database or ""
    if url.get_backend_name() not in _OF_FILES or name in {"", ":memory:"}:
        return url
    is_uri = name.startswith("file:")
    if is_uri and url.query.get("mode") == "memory":
        return url
    path = unquote(re.sub(r"\Afile:(?://(?:localhost)?(?=/))?", "", name)) if is_uri else name
    if not Path(path).is_file():
        raise TableError(shown, *NO_FILE)
    # Between this look and the opening the file may go: it is not made then.
    read_only = url.query.get("mode") == "ro"
    return url if not is_uri or read_only else url.update_query_dict({"mode": "rw"})


def _fetched(
    engine: Any, query: str, running: Query[Any]
) -> tuple[tuple[str, ...], list[pa.Array]]:
    """Read all rows in one transaction that cannot write and ends without a commit."""
    kind = engine.dialect.name
    with engine.connect() as connection:
        running.connection = connection
        connection.execution_options(no_parameters=True)
        guard(connection)
        if kind == "sqlite":
            _limit(connection)
        pages = _portal(connection, query) if kind == "postgresql" else _pages(connection, query)
        names, parts = _taken(pages)
        connection.rollback()
    return names, [pa.concat_arrays(column) for column in zip(*parts, strict=True)]


def _limit(connection: Any) -> None:
    """Let SQLite end a query that takes too long, or that is interrupted."""
    end = _now() + LONGEST_QUERY
    connection.connection.driver_connection.set_progress_handler(lambda: _now() > end, _STEPS)


def _pages(connection: Any, query: str) -> Iterator[tuple[Sequence[str], list[Any]]]:
    """Yield the names of the columns with some rows at a time."""
    result = connection.execution_options(stream_results=True).exec_driver_sql(query)
    names = tuple(result.keys())
    yield names, []
    while rows := result.fetchmany(_ROWS):
        yield names, rows


def _portal(connection: Any, query: str) -> Iterator[tuple[Sequence[str], list[Any]]]:
    """Yield the same of PostgreSQL, where a query may be several statements to its driver.

    Opened as a cursor it can be one only, and none that ends the transaction.
    """
    within, around = (f"$q{secrets.token_hex(12)}$" for _ in range(2))
    connection.exec_driver_sql(
        f"DO {around} DECLARE c refcursor := 'gsprep'; "
        f"BEGIN OPEN c NO SCROLL FOR EXECUTE {within}{query}{within}; END {around}"
    )
    rows: list[Any] | None = None
    while rows is None or rows:
        result = connection.exec_driver_sql(f"FETCH FORWARD {_ROWS} FROM gsprep")
        rows = result.fetchall()
        yield tuple(result.keys()), rows


def _taken(
    pages: Iterator[tuple[Sequence[str], list[Any]]],
) -> tuple[tuple[str, ...], list[list[pa.Array]]]:
    names: tuple[str, ...] = ()
    parts: list[list[pa.Array]] = []
    size = count = 0
    for given, rows in pages:
        names = names or tuple(storable(str(name)) for name in given)
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        parts.append([_column(column) for column in columns])
        size += sum(cells.nbytes for cells in parts[-1])
        count += len(rows)
        if size > _MOST_BYTES or count > _MOST_ROWS:
            raise _EndlessError(count)
    return names, parts


class _EndlessError(Exception):
    """A query gives more rows than can be held."""


def _column(values: Sequence[object]) -> pa.Array:
    texts = [cell_text(value) for value in values]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text and storable(text) for text in texts], pa.large_string())


_READS = re.compile(r"[\s(]*(?:select|with|values|table)\b", re.IGNORECASE)
# A query that begins with WITH can end in these, and some drivers commit it by themselves.
_CHANGES = re.compile(r"\b(?:insert|update|delete|merge|into)\b|;(?=.)", re.IGNORECASE | re.DOTALL)
# Where no semicolon is needed between two statements, any word may begin the second.
_STATEMENTS = re.compile(
    r"\b(?:exec|execute|drop|truncate|alter|create|grant|revoke|deny|commit|backup|shutdown)\b",
    re.IGNORECASE,
)
# MySQL and MariaDB execute such a comment.
_NO_COMMENT = re.compile(r"/\*M?!")

_TEXT, _NAME, _BLOCK = r"'(?:[^']|'')*'", r'"[^"]*"', r"/\*.*?\*/"
_LINE = r"--[^\n]*"
# With a backslash before it a quote ends nothing.
_ESCAPED = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*\""""
_ORACLE = r"[nN]?[qQ]'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>|([^\s\[{(<]).*?\1)'"
# Comments, and what is in quotes, in the order in which they are looked for.
_SAID: Mapping[str, str] = {
    "postgresql": rf"{_LINE}|{_BLOCK}|\b[eE]'(?:[^'\\]|\\.|'')*'|(\$\w*\$).*?\1|{_TEXT}|{_NAME}",
    # Two dashes begin a comment where a blank follows them.
    "mysql": rf"--(?=\s)[^\n]*|#[^\n]*|{_BLOCK}|{_ESCAPED}|`[^`]*`",
    "oracle": rf"{_LINE}|{_BLOCK}|{_ORACLE}|{_TEXT}|{_NAME}",
    "mssql": rf"{_LINE}|{_BLOCK}|{_TEXT}|{_NAME}|\[[^\]]*\]",
    "": rf"{_LINE}|{_BLOCK}|{_TEXT}|{_NAME}|`[^`]*`|\[[^\]]*\]",
}
_LIKE = {"mariadb": "mysql"}


def query_problem(query: str, kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a query that may change something, and the cure; else None.

    ``kind`` is the name of the database's kind, such as ``postgresql``.

    >>> query_problem("SELECT 'it; delete' FROM p", "sqlite") is None
    True
    >>> query_problem("WITH x AS (SELECT 1) DELETE FROM p", "sqlite")[0]
    'the query may change the database'
    """
    said = _SAID.get(_LIKE.get(kind, kind), _SAID[""])
    # Not DOTALL alone: a comment of one line ends with it.
    bare = re.sub(said, " ", query, flags=re.DOTALL).rstrip("; \t\r\n")
    if _READS.match(bare) is None:
        return "the query reads nothing", "Begin it with SELECT or WITH."
    changes = _CHANGES.search(bare) or (kind == "mssql" and _STATEMENTS.search(bare))
    if changes or _NO_COMMENT.search(query):
        return "the query may change the database", "Write one SELECT, without INTO or UPDATE."
    return None


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
    "postgresql": ("SET TRANSACTION READ ONLY", f"SET LOCAL statement_timeout = {_MILLISECONDS}"),
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
