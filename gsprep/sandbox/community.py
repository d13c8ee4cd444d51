"""Customer Communities: members and content of several tenants, and days that change them.

Routes and names: the documents "Community API" and "User API" of api2-eu-west-1.insided.com, read
2026-11. No document has the call ``/user/activity``: its shape is that of a public client of 2021.
The path ``/community/NAME`` in front of them is the sandbox's: a tenant of the service is told by
its credential.
"""

from __future__ import annotations

import random
import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, request

from gsprep.sandbox.routes import is_key, plain
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


_BASE = "/community/<name>"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# Parameters "pageSize" and "page" of the documents: the default size and the largest.
_SIZE, _LARGEST = 25, 100
# Document of "List unified content": further topics are refused with 422.
_MOST_TOPICS = 10_000
# Public clients keep to this many calls in a minute; the documents name no limit.
CALLS_PER_MINUTE = 300
# The token endpoint's usual expires_in, in seconds.
_EXPIRES = 7_200.0
_FIRST_DAY = datetime(2026, 11, 2, 8, tzinfo=UTC)
# Path segments of the content types.
TYPES: Final[Mapping[str, str]] = {
    "article": "articles",
    "conversation": "conversations",
    "idea": "ideas",
    "productUpdate": "productUpdates",
    "question": "questions",
}
# Employers of the members; a domain is the name, with or without its legal form.
COMPANIES: Final = (
    "Brixvale", "Nortaqua", "Quelspar, Inc.", "Lumengard GmbH", "Tidorwell LLC", "Fenoxar Ltd",
)  # fmt: skip
# The same as records of a tenant, so that members find their company there.
EMPLOYERS: Final = tuple(
    {"Gsid": gsid("company", "community", name), "Name": name} for name in COMPANIES
)
_GIVEN = ("Ada", "Bruno", "Chen", "Dora", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas")
_SURNAMES = ("Abel", "Berg", "Costa", "Dvorak", "Eder", "Fontaine", "Garcia", "Haas", "Ivanov")
_RANKS = ("Newcomer", "Regular", "Expert")
_SUBJECTS = ("Import", "Reports", "Sign-in", "Export", "Dashboards", "Alerts", "Permissions")


@dataclass(slots=True)
class Community:
    """One tenant. Lists are in the order of the service's replies.

    Attributes:
        users: members; ``categories``, ``statuses``, ``topics``: as the service shows them.
        replies: by the content type and the id of their topic.
        activity: what members did, such as views.
        day: the number of days that passed.
        serial: the last number that an id was made of.
    """

    users: list[dict[str, Any]] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    topics: list[dict[str, Any]] = field(default_factory=list)
    replies: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    activity: list[dict[str, Any]] = field(default_factory=list)
    day: int = 0
    serial: int = 0

    def number(self) -> int:
        """Return a number that no id has yet."""
        self.serial += 1
        return self.serial


class Communities:
    """The communities of a sandbox, each made when it is first asked for; safe in threads.

    members: how many members a new one has.
    expires: for how many seconds a token is valid.
    per_minute: calls of one tenant in a minute.
    """

    def __init__(
        self, *, members: int = 120, expires: float = _EXPIRES, per_minute: int = CALLS_PER_MINUTE
    ) -> None:
        """Begin without any."""
        self.members, self.expires, self.per_minute = members, expires, per_minute
        self._lock = threading.RLock()
        self._tenants: dict[str, Community] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._calls: dict[str, list[float]] = {}

    def tenant(self, name: str) -> Community:
        """Return a tenant; one of the same name always begins the same."""
        with self._lock:
            if name not in self._tenants:
                self._tenants[name] = _new(name, self.members)
            return self._tenants[name]

    def next_day(self) -> None:
        """Change every tenant as a day would: some members come, change and go."""
        with self._lock:
            for name, one in self._tenants.items():
                _pass_a_day(one, random.Random(f"{name}/{one.day}"))  # noqa: S311  no secret

    def token(self, name: str, now: float) -> str:
        """Return a new token of a tenant."""
        token = secrets.token_urlsafe()
        with self._lock:
            self._tokens[token] = (name, now + self.expires)
        return token

    def allows(self, token: str, name: str, now: float) -> bool:
        """Return whether a token is one of this tenant and still valid."""
        with self._lock:
            of, until = self._tokens.get(token, ("", 0.0))
            return of == name and now < until

    def wait(self, name: str, now: float) -> float:
        """Count a call and return 0, or the seconds until one is allowed."""
        with self._lock:
            calls = [at for at in self._calls.get(name, ()) if now - at < 60]  # noqa: PLR2004  a minute
            self._calls[name] = calls
            if len(calls) >= self.per_minute:
                return 60 - (now - calls[0])
            calls.append(now)
            return 0.0


def add_community(
    app: Flask, communities: Communities, access_key: str | None, clock: Callable[[], float]
) -> None:
    """Add the calls of communities.

    access_key: the secret of every credential; None accepts each that is not blank.
    """

    @app.post(f"{_BASE}/oauth2/token")
    def community_token(name: str) -> Response:
        given = request.form
        if given.get("grant_type") != "client_credentials" or not _NAME.fullmatch(name):
            return plain({"error": "unsupported_grant_type"}, 400)
        is_right = is_key(given.get("client_secret", ""), access_key)
        if not is_right or not given.get("client_id"):
            return plain({"error": "invalid_client"}, 401)
        body = {"token_type": "Bearer", "expires_in": int(communities.expires), "scope": "read"}
        return plain({**body, "access_token": communities.token(name, clock())})

    def guarded(name: str) -> Community | Response:
        return _refused(communities, name, clock()) or communities.tenant(name)

    for add in (_add_members, _add_topics, _add_taxonomy):
        add(app, guarded)


def _refused(communities: Communities, name: str, now: float) -> Response | None:
    """Return the reply to a call that is not allowed."""
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    if word.lower() != "bearer" or not communities.allows(token, name, now):
        return plain({"message": "Unauthorized"}, 401)
    if not (seconds := communities.wait(name, now)):
        return None
    reply = plain({"message": "Too many requests"}, 429)
    reply.headers["Retry-After"] = str(int(seconds) + 1)
    return reply


def _add_members(app: Flask, guarded: Callable[[str], Community | Response]) -> None:
    @app.get(f"{_BASE}/user")
    def community_users(name: str) -> Response:
        if isinstance(one := guarded(name), Response):
            return one
        page, statistics = _page(one.users), {"count": len(one.users)}
        if request.args.get("_returnIterable", "").lower() in {"1", "true"}:
            return plain({"users": page, "statistics": statistics})
        return plain({**_numbered(page), "statistics": statistics})

    @app.get(f"{_BASE}/user/activity")
    def community_activity(name: str) -> Response:
        one = guarded(name)
        return one if isinstance(one, Response) else plain(_numbered(_page(one.activity)))


def _listed(one: Community | Response, rows: Callable[[Community], list[Any]]) -> Response:
    return one if isinstance(one, Response) else plain({"result": _page(rows(one))})


def _add_topics(app: Flask, guarded: Callable[[str], Community | Response]) -> None:
    @app.get(f"{_BASE}/v2/topics")
    def community_topics(name: str) -> Response:
        number, size = _place()
        if number * size > _MOST_TOPICS:
            return plain({"message": f"only the first {_MOST_TOPICS} topics can be queried"}, 422)
        return _listed(guarded(name), lambda one: _chosen(one.topics))

    @app.get(f"{_BASE}/v2/<segment>/<topic>/replies")
    def community_replies(name: str, segment: str, topic: str) -> Response:
        kind = next((kind for kind, path in TYPES.items() if path == segment), "")
        one = guarded(name)
        if not isinstance(one, Response) and (kind, topic) not in one.replies:
            return plain({"message": "Item not found"}, 404)
        return _listed(one, lambda found: found.replies[kind, topic])


def _add_taxonomy(app: Flask, guarded: Callable[[str], Community | Response]) -> None:
    @app.get(f"{_BASE}/v2/categories")
    def community_categories(name: str) -> Response:
        return _listed(guarded(name), lambda one: one.categories)

    @app.get(f"{_BASE}/v2/ideas/ideaStatuses")
    def community_idea_statuses(name: str) -> Response:
        return _listed(guarded(name), lambda one: one.statuses)


def _place() -> tuple[int, int]:
    """Return the page that is asked for and its size."""
    number = request.args.get("page", 1, type=int) or 1
    size = request.args.get("pageSize", _SIZE, type=int) or _SIZE
    return max(1, number), max(1, min(size, _LARGEST))


def _page(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    number, size = _place()
    return list(rows[(number - 1) * size : number * size])


def _numbered(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {str(number): row for number, row in enumerate(rows)}


def _chosen(topics: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the topics within the asked days, the latest first."""
    given = request.args
    for name in ("createdAt", "lastActivityAt"):
        first, last = given.get(f"{name}[from]", ""), given.get(f"{name}[to]", "9999")
        topics = [one for one in topics if first <= one[name][:10] <= last]
    by = given.get("sort", "lastActivityAt")
    return sorted(topics, key=lambda one: (one.get(by) or "", int(one["publicId"])), reverse=True)


def _at(day: int, rng: random.Random) -> datetime:
    """Return a moment of a day."""
    return _FIRST_DAY + timedelta(days=day, seconds=rng.randrange(36_000))


def _new(name: str, members: int) -> Community:
    rng, one = random.Random(name), Community()  # noqa: S311  no secret
    titles = ("News", "Getting started", "Ideas", "Questions")
    one.categories = [{"id": str(n), "name": t, "order": n} for n, t in enumerate(titles, 1)]
    kinds = (("Open", "open"), ("Planned", ""), ("Delivered", "delivered"), ("Closed", "closed"))
    one.statuses = [
        {"id": str(n), "name": title, "type": kind, "default": n == 1, "visible": True,
         "displayOrder": n, "backgroundColor": "ffffff", "textColor": "000000"}
        for n, (title, kind) in enumerate(kinds, 1)
    ]  # fmt: skip
    for _ in range(members):
        _add_user(one, rng)
    for _ in range(members // 3):
        _add_topic(one, rng)
    for _ in range(members):
        _add_reply(one, rng)
        _add_view(one, rng)
    return one


def _pass_a_day(one: Community, rng: random.Random) -> None:
    """Let members and content come, change and go."""
    one.day += 1
    for row in rng.sample(one.users, min(3, len(one.users))):
        row["rank_id"] = 1 + row["rank_id"] % len(_RANKS)
        row["rank_name"] = _RANKS[row["rank_id"] - 1]
        row["lastactivity"] = int(_at(one.day, rng).timestamp())
    for row in rng.sample(one.users, min(2, len(one.users))):
        one.users.remove(row)
    for row in rng.sample(one.topics, min(1, len(one.topics))):
        one.topics.remove(row)
        one.replies.pop((row["contentType"], row["id"]), None)
    for _ in range(3):
        _add_user(one, rng)
        _add_topic(one, rng)
        _add_reply(one, rng)
        _add_view(one, rng)
    one.statuses[-1]["name"] = f"Closed ({one.day})"


def _add_user(one: Community, rng: random.Random) -> None:
    number = one.number()
    given, surname = rng.choice(_GIVEN), rng.choice(_SURNAMES)
    employer = rng.choice((*COMPANIES, *COMPANIES, "", "Ostravik Partners"))
    # A legal form is the last word of a name.
    domain = f"{re.split(r'[ ,]', employer)[0].lower()}.com" if employer else "gmail.com"
    joined = _at(one.day - (0 if one.day else rng.randrange(400)), rng)
    profile = {"First name": given, "Last name": surname, "Company": employer}
    one.users.append({
        "userid": number,
        "username": f"{given}{number}",
        "email": f"{given}.{surname}.{number}@{domain}".lower(),
        "rank_id": 1,
        "rank_name": _RANKS[0],
        "joindate": int(joined.timestamp()),
        "lastactivity": int(joined.timestamp()),
        "lastvisit": int(joined.timestamp()),
        "avatar": "",
        "usertitle": "",
        "topics": 0,
        "posts": 0,
        "likes": 0,
        "likes_given": 0,
        "reputation": 0,
        "is_moderator": 0,
        "_related": {"_related": {"userprofilefields": [
            {"id": str(n), "userid": str(number), "profilefieldid": str(n), "value": value,
             "profilefield_name": label}
            for n, (label, value) in enumerate(profile.items(), 1) if value
        ]}},
    })  # fmt: skip


def _author(one: Community, rng: random.Random) -> dict[str, str]:
    user = rng.choice(one.users)
    return {"id": str(user["userid"]), "username": user["username"], "avatar": ""}


def _add_topic(one: Community, rng: random.Random) -> None:
    kind, category = rng.choice(list(TYPES)), rng.choice(one.categories)
    created = _at(one.day - (0 if one.day else rng.randrange(1, 60)), rng).isoformat()
    name = one.number()
    status = rng.choice(one.statuses)["name"]
    one.replies[kind, str(name)] = []
    one.topics.append({
        "id": str(name),
        "publicId": str(one.number()),
        "contentType": kind,
        "title": f"{rng.choice(_SUBJECTS)} and {rng.choice(_SUBJECTS).lower()}",
        "content": "<p>Text of the topic</p>",
        "categoryId": category["id"],
        "categoryName": category["name"],
        "tags": ["howto"],
        "moderatorTags": [],
        "replyCount": 0,
        "likes": rng.randrange(9),
        "votes": rng.randrange(9) if kind == "idea" else 0,
        "trashed": False,
        "sticky": False,
        "author": _author(one, rng),
        "createdAt": created,
        "lastActivityAt": created,
        **({"ideaStatus": {"name": status}} if kind == "idea" else {}),
    })  # fmt: skip


def _add_reply(one: Community, rng: random.Random) -> None:
    topic = rng.choice(one.topics)
    replies = one.replies[topic["contentType"], topic["id"]]
    replied = max(_at(one.day, rng).isoformat(), topic["createdAt"])
    replies.append({
        "id": str(one.number()),
        "publicReplyId": str(one.number()),
        "content": "<p>Text of the reply</p>",
        "author": _author(one, rng),
        "repliedAt": replied,
        "trashed": False,
        "highlighted": False,
        "likedBy": [],
    })  # fmt: skip
    topic["replyCount"] = len(replies)
    topic["lastActivityAt"] = max(replied, topic["lastActivityAt"])


def _add_view(one: Community, rng: random.Random) -> None:
    user, topic = rng.choice(one.users), rng.choice(one.topics)
    one.activity.append(
        {
            "event_uuid": f"{len(one.activity):08x}-0000-4000-8000-{one.day:012x}",
            "event_type": "topic.view",
            "module": topic["contentType"],
            "time_added": _at(one.day, rng).isoformat(),
            "user": {"userid": str(user["userid"]), "username": user["username"]},
            "pageinfo": {"post_id": topic["publicId"]},
        }
    )
