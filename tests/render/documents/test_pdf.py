"""report.pdf, read back: its text, its cells, its tags, and the same bytes every time."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from collections import Counter
from logging.handlers import BufferingHandler
from pathlib import Path

import lxml.html
import pdfplumber
import pytest
from machine import need
from pdfplumber.structure import PDFStructTree
from readback import OFFICES, folder, notebook, plain, report, squares

from gktools.cli.doctor import examine
from gktools.errors import GktoolsError
from gktools.forms.grid import grid
from gktools.forms.notices import load_format
from gktools.render.documents.document import read_document
from gktools.render.documents.pdf import PdfExporter, draw_pdf, require_pdf
from gktools.render.page import TEMPLATES

MILLIMETRE = 72 / 25.4
LEFT, RIGHT, BOTTOM = 28 * MILLIMETRE, (210 - 26) * MILLIMETRE, (297 - 35) * MILLIMETRE
"""The edges of the text on an A4 page, as GB/T 9704 sets them."""


@pytest.fixture(scope="session")
def paper() -> None:
    """What drawing a PDF needs of a machine."""
    try:
        require_pdf()
    except GktoolsError as error:
        need(f"what a PDF needs ({error})", False)


@pytest.fixture(scope="module", params=OFFICES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def nb(district, name):
    return notebook(district, name)


@pytest.fixture(scope="module")
def drawing(paper, nb) -> tuple[bytes, list[str]]:
    """A report's PDF, and what was logged while it was drawn."""
    hearing = BufferingHandler(1000)
    logging.getLogger().addHandler(hearing)
    drawn = PdfExporter().from_notebook_node(nb)[0]
    logging.getLogger().removeHandler(hearing)
    return drawn, [record.getMessage() for record in hearing.buffer]


@pytest.fixture(scope="module")
def drawn(drawing) -> bytes:
    return drawing[0]


@pytest.fixture(scope="module")
def pdf(drawn):
    with pdfplumber.open(io.BytesIO(drawn)) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(district, name):
    return lxml.html.parse(folder(district, name) / "report.html").getroot()


def body(page) -> str:
    """What stands on a page above its number."""
    return "".join(char["text"] for char in page.chars if char["bottom"] <= BOTTOM + 3)


def foot(page) -> str:
    return "".join(char["text"] for char in page.chars if char["bottom"] > BOTTOM + 3)


def test_the_text_taken_back_out_equals_the_page(pdf, page):
    for unseen in page.xpath("//caption|//figure//*[local-name()='title' or local-name()='desc']"):
        unseen.text = ""
    wanted = plain(page.xpath("//main")[0].text_content())

    assert plain(read_aloud(pdf)) == wanted
    assert Counter(plain("".join(map(body, pdf.pages)))) == Counter(wanted)


def test_every_cell_stands_where_report_json_has_it(pdf, nb, district, name):
    wanted = squares(read_document(nb), report(district, name))
    tables = [table for page in pdf.pages for table in official_tables(page)]
    found = [[[None if cell is None else plain(cell) for cell in row] for row in table] for table in tables]

    assert found == list(wanted.values())


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_every_report_of_the_district_has_every_cell_in_its_place(paper, district):
    for place in sorted((district.home / "output").glob("20*/*/report.ipynb")):
        name = "/".join(place.parts[-3:-1])
        nb = notebook(district, name)
        with pdfplumber.open(io.BytesIO(PdfExporter().from_notebook_node(nb)[0])) as pdf:
            tables = [table for page in pdf.pages for table in official_tables(page)]
        found = [[[None if cell is None else plain(cell) for cell in row] for row in table] for table in tables]
        assert found == list(squares(read_document(nb), report(district, name)).values()), name


def official_tables(page) -> list[list[list[str | None]]]:
    """The tables of a page; the bars of a picture look like tables of a column or two."""
    return [table for table in page.extract_tables() if len(table[-1]) >= 4]


def read_aloud(pdf) -> str:
    """The text in the order of the tags, as a screen reader reads it."""
    texts = texts_by_tag(pdf)
    return "".join(text(part, texts) for part in PDFStructTree(pdf))


