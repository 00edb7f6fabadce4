"""The pages of one report as people meet them: no accessibility violation, nothing cut off on a phone, no script needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from casework import request, still_open
from playwright.sync_api import Page
from projects import keep, make_project, stand_whole
from reviewing import PASSWORD, add_users, running

from gktools.review import actions as acts
from gktools.review.log import open_log
from gktools.workspace.project import open_project

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("test_pages_in_browser")]

OFFICES = {
    "minzheng": {
        "names": [{"name": "示例市云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
TEXT = {
    "problems": "（一）存在问题。一是目录更新偏慢。（二）改进措施。一是每月核对一次。",
    "overview": {"lead": "收到{{ 新收申请 }}件。"},
}
REGISTERS = {"requests": [request(), still_open(number="2号", arrived_on="2024-12-30")]}
PAGES = [
    *("", "published", "changes", "changes?with=year", "findings", "comments", "sign", "edit", "making", "registers"),
    "records?cell=requests:received:total",
]
WALKED = ("", "changes", "findings", "sign", "edit")
"""The pages at which tests/end_to_end/test_walk.py looks with axe too, on a desk."""
WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Where a server shows a report with findings, a remark and last year's figures."""
    home: Path = tmp_path_factory.mktemp("browser") / "work"
    project = make_project(home, OFFICES, {(2024, "minzheng"): {"text": TEXT}})
    keep(project, "minzheng", 2024, REGISTERS, leave_out=["lawsuits"])
    keep(project, "minzheng", 2023, {})
    stand_whole(project, "minzheng", 2024)
    with open_log(open_project(home)) as log:
        acts.comment(
            project, log, project.report("minzheng", 2024), "甲分管", "requests:received:total", "怎么多了两件"
        )
    add_users(home, "甲经办")
    with running(home) as server:
        yield f"http://127.0.0.1:{server.port}/"


@pytest.fixture(scope="module", params=WIDTHS)
def visit(request, address, browser) -> Iterator[Page]:
    """A page on a desk and on a phone at which the handler has logged in."""
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 800}, base_url=address)
    page = context.new_page()
    page.goto("login")
    page.fill("#name", "甲经办")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.get_by_role("link", name="示例市云溪区民政局").first.wait_for()
    yield page
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_wider_than_the_screen_and_the_browser_refuses_nothing_in_it(visit, name):
    said: list[str] = []
    visit.on("console", hear := lambda message: said.append(message.text))
    visit.goto(f"2024/minzheng/{name}")
    wide = visit.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    visit.remove_listener("console", hear)

    assert wide <= 0
    assert [text for text in said if "Content Security" in text] == []


@pytest.mark.parametrize(
    ("visit", "name"),
    [
        *(pytest.param("desktop", name, marks=[pytest.mark.soak] * (name in WALKED)) for name in PAGES),
        *(("phone", ""), ("phone", "edit")),
    ],
    indirect=["visit"],
)
def test_axe_finds_no_violation(visit, name):
    visit.goto(f"2024/minzheng/{name}")
    results = Axe().run(visit)

    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_the_proof_of_a_figure_opens_and_a_preview_stands_beside_the_form_without_script(visit, address):
    cookies = visit.context.storage_state()
    context = visit.context.browser.new_context(java_script_enabled=False, storage_state=cookies)
    page = context.new_page()
    page.goto(f"{address}2024/minzheng/")
    page.locator("#requests-received-natural_person summary").click()
    page.get_by_text("依申请〔2024〕1号").first.wait_for()
    page.goto(f"{address}2024/minzheng/edit")
    page.fill("[name='text.overview.lead']", "全新的首段，{{ 新收申请 }}件。")
    page.get_by_text("预览（不保存）").click()
    page.frame_locator("iframe").get_by_text("全新的首段，2件。").wait_for()
    context.close()


@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_a_preview_in_a_browser_that_names_no_button_leaves_the_form_to_be_saved(visit, address):
    context = visit.context.browser.new_context(storage_state=visit.context.storage_state())
    context.add_init_script("delete SubmitEvent.prototype.submitter")  # Chromium has it since 81
    page = context.new_page()
    page.goto(f"{address}2024/minzheng/edit")
    page.fill("[name='text.overview.lead']", "再写的首段，{{ 新收申请 }}件。")
    page.get_by_text("预览（不保存）").click()
    page.frame_locator("iframe").get_by_text("再写的首段，2件。").wait_for()

    assert page.evaluate("[...document.forms].filter((form) => form.dataset.sent).length") == 0
    context.close()
