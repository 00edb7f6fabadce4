"""The pages of one report on a running server: what they show, what they take, whom they refuse."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

import lxml.html
import pytest
from casework import request, still_open
from projects import keep, make_project, stand_whole
from reviewing import PASSWORD, Visitor, add_users, logged_in, running, shown
from tampering import forget_logs

from gktools.review import actions as acts
from gktools.review.context import load_review_context
from gktools.review.entries import Approval, EditedBody, PublishedBody, ReturnedBody
from gktools.review.log import open_log
from gktools.review.people import Step
from gktools.review.seal import PUBLISHED, read_seal
from gktools.review.user_acts import note_act
from gktools.review.web.pages import changes, reports
from gktools.review.web.rebuild_queue import RebuildProgress, RebuildQueue, Task
from gktools.workspace.output import BEFORE, ReportRef, hash_bytes
from gktools.workspace.project import open_project

YEAR, CODE, DAY = 2024, "minzheng", date(2025, 1, 20)
HOSTILE = "<script>alert(1)</script><img src=x onerror=a>\"'&"
"""Put into every text there is: it must come out as the same text, never as an element."""
SCRIPTS = "//script[not(starts-with(@src, '/static/forms.js?')) or node()]"
OFFICES = {
    CODE: {
        "names": [{"name": f"示例区民政局{HOSTILE}"}],
        "kind": "county_department",
        "parent": "qu",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    },
    "qu": {
        "names": [{"name": "示例区人民政府办公室"}],
        "kind": "county_department",
        "people": {"handler": "丙经办", "deputy": "丙分管", "head": "丙负责"},
    },
    "caizheng": {
        "names": [{"name": "示例区财政局"}],
        "kind": "county_department",
        "people": {"handler": "乙经办", "deputy": "乙分管", "head": "乙负责"},
    },
}
PARAMS = {
    "text": {
        "problems": f"（一）存在问题。一是目录更新偏慢{HOSTILE}。\n\n（二）改进措施。一是每月核对一次，责任到人。",
        "overview": {
            "lead": f"收到申请{{{{ 新收申请 }}}}件{HOSTILE}。单位{{{{ 法人申请 }}}}件，公开{{{{ 主动公开条数 }}}}条。",
            "disclosure": {"heading": HOSTILE},
        },
    },
    "contact": {"address": HOSTILE, "phone": "0000-1"},
    "layout": {"labels": {"requests": {"received": HOSTILE}}},
    "differences": [{"rule": "上年结转", "reason": HOSTILE, "person": HOSTILE}],
}
REGISTERS = {"requests": [request(), still_open(number=f"2号{HOSTILE}", arrived_on="2024-12-30")]}
BEHIND = "records?cell=requests:received:total"
PAGES = [
    "",
    "published",
    "changes",
    "changes?with=build",
    "changes?with=year",
    "findings",
    "comments",
    "sign",
    BEHIND,
    "edit",
    "registers",
]
WRITTEN = ["changes", "findings", "comments", "sign", "edit", "preview", "making", "registers"]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A working folder with two offices and one report, hostile texts everywhere, made once."""
    home = tmp_path_factory.mktemp("pages") / "work"
    project = make_project(home, OFFICES, {(YEAR, CODE): PARAMS, (YEAR, "caizheng"): {}})
    keep(project, CODE, YEAR, REGISTERS, leave_out=["lawsuits"])
    keep(project, CODE, YEAR - 1, {})
    stand_whole(project, CODE, YEAR)
    folder = home / f"output/{YEAR}/{CODE}"
    before = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    before["sections"][0]["paragraphs"][0] = f"原来的{HOSTILE}"
    before["findings"] = before["findings"][:1]
    (folder / BEFORE).write_text(json.dumps(before), encoding="utf-8")
    add_users(home, "甲经办", "甲分管", "甲负责", "乙经办", "丙负责")
    return home


@pytest.fixture(scope="module")
def started(home) -> Iterator[dict[str, object]]:
    """Reports that the server was asked to make anew; none is."""
    asked: list[Task] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda _, task: asked.append(task))
        patch.setattr(acts, "make_all_files", lambda _, ref, **__: read_seal(ref))
        patch.setattr(RebuildQueue, "make_files_again", lambda *_: None)
        with running(home) as server:
            yield {"port": server.port, "asked": asked, "server": server}


@pytest.fixture
def clean(home, started) -> Iterator[int]:
    """The port of the server; afterwards files and log are as they were."""
    kept = home.parent / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(home, kept)
    started["asked"].clear()
    started["server"].context.opened.clear()
    yield started["port"]
    for name in ("output", "params"):
        shutil.rmtree(home / name)
        shutil.copytree(kept / name, home / name)
    for path in [*home.glob("records.db*"), *home.glob("*.head")]:
        path.unlink()
    for path in [*kept.glob("records.db*"), *kept.glob("*.head")]:
        shutil.copyfile(path, home / path.name)
    forget_logs()


def at(page: str) -> str:
    return f"/{YEAR}/{CODE}/{page}"


_SESSIONS: dict[tuple[int, str], Visitor] = {}


def person(port: int, name: str) -> Visitor:
    """A browser of a person who has logged in; each logs in once."""
    if (port, name) not in _SESSIONS:
        _SESSIONS[port, name] = logged_in(port, name)
    return replace(_SESSIONS[port, name])


def entries(home):
    with open_log(open_project(home)) as log:
        return log.entries(CODE, YEAR)


def signed(home, *steps: str) -> None:
    """Let steps be signed."""
    project = open_project(home)
    people = dict(zip(Step, ("甲经办", "甲分管", "甲负责"), strict=True))
    with open_log(project) as log:
        for step in map(Step, steps):
            ref = project.report(CODE, YEAR)
            acts.sign(project, log, ref, acts.Signer(people[step], step), shown(ref), DAY)


