"""Every number and reason of the report, counted again from the files of the run."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gsprep.cli.files import write_run
from gsprep.pipeline import run
from gsprep.report.summary import SANDBOX, Origin, Read
from gsprep.run_options import RunOptions
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table
from gsprep.uploader.client import Client

ACME, BOLT = ("1P02" + letter * 32 for letter in "AB")
COMPANIES = pd.DataFrame(
    {
        "Gsid": [ACME, BOLT, None],
        "Name": ["Acme Inc", "Bolt GmbH", "No Gsid"],
        "Domain": ["acme.com", "bolt.io", None],
    }
)
cell = st.sampled_from
people = st.lists(
    st.fixed_dictionaries(
        {
            "Email": cell([
                "ana@acme.com", " Ana@ACME.com", "bo@bolt.io", "cy@newco.com", "di@newco.com",
                "ed@newco.com", "flo@gmail.com", "gil@gmial.com", "no address", "a@x.com;b@x.com",
                None,
            ]),
            "FirstName": cell(["Ana", "Bo", " Cy ", None]),
            "CompanyName": cell(["Acme Inc", "Bolt", "Newco Ltd", "Zed LLC", None]),
            "Phone": cell(["+4930123456", "call me", None]),
            "Country": cell(["DE", "Germany", "Nowhere", None]),
            "EmailOptOut": cell(["true", "Yes", "perhaps", None]),
            "Hat": cell(["38", " 39", None]),
        }
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip
EARLIER = (
    (r"^Row .+? has the same", "An earlier row has the same"),
    (r"the same as row .+\.$", "the same as an earlier row."),
)


class Page(HTMLParser):
    """The tables of a page by their heading, and the text of its first lines."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.text: dict[str, list[str]] = {"h1": [], "dd": [], "li": []}
        self.heading, self.inside, self.row = "", "", [""]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a heading, a line, a cell, or a hint in a cell."""
        if tag in ("h2", "h3", "h1", "dd", "li"):
            self.inside = tag
            self.heading = "" if tag in ("h2", "h3") else self.heading
            self.text.setdefault(tag, []).append("")
        elif tag == "tr":
            self.row = []
            self.tables.setdefault(self.heading, []).append(self.row)
        elif tag in ("td", "th"):
            self.row.append("")
            self.inside = "cell"
        elif (tag, dict(attrs).get("class")) == ("span", "muted") and self.inside == "cell":
            self.row[-1] += "|"
        elif tag in ("svg", "title"):
            self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        """End what was begun."""
        if tag in ("h1", "h2", "h3", "dd", "td", "th", "li"):
            self.inside = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of what is open."""
        if self.inside in ("h2", "h3"):
            self.heading += data
        elif self.inside == "cell":
            self.row[-1] += data
        elif self.inside:
            self.text[self.inside][-1] += data

    def lines(self, heading: str) -> list[list[str]]:
        """Return the lines of the table of a section, without that of the headers."""
        return self.tables.get(heading, [[]])[1:]


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


class Files:
    """The tables that a run wrote."""

    def __init__(self, folder: Path) -> None:
        """Read the files of a folder."""
        self.page = Page((folder / "report.html").read_text(encoding="utf-8"))
        self.tables = {path.name: read_table(path) for path in folder.glob("*.csv")}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[f"{name}.csv"]

    def counts(self, name: str, column: str) -> Counter[str]:
        """Count the values of a column."""
        return Counter(self[name][column].dropna())


def written(lines: list[dict[str, str | None]], folder: Path) -> Files:
    origin = Origin(Read("people.csv"), Read("companies.csv"), SANDBOX, "gsprep run people.csv")
    with (
        Store() as store,
        Client(
            "http://localhost", "key", transport=httpx.WSGITransport(app=make_app(store))
        ) as client,
    ):
        store.add_companies([{"Gsid": ACME, "Name": "Acme Inc", "Domain": "acme.com"}])
        given_people = pd.DataFrame(lines, dtype="object")
        write_run(
            run(given_people, COMPANIES, client=client, options=RunOptions(origin=origin)), folder
        )
    return Files(folder)


