"""Records of one person are found, whatever the order, and answers hold."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unification.duplicates.people import people

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.duplicates.columns import encoded_columns
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.fitting import evaluate_groups
from gsprep.unification.duplicates.results import GROUP_COLUMNS, PAIR_COLUMNS
from gsprep.unification.rulebook import parse_rulebook, read_rulebook
from gsprep.unification.rules import Compared

if TYPE_CHECKING:
    from gsprep.unification.duplicates.results import Duplicates

LIST = people(400, 120)
TRUTH = LIST[["row_id", "person"]].rename(columns={"person": "person_id"})
GIVEN = LIST.drop(columns="person")


@cache
def whole_list() -> Duplicates:
    return find_duplicates(GIVEN)


def partition(groups: pd.DataFrame) -> set[frozenset[str]]:
    """Return the groups as sets of row_ids."""
    return {frozenset(ids) for _, ids in groups.groupby("person_id")["row_id"]}


def test_the_same_people_are_found_without_labels_and_settings() -> None:
    measured = evaluate_groups(whole_list().groups, TRUTH)
    assert measured.precision >= 0.98
    assert measured.recall >= 0.95


def test_every_record_has_one_line_in_the_order_given() -> None:
    assert tuple(whole_list().groups.columns) == GROUP_COLUMNS
    assert whole_list().groups["row_id"].tolist() == GIVEN["row_id"].tolist()
    sizes = whole_list().groups.groupby("person_id")["row_id"].transform("size")
    assert (whole_list().groups["size"] == sizes).all()
    assert ((whole_list().groups["size"] > 1) == (whole_list().groups["verdict"] == "match")).all()


def test_pairs_of_one_group_are_matches_and_no_others() -> None:
    assert tuple(whole_list().pairs.columns) == PAIR_COLUMNS
    person = whole_list().groups.set_index("row_id")["person_id"]
    same = whole_list().pairs["left_id"].map(person) == whole_list().pairs["right_id"].map(person)
    assert (same == (whole_list().pairs["verdict"] == "match")).all()


def test_evidence_adds_up_to_the_log_odds() -> None:
    terms = whole_list().evidence.drop(columns=["left_id", "right_id"])
    assert set(terms.dtypes.astype(str)) == {"float32"}
    probability = 1 / (1 + np.exp(-terms.sum(axis=1).to_numpy(np.float64)))
    assert np.abs(probability - whole_list().pairs["probability"].to_numpy()).max() < 1e-4


@settings(max_examples=settings().max_examples // 3)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_and_columns_changes_nothing(seed: int) -> None:
    columns = list(np.random.default_rng(seed).permutation(GIVEN.columns))
    shuffled = GIVEN.sample(frac=1, random_state=seed)[columns]
    again = find_duplicates(shuffled)
    before = whole_list().groups.sort_values("row_id", ignore_index=True)
    pd.testing.assert_frame_equal(again.groups.sort_values("row_id", ignore_index=True), before)
    order = ["probability", "left_id", "right_id"]
    both = [
        set(map(frozenset, f.pairs[["left_id", "right_id"]].to_numpy()))
        for f in (again, whole_list())
    ]
    assert both[0] == both[1]
    assert order[0] in again.pairs.columns


def test_the_same_seed_gives_the_same_result() -> None:
    again = find_duplicates(GIVEN)
    pd.testing.assert_frame_equal(again.pairs, whole_list().pairs)
    pd.testing.assert_frame_equal(again.evidence, whole_list().evidence)


def test_an_unrelated_record_changes_no_group() -> None:
    other = pd.DataFrame([{"row_id": "new", "FirstName": "Xerxes", "LastName": "Qwghlm",
                           "Email": "xq@elsewhere.org", "CompanyName": "Elsewhere"}])  # fmt: skip
    again = find_duplicates(pd.concat([GIVEN, other], ignore_index=True))
    assert partition(again.groups) == partition(whole_list().groups) | {frozenset({"new"})}


def matched_pair() -> tuple[str, str]:
    line = whole_list().pairs[whole_list().pairs["verdict"] == "match"].iloc[0]
    return str(line["left_id"]), str(line["right_id"])


def test_records_that_a_reviewer_tells_apart_are_never_one_person() -> None:
    left, right = matched_pair()
    answers = pd.DataFrame([{"left_id": left, "right_id": right, "answer": "no_match"}])
    groups = find_duplicates(GIVEN, answers=answers).groups.set_index("row_id")["person_id"]
    assert groups[left] != groups[right]


def test_records_that_a_reviewer_puts_together_are_one_person() -> None:
    single = whole_list().groups.loc[whole_list().groups["verdict"] == "single", "row_id"]
    answers = pd.DataFrame(
        [{"left_id": single.iloc[0], "right_id": single.iloc[1], "answer": "match"}]
    )
    found = find_duplicates(GIVEN, answers=answers)
    groups = found.groups.set_index("row_id")["person_id"]
    assert groups[single.iloc[0]] == groups[single.iloc[1]]
    decided = found.pairs[found.pairs["rule"] == "answer"]
    assert decided["probability"].tolist() == [1.0]


def test_answers_by_address_hold_for_all_records_with_it() -> None:
    frame = pd.DataFrame({
        "FirstName": ["Ana", "Anna", "Bo", "Cy"],
        "Email": ["ana@acme.com", "anna@bolt.io", "bo@bolt.io", "cy@gmail.com"],
    })  # fmt: skip
    answers = pd.DataFrame([
        {"kind": "email", "left_id": "ANA@acme.com", "right_id": "anna@bolt.io", "answer": "match"}
    ])  # fmt: skip
    groups = find_duplicates(frame, answers=answers).groups["person_id"].tolist()
    assert groups == ["1", "1", "3", "4"]


def test_answers_about_unknown_records_are_left_out_with_a_note() -> None:
    answers = pd.DataFrame([{"left_id": "r1", "right_id": "nowhere", "answer": "match"}])
    assert any("left out" in note for note in find_duplicates(GIVEN, answers=answers).notes)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (pd.DataFrame({"left_id": ["r1"], "right_id": ["r2"], "answer": ["perhaps"]}), InputError),
        (pd.DataFrame({"left_id": ["r1"], "answer": ["match"]}), MissingColumnsError),
    ],
)
def test_answers_that_cannot_be_read_are_refused(
    answers: pd.DataFrame, error: type[Exception]
) -> None:
    with pytest.raises(error):
        find_duplicates(GIVEN, answers=answers)


def test_different_values_of_a_column_under_never_tell_people_apart() -> None:
    frame = GIVEN.assign(CustomerNo=[str(number) for number in range(len(GIVEN))])
    book = read_rulebook("people")
    compare = {**book.model_dump()["compare"], "CustomerNo": {"kind": "identifier"}}
    strict = parse_rulebook({"compare": compare, "never": ["CustomerNo"]})
    groups = find_duplicates(frame, strict).groups
    assert groups["person_id"].is_unique


def test_ids_stay_the_same_from_run_to_run() -> None:
    yesterday = whole_list().groups.assign(person_id="old-" + whole_list().groups["person_id"])
    today = find_duplicates(GIVEN.iloc[::-1], groups=yesterday)
    kept = today.groups.set_index("row_id")["person_id"]
    assert kept.to_dict() == yesterday.set_index("row_id")["person_id"].to_dict()
    assert today.history.empty


def test_merged_and_split_persons_are_listed() -> None:
    left, right = matched_pair()
    apart = whole_list().groups.assign(person_id="old-" + whole_list().groups["row_id"])
    today = find_duplicates(GIVEN, groups=apart)
    lines = today.history[today.history["change"] == "merged"]
    persons = today.groups.set_index("row_id")["person_id"]
    assert {persons[left], persons[right]} == {persons[left]}
    other = f"old-{right}" if persons[left] == f"old-{left}" else f"old-{left}"
    assert other in set(lines["other"])
    whole = whole_list().groups.assign(person_id="one")
    split = find_duplicates(GIVEN, groups=whole).history
    assert set(split["change"]) == {"split"}
    assert "one" in set(find_duplicates(GIVEN, groups=whole).groups["person_id"])


def test_a_new_group_never_takes_an_id_of_another() -> None:
    frame = pd.DataFrame({"row_id": ["a", "b"], "Email": ["x@acme.com", "y@bolt.io"]})
    before = pd.DataFrame({"row_id": ["b"], "person_id": ["a"]})
    groups = find_duplicates(frame, groups=before).groups
    assert groups["person_id"].tolist() == ["a-2", "a"]


def test_a_promised_precision_takes_fewer_pairs() -> None:
    compare = {n: h.model_dump() for n, h in read_rulebook("people").compare.items()}
    careful = parse_rulebook({"compare": compare, "decide": {"precision": 0.9999}})
    usual = find_duplicates(GIVEN, parse_rulebook({"compare": compare}))
    few = find_duplicates(GIVEN, careful)
    assert few.model.cut >= usual.model.cut
    assert (few.pairs["verdict"] == "match").sum() <= (usual.pairs["verdict"] == "match").sum()


@pytest.mark.parametrize("count", [0, 1])
def test_no_record_and_one_record_are_no_duplicates(count: int) -> None:
    found = find_duplicates(GIVEN.head(count))
    assert found.groups["verdict"].tolist() == ["single"] * count
    assert found.pairs.empty


def test_a_frame_without_a_column_to_compare_is_refused() -> None:
    with pytest.raises(InputError, match="compare:"):
        find_duplicates(pd.DataFrame({"Shoe size": ["42", "43"]}))


def test_columns_compared_by_their_headers_are_named_in_a_note() -> None:
    found = find_duplicates(pd.DataFrame({"E-Mail": ["a@b.com"] * 2, "Shoe size": ["1", "2"]}))
    assert "E-Mail (email)" in found.notes[0]
    assert "Shoe size" in found.notes[1]
    assert found.groups["person_id"].tolist() == ["1", "1"]


def test_results_mask_who_people_are() -> None:
    for shown in (
        repr(whole_list()),
        whole_list()._repr_html_(),
        repr(whole_list().model),
        whole_list().model._repr_html_(),
    ):
        assert "@" not in shown
        assert not any(name in shown for name in GIVEN["LastName"].unique())


def test_a_list_without_any_value_has_single_people_and_a_note() -> None:
    found = find_duplicates(pd.DataFrame({"FirstName": [None] * 3, "Email": [None] * 3}))
    assert found.groups["verdict"].tolist() == ["single"] * 3
    assert any("no record has a value" in note for note in found.notes)


@pytest.mark.parametrize("copies", [40, 95, 250])
def test_a_record_that_is_there_hundreds_of_times_is_one_person(copies: int) -> None:
    """As after an import that was repeated; the others are decided as without its copies."""
    again = GIVEN.iloc[[5] * copies].assign(row_id=[f"copy{n}" for n in range(copies)])
    groups = find_duplicates(pd.concat([GIVEN, again], ignore_index=True)).groups
    person = groups.set_index("row_id")["person_id"]
    assert set(person[again["row_id"]]) == {person[GIVEN["row_id"].iloc[5]]}
    truth = pd.concat([TRUTH, again.assign(person_id=TRUTH["person_id"].iloc[5])])
    measured = evaluate_groups(groups, truth[["row_id", "person_id"]])
    assert measured.over_merged <= 2
    assert measured.b_cubed_f1 >= 0.97


@pytest.mark.parametrize(
    "frame",
    [
        {"CompanyName": ["Acme", "Acme", "Bolt", "Zed"] * 30},
        {"FirstName": ["Ana", "Bo", "Cy", "Di", "Ana"] * 20},
        {"FirstName": ["Ana", "Bo"], "LastName": ["Ruiz", "Ek"]},
        {"FirstName": ["Ana", None], "LastName": [None, "Ek"]},
    ],
)
def test_columns_that_say_too_little_make_no_match(frame: dict[str, list[str | None]]) -> None:
    assert (find_duplicates(pd.DataFrame(frame)).groups["size"] == 1).all()


@pytest.mark.parametrize(
    ("frame", "persons"),
    [
        ({"Email": ["ana@acme.com", "bo@acme.com", "ana@acme.com", "cy@zed.io"]}, 3),
        ({"FirstName": ["Ana", "Bo"], "Email": ["ana@acme.com", "ana@acme.com"]}, 2),
        ({"Name": ["Emma Li", "Paul Li", "Ana Ek"], "Email": ["lifamily@gmail.com"] * 2 + [None],
          "Phone": ["+14155550102", "+14155550102", None]}, 3),
    ],
)  # fmt: skip
def test_an_address_in_a_short_list(frame: dict[str, list[str | None]], persons: int) -> None:
    """It is one person's, unless it is known to be that of a family."""
    assert find_duplicates(pd.DataFrame(frame)).groups["person_id"].nunique() == persons


