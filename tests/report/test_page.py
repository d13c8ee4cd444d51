"""The run as a page: self-contained, escaped, and without a cell of the data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import UploadError
from gsprep.pipeline import run
from gsprep.report import page as page_module
from gsprep.report.files import RUN_FILES
from gsprep.report.finding_counts import ColumnFacts, FindingCount
from gsprep.report.page import page_of, render
from gsprep.report.page_counts import (
    ChangeCount,
    Facts,
    FailureCount,
    Matching,
    Sending,
)
from gsprep.report.summary import Part, Whole
from gsprep.results import Plan
from gsprep.run_options import RunOptions

if TYPE_CHECKING:
    from gsprep.results import RunResult

GOLDEN = Path(__file__).parents[1] / "golden"
_VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Tags(HTMLParser):
    """Collects the tags and whether each is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_stands_as_it_was_read(result: RunResult) -> None:
    """A changed line is a decision: look at the page, then write it down."""
    assert render(result) == (GOLDEN / "report.html").read_text(encoding="utf-8")


def test_the_head_of_the_page_says_what_is_next(result: RunResult) -> None:
    """Above the fold of a phone, too: the list of steps stands below the bars."""
    page = render(result)
    head, _, body = page.partition("</header>")
    first, *others = re.findall(r"<li><strong>(.*?)</strong>", body.partition("</section>")[2])
    then = f", then {len(others)} more step{'s' if len(others) > 1 else ''}"
    assert f'<dt>Next</dt><dd><a href="#next">{first}</a>{then if others else ""}</dd>' in head


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(result: RunResult) -> None:
    """It links to its own sections and to the files beside it, and loads nothing."""
    page = _Tags(render(result))
    assert page.open == []
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base", "use", "image"}
    sections = {f"#{attributes['id']}" for tag, attributes in page.seen if tag == "section"}
    for _, attributes in page.seen:
        assert not {"src", "action", "style", "xlink:href"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "people.csv") in {*RUN_FILES, *sections}
    assert "url(" not in render(result)
    assert "@import" not in render(result)
    assert "default-src 'none'" in render(result)


def test_every_file_of_a_run_is_explained(result: RunResult) -> None:
    links = {attributes.get("href") for _, attributes in _Tags(render(result)).seen}
    assert set(RUN_FILES) - {"report.html"} <= links


def test_those_who_listen_hear_what_is_drawn(result: RunResult) -> None:
    """One heading of the first rank, landmarks, header cells with a scope, charts with a title."""
    page = _Tags(render(result))
    tags = [tag for tag, _ in page.seen]
    assert tags.count("h1") == 1
    assert {"header", "nav", "main", "footer"} <= set(tags)
    assert ("html", {"lang": "en"}) in page.seen
    assert all("scope" in attributes for tag, attributes in page.seen if tag == "th")
    for place, (tag, attributes) in enumerate(page.seen):
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            assert attributes["role"] == "img"
            assert tags[place + 1] == "title"


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 reckons it."""
    lights = []
    for colour in (one, other):
        full = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_text_can_be_read_and_parts_told_apart_by_day_by_night_and_on_paper() -> None:
    css = (Path(page_module.__file__).parent / "templates/report.css").read_text(encoding="utf-8")
    schemes = re.findall(r":root \{([^}]*)\}", css)
    assert len(schemes) == 3
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w+)", scheme))
        for ground in ("page", "card"):
            for ink in ("ink", "muted", "link"):
                assert _contrast(colours[ink], colours[ground]) >= 4.5
        for part in ("good", "bad"):
            assert _contrast(colours[part], colours["blank"]) >= 3


def test_names_of_columns_are_escaped(result: RunResult) -> None:
    """A header is the user's text: it is shown and never becomes a tag."""
    page = render(result)
    assert "&lt;Shoe&gt;" in page
    assert "<Shoe>" not in page
    assert "<blink>" not in page


SOUP = st.lists(
    st.sampled_from(
        ["<", ">", "</style>", "<script>", "<!--", "-->", "]]>", "&", '"', "'", "=", "`", "{{",
         "}}", "{%", "<svg onload=x>", "</title>", "javascript:", "\u2028", "a", " "]
    ),
    min_size=1,
    max_size=6,
).map("".join)  # fmt: skip


@given(soup=SOUP)
def test_no_text_becomes_a_tag(result: RunResult, soup: str) -> None:
    """Headers, rules, codes, reasons, notes and errors: whatever they hold, the tags stay."""
    findings = result.checked.findings
    changed = replace(
        result,
        cleaned=replace(
            result.cleaned, changes=result.cleaned.changes.assign(rule=soup, column=soup)
        ),
        checked=replace(
            result.checked,
            findings=findings.assign(code=soup, column=soup, hint=soup, message=soup),
        ),
        unified=replace(
            result.unified, decisions=result.unified.decisions.assign(reason=soup, rule=soup)
        ),
        people=result.people.assign(error_code=soup),
        summary={**result.summary, "run": soup},
        notes=(soup,),
        stopped=UploadError(soup),
    )
    page, plain = _Tags(render(changed)), _Tags(render(result))
    assert page.open == []
    assert {tag for tag, _ in page.seen} <= {tag for tag, _ in plain.seen} | {"span"}
    assert {name for _, a in page.seen for name in a} <= {name for _, a in plain.seen for name in a}


