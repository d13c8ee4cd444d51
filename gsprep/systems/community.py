"""Lists of a Customer Community: members, topics, replies, categories, idea statuses, views.

Paths, names and sizes: the documents "Community API" and "User API" of api2-eu-west-1.insided.com,
read 2026-11. They say nothing on views: ``/user/activity`` is what public clients call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gsprep.calls.limits import Window
from gsprep.calls.transport import shielded
from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.schemas.frames import cell_text
from gsprep.systems.system import Rows, SystemCalls, frame_of

if TYPE_CHECKING:
    Record = dict[str, str]

_TIMES = frozenset({"joindate", "lastactivity", "lastvisit", "lastpost"})
# Fields of a profile are named by each community; these names are usual.
PROFILE = {
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "company": ("company", "company name", "organisation", "organization", "employer"),
    "department": ("department",),
    "job_title": ("job title", "title", "role", "function"),
    "phone": ("phone", "phone number", "telephone", "mobile"),
    "country": ("country",),
}


def day_of(text: object) -> str | None:
    """Return the day (UTC) of a time, None if it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d}"


def flat(row: Mapping[str, Any]) -> Record:
    """Return a row as texts by column: ``author.id``, ``profile.Company``; lists joined by ;."""
    texts = ((name, cell_text(value)) for name, value in _leaves(row, ""))
    told = ((name, _moment(text) if name in _TIMES else text) for name, text in texts)
    record: Record = {name: text for name, text in told if text}
    profile = list(_profile(row))
    record |= {f"profile.{label}": value for label, value in profile}
    usual = {label.casefold(): value for label, value in profile}
    for name, labels in PROFILE.items():
        if (own := next((usual[label] for label in labels if label in usual), None)) is not None:
            record.setdefault(name, own)
    if isinstance(liked := row.get("likedBy"), list):
        record["likes"] = str(len(liked))
    return record


def _moment(text: str | None) -> str | None:
    """Return a time that is seconds since 1970 as ISO text; 0 is none, other text stays."""
    if text is None or not text.isdigit():
        return text
    try:
        return datetime.fromtimestamp(int(text), UTC).isoformat() if int(text) else None
    except (OverflowError, ValueError, OSError):
        return text


