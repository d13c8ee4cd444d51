"""YAML files, read strictly, with the place of every mistake."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from gsprep.errors import DocumentError, InputError, Problem
from gsprep.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

M = TypeVar("M", bound=BaseModel)

# Such a file has a page or two; a larger one is another file.
_LARGEST_FILE = 1_000_000
# Ten times faster; its words for mistakes are worse.
_FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(
    path: Path,
    *,
    kind: str,
    error: type[DocumentError] = DocumentError,
    largest: int = _LARGEST_FILE,
) -> Any:
    """Return the document in a YAML file; ``kind`` is its name in messages ("rulebook").

    Raises ``error`` if it is not YAML, has aliases or a repeated key, and InputError if the file
    is missing, too large or not text.
    """
    return _read(path, kind, error, largest)[0]


def _read(
    path: Path, kind: str, error: type[DocumentError], largest: int = _LARGEST_FILE
) -> tuple[Any, yaml.Node | None]:
    """Return the document, and its nodes; None if it is empty."""
    try:
        if path.stat().st_size > largest:
            raise InputError(f"{path} is too large for a {kind}: check the name")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as failure:
        raise InputError(
            f"the {kind} {path} cannot be read ({failure.strerror}): check the name and the folder"
        ) from failure
    except UnicodeDecodeError:
        raise InputError(f"the {kind} {path} is not UTF-8 text: save it as UTF-8") from None
    return _parsed(text, str(path), error)


def shipped_document(*parts: str) -> Any:
    """Return the document in a shipped YAML file, which needs no check."""
    text = shipped(*parts).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_FAST_LOADER)  # noqa: S506  a SafeLoader, in C where it is built


def read_document_with_lines(
    path: Path, *, kind: str, error: type[DocumentError] = DocumentError
) -> tuple[Any, Mapping[tuple[str | int, ...], int]]:
    """Return the document as ``read_document`` does, and the line of each of its entries.

    An entry is named by the keys and positions that lead to it.
    """
    document, root = _read(path, kind, error)
    return document, {} if root is None else dict(_lines(root, ()))


def read_as_written(path: Path, *, kind: str) -> tuple[Any, Mapping[tuple[str | int, ...], int]]:
    """Return the same, with each value as the text in the file: yes stays yes, null is None."""
    root = _read(path, kind, DocumentError)[1]
    return (None, {}) if root is None else (_written(root), dict(_lines(root, ())))


def _written(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _written(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_written(one) for one in node.value]
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _lines(
    node: yaml.Node, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(getattr(key, "value", ""))
            yield from _lines(value, (*place, name))
            # The line of an entry is that of its key: its value may begin below.
            yield (*place, name), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*place, number))


def _parsed(text: str, source: str, error: type[DocumentError]) -> tuple[Any, yaml.Node | None]:
    try:
        # The scanner in C takes some tabs that the other one refuses.
        if "\t" not in text:
            with suppress(yaml.YAMLError):
                return _loaded(text, _FastLoader)
        return _loaded(text, _Loader)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        problem = str(getattr(failure, "problem", None) or "cannot be read as YAML")
        problem = next((text for start, text in _PLAIN if problem.startswith(start)), problem)
        raise error(source, [Problem(place, problem)]) from None
    except RecursionError:
        problem = "brackets are nested too deeply: check that each is closed"
        raise error(source, [Problem("the file", problem)]) from None


def _loaded(text: str, loader_of: Any) -> tuple[Any, yaml.Node | None]:
    loader = loader_of(text)
    try:
        root = loader.get_single_node()
        return None if root is None else loader.construct_document(root), root
    finally:
        loader.dispose()


# What a problem of the parser begins with, and the same in words for people.
_PLAIN = (
    ("found character '\\t'", "a tab: write blanks in its place, or put the value in quotes"),
    (
        "mapping values are not allowed",
        "a colon has no place here: check the indentation, or put the text in quotes",
    ),
    ("expected <block end>", "this line is not indented like the lines before it"),
    ("could not find expected ':'", "a colon is missing here, or on the line before"),
    (
        "expected ',' or ']'",
        "the list in [ ] needs a comma between its entries, and a ] at its end",
    ),
    (
        "expected ',' or '}'",
        "the text in { } needs a comma between its entries, and a } at its end",
    ),
)
_KNOWN_TAGS = "tag:yaml.org,2002:"
# A longer number is an id, or a mistake; as a number it could not even be shown.
_MOST_BITS = 1_024
_NONE = object()
_KINDS = {
    "timestamp": "a date",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "binary": "encoded bytes",
}


class _Strict(Composer, SafeConstructor, Resolver):
    """YAML without aliases and without repeated keys, from the events of a parser."""

    check_event: Any
    peek_event: Any

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not allowed", problem_mark=self.peek_event().start_mark
            )
        event = self.peek_event()
        if not str(getattr(event, "tag", None) or _KNOWN_TAGS).startswith(_KNOWN_TAGS):
            raise yaml.MarkedYAMLError(
                problem="a value cannot begin with !: put it in quotes",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  yaml's signature
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            value = super().construct_object(node, deep)
        except (ValueError, OverflowError, LookupError, TypeError, AttributeError):
            value = _NONE
        if value is not _NONE and not (isinstance(value, int) and value.bit_length() > _MOST_BITS):
            return value
        kind = node.tag.rpartition(":")[2]
        raise yaml.MarkedYAMLError(
            problem=f"this is read as {_KINDS.get(kind, kind)}, but it is not: put it in quotes",
            problem_mark=node.start_mark,
        )

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  yaml's signature
        if not isinstance(node, yaml.MappingNode):
            return super().construct_mapping(node, deep)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        seen: set[Any] = set()
        for key, (key_node, _) in zip(keys, node.value, strict=True):
            if not isinstance(key, Hashable):
                raise yaml.MarkedYAMLError(
                    problem="a list or several lines cannot be a key",
                    problem_mark=key_node.start_mark,
                )
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key} is repeated", problem_mark=node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Loader(_Strict, yaml.SafeLoader):
    """Names the place of every mistake."""


class _FastLoader(_Strict, _FAST_LOADER):  # type: ignore[misc]  # chosen above
    """Reads the text in C. Its own nodes would allow aliases and have no limit of depth."""

    def __init__(self, text: str) -> None:
        _FAST_LOADER.__init__(self, text)
        Composer.__init__(self)


def validated(  # noqa: PLR0913  the document, where it is from, and the words of its mistakes
    model: type[M],
    document: object,
    source: str,
    *,
    error: type[DocumentError] = DocumentError,
    cures: Mapping[str, str] | None = None,
    lines: Mapping[tuple[str | int, ...], int] | None = None,
    context: object = None,
) -> M:
    """Return the document as the model; raise one ``error`` that names every mistake.

    ``cures`` are sentences for pydantic's error types, in addition to the usual ones. ``lines``
    are those of ``read_document_with_lines``: then a mistake is named with its line. ``context`` is
    what validators of the model ask for.
    """
    try:
        return model.model_validate(_tuples(document), strict=True, context=context)
    except ValidationError as failure:
        sentences = {**_CURES, **(cures or {})}
        problems = [
            Problem(_place(found["loc"], lines), _sentence(found, sentences))
            for found in failure.errors()
        ]
        raise error(source, problems) from None


def _place(found: tuple[str | int, ...], lines: Mapping[tuple[str | int, ...], int] | None) -> str:
    """Return the name of an entry, with its line or that of what it is missing in."""
    parts = tuple(part for part in found if part != "[key]")
    name = ".".join(map(str, parts)) or "the file"
    if not lines:
        return name
    known = next((parts[:end] for end in range(len(parts), -1, -1) if parts[:end] in lines), ())
    return f"line {lines.get(known, 1)}, {name}"


def _tuples(document: object) -> object:
    """Return the document with lists as tuples, as strict validation requires."""
    if isinstance(document, dict):
        return {key: _tuples(value) for key, value in document.items()}
    return tuple(map(_tuples, document)) if isinstance(document, list) else document


_CURES = {
    "extra_forbidden": "no such entry",
    "missing": "is missing",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a number",
    "int_type": "must be a whole number, without quotes",
    "string_type": "must be text: put it in quotes",
    "tuple_type": "must be a list, as in [acme.com, acme.de]",
    "dict_type": "must be lines of a name, a colon and a value, such as name: x",
    "model_type": "must be lines of a name, a colon and a value, such as name: x",
}


def _sentence(found: Any, sentences: Mapping[str, str]) -> str:
    plain = str(found["msg"]).removeprefix("Value error, ")
    return sentences.get(found["type"], plain.replace("Input should", "must"))
