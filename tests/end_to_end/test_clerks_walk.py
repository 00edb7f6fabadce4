"""Three offices in the browser, from empty registers to the report, without a terminal after the server's start.

One has a messy workbook of its own, one enters its cases in forms and goes on to three signatures, as does one that fills
in the short form (under `make soak`); behind nginx, each page accessible.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, Locator, Page, expect
from projects import make_project
from reviewing import add_users
from walking import YEAR, Person, review_behind_nginx, settle

from gktools.registers.intake.cover import NO_RECORDS
from gktools.review.log import open_log
from gktools.workspace.project import open_project

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]
NAMES = {"minzheng": "民政", "caizheng": "财政", "jiaoyu": "教育"}
STEPS = {"handler": "经办", "deputy": "分管", "head": "负责"}
OFFICES: dict[str, dict[str, Any]] = {
    code: {
        "names": [{"name": f"示例区{name}局"}],
        "kind": "county_department",
        "people": {step: name + what for step, what in STEPS.items()},
    }
    for code, name in NAMES.items()
}
PROBLEMS = (
    "（一）存在问题。一是目录更新偏慢，有的栏目没有按月更新；二是答复用语偏专业，群众看不明白。"
    "（二）改进措施。一是每月核对一次目录，责任到人；二是答复前请人读一遍。"
)
REQUESTS = "依申请公开登记表"
MESSY = [
    [f"示例区民政局{YEAR}年依申请公开台账"],
    ["序号", "编号", "来信那天", "申请人类别", "申请人", "答复日期", "答复类型", "送达方式", "签收日"],
    [1, "1号", f"{YEAR}-02-30", "公民", "欧阳某某", f"{YEAR}-03-20", "予以公开", "当面", f"{YEAR}-03-20"],
    [2, "2号", f"{YEAR}-03-04", "热心市民", "上官某某", f"{YEAR}-03-20", "予以公开", "当面", f"{YEAR}-03-20"],
    ["", "3月合计", "", "", "", "", "", "", ""],
    [3, "3号", f"{YEAR}-05-06", "公民", "东方某某", f"{YEAR}-05-20", "无法提供", "当面", f"{YEAR}-05-20"],
]
MEANT = {
    "来信那天": "收到申请之日",
    f"{YEAR}-02-30": f"{YEAR}-02-29",
    "申请人类别": "其他",
    "答复类型": "1.本机关不掌握相关政府信息",
}
"""What the clerk of the messy workbook meant, by what its mistakes name."""
ROUNDS = 8
SHORT = {
    "申请编号": "1号",
    "收到申请之日": f"{YEAR}-03-04",
    "申请方式": "当面",
    "申请人类别": "自然人",
    "答复日": f"{YEAR}-03-20",
    "答复类型": "予以公开",
    "送达方式": "当面",
    "签收日": f"{YEAR}-03-20",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A working folder of three offices without a register, a report or a text."""
    home = tmp_path_factory.mktemp("clerks") / "work"
    make_project(home, OFFICES, {(YEAR, code): {} for code in OFFICES})
    add_users(home, *(f"{name}{what}" for name in NAMES.values() for what in STEPS.values()))
    return home


@pytest.fixture(scope="module")
def address(home, cjk_font) -> Iterator[str]:
    with review_behind_nginx(home) as address:
        yield address


class Clerk(Person):
    """The handler of an office, whose presses are counted."""

    presses = 0

    def __init__(self, browser: Browser, address: str, code: str) -> None:
        super().__init__(browser, address, f"{NAMES[code]}经办")
        self.code, self.since = code, time.monotonic()
        self.page.context.expose_binding("pressed", self._press)
        self.page.context.add_init_script("addEventListener('pointerdown', () => window.pressed(), true)")

    def _press(self, *_: object) -> None:
        self.presses += 1

    def goto(self, tab: str) -> Page:
        """Open a page of the office's report."""
        return self.at(self.code, tab)

    def empty_registers(self, but: str, *, short: bool = False) -> list[tuple[str, bytes]]:
        """Download the templates, and tick 本年无记录 in all but one; the short form of that one comes last if it is wanted."""
        with self.goto("registers").expect_download() as downloading:
            self.page.get_by_role("link", name="取空白登记表").click()
        with zipfile.ZipFile(downloading.value.path()) as archive:
            books = {Path(name).name: load_workbook(io.BytesIO(archive.read(name))) for name in archive.namelist()}
        found = []
        for name, book in books.items():
            labels = [sheet.title for sheet in book if any(sheet.cell(n, 1).value == NO_RECORDS for n in range(1, 6))]
            if but in labels:
                found += [(name, kept(book))] if short and len(labels) == 1 and "简表" in name else []
                continue
            for label in labels:
                line = next(n for n in range(1, 6) if book[label].cell(n, 1).value == NO_RECORDS)
                book[label].cell(line, 2).value = "√"
            found.append((name, kept(book)))
        return sorted(found, key=lambda one: "简表" in one[0])

    def hand_in(self, *files: tuple[str, bytes]) -> None:
        """Upload files, from the page that is open."""
        self.page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": data} for name, data in files])
        self.page.get_by_role("button", name="交上来看看").click()
        self.accessible()

    def take_in(self) -> None:
        """Import what was handed in, and wait for the report."""
        expect(self.page.get_by_role("heading", name="没有错，可以导入")).to_be_visible()
        self.accessible()
        self.page.get_by_role("button", name="导入", exact=True).click()
        self.page.get_by_role("link", name="看报告").click(timeout=120_000)
        self.accessible()

    def write_text(self) -> None:
        """Write section five, and have the report made anew with all its documents."""
        page = self.goto("edit")
        page.fill("[name='text.problems']", PROBLEMS + NAMES[self.code])
        page.get_by_role("button", name="保存并重做报告").click()
        self.made(self.code)


