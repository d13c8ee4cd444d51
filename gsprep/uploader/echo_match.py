"""Match of echoed records to the records sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.calls.json_types import as_text, id_text, texts_in
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def echo_of(element: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record that a reply echoes, empty if it echoes none."""
    record = element.get("record")
    return record if isinstance(record, dict) else {}


@dataclass(frozen=True, slots=True)
class Keys:
    """The persons of the records of a call, by position; None where none was sent.

    Attributes:
        twins: the other values of persons who share an address, by position.
    """

    emails: Sequence[str | None]
    gsids: Sequence[str | None]
    twins: Mapping[int, SharedEmail] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, sent: Sequence[Mapping[str, object]]) -> Keys:
        """Return the persons of the records ``sent``."""
        emails, gsids, compared = [], [], []
        for one in sent:
            email = as_text(one.get("Email"))
            compared.append(caseless(email))
            emails.append(email if compared[-1] else None)
            gsids.append(as_text(one.get("Gsid")) or None)
        return cls(emails, gsids, _shared_emails(compared, sent))

    def __len__(self) -> int:
        return len(self.emails)

    def are_of(self, element: Mapping[str, Any], at: int) -> bool:
        """Return whether a reply echoes the person sent at a place, by e-mail or else by Gsid.

        A record that names its person by a lookup alone has neither, and nothing to compare; nor
        has a refusal without an echo. Of those with one address it is who is echoed best.
        """
        email, echo = self.emails[at], echo_of(element)
        if not echo and as_text(element.get("operationStatus")).upper() == "FAILURE":
            return True
        if email is not None:
            echoed = echo.get("Email")
            same = email == echoed or _comparable(email) == _comparable(echoed)
            return same and (at not in self.twins or self._is_echoed_best(echo, at))
        gsid, given = self.gsids[at], id_text(echo.get("Gsid"))
        return not gsid or not given or gsid == given

    def place_of(self, element: Mapping[str, Any]) -> int | None:
        """Return the place of the person echoed, None if the address is not that of one alone."""
        echoed = _comparable(echo_of(element).get("Email"))
        places = [at for at, email in enumerate(self.emails) if _comparable(email) == echoed]
        return places[0] if echoed and len(places) == 1 else None

    def _is_echoed_best(self, echo: Mapping[str, Any], at: int) -> bool:
        mine, places = self.twins[at].likeness(echo), self.twins[at].places
        return all(mine >= self.twins[place].likeness(echo) for place in places)


@dataclass(frozen=True, slots=True)
class SharedEmail:
    """Fields sent for a person who shares an address, and the places of all who do."""

    fields: Mapping[str, object]
    places: Sequence[int]

    def likeness(self, echo: Mapping[str, Any]) -> int:
        """Return how many texts of an echo are as they were sent."""
        names = {name for name, value in echo.items() if isinstance(value, str)} | set(self.fields)
        return sum(
            _comparable(echo.get(name)) == _comparable(self.fields.get(name)) for name in names
        )


def _shared_emails(
    compared: Sequence[str], sent: Sequence[Mapping[str, object]]
) -> Mapping[int, SharedEmail]:
    """Return those who share an address with others; "" is none."""
    if len(set(compared)) == len(compared):
        return {}
    places: dict[str, list[int]] = {}
    for at, email in enumerate(compared):
        places.setdefault(email, []).append(at)
    shared = [several for email, several in places.items() if email and len(several) > 1]
    return {at: SharedEmail(texts_in(sent[at]), several) for several in shared for at in several}


def is_same(email: str, other: str) -> bool:
    """Return whether two texts are one address: without case and blanks around it."""
    return _comparable(email) == _comparable(other)


def _comparable(email: object) -> str:
    return caseless(as_text(email))
