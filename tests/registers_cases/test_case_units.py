"""Units in a heading, above the table or in a cell are read and converted, exactly; two that differ are asked about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gktools.registers.intake.contradictions import contradictions
from gktools.registers.intake.proposals import proposals
from gktools.registers.intake.units import fen, in_cell, parted, units_above
from gktools.registers.schema import registers
from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, cover, request

DAY = "2024-03-05"


def charges(heading: str, *amounts: object, over: tuple[list[object], ...] = ()) -> list[list[object]]:
    return [*over, *CHARGES, ["项目名称", "收缴日期", heading], *(["工本费", DAY, amount] for amount in amounts)]


def test_fees_in_ten_thousands_are_read_as_such(desk, shared):
    told = desk.warnings(desk.case(shared, "registers/c02-金额万元.xlsx"))

    assert desk.wan() == Decimal("13.86")
    assert sum("按万元读" in text for text in told) == 1


def test_a_unit_of_measure_above_the_table_is_no_office(desk, shared):
    told = desk.warnings(desk.case(shared, "registers/c22b-单位万元在单位名称前.xlsx"))

    assert desk.wan() == Decimal("13.86")
    assert sum("按万元读" in text for text in told) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "heading",
    ["金额（万元）", "金额(万元)", "金额万元", "金额（单位：万元）", "收费金额（万元）", "金额：万元", "金额\n（万元）",
     "金额〔万元〕", "金 额（万 元）"],
)  # fmt: skip
def test_a_unit_in_the_heading_holds_for_the_column(desk, kind, heading):
    desk.loaded(desk.file(charges(heading, "1.5", "12.36"), kind))

    assert desk.wan() == Decimal("13.86")


@pytest.mark.parametrize(
    ("unit", "amount"), [("元", "138600"), ("千元", "138.6"), ("亿元", "0.001386"), ("百元", "1386")]
)
def test_every_unit_is_converted(desk, unit, amount):
    desk.loaded(desk.file(charges(f"金额（{unit}）", amount)))

    assert desk.wan() == Decimal("13.86")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "line",
    [
        ["单位：万元"],
        ["", "", "（单位：万元）"],
        ["金额单位：万元"],
        ["单位", "万元"],
        ["单位：件、万元"],
        ["计量单位:万元"],
    ],
)
def test_a_unit_above_the_table_holds_where_the_heading_says_none(desk, kind, line):
    desk.loaded(desk.file(charges("金额", "13.86", over=(line,)), kind))

    assert desk.wan() == Decimal("13.86")


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_in_a_cell_is_read(desk, kind):
    path = desk.file(charges("金额", "1.5万元", "12.36万", "100元", "￥200", "1,000.50元整", "0"), kind)
    told = desk.warnings(path)

    assert desk.wan() == Decimal("13.99005") + Decimal("0")
    assert sum("按万元读" in text for text in told) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_of_another_unit_than_its_column_is_asked_about(desk, kind):
    path = desk.file(charges("金额（元）", "100", "1.5万元"), kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"], question["place"]["rows"]) == ("unit.cell", "金额（元）", [6])
    desk.loaded(path, "--answer", "unit.cell:金额（元）=cell")
    assert desk.wan() == Decimal("1.51")


def test_the_other_answer_takes_the_cell_by_its_column(desk):
    desk.loaded(desk.file(charges("金额（万元）", "1", "2元")), "--answer", "unit.cell:金额（万元）=column")

    assert desk.wan() == Decimal("3")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "wan"), [("元", "0.0001"), ("万元", "1")])
def test_a_heading_and_a_line_above_of_two_units_are_asked_about(desk, kind, key, wan):
    path = desk.file(charges("金额（元）", "1", over=(["单位：万元"],)), kind)
    (question,) = desk.asked(path)

    assert (question["code"], [answer["key"] for answer in question["answers"]]) == ("unit.differ", ["元", "万元"])
    desk.loaded(path, "--answer", f"unit.differ:金额（元）={key}")
    assert desk.wan() == Decimal(wan)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (["2024年收费情况统计表（万元）"], ""),
        (["2024年收费情况（单位：万元）统计表"], ""),
        (["", "", "万元"], ""),
        ([""], "收费（单位：万元）"),
        ([""], "收费(万元)（标错）"),
    ],
)
def test_a_unit_in_a_title_or_in_the_name_of_the_file_is_held_against_the_heading(desk, line, name):
    path = desk.file(charges("金额（元）", "1.5", over=(line,)), "xlsx", name and f"{name}.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], [answer["key"] for answer in question["answers"]]) == ("unit.differ", ["元", "万元"])
    desk.loaded(path, "--answer", "unit.differ:金额（元）=万元")
    assert desk.wan() == Decimal("1.5")


@pytest.mark.parametrize(
    "line", [["2024年收费情况统计表（元）"], ["收费情况统计表（1000万元以上）"], ["（件）"], ["附件（一）"]]
)
def test_a_title_without_another_unit_asks_nothing(desk, line):
    desk.loaded(desk.file(charges("金额（元）", "15000", over=(line,)), "xlsx"))

    assert desk.wan() == Decimal("1.5")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "wan"), [("yuan", "0.02"), ("wan", "200")])
def test_an_amount_without_a_unit_is_asked_about(desk, kind, key, wan):
    path = desk.file(charges("收费金额", "150", "50"), kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"], question["kept"]) == ("unit.none", "收费金额", "columns")
    line = next(answer["ready"] for answer in question["answers"] if answer["key"] == key)
    desk.columns(f"行政事业性收费登记表:\n{line}\n")
    desk.loaded(path)
    assert desk.wan() == Decimal(wan)


def test_an_amount_that_is_no_whole_fen_is_refused(desk):
    assert "按万元换算成元" in desk.refused(desk.file(charges("金额（万元）", "1.2345678")))[0]


@pytest.mark.parametrize("heading", ["金额（美元）", "金额（万美元）", "金额（港元）"])
def test_another_currency_is_not_ours(desk, heading):
    assert "不认得这个栏目" in desk.refused(desk.file(charges(heading, "1")))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_unit_of_the_sum_is_that_of_its_column(desk, kind):
    told = desk.warnings(desk.file([*charges("金额（万元）", "1.5", "12.36"), ["合计", "", "13.86"]], kind))

    assert not [text for text in told if "合计" in text]
    assert (
        "合计写的是 138601，"
        in desk.warnings(desk.file([*charges("金额（万元）", "13.86"), ["合计", "", "13.8601"]]))[1]
    )


def test_fees_of_requests_and_contracts_are_read_by_their_unit_too(desk):
    head = [*HEAD, "缴费日", "实缴金额（万元）"]
    desk.loaded(desk.file([*REQUESTS, head, request("甲1", DAY, "0.002")]))
    assert [row["fee_paid"] for row in desk.records("requests")] == [2000]
    head = ["项目编号", "是否集中采购", "合同日期", "合同金额（万元）"]
    desk.loaded(desk.file([*cover("政府采购登记表"), head, ["1", "是", DAY, "3.5"]]))
    assert [row["amount"] for row in desk.records("procurements")] == [3500000]


def test_a_number_of_pieces_in_tens_of_thousands_is_not_taken_for_pieces(desk):
    rows = [
        *cover("主动公开发布登记表"),
        ["信息标题", "发布渠道", "发布日期", "条数（万条）"],
        ["甲", "网站", DAY, "3"],
    ]

    assert "不认得这个栏目" in desk.refused(desk.file(rows))[0]
    desk.loaded(desk.file([*rows[:-2], ["信息标题", "发布渠道", "发布日期", "条数（条）"], rows[-1]]))


# --- proposals ----------


def test_a_proposal_keeps_the_unit_of_the_heading():
    assert proposals(registers()["charges"], "收取的金额（万元）", ["1.5"]) == ["金额（万元）"]
    assert "合同金额（元）" not in proposals(registers()["procurements"], "合同总金额（万元）", ["1.5"])


def test_without_a_unit_both_are_proposed():
    assert proposals(registers()["procurements"], "合同的金额", ["1.5"])[:2] == ["合同金额（元）", "合同金额（万元）"]


@pytest.mark.parametrize(
    ("word", "values", "wrong"),
    [
        ("答复结果", ["予以公开"], "答复日"), ("答复日程", ["2024-03-05"], "答复类型"), ("收费件", ["3"], "收费通知日"),
        ("缴费数", ["30"], "缴费日"), ("申请人种类", ["自然人", "其他"], "申请人名称"),
    ],
)  # fmt: skip
def test_a_column_that_cannot_hold_the_values_is_not_the_first_proposed(word, values, wrong):
    assert wrong not in proposals(registers()["requests"], word, values)[:1]


def test_words_of_one_list_name_their_column():
    assert proposals(registers()["requests"], "申请人性质", ["自然人", "商业企业"])[0] == "申请人类别"


# --- parts ----------


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("单位：万元", ("万元",)), ("（单位：件、万元）", ("万元",)), ("金额单位：元", ("元",)), ("单位：件", ()), ("单位：示例局", None),
        ("单位：元、万元", ("元", "万元")), ("2024年收费台账", None), ("单位", None),
    ],
)  # fmt: skip
def test_the_units_of_a_line_above(text, units):
    assert units_above(text) == units


@pytest.mark.parametrize(
    ("text", "parts"),
    [("1.5万元", ("1.5", "万元")), ("200", ("200", "")), ("¥1,200.50", ("1,200.50", "元")), ("100元整", ("100", "元")),
     ("约3元", ("约3元", ""))],
)  # fmt: skip
def test_the_unit_of_a_cell(text, parts):
    assert in_cell(text) == parts


def test_a_heading_without_its_unit_and_what_is_exact():
    assert parted("合同金额(万元)") == ("合同金额", "万元")
    assert parted("项目名称") == ("项目名称", "")
    assert fen(Decimal("0.000001"), "万元") == 1
    assert fen(Decimal("12.36"), "万元") == 12360000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amount", ["-30", "（30）", "－30", "(30.00)", "−30"])
def test_an_amount_below_nought_is_asked_about_however_it_is_written(desk, kind, amount):
    path = desk.file(charges("金额（元）", "100", amount), kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("amount.negative", [6])
    desk.loaded(path, "--answer", f"amount.negative:{question['subject']}=net")
    assert desk.wan() == Decimal("0.007")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amount", ["1.39E+05", "1.4e+05", "１．３９Ｅ＋０５"])
def test_an_amount_that_a_narrow_column_rounded_is_refused(desk, kind, amount):
    (message,) = desk.refused(desk.file(charges("金额（元）", amount), kind))

    assert "科学计数" in message


MATTERS = ["事项类别", "办理日期"]


def matters(heading, *over, below=()):
    return [
        *cover("办理事项登记表"),
        *over,
        [*MATTERS, heading],
        ["物业备案", DAY, "3"],
        ["物业备案", DAY, "4"],
        *below,
    ]


SCALED = [
    "数量（百件）",
    "数量（千）",
    "数量（十件）",
    "办理量（百件）",
    "条数（百条）",
    "数量百件",
    "件数（批）",
    "百件数",
]


@pytest.mark.parametrize("heading", SCALED)
def test_a_heading_of_hundreds_is_never_offered_as_one_of_ones(desk, heading):
    messages = desk.refused(desk.file(matters(heading)))

    assert any("请换算成“数量”的数" in message for message in messages)
    assert not any(": 数量" in message for message in messages)


@pytest.mark.parametrize("heading", [*SCALED, "数量（打）", "数量（百）", "数量(×100)"])
def test_an_office_cannot_say_that_hundreds_are_ones(desk, heading):
    desk.columns(f'办理事项登记表:\n  "{heading}": 数量\n')

    code, _, told = desk.command("records", "import", desk.file(matters(heading)))

    assert (code, "丢了这个单位" in told) == (1, True)


@pytest.mark.parametrize("heading", ["办理量", "办理量（件）", "办件数（本月）", "百姓咨询数"])
def test_an_office_says_that_a_heading_is_that_of_ones(desk, heading):
    desk.columns(f'办理事项登记表:\n  "{heading}": 数量\n')
    desk.loaded(desk.file(matters(heading)))

    assert sum(record["count"] for record in desk.records("matters")) == 7


@pytest.mark.parametrize(
    "line",
    [
        *("以百件计", "本表按百件统计", "数量以百计", "（百）", "单位：十件", "单位：打", "数量单位为百件"),
        *("注：以百件计", "说明：数量单位：百件"),
    ],
)
def test_counts_said_to_be_hundreds_are_refused_above_and_below(desk, line):
    assert any("换算" in message for message in desk.refused(desk.file(matters("数量", [line]))))
    below = matters("数量", below=([line if line.startswith(("注", "说明")) else f"注：{line}"],))
    assert any("换算" in message for message in desk.refused(desk.file(below)))


@pytest.mark.parametrize("line", ["附件（一）", "按件统计", "千人计划统计表", "填报科室：百货科", "以年度统计"])
def test_a_line_that_speaks_of_no_hundreds_is_passed_over(desk, line):
    desk.loaded(desk.file(matters("数量", [line])))


@pytest.mark.parametrize("heading", ["金额(万元)", "金额（k元）", "金额（美元）", "收入万元", "收费W"])
def test_an_office_cannot_drop_the_unit_of_an_amount(desk, heading):
    desk.columns(f'行政事业性收费登记表:\n  "{heading}": 金额（元）\n')

    code, _, told = desk.command("records", "import", desk.file(charges(heading, "1280.5")))

    assert (code, "丢了这个单位" in told) == (1, True)


@pytest.mark.parametrize(
    ("heading", "ours", "wan"),
    [
        ("收入（万元）", "金额（万元）", "1280.5"),
        ("收入（万元）", "收费金额", "1280.5"),
        ("收入（元）", "金额（元）", "0.12805"),
        ("收入", "金额（万元）", "1280.5"),
    ],
)
def test_an_office_names_an_amount_and_its_unit_stays(desk, heading, ours, wan):
    desk.columns(f'行政事业性收费登记表:\n  "{heading}": {ours}\n')
    desk.loaded(desk.file(charges(heading, "1280.5")))

    assert desk.wan() == Decimal(wan)


@pytest.mark.parametrize("heading", ["金额（万圆）", "金额(万圆)"])
def test_yuan_may_be_written_with_the_other_sign(desk, heading):
    desk.loaded(desk.file(charges(heading, "1.5")))

    assert desk.wan() == Decimal("1.5")


@pytest.mark.parametrize(
    ("value", "reason", "wrong"),
    [
        (32000, "全年收费32000元，由财政系统统计", True),
        (32000, "共 32,000 元", True),
        ("3.2", "全年收费32000元", False),
        (32000, "全年32000万元", False),
    ],
)
def test_a_declared_amount_in_another_unit_than_its_reason_says_is_refused(value, reason, wrong):
    record = {"table": "表二", "row": "收费", "column": "本年收费金额（单位：万元）", "value": value, "reason": reason}

    assert ("value" in dict(contradictions("declared", record))) == wrong
