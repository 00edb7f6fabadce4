"""Logging in with a name and a password, and out again."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from ....errors import GktoolsError
from ...users import User
from .base import Page

WRONG = "姓名或密码不对"
_CHECKING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""Passwords are checked beside the server, two at a time: it goes on answering others."""


class PasswordChecks(Page):
    """What the pages have in common on which a password is typed."""

    async def checked(self, name: str) -> tuple[User | None, str]:
        """Return the user whose password was typed; else None and why not, the status set."""
        address = str(self.request.remote_ip)
        if wait := self.desk.tries.take(name, address):
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            return None, f"试错的次数太多，请等{_spoken(wait)}再试"
        password = self.get_body_argument("password", "", strip=False)
        loop = asyncio.get_running_loop()
        user = await loop.run_in_executor(_CHECKING, self.desk.users.check, name, password)
        if user is None:
            self.set_status(401)
            return None, WRONG
        self.desk.tries.forget(name, address)
        return user, ""

    def begin(self, user: User) -> None:
        """Begin a session of this browser, in the place of the one it had."""
        provider: Any = self.identity_provider
        provider.end(self)
        provider.begin(self, self.desk.sessions.begin(user))


class LoginPage(PasswordChecks):
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
        name = self.get_body_argument("name", "")
        user, wrong = await self.checked(name)
        if user is None:
            return self._show(name, wrong)
        self.begin(user)
        return self._go_on()

    def _show(self, name: str = "", message: str = "") -> None:
        goal = self.get_argument("next", "")
        self.show("login.html.j2", name=name, message=message, goal=goal, has_users=bool(self.desk.users.all()))

    def _go_on(self) -> None:
        self.redirect(self.within(self.get_argument("next", "")), status=303)


def _spoken(seconds: int) -> str:
    return f" {seconds} 秒" if seconds < 60 else f" {math.ceil(seconds / 60)} 分钟"


class PasswordPage(PasswordChecks):
    """Where people choose a password of their own: whoever added the user knows the first one."""

    def require_permission(self) -> None:
        """Refuse where passwords are not kept here. Raises HTTPError."""
        user = self.desk.users.get(self.person) if self.desk.signing else None
        if user is None or not user.has_password:
            raise HTTPError(404)

    def get(self) -> None:
        """Show the form."""
        self.show("password.html.j2", message="")

    async def post(self) -> None:
        """Change the password if the old one is right; every other session of the person ends."""
        user, wrong = await self.checked(self.person)
        new = self.get_body_argument("new", "", strip=False)
        if user is not None and new != self.get_body_argument("again", "", strip=False):
            wrong = "两次输入的新密码不一样"
        if user is None or wrong:
            return self.show("password.html.j2", message=wrong)
        try:
            self.desk.users.set_password(user.name, new)
        except GktoolsError as error:
            self.set_status(400)
            return self.show("password.html.j2", message=str(error))
        self.begin(self.desk.users.get(user.name) or user)
        return self.go()


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
