"""Company names: in many scripts, apart, as keys; and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gsprep.values.company_name import initials, plain_words, split_company_name

# Two letters in front go only when no form stands behind, so a core may lose them.
TWO_LETTERS = {"ab", "as", "ou", "oy", "pt", "sia"}
WORDS = st.sampled_from([
    "Acme", "Ltd.", "Ltd", "AB", "PT", "S.A.", "S", "A", "(UK)", "(Ltd)", ",", "Inc.", "&", "+",
    "The", "the", "de", "C.V.", "GmbH", "Co.", "KG", "/", "3", "'", "Foo's", "Ø", "ﬁ", "有限公司",
    "株式会社", "(株)", "トヨタ", "ООО", "«Рога»", "บริษัท", "จำกัด", "(มหาชน)", "㈜", "삼성", "شركة",
    "بع", "ש״ס", 'בע"מ', "ı", "İ", "्", "ー", "ﾞ",
])  # fmt: skip
NAMES = (
    st.text() | st.lists(WORDS, max_size=7).map(" ".join) | st.lists(WORDS, max_size=4).map("".join)
)


def company_key(text: str) -> str | None:
    """Return what two names are the same by."""
    name = split_company_name(text)
    return None if name is None else "".join(plain_words(name.core))


@pytest.mark.parametrize(
    ("text", "core", "form"),
    [
        pytest.param("Acme", "acme", "", id="a word"),
        pytest.param("  ACME,  INC. ", "acme", "inc", id="case, blanks, comma"),
        pytest.param("Acme, Inc. (USA)", "acme usa", "inc", id="form before brackets"),
        pytest.param("Acme (UK) Ltd", "acme uk", "ltd", id="brackets stay"),
        pytest.param("Foo Inc Bar", "foo inc bar", "", id="form in the middle"),
        pytest.param("Müller & Söhne GmbH & Co. KG", "muller and sohne", "gmbhcokg", id="German"),
        pytest.param("Foo Pty Ltd", "foo", "ltd", id="Australian"),
        pytest.param("Foo Co.,Ltd", "foo", "ltd", id="no blank behind the comma"),
        pytest.param("Foo, S. A. de C. V.", "foo", "sacv", id="Mexican, spaced"),
        pytest.param("Allegro Sp. z o.o.", "allegro", "spzoo", id="Polish"),
        pytest.param("Turkcell İletişim A.Ş.", "turkcell iletisim", "as", id="Turkish"),
        pytest.param("A.P. Møller - Mærsk A/S", "ap moller maersk", "as", id="Danish"),
        pytest.param("Công ty TNHH Hòa Bình", "hoa binh", "tnhh", id="Vietnamese"),
        pytest.param("AB Electrolux (publ)", "electrolux", "ab", id="form at both ends"),
        pytest.param("SAS Institute Inc.", "sas institute", "inc", id="brand like a form"),
        pytest.param("ООО «Ромашка»", "ромашка", "ooo", id="Cyrillic"),
        pytest.param('ПАО"Газпром"', "газпром", "pao", id="quotation mark without a blank"),
        pytest.param("Ελληνικά Πετρέλαια Α.Ε.", "ελληνικα πετρελαια", "sa", id="Greek"),
        pytest.param('טבע תעשיות בע"מ', "טבע תעשיות", "ltd", id="Hebrew"),
        pytest.param("شركة الاتصالات ش.م.م", "الاتصالات", "co+mosahama", id="Arabic"),
        pytest.param("टाटा मोटर्स लिमिटेड", "टाटा मोटर्स", "ltd", id="Devanagari"),
        pytest.param("டாடா லிமிடெட்", "டாடா", "ltd", id="Tamil"),
        pytest.param("华为技术有限公司", "华为技术", "ltd", id="Han, simplified"),
        pytest.param("台灣積體電路股份有限公司", "台灣積體電路", "gufen", id="Han, traditional"),
        pytest.param("株式会社トヨタ自動車", "トヨタ自動車", "kk", id="Kana"),
        pytest.param("トヨタ自動車㈱", "トヨタ自動車", "kk", id="squared form"),
        pytest.param("(株)日立製作所", "日立製作所", "kk", id="form in brackets"),
        pytest.param("㈜카카오", "카카오", "jusik", id="Hangul"),
        pytest.param("주성엔지니어링", "주성엔지니어링", "", id="begins like a form"),
        pytest.param("บริษัทปูนซิเมนต์ไทยจำกัด", "ปูนซิเมนต์ไทย", "co+ltd", id="Thai"),
        pytest.param("რომპეტროლი შპს", "რომპეტროლი", "llc", id="Georgian"),
        pytest.param("Բանկ ՍՊԸ", "բանկ", "llc", id="Armenian"),
        pytest.param("ＡＣＭＥ　Ｃｏ．，Ｌｔｄ．", "acme", "ltd", id="full width"),
        pytest.param("St. Gallen", "st gallen", "", id="abbreviation is no acronym"),
        pytest.param("J. P. Morgan", "jp morgan", "", id="spaced initials"),
        pytest.param("Plan B S.A.", "plan b", "sa", id="letter before dotted initials"),
        pytest.param("McDonald’s", "mcdonalds", "", id="possessive"),
        pytest.param("AT&T Inc.", "at and t", "inc", id="and"),
        pytest.param("Disney+", "disney", "", id="plus at the end"),
        pytest.param("The Limited", "limited", "", id="article goes, form stays"),
        pytest.param("Coca-Cola Company, The", "coca cola", "co", id="article behind"),
        pytest.param("San Diego Zoo", "san diego zoo", "", id="word like a part of a form"),
        pytest.param("3M", "3m", "", id="digit and letter"),
        *[
            pytest.param(name, core, "", id=f"never to nothing: {name}")
            for name, core in {
                "AG": "ag", "SA": "sa", "Limited": "limited", "Co. KG": "co kg", "AMBA": "amba",
                "株式会社": "株式会社", "ООО": "ооо", "The": "the", "Pty Ltd": "pty ltd",
            }.items()
        ],
    ],
)  # fmt: skip
def test_split(text: str, core: str, form: str) -> None:
    assert split_company_name(text) == (core, form)


@pytest.mark.parametrize("text", ["", " ", "&", "...", "—", "\u200b", "()", "+ & +"])
def test_no_letter_is_no_name(text: str) -> None:
    assert split_company_name(text) is None
    assert company_key(text) is None


@given(NAMES)
@example("A (B) Ltd").via("a run of letters made by taking brackets away")
@example("A Ltd (G)").via("a form made by taking a form away")
@example("THE%บริษัท%THE%บริษัท").via("an article that comes to the front")
def test_core_of_core(text: str) -> None:
    name = split_company_name(text)
    assume(name is not None and name.core.split()[0] not in TWO_LETTERS)
    assert name is not None
    again = split_company_name(name.core)
    assert again is not None
    assert again.core == name.core


@given(st.text(st.characters(exclude_categories=["Cs", "Lm", "M"])))
def test_none_exactly_without_letter_or_digit(text: str) -> None:
    """Modifier letters and marks aside, which people write or leave out."""
    assert (split_company_name(text) is None) == (not any(map(str.isalnum, text)))


@given(NAMES)
def test_key_is_never_empty(text: str) -> None:
    assert company_key(text) != ""
    assert (company_key(text) is None) == (split_company_name(text) is None)


@given(NAMES)
def test_case_and_blanks_around_do_not_matter(text: str) -> None:
    assert split_company_name(f"\t{text.casefold()}\u00a0 ") == split_company_name(text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_width_does_not_matter(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in text)
    assert split_company_name(wide) == split_company_name(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("Data Dog, Inc.", "DATADOG", id="blank"),
        pytest.param("Acme Intl Hldgs", "ACME International Holding Ltd", id="short words"),
        pytest.param("A.B.C. Corp", "ABC Corporation", id="acronym"),
        pytest.param("Volvo AB", "AB Volvo", id="form in front"),
        pytest.param("L’Oréal S.A.", "LOREAL", id="apostrophe and accent"),
        pytest.param("Ørsted A/S", "Orsted", id="letter with a stroke"),
    ],
)
def test_equal_keys(left: str, right: str) -> None:
    assert company_key(left) == company_key(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("Acme (UK) Ltd", "Acme Ltd", id="place"),
        pytest.param("Trust 2004-1", "Trust 2005-1", id="digits"),
        pytest.param("Toshiba", "Toshiba Tec", id="subsidiary"),
        pytest.param("San Diego Zoo", "San Diego", id="no form"),
    ],
)
def test_different_keys(left: str, right: str) -> None:
    assert company_key(left) != company_key(right)


@pytest.mark.parametrize(
    ("core", "letters"),
    [
        pytest.param("international business machines", "ibm", id="three words"),
        pytest.param("bank of new york mellon", "bnym", id="small word"),
        pytest.param("bank of america", None, id="two words"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_initials(core: str, letters: str | None) -> None:
    assert initials(core) == letters
