"""The report in a real browser: its pictures, and that everybody can read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from gsprep.calls.limits import Limits, Window
from gsprep.pipeline import run
from gsprep.report.page import render
from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.shipped import shipped
from gsprep.tables.read import read_table
from gsprep.unification.prepare import usable_companies
from gsprep.uploader.client import Client
from tests.browser.conftest import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 200_000
WIDTH = 1040


@dataclass
class Clock:
    """A clock on which each look takes a quarter of a second."""

    time: float = 1_795_600_800.0

    def now(self) -> float:
        """Return the time after this look."""
        self.time += 0.25
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a run of the sample, sent with 15 calls a minute at most."""
    people = read_table(shipped("samples", "people.csv"))
    companies = read_table(shipped("samples", "companies.csv"))
    companies = companies.rename(columns={"CompanyName": "Name"})
    clock = Clock()
    limits = Limits(
        windows=(Window(15, 60.0), Window(1_000, 86_400.0)), sleep=clock.sleep, now=clock.now
    )
    with Store() as store:
        store.add_companies(usable_companies(companies)[0].to_dict("records"))  # type: ignore[arg-type]  # names are text
        transport = httpx.WSGITransport(app=make_app(store, limits=UNLIMITED))
        with Client("http://localhost", "key", transport=transport, limits=limits) as client:
            done = run(people, companies, client=client)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(done), encoding="utf-8")
    return path


@pytest.fixture
def page(open_page: Callable[..., Page], report: Path) -> Page:
    """Return the report as it opens from disk."""
    return open_page(report.as_uri(), "**", viewport={"width": WIDTH, "height": 860})


def test_axe_finds_nothing(page: Page) -> None:
    assert violations(page) == []


@pytest.mark.parametrize("width", [375, 768, 1400])
def test_no_window_is_too_narrow(page: Page, width: int) -> None:
    """Wide tables scroll by themselves, never the page."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_pictures_can_be_taken(page: Page, tmp_path: Path) -> None:
    """With GSPREP_PICTURES set they are taken where they stand in the documentation."""
    folder = IMAGES if os.environ.get("GSPREP_PICTURES") else tmp_path
    page.screenshot(path=folder / "report-top.png")
    for name, heading in (("report-sure.png", "How sure"), ("report-sent.png", "Over time")):
        top = page.get_by_role("heading", name=heading, exact=True).bounding_box()
        assert top is not None
        clip = {"x": 0.0, "y": top["y"] - 20, "width": WIDTH, "height": 720}
        page.screenshot(path=folder / name, full_page=True, clip=clip)  # type: ignore[arg-type]  # a dict of its shape
    for name in ("report-top.png", "report-sure.png", "report-sent.png"):
        assert 0 < (folder / name).stat().st_size < LARGEST
        assert 0 < (IMAGES / name).stat().st_size < LARGEST
