"""Columns of company names are taken apart as single names are."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.values import company_name
from gsprep.values.company_name import split_company_name, split_names

NAMES = [
    "Acme", "ACME, Inc.", "The Acme Company", "The The", "The",
    "THE%บริษัท%THE%บริษัท", "Acme, The", "Acme (The)",
    "Acme Inc. (USA)", "Acme (UK) Ltd", "Acme Co., Ltd.", "(Acme) Ltd", "Acme, Inc., LLC",
    "Acme GmbH & Co. KG", "A & B", "& B", "A &", "A && B", "A + B", "C++ Corp", "A &, B", "B&Q",
    "S.A. Acme", "Acme S.A.", "Acme S.p.A.", "Acme Sp. z o.o.", "A/S Acme", "Acme A/S", "A.B/C",
    "A/B.C", "L'Oréal", "L'Oreal S.A.", "McDonald's", "a'b.c", "'Acme'", '"Acme" Ltd', "J P Morgan",
    "J. P. Morgan", "JP Morgan", "A B", "A 1", "1 2", "Acme a b", "AB Volvo", "AB Foods plc",
    "Oy Karl Fazer Ab", "PT Acme", "PT. Acme Tbk", "Limited", "Ltd Ltd", "Of the Ltd", "de la SA",
    "Acme and Ltd", "Acme & Ltd", "Acme-Ltd", "Acme_Ltd", "Acme\tLtd", "Acme\u00a0Ltd",
    "株式会社トヨタ",
    "Müller GmbH", "---", "", " ", ",", "()", "amazon.com", "Yahoo!", "Acme Ltd, Acme Inc",
    "APPIAN CORP.CL.A DL-,0001", "FORD MOTOR CO", "Acme Class A", "SAP SE O.N.",
    "Acme Ltd (Holdings)",
    "Acme [UK] {x}; Ltd", "Acme Inc; Zeta", "x" * 300, "Acme \x7f Ltd", "1-800-Flowers.com, Inc.",
]  # fmt: skip
FORMS = [
    spelling
    for line in shipped_lines("rules", "lists", "legal_forms.txt")
    for spelling in line.split("\t")[2].split("; ")
]


def parts_of(names: list[str | None]) -> list[tuple[str | None, str | None]]:
    core, legal_form = split_names(pa.array(names, pa.large_string()))
    return list(zip(core.to_pylist(), legal_form.to_pylist(), strict=True))


def alone(names: list[str | None]) -> list[tuple[str | None, str | None]]:
    return [tuple(split_company_name(name or "") or (None, None)) for name in names]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([*NAMES, None], id="hard names"),
        pytest.param([f"Acme {form}" for form in FORMS], id="every form behind"),
        pytest.param([f"{form} Acme Zeta" for form in FORMS], id="every form before"),
        pytest.param([f"Acme ({form}) Labs" for form in FORMS[::5]], id="forms in the middle"),
        pytest.param([f"Acme {a}, {b}" for a, b in zip(FORMS, FORMS[7:], strict=False)], id="two"),
        pytest.param(FORMS, id="nothing but a form"),
        pytest.param([], id="none"),
    ],
)
def test_names_of_a_column(names: list[str | None]) -> None:
    assert parts_of(names) == alone(names)


BITS = st.sampled_from([
    "a", "b", "the", "Acme", "&", "+", ",", "(", ")", "'", ".", "/", "Inc.", "S.A.", "GmbH", "and",
    "AB", "Oy", "of", "s.p.a.", "co", "KG", "L.L.C.", "Ltd", "-", "_", "  ", "z o.o.", "A/S", "1",
    "C.V.", "é", '"', ";", "limited", "company", "pt", "DL-,01", "株",
])  # fmt: skip


@given(st.lists(st.lists(BITS | st.just(" "), max_size=9).map("".join), max_size=8))
@settings(max_examples=400, deadline=None)
def test_any_names(names: list[str]) -> None:
    assert parts_of(names) == alone(names)


def test_slices_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parts_of([*NAMES, None])
    monkeypatch.setattr(company_name, "_SLICE", 7)
    assert parts_of([*NAMES, None]) == whole
