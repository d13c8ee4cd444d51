"""The review of the sample: alike people are decided at once, in the list."""

from __future__ import annotations

import shutil
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest
from built_site import demo
from playwright.sync_api import expect

from gsprep.cli.review_folder import next_command, read_folder, session_of
from gsprep.review.app import make_app
from gsprep.review.questions import further_columns_of
from gsprep.review.serve import Access, Presence, Server
from gsprep.review.session import Reviewer
from gsprep.shipped import shipped
from tests.browser.conftest import LOOKS, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from gsprep.review.session import Session

MOST_ACTIONS = 25


@pytest.fixture(scope="module")
def folder(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the folder of the demo."""
    return shutil.copytree(demo(shared_folder), tmp_path_factory.mktemp("demo") / "out")


@pytest.fixture
def session(folder: Path) -> Session:
    read, answers = read_folder(folder), folder / "answers.csv"
    answers.unlink(missing_ok=True)
    session = session_of(read, answers, shipped("samples", "companies.csv"), Reviewer("maria"))
    session.further = further_columns_of(session.questions)
    session.next_command = next_command(read, folder, answers)
    return session


@pytest.fixture
def address(session: Session) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with Server(make_app(session, access, Presence(600)), listener):
        yield access.address


def test_all_reviews_are_decided_in_a_few_actions(
    session: Session, address: str, open_page: Callable[..., Page]
) -> None:
    """Likely ones are accepted, page by page; the others have none of the companies."""
    page = open_page(address)
    actions = 0

    def act(do: Callable[[], object]) -> None:
        nonlocal actions
        actions += 1
        with page.expect_navigation():
            do()

    whole = len(session.questions)
    assert whole > 100  # enough that no one would decide them one by one
    act(page.get_by_role("link", name="List").click)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("First company at least").select_option("80")
    act(page.get_by_role("button", name="Apply").click)
    likely = page.get_by_role("heading", level=1).inner_text()
    for choice in ("1", "0"):
        while page.locator("input[name=pick]").count():
            act(partial(page.keyboard.press, "a"))
            act(partial(page.keyboard.press, choice))
        if choice == "1":
            assert len(session.state().held) == int(likely.split()[0]) > 0
            act(lambda: page.goto(page.url.partition("?")[0].removesuffix("/people") + "/people"))
    expect(page.locator("h1")).to_have_text("All people are decided")
    expect(page.locator("code.next")).to_contain_text("gsprep demo --out ")
    assert len(session.state().held) == whole
    assert actions + 2 <= MOST_ACTIONS


@pytest.mark.parametrize("look", LOOKS)
def test_the_list_with_a_selection_is_for_everybody(
    address: str, open_page: Callable[..., Page], look: dict[str, object]
) -> None:
    page = open_page(address, **look)
    page.goto(page.url.partition("/people")[0] + "/people?pick=all&sure=50")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_the_back_button_shows_a_search_again(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address)
    page.get_by_label("Name, domain or Gsid").fill("a")
    page.get_by_role("button", name="Search").click()
    found = page.get_by_role("list", name="Companies found")
    expect(found).to_be_visible()
    page.get_by_role("link", name="List").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("open")
    page.go_back()
    expect(found).to_be_visible()
