"""Every public call gives the same for a frame however it is kept: index, order, dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import gsprep
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

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
people = st.lists(rows, min_size=1, max_size=6).map(
    lambda lines: pd.DataFrame(lines, columns=list(CELLS), dtype="str").assign(
        row_id=[f"r{n}" for n in range(len(lines))]
    )
)


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
    "text index": lambda frame: frame.set_axis([f"i{n}" for n in range(len(frame))]),
    "repeated index": lambda frame: frame.set_axis([7] * len(frame)),
    "shuffled index": lambda frame: frame.set_axis(np.arange(len(frame))[::-1] * 3),
    "other order of columns": lambda frame: frame[frame.columns[::-1]],
    "an extra column": lambda frame: frame.assign(extra=1.5),
    "object": lambda frame: frame.astype(object),
    "Arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda frame: frame.astype("category").assign(row_id=frame["row_id"]),
    "missing in every way": _missing_mixed,
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
CALLS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "clean": lambda frame: gsprep.clean(frame).frame,
    "changes": lambda frame: gsprep.clean(frame).changes,
    "findings": lambda frame: gsprep.check(frame, gsprep.Person).findings,
    "valid": lambda frame: gsprep.check(frame, gsprep.Person).valid[["row_id"]],
    "decisions": lambda frame: gsprep.unify(frame, INDEX).decisions,
    "evidence": lambda frame: gsprep.unify(frame, INDEX).evidence,
    "known": lambda frame: gsprep.unify(frame, INDEX_OF_KNOWN).decisions,
    "proposed": lambda frame: gsprep.propose_known(frame, gsprep.unify(frame, INDEX).decisions),
    "associate": lambda frame: gsprep.associate(frame, gsprep.unify(frame, INDEX).decisions),
    "map": lambda frame: pd.DataFrame(
        sorted(gsprep.map_columns(frame).fields.items()), columns=["header", "field"]
    ),
    "upload": _uploaded,
    "run": lambda frame: gsprep.run(frame, COMPANIES).people,
}


def _comparable(result: pd.DataFrame) -> pd.DataFrame:
    """Take away what the form may change: the index, the columns' order, the extra column."""
    kept = [name for name in sorted(result.columns) if name != "extra"]
    told = result[kept].reset_index(drop=True)
    if "column" in told:
        told = told[told["column"] != "extra"].sort_values(kept, ignore_index=True)
    return told.astype(object).where(told.notna(), None)


@settings(
    max_examples=max(3, settings().max_examples // 10),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(frame=people)
def test_the_form_of_a_frame_means_nothing(frame: pd.DataFrame) -> None:
    expected = {name: _comparable(call(frame)) for name, call in CALLS.items()}
    for form, made in FORMS.items():
        given_frame = made(frame)
        before = given_frame.copy(deep=True)
        for name, call in CALLS.items():
            got = _comparable(call(given_frame))
            pd.testing.assert_frame_equal(got, expected[name], obj=f"{name} of {form}")
        pd.testing.assert_frame_equal(given_frame, before)


@pytest.mark.parametrize(
    "dtype", ["int64", "Int64", "float64", "int64[pyarrow]", "double[pyarrow]"]
)
def test_numbers_are_read_as_they_are_typed(dtype: str) -> None:
    text = pd.DataFrame({"Email": ["a@acme.com", "b@acme.com"], **WHOLE_NUMBERS}, dtype="str")
    numbers: Any = text.astype(dict.fromkeys(WHOLE_NUMBERS, "int64")).astype(
        dict.fromkeys(WHOLE_NUMBERS, dtype)
    )
    for name, call in CALLS.items():
        if name not in {"associate", "proposed"}:
            pd.testing.assert_frame_equal(
                _comparable(call(numbers)), _comparable(call(text)), obj=name
            )
