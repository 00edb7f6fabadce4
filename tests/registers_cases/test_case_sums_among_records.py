"""Sums among the records that are not called by the bare word, and rows swallowed by a quote of a text file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, KINDS, cover

MATTERS = [*cover("办理事项登记表"), ["事项类别", "平台或渠道", "办理日期", "数量"]]
ONE = ["物业备案", "网", "2024-03-05", "3"]
TWO = ["物业备案", "窗口", "2024-03-06", "4"]
SUMS = [
    ["3月合计", "网", "2024-03-31", "7"],
    ["物业备案小计", "", "2024-03-31", "7"],
    ["物业备案", "小计", "2024-03-31", "7"],
    ["本年累计", "", "2024-12-31", "7"],
    ["物业备案", "合计（件）", "2024-03-31", "7"],
]


def counts(desk):
    return sum(record["count"] for record in desk.records("matters"))


@pytest.mark.parametrize("row", SUMS)
def test_a_row_called_a_sum_among_records_is_asked_about(desk, row):
    path = desk.file([*MATTERS, ONE, TWO, row])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.sum", [7])
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=leave")

    assert counts(desk) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_it_may_be_a_record_of_its_own(desk, kind):
    path = desk.file([*MATTERS, ONE, SUMS[0]], kind)
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=take")

    assert counts(desk) == 10


def test_a_sheet_with_one_sum_for_each_month_is_taken(desk):
    desk.loaded(desk.file([*MATTERS, ["3月合计", "", "2024-03-31", "7"], ["4月合计", "", "2024-04-30", "5"]]))

    assert counts(desk) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_bare_word_first_in_its_row_is_left_out_as_before(desk, kind):
    desk.loaded(desk.file([*MATTERS, ONE, TWO, ["小计", "", "", "7"], ["合计", "", "", "7"]], kind))

    assert counts(desk) == 7


@pytest.mark.parametrize("text", ["会计", "统计", "设计费", "合计数核对", "审计"])
def test_words_that_only_end_alike_are_no_sums(desk, text):
    desk.loaded(desk.file([*MATTERS, ONE, [text, *TWO[1:]]]))

    assert counts(desk) == 7


HEADING = "收缴日期,金额（元）,项目名称,收费依据\n"


def written(desk, text):
    path = desk.home / "收费.csv"
    above = "".join(",".join(map(str, row)) + "\n" for row in CHARGES)
    path.write_text(above + HEADING + text, encoding="utf-8")
    return path


def test_a_row_swallowed_by_two_stray_quotes_is_not_lost(desk):
    (message,) = desk.refused(written(desk, '2024-03-05,100,"工本费,甲\n2024-03-06,200,工本费",乙\n'))

    assert "把几行并成了一格" in message


def test_a_line_break_in_a_cell_is_read(desk):
    desk.loaded(written(desk, '2024-03-05,100,工本费,"甲文\n乙文,丙文"\n2024-03-06,200,工本费,\n'))

    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize(
    "ditto",
    [
        '证照费,2024-03-05,A1,100\n",2024-03-06,A2,200\n",2024-03-07,A3,300\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,A1,100\n证照费,2024-03-06,",200\n证照费,2024-03-07,",300\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,"\n证照费,2024-03-06,"\n登记费,2024-03-08,A4,1\n',
        '"证照费,2024-03-05,A2,1\n证照费",2024-03-05,A3,5\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,A1,100\n",2024-03-06,",200\n登记费,2024-03-08,A4,1\n',
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_rows_between_two_marks_for_the_same_as_above_are_not_lost(desk, ditto, delimiter):
    path = desk.home / "收费.csv"
    above = "".join(",".join(map(str, row)) + "\n" for row in CHARGES) + "项目名称,收缴日期,票据号,金额（元）\n"
    path.write_text((above + ditto).replace(",", delimiter), encoding="gb18030")
    (message,) = desk.refused(path)

    assert "同上" in message


def test_text_with_line_breaks_and_marks_in_proper_quotes_is_read(desk):
    text = '2024-03-05,"1,000.00","工本费，\n""甲""类, 见文件",甲文\n2024-03-06,200,"工本费,乙类",\n'
    desk.loaded(written(desk, text))

    assert desk.wan() == Decimal("0.12")


# --- rows that carry sums forward ----------

FEES = [*CHARGES, ["项目名称", "收缴日期", "票据号", "金额（元）"]]
FEE = ["证照费", "2024-03-05", "A1", "100"]
OTHER = ["证照费", "2024-03-06", "A2", "50"]
CARRIED = (
    "承前页", "过次页", "接上页", "转下页", "续前页", "前页结转", "本页", "本页小计", "上月结转", "上年结转",
    "期初余额", "月初结余", "结转下年", "本月", "本月发生额", "3月", "三月份", "2024年3月", "一季度", "第一季度",
    "本季度", "上半年", "1-3月", "全年", "2024年度", "本年收入", "总数", "汇总", "合", "共5笔", "合计：150元",
    "合计金额", "其中：工本费", "累计数", "Total",
)  # fmt: skip


@pytest.mark.parametrize("word", CARRIED)
def test_a_row_that_carries_a_sum_forward_is_asked_about(desk, word):
    path = desk.file([*FEES, FEE, [word, "2024-03-31", "", "1234"], OTHER])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.sum", [6])
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=leave")

    assert desk.wan() == Decimal("0.015")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", [["", "", "", "500"], ["2024-03-01", "", "", "500"], ["", "2024-03-01", "A1", "500"]])
def test_it_is_asked_about_whatever_else_it_lacks(desk, row, kind):
    head = [*CHARGES, ["摘要", "收缴日期", "票据号", "金额（元）", "项目名称"]]
    desk.columns("行政事业性收费登记表:\n  摘要: 忽略\n")
    path = desk.file([*head, ["承前页", *row[1:], ""], ["收费", *FEE[1:], FEE[0]]], kind)
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=leave")

    assert desk.wan() == Decimal("0.01")


def test_taken_rows_stand_among_the_others_in_their_order(desk):
    path = desk.file([*FEES, ["上月结转", "2024-03-01", "", "500"], FEE, ["本月", "2024-03-31", "", "100"], OTHER])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=take")

    assert [record["amount"] for record in desk.records("charges")] == [50000, 10000, 10000, 5000]


def test_of_a_sheet_of_periods_only_the_coarser_ones_are_asked_about(desk):
    months = [[f"{i}月", "网", f"2024-0{i}-28", str(i)] for i in range(1, 5)]
    path = desk.file([*MATTERS, *months, ["一季度", "网", "2024-03-31", "9"], ["全年累计", "", "2024-12-31", "11"]])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.sum", [9, 10])
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=leave")

    assert counts(desk) == 10


@pytest.mark.parametrize(
    ("row", "more"),
    [
        (["证照费", "2024-12-31", "", "150"], []),
        (["各项收费", "2024-12-31", "A9", "150"], [["证照费", "2024-12-31", "A7", "40"]]),
        (
            ["证照费", "2024-03-31", "", "150"],
            [["证照费", "2024-04-01", "A3", "20"], ["证照费", "2024-12-31", "", "170"]],
        ),
    ],
)
def test_an_amount_that_is_the_sum_of_those_above_is_asked_about(desk, row, more):
    path = desk.file([*FEES, FEE, OTHER, row, *more])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"][0]) == ("row.equal", 7)
    desk.loaded(path, "--answer", f"row.equal:{question['subject']}=leave")
    kept = sum(int(each[3]) for each in [FEE, OTHER, *more] if each[2])

    assert desk.wan() == Decimal(kept) / 10000


def test_a_sum_in_the_first_row_is_asked_about(desk):
    (question,) = desk.asked(
        desk.file([*FEES, ["证照费", "2024-12-31", "", "150"], FEE, OTHER, ["证照费", "2024-05-05", "A4", "0"]])
    )

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [5])


def test_an_amount_of_many_rows_is_asked_about_though_the_row_is_like_the_others(desk):
    rows = [["证照费", f"2024-03-0{i}", f"A{i}", str(10 + i)] for i in range(1, 6)]
    (question,) = desk.asked(desk.file([*FEES, *rows, ["证照费", "2024-12-31", "A9", "65"]]))

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [10])


@pytest.mark.parametrize(
    "rows",
    [
        [
            ["证照费", "2024-03-05", "A1", "10"],
            ["证照费", "2024-03-06", "A2", "10"],
            ["证照费", "2024-03-07", "A3", "20"],
        ],
        [["证照费", "2024-03-05", "", "10"], ["证照费", "2024-03-06", "", "10"], ["证照费", "2024-03-07", "", "20"]],
        [["甲费", "2024-03-05", "A1", "10"], ["乙费", "2024-03-06", "A2", "10"], ["丙费", "2024-03-07", "A3", "20"]],
        [
            ["每月收费", "2024-03-05", "A1", "10"],
            ["年检费", "2024-03-06", "A2", "15"],
            ["季度检测费", "2024-03-07", "A3", "20"],
        ],
    ],
)
def test_amounts_that_meet_by_chance_are_not_asked_about(desk, rows):
    desk.loaded(desk.file([*FEES, *rows]))

    assert len(desk.records("charges")) == len(rows)


@pytest.mark.parametrize("remark", ["一季度", "3月", "本月"])
def test_a_period_beside_a_record_is_no_sum(desk, remark):
    desk.columns("行政事业性收费登记表:\n  说明: 忽略\n")
    head = [*CHARGES, ["说明", "项目名称", "收缴日期", "票据号", "金额（元）"]]
    desk.loaded(desk.file([*head, [remark, *FEE], ["", *OTHER]]))

    assert desk.wan() == Decimal("0.015")


def test_an_open_request_may_be_called_carried_over(desk):
    rows = [*cover("依申请公开登记表"), ["申请编号", "收到申请之日", "申请人类别", "答复类型", "备注"]]
    desk.loaded(desk.file([*rows, ["甲1", "2024-12-30", "自然人", "", "结转下年"]]))

    assert len(desk.records("requests")) == 1


@pytest.mark.parametrize(
    "word",
    ["【承前页】", "（本页）", "*上月结转*", "月计", "截至3月底", "累计至3月", "合计人民币", "“一季度”", "小计："],
)
def test_signs_around_the_word_and_other_forms_change_nothing(desk, word):
    (question,) = desk.asked(desk.file([*FEES, FEE, [word, "2024-03-31", "A9", "1234"]]))

    assert question["code"] in ("row.sum", "row.filled_sum")


def test_a_total_in_a_sheet_of_sums_is_asked_about(desk):
    rows = [
        ["备案小计", "", "2024-12-31", "3"],
        ["登记小计", "", "2024-12-31", "4"],
        ["全部总计", "", "2024-12-31", "7"],
    ]
    (question,) = desk.asked(desk.file([*MATTERS, *rows]))

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [7])


@pytest.mark.parametrize(
    ("label", "head", "record", "total"),
    [
        ("主动公开发布登记表", ["信息标题", "发布渠道", "发布日期", "条数"], ["公告", "网站"], ["一季度", ""]),
        ("监督保障登记表", ["类别", "名称", "日期", "参加人数"], ["培训", "业务培训"], ["培训", "一季度"]),
        ("监督保障登记表", ["类别", "名称", "日期", "参加人数"], ["培训", "业务培训"], ["培训", "承前页"]),
        ("办理事项登记表", ["事项类别", "平台或渠道", "办理日期", "数量"], ["备案", "网"], ["本月", ""]),
    ],
)
def test_every_register_that_adds_up_asks(desk, label, head, record, total):
    rows = [*cover(label), head, [*record, "2024-03-05", "7"], [*total, "2024-03-31", "9"]]
    (question,) = desk.asked(desk.file(rows))

    assert (question["code"], question["place"]["rows"]) == ("row.sum", [6])


GROUPS = [FEE, ["证照费", "2024-03-06", "A2", "50"], ["登记费", "2024-03-07", "A3", "30"]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([*GROUPS, ["证照费", "2024-12-31", "", "150"], ["登记费", "2024-12-31", "", "30"]], [8, 9]),
        ([*GROUPS, ["全部证照", "2024-12-31", "见明细", "150"], ["全部登记", "2024-12-31", "见明细", "30"]], [8, 9]),
        ([["证照费", "2024-12-31", "", "150"], ["登记费", "2024-12-31", "", "30"], *GROUPS], [5, 6]),
        ([*GROUPS[:2], ["证照费", "2024-12-31", "", "150"], GROUPS[2], ["登记费", "2024-12-31", "", "30"]], [7, 9]),
        ([GROUPS[2], ["登记费", "2024-12-31", "", "30"], *GROUPS[:2], ["证照费", "2024-12-31", "", "150"]], [6, 9]),
        ([*GROUPS, ["证照费", "2024-12-31", "", "150"]], [8]),
    ],
)
def test_sums_by_name_are_asked_about(desk, rows, at, kind):
    path = desk.file([*FEES, *rows], kind)
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.equal", at)
    desk.loaded(path, "--answer", f"row.equal:{question['subject']}=leave")

    assert desk.wan() == Decimal("0.018")


MONTHS = {"01": (300, 400), "02": (500, 800), "03": (600, 900)}


def by_month(summed, name="证照费", first=False, months=MONTHS, numbers=False):
    """Two records of each month, and a row with the sum of some of them; their amounts all differ."""
    rows = []
    for month, amounts in months.items():
        own = [
            ["证照费", f"2024-{month}-{day:02}", f"{month}{day:03}" if numbers else "", str(amount)]
            for day, amount in enumerate(amounts, 5)
        ]
        span = f"{month}005-{month}006" if numbers else ""
        total = [[name, f"2024-{month}-28", span, str(sum(amounts) + summed[month])]] if month in summed else []
        rows += [*total, *own] if first else [*own, *total]
    return rows


ALL = dict.fromkeys(MONTHS, 0)


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("name", ["证照费", "月度证照费"])
@pytest.mark.parametrize("first", [False, True])
def test_a_sum_after_or_before_the_few_rows_of_each_month_is_asked_about(desk, first, name, numbers):
    path = desk.file([*FEES, *by_month(ALL, name, first, numbers=numbers)])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.equal", [5, 8, 11] if first else [7, 10, 13])
    desk.loaded(path, "--answer", f"row.equal:{question['subject']}=leave")

    assert desk.wan() == Decimal("0.35")


def test_the_sum_of_the_year_behind_those_of_the_months_is_one_too(desk):
    (question,) = desk.asked(desk.file([*FEES, *by_month(ALL), ["证照费", "2024-12-31", "", "3500"]]))

    assert question["place"]["rows"] == [7, 10, 13, 14]


def test_sums_of_days_and_one_that_was_not_brought_up_to_date_are_asked_about(desk):
    days = [
        ("05", "100", "270", "370"),
        ("06", "110", "60", "170"),
        ("07", "33", "44", "77"),
        ("08", "90", "80", "168"),
    ]
    rows = [["证照费", f"2024-01-{day}", "", amount] for day, *amounts in days for amount in amounts]
    (question,) = desk.asked(desk.file([*FEES, *rows]))

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [7, 10, 13, 16])


def test_sums_that_are_all_a_little_off_are_asked_about_if_they_are_far_above_the_others(desk):
    months = [(1, 7, 8), (2, 9, 9), (3, 5, 6)]
    rows = [
        ["物业备案", "", f"2024-0{m}-{day:02}", "1" if day <= n else str(total)]
        for m, n, total in months
        for day in range(1, n + 2)
    ]
    (question,) = desk.asked(desk.file([*MATTERS, *rows]))

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [12, 22, 28])


@pytest.mark.parametrize(
    "rows",
    [
        by_month({"02": 0}),
        by_month({"01": 0, "02": 7, "03": 9}),
        by_month({}, months={"01": (100, 100), "02": (200, 200), "03": (300, 300)}),
        [["证照费", f"2024-0{m}-0{d}", "", amount] for m in (1, 2, 3, 4) for d, amount in enumerate(["10", "10", "10"], 1)],
    ],
)  # fmt: skip
def test_one_month_that_meets_its_sum_by_chance_is_not_asked_about(desk, rows):
    desk.loaded(desk.file([*FEES, *rows]))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["年度收费总额", "2024-12-31", "", "700"], "row.sum"),
        (["各月合并", "2024-12-31", "A9", "700"], "row.sum"),
        (["1-3月汇总", "2024-12-31", "", "700"], "row.sum"),
        (["证照费汇总", "2024-12-31", "", "700"], "row.covers"),
        (["全年证照费", "2024-12-31", "A9", "700"], "row.covers"),
        (["证照费全年", "2024-12-31", "A9", "700"], "row.covers"),
        (["1-3月证照费", "2024-12-31", "A9", "700"], "row.covers"),
        (["证照费（1-3月）", "2024-12-31", "", "700"], "row.covers"),
        (["证照费", "2024-12-31", "A1-A2", "700"], "row.covers"),
        (["证照费", "2024-12-31", "A1至2", "700"], "row.covers"),
        (["证照费", "2024-12-31", "共2张", "700"], "row.covers"),
    ],
)
def test_a_row_that_is_called_a_sum_in_ordinary_words_is_asked_about_though_it_is_off(desk, row, code):
    path = desk.file([*FEES, FEE, OTHER, row])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == (code, [7])
    desk.loaded(path, "--answer", f"{code}:{question['subject']}=leave")

    assert desk.wan() == Decimal("0.015")


def test_of_records_by_month_the_one_without_is_asked_about(desk):
    rows = [[f"{month}月备案", "网", f"2024-0{month}-28", "3"] for month in (1, 2, 3)]
    (question,) = desk.asked(desk.file([*MATTERS, *rows, ["备案", "", "2024-12-31", "8"]]))

    assert (question["code"], question["place"]["rows"]) == ("row.covers", [8])


@pytest.mark.parametrize(
    "rows",
    [
        [
            FEE,
            ["合并证照费", "2024-03-06", "A2", "50"],
            ["证照费补办", "2024-03-06", "A2", "50"],
            ["年检证照费", "2024-03-06", "A3", "70"],
        ],
        [FEE, OTHER, ["证照费", "2024-03-06", "A3-A9", "70"]],
        [["证照费", "2024-03-06", "A3-A9", "70"], ["证照费", "2024-03-07", "A10-A19", "90"]],
        [["证照费", "2024-03-06", "6张", "70"], ["证照费", "2024-03-07", "8张", "90"], FEE],
        [["全年证照费", "2024-03-06", "A3", "70"], ["登记费", "2024-03-07", "A4", "90"]],
    ],
)
def test_other_names_and_several_receipts_of_one_row_are_not_asked_about(desk, rows):
    desk.loaded(desk.file([*FEES, *rows]))


def test_sums_by_month_at_the_foot_are_asked_about(desk):
    rows = [FEE, ["登记费", "2024-03-06", "A2", "50"], ["证照费", "2024-04-07", "A3", "30"]]
    rows += [["证照登记", "2024-03-31", "B1", "150"], ["证照登记", "2024-04-30", "B2", "30"]]
    (question,) = desk.asked(desk.file([*FEES, *rows]))

    assert (question["code"], question["place"]["rows"]) == ("row.equal", [8, 9])


@pytest.mark.parametrize(
    "rows",
    [
        [
            *GROUPS,
            ["证照费", "2024-04-06", "A4", "50"],
            ["登记费", "2024-04-07", "A5", "100"],
            ["登记费", "2024-04-08", "A6", "30"],
        ],
        [["证照费", f"2024-0{i}-05", f"A{i}", str(10 * (i % 3))] for i in range(1, 10)],
    ],
)
def test_amounts_that_repeat_are_not_asked_about(desk, rows):
    desk.loaded(desk.file([*FEES, *rows]))


SUMS_FILE = [["证照费", "2024-12-31", "", "150"], ["登记费", "2024-12-31", "", "30"]]
PAIR = [FEE, ["证照费", "2024-03-06", "A2", "100"]]
ONE_SUM = [["证照费", "2024-12-31", "", "200"]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("details", "sums"), [(GROUPS, SUMS_FILE), (PAIR, ONE_SUM)])
@pytest.mark.parametrize("first", ["details", "sums"])
def test_a_file_of_sums_beside_one_of_details_is_asked_about(desk, details, sums, first, kind):
    files = [desk.file([*FEES, *rows], kind, name) for name, rows in (("明细", details), ("汇总", sums))]
    one, two = files if first == "details" else reversed(files)
    desk.loaded(one)
    (question,) = desk.asked(two)
    assert question["code"] == "file.sums"
    desk.loaded(two, "--answer", f"file.sums:{question['subject']}=take")

    assert len(desk.records("charges")) == len(details) + len(sums)


DETAILS = [["证照费", f"2024-0{m}-1{i}", f"A{m}{i}", str(10 * m + i * 7)] for m in (1, 2, 3) for i in (1, 2, 3)]
DETAILS += [["登记费", "2024-01-20", "B1", "8"], ["登记费", "2024-01-21", "B2", "9"]]


def sums_of(*months, off=0):
    """The sums of months of details, the first off by an amount; of one without details 50."""
    totals = {month: sum(int(row[3]) for row in DETAILS if row[1][6] == str(month)) or 50 for month in months}
    totals[months[0]] += off
    return [["各项费", f"2024-0{month}-28", f"A{month}1-A{month}3", str(total)] for month, total in totals.items()]


@pytest.mark.parametrize(
    "sums",
    [
        sums_of(1, 2),
        sums_of(1, 2, 3, off=1),
        sums_of(1, 2, 3, 4),
        sums_of(1, 2, 3, 4, off=-3),
        [["登记费", "2024-12-31", "", "17"]],
    ],
)
@pytest.mark.parametrize("first", ["details", "sums"])
def test_a_file_of_sums_of_a_part_or_a_little_off_is_asked_about(desk, sums, first):
    files = [desk.file([*FEES, *rows]) for rows in (DETAILS, sums)]
    one, two = files if first == "details" else reversed(files)
    desk.loaded(one)
    (question,) = desk.asked(two)
    assert question["code"] == "file.sums"
    desk.loaded(two, "--answer", f"file.sums:{question['subject']}=take")


@pytest.mark.parametrize(
    "rows",
    [
        [["各项费", "2024-02-28", "C1", "102"], ["各项费", "2024-03-28", "C2", "77"], ["各项费", "2024-01-28", "C3", "66"]],
        [["登记费", "2024-04-28", "C1", "16"]],
        [["登记费", "2024-04-28", "C1", "17"]],
        [["登记费", f"2024-0{month}-28", f"C{month}", "17"] for month in (4, 5, 6)],
        [["登记费", "2024-04-28", "C1", "17"], ["登记费", "2024-05-28", "C2", "20"]],
        [["证照费", "2024-03-28", "C1", "132"], ["登记费", "2024-03-29", "C2", "16"], ["证照费", "2024-03-29", "C3", "1"]],
    ],
)  # fmt: skip
def test_a_file_of_other_records_is_not_asked_about(desk, rows):
    desk.loaded(desk.file([*FEES, *DETAILS]))
    desk.loaded(desk.file([*FEES, *rows]))


@pytest.mark.parametrize(
    ("names", "asked"),
    [(("明细", "汇总"), 1), (("收费汇总", "4月"), 1), (("3月汇总", "4月汇总"), 0), (("3月", "4月"), 0)],
)
def test_a_file_called_a_summary_beside_one_that_is_not_is_asked_about(desk, names, asked):
    one, two = (desk.file([*FEES, row], name=name) for name, row in zip(names, (FEE, GROUPS[2]), strict=True))
    desk.loaded(one)
    found = desk.take(two)
    assert [question["code"] for question in found["questions"]] == ["file.sums"] * asked


@pytest.mark.parametrize(
    ("names", "asked"), [(("明细", "汇总"), 1), (("一季度合计", "4月"), 1), (("3月月报", "4月月报"), 0)]
)
def test_a_sheet_called_a_summary_is_asked_about(desk, names, asked):
    pages = [(name, [*FEES, row]) for name, row in zip(names, (FEE, GROUPS[2]), strict=True)]
    found = desk.take(desk.book(*pages))
    assert [question["code"] for question in found["questions"]] == ["sheets.sums"] * asked


def test_what_was_answered_of_two_files_is_not_asked_again_with_a_third(desk):
    desk.loaded(desk.file([*FEES, *DETAILS], name="明细"))
    summed = desk.file([*FEES, *sums_of(1, 2)], name="收费汇总")
    (question,) = desk.asked(summed)
    desk.loaded(summed, "--answer", f"file.sums:{question['subject']}=take")

    desk.loaded(desk.file([*FEES, ["证照费", "2024-04-05", "D1", "71"]], name="4月"))


def test_a_file_of_sums_in_force_is_replaced_by_the_details(desk):
    desk.loaded(desk.file([*FEES, *SUMS_FILE], name="汇总"))
    details = desk.file([*FEES, *GROUPS], name="明细")
    desk.asked(details)
    desk.loaded(details, "--replaces", "1")

    assert desk.wan() == Decimal("0.018")


def test_a_file_that_sums_up_several_is_asked_about_with_each_of_them(desk):
    desk.loaded(desk.file([*FEES, *SUMS_FILE], name="分项目"))
    march = desk.file([*FEES, *GROUPS[:2]], name="3月")
    (question,) = desk.asked(march)
    desk.loaded(march, "--answer", f"file.sums:{question['subject']}=take")
    (question,) = desk.asked(desk.file([*FEES, GROUPS[2]], name="4月"))

    assert question["code"] == "file.sums"


def test_files_of_months_are_not_asked_about(desk):
    desk.loaded(desk.file([*FEES, *PAIR], name="3月"))
    desk.loaded(desk.file([*FEES, ["证照费", "2024-04-05", "A3", "200"]], name="4月"))
    desk.loaded(
        desk.file([*FEES, *([name, "2024-05-05", f"B{name}", "100"] for name in ("证照费", "登记费"))], name="5月")
    )

    assert len(desk.records("charges")) == 5


@pytest.mark.parametrize("key", ["leave", "take"])
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_sheet_of_sums_beside_those_of_details_is_asked_about(desk, kind, key):
    pages = [("3月", [*FEES, *GROUPS[:2]]), ("4月", [*FEES, GROUPS[2]]), ("分项目", [*FEES, *SUMS_FILE])]
    path = desk.book(*pages, kind=kind)
    (question,) = desk.asked(path)
    assert (question["code"], question["subject"]) == ("sheets.sums", "分项目")
    desk.loaded(path, "--answer", f"sheets.sums:{question['subject']}={key}")

    assert desk.wan() == (Decimal("0.018") if key == "leave" else Decimal("0.036"))


@pytest.mark.parametrize("kind", KINDS)
def test_fees_at_a_fixed_rate_are_not_asked_about(desk, kind):
    first = [["证照费", f"2024-01-1{i}", f"A{i}", "100"] for i in (1, 2)]
    desk.loaded(desk.file([*FEES, *first, *(["证照费", f"2024-02-1{i}", f"B{i}", "200"] for i in (1, 2, 3))], kind))

    assert desk.wan() == Decimal("0.08")
