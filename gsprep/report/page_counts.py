"""Counts of a run for its page, without any cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.display import heading
from gsprep.errors import RejectedRowsError
from gsprep.lazy import part_of, parts_of
from gsprep.report import finding_counts
from gsprep.report.duplicates import DuplicateFacts, duplicate_facts
from gsprep.report.evaluation import Agreement, agreement_of
from gsprep.report.files import UPLOAD_FILES
from gsprep.report.summary import (
    ASKED,
    OUTCOMES,
    VERDICTS,
    OriginWords,
    Part,
    Whole,
    origin_in_words,
)
from gsprep.schemas.fields import EXPLANATIONS
from gsprep.schemas.frames import ROW_ID
from gsprep.values.arrow import as_arrow, counts_of

if TYPE_CHECKING:
    from gsprep.results import Plan, QuotaLeft, RunResult, Unified

# Lower ends of the bands of probability; the last one ends at 1.
_STEPS = 2.0**28
_EDGES = (0.0, 0.1, 0.5, 0.85, 0.95, 0.99, 0.999)
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+")
# Outcomes that need attention, the most urgent first.
_NOT_STORED = ("refused", "unknown", "unsent", "rejected")
# Other text in place of a code is not shown: a service may put anything there.
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_TIME_SPANS = 12
# Replies within a shorter time have no course that would be worth a table.
_SHORTEST_COURSE = pd.Timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """The number of cells that one rule changed in one column."""

    rule: str
    column: str
    cells: int


@dataclass(frozen=True, slots=True)
class Band:
    """People whose best company has a probability in a band.

    expected: how many of these companies are right, if the probabilities are; not rounded.
    """

    low: float
    high: float
    verdicts: Whole
    expected: float


@dataclass(frozen=True, slots=True)
class Matching:
    """Counts of the decisions.

    verdicts: of all people.
    alone:    people without any candidate; all others have a probability.
    deciders: verdicts by what decided: the model, a rule of the rulebook, an answer.
    reasons:  verdicts by sentence of the reason; a person has up to four sentences.
    bands:    verdicts by probability, with the expected number of right companies.
    expected: how many of the matches are right, if the probabilities are; not rounded.
    """

    verdicts: Whole
    alone: int
    deciders: tuple[Whole, ...]
    reasons: tuple[Whole, ...]
    bands: tuple[Band, ...]
    expected: float


@dataclass(frozen=True, slots=True)
class FailureCount:
    """The number of rows of one file that were not stored, by outcome and code.

    code: "" for rows without a code; a row with several codes counts for each.
    """

    file: str
    outcome: str
    code: str
    rows: int
    hint: str


@dataclass(frozen=True, slots=True)
class Sending:
    """Counts of the sending.

    calls:    calls made, repeats included; 0 in a dry run.
    objects:  outcomes of each kind of row, if there are any rows.
    failures: rows not stored, by code; rejected rows of people.csv are counted as findings.
    plan:     the plan made before sending.
    """

    mode: str
    calls: int
    objects: tuple[Whole, ...]
    failures: tuple[FailureCount, ...]
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All counts of a run.

    read, valid, rejected: rows; each row read is either valid or rejected.
    timeline: outcomes of people by the time of the reply, in equal spans; empty if all replies
              came within a minute.
    quota:    the limits with what is used and left of each.
    unusable: companies that could not be matched against.
    stopped:  why not everything was sent, "" if everything was.
    too_many: whether nothing was sent because too many rows are rejected.
    origin:   what was read, where it was sent, and the command.
    employers: the largest groups of people without a company.
    duplicates: the people compared with existing people, None if they were not.
    held:     rows that are not sent since they may be people who exist already.
    agreement: how far decisions without answers agree with them, None for too few answers.
    folders: whether the tables of the run are folders of Parquet files.
    """

    run: str
    status: str
    seconds: float
    read: int
    valid: int
    rejected: int
    columns: tuple[finding_counts.ColumnFacts, ...]
    changes: tuple[ChangeCount, ...]
    findings: tuple[finding_counts.FindingCount, ...]
    matching: Matching
    sending: Sending
    timeline: tuple[Whole, ...]
    quota: tuple[Whole, ...]
    unusable: int
    notes: tuple[str, ...]
    stopped: str
    too_many: bool = False
    origin: OriginWords = field(default_factory=OriginWords)
    employers: tuple[finding_counts.Employer, ...] = ()
    duplicates: DuplicateFacts | None = None
    held: int = 0
    agreement: Agreement | None = None
    folders: bool = False


