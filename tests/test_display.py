from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

import gsprep
from gsprep.display import (
    bar_html,
    counts_html,
    frame_html,
    heading,
    legible,
    mask,
    outline,
    plain,
    printable,
    shown_value,
    steps_html,
)
from gsprep.settings import asks_to_reveal, reveal_if_asked

if TYPE_CHECKING:
    from collections.abc import Iterator


@each_row(
    ("value", "shown"),
    [
        pytest.param("jane@acme.com", "j***@a***.com", id="address"),
        pytest.param("j@a.co.uk", "j***@a***.uk", id="short address"),
        pytest.param("Jane Doe", "J***", id="name"),
        pytest.param("jane@acme", "j***", id="half an address"),
        pytest.param("@acme.com", "@***", id="nobody"),
        pytest.param("+14155550102", "+***", id="phone"),
        pytest.param("", "", id="empty"),
    ],
)
def test_mask(value: str, shown: str) -> None:
    assert mask(value) == shown


# An asterisk in the value would be taken for one of the mask's.
UNMASKED = st.characters(exclude_characters="*", exclude_categories=["Cs"])


@given(st.text(UNMASKED, min_size=2), st.text(UNMASKED, min_size=2))
def test_a_masked_value_shows_one_letter_of_each_part(mailbox: str, host: str) -> None:
    for value in (mailbox, f"{mailbox}@{host}.com"):
        assert value == mask(value) or value not in mask(value)
        assert len(mask(value)) <= 4 + 1 + 4 + 1 + len(value.rpartition(".")[2])


@each_row(
    ("value", "drawn"),
    [
        pytest.param("Jané@ACME.com", "Xxxx@XXXX.xxx", id="letters keep their case"),
        pytest.param("+1 (415) 555-0102", "+0 (000) 000-0000", id="digits"),
        pytest.param("\u5c71\u7530 \u0665\u00bd", "xx 00", id="letters and digits of any script"),
        pytest.param("a\u200b\u202eb\t", "x\\u200b\\u202ex\\u0009", id="what cannot be seen"),
        pytest.param("a" * 61, "x" * 60 + "…", id="long"),
        pytest.param("", "", id="empty"),
    ],
)
def test_outline(value: str, drawn: str) -> None:
    assert outline(value) == drawn


SECRET = "<script>alert('canary')</script>"


@each_row("dtype", [None, "category", "string", object])
def test_cells_are_masked_and_escaped(dtype: object) -> None:
    frame = pd.DataFrame({"row_id": ["1"], "Name": [SECRET]}).astype({"Name": dtype or "str"})
    html = frame_html(frame)
    assert "canary" not in html
    assert "<script" not in html
    assert "&lt;***" in html
    shown = frame_html(frame, reveal=True)
    assert "canary" in shown
    assert "<script" not in shown


@each_row("value", [4155550102, 4155550102.5, ["canary"], pd.Timestamp("2026-11-20")])
def test_what_is_no_text_is_masked_as_well(value: object) -> None:
    html = frame_html(pd.DataFrame({"Phone": [value]}))
    assert f">{str(value)[:1]}***</td>" in html.replace("&#x27;", "'")
    assert str(value) not in html


def test_missing_is_shown_as_nothing() -> None:
    missing = [None, float("nan"), pd.NA, pd.NaT]
    html = frame_html(pd.DataFrame({"Name": pd.Series(missing, dtype=object)}))
    assert html.count("'></td>") == 4
    assert frame_html(pd.DataFrame({"n": pd.array([None], dtype="Int64")})).count("'></td>") == 1


def test_columns_of_ours_are_open() -> None:
    html = frame_html(pd.DataFrame({"row_id": ["7"], "code": ["GSOBJ_VDTEMAIL1001"], "batch": [3]}))
    assert [cell in html for cell in (">7<", ">GSOBJ_VDTEMAIL1001<", ">3<")] == [True] * 3


def test_only_the_first_rows_are_shown() -> None:
    frame = pd.DataFrame({"row_id": [str(n) for n in range(9)]}, index=[0] * 9)
    assert frame_html(frame).count("<td") == 5
    assert frame_html(frame, rows=2).count("<td") == 2
    assert frame_html(frame.iloc[:0]).count("<td") == 0


def test_headers_and_counts_are_escaped() -> None:
    assert "<b>" not in frame_html(pd.DataFrame({"<b>": ["x"]}))
    assert "<b>" not in counts_html("<b>", {"<b>": "<b>"})


