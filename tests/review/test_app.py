"""The review page over HTTP: access, addresses, answers."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.review.app import make_app
from gsprep.review.serve import HEADERS
from gsprep.review.session import Choice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.review.serve import Access, Presence
    from gsprep.review.session import Session

    Kept = Callable[[], list[dict[str, str]]]


ANSWER = {"choice": "1", "scope": "email", "seen": ""}


def test_the_address_opens_once_and_gives_a_strict_cookie(
    outside: httpx.Client, access: Access
) -> None:
    opened = outside.get(access.address)
    cookie = opened.headers["Set-Cookie"]
    assert opened.status_code == 200
    assert cookie.startswith(f"{access.cookie}=")
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert outside.get("/people").status_code == 200
    # The window in which it is open may open it again; nobody else may.
    assert outside.get(access.address).status_code == 200
    outside.cookies.clear()
    assert outside.get(access.address).status_code == 403
    assert outside.get("/people").status_code == 403


@pytest.mark.parametrize("path", ["/", "/people", "/people/1", "/keys", "/nowhere"])
def test_without_the_cookie_nothing_is_shown(outside: httpx.Client, path: str) -> None:
    reply = outside.get(path)
    assert reply.status_code == 403
    assert "acme" not in reply.text.lower()
    outside.cookies.set("gsprep_review_5000", "guessed")
    assert outside.get(path).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "127.0.0.1:5001", "localhost:5000", "127.0.0.1.nip.io:5000"],
)
def test_another_name_for_this_machine_is_refused(browser: httpx.Client, host: str) -> None:
    """A name of somebody else's that points here (DNS rebinding) is not ours."""
    assert browser.get("/people", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:5001", "https://127.0.0.1:5000"],
)
@pytest.mark.parametrize("path", ["/people/1", "/undo", "/accept", "/people/1/search", "/end"])
def test_a_form_of_another_page_writes_nothing(
    browser: httpx.Client, origin: str | None, path: str, presence: Presence, answers: Path
) -> None:
    del browser.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}
    assert browser.post(path, data=ANSWER, headers=headers).status_code == 403
    assert not answers.exists()
    assert presence.left() > 0


@pytest.mark.parametrize(
    "path", ["/", "/people", "/people/1", "/keys", "/static/review.js", "/nowhere", "/people/99"]
)
def test_every_reply_tells_the_browser_to_trust_nothing(browser: httpx.Client, path: str) -> None:
    reply = browser.get(path)
    assert {name: reply.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert "Server" not in reply.headers


def test_pages_hold_no_script_no_style_and_nothing_from_elsewhere(browser: httpx.Client) -> None:
    for path in ("/people", "/people/1", "/keys"):
        text = browser.get(path).text
        assert "style=" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count(
            '<script src="/static/review.js" defer></script>'
        )
        assert "//" not in text.replace("<!doctype html>", "")


def test_a_fault_of_ours_shows_no_cell(
    session: Session, access: Access, presence: Presence, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(session, access, presence)

    @app.get("/fault")
    def fault() -> str:
        raise ValueError("ana@acme.de")

    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with (
        caplog.at_level(logging.DEBUG),
        httpx.Client(transport=transport, base_url=access.origin) as client,
    ):
        client.get(access.address)
        reply = client.get("/fault")
    assert reply.status_code == 500
    assert "ValueError" in reply.text
    assert "ana@acme.de" not in reply.text + caplog.text


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(lambda page: page.get("/people/0"), 404, id="nobody"),
        pytest.param(lambda page: page.get("/people/ana"), 404, id="no number"),
        pytest.param(lambda page: page.put("/people/1"), 405, id="another method"),
        pytest.param(lambda page: page.post("/undo", data={"number": "x"}), 404, id="no number"),
        pytest.param(
            lambda page: page.post("/people/1", data={"note": "x" * 70_000}), 413, id="too long"
        ),
    ],
)
def test_what_makes_no_sense_is_said(
    browser: httpx.Client, call: Callable[[httpx.Client], httpx.Response], code: int
) -> None:
    reply = call(browser)
    assert reply.status_code == code
    assert "<h1>Not here</h1>" in reply.text


def test_a_broken_file_of_answers_is_told_and_nothing_is_written(
    browser: httpx.Client, answers: Path
) -> None:
    answers.write_text("kind,value,Company_ID,answer\nmail,x@y.com,C1,match\n", encoding="utf-8")
    before = answers.read_bytes()
    for reply in (browser.get("/people/1"), browser.post("/people/1", data=ANSWER)):
        assert reply.status_code == 409
        assert "row_id 1: kind must be email" in reply.text
    assert answers.read_bytes() == before


