"""The pages as people meet them: no accessibility violation, nothing cut off on a phone or on paper."""

from __future__ import annotations

import io
import re
import unicodedata

import pdfplumber
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("test_pages_in_browser")]

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 740}
PAGES = [
    "2020/xigong-community/report.html",
    "2020/zhujian/review.html",
    "2024/yunxi/report.html",
    "2024/minzheng/report.html",
    "2020/zhujian/report.html",
    "2024/chengguan/review.html",
    "2024/jiaotong/review.html",
    "2024/index.html",
]
A4_TEXT_WIDTH = 642
"""170 mm, the width of an A4 page between our margins, in CSS pixels."""


@pytest.fixture
def show(browser: Browser, district, request):
    """Open a page of the sample district; fails on anything it fetches or logs."""
    opened: list[Page] = []

    def open_page(name: str, viewport: dict = DESKTOP) -> Page:
        page = browser.new_page(viewport=viewport)
        opened.append(page)
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.on("console", lambda message: fetched.append(message.text))
        page.goto((district.home / "output" / name).as_uri())
        assert len(fetched) == 1, fetched
        return page

    yield open_page
    for page in opened:
        page.close()


OF_EACH_KIND = (
    "2020/xigong-community/report.html",
    "2024/yunxi/report.html",
    "2024/chengguan/review.html",
    "2024/index.html",
)
"""One page of each kind and notice; axe looks at the others under make soak."""
ON_PHONES = OF_EACH_KIND[1:]
"""Those that it looks at on a phone too; at the others under make soak."""


@pytest.mark.parametrize(
    ("name", "viewport"),
    [
        *(
            pytest.param(name, DESKTOP, id=f"{name}-desktop", marks=[pytest.mark.soak] * (name not in OF_EACH_KIND))
            for name in PAGES
        ),
        *(
            pytest.param(name, PHONE, id=f"{name}-phone", marks=[pytest.mark.soak] * (name not in ON_PHONES))
            for name in PAGES
        ),
    ],
)
def test_axe_finds_no_violation(show, name, viewport):
    results = Axe().run(show(name, viewport))

    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_wide_tables_and_never_the_page(show, name):
    page = show(name, PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_wide_tables_scroll_inside_themselves_on_a_phone(show):
    page = show("2024/yunxi/report.html", PHONE)
    scrolls = page.evaluate("[...document.querySelectorAll('.scroll')].map(e => e.scrollWidth > e.clientWidth)")

    assert scrolls[1:] == [True, True]


@pytest.mark.parametrize("name", ["2020/xigong-community/report.html", "2024/chengguan/review.html"])
def test_on_a_phone_the_row_headings_stay_in_sight_up_to_the_total_and_the_page_says_that_the_table_scrolls(show, name):
    page = show(name, PHONE)
    found = page.evaluate(
        """() => { const room = document.querySelector('#requests .scroll'), edges = room.getBoundingClientRect();
        const hint = getComputedStyle(room, '::before').content; room.scrollLeft = 9999;
        return [hint, ...[...room.querySelectorAll('tbody tr')].map(row => {
            const box = cell => cell.getBoundingClientRect();
            const headings = [...row.querySelectorAll('th')].map(box), total = box(row.lastElementChild);
            return [headings[0].left >= edges.left - 1 && headings.every((one, i) => !i || Math.abs(one.left - headings[i - 1].right) < 1),
                headings[headings.length - 1].right <= total.left, total.right <= edges.right + 1];
        })] }"""
    )

    assert "左右滑动" in found[0]
    assert len(found) > 20
    assert all(row == [True, True, True] for row in found[1:]), found


def test_on_paper_a_table_breaks_between_its_groups_of_rows(show):
    """On low pages, whose ends lie across different groups; every group of numbered rows begins with 1."""
    page = show("2024/minzheng/report.html")
    page.add_style_tag(content="section:not(#requests),h1,.opening,.signature{display:none}")
    for height in (135, 150):
        page.add_style_tag(content=f"@page{{size:210mm {height}mm}}")
        with pdfplumber.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as book:
            texts = [one.extract_text() for one in book.pages]
        first = [re.search(r"(\d)\.[^\d\s]", text) for text in texts]

        assert len(texts) > 1
        assert {found[1] for found in first if found} == {"1"}


@pytest.mark.parametrize("name", ["2020/xigong-community/report.html", "2024/yunxi/report.html"])
def test_no_column_is_clipped_on_paper(show, name):
    page = show(name, {"width": A4_TEXT_WIDTH, "height": 900})
    page.emulate_media(media="print")
    edges = page.evaluate("[...document.querySelectorAll('td, th')].map(e => e.getBoundingClientRect().right)")
    cut = page.evaluate(
        "[...document.querySelectorAll('td, th')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )

    assert max(edges) <= A4_TEXT_WIDTH + 1
    assert cut == 0


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, {"width": A4_TEXT_WIDTH, "height": 900}], ids=str)
@pytest.mark.parametrize("name", ["2020/zhujian/report.html", "2024/minzheng/review.html"])
def test_no_word_of_a_picture_is_cut_off_or_too_small_to_read(show, name, viewport):
    page = show(name, viewport)
    drawn = """[...document.querySelectorAll('figure svg')].map(svg => {
        const room = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].map(text => {
            const box = text.getBoundingClientRect(), size = 14 * room.width / svg.viewBox.baseVal.width;
            return box.left >= room.left - 1 && box.right <= room.right + 1 && size >= 9;
        });
    }).flat()"""
    found = page.evaluate(drawn)

    assert len(found) > 20
    assert all(found)


