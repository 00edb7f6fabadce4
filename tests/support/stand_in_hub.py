"""A stand-in for JupyterHub's identity service, which logs in the user given by the test."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PREFIX = "/services/shenqian/"
CLIENT, SECRET = "service-shenqian", "secret-of-the-service"


@dataclass
class StandInHub:
    """The state of the Hub: the logged-in user, the issued codes and tokens, and the requests received."""

    login: str = ""
    scopes: tuple[str, ...] = ("access:services!service=shenqian",)
    kind: str = "user"
    port: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def environment(self, listen: int) -> dict[str, str]:
        """Return the environment in which the Hub starts a service."""
        return {
            "JUPYTERHUB_SERVICE_NAME": "shenqian",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{listen}",
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.port}/hub/api",
            "JUPYTERHUB_API_TOKEN": SECRET,
            "JUPYTERHUB_CLIENT_ID": CLIENT,
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_HOST": f"http://127.0.0.1:{self.port}",
        }

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any) -> tuple[int, Any]:
        """Return the Hub's response: a status and a body, or the target of a redirect."""
        if path == "/hub/api/oauth2/authorize" and query.get("client_id") == CLIENT:
            self.codes[code := secrets.token_hex(8)] = query["redirect_uri"]
            return 302, f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        if method == "POST" and path == "/hub/api/oauth2/token":
            meant = self.codes.pop(query.get("code", ""), "")
            if query.get("client_secret") != SECRET or not meant or query.get("redirect_uri") != meant:
                return 400, {"error": "invalid_grant"}
            self.tokens[token := secrets.token_hex(8)] = self.login
            return 200, {"access_token": token, "token_type": "Bearer"}
        if path == "/hub/api/user":
            name = self.tokens.get(headers.get("Authorization", "").removeprefix("token "))
            return (200, {"name": name, "kind": self.kind, "scopes": list(self.scopes)}) if name else (403, {})
        return 404, {}


@contextmanager
def stand_in_hub() -> Iterator[StandInHub]:
    """Run a stand-in Hub on a loopback port until the end of the block."""
    hub = StandInHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(dict(self.headers), b"")

        def do_POST(self) -> None:
            self._answer(dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, headers: dict[str, str], body: bytes) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query or body.decode()).items()}
            hub.asked.append(parts.path)
            status, said = hub.answer(self.command, parts.path, query, headers)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", said)
            self.end_headers()
            self.wfile.write(b"" if status == 302 else json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
