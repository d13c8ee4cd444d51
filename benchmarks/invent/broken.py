"""Rows with one error each, for checks and readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, str]
MAIL = "E-mail Address"
_LONG = "very long indeed, because a whole paragraph was pasted here,  " * 5


def _mail(of: Callable[[str, str], str]) -> Callable[[Row], None]:
    """Rewrite the address from its mailbox and its domain."""

    def rewrite(row: Row) -> None:
        box, _, domain = row[MAIL].partition("@")
        row[MAIL] = of(box or "info", domain or "nowhere.example")

    return rewrite


def _put(column: str, value: str) -> Callable[[Row], None]:
    """Write a value into a column."""

    def put(row: Row) -> None:
        row[column] = value

    return put


def _add(column: str, start: str, end: str = "") -> Callable[[Row], None]:
    """Add text around the value of a column."""

    def add(row: Row) -> None:
        row[column] = f"{start}{row[column]}{end}"

    return add


def _mojibake(row: Row) -> None:
    for column in ("First Name", "Last Name", "Company"):
        row[column] = row[column].encode("utf-8").decode("cp1252", "replace").replace("\ufffd", "?")
    if row["Last Name"].isascii():
        row["Last Name"] += "-KÃ¤fer"


def _columns_swapped(row: Row) -> None:
    row["First Name"], row[MAIL] = row[MAIL], row["First Name"]


# One entry for each kind of finding; `benchmarks/generate.py` uses them evenly.
BROKEN: Mapping[str, Callable[[Row], None]] = {
    "no address": _put(MAIL, ""),
    "blanks for an address": _put(MAIL, "   "),
    "a word for an address": _put(MAIL, "unknown"),
    "no domain": _mail(lambda box, _: f"{box}@"),
    "no mailbox": _mail(lambda _, domain: f"@{domain}"),
    "no @": _mail(lambda box, domain: f"{box}.at.{domain}"),
    "two @": _mail(lambda box, domain: f"{box}@@{domain}"),
    "an @ in the mailbox": _mail(lambda box, domain: f"{box}@home@{domain}"),
    "blank inside": _mail(lambda box, domain: f"{box[:2]} {box[2:]}@{domain}"),
    "blank after the @": _mail(lambda box, domain: f"{box}@ {domain}"),
    "no dot after the @": _mail(lambda box, domain: f"{box}@{domain.partition('.')[0]}"),
    "comma for a dot": _mail(lambda box, domain: f"{box}@{domain.replace('.', ',')}"),
    "two dots": _mail(lambda box, domain: f"{box}..x@{domain}"),
    "several addresses": _mail(lambda box, domain: f"{box}@{domain}; {box}.2@{domain}"),
    "several, by comma": _mail(lambda box, domain: f"{box}@{domain}, info.{box}@{domain}"),
    "over-long address": _mail(lambda box, domain: f"{box}{'x' * 250}@{domain}"),
    "over-long title": _put("Job Title", _LONG),
    "over-long location": _put("Location", _LONG),
    "no boolean": _put("Email Opt-Out", "maybe"),
    "no day": _put("Event Date", "31.02.2026"),
    "no number": _put("Nps__gc", "nine"),
    "too few digits": _put("Phone Number", "12"),
    "a note for a telephone": _put("Phone Number", "see card"),
    "letters for digits": _put("Phone Number", "1-800-555-ACME"),
    "rounded by a spreadsheet": _put("Phone Number", "4,93023E+11"),
    "no country": _put("Country", "Atlantis"),
    "invisible character": _add("Last Name", "\N{SOFT HYPHEN}"),
    "non-breaking blanks": _add(
        "Company", "\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
    ),
    "quotes": _put("Comments", 'called "the boss"; says ""yes""'),
    "newline": _put("Comments", "first line\nsecond line; with a semicolon"),
    "formula": _put("Comments", "=1+1"),
    "formula that calls": _put("Job Title", '=HYPERLINK("https://attacker.example";"open")'),
    "formula by @": _put("Comments", "@SUM(A1:A9)"),
    "a dash first": _put("Comments", "- to be clarified"),
    "markup": _put("Comments", "<script>alert(1)</script>"),
    "called Null": _put("Last Name", "Null"),
    "called NA": _put("First Name", "NA"),
    "no name": lambda row: row.update({"First Name": "", "Last Name": ""}),
    "wrong encoding once": _mojibake,
    "columns swapped": _columns_swapped,
}
