"""The page for the same person twice in a real browser: keys, answers, accessibility."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.cli.duplicates import pair_session_of
from gsprep.review.app import make_pair_app
from gsprep.review.serve import Access, Presence, Server
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates
from gsprep.unification.duplicates.output_tables import tables_of
from gsprep.unification.rulebook import Rulebook
from tests.browser.conftest import LOOKS, Served, violations
from tests.browser.test_pictures import IMAGES, LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

PEOPLE = pd.DataFrame(
    [
        ("1", "Mara", "Lindqvist", "mara.lindqvist@nordwind.example", "Nordwind Energie", "Buyer"),
        ("2", "Mara", "Lindqvist", "mara.lindqvist@nordwind.example", "Nordwind", None),
        ("3", "M.", "Lindqvist", "mlindqvist@gmail.com", "Nordwind", "Head of Buying"),
        ("4", "Bo", "Berg", "bo@bolt.example", "Bolt GmbH", "CEO"),
        ("5", "Bob", "Berg", "berg@gmail.com", "Bolt", "CEO"),
        ("6", "Li", "Wei", "li.wei@gmail.com", "Harbour & Sons Ltd", None),
    ],
    columns=["row_id", "FirstName", "LastName", "Email", "CompanyName", "Title"],
).astype("str")
BOOK = Rulebook.model_validate({
    "intercept": 0.0, "model": {"same_name": 0.0},
    "compare": {
        "FirstName": {"kind": "person_name", "part": "given"},
        "LastName": {"kind": "person_name", "part": "surname"},
        "Email": "email", "CompanyName": "company_name", "Title": "text",
    },
    "decide": {"match_from": 0.99, "review_from": 0.0000001},
})  # fmt: skip


@pytest.fixture
def pairs(tmp_path: Path) -> Iterator[Served]:
    """Serve a list in which two records are merged and others may be."""
    found = find_duplicates(PEOPLE, BOOK)
    for name, table in tables_of(PEOPLE, found, merge_duplicates(PEOPLE, found)).items():
        write_table(table, tmp_path / name)
    answers = tmp_path / "pair_answers.csv"
    session = pair_session_of(tmp_path, answers, "maria")
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with Server(make_pair_app(session, access, Presence(600)), listener):
        yield Served(access.address, access.origin, answers)


@pytest.fixture
def open_pairs(pairs: Served, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Return a function that opens the page of the first question."""
    return lambda **look: open_page(pairs.address, wait="**/pairs/*", **look)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    pairs: Served, open_pairs: Callable[..., Page], look: dict[str, object]
) -> None:
    page = open_pairs(**look)
    assert violations(page) == []
    page.get_by_text("Filter", exact=True).click()
    assert violations(page) == []
    for path in ("/pairs", "/pairs?show=groups", "/keys", "/?sure=99"):
        page.goto(pairs.origin + path)
        assert violations(page) == [], path
    page.goto(pairs.origin + "/pairs?show=groups")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/pairs/*")
    assert violations(page) == []


def test_one_key_decides_and_the_last_page_names_the_command(
    pairs: Served, open_pairs: Callable[..., Page]
) -> None:
    page = open_pairs()
    first = page.url
    page.keyboard.press("m")
    page.wait_for_url(lambda url: url != first)
    assert read(pairs.answers).frame["answer"].unique().tolist() == ["match"]
    page.keyboard.press("u")
    page.wait_for_url("**told=back*")
    assert read(pairs.answers).frame.empty
    page.keyboard.press("l")
    page.wait_for_url("**/pairs")
    page.keyboard.press("a")
    page.wait_for_url("**pick=all*")
    page.keyboard.press("n")
    page.get_by_role("heading", name="Everything is decided").wait_for()
    assert page.get_by_text("gsprep duplicates").is_visible()
    assert set(read(pairs.answers).frame["answer"]) == {"no_match"}


def test_a_key_splits_a_record_out_of_its_group(
    pairs: Served, open_pairs: Callable[..., Page]
) -> None:
    page = open_pairs()
    while not page.get_by_role("button", name="Split out").count():
        before = page.url
        page.keyboard.press("s")
        page.wait_for_url(lambda url, before=before: url != before)
    page.get_by_role("button", name="Split out").first.click()
    page.get_by_text("split out", exact=True).first.wait_for()
    assert read(pairs.answers).frame["answer"].tolist() == ["no_match"]


def test_the_picture_of_the_documentation_can_be_taken(
    open_pairs: Callable[..., Page], tmp_path: Path
) -> None:
    """With GSPREP_PICTURES it is taken where it stands."""
    images = IMAGES if os.environ.get("GSPREP_PICTURES") else tmp_path
    page = open_pairs(viewport={"width": 1180, "height": 880})
    page.screenshot(path=images / "review-pairs.png")
    assert 0 < (images / "review-pairs.png").stat().st_size < LARGEST
    assert 0 < (IMAGES / "review-pairs.png").stat().st_size < LARGEST
