"""A canary person and a canary key go through everything and are seen only in the tables."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.cleaning.clean import clean
from gsprep.cli.files import write_run
from gsprep.cli.main import run_command
from gsprep.cli.review_folder import read_folder, session_of
from gsprep.errors import GsprepError, RejectedRowsError
from gsprep.ledger.ledger import Ledger
from gsprep.pipeline import deliver, run
from gsprep.report.page import render
from gsprep.report.summary import lines_of
from gsprep.review.app import make_app as make_page
from gsprep.review.serve import Access, Presence, Server
from gsprep.review.session import Reviewer
from gsprep.run_options import RunOptions
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.store import Store
from gsprep.schemas.objects import Person
from gsprep.tables.read import read_table
from gsprep.tables.write import write_table
from gsprep.uploader.client import Client
from gsprep.uploader.journal import LedgerOptions
from gsprep.validation.check import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "canary-key-5f2e"
EMAIL = "zaphodine@xylocopa.example.com"
# Each part of a name that could only come from the person.
CANARIES = (
    "zaphodine", "quuxberger", "vermillionaut", "xylocopa", "5550173", "55 50 173", "wombatville",
    "overlord", "moonbase", KEY,
)  # fmt: skip
# Titles and companies tell no one who a person is: results and a screen show them.
ON_SCREEN = tuple(canary for canary in CANARIES if canary != "overlord")
ACME = "1P02" + "A" * 32
PEOPLE = pd.DataFrame(
    {
        "Email": [
            "Zaphodine@Xylocopa.example.com", "zaphodine@@xylocopa", EMAIL,
            "zaphodine@gmial.com", None, "zaphodine quuxberger",
        ],
        "FirstName": ["Zaphodine", " zaphodine", "Vermillionaut", "zaphodine", "zaphodine", None],
        "LastName": ["Quuxberger", "QUUXBERGER", None, None, "Quuxberger", "quuxberger"],
        "CompanyName": ["Rocketry Inc", "rocketry", "Rocketry", "Rocketry", None, None],
        "Phone": ["+1 415 5550173", "5550173", "=5550173", "x5550173", None, "+1"],
        "Country": ["US", "Wombatville", None, "US", None, None],
        "EmailOptOut": ["no", "wombatville", None, None, None, None],
        "Title": ["Overlord", None, None, "overlord", None, None],
        "Base": ["moonbase", "moonbase", None, None, None, None],
    }
)  # fmt: skip
COMPANIES = pd.DataFrame(
    {
        "Gsid": [ACME, None, ACME],
        "Name": ["Rocketry Inc", "Bold Brothers", "Cyan"],
        "Domain": ["xylocopa.example.com", None, None],
        "Phone": ["+14155550173", None, None],
    }
)

OWN = pd.DataFrame(
    {
        "Email": ["zaphodine@xylocopa.example.com", "quuxberger@x.com"],
        "Company_ID": [ACME, "moonbase"],
    }
)


def clean_of_canaries(text: str, where: str, canaries: tuple[str, ...] = CANARIES) -> None:
    low = text.lower()
    assert not [canary for canary in canaries if canary in low], where


@pytest.fixture(autouse=True)
def _everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Log as much as a user can ask for, as ``logging.basicConfig(level=DEBUG)`` does."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "gsprep", "waitress", "werkzeug"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    clean_of_canaries(caplog.text, "logs")
    for record in caplog.records:
        clean_of_canaries(f"{record.msg!r} {record.args!r}", "log records")


def shown(value: Any) -> Iterator[str]:
    """Yield every way a result shows itself, its parts included."""
    yield repr(value)
    yield str(value)
    yield f"{value}"
    if hasattr(value, "_repr_html_") and not isinstance(value, pd.DataFrame):
        yield value._repr_html_()
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            inner = getattr(value, part.name)
            if is_dataclass(inner):
                yield from shown(inner)


def failing(status: int | None, body: bytes = b"{}") -> httpx.MockTransport:
    """Return a service that fails; it quotes what it was sent, as bad services do."""

    def answer(request: httpx.Request) -> httpx.Response:
        if status is None:
            raise httpx.ReadTimeout(f"no reply to {request.content!r}")
        return httpx.Response(status, content=body or request.content, headers={"X-A": "b"})

    return httpx.MockTransport(answer)


SERVICES = [
    pytest.param(None, b"", id="silence"),
    pytest.param(200, b"", id="an echo of the request"),
    pytest.param(400, b"", id="turned down with an echo"),
    pytest.param(401, b"", id="key refused with an echo"),
    pytest.param(503, b"", id="busy with an echo"),
    pytest.param(302, b"", id="sent elsewhere"),
    pytest.param(400, b'{"result":false,"errorCode":"zaphodine@xylocopa.example.com"}', id="code"),
]


def limits() -> Limits:
    return Limits(windows=(), sleep=lambda _: None)


def test_nothing_of_a_run_shows_the_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results, page, numbers and names of files; the tables alone hold data."""
    with Store() as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with Client("http://localhost", KEY, transport=transport, limits=limits()) as client:
            result = run(PEOPLE, COMPANIES, company_persons=OWN, client=client)
            for text in shown(client):
                clean_of_canaries(text, "client")
        assert any("xylocopa" in email for email in store.persons)
    _is_clean(result)
    write_run(result, tmp_path)
    for name in ("report.html", "summary.json"):
        clean_of_canaries((tmp_path / name).read_text(encoding="utf-8"), name)
    clean_of_canaries(" ".join(path.name for path in tmp_path.iterdir()), "names of files")
    assert "zaphodine" in (tmp_path / "people.csv").read_text(encoding="utf-8").lower()
    for table in tmp_path.glob("*.csv"):
        assert KEY not in table.read_text(encoding="utf-8")
    clean_of_canaries("".join(capsys.readouterr()), "screen")


