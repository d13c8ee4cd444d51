"""The rulebook: valid documents, and every mistake named at once with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gsprep.errors import InputError, RulebookError
from gsprep.shipped import shipped
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import SHIPPED, Decide, Rulebook, parse_rulebook, read_rulebook
from gsprep.unification.rules import FOR_RULES

if TYPE_CHECKING:
    from pathlib import Path

LEAST = "intercept: -3.0\nmodel:\n  same_domain: 7.0\n"
DEFAULT = shipped("rules", "default.yaml")


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "rules.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_the_shipped_rulebook_weighs_every_comparison() -> None:
    book = read_rulebook()
    assert set(book.model) == set(comparisons()) - FOR_RULES
    assert set(book.never_alone) <= set(comparisons())
    assert book.region is None
    assert 0 < book.decide.review_from < book.decide.match_from < 1


def test_the_shipped_rulebook_says_beside_each_weight_what_it_is_for() -> None:
    lines = DEFAULT.read_text(encoding="utf-8").splitlines()
    for name in read_rulebook().model:
        line = next(line for line in lines if line.strip().startswith(f"{name}:"))
        assert line.partition("#")[2].strip(), name


@pytest.mark.parametrize("name", sorted(comparisons()))
def test_every_comparison_has_one_sentence_for_the_reviewer(name: str) -> None:
    sentence = comparisons()[name].sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert 20 < len(sentence) < 110


def test_the_least_rulebook_fills_in_the_rest(tmp_path: Path) -> None:
    book = read_rulebook(written(tmp_path, LEAST))
    assert book.model == {"same_domain": 7.0}
    assert book.columns.email == "Email"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\xef\xbb\xbf" + LEAST.encode(), id="a byte order mark"),
        pytest.param(LEAST.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param("# mine\n" + LEAST + "\n\n", id="comments and blank lines"),
        pytest.param(LEAST.replace("-3.0", "-3"), id="a whole number"),
        pytest.param(LEAST + "domains:\n  own: [https://www.Acme.com/de]\n", id="a pasted address"),
        pytest.param(LEAST + "region: Germany\n", id="a country by name"),
        pytest.param(LEAST + "never_alone: []\n", id="an empty list"),
    ],
)
def test_what_is_taken(tmp_path: Path, text: str | bytes) -> None:
    assert read_rulebook(written(tmp_path, text)).intercept == -3


def test_three_mistakes_are_named_at_once_with_their_places(tmp_path: Path) -> None:
    text = "intercept: high\nmodel:\n  same_domian: 7.0\ndecide:\n  match_from: 95\n"
    with pytest.raises(RulebookError) as caught:
        read_rulebook(written(tmp_path, text))
    places = [problem.place for problem in caught.value.problems]
    assert places == ["intercept", "model.same_domian", "decide.match_from"]
    assert "3 mistakes" in str(caught.value)
    assert all(place in str(caught.value) for place in places)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        pytest.param(
            LEAST + "  same_domian: 1.0\n", "model.same_domian", "same_domain", id="a slip"
        ),
        pytest.param("model: defalt\n", "model", "must be default, or lines", id="another word"),
        pytest.param(
            "model: default\ninteractions: none\n",
            "interactions",
            "must be default, or lines",
            id="another word for the interactions",
        ),
        pytest.param(
            "intercept: -3.0\nmodel: {same_domain: '0.9'}",
            "model.same_domain",
            "number",
            id="a number in quotes",
        ),
        pytest.param(
            "intercept: -3.0\nmodel: {same_domain: true}",
            "model.same_domain",
            "number",
            id="yes for a number",
        ),
        pytest.param(
            "intercept: -3.0\nmodel: {same_domain: .nan}",
            "model.same_domain",
            "number",
            id="not a number",
        ),
        pytest.param(
            "intercept: -3.0\nmodel: {same_domain: .inf}",
            "model.same_domain",
            "number",
            id="without end",
        ),
        pytest.param(
            "intercept: 1e9\nmodel: {same_domain: 1.0}", "intercept", "", id="1e9 is text in YAML"
        ),
        pytest.param(
            "intercept: 99.0\nmodel: {same_domain: 1.0}", "intercept", "30", id="far too large"
        ),
        pytest.param(
            "intercept:\nmodel: {same_domain: 1.0}", "intercept", "number", id="left empty"
        ),
        pytest.param("model: {same_domain: 1.0}", "intercept", "missing", id="no intercept"),
        pytest.param("intercept: -3.0", "model", "missing", id="no model"),
        pytest.param("intercept: -3.0\nmodel: [same_domain]", "model", "colon", id="model a list"),
        pytest.param(LEAST + "treshold: 0.9\n", "treshold", "no such entry", id="an extra entry"),
        pytest.param(
            LEAST + "decide: {match_form: 0.9}\n",
            "decide.match_form",
            "no such entry",
            id="an extra entry inside",
        ),
        pytest.param(
            LEAST + "decide: {match_from: 0.3, review_from: 0.5}\n",
            "decide",
            "above match_from",
            id="the wrong way round",
        ),
        pytest.param(
            LEAST + "decide: {match_from: 1.0}\n", "decide.match_from", "1", id="never a match"
        ),
        pytest.param(
            LEAST + "domains: {own: [acme]}\n", "domains.own.0", "acme.com", id="no domain"
        ),
        pytest.param(LEAST + "domains: {own: acme.com}\n", "domains.own", "list", id="no list"),
        pytest.param(LEAST + "region: Atlantis\n", "region", "two-letter", id="no country"),
        pytest.param(
            LEAST + "region: NO\n", "region", "quotes", id="Norway is a truth value in YAML"
        ),
        pytest.param(LEAST + "columns: {email: ''}\n", "columns.email", "name the", id="no name"),
        pytest.param(LEAST + "largest_block: 0\n", "largest_block", "1", id="nobody proposed"),
        pytest.param(
            LEAST + "never_alone: [same_dmain]\n",
            "never_alone.0",
            "unknown comparison. Do you mean same_domain?",
            id="never",
        ),
        pytest.param(
            LEAST + "never_alone: [xyz]\n",
            "never_alone.0",
            "unknown comparison. Choose one of begins_alike, ",
            id="like none",
        ),
        pytest.param(LEAST + LEAST, "line 1", "is repeated", id="a key twice"),
        pytest.param(
            LEAST + "  same_domain: 1.0\n", "line 3", "is repeated", id="a comparison twice"
        ),
        pytest.param("a: &a [1]\nb: *a\n", "line 2", "aliases", id="an alias"),
        pytest.param("\tintercept: -3.0", "line 1", "", id="a tab"),
        pytest.param("intercept: [", "line 1", "", id="a bracket left open"),
        pytest.param("intercept: !!python/name:os.system", "line 1", "", id="a foreign tag"),
        pytest.param("? [a, b]\n: 1\n", "line 1", "", id="a list for a key"),
        pytest.param("- same_domain\n", "the file", "colon", id="a list"),
        pytest.param("just text", "the file", "", id="text"),
        pytest.param("", "the file", "", id="an empty file"),
        pytest.param("# nothing but a comment\n", "the file", "", id="only a comment"),
        pytest.param(LEAST + "---\n" + LEAST, "line 4", "", id="two documents"),
        pytest.param(LEAST + "1: 2\n", "1", "", id="a number for a key"),
        pytest.param(LEAST + "null: 2\n", None, "", id="nothing for a key"),
        pytest.param("a\x00b: 1", "the file", "", id="a control character"),
        pytest.param("[" * 5000, None, "", id="nested without end"),
    ],
)
def test_each_mistake_has_a_place(tmp_path: Path, text: str, place: str | None, says: str) -> None:
    with pytest.raises(RulebookError) as caught:
        read_rulebook(written(tmp_path, text))
    problems = caught.value.problems
    if place is not None:
        assert place in [problem.place for problem in problems]
    assert says in " ".join(problem.message for problem in problems)
    assert all(problem.message for problem in problems)
    assert str(tmp_path) in str(caught.value)


RULE = "rules: [{name: both, precision: 0.99, when: [[same_domain, same_name]]}]\n"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        pytest.param(RULE, ((("same_domain", 1), ("same_name", 1)),), id="a group"),
        pytest.param(
            "rules:\n  - name: it\n    precision: 0.99\n    when:\n      - same_phone\n"
            "      - spelled_alike: 0.9\n      - [same_country, spelled_alike: 0.8]\n",
            (
                (("same_phone", 1),),
                (("spelled_alike", 0.9),),
                (("same_country", 1), ("spelled_alike", 0.8)),
            ),
            id="groups, exact and fuzzy",
        ),
    ],
)
def test_rules_need_no_model(tmp_path: Path, text: str, when: tuple) -> None:
    book = read_rulebook(written(tmp_path, text))
    assert book.rules[0].when == when
    assert (book.model, book.intercept) == ({}, 0)
    assert parse_rulebook(book.model_dump(exclude={"decide"})) == book


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        pytest.param(
            RULE.replace("same_name", "same_nam"), "rules.0.when.0.1", "same_name", id="a slip"
        ),
        pytest.param(
            RULE.replace("same_name", "same_name: 2"), "rules.0.when.0.1", "up to 1", id="a degree"
        ),
        pytest.param(
            RULE.replace("same_name", "same_name: '1'"), "rules.0.when.0.1", "number", id="quotes"
        ),
        pytest.param(
            RULE.replace("same_name", "3"), "rules.0.when.0.1", "a comparison", id="a number"
        ),
        pytest.param(RULE.replace("[same_domain, same_name]", "[]"), "rules.0.when.0", "empty"),
        pytest.param(RULE.replace("[[same_domain, same_name]]", "[]"), "rules.0.when", "empty"),
        pytest.param(
            RULE.replace("[[same_domain, same_name]]", "same_name"), "rules.0.when", "list"
        ),
        pytest.param(
            RULE.replace("both", "answer"), "rules.0.name", "another name", id="a word of ours"
        ),
        pytest.param(RULE.replace("both", "''"), "rules.0.name", "name the rule", id="no name"),
        pytest.param(RULE.replace("0.99", "1"), "rules.0.precision", "less than 1", id="certain"),
        pytest.param(RULE.replace("0.99", "0.3"), "rules.0.precision", "0.5", id="unlikely"),
        pytest.param(RULE.replace("precision: 0.99, ", ""), "rules.0.precision", "missing"),
        pytest.param(RULE.replace("name: both", "nam: both"), "rules.0.nam", "no such entry"),
        pytest.param(
            f"rules: [{RULE[8:-2]}, {RULE[8:-2]}]", "rules", "named both", id="two of one name"
        ),
        pytest.param("rules: []", "model", "missing", id="neither rules nor model"),
        pytest.param(RULE + "model: {same_name: 1.0}", "intercept", "missing", id="no intercept"),
        pytest.param(RULE + "model: strict", "model", "colon", id="whose weights"),
        pytest.param(
            LEAST + "domains: {aliases: {a.com: b.com, b.com: c.com}}",
            "domains.aliases",
            "name the last domain",
            id="an alias of an alias",
        ),
        pytest.param(
            LEAST + "domains: {aliases: {acme: b.com}}",
            "domains.aliases.acme",
            "acme.com",
            id="host",
        ),
        pytest.param(LEAST + "decide: {ties: first}", "decide.ties", "smaller_gsid", id="ties"),
        pytest.param(LEAST + "decide: {model_matches: 'no'}", "decide.model_matches", "", id="no"),
    ],
)
def test_each_mistake_in_a_rule_has_a_place(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    with pytest.raises(RulebookError) as caught:
        read_rulebook(written(tmp_path, text))
    assert place in [problem.place for problem in caught.value.problems]
    assert says in " ".join(problem.message for problem in caught.value.problems)


def test_mistakes_in_rules_and_model_are_named_at_once(tmp_path: Path) -> None:
    text = RULE.replace("same_name", "x").replace("0.99", "7") + "model: {y: 1.0}\nintercept: z\n"
    with pytest.raises(RulebookError) as caught:
        read_rulebook(written(tmp_path, text))
    places = [problem.place for problem in caught.value.problems]
    assert sorted(places) == ["intercept", "model.y", "rules.0.precision", "rules.0.when.0.1"]


@pytest.mark.parametrize("name", ["default", "strict", "communities"])
def test_a_shipped_rulebook_is_read_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_rulebook(name) == read_rulebook(shipped("rules", f"{name}.yaml"))
    (tmp_path / name).write_text(RULE)
    assert read_rulebook(name).rules[0].name == "both"


def test_a_name_that_is_none_is_told_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="default, strict, communities"):
        read_rulebook("strickt")


def test_a_rulebook_may_take_the_shipped_weights(tmp_path: Path) -> None:
    book, default = read_rulebook(written(tmp_path, RULE + "model: default\n")), read_rulebook()
    assert (book.model, book.intercept) == (default.model, default.intercept)
    assert book.never_alone == default.never_alone
    own = read_rulebook(written(tmp_path, "model: default\nnever_alone: []\nintercept: -9.0\n"))
    assert (own.never_alone, own.intercept) == ((), -9)


@pytest.mark.parametrize(
    ("decide", "precision", "match_from", "review_from"),
    [
        pytest.param("", 0.99, 0.95, 0.1, id="nothing said"),
        pytest.param("decide: {review_from: 0.3}\n", 0.99, 0.95, 0.3, id="one line"),
        pytest.param("decide: {precision: 0.9}\n", 0.9, 0.95, 0.1, id="another promise"),
        pytest.param("decide: {match_from: 0.9}\n", None, 0.9, 0.1, id="a fixed probability"),
        pytest.param("decide: {model_matches: false}\n", None, 0.95, 0.1, id="rules alone"),
    ],
)
def test_what_a_rulebook_with_the_shipped_weights_does_not_say_is_as_shipped(
    tmp_path: Path, decide: str, precision: float | None, match_from: float, review_from: float
) -> None:
    said = read_rulebook(written(tmp_path, f"{RULE}model: default\n{decide}")).decide
    assert (said.precision, said.match_from, said.review_from) == (
        precision, match_from, review_from,
    )  # fmt: skip


def test_aliases_cannot_blow_a_small_file_up(tmp_path: Path) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 10))
    with pytest.raises(RulebookError, match="aliases"):
        read_rulebook(written(tmp_path, "l0: &l0 [x]\n" + levels))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(LEAST.encode("utf-16"), "UTF-8", id="UTF-16"),
        pytest.param("# Größe\n".encode("latin-1") + LEAST.encode(), "UTF-8", id="Latin-1"),
        pytest.param(b"#" * 1_000_001, "too large", id="a huge file"),
    ],
)
def test_files_that_are_no_rulebook(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_rulebook(written(tmp_path, content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rulebook(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_rulebook(tmp_path)


def test_a_rulebook_is_frozen_and_equal_by_what_it_says() -> None:
    document = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    book = parse_rulebook(document)
    assert book == read_rulebook()
    with pytest.raises(ValidationError):
        book.intercept = 0.0  # type: ignore[misc]  # that is the point


def test_another_region() -> None:
    assert read_rulebook().dialled_from("Germany").region == "DE"
    with pytest.raises(InputError, match="two-letter"):
        Rulebook(intercept=-3.0, model={"same_name": 1.0}).dialled_from("Atlantis")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_notebook_shows_lines_rules_and_weights(name: str) -> None:
    book = read_rulebook(name)
    html = book._repr_html_()
    assert ("matches right" if book.decide.unlearned else "match from") in html
    assert all(rule.name in html for rule in book.rules)
    assert all(name in html for name in book.model)


LINES = {0.98: 0.7, 0.99: 0.8, 0.995: 0.9}
SHARES = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("decide", "line"),
    [
        pytest.param(Decide(), 0.95, id="nothing said"),
        pytest.param(Decide(match_from=0.6, lines=LINES), 0.6, id="a probability"),
        pytest.param(Decide(precision=0.99, lines=LINES), 0.8, id="a promise with its line"),
        pytest.param(Decide(precision=0.985, lines=LINES), 0.8, id="the line of the next higher"),
        pytest.param(Decide(precision=0.999, lines=LINES), 0.999, id="more than was learned"),
        pytest.param(Decide(precision=0.9), 0.9, id="nothing was learned"),
    ],
)
def test_the_line(decide: Decide, line: float) -> None:
    assert decide.line == line


@given(SHARES, SHARES, st.dictionaries(SHARES, SHARES, max_size=4))
def test_promising_more_never_lowers_the_line_that_was_learned(
    one: float, other: float, lines: dict[float, float]
) -> None:
    less, more = sorted((one, other))
    learned = [target for target in lines if target >= more]
    if learned:
        lower, upper = (
            Decide(precision=target, lines=lines, review_from=0.001).line for target in (less, more)
        )
        assert lower <= upper


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        pytest.param({"match_from": 0.9, "precision": 0.99}, "not both", id="both"),
        pytest.param({"precision": 0.15}, "the line for precision", id="below review"),
        pytest.param({"precision": 99.0}, "less than 1", id="per cent"),
        pytest.param({"precision": 0.9, "lines": {0.9: 1.5}}, "less than 1", id="a line above 1"),
        pytest.param({"precision": 0.9, "lines": [0.9]}, "colon", id="lines that are a list"),
    ],
)
def test_what_is_refused(decide: dict[str, Any], says: str) -> None:
    document = {"intercept": -3.0, "model": {"same_domain": 7.0}, "decide": decide}
    with pytest.raises(RulebookError, match=says):
        parse_rulebook(document)


def test_it_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Decide().precision = 0.9  # type: ignore[misc]  # that is the point
