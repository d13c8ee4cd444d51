# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import ast
import inspect
import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import gsprep
from gsprep import errors
from gsprep.errors import (
    GsprepError,
    InputError,
    MissingColumnsError,
    Problem,
    QuotaError,
    RejectedError,
    RulebookError,
    TableError,
    UnavailableError,
    UploadError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, BaseException)
]


@pytest.mark.parametrize("found", CLASSES)
def test_every_error_hangs_on_the_tree(found: type) -> None:
    assert issubclass(found, GsprepError)
    assert found is GsprepError or issubclass(found, (InputError, UploadError))


def drawn() -> dict[str, str]:
    """Return each class of the drawing with the class it hangs on."""
    lines = re.findall(r"^([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    parents: dict[str, str] = {}
    path: list[str] = []
    for branch, name in lines:
        path[len(branch) // 4 :] = [name]
        parents[name] = path[-2] if len(path) > 1 else "Exception"
    return parents


def test_the_drawing_is_the_tree() -> None:
    assert drawn() == {found.__name__: found.__bases__[0].__name__ for found in CLASSES}


def test_a_table_error_says_where_and_what_to_do() -> None:
    whole = TableError("people.csv", "it is empty", "Give a header.")
    assert str(whole) == "people.csv: it is empty. Give a header."
    of_line = TableError("people.csv", "a quote is open", "Close it.", line=3)
    assert str(of_line) == "people.csv, line 3: a quote is open. Close it."
    assert (of_line.path, of_line.line, of_line.cure) == ("people.csv", 3, "Close it.")


@pytest.mark.parametrize(
    ("columns", "found", "message"),
    [
        (["a"], [], "X needs the column a. Rename or add what is missing."),
        (["a", "b"], ["c"], "X needs the columns a, b. It has c. Rename or add what is missing."),
    ],
)
def test_missing_columns(columns: list[str], found: list[str], message: str) -> None:
    error = MissingColumnsError(columns, of="X", found=found)
    assert str(error) == message
    assert error.columns == tuple(columns)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(InputError("wrong"), id="input"),
        pytest.param(TableError("p.csv", "it is damaged", "Write it again.", line=3), id="table"),
        pytest.param(
            MissingColumnsError(["Email"], of="the file").with_advice("Mail is Email"), id="columns"
        ),
        pytest.param(RulebookError("r.yaml", [Problem("model", "wrong")]), id="rulebook"),
        pytest.param(QuotaError(5.0), id="quota"),
    ],
)
def test_an_error_of_another_process_is_the_same(error: GsprepError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), str(again)) == (type(error), str(error))
    assert vars(again) == vars(error)


def test_of_missing_columns_either_may_do() -> None:
    error = MissingColumnsError(["a", "b"], of="X", either=True)
    assert str(error) == "X needs the column a or b. Rename or add what is missing."


def test_a_rulebook_error_names_every_mistake() -> None:
    problems = [Problem("model.a", "is no number"), Problem("rules[0]", "has no name")]
    error = RulebookError("default.yaml", problems)
    assert error.problems == tuple(problems)
    assert all(problem.place in str(error) for problem in problems)


def test_facts_of_the_service_are_kept() -> None:
    rejected = RejectedError("no", status=400, code="X", request_id="r")
    assert (rejected.status, rejected.code, rejected.request_id) == (400, "X", "r")
    away = UnavailableError("away", may_be_stored=True, retry_after=3.0)
    assert (away.may_be_stored, away.retry_after, rejected.may_be_stored) == (True, 3.0, False)
    assert QuotaError(600).wait == 600
    assert "10 minutes" in str(QuotaError(600))


ROOT = Path(errors.__file__).parent
# What is wrong, then what to do: between them one of these.
_PARTED = re.compile(r"[:.;,?] \S")
_BOTH_IN_ONE = {"nothing was deleted", "name the companies with --companies"}


