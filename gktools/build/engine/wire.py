"""Jupyter messages over a plain socket: between a papermill worker and the process that runs one report."""

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
        self._held: list[bytes | memoryview] = []
        self._received = bytearray()
        self.bytes_read = 0

    def attach(self, end: socket.socket) -> None:
        """Talk over this socket from now on."""
        self._end = end

    @property
    def end(self) -> socket.socket:
        """The socket. Raises ConnectionError before it is attached."""
        if self._end is None:
            raise ConnectionError("nobody listens yet")
        return self._end

    def send(self, frames: Frames, *, more: bool = False) -> None:
        """Send one message, from any thread; with more, together with the next. Raises OSError if nobody listens."""
        sizes = struct.pack(f"<I{len(frames)}Q", len(frames), *(memoryview(frame).nbytes for frame in frames))
        with self._sending:
            self._held += [sizes, *frames]
            if not more:
                data, self._held = b"".join(self._held), []
                self.end.sendall(data)

    def receive(self) -> list[list[bytes]] | None:
        """Read once and return the messages that are whole now, maybe none; None when the other side is gone."""
        try:
            data = self.end.recv(_BYTES)
        except ConnectionError:
            data = b""
        self._received += data
        self.bytes_read += len(data)
        return list(self._whole()) if data else None

    def hang_up(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):
            self.end.shutdown(socket.SHUT_WR)

    def _whole(self) -> Iterator[list[bytes]]:
        """Cut the messages off that have come whole."""
        start = 0
        while frames := _first(self._received, start):
            yield [bytes(self._received[begin:end]) for begin, end in frames]
            start = frames[-1][1]
        del self._received[:start]


def _first(data: bytearray, start: int) -> list[tuple[int, int]]:
    """Where the frames of the message stand that starts there; empty if it is not whole yet."""
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
    """A Jupyter session whose messages are one JSON document each; unsigned, as nobody else is on the wire."""

    def serialize(self, msg: dict[str, Any], ident: Any = None) -> list[bytes]:
        """Return the frames of a message, but for its channel and its buffers."""
        return [self.pack(msg)]

    def feed_identities(self, msg_list: Any, copy: bool = True) -> tuple[list[bytes], Any]:
        """Return no identity and the whole message: there is only one other side."""
        return [], msg_list

    def deserialize(self, msg_list: Any, content: bool = True, copy: bool = True) -> dict[str, Any]:
        """Return the message of its frames."""
        _, document, *buffers = msg_list
        message: dict[str, Any] = json.loads(document)
        message["header"]["date"] = datetime.fromisoformat(message["header"]["date"])
        return message | {"buffers": [memoryview(buffer) for buffer in buffers]}
