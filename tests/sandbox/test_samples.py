"""The sample requests of the documents give the sample replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant

SAMPLES = Path(__file__).parent / "samples"
MADE = {"Gsid", "Person_ID", "Company_Person_ID"}


def with_numbered_ids(reply: Any, seen: dict[str, str]) -> Any:
    """Replace the ids a store makes by their order, wherever they stand."""
    if isinstance(reply, list):
        return [with_numbered_ids(one, seen) for one in reply]
    if not isinstance(reply, dict):
        return reply
    return {
        name: seen.setdefault(value, f"{value[:4]} {len(seen)}")
        if name in MADE and isinstance(value, str)
        else with_numbered_ids(value, seen)
        for name, value in sorted(reply.items())
    }


@pytest.mark.parametrize(
    "name", ["success", "partial", "failure", "lookup_success", "lookup_failure"]
)
def test_sample(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    with Store(tenant=Tenant(defaults=sample["defaults"])) as store:
        store.add_companies(sample["companies"])
        store.add_relationships(sample["relationships"])
        store.upsert_people(sample["before"])
        request = sample["request"]
        reply = store.upsert_people(request["records"], lookups=request.get("lookups"))
    assert with_numbered_ids(reply, {}) == with_numbered_ids(sample["reply"], {})
