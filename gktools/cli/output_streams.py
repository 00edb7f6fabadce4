"""Standard output of a command: what cannot be written is noted and stops no work; the command's exit code tells it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

_NOWHERE = Path(os.devnull)


class NotedStream:
    """A text stream whose first error of writing is noted in error; what is written after it is dropped."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream or _NOWHERE.open("w", encoding="utf-8")
        self._closed = stream is None
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text."""
        if self._closed and text:
            self._note(OSError(errno.EBADF, os.strerror(errno.EBADF)))
        if self.error is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._note(error)
        return len(text)

    def flush(self) -> None:
        """Write out what has been kept back."""
        if self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._note(error)

    def let_go(self) -> None:
        """Write out what has been kept back, and close what was opened in place of a closed stream."""
        self.flush()
        if self._closed:
            self._stream.close()

    def writelines(self, lines: Any) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def _note(self, error: OSError) -> None:
        """Keep the first error, and let go of what could not be written, which Python would try again at its end."""
        self.error = self.error or error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def standard_streams() -> Iterator[NotedStream]:
    """Make the standard streams usable for the block even if they are closed or refuse; yield the one for output."""
    _take_closed_descriptors()
    before = sys.stdin, sys.stdout, sys.stderr
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    output, errors = NotedStream(sys.stdout), NotedStream(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, output), cast(TextIO, errors)
    nothing = _NOWHERE.open(encoding="utf-8")
    sys.stdin = sys.stdin or nothing
    try:
        yield output
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        output.let_go()
        errors.let_go()
        nothing.close()


def _take_closed_descriptors() -> None:
    """Keep the numbers 0 to 2 from files that are opened later: what is printed would be written into a database."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        os.set_inheritable(number, True)
    os.close(number)


_LAST = 2
"""The number of standard error."""
