"""``--describe`` of ``check``, ``clean`` and ``map``: they need no tenant unless it names one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli import SELDOM, imported
from gsprep.cli.console import note
from gsprep.cli.objects import schema_named
from gsprep.errors import InputError
from gsprep.schemas.describe import schema_from_describe

if TYPE_CHECKING:
    import pandera.pandas as pa


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
        path = Path(self.described)
        if not path.is_file():
            ask = imported(SELDOM["describe"])
            told = ask(self.described, to=self.to, sandbox=self.sandbox)
            return schema_from_describe(told, name=self.name)
        if self.to or self.sandbox:
            note(f"--describe {self.described} is a file: no tenant is asked")
        return schema_from_describe(path, name=self.name)
