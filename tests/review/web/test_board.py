"""The board: where each report stands, whose turn it is, what is asked for, and the lists for reminders."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from machine import REPOSITORY
from openpyxl import load_workbook
from projects import keep, make_project, write_yaml
from reviewing import add_users, running, visiting
from support.reports import whole_json

from gktools.build.freshness import NOTEBOOK
from gktools.checks.comparison import year_on_year_rules
from gktools.checks.rules import rules
from gktools.deadlines.calendar import working_days
from gktools.findings import Finding
from gktools.registers.schema import registers
from gktools.review.board import Boards, commonest
from gktools.review.entries import DecisionBody, EntryBody, PublishedBody, ReturnedBody, SignedBody, ViewedBody
from gktools.review.log import LogEntry, canonical, open_log
from gktools.review.people import Capacity, Step
from gktools.review.progress import Facts, ReviewProgress, progress
from gktools.review.reminder_lists import Due, reminder_text, reminder_workbook
from gktools.review.seal import PUBLISHED, Seal
from gktools.review.state import review_state
from gktools.workspace.office_book import OfficeEntry
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.output import ReportRef
from gktools.workspace.project import Project, open_project

KIND = office_kinds()["county_department"]
MINZHENG = Office("minzheng", "云溪区民政局", KIND)
PEOPLE = [Capacity(Step.HANDLER, "甲经办"), Capacity(Step.DEPUTY, "甲分管"), Capacity(Step.HEAD, "甲负责")]
DUE, TODAY = date(2025, 1, 31), date(2025, 1, 20)
NEEDED = frozenset({"requests", "lawsuits", "decisions"})
SEAL = Seal({"report.json": ("a",)}, "s1")
CALENDAR = working_days()


def at(office: Office = MINZHENG, **facts: Any) -> ReviewProgress:
    """How far a report has come of which these facts are known."""
    return progress(office, Facts(**{"required": NEEDED, "handed_in": NEEDED} | facts), PEOPLE, DUE)


def signed(step: str, person: str, digest: str = "a") -> tuple[str, SignedBody]:
    return person, SignedBody(Step(step), "", False, "s1", {"report.json": digest}, "r")


def log_of(*acts: tuple[str, EntryBody]) -> list[LogEntry]:
    return [
        LogEntry(n, "2025-01-10T00:00:00+00:00", "minzheng", 2024, person, body.entry_kind, canonical(body.to_json()))
        for n, (person, body) in enumerate(acts, start=1)
    ]


H, D, L = signed("handler", "甲经办"), signed("deputy", "甲分管"), signed("head", "甲负责")
BACK = ("甲分管", ReturnedBody(Step.DEPUTY, "总数不对", "r"))
OUT = ("区", PublishedBody("s1"))
EARLIER = ("区", PublishedBody("s0", files={"report.html": "then"}))


@pytest.mark.parametrize(
    ("acts", "stage", "people"),
    [
        ([], "handler", ("甲经办",)),
        ([H], "deputy", ("甲分管",)),
        ([H, D], "head", ("甲负责",)),
        ([H, D, L], "published", ()),
        ([H, D, L, OUT], "done", ()),
        ([H, BACK], "handler", ("甲经办",)),
        ([signed("handler", "甲经办", "older")], "handler", ("甲经办",)),
    ],
)
def test_whose_turn_it_is_follows_from_the_signatures(acts, stage, people):
    found = at(tally={}, state=review_state(log_of(*acts), SEAL))

    assert (found.stage, found.people) == (stage, people)


def test_what_was_sent_back_says_why():
    assert at(tally={}, state=review_state(log_of(H, BACK), SEAL)).task == "改好后再确认（被退回：总数不对）"


def test_a_signature_over_other_bytes_is_shown_as_void():
    found = at(tally={}, state=review_state(log_of(signed("handler", "甲经办", "older")), SEAL))

    assert (found.marks["handler"].state, found.marks["handler"].note) == ("stuck", "已失效")


def test_registers_that_are_missing_are_named():
    assert at(handed_in=NEEDED - {"lawsuits"}).marks["records"].note == f"缺{registers()['lawsuits'].label}"
    assert at(handed_in=frozenset()).marks["records"].note == "一张没交"
    assert at(handed_in=frozenset()).stage == "records"
    assert at().stage == "built"


def test_a_register_is_not_missed_once_the_report_has_every_figure():
    assert at(handed_in=frozenset({"requests"}), tally={}).marks["records"].state == "done"
    unknown = {"block": {"disclosures.unknown": 4}}
    assert at(handed_in=frozenset({"requests"}), tally=unknown).marks["records"].state == "part"


@pytest.mark.parametrize(
    ("tally", "checks", "text", "stage"),
    [
        ({"block": {"requests.row-total": 2}}, "stuck", "done", "checks"),
        ({"block": {"text.received": 1}}, "done", "stuck", "text"),
        ({"explain": {"text.likeness": 1, "requests.other-share": 1}}, "part", "part", "checks"),
        ({"explain": {"text.likeness": 1}}, "done", "part", "text"),
        ({"hint": {"text.likeness": 1}}, "done", "done", "handler"),
    ],
)
def test_what_blocks_has_to_be_mended_and_what_asks_for_it_explained_before_anybody_signs(tally, checks, text, stage):
    found = at(tally=tally)

    assert (found.marks["checks"].state, found.marks["text"].state, found.stage) == (checks, text, stage)


@pytest.mark.parametrize("acts", [[], [H], [H, D, L]])
def test_a_stale_report_is_to_be_made_again_whoever_signed(acts):
    found = at(tally={}, state=review_state(log_of(*acts), SEAL), stale=("登记表里的记录",))

    assert (found.stage, found.people, found.marks["built"].note) == (
        "built",
        ("甲经办",),
        "需重做：登记表里的记录变了",
    )
    assert found.task == "备齐文件（需重做：登记表里的记录变了）"


def test_a_published_report_that_would_differ_now_is_to_be_corrected():
    state = review_state(log_of(H, D, L, OUT), SEAL)
    found = at(tally={}, state=state, stale=("登记表里的记录",))

    assert (found.marks["published"].state, found.marks["published"].note) == ("part", "第 1 版，待更正")
    assert (found.stage, "要更正" in found.task) == ("built", True)
    assert at(tally={}, state=state).stage == "done"


def test_a_published_report_that_was_made_again_differently_is_to_be_corrected():
    state = review_state(log_of(EARLIER, H, D, L), SEAL)

    assert at(tally={}, state=state).marks["published"].note == "第 1 版，待更正"
    assert at(tally={}, state=state).task == "更正（公开以后变了）"


def test_signed_files_to_be_made_again_are_called_that_and_no_signature_void():
    found = at(tally={}, state=review_state(log_of(H, D, L), replace(SEAL, missing=("report.pdf",))))

    assert (found.stage, found.task) == ("built", "备齐文件（签过的文件要重新备齐）")
    assert {found.marks[step].state for step in Step} == {"done"}


def test_what_is_not_known_yet_is_said():
    assert "还没有核对完" in at(tally={}, stale=None).marks["built"].note


def test_a_run_that_failed_stands_before_all_else():
    found = at(tally={}, failed=True, state=review_state(log_of(H, D), SEAL))

    assert (found.stage, found.marks["built"].note) == ("built", "没有做成")


def test_a_whole_government_waits_for_its_offices():
    whole = at(Office("yunxi-all", "云溪区政府", KIND, rolls_up="yunxi"), handed_in=frozenset())

    assert whole.stage == "built"
    assert "各机关" in whole.task


def test_the_commonest_errors_say_what_to_do_and_of_equals_those_that_block_come_first():
    rows = [at(tally={"explain": {"requests.other-share": 1}}) for _ in range(3)]
    rows += [at(tally={"block": {"requests.row-total": 2}, "explain": {"text.likeness": 1}})]
    rows += [at(tally={"hint": {"text.remnant": 9}})]
    first, second, third = commonest(rows)

    assert (first.code, first.offices) == ("requests.other-share", 3)
    assert (second.code, second.offices, second.findings, second.blocks) == ("requests.row-total", 1, 2, True)
    assert third.code == "text.likeness"
    assert first.title
    assert first.remedy
    assert "{" not in first.remedy + second.remedy


def test_no_remedy_on_the_board_has_anything_left_to_fill_in():
    """What stands beside an error of many offices names no office, no cell and no dots in their place."""
    for code, rule in (rules() | year_on_year_rules()).items():
        said = rule.remedy_of_many.replace("{{ 指标名 }}", "")
        assert said, code
        assert not set("{}…") & set(said), code


# --- lists for reminders -----------------------------------------------------------------------------------------


def test_the_text_for_reminders_says_who_has_to_do_what_until_when():
    rows = [at(handed_in=frozenset()), at(tally={}, state=review_state(log_of(H), SEAL))]
    rows += [at(tally={}, state=review_state(log_of(H, D, L), SEAL)), replace(at(), due=date(2025, 2, 20))]
    text = reminder_text(rows, Due(2024, DUE, TODAY, CALENDAR))

    assert "还有 4 份没有办完" in text
    assert "【待公开】1 份\n云溪区民政局：请区里公开\n" in text
    assert "请甲经办做报告（期限 2025-02-20，还有 31 天）" in text
    assert "2025-01-31，还有 11 天" in text
    assert "2025-01-31（星期五）不是工作日，没有文字说期限可以顺延：请在 2025-01-27（最后一个工作日）以前公开。" in text
    assert "云溪区民政局：请甲经办交登记表（一张没交）" in text
    assert "云溪区民政局：请甲分管复核" in text


def test_the_workbook_for_reminders_holds_the_same_and_no_formula():
    evil = at(Office("evil", '=HYPERLINK("http://evil.example")', KIND), tally={})
    sheet = load_workbook(io.BytesIO(reminder_workbook([evil, at()], Due(2024, DUE, TODAY, CALENDAR)))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]

    assert rows[0] == ["机关", "机关代码", "进度", "要做的事", "轮到谁", "法定期限", "剩余天数"]
    assert rows[1][:3] == ['=HYPERLINK("http://evil.example")', "evil", "待经办人确认"]
    assert sheet["A2"].data_type == "s"
    assert rows[2][3:] == ["做报告", "甲经办", "2025-01-31", 11]


# --- read from files and log -------------------------------------------------------------------------------------

OFFICES = {
    "yunxi": {
        "names": [{"name": "云溪区政府"}],
        "kind": "county_government",
        "people": {"handler": "区经办", "deputy": "区分管", "head": "区长"},
    },
    **{
        code: {
            "names": [{"name": name}],
            "kind": "county_department",
            "parent": "yunxi",
            "people": {"handler": f"{name[0]}经办", "deputy": f"{name[0]}分管", "head": f"{name[0]}负责"},
        }
        for code, name in {"minzheng": "民政局", "caizheng": "财政局", "jiaoyu": "教育局"}.items()
    },
}


def report_of(
    home: Path, code: str, findings: list[dict[str, Any]], rules: dict[str, Any] | None = None, *, whole: bool = False
) -> None:
    """Let a report with findings stand under output/, its manifest counting them or (of an older gktools) not.

    Unless it is whole, report.json is another than the manifest says.
    """
    folder = home / "output/2024" / code
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(whole_json({"findings": findings})).encode()
    (folder / "report.json").write_bytes(content)
    manifest = {"outputs": {"report.json": sha256(content).hexdigest() if whole else "x"}, "findings": {}} | (
        {} if rules is None else {"rules": rules}
    )
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def finding(code: str, severity: str = "explain") -> dict[str, Any]:
    place = dict.fromkeys(("table", "row_key", "column_key", "row", "column", "section", "register", "record"))
    return place | {
        "code": code, "severity": severity, "office": "minzheng", "year": 2024, "fingerprint": code,
        "found": "1", "expected": "2", "message": "m",
    }  # fmt: skip


@pytest.fixture
def home(tmp_path) -> Path:
    home = tmp_path / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}, (2023, "defaults"): {}})
    return home


def board(home: Path, person: str = "区长", boards: Boards | None = None) -> dict[str, ReviewProgress]:
    rows = (boards or Boards(home)).read(open_project(home), 2024, person, TODAY)
    return {row.office.code: row for row in rows}


def test_the_board_follows_what_is_handed_in(home):
    assert board(home)["minzheng"].stage == "records"
    keep(open_project(home), "minzheng", 2024, {})
    assert board(home)["minzheng"].stage == "built"
    assert board(home)["caizheng"].stage == "records"


def test_the_board_follows_the_reports_whether_their_manifest_counts_by_rule_or_not(home):
    boards = Boards(home)
    report_of(home, "minzheng", [finding("requests.row-total", "block")], whole=True)
    report_of(home, "caizheng", [], {"block": {"requests.row-total": 1}})

    found = board(home, boards=boards)
    assert found["minzheng"].codes == found["caizheng"].codes == {"requests.row-total"}
    report_of(home, "minzheng", [finding("text.received", "block")] * 2, whole=True)
    assert board(home, boards=boards)["minzheng"].tally == {"block": {"text.received": 2}}


def test_a_finding_that_somebody_explained_is_open_no_more(home):
    boards = Boards(home)
    report_of(home, "minzheng", [finding("requests.other-share")], {"explain": {"requests.other-share": 1}}, whole=True)
    assert board(home, boards=boards)["minzheng"].codes == {"requests.other-share"}
    with open_log(open_project(home)) as log:
        body = DecisionBody(Finding.from_json(finding("requests.other-share")), "explained", "属实")
        log.append("minzheng", 2024, "民经办", body)

    assert board(home, boards=boards)["minzheng"].codes == set()


def test_the_board_follows_the_log_and_the_bytes_of_the_files(home):
    boards = Boards(home)
    report_of(home, "minzheng", [], {})
    folder = home / "output/2024/minzheng"
    for name in PUBLISHED.values():
        (folder / name).write_bytes(b"as signed")
    from gktools.review.seal import read_seal

    with open_log(open_project(home)) as log:
        seal = read_seal(ReportRef(home, "minzheng", 2024))
        body = SignedBody(Step.HANDLER, "", False, seal.hash, seal.files, "r")
        log.append("minzheng", 2024, "民经办", body)
    assert board(home, boards=boards)["minzheng"].stage == "deputy"

    facts = (folder / "report.pdf").stat()
    (folder / "report.pdf").write_bytes(b"as chang3d"[: facts.st_size])
    os.utime(folder / "report.pdf", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert board(home, boards=boards)["minzheng"].stage == "handler"


def test_the_log_is_read_on_from_where_it_was_and_anew_after_a_restore(home, monkeypatch):
    boards, asked = Boards(home), []
    with open_log(open_project(home)) as log:
        log.append("minzheng", 2024, "甲", ViewedBody("1"))
        log.append("minzheng", 2024, "甲", ViewedBody("2"))
        kind = type(log)
        real = kind.entries
        monkeypatch.setattr(
            kind, "entries", lambda self, since=0, **of: asked.append(since) or real(self, since=since, **of)
        )
        board(home, boards=boards)
        board(home, boards=boards)
        last = boards._entries[2024][-1]
        boards._entries[2024][-1] = LogEntry(9, "x", "minzheng", 2024, "甲", "looked", "{}", "x", "another log")
        board(home, boards=boards)

    assert asked == [0, 2, 9, 0]
    assert boards._entries[2024][-1] == last


@pytest.mark.parametrize(
    ("person", "codes"),
    [("民经办", {"minzheng"}), ("区长", set(OFFICES)), ("没这人", set()), ("", set())],
)
def test_only_those_offices_are_read_that_the_person_may_see(home, person, codes):
    assert set(board(home, person)) == codes


# --- as a page ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visitor(tmp_path_factory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("board") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}, (2023, "defaults"): {}})
    add_users(home, "区长", "民经办")
    report_of(home, "minzheng", [], {"block": {"requests.row-total": 1}})
    report_of(home, "caizheng", [], {})
    with running(home) as server:
        yield visiting(server, "区长")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["财政局", "教育局", "民政局", "云溪区政府"]),
        ("?year=2024&stage=records", ["教育局", "云溪区政府"]),
        ("?rule=requests.row-total", ["民政局"]),
        ("?name=财政", ["财政局"]),
        ("?name=jiaoyu", ["教育局"]),
        ("?order=stage", ["教育局", "云溪区政府", "民政局", "财政局"]),
        ("?order=blocks", ["民政局", "财政局", "教育局", "云溪区政府"]),
        ("?mine=1", []),
        (
            "?page=99999999999999999999&stage=%3Cscript%3E&order=x&year=1&name=",
            ["财政局", "教育局", "民政局", "云溪区政府"],
        ),
    ],
)
def test_the_board_shows_what_is_asked_for_in_the_order_asked_for(visitor, query, names):
    page = visitor.get("/" + quote(query, safe="?=&%")).text
    rows = re.findall(r'scope="row"><a href="/2024/[a-z]+/">([^<]+)', page)

    assert rows == names


def test_the_days_left_are_said_for_a_government_too_whose_day_is_another(visitor):
    page = visitor.get("/").text
    government, other = (page.split(f"/2024/{code}/", 1)[1].split("</tr>")[0] for code in ("yunxi", "jiaoyu"))

    assert re.search(r"期限 2025-\d\d-\d\d，已过期 \d+ 天", government)
    assert "期限" not in other


def test_the_board_and_the_lists_have_the_day_of_china_on_a_machine_in_utc(visitor, set_clock):
    set_clock("2025-01-30T16:30:00+00:00")

    assert "还有 0 天" in visitor.get("/").text
    assert "2024-reminders-2025-01-31.txt" in visitor.get("/reminders.txt").headers["content-disposition"]


def test_the_lists_hold_what_the_board_shows(visitor):
    text = visitor.get("/reminders.txt?stage=checks")
    book = visitor.get("/reminders.xlsx?stage=checks")

    assert "民政局：请民经办改正不得发布的问题（1 处不得发布）" in text.text
    assert "财政局" not in text.text
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "attachment" in text.headers["content-disposition"]
    assert load_workbook(io.BytesIO(book.body)).active["A2"].value == "民政局"


def test_three_thousand_offices_are_quick(tmp_path):
    people = {"handler": "甲", "deputy": "乙", "head": "丙"}
    other = {"kind": "county_department", "parent": "yunxi", "people": people}
    entries = {"yunxi": OFFICES["yunxi"]} | {f"o-{n}": other | {"names": [{"name": f"第{n}局"}]} for n in range(3000)}
    project = Project(tmp_path, {code: OfficeEntry(**entry) for code, entry in entries.items()})
    for n in range(0, 3000, 2):
        report_of(tmp_path, f"o-{n}", [], {"block": {"requests.row-total": 1}})
    make_project(tmp_path, OFFICES, {})
    shutil.copyfile(REPOSITORY / NOTEBOOK, tmp_path / NOTEBOOK)
    boards = Boards(tmp_path)
    boards.read(project, 2024, "区长", TODAY)
    start = time.thread_time()
    rows = boards.read(project, 2024, "区长", TODAY)

    assert len(rows) == 3001
    assert time.thread_time() - start < 2


def test_who_handles_an_office_whose_code_was_changed_is_told_where_its_registers_are(tmp_path):
    home = tmp_path / "work"
    project = make_project(home, OFFICES, {(2024, "defaults"): {}, (2024, "minzheng"): {}, (2024, "caizheng"): {}})
    keep(project, "minzheng", 2024, {})
    add_users(home, "民经办", "财经办")
    book = {("mzj" if code == "minzheng" else code): entry for code, entry in OFFICES.items()}
    write_yaml(home / "params/offices.yaml", {"offices": book})

    with running(home) as server:
        told = visiting(server, "民经办").get("/").text
        assert "民政局的登记表都在另一个代码（minzheng）下" in told
        assert "minzheng" not in visiting(server, "财经办").get("/").text
