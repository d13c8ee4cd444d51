"""``--describe``: objects as a tenant has them, from a file or asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsprep.cli.console import listed, note
from gsprep.cli.objects import schema_named
from gsprep.cli.tenant import Target, tenant_describes
from gsprep.errors import InputError, SettingsError
from gsprep.schemas.describe import schema_from_describe, schemas_from_describe
from gsprep.schemas.objects import Schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandera.pandas as pa

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``--describe``, ``--name``, ``--to`` and ``--sandbox`` say."""

    described: str | None
    name: str | None = None
    to: str | None = None
    sandbox: bool = False

    def schema(self, of: str) -> pa.DataFrameSchema:
        """Return the schema that is described, that of the object ``of`` without a description.

        Raises InputError for options that do not go together and for what cannot be described,
        UploadError when the tenant does not answer.
        """
        if self.described is None:
            if self.name or self.to or self.sandbox:
                raise InputError("--name, --to and --sandbox say more about --describe: add it")
            return schema_named(of)
        if (self.to or self.sandbox) and Path(self.described).is_file():
            note(f"--describe {self.described} is a file: no tenant is asked")
        target = Target(to=self.to, sandbox=self.sandbox)
        return schema_from_describe(_found(self.described, target), name=self.name)


def schemas_asked(described: str | None, target: Target) -> Schemas:
    """Return the schemas of people and associations, as described; the usual without."""
    return Schemas() if described is None else schemas_from_describe(_found(described, target))


def _found(described: str, target: Target) -> Path | list[Mapping[str, Any]]:
    """Return the file of that name, else what the tenant says of the objects of that name."""
    path = Path(described)
    if path.is_file():
        return path
    names = listed(described)
    if not names or not all(map(_NAME.fullmatch, names)):
        raise InputError(f"--describe {described}: there is no such file, and no such object")
    try:
        return tenant_describes(target, names)
    except SettingsError as failure:
        raise SettingsError(
            f"--describe {described} is no file; to ask for it: {failure}"
        ) from None
