"""The pictures of the event list: its report and its review page."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blocks import blocks_of
from event_list import write_companies, write_event_list

from gsprep.cli.main import run_command
from gsprep.cli.review_folder import read_folder, session_of
from gsprep.review.app import make_app
from gsprep.review.serve import Access, Presence, Server
from gsprep.review.session import Reviewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 200_000


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return the folder for the pictures: that of the documentation with GSPREP_PICTURES set."""
    return IMAGES if os.environ.get("GSPREP_PICTURES") else tmp_path


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a run of the event list."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "home"))
    write_event_list(tmp_path / "event.xlsx")
    write_companies(tmp_path / "companies.csv")
    page = Path(__file__).parents[2] / "docs" / "how-to" / "event-list.md"
    mapping = next(block for block in blocks_of(page) if "mapping" in block.marks)
    Path("mapping.yaml").write_text(mapping.text, encoding="utf-8")
    files = ["event.xlsx", "--mapping", "mapping.yaml", "--companies", "companies.csv"]
    assert run_command(["run", *files, "--dry-run", "--out", "out"]) == 1
    return tmp_path / "out"


def test_the_report_is_shown(open_page: Callable[..., Page], out: Path, images: Path) -> None:
    look = {"viewport": {"width": 1040, "height": 620}}
    page = open_page((out / "report.html").as_uri(), "**", **look)
    assert "event.xlsx" in page.content()
    page.screenshot(path=images / "event-report.png")
    assert 0 < (images / "event-report.png").stat().st_size < LARGEST


def test_the_review_is_shown(open_page: Callable[..., Page], out: Path, images: Path) -> None:
    companies = out.parent / "companies.csv"
    session = session_of(read_folder(out), out / "answers.csv", companies, Reviewer("dana"))
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with Server(make_app(session, access, Presence(600)), listener):
        page = open_page(access.address, viewport={"width": 1180, "height": 800})
        assert "Chidi Okafor" in page.content()
        page.screenshot(path=images / "event-review.png")
    assert 0 < (images / "event-review.png").stat().st_size < LARGEST


@pytest.mark.parametrize("name", ["event-report.png", "event-review.png"])
def test_the_pictures_of_the_documentation_are_small(name: str) -> None:
    assert 0 < (IMAGES / name).stat().st_size < LARGEST
