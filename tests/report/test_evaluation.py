"""The page about how right decisions are: the words of its lines."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from gsprep.report.evaluation import agreement_of, headline_of, lead_of
from gsprep.report.page import render_evaluation
from gsprep.unification.tuning.evaluate import evaluate

TRUTH = pd.DataFrame({"row_id": ["1", "2", "3"], "Company_ID": ["A", "B", None]})


def decisions(*verdicts: str) -> pd.DataFrame:
    companies = ["A", "A", "A"]
    return pd.DataFrame(
        {"row_id": ["1", "2", "3"], "verdict": verdicts, "Company_ID": companies,
         "probability": [0.99, 0.9, 0.5]}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        pytest.param(("review", "review", "review"), "No one was matched", id="none"),
        pytest.param(("match", "review", "review"), "100 % of 1 match is right", id="one"),
        pytest.param(("match", "match", "review"), "50 % of 2 matches are right", id="half"),
    ],
)
def test_the_headline(verdicts: tuple[str, ...], headline: str) -> None:
    result = evaluate(decisions(*verdicts), TRUTH)
    assert headline_of(result) == headline
    assert lead_of(result).startswith("Counted over 3 people whose company, or lack of one,")
    assert headline in render_evaluation(result, {})


def test_the_lines_of_the_page() -> None:
    evidence = pd.DataFrame(
        {"row_id": ["1"], "Company_ID": ["A"], "intercept": [-3.0], "same_domain": [9.36]}
    )
    result = evaluate(decisions("match", "match", "review"), TRUTH, evidence)
    page = re.sub(r"<(?!tr|/tr)[^>]*>", " ", render_evaluation(result, {}))
    words = " ".join(page.split())
    for line in (
        "Matched 2 people, 1 of them correctly",
        "<tr> 99 % 50 % 9.45 to 90.55 % 0.9900 </tr>",
        "same_domain +9.36 +9.36 1 100 %",
        "<tr> wrong company 1 </tr> <tr> in review 1 </tr>",
    ):
        assert line in words


@pytest.mark.parametrize(
    ("verdicts", "lead", "counts"),
    [
        (("match", "match", "review"), "1 of 2 matches agree with the answer", "3 1 1 0 1 0"),
        (("match", "no_match", "match"), "1 of 2 matches agree with the answer", "3 1 0 1 0 1"),
        (("review", "no_match", "no_match"), "It matched none of them", "3 0 0 0 1 2"),
    ],
)
def test_each_answer_is_counted_once(verdicts: tuple[str, ...], lead: str, counts: str) -> None:
    told = agreement_of(evaluate(decisions(*verdicts), TRUTH))
    assert told.lead.startswith(lead)
    assert [count for _, count in told.measures] == counts.split()


def test_what_is_shown_is_escaped() -> None:
    result = evaluate(decisions("match", "match", "review"), TRUTH)
    page = render_evaluation(result, {"Decisions": "<d>", "Command": "gsprep <c>"})
    assert "<d>" not in page
    assert "gsprep &lt;c&gt;" in page
    assert page.count("<svg") == 2
