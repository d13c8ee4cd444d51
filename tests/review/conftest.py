"""A small review, a file of answers for it, and the page as its browser sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.review.answer_file import AnswerFile, Format
from gsprep.review.app import make_app
from gsprep.review.questions import Wording, questions_of
from gsprep.review.serve import Access, Presence
from gsprep.review.session import Reviewer, Session, companies_named, companies_of
from gsprep.tables.read import read
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LESS, TIE = "What speaks for it is too little.", "Another company fits as well."
COLUMNS = (
    "row_id", "Email", "Name", "CompanyName", "candidate_1_id", "candidate_1", "probability",
    "reason", "candidate_2_id", "candidate_2", "margin", "answer",
)  # fmt: skip
LINES = (
    ("1", "ana@acme.de", "Ana Ruiz", "Acme", "C1", "Acme Inc", "0.9", f"A name. {TIE}", "C2",
     "Acme GmbH", "0.1"),
    ("2", "cy@gmail.com", "Cy Young", "Bolt Ltd", "C3", "Bolt", "0.8", f"A name. {LESS}", None,
     None, "0.8"),
    ("3", "bo@acme.de", "Bo Berg", "Acme Europe", "C1", "Acme Inc", "0.7", f"A name. {TIE}", "C2",
     "Acme GmbH", "0.1"),
    ("4", "di@mail.acme.de", "Di Dorn", None, "C2", "Acme GmbH", "0.6", "A domain.", "C1",
     "Acme Inc", "0.1"),
    ("5", None, "Ed Eck", "Bolt Ltd", "C3", "Bolt", "0.5", f"A name. {LESS}", "C1", "Acme Inc",
     "0.4"),
)  # fmt: skip


@pytest.fixture
def review() -> pd.DataFrame:
    """Return five people: three at acme.de, two who state Bolt Ltd, one of them without address."""
    return pd.DataFrame([(*line, None) for line in LINES], columns=list(COLUMNS)).astype("str")


@pytest.fixture
def companies() -> pd.DataFrame:
    """Return the companies, one of which is nobody's candidate."""
    return pd.DataFrame(
        {
            "Gsid": ["C1", "C2", "C3", "C4"],
            "Name": ["Acme Inc", "Acme GmbH", "Bolt", "Zeta Laboratories"],
            "Domain": ["acme.com", "acme.de; acme.at", None, "zeta.io"],
            "Phone": ["+1 415 555 2671", None, None, None],
            "Country": ["US", "Germany", None, None],
        }
    )


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Return where answers are kept; there is no such file yet."""
    return tmp_path / "answers.csv"


@pytest.fixture
def kept(answers: Path) -> Callable[[], list[dict[str, str]]]:
    """Return a function that reads the lines of the file of answers."""

    def lines() -> list[dict[str, str]]:
        if not answers.exists():
            return []
        records = read(answers).frame.drop(columns="row_id").to_dict("records")
        return [
            {str(name): cell for name, cell in line.items() if isinstance(cell, str)}
            for line in records
        ]

    return lines


@pytest.fixture
def make_session(
    review: pd.DataFrame, companies: pd.DataFrame, answers: Path
) -> Callable[..., Session]:
    """Return a function that opens a session, as another process would."""

    def make(by: str = "maria", *, rows: pd.DataFrame | None = None, whole: bool = True) -> Session:
        questions = questions_of(review if rows is None else rows, Wording({}, (LESS, TIE)))
        listed = companies_of(companies) if whole else companies_named(questions, None)
        file = AnswerFile(answers, Format(lambda path: read(path).frame, write_table))
        clock = lambda: datetime(2026, 11, 25, 9, 30, 15, 70, tzinfo=UTC)  # noqa: E731
        return Session(questions, file, listed, Reviewer(by, "default"), {}, clock)

    return make


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()


@pytest.fixture
def access() -> Access:
    return Access(5000)


@pytest.fixture
def presence() -> Presence:
    return Presence(60)


@pytest.fixture
def outside(session: Session, access: Access, presence: Presence) -> Iterator[httpx.Client]:
    """Return a browser that has not opened the address."""
    app = make_app(session, access, presence)
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url=access.origin) as client:
        yield client


@pytest.fixture
def browser(outside: httpx.Client, access: Access) -> httpx.Client:
    """Return the browser that opened the address; it sends its origin as browsers do."""
    assert outside.get(access.address).status_code == 200
    outside.headers["Origin"] = access.origin
    return outside
