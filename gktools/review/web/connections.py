"""Who may connect, and how much they may send: strangers take neither the server's memory nor its file descriptors.

What a request may bring is decided when its headers arrive, before a byte of the body is read.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from http import HTTPStatus
from typing import Any, cast

from tornado.gen import with_timeout
from tornado.http1connection import HTTP1Connection, HTTP1ServerConnection
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
    parse_cookie,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.log import app_log
from tornado.util import TimeoutError as TooLateError

from ...errors import GktoolsError
from .cookies import BROWSER, cookie_name
from .pages.base import HEADERS
from .pages.routes import OFFICE
from .proxy import ProxiedServer
from .server_context import ServerContext
from .threads import BUSY, OWN_BUSY

FORM, PAGE, SCAN = 16 << 10, 1 << 20, 32 << 20
"""The most bytes of a body: from strangers and where a password is entered; from people of ours; where files are uploaded."""
IN_FLIGHT, OF_ONE_PERSON = 4 * SCAN, SCAN + PAGE
"""The most bytes of all bodies larger than FORM that are received or handled at the same time, and of one person's: three
scans, beside which others still send forms and registers. Each counts as PAGE at least, so that they are not many either."""
SHORTEST, RATE = 20.0, 256 << 10
"""Seconds that every body has to arrive, and bytes a second in which a longer one has to."""
OF_ONE_ADDRESS, MOST = 100, 1000
"""The most connections from one address (not from this machine, where proxies are), and in all, as far as the
system gives descriptors."""
_RESERVED = 64
"""The fewest descriptors that are kept for files."""
_AT_ONCE, _PAUSE, _SAID_EACH = 64, 1.0, 60.0
"""Connections accepted in one step; seconds without accepting when descriptors are out, and between two lines about it."""
_LINGER = 5.0
"""Seconds in which what a refused sender goes on sending is thrown away, so that the browser shows the refusal."""
_NO_ROOM = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))

_TOO_LARGE = "提交的内容太大，没有收下；扫描件、登记表、去年的和要核对的报告一次最多 32 MB，请在各自的页上交"
_STRANGER = "没有登录，或者登录已经过了时间，太大的内容没有收下：请重新登录，再交一次"


def most_connections() -> int:
    """Return how many connections may be open at the same time, by the descriptors that this process may have."""
    try:
        import resource
    except ImportError:  # Windows
        return MOST // 2
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed == resource.RLIM_INFINITY:
        return MOST
    return max(8, min(MOST, allowed - max(_RESERVED, allowed // 4)))


@dataclass(frozen=True)
class Gate:
    """What may come into a server: the most connections, and the most bytes of a request.

    is_near says of an address that it is a proxy's, or of this machine, and may have any number of connections.
    """

    context: ServerContext
    is_near: Callable[[str], bool]
    most: int = field(default_factory=most_connections)
    of_one: int = OF_ONE_ADDRESS

    def most_bytes(self, line: RequestStartLine, headers: HTTPHeaders, length: int | None) -> tuple[int, str]:
        """Return the most bytes that the body of a request may have, and whose it is if these are more than FORM.

        length is what it says of itself.
        """
        root = self.context.root
        path = line.path.partition("?")[0]
        if (length is not None and length <= FORM) or path in {f"{root}{page}" for page in _PASSWORDS}:
            return FORM, ""
        cookies = parse_cookie(headers.get("Cookie", ""))
        session = cookies.get(cookie_name(self.context), "")
        try:
            if session and (whose := self.context.sessions.owner(session)):
                takes_files = re.fullmatch(
                    f"{re.escape(root.rstrip('/'))}(?:{OFFICE}/(?:sign|last-report|registers(?:/[0-9a-f]{{32}})?)|/audit)",
                    path,
                )
                return SCAN if takes_files and line.method == "POST" and length is not None else PAGE, whose
            browser = cookies.get(cookie_name(self.context, BROWSER), "")
            whose = self.context.browsers.owner(browser) if browser else ""
            return PAGE if whose else FORM, whose
        except GktoolsError:
            return FORM, ""


_PASSWORDS = ("login", "password", "logout")


@dataclass
class _Open:
    """An open connection: its address, since when nothing whole has been asked in it, the bytes it holds, and for whom.

    idle_since is None while a request is handled, and while a larger body of one of ours is received.
    """

    address: str
    idle_since: float | None
    held: int = 0
    whose: str = ""


class GuardedServer(ProxiedServer):
    """An HTTP server with a gate: it bounds connections and bodies, and goes on when descriptors are out."""

    gate: Gate

    def initialize(self, request_callback: HTTPServerConnectionDelegate, gate: Gate, **given: Any) -> None:  # type: ignore[override]
        """Set up the server as tornado does, which calls this in the place of __init__."""
        super().initialize(request_callback, **given)
        self.gate = gate
        self._open: dict[IOStream, _Open] = {}
        self._refused: set[IOStream] = set()
        self._said = -_SAID_EACH

    # --- connections ----------

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections on these sockets from now on, in the event loop that is running."""
        for sock in sockets:
            self._sockets[sock.fileno()] = sock
            self._handlers[sock.fileno()] = self._listen(sock)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Serve a connection."""
        self._open[stream] = _Open(_ip(address), time.monotonic())
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Forget a connection that is closed."""
        self._open.pop(cast(HTTP1ServerConnection, server_conn).stream, None)
        super().on_close(server_conn)

    def _listen(self, sock: socket.socket) -> Callable[[], None]:
        loop = IOLoop.current()
        loop.add_handler(sock, lambda *_: self._accept(sock), IOLoop.READ)
        return lambda: loop.remove_handler(sock)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = sock.accept()
            except BlockingIOError:
                return
            except OSError as error:  # others: it is gone again
                if error.errno in _NO_ROOM:
                    self._pause(sock)
                    return
                continue
            if not self._make_room(_ip(address)):
                connection.close()
                continue
            try:
                self._handle_connection(connection, address)
            except OSError:  # gone before TLS began
                connection.close()

    def _make_room(self, address: str) -> bool:
        """Whether one more connection may be opened from an address; the one longest idle is closed for it."""
        if not self.gate.is_near(address):
            same = [stream for stream, one in self._open.items() if one.address == address]
            if len(same) >= self.gate.of_one and not self._close_idle(same):
                return False
        return len(self._open) + len(self._refused) < self.gate.most or self._close_idle(self._open)

    def _close_idle(self, among: Iterable[IOStream]) -> bool:
        """Close the connection in which nothing has been asked for longest; return whether there was one."""
        idle = [(since, stream) for stream in among if (since := self._open[stream].idle_since) is not None]
        if not idle:
            return False
        _, stream = min(idle, key=lambda one: one[0])
        self._open.pop(stream)
        stream.close()
        return True

    def _pause(self, sock: socket.socket) -> None:
        """Accept nothing for a second: the system gives no descriptor, and would be asked again at once, for ever."""
        if time.monotonic() - self._said >= _SAID_EACH:
            self._said = time.monotonic()
            app_log.error(
                "打开的连接和文件太多，系统不再给了（现有 %d 个连接），每隔一秒再试；一直这样，请看是谁连的，或调大 ulimit -n",
                len(self._open),
            )
        for _ in range(_AT_ONCE):
            if not self._close_idle(self._open):
                break
        self._handlers[sock.fileno()]()
        self._handlers[sock.fileno()] = lambda: None
        IOLoop.current().call_later(_PAUSE, self._resume, sock)

    def _resume(self, sock: socket.socket) -> None:
        if sock.fileno() in self._sockets:  # not stopped
            self._handlers[sock.fileno()] = self._listen(sock)

    # --- requests ----------

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Return what takes the next request of a connection; the one before is done with."""
        one = self._open.get(cast(HTTP1ServerConnection, server_conn).stream)
        one = one or _Open("", None)  # it was closed
        one.idle_since, one.held = time.monotonic(), 0
        return _Guarded(super().start_request(server_conn, request_conn), request_conn, self, one)

    def in_flight(self, whose: str = "") -> int:
        """Return the bytes of all larger bodies that are received or handled now, or of one person's."""
        return sum(one.held for one in self._open.values() if not whose or one.whose == whose)

    def no_room(self, whose: str, size: int) -> str:
        """Return why a larger body is not received now; empty if it is."""
        if self.in_flight(whose) + size > OF_ONE_PERSON:
            return OWN_BUSY
        return BUSY if self.in_flight() + size > IN_FLIGHT - (SCAN if size > PAGE else 0) else ""

    def refuse(self, stream: IOStream, status: int, message: str) -> None:
        """Send a refusal and close the connection, without reading the body."""
        self._refused.add(stream)
        IOLoop.current().add_callback(self._refuse, stream, _page(status, message))

    async def _refuse(self, stream: IOStream, page: bytes) -> None:
        async def send() -> None:
            await stream.write(page)
            while True:
                await stream.read_bytes(1 << 16, partial=True)

        try:
            with suppress(TooLateError, StreamClosedError):
                await with_timeout(timedelta(seconds=_LINGER), send(), quiet_exceptions=StreamClosedError)
        finally:
            stream.close()
            self._refused.discard(stream)


