"""Company index, the features of which it is made, and its files.

A file has a head of 64 bytes (what it is, and a hash of the rest) and an Arrow file of one row: a
list for each array, read without being parsed. What the arrays are is in the Arrow file's
metadata, so that a new part of the index needs no code here.
"""

from __future__ import annotations

import json
from ast import literal_eval
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep import __version__
from gsprep.atomic_files import replacing
from gsprep.display import counts_html, look_html, plural
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.schemas.frames import text_frame
from gsprep.unification.answers import NO_ANSWERS, Answers, read_answers
from gsprep.unification.known import NOTHING_KNOWN, Known, read_known
from gsprep.unification.rulebook import Rulebook
from gsprep.values.arrow import TEXT, Places, as_arrow, as_objects, bytes_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse
    from scipy.sparse import csr_matrix

    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Lookup, Pairs
else:
    sparse = lazy_module("scipy.sparse")

# The number changes with what a file holds, as when a class of it moves.
_KIND, _HEAD, _HASH = b"gsprep companies ", 64, 32
_MARK = _KIND + b"2\n"
_META = b"gsprep"
# Parts of the index are values of classes in this package.
_HOME = "gsprep.unification."
_SIMPLE = (str, int, float, bool, type(None))
# Objects are stored once each if at most one in so many is distinct.
_REPEATED = 4


def hash_of_frame(frame: pd.DataFrame) -> str:
    """Return a hash of a text frame: of its columns, their names, and the order of its rows."""
    whole = blake2b(digest_size=_HASH)
    for name in frame.columns:
        cells = as_arrow(frame[name])
        starts, data = bytes_of(cells)
        missing = pc.is_null(cells).to_numpy(zero_copy_only=False)
        whole.update(json.dumps([str(name), len(cells)]).encode())
        for part in (starts, data, missing):
            whole.update(np.ascontiguousarray(part).data)
    return whole.hexdigest()


