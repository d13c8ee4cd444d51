"""Keys of people: what a company could be found by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.unification.keys import PersonKeys, person_keys
from gsprep.unification.rulebook import read_rulebook
from gsprep.values.company_name import SEPARATOR, is_no_employer, split_company_name

if TYPE_CHECKING:
    from gsprep.unification.linked import Coded


def only(column: Coded) -> tuple[str, ...]:
    """Return the distinct values; the one person has the only code."""
    texts = column.values  # noqa: PD011  a field of Coded, not of a frame
    assert column.codes.tolist() == ([0] if texts else [-1])
    return texts


def keys(**cells: str | None) -> PersonKeys:
    people = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype="str")
    return person_keys(people, read_rulebook())


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param("Acme GmbH", f"acme{SEPARATOR}gmbh", id="a name and its form"),
        pytest.param("Freelance", None, id="freelance"),
        pytest.param("SELF-EMPLOYED", None, id="self-employed"),
        pytest.param("n/a", None, id="not applicable"),
        pytest.param("--", None, id="dashes"),
        pytest.param("Selbständig", None, id="in German"),
        pytest.param("retraité", None, id="in French"),
        pytest.param("Freelancer Union", f"freelancer union{SEPARATOR}", id="a name with the word"),
        pytest.param("Student Loans Inc", f"student loans{SEPARATOR}inc", id="another"),
    ],
)
def test_a_stated_employer(cell: str, value: str | None) -> None:
    assert only(keys(CompanyName=cell).name) == (() if value is None else (value,))


def test_a_core_says_whether_it_names_nobody() -> None:
    for text, nobody in (("None", True), ("Not Applicable", True), ("Nonesuch", False)):
        name = split_company_name(text)
        assert name is not None
        assert is_no_employer(name.core) == nobody


@pytest.mark.parametrize(
    ("cell", "host"),
    [
        pytest.param(" Ana@ACME.com ", "acme.com", id="case and blanks"),
        pytest.param("mailto:ana@acme.com", "acme.com", id="a pasted link"),
        pytest.param("ana@müller.de", "xn--mller-kva.de", id="with umlaut"),
        pytest.param("ana", None, id="no address"),
        pytest.param("ana@", None, id="no host"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_a_host(cell: str | None, host: str | None) -> None:
    assert only(keys(Email=cell).host) == (() if host is None else (host,))


def test_a_number_is_dialled_from_the_persons_country() -> None:
    assert only(keys(Phone="06172 6080", Country="Germany").phone) == ("+4961726080",)
    assert only(keys(Phone="06172 6080").phone) == ()
    assert only(keys(Phone="06172 6080", Country="Nowhere").phone) == ()
