"""What cleaning learns from whole columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gsprep.cleaning.rules import rules_by_column
from gsprep.schemas.data_types import proofs_of
from gsprep.values.distinct import as_cells
from gsprep.values.person_name import NameForms, name_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from gsprep.cleaning.rules import Rule
    from gsprep.schemas.fields import ObjectFields


@dataclass(frozen=True, slots=True)
class CleaningPartFacts:
    """What the cells of a part of a frame show, with all that the whole is concluded from.

    Attributes:
        proofs: by column of dates or numbers, what its cells prove about their form.
        names: the forms of the column Name; None without that column.
    """

    proofs: Mapping[str, frozenset[str]]
    names: NameForms | None


@dataclass(frozen=True, slots=True)
class CleaningFacts:
    """What the cells of whole columns show.

    Attributes:
        proofs: by column of dates or numbers, what its cells prove about their form.
        last_first: whether the column Name has the last name first; None without that column.
    """

    proofs: Mapping[str, frozenset[str]]
    last_first: bool | None

    @classmethod
    def together(cls, parts: Sequence[CleaningPartFacts]) -> CleaningFacts:
        """Return the facts of a frame from those of its parts, which have the same columns."""
        first, names = parts[0], [part.names for part in parts if part.names is not None]
        return cls(
            {n: frozenset().union(*(part.proofs[n] for part in parts)) for n in first.proofs},
            NameForms.together(names).are_last_first if names else None,
        )


def cleaning_facts(
    before: pd.DataFrame,
    of: ObjectFields,
    key: tuple[str, ...] = (),
    applies: Callable[[str, str], bool] = lambda _column, _rule: True,
) -> CleaningPartFacts:
    """Return the facts of a text frame, or of a part of one, that is to be cleaned.

    ``applies`` says which rules of which columns will be applied; ``key`` as in ``clean``.
    """
    proofs: dict[str, frozenset[str]] = {}
    names = None
    for name, rules in rules_by_column(before.columns, of, key).items():
        if name == "Name" and of.name == "Person":
            names = name_forms(_cleaned(before[name], rules, applies))
        at = next((at for at, rule in enumerate(rules) if rule.is_of_column), None)
        if at is not None:
            proofs[name] = proofs_of(of[name], _cleaned(before[name], rules[:at], applies))
    return CleaningPartFacts(proofs, names)


def _cleaned(
    column: pd.Series[str], rules: Sequence[Rule], applies: Callable[[str, str], bool]
) -> pd.Series[str]:
    """Return the values of a column after these rules; each at least once."""
    cells = as_cells(column)
    for rule in rules:
        if applies(str(column.name), rule.name):
            cells = replace(cells, entries=rule.of_column(cells.entries))
    return cells.entries
