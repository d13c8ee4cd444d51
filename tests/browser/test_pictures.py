"""The pictures of the documentation: with GSPREP_PICTURES set they are taken where they stand.

Without it they are taken all the same, into a folder that is thrown away, so that they can be.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Served

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 200_000


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return the folder for the pictures."""
    return IMAGES if os.environ.get("GSPREP_PICTURES") else tmp_path


def test_the_pictures_can_be_taken(
    served: Served, open_page: Callable[..., Page], images: Path
) -> None:
    images.mkdir(exist_ok=True)
    page = open_page(served.address, viewport={"width": 1180, "height": 880})
    page.screenshot(path=images / "review.png")
    page.keyboard.press("1")
    page.wait_for_url("**/people/2")
    page.goto(f"{served.origin}/people?show=all")
    page.screenshot(
        path=images / "review-list.png", clip={"x": 0, "y": 0, "width": 1180, "height": 560}
    )
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(f"{served.origin}/people/2")
    page.screenshot(path=images / "review-phone.png")
    for name in ("review.png", "review-list.png", "review-phone.png"):
        assert 0 < (images / name).stat().st_size < LARGEST


@pytest.mark.parametrize("name", ["review.png", "review-list.png", "review-phone.png"])
def test_the_pictures_of_the_documentation_are_small(name: str) -> None:
    assert 0 < (IMAGES / name).stat().st_size < LARGEST
