"""The pages of cases in a browser: with the keyboard alone, without script, on a phone, and as axe sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from clerks import CODE, YEAR, clerks_server, hand_in
from faultless import figures
from playwright.sync_api import Page, expect
from reviewing import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]
AT = f"{YEAR}/{CODE}"
ROW = {"received_on": "2024-03-05", "applicant": "自然人", "applicant_name": "欧阳某某"}
PAGES = ("cases", "cases/requests/new", "cases/requests/1", "history", "history/record?number=1", "last-year")


@pytest.fixture(scope="module")
def address(tmp_path_factory, cjk_font) -> Iterator[str]:
    """Where a server answers whose office has two cases."""
    home = tmp_path_factory.mktemp("walk") / "work"
    with clerks_server(home) as server:
        hand_in(home, {**ROW, "number": "1"}, {**ROW, "number": "依申请〔2024〕2号"})
        yield f"http://127.0.0.1:{server.port}/"


def logged_in(browser, address: str, width: int, script: bool = True) -> Page:
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, java_script_enabled=script, locale="zh-CN"
    )
    page = context.new_page()
    page.goto("login")
    page.fill("#name", "甲经办")
    page.fill("#password", PASSWORD)
    page.click("main button")
    return page


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_screen(browser, address, width):
    page = logged_in(browser, address, width)
    for name in PAGES:
        page.goto(f"{AT}/{name}")
        found = Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.context.close()


def test_a_case_is_entered_with_the_keyboard_alone_and_without_script(browser, address):
    page = logged_in(browser, address, 1280, script=False)
    page.goto(f"{AT}/cases")
    page.get_by_role("link", name="登记一件").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="登记一件")).to_be_visible()
    page.locator("#i-number").focus()
    page.keyboard.type("键盘1号")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.type("2024-04-01")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("上官某某")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("存好了")
    expect(page.get_by_role("link", name="键盘1号")).to_be_visible()
    page.context.close()


def test_last_years_report_is_begun_from_on_a_phone(browser, address, tmp_path):
    data = figures(YEAR - 1) | {"unit": "示例区民政局", "text": {"五": "联系电话：0794-1234567。"}}
    (path := tmp_path / "去年.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    page = logged_in(browser, address, 360)
    page.goto(f"{AT}/edit")
    page.get_by_role("link", name="从去年的报告开始").click()
    page.set_input_files("#files", path)
    page.get_by_role("button", name="取来看看").click()
    expect(page.get_by_role("checkbox", name="电话")).to_be_checked()
    assert Axe().run(page).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("checkbox", name="电话").uncheck()
    page.get_by_role("button", name="保存勾了的").click()
    expect(page.get_by_role("status")).to_contain_text("存好了")
    page.goto(f"{AT}/edit")
    expect(page.get_by_text("去年的文字（只供对照）")).to_be_visible()
    page.context.close()


def test_a_mistake_is_at_its_field_and_the_second_try_is_saved(browser, address):
    page = logged_in(browser, address, 1280, script=False)
    page.goto(f"{AT}/cases/requests/new")
    page.fill("#i-number", "重填1号")
    page.fill("#i-received_on", "2024-02-30")
    page.select_option("#i-applicant", "自然人")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#e-received_on")).to_contain_text("没有这一天")
    expect(page.locator("#i-number")).to_have_value("重填1号")
    page.fill("#i-received_on", "2024-02-29")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status")).to_contain_text("存好了")
    page.context.close()


def test_an_undo_in_the_history_says_what_it_did(browser, address):
    page = logged_in(browser, address, 1280, script=False)
    page.goto(f"{AT}/cases/requests/new")
    page.fill("#i-number", "取消1号")
    page.fill("#i-received_on", "2024-05-06")
    page.select_option("#i-applicant", "自然人")
    page.get_by_role("button", name="保存").click()
    page.goto(f"{AT}/history")
    newest = page.locator("section.card").first
    expect(newest).to_contain_text("取消1号")
    newest.locator("summary").click()
    newest.get_by_label("为什么取消").fill("填错了")
    newest.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("退回 1 条，放回 0 条")
    page.context.close()


def test_a_case_is_found_on_a_phone(address, browser):
    page = logged_in(browser, address, 360)
    page.goto(f"{AT}/cases?name=2%E5%8F%B7")
    expect(page.get_by_role("link", name="依申请〔2024〕2号")).to_be_visible()
    page.context.close()
