"""The review server: a Jupyter server with our pages and nothing else of Jupyter's, and the same pages in JupyterLab.

On the server no kernel, terminal, file or other interface of Jupyter has a route. In JupyterLab, where people run
code, the pages only show: nothing can be signed there.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import ssl
import tempfile
import threading
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from traitlets import Unicode

from ...errors import ReviewError
from .hub import Hub, HubIdentity
from .identity import ReviewAuthorizer, ReviewIdentity, cookie_options
from .pages.base import Missing
from .pages.routes import ROUTES
from .server_context import ServerContext

LARGEST_FORM = 32 << 20
"""Bytes: a scan of the stamped paper, and some more."""
PATIENCE = {"idle_connection_timeout": 60.0, "body_timeout": 300.0}
"""Seconds that a browser may take to ask for something, and to send all of a form: who is slower is cut off."""
_LAB_ROOT = "gktools-review"
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


def open_server(
    home: Path, host: str = "127.0.0.1", port: int = 0, certfile: Path | None = None, keyfile: Path | None = None
) -> ReviewServer:
    """Return the review server of a working folder, listening; start it with start.

    Raises ReviewError unless the address is of this machine alone or there are a certificate and its key.
    """
    if (hub := Hub.from_environment()) is not None:
        return _hub_service(home, hub)
    tls = _tls(certfile, keyfile) if certfile or keyfile else None
    if tls is None and not is_loopback(host):
        raise ReviewError(
            f"没有启动：{host} 不是本机地址，密码和报告会在网上明着传。"
            "要让别的机器访问，请用 --certfile 和 --keyfile 给出证书和密钥；只在本机用，不写 --host"
        )
    hosts = LOOPBACK | {host} | (certified_names(certfile) if certfile else frozenset())
    return ReviewServer.over(ServerContext(home, secure=tls is not None, hosts=hosts), host, port, tls)


def _hub_service(home: Path, hub: Hub) -> ReviewServer:
    """The server as a service of a JupyterHub: where the Hub wants it, below the Hub's own address."""
    host, port = hub.place
    if not is_loopback(host):
        raise ReviewError(
            f"没有启动：JupyterHub 要把服务放在 {host}，不是本机地址；请在 services 的 url 里写 127.0.0.1"
        )
    secure = os.environ.get("JUPYTERHUB_PUBLIC_URL", hub.callback).startswith("https:")
    return ReviewServer.over(ServerContext(home, hub.prefix, secure=secure), host, port, identity=HubIdentity)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens on an address. Raises ReviewError."""
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
            f"证书 {certfile.name} 和密钥 {keyfile.name} 用不了（{error.strerror or type(error).__name__}）："
            "请看文件在不在、是不是 PEM 格式、是不是一对、密钥有没有口令"
        ) from error
    return context


def certified_names(certfile: Path) -> frozenset[str]:
    """Return the names and addresses a certificate is for."""
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
    """Puts the pages into a Jupyter server: into ours as they are, into any other to be read only."""

    name = "gktools_review"
    extension_url = f"/{_LAB_ROOT}/"
    home = Unicode("", help="工作目录；不写即 JupyterLab 打开的目录").tag(config=True)
    person = Unicode("", help="在自己的 JupyterLab 里看：单位表里的姓名").tag(config=True)

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Read Jupyter's configuration in JupyterLab, and none on our own server."""
        if not isinstance(self.serverapp, ReviewServer):
            super().load_config_file(*args, **kwargs)

    def initialize_settings(self) -> None:
        """Let the pages know what they share."""
        server: Any = self.serverapp
        if "gktools_desk" not in server.web_app.settings:
            home = Path(self.home or server.root_dir)
            root = url_path_join(server.base_url, f"{_LAB_ROOT}/")
            self.settings["gktools_desk"] = ServerContext(home, root, signing=False, reader=self.person)

    def initialize_handlers(self) -> None:
        """Add the routes."""
        below = "" if isinstance(self.serverapp, ReviewServer) else f"/{_LAB_ROOT}"
        self.handlers.extend((f"{below}{pattern}", page) for pattern, page in ROUTES)


class ReviewServer(ServerApp):
    """A Jupyter server that has the review pages, the login and the logout, and not one route more."""

    name = "gktools-review"
    default_services: Any = ()
    desk: ServerContext
    tls: ssl.SSLContext | None

    @classmethod
    def over(
        cls,
        desk: ServerContext,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        identity: type[ReviewIdentity] = ReviewIdentity,
    ) -> ReviewServer:
        """Return a server over a desk that listens on an address. Raises ReviewError if it cannot."""
        server = cls(
            ip=host,
            port=port,
            base_url=desk.root,
            default_url=desk.root,
            root_dir=str(desk.home),
            runtime_dir=tempfile.mkdtemp(prefix="gktools-review-"),
            identity_provider_class=identity,
            trust_xheaders=identity is HubIdentity,
            allow_remote_access=identity is HubIdentity,
            authorizer_class=ReviewAuthorizer,
            allow_unauthenticated_access=False,
            allow_root=True,
            open_browser=False,
            no_browser_open_file=True,
            terminals_enabled=False,
            cookie_secret=os.urandom(32),
            max_body_size=LARGEST_FORM,
            max_buffer_size=LARGEST_FORM,
            log_level="ERROR",
            record_http_request_metrics=False,
            jpserver_extensions={"gktools.review.web.server": True},
            tornado_settings={
                "gktools_desk": desk,
                "default_handler_class": Missing,
                "xsrf_cookie_kwargs": cookie_options(desk),
                "xsrf_cookie_name": "gktools-form",
            },
        )
        server.desk, server.tls = desk, tls
        server.initialize(argv=[], find_extensions=False)
        return server

    def migrate_config(self) -> None:
        """Leave the person's Jupyter configuration alone."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Read none: nothing but our own options opens this server any further."""

    def start(self) -> None:
        """Answer until stopped."""
        try:
            super().start()
        finally:
            shutil.rmtree(self.runtime_dir, ignore_errors=True)

    def write_server_info_file(self) -> None:
        """Write none: no other program of Jupyter is to find this server."""

    def init_signal(self) -> None:
        """Stop at Ctrl-C and when told to, without asking in English."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: self._stop_soon())

    def _stop_soon(self) -> None:
        """Stop from within a signal: a loop that waits for its next request is woken up."""
        loop: Any = self.io_loop
        loop.asyncio_loop.call_soon_threadsafe(self.stop)

    def load_server_extensions(self) -> None:
        """Take every route of Jupyter out, then let our pages put theirs in."""
        kept = {page for _, page in self.identity_provider.get_handlers()}
        rules = self.web_app.wildcard_router.rules
        rules[:] = [rule for rule in rules if rule.target in kept]
        super().load_server_extensions()

    def init_httpserver(self) -> None:
        """Take the address, or say in Chinese why not."""
        listening = _listen(self.ip, self.port)
        self.port = listening.getsockname()[1]
        self._http_server = HTTPServer(
            self.web_app, ssl_options=self.tls, xheaders=self.trust_xheaders, max_body_size=LARGEST_FORM, **PATIENCE
        )
        self.io_loop.add_callback(self._http_server.add_sockets, [listening])

    @property
    def address(self) -> str:
        """Where people find it."""
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{'https' if self.desk.secure else 'http'}://{host}:{self.port}{self.desk.root}"
