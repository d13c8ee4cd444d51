"""Legal forms: stripped from the ends, never the whole name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.shipped import shipped, shipped_lines
from gsprep.values.legal_form import (
    is_unspaced,
    joined_tags,
    may_begin,
    may_end,
    strip_legal_forms,
    tables,
    take_ends,
)
from gsprep.values.name_tokens import name_tokens, split_at_blanks

WORDS = st.sampled_from([
    "acme", "the", "and", "co", "kg", "ltd", "ab", "pt", "sa", "de", "cv", "inc", "华为",
    "有限公司",
])  # fmt: skip


@each_row(
    ("tokens", "core", "tags"),
    [
        pytest.param("acme gmbh", "acme", ["gmbh"], id="one form"),
        pytest.param("acme gmbh and co kg", "acme", ["gmbhcokg"], id="longest form first"),
        pytest.param("acme corp ltd", "acme", ["corp", "ltd"], id="two in a row"),
        pytest.param("acme and co", "acme", ["co"], id="and goes with its form"),
        pytest.param("acme and ltd", "acme", ["ltd"], id="and left behind"),
        pytest.param("acme ltd trading", "acme ltd trading", [], id="in the middle it stays"),
        pytest.param("pt acme tbk", "acme", ["pt", "pt"], id="both ends"),
        pytest.param("ab volvo", "volvo", ["ab"], id="two letters in front"),
        pytest.param("ab foods plc", "ab foods", ["plc"], id="two letters of a brand"),
        pytest.param("oy karl fazer ab", "karl fazer", ["oy", "ab"], id="Finnish and Swedish"),
        pytest.param("sas institute inc", "sas institute", ["inc"], id="a brand like a form"),
        pytest.param("the limited", "the limited", [], id="nothing but a small word would stay"),
        pytest.param("and co kg", "and co kg", [], id="forms alone"),
        pytest.param(
            "acme partnerschaft von rechtsanwalten mbb", "acme", ["partg"], id="a profession"
        ),
        pytest.param(
            "acme ag wirtschaftsprufungsgesellschaft", "acme", ["ag"], id="a form and a profession"
        ),
        pytest.param("acme gmbh il", "acme", ["gmbh"], id="in liquidation"),
        pytest.param("株式会社トヨタ", "トヨタ", ["kk"], id="in front without a blank"),
        pytest.param("华为技术有限公司", "华为技术", ["ltd"], id="behind without a blank"),
        pytest.param("株式会社", "株式会社", [], id="unspaced form alone"),
    ],
)
def test_strip(tokens: str, core: str, tags: list[str]) -> None:
    assert strip_legal_forms(tokens.split()) == (core.split(), tags)


def test_a_form_before_a_cut_goes() -> None:
    assert strip_legal_forms(["acme", "ltd", "uk"], [2]) == (["acme", "uk"], ["ltd"])
    assert strip_legal_forms(["ag", "schweiz"], [1]) == (["ag", "schweiz"], [])


@given(st.lists(WORDS))
def test_strip_leaves_a_stretch_of_the_words(words: list[str]) -> None:
    """Something always stays, in its order, and a second time takes nothing but two letters."""
    kept, tags = strip_legal_forms(words)
    assert bool(kept) == bool(words)
    assert " ".join(kept) in " ".join(words)
    assert kept == words or tags
    if kept and kept[0] not in tables()["weak"].tags:
        assert strip_legal_forms(kept).tokens == kept


def test_list_is_sound() -> None:
    """Tags hold no sign of the format; spellings are folded as names are; the file is small."""
    path = ("rules", "lists", "legal_forms.txt")
    assert shipped(*path).stat().st_size < 400_000
    for line in shipped_lines(*path):
        tag, places, spellings = line.split("\t")
        assert tag.replace(" ", "").isalnum()
        assert set(places.split("+")) <= {"end", "start", "weak"}
        for spelling in spellings.split("; "):
            assert " ".join(name_tokens(spelling)) == spelling
            assert spelling not in {"in", "zoo", "bank", "trust", "group", "unlimited"}


@each_row(
    ("text", "unspaced"), [("株式会社", True), ("จำกัด", True), ("주식회사", True), ("ооо", False)]
)
def test_scripts_without_blanks(text: str, *, unspaced: bool) -> None:
    assert is_unspaced(text) is unspaced


def test_joined_tags() -> None:
    assert [joined_tags(t) for t in ([], ["ag"], ["pt", "pt"], ["oy", "ab"])] == [
        "", "ag", "pt", "oy+ab",
    ]  # fmt: skip


@each_row(
    ("name", "stays", "tag"),
    [
        pytest.param("acme", 1, "", id="none"),
        pytest.param("acme gmbh", 1, "gmbh", id="one"),
        pytest.param("acme gmbh and co kg", 1, "gmbhcokg", id="the longest"),
        pytest.param("acme and ltd", 1, "ltd", id="and before it"),
        pytest.param("acme corp ltd", 1, "corp+ltd", id="two, from the left"),
        pytest.param("ltd ltd", 0, "ltd", id="nothing else"),
    ],
)
def test_forms_at_the_end(name: str, stays: int, tag: str) -> None:
    lists = split_at_blanks(pa.array([name, "zeta inc"], pa.large_string()))
    ends, tags = take_ends(lists, lists.starts[:-1])
    assert (ends[0], tags[0].as_py()) == (stays, tag)
    assert (ends[1] - lists.starts[1], tags[1].as_py()) == (1, "inc")


def test_words_at_either_edge_of_a_form() -> None:
    words = pa.array(["gmbh", "acme", "pt"], pa.large_string())
    assert may_end(words).tolist()[:2] == [True, False]
    assert may_begin(words).tolist()[1:] == [False, True]
    assert may_begin(words.slice(0, 0)).dtype == np.bool_