@each_row(
    ("done", "whole", "width"),
    [(1, 4, "25.0"), (0, 0, "0.0"), (5, 4, "100.0"), (-1, 4, "0.0"), (float("nan"), 1, "0.0")],
)
def test_a_bar_stays_within_its_frame(done: float, whole: float, width: str) -> None:
    assert f"width:{width}%" in bar_html(done, whole)


def test_only_numbers_have_bars() -> None:
    assert counts_html("n", {"a": 1, "b": "x"}, of=4).count("width:12em") == 1
    assert "width:12em" not in counts_html("n", {"a": 1})
    assert ">1,200,000<" in counts_html("n", {"a": 1_200_000})


@each_row(
    ("name", "shown"),
    [
        ("Phone", "Phone"),
        ("ana@acme.com", "a***@a***.com"),
        ("a\n b", "a b"),
        ("x" * 61, "x" * 60 + "…"),
        (7, "7"),
    ],
)
def test_a_header_is_short_and_no_address(name: object, shown: str) -> None:
    assert heading(name) == shown


def test_a_result_in_one_line() -> None:
    assert plain("Cleaned", {"rows": 3, "changes": 2}) == "Cleaned(rows=3, changes=2)"
    assert plain("Nothing", {}) == "Nothing()"


@each_row(
    ("value", "shown"),
    [
        pytest.param("  Acme \n GmbH\t", "Acme GmbH", id="blanks"),
        pytest.param("\u202eevil\u2066", "[U+202E]evil[U+2066]", id="direction of text"),
        pytest.param("a\x00\x1b[31m", "a[U+0000][U+001B][31m", id="controls"),
        pytest.param("a\u200bb\u00adc", "a[U+200B]b[U+00AD]c", id="invisible"),
        pytest.param(
            "\u0646\u0645\u06cc\u200c\u062e\u0648",
            "\u0646\u0645\u06cc\u200c\u062e\u0648",
            id="a joiner",
        ),
        pytest.param(
            "Müller 株式会社 👩\u200d🚒", "Müller 株式会社 👩\u200d🚒", id="what people write"
        ),
        pytest.param("\ud83d", "[U+D83D]", id="half a character"),
        pytest.param("<b>", "<b>", id="escaped where it is put into a page"),
    ],
)
def test_what_hides_is_written_out(value: str, shown: str) -> None:
    assert legible(value) == shown


@given(st.text(), st.integers(1, 50))
def test_what_is_shown_is_short_and_prints(value: str, longest: int) -> None:
    shown = legible(value, longest)
    # A hidden character becomes its code, of ten characters at most.
    assert len(shown) <= 10 * longest + 1
    assert all(c.isprintable() or c in "\u200c\u200d" for c in shown)


GSID = "1P02" + "4155550102AB" * 2 + "CDEFGHIJ"


@each_row(
    ("column", "value"),
    [
        ("CompanyName", "Acme Inc"),
        ("company_name", "1-800 Flowers 4155550102"),
        ("Country", "Deutschland"),
        ("Country", "de"),
        ("Title", "Head of R&D, 24/7"),
        ("reason", "Their domain is the company's."),
        ("row_id", "Contacts:1"),
        ("error_code", "GSOBJ_VDTEMAIL1001"),
        ("Shoe", "38"),
        ("Active", "true"),
        ("Company_ID", "not checked"),
        ("Gsid", GSID),
        ("Parent", GSID),
    ],
)
def test_what_tells_no_person_is_shown(column: str, value: str) -> None:
    assert shown_value(column, value) == value
    assert f">{value.replace('&', '&amp;').replace(chr(39), '&#x27;')}<" in frame_html(
        pd.DataFrame({column: [value]})
    )


@each_row(
    ("column", "value"),
    [
        ("Email", "ana@acme.com"),
        ("Name", "Ana Ruiz"),
        ("LastName", "Li"),
        ("Phone", "+1 415 555-0102"),
        ("LinkedinUrl", "linkedin.com/in/ana"),
        ("MailingStreet", "4 Elm Road"),
        ("Comments", "met her in May"),
        ("by", "maria"),
        ("error_message", "Ana Ruiz is there twice"),
        pytest.param("Country", "Ana Ruiz", id="a name in a shifted file"),
        pytest.param("Title", "ana@acme.com", id="an address in a shifted file"),
        pytest.param("CompanyName", "(415) 555-01-02", id="a phone in a shifted file"),
        pytest.param("Title", "https://linkedin.com/in/ana", id="a page in a shifted file"),
        pytest.param("error_field", "ana@acme.com", id="an address that a service repeats"),
    ],
)
def test_what_tells_a_person_is_masked(column: str, value: str) -> None:
    assert shown_value(column, value) == mask(value)
    assert value not in frame_html(pd.DataFrame({column: [value]}))
    with gsprep.reveal():
        assert shown_value(column, value) == value


