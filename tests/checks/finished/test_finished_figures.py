"""Finished tables in a file: what is read, what is a finding, and what is refused."""

import json
from decimal import Decimal

import pytest
from faultless import check_file, figures

from gktools.checks.finished.entries import printed_number
from gktools.checks.finished.figures import check_figures
from gktools.errors import GktoolsError, RecordsError
from gktools.findings import Severity

GRANTED, PARTLY = "（一）予以公开", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"
FEE = ("第二十条第（八）项", "行政事业性收费", "本年收费金额（单位：万元）")


def codes(found):
    return [finding.code for finding in found]


def refused(path):
    with pytest.raises(RecordsError) as caught:
        check_figures(path)
    return str(caught.value)


def test_labels_may_be_given_from_any_heading_down(tmp_path):
    data = figures()
    table = data["table3"]
    table["三、本年度办理结果/" + GRANTED] = table.pop(GRANTED)
    table["1.属于国家秘密"] = table.pop("（三）不予公开/1.属于国家秘密")
    table["（七）总计"]["法人或其他组织/商业企业"] = table["（七）总计"].pop("商业企业")
    assert check_file(tmp_path, data) == []


@pytest.mark.parametrize(
    ("official", "printed"),
    [
        (GRANTED, "(一) 予以公开"),
        ("（三）不予公开/2.其他法律行政法规禁止公开", "（三）不予公开/2.其他法律行政止公开"),
        (
            "（六）其他处理/1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
            "（六）其他处理/1.逾期不补正",
        ),
    ],
)
def test_a_label_that_nearly_fits_is_taken_for_it_and_reported(tmp_path, official, printed):
    data = figures()
    data["table3"][printed] = data["table3"].pop(official) | {"自然人": 1}
    found = check_file(tmp_path, data)

    assert codes(found)[0] == "requests.label-differs"
    assert (found[0].found, found[0].severity) == (printed, Severity.EXPLAIN)
    assert "requests.row-total" in codes(found)


def test_a_row_of_an_office_of_its_own_is_a_finding_and_its_figure_goes_nowhere(tmp_path):
    data = figures()
    data["table3"]["（三）不予公开/9.属于工作秘密"] = {"自然人": 5, "总计": 5}
    assert codes(check_file(tmp_path, data)) == ["requests.unknown-label"]


def test_tables_seen_in_part_need_not_be_complete(tmp_path):
    data = figures(complete_tables=False, table3={}, table4={})
    data["table2"] = {FEE[0]: {FEE[1]: {FEE[2]: 5}}}
    assert check_file(tmp_path, data) == []


def test_a_report_without_a_table_lacks_the_table_and_not_each_of_its_rows(tmp_path):
    assert codes(check_file(tmp_path, figures(table3={}))) == ["requests.missing-table"]


def test_a_block_that_is_missing_is_found_row_by_row(tmp_path):
    data = figures()
    del data["table2"]["第二十条第（六）项"]
    found = check_file(tmp_path, data)

    assert codes(found) == ["disclosures.missing-row", "disclosures.missing-row"]
    assert found[0].row == ("第二十条第（六）项", "行政处罚")


@pytest.mark.parametrize("value", ["/", "-", "—", "不适用", "3件", "984361元", "１2件", True, [1], {}])
def test_what_is_no_number_is_text_in_a_cell(tmp_path, value):
    data = figures()
    data["table3"][GRANTED]["自然人"] = value
    assert codes(check_file(tmp_path, data)) == ["requests.text-in-cell"]


@pytest.mark.parametrize("value", ["１", " 1 ", "1.0"])
def test_digits_of_full_width_or_between_spaces_are_a_figure(tmp_path, value):
    data = figures()
    data["table3"][GRANTED] |= {"自然人": value, "总计": 1}
    assert "requests.text-in-cell" not in codes(check_file(tmp_path, data))


@pytest.mark.parametrize(
    ("value", "signed", "number"),
    [
        ("1,234", False, 1234),
        ("１，２３４．５", False, Decimal("1234.5")),
        ("+19", True, 19),
        ("−3", True, -3),
        ("+19", False, None),
        ("--253", True, None),
        ("1,23", False, None),
        ("", False, None),
        (None, False, None),
        (True, False, None),
        ("9" * 40, False, None),
    ],
)
def test_what_is_a_number_in_a_cell(value, signed, number):
    assert printed_number(value, signed=signed) == number


def test_amounts_keep_their_exact_digits(tmp_path):
    data = figures()
    data["table2"][FEE[0]][FEE[1]][FEE[2]] = -0.1
    assert [f.found for f in check_file(tmp_path, data)] == [str(Decimal("-0.1"))]


