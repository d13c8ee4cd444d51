"""Answers of reviewers about pairs of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.errors import InputError
from gsprep.schemas.frames import require, text_frame
from gsprep.values.distinct import on_distinct
from gsprep.values.email import email_key

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.unification.duplicates.records import Records

# The answers that there are: one person, and two.
WORDS = ("match", "no_match")
_NONE = np.empty(0, np.int64)


class Decided(NamedTuple):
    """Pairs as ``left * size + right``, sorted."""

    together: np.ndarray
    apart: np.ndarray
    unknown: int = 0  # answers about records that are not there


def answered_lines(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of answers about pairs that have one, as text.

    Raises MissingColumnsError, and InputError for another answer than ``match`` and ``no_match``.
    """
    require(answers, ("left_id", "right_id", "answer"), of="the file of answers")
    text = text_frame(answers.drop(columns="row_id", errors="ignore"), of="the file of answers")
    text = text[text["answer"].notna()]
    wrong = text.loc[~text["answer"].isin(WORDS), "row_id"]
    if len(wrong):
        raise InputError(
            f"record {wrong.iloc[0]} of the answers has neither match nor no_match in the column "
            "answer. Write match or no_match, or leave the cell blank"
        )
    return text


def decided(
    answers: pd.DataFrame | None, records: Records, emails: pd.Series[str] | None
) -> Decided:
    """Return the pairs that reviewers decided; of several answers about a pair the last counts.

    ``answers`` has left_id, right_id and answer (match, no_match; blank lines are open). With a
    column kind that is ``email`` the two ids are addresses, of all records that have them:
    ``emails`` are those of the records by place.

    Raises MissingColumnsError, and InputError for another answer.
    """
    if answers is None:
        return Decided(_NONE, _NONE)
    text = answered_lines(answers)
    kind = text["kind"] if "kind" in text.columns else None
    by_email = text[kind == "email"] if kind is not None else text.iloc[:0]
    by_id = text[kind != "email"] if kind is not None else text
    left = records.place_of(by_id["left_id"], existing=False)
    right = records.place_of(by_id["right_id"], existing=True)
    parts = [_lines(left, right, by_id, records), _of_emails(by_email, records, emails)]
    return _newest(np.concatenate(parts), len(text))


def _of_emails(text: pd.DataFrame, records: Records, emails: pd.Series[str] | None) -> np.ndarray:
    if emails is None or text.empty:
        return np.empty((0, 3), np.int64)
    places = emails.dropna().reset_index().set_axis(["place", "key"], axis=1)
    sides = [on_distinct(text[name], email_key) for name in ("left_id", "right_id")]
    asked = text.assign(left=sides[0], right=sides[1]).dropna(subset=["left", "right"])
    joined = asked.merge(places, left_on="left", right_on="key", validate="many_to_many")
    joined = joined.merge(places, left_on="right", right_on="key", validate="many_to_many")
    left, right = (joined[name].to_numpy(np.int64) for name in ("place_x", "place_y"))
    return _lines(left, right, joined, records)


def _lines(left: np.ndarray, right: np.ndarray, text: pd.DataFrame, records: Records) -> np.ndarray:
    """Return the pair, whether it is a match, and the place of the answer, one line each."""
    numbers = np.minimum(left, right) * records.people.size + np.maximum(left, right)
    match = (text["answer"] == "match").to_numpy(np.int64)
    at = text["row_id"].to_numpy(str).astype(np.int64)
    known = (left >= 0) & (right >= 0) & (left != right)
    found: np.ndarray = np.stack([numbers, match, at], axis=1)[known]
    return found


def _newest(lines: np.ndarray, asked: int) -> Decided:
    lines = lines[np.argsort(lines[:, 2], kind="stable")]
    answers = dict(zip(lines[:, 0].tolist(), lines[:, 1].tolist(), strict=True))
    together, apart = (
        np.array(sorted(pair for pair, match in answers.items() if match == wanted), np.int64)
        for wanted in (1, 0)
    )
    return Decided(together, apart, asked - len(np.unique(lines[:, 2])))
