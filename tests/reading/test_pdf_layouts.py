"""Reports with known figures printed as PDF in many styles: honest ones are read whole, damaged ones never wrong."""

from __future__ import annotations

import random

import pytest
from printed_layouts import as_html, damage, draw, figures_of
from test_layouts import read
from weasyprint import HTML

from gktools.reading.files import GivenFile
from gktools.reading.pdf_characters import text_of_cell

BASE = "body{font-size:10pt} table{width:100%;border-collapse:collapse;font-size:8pt} td{text-align:center;padding:2pt 3pt}"
LINES = "td{border:.5pt solid}"
STYLES = {
    "no lines": "",
    "lines across": "td{border-top:.5pt solid;border-bottom:.5pt solid}",
    "upright lines": "td{border-left:.5pt solid;border-right:.5pt solid}",
    "dotted": "td{border:1pt dotted}",
    "dashed": "td{border:1pt dashed}",
    "double": "td{border:2.5pt double}",
    "hair": "td{border:.1pt solid #ccc}",
    "striped": "tr:nth-child(even) td{background:#eef}",
    "shaded apart": "table{border-collapse:separate;border-spacing:2pt} td{background:#eef}",
    "filled lines": "table{border-collapse:separate;border-spacing:.6pt;background:#000} td{background:#fff}",
    "apart": f"table{{border-collapse:separate;border-spacing:2px;border:1px solid}} {LINES}",
    "touching": "table{border-collapse:separate;border-spacing:0;border:solid;border-width:1px 0 0 1px}"
    "td{border:solid;border-width:0 1px 1px 0}",
    "outer frame": "table{border:1pt solid}",
    "right": "td{text-align:right}",
    "left": "td{text-align:left}",
    "small": "table{font-size:6pt} td{padding:1pt 2pt}",
    "small, across": "@page{size:A5;margin:8mm} table{font-size:6pt} td{padding:1pt;border:.3pt solid}",
    "letters apart": "td{letter-spacing:1.5pt}",
    "across": "@page{size:A4 landscape} table{break-inside:avoid}",
    "high rows": f"td{{padding:9pt 2pt}} {LINES}",
    "page numbers": "@page{@bottom-center{content:'— ' counter(page) ' —'}}",
}


def printed(style: str, chance: random.Random, *, damaged: bool) -> tuple[list[str], int]:
    """The figures read wrong of a report in a style, and how many were not read."""
    year = chance.choice([2020, 2023])
    report = draw(year, figures_of(year, chance, large=chance.random() < 0.3))
    report = damage(report, chance) if damaged else report
    page = as_html(report).replace("</head>", f"<style>{BASE}{style}</style></head>").replace("border='1'", "")
    wrong, unread, _ = read(GivenFile("a.pdf", HTML(string=page).write_pdf()), report)
    return wrong, unread


def test_a_report_without_lines_is_read_whole():
    assert printed("", random.Random(1), damaged=False) == ([], 0)


@pytest.mark.soak
@pytest.mark.parametrize("style", STYLES)
def test_a_report_in_any_style_is_read_whole(style):
    assert [printed(STYLES[style], random.Random(seed), damaged=False) for seed in range(4)] == [([], 0)] * 4


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("style", [name for name in STYLES if name not in ("filled lines", "apart", "touching")])
def test_a_damaged_report_in_any_style_gives_no_wrong_figure(style):
    """In the styles left out, the frame around a table makes a cell that is lost look like a blank one."""
    assert [printed(STYLES[style], random.Random(seed), damaged=True)[0] for seed in range(20)] == [[]] * 20


def test_characters_of_two_fonts_on_one_line_stay_in_their_order():
    """A browser sets digits in another font than Chinese: in large print their tops are points apart."""
    placed = [("1.", 100.0), ("属于国家秘密", 104.2)]
    chars, x = [], 50.0
    for text, top in placed:
        for one in text:
            place = {"x0": x, "x1": x + 10, "top": top, "bottom": top + 14, "doctop": top, "size": 14.0}
            chars.append({"text": one, "upright": True, "direction": "ltr", **place})
            x += 10

    assert text_of_cell(chars, (40, 90, 300, 130)) == "1.属于国家秘密"
