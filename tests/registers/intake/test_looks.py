"""What the parts of a workbook strike out and hide, read from its XML or its records, however they are written."""

from __future__ import annotations

from struct import pack
from xml.sax.saxutils import quoteattr

import pytest
from corpus.packages import LINKS, MAIN, PACKAGE, parts, rows_xml, sheet_xml, zipped
from corpus.struck import Mixed
from corpus.xls import shared_texts, xls

from gktools.errors import RecordsError
from gktools.registers.intake import looks as limits
from gktools.registers.intake import xlsx_guard
from gktools.registers.intake.files import open_pages
from gktools.registers.intake.looks import Part
from gktools.registers.intake.xls_looks import SheetLooks, formats_of
from gktools.registers.intake.xls_notes import SheetNotes

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    '<cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs>'
    "<dxfs><dxf><font><strike/></font></dxf></dxfs></styleSheet>"
)
HALF = "<r><rPr><strike/></rPr><t>50</t></r><r><t>30</t></r>"
ROWS = [["甲", "乙"], ["丙", "丁"]]


def looks(tmp_path, sheet: str, **more: str):
    """What the one sheet of a workbook of these parts strikes out and hides."""
    path = tmp_path / "表.xlsx"
    names = {"styles": "xl/styles.xml", "texts": "xl/sharedStrings.xml"}
    path.write_bytes(zipped(parts(sheet) | {names[key]: text for key, text in more.items()}))
    (page,) = open_pages(path)
    return page.looks


def cells(*written: str, row: str = "<row>") -> str:
    return sheet_xml(f"{row}{''.join(written)}</row>")


def test_a_style_strikes_out_by_its_own_font_not_by_that_of_a_conditional_format(tmp_path):
    three = "".join(f'<c r="{letter}1" s="{style}"><v>1</v></c>' for style, letter in enumerate("ABC"))

    assert looks(tmp_path, cells(three), styles=STYLES).struck == {0: {1}}


OTHERWISE = (
    STYLES.replace("<strike/>", '<strike val="true"/>'),
    STYLES.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
)


@pytest.mark.parametrize("written", OTHERWISE)
def test_strike_may_be_written_otherwise(tmp_path, written):
    assert looks(tmp_path, cells('<c r="A1" s="1"><v>1</v></c>'), styles=written).struck == {0: {0}}


def test_what_text_boxes_and_page_headers_say_is_read_as_comments_above_the_heading(tmp_path):
    box = "<sp><txBody><p><r><t>第3号为咨询件，</t></r><r><t>不计</t></r></p><p><r><t>作废</t></r></p></txBody></sp>"
    drawing = f'<wsDr xmlns="{MAIN}">{box}</wsDr>'
    link = f'<Relationship Id="rId1" Type="{LINKS}/drawing" Target="../drawings/drawing1.xml"/>'
    more = {
        "xl/drawings/drawing1.xml": drawing,
        "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{link}</Relationships>',
    }
    path = tmp_path / "表.xlsx"
    head = '<headerFooter><oddHeader>&amp;C&amp;"宋体"&amp;12（作废&#31295;）</oddHeader><oddFooter>&amp;P</oddFooter></headerFooter>'
    path.write_bytes(zipped(parts(sheet_xml(rows_xml(ROWS)).replace("</worksheet>", f"{head}</worksheet>")) | more))
    (page,) = open_pages(path)

    assert page.comments == {1: ("第3号为咨询件，不计\n作废", "（作废稿）")}


def test_comments_and_text_boxes_of_an_xls_workbook_are_read(tmp_path):
    path = tmp_path / "表.xls"
    path.write_bytes(xls(("登记", ROWS, {"notes": (("作废，不计", 1), ("灰色的是咨询件", None), ("又一条", 1))})))
    (page,) = open_pages(path)

    assert page.comments == {2: ("作废，不计", "又一条"), 1: ("灰色的是咨询件",)}


def test_a_record_of_a_note_that_is_cut_short_says_nothing():
    notes = SheetNotes(0x600)
    notes.take(0x14, b"\x03\0\1" + "&C稿".encode("utf-16-le"))
    for kind, data in ((0x14, b""), (0x5D, b"\0"), (0x1B6, bytes(4)), (0x3C, b"\1a"), (0x1C, b"")):
        notes.take(kind, data)

    assert notes.comments() == {1: ("稿",)}