def test_header_rows_repeat_on_paper(show):
    page = show("2024/yunxi/report.html")
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.querySelector('.requests thead')).display") == "table-header-group"


@pytest.mark.parametrize("name", ["2020/zhujian/report.html", "2024/minzheng/report.html", "2024/yunxi/report.html"])
def test_no_page_on_paper_but_the_last_is_half_empty_and_the_long_table_goes_on_under_its_header(show, name):
    printed = show(name).pdf(prefer_css_page_size=True)
    with pdfplumber.open(io.BytesIO(printed)) as book:
        ends = [max(word["bottom"] for word in page.extract_words()) / page.height for page in book.pages]
        texts = [unicodedata.normalize("NFKC", page.extract_text()) for page in book.pages]

    first = next(i for i, text in enumerate(texts) if "一、本年新收" in text)
    assert min(ends[:-1]) > 0.6
    assert "四、结转下年度" in texts[first] or "申请人情况" in texts[first + 1]


@pytest.mark.parametrize("name", ["2024/yunxi/report.html", "2024/chengguan/review.html"])
def test_letters_are_not_spread_on_a_phone(show, name):
    page = show(name, PHONE)
    said = page.evaluate("[...document.querySelectorAll('main p')].map(e => getComputedStyle(e).textAlign)")

    assert "justify" not in said


def test_the_title_of_a_report_leaves_no_single_character_on_a_line_of_a_phone(show):
    page = show("2024/minzheng/report.html", PHONE)
    pieces = page.evaluate(
        """() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('h1'));
        return [...range.getClientRects()].map(piece => [Math.round(piece.top), piece.width]) }"""
    )
    lines = {top: sum(width for at, width in pieces if at == top) for top, _ in pieces}

    assert len(lines) > 1
    assert min(lines.values()) > PHONE["width"] / 2


def test_the_board_shows_the_state_of_every_office_on_a_phone(show):
    page = show("2024/index.html", PHONE)
    cells = page.locator("tbody th, tbody td").all()
    edges = [cell.bounding_box() for cell in cells]

    assert len(cells) > 60
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in edges)
    assert page.evaluate("getComputedStyle(document.querySelector('td.n'), '::before').content").startswith('"不得发布')


def test_a_number_opens_to_its_proof_without_script(browser, district):
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = context.new_page()
    page.goto((district.home / "output/2024/chengguan/review.html").as_uri())
    cell = page.locator("#requests-received-natural_person")
    assert not cell.locator(".proof").is_visible()
    cell.locator("summary").click()

    assert cell.locator(".proof").is_visible()
    assert "计入" in cell.locator(".proof").inner_text()
    context.close()


def test_an_opened_proof_stays_inside_the_window(show):
    page = show("2024/chengguan/review.html")
    for cell in (
        "#requests-received-natural_person",
        "#requests-received-total",
        "#disclosures-article_20_5_licences-decisions",
    ):
        page.locator(f"{cell} summary").click()
        box = page.locator(f"{cell} .proof").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= DESKTOP["width"]
        page.locator(f"{cell} summary").click()
