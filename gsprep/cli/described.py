"""``--describe`` where a tenant may be asked: what it says of its objects."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsprep.cli.console import listed
from gsprep.cli.tenant import Target, tenant_describes
from gsprep.errors import InputError, SettingsError
from gsprep.schemas.describe import schemas_from_describe
from gsprep.schemas.objects import Schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


def schemas_asked(described: str | None, target: Target) -> Schemas:
    """Return the schemas of people and associations, as described; the usual without."""
    if described is None:
        return Schemas()
    path = Path(described)
    return schemas_from_describe(path if path.is_file() else _asked(described, target))


def told_by_tenant(described: str, *, to: str | None, sandbox: bool) -> list[Mapping[str, Any]]:
    """Return what a tenant or the stand-in says of the objects that ``described`` names.

    Raises InputError for what can be no name, UploadError when the tenant does not answer.
    """
    return _asked(described, Target(to=to, sandbox=sandbox))


def _asked(described: str, target: Target) -> list[Mapping[str, Any]]:
    names = listed(described)
    if not names or not all(map(_NAME.fullmatch, names)):
        raise InputError(
            f"--describe {described}: there is no such file, and no object can be named so: "
            "give the path of a describe JSON file, or API names joined by commas"
        )
    try:
        return tenant_describes(target, names)
    except SettingsError as failure:
        raise SettingsError(
            f"--describe {described} is no file; to ask for it: {failure}"
        ) from None
