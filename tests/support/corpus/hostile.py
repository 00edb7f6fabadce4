"""Files made to do harm: those that are refused, each with its reason, and strange ones that do none."""

from __future__ import annotations

import hashlib
import re
import warnings
from struct import pack

from .packages import parts, rows_xml, sheet_xml, xlsx, zipped
from .xls import compound, record, workbook, xls

HEAD = ["申请编号", "收到申请之日", "申请人类别"]
ROWS = [["单位", "minzheng"], ["年度", "2024"], ["登记表", "依申请公开登记表"], HEAD, ["1", "2024-03-01", "自然人"]]
PLAIN = rows_xml(ROWS)
LAUGHS = '<!DOCTYPE a [<!ENTITY b "哈"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


def far(reference: str, inside: str = "<v>1</v>") -> str:
    row = re.sub(r"\D", "", reference)
    return sheet_xml(f'{PLAIN}<row r="{row}"><c r="{reference}" s="0">{inside}</c></row>')


def lying(sheet: str, told: int) -> bytes:
    """A package that says another size of its sheet than it has."""
    files = parts(sheet)
    whole = bytearray(zipped(files))
    name = b"xl/worksheets/sheet1.xml"
    central = whole.rfind(name) - 46
    assert whole[central : central + 4] == b"PK\x01\x02"
    whole[central + 24 : central + 28] = pack("<I", told)
    return bytes(whole)


def twice() -> bytes:
    files = parts(sheet_xml(PLAIN))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([*files.items(), ("xl/worksheets/sheet1.xml", sheet_xml(rows_xml(ROWS[:4])))])


def in_circles() -> bytes:
    whole = bytearray(xls(("登记", ROWS)))
    table = 512 * (int.from_bytes(whole[76:80], "little") + 1)
    whole[table : table + 4] = pack("<I", 0)  # the first sector is followed by itself
    return bytes(whole)


def bare(rows: list[list[str]]) -> str:
    """Cells that do not say where they stand, as some programs write them."""
    return re.sub(r' r="[A-Z]*\d+"', "", rows_xml(rows))


COLUMN = '<col min="9" max="16384" hidden="1"/>'
PIECE = "<r><rPr><strike/></rPr><t>1</t></r>"
STRUCK = '<styleSheet><fonts><font/><font><strike/></font></fonts><cellXfs><xf fontId="0"/><xf fontId="1"/></cellXfs></styleSheet>'


def noise(text: str, count: int) -> str:
    """A text many times, with what keeps it from being packed away."""
    return "".join(f"{text}<!--{hashlib.sha256(str(i).encode()).hexdigest()}-->" for i in range(count))


def inline(inside: str) -> bytes:
    """A sheet of one cell of which the text is in pieces."""
    return zipped(parts(sheet_xml(PLAIN + f'<row r="9"><c r="A9" t="inlineStr"><is>{inside}</is></c></row>')))


def shared(inside: str) -> bytes:
    return zipped(parts(sheet_xml(PLAIN)) | {"xl/sharedStrings.xml": f"<sst>{inside}</sst>"})


def styled(styles: str, sheet: str = PLAIN) -> bytes:
    return zipped(parts(sheet_xml(sheet)) | {"xl/styles.xml": styles})