def without_findings(home, opening: str = "", severities: tuple[str, ...] = ()) -> list[str]:
    """Let the report stand with findings of these severities only; return their fingerprints."""
    folder = home / f"output/{YEAR}/{CODE}"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    report["findings"] = [
        one | {"severity": severity} for one, severity in zip(report["findings"], severities, strict=False)
    ]
    report["opening"]["paragraphs"] = [opening] if opening else report["opening"]["paragraphs"]
    text = json.dumps(report, ensure_ascii=False)
    (folder / "report.json").write_text(text, encoding="utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"]["report.json"] = hash_bytes(text.encode())
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return [one["fingerprint"] for one in report["findings"]]


def said(visitor: Visitor, page: str) -> str:
    return "".join(lxml.html.fromstring(visitor.get(at(page)).body).itertext())


def field(answer, name: str) -> str:
    """What a hidden field of a page holds."""
    return lxml.html.fromstring(answer.body).xpath(f"string(//input[@name='{name}']/@value)")


def finding_of(home, severity: str) -> str:
    report = json.loads((home / f"output/{YEAR}/{CODE}/report.json").read_text(encoding="utf-8"))
    return next(one["fingerprint"] for one in report["findings"] if one["severity"] == severity)


# --- what every page holds to -------------------------------------------------------------------------------


def fill_with_hostile_text(home) -> None:
    """Let people have said hostile things wherever something can be said."""
    project = open_project(home)
    with open_log(project) as log:
        given = (project, log, project.report(CODE, YEAR), "甲经办")
        acts.mark_viewed(*given)
        for place in ("requests:received:total", "problems:1"):
            made = acts.comment(*given, place, HOSTILE)
            acts.answer(*given, made.number, HOSTILE)
        acts.decide_finding(*given, acts.DecisionInput(finding_of(home, "hint"), "explained", HOSTILE), DAY)
        acts.attach(*given, f"{HOSTILE}.pdf", b"%PDF-1.7", DAY)
        log.append(CODE, YEAR, "甲分管", ReturnedBody(Step.DEPUTY, HOSTILE, log.put_blob(b"{}")))


def test_no_text_that_anybody_wrote_becomes_an_element_of_any_page(home, clean):
    fill_with_hostile_text(home)
    for name in ("甲经办", "甲负责"):
        visitor = person(clean, name)
        for page in PAGES if name == "甲经办" else PAGES[:-2]:
            answer = visitor.get(at(page))
            tree = lxml.html.fromstring(answer.body)
            assert answer.status == 200, (page, answer.text)
            assert tree.xpath(f"{SCRIPTS} | //img | //@onerror | //@style | //@onclick") == [], page
            assert "alert(1)" in "".join(tree.itertext()), page
    page = person(clean, "甲经办").get(at("published/page")).text
    assert not re.search('<script|<img|onerror=a>"', page)
    assert page.count("&lt;script&gt;alert(1)") > 4


def test_what_was_typed_comes_back_as_text_where_it_was_refused(home, clean):
    visitor = person(clean, "甲经办")
    mark = finding_of(home, "hint")
    visitor.get(at("findings"))
    answers = [
        visitor.post(
            at("findings"), {"finding": mark, "decision": "explained", "reason": f"{HOSTILE}</textarea>" * 30}
        ),
        visitor.post(at("comments"), {"place": "problems:99", "text": f"{HOSTILE}</textarea>", "what": "new"}),
        visitor.post(at("edit"), {"state": HOSTILE, "contact.phone": f"{HOSTILE}</textarea>"}),
    ]

    for answer in answers:
        tree = lxml.html.fromstring(answer.body)
        typed = [*tree.xpath("//textarea/text()"), *tree.xpath("//input/@value")]
        assert answer.status == 409
        assert tree.xpath(f"{SCRIPTS} | //img | //@onerror") == []
        assert any(f"{HOSTILE}</textarea>" in text for text in typed)


@pytest.mark.parametrize("page", [*PAGES, "published/page", "files/report.pdf", "scans/1", "making"])
def test_another_offices_person_sees_no_page_of_it(clean, page):
    assert person(clean, "乙经办").get(at(page)).status == 404


@pytest.mark.parametrize("page", WRITTEN)
def test_another_offices_person_changes_nothing_of_it(home, clean, page):
    visitor = person(clean, "乙经办")

    assert (
        visitor.post(at(page), {"what": "sign", "step": "handler", "text": "甲", "place": "problems:1"}).status == 404
    )
    assert entries(home) == []


@pytest.mark.parametrize("page", WRITTEN)
def test_a_form_without_the_token_of_the_session_is_refused(home, clean, page):
    visitor = person(clean, "甲经办")
    visitor.token = "forged"

    assert visitor.post(at(page), {"place": "problems:1", "text": "写", "seen": "x"}).status == 403
    assert entries(home) == []


@pytest.mark.parametrize("page", ["files/manifest.json", "files/report.ipynb", "files/records.db", "files/..%2fx.html"])
def test_only_what_will_be_published_can_be_downloaded(clean, page):
    assert person(clean, "甲经办").get(at(page)).status == 404


