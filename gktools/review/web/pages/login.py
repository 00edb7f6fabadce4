"""Login with name and password, change of password, logout."""

from __future__ import annotations

import math
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from ....errors import BusyError, GktoolsError, ReviewError
from ...user_acts import is_newest, note_act
from ...users import User
from ..cookies import BROWSER, cookie_name, cookie_options
from ..threads import PASSWORDS
from ..tries import KNOWN_FOR, Subject, in_browser, in_session, strangers
from .base import ONE_TIME, Page

WRONG = "姓名或密码不对"
LOG_NOT_WHOLE = "审签记录不完整，现在谁也不能登录：请管理 gktools 的人运行 gktools review verify，看是什么"
ENDED = {
    "kept": "登录已经过期，刚才的没有办；填的都留着，登录以后接着办",
    "part": "登录已经过期，刚才的没有办；填的字留着，登录以后接着办；文件要重新选，个人信息栏里写的要重新写",
    "lost": "登录已经过期，刚才的没有办，填的太多，没有留下：请用浏览器的“后退”取回来，抄下再登录",
}
"""What a person is told whose session had ended when they sent a form."""


class PasswordChecks(Page):
    """The base of the pages on which a password is entered."""

    threads = PASSWORDS
    keeps_unsent = False

    def check_password(self, name: str, subjects: list[Subject]) -> tuple[User | None, str]:
        """Return the user and "" if the password is correct; else None and a message, with the status set.

        The failures are counted under the subjects.
        """
        if wait := self.server_context.tries.take(subjects):
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            return None, f"试错的次数太多，请等{_duration(wait)}再试"
        password = self.get_body_argument("password", "", strip=False)
        user = self.server_context.users.check(name, password)
        try:
            right = user is not None and self._is_newest(user)
        except ReviewError:  # an entry about the user may be missing
            self.set_status(503)
            return None, LOG_NOT_WHOLE
        if user is None or not right:
            self.set_status(401)
            return None, WRONG
        self.server_context.tries.forget(subjects)
        return user, ""

    def begin(self, user: User) -> None:
        """Begin a session in this browser, replacing its current one, and know the browser from now on."""
        provider: Any = self.identity_provider
        provider.end(self)
        provider.begin(self, self.server_context.sessions.begin(user))
        cookie = self.server_context.browsers.remember(self.browser, user)
        self.set_cookie(self._browser_cookie, cookie, max_age=KNOWN_FOR, **cookie_options(self.server_context))

    @property
    def browser(self) -> str:
        """The cookie of a browser in which somebody logged in; empty without one."""
        return self.get_cookie(self._browser_cookie) or ""

    @property
    def _browser_cookie(self) -> str:
        return cookie_name(self.server_context, BROWSER)

    def _is_newest(self, user: User) -> bool:
        """Whether the user is not one of before, put back into the file of users."""
        with self.open_log() as log:
            return is_newest(user, log)


class LoginPage(PasswordChecks):
    """The login page; if there are no users it shows how to add one."""

    def require_permission(self) -> None:
        """Allow every request."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the login form, or redirect a person who is already logged in."""
        if self.current_user:
            self._go_on()
        else:
            self._show()

    @allow_unauthenticated
    def post(self) -> None:
        """Begin a session if name and password are correct; else show why not (after many failures, with a wait)."""
        name = self.get_body_argument("name", "")
        known = self.server_context.browsers.knows(self.browser, name)
        subjects = in_browser(self.browser, name) if known else strangers(name, str(self.request.remote_ip))
        user, wrong = self.check_password(name, subjects)
        if user is None:
            return self._show(name, wrong)
        self.begin(user)
        return self.go("password") if user.one_time else self._go_on()

    def _show(self, name: str = "", message: str = "") -> None:
        goal, ended = self.get_argument("next", ""), ENDED.get(self.get_argument("ended", ""), "")
        has_users = bool(self.server_context.users.all())
        self.show("login.html.j2", name=name, message=message, goal=goal, ended=ended, has_users=has_users)

    def _go_on(self) -> None:
        self.redirect(self.safe_address(self.get_argument("next", "")), status=303)


def _duration(seconds: int) -> str:
    return f" {seconds} 秒" if seconds < 60 else f" {math.ceil(seconds / 60)} 分钟"


class PasswordPage(PasswordChecks):
    """The page to change one's password, since the administrator knows the first one."""

    def require_permission(self) -> None:
        """Raise HTTPError unless the person has a password on this server."""
        user = self.server_context.users.get(self.person) if self.server_context.signing else None
        if user is None or not user.has_password:
            raise HTTPError(404)

    def get(self) -> None:
        """Show the form."""
        user = self.server_context.users.get(self.person)
        self.show("password.html.j2", message=ONE_TIME if user and user.one_time else "")

    def post(self) -> None:
        """Change the password if the old one is correct, and end all other sessions of the person."""
        user, wrong = self.check_password(self.person, in_session(self.session.secret if self.session else ""))
        new = self.get_body_argument("new", "", strip=False)
        if user is not None and new != self.get_body_argument("again", "", strip=False):
            wrong = "两次输入的新密码不一样"
        if user is not None and not wrong and new == self.get_body_argument("password", "", strip=False):
            wrong = "新密码和现在的一样：请换一个"
        if user is None or wrong:
            return self.show("password.html.j2", message=wrong)
        try:
            prepared = self.server_context.users.prepare_password(user.name, new)
            with self.open_log() as log:
                entry = note_act(log, user.name, user.name, "own_password", prepared)
            self.server_context.users.finish_password(user.name, prepared, entry=entry)
        except GktoolsError as error:
            self.set_status(503 if isinstance(error, BusyError) else 400)
            return self.show("password.html.j2", message=str(error))
        self.begin(self.server_context.users.get(user.name) or user)
        return self.go()


class AlivePage(Page):
    """Nothing, asked for while somebody types: like every request it keeps the session from ending."""

    def get(self) -> None:
        """Send an empty response."""
        self.set_status(204)
        self.finish()


class LogoutPage(Page):
    """The logout, which ends the session on the server."""

    keeps_unsent = False

    def require_permission(self) -> None:
        """Allow every request."""

    @allow_unauthenticated
    def post(self) -> None:
        """End the session."""
        provider: Any = self.identity_provider
        provider.end(self)
        self.current_user = self.session = None
        self.show("goodbye.html.j2")