def texts_by_tag(pdf) -> dict[tuple[int, int], str]:
    """The text of every piece of marked content, by page and number."""
    texts: dict[tuple[int, int], str] = {}
    for number, page in enumerate(pdf.pages, start=1):
        for char in page.chars:
            key = number, char["mcid"]
            texts[key] = texts.get(key, "") + char["text"]
    return texts


def test_every_page_is_a4_and_nothing_stands_outside_its_margins(pdf):
    for page in pdf.pages:
        assert (round(page.width), round(page.height)) == (595, 842)
        assert min(char["x0"] for char in page.chars) >= LEFT - 1
        assert max(char["x1"] for char in page.chars) <= RIGHT + 1
        assert all(edge["x0"] >= LEFT - 1 and edge["x1"] <= RIGHT + 1 for edge in page.edges)


def test_a_table_is_not_torn_from_its_heading(pdf, page):
    titles = [plain(title.text_content()) for title in page.xpath("//section[.//table]/h2")]

    for title in titles:
        (where,) = [each for each in pdf.pages if title in plain(body(each))]
        after = plain(body(where)).partition(title)[2]
        assert after


def test_pages_are_numbered_between_dashes(pdf):
    assert [foot(page) for page in pdf.pages] == [f"— {number} —" for number in range(1, len(pdf.pages) + 1)]


def test_odd_pages_have_their_number_right_and_even_pages_left(pdf):
    middle = (LEFT + RIGHT) / 2
    sides = [[char["x0"] > middle for char in page.chars if char["bottom"] > BOTTOM + 3] for page in pdf.pages]

    assert [all(side) for side in sides] == [number % 2 == 0 for number in range(len(pdf.pages))]
    assert [any(side) for side in sides] == [number % 2 == 0 for number in range(len(pdf.pages))]


def test_the_bookmarks_are_the_headings(pdf, page):
    headings = page.xpath("//h1|//h2|//h3")

    assert [(level, plain(text)) for level, text, *_ in pdf.doc.get_outlines()] == [
        (int(heading.tag[1]), plain(heading.text_content())) for heading in headings
    ]


def test_it_has_a_title_a_language_and_tags_and_says_nothing_of_when_or_where(pdf, drawn, district, name):
    catalog = pdf.doc.catalog

    assert pdf.metadata == {"Producer": pdf.metadata["Producer"], "Title": report(district, name)["title"]}
    assert catalog["Lang"] == b"zh-CN"
    assert catalog["MarkInfo"]["Marked"] is True
    assert str(district.home).encode() not in drawn


def test_its_fonts_are_named_and_in_the_file(pdf, drawn):
    names = {char["fontname"] for page in pdf.pages for char in page.chars}

    assert names
    assert all(name.partition("+")[2] for name in names)
    assert b"/Type3" not in drawn


def test_the_tags_name_for_every_figure_the_headings_of_its_address(pdf, nb):
    texts = texts_by_tag(pdf)
    tree = PDFStructTree(pdf)
    headings = {cell.id: plain(text(cell, texts)) for cell in tree.find_all("TH")}
    figures = [cell for cell in tree.find_all("TD") if cell.attributes.get("Headers")]
    forms = [section.form for section in read_document(nb).tables]
    wanted = [[plain(label) for part in form.address(cell) for label in part] for form in forms for cell in form.cells]

    assert [[headings[ref.decode()] for ref in cell.attributes["Headers"]] for cell in figures] == wanted
    assert {cell.attributes["Scope"] for cell in tree.find_all("TH")} == {"Row", "Column"}


def text(element, texts) -> str:
    """What a tag holds, its children's text with it."""
    own = "".join(texts.get((element.page_number, mcid), "") for mcid in element.mcids)
    return own + "".join(text(child, texts) for child in element.children)


def test_a_table_longer_than_a_page_repeats_its_head(paper, district):
    page = folder(district, "2024/yunxi").joinpath("report.html").read_text(encoding="utf-8")
    style = (TEMPLATES / "gk-pdf/style.css").read_text(encoding="utf-8")
    longer = re.sub(r"(?s)<style>.*</style>", f"<style>{style}.requests td{{height:10mm}}</style>", page)
    with pdfplumber.open(io.BytesIO(draw_pdf(longer))) as pdf:
        tables = [table for page in pdf.pages for table in official_tables(page)]
    torn = [table for table in tables if len(table[-1]) == 10]

    assert len(torn) == 2
    assert torn[0][:3] == torn[1][:3]
    assert sum(map(len, torn)) == len(grid(load_format(2024)["requests"]).lines) + 3


