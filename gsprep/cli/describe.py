"""Object of a file, by name or by a describe.

A tenant is asked only when ``--describe`` names one: other calls import nothing that needs HTTP.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsprep.cli import SELDOM, imported
from gsprep.cli.console import note
from gsprep.cli.options import ObjectOptions, listed
from gsprep.errors import InputError, SettingsError
from gsprep.schemas import objects
from gsprep.schemas.describe import schema_from_describe, schemas_from_describe
from gsprep.schemas.objects import Schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandera.pandas as pa

    Ask = Callable[[Sequence[str]], list[Mapping[str, Any]]]

_OBJECTS = ("Person", "CompanyPerson", "RelationshipPerson", "Company", "Relationship")
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


def schema_of(options: ObjectOptions) -> pa.DataFrameSchema:
    """Return the schema of the described object, or of ``--object`` without a description.

    Raises InputError for options that exclude each other and for an unknown object, UploadError
    if the tenant does not answer.
    """
    described = options.described
    if described is None:
        if options.name or options.to or options.sandbox:
            raise InputError("--name, --to and --sandbox need --describe: add it")
        return _schema_named(options.of)
    path = Path(described)
    if not path.is_file():
        ask = partial(imported(SELDOM["describe"]), to=options.to, sandbox=options.sandbox)
        return schema_from_describe(_described(described, ask), name=options.name)
    if options.to or options.sandbox:
        note(f"--describe {described} is a file, so no tenant is asked")
    return schema_from_describe(path, name=options.name)


def schemas_of(described: str | None, ask: Ask) -> Schemas:
    """Return the schemas of people and associations, described or standard."""
    if described is None:
        return Schemas()
    path = Path(described)
    return schemas_from_describe(path if path.is_file() else _described(described, ask))


def _schema_named(name: str) -> pa.DataFrameSchema:
    if name not in _OBJECTS:
        raise InputError(
            f"--object must be one of {', '.join(_OBJECTS)}. Use --describe for another object"
        )
    schema: pa.DataFrameSchema = getattr(objects, name)
    return schema


def _described(described: str, ask: Ask) -> list[Mapping[str, Any]]:
    names = listed(described)
    if not names or not all(map(_NAME.fullmatch, names)):
        raise InputError(
            f"--describe {described} is neither a file nor an API name. Give the path of a "
            "describe JSON file, or API names separated by commas"
        )
    try:
        return ask(names)
    except SettingsError as failure:
        raise SettingsError(
            f"--describe {described} is not a file. To ask a tenant: {failure}"
        ) from None
