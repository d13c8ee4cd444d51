"""What a rulebook says about duplicates, and its mistakes, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.errors import RulebookError
from gsprep.unification.rulebook import parse_rulebook, read_rulebook

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_rulebook_of_people_is_read_by_its_name() -> None:
    book = read_rulebook("people")
    assert book.compare["Email"].kind == "email"
    assert book.compare["CompanyName"].is_shared
    assert not book.compare["LastName"].is_shared
    assert book.survive is not None
    assert book.model == {}


def test_a_rulebook_of_survivors_alone_is_valid() -> None:
    book = parse_rulebook({"survive": {"default": "longest"}})
    assert book.survive is not None
    assert book.survive.default.by == "longest"


@pytest.mark.parametrize("how", ["{by: recent, on: UpdatedAt}", "{by: recent, 'on': UpdatedAt}"])
def test_the_word_on_needs_no_quotes(tmp_path: Path, how: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"survive: {{fields: {{Title: {how}}}}}\n", encoding="utf-8")
    survive = read_rulebook(path).survive
    assert survive is not None
    assert survive.fields["Title"].on == "UpdatedAt"


MISTAKES: dict[str, tuple[str, object]] = {
    "compare.Email": ("compare", {"Email": "mail"}),
    "compare.Name": ("compare", {"Name": {"kind": "text", "part": "given"}}),
    "compare.Id.differ_at_most": ("compare", {"Id": {"kind": "identifier", "differ_at_most": 2.0}}),
    "decide.link": ("decide", {"link": "one_to_many"}),
    "candidates.largest_block": ("candidates", {"largest_block": 1}),
    "survive.record": ("survive", {"record": ["newest"]}),
    "survive": ("survive", {"record": ["recent"]}),
    "survive.fields.Title": ("survive", {"fields": {"Title": {"by": "ranked"}}}),
    "survive.fields.Phone": ("survive", {"fields": {"Phone": {"by": "recent"}}}),
}


@pytest.mark.parametrize("place", MISTAKES)
def test_a_mistake_is_named_with_its_place(place: str) -> None:
    part, wrong = MISTAKES[place]
    with pytest.raises(RulebookError) as failure:
        parse_rulebook({"compare": {"Email": "email"}, part: wrong})
    assert any(problem.place.startswith(place) for problem in failure.value.problems)


def test_every_mistake_is_named_at_once() -> None:
    document = {
        "compare": {"A": "mail", "B": "phones"},
        "never": [""],
        "survive": {"default": "new"},
    }
    with pytest.raises(RulebookError) as failure:
        parse_rulebook(document)
    places = {problem.place.split(".")[0] for problem in failure.value.problems}
    assert places == {"compare", "never", "survive"}
    assert len(failure.value.problems) >= 4