def coloured_styles(colour: str, fill: str) -> str:
    """A sheet of styles: an ordinary one, and one with a colour of its font and a fill."""
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><color {colour}/></font></fonts><fills><fill><patternFill'
        f' patternType="none"/></fill><fill>{fill}</fill></fills><cellXfs><xf fontId="0" fillId="0"/>'
        '<xf fontId="1" fillId="1"/></cellXfs></styleSheet>'
    )


CLEAR = "<patternFill/>"


def solid(colour: str) -> str:
    return f'<patternFill patternType="solid"><fgColor {colour}/><bgColor indexed="64"/></patternFill>'


@pytest.mark.parametrize(
    ("colour", "fill"),
    [
        ('rgb="FFFFFFFF"', CLEAR),
        ('rgb="00ffffff"', solid('rgb="FFFFFFFF"')),
        ('theme="0"', CLEAR),
        ('indexed="9"', CLEAR),
        ('rgb="FFFDFDFD"', CLEAR),
        ('theme="0" tint="-4.9989318521683403E-2"', CLEAR),
        ('rgb="FFFFFF00"', solid('rgb="FFFFFF00"')),
        ('theme="4" tint="0.6"', solid('theme="4" tint="0.6"')),
        ('theme="1"', solid('rgb="FF000000"')),
        ('auto="1"', solid('indexed="64"')),
        ('indexed="8"', '<patternFill patternType="solid"/>'),
    ],
)
def test_a_row_written_in_the_colour_of_its_fill_is_hidden_and_one_with_anything_seen_is_not(tmp_path, colour, fill):
    of_row = '<c r="A{0}" s="1"><v>1</v></c><c r="B{0}" s="{1}"><v>1</v></c><c r="C{0}"/>'
    sheet = sheet_xml("".join(f"<row>{of_row.format(row, style)}</row>" for row, style in ((1, 0), (2, 1))))
    found = looks(tmp_path, sheet, styles=coloured_styles(colour, fill))

    assert (found.rows, found.unseen) == ({1}, {1})


@pytest.mark.parametrize(
    ("colour", "fill"),
    [
        ('theme="0" tint="-0.5"', CLEAR),
        ('theme="1"', CLEAR),
        ('rgb="FFFFFFFF"', solid('theme="4"')),
        ('auto="1"', solid('rgb="FFD9D9D9"')),
        ('rgb="FFFF0000"', solid('rgb="FFFFFF00"')),
        ('rgb="FF000000"', '<patternFill patternType="gray125"/>'),
        ('rgb="FFFFFFFF"', '<gradientFill><stop position="0"><color theme="4"/></stop></gradientFill>'),
    ],
)
def test_a_row_in_another_colour_than_its_fill_is_seen(tmp_path, colour, fill):
    found = looks(tmp_path, cells('<c r="A1" s="1"><v>1</v></c>'), styles=coloured_styles(colour, fill))

    assert not found.rows


@pytest.mark.parametrize(
    ("code", "unseen"),
    [
        (";;;", True),
        ("0;-0;0;", True),
        ('0;-0;0;"—"', True),
        ('0;-0;0;"a;@"', True),
        ("0;-0;0;@", False),
        ("0;-0;0", False),
        ("0;;", False),
        ('"a;b;c;"0', False),
        ("@", False),
    ],
)
def test_a_row_of_texts_that_their_format_hides_is_hidden(tmp_path, code, unseen):
    written = quoteattr(code)
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="176" formatCode={written}/></numFmts><fonts><font/></fonts>'
        '<cellXfs><xf/><xf numFmtId="176"/></cellXfs></styleSheet>'
    )
    found = looks(tmp_path, cells('<c r="A1" s="1" t="inlineStr"><is><t>甲</t></is></c>'), styles=styles)
    of_xls = formats_of(0x600, [pack("<HHH", 200, 0, 8)], [pack("<HH", 0, 176) + bytes(16)], [], {176: code})

    assert (bool(found.unseen), bool(of_xls.unseen)) == (unseen, unseen)


def test_shared_and_inline_texts_are_read_in_pieces(tmp_path):
    texts = f'<sst xmlns="{MAIN}"><si/><si><t>一</t></si><si>{HALF}<rPh sb="0" eb="1"><t>读音</t></rPh></si><si><t>二</t></si></sst>'
    three = '<c r="A1" t="s"><v>2</v></c><c r="B1" t="s"><v>3</v></c><c r="C1" t="inlineStr"><is>' + HALF + "</is></c>"
    found = looks(tmp_path, cells(three), texts=texts)

    assert found.parts == {0: dict.fromkeys((0, 2), Part(((True, "50"), (False, "30"))))}
    assert found.parts[0][0].whole == "5030"


