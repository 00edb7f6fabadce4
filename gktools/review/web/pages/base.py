"""The base classes of all pages of the review server: identity, permission, rendering and errors."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, lru_cache, wraps
from hashlib import sha256
from inspect import iscoroutinefunction, unwrap
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import quote, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, authenticated

from ....errors import BusyError, GktoolsError, NotFoundError
from ....render.page import TEMPLATES as PAGE_TEMPLATES
from ....render.pictures import DRAW
from ....workspace.offices import Office
from ....workspace.output import ReportRef
from ....workspace.project import Project
from ...log import Guard, Log, open_log
from ...user_acts import acting_as
from ..server_context import WAIT, Action, ServerContext
from ..threads import BUSY, CHANGES, OWN_BUSY, READS, Threads
from ..tries import network
from ..unsent import is_private
from ..views.browser_words import in_browser
from .static_files import TEMPLATES, static_files

if TYPE_CHECKING:
    from ..sessions import Session

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
"""The Content-Security-Policy: only content of this server. Its one script is forms.js; a report has none."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page(JupyterHandler):
    """A page for a logged-in person of the office book; others are sent to the login or refused in Chinese.

    A subclass defines get and post, which run only after host, identity, permission and, for post, the form token
    have been checked.
    """

    session: Session | None = None
    """The session of the browser, found before the request is handled."""
    author = ""
    """Without a session: whose form was sent, by its token."""
    keeps_unsent: ClassVar[bool] = True
    """Whether a form that is sent after its session has ended is kept until its person has logged in again."""
    settles_unsent: ClassVar[bool] = True
    """Whether sending a form settles the one of the same page that was kept."""
    threads: ClassVar[Threads] = CHANGES
    """The threads in which what changes something is handled; the rest is handled in READS."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Handle every method in a thread, and require a login unless it is decorated with allow_unauthenticated."""
        super().__init_subclass__(**kwargs)
        for name in cls.SUPPORTED_METHODS:
            method = vars(cls).get(name.lower())
            if method is None:
                continue
            handled = method if iscoroutinefunction(unwrap(method)) else _in_thread(method)
            is_open = hasattr(method, "__allow_unauthenticated")
            setattr(cls, name.lower(), handled if is_open else authenticated(handled))

    async def in_thread(self, threads: Threads, do: Callable[..., None], *args: Any) -> None:
        """Call a function in a thread; what it finishes the response with is sent afterwards, from the event loop."""
        self._answer: tuple[Any] | None = None
        self._answers_later = True
        DRAW.set(self.server_context.drawing.draw)
        try:
            await threads.run(do, *args, whose=self.whose)
        finally:
            self._answers_later = False
        if self._answer is not None:
            self.finish(*self._answer)

    _answers_later = False
    _is_left = False

    def on_connection_close(self) -> None:
        """Note that nobody waits for the response any more."""
        super().on_connection_close()
        self._is_left = True

    def finish(self, chunk: Any = None) -> Any:
        """Send the response; within a thread, keep it to be sent."""
        if not self._answers_later:
            return super().finish(chunk)
        self._answer = (chunk,)
        return None

    def open_log(self) -> Log:
        """Return the review log, for one who waits for another writer for seconds only. Raises RecordsError.

        What is appended to it is of this person, as long as they may act.
        """
        return open_log(self.project, wait=WAIT, acting=self.acting)

    @property
    def acting(self) -> Guard:
        """The check, wherever the person does something, that their user is the newest."""
        return acting_as(self.server_context.users, self.person)

    @property
    def server_context(self) -> ServerContext:
        """The context shared by all pages."""
        return cast("ServerContext", self.settings["gktools_context"])

    @cached_property
    def project(self) -> Project:
        """The project, read from its files once per request."""
        return self.server_context.project()

    @property
    def person(self) -> str:
        """The name of the requesting person; empty if unknown."""
        user = getattr(self, "_jupyter_current_user", None)  # current_user raises before authentication
        return (self.server_context.reader or user.username) if user else ""

    @property
    def whose(self) -> str:
        """Whose share of the threads the request takes: that of the person, or of an address where nobody is logged in."""
        return self.person or self.author or network(str(self.request.remote_ip))

    @property
    def resource(self) -> str:
        """The requested resource, as the authorizer names it."""
        return "gktools"

    # --- before the request ----------

    async def prepare(self) -> None:  # type: ignore[override]
        """Check the permission before the request is handled; keep a form whose session has ended."""
        try:
            await super().prepare()
        except HTTPError:
            if not self.author:
                raise
            await self.in_thread(CHANGES, self._keep_unsent)
        if not self._finished:
            await self.in_thread(READS, self.require_permission)

    @property
    def form_page(self) -> str:
        """The path of the page with the form that was sent."""
        return self.request.path

    @property
    def unsent(self) -> dict[str, list[str]] | None:
        """The form of this page that the person has not sent because their session had ended; None if there is none."""
        return self.server_context.unsent.find(self.person, self.form_page) if not self.is_change else None

    def _keep_unsent(self) -> None:
        """Keep the form and send the browser to the login, from where the person comes back to it."""
        form = {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}
        kept = self.server_context.unsent.keep(self.author, self.form_page, form)
        whole = not self.request.files and not any(any(form[name]) and is_private(name, form[name]) for name in form)
        self.answer_unsent("kept" if kept and whole else "part" if kept else "lost")

    def answer_unsent(self, kept: str) -> None:
        """Answer a form whose session has ended; kept says whether all of it was kept, a part, or nothing."""
        self.go("login", next=self.form_page, ended=kept)

    def require_permission(self) -> None:
        """Raise HTTPError unless the person may do this on this server."""
        if self.is_change and not self.server_context.signing:
            raise HTTPError(403, READ_ONLY)
        if (
            self.is_change
            and self.keeps_passwords
            and (user := self.server_context.users.get(self.person))
            and user.one_time
        ):
            raise HTTPError(403, ONE_TIME)
        action: Action = "write" if self.is_change else "read"
        is_named = self.server_context.allows(self.person, action, self.resource.partition(":")[2])
        if not is_named or not self.authorizer.is_authorized(self, self.current_user, action, self.resource):
            raise HTTPError(403, NOT_LISTED if self.server_context.signing else LAB_NOT_LISTED)

    @property
    def keeps_passwords(self) -> bool:
        """Whether this server checks passwords itself; False under JupyterHub, where one set here is never asked for."""
        return bool(getattr(self.identity_provider, "keeps_passwords", False))

    @property
    def is_change(self) -> bool:
        """Whether the request changes something (any method but GET and HEAD)."""
        return self.request.method not in ("GET", "HEAD")

    def check_host(self) -> bool:
        """Return whether the Host header is one of the server's names."""
        if self.server_context.hosts:
            return _hostname(self.request.host) in self.server_context.hosts or _matches(
                self.request.host, self.server_context.hosts
            )
        return bool(super().check_host())

    # --- forms ----------

    @property
    def form_secret(self) -> str:
        """The form token of this session; empty without a session."""
        return self.session.form_token if self.session else ""

    @property
    def xsrf_token(self) -> bytes:
        """The XSRF token: that of the session, so a form is invalid after the session or for another person."""
        return self.form_secret.encode() or super().xsrf_token

    def check_xsrf_cookie(self) -> None:
        """Raise HTTPError if a form does not come from a page of this session."""
        if not hasattr(self, "_jupyter_current_user"):
            return  # not authenticated yet: checked again in prepare
        if not self._is_own_origin():
            raise HTTPError(403, FOREIGN_FORM)
        if self.author:
            return  # the token was found to be that of a person who has to log in again
        if not (secret := self.form_secret):
            super().check_xsrf_cookie()
        elif not hmac.compare_digest(self.get_body_argument("_xsrf", "").encode(), secret.encode()):
            raise HTTPError(403, FOREIGN_FORM)

    def _is_own_origin(self) -> bool:
        """Whether the request's origin headers name this server or are missing."""
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin, own = self.request.headers.get("Origin"), f"{self.request.protocol}://{self.request.host}"
        return origin is None or origin.casefold() in {own.casefold(), self.server_context.origin or own.casefold()}

    # --- rendering ----------

    @property
    def content_security_policy(self) -> str:
        """The Content-Security-Policy of the page."""
        return "; ".join(f"{name} {value}" for name, value in POLICY.items())

    def set_default_headers(self) -> None:
        """Set the security headers of every response."""
        super().set_default_headers()
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def allow_style(self, css: str) -> None:
        """Allow one inline style sheet in this page, by its hash."""
        digest = base64.b64encode(sha256(css.encode()).digest()).decode()
        policy = {**POLICY, "style-src": f"'self' 'sha256-{digest}'"}
        self.set_header("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items()))

    def link(self, *parts: object, **query: object) -> str:
        """Return the URL path of a page of this server from the parts of its path and its query."""
        asked = {name: value for name, value in query.items() if value not in ("", None)}
        path = "/".join(quote(str(part), safe="") for part in parts)
        return f"{self.server_context.root}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def show(self, template: str, **values: Any) -> None:
        """Render a template with these values and send it as the response."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.draw(template, **values))

    def draw(self, template: str, **values: Any) -> str:
        """Return a rendered template."""
        common = {
            "person": self.person,
            "link": self.link,
            "static": lambda name: self.link("static", name, v=static_files()[name][1]),
            "signing": self.server_context.signing,
            "logs_out": hasattr(self.identity_provider, "keeps_passwords"),
            "has_password": self.keeps_passwords,
            "form_token": self.xsrf_form_html,
        }
        return _templates().get_template(template).render(common | values)

    def go(self, *parts: object, **query: object) -> None:
        """Redirect (303) to another page after a form was processed."""
        self.redirect(self.link(*parts, **query), status=303)

    def send_file(self, content: bytes, kind: str, name: str) -> None:
        """Send a file as a download with a name, never displayed on this origin."""
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.finish(content)

    def safe_address(self, goal: str) -> str:
        """Return a requested redirect target if it is a path of this server, else the path of the board."""
        return (
            goal
            if _OWN_ADDRESS.fullmatch(goal) and goal.startswith(self.server_context.root)
            else self.server_context.root
        )

    # --- errors ----------

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send an error page in Chinese with what to do; technical details go to the log."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = _error_message(status_code, error)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.draw("error.html.j2", message=message, status=status_code))

    def _handle_request_exception(self, error: BaseException) -> None:
        """Send GktoolsError as status 404 or 409 instead of a server error."""
        if isinstance(error, GktoolsError) and not self._finished:
            self.send_error(status_of(error), exc_info=(type(error), error, None))
        else:
            super()._handle_request_exception(error)


def _in_thread(method: Callable[..., None]) -> Callable[..., Awaitable[None]]:
    """A method of a page that is handled in a thread."""

    @wraps(method)
    async def handle(self: Page, *args: str, **given: str) -> None:
        threads = self.threads if self.is_change else READS
        await self.in_thread(threads, handle_now, self, args, given)

    def handle_now(self: Page, args: Sequence[str], given: Mapping[str, str]) -> None:
        if self._is_left and not self.is_change:
            return
        method(self, *args, **given)
        if self.is_change and self.settles_unsent and self.person:
            self.server_context.unsent.drop(self.person, self.form_page)

    return handle


def status_of(error: GktoolsError) -> int:
    """The status with which an error is sent: not there, nothing now, or against what is."""
    return 404 if isinstance(error, NotFoundError) else 503 if isinstance(error, BusyError) else 409


NOT_HANDLER = "只有这个机关的经办人能交台账、看台账"
READ_ONLY = "这里是 JupyterLab 里的审阅页，只能看，不能签、不能改：请到审签服务（gktools review）上登录后办理"
ONE_TIME = "您的密码是管理 gktools 的人设的，只能用一次：请先在右上角“改密码”改成自己的，再办理"
NOT_LISTED = "单位表（params/offices.yaml）里没有您的名字，看不到任何机关：请找管理 gktools 的人写上"
LAB_NOT_LISTED = (
    "这里是 JupyterLab，它的口令不说明您是谁，所以什么也不给看：请用 gktools lab --as 姓名 打开（只能看），"
    "或者到审签服务（gktools review）上登录"
)
FOREIGN_FORM = "这张表单不是从您现在登录后打开的页面上提交的，没有办理：请重新打开页面，再办一次"
_STATUS_MESSAGES = {
    400: "提交的内容不完整或者写法不对：请返回上一页，改正后再交",
    403: "不能这样做：没有登录，或者没有权限",
    404: "没有这一页，或者您看不到它：请从一览里重新打开",
    405: "这一页不能这样用：请从一览里重新打开",
    413: "提交的文件太大",
    503: BUSY,
}


def _error_message(status: int, error: object) -> str:
    """The message of an error for staff: our own message, or that of its status; never technical details."""
    if isinstance(error, GktoolsError):
        return in_browser(str(error))
    if isinstance(error, HTTPError) and error.log_message in (
        READ_ONLY,
        ONE_TIME,
        NOT_LISTED,
        LAB_NOT_LISTED,
        FOREIGN_FORM,
        NOT_HANDLER,
        OWN_BUSY,
    ):
        return in_browser(str(error.log_message))
    return _STATUS_MESSAGES.get(status, "程序出错，没有办成；技术细节在审签服务的窗口里，请转给管理 gktools 的人")


_OWN_ADDRESS = re.compile(r"/(?![/\\])[^\\\x00-\x1f]*")
"""A path of this server that no browser can interpret as the address of another server."""


class OfficePage(Page):
    """A page about one report, below OFFICE: the first two parts of its path are the year and the office code.

    Responds with 404 for an office that the person may not read, as for one that does not exist.
    """

    year: int
    office: Office

    @property
    def resource(self) -> str:
        """The requested office, as the authorizer names it."""
        return f"gktools:{self.path_args[1]}"

    def require_permission(self) -> None:
        """Set year and office. Raises HTTPError unless the person may do this on this server."""
        year, code = int(self.path_args[0]), str(self.path_args[1])
        if not self.server_context.allows(self.person, "read", code):
            raise HTTPError(404)
        super().require_permission()
        if year not in self.project.years():
            raise HTTPError(404)
        self.year, self.office = year, self.project.office(code, year)

    @property
    def code(self) -> str:
        """The code of the office."""
        return self.office.code

    @property
    def ref(self) -> ReportRef:
        """The report the page is about."""
        return self.project.report(self.code, self.year)


class Missing(Page):
    """The 404 page."""

    def require_permission(self) -> None:
        """Raise HTTPError 404 for every person."""
        raise HTTPError(404)

    def _none(self) -> None:
        raise HTTPError(404)

    get = post = put = patch = delete = head = options = _none


@lru_cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader([TEMPLATES, PAGE_TEMPLATES / "gk-review"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _hostname(host: str) -> str:
    """The host name of a Host header, without port; empty if it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _matches(host: str, names: frozenset[str]) -> bool:
    """Whether a host name matches a wildcard name of a certificate."""
    _, _, parent = _hostname(host).partition(".")
    return bool(parent) and f"*.{parent}" in names
