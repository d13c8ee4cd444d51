"""Sentences about a run: headline, next steps and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gsprep.display import heading, plural
from gsprep.report.files import OURS
from gsprep.report.summary import Step, Whole
from gsprep.schemas.frames import ROW_ID, reason_columns, text_frame
from gsprep.shipped import shipped_lines

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.report.page_counts import Facts, Matching
    from gsprep.results import Checked, Uploaded

_NO_HARM = "It is safe to send a row again: a stored row is only updated."
_SEVERAL = 2
_CONTRADICTS = "GSOBJ_VCUSTOM1007"


def headline(facts: Facts) -> str:
    """Return the result of the run in one sentence."""
    stored = facts.sending.objects[0].of("stored") if facts.sending.objects else 0
    if facts.read == 0:
        return "There were no rows to read."
    if facts.too_many:
        rejected = f"{facts.rejected:,} of {_rows(facts.read)}"
        are = plural(facts.rejected, "is", "are")
        return f"Nothing was sent: {rejected} {are} rejected, more than allowed."
    if facts.status == "dry-run":
        return f"Nothing was sent yet: {facts.valid:,} of {_rows(facts.read)} can be sent."
    return _sent(facts, stored)


def _sent(facts: Facts, stored: int) -> str:
    result = f"{stored:,} of {_rows(facts.read)}"
    are = plural(stored, "is", "are")
    if facts.stopped or facts.status == "stopped":
        return f"Not finished: {result} {are} stored so far."
    if facts.origin.is_rehearsal:
        whole = f"all {_rows(stored)}" if stored == facts.read > 1 else result
        return f"Rehearsal: {whole} would be stored."
    if stored == facts.read:
        return f"All done: {_rows(stored)} stored."
    return f"Done: {result} {are} stored."


def rest(facts: Facts) -> str:
    """Return what happened to the other rows and to associations, and how many need a decision."""
    people = facts.sending.objects[0] if facts.sending.objects else Whole("people", ())
    parts = {
        "rejected before sending": facts.rejected,
        "refused by the service": people.of("refused"),
        "with an unknown outcome": people.of("unknown"),
        "not sent": 0 if facts.status == "dry-run" else people.of("unsent"),
    }
    others = [f"{count:,} {what}" for what, count in parts.items() if count]
    lines = [f"The others: {', '.join(others)}."] if others and facts.valid else []
    lines += _most_frequent(facts)
    lines += [_associations(whole, facts) for whole in facts.sending.objects[1:]]
    lines += _existing(facts)
    if waiting := facts.matching.verdicts.of("review"):
        who = f"{_rows(waiting, 'person', 'people')} {plural(waiting, 'needs', 'need')}"
        lines.append(f"{who} a decision about their company.")
    if alone := facts.matching.verdicts.of("no_match"):
        lines.append(f"No company was found for {_rows(alone, 'person', 'people')}.")
    return " ".join(lines)


def _existing(facts: Facts) -> list[str]:
    """Return how many rows are existing people, and how many may be."""
    same = facts.duplicates
    lines = []
    if same is not None and same.linked:
        update = plural(same.linked, "is a person who exists", "are people who exist")
        lines.append(f"{_rows(same.linked)} {update} already.")
    if facts.held:
        may = plural(facts.held, "may be one and is", "may be and are")
        lines.append(f"{_rows(facts.held)} {may} not sent until a person decides.")
    return lines


def _most_frequent(facts: Facts) -> list[str]:
    """Return the reason for which most rows were rejected, if several reasons were found."""
    errors = [one for one in facts.findings if one.severity == "error"]
    if len(errors) < _SEVERAL:
        return [f"The reason: {one.message}" for one in errors]
    return [f"The most frequent reason ({_rows(errors[0].rows)}): {errors[0].message}"]


def steps(facts: Facts) -> tuple[Step, ...]:
    """Return what to do, in the order in which to do it; nothing if the run needs no one."""
    makers = (_unfinished, _to_fix, _to_decide, _to_look_at, _to_send)
    return tuple(step for make in makers for step in make(facts))


@cache
def rule_sentences() -> Mapping[str, tuple[str, str]]:
    """Return the fields of each cleaning rule and what it does, in the order of the rules."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "cleaning_rules.txt"))
    return {name: (fields, text) for name, fields, text in lines}


def rule_effect(name: str) -> str:
    """Return what a cleaning rule does, without details; "" for a rule that is not known.

    >>> rule_effect("boolean"), rule_effect("blanks")[:28]
    ('writes `true` or `false`', 'removes invisible characters')
    """
    text = rule_sentences().get(name, ("", ""))[1]
    return re.split(r"; | for `|: `", text)[0]


