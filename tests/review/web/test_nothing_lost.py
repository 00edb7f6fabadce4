"""Sessions lose nothing, and nothing is done twice: an ended session, a double click, two tabs, going back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from casework import request
from playwright.sync_api import Browser, BrowserContext, Page
from projects import keep, make_project, stand_whole
from reviewing import PASSWORD, Visitor, add_users, explain_all, logged_in, running

from gktools.editing.office_file import PreparedFile
from gktools.errors import ParamsError
from gktools.review import actions as acts
from gktools.review.accounts import Accounts
from gktools.review.log import Log, open_log
from gktools.review.web.rebuild_queue import RebuildProgress, RebuildQueue
from gktools.review.web.sessions import MAX_IDLE
from gktools.review.web.unsent import KEPT_SECONDS, NOT_KEPT, UnsentForms
from gktools.workspace import clock
from gktools.workspace.project import open_project
from gktools.workspace.seals import plain_hash

YEAR, CODE = 2024, "minzheng"
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
COMMENTS, EDIT, SIGN = (f"/{YEAR}/{CODE}/{page}" for page in ("comments", "edit", "sign"))
TEXT = "这一段去年也是这样写的，请核对"
COMMENT = {"what": "new", "place": "problems:1", "text": TEXT}
KEPT = "下面是您登录过期以前填的"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("unsent") / "work"
    project = make_project(home, OFFICES, {(YEAR, CODE): {"text": {"problems": "一是慢。\n\n二是少。"}}})
    keep(project, CODE, YEAR, {"requests": [request()]})
    stand_whole(project, CODE, YEAR)
    with open_log(project) as log:
        explain_all(project, log, project.report(CODE, YEAR), clock.today())
    add_users(home, *PEOPLE.values())
    return home


@pytest.fixture(scope="module")
def port(home) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda *_: None)
        patch.setattr(RebuildQueue, "make_files_again", lambda *_: None)
        with running(home) as server:
            yield server.port


@pytest.fixture
def handler(port) -> Visitor:
    return logged_in(port, "甲经办")


def end_sessions(home) -> None:
    with Accounts(home).open() as connection:
        connection.execute("UPDATE sessions SET seen=seen-?", (MAX_IDLE + 1,))


def log_in_again(visitor: Visitor, name: str = "甲经办", goal: str = "") -> str:
    visitor.get("/login")
    answer = visitor.post("/login", {"name": name, "password": PASSWORD, "next": goal})
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def texts(home) -> list[str]:
    with open_log(open_project(home)) as log:
        return [json.loads(one.content)["text"] for one in log.entries() if one.kind == "comment"]


def test_what_was_written_when_the_session_had_ended_is_in_the_form_after_the_login(home, port, handler):
    handler.get(COMMENTS)
    end_sessions(home)
    answer = handler.post(COMMENTS, COMMENT | {"place": "problems:2"})
    assert answer.status == 303
    goal = parse_qs(urlsplit(answer.headers["location"]).query)
    assert goal == {"next": [COMMENTS], "ended": ["kept"]}
    assert "填的都留着" in handler.get(answer.headers["location"]).text
    assert TEXT not in texts(home)

    other = logged_in(port, "甲负责")
    assert TEXT not in other.get(COMMENTS).text
    assert log_in_again(handler, goal=COMMENTS) == COMMENTS
    page = handler.get(COMMENTS).text
    assert KEPT in page
    assert TEXT in page
    assert '<option value="problems:2" selected>' in page
    assert handler.post(COMMENTS, COMMENT).status == 303
    assert texts(home).count(TEXT) == 1
    page = handler.get(COMMENTS).text
    assert KEPT not in page


def test_the_form_of_parameters_comes_back_with_the_state_it_was_opened_with(home, handler):
    page = handler.get(EDIT).text
    state = re.search(r'name="state" value="([^"]*)"', page)[1]
    end_sessions(home)
    assert handler.post(EDIT, {"state": state, "contact.phone": "0000-7654321"}).status == 303
    log_in_again(handler)

    page = handler.get(EDIT).text
    assert KEPT in page
    assert 'value="0000-7654321"' in page
    assert f'name="state" value="{state}"' in page
    file = home / f"params/{YEAR}/{CODE}.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n# 别人改过\n", encoding="utf-8")
    answer = handler.post(EDIT, {"state": state, "contact.phone": "0000-7654321"})
    assert answer.status == 409
    assert "别的窗口或别的人改过" in answer.text


def test_a_preview_whose_session_has_ended_keeps_the_form_and_says_so_in_its_frame(home, handler):
    handler.get(EDIT)
    end_sessions(home)
    answer = handler.post(f"/{YEAR}/{CODE}/preview", {"contact.address": "示例路一号"})
    log_in_again(handler)

    assert "填的都留着" in answer.text
    assert 'value="示例路一号"' in handler.get(EDIT).text
    handler.post(f"/{YEAR}/{CODE}/preview", {"contact.address": "示例路一号"})
    assert KEPT in handler.get(EDIT).text
    UnsentForms(Accounts(home)).drop("甲经办", EDIT)


def test_a_form_from_nowhere_is_kept_for_nobody(home, handler):
    handler.get(COMMENTS)
    end_sessions(home)
    for token in ("", "x" * 64, "é"):
        handler.token = token
        assert handler.post(COMMENTS, COMMENT | {"text": "伪造的"}).status == 403
    with Accounts(home).reading() as connection:
        assert "伪造的" not in str(connection.execute("SELECT * FROM unsent").fetchall())


def test_no_password_and_no_token_is_kept(home, handler):
    handler.get(COMMENTS)
    handler.get("/password")
    end_sessions(home)
    assert handler.post("/password", {"password": PASSWORD, "new": "a", "again": "a"}).status in (403, 429)
    handler.post(COMMENTS, COMMENT | {"password": PASSWORD, "text": "带密码的"})
    with Accounts(home).reading() as connection:
        kept = connection.execute("SELECT form FROM unsent").fetchall()
    assert [json.loads(form).keys() for (form,) in kept] == [COMMENT.keys()]
    assert "带密码的" in json.loads(kept[0][0])["text"]
    assert not any(secret in kept[0][0] for secret in (handler.token, PASSWORD))
    UnsentForms(Accounts(home)).drop("甲经办", COMMENTS)


def test_a_file_is_not_kept_and_that_is_said(home, handler):
    handler.get(SIGN)
    end_sessions(home)
    body = (
        f'--x\r\nContent-Disposition: form-data; name="_xsrf"\r\n\r\n{handler.token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="scan"; filename="a.pdf"\r\n\r\n%PDF-1\r\n--x--\r\n'
    ).encode()
    answer = handler.ask("POST", SIGN, body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.headers["location"].endswith("ended=part")
    assert "文件要重新选" in handler.get(answer.headers["location"]).text


def test_a_form_opened_before_the_person_logged_in_again_in_another_tab_is_taken(home, handler):
    handler.get(COMMENTS)
    token = handler.token
    end_sessions(home)
    log_in_again(handler)
    handler.token = token

    assert handler.post(COMMENTS, COMMENT | {"text": "两个窗口"}).status == 303
    assert texts(home).count("两个窗口") == 1


def test_a_form_of_one_person_is_not_taken_from_another_in_the_same_browser(home, handler):
    handler.get(COMMENTS)
    token = handler.token
    log_in_again(handler, "甲负责")
    handler.token = token

    assert handler.post(COMMENTS, COMMENT | {"text": "别人的表单"}).status == 403


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unsent SET form=replace(form, 'a', 'b')",
        "UPDATE unsent SET name='乙'",
        "UPDATE unsent SET page='/y'",
        "UPDATE unsent SET at=at+1",
        "UPDATE unsent SET mark=''",
        "UPDATE unsent SET form=cast(form AS blob)",
        "UPDATE unsent SET form='{', at='z'",
    ],
)
def test_what_somebody_wrote_into_the_file_stands_in_no_form(tmp_path, change):
    forms = UnsentForms(Accounts(tmp_path), lambda: 1_000_000.0)
    forms.keep("甲", "/x", {"reason": ["a"]})
    assert forms.find("甲", "/x") == {"reason": ["a"]}
    with forms.accounts.open() as connection:
        connection.execute(change)

    assert [forms.find(name, page) for name in "甲乙" for page in ("/x", "/y")] == [None] * 4


@pytest.mark.parametrize("name", ["text", "text.problems", "reason", "source"])
def test_the_number_of_a_person_is_not_kept_whatever_the_field_is_called(tmp_path, name):
    forms = UnsentForms(Accounts(tmp_path))
    forms.keep("甲", "/x", {name: ["申请人李一13900000001来问过"], "finding": ["text.pasted"]})

    assert forms.find("甲", "/x") == {"finding": ["text.pasted"], NOT_KEPT: [name]}


def test_what_is_too_large_is_not_kept_and_what_is_old_is_forgotten(tmp_path):
    now = [1_000_000.0]
    forms = UnsentForms(Accounts(tmp_path), lambda: now[0])

    assert not forms.keep("甲", "/x", {"text": ["字" * 1_000_000]})
    assert forms.keep("甲", "/x", {"text": ["字"]})
    assert forms.find("甲", "/x") == {"text": ["字"]}
    now[0] += KEPT_SECONDS + 1
    assert forms.find("甲", "/x") is None
    forms.keep("乙", "/y", {})
    with forms.accounts.reading() as connection:
        assert connection.execute("SELECT name FROM unsent").fetchall() == [("乙",)]
    for number in range(30):
        now[0] += 1
        forms.keep("乙", f"/{number}", {})
    assert [number for number in range(30) if forms.find("乙", f"/{number}") is not None] == list(range(10, 30))


def test_a_comment_sent_twice_stands_once_and_again_after_something_else(home, handler):
    handler.get(COMMENTS)
    for _ in range(2):
        assert handler.post(COMMENTS, COMMENT | {"text": "按了两次"}).status == 303
    assert texts(home).count("按了两次") == 1
    handler.post(COMMENTS, COMMENT | {"text": "别的"})
    handler.post(COMMENTS, COMMENT | {"text": "按了两次"})
    assert texts(home).count("按了两次") == 2


def edits(home) -> list[str]:
    with open_log(open_project(home)) as log:
        return [one.body.file for one in log.entries() if one.kind == "edited"]


def test_a_change_of_parameters_that_was_broken_off_stands_under_one_entry_when_it_is_sent_again(
    home, handler, monkeypatch
):
    file = home / f"params/{YEAR}/{CODE}.yaml"
    before, known = file.read_bytes(), len(edits(home))
    page = handler.get(EDIT).text
    form = {"state": re.search(r'name="state" value="([^"]*)"', page)[1], "contact.phone": "0000-5555555"}
    with monkeypatch.context() as patch:
        patch.setattr(PreparedFile, "put", lambda _: (_ for _ in ()).throw(ParamsError("断了")))
        assert handler.post(EDIT, form).status == 409
    assert file.read_bytes() == before
    assert len(edits(home)) == known + 1

    assert handler.post(EDIT, form).status == 303
    assert edits(home)[known:] == [plain_hash(file.read_bytes())]
    assert b"0000-5555555" in file.read_bytes()


def test_a_change_of_parameters_that_somebody_else_is_quicker_with_is_not_recorded(home, handler, monkeypatch):
    file = home / f"params/{YEAR}/{CODE}.yaml"
    known = edits(home)
    state = re.search(r'name="state" value="([^"]*)"', handler.get(EDIT).text)[1]
    read = Log.append

    def append(log, *args, **given):
        file.write_text(f"{file.read_text(encoding='utf-8')}\n# 别人\n", encoding="utf-8")
        return read(log, *args, **given)

    with monkeypatch.context() as patch:
        patch.setattr(Log, "append", append)
        answer = handler.post(EDIT, {"state": state, "contact.phone": "0000-4444444"})

    assert answer.status == 409
    assert edits(home) == known
    assert b"0000-4444444" not in file.read_bytes()


def test_who_signs_twice_with_one_form_has_signed_once_and_is_told_nothing_wrong(home, port, handler):
    with open_log(open_project(home)) as log:
        for one in log.entries():
            if one.kind == "comment":
                acts.close(open_project(home), log, open_project(home).report(CODE, YEAR), "甲经办", one.number)
    stand_whole(open_project(home), CODE, YEAR)
    handler.get(f"/{YEAR}/{CODE}/")
    page = handler.get(SIGN).text
    form = {"what": "sign", "read": "1"} | {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("step", "seal", "last")
    }

    assert [handler.post(SIGN, form).status for _ in range(2)] == [303, 303]
    with open_log(open_project(home)) as log:
        assert [one.kind for one in log.entries()].count("signed") == 1
    back = {"what": "return", "reason": "再看一遍"}
    assert [handler.post(SIGN, back).status for _ in range(2)] == [303, 303]
    with open_log(open_project(home)) as log:
        assert [one.kind for one in log.entries()].count("returned") == 1


def at_browser(context: BrowserContext) -> tuple[Page, list[str]]:
    """Log in as the handler; return the page and what its console says."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/login")
    page.fill("#name", "甲经办")
    page.fill("#password", PASSWORD)
    page.click("main button")
    return page, said


