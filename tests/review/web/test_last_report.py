"""Beginning from last year's report in the browser: everything is shown first, and kept as the command keeps it."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from clerks import CODE, YEAR, clerks_server, text_of
from faultless import figures
from reviewing import Answer, Visitor, visiting
from ruamel.yaml import YAML

from gktools.cli.starting import Wanted, start_from
from gktools.editing.last_report import comparison_path
from gktools.errors import ReviewError
from gktools.inputs.published_figures import published_path, read_published
from gktools.registers.intake.templates import write_templates
from gktools.review.log import open_log
from gktools.review.web.pages import last_report
from gktools.review.web.server import ReviewServer
from gktools.workspace.project import open_project

AT, BEFORE = f"/{YEAR}/{CODE}/last-report", YEAR - 1
SENTENCE = "全年收到政府信息公开申请8件，如有疑问请拨打联系电话：0794-1234567。"
ROW, OUT = "一、本年新收政府信息公开申请数量", "四、结转下年度继续办理"
FIELD = "requests:received:natural_person"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ReviewServer]:
    """A server of two offices without registers."""
    home = tmp_path_factory.mktemp("last-report") / "work"
    with clerks_server(home) as started:
        shutil.copytree(home / "params", home.parent / "params")
        yield started


@pytest.fixture
def home(server) -> Path:
    """The working folder of the server with its first parameters."""
    home = server.context.home
    shutil.rmtree(home / "params")
    shutil.copytree(home.parent / "params", home / "params")
    return home


@pytest.fixture
def clerk(server, home) -> Visitor:
    """The handler of the office at a browser."""
    visitor = visiting(server, "甲经办")
    visitor.get(AT)
    return visitor


def report(received: int = 8, **more: object) -> bytes:
    data = figures(BEFORE) | {"unit": "示例区民政局", "text": {"一": SENTENCE, "五": "问题若干。"}, **more}
    data["table3"][ROW] |= {"自然人": received, "总计": received}
    data["table3"][OUT] |= {"自然人": received, "总计": received}
    return json.dumps(data, ensure_ascii=False).encode()


def read(clerk: Visitor, content: bytes, name: str = "去年.json") -> Answer:
    return clerk.upload(AT, {name: content}, {"what": "read"})


def fields_of(page: Answer) -> dict[str, str]:
    """What the browser would send of the form in which what was taken is confirmed."""
    (form,) = lxml.html.fromstring(page.body).xpath("//form[@class='editing']")
    assert form.get("enctype") is None, "a form of several parts may have a hundred fields only"
    return {name: value for name, value in form.form_values() if name != "_xsrf"}


def params_of(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (home / "params").rglob("*") if path.is_file()}


def last_figure(home: Path) -> object:
    path = published_path(home, BEFORE, CODE)
    return read_published(path, path.name, BEFORE).figures["requests"]["received", "natural_person"]


def test_everything_taken_is_shown_with_its_place_and_nothing_is_written_before_it_is_confirmed(home, clerk):
    before = {path for path in home.rglob("*") if path.is_file()}, params_of(home)
    page = read(clerk, report(title="示例区民政局2023年政府信息公开工作年度报告"))
    text = text_of(page)

    assert page.status == 200
    for said in ("来自一、总体情况", "表三175 格", "{{ 新收申请 }}", "问题若干。", "去年.json"):
        assert said in text, said
    assert {name for name in fields_of(page) if name.startswith("use:")} == {
        "use:contact.phone",
        "use:figures",
        "use:text",
    }
    assert ({path for path in home.rglob("*") if path.is_file()}, params_of(home)) == before


def test_what_is_confirmed_is_kept_as_the_command_keeps_it_and_no_sentence_enters_the_report(home, clerk, tmp_path):
    (source := tmp_path / "去年.json").write_bytes(report())
    start_from(source, tmp_path / "other", Wanted(CODE, yes=True))
    answer = clerk.post(AT, fields_of(read(clerk, report())))
    params = open_project(home).params(CODE, YEAR)

    assert (answer.status, answer.headers["location"]) == (303, f"{AT}?saved=1")
    for path in (published_path, comparison_path):
        assert path(home, BEFORE, CODE).read_bytes() == path(tmp_path / "other", BEFORE, CODE).read_bytes()
    assert params.contact == open_project(tmp_path / "other").params(CODE, YEAR).contact
    assert (params.contact.phone, params.text.own()) == ("0794-1234567", {})
    assert SENTENCE in text_of(clerk.get(f"/{YEAR}/{CODE}/edit"))
    with open_log(open_project(home)) as log:
        edited, brought_in = log.entries(CODE, YEAR)[-2:]
    assert (edited.kind, edited.person, edited.body.fields) == ("edited", "甲经办", ("联系方式 › 电话",))
    assert (brought_in.kind, brought_in.body.office, brought_in.body.year) == ("brought-in", CODE, BEFORE)


def test_a_private_file_in_the_place_of_last_years_texts_is_shown_to_nobody(home, clerk):
    (path := comparison_path(home, BEFORE, CODE)).parent.mkdir(parents=True)
    (home / "site.key").write_text("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n", encoding="ascii")
    (home / "site.key").rename(path)
    pages = clerk.get(f"/{YEAR}/{CODE}/edit"), read(clerk, report())

    for page in pages:
        assert page.status == 200
        assert "MC4CAQ" not in page.text
        assert f"params/published/{BEFORE}/{CODE}.md 不是 gktools 写的，没有显示" in page.text


def test_what_is_not_ticked_is_not_kept(home, clerk):
    fields = fields_of(read(clerk, report()))
    del fields["use:figures"], fields["use:text"]
    assert clerk.post(AT, fields).status == 303

    assert open_project(home).params(CODE, YEAR).contact.phone == "0794-1234567"
    assert not (home / "params/published").exists()


def test_a_value_that_is_there_is_shown_beside_the_other_and_stays_unless_it_is_ticked(home, clerk):
    clerk.post(AT, fields_of(read(clerk, report())))
    other = report(9, text={"一": "如有疑问，请拨打电话：0794-7654321。"})
    page = read(clerk, other)
    text, fields = text_of(page), fields_of(page)

    assert "现在是“0794-1234567”（本机关）" in text
    assert "4 格和文件里的不一样" in text
    assert "一、本年新收政府信息公开申请数量 自然人89" in text
    assert SENTENCE in text
    assert not [name for name in fields if name.startswith("use:")]
    assert clerk.post(AT, fields).status == 409
    assert (last_figure(home), open_project(home).params(CODE, YEAR).contact.phone) == (8, "0794-1234567")
    assert clerk.post(AT, fields | {"use:figures": "1", "use:contact.phone": "1"}).status == 303
    assert (last_figure(home), open_project(home).params(CODE, YEAR).contact.phone) == (9, "0794-7654321")
    assert SENTENCE in comparison_path(home, BEFORE, CODE).read_text(encoding="utf-8")
    assert "问题若干。" in published_path(home, BEFORE, CODE).read_text(encoding="utf-8")


def test_a_local_wording_is_kept_beside_the_offices_own_only_when_it_is_ticked(home, clerk):
    own = home / "params" / str(YEAR) / f"{CODE}.yaml"
    own.write_text('layout: {labels: {requests: {carried_out: "结转下年度"}}}  # 一直这样\n', encoding="utf-8")
    path, printed = "dispositions.refused.state_secret", "1.属于国家机密"
    fields = fields_of(read(clerk, report()))
    taken = json.loads(fields["taken"])
    taken["labels"] = [{"table": "requests", "path": path, "official": "1", "printed": printed}]
    fields["taken"] = json.dumps(taken)
    assert clerk.post(AT, fields).status == 303
    assert printed not in own.read_text(encoding="utf-8")

    fields["state"] = fields_of(read(clerk, report()))["state"]
    assert clerk.post(AT, fields | {f"use:label:requests:{path}": "1"}).status == 303
    labels = open_project(home).params(CODE, YEAR).layout.labels["requests"]
    assert labels == {"carried_out": "结转下年度", path: printed}
    assert "# 一直这样" in own.read_text(encoding="utf-8")


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in files.items():
            archive.writestr(f"{name}.json", one)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.docx", b"", "是空的"),
        ("坏的.docx", b"PK\x03\x04 no", "读不了"),
        ("别的.json", report(unit="示例区财政局"), "这是示例区财政局的报告，这里是示例区民政局"),
        ("前年.json", report(year=BEFORE - 1), f"这是 {BEFORE - 1} 年的报告，这里要 {BEFORE} 年的"),
        ("两份.zip", packed(a=report(), b=report(9)), "里有 2 份报告"),
        ("什么都没写.json", report(unit=None, year=None), "没有读出是哪一年"),
        ("照片.pdf", b"%PDF-1.4\n%%EOF", "读不了"),
    ],
)
def test_a_file_that_is_not_the_report_is_refused_in_words_and_nothing_is_written(home, clerk, name, content, said):
    before = params_of(home)
    answer = read(clerk, content, name)

    assert (answer.status, params_of(home)) == (409, before)
    assert said in text_of(answer)
    assert "程序出错" not in text_of(answer)
    assert "use:" not in answer.text


def test_registers_are_not_taken_for_a_report(clerk, tmp_path):
    path = write_templates(tmp_path, "示例区民政局", YEAR, {"requests"})[0]
    answer = read(clerk, path.read_bytes(), path.name)

    assert answer.status == 409
    assert "什么也没有取" in text_of(answer)


def test_a_report_of_an_unknown_name_is_kept_only_when_the_person_says_that_it_is_the_offices(home, clerk):
    page = read(clerk, report(unit="老民政局"))
    fields = fields_of(page)

    assert "单位表里没有这个名称" in text_of(page)
    assert "是本机关的" in text_of(clerk.post(AT, fields))
    assert not (home / "params/published").exists()
    assert clerk.post(AT, fields | {"use:ours": "1"}).status == 303


def test_a_name_that_two_entries_of_the_office_book_have_is_asked_about_too(home, clerk):
    book = YAML(typ="safe").load(path := home / "params/offices.yaml")
    book["offices"]["all"] = {"names": [{"name": "示例区民政局"}], "kind": "county_government", "rolls_up": CODE}
    YAML().dump(book, path)

    assert "不止一条是这个名称" in text_of(page := read(clerk, report()))
    assert clerk.post(AT, fields_of(page)).status == 409
    assert clerk.post(AT, fields_of(page) | {"use:ours": "1"}).status == 303


def test_a_report_without_a_year_is_taken_for_last_years_and_that_is_told(clerk):
    assert f"当作 {BEFORE} 年的" in text_of(read(clerk, report(year=None)))


def test_a_figure_that_was_misread_is_mended_in_the_page_and_one_that_is_none_is_told_at_its_field(home, clerk):
    fields = fields_of(read(clerk, report()))
    wrong = clerk.post(AT, fields | {FIELD: "九件"})

    assert (wrong.status, (home / "params/published").exists()) == (409, False)
    assert "要填数，不带单位" in text_of(wrong)
    assert fields_of(wrong) == fields | {FIELD: "九件"}
    assert clerk.post(AT, fields | {FIELD: "7"}).status == 303
    assert last_figure(home) == 7


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"taken": "{"}, "表单不完整"),
        ({"contact.phone": "0794\u202e1234567"}, "有看不见的"),
        ({"source": "问过 13912345678"}, "“来自”里像是有手机号"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_of_it_is_kept(home, clerk, given, said):
    before = params_of(home)
    answer = clerk.post(AT, fields_of(read(clerk, report())) | given)

    assert (answer.status, params_of(home)) == (409, before)
    assert said in text_of(answer)


def test_what_somebody_else_wrote_meanwhile_is_shown_before_anything_is_kept(home, clerk):
    fields = fields_of(read(clerk, report()))
    path = home / "params" / str(YEAR) / f"{CODE}.yaml"
    path.write_text('contact: {phone: "0000-1"}\n', encoding="utf-8")
    before = params_of(home)
    answer = clerk.post(AT, fields)

    assert (answer.status, params_of(home)) == (409, before)
    assert "您打开以后，别人" in text_of(answer)
    assert "现在是“0000-1”" in text_of(answer)
    assert clerk.post(AT, fields_of(answer)).status == 303


def test_nothing_is_kept_that_cannot_be_recorded(home, clerk, monkeypatch):
    def refuse(*_: object) -> None:
        raise ReviewError("审签记录写不进去")

    before = params_of(home)
    monkeypatch.setattr(last_report, "record_edit", refuse)
    answer = clerk.post(AT, fields_of(read(clerk, report())))

    assert (answer.status, params_of(home)) == (409, before)
    assert "没有保存：审签记录写不进去" in text_of(answer)


def test_when_one_file_cannot_be_written_none_is(home, clerk):
    fields = fields_of(read(clerk, report()))
    (home / "params/published").write_text("不是文件夹", encoding="utf-8")
    before = params_of(home)
    answer = clerk.post(AT, fields)

    assert (answer.status, params_of(home)) == (409, before)
    assert "写不进去" in text_of(answer)


def test_last_years_report_is_begun_from_by_the_handler_alone(server, home):
    before = params_of(home)
    for person in ("甲分管", "丙经办"):
        visitor = visiting(server, person)
        visitor.get("/")
        assert visitor.get(AT).status in (403, 404)
        assert read(visitor, report()).status in (403, 404)
        assert visitor.post(AT, {"what": "keep", "use:contact.phone": "1"}).status in (403, 404)
    assert params_of(home) == before


def test_the_form_is_there_again_after_the_session_has_ended(server, home, clerk):
    fields = fields_of(read(clerk, report()))
    user = server.context.users.get("甲经办")
    server.context.unsent.keep(user.name, AT, {name: [value] for name, value in fields.items()})
    page = clerk.get(AT)

    assert "您登录过期以前填的" in text_of(page)
    assert clerk.post(AT, fields_of(page)).status == 303
    assert last_figure(home) == 8
