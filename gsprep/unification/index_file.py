"""Files of a prepared company index: arrays and texts, read without being parsed.

A file has a head of 64 bytes (what it is, and a hash of the rest) and an Arrow file of one row: a
list for each array. What the arrays are is in the Arrow file's metadata, so that a new part of the
index needs no code here.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.atomic_files import replacing
from gsprep.errors import InputError
from gsprep.lazy import lazy_module
from gsprep.values.arrow import TEXT, Places, as_arrow, as_objects, bytes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    from scipy import sparse
    from scipy.sparse import csr_matrix
else:
    sparse = lazy_module("scipy.sparse")

_MARK, _HEAD, _HASH = b"gsprep companies 1\n", 64, 32
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
        written = head.startswith(_MARK[: _MARK.index(b"1")])
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
        except (LookupError, TypeError, ValueError, AttributeError, pa.ArrowException):
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
        array: np.ndarray = self._column(at).to_numpy()
        return array


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