def test_a_whole_number_with_a_point_is_whole(tmp_path):
    data = figures()
    data["table3"][GRANTED] |= {"自然人": 2.0, "总计": 2}
    assert "requests.not-integer" not in codes(check_file(tmp_path, data))


def test_the_form_of_another_year_is_found_and_its_own_sums_are_checked(tmp_path):
    data = figures(2024)
    data["table3"] = figures(2020)["table3"]
    data["table3"][PARTLY]["总计"] = 1
    found = codes(check_file(tmp_path, data))

    assert found[0] == "requests.outdated-form"
    assert set(found) == {"requests.outdated-form", "requests.column-total", "requests.row-total"}


@pytest.mark.parametrize(("level", "code"), [("乡镇", "authority"), (None, "authority-unclear"), ("设区市", None)])
def test_the_level_tells_who_may_make_rules(tmp_path, level, code):
    data = figures(level=level)
    data["table2"]["第二十条第（一）项"]["规章"]["现行有效件数"] = 6
    assert codes(check_file(tmp_path, data)) == ([f"disclosures.{code}"] if code else [])


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"收到": 1}, "text.received"),
        ({"办结": 1}, "text.completed"),
        ({"结转": 1}, "text.carried-out"),
        ({"不予公开": 1}, "text.disposition"),
        ({"自然人": 1}, "text.applicants"),
        ({"复议": 1}, "text.reviews"),
        ({"397": "=61+255+80"}, "text.parts"),
        ({"公开总数": 425, "分项": [148, 182, 94]}, "text.parts"),
        ({"397": "=61+255+81", "公开总数": 425, "分项": [148, 182, 95]}, None),
        ({"收到": 0, "顺延": 7, "无关": "文字", "空": None}, None),
    ],
)
def test_figures_stated_in_the_text_are_compared(tmp_path, stated, code):
    found = check_file(tmp_path, figures(text={"统计表述": stated}))

    assert codes(found) == ([code] if code else [])
    assert all(not finding.table for finding in found)


def test_a_share_is_compared_with_the_table(tmp_path):
    data = figures(text={"统计表述": {"不予公开": 1, "不予公开占比%": 30.0}})
    data["table3"]["（三）不予公开/1.属于国家秘密"] |= {"自然人": 1, "总计": 1}
    data["table3"]["一、本年新收政府信息公开申请数量"] |= {"自然人": 4, "总计": 4}
    data["table3"][GRANTED] |= {"自然人": 3, "总计": 3}
    data["table3"]["（七）总计"] |= {"自然人": 4, "总计": 4}
    (finding,) = check_file(tmp_path, data)

    assert (finding.code, finding.found, finding.expected) == ("text.share", "30.0%", "25.0")


def test_sections_of_which_the_text_is_given_are_read(tmp_path):
    text = {"一": "全年收到政府信息公开申请3件。", "五": "无。", "六": "没有其他需要报告的事项。"}
    assert codes(check_file(tmp_path, figures(text=text))) == [
        "text.received",
        "text.problems-empty",
        "text.fee-statement",
    ]


def test_titles_of_sections_are_compared(tmp_path):
    titles = ["一、总体情况", "二、主动公开情况", "三、收到和处理政府信息公开申请情况", "五、存在的主要问题及改进情况"]
    found = codes(check_file(tmp_path, figures(text={"章节标题": titles})))
    assert found == ["text.section-title", "text.section-missing", "text.section-missing"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "下一级"),
        ("{", "第 1 行"),
        ('{"year": 2024}', "unit"),
        ('{"unit": "甲局", "year": "二〇二四"}', "整数"),
        ('{"unit": "甲局", "year": 2024, "table3": []}', "table3"),
        ('{"unit": "甲局", "year": 2024, "table3": {"（七）总计": 3}}', "（七）总计"),
        ('{"unit": "甲局", "unit": "乙局", "year": 2024}', "写了两次"),
        ('{"unit": "甲局", "year": 1e999999999}', "不是可用的数"),
        ('{"unit": "甲局", "year": NaN}', "不是数"),
        ("[" * 100_000, "report.json"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_what_to_do(tmp_path, content, said):
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    message = refused(path)

    assert "report.json" in message
    assert said in message


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "gbk.json").write_bytes('{"unit": "甲局"}'.encode("gb18030"))

    assert "UTF-8" in refused(tmp_path / "gbk.json")
    assert "打不开" in refused(tmp_path / "nothing.json")
    assert "打不开" in refused(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(figures(), ensure_ascii=False), encoding="utf-8-sig")
    assert check_figures(path) == []


def test_a_year_without_a_format_is_refused(tmp_path):
    with pytest.raises(GktoolsError, match="2007"):
        check_file(tmp_path, figures() | {"year": 2007})
