"""Logging in with a name and a password, and out again."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated

from ..users import User
from .base import Page

WRONG = "姓名或密码不对"
_CHECKING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""Passwords are checked beside the server, two at a time: it goes on answering others."""


class LoginPage(Page):
    """The login; without any user it says how to add one."""

    def require_permission(self) -> None:
        """Anybody may see it."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the login, or go on for who is logged in already."""
        if self.current_user:
            self._go_on()
        else:
            self._show()

    @allow_unauthenticated
    async def post(self) -> None:
        """Begin a session if name and password are right; else say so, after as many failures only after a wait."""
        name, password = self.get_body_argument("name", ""), self.get_body_argument("password", "", strip=False)
        address = str(self.request.remote_ip)
        if wait := self.desk.tries.take(name, address):
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            return self._show(name, f"试错的次数太多，请等{_spoken(wait)}再试")
        loop = asyncio.get_running_loop()
        user: User | None = await loop.run_in_executor(_CHECKING, self.desk.users.check, name, password)
        if user is None:
            self.set_status(401)
            return self._show(name, WRONG)
        self.desk.tries.forget(name, address)
        provider: Any = self.identity_provider
        provider.end(self)
        provider.begin(self, self.desk.sessions.begin(user))
        return self._go_on()

    def _show(self, name: str = "", message: str = "") -> None:
        goal = self.get_argument("next", "")
        self.show("login.html.j2", name=name, message=message, goal=goal, has_users=bool(self.desk.users.all()))

    def _go_on(self) -> None:
        self.redirect(self.within(self.get_argument("next", "")), status=303)


def _spoken(seconds: int) -> str:
    return f" {seconds} 秒" if seconds < 60 else f" {math.ceil(seconds / 60)} 分钟"


class LogoutPage(Page):
    """Logging out: the session ends here, whatever the browser keeps."""

    def require_permission(self) -> None:
        """Anybody may go."""

    @allow_unauthenticated
    def post(self) -> None:
        """End the session."""
        provider: Any = self.identity_provider
        provider.end(self)
        self.current_user = None
        self.show("goodbye.html.j2")
