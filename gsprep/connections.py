"""Named connections to systems, in a file without secrets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from filelock import FileLock
from pydantic import AfterValidator, BaseModel, Field

from gsprep.atomic_files import replacing
from gsprep.errors import AccessKeyError, InputError, SettingsError
from gsprep.schemas.yaml_file import read_document, validated
from gsprep.settings import (
    AccessKey,
    Settings,
    key_variable,
    secret_at,
    secret_of,
    system_url,
    tenant_url,
)

try:
    import keyring
    from keyring.errors import KeyringError
except ImportError:
    keyring = None
    KeyringError = OSError

FILE = "connections.json"
_SCHEMA = "gsprep.connections/1"
# Under this name the keyring of the system holds secrets.
_SERVICE = "gsprep"
Kind = Literal["gainsight", "sql", "files", "community", "staircase"]
Role = Literal["crm", "support"]
KINDS: tuple[str, ...] = get_args(Kind)


class KindOfSystem(NamedTuple):
    """What a kind of connection is.

    Attributes:
        reads: what a source of this kind names; empty if it is no source.
        has_secret: whether calls need a secret.
        is_gainsight: whether it is a product of Gainsight.
        keeps_path: whether the path of an address belongs to it.
        asks: what a prompt asks for.
    """

    reads: tuple[str, ...]
    has_secret: bool = True
    is_gainsight: bool = False
    keeps_path: bool = False
    asks: str = "Secret"


KINDS_OF_SYSTEM: Mapping[str, KindOfSystem] = {
    "gainsight": KindOfSystem(("object",), is_gainsight=True),
    "sql": KindOfSystem(("query", "table")),
    "files": KindOfSystem(("file",), has_secret=False),
    "community": KindOfSystem(
        ("object",), is_gainsight=True, keeps_path=True, asks="Client id and secret (ID:SECRET)"
    ),
    "staircase": KindOfSystem(("object",), is_gainsight=True, keeps_path=True),
}
ROLES: tuple[str, ...] = get_args(Role)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9_+]*://.+", re.DOTALL)
_SECRET_OPTION = re.compile(r"passw|pwd|secret|token", re.IGNORECASE)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has lower-case letters, digits, - and _, as in acme-eu")
    return text


class Connection(BaseModel, frozen=True, extra="forbid", strict=True):
    """A system under a name.

    name:       how definitions call it.
    kind:       what it is.
    address:    a tenant, a database address without password, a folder or a host.
    role:       crm or support, if it is the CRM or the support system.
    state:      a revoked connection is not used.
    why:        the reason of its revocation.
    secret:     where its secret is: env:VARIABLE, file:PATH, or nothing for the usual places.
    per_minute: most calls in a minute, if not the documented limit.
    per_day:    most calls in 24 hours, if not the documented limit.
    """

    name: Annotated[str, AfterValidator(_name)]
    kind: Kind
    address: str
    role: Role | None = None
    state: Literal["active", "revoked"] = "active"
    why: str = ""
    secret: str = ""
    per_minute: Annotated[int, Field(ge=1)] | None = None
    per_day: Annotated[int, Field(ge=1)] | None = None

    def usable(self) -> Connection:
        """Return the connection; AccessKeyError if it is revoked."""
        if self.state == "revoked":
            why = f" ({self.why})" if self.why else ""
            raise AccessKeyError(
                f"the connection {self.name} is revoked{why}. Nothing was sent; "
                f"to use it again: `gsprep connections reauthorize {self.name}`"
            )
        return self


class _File(BaseModel, frozen=True, extra="forbid", strict=True):
    schema_: Literal["gsprep.connections/1"] = Field(alias="schema")
    connections: tuple[Connection, ...] = ()


class Connections:
    """The connections of a folder."""

    def __init__(self, home: Path) -> None:
        """Keep them in ``home``; nothing is created before one is added."""
        self.home = home
        self.path = home / FILE

    @classmethod
    def from_environment(cls) -> Connections:
        """Return the connections in GSPREP_HOME, by default the platform's data folder."""
        return cls(Settings.from_environ({"GSPREP_HOME": os.environ.get("GSPREP_HOME", "")}).home)

    def all(self) -> list[Connection]:
        """Return the connections by name; InputError if their file is damaged."""
        if not self.path.exists():
            return []
        document = read_document(self.path, kind="file of connections")
        found = validated(_File, document, str(self.path)).connections
        return sorted(found, key=lambda one: one.name)

    def find(self, name: str) -> Connection:
        """Return a connection; InputError if there is none with this name."""
        there = {one.name: one for one in self.all()}
        if name not in there:
            known = f"there are {', '.join(there)}" if there else "no connection is saved"
            raise InputError(
                f"there is no connection {name} ({known}). Add it with `gsprep connections add`"
            )
        return there[name]

    def add(self, new: Connection, *, second: bool = False) -> None:
        """Add a connection; InputError if its name or role is taken.

        There is one connection with each role unless a ``second`` is allowed.
        """
        with self._changing() as found:
            if taken := next((one for one in found if one.name == new.name), None):
                raise InputError(
                    f"there is a connection {taken.name} already ({taken.kind}). Choose another "
                    "name, or change it with `gsprep connections edit`"
                )
            variable = key_variable(new.name)
            if like := next((one for one in found if key_variable(one.name) == variable), None):
                raise InputError(
                    f"{new.name} and {like.name} would both have their secret in {variable}. "
                    "Choose another name"
                )
            _refuse_second([*found, new], new, second=second)
            found.append(new)

    def replace(self, name: str, *, second: bool = False, **changes: Any) -> Connection:
        """Change a connection and return it; InputError as for ``add``."""
        before = self.find(name)
        after = validated(Connection, before.model_dump() | changes, f"the connection {name}")
        with self._changing() as found:
            if "role" in changes:
                _refuse_second([*(one for one in found if one.name != name), after], after, second)
            found[:] = [after if one.name == name else one for one in found]
        return after

    def remove(self, name: str) -> None:
        """Remove a connection and its secret in the keyring."""
        self.find(name)
        with self._changing() as found:
            found[:] = [one for one in found if one.name != name]
        if keyring is not None:
            with suppress(KeyringError):
                keyring.delete_password(_SERVICE, name)

    @contextmanager
    def _changing(self) -> Iterator[list[Connection]]:
        """Give the connections to change, and save them; no other process does so meanwhile."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.home / f"{FILE}.lock", mode=0o600, timeout=30):
                found = self.all()
                yield found
                self._save(found)
        except OSError as failure:
            raise InputError(
                f"{self.path} cannot be written ({failure.strerror}). Set GSPREP_HOME to another "
                "folder"
            ) from failure

    def _save(self, found: Sequence[Connection]) -> None:
        entries = [one.model_dump(exclude_defaults=True) for one in found]
        document = {"schema": _SCHEMA, "connections": entries}
        with replacing(self.path) as draft:
            draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _refuse_second(found: Sequence[Connection], new: Connection, second: bool) -> None:  # noqa: FBT001  one caller each
    others = [one.name for one in found if one.role == new.role and one.name != new.name]
    if new.role is not None and others and not second:
        raise InputError(
            f"{others[0]} is the {new.role} connection already. Add a second one with "
            "--allow-second, or leave --role out"
        )


def address_of(kind: str, text: str) -> str:
    """Return the address of a connection as it is saved; InputError if it is not one."""
    if kind == "sql":
        return _database(text)
    if kind == "files":
        return str(Path(text).expanduser().resolve())
    if kind != "gainsight" and "." not in text and "://" not in text:
        raise SettingsError(f"the address of a {kind} connection is a host, as in eu.example.com")
    return system_url(text) if KINDS_OF_SYSTEM[kind].keeps_path else tenant_url(text)


def _database(text: str) -> str:
    if not _DATABASE.fullmatch(text):
        raise SettingsError(
            "the address is not one of a database. Write it as "
            "postgresql+psycopg://ana@host/crm or sqlite:///crm.db"
        )
    try:
        parts = urlsplit(text)
        options = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        has_password = parts.password is not None
    except ValueError:
        raise SettingsError("the address of the database cannot be read: check it") from None
    if has_password or any(map(_SECRET_OPTION.search, options)):
        raise SettingsError(
            "the address of the database has a password, and gsprep stores none in its files. "
            "Leave it out, and give it with --secret-from"
        )
    return text


def secret_place(connection: Connection) -> str:
    """Return where the secret of a connection is; "" if it is nowhere.

    Raises SettingsError if the place that the connection names has none.
    """
    return (_found(connection) or ("", ""))[1]


def _found(connection: Connection) -> tuple[str, str] | None:
    """Return the secret and its place: the named one, else the environment, else the keyring."""
    if connection.secret:
        return secret_at(connection.secret), connection.secret
    if (found := secret_of(connection.name)) is not None:
        return found
    value = None
    if keyring is not None:
        with suppress(KeyringError):
            value = keyring.get_password(_SERVICE, connection.name)
    return None if not value else (value, "keyring")


def access_key(connection: Connection) -> AccessKey:
    """Return the access key of a connection; SettingsError if there is none."""
    found = _found(connection.usable())
    if found is None:
        raise SettingsError(
            f"there is no secret for the connection {connection.name}: set "
            f"{key_variable(connection.name)}, or store it with "
            f"`gsprep connections authorize {connection.name}`"
        )
    return AccessKey(found[0])


def database_address(connection: Connection) -> str:
    """Return the address of a database with its password, if there is one."""
    found = _found(connection.usable())
    if found is None or connection.kind != "sql":
        return connection.address
    parts = urlsplit(connection.address)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(found[0], safe='')}@{host}"))


def keep_secret(name: str, secret: str) -> None:
    """Store a secret in the keyring of the system; SettingsError if there is none."""
    cure = f"set {key_variable(name)} instead, or name a place with --secret-from"
    if keyring is None:
        raise SettingsError(
            f"a typed secret is stored in the keyring, which needs pip install 'gsprep[keyring]'; "
            f"{cure}"
        )
    try:
        keyring.set_password(_SERVICE, name, secret)
    except KeyringError:
        raise SettingsError(f"this system has no keyring that stores secrets: {cure}") from None
