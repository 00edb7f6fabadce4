"""The whole way with a browser, on a real server, of an office with three people, from the records to the public site.

Findings, verdicts, the difference, three signatures, a return and signing again, publishing, a correction; every page
that is met on the way is accessible (a page of the same elements as one before is not looked at again). What is refused
on the way, step by step, is walked under `make soak`, as is the way of a second office, on phones: the pages and acts of it
have tests of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casework import request
from projects import keep, make_project, write_yaml
from reviewing import PASSWORD, add_users
from walking import YEAR, Person, gktools, look_at, review_behind_nginx, settle

from gktools.registers.store.opening import open_store
from gktools.review.audit import audit_log
from gktools.review.log import open_log
from gktools.workspace.project import open_project

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]
GOOD = {"minzheng": ("民政经办", "民政分管", "民政负责"), "caizheng": ("财政经办", "财政分管", "财政负责")}
PROBLEMS = (
    "（一）存在问题。一是目录更新偏慢，有的栏目没有按月更新；二是答复用语偏专业，群众看不明白。"
    "（二）改进措施。一是每月核对一次目录，责任到人；二是答复前请人读一遍。"
)
OFFICES: dict[str, dict[str, Any]] = {
    code: {
        "names": [{"name": f"示例区{name}局"}],
        "kind": "county_department",
        "people": dict(zip(("handler", "deputy", "head"), GOOD[code], strict=True)),
    }
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A working folder with the records of two offices; one answered late, one has no register of lawsuits."""
    home = tmp_path_factory.mktemp("walk") / "work"
    project = make_project(home, OFFICES, {(YEAR, code): {"text": {"problems": PROBLEMS + code}} for code in OFFICES})
    late = request(number="3号", replied_on="2024-06-20", sent_on="2024-06-20")
    keep(project, "minzheng", YEAR, {"requests": [request(), late]})
    keep(project, "caizheng", YEAR, {"requests": [request()]}, leave_out=["lawsuits"])
    for code in OFFICES:
        keep(project, code, YEAR - 1, {})
    first, *others = (name for names in GOOD.values() for name in names)
    gktools(home, "review", "user", "add", first, "--stdin", given=PASSWORD + "\n")
    add_users(home, *others)
    assert gktools(home, "build", "--year", str(YEAR)).returncode == 0
    return home


@pytest.fixture(scope="module")
def address(home, cjk_font) -> Iterator[str]:
    """Where gktools review answers: behind nginx, over TLS, under another name and below a path."""
    with review_behind_nginx(home) as address:
        yield address


