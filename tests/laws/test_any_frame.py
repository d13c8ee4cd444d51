"""Every public call gives the same for a frame however it is kept: index, order, dtypes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import gsprep
from gsprep.errors import InputError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Result = tuple[str, pd.DataFrame]

ACME, INITECH = "1P02" + "A" * 32, "1P02" + "B" * 32
COMPANIES = pd.DataFrame(
    {"Gsid": [ACME, INITECH], "Name": ["Acme Inc.", "Initech"], "Domain": ["acme.com", None]},
    dtype="str",
)
KNOWN = pd.DataFrame({"Email": ["cy@gmail.com"], "Company_ID": [INITECH]}, dtype="str")
CELLS = {
    "Email": ["ana@acme.com", "bo@", "cy@gmail.com", "ANA@acme.com", None],
    "FirstName": ["Ana", "B o", None],
    "CompanyName": ["Acme", "Initech LLC", None],
    "Phone": ["4155550102", "+14155550103", None],
    "EmailOptOut": ["true", "false", None],
    "Country": ["US", "Germany", None],
    "Title": ["CEO", None],
}
WHOLE_NUMBERS = {"Phone": ["4155550102", "4155550103"], "Nps__gc": ["7", "10"]}
rows = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})


def _frame(lines: list[dict[str, str | None]]) -> pd.DataFrame:
    found = pd.DataFrame(lines, columns=list(CELLS), dtype="str")
    return found.assign(row_id=[f"r{n}" for n in range(len(lines))])


# Every cell at least once: what the short run draws alone.
VARIED = _frame(
    [{name: cells[n % len(cells)] for name, cells in CELLS.items()} for n in range(6)],
)
people = st.just(VARIED) | st.lists(rows, min_size=1, max_size=6).map(_frame)


def _missing_mixed(frame: pd.DataFrame) -> pd.DataFrame:
    """Say "missing" in every way there is, one after another."""
    ways = [None, float("nan"), pd.NA, "", "  "]
    held = frame.astype(object).where(frame.notna(), None)
    for at, name in enumerate(held.columns):
        cells = held[name].tolist()
        held[name] = pd.Series(
            [ways[(at + n) % 5] if cell is None else cell for n, cell in enumerate(cells)],
            dtype=object,
        )
    return held


FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "Arrow, text index, other order of columns": lambda frame: frame.convert_dtypes(
        dtype_backend="pyarrow"
    )[frame.columns[::-1]].set_axis([f"i{n}" for n in range(len(frame))]),
    "category, repeated index, an extra column": lambda frame: (
        frame.astype("category")
        .assign(row_id=frame["row_id"], extra=1.5)
        .set_axis([7] * len(frame))
    ),
    "missing in every way, shuffled index": lambda frame: _missing_mixed(frame).set_axis(
        np.arange(len(frame))[::-1] * 3
    ),
}


def _uploaded(frame: pd.DataFrame) -> pd.DataFrame:
    with Store() as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with gsprep.Client("http://localhost", "any-key", transport=transport) as client:
            sent = gsprep.upload(frame, client=client).persons
    return sent.drop(columns=["request_id"])


# The same for every example, so prepared once.
INDEX = gsprep.prepare(COMPANIES)
INDEX_OF_KNOWN = gsprep.prepare(COMPANIES, known=KNOWN)


def results(frame: pd.DataFrame) -> Iterator[Result]:
    """Yield what each public function makes of a frame, by the name of the result."""
    cleaned, checked = gsprep.clean(frame), gsprep.check(frame, gsprep.Person)
    unified = gsprep.unify(frame, INDEX)
    mapped = sorted(gsprep.map_columns(frame).fields.items())
    yield "clean", cleaned.frame
    yield "changes", cleaned.changes
    yield "findings", checked.findings
    yield "valid", checked.valid[["row_id"]]
    yield "decisions", unified.decisions
    yield "evidence", unified.evidence
    yield "known", gsprep.unify(frame, INDEX_OF_KNOWN).decisions
    yield "map", pd.DataFrame(mapped, columns=["header", "field"])
    yield "upload", _uploaded(frame)
    yield "run", gsprep.run(frame, COMPANIES).people
    yield "proposed", gsprep.propose_known(frame, unified.decisions)
    yield "associate", gsprep.associate(frame, unified.decisions)


def _comparable(result: pd.DataFrame) -> pd.DataFrame:
    """Take away what the form may change: the index, the columns' order, the extra column."""
    kept = [name for name in sorted(result.columns) if name != "extra"]
    told = result[kept].reset_index(drop=True)
    if "column" in told:
        told = told[told["column"] != "extra"].sort_values(kept, ignore_index=True)
    return told.astype(object).where(told.notna(), None)


