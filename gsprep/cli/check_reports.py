"""Findings for continuous integration: GitHub annotations and JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gsprep.display import few, heading, legible, plural
from gsprep.report.finding_counts import UNKNOWN_FIELD
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.report.finding_counts import FindingCount

# GitHub shows ten errors and ten warnings of a step.
_MOST = 10


def github_annotations(file: str, counts: Sequence[FindingCount]) -> Iterator[str]:
    """Yield the most frequent reasons as workflow commands of GitHub.

    Columns that are not sent are no finding to act on and are left out.
    """
    left = {"error": _MOST, "warning": _MOST}
    for reason in counts:
        if reason.code != UNKNOWN_FIELD and left[reason.severity]:
            left[reason.severity] -= 1
            title = _property(f"{reason.code} {reason.column}".strip())
            place = f"file={_property(file)},title={title}"
            yield f"::{reason.severity} {place}::{_data(_sentence(reason))}"


def _sentence(reason: FindingCount) -> str:
    where = f" ({few('row_id', reason.first, reason.rows)})" if reason.first else ""
    count = f"{reason.rows:,} {plural(reason.rows, 'row', 'rows')}"
    text = f"{count}: {reason.message} {reason.hint}{where}"
    # Other characters are not allowed in XML.
    return "".join(c if c.isprintable() else "?" for c in text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def junit_report(name: str, columns: Sequence[str], counts: Sequence[FindingCount]) -> str:
    """Return the findings as JUnit XML: a test for each column, failed if it has an error.

    A finding on no column is in the test ``row``. Warnings are the output of a test.
    """
    reasons: dict[str, list[FindingCount]] = {
        heading(column): [] for column in columns if column != ROW_ID
    }
    for reason in counts:
        reasons.setdefault(reason.column or "row", []).append(reason)
    suite = Element("testsuite", name=f"gsprep check {name}", tests=str(len(reasons)))
    for column, found in reasons.items():
        _add_test(suite, name, column, found)
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _add_test(suite: Element, name: str, column: str, found: Sequence[FindingCount]) -> None:
    test = SubElement(suite, "testcase", classname=name, name=legible(column))
    errors = [one for one in found if one.severity == "error"]
    if errors:
        codes = dict.fromkeys(one.code for one in errors)
        told = [_sentence(one) for one in errors]
        failure = SubElement(test, "failure", type=" ".join(codes), message=told[0])
        failure.text = "\n".join(told)
    warnings = [_sentence(one) for one in found if one.severity == "warning"]
    if warnings:
        SubElement(test, "system-out").text = "\n".join(warnings)
