"""Recipes: saved cleaning of one file, for the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, Field, model_validator

from gsprep.cleaning.clean import CleaningOptions, clean_text, region_code
from gsprep.cleaning.rules import BUILT, all_rules, rule_names
from gsprep.errors import InputError
from gsprep.schemas.frames import LINE, ROW_ID, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.yaml_file import read_document, validated
from gsprep.values.country import country_code

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from gsprep.results import Cleaned

_HEAD = """\
# How gsprep cleans a file: the rules of each column, with the number of cells that each one
# changed when this was saved. Remove a rule and it is not applied; a file with other columns is
# refused.
"""
# Headers are shown in messages; a file without a header line could hold many.
_MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """The rules that clean each column.

    of:      the Gainsight object in the file, by name.
    columns: the columns of the file, without ``row_id`` and ``line``.
    rules:   by column, the rules to apply and the number of cells each changed when it was saved.
    region:  the default country of phone numbers without a country code (ISO alpha-2), or None.
    key:     the columns by which the tenant identifies records; empty for the object's own.
    """

    of: str
    columns: tuple[str, ...]
    rules: Mapping[str, Mapping[str, int]]
    region: str | None = None
    key: tuple[str, ...] = ()


def recipe_of(
    frame: pd.DataFrame,
    cleaned: Cleaned,
    schema: pa.DataFrameSchema = Person,
    *,
    region: str | None = None,
    key: tuple[str, ...] = (),
) -> Recipe:
    """Return the recipe that cleans ``frame`` to ``cleaned``; the options are those of ``clean``.

    It also has the rules that changed no cell, with 0.

    Args:
        frame: the rows that were cleaned.
        cleaned: the result of ``clean`` with them.
        schema: the object of the rows.
        region: the region that ``clean`` was given.
        key: the key that ``clean`` was given.

    Returns:
        The recipe: by column, each rule and the number of cells it changed.

    Raises:
        InputError: for a region that is not a country.

    Examples:
        >>> frame = pd.DataFrame({"Email": [" Ana@ACME.com", "bo@acme.com"]})
        >>> recipe = gsprep.recipe_of(frame, gsprep.clean(frame))
        >>> {rule: cells for rule, cells in recipe.rules["Email"].items() if cells}
        {'blanks': 1, 'email': 1}
    """
    lines = zip(cleaned.changes["column"], cleaned.changes["rule"], strict=True)
    return recipe_with(data_columns(frame), Counter(lines), schema, region=region, key=key)


def recipe_with(
    columns: tuple[str, ...],
    changed: Mapping[tuple[str, str], int],
    schema: pa.DataFrameSchema,
    *,
    region: str | None,
    key: tuple[str, ...],
) -> Recipe:
    """Return a recipe for these columns; ``changed`` are the cells by column and rule."""
    of = fields_of(schema)
    rules = {
        column: {name: changed.get((column, name), 0) for name in names}
        for column, names in rule_names(columns, of, key).items()
    }
    return Recipe(
        of=of.name, columns=columns, rules=rules, region=region_code(region), key=tuple(key)
    )


def data_columns(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of a frame but ``row_id`` and ``line``."""
    return tuple(str(name) for name in frame.columns if str(name) not in {ROW_ID, LINE})


def replay(frame: pd.DataFrame, recipe: Recipe, schema: pa.DataFrameSchema = Person) -> Cleaned:
    """Clean a frame with the rules, the region and the key of a recipe, and nothing else.

    Args:
        frame: the rows, with the columns of the recipe.
        recipe: the rules, from ``recipe_of`` or ``read_recipe``.
        schema: the object of the rows.

    Returns:
        The cleaned rows, and every change of a cell with its rule.

    Raises:
        InputError: if the frame has other columns than the recipe (it names them), if the recipe
            is for another object, or if one of its rules does not fit the type of its column.

    Examples:
        >>> last = pd.DataFrame({"Email": [" Ana@ACME.com"]})
        >>> recipe = gsprep.recipe_of(last, gsprep.clean(last))
        >>> this = pd.DataFrame({"Email": ["Bo@Initech.COM "]})
        >>> gsprep.replay(this, recipe).frame["Email"].tolist()
        ['Bo@initech.com']
    """
    return clean_text(text_frame(frame), schema, options_of(recipe, data_columns(frame), schema))


def options_of(
    recipe: Recipe, columns: tuple[str, ...], schema: pa.DataFrameSchema
) -> CleaningOptions:
    """Return the options of a recipe for a file with these columns; errors as ``replay``."""
    of = fields_of(schema)
    if recipe.of != of.name:
        raise InputError(
            f"the recipe is for {recipe.of}, but the file holds {of.name}: "
            "name the file's object with --object, or save a recipe of it"
        )
    _refuse_other_columns(columns, recipe)
    known = rule_names(recipe.columns, of, recipe.key)
    only = {(column, rule) for column, rules in recipe.rules.items() for rule in rules}
    wrong = sorted(f"{rule} of {c}" for c, rule in only if rule not in known.get(c, ()))
    if wrong:
        raise InputError(f"the recipe has rules that do not fit: {_shown(wrong)}. Remove them.")
    return CleaningOptions(region=recipe.region, key=recipe.key, only=frozenset(only))


