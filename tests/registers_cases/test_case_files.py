"""Several files of one register: which is added, which corrects, which changes nothing, and what has to be asked."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest

from gktools.inputs.inputs import load_inputs
from gktools.registers.store.opening import open_store
from gktools.report.queries.explain import explain_cell, format_answer
from gktools.workspace.project import open_project
from registers_cases.desk import CHARGES, HEAD, KINDS, OFFICE, REQUESTS, YEAR, cover, request

FEES = ["项目名称", "收缴日期", "票据号", "金额（元）"]


def fees(month: int, amount: int, days: tuple[int, ...] = (11, 12, 13)) -> list[list[object]]:
    """Receipts of one month, of so much each."""
    return [["证照工本费", f"2024-{month:02}-{day}", f"票{month}{day}", amount] for day in days]


JANUARY, FEBRUARY = fees(1, 100), fees(2, 200)


@pytest.fixture
def month(desk):
    """Make a file of fees of the office's."""

    def made(name: str, rows: list[list[object]], kind: str = "csv"):
        return desk.file([*CHARGES, FEES, *rows], kind, name)

    return made


def wan(desk) -> object:
    return desk.figure("disclosures", "article_20_8.fees", "amount")


def none_of_requests(desk):
    """The requests, which may have brought fees too, hold no record."""
    desk.loaded(desk.file([*REQUESTS, ["本年无记录", "√"], HEAD]))


def coverage(desk):
    with open_store(desk.home) as store:
        return [(known.file, known.rows) for known in store.coverage() if known.register == "charges"]


# --- without numbers ----------


@pytest.mark.parametrize("together", [False, True])
def test_the_fees_of_two_months_are_added(desk, shared, together):
    desk.loaded(desk.case(shared, "registers/c00-依申请无记录.xlsx"))
    files = [desk.case(shared, f"registers/c28b-收费{n}月.xlsx") for n in (1, 2)]
    for names in [files] if together else [[file] for file in files]:
        found = desk.loaded(*names)

    assert found["results"][-1]["registers"][0] | {"sheet": ""} == {
        "register": "charges", "office": OFFICE, "year": YEAR, "sheet": "", "rows": 3, "import": 3, "added": 3,
        "changed": 0, "same": 0, "withdrawn": 0, "gone": [], "replaces": [], "files": 2, "records": 6, "differences": [],
        "entered": [],
    }  # fmt: skip
    assert len(desk.records("charges")) == 6
    assert wan(desk) == Decimal("0.09")


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_file_says_how_many_there_are_now(desk, month, kind):
    desk.loaded(month("一月", JANUARY, kind))
    code, out, err = desk.command("records", "import", month("二月", FEBRUARY, kind))

    assert (code, err) == (0, "")
    assert out.endswith("3 条（新增 3 条），导入编号 2；这张登记表现在有 2 个文件，共 6 条\n")


REGISTERS = {
    "publications": ("主动公开发布登记表", ["信息标题", "发布渠道", "发布日期"], ["通知", "网站", "2024-0{}-05"]),
    "matters": ("办理事项登记表", ["事项类别", "办理日期"], ["物业备案", "2024-0{}-05"]),
    "activities": ("监督保障登记表", ["类型", "日期", "名称"], ["会议", "2024-0{}-05", "例会"]),
    "charges": ("行政事业性收费登记表", FEES[:2] + FEES[3:], ["工本费", "2024-0{}-05", 100]),
}


@pytest.mark.parametrize("register", REGISTERS)
def test_in_every_register_without_numbers_a_second_file_is_added(desk, register):
    label, head, row = REGISTERS[register]
    for n in (1, 2, 3):
        rows = [[str(cell).format(n) for cell in row]] * 2
        desk.loaded(desk.file([*cover(label), head, *rows], name=f"{n}月"))

    assert len(desk.records(register)) == 6


