"""Counts of a run: ``gsprep.run/1``, its origin, and sums as text and as bars (SVG).

A bar has no text inside, so it fits any width. It has a title for screen readers, and each part
has its own title for those who point at it. Colours come from the page, by the class of a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from gsprep.display import look, plural
from gsprep.lazy import lazy_module, part_of

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Evaluation, Linked, Unified, Uploaded
    from gsprep.values import arrow
else:
    arrow = lazy_module("gsprep.values.arrow")

SANDBOX = "rehearsal: sandbox, nothing left this computer"
DRY_RUN = "dry run: nothing was sent"


@dataclass(frozen=True, slots=True)
class Read:
    """A source that was read: the name of its file and sheet, "" if it has none.

    headers: the header in the file by field, where it has another name.
    """

    file: str = ""
    sheet: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def entries(self, rows: int) -> Mapping[str, Any]:
        """Return the entries of a summary about a source with so many rows."""
        told = {"file": self.file, "sheet": self.sheet, "rows": rows}
        return {**told, "headers": dict(self.headers)} if self.headers else told


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about a run outside its frames.

    people:    the source of the people.
    companies: the source of the companies.
    target:    where people are sent, in words; "" for the address of the client.
    command:   the command line, "" in Python.
    notes:     what was assumed or left out when the sources were read, in sentences.
    """

    people: Read = field(default_factory=Read)
    companies: Read = field(default_factory=Read)
    target: str = ""
    command: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OriginWords:
    """The same in words; "" for what is unknown."""

    people: str = ""
    companies: str = ""
    target: str = ""
    command: str = ""

    @property
    def is_rehearsal(self) -> bool:
        """Whether the people went to a sandbox."""
        return self.target == SANDBOX


class Address(Protocol):
    """A client that knows the address it sends to."""

    @property
    def base_url(self) -> str:
        """The origin of the tenant."""


def told_of(
    origin: Origin, client: Address | None, people: int, companies: int
) -> Mapping[str, Any]:
    """Return the entries of a summary about the origin of a run with so many rows."""
    target = origin.target or (DRY_RUN if client is None else client.base_url)
    return {
        "input": origin.people.entries(people),
        "companies": origin.companies.entries(companies),
        "target": target,
        "command": origin.command,
    }


def origin_in_words(summary: Mapping[str, Any]) -> OriginWords:
    """Return the origin of a run in words."""
    return OriginWords(
        people=in_words(summary["input"]),
        companies=in_words(summary["companies"], "companies"),
        target=str(summary["target"]),
        command=str(summary["command"]),
    )


def in_words(read: Mapping[str, Any], many: str = "rows") -> str:
    """Return what was read in words.

    >>> in_words({"file": "people.xlsx", "sheet": "May", "rows": 1200})
    'people.xlsx, sheet May, 1,200 rows'
    """
    one = "company" if many == "companies" else many.removesuffix("s")
    count = f"{read['rows']:,} {plural(read['rows'], one, many)}"
    sheet = f"sheet {read['sheet']}" if read["sheet"] else ""
    return ", ".join(filter(None, (read["file"], sheet, count)))


SCHEMA = "gsprep.run/1"
VERDICTS = ("match", "review", "no_match")
# Outcomes of rows that were sent to the service.
ASKED = ("stored", "refused", "unknown")
OUTCOMES = (*ASKED, "unsent")
_LAST = ("mode", "calls", "seconds")
_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole, in the words of the files; ``file`` is where its rows are."""

    name: str
    count: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """Rows or cells and the parts they are divided into: each is in exactly one part."""

    name: str
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        """The sum of the parts."""
        return sum(part.count for part in self.parts)

    @classmethod
    def together(cls, same: Sequence[Whole]) -> Whole:
        """Return the sum of wholes that have the same parts as the first one."""
        counts = zip(*((part.count for part in whole.parts) for whole in same), strict=True)
        pairs = zip(same[0].parts, counts, strict=True)
        return cls(same[0].name, tuple(replace(part, count=sum(of)) for part, of in pairs))

    def of(self, name: str) -> int:
        """Return the count of one part, 0 if there is none of that name."""
        return sum(part.count for part in self.parts if part.name == name)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, in which file of the run ("" if in none), and how."""

    what: str
    file: str
    how: str


