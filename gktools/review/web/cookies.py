"""The cookies of the review server: their names, and the attributes that keep them from everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from .server_context import ServerContext

SESSION = "gktools-session"
BROWSER = "gktools-browser"
"""The cookie by which a browser is known in which somebody logged in before."""


def cookie_name(context: ServerContext, name: str = SESSION) -> str:
    """Return the name of a cookie; under TLS one that no other server of this host can set."""
    return f"__Host-{name}" if context.secure and context.root == "/" else name


class CookieOptions(TypedDict):
    """The attributes of a cookie."""

    path: str
    httponly: bool
    samesite: str
    secure: bool


def cookie_options(context: ServerContext, same_site: str = "Strict") -> CookieOptions:
    """Return the attributes that hide a cookie from scripts, other sites, other paths and unencrypted connections."""
    return {"path": context.root, "httponly": True, "samesite": same_site, "secure": context.secure}
