"""A written rulebook: read again it is the same, and it says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.schemas.lookups import Lookup, Lookups
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.rulebook import Decide, Domains, Rulebook, read_rulebook
from gsprep.unification.tuning.written import rulebook_text, write_rulebook

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = st.floats(-30, 30, allow_nan=False)
PRECISE = Decide(precision=0.99, lines={0.98: 0.7, 0.99: 0.8}, review_from=0.1)


@pytest.mark.parametrize("name", ["default", "strict", "communities"])
def test_a_shipped_rulebook_comes_back(name: str, tmp_path: Path) -> None:
    book = read_rulebook(name)
    assert read_rulebook(write_rulebook(book, tmp_path / "rules.yaml")) == book


@settings(max_examples=25)
@given(
    model=st.dictionaries(st.sampled_from(sorted(COMPARISONS)), WEIGHTS, min_size=1),
    intercept=WEIGHTS,
    decide=st.sampled_from([Decide(), PRECISE, Decide(match_from=0.5, review_from=1e-6)]),
)
def test_any_weights_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    model: dict[str, float],
    intercept: float,
    decide: Decide,
) -> None:
    book = Rulebook(
        intercept=intercept,
        model=model,
        decide=decide,
        domains=Domains(own=("müller.de",), excluded=("no",)[:0]),
        region="NO",
    )
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    assert read_rulebook(write_rulebook(book, path, ["any"])) == book


def test_each_weight_has_its_sentence_and_the_head_its_provenance() -> None:
    text = rulebook_text(read_rulebook(), ["Fitted on Monday", "to two\nlines"])
    assert text.startswith("# Fitted on Monday\n# to two\n# lines\n")
    for name, weight in read_rulebook().model.items():
        line = next(line for line in text.splitlines() if line.startswith(f"  {name}:"))
        assert str(weight) in line
        assert COMPARISONS[name].sentence in line


def test_a_promise_is_written_without_the_line_that_it_replaces() -> None:
    book = read_rulebook().model_copy(update={"decide": PRECISE})
    text = rulebook_text(book)
    assert "match_from" not in text
    assert "precision: 0.99" in text


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_rulebook(read_rulebook(), tmp_path / "none" / "rules.yaml")


def test_lookups_come_back(tmp_path: Path) -> None:
    by_code = Lookups(companies={"Company_ID": Lookup(fields={"CompanyName": "Code__gc"})})
    book = read_rulebook("strict").model_copy(update={"lookups": by_code})
    assert read_rulebook(write_rulebook(book, tmp_path / "book.yaml")).lookups == by_code