def test_what_a_link_in_the_output_leads_to_is_neither_shown_nor_sealed(home, clean):
    visitor, folder = person(clean, "甲经办"), home / f"output/{YEAR}/{CODE}"
    (folder / "report.docx").unlink()
    (folder / "report.docx").symlink_to(home / "review-users.db")
    assert visitor.get(at("files/report.docx")).status == 404
    assert read_seal(ReportRef(home, CODE, YEAR)).missing == ("report.docx",)

    (folder / "report.html").unlink()
    (folder / "report.html").symlink_to(home / "params/offices.yaml")
    (folder / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    assert visitor.get(at("published/page")).status == 404


@pytest.mark.parametrize("private", ["records.key", "review-users.db", "records.db"])
@pytest.mark.parametrize(
    "page", ["files/report.csv", "files/report（公开）.json", "files/report.html", "published/page"]
)
@pytest.mark.parametrize("put", [os.link, shutil.copyfile])
def test_a_private_file_in_the_place_of_a_file_of_a_report_is_sent_to_nobody(home, clean, private, page, put):
    visitor, secret = person(clean, "甲经办"), (home / private).read_bytes()
    place = home / f"output/{YEAR}/{CODE}" / ("report.html" if page == "published/page" else page[6:])
    assert visitor.get(at(quote(page))).status == 200
    place.unlink()
    put(home / private, place)

    answer = visitor.get(at(quote(page)))

    assert answer.status in (404, 409)
    assert secret[:32] not in answer.body


def test_a_private_file_that_is_there_only_while_the_files_are_sent_is_not(home, clean, monkeypatch):
    read, folder = ReportRef.read, home / f"output/{YEAR}/{CODE}"
    secret = (home / "records.key").read_bytes()
    monkeypatch.setattr(
        ReportRef, "read", lambda ref, name: secret if name in ("report.html", "report.csv") else read(ref, name)
    )

    for page in ("published/page", "files/report.html", "files/report.csv"):
        answer = person(clean, "甲经办").get(at(page))
        assert answer.status == 409
        assert "不是 gktools 写在那里的" in answer.text
        assert secret not in answer.body
    assert (folder / "report.html").read_bytes() != secret


def test_a_pipe_in_the_output_holds_nobody_up(home, clean):
    (home / f"output/{YEAR}/{CODE}/report.csv").unlink()
    os.mkfifo(home / f"output/{YEAR}/{CODE}/report.csv")

    assert "要公开的文件还没有备齐" in person(clean, "甲经办").get(at("sign")).text


@pytest.mark.parametrize("page", ["edit", "preview", "making"])
def test_only_the_handler_edits(home, clean, page):
    visitor = person(clean, "甲分管")
    visitor.get(at(""))

    assert visitor.post(at(page), {"contact.phone": "1"}).status == 403
    assert visitor.get(at("edit")).status == 403
    assert "0000-1" in (home / f"params/{YEAR}/{CODE}.yaml").read_text(encoding="utf-8")


def test_who_is_named_above_the_office_reads_and_remarks_and_does_nothing_else(home, clean, started):
    visitor, mark = person(clean, "丙负责"), finding_of(home, "hint")
    assert visitor.get(at("sign")).status == 200
    tried = [
        ("making", {"files": "1"}),
        ("making", {}),
        ("edit", {"contact.phone": "1"}),
        ("findings", {"finding": mark, "decision": "explained", "reason": "没有问题"}),
        ("sign", {"what": "sign", "step": "head", "read": "1", "seal": read_seal(ReportRef(home, CODE, YEAR)).hash}),
        ("sign", {"what": "return", "reason": "退回退回"}),
    ]

    assert [visitor.post(at(page), form).status for page, form in tried] == [403, 403, 403, 409, 409, 409]
    assert attach(visitor, "盖章.pdf", b"%PDF-").status == 409
    assert (entries(home), started["asked"]) == ([], [])


# --- the report ---------------------------------------------------------------------------------------------


def test_the_paper_says_what_the_published_page_says_and_every_figure_opens_its_proof(home, clean):
    visitor = person(clean, "甲经办")
    paper = lxml.html.fromstring(visitor.get(at("")).body).xpath("//div[@class='sheet']")[0]
    published = lxml.html.fromstring((home / f"output/{YEAR}/{CODE}/report.html").read_bytes())
    for beside in paper.xpath(
        ".//*[contains(@class,'proof') or contains(@class,'before') or contains(@class,'findings') or @class='remark']"
    ):
        beside.drop_tree()

    assert "".join("".join(paper.itertext()).split()) == "".join(
        "".join(published.xpath("//main")[0].itertext()).split()
    )
    assert len(paper.xpath(".//td/details/summary")) == len(published.xpath("//td[@headers]"))


def test_a_figure_in_a_sentence_leads_to_its_cell_and_the_cell_to_its_records(clean):
    page = lxml.html.fromstring(person(clean, "甲经办").get(at("")).body)
    target = page.xpath("//a[@class='bound']/@href")[0]
    cell = page.get_element_by_id(target.removeprefix("#"))

    assert target == "#requests-received-total"
    leads = {link.get("title"): link.get("href") for link in page.xpath("//a[@class='bound']")}
    assert leads["法人申请：5 格之和，从这一格起"] == "#requests-received-organisation_business"
    assert leads["主动公开条数：由登记表来"] == "#sources"
    assert all(page.get_element_by_id(goal.removeprefix("#")) is not None for goal in leads.values())
    assert "依申请〔2024〕1号" in "".join(page.get_element_by_id("requests-received-natural_person").itertext())
    assert cell.xpath(".//a[contains(@href, 'comments?place=requests')]")
    assert [link.text for link in cell.xpath(".//li/a[@href='#requests-received-natural_person']")] == ["自然人"]
    assert "同一行的 6 格相加得出，其余是 0：" in "".join(cell.itertext())


def test_every_record_behind_a_figure_is_shown_as_it_was_when_it_was_counted(home, clean):
    visitor = person(clean, "甲负责")
    cell = lxml.html.fromstring(visitor.get(at("")).body).get_element_by_id("requests-received-total")
    (way,) = cell.xpath(".//a[contains(., '看全部 2 条记录')]/@href")
    keep(open_project(home), CODE, YEAR, {"requests": [request(), request(number="3号"), request(number="4号")]})
    page = lxml.html.fromstring(visitor.get(way).body)
    said = ["".join(one.itertext()) for one in page.xpath("//ol[@class='records']/li")]

    assert "总计：2 件" in page.xpath("string(//h2)")
    assert ["编号 依申请〔2024〕1号" in said[0], "编号 2号" in said[1], len(said)] == [True, True, 2]
    assert page.xpath("//p[@role='alert']") == []


@pytest.mark.parametrize("cell", ["", "requests:received", "requests:nobody:total", "problems:1", "nobody:a:b"])
def test_a_cell_that_the_report_does_not_have_has_no_records(clean, cell):
    assert person(clean, "甲负责").get(at(f"records?cell={cell}")).status == 404


def test_last_year_stands_beside_this_year(clean):
    cell = lxml.html.fromstring(person(clean, "甲经办").get(at("")).body).get_element_by_id("requests-received-total")

    assert cell.xpath("string(.//*[@class='before'])") == "上年0"


def test_the_published_page_is_framed_byte_for_byte_and_can_do_nothing(home, clean):
    visitor = person(clean, "甲分管")
    frame = lxml.html.fromstring(visitor.get(at("published")).body).xpath("//iframe")[0]
    answer = visitor.get(frame.get("src"))

    assert answer.body == (home / f"output/{YEAR}/{CODE}/report.html").read_bytes()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"].split()
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("name", PUBLISHED.values())
def test_every_file_that_is_signed_can_be_downloaded_from_where_it_is_signed(home, clean, name):
    visitor = person(clean, "甲分管")
    page = lxml.html.fromstring(visitor.get(at("sign")).body)
    links = [link for link in page.xpath("//a/@href") if unquote(link).endswith(f"/files/{name}")]

    assert visitor.get(links[0]).body == (home / f"output/{YEAR}/{CODE}/{name}").read_bytes()


def test_a_file_of_the_seal_is_downloaded_under_the_title_of_the_report(home, clean):
    answer = person(clean, "甲分管").get(at("files/report.docx"))
    name = answer.headers["content-disposition"]

    assert answer.body == b"report.docx"
    assert name.startswith("attachment; filename*=UTF-8''")
    assert not set("<>\"'/\r\n ") & set(name.removeprefix("attachment; filename*=UTF-8''"))
    assert "sandbox" in answer.headers["content-security-policy"]


def test_without_a_report_the_handler_is_offered_to_make_one_and_others_are_told_whom_to_ask(home, clean, started):
    shutil.rmtree(home / f"output/{YEAR}/{CODE}")
    handler = person(clean, "甲经办")

    assert "还没有做好" in said(handler, "")
    assert handler.post(at("making")).status == 303
    assert started["asked"] == [Task(ReportRef(home, CODE, YEAR))]
    assert "请机关的经办人先做报告" in said(person(clean, "甲分管"), "sign")


def test_a_report_of_an_older_program_is_to_be_made_anew(home, clean, started):
    path = home / f"output/{YEAR}/{CODE}/report.ipynb"
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', encoding="utf-8")
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"][path.name] = hash_bytes(path.read_bytes())
    (path.parent / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    visitor = person(clean, "甲经办")

    assert "保存并重做报告" in said(visitor, "")
    assert visitor.get(at("edit")).status == 200
    assert visitor.post(at("making")).status == 303


# --- changes ------------------------------------------------------------------------------------------------


def test_looking_is_kept_for_this_person_alone_and_only_as_it_was_shown(home, clean):
    visitor = person(clean, "甲分管")
    shown = visitor.get(at("changes"))

    assert "您还没有看过" in shown.text
    assert visitor.post(at("changes"), {"seen": "another"}).status == 409
    assert entries(home) == []
    assert visitor.post(at("changes"), {"seen": field(shown, "seen")}).status == 303
    assert [(one.person, one.kind) for one in entries(home)] == [("甲分管", "looked")]
    assert "没有任何变化" in said(visitor, "changes")
    assert "您还没有看过" in said(person(clean, "甲负责"), "changes")


def test_since_the_last_build_characters_are_marked_and_unchanged_sections_folded(clean):
    page = lxml.html.fromstring(person(clean, "甲分管").get(at("changes?with=build")).body)

    assert any("原来的" in one.text for one in page.xpath("//del"))
    assert page.xpath("//ins")
    assert "五、存在的主要问题及改进情况" in page.xpath("//details[@class='same']/summary/text()")
    assert page.xpath("//details[@open and @class='same']") == []


def test_since_last_year_both_figures_stand_side_by_side(clean):
    page = lxml.html.fromstring(person(clean, "甲分管").get(at("changes?with=year")).body)
    row = page.xpath("//tr[.//a[contains(@href, '#requests-received-total')]]/td/text()")

    assert row == ["0", "2", "+2"]


# --- findings, comments -------------------------------------------------------------------------------------


def test_a_finding_is_explained_and_stays_so(home, clean):
    visitor, mark = person(clean, "甲经办"), finding_of(home, "hint")
    visitor.get(at("findings"))

    assert visitor.post(at("findings"), {"finding": mark, "decision": "explained", "reason": "情况属实"}).status == 303
    assert "情况属实" in said(person(clean, "甲负责"), "findings")


@pytest.mark.parametrize(("name", "decision"), [("甲经办", "dismissed"), ("甲分管", "overruled"), ("甲经办", "x")])
def test_what_blocks_is_not_talked_away(home, clean, name, decision):
    visitor, mark = person(clean, name), finding_of(home, "block")
    visitor.get(at("findings"))
    answer = visitor.post(at("findings"), {"finding": mark, "decision": decision, "reason": "领导说可以"})

    assert answer.status == 409
    assert entries(home) == []


@pytest.mark.parametrize("decision", ["", "x", "<b>"])
def test_a_decision_that_is_none_is_not_kept(home, clean, decision):
    visitor, mark = person(clean, "甲经办"), finding_of(home, "hint")
    visitor.get(at("findings"))

    assert visitor.post(at("findings"), {"finding": mark, "decision": decision, "reason": "情况属实"}).status == 409
    assert entries(home) == []


def test_the_head_overrules_what_blocks_with_a_reason_that_is_kept(home, clean):
    visitor, mark = person(clean, "甲负责"), finding_of(home, "block")
    visitor.get(at("findings"))

    assert visitor.post(at("findings"), {"finding": mark, "decision": "overruled", "reason": " "}).status == 409
    assert visitor.post(at("findings"), {"finding": mark, "decision": "overruled", "reason": "已核实"}).status == 303
    assert [one.body.reason for one in entries(home)] == ["已核实"]


def test_a_cell_is_remarked_on_answered_and_closed(home, clean):
    asking, answering = person(clean, "甲分管"), person(clean, "甲经办")
    page = asking.get(at("comments?place=requests%3Areceived%3Atotal"))

    assert lxml.html.fromstring(page.body).xpath("string(//option[@selected]/@value)") == "requests:received:total"
    assert asking.post(at("comments"), {"place": "requests:received:total", "text": "怎么多了两件"}).status == 303
    number = str(entries(home)[-1].number)
    assert "怎么多了两件" in said(answering, "")
    assert answering.post(at("comments"), {"what": "answer", "comment": number, "text": "年底两件"}).status == 303
    assert asking.post(at("comments"), {"what": "close", "comment": number}).status == 303
    assert asking.post(at("comments"), {"what": "close", "comment": number}).status == 303  # pressed twice
    assert answering.post(at("comments"), {"what": "close", "comment": number}).status == 409
    assert "甲分管 已办结" in said(answering, "comments")
    assert "怎么多了两件" not in said(answering, "")


@pytest.mark.parametrize("place", ["opening:1", "problems:2", "signature:1", "requests:received:total"])
def test_a_remark_stands_beside_the_report_and_leads_to_what_it_is_about(home, clean, place):
    visitor = person(clean, "甲分管")
    visitor.get(at("comments"))
    assert visitor.post(at("comments"), {"place": place, "text": "请改这一处"}).status == 303
    page = lxml.html.fromstring(visitor.get(at("")).body)
    goal = page.xpath("//li[contains(., '请改这一处')]/a/@href")[0].removeprefix("#")

    assert "aside" in page.xpath("//li[a and contains(., '请改这一处')]/ancestor::div/@class")[-1]
    assert page.xpath(f"//div[@class='sheet']//*[@id='{goal}']")
    assert "请改这一处" in page.xpath("string(//div[@class='sheet'])")


@pytest.mark.parametrize("place", ["problems:99", "requests:none:total", "../x", ""])
def test_a_remark_on_no_place_of_the_report_is_refused(home, clean, place):
    visitor = person(clean, "甲分管")
    visitor.get(at("comments"))

    assert visitor.post(at("comments"), {"place": place, "text": "写在哪里"}).status == 409
    assert entries(home) == []


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30])
def test_a_number_that_is_none_is_refused(clean, number):
    visitor = person(clean, "甲分管")
    visitor.get(at("comments"))

    assert visitor.post(at("comments"), {"what": "close", "comment": number}).status == 400


