"""Validation tools on the same two columns, each as its documentation shows.

``TOOLS`` has a function for each: it takes a frame with Email, Phone and Country and returns which
rows it refuses for the address, and which for the number. A tool that has no check of addresses or
numbers of its own gets the pattern of an address from the HTML standard, and one of a number.
Libraries are imported by the function that needs them: each has an environment of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

Refused = tuple[np.ndarray, np.ndarray]
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
# https://html.spec.whatwg.org/#valid-e-mail-address, with a dot in the domain.
EMAIL = rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+$"
PHONE = r"^\+?[0-9 ().-]{7,20}( ext\. ?[0-9]{1,5})?$"
_PATTERNS = {"Email": EMAIL, "Phone": PHONE}


def gsprep(frame: pd.DataFrame) -> Refused:
    """Clean, then check; the numbers that no cleaning could read are refused."""
    from gsprep import Person, check, clean  # noqa: PLC0415  an environment of its own

    findings = check(clean(frame).frame, Person).findings
    return _rows(frame, findings, "Email"), _rows(frame, findings, "Phone")


def _rows(frame: pd.DataFrame, findings: pd.DataFrame, column: str) -> np.ndarray:
    wrong = findings.loc[findings["column"] == column, "row_id"]
    return frame["row_id"].isin(wrong).to_numpy(dtype=bool)


def libraries(frame: pd.DataFrame) -> Refused:
    """email-validator and phonenumbers, called once for each row."""
    import phonenumbers  # noqa: PLC0415
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    def is_bad_mail(address: str) -> bool:
        try:
            validate_email(address, check_deliverability=False)
        except EmailNotValidError:
            return True
        return False

    def is_bad_number(number: str, country: str) -> bool:
        try:
            return not phonenumbers.is_possible_number(phonenumbers.parse(number, country))
        except phonenumbers.NumberParseException:
            return True

    mail = [is_bad_mail(one) for one in frame["Email"]]
    pairs = zip(frame["Phone"], frame["Country"], strict=True)
    return np.array(mail, bool), np.array([is_bad_number(*pair) for pair in pairs], bool)


def pandera(frame: pd.DataFrame) -> Refused:
    """A schema with a pattern for each column, validated lazily."""
    import pandera.pandas as pa  # noqa: PLC0415

    columns = {name: pa.Column(str, pa.Check.str_matches(how)) for name, how in _PATTERNS.items()}
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as failure:
        cases = failure.failure_cases
        return _at(frame, cases, "Email"), _at(frame, cases, "Phone")
    return _none(frame), _none(frame)


def _at(frame: pd.DataFrame, cases: Any, column: str) -> np.ndarray:
    refused = _none(frame)
    refused[cases.loc[cases["column"] == column, "index"].astype(int)] = True
    return refused


def _none(frame: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(frame), bool)


def dataframely(frame: pd.DataFrame) -> Refused:
    """A schema of polars, whose filter gives the failed rules of each row."""
    import dataframely as dy  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    class People(dy.Schema):  # type: ignore[misc]  # it has no types
        at = dy.Int64()
        Email = dy.String(regex=EMAIL)
        Phone = dy.String(regex=PHONE)

    given = pl.from_pandas(frame[["Email", "Phone"]]).with_row_index("at")
    failed = People.filter(given.cast({"at": pl.Int64}))[1].details()
    refused = []
    for name in _PATTERNS:
        places = failed.filter(pl.col(f"{name}|regex").cast(pl.String) == "invalid")["at"]
        found = _none(frame)
        found[places.to_numpy()] = True
        refused.append(found)
    return refused[0], refused[1]


def pointblank(frame: pd.DataFrame) -> Refused:
    """A plan of two steps; each step gives its failed rows."""
    import pointblank as pb  # noqa: PLC0415

    plan = pb.Validate(frame)
    for name, pattern in _PATTERNS.items():
        plan = plan.col_vals_regex(columns=name, pattern=pattern)
    done = plan.interrogate(get_first_n=len(frame))
    refused = []
    for step in (1, 2):
        ids = done.get_data_extracts(i=step, frame=True)["row_id"]
        refused.append(frame["row_id"].isin(ids).to_numpy(dtype=bool))
    return refused[0], refused[1]


def great_expectations(frame: pd.DataFrame) -> Refused:
    """A batch of a frame, with an expectation for each column."""
    import great_expectations as gx  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("people").add_dataframe_asset("people")
    whole = asset.add_batch_definition_whole_dataframe("all")
    batch = whole.get_batch(batch_parameters={"dataframe": frame})
    refused = []
    for name, pattern in _PATTERNS.items():
        expected = gx.expectations.ExpectColumnValuesToMatchRegex(column=name, regex=pattern)
        said = batch.validate(expected, result_format="COMPLETE")
        found = _none(frame)
        found[said.result["unexpected_index_list"]] = True
        refused.append(found)
    return refused[0], refused[1]


TOOLS: dict[str, Callable[[pd.DataFrame], Refused]] = {
    one.__name__: one
    for one in (gsprep, libraries, pandera, dataframely, pointblank, great_expectations)
}
