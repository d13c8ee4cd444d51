"""Advice on frames whose columns are not named as fields."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.mapping.aliases import SECOND, meanings
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gsprep.schemas.fields import ObjectFields

_LOG = logging.getLogger("gsprep")
_MOST_NAMED = 5


def advice_on(
    names: Sequence[str], of: ObjectFields, used: Collection[str] | None = None
) -> str | None:
    """Return a sentence on columns that mean an absent field; None if there are none.

    ``used`` are the columns that the step reads; without it, all fields of the object.
    """
    fields = {field.name for field in of.fields} if used is None else set(used)
    meant = {
        header: means.name
        for header, means in meanings([n for n in names if n not in fields], of).items()
        if means.name in fields and means.name not in names and means.doubt != SECOND
    }
    if not meant:
        return None
    few = list(meant.items())[:_MOST_NAMED]
    listed = ", ".join(f"{quoted(header)} (probably {name})" for header, name in few)
    more = f" and {len(meant) - len(few)} more" if len(meant) > len(few) else ""
    return (
        f"columns without the name of a field are not used: {listed}{more}. To use them, rename "
        "them or map them first (gsprep map, gsprep.map_columns)"
    )


def advise(
    names: Sequence[str], of: ObjectFields, *, step: str, used: Collection[str] | None = None
) -> None:
    """Log a warning of columns that a step would use if they had the names of fields.

    Raises InputError if no column has: then the step would do nothing.
    """
    sentence = advice_on(names, of, used)
    if sentence is None:
        return
    known = set(names) & set(used) if used is not None else of.among(names)
    if not known:
        raise InputError(f"{step} finds no column that it knows: {sentence}")
    _LOG.warning("%s: %s", step, sentence)
