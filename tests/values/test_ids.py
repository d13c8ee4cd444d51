"""Record ids of Gainsight and Salesforce."""

from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.ids import (
    has_good_checksum,
    is_gsid,
    is_id,
    is_sfdc_id,
    normal_gsid,
    normal_id,
    normal_sfdc_id,
    with_case_restored,
)

GSID = "1P02" + "A9" * 16


@each_row(
    ("text", "normal"),
    [
        pytest.param(GSID, GSID, id="as it stands"),
        pytest.param(f" {GSID.lower()}\u200b", GSID, id="pasted in small letters"),
        pytest.param("0" * 36, "0" * 36, id="digits only"),
        pytest.param(GSID[:-1], None, id="35 characters"),
        pytest.param(GSID + "A", None, id="37 characters"),
        pytest.param(GSID[:18], None, id="the short form"),
        pytest.param(GSID[:-1] + "-", None, id="a hyphen"),
        pytest.param(GSID[:-1] + "ı", None, id="a dotless i is no I"),
        pytest.param(GSID[:-1] + "ﬀ", None, id="a ligature is not two letters"),
        pytest.param(GSID[:-2] + "ß", None, id="a sharp s is not two letters"),
        pytest.param(GSID[:-1] + "Ａ", None, id="full width"),
        pytest.param(GSID[:-1] + "٣", None, id="an Arabic digit"),
        pytest.param(GSID[:18] + " " + GSID[18:], None, id="a blank inside"),
        pytest.param("", None, id="empty"),
    ],
)
def test_normal(text: str, normal: str | None) -> None:
    assert normal_gsid(text) == normal
    assert is_gsid(text) == (text == normal)


@given(st.text(max_size=40) | st.text("1P02aıſ", min_size=36, max_size=36))
def test_a_normal_id_is_one(text: str) -> None:
    normal = normal_gsid(text)
    assert normal is None or (is_gsid(normal) and normal_gsid(normal) == normal)


def test_a_newline_behind_is_no_part() -> None:
    assert not is_gsid(GSID + "\n")


SFDC_ID = "0015000000Gv7qJAAR"


@each_row(
    ("text", "form", "sum_"),
    [
        pytest.param(SFDC_ID, True, True, id="18"),
        pytest.param(SFDC_ID[:15], True, True, id="15 have no checksum"),
        pytest.param("0015000000GV7QJAAR", True, False, id="case lost"),
        pytest.param("0015000000Gv7qJAAA", True, False, id="wrong checksum"),
        pytest.param(SFDC_ID[:17], False, True, id="17"),
        pytest.param("0015000000Gv7q-", False, True, id="hyphen"),
        pytest.param("００15000000Gv7qJ", False, True, id="full width"),
        pytest.param(SFDC_ID + "\n", False, True, id="newline"),
        pytest.param("", False, True, id="empty"),
    ],
)
def test_id(text: str, form: object, sum_: object) -> None:
    assert is_sfdc_id(text) is form
    assert has_good_checksum(text) is sum_


def test_blanks_go() -> None:
    assert normal_sfdc_id(f" {SFDC_ID}\u00a0") == SFDC_ID
    assert normal_sfdc_id("x") is None


@each_row(
    ("text", "whole"),
    [
        pytest.param(SFDC_ID.upper(), SFDC_ID, id="capitals"),
        pytest.param(SFDC_ID.lower(), SFDC_ID, id="small letters"),
        pytest.param("0015000000Gv7qJAAA", None, id="mixed case: something else is wrong"),
        pytest.param("0015000000GV7QJ999", None, id="no marks"),
        pytest.param("001500000000000A5A", None, id="a digit marked as a capital"),
        pytest.param(SFDC_ID[:15].upper(), None, id="15 cannot tell"),
    ],
)
def test_case_is_restored_where_the_checksum_tells_it(text: str, whole: str | None) -> None:
    assert with_case_restored(text) == whole


@given(st.from_regex(r"\A[0-9A-Za-z]{18}\Z"))
def test_a_restored_id_has_a_good_checksum(text: str) -> None:
    whole = with_case_restored(text.upper())
    assert whole is None or (has_good_checksum(whole) and whole.upper() == text.upper())


UUID = "7581e498-c37e-4057-8fc9-c8d4d543de1a"


@each_row(
    ("text", "normal"),
    [
        pytest.param(UUID, UUID, id="as the samples have it"),
        pytest.param(UUID.upper(), UUID.upper(), id="its case is kept"),
        pytest.param(f" {UUID}\u200b", UUID, id="pasted"),
        pytest.param(GSID.lower(), GSID, id="a GSID"),
        pytest.param(UUID[:-1], None, id="too short"),
        pytest.param(UUID.replace("-", ""), None, id="without hyphens"),
        pytest.param(UUID.replace("a", "g"), None, id="other letters"),
        pytest.param("", None, id="empty"),
    ],
)
def test_an_id_is_a_gsid_or_a_uuid(text: str, normal: str | None) -> None:
    assert normal_id(text) == normal
    assert is_id(text) == (text == normal)
