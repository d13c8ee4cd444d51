"""The same person twice as counts, without any cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from gsprep.display import heading, plural
from gsprep.report.summary import Part, Step, Whole
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "gsprep.duplicates/1"
VERDICTS = ("single", "match", "review")
_SIZES = {1: "one record", 2: "two records", 3: "three", 4: "four", 5: "five or more"}
_NO_COLUMN = frozenset({"intercept", "answer"})
_LARGEST, _MOST_REASONS = 10, 15
_LOST, _KEPT, _TAKEN, _ELSEWHERE = "not kept", "kept", "taken", "kept in another field"


@dataclass(frozen=True, slots=True)
class Group:
    """A person with several records: their number, its id, and the weakest pair."""

    person_id: str
    records: int
    weakest: float | None


@dataclass(frozen=True, slots=True)
class FieldCount:
    """Values of one field: those that other records have too, that were taken and that are lost."""

    column: str
    kept: int
    taken: int
    elsewhere: int
    lost: int


@dataclass(frozen=True, slots=True)
class DuplicateFacts:
    """Counts of duplicate people.

    records:   the records read, by verdict.
    persons:   how many people they are.
    twice:     people with several records.
    linked:    records of people who exist already; None if none were compared.
    existing:  existing people who were compared.
    conflicts: records whose identifiers belong to different existing people.
    found, expected, open: pairs that are matches, the estimated number of matching pairs, and the
               pairs that need a decision.
    sizes:     people by their number of records.
    largest:   the people with the most records.
    reasons:   pairs by the sentences of their reason; a pair counts once for each.
    fields:    how many values of merged records are kept, by field.
    columns:   the columns that were compared.
    """

    records: Whole
    persons: int
    twice: int
    linked: int | None
    existing: int
    conflicts: int
    found: int
    expected: int
    open: int
    sizes: Whole
    largest: tuple[Group, ...]
    reasons: tuple[Whole, ...]
    fields: tuple[FieldCount, ...]
    columns: tuple[str, ...]

    @property
    def lost(self) -> int:
        """The number of values that are not kept."""
        return sum(field.lost for field in self.fields)

    def document(self) -> dict[str, Any]:
        """Return the counts as they are in summary.json."""
        linked = {} if self.linked is None else {"linked": self.linked, "conflicts": self.conflicts}
        return {
            "records": self.records.count,
            "persons": self.persons,
            **{part.name: part.count for part in self.records.parts},
            **linked,
            "pairs": {"match": self.found, "review": self.open},
            "expected_pairs": self.expected,
            "lost_values": self.lost,
        }


def duplicate_facts(
    tables: Mapping[str, pd.DataFrame], expected: float, *, existing: int | None = None
) -> DuplicateFacts:
    """Count the tables of duplicates, by the names of their files.

    ``expected`` is the estimated number of matching pairs, ``existing`` the number of existing
    people, None if none were compared.
    """
    records, pairs = tables["duplicates.csv"], tables["pairs.csv"]
    verdicts = records["verdict"].value_counts()
    open_ = pairs["verdict"] == "review"
    sizes = records.groupby("person_id")[ROW_ID].size()
    linked = int(records["Gsid"].notna().sum()) if "Gsid" in records.columns else None
    several = sizes[sizes > 1]
    counts = sizes.clip(upper=max(_SIZES)).value_counts()
    names = tables["pair_evidence.csv"]["column"].unique().tolist()
    return DuplicateFacts(
        records=Whole("records", tuple(Part(v, int(verdicts.get(v, 0))) for v in VERDICTS)),
        persons=len(sizes),
        twice=len(several),
        linked=None if existing is None else linked or 0,
        existing=existing or 0,
        conflicts=int(records["reason"].fillna("").str.startswith("Conflict").sum()),
        found=int((~open_).sum()),
        expected=round(expected),
        open=int(open_.sum()),
        sizes=Whole("people", tuple(Part(w, int(counts.get(n, 0))) for n, w in _SIZES.items())),
        largest=_largest(several, records, pairs),
        reasons=_reasons(pairs),
        fields=_fields(tables["losses.csv"]),
        # A mark such as Jr. is a part of the surname.
        columns=tuple(heading(n) for n in names if n not in _NO_COLUMN and not n.endswith(".mark")),
    )


def _largest(
    several: pd.Series[int], records: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[Group, ...]:
    of = records.set_index(ROW_ID)["person_id"]
    inside = pairs[pairs["verdict"] == "match"]
    lowest = inside["probability"].astype(float).groupby(inside["left_id"].map(of)).min()
    weakest = {str(name): float(value) for name, value in lowest.items()}
    ordered = several.sort_values(ascending=False, kind="stable").head(_LARGEST)
    return tuple(
        Group(str(name), int(count), weakest.get(str(name))) for name, count in ordered.items()
    )


def _reasons(pairs: pd.DataFrame) -> tuple[Whole, ...]:
    sentences = pairs["reason"].str.split(r"(?<=\.) ", regex=True)
    each = pairs.assign(reason=sentences).explode("reason")
    counts = each.groupby(["reason", "verdict"]).size().reset_index(name="pairs")
    found: dict[str, dict[str, int]] = {}
    for reason, verdict, count in counts.itertuples(index=False):
        found.setdefault(str(reason), {})[str(verdict)] = int(count)
    wholes = (
        Whole(reason, tuple(Part(word, by.get(word, 0)) for word in ("match", "review")))
        for reason, by in found.items()
    )
    return tuple(sorted(wholes, key=lambda one: (-one.count, one.name)))[:_MOST_REASONS]


def _fields(losses: pd.DataFrame) -> tuple[FieldCount, ...]:
    known = losses[losses["before"].notna() | (losses["rule"] == _TAKEN)]
    counts = known.groupby(["column", "rule"]).size().unstack(fill_value=0)  # noqa: PD010
    lines = [
        FieldCount(heading(column), *(int(row.get(rule, 0)) for rule in
                   (_KEPT, _TAKEN, _ELSEWHERE, _LOST)))
        for column, row in counts.iterrows()
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda one: (-one.lost, one.column)))


def headline_of(facts: DuplicateFacts) -> str:
    """Return the result in one sentence."""
    whole = facts.records.count
    if not whole:
        return "There were no records to read."
    records = f"{whole:,} {plural(whole, 'record', 'records')}"
    people = f"{facts.persons:,} {plural(facts.persons, 'person', 'people')}"
    if facts.linked:
        are = plural(facts.linked, "is a person", "are people")
        return f"{facts.linked:,} of {records} {are} who exist already."
    if not facts.twice:
        are = plural(whole, "is", "are")
        return f"No duplicates: {records} {are} {people}."
    return f"{records} are {people}."


def lead_of(facts: DuplicateFacts) -> str:
    """Return the counts that need attention, in sentences."""
    lines = []
    if facts.twice:
        have = plural(facts.twice, "person has", "people have")
        lines.append(f"{facts.twice:,} {have} several records.")
    if facts.conflicts:
        are = plural(facts.conflicts, "record has", "records have")
        lines.append(f"{facts.conflicts:,} {are} identifiers of different existing people.")
    if facts.open:
        need = plural(facts.open, "pair needs", "pairs need")
        lines.append(f"{facts.open:,} {need} a decision.")
    if facts.lost:
        are = plural(facts.lost, "value is", "values are")
        lines.append(f"{facts.lost:,} {are} not kept if everything is merged.")
    return " ".join(lines)


DUPLICATE_FILES = {
    "duplicates.csv": "a record, with the person_id of its group, the verdict and the reason",
    "pairs.csv": "a pair of records that is a match or needs a decision",
    "pair_evidence.csv": "a pair and a column: what the comparison found, and its weight",
    "merged.csv": "a person, with the values that survive",
    "losses.csv": "a value of a merged record, and whether it is kept",
    "existing.csv": "an existing person who is, or may be, the same as a record",
}


def duplicate_steps(facts: DuplicateFacts, folder: str) -> tuple[Step, ...]:
    """Return what to do, in the order in which to do it."""
    steps = []
    if facts.open:
        pairs = f"{facts.open:,} {plural(facts.open, 'pair', 'pairs')}"
        how = f"in a browser with `gsprep review {quote(folder)}`, or in the column `answer`."
        steps.append(Step(f"Decide on {pairs}", "pairs.csv", how))
    if facts.lost:
        values = f"{facts.lost:,} {plural(facts.lost, 'value', 'values')}"
        how = "it has each value that is not kept; `survive:` in a rulebook says which are."
        steps.append(Step(f"Look at {values} that would be lost", "losses.csv", how))
    if facts.records.count:
        how = "it has one record for each person, and is the input of `gsprep run`."
        steps.append(Step("Go on with the surviving records", "merged.csv", how))
    return tuple(steps)
