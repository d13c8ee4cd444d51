"""How near two values are, by kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.duplicates.candidates import People
from gsprep.unification.duplicates.columns import encoded_columns, guessed_kinds
from gsprep.unification.duplicates.levels import LEVELS, MISSING, levels_of, only_shared
from gsprep.unification.duplicates.unrelated_pairs import compared, levels_in, patterns_of
from gsprep.unification.rules import Compared
from tests.each_row import each_row

GIVEN = Compared(kind="person_name", part="given")
SURNAME = Compared(kind="person_name", part="surname")


def level(how: Compared, one: str | None, two: str | None) -> str:
    """Return the name of the level of two cells."""
    frame = pd.DataFrame({"x": pd.array([one, two], dtype="str")})
    columns = encoded_columns(frame, {"x": how})
    levels = compared(People(columns), np.array([0]), np.array([1]))[0]
    return "missing" if levels[0] == MISSING else LEVELS[columns[0].kind][levels[0]]


@pytest.mark.parametrize(
    ("how", "one", "two", "expected"),
    [
        (GIVEN, "Ana", "ANA ", "same"),
        (GIVEN, "José", "Jose", "same"),
        (GIVEN, "Dr. Robert", "Robert", "same"),
        (GIVEN, "Robert", "Bob", "nickname"),
        (GIVEN, "Robert", "R.", "part"),
        (GIVEN, "Anna Maria", "Anna", "part"),
        (GIVEN, "Stephen", "Stepehn", "typo"),
        (GIVEN, "Stephen D.", "Steve", "nickname"),
        (GIVEN, "Ана", "Ana", "same"),
        (GIVEN, "Юлия", "Yulia", "typo"),
        (SURNAME, "Παπαδόπουλος", "Papadopoulos", "same"),
        (SURNAME, "Щукин", "Shchukin", "same"),
        (GIVEN, "Ana", "Bo", "differ"),
        (GIVEN, "Katarzyna", "Kasia", "nickname"),
        (GIVEN, "Yevgeniy", "Evgeny", "nickname"),
        (GIVEN, "Daniel", "Daniela", "differ"),
        (GIVEN, "Marko", "Mirko", "differ"),
        (GIVEN, "Erik", "Eric", "typo"),
        (GIVEN, "Elisa", "Lisa", "typo"),
        (GIVEN, "K. L.", "Krishnan", "part"),
        (GIVEN, "Al", "Alfonsina", "differ"),
        (GIVEN, "Anne-Marie", "Annemarie", "typo"),
        (GIVEN, "太郎", "Taro", "missing"),
        (GIVEN, "健", "健一", "alike"),
        (GIVEN, "偉", "伟", "same"),
        (GIVEN, "Lars Erik", "Lars Olof", "differ"),
        (GIVEN, "Jean-Pierre", "Jean-Paul", "differ"),
        (GIVEN, "Min-jun", "Min-ji", "differ"),
        (GIVEN, "Maria Teresa", "Maria Tereza", "typo"),
        (Compared(kind="company_name"), "ソニー株式会社", "Sony", "same"),
        (Compared(kind="company_name"), "山田商会", "Acme", "missing"),
        (GIVEN, "Ana", None, "missing"),
        (GIVEN, "Ana (she/her)", "Ana", "same"),
        (SURNAME, "Smith Jr.", "Smith", "same"),
        (SURNAME, "dos Santos Filho", "dos Santos", "same"),
        (SURNAME, "渡邊", "渡辺", "same"),
        (SURNAME, "Fernández Soto", "Fernández Vidal", "differ"),
        (SURNAME, "Fernández Soto", "Fernández S.", "typo"),
        (SURNAME, "Doe, PhD, MPH", "Doe", "same"),
        (SURNAME, "Doe (ext)", "Doe", "same"),
        (SURNAME, "Ma", "Ma", "same"),
        (SURNAME, "Garcia-Lopez", "García López", "same"),
        (SURNAME, "Henderson", "Hendersen", "typo"),
        (Compared(kind="email"), "Ana.Ruiz+x@gmail.com", "anaruiz@googlemail.com", "same"),
        (Compared(kind="email"), "ana.ruiz@acme.com", "ana.riuz@acme.com", "typo"),
        (Compared(kind="email"), "hgarcia@acme.com", "mgarcia@acme.com", "like colleague"),
        (Compared(kind="email"), "ana.ruiz@acme.com", "ana.ruiz2@acme.com", "colleague"),
        (Compared(kind="email"), "ana@acme.com", "bo@acme.com", "colleague"),
        (Compared(kind="email"), "ana@gmail.com", "bo@gmail.com", "differ"),
        (Compared(kind="email"), "zx81fan@acme.com", "zx81fan@bolt.io", "same local"),
        (Compared(kind="email"), "info@acme.com", "info@acme.com", "missing"),
        (Compared(kind="phone"), "+1 (415) 555-0102 ext. 4", "415.555.0102", "same"),
        (Compared(kind="phone"), "415.555.0102 x4", "+1 (415) 555-0102 ext. 4", "same"),
        (Compared(kind="phone"), "415.555.0102 x4", "+1 (415) 555-0102 ext. 5", "differ"),
        (Compared(kind="phone"), "415.555.0102 x4", "+1 (415) 555-0103", "differ"),
        (Compared(kind="phone"), "+44 20 7946 0018", "020 7946 0018", "same"),
        (Compared(kind="phone"), "4155550102", "4155550103", "typo"),
        (Compared(kind="phone"), "0000000000", "0000000000", "missing"),
        (Compared(kind="company_name"), "Acme Inc.", "ACME", "same"),
        (Compared(kind="company_name"), "Acme Foods", "Acme Foods Europe", "close"),
        (Compared(kind="company_name"), "Acme", "Bolt", "differ"),
        (Compared(kind="text"), "12 Main Street", "12 Main Stret", "close"),
        (Compared(kind="date"), "1990-12-31", "31.12.1990", "same"),
        (Compared(kind="date"), "1990-02-03", "1990-03-02", "two parts"),
        (Compared(kind="date"), "1990-02-03", "1991-02-03", "typo"),
        (Compared(kind="date"), "19900203", "19901119", "year"),
        (Compared(kind="date"), "1990-02-03", "1955-11-30", "differ"),
        (Compared(kind="identifier"), "AB-123 456", "ab123456", "same"),
        (Compared(kind="identifier"), "1234567", "1234576", "typo"),
        (Compared(kind="identifier"), "1234567", "1235567", "typo"),
        (Compared(kind="number"), "1000.0", "1000", "same"),
        (Compared(kind="number"), "1000", "1001", "close"),
        (Compared(kind="exact"), "Berlin", "berlin", "same"),
        (Compared(kind="exact"), "Berlin", "Bern", "differ"),
    ],
)
def test_two_values_have_the_level_of_their_kind(
    how: Compared, one: str, two: str | None, expected: str
) -> None:
    assert level(how, one, two) == expected
    if two is not None:
        assert level(how, two, one) == expected


def levels_of_people(compare: dict[str, Compared], *people: tuple[str | None, ...]) -> list[str]:
    frame = pd.DataFrame(people, columns=list(compare), dtype="str")
    columns = encoded_columns(frame, compare)
    found = compared(People(columns), np.array([0]), np.array([1]))[0]
    names = zip(columns, found, strict=True)
    return ["missing" if at == MISSING else LEVELS[c.kind][at] for c, at in names]


NAMES = {"a": GIVEN, "b": SURNAME}


def test_swapped_names_are_seen_across_the_two_columns() -> None:
    found = levels_of_people(NAMES, ("Ana", "Ruiz"), ("Ruiz", "Ana"))
    assert found[:2] == ["swapped", "missing"]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("Davis Jr", "Davis Sr", "differ"),
        ("Davis Jr", "Davis", "one side"),
        ("Davis", "Davis", "same"),
    ],
)
def test_a_generation_mark_is_compared_apart_from_the_name(
    one: str, two: str, expected: str
) -> None:
    assert levels_of_people({"b": SURNAME}, (one,), (two,)) == ["same", expected]


def test_a_whole_name_is_compared_by_its_parts() -> None:
    whole = {"Name": Compared(kind="person_name")}
    assert levels_of_people(whole, ("Ruiz, Ana",), ("Ana Ruiz",)) == ["same", "same", "same"]
    assert levels_of_people(whole, ("A. Ruiz",), ("Ana Ruiz",))[1] == "part"


def test_a_mailbox_built_of_the_name_says_no_more_than_the_name() -> None:
    compare = {"a": GIVEN, "b": SURNAME, "c": Compared(kind="email")}
    built = levels_of_people(
        compare, ("Ana", "Ruiz", "ana.ruiz@acme.com"), ("Ana", "Ruiz", "ana.ruiz@bolt.io")
    )
    own = levels_of_people(
        compare, ("Ana", "Ruiz", "tango77@acme.com"), ("Ana", "Ruiz", "tango77@bolt.io")
    )
    assert (built[-1], own[-1]) == ("name at another domain", "same local")


def test_a_repeated_placeholder_is_no_value() -> None:
    assert levels_of_people({"t": Compared(kind="text")}, ("n/a",), ("n/a",)) == ["missing"]


def test_patterns_hold_the_levels_of_all_columns() -> None:
    levels = np.array([[0, 7, 3], [6, 1, 0]], dtype=np.uint8)
    assert levels_in(patterns_of(levels), 3).tolist() == levels.tolist()


words = st.sampled_from(
    ["ana", "anna maria", "a", "bill", "william", "hgarcia@acme.com", "mgarcia@acme.com",
     "ana2@acme.com", "ana@bolt.io", "19900203", "19900302", "5550102", "15550102", None]
)  # fmt: skip


@given(
    how=st.sampled_from(
        [GIVEN, SURNAME, *(Compared(kind=kind) for kind in ("email", "phone", "date", "text"))]
    ),
    values=st.lists(words, min_size=2, max_size=12),
)
def test_the_level_of_a_pair_does_not_depend_on_other_pairs(
    how: Compared, values: list[str | None]
) -> None:
    frame = pd.DataFrame({"v": pd.Series(values, dtype="str")})
    column = encoded_columns(frame, {"v": how})[0]
    left, right = (side.ravel() for side in np.indices((len(values), len(values))))
    alone = [levels_of(column, left[at : at + 1], right[at : at + 1])[0] for at in range(len(left))]
    assert levels_of(column, left, right).tolist() == alone


BOARD, OTHER = "+14155550102", "+14155550199"


@each_row(
    ("one", "other", "is_only_shared"),
    [
        # first name, surname, e-mail address, telephone number, employer
        (("Li", "Sato", None, None, "Acme"), ("Li", "Smith", None, None, "Acme"), True),
        (("Alexa", "Berg", None, None, "Acme"), ("Alex", "Berg", None, None, "Bolt"), True),
        (("Sanil", "Berg", None, BOARD, None), ("Anil", "Berg", None, BOARD, None), False),
        (("Emma", "Li", None, BOARD, None), ("Paul", "Li", None, BOARD, None), True),
        (("Ana", "Ek", None, BOARD, "Acme"), ("Ana", "Ruiz", None, BOARD, "Acme"), False),
        ((None, "Ruiz", None, None, "Acme"), (None, "Ruiz", None, None, "Bolt"), True),
        ((None, "Ruiz", None, None, "Acme"), (None, "Ruiz", None, None, "Acme"), False),
        (("Marie", None, None, None, "Acme"), ("Mary", None, None, None, "Acme"), True),
        (("Ana", "Ruiz", "x@bolt.io", None, None), ("Cy", "Dorn", "x@bolt.io", None, None), True),
        (("Ana", "Ruiz", "x@bolt.io", None, None), (None, None, "x@bolt.io", None, None), False),
        (("Ruiz", "A.", "x@bolt.io", None, None), ("Ana", "Ruiz", "x@bolt.io", None, None), False),
        (("Bo", "Ek Jr.", "x@bolt.io", None, None), ("Bo", "Ek", "x@bolt.io", None, None), True),
    ],
)
def test_what_different_people_share(
    one: tuple[str | None, ...], other: tuple[str | None, ...], *, is_only_shared: bool
) -> None:
    names = ["FirstName", "LastName", "Email", "Phone", "CompanyName"]
    frame = pd.DataFrame([one, other], columns=names, dtype="str")
    columns = encoded_columns(frame, guessed_kinds(names))
    levels = compared(People(columns), np.array([0]), np.array([1]))
    assert only_shared(columns, levels).tolist() == [is_only_shared]
