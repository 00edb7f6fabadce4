"""The corpus: register files as offices send them, good ones in every dialect and one for each mistake.

Each is written to a real file at test time. What comes of it stands under its name in expected.yaml.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlsxwriter

from .packages import parts, rows_xml, sheet_xml, xlsx, zipped
from .xls import xls

OFFICE = ["单位", "示例市民政局"]
YEAR = ["年度", "2024"]
NAMED = ["登记表", "依申请公开登记表"]
COVER = [OFFICE, YEAR, NAMED]
HEAD = ["申请编号", "收到申请之日", "申请人类别", "答复日", "答复类型"]
ONE = ["甲1", "2024-03-01", "自然人", "2024-03-20", "予以公开"]
EXAMPLE = ["云民申〔2024〕第0号", "2024-03-05", "自然人", "2024-03-20", "予以公开"]
TWO = ["甲2", "2024-04-01", "商业企业", "", ""]


def as_csv(rows, encoding="utf-8-sig", delimiter=","):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


def as_xlsx(*pages, **options):
    """A workbook by XlsxWriter: pages are rows or (name, rows, finish), finish being called with book and page."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd", "in_memory": True, **options}) as book:
        for page in pages:
            name, rows, finish = page if isinstance(page, tuple) else ("登记", page, None)
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if value not in ("", None):
                        sheet.write_string(i, j, value) if isinstance(value, str) else sheet.write(i, j, value)
            if finish:
                finish(book, sheet)
    return buffer.getvalue()


