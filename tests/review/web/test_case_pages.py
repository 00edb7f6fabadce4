"""Cases in the browser: the list of a year, one entered or changed in a form, withdrawn, and the statement that all are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from urllib.parse import quote

import lxml.html
import pytest
from clerks import CODE, YEAR, clerks_server, hand_in, make_offices, nothing_in_force, saved, text_of, value_of
from reviewing import Visitor, visiting

from gktools.inputs.inputs import load_inputs
from gktools.registers.schema import registers
from gktools.registers.sheet import ENTERED
from gktools.registers.store.opening import open_store
from gktools.report.queries.cases import Case, CaseFilter
from gktools.report.queries.reminders import remind
from gktools.review.accounts import Accounts
from gktools.review.entries import CommentBody
from gktools.review.log import open_log
from gktools.review.web.server import ReviewServer
from gktools.review.web.views.cases import groups_of
from gktools.workspace import clock
from gktools.workspace.project import open_project

AT = f"/{YEAR}/{CODE}/cases"
NEW = f"{AT}/requests/new"
NAME = "欧阳某某"
FIRST = {
    "number": "1号",
    "arrived_on": "2024-03-05",
    "channel": "当面",
    "applicant": "自然人",
    "applicant_name": NAME,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ReviewServer]:
    """A server of two offices without registers."""
    with clerks_server(tmp_path_factory.mktemp("cases") / "work") as started:
        yield started


@pytest.fixture
def home(server) -> Path:
    """The working folder of the server, with nothing in force."""
    return nothing_in_force(server.context.home)


@pytest.fixture
def clerk(server, home) -> Visitor:
    """A handler of the office at a browser."""
    return visiting(server, "甲经办")


def versions(home: Path, number: str = "1号") -> list[tuple[str, str, str]]:
    with open_store(home) as store:
        return [(one.person, one.reason, one.file) for one in store.history(number, CODE)]


def version_of(home: Path, number: str, register: str = "requests") -> int:
    with open_store(home) as store:
        held = store.load_records(CODE, YEAR).held[register]
        return dict(zip(held["number"].tolist(), held["record"].tolist(), strict=True))[number]


# --- entered ----------


def test_a_case_goes_from_its_receipt_to_its_answer_each_step_a_version_with_person_and_reason(home, clerk):
    assert saved(clerk, NEW, **FIRST).startswith(f"{AT}?register=requests&saved=")
    at = f"{AT}/requests/{version_of(home, '1号')}"
    saved(clerk, at, correction_notified_on="2024-03-08")
    saved(clerk, at, corrected_on="2024-03-12", correction_clear="是")
    saved(clerk, at, replied_on="2024-03-20", disposition="予以公开", delivery="当面", signed_on="2024-03-20")
    saved(clerk, at, signed_on="2024-03-21", reason="签收日抄错了")

    assert versions(home)[-5:] == [
        ("甲经办", "新登记", ENTERED),
        ("甲经办", "填写：补正告知日", ENTERED),
        ("甲经办", "填写：收到补正日、补正后是否明确", ENTERED),
        ("甲经办", "填写：答复日、送达方式、签收日、答复类型", ENTERED),
        ("甲经办", "签收日抄错了", ENTERED),
    ]
    page = clerk.get(AT)
    assert "已办结2024-03-21" in text_of(page)
    assert "没有说登记完，这张表就当作没有交" in text_of(page)


def test_a_case_entered_again_under_a_number_written_otherwise_is_told_in_the_list_until_it_is_withdrawn(home, clerk):
    saved(clerk, NEW, **FIRST | {"number": "云民申〔2024〕第91号"})
    assert "像是同一件登记了两次" not in text_of(clerk.get(AT))
    saved(clerk, NEW, **FIRST | {"number": "云民申〔2024〕91号"})
    page = text_of(clerk.get(AT))
    assert ("像是同一件登记了两次" in page, "云民申〔2024〕91号 和 云民申〔2024〕第91号" in page) == (True, True)
    saved(clerk, NEW, **FIRST | {"number": "云民申〔2024〕第92号"})
    assert text_of(clerk.get(AT)).count("和 云民申〔2024〕第91号") == 1

    version = version_of(home, "云民申〔2024〕91号")
    clerk.get(f"{AT}/requests/{version}")
    clerk.post(f"{AT}/requests/{version}", {"what": "withdraw", "seen": str(version), "why": "登记了两遍"})
    assert "像是同一件登记了两次" not in text_of(clerk.get(AT))


def test_what_the_form_leaves_is_counted_as_what_the_command_imports(home, clerk, tmp_path):
    answered = {"replied_on": "2024-03-20", "disposition": "予以公开", "delivery": "当面", "signed_on": "2024-03-21"}
    saved(clerk, NEW, **FIRST)
    saved(clerk, f"{AT}/requests/{version_of(home, '1号')}", **answered)
    assert clerk.post(AT, {"register": "requests", "what": "complete", "sure": "1"}).status == 303
    by_form = load_inputs(open_project(home), CODE, YEAR).records

    other = tmp_path / "other"
    make_offices(other)
    hand_in(other, FIRST | answered)
    by_command = load_inputs(open_project(other), CODE, YEAR).records
    fields = [field.key for field in registers()["requests"].pulled]
    held = [list(one.held["requests"].values(*fields)) for one in (by_form, by_command)]
    assert held[0] == held[1]
    assert by_form.covers("requests")


def test_a_name_is_never_shown_again_and_stays_when_it_is_left_empty(home, clerk):
    saved(clerk, NEW, **FIRST)
    at = f"{AT}/requests/{version_of(home, '1号')}"
    page = clerk.get(at)
    assert NAME not in page.text
    assert value_of(page, "applicant_name") == ""
    assert "已填，不显示；改就重填" in text_of(page)

    saved(clerk, at, topic="规划")
    with open_store(home) as store:
        assert store.record("requests", CODE, version_of(home, "1号")).filled == {"applicant_name"}
    saved(clerk, at, **{"applicant_name!clear": "1", "reason": "不是这一件的"})
    with open_store(home) as store:
        assert store.record("requests", CODE, version_of(home, "1号")).filled == frozenset()


def test_what_is_wrong_is_said_at_its_field_with_all_that_was_filled_in(home, clerk):
    clerk.get(NEW)
    answer = clerk.post(NEW, {"what": "save", **FIRST, "arrived_on": "2024-02-30", "topic": "规划"})
    page = lxml.html.fromstring(answer.body)
    assert answer.status == 409
    assert page.xpath("//*[@id='e-arrived_on']")[0].text_content().startswith("没有这一天")
    assert page.xpath("//*[@name='arrived_on']/@aria-invalid") == ["true"]
    assert [value_of(answer, key) for key in ("arrived_on", "topic", "number")] == ["2024-02-30", "规划", "1号"]


def test_what_has_two_readings_is_asked_in_the_page_and_saved_as_answered(home, clerk):
    clerk.get(NEW)
    typed = {"what": "save", **FIRST, "number": "3-8号"}
    asked = clerk.post(NEW, typed)
    assert asked.status == 409
    (name,) = lxml.html.fromstring(asked.body).xpath("//input[@type='radio'][@value='one']/@name")
    assert clerk.post(NEW, {**typed, name: "one"}).status == 303
    assert version_of(home, "3-8号")


def test_a_change_of_what_was_filled_needs_a_reason(home, clerk):
    saved(clerk, NEW, **FIRST, topic="规划")
    at = f"{AT}/requests/{version_of(home, '1号')}"
    page = clerk.get(at)
    typed = {"what": "save", "seen": value_of(page, "seen"), **FIRST, "applicant_name": "", "topic": "土地"}
    answer = clerk.post(at, typed)
    assert (answer.status, value_of(answer, "topic")) == (409, "土地")
    assert "请在下面写一句为什么改" in text_of(answer)
    assert clerk.post(at, {**typed, "reason": "归错了类"}).status == 303


def test_the_same_written_otherwise_is_no_change(home, clerk):
    saved(clerk, NEW, **FIRST)
    before = len(versions(home))
    at = f"{AT}/requests/{version_of(home, '1号')}"
    assert saved(clerk, at, arrived_on="2024.3.5").endswith("saved=same")
    assert len(versions(home)) == before


def test_what_is_probably_wrong_is_said_when_it_is_saved(home, clerk):
    at = saved(clerk, NEW, **FIRST, applicant_id="110101199003070012")
    assert "校验位不对" in text_of(clerk.get(at))
    assert "校验位不对" not in text_of(clerk.get(AT))


# --- two at once ----------


def test_the_second_of_two_clerks_is_told_with_what_was_filled_in_and_what_stands_now(server, home, clerk):
    saved(clerk, NEW, **FIRST)
    at, other = f"{AT}/requests/{version_of(home, '1号')}", visiting(server, "乙经办")
    seen = value_of(clerk.get(at), "seen")
    saved(other, at, topic="规划")
    typed = {"what": "save", "seen": seen, **FIRST, "applicant_name": "", "topic": "土地", "reason": "归类"}
    answer = clerk.post(at, typed)
    assert answer.status == 409
    assert "您打开以后，这一条被别人登记或者改过" in text_of(answer)
    assert "乙经办" in text_of(answer)
    assert "库里现在是：规划" in text_of(answer)
    assert value_of(answer, "topic") == "土地"

    assert clerk.post(at, {**typed, "seen": value_of(answer, "seen")}).status == 303
    assert versions(home)[-1] == ("甲经办", "归类", ENTERED)


def test_of_two_who_save_at_the_same_time_one_is_told(server, home, clerk):
    saved(clerk, NEW, **FIRST)
    at, clerks = f"{AT}/requests/{version_of(home, '1号')}", [clerk, visiting(server, "乙经办")]
    seen, _ = (value_of(one.get(at), "seen") for one in clerks)
    before = len(versions(home))

    def save(one: Visitor) -> int:
        return one.post(
            at, {"what": "save", "seen": seen, **FIRST, "applicant_name": "", "topic": one.token[:6]}
        ).status

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(save, clerks)) == [303, 409]
    assert len(versions(home)) == before + 1


def test_a_number_entered_twice_is_told(server, home, clerk):
    saved(clerk, NEW, **FIRST)
    other = visiting(server, "乙经办")
    other.get(NEW)
    answer = other.post(NEW, {"what": "save", **FIRST, "topic": "土地"})
    assert (answer.status, value_of(answer, "topic")) == (409, "土地")
    assert "已经有这个编号了" in text_of(answer)
    assert text_of(answer).count("没有保存") == 1


def test_a_new_case_sent_twice_at_once_counts_once(server, home, clerk):
    clerk.get(NEW)
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: clerk.post(NEW, {"what": "save", **FIRST, "number": "7号"}).status, range(4))
        )
    assert answers == [303] * 4
    assert len(versions(home, "7号")) == 1
    assert clerk.post(NEW, {"what": "save", **FIRST, "number": "7号", "applicant_name": "另一个人"}).status == 409


def test_a_form_sent_after_the_session_has_ended_comes_back(server, home, clerk):
    clerk.get(NEW)
    server.context.sessions.end(clerk.cookies["gktools-session"])
    assert "login" in clerk.post(NEW, {"what": "save", **FIRST}).headers["location"]
    again = visiting(server, "甲经办").get(NEW)
    assert (value_of(again, "number"), value_of(again, "arrived_on")) == ("1号", "2024-03-05")
    server.context.unsent.drop("甲经办", NEW)


def test_nothing_personal_of_a_form_is_kept_when_the_session_ends_and_its_field_says_so(server, home, clerk):
    personal = {"applicant_name": NAME, "applicant_id": "110101199003077758", "applicant_contact": "13912345678"}
    typed = {
        **FIRST,
        **personal,
        "topic": "土地",
        "subject": "李某的手机13912345678",
        "reason": "身份证110101199003077758",
    }
    clerk.get(NEW)
    server.context.sessions.end(clerk.cookies["gktools-session"])
    answer = clerk.post(NEW, {"what": "save", **typed})

    assert answer.headers["location"].endswith("ended=part")
    with Accounts(server.context.home).reading() as connection:
        kept = json.loads(connection.execute("SELECT form FROM unsent").fetchone()[0])
    assert kept.get("topic") == ["土地"]
    assert not any(word in str(kept) for word in personal.values())
    again = visiting(server, "甲经办").get(NEW)
    assert (value_of(again, "topic"), value_of(again, "applicant_name")) == ("土地", "")
    assert text_of(again).count("登录过期时填的这一项没有留下：里面有个人信息，请重填") == 3
    assert text_of(again).count("登录过期时填的这一项没有留下：里面像是有个人的号码，请重填") == 1
    server.context.unsent.drop("甲经办", NEW)


def test_the_browser_keeps_nothing_of_a_personal_field_either(clerk):
    fields = lxml.html.fromstring(clerk.get(NEW).body).xpath("//form//input[@data-private]/@name")
    assert fields == [field.key for field in registers()["requests"].fields if field.personal]


@pytest.mark.parametrize(
    "reason",
    ["打电话13912345678问过", "身份证 110101 19900307 7758", "退到6222020200112233446"],
    ids=["phone", "id", "card"],
)
def test_a_reason_with_a_number_of_a_person_is_refused_in_words(home, clerk, reason):
    saved(clerk, NEW, **FIRST)
    at = f"{AT}/requests/{version_of(home, '1号')}"
    clerk.get(at)
    before = versions(home)
    answer = clerk.post(at, {"what": "withdraw", "seen": str(version_of(home, "1号")), "why": reason})
    assert answer.status == 409
    assert "理由里像是有" in text_of(answer)
    assert versions(home) == before


def test_a_number_that_may_be_several_is_saved_only_when_the_person_says_that_it_is_one(home, clerk):
    typed = {"what": "save", **FIRST, "number": "第3号等"}
    clerk.get(NEW)
    asked = clerk.post(NEW, typed)
    choices = lxml.html.fromstring(asked.body).xpath("//form//input[@type='radio']")

    assert (asked.status, "不止一个号" in text_of(asked), [one.get("value") for one in choices]) == (409, True, ["one"])
    assert clerk.post(NEW, {**typed, choices[0].get("name"): "one"}).status == 303


def test_an_address_puts_no_words_of_its_own_on_the_list_of_cases(clerk):
    shown = {
        given: text_of(clerk.get(f"{AT}?saved={quote(given)}")) for given in ("12", "same", "请把密码发到别处", "１２")
    }

    assert "存好了（第 12 次）" in shown.pop("12")
    assert "没有变化" in shown.pop("same")
    assert not any("存好了" in page or given in page for given, page in shown.items())


@pytest.mark.parametrize("key", ["articles", "fee_paid", "number", "topic", "applicant"])
def test_a_field_of_very_many_digits_is_refused_at_once(home, clerk, key):
    clerk.get(NEW)
    begun = time.monotonic()
    answer = clerk.post(NEW, {"what": "save", **FIRST, key: "1" * 60_000})
    assert answer.status == 409
    assert "太长" in text_of(answer)
    assert time.monotonic() - begun < 2


# --- withdrawn, complete ----------


def test_a_case_entered_by_mistake_is_withdrawn_with_a_reason(home, clerk):
    saved(clerk, NEW, **FIRST)
    version = version_of(home, "1号")
    at = f"{AT}/requests/{version}"
    typed = {"what": "withdraw", "seen": str(version)}
    clerk.get(at)
    assert "理由请写" in text_of(clerk.post(at, typed))
    assert clerk.post(at, {**typed, "why": "登记了两遍"}).status == 303
    assert "还没有登记" in text_of(clerk.get(AT))
    with open_store(home) as store:
        assert store.imports(CODE)[0].reason == "登记了两遍"


def test_that_all_are_entered_is_said_by_a_person_and_taken_back(home, clerk):
    clerk.get(AT)
    form = {"register": "lawsuits", "what": "complete"}
    assert "请先勾上" in text_of(clerk.post(AT, form))
    assert clerk.post(AT, {**form, "sure": "1"}).status == 303
    with open_store(home) as store:
        (known,) = store.coverage(CODE)
        assert (known.register, known.rows, known.person) == ("lawsuits", 0, "甲经办")
    page = clerk.get(f"{AT}?register=lawsuits")
    assert "甲经办" in text_of(page)
    assert "本年无记录" in text_of(page)

    taken = {"register": "lawsuits", "what": "incomplete", "import": str(known.number)}
    assert clerk.post(AT, taken).status == 303
    with open_store(home) as store:
        assert store.coverage(CODE) == ()


def test_no_other_import_is_taken_back_as_a_statement(home, clerk):
    saved(clerk, NEW, **FIRST)
    with open_store(home) as store:
        number = store.imports(CODE)[0].number
    answer = clerk.post(AT, {"register": "requests", "what": "incomplete", "import": str(number)})
    assert "没有收回" in text_of(answer)
    assert version_of(home, "1号")


def test_a_register_of_forms_is_not_said_to_be_handed_in_until_it_is_complete(home, clerk):
    saved(clerk, NEW, **FIRST)
    page = lxml.html.fromstring(clerk.get(f"/{YEAR}/{CODE}/registers").body)
    (row,) = page.xpath("//table//tr[th[contains(., '依申请')]]")
    assert "没有说登记完" in row.text_content()
    clerk.post(AT, {"register": "requests", "what": "complete", "sure": "1"})
    page = lxml.html.fromstring(clerk.get(f"/{YEAR}/{CODE}/registers").body)
    (row,) = page.xpath("//table//tr[th[contains(., '依申请')]]")
    assert "交了" in row.text_content()
    assert "1 条" in row.text_content()


# --- the list ----------


def test_the_list_has_the_days_that_the_command_has(home, clerk, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2024, 4, 3))
    saved(clerk, NEW, **FIRST)
    saved(clerk, NEW, **{**FIRST, "number": "2号", "arrived_on": "2024-04-01"})
    saved(clerk, NEW, **{**FIRST, "number": "3号", "arrived_on": "2024-04-02", "withdrawn_on": "2024-04-03"})
    found = remind(open_project(home), date(2024, 4, 3), CODE)
    page = lxml.html.fromstring(clerk.get(AT).body)
    rows = [" ".join(row.text_content().split()) for row in page.xpath("//table//tbody/tr")]
    assert [one.number for one in found] == ["1号", "2号"]
    for one, row in zip(found, rows, strict=False):
        assert row.startswith(one.number)
        assert one.limit.isoformat() in row
        assert f"{abs(one.left)} 个工作日" in row
    assert "逾期" in rows[0]
    assert "已办结" in rows[2]


def test_the_list_is_filtered_by_state_month_and_number(home, clerk, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2024, 4, 3))
    for number, day in (("1号", "2024-03-04"), ("2号", "2024-04-01"), ("13号", "2024-03-11")):
        saved(clerk, NEW, **{**FIRST, "number": number, "arrived_on": day})
    saved(clerk, NEW, **{**FIRST, "number": "4号", "withdrawn_on": "2024-03-06"})

    def listed(query: str) -> list[str]:
        page = lxml.html.fromstring(clerk.get(f"{AT}?{query}").body)
        return page.xpath("//table//tbody//th/a/text()")

    assert listed("state=overdue") == ["1号"]
    assert listed("state=due&days=6") == ["13号"]
    assert listed("state=open") == ["1号", "13号", "2号"]
    assert listed("state=done") == ["4号"]
    assert listed("month=2024-04") == ["2号"]
    assert listed(f"name={quote('3号')}") == ["13号"]
    assert listed("page=99&days=x&state=y") == ["1号", "13号", "2号", "4号"]


def test_reviews_and_lawsuits_hang_on_their_request(home, clerk):
    saved(clerk, NEW, **FIRST)
    page = clerk.get(f"{AT}/requests/{version_of(home, '1号')}")
    (link,) = [one for one in lxml.html.fromstring(page.body).xpath("//a/@href") if "reconsiderations/new" in one]
    assert value_of(clerk.get(link), "request_number") == "1号"
    saved(clerk, link, number="复1号", notified_on="2024-05-06")

    assert "复1号 没有结" in text_of(clerk.get(AT))
    after = {"number": "行初1号", "reconsideration_number": "复1号", "role": "原行为主体", "notified_on": "2024-06-03"}
    after |= {"judged_on": "2024-08-01"}
    saved(clerk, f"{AT}/lawsuits/new", **after)
    assert "行初1号 已结" in text_of(clerk.get(AT))
    assert "行政复议登记表：复1号" in text_of(clerk.get(f"{AT}/requests/{version_of(home, '1号')}"))


def test_a_case_still_open_is_continued_in_the_next_year(home, clerk):
    saved(clerk, NEW, **FIRST)
    version, later = version_of(home, "1号"), f"/{YEAR + 1}/{CODE}/cases"
    assert "1号2024 年的登记表" in text_of(clerk.get(later))
    saved(clerk, f"{later}/requests/{version}", topic="规划")
    before = clerk.get(f"{AT}/requests/{version}")
    assert "到那一年去改" in text_of(before)
    assert "保存" not in [one.strip() for one in lxml.html.fromstring(before.body).xpath("//button/text()")]
    with open_store(home) as store:
        assert [one.year for one in store.history("1号")][-2:] == [YEAR, YEAR + 1]


def test_a_filter_reads_numbers_as_people_write_them():
    case = Case(1, YEAR, "依申请〔2024〕３号", date(2024, 3, 1), "open")
    assert CaseFilter(name="[2024]3号").wants(case)
    assert not CaseFilter(name="[2024]4号").wants(case)


# --- who may ----------


@pytest.mark.parametrize("person", ["甲分管", "丙经办"])
def test_only_the_handler_of_the_office_sees_and_enters_cases(server, home, person):
    visitor = visiting(server, person)
    visitor.get("/")
    assert visitor.get(AT).status in (403, 404)
    assert visitor.post(NEW, {"what": "save", **FIRST}).status in (403, 404)


@pytest.mark.parametrize("path", ["?register=charges", "?register=nothing", "/charges/new", "/requests/999999"])
def test_a_case_that_cannot_be_is_not_found(clerk, path):
    assert clerk.get(f"{AT}{path}").status == 404


@pytest.mark.parametrize("key", [key for key, one in registers().items() if one.identity])
def test_the_form_of_a_register_has_each_of_its_fields_once(key):
    shown = [field for group in groups_of(key) for field in group.fields]
    assert sorted(shown) == sorted(field.key for field in registers()[key].fields)


def test_every_form_says_that_no_secrets_belong_in_it(home, clerk):
    assert "本系统不处理涉密和工作秘密" in text_of(clerk.get(NEW))
    assert "本系统不处理涉密和工作秘密" in text_of(clerk.get(AT))


def test_whatever_changes_the_registers_is_noted_in_the_log_in_the_name_of_the_person(home, clerk):
    def noted() -> int:
        with open_log(open_project(home)) as log:
            return [(one.kind, one.person) for one in log.entries()].count(("imported", "甲经办"))

    with open_log(open_project(home)) as log:
        log.append(CODE, YEAR, "甲经办", CommentBody("", "看过"))
    before = noted()
    saved(clerk, NEW, **FIRST)
    at = f"{AT}/requests/{version_of(home, '1号')}"
    saved(clerk, at, correction_notified_on="2024-03-08")
    clerk.post(AT, {"register": "requests", "what": "complete", "sure": "1"})
    with open_store(home) as store:
        number = store.imports(CODE)[0].number
    clerk.post(AT, {"register": "requests", "what": "incomplete", "import": str(number)})
    page = clerk.get(at)
    clerk.post(at, {"what": "withdraw", "why": "登记错了", "seen": value_of(page, "seen")})
    with open_store(home) as store:
        last = store.imports(CODE)[0].number
    clerk.post(f"/{YEAR}/{CODE}/history", {"number": str(last), "reason": "撤下错了"})

    assert noted() - before == 6


def test_a_withdrawal_that_is_refused_is_not_headed_as_something_not_saved(home, clerk):
    saved(clerk, NEW, **FIRST)
    at = f"{AT}/requests/{version_of(home, '1号')}"
    answer = clerk.post(at, {"what": "withdraw", "why": "", "seen": value_of(clerk.get(at), "seen")})

    assert answer.status == 409
    assert "理由请写" in text_of(answer)
    assert "没有保存" not in text_of(answer)
