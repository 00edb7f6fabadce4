"""Who is asking, and what they may do: the identity provider and the authorizer of the review server.

Jupyter's own tokens and passwords mean nobody here: only a session begun by a named user does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, cast

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from .pages.login import LoginPage, LogoutPage

if TYPE_CHECKING:
    from .server_context import Action, ServerContext
    from .sessions import Session

COOKIE = "gktools-session"


class ReviewIdentity(IdentityProvider):
    """Knows a person by the session of a named user, and by nothing else."""

    token = ""
    token_generated = False
    need_token = False
    login_handler_class: Any = LoginPage
    logout_handler_class = LogoutPage
    same_site = "Strict"
    keeps_passwords = True

    @property
    def auth_enabled(self) -> bool:
        """Whether one has to log in: always."""
        return True

    def get_user(self, handler: RequestHandler) -> User | None:
        """Return the person whose session the browser holds; None for anybody else."""
        session = self.session(handler)
        return User(username=session.name) if session else None

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """Whether a token speaks for the request: never, so that forms and origins are always checked."""
        return False

    def session(self, handler: RequestHandler) -> Session | None:
        """Return the session the browser holds the secret of; None if it holds none, or it has ended."""
        desk: ServerContext = handler.settings["gktools_desk"]
        secret = handler.get_cookie(cookie_name(desk))
        return desk.sessions.find(secret) if secret else None

    def begin(self, handler: RequestHandler, session: Session) -> None:
        """Hand the secret of a new session to the browser, to be sent to this server only."""
        desk: ServerContext = handler.settings["gktools_desk"]
        handler.set_cookie(cookie_name(desk), session.secret, **cookie_options(desk, self.same_site))

    def end(self, handler: RequestHandler) -> None:
        """End the session of a request, here and in the browser."""
        desk: ServerContext = handler.settings["gktools_desk"]
        if secret := handler.get_cookie(cookie_name(desk)):
            desk.sessions.end(secret)
        handler.clear_cookie(cookie_name(desk), path=desk.root)


def cookie_name(desk: ServerContext) -> str:
    """The name of the cookie; under TLS one that no other server of this machine can set."""
    return f"__Host-{COOKIE}" if desk.secure and desk.root == "/" else COOKIE


class CookieOptions(TypedDict):
    """How a browser may use a cookie."""

    path: str
    httponly: bool
    samesite: str
    secure: bool


def cookie_options(desk: ServerContext, same_site: str = "Strict") -> CookieOptions:
    """What keeps a cookie from scripts, other sites and other paths, and off the open wire."""
    return {"path": desk.root, "httponly": True, "samesite": same_site, "secure": desk.secure}


class ReviewAuthorizer(Authorizer):
    """Lets a person do what the office book says, and nobody anything of Jupyter's own."""

    def is_authorized(self, handler: RequestHandler, user: User, action: str, resource: str) -> bool:
        """Whether a person may read or write; the resource is gktools, or gktools: and an office's code."""
        kind, _, code = resource.partition(":")
        if kind != "gktools" or action not in ("read", "write"):
            return False
        desk: ServerContext = handler.settings["gktools_desk"]
        return desk.allows(user.username, cast("Action", action), code)
