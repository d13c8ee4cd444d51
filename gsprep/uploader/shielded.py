"""Errors without the frames that hold a reply: trackers of errors keep what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gsprep.errors import UploadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
E = TypeVar("E", bound=UploadError)


def without_frames(error: E) -> E:
    """Return an error that forgets where it was raised."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def shielded(read: Callable[[], T]) -> T:
    """Return what ``read`` returns; an UploadError of it is raised here, where no reply is held."""
    try:
        return read()
    except UploadError as error:
        failure = without_frames(error)
    raise failure


def each_shielded(found: Iterator[T]) -> Iterator[T]:
    """Yield the same; an UploadError is raised as ``shielded`` does."""
    failure: UploadError | None = None
    try:
        yield from found
    except UploadError as error:
        failure = without_frames(error)
    if failure is not None:
        raise failure
