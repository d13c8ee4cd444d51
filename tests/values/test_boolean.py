from __future__ import annotations

from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.picklist import is_boolean, normal_boolean


@each_row(
    "text",
    [
        "true",
        "1.0",
        "TRUE",
        " Yes ",
        "y",
        "1",
        "on",
        "x",
        "Ja",
        "J",
        "Sí",
        "Vrai",
        "ｔｒｕｅ",
        "Да",
        "Evet",
        "ИСТИНА",
        "DOĞRU",
        "是",
        "はい",
        "\u2714\ufe0f",
        "\u2611",
    ],
)
def test_yes(text: str) -> None:
    assert normal_boolean(text) == "true"


@each_row(
    "text",
    [
        "FAŁSZ",
        "ΨΕΥΔΗΣ",
        "false",
        "0,0",
        "False",
        "NO",
        "n",
        "0",
        "off",
        "Nein",
        "não",
        "Faux",
        "\u200bfalse",
        "Нет",
        "Hayır",
        "否",
        "いいえ",
        "\u2610",
    ],
)
def test_no(text: str) -> None:
    assert normal_boolean(text) == "false"


@each_row("text", ["", " ", "maybe", "2", "-1", "n/a", "-", "truee", "yes no"])
def test_neither(text: str) -> None:
    assert normal_boolean(text) is None
    assert not is_boolean(text)


@each_row(
    ("text", "takes"),
    [("true", True), ("FALSE", True), ("yes", False), ("1", False), (" true", False)],
)
def test_what_the_service_takes_as_it_stands(text: str, takes: object) -> None:
    assert is_boolean(text) is takes


@given(st.text() | st.sampled_from(["Yes", "No", "tRuE", "faLSE"]))
def test_an_answer_is_taken_as_it_stands(text: str) -> None:
    answer = normal_boolean(text)
    assert answer is None or (is_boolean(answer) and normal_boolean(answer) == answer)
    assert not is_boolean(text) or answer == text.lower()
