"""A clerk hands in registers in a browser, with script and without; the whole way is in tests/end_to_end/test_clerks_walk.py."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Locator, Page, expect
from projects import make_project
from reviewing import PASSWORD, add_users, running

from gktools.registers.schema import registers
from gktools.review.board import required_registers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]
YEAR, CODE = 2024, "minzheng"
OFFICES = {
    CODE: {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
HEAD = ["申请编号", "受理日期", "申请人类别", "申请人名称"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 740}
ROWS = [
    ["1号", "2024-03-01", "公民", "欧阳某某"],
    ["2号", "2024-02-30", "自然人", "上官某某"],
    ["3月合计", "2024-03-31", "自然人", ""],
    ["3号", "2024-05-06", "商业企业", "某某公司"],
]


@pytest.fixture
def address(tmp_path, cjk_font) -> Iterator[str]:
    """Where a server of a working folder without any register answers."""
    home = tmp_path / "work"
    make_project(home, OFFICES, {(YEAR, CODE): {"text": {"problems": "（一）问题。一是慢。（二）改进。一是快。"}}})
    add_users(home, "甲经办")
    with running(home) as server:
        yield f"http://127.0.0.1:{server.port}/"


@pytest.fixture(params=[False, True], ids=["without script", "with script"])
def page(request, browser, address) -> Iterator[Page]:
    """A browser in which the handler has logged in."""
    context = browser.new_context(base_url=address, java_script_enabled=request.param, accept_downloads=True)
    page = context.new_page()
    page.goto("login")
    page.fill("#name", "甲经办")
    page.fill("#password", PASSWORD)
    page.click("main button")
    yield page
    context.close()


def messy() -> bytes:
    """A workbook of an office's own: a day that does not exist, a sum among the records, a heading with two meanings."""
    book = Workbook()
    sheet = book.active
    sheet.title = "依申请公开登记表"
    for row in [["单位", "示例区民政局"], ["年度", YEAR], HEAD, *ROWS]:
        sheet.append(row)
    return saved(book)


def empty(label: str) -> tuple[str, bytes]:
    """A register with 本年无记录 ticked, as CSV."""
    known = next(one for one in registers().values() if one.label == label)
    headings = ",".join(field.heading for field in known.fields if not field.alternative)
    text = f"登记表,{label}\n单位,示例区民政局\n年度,{YEAR}\n本年无记录,√\n{headings}\n"
    return f"{label}.csv", text.encode()


