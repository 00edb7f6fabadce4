"""The report as a Word document, read back by another library: every cell and paragraph in its place, fit to be signed."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import docx
import lxml.etree
import nbformat
import pytest
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Twips
from projects import keep, make_project
from readback import OFFICES, folder, notebook

from gktools.build.run import run_report_job
from gktools.figures.table import Unknown, format_figure
from gktools.forms.grid import grid
from gktools.prose import Paragraph, Prose
from gktools.render.documents.document import Document, DocumentSection, read_document
from gktools.render.documents.docx import DocxExporter, write_docx
from gktools.render.documents.gongwen import CHARACTERS, HAO, LINES, STYLES, TEXT_WIDTH
from gktools.workspace.output import ReportRef

YEARS = (2020, 2024)
NAME = "示例区民政局"
TEXT = {
    "text": {
        "problems": "（一）存在问题。一是A&B<1的“目录”。\n\n（二）改进措施。一是改。",
        "overview": {"lead": "首段。"},
    },
    "layout": {"signed_on": "2025-01-10"},
}
REQUEST = {"number": "1", "received_on": "2024-03-01", "applicant": "自然人"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Document]:
    """A report of each format, run by the real notebook."""
    home = tmp_path_factory.mktemp("docx") / "work"
    office = {"names": [{"name": NAME}], "kind": "county_department"}
    project = make_project(home, {"minzheng": office}, {(year, "minzheng"): TEXT for year in YEARS})
    found = {}
    for year in YEARS:
        keep(project, "minzheng", year, {})
        outcome = run_report_job(ReportRef(home, "minzheng", year), NAME)
        assert outcome.status == "built", outcome.message
        found[year] = numbered(read_document(nbformat.read(home / f"output/{year}/minzheng/report.ipynb", 4)))
    return found


@pytest.fixture(params=YEARS)
def document(request, documents) -> Document:
    return documents[request.param]


def numbered(document: Document) -> Document:
    """The same report with another figure in every cell, one of them money, one not known."""
    sections = []
    for section in document.sections:
        if section.form is not None:
            figures: dict[Any, Any] = {cell: 11 + 3 * i for i, cell in enumerate(section.form.cells)}
            figures[section.form.cells[-1]] = Decimal("321.911374")
            section = replace(section, figures=figures)
        sections.append(section)
    return replace(document, sections=tuple(sections))


def opened(document: Document) -> Any:
    return docx.Document(BytesIO(write_docx(document)))


def expected(section: DocumentSection) -> list[list[str]]:
    """The text at every place of a form's rectangle, a merged cell's at each place it covers."""
    assert section.form
    assert section.figures
    drawn = grid(section.form)
    texts: list[list[str]] = [[""] * drawn.width for _ in drawn.lines]
    taken: set[tuple[int, int]] = set()
    for row, line in enumerate(drawn.lines):
        for cell in line.cells:
            column = next(free for free in range(drawn.width) if (row, free) not in taken)
            for place in ((row + y, column + x) for y in range(cell.rows) for x in range(cell.columns)):
                taken.add(place)
                texts[place[0]][place[1]] = (
                    cell.text if cell.cell is None else format_figure(section.figures[cell.cell])
                )
    return texts


# --- every figure, every paragraph ----------


def test_every_cell_of_every_table_is_read_back_at_its_place(document):
    tables = opened(document).tables

    assert len(tables) == len(document.tables) == 3
    for table, section in zip(tables, document.tables, strict=True):
        read = [[cell.text for cell in row.cells] for row in table.rows]
        assert read == expected(section)


@pytest.mark.parametrize(
    "names", [pytest.param(OFFICES, id="three"), pytest.param(None, id="all", marks=pytest.mark.soak)]
)
def test_every_sample_report_is_read_back_equal_to_its_report_json(district, names):
    paths = sorted((district.home / "output").glob("2*/*/report.ipynb"))
    assert len(paths) > 30
    for path in paths if names is None else [folder(district, name) / "report.ipynb" for name in names]:
        notebook = nbformat.read(path, 4)
        content, _ = DocxExporter().from_notebook_node(notebook)
        tables = docx.Document(BytesIO(content)).tables
        report = json.loads((path.parent / "report.json").read_text(encoding="utf-8"), parse_float=Decimal)
        for table, section in zip(tables, read_document(notebook).tables, strict=True):
            figures = {
                (cell["row_key"], cell["column_key"]): Unknown("") if cell["value"] is None else cell["value"]
                for cell in report["tables"][section.key]
            }
            read = [[cell.text for cell in row.cells] for row in table.rows]
            assert read == expected(replace(section, figures=figures)), path.parent


def test_every_figure_of_report_json_stands_in_the_table_once(documents):
    """The numbered figures differ, so each must be found under the labels of its own row and column."""
    table = opened(documents[2024]).tables[1]
    section = documents[2024].tables[1]
    heads = sum(line.is_head for line in grid(section.form).lines)
    read = [[cell.text for cell in row.cells] for row in table.rows]
    for cell, figure in section.figures.items():
        rows, columns = section.form.address(cell)
        found = [
            (texts, column)
            for row, texts in zip(table.rows, read, strict=True)
            for column, text in enumerate(texts)
            if text == format_figure(figure) and not row._tr.xpath("w:trPr/w:tblHeader")
        ]
        ((texts, column),) = found
        assert [label for label in rows if label not in texts] == []
        assert [label for label in columns if label not in [read[y][column] for y in range(heads)]] == []


def test_every_paragraph_stands_in_printed_order(document):
    read = [paragraph.text for paragraph in opened(document).paragraphs]
    parts = [document.opening, *document.sections, document.signature]
    printed = [document.title]
    for part_ in parts:
        prose = part_.prose if isinstance(part_, DocumentSection) else part_
        printed += [part_.title] if isinstance(part_, DocumentSection) else []
        printed += [paragraph.text for paragraph in prose.paragraphs] if prose else []

    assert [text.replace("\n", "") for text in read] == printed


def test_a_text_with_signs_of_markup_stays_as_it_is(documents):
    texts = [paragraph.text for paragraph in opened(documents[2024]).paragraphs]

    assert "（一）存在问题。一是A&B<1的“目录”。" in texts


def test_what_xml_cannot_hold_is_left_out_and_the_rest_stays(documents):
    prose = Prose("opening", (Paragraph("前\x00\x0b\x1f\ufffe后 \U0001f600  &amp; "),))
    texts = [paragraph.text for paragraph in opened(replace(documents[2024], opening=prose)).paragraphs]

    assert "前后 \U0001f600  &amp; " in texts


# --- the layout ----------


def test_the_page_holds_22_lines_of_28_characters(document):
    section = opened(document).sections[0]
    points = (section.page_height - section.top_margin - section.bottom_margin) / 12700
    text = opened(document).styles["Normal"]
    closer = int(text.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20

    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    assert (section.top_margin.mm, section.left_margin.mm) == pytest.approx((37, 28), abs=0.1)
    assert text.font.size.pt == 16
    assert int(points / text.paragraph_format.line_spacing.pt) == LINES
    assert int(TEXT_WIDTH / 20 / (16 + closer)) == CHARACTERS


def test_fonts_and_sizes_are_those_of_the_standard(document):
    found = {
        style.name: (style.element.rPr.rFonts.get(qn("w:eastAsia")), style.font.size.pt)
        for style in opened(document).styles
        if style.element.rPr is not None and style.font.size
    }

    assert found["Title"] == ("方正小标宋简体", 22)
    assert found["Normal"] == ("仿宋_GB2312", 16)
    assert found["Heading 1"] == ("黑体", 16)
    assert found["Heading 2"] == ("楷体_GB2312", 16)
    assert found["标题 2 仿宋"] == ("仿宋_GB2312", 16)
    assert found["Footer"] == ("宋体", 14)


def test_every_font_used_is_named_with_others_to_try_and_none_is_embedded(document):
    files = zipfile.ZipFile(BytesIO(write_docx(document)))
    used = set(re.findall(r'w:eastAsia="([^"]+)"', "".join(read(files, name) for name in ("styles", "document"))))
    table = lxml.etree.fromstring(files.read("word/fontTable.xml"))
    others = {font.get(qn("w:name")): font.find(qn("w:altName")).get(qn("w:val")) for font in table}

    assert used - {"zh-CN"} <= others.keys()
    assert all(others.values())
    assert "宋体" in others["方正小标宋简体"]
    assert "embed" not in read(files, "fontTable")


def read(files: zipfile.ZipFile, name: str) -> str:
    return files.read(f"word/{name}.xml").decode()


def test_sections_are_real_headings_and_their_parts_the_next_level(document):
    paragraphs = opened(document).paragraphs
    first = [paragraph.text for paragraph in paragraphs if paragraph.style.name == "Heading 1"]
    second = [paragraph.text for paragraph in paragraphs if paragraph.style.name == "Heading 2"]

    assert first == [section.title for section in document.sections]
    assert second == [
        p.text for section in document.sections if section.prose for p in section.prose.paragraphs if p.is_heading
    ]
    assert second
    assert levels(opened(document)) == {"Heading 1": "0", "Heading 2": "1", "标题 2 仿宋": "1"}


def levels(read: Any) -> dict[str, str]:
    found = {style.name: style.element.find(f".//{qn('w:outlineLvl')}") for style in read.styles}
    return {name: level.get(qn("w:val")) for name, level in found.items() if level is not None}


def test_a_part_numbered_in_arabic_is_set_in_fangsong(documents):
    document = documents[2024]
    section = replace(document.sections[0], prose=Prose("overview", (Paragraph("1.情况", is_heading=True),)))
    paragraphs = opened(replace(document, sections=(section, *document.sections[1:]))).paragraphs

    assert [p.style.name for p in paragraphs if p.text == "1.情况"] == ["标题 2 仿宋"]


def test_a_heading_that_the_text_runs_on_from_is_set_in_kaiti(documents):
    (paragraph,) = [p for p in opened(documents[2024]).paragraphs if p.text.startswith("（一）存在问题")]

    assert [(run.text, run.style.name) for run in paragraph.runs] == [
        ("（一）存在问题。", "层次标题"),
        ("一是A&B<1的“目录”。", "Default Paragraph Font"),
    ]
    assert paragraph.style.name == "Normal"


def test_page_numbers_stand_outside_on_both_sides(document):
    read = opened(document)
    section = read.sections[0]
    sides = {
        name: (
            "".join(footer._element.xpath("//w:t/text()")),
            footer.paragraphs[0].alignment,
            footer._element.xpath("//w:fldSimple/@w:instr"),
        )
        for name, footer in (("odd", section.footer), ("even", section.even_page_footer))
    }

    assert read.settings.odd_and_even_pages_header_footer
    assert sides["odd"] == ("— 1 —", 2, [" PAGE "])
    assert sides["even"] == ("— 1 —", 0, [" PAGE "])


def test_header_rows_are_marked_and_no_row_is_torn(document):
    for table, section in zip(opened(document).tables, document.tables, strict=True):
        marked = [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in table.rows]
        assert marked == [line.is_head for line in grid(section.form).lines]
        assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in table.rows)
        assert table._tbl.xpath("w:tblPr/w:tblCaption/@w:val") == [section.title]


def pages_may_end_after(document: Document, table: int) -> list[str]:
    """The last row headings of the rows after which a page may end."""
    rows = opened(document).tables[table].rows
    loose = [row for row in rows if not row._tr.xpath("w:tc/w:p/w:pPr/w:keepNext")]
    return ["".join(row._tr.xpath("string(w:tc[w:p//w:t][1])")) for row in loose]


def test_a_table_that_fits_stays_on_one_page(documents):
    assert [len(pages_may_end_after(documents[2024], table)) for table in range(3)] == [1, 1, 1]


def test_a_table_longer_than_a_page_breaks_between_its_groups_of_rows(documents, monkeypatch):
    monkeypatch.setattr("gktools.render.documents.docx_table.ROW_HEIGHT", 2000)
    ends = [re.match(r"[（(]?.[）)、.]|8\.|5\.|3\.", text) for text in pages_may_end_after(documents[2024], 1)]

    assert [end[0] for end in ends if end] == [
        "一、",
        "二、",
        "三、",
        "（二）",
        "8.",
        "3.",
        "5.",
        "3.",
        "（七）",
        "四、",
    ]
    assert len(pages_may_end_after(documents[2024], 0)) == 4


def test_columns_fill_the_width_of_the_text_and_show_every_figure(document):
    for table, section in zip(opened(document).tables, document.tables, strict=True):
        widths = [column.width.twips for column in table.columns]
        longest = max(
            len(format_figure(figure)) for figure in section.figures.values() if figure != Decimal("321.911374")
        )
        assert sum(widths) == TEXT_WIDTH
        assert min(widths) >= longest * HAO["5号"] * 10


@pytest.mark.parametrize(("figure", "size"), [(1234, 10.5), (12345, 9)])
def test_a_figure_too_long_for_its_column_is_set_smaller(documents, figure, size):
    document = documents[2024]
    last = document.tables[-1]
    long = replace(last, figures=dict.fromkeys(last.figures, figure))
    sections = tuple(long if section is last else section for section in document.sections)
    cell = opened(replace(document, sections=sections)).tables[-1].rows[-1].cells[0]

    assert cell.text == str(figure)
    assert cell.paragraphs[0].style.font.size.pt == size
    assert cell.width.pt - 2 * 57 / 20 >= len(str(figure)) * size / 2


def test_the_signature_has_the_date_four_characters_from_the_side(documents):
    name, day = opened(documents[2024]).paragraphs[-2:]
    free = [p._p.pPr.find(qn("w:ind")).get(qn("w:rightChars")) for p in (name, day)]

    assert (name.text, day.text) == (NAME, "2025年1月10日")
    assert free == ["425", "400"]


@pytest.mark.parametrize(
    ("office", "lines"),
    [
        ("短局", ["短局2024年报告"]),
        (
            "很长很长很长很长的示例市云溪区管理委员会",
            ["很长很长很长很长的示例市云溪区管理委员会", "2024年政府信息公开报告"],
        ),
    ],
)
def test_a_title_too_long_for_a_line_is_broken_after_the_office(documents, office, lines):
    report = replace(documents[2024].report, title="".join(lines), code="x", office_name=office)
    title = opened(replace(documents[2024], report=report)).paragraphs[0]

    assert title.text.split("\n") == lines
    assert title.style.name == "Title"


# --- pictures ----------


@pytest.fixture
def pictured(district) -> bytes:
    """A report with three pictures."""
    return write_docx(read_document(notebook(district, "2024/minzheng")))


def test_pictures_stand_at_the_end_of_their_section_as_wide_as_the_page_allows_with_their_words(pictured):
    opened = docx.Document(BytesIO(pictured))
    texts = [paragraph.text for paragraph in opened.paragraphs]
    at = [i for i, paragraph in enumerate(opened.paragraphs) if paragraph._p.xpath(".//w:drawing")]

    assert [texts[i + 1][:2] for i in at] == ["图1", "图2", "图3"]
    assert texts[at[-1] + 2].startswith("二、")
    assert all(shape.width <= Twips(TEXT_WIDTH) for shape in opened.inline_shapes)
    assert opened.paragraphs[at[0]].style.paragraph_format.line_spacing_rule == WD_LINE_SPACING.SINGLE
    words = opened.paragraphs[at[1]]._p.xpath(".//wp:docPr/@descr")
    assert words[0].startswith("2024年新收申请的申请人：自然人9件，")


def test_a_file_with_pictures_lists_them_and_is_the_same_each_time(pictured, district):
    files = zipfile.ZipFile(BytesIO(pictured))
    media = [name for name in files.namelist() if name.startswith("word/media/")]

    assert media == [f"word/media/picture{number}.png" for number in (1, 2, 3)]
    assert all(f'PartName="/{name}"' in files.read("[Content_Types].xml").decode() for name in media)
    assert write_docx(read_document(notebook(district, "2024/minzheng"))) == pictured


# --- the file ----------


def test_language_title_and_author_are_set_and_the_date_is_the_one_signed(documents):
    facts = opened(documents[2024]).core_properties
    settings = lxml.etree.fromstring(zipfile.ZipFile(BytesIO(write_docx(documents[2024]))).read("word/settings.xml"))

    assert (facts.title, facts.author, facts.language) == (documents[2024].title, NAME, "zh-CN")
    assert facts.created.isoformat()[:10] == "2025-01-10"
    assert settings.find(qn("w:themeFontLang")).get(qn("w:eastAsia")) == "zh-CN"


def test_an_unsigned_report_carries_no_date(documents):
    document = documents[2024]
    unsigned = replace(document, layout=document.layout.model_copy(update={"signed_on": None}))
    core = zipfile.ZipFile(BytesIO(write_docx(unsigned))).read("docProps/core.xml").decode()

    assert "dcterms:created" not in core


def test_the_same_report_gives_the_same_bytes_whatever_the_clock_and_the_folder(document, monkeypatch, tmp_path):
    before = write_docx(document)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.time", lambda: 0.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 5, 6, 7, 8, 9, 0, 1, 0))

    assert write_docx(document) == before


def test_the_file_holds_its_own_parts_only_and_each_is_listed(document):
    files = zipfile.ZipFile(BytesIO(write_docx(document)))
    types = lxml.etree.fromstring(files.read("[Content_Types].xml"))
    listed = {part_.get("PartName", "").lstrip("/") for part_ in types} - {""}

    assert files.namelist()[0] == "[Content_Types].xml"
    assert listed == {name for name in files.namelist() if not name.endswith((".rels", "[Content_Types].xml"))}
    assert {info.date_time for info in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for name in files.namelist():
        assert "http" not in re.sub(r'(xmlns(:\w+)?|Type|ContentType|w:uri)="[^"]*"', "", files.read(name).decode())


def test_children_stand_in_the_order_the_schema_asks_for(document):
    """Word refuses a file whose properties are out of order; the order is that of ECMA-376."""
    order = {
        "pPr": "pStyle keepNext widowControl snapToGrid spacing ind jc outlineLvl",
        "rPr": "rStyle rFonts snapToGrid spacing sz szCs lang",
        "tcPr": "tcW gridSpan vMerge shd vAlign",
        "tblPr": "tblStyle tblW jc tblBorders tblLayout tblCellMar tblLook tblCaption",
        "style": "name basedOn next qFormat pPr rPr tblPr",
        "sectPr": "footerReference pgSz pgMar docGrid",
        "font": "altName charset family pitch",
        "settings": "zoom evenAndOddHeaders characterSpacingControl compat themeFontLang",
    }
    files = zipfile.ZipFile(BytesIO(write_docx(document)))
    for name in ("document", "styles", "fontTable", "settings", "footer1"):
        for element in lxml.etree.fromstring(files.read(f"word/{name}.xml")).iter():
            known = order.get(lxml.etree.QName(element).localname, "").split()
            children = [lxml.etree.QName(child).localname for child in element]
            assert not known or [known.index(child) for child in children] == sorted(map(known.index, children))


def test_every_style_named_in_the_text_exists(document):
    files = zipfile.ZipFile(BytesIO(write_docx(document)))
    named = set(re.findall(r'<w:(?:pStyle|rStyle|tblStyle) w:val="(\w+)"', read(files, "document")))
    defined = set(re.findall(r'w:styleId="(\w+)"', read(files, "styles")))

    assert named <= defined
    assert {style.key for style in STYLES} <= defined


# --- the exporter ----------


def test_nbconvert_writes_the_document_by_its_entry_point(documents, tmp_path):
    from nbconvert.exporters import get_exporter

    exporter = get_exporter("gk-docx")()
    assert isinstance(exporter, DocxExporter)
    assert exporter.file_extension == ".docx"


def test_a_notebook_without_a_report_is_refused_in_chinese():
    from gktools.errors import GktoolsError

    with pytest.raises(GktoolsError, match="没有完整的报告"):
        DocxExporter().from_notebook_node(nbformat.v4.new_notebook())