def test_an_office_goes_the_whole_way_and_another_does_not_yet(home, address, browser):
    handler, deputy, head = (Person(browser, address, name) for name in GOOD["minzheng"])

    # the board: each sees the own office
    board = handler.page
    handler.accessible()
    assert board.get_by_text("示例区民政局").count() >= 1
    assert board.get_by_text("示例区财政局").count() == 0

    # a finding opens its records and is explained
    page = handler.at("minzheng")
    page.locator("#requests-received-natural_person summary").click()
    assert page.get_by_text("依申请〔2024〕1号").first.is_visible()
    page = handler.at("minzheng", "findings")
    while (todo := page.locator(".card.explain:not(.settled)")).count():
        card = todo.first
        if not card.locator("textarea").is_visible():
            card.locator("summary").click()
        card.locator("textarea").fill("已核对卷宗，情况属实")
        card.get_by_role("button").click()
        page.wait_for_load_state()
    assert page.get_by_text("已核对卷宗，情况属实").count() >= 1

    # the documents are made, the handler signs, the deputy sends back
    page = handler.at("minzheng", "sign")
    page.get_by_role("button", name="备齐文件").click()
    handler.made("minzheng")
    assert handler.sign("minzheng").get_by_text("已签").count() >= 1
    deputy.open("minzheng")
    page = deputy.at("minzheng", "sign")
    page.locator("summary", has_text="退回").click()
    page.fill("#reason", "第五部分请写明下一步的时间")
    page.locator("details button", has_text="退回").click()
    page.wait_for_load_state()

    # the handler edits, the report is made anew, each sees what changed since the own last look
    page = handler.at("minzheng", "edit")
    page.fill("[name='text.problems']", PROBLEMS + "上述措施在2025年6月底以前完成。")
    page.get_by_role("button", name="保存并重做报告").click()
    handler.made("minzheng")
    page = deputy.at("minzheng", "changes")
    assert "上述措施在2025年6月底以前完成" in "".join(page.locator("ins").all_inner_texts())
    for person in (handler, deputy, head):
        person.sign("minzheng")
    assert head.at("minzheng", "sign").locator(".steps .done").count() == 3

    # the other office is not public, as its signatures are missing
    published = gktools(home, "publish", "--year", str(YEAR), "--by", "区公开办")
    assert published.returncode == 1
    assert "示例区民政局：已发布，第 1 版" in published.stdout, published.stderr
    assert "示例区财政局" in published.stderr

    # what is public is what was signed
    site = home / "site/current"
    signed = (home / f"output/{YEAR}/minzheng/report.html").read_bytes()
    assert any(path.read_bytes() == signed for path in site.rglob("*.html"))
    assert gktools(home, "verify", "site/current/manifest.dsse.json").returncode == 0

    # a correction: edited, signed anew by three, version 1 still there
    page = handler.at("minzheng", "edit")
    page.fill("[name='text.problems']", PROBLEMS + "上述措施在2025年9月底以前完成。")
    page.get_by_role("button", name="保存并重做报告").click()
    handler.made("minzheng")
    assert "在2025年6月底以前完成" in " ".join(handler.at("minzheng", "sign").locator(".steps .void").all_inner_texts())
    early = gktools(home, "correct", "minzheng", "--year", str(YEAR), "--reason", "完成时间写错")
    assert early.returncode == 1
    page = handler.at("minzheng", "sign")
    for person in (handler, deputy, head):
        person.sign("minzheng")
    done = gktools(home, "correct", "minzheng", "--year", str(YEAR), "--reason", "完成时间写错", "--by", "区公开办")
    assert done.returncode == 0, done.stderr
    assert any(path.read_bytes() == signed for path in (home / "site/current").rglob("*.html"))

    # the log is whole, and says all of it
    project = open_project(home)
    with open_log(project) as log:
        assert audit_log(project, log) == []
        kinds = [entry.kind for entry in log.entries("minzheng", YEAR)]
    assert (kinds.count("signed"), kinds.count("returned"), kinds.count("edited")) == (7, 1, 2)
    assert gktools(home, "review", "verify").returncode == 0
    assert gktools(home, "review", "log", "log.jsonl").returncode == 0
    assert len((home / "log.jsonl").read_text(encoding="utf-8").splitlines()) >= 15

    # one flipped byte of a signed report is found
    path = home / f"output/{YEAR}/minzheng/report.docx"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = gktools(home, "review", "verify")
    assert found.returncode == 1
    assert "report.docx" in found.stdout


@pytest.mark.soak
def test_another_office_signs_on_phones_what_its_head_decided_and_is_public_with_the_last_signature(
    home, address, browser
):
    people = [Person(browser, address, name, width=390) for name in GOOD["caizheng"]]
    people[0].at("caizheng", "sign").get_by_role("button", name="备齐文件").click()
    people[0].made("caizheng")
    # what blocks forbids to sign until the head decides, with a reason
    assert people[0].at("caizheng", "sign").locator("form.sign").count() == 0
    settle(people[0], people[2], "caizheng")
    for person in people[:2]:
        person.sign("caizheng")
    refused = gktools(home, "publish", "--year", str(YEAR), "--office", "caizheng", "--by", "区公开办")
    assert (refused.returncode, "示例区财政局" in refused.stderr) == (1, True)
    people[2].sign("caizheng")
    published = gktools(home, "publish", "--year", str(YEAR), "--office", "caizheng", "--by", "区公开办")
    assert published.returncode == 0, published.stderr


THIRD = ("教育经办", "教育分管", "教育负责")


@pytest.fixture
def third(home) -> str:
    """A third office whose report waits to be signed, with a finding to explain, while the next year has begun."""
    office = {
        "names": [{"name": "示例区教育局"}],
        "kind": "county_department",
        "people": dict(zip(("handler", "deputy", "head"), THIRD, strict=True)),
    }
    write_yaml(home / "params/offices.yaml", {"offices": OFFICES | {"jiaoyu": office}})
    write_yaml(home / f"params/{YEAR}/jiaoyu.yaml", {"text": {"problems": f"{PROBLEMS}jiaoyu"}})
    project = open_project(home)
    keep(project, "jiaoyu", YEAR - 1, {})
    keep(project, "jiaoyu", YEAR, {"requests": REQUESTS[:2]})
    add_users(home, *THIRD)
    assert gktools(home, "year", "new", str(YEAR + 1)).returncode == 0
    assert gktools(home, "build", "--year", str(YEAR), "--office", "jiaoyu").returncode == 0
    return "jiaoyu"


