"""Findings for continuous integration: GitHub annotations and JUnit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gsprep.display import few, heading, legible, plural
from gsprep.report.finding_counts import UNKNOWN_FIELD
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.report.finding_counts import FindingCount

# GitHub shows ten errors and ten warnings of a step.
_MOST = 10


def github_annotations(
    file: str, counts: Sequence[FindingCount], lines: Mapping[str, str]
) -> Iterator[str]:
    """Yield the most frequent reasons as workflow commands of GitHub, each at its first line.

    Columns that are not sent are no finding to act on and are left out. ``lines`` has the line of
    the file by row_id, where it is known.
    """
    left = {"error": _MOST, "warning": _MOST}
    for reason in counts:
        if reason.code != UNKNOWN_FIELD and left[reason.severity]:
            left[reason.severity] -= 1
            title = _property(f"{reason.code} {reason.column}".strip())
            place = f"file={_property(file)}{_at_line(reason, lines)},title={title}"
            yield f"::{reason.severity} {place}::{_data(_sentence(reason, lines))}"


def _at_line(reason: FindingCount, lines: Mapping[str, str]) -> str:
    """Return the first line of a finding as a property; "" for a row of one of several sheets."""
    line = lines.get(reason.first[0], "") if reason.first else ""
    return f",line={line}" if line.isdecimal() else ""


def _sentence(reason: FindingCount, lines: Mapping[str, str]) -> str:
    count = f"{reason.rows:,} {plural(reason.rows, 'row', 'rows')}"
    text = f"{count}: {reason.message} {reason.hint}{_where(reason, lines)}"
    # Other characters are not allowed in XML.
    return "".join(c if c.isprintable() else "?" for c in text)


def _where(reason: FindingCount, lines: Mapping[str, str]) -> str:
    """Return the first rows of a finding, by the line of the file and by row_id."""
    if not reason.first:
        return ""
    told = [few("row_id", reason.first, reason.rows)]
    if all(row_id in lines for row_id in reason.first):
        told.insert(0, few("line", [lines[row_id] for row_id in reason.first], reason.rows))
    return f" ({'; '.join(told)})"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def junit_report(
    name: str,
    columns: Sequence[str],
    counts: Sequence[FindingCount],
    lines: Mapping[str, str],
) -> str:
    """Return the findings as JUnit XML: a test for each column, failed if it has an error.

    A finding on no column is in the test ``row``. Warnings are the output of a test. ``lines`` has
    the line of the file by row_id, where it is known.
    """
    reasons: dict[str, list[FindingCount]] = {
        heading(column): [] for column in columns if column != ROW_ID
    }
    for reason in counts:
        reasons.setdefault(reason.column or "row", []).append(reason)
    suite = Element("testsuite", name=f"gsprep check {name}", tests=str(len(reasons)))
    for column, found in reasons.items():
        _add_test(suite, name, column, _Told.of(found, lines))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


@dataclass(frozen=True, slots=True)
class _Told:
    """Findings on one column as sentences."""

    codes: tuple[str, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, found: Sequence[FindingCount], lines: Mapping[str, str]) -> _Told:
        errors = [one for one in found if one.severity == "error"]
        warnings = [one for one in found if one.severity == "warning"]
        return cls(
            tuple(dict.fromkeys(one.code for one in errors)),
            tuple(_sentence(one, lines) for one in errors),
            tuple(_sentence(one, lines) for one in warnings),
        )


def _add_test(suite: Element, name: str, column: str, told: _Told) -> None:
    test = SubElement(suite, "testcase", classname=name, name=legible(column))
    if told.errors:
        failure = SubElement(test, "failure", type=" ".join(told.codes), message=told.errors[0])
        failure.text = "\n".join(told.errors)
    if told.warnings:
        SubElement(test, "system-out").text = "\n".join(told.warnings)
