"""Rulebook: weights, rules and thresholds from YAML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from gsprep.display import counts_html, steps_html
from gsprep.errors import InputError, Problem, RulebookError, refuse_other
from gsprep.schemas.lookups import Lookups
from gsprep.schemas.yaml_file import read_document, shipped_document, validated
from gsprep.unification.rules import (
    YOURS,
    Candidates,
    ColumnName,
    Comparisons,
    Condition,
    Identifier,
    Rule,
    Share,
    Survive,
    checked_name,
    conditions_of,
    distinct_names,
    identifier_rules,
)
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import meant_by
from gsprep.values.host import host_of

if TYPE_CHECKING:
    import pandas as pd

# Parts that decide without a model.
_WITHOUT_A_MODEL = ("identifiers", "rules", "compare", "survive")
# The rulebooks that come with gsprep, read by name.
SHIPPED = ("default", "strict", "communities", "people")


def _domain(text: str) -> str:
    host = host_of(text)
    if host is None:
        raise ValueError("not a domain; write it as acme.com")
    return host


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise ValueError("not a country; write its two-letter code")
    return code


def _direct(aliases: dict[str, str]) -> dict[str, str]:
    chained = next((host for host, other in aliases.items() if other in aliases), None)
    if chained is not None:
        raise ValueError(f"{chained} is an alias of another alias: name the last domain")
    return aliases


ComparisonName = Annotated[str, AfterValidator(checked_name)]
Domain = Annotated[str, AfterValidator(_domain)]
LogOdds = Annotated[float, Field(ge=-30, le=30, allow_inf_nan=False)]


class Decide(BaseModel, frozen=True, extra="forbid", strict=True):
    """How sure a match must be, and when a reviewer decides.

    match_from:    the probability from which a candidate is a match.
    precision:     instead of match_from, the share of the matches that has to be right.
    lines:         the probability that a match needs for each precision, as fit learned it.
    like_strangers: whether evidence counts less where strangers have it, too, as simulated from the
                   companies; not if the weights were fitted to answers.
    review_from:   the probability from which a candidate goes to review.
    model_matches: whether the model can decide a match, or only the rules.
    ties:          for companies that fit equally well: a person decides, or the company with the
                   smaller Gsid is taken.
    link:          for duplicates against a list of existing people: how many records may be one
                   existing person.
    """

    match_from: Share = 0.95
    precision: Share | None = None
    lines: dict[Share, Share] = Field(default_factory=dict)
    like_strangers: bool = True
    review_from: Share = 0.2
    model_matches: bool = True
    ties: Literal["review", "smaller_gsid"] = "review"
    link: Literal["many_to_one", "one_to_one"] = "many_to_one"

    @model_validator(mode="before")
    @classmethod
    def _best(cls, document: Any) -> Any:
        """Read ``match_from: best``, of duplicates, as the default."""
        if isinstance(document, dict) and document.get("match_from") == "best":
            return {name: value for name, value in document.items() if name != "match_from"}
        return document

    @property
    def line(self) -> float:
        """The probability from which a candidate is a match.

        For a precision it is the line learned for it, or for a higher one. Without a learned
        line, each match has to reach the precision by itself; an index of companies knows the line
        that was simulated from them.
        """
        if self.precision is None:
            return self.match_from
        return min(self._learned(self.precision), default=self.precision)

    @property
    def unlearned(self) -> bool:
        """Whether a precision is promised for which no line was learned."""
        return self.precision is not None and not self._learned(self.precision)

    def _learned(self, precision: float) -> list[float]:
        return [line for target, line in self.lines.items() if target >= precision]

    @model_validator(mode="after")
    def _one_promise(self) -> Decide:
        if self.precision is not None and "match_from" in self.model_fields_set:
            raise ValueError("write match_from or precision, not both")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Decide:
        if self.review_from > self.line:
            name = "match_from" if self.precision is None else "the line for precision"
            raise ValueError(f"review_from must not be above {name}")
        return self


class Domains(BaseModel, frozen=True, extra="forbid", strict=True):
    """Domains with a special meaning.

    own:      domains of the user's own company.
    excluded: domains that are ignored.
    aliases:  the main domain of each alias.
    owners:   lists of domains that belong to one owner.
    """

    own: tuple[Domain, ...] = ()
    excluded: tuple[Domain, ...] = ()
    aliases: Annotated[dict[Domain, Domain], AfterValidator(_direct)] = Field(default_factory=dict)
    owners: tuple[Annotated[tuple[Domain, ...], Field(min_length=2)], ...] = ()

    @property
    def ignored(self) -> frozenset[str]:
        """Domains that belong to no customer: the user's own and the excluded ones."""
        return frozenset((*self.own, *self.excluded))

    def main(self, hosts: pd.Series[str]) -> pd.Series[str]:
        """Return the hosts, each alias as the domain it means."""
        if not self.aliases:
            return hosts
        return on_distinct(hosts, lambda host: meant_by(host, self.aliases))