def test_answers_hold_although_mailboxes_tell_people_apart() -> None:
    names = [("Jane", "Smith"), ("John", "Smith"), ("Mary", "Smith")]
    frame = pd.DataFrame(names, columns=["FirstName", "LastName"], index=["1", "2", "3"])
    frame["Email"] = [f"{one}.{two}@acme.com".lower() for one, two in names]
    answers = pd.DataFrame({"left_id": ["1", "1"], "right_id": ["2", "3"], "answer": "match"})
    assert find_duplicates(frame, answers=answers).groups["size"].tolist() == [3, 3, 3]


def test_a_mailbox_of_a_couple_is_no_link_to_an_existing_person() -> None:
    both = GIVEN.drop(columns="row_id").head(30)
    old = both.assign(Gsid=[f"G{number}" for number in range(30)])
    old.loc[old.index[0], ["FirstName", "LastName", "Email"]] = (
        "Daniela",
        "Berg",
        "k.berg@gmail.com",
    )
    new = both.iloc[[0]].assign(FirstName="Karl", LastName="Berg", Email="k.berg@gmail.com")
    groups = find_duplicates(new, against=old).groups
    assert groups.loc[groups["source"] == "persons", "Gsid"].isna().all()


@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        pytest.param(["Smith, John Jr.", "John Smith"], "review", id="a generation"),
        pytest.param(["SMITH, JOHN (ext)", "John Smith"], "match", id="a note"),
        pytest.param(["Ana Ruiz, PhD", "Dr. Ana Ruiz"], "match", id="a degree and a title"),
        pytest.param(["Ana Ruiz", "Bo Berg"], "single", id="nothing but the mailbox"),
    ],
)
def test_one_mailbox_in_a_short_list(names: list[str], verdict: str) -> None:
    """A person decides about records of one mailbox, unless the list or the names do."""
    rows = {"Name": [*names, "Carl Dahl"], "Email": ["x@acme.com", "X@acme.com", "c@acme.com"]}
    found = find_duplicates(pd.DataFrame(rows))
    assert found.groups["verdict"].tolist() == [verdict, verdict, "single"]
    said = found.pairs["reason"].str.startswith("The e-mail address is the same: a person")
    assert said.tolist() == [True] * (verdict == "review") + [False] * (verdict == "match")


