"""People of a run compared with existing people, and with those of earlier runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cleaning.clean import clean_text
from gsprep.lazy import lazy_module
from gsprep.ledger.runs import LinkLine
from gsprep.results import Checked, Linked
from gsprep.schemas.frames import ROW_ID, line_columns, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.schemas.same_key import comparable_key
from gsprep.validation.findings import findings_on
from gsprep.values.mailbox import is_role_mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandera.pandas as pa

    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.runs import Link
    from gsprep.schemas.frames import Frame
    from gsprep.schemas.objects import Schemas
    from gsprep.unification.duplicates import row_links, updating
    from gsprep.unification.duplicates.updating import Updates, Updating
else:
    # Most runs are compared with no one.
    row_links = lazy_module("gsprep.unification.duplicates.row_links")
    updating = lazy_module("gsprep.unification.duplicates.updating")

_GSID, _EMAIL = "Gsid", "Email"
_SENT = ("stored", "unknown")


@dataclass(frozen=True, slots=True)
class Names:
    """What identifies rows, as keyed hashes.

    Attributes:
        keys: by row, of the key; None for a row whose key is incomplete.
        contents: by row, of all its cells.
        mailboxes: by row, of the address.
        shared: by row, whether the address is a role mailbox: it identifies no one.
    """

    keys: list[bytes | None]
    contents: list[bytes]
    mailboxes: list[bytes]
    shared: list[bool]

    @classmethod
    def of(cls, rows: pd.DataFrame, key: Sequence[str], names: KeyedHashes) -> Names:
        """Hash the rows of a text frame."""
        emails = [text if isinstance(text, str) else "" for text in rows.get(_EMAIL, [])]
        emails = emails or [""] * len(rows)
        left = {ROW_ID, _GSID, *line_columns(rows)}
        columns = sorted(str(name) for name in rows.columns if name not in left)
        return cls(
            keys=_keys(rows, key, names),
            contents=[names.of(f"row\0{cells}".encode()) for cells in _cells(rows, columns)],
            mailboxes=[names.of_all_of(email) if email else b"" for email in emails],
            shared=[is_role_mailbox(email) for email in emails],
        )

    def of_row(self, at: int) -> Iterator[bytes]:
        """Yield what identifies a row, the whole of it first."""
        yield self.contents[at]
        key = self.keys[at]
        if key is not None and not self.shared[at]:
            yield key


def _keys(rows: pd.DataFrame, key: Sequence[str], names: KeyedHashes) -> list[bytes | None]:
    if not all(name in rows for name in key):
        return [None] * len(rows)
    frame = comparable_key(rows, key)
    whole = frame.notna().all(axis=1).tolist()
    cells = frame.itertuples(index=False, name=None)
    return [
        names.of("\0".join(("person", *values)).encode()) if known else None
        for known, values in zip(whole, cells, strict=True)
    ]


def _cells(rows: pd.DataFrame, columns: Sequence[str]) -> Iterator[str]:
    for cells in rows[[*columns]].itertuples(index=False, name=None):
        both = zip(columns, cells, strict=True)
        yield "\0".join(f"{name}={cell}" for name, cell in both if isinstance(cell, str))


@dataclass(frozen=True, slots=True)
class Remembered:
    """The persons that rows were sent as to a tenant, in a ledger.

    Attributes:
        run: the name of the running run.
        complete: whether the existing people are all people of the tenant: who is not among them
            is there no more.
    """

    ledger: Ledger
    tenant: str
    run: str
    key: Sequence[str]
    complete: bool = False

    def earlier(self, rows: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
        """Return what earlier runs say of each row: see ``EARLIER_COLUMNS``."""
        mine = Names.of(rows, self.key, self.ledger.names)
        wanted = [name for at in range(len(rows)) for name in mine.of_row(at)]
        known = self.ledger.links(self.tenant).find(wanted)
        leaders = _leaders(rows, mine, known)
        theirs = _existing(old, self.key, self.ledger.names) if known else _Existing({}, set())
        lines = []
        for at in range(len(rows)):
            link = next((known[n] for n in mine.of_row(at) if n in known), None)
            person = None if link is None else theirs.of(link)
            new = link is not None and person is None and not self.complete
            leader = leaders.get(link.person) if new and link is not None else None
            lines.append((
                f"{row_links.NEW}{leader}" if leader is not None else person,
                link is not None and mine.keys[at] == link.person,
                mine.contents[at] in known,
                new and leader is None,
            ))  # fmt: skip
        found = pd.DataFrame(lines, columns=["person", "own", "sure", "lost"], index=rows.index)
        return found.astype({"person": "str", "own": bool, "sure": bool, "lost": bool})

    def keep(self, mine: Names, sent: pd.DataFrame) -> None:
        """Store which person each row is sent as.

        ``mine`` are the names of the rows by their own keys; ``sent`` are the same rows with the
        keys that are sent and the Gsids of existing people.
        """
        theirs = Names.of(sent, self.key, self.ledger.names)
        gsids = sent[_GSID].tolist() if _GSID in sent else [None] * len(sent)
        lines: dict[bytes, LinkLine] = {}
        unclear: set[bytes] = set()
        for at, gsid in enumerate(gsids):
            known = gsid if isinstance(gsid, str) else None
            person = theirs.keys[at] or self.ledger.names.of(f"gsid\0{known}".encode())
            for name in mine.of_row(at):
                line = LinkLine(name, mine.mailboxes[at], person, theirs.mailboxes[at], known)
                if lines.setdefault(name, line).person != person:
                    unclear.add(name)
        links = self.ledger.links(self.tenant)
        links.forget(unclear)
        kept = (line for name, line in lines.items() if name not in unclear)
        links.keep(kept, self.run, time.time())

    def settle(self, mine: Names, row_ids: pd.Series[str], outcomes: pd.DataFrame) -> None:
        """Store the Gsids of stored rows, and forget what this run noted of rows not stored.

        ``mine`` and ``row_ids`` are of the rows in one order; ``outcomes`` are by row_id: outcome
        and Gsid.
        """
        told = outcomes.set_index(ROW_ID).reindex(row_ids)
        stored: dict[bytes, str] = {}
        others: set[bytes] = set()
        for at, (outcome, gsid) in enumerate(zip(told["outcome"], told[_GSID], strict=True)):
            for name in mine.of_row(at):
                if outcome not in _SENT:
                    others.add(name)
                elif isinstance(gsid, str):
                    stored[name] = gsid
        others -= stored.keys()
        self.ledger.links(self.tenant).settle(stored.items(), others, self.run)


@contextmanager
def remembering(
    remembered: Remembered | None, own: pd.DataFrame, sent: pd.DataFrame, held: pd.Series[str]
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Store who rows are sent as, before they are; give what is called with their outcomes.

    ``own`` are the rows with their own keys, ``sent`` the same rows as they are sent, without those
    whose row_id is in ``held``.
    """
    if remembered is None:
        yield lambda _: None
        return
    own, sent = (rows[~rows[ROW_ID].isin(held)] for rows in (own, sent))
    mine = Names.of(own, remembered.key, remembered.ledger.names)
    remembered.keep(mine, sent)
    yield partial(remembered.settle, mine, own[ROW_ID])


