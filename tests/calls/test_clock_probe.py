"""What is seen of a reply on its way."""

from __future__ import annotations

import httpx
import pytest
from each_row import each_row

from gsprep.calls.transport import ClockProbe, ClockReading


@each_row(
    ("date", "ahead"),
    [
        pytest.param("Wed, 01 Jan 2025 00:00:00 GMT", 0.5, id="a date"),
        pytest.param("soon", None, id="no date"),
        pytest.param(None, None, id="none"),
    ],
)
def test_the_time_there_is_taken_half_way(date: str | None, ahead: float | None) -> None:
    headers = {} if date is None else {"Date": date}
    new_year = 1_735_689_600.0
    times = iter([new_year, new_year + 2.0])
    reply = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers))
    witness = ClockProbe(reply, now=lambda: next(times))
    assert witness.last is None
    with httpx.Client(transport=witness) as client:
        client.get("https://acme.gainsightcloud.com")
    assert witness.last == ClockReading(2.0, ahead)