def further(steps: Sequence[Step]) -> str:
    """Return how many steps follow the first one; "" if none does.

    >>> further([Step("Fix 2 rows", "rejects.csv", ""), Step("Send", "", "")])
    ', then 1 more step'
    """
    more = len(steps) - 1
    return f", then {_rows(more, 'more step', 'more steps')}" if more > 0 else ""


def _unfinished(facts: Facts) -> Iterator[Step]:
    people = facts.sending.objects[0] if facts.sending.objects else None
    if facts.stopped and not facts.too_many:
        why = facts.stopped.rstrip(".")
        yield Step("Finish the run", "", f"{why}. {_NO_HARM}")
    unknown = 0 if people is None else people.of("unknown")
    if unknown:
        how = f"where `outcome` is unknown: they may or may not be stored. {_NO_HARM}"
        yield Step(f"Check {_rows(unknown)} with an unknown outcome", "people.csv", how)


def _to_fix(facts: Facts) -> Iterator[Step]:
    if facts.rejected:
        how = "each row says what is wrong and what to do; the fixed file is the next input."
        yield Step(f"Fix {_rows(facts.rejected)}", "rejects.csv", how)
    for whole in facts.sending.objects:
        if refused := whole.of("refused"):
            how = "where `outcome` is refused, `error_message` is what the service answered."
            yield Step(f"Check {_rows(refused)} refused by the service", whole.name, how)
    for whole in facts.sending.objects[1:]:
        if rejected := whole.of("rejected"):
            how = "where `outcome` is rejected, `error_message` says why."
            what = f"Check {_rows(rejected, 'association', 'associations')} that cannot be sent"
            yield Step(what, whole.name, how)


def _to_decide(facts: Facts) -> Iterator[Step]:
    same = facts.duplicates
    if same is not None and same.open:
        how = (
            "in a browser with `gsprep review`, this folder and `--duplicates`; then run the same "
            "command again."
        )
        what = f"Decide on {_rows(same.open, 'pair', 'pairs')} that may be the same person"
        yield Step(what, "pairs.csv", how)
    if waiting := facts.matching.verdicts.of("review"):
        how = (
            "in a browser with `gsprep review` and this folder; or write 1, 2, none or a Gsid "
            "into the column `answer` and run the same command again."
        )
        yield Step(f"Decide on {_rows(waiting, 'person', 'people')}", "review.csv", how)


def _to_look_at(facts: Facts) -> Iterator[Step]:
    warnings = sum(one.rows for one in facts.findings if one.severity == "warning")
    if warnings:
        how = "a warning does not stop a row; the column `suggestion` has better values, if known."
        yield Step(f"Read {_rows(warnings, 'warning', 'warnings')}", "warnings.csv", how)
    if facts.unusable:
        how = "they lack a Gsid or a Name, or repeat a Gsid, so they are not used for matching."
        what = f"Complete {_rows(facts.unusable, 'company', 'companies')}"
        yield Step(what, "rejected_companies.csv", how)
    if alone := facts.matching.verdicts.of("no_match"):
        how = "the largest groups first: add their companies, or the domains, to the list."
        what = f"See where {_rows(alone, 'person', 'people')} without a company work"
        yield Step(what, "unmatched.csv", how)


def _to_send(facts: Facts) -> Iterator[Step]:
    if facts.too_many:
        yield Step("Run the same command again", "", "nothing was sent, so nothing is sent twice.")
    elif facts.status == "dry-run" and facts.valid:
        again = "run again without `--dry-run`, and name the tenant with `--to`."
        upload = (
            "with `gsprep upload`, this folder, `--format parquet`, and the tenant with `--to`."
        )
        how = upload if facts.folders else again
        yield Step("Send, if the counts below are right", "", how)
    elif facts.origin.command.startswith("gsprep demo"):
        how = "`gsprep run PEOPLE --companies COMPANIES --sandbox` sends nothing to a tenant, too."
        yield Step("Try it with your own files", "", how)
    elif facts.origin.is_rehearsal and facts.valid:
        how = "run again with `--to` and the name of your tenant in place of `--sandbox`."
        yield Step("Send, if the counts below are right", "", how)


def _associations(whole: Whole, facts: Facts) -> str:
    kind = whole.name.removesuffix(".csv").replace("_persons", "")
    what = _rows(whole.count, f"association with a {kind}", f"associations with a {kind}")
    if facts.status == "dry-run" or facts.too_many:
        return f"Of {what}, {whole.of('unsent'):,} could be sent."
    stored = whole.of("stored")
    if facts.origin.is_rehearsal:
        return f"Of {what}, {stored:,} would be stored."
    return f"Of {what}, {stored:,} {plural(stored, 'is', 'are')} stored."