@settings(
    max_examples=settings().max_examples // 9,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(frame=people)
def test_the_form_of_a_frame_means_nothing(frame: pd.DataFrame) -> None:
    expected = list(results(frame))
    for form, made in FORMS.items():
        given_frame = made(frame)
        before = given_frame.copy(deep=True)
        _same(results(given_frame), expected, form)
        pd.testing.assert_frame_equal(given_frame, before)


def _same(got: Iterable[Result], expected: Iterable[Result], form: object) -> None:
    for (name, one), (_, other) in zip(got, expected, strict=True):
        pd.testing.assert_frame_equal(_comparable(one), _comparable(other), obj=f"{form}: {name}")


def _table(frame: pd.DataFrame) -> Any:
    return pa.table(frame.reset_index(drop=True))


class _Stream:
    """A frame that nothing is known of but its stream, such as a relation of DuckDB."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._held = _table(frame)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._held.__arrow_c_stream__(requested_schema)


def _views(frame: pd.DataFrame) -> Any:
    """Return a table as polars gives it: text as views, and a dictionary."""
    table = _table(frame)
    text = [column.cast(pa.string_view()) for column in table.columns]
    text[-1] = table.column(table.num_columns - 1).dictionary_encode()
    return pa.table(text, names=table.column_names)


@cache
def _expected_of_two() -> tuple[pd.DataFrame, list[Result]]:
    frame = _frame([dict.fromkeys(CELLS), {name: cells[0] for name, cells in CELLS.items()}])
    return frame, list(results(frame))


@pytest.mark.parametrize("form", [_Stream, _views])
def test_a_frame_of_another_library_is_taken(form: Callable[[pd.DataFrame], Any]) -> None:
    frame, expected = _expected_of_two()
    _same(results(form(frame)), expected, form)
    companies = form(COMPANIES)
    assert gsprep.prepare(companies, known=form(KNOWN)).gsids.tolist() == [ACME, INITECH]
    links = frame.assign(Company_ID=ACME)
    looked_up = gsprep.check(form(links), gsprep.CompanyPerson, persons=form(frame)).findings
    assert looked_up.equals(gsprep.check(links, gsprep.CompanyPerson, persons=frame).findings)
    found = gsprep.find_duplicates(form(frame), against=form(frame))
    assert found.groups.equals(gsprep.find_duplicates(frame, against=frame).groups)


def test_a_struct_whose_field_is_never_null_is_taken() -> None:
    """Spark and DuckDB have such columns; the struct itself may be null."""
    kind = pa.struct([pa.field("a", pa.int64(), nullable=False)])
    emails = ["ana@acme.com", "bo@acme.com"]
    table = pa.table({"Email": emails, "Parts": pa.array([{"a": 1}, None], kind)})
    assert gsprep.clean(table).frame["Email"].tolist() == emails


@pytest.mark.parametrize("given", [[1], {"Email": ["a@b.co"]}, "people.csv", None])
def test_what_is_no_frame_is_refused(given: Any) -> None:
    for call in (gsprep.clean, gsprep.find_duplicates, lambda frame: gsprep.unify(frame, INDEX)):
        with pytest.raises(InputError, match=r"give a frame of pandas|gsprep\.read_"):
            call(given)


@cache
def _expected_of_numbers() -> tuple[pd.DataFrame, list[Result]]:
    rows = {"row_id": ["r0", "r1"], "Email": ["a@acme.com", "b@acme.com"], **WHOLE_NUMBERS}
    text = pd.DataFrame(rows, dtype="str")
    return text, list(results(text))


@pytest.mark.parametrize(
    "dtype", ["int64", "Int64", "float64", "int64[pyarrow]", "double[pyarrow]"]
)
def test_numbers_are_read_as_they_are_typed(dtype: str) -> None:
    text, expected = _expected_of_numbers()
    numbers: Any = text.astype(dict.fromkeys(WHOLE_NUMBERS, "int64")).astype(
        dict.fromkeys(WHOLE_NUMBERS, dtype)
    )
    _same(results(numbers), expected, dtype)
