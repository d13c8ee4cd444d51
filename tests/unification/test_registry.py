"""The registry of the kinds of evidence: its names, and what a new kind takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.errors import RulebookError
from gsprep.unification.explain import waterfall
from gsprep.unification.index import Feature, Values
from gsprep.unification.pairs import encode, invert_column
from gsprep.unification.registry import FEATURES
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.rules import FOR_RULES, shipped_weights
from gsprep.unification.tuning.evaluate import evaluate
from gsprep.unification.tuning.fit import rulebook_text
from gsprep.unification.unify import unify
from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Bools, Encoded, InvertedIndex


def test_the_shipped_rulebook_has_a_line_for_each_comparison_of_the_registry() -> None:
    names = [one.__name__ for feature in FEATURES.values() for one in feature.comparisons]
    assert len(names) == len(set(names))
    assert set(names) == {*shipped_weights(), *FOR_RULES}


# All that a new kind of evidence takes: the keys, the index, the facts and the comparisons here;
# its entry in the registry; and a line in the shipped rulebook.


def page(url: str) -> str | None:
    return url.lower().rstrip("/").rpartition("/company/")[2] or None


def same_page(pairs: Bools) -> Bools:
    """The employer's LinkedIn page that they give is this company's."""
    return pairs


def pages_of_people(people: People) -> Encoded:
    return encode(on_distinct(people.column("EmployerPage"), page))


def pages_of_companies(companies: Companies) -> InvertedIndex:
    pages = on_distinct(companies.entries("Page"), page)
    return invert_column(as_arrow(pages), pages.index.to_numpy())


def look_up(key: Encoded, index: CompanyIndex) -> Values:
    listed = index.part(LINKEDIN).look_up(key.texts)
    return Values(key.codes, index.proposed_by(listed), listed.has)


LINKEDIN = Feature("linkedin", (same_page,), pages_of_people, look_up, pages_of_companies)
YAML = "intercept: -3.0\nmodel:\n  same_page: 9.0\n"
COMPANIES = pd.DataFrame(
    {
        "Gsid": ["A", "B"],
        "Name": ["Acme", "Bolt"],
        "Page": ["https://www.linkedin.com/company/acme/;linkedin.com/company/acme-labs", None],
    }
)
PEOPLE = pd.DataFrame(
    {"row_id": ["1", "2"], "EmployerPage": ["https://linkedin.com/company/Acme-Labs", None]}
)


@pytest.fixture
def linkedin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter the kind into the registry, and its line into the shipped rulebook."""
    monkeypatch.setitem(shipped_weights(), "same_page", 9.0)
    monkeypatch.setitem(FEATURES, "linkedin", LINKEDIN)


def written(folder: Path, text: str) -> Path:
    file = folder / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.usefixtures("linkedin")
def test_a_new_kind_is_a_file_an_entry_and_a_line(tmp_path: Path) -> None:
    book = read_rulebook(written(tmp_path, YAML))
    found = unify(PEOPLE, COMPANIES, book)
    assert found.decisions["Company_ID"].tolist()[0] == "A"
    assert found.decisions["verdict"].tolist() == ["match", "no_match"]
    assert found.decisions["reason"].iloc[0] == same_page.__doc__
    assert found.evidence["same_page"].tolist() == [9.0]
    assert any(str(same_page.__doc__) in line for line in waterfall(found, "1"))
    assert str(same_page.__doc__) in rulebook_text(book)
    truth = pd.DataFrame({"row_id": ["1"], "Company_ID": ["A"]})
    told = evaluate(found.decisions, truth, found.evidence)
    assert told.sources["source"].tolist() == ["linkedin"]


@pytest.mark.usefixtures("linkedin")
def test_a_rule_can_ask_for_a_new_kind(tmp_path: Path) -> None:
    rule = "rules: [{name: page, precision: 0.99, when: [same_page]}]\n"
    line = unify(PEOPLE, COMPANIES, read_rulebook(written(tmp_path, rule))).decisions.iloc[0]
    assert (line["verdict"], line["Company_ID"], line["rule"]) == ("match", "A", "page")


def test_a_kind_without_an_entry_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="unknown comparison"):
        read_rulebook(written(tmp_path, YAML))
