"""The page for pasting: nothing of ours but inline styles, and the same tables once copied and pasted."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator

import lxml.html
import pytest
from playwright.sync_api import Page
from readback import OFFICES, notebook, plain, report, squares

from gktools.render.documents.document import read_document
from gktools.render.documents.fragment import FragmentExporter
from gktools.report.report import REPORT

ALLOWED = {"style", "lang", "scope", "colspan", "rowspan", "border", "cellspacing", "aria-label", "role", "tabindex"}
ELEMENTS = {"div", "h2", "h3", "h4", "p", "span", "table", "tbody", "tr", "th", "td"}
PICTURE = {"src", "alt", "width"}
"""The further attributes of a picture."""


@pytest.fixture(scope="module", params=OFFICES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def nb(district, name):
    return notebook(district, name)


@pytest.fixture(scope="module")
def written(nb) -> str:
    return FragmentExporter().from_notebook_node(nb)[0]


def squares_in(html: str) -> list[list[list[str | None]]]:
    """Every table of a page as a square of plain texts; None where a merged cell goes on."""
    return [square(table) for table in lxml.html.fragment_fromstring(html, create_parent="div").iter("table")]


def square(table) -> list[list[str | None]]:
    places: dict[tuple[int, int], str | None] = {}
    for row, line in enumerate(table.iter("tr")):
        column = 0
        for cell in line:
            while (row, column) in places:
                column += 1
            for down in range(int(cell.get("rowspan", 1))):
                for across in range(int(cell.get("colspan", 1))):
                    places[row + down, column + across] = None if down or across else plain(cell.text_content())
    height, width = (max(part) + 1 for part in zip(*places, strict=True))
    return [[places[row, column] for column in range(width)] for row in range(height)]


def test_every_cell_stands_where_report_json_has_it(written, nb, district, name):
    assert squares_in(written) == list(squares(read_document(nb), report(district, name)).values())


@pytest.mark.soak
def test_every_report_of_the_district_has_every_cell_in_its_place(district):
    for place in sorted((district.home / "output").glob("20*/*/report.ipynb")):
        name = "/".join(place.parts[-3:-1])
        nb = notebook(district, name)
        drawn = squares_in(FragmentExporter().from_notebook_node(nb)[0])
        assert drawn == list(squares(read_document(nb), report(district, name)).values()), name


def test_its_text_is_the_reports_in_printed_order(written, district, name):
    held = report(district, name)
    page = lxml.html.fromstring(written)
    texts = [element.text_content() for element in page.xpath("./h2|./h3|./h4|./p")]
    prose = [text for part in held["sections"] for text in (part["title"], *part["paragraphs"])]

    assert texts == [held["title"], *held["opening"]["paragraphs"], *prose, *held["signature"]["paragraphs"]]


def test_it_is_a_fragment_with_inline_styles_and_nothing_else(written):
    page = lxml.html.fragment_fromstring(written.strip())

    assert written.startswith("<div ")
    assert {element.tag for element in page.iter()} - {"img"} == ELEMENTS
    assert {name for element in page.iter() for name in element.attrib if element.tag != "img"} <= ALLOWED
    assert {name for image in page.iter("img") for name in image.attrib} <= ALLOWED | PICTURE
    assert "url(" not in written
    assert "://" not in written


def test_every_heading_cell_has_a_scope_and_every_cell_a_border(written):
    page = lxml.html.fromstring(written)

    assert all(cell.get("scope") for cell in page.iter("th"))
    assert all("border:1px solid" in cell.get("style") for cell in page.iter("th", "td", "table"))


def test_its_pictures_stand_where_the_page_has_them_as_data_with_their_words(district):
    """Content systems take out SVG; a picture given as data they keep, or take up as a file of their own."""
    nb = notebook(district, "2024/minzheng")
    page = lxml.html.fromstring(FragmentExporter().from_notebook_node(nb)[0])
    images = page.findall(".//img")

    assert [b64decode(one.get("src").removeprefix("data:image/png;base64,"))[1:4] for one in images] == [b"PNG"] * 3
    assert images[1].get("alt").startswith("2024年新收申请的申请人：自然人9件，")
    assert [text[:2] for text in page.xpath("./div[img]/following-sibling::div[1]/text()")] == ["图1", "图2", "图3"]
    assert page.xpath("count(./h3[2]/preceding-sibling::div[img])") == 3


def test_an_unknown_figure_is_a_dash(district):
    nb = notebook(district, "2024/yunxi")
    (data,) = [out.data for cell in nb.cells for out in cell.get("outputs", ()) if REPORT in out.get("data", {})]
    held = json.loads(data[REPORT])
    held["tables"]["requests"][0]["value"] = None
    data[REPORT] = json.dumps(held)
    tables = lxml.html.fromstring(FragmentExporter().from_notebook_node(nb)[0]).findall(".//table")

    assert [cell.text for cell in tables[1].iter("td")][1:3] == ["—", "1"]


def test_the_same_notebook_gives_the_same_fragment(written, nb):
    assert FragmentExporter().from_notebook_node(nb)[0] == written


# --- copied and pasted --------------------------------------------------------------------------------------


HOST = """<!DOCTYPE html><html lang="zh-CN"><title>某网站</title><style>
table,td,th{border:0;padding:0}p{text-indent:0}.x{color:red}</style>
<main><h1>某网站的栏目</h1><div id="from">FRAGMENT</div><div id="into" contenteditable="true" role="textbox" aria-label="正文">
</div></main></html>"""


@pytest.fixture
def host(browser, written) -> Iterator[Page]:
    """The fragment in a site's own page, above an empty editor."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.set_content(HOST.replace("FRAGMENT", written))
    yield page
    assert fetched == []
    page.close()


@pytest.mark.browser
def test_copied_and_pasted_into_an_editor_it_keeps_text_spans_and_borders(host, nb, district, name, written):
    host.evaluate("getSelection().selectAllChildren(document.querySelector('#from'))")
    host.keyboard.press("Control+C")
    host.locator("#into").click()
    host.keyboard.press("Control+V")
    pasted = host.locator("#into").inner_html()
    borders = host.evaluate(
        "[...document.querySelectorAll('#into td, #into th')]"
        ".map(e => [getComputedStyle(e).borderTopWidth, getComputedStyle(e).borderTopStyle].join())"
    )

    assert squares_in(pasted) == list(squares(read_document(nb), report(district, name)).values())
    assert plain(lxml.html.fromstring(pasted).text_content()) == plain(lxml.html.fromstring(written).text_content())
    assert set(borders) == {"1px,solid"}


@pytest.mark.browser
def test_a_phone_scrolls_its_tables_and_not_the_page(host):
    host.set_viewport_size({"width": 375, "height": 740})
    widths = host.evaluate("[...document.querySelectorAll('#from [role=region]')].map(e => e.scrollWidth)")

    assert host.evaluate("document.documentElement.scrollWidth") <= 375
    assert max(widths) > 375


@pytest.mark.browser
def test_axe_finds_no_violation_where_it_is_pasted(host):
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(host)

    assert results.violations_count == 0, results.generate_report()