def test_an_initial_does_not_join_two_people() -> None:
    """Both have a mailbox of their own first name; who the initial is, a person decides."""
    three = {
        "FirstName": ["J.", "Jane", "Mary"],
        "LastName": ["Smithers"] * 3,
        "Email": ["smithers@acme.com", "jane.smithers@acme.com", "mary.smithers@acme.com"],
        "row_id": ["a", "b", "c"],
    }
    both = three | {"FirstName": ["J.", "Jane", "John"]}
    both["Email"] = [*three["Email"][:2], "john.smithers@acme.com"]
    verdicts = []
    for rows in (three, both):
        found = find_duplicates(pd.concat([GIVEN, pd.DataFrame(rows)], ignore_index=True))
        groups = found.groups.set_index("row_id")["verdict"]
        verdicts.append(groups.loc[["a", "b", "c"]].tolist())
    assert verdicts == [["match", "match", "single"], ["review", "review", "review"]]


def test_countries_are_compared_by_what_they_mean() -> None:
    frame = pd.DataFrame(
        {"Country": ["D", "Germany", "DE", "Atlantis"], "State": ["D", "DE", *"xy"]}
    )
    columns = encoded_columns(
        frame.astype("str"), {name: Compared(kind="exact") for name in ("Country", "State")}
    )
    assert columns[0].codes[:3].tolist() == [columns[0].codes[0]] * 3
    assert len(set(columns[0].codes.tolist())) == 2
    assert len(set(columns[1].codes.tolist())) == 4