@each_row("cell", ["value", "before", "after", "suggestion"])
def test_a_logged_cell_is_masked_as_its_column_is(cell: str) -> None:
    lines = pd.DataFrame({"column": ["Title", "Name"], cell: ["Boss", "Ana"]})
    assert ">Boss<" in frame_html(lines)
    assert ">A***<" in frame_html(lines)


@pytest.fixture
def _masked_again() -> Iterator[None]:
    yield
    gsprep.reveal(shown=False)


@pytest.mark.usefixtures("_masked_again")
def test_values_are_shown_for_a_while_or_for_the_session() -> None:
    with gsprep.reveal():
        with gsprep.reveal(shown=False):
            assert shown_value("Name", "Ana") == "A***"
        assert shown_value("Name", "Ana") == "Ana"
    assert shown_value("Name", "Ana") == "A***"
    assert repr(gsprep.reveal()) == "values are shown; gsprep.reveal(False) masks them"
    assert ">Ana<" in frame_html(pd.DataFrame({"Name": ["Ana"]}))


@pytest.mark.usefixtures("_masked_again")
@pytest.mark.parametrize(
    ("said", "shown"), [("1", "Ana"), (" 1 ", "Ana"), ("0", "A***"), ("", "A***")]
)
def test_the_environment_can_ask_to_show_values(said: str, shown: str) -> None:
    assert asks_to_reveal({"GSPREP_REVEAL": said}) == (shown == "Ana")
    reveal_if_asked({"GSPREP_REVEAL": said})
    assert shown_value("Name", "Ana") == shown


def test_what_cannot_be_seen_is_printed_as_its_code() -> None:
    assert printable("\u202eAcme\t ") == "\\u202eAcme\\u0009 "
    assert printable("x" * 61) == "x" * 60 + "…"


def test_a_bar_has_the_colour_of_its_meaning() -> None:
    """As in the report: green is good, red is not, yellow waits for a person."""
    html = counts_html("n", {"stored": 1, "persons: refused": 1, "review": 1, "warnings": 1}, of=2)
    colours = re.findall(r"background:(#\w+)", html)
    assert colours[0] != colours[1] != colours[2] == colours[3]
    dots = frame_html(pd.DataFrame({"verdict": ["match", "review"], "Shoe": ["1", "2"]}))
    assert dots.count("●") == 2


def test_a_table_has_a_title() -> None:
    assert "<b>" not in frame_html(pd.DataFrame({"n": ["1"]}), title="<b>")
    assert ">First 1 of 1 lines</caption>" in frame_html(
        pd.DataFrame({"n": ["1"]}), title="First 1 of 1 lines"
    )


@given(st.lists(st.floats(-20, 20), max_size=8))
def test_steps_stay_within_their_frame(values: list[float]) -> None:
    html = steps_html("t", [("<s>", value) for value in values])
    assert "<s>" not in html
    for start, width in re.findall(r"margin-left:([\d.-]+)%;width:([\d.-]+)%", html):
        assert float(start) >= 0
        assert float(start) + float(width) <= 101
    assert html.count("<tr>") == len(values)


def test_a_step_begins_where_the_one_before_ended() -> None:
    html = steps_html("t", [("a", 4.0), ("b", -2.0), ("c", 2.0)])
    bars = re.findall(
        r"margin-left:([\d.]+)%;width:([\d.]+)%;height:100%;border-radius:.3em;background:(#\w+)",
        html,
    )
    assert [(start, width) for start, width, _ in bars] == [
        ("0.0", "100.0"), ("50.0", "50.0"), ("50.0", "50.0"),
    ]  # fmt: skip
    assert bars[0][2] == bars[2][2] != bars[1][2]
    alone = steps_html("t", [("a", 4.0), ("b", -4.0)], running=False)
    assert re.findall(r"margin-left:([\d.]+)%", alone) == ["50.0", "0.0"]
