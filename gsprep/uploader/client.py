"""Client for one tenant: one method for each endpoint."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Self

from gsprep.calls.call import Caller
from gsprep.calls.limits import Limits, Pace
from gsprep.calls.transport import http_client
from gsprep.display import counts_html
from gsprep.errors import LedgerError
from gsprep.ledger.database import Database
from gsprep.ledger.quota import Quota
from gsprep.settings import AccessKey, Settings, tenant_url
from gsprep.uploader.objects import Objects
from gsprep.uploader.people import People

if TYPE_CHECKING:
    import httpx

    from gsprep.ledger.ledger import Ledger


class Client:
    """A connection to one tenant, to be closed or used in ``with``.

    ``client.people`` and ``client.objects`` have a method for each endpoint. Opening makes no call.

    Args:
        base_url: a sub-domain, a host or a pasted address of the tenant.
        access_key: the key; it goes to this tenant and nowhere else.
        transport: replaces the network, for example by the sandbox in this process.
        limits: the calls that may be made in a minute, an hour and a day, timeouts and repeats;
            None takes those of the service.
        ledger: where calls are counted, with those of other processes; None counts those of this
            client alone.

    Raises:
        SettingsError: if the address is not one, or the key is not valid.

    Examples:
        >>> with gsprep.Client("acme", "a-key") as tenant:
        ...     tenant
        Client('https://acme.gainsightcloud.com')
    """

    def __init__(
        self,
        base_url: str,
        access_key: str | AccessKey,
        *,
        transport: httpx.BaseTransport | None = None,
        limits: Limits | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Open nothing yet: the first call does."""
        key = access_key if isinstance(access_key, AccessKey) else AccessKey(access_key)
        self.base_url = tenant_url(base_url)
        self._limits = limits or Limits()
        self._http = http_client(self.base_url, key, self._limits.timeout, transport)
        self._memory = Database(None)
        self.ledger = ledger
        self.count_in(Quota(self._memory, self.base_url))
        if ledger is not None:
            self.count_in(ledger.quota(self.base_url))

    def count_in(self, quota: Quota) -> None:
        """Count the calls from now on in another place."""
        self.pace = Pace(self._limits, quota)
        self.caller = Caller(self._http, self.pace)
        self.people = People(self.caller)
        self.objects = Objects(self.caller)

    def apart(self, ledger: Ledger | None = None) -> Client:
        """Return a client of the same connections that is stopped for itself.

        Its calls count in ``ledger``, without one where those of this client count.
        """
        other = copy(self)
        other.count_in(self.pace.quota if ledger is None else ledger.quota(self.base_url))
        return other

    @classmethod
    def from_environment(cls) -> Client:
        """Return a client for GAINSIGHT_URL with GAINSIGHT_ACCESS_KEY.

        Returns:
            The client.

        Raises:
            SettingsError: if one of the variables is missing or not valid.

        Examples:
            >>> import os
            >>> os.environ |= {"GAINSIGHT_URL": "acme", "GAINSIGHT_ACCESS_KEY": "a-key"}
            >>> gsprep.Client.from_environment()
            Client('https://acme.gainsightcloud.com')
        """
        settings = Settings.from_environ()
        return cls(settings.need_url(), settings.need_access_key())

    def close(self) -> None:
        """Close the connections; the ledger stays open."""
        # Where it was closed before, its calls end for others by themselves.
        with suppress(LedgerError):
            self.pace.quota.flush()
        self._http.close()
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    def _repr_html_(self) -> str:
        return counts_html(repr(self), {"calls made": self.pace.quota.made})