def _leaves(row: Mapping[str, Any], before: str) -> Iterable[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.") if not name.startswith("_") else ()
        elif not isinstance(value, list):
            yield f"{before}{name}", value
        elif not any(isinstance(one, dict | list) for one in value):
            yield f"{before}{name}", ";".join(filter(None, map(cell_text, value)))


def _profile(row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the fields of a member's profile: their labels and values."""
    within: Any = row
    while isinstance(within, dict) and "userprofilefields" not in within:
        within = within.get("_related")
    fields = within.get("userprofilefields") if isinstance(within, dict) else None
    for one in fields if isinstance(fields, list) else ():
        label = cell_text(one.get("profilefield_name")) if isinstance(one, dict) else None
        value = cell_text(one.get("value")) if isinstance(one, dict) else None
        if label and value:
            yield label, value


# Public clients keep to this limit; the documents name none.
WINDOWS = (Window(300, 60.0),)
# Parameter "pageSize": the default, and the largest size.
_USUAL_SIZE, _SIZE = 25, 100
# "Only the first 10,000 topics matching the filter can be queried".
_MOST_PAGES = 100
# A list that changes while it is read is read again, so often at most.
_PASSES = 4
# A system that ignores the number of a page returns the same page for ever.
_SAME_PAGES = 3
_SEGMENTS = {"productUpdate": "productUpdates"}
# Not found, or gone.
_NO_LIST = frozenset({404, 410})
_TREND = ("day", "new_users", "active_users", "topics", "replies", "views")


@dataclass(frozen=True, slots=True)
class _Listing:
    """One list: its path, the entry of the page that holds it, its key, its usual columns."""

    path: str
    entry: str
    key: str
    columns: tuple[str, ...]
    query: tuple[tuple[str, str], ...] = ()


_LISTINGS = {
    "users": _Listing(
        "/user", "users", "userid",
        (
            "userid", "email", "username", *PROFILE, "rank_id", "rank_name", "avatar",
            "usertitle", "joindate", "lastactivity", "lastvisit", "topics", "posts", "solved",
            "likes", "likes_given", "reputation", "is_moderator", "insided_sso_customeruid",
        ),
        (("_returnIterable", "1"),),
    ),
    "topics": _Listing(
        "/v2/topics", "result", "publicId",
        (
            "publicId", "id", "contentType", "title", "content", "publicLabel", "categoryId",
            "categoryName", "tags", "moderatorTags", "replyCount", "likes", "votes", "sticky",
            "trashed", "bestAnswer", "author.id", "author.username", "author.email",
            "ideaStatus.name",
            "createdAt", "lastActivityAt",
        ),
        (("sort", "createdAt"),),
    ),
    "categories": _Listing("/v2/categories", "result", "id", ("id", "name", "order")),
    "idea_statuses": _Listing(
        "/v2/ideas/ideaStatuses", "result", "id",
        (
            "id", "name", "type", "default", "visible", "displayOrder", "backgroundColor",
            "textColor",
        ),
    ),
    "replies": _Listing(
        "/v2/{}/{}/replies", "result", "publicReplyId",
        (
            "publicReplyId", "id", "topic", "contentType", "categoryName", "content", "author.id",
            "author.username", "author.email", "repliedAt", "trashed", "highlighted", "likes",
            "topicActivityAt",
        ),
    ),
    "views": _Listing(
        "/user/activity", "", "event_uuid",
        (
            "event_uuid", "event_type", "module", "time_added", "user.userid", "user.username",
            "user.email", "pageinfo.post_id",
        ),
    ),
}  # fmt: skip
LISTS = (*_LISTINGS, "trend")


class Community:
    """The lists of one tenant; each is read once, and kept as long as this object lives."""

    def __init__(self, calls: SystemCalls) -> None:
        """Read by these calls."""
        self.calls = calls
        self._kept: dict[str, Rows] = {}
        self._columns: dict[str, list[str]] = {}

    def columns(self, name: str) -> Sequence[str]:
        """Return the columns of a list, with those of its first page."""
        if name == "trend":
            return _TREND
        listing = _listing(name)
        if name not in self._columns:
            # Replies have no list of all.
            is_listed = name != "replies"
            page = shielded(lambda: self._page(listing, {}, 1)) if is_listed else []
            self._columns[name] = list(_named(listing, [flat(row) for row in page]))
        return self._columns[name]

    def rows(self, name: str, since: float | None = None) -> Rows:
        """Return the rows of a list, or at least those that changed since a time (epoch).

        Topics, and the replies to them, are asked for by the day of their last activity; the
        other lists are read whole. Raises InputError for a list that there is not, UploadError if
        the community does not answer to the end.
        """
        if name in self._kept:
            return self._kept[name]
        # No traceback of an error holds what was read by then.
        found = shielded(lambda: self._trend() if name == "trend" else self._read(name, since))
        if since is None:
            self._kept[name] = found
        return found

    def test(self) -> str:
        """Make a reading call and return a sentence."""
        self._page(_listing("categories"), {}, 1)
        return "the community answered, and its credential is right"

    def _read(self, name: str, since: float | None) -> Rows:
        listing = _listing(name)
        if name == "replies":
            return self._replies(listing, since)
        query = {} if since is None or name != "topics" else _from_day(since)
        records, is_complete = self._whole(listing, query)
        return self._framed(name, records, is_complete=is_complete)

    def _framed(self, name: str, records: list[Record], *, is_complete: bool) -> Rows:
        """Return records as rows, with the addresses of members, which only their list has."""
        listing = _listing(name)
        who = next((one for one in ("author", "user") if f"{one}.email" in listing.columns), None)
        if who is not None:
            users = self.rows("users").frame
            emails = dict(zip(users["userid"], users["email"].astype(object), strict=True))
            key = "author.id" if who == "author" else "user.userid"
            for record in records:
                email = emails.get(record.get(key))
                if isinstance(email, str):
                    record[f"{who}.email"] = email
        notes = () if is_complete else (_CHANGED,)
        return Rows(frame_of(records, list(_named(listing, records))), is_complete, notes)

    def _replies(self, listing: _Listing, since: float | None) -> Rows:
        topics, records, is_complete = self.rows("topics", since), [], True
        wanted = ("id", "publicId", "contentType", "categoryName", "lastActivityAt", "replyCount")
        columns = [topics.frame[name].astype(object) for name in wanted]
        for name, public, kind, category, active, count in zip(*columns, strict=True):
            if count == "0" or not isinstance(name, str) or not isinstance(kind, str):
                continue
            found, is_whole = self._of_topic(listing, kind, name)
            is_complete &= is_whole
            shared = {
                "topic": public, "contentType": kind, "categoryName": category,
                "topicActivityAt": active,
            }  # fmt: skip
            records += [{**one, **shared} for one in found]
        whole = is_complete and topics.is_complete
        return self._framed("replies", records, is_complete=whole)

    def _of_topic(self, listing: _Listing, kind: str, name: str) -> tuple[list[Record], bool]:
        """Return the replies to a topic; none if the topic was deleted meanwhile."""
        segment = _SEGMENTS.get(kind, f"{kind}s")
        if not (segment.isalnum() and name.isalnum()):
            raise ReplyError("the community's reply has a topic without a valid id")
        path = listing.path.format(segment, name)
        try:
            return self._whole(_Listing(path, "result", listing.key, ()), {})
        except RejectedError as refusal:
            if refusal.status not in _NO_LIST:
                raise
            return [], True

    def _whole(self, listing: _Listing, query: Mapping[str, str]) -> tuple[list[Record], bool]:
        """Return all rows of a list, and whether these are sure to be all.

        A row moves to another page when rows before it come or go, and one that moves to a page
        before is not seen. So a list of several pages is read until two reads give the same rows:
        had one of them missed a row because another one went, the other would lack that one.
        """
        whole: dict[str, Record] = {}
        before: set[str] | None = None
        for _ in range(_PASSES):
            found, pages = self._pass(listing, query)
            whole |= found
            if pages == 1 or before == set(found):
                return list(found.values()), True
            before = set(found)
        return list(whole.values()), False

    def _pass(self, listing: _Listing, query: Mapping[str, str]) -> tuple[dict[str, Record], int]:
        """Read all pages once; return the rows by key, and the number of pages."""
        found: dict[str, Record] = {}
        asked, number, pages, same = dict(query), 1, 0, 0
        last: list[str | None] = []
        while True:
            rows = self._page(listing, asked, number)
            records = [flat(row) for row in rows]
            pages += 1
            for record in records:
                # A row without a key is rejected later, not lost here.
                found[record.get(listing.key) or f"\0{len(found)}"] = record
            keys = [record.get(listing.key) for record in records]
            same = same + 1 if keys and keys == last else 0
            last = keys
            if same == _SAME_PAGES:
                raise ReplyError("the community returns the same page again and again")
            # A page may be smaller than asked for, but not than the usual size. What a reply names
            # as the number of rows may be that of the page, so it does not count.
            if not rows or (len(rows) < _USUAL_SIZE and listing.entry):
                return found, pages
            number += 1
            if listing.path == "/v2/topics" and number > _MOST_PAGES:
                asked, number = _earlier(asked, rows), 1

    def _page(
        self, listing: _Listing, query: Mapping[str, str], number: int
    ) -> list[Mapping[str, Any]]:
        """Return the rows of a page."""
        size = {"page": str(number), "pageSize": str(_SIZE)}
        body = self.calls.get(listing.path, {**dict(listing.query), **query, **size})
        rows = _rows_of(body, listing.entry)
        if not all(isinstance(one, dict) for one in rows):
            raise ReplyError(_NOT_DOCUMENTED)
        return rows

    def _trend(self) -> Rows:
        """Return what happened on each day (UTC)."""
        users, topics, replies = (self.rows(name) for name in ("users", "topics", "replies"))
        counts: dict[str, Counter[str]] = {}
        active: dict[str, set[str]] = {}

        def note(rows: Rows, moment: str, what: str, who: str | None = None) -> None:
            whose = rows.frame[who or moment].astype(object)
            for at, name in zip(rows.frame[moment].astype(object), whose, strict=True):
                if (day := day_of(at)) is None:
                    continue
                counts.setdefault(day, Counter())[what] += 1
                if who is not None and isinstance(name, str):
                    active.setdefault(day, set()).add(name)

        note(users, "joindate", "new_users")
        note(topics, "createdAt", "topics", "author.id")
        note(replies, "repliedAt", "replies", "author.id")
        views = self._views()
        note(views, "time_added", "views", "user.userid")
        lines = [
            {"day": day, "active_users": str(len(active.get(day, ())))}
            | {name: str(counts[day][name]) for name in ("new_users", "topics", "replies", "views")}
            for day in sorted(counts)
        ]
        whole = all(rows.is_complete for rows in (users, topics, replies, views))
        return Rows(frame_of(lines, _TREND), whole, views.notes)

    def _views(self) -> Rows:
        """Return the views; none, with a note, from a community that does not list them."""
        try:
            return self.rows("views")
        except RejectedError as refusal:
            if refusal.status not in _NO_LIST:
                raise
            none = frame_of([], _LISTINGS["views"].columns)
            return Rows(none, notes=("the community lists no views, so none are counted",))


def _listing(name: str) -> _Listing:
    if name not in _LISTINGS:
        raise InputError(f"a community has no list {name}: it has {', '.join(LISTS)}")
    return _LISTINGS[name]


_NOT_DOCUMENTED = "the community's reply does not have the documented format"


def _rows_of(body: object, entry: str) -> list[Any]:
    """Return the rows of a page; ReplyError if it has none and no place for them.

    Some lists are objects whose names are numbers; without rows these may be empty lists.
    """
    if isinstance(body, list):
        return body
    named = body if isinstance(body, dict) else {}
    rows = named.get(entry)
    if isinstance(rows, list):
        return rows
    numbered = [one for name, one in named.items() if name.isdigit()]
    is_empty = isinstance(body, dict) and ("statistics" in named or (not entry and not named))
    if rows is not None or not (numbered or is_empty):
        raise ReplyError(_NOT_DOCUMENTED)
    return numbered


def _from_day(since: float) -> dict[str, str]:
    """Return the filter of topics that were active since a time, in any time zone."""
    day = datetime.fromtimestamp(since, UTC) - timedelta(days=1)
    return {"lastActivityAt[from]": f"{day:%Y-%m-%d}"}


def _earlier(asked: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the query of the topics that were created up to the day of the last one."""
    day = day_of(cell_text(rows[-1].get("createdAt")))
    if day is None or asked.get("createdAt[to]") == day:
        raise ReplyError(
            "the community has more than 10,000 topics on one day, and lists no more than these"
        )
    return {**asked, "createdAt[to]": day}


def _named(listing: _Listing, records: Iterable[Record]) -> dict[str, None]:
    """Return the usual columns and those of the records, in order."""
    own = (name for record in records for name in record)
    return dict.fromkeys([*listing.columns, *own])


_CHANGED = (
    "the community changed while it was read: no row counts as missing before the next full read"
)
