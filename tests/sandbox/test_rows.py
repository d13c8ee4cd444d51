"""What goes with a person who is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.sandbox.ids import gsid

if TYPE_CHECKING:
    import httpx

    from gsprep.sandbox.store import Store
    from tests.sandbox.conftest import Clock

PEOPLE = "/v1/peoplemgmt/v1.0/people"
ACME = gsid("company", "test", 1)


def test_a_deletion_takes_the_associations_along(
    client: httpx.Client, store: Store, clock: Clock
) -> None:
    """Counted are the persons who were there; who named them as manager names nobody."""
    ana, bo, cy = (
        one["record"]["Gsid"]
        for one in store.upsert_people(
            [
                {"Email": f"{name}@acme.com", "companies": [{"Company_ID": ACME}]}
                for name in ("ana", "bo", "cy")
            ]
        )["records"]
    )
    store.upsert_people(
        [{"Email": "cy@acme.com", "companies": [{"Company_ID": ACME, "Manager": ana}]}]
    )
    body = [ana, bo, gsid("person", "test", 404)]
    reply = client.request("DELETE", PEOPLE, json=body).json()["data"]
    name = reply["deleteRequestId"]
    assert reply == {"deleteRequestId": name, "status": "INIT", "count": 0}
    clock.now = 9
    status = client.get(f"{PEOPLE}/delete/status/{name}").json()["data"]
    assert status == {"deleteRequestId": name, "status": "COMPLETED", "count": 2}
    assert set(store.persons) == {"cy@acme.com"}
    (left,) = store.company_persons
    assert (left["Person_ID"], "Manager" in left) == (cy, False)
