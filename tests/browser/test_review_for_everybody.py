"""The review page with axe: no violation on any page, in the light, in the dark, on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import LOOKS, violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Served


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(served: Served, open_page: Callable[..., Page], look: dict) -> None:
    page = open_page(served.address, **look)
    assert violations(page) == []
    page.get_by_text("Filter", exact=True).click()
    assert violations(page) == []
    page.get_by_text("Filter", exact=True).click()
    page.get_by_text("Who else?").first.click()
    page.get_by_label("Name, domain or Gsid").fill("harb")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("A note with the answer").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("everyone at nordwind.example").check()
    page.get_by_role("button", name="Nordwind Energie GmbH").click()
    for path in ("/people/1", "/people", "/people?show=answered", "/keys", "/?why=1"):
        page.goto(served.origin + path)
        assert violations(page) == [], path
    page.keyboard.press("?")
    assert violations(page) == []


def test_the_keyboard_alone_reaches_everything_in_the_order_it_is_read(page: Page) -> None:
    """Tab goes through the page from top to bottom, and each stop can be seen."""
    reached: list[str] = []
    for _ in range(25):
        page.keyboard.press("Tab")
        element = page.evaluate(
            """() => {
                const at = document.activeElement, box = at.getBoundingClientRect();
                const seen = getComputedStyle(at).outlineStyle !== 'none';
                return [(at.innerText || at.id).trim().split('\\n').pop(), seen, box.width > 0];
            }"""
        )
        if element[0] and element[0] not in reached:
            assert element[1:] == [True, True], element
            reached.append(element[0])
    wanted = ["Skip to the content", "List", "scope-email", "text", "None of these", "Skip"]
    assert [name for name in reached if name in wanted] == wanted