# --- signing ------------------------------------------------------------------------------------------------


def sign_form(visitor: Visitor, opens: str | None = "") -> dict[str, str]:
    """The form of the sign page, as a person gets it who opened a page of the report before."""
    if opens is not None:
        assert visitor.get(at(opens)).status == 200
    page = visitor.get(at("sign"))
    return {"what": "sign", "read": "1"} | {name: field(page, name) for name in ("step", "seal", "last")}


def test_three_people_sign_one_after_another_what_they_were_shown(home, clean):
    without_findings(home)
    for name in ("甲经办", "甲分管", "甲负责"):
        visitor = person(clean, name)
        assert visitor.post(at("sign"), sign_form(visitor)).status == 303

    assert [(one.person, one.kind) for one in entries(home)] == [
        ("甲经办", "signed"),
        ("甲分管", "signed"),
        ("甲负责", "signed"),
    ]
    assert "已审批，待公开" in said(visitor, "sign")


def test_nothing_is_signed_that_changed_after_it_was_shown(home, clean):
    without_findings(home)
    visitor = person(clean, "甲经办")
    form = sign_form(visitor)
    (home / f"output/{YEAR}/{CODE}/report.docx").write_text("another", encoding="utf-8")
    answer = visitor.post(at("sign"), form)

    assert answer.status == 409
    assert "您看过之后报告变了" in answer.text
    assert entries(home) == []


