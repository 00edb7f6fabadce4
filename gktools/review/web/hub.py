"""Identity from JupyterHub: the review server as a service of the Hub.

The Hub starts the service with its addresses and its secret in the environment. A person logs in at the Hub (OAuth),
comes back with a single-use code, and the Hub returns the person's login for it. No gktools password is needed, and a
Hub token in a request header does not identify anyone here.
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

from ...errors import ReviewError
from ..user_acts import is_newest
from ..users import User
from .cookies import cookie_options
from .identity import ReviewIdentity
from .pages.base import Page
from .sessions import Session
from .threads import CHANGES, READS

_STATE = "gktools-hub-state"
_RECHECK = 60
"""Seconds after which a session's token is checked at the Hub again."""
_TIMEOUT = 10
"""Timeout of a request to the Hub, in seconds."""


@dataclass(frozen=True)
class Hub:
    """The Hub's configuration of the service: addresses, client id, secret, and the scopes that give access."""

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
        """Return the Hub this process is a service of; None if there is none. Raises ReviewError if it is incomplete."""
        if "JUPYTERHUB_SERVICE_PREFIX" not in environment:
            return None
        if "JUPYTERHUB_USER" in environment and "JUPYTERHUB_SERVICE_NAME" not in environment:
            raise ReviewError(
                "这里是 JupyterHub 里各人自己的服务器，起不了审签服务：它是 Hub 的一个服务，请管理 Hub 的人照 docs/operations.md 配置"
            )
        try:
            prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
            base = environment.get("JUPYTERHUB_HOST", "") + environment.get("JUPYTERHUB_BASE_URL", "/")
            name = environment["JUPYTERHUB_SERVICE_NAME"]
            scopes_json = environment.get("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "")
            scopes = json.loads(scopes_json) if scopes_json else ["access:services", f"access:services!service={name}"]
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
        """The host and port at which the service has to listen."""
        parts = urlsplit(self.listen)
        return parts.hostname or "127.0.0.1", parts.port or 0

    def login(self, state: str) -> str:
        """Return the URL at which a person logs in at the Hub."""
        asked = {"client_id": self.client, "redirect_uri": self.callback, "response_type": "code", "state": state}
        return f"{self.authorize}?{urlencode(asked)}"

    async def token(self, code: str) -> str:
        """Return the access token for a single-use code; empty if the Hub refuses it."""
        form = {
            "client_id": self.client,
            "client_secret": self.secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
        }
        answer = await _fetch_json(HTTPRequest(f"{self.api}/oauth2/token", method="POST", body=urlencode(form)))
        return str(answer.get("access_token", ""))

    async def user_name(self, token: str) -> str:
        """Return the Hub login of a token's owner; empty unless the owner is a person with access to the service."""
        answer = await _fetch_json(HTTPRequest(f"{self.api}/user", headers={"Authorization": f"token {token}"}))
        allowed = self.scopes.intersection(answer.get("scopes") or ())
        return str(answer.get("name", "")) if answer.get("kind") == "user" and allowed else ""


async def _fetch_json(request: HTTPRequest) -> dict[str, Any]:
    """The JSON object the Hub responds with; empty if it refuses. Raises ReviewError if it does not respond."""
    request.request_timeout = request.connect_timeout = _TIMEOUT
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
    """Redirects to the login of the Hub."""

    def require_permission(self) -> None:
        """Allow every request."""

    @allow_unauthenticated
    def get(self) -> None:
        """Redirect to the Hub; the callback has to carry the same state."""
        provider = cast("HubIdentity", self.identity_provider)
        goal = self.get_argument("next", "")
        state = secrets.token_urlsafe(24)
        # Lax: the callback is a redirect from the Hub's pages
        options = cookie_options(self.server_context, "Lax")
        self.set_cookie(_STATE, f"{state}.{goal.encode().hex()}", max_age=600, **options)
        self.redirect(provider.hub.login(state))


class HubCallbackPage(Page):
    """The OAuth callback of the Hub."""

    def require_permission(self) -> None:
        """Allow every request: the Hub identifies the person."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Begin a session for the Hub user. Raises ReviewError if the state differs or this is no review user."""
        provider = cast("HubIdentity", self.identity_provider)
        state, _, goal = (self.get_cookie(_STATE) or "").partition(".")
        self.clear_cookie(_STATE, path=self.server_context.root)
        if not state or not compare_digest(state.encode(), self.get_query_argument("state", "").encode()):
            raise ReviewError("这次登录不是从这里开始的，没有登录：请重新打开审签页")
        token = await provider.hub.token(self.get_query_argument("code", ""))
        login = await provider.hub.user_name(token) if token else ""
        user = await READS.run(self._user, login, whose=login) if login else None
        if user is None:
            raise ReviewError(
                f"JupyterHub 的用户“{login}”不是审签用户：请管理 gktools 的人运行 gktools review user add 姓名 --hub {login}"
                if login
                else "JupyterHub 没有说您是谁，或者没有让您用审签服务：请找管理 JupyterHub 的人"
            )
        session = await CHANGES.run(self.server_context.sessions.begin, user, whose=user.name)
        provider.remember(session, token)
        provider.begin(self, session)
        self.redirect(self.safe_address(bytes.fromhex(goal).decode("utf-8", "replace")), status=303)

    def _user(self, login: str) -> User | None:
        """The user with a login at the Hub, unless it is one of before, put back into the file of users."""
        user = self.server_context.users.by_login(login)
        with self.open_log() as log:
            return user if user and is_newest(user, log) else None


class HubIdentity(ReviewIdentity):
    """Identifies a person by a session begun at the Hub, whose token is checked again at intervals."""

    login_handler_class = HubLoginPage
    same_site = "Lax"  # the callback may come from another site; forms are protected by a token as well
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
        """Return the handlers of login, logout and callback."""
        return [*super().get_handlers(), (r"/oauth_callback", HubCallbackPage)]

    def remember(self, session: Session, token: str) -> None:
        """Store the Hub token of a session, in memory only."""
        self._tokens[session.id] = token, self.clock()

    async def get_user(self, handler: Page) -> JupyterUser | None:  # type: ignore[override]
        """Return the session's person while the Hub token is valid; otherwise end the session and return None."""
        session = await self.find_session(handler)
        if session is None:
            return None
        token, asked = self._tokens.get(session.id, ("", 0.0))
        if token and self.clock() - asked > _RECHECK:
            token = token if await self.hub.user_name(token) else ""
            self._tokens[session.id] = token, self.clock()
        if not token:
            self._tokens.pop(session.id, None)
            await CHANGES.run(self.end, handler, whose=session.name)
            return None
        return JupyterUser(username=session.name)
