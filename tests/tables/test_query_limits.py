"""Time limits and read-only sessions, by what a driver is told; no server is needed."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.errors import TableError
from gsprep.tables import sql
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Callable

sa = pytest.importorskip("sqlalchemy")
QUERY = "select mail from people"


class DriverError(Exception):
    """The root of the errors of the driver."""


class Cursor:
    """Answers the query with one row, and what SQLAlchemy asks of a new connection in few words."""

    arraysize = 1
    rowcount = -1
    lastrowid = None

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection."""
        self.connection = connection
        self.description: list[tuple[Any, ...]] | None = None
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, statement: str, _: object = None) -> None:
        """Answer a statement."""
        self.connection.driver.told.append(statement)
        self.connection.driver.meets(statement)
        if statement.lstrip().upper().startswith(("SELECT", "SHOW")):
            self.description = [("mail", str, None, None, None, None, None)]
            self._rows = [("ana@acme.com",) if statement == QUERY else ("8.0.36",)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, _: int | None = None) -> list[tuple[Any, ...]]:
        """Return the rows that are left."""
        return self.fetchall()

    def close(self) -> None:
        """Do nothing."""


class Connection:
    """A connection with what the drivers of several databases have."""

    autocommit = False
    encoding = "utf-8"
    version = "19.0.0"
    outputtypehandler = None

    def __init__(self, driver: Driver) -> None:
        """Belong to a driver."""
        self.driver = driver

    def cursor(self, *_: object, **__: object) -> Cursor:
        """Return a cursor."""
        return Cursor(self)

    def cancel(self) -> None:
        """Note that the query was cancelled."""
        self.driver.cancelled.set()

    def rollback(self) -> None:
        """Note the end of the transaction."""
        self.driver.told.append("ROLLBACK")

    def commit(self) -> None:
        """Note the end of the transaction."""
        self.driver.told.append("COMMIT")

    def close(self) -> None:
        """Do nothing."""


class Driver(ModuleType):
    """A driver as a module, whatever its database is; all that is told to it is kept."""

    paramstyle = "format"
    apilevel = "2.0"
    threadsafety = 1
    version_info = (9, 9, 9)
    version = __version__ = "9.9.9"

    def __init__(self, name: str) -> None:
        """Have a name."""
        super().__init__(name)
        self.told: list[str] = []
        self.given: dict[str, Any] = {}
        self.connections: list[Connection] = []
        self.cancelled = threading.Event()
        self.meets: Callable[[str], object] = lambda _statement: None
        for word in (
            "Error", "Warning", "InterfaceError", "DatabaseError", "DataError", "OperationalError",
            "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError",
        ):  # fmt: skip
            setattr(self, word, DriverError)

    def connect(self, *_: object, **given: Any) -> Connection:
        """Return a connection."""
        self.given = given
        self.connections.append(Connection(self))
        return self.connections[-1]

    def __getattr__(self, name: str) -> Any:
        """Return anything else that a dialect asks of its driver by name."""
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda *_, **__: None})


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Driver]:
    """Return a maker of the driver of an address, whose server SQLAlchemy asks nothing about."""

    def installed(address: str, *, is_mariadb: bool = False) -> Driver:
        url = sa.make_url(address)
        made = Driver(url.get_driver_name())
        monkeypatch.setitem(sys.modules, made.__name__, made)
        dialect = url.get_dialect()
        for name in ("initialize", "on_connect", "on_connect_url"):
            monkeypatch.setattr(dialect, name, lambda *_: None)
        monkeypatch.setattr(dialect, "is_mariadb", is_mariadb, raising=False)
        return made

    return installed


def before_query(driver: Driver) -> list[str]:
    """Return what is told before the query, without what SQLAlchemy asks by itself."""
    told = driver.told[: driver.told.index(QUERY)]
    return [one for one in told if one.startswith(("SET", "START"))]