def clean_by(
    recipe: Recipe | None, text: pd.DataFrame, schema: pa.DataFrameSchema, how: CleaningOptions
) -> Cleaned:
    """Clean a text frame by a recipe, which sets all options, or without one by ``how``."""
    if recipe is not None:
        how = options_of(recipe, data_columns(text), schema)
    return clean_text(text, schema, how)


def agreed_key(recipe: Recipe | None, key: Sequence[str]) -> tuple[str, ...]:
    """Return the key of a job that cleans by a recipe: the recipe's, if it has one.

    Raises InputError if ``key`` is another one, unless it is the default, Email alone.
    """
    asked = tuple(key)
    if recipe is None or not recipe.key:
        return asked
    if asked not in {("Email",), recipe.key}:
        raise InputError(
            f"the recipe is for the key {','.join(recipe.key)}, not {','.join(asked)}: "
            "remove the key, or save the recipe again"
        )
    return recipe.key


def agreed_region(recipe: Recipe | None, region: str | None) -> str | None:
    """Return the region of a job that cleans by a recipe; InputError if ``region`` differs."""
    if recipe is None:
        return region
    if region is not None and region_code(region) != recipe.region:
        raise InputError("the recipe sets the region: remove it, or save the recipe again")
    return recipe.region


def _refuse_other_columns(columns: tuple[str, ...], recipe: Recipe) -> None:
    differences = [
        f"{what} {_shown(names)}"
        for what, names in (
            ("it lacks", [name for name in recipe.columns if name not in columns]),
            ("it also has", [name for name in columns if name not in recipe.columns]),
        )
        if names
    ]
    if differences:
        raise InputError(
            f"the file has other columns than the recipe: {'; '.join(differences)}. "
            "Rename them as before, or save a new recipe."
        )


def _shown(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _MOST_SHOWN} more" if len(every) > _MOST_SHOWN else ""
    return ", ".join(every[:_MOST_SHOWN]) + more


def recipe_text(recipe: Recipe) -> str:
    """Return a recipe as YAML, which ``read_recipe`` can read."""
    document = {
        "recipe": 1,
        "object": recipe.of,
        "region": recipe.region,
        "key": list(recipe.key),
        "columns": list(recipe.columns),
        "rules": {column: dict(rules) for column, rules in recipe.rules.items()},
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise ValueError("not a country; write its two-letter code")
    return code


def _rule(name: str) -> str:
    if name not in (known := all_rules()):
        raise ValueError(f"unknown rule; available: {', '.join(sorted(known))}")
    return name


class _Document(BaseModel, frozen=True, extra="forbid", strict=True):
    """A recipe in a file."""

    recipe: Literal[1]
    object: Annotated[str, Field(min_length=1)]
    region: Annotated[str, AfterValidator(_country)] | None = None
    key: tuple[str, ...] = ()
    columns: tuple[str, ...]
    rules: dict[str, dict[Annotated[str, AfterValidator(_rule)], Annotated[int, Field(ge=0)]]]

    @model_validator(mode="after")
    def _of_its_columns(self) -> _Document:
        strange = [
            column
            for column, rules in self.rules.items()
            if column not in self.columns and list(rules) != [BUILT]
        ]
        if strange:
            raise ValueError(f"rules for columns that are not listed: {_shown(strange)}")
        return self


_CURES = {
    "extra_forbidden": "unknown entry; available: recipe, object, region, key, columns, rules",
    "missing": "is missing: save the recipe again",
    "literal_error": "must be 1, the only version that this gsprep reads",
    "tuple_type": "must be a list of columns, as in [Email, FirstName]",
}


def read_recipe(path: str | Path) -> Recipe:
    """Read a saved recipe.

    Args:
        path: the YAML file, as ``gsprep clean --save-recipe`` writes it.

    Returns:
        The recipe, for ``replay``.

    Raises:
        DocumentError: if the file has mistakes; it names each with its place.
        InputError: if the file does not exist.

    Examples:
        >>> import pathlib, tempfile
        >>> from gsprep.cleaning.recipe import recipe_text
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "recipe.yaml"
        >>> last = pd.DataFrame({"Email": [" ana@acme.com"]})
        >>> _ = file.write_text(recipe_text(gsprep.recipe_of(last, gsprep.clean(last))))
        >>> gsprep.read_recipe(file).columns
        ('Email',)
    """
    document = read_document(Path(path), kind="recipe")
    found = validated(_Document, document, str(path), cures=_CURES)
    return Recipe(
        of=found.object,
        columns=found.columns,
        rules=found.rules,
        region=found.region,
        key=found.key,
    )
