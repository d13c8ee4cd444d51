"""What a system offers to syncs, and the calls to one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from gsprep.calls.call import Call, Caller
from gsprep.calls.limits import Limits, Pace
from gsprep.calls.transport import Keyed, Transport, http_client
from gsprep.errors import LedgerError
from gsprep.ledger.database import Database
from gsprep.ledger.quota import Quota

if TYPE_CHECKING:
    from gsprep.ledger.ledger import Ledger
    from gsprep.settings import AccessKey


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a list of a system.

    Attributes:
        frame: text, one line for each row; missing where a row has no value.
        is_complete: whether these are all rows that the list has.
        notes: sentences on what was assumed.
    """

    frame: pd.DataFrame = field(repr=False)
    is_complete: bool = True
    notes: tuple[str, ...] = ()


def frame_of(records: Sequence[Mapping[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    """Return records as a text frame with these columns."""
    return pd.DataFrame(
        {name: pd.Series([one.get(name) for one in records], dtype="str") for name in columns}
    )


class System(Protocol):
    """A system whose lists are sources of syncs."""

    @property
    def calls(self) -> SystemCalls:
        """The calls to it."""

    def columns(self, name: str) -> Sequence[str]:
        """Return the columns of a list; InputError if there is no such list."""

    def rows(self, name: str, since: float | None = None) -> Rows:
        """Return the rows of a list, or at least those that changed since a time (epoch)."""

    def test(self) -> str:
        """Make a reading call and return a sentence; raises UploadError."""


class SystemCalls:
    """The calls to one address, within limits; to be closed.

    Args:
        address: the root of the paths.
        key: the secret that ``keyed`` adds to each call.
        limits: the calls that may be made in a minute and a day, timeouts and repeats.
        ledger: where calls are counted; None counts those of this object alone.
        transport: replaces the network, for example by the sandbox in this process.
    """

    def __init__(  # noqa: PLR0913  the parts of a client
        self,
        address: str,
        key: AccessKey,
        keyed: Keyed,
        *,
        limits: Limits,
        ledger: Ledger | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Open nothing yet: the first call does."""
        self._http = http_client(address, key, limits.timeout, transport, keyed)
        self._memory = Database(None)
        quota = Quota(self._memory, address) if ledger is None else ledger.quota(address)
        self.pace = Pace(limits, quota)
        self._caller = Caller(self._http, self.pace)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of a reading call; raises UploadError."""
        return self._caller.make(Call(method="GET", path=path, query=dict(query or {}))).body

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        writes: bool = True,
        idempotent: bool = True,
    ) -> Any:
        """Return the JSON of a call with a body; raises UploadError.

        Without a reply, one that ``writes`` is repeated once, and only if it is ``idempotent``.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False)
        call = Call(
            method=method,
            path=path,
            body=None if content is None else content.encode(),
            writes=writes,
            idempotent=idempotent,
        )
        return self._caller.make(call).body

    def close(self) -> None:
        """Close the connections; the ledger stays open."""
        with suppress(LedgerError):
            self.pace.quota.flush()
        self._http.close()
        self._memory.close()
