"""Checks of the tenant: address, proxy and one reading call."""

from __future__ import annotations

from urllib.parse import urlsplit

from gsprep.calls.limits import Limits
from gsprep.calls.transport import ClockProbe, ClockReading, network
from gsprep.cli import exit_codes
from gsprep.cli.doctor import Point
from gsprep.cli.sandbox import rehearsal
from gsprep.errors import AccessKeyError, RejectedError, ReplyError, SettingsError, UploadError
from gsprep.settings import AccessKey, Settings, proxy_for, tenant_url
from gsprep.uploader.client import Client

_LONGEST_SILENCE = 15.0
# Clocks that differ by more disagree on the minute in which a call counts.
_MOST_SKEW = 5.0


def tenant_points(to: str | None, *, sandbox: bool) -> tuple[Point, ...]:
    """Check the address of the tenant and the proxy, and with a key make one reading call.

    Without ``to`` the tenant is that of GAINSIGHT_URL.
    """
    if sandbox:
        with rehearsal(None, None, ("Email",)) as (place, key):
            target = Point("tenant", "good", "the sandbox in this process")
            return target, *call_points(place, key, ClockProbe(network(place)))
    try:
        settings = Settings.from_environ()
        url = settings.need_url() if to is None else tenant_url(to)
    except SettingsError as failure:
        return (Point("tenant", "wrong", "not called", str(failure)),)
    return Point("tenant", "good", url), *_way_points(url, settings.access_key)


def _way_points(url: str, key: AccessKey | None) -> tuple[Point, ...]:
    if key is None:
        cure = "set GAINSIGHT_ACCESS_KEY; a key cannot be an argument"
        return (Point("access key", "wrong", "not set", cure),)
    try:
        proxy, witness = _proxy(url), ClockProbe(network(url))
    except SettingsError as failure:
        return (Point("proxy", "wrong", "not used", str(failure)),)
    return proxy, *call_points(url, key, witness)


def _proxy(url: str) -> Point:
    proxy = proxy_for(url)
    if proxy is None:
        return Point("proxy", "good", "none: the tenant is called directly")
    parts = urlsplit(proxy)
    # The address of a proxy may have a password.
    place = (parts.hostname or "") + ("" if parts.port is None else f":{parts.port}")
    return Point("proxy", "good", f"calls go through {place}")


def call_points(url: str, key: AccessKey, witness: ClockProbe) -> tuple[Point, ...]:
    """Read the definition of Person once, and check the reply."""
    limits = Limits(attempts=1, max_wait=0.0, timeout=_LONGEST_SILENCE)
    with Client(url, key, transport=witness, limits=limits) as client:
        try:
            client.objects.describe("Person")
        except UploadError as failure:
            point = _failed(failure)
        else:
            point = Point("access key", "good", "accepted")
    return point, *([] if witness.last is None else _seen(witness.last))


def _failed(failure: UploadError) -> Point:
    if isinstance(failure, AccessKeyError):
        return Point("access key", "wrong", "refused", str(failure), exit_codes.KEY_REFUSED)
    if isinstance(failure, RejectedError | ReplyError):
        return Point(
            "reply", "wrong", "not the reply of a tenant", str(failure), exit_codes.WRONG_INPUT
        )
    return Point("service", "wrong", "not available", str(failure), exit_codes.NOT_FINISHED)


def _seen(seen: ClockReading) -> tuple[Point, ...]:
    latency = Point("latency", "good", f"{seen.seconds * 1000:.0f} ms to the reply")
    if seen.ahead is None:
        return latency, Point("clock", "left", "the reply has no time of the service")
    where = "ahead of" if seen.ahead > 0 else "behind"
    finding = f"{abs(seen.ahead):.1f} s {where} the clock of the service"
    if abs(seen.ahead) > _MOST_SKEW:
        cure = "synchronize the clock of this computer: call limits are counted by time"
        return latency, Point("clock", "warning", finding, cure)
    return latency, Point("clock", "good", finding)
