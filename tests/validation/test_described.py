"""From a tenant's description to rows that it takes: what passes here is stored there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.schemas.objects import schemas_from_describe
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload
from gsprep.validation.check import check

if TYPE_CHECKING:
    from gsprep.schemas.objects import Schemas

SIZES = ("Small", "Large")
TENANT = Tenant(
    fields={
        "person": (
            Field("Size__gc", "PICKLIST", options=SIZES),
            Field("Tags__gc", "MULTISELECTDROPDOWNLIST", options=SIZES),
            Field("Gone__gc", "PICKLIST", options=()),
            Field("Code__gc", length=3),
            Field("Score__gc", "NUMBER", decimals=1),
            Field("Since__gc", "DATE"),
            Field("Vip__gc", "BOOLEAN"),
            Field("Rank__gc", "NUMBER", writable=False),
        )
    }
)
VALUES = {
    "Size__gc": ["Small", "small", "Huge", " Large "],
    "Tags__gc": ["Small", "Small;Large", "large, small", "Small;", "Huge"],
    "Gone__gc": ["any"],
    "Code__gc": ["abc", "abcd", "😀😀😀", " abc "],
    "Score__gc": ["7", "7.55", "1.234,50", "many"],
    "Since__gc": ["2026-11-20", "20.11.2026", "soon"],
    "Vip__gc": ["true", "Yes", "perhaps"],
    "Rank__gc": ["1", "first"],
    "Timezone": ["Europe/Berlin", "x" * 256],
    "Other__gc": ["x", "x" * 501],
}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in VALUES.items()}),
    min_size=1,
    max_size=8,
)


def described(client: Client) -> Schemas:
    return schemas_from_describe(client.objects.describe("Person"))


@settings(deadline=None)
@given(rows=ROWS, cleaned=st.booleans())
def test_what_passes_is_stored(rows: list[dict[str, str]], *, cleaned: bool) -> None:
    frame = pd.DataFrame([{"Email": f"a{n}@acme.com", **row} for n, row in enumerate(rows)])
    with Store(tenant=TENANT) as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with Client("http://localhost", "key", transport=transport) as client:
            schemas = described(client)
            frame = clean(frame, schemas.persons).frame if cleaned else frame
            valid = check(frame, schemas.persons).valid
            sent = upload(valid, client=client, schemas=schemas).persons
        assert (sent["outcome"] == "stored").all()
        assert len(store.persons) == len(valid)


@pytest.mark.parametrize(
    ("column", "value", "code", "suggestion"),
    [
        ("Size__gc", "small", "GSOBJ_VDTPKLST1002", "Small"),
        ("Tags__gc", "large, small", "GSOBJ_VDTPKLST1002", "Large;Small"),
        ("Gone__gc", "any", "GSOBJ_VDTPKLST1001", None),
        ("Code__gc", "abcd", "GSOBJ_VDTBSTR1001", None),
        ("Score__gc", "many", "GSOBJ_VDTNUM1001", None),
        ("Vip__gc", "Yes", "GSOBJ_VDTBOOL1001", "true"),
        ("Rank__gc", "1", "GSPREP_ACCESS", None),
        ("Other__gc", "x", "GSOBJ_VCRUDR1002", None),
    ],
)
def test_what_the_description_says_is_found(
    column: str, value: str, code: str, suggestion: str | None
) -> None:
    with Store(tenant=TENANT) as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with Client("http://localhost", "key", transport=transport) as client:
            schema = described(client).persons
    found = check(pd.DataFrame({"Email": ["a@acme.com"], column: [value]}), schema).findings
    assert found["code"].tolist() == [code]
    told = found["suggestion"].dropna().tolist()
    assert told == ([suggestion] if suggestion else [])
