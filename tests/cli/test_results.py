"""Results on a terminal and in a pipe: the same numbers, in two forms."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from gsprep.cli.console import Counts, FindingCounts, Summary, Sums, print_lines
from gsprep.report.finding_counts import FindingCount
from gsprep.report.summary import Part, Whole

if TYPE_CHECKING:
    import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
EMAIL = "Email is not an e-mail address that the service accepts."
NOBODY = dict.fromkeys(("stored", "refused", "unknown", "unsent", "rejected"), 0)
SUMMARY = {
    "input": {"file": "people.csv", "sheet": "", "rows": 12_000}, "target": "acme",
    "read": 12_000, "valid": 11_000, "rejected": 1000, "match": 6000, "review": 1, "no_match": 4999,
    "persons": NOBODY | {"stored": 11_000},
    "company_persons": NOBODY | {"stored": 5000, "refused": 1000},
    "relationship_persons": NOBODY, "mode": "sync", "calls": 240, "seconds": 154.04,
}  # fmt: skip
SHOWN = [
    Summary(SUMMARY),
    Counts({"match": 3, "review": 1200}),
    FindingCounts(
        [FindingCount("error", "GSOBJ_VDTEMAIL1001", "Email", 1200, EMAIL, "Write one.")]
    ),
    "a line",
]


def drawn(**options: object) -> str:
    """Return what a terminal of 100 columns is shown."""
    screen = io.StringIO()
    settings = {"file": screen, "force_terminal": True, "width": 100, "legacy_windows": False}
    print_lines(SHOWN, Console(highlight=False, **(settings | options)))  # type: ignore[arg-type]
    return screen.getvalue()


def test_a_terminal_is_shown_a_table() -> None:
    """A changed line is a decision: look at it, then write it down."""
    told = "\n".join(line.rstrip() for line in drawn(color_system=None).splitlines()) + "\n"
    assert told == (GOLDEN / "summary_on_terminal.txt").read_text(encoding="utf-8")


def test_without_colours_nothing_is_drawn_that_only_colours_tell_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    told = drawn(color_system="standard")
    assert "━" not in told
    assert "\x1b[3" not in told
    assert "11,000 valid · 1,000 rejected" in told


def test_colours_say_what_the_words_mean() -> None:
    told = drawn(color_system="standard")
    assert "\x1b[32m11,000 valid\x1b[0m" in told
    assert "\x1b[31m1,000 rejected\x1b[0m" in told
    assert "\x1b[33m1 review\x1b[0m" in told


def test_a_bar_is_as_long_as_its_part_of_the_largest() -> None:
    (line,) = [line for line in drawn(color_system=None).splitlines() if "company persons" in line]
    assert line.count("━") == 12


def test_a_pipe_gets_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(SHOWN)
    said = capsys.readouterr()
    assert said.err == ""
    assert "\x1b" not in said.out
    assert said.out.splitlines()[:2] == [
        "input                   people.csv, 12,000 rows",
        "target                  acme",
    ]
    assert said.out.splitlines()[2] == (
        "read                       12000 = 11000 valid + 1000 rejected"
    )
    assert said.out.splitlines()[-5:] == [
        "       3  match",
        "    1200  review",
        f"    1200  error    GSOBJ_VDTEMAIL1001   Email                {EMAIL}",
        "                   Write one.",
        "a line",
    ]


def test_what_a_header_holds_is_no_markup() -> None:
    told = FindingCounts([FindingCount("error", "C", "x", 1, "[red]Shoe[/red] is wrong.", "")])
    screen = io.StringIO()
    print_lines([told], Console(file=screen, force_terminal=True, width=80))
    assert "[red]Shoe[/red]" in screen.getvalue()


def test_nothing_is_a_table_too() -> None:
    empty = Sums((Whole("read", (Part("valid", 0),)),))
    screen = io.StringIO()
    print_lines([empty, Counts({}), FindingCounts([])], Console(file=screen, force_terminal=True))
    assert "read" in screen.getvalue()
    assert json.dumps(screen.getvalue()).count("valid") == 0
