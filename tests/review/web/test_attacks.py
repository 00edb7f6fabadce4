"""Breaking into the review server: each of these is tried, and each fails."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.auth.identity import User
from projects import make_project
from reviewing import PASSWORD, Visitor, add_users, running, visiting

import gktools
from gktools.errors import GktoolsError
from gktools.review.accounts import Accounts
from gktools.review.web.cookies import cookie_name
from gktools.review.web.pages.base import OfficePage
from gktools.review.web.pages.routes import OFFICE, ROUTES
from gktools.review.web.server import ReviewServer
from gktools.review.web.server_context import ServerContext

SCRIPT = "财政<script>alert(1)</script>局"
OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    },
    "caizheng": {
        "names": [{"name": SCRIPT}],
        "kind": "county_department",
        "people": {"handler": "乙经办", "deputy": "乙分管", "head": "<b>乙负责</b>"},
    },
}
DONE: list[tuple[str, str]] = []
"""Who did what on the page below."""


class SignHere(OfficePage):
    """A page on which something can be done, as the real ones."""

    def get(self, year: str, code: str) -> None:
        self.show("error.html.j2", message=self.form_secret, status=200)

    def post(self, year: str, code: str) -> None:
        if self.get_body_argument("fail", ""):
            raise GktoolsError("甲乙丙丁<script>")
        if self.get_body_argument("crash", ""):
            raise RuntimeError("secret-of-the-program")
        DONE.append((self.person, f"{self.year} {self.code}"))
        self.go()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("attacked") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    add_users(home, "甲经办", "乙经办", "丙离任")
    (home / "secret.txt").write_text("secret", encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[ReviewServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gktools.review.web.server.ROUTES", [*ROUTES, (rf"{OFFICE}/sign-here", SignHere)])
        patch.setenv("JUPYTER_TOKEN", "jupyter-token")
        patch.setenv("JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS", "true")
        patch.setenv("JUPYTER_CONFIG_DIR", str(home.parent))
        (home.parent / "jupyter_config.json").write_text('{"ServerApp": {"disable_check_xsrf": true}}')
        with running(home) as server:
            yield server


@pytest.fixture
def jia(server: ReviewServer) -> Visitor:
    DONE.clear()
    return visiting(server, "甲经办")


HERE = "/2024/minzheng/sign-here"


def test_who_is_logged_in_does_what_the_form_says(jia):
    assert jia.post(HERE).status == 303
    assert DONE == [("甲经办", "2024 minzheng")]


# --- without a login, with a token -----------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["token jupyter-token", "Bearer jupyter-token", "token ", "Basic OnA="])
def test_a_token_reads_nothing_and_signs_nothing(server, header):
    DONE.clear()
    visitor = Visitor(server.port)

    assert visitor.get("/", Authorization=header).status == 302
    assert visitor.get("/?token=jupyter-token").status == 302
    assert visitor.post(HERE, Authorization=header).status == 403
    assert visitor.post(f"{HERE}?token=jupyter-token", Authorization=header).status == 403
    assert DONE == []


def test_the_token_is_no_password_either(server):
    visitor = Visitor(server.port)
    visitor.get("/login")

    assert visitor.post("/login", {"name": "甲经办", "password": "jupyter-token"}).status == 401
    assert visitor.post("/login", {"name": "", "password": "jupyter-token"}).status == 401


def test_who_is_not_logged_in_sees_no_name_of_an_office(server):
    visitor = Visitor(server.port)
    for path in ("/", HERE, "/2024/minzheng/", "/2024/nothing/", "/reminders.txt", "/reminders.xlsx", "/login"):
        assert "民政" not in visitor.get(path).text


def test_who_is_no_longer_in_the_office_book_sees_nothing(server):
    answer = visiting(server, "丙离任").get("/")

    assert (answer.status, "单位表里没有您的名字" in answer.text) == (403, True)


def test_without_users_there_is_only_the_login_and_it_says_how_to_add_one(tmp_path):
    home = tmp_path / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    with running(home) as server:
        visitor = Visitor(server.port)
        page = visitor.get("/login").text

        assert "gktools review user add" in page
        assert "<form" not in page
        assert visitor.get("/").status == 302


# --- forms ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "2|aaaaaaaa|bbbbbbbb|1700000000"])
def test_a_form_without_its_token_is_refused(jia, token):
    jia.token = token

    assert jia.post(HERE).status == 403
    assert DONE == []


def test_a_token_in_the_address_is_none(jia):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert jia.ask("POST", f"{HERE}?_xsrf={jia.token}", b"x=1", kind).status == 403
    assert DONE == []


def test_a_token_chosen_by_who_can_set_cookies_is_refused(jia):
    forged = "2|d6c3dd75|21f5aa0ea9d8b75bd4f0a3f27ac81afc|1700000000"
    jia.cookies |= {"gktools-form": forged, "_xsrf": forged}
    jia.token = forged

    assert jia.post(HERE, **{"X-XSRFToken": forged}).status == 403
    assert DONE == []


def test_the_token_of_one_person_is_no_good_in_the_session_of_another(server, jia):
    other = visiting(server, "乙经办")
    other.token = jia.token

    assert other.post("/2024/caizheng/sign-here").status == 403
    assert DONE == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_token(jia, headers):
    assert jia.post(HERE, **headers).status == 403
    assert DONE == []


def test_a_form_sent_as_json_or_by_another_method_does_nothing(jia):
    assert jia.ask("POST", HERE, json.dumps({"_xsrf": jia.token}).encode(), {"Content-Type": "application/json"}).status
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert jia.ask(method, HERE).status in (403, 404, 405)
    assert DONE == []


@pytest.mark.parametrize(
    ("method", "kind", "status", "said"),
    [
        ("PROPFIND", "", 405, "这一页不能这样用"),
        ("POST", "multipart/form-data; boundary=x", 400, "提交的内容不完整"),
        ("POST", "multipart/form-data", 400, "提交的内容不完整"),
    ],
)
def test_a_request_that_is_none_is_refused_in_words(jia, method, kind, status, said):
    answer = jia.ask(method, HERE, b"x", {"Content-Type": kind})

    assert (answer.status, said in answer.text) == (status, True)


def test_logging_in_needs_a_form_of_this_server_too(server):
    visitor = Visitor(server.port)
    visitor.get("/login")
    visitor.token = ""

    assert visitor.post("/login", {"name": "甲经办", "password": PASSWORD}).status == 403


def test_logging_out_needs_a_form_too(jia):
    assert jia.get("/logout").status in (404, 405)
    token, jia.token = jia.token, ""
    assert jia.post("/logout").status == 403
    jia.token = token
    assert jia.get("/").status == 200


# --- sessions ------------------------------------------------------------------------------------------------


def test_a_session_and_its_forms_are_worth_nothing_after_logout(server, jia):
    held, token = dict(jia.cookies), jia.token
    jia.post("/logout")
    thief = Visitor(server.port, held, token)

    assert thief.get("/").status == 302
    answer = thief.post(HERE)
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, "/login")
    assert DONE == []


def test_a_form_opened_before_somebody_else_logged_in_is_refused(server, jia):
    opened = jia.token
    jia.post("/logout")
    jia.get("/login")
    assert jia.post("/login", {"name": "乙经办", "password": PASSWORD}).status == 303
    jia.token = opened

    assert jia.post("/2024/caizheng/sign-here").status == 403
    assert DONE == []


def test_each_login_begins_a_session_of_its_own(server):
    visitor = Visitor(server.port, {"gktools-session": "chosen-by-an-attacker"})
    visitor.get("/login")
    visitor.post("/login", {"name": "甲经办", "password": PASSWORD})

    first = visitor.cookies["gktools-session"]
    assert first != "chosen-by-an-attacker"
    visitor.get("/")
    assert visitor.post("/login", {"name": "甲经办", "password": PASSWORD}).status == 303
    assert Visitor(server.port, {"gktools-session": first}).get("/").status == 302
    assert Visitor(server.port, {"gktools-session": "chosen-by-an-attacker"}).get("/").status == 302


def test_a_session_cannot_be_made_from_what_the_file_holds(server, home, jia):
    with Accounts(home).open() as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM sessions")]

    assert jia.cookies["gktools-session"] not in ids
    assert all(Visitor(server.port, {"gktools-session": id_}).get("/").status == 302 for id_ in ids)


def test_cookies_are_kept_from_scripts_other_sites_and_open_wires(server):
    visitor = Visitor(server.port)
    form = visitor.get("/login").headers["set-cookie"]
    session = visitor.post("/login", {"name": "甲经办", "password": PASSWORD}).headers["set-cookie"]

    for cookie in (form, session):
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


def test_over_tls_no_other_server_of_the_machine_can_set_the_cookie(tmp_path):
    assert cookie_name(ServerContext(tmp_path, secure=True)) == "__Host-gktools-session"
    assert cookie_name(ServerContext(tmp_path, "/services/shenqian/", secure=True)) == "gktools-session"


# --- addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/2024/caizheng/sign-here",
        "/2024/nobody/sign-here",
        "/2024/MINZHENG/sign-here",
        "/2024/minzheng%2F..%2Fcaizheng/sign-here",
        "/2024/minzheng/../caizheng/sign-here",
        "/2024/..%2F..%2Fsecret.txt/sign-here",
        "/2024/min%00zheng/sign-here",
        "/2024/minzheng%0d%0aX-Evil:1/sign-here",
        "/٢٠٢٤/minzheng/sign-here".encode().decode("latin-1"),
        "/2031/minzheng/sign-here",
        "/0000/minzheng/sign-here",
        "/2024//sign-here",
        "/2024/-/sign-here",
        "//2024/minzheng/sign-here",
    ],
)
def test_another_office_a_crafted_code_or_year_is_not_found(jia, path):
    path = path if path.isascii() else "/%D9%A2%D9%A0%D9%A2%D9%A4/minzheng/sign-here"
    assert jia.get(path).status == 404
    assert jia.post(path).status == 404
    assert DONE == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/..%2f..%2f..%2fsecret.txt",
        "/static/base.html.j2",
        "/static/%2e%2e/pages.py",
        "/static/secret.css",
        "/files/secret.txt",
        "/secret.txt",
        "/params/offices.yaml",
        "/review-users.db",
        "/records.key",
    ],
)
def test_no_file_can_be_had_by_its_path(jia, path):
    assert jia.get(path).status == 404


JUPYTER = [
    "/api",
    "/api/kernels",
    "/api/kernelspecs",
    "/api/sessions",
    "/api/terminals",
    "/api/contents",
    "/api/contents/secret.txt",
    "/api/config/x",
    "/api/status",
    "/api/me",
    "/api/shutdown",
    "/api/events/subscribe",
    "/api/nbconvert",
    "/api/security/csp-report",
    "/api/spec.yaml",
    "/files/secret.txt",
    "/view/secret.txt",
    "/nbconvert/html/x.ipynb",
    "/kernelspecs/python3/logo.png",
    "/terminals/websocket/1",
    "/terminals/1",
    "/tree",
    "/lab",
    "/edit/secret.txt",
    "/metrics",
    "/custom/custom.css",
    "/static/base/images/favicon.ico",
    "/api/kernels/x/channels",
    "/favicon.ico",
    "/robots.txt",
    "/gktools-review/",
]


@pytest.mark.parametrize("path", JUPYTER)
def test_nothing_of_jupyter_is_there(jia, path):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}

    assert jia.get(path).status == 404
    assert jia.get(path, **upgrade).status == 404
    assert jia.post(path).status in (403, 404)


def test_no_kernel_was_started_and_there_is_no_terminal(server):
    assert server.kernel_manager.list_kernel_ids() == []
    assert "terminal_manager" not in server.web_app.settings
    assert list(server.extension_manager.extensions) == ["gktools.review.web.server"]
    assert list(Path(server.runtime_dir).glob("jpserver*")) == []


@pytest.mark.parametrize("goal", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_the_login_leads_nowhere_else(server, goal):
    visitor = Visitor(server.port)
    visitor.get("/login")

    answer = visitor.post("/login", {"name": "甲经办", "password": PASSWORD, "next": goal})
    assert answer.headers["location"] == "/"


# --- headers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "169.254.1.1", "localhost.evil", "[::1"])
def test_the_server_answers_to_its_own_names_only(jia, host):
    assert jia.get("/", Host=f"{host}:{jia.port}").status == 403
    assert jia.get("/login", Host=host).status == 403


def test_who_pretends_to_be_elsewhere_is_still_counted_here(server, home):
    visitor = Visitor(server.port)
    visitor.get("/login")
    visitor.post("/login", {"name": "丙", "password": "x"}, **{"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4"})
    with Accounts(home).open() as connection:
        subjects = {row[0] for row in connection.execute("SELECT subject FROM tries")}

    assert f"address {sha256(b'127.0.0.1').hexdigest()}" in subjects
    assert f"address {sha256(b'1.2.3.4').hexdigest()}" not in subjects


@pytest.mark.parametrize("path", ["/", "/login", "/nothing"])
def test_every_page_tells_the_browser_to_run_and_fetch_nothing_that_is_not_of_this_server(jia, path):
    headers = jia.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))

    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_style_sheet_is_nothing_else(server):
    assert Visitor(server.port).get("/static/office.css").headers["x-content-type-options"] == "nosniff"


def test_who_sends_more_than_a_scan_is_refused_before_it_is_read(server):
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.settimeout(10)
        raw.sendall(f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {(32 << 20) + 1}\r\n\r\n".encode())

        assert raw.recv(99).startswith(b"HTTP/1.1 400")


def test_who_sends_slowly_is_cut_off(server):
    given = server.http_server.conn_params

    assert given.header_timeout <= 60
    assert given.body_timeout <= 300


def test_a_request_from_another_origin_is_told_nothing_of_ours(jia):
    headers = jia.get("/", Origin="http://evil.example").headers

    assert not [name for name in headers if name.startswith("access-control")]


# --- texts ---------------------------------------------------------------------------------------------------


def test_script_in_names_is_text_on_the_board(server):
    visitor = visiting(server, "乙经办")
    page = visitor.get("/?name=%3Cscript%3E%22%3E").text + visitor.get("/").text

    assert "财政&lt;script&gt;" in page
    assert not re.search(r"<script(?! src=\"/static/forms\.js\?)|<b>乙", page)


def test_no_template_lets_a_text_through_as_it_is():
    templates = [*Path(gktools.__file__).parent.rglob("*.j2")]
    unescaped = {
        found
        for path in templates
        for found in re.findall(r"\{\{[^}]*\| *safe|autoescape|Markup", path.read_text(encoding="utf-8"))
    }

    assert len(templates) > 20
    assert unescaped == {"{{ form_token() | safe"}


def test_a_refusal_is_chinese_text_and_no_markup(jia):
    answer = jia.post(HERE, {"fail": "1"})

    assert answer.status == 409
    assert "甲乙丙丁&lt;script&gt;" in answer.text


def test_a_fault_of_the_program_shows_nothing_of_it(jia):
    answer = jia.post(HERE, {"crash": "1"})

    assert answer.status == 500
    assert "程序出错" in answer.text
    assert not re.search("secret-of-the-program|Traceback|RuntimeError", answer.text)


def test_a_name_that_no_url_may_hold_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"GET /2024/minzheng/\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = raw.makefile("rb").read()

    assert b"Traceback" not in answer


# --- JupyterLab ----------------------------------------------------------------------------------------------


def test_on_a_desk_where_code_can_be_run_nobody_may_write(home):
    assert ServerContext(home).allows("甲经办", "write", "minzheng")
    assert not ServerContext(home, signing=False).allows("甲经办", "write", "minzheng")
    assert ServerContext(home, signing=False).allows("甲经办", "read", "minzheng")


@pytest.mark.parametrize(
    ("name", "action", "resource", "may"),
    [
        ("甲经办", "write", "gktools:minzheng", True),
        ("乙经办", "read", "gktools:minzheng", False),
        ("丙离任", "read", "gktools", False),
        ("甲经办", "read", "contents", False),
        ("甲经办", "execute", "kernels", False),
        ("甲经办", "execute", "gktools:minzheng", False),
    ],
)
def test_the_authorizer_lets_a_person_do_what_the_office_book_says(server, name, action, resource, may):
    handler = SimpleNamespace(settings=server.web_app.settings)

    assert server.authorizer.is_authorized(handler, User(username=name), action, resource) is may


def test_every_page_asks_the_authorizer(server, jia, monkeypatch):
    monkeypatch.setattr(server.authorizer, "is_authorized", lambda *_: False)

    assert [jia.get(path).status for path in ("/", HERE, "/2024/minzheng/", "/reminders.txt")] == [403] * 4
    assert jia.post(HERE).status == 403


@pytest.mark.parametrize("person", ["", "甲", "anonymous", "甲经办 ", "乙经办"])
def test_who_is_not_named_at_an_office_may_not_read_it(home, person):
    assert not ServerContext(home).allows(person, "read", "minzheng")
