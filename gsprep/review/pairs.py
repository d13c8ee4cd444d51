"""Questions about the same person: records, pairs and groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from gsprep.schemas.frames import LINE, ROW_ID, filled_records, require, text_frame

# The columns of duplicates.csv that are not the person's.
OURS = frozenset({
    ROW_ID, LINE, "person_id", "size", "verdict", "reason", "Gsid", "source",
})  # fmt: skip
_OF_PAIRS = ("left_id", "right_id", "verdict", "probability", "rule", "reason")
INTERCEPT = "intercept"
_WHY = {
    "group": "The two records match, but other records of the two people contradict them.",
    "conflict": "Conflict: this record has identifiers of different existing people.",
    "key": "The record and the existing person have the same key, and their names differ.",
}
_BETWEEN = "The evidence for it and against it is not enough to decide."


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file, or an existing person.

    id:       the row_id, or the Gsid of an existing person.
    key:      what answers about the record are stored under.
    person:   the person_id of its group.
    existing: whether the person exists already.
    line:     the line of the file that holds it, "" if it is not known.
    cells:    the known cells, by column.
    """

    id: str
    key: str
    person: str
    existing: bool
    line: str
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the person, else their address."""
        of = self.cells
        parts = " ".join(filter(None, (of.get("FirstName"), of.get("LastName"))))
        return of.get("Name") or parts or of.get("Email") or "A person without a name"


class Comparison(NamedTuple):
    """What comparing a column found, in words, and its log-odds."""

    column: str
    said: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class Link:
    """A pair of records.

    alternative: the people that the pair was compared with: strangers, or who shares something.
    """

    left: Record
    right: Record
    probability: float
    rule: str
    reason: str
    alternative: str
    comparisons: tuple[Comparison, ...] = ()

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of both records, in an order of their own."""
        return pair_of(self.left.key, self.right.key)


def pair_of(one: str, two: str) -> tuple[str, str]:
    """Return two keys in an order of their own.

    >>> pair_of("b", "a") == pair_of("a", "b")
    True
    """
    return (one, two) if one <= two else (two, one)


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """Two people who may be one, or the records that were put together.

    number: the position, from 1; identifies the question in addresses of pages.
    kind:   ``open`` for two people, ``group`` for the records of one.
    sides:  the records of each person.
    links:  the open pairs between the two people, the surest first; the pairs within a group, the
            weakest first.
    why:    why a person decides.
    """

    number: int
    kind: Literal["open", "group"]
    sides: tuple[tuple[Record, ...], ...]
    links: tuple[Link, ...]
    why: str

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, those of the first person first."""
        return tuple(record for side in self.sides for record in side)

    @property
    def name(self) -> str:
        """The name of the first record."""
        return self.records[0].name

    @property
    def is_between_existing(self) -> bool:
        """Whether both sides have an existing person: two of them are never one."""
        return sum(any(record.existing for record in side) for side in self.sides) > 1

    @property
    def main(self) -> Link | None:
        """The pair to decide: the surest one; between existing people one with the other's."""
        if not self.is_between_existing:
            return self.links[0] if self.links else None
        return next((link for link in self.links if link.right.existing), None)

    def existing_of(self, record: Record) -> tuple[Record, ...]:
        """Return the existing person that a record is linked to so far."""
        own = next(side for side in self.sides if any(one is record for one in side))
        return tuple(one for one in own if one.existing)

    @property
    def probability(self) -> float:
        """The probability of the surest open pair, of the weakest pair of a group."""
        return self.links[0].probability if self.links else 1.0

    @property
    def alike(self) -> str:
        """What questions that are alike have in common: the strongest evidence."""
        return self.links[0].reason if self.links else "No value in common."


def pair_questions(
    duplicates: pd.DataFrame,
    pairs: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
    existing: pd.DataFrame | None = None,
) -> tuple[PairQuestion, ...]:
    """Return the questions of a folder: two people who may be one, then groups.

    ``duplicates`` and ``pairs`` are the files of that name, ``evidence`` is pair_evidence.csv,
    ``existing`` are the existing people that the pairs name. Raises MissingColumnsError.
    """
    require(duplicates, (ROW_ID, "person_id"), of="duplicates.csv")
    require(pairs, _OF_PAIRS, of="pairs.csv")
    text = text_frame(pairs.drop(columns=ROW_ID, errors="ignore"), of="pairs.csv")
    records = _records(text_frame(duplicates), existing, text)
    links = _links(text, records, _comparisons(evidence))
    between = _between(link for link, verdict in links if verdict == "review")
    within = _within(link for link, verdict in links if verdict != "review")
    members = _members(records.values())
    reasons = duplicates.get("reason", pd.Series(dtype="str"))
    said = duplicates[reasons.fillna("").str.startswith("Conflict")]
    conflicts = {} if said.empty else dict(zip(said[ROW_ID], said["reason"], strict=True))
    opened = [
        PairQuestion(
            number,
            "open",
            tuple(members[record.person] for record in (found[0].left, found[0].right)),
            tuple(found),
            _why(found[0], conflicts),
        )
        for number, found in enumerate(sorted(between, key=lambda one: -one[0].probability), 1)
    ]
    return (
        *opened,
        *(
            PairQuestion(number, "group", (members[found[0].left.person],), tuple(found), "")
            for number, found in enumerate(
                sorted(within, key=lambda one: one[0].probability), len(opened) + 1
            )
        ),
    )