def test_the_review_can_be_ended_from_the_page(browser: httpx.Client, presence: Presence) -> None:
    assert "You can close this window" in browser.post("/end").text
    assert presence.left() == 0


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def answer(page: httpx.Client, number: int, choice: str, **more: str) -> httpx.Response:
    seen = hidden(page.get(f"/people/{number}").text, "seen")
    data = {"choice": choice, "scope": "email", "seen": seen} | more
    return page.post(f"/people/{number}", data=data)


def test_it_starts_with_whoever_settles_most(browser: httpx.Client) -> None:
    assert browser.get("/").headers["Location"] == "/people/1"
    assert browser.get("/?least=2&why=2").headers["Location"] == "/people/2?why=2&least=2"


def test_a_page_tells_who_it_is_and_why_it_is_not_sure(browser: httpx.Client) -> None:
    text = browser.get("/people/1").text
    for told in (
        "Ana Ruiz", "ana@acme.de", "Acme Inc", "Acme GmbH", "90% likely", "80% likely",
        "Another company fits as well.", "everyone at <bdi>acme.de</bdi>", "3 open here",
        "Bo Berg", "Di Dorn", "0 of 5 decided",
    ):  # fmt: skip
        assert told in text
    assert "<title>Row 1, 5 open · gsprep review</title>" in text


def test_an_answer_leads_to_the_next_open_person(browser: httpx.Client, kept: Kept) -> None:
    assert answer(browser, 1, "2").headers["Location"] == "/people/3"
    assert kept()[0]["Company_ID"] == "C2"
    text = browser.get("/people/3").text
    assert "1 of 5 decided" in text
    assert re.search(r"Last answer: <b><bdi>Ana Ruiz</bdi></b> → <b><bdi>Acme GmbH", text)


def test_all_alike_are_settled_by_one_answer(browser: httpx.Client, kept: Kept) -> None:
    assert answer(browser, 1, "2", scope="domain").headers["Location"] == "/people/2"
    assert [(line["kind"], line["value"]) for line in kept()] == [("domain", "acme.de")]
    assert "for everyone at acme.de" in browser.get("/people/4").text
    assert answer(browser, 2, "none", scope="company_name").headers["Location"] == "/"
    assert "All people are decided" in browser.get("/").text
    assert "None of these" in browser.get("/people/5").text


def test_undo_leads_back_to_the_person(browser: httpx.Client, kept: Kept) -> None:
    answer(browser, 3, "1")
    text = browser.get("/people/4").text
    data = {"word": hidden(text, "word"), "number": hidden(text, "number")}
    assert browser.post("/undo", data=data).headers["Location"] == "/people/3?told=back"
    assert kept() == []
    again = browser.post("/undo", data=data).headers["Location"]
    assert "Nothing to undo" in browser.get(again).text


def test_a_filter_is_kept_on_the_way(browser: httpx.Client) -> None:
    text = browser.get("/people/2?why=2&least=2").text
    assert (hidden(text, "why"), hidden(text, "least")) == ("2", "2")
    reply = answer(browser, 2, "1", why="2", least="2")
    assert reply.headers["Location"] == "/people/5?why=2&least=2"
    reply = answer(browser, 5, "1", scope="company_name", why="2", least="2")
    text = browser.get(reply.headers["Location"]).text
    assert "Nothing is open under this filter" in text
    assert "3 people are still open" in text


def test_two_windows_do_not_write_over_each_other(
    browser: httpx.Client, make_session: Callable[..., Session], kept: Kept
) -> None:
    """One page was shown, then another process answered: the first answer writes nothing."""
    seen = hidden(browser.get("/people/1").text, "seen")
    make_session("paul").answer(1, Choice("C2", "email"))
    data = {"choice": "1", "scope": "email", "seen": seen}
    shown = browser.get(browser.post("/people/1", data=data).headers["Location"]).text
    assert "answered in another window in the meantime" in shown
    assert "<bdi>paul</bdi>" in shown
    assert [line["by"] for line in kept()] == ["paul"]
    # Now it was seen, and answering again is meant.
    answer(browser, 1, "1")
    assert [line["Company_ID"] for line in kept()] == ["C2", "C1"]