def _leaders(rows: pd.DataFrame, mine: Names, known: Mapping[bytes, Link]) -> Mapping[bytes, str]:
    """Return by the person of a link the first row that has its key."""
    persons = {link.person for link in known.values()}
    leaders: dict[bytes, str] = {}
    for key, row in zip(mine.keys, rows[ROW_ID], strict=True):
        if key is not None and key in persons:
            leaders.setdefault(key, row)
    return leaders


@dataclass(frozen=True, slots=True)
class _Existing:
    """The Gsids of existing people, and by the hash of their key."""

    by_key: Mapping[bytes, str]
    gsids: set[str]

    def of(self, link: Link) -> str | None:
        """Return the existing person of a link; None if there is none."""
        return link.gsid if link.gsid in self.gsids else self.by_key.get(link.person)


def _existing(old: pd.DataFrame, key: Sequence[str], names: KeyedHashes) -> _Existing:
    gsids: Iterable[object] = old[_GSID].tolist()
    keys = _keys(old, key, names)
    both = zip(keys, gsids, strict=True)
    by_key = {key: gsid for key, gsid in both if key is not None and isinstance(gsid, str)}
    return _Existing(by_key, {gsid for gsid in gsids if isinstance(gsid, str)})


_TWO_PEOPLE, _NO_KEY = "GSPREP_TWOPEOPLE", "GSOBJ_VCUSTOM1012"