REQUESTS = [
    request(),
    request(number="3号", replied_on="2024-06-20", sent_on="2024-06-20"),
    *(request(number=f"{n}号", arrived_on="2024-04-01", replied_on="2024-04-08", sent_on="2024-04-08") for n in "456"),
]
"""Requests of the third office; the second was answered late."""


@pytest.mark.soak
def test_nothing_is_signed_unopened_unexplained_unanswered_or_stale(home, address, browser, third):
    handler, deputy, head = (Person(browser, address, name) for name in THIRD)

    def form(person: Person) -> int:
        """The number of forms to sign on the sign page."""
        return person.open(third, "sign").locator("form.sign").count()

    def register(count: int) -> None:
        keep(open_project(home), third, YEAR, {"requests": REQUESTS[:count]})

    def make_again(person: Person) -> None:
        person.open(third, "sign").get_by_role("button", name="备齐文件").click()
        person.made(third)

    # a year that has begun hides nothing of the one before
    handler.page.goto("")
    assert handler.accessible().get_by_role("heading", name=f"{YEAR + 1} 年度报告一览").count() == 1
    handler.page.get_by_role("link", name=f"{YEAR} 年度也有轮到您办的：1 份").click()
    assert handler.page.get_by_role("rowheader", name="示例区教育局").count() == 1
    make_again(handler)

    # unopened, unexplained, unanswered
    assert form(handler) == 0
    assert handler.page.get_by_text("还没有打开过现在这一份报告").count() == 1
    handler.open(third)
    assert form(handler) == 0
    assert handler.page.get_by_text("“需说明”没有说明").count() == 1
    settle(handler, head, third)
    page = deputy.open(third, "comments")
    page.fill("#text", "第二件为什么晚了")
    page.get_by_role("button", name="写上").click()
    assert form(handler) == 0
    assert handler.page.get_by_text("1 条批注没有答复").count() == 1
    page = handler.at(third, "comments")
    page.locator(".thread textarea").fill("案情复杂，已核对卷宗")
    page.locator(".thread").get_by_role("button", name="答复").click()
    handler.sign(third)

    # the register changes between each two signatures
    for count, (person, signers) in enumerate(((deputy, (handler, deputy)), (head, (handler, deputy, head))), start=3):
        register(count)
        page = person.at(third)
        assert page.get_by_text("登记表里的记录变了，现在做出来不一样").count() == 1
        assert form(person) == 0
        make_again(person)
        assert form(person) == 0
        assert person.page.get_by_text("轮到“经办人确认”").count() == 1
        for signer in signers:
            signer.sign(third)
    assert head.at(third, "sign").locator(".steps .done").count() == 3
    assert head.page.get_by_text("签的时候已经决定的").count() == 3

    # and after the last one: nothing is published until what stands in the registers is what was signed
    register(5)
    refused = gktools(home, "publish", "--year", str(YEAR), "--office", third, "--by", "区公开办")
    assert (refused.returncode, "登记表里的记录变了" in refused.stderr) == (1, True)
    with open_store(home) as store:
        last = store.imports(third)[0].number
    assert gktools(home, "records", "undo", str(last), "--reason", "多登了一件").returncode == 0
    published = gktools(home, "publish", "--year", str(YEAR), "--office", third, "--by", "区公开办")
    assert (published.returncode, published.stderr) == (0, "")
    with open_log(open_project(home)) as log:
        assert [entry.kind for entry in log.entries(third, YEAR)].count("signed") == 6


@pytest.mark.soak  # the kinds of pages: tests/publication/test_site_pages.py and test_pages_in_browser.py
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_of_the_site_is_accessible_and_fits_the_screen(home, browser, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=True)
    page = context.new_page()
    site = home / "site/current"
    for path in sorted(site.rglob("*.html")):
        page.goto(path.resolve().as_uri())
        look_at(page, str(path.relative_to(site)))
        if folder := os.environ.get("GKTOOLS_PICTURES"):
            page.screenshot(
                path=Path(folder) / f"site-{'-'.join(path.relative_to(site).parts)}-{width}.png", full_page=True
            )
    context.close()