def sureness(matching: Matching) -> str:
    """Return how many matches are expected to be right, in a sentence; "" without matches."""
    matches = matching.verdicts.of("match")
    wrong = matches - round(matching.expected, 1)
    if not matches:
        return ""
    of = f"of the {_rows(matches, 'match', 'matches')}"
    if wrong < 1:
        return f"If the probabilities are right, fewer than one {of} is wrong."
    are = plural(round(wrong), "is", "are")
    return f"If the probabilities are right, about {wrong:,.0f} {of} {are} wrong."


def _rows(count: int, one: str = "row", many: str = "rows") -> str:
    return f"{count:,} {plural(count, one, many)}"


def contradicted_rows(given: pd.DataFrame) -> np.ndarray:
    """Return which rows of an earlier rejects.csv had the same key as another row.

    Other frames than a rejects.csv have no such rows.
    """
    if not reason_columns(given):
        return np.zeros(len(given), dtype=bool)
    codes = text_frame(given)["codes"].fillna("")
    return codes.str.contains(_CONTRADICTS, regex=False).to_numpy(dtype=bool)


def contradicted_ids(given: pd.DataFrame) -> pd.Series[str] | None:
    """Return the row_ids of ``contradicted_rows``; None for none."""
    contradicted = contradicted_rows(given)
    return text_frame(given)[ROW_ID][contradicted] if contradicted.any() else None


def contradiction_notes(
    contradicted: pd.Series[str] | None, passing: pd.Series[str]
) -> tuple[str, ...]:
    """Count the rows of an earlier rejects.csv that pass only because the other row is missing.

    ``contradicted`` are the row_ids of ``contradicted_ids``, ``passing`` those that pass now.
    """
    if contradicted is None:
        return ()
    return contradiction_note(int(contradicted.isin(passing).sum()))


def contradiction_note(count: int) -> tuple[str, ...]:
    """Return the note on so many ``contradicted_rows`` that pass now; none for 0."""
    note = (
        f"{_rows(count)} had the same key as a row that is not in this file ({_CONTRADICTS} in "
        "codes). Sent with this key, a row replaces the other one: fix the key, or remove the row"
    )
    return (note,) if count else ()


def unsent_note(of: str, columns: str) -> str:
    """Return the note on columns that an object has no field for."""
    return f"columns not sent, because {of} has no such field: {columns}"


def notes_of(
    header: pd.DataFrame,
    contradicted: pd.Series[str] | None,
    checked: Checked,
    unusable: pd.DataFrame,
) -> tuple[str, ...]:
    """Return the notes of a run.

    ``header`` has the columns of the people as given, ``contradicted`` is of ``contradicted_ids``,
    and ``unusable`` are the companies set aside.
    """
    whole = checked.findings[checked.findings[ROW_ID].isna()]
    on_columns = notes_on_columns(header, whole, len(unusable))
    return (*contradiction_notes(contradicted, checked.valid[ROW_ID]), *on_columns)


def notes_on_columns(people: pd.DataFrame, whole: pd.DataFrame, unusable: int) -> tuple[str, ...]:
    """Return the notes on the columns of ``people``, with the findings on ``whole`` columns.

    ``unusable`` is the number of companies set aside.
    """
    dropped = reason_columns(people)
    replaced = [name for name in OURS if name in people.columns]
    whole = whole[~whole["column"].isin(replaced)]
    meant = whole["column"].map(heading) + (" (perhaps " + whole["suggestion"] + ")").fillna("")
    told = {str(code): ", ".join(columns) for code, columns in meant.groupby(whole["code"])}
    unknown, access = told.get("GSOBJ_VCRUDR1002", ""), told.get("GSPREP_ACCESS", "")
    required = told.get("GSPREP_REQUIRED", "")
    notes = {
        f"the columns {', '.join(dropped)} of an earlier rejects.csv were left out": dropped,
        f"the columns {', '.join(replaced)} of people.csv replace those of the input": replaced,
        unsent_note("Person", unknown): unknown,
        f"read-only or not always written in this tenant: {access}. See warnings.csv": access,
        f"no column is {required}, which this tenant requires for a new person": required,
        f"{unusable} of the companies cannot be used for matching: "
        "see rejected_companies.csv": unusable,
    }
    return tuple(note for note, applies in notes.items() if applies)


def plan_notes(sent: Uploaded, client: object | None) -> tuple[str, ...]:
    """Return the sentences about a plan and the tenant.

    A dry run gets the whole plan, an upload only what was left out.
    """
    if sent.plan is None:
        return sent.notes
    sentence = sent.plan.in_words() if client is None else sent.plan.left_out()
    return (sentence, *sent.notes) if sentence else sent.notes
