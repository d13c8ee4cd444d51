from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.picklist import are_labels, is_label, meant_label, meant_labels

LABELS = ("New Customer", "Kicked Off", "Café", "A, B", "on", "ON")


@each_row(
    ("text", "label"),
    [
        pytest.param("Kicked Off", "Kicked Off", id="as it stands"),
        pytest.param(" kicked\u00a0off", "Kicked Off", id="case and blanks"),
        pytest.param("cafe", "Café", id="accents"),
        pytest.param("kicked-off", "Kicked Off", id="a hyphen"),
        pytest.param("a,b", "A, B", id="no blank behind a comma"),
        pytest.param("Café+", None, id="a sign more"),
        pytest.param("on", "on", id="exact before alike"),
        pytest.param("On", None, id="two alike"),
        pytest.param("Churn", None, id="unknown"),
        pytest.param("", None, id="empty"),
    ],
)
def test_one(text: str, label: str | None) -> None:
    assert meant_label(text, LABELS) == label
    assert is_label(text, LABELS) is (label == text)


@each_row(
    ("text", "labels"),
    [
        pytest.param("New Customer;Café", "New Customer;Café", id="as it stands"),
        pytest.param("new customer ; cafe;", "New Customer;Café", id="mended parts"),
        pytest.param("new customer, cafe", "New Customer;Café", id="commas"),
        pytest.param("A, B", "A, B", id="a comma of the label's own"),
        pytest.param('["New Customer", "cafe"]', "New Customer;Café", id="a list of JSON"),
        pytest.param("New Customer / Café", "New Customer;Café", id="a slash between blanks"),
        pytest.param("Café;Café", "Café", id="twice"),
        pytest.param("Café;Churn", None, id="one is unknown"),
        pytest.param(";", None, id="nothing"),
    ],
)
def test_several(text: str, labels: str | None) -> None:
    assert meant_labels(text, LABELS) == labels


@given(st.lists(st.sampled_from(LABELS), min_size=1, unique=True), st.sampled_from(";,|"))
def test_what_is_meant_holds(labels: list[str], separator: str) -> None:
    meant = meant_labels(separator.join(labels), LABELS)
    assert meant is None or are_labels(meant, LABELS)
    assert separator != ";" or meant == ";".join(labels)