def saved(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": content} for name, content in files])
    page.get_by_role("button", name="交上来看看").click()


def answer(page: Page) -> None:
    """Answer every question with its first answer until none is left."""
    for _ in range(5):
        for asked in page.locator("fieldset.asked").all():
            asked.locator("input[type=radio]").first.check()
        if not page.locator("fieldset.asked").count():
            return
        page.get_by_role("button", name="就这样答").click()


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(100):
        if goal.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {goal} with the keyboard")


def pick(page: Page, field: Locator, choice: str) -> None:
    """Go to a list and choose from it, with the keyboard."""
    tab_to(page, field)
    for _ in range(80):
        if field.input_value() == choice:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no {choice} in the list")


def fits(page: Page) -> None:
    """Fail if anything of a page, everything opened, is wider than a phone."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.set_viewport_size(DESKTOP)


def accessible(page: Page, script: bool) -> None:
    if script:
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.soak
def test_a_clerk_hands_in_mends_answers_looks_imports_and_sees_the_report(page, request):
    script = "[with script" in request.node.name
    page.goto(f"{YEAR}/{CODE}/registers")
    accessible(page, script)
    others = [registers()[key].label for key in registers() if key in required_registers(YEAR) and key != "requests"]
    choose(page, ("申请登记.xlsx", messy()), *(empty(label) for label in others))

    expect(page.get_by_role("heading", name="个问题要先回答")).to_be_visible()
    accessible(page, script)
    answer(page)
    expect(page.get_by_role("heading", name="有要改的地方")).to_be_visible()
    expect(page.get_by_text("没有这一天", exact=False).first).to_be_visible()
    assert "上官某某" not in page.content()
    accessible(page, script)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载标错文件").click()
    copy = Path(downloading.value.path())
    book = load_workbook(io.BytesIO(copy.read_bytes()))
    for row in book["依申请公开登记表"].iter_rows():
        for cell in row:
            if "2024-02-30" in str(cell.value):
                cell.value = "2024-02-29"
    choose(page, (downloading.value.suggested_filename, saved(book)))

    answer(page)
    expect(page.get_by_role("heading", name="没有错，可以导入")).to_be_visible()
    accessible(page, script)
    page.get_by_role("button", name="导入", exact=True).click()
    page.get_by_role("link", name="看报告").click(timeout=120_000)
    expect(page.locator("#requests-received-total")).to_contain_text("3")
    page.goto(f"{YEAR}/{CODE}/registers")
    expect(page.get_by_text("报告要用的都交了")).to_be_visible()
    expect(page.get_by_text("申请登记（标错）.xlsx").first).to_be_visible()


UNKNOWN = (
    "登记表,依申请公开登记表\n单位,示例区民政局\n年度,2024\n申请编号,来信那天,申请人类别,申请人名称\n"
    "1号,2024-02-30,公民,欧阳某某\n2号,2024-02-30,公民,上官某某\n3号,2024-03-01,热心市民,上官某某\n"
    "4号,2024-03-01,热心市民,上官某某\n5号,2024-03-01,热心市民,上官某某\n"
)


def test_a_clerk_matches_and_mends_in_the_page_with_the_keyboard_alone_and_takes_a_word_back(page, request):
    script = "[with script" in request.node.name
    page.goto(f"{YEAR}/{CODE}/registers")
    choose(page, ("申请登记.csv", UNKNOWN.encode()))
    accessible(page, script)

    pick(page, page.locator(".mistakes select[name^=h-]"), "收到申请之日")
    tab_to(page, page.get_by_role("button", name="就这样改"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有这一天", exact=False).first).to_be_visible()
    if script:
        fits(page)
    accessible(page, script)

    day = page.locator(".mistakes input[type=text][placeholder='2024-03-05']").first
    tab_to(page, day)
    page.keyboard.type("2024-02-29")
    pick(page, page.locator(".mistakes li", has_text="热心市民").locator("select").first, "其他")
    tab_to(page, page.get_by_label("以后都这样读"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="就这样改"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="没有错，可以导入")).to_be_visible()
    expect(page.get_by_text("在这里改了 2 格")).to_be_visible()
    if script:
        fits(page)
    accessible(page, script)

    page.goto(f"{YEAR}/{CODE}/registers/words")
    accessible(page, script)
    if script:
        fits(page)
    taken_back = page.get_by_role("button", name="热心市民")
    tab_to(page, taken_back)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="来信那天")).to_be_visible()
    expect(page.get_by_text("热心市民")).to_have_count(0)
    if script:
        page.goto(f"{YEAR}/{CODE}/registers")
        fits(page)


def test_files_dropped_on_a_form_or_beside_it_are_chosen_in_it(page, request):
    if "[without script" in request.node.name:
        return  # a field for files takes them by itself
    page.goto(f"{YEAR}/{CODE}/registers")
    for where in ("main form.card", "h1"):
        page.evaluate(
            """([where, text]) => {
                document.querySelector("#files").value = "";
                const dropped = new DataTransfer();
                dropped.items.add(new File([text], "甲.csv"));
                dropped.items.add(new File([text], "乙.csv"));
                const at = { dataTransfer: dropped, bubbles: true, cancelable: true };
                const target = document.querySelector(where);
                for (const kind of ["dragenter", "dragover", "drop"]) target.dispatchEvent(new DragEvent(kind, at));
            }""",
            [where, UNKNOWN],
        )
        names = page.evaluate("[...document.querySelector('#files').files].map((one) => one.name)")
        assert names == ["甲.csv", "乙.csv"]
        assert page.locator("form.drop").count() == 0

    said = "() => { const shown = document.querySelector('[role=status]'); return shown && shown.textContent; }"
    page.evaluate(f"addEventListener('submit', () => (window.name = ({said})()))")
    page.get_by_role("button", name="交上来看看").click()

    expect(page.get_by_text("甲.csv：", exact=False).first).to_be_visible()
    assert "正在读，已经 0 秒" in page.evaluate("window.name")
