"""What the measurements compute is right, on cases small enough to count by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import second_generator
from bench import table
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from interactions import Weighed
from peers.pairs import agreement, best_of_each, joined
from peers.tidy import tidy_companies, tidy_people
from plots import bars, lines
from scale import ratios
from scoring import (
    Guessed,
    best_f1,
    calibration_error,
    coverage_at,
    held_against,
    precision_from,
)
from train import Case, apart, nested, rewritten, used_to_fit
from train import joined as all_people

from gsprep import evaluate, unify
from gsprep.unification.tuning.logit import Labelled, log_odds

if TYPE_CHECKING:
    from random import Random

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
NOTHING = float("-inf")


def guessed(*people: tuple[float, bool, bool]) -> Guessed:
    score, right, answerable = (list(column) for column in zip(*people, strict=True))
    return Guessed(np.array(score), np.array(right, bool), np.array(answerable, bool))


# Score, whether it is right, whether any company is; a right guess is of somebody answerable.
anybody = st.tuples(
    st.sampled_from([NOTHING, 0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans(), st.booleans()
).map(lambda one: (one[0], one[1] and one[2] and one[0] > NOTHING, one[2]))
crowds = st.lists(anybody, min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("people", "f1"),
    [
        pytest.param([(0.9, True, True), (0.5, True, True)], 1.0, id="all right"),
        pytest.param([(0.9, True, True), (0.5, False, False)], 1.0, id="a line apart"),
        pytest.param([(0.5, True, True), (0.5, False, False)], 2 / 3, id="ties go together"),
        pytest.param([(0.9, True, True), (NOTHING, False, True)], 2 / 3, id="one not guessed"),
        pytest.param([(NOTHING, False, True)], 0.0, id="nothing guessed"),
    ],
)
def test_best_f1(people: list[tuple[float, bool, bool]], f1: float) -> None:
    assert best_f1(guessed(*people)) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("precision", "coverage"),
    [
        pytest.param(1.0, 0.25, id="until the first mistake"),
        pytest.param(0.75, 0.75, id="met exactly, further down"),
        pytest.param(0.8, 0.25, id="not met further down"),
    ],
)
def test_coverage_at(precision: float, coverage: float) -> None:
    people = guessed(
        (0.9, True, True), (0.8, False, False), (0.7, True, True), (0.6, True, True),
        (0.5, False, True),
    )  # fmt: skip
    assert coverage_at(people, precision) == pytest.approx(coverage)


@given(crowds, st.randoms(use_true_random=False))
def test_only_the_order_of_scores_counts(
    people: list[tuple[float, bool, bool]], rng: Random
) -> None:
    """Neither another scale nor another order of the people changes a figure but calibration."""
    stretched = [(score * 40 - 7, right, answerable) for score, right, answerable in people]
    rng.shuffle(stretched)
    for figure in (best_f1, lambda one: coverage_at(one, 0.6)):
        assert figure(guessed(*stretched)) == pytest.approx(figure(guessed(*people)))


@given(crowds)
def test_a_higher_promise_never_covers_more(people: list[tuple[float, bool, bool]]) -> None:
    covered = [coverage_at(guessed(*people), precision) for precision in (0.5, 0.8, 0.99, 1.0)]
    assert covered == sorted(covered, reverse=True)


def test_precision_from_counts_what_is_on_the_line() -> None:
    people = guessed((0.9, True, True), (0.5, False, True), (0.4, True, True))
    assert precision_from(people, 0.5) == (0.5, pytest.approx(1 / 3))
    assert precision_from(people, 0.95) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("people", "error"),
    [
        pytest.param([(0.5, True, True), (0.5, False, True)], 0.0, id="as sure as right"),
        pytest.param([(0.9, False, True), (0.9, False, True)], 0.9, id="sure and wrong"),
        pytest.param([(0.1, True, True), (0.9, True, True)], 0.5, id="bins do not even out"),
        pytest.param([(NOTHING, False, True)], 0.0, id="nothing claimed"),
    ],
)
def test_calibration_error(people: list[tuple[float, bool, bool]], error: float) -> None:
    assert calibration_error(guessed(*people), bins=2) == pytest.approx(error)


def test_guesses_are_laid_beside_their_person() -> None:
    truth = pd.DataFrame({"row_id": ["1", "2", "3", "4"], "Company_ID": ["A", None, "B", "C"]})
    guesses = pd.DataFrame(
        {"row_id": ["4", "2", "1"], "Company_ID": ["B", "A", "A"], "score": [0.3, 0.2, 0.9]}
    )
    held = held_against(guesses, truth)
    assert held.score.tolist() == [0.9, 0.2, NOTHING, 0.3]
    assert held.right.tolist() == [True, False, False, False]
    assert held.answerable.tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("column", "value", "tidied", "expected"),
    [
        pytest.param("CompanyName", "Ācme & Söhne GmbH", "core", "acme and sohne", id="folded"),
        pytest.param("CompanyName", "Limited", "core", "limited", id="never empty"),
        pytest.param("Email", "Bo <BO@eu.acme.co.uk>", "domain", "acme.co.uk", id="registrable"),
        pytest.param("Email", "bo@gmail.com", "domain", None, id="free mail"),
        pytest.param("Phone", "+44 (0)20 7946 0958 ext. 4", "phone", "79460958", id="extension"),
        pytest.param("Phone", "12 34", "phone", None, id="too short"),
        pytest.param("Country", "Allemagne", "country", "DE", id="country by name"),
    ],
)
def test_people_are_tidied(column: str, value: str, tidied: str, expected: str | None) -> None:
    columns = {"CompanyName": None, "Email": None, "Phone": None, "Country": None, column: value}
    people = pd.DataFrame({"row_id": ["1"], **{c: [v] for c, v in columns.items()}}, dtype="str")
    got = tidy_people(people)[tidied].iloc[0]
    assert got == expected or (expected is None and pd.isna(got))


def test_a_company_has_a_line_for_each_domain() -> None:
    companies = pd.DataFrame(
        {
            "Gsid": ["A"],
            "Name": ["Acme Inc."],
            "Domain": ["www.acme.com; https://acme.de/en"],
            "Phone": [None],
            "Country": ["us"],
        },
        dtype="str",
    )
    assert tidy_companies(companies)["domain"].tolist() == ["acme.com", "acme.de"]


def test_pairs_of_equal_cells_and_the_best_of_each() -> None:
    """Missing meets nothing; of equal scores the first company is taken."""
    people = pd.Series(["a", None, "b"], dtype="str")
    companies = pd.Series(["b", "a", None, "a"], dtype="str")
    pairs = joined(people, companies)
    assert sorted(map(tuple, pairs.to_numpy().tolist())) == [(0, 1), (0, 3), (2, 0)]
    same, differs = agreement(
        pd.DataFrame({"left": [0, 0, 1], "right": [1, 0, 2]}), people, companies
    )
    assert (same.tolist(), differs.tolist()) == ([True, False, False], [False, True, False])
    best = best_of_each(people, companies, pairs, np.ones(len(pairs)))
    assert best["Company_ID"].tolist() == ["a", "b"]


def run(script: str, *options: str) -> str:
    command = [sys.executable, str(BENCHMARKS / script), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)  # noqa: S603  our own script
    return done.stdout


def test_a_short_file_is_filled_up_for_the_harsh_workload(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("name,domain,country\nAcme Inc.,acme.com,United States\n", encoding="utf-8")
    options = ("--companies-from", str(listed), "--companies", "20", "--broken-companies", "0",
               "--people", "50", "--out", str(tmp_path))  # fmt: skip
    counts = []
    for more in ((), ("--harsh",)):
        run("generate.py", *options, *more)
        counts.append(len(pd.read_csv(tmp_path / "companies.csv")))
    assert counts == [1, 20]


@pytest.mark.parametrize("seed", [21, 22])
def test_the_default_promise_holds_on_lists_of_the_second_generator(
    tmp_path: Path, seed: int
) -> None:
    second_generator.made(tmp_path, people=3000, companies=400, seed=seed)
    people, companies = (
        pd.read_parquet(tmp_path / f"{n}.parquet") for n in ("people", "companies")
    )
    truth = pd.read_csv(tmp_path / "truth.csv", dtype="str")
    judged = evaluate(unify(people, companies).decisions, truth)
    assert judged.precision >= 0.99
    assert judged.recall >= 0.85


def test_the_second_generator_repeats_itself_and_tells_the_truth(tmp_path: Path) -> None:
    mixes = [
        second_generator.made(tmp_path / name, people=400, companies=60, seed=seed)
        for name, seed in (("one", 5), ("again", 5), ("other", 6))
    ]
    assert mixes[0] == mixes[1] != mixes[2]
    files = ("people.parquet", "companies.parquet", "truth.csv")
    one, again = ([(tmp_path / n / file).read_bytes() for file in files] for n in ("one", "again"))
    assert one == again
    companies = pd.read_parquet(tmp_path / "one" / "companies.parquet")
    truth = pd.read_csv(tmp_path / "one" / "truth.csv", dtype="str")
    assert truth["Company_ID"].dropna().isin(companies["Gsid"]).all()
    assert 0.05 < truth["Company_ID"].isna().mean() < 0.35


def test_varied_lists_differ_in_their_shares_of_errors(tmp_path: Path) -> None:
    options = ("--companies", "40", "--people", "300", "--varied", "--broken-companies", "0")
    for seed in ("1", "2", "1"):
        run("generate.py", *options, "--seed", seed, "--out", str(tmp_path / seed))
    missing = [
        pd.read_csv(tmp_path / seed / "truth.csv", dtype="str")["Company_ID"].isna().mean()
        for seed in ("1", "2")
    ]
    assert missing[0] != missing[1]
    assert all(0.05 < share < 0.4 for share in missing)
    people = pd.read_csv(tmp_path / "1" / "people.csv", sep=";", encoding="cp1252", dtype="str")
    assert 0 < people["Other E-mail"].notna().mean() < 0.5


def test_a_list_can_have_the_columns_of_one_kind_only() -> None:
    truth = pd.Series(["A"])
    whole = Case(
        pd.DataFrame({"Email": ["a@acme.com"], "CompanyName": ["Acme"], "Phone": ["1"]}),
        pd.DataFrame({"Gsid": ["A"], "Name": ["Acme"], "Domain": ["acme.com"]}), truth, 1.0,
    )  # fmt: skip
    names, domains = whole.only("names"), whole.only("domains")
    assert [list(names.persons), list(names.companies)] == [["CompanyName"], ["Gsid", "Name"]]
    assert [list(domains.persons), list(domains.companies)] == [
        ["Email"],
        ["Gsid", "Name", "Domain"],
    ]


@pytest.mark.thorough
def test_matching_prints_a_line_for_each_tool() -> None:
    printed = run("matching.py", "--people", "200", "--companies", "40", "--repeat", "1",
                  "--peers", "splink_link", "--limit", "100")  # fmt: skip
    lines = {line.split()[0]: line.split()[1:] for line in printed.splitlines()[2:]}
    assert 0.5 < float(lines["ours"][3]) <= 1
    assert "splink_link" in lines


def test_starting_is_told_beside_pandas_in_one_run() -> None:
    printed = run("starting.py", "--rounds", "1", "--only", "gsprep --help").splitlines()
    lines = {line.split("|")[1].strip(): line.split("|")[2:4] for line in printed[2:]}
    assert list(lines) == ["`import pandas`", "`gsprep --help`"]
    assert float(lines["`import pandas`"][1]) == 1.0


@pytest.mark.thorough
def test_uploading_prints_a_line_without_a_ledger_and_with_one() -> None:
    printed = run("uploading.py", "120", "--way", "sync").splitlines()
    lines = [line.split() for line in printed[1:]]
    assert [line[:3] for line in lines] == [["sync", "24", "no"], ["sync", "24", "yes"]]
    assert all(float(line[5]) > 0 for line in lines)


def test_weights_are_written_where_they_stand() -> None:
    text = "intercept: -1.0\n\nmodel:\n  same_name: 5.0   # the same\n  other: 1\nother_name: 2\n"
    assert rewritten(text, {"intercept": -3.0, "same_name": 10.25, "other": 0.5}) == (
        "intercept: -3.00\n\nmodel:\n  same_name: 10.25 # the same\n  other: 0.50\nother_name: 2\n"
    )


def test_a_company_is_fitted_on_or_held_out_by_its_name() -> None:
    names = [f"Company {number}" for number in range(1000)]
    used = [used_to_fit(name, 4) for name in names]
    assert used == [used_to_fit(name, 4) for name in names]
    assert 150 < sum(used) < 350


def test_people_of_several_sources_stay_apart() -> None:
    one = Labelled(
        np.ones((2, 3), np.float32), np.array([0, 0, 1]), np.array([True, False, False]), np.ones(3)
    )
    both = all_people([one, one])
    assert both.person.tolist() == [0, 0, 1, 2, 2, 3]
    assert both.chosen.tolist() == [True, False, False] * 2
    assert both.features.shape == (2, 6)


def test_long_lists_have_a_line_for_each_ratio(tmp_path: Path) -> None:
    run("generate.py", "--out", str(tmp_path), "--companies", "40", "--people", "80",
        "--broken-companies", "0")  # fmt: skip
    lines = ratios(tmp_path, 1)
    assert len(lines) == 5
    assert all(seconds > 0 for _, _, seconds in lines)


def test_a_tool_without_figures_is_in_the_table_with_the_reason() -> None:
    """Ratios are to the first tool's processor seconds; a peer that is better has less than 1."""
    figures = {"processor": 2.0, "gigabytes": 0.5, "f1": 0.9}
    said = table(
        {"ours": figures, "peer": figures | {"processor": 1.0}, "no": "failed"}, "ours", ("f1",)
    )
    assert said.splitlines()[2:] == [
        "| ours | 2.00 | 1.00 | 0.50 | 0.900 |",
        "| peer | 1.00 | 0.50 | 0.50 | 0.900 |",
        "| no | failed | | | |",
    ]


