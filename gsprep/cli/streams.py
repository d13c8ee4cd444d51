"""Standard output and standard error that never raise.

A closed pipe, a closed terminal or a full disk must not end a command that has sent people. The
exit code shows that standard output was lost.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from typing import TextIO

# The number of standard streams.
_STANDARD = 3


class _Lasting(io.RawIOBase):
    """Writes to a stream until that fails, and then discards."""

    def __init__(self, inner: BinaryIO) -> None:
        """Wrap a stream."""
        self._inner = inner
        self.failure: OSError | None = None

    def write(self, content: Any) -> int:
        """Write the content, or discard it; always return its length."""
        if self.failure is None:
            try:
                self._inner.write(content)
                self._inner.flush()
            except OSError as failure:
                self.failure = failure
        return len(content)

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._inner.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream."""
        return self._inner.fileno()


@dataclass(frozen=True, slots=True)
class Streams:
    """The two streams of this process."""

    output: _Lasting
    errors: _Lasting

    def lost(self) -> OSError | None:
        """Return why standard output was lost, or None; a closed pipe counts as read."""
        sys.stdout.flush()
        failure = self.output.failure
        return None if failure is None or failure.errno == errno.EPIPE else failure


def lasting_streams() -> Streams:
    """Replace the standard streams of this process by streams that never raise."""
    _open_what_is_closed()
    output, errors = _Lasting(_bytes_of(sys.stdout)), _Lasting(_bytes_of(sys.stderr))
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(errors, sys.stderr)
    sys.stdin = sys.stdin or io.StringIO()
    return Streams(output, errors)


def _bytes_of(stream: TextIO | None) -> BinaryIO:
    """Return the bytes of a stream; None was closed before the process began."""
    return Path(os.devnull).open("wb") if stream is None else stream.buffer


def _text(raw: _Lasting, own: TextIO | None) -> TextIO:
    """Return a text stream with the encoding of the original."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if own is None else own.encoding,
        errors="replace" if own is None else own.errors,
        line_buffering=own is not None and bool(own.line_buffering),
    )


def _open_what_is_closed() -> None:
    """Open closed standard streams, so that no other file gets their descriptors."""
    while (number := os.open(os.devnull, os.O_RDWR)) < _STANDARD:
        continue
    os.close(number)
