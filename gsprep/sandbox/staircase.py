"""Staircase: accounts, stakeholders, users and teams that are written, and what is made of them.

No public API of Staircase was found (November 2026): routes, names and codes here are the
sandbox's own. What is known is kept: an account has one or no parent and a status, a domain belongs
to one account only, stakeholders are people at an account, metrics and summaries are made for each.
"""

from __future__ import annotations

import random
import threading
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, request

from gsprep.sandbox.objects import InvalidRecordsError
from gsprep.sandbox.routes import UNAUTHORIZED, is_key, read_body, success
from gsprep.sandbox.rules import RefusalError, as_text, is_blank, is_email, malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Record = dict[str, str]
    # A tenant whose key was checked, as long as no other call uses it.
    Opener = Callable[..., AbstractContextManager["Staircase"]]

_BASE: Final = "/staircase/<name>"
# The sandbox's own figures.
PAGE, RECORDS, VALUES = 100, 50, 1_000
CUSTOM: Final = "custom_"
# Fields that are written, by list; those of metrics and summaries are made here.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("gainsight_id", "name", "domains", "status", "parent", "owner"),
    "stakeholders": ("gainsight_id", "account", "email", "name", "title", "role"),
    "users": ("gainsight_id", "email", "name", "active", "role"),
    "teams": ("gainsight_id", "user", "name"),
    "metrics": ("gainsight_id", "health_score", "engagement", "sentiment"),
    "summaries": ("gainsight_id", "title", "text", "held_at", "author"),
}
_MADE: Final = frozenset({"metrics", "summaries"})
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("gainsight_id", "name"), "users": ("gainsight_id", "email"),
    "teams": ("gainsight_id", "user", "name"),
    "stakeholders": ("gainsight_id", "account", "email"),
}  # fmt: skip
# Fields that hold the id of a record of another list.
_POINTS_AT: Final[Mapping[str, Mapping[str, str]]] = {
    "accounts": {"parent": "accounts"}, "teams": {"user": "users"},
    "stakeholders": {"account": "accounts"},
}  # fmt: skip
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("Active", "Churned", "Prospect"), "active": ("true", "false"),
}  # fmt: skip
_UNKNOWN, _MISSING, _TAKEN, _DOMAIN, _VALUE, _NOTHING = (
    f"STAIRCASE_{number}" for number in range(1001, 1007)
)
_LEVELS = ("low", "medium", "high")
_MEETINGS = ("Kick-off", "Quarterly review", "Renewal", "Training", "Escalation")


