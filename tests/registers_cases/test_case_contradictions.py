"""Records whose columns contradict each other: from the clerk's file to what is told of them."""

from __future__ import annotations

import pytest

from gktools.checks.cases.check import check_records
from gktools.inputs.inputs import load_inputs
from gktools.workspace.project import open_project
from registers_cases.desk import HEAD, KINDS, REQUESTS, YEAR, cover, request

REVIEWS = [*cover("行政复议登记表"), ["复议案号", "收到答复通知书日", "结案日", "结案方式", "结果归类"]]
LAWSUITS = [*cover("行政诉讼登记表"), ["案号", "本机关身份", "收到应诉通知日", "生效日", "裁判方式", "结果归类"]]


def told(desk):
    """The codes of what is told of the records of the office."""
    return [finding.code for finding in check_records(load_inputs(open_project(desk.home), "mmj", YEAR), {})]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("result", "found"), [("结果维持", 1), ("其他结果", 1), ("结果纠正", 0), ("", 0)])
def test_a_lost_case_called_otherwise_is_counted_as_said_and_told(desk, result, found, kind):
    desk.loaded(desk.file([*REVIEWS, ["复1", "2024-04-10", "2024-06-05", "撤销", result]], kind))

    assert told(desk) == ["records.outcome-differs"] * found


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_lawsuit_called_upheld_is_told(desk, kind):
    row = ["（2024）示01行初1号", "原行为主体", "2024-03-04", "2024-06-20", "确认违法", "结果维持"]
    desk.loaded(desk.file([*LAWSUITS, row], kind))

    assert told(desk) == ["records.outcome-differs"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_withdrawal_before_the_answer_is_told(desk, kind):
    desk.loaded(desk.file([*REQUESTS, [*HEAD, "书面撤回收到日"], request("1号", "2024-03-18")], kind))

    assert "records.withdrawn-answered" in told(desk)


def test_a_day_of_lapse_needs_its_result(desk):
    row = ["1号", "当面", "2024-03-05", "自然人", "", "", "", "", "2024-04-01"]

    (message,) = desk.refused(desk.file([*REQUESTS, [*HEAD, "视为放弃日"], row]))
    assert message == "填了视为放弃日，就要填答复类型"


def test_one_receipt_for_the_requests_of_one_row_is_told_of_none(desk):
    head = [*HEAD, "收费通知日", "收费方式", "收费页数", "缴费日", "实缴金额（元）"]
    row = request("示〔2024〕3-5号", "2024-03-06", "按量", "66", "2024-03-11", "100")
    path = desk.file([*REQUESTS, head, row])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"{question['code']}:{question['subject']}=each")

    assert "records.fee-unsaid" not in told(desk)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [*REVIEWS[:-1], ["复议案号", "受理日", "收到答复通知书日"], ["复1", "2024-04-10", "2024-04-08"]],
            "早于受理日",
        ),
        ([*REQUESTS, [*HEAD, "延期告知日"], request("1号", "2023-03-18")], "早于收到申请之日"),
    ],
)
def test_days_in_an_impossible_order_are_told_at_once(desk, rows, said):
    assert any(warning.endswith(said) for warning in desk.warnings(desk.file(rows)))
