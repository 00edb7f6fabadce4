"""The identity provider and the authorizer of the review server.

Jupyter's own tokens and passwords identify no one here: only the session of a named user does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from .cookies import cookie_name, cookie_options
from .pages.login import LoginPage, LogoutPage
from .threads import READS

if TYPE_CHECKING:
    from .pages.base import Page
    from .server_context import Action, ServerContext
    from .sessions import Session


class ReviewIdentity(IdentityProvider):
    """Identifies a person only by the session of a named user."""

    token = ""
    token_generated = False
    need_token = False
    login_handler_class: Any = LoginPage
    logout_handler_class = LogoutPage
    same_site = "Strict"
    keeps_passwords = True

    @property
    def auth_enabled(self) -> bool:
        """True: a login is always required."""
        return True

    async def get_user(self, handler: Page) -> User | None:  # type: ignore[override]
        """Return the person of the browser's session; None without a session."""
        session = await self.find_session(handler)
        return User(username=session.name) if session else None

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """Return False: tokens are not accepted, so forms and origins are always checked."""
        return False

    async def find_session(self, handler: Page) -> Session | None:
        """Return the session of the browser's cookie, also as that of the page; None without one or if it has ended."""
        context = handler.server_context
        secret = handler.get_cookie(cookie_name(context))
        handler.session = await READS.run(context.sessions.find, secret, whose=secret) if secret else None
        if handler.session is None and handler.is_change and handler.keeps_unsent:
            token = handler.get_body_argument("_xsrf", "")
            author = await READS.run(context.sessions.author, token, whose=handler.whose) if token else None
            handler.author = author.name if author else ""
        return handler.session

    def begin(self, handler: RequestHandler, session: Session) -> None:
        """Set the session cookie in the browser, restricted to this server."""
        context: ServerContext = handler.settings["gktools_context"]
        handler.set_cookie(cookie_name(context), session.secret, **cookie_options(context, self.same_site))

    def end(self, handler: Page) -> None:
        """End the session of a request and delete its cookie."""
        context = handler.server_context
        if secret := handler.get_cookie(cookie_name(context)):
            context.sessions.end(secret)
        handler.session = None
        handler.clear_cookie(cookie_name(context), path=context.root)


class ReviewAuthorizer(Authorizer):
    """Allows what the office book permits, and none of Jupyter's own resources."""

    def is_authorized(self, handler: RequestHandler, user: User, action: str, resource: str) -> bool:
        """Return whether a person may read or write; the resource is "gktools" or "gktools:<office code>"."""
        kind, _, code = resource.partition(":")
        if kind != "gktools" or action not in ("read", "write"):
            return False
        context: ServerContext = handler.settings["gktools_context"]
        return context.allows(user.username, cast("Action", action), code)
