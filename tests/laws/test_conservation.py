"""Nothing is lost and nothing is doubled, from the rows read to the rows the service holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
from every_dialect import pairwise
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from witness.dialect import Dialect
from witness.service import Service, serving

from gsprep.calls.limits import Limits
from gsprep.pipeline import run
from gsprep.run_options import RunOptions
from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import Limits as SandboxLimits
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant
from gsprep.schemas.frames import text_frame
from gsprep.unification.prepare import lacks_gsids, usable_companies
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from gsprep.results import RunResult
    from gsprep.sandbox.dialect import Dialect as Spoken

BOOK = read_rulebook()
GSIDS = ["1P02" + letter * 32 for letter in "ABCDE"]
# Own fields of this tenant are numbers, which only the service knows: a word there is refused.
TENANT = Tenant(custom_types={"Size__gc": "NUMBER"})

emails = st.sampled_from(
    [
        "ana@acme.com", "ANA@acme.com", " bo@bolt.io", "bo@bolt.io", "cy@gmail.com", "di@acme.com",
        "el@acme.co.uk", "broken@", "a b@acme.com", "two@@acme.com", "", " ", None,
    ]
)  # fmt: skip
person = st.fixed_dictionaries(
    {
        "Email": emails,
        "Name": st.sampled_from(["Ana Ruiz", "Bo", "", None, "=1+1", "李"]),
        "CompanyName": st.sampled_from(["Acme Inc", "acme", "Bolt GmbH", "Nowhere", None]),
        "Phone": st.sampled_from(["+1 415 555 0102", "4155550102", "ext", None]),
        "EmailOptOut": st.sampled_from(["yes", "false", "perhaps", None]),
        "Size__gc": st.sampled_from(["7", "7", "many", None]),
        "Active": st.sampled_from(["true", "1", "sometimes", None]),
    }
)
company = st.fixed_dictionaries(
    {
        "Gsid": st.sampled_from([*GSIDS, *GSIDS, "", None]),
        "Name": st.sampled_from(["Acme Inc", "Acme Inc.", "Bolt GmbH", "Zed", None]),
        "Domain": st.sampled_from(["acme.com", "bolt.io", "acme.com;acme.co.uk", None]),
        "Phone": st.sampled_from(["+14155550102", None]),
    }
)
association = st.fixed_dictionaries(
    {
        "Email": emails,
        "Company_ID": st.sampled_from([*GSIDS, "1P02" + "Z" * 32, "none", None]),
        "Title": st.sampled_from(["CEO", None]),
    }
)


@st.composite
def frames(draw: st.DrawFn, rows: Any, most: int) -> pd.DataFrame:
    """Draw a frame whose index means nothing: shuffled, repeated, or text."""
    lines = draw(st.lists(rows, min_size=1, max_size=most))
    index = draw(st.permutations(range(len(lines))))
    labels = draw(st.sampled_from([list(index), [0] * len(lines), [f"x{n}" for n in index]]))
    frame = pd.DataFrame(lines, index=labels)
    if draw(st.booleans()):
        frame["row_id"] = [f"r{n}" for n in index]
    return frame


options = st.builds(
    RunOptions,
    rulebook=st.just(BOOK),
    hold=st.sampled_from([(), ("no_match",), ("review", "no_match")]),
)


def done(store: Store, people: pd.DataFrame, companies: pd.DataFrame, **job: Any) -> RunResult:
    app = make_app(store, limits=SandboxLimits(per_minute=None, per_day=None))
    transport = httpx.WSGITransport(app=app)
    with Client("http://localhost", "key", transport=transport, limits=Limits(windows=())) as to:
        return run(people, companies, client=to, **job)


def counted(frame: pd.DataFrame) -> Counter[str]:
    return Counter(frame["outcome"])


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    people=frames(person, 12),
    companies=frames(company, 5),
    own=st.none() | frames(association, 6),
    how=options,
    known=st.integers(0, 5),
    spoken=st.sampled_from(pairwise()),
)
def test_every_row_has_one_outcome_and_the_sums_add_up(
    people: pd.DataFrame,
    companies: pd.DataFrame,
    own: pd.DataFrame | None,
    how: RunOptions,
    known: int,
    spoken: Spoken,
) -> None:
    """The laws of a whole run, for any people, companies and associations."""
    before = [frame.copy(deep=True) for frame in (people, companies) if frame is not None]
    with Store(tenant=TENANT, dialect=spoken) as store:
        usable, unusable = usable_companies(companies)
        store.add_companies(usable.head(known).to_dict("records"))
        result = done(store, people, companies, company_persons=own, options=how)
        held = {row["Gsid"]: row for row in store.persons.values()}
        links = {row["Gsid"] for row in store.company_persons}
    for frame, copy in zip((people, companies), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    _rows_are_conserved(people, result)
    _the_summary_adds_up(result)
    _associations_are_conserved(result, own)
    assert len(result.rejected_companies) == len(unusable)
    stored = result.people[result.people["outcome"] == "stored"]
    assert set(stored["Gsid"]) == set(held)
    for row in stored.to_dict("records"):
        assert held[row["Gsid"]]["Email"].lower() == row["Email"].lower()
    linked = result.company_persons
    assert set(linked.loc[linked["outcome"] == "stored", "Gsid"]) == links


def _rows_are_conserved(people: pd.DataFrame, result: RunResult) -> None:
    names = (
        people["row_id"].tolist()
        if "row_id" in people
        else [str(n) for n in range(1, len(people) + 1)]
    )
    assert result.people["row_id"].tolist() == names
    assert result.people["outcome"].notna().all()
    rejected = result.people.loc[result.people["outcome"] == "rejected", "row_id"].tolist()
    assert result.rejects["row_id"].tolist() == rejected
    assert result.checked.rejected["row_id"].tolist() == rejected
    valid = result.people.loc[result.people["outcome"] != "rejected", "row_id"].tolist()
    assert result.unified.decisions["row_id"].tolist() == valid
    assert result.rejects["codes"].notna().all()


def _the_summary_adds_up(result: RunResult) -> None:
    told, persons = result.summary, result.summary["persons"]
    assert told["read"] == len(result.people) == told["valid"] + told["rejected"]
    assert told["valid"] == told["match"] + told["review"] + told["no_match"]
    parts = ("stored", "refused", "unknown", "unsent")
    assert told["valid"] == sum(persons[part] for part in parts)
    assert persons["sent"] == told["valid"] - persons["unsent"]
    assert Counter({p: n for p, n in persons.items() if p != "sent" and n}) + Counter(
        {"rejected": told["rejected"]}
    ) == counted(result.people)
    for name in ("company_persons", "relationship_persons"):
        counts = {part: n for part, n in told[name].items() if part != "sent" and n}
        assert counts == counted(getattr(result, name))


def _associations_are_conserved(result: RunResult, own: pd.DataFrame | None) -> None:
    linked = result.company_persons
    matches = result.unified.decisions.query("verdict == 'match'")["row_id"].tolist()
    assert linked["row_id"].is_unique
    assert sorted(linked["row_id"]) == sorted([*matches, *(f"given:{n}" for n in _names(own))])
    assert len(result.relationship_persons) == 0


def _names(own: pd.DataFrame | None) -> list[str]:
    if own is None:
        return []
    return own["row_id"].tolist() if "row_id" in own else [str(n + 1) for n in range(len(own))]


@settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    people=frames(person, 12),
    companies=frames(company, 5),
    own=st.none() | frames(association, 6),
    dialect=st.sampled_from(Dialect.covering()),
    mode=st.sampled_from(["sync", "async"]),
)
def test_every_row_has_one_outcome_in_every_dialect(
    people: pd.DataFrame,
    companies: pd.DataFrame,
    own: pd.DataFrame | None,
    dialect: Dialect,
    mode: Any,
) -> None:
    """The laws of a whole run hold against a server of the document, however it answers."""
    # That server lists no companies, so the list has to bring a Gsid.
    assume(not lacks_gsids(text_frame(companies)))
    how = RunOptions(rulebook=BOOK, mode=mode, key=tuple(dialect.key.split(",")))
    service = Service(dialect)
    limits = Limits(windows=(), async_windows=(), sleep=lambda _: None)
    people, own = (None if one is None else one.assign(Location="Oslo") for one in (people, own))
    with serving(service) as url, Client(url, service.access_key, limits=limits) as client:
        result = run(people, companies, client=client, company_persons=own, options=how)
    _rows_are_conserved(people, result)
    _the_summary_adds_up(result)
    _associations_are_conserved(result, own)
    stored = result.people[result.people["outcome"] == "stored"]
    assert set(stored["Gsid"]) == {person["Gsid"] for person in service.tenant.people.values()}
    assert set(result.people["outcome"]) <= {"stored", "rejected"}
    linked = result.company_persons
    assert set(linked.loc[linked["outcome"] == "stored", "Gsid"]) == {
        row["Gsid"] for row in service.tenant.company_persons.values()
    }


@settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(people=frames(person, 8), companies=frames(company, 4), how=options)
def test_a_dry_run_decides_the_same_and_sends_nothing(
    people: pd.DataFrame, companies: pd.DataFrame, how: RunOptions
) -> None:
    """A rehearsal differs from the run in outcomes alone."""
    with Store(tenant=TENANT) as store:
        sent = done(store, people, companies, options=how)
        calls = sent.summary["calls"]
    dry = run(people, companies, options=how)
    assert counted(dry.people).keys() <= {"unsent", "rejected"}
    assert dry.summary["calls"] == calls
    assert dry.summary["status"] == "dry-run"
    pd.testing.assert_frame_equal(dry.unified.decisions, sent.unified.decisions)
    pd.testing.assert_frame_equal(dry.rejects, sent.rejects)
    pd.testing.assert_frame_equal(dry.review, sent.review)


@settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(people=frames(person, 8), companies=frames(company, 4))
def test_the_same_run_again_stores_nobody_twice(
    people: pd.DataFrame, companies: pd.DataFrame
) -> None:
    """Sending is an upsert: the second run finds every person the first one made."""
    how = RunOptions(rulebook=BOOK)
    with Store(tenant=TENANT) as store:
        first = done(store, people, companies, options=how)
        persons = store.persons
        second = done(store, people, companies, options=how)
        assert store.persons.keys() == persons.keys()
    assert first.people["Gsid"].equals(second.people["Gsid"])
    assert first.people["outcome"].equals(second.people["outcome"])