@pytest.mark.parametrize(
    "picture", [bars("A & B", {"<a>": 1.0, "b": 0.0}), lines("A", {1e4: 0.5, 1e5: 5.0})]
)
def test_a_plot_is_a_picture(picture: str) -> None:
    root = fromstring(picture)
    assert root.tag.endswith("svg")
    assert "A" in "".join(root.itertext())


NAMES = ("same_domain", "same_name", "spelled_alike", "begins_alike", "cut_short",
         "first_word", "same_country")  # fmt: skip
DEGREES = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(
    st.lists(st.tuples(st.booleans(), *[DEGREES] * (len(NAMES) - 1)), min_size=1, max_size=8),
    st.lists(st.sampled_from([0.0, 0.5, 1.5]), min_size=len(NAMES) + 1, max_size=len(NAMES) + 1),
    st.dictionaries(
        st.tuples(st.integers(1, len(NAMES)), st.integers(1, len(NAMES))).filter(
            lambda pair: pair[0] < pair[1]
        ),
        st.sampled_from([-0.5, 1.0]),
        max_size=6,
    ),
)
def test_what_a_name_adds_to_a_similar_one_becomes_weights_of_its_own(
    pairs: list[tuple[float, ...]], weights: list[float], products: dict[tuple[int, int], float]
) -> None:
    """Weights that were fitted for nested comparisons say the same of the comparisons."""
    features = np.array([(1.0, *pair) for pair in pairs]).T
    same = features[2] > 0
    features[3 : len(NAMES), same] = 0
    features[2] = same
    every = np.arange(len(pairs))
    deep = nested(Labelled(features, every, np.zeros(len(pairs), bool)), NAMES)
    flat = apart(Weighed(np.array(weights), products), NAMES)

    def odds(lines: np.ndarray, found: Weighed) -> np.ndarray:
        both = (weight * lines[a] * lines[b] for (a, b), weight in found.products.items())
        return np.asarray(log_odds(lines, found.weights) + sum(both))

    assert odds(features, flat) == pytest.approx(
        odds(deep.features, Weighed(np.array(weights), products))
    )