@dataclass(slots=True)
class Staircase:
    """One tenant: the records of each list by id, and how many days passed."""

    name: str
    lists: dict[str, dict[str, Record]] = field(default_factory=lambda: {n: {} for n in FIELDS})
    day: int = 0
    serial: int = 0
    is_revoked: bool = False

    def rows(self, kind: str) -> list[Record]:
        """Return the records of a list, ordered by id."""
        return [self.lists[kind][name] for name in sorted(self.lists[kind])]

    def find(self, kind: str, name: str, values: Sequence[str]) -> list[Record]:
        """Return the records whose field has one of these values; each domain is a value."""
        wanted = _entries(";".join(values)) if name == "domains" else set(values)
        return [row for row in self.rows(kind) if wanted & _values(row, name)]

    def insert(self, kind: str, records: Sequence[Mapping[str, Any]], now: float) -> list[Record]:
        """Store all records or none, and return them; raises RefusalError."""
        return self._write(kind, [(None, one) for one in records], now)

    def update(self, kind: str, records: Sequence[Mapping[str, Any]], now: float) -> list[Record]:
        """Change all records or none, each found by its ``id``; raises RefusalError."""
        there = self.lists[kind]
        pairs = [(there.get(as_text(one.get("id", ""))), one) for one in records]
        if any(row is None for row, _ in pairs):
            raise RefusalError(_NOTHING, "there is no such record")
        return self._write(kind, pairs, now)

    def delete(self, kind: str, name: str) -> None:
        """Delete a record; others that named it name nothing then.

        With an account go its metrics and summaries.
        """
        gone = self.lists[kind].pop(name, None)
        if gone is None:
            raise RefusalError(_NOTHING, "there is no such record")
        pointers = [
            (other, field)
            for other, fields in _POINTS_AT.items()
            for field, of in fields.items()
            if of == kind
        ]
        for other, pointer in pointers:
            for row in self.find(other, pointer, [name]):
                del row[pointer]
        for made in _MADE if kind == "accounts" else ():
            for row in self.find(made, "gainsight_id", [gone["gainsight_id"]]):
                del self.lists[made][row["id"]]

    def _write(
        self, kind: str, pairs: Sequence[tuple[Record | None, Mapping[str, Any]]], now: float
    ) -> list[Record]:
        before = {name: dict(row) for name, row in self.lists[kind].items()}
        errors, written = [], []
        for row, given in pairs:
            problem = self._problem(kind, row, given)
            if problem is not None:
                errors.append([{"success": False, "errors": [problem]}])
            else:
                written.append(self._changed(row or self._new(kind), given, now))
        if errors:
            self.lists[kind] = before
            raise InvalidRecordsError(errors)
        return written

    def _changed(self, row: Record, given: Mapping[str, Any], now: float) -> Record:
        for name, value in given.items():
            if is_blank(value):
                row.pop(name, None)
            else:
                row[name] = as_text(value)
        row["updated_at"] = _time(now)
        return row

    def _new(self, kind: str) -> Record:
        self.serial += 1
        row = {"id": f"{kind[0].upper()}-{self.serial:06}"}
        if kind == "accounts":
            row["status"] = "Active"
        self.lists[kind][row["id"]] = row
        return row

    def _problem(
        self, kind: str, row: Record | None, given: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return what is wrong with a record."""
        own = row["id"] if row is not None else None
        for name, value in given.items():
            if name not in (*FIELDS[kind], "id") and not name.startswith(CUSTOM):
                return _error(_UNKNOWN, name, "there is no such field")
            if not is_blank(value) and (wrong := self._wrong(kind, own, name, as_text(value))):
                return _error(*wrong)
        whole = {**(row or {}), **given}
        lacking = next((name for name in _NEEDED[kind] if is_blank(whole.get(name))), None)
        return None if lacking is None else _error(_MISSING, lacking, "it must not be empty")

    def _wrong(
        self, kind: str, own: str | None, name: str, text: str
    ) -> tuple[str, str, str] | None:
        others = [row for row in self.rows(kind) if row["id"] != own]
        if name == "gainsight_id" and any(row.get(name) == text for row in others):
            return _TAKEN, name, "another record has it"
        if name == "domains" and any(_entries(text) & _values(row, name) for row in others):
            return _DOMAIN, name, "a domain belongs to one account only"
        if name in _CHOICES and text not in _CHOICES[name]:
            return _VALUE, name, f"it is one of {', '.join(_CHOICES[name])}"
        if name == "email" and not is_email(text):
            return _VALUE, name, "it is no e-mail address"
        of = _POINTS_AT.get(kind, {}).get(name)
        if of is not None and (text not in self.lists[of] or text == own):
            return _VALUE, name, f"it is no id of {of}"
        return None

    def make(self, now: float) -> None:
        """Make the metrics and summaries of the day, for accounts that are written by then."""
        authors = [row["email"] for row in self.rows("users") if row.get("active") != "false"]
        for account in self.rows("accounts"):
            self._measure(account, now)
            rng = random.Random(f"{self.name}/{account['gainsight_id']}/{self.day}")  # noqa: S311  no secret
            name = f"Y-{account['id']}-{self.day:03}"
            if name in self.lists["summaries"] or rng.random() < 0.5 or not authors:  # noqa: PLR2004  every other day
                continue
            title = rng.choice(_MEETINGS)
            self.lists["summaries"][name] = {
                "id": name,
                "gainsight_id": account["gainsight_id"],
                "title": f"{title}: {account['name']}",
                "text": f"{title} on day {self.day}. Next steps were agreed.",
                "held_at": _time(now - 7_200),
                "author": rng.choice(authors),
                "updated_at": _time(now),
            }

    def _measure(self, account: Record, now: float) -> None:
        # A third of the accounts changes every day.
        chance = random.Random(f"{self.name}/{account['gainsight_id']}")  # noqa: S311  no secret
        turn = (self.day + chance.randrange(3)) // 3
        rng = random.Random(f"{self.name}/{account['gainsight_id']}/{turn}")  # noqa: S311  no secret
        made = {
            "id": f"M-{account['id']}",
            "gainsight_id": account["gainsight_id"],
            "health_score": str(rng.randrange(101)),
            "engagement": rng.choice(_LEVELS),
            "sentiment": str(rng.randrange(-10, 11) / 10),
        }
        there = self.lists["metrics"].get(made["id"], {})
        if {name: there.get(name) for name in made} != made:
            self.lists["metrics"][made["id"]] = {**made, "updated_at": _time(now)}


class Staircases:
    """The tenants of a sandbox, each empty when it is first asked for; safe in threads."""

    def __init__(self) -> None:
        """Begin without any."""
        self.lock = threading.RLock()
        self._tenants: dict[str, Staircase] = {}

    def tenant(self, name: str) -> Staircase:
        """Return a tenant."""
        with self.lock:
            return self._tenants.setdefault(name, Staircase(name))

    def next_day(self) -> None:
        """Let a day pass: some metrics change, and further meetings were held."""
        with self.lock:
            for one in self._tenants.values():
                one.day += 1


def add_staircase(
    app: Flask, staircases: Staircases, access_key: str | None, clock: Callable[[], float]
) -> None:
    """Add the calls of Staircase; ``access_key`` None accepts every key that is not blank."""

    @contextmanager
    def opened(name: str, kind: str, *, writes: bool = False) -> Iterator[Staircase]:
        key = request.headers.get("accesskey", "").strip()
        with staircases.lock:
            one = staircases.tenant(name)
            if not is_key(key, access_key) or one.is_revoked:
                raise UNAUTHORIZED
            _must_be_known(kind, writes=writes)
            one.make(clock())
            yield one

    _add_reads(app, opened)
    _add_writes(app, opened, clock)


def _must_be_known(kind: str, *, writes: bool) -> None:
    if kind not in FIELDS:
        raise RefusalError("GS_APIG_1000", "Not Found")
    if writes and kind in _MADE:
        raise malformed(f"{kind} are made by Staircase")


def _add_reads(app: Flask, opened: Opener) -> None:
    @app.get(f"{_BASE}/<kind>")
    def staircase_list(name: str, kind: str) -> Response:
        with opened(name, kind) as one:
            return _page(one.rows(kind))

    @app.post(f"{_BASE}/<kind>/find")
    def staircase_find(name: str, kind: str) -> Response:
        with opened(name, kind) as one:
            body = read_body(request)
            values = body.get("values") if isinstance(body, dict) else None
            if not isinstance(values, list) or len(values) > VALUES:
                raise malformed(f"values is a list of at most {VALUES}")
            texts = [as_text(value) for value in values]
            return success(one.find(kind, as_text(body.get("field", "")), texts))


def _add_writes(app: Flask, opened: Opener, clock: Callable[[], float]) -> None:
    @app.post(f"{_BASE}/<kind>")
    def staircase_insert(name: str, kind: str) -> Response:
        with opened(name, kind, writes=True) as one:
            return success(one.insert(kind, _given(), clock()))

    @app.put(f"{_BASE}/<kind>")
    def staircase_update(name: str, kind: str) -> Response:
        with opened(name, kind, writes=True) as one:
            return success(one.update(kind, _given(), clock()))

    @app.delete(f"{_BASE}/<kind>/<record>")
    def staircase_delete(name: str, kind: str, record: str) -> Response:
        with opened(name, kind, writes=True) as one:
            one.delete(kind, record)
            return success(None)


def _given() -> list[dict[str, Any]]:
    body = read_body(request)
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not 0 < len(records) <= RECORDS:
        raise malformed(f"records is a list of 1 to {RECORDS} JSON objects")
    if not all(isinstance(one, dict) for one in records):
        raise malformed("records must be JSON objects")
    return records


def _page(rows: Sequence[Record]) -> Response:
    """Return the rows after one, and since a time; ``next`` is the last id of a page with more."""
    given = request.args
    size = min(max(given.get("limit", PAGE, type=int) or PAGE, 1), PAGE)
    after, since = given.get("after", ""), given.get("since", "")
    left = [row for row in rows if row["id"] > after and row["updated_at"] >= since]
    page = left[:size]
    return success(page, next=page[-1]["id"] if len(left) > size else None)


def _error(code: str, name: str, text: str) -> dict[str, Any]:
    return {"errorCode": code, "errorMessage": f"{name}: {text}", "fieldName": name}


def _entries(text: str) -> set[str]:
    return {entry.strip().casefold() for entry in text.split(";") if entry.strip()}


def _values(row: Mapping[str, str], name: str) -> set[str]:
    text = row.get(name)
    if text is None:
        return set()
    return _entries(text) if name == "domains" else {text}


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