def facts_of(result: RunResult) -> Facts:
    """Count a run; the time this takes grows with the rows, the size of the result does not."""
    summary = result.summary
    names = ("people", "company_persons", "relationship_persons")
    sent = [part_of(result, name, ["outcome", "error_code", "batch"]) for name in names]
    frames, linked = dict(zip(UPLOAD_FILES, sent, strict=True)), result.linked
    return Facts(
        **_told(summary),
        columns=finding_counts.columns_of(result.cleaned, result.checked),
        changes=changes_of(parts_of(result.cleaned, "changes", ["rule", "column"])),
        findings=finding_counts.named_as_in_file(
            finding_counts.findings_of(result.checked.findings), summary["input"].get("headers", {})
        ),
        matching=matching_of(result.unified),
        sending=sending_of(frames, str(summary["mode"]), int(summary["calls"]), result.plan),
        timeline=timeline_of(sent[0], result.answered),
        quota=quota_of(result.plan, result.quota),
        unusable=len(result.rejected_companies),
        notes=tuple(result.notes),
        stopped="" if result.stopped is None else str(result.stopped),
        too_many=isinstance(result.stopped, RejectedRowsError),
        employers=finding_counts.employers_of(result.unmatched),
        duplicates=None
        if linked is None
        else duplicate_facts(linked.tables, linked.expected, existing=linked.existing),
        held=0 if linked is None else len(linked.held),
        agreement=None if result.agreement is None else agreement_of(result.agreement),
    )