# Two records with name and address, and whether they are one person.
_NAMED = {
    "a shared mailbox": ("Tom|Hughes|hughes@bt.com", "Lucy|Hughes|hughes@bt.com", False),
    "a mailbox that is named after both": (
        "Mark|Stanton|m.stanton@bt.com",
        "Melissa|Stanton|m.stanton@bt.com", False,
    ),
    "an assistant": (
        "Peter|Grabowski|peter.grabowski@bt.com",
        "Sabine|Wirtz|peter.grabowski@bt.com", False,
    ),
    "a brother and a sister": (
        "Daniel|Ferreira Pinto|daniel.pinto@bt.com",
        "Daniela|Ferreira Pinto|daniela.pinto@bt.com", False,
    ),
    "two spellings of a name": (
        "Erik|Hallström|e.hallstrom@bt.com",
        "Eric|Hallström|e.hallstrom@bt.com", True,
    ),
    "a mailbox of one": ("Tom|Hughes|tom.h@bt.com", "Thom|Hughes|tom.h@bt.com", True),
    "father and son": ("John|Miller Sr.|jm@miller.com", "John|Miller Jr.|jm@miller.com", False),
    "mailboxes differ as the first names do": (
        "Jón|Sigurðsson|jon.sig@marel.com",
        "Jónas|Sigurðsson|jonas.sig@marel.com", False,
    ),
    "mailboxes differ as a word of the name does": (
        "Nguyễn|Văn Hùng|hung.nguyen@fpt.com",
        "Nguyễn|Văn Dũng|dung.nguyen@fpt.com", False,
    ),
    "a typing error in both": (
        "Steven|Gallagher|steven.gallagher@dell.com",
        "Steven|Galagher|steven.galagher@dell.com", True,
    ),
    "a number at one employer": (
        "Wei|Zhang|wei.zhang@dell.com",
        "Wei|Zhang|wei.zhang3@dell.com", False,
    ),
    "two numbers of free mail": (
        "Anna|Nowak|nowak84@gmail.com",
        "Anna|Nowak|nowak91@gmail.com", False,
    ),
    "an initial in the mailbox": (
        "Lars|Wiklund|lars.wiklund@abb.com",
        "Lars|Wiklund|lars.g.wiklund@abb.com", False,
    ),
    "a second name in the mailbox": (
        "Amit|Bhatia|amit.bhatia@abb.com",
        "Amit Kumar|Bhatia|amitkumar.bhatia@abb.com", False,
    ),
    "other second names": (
        "Lars Erik|Wiklund|larserik.wiklund@abb.com",
        "Lars Olof|Wiklund|larsolof.wiklund@abb.com", False,
    ),
    "the son, by his surname": (
        "José|dos Prazeres|jose.prazeres@vale.com",
        "José|dos Prazeres Filho|jose.filho@vale.com", False,
    ),
    "the first letters of two first names": (
        "Иван|Петраков|i.petrakov@tatneft.com",
        "Игорь|Петраков|ig.petrakov@tatneft.com", False,
    ),
    "the first letters, and a name written out": (
        "Tobias|Möllering|to.moellering@abb.com",
        "Thomas|Möllering|t.moellering@abb.com", False,
    ),
    "no name in common": (
        "Fatima|Al-Zahra|fatima.z@abb.com",
        "Fatma|Zahran|fatma.zahran@abb.com", False,
    ),
    "two scripts": ("太郎|山田|taro.yamada@sony.com", "Taro|Yamada|taro.yamada@sony.com", True),
}  # fmt: skip

