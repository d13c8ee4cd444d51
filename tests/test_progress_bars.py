"""How far a job is, where somebody looks and where nobody does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import httpx
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import gsprep
from gsprep.progress_bars import progress, stages_html
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE = pd.DataFrame({"Email": ["ana@acme.com", "bo@gmail.com"]})
COMPANIES = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"], "Domain": ["acme.com"]})


class Terminal(io.StringIO):
    """Takes what a terminal would."""

    def isatty(self) -> bool:
        """Say that somebody looks."""
        return True


def at(*times: float) -> Callable[[], float]:
    """Return a clock that shows these times, one after the other."""
    left = iter(times)
    return lambda: next(left)


def test_a_pipe_has_a_line_every_ten_seconds_at_most() -> None:
    pipe = io.StringIO()
    # Each line that is due looks twice.
    with progress(stream=pipe, clock=at(0, 5, 9.9, 10, 10, 19, 21, 21)) as show:
        show("clean", 0, 0)
        show("match", 0, 0)
        show("match", 5000, 12_000)
        show("upload", 1, 3)
        show(2, 3)
    assert pipe.getvalue() == "match: 5,000 of 12,000\nupload: 2 of 3\n"


def test_a_long_stage_has_its_pace_and_the_time_left() -> None:
    pipe = io.StringIO()
    with progress(stream=pipe, clock=at(0, 1, 11, 11, 21, 21, 31, 31)) as show:
        show("match", 100_000, 1_000_000)
        show("match", 200_000, 1_000_000)
        show("match", 900_000, 1_000_000)
        show("check", 0, 1_000_000)
    assert pipe.getvalue().splitlines() == [
        "match: 200,000 of 1,000,000, 10,000 a second, 2 min left",
        "match: 900,000 of 1,000,000, 40,000 a second, 2 s left",
        "check: 0 of 1,000,000",
    ]


def test_a_stage_of_unknown_length_is_named() -> None:
    pipe = io.StringIO()
    with progress(stream=pipe, clock=at(0, 11, 11)) as show:
        show("clean", 0, 0)
    assert pipe.getvalue() == "clean\n"


def test_a_short_job_says_nothing_in_a_pipe() -> None:
    pipe = io.StringIO()
    with progress(stream=pipe) as show, Store() as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with gsprep.Client("http://localhost", "key", transport=transport) as client:
            done = gsprep.run(PEOPLE, COMPANIES, client=client, progress=show)
            gsprep.upload(PEOPLE, client=client, progress=show)
    assert done.summary["status"] == "done"
    assert pipe.getvalue() == ""


def test_a_terminal_shows_every_stage_and_is_left_clean() -> None:
    screen = Terminal()
    with progress(stream=screen) as show:
        show("match", 0, 0)
        show("upload", 1, 3)
    drawn = screen.getvalue()
    assert "match" in drawn
    assert "1/3" in drawn
    assert drawn.endswith("\x1b[1A\x1b[2K")


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_an_error_ends_the_bars_and_goes_on(stream: type[io.StringIO]) -> None:
    with pytest.raises(ZeroDivisionError), progress(stream=stream()) as show:
        show("match", 1 // 0, 2)


def test_nothing_told_is_nothing_shown() -> None:
    pipe = io.StringIO()
    with progress(stream=pipe):
        pass
    assert pipe.getvalue() == ""


def test_matching_tells_how_many_people_are_decided() -> None:
    told: list[tuple[str, int, int]] = []
    gsprep.unify(PEOPLE, COMPANIES, progress=lambda *step: told.append(step))
    assert told == [("match", 2, 2)]


def test_bars_of_a_notebook_are_escaped() -> None:
    html = stages_html({"<b>": (1, 4), "clean": (1, 1)})
    assert "<b>" not in html
    assert "width:25.0%" in html
    assert "1 of 4" in html
    assert "1 of 1" not in html


CELL = """
import gsprep
with gsprep.progress() as show:
    show("match", 0, 0)
    for done in range(1, 5):
        show("<upload>", done, 4)
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
def test_a_notebook_shows_one_display_that_changes(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    resources = {"metadata": {"path": tmp_path}}
    NotebookClient(notebook, timeout=None, startup_timeout=300, resources=resources).execute()
    (output,) = notebook.cells[0].outputs
    assert output["output_type"] == "display_data"
    assert "&lt;upload&gt;" in output["data"]["text/html"]
    assert "4 of 4" in output["data"]["text/html"]
    assert "<script" not in output["data"]["text/html"]
