"""Time of each action on the review page.

``python benchmarks/reviewing.py [PEOPLE]`` opens a review of a hundred people and one of PEOPLE
with
as many companies, saves answers, and prints medians in milliseconds: from a request to its reply,
without the network and without drawing. For "with answers", half of the people are answered before.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx
import pandas as pd

from gsprep.cli.review_folder import read_folder, session_of
from gsprep.review.app import make_app
from gsprep.review.serve import Access, Presence
from gsprep.review.session import Choice, Reviewer
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.review.session import Session

PEOPLE = 10_000
_FEW = 100
_TIMES = 15
# This many people share a domain, so that one answer decides many.
_ALIKE = 20


def lay_out(folder: Path, people: int) -> None:
    """Write a review of people with two candidates each, their evidence and the companies."""
    names = [f"Person {n}" for n in range(people)]
    emails = [f"p{n}@shared{n // _ALIKE}.com" for n in range(people)]
    rows = [str(n) for n in range(1, people + 1)]
    gsids = [f"1P02{n:032d}" for n in range(people)]
    companies = [f"Company {n} Holding" for n in range(people)]
    others = [*gsids[1:], gsids[0]]
    review = {
        "row_id": rows, "Email": emails, "Name": names, "CompanyName": companies,
        "candidate_1_id": gsids, "candidate_1": companies, "probability": "0.6",
        "reason": "Shared e-mail domain: this company and others list it. "
        "Another company fits as well.",
        "candidate_2_id": others, "candidate_2": [*companies[1:], companies[0]], "margin": "0.1",
        "answer": None,
    }  # fmt: skip
    evidence = {
        "row_id": rows * 2, "Company_ID": [*gsids, *others], "intercept": "-3",
        "same_domain": "3.7", "name_similarity": "1.2",
    }  # fmt: skip
    domains = [email.partition("@")[2] for email in emails]
    listed = {"Gsid": gsids, "Name": companies, "Domain": domains}
    for name, columns in (("review", review), ("evidence", evidence), ("companies", listed)):
        write_table(pd.DataFrame(columns).astype("str"), folder / f"{name}.csv")


def opened(folder: Path) -> Session:
    """Return the session as ``gsprep review`` opens it."""
    answers, companies = folder / "answers.csv", folder / "companies.csv"
    return session_of(read_folder(folder), answers, companies, Reviewer("maria"))


def timed(do: Callable[[], object], times: int = _TIMES) -> float:
    """Return the median duration of an action in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begun)
    return 1_000 * median(taken)


def measure(people: int) -> dict[str, float]:
    """Return milliseconds by action, for a review of this many people."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lay_out(folder, people)
        found = {"open it": timed(lambda: opened(folder), 1)}
        session = opened(folder)
        found |= _on_the_page(session)
        half = [
            (n, Choice(session.question(n).candidates[0].gsid, "email"))
            for n in range(1, people, 2)
        ]
        session.answer_some(half)
        return found | {
            f"{name}, with answers": took for name, took in _on_the_page(session).items()
        }


def _on_the_page(session: Session) -> dict[str, float]:
    access = Access(5000)
    transport = httpx.WSGITransport(make_app(session, access, Presence(60)))
    with httpx.Client(transport=transport, base_url=access.origin) as browser:
        browser.get(access.address)
        browser.headers["Origin"] = access.origin
        middle = len(session.questions) // 2
        return {
            "a person": timed(lambda: _good(browser.get(f"/people/{middle}"))),
            "the list": timed(lambda: _good(browser.get("/people?page=3"))),
            "a search": timed(
                lambda: _good(browser.post(f"/people/{middle}/search", data={"text": "company 77"}))
            ),
            "an answer": timed(
                partial(_answer, browser, iter(range(2, 2 * _TIMES + 2, 2)), "email")
            ),
            "an answer for a whole domain": timed(
                partial(_answer, browser, iter(range(40, 40 + _TIMES)), "domain")
            ),
            "undo": timed(partial(_take_back, browser, middle)),
        }


def _good(reply: httpx.Response) -> httpx.Response:
    if reply.status_code not in {200, 303}:
        raise SystemExit(f"{reply.request.url} was answered with {reply.status_code}")
    return reply


def _answer(browser: httpx.Client, numbers: object, scope: str) -> None:
    number = next(numbers)  # type: ignore[call-overload]
    page = browser.get(f"/people/{number}").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    form = {"choice": "1", "scope": scope, "seen": seen[1] if seen else ""}
    reply = _good(browser.post(f"/people/{number}", data=form))
    if "told=" in reply.headers["Location"]:
        raise SystemExit(f"the answer was not taken: {reply.headers['Location']}")


def _take_back(browser: httpx.Client, number: int) -> None:
    page = browser.get(f"/people/{number}").text
    word = re.search(r'name="word" value="([^"]*)"', page)
    form = {"word": word[1] if word else "", "number": str(number)}
    _good(browser.post("/undo", data=form))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    people = parser.parse_args().people
    few, many = measure(_FEW), measure(people)
    print(f"{'':<40} {f'{_FEW} people':>12} {f'{people:,} people':>16}")
    for name, took in few.items():
        print(f"{name:<40} {took:>9.1f} ms {many[name]:>13.1f} ms")


if __name__ == "__main__":
    main()