def raised() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every InputError and SettingsError that is raised."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            call = node.exc
            if ast.unparse(call.func) in {"InputError", "SettingsError"} and call.args:
                # What is filled in, such as a cure that several share, is seen as braces.
                text = re.sub(r"\{[^{}]*\}", "{}", ast.unparse(call.args[0]))
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def test_an_error_of_the_input_says_what_to_do() -> None:
    """In one sentence what is wrong, in the other what to do; names of places stand between."""
    texts = list(raised())
    assert len(texts) > 100
    assert [
        (place, text)
        for place, text in texts
        if text[1:-1] not in _BOTH_IN_ONE and not _PARTED.search(text)
    ] == []


PEOPLE = pd.DataFrame({"Email": ["ana@acme.com"], "Name": ["Ana"]})
TWICE = pd.concat([PEOPLE, PEOPLE])
COMPANIES = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"]})


def run_with(**options: Any) -> Any:
    return gsprep.run(PEOPLE, COMPANIES, options=gsprep.RunOptions(**options))


@pytest.mark.parametrize(
    ("call", "cure"),
    [
        pytest.param(lambda: gsprep.clean(PEOPLE, "Person"), "gsprep.Person", id="a schema"),
        pytest.param(lambda: gsprep.unify(PEOPLE, COMPANIES, "strict"), "read_rulebook", id="a rulebook"),
        pytest.param(lambda: gsprep.clean("people.csv"), "gsprep.read_table", id="a path"),
        pytest.param(lambda: gsprep.unify(gsprep.clean(PEOPLE), COMPANIES), ".frame, .changes", id="a result"),
        pytest.param(lambda: gsprep.evaluate(gsprep.unify(PEOPLE, COMPANIES), PEOPLE), ".decisions", id="decisions"),
        pytest.param(lambda: gsprep.find_duplicates(PEOPLE, "people"), "read_rulebook", id="one of people"),
        pytest.param(lambda: gsprep.merge_duplicates(PEOPLE, PEOPLE), "find_duplicates", id="duplicates"),
        pytest.param(lambda: gsprep.apply_mapping(PEOPLE, {"a": "b"}), "map_columns", id="a mapping"),
        pytest.param(lambda: gsprep.upload(PEOPLE, client="acme"), "gsprep.Client", id="a client"),
        pytest.param(lambda: gsprep.plan(PEOPLE, client=None), "gsprep.Client", id="no client"),
        pytest.param(lambda: gsprep.run(PEOPLE, COMPANIES, client="acme"), "gsprep.Client", id="of a run"),
        pytest.param(lambda: gsprep.run(PEOPLE, COMPANIES, options={"hold": ["review"]}), "gsprep.RunOptions", id="options"),
        pytest.param(lambda: run_with(answers="answers.csv"), "gsprep.read_table", id="answers"),
        pytest.param(lambda: run_with(recipe="recipe.yaml"), "gsprep.read_recipe", id="a recipe"),
        pytest.param(lambda: run_with(schemas=gsprep.Person), "schemas_from_describe", id="schemas"),
        pytest.param(lambda: gsprep.find_duplicates(TWICE, answers="a.csv"), "gsprep.read_table", id="answers on pairs"),
        pytest.param(lambda: gsprep.find_duplicates(TWICE, groups="g.csv"), "gsprep.read_table", id="groups"),
    ],
)  # fmt: skip
def test_an_argument_of_another_type_says_what_to_give(
    call: Callable[[], object], cure: str
) -> None:
    with pytest.raises(InputError, match=f"has the type .*: (give|read) .*{cure}"):
        call()


def test_options_keep_personal_data_out_of_their_repr_and_take_one_verdict() -> None:
    options = gsprep.RunOptions(hold="no_match", answers=PEOPLE, known=PEOPLE, against=PEOPLE)
    assert "ana@acme.com" not in repr(options)
    assert run_with(hold="no_match").summary["read"] == 1
