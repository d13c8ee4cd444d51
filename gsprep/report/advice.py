"""The one sentence that matters about a run, and what somebody has to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.display import plural
from gsprep.report.parts import Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.report.facts import Facts

_NO_HARM = "Sending a row again does no harm: what is stored already is only updated."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, in which file of the run ("" for none), and how."""

    what: str
    file: str
    how: str


def headline(facts: Facts) -> str:
    """Return the sentence that matters."""
    stored = facts.sending.objects[0].of("stored") if facts.sending.objects else 0
    if facts.read == 0:
        return "There was no row to read."
    if facts.status == "dry-run":
        return f"Nothing was sent yet: {facts.valid:,} of {_rows(facts.read)} could go."
    told = f"{stored:,} of {_rows(facts.read)} {_are(stored)} stored"
    if facts.stopped or facts.status == "stopped":
        return f"Not finished: {told} so far."
    if stored == facts.read:
        return f"All done: {_rows(stored)} stored, none left over."
    return f"Done: {told}."


def rest(facts: Facts) -> str:
    """Return where the other rows are, how it went with associations, and who is awaited."""
    people = facts.sending.objects[0] if facts.sending.objects else Whole("people", ())
    parts = {
        "rejected before sending": facts.rejected,
        "refused by the service": people.of("refused"),
        "without a known end": people.of("unknown"),
        "not sent": 0 if facts.status == "dry-run" else people.of("unsent"),
    }
    told = [f"{count:,} {what}" for what, count in parts.items() if count]
    lines = [f"The others: {', '.join(told)}."] if told and facts.valid else []
    lines += [_associations(whole, facts.status) for whole in facts.sending.objects[1:]]
    if waiting := facts.matching.verdicts.of("review"):
        who = f"{_rows(waiting, 'person', 'people')} {'waits' if waiting == 1 else 'wait'}"
        lines.append(f"{who} for somebody to decide which company is theirs.")
    return " ".join(lines)


def steps(facts: Facts) -> tuple[Step, ...]:
    """Return what to do, the most urgent first; nothing when nobody is awaited."""
    return tuple(
        step for make in (_unfinished, _to_mend, _to_decide, _to_look_at) for step in make(facts)
    )


def _unfinished(facts: Facts) -> Iterator[Step]:
    people = facts.sending.objects[0] if facts.sending.objects else None
    if facts.stopped:
        why = facts.stopped.rstrip(".").replace("`", "")
        yield Step("Finish the run", "", f"{why}. {_NO_HARM}")
    unknown = 0 if people is None else people.of("unknown")
    if unknown:
        how = f"outcome is unknown: nobody can tell whether they are stored. {_NO_HARM}"
        yield Step(f"See to {_rows(unknown)} without a known end", "people.csv", how)
    if facts.status == "dry-run" and facts.valid:
        how = "leave out --dry-run, and name the tenant with --to."
        yield Step("Send, when what follows is right", "", how)


def _to_mend(facts: Facts) -> Iterator[Step]:
    if facts.rejected:
        how = "what is wrong and what to do stands beside each; mended, it is the next input."
        yield Step(f"Mend {_rows(facts.rejected)}", "rejects.csv", how)
    for whole in facts.sending.objects:
        if refused := whole.of("refused"):
            how = "outcome is refused: error_message says what the service found wrong."
            yield Step(f"Look at {_rows(refused)} the service refused", whole.name, how)
    for whole in facts.sending.objects[1:]:
        if rejected := whole.of("rejected"):
            how = "outcome is rejected: error_message says why they could not go."
            yield Step(f"Look at {_rows(rejected)} left out", whole.name, how)


def _to_decide(facts: Facts) -> Iterator[Step]:
    if waiting := facts.matching.verdicts.of("review"):
        how = (
            "in a browser with gsprep review and this folder; or write 1, 2, none or a Gsid into "
            "the column answer, save it under another name, and give that to the next run with "
            "--answers."
        )
        yield Step(f"Decide on {_rows(waiting, 'person', 'people')}", "review.csv", how)


def _to_look_at(facts: Facts) -> Iterator[Step]:
    warnings = sum(one.rows for one in facts.found if one.severity == "warning")
    if warnings:
        how = "they kept no row back; where a better value is known, it stands there."
        yield Step(f"Look through {_rows(warnings, 'warning', 'warnings')}", "warnings.csv", how)
    if facts.unusable:
        how = "they lack a Gsid or a Name, or repeat a Gsid, so nobody can belong to them."
        what = f"Complete {_rows(facts.unusable, 'company', 'companies')}"
        yield Step(what, "rejected_companies.csv", how)


def _associations(whole: Whole, status: str) -> str:
    kind = whole.name.removesuffix(".csv").replace("_persons", "")
    what = _rows(whole.count, f"association with a {kind}", f"associations with a {kind}")
    if status == "dry-run":
        return f"Of {what}, {whole.of('unsent'):,} could go along."
    stored = whole.of("stored")
    return f"Of {what}, {stored:,} {_are(stored)} stored."


def _are(count: int) -> str:
    return plural(count, "is", "are")


def _rows(count: int, one: str = "row", many: str = "rows") -> str:
    return f"{count:,} {plural(count, one, many)}"