class _Guarded(HTTPMessageDelegate):
    """A request whose body is judged by its headers before it is read."""

    def __init__(self, inner: HTTPMessageDelegate, request: HTTP1Connection, server: GuardedServer, one: _Open) -> None:
        self._inner, self._request, self._server, self._one = inner, request, server, one

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        length = _length(headers)
        most, whose = self._server.gate.most_bytes(cast(RequestStartLine, start_line), headers, length)
        if length is not None and length > most:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _STRANGER if most == FORM else _TOO_LARGE)
            return None
        larger = most > FORM and (length is None or length > FORM)
        if larger:
            size = max(PAGE, length or 0)
            if why := self._server.no_room(whose, size):
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, why)
                return None
            self._one.held, self._one.whose, self._one.idle_since = size, whose, None
        self._request.set_max_body_size(most)
        self._request.set_body_timeout(max(SHORTEST, (length or 0) / RATE))
        return self._inner.headers_received(start_line, headers)

    def _refuse(self, status: int, message: str) -> None:
        self._server.refuse(self._request.detach(), status, message)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._one.idle_since = None  # not before: who sends a little now and then makes room for others
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()


def _length(headers: HTTPHeaders) -> int | None:
    """The bytes that a request says its body has; None if it does not say, or in a way that tornado refuses."""
    said = headers.get("Content-Length", "")
    if "Transfer-Encoding" in headers or (said and not re.fullmatch("[0-9]{1,18}", said)):
        return None
    return int(said or 0)


def _ip(address: Any) -> str:
    return str(address[0]) if isinstance(address, tuple) and address else ""


def _page(status: int, message: str) -> bytes:
    """A response with a page of one sentence."""
    text = (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><meta charset="utf-8"><title>没有办</title>\n<p>{escape(message)}</p>\n'
    )
    body = text.encode()
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'",
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [
        f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
