"""The review server: a Jupyter server that has only the review pages; the same pages, read-only, in JupyterLab.

The server has no route to kernels, terminals, files or any other interface of Jupyter. In JupyterLab, where people
run code, the pages are read-only: nothing can be signed there.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import ssl
import threading
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from traitlets import Unicode

from ...errors import ReviewError, os_reason
from ...workspace.files import make_temporary_folder, remove_tree
from .connections import PAGE, SCAN, Gate, GuardedServer
from .cookies import cookie_options
from .hub import Hub, HubIdentity
from .identity import ReviewAuthorizer, ReviewIdentity
from .pages.base import Missing
from .pages.routes import ROUTES
from .proxy import OutsideAddress
from .server_context import ServerContext

IDLE = 30.0
"""Seconds for which a connection is kept in which nothing is asked, or the headers of a request do not arrive."""
_LAB_ROOT = "gktools-review"
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True)
class ServerAddress:
    """Where a server listens, its certificate and key, and, behind a proxy, its address outside and the proxies' own."""

    host: str = "127.0.0.1"
    port: int = 0
    certfile: Path | None = None
    keyfile: Path | None = None
    outside: OutsideAddress | None = None
    proxies: frozenset[str] = frozenset()


def open_server(home: Path, address: ServerAddress | None = None) -> ReviewServer:
    """Return the review server of a working folder, listening but not yet serving (see start).

    Raises ReviewError unless the address is a loopback address or a certificate and its key are given.
    """
    address = address or ServerAddress()
    host, certfile, keyfile, outside = address.host, address.certfile, address.keyfile, address.outside
    if (hub := Hub.from_environment()) is not None:
        return _hub_service(home, hub)
    tls = _tls(certfile, keyfile) if certfile or keyfile else None
    if tls is None and not is_loopback(host):
        raise ReviewError(
            f"没有启动：{host} 不是本机地址，密码和报告会在网上明着传。"
            "要让别的机器访问，请用 --certfile 和 --keyfile 给出证书和密钥；只在本机用，不写 --host"
        )
    hosts = LOOPBACK | {host} | (certified_names(certfile) if certfile else frozenset())
    if outside is None:
        context = ServerContext(home, secure=tls is not None, hosts=hosts)
    else:
        context = ServerContext(
            home, outside.root, secure=outside.secure, hosts=hosts | {outside.host}, origin=outside.origin
        )
    return ReviewServer.over(context, host, address.port, tls, proxies=address.proxies)


def _hub_service(home: Path, hub: Hub) -> ReviewServer:
    """The server as a service of a JupyterHub, at the address and path the Hub configures."""
    host, port = hub.place
    if not is_loopback(host):
        raise ReviewError(
            f"没有启动：JupyterHub 要把服务放在 {host}，不是本机地址；请在 services 的 url 里写 127.0.0.1"
        )
    secure = os.environ.get("JUPYTERHUB_PUBLIC_URL", hub.callback).startswith("https:")
    context = ServerContext(home, hub.prefix, secure=secure)
    return ReviewServer.over(context, host, port, identity=HubIdentity, proxies=LOOPBACK)


def is_loopback(host: str) -> bool:
    """Return whether an address can only be reached from this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    """A socket listening on an address. Raises ReviewError if the address cannot be used."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = _REASONS.get(error.errno or 0, "这台机器没有这个地址，或者系统不让用")
        raise ReviewError(
            f"{host} 的 {port} 端口用不了：{why}。请用 --port 换一个端口，或者看 --host 写得对不对"
        ) from error
    listening.setblocking(False)
    return listening


_REASONS = {errno.EADDRINUSE: "已经有程序在用，也许审签服务已经启动了", errno.EACCES: "没有权限用 1024 以下的端口"}


def _tls(certfile: Path | None, keyfile: Path | None) -> ssl.SSLContext:
    if certfile is None or keyfile is None:
        raise ReviewError("--certfile 和 --keyfile 要一起写")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certfile, keyfile)
    except (OSError, ssl.SSLError) as error:
        raise ReviewError(
            f"证书 {certfile.name} 和密钥 {keyfile.name} 用不了（{os_reason(error)}）："
            "请看文件在不在、是不是 PEM 格式、是不是一对、密钥有没有口令"
        ) from error
    return context


def certified_names(certfile: Path) -> frozenset[str]:
    """Return the host names and addresses in a certificate."""
    from cryptography import x509

    certificate = x509.load_pem_x509_certificates(certfile.read_bytes())[0]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return frozenset(name.casefold() for name in names.get_values_for_type(x509.DNSName)) | addresses


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    return [{"module": "gktools.review.web.server", "app": ReviewExtension}]