# Two records with name, address, phone, employer and title, and whether they are one person.
_TOLD = {
    "a number, and like first names": (
        "Tyler|Winfeld|twinfeld@abb.com|3235550151|ABB|Editor",
        "Taylor|Winfeld|twinfeld2@abb.com|3235550151|ABB|Editor", False,
    ),
    "a generation in the mailbox": (
        "Juan|Delacorta|juan.delacorta@abb.com|9175550001|ABB|Agent",
        "Juan|Delacorta Jr.|juan.delacortajr@abb.com|9175550999|ABB|Agent", False,
    ),
    "a Czech generation": (
        "Jan|Novotny ml.|jan.novotny@abb.com|6023000011|ABB|Fitter",
        "Jan|Novotny st.|j.novotny@abb.com|6023009992|ABB|Fitter", False,
    ),
    "other second surnames": (
        "Minh|Tran Quang|minh.tran@fpt.com|9033300013|FPT|Dev",
        "Minh|Tran Duc|minh.tranduc@fpt.com|9033309994|FPT|Dev", False,
    ),
    "a first name written on, other numbers": (
        "Ali|Kayaoglu|ali.kayaoglu@abb.com|5333000015|ABB|Fitter",
        "Ali Riza|Kayaoglu|aliriza.kayaoglu@abb.com|5333009996|ABB|Fitter", False,
    ),
    "a first name in the mailbox": (
        "Sam|Reyesberg|samuel.reyesberg@abb.com||ABB|Dev",
        "Samantha|Reyesberg|sam.reyesberg@abb.com||ABB|PM", False,
    ),
    "relatives at one practice": (
        "Kim|Parkinson|office@abb.com|2135550160|ABB|Dentist",
        "Ken|Parkinson|office@abb.com|2135550160|ABB|Dentist", False,
    ),
    "one first name and one employer": (
        "Olivia|Hartwig|olivia.hartwig@abb.com|9175550171|ABB|Nurse",
        "Olivia|Steinway|olivia.steinway@gmail.com||ABB|Nurse", False,
    ),
    "a name at two employers, other numbers": (
        "David|Leeland|david.leeland@abb.com|6465550192|ABB|Analyst",
        "David|Leeland|david.leeland@fpt.com|2065550139|FPT|Driver", False,
    ),
    "nearly a name, at two employers": (
        "Marc|Weberling|marc.weberling@abb.com|1735550003|ABB|Buyer",
        "Mary|Weberling|mary@fpt.com||FPT|Analyst", False,
    ),
    "a married name, and a number": (
        "Deepa|Nairobi|deepa.nairobi@abb.com|9900055555|ABB|HR",
        "Deepa|Menonson|deepa.menonson@abb.com|9900055555|ABB|HR", True,
    ),
    "an own mailbox of two initials": (
        "Chi Keung|Leungman|ck.leungman@abb.com|9000100055|ABB|Agent",
        "Ricky|Leungman|ck.leungman@abb.com|9000100055|ABB|Agent", True,
    ),
    "letters in another order": (
        "Olivia|Edwardsen|edwardsen12@abb.com||ABB|Agent",
        "ilivOa|Edwardsen|edwardsen12@abb.com||ABB|Agent", True,
    ),
    "a short form": (
        "Thandiwe|Nkosini|thandi@abb.com||ABB|HR", "Thandi|Nkosini|thandi@abb.com||ABB|HR", True,
    ),
}  # fmt: skip
_TOLD_BY_MARKS_AND_NUMBERS = {
    "other second names, and a mailbox of initials": (
        "Min-jun|Leedahl|mjleedahl@abb.com|2135550177|ABB|Agent",
        "Min-ji|Leedahl|mjileedahl@abb.com|2135550177|ABB|Agent", False,
    ),
    "other second surnames, and mailboxes of the first": (
        "José|Garcilaso Lopera|jose.garcilaso@abb.com||ABB|Agent",
        "José|Garcilaso Romerin|garcilasoj@abb.com||ABB|Nurse", False,
    ),
    "a generation behind the first name": (
        "Robert Sr|Halewood|robert.halewood@abb.com||ABB|Agent",
        "Robert|Halewood|rhalewood@abb.com||ABB|Agent", False,
    ),
    "a generation behind the mailbox": (
        "Paul|Greenacre|paul@abb.com||ABB|Agent", "Paul|Greenacre|paul.jr@abb.com||ABB|Agent",
        False,
    ),
    "two extensions of one number": (
        "S|Parkwood|s.parkwood@abb.com|4155553000 x11|ABB|Agent",
        "Steve|Parkwood|steve.parkwood@abb.com|4155553000 x12|ABB|Buyer", False,
    ),
    "one extension": (
        "Nora|Quistgaard|nora.quistgaard@abb.com|415 555 2000 ext. 205|ABB|Agent",
        "Nora|Quistgaard||4155552000x205|ABB|Agent", True,
    ),
    "a number with and without extension": (
        "Nils|Quistberg|nils.quistberg@abb.com|415 555 2100 #7|ABB|Agent",
        "Nils|Quistberg||4155552100|ABB|Agent", True,
    ),
    "an employer alone": (
        "||carla@fpt.com||Globex Fabrikam|", "||||Globex Fabrikam|", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "known"), [(_NAMED, 3), (_TOLD, 6), (_TOLD_BY_MARKS_AND_NUMBERS, 6)]
)
def test_relatives_colleagues_and_namesakes_stay_apart(
    told: dict[str, tuple[str, str, bool]], known: int
) -> None:
    columns = ["FirstName", "LastName", "Email", "Phone", "CompanyName", "Title"][:known]
    both = {
        f"{pair}, {n}": one.split("|")
        for pair, sides in told.items()
        for n, one in enumerate(sides[:2])
    }
    lines = pd.DataFrame.from_dict(both, orient="index", columns=columns).rename_axis("row_id")
    frame = pd.concat([people(50 * known, 80)[["row_id", *columns]], lines.reset_index()])
    groups = find_duplicates(frame).groups.set_index("row_id")["person_id"]
    joined = {pair: groups[f"{pair}, 0"] == groups[f"{pair}, 1"] for pair in told}
    assert joined == {pair: sides[2] for pair, sides in told.items()}