def _why(link: Link, conflicts: Mapping[str, str]) -> str:
    """Return why a person decides; ``conflicts`` are the reasons of records by row_id."""
    own = (conflicts.get(one.id) for one in (link.left, link.right) if link.rule == "conflict")
    return next(filter(None, own), _WHY.get(link.rule, _BETWEEN))


def _records(
    text: pd.DataFrame, existing: pd.DataFrame | None, pairs: pd.DataFrame
) -> dict[tuple[bool, str], Record]:
    """Return the records by whether they exist already, and by id."""
    keys: dict[str, str] = {}
    for side in ("left", "right"):
        if f"{side}_key" in pairs.columns:
            keys |= dict(
                zip(pairs[f"{side}_id"].tolist(), pairs[f"{side}_key"].tolist(), strict=True)
            )
    found = [_record(line, keys, existing=False) for line in filled_records(text)]
    if existing is not None:
        found += [_record(line, {}, existing=True) for line in filled_records(text_frame(existing))]
    return {(record.existing, record.id): record for record in found}


def _record(line: Mapping[str, str], keys: Mapping[str, str], *, existing: bool) -> Record:
    own = {name: cell for name, cell in line.items() if name not in OURS}
    name = line.get("Gsid", line[ROW_ID]) if existing else line[ROW_ID]
    person = name if existing else line["person_id"]
    return Record(name, keys.get(name, name), person, existing, line.get(LINE, ""), own)


def _comparisons(evidence: pd.DataFrame | None) -> Mapping[tuple[str, str], tuple[Comparison, ...]]:
    """Return the comparisons of each pair, the intercept first, then the strongest."""
    if evidence is None:
        return {}
    require(evidence, ("left_id", "right_id", "column", "log_odds"), of="pair_evidence.csv")
    numbers = pd.to_numeric(evidence["log_odds"], errors="coerce").fillna(0.0)
    said = evidence.get("said", pd.Series(pd.NA, evidence.index, dtype="str")).fillna("")
    found: defaultdict[tuple[str, str], list[Comparison]] = defaultdict(list)
    rows = zip(
        evidence["left_id"], evidence["right_id"], evidence["column"], said, numbers, strict=True
    )
    for left, right, column, words, odds in rows:
        found[left, right].append(Comparison(str(column), str(words), float(odds)))
    return {
        pair: tuple(sorted(lines, key=lambda one: (one.column != INTERCEPT, -abs(one.log_odds))))
        for pair, lines in found.items()
    }


def _links(
    pairs: pd.DataFrame,
    records: Mapping[tuple[bool, str], Record],
    comparisons: Mapping[tuple[str, str], tuple[Comparison, ...]],
) -> list[tuple[Link, str]]:
    """Return the pairs whose records are known, each with its verdict."""
    found = []
    for line in filled_records(pairs):
        names = line["left_id"], line["right_id"]
        left = records.get((False, names[0]))
        right = records.get((True, names[1])) or records.get((False, names[1]))
        if left is None or right is None:
            continue
        link = Link(
            left,
            right,
            float(line["probability"]),
            line["rule"],
            line.get("reason", ""),
            line.get("alternative", ""),
            comparisons.get(names, ()),
        )
        found.append((link, line["verdict"]))
    return found


def _between(links: Iterable[Link]) -> list[list[Link]]:
    """Return the open pairs of each two people, the surest first."""
    found: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        if link.left.person != link.right.person:
            found[pair_of(link.left.person, link.right.person)].append(link)
    return [sorted(pairs, key=lambda link: -link.probability) for pairs in found.values()]


def _within(links: Iterable[Link]) -> list[list[Link]]:
    """Return the pairs of each group, the weakest first."""
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for link in links:
        # Other pairs were matches until a key or a Gsid told the records apart.
        if link.left.person == link.right.person:
            found[link.left.person].append(link)
    return [sorted(pairs, key=lambda link: link.probability) for pairs in found.values()]


def _members(records: Iterable[Record]) -> Mapping[str, tuple[Record, ...]]:
    """Return the records of each person, an existing one first."""
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.person].append(record)
    return {
        person: tuple(sorted(rows, key=lambda record: not record.existing))
        for person, rows in found.items()
    }


def alike_of(questions: Sequence[PairQuestion]) -> tuple[tuple[str, int], ...]:
    """Return what questions have in common, with their number, the most frequent first."""
    counts: dict[str, int] = {}
    for question in questions:
        counts[question.alike] = counts.get(question.alike, 0) + 1
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
