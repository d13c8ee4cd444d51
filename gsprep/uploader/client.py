"""A connection to one tenant: ``people`` and ``objects`` have a method for each endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from gsprep.display import counts_html
from gsprep.settings import AccessKey, Settings, tenant_url
from gsprep.uploader.calls import Caller
from gsprep.uploader.limits import Limits
from gsprep.uploader.objects import Objects
from gsprep.uploader.people import People
from gsprep.uploader.transport import http_client

if TYPE_CHECKING:
    import httpx


class Client:
    """A connection to one tenant, to be closed or used in ``with``.

    ``base_url`` is a sub-domain, a host or a pasted address; SettingsError when it is none.
    ``transport`` stands in for the network. The key goes to this tenant and nowhere else.
    """

    def __init__(
        self,
        base_url: str,
        access_key: str | AccessKey,
        *,
        transport: httpx.BaseTransport | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open nothing yet: the first call does."""
        limits = limits or Limits()
        key = access_key if isinstance(access_key, AccessKey) else AccessKey(access_key)
        self.base_url = tenant_url(base_url)
        self._http = http_client(self.base_url, key, limits.timeout, transport)
        caller = Caller(self._http, limits)
        self.pace, self.job_pace = caller.pace, caller.job_pace
        self.people = People(caller)
        self.objects = Objects(caller)

    @classmethod
    def from_environment(cls) -> Client:
        """Return a client for GAINSIGHT_URL with GAINSIGHT_ACCESS_KEY; SettingsError without."""
        settings = Settings.from_environ()
        return cls(settings.need_url(), settings.need_access_key())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    def _repr_html_(self) -> str:
        made = {"calls made": self.pace.log.count, "jobs handed in": self.job_pace.log.count}
        return counts_html(repr(self), made)