def test_nobody_signs_whose_user_is_not_the_one_of_the_newest_entry(home, clean):
    without_findings(home)
    visitor = person(clean, "甲经办")
    form = sign_form(visitor)
    with open_log(open_project(home)) as log:  # the row of the password before it was put back
        note_act(log, "甲经办", "甲经办", "own_password")
    answer = visitor.post(at("sign"), form)

    assert (answer.status, entries(home)) == (409, [])
    assert "和审签记录里最后一次办的对不上" in answer.text


def test_the_sign_page_tells_of_a_locked_user_and_of_parameters_that_are_not_those_saved_last(home, clean):
    without_findings(home)
    assert "请查清" not in said(person(clean, "甲分管"), "sign")
    with open_log(open_project(home)) as log:
        note_act(log, "root", "甲经办", "locked")
        log.append(CODE, YEAR, "甲经办", EditedBody(("contact.phone",), "sha256:" + "0" * 64))
    text = said(person(clean, "甲分管"), "sign")

    assert "甲经办的“修改”" in text
    assert "那时这个用户已经锁住" in text
    assert "不是甲经办在网页上保存的那一份" in text


def test_who_saw_another_page_in_the_place_of_the_published_one_signs_nothing(home, clean):
    without_findings(home)
    visitor = person(clean, "甲经办")
    folder = home / f"output/{YEAR}/{CODE}"
    kept = {name: (folder / name).read_bytes() for name in ("report.html", "manifest.json")}
    listed = json.loads(kept["manifest.json"])
    page = b"<html><body>another</body></html>"
    (folder / "report.html").write_bytes(page)
    outputs = listed["outputs"] | {"report.html": hash_bytes(page)}
    (folder / "manifest.json").write_text(json.dumps(listed | {"outputs": outputs}), encoding="utf-8")
    assert visitor.get(at("published/page")).body == page
    for name, content in kept.items():  # it was there for a moment
        (folder / name).write_bytes(content)

    assert visitor.post(at("sign"), sign_form(visitor, opens=None)).status == 409
    visitor.get(at("published/page"))
    assert visitor.post(at("sign"), sign_form(visitor, opens=None)).status == 303


