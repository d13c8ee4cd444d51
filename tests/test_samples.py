"""The sample inside the package is whole, and the script that made it repeats itself."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gsprep.shipped import shipped

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "generate.py"
GSID = re.compile(r"1P02[A-Z0-9]{32}")
MAIL = "E-mail Address"
Rows = list[dict[str, str]]


def read(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> Rows:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


@pytest.fixture(scope="module")
def companies() -> Rows:
    return read(shipped("samples", "companies.csv"))


@pytest.fixture(scope="module")
def people() -> Rows:
    return read(shipped("samples", "people.csv"), encoding="cp1252", delimiter=";")


@pytest.fixture(scope="module")
def truth() -> Rows:
    return read(shipped("samples", "truth.csv"))


def made(folder: Path, *options: str) -> dict[str, bytes]:
    command = [sys.executable, str(SCRIPT), "--out", str(folder), *options]
    subprocess.run(command, check=True)  # noqa: S603  our own script
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_record_is_whole(people: Rows) -> None:
    """No record has a cell too few or too many: a quote or a newline stays within its cell."""
    assert len(people) == 2000
    assert all(None not in row and None not in row.values() for row in people)


def test_people_are_not_utf8() -> None:
    with pytest.raises(UnicodeDecodeError):
        shipped("samples", "people.csv").read_text(encoding="utf-8")


def test_gsids_are_well_formed_and_of_one_tenant(companies: Rows) -> None:
    gsids = [company["Gsid"] for company in companies if company["Gsid"]]
    assert len(companies) == 500
    assert all(GSID.fullmatch(gsid) for gsid in gsids)
    assert len({gsid[:18] for gsid in gsids}) == 1


def test_some_company_lines_are_broken(companies: Rows) -> None:
    counts = Counter(company["Gsid"] for company in companies)
    assert counts.pop("") == 1
    assert sorted(counts.values())[-2:] == [1, 2]
    assert sum(not company["Name"] for company in companies) == 1


@pytest.mark.parametrize(
    ("column", "pattern", "least"),
    [
        pytest.param("Domain", r"^$", 20, id="no domain"),
        pytest.param("Domain", r"^https?://", 20, id="a pasted address"),
        pytest.param("Domain", r";", 3, id="several domains"),
        pytest.param("Phone", r"^$", 50, id="no telephone"),
        pytest.param("Phone", r"^\+\d{8,15}$", 100, id="E.164"),
        pytest.param("Country", r"^[A-Z]{2}$", 100, id="a code for a country"),
        pytest.param("Country", r"^[A-Z][a-z]+", 100, id="a name for a country"),
        pytest.param("ParentCompany", GSID.pattern, 3, id="a parent"),
    ],
)
def test_companies_have(column: str, pattern: str, least: int, companies: Rows) -> None:
    assert sum(bool(re.search(pattern, company[column])) for company in companies) >= least


@pytest.mark.parametrize("column", ["Domain", "Phone"])
def test_companies_share(column: str, companies: Rows) -> None:
    """Some domains and telephones are those of a group, so they cannot decide alone."""
    cells = (re.sub(r"[^\w.]|^00", "", company[column].lower()) for company in companies)
    counts = Counter(cell for cell in cells if cell)
    assert sum(times for times in counts.values() if times > 1) >= 10


def test_truth_names_one_sound_company_or_none(companies: Rows, people: Rows, truth: Rows) -> None:
    sound = Counter(company["Gsid"] for company in companies if company["Name"])
    assert [line["row_id"] for line in truth] == [str(n) for n in range(1, len(people) + 1)]
    assert all(sound[line["Company_ID"]] == 1 for line in truth if line["Company_ID"])
    assert 0.1 < sum(not line["Company_ID"] for line in truth) / len(truth) < 0.3


def test_most_addresses_at_a_listed_domain_belong_there(
    companies: Rows, people: Rows, truth: Rows
) -> None:
    """Domains mislead now and then, never as a rule: without that the truth would be noise."""
    owner = {c["Domain"]: c["Gsid"] for c in companies if c["Domain"]}
    pairs = [
        (owner[person[MAIL].partition("@")[2]], line["Company_ID"])
        for person, line in zip(people, truth, strict=True)
        if person[MAIL].partition("@")[2] in owner
    ]
    assert 0.85 < sum(given == right for given, right in pairs) / len(pairs) < 0.99


MESS = [
    ("no address", MAIL, r"^\s*$"),
    ("no @", MAIL, r"^[^@]+$"),
    ("no domain", MAIL, r"@$"),
    ("no mailbox", MAIL, r"^@"),
    ("two @", MAIL, r"@@"),
    ("an @ in the mailbox", MAIL, r"^[^<;,]+@home@"),
    ("blank inside", MAIL, r"^\w+ [\w.]+@[^<>]+$"),
    ("blank after the @", MAIL, r"@ "),
    ("no dot after the @", MAIL, r"@[^.]+$"),
    ("comma for a dot", MAIL, r"@[\w-]+,\w+$"),
    ("two dots", MAIL, r"\.\."),
    ("several addresses", MAIL, r"@.*; .*@"),
    ("several by comma", MAIL, r"@.*, .*@"),
    ("over-long address", MAIL, r".{256}"),
    ("upper case", MAIL, r"^[A-Z.0-9_-]+@"),
    ("mailto", MAIL, r"^mailto:"),
    ("name and address", MAIL, r"\w <\S+@\S+>$"),
    ("non-breaking blank", MAIL, "\u00a0"),
    ("invisible character", MAIL, "\u00ad"),
    ("blanks around", MAIL, r"^ .* $"),
    ("a slip in a free domain", MAIL, r"@(gmial|gmai|gnail|hotmial|outlok|yaho|iclod)\."),
    ("private address", MAIL, r"@(gmail|outlook|yahoo|icloud|web|gmx)\."),
    ("employer elsewhere", MAIL, r"\.example$"),
    ("over-long title", "Job Title", r".{256}"),
    ("over-long location", "Location", r".{256}"),
    ("no boolean", "Email Opt-Out", r"^maybe$"),
    ("boolean in words", "Email Opt-Out", r"^(yes|YES|no|No|n)$"),
    ("no such day", "Event Date", r"^31\.02"),
    ("ISO date", "Event Date", r"^\d{4}-\d\d-\d\d$"),
    ("date with dots", "Event Date", r"^\d\d\.\d\d\.\d{4}$"),
    ("date with slashes", "Event Date", r"^\d+/\d+/\d\d$"),
    ("no number", "Nps__gc", r"^nine$"),
    ("plus", "Phone Number", r"^\+\d+ \d"),
    ("two zeros", "Phone Number", r"^00[1-9]"),
    ("national", "Phone Number", r"^0[1-9][\d -]+$"),
    ("dots", "Phone Number", r"\d\.\d"),
    ("slash", "Phone Number", r"\d/\d"),
    ("brackets", "Phone Number", r"\(\d+\)"),
    ("extension x", "Phone Number", r" x\d+$"),
    ("extension in letters", "Phone Number", r" ext\.? \d+$"),
    ("letters before", "Phone Number", r"^(Tel\.|phone:|T:|office) "),
    ("letters for digits", "Phone Number", r"-[A-Z]{4}$"),
    ("rounded by a spreadsheet", "Phone Number", r"E\+11$"),
    ("too few digits", "Phone Number", r"^12$"),
    ("country in its language", "Country", r"^(Deutschland|Österreich|Schweiz)$"),
    ("small code", "Country", r"^[a-z]{2}$"),
    ("no country", "Country", r"^Atlantis$"),
    ("country blank", "Country", r"^$"),
    ("acronym", "Company", r"^[A-ZÄÖÜ]{3,6}$"),
    ("branch", "Company", r"\w (- )?(Niederlassung )?(Berlin|Hamburg|Köln|Leipzig|München)$"),
    ("company blank", "Company", r"^$"),
    ("no employer", "Company", r"^(n/a|-|Freelance|self-employed|private)$"),
    ("upper-case company", "Company", r"^[A-ZÄÖÜ .&,-]{8,}$"),
    ("department", "Company", r"(\(Sales\)|/ IT|- HR|c/o Accounts|\[EMEA\])$"),
    ("soft hyphen", "Last Name", "\u00ad"),
    ("called Null", "Last Name", r"^Null$"),
    ("called NA", "First Name", r"^NA$"),
    ("no name", "First Name", r"^$"),
    ("quotes", "Comments", r'""'),
    ("newline", "Comments", r"\n"),
    ("formula", "Comments", r"^="),
    ("formula that calls", "Job Title", r"^=HYPERLINK"),
    ("formula by @", "Comments", r"^@"),
    ("markup", "Comments", r"<script>"),
    ("wrong encoding once", "Last Name", r"Ã"),
]


@pytest.mark.parametrize(("column", "pattern"), [m[1:] for m in MESS], ids=[m[0] for m in MESS])
def test_mess_is_there(column: str, pattern: str, people: Rows) -> None:
    """Each kind of mess that the README promises, at least once."""
    assert sum(bool(re.search(pattern, person[column])) for person in people) >= 1


def test_people_repeat_themselves(people: Rows) -> None:
    whole = Counter(tuple(person.values()) for person in people)
    mails = Counter(person[MAIL].lower() for person in people if "@" in person[MAIL])
    repeated = sum(times - 1 for times in whole.values())
    assert repeated >= 10
    assert sum(times - 1 for times in mails.values()) >= repeated + 20


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--companies", "60", "--people", "150", "--seed", "3"), id="invented"),
        pytest.param(
            ("--people", "80", "--broken-companies", "0", "--seed", "4"), id="from a file"
        ),
    ],
)
def test_the_same_seed_gives_the_same_bytes(options: tuple[str, ...], tmp_path: Path) -> None:
    listed = tmp_path / "listed.csv"
    lines = "".join(f"Kelubex {n} AB,kelubex{n}.se,Sweden\n" for n in range(40))
    listed.write_text("name,domain,country\n" + lines, encoding="utf-8")
    source = () if "--companies" in options else ("--companies-from", str(listed))
    first, again = (made(tmp_path / name, *options, *source) for name in ("one", "two"))
    assert first == again
    assert sorted(first) == ["companies.csv", "people.csv", "truth.csv"]
    assert made(tmp_path / "three", *options, *source, "--seed", "99") != first