REFUSED = {
    "一百万段.xlsx": (lambda: shared(noise(f"<si>{PIECE * 20}</si>", 50_000)), "划了删除线的格太多"),
    "一格一百万段.xlsx": (lambda: inline(noise(PIECE * 10, 60_000)), "划了删除线的格太多|长得不正常|打不开"),
    "嵌套的段.xlsx": (lambda: inline("<r>" * 100_000 + "<strike/>" + "</r>" * 100_000), "划了删除线的格太多|打不开"),
    "没完的段.xlsx": (lambda: shared("<si>" * 100_000 + "strike" + "</row>"), "打不开"),
    "嵌套的样式.xlsx": (lambda: styled("<a>" * 300_000 + "<strike/>" + "</a>" * 300_000), "划了删除线的格太多|打不开"),
    "样式太多.xlsx": (lambda: styled(STRUCK + noise("<xf/>", 500_000)), "单元格样式太多|打不开"),
    "都划掉.xlsx": (
        lambda: styled(
            STRUCK,
            PLAIN + "".join(f'<row r="{i}">' + "".join(f'<c r="{a}{i}" s="1"><v>{i}</v></c>' for a in "ABC") + "</row>"
                            for i in range(9, 80_000)),
        ),
        "划了删除线的格太多",
    ),
    "段数谎.xls": (
        lambda: xls(("登记", ROWS), extra=record(0x31, pack("<HH", 200, 8) + bytes(12))
                    + record(0xFC, pack("<IIHBH", 1, 1, 3, 8, 65535) + b"abc")), "打不开"),
    "压缩炸弹.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN + " " * 60_000_000))), "像是压缩炸弹"),
    "说小了.xlsx": (lambda: lying(sheet_xml(PLAIN), 500), "像是压缩炸弹"),
    "说大了.xlsx": (lambda: lying(sheet_xml(PLAIN), 2**31), "解开后有 2048 MB"),
    "字符串炸弹.xlsx": (
        lambda: zipped(parts(sheet_xml(PLAIN)) | {"xl/sharedStrings.xml": "<sst>" + "<si><t>a</t></si>" * 2_000_000}),
        "像是压缩炸弹",
    ),
    "部件太多.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN)) | {f"x{i}": "" for i in range(5001)}), "部件太多或重复"),
    "部件重复.xlsx": (twice, "部件太多或重复"),
    "十亿个笑.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN, LAUGHS))), "XML 的实体声明"),
    "封面的笑.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN), workbook=LAUGHS.lower())), "XML 的实体声明"),
    "字里的笑.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN)) | {"xl/sharedStrings.xml": LAUGHS}), "XML 的实体声明"),
    "两字节的笑.xlsx": (
        lambda: zipped(parts(sheet_xml(PLAIN)) | {"xl/styles.xml": LAUGHS.encode("utf-16")}), "不常见的编码"),
    "最远的一格.xlsx": (lambda: zipped(parts(far("XFD1048576"))), "最远的一格是 XFD1048576"),
    "更远的一格.xlsx": (lambda: zipped(parts(far("ZZZZZ4000000"))), "最远的一格是 ZZZZZ4000000"),
    "远行里的一格.xlsx": (
        lambda: zipped(parts(sheet_xml(PLAIN + '<row r="9999999"><c><v>1</v></c></row>'))), "工作表太大"),
    "目录太大.xlsx": (
        lambda: zipped(parts(sheet_xml(PLAIN), settings="<bookViews/>" * 400_000)),
        "打不开，可能已损坏",
    ),
    "只有开头.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN + "<c " * 400_000 + "</c>"))), "打不开|太大"),
    "没有结尾.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN + "<c>" * 300_000 + "</row>"))), "打不开|太大"),
    "行的开头.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN + "<row " * 300_000 + "<c/>"))), "打不开|太大"),
    "空字符.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN.replace("自然人", "自\0然人")))), "空字符（NUL）"),
    "替代字符.xlsx": (lambda: zipped(parts(sheet_xml(PLAIN.replace(">1<", ">&#xD800;<")))), "打不开|控制字符"),
    "加密.xlsx": (lambda: compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "设了密码"),
    "加密.xls": (lambda: xls(("登记", ROWS), extra=record(0x2F, bytes(6))), "设了密码"),
    "文档.xls": (lambda: compound({"WordDocument": b"x"}), "不是 Excel 工作簿"),
    "文档.xlsx": (lambda: zipped({"word/document.xml": "<w/>"}), "其实是 Word 文档"),
    "二进制.xlsx": (lambda: zipped({"xl/workbook.bin": b"x"}), "其实是 xlsb 工作簿"),
    "开放格式.xlsx": (lambda: zipped({"mimetype": "x", "content.xml": "<x/>"}), "其实是 ods 表格"),
    "套娃.xlsx": (lambda: zipped({"a.zip": zipped({"b.zip": b"0" * 10**6})}), "其实是 压缩包"),
    "截断.xlsx": (lambda: xlsx(ROWS)[:-200], "打不开，可能已损坏"),
    "网页.xls": (lambda: "<html><table><tr><td>申请编号</td></tr></table></html>".encode(), "其实是网页"),
    "网页有标记.xls": (lambda: "\ufeff\r\n <table><tr><td>1</td></tr></table>".encode(), "其实是网页"),
    "巨大范围.xls": (lambda: xls(("登记", ROWS, {"dimensions": (0, 2**31, 0, 256)})), "工作表太大"),
    "远格.xls": (lambda: xls(("登记", [*ROWS, *[[]] * 60000, [""] * 60000 + [1]])), "工作表太大"),
    "字数谎.xls": (lambda: xls(("登记", ROWS), extra=record(0xFC, pack("<II", 2**31 - 1, 2**31 - 1))), "打不开"),
    "转圈.xls": (in_circles, "打不开"),
    "截断.xls": (lambda: xls(("登记", ROWS))[:1500], "打不开"),
    "空.xls": (lambda: compound({"Workbook": workbook([])})[:600], "打不开"),
    "表格.ods": (lambda: b"PK", "另存为 xlsx"),
    "表格.et": (lambda: b"x", "另存为 xlsx"),
    "表格.xlsb": (lambda: b"x", "另存为 xlsx"),
    "一行到底.csv": (lambda: b"1," * 2_000_000, "第 1 行长得不正常"),
    "一格到底.csv": (lambda: b"a\nb," + b"1" * 1_000_000 + b"\n", "第 2 行前后有一格的文字长得不正常"),
    "引号不合.csv": (lambda: '单位,minzheng\n年度,"2024\n'.encode() + b"1,2,3\n" * 60000, "长得不正常"),
    "不是文字.csv": (lambda: bytes(range(128, 256)) * 50, "编码认不出来"),
    "半个字.csv": (lambda: "申请编号\n".encode() + b"\xed\xa0\x80,1\n", "编码认不出来|没有找到"),
}  # fmt: skip

