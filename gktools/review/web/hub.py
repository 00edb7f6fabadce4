"""Who asks, where a JupyterHub knows it: the review server as a service of the Hub.

The Hub starts the service with its addresses and its secret in the environment. A person is sent to the Hub to log in,
comes back with a code that is good once, and the Hub says who that is. Passwords of ours are not asked for there, and
a token of the Hub in a header means nobody here.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User as JupyterUser
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.web import RequestHandler

from ...errors import ReviewError
from .identity import ReviewIdentity, cookie_options
from .pages.base import Page
from .sessions import Session

_STATE = "gktools-hub-state"
_ASKED_AGAIN = 60
"""Seconds after which the Hub is asked again whether it still knows a person."""
_PATIENCE = 10
"""Seconds the Hub may take to answer."""


@dataclass(frozen=True)
class Hub:
    """What the Hub tells a service of itself: its addresses, the service's name there and secret, who may come in."""

    api: str
    secret: str = field(repr=False)
    client: str
    authorize: str
    prefix: str
    listen: str
    callback: str
    scopes: frozenset[str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Hub | None:
        """Return the Hub this process is a service of; None if there is none. Raises ReviewError if half is missing."""
        if "JUPYTERHUB_SERVICE_PREFIX" not in environment:
            return None
        try:
            prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
            base = environment.get("JUPYTERHUB_HOST", "") + environment.get("JUPYTERHUB_BASE_URL", "/")
            name = environment["JUPYTERHUB_SERVICE_NAME"]
            told = environment.get("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "")
            scopes = json.loads(told) if told else ["access:services", f"access:services!service={name}"]
            return cls(
                environment["JUPYTERHUB_API_URL"].rstrip("/"),
                environment["JUPYTERHUB_API_TOKEN"],
                environment["JUPYTERHUB_CLIENT_ID"],
                f"{base.rstrip('/')}/hub/api/oauth2/authorize",
                prefix if prefix.endswith("/") else f"{prefix}/",
                environment["JUPYTERHUB_SERVICE_URL"],
                environment.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or f"{prefix.rstrip('/')}/oauth_callback",
                frozenset(scopes),
            )
        except (KeyError, ValueError) as error:
            raise ReviewError(f"JupyterHub 给的环境变量不全或者不对：{error}；请看 Hub 的 services 配置") from error

    @property
    def place(self) -> tuple[str, int]:
        """The address and port the Hub wants the service at."""
        parts = urlsplit(self.listen)
        return parts.hostname or "127.0.0.1", parts.port or 0

    def login(self, state: str) -> str:
        """Return where a person logs in at the Hub."""
        asked = {"client_id": self.client, "redirect_uri": self.callback, "response_type": "code", "state": state}
        return f"{self.authorize}?{urlencode(asked)}"

    async def token(self, code: str) -> str:
        """Return the token that a code is good for, once; empty if it is not."""
        form = {
            "client_id": self.client,
            "client_secret": self.secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
        }
        answer = await _asked(HTTPRequest(f"{self.api}/oauth2/token", method="POST", body=urlencode(form)))
        return str(answer.get("access_token", ""))

    async def login_of(self, token: str) -> str:
        """Return the name at the Hub of the person a token is of; empty unless a person, and one who may come in."""
        answer = await _asked(HTTPRequest(f"{self.api}/user", headers={"Authorization": f"token {token}"}))
        allowed = self.scopes.intersection(answer.get("scopes") or ())
        return str(answer.get("name", "")) if answer.get("kind") == "user" and allowed else ""


async def _asked(request: HTTPRequest) -> dict[str, Any]:
    """What the Hub answers; nothing if it refuses. Raises ReviewError if it does not answer."""
    request.request_timeout = request.connect_timeout = _PATIENCE
    try:
        answer = await AsyncHTTPClient().fetch(request)
    except HTTPError as error:
        if error.code in _REFUSED:
            return {}
        raise ReviewError(
            "JupyterHub 没有回答，现在不能登录：请稍后再试；一直这样，请告诉管理 JupyterHub 的人"
        ) from error
    except OSError as error:
        raise ReviewError("连不上 JupyterHub，现在不能登录：请告诉管理 JupyterHub 的人") from error
    found = json.loads(answer.body)
    return found if isinstance(found, dict) else {}


_REFUSED = (400, 401, 403, 404)


class HubLoginPage(Page):
    """Sends a person to the Hub to log in."""

    def require_permission(self) -> None:
        """Anybody may."""

    @allow_unauthenticated
    def get(self) -> None:
        """Go to the Hub; what comes back has to bring the same secret."""
        provider = cast("HubIdentity", self.identity_provider)
        goal = self.get_argument("next", "")
        state = secrets.token_urlsafe(24)
        # Lax: the Hub sends the person back from its own pages
        options = cookie_options(self.desk, "Lax")
        self.set_cookie(_STATE, f"{state}.{goal.encode().hex()}", max_age=600, **options)
        self.redirect(provider.hub.login(state))


class HubCallbackPage(Page):
    """Where the Hub sends a person back to."""

    def require_permission(self) -> None:
        """Anybody may; who it is, the Hub says."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Begin a session for whom the Hub knows. Raises ReviewError if the Hub, or the office book, does not."""
        provider = cast("HubIdentity", self.identity_provider)
        state, _, goal = (self.get_cookie(_STATE) or "").partition(".")
        self.clear_cookie(_STATE, path=self.desk.root)
        if not state or not compare_digest(state.encode(), self.get_query_argument("state", "").encode()):
            raise ReviewError("这次登录不是从这里开始的，没有登录：请重新打开审签页")
        token = await provider.hub.token(self.get_query_argument("code", ""))
        login = await provider.hub.login_of(token) if token else ""
        user = self.desk.users.of_login(login) if login else None
        if user is None:
            raise ReviewError(
                f"JupyterHub 的用户“{login}”不是审签用户：请管理 gktools 的人运行 gktools review user add 姓名 --hub {login}"
                if login
                else "JupyterHub 没有说您是谁，或者没有让您用审签服务：请找管理 JupyterHub 的人"
            )
        session = self.desk.sessions.begin(user)
        provider.remember(session, token)
        provider.begin(self, session)
        self.redirect(self.within(bytes.fromhex(goal).decode("utf-8", "replace")), status=303)


class HubIdentity(ReviewIdentity):
    """Knows a person by a session that began at the Hub, and asks the Hub again from time to time."""

    login_handler_class = HubLoginPage
    same_site = "Lax"  # the Hub may send a person back from pages of another site; forms carry more than the cookie
    keeps_passwords = False
    hub: Hub
    clock: Callable[[], float] = time.monotonic

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        found = Hub.from_environment()
        if found is None:
            raise ReviewError("这里不是 JupyterHub 的服务")
        self.hub = found
        self._tokens: dict[str, tuple[str, float]] = {}

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return the login, the logout, and where the Hub sends people back to."""
        return [*super().get_handlers(), (r"/oauth_callback", HubCallbackPage)]

    def remember(self, session: Session, token: str) -> None:
        """Keep the Hub's token of a session, in memory only."""
        self._tokens[session.id] = token, self.clock()

    async def get_user(self, handler: RequestHandler) -> JupyterUser | None:  # type: ignore[override]
        """Return the person whose session it is, if the Hub still knows the person; else the session ends."""
        session = self.session(handler)
        if session is None:
            return None
        token, asked = self._tokens.get(session.id, ("", 0.0))
        if token and self.clock() - asked > _ASKED_AGAIN:
            token = token if await self.hub.login_of(token) else ""
            self._tokens[session.id] = token, self.clock()
        if not token:
            self._tokens.pop(session.id, None)
            self.end(handler)
            return None
        return JupyterUser(username=session.name)
