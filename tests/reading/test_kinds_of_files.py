"""Every kind of file is known by its bytes; what cannot be read is refused with the way out, and nothing takes long."""

from __future__ import annotations

import base64
import io
import json
import quopri
import random
import resource
import zipfile
import zlib
from functools import cache
from pathlib import Path
from time import perf_counter

import openpyxl
import pytest
from corpus.xls import xls
from printed_layouts import as_html, draw, figures_of

from gktools.reading import pdf_filters
from gktools.reading.files import GivenFile, Unreadable, read_file, read_files
from gktools.reading.memory import bounded_memory
from gktools.reading.published import PrintedReport, from_json, to_json

PAGE = as_html(draw(2023, figures_of(2023, random.Random(3)), "示例市某局"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(name: str, data: bytes) -> PrintedReport | Unreadable:
    (found,) = read_file(GivenFile(name, data))
    return found


def why(name: str, data: bytes) -> str:
    found = read(name, data)
    assert isinstance(found, Unreadable), found
    return found.why


def packed(**parts: bytes | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def word(body: str) -> bytes:
    return packed(**{"word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'})


def pdf(draw_on: object) -> bytes:
    from weasyprint import HTML

    return HTML(string=str(draw_on)).write_pdf()


# --- what is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        *(("gb2312", "gb18030"), ("GBK", "gb18030"), ("utf-8", "utf-8"), ("", "utf-8"), ("", "gb18030")),
        *(("utf-8", "gb18030"), ("iso-8859-1", "utf-8"), ("big-nonsense", "utf-8"), ("gb2312", "utf-8")),
        *(("utf-8", "utf-16"), ("utf-8", "utf-8-sig")),
    ],
)
def test_the_letters_of_a_page_are_known_whatever_it_declares(declared, encoding):
    page = PAGE.replace("charset='utf-8'", f"charset='{declared}'" if declared else "").replace("某局", "堃局")
    found = read("a.html", page.encode(encoding))

    assert isinstance(found, PrintedReport)
    assert (found.unit, len(found.by_cell)) == ("示例市堃局", 200)


@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_a_web_archive_is_read(transfer):
    body = PAGE.replace("charset='utf-8'", "charset='gb2312'").encode("gb18030")
    coded = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}.get(transfer, bytes)(body)
    head = (
        'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="--b"\r\n\r\n'
        f"----b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: {transfer}\r\nContent-Location: http://a.example/\r\n\r\n"
    )
    found = read("a.mht", head.encode() + coded + b"\r\n----b\r\nContent-Type: image/png\r\n\r\nx\r\n----b--\r\n")

    assert isinstance(found, PrintedReport)
    assert (found.kind, len(found.by_cell)) == ("mht", 200)


def test_a_page_under_the_name_of_a_word_file_is_read_as_a_page():
    assert isinstance(read("a.doc", PAGE.encode()), PrintedReport)


def test_a_word_file_is_read_with_merged_cells_deleted_and_hidden_text():
    def cell(text: str, wide: int = 1, more: str = "") -> str:
        return (
            f'<w:tc><w:tcPr><w:gridSpan w:val="{wide}"/>{more}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>'
        )

    figure = (
        '<w:tc><w:tcPr><w:gridSpan w:val="3"/></w:tcPr><w:p><w:del><w:r><w:delText>9</w:delText></w:r></w:del>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>8</w:t></w:r><w:ins><w:r><w:t>4</w:t></w:r></w:ins><w:r><w:t>1</w:t></w:r></w:p></w:tc>"
    )
    rows = [
        f"<w:tr>{cell('第二十条第（五）项', 4)}</w:tr>",
        f"<w:tr>{cell('信息内容')}{cell('本年处理决定数量', 3)}</w:tr>",
        f"<w:tr>{cell('行政许可')}{figure}</w:tr>",
    ]
    found = read("a.docx", word(f"<w:tbl>{''.join(rows)}</w:tbl>"))

    assert isinstance(found, PrintedReport)
    assert [cell.value for cell in found.cells] == [41]


def test_a_workbook_is_read_with_its_merged_cells():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"])
    sheet.append([None, "自然人", "法人或其他组织", None, None, None, None, "总计"])
    sheet.append([None, None, "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"])
    sheet.append(["一、本年新收政府信息公开申请数量", 5, 1, 0, None, "0", 2.0, 8])
    for merged in ("A1:A3", "B1:H1", "B2:B3", "C2:G2", "H2:H3"):
        sheet.merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    found = read("a.xlsx", file.getvalue())

    assert isinstance(found, PrintedReport)
    assert [cell.value for cell in found.cells] == [5, 1, 0, "", 0, 2, 8]


def test_an_old_workbook_is_read():
    head = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
    found = read(
        "a.xls", xls(("表二", [["第二十条第（一）项"], head, ["规章", 3, 0, "12"], ["行政规范性文件", 0, 1, 5]]))
    )

    assert isinstance(found, PrintedReport)
    assert [cell.value for cell in found.cells] == [3, 0, 12, 0, 1, 5]


def test_a_text_with_commas_is_read_whatever_its_name():
    rows = [
        "规章,3,0,12",
        "行政规范性文件,0,1,5",
        "第二十条第（六）项,,,",
        "信息内容,本年处理决定数量,,",
        "行政处罚,7,,",
        "行政强制,8,,",
    ]
    text = "\n".join(
        ["第二十条第（一）项,,,", "信息内容,本年制发件数,本年废止件数,现行有效件数", *rows, "行政许可,1,,"]
    )
    found = read("a.txt", text.encode())

    assert isinstance(found, PrintedReport)
    assert [cell.value for cell in found.cells][:6] == [3, 0, 12, 0, 1, 5]


def test_a_folder_and_a_packed_file_are_looked_through(tmp_path):
    (tmp_path / "甲.html").write_text(PAGE, "utf-8")
    (tmp_path / "甲_files").mkdir()
    (tmp_path / "甲_files/page.html").write_text("x", "utf-8")
    (tmp_path / "甲_files/style.css").write_text("x", "utf-8")
    with zipfile.ZipFile(tmp_path / "乙.zip", "w") as package:
        package.writestr("乙/年报.html", PAGE)
        package.writestr("乙/说明.doc", OLE + "WordDocument".encode("utf-16-le"))
    found = list(read_files([tmp_path], io.BytesIO()))

    assert [Path(one.file).relative_to(tmp_path).as_posix() for one in found] == [
        "乙.zip/乙/年报.html",
        "乙.zip/乙/说明.doc",
        "甲.html",
    ]
    assert [isinstance(one, PrintedReport) for one in found] == [True, False, True]


def test_standard_input_is_read():
    (found,) = read_files([Path("-")], io.BytesIO(PAGE.encode()))

    assert isinstance(found, PrintedReport)
    assert found.file == "-"


def test_what_was_read_is_read_again_from_its_json():
    found = read("a.html", PAGE.encode())
    assert isinstance(found, PrintedReport)
    again = read("b.json", to_json([found]).encode())

    assert isinstance(again, PrintedReport)
    assert to_json([again]) == to_json([found])
    assert again.by_cell.keys() == found.by_cell.keys()


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "另存为 docx"),
        ("a.wps", OLE + "WordDocument".encode("utf-16-le"), "WPS 文字"),
        ("a.et", OLE + "Workbook".encode("utf-16-le"), "WPS 表格"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("a.ofd", packed(**{"OFD.xml": "<x/>"}), "OFD"),
        ("a.odt", packed(**{"content.xml": "<x/>"}), "另存为 docx"),
        ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "是图片"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "是图片"),
        ("a.rtf", b"{\\rtf1 x}", "RTF"),
        ("a.html", b"<html><body><div id='app'></div><script src='a.js'></script></body></html>", "脚本"),
        ("a.html", "<p>二、主动公开政府信息情况</p><img src='1.png'><p>三、收到和处理政府信息公开申请情况</p>".encode(), "图片"),
        ("a.docx", word("<w:p><w:r><w:t>通知</w:t></w:r></w:p>"), "没有找到报告的表"),
        ("a.pdf", b"%PDF-1.7 broken", "打不开"),
        ("a.docx", b"PK\x03\x04broken", "打不开"),
        ("a.txt", b"", "是空的"),
        ("a.json", b"{", "JSON"),
        ("a.zip", packed(**{"a.css": "x"}), "没有能读的文件"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_apart_with_the_way_out(name, data, said):
    assert said in why(name, data)


def test_a_scanned_pdf_is_refused():
    picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    assert "扫描件" in why("a.pdf", pdf(f"<img src='{picture}' style='width:15cm;height:20cm'>"))


# --- hostile files ----------------------------------------------------------------------------------------------


def deep(times: int) -> bytes:
    return b"<div>" * times + "<table><tr><td>规章".encode() + b"</div>" * times


def billion() -> bytes:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    return packed(
        **{"word/document.xml": f'<!DOCTYPE x [<!ENTITY a0 "0">{entities}]><w:document xmlns:w="{W}">&a9;</w:document>'}
    )


def pdf_of(stream: bytes, filters: bytes, more: bytes = b"") -> bytes:
    """A PDF of one page, whose content is a stream."""
    return (
        b"%%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
        b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources <</Font <</F1 5 0 R>>>>>> endobj\n"
        b"4 0 obj <</Length %d /Filter %s %s>> stream\n%s\nendstream endobj\n"
        b"5 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj\n"
        b"6 0 obj /FlateDecode endobj\ntrailer <</Root 1 0 R>>\n%%%%EOF" % (len(stream), filters, more, stream)
    )


@cache
def deflated(window: int = 15) -> bytes:
    """4 MB of spaces, packed; the window decides the first byte."""
    packing = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join([*(packing.compress(b" " * 2**20) for _ in range(4)), packing.flush()])


def lzw_bomb() -> bytes:
    """Codes of 9 to 12 bits, each of which stands for one space more than the one before."""
    bits, width = "", 9
    for number, code in enumerate([256, 32, *range(258, 4095)]):
        bits += f"{code:0{width}b}"
        width = 9 + sum(number >= full for full in (254, 766, 1790))
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


PDF_BOMBS = {
    "filter elsewhere": lambda: pdf_of(deflated(12), b"6 0 R"),
    "as text": lambda: pdf_of(b85(deflated()), b"[/ASCII85Decode /FlateDecode]"),
    "packed twice": lambda: pdf_of(zlib.compress(deflated()), b"[/FlateDecode /Fl]"),
    "a wrong sum": lambda: pdf_of(deflated()[:-2] + b"00", b"/FlateDecode"),
    "LZW": lambda: pdf_of(lzw_bomb(), b"/LZWDecode"),
    "runs": lambda: pdf_of(zlib.compress(b"\x81 " * 20_000), b"[/FlateDecode /RunLengthDecode]"),
    "a wide picture": lambda: pdf_of(
        zlib.compress(b" "), b"/FlateDecode", b"/DecodeParms <</Predictor 12 /Columns 2000000000>>"
    ),
}


def b85(data: bytes) -> bytes:
    return base64.a85encode(data) + b"~>"


@pytest.mark.parametrize("name", PDF_BOMBS)
def test_a_pdf_that_unpacks_to_much_is_told_whatever_it_calls_its_filters(monkeypatch, name):
    monkeypatch.setattr(pdf_filters, "MOST_UNPACKED", 2 * 2**20)

    assert why("a.pdf", PDF_BOMBS[name]()) == "解开后大得不像一份报告（像是压缩炸弹），没有读"


def test_memory_is_bounded_only_within_the_block():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), bounded_memory(64 << 20):
        bytearray(1 << 30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


WHITE = "<w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>1</w:t></w:r>"
WHITE_CELLS = b"<style>%b</style><table>" % b"".join(
    b".a%d{color:#fff}.b%d{background:red}" % (n, n) for n in range(200)
)
HOSTILE = {
    "a packed bomb": ("a.docx", lambda: packed(**{"word/document.xml": b" " * 60_000_000})),
    "a PDF bomb": ("a.pdf", lambda: pdf_of(zlib.compress(b" " * 200_000_000), b"6 0 R")),
    "entities": ("a.docx", billion),
    "a page nested deep": ("a.html", lambda: deep(150_000)),
    "tables nested deep": ("a.html", lambda: b"<table><tr><td>1<td>2" * 50_000),
    "a million cells": ("a.html", lambda: b"<table>" + b"<tr>" + b"<td>0" * 1_000_000),
    "many cells in a row": ("a.html", lambda: b"<table>" + b"<tr>" + b"<td>0" * 300_000),
    "many cells": ("a.html", lambda: ("<table>" + "<tr><td>规章<td>0<td>0<td>0" * 4_500).encode()),
    "cells over many rows": ("a.html", lambda: b"<table><tr>" + b"<td rowspan=1000 colspan=200>0" * 500 + b"<tr><td>1" * 1000),
    "a cell over many rows": ("a.html", lambda: b"<table>" + b"<tr><td rowspan=1000 colspan=99>0<td>1" * 3000),
    "a long run of digits": ("a.txt", lambda: ("规章自然人总计一、本年新收政府信息公开申请数量" + "1" * 140_000).encode()),
    "many labels": ("a.txt", lambda: ("自然人总计" + "行政许可" * 35_000).encode()),
    "many open brackets": ("a.txt", lambda: "行政许可（".encode() * 29_000),
    "many rows in a text": ("a.txt", lambda: ("信息内容 本年处理决定数量 行政许可 1\n" * 6_000).encode()),
    "JSON nested deep": ("a.json", lambda: b"[" * 1_000_000),
    "a text of bars": ("a.txt", lambda: b"|0" * 1_000_000),
    "Word nested deep": ("a.docx", lambda: word("<w:tbl><w:tr><w:tc>" * 20_000)),
    "a list of spaces": ("a.txt", lambda: "一、本年新收政府信息公开申请数量".encode() + b" " * 3_000_000 + b"1"),
    "many open tables in a text": ("a.md", lambda: b"# 1\n" + b"<table>" * 40_000),
    "many open comments in a text": ("a.txt", lambda: b"<!--" * 240_000),
    "a PDF of many characters": ("a.pdf", lambda: pdf_of(zlib.compress(b"BT /F1 9 Tf " + b"(1) Tj " * 300_000), b"/FlateDecode")),
    "many white runs": ("a.docx", lambda: word(f"<w:p>{WHITE * 40_000}</w:p>")),
    "many white cells": ("a.html", lambda: WHITE_CELLS + b"<tr>" + b"<td class=a9><b><i><u>1" * 15_000),
    "many rows of digits": ("a.txt", lambda: "\n".join(["自然人总计", *["行政许可" + "1" * 27] * 2_000]).encode()),
    "lines of spaces": ("a.txt", lambda: b"2023" + b"\n \t " * 1_000_000 + b"1"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_takes_neither_long_nor_much_memory(name):
    ending, made = HOSTILE[name]
    data = made()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, perf_counter()
    found = read(ending, data)
    took, most = perf_counter() - begun, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024

    assert not isinstance(found, PrintedReport) or len(found.cells) < 200
    assert took < 60
    assert most < 600 * 2**20


def test_json_of_reports_keeps_to_its_shape():
    (entry,) = json.loads(to_json([from_json('{"table3": {}, "table2": {}, "table4": {}}')[0]]))

    assert list(entry) == [
        *("file", "kind", "sha256", "unit", "year", "title", "published_on", "format", "form_found"),
        *("table2", "table3", "table4", "text", "unsure"),
    ]