def write_index(path: Path, head: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
    """Write the parts of an index, with a JSON document about them; the file is 0600.

    Raises TableError if the file cannot be written.
    """
    columns = _Arrays()
    document = {**head, "parts": {name: _stored(one, columns) for name, one in parts.items()}}
    lists = [pa.LargeListArray.from_arrays([0, len(one)], one) for one in columns]
    row = pa.record_batch(lists, names=[str(at) for at in range(len(lists))])
    row = row.replace_schema_metadata({_META: json.dumps(document)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, row.schema) as file:
        file.write_batch(row)
    content = sink.getvalue()
    with replacing(path) as draft, draft.open("wb") as target:
        target.write((_MARK.ljust(_HEAD - _HASH, b"\0")) + _hash(content))
        target.write(content)


def _hash(content: pa.Buffer) -> bytes:
    return blake2b(memoryview(content), digest_size=_HASH).digest()


class _Arrays(list[pa.Array]):
    """The arrays of a file."""

    def added(self, array: pa.Array) -> int:
        """Add an array, and return its place."""
        self.append(array)
        return len(self) - 1


def _stored(value: Any, arrays: _Arrays) -> dict[str, Any]:
    """Add the arrays of a value, and return what it is made of."""
    if isinstance(value, _SIMPLE):
        return {"value": value}
    # A sparse matrix has row pointers; its library is large, and imported when it is used.
    store = _stored_matrix if hasattr(value, "indptr") else _STORED.get(type(value))
    if store is not None:
        return store(value, arrays)
    if isinstance(value, pa.Array):
        return {"texts": arrays.added(value.cast(TEXT))}
    name = f"{type(value).__module__}:{type(value).__qualname__}"
    own = {field: _stored(getattr(value, field), arrays) for field in _fields(type(value))}
    return {"class": name, "fields": own}


def _stored_places(places: Places, arrays: _Arrays) -> dict[str, Any]:
    order = pa.array(places.order)
    return {"places": arrays.added(places.texts), "order": arrays.added(order)}


def _stored_matrix(matrix: csr_matrix, arrays: _Arrays) -> dict[str, Any]:
    own = (matrix.data, matrix.indices, matrix.indptr)
    return {"matrix": [arrays.added(pa.array(one)) for one in own], "shape": list(matrix.shape)}


def _stored_array(value: np.ndarray, arrays: _Arrays) -> dict[str, Any]:
    if value.dtype != object:
        # Arrow packs booleans into bits, which numpy would have to unpack.
        plain = value.view(np.uint8) if value.dtype == bool else value
        return {"array": arrays.added(pa.array(plain)), "type": str(value.dtype)}
    encoded = pc.dictionary_encode(pa.array(value, TEXT), null_encoding="encode")
    if len(encoded.dictionary) * _REPEATED > len(value):
        return {"objects": arrays.added(pa.array(value, TEXT))}
    return {"objects": arrays.added(encoded.dictionary), "codes": arrays.added(encoded.indices)}


_STORED: Mapping[type, Callable[[Any, _Arrays], dict[str, Any]]] = {
    Places: _stored_places,
    np.ndarray: _stored_array,
    dict: lambda value, arrays: {
        "mapping": [[key, _stored(one, arrays)] for key, one in value.items()]
    },
    tuple: lambda value, arrays: {"tuple": [_stored(one, arrays) for one in value]},
}


def _fields(kind: type) -> tuple[str, ...]:
    """Return the fields of a NamedTuple or a dataclass of this package."""
    named: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if kind.__module__.startswith(_HOME) and (named is not None or is_dataclass(kind)):
        return named if named is not None else tuple(field.name for field in fields(kind))
    raise TypeError(f"{kind.__name__} cannot be a part of a saved index")


def read_index(path: Path) -> tuple[dict[str, Any], IndexParts]:
    """Return the document of a saved index, and its parts, which are made when asked for.

    The arrays are those of the file, mapped into memory. Raises InputError if the file cannot be
    read, is damaged, or is of another format.
    """
    try:
        with pa.memory_map(str(path)) as source:
            whole = source.read_buffer()
    except OSError as failure:
        raise InputError(
            f"the saved index {path} cannot be read ({failure.strerror}). Check the name"
        ) from failure
    head = whole.slice(0, min(_HEAD, whole.size)).to_pybytes()
    if not head.startswith(_MARK):
        written = head.startswith(_KIND)
        raise InputError(
            f"{path} was saved by another version of gsprep. Prepare the companies again"
            if written
            else f"{path} is no saved index of companies. Name the file that `save` wrote"
        )
    content = whole.slice(_HEAD)
    if head[-_HASH:] != _hash(content):
        _refuse_damaged(path)
    try:
        with pa.ipc.open_file(content) as file:
            row = file.get_batch(0)
        row.validate(full=True)
        document = json.loads(file.schema.metadata[_META])
        return document, IndexParts(path, document.pop("parts"), row)
    except (pa.ArrowException, ValueError, KeyError, TypeError):
        _refuse_damaged(path)


def _refuse_damaged(path: Path) -> NoReturn:
    raise InputError(
        f"the saved index {path} is damaged. Remove it, and prepare the companies again"
    ) from None


class IndexParts:
    """The parts of a saved index."""

    def __init__(self, path: Path, told: Mapping[str, Any], row: pa.RecordBatch) -> None:
        """Take what the parts are made of, and the arrays."""
        self._path, self._told, self._row = path, told, row

    def all(self) -> dict[str, Any]:
        """Return every part by its name; InputError if the file does not fit together."""
        try:
            return {name: self._made(one) for name, one in self._told.items()}
        except (LookupError, TypeError, ValueError, AttributeError, ImportError, pa.ArrowException):
            _refuse_damaged(self._path)

    def _made(self, told: Mapping[str, Any]) -> Any:
        """Return a value; its first entry says what it is."""
        return _MADE[next(iter(told))](self, told)

    def places(self, told: Mapping[str, Any]) -> Places:
        """Return texts by their positions."""
        return Places(self._column(told["places"]), self._array(told["order"]))

    def mapping(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return values by their names."""
        return {key: self._made(one) for key, one in told["mapping"]}

    def several(self, told: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a tuple of values."""
        return tuple(self._made(one) for one in told["tuple"])

    def instance(self, told: Mapping[str, Any]) -> Any:
        """Return an instance of a class of this package with the fields of the file."""
        module, _, name = told["class"].partition(":")
        if not module.startswith(_HOME):
            raise ValueError(module)
        kind = getattr(import_module(module), name)
        if _fields(kind) != tuple(told["fields"]):
            raise ValueError(name)
        return kind(**{field: self._made(one) for field, one in told["fields"].items()})

    def texts(self, told: Mapping[str, Any]) -> pa.Array:
        """Return an Arrow array of texts."""
        return self._column(told["texts"])

    def array(self, told: Mapping[str, Any]) -> np.ndarray:
        """Return an array of numbers or truths."""
        return self._array(told["array"]).view(told["type"])

    def objects(self, told: Mapping[str, Any]) -> np.ndarray:
        """Return an array of Python's texts."""
        values = as_objects(self._column(told["objects"]))
        return values[self._array(told["codes"])] if "codes" in told else values

    def matrix(self, told: Mapping[str, Any]) -> csr_matrix:
        """Return a sparse matrix; ValueError if its places are outside of it."""
        # The search takes no arrays that cannot be written to.
        arrays = tuple(self._array(at).copy() for at in told["matrix"])
        matrix = sparse.csr_matrix(arrays, shape=tuple(told["shape"]))
        # It reads what these point to without looking.
        matrix.check_format(full_check=True)
        return matrix

    def _column(self, at: int) -> pa.Array:
        return self._row.column(at).flatten()

    def _array(self, at: int) -> np.ndarray:
        return self._column(at).to_numpy()


_MADE: Mapping[str, Callable[[IndexParts, Mapping[str, Any]], Any]] = {
    "value": lambda _, told: told["value"],
    "places": IndexParts.places,
    "mapping": IndexParts.mapping,
    "tuple": IndexParts.several,
    "class": IndexParts.instance,
    "texts": IndexParts.texts,
    "array": IndexParts.array,
    "objects": IndexParts.objects,
    "matrix": IndexParts.matrix,
}


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
    kept: Path | None = None  # a file that has it, without known people and answers
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
_NOT_SAVED = frozenset({"rulebook", "known", "answers", "source", "not_loaded", "kept"})
_SAVED = tuple(one.name for one in fields(CompanyIndex) if one.name not in _NOT_SAVED)