def test_the_same_rows_under_another_name_change_nothing_and_this_is_said(desk, month):
    desk.loaded(month("一月", JANUARY))
    _, out, _ = desk.command("records", "import", month("一月抄", JANUARY))

    assert "3 条，没有变化：和导入 1 的 一月.csv 完全一样。确实是另外一份的，加 --append 再导一次" in out
    assert coverage(desk) == [("一月.csv", 3)]


def test_equal_rows_of_two_windows_are_both_counted_once_they_are_said_to_be_two(desk, month):
    none_of_requests(desk)
    equal = [["工本费", "2024-03-01", "", 100]]
    desk.loaded(month("窗口一", equal))
    desk.loaded(month("窗口二", equal))
    assert wan(desk) == Decimal("0.01")

    desk.loaded(month("窗口二", equal), "--append")
    assert wan(desk) == Decimal("0.02")
    desk.loaded(month("窗口二", equal), "--append")
    assert wan(desk) == Decimal("0.02"), "the same file once more is no third one"


def test_a_file_of_the_same_name_with_rows_in_common_corrects_and_says_what(desk, month):
    none_of_requests(desk)
    desk.loaded(month("一月", JANUARY))
    desk.loaded(month("二月", FEBRUARY))
    corrected = [*JANUARY[:2], [*JANUARY[2][:3], 150]]
    _, out, _ = desk.command("records", "import", month("一月", corrected))

    assert "3 条（改动 1 条、不变 2 条），导入编号 4；这张登记表现在有 2 个文件，共 6 条" in out
    assert "  改动：第 7 行 金额（元）：100 → 150" in out
    assert wan(desk) == Decimal("0.095")


def test_a_row_left_out_of_a_corrected_file_is_told_against_that_file_only(desk, month):
    desk.loaded(month("一月", JANUARY))
    desk.loaded(month("二月", FEBRUARY))
    found = desk.loaded(month("二月", FEBRUARY[:2]))["results"][0]["registers"][0]

    assert (found["gone"], found["records"]) == (["第 7 行"], 6)
    found = desk.loaded(month("二月", FEBRUARY[:2]), "--replace")["results"][0]["registers"][0]
    assert (found["withdrawn"], found["records"]) == (1, 5)
    assert len(desk.records("charges")) == 5


ANSWERED = {"replaces": (3, Decimal("0.055")), "append": (6, Decimal("0.085"))}


@pytest.mark.parametrize("answer", ANSWERED)
@pytest.mark.parametrize("as_option", [False, True])
def test_another_name_with_rows_in_common_is_asked_about(desk, month, answer, as_option):
    none_of_requests(desk)
    desk.loaded(month("一月", JANUARY))
    other = month("一月改", [*JANUARY[:1], *fees(1, 200, (22,)), *fees(1, 250, (23,))])
    (question,) = desk.asked(other)
    assert question["code"] == "file.rows"
    assert question["text"] == (
        "mmj 2024 年的行政事业性收费登记表没有编号，认不出哪一行是哪一行。库里有效的：导入 2 的 一月.csv"
        "（3 条，其中 1 条这个文件里也有）。这个文件名字不同，有的行却相同，是来代替哪一个的，还是另外一份？"
    )
    assert [(one["key"], one["effect"], one["ready"]) for one in question["answers"]] == [
        ("replaces-2", "有效的一共 1 个文件、3 条", "--replaces 2"),
        ("append", "有效的一共 2 个文件、6 条", "--append"),
    ]
    assert wan(desk) == Decimal("0.03")

    given = next(one for one in question["answers"] if one["key"].startswith(answer))
    said = given["ready"].split() if not as_option else ["--answer", f"file.rows:{question['subject']}={given['key']}"]
    desk.loaded(other, *said)
    assert (len(desk.records("charges")), wan(desk)) == ANSWERED[answer]