@contextmanager
def standing_for(folder: Path, name: str, content: bytes) -> Iterator[None]:
    """Let another file stand in the place of one of a report, in its manifest too, for the block."""
    kept = {one: (folder / one).read_bytes() for one in (name, "manifest.json")}
    listed = json.loads(kept["manifest.json"])
    outputs = listed["outputs"] | {name: hash_bytes(content)}
    (folder / name).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(listed | {"outputs": outputs}), encoding="utf-8")
    yield
    for one, before in kept.items():
        (folder / one).write_bytes(before)


OTHER_TEXT = "另一句话"


def another_text(content: bytes) -> bytes:
    report = json.loads(content)
    report["opening"]["paragraphs"] = [OTHER_TEXT]
    return json.dumps(report, ensure_ascii=False).encode()


@pytest.mark.parametrize("fake", [1, 2])
def test_who_was_shown_another_report_than_was_noted_signs_nothing(home, clean, monkeypatch, fake):
    without_findings(home)
    visitor, folder, looks = person(clean, "甲经办"), home / f"output/{YEAR}/{CODE}", []

    def exchanged(*given):
        looks.append(given)
        if len(looks) != fake:
            return load_review_context(*given)
        with standing_for(folder, "report.json", another_text((folder / "report.json").read_bytes())):
            return load_review_context(*given)

    monkeypatch.setattr(reports, "load_review_context", exchanged)
    page = visitor.get(at("")).text
    monkeypatch.setattr(reports, "load_review_context", load_review_context)
    signed = visitor.post(at("sign"), sign_form(visitor, opens=None) | {"step": "handler"}).status

    assert (OTHER_TEXT in page, signed) in ((True, 409), (False, 303))


def test_who_was_shown_the_proofs_and_pictures_of_another_notebook_signs_nothing(home, clean):
    without_findings(home)
    visitor, folder = person(clean, "甲经办"), home / f"output/{YEAR}/{CODE}"
    content = (folder / "report.ipynb").read_bytes()
    with standing_for(folder, "report.ipynb", content + b"\n"):
        visitor.get(at(""))

    assert visitor.post(at("sign"), sign_form(visitor, opens=None) | {"step": "handler"}).status == 409
    visitor.get(at(""))
    assert visitor.post(at("sign"), sign_form(visitor, opens=None)).status == 303


def test_who_says_that_they_have_viewed_a_report_has_viewed_the_one_that_was_shown(home, clean, monkeypatch):
    visitor, folder = person(clean, "甲经办"), home / f"output/{YEAR}/{CODE}"
    content = (folder / "report.json").read_bytes()
    with standing_for(folder, "report.json", another_text(content)):
        shown = re.search(r'name="seen" value="([0-9a-f]+)"', visitor.get(at("changes")).text)[1]
        marking = acts.mark_viewed

        def exchanged(*given):
            with standing_for(folder, "report.json", content):
                return marking(*given)

        monkeypatch.setattr(changes, "mark_viewed", exchanged)
        assert visitor.post(at("changes"), {"seen": shown}).status == 409
    assert entries(home) == []


@pytest.mark.parametrize("opens", ["", "published/page"])
def test_nobody_signs_a_state_of_the_report_they_have_not_opened(home, clean, opens):
    without_findings(home)
    visitor = replace(logged_in(clean, "甲经办"))
    forged = {"what": "sign", "read": "1", "step": "handler", "seal": read_seal(ReportRef(home, CODE, YEAR)).hash}
    assert sign_form(visitor, opens=None)["step"] == ""
    assert "还没有打开过现在这一份报告" in said(visitor, "sign")
    answer = visitor.post(at("sign"), forged)
    assert (answer.status, entries(home)) == (409, [])
    assert "还没有打开过现在这一份报告" in answer.text

    visitor.get(at("findings"))
    assert visitor.post(at("sign"), forged).status == 409
    form = sign_form(visitor, opens)
    change_report(home)
    assert sign_form(visitor, opens=None)["step"] == ""
    assert visitor.post(at("sign"), form | {"seal": read_seal(ReportRef(home, CODE, YEAR)).hash}).status == 409
    assert visitor.post(at("sign"), sign_form(visitor, opens)).status == 303


def change_report(home) -> None:
    """Let another report stand in the place of the one there."""
    without_findings(home, opening="改了一句。")


@pytest.mark.parametrize("page", ["", "sign", "published"])
def test_a_stale_report_is_called_that_with_what_changed_and_can_be_made_again(home, clean, started, page):
    without_findings(home)
    visitor = person(clean, "甲经办")
    form = sign_form(visitor)
    path = home / f"params/{YEAR}/{CODE}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("0000-1", "0000-2"), encoding="utf-8")

    answer = visitor.get(at(page))
    assert "需重做：报告做好以后，参数或单位表变了" in said(visitor, page)
    assert len(lxml.html.fromstring(answer.body).xpath("//button[text()='备齐文件']")) == 1
    assert visitor.post(at("sign"), form).status == 409
    assert entries(home) == []
    assert "需重做：参数或单位表变了" in said_on_board(visitor)
    visitor.post(at("making"), {"files": "1"})
    assert started["asked"] == [Task(ReportRef(home, CODE, YEAR), files_only=True)]
    assert "备齐文件" not in said(person(clean, "丙负责"), page)


def said_on_board(visitor: Visitor) -> str:
    return "".join(lxml.html.fromstring(visitor.get(f"/?year={YEAR}").body).itertext())


