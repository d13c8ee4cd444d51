"""Company names in many scripts, alone and in columns."""

from __future__ import annotations

import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.values import company_name
from gsprep.values.company_name import (
    SHORTEST_ACRONYM,
    SMALL_WORDS,
    all_acronyms,
    all_digits,
    all_initials,
    plain_names,
    same_words,
    split_company_name,
    split_names,
)
from gsprep.values.legal_form import tables
from gsprep.values.name_tokens import name_tokens

# Two letters in front go only when no form stands behind, so a core may lose them.
TWO_LETTERS = tables()["weak"].tags.keys()
WORDS = st.sampled_from([
    "Acme", "Ltd.", "Ltd", "AB", "PT", "S.A.", "S", "A", "(UK)", "(Ltd)", ",", "Inc.", "&", "+",
    "The", "the", "Firma", "Fa.", "M/s.", "de", "C.V.", "GmbH", "Co.", "KG", "/", "3", "'",
    "Foo's", "Ø", "ﬁ", "有限公司",
    "株式会社", "(株)", "トヨタ", "ООО", "«Рога»", "บริษัท", "จำกัด", "(มหาชน)", "㈜", "삼성", "شركة",
    "بع", "ש״ס", 'בע"מ', "ı", "İ", "्", "ー", "ﾞ",
])  # fmt: skip
NAMES = (
    st.text() | st.lists(WORDS, max_size=7).map(" ".join) | st.lists(WORDS, max_size=4).map("".join)
)


def company_key(text: str) -> str | None:
    """Return what two names are the same by."""
    name = split_company_name(text)
    return None if name is None else "".join(words_of(name.core))


def words_of(core: str) -> list[str]:
    return [same_words().get(word, word) for word in core.split()]


