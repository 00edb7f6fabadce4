"""The review pages outside of their own server: in JupyterLab to be read only, and over TLS."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nginx import write_certificate
from projects import make_project
from reviewing import PASSWORD, Visitor, add_users, running

from gktools.errors import ReviewError
from gktools.review.web.server import ServerAddress, certified_names, is_loopback, open_server

OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("beside") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    add_users(home, "甲经办")
    return home


# --- in JupyterLab -----------------------------------------------------------------------------------------------


def a_jupyter_server(home: Path, folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """A Jupyter server as JupyterLab is one, with the review pages, and a token."""
    environment = os.environ | {
        name: str(folder / name) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    line = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"),
        *("--IdentityProvider.token=a-token", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={home}"),
        *("--ServerApp.jpserver_extensions=gktools.review.web.server=True", *options),
    ]
    return subprocess.Popen(line, cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def labs(home, tmp_path_factory) -> Iterator[dict[str, Visitor]]:
    """Who comes to two of them: one that was told no person, one that was."""
    servers, visitors = [], {}
    for person in ("", "甲经办"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            visitors[person] = Visitor(free.getsockname()[1])
        options = [f"--ReviewExtension.person={person}"] if person else []
        servers.append(a_jupyter_server(home, tmp_path_factory.mktemp("lab"), visitors[person].port, *options))
    try:
        for visitor in visitors.values():
            wait_for(visitor)
        yield visitors
    finally:
        for server in servers:
            server.terminate()
            server.wait(20)


def wait_for(visitor: Visitor) -> None:
    for _ in range(300):
        try:
            visitor.get("/api")
            return
        except OSError:
            time.sleep(0.1)


@pytest.fixture(params=["", "甲经办"], ids=["token", "named"])
def lab(request, labs) -> tuple[Visitor, str]:
    return labs[request.param], request.param


BEARER = {"Authorization": "token a-token"}


def test_in_jupyterlab_the_token_alone_reads_nothing(lab):
    visitor, person = lab
    answer = visitor.get("/gktools-review/", **BEARER)

    assert (answer.status, "云溪区民政局" in answer.text) == ((200, True) if person else (403, False))
    assert person or "gktools lab --as" in answer.text


def test_in_jupyterlab_nothing_can_be_changed_and_it_says_where(lab):
    visitor, person = lab
    answer = visitor.post("/gktools-review/", **BEARER)

    assert answer.status == 403
    assert "只能看，不能签、不能改：请到审签服务" in answer.text
    assert visitor.get("/gktools-review/password", **BEARER).status == 404
    assert visitor.post("/gktools-review/password", {"password": PASSWORD}, **BEARER).status in (403, 404)
    assert not person or "只能看" in visitor.get("/gktools-review/", **BEARER).text


def test_in_jupyterlab_too_one_has_to_log_in(lab):
    visitor, _ = lab
    fresh = Visitor(visitor.port)

    assert fresh.get("/gktools-review/").status in (302, 403)
    assert "云溪区" not in fresh.get("/gktools-review/").text
    assert fresh.get("/gktools-review/login").status == 404


# --- where it may listen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "shenqian.example", "127.0.0.1.evil.example"])
def test_it_listens_to_this_machine_only_unless_over_tls(home, host):
    assert not is_loopback(host)
    with pytest.raises(ReviewError, match="--certfile"):
        open_server(home, ServerAddress(host))


def test_a_port_that_is_taken_is_told_in_chinese(home):
    with (
        running(home) as server,
        pytest.raises(ReviewError, match="已经有程序在用.*请用 --port 换一个"),
        running(home, port=server.port),
    ):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate for shenqian.example, *.qu.example and 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder / "cert.pem", folder / "key.pem", "shenqian.example", "*.qu.example")
    return folder / "cert.pem", folder / "key.pem"


def test_over_tls_the_server_may_be_reached_by_the_names_of_its_certificate(home, certificate):
    cert, key = certificate
    assert certified_names(cert) == {"shenqian.example", "*.qu.example", "127.0.0.1"}
    trusted = ssl.create_default_context(cafile=cert)
    with running(home, host="0.0.0.0", certfile=cert, keyfile=key) as server:

        def ask(host: str) -> tuple[int, str]:
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trusted, timeout=10)
            connection.request("GET", "/login", headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status, answer.headers["Set-Cookie"] or ""

        assert server.address.startswith("https://")
        assert ask("shenqian.example")[0] == ask(f"ju.qu.example:{server.port}")[0] == 200
        assert ask("evil.example")[0] == ask("a.b.qu.example")[0] == 403
        assert "Secure" in ask("shenqian.example")[1]


def test_a_certificate_that_is_none_is_told_in_chinese(home, certificate, tmp_path):
    (tmp_path / "bad.pem").write_text("x", encoding="ascii")

    with pytest.raises(ReviewError, match="用不了"):
        open_server(home, ServerAddress("0.0.0.0", 0, certificate[0], tmp_path / "bad.pem"))
    with pytest.raises(ReviewError, match="一起写"):
        open_server(home, ServerAddress("0.0.0.0", 0, certificate[0]))


# --- the command -------------------------------------------------------------------------------------------------


def test_the_command_says_where_it_is_and_stops_when_told_to(home, tmp_path):
    line = [sys.executable, "-m", "gktools", "review", "--port", "0"]
    environment = os.environ | {"HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    (tmp_path / "config").mkdir()
    opened = "c.ServerApp.allow_origin = '*'\nc.ServerApp.ip = '0.0.0.0'\nc.ServerApp.disable_check_xsrf = True\n"
    for name in ("jupyter_server_config.py", "gktools_review_config.py", "jupyter_gktools_review_config.py"):
        (tmp_path / "config" / name).write_text(opened, encoding="utf-8")
    before = sorted(path.name for path in home.iterdir())
    with subprocess.Popen(line, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        said = server.stdout.readline().decode()
        port = int(said.rsplit(":", 1)[1].strip("/\n"))
        visitor = Visitor(port)
        visitor.get("/login")
        answer = visitor.post("/login", {"name": "甲经办", "password": PASSWORD}, Origin="http://evil.example")
        time.sleep(1)  # it waits for its next request by now
        server.send_signal(signal.SIGTERM)
        try:
            rest, errors = server.communicate(timeout=20)
        finally:
            server.kill()

    assert said.startswith("审签服务已启动：http://127.0.0.1:")
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    assert "审签服务已停止" in rest.decode()
    assert "Traceback" not in errors.decode()
    assert sorted(path.name for path in home.iterdir()) == before
    assert not (tmp_path / ".local").exists()
