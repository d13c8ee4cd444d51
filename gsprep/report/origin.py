"""What a run read, where it sent, and its command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gsprep.display import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

SANDBOX = "rehearsal: sandbox, nothing left this computer"
DRY_RUN = "dry run: nothing was sent"


@dataclass(frozen=True, slots=True)
class Read:
    """A source that was read: the name of its file and sheet, "" if it has none.

    headers: the header in the file by field, where it has another name.
    """

    file: str = ""
    sheet: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def entries(self, rows: int) -> Mapping[str, Any]:
        """Return the entries of a summary about a source with so many rows."""
        told = {"file": self.file, "sheet": self.sheet, "rows": rows}
        return {**told, "headers": dict(self.headers)} if self.headers else told


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about a run outside its frames.

    people:    the source of the people.
    companies: the source of the companies.
    target:    where people are sent, in words; "" for the address of the client.
    command:   the command line, "" in Python.
    notes:     what was assumed or left out when the sources were read, in sentences.
    """

    people: Read = field(default_factory=Read)
    companies: Read = field(default_factory=Read)
    target: str = ""
    command: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OriginWords:
    """The same in words; "" for what is unknown."""

    people: str = ""
    companies: str = ""
    target: str = ""
    command: str = ""

    @property
    def is_rehearsal(self) -> bool:
        """Whether the people went to a sandbox."""
        return self.target == SANDBOX


class Address(Protocol):
    """A client that knows the address it sends to."""

    @property
    def base_url(self) -> str:
        """The origin of the tenant."""


def told_of(
    origin: Origin, client: Address | None, people: int, companies: int
) -> Mapping[str, Any]:
    """Return the entries of a summary about the origin of a run with so many rows."""
    target = origin.target or (DRY_RUN if client is None else client.base_url)
    return {
        "input": origin.people.entries(people),
        "companies": origin.companies.entries(companies),
        "target": target,
        "command": origin.command,
    }


def origin_in_words(summary: Mapping[str, Any]) -> OriginWords:
    """Return the origin of a run in words."""
    return OriginWords(
        people=in_words(summary["input"]),
        companies=in_words(summary["companies"], "companies"),
        target=str(summary["target"]),
        command=str(summary["command"]),
    )


def in_words(read: Mapping[str, Any], many: str = "rows") -> str:
    """Return what was read in words.

    >>> in_words({"file": "people.xlsx", "sheet": "May", "rows": 1200})
    'people.xlsx, sheet May, 1,200 rows'
    """
    one = "company" if many == "companies" else many.removesuffix("s")
    count = f"{read['rows']:,} {plural(read['rows'], one, many)}"
    sheet = f"sheet {read['sheet']}" if read["sheet"] else ""
    return ", ".join(filter(None, (read["file"], sheet, count)))
