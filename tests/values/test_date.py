"""Dates that name one day, and those that could name two."""

from __future__ import annotations

import datetime as dt

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.date import (
    date_order,
    is_epoch,
    is_moment,
    iso_date,
    iso_moment,
    moment_of_number,
    repair_date,
)


@each_row(
    ("text", "day"),
    [
        pytest.param("2026-11-20", "2026-11-20", id="ISO"),
        pytest.param("2026/1/2", "2026-01-02", id="year first"),
        pytest.param("20.11.2026", "2026-11-20", id="dots"),
        pytest.param("3.4.2026", "2026-04-03", id="dots: the day stands first"),
        pytest.param("11/20/2026", "2026-11-20", id="no month 20: American"),
        pytest.param("20/11/2026", "2026-11-20", id="no month 20: British"),
        pytest.param("20-11-2026", "2026-11-20", id="hyphens"),
        pytest.param("05/05/2026", "2026-05-05", id="the same both ways"),
        pytest.param("Nov 20, 2026", "2026-11-20", id="named month"),
        pytest.param("20 november 2026", "2026-11-20", id="named month, small"),
        pytest.param("20-Nov-2026", "2026-11-20", id="named month, hyphens"),
        pytest.param("2026 Nov 20", "2026-11-20", id="year in front of a named month"),
        pytest.param("15 января 2026 г.", "2026-01-15", id="Russian year"),
        pytest.param("2026. 1. 15.", "2026-01-15", id="Korean dots"),
        pytest.param("令和8年1月15日", "2026-01-15", id="Japanese era"),
        pytest.param("平成元年1月15日", "1989-01-15", id="first year of an era"),
        pytest.param("15 มกราคม 2569", "2026-01-15", id="year of Buddha"),
        pytest.param("15/01/2569", None, id="year of Buddha, or a mistake"),
        pytest.param("15 January 2569", None, id="no year of Buddha"),
        pytest.param(" 2026-11-20\u00a0", "2026-11-20", id="pasted"),
        pytest.param("20. 11. 2026", "2026-11-20", id="Czech blanks"),
        pytest.param("20.11.2026.", "2026-11-20", id="Croatian dot"),
        pytest.param("20/Nov/2026", "2026-11-20", id="named month, slashes"),
        pytest.param("20NOV2026", "2026-11-20", id="named month between digits"),
        pytest.param("20th of November 2026", "2026-11-20", id="named month, of"),
        pytest.param("2026-11-20Z", "2026-11-20", id="a date of XML"),
        pytest.param("15 พฤศจิกายน 2569", "2026-11-15", id="a month with marks above letters"),
        pytest.param("29.02.2024", "2024-02-29", id="leap day"),
        pytest.param("03/04/2026", None, id="March or April"),
        pytest.param("29.02.2026", None, id="no leap year"),
        pytest.param("31.04.2026", None, id="no such day"),
        pytest.param("20.11.26", None, id="which century"),
        pytest.param("20.11/2026", None, id="mixed signs"),
        pytest.param("0000-01-01", None, id="year zero"),
        pytest.param("46346", None, id="a spreadsheet's day number"),
        pytest.param("2026-11", None, id="a month"),
        pytest.param("2026-11-20 08:30", None, id="a moment"),
        pytest.param("tomorrow", None, id="a word"),
        pytest.param("", None, id="empty"),
    ],
)
def test_day(text: str, day: str | None) -> None:
    assert iso_date(text) == day


@each_row(
    ("text", "moment"),
    [
        pytest.param("2026-11-20", "2026-11-20", id="a date stays a date"),
        pytest.param("20.11.2026", "2026-11-20", id="another date"),
        pytest.param("2026-11-20 08:30", "2026-11-20T08:30:00", id="blank"),
        pytest.param("2026-11-20T08:30:00.417", "2026-11-20T08:30:00.417000", id="milliseconds"),
        pytest.param("2026-11-20T08:30:00Z", "2026-11-20T08:30:00+00:00", id="Z"),
        pytest.param("2026-11-20T08:30:00-0700", "2026-11-20T08:30:00-07:00", id="zone"),
        pytest.param("2026-11-20T25:00:00", None, id="no such hour"),
        pytest.param("08:30", None, id="a time only"),
        pytest.param("03/04/2026 08:30", None, id="two meanings"),
        pytest.param("", None, id="empty"),
    ],
)
def test_moment(text: str, moment: str | None) -> None:
    assert iso_moment(text) == moment