@each_row(
    ("text", "core", "form"),
    [
        pytest.param("Acme", "acme", "", id="a word"),
        pytest.param("  ACME,  INC. ", "acme", "inc", id="case, blanks, comma"),
        pytest.param("Acme, Inc. (USA)", "acme usa", "inc", id="form before brackets"),
        pytest.param("Acme (UK) Ltd", "acme uk", "ltd", id="brackets stay"),
        pytest.param("Foo Inc Bar", "foo inc bar", "", id="form in the middle"),
        pytest.param("Müller & Söhne GmbH & Co. KG", "muller and sohne", "gmbhcokg", id="German"),
        pytest.param("Fa. Müller Metallbau", "muller metallbau", "", id="German, addressed"),
        pytest.param("Firma Müller GmbH", "muller", "gmbh", id="German, in full"),
        pytest.param("Fa Foundation", "fa foundation", "", id="two letters without a dot"),
        pytest.param("M/s. Krishna Traders", "krishna traders", "", id="Indian, addressed"),
        pytest.param("MS Society", "ms society", "", id="a name like it"),
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
        pytest.param("华为技术有限公司", "华为 技术", "ltd", id="Han, simplified"),
        pytest.param("台灣積體電路股份有限公司", "台湾 积体电路", "gufen", id="Han, traditional"),
        pytest.param("台積電(股)公司", "台积电", "gufen", id="Han, shortened form"),
        pytest.param("株式会社トヨタ自動車", "トヨタ 自动车", "kk", id="Kana"),
        pytest.param("トヨタ自動車㈱", "トヨタ 自动车", "kk", id="squared form"),
        pytest.param("(株)日立製作所", "日立 制作所", "kk", id="form in brackets"),
        pytest.param("国立大学法人東京大學", "东京 大学", "npo", id="a university's form"),
        pytest.param("ソニーグループ(株)", "ソニー グループ", "kk", id="a group in Kana"),
        pytest.param("联想集团有限公司", "联想 集团", "ltd", id="a group in Han"),
        pytest.param("شركه أرامكو", "ارامكو", "co", id="Arabic letters that are mixed up"),
        pytest.param("Splunk, a Cisco company", "splunk", "", id="whose it is"),
        pytest.param("Splunk (part of Cisco)", "splunk", "", id="whose it is, in brackets"),
        pytest.param("Drift.com, Inc.", "drift", "inc", id="web ending"),
        pytest.param("www.acme.co.uk", "acme co uk", "", id="web address"),
        pytest.param("X.com", "x com", "", id="web ending of one letter"),
        pytest.param("Notion.so", "notion", "", id="web ending of a country"),
        pytest.param("Klinikum Ulm gKAöR", "klinikum ulm", "aor", id="German public bodies"),
        pytest.param("Rothman, P.A.", "rothman", "", id="a form with dots only"),
        pytest.param("City of Greenville, S.C.", "city of greenville sc", "", id="a state"),
        pytest.param("Moon & Sun, M.D., P.C.", "moon and sun", "pc", id="the degree of an owner"),
        pytest.param("Hansen I/S", "hansen", "", id="a Danish form"),
        pytest.param("S.C. Dunav S.R.L.", "dunav", "srl", id="Romanian, in front"),
        pytest.param("Rosa S.n.c. di Bo & C.", "rosa", "snc", id="Italian, with its owners"),
        pytest.param("IBM International Business Machines", "international business machines", "",
                     id="initials before the name"),
        pytest.param("(同)さくら", "さくら", "llc", id="another form in brackets"),
        pytest.param("Houston, City of", "city of houston", "", id="kind behind the name"),
        pytest.param("County of Orange, CA", "orange county california", "", id="county and state"),
        pytest.param("Acme, CA", "acme ca", "", id="a state behind no public body"),
        pytest.param("Institute for Foo Bar (IFB)", "institute for foo bar", "", id="its initials"),
        pytest.param("Union of Kings (UK)", "union of kings uk", "", id="initials of a country"),
        pytest.param("Guy's NHS Foundation Trust", "guys", "nhstrust", id="British hospitals"),
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


@each_row("text", ["", " ", "&", "...", "—", "\u200b", "()", "+ & +"])
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


@each_row(
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


@each_row(
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


@each_row(
    ("core", "letters"),
    [
        pytest.param("international business machines", "ibm", id="three words"),
        pytest.param("bank of new york mellon", "bnym", id="small word"),
        pytest.param("bank of america", None, id="two words"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_initials(core: str, letters: str | None) -> None:
    assert all_initials(texts([core])).to_pylist() == [letters]


@each_row(
    ("core", "short"),
    [
        pytest.param("indian institute of technology bombay",
                     {"iitb", "iitmumbai", "iitechnologiesmumbai", "indianitb"},
                     id="words are left"),
        pytest.param("procter and gamble", {"pandg"}, id="and"),
        pytest.param("standard and poors global", {"spg", "spglobal", "sandpglobal"}, id="both"),
        pytest.param("marks and spencer group", {"msg", "mands"}, id="and, of a group"),
        pytest.param("grey ox iron group", {"goig", "goi", "goiron"}, id="of a group"),
        pytest.param("blue cross blue shield of texas",
                     {"bcbst", "bcbstexas", "bcbsoftexas", "bcblueshieldtexas", "bcbshieldtexas",
                      "bcbshieldoftexas", "bluecrossbst"},
                     id="small word"),
        pytest.param("bank of america", set(), id="two words"),
        pytest.param("", set(), id="nothing"),
    ],
)  # fmt: skip
def test_acronyms(core: str, short: set[str]) -> None:
    at, forms = all_acronyms(texts(["acme", core]))
    found = [(place, form) for place, form in zip(at, forms.to_pylist(), strict=True) if form]
    assert sorted(found) == sorted((1, form) for form in short)


def test_the_legal_form_is_found_before_it() -> None:
    assert split_company_name("ACME PLC EO-,125") == ("acme", "plc")


HARD_NAMES = [
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


@each_row(
    "names",
    [
        pytest.param([*HARD_NAMES, None], id="hard names"),
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


@given(st.lists(st.lists(BITS | st.just(" "), max_size=9).map("".join), min_size=20, max_size=40))
@example([])
@settings(max_examples=settings().max_examples * 3)
def test_any_names(names: list[str]) -> None:
    assert parts_of(names) == alone(names)


def test_slices_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parts_of([*HARD_NAMES, None])
    monkeypatch.setattr(company_name, "_SLICE", 7)
    assert parts_of([*HARD_NAMES, None]) == whole


CORES = st.lists(
    st.lists(
        st.sampled_from(["acme", "intl", "svcs", "of", "the", "3m", "a", "ト", "é2", "bank", "½"]),
        max_size=6,
    ).map(" ".join),
    max_size=6,
)


def texts(cores: list[str]) -> pa.Array:
    return pa.array(["x y", *cores], pa.large_string()).slice(1)


@given(CORES)
def test_what_is_asked_of_all_is_what_is_asked_of_one(cores: list[str]) -> None:
    plain = plain_names(texts(cores))
    assert plain.joined(" ").to_pylist() == [" ".join(words_of(core)) for core in cores]
    letters = ["".join(w[0] for w in core.split() if w not in SMALL_WORDS) for core in cores]
    expected = [found if len(found) >= SHORTEST_ACRONYM else None for found in letters]
    assert all_initials(texts(cores)).to_pylist() == expected
    digits = ["".join(filter(str.isdigit, core)) for core in cores]
    assert all_digits(texts(cores)).to_pylist() == digits


@each_row(
    ("one", "other"),
    [
        pytest.param("Universität Heidelberg", "Universiteit Heidelberg", id="university"),
        pytest.param("Stadt Köln", "Cologne City", id="a town and its name"),
        pytest.param("UNICEF Deutschland e.V.", "UNICEF Germany", id="country"),
        pytest.param("Ministerio de Salud", "Ministry of Health", id="ministry"),
    ],
)
def test_names_in_other_languages_have_the_same_words(one: str, other: str) -> None:
    cores = [name.core for name in map(split_company_name, (one, other)) if name]
    first, second = ({*words_of(core)} for core in cores)
    assert first == second


def test_a_word_is_written_out_in_one_step_and_is_in_one_line() -> None:
    lines = [line.split() for line in shipped_lines("rules", "lists", "same_words.txt")]
    words = [word for line in lines for word in line]
    assert len(words) == len(set(words))
    assert [word for word in words if name_tokens(word) != [word]] == []