def test_notes_are_shown_and_escaped(result: RunResult) -> None:
    page = render(replace(result, notes=("a < b & c",)))
    assert "<li>a &lt; b &amp; c</li>" in page


def test_with_enough_answers_the_page_says_how_often_decisions_agree() -> None:
    """Nothing of a person is in the section, and nothing of the section without answers."""
    companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"], "Domain": "acme.com"})
    emails = [f"p{at}@acme.com" for at in range(40)]
    answers = pd.DataFrame({"kind": "email", "value": emails, "Company_ID": companies["Gsid"][0]})
    answers.loc[:3, "Company_ID"] = None
    answers["answer"] = answers["Company_ID"].notna().map({True: "match", False: "no_match"})
    people = pd.DataFrame({"Email": emails})
    result = run(people, companies, options=RunOptions(answers=answers))
    assert result.summary["agreement"] == {"answers": 40, "match": 40, "agree": 36}
    page = render(result)
    assert _Tags(page).open == []
    section = page.partition('<section id="agreement">')[2].partition("</section>")[0]
    assert "36 of 40 matches agree with the answer: a precision of 90 %" in section
    assert "95 % bounds: 76.95 to 96.04 %" in section
    assert "<dt>Matched, but the answer is none</dt><dd>4</dd>" in section
    assert section.count("<figcaption") == 2
    assert not re.search(r"@|acme|1P02", section, re.IGNORECASE)
    without = run(people, companies, options=RunOptions(answers=answers.head(29)))
    assert "agreement" not in without.summary
    assert "agree" not in render(without)


def test_why_a_run_stopped_is_said(result: RunResult) -> None:
    page = render(replace(result, stopped=UploadError("interrupted <here>")))
    assert "<strong>Finish the run</strong>: interrupted &lt;here&gt;." in page
    assert "Finish the run" not in render(result)


def test_no_cell_stands_on_the_page(result: RunResult) -> None:
    page = render(result)
    for cell in ("ana@acme.com", "Ana Ruiz", "Berg", "gmail", "Bold", "Bolt", "bolt.io"):
        assert cell not in page


def test_an_empty_run_has_a_page_too() -> None:
    """No division by nothing, no empty tables but that of the files."""
    nobody = pd.DataFrame({"Email": pd.Series(dtype="str")})
    companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"]})
    page = _Tags(render(run(nobody, companies)))
    assert page.open == []
    assert "There were no rows to read." in page.text
    assert [tag for tag, _ in page.seen].count("table") == 1


def test_the_page_does_not_grow_with_what_it_tells() -> None:
    """Of thousands of columns, rules and batches it shows so many and says how many more."""
    facts = _wide(5_000)
    assert len(page_of(facts).encode()) < 2_000_000
    assert "And 4,800 more kinds" in page_of(facts)
    few, many = _wide(10), _wide(10, rows=10**9)
    assert len(page_of(many)) < len(page_of(few)) + 10_000


def _wide(kinds: int, *, rows: int = 1) -> Facts:
    names = [f"A long name of a column, number {at}" for at in range(kinds)]
    cells = Whole("c", (Part("unchanged", rows), Part("empty", rows)))
    verdicts = Whole("people", (Part("match", rows), Part("review", rows), Part("no_match", rows)))
    said = tuple(replace(verdicts, name=name) for name in names)
    timeline = tuple(Whole(name, (Part("stored", rows),)) for name in names[:12])
    failures = tuple(FailureCount("people.csv", "refused", name, rows, name) for name in names)
    return Facts(
        run="r", status="done", seconds=1.0, read=3 * rows, valid=3 * rows, rejected=0,
        columns=tuple(ColumnFacts(name, rows, cells) for name in names),
        changes=tuple(ChangeCount(name, name, rows) for name in names),
        findings=tuple(FindingCount("error", name, name, rows, name * 3, name) for name in names),
        matching=Matching(verdicts, 0, said, said, (), 1.0),
        sending=Sending("sync", 1, (), failures, Plan("sync", 1, 1, 1.0)),
        timeline=timeline, quota=(cells,),
        unusable=0, notes=(), stopped="",
    )  # fmt: skip


def test_the_template_does_no_arithmetic() -> None:
    """What is to be reckoned is reckoned where ``==`` can test it."""
    text = (Path(page_module.__file__).parent / "templates/report.html.jinja").read_text("utf-8")
    for inner in re.findall(r"\{[{%](.*?)[%}]\}", text, re.DOTALL):
        assert not re.search(r"\s[-+*/%]\s", re.sub(r"'[^']*'|\"[^\"]*\"", "", inner))


def test_the_quota_that_is_left_and_the_time_it_took(result: RunResult) -> None:
    assert "Quota at the end of this run" in (page := render(result))
    assert "50,000 calls a day" in page
    assert "Over time" not in page
    times = {"1": datetime(2026, 11, 20, 8, tzinfo=UTC), "2": datetime(2026, 11, 20, 9, tzinfo=UTC)}
    assert "Over time" in render(replace(result, answered=times))
    assert "Quota" not in render(replace(result, quota=()))
