"""The rulebook: YAML that says which comparisons speak, how much, and what makes a match."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from gsprep.errors import InputError, Problem, RulebookError
from gsprep.shipped import shipped
from gsprep.unification.comparisons import COMPARISONS
from gsprep.values.country import country_code
from gsprep.values.domain import host_of

# A rulebook is a page or two; a larger file is something else.
_LARGEST_FILE = 1_000_000


def _comparison(name: str) -> str:
    if name not in COMPARISONS:
        raise ValueError(f"no such comparison; there are {', '.join(sorted(COMPARISONS))}")
    return name


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


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; name the column")
    return text


ComparisonName = Annotated[str, AfterValidator(_comparison)]
Domain = Annotated[str, AfterValidator(_domain)]
Column = Annotated[str, AfterValidator(_filled)]
Probability = Annotated[float, Field(gt=0, lt=1)]
LogOdds = Annotated[float, Field(ge=-30, le=30, allow_inf_nan=False)]


class Decide(BaseModel, frozen=True, extra="forbid", strict=True):
    """From which probability a candidate is a match, and from which it goes to review."""

    match_from: Probability = 0.95
    review_from: Probability = 0.2

    @model_validator(mode="after")
    def _in_order(self) -> Decide:
        if self.review_from > self.match_from:
            raise ValueError("review_from must not be above match_from")
        return self


class Domains(BaseModel, frozen=True, extra="forbid", strict=True):
    """Domains that need to be known: the user's own, and those that say nothing."""

    own: tuple[Domain, ...] = ()
    excluded: tuple[Domain, ...] = ()


class Columns(BaseModel, frozen=True, extra="forbid", strict=True):
    """The columns of the two frames that are compared."""

    email: Column = "Email"
    company_name: Column = "CompanyName"
    phone: Column = "Phone"
    country: Column = "Country"
    company_domain: Column = "Domain"
    company_phone: Column = "Phone"
    company_country: Column = "Country"


class Rulebook(BaseModel, frozen=True, extra="forbid", strict=True):
    """Which comparisons speak, how much, and from where a match needs no reviewer.

    intercept:     the log-odds of any candidate before a comparison has spoken.
    model:         the log-odds each comparison adds when it holds fully.
    never_alone:   comparisons of which no number makes a match without another kind beside them.
    decide:        the probabilities that separate match, review and no_match.
    domains:       the user's own domains and those to be left out.
    region:        where telephone numbers without country code are dialled from.
    columns:       the names of the columns that are compared.
    largest_block: a value borne by more companies than this proposes no candidate.
    """

    intercept: LogOdds
    model: dict[ComparisonName, LogOdds]
    never_alone: tuple[ComparisonName, ...] = ()
    decide: Decide = Decide()
    domains: Domains = Domains()
    region: Annotated[str, AfterValidator(_country)] | None = None
    columns: Columns = Columns()
    largest_block: Annotated[int, Field(ge=1, le=1000)] = 50

    def dialled_from(self, region: str) -> Rulebook:
        """Return the rulebook with another region; InputError when it is no country."""
        code = country_code(region)
        if code is None:
            raise InputError("the region is no country: write its two-letter code")
        return self.model_copy(update={"region": code})


def read_rulebook(path: str | Path | None = None) -> Rulebook:
    """Read a rulebook; without a path, the shipped ``default.yaml``.

    Raises RulebookError, which names every mistake and where it stands, and InputError when
    the file is not there.
    """
    file = shipped("rules", "default.yaml") if path is None else Path(path)
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{file} is too large to be a rulebook: is it another file?")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as failure:
        raise InputError(f"the rulebook {file} cannot be read: {failure.strerror}") from failure
    except UnicodeDecodeError:
        raise InputError(f"the rulebook {file} is not UTF-8 text: save it as UTF-8") from None
    return parse_rulebook(_document(text, str(file)), str(file))


def _document(text: str, source: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader that is stricter still
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        problem = getattr(failure, "problem", None) or "cannot be read as YAML"
        raise RulebookError(source, [Problem(place, str(problem))]) from None
    except RecursionError:
        problem = "too many brackets inside one another: close them"
        raise RulebookError(source, [Problem("the file", problem)]) from None


class _Loader(yaml.SafeLoader):
    """YAML without aliases, and in which a key stands once."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not used here",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]  # yaml is not typed
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  yaml's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for at, key in enumerate(keys) if key in keys[:at]), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(
                problem=f"{twice} stands twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


def parse_rulebook(document: object, source: str = "the rulebook") -> Rulebook:
    """Check a parsed document; raise one RulebookError that names every problem."""
    try:
        return Rulebook.model_validate(_tuples(document), strict=True)
    except ValidationError as failure:
        problems = [
            Problem(
                ".".join(str(part) for part in error["loc"] if part != "[key]") or "the file",
                _sentence(error),
            )
            for error in failure.errors()
        ]
        raise RulebookError(source, problems) from None


def _tuples(document: object) -> object:
    """Return the document with lists as tuples: strict reading takes no other for them."""
    if isinstance(document, dict):
        return {key: _tuples(value) for key, value in document.items()}
    return tuple(map(_tuples, document)) if isinstance(document, list) else document


_CURES = {
    "extra_forbidden": "no such entry: see the comments of rules/default.yaml",
    "missing": "is missing: add it, as in rules/default.yaml",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a number",
    "int_type": "must be a whole number, without quotes",
    "string_type": "must be text: put it in quotes",
    "tuple_type": "must be a list, as in [acme.com, acme.de]",
    "dict_type": "must be lines of a name, a colon and a value",
    "model_type": "must be lines of a name, a colon and a value",
}


def _sentence(error: Any) -> str:
    plain = str(error["msg"]).removeprefix("Value error, ")
    return _CURES.get(error["type"], plain.replace("Input should", "must"))