@pytest.mark.browser
def test_with_script_going_back_keeps_what_was_typed_and_a_double_click_sends_once(home, port, browser: Browser):
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    page, said = at_browser(context)
    page.goto(COMMENTS)
    page.locator("summary").first.click()
    page.fill("#text", "打了半天的字")
    page.goto(f"/{YEAR}/{CODE}/")
    page.go_back()
    assert page.input_value("#text") == "打了半天的字"
    sent: list[str] = []
    page.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
    page.evaluate("() => { const b = document.querySelector('form.stack button.main'); b.click(); b.click(); }")
    page.wait_for_load_state()
    page.get_by_text("打了半天的字").first.wait_for()
    assert len(sent) == 1
    page.goto(COMMENTS)
    assert page.input_value("#text") == ""
    assert [text for text in said if "Content Security" in text] == []
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_the_page_of_a_report_being_made_says_so_as_soon_as_it_is_done(home, port, browser, monkeypatch, script):
    made = ["report"]
    monkeypatch.setattr(RebuildQueue, "progress", lambda *_: RebuildProgress(made[-1], time.monotonic()))
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", java_script_enabled=script)
    page, said = at_browser(context)
    asked: list[str] = []
    page.on("request", lambda one: "making" in one.url and asked.append(one.url.partition("making")[2]))
    page.goto(f"/{YEAR}/{CODE}/making")
    page.get_by_text("正在从台账和参数重新做报告").wait_for()
    page.wait_for_timeout(1300)
    made.append("done")
    begun = time.monotonic()
    page.get_by_text("做好了").wait_for()
    took = time.monotonic() - begun
    context.close()

    assert [text for text in said if "Content Security" in text] == []
    assert ("?state=report" in asked) == script
    if script:
        assert took < 1  # it asks every quarter of a second
        assert asked.count("") == 2  # the page is not drawn again until there is something new


@pytest.mark.browser
def test_the_page_of_a_report_being_made_goes_to_the_login_when_the_session_ends(home, port, browser, monkeypatch):
    monkeypatch.setattr(RebuildQueue, "progress", lambda *_: RebuildProgress("report", time.monotonic()))
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    page, _ = at_browser(context)
    page.goto(f"/{YEAR}/{CODE}/making")
    context.clear_cookies()
    page.locator("#password").wait_for()
    context.close()


@pytest.mark.browser
def test_with_script_typing_keeps_the_session_alive(home, port, browser: Browser):
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    page, _ = at_browser(context)
    page.clock.install()
    page.goto(COMMENTS)
    page.locator("summary").first.click()
    page.fill("#text", "一")
    page.clock.fast_forward(61_000)
    with page.expect_response("**/alive") as asked:
        page.fill("#text", "一二")
    assert asked.value.status == 204
    context.close()