# A run takes half a second: a failing example is read as it is, not made smaller.
@settings(
    max_examples=settings().max_examples // 3,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(people)
def test_every_number_and_reason_is_that_of_the_files(lines: list[dict[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = written(lines, Path(folder))
        first_screen(files, len(lines))
        findings(files)
        columns(files, len(lines))
        decisions(files)
        unmatched(files)
        outcomes(files)


def first_screen(files: Files, read: int) -> None:
    outcome, verdict = files.counts("people", "outcome"), files.counts("people", "verdict")
    (headline,) = files.page.text["h1"]
    stored = outcome["stored"]
    whole = stored == read > 1
    said = f"all {read} rows" if whole else f"{stored} of {read} row{'s' if read > 1 else ''}"
    assert headline == f"Rehearsal: {said} would be stored."
    assert f"people.csv, {read} row{'s' if read > 1 else ''}" in files.page.text["dd"]
    assert SANDBOX in files.page.text["dd"]
    shown: Counter[str] = Counter()
    for line in files.page.text["li"]:
        if found := re.match(r"\s*([\d,]+) ([a-z ]+?) [\d<>]", line):
            shown[found[2].replace(" ", "_")] = number(found[1])
    for words, counts in ((("match", "review", "no_match"), verdict), (("rejected",), outcome)):
        assert all(shown[word] == counts[word] for word in words)
    steps = " ".join(files.page.text["li"])
    if outcome["rejected"]:
        assert f"Fix {outcome['rejected']} row" in steps
        assert len(files["rejects"]) == outcome["rejected"]
    if verdict["review"]:
        assert f"Decide on {verdict['review']} p" in steps
        assert len(files["review"]) == verdict["review"]
    order = [steps.find(word) for word in ("Fix ", "Decide on", "Send, if")]
    assert [at for at in order if at >= 0] == sorted(at for at in order if at >= 0)


def general(message: str) -> str:
    for named, said in EARLIER:
        message = re.sub(named, said, message)
    return message


def findings(files: Files) -> None:
    rejected = files["people"][files["people"]["outcome"] == "rejected"]
    errors: Counter[tuple[str, str, str]] = Counter()
    names = ("error_message", "error_field", "error_code")
    for line in rejected[list(names)].itertuples(index=False):
        parts = [str(text).split("; ") for text in line]
        errors.update((general(m), f, c) for m, f, c in zip(*parts, strict=True))
    assert told(files, "What was rejected, and why") == errors
    warnings = files["warnings"]
    triples = zip(warnings["message"], warnings["column"], warnings["code"], strict=True)
    counts = Counter((general(m), f, c) for m, f, c in triples)
    assert told(files, f"Warnings: {len(warnings)}") == counts


def told(files: Files, heading: str) -> Counter[tuple[str, str, str]]:
    return Counter({
        (reason.partition("|")[0].strip(), column, code): number(rows)
        for rows, reason, column, code in files.page.lines(heading)
    })  # fmt: skip


def columns(files: Files, read: int) -> None:
    changes, warnings = files["changes"], files["warnings"]
    assert {
        (line[1].split(" |")[0], line[2]): number(line[0])
        for line in files.page.lines("What was cleaned")
    } == Counter(zip(changes["rule"], changes["column"], strict=True))
    people = files["people"].set_index("row_id")
    fields = people["error_field"].fillna("").str.split("; ")
    wrong = {(row_id, field) for row_id, own in fields.items() for field in own}
    warned = set(zip(warnings["row_id"], warnings["column"], strict=True)) - wrong
    cleaned = set(zip(changes["row_id"], changes["column"], strict=True)) - wrong - warned
    first = changes.drop_duplicates(["row_id", "column"]).set_index(["row_id", "column"])["before"]
    unchecked = set(warnings.loc[warnings["row_id"].isna(), "column"])
    lines = files.page.lines("The columns of the file")
    for name, _, filled, *states in lines:
        column, _, note = name.partition("|")
        column = column.strip()
        assert ("not checked" in note) == (column in unchecked)
        own = people[column]
        before = sum(pd.notna(first.get((row_id, column), own[row_id])) for row_id in people.index)
        assert abs(float(re.sub(r"[^\d.]", "", filled)) - 100 * before / read) < 0.051
        for state, cells in zip(states, (cleaned, warned, wrong), strict=True):
            assert number(state) == sum(
                1 for row_id, at in cells if at == column and pd.notna(row_id)
            )


def decisions(files: Files) -> None:
    frame = files["decisions"]
    for name, _, *counts in files.page.lines("Who decided"):
        assert verdicts(frame[frame["rule"] == name]) == list(map(number, counts))
    split = frame["reason"].str.split(r"(?<=[.!?])\s+", regex=True)
    for sentence, _, *counts in files.page.lines("Evidence of the decisions"):
        has = split.map(lambda parts, of=sentence: of in parts)
        assert verdicts(frame[has]) == list(map(number, counts))
    probability = frame["probability"].astype(float)
    # Who has no candidate has no probability to show.
    known = frame[frame["reason"] != "No company has anything in common with them."]
    for band, _, *counts, whole, expected in files.page.lines("How sure"):
        low, high = map(float, band.split(" to "))
        inside = (probability >= low) & ((probability < high) | (high == 1.0))
        rows = known[inside[known.index]]
        if low:
            assert verdicts(rows) == list(map(number, counts))
            assert len(rows) == number(whole)
            total = float(expected.partition("|")[0])
            assert abs(total - probability[rows.index].sum()) < 0.051


def verdicts(frame: pd.DataFrame) -> list[int]:
    counts = Counter(frame["verdict"])
    return [counts[word] for word in ("match", "review", "no_match")]


def unmatched(files: Files) -> None:
    """Each person without a company is in one group; the page names groups of three and more."""
    alone = files["people"][files["people"]["verdict"] == "no_match"]
    groups = files["unmatched"].assign(people=files["unmatched"]["people"].astype(int))
    assert groups["people"].sum() == len(alone)
    assert groups["people"].is_monotonic_decreasing
    domains = Counter(alone["Email"].str.replace(r"^.*@", "", regex=True))
    by_domain = groups.dropna(subset="employer_domain")
    assert dict(zip(by_domain["employer_domain"], by_domain["people"], strict=True)) == {
        domain: rows
        for domain, rows in domains.items()
        if domain not in {"gmail.com", "gmial.com", ""}
    }
    large = groups[
        (groups["people"] >= 3)
        & (groups["employer_domain"].notna() | groups["stated_employer"].notna())
    ]
    assert [
        (number(rows), name)
        for rows, name in files.page.lines("Where people without a company work")
    ] == list(
        zip(large["people"], large["employer_domain"].fillna(large["stated_employer"]), strict=True)
    )


def outcomes(files: Files) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    for name in ("people", "company_persons"):
        frame = files[name]
        left = frame[frame["outcome"].isin(["refused", "unknown", "unsent", "rejected"])]
        left = left[(left["outcome"] != "rejected") | (name != "people")]
        for outcome, codes in zip(left["outcome"], left["error_code"].fillna("none"), strict=True):
            counts.update((f"{name}.csv", outcome, code) for code in set(str(codes).split("; ")))
    assert {
        (file, outcome, code.replace("|", "")): number(rows)
        for rows, file, outcome, code, _ in files.page.lines("Not stored, and why")
    } == counts
