"""Parts of the pages that are generated from the code."""

from __future__ import annotations

import io
import os
import tomllib
from contextlib import redirect_stdout
from inspect import getdoc, isclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from calls import STAGES, calls_on_spark, endpoints, overview, reply_types, result_types, stage_page
from docstrings import as_markdown, meanings
from markdown import cell, table
from pydantic import BaseModel

import gsprep
from gsprep import errors
from gsprep.cli import COMMANDS
from gsprep.cli.main import run_command
from gsprep.report.sentences import rule_sentences
from gsprep.schemas.lookups import Lookup, Lookups
from gsprep.schemas.objects import fields_of
from gsprep.shipped import shipped
from gsprep.syncs import definition as definitions
from gsprep.unification import registry
from gsprep.unification.rulebook import Columns, Decide, Domains, Rulebook, read_rulebook
from gsprep.unification.rules import (
    FOR_RULES,
    Candidates,
    Compared,
    Identifier,
    Rule,
    Survival,
    Survive,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parent.parent.parent
_WIDTH = "100"


def commands() -> str:
    """Return the commands with their help in one sentence, each a link to its page."""
    rows = [
        (f"[`gsprep {name}`](#command-{_mark(name)})", one.help) for name, one in COMMANDS.items()
    ]
    return table(("Command", "What it does"), rows)


def _mark(name: str) -> str:
    return name.replace(" ", "-")


def help_block(name: str) -> Callable[[], str]:
    """Return what writes the help of a command."""
    return lambda: f"```text\n{help_of(name)}```"


def help_of(name: str) -> str:
    """Return what ``gsprep NAME --help`` prints, 100 characters wide."""
    printed = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = _WIDTH
    try:
        with redirect_stdout(printed):
            run_command([*name.split(), "--help"])
    finally:
        os.environ.pop("COLUMNS")
        os.environ.update({} if before is None else {"COLUMNS": before})
    return printed.getvalue()


def schemas() -> str:
    """Return the fields of every object in gsprep."""
    names = ("Person", "CompanyPerson", "RelationshipPerson", "Company", "Relationship")
    return "\n\n".join(_schema(name) for name in names)


def _schema(name: str) -> str:
    of = fields_of(getattr(gsprep, name))
    needed = " and ".join(" or ".join(f"`{field}`" for field in names) for names in of.needed)
    rows = [
        (f"`{field.name}`", field.type, str(field.length or ""), "yes" if field.writable else "")
        for field in of.fields
    ]
    drawn = table(("Field", "Type", "Longest", "Sent"), rows)
    return f"### {name}\n\nEach row needs {needed or 'nothing'}.\n\n{drawn}"


def error_tree() -> str:
    """Return the tree of errors and the docstring of each."""
    kinds = [thing for thing in vars(errors).values() if isclass(thing)]
    own = [k for k in kinds if issubclass(k, Exception) and k.__module__ == errors.__name__]
    parts = [
        f"````{{py:exception}} {kind.__name__}\n{as_markdown(getdoc(kind) or '')}\n````"
        for kind in own
    ]
    return "\n\n".join([as_markdown(errors.__doc__ or ""), *parts])


def rulebook() -> str:
    """Return every entry of a rulebook: its type, its default and its meaning."""
    models: Mapping[str, type[BaseModel]] = {
        "The rulebook": Rulebook,
        "decide": Decide,
        "domains": Domains,
        "columns": Columns,
        "identifiers, each": Identifier,
        "rules, each": Rule,
        "compare, each": Compared,
        "candidates": Candidates,
        "survive": Survive,
        "survive, each field": Survival,
        "lookups": Lookups,
        "lookups, each": Lookup,
    }
    return "\n\n".join(_model(title, model) for title, model in models.items())


def definition() -> str:
    """Return every entry of a definition of a sync."""
    models: Mapping[str, type[BaseModel]] = {
        "The definition": definitions.Sync,
        "source": definitions.SourceOptions,
        "source.cursor": definitions.Cursor,
        "destination": definitions.DestinationOptions,
        "fields, each": definitions.FieldRule,
        "fields, lookup": definitions.Lookup,
        "filter, each": definitions.Condition,
        "unify": definitions.UnifyOptions,
        "on_missing": definitions.Missing,
        "schedule": definitions.Schedule,
        "guards": definitions.Guards,
        "alerts, each": definitions.Alert,
        "also, each": definitions.Also,
    }
    return "\n\n".join(_model(title, model) for title, model in models.items())


def _model(title: str, model: type[BaseModel]) -> str:
    text = getdoc(model) or ""
    listed = meanings(text)
    rows = [
        (
            f"`{field.alias or name}`",
            _kind(field.annotation),
            _default(field),
            cell(listed.get(name, "")),
        )
        for name, field in model.model_fields.items()
    ]
    first = as_markdown(text.split("\n\n")[0])
    return f"### {title}\n\n{first}\n\n" + table(("Entry", "Type", "Default", "Meaning"), rows)


_WORDS = {
    "str": "text", "float": "a number", "int": "a whole number", "bool": "true or false",
    "tuple": "a list", "dict": "entries", "NoneType": "nothing",
}  # fmt: skip


def _kind(annotation: Any) -> str:
    """Return the type of an entry in words."""
    name = getattr(annotation, "__name__", "")
    if name in _WORDS:
        return _WORDS[name]
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return "entries, see below"
    parts = get_args(annotation)
    if parts and all(isinstance(part, str) for part in parts):
        return " or ".join(f"`{part}`" for part in parts)
    origin = getattr(getattr(annotation, "__origin__", None), "__name__", "")
    if origin in _WORDS:
        return _WORDS[origin]
    return " or ".join(dict.fromkeys(_kind(part) for part in parts)) or "a value"


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "see below"
    return (
        "nothing"
        if value in (None, (), {})
        else f"`{str(value).lower() if value is True else value}`"
    )


def comparisons() -> str:
    """Return the comparisons by kind, with the weight that the shipped rulebook gives each."""
    book = read_rulebook()
    parts = []
    for kind in registry.FEATURES:
        rows = [
            (
                f"`{name}`",
                "rules only" if name in FOR_RULES else f"{book.model.get(name, 0):+.2f}",
                "yes" if name in book.never_alone else "",
                cell(comparison.sentence),
            )
            for name, comparison in registry.comparisons().items()
            if comparison.kind == kind
        ]
        drawn = table(("Comparison", "Weight", "Never alone", "It says"), rows)
        parts.append(f"## {kind.capitalize()}\n\n{drawn}")
    return "\n\n".join(parts)


def default_rulebook() -> str:
    """Return the shipped rulebook with its comments."""
    return _rules_file("default.yaml")


def interactions() -> str:
    """Return the shipped interactions with their comments."""
    return _rules_file("interactions.yaml")


def _rules_file(name: str) -> str:
    return f"```yaml\n{shipped('rules', name).read_text(encoding='utf-8')}```"


def cleaning_rules() -> str:
    """Return the cleaning rules in their order."""
    rows = ((f"`{name}`", fields, text) for name, (fields, text) in rule_sentences().items())
    return table(("Rule", "Fields", "What it does"), rows)


def layers() -> str:
    """Return the layers in the contract of import-linter."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    drawn = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return "```text\n" + "\n   |\n".join(drawn) + "\n```"


PARTS: Mapping[str, Callable[[], str]] = {
    **{
        write.__name__: write
        for write in (
            calls_on_spark, cleaning_rules, commands, comparisons, default_rulebook, definition,
            endpoints, error_tree, interactions, layers, overview, reply_types, result_types,
            rulebook, schemas,
        )
    },
    **{f"help_{name.replace(' ', '_')}": help_block(name) for name in COMMANDS},
    **{f"calls_{name}": stage_page(name) for name in STAGES},
}  # fmt: skip