def test_the_same_name_with_no_row_in_common_is_asked_about(desk, month):
    desk.loaded(month("收费", JANUARY))
    (question,) = desk.asked(month("收费", FEBRUARY))
    assert "这个文件名字相同，却没有一条相同" in question["text"]

    desk.loaded(month("收费", FEBRUARY), "--append")
    assert (len(desk.records("charges")), coverage(desk)) == (6, [("收费.csv", 3), ("收费.csv", 3)])


def test_our_own_marked_copy_is_asked_about(desk, month):
    desk.loaded(month("收费", JANUARY))
    for rows in (FEBRUARY, [*JANUARY, *FEBRUARY]):
        (question,) = desk.asked(month("收费（标错）", rows))
        assert [answer["key"] for answer in question["answers"]] == ["replaces-1", "append"]
    desk.loaded(month("收费（标错）", [*JANUARY, *FEBRUARY]), "--replaces", 1)

    assert (len(desk.records("charges")), coverage(desk)) == (6, [("收费（标错）.csv", 6)])


def test_a_marked_copy_of_another_file_is_added_as_that_would_be(desk, month):
    desk.loaded(month("一月", JANUARY))
    desk.loaded(month("二月（标错2）", FEBRUARY))

    assert len(desk.records("charges")) == 6


def test_a_file_of_the_whole_year_takes_the_place_of_the_months(desk, month):
    desk.loaded(month("一月", JANUARY))
    desk.loaded(month("二月", FEBRUARY))
    whole = month("全年", [*JANUARY, *FEBRUARY, *fees(3, 300)])
    (question,) = desk.asked(whole)
    assert [answer["key"] for answer in question["answers"]] == ["replaces-1", "replaces-2", "replaces-1-2", "append"]
    assert [answer["effect"][6:] for answer in question["answers"]] == [
        "2 个文件、12 条", "2 个文件、12 条", "1 个文件、9 条", "3 个文件、15 条",
    ]  # fmt: skip
    desk.loaded(whole, *question["answers"][2]["ready"].split())

    assert (len(desk.records("charges")), coverage(desk)) == (9, [("全年.csv", 9)])


def test_no_record_beside_records_is_asked_about_and_records_take_its_place(desk, month):
    nothing = desk.file([*CHARGES, ["本年无记录", "√"], FEES], name="没有")
    desk.loaded(nothing)
    _, out, _ = desk.command("records", "import", month("一月", JANUARY))
    assert "导入编号 2，代替导入 1 的 没有.csv" in out
    assert coverage(desk) == [("一月.csv", 3)]

    (question,) = desk.asked(nothing)
    assert (question["code"], [answer["key"] for answer in question["answers"]]) == ("file.empty", ["replaces-2"])


def test_while_one_file_of_a_command_is_asked_about_none_is_kept(desk, month):
    desk.loaded(month("一月", JANUARY))
    found = desk.take(month("二月", FEBRUARY), month("一月改", [*JANUARY[:1], *fees(3, 1)]), month("四月", fees(4, 1)))

    assert [result["result"] for result in found["results"]] == ["held", "asked", "held"]
    assert len(found["questions"]) == 1
    assert coverage(desk) == [("一月.csv", 3)]


def test_options_that_fit_nothing_are_told_and_nothing_is_kept(desk, month):
    desk.loaded(month("一月", JANUARY))
    february = month("二月", FEBRUARY)
    for options, said in (
        (("--replaces", 7), "--replaces 7 不是现在有效的行政事业性收费登记表的导入编号，没有导入（现在有效的：导入 1：一月.csv）"),
        (("--replaces", 1, "--append"), "--replaces 和 --append 只能写一个"),
        ((month("三月", fees(3, 1)), "--replaces", 1), "一次只能导一个文件"),
    ):  # fmt: skip
        code, _, err = desk.command("records", "import", february, *options)
        assert (code, said in err) == (1, True), err
    assert coverage(desk) == [("一月.csv", 3)]