def summarize(
    people: pd.DataFrame,
    unified: Unified,
    associations: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Any],
    more: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Any]:
    """Count a run.

    ``people`` has the outcome of each row read; ``associations`` those of the company_persons and
    relationship_persons; ``facts`` has the entries that are not counts of
    rows: run, status, input, companies, target, command, mode, calls, seconds. ``more`` are counts
    that only some runs have, by the name of their entry.
    """
    rejected = int((people["outcome"] == "rejected").sum())
    verdicts = arrow.counts_of(part_of(unified, "decisions", ["verdict"])["verdict"])
    return {
        "schema": SCHEMA,
        "run": facts["run"],
        **{name: facts[name] for name in ("status", "input", "companies", "target", "command")},
        "read": len(people),
        "rejected": rejected,
        "valid": len(people) - rejected,
        **{verdict: verdicts.get(verdict, 0) for verdict in VERDICTS},
        "persons": outcome_counts(people),
        **{name: all_counts(frame) for name, frame in associations.items()},
        **(more or {}),
        **{name: facts[name] for name in _LAST},
    }


def summaries_together(
    parts: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    more: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """Return the summary of a run from those of its parts; ``facts`` and ``more`` are the run's."""
    own = {"schema": SCHEMA, **facts}
    names = [name for name in parts[0] if name not in _LAST]
    sums = {n: own[n] if n in own else _sum([part[n] for part in parts]) for n in names}
    return {**sums, **more, **{name: own[name] for name in _LAST}}


def _sum(values: Sequence[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: _sum([value[name] for value in values]) for name in values[0]}
    return sum(values)


def existing_counts(linked: Linked) -> dict[str, int]:
    """Return how many existing people were compared, and what was found of the records."""
    records, pairs = linked.tables["duplicates.csv"], linked.tables["pairs.csv"]
    clash = records["reason"].fillna("").str.startswith("Conflict")
    return {
        "people": linked.existing,
        "linked": int(records["Gsid"].notna().sum()),
        "held": len(linked.held),
        "conflicts": int(clash.sum()),
        "to_decide": int((pairs["verdict"] == "review").sum()),
    }


def agreement_counts(agreed: Evaluation) -> dict[str, int]:
    """Return how many answers decisions without them were held against, and how many agree."""
    return {"answers": agreed.people, "match": agreed.decided, "agree": agreed.right}


def status_of(sent: Uploaded) -> str:
    """Return ``done``, or ``stopped`` if the sending ended early or an outcome is unknown."""
    frames = (sent.persons, sent.company_persons, sent.relationship_persons)
    unknown = any((frame["outcome"] == "unknown").any() for frame in frames)
    return "stopped" if sent.stopped is not None or unknown else "done"


def execution_of(sent: Uploaded, client: object | None) -> Mapping[str, Any]:
    """Return the entries of the summary about the sending."""
    planned = client is None and sent.stopped is None
    return {
        "status": "dry-run" if planned else status_of(sent),
        "mode": "dry-run" if client is None or sent.plan is None else sent.plan.mode,
        "calls": sent.calls,
    }


def outcome_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return the number of rows by outcome; ``sent`` are those sent to the service."""
    counts = arrow.counts_of(frame["outcome"])
    by_outcome = {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}
    sent = sum(by_outcome.values()) - by_outcome["unsent"]
    return {"sent": sent, **by_outcome}


def rows_to_fix(frame: pd.DataFrame) -> int:
    """Return how many rows need attention; a row that was held back has no code.

    The service may refuse a part of a person that it stores.
    """
    coded = frame["outcome"].isin(["unsent", "stored"]) & frame["error_code"].notna()
    return int((coded | frame["outcome"].isin(["refused", "rejected"])).sum())


def all_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return the same, and the number of rows ``rejected`` before sending."""
    return outcome_counts(frame) | {"rejected": int((frame["outcome"] == "rejected").sum())}


def sums_of(summary: Mapping[str, Any]) -> tuple[Whole, ...]:
    """Return the sums of a summary with their parts."""
    names = ("company_persons", "relationship_persons")
    associations = (outcomes_of(name, summary[name]) for name in names)
    return (
        _whole("read", ("valid", "rejected"), summary),
        _whole("valid", VERDICTS, summary),
        _whole("valid", OUTCOMES, summary["persons"]),
        *(whole for whole in associations if whole.count),
    )


def outcomes_of(name: str, counts: Mapping[str, int]) -> Whole:
    """Return the outcomes of rows as a whole, rows rejected before sending included."""
    return _whole(name, (*OUTCOMES, "rejected"), counts)


def _whole(name: str, words: Sequence[str], counts: Mapping[str, int]) -> Whole:
    return Whole(name, tuple(Part(word, counts[word]) for word in words))


def calls_of(summary: Mapping[str, Any]) -> str:
    """Return the mode of the calls of a run and its duration."""
    return f"{summary['mode']}, {summary['seconds']:.1f} s"


def lines_of(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the summary as lines of text, each sum with its parts."""
    origin = (f"{name:<{_WIDTH}}{words}" for name, words in origin_of(summary).items())
    lines = [*origin, *sum_lines(sums_of(summary))]
    if words := existing_of(summary):
        lines.append(f"{'existing':<{_WIDTH}}{summary['existing']['linked']:>8}   {words}")
    return (*lines, f"{'calls':<{_WIDTH}}{summary['calls']:>8}   {calls_of(summary)}")


def existing_of(summary: Mapping[str, Any]) -> str:
    """Return what was found of existing people in words; "" if none were compared."""
    found = summary.get("existing")
    if found is None:
        return ""
    names = {"held": "held back", "conflicts": "in conflict", "to_decide": "pairs to decide"}
    parts = [f"{found[name]} {words}" for name, words in names.items()]
    return f"rows are among {found['people']} existing people; {', '.join(parts)}"


def origin_of(summary: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a run read and where it sent, in words."""
    return {"input": in_words(summary["input"]), "target": str(summary["target"])}


def sum_lines(sums: Sequence[Whole]) -> tuple[str, ...]:
    """Return sums as lines of plain text.

    >>> sum_lines([Whole("read", (Part("valid", 4), Part("rejected", 2)))])
    ('read                           6 = 4 valid + 2 rejected',)
    """
    return tuple(
        f"{whole.name:<{_WIDTH}}{whole.count:>8} = "
        + " + ".join(f"{part.count} {part.name}" for part in whole.parts)
        for whole in sums
    )


_FULL = 1000
# A part that is not empty stays visible, however small it is.
_THINNEST = 5


def bar(whole: Whole, *, of: int | None = None) -> Markup:
    """Return the parts side by side; ``of`` is the count of the full width, else the whole."""
    widths = lengths([part.count for part in whole.parts], of or whole.count)
    drawn, left = [], 0.0
    for part, width in zip(whole.parts, widths, strict=True):
        if width:
            title = Markup("<title>{:,} {}</title>").format(part.count, shown(part.name))
            box = Markup('<rect class="{}" x="{:g}" y="0" width="{:g}" height="10">{}</rect>')
            drawn.append(box.format(look(part.name), left, width, title))
        left += width
    frame = Markup(
        '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img">'
        "<title>{}</title>{}</svg>"
    )
    return frame.format(_FULL, whole_in_words(whole), Markup().join(drawn))


def lengths(counts: Sequence[int], whole: int, width: float = _FULL) -> list[float]:
    """Return the lengths of parts if ``width`` is ``whole``; a part that is not empty has 5.

    What thin parts get more, thick parts lose.

    >>> lengths([0, 1, 999_999], 1_000_000), lengths([1, 1], 4, 100)
    ([0.0, 5.0, 995.0], [25.0, 25.0])
    """
    exact = [width * count / whole if whole else 0.0 for count in counts]
    seen = [max(length, _THINNEST) if length else 0.0 for length in exact]
    spare = sum(length - _THINNEST for length in seen if length)
    taken = min((sum(seen) - sum(exact)) / spare, 1.0) if spare else 0.0
    return [round(length - (length - _THINNEST) * taken, 1) if length else 0.0 for length in seen]


def whole_in_words(whole: Whole) -> str:
    """Return a whole in words: its name and every part that is not empty.

    >>> whole_in_words(Whole("people", (Part("match", 1200), Part("review", 0))))
    'people: 1,200 match'
    """
    parts = [f"{part.count:,} {shown(part.name)}" for part in whole.parts if part.count]
    return f"{whole.name}: {', '.join(parts) or 'none'}"


def shown(word: str) -> str:
    """Return a word of the files as the page shows it."""
    return word.replace("_", " ")
