"""Match of echoed records to the records sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from gsprep.calls.json_types import as_count, as_text, id_text, texts_in
from gsprep.errors import ReplyError
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def echo_of(element: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record that a reply echoes, or is; empty if it echoes none."""
    record = element.get("record")
    if record is None and {"Email", "Gsid"} & element.keys():
        return element
    return record if isinstance(record, dict) else {}


@dataclass(frozen=True, slots=True)
class Keys:
    """The persons of the records of a call, by position; None where none was sent.

    Attributes:
        twins: what persons who share an address were sent with, by position; "" for what only
            others of that address have.
        places: the position of each address, and of each Gsid without one, that one person has.
    """

    emails: Sequence[str | None]
    gsids: Sequence[str | None]
    twins: Mapping[int, Mapping[str, str]] = field(default_factory=dict, repr=False)
    places: dict[str, int | None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Index the persons."""
        for at, (email, gsid) in enumerate(zip(self.emails, self.gsids, strict=True)):
            if name := _comparable(email) or gsid:
                self.places[name] = None if name in self.places else at

    @classmethod
    def of(cls, sent: Sequence[Mapping[str, object]]) -> Keys:
        """Return the persons of the records ``sent``."""
        emails, gsids, compared = [], [], []
        for one in sent:
            email = as_text(one.get("Email"))
            compared.append(_comparable(email))
            emails.append(email if compared[-1] else None)
            gsids.append(as_text(one.get("Gsid")) or None)
        return cls(emails, gsids, _twins(compared, sent))

    def __len__(self) -> int:
        return len(self.emails)

    def are_of(self, element: Mapping[str, Any], at: int) -> bool:
        """Return whether a reply echoes the person sent at a place, by e-mail or else by Gsid.

        A record that names its person by a lookup alone has neither, and nothing to compare; nor
        has a refusal without an echo. Of those with one address it is none who was sent with
        another value than is echoed.
        """
        email, echo = self.emails[at], echo_of(element)
        if not echo and as_text(element.get("operationStatus")).upper() == "FAILURE":
            return True
        if email is not None:
            echoed = echo.get("Email")
            same = email == echoed or _comparable(email) == _comparable(echoed)
            sent = self.twins.get(at, {}).items()
            return same and all(n not in echo or _comparable(echo[n]) == text for n, text in sent)
        gsid, given = self.gsids[at], id_text(echo.get("Gsid"))
        return not gsid or not given or gsid == given

    def place_of(self, element: Mapping[str, Any]) -> int | None:
        """Return the place of the person echoed, None if it is not one alone of those sent."""
        echo = echo_of(element)
        return self.places.get(_comparable(echo.get("Email")) or id_text(echo.get("Gsid")))


def _twins(
    compared: Sequence[str], sent: Sequence[Mapping[str, object]]
) -> Mapping[int, Mapping[str, str]]:
    """Return what those were sent with who share an address with others; "" is no address."""
    if len(set(compared)) == len(compared):
        return {}
    places: dict[str, list[int]] = {}
    for at, email in enumerate(compared):
        places.setdefault(email, []).append(at)
    found: dict[int, Mapping[str, str]] = {}
    for shared in (several for email, several in places.items() if email and len(several) > 1):
        names = dict.fromkeys(name for at in shared for name in texts_in(sent[at]))
        found |= {at: {n: _comparable(sent[at].get(n)) for n in names} for at in shared}
    return found


def is_same(email: str, other: str) -> bool:
    """Return whether two texts are one address, whatever their case and Unicode normal form."""
    return _comparable(email) == _comparable(other)


def _comparable(email: object) -> str:
    text = caseless(as_text(email))
    return text if text.isascii() else normalize("NFC", text)


class Answered:
    """The records of a call that are answered, and what is not to be believed.

    Attributes:
        strange: how many replies are about none of the records.
    """

    def __init__(self, sent: Keys) -> None:
        """Begin without a reply."""
        self._sent = sent
        self._answered = bytearray(len(sent))
        # How many records the files before may have had.
        self._ends = [0]
        # Whether numbers begin with 0, and the records that only their numbers tell.
        self._from_0 = 0
        self._by_number: set[int] = set()
        self._wrong: set[int] = set()
        self.strange = 0

    @property
    def doubtful(self) -> set[int]:
        """The records, counted from 1, answered twice or under another person's number.

        Numbers alone say too little where some are missing: the others may be counted otherwise.
        """
        return self._wrong | (self._by_number if self.missing or self.strange else set())

    @property
    def missing(self) -> int:
        """How many records have no reply that is believed."""
        return self._answered.count(0)

    def take(
        self, elements: Sequence[Mapping[str, Any]], total: int = 0
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield those replies of a call, or of a file, that are believed, each with its place.

        ``total`` is how many records the file says it has, which may be those of all files.
        """
        numbers = [as_count(one.get("rowNumber")) for one in elements]
        persons = list(map(self._sent.place_of, elements))
        begin, highest = (
            self._begin(numbers, persons),
            self._from_0 + max((n for n in numbers if n), default=0),
        )
        for number, person, element in zip(numbers, persons, elements, strict=True):
            at = person if begin is None else None if number is None else begin + number - 1
            if at is None or not 0 <= at < len(self._sent):
                self.strange += 1
            elif self._answered[at] or not self._sent.are_of(element, at):
                self._wrong.add(at + 1)
            else:
                self._answered[at] = True
                if person is None and self._sent.emails[at] is not None:
                    self._by_number.add(at + 1)
                yield at, element
        # A file that leaves out its last record still says how many it has.
        ends = self._ends if begin is None else [begin]
        self._ends = sorted(
            {end + length for end in ends for length in (highest, max(highest, total))}
        )

    def _begin(self, numbers: Sequence[int | None], persons: Sequence[int | None]) -> int | None:
        """Return the place of number 1, None if there are no numbers.

        The pages do not say whether numbers begin again in each file. The persons tell, if all
        agree; otherwise it is the beginning that most of them fit. Where no person tells, numbers
        that were used before begin again.
        """
        given = [number for number in numbers if number is not None]
        if not given:
            return None
        self._from_0 |= 0 in given
        begins = Counter(
            place - number + 1
            for number, place in zip(numbers, persons, strict=True)
            if number is not None and place is not None
        )
        if len(begins) == 1:
            return next(iter(begins))
        again = min(given) + self._from_0 <= self._ends[-1]
        usual = sorted({end + self._from_0 for end in (0, *self._ends)}, reverse=again)
        return max(usual, key=lambda begin: begins[begin])

    def error(self, of: str) -> ReplyError:
        """Return what is wrong; ``of`` are the results, in words."""
        told = {
            f"leave out {self.missing:,} of {len(self._sent):,} records": self.missing,
            f"contradict themselves about {len(self.doubtful):,}": self.doubtful,
            f"name {self.strange:,} that were not sent": self.strange,
        }
        words = " and ".join(text for text, wrong in told.items() if wrong)
        error = ReplyError(f"{of} {words}. Check these records in Gainsight")
        error.doubtful = tuple(sorted(self.doubtful))
        return error
