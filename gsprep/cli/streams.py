"""Standard output and standard error that never raise: a run outlives its terminal.

A pipe whose reader has gone, a closed terminal, a full disk: what cannot be printed must not end a
command that has sent people. What is lost on standard output is told by the exit code.
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

# So many descriptors belong to the standard streams.
_STANDARD = 3


class _Lasting(io.RawIOBase):
    """Writes to a stream as long as that can be; from then on to nowhere."""

    def __init__(self, inner: BinaryIO) -> None:
        """Keep the stream that writes."""
        self._inner = inner
        self.failure: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of it, or take it all the same."""
        if self.failure is None:
            try:
                self._inner.write(content)
                self._inner.flush()
            except OSError as failure:
                self.failure = failure
        return len(content)

    def writable(self) -> bool:
        """Say that it can be written to, always."""
        return True

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._inner.isatty()

    def fileno(self) -> int:
        """Return the number of what is written to."""
        return self._inner.fileno()


@dataclass(frozen=True, slots=True)
class Streams:
    """The two streams of this process."""

    output: _Lasting
    errors: _Lasting

    def lost(self) -> OSError | None:
        """Return why results did not reach standard output; a reader may go, that is no loss."""
        sys.stdout.flush()
        failure = self.output.failure
        return None if failure is None or failure.errno == errno.EPIPE else failure


def lasting_streams() -> Streams:
    """Put streams that never raise in place of this process's own."""
    _open_what_is_closed()
    output, errors = _Lasting(_bytes_of(sys.stdout)), _Lasting(_bytes_of(sys.stderr))
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(errors, sys.stderr)
    sys.stdin = sys.stdin or io.StringIO()
    return Streams(output, errors)


def _bytes_of(stream: TextIO | None) -> BinaryIO:
    """Return what is below a stream; one that was closed before the process began is none."""
    return Path(os.devnull).open("wb") if stream is None else stream.buffer


def _text(raw: _Lasting, own: TextIO | None) -> TextIO:
    """Return a stream of text as the process's own was."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if own is None else own.encoding,
        errors="replace" if own is None else own.errors,
        line_buffering=own is not None and bool(own.line_buffering),
    )


def _open_what_is_closed() -> None:
    """Let no file of ours get the number of a standard stream that was closed before."""
    while (number := os.open(os.devnull, os.O_RDWR)) < _STANDARD:
        continue
    os.close(number)
