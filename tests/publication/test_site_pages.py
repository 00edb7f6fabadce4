"""The published pages as readers meet them: no violation for a screen reader, a phone, paper, and 3,000 offices."""

from __future__ import annotations

import re
import time
from pathlib import Path

import lxml.html
import pytest
from axe_playwright_python.sync_playwright import Axe

from gktools.publication.pages import NAMES, render_pages
from gktools.publication.published_reports import PublishedReport
from gktools.publication.reading_pages import reading_page
from gktools.review.entries import PublishedBody
from gktools.review.state import Publication

pytestmark = pytest.mark.integration


NOTE = {"reason": "一处数<填错>了", "changes": ["表三“自然人”列原来是 5，现在是 6"], "dependents": []}


def publication(
    name: str, number: int, *, year: int = 2024, kind: str = "county_department", note: object = None
) -> Publication:
    body = {
        "seal": f"{number:064}",
        "name": name,
        "kind": kind,
        "scope": "government" if kind.endswith("government") else "",
        "title": f"{name}{year}年政府信息公开工作年度报告",
        "files": dict.fromkeys(NAMES, "0" * 64),
        "sizes": dict.fromkeys(NAMES, 20_480),
        "approved": [{"step": "主要领导审批", "person": "丙", "on_behalf_of": "", "at": "2025-01-20T17:00:00+00:00"}],
        "correction": note,
    }
    return Publication(
        2 if note else 1, f"{number:064}", "发布人", "2025-01-20T17:00:00+00:00", number, PublishedBody.from_json(body)
    )


def listed(count: int = 2) -> list[PublishedReport]:
    """A county's reports of two years: the government's, and those of offices, the first of them corrected."""
    name = "示例市云溪区第一个<名字很长>的工作委员会办公室"
    first = (publication(name, 1), publication(name, 2, note=NOTE))
    many = [PublishedReport(f"o{n}", 2024, (publication(f"示例区第{n}局", n + 9),)) for n in range(1, count)]
    whole = PublishedReport("qu-all", 2024, (publication("示例区人民政府", 7, kind="county_government"),))
    before = PublishedReport("o0", 2023, (publication(name, 8, year=2023),))
    return [whole, PublishedReport("o0", 2024, first), *many, before]


def test_a_name_or_reason_with_signs_of_a_page_stays_text():
    pages = render_pages(listed(), "0" * 64)

    assert not [name for name, text in pages.items() if "<名字" in text or "<填错" in text]
    assert "&lt;填错&gt;" in pages["2024/o0/index.html"]


def test_the_day_of_a_publication_is_that_of_china():
    assert "2025年1月21日" in render_pages(listed(), "0" * 64)["2024/o0/index.html"]


def test_the_ids_of_the_feed_stay_whatever_key_signs_and_whatever_is_added():
    def ids(count: int, key: str) -> list[str]:
        return re.findall("<id>(.+?)</id>", render_pages(listed(count), key)["feed.xml"])

    before, after = ids(2, "0" * 64), ids(4, "1" * 64)

    assert len(before) == len(set(before)) == 6
    assert before[0] == after[0]
    assert set(before) < set(after)


def test_the_pages_of_three_thousand_offices_are_made_quickly_and_their_index_is_small():
    reports = listed(3000)
    start = time.perf_counter()
    pages = render_pages(reports, "0" * 64)

    assert time.perf_counter() - start < 10
    assert len(pages["2024/index.html"].encode()) < 600_000
    assert len(pages) > 3000


# --- the page of a version -----------------------------------------------------------------------------------

SIGNED = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>报告</title>
</head>
<body>
<main>
<h1>报告</h1>
<p>正文&lt;/body&gt;。</p>
</main>
</body>
</html>
"""


def reading(at: int) -> tuple[str, lxml.html.HtmlElement]:
    """The page of a version of the corrected report, as text and read."""
    one = listed()[1]
    page = reading_page(SIGNED.encode(), one, one.versions[at]).decode()
    return page, lxml.html.document_fromstring(page)


def test_the_page_of_a_version_is_the_signed_one_with_links_around_it_and_nothing_else():
    page, _ = reading(0)
    top, end = page.index('<header class="site">'), page.index("</header>\n")
    bare = page[:top] + page[end + len("</header>\n") :]
    bare = re.sub(r'<style>\n.*?</style>\n|<footer class="site">.*?</footer>\n', "", bare, flags=re.DOTALL)

    assert bare == SIGNED
    assert "<script" not in page
    assert "://" not in page


def test_the_page_of_a_version_leads_back_to_the_site_to_its_files_and_to_every_version():
    links = set(reading(1)[1].xpath("//a/@href"))

    assert {"../../index.html", "../index.html", "index.html", "index.html#files", "1.html"} <= links
    assert {f"2/{name}" for name in NAMES} <= links


def test_the_page_of_a_version_that_was_replaced_says_so_first_and_leads_to_the_newest():
    (note,) = reading(0)[1].find_class("replaced")

    assert "2025年1月21日公布的第 2 版代替了它" in note.text_content()
    assert note.xpath("a/@href") == ["2.html", "index.html#c2"]
    assert not reading(1)[1].find_class("replaced")


# --- in a browser --------------------------------------------------------------------------------------------

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
PAGES = ["index.html", "2024/index.html", "2024/o0/index.html", "2024/o0/1.html", "terms.html", "verify.html"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    pages = render_pages(listed(), "0" * 64) | {"2024/o0/1.html": reading(0)[0]}
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_and_a_phone_never_scrolls_sideways(browser, folder, name):
    for viewport in (DESKTOP, PHONE):
        page = browser.new_page(viewport=viewport)
        fetched: list[str] = []
        page.on("request", lambda request, seen=fetched: seen.append(request.url))
        page.on("console", lambda message, seen=fetched: seen.append(message.text))
        page.goto((folder / name).as_uri())
        assert {Path(url).name for url in fetched} <= {Path(name).name, "style.css"}
        results = Axe().run(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.close()

        assert results.violations_count == 0, results.generate_report()
        assert wide <= viewport["width"]


@pytest.mark.browser
def test_on_paper_the_note_is_there_and_the_buttons_are_not(browser, folder):
    page = browser.new_page(viewport=DESKTOP)
    page.goto((folder / "2024/o0/index.html").as_uri())
    page.emulate_media(media="print")

    assert page.locator(".correction").is_visible()
    assert not page.locator("header").is_visible()
    assert not page.locator(".read").is_visible()
    page.close()
