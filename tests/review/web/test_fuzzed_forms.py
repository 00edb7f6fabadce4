"""Whatever is sent to a form is answered in words: never with a server error."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import lxml.html
import pytest
from casework import request, still_open
from projects import keep, make_project, stand_whole
from reviewing import PASSWORD, Visitor, add_users, logged_in, running

from gktools.review import actions as acts
from gktools.review.log import open_log
from gktools.review.web import tries
from gktools.review.web.rebuild_queue import RebuildQueue

YEAR, CODE = 2024, "minzheng"
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
TABS = ("", "published", "changes", "findings", "comments", "sign", "edit", "making")
PATHS = [f"/{YEAR}/{CODE}/{tab}" for tab in TABS]
VALUES = (
    *(
        "",
        " ",
        "0",
        "-1",
        "999999999999",
        "9" * 400,
        "9" * 5000,
        "1e999",
        "NaN",
        "٣",
        "²",
        "1_000",
        "0x1F",
        "1:2:3" * 999,
    ),
    *("9999-99-99", "0000-00-00", "999999999999-01-01", "2024-02-30", "二〇二四年", "2024年13月1日"),
    *(
        "\x00",
        "\x1b[2J",
        "\u202e",
        "\ud7ff\uffff",
        "é" * 999,
        "字" * 9999,
        "a\r\nb",
        "{{",
        "{{ x }}",
        "{% for %}",
        "'\"<>&",
    ),
    *(
        "{}",
        "[",
        "a: b",
        "&a *a",
        "!!python/object:os.system",
        "requests.received: x",
        "requests:received:total",
        "problems:1",
    ),
    *(
        "close",
        "new",
        "answer",
        "pass",
        "sign",
        "return",
        "attach",
        "handler",
        "甲分管",
        "explained",
        "overruled",
        "../../etc",
    ),
)


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("fuzz") / "work"
    text = {"problems": "一是慢。\n\n二是少。", "overview": {"lead": "收到{{ 新收申请 }}件。"}}
    project = make_project(home, OFFICES, {(YEAR, CODE): {"text": text}})
    keep(project, CODE, YEAR, {"requests": [request(), still_open(number="2号", arrived_on="2024-12-30")]})
    stand_whole(project, CODE, YEAR)
    with open_log(project) as log:
        acts.comment(project, log, project.report(CODE, YEAR), "甲分管", "problems:1", "怎么少了")
    add_users(home, *PEOPLE.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda *_: None)
        patch.setattr(RebuildQueue, "make_files_again", lambda *_: None)
        patch.setattr(tries, "FREE_TRIES", dict.fromkeys(tries.FREE_TRIES, 10**9))
        with running(home) as server:
            yield server.port


def forms(page: str) -> list[tuple[str, str, dict[str, str]]]:
    """Every form of a page: method, path, and the fields as the page fills them."""
    tree = lxml.html.fromstring(page)
    targets = [(form, form.get("action")) for form in tree.forms if form.get("action")]
    targets += [(one.getparent(), one.get("formaction")) for one in tree.xpath("//button[@formaction]")]
    return [
        ((form.get("method") or "get").upper(), path, {name: str(value or "") for name, value in form.form_values()})
        for form, path in targets
        if hasattr(form, "form_values") and not path.endswith("logout")
    ]


def fuzz(port: int, seconds: float, seed: int) -> int:
    """Send forms with wrong values for a while; return how many. Raises AssertionError at a server error."""
    chance, sent, until = random.Random(seed), 0, time.monotonic() + seconds
    visitors = [logged_in(port, name) for name in PEOPLE.values()] + [Visitor(port)]
    while time.monotonic() < until:
        visitor = chance.choice(visitors)
        page = visitor.get(chance.choice([*PATHS, "/", "/password", "/login"]))
        assert page.status < 500, page.text
        if not page.body or not (found := forms(page.text)):
            continue
        for _ in range(4):
            method, path, fields = chance.choice(found)
            for name in chance.sample(sorted(fields), k=min(len(fields), chance.choice((0, 1, 1, 2, 5)))):
                fields[name] = chance.choice(VALUES)
            if fields and chance.random() < 0.2:
                fields.pop(chance.choice(sorted(fields)), None)
            if chance.random() < 0.2:
                fields[chance.choice(("what", "comment", "place", "with", "year", "next", "x"))] = chance.choice(VALUES)
            if "new" in fields:
                fields["password"] = "x"  # what is sent must not change the password that others log in with
                assert fields["password"] != PASSWORD
            body = urlencode(fields, errors="surrogatepass").encode()
            if method == "GET":
                answer = visitor.get(f"{path}?{body.decode()[:8000]}")  # browsers send no longer ones
            else:
                kind = {
                    "Content-Type": chance.choice(("application/x-www-form-urlencoded",) * 9 + ("multipart/form-data",))
                }
                answer = visitor.ask("POST", path, body, kind)
            assert answer.status < 500, (method, path, fields, answer.text)
            sent += 1
    return sent


def test_no_form_answers_with_a_server_error(port):
    assert fuzz(port, 6, seed=1) > 8


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_form_answers_with_a_server_error_in_five_minutes(port):
    assert fuzz(port, 300, seed=time.time_ns()) > 1000