def kept(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def messy() -> bytes:
    book = Workbook()
    sheet = book.active
    for row in MESSY:
        sheet.append(row)
    return kept(book)


def short(template: bytes) -> bytes:
    """The short form of the requests, filled in."""
    book = load_workbook(io.BytesIO(template))
    sheet = book[REQUESTS]
    head = next(row for row in sheet.iter_rows(max_row=10) if row[1].value == "申请编号")
    line = next(n for n in range(head[0].row + 1, 20) if sheet.cell(n, 1).value != "示例")
    for cell in head:
        if cell.value in SHORT:
            sheet.cell(line, cell.column).value = SHORT[cell.value]
    return kept(book)


def by_own_workbook(clerk: Clerk) -> None:
    """Hand in a workbook of the office's own, and say and mend in the page what is not understood."""
    clerk.hand_in(("民政台账.xlsx", messy()), *clerk.empty_registers(REQUESTS))
    page = clerk.page
    clerk.picture("mending")
    for _ in range(ROUNDS):
        if page.get_by_role("heading", name="没有错，可以导入").count():
            break
        if page.locator("fieldset.asked").count():
            for asked in page.locator("fieldset.asked").all():
                asked.locator("input[type=radio]").first.check()
            page.get_by_role("button", name="就这样答").click()
        else:
            for mistake in page.locator(".mistakes li").all():
                mend(mistake)
            page.get_by_role("button", name="就这样改").click()
        clerk.accessible()
    page.locator("details.match summary").first.click()
    clerk.picture("matching", "details.match")
    clerk.picture("preview")
    clerk.take_in()


def mend(mistake: Locator) -> None:
    """Say what a cell or a heading should be, as the clerk knows it."""
    text = mistake.inner_text()
    meant = next((right for wrong, right in MEANT.items() if wrong in text), None)
    assert meant, text
    field = mistake.locator("select, input[type=text]").first
    field.fill(meant) if field.evaluate("one => one.tagName") == "INPUT" else field.select_option(label=meant)


def by_forms(clerk: Clerk) -> None:
    """Enter a case in a form, say that all are entered, and hand in the other registers."""
    clerk.goto("cases").get_by_role("link", name="登记一件").click()
    clerk.picture("case")
    for label, value in SHORT.items():
        field = clerk.page.get_by_label(label, exact=False).first
        if field.evaluate("one => one.tagName") == "SELECT":
            choice = next(text for text in field.locator("option").all_inner_texts() if text.endswith(value))
            field.select_option(label=choice)
        else:
            field.fill(value)
    clerk.page.get_by_role("button", name="保存").click()
    page = clerk.accessible()
    clerk.picture("cases")
    page.get_by_label("都登记了").check()
    page.get_by_role("button", name="本年登记完了").click()
    clerk.goto("registers")
    clerk.hand_in(*clerk.empty_registers(REQUESTS))
    clerk.take_in()


def by_short_form(clerk: Clerk) -> None:
    """Fill in the short form, and hand it in with the other registers."""
    *empty, (name, template) = clerk.empty_registers(REQUESTS, short=True)
    clerk.hand_in(*empty, (name, short(template)))
    clerk.take_in()


@pytest.mark.parametrize(
    ("code", "enter", "cases"),
    [
        ("minzheng", by_own_workbook, 3),
        ("caizheng", by_forms, 1),
        pytest.param("jiaoyu", by_short_form, 1, marks=pytest.mark.soak),
    ],
)
def test_an_office_gets_from_empty_registers_to_a_report_in_the_browser_and_from_there_to_three_signatures(
    home, address, browser, code, enter, cases
):
    clerk = Clerk(browser, address, code)
    enter(clerk)
    expect(clerk.goto("").locator("#requests-received-total")).to_contain_text(str(cases))
    if enter is not by_own_workbook:  # a report is signed in the same way however its registers came
        sign(clerk, browser, address)
        with open_log(open_project(home)) as log:
            assert [entry.kind for entry in log.entries(code, YEAR)].count("signed") == 3
    print(f"{code}: {clerk.presses} presses of the handler, {time.monotonic() - clerk.since:.0f} s")
    for tab in ("", "cases", "registers", "history"):  # read on a phone
        page = clerk.goto(tab)
        if enter is by_forms:
            clerk.picture(tab or "review")
        page.set_viewport_size({"width": 375, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        page.set_viewport_size({"width": 1280, "height": 900})


def sign(clerk: Clerk, browser: Browser, address: str) -> None:
    """Write the text, settle what is found, and let the three people of the office sign."""
    code = clerk.code
    clerk.write_text()
    leaders = [Person(browser, address, f"{NAMES[code]}{STEPS[step]}", width=390) for step in ("deputy", "head")]
    settle(clerk, leaders[-1], code)
    for person in (clerk, *leaders):
        assert person.sign(code).get_by_text("已签").count() >= 1