def test_an_open_comment_keeps_from_signing_until_it_is_passed_on_by_name(home, clean):
    without_findings(home)
    handler, deputy = person(clean, "甲经办"), person(clean, "甲分管")
    deputy.get(at("comments"))
    deputy.post(at("comments"), {"what": "new", "place": "problems:1", "text": "请再核对"})
    number = str(entries(home)[-1].number)
    assert sign_form(handler)["step"] == ""
    assert "1 条批注没有答复" in said(handler, "sign")

    names = lxml.html.fromstring(handler.get(at("comments")).body).xpath("//select[@name='to']/option/text()")
    assert names == ["丙分管", "丙经办", "丙负责", "甲分管", "甲负责"]
    assert handler.post(at("comments"), {"what": "pass", "comment": number, "to": "乙经办"}).status == 409
    assert handler.post(at("comments"), {"what": "pass", "comment": number, "to": "甲负责"}).status == 303
    assert "转给 甲负责" in said(handler, "comments")
    assert handler.post(at("sign"), sign_form(handler)).status == 303
    assert "批注转给 甲负责：甲分管：请再核对" in said(deputy, "sign")


def test_what_was_explained_stands_beside_the_signature_with_person_and_reason(home, clean):
    visitor = person(clean, "甲经办")
    for one in without_findings(home, severities=("explain",)):
        visitor.get(at("findings"))
        visitor.post(at("findings"), {"finding": one, "decision": "explained", "reason": "情况属实，已核对"})
    assert visitor.post(at("sign"), sign_form(visitor)).status == 303

    assert "说明原因（甲经办）：情况属实，已核对" in said(person(clean, "甲分管"), "sign")


def test_every_signature_after_a_reset_of_the_password_says_so_until_one_is_public(home, clean, started):
    without_findings(home)
    visitor, users = person(clean, "甲经办"), started["server"].context.users
    users.set_password("甲经办", "given horse 55", one_time=True)
    users.set_password("甲经办", PASSWORD)
    assert visitor.get(at("sign")).status == 302  # the session ended with the old password
    visitor = logged_in(clean, "甲经办")
    _SESSIONS[clean, "甲经办"] = replace(visitor)
    assert visitor.post(at("sign"), sign_form(visitor)).status == 303

    assert entries(home)[-1].body.reset != ""
    assert "由别人重设过，重设以后签的还没有公布过" in said(person(clean, "甲分管"), "sign")
    assert visitor.post(at("sign"), {"what": "return", "reason": "再看看"}).status == 303
    assert visitor.post(at("sign"), sign_form(visitor)).status == 303
    assert entries(home)[-1].body.reset != "", "the first was withdrawn"

    with open_log(open_project(home)) as log:
        approved = (Approval("经办人确认", "甲经办", "", entries(home)[-1].at),)
        log.append("caizheng", YEAR, "root", PublishedBody("", approved=approved))
    assert visitor.post(at("sign"), {"what": "return", "reason": "再看看"}).status == 303
    assert visitor.post(at("sign"), sign_form(visitor)).status == 303
    assert entries(home)[-1].body.reset == ""


def test_nobody_signs_without_saying_that_it_was_read(home, clean):
    without_findings(home)
    visitor = person(clean, "甲经办")

    assert visitor.post(at("sign"), sign_form(visitor) | {"read": ""}).status == 409
    assert entries(home) == []


@pytest.mark.parametrize("step", ["deputy", "head"])
def test_a_forged_form_signs_no_other_step(home, clean, step):
    without_findings(home)
    visitor = person(clean, "甲经办")

    assert visitor.post(at("sign"), sign_form(visitor) | {"step": step}).status == 409
    assert entries(home) == []


def test_who_is_not_next_gets_no_button_but_is_told_whose_turn_it_is(home, clean):
    without_findings(home)
    page = person(clean, "甲负责").get(at("sign"))

    assert field(page, "seal") == ""
    assert "现在轮到“经办人确认”" in page.text


def test_a_report_is_sent_back_with_a_reason_that_everybody_sees(home, clean):
    without_findings(home)
    signed(home, "handler")
    visitor = person(clean, "甲分管")
    visitor.get(at("sign"))

    assert visitor.post(at("sign"), {"what": "return", "reason": ""}).status == 409
    assert visitor.post(at("sign"), {"what": "return", "reason": "第五部分太短"}).status == 303
    assert "第五部分太短" in said(person(clean, "甲经办"), "sign")


def test_a_form_opened_before_the_report_was_sent_back_signs_nothing(home, clean):
    without_findings(home)
    handler, deputy = person(clean, "甲经办"), person(clean, "甲分管")
    form = sign_form(handler)
    assert handler.post(at("sign"), form).status == 303
    deputy.get(at("sign"))
    assert deputy.post(at("sign"), {"what": "return", "reason": "第五部分太短"}).status == 303
    answer = handler.post(at("sign"), form)

    assert (answer.status, "您打开签字页以后，甲分管退回了这份报告" in answer.text) == (409, True)
    assert handler.post(at("sign"), sign_form(handler)).status == 303


def test_a_void_signature_says_what_changed_under_it(home, clean):
    without_findings(home)
    signed(home, "handler")
    (home / f"output/{YEAR}/{CODE}/report.docx").write_text("another", encoding="utf-8")

    assert "report.docx" in said(person(clean, "甲分管"), "sign")
    assert "已作废" in said(person(clean, "甲分管"), "sign")


def test_a_file_of_the_report_that_somebody_changed_is_named(home, clean):
    without_findings(home)
    signed(home, "handler")
    with (home / f"output/{YEAR}/{CODE}/report.html").open("a", encoding="utf-8") as file:
        file.write(" ")
    page = said(person(clean, "甲分管"), "sign")

    assert "做好的文件被改动过，或者不见了：report.html" in page
    assert "还没有做好" not in page


def attach(visitor: Visitor, name: str, data: bytes):
    """Send a file as a browser does."""
    parts = [b"--x", b'Content-Disposition: form-data; name="_xsrf"', b"", visitor.token.encode()]
    parts += [b"--x", b'Content-Disposition: form-data; name="what"', b"", b"attach"]
    disposition = f'Content-Disposition: form-data; name="scan"; filename="{name}"'.encode()
    parts += [b"--x", disposition, b"Content-Type: text/html", b"", data, b"--x--", b""]
    return visitor.ask("POST", at("sign"), b"\r\n".join(parts), {"Content-Type": "multipart/form-data; boundary=x"})