def test_letters_written_as_entities_or_in_sections_are_read(tmp_path):
    text = "<r><rPr><strike/></rPr><t>&#53;0</t></r><r><t><![CDATA[3]]>0 &amp; 更多</t></r>"
    found = looks(tmp_path, cells(f'<c r="A1" t="inlineStr"><is>{text}</is></c>'))

    assert (found.parts[0][0].struck, found.parts[0][0].kept) == ("50", "30 & 更多")


def test_a_text_of_which_every_piece_is_struck_out_is_struck_out_as_a_whole(tmp_path):
    text = "<r><rPr><strike/></rPr><t>5</t></r><r><t> </t></r><r><rPr><strike val='1'/></rPr><t>0</t></r>"
    found = looks(tmp_path, cells(f'<c r="A1" t="inlineStr"><is>{text}</is></c>'))

    assert (found.struck, found.parts) == ({0: {0}}, {})


def test_cells_and_rows_that_do_not_say_where_they_stand_are_counted(tmp_path):
    body = '<row><c><v>1</v></c></row><row hidden="1"><c><v>1</v></c><c s="1"><v>2</v></c></row>'
    found = looks(tmp_path, sheet_xml(body), styles=STYLES)

    assert (found.rows, found.struck) == ({1}, {1: {1}})


def test_a_row_without_its_number_whose_cells_say_it_is_found(tmp_path):
    assert looks(tmp_path, sheet_xml('<row hidden="true"><c r="A7"><v>1</v></c></row>')).rows == {6}


def test_hidden_false_hides_nothing(tmp_path):
    body = rows_xml(ROWS).replace("<row ", '<row hidden="false" ht="12.8" ')
    columns = '<cols><col min="1" max="2" width="9.5" hidden="0"/></cols>'
    found = looks(tmp_path, sheet_xml(body).replace("<sheetData>", f"{columns}<sheetData>"))

    assert not found


def test_columns_are_hidden_by_their_range(tmp_path):
    columns = '<cols><col min="2" max="3" hidden="1"/><col min="9" max="99999" hidden="1"/></cols>'
    found = looks(tmp_path, sheet_xml(rows_xml(ROWS)).replace("<sheetData>", f"{columns}<sheetData>"))

    assert found.columns == {1, 2, *range(8, 16384)}


@pytest.mark.parametrize("size", [37, 64, 101, 333])
def test_what_is_found_does_not_depend_on_where_a_part_is_cut(tmp_path, monkeypatch, size):
    monkeypatch.setattr(xlsx_guard, "_CHUNK", size)
    body = "".join(
        f'<row r="{i}"{" hidden=" + chr(34) + "1" + chr(34) if i % 3 == 0 else ""}>'
        f'<c r="A{i}" s="{i % 2}" t="s"><v>{i % 5}</v></c><c r="B{i}" t="inlineStr"><is>{HALF if i % 4 == 0 else "<t>x</t>"}</is></c></row>'
        for i in range(1, 61)
    )
    texts = (
        f'<sst xmlns="{MAIN}">' + "".join(f"<si>{HALF if i == 3 else '<t>甲</t>'}</si>" for i in range(5)) + "</sst>"
    )
    found = looks(tmp_path, sheet_xml(body), styles=STYLES, texts=texts)

    rows = range(1, 61)
    assert found.rows == {i - 1 for i in rows if i % 3 == 0}
    assert {row for row, columns in found.parts.items() if 1 in columns} == {i - 1 for i in rows if i % 4 == 0}
    assert {row for row, columns in found.parts.items() if 0 in columns} == {i - 1 for i in rows if i % 10 == 8}
    assert found.struck == {i - 1: {0} for i in rows if i % 2}  # the piece that says nothing is as its cell


def test_many_styles_that_strike_out_are_told_apart(tmp_path):
    fonts = "<font><strike/></font>" * 100
    xfs = "".join(f'<xf fontId="{i}"/>' for i in range(100)) + '<xf fontId="100"/>'
    styles = f'<styleSheet xmlns="{MAIN}"><fonts>{fonts}<font/></fonts><cellXfs>{xfs}</cellXfs></styleSheet>'
    found = looks(tmp_path, cells('<c r="A1" s="99"><v>1</v></c><c r="B1" s="100"><v>1</v></c>'), styles=styles)

    assert found.struck == {0: {0}}


def test_more_struck_out_cells_than_are_kept_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST", 3)
    with pytest.raises(RecordsError, match="划了删除线的格太多"):
        looks(tmp_path, cells(*(f'<c r="{letter}1" s="1"><v>1</v></c>' for letter in "ABCD")), styles=STYLES)


