"""Measures of groups, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.duplicates.fitting import evaluate_groups


def named(persons: str) -> pd.DataFrame:
    ids = [str(number) for number in range(len(persons))]
    return pd.DataFrame({"row_id": ids, "person_id": list(persons)})


def test_measures_are_those_counted_by_hand() -> None:
    measured = evaluate_groups(named("aabbc"), named("xxxyy"))
    # Together: 01, 23. True: 01, 02, 12, 34. Right: 01.
    assert (measured.precision, measured.recall) == (0.5, 0.25)
    assert measured.f1 == pytest.approx(1 / 3)
    assert (measured.wrong, measured.missed) == (1, 3)
    assert measured.b_cubed_precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1) / 5)
    assert measured.b_cubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert (measured.over_merged, measured.under_merged) == (1, 2)
    assert measured.sizes.to_dict("list") == {
        "size": [1, 2, 3],
        "groups": [1, 2, 0],
        "people": [0, 1, 1],
    }
    mistakes = measured.mistakes.set_index("row_id")["mistake"].to_dict()
    assert mistakes == {
        "0": "under-merged", "1": "under-merged", "2": "both", "3": "both", "4": "under-merged",
    }  # fmt: skip


def test_equal_groups_are_without_a_mistake() -> None:
    measured = evaluate_groups(named("aab"), named("yyx"))
    assert (measured.f1, measured.b_cubed_f1) == (1, 1)
    assert measured.mistakes.empty


def test_records_without_a_group_are_left_out_with_a_note() -> None:
    measured = evaluate_groups(named("aa"), named("xxy"))
    assert measured.records == 2
    assert measured.notes == ("1 record of the truth is not among the groups: left out",)


def test_a_truth_about_other_records_is_refused() -> None:
    with pytest.raises(InputError, match="row_id"):
        evaluate_groups(named("aa"), named("xx").assign(row_id=["u", "v"]))
    with pytest.raises(MissingColumnsError):
        evaluate_groups(named("aa").drop(columns="person_id"), named("xx"))
