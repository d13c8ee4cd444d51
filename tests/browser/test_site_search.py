"""The search of the site in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from built_site import site

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

LONGEST = 60_000


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebooks' kernel
@pytest.mark.parametrize(
    ("words", "page"),
    [
        pytest.param("GSOBJ_VDTEMAIL1001", "error-codes.html", id="a code of the service"),
        pytest.param("title row", "how-to/reading.html", id="words of a how-to"),
        pytest.param("find_duplicates", "reference/python/duplicates.html", id="a call"),
        pytest.param("max-rejected", "reference/commands/check.html", id="an option"),
    ],
)
def test_search_finds(chromium: Browser, shared_folder: Path, words: str, page: str) -> None:
    built = site(shared_folder)
    with chromium.new_context() as context:
        opened = context.new_page()
        opened.goto(f"{(built / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
        found = opened.locator("#search-results li a")
        found.first.wait_for(timeout=LONGEST)
        opened.wait_for_function(
            "document.querySelector('#search-results h2, #search-results .search-summary')"
            "?.textContent.match(/finished|found/i)",
            timeout=LONGEST,
        )
        hrefs = [link.get_attribute("href") or "" for link in found.all()]
    assert any(page in href for href in hrefs), hrefs