def as_openpyxl(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def hidden(_, sheet):
    sheet.hide()


def merged(*ranges):
    def finish(book, sheet):
        for cells, text in ranges:
            sheet.merge_range(cells, text)

    return finish


def formulas(*cells):
    def finish(book, sheet):
        for place, formula, value in cells:
            sheet.write_formula(place, formula, None, value)

    return finish


def zeros(*cells):
    """Numbers in the formats that show them."""

    def finish(book, sheet):
        for place, shape, value in cells:
            sheet.write_number(place, value, book.add_format({"num_format": shape}))

    return finish


def other(label, head, *rows):
    return as_csv([OFFICE, YEAR, ["登记表", label], head, *rows])


def typed(*rows):
    """Requests by CSV with every kind of column."""
    head = ["申请编号", "收到申请之日", "申请人类别", "申请人名称", "证件号", "通知收费金额（元）", "申请内容摘要"]
    return as_csv([*COVER, head, *rows])


def persons(*rows):
    """Requests that differ in who asks: kind, name, number, contact, alias."""
    head = ["申请编号", "收到申请之日", "申请人类别", "申请人名称", "证件号", "联系方式", "申请人代号"]
    return as_csv([*COVER, head, *([f"甲{i}", "2024-03-01", *row] for i, row in enumerate(rows, 1))])


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    # --- encodings and containers
    "CSV带标记": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO])),
    "CSV不带标记": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO], "utf-8")),
    "CSV国标": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO], "gb18030")),
    "CSV国标生僻字": (
        "csv",
        lambda: typed(["𠮷1", "2024-03-01", "自然人", "", "", "", "䶮"]).decode("utf-8-sig").encode("gb18030"),
    ),
    "CSV两字节制表符": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO], "utf-16", "\t")),
    "制表符": ("txt", lambda: as_csv([*COVER, HEAD, ONE, TWO], "gb18030", "\t")),
    "分号": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO], delimiter=";")),
    "XLSX": ("xlsx", lambda: as_xlsx([*COVER, HEAD, ONE, TWO])),
    "XLSX别的程序": ("xlsx", lambda: as_openpyxl([*COVER, HEAD, ONE, TWO])),
    "XLSX文字在格里": ("xlsx", lambda: xlsx([*COVER, HEAD, ONE, TWO])),
    "XLSX带前缀": (
        "xlsx",
        lambda: zipped(
            parts(
                sheet_xml(rows_xml([*COVER, HEAD, ONE]))
                .replace("<", "<x:")
                .replace("<x:/", "</x:")
                .replace("<x:?", "<?")
                .replace("xmlns=", "xmlns:x=")
            )
        ),
    ),
    "XLS老格式": ("xls", lambda: xls(("登记", [*COVER, HEAD, ONE, TWO]))),
    "XLS其实是制表符": ("xls", lambda: as_csv([*COVER, HEAD, ONE], "gb18030", "\t")),
    "CSV其实是XLSX": ("csv", lambda: as_xlsx([*COVER, HEAD, ONE])),
    "XLS其实是XLSX": ("xls", lambda: as_xlsx([*COVER, HEAD, ONE])),
    "XLSX其实是XLS": ("xlsx", lambda: xls(("登记", [*COVER, HEAD, ONE]))),
    # --- layout
    "标题在上": (
        "xlsx",
        lambda: as_xlsx(
            (
                "登记",
                [["示例市民政局2024年依申请公开台账"], [], *COVER, [], HEAD, ONE],
                merged(("A1:E1", "示例市民政局2024年依申请公开台账")),
            )
        ),
    ),
    "封面在一格": (
        "csv",
        lambda: as_csv([["单位：示例市民政局"], ["年 度：2024年"], ["登记表:申请登记表"], HEAD, ONE]),
    ),
    "封面在一行": (
        "csv",
        lambda: as_csv([["单位", "minzheng", "年度", "２０２４", "登记表", "依申请公开台账"], HEAD, ONE]),
    ),
    "没写登记表名": ("csv", lambda: as_csv([OFFICE, YEAR, HEAD, ONE])),
    "两行表头合并": (
        "xlsx",
        lambda: as_xlsx(
            (
                "登记",
                [
                    *COVER,
                    ["申请编号", "收到申请之日", "申请人类别", "征求第三方", "", "征求其他机关", ""],
                    ["", "", "", "发出日", "回复日", "发出日", "回复日"],
                    ["甲1", "2024-03-01", "自然人", "2024-03-02", "2024-03-12", "", ""],
                ],
                merged(
                    ("A4:A5", "申请编号"),
                    ("B4:B5", "收到申请之日"),
                    ("C4:C5", "申请人类别"),
                    ("D4:E4", "征求第三方"),
                    ("F4:G4", "征求其他机关"),
                ),
            )
        ),
    ),
    "两行表头重复": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                ["申请编号", "收到申请之日", "申请人类别", "征求第三方", "征求第三方"],
                ["申请编号", "收到申请之日", "申请人类别", "发出日", "回复日"],
                ["甲1", "2024-03-01", "自然人", "2024-03-02", "2024-03-12"],
            ]
        ),
    ),
    "表头上有分组": ("csv", lambda: as_csv([*COVER, ["申请情况", "", "", "答复情况", ""], HEAD, ONE])),
    "空行空列": ("xlsx", lambda: as_xlsx([[], *[["", *row] for row in [*COVER, [], HEAD, [], ONE, [], [], TWO, []]]])),
    "表头在中间每页重复": ("csv", lambda: as_csv([*COVER, HEAD, ONE, HEAD, TWO])),
    "序号和示例行": ("csv", lambda: as_csv([*COVER, ["序号", *HEAD], ["示例", *EXAMPLE], ["1", *ONE], ["2", *TWO]])),
    "示例行上填了记录": ("csv", lambda: as_csv([*COVER, ["序号", *HEAD], ["示例", *ONE], ["2", *TWO]])),
    "栏目换了次序": ("csv", lambda: as_csv([*COVER, HEAD[::-1], ONE[::-1]])),
    "栏目的别名": (
        "csv",
        lambda: as_csv([*COVER, ["编号", "收到 日期", "申请人\n类别", "落款日期", "*办理结果"], ONE]),
    ),
    "本年无记录": ("csv", lambda: as_csv([*COVER, ["本年无记录", "√"], HEAD])),
    "隐藏的工作表": (
        "xlsx",
        lambda: as_xlsx([*COVER, HEAD, ONE], ("旧表", [*COVER, HEAD, TWO], hidden), ("选项", [["是"], ["否"]], hidden)),
    ),
    "XLS隐藏的工作表": (
        "xls",
        lambda: xls(("登记", [*COVER, HEAD, ONE]), ("旧表", [*COVER, HEAD, TWO], {"hidden": True})),
    ),
    "只有隐藏的工作表": (
        "xlsx",
        lambda: as_xlsx(("说明", [["请看旧表"]], None), ("旧表", [*COVER, HEAD, TWO], hidden)),
    ),
    "说明页和两张登记表": (
        "xlsx",
        lambda: as_xlsx(
            ("填表说明", [["逐行填写"]], None),
            ("申请", [*COVER, HEAD, ONE], None),
            (
                "收费",
                [
                    OFFICE,
                    YEAR,
                    ["登记表", "收费台账"],
                    ["项目名称", "收缴日期", "金额（元）"],
                    ["占道费", "2024-05-01", 12.5],
                ],
                None,
            ),
        ),
    ),
    "表尾落款": (
        "csv",
        lambda: as_csv([*COVER, HEAD, ONE, ["填表人：示例甲", "", "审核人：示例乙"], ["注：未办结的不填答复日"]]),
    ),
    # --- rows of sums
    "合计对得上": (
        "csv",
        lambda: other(
            "收费台账",
            ["项目名称", "收缴日期", "金额（元）"],
            ["占道费", "2024-05-01", "12.50"],
            ["占道费", "2024-06-01", "7.50"],
            ["合 计", "", "20"],
        ),
    ),
    "合计对不上": (
        "csv",
        lambda: other(
            "收费台账",
            ["项目名称", "收缴日期", "金额（元）"],
            ["占道费", "2024-05-01", "12.50"],
            ["占道费", "2024-06-01", "7.50"],
            ["合计：", "", "25.00"],
        ),
    ),
    "件数对不上": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO, ["总计", "共3件"]])),
    "小计和合计": (
        "csv",
        lambda: other(
            "收费台账",
            ["项目名称", "收缴日期", "金额（元）"],
            ["占道费", "2024-05-01", "10"],
            ["小计", "", "10"],
            ["占道费", "2024-06-01", "5"],
            ["小计", "", "6"],
            ["合计", "", "15"],
        ),
    ),
    # --- values
    "各种日期": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                HEAD[:3],
                *(
                    [f"甲{i}", day, "自然人"]
                    for i, day in enumerate(
                        [
                            "2024/3/5",
                            "2024-03-05",
                            "2024年3月5日",
                            "2024.3.5",
                            "20240305",
                            "２０２４－０３－０５",
                            "2024-3-5 9:30",
                            "2024 年 3 月 5 日",
                        ]
                    )
                ),
            ]
        ),
    ),
    "日期格和序号": (
        "xlsx",
        lambda: as_xlsx(
            [
                *COVER,
                HEAD[:3],
                ["甲1", date(2024, 3, 5), "自然人"],
                ["甲2", datetime(2024, 3, 5, 16, 30), "自然人"],
                ["甲3", 45356, "自然人"],
                ["甲4", 20240305, "自然人"],
            ]
        ),
    ),
    "从1904年数的日期": (
        "xlsx",
        lambda: as_xlsx(
            [*COVER, HEAD[:3], ["甲1", date(2024, 3, 5), "自然人"], ["甲2", 43894, "自然人"]], date_1904=True
        ),
    ),
    "XLS从1904年数的日期": ("xls", lambda: xls(("登记", [*COVER, HEAD[:3], ["甲1", 43894, "自然人"]]), from_1904=True)),
    "XLS日期格": ("xls", lambda: xls(("登记", [*COVER, HEAD[:3], ["甲1", date(2024, 3, 5), "自然人"]]))),
    "编号是数字": (
        "xlsx",
        lambda: as_xlsx(
            [
                *COVER,
                HEAD[:3],
                ["007", date(2024, 3, 5), "自然人"],
                [3.0, date(2024, 3, 5), "自然人"],
                [100000, date(2024, 3, 5), "自然人"],
            ]
        ),
    ),
    "编号靠格式补零": (
        "xlsx",
        lambda: as_xlsx(
            (
                "登记",
                [*COVER, [*HEAD[:3], "收费件数"], *([n, "2024-03-01", "自然人", 8] for n in (1, 2, 3, 1234))],
                zeros(("A5", "000", 7), ("A6", "[$-804]000_ ", 70), ("A7", "0", 9), ("D5", "00", 5)),
            )
        ),
    ),
    "XLS编号靠格式补零": (
        "xls",
        lambda: xls(("登记", [*COVER, HEAD[:3], [Decimal(7), *ONE[1:3]], [8, *ONE[1:3]]])),
    ),
    "全角数字和括号": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                [*HEAD[:3], "通知收费金额(元)", "答复类型"],
                ["００７", "２０２４．３．５", "自然人", "１，２３４．５０", "（三）不予公开／１．属于国家秘密"],
            ]
        ),
    ),
    "格里有换行和空格": (
        "csv",
        lambda: as_csv([*COVER, HEAD, [" 甲 1 ", " 2024-03-01\n", "自 然 人", "2024-03-20 ", " 予以\n公开 "]]),
    ),
    "公式有结果": ("xlsx", lambda: as_xlsx(("登记", [*COVER, HEAD, ONE], formulas(("A5", "=1+1", 2))))),
    "结果的各种写法": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                HEAD,
                *(
                    [f"甲{i}", *ONE[1:4], text]
                    for i, text in enumerate(
                        [
                            "（一）予以公开",
                            "予以公开",
                            "（一）",
                            "1.属于国家秘密",
                            "属于国家秘密",
                            "国家秘密",
                            "（三）1",
                            "三、（三）1",
                            "(三)1.",
                            "3.3.1",
                            "不予公开/属于国家秘密",
                            "36(四)",
                            "三十六条第四项",
                            "《条例》第三十六条第（四）项",
                            "第三十七条",
                            "部分公开",
                            "36(3)、16(1)",
                            "大量反复申请",
                            "（六）3",
                            "38",
                            "15、32",
                            "39①",
                            "（三）1.属于国家秘密",
                            "（三）属于国家秘密",
                            "三十七",
                        ]
                    )
                ),
            ]
        ),
    ),
    "是否的各种写法": (
        "csv",
        lambda: other(
            "规范性文件台账",
            ["文件名", "类别", "公布日期", "是否牵头"],
            *(
                [f"文{i}", "行政规范性文件", "2024-05-06", word]
                for i, word in enumerate(["是", "√", "有", "否", "×", ""])
            ),
        ),
    ),
    "勾写成逻辑值": (
        "xlsx",
        lambda: as_xlsx(
            [
                OFFICE,
                YEAR,
                ["登记表", "规范性文件台账"],
                ["文件名", "类别", "公布日期", "是否牵头"],
                ["文1", "行政规范性文件", "2024-05-06", True],
                ["文2", "行政规范性文件", "2024-05-06", False],
            ]
        ),
    ),
    "为保住零而加的等号和制表符": (
        "csv",
        lambda: as_csv([*COVER, HEAD[:3], ['="007"', '="2024-03-01"', "自然人"], ["\t008", "2024-03-01\t", "自然人"]]),
    ),
    "像公式的文字": (
        "csv",
        lambda: as_csv([*COVER, HEAD[:3], ["=A1", *ONE[1:3]], ["+8", *ONE[1:3]], ["@甲", *ONE[1:3]]]),
    ),
    "个人信息只看": ("csv", lambda: typed(["甲1", "2024-03-01", "自然人", "示例人", "SFZ1", "20.5", "某事项"])),
    # --- probably wrong, and loaded
    "证件号和联系方式不像": (
        "csv",
        lambda: persons(
            ["自然人", "示例人甲", "11010519491231002X", "010-12345678", ""],
            ["自然人", "示例人乙", "110105194912310021", "abc", ""],
            ["自然人", "示例人丙", "123", "示例市云溪路一号", ""],
            ["商业企业", "示例企业甲", "91350100M000100Y43", "a@b.example", ""],
            ["商业企业", "示例企业乙", "91350100M000100Y44", "13800000000", ""],
            ["自然人", "示例人丁", "91350100M000100Y43", "1380000", ""],
            ["商业企业", "示例企业丙", "11010519491231002x", "1380000", ""],
            ["自然人", "示例人戊", "E12345678", "1380000", ""],
            ["自然人", "", "", "", ""],
        ),
    ),
    "代号证件号名称对不上": (
        "csv",
        lambda: persons(
            ["自然人", "示例人甲", "示例证件1", "1380000", "A"],
            ["自然人", "示例人 甲", "示例证件1", "1380000", "A"],
            ["自然人", "示例人乙", "示例证件2", "1380000", "A"],
            ["自然人", "示例人丙", "示例证件1", "1380000", "C"],
        ),
    ),
    "相对人有的没填": (
        "csv",
        lambda: other(
            "行政决定登记表",
            ["决定文书号", "类别", "行政相对人名称", "决定日期"],
            ["云许1", "行政许可", "示例企业", "2024-03-01"],
            ["云许2", "行政许可", "", "2024-03-01"],
        ),
    ),
    "日期不像": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                [*HEAD, "电子发送日", "缴费截止日", "缴费日", "实缴金额（元）"],
                ["甲1", "2034-03-01", "自然人"],
                ["甲2", "2004-03-01", "自然人", "2024-03-20", "予以公开", "2099-03-20"],
                ["甲3", "2024-03-01", "自然人", "2024-03-20", "予以公开", "2024-03-02", "2026-03-01"],
                ["甲4", "2025-01-05", "自然人"],
                ["甲5", "2020-12-28", "自然人", "2021-01-04", "予以公开", "2021-01-04"],
                ["甲6", "2024-03-01", "自然人", "2025-01-06", "予以公开", "2025-02-01", "", "2025-02-01", "20"],
            ]
        ),
    ),
    "日期序号写成文字": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                HEAD[:3],
                *([f"甲{i}", day, "自然人"] for i, day in enumerate(["45356", " 45357.375", "2024-03-05"])),
            ]
        ),
    ),
    "不是日期序号": (
        "csv",
        lambda: as_csv(
            [*COVER, HEAD[:3], *([f"甲{i}", day, "自然人"] for i, day in enumerate(["19999", "73001", "453560"]))]
        ),
    ),
    "填报日期在第二年": (
        "csv",
        lambda: other(
            "填报数登记表",
            ["正文指标名", "数字", "原因", "责任人", "填报日期"],
            ["示例指标", "1", "没有登记表", "示例甲", "2025-01-06"],
        ),
    ),
    # --- mistakes of a cell
    "错了一列的行": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                [*HEAD[:3], "申请人名称", "证件号", "联系方式", "答复类型"],
                ["甲1", "2024-03-01", "示例人甲", "自然人", "", "", "13800000000"],
                ["甲2", "示例人乙", "自然人", "2024-03-01", "", "", "北京市"],
                ["甲3", "2024-03-01", "示例人丙", "", "", "", "公开了"],
                ["甲4", "2024-03-01", "自燃人", "", "", "", "11010519491231002X"],
                ["甲5", "2024-03-01", "13800000000", "示例人丁", "", "", "另行处理"],
                ["甲6", "2024-03-01", "示例人戊", "110105194912310021", "", "", ""],
            ]
        ),
    ),
    "编号是身份证号又重复": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                [*HEAD[:3], "申请人名称"],
                *(["11010519491231002X", "2024-03-01", "自然人", name] for name in ("示例人甲", "示例人乙")),
            ]
        ),
    ),
    "没有这一天": ("csv", lambda: as_csv([*COVER, HEAD[:3], ["甲1", "2024-02-30", "自然人"]])),
    "不是日期": ("xlsx", lambda: as_xlsx([*COVER, HEAD[:3], ["甲1", "三月五日", "自然人"], ["甲2", 3.5, "自然人"]])),
    "年份不合理": ("csv", lambda: as_csv([*COVER, HEAD[:3], ["甲1", "1924-03-05", "自然人"]])),
    "类别打错字": ("csv", lambda: as_csv([*COVER, HEAD[:3], ["甲1", "2024-03-01", "自燃人"]])),
    "必填没填": ("csv", lambda: as_csv([*COVER, HEAD[:3], ["", "2024-03-01", "自然人"], ["甲2", "2024-03-01", ""]])),
    "金额写了单位": ("csv", lambda: typed(["甲1", "2024-03-01", "自然人", "", "", "20美元", ""])),
    "金额三位小数": ("csv", lambda: typed(["甲1", "2024-03-01", "自然人", "", "", "20.555", ""])),
    "件数是负数": (
        "csv",
        lambda: other("主动公开台账", ["信息标题", "发布渠道", "发布日期", "条数"], ["题", "网站", "2024-05-06", "-1"]),
    ),
    "结果写到条不够细": (
        "csv",
        lambda: as_csv(
            [*COVER, HEAD, ["甲1", *ONE[1:4], "第十四条"], ["甲2", *ONE[1:4], "3.1"], ["甲3", *ONE[1:4], "不予公开"]]
        ),
    ),
    "结果写到大类": ("csv", lambda: as_csv([*COVER, HEAD, ["甲1", *ONE[1:4], "其他处理"]])),
    "公式没有结果": ("xlsx", lambda: xlsx([*COVER, HEAD[:4], ["甲1", "2024-03-01", "自然人", "<c><f>B5+19</f></c>"]])),
    "公式没有结果带前缀": (
        "xlsx",
        lambda: zipped(
            parts(
                sheet_xml(rows_xml([*COVER, HEAD[:3], ["<c><f>TODAY()</f><v></v></c>", *ONE[1:3]]]))
                .replace("<", "<x:")
                .replace("<x:/", "</x:")
                .replace("<x:?", "<?")
                .replace("xmlns=", "xmlns:x=")
            )
        ),
    ),
    "公式出错": (
        "xlsx",
        lambda: as_xlsx(
            ("登记", [*COVER, HEAD[:4], ["甲1", "2024-03-01", "自然人"]], formulas(("D5", "=1/0", "#DIV/0!")))
        ),
    ),
    "XLS公式出错": ("xls", lambda: xls(("登记", [*COVER, HEAD[:4], ["甲1", "2024-03-01", "自然人", "#REF!"]]))),
    "长号码被改成科学计数": ("csv", lambda: typed(["1.23457E+17", "2024-03-01", "自然人", "", "", "", ""])),
    "长号码存成了数字": ("xlsx", lambda: as_xlsx([*COVER, HEAD[:3], [123456789012345678, "2024-03-01", "自然人"]])),
    "证件号被改成科学计数": ("csv", lambda: typed(["甲1", "2024-03-01", "自然人", "", "1.1E+17", "", ""])),
    "控制字符": ("csv", lambda: typed(["甲\x071", "2024-03-01", "自然人", "", "", "", ""])),
    "姓名里有控制字符": ("csv", lambda: typed(["甲1", "2024-03-01", "自然人", "示\x07例人", "", "", ""])),
    "编号被认成日期": ("xlsx", lambda: as_xlsx([*COVER, HEAD[:3], [date(2024, 3, 1), "2024-03-01", "自然人"]])),
    # --- mistakes of a row or a sheet
    "编号重复": ("csv", lambda: as_csv([*COVER, HEAD, ONE, TWO, [*ONE[:4], "部分公开"]])),
    "编号只差大小写和括号": (
        "csv",
        lambda: as_csv(
            [
                *COVER,
                HEAD[:3],
                *(
                    [n, f"2024-03-{i:02}", ONE[2]]
                    for i, n in enumerate(("x1", "X1", "ｘ 1", "申〔2024〕1", "申(2024)1", "x11"), 1)
                ),
            ]
        ),
    ),
    "有答复日没有类型": ("csv", lambda: as_csv([*COVER, HEAD, [*ONE[:4], ""]])),
    "推不出收到申请之日": ("csv", lambda: as_csv([*COVER, HEAD, ["甲1", "", *ONE[2:]]])),
    "单元格合并": (
        "xlsx",
        lambda: as_xlsx(
            ("登记", [*COVER, HEAD[:3], ["甲1", *ONE[1:3]], ["甲2", "", "自然人"]], merged(("B5:B6", "2024-03-01")))
        ),
    ),
    "不认得的栏目": (
        "csv",
        lambda: as_csv([*COVER, [*HEAD[:3], "来文那天", "备注说明"], [*ONE[:3], "2024-03-01", "无"]]),
    ),
    "栏目像一个别名": ("csv", lambda: as_csv([*COVER, [HEAD[0], "收到日子", *HEAD[2:]], ONE])),
    "缺必填的栏目": ("csv", lambda: as_csv([*COVER, HEAD[:2] + HEAD[3:], ONE[:2] + ONE[3:]])),
    "栏目有两列": ("csv", lambda: as_csv([*COVER, [*HEAD, "落款日期"], [*ONE, ""]])),
    "没有表头的列": ("csv", lambda: as_csv([*COVER, [*HEAD, ""], [*ONE, ""], [*TWO, "备忘"]])),
    "表头全是另一套": ("csv", lambda: as_csv([*COVER, ["申请的号码", "收到申请的日期", "申请人的类型"], ONE[:3]])),
    "没有写单位": ("csv", lambda: as_csv([YEAR, NAMED, HEAD, ONE])),
    "没有这个单位": ("csv", lambda: as_csv([["单位", "某局"], YEAR, NAMED, HEAD, ONE])),
    "没有写年度": ("csv", lambda: as_csv([OFFICE, NAMED, HEAD, ONE])),
    "年度太早": ("csv", lambda: as_csv([OFFICE, ["年度", "1999"], NAMED, HEAD, ONE])),
    "登记表名写错": ("csv", lambda: as_csv([OFFICE, YEAR, ["登记表", "依申请公开登计表"], HEAD, ONE])),
    "空表没有打勾": ("csv", lambda: as_csv([*COVER, HEAD])),
    "打了勾又有记录": ("csv", lambda: as_csv([*COVER, ["本年无记录", "√"], HEAD, ONE])),
    "勾写成别的": ("csv", lambda: as_csv([*COVER, ["本年无记录", "大概"], HEAD])),
    "不是登记表": ("csv", lambda: as_csv([["姓名", "电话"], ["甲", "1"]])),
    "同一张表两次": (
        "xlsx",
        lambda: as_xlsx(("一", [*COVER, HEAD, ONE], None), ("二", [*COVER, HEAD, [*ONE[:4], "部分公开"]], None)),
    ),
    "一张错全不收": (
        "xlsx",
        lambda: as_xlsx(
            ("好", [OFFICE, ["年度", "2023"], NAMED, HEAD[:3], ["甲9", "2023-03-01", "自然人"]], None),
            ("坏", [*COVER, HEAD, ["甲1", *ONE[1:4], "公开了"]], None),
        ),
    ),
    "处处有错": ("csv", lambda: as_csv([*COVER, HEAD, ["", "昨天", "人", "x", "y"], ONE, [*ONE[:4], "部分公开"]])),
}


def written(name: str, folder: Path) -> Path:
    """Write one file of the corpus."""
    suffix, make = FILES[name]
    path = folder / f"{name}.{suffix}"
    path.write_bytes(make())
    return path