@each_row(
    ("text", "good"),
    [
        pytest.param("2026-11-20", True, id="date"),
        pytest.param("2026-11-20T08:30:00.417", True, id="as the service writes it"),
        pytest.param("2026-11-20 08:30:00", True, id="as pandas writes it"),
        pytest.param("2022-07-01T06:36:00.000-0700", True, id="with a zone"),
        pytest.param("20.11.2026", False, id="another order"),
        pytest.param("20261120", False, id="no hyphens"),
        pytest.param("2026-W47-5", False, id="week"),
        pytest.param("2026-02-30", False, id="no such day"),
        pytest.param("2026-11-20T24:30", False, id="no such hour"),
        pytest.param("２０２６-11-20", False, id="full-width digits"),
        pytest.param("2026-11-20\n", False, id="newline"),
    ],
)
def test_moments_as_they_stand(text: str, good: object) -> None:
    assert is_moment(text) is good


# Years that may be of Buddha are read in ISO form only.
days = st.dates(max_value=dt.date(2399, 12, 31)) | st.dates(min_value=dt.date(2700, 1, 1))


@given(days, st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d-%b-%Y"]))
def test_every_day_is_read_in_every_form(day: dt.date, form: str) -> None:
    # strftime leaves out the zeros of early years.
    text = day.strftime(form.replace("%Y", f"{day.year:04}"))
    assert iso_date(text) == day.isoformat()


@given(days)
def test_slashes_are_read_when_there_is_one_meaning(day: dt.date) -> None:
    text = f"{day.month}/{day.day}/{day.year:04}"
    is_sure = day.day > 12 or day.day == day.month
    assert iso_date(text) == (day.isoformat() if is_sure else None)


@given(st.datetimes(timezones=st.none() | st.just(dt.UTC)))
def test_every_moment_is_read(moment: dt.datetime) -> None:
    assert iso_moment(str(moment)) == iso_moment(moment.isoformat()) == moment.isoformat()
    assert is_moment(moment.isoformat())


@given(st.text() | st.text("0123456789-/.:T ZNov,", max_size=20))
def test_what_is_read_is_read_as_itself(text: str) -> None:
    day, moment = iso_date(text), iso_moment(text)
    assert day is None or iso_date(day) == day == moment
    assert moment is None or iso_moment(moment) == moment
    assert not is_moment(text) or moment is not None


@each_row(
    ("texts", "order"),
    [
        pytest.param(["03/04/2026", "20/04/2026"], "day", id="a day tells"),
        pytest.param(["03/04/2026", "04/20/2026 08:30"], "month", id="a month tells"),
        pytest.param(["20/04/2026", "04/20/2026"], None, id="they contradict"),
        pytest.param(["03/04/2026", "20.04.2026"], None, id="dots tell nothing of slashes"),
        pytest.param(["03/04/2026", "99/99/2026"], None, id="no date tells nothing"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_column_tells_what_stands_first(texts: list[str], order: str | None) -> None:
    assert date_order(texts) == order


@each_row(
    ("text", "day", "month"),
    [
        ("03/04/2026", "2026-04-03", "2026-03-04"),
        ("03.04.2026", "2026-04-03", "2026-04-03"),
        ("20/04/2026", "2026-04-20", "2026-04-20"),
    ],
)
def test_an_order_decides_only_what_is_open(text: str, day: str, month: str) -> None:
    assert (iso_date(text, "day"), iso_date(text, "month")) == (day, month)
    assert iso_moment(f"{text} 8:05", "day") == f"{day}T08:05:00"


@each_row(
    ("text", "moment"),
    [
        pytest.param("46346", "2026-11-20", id="a spreadsheet's day"),
        pytest.param("46346.354166667", "2026-11-20T08:30:00", id="with a time"),
        pytest.param("1795163400", "2026-11-20T08:30:00+00:00", id="seconds"),
        pytest.param("80000", None, id="after 2099"),
        pytest.param("2026", None, id="a year"),
        pytest.param("046346", None, id="no number"),
    ],
)
def test_bare_numbers_of_a_column_of_dates(text: str, moment: str | None) -> None:
    assert moment_of_number(text) == moment


@each_row(
    ("text", "good"),
    [("1795132800000", True), ("-100000000000", True), ("46346", False), ("1795132800", False)],
)
def test_milliseconds(text: str, good: object) -> None:
    assert is_epoch(text) is good


@each_row(
    ("text", "moment"),
    [
        ("20.11.2026 8:30 pm", "2026-11-20T20:30:00"),
        ("Nov 20, 2026, 12:05 AM", "2026-11-20T00:05:00"),
        ("20.11.2026 25:00", None),
        ("20.11.2026 klo 8.30", "2026-11-20T08:30:00"),
        ("Nov 20th, 2026 at 8:30 PM", "2026-11-20T20:30:00"),
        ("20.11.2026 13:30 pm", None),
        ("2026-11-20 08:30:00 UTC", "2026-11-20T08:30:00+00:00"),
        ("2026-11-20 08:30:00 +0100 GMT", "2026-11-20T08:30:00+01:00"),
        ("2026-11-20 08:30 UTC+1", None),
        ("Fri, 20 Nov 2026 08:30:00 +0530", "2026-11-20T08:30:00+05:30"),
        ("Fri Nov 20 08:30:00 UTC 2026", "2026-11-20T08:30:00+00:00"),
        ("Fri Nov 20 2026 08:30:00 GMT-0700 (PDT)", "2026-11-20T08:30:00-07:00"),
        ("1795132800000", None),
    ],
)
def test_a_time_after_a_date(text: str, moment: str | None) -> None:
    assert iso_moment(text) == moment


@each_row(
    ("text", "date"),
    [
        pytest.param("15. Januar 2026", "2026-01-15", id="German"),
        pytest.param("1. März 2026", "2026-03-01", id="accent"),
        pytest.param("15 janv. 2026", "2026-01-15", id="French, short"),
        pytest.param("15 de enero de 2026", "2026-01-15", id="Spanish"),
        pytest.param("15 мая 2026", "2026-05-15", id="Russian"),
        pytest.param("2026年1月15日", "2026-01-15", id="Japanese and Chinese"),
        pytest.param("2026년 1월 15일", "2026-01-15", id="Korean"),
        pytest.param("Thu, 15 Jan 2026", "2026-01-15", id="weekday"),
        pytest.param("January 15th, 2026", "2026-01-15", id="ordinal"),
        pytest.param("2026-01-15T00:00:00Z", "2026-01-15", id="midnight in UTC"),
        pytest.param("2026-01-15T00:00:00+02:00", None, id="midnight elsewhere"),
        pytest.param("until 15 Jan 2026", None, id="more than a date"),
        pytest.param("31 Feb 2026", None, id="no such day"),
        pytest.param("15 listopada 2026", None, id="October here and November there"),
        pytest.param("2026-W03", None, id="a week is no day"),
        pytest.param("15-Jan-26", "2026-01-15", id="no century, and only one likely"),
        pytest.param("Jan 15 '99", "1999-01-15", id="the last century"),
        pytest.param("15 Jan 45", None, id="two likely centuries"),
        pytest.param("15 ม.ค. 69", None, id="a short year of Buddha"),
        pytest.param("Donnerstag, 15. Januar 2026", "2026-01-15", id="German weekday"),
        pytest.param("пт, 16 января 2026 г.", "2026-01-16", id="Russian weekday"),
        pytest.param("do 15 stycznia 2026", None, id="until, and a weekday elsewhere"),
        pytest.param("2026年1月15日（木）", "2026-01-15", id="Japanese weekday"),
    ],
)
def test_named_months_and_midnight(text: str, date: str | None) -> None:
    assert repair_date(text) == date
