"""An event list and Salesforce account exports, as people send them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Font

if TYPE_CHECKING:
    from pathlib import Path

TITLE = ("Customer Day Brno 2026: registrations", "exported on 14 May 2026 by the events team", "")
HEADERS = (
    "Attendee", "Work e-mail", "Alt. e-mail", "Company / Organisation", "Salesforce Account ID",
    "Position", "Mobile No.", "Badge printed?", "Dietary wishes",
)  # fmt: skip
PEOPLE = (
    ("Dvořák, Tomáš", "tomas.dvorak@moravia-pumps.cz", "", "Moravia Pumps", "0015g00000Aq1ZuAAJ",
     "Head of Service", "+420 601 234 567", "yes", ""),
    ("Němcová, Jiřina", "jirina.nemcova@moravia-pumps.cz", "jirina.n@seznam.cz", "", "",
     "Buyer", "+420 602 345 678", "yes", "vegetarian"),
    ("Řezníček, Aleš", "", "ales.reznicek@moravia-pumps.cz", "", "", "Planner", "", "no", ""),
    ("Ruiz, Ana", "ana.ruiz@gmail.com", "ana.ruiz@lindqvist-marine.se", "Lindqvist Marine AB", "",
     "CFO", "+46 70 123 45 67", "yes", "no nuts"),
    ("Berg, Anders", "anders.berg@lindqvist-marine.se", "", "", "", "Engineer", "", "no", ""),
    ("O'Neil, Siobhán", "siobhan.oneil@harrow-kent.co.uk", "", "Harrow & Kent",
     "0015g00000Cq3XwAAJ", "Account Manager", "+44 20 7946 0018", "yes", ""),
    ("Okafor, Chidi", "chidi.okafor@gmail.com", "", "Harrow Kent Events", "",
     "Consultant", "", "no", "halal"),
    ("Moreau, Élise", "elise.moreau@@atelier-nord.fr", "", "Atelier Nord", "", "Director",
     "+33 1 99 00 12 34", "no", ""),
    ("Haas, Jutta", "jutta.haas@fernblick.example", "", "Fernblick Verlag", "", "Editor", "",
     "no", ""),
)  # fmt: skip
TOTAL = ("Total", len(PEOPLE))
# A company and account id are written once for several people.
MERGED = ("D5:D7", "E5:E7", "D8:D9")
ACCOUNTS = (
    ("Account ID", "Account Name", "Website", "Billing Country", "Phone"),
    ("0015g00000Aq1ZuAAJ", "Moravia Pumps s.r.o.", "https://www.moravia-pumps.cz/en", "Czechia",
     "+420 541 000 100"),
    ("0015g00000Bq2YvAAJ", "Lindqvist Marine AB", "www.lindqvist-marine.se", "Sweden", ""),
    ("0015g00000Cq3XwAAJ", "Harrow & Kent LLP", "harrow-kent.co.uk | harrowkent.com",
     "United Kingdom", "+44 20 7946 0000"),
    ("0015g00000Dq4WxAAJ", "Atelier Nord SARL", "https://atelier-nord.fr", "France", ""),
)  # fmt: skip
GSIDS = tuple(f"1P02{letter * 32}" for letter in "ABCD")


def write_event_list(path: Path) -> None:
    """Write the workbook: title rows, merged cells, two e-mail columns and a total."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Registrations"
    for line in TITLE:
        sheet.append([line])
    sheet.append(HEADERS)
    for person in (*PEOPLE, TOTAL):
        sheet.append([cell or None for cell in person])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:I1")
    for cells in MERGED:
        sheet.merge_cells(cells)
    book.save(path)


def write_accounts(path: Path) -> None:
    """Write the Salesforce export of accounts: no company of it has a Gsid."""
    _write(path, ACCOUNTS)


def write_companies(path: Path) -> None:
    """Write the companies of the tenant, as `gsprep companies` saves them."""
    rows = [(gsid, row[1], row[0]) for gsid, row in zip(GSIDS, ACCOUNTS[1:], strict=True)]
    _write(path, (("Gsid", "Name", "SfdcAccountId"), *rows))


def _write(path: Path, rows: tuple[tuple[str, ...], ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