def _told(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts of a run that are in its summary."""
    names = ("run", "status", "seconds", "read", "valid", "rejected")
    return {name: summary[name] for name in names} | {"origin": origin_in_words(summary)}


def facts_together(parts: Sequence[Facts], summary: Mapping[str, Any]) -> Facts:
    """Return the counts of a run from those of its parts, in their order.

    The parts have the same columns and are counted without the headers of the file. ``summary`` is
    that of the run. What only the whole run has is left as it is in the first part.
    """
    findings = finding_counts.together([one for part in parts for one in part.findings])
    return replace(
        parts[0],
        folders=True,
        **_told(summary),
        columns=finding_counts.columns_together([part.columns for part in parts]),
        changes=_changes_together([one for part in parts for one in part.changes]),
        findings=finding_counts.named_as_in_file(findings, summary["input"].get("headers", {})),
        matching=_matching_together([part.matching for part in parts]),
        sending=_sending_together([part.sending for part in parts], summary),
    )


def _changes_together(counts: Sequence[ChangeCount]) -> tuple[ChangeCount, ...]:
    cells: Counter[tuple[str, str]] = Counter()
    for one in counts:
        cells[one.rule, one.column] += one.cells
    ordered = sorted(cells.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ChangeCount(rule, column, count) for (rule, column), count in ordered)


def _matching_together(parts: Sequence[Matching]) -> Matching:
    deciders = sorted(_by_name(part.deciders for part in parts), key=lambda one: one.name)
    reasons = _by_name(part.reasons for part in parts)
    bands = zip(*(part.bands for part in parts), strict=True)
    return Matching(
        verdicts=Whole.together([part.verdicts for part in parts]),
        alone=sum(part.alone for part in parts),
        deciders=tuple(sorted(deciders, key=lambda one: -one.count)),
        reasons=tuple(sorted(reasons, key=lambda one: (-one.count, one.name))),
        bands=tuple(
            Band(
                of[0].low,
                of[0].high,
                Whole.together([band.verdicts for band in of]),
                sum(band.expected for band in of),
            )
            for of in bands
        ),
        expected=sum(part.expected for part in parts),
    )


def _sending_together(parts: Sequence[Sending], summary: Mapping[str, Any]) -> Sending:
    rows: Counter[FailureCount] = Counter()
    for one in (one for part in parts for one in part.failures):
        rows[replace(one, rows=0)] += one.rows
    objects = _by_name(part.objects for part in parts)
    places = UPLOAD_FILES
    failures = (replace(one, rows=count) for one, count in rows.items())
    return Sending(
        mode=str(summary["mode"]),
        calls=int(summary["calls"]),
        objects=tuple(sorted(objects, key=lambda one: places.index(one.name))),
        failures=tuple(sorted(failures, key=lambda one: (places.index(one.file), *_urgency(one)))),
        plan=None,
    )


def _by_name(parts: Iterable[Iterable[Whole]]) -> list[Whole]:
    """Return the sums of the wholes of each name."""
    found: dict[str, list[Whole]] = {}
    for whole in (whole for part in parts for whole in part):
        found.setdefault(whole.name, []).append(whole)
    return [Whole.together(same) for same in found.values()]


def changes_of(parts: Iterable[pd.DataFrame]) -> tuple[ChangeCount, ...]:
    """Count the changes by rule and column, the most frequent first."""
    by = ["rule", "column"]
    counts = (part.groupby(by, observed=True).size().reset_index(name="cells") for part in parts)
    lines = (line for table in counts for line in table.itertuples(index=False))
    return _changes_together(
        [ChangeCount(str(rule), heading(column), cells) for rule, column, cells in lines]
    )


def matching_of(unified: Unified) -> Matching:
    """Count the decisions. Which of them are right is unknown without a truth."""
    if unified.named is None:
        row_ids = part_of(unified, "decisions", [ROW_ID])[ROW_ID]
        named = row_ids.isin(unified.evidence[ROW_ID]).to_numpy(dtype=bool)
    else:
        named = unified.named
    columns, begin, counts = ["verdict", "probability", "rule", "reason"], 0, []
    for part in parts_of(unified, "decisions", columns):
        counts.append(_matching(part, named[begin : begin + len(part)]))
        begin += len(part)
    return _matching_together(counts)


def _matching(decisions: pd.DataFrame, candidates: np.ndarray) -> Matching:
    verdict = decisions["verdict"][candidates]
    probability = decisions["probability"].to_numpy(dtype=float)[candidates]
    matched = (verdict == "match").to_numpy()
    return Matching(
        verdicts=_verdicts("people", decisions["verdict"]),
        alone=int((~candidates).sum()),
        deciders=_deciders(decisions),
        reasons=_reasons(decisions),
        bands=_bands(verdict, probability),
        expected=float(_summable(probability)[matched].sum()),
    )


def _summable(probability: np.ndarray) -> np.ndarray:
    """Return numbers so short that sums of millions have no error, whatever the order is."""
    return np.rint(probability * _STEPS) / _STEPS


def _verdicts(name: str, verdicts: pd.Series[str]) -> Whole:
    counts = counts_of(verdicts)
    return Whole(name, tuple(Part(word, counts.get(word, 0)) for word in VERDICTS))


def _deciders(decisions: pd.DataFrame) -> tuple[Whole, ...]:
    groups = decisions.groupby("rule", sort=True, observed=True)["verdict"]
    return tuple(_verdicts(str(name), group) for name, group in groups)


def _reasons(decisions: pd.DataFrame) -> tuple[Whole, ...]:
    """Return the verdicts by sentence; each distinct reason is split once."""
    counts = decisions[["reason", "verdict"]].value_counts().reset_index(name="people")
    found: dict[str, Counter[str]] = {}
    for reason, verdict, people in counts.itertuples(index=False):
        for sentence in dict.fromkeys(_BETWEEN_SENTENCES.split(str(reason))):
            found.setdefault(sentence, Counter())[str(verdict)] += int(people)
    return tuple(
        Whole(sentence, tuple(Part(word, by[word]) for word in VERDICTS))
        for sentence, by in found.items()
    )


def _bands(verdicts: pd.Series[str], probability: np.ndarray) -> tuple[Band, ...]:
    at = np.searchsorted(_EDGES, probability, side="right") - 1
    sums = np.bincount(at, weights=_summable(probability), minlength=len(_EDGES))
    edges = zip(_EDGES, (*_EDGES[1:], 1.0), sums.tolist(), strict=True)
    return tuple(
        Band(low, high, _verdicts(f"{low:g} to {high:g}", verdicts[at == place]), total)
        for place, (low, high, total) in enumerate(edges)
    )


def sending_of(
    frames: Mapping[str, pd.DataFrame], mode: str, calls: int, plan: Plan | None
) -> Sending:
    """Count the outcomes of frames by the name of their file; people come first."""
    failures = (found for name, frame in frames.items() for found in _failures(name, frame))
    objects = (_outcomes(name, frame) for name, frame in frames.items() if len(frame))
    return Sending(mode, calls, tuple(objects), tuple(failures), plan)


def _outcomes(file: str, frame: pd.DataFrame) -> Whole:
    counts = counts_of(frame["outcome"])
    words = (*OUTCOMES, "rejected")
    return Whole(file, tuple(Part(word, counts.get(word, 0), file) for word in words))


def _failures(file: str, frame: pd.DataFrame) -> list[FailureCount]:
    columns = {name: as_arrow(frame[name]) for name in ("outcome", "error_code")}
    counts = pa.table(columns).group_by(list(columns)).aggregate([([], "count_all")])
    told_elsewhere = {"rejected"} if file == "people.csv" else set()
    found: Counter[tuple[str, str]] = Counter()
    for one in counts.to_pylist():
        if one["outcome"] in {*_NOT_STORED} - told_elsewhere:
            for code in dict.fromkeys(map(_code, (one["error_code"] or "").split("; "))):
                found[one["outcome"], code] += one["count_all"]
    failures = (
        FailureCount(
            file, outcome, code, rows, EXPLANATIONS[code].hint if code in EXPLANATIONS else ""
        )
        for (outcome, code), rows in found.items()
    )
    return sorted(failures, key=_urgency)


def _urgency(one: FailureCount) -> tuple[int, int, str, str]:
    return _NOT_STORED.index(one.outcome), -one.rows, one.outcome, one.code


def _code(text: str) -> str:
    return text if not text or _CODE.fullmatch(text) else "another code"


def timeline_of(people: pd.DataFrame, answered: Mapping[str, datetime]) -> tuple[Whole, ...]:
    """Return the outcomes of people in equal spans from the first reply to the last.

    ``people`` have an outcome and a batch, ``answered`` has the time of the reply to a batch;
    people of other batches are left out.
    """
    times = pd.Series(answered, dtype="datetime64[ns, UTC]")
    first, last = times.min(), times.max()
    if times.empty or last - first < _SHORTEST_COURSE:
        return ()
    share = (times - first) / (last - first)
    span = np.minimum((share * _TIME_SPANS).astype(int), _TIME_SPANS - 1)
    counts = pd.crosstab(people["batch"].map(span), people["outcome"]).reindex(
        index=range(_TIME_SPANS), columns=ASKED, fill_value=0
    )
    # The time of day with tenths of a second.
    moments = pd.date_range(first, last, periods=_TIME_SPANS + 1)
    edges = [f"{moment:%H:%M:%S.%f}"[:-5] for moment in moments]
    return tuple(
        Whole(f"{begin} to {end}", tuple(map(Part, ASKED, line)))
        for begin, end, line in zip(edges[:-1], edges[1:], counts.to_numpy().tolist(), strict=True)
    )


def quota_of(plan: Plan | None, left: Sequence[QuotaLeft]) -> tuple[Whole, ...]:
    """Return each limit with what is used of it and what is left.

    ``left`` is the quota at the end of the run. A dry run has none: its plan's quota is used,
    and the calls of the plan are shown as well.
    """
    if left or plan is None:
        return tuple(_used(one, 0) for one in left)
    kind = "async" if plan.mode == "async" else "sync"
    return tuple(_used(one, plan.calls if one.kind == kind else 0) for one in plan.quota)


def _used(one: QuotaLeft, planned: int) -> Whole:
    taken = min(planned, one.left)
    parts = (
        Part("used", one.allowed - one.left),
        Part("for this run", taken),
        Part("left", one.left - taken),
    )
    return Whole(one.window(), parts)