# --- XLS ----------

FONTS = [pack("<HH", 200, 8 if i == 4 else 0) + bytes(12) for i in range(5)]
XFS = [pack("<HHH", font, 0, 0) + bytes(14) for font in (0, 5, 4)]


def of_cell(kind: int, data: bytes, *, version: int = 0x600, shared=()):
    found = SheetLooks("表.xls", formats_of(version, FONTS, XFS, shared, {}))
    found.take(kind, pack("<HH", 6, 2) + data)
    return found.looks()


def test_the_fifth_font_is_number_five():
    assert of_cell(0x203, pack("<Hd", 1, 1.0)).struck == {6: {2}}
    assert not of_cell(0x203, pack("<Hd", 2, 1.0))


def test_numbers_side_by_side_have_a_style_each():
    found = of_cell(0xBD, b"".join(pack("<Hi", style, 4) for style in (0, 1, 0, 1)) + pack("<H", 5))

    assert found.struck == {6: {3, 5}}


SHARED = [Mixed("甲乙").pieces, Mixed("~~五十~~三十").pieces, Mixed("丙").pieces]


def cuts() -> list[tuple[int, bool]]:
    """The places where the record of shared texts may be cut, and whether the next record says again how wide letters are."""
    found, place = [(8, False)], 8
    for pieces in SHARED:
        begin = place + 5
        end = begin + 2 * sum(len(said) for _, said in pieces)
        found += [(at, True) for at in range(begin, end, 2)]
        place = end + 4 * len(pieces)
        found += [(at, False) for at in range(end, place)]
    return found


@pytest.mark.parametrize(("at", "again"), cuts())
def test_shared_texts_go_on_in_another_record_wherever_it_is_cut(at, again):
    data = shared_texts(SHARED)[4:]
    found = of_cell(0xFD, pack("<HI", 0, 1), shared=[data[:at], b"\x01" * again + data[at:]])

    assert found.parts[6][2] == Part(((True, "五十"), (False, "三十")))


@pytest.mark.parametrize("wide", [True, False])
def test_a_text_in_its_cell_is_read_in_pieces(wide):
    text = "5030".encode("utf-16-le" if wide else "latin-1")
    data = pack("<HHB", 0, 4, int(wide)) + text + pack("<HHHHH", 2, 0, 5, 2, 0)
    found = of_cell(0xD6, data)

    assert (found.parts[6][2].struck, found.parts[6][2].kept) == ("50", "30")


def test_letters_struck_out_in_an_old_workbook_cannot_be_told_and_are_refused():
    plain, out = (pack("<HH", 0, 4) + b"5030" + pack("<BBBBB", 2, 0, font, 2, 0) for font in (1, 5))

    assert not of_cell(0xD6, plain, version=0x500)
    with pytest.raises(RecordsError, match="老格式分不清是哪几个字"):
        of_cell(0xD6, out, version=0x500)


@pytest.mark.parametrize(
    ("colour", "pattern", "fill", "unseen"),
    [
        (9, 0, 64, True),
        (1, 1, 9, True),
        (13, 1, 13, True),
        (0x7FFF, 1, 8, True),
        (9, 1, 30, False),
        (8, 0, 64, False),
        (9, 2, 9, False),
    ],
)
def test_a_style_of_an_xls_workbook_writes_in_the_colour_of_its_fill(colour, pattern, fill, unseen):
    font = pack("<HHH", 200, 0, colour) + bytes(10)
    style = pack("<HHHHI", 0, 0, 0, 0, 0) + bytes(2) + pack("<IH", pattern << 26, fill)

    assert formats_of(0x600, [font], [style], [], {}).unseen == ({0} if unseen else set())


def test_rows_and_columns_are_hidden_by_their_flag_or_their_size():
    found = SheetLooks("表.xls", formats_of(0x600, [], [], [], {}))
    for row, height, flags in ((3, 255, 0x120), (4, 255, 0x100), (5, 0, 0x100)):
        found.take(0x208, pack("<HHHHHHHH", row, 0, 9, height, 0, 0, flags, 0))
    for first, last, width, flags in ((1, 2, 2048, 1), (3, 3, 2048, 0), (4, 4, 0, 0), (5, 999, 2048, 1)):
        found.take(0x7D, pack("<HHHHHH", first, last, width, 0, flags, 0))

    assert found.looks().rows == {3, 5}
    assert found.looks().columns == {1, 2, 4, *range(5, 256)}
