"""The review server as a service of a JupyterHub: the Hub says who somebody is, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from projects import make_project
from reviewing import Visitor, running
from stand_in_hub import PREFIX, StandInHub, stand_in_hub

from gktools.errors import ReviewError
from gktools.review.accounts import Accounts
from gktools.review.users import Users
from gktools.review.web.hub import Hub
from gktools.review.web.server import ReviewServer, open_server

OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[tuple[ReviewServer, StandInHub]]:
    home = tmp_path_factory.mktemp("hub") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    Users(Accounts(home)).add("甲经办", login="jia")
    with stand_in_hub() as hub, pytest.MonkeyPatch.context() as patch:
        for name, value in hub.environment(0).items():
            patch.setenv(name, value)
        with running(home) as server:
            yield server, hub


@pytest.fixture
def hub(service) -> Iterator[StandInHub]:
    hub = service[1]
    yield hub
    hub.login, hub.scopes, hub.kind = "", StandInHub.scopes, "user"


def come_in(server: ReviewServer, hub: StandInHub, login: str, visitor: Visitor | None = None):
    """Go through the login at the Hub; return the visitor and the last answer."""
    hub.login = login
    visitor = visitor or Visitor(server.port)
    sent = visitor.get(visitor.get(PREFIX).headers["location"]).headers["location"]
    back = Visitor(hub.port).get(urlsplit(sent).path + "?" + urlsplit(sent).query).headers["location"]
    return visitor, visitor.get(back)


def test_a_user_of_the_hub_comes_in_under_the_own_name(service, hub):
    visitor, answer = come_in(service[0], hub, "jia")

    assert answer.status == 303
    assert answer.headers["location"] == PREFIX
    page = visitor.get(PREFIX).text
    assert "甲经办" in page
    assert "云溪区民政局" in page


def test_a_user_of_the_hub_who_is_no_user_here_stays_outside(service, hub):
    visitor, answer = come_in(service[0], hub, "somebody")

    assert answer.status == 409
    assert "gktools review user add 姓名 --hub somebody" in answer.text
    assert visitor.get(PREFIX).status == 302


@pytest.mark.parametrize(("scopes", "kind"), [(("self",), "user"), (("access:services!service=shenqian",), "service")])
def test_whom_the_hub_does_not_let_use_this_service_stays_outside(service, hub, scopes, kind):
    hub.scopes, hub.kind = scopes, kind
    visitor, answer = come_in(service[0], hub, "jia")

    assert answer.status == 409
    assert visitor.get(PREFIX).status == 302


def test_who_is_called_at_the_hub_as_somebody_here_is_not_that_person(service, hub):
    """The user 甲经办 is jia at the Hub; another may have taken the name itself there."""
    visitor, answer = come_in(service[0], hub, "甲经办")

    assert answer.status == 409
    assert visitor.get(PREFIX).status == 302


@pytest.mark.parametrize("goal", ["/hub/admin", "//evil.example/", "https://evil.example/"])
def test_the_hub_leads_back_to_this_service_only(service, hub, goal):
    hub.login = "jia"
    visitor = Visitor(service[0].port)
    sent = urlsplit(visitor.get(f"{PREFIX}login?{urlencode({'next': goal})}").headers["location"])
    back = Visitor(hub.port).get(f"{sent.path}?{sent.query}").headers["location"]

    assert visitor.get(back).headers["location"] == PREFIX


def test_a_login_that_somebody_else_began_is_not_taken(service, hub):
    hub.login = "jia"
    attacker, victim = Visitor(service[0].port), Visitor(service[0].port)
    sent = urlsplit(attacker.get(f"{PREFIX}login").headers["location"])
    back = Visitor(hub.port).get(f"{sent.path}?{sent.query}").headers["location"]
    victim.get(f"{PREFIX}login")

    assert victim.get(back).status == 409
    assert victim.get(PREFIX).status == 302


def test_a_login_that_nobody_began_is_not_taken(service, hub):
    hub.login = "jia"
    sent = urlsplit(Visitor(service[0].port).get(f"{PREFIX}login").headers["location"])
    back = Visitor(hub.port).get(f"{sent.path}?{sent.query}").headers["location"]
    visitor = Visitor(service[0].port)

    assert visitor.get(f"{PREFIX}oauth_callback?code={parse_qs(urlsplit(back).query)['code'][0]}").status == 409
    assert visitor.get(PREFIX).status == 302


def test_the_secret_of_a_login_is_good_once(service, hub):
    visitor, _ = come_in(service[0], hub, "jia")

    assert visitor.cookies["gktools-hub-state"].strip('"') == ""


def test_a_code_is_good_once(service, hub):
    hub.login = "jia"
    visitor = Visitor(service[0].port)
    sent = urlsplit(visitor.get(f"{PREFIX}login").headers["location"])
    back = Visitor(hub.port).get(f"{sent.path}?{sent.query}").headers["location"]
    state = dict(visitor.cookies)
    assert visitor.get(back).status == 303

    assert Visitor(service[0].port, state).get(back).status == 409


def test_a_token_of_the_hub_in_a_header_or_address_is_nobody(service, hub):
    come_in(service[0], hub, "jia")
    token = next(iter(hub.tokens))
    visitor = Visitor(service[0].port)

    assert visitor.get(PREFIX, Authorization=f"token {token}").status == 302
    assert visitor.get(f"{PREFIX}?token={token}").status == 302


def test_whom_the_hub_no_longer_knows_is_out(service, hub, monkeypatch):
    visitor, _ = come_in(service[0], hub, "jia")
    assert visitor.get(PREFIX).status == 200
    hub.tokens.clear()
    provider = service[0].identity_provider
    monkeypatch.setattr(provider, "clock", lambda: 1e12)

    assert visitor.get(PREFIX).status == 302


def test_logging_out_ends_the_session(service, hub):
    visitor, _ = come_in(service[0], hub, "jia")
    visitor.get(PREFIX)
    before = dict(visitor.cookies)

    assert "已退出" in visitor.post(f"{PREFIX}logout").text
    assert Visitor(service[0].port, before).get(PREFIX).status == 302


def test_passwords_are_not_taken_where_there_is_a_hub(service, hub):
    assert Visitor(service[0].port).post(f"{PREFIX}login", {"name": "甲经办", "password": "x"}).status in (403, 405)


def test_who_comes_from_the_hub_is_offered_no_password_to_change(service, hub):
    visitor, _ = come_in(service[0], hub, "jia")

    assert "password" not in visitor.get(PREFIX).text
    assert visitor.get(f"{PREFIX}password").status == 404


def test_a_password_that_was_set_for_who_comes_from_the_hub_keeps_nobody_from_acting(service, hub):
    Users(Accounts(service[0].context.home)).set_password("甲经办", "山高月小 2024 水落石出", one_time=True)
    visitor, _ = come_in(service[0], hub, "jia")
    visitor.get(PREFIX)

    assert visitor.post(f"{PREFIX}2024/minzheng/comments", {"what": "answer", "comment": "1"}).status != 403


def test_the_person_is_sent_to_the_hub_with_what_it_asks_for(service, hub):
    query = parse_qs(urlsplit(Visitor(service[0].port).get(f"{PREFIX}login").headers["location"]).query)

    assert query["client_id"] == ["service-shenqian"]
    assert query["redirect_uri"] == [f"{PREFIX}oauth_callback"]
    assert query["response_type"] == ["code"]


def test_a_hub_that_says_half_is_told_what_is_missing():
    with pytest.raises(ReviewError, match="JUPYTERHUB_SERVICE_NAME"):
        Hub.from_environment({"JUPYTERHUB_SERVICE_PREFIX": PREFIX})


def test_in_the_server_of_a_user_it_is_said_that_the_hub_starts_the_service():
    environment = {"JUPYTERHUB_SERVICE_PREFIX": "/user/zhangsan/", "JUPYTERHUB_USER": "zhangsan"}

    with pytest.raises(ReviewError, match="各人自己的服务器"):
        Hub.from_environment(environment)


def test_a_service_outside_of_loopback_is_not_started(tmp_path, monkeypatch):
    for name, value in StandInHub().environment(0).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:9999")

    with pytest.raises(ReviewError, match=r"127\.0\.0\.1"):
        open_server(tmp_path)


@pytest.mark.parametrize(("address", "secure"), [("https://hub.example/", True), ("http://hub.example/", False)])
def test_cookies_stay_off_the_open_wire_where_the_hub_is_reached_over_tls(tmp_path, monkeypatch, address, secure):
    for name, value in StandInHub().environment(0).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", address)
    monkeypatch.setattr(ReviewServer, "over", lambda context, *_, **__: context)

    assert open_server(tmp_path).secure is secure


def test_the_secret_is_not_printed():
    hub = Hub.from_environment(StandInHub().environment(0))

    assert "secret-of-the-service" not in repr(hub)
