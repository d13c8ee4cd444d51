"""Company index, and the features of which it is made."""

from __future__ import annotations

from ast import literal_eval
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from gsprep import __version__
from gsprep.display import counts_html, look_html, plural
from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.unification.answers import NO_ANSWERS, Answers, read_answers
from gsprep.unification.index_file import read_index, write_index
from gsprep.unification.known import NOTHING_KNOWN, Known, read_known
from gsprep.unification.rulebook import Rulebook

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from gsprep.unification.inverted_index import Lookup
    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Pairs

Key = TypeVar("Key")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one feature that people have, looked up in the company index."""

    codes: np.ndarray  # the position of each person's value, -1 if it is missing
    proposed: tuple[Pairs, ...]  # pairs of a distinct value's position and a company
    facts: Callable[[Pairs], Any]  # what the comparisons look at, for distinct pairs


@dataclass(frozen=True, slots=True)
class Feature(Generic[Key, Part]):
    """One kind of evidence, with all that is needed to compare people and companies by it."""

    kind: str  # its name
    # functions from the facts of pairs to how far a comparison holds, from 0 to 1. The
    # docstring of a comparison is the sentence that a reviewer reads
    comparisons: tuple[Callable[[Any], NDArray[Any]], ...]
    # the key of people; a function that several features have is called once
    key: Callable[[People], Key]
    look_up: Callable[[Key, CompanyIndex], Values]  # looks the distinct keys up in the index
    index: Callable[[Companies], Part]  # the part of the company index
    costly: bool = False  # whether finding the pairs that repeat takes less time than their facts


@dataclass(frozen=True, slots=True)
class CompanyIndex:
    """The companies by all their keys; can be given in place of the company frame.

    Companies are in the order of their Gsid, so that a tie goes to the smaller one.
    """

    rulebook: Rulebook  # the rulebook it was prepared with
    gsids: np.ndarray  # the Gsid of each company, by position
    names: np.ndarray  # the name of each company, by position
    parts: Mapping[str, Any]  # the part of each feature, by its kind
    counts: Mapping[str, int] = field(default_factory=dict)  # what is known of how many companies
    unread: tuple[str, ...] = ()  # sentences about cells that could not be read
    # for each ``Ground`` the probability from which a candidate is a match, and the log-odds that
    # are taken from one, simulated from these companies
    simulated: tuple[float, ...] | None = None
    discounts: tuple[float, ...] = ()
    invented: Any = None  # the people of the simulation: ``Invented``, or None
    compared: tuple[str, ...] = ()  # the columns they have there
    promise: tuple[str, ...] = ()  # a sentence about what the simulated lines rest on
    capped: tuple[str, ...] = ()  # a sentence about values of too many companies, if there are any
    known: Known = NOTHING_KNOWN  # people already linked, and what they share
    answers: Answers = NO_ANSWERS  # answers of reviewers
    source: str = ""  # a hash of the company frame
    not_loaded: tuple[str, ...] = ()  # a sentence about what the file of the index does not have
    look_at: ClassVar[Mapping[str, str]] = {"notes": "what was left out"}

    def __len__(self) -> int:
        return len(self.gsids)

    def __repr__(self) -> str:
        return f"CompanyIndex(companies={len(self)}, domains={self.counts.get('domains', 0)})"

    def _repr_html_(self) -> str:
        counts = {name: count for name, count in self.counts.items() if name != "domains"}
        return counts_html("CompanyIndex", counts, of=len(self)) + look_html(self)

    def part(self, feature: Feature[Any, Part]) -> Part:
        """Return the part of a feature."""
        return cast("Part", self.parts[feature.kind])

    def proposed_by(self, *lookups: Lookup) -> tuple[Pairs, ...]:
        """Return the pairs that values propose, none for a value of too many companies."""
        largest = self.rulebook.largest_block
        return tuple(one.index.pairs(one.at, largest=largest) for one in lookups)

    @property
    def match_from(self) -> float:
        """The lowest probability from which a candidate can be a match."""
        return self.rulebook.decide.line if self.simulated is None else min(self.simulated)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out, and about what the line of a match rests on."""
        count = self.known.left_out
        left_out = (
            f"{count} known {plural(count, 'line names', 'lines name')} a company that is "
            "not in the list: left out"
        )
        known = (left_out,) if count else ()
        return (
            *known,
            *self.unread,
            *self.capped,
            *self.answers.notes,
            *self.promise,
            *self.not_loaded,
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save the index in a file, for ``CompanyIndex.load``.

        The file has the companies and the rulebook, and no person: known people and answers are
        left out, and given again to ``load``. It is readable to its owner only (0600) and
        replaces an older one in one step.

        Args:
            path: the file.

        Returns:
            The path of the file.

        Raises:
            TableError: if the file cannot be written.
            InputError: for a rulebook that was changed to what no file can say.

        Examples:
            >>> import pathlib, tempfile
            >>> companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."]})
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "companies.index"
            >>> saved = gsprep.prepare(companies).save(path)
            >>> gsprep.CompanyIndex.load(saved)
            CompanyIndex(companies=1, domains=0)
        """
        target = Path(path).expanduser()
        left_out = {"known people": self.known is not NOTHING_KNOWN, "answers": bool(self.answers)}
        head = {
            "gsprep": __version__,
            "rulebook": _written(self.rulebook),
            "source": self.source,
            "left_out": [name for name, there in left_out.items() if there],
        }
        write_index(target, head, {name: getattr(self, name) for name in _SAVED})
        return target

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        rulebook: Rulebook | None = None,
        *,
        known: pd.DataFrame | None = None,
        answers: pd.DataFrame | None = None,
    ) -> CompanyIndex:
        """Return an index that ``save`` wrote; it decides the same, and takes less time to get.

        Args:
            path: the file.
            rulebook: the rulebook that the index has to be prepared with; None accepts any.
            known: people already linked, see ``prepare``; the file has none.
            answers: the answers of reviewers, see ``prepare``; the file has none.

        Returns:
            The index, with its rulebook. ``notes`` says if it had known people or answers when it
            was saved and they were not given again.

        Raises:
            InputError: if the file cannot be read, is damaged, was saved by another version of
                gsprep or with another rulebook; and for known lines and answers that cannot be
                used.

        Examples:
            >>> import pathlib, tempfile
            >>> companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."]})
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "companies.index"
            >>> index = gsprep.CompanyIndex.load(gsprep.prepare(companies).save(path))
            >>> persons = pd.DataFrame({"Email": ["ana@acme.com"]})
            >>> gsprep.unify(persons, index).decisions["company_name"].tolist()
            ['Acme, Inc.']
        """
        file = Path(path).expanduser()
        head, parts = read_index(file)
        again = "Prepare the companies again"
        if head["gsprep"] != __version__:
            raise InputError(
                f"{file} was saved by gsprep {head['gsprep']}, and this is {__version__}. {again}"
            )
        book = _read(head["rulebook"])
        if rulebook is not None and rulebook != book:
            raise InputError(f"{file} was prepared with another rulebook. {again} with this one")
        index = cls(rulebook=book, source=head["source"], **parts.all())
        given = {"known people": known is not None, "answers": answers is not None}
        missing = " and ".join(name for name in head["left_out"] if not given.get(name))
        told = f"the saved index had {missing}, which its file does not keep: give them to load"
        gsids = index.gsids
        return replace(
            index,
            known=read_known(None if known is None else _known_text(known), gsids, book),
            answers=NO_ANSWERS if answers is None else read_answers(answers, gsids.tolist()),
            not_loaded=(told,) if missing else (),
        )


def _written(rulebook: Rulebook) -> str:
    """Return a rulebook as a literal; its keys and numbers stay what they are, as in no JSON."""
    text = repr(rulebook.model_dump(exclude_unset=True))
    with suppress(ValueError):
        if _read(text) == rulebook:
            return text
    raise InputError(
        "the rulebook of this index was changed to what no file can say. Write it with "
        "write_rulebook, read it again, and prepare the companies with that"
    )


def _read(text: str) -> Rulebook:
    return Rulebook.model_validate(literal_eval(text), strict=True)


def _known_text(known: pd.DataFrame) -> pd.DataFrame:
    return text_frame(known, of="the known frame")


# Known people and answers are about people; the others are written by themselves.
_NOT_SAVED = frozenset({"rulebook", "known", "answers", "source", "not_loaded"})
_SAVED = tuple(one.name for one in fields(CompanyIndex) if one.name not in _NOT_SAVED)
