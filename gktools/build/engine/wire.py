"""Jupyter messages over a plain socket, between a papermill worker and the process that runs one report."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeAlias

from jupyter_client.session import Session

Frames: TypeAlias = Sequence[bytes | memoryview]
"""The channel's name, the message as JSON, and the buffers that go with it."""
_BYTES = 1 << 20
_COUNT = struct.Struct("<I")


class Wire:
    """One end of the socket."""

    def __init__(self, end: socket.socket | None = None) -> None:
        self._end = end
        self._sending = threading.Lock()
        self._unsent: list[bytes | memoryview] = []
        self._received = bytearray()
        self.bytes_read = 0

    def attach(self, end: socket.socket) -> None:
        """Use this socket from now on."""
        self._end = end

    @property
    def end(self) -> socket.socket:
        """The socket. Raises ConnectionError before it is attached."""
        if self._end is None:
            raise ConnectionError("not connected")
        return self._end

    def send(self, frames: Frames, *, more: bool = False) -> None:
        """Send one message, from any thread; with more, it is sent together with the next. Raises OSError if the peer is gone."""
        sizes = struct.pack(f"<I{len(frames)}Q", len(frames), *(memoryview(frame).nbytes for frame in frames))
        with self._sending:
            self._unsent += [sizes, *frames]
            if not more:
                data, self._unsent = b"".join(self._unsent), []
                self.end.sendall(data)

    def receive(self) -> list[list[bytes]] | None:
        """Return the messages completed by one read, possibly none; None if the peer is gone."""
        try:
            data = self.end.recv(_BYTES)
        except ConnectionError:
            data = b""
        self._received += data
        self.bytes_read += len(data)
        return list(self._complete()) if data else None

    def hang_up(self) -> None:
        """Close the sending direction."""
        with suppress(OSError):
            self.end.shutdown(socket.SHUT_WR)

    def _complete(self) -> Iterator[list[bytes]]:
        """Yield the complete messages received, and remove them from the buffer."""
        start = 0
        while frames := _first(self._received, start):
            yield [bytes(self._received[begin:end]) for begin, end in frames]
            start = frames[-1][1]
        del self._received[:start]


def _first(data: bytearray, start: int) -> list[tuple[int, int]]:
    """Return the ranges of the frames of the message that begins at start; empty if it is incomplete."""
    if len(data) < start + _COUNT.size:
        return []
    sizes = struct.Struct(f"<{_COUNT.unpack_from(data, start)[0]}Q")
    begin = start + _COUNT.size + sizes.size
    if len(data) < begin:
        return []
    places = []
    for size in sizes.unpack_from(data, start + _COUNT.size):
        places.append((begin, begin + size))
        begin += size
    return places if len(data) >= begin else []


class WireSession(Session):
    """A Jupyter session whose messages are one JSON document each; unsigned, as the socket is private."""

    def serialize(self, msg: dict[str, Any], ident: Any = None) -> list[bytes]:
        """Return the frames of a message, without its channel and its buffers."""
        return [self.pack(msg)]

    def feed_identities(self, msg_list: Any, copy: bool = True) -> tuple[list[bytes], Any]:
        """Return no identity and all of the message: there is only one peer."""
        return [], msg_list

    def deserialize(self, msg_list: Any, content: bool = True, copy: bool = True) -> dict[str, Any]:
        """Return the message that its frames contain."""
        _, document, *buffers = msg_list
        message: dict[str, Any] = json.loads(document)
        message["header"]["date"] = datetime.fromisoformat(message["header"]["date"])
        return message | {"buffers": [memoryview(buffer) for buffer in buffers]}
