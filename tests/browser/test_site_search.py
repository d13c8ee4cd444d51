"""The search of the site in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from built_site import site
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

MOST = 3
RESULTS = "#search-results li a"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebooks' kernel
@pytest.mark.parametrize(
    ("words", "page"),
    [
        pytest.param("GSOBJ_VDTEMAIL1001", "error-codes.html", id="a code of the service"),
        pytest.param("title row", "how-to/reading.html", id="words of a how-to"),
        pytest.param("find_duplicates", "reference/python/duplicates.html", id="a call"),
        pytest.param("max-rejected", "reference/exit-codes.html", id="an option"),
    ],
)
def test_search_finds(chromium: Browser, shared_folder: Path, words: str, page: str) -> None:
    built = site(shared_folder)
    with chromium.new_context() as context:
        context.set_default_timeout(PATIENCE)
        opened = context.new_page()
        opened.goto(f"{(built / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
        expect(opened.locator(".search-summary")).to_contain_text("found")
        hrefs = [link.get_attribute("href") or "" for link in opened.locator(RESULTS).all()]
    assert any(page in href for href in hrefs[:MOST]), hrefs
