"""The review server: who gets in, what is there, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import make_project
from reviewing import PASSWORD, Visitor, add_users, logged_in, running

from gktools.review.web.server import ReviewServer

PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OTHERS = {"handler": "乙经办", "deputy": "乙分管", "head": "乙负责"}
OFFICES = {
    "minzheng": {"names": [{"name": "云溪区民政局"}], "kind": "county_department", "people": PEOPLE},
    "caizheng": {
        "names": [{"name": "财政<script>alert(1)</script>局"}],
        "kind": "county_department",
        "people": OTHERS,
    },
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("review") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}, (2023, "defaults"): {}})
    add_users(home, "甲经办", "乙经办")
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[ReviewServer]:
    with running(home) as server:
        yield server


def test_a_named_user_logs_in_and_sees_the_own_office_only(server):
    page = logged_in(server.port, "甲经办").get("/").text

    assert "云溪区民政局" in page
    assert "财政" not in page


def test_nobody_gets_anything_but_the_login_without_one(server):
    visitor = Visitor(server.port)

    assert visitor.get("/").headers["location"].startswith("/login")
    assert visitor.get("/2024/minzheng/").headers["location"].startswith("/login")
    assert visitor.post("/").status == 403


def test_the_routes_are_ours_and_no_other(server):
    rules = [rule for group in server.web_app.default_router.rules for rule in group.target.rules]
    modules = {rule.target.__module__ for rule in rules}

    assert len(rules) > 3
    assert all(module.startswith("gktools.review.web.pages.") for module in modules), modules


@pytest.mark.parametrize("password", ["", "x" * 5000, PASSWORD + "x"])
def test_a_wrong_password_is_not_let_in(server, password):
    visitor = Visitor(server.port)
    visitor.get("/login")

    assert visitor.post("/login", {"name": "甲经办", "password": password}).status == 401