def compared(
    checked: Checked,
    existing: pd.DataFrame,
    how: Updating,
    of: tuple[pa.DataFrameSchema, Remembered | None],
) -> tuple[Checked, Updates]:
    """Return the checked rows, and the valid ones as they update existing people.

    ``of`` are the fields of people, and what rows were sent as before. Rows whose identifiers are
    those of two existing people are rejected: the service would update one of the two. Rows that
    lack only the key are valid if they are an existing person. Raises InputError for existing
    people without Gsid.
    """
    schema, remembered = of
    people = clean_text(text_frame(existing, of="the existing people"), schema).frame
    nameless = _only_without_key(checked)
    rows = pd.concat([checked.valid, checked.rejected[nameless]]).sort_index()
    if remembered is not None:
        how = replace(how, earlier=remembered.earlier(rows, people).reset_index(drop=True))
    updates = updating.updates_of(rows, people, how)
    identified = _identified(checked, nameless, updates)
    clash = rows[ROW_ID].isin(updates.conflicts)
    wrong = rows[clash]
    found = findings_on(wrong, fields_of(schema), how.key[0], _TWO_PEOPLE).assign(
        severity="error", message=wrong[ROW_ID].map(updates.conflicts)
    )
    own = checked.findings
    kept = own[~(own[ROW_ID].isin(identified) & (own["severity"] == "error"))]
    good = (rows[ROW_ID].isin(checked.valid[ROW_ID]) | rows[ROW_ID].isin(identified)) & ~clash
    bad = checked.rejected[~checked.rejected[ROW_ID].isin({*identified, *wrong[ROW_ID]})]
    sent = updates.persons[updates.persons[ROW_ID].isin(rows.loc[good, ROW_ID])]
    return (
        Checked(
            valid=rows[good],
            rejected=pd.concat([bad, wrong]).sort_index(),
            findings=pd.concat([kept, found.astype("str")], ignore_index=True),
        ),
        replace(updates, persons=sent, held=updates.held & set(sent[ROW_ID])),
    )


def _only_without_key(checked: Checked) -> pd.Series[bool]:
    """Return which rejected rows have no other error than a missing key."""
    errors = checked.findings[checked.findings["severity"] == "error"]
    others = errors.loc[errors["code"] != _NO_KEY, ROW_ID]
    return ~checked.rejected[ROW_ID].isin(others)


def _identified(checked: Checked, nameless: pd.Series[bool], updates: Updates) -> set[str]:
    """Return the rows without a key whose existing person was found: the Gsid replaces the key."""
    sent = updates.persons
    if "Gsid" not in sent:
        return set()
    found = set(sent.loc[sent["Gsid"].notna(), ROW_ID])
    return found & set(checked.rejected.loc[nameless, ROW_ID]) - set(updates.conflicts)


def linked_of(updates: Updates) -> Linked:
    """Return what was found, for the result of a run."""
    return Linked(updates.tables, updates.expected, updates.existing, updates.held)


def named_as_sent(
    associations: Sequence[Frame | None],
    people: tuple[pd.DataFrame, pd.DataFrame],
    schemas: Schemas,
    key: Sequence[str],
) -> list[pd.DataFrame | None]:
    """Return given associations, cleaned, which name their people as these are sent.

    ``people`` are those with their own keys, and as they are sent; ``associations`` are those with
    companies and with relationships.
    """
    of = (schemas.company_persons, schemas.relationship_persons)
    return [
        None
        if own is None
        else updating.renamed(clean_text(text_frame(own), schema).frame, *people, key)
        for own, schema in zip(associations, of, strict=True)
    ]
