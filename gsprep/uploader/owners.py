"""Whose an association is: found by the key of the person, or by Person_ID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.calls.endpoints import EMPTY_KEY
from gsprep.schemas.same_key import comparable_key, key_codes
from gsprep.uploader.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.uploader.groups import Groups

# In the place of a person: why there is none.
_UNKNOWN, _HELD, _SEVERAL, _KEYLESS = -1, -2, -3, -4
_WHY_NOT = {
    _UNKNOWN: Fault(
        message="not sent: its person is not among the persons. Add the person, or drop the row"
    ),
    _HELD: Fault(message="not sent: the row of its person was not sent"),
    _SEVERAL: Fault(
        message="not sent: several persons have its key. Give all columns of the key"
    ),
    _KEYLESS: Fault(
        EMPTY_KEY, "", "not sent: nothing says whose it is. Fill the key of its person"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owners:
    """The persons that associations may belong to.

    Attributes:
        key: the columns that tell persons apart.
        keys: these columns of the rows of persons, as they are compared.
        gsids: the Gsid of each row, missing where there is none.
        person: the number of the person each row means, negative for a row that is not sent.
    """

    key: Sequence[str]
    keys: pd.DataFrame
    gsids: pd.Series[str]
    person: np.ndarray

    @classmethod
    def of(cls, persons: pd.DataFrame, found: Groups, key: Sequence[str]) -> Owners:
        """Return the owners among the rows of a text frame, of which ``found`` are sent."""
        # Who has a Gsid needs no key.
        whole = persons.reindex(columns=[*key, "Gsid"]).astype("str")
        keys = comparable_key(whole, key)
        return cls(key, keys, whole["Gsid"], found.of_rows(len(persons)))

    def of_rows(self, frame: pd.DataFrame) -> np.ndarray:
        """Return for each row of associations the number of its person, or why there is none."""
        shared = [name for name in self.key if name in frame]
        # A part of a key that is no e-mail (a Location) says nothing about who is meant.
        if len(shared) < len(self.key) and "Email" not in shared:
            shared = []
        if not shared:
            return self._by_person_id(frame)
        asked = comparable_key(frame, shared)
        owner = self._found(self.keys[shared], asked)
        keyless = asked.isna().any(axis=1).to_numpy()
        if keyless.any():
            owner[keyless] = self._by_person_id(frame[keyless])
        return owner

    def _by_person_id(self, frame: pd.DataFrame) -> np.ndarray:
        if "Person_ID" not in frame:
            return np.full(len(frame), _KEYLESS)
        asked = frame[["Person_ID"]]
        owner = self._found(self.gsids.to_frame("Person_ID"), asked)
        owner[asked["Person_ID"].isna().to_numpy()] = _KEYLESS
        return owner

    def _found(self, known: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
        """Return whom rows mean by equal columns; a row that lacks one means nobody."""
        codes = key_codes(pd.concat([known, asked], ignore_index=True))
        known_as, asked_as = codes[: len(known)], codes[len(known) :]
        # The last place is that of -1: nobody is known without a key.
        of_code = np.full(codes.max(initial=-1) + 2, _UNKNOWN)
        of_code[known_as[known_as >= 0]] = _HELD
        sent = (known_as >= 0) & (self.person >= 0)
        persons, code = self.person[sent], known_as[sent]
        of_code[code] = persons
        # A row that contradicts the first one with its key is not sent: the first one answers.
        of_code[code[of_code[code] != persons]] = _SEVERAL
        return np.asarray(of_code[asked_as])


def not_sent(owner: np.ndarray) -> dict[int, Fault]:
    """Return a fault for each row of associations whose person is not sent."""
    return {int(at): _WHY_NOT[int(owner[at])] for at in (owner < 0).nonzero()[0]}