@pytest.mark.parametrize(
    ("address", "server", "told"),
    [
        pytest.param(
            "mysql+pymysql://h/d", "",
            ["SET SESSION max_execution_time = 600000", "SET SESSION TRANSACTION READ ONLY",
             "START TRANSACTION READ ONLY"], id="MySQL",
        ),
        pytest.param(
            "mysql+pymysql://h/d", "MariaDB",
            ["SET SESSION max_statement_time = 600", "SET SESSION TRANSACTION READ ONLY",
             "START TRANSACTION READ ONLY"], id="MariaDB under MySQL's name",
        ),
        pytest.param(
            "mariadb+pymysql://h/d", "MariaDB",
            ["SET SESSION max_statement_time = 600", "SET SESSION TRANSACTION READ ONLY",
             "START TRANSACTION READ ONLY"], id="MariaDB",
        ),
        pytest.param(
            "oracle+oracledb://u:p@h/d", "", ["SET TRANSACTION READ ONLY"], id="Oracle"
        ),
        pytest.param(
            "mssql+pyodbc://h/d?driver=x", "", ["SET LOCK_TIMEOUT 600000"],
            id="SQL Server",
        ),
        pytest.param(
            "mssql+pymssql://h/d", "", ["SET LOCK_TIMEOUT 600000"],
            id="SQL Server with its other driver",
        ),
    ],
)  # fmt: skip
def test_a_session_is_limited_before_it_is_asked(
    driver: Callable[..., Driver], address: str, server: str, told: list[str]
) -> None:
    made = driver(address, is_mariadb=server == "MariaDB")
    assert read(address, query=QUERY).frame["Email"].tolist() == ["ana@acme.com"]
    assert before_query(made) == told
    assert "COMMIT" not in made.told[made.told.index(QUERY) :]


@pytest.mark.parametrize(
    ("address", "attribute", "value"),
    [
        ("oracle+oracledb://u:p@h/d", "call_timeout", 600_000),
        ("mssql+pyodbc://h/d?driver=x", "timeout", 600),
    ],
)
def test_a_driver_that_limits_calls_is_told(
    driver: Callable[..., Driver], address: str, attribute: str, value: int
) -> None:
    made = driver(address)
    read(address, query=QUERY)
    assert getattr(made.connections[-1], attribute) == value


def test_a_driver_that_is_told_when_it_connects(driver: Callable[..., Driver]) -> None:
    made = driver("mssql+pymssql://h/d")
    read("mssql+pymssql://h/d", query=QUERY)
    assert made.given["timeout"] == 600


def test_a_server_that_knows_no_limit_is_read_all_the_same(driver: Callable[..., Driver]) -> None:
    made = driver("mysql+pymysql://h/d")

    def meets(statement: str) -> None:
        if "max_execution_time" in statement:
            raise DriverError("Unknown system variable")

    made.meets = meets
    assert len(read("mysql+pymysql://h/d", query=QUERY).frame) == 1
    assert before_query(made)[-1] == "START TRANSACTION READ ONLY"


def test_a_server_that_cannot_be_made_read_only_is_not_asked(
    driver: Callable[..., Driver],
) -> None:
    made = driver("mysql+pymysql://h/d")

    def meets(statement: str) -> None:
        if statement.startswith("START"):
            raise DriverError("no")

    made.meets = meets
    with pytest.raises(TableError, match="did not answer the query"):
        read("mysql+pymysql://h/d", query=QUERY)
    assert QUERY not in made.told


def test_a_driver_that_never_comes_back_is_left(
    driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server and the driver make of their limits."""
    monkeypatch.setattr(sql, "LONGEST_QUERY", 0)
    monkeypatch.setattr(sql, "_GRACE", 0.1)
    made, free = driver("mysql+pymysql://h/d"), threading.Event()
    made.meets = lambda _statement: free.wait()
    try:
        with pytest.raises(TableError, match="took more than 0 minutes and was given up") as late:
            read("mysql+pymysql://h/d", query=QUERY)
        assert late.value.__cause__ is None
    finally:
        free.set()


def test_a_query_that_is_left_is_cancelled(
    driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "LONGEST_QUERY", 0)
    monkeypatch.setattr(sql, "_GRACE", 0.1)
    made, free = driver("mysql+pymysql://h/d"), threading.Event()
    with sa.create_engine("mysql+pymysql://h/d").connect() as connection:
        late = sql.Query(lambda _: free.wait(), connection)
        with pytest.raises(sql.TooLateError):
            late.result()
    free.set()
    assert made.cancelled.is_set()
