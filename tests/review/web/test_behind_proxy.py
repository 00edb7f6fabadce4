"""Behind a real nginx: TLS, another host name, a path prefix; nobody but the proxy says who is asking."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from nginx import HOST, free_port, nginx
from projects import make_project, stand_whole
from reviewing import PASSWORD, Answer, Visitor, add_users, running

from gktools.errors import ReviewError
from gktools.review.web.pages import login
from gktools.review.web.proxy import OutsideAddress, proxy_addresses
from gktools.review.web.server import ReviewServer

YEAR, CODE, ROOT = 2024, "minzheng", "/gktools/"
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
SIGN = f"{ROOT}{YEAR}/{CODE}/sign"


@dataclass
class Outsider(Visitor):
    """A browser that reaches the server by the proxy."""

    trusted: ssl.SSLContext | None = None

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trusted, timeout=60)

    def ask(self, method, path, body=b"", headers=None) -> Answer:
        outside = f"https://{HOST}:{self.port}"
        given = {"Host": f"{HOST}:{self.port}", "Sec-Fetch-Site": "same-origin"}
        given |= {"Origin": outside} if method == "POST" else {}
        return super().ask(method, path, body, given | dict(headers or {}))


@dataclass(frozen=True)
class Behind:
    server: ReviewServer
    port: int
    trusted: ssl.SSLContext

    def visitor(self) -> Outsider:
        return Outsider(self.port, trusted=self.trusted)


@pytest.fixture(scope="module")
def behind(tmp_path_factory) -> Iterator[Behind]:
    home = tmp_path_factory.mktemp("proxy") / "work"
    project = make_project(home, OFFICES, {(YEAR, CODE): {}})
    stand_whole(project, CODE, YEAR)
    add_users(home, "甲经办")
    port = free_port()
    outside = OutsideAddress.parse(f"https://{HOST}:{port}{ROOT}")
    with (
        running(home, outside=outside, proxies=frozenset(("127.0.0.1",))) as server,
        nginx(port, server.port, ROOT) as folder,
    ):
        trusted = ssl.create_default_context(cafile=f"{folder}/cert.pem")
        trusted.check_hostname = False
        yield Behind(server, port, trusted)


def log_in(visitor: Visitor, **headers: str) -> Answer:
    visitor.get(f"{ROOT}login")
    return visitor.post(f"{ROOT}login", {"name": "甲经办", "password": PASSWORD}, **headers)


def test_a_person_logs_in_and_every_address_is_the_one_outside(behind):
    visitor = behind.visitor()
    answer = log_in(visitor)
    assert answer.status == 303
    assert answer.headers["location"] == ROOT
    cookie = answer.headers["set-cookie"]
    assert "Secure" in cookie
    assert f"Path={ROOT}" in cookie
    board = visitor.get(ROOT)
    assert board.status == 200
    assert f'href="{ROOT}{YEAR}/{CODE}/"' in board.text
    assert 'href="/2024' not in board.text
    assert behind.server.address == f"https://{HOST}:{behind.port}{ROOT}"


def test_thirty_megabytes_come_through(behind):
    visitor = behind.visitor()
    log_in(visitor)
    visitor.get(SIGN)
    head = (
        f'--x\r\nContent-Disposition: form-data; name="_xsrf"\r\n\r\n{visitor.token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="what"\r\n\r\nattach\r\n'
        '--x\r\nContent-Disposition: form-data; name="scan"; filename="a.pdf"\r\n\r\n'
    ).encode()
    for size, status in ((19 << 20, 303), (30 << 20, 409)):  # one that is stored, one that is told to be too large
        body = head + b"%PDF-" + bytes(size) + b"\r\n--x--\r\n"
        answer = visitor.ask("POST", SIGN, body, {"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status == status, answer.text
    assert "太大" in answer.text


def test_a_form_from_another_site_is_refused(behind):
    assert log_in(behind.visitor(), Origin="https://evil.example").status == 403
    assert log_in(behind.visitor(), Origin=f"http://{HOST}:{behind.port}").status == 403
    assert log_in(behind.visitor(), **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_the_address_that_counts_is_what_the_proxy_saw_and_nothing_that_was_sent(behind, monkeypatch):
    seen = []
    monkeypatch.setattr(login, "strangers", lambda _, address: seen.append(address) or [])
    log_in(behind.visitor(), **{"X-Forwarded-For": "6.6.6.6", "X-Real-Ip": "7.7.7.7"})

    assert seen == ["6.6.6.6"]  # nginx appends the browser's own address, 127.0.0.1, which is a proxy's


def test_a_stranger_who_reaches_the_server_itself_is_believed_nothing(tmp_path, monkeypatch):
    make_project(tmp_path / "work", OFFICES, {(YEAR, CODE): {}})
    add_users(tmp_path / "work", "甲经办")
    seen = []
    monkeypatch.setattr(login, "strangers", lambda _, address: seen.append(address) or [])
    outside = OutsideAddress.parse("https://shenqian.example/")
    with running(tmp_path / "work", outside=outside, proxies=frozenset(("10.9.9.9",))) as server:
        visitor = Visitor(server.port)
        visitor.get("/login")
        visitor.post("/login", {"name": "甲经办", "password": PASSWORD}, **{"X-Forwarded-For": "6.6.6.6"})

    assert seen == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "origin", "root"),
    [
        ("https://shenqian.example", "https://shenqian.example", "/"),
        ("https://SHENQIAN.example:443/gk/", "https://shenqian.example", "/gk/"),
        ("https://审签.example/a/b", "https://審签.example".replace("審签", "审签".encode("idna").decode()), "/a/b/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", "/"),
        ("https://[::1]:8443/x", "https://[::1]:8443", "/x/"),
    ],
)
def test_an_outside_address_is_understood_as_browsers_send_it(url, origin, root):
    address = OutsideAddress.parse(url)

    assert (address.root, address.secure) == (root, url.startswith("https"))
    assert address.origin == origin


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "shenqian.example",
            "ftp://x/",
            "https://",
            "https://x:99999/",
            "https://u:p@x/",
            "https://x/?a=1",
            "https://x/#a",
        ),
        *("https://x/../y", "https://x/a b", "https://x/审签/", "https://x/<b>", "https://x/%2e%2e/"),
    ],
)
def test_an_outside_address_that_is_none_is_told_what_to_write(url):
    with pytest.raises(ReviewError, match="--url 写得不对"):
        OutsideAddress.parse(url)


def test_a_proxy_is_named_by_its_ip_address():
    assert proxy_addresses(["127.0.0.1", "::1"]) == {"127.0.0.1", "::1"}
    with pytest.raises(ReviewError, match="--proxy 要写代理的 IP 地址"):
        proxy_addresses(["nginx.local"])