def test_of_a_workbook_of_several_registers_one_that_is_the_same_is_not_added_again(desk):
    activities = [*cover("监督保障登记表"), ["类型", "日期", "名称"], ["会议", "2024-05-05", "例会"]]
    desk.loaded(desk.book(("收费", [*CHARGES, FEES, *JANUARY]), ("监督", activities)))
    other = desk.book(("收费", [*CHARGES, FEES, *JANUARY[:1], *FEBRUARY]), ("监督", activities))
    (question,) = desk.asked(other)
    assert question["subject"] == f"{other.name}/行政事业性收费登记表"
    desk.loaded(other, "--append")

    assert (len(desk.records("charges")), len(desk.records("activities"))) == (7, 1)


def test_every_file_in_force_proves_a_figure_and_is_listed(desk, month):
    none_of_requests(desk)
    desk.loaded(month("一月", JANUARY))
    desk.loaded(month("二月", FEBRUARY))
    inputs = load_inputs(open_project(desk.home), OFFICE, YEAR)
    places = sorted(inputs.records.places("charges").values())
    assert places == [f"2024 年度 {name}.csv第{row}行" for name in ("一月", "二月") for row in (5, 6, 7)]

    answer = explain_cell(open_project(desk.home), OFFICE, YEAR, "表二", "行政事业性收费", "本年收费金额（单位：万元）")
    assert "一月.csv，3 条，导入编号 2；二月.csv，3 条，导入编号 3" in format_answer(answer)


# --- with numbers ----------


def test_requests_of_two_months_are_added_and_none_is_said_to_be_gone(desk, shared):
    desk.loaded(desk.case(shared, "registers/c28c-依申请1月.xlsx"))
    code, out, _ = desk.command("records", "import", desk.case(shared, "registers/c28c-依申请2月.xlsx"))

    assert code == 0
    assert "2 条（新增 2 条），导入编号 2；这张登记表现在有 2 个文件，共 4 条" in out
    assert "这个文件里没有" not in out
    assert desk.figures("received", "dispositions.granted") == [4, 4]
    with open_store(desk.home) as store:
        assert [known.gone for known in store.coverage()] == [(), ()]


def months(desk, name, *numbers, kind="csv"):
    return desk.file([*REQUESTS, HEAD, *(request(number) for number in numbers)], kind, name)


def test_a_case_in_the_files_of_two_months_counts_once_and_nothing_else_is_gone(desk):
    desk.loaded(months(desk, "一月", "甲1", "甲2", "甲3"))
    found = desk.loaded(months(desk, "二月", "甲3", "甲4"))["results"][0]["registers"][0]

    assert (found["gone"], found["files"], found["records"]) == ([], 2, 4)
    assert desk.figures("received") == [4]
    found = desk.loaded(months(desk, "二月", "甲4"), "--replace")["results"][0]["registers"][0]
    assert (found["withdrawn"], found["records"]) == (0, 4), "it stands in January's file too"


def test_a_renamed_file_of_the_same_requests_takes_the_place_and_tells_what_it_lacks(desk):
    desk.loaded(months(desk, "台账", "甲1", "甲2", "甲3"))
    desk.loaded(months(desk, "另一个股", "乙1"))
    found = desk.loaded(months(desk, "台账最终", "甲1", "甲3", "甲4"))["results"][0]["registers"][0]

    assert (found["replaces"], found["gone"], found["files"], found["records"]) == ([1], ["甲2"], 2, 5)
    found = desk.loaded(months(desk, "台账最终", "甲1", "甲3", "甲4"), "--replace")["results"][0]["registers"][0]
    assert (found["withdrawn"], found["records"]) == (1, 4)


def test_a_file_of_the_same_name_with_no_number_in_common_is_asked_about(desk):
    desk.loaded(months(desk, "台账", "1", "2"))
    (question,) = desk.asked(months(desk, "台账", "依申请〔2024〕1号", "依申请〔2024〕2号"))
    assert question["code"] == "file.numbers"
    assert [answer["effect"][3:] for answer in question["answers"]] == ["一共 1 个文件、2 条", "一共 2 个文件、4 条"]
    desk.loaded(months(desk, "台账", "依申请〔2024〕1号", "依申请〔2024〕2号"), "--replaces", 1)

    assert desk.figures("received") == [2]


