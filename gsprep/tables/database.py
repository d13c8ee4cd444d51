"""Rows of a database, through SQLAlchemy (the extra ``sql``): read only, and no password shown."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gsprep.errors import InputError, TableError
from gsprep.schemas.frames import cell_text
from gsprep.tables.columns import numbered
from gsprep.tables.grid import Grid
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

try:
    import sqlalchemy as sa
except ImportError:
    sa = None  # type: ignore[assignment]  # an extra: its absence is said when it is asked for

# SQLAlchemy logs queries and whole rows to whoever asks for everything: not those read here.
_LOG = "gsprep"
logging.getLogger(f"sqlalchemy.engine.Engine.{_LOG}").setLevel(logging.WARNING)

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9_+]*://")
# Comments, and what stands in quotes of any kind.
_SAID = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]""",
    re.DOTALL,
)
_READS = re.compile(r"[\s(]*(?:select|with|values|table)\b", re.IGNORECASE)
# A query that begins with WITH can end in these, and some drivers commit it by themselves.
_CHANGES = re.compile(r"\b(?:insert|update|delete|merge|into)\b|;(?=.)", re.IGNORECASE | re.DOTALL)
_ROWS = 50_000


def is_address(source: object) -> bool:
    """Return whether a source is the address of a database, and not a file.

    >>> is_address("postgresql+psycopg://db/crm"), is_address("people.csv")
    (True, False)
    """
    return isinstance(source, str) and _ADDRESS.match(source) is not None


def read_query(address: str, query: str) -> Grid:
    """Return what a query of a database gives; nothing is written and nothing committed.

    Raises InputError without the extra ``sql``, TableError when the address is none, the driver is
    not installed, the query could change something, or the database refuses it. No
    message shows the user, the password or what the database answered.
    """
    if sa is None:
        raise InputError("reading a database needs SQLAlchemy: pip install 'gsprep[sql]'")
    url = _url(address)
    shown = shown_address(address)
    _refuse_changes(query, shown)
    _refuse_absent(url, shown)
    try:
        engine = sa.create_engine(
            url, poolclass=sa.NullPool, hide_parameters=True, logging_name=_LOG
        )
    except (ImportError, sa.exc.SQLAlchemyError):
        raise TableError(
            shown, "there is no driver for this kind of database",
            "Check the beginning of the address, and install the driver it names.",
        ) from None  # fmt: skip
    try:
        names, columns = _fetched(engine, query)
    except sa.exc.SQLAlchemyError as failure:
        # What a driver says quotes the address, the query and cells: only its kind is told.
        raise TableError(
            shown, f"the database did not answer the query ({type(failure).__name__})",
            "Check the address, the names in the query, and your right to read them.",
        ) from None  # fmt: skip
    return Grid(shown, names, numbered(columns))


def shown_address(address: str) -> str:
    """Return an address as messages show it: without user, password and options.

    >>> shown_address("postgresql://ana:secret@db.acme.com:5432/crm?sslkey=x")
    'postgresql://db.acme.com:5432/crm'
    """
    kind, _, rest = address.partition("://")
    place = re.split(r"[?#]", rest, maxsplit=1)[0]
    return f"{kind}://{place.rpartition('@')[2]}"


def _url(address: str) -> Any:
    try:
        return sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise TableError(
            shown_address(address), "this is no address of a database",
            "Write it as postgresql://host/database or sqlite:///people.db.",
        ) from None  # fmt: skip


def _refuse_changes(query: str, shown: str) -> None:
    bare = _SAID.sub(" ", query).rstrip("; \t\r\n")
    if _READS.match(bare) is None:
        raise TableError(shown, "the query reads nothing", "Begin it with SELECT or WITH.")
    if _CHANGES.search(bare):
        raise TableError(
            shown, "the query may change the database", "Write one SELECT, without INTO or UPDATE."
        )  # fmt: skip


def _refuse_absent(url: Any, shown: str) -> None:
    # SQLite would make an empty file of that name.
    name = url.database or ""
    is_file = url.get_backend_name() == "sqlite" and name not in {"", ":memory:"}
    if is_file and not name.startswith("file:") and not Path(name).is_file():
        raise TableError(shown, "there is no such file", "Check the name and the folder.")


def _fetched(engine: Any, query: str) -> tuple[tuple[str, ...], list[pa.Array]]:
    """Read all rows in one transaction that ends without a commit."""
    how = {"no_parameters": True, "stream_results": True, "postgresql_readonly": True}
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
        result = connection.execution_options(**how).exec_driver_sql(query)
        names = tuple(storable(str(name)) for name in result.keys())  # noqa: SIM118  a result is no dict
        parts = list(_parts(result, len(names)))
        connection.rollback()
    return names, [pa.concat_arrays(column) for column in zip(*parts, strict=True)]


def _parts(result: Any, width: int) -> Iterator[list[pa.Array]]:
    yield [pa.array([], pa.large_string())] * width
    while rows := result.fetchmany(_ROWS):
        yield [_column(column) for column in zip(*rows, strict=True)]


def _column(values: Sequence[object]) -> pa.Array:
    texts = [cell_text(value) for value in values]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text and storable(text) for text in texts], pa.large_string())
