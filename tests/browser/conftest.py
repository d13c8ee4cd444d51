"""The review page in a real browser: Debian's chromium, driven from here."""

from __future__ import annotations

import shutil
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from gsprep.review.answer_file import AnswerFile, Format
from gsprep.review.app import make_app
from gsprep.review.questions import Wording, questions_of
from gsprep.review.serve import Access, Presence, Server
from gsprep.review.session import Reviewer, Session, companies_of
from gsprep.tables.read import read
from gsprep.tables.write import write_table
from gsprep.unification.explain import ENDINGS, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# A browser in a container has no user of its own, and little shared memory.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
# For a machine that is busy with other tests, in milliseconds; what is there is not waited for.
PATIENCE = 300_000
WINDOW: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
PHONE: dict[str, Any] = WINDOW | {"viewport": {"width": 375, "height": 667}, "is_mobile": True}
LOOKS = [
    pytest.param(WINDOW, id="light and dark"),
    pytest.param(PHONE, id="phone", marks=pytest.mark.thorough),
]
# The rules of axe that the dark look can break: it has other colours, and nothing else.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
GSIDS = {letter: "1P02" + letter * 32 for letter in "ABCDE"}
TIE = "Another company fits as well."
ALONE = "This evidence never decides alone: a person has to decide."
NAME_AND_MAIL = "The employer they state has this company's name."
PEOPLE = (
    ("1", "mara.lindqvist@nordwind.example", "Mara Lindqvist", "Nordwind Energie", "DE",
     "Head of Procurement", "A", 0.71, "B", TIE),
    ("2", "jonas.feld@nordwind.example", "Jonas Feld", "Nordwind", "DE", "Buyer", "A", 0.64, "B",
     TIE),
    ("3", "ines.aubry@nordwind.example", "Ines Aubry", "Nordwind France", "FR", None, "B", 0.58,
     "A", TIE),
    ("4", "li.wei@gmail.com", "Li Wei", "Harbour & Sons Ltd", "GB", "Director", "C", 0.83, None,
     ALONE),
    ("5", None, "Tomas Prochazka", "Harbour and Sons Ltd", None, None, "C", 0.55, "D", ALONE),
)  # fmt: skip
COMPANIES = pd.DataFrame(
    {
        "Gsid": list(GSIDS.values()),
        "Name": [
            "Nordwind Energie GmbH", "Nordwind Energy SAS", "Harbour & Sons Limited",
            "Harbor Sons Inc.", "Meridian Logistics",
        ],
        "Domain": [
            "nordwind.example", "nordwind.example; nordwind.test", "harbour-sons.example", None,
            "meridian.example",
        ],
        "Phone": ["+49 30 5550 1234", None, "+44 20 7946 0018", None, None],
        "Country": ["DE", "FR", "GB", "US", "NL"],
    }
)  # fmt: skip
TERMS = {
    "intercept": -3.0, "same_name": 0.0, "shared_domain": 3.71, "spelled_alike": 3.2,
    "same_country": 0.0, "other_country": 0.0, "words_missing": -0.6,
}  # fmt: skip


def _review() -> pd.DataFrame:
    names = dict(zip(GSIDS.values(), COMPANIES["Name"], strict=True))
    lines = []
    for row_id, email, name, stated, country, title, one, chance, other, why in PEOPLE:
        first, second = GSIDS[one], GSIDS.get(other or "")
        lines.append(
            {
                "row_id": row_id, "Email": email, "Name": name, "CompanyName": stated,
                "Country": country, "Title": title, "candidate_1_id": first,
                "candidate_1": names[first], "probability": str(chance),
                "reason": f"{NAME_AND_MAIL} {why}", "candidate_2_id": second,
                "candidate_2": names.get(second or ""), "margin": "0.42", "answer": None,
            }
        )  # fmt: skip
    return pd.DataFrame(lines).astype("str")