def test_the_history_says_whose_place_a_file_took(desk, month):
    desk.loaded(month("一月", JANUARY))
    shutil.copy(desk.home / "一月.csv", desk.home / "旧.csv")
    desk.loaded(month("一月改", [*JANUARY[:2], *FEBRUARY]), "--replaces", 1)
    _, out, _ = desk.command("records", "history")

    assert "mmj 2024 年 行政事业性收费登记表 5 条：新增 2，更正 1，撤下 0，代替第 1 次的 一月.csv" in out


# --- receipts: what their code and number tell ----------


CODED = ["项目名称", "收缴日期", "票据代码", "票据号", "金额（元）"]


def receipts(desk, name, *rows, kind="csv"):
    return desk.file([*CHARGES, CODED, *rows], kind, name)


def receipt(code: str, number: str, amount: int, day: str = "2024-05-06") -> list[object]:
    return ["证照工本费", day, code, number, amount]


def test_a_receipt_of_the_same_code_and_number_is_one_charge_in_whatever_file_it_stands(desk):
    none_of_requests(desk)
    desk.loaded(receipts(desk, "一窗口", receipt("甲", "1", 100), receipt("甲", "2", 100)))
    second = receipts(desk, "二窗口", receipt("甲", "2", 150), receipt("甲", "3", 100))
    (question,) = desk.asked(second)
    assert [answer["effect"] for answer in question["answers"]] == [
        "有效的一共 1 个文件、2 条",
        "有效的一共 2 个文件、3 条",
    ]
    desk.loaded(second, "--append")

    assert (len(desk.records("charges")), wan(desk)) == (3, Decimal("0.035"))


def test_the_same_number_of_another_code_is_another_charge(desk):
    desk.loaded(receipts(desk, "一窗口", receipt("甲", "1", 100)))
    desk.loaded(receipts(desk, "二窗口", receipt("乙", "1", 100)))

    assert len(desk.records("charges")) == 2


def test_several_items_on_one_receipt_all_count_and_rows_without_a_code_go_by_what_they_say(desk):
    rows = [receipt("甲", "1", 100), receipt("甲", "1", 200), receipt("", "1", 300), receipt("", "1", 300)]
    desk.loaded(receipts(desk, "一窗口", *rows))
    assert len(desk.records("charges")) == 4

    rows[1][4], rows[3][4] = 250, 350
    found = desk.loaded(receipts(desk, "一窗口", *rows))["results"][0]["registers"][0]
    assert (found["changed"], found["same"], found["gone"], found["records"]) == (2, 2, [], 4)


def test_a_receipt_corrected_and_moved_is_the_same_charge(desk):
    desk.loaded(receipts(desk, "一窗口", receipt("甲", "1", 100), receipt("甲", "2", 100), receipt("甲", "3", 100)))
    moved = [receipt("甲", "9", 50), receipt("甲", "3", 100), receipt("甲", "1", 150), receipt("甲", "2", 100)]
    found = desk.loaded(receipts(desk, "一窗口", *moved))["results"][0]["registers"][0]

    assert (found["added"], found["changed"], found["gone"], found["records"]) == (1, 1, [], 4)


def test_a_ledger_that_gets_the_code_later_is_asked_about_and_never_doubled(desk, month):
    desk.loaded(month("收费", JANUARY))
    coded = [[row[0], row[1], "甲", *row[2:]] for row in JANUARY]
    (question,) = desk.asked(receipts(desk, "收费", *coded))
    desk.loaded(receipts(desk, "收费", *coded), *question["answers"][0]["ready"].split())

    assert len(desk.records("charges")) == 3
