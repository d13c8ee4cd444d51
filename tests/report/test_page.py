"""The run as a page: self-contained, escaped, and without a cell of the data."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import UploadError
from gsprep.pipeline import run
from gsprep.report.page import render

if TYPE_CHECKING:
    from gsprep.results import RunResult

GOLDEN = Path(__file__).parents[1] / "golden"
_VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Tags(HTMLParser):
    """Collects the tags and whether each is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_stands_as_it_was_read(result: RunResult) -> None:
    """A changed line is a decision: look at the page, then write it down."""
    assert render(result) == (GOLDEN / "report.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(result: RunResult) -> None:
    page = _Tags(render(result))
    assert page.open == []
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    for _, attributes in page.seen:
        assert not {"src", "href", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in render(result)
    assert "default-src 'none'" in render(result)


def test_names_of_columns_are_escaped(result: RunResult) -> None:
    """A header is the user's text: it is shown and never becomes a tag."""
    page = render(result)
    assert "&lt;Shoe&gt;" in page
    assert "<Shoe>" not in page
    assert "<b>" not in page


def test_notes_are_shown_and_escaped(result: RunResult) -> None:
    page = render(replace(result, notes=("a < b & c",)))
    assert "<li>a &lt; b &amp; c</li>" in page


def test_why_a_run_stopped_is_said(result: RunResult) -> None:
    page = render(replace(result, stopped=UploadError("interrupted <here>")))
    assert "<strong>Stopped:</strong> interrupted &lt;here&gt;" in page
    assert "Stopped" not in render(result)


def test_no_cell_stands_on_the_page(result: RunResult) -> None:
    text = " ".join(_Tags(render(result)).text)
    for cell in ("ana@acme.com", "Ana Ruiz", "Berg", "gmail", "Bold", "Bolt", "bolt.io"):
        assert cell not in text


def test_an_empty_run_has_a_page_too() -> None:
    """No division by nothing, no empty tables."""
    nobody = pd.DataFrame({"Email": pd.Series(dtype="str")})
    companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"]})
    page = _Tags(render(run(nobody, companies)))
    assert page.open == []
    assert "Rows read: 0" in page.text
    assert "table" not in {tag for tag, _ in page.seen}