class Columns(BaseModel, frozen=True, extra="forbid", strict=True):
    """The columns of the two frames that are compared.

    email:           the person's address.
    other_emails:    the person's further addresses, several by ``;``.
    company_name:    the employer the person states.
    phone:           the person's telephone number.
    country:         the person's country.
    first_name:      the person's first name, for patterns of addresses.
    last_name:       the person's last name, for patterns of addresses.
    company_domain:  the company's domains, several by ``;``.
    company_phone:   the company's telephone numbers, several by ``;``.
    company_country: the company's country.
    """

    email: ColumnName = "Email"
    other_emails: ColumnName = "OtherEmails"
    company_name: ColumnName = "CompanyName"
    phone: ColumnName = "Phone"
    country: ColumnName = "Country"
    first_name: ColumnName = "FirstName"
    last_name: ColumnName = "LastName"
    company_domain: ColumnName = "Domain"
    company_phone: ColumnName = "Phone"
    company_country: ColumnName = "Country"


class Rulebook(BaseModel, frozen=True, extra="forbid", strict=True):
    """The weights of comparisons, the rules, and the thresholds of a decision.

    identifiers:   columns of identifiers that decide before everything else; see below.
    rules:         tried in their order before the model; see below.
    intercept:     the log-odds of any candidate before comparisons.
    model:         the log-odds each comparison adds when it holds fully.
    interactions:  the log-odds that two comparisons add, or take away, when both hold fully.
    never_alone:   comparisons that never make a match without another kind of evidence.
    alone_unless:  those of them that make one unless one of the named comparisons holds.
    enough_together: groups of such comparisons that make a match together if a person has no
                   other candidate and nothing contradicts it.
    decide:        the probabilities that separate match, review and no_match.
    domains:       domains with a special meaning: the user's own, ignored ones, aliases, owners.
    region:        default country of telephone numbers without a country code.
    columns:       the names of the columns that are compared.
    largest_block: values that more companies than this share select no candidates.
    lookups:       fields by which the service finds missing ids of associations; see below.
    compare:       for duplicates: the columns of people that are compared, and how.
    never:         for duplicates: columns whose values, if known and different, tell people apart.
    candidates:    for duplicates: how many pairs are compared.
    survive:       for duplicates: which values survive a merge.
    """

    identifiers: tuple[Identifier, ...] = ()
    rules: Annotated[tuple[Rule, ...], AfterValidator(distinct_names)] = ()
    compare: Comparisons = Field(default_factory=dict)
    survive: Survive | None = None
    intercept: LogOdds
    model: dict[ComparisonName, LogOdds] = Field(default_factory=dict, validate_default=True)
    interactions: dict[ComparisonName, dict[ComparisonName, LogOdds]] = Field(default_factory=dict)
    never_alone: tuple[ComparisonName, ...] = ()
    alone_unless: dict[ComparisonName, tuple[ComparisonName, ...]] = Field(default_factory=dict)
    enough_together: tuple[Annotated[tuple[ComparisonName, ...], Field(min_length=2)], ...] = ()
    decide: Decide = Decide()
    domains: Domains = Domains()
    region: Annotated[str, AfterValidator(_country)] | None = None
    columns: Columns = Columns()
    largest_block: Annotated[int, Field(ge=1, le=1000)] = 50
    lookups: Lookups | None = None
    never: tuple[ColumnName, ...] = ()
    candidates: Candidates = Candidates()

    @model_validator(mode="before")
    @classmethod
    def _rules_alone(cls, document: Any) -> Any:
        """Set the intercept to 0 if there is no model: of rules, or of people's columns."""
        if not isinstance(document, dict) or document.get("model"):
            return document
        alone = any(document.get(part) for part in _WITHOUT_A_MODEL)
        return {"intercept": 0.0, **document} if alone else document

    @field_validator("model")
    @classmethod
    def _something_decides(
        cls, model: dict[str, float], others: ValidationInfo
    ) -> dict[str, float]:
        known = others.data
        # A part with a mistake is not among the others, and may be what decides.
        empty: dict[str, object] = {"identifiers": (), "rules": (), "compare": {}, "survive": None}
        decides = any(known.get(part, ...) != nothing for part, nothing in empty.items())
        if not model and not decides:
            raise PydanticCustomError("missing", "no identifiers, no rules and no model")
        return model

    @property
    def company_columns(self) -> tuple[str, ...]:
        """The columns of companies that are compared, next to Gsid and Name."""
        columns = self.columns
        named = (columns.company_domain, columns.company_phone, columns.company_country)
        return tuple(dict.fromkeys([*named, *(entry.company for entry in self.identifiers)]))

    @property
    def identifier_rules(self) -> tuple[Rule, ...]:
        """The rules by which identifiers decide, the surest first."""
        return identifier_rules(frozenset(one.precision for one in self.identifiers))

    @property
    def deciding_rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are tried: those of the identifiers first."""
        return (*self.identifier_rules, *self.rules)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition that the rules ask for."""
        yours = [YOURS] if self.deciding_rules and self.domains.own else []
        return tuple(dict.fromkeys([*conditions_of(self.deciding_rules), *yours]))

    def compares(self, names: frozenset[str]) -> bool:
        """Return whether the model or a rule uses any of these comparisons."""
        asked = {condition.comparison for condition in self.conditions}
        return not names.isdisjoint(asked | self.model.keys())

    def dialled(self, countries: pd.Series[str]) -> pd.Series[str]:
        """Return the country from which each row's number without a country code is dialled."""
        return countries if self.region is None else countries.fillna(self.region)

    def _repr_html_(self) -> str:
        promised = "matches right" if self.decide.unlearned else "match from"
        tables = {
            "Rulebook": {promised: self.decide.line, "review from": self.decide.review_from},
            "Its rules in order, and how many of their matches are right": {
                rule.name: rule.precision for rule in self.deciding_rules
            },
        }
        told = [counts_html(name, lines, of=1) for name, lines in tables.items() if lines]
        weights = dict(sorted(self.model.items(), key=lambda weight: -weight[1]))
        drawn = steps_html("Its weights, in log-odds", list(weights.items()), running=False)
        return "".join(told) + drawn

    def dialled_from(self, region: str) -> Rulebook:
        """Return the rulebook with another region; InputError if it is not a country."""
        code = country_code(region)
        if code is None:
            raise InputError("the region is not a country: write its two-letter code, such as DE")
        return self.model_copy(update={"region": code})


