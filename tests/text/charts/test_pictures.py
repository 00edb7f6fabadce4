"""Pictures: every plotted number is a cell, everybody can read them, and nothing of them stands in other pages."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import lxml.html
import nbformat
import pytest
from machine import need

from gktools.errors import GktoolsError
from gktools.figures.table import Share, Table, Unknown, fill
from gktools.forms.notices import load_format
from gktools.render.page import ReportExporter, pictures
from gktools.render.pictures import svg, vega_svg
from gktools.report.report import REPORT, REVIEW
from gktools.text.charts.pictures import Picture, Pictures, draw_pictures
from gktools.text.charts.vegalite import FONT, bar_chart
from gktools.workspace.params_models import ReportParams

PICTURED = [("zhujian", 2020), ("minzheng", 2024)]
WHOLE = ("yunxi-all", 2024)
REQUESTS = load_format(2024)["requests"]
BROKEN = ("dispositions.refused.process", "natural_person")
VEGA_LITE = "application/vnd.vegalite.v5+json"


def test_nothing_is_fetched_for_a_picture_whatever_it_names():
    """A notebook describes it, and a process draws it that nothing keeps from the network."""
    need("vl-convert-python (gktools[charts])", find_spec("vl_convert"))
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            with suppress(OSError):  # closed
                while True:
                    asked.append(listening.accept()[0])
                    asked[-1].sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/csv\r\n\r\nk\n1\n")
                    asked[-1].close()

        threading.Thread(target=answer, daemon=True).start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/?registers"
        texts = {"data": {"url": address, "format": {"type": "csv"}}, "mark": "text"}
        images = {"data": {"values": [{"url": address}]}, "mark": "image", "encoding": {"url": {"field": "url"}}}
        with pytest.raises(GktoolsError, match="图没有画成"):
            vega_svg(json.dumps(texts))
        assert address not in svg({"key": "x", "title": "", "description": "", "vega_lite": images})
        listening.shutdown(socket.SHUT_RDWR)
    assert asked == []


# --- in the sample district ----------------------------------------------------------------------------------


@pytest.fixture(params=PICTURED, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def folder(district, request):
    """The files of a report that has pictures."""
    office, year = request.param
    return district.home / "output" / str(year) / office


@pytest.fixture
def notebook(folder):
    return nbformat.read(folder / "report.ipynb", 4)


@pytest.fixture
def page(folder) -> lxml.html.HtmlElement:
    return lxml.html.parse(folder / "report.html").getroot()


def output(notebook, kind: str) -> Any:
    """The last output of a media type."""
    found = [o.data[kind] for c in notebook.cells for o in c.get("outputs", ()) if kind in o.get("data", {})]
    return json.loads(found[-1]) if isinstance(found[-1], str) else found[-1]


def values(cells: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(cell["row_key"], cell["column_key"]): cell["value"] for cell in cells}


def test_every_plotted_number_is_a_cell_of_this_year_or_of_last(notebook):
    report, before = output(notebook, REPORT), output(notebook, REVIEW)["last_year"]
    figures = [figure for picture in pictures(notebook) for figure in picture["figures"]]

    assert len(figures) > 15
    assert {figure["year"] for figure in figures} == {report["year"], report["year"] - 1}
    for figure in figures:
        known = report["tables"] if figure["year"] == report["year"] else before
        assert figure["value"] == values(known[figure["table"]])[figure["row_key"], figure["column_key"]]


def test_what_is_drawn_are_those_numbers_in_that_order(notebook):
    for picture in pictures(notebook):
        drawn = ElementTree.fromstring(svg(picture))
        bars = [float(re.match(r"M0,[\d.]+h([\d.]+)", path.get("d"))[1]) for path in drawn.iter("path")]
        numbers = [figure["value"] for figure in picture["figures"]]
        texts = ["".join(text.itertext()) for text in drawn.iter("text")]

        assert bars == pytest.approx([number * 250 / max(numbers) for number in numbers])
        assert [int(text.split()[-1]) for text in texts[-len(numbers) :]] == numbers
        assert texts[: -len(numbers)] == list(dict.fromkeys(figure["name"] for figure in picture["figures"]))


def test_the_dispositions_that_are_shown_add_up_to_all_that_was_completed(notebook):
    shown = next(picture for picture in pictures(notebook) if picture["key"] == "dispositions")
    cells = values(output(notebook, REPORT)["tables"]["requests"])

    assert sum(figure["value"] for figure in shown["figures"]) == cells["dispositions.total", "total"]


def test_the_applicants_that_are_shown_add_up_to_all_that_was_received(notebook):
    shown = next(picture for picture in pictures(notebook) if picture["key"] == "applicants")
    cells = values(output(notebook, REPORT)["tables"]["requests"])

    assert sum(figure["value"] for figure in shown["figures"]) == cells["received", "total"]


def test_the_offices_that_are_compared_add_up_to_the_cell_of_the_whole_government(district):
    office, year = WHOLE
    whole = nbformat.read(district.home / "output" / str(year) / office / "report.ipynb", 4)
    compared = next(picture for picture in pictures(whole) if picture["key"] == "offices")["figures"]
    cells = values(output(whole, REPORT)["tables"]["requests"])

    assert sum(figure["value"] for figure in compared) == cells["received", "total"]
    assert len({figure["office"] for figure in compared}) == len(compared) > 5


def test_pictures_stand_at_the_end_of_the_overview_with_their_captions(page):
    figures = page.xpath("//section[@id='overview']/div[@class='pictures']/figure")
    captions = [figure.find("figcaption").text for figure in figures]

    assert len(page.xpath("//figure")) == len(figures) == 3
    assert [caption[:2] for caption in captions] == ["图1", "图2", "图3"]
    assert all("单位：件" in caption for caption in captions)


def test_a_picture_tells_itself_to_those_who_do_not_see_it(page, notebook):
    for drawn, picture in zip(page.xpath("//figure/svg"), pictures(notebook), strict=True):
        title, description = drawn[0], drawn[1]
        assert (drawn.get("role"), title.tag, description.tag) == ("img", "title", "desc")
        assert drawn.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
        assert title.text == picture["title"]
        for figure in picture["figures"]:
            assert figure["name"] in description.text
            assert f"{figure['value']}件" in description.text


def test_the_words_of_a_picture_are_text_in_a_font_by_name(page):
    for drawn in page.xpath("//figure/svg"):
        assert drawn.get("font-family") == FONT
        assert len(drawn.xpath(".//text")) > len(drawn.xpath(".//path"))
        assert all(re.fullmatch(r"M0,[\d.]+h[\d.]+v15h-?[\d.]+Z", path.get("d")) for path in drawn.xpath(".//path"))


def test_a_picture_runs_nothing_fetches_nothing_and_names_every_id_once(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)

    assert not re.search(r"<script|href|url\(|\bon[a-z]+=|<image|<use|https?:|<style[^>]*>@import", text)
    assert len(ids) == len(set(ids))
    assert "picture-dispositions-title" in ids


def test_the_review_page_has_the_same_pictures(folder):
    drawn = [
        re.findall("<svg.*?</svg>", (folder / name).read_text(encoding="utf-8"), re.DOTALL)
        for name in ("report.html", "review.html")
    ]

    assert drawn[0] == drawn[1] != []


def test_the_same_notebook_gives_the_same_page_again(folder, notebook):
    assert ReportExporter().from_notebook_node(notebook)[0] == (folder / "report.html").read_text(encoding="utf-8")


def test_a_page_without_pictures_has_nothing_of_them(district):
    for path in (district.home / "output").glob("*/*/report.html"):
        pictured = (path.parent.name, int(path.parent.parent.name)) in (*PICTURED, WHOLE)
        text = path.read_text(encoding="utf-8")
        assert any(word in text for word in ("figure", "svg", "pictures")) == pictured, path.parent


def test_without_pictures_the_libraries_for_them_are_not_even_imported(district):
    path = district.home / "output/2024/zhujian/report.ipynb"
    code = (
        "from gktools.build.pool import skip_slow_imports; skip_slow_imports();"
        "import sys, nbformat; from gktools import draw_pictures; from gktools.render.page import ReportExporter;"
        f"ReportExporter().from_notebook_node(nbformat.read({str(path)!r}, 4));"
        "print([name for name in ('altair', 'vl_convert') if name in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_jupyterlab_shows_the_pictures_and_altair_opens_them(notebook):
    shown = output(notebook, VEGA_LITE)

    assert [view["title"] for view in shown["vconcat"]] == [picture["caption"] for picture in pictures(notebook)]
    need("altair (gktools[charts])", find_spec("altair"))
    import altair

    for picture in [shown, *(picture["vega_lite"] for picture in pictures(notebook))]:
        assert altair.Chart.from_dict(picture).to_dict()["config"]["text"] == picture["config"]["text"]


# --- which pictures there are --------------------------------------------------------------------------------


def filled(**cells: int) -> Table:
    """表三 with some figures, every other nought; a name stands for a disposition of natural persons."""
    known: dict[Any, Any] = dict.fromkeys(
        (cell for cell in REQUESTS.cells if cell not in REQUESTS.sums_across and cell not in REQUESTS.sums_down), 0
    )
    known |= {(name.replace("__", "."), "natural_person"): value for name, value in cells.items()}
    return fill(REQUESTS, known)


def drawn(table: Table, *wanted: str, **kwargs: Any) -> Pictures | None:
    params = ReportParams.model_validate({"layout": {"pictures": wanted}})
    return draw_pictures(
        SimpleNamespace(params=params, year=2024, office=SimpleNamespace(code="minzheng")), table, **kwargs
    )  # type: ignore[arg-type]


def test_no_picture_is_drawn_where_none_is_asked_for():
    assert drawn(filled(received=3, dispositions__granted=3)) is None


def test_pictures_come_in_the_order_asked_for_and_each_once():
    table = filled(received=3, dispositions__granted=3)
    found = drawn(table, "applicants", "dispositions", "applicants")

    assert [picture.key for picture in found.pictures] == ["applicants", "dispositions"]


def test_a_picture_whose_figures_are_all_nought_is_left_out():
    found = drawn(filled(received=3, carried_out=3), "dispositions", "applicants")

    assert [picture.key for picture in found.pictures] == ["applicants"]
    assert drawn(filled(), "dispositions", "applicants") is None


def test_a_picture_whose_figures_are_all_unknown_is_left_out():
    table = Table(REQUESTS, dict.fromkeys(REQUESTS.cells, Unknown("没有登记")))

    assert drawn(table, "dispositions", "applicants") is None


def test_noughts_are_not_drawn_and_the_caption_says_so():
    picture = drawn(filled(received=3, dispositions__granted=3), "dispositions")["dispositions"]

    assert [(figure.name, figure.value) for figure in picture.figures] == [("予以公开", 3)]
    assert picture.caption == "2024年申请办理结果（单位：件；未列出的为0）"
    assert picture.description == "予以公开3件。"


def test_what_has_no_figure_is_named_and_not_drawn():
    known = filled(received=3, dispositions__granted=3)
    table = Table(REQUESTS, {**known.figures, (BROKEN[0], "total"): Unknown("没有登记")})
    picture = drawn(table, "dispositions")["dispositions"]

    assert [figure.name for figure in picture.figures] == ["予以公开"]
    assert "不予公开：属于四类过程性信息没有数" in picture.caption


def test_totals_are_not_drawn_among_what_they_sum():
    found = drawn(
        filled(received=3, dispositions__granted=2, dispositions__refused__process=1), "dispositions", "applicants"
    )

    assert sum(figure.value for figure in found["dispositions"].figures) == 3
    assert sum(figure.value for figure in found["applicants"].figures) == 3


def test_offices_are_compared_each_by_a_cell_of_its_own():
    given = {"甲": 4, "乙": 0, "丙": Unknown("没有报送"), "丁": 7, "": -1}
    shares = tuple(Share(code, f"示例区{code}局", figure, 0) for code, figure in given.items())
    whole = replace(filled(received=10), shares={("received", "natural_person"): shares})
    picture = drawn(whole, "offices")["offices"]

    assert [(figure.code, figure.value, figure.cell) for figure in picture.figures] == [
        ("示例区甲局", 4, ("received", "total")),
        ("示例区丁局", 7, ("received", "total")),
    ]
    assert picture.caption == "2024年各机关新收申请（单位：件；未列出的为0；示例区丙局没有数）"


def test_a_report_of_one_office_compares_none():
    assert drawn(filled(received=3), "offices") is None


# --- how they are drawn --------------------------------------------------------------------------------------


def test_a_long_name_is_broken_into_lines_that_fit():
    bars = [("甲" * 50, 2024, 1), ("乙", 2024, 2)]
    places = [(value["名称"].count("\n"), value["名称在"], value["上"]) for value in bar_chart(bars)["data"]["values"]]

    assert places == [(2, 0, 57), (0, 87, 106)]


def lightness(colour: str) -> float:
    """The relative luminance of a colour, as the eye and a grey printer weigh it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_this_year_and_last_differ_in_lightness_and_in_words():
    bars = bar_chart([("甲", 2024, 3), ("甲", 2023, 2)])["data"]["values"]
    dark, light = (lightness(bar["颜色"]) + 0.05 for bar in bars)

    assert light / dark > 4.5
    assert [bar["写作"] for bar in bars] == ["2024年 3", "2023年 2"]


def test_bars_do_not_overlap():
    bars = bar_chart([("甲", 2024, 3), ("甲", 2023, 2), ("乙", 2024, 1), ("乙", 2023, 0)])["data"]["values"]

    assert all(upper["下"] < lower["上"] for upper, lower in pairwise(bars))


def test_a_machine_that_cannot_draw_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    picture = Picture("applicants", "题", "件", drawn(filled(received=3), "applicants")["applicants"].figures)

    with pytest.raises(GktoolsError, match=r"altair.*去掉 pictures"):
        svg(picture.to_json())
