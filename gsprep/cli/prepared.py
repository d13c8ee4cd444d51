"""Rulebook and prepared companies of the options of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.cli.console import note
from gsprep.cli.files import kept_indexes
from gsprep.display import plural
from gsprep.schemas.frames import text_frame
from gsprep.unification.kept_index import kept_index
from gsprep.unification.prepare import usable_companies
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gsprep.cli import options
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook


def rulebook_of(matching: options.Matching) -> Rulebook:
    """Return the rulebook of the options, with their region."""
    book = read_rulebook(matching.rules)
    return book if matching.region is None else book.dialled_from(matching.region)


def prepared(
    companies: pd.DataFrame,
    book: Rulebook,
    known: pd.DataFrame | None,
    answers: pd.DataFrame | None,
    columns: Iterable[str],
) -> CompanyIndex:
    """Index the companies of a file for people with ``columns``; notes report what is not used."""
    usable, unusable = usable_companies(companies)
    if len(unusable):
        have = plural(len(unusable), "company has", "companies have")
        note(f"{len(unusable)} {have} no Gsid, no Name or a repeated Gsid and will not be matched")
    lines = None if known is None else text_frame(known, of="the known frame")
    index = kept_index(usable, book, kept_indexes(), known=lines, answers=answers, columns=columns)
    for sentence in index.notes:
        note(sentence)
    return index