def _evidence(review: pd.DataFrame) -> pd.DataFrame:
    lines: list[dict[str, Any]] = []
    for line in review.to_dict("records"):
        for at, better in ((1, True), (2, False)):
            terms = TERMS | (
                {"same_name": 6.9, "same_country": 3.04} if better else {"other_country": -2.1}
            )
            lines.append(
                {"row_id": line["row_id"], "Company_ID": line[f"candidate_{at}_id"], **terms}
            )
    return pd.DataFrame(lines).dropna(subset="Company_ID")


@dataclass(frozen=True)
class Served:
    """A page that is served: the address that opens it, its origin, and its file of answers."""

    address: str
    origin: str
    answers: Path

    def kept(self) -> list[tuple[str | None, ...]]:
        """Return kind, value, company and answer of each line of the file."""
        if not self.answers.exists():
            return []
        frame = read(self.answers).frame.astype(object)
        frame = frame.where(frame.notna(), None)
        return list(
            frame[["kind", "value", "Company_ID", "answer"]].itertuples(index=False, name=None)
        )


@contextmanager
def serving(answers: Path, review: pd.DataFrame, by: str = "maria") -> Iterator[Served]:
    """Serve a review from a thread of this process, on a port of its own."""
    wording = Wording(sentences(), tuple(filter(None, ENDINGS.values())))
    questions = questions_of(review, wording, evidence=_evidence(review))
    file = AnswerFile(answers, Format(lambda path: read(path).frame, write_table))
    elsewhere = {"nordwind.example": {GSIDS["A"]: 14}}
    session = Session(questions, file, companies_of(COMPANIES), Reviewer(by), elsewhere)
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with Server(make_app(session, access, Presence(600)), listener):
        yield Served(access.address, access.origin, answers)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Return the browser; of this folder alone, as its event loop stands in the way of others."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on PATH: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def tabs() -> dict[str, Page]:
    """Return the open tabs by their look: to start one takes longer than most tests do."""
    return {}


@pytest.fixture
def review() -> pd.DataFrame:
    """Return five invented people: three of one domain, two who state one employer."""
    return _review()


@pytest.fixture
def serve() -> Callable[..., Any]:
    """Return what serves other people than those of ``review``."""
    return serving


@pytest.fixture
def served(tmp_path: Path, review: pd.DataFrame) -> Iterator[Served]:
    with serving(tmp_path / "answers.csv", review) as page:
        yield page


@pytest.fixture
def open_page(chromium: Browser, tabs: dict[str, Page]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an address as if in a new browser; it must complain of nothing.

    A tab of that look is used again, without the cookies and listeners of the test before.
    """
    used: list[Page] = []
    complaints: list[str] = []
    listeners: dict[str, Callable[..., None]] = {
        "pageerror": lambda error: complaints.append(str(error)),
        "console": lambda said: complaints.append(said.text),
        "dialog": lambda dialog: complaints.append(dialog.message),
    }

    def opened(address: str, wait: str = "**/people/*", **how: Any) -> Page:
        look = WINDOW | how
        if (name := str(sorted(look.items()))) not in tabs:
            tabs[name] = chromium.new_context(**look).new_page()
            tabs[name].context.set_default_timeout(PATIENCE)
        page = tabs[name]
        page.set_viewport_size(look["viewport"])
        for event, listener in listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]  # each takes what it is given
        used.append(page)
        page.goto(address)
        page.wait_for_url(wait)
        return page

    yield opened
    for page in used:
        _forget(page, listeners)
    assert complaints == []


def _forget(page: Page, listeners: dict[str, Callable[..., None]]) -> None:
    """Leave a tab without a page, cookies and other tabs next to it."""
    page.goto("about:blank")
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.context.clear_cookies()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on a page, in a window also what it finds in the dark."""
    found = Axe().run(page).response["violations"]
    if page.viewport_size != PHONE["viewport"]:
        page.emulate_media(color_scheme="dark")
        again = "rules => axe.run({runOnly: rules}).then(done => done.violations)"
        found += page.evaluate(again, OF_COLOURS)
        page.emulate_media(color_scheme="light")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.fixture
def page(served: Served, open_page: Callable[..., Page]) -> Page:
    """Return the page of the first person."""
    return open_page(served.address)
