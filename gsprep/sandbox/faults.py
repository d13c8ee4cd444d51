"""The fault script: which calls go wrong, and how. It decides; ``breaking`` does.

A script is a list, in YAML or JSON::

    - {fault: reset, route: bulk_sync, at: 3, committed: true}
    - {fault: status, status: 429, retry_after: 2, every: 10}
    - {fault: stuck, route: bulk_async}
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

# A field's type is needed when the model is made.
from gsprep.sandbox.routes import RouteName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FaultName = Literal[
    "reset",
    "status",
    "html",
    "truncated",
    "slow",
    "stuck",
    "failed",
    "foreign_urls",
    "missing_chunks",
    "missing_records",
    "doubled_records",
    "shuffled_records",
    "misnumbered_records",
]
_Number = Annotated[int, Field(gt=0)]
# One number stands for a list of it.
_Numbers = Annotated[list[_Number], BeforeValidator(lambda v: [v] if isinstance(v, int) else v)]


class FaultScriptError(ValueError):
    """A fault script that cannot be read; ``problems`` are all of them: place and message."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        """Keep the problems."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{place}: {message}" for place, message in problems))


class Fault(BaseModel, frozen=True, extra="forbid", strict=True):
    """One kind of fault and the calls it befalls.

    Attributes:
        fault: ``reset`` breaks the connection, ``status`` and ``html`` reply with ``status`` in
            the service's shape or as a page, ``truncated`` breaks off in the middle of the body,
            ``slow`` waits ``seconds``. ``stuck`` and ``failed`` are what becomes of the job a
            call submits. The others change a reply that names urls or holds records.
        route: the route, see ``RouteName``; None means all.
        at: numbers of calls, from 1, counted by route when there is one.
        every: each call whose number this divides. Without ``at`` and ``every``: all calls.
        committed: whether what the call asks for is done first (reset, status, html).
        status: the HTTP status (status, html).
        retry_after: the header of this name: seconds, or an HTTP date.
        framed: whether the length of a truncated body is that of what arrives, so that only its
            JSON is broken; else the connection ends before the length that was announced.
        seconds: how long a slow call waits before it is done.
        records: how many records are missing, doubled or misnumbered; or chunk urls missing.
        url: the origin of foreign urls.
    """

    fault: FaultName
    route: RouteName | None = None
    at: _Numbers = []
    every: _Number | None = None
    committed: bool = False
    status: Annotated[int, Field(ge=200, le=599)] = 503
    retry_after: Annotated[int, Field(ge=0)] | str | None = None
    framed: bool = False
    seconds: Annotated[float, Field(ge=0)] = 1.0
    records: _Number = 1
    url: str = "https://elsewhere.example"

    def befalls(self, route: str | None, in_all: int, on_route: int) -> bool:
        """Return whether it befalls a call of a route, by its numbers over all and there.

        >>> reset = Fault(fault="reset", route="bulk_sync", at=[1, 3])
        >>> [reset.befalls("bulk_sync", 9, number) for number in (1, 2, 3)]
        [True, False, True]
        """
        if self.route is not None and route != self.route:
            return False
        number = in_all if self.route is None else on_route
        if not self.at and self.every is None:
            return True
        return number in self.at or (self.every is not None and number % self.every == 0)


def read_faults(document: object) -> tuple[Fault, ...]:
    """Return the faults of a parsed script; raises FaultScriptError naming every problem."""
    try:
        return tuple(TypeAdapter(list[Fault]).validate_python(document))
    except ValidationError as failure:
        problems = [
            (".".join(map(str, error["loc"])) or "the script", _sentence(error))
            for error in failure.errors(include_input=False, include_url=False)
        ]
        raise FaultScriptError(list(dict.fromkeys(problems))) from None


_CURES = {
    "extra_forbidden": "no such entry",
    "missing": "is missing",
    "list_type": "must be a list: a line with a dash for each fault",
    "model_type": "must be lines of a name, a colon and a value",
}


def _sentence(found: Mapping[str, Any]) -> str:
    plain = str(found["msg"]).removeprefix("Value error, ")
    return _CURES.get(found["type"], plain.replace("Input should", "must"))


class Script:
    """Faults in the order of their weight, and the calls counted so far; safe from any thread."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Begin with no call counted."""
        self._faults = tuple(faults)
        self._lock = threading.Lock()
        self._calls: Counter[str | None] = Counter()

    def take(self, route: str | None) -> Fault | None:
        """Count a call and return the first fault that befalls it."""
        with self._lock:
            self._calls[route] += 1
            in_all, on_route = self._calls.total(), self._calls[route]
        return next((one for one in self._faults if one.befalls(route, in_all, on_route)), None)