def test_weasyprint_understands_the_whole_style_sheet_and_page(drawing):
    assert drawing[1] == []


@pytest.mark.parametrize(
    "name", [OFFICES[0], *(pytest.param(name, marks=pytest.mark.soak) for name in OFFICES[1:])], indirect=True
)
def test_the_same_notebook_gives_the_same_bytes_in_any_order(paper, district, drawn, nb):
    exporter = PdfExporter()
    exporter.from_notebook_node(notebook(district, "2024/yunxi"))

    assert exporter.from_notebook_node(nb)[0] == drawn


@pytest.mark.parametrize("name", [OFFICES[0]], indirect=True)
def test_another_process_folder_time_zone_and_hash_seed_give_the_same_bytes(drawn, district, name, tmp_path):
    program = (
        "from gktools.build.pool import skip_slow_imports; skip_slow_imports()\n"
        "import sys, time, nbformat; time.time = lambda: 0.0\n"
        "from gktools.render.documents.pdf import PdfExporter\n"
        "nb = nbformat.read(sys.argv[1], as_version=4)\n"
        "sys.stdout.buffer.write(PdfExporter().from_notebook_node(nb)[0])"
    )
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "HOME": str(tmp_path), "LC_ALL": "C"}
    elsewhere["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    file = folder(district, name) / "report.ipynb"
    made = subprocess.run([sys.executable, "-c", program, file], cwd=tmp_path, env=elsewhere, capture_output=True)

    assert made.stderr == b""
    assert made.stdout == drawn


@pytest.mark.parametrize("address", ["http://a.example/x.png", "file:///etc/hostname", "data:image/png;base64,AAAA"])
def test_a_page_that_would_fetch_anything_is_refused(paper, address):
    with pytest.raises(GktoolsError, match="取东西"):
        draw_pdf(f'<html lang="zh"><title>甲</title><p>甲<img alt="乙" src="{address}">')


@pytest.mark.parametrize(
    "where", ['head><link rel="attachment" href="{}"></head', 'p>甲<a rel="attachment" href="{}">乙</a></p']
)
def test_a_page_that_would_carry_a_file_along_is_refused_too(paper, where):
    with pytest.raises(GktoolsError, match="取东西"):
        draw_pdf(f'<html lang="zh"><title>甲</title><{where.format("file:///etc/hostname")}>')


def test_a_character_that_no_font_has_is_named_and_refused(paper):
    with pytest.raises(GktoolsError, match=r"U\+E000.*方框"):
        draw_pdf('<html lang="zh"><title>甲</title><p>甲\ue000乙')


def without_fonts(tmp_path: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program where fontconfig finds no font."""
    (tmp_path / "none").mkdir()
    config = tmp_path / "fonts.conf"
    folders = f"<dir>{tmp_path}/none</dir><cachedir>{tmp_path}/cache</cachedir>"
    config.write_text(f'<?xml version="1.0"?><fontconfig>{folders}</fontconfig>', encoding="utf-8")
    there = os.environ | {"FONTCONFIG_FILE": str(config), "PYTHONIOENCODING": "utf-8"}
    there["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run([sys.executable, "-c", program], env=there, capture_output=True, text=True, encoding="utf-8")


def test_a_machine_without_a_chinese_font_is_told_which_package_to_install(paper, tmp_path):
    run = without_fonts(
        tmp_path,
        "from gktools.errors import GktoolsError\n"
        "from gktools.render.documents.pdf import require_pdf\n"
        "try: require_pdf()\n"
        "except GktoolsError as error: print(error)",
    )

    assert "apt-get install fonts-noto-cjk" in run.stdout
    assert (run.stderr, run.returncode) == ("", 0)


def test_doctor_says_what_a_pdf_lacks(paper, tmp_path):
    run = without_fonts(
        tmp_path,
        "from gktools.cli.doctor import examine\nfor item in examine():\n    print(item.present, item.name, item.remedy)",
    )
    (line,) = [line for line in run.stdout.splitlines() if "PDF" in line]

    assert line.startswith("False")
    assert "fonts-noto-cjk" in line
    assert [item.present for item in examine() if "PDF" in item.name] == [True]
