"""A run as one self-contained HTML page."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import cache_from_source
from math import ceil, isnan
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gsprep.display import look
from gsprep.evaluation_figures import between, percent, weight_svg
from gsprep.report import evaluation, summary
from gsprep.report.duplicates import DUPLICATE_FILES, duplicate_steps, headline_of, lead_of
from gsprep.report.files import FOLDERS, RUN_FILES
from gsprep.report.page_counts import facts_of
from gsprep.report.sentences import further, headline, rest, rule_effect, steps, sureness
from gsprep.report.summary import Part, Whole

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

    from gsprep.report.duplicates import DuplicateFacts
    from gsprep.report.finding_counts import FindingCount
    from gsprep.report.page_counts import Facts
    from gsprep.results import Evaluation, RunResult

# Longer tables are for a spreadsheet: the page says how many lines it left out.
_MOST_LINES = 200
_MOST_REASONS = 25
_MOST_EMPLOYERS = 10
# This page itself is left out.
_FILES = {name: file.about for name, file in RUN_FILES.items() if name != "report.html"}
_FOLDERS = {name: f"{folder}/" for name, folder in FOLDERS.items()}
_OPTION, _WHOLE = re.compile(r"--[a-z-]+"), r"<span>\g<0></span>"
_RUN = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})-\w+")


def render(result: RunResult, *, folders: bool = False) -> str:
    """Return the page of a run as HTML without script, outside resource or cell of data.

    Every value is escaped. With ``folders`` the tables are folders of Parquet files.
    """
    return page_of(replace(facts_of(result), folders=folders))


def page_of(facts: Facts) -> str:
    """Return the page of counts."""
    found = {
        severity: [one for one in facts.findings if one.severity == severity]
        for severity in ("error", "warning")
    }
    read = facts.origin
    return _page(
        "report",
        facts=facts,
        headline=headline(facts),
        lead=rest(facts),
        origin={
            "Read": read.people,
            "Companies": read.companies,
            "Sent to": read.target,
            "Command": read.command,
        },
        notes=facts.notes,
        steps=steps(facts),
        further=further(steps(facts)),
        flow=flow(facts),
        found=found,
        counts={severity: sum(one.rows for one in lines) for severity, lines in found.items()},
        cells=sum(one.cells for one in facts.changes),
        places=_FOLDERS if facts.folders else {},
        files={
            name: about
            for name, about in (_FILES | (DUPLICATE_FILES if facts.duplicates else {})).items()
            if facts.rejected or name != "errors.xlsx"  # without rejected rows there is none
        },
        same=facts.duplicates,
        sure=sureness(facts.matching),
        most=_MOST_LINES,
        most_reasons=_MOST_REASONS,
        most_employers=_MOST_EMPLOYERS,
    )


def render_duplicates(
    facts: DuplicateFacts, origin: Mapping[str, str], folder: str, notes: Sequence[str] = ()
) -> str:
    """Return the page about the same person twice, without any cell; every value is escaped.

    ``origin`` says what was read, and the command, by their labels.
    """
    return _page(
        "duplicates",
        command="duplicates",
        same=facts,
        headline=headline_of(facts),
        lead=lead_of(facts),
        steps=duplicate_steps(facts, folder),
        origin=origin,
        notes=notes,
        files=DUPLICATE_FILES | {"summary.json": _FILES["summary.json"]},
    )


def render_sync(
    title: str, lead: str, counts: Mapping[str, int], reasons: Mapping[str, int]
) -> str:
    """Return the page of a sync: its numbers, and why rows are not stored; values are escaped."""
    return _page("sync", command="sync", headline=title, lead=lead, counts=counts, reasons=reasons)


def render_evaluation(result: Evaluation, origin: Mapping[str, str]) -> str:
    """Return the page about how right decisions are, without any person; values are escaped.

    ``origin`` says what was read, and the command, by their labels.
    """
    return _page(
        "evaluation",
        command="evaluate",
        notes=result.notes,
        result=result,
        headline=evaluation.headline_of(result),
        lead=evaluation.lead_of(result),
        figures=Markup(result.figures()),  # noqa: S704  made of numbers
        mistakes=result.confusions["mistake"].value_counts(),
        origin=origin,
    )


def _page(name: str, **content: object) -> str:
    """Return a page; what the layout shows of every page may be left out."""
    usual = {"command": "", "origin": {}, "notes": (), "files": {}}
    return _TEMPLATES.get_template(f"{name}.html.jinja").render(usual | content)


def flow(facts: Facts) -> tuple[Whole, ...]:
    """Return the rows by step: read, matched to a company, sent."""
    people = facts.sending.objects[:1] if facts.read else ()
    outcomes = tuple(part for whole in people for part in whole.parts if part.name != "rejected")
    valid, rejected = Part("valid", facts.valid), Part("rejected", facts.rejected, "rejects.csv")
    decided, files = facts.matching.verdicts.parts, {"review": "review.csv"}
    return (
        Whole("Read", (valid, rejected)),
        Whole(
            "Company", tuple(replace(p, file=files.get(p.name, "decisions.csv")) for p in decided)
        ),
        Whole("Outcome", outcomes),
    )


def _filter(line: FindingCount, file: str) -> str:
    """Return which rows of a file have a finding; messages that name a row are not compared."""
    one, many = ("code", "message") if file == "warnings.csv" else ("codes", "messages")
    named = "" if "earlier" in line.message else f", {many} contains {line.message}"
    return f"{one} contains {line.code}{named}"


def _number(count: float) -> str:
    """Return a number with separators of thousands.

    >>> _number(1234567), _number(1466.2), _number(0.5)
    ('1,234,567', '1,466.2', '0.5')
    """
    return f"{count:,}"


def _share(count: float, whole: float) -> str:
    """Return a share in per cent; only 0 is shown as 0 and only all as 100.

    >>> _share(1, 3), _share(1, 100_000), _share(99_999, 100_000), _share(0, 0), _share(5, 5)
    ('33.3 %', '< 0.1 %', '> 99.9 %', '-', '100 %')
    """
    if not whole:
        return "-"
    per_cent = round(100 * count / whole, 1)
    if count and per_cent < 0.1:  # noqa: PLR2004  the last digit that is shown
        return "< 0.1 %"
    if count < whole and per_cent == 100:  # noqa: PLR2004  per cent
        return "> 99.9 %"
    return f"{per_cent:g} %"


def _marked(text: str) -> Markup:
    """Return a sentence with its code as code; no option is cut at its hyphens.

    >>> _marked("Run `gsprep fit --by x` & look")
    Markup('Run <code>gsprep fit <span>--by</span> x</code> &amp; look')
    """
    parts = [str(escape(part)) for part in text.split("`")]
    parts[1::2] = [f"<code>{_OPTION.sub(_WHOLE, code)}</code>" for code in parts[1::2]]
    return Markup("".join(parts))  # noqa: S704  each part is escaped


def _threshold(probability: float) -> str:
    return "not reached" if isnan(probability) else f"{probability:.4f}"


def _when(run: str) -> str:
    """Return when a run began, by its name.

    >>> _when("2026-11-20T08-00-00-0000"), _when("mine")
    ('2026-11-20 08:00 UTC', '')
    """
    found = _RUN.fullmatch(run)
    return "" if found is None else f"{found[1]} {found[2]}:{found[3]} UTC"


def _lasted(seconds: float) -> str:
    """Return a duration in words.

    >>> _lasted(0.04), _lasted(3.93), _lasted(754.0)
    ('under a second', '3.9 seconds', '12 min 34 s')
    """
    if seconds < 1:
        return "under a second"
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds:.1f} seconds"
    return f"{seconds // 60:,.0f} min {seconds % 60:.0f} s"


def _minutes(minutes: float) -> str:
    """Return an estimated duration in whole minutes or hours.

    >>> _minutes(0.3), _minutes(12.2), _minutes(150)
    ('1 min', '13 min', '2 h 30 min')
    """
    whole = max(ceil(minutes), 1)
    hours, rest_of_hour = divmod(whole, 60)
    return f"{hours:,} h {rest_of_hour} min" if hours else f"{whole} min"


class _CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates next to compiled modules; as with those, they need not be kept."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> FileSystemBytecodeCache | None:
    """Return where compiled templates are kept: next to modules, if Python writes there."""
    folder = Path(cache_from_source(__file__)).parent
    may_write = not sys.dont_write_bytecode and os.access(folder, os.W_OK)
    return _CompiledTemplates(str(folder)) if may_write else None


def _environment() -> Environment:
    templates = Environment(
        bytecode_cache=_compiled(),
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "n": _number, "share": _share, "when": _when, "lasted": _lasted, "shown": summary.shown,
        "look": look, "bar": summary.bar, "minutes": _minutes,
        "filter": _filter, "marked": _marked, "effect": rule_effect, "percent": percent,
        "threshold": _threshold,
    }  # fmt: skip
    templates.globals |= {"between": between, "weight_svg": weight_svg}
    return templates


_TEMPLATES = _environment()
