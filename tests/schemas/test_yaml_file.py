"""YAML as people write it: read strictly, every mistake with its place and its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from gsprep.errors import DocumentError, InputError, RulebookError
from gsprep.schemas.yaml_file import read_document, validated

if TYPE_CHECKING:
    from pathlib import Path


class Sheet(BaseModel, frozen=True, extra="forbid", strict=True):
    """A model with a list and a number."""

    names: tuple[str, ...]
    share: float = 0.5


def test_a_document_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("\ufeffnames: [a, b]\nshare: 0.25\n", encoding="utf-8")
    document = read_document(path, kind="sheet")
    assert validated(Sheet, document, "a.yaml") == Sheet(names=("a", "b"), share=0.25)


def test_every_mistake_has_a_place_and_a_cure() -> None:
    with pytest.raises(RulebookError) as failure:
        validated(
            Sheet,
            {"names": "a", "share": True, "more": 1},
            "a.yaml",
            error=RulebookError,
            cures={"extra_forbidden": "take it out"},
        )
    told = {problem.place: problem.message for problem in failure.value.problems}
    assert told["more"] == "take it out"
    assert told["share"] == "must be a number, without quotes"
    assert set(told) == {"names", "share", "more"}


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        pytest.param(b"a: [", DocumentError, "line", id="open"),
        pytest.param(b"a: 1\na: 2", DocumentError, "a is repeated", id="twice"),
        pytest.param(b"a: &x 1\nb: *x", DocumentError, "aliases", id="alias"),
        pytest.param(b"[" * 5000, DocumentError, "brackets", id="deep"),
        pytest.param(b"a: \xff", InputError, "UTF-8", id="no text"),
        pytest.param(b"b: 1\na: !\n", DocumentError, "line 2: a value cannot begin", id="a mark"),
        pytest.param(b"a: [!, 2]", DocumentError, "put it in quotes", id="a mark in a list"),
        pytest.param(b"b: 1\na:\t2", DocumentError, "line 2: a tab", id="a tab behind a name"),
        pytest.param(b"a: 1\t", DocumentError, "line 1: a tab", id="a tab at the end"),
        pytest.param(b"#" * 1_000_001, InputError, "too large", id="large"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, content: bytes, error: type[InputError], says: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(error, match=says):
        read_document(path, kind="sheet")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the sheet .* cannot be read"):
        read_document(tmp_path / "no.yaml", kind="sheet")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 2020-99-99", "read as a date"),
        ("a: 1\nversion: 2020-01-01 25:61:61", "line 2: this is read as a date"),
        ("version: " + "1" * 5_000, "read as a whole number"),
        ("version: 0x" + "f" * 5_000, "read as a whole number"),
        ("version: !!int abc", "read as a whole number"),
        ("version: !!float abc", "read as a number"),
        ("version: !!bool perhaps", "read as true or false"),
        ("version: !!timestamp soon", "read as a date"),
        ("version: !!map a", "expected a mapping node"),
        ("? [a]\n: 1", "a list or several lines cannot be a key"),
    ],
)
def test_values_that_are_not_what_they_look_like(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(DocumentError, match=says) as refused:
        read_document(path, kind="sheet")
    assert refused.value.problems[0].place.startswith("line ")


def test_tens_of_thousands_of_keys_are_read_and_one_twice_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    lines = [f"key{n}: {n % 7}" for n in range(10_000)]
    path.write_text("\n".join(lines))
    assert len(read_document(path, kind="sheet")) == 10_000
    path.write_text("\n".join([*lines, "key9999: 1"]))
    with pytest.raises(DocumentError, match="key9999 is repeated"):
        read_document(path, kind="sheet")
