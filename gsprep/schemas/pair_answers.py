"""Answers about pairs of people that outlive a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import ROW_ID, text_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIR_ANSWERS = "pair_answers.csv"
PAIR_ANSWER_COLUMNS = (
    "kind", "left_id", "right_id", "answer", "by", "at", "together", "left", "right",
)  # fmt: skip
# The required columns.
PAIR_ANSWERED_BY = ("left_id", "right_id", "answer")
# The kind of answers whose ids are the content of records: those of a file change with its order.
OF_RECORDS = "record"
MATCH, NO_MATCH = "match", "no_match"


def record_keys(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    """Return a word for the content of each record in some columns of a text frame.

    It does not show the content. Missing cells and the case of letters do not count.

    >>> frame = pd.DataFrame({"Name": ["Ana", "ANA"], "Phone": [None, None]})
    >>> record_keys(frame, ["Phone", "Name"]).nunique()
    1
    """
    named = sorted(name for name in columns if name in frame.columns)
    cells = [frame[name].astype(object).tolist() for name in named]
    rows = zip(*cells, strict=True) if cells else iter([()] * len(frame))
    return pd.Series([_key(named, row) for row in rows], index=frame.index, dtype="str")


def _key(names: Sequence[str], row: Sequence[object]) -> str:
    said = [
        (name, " ".join(cell.casefold().split()))
        for name, cell in zip(names, row, strict=True)
        if isinstance(cell, str)
    ]
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=9).hexdigest()


def answers_by_row(
    answers: pd.DataFrame, persons: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Return answers with the row_ids of the records that they are about.

    ``columns`` are those that are compared. Answers of other kinds, ids of existing people and
    answers about records that are not among ``persons`` stay unchanged; the order stays, too.
    """
    if "kind" not in answers.columns or not (answers["kind"] == OF_RECORDS).any():
        return answers
    text = text_frame(answers.drop(columns=ROW_ID, errors="ignore"), of="the answers")
    asked = text.assign(place=range(len(text)))
    of_records = asked["kind"] == OF_RECORDS
    rows = pd.DataFrame({"key": record_keys(persons, columns), "found": persons[ROW_ID]})
    named = asked[of_records]
    for side in ("left_id", "right_id"):
        joined = named.merge(rows, left_on=side, right_on="key", how="left")
        joined[side] = joined["found"].fillna(joined[side])
        named = joined.drop(columns=["key", "found"])
    named = named[named["left_id"] != named["right_id"]]
    both = pd.concat([asked[~of_records], named], ignore_index=True)
    ordered = both.sort_values("place", kind="stable", ignore_index=True)
    return ordered.drop(columns=[ROW_ID, "place"])
