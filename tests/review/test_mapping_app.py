"""The mapping page: guarded as the review is, a list of fields for each column, saved once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.mapping.guess import map_columns
from gsprep.mapping.mapping_file import Proposal, samples_of
from gsprep.review.app import Choices, make_mapping_app
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import text_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.review.serve import Access, Presence

PEOPLE = pd.DataFrame(
    {
        "Mail <b>": ["ana@acme.com", "bo@bolt.io", "cy@z.org"],
        "Alt": ["a@acme.com", None, None],
        "Who": ["Ruiz, Ana", "Berg, Bo", "Young, Cy"],
    }
)


@pytest.fixture
def choices() -> Choices:
    proposal = Proposal(map_columns(PEOPLE), PERSON, samples_of(text_frame(PEOPLE)))
    return Choices(proposal, "mapping.yaml")


@pytest.fixture
def stranger(choices: Choices, access: Access, presence: Presence) -> Iterator[httpx.Client]:
    app = make_mapping_app(choices, access, presence)
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url=access.origin) as client:
        yield client


@pytest.fixture
def reader(stranger: httpx.Client, access: Access) -> httpx.Client:
    assert stranger.get(access.address).status_code == 200
    stranger.headers["Origin"] = access.origin
    return stranger


FORM = {"field-0": "Email", "field-1": "Email", "field-2": "LastName, FirstName"}


def test_strangers_see_and_save_nothing(
    stranger: httpx.Client, access: Access, choices: Choices
) -> None:
    assert stranger.get("/").status_code == 403
    assert stranger.post("/", data=FORM, headers={"Origin": access.origin}).status_code == 403
    stranger.get(access.address)
    elsewhere = {"Origin": "http://evil.example"}
    assert stranger.post("/", data=FORM, headers=elsewhere).status_code == 403
    assert choices.mapping is None


def test_the_page_lists_columns_samples_and_fields(reader: httpx.Client) -> None:
    page = reader.get("/")
    assert page.status_code == 200
    assert "Mail &lt;b&gt;" in page.text
    assert "ana@acme.com" in page.text
    assert page.text.count("do not send") == 3
    assert "<option selected>Email</option>" in page.text
    assert "LastName, FirstName" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_a_choice_is_saved_and_ends_the_page(
    reader: httpx.Client, choices: Choices, presence: Presence
) -> None:
    done = reader.post("/", data=FORM)
    assert "Saved as mapping.yaml" in done.text
    assert presence.left() == 0
    mapping = choices.mapping
    assert mapping is not None
    assert mapping.fields == {"Mail <b>": "Email", "Alt": "Email"}
    assert [column.fallback for column in mapping.columns] == [0, 1, 0]
    assert mapping.columns[2].split == ("LastName", "FirstName")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        pytest.param(FORM | {"field-1": "LastName"}, "is given twice", id="a part twice"),
        pytest.param(FORM | {"field-1": "Emial"}, "Do you mean Email?", id="no field"),
    ],
)
def test_what_cannot_be_saved_is_told_and_kept(
    reader: httpx.Client, choices: Choices, presence: Presence, form: dict[str, str], says: str
) -> None:
    told = reader.post("/", data=form)
    assert told.status_code == 409
    assert says in told.text
    assert "Nothing was saved" in told.text
    assert choices.mapping is None
    assert presence.left() > 0


def test_a_form_without_fields_leaves_all_columns_out(
    reader: httpx.Client, choices: Choices
) -> None:
    reader.post("/", data={})
    assert choices.mapping is not None
    assert choices.mapping.fields == {}