def test_sending_a_form_twice_answers_once(browser: httpx.Client, kept: Kept) -> None:
    data = {
        "choice": "1", "scope": "email", "seen": hidden(browser.get("/people/1").text, "seen"),
    }  # fmt: skip
    browser.post("/people/1", data=data)
    assert "told=elsewhere" in browser.post("/people/1", data=data).headers["Location"]
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"choice": "3"}, id="no third candidate"),
        pytest.param({"choice": "gsid:C99"}, id="no such company"),
        pytest.param({"choice": "²"}, id="no digit of ours"),
        pytest.param({}, id="nothing chosen"),
        pytest.param({"choice": "1", "scope": "row_id"}, id="for nobody"),
        pytest.param({"choice": "1", "scope": "domain"}, id="free mail"),
    ],
)
def test_what_is_no_answer_writes_nothing(
    browser: httpx.Client, kept: Kept, data: dict[str, str]
) -> None:
    reply = browser.post("/people/2", data={"scope": "email", "seen": ""} | data)
    assert reply.headers["Location"] == "/people/2?told=which"
    assert kept() == []


def test_another_company_is_searched_and_chosen(browser: httpx.Client, kept: Kept) -> None:
    found = searched(browser, "zeta")
    assert found.status_code == 200
    assert "Zeta Laboratories" in found.text
    assert 'value="gsid:C4"' in found.text
    assert "zeta" not in str(found.url)
    answer(browser, 1, "gsid:C4")
    assert kept()[0]["Company_ID"] == "C4"
    assert "No company found" in searched(browser, "qqqq").text


def searched(browser: httpx.Client, text: str) -> httpx.Response:
    return browser.post("/people/1/search", data={"text": text}, follow_redirects=True)


def test_a_search_can_be_gone_back_to(browser: httpx.Client) -> None:
    """It is a page of its own, which a browser can show again without sending the form again."""
    reply = browser.post("/people/1/search", data={"text": "zeta", "sure": "50"})
    assert reply.status_code == 303
    place = reply.headers["Location"]
    assert place.endswith("#other")
    assert "sure=50" in place
    for _ in range(2):
        assert "Zeta Laboratories" in browser.get(place).text
    assert "Companies found" not in browser.get("/people/1?search=unknown").text


def picks(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)"', page)


def test_several_are_answered_at_once(browser: httpx.Client, kept: Kept) -> None:
    page = browser.get("/people?sure=70").text
    assert [pick.partition(".")[0] for pick in picks(page)] == ["1", "3", "2"]
    assert "checked" not in page
    assert browser.get("/people?sure=70&pick=all").text.count(" checked>") == 3
    reply = browser.post("/accept", data={"choice": "1", "sure": "70", "pick": picks(page)[:2]})
    assert reply.headers["Location"] == "/people?written=2&left=0&sure=70"
    assert "2 people are decided." in browser.get(reply.headers["Location"]).text
    assert [(line["kind"], line["value"], line["Company_ID"]) for line in kept()] == [
        ("email", "ana@acme.de", "C1"), ("email", "bo@acme.de", "C1"),
    ]  # fmt: skip


def test_the_last_ones_of_the_list_lead_to_the_end(browser: httpx.Client, kept: Kept) -> None:
    """All are nobody's: one answer for each, and no one is left."""
    page = browser.get("/people").text
    assert len(picks(page)) == 5
    reply = browser.post("/accept", data={"choice": "none", "pick": picks(page)})
    assert reply.headers["Location"] == "/"
    assert "All people are decided" in browser.get("/").text
    # The employer of the last one was answered with that of another.
    assert {line["answer"] for line in kept()} == {"no_match"}
    assert len(kept()) == 5


def test_answers_given_at_once_are_undone_at_once(browser: httpx.Client, kept: Kept) -> None:
    answer(browser, 2, "1")
    page = browser.get("/people").text
    browser.post("/accept", data={"choice": "1", "pick": picks(page)[:3]})
    assert len(kept()) == 4
    page = browser.get("/people").text
    word = hidden(page, "word")
    browser.post("/undo", data={"word": word, "number": hidden(page, "number")})
    assert [line["value"] for line in kept()] == ["cy@gmail.com"]


def test_who_was_answered_elsewhere_is_left_out(
    browser: httpx.Client, make_session: Callable[..., Session], kept: Kept
) -> None:
    page = browser.get("/people").text
    make_session("otto").answer(1, Choice("C2", "email"))
    reply = browser.post("/accept", data={"choice": "1", "pick": picks(page)[:2]})
    assert reply.headers["Location"] == "/people?written=1&left=1"
    told = browser.get(reply.headers["Location"]).text
    assert "1 person is decided. 1 was left out: answered elsewhere" in told
    assert [line["Company_ID"] for line in kept()] == ["C2", "C1"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param({"choice": "1"}, 303, id="no one"),
        pytest.param({"choice": "9", "pick": "1.x"}, 303, id="no such company"),
        pytest.param({"choice": "1", "pick": "x.y"}, 303, id="no number"),
        pytest.param({"choice": "1", "pick": "99.y"}, 404, id="no such person"),
        pytest.param({"choice": "1", "pick": "1.guessed"}, 303, id="another page"),
    ],
)
def test_a_wrong_selection_writes_nothing(
    browser: httpx.Client, kept: Kept, data: dict[str, str], code: int
) -> None:
    assert browser.post("/accept", data=data).status_code == code
    assert kept() == []