class ReviewExtension(ExtensionApp):
    """Adds the pages to a Jupyter server: with all actions to the review server, read-only to any other."""

    name = "gktools_review"
    extension_url = f"/{_LAB_ROOT}/"
    home = Unicode("", help="工作目录；不写即 JupyterLab 打开的目录").tag(config=True)
    person = Unicode("", help="在自己的 JupyterLab 里看：单位表里的姓名").tag(config=True)

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Load Jupyter's configuration files in JupyterLab only, not on the review server."""
        if not isinstance(self.serverapp, ReviewServer):
            super().load_config_file(*args, **kwargs)

    def initialize_settings(self) -> None:
        """Set the context shared by the pages."""
        server: Any = self.serverapp
        if "gktools_context" not in server.web_app.settings:
            home = Path(self.home or server.root_dir)
            root = url_path_join(server.base_url, f"{_LAB_ROOT}/")
            self.settings["gktools_context"] = ServerContext(home, root, signing=False, reader=self.person)

    def initialize_handlers(self) -> None:
        """Add the routes of the pages."""
        below = "" if isinstance(self.serverapp, ReviewServer) else f"/{_LAB_ROOT}"
        self.handlers.extend((f"{below}{pattern}", page) for pattern, page in ROUTES)


class ReviewServer(ServerApp):
    """A Jupyter server whose only routes are the review pages, login and logout."""

    name = "gktools-review"
    default_services: Any = ()
    context: ServerContext
    tls: ssl.SSLContext | None
    proxies: frozenset[str]

    @classmethod
    def over(
        cls,
        context: ServerContext,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        identity: type[ReviewIdentity] = ReviewIdentity,
        proxies: frozenset[str] = frozenset(),
    ) -> ReviewServer:
        """Return a server with a context, listening on an address. Raises ReviewError if the address cannot be used."""
        server = cls(
            ip=host,
            port=port,
            base_url=context.root,
            default_url=context.root,
            root_dir=str(context.home),
            runtime_dir=str(make_temporary_folder()),
            identity_provider_class=identity,
            allow_remote_access=identity is HubIdentity,
            authorizer_class=ReviewAuthorizer,
            allow_unauthenticated_access=False,
            allow_root=True,
            open_browser=False,
            no_browser_open_file=True,
            terminals_enabled=False,
            cookie_secret=os.urandom(32),
            max_body_size=SCAN,
            max_buffer_size=SCAN,
            log_level="ERROR",
            record_http_request_metrics=False,
            jpserver_extensions={"gktools.review.web.server": True},
            tornado_settings={
                "gktools_context": context,
                "default_handler_class": Missing,
                "xsrf_cookie_kwargs": cookie_options(context),
                "xsrf_cookie_name": "gktools-form",
            },
        )
        server.context, server.tls, server.proxies = context, tls, proxies
        server.initialize(argv=[], find_extensions=False)
        return server

    def migrate_config(self) -> None:
        """Do nothing: the person's Jupyter configuration is not migrated."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: no configuration file may add routes or access to this server."""

    def start(self) -> None:
        """Serve requests until stopped."""
        try:
            super().start()
        finally:
            self.context.drawing.close()
            self.context.reading.close()
            remove_tree(Path(self.runtime_dir))

    def write_server_info_file(self) -> None:
        """Do nothing: other Jupyter programs must not discover this server."""

    def init_signal(self) -> None:
        """Stop at SIGINT and SIGTERM without Jupyter's English confirmation prompt."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: self._stop_soon())

    def _stop_soon(self) -> None:
        """Stop from a signal handler, waking up an event loop that waits for a request."""
        loop: Any = self.io_loop
        loop.asyncio_loop.call_soon_threadsafe(self.stop)

    def load_server_extensions(self) -> None:
        """Remove every route of Jupyter, then load the extension with the review pages."""
        own_pages = {page for _, page in self.identity_provider.get_handlers()}
        rules = self.web_app.wildcard_router.rules
        rules[:] = [rule for rule in rules if rule.target in own_pages]
        super().load_server_extensions()

    def init_httpserver(self) -> None:
        """Bind the address. Raises ReviewError, in Chinese, if it cannot be used."""
        listening = _listen(self.ip, self.port)
        self.port = listening.getsockname()[1]
        self._http_server = GuardedServer(
            self.web_app,
            gate=Gate(self.context, lambda address: is_loopback(address) or address in self.proxies),
            ssl_options=self.tls,
            proxies=self.proxies,
            max_body_size=SCAN,
            max_buffer_size=SCAN + PAGE,
            idle_connection_timeout=IDLE,
        )
        self.io_loop.add_callback(self._http_server.add_sockets, [listening])

    @property
    def address(self) -> str:
        """The URL of the server: as people reach it."""
        if self.context.origin:
            return f"{self.context.origin}{self.context.root}"
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{'https' if self.context.secure else 'http'}://{host}:{self.port}{self.context.root}"