def test_a_scan_is_kept_by_what_it_is_and_sent_back_as_a_file(home, clean):
    visitor = person(clean, "甲经办")
    visitor.get(at("sign"))

    assert attach(visitor, "../../盖章<b>.html", b"%PDF-1.7 scan").status == 303
    scan = visitor.get(at(f"scans/{entries(home)[-1].number}"))
    assert (scan.body, scan.headers["content-type"]) == (b"%PDF-1.7 scan", "application/pdf")
    assert scan.headers["content-disposition"].startswith("attachment")
    assert scan.headers["content-disposition"].endswith(".html.pdf")
    assert visitor.get(at("scans/999")).status == 404


def test_what_is_no_scan_is_not_kept(home, clean):
    visitor = person(clean, "甲经办")
    visitor.get(at("sign"))

    assert attach(visitor, "盖章.pdf", b"<html><script>").status == 409
    assert attach(visitor, "盖章.pdf", b"").status == 409
    assert entries(home) == []


# --- editing ------------------------------------------------------------------------------------------------


def test_what_is_saved_keeps_the_comments_and_has_the_report_made_anew(home, clean, started):
    path = home / f"params/{YEAR}/{CODE}.yaml"
    path.write_text(f"# 我的说明\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    visitor = person(clean, "甲经办")
    form = visitor.get(at("edit"))
    answer = visitor.post(at("edit"), {"state": field(form, "state"), "contact.phone": "0000-2"})

    assert (answer.status, answer.headers["location"]) == (303, at("making"))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# 我的说明")
    assert "0000-2" in text
    assert started["asked"] == [Task(ReportRef(home, CODE, YEAR))]
    assert [(one.kind, one.body.fields) for one in entries(home)] == [("edited", ("联系方式 › 电话",))]


def test_a_blank_field_shows_the_text_that_is_printed_in_its_place(clean):
    page = lxml.html.fromstring(person(clean, "甲经办").get(at("edit")).body)
    opening = page.get_element_by_id("i-text.opening")

    assert opening.text_content().strip() == ""
    assert opening.get("placeholder").startswith("根据《中华人民共和国政府信息公开条例》")
    assert page.get_element_by_id("i-text.problems").get("placeholder") is None


def test_what_is_wrong_is_said_at_its_field_with_what_was_typed(home, clean, started):
    visitor = person(clean, "甲经办")
    given = {"counting.near_days": "很多", "text.problems": "有{{ 没有这个 }}件"}
    answer = visitor.post(at("edit"), {"state": field(visitor.get(at("edit")), "state"), **given})
    page = lxml.html.fromstring(answer.body)
    days = page.get_element_by_id("i-counting.near_days")

    assert answer.status == 409
    assert days.get("value") == "很多"
    assert "整数" in page.get_element_by_id(days.get("aria-describedby").split()[-1]).text
    assert started["asked"] == []
    assert entries(home) == []


def test_nothing_is_saved_over_what_somebody_else_changed_meanwhile(home, clean, started):
    path = home / f"params/{YEAR}/{CODE}.yaml"
    visitor = person(clean, "甲经办")
    form = visitor.get(at("edit"))
    path.write_text(path.read_text(encoding="utf-8").replace("0000-1", "0000-9"), encoding="utf-8")
    answer = visitor.post(at("edit"), {"state": field(form, "state"), "contact.phone": "0000-2"})

    assert answer.status == 409
    assert "别的人改过这个文件" in answer.text
    assert 'value="0000-2"' in answer.text
    assert "0000-9" in path.read_text(encoding="utf-8")
    assert started["asked"] == []


def test_a_preview_is_the_page_as_it_would_be_and_nothing_is_saved(home, clean, started):
    before = (home / f"params/{YEAR}/{CODE}.yaml").read_bytes()
    visitor = person(clean, "甲经办")
    visitor.get(at("edit"))
    answer = visitor.post(at("preview"), {"text.problems": f"全年{{{{ 新收申请 }}}}件{HOSTILE}"})
    page = lxml.html.fromstring(answer.body)

    assert "全年2件<script>" in "".join(page.itertext())
    assert page.xpath(f"{SCRIPTS} | //img") == []
    assert "sandbox" in answer.headers["content-security-policy"].split()
    assert (home / f"params/{YEAR}/{CODE}.yaml").read_bytes() == before
    assert entries(home) == []


def test_the_preview_of_what_stands_is_the_published_page_byte_for_byte(home, clean):
    visitor = person(clean, "甲经办")
    visitor.get(at("edit"))

    assert visitor.post(at("preview")).body == (home / f"output/{YEAR}/{CODE}/report.html").read_bytes()


def test_a_preview_that_cannot_be_says_why(clean):
    visitor = person(clean, "甲经办")
    visitor.get(at("edit"))

    assert "没有“没有这个”这个指标" in visitor.post(at("preview"), {"text.problems": "{{ 没有这个 }}"}).text


def test_who_edits_is_told_that_signatures_will_be_void(home, clean):
    without_findings(home)
    signed(home, "handler")

    assert "已经有 1 人签字" in said(person(clean, "甲经办"), "edit")


def test_a_report_being_made_refreshes_by_itself_until_it_is_done(clean, monkeypatch):
    visitor = person(clean, "甲经办")
    monkeypatch.setattr(RebuildQueue, "progress", lambda *_: RebuildProgress("report", 0.0))
    running_, state = visitor.get(at("making")), visitor.get(f"{at('making')}?state=report")
    monkeypatch.setattr(RebuildQueue, "progress", lambda *_: RebuildProgress("failed", 0.0, f"没有导入{HOSTILE}"))
    failed = visitor.get(at("making"))

    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in running_.text
    assert json.loads(state.text)["state"] == "report"
    assert "正在从台账和参数重新做报告" in running_.text
    assert 'http-equiv="refresh"' not in failed.text
    assert "data-making" not in failed.text
    assert "没有导入&lt;script&gt;" in failed.text
