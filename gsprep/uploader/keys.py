"""Whom replies are about: the person echoed is compared with the one that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from gsprep.uploader.reading import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER, _RECORD, _EMAIL = itemgetter("rowNumber"), itemgetter("record"), itemgetter("Email")


@dataclass(frozen=True, slots=True)
class Keys:
    """Whom the records of a call are about, by their places; None where that is not sent."""

    emails: Sequence[str | None]
    gsids: Sequence[str | None]

    @classmethod
    def of(cls, sent: Sequence[Mapping[str, object]]) -> Keys:
        """Return whom records are about, of which ``sent`` are the own fields."""
        return cls(
            [as_text(one.get("Email")) if _comparable(one.get("Email")) else None for one in sent],
            [as_text(one.get("Gsid")) or None for one in sent],
        )

    def __len__(self) -> int:
        return len(self.emails)

    def are_of(self, element: Mapping[str, Any], at: int) -> bool:
        """Tell whether a reply echoes the person sent at a place, by e-mail or else by Gsid.

        A record that names its person by a lookup alone has neither, and nothing to compare.
        """
        email, echo = self.emails[at], as_object(element.get("record"))
        if email is not None:
            echoed = echo.get("Email")
            return email == echoed or _comparable(email) == _comparable(echoed)
        gsid, given = self.gsids[at], as_text(echo.get("Gsid"))
        return not gsid or not given or gsid == given

    def in_a_row(self, elements: Sequence[Any], before: int = 0) -> int | None:
        """Return the place of the first of several replies that are numbered one after the other.

        ``before`` is what is added to a number. None says nothing: then each is looked at alone.
        """
        try:
            numbers = list(map(_NUMBER, elements))
            echoed = list(map(_EMAIL, map(_RECORD, elements)))
        except (KeyError, TypeError):
            return None
        if set(map(type, numbers)) != {int}:
            return None
        first = int(numbers[0])
        at = first - 1 + before
        emails = self.emails[at : at + len(elements)] if at >= 0 else []
        if len(emails) < len(elements) or numbers != list(range(first, first + len(elements))):
            return None
        return at if None not in emails and _are_same(emails, echoed) else None


def _are_same(emails: Sequence[object], echoed: Sequence[object]) -> bool:
    return emails == echoed or list(map(_comparable, emails)) == list(map(_comparable, echoed))


def _comparable(email: object) -> str:
    return as_text(email).strip().lower()