def read_rulebook(path: str | Path | None = None) -> Rulebook:
    """Read a rulebook: how companies are matched, or how duplicates are found.

    Args:
        path: a file, or the name of a shipped rulebook (``strict``); None is the shipped default.

    Returns:
        The rulebook; the entries of the file are its attributes.

    Raises:
        RulebookError: if the file has mistakes; it names each with its place.
        InputError: if the file does not exist.

    Examples:
        >>> gsprep.read_rulebook().decide.precision
        0.99
        >>> gsprep.read_rulebook("strict").decide.match_from
        0.95
    """
    file = Path("default" if path is None else path)
    # The user's own file has precedence over a shipped name.
    if str(file) in SHIPPED and not file.is_file():
        return parse_rulebook(shipped_document("rules", f"{file}.yaml"))
    if not file.suffix and not file.exists():
        names = ", ".join(SHIPPED)
        raise InputError(f"the rulebook {file} cannot be read: name a file, or one of {names}")
    return parse_rulebook(read_document(file, kind="rulebook", error=RulebookError), str(file))


@cache
def default_rulebook() -> Rulebook:
    """Return the default rulebook for code that leaves it unchanged: it is read once."""
    return read_rulebook()


def given_rulebook(rulebook: Rulebook | None) -> Rulebook:
    """Return the rulebook, the default one for None; InputError for what is no rulebook."""
    if rulebook is None:
        return default_rulebook()
    refuse_other(rulebook, "decide", "the rulebook", "read it with gsprep.read_rulebook")
    return rulebook


# What a rulebook with the shipped weights takes from there unless it says otherwise.
_FROM_DEFAULT = (
    "identifiers", "intercept", "interactions", "never_alone", "alone_unless",
    "enough_together",
)  # fmt: skip


def _spelled_out(document: object) -> object:
    """Return the document with the shipped weights and interactions if it asks for them."""
    if not isinstance(document, dict):
        return document
    if document.get("model") == "default":
        weights = shipped_document("rules", "default.yaml")
        asked = {name: weights[name] for name in _FROM_DEFAULT}
        decide = _decide_with(weights["decide"], document.get("decide", {}))
        document = {**asked, **document, "model": weights["model"], "decide": decide}
    if document.get("interactions") == "default":
        document = {**document, "interactions": shipped_document("rules", "interactions.yaml")}
    return document


def _decide_with(shipped: dict[str, object], own: object) -> object:
    """Return what a document says about deciding; what it does not say is as shipped."""
    if not isinstance(own, dict):
        return own
    # A line of one's own, or rules that decide alone, take the place of the promise.
    fixed = "match_from" in own or own.get("model_matches") is False
    return {n: v for n, v in shipped.items() if not (fixed and n == "precision")} | own


def parse_rulebook(document: object, source: str = "the rulebook") -> Rulebook:
    """Check a parsed document; raise one RulebookError that names every problem.

    ``model: default`` means the weights of the shipped ``default.yaml``, and its ``decide`` where
    the document says nothing else; ``interactions: default`` means the shipped
    ``interactions.yaml``.
    """
    words = _unknown_words(document)
    meant = document | dict.fromkeys(words, "default") if isinstance(document, dict) else document
    problems = [
        Problem(part, "must be default, or lines of a name, a colon and a value") for part in words
    ]
    try:
        book = validated(Rulebook, _spelled_out(meant), source, error=RulebookError, cures=_CURES)
    except RulebookError as failure:
        raise RulebookError(source, [*problems, *failure.problems]) from None
    if problems:
        raise RulebookError(source, problems)
    return book


def _unknown_words(document: object) -> list[str]:
    """Return the parts with shipped weights that have another word than ``default``."""
    if not isinstance(document, dict):
        return []
    return [
        part
        for part in ("model", "interactions")
        if isinstance(document.get(part), str) and document[part] != "default"
    ]


_CURES = {
    "extra_forbidden": "no such entry: see the comments of rules/default.yaml",
    "missing": "is missing: add it, as in rules/default.yaml",
}
