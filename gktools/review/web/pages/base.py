"""What every page of the review server has in common: who asks, whether they may, how it is drawn, how it fails."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler, authenticated

from ....errors import GktoolsError, NotFoundError
from ....render.page import TEMPLATES as PAGE_TEMPLATES
from ....workspace.offices import Office
from ....workspace.output import ReportRef
from ....workspace.project import Project
from ..server_context import Action, ServerContext

_SHEETS = ("gk-report/style.css", "gk-report/pictures.css", "gk-review/review.css")
_RULE = re.compile(r"(@?[^{}@;]+)\{([^{}]*)\}")
_WHOLE = {":root": ".paper", "html": ".paper", "body": ".paper", "main": ".paper .sheet"}


@lru_cache
def paper_style() -> str:
    """Return the style of a review page as one sheet that touches nothing outside .paper."""
    return "\n".join(within((PAGE_TEMPLATES / name).read_text(encoding="utf-8")) for name in _SHEETS)


def within(css: str) -> str:
    """Return a flat style sheet with every rule, also those for a medium, put below .paper."""
    return _RULE.sub(lambda found: f"{_below(found[1])}{{{found[2]}}}", css)


def _below(selectors: str) -> str:
    if selectors.strip().startswith("@"):
        return selectors
    return ",".join(_WHOLE.get(one, f".paper {one}") for one in map(str.strip, selectors.split(",")))


TEMPLATES = Path(__file__).parents[1] / "templates"
POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
"""What a browser may load and where a form may go: only what this server sends, and no script at all."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page(JupyterHandler):
    """A page for a logged-in person named in the office book; every other gets the login, or a refusal in Chinese.

    A subclass has get and post; both run only after host, identity, permission and, for post, the form were checked.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Ask for a login before every method that does not say that anybody may call it."""
        super().__init_subclass__(**kwargs)
        for name in cls.SUPPORTED_METHODS:
            method = vars(cls).get(name.lower())
            if method is not None and not hasattr(method, "__allow_unauthenticated"):
                setattr(cls, name.lower(), authenticated(method))

    @property
    def desk(self) -> ServerContext:
        """What all pages share."""
        return cast("ServerContext", self.settings["gktools_desk"])

    @cached_property
    def project(self) -> Project:
        """The working folder as its files are at this request."""
        return self.desk.project()

    @property
    def person(self) -> str:
        """The name of who asks; empty if that is nobody in the office book."""
        user = getattr(self, "_jupyter_current_user", None)  # current_user raises before it is known who asks
        return (self.desk.reader or user.username) if user else ""

    @property
    def resource(self) -> str:
        """What is asked for, as the authorizer calls it."""
        return "gktools"

    # --- before ----------

    async def prepare(self) -> None:  # type: ignore[override]
        """Let only those go on who may."""
        await super().prepare()
        if not self._finished:
            self.require_permission()

    def require_permission(self) -> None:
        """Refuse who may not do this here. Raises HTTPError."""
        if self.is_change and not self.desk.signing:
            raise HTTPError(403, READ_ONLY)
        action: Action = "write" if self.is_change else "read"
        is_named = self.desk.allows(self.person, action, self.resource.partition(":")[2])
        if not is_named or not self.authorizer.is_authorized(self, self.current_user, action, self.resource):
            raise HTTPError(403, NOBODY if self.desk.signing else LAB_NOBODY)

    @property
    def is_change(self) -> bool:
        """Whether the request asks for more than to be shown something."""
        return self.request.method not in ("GET", "HEAD")

    def check_host(self) -> bool:
        """Whether the server is called by a name of its own."""
        if self.desk.hosts:
            return _hostname(self.request.host) in self.desk.hosts or _matches(self.request.host, self.desk.hosts)
        return bool(super().check_host())

    # --- forms ----------

    @property
    def form_secret(self) -> str:
        """What the forms of this session bring back; empty without a session of our own."""
        session = getattr(self.identity_provider, "session", lambda _: None)(self)
        return session.form_token if session else ""

    @property
    def xsrf_token(self) -> bytes:
        """What a form has to bring back: of the session, so that no form outlives it or serves another person."""
        return self.form_secret.encode() or super().xsrf_token

    def check_xsrf_cookie(self) -> None:
        """Refuse a form that did not come from a page of this session. Raises HTTPError."""
        if not hasattr(self, "_jupyter_current_user"):
            return  # not known yet who asks: checked again in prepare
        if not self._is_own_origin():
            raise HTTPError(403, FOREIGN_FORM)
        if not (secret := self.form_secret):
            super().check_xsrf_cookie()
        elif not hmac.compare_digest(self.get_body_argument("_xsrf", "").encode(), secret.encode()):
            raise HTTPError(403, FOREIGN_FORM)

    def _is_own_origin(self) -> bool:
        """Whether the browser says that a form came from this server, or says nothing."""
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = self.request.headers.get("Origin")
        return origin is None or origin.casefold() == f"{self.request.protocol}://{self.request.host}".casefold()

    # --- drawing ----------

    @property
    def content_security_policy(self) -> str:
        """What the browser may do with the page."""
        return "; ".join(f"{name} {value}" for name, value in POLICY.items())

    def set_default_headers(self) -> None:
        """Send with every answer what keeps a browser from doing more than showing it."""
        super().set_default_headers()
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def allow_style(self, css: str) -> None:
        """Let one inline style sheet, known whole, stand in this page."""
        digest = base64.b64encode(sha256(css.encode()).digest()).decode()
        policy = {**POLICY, "style-src": f"'self' 'sha256-{digest}'"}
        self.set_header("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items()))

    def link(self, *parts: object, **query: object) -> str:
        """Return the address of a page of this server by the parts of its path."""
        asked = {name: value for name, value in query.items() if value not in ("", None)}
        path = "/".join(quote(str(part), safe="") for part in parts)
        return f"{self.desk.root}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def show(self, template: str, **values: Any) -> None:
        """Draw a page from a template of templates/, which gets these values and who is looking."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.draw(template, **values))

    def draw(self, template: str, **values: Any) -> str:
        """Return a page drawn from a template."""
        common = {
            "person": self.person,
            "link": self.link,
            "style": lambda name: self.link("static", name, v=styles()[name][1]),
            "signing": self.desk.signing,
            "logs_out": hasattr(self.identity_provider, "session"),
            "has_password": getattr(self.identity_provider, "keeps_passwords", False),
            "form_token": self.xsrf_form_html,
        }
        return _templates().get_template(template).render(common | values)

    def go(self, *parts: object, **query: object) -> None:
        """Send the browser to another page after a form was taken."""
        self.redirect(self.link(*parts, **query), status=303)

    def within(self, goal: str) -> str:
        """Return an address that was asked for if it is one of this server, else the board's."""
        return goal if _WITHIN.fullmatch(goal) and goal.startswith(self.desk.root) else self.desk.root

    # --- failing ----------

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say in Chinese what went wrong and what to do; the technical side goes to the log."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = _said(status_code, error)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.draw("error.html.j2", message=message, status=status_code))

    def _handle_request_exception(self, error: BaseException) -> None:
        """Answer what a person may not do, or not now, as such: it is no fault of the server."""
        if isinstance(error, GktoolsError) and not self._finished:
            self.send_error(404 if isinstance(error, NotFoundError) else 409, exc_info=(type(error), error, None))
        else:
            super()._handle_request_exception(error)


READ_ONLY = "这里是 JupyterLab 里的审阅页，只能看，不能签、不能改：请到审签服务（gktools review）上登录后办理"
NOBODY = "单位表（params/offices.yaml）里没有您的名字，看不到任何机关：请找管理 gktools 的人写上"
LAB_NOBODY = (
    "这里是 JupyterLab，它的口令不说明您是谁，所以什么也不给看：请用 gktools lab --as 姓名 打开（只能看），"
    "或者到审签服务（gktools review）上登录"
)
FOREIGN_FORM = "这张表单不是从您现在登录后打开的页面上提交的，没有办理：请重新打开页面，再办一次"
_SAID = {
    400: "提交的内容不完整或者写法不对：请返回上一页，改正后再交",
    403: "不能这样做：没有登录，或者没有权限",
    404: "没有这一页，或者您看不到它：请从一览里重新打开",
    405: "这一页不能这样用：请从一览里重新打开",
    413: "提交的文件太大",
}


def _said(status: int, error: object) -> str:
    """What staff are told of an error: a message of ours, or what its number means, never anything technical."""
    if isinstance(error, GktoolsError):
        return str(error)
    if isinstance(error, HTTPError) and error.log_message in (READ_ONLY, NOBODY, LAB_NOBODY, FOREIGN_FORM):
        return str(error.log_message)
    return _SAID.get(status, "程序出错，没有办成；技术细节在审签服务的窗口里，请转给管理 gktools 的人")


_WITHIN = re.compile(r"/(?![/\\])[^\\\x00-\x1f]*")
"""An address below this server's own; no browser reads it as one of another."""


class OfficePage(Page):
    """A page about one report, under OFFICE: the year and the office's code are the first two parts of its path.

    An office that the person may not read is not found, as one that does not exist.
    """

    year: int
    office: Office

    @property
    def resource(self) -> str:
        """The office asked for, as the authorizer calls it."""
        return f"gktools:{self.path_args[1]}"

    def require_permission(self) -> None:
        """Refuse who may not do this here; set year and office. Raises HTTPError."""
        year, code = int(self.path_args[0]), str(self.path_args[1])
        if not self.desk.allows(self.person, "read", code):
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
    """Whatever there is no page for: not found."""

    def require_permission(self) -> None:
        """Nothing is here for anybody. Raises HTTPError."""
        raise HTTPError(404)

    def _none(self) -> None:
        raise HTTPError(404)

    get = post = put = patch = delete = head = options = _none


class Styles(RequestHandler):
    """The style sheets, for anybody: they stand in the login page too."""

    @allow_unauthenticated
    def get(self, name: str) -> None:
        """Send one style sheet, to be kept as long as its address says the same."""
        if name not in styles():
            raise HTTPError(404)
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish(styles()[name][0])

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say nothing more than the number."""
        self.finish()


@lru_cache
def styles() -> dict[str, tuple[bytes, str]]:
    """Return every style sheet of the pages by its name, with a short hash of it."""
    sheets = {path.name: path.read_bytes() for path in sorted(TEMPLATES.glob("*.css"))}
    sheets["paper.css"] = paper_style().encode()
    return {name: (text, sha256(text).hexdigest()[:12]) for name, text in sheets.items()}


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
    """The name in a Host header, without its port; empty if it is no address."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _matches(host: str, names: frozenset[str]) -> bool:
    """Whether a name is one below a *.name of a certificate."""
    _, _, parent = _hostname(host).partition(".")
    return bool(parent) and f"*.{parent}" in names