LOADED = {
    "一百万列隐藏.xlsx": lambda: zipped(
        parts(sheet_xml(PLAIN).replace("<sheetData>", f"<cols>{noise(COLUMN, 100_000)}</cols><sheetData>"))
    ),
    "四十万行隐藏.xlsx": lambda: zipped(
        parts(sheet_xml(PLAIN + "".join(f'<row r="{i}" hidden="1"/>' for i in range(9, 400_000))))
    ),
    "六万种删除线.xlsx": lambda: styled(STRUCK.replace('<xf fontId="1"/>', noise('<xf fontId="1"/>', 60_000))),
    "嵌套压缩包.xlsx": lambda: zipped(parts(sheet_xml(PLAIN)) | {"xl/embeddings/a.zip": zipped({"b": b"0" * 10**6})}),
    "远处的空格.xlsx": lambda: zipped(parts(far("XFD1048576", ""))),
    "一百万空行.xlsx": lambda: zipped(
        parts(sheet_xml(PLAIN + "".join(f'<row r="{i}" ht="15"><c r="A{i}" s="0"/></row>' for i in range(6, 205_000))))
    ),
    "不写位置.xlsx": lambda: zipped(parts(sheet_xml(bare([["单位", "minzheng", ""], *ROWS[1:]])))),
    "假范围.xlsx": lambda: zipped(
        parts(sheet_xml(PLAIN).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'))
    ),
    "路径.xlsx": lambda: xlsx(ROWS, name="../../etc/passwd"),
    "其实是表.csv": lambda: xlsx(ROWS),
    "其实是文字.xls": lambda: "\n".join("\t".join(row) for row in ROWS).encode("gb18030"),
    "分号.csv": lambda: "\n".join(";".join(row) for row in ROWS).encode(),
    "两字节.csv": lambda: "\n".join("\t".join(row) for row in ROWS).encode("utf-16"),
}
