"""Published reports audited through the browser: what is found is on the page, and nothing of a file is kept."""

from __future__ import annotations

import base64
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from faultless import figures
from projects import make_project
from reviewing import Answer, Visitor, add_users, running, visiting

from gktools.review.uploaded_reports import MOST_REPORTS, UploadedReports
from gktools.review.web import reading_processes

AT = "/audit"
OFFICES = {
    "minzheng": {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[dict[str, object]]:
    """A server with one person who may log in."""
    home = tmp_path_factory.mktemp("auditing") / "work"
    make_project(home, OFFICES, {(2024, "minzheng"): {}})
    add_users(home, "甲经办")
    with running(home) as server:
        yield {"server": server, "home": home}


@pytest.fixture
def person(started) -> Visitor:
    """Somebody who is logged in and has opened the page."""
    visitor = visiting(started["server"], "甲经办")
    visitor.get(AT)
    return visitor


def report(year: int = 2024, unit: str = "临川县审计局", total: int = 0) -> bytes:
    data = figures(year) | {"unit": unit, "complete_tables": False}
    data["table3"]["（七）总计"] |= {"自然人": total}
    return json.dumps(data, ensure_ascii=False).encode()


def main_of(answer: Answer) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(answer.body).xpath("//main[@id='main']")[0]


def all_files(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def test_the_report_is_shown_with_its_errors_marked_and_can_be_downloaded(person):
    answer = person.upload(AT, {"报告.json": report(total=3)})
    page = main_of(answer)

    assert answer.status == 200
    assert "要更正" in page.text_content()
    assert [cell.text for cell in page.xpath("//td[@class='block']")]
    (link,) = page.xpath("//a[@download]")
    downloaded = base64.b64decode(link.get("href").partition("base64,")[2]).decode()
    assert downloaded.startswith("<!DOCTYPE html>")
    assert "<script" not in downloaded
    assert "临川县审计局" in downloaded


def test_nothing_of_a_file_is_kept(person, started):
    before = all_files(started["home"])
    page = person.upload(AT, {"报告.json": report(unit="某某县不存在的局")})

    assert "某某县不存在的局" in page.text
    assert all_files(started["home"]) == before
    assert "某某县不存在的局" not in person.get(AT).text


def test_last_years_report_is_compared(person):
    last = figures(2023) | {"unit": "临川县审计局"}
    last["table3"]["四、结转下年度继续办理"] |= {"自然人": 2, "总计": 2}
    answer = person.upload(AT, {"今年.json": report()}, {"year": "2024"})
    named = '"before"; filename="去年.json"'
    body = (
        f'--gk\r\nContent-Disposition: form-data; name="_xsrf"\r\n\r\n{person.token}\r\n'
        f'--gk\r\nContent-Disposition: form-data; name="files"; filename="今年.json"\r\n\r\n{report().decode()}\r\n'
        f"--gk\r\nContent-Disposition: form-data; name={named}\r\n\r\n{json.dumps(last, ensure_ascii=False)}\r\n--gk--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=gk"}
    compared = person.ask("POST", AT, body.encode(), kind)

    assert "没有与上年的报告比" in main_of(answer).text_content()
    assert "与上年的报告比过：去年.json" in main_of(compared).text_content()
    assert "上年结转" in main_of(compared).text_content()


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_audited(person):
    answer = person.upload(AT, {"坏的.docx": b"PK\x03\x04 no", "报告.json": report()})
    text = main_of(answer).text_content()

    assert "坏的.docx" in text
    assert "没有发现问题" in text


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        ({}, {}, "没有选文件"),
        ({f"{n}.json": b"{}" for n in range(21)}, {}, "一次最多 20 个文件"),
        ({"报告.json": report()}, {"year": "二〇二四"}, "年度请写四位数"),
        ({"报告.json": report()}, {"unit": "甲" * 80}, "单位名称请写一行"),
    ],
)
def test_a_form_that_cannot_be_taken_is_told_on_the_page(person, files, fields, said):
    answer = person.upload(AT, files, fields)

    assert answer.status == 400
    assert said in main_of(answer).xpath("//p[@role='alert']")[0].text_content()


def test_more_reports_than_are_audited_at_once_are_refused(person):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MOST_REPORTS + 1):
            archive.writestr(f"{number}.json", report())
    text = main_of(person.upload(AT, {"全部.zip": packed.getvalue()})).text_content()

    assert f"一次最多核对 {MOST_REPORTS} 份报告" in text


def test_a_file_that_takes_too_long_costs_its_own_reading_only(person, monkeypatch):
    monkeypatch.setattr(reading_processes, "SECONDS", 0.0)
    late = person.upload(AT, {"报告.json": report()})
    monkeypatch.undo()

    assert "没有读完" in main_of(late).text_content()
    assert "没有发现问题" in main_of(person.upload(AT, {"报告.json": report()})).text_content()


def test_markup_in_a_report_stays_text(person):
    answer = person.upload(AT, {"<b>x.json": report(unit="<script>alert(1)</script>")})

    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_strangers_and_people_without_an_office_are_refused(started):
    stranger = Visitor(started["server"].port)

    assert stranger.get(AT).status == 302
    assert stranger.upload(AT, {"报告.json": report()}).status in (302, 303, 403)


def test_the_board_leads_to_the_page(person):
    assert lxml.html.fromstring(person.get("/").body).xpath(f"//a[@href='{AT}']")


def test_a_scan_sized_upload_is_taken_here_and_a_larger_one_is_not(person):
    big = report() + b" " * (2 << 20)

    assert person.upload(AT, {"报告.json": big}).status == 200
    assert person.upload(AT, {"报告.json": b" " * (33 << 20)}).status == 413


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
def test_a_file_whose_reading_takes_too_much_memory_is_answered_in_words(monkeypatch):
    monkeypatch.setattr(reading_processes, "_MEMORY", 64 << 20)
    monkeypatch.setattr(reading_processes, "audit_upload", lambda _: bytearray(1 << 30))

    assert "要用的内存超过" in str(reading_processes._read(UploadedReports(())))