def test_the_last_page_names_the_next_command(session: Session, browser: httpx.Client) -> None:
    session.next_command = "gsprep run people.csv --companies <c.csv>"
    data = {"choice": "none", "pick": picks(browser.get("/people").text)}
    assert browser.post("/accept", data=data).headers["Location"] == "/"
    told = browser.get("/").text
    assert '<code class="next">gsprep run people.csv --companies &lt;c.csv&gt;</code>' in told


def test_a_note_is_kept_and_shown(browser: httpx.Client, kept: Kept) -> None:
    answer(browser, 1, "1", note="asked <b>Ana</b>")
    assert kept()[0]["note"] == "asked <b>Ana</b>"
    assert "asked &lt;b&gt;Ana&lt;/b&gt;" in browser.get("/people/1").text


def test_the_list_shows_what_is_asked_for(browser: httpx.Client) -> None:
    answer(browser, 1, "2")
    for show, count in (("open", "4 open people"), ("answered", "1 answered person"), ("all", "5")):
        assert f"<h1>{count}" in browser.get(f"/people?show={show}").text
    assert "No people match" in browser.get("/people?show=answered&why=2").text


@pytest.mark.parametrize("page", ["0", "2", "99", "x", "9" * 30, "-1"])
def test_a_page_of_the_list_that_is_not_there_is_the_nearest(
    browser: httpx.Client, page: str
) -> None:
    assert "Ana Ruiz" in browser.get(f"/people?page={page}").text


def test_people_are_numbers_in_addresses(browser: httpx.Client, review: pd.DataFrame) -> None:
    """A browser keeps its history: nobody's name or address may get into it."""
    links = set()
    for path in ("/people", "/people/1", "/people/2", "/keys"):
        links |= set(re.findall(r'(?:href|action)="([^"]*)"', browser.get(path).text))
    told = " ".join(links).lower()
    cells = [*review["Email"].dropna(), *review["Name"], *review["CompanyName"].dropna()]
    assert not [cell for cell in cells if str(cell).lower() in told]


HOSTILE = [
    pytest.param("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", id="script"),
    pytest.param('"><img src=x onerror=alert(1)>', "&#34;&gt;&lt;img", id="an attribute"),
    pytest.param("{{1337*1337}}{% raw %}", "{{1337*1337}}{%", id="a template"),
    pytest.param("Acme\u202egpj.exe\u2066", "Acme[U+202E]gpj.exe[U+2066]", id="bidi"),
    pytest.param("A" * 10_000, "A" * 80 + "…" + "A" * 40, id="long"),
    pytest.param("=HYPERLINK(1)", "=HYPERLINK(1)", id="a formula"),
    pytest.param("a\x00b\x1b[31m", "a[U+0000]b[U+001B][31m", id="controls"),
]


@pytest.mark.parametrize(("name", "shown"), HOSTILE)
def test_hostile_names_are_text(
    make_session: Callable[..., Session],
    review: pd.DataFrame,
    access: Access,
    presence: Presence,
    name: str,
    shown: str,
) -> None:
    rows = review.assign(
        Name=name, CompanyName=name, candidate_1=name, candidate_2=name, reason=name
    ).astype("str")
    transport = httpx.WSGITransport(app=make_app(make_session(rows=rows), access, presence))
    with httpx.Client(transport=transport, base_url=access.origin) as client:
        client.get(access.address)
        client.headers["Origin"] = access.origin
        texts = [
            client.get("/people/1").text,
            client.get("/people").text,
            client.post("/people/1/search", data={"text": name}, follow_redirects=True).text,
        ]
    for text in texts[::2]:
        assert shown in text
    for text in texts:
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "1787569" not in text
        assert "\u202e" not in re.sub(r'value="[^"]*"', "", text)
        assert len(text) < 40_000


def test_ten_thousand_people_are_paged(
    make_session: Callable[..., Session], review: pd.DataFrame, access: Access, presence: Presence
) -> None:
    rows = pd.concat([review] * 2000, ignore_index=True)
    rows["row_id"] = [str(n) for n in range(len(rows))]
    transport = httpx.WSGITransport(app=make_app(make_session(rows=rows), access, presence))
    with httpx.Client(transport=transport, base_url=access.origin) as client:
        client.get(access.address)
        text = client.get("/people?page=3").text
        assert "Page 3 of 200" in text
        assert text.count("<tr") == 51
        assert len(client.get("/people/9999").text) < 30_000
