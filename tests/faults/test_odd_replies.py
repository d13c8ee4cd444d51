"""Replies in formats that no page has, over real HTTP: no outcome is lost or invented."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gsprep.uploader.upload import upload
from tests.faults.dialects import Dialect, Reply, connected


def people(number: int) -> pd.DataFrame:
    return pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(number)]})


SAID = {"code": "GSOBJ_VDTEMAIL1001", "message": "Not an address"}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        pytest.param({"error": {"details": [{"fieldName": "Email", "errors": [SAID]}]}},
                     SAID["code"], "Email", id="documented"),
        pytest.param({"error": {"details": {"fieldName": "Email", "errors": SAID}}},
                     SAID["code"], "Email", id="objects in place of lists"),
        pytest.param({"error": SAID}, SAID["code"], "", id="no details"),
        pytest.param({"errors": [{"field": "Email", "errorCode": SAID["code"],
                                  "errorMessage": SAID["message"]}]},
                     SAID["code"], "Email", id="as of a single upsert"),
        pytest.param({"error": SAID["message"]}, "", "", id="words"),
        pytest.param({"error": {"details": [SAID["message"]]}}, "", "", id="a list of words"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title], ids=["AA", "aa", "Aa"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_refusal_keeps_its_reason_in_any_format(
    wrong: dict[str, Any], code: str, field: str, case: Any, mode: Any
) -> None:
    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        refused = element["record"]["Email"] == "p1@x.com"
        word = case("failure" if refused else "success")
        return element | {"operationStatus": word} | (wrong if refused else {})

    with connected(Dialect(echo=echo)) as client:
        done = upload(people(3), client=client, mode=mode).persons
    assert done["outcome"].tolist() == ["stored", "refused", "stored"]
    said = done.loc[1, ["error_code", "error_field", "error_message"]].fillna("")
    assert said.tolist() == [code, field, SAID["message"]]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Not\x1b]0;x\x07 an\naddress\u202e", "Not]0;x an address"),
        ("x" * 40_000, "x" * 2_000 + "…"),
        ("<b>=1+1</b>", "<b>=1+1</b>"),
    ],
)
def test_a_message_is_one_line_that_a_screen_and_a_workbook_take(message: str, said: str) -> None:
    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        return element | {"operationStatus": "FAILURE", "error": SAID | {"message": message}}

    with connected(Dialect(echo=echo)) as client:
        done = upload(people(1), client=client, mode="sync").persons
    assert done.loc[0, ["outcome", "error_message"]].tolist() == ["refused", said]


@pytest.mark.parametrize("word", ["completed", "Done", "SUCCESS", "COMPLETED_WITH_ERRORS"])
def test_a_job_with_files_of_results_is_over(word: str) -> None:
    def status(_: int, body: dict[str, Any]) -> Reply:
        return Reply(200, {"data": body["data"] | {"statusType": word}})

    with connected(Dialect(status=status)) as client:
        done = upload(people(3), client=client, mode="async").persons
    assert done["outcome"].tolist() == ["stored"] * 3


def test_a_word_for_success_without_files_is_about_the_call() -> None:
    def status(asked: int, body: dict[str, Any]) -> Reply:
        return Reply(200, {"data": {"status": "SUCCESS"}} if asked < 3 else body)

    with connected(dialect := Dialect(status=status)) as client:
        done = upload(people(3), client=client, mode="async").persons
    assert (done["outcome"].tolist(), dialect.asked) == (["stored"] * 3, 3)