def _is_clean(result: Any) -> None:
    for text in shown(result):
        clean_of_canaries(text, type(result).__name__, ON_SCREEN)
    clean_of_canaries(render(result), "page")
    clean_of_canaries("\n".join(lines_of(result.summary)), "text")
    clean_of_canaries(json.dumps(result.summary), "summary")
    clean_of_canaries(" ".join(result.notes), "notes")
    clean_of_canaries(chain(result.stopped), "what stopped it")


def chain(error: BaseException | None) -> str:
    """Return an error as a traceback shows it, its causes included; no lines of source."""
    if error is None:
        return ""
    told = traceback.TracebackException.from_exception(error)
    lines = []
    while told is not None:
        lines.append("".join(told.format_exception_only()))
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return "\n".join([*lines, repr(error), str(vars(error))])


def failure_of(ask: Callable[[Any], object], what: Any) -> GsprepError | None:
    """Return the error a call ends with, None when it ends with none."""
    try:
        ask(what)
    except GsprepError as failure:
        return failure
    return None


@pytest.mark.parametrize(("status", "body"), SERVICES)
def test_no_failure_of_the_service_shows_the_person(
    status: int | None, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service that quotes what it was sent is not quoted."""
    transport = failing(status, body)
    with Client("acme", KEY, transport=transport, limits=limits()) as client:
        _is_clean(run(PEOPLE, COMPANIES, client=client))
        done = deliver(PEOPLE, OWN, client=client)
        for text in shown(done):
            clean_of_canaries(text, "delivery", ON_SCREEN)
        clean_of_canaries(chain(done.stopped), "what stopped the delivery")
        clean_of_canaries(chain(failure_of(client.people.find, EMAIL)), "by e-mail")
        clean_of_canaries(chain(failure_of(client.people.get, EMAIL)), "by Gsid")
        person = [{"Email": EMAIL, "Title": "overlord"}]
        for call in (client.people.bulk, client.people.bulk_async, client.people.upsert_async):
            clean_of_canaries(chain(failure_of(call, person)), call.__name__)
        clean_of_canaries(chain(failure_of(client.people.upsert, person[0])), "upsert")
        clean_of_canaries(chain(failure_of(client.people.delete, [EMAIL])), "delete")
        for asked in (client.people.job, client.people.deletion):
            clean_of_canaries(chain(failure_of(asked, EMAIL)), "a job")
        query = partial(client.objects.query, select=["Name"])
        clean_of_canaries(chain(failure_of(query, "Company")), "a query")
    clean_of_canaries("".join(capsys.readouterr()), "screen")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda: run(PEOPLE.assign(row_id="zaphodine"), COMPANIES), id="row_id"),
        pytest.param(lambda: run(PEOPLE[["LastName"]], COMPANIES), id="no key"),
        pytest.param(lambda: run(PEOPLE, COMPANIES[["Name"]]), id="no Gsid"),
        pytest.param(
            lambda: run(PEOPLE, COMPANIES, options=RunOptions(region="moonbase")), id="region"
        ),
    ],
)
def test_no_error_of_ours_quotes_a_cell(wrong: Any) -> None:
    with pytest.raises(GsprepError) as failure:
        wrong()
    clean_of_canaries(chain(failure.value).replace("'columns'", ""), "error")


def test_the_stages_show_counts_and_masks() -> None:
    cleaned = clean(PEOPLE)
    assert len(cleaned.changes)
    for result in (cleaned, check(cleaned.frame, Person)):
        for text in shown(result):
            clean_of_canaries(text, type(result).__name__, ON_SCREEN)


def test_a_run_that_stops_for_its_rejected_rows_shows_no_person() -> None:
    result = run(PEOPLE, COMPANIES, options=RunOptions(most_rejected=0.1))
    assert isinstance(result.stopped, RejectedRowsError)
    _is_clean(result)


def _files(folder: Path) -> dict[str, Path]:
    paths = {"people": folder / "people.csv", "companies": folder / "companies.csv"}
    PEOPLE.to_csv(paths["people"], index=False)
    COMPANIES.to_csv(paths["companies"], index=False)
    return paths


@pytest.mark.parametrize("key", [KEY, KEY + "-wrong"], ids=["right key", "wrong key"])
def test_no_command_shows_the_person_or_the_key(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
) -> None:
    """Every command on the canaries, over a real connection, with and without success."""
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", key)
    monkeypatch.setattr("gsprep.cli.review._IDLE_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    paths = _files(tmp_path)
    people, companies = str(paths["people"]), str(paths["companies"])
    with Store() as store, serve(make_app(store, access_key=KEY)) as server:
        commands = [
            ["run", people, "--companies", companies, "--to", server.url],
            ["run", people, "--companies", companies, "--to", server.url, "--json"],
            ["run", people, "--companies", companies, "--dry-run", "--max-rejected", "0"],
            ["upload", people, "--to", server.url],
            ["clean", people, "--region", "Mars"],
            ["clean", people],
            ["clean", people, "--dry-run"],
            ["clean", people, "--dry-run", "--json"],
            ["clean", people, "--changes", "log.csv", "--save-recipe", "recipe.yaml"],
            ["clean", people, "--recipe", "recipe.yaml"],
            ["clean", companies, "--recipe", "recipe.yaml"],
            ["revert", "cleaned.csv", "--changes", "log.csv"],
            ["revert", people, "--changes", companies],
            ["check", people, "--out", "checked", "--json"],
            ["check", people],
            ["map", people, "--out", "mapping.yaml"],
            ["map", people, "--json"],
            ["check", people, "--mapping", "mapping.yaml", "--out", "mapped"],
            ["check", companies, "--mapping", "mapping.yaml"],
            ["match", people, "--companies", companies],
            ["match", people, "--companies", people],
            ["match", people, "--companies", companies, "--explain", "1"],
            ["match", people, "--companies", companies, "--explain", "zaphod"],
            ["evaluate", "out/decisions.csv", "--truth", people],
            ["evaluate", people, "--truth", people],
            ["fit", people, "--companies", companies, "--answers", people, "--out", "f.yaml"],
            ["review", "out", "--xlsx", "review.xlsx"],
            ["review", "out", "--read", "review.xlsx"],
            ["review", "out", "--read", people],
            ["review", "out", "--answers", people, "--json"],
            ["review", "out", "--companies", companies, "--no-browser", "--by", "maria"],
        ]
        if key != KEY:
            # The key is shown to the tenant alone; a review reads what a stopped run wrote.
            commands = [one for one in commands if server.url in one or one[0] == "review"]
        codes = [run_command(words) for words in commands]
    assert codes[:2] == ([1, 1] if key == KEY else [4, 4])
    said = "".join(capsys.readouterr()).replace(str(tmp_path), "")
    clean_of_canaries(said, "screen", ON_SCREEN)
    for path in tmp_path.rglob("*"):
        if path.suffix in {".html", ".json", ".yaml"}:
            clean_of_canaries(path.read_text(encoding="utf-8"), path.name)
        known = {".csv", ".xlsx", ".html", ".json", ".yaml", ".lock"}
        assert path.is_dir() or path.suffix in known


def test_the_review_page_tells_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows the person; its addresses, its errors, the logs and the screen do not."""
    person = {"Email": EMAIL, "Name": "Zaphodine Quuxberger", "CompanyName": "Xylocopa"}
    rest = ("candidate_1", "candidate_2_id", "candidate_2", "reason", "answer")
    review = pd.DataFrame([{"row_id": "1", **person, "candidate_1_id": ACME}]).assign(
        **dict.fromkeys(rest)
    )
    write_table(review, tmp_path / "review.csv")
    answers = tmp_path / "answers.csv"
    session = session_of(read_folder(tmp_path), answers, None, Reviewer("maria"))
    listener = socket.create_server(("127.0.0.1", 0))
    access = Access(listener.getsockname()[1])
    with (
        Server(make_page(session, access, Presence(60)), listener),
        httpx.Client(
            base_url=access.origin, headers={"Origin": access.origin}, timeout=300
        ) as client,
    ):
        client.get(access.address)
        page = client.get("/people/1").text
        assert "Zaphodine" in page
        seen = page.partition('name="seen" value="')[2].partition('"')[0]
        data = {"choice": "1", "scope": "email", "seen": seen, "note": "overlord"}
        replies = [client.post("/people/1", data=data)]
        answers.write_text(f"kind,value,Company_ID,answer\nmoonbase,{EMAIL},,x\n", encoding="utf-8")
        replies += [client.get("/people/1"), client.get(f"/people/{EMAIL}")]
        client.post("/people/1/search", data={"text": EMAIL})
    for reply in replies:
        clean_of_canaries(f"{reply.headers} {reply.text}", "page")
    clean_of_canaries("".join(capsys.readouterr()), "screen")


BROKEN = [
    pytest.param("Email,FirstName\nzaphodine@xylocopa.com,quuxberger,overlord\n", id="too long"),
    pytest.param('Email,FirstName\nzaphodine@xylocopa.com,"quux\nberger,x\n', id="open quote"),
    pytest.param("zaphodine@xylocopa.com,Quuxberger\nzaphodine@xylocopa.com,x\n", id="no header"),
    pytest.param("row_id,Email\nzaphodine,a@b.com\nzaphodine,c@d.com\n", id="repeated row_id"),
    pytest.param("Moon\0,Email\nzaphodine\0,quuxberger\n", id="NUL"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_no_broken_file_is_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GsprepError) as failure:
        read_table(path)
    clean_of_canaries(chain(failure.value), "error")


def accusing(request: httpx.Request) -> httpx.Response:
    """Refuse every record of a call in words that repeat all that it says."""
    sent = json.loads(request.content)["records"]
    records = [
        {
            "record": record,
            "rowNumber": number,
            "operationStatus": "FAILURE",
            "error": {
                "details": [
                    {
                        "fieldName": "Email",
                        "values": {"Email": record["Email"]},
                        "errors": [{"code": "E1", "message": f"{record} is wrong"}],
                    }
                ]
            },
        }
        for number, record in enumerate(sent, 1)
    ]
    return httpx.Response(200, json={"result": True, "data": {"records": records}})


@pytest.mark.parametrize(
    "service",
    [*(tuple(one.values)[:2] for one in SERVICES), accusing],
    ids=lambda one: str(one)[:20],
)
def test_nothing_of_a_person_or_the_key_stands_in_the_ledger(service: Any, tmp_path: Path) -> None:
    """Not in its file, whatever the service says, nor under the name of any file beside it."""
    transport = httpx.MockTransport(accusing) if service is accusing else failing(*service)
    with (
        Ledger(tmp_path / "home") as ledger,
        Client("acme", KEY, transport=transport, limits=limits(), ledger=ledger) as client,
    ):
        options = RunOptions(keep=LedgerOptions(ledger=ledger, run="a run"))
        result = run(PEOPLE, COMPANIES, client=client, options=options)
    assert len(result.people) == len(PEOPLE)
    for path in (tmp_path / "home").rglob("*"):
        clean_of_canaries(str(path.relative_to(tmp_path)), "a file's name")
        if path.is_file():
            clean_of_canaries(path.read_bytes().decode("latin-1"), str(path))
