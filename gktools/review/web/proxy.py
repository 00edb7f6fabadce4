"""A proxy in front of the server: the address by which people reach it, and whose forwarded addresses are believed."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer, _ProxyAdapter
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

from ...errors import ReviewError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class OutsideAddress:
    """The address of a server behind a proxy as people write it: scheme and host, and the path below which it is."""

    origin: str
    host: str
    root: str

    @property
    def secure(self) -> bool:
        """Whether people reach it over TLS."""
        return self.origin.startswith("https:")

    @classmethod
    def parse(cls, url: str) -> OutsideAddress:
        """Return the address that a URL names, such as https://shenqian.example/gktools/. Raises ReviewError."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except (ValueError, UnicodeError):
            host, port = "", None
        wrong = parts.query or parts.fragment or parts.username if host else True
        if wrong or parts.scheme not in _PORTS or not _is_plain(parts.path):
            raise ReviewError(
                f"--url 写得不对（{url}）：写大家在浏览器里打开的网址，像 https://主机名/ 或 https://主机名/目录/"
            )
        named = f"[{host}]" if ":" in host else host
        shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
        return cls(f"{parts.scheme}://{named}{shown}", host, f"/{parts.path.strip('/')}/".replace("//", "/"))


def _is_plain(path: str) -> bool:
    return all(
        part not in (".", "..") and part.replace("-", "").replace("_", "").isalnum() and part.isascii()
        for part in path.strip("/").split("/")
        if path.strip("/")
    )


def proxy_addresses(given: list[str]) -> frozenset[str]:
    """Return the addresses of trusted proxies. Raises ReviewError for one that is no IP address."""
    try:
        return frozenset(str(ip_address(one)) for one in given)
    except ValueError:
        raise ReviewError(f"--proxy 要写代理的 IP 地址，像 127.0.0.1；写的是 {'、'.join(given)}") from None


class ProxiedServer(HTTPServer):
    """A server that believes what a trusted proxy says of the sender (X-Forwarded-For, -Proto), and nobody else."""

    def initialize(self, *args: Any, proxies: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        """Set the addresses of the trusted proxies."""
        self._proxies = proxies
        super().initialize(*args, **{**kwargs, "xheaders": False, "trusted_downstream": list(proxies)})

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Return what handles a request."""
        delegate = super().start_request(server_conn, request_conn)
        peer = getattr(request_conn, "context", None)
        return _Forwarded(delegate, request_conn) if getattr(peer, "remote_ip", "") in self._proxies else delegate


class _Forwarded(_ProxyAdapter):
    """A request that came by a trusted proxy."""

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        for name in ("X-Real-Ip", "X-Scheme"):  # which a proxy passes on as whoever sent them wrote them
            headers.pop(name, None)
        return super().headers_received(start_line, headers)
